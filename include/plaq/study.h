/** @file
 * An analysis: a YAML file that names quantities, each made by one step from measured numbers or from other
 * quantities; their values and errors; files of them. Room: study. Everything here is Local.
 *
 *     results: [demo/results, demo/spectrum]    # or {fine: {path: ..., format: ...}, coarse: ...}: ensembles by name
 *     select: {first: 100, step: 2}             # configurations, by number
 *     method: {kind: gamma, window: 1.5}        # or jackknife, bootstrap
 *     quantities:
 *       plaq:  {mean: plaquette.mean}
 *       pion:  {mean: {of: meson.correlator, pick: {pair: g5-g5, sink: point, p: 0 0 0}, average: source, fold: even}}
 *       meff:  {effective_mass: {of: pion, kind: cosh}}
 *       m_pi:  {fit: {of: pion, first: 4, last: 8}}
 *       ratio: {expression: m_pi * sqrt(8 * t0)}
 *
 * The order does not matter; cycles are refused. A step is given names of quantities, or of observables ("flow.t0"),
 * whose mean over configurations is then meant.
 */
#ifndef PLAQ_STUDY_H
#define PLAQ_STUDY_H

#include "plaq/analysis.h"
#include "plaq/conf.h"
#include "plaq/exchange.h"

typedef struct plaq_study plaq_study;

enum { PLAQ_LABEL_MAX = 64 };

/** One of the fits of a scan of ranges. */
typedef struct {
    int first, last, states;
    double value, error; /**< of the quantity's first entry */
    double chi2, p, weight;
    int dof;
} plaq_scanned;

/** A named quantity and what is known of it when it is made. Owned by its study. */
typedef struct {
    char name[64];
    const char *step; /**< that makes it */
    char of[64];      /**< the first quantity it is made of, by name; "": of measured numbers alone */
    char unit[32];    /**< of the entries; of entries that are apart, of the first */
    char *doc;
    plaq_estimate estimate;        /**< values and fluctuations */
    plaq_resamples samples;        /**< of the methods jackknife and bootstrap; of no samples otherwise */
    plaq_uncertainty *error;       /**< [estimate.size] by the study's method */
    double *systematic;            /**< [estimate.size] of an average over models; NULL: none */
    double *x;                     /**< [estimate.size]: where each entry stands (time, flow time, distance); NULL */
    char x_name[32];               /**< "t", "flow"; "" */
    char (*label)[PLAQ_LABEL_MAX]; /**< [estimate.size]: what entries are called where no x tells; NULL */
    bool apart;    /**< entries are numbers of their own, as parameters of a fit: the quantity's name alone
                        means the first, NAME.LABEL any */
    double period; /**< T of a correlator; 0: not known */
    bool folded;   /**< a correlator of t = 0 .. T/2 */
    bool fitted;
    double chi2, p; /**< of a fit; p is -1 of one without correlations, whose chi^2 tells no probability */
    int dof;
    double from, to; /**< of a fit: the range of x it used; both 0: not one range */
    int scans;
    plaq_scanned *scan; /**< [scans]; NULL */
    plaq_status status; /**< PLAQ_OK, or why it could not be made; the others are made all the same */
    char *message;      /**< of a failure; NULL */
    char *source;       /**< of a mean: the measured numbers it is of; NULL */
} plaq_made;

/* ---- steps ---- */

/** What a step is. `const`, in src/study/step_NAME.c; the build collects them into a list. */
typedef struct {
    const char *name, *brief;
    const char *reference;
    size_t params_size;
    const plaq_param *params;
    const char *main;        /**< the parameter that `NAME: {step: TEXT}` gives; NULL: a mapping must be given */
    const plaq_param *lists; /**< keys that are lists or mappings, for people and editors: read by make; NULL */
    /** Makes a quantity: estimate, samples and what else there is to know, but not its errors. @p node is what was
     * given, for keys of `lists` and for messages. PLAQ_E_USAGE ends the study; other failures are the quantity's. */
    plaq_status (*make)(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out);
} plaq_step;

