/* Gradient flow: energies and charges at flow times on the way, and the scales t0 and w0. */
#include "plaq/observable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* what is measured of each time slice: energies, then charges */
enum { PLAQUETTE, CLOVER, IMPROVED, ENERGIES, CHARGE = ENERGIES, IMPROVED_CHARGE, DENSITIES };

enum { CHARGES = DENSITIES - ENERGIES, TIMES_MAX = 256 };

/* t0 and w0 are where t^2 E and t d(t^2 E)/dt are this */
static const double level = 0.3;

typedef enum { UNTIL_T_MAX, UNTIL_T0, UNTIL_W0 } until;

typedef struct {
    int kernel, integrator, until, skip;
    double eps, tolerance, every, t_max;
    char times[1024];
} flow_params;

static const plaq_param table[] = {
    PLAQ_CHOICE(flow_params, kernel, "wilson", "wilson|symanzik|zeuthen", "the action whose gradient is followed"),
    PLAQ_CHOICE(flow_params, integrator, "fixed", "fixed|adaptive",
                "Runge-Kutta of third order, with steps of eps or with steps as long as tolerance allows"),
    PLAQ_REAL(flow_params, eps, "0.01", 1e-6, PLAQ_FLOW_EPS_MAX, "a^2",
              "longest step; adaptive: the first one. Stable below 0.157 (wilson), 0.094 (symanzik), "
              "0.141 (zeuthen)"),
    PLAQ_REAL(flow_params, tolerance, "1e-6", 1e-12, 0.1, "1",
              "adaptive: largest error of a link a step, |V - V'|/9 between the orders three and two"),
    PLAQ_REAL(flow_params, t_max, NULL, 1e-6, 1e4, "a^2", "flow time at which it ends"),
    PLAQ_CHOICE(flow_params, until, "t_max", "t_max|t0|w0",
                "ends earlier: two measurements after all energies have passed t0, or w0"),
    PLAQ_REAL(flow_params, every, "0.1", 0, 1e4, "a^2", "flow time between measurements; 0: after every step"),
    PLAQ_TEXT(flow_params, times, "", "the flow times to measure at instead of every: \"0.5, 1, 2\""),
    PLAQ_INT(flow_params, skip, "0", 0, 4096, "a",
             "time slices left out at either end in t2E, W, t0, w0 (open boundaries)"),
    PLAQ_END,
};

#define ENERGY_DOC "energies: 0 plaquette, 1 clover, 2 improved"

static const plaq_output outputs[] = {
    {.name = "time", .axes = "flow", .unit = "a^2", .doc = "flow times measured at; the first is 0"},
    {.name = "energy",
     .axes = "flow energy t",
     .unit = "a^-4",
     .doc = "E of each time slice. " ENERGY_DOC ": sum over planes of 2 Re tr(1 - P); of -tr F F, clover; 5/3 of the "
            "first - 1/12 of the same sum over the 12 rectangles"},
    {.name = "charge",
     .axes = "flow charge t",
     .unit = "1",
     .doc = "topological charge of each time slice, eps_xyzt = +1. charges: 0 clover; 1 improved, 5/3 clover - 2/3 of "
            "the charge by the eight 2x1 leaves"},
    {.name = "t2E", .axes = "flow energy", .unit = "1", .doc = "t^2 E, E the mean over time slices. " ENERGY_DOC},
    {.name = "W",
     .axes = "flow energy",
     .unit = "1",
     .doc = "t d(t^2 E)/dt, by the polynomial through five measurements. " ENERGY_DOC},
    {.name = "Q", .axes = "flow charge", .unit = "1", .doc = "the sum of charge over time slices"},
    {.name = "t0",
     .axes = "",
     .unit = "a^2",
     .doc = "t where t^2 E = 0.3 for the clover E, by the cubic polynomial through four measurements; NaN where it is "
            "not reached",
     .may_lack = true},
    {.name = "w0",
     .axes = "",
     .unit = "a",
     .doc =
         "square root of t where W = 0.3 for the clover E, by the cubic polynomial through four values of W; NaN where "
         "it is not reached",
     .may_lack = true},
    {.name = "t0_energy", .axes = "energy", .unit = "a^2", .doc = "t0 by each E. " ENERGY_DOC, .may_lack = true},
    {.name = "w0_energy", .axes = "energy", .unit = "a", .doc = "w0 by each E. " ENERGY_DOC, .may_lack = true},
    {.name = "charge_end", .axes = "", .unit = "1", .doc = "Q by the clover at the last flow time"},
    {.name = "forces", .axes = "", .unit = "1", .doc = "how often the force of all links was computed"},
    PLAQ_END,
};

