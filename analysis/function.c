/* Derivatives of functions of estimates where they are not known in closed form: central differences
 *
 *     D(h) = (f(x + h) - f(x - h)) / (2 h) = f'(x) + f'''(x) h^2/6 + ...,    f' = (4 D(h/2) - D(h))/3 + order h^4
 *
 * D(h) and D(h/2) must agree: else f is rough, or curved, on the scale of the errors, and a linear error means nothing.
 */
#include <float.h>
#include <math.h>

#include "plaq/analysis.h"

/* The two steps may differ by this fraction of what all numbers' errors make of the function. */
static const double agreement = 0.01;

/* Workspace of one function: a place beside @p in, and the values on both sides of it. */
typedef struct {
    double *at, *up, *down, *coarse; /* [in], [out], [out], [out] */
} space;

static plaq_status space_create(const plaq_function *f, const double in[], space *s)
{
    s->at = plaq_alloc(f->in + 3 * f->out, sizeof *s->at);
    if (!s->at) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < f->in; i++) s->at[i] = in[i];
    s->up = s->at + f->in;
    s->down = s->up + f->out;
    s->coarse = s->down + f->out;
    return PLAQ_OK;
}

/* D(h) by number @p i, into every @p stride-th of @p slope. */
static plaq_status difference(const plaq_function *f, space *s, size_t i, double h, double slope[], size_t stride)
{
    const double x = s->at[i];
    const volatile double right = x + h, left = x - h; /* as rounded */

    s->at[i] = right;
    PLAQ_TRY(f->evaluate(f->context, s->at, s->up));
    s->at[i] = left;
    PLAQ_TRY(f->evaluate(f->context, s->at, s->down));
    s->at[i] = x;
    for (size_t o = 0; o < f->out; o++) {
        slope[o * stride] = (s->up[o] - s->down[o]) / (right - left);
        if (!isfinite(slope[o * stride]))
            return plaq_fail(PLAQ_E_CONVERGENCE, "no derivative of entry %zu: no value where number %zu is %g or %g", o,
                             i, left, right);
    }
    return PLAQ_OK;
}

/* Steps by number @p i into column i of the jacobian, and by how much the two of them differed. */
static plaq_status extrapolate(const plaq_function *f, space *s, size_t i, double h, double jacobian[], double gap[])
{
    PLAQ_TRY(difference(f, s, i, h, s->coarse, 1));
    PLAQ_TRY(difference(f, s, i, h / 2, &jacobian[i], f->in));
    for (size_t o = 0; o < f->out; o++) {
        double *slope = &jacobian[o * f->in + i];

        gap[o * f->in + i] = *slope - s->coarse[o];
        *slope += (*slope - s->coarse[o]) / 3;
    }
    return PLAQ_OK;
}

/* Both steps tell the same of each entry, or the first number by which they do not. */
static plaq_status check_steps(const plaq_function *f, const double error[], const double jacobian[],
                               const double gap[])
{
    for (size_t o = 0; o < f->out; o++) {
        const double *slope = &jacobian[o * f->in], *differ = &gap[o * f->in];
        double sum = 0;

        for (size_t i = 0; i < f->in; i++) sum += pow(slope[i] * error[i], 2);
        for (size_t i = 0; i < f->in; i++)
            if (!(fabs(differ[i] * error[i]) <= agreement * sqrt(sum)))
                return plaq_fail(PLAQ_E_CONVERGENCE,
                                 "the derivative of entry %zu by number %zu is %g or %g, by the step: not linear "
                                 "within the errors",
                                 o, i, slope[i] - 4 * differ[i] / 3, slope[i] - differ[i] / 3);
    }
    return PLAQ_OK;
}

plaq_status plaq_function_differentiate(const plaq_function *f, const double in[], const double error[],
                                        double jacobian[])
{
    const double least = cbrt(DBL_EPSILON); /* relative to a number: below it rounding costs more than is won */
    double *gap = plaq_alloc(f->out, f->in * sizeof *gap);
    space s = {0};
    plaq_status status = PLAQ_E_MEMORY;

    if (!gap) goto done;
    PLAQ_GO(space_create(f, in, &s));
    for (size_t k = 0; k < f->out * f->in; k++) jacobian[k] = 0;
    for (size_t i = 0; i < f->in; i++)
        if (error[i] > 0) PLAQ_GO(extrapolate(f, &s, i, fmax(error[i] / 10, least * fabs(in[i])), jacobian, gap));
    PLAQ_GO(check_steps(f, error, jacobian, gap));
done:
    plaq_free(s.at);
    plaq_free(gap);
    return status;
}

/* The larger of @p worst and the difference of two rows of derivatives, in units of the larger row. */
static double compare_rows(const double seen[], const double wanted[], const double move[], size_t n, double worst)
{
    double size = 0;

    for (size_t i = 0; i < n; i++) size = fmax(size, fmax(fabs(seen[i]), fabs(wanted[i])) * move[i]);
    for (size_t i = 0; i < n; i++) {
        const double differ = fabs(seen[i] - wanted[i]) * move[i];

        if (!(differ <= worst * size)) worst = size > 0 ? differ / size : NAN;
    }
    return worst;
}

plaq_status plaq_function_check(const plaq_function *f, const double in[], double step, double *worst)
{
    const size_t n = f->in, room = 2 * f->out * n + f->out + n;
    double *jacobian = plaq_alloc(room, sizeof *jacobian), *numerical, *value, *move;
    plaq_status status;

    if (!jacobian) return PLAQ_E_MEMORY;
    numerical = jacobian + f->out * n;
    value = numerical + f->out * n;
    move = value + f->out;
    for (size_t i = 0; i < n; i++) move[i] = 10 * step * (in[i] != 0 ? fabs(in[i]) : 1); /* a tenth of it is taken */
    PLAQ_GO(f->evaluate(f->context, in, value));
    PLAQ_GO(f->jacobian(f->context, in, value, jacobian));
    PLAQ_GO(plaq_function_differentiate(f, in, move, numerical));
    *worst = 0;
    for (size_t o = 0; o < f->out; o++) *worst = compare_rows(&jacobian[o * n], &numerical[o * n], move, n, *worst);
done:
    plaq_free(jacobian);
    return status;
}
