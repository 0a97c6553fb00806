/*
 * The static potential from Wilson loops, V(r) = lim ln W(r,t)/W(r,t+1), and its scales:
 *
 *     V = V_0 - alpha/r + sigma r,    r^2 dV/dr = alpha + sigma r^2 = 1.65 at r0, 1 at r1
 */
#include "plaq/correlator.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

typedef struct {
    size_t distances, points;
    int first;
} loops;

static plaq_status evaluate_potential(const void *context, const double in[], double out[])
{
    const loops *l = context;

    for (size_t r = 0; r < l->distances; r++)
        for (size_t i = 0; i + 1 < l->points; i++) {
            const double *w = &in[r * l->points + i], ratio = w[0] / w[1];

            if (!(ratio > 0 && isfinite(ratio)))
                return plaq_fail(PLAQ_E_DATA,
                                 "potential: W(t)/W(t+1) at distance %zu and t = %d is %g, expected more than 0", r,
                                 l->first + (int)i, ratio);
            out[r * (l->points - 1) + i] = log(ratio);
        }
    return PLAQ_OK;
}

static plaq_status differentiate_potential(const void *context, const double in[], const double v[], double jacobian[])
{
    const loops *l = context;
    const size_t columns = l->distances * l->points;

    (void)v;
    memset(jacobian, 0, columns * l->distances * (l->points - 1) * sizeof *jacobian);
    for (size_t r = 0; r < l->distances; r++)
        for (size_t i = 0; i + 1 < l->points; i++) {
            const size_t at = r * l->points + i;
            double *row = &jacobian[(r * (l->points - 1) + i) * columns];

            row[at] = 1 / in[at];
            row[at + 1] = -1 / in[at + 1];
        }
    return PLAQ_OK;
}

plaq_status plaq_potential(size_t distances, size_t points, int first, plaq_quantity *out)
{
    const loops l = {.distances = distances, .points = points, .first = first};

    if (distances < 1 || points < 2)
        return plaq_fail(PLAQ_E_USAGE, "potential: loops of %zu distances and %zu times, expected 1 and 2 or more",
                         distances, points);
    return quantity_make((plaq_function){.in = distances * points,
                                         .out = distances * (points - 1),
                                         .evaluate = evaluate_potential,
                                         .jacobian = differentiate_potential},
                         &l, sizeof l, out);
}

plaq_status plaq_potential_basis(size_t n, const double r[], double basis[])
{
    for (size_t i = 0; i < n; i++) {
        if (!(r[i] > 0 && isfinite(r[i])))
            return plaq_fail(PLAQ_E_USAGE, "potential: distance %zu is %g, expected more than 0", i, r[i]);
        basis[3 * i] = 1;
        basis[3 * i + 1] = -1 / r[i];
        basis[3 * i + 2] = r[i];
    }
    return PLAQ_OK;
}

/* ---- scales ------------------------------------------------------------------------------------------------------ */

/* in: V_0, alpha, sigma */
static plaq_status evaluate_scale(const void *context, const double in[], double out[])
{
    const double force = *(const double *)context, alpha = in[1], sigma = in[2];

    *out = sqrt((force - alpha) / sigma);
    if (!(sigma > 0 && alpha < force && isfinite(*out)))
        return plaq_fail(PLAQ_E_DATA,
                         "r^2 F = %g: alpha is %g, expected less than that, and sigma %g, expected more than 0", force,
                         alpha, sigma);
    return PLAQ_OK;
}

static plaq_status differentiate_scale(const void *context, const double in[], const double r[], double jacobian[])
{
    (void)context;
    jacobian[0] = 0;
    jacobian[1] = -0.5 / (in[2] * r[0]);
    jacobian[2] = -0.5 * r[0] / in[2];
    return PLAQ_OK;
}

plaq_status plaq_sommer_scale(double force, plaq_quantity *out)
{
    if (!(force > 0 && isfinite(force)))
        return plaq_fail(PLAQ_E_USAGE, "scale of the potential: r^2 F = %g, expected more than 0", force);
    return quantity_make(
        (plaq_function){.in = 3, .out = 1, .evaluate = evaluate_scale, .jacobian = differentiate_scale}, &force,
        sizeof force, out);
}
