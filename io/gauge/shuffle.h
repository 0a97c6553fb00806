/* Links between a file in any order (order.h) and a field, link by link: a deal (deal.h) of 3 x 3 matrices. */
#ifndef PLAQ_IO_GAUGE_SHUFFLE_H
#define PLAQ_IO_GAUGE_SHUFFLE_H

#include "gauge/order.h"
#include "plaq/lattice.h"

/* One end of the movement: the file. */
typedef struct {
    plaq_order order;
    plaq_prec prec;
    bool swap;     /* the byte order is not the host's */
    int64_t first; /* links that this rank moves; all ranks together move every link once */
    int64_t count;

    /* Moves n links from number `first` on, [n][18] numbers, between the file and bytes. One call begins where the one
     * before ended. Local. */
    plaq_status (*move)(void *context, int64_t first, int64_t n, void *bytes);
    void *context;
} plaq_shuffle;

/* An equal share of the links of a lattice for this rank. Local. */
void plaq_shuffle_share(const plaq_lattice *lattice, int64_t *first, int64_t *count);

/* Fills the body of a field of links. Collective. */
PLAQ_MUST_USE plaq_status plaq_shuffle_read(plaq_field *links, const plaq_shuffle *shuffle);

/* The reverse. Collective. */
PLAQ_MUST_USE plaq_status plaq_shuffle_write(plaq_field *links, const plaq_shuffle *shuffle);

#endif
