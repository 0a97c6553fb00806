/*
 * Scales of the gradient flow: t0 where t^2 <E> = 0.3 (M. Luescher, JHEP 08 (2010) 071), w0^2 where W = t d(t^2 <E>)/dt
 * = 0.3 (S. Borsanyi et al., JHEP 09 (2012) 010). What crosses the level is a function of means, so the interpolation
 * is part of the definition at the order of its step; each is a linear combination sum_i w_i(s) y_i of the data near
 * the crossing, and
 *
 *     ds/dy_i = -w_i(s) / sum_j w_j'(s) y_j.
 */
#include "plaq/correlator.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "quantity.h"

static plaq_status check_times(const char *what, size_t points, const double t[], size_t least)
{
    if (points < least) return plaq_fail(PLAQ_E_USAGE, "%s: %zu flow times, expected %zu or more", what, points, least);
    for (size_t i = 0; i < points; i++)
        if (!(isfinite(t[i]) && t[i] >= 0 && (i == 0 || t[i] > t[i - 1])))
            return plaq_fail(PLAQ_E_USAGE, "%s: flow time %zu is %g, expected them from 0 on, ascending", what, i,
                             t[i]);
    return PLAQ_OK;
}

/* The n points of so many that lie about entry k. */
static size_t around(size_t k, size_t n, size_t points)
{
    const size_t first = k > n / 2 ? k - n / 2 : 0;

    return first + n > points ? points - n : first;
}

/* Weight of y[i] in the polynomial of Lagrange through n points, at s, and the weight in its derivative. */
static void lagrange(size_t n, const double t[], size_t i, double s, double *value, double *derivative)
{
    *value = 1;
    *derivative = 0;
    for (size_t j = 0; j < n; j++)
        if (j != i) {
            const double scale = 1 / (t[i] - t[j]);

            *derivative = (*derivative * (s - t[j]) + *value) * scale;
            *value *= (s - t[j]) * scale;
        }
}

plaq_status plaq_flow_t2e(size_t points, const double t[], plaq_quantity *out)
{
    plaq_status status = PLAQ_E_MEMORY;
    double *matrix = plaq_alloc(points * points + 1, sizeof *matrix);

    if (!matrix) goto done;
    PLAQ_GO(check_times("t^2 E", points, t, 1));
    for (size_t i = 0; i < points; i++) matrix[i * points + i] = t[i] * t[i];
    PLAQ_GO(plaq_linear(points, points, matrix, out));
done:
    plaq_free(matrix);
    return status;
}

plaq_status plaq_flow_w(size_t points, const double t[], int stencil, plaq_quantity *out)
{
    const size_t n = stencil > 0 && (size_t)stencil < points ? (size_t)stencil : points;
    plaq_status status = PLAQ_E_MEMORY;
    double *matrix = plaq_alloc(points * points + 1, sizeof *matrix);

    if (!matrix) goto done;
    PLAQ_GO(check_times("W", points, t, 2));
    if (stencil < 2 || stencil > 7) {
        status = plaq_fail(PLAQ_E_USAGE, "W: a stencil of %d, expected 2 to 7", stencil);
        goto done;
    }
    for (size_t k = 0; k < points; k++) {
        const size_t first = around(k, n, points);

        for (size_t i = 0; i < n; i++) {
            double value, derivative;

            lagrange(n, t + first, i, t[k], &value, &derivative);
            matrix[k * points + first + i] = t[k] * derivative;
        }
    }
    PLAQ_GO(plaq_linear(points, points, matrix, out));
done:
    plaq_free(matrix);
    return status;
}

/* ---- crossings --------------------------------------------------------------------------------------------------- */

typedef struct {
    size_t points;
    double level;
    plaq_crossing_kind kind;
    size_t range;
    bool root;
    double t_weight[]; /* flow times [points], then weights of the fit [points] */
} crossing;

/* The last point before y first comes to the level. */
static plaq_status find(const crossing *c, const double y[], size_t *before)
{
    size_t k = 0;

    if (!(y[0] < c->level))
        return plaq_fail(PLAQ_E_DATA, "crossing of %g: it is %g already at the first flow time, %g", c->level, y[0],
                         c->t_weight[0]);
    while (k + 1 < c->points && y[k + 1] < c->level) k++;
    if (k + 1 == c->points || !(y[k + 1] >= c->level))
        return plaq_fail(PLAQ_E_DATA, "crossing of %g: it is not reached, %g at flow time %g", c->level, y[k],
                         c->t_weight[k]);
    *before = k;
    return PLAQ_OK;
}

/* The points that the interpolation after entry k uses. */
static plaq_status span(const crossing *c, size_t k, size_t *first, size_t *n)
{
    *n = c->kind == PLAQ_CROSSING_LINEAR ? 2 : c->kind == PLAQ_CROSSING_CUBIC ? 4 : 2 * c->range;
    if (c->kind == PLAQ_CROSSING_LINEAR) {
        *first = k;
    } else if (c->kind == PLAQ_CROSSING_CUBIC) {
        if (*n > c->points) *n = c->points;
        *first = around(k + 1, *n, c->points);
    } else {
        if (k + 1 < c->range || k + 1 + c->range > c->points)
            return plaq_fail(PLAQ_E_DATA,
                             "crossing of %g between flow times %zu and %zu of %zu: the fit takes %zu on either side",
                             c->level, k, k + 1, c->points, c->range);
        *first = k + 1 - c->range;
    }
    return PLAQ_OK;
}

