/* Links between a file and a field, by slabs: the same for every format.
 *
 * Files hold whole planes of constant z and t one after the other. Each plane is moved by one of the ranks whose sites
 * lie in it, in rounds of bounded size, and the checksum is taken there, over the bytes as they stand in the file.
 * Where planes are divided between ranks (process grid along x or y) their lines then go to, or come from, the owners,
 * still as bytes; otherwise nothing is sent at all. The last step, the only one that knows lanes and byte order,
 * fills whole vector sites.
 */
#ifndef PLAQ_IO_GAUGE_SLAB_H
#define PLAQ_IO_GAUGE_SLAB_H

#include "gauge/check.h"
#include "plaq/lattice.h"

/* One end of the movement: the file. */
typedef struct {
    plaq_link_form form;
    plaq_check_kind check;

    /* Moves `lines` lines along x from (y, z, t) on, all in one plane, between the file and bytes. Local. */
    plaq_status (*move)(void *context, int y, int z, int t, int lines, void *bytes);
    void *context;
} plaq_slab;

/* Fills the body of a field of links; sum: the checksum, the same on all ranks. Collective. */
PLAQ_MUST_USE plaq_status plaq_slab_read(plaq_field *links, const plaq_slab *slab, uint32_t sum[2]);

/* The reverse. Collective. */
PLAQ_MUST_USE plaq_status plaq_slab_write(const plaq_field *links, const plaq_slab *slab, uint32_t sum[2]);

#endif
