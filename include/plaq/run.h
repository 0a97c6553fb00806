/** @file
 * From a run file to results: the plan (which configurations, which measurements, what is done) and the campaign
 * (read, measure, write, stop on request, go on). Room: run.
 */
#ifndef PLAQ_RUN_H
#define PLAQ_RUN_H

#include "plaq/conf.h"
#include "plaq/derived.h"
#include "plaq/fermion.h"
#include "plaq/io.h"
#include "plaq/observable.h"

/** A run file, read and checked: what is to be measured on what. */
typedef struct plaq_run plaq_run;

/** Rank 0 reads the file and broadcasts it; every rank parses the same, with "key.path=value" overrides. Collective. */
PLAQ_MUST_USE plaq_status plaq_run_read(const plaq_comm *comm, const char *path, const char *const overrides[], int n,
                                        plaq_run **run);
void plaq_run_destroy(plaq_run **run);

/** The tables that the top of a run file, its `ensemble`, {pattern, first, last, step}, `complete` of an ensemble,
 * `write` of a derived gauge field and `save` of a quark are read through. */
extern const plaq_param plaq_run_options_table[], plaq_run_ensemble_table[], plaq_run_numbers_table[],
    plaq_run_complete_table[], plaq_run_writing_table[], plaq_run_quark_table[], plaq_run_saving_table[],
    plaq_run_place_table[];

/** The path that a pattern with one {n} (or {n:04}: at least four digits) means for a number. PLAQ_E_USAGE where the
 * pattern is none, or the path is too long. Local. */
PLAQ_MUST_USE plaq_status plaq_pattern_path(const char *pattern, int number, char *path, size_t n);

/** Gauge fields are meant by their position in the list of derived ones; this is the field that was read. */
enum { PLAQ_LINKS = -1 };

/** A derived gauge field of the run file. */
typedef struct {
    char name[64];
    const plaq_derivation *kind;
    void *params; /**< read through the kind's table */
    int from;     /**< the field it is made from */
} plaq_derived;

/** A quark of the run file. */
typedef struct {
    char name[64];
    void *params;       /**< read through plaq_run_quark_table */
    void *save;         /**< read through plaq_run_saving_table; NULL: its propagators are not kept */
    int links;          /**< the gauge field it moves on */
    plaq_action action; /**< what the parameters mean */
    plaq_solver solver;
} plaq_flavour;

/** A source of the run file: sink too, where its kind can be one. */
typedef struct {
    char name[64];
    const plaq_source_kind *kind;
    void *params; /**< read through the kind's table */
    int links;    /**< the gauge field it is smeared on */
    int (*at)[4]; /**< [count]: where it is given */
    int count;    /**< positions */
    int random;   /**< so many positions, drawn for each configuration; 0: those of `at` */
} plaq_source;

enum { PLAQ_QUARKS_MOST = 3, PLAQ_SINKS_MOST = 8, PLAQ_POINT = -1 };

/** What an observable of quarks is measured with: positions in the lists of quarks and sources. */
typedef struct {
    int quark[PLAQ_QUARKS_MOST];
    int source;
    int sink[PLAQ_SINKS_MOST]; /**< PLAQ_POINT: the propagator as it is */
    int sinks;                 /**< 0: not of quarks */
} plaq_lines;

/**
 * One measurement of the run file. A derived field that is to be written as a configuration is one too: its observable
 * is called "written", is not in the list of observables, and is done where the file is there and is the one written.
 */
typedef struct {
    char name[64]; /**< of its group in the result: the observable's name, or `as:`; of what is written, the field's */
    const plaq_observable *observable;
    void *params;     /**< read through the observable's table */
    int links;        /**< the gauge field it is of */
    plaq_lines lines; /**< of observables of quarks */
} plaq_measurement;

int plaq_run_derived(const plaq_run *run, const plaq_derived **list); /**< in the order of the run file */
int plaq_run_quarks(const plaq_run *run, const plaq_flavour **list);
int plaq_run_sources(const plaq_run *run, const plaq_source **list);
const char *plaq_run_sink(const plaq_run *run, int sink); /**< name of a sink: "point" is no smearing */
int plaq_run_measurements(const plaq_run *run, const plaq_measurement **list);
const char *plaq_run_links(const plaq_run *run, int links); /**< name of a gauge field: "links" is the one read */

/** How a gauge field was made from the links that were read, with all parameters: "stout 1 {rho: 0.1, steps: 3}; flow
 * 1 {t: 2}", the number after a name its version; "" of the links themselves. By plaq_alloc. Local. */
char *plaq_run_derivation(const plaq_run *run, int links);

/** Gauge fields in memory at the same time, at most, where nothing is done yet. */
int plaq_run_fields(const plaq_run *run);

/** Columns of a quark that are solved for from a source, all positions, for a configuration of which nothing is done; 0
 * where no measurement takes them. */
int plaq_run_columns(const plaq_run *run, int quark, int source);

/** Bytes of the propagators that are kept of a configuration of extents @p dims, all of them, at most. */
int64_t plaq_run_saved_bytes(const plaq_run *run, const int dims[4]);

/** Bytes a rank needs for quarks beside gauge fields: operators, sources, propagators as they are and through sinks,
 * and the solver. */
int64_t plaq_run_quark_bytes(const plaq_run *run, const int dims[4], const int grid[4]);

/** Doubles in a result of measurements on propagators, of extents @p dims. */
int64_t plaq_run_numbers(const plaq_run *run, const int dims[4]);

const char *plaq_run_output(const plaq_run *run);   /**< folder of the results */
const char *plaq_run_ensemble(const plaq_run *run); /**< name; "" */
plaq_prec plaq_run_prec(const plaq_run *run);       /**< in which fields are kept */
const int *plaq_run_grid(const plaq_run *run);      /**< ranks along x y z t [4]; NULL: to be chosen */
const char *plaq_run_text(const plaq_run *run);     /**< the run file as given */
const char *plaq_run_resolved(const plaq_run *run); /**< the same with overrides and all defaults, as YAML */

