/* Trace of the links: depends on the gauge, and tells whether a file was read in the right order. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "mean", .axes = "", .unit = "1", .doc = "(1/3) Re tr U, mean over all links; 1 for the free field"},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    double mean;

    (void)params;
    PLAQ_TRY(plaq_gauge_link_trace(u, &mean));
    return plaq_sink_put(out, "mean", NULL, &mean);
}

const plaq_observable plaq_observable_link_trace = {
    .name = "link_trace",
    .brief = "mean trace of the links (not gauge invariant)",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .measure = measure,
};