/* ---- what was measured ------------------------------------------------------------------------------------------- */

typedef struct {
    const flow_params *p;
    plaq_gauge *u; /* a copy, which flows */
    plaq_flow *flow;
    double t, eps, said;
    int extent;       /* time slices */
    int n, room;      /* measurements */
    double *time;     /* [room] */
    double *slices;   /* [room][energies and charges][extent] */
    double *averages; /* [energies: t^2 E, then W][room] */
} history;

static double *slice_of(const history *h, int k, int density)
{
    return &h->slices[((size_t)k * DENSITIES + (size_t)density) * (size_t)h->extent];
}

static double *t2e_of(const history *h, int energy)
{
    return &h->averages[(size_t)energy * (size_t)h->room];
}

static double *w_of(const history *h, int energy)
{
    return &h->averages[(size_t)(ENERGIES + energy) * (size_t)h->room];
}

/* Room for twice as many measurements. */
static plaq_status grow(history *h)
{
    const size_t slices = (size_t)DENSITIES * (size_t)h->extent;
    history more = *h;
    plaq_status status;

    more.room = h->room ? 2 * h->room : 64;
    more.time = more.slices = more.averages = NULL;
    PLAQ_GO(plaq_gauge_numbers(h->u, (size_t)more.room, &more.time));
    PLAQ_GO(plaq_gauge_numbers(h->u, (size_t)more.room * slices, &more.slices));
    PLAQ_GO(plaq_gauge_numbers(h->u, (size_t)more.room * 2 * ENERGIES, &more.averages));
    if (h->n > 0) {
        memcpy(more.time, h->time, (size_t)h->n * sizeof *h->time);
        memcpy(more.slices, h->slices, (size_t)h->n * slices * sizeof *h->slices);
        for (int e = 0; e < ENERGIES; e++) memcpy(t2e_of(&more, e), t2e_of(h, e), (size_t)h->n * sizeof *h->averages);
    }
done:
    if (status == PLAQ_OK) {
        history old = *h;

        *h = more;
        more = old;
    }
    plaq_free(more.time);
    plaq_free(more.slices);
    plaq_free(more.averages);
    return status;
}

static plaq_status measure_now(history *h)
{
    const int inner = h->extent - 2 * h->p->skip;

    if (h->n == h->room) PLAQ_TRY(grow(h));
    PLAQ_TRY(plaq_gauge_energy(h->u, slice_of(h, h->n, PLAQUETTE), slice_of(h, h->n, IMPROVED)));
    PLAQ_TRY(plaq_gauge_clover(h->u, slice_of(h, h->n, CLOVER), slice_of(h, h->n, CHARGE)));
    PLAQ_TRY(plaq_gauge_improved_charge(h->u, slice_of(h, h->n, CHARGE), NULL, slice_of(h, h->n, IMPROVED_CHARGE)));
    h->time[h->n] = h->t;
    for (int e = 0; e < ENERGIES; e++) {
        const double *slice = slice_of(h, h->n, e);
        double mean = 0;

        for (int t = h->p->skip; t < h->extent - h->p->skip; t++) mean += slice[t] / inner;
        t2e_of(h, e)[h->n] = h->t * h->t * mean;
    }
    h->n++;
    for (int e = 0; e < ENERGIES; e++)
        for (int k = 0; k < h->n; k++) w_of(h, e)[k] = h->time[k] * plaq_flow_slope(h->n, h->time, t2e_of(h, e), k);
    return PLAQ_OK;
}

