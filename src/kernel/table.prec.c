/* The table of this precision and lane count. */
#include "kernel/prec.h"

extern const plaq_kernels P(plaq_kernels_table);

const plaq_kernels P(plaq_kernels_table) = {
    .lanes = LANES,
    .plaquette = P(plaquette),
    .link_trace = P(link_trace),
    .rectangle = P(rectangle),
    .clover = P(clover),
    .energy_momentum = P(energy_momentum),
    .unitarity = P(unitarity),
    .heat_bath = P(heat_bath),
    .over_relax = P(over_relax),
    .flow_wilson = P(flow_wilson),
    .flow_loops = P(flow_loops),
    .flow_force = P(flow_force),
    .flow_advance = P(flow_advance),
    .flow_distance = P(flow_distance),
    .unit = P(unit),
    .reunitarise = P(reunitarise),
    .random = P(random),
    .transform = P(transform),
    .line = P(line),
    .line_trace = P(line_trace),
    .plane_staples = P(plane_staples),
    .rectangle_charge = P(rectangle_charge),
    .halo_fill = P(halo_fill),
    .halo_pack = P(halo_pack),
    .halo_unpack = P(halo_unpack),
    .links_load = P(links_load),
    .links_store = P(links_store),
    .multiply_add = P(multiply_add),
    .stream_read = P(stream_read),
    .stream_copy = P(stream_copy),
};
