/** @file
 * From a run file to results: the plan (which configurations, which measurements, what is done) and the campaign
 * (read, measure, write, stop on request, go on). Room: run.
 */
#ifndef PLAQ_RUN_H
#define PLAQ_RUN_H

#include "plaq/conf.h"
#include "plaq/io.h"
#include "plaq/observable.h"

/** A run file, read and checked: what is to be measured on what. */
typedef struct plaq_run plaq_run;

/** Rank 0 reads the file and broadcasts it; every rank parses the same, with "key.path=value" overrides. Collective. */
PLAQ_MUST_USE plaq_status plaq_run_read(const plaq_comm *comm, const char *path, const char *const overrides[], int n,
                                        plaq_run **run);
void plaq_run_destroy(plaq_run **run);

/** The tables the top of a run file and its `ensemble` are read through; `configs`, `measure` and `as` beside them. */
extern const plaq_param plaq_run_options_table[], plaq_run_ensemble_table[];

/** One measurement of the run file. */
typedef struct {
    char name[64];                     /**< of its group in the result: the observable's name, or `as:` */
    const plaq_observable *observable;
    void *params;                      /**< read through the observable's table */
} plaq_measurement;

int plaq_run_measurements(const plaq_run *run, const plaq_measurement **list);
const char *plaq_run_output(const plaq_run *run);   /**< folder of the results */
const char *plaq_run_ensemble(const plaq_run *run); /**< name; "" */
plaq_prec plaq_run_prec(const plaq_run *run);       /**< in which fields are kept */
const char *plaq_run_text(const plaq_run *run);     /**< the run file as given, then resolved */

/** What stands between a configuration's measurement and its being done. */
typedef enum { PLAQ_TASK_MISSING, PLAQ_TASK_DONE, PLAQ_TASK_FAILED, PLAQ_TASK_CHANGED } plaq_task_state;

/** A configuration found by the plan. */
typedef struct {
    char *path;              /**< as the run file names it */
    char *result;            /**< path of its result file */
    plaq_config_header header;
    plaq_status status;      /**< PLAQ_OK, or why it cannot be read */
    char *message;           /**< words of that, or of the last failed attempt; "" */
    plaq_task_state *state;  /**< [measurements] */
} plaq_plan_entry;

/** Planned minus done. */
typedef struct {
    int count;
    plaq_plan_entry *entries;
    int done, missing, failed; /**< configurations */
} plaq_plan;

/** Finds the configurations, reads their headers and what results exist. Rank 0 looks; all ranks get the same. Collective. */
PLAQ_MUST_USE plaq_status plaq_plan_make(const plaq_comm *comm, const plaq_run *run, plaq_plan **plan);
void plaq_plan_destroy(plaq_plan **plan);

/** How a campaign goes. */
typedef struct {
    bool force; /**< go on where a checksum, plaquette or link trace does not agree, and say so in the result */
} plaq_campaign_options;

/**
 * Measures what the plan lacks, one result file a configuration. PLAQ_OK when all is done, PLAQ_E_DATA (or another)
 * when configurations failed (the rest is measured; the message lists them), PLAQ_E_STOPPED when a signal came.
 * Collective.
 */
PLAQ_MUST_USE plaq_status plaq_campaign(const plaq_comm *comm, const plaq_run *run,
                                        const plaq_campaign_options *options);

/** Catches SIGINT, SIGTERM and SIGUSR1 as requests to stop. Local; once, from main. */
void plaq_stop_catch(void);

/** Whether any rank was asked to stop. Collective. */
bool plaq_stop_asked(const plaq_comm *comm);

/**
 * Verifies what was read against its header: checksum, plaquette, link trace, unitarity, with the tolerance of the
 * file's precision. PLAQ_E_DATA with the numbers seen and expected. Collective.
 */
typedef struct {
    plaq_config_header header;
    plaq_config_report report;
    double planes[6], plaquette, spatial, temporal, link_trace;
    double unitarity, determinant; /**< max |U U^dagger - 1|, max |det U - 1| */
} plaq_verdict;

PLAQ_MUST_USE plaq_status plaq_config_verify(plaq_config *config, plaq_gauge *u, plaq_verdict *verdict);

#endif
