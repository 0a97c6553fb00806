/* The 2x1 rectangle, the second loop of improved gauge actions. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "mean",
     .axes = "",
     .unit = "1",
     .doc = "(1/3) Re tr of the 2x1 rectangle, mean over sites and the 12 orientations; 1 for the free field"},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    double mean;

    (void)params;
    PLAQ_TRY(plaq_gauge_rectangle(u, &mean));
    return plaq_sink_put(out, "mean", NULL, &mean);
}

const plaq_observable plaq_observable_rectangle = {
    .name = "rectangle",
    .brief = "planar 2x1 Wilson loops",
    .reference = "M. Luescher, P. Weisz, Commun. Math. Phys. 97 (1985) 59",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .measure = measure,
};