/* Whether all energies passed the scale two measurements ago: then the polynomials have points on both sides. */
static bool is_past(const history *h)
{
    const int k = h->n - 3;

    if (h->p->until == UNTIL_T_MAX || k < 0) return false;
    for (int e = 0; e < ENERGIES; e++)
        if ((h->p->until == UNTIL_T0 ? t2e_of(h, e)[k] : w_of(h, e)[k]) < level) return false;
    return true;
}

/* ---- the way ------------------------------------------------------------------------------------------------------
 */

static plaq_status flow_to(history *h, double target)
{
    PLAQ_TRY(plaq_flow_on(h->flow, target - h->t, h->p->integrator == 1 ? h->p->tolerance : 0, &h->eps));
    h->t = target;
    return PLAQ_OK;
}

/* One step, and a measurement after it. */
static plaq_status step_once(history *h)
{
    const double rest = h->p->t_max - h->t;
    double taken = fmin(h->p->eps, rest);

    if (h->p->integrator == 0)
        PLAQ_TRY(plaq_flow_on(h->flow, taken, 0, &taken));
    else
        PLAQ_TRY(plaq_flow_adapt(h->flow, h->p->tolerance, rest, &h->eps, &taken));
    h->t += taken;
    return PLAQ_OK;
}

static void say_progress(history *h)
{
    enum { QUIET_SECONDS = 30 };

    if (plaq_now() - h->said < QUIET_SECONDS) return;
    plaq_log(PLAQ_LOG_INFO, "flow: t = %g of %g", h->t, h->p->t_max);
    h->said = plaq_now();
}

static plaq_status flow_and_measure(history *h, const double times[], int n)
{
    h->said = plaq_now();
    PLAQ_TRY(measure_now(h));
    for (int k = 1; !is_past(h) && h->p->t_max - h->t > 1e-10; k++) {
        if (n > 0) {
            if (k > n) break;
            PLAQ_TRY(flow_to(h, times[k - 1]));
        } else if (h->p->every > 0) {
            PLAQ_TRY(flow_to(h, fmin(k * h->p->every, h->p->t_max)));
        } else {
            PLAQ_TRY(step_once(h));
        }
        PLAQ_TRY(measure_now(h));
        say_progress(h);
    }
    if (h->p->until != UNTIL_T_MAX && !is_past(h))
        plaq_log(PLAQ_LOG_WARN, "flow: %s is not passed at t = %g", h->p->until == UNTIL_T0 ? "t0" : "w0", h->t);
    return PLAQ_OK;
}

/* "0.5, 1, 2": ascending, up to t_max */
static plaq_status read_times(const flow_params *p, double times[TIMES_MAX], int *n)
{
    const char *rest = p->times;

    for (*n = 0; rest[strspn(rest, " ,")]; (*n)++) {
        char *end;
        double t = strtod(rest + strspn(rest, " ,"), &end);

        if (*n == TIMES_MAX) return plaq_fail(PLAQ_E_USAGE, "times has more than %d flow times", TIMES_MAX);
        if (end == rest || !strchr(" ,", *end) || !(t > (*n ? times[*n - 1] : 0)) || t > p->t_max)
            return plaq_fail(PLAQ_E_USAGE, "times is \"%s\", expected ascending numbers above 0, up to t_max = %g",
                             p->times, p->t_max);
        times[*n] = t;
        rest = end;
    }
    return PLAQ_OK;
}

/* ---- the observable --------------------------------------------------------------------------------------------- */

