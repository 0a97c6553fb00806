/* Propagators: what the formats share. A format is one file, store/propagator_<key>.c, ending in a descriptor; their
 * list is in propagator.c. */
#ifndef PLAQ_STORE_PROPAGATOR_H
#define PLAQ_STORE_PROPAGATOR_H

#include "plaq/io.h"
#include "store/spinors.h"

/* Columns that stand together in a file. */
typedef struct {
    int64_t offset; /* of the first site; HDF5 files: 0 */
    int columns;
    char checksum[40]; /* as stored; "" where there is none */
} store_piece;

typedef struct store_propagator_format store_propagator_format;

/* An open propagator. */
struct plaq_propagator {
    const plaq_comm *comm;
    const store_propagator_format *format;
    char path[4096];
    plaq_propagator_header header;
    double *residual;  /* [columns], or NULL */
    store_order order; /* of the numbers of a site */
    bool little;       /* their byte order */
    int pieces;
    store_piece *piece; /* [pieces] */
    char object[256];   /* of an HDF5 file: the dataset */
};

struct store_propagator_format {
    const char *key;

    /* Whether the first bytes of a file are of this format; NULL: another format's reader reads it too. Pure. */
    bool (*recognise)(const unsigned char *bytes, size_t n);

    /* Reads the header on one rank, which owns what is allocated. Local. */
    plaq_status (*read_header)(const plaq_file *file, plaq_propagator *p);

    /* Reads all columns; sum: the checksums of the pieces. Collective. */
    plaq_status (*read)(plaq_propagator *p, plaq_columns *f, int first, uint32_t (*sum)[2]);

    /* Writes a file, flushed. Collective. */
    plaq_status (*write)(plaq_columns *f, int first, int count, const char *path, plaq_prec prec,
                         const plaq_propagator_facts *facts);
};

extern const store_propagator_format store_propagator_hdf5, store_propagator_qdpxx, store_propagator_qio;

/* Adds a piece of the file. */
PLAQ_MUST_USE plaq_status store_propagator_add(plaq_propagator *p, const store_piece *piece);

#endif
