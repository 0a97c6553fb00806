/*
 * The current quark mass by the axial Ward identity, and decay constants.
 *
 *     m(t) = [(A(t+1) - A(t-1))/2 + c_A (P(t+1) - 2 P(t) + P(t-1))] / (2 P(t))
 *
 * A state of mass m gives a_PP = G^2/(2m) and |a_AP| = m f G/(2m) = f G/2 with G = <0|P|pi> and <0|A_4|pi> = m f.
 * Hence f = sqrt(2/m) |a_AP|/sqrt(a_PP), and, as d_0 A_0 = 2 m_q P makes m f m = 2 m_q G, f = 2 m_q sqrt(2 a_PP/m^3).
 * The norms are those of states with <p|p'> = 2 E L^3 delta_pp', correlators are summed over the sink's positions.
 */
#include "plaq/correlator.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

typedef struct {
    size_t points;
    int first;
    double c_a;
} ward_identity;

static plaq_status evaluate_mass(const void *context, const double in[], double out[])
{
    const ward_identity *w = context;
    const double *a = in, *p = in + w->points;

    for (size_t i = 1; i + 1 < w->points; i++) {
        const double divergence = 0.5 * (a[i + 1] - a[i - 1]) + w->c_a * (p[i + 1] - 2 * p[i] + p[i - 1]);

        out[i - 1] = divergence / (2 * p[i]);
        if (!isfinite(out[i - 1]))
            return plaq_fail(PLAQ_E_DATA, "PCAC mass at t = %d: d_0 A is %g, P is %g", w->first + (int)i, divergence,
                             p[i]);
    }
    return PLAQ_OK;
}

static plaq_status differentiate_mass(const void *context, const double in[], const double mass[], double jacobian[])
{
    const ward_identity *w = context;
    const size_t n = w->points;

    memset(jacobian, 0, 2 * n * (n - 2) * sizeof *jacobian);
    for (size_t i = 1; i + 1 < n; i++) {
        const double scale = 1 / (2 * in[n + i]);
        double *by_a = &jacobian[(i - 1) * 2 * n], *by_p = by_a + n;

        by_a[i + 1] = 0.5 * scale;
        by_a[i - 1] = -0.5 * scale;
        by_p[i + 1] = by_p[i - 1] = w->c_a * scale;
        by_p[i] = -2 * w->c_a * scale - mass[i - 1] / in[n + i];
    }
    return PLAQ_OK;
}

plaq_status plaq_pcac_mass(size_t points, int first, double c_a, plaq_quantity *out)
{
    const ward_identity w = {.points = points, .first = first, .c_a = c_a};

    if (points < 3) return plaq_fail(PLAQ_E_USAGE, "PCAC mass: %zu times, expected 3 or more", points);
    if (!isfinite(c_a)) return plaq_fail(PLAQ_E_USAGE, "PCAC mass: c_A is %g", c_a);
    return quantity_make(
        (plaq_function){.in = 2 * points, .out = points - 2, .evaluate = evaluate_mass, .jacobian = differentiate_mass},
        &w, sizeof w, out);
}

/* ---- decay constants --------------------------------------------------------------------------------------------- */

static plaq_status evaluate_decay(const void *context, const double in[], double out[])
{
    const plaq_decay_kind *kind = context;
    const double m = in[0], a_pp = in[1];

    if (!(m > 0)) return plaq_fail(PLAQ_E_DATA, "decay constant: the mass is %g, expected more than 0", m);
    if (!(a_pp > 0)) return plaq_fail(PLAQ_E_DATA, "decay constant: a_PP is %g, expected more than 0", a_pp);
    *out = *kind == PLAQ_DECAY_AP ? sqrt(2 / m) * fabs(in[2]) / sqrt(a_pp) : 2 * in[2] * sqrt(2 * a_pp / m) / m;
    if (!isfinite(*out))
        return plaq_fail(PLAQ_E_DATA, "decay constant: %s is %g", *kind == PLAQ_DECAY_AP ? "a_AP" : "the quark mass",
                         in[2]);
    return PLAQ_OK;
}

/* f is a product of powers of its three numbers. */
static plaq_status differentiate_decay(const void *context, const double in[], const double f[], double jacobian[])
{
    const plaq_decay_kind *kind = context;
    const double m = in[0], a_pp = in[1], root = sqrt(2 * a_pp / m);

    if (*kind == PLAQ_DECAY_AP) {
        jacobian[0] = -0.5 * f[0] / m;
        jacobian[1] = -0.5 * f[0] / a_pp;
        jacobian[2] = copysign(sqrt(2 / (m * a_pp)), in[2]);
    } else {
        jacobian[0] = -1.5 * f[0] / m;
        jacobian[1] = 0.5 * f[0] / a_pp;
        jacobian[2] = 2 * root / m;
    }
    return PLAQ_OK;
}

plaq_status plaq_decay_constant(plaq_decay_kind kind, plaq_quantity *out)
{
    return quantity_make(
        (plaq_function){.in = 3, .out = 1, .evaluate = evaluate_decay, .jacobian = differentiate_decay}, &kind,
        sizeof kind, out);
}
