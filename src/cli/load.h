/* Configurations as commands read them: opened, read and verified, one after another. Room: cli. */
#ifndef PLAQ_CLI_LOAD_H
#define PLAQ_CLI_LOAD_H

#include "plaq/run.h"

/** A field that is made anew only when the extents change. Zero-initialise. */
typedef struct {
    plaq_lattice *lattice;
    plaq_gauge *u;   /**< double precision */
    const char *raw; /**< of plaq_config_open_raw; NULL: files have headers */
} plaq_loader;

/** What loading found; numbers that were not reached are NaN. */
typedef struct {
    plaq_verdict verdict; /**< header.format is "" where the file could not be opened */
    bool measured;        /**< the links were read */
} plaq_loaded;

/**
 * Opens a file, reads and verifies it into the loader's field. Status as plaq_config_open and plaq_config_verify.
 * Collective.
 *
 * @param dims  extents of a file that does not say; zeros: it does
 */
PLAQ_MUST_USE plaq_status plaq_load(const plaq_comm *comm, const char *path, const int dims[4], plaq_loader *loader,
                                    plaq_loaded *loaded);

/** Makes the loader's lattice and field have these extents. Collective. */
PLAQ_MUST_USE plaq_status plaq_loader_fit(const plaq_comm *comm, const int dims[4], plaq_loader *loader);
void plaq_loader_clear(plaq_loader *loader);

/** Whether a --dims option was given: none zero. PLAQ_E_USAGE where some are. Local. */
PLAQ_MUST_USE plaq_status plaq_dims_given(const int dims[4], bool *given);

/** A message without the path it begins with, for a table whose row names the file. */
const char *plaq_words_after_path(const char *message, const char *path);

/** "f64" or "f32". */
const char *plaq_prec_word(plaq_prec prec);

#endif
