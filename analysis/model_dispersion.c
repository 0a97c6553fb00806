/* Energies of moving states, in units of 1/a:
 *
 *     continuum:  E = sqrt(m^2 + c^2 sum_i p_i^2)
 *     lattice:    E = 2 asinh sqrt(sinh^2(m/2) + c^2 sum_i sin^2(p_i/2)), the free boson with nearest neighbours
 *
 * c^2 = 1 unless it is fitted.
 */
#include "models.h"

#include <math.h>

typedef struct {
    plaq_dispersion_kind kind;
    size_t points, params;
    double k2[]; /* [points]: sum_i p_i^2, or sum_i sin^2(p_i/2) */
} dispersion;

static plaq_status evaluate(const void *context, const double p[], double y[])
{
    const dispersion *d = context;
    const double c2 = d->params > 1 ? p[1] : 1;
    const bool lattice = d->kind == PLAQ_DISPERSION_LATTICE;
    const double rest = lattice ? pow(sinh(p[0] / 2), 2) : p[0] * p[0];

    for (size_t i = 0; i < d->points; i++) {
        const double root = sqrt(rest + c2 * d->k2[i]);

        y[i] = lattice ? 2 * asinh(root) : root;
    }
    return PLAQ_OK;
}

/* continuum: 2 E dE = 2 m dm + k^2 dc^2; lattice: sinh(E) dE / 2 = sinh(m) dm / 2 + k^2 dc^2 */
static plaq_status differentiate(const void *context, const double p[], double jacobian[])
{
    const dispersion *d = context;
    const bool lattice = d->kind == PLAQ_DISPERSION_LATTICE;

    PLAQ_TRY(evaluate(context, p, jacobian));
    for (size_t i = d->points; i-- > 0;) { /* from the last: rows overwrite energies that were used */
        const double e = jacobian[i], inverse = lattice ? 2 / sinh(e) : 0.5 / e;
        double *row = jacobian + i * d->params;

        row[0] = inverse * (lattice ? sinh(p[0]) / 2 : 2 * p[0]);
        if (d->params > 1) row[1] = inverse * d->k2[i];
    }
    return PLAQ_OK;
}

/* the mass from the point of the smallest momentum */
static plaq_status guess(const void *context, const double y[], const double weight[], double start[])
{
    const dispersion *d = context;
    double least = INFINITY;

    start[0] = 1;
    for (size_t i = 0; i < d->points; i++) {
        double rest;

        if (!(weight[i] > 0) || !(d->k2[i] < least)) continue;
        least = d->k2[i];
        rest = (d->kind == PLAQ_DISPERSION_LATTICE ? pow(sinh(y[i] / 2), 2) : y[i] * y[i]) - least;
        start[0] = !(rest > 0) ? fabs(y[i]) : d->kind == PLAQ_DISPERSION_LATTICE ? 2 * asinh(sqrt(rest)) : sqrt(rest);
    }
    if (d->params > 1) start[1] = 1;
    return PLAQ_OK;
}

plaq_status plaq_model_dispersion(plaq_dispersion_kind kind, const double p[], size_t points, bool speed,
                                  plaq_model *model)
{
    static const char *const name[] = {"m", "c2"};
    dispersion *d = plaq_alloc(1, sizeof *d + points * sizeof(double));

    if (!d) return PLAQ_E_MEMORY;
    d->kind = kind;
    d->points = points;
    d->params = speed ? 2 : 1;
    for (size_t i = 0; i < points; i++)
        for (size_t j = 0; j < 3; j++)
            d->k2[i] += pow(kind == PLAQ_DISPERSION_LATTICE ? sin(p[3 * i + j] / 2) : p[3 * i + j], 2);
    *model = (plaq_model){.points = points,
                          .params = d->params,
                          .name = model_names(name, d->params),
                          .evaluate = evaluate,
                          .jacobian = differentiate,
                          .guess = guess,
                          .context = d};
    if (model->name) return PLAQ_OK;
    plaq_model_destroy(model);
    return PLAQ_E_MEMORY;
}
