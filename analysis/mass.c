/*
 * Effective masses.
 *
 *     log      m = ln C(t)/C(t+1)
 *     cosh     cosh(m (t - c)) / cosh(m (t + 1 - c)) = C(t)/C(t+1),   c = T/2
 *     sinh     the same with sinh
 *     arccosh  cosh m = (C(t-1) + C(t+1)) / (2 C(t)), for any mixture of exp(-m t) and exp(m t)
 *
 * With a shift s, D(t) = C(t) - C(t+s) takes the place of C:
 *
 *     cosh(m (t - c)) - cosh(m (t + s - c)) = -2 sinh(m s/2) sinh(m (t + s/2 - c))
 *
 * so an even correlator becomes an odd one about c - s/2, and an odd one even.
 */
#include "plaq/correlator.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "quantity.h"

typedef struct {
    plaq_mass_kind kind;
    bool odd;      /* sinh is solved for, not cosh */
    double centre; /* about which */
    int first;     /* time of in[0] */
    size_t shift;
    size_t in, out;
} masses;

static const char *const kind_name[] = {"log", "cosh", "sinh", "arccosh"};

/* D at entry i of what came in, and a derivative by it put into a row of the jacobian */
static double number(const masses *m, const double in[], size_t i)
{
    return m->shift ? in[i] - in[i + m->shift] : in[i];
}

static void add(const masses *m, double row[], size_t i, double derivative)
{
    row[i] += derivative;
    if (m->shift) row[i + m->shift] -= derivative;
}

/* ln cosh x - x + ln 2, or of sinh */
static double log_rest(bool odd, double x)
{
    return odd ? log(-expm1(-2 * x)) : log1p(exp(-2 * x));
}

/* d ln cosh(m a)/dm, or of sinh */
static double slope(bool odd, double m, double a)
{
    if (odd) return a / tanh(m * a);
    return a * tanh(m * a);
}

/* The m > 0 with ln(cosh(m a)/cosh(m b)) = r, or of sinh, a > b >= 0. The left side rises from 0, or from ln(a/b),
 * and lies within ln 2 below m (a - b), or above it: this brackets m for Newton's method. */
static double solve(bool odd, double a, double b, double r)
{
    const double least = r / (a - b);
    double low = odd ? 0 : least, high = odd ? least : least + M_LN2 / (a - b), m = 0.5 * (low + high);

    for (int i = 0; i < 100; i++) {
        const double excess = (a - b) * m + log_rest(odd, m * a) - log_rest(odd, m * b) - r;
        double next = m - excess / (slope(odd, m, a) - slope(odd, m, b));

        *(excess < 0 ? &low : &high) = m;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - m) <= DBL_EPSILON * m) return next;
        m = next;
    }
    return m;
}

static plaq_status no_mass(const masses *m, int t, const char *ratio, double seen, double least)
{
    return plaq_fail(PLAQ_E_DATA, "effective mass (%s) at t = %d: %s is %g, expected more than %g", kind_name[m->kind],
                     t, ratio, seen, least);
}

/* Distances a > b >= 0 of the two times of entry i from the centre: a that of the larger number. False where the two
 * are as far, or sinh is zero at one of them or changes its sign between: then the ratio does not depend on m. */
static bool distances(const masses *m, size_t i, double *a, double *b, bool *falling)
{
    const double now = (double)m->first + (double)i - m->centre, next = now + 1;

    *falling = fabs(now) > fabs(next);
    *a = *falling ? fabs(now) : fabs(next);
    *b = *falling ? fabs(next) : fabs(now);
    if (m->odd && !(now * next > 0)) return false;
    return *a > *b;
}

static plaq_status mass_hyperbolic(const masses *m, const double in[], size_t i, double *mass)
{
    const int t = m->first + (int)i;
    double a, b, ratio;
    bool falling;

    if (!distances(m, i, &a, &b, &falling))
        return plaq_fail(PLAQ_E_DATA, "effective mass (%s) at t = %d: C(t)/C(t+1) does not depend on it there",
                         kind_name[m->kind], t);
    ratio = number(m, in, i) / number(m, in, i + 1);
    if (!falling) ratio = 1 / ratio;
    if (!(ratio > (m->odd ? a / b : 1) && isfinite(ratio)))
        return no_mass(m, t, falling ? "C(t)/C(t+1)" : "C(t+1)/C(t)", ratio, m->odd ? a / b : 1);
    *mass = solve(m->odd, a, b, log(ratio));
    return PLAQ_OK;
}

