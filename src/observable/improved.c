/* Energy densities from plaquettes and rectangles, and the topological charge improved by rectangles. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "energy_plaquette",
     .axes = "t",
     .unit = "a^-4",
     .doc = "sum over planes of 2 Re tr (1 - P), mean over the sites of each time slice, loops between two slices half "
            "in each"},
    {.name = "energy",
     .axes = "t",
     .unit = "a^-4",
     .doc = "(5/3) energy_plaquette - (1/12) the same of the 12 rectangles: tree-level Luescher-Weisz"},
    {.name = "charge",
     .axes = "t",
     .unit = "1",
     .doc =
         "(5/3) clover - (2/3) charge of the 2x1 leaves, eps_xyzt = +1, sum over each time slice (arXiv:1509.04259)"},
    {.name = "energy_plaquette_mean",
     .axes = "",
     .unit = "a^-4",
     .doc = "the mean of energy_plaquette over time slices"},
    {.name = "energy_mean", .axes = "", .unit = "a^-4", .doc = "the mean of energy over time slices"},
    {.name = "charge_total", .axes = "", .unit = "1", .doc = "the sum of charge over time slices"},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    const int extent = plaq_lattice_dims(plaq_gauge_lattice(u))[3];
    double plaquette_mean = 0, energy_mean = 0, charge_total = 0, *slices = NULL;
    plaq_status status;

    (void)params;
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * 5, &slices));

    double *plaquette = slices, *energy = slices + extent, *charge = slices + 2 * (size_t)extent;
    double *clover_energy = slices + 3 * (size_t)extent, *clover_charge = slices + 4 * (size_t)extent;

    PLAQ_GO(plaq_gauge_energy(u, plaquette, energy));
    PLAQ_GO(plaq_gauge_clover(u, clover_energy, clover_charge));
    PLAQ_GO(plaq_gauge_improved_charge(u, clover_charge, NULL, charge));
    for (int t = 0; t < extent; t++) {
        plaquette_mean += plaquette[t] / extent;
        energy_mean += energy[t] / extent;
        charge_total += charge[t];
    }
    PLAQ_GO(plaq_sink_put(out, "energy_plaquette", (int[]){extent}, plaquette));
    PLAQ_GO(plaq_sink_put(out, "energy", (int[]){extent}, energy));
    PLAQ_GO(plaq_sink_put(out, "charge", (int[]){extent}, charge));
    PLAQ_GO(plaq_sink_put(out, "energy_plaquette_mean", NULL, &plaquette_mean));
    PLAQ_GO(plaq_sink_put(out, "energy_mean", NULL, &energy_mean));
    PLAQ_GO(plaq_sink_put(out, "charge_total", NULL, &charge_total));
done:
    plaq_free(slices);
    return status;
}

const plaq_observable plaq_observable_improved = {
    .name = "improved",
    .brief = "energy density and topological charge improved by rectangles, per time slice",
    .reference = "C. Alexandrou, A. Athenodorou, K. Jansen, Phys. Rev. D 92 (2015) 125014, arXiv:1509.04259",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .fields = 3,
    .measure = measure,
};
