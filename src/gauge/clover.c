/* Energy and topological charge of every time slice, from the clover field strength. */
#include "gauge/gauge.h"

plaq_status plaq_gauge_clover(plaq_gauge *u, double energy[], double charge[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double slice = (double)(plaq_lattice_volume(u->lattice) / extent);
    const bool open = plaq_gauge_is_open(u);
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, 2, &sums));
    PLAQ_GO(gauge_sum_slices(u, u->kernels->clover, 2, true, sums));
    for (int t = 0; t < extent; t++) {
        const bool edge = open && (t == 0 || t == extent - 1);

        energy[t] = edge ? 0 : plaq_sum_value(&sums[2 * t]) / slice;
        charge[t] = edge ? 0 : plaq_sum_value(&sums[2 * t + 1]);
    }
done:
    plaq_free(sums);
    return status;
}
