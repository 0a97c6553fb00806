/* Energy density and topological charge by the clover field strength, F = (Q - Q^dagger)/8 without its trace. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "energy",
     .axes = "t",
     .unit = "a^-4",
     .doc = "-sum over planes of tr F F, mean over the sites of each time slice (t^2 E = 0.3 defines t0)"},
    {.name = "charge",
     .axes = "t",
     .unit = "1",
     .doc = "(1/(32 pi^2)) eps_{mu nu rho sigma} tr G G with G = -iF and eps_xyzt = +1, sum over each time slice"},
    {.name = "energy_mean", .axes = "", .unit = "a^-4", .doc = "the mean of energy over time slices"},
    {.name = "charge_total",
     .axes = "",
     .unit = "1",
     .doc = "the sum of charge over time slices: the topological charge"},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    const int extent = plaq_lattice_dims(plaq_gauge_lattice(u))[3];
    double energy_mean = 0, charge_total = 0, *slices = NULL;
    plaq_status status;

    (void)params;
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * 2, &slices));

    double *energy = slices, *charge = slices + extent;

    PLAQ_GO(plaq_gauge_clover(u, energy, charge));
    for (int t = 0; t < extent; t++) {
        energy_mean += energy[t] / extent;
        charge_total += charge[t];
    }
    PLAQ_GO(plaq_sink_put(out, "energy", (int[]){extent}, energy));
    PLAQ_GO(plaq_sink_put(out, "charge", (int[]){extent}, charge));
    PLAQ_GO(plaq_sink_put(out, "energy_mean", NULL, &energy_mean));
    PLAQ_GO(plaq_sink_put(out, "charge_total", NULL, &charge_total));
done:
    plaq_free(slices);
    return status;
}

const plaq_observable plaq_observable_clover = {
    .name = "clover",
    .brief = "clover energy density and topological charge, per time slice",
    .reference = "M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .measure = measure,
};