static plaq_status mass_log(const masses *m, const double in[], size_t i, double *mass)
{
    const double ratio = number(m, in, i) / number(m, in, i + 1);

    if (!(ratio > 0 && isfinite(ratio))) return no_mass(m, m->first + (int)i, "C(t)/C(t+1)", ratio, 0);
    *mass = log(ratio);
    return PLAQ_OK;
}

static plaq_status mass_arccosh(const masses *m, const double in[], size_t i, double *mass)
{
    const double ratio = (number(m, in, i) + number(m, in, i + 2)) / (2 * number(m, in, i + 1));

    if (!(ratio > 1 && isfinite(ratio)))
        return no_mass(m, m->first + (int)i + 1, "(C(t-1) + C(t+1))/(2 C(t))", ratio, 1);
    *mass = acosh(ratio);
    return PLAQ_OK;
}

static plaq_status evaluate(const void *context, const double in[], double out[])
{
    static plaq_status (*const mass[])(const masses *, const double[], size_t,
                                       double *) = {[PLAQ_MASS_LOG] = mass_log,
                                                    [PLAQ_MASS_COSH] = mass_hyperbolic,
                                                    [PLAQ_MASS_SINH] = mass_hyperbolic,
                                                    [PLAQ_MASS_ARCCOSH] = mass_arccosh};
    const masses *m = context;

    for (size_t i = 0; i < m->out; i++) PLAQ_TRY(mass[m->kind](m, in, i, &out[i]));
    return PLAQ_OK;
}

static void differentiate_arccosh(const masses *m, const double in[], size_t i, double mass, double row[])
{
    const double by_ratio = 1 / sinh(mass), middle = number(m, in, i + 1);

    add(m, row, i, by_ratio / (2 * middle));
    add(m, row, i + 2, by_ratio / (2 * middle));
    add(m, row, i + 1, -by_ratio * cosh(mass) / middle);
}

/* d m / d ln(C(t)/C(t+1)), by the derivative of the equation that m solves */
static double by_log_ratio(const masses *m, size_t i, double mass)
{
    double a, b, rises;
    bool falling;

    if (m->kind == PLAQ_MASS_LOG) return 1;
    distances(m, i, &a, &b, &falling);
    rises = slope(m->odd, mass, a) - slope(m->odd, mass, b);
    return falling ? 1 / rises : -1 / rises;
}

static plaq_status differentiate(const void *context, const double in[], const double mass[], double jacobian[])
{
    const masses *m = context;

    memset(jacobian, 0, m->out * m->in * sizeof *jacobian);
    for (size_t i = 0; i < m->out; i++) {
        double *row = &jacobian[i * m->in];

        if (m->kind == PLAQ_MASS_ARCCOSH) {
            differentiate_arccosh(m, in, i, mass[i], row);
        } else {
            const double factor = by_log_ratio(m, i, mass[i]);

            add(m, row, i, factor / number(m, in, i));
            add(m, row, i + 1, -factor / number(m, in, i + 1));
        }
    }
    return PLAQ_OK;
}

plaq_status plaq_effective_mass(plaq_mass_kind kind, size_t points, int first, double period, int shift,
                                plaq_quantity *out)
{
    const bool hyperbolic = kind == PLAQ_MASS_COSH || kind == PLAQ_MASS_SINH;
    const size_t needed = (kind == PLAQ_MASS_ARCCOSH ? 3 : 2) + (size_t)(shift > 0 ? shift : 0);
    masses m = {.kind = kind, .first = first, .in = points};

    if (shift < 0) return plaq_fail(PLAQ_E_USAGE, "effective mass: shift %d, expected 0 or more", shift);
    if (points < needed)
        return plaq_fail(PLAQ_E_USAGE, "effective mass (%s): %zu times, expected %zu or more", kind_name[kind], points,
                         needed);
    if (hyperbolic && !(period > 0 && isfinite(period)))
        return plaq_fail(PLAQ_E_USAGE, "effective mass (%s): period %g, expected more than 0", kind_name[kind], period);
    m.shift = (size_t)shift;
    m.out = points - needed + 1;
    m.odd = (kind == PLAQ_MASS_SINH) != (shift > 0);
    m.centre = 0.5 * (period - shift);
    return quantity_make((plaq_function){.in = points, .out = m.out, .evaluate = evaluate, .jacobian = differentiate},
                         &m, sizeof m, out);
}