static plaq_status put(const history *h, plaq_sink *out)
{
    const size_t n = (size_t)h->n, extent = (size_t)h->extent;
    double *values = plaq_alloc(n * DENSITIES * extent, sizeof *values), scale[ENERGIES], forces;
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;

    if (!values) goto done;
    PLAQ_GO(plaq_sink_put(out, "time", (int[]){h->n}, h->time));
    for (size_t k = 0; k < n; k++)
        memcpy(values + k * ENERGIES * extent, slice_of(h, (int)k, 0), ENERGIES * extent * sizeof *values);
    PLAQ_GO(plaq_sink_put(out, "energy", (int[]){h->n, ENERGIES, h->extent}, values));
    for (size_t k = 0; k < n; k++)
        memcpy(values + k * CHARGES * extent, slice_of(h, (int)k, ENERGIES), CHARGES * extent * sizeof *values);
    PLAQ_GO(plaq_sink_put(out, "charge", (int[]){h->n, CHARGES, h->extent}, values));
    for (int k = 0; k < h->n; k++)
        for (int e = 0; e < ENERGIES; e++) values[k * ENERGIES + e] = t2e_of(h, e)[k];
    PLAQ_GO(plaq_sink_put(out, "t2E", (int[]){h->n, ENERGIES}, values));
    for (int k = 0; k < h->n; k++)
        for (int e = 0; e < ENERGIES; e++) values[k * ENERGIES + e] = h->n > 1 ? w_of(h, e)[k] : 0;
    PLAQ_GO(plaq_sink_put(out, "W", (int[]){h->n, ENERGIES}, values));
    for (int k = 0; k < h->n; k++)
        for (int q = 0; q < CHARGES; q++) {
            values[k * CHARGES + q] = 0;
            for (int t = 0; t < h->extent; t++) values[k * CHARGES + q] += slice_of(h, k, ENERGIES + q)[t];
        }
    PLAQ_GO(plaq_sink_put(out, "Q", (int[]){h->n, CHARGES}, values));
    PLAQ_GO(plaq_sink_put(out, "charge_end", NULL, &values[(h->n - 1) * CHARGES]));
    for (int e = 0; e < ENERGIES; e++) scale[e] = plaq_flow_crossing(h->n, h->time, t2e_of(h, e), level);
    PLAQ_GO(plaq_sink_put(out, "t0", NULL, &scale[CLOVER]));
    PLAQ_GO(plaq_sink_put(out, "t0_energy", (int[]){ENERGIES}, scale));
    for (int e = 0; e < ENERGIES; e++) scale[e] = sqrt(plaq_flow_crossing(h->n, h->time, w_of(h, e), level));
    PLAQ_GO(plaq_sink_put(out, "w0", NULL, &scale[CLOVER]));
    PLAQ_GO(plaq_sink_put(out, "w0_energy", (int[]){ENERGIES}, scale));
    forces = (double)plaq_flow_forces(h->flow);
    status = plaq_sink_put(out, "forces", NULL, &forces);
done:
    plaq_free(values);
    return status;
}

static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    const flow_params *p = params;
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    history h = {.p = p, .eps = p->eps, .extent = plaq_lattice_dims(lattice)[3]};
    double times[TIMES_MAX];
    plaq_status status;
    int n;

    if (2 * p->skip >= h.extent)
        return plaq_fail(PLAQ_E_USAGE, "skip is %d, expected less than half of %d time slices", p->skip, h.extent);
    PLAQ_TRY(read_times(p, times, &n));
    PLAQ_GO(plaq_gauge_create(lattice, plaq_field_prec(plaq_gauge_links(u)), &h.u));
    PLAQ_GO(plaq_gauge_copy(u, h.u));
    PLAQ_GO(plaq_flow_create(h.u, (plaq_flow_action)p->kernel, p->integrator == 1, &h.flow));
    PLAQ_GO(flow_and_measure(&h, times, n));
    status = put(&h, out);
done:
    plaq_flow_destroy(&h.flow);
    plaq_gauge_destroy(&h.u);
    plaq_free(h.time);
    plaq_free(h.slices);
    plaq_free(h.averages);
    return status;
}

const plaq_observable plaq_observable_flow = {
    .name = "flow",
    .brief = "gradient flow: energies, topological charges, t0 and w0",
    .reference = "M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518; w0: S. Borsanyi et al., JHEP 09 (2012) 010, "
                 "arXiv:1203.4469",
    .version = 1,
    .params_size = sizeof(flow_params),
    .params = table,
    .outputs = outputs,
    .fields = 10, /* improved and adaptive */
    .measure = measure,
};
