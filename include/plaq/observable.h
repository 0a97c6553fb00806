/** @file
 * Observables: one file each in src/observable, each ending in one descriptor. Room: observable.
 */
#ifndef PLAQ_OBSERVABLE_H
#define PLAQ_OBSERVABLE_H

#include "plaq/fermion.h"

/** Where an observable puts what it measured. */
typedef struct plaq_sink plaq_sink;

PLAQ_MUST_USE plaq_status plaq_sink_create(const plaq_output outputs[], plaq_sink **sink);
void plaq_sink_destroy(plaq_sink **sink);

/**
 * Puts an output's values (copied), [shape...] in the order of the axes the descriptor names; complex values as pairs
 * {r, i}. Each output once. PLAQ_E_INTERNAL for a name the descriptor does not have. Local.
 */
PLAQ_MUST_USE plaq_status plaq_sink_put(plaq_sink *sink, const char *name, const int shape[], const double values[]);

/**
 * From here on, values of outputs whose axes begin with "source sink", or with "source", are those of one source
 * position and one sink, and shapes are of the axes that follow; of other outputs the first values count. Local.
 */
void plaq_sink_part(plaq_sink *sink, int source, int sources, int sink_at, int sinks);

/** Takes the arrays out, in the order of the descriptor; PLAQ_E_INTERNAL where one is missing, PLAQ_E_DATA where a
 * value is not finite. The caller owns @p *arrays (plaq_array_clear each, plaq_free). Local. */
PLAQ_MUST_USE plaq_status plaq_sink_take(plaq_sink *sink, plaq_array **arrays, int *count);

/** What an observable of quarks is given: propagators from one source position, seen through one sink. */
typedef struct {
    const int *at;           /**< [4]: where the source is */
    const plaq_quark *quark; /**< as many as it asks for, in the order of the run file, in double precision */
} plaq_propagators;

/** What an observable is. `const`, in its own file; the build collects them into a list. */
typedef struct {
    const char *name;
    const char *brief;     /**< one line */
    const char *reference; /**< the paper, or NULL */
    int version;           /**< raised when the numbers change: old results are measured again */
    size_t params_size;
    const plaq_param *params;
    const plaq_output *outputs;
    int fields; /**< gauge fields' worth of memory it needs beside the links, for the plan */
    /** Collective up to its first plaq_sink_put; that may fail on one rank alone, so the caller agrees. */
    plaq_status (*measure)(const void *params, plaq_gauge *u, plaq_sink *out);
    plaq_status (*check)(const void *params); /**< what ranges do not say of parameters, or NULL. Local. */
    int quarks; /**< instead: propagators it needs; then it has `contract`, which is called for each source and sink */
    plaq_status (*contract)(const void *params, const plaq_propagators *from, plaq_sink *out); /**< as `measure` */
    int64_t (*numbers)(const void *params, const int dims[4]); /**< doubles of a source and a sink, for the plan */
} plaq_observable;

extern const plaq_observable *const plaq_observables[]; /**< by name, NULL-terminated */

const plaq_observable *plaq_observable_find(const char *name); /**< or NULL */

#endif
