/* The energy-momentum tensor of every time slice, and at momenta, from the clover field strength. */
#include "gauge/gauge.h"

/* Of the flowed field's densities only slices that an open boundary does not touch. */
static bool is_inside(const plaq_gauge *u, bool open, int t)
{
    return !open || (t > 0 && t < plaq_lattice_dims(u->lattice)[3] - 1);
}

static plaq_status fill(plaq_gauge *u, double *density)
{
    const plaq_layout *p = u->layout;
    const void *links = plaq_field_read(u->links);

    PLAQ_TRY(plaq_field_halo(u->links));
#pragma omp parallel for schedule(static)
    for (int x = 0; x < p->volume; x += CHUNK)
        u->kernels->energy_momentum(links, (const int(*)[8])p->nb, x, x + CHUNK < p->volume ? x + CHUNK : p->volume,
                                    &density[(size_t)x * PLAQ_TENSOR * (size_t)p->lanes]);
    return PLAQ_OK;
}

static plaq_status at_momenta(plaq_gauge *u, const double *density, bool open, int count, const int (*n)[3],
                              double complex modes[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double slice = (double)(plaq_lattice_volume(u->lattice) / extent);

    PLAQ_TRY(plaq_fourier_slices(u->lattice, plaq_field_prec(u->links), PLAQ_TENSOR, density, count, n, modes));
    for (int i = 0; i < extent * count * PLAQ_TENSOR; i++)
        modes[i] *= is_inside(u, open, i / (count * PLAQ_TENSOR)) ? 1 / slice : 0;
    return PLAQ_OK;
}

plaq_status plaq_gauge_energy_momentum(plaq_gauge *u, double slices[], int count, const int (*n)[3],
                                       double complex modes[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double slice = (double)(plaq_lattice_volume(u->lattice) / extent);
    const size_t sites = (size_t)u->layout->volume * (size_t)u->layout->lanes;
    const bool open = plaq_gauge_is_open(u);
    double *density = NULL;
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, PLAQ_TENSOR, &sums));
    PLAQ_GO(plaq_gauge_numbers(u, sites * PLAQ_TENSOR, &density));
    PLAQ_GO(fill(u, density));
    PLAQ_GO(gauge_sum_densities(u, density, PLAQ_TENSOR, sums));
    for (int i = 0; i < extent * PLAQ_TENSOR; i++)
        slices[i] = is_inside(u, open, i / PLAQ_TENSOR) ? plaq_sum_value(&sums[i]) / slice : 0;
    if (count > 0) PLAQ_GO(at_momenta(u, density, open, count, n, modes));
done:
    plaq_free(sums);
    plaq_free(density);
    return status;
}
