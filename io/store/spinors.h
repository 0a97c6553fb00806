/* Columns of spinors between a file and a field, site by site: the same for every format of propagators.
 *
 * Sites stand in a file in the order of their numbers, x + X (y + Y (z + Z t)), and each site's numbers together, in
 * one of two orders. Each rank moves an equal run of sites, in rounds of bounded size, and sites go to, or come from,
 * their owners as bytes (gauge/deal.h). The checksum, SciDAC's, is taken over the bytes as they stand in the file.
 */
#ifndef PLAQ_STORE_SPINORS_H
#define PLAQ_STORE_SPINORS_H

#include "plaq/fermion.h"

typedef enum {
    STORE_COLUMNS, /* [column][spin][colour]: spinors one after the other */
    STORE_MATRIX   /* [spin][spin of the source][colour][colour of the source]: 12 columns */
} store_order;

/* One end of the movement: the file. */
typedef struct {
    store_order order;
    plaq_prec prec;
    bool swap;        /* the byte order is not the host's */
    int first, count; /* columns of the field */

    /* Moves the numbers of n sites from number `first` on between the file and bytes. Local. */
    plaq_status (*move)(void *context, int64_t first, int64_t n, void *bytes);
    void *context;
} store_spinors;

/* Bytes of a site. Pure. */
size_t store_spinors_bytes(int columns, plaq_prec prec);

/* Fills columns of the body of a field; sum: the checksum, the same on all ranks. Collective. */
PLAQ_MUST_USE plaq_status store_spinors_read(plaq_columns *f, const store_spinors *file, uint32_t sum[2]);

/* The reverse. Collective. */
PLAQ_MUST_USE plaq_status store_spinors_write(plaq_columns *f, const store_spinors *file, uint32_t sum[2]);

#endif
