/* An analysis, from inside. Room: study. */
#ifndef PLAQ_STUDY_STUDY_H
#define PLAQ_STUDY_STUDY_H

#include "plaq/study.h"

/* Which configurations are taken. */
typedef struct {
    int first, last, step;
    char skip[512]; /* "12, 17-20" */
} study_select;

typedef struct {
    int kind; /* 0 Gamma method, else 1 + a plaq_resampling_kind */
    double window, tau_exp, n_sigma;
    int bias, block, samples;
    uint64_t seed;
} study_method;

/* A file or folder of results. */
typedef struct {
    char *path;
    char format[32];   /* "": recognised */
    char ensemble[64]; /* "": as the files say */
    char replica[64];  /* the same */
    study_select select;
    plaq_numbers listing;
    plaq_numbers *read; /* [listing.series_count]: each holds one series, once it was read */
} study_source;

typedef enum { STUDY_NEW, STUDY_UNDER_WAY, STUDY_DONE } study_state;

/* A quantity and how it is made. */
typedef struct {
    plaq_made made;
    const plaq_step *step;
    void *params;
    const plaq_node *node; /* what is given to the step */
    study_state state;
} study_quantity;

struct plaq_study {
    char *origin, *text, *resolved;
    plaq_node *root;
    study_method method;
    plaq_gamma_method gamma;
    int source_count;
    study_source *source;
    int count, room;
    study_quantity **quantity; /* [count]: those of the file, then means of observables that steps name */
    study_quantity *current;   /* being made; NULL */
    int listed_count;
    const plaq_series **listed; /* [listed_count]: of all sources */
    int note_count, note_room;
    char **note;
    plaq_resampling *plan; /* NULL with the Gamma method */
    char words[160];       /* the method */
};

/* ---- reading the file (read.c) ------------------------------------------------------------------------------- */

/* Appends a quantity, named as is and not yet made. */
PLAQ_MUST_USE plaq_status study_quantity_add(plaq_study *study, const char *name, const plaq_step *step,
                                             study_quantity **quantity);

/* Parameters of a step from what is given to it, a mapping or the text of its main parameter. */
PLAQ_MUST_USE plaq_status study_params_read(const plaq_step *step, const plaq_node *node, void *params);

/* ---- measured numbers (numbers.c) ---------------------------------------------------------------------------- */

/* Lists what is in all results. */
PLAQ_MUST_USE plaq_status study_open(plaq_study *study);

/* Selected configurations of all observables that are named in the quantities: what is resampled. */
PLAQ_MUST_USE plaq_status study_used_chains(plaq_study *study, plaq_chains **chains);

/* One observable on one ensemble, chains in their order. Rows are borrowed from the study. */
typedef struct {
    const plaq_series *shape; /* axes, labels and units, of the first series */
    plaq_chains *chains;      /* owned */
    const double **row;       /* [chains->configs] owned */
} study_numbers;

/* @p ensemble "": the only one. */
PLAQ_MUST_USE plaq_status study_numbers_find(plaq_study *study, const plaq_node *node, const char *observable,
                                             const char *ensemble, study_numbers *numbers);
void study_numbers_clear(study_numbers *numbers);

/* Whether a name is one of what was measured, or of values that files keep with their fluctuations. */
bool study_is_observable(const plaq_study *study, const char *name);
bool study_has_estimate(const plaq_study *study, const char *name);
PLAQ_MUST_USE plaq_status study_estimate_read(const plaq_study *study, const char *name, plaq_estimate *estimate);

/* ---- entries of an observable (entries.c) ----------------------------------------------------------------------- */

/* Numbers out of the entries of an array: out[i] = weight sum_k in[offset[i][k]]. */
typedef struct {
    size_t count, terms; /* numbers made; entries that are averaged or summed in each */
    size_t *offset;      /* [count][terms] owned */
    double weight;
    size_t run; /* numbers along the last axis that is left: a correlator's times; 1 of a number */
    double *x;  /* [count] owned: positions along the one axis that is left; NULL */
    char x_name[32];
    char (*label)[PLAQ_LABEL_MAX]; /* [count] owned: what entries are called where no x tells; NULL of a number */
} study_entries;

/* From keys `pick`, `average` and `sum` of a step. */
PLAQ_MUST_USE plaq_status study_entries_find(const plaq_series *series, const plaq_node *node, study_entries *entries);
void study_entries_clear(study_entries *entries);

/* ---- lists in the analysis file (names.c) --------------------------------------------------------------------- */

/* Quantities of a name or a list of names. @p *taken is the caller's, also where it fails. */
PLAQ_MUST_USE plaq_status study_names_take(plaq_study *study, const plaq_node *node, plaq_taken **taken, int *n);

PLAQ_MUST_USE plaq_status study_number_read(const plaq_node *node, double *number);
/* A number or a list of them. @p *number is the caller's, also where it fails. */
PLAQ_MUST_USE plaq_status study_numbers_read(const plaq_node *node, double **number, int *n);

/* ---- making (make.c) ------------------------------------------------------------------------------------------- */

/* Adds a line to the notes. */
PLAQ_MUST_USE plaq_status study_note(plaq_study *study, const char *format, ...) PLAQ_PRINTF(2, 3);

/* Samples of measured numbers, where the method has any. */
PLAQ_MUST_USE plaq_status study_resample(const plaq_study *study, plaq_made *made);

void study_made_clear(plaq_made *made);

/* A quantity that is a constant: estimate and samples. */
PLAQ_MUST_USE plaq_status study_constant(const plaq_study *study, size_t size, const double value[], plaq_made *out);

/* The covariance of data by the study's method, covariance[size][size]; without @p correlated its diagonal alone. */
PLAQ_MUST_USE plaq_status study_covariance(const plaq_study *study, const plaq_estimate *data, bool correlated,
                                           const plaq_covariance_method *method, double covariance[]);

#endif
