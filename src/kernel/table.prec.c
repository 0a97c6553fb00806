/* The table of this precision and lane count. */
#include "kernel/prec.h"

extern const plaq_kernels P(plaq_kernels_table);

const plaq_kernels P(plaq_kernels_table) = {
    .lanes = LANES,
    .halo_fill = P(halo_fill),
    .halo_pack = P(halo_pack),
    .halo_unpack = P(halo_unpack),
    .links_load = P(links_load),
    .links_store = P(links_store),
    .multiply_add = P(multiply_add),
    .stream_read = P(stream_read),
    .stream_copy = P(stream_copy),
};
