/** @file
 * Measured numbers in and out: our own results and gathers, and other programs' files. Room: io.
 *
 * One file a format in io/exchange, each ending in one descriptor; the build collects them. Everything here is Local.
 */
#ifndef PLAQ_EXCHANGE_H
#define PLAQ_EXCHANGE_H

#include "plaq/analysis.h"
#include "plaq/io.h"

/** Numbers of one observable on one chain, configuration by configuration. All of it owned: plaq_series_clear. */
typedef struct {
    char name[128]; /**< "flow.t2E", "f_A": measurement and output of ours, or what the format calls it */
    plaq_chain chain;
    int rank;
    int shape[PLAQ_AXES_MAX];
    char axes[128];              /**< names of the axes, slowest first, by blanks; "" for a number */
    char **label[PLAQ_AXES_MAX]; /**< label[axis][i]: what an entry is called ("g5-g5", "0 0 1", "point"); NULL: its
                                    number */
    bool is_complex;
    char unit[32];
    char *doc;      /**< with the normalisation; "" */
    double *values; /**< [configurations][shape...], complex: pairs; NULL in a listing */
} plaq_series;

/** What a file, folder or gather holds. Owned: plaq_numbers_clear. */
typedef struct {
    int series_count;
    plaq_series *series; /**< one for each observable and chain */
    int estimates;       /**< of formats that keep fluctuations instead of measured numbers */
    char (*estimate_name)[128];
    plaq_estimate *estimate;
    int notes;
    char **note; /**< what was not as it should be, each with file and configuration: duplicates, gaps, configurations
                      that one observable lacks, files left out */
} plaq_numbers;

void plaq_series_clear(plaq_series *series);
void plaq_numbers_clear(plaq_numbers *numbers);

/** What is read of a file. */
typedef struct {
    const char *ensemble; /**< name to be given where the file has none; NULL: the file's or folder's name */
    const char *name;     /**< this observable alone; NULL: everything */
    bool listing;         /**< names, axes, labels and chains, no values */
} plaq_numbers_wanted;

/** What a format is. `const`, in io/exchange/format_NAME.c. */
typedef struct {
    const char *name, *brief;
    const char *reference; /**< where its layout is written down */
    bool verified;         /**< on a real file of the program that writes it */
    /** Whether @p path (of which @p head are the first @p n bytes; n = 0 of a folder) is one. */
    bool (*recognise)(const char *path, const char *head, size_t n);
    plaq_status (*read)(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out);
} plaq_numbers_format;

extern const plaq_numbers_format *const plaq_numbers_formats[];        /**< by name, NULL-terminated */
const plaq_numbers_format *plaq_numbers_format_find(const char *name); /**< or NULL */

/** Reads a file or folder; @p format NULL: recognised. PLAQ_E_DATA where it is of no format, or damaged: names the
 * file, what was seen and expected. PLAQ_E_USAGE where @p wanted->name is not in it: suggests the nearest. */
PLAQ_MUST_USE plaq_status plaq_numbers_read(const char *path, const char *format, const plaq_numbers_wanted *wanted,
                                            plaq_numbers *out);

/**
 * Writes all results of a folder into one file, aside, flushed, renamed (docs/formats.md); it is read as the folder is.
 * Takes as much memory as their numbers. PLAQ_E_DATA where they are of several ensembles, or do not belong together.
 *
 * @param[out] gathered  what was read, with its notes; the caller's
 */
PLAQ_MUST_USE plaq_status plaq_gather_write(const char *results, const char *path, plaq_numbers *gathered);

/** A named estimate that is to be written, and what stands beside it. */
typedef struct {
    const char *name, *doc, *unit;
    const plaq_estimate *estimate;
    const plaq_uncertainty *uncertainty; /**< [estimate->size]; NULL: none */
} plaq_written;

/** Writes estimates by the ending of the path, aside, flushed, renamed: .json.gz (pyerrors), .xml.gz (dobs) and .h5 with
 * all their fluctuations, .csv and .json values and errors alone. Equal numbers and provenance (facts of a name, each
 * once) make equal files. PLAQ_E_USAGE for another ending, or names that are not unique or have a slash; PLAQ_E_DATA
 * where a number is not finite. */
PLAQ_MUST_USE plaq_status plaq_numbers_write(const char *path, const plaq_written list[], int n,
                                             const plaq_fact provenance[], int facts);

#endif
