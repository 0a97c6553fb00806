/* Our own result files: many of them into series, and what the entries of their axes are called.
 *
 * All functions are Local.
 */
#ifndef PLAQ_EXCHANGE_RESULT_H
#define PLAQ_EXCHANGE_RESULT_H

#include "exchange/exchange.h"
#include "store/store.h"

/** What a measurement was asked to do: the same on all configurations of an ensemble, or its numbers do not belong
 * together. */
typedef struct {
    char ensemble[64], measurement[64];
    char *observable, *parameters, *derivation;
    char *file;   /**< where it was seen first */
    double *time; /**< [times]: flow times of the longest flow so far; NULL where it has none */
    int times;
} result_kind;

/** Result files under way to series. Zero-initialise; result_reader_clear. */
typedef struct {
    const plaq_numbers_wanted *wanted;
    char ensemble[64]; /**< of files that have no name for it */
    exchange_rows *rows;
    int kinds;
    result_kind *kind;
} result_reader;

/** The paths of the files NAME.h5 in a folder, ascending. The caller owns the list: result_paths_clear. */
typedef struct {
    int count;
    char **path;
} result_paths;
PLAQ_MUST_USE plaq_status result_paths_find(const char *folder, result_paths *list);
void result_paths_clear(result_paths *list);
bool result_is_name(const char *name); /**< whether a file in such a folder may be a result, by its name */

/** Of which configuration an open result is; @p ensemble where it has no name for it. */
PLAQ_MUST_USE plaq_status result_place(const store_image *image, const char *path, const char *ensemble,
                                       exchange_place *place);

/** Reads what is wanted of one open result file. PLAQ_E_DATA where it was measured with other parameters than a file
 * before: names both. */
PLAQ_MUST_USE plaq_status result_read(result_reader *reader, const store_image *image, const char *path);
void result_reader_clear(result_reader *reader);

/** Facts of a run that are an observable all the same: "solver.iterations_light_wide" is iterations_light_wide there.
 */
#define RESULT_SOLVER     "solver"
#define RESULT_ITERATIONS "iterations_"

/** The head of such a series, without a row yet; the caller's. */
PLAQ_MUST_USE plaq_status result_iterations_head(const char *fact, plaq_series *head);

/** Reads how many iterations each solver took, which the run noted beside its results. */
PLAQ_MUST_USE plaq_status result_iterations(result_reader *reader, const store_image *image,
                                            const exchange_place *place);

/**
 * Labels of the axes of an output: momenta "0 0 1", pairs "g5-g5" (a product gx^n0 gy^n1 gz^n2 gt^n3 is written without
 * powers, "gxgygz"), flow times, sinks and baryons by name, planes, directions. Axes without names keep none.
 *
 * @param group       the measurement
 * @param parameters  its parameters, one "name: value" a line
 * @param run_file    resolved; names of sinks are from it
 */
PLAQ_MUST_USE plaq_status result_labels(hid_t group, const char *measurement, const char *parameters,
                                        const char *run_file, plaq_series *series);

#endif
