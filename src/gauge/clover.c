/* Energy and topological charge of every time slice, from the clover field strength. */
#include "gauge/gauge.h"

plaq_status plaq_gauge_clover(plaq_gauge *u, double energy[], double charge[])
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const double slice = (double)(plaq_lattice_volume(u->lattice) / extent);
    plaq_sum *sums = plaq_alloc((size_t)extent * 2, sizeof *sums);
    plaq_status status = plaq_agree(plaq_lattice_comm(u->lattice), sums ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status != PLAQ_OK) goto done;
    PLAQ_GO(gauge_sum_slices(u, u->kernels->clover, 2, true, sums));
    for (int t = 0; t < extent; t++) {
        energy[t] = plaq_sum_value(&sums[2 * t]) / slice;
        charge[t] = plaq_sum_value(&sums[2 * t + 1]);
    }
done:
    plaq_free(sums);
    return status;
}
