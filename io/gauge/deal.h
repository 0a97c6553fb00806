/* Pieces of equal size between a file in any order and the ranks that own them: links (shuffle.h), or all that a
 * propagator has at a site.
 *
 * Each rank moves its share of the file, in rounds of bounded size, in large runs one after the other, and the pieces
 * of a round go to, or come from, their owners. The whole file is moved once, whatever the order and the process grid.
 * Where one rank's file fails, all end with the next round.
 */
#ifndef PLAQ_IO_GAUGE_DEAL_H
#define PLAQ_IO_GAUGE_DEAL_H

#include "plaq/lattice.h"

typedef struct {
    const plaq_lattice *lattice;
    size_t bytes;  /* of a piece */
    int per_site;  /* pieces of a site */
    int64_t first; /* pieces that this rank moves; all ranks together move every piece once */
    int64_t count;

    /* The site of a piece of the file, and which of the site's pieces it is. Local. */
    void (*find)(void *context, int64_t piece, int c[4], int *which);

    /* Moves n pieces from number `first` on between the file and bytes. One call begins where the one before ended.
     * Local. */
    plaq_status (*move)(void *context, int64_t first, int64_t n, void *bytes);

    /* Takes a piece of the local site c from bytes, which it may spoil, or gives it. Local. */
    void (*visit)(void *context, const int c[4], int which, void *bytes);
    void *context;
} plaq_deal;

/* Pieces that stand one after the other in a file, from an offset on. */
typedef struct {
    plaq_file file;
    int64_t offset;
    size_t bytes; /* of a piece */
} plaq_pieces;

/* Ways for plaq_deal to move them; the context is one of these. Local. */
plaq_status plaq_pieces_fetch(void *context, int64_t first, int64_t n, void *bytes);
plaq_status plaq_pieces_store(void *context, int64_t first, int64_t n, void *bytes);

/* An equal share of so many pieces for this rank. Local. */
void plaq_deal_share(const plaq_comm *comm, int64_t pieces, int64_t *first, int64_t *count);

PLAQ_MUST_USE plaq_status plaq_deal_read(const plaq_deal *deal);  /* Collective. */
PLAQ_MUST_USE plaq_status plaq_deal_write(const plaq_deal *deal); /* Collective. */

#endif
