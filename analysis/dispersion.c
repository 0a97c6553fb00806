/*
 * The dispersion relation, as the square of the speed of light of each momentum:
 *
 *     continuum  c^2 = (E(p)^2 - E(0)^2) / sum_i p_i^2,    p_i = 2 pi n_i/L_i
 *     lattice    c^2 = (4 sinh^2(E(p)/2) - 4 sinh^2(E(0)/2)) / sum_i 4 sin^2(p_i/2)
 */
#include "plaq/correlator.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

typedef struct {
    plaq_dispersion_kind kind;
    size_t momenta;
    double p2[]; /* [momenta] */
} dispersion;

static double square(plaq_dispersion_kind kind, double e)
{
    const double root = kind == PLAQ_DISPERSION_LATTICE ? 2 * sinh(0.5 * e) : e;

    return root * root;
}

static double derivative(plaq_dispersion_kind kind, double e)
{
    return 2 * (kind == PLAQ_DISPERSION_LATTICE ? sinh(e) : e);
}

/* in: E(0), E(p) */
static plaq_status evaluate(const void *context, const double in[], double out[])
{
    const dispersion *d = context;

    for (size_t i = 0; i < d->momenta; i++) {
        out[i] = (square(d->kind, in[i + 1]) - square(d->kind, in[0])) / d->p2[i];
        if (!isfinite(out[i]))
            return plaq_fail(PLAQ_E_DATA, "speed of light: E(0) is %g, E of momentum %zu is %g", in[0], i, in[i + 1]);
    }
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double in[], const double value[], double jacobian[])
{
    const dispersion *d = context;
    const size_t columns = d->momenta + 1;

    (void)value;
    memset(jacobian, 0, d->momenta * columns * sizeof *jacobian);
    for (size_t i = 0; i < d->momenta; i++) {
        jacobian[i * columns] = -derivative(d->kind, in[0]) / d->p2[i];
        jacobian[i * columns + i + 1] = derivative(d->kind, in[i + 1]) / d->p2[i];
    }
    return PLAQ_OK;
}

plaq_status plaq_speed_of_light(plaq_dispersion_kind kind, size_t momenta, const int n[], const int extent[3],
                                plaq_quantity *out)
{
    dispersion *d;

    for (size_t i = 0; i < 3 * momenta; i++)
        if (extent[i % 3] < 1)
            return plaq_fail(PLAQ_E_USAGE, "speed of light: an extent of %d, expected 1 or more", extent[i % 3]);
    for (size_t i = 0; i < momenta; i++)
        if (n[3 * i] % extent[0] == 0 && n[3 * i + 1] % extent[1] == 0 && n[3 * i + 2] % extent[2] == 0)
            return plaq_fail(PLAQ_E_USAGE, "speed of light: momentum %zu, %d %d %d, is zero", i, n[3 * i], n[3 * i + 1],
                             n[3 * i + 2]);
    if (momenta < 1) return plaq_fail(PLAQ_E_USAGE, "speed of light: no momenta");
    d = plaq_alloc(1, sizeof *d + momenta * sizeof *d->p2);
    if (!d) return PLAQ_E_MEMORY;
    d->kind = kind;
    d->momenta = momenta;
    for (size_t i = 0; i < momenta; i++)
        for (size_t k = 0; k < 3; k++) {
            const double p = 2 * M_PI * n[3 * i + k] / extent[k], hat = 2 * sin(0.5 * p);

            d->p2[i] += kind == PLAQ_DISPERSION_LATTICE ? hat * hat : p * p;
        }
    *out = (plaq_quantity){
        .f = {.in = momenta + 1, .out = momenta, .evaluate = evaluate, .jacobian = differentiate, .context = d},
        .context = d};
    return PLAQ_OK;
}