/** What stands between a configuration's measurement and its being done. */
typedef enum {
    PLAQ_TASK_MISSING,
    PLAQ_TASK_DONE,
    PLAQ_TASK_FAILED, /**< the configuration cannot be read, or the last attempt failed */
    PLAQ_TASK_CHANGED /**< there is a result, of other parameters, another version or another configuration */
} plaq_task_state;

const char *plaq_task_word(plaq_task_state state); /**< "missing", "done", ... */

/** A configuration found by the plan. All of it is the entry's. */
typedef struct {
    char *path;                /**< as the run file names it */
    char *result;              /**< path of its result file */
    plaq_config_header header; /**< all zero where the file cannot be read */
    char *identity;         /**< "NERSC 4 4 4 8 nersc 717938df 18432": format, extents, checksum or time, bytes; "" */
    int64_t written;        /**< when its file was, ns since 1970, as seen before the header was read; 0: not there */
    plaq_status status;     /**< PLAQ_OK, or why it cannot be read */
    char *message;          /**< words of that, or of the last failed attempt; "" */
    plaq_task_state *state; /**< [measurements] */
    char (*key)[65];        /**< [measurements]: see plaq_result */
} plaq_plan_entry;

/** Planned minus done. */
typedef struct {
    int count;
    plaq_plan_entry *entries;
    int measurements;
    int done, missing, failed; /**< configurations: all measured; cannot be read or failed the last time; the rest */
} plaq_plan;

/**
 * Finds the configurations, reads their headers and what results exist. Rank 0 looks; all ranks get the same. A
 * configuration that cannot be read is an entry with its status; PLAQ_E_USAGE where there is none at all, or where two
 * would have the same result file. A measurement is done where the result has one of its name and key. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_plan_make(const plaq_comm *comm, const plaq_run *run, plaq_plan **plan);
void plaq_plan_destroy(plaq_plan **plan);

/** A job that has a configuration, in its own words. */
typedef struct {
    char host[128], job[128], since[32], work[24]; /**< job: of the batch system, "12_3"; work: what it measures */
    long process;
    int team;
    double lease, silent; /**< seconds; silent: since it last gave a sign of life */
} plaq_holder;

/** Whether a job that seems alive works on a configuration of the plan, and which. Local. */
PLAQ_MUST_USE plaq_status plaq_run_holder(const plaq_run *run, const plaq_plan_entry *entry, plaq_holder *holder,
                                          bool *alive);

/** How a campaign goes. 0: as the run file says, or a default. */
typedef struct {
    bool force;   /**< go on where plaq_config_verify finds numbers that do not agree, and say so in the result */
    int teams;    /**< the ranks are split into as many, each with configurations of its own; 0: as the run file says */
    double lease; /**< seconds after which a silent job on another host counts as dead; 0: 120 */
    double time;  /**< seconds this job has; 0: as the batch system says, if it does */

    bool follow;   /**< configurations are still being made: look for new ones until ... */
    int until;     /**< so many are done; 0: no end */
    double idle;   /**< nothing new came for so many seconds; 0: no end */
    double poll;   /**< seconds between two looks; 0: 10 */
    double settle; /**< seconds for which what does not agree counts as not complete yet; 0: 60 */

    const char *events;  /**< file that gets a line of JSON for each event; NULL, "": none */
    const char *metrics; /**< file of numbers in Prometheus' text format; NULL, "": none */
} plaq_campaign_options;

/** Seconds of "3:50:00", "90m", "1-12:00:00", "30" (minutes). PLAQ_E_USAGE. Local. */
PLAQ_MUST_USE plaq_status plaq_time_read(const char *text, double *seconds);

/**
 * Measures what the plan lacks, one result file a configuration. PLAQ_OK when all is done, PLAQ_E_DATA (or another)
 * when configurations failed (the rest is measured; the message lists them), PLAQ_E_STOPPED when a signal came,
 * PLAQ_E_IO at once where results cannot be written. Any number of jobs may work on an output at the same time: each
 * configuration is claimed by one. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_campaign(const plaq_comm *comm, const plaq_run *run,
                                        const plaq_campaign_options *options);

/** What came of verifying a configuration. */
typedef struct {
    plaq_config_header header;
    plaq_config_report report;
    double planes[6], plaquette, spatial, temporal, link_trace;
    double unitarity, determinant; /**< max |U U^dagger - 1|, max |det U - 1| */
    bool open;                     /**< in time: plaq_gauge_is_open() */
    bool may_force;                /**< the links were read and are finite: a campaign may go on with them */
} plaq_verdict;

/** Limits of the comparison: |measured - header| of plaquette and link trace, and the deviation from SU(3). */
#define PLAQ_VERIFY_MEANS     1e-6
#define PLAQ_VERIFY_UNITARITY 1e-5

/**
 * Reads the links into @p u and verifies them against the header: checksum, plaquette, link trace, unitarity and
 * determinant, all finite. PLAQ_E_DATA with the numbers seen and expected; @p *verdict is then filled all the same as
 * far as it goes. Collective.
 *
 * One limit serves both precisions of a file: files of doubles are often accurate to floats only (5e-7 of unitarity in
 * one written from a 32-bit run), two-row files of floats lose some 4e-8 of the plaquette where the third row is
 * rebuilt, and headers have ten digits at best. What the limits are to catch, other links or a damaged one, is far
 * above.
 */
PLAQ_MUST_USE plaq_status plaq_config_verify(plaq_config *config, plaq_gauge *u, plaq_verdict *verdict);

#endif
