/* Plaquettes: the elementary Wilson loops, and the action density of the Wilson action. */
#include "plaq/observable.h"

static const plaq_param table[] = {PLAQ_END};

static const plaq_output outputs[] = {
    {.name = "mean", .axes = "", .unit = "1", .doc = "(1/3) Re tr P, mean over sites and planes; 1 for the free field"},
    {.name = "spatial", .axes = "", .unit = "1", .doc = "the mean over the planes xy xz yz"},
    {.name = "temporal", .axes = "", .unit = "1", .doc = "the mean over the planes xt yt zt"},
    {.name = "planes",
     .axes = "plane",
     .unit = "1",
     .doc = "the mean over sites, planes in the order xy xz yz xt yt zt"},
    {.name = "slices", .axes = "t plane", .unit = "1", .doc = "the mean over the sites of each time slice"},
    PLAQ_END,
};

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    const int extent = plaq_lattice_dims(plaq_gauge_lattice(u))[3];
    double planes[6], mean, spatial, temporal, *slices = NULL;
    plaq_status status;

    (void)params;
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * 6, &slices));
    PLAQ_GO(plaq_gauge_plaquette(u, planes, slices));
    plaq_plane_means(planes, &mean, &spatial, &temporal);
    PLAQ_GO(plaq_sink_put(out, "mean", NULL, &mean));
    PLAQ_GO(plaq_sink_put(out, "spatial", NULL, &spatial));
    PLAQ_GO(plaq_sink_put(out, "temporal", NULL, &temporal));
    PLAQ_GO(plaq_sink_put(out, "planes", (int[]){6}, planes));
    PLAQ_GO(plaq_sink_put(out, "slices", (int[]){extent, 6}, slices));
done:
    plaq_free(slices);
    return status;
}

const plaq_observable plaq_observable_plaquette = {
    .name = "plaquette",
    .brief = "plaquettes, per plane and time slice",
    .reference = "K. G. Wilson, Phys. Rev. D 10 (1974) 2445",
    .version = 1,
    .params = table,
    .outputs = outputs,
    .measure = measure,
};
