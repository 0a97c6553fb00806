/* Polyakov loops in all four directions. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "loop",
     .axes = "mu",
     .unit = "1",
     .doc = "(1/3) tr of the product of all links along mu = x y z t, mean over the transverse sites",
     .is_complex = true},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    double complex loop[4];

    (void)params;
    for (int mu = 0; mu < 4; mu++) PLAQ_TRY(plaq_gauge_polyakov(u, mu, &loop[mu]));
    return plaq_sink_put(out, "loop", (int[]){4}, (const double *)loop);
}

const plaq_observable plaq_observable_polyakov = {
    .name = "polyakov",
    .brief = "Polyakov loops in the four directions",
    .reference = "A. M. Polyakov, Phys. Lett. B 72 (1978) 477",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .measure = measure,
};