/* Weight of y[i], the i-th of n points, in the fitted line at s, and in its slope. */
static void line(size_t n, const double t[], const double weight[], size_t i, double s, double *value, double *slope)
{
    double sum = 0, mean = 0, square = 0;

    for (size_t j = 0; j < n; j++) {
        sum += weight[j];
        mean += weight[j] * t[j];
    }
    mean /= sum;
    for (size_t j = 0; j < n; j++) square += weight[j] * (t[j] - mean) * (t[j] - mean);
    *slope = weight[i] * (t[i] - mean) / square;
    *value = weight[i] / sum + *slope * (s - mean);
}

static void weights(const crossing *c, size_t first, size_t n, size_t i, double s, double *value, double *slope)
{
    const double *t = c->t_weight + first;

    if (c->kind == PLAQ_CROSSING_FIT)
        line(n, t, t + c->points, i, s, value, slope);
    else
        lagrange(n, t, i, s, value, slope);
}

/* The interpolation and its slope at s. */
static double curve(const crossing *c, const double y[], size_t first, size_t n, double s, double *slope)
{
    double sum = 0;

    *slope = 0;
    for (size_t i = 0; i < n; i++) {
        double value, derivative;

        weights(c, first, n, i, s, &value, &derivative);
        sum += value * y[first + i];
        *slope += derivative * y[first + i];
    }
    return sum;
}

/* Newton's method, kept between the two points around the crossing: a fitted line, which may cross outside of them, is
 * left to it alone. */
static double solve(const crossing *c, const double y[], size_t k, size_t first, size_t n)
{
    double low = c->t_weight[k], high = c->t_weight[k + 1], s = 0.5 * (low + high);

    for (int i = 0; i < 100; i++) {
        double slope, next;
        const double excess = curve(c, y, first, n, s, &slope) - c->level;

        next = s - excess / slope;
        if (c->kind != PLAQ_CROSSING_FIT) {
            *(excess < 0 ? &low : &high) = s;
            if (!(next > low && next < high)) next = 0.5 * (low + high);
        }
        if (!(fabs(next - s) > 2 * DBL_EPSILON * fabs(s))) return next;
        s = next;
    }
    return s;
}

static plaq_status evaluate(const void *context, const double y[], double out[])
{
    const crossing *c = context;
    size_t k, first, n;
    double s;

    PLAQ_TRY(find(c, y, &k));
    PLAQ_TRY(span(c, k, &first, &n));
    s = solve(c, y, k, first, n);
    if (!(s > 0 && isfinite(s)))
        return plaq_fail(PLAQ_E_DATA, "crossing of %g after flow time %g: the fitted line does not come to it",
                         c->level, c->t_weight[k]);
    *out = c->root ? sqrt(s) : s;
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double y[], const double value[], double jacobian[])
{
    const crossing *c = context;
    const double s = c->root ? value[0] * value[0] : value[0];
    size_t k, first, n;
    double rises;

    PLAQ_TRY(find(c, y, &k));
    PLAQ_TRY(span(c, k, &first, &n));
    curve(c, y, first, n, s, &rises);
    if (!(fabs(rises) > 0))
        return plaq_fail(PLAQ_E_DATA, "crossing of %g at flow time %g: its slope is 0", c->level, s);
    memset(jacobian, 0, c->points * sizeof *jacobian);
    for (size_t i = 0; i < n; i++) {
        double weight, slope;

        weights(c, first, n, i, s, &weight, &slope);
        jacobian[first + i] = -weight / rises * (c->root ? 0.5 / value[0] : 1);
    }
    return PLAQ_OK;
}

/* Weight of an error. At t = 0, where t^2 E and W are 0 without one, there is nothing to be fitted. */
static double inverse_square(double error)
{
    return error > 0 ? 1 / (error * error) : 0;
}

plaq_status plaq_crossing_quantity(const plaq_crossing *given, plaq_quantity *out)
{
    const bool fit = given->kind == PLAQ_CROSSING_FIT;
    crossing *c;

    PLAQ_TRY(check_times("crossing", given->points, given->t, 2));
    if (fit && given->range < 1)
        return plaq_fail(PLAQ_E_USAGE, "crossing: a range of %d flow times, expected 1 or more", given->range);
    for (size_t i = 0; fit && given->error && i < given->points; i++)
        if (!(given->error[i] > 0 || (given->error[i] == 0 && given->t[i] == 0)))
            return plaq_fail(PLAQ_E_DATA, "crossing: the error at flow time %g is %g, expected more than 0",
                             given->t[i], given->error[i]);
    c = plaq_alloc(1, sizeof *c + 2 * given->points * sizeof *c->t_weight);
    if (!c) return PLAQ_E_MEMORY;
    c->points = given->points;
    c->level = given->level;
    c->kind = given->kind;
    c->range = fit ? (size_t)given->range : 0;
    c->root = given->root;
    for (size_t i = 0; i < given->points; i++) {
        c->t_weight[i] = given->t[i];
        c->t_weight[given->points + i] = fit && given->error ? inverse_square(given->error[i]) : 1;
    }
    *out =
        (plaq_quantity){.f = {.in = c->points, .out = 1, .evaluate = evaluate, .jacobian = differentiate, .context = c},
                        .context = c};
    return PLAQ_OK;
}