extern const plaq_step *const plaq_steps[];        /**< by name, NULL-terminated */
const plaq_step *plaq_step_find(const char *name); /**< or NULL */

/* ---- an analysis ---- */

extern const plaq_param plaq_study_method_table[], plaq_study_select_table[];

/** Reads an analysis file. PLAQ_E_USAGE with line and column where it is wrong; looks at no results yet. */
PLAQ_MUST_USE plaq_status plaq_study_read(const char *path, const char *const overrides[], int n, plaq_study **study);
/** The same from a text; @p origin stands in messages. */
PLAQ_MUST_USE plaq_status plaq_study_parse(const char *text, const char *origin, const char *const overrides[], int n,
                                           plaq_study **study);
void plaq_study_destroy(plaq_study **study);

/** Opens the results and makes all quantities. PLAQ_OK also where some could not be made: plaq_study_verdict(). */
PLAQ_MUST_USE plaq_status plaq_study_run(plaq_study *study);

/** PLAQ_OK, or the status of the first quantity that could not be made, with a message of them all. */
plaq_status plaq_study_verdict(const plaq_study *study);

int plaq_study_count(const plaq_study *study); /**< quantities, in the order of the file */
const plaq_made *plaq_study_made(const plaq_study *study, int i);
const plaq_made *plaq_study_find(const plaq_study *study, const char *name); /**< or NULL */

/** What is to be known before the numbers are trusted: notes of the readers, frozen data, bounded windows, ... */
int plaq_study_notes(const plaq_study *study, char *const **notes);

/** Names, axes and chains of everything there is in the results, without values. After plaq_study_run(). */
int plaq_study_observables(const plaq_study *study, const plaq_series *const **list);
/** Measured numbers of one of these, read once and kept by the study. */
PLAQ_MUST_USE plaq_status plaq_study_series(plaq_study *study, const plaq_series *listed, const plaq_series **series);

/** The i-th file or folder of results; NULL after the last. */
const char *plaq_study_path(const plaq_study *study, int i);
const char *plaq_study_text(const plaq_study *study); /**< the analysis file, as it was given */

const char *plaq_study_method(const plaq_study *study); /**< in words: "Gamma method, S = 1.5" */

/** Writes all quantities with their fluctuations and the provenance: see plaq_numbers_write. */
PLAQ_MUST_USE plaq_status plaq_study_write(const plaq_study *study, const char *path);

/** "0.5936(12)", "0.5936(12)(8)" with a systematic error: two digits of the error. Into @p text. */
void plaq_number_text(double value, double error, double systematic, char *text, size_t n);

/* ---- for steps ---- */

/** The quantity or observable of a name, made first where it is not yet. A failure of it is returned with its name.
 * @p node is for messages. */
PLAQ_MUST_USE plaq_status plaq_study_take(plaq_study *study, const plaq_node *node, const char *name,
                                          const plaq_made **made);

/** Entries first .. first + count - 1 of a quantity. Borrowed from the study. */
typedef struct {
    const plaq_made *made;
    size_t first, count;
} plaq_taken;
/** Those that a name means: one where the quantity's are numbers of their own, else all. */
PLAQ_MUST_USE plaq_status plaq_study_entries(plaq_study *study, const plaq_node *node, const char *name,
                                             plaq_taken *taken);

/** f of all entries of @p in, one after the other: estimate and samples of @p out. */
PLAQ_MUST_USE plaq_status plaq_study_derive(const plaq_study *study, const plaq_function *f, const plaq_taken in[],
                                            int n, plaq_made *out);
/** All entries of @p in, one after the other, as they are. */
PLAQ_MUST_USE plaq_status plaq_study_collect(const plaq_study *study, const plaq_taken in[], int n, plaq_made *out);
/** Their estimate alone. */
PLAQ_MUST_USE plaq_status plaq_study_join(const plaq_taken in[], int n, plaq_estimate *out);

/** The unit of an entry as it stands behind a number: "" of a pure number, and of those apart beside the first. */
const char *plaq_made_unit(const plaq_made *made, size_t entry);

const plaq_gamma_method *plaq_study_gamma(const plaq_study *study);

#endif
