/* scale: t0 or w0 of the gradient flow from t^2 E, or from E, at flow times. */
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char of[128];
    int kind, given, by, range, stencil;
    double level;
} scale_params;

static const plaq_param table[] = {
    PLAQ_TEXT(scale_params, of, NULL, "t^2 E at flow times: flow.t2E with one energy picked"),
    PLAQ_CHOICE(scale_params, kind, "t0", "t0|w0", "t0: t^2 E = level; w0^2: t d(t^2 E)/dt = level"),
    PLAQ_CHOICE(scale_params, given, "t2E", "t2E|E", "what `of` is"),
    PLAQ_REAL(scale_params, level, "0.3", 0, 100, "1", "the value that is reached"),
    PLAQ_CHOICE(scale_params, by, "cubic", "linear|cubic|fit",
                "interpolation: the line through two points around it, the polynomial through four, a line fitted to "
                "2 range points weighted by their errors"),
    PLAQ_INT(scale_params, range, "2", 1, 100, "1", "of `by: fit`: points on either side"),
    PLAQ_INT(scale_params, stencil, "5", 2, 7, "1", "of w0: points of the polynomial that is differentiated"),
    PLAQ_END,
};

/* One function after another; what was there is freed. */
static plaq_status apply(const plaq_study *study, plaq_quantity *q, plaq_made *made)
{
    plaq_made out = *made;
    const plaq_taken taken = {made, 0, made->estimate.size};
    plaq_status status;

    out.estimate = (plaq_estimate){.chains = NULL};
    out.samples = (plaq_resamples){.samples = 0};
    status = plaq_study_derive(study, &q->f, &taken, 1, &out);
    plaq_quantity_destroy(q);
    if (status != PLAQ_OK) return status;
    plaq_estimate_clear(&made->estimate);
    plaq_resamples_clear(&made->samples);
    *made = out;
    return PLAQ_OK;
}

/* Errors of all points, as weights of a fit. */
static plaq_status find_weights(const plaq_study *study, const plaq_made *made, double error[])
{
    for (size_t i = 0; i < made->estimate.size; i++) {
        plaq_uncertainty u;

        PLAQ_TRY(plaq_estimate_error(&made->estimate, i, plaq_study_gamma(study), &u));
        error[i] = u.error;
        plaq_uncertainty_clear(&u);
    }
    return PLAQ_OK;
}

static plaq_status cross(const plaq_study *study, const scale_params *p, const double t[], plaq_made *made)
{
    const size_t n = made->estimate.size;
    plaq_crossing crossing = {.points = n,
                              .t = t,
                              .level = p->level,
                              .kind = (plaq_crossing_kind)p->by,
                              .range = p->range,
                              .root = p->kind == 1};
    double *error = plaq_alloc(n + 1, sizeof *error);
    plaq_quantity q = {.context = NULL};
    plaq_status status = error ? PLAQ_OK : PLAQ_E_MEMORY;

    crossing.error = error;
    if (status == PLAQ_OK && p->by == PLAQ_CROSSING_FIT) status = find_weights(study, made, error);
    if (status == PLAQ_OK) status = plaq_crossing_quantity(&crossing, &q);
    plaq_free(error);
    return status == PLAQ_OK ? apply(study, &q, made) : status;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const scale_params *p = params;
    plaq_quantity q = {.context = NULL};
    const plaq_made *from;
    plaq_taken taken;
    size_t n;

    PLAQ_TRY(plaq_study_take(study, node, p->of, &from));
    if (!from->x) return plaq_node_fail(node, "%s has no flow times: pick entries until one axis is left", p->of);
    n = from->estimate.size;
    taken = (plaq_taken){from, 0, n};
    PLAQ_TRY(plaq_study_collect(study, &taken, 1, out));
    if (p->given == 1) {
        PLAQ_TRY(plaq_flow_t2e(n, from->x, &q));
        PLAQ_TRY(apply(study, &q, out));
    }
    if (p->kind == 1) {
        PLAQ_TRY(plaq_flow_w(n, from->x, p->stencil, &q));
        PLAQ_TRY(apply(study, &q, out));
    }
    snprintf(out->unit, sizeof out->unit, "%s", p->kind == 1 ? "a" : "a^2");
    return cross(study, p, from->x, out);
}

const plaq_step plaq_step_scale = {
    .name = "scale",
    .brief = "t0 or w0 of the gradient flow",
    .reference = "M. Luescher, JHEP 08 (2010) 071; S. Borsanyi et al., JHEP 09 (2012) 010",
    .params_size = sizeof(scale_params),
    .params = table,
    .main = "of",
    .make = make,
};
