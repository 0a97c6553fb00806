/* Links as plain bytes of a file, one after the other or in equal pieces of whole planes: one end of a slab's movement
 * (slab.h). */
#ifndef PLAQ_IO_GAUGE_PLAIN_H
#define PLAQ_IO_GAUGE_PLAIN_H

#include "gauge/format.h"

typedef struct {
    plaq_file file;
    const int *dims;
    size_t line;             /* bytes of a line along x */
    int64_t offset;          /* of the first link */
    const int64_t *chunk_at; /* or of each piece of `planes` planes */
    int64_t planes;
} plaq_plain;

/* Where the links of a file are, not open yet; borrows dims and stored. Local. */
plaq_plain plaq_plain_of(const int dims[4], plaq_prec prec, int rows, const plaq_stored *stored);

/* Byte of the file where a line begins. Pure. */
int64_t plaq_plain_offset(const plaq_plain *plain, int y, int z, int t);

/* What plaq_slab calls `move`; context is a plaq_plain. Local. */
PLAQ_MUST_USE plaq_status plaq_plain_fetch(void *context, int y, int z, int t, int lines, void *bytes);
PLAQ_MUST_USE plaq_status plaq_plain_store(void *context, int y, int z, int t, int lines, void *bytes);

#endif
