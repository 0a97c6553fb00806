/* Heat bath and over-relaxation sweeps: sites of even x + y + z + t before odd ones, direction by direction. After
 * each direction its links go into the halo, so no rank ever reads an old one. */
#include "gauge/gauge.h"

/* Neighbours must differ in parity, also across the boundary. Links that are not there must not come up. */
static plaq_status check(plaq_gauge *u)
{
    const int *dims = plaq_lattice_dims(u->lattice);

    for (int mu = 0; mu < 4; mu++)
        if (dims[mu] % 2)
            return plaq_fail(PLAQ_E_USAGE, "updates need even extents: dims are [%d, %d, %d, %d]", dims[0], dims[1],
                             dims[2], dims[3]);
    if (plaq_gauge_is_open(u)) return plaq_fail(PLAQ_E_USAGE, "time is open: updates are those of periodic boundaries");
    return PLAQ_OK;
}

static int parity_of(const int c[4])
{
    return (c[0] + c[1] + c[2] + c[3]) & 1;
}

static plaq_status sweep_links(plaq_gauge *u, plaq_update_kernel *kernel, plaq_update *update)
{
    const plaq_layout *p = u->layout;
    const int origin = parity_of(plaq_lattice_origin(u->lattice));
    void *links = plaq_field_data(u->links);

    PLAQ_TRY(check(u));
    update->nb = (const int(*)[8])p->nb;
    update->place = (const int(*)[4])p->place;
    update->site = p->site;
    update->lane_site = p->lane_site;
    for (int l = 0; l < p->lanes; l++) update->odd_lanes |= (uint32_t)parity_of(p->lane_at[l]) << l;
    PLAQ_TRY(plaq_field_halo(u->links));
    for (int parity = 0; parity < 2; parity++) {
        update->parity = parity ^ origin;
        for (int mu = 0; mu < 4; mu++) {
#pragma omp parallel for schedule(static)
            for (int x = 0; x < p->volume; x += CHUNK)
                kernel(links, update, mu, x, x + CHUNK < p->volume ? x + CHUNK : p->volume);
            PLAQ_TRY(plaq_field_halo_part(u->links, LINK_REALS * mu, LINK_REALS));
        }
    }
    return PLAQ_OK;
}

plaq_status plaq_gauge_heat_bath(plaq_gauge *u, double beta, uint64_t seed, uint64_t sweep)
{
    plaq_update update = {.beta = beta, .seed = seed, .sweep = sweep};

    return sweep_links(u, u->kernels->heat_bath, &update);
}

plaq_status plaq_gauge_over_relax(plaq_gauge *u)
{
    plaq_update update = {0};

    return sweep_links(u, u->kernels->over_relax, &update);
}
