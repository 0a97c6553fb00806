/* What the formats of io/exchange share: notes, rows of numbers on their way to series, names of configurations.
 *
 * All functions are Local.
 */
#ifndef PLAQ_EXCHANGE_PRIVATE_H
#define PLAQ_EXCHANGE_PRIVATE_H

#include "gauge/text.h"
#include "plaq/exchange.h"

/** A note of what was not as it should be: names the file and what is meant. */
PLAQ_MUST_USE plaq_status exchange_note(plaq_numbers *out, const char *format, ...) PLAQ_PRINTF(2, 3);

/** Whether an observable of this name is to be read. */
bool exchange_is_wanted(const plaq_numbers_wanted *wanted, const char *name);

/** One more estimate of a name, zeroed, to be filled: owned by @p out. */
PLAQ_MUST_USE plaq_status exchange_add_estimate(plaq_numbers *out, const char *name, plaq_estimate **estimate);

/**
 * Which configuration a file is of, by its name: the last run of digits, after endings with digits of their own (.h5,
 * .hdf5, .vol0000) are taken off: 12 of "b6.00_n0012.ildg.h5", 100 of "b6.0r1n100". The replica is "r" and digits with
 * no letter before them ("r1" there); "" where there is none. PLAQ_E_DATA where there are no digits.
 */
PLAQ_MUST_USE plaq_status exchange_config_number(const char *path, int64_t *config, char replica[64]);

/** The name of a folder or file, without the folders before it: what an ensemble without a name is called. */
void exchange_path_name(const char *path, char *name, size_t n);

/** Copies a name; PLAQ_E_DATA, with what it is the name of, where it does not fit. */
PLAQ_MUST_USE plaq_status exchange_name(char *to, size_t n, const char *name, const char *what);

/* ---- rows ---- */

/** Numbers on their way to series: rows, one a configuration, from files in any order. */
typedef struct exchange_rows exchange_rows;

/** Of which configuration a row is, and from which file. */
typedef struct {
    char ensemble[64], replica[64];
    int64_t config;
    const char *file;
} exchange_place;

PLAQ_MUST_USE plaq_status exchange_rows_create(exchange_rows **rows);
void exchange_rows_destroy(exchange_rows **rows);

/** The series of a name on the chain of a place, as the first row made it, or NULL. */
plaq_series *exchange_rows_find(exchange_rows *rows, const exchange_place *place, const char *name);

/** Says that a configuration is there, whatever is measured on it. Once for each file, before its rows. */
PLAQ_MUST_USE plaq_status exchange_rows_seen(exchange_rows *rows, const exchange_place *place);

/**
 * Adds a row. The first of a name on a chain makes the series and takes labels and doc of @p head; all others must have
 * its axes and shape, but for an axis "flow" in front: it is cut to the shortest, with a note. @p head is cleared
 * also where it fails. *values are taken and set to NULL; NULL in a listing.
 */
PLAQ_MUST_USE plaq_status exchange_rows_add(exchange_rows *rows, const exchange_place *place, plaq_series *head,
                                            double **values);

/**
 * Makes the series, by name and chain, configurations ascending, and empties the rows. Notes say which configurations
 * were there twice, with the same numbers (PLAQ_E_DATA with others), which numbers of a chain's spacing are not there,
 * and which configurations a series lacks.
 */
PLAQ_MUST_USE plaq_status exchange_rows_finish(exchange_rows *rows, plaq_numbers *out);

/* ---- estimates ---- */

/** Room for an estimate of @p size numbers on chains, all zero; it holds the chains. */
PLAQ_MUST_USE plaq_status exchange_estimate_create(plaq_chains *chains, size_t size, plaq_estimate *estimate);

/** Where the configurations of a chain begin among those of all; -1 where there is no such chain. */
int64_t exchange_chain_offset(const plaq_chains *chains, const char *ensemble, const char *replica);

/** Takes the mean over each ensemble from its fluctuations, where rounding or a file's digits left one. */
void exchange_centre(plaq_estimate *estimate);

/**
 * Ensemble and replica of a chain in files of pyerrors and dobs: "A|r1" is replica r1 of A, and so is "Ar1" where the
 * ensemble is known to be A; "A" alone is the only one. PLAQ_E_DATA where a name is too long.
 */
PLAQ_MUST_USE plaq_status exchange_replica(const char *ensemble, const char *name, plaq_chain *chain);

/* ---- texts ---- */

/** A text in quotes, as JSON has it. */
PLAQ_MUST_USE plaq_status exchange_print_quoted(plaq_text *text, const char *words);

/** Provenance as a JSON object, {"name": text or number, ...}. */
PLAQ_MUST_USE plaq_status exchange_print_facts(plaq_text *text, const plaq_fact facts[], int n);

/** Reads a file of text, unpacked where it is of gzip; at most 1 GiB of it. PLAQ_E_DATA where it is damaged. */
PLAQ_MUST_USE plaq_status exchange_slurp(const char *path, char **text, size_t *n);

/** Writes a file aside, flushed, and renamed; packed by gzip where @p pack. Equal text, equal bytes. */
PLAQ_MUST_USE plaq_status exchange_publish(const char *path, const char *bytes, size_t n, bool pack);

/* ---- exports: plaq_numbers_write() by the ending of the path ---- */

/** What is to be written: as the arguments of plaq_numbers_write(). */
typedef struct {
    const plaq_written *list;
    int n;
    const plaq_fact *provenance;
    int facts;
} exchange_export;

PLAQ_MUST_USE plaq_status exchange_write_pyerrors(const char *path, const exchange_export *what);
PLAQ_MUST_USE plaq_status exchange_write_dobs(const char *path, const exchange_export *what);
PLAQ_MUST_USE plaq_status exchange_write_hdf5(const char *path, const exchange_export *what);
PLAQ_MUST_USE plaq_status exchange_write_csv(const char *path, const exchange_export *what);
PLAQ_MUST_USE plaq_status exchange_write_json(const char *path, const exchange_export *what);

#endif
