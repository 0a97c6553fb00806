/* Plaquette, rectangle and link trace: means over the lattice of what the kernels give a site. */
#include "gauge/gauge.h"

enum { PLANES = 6, KINDS = 3 };

plaq_status plaq_gauge_plaquette(plaq_gauge *u, double planes[6], double *slices)
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double volume = (double)plaq_lattice_volume(u->lattice);
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, PLANES, &sums));
    PLAQ_GO(gauge_sum_slices(u, u->kernels->plaquette, PLANES, true, sums));
    for (int i = 0; slices && i < extent * PLANES; i++) slices[i] = plaq_sum_value(&sums[i]) * extent / volume;
    for (int i = PLANES; i < extent * PLANES; i++) plaq_sum_merge(&sums[i % PLANES], &sums[i]);
    for (int i = 0; i < PLANES; i++) planes[i] = plaq_sum_value(&sums[i]) / volume;
done:
    plaq_free(sums);
    return status;
}

void plaq_plane_means(const double planes[6], double *mean, double *spatial, double *temporal)
{
    *spatial = (planes[0] + planes[1] + planes[2]) / 3;
    *temporal = (planes[3] + planes[4] + planes[5]) / 3;
    *mean = (*spatial + *temporal) / 2;
}

plaq_status plaq_gauge_link_trace(plaq_gauge *u, double *trace)
{
    double sum;

    PLAQ_TRY(gauge_mean(u, u->kernels->link_trace, false, &sum));
    *trace = sum / 4;
    return PLAQ_OK;
}

plaq_status plaq_gauge_rectangle(plaq_gauge *u, double *mean)
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, KINDS, &sums));
    PLAQ_GO(gauge_sum_slices(u, u->kernels->rectangle, KINDS, true, sums));
    for (int i = 1; i < extent * KINDS; i++) plaq_sum_merge(&sums[0], &sums[i]);
    *mean = plaq_sum_value(&sums[0]) / (12 * (double)plaq_lattice_volume(u->lattice));
done:
    plaq_free(sums);
    return status;
}
