/* Energy densities of every time slice from plaquettes and rectangles.
 *
 *     E_plaq = sum_planes 2 Re tr (1 - P),    E_rect = sum over the 12 orientations of 2 Re tr (1 - R),
 *     E_imp  = (5/3) E_plaq - (1/12) E_rect,
 *
 * the density of the tree-level improved action of M. Luescher and P. Weisz, Commun. Math. Phys. 97 (1985) 59: free of
 * errors of order a^2 on classical fields. Loops in a time slice belong to it, loops between two slices half to each,
 * loops over three to the middle one: reflection of time reflects E(t).
 *
 * Open boundaries: loops that are not there do not count, and those in the first and the last slice count half. So the
 * sum over the slices of E_plaq is openQCD's action density (plaq_action_slices).
 */
#include "gauge/gauge.h"

enum { PLANES = 6, KINDS = 3 };

/* Sums of 2 Re tr (1 - loop) per site: loops in slice t, over t-1, t, t+1, and from t to t+1. */
typedef struct {
    double in, over, between;
} parts;

static double energy_of_slice(const parts p[], int t, int extent, bool open)
{
    const double *before = &p[(t + extent - 1) % extent].between, *after = &p[t].between;
    const bool first = open && t == 0, last = open && t == extent - 1;

    return (first || last ? p[t].in / 2 : p[t].in + p[t].over) + ((first ? 0 : *before) + (last ? 0 : *after)) / 2;
}

static plaq_status plaquette_parts(plaq_gauge *u, parts p[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    double planes[PLANES], *slices = NULL, mean;
    plaq_status status;

    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * PLANES, &slices));
    PLAQ_GO(plaq_gauge_plaquette(u, planes, slices));
    for (int t = 0; t < extent; t++) {
        double spatial, temporal;

        plaq_plane_means(&slices[t * PLANES], &mean, &spatial, &temporal);
        p[t] = (parts){.in = 18 * (1 - spatial), .between = 18 * (1 - temporal)};
    }
done:
    plaq_free(slices);
    return status;
}

static plaq_status rectangle_parts(plaq_gauge *u, parts p[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double slice = (double)(plaq_lattice_volume(u->lattice) / extent);
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, KINDS, &sums));
    PLAQ_GO(gauge_sum_slices(u, u->kernels->rectangle, KINDS, true, sums));
    for (int t = 0; t < extent; t++)
        p[t] = (parts){.in = 6 * (6 - plaq_sum_value(&sums[t * KINDS]) / slice),
                       .over = 6 * (3 - plaq_sum_value(&sums[t * KINDS + 1]) / slice),
                       .between = 6 * (3 - plaq_sum_value(&sums[t * KINDS + 2]) / slice)};
done:
    plaq_free(sums);
    return status;
}

plaq_status plaq_gauge_energy(plaq_gauge *u, double plaquette[], double improved[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    parts *p = plaq_alloc((size_t)extent, sizeof *p);
    plaq_status status = plaq_agree(plaq_lattice_comm(u->lattice), p ? PLAQ_OK : PLAQ_E_MEMORY);
    bool open;

    if (status != PLAQ_OK) goto done;
    open = plaq_gauge_is_open(u);
    PLAQ_GO(plaquette_parts(u, p));
    for (int t = 0; t < extent; t++) plaquette[t] = energy_of_slice(p, t, extent, open);
    PLAQ_GO(rectangle_parts(u, p));
    for (int t = 0; t < extent; t++) improved[t] = 5 * plaquette[t] / 3 - energy_of_slice(p, t, extent, open) / 12;
done:
    plaq_free(p);
    return status;
}
