/* The curve of a fitted potential, V(r) = V0 - alpha/r + sigma r, with the error that follows from those of the three
 * parameters and their correlations. */
#include <string.h>

#include "report/report.h"

/* The distances, and where the parameters stand among the entries */
typedef struct {
    size_t n, entries, v0, alpha, sigma;
    const double *r;
} curve;

static plaq_status evaluate(const void *context, const double p[], double v[])
{
    const curve *c = context;

    for (size_t i = 0; i < c->n; i++) v[i] = p[c->v0] - p[c->alpha] / c->r[i] + p[c->sigma] * c->r[i];
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double p[], const double v[], double jacobian[])
{
    const curve *c = context;

    (void)p;
    (void)v;
    memset(jacobian, 0, c->n * c->entries * sizeof *jacobian);
    for (size_t i = 0; i < c->n; i++) {
        jacobian[i * c->entries + c->v0] = 1;
        jacobian[i * c->entries + c->alpha] = -1 / c->r[i];
        jacobian[i * c->entries + c->sigma] = c->r[i];
    }
    return PLAQ_OK;
}

static plaq_status find_entry(const plaq_made *fit, const char *label, size_t *entry)
{
    for (*entry = 0; fit->label && *entry < fit->estimate.size; (*entry)++)
        if (strcmp(fit->label[*entry], label) == 0) return PLAQ_OK;
    return plaq_fail(PLAQ_E_INTERNAL, "potential %s has no entry %s", fit->name, label);
}

plaq_status report_potential(const plaq_made *fit, size_t n, const double r[], double v[], double error[])
{
    const plaq_gamma_method method = {.window = 1.5};
    curve c = {.n = n, .entries = fit->estimate.size, .r = r};
    const plaq_function f = {.in = c.entries, .out = n, .evaluate = evaluate, .jacobian = differentiate, .context = &c};
    plaq_estimate line = {.chains = NULL};
    plaq_status status;

    PLAQ_TRY(find_entry(fit, "V0", &c.v0));
    PLAQ_TRY(find_entry(fit, "alpha", &c.alpha));
    PLAQ_TRY(find_entry(fit, "sigma", &c.sigma));
    PLAQ_TRY(plaq_estimate_derive(&f, &fit->estimate, &line));
    for (size_t i = 0; i < n; i++) {
        plaq_uncertainty u;

        PLAQ_GO(plaq_estimate_error(&line, i, &method, &u));
        v[i] = u.value;
        error[i] = u.error;
        plaq_uncertainty_clear(&u);
    }
    status = PLAQ_OK;
done:
    plaq_estimate_clear(&line);
    return status;
}
