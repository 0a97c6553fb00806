/* Quantities that own their context, and the linear ones: folding, weighted means, projections. All of these are
 * out = matrix in with a constant matrix, which is the jacobian as well. */
#include "plaq/correlator.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

void plaq_quantity_destroy(plaq_quantity *quantity)
{
    plaq_free(quantity->context);
    *quantity = (plaq_quantity){.context = NULL};
}

plaq_status quantity_make(plaq_function f, const void *context, size_t size, plaq_quantity *out)
{
    void *copy = plaq_alloc(1, size);

    if (!copy) return PLAQ_E_MEMORY;
    memcpy(copy, context, size);
    f.context = copy;
    *out = (plaq_quantity){.f = f, .context = copy};
    return PLAQ_OK;
}

typedef struct {
    size_t in, out;
    double matrix[]; /* [out][in] */
} linear;

static plaq_status evaluate_linear(const void *context, const double in[], double out[])
{
    const linear *l = context;

    for (size_t i = 0; i < l->out; i++) {
        double sum = 0;

        for (size_t j = 0; j < l->in; j++) sum += l->matrix[i * l->in + j] * in[j];
        if (!isfinite(sum)) return plaq_fail(PLAQ_E_DATA, "entry %zu of a linear combination is %g", i, sum);
        out[i] = sum;
    }
    return PLAQ_OK;
}

static plaq_status differentiate_linear(const void *context, const double in[], const double value[], double jacobian[])
{
    const linear *l = context;

    (void)in;
    (void)value;
    memcpy(jacobian, l->matrix, l->in * l->out * sizeof *jacobian);
    return PLAQ_OK;
}

/* A linear quantity whose matrix, zero so far, is to be filled. */
static plaq_status make_linear(size_t in, size_t out, plaq_quantity *quantity, double **matrix)
{
    linear *l;

    if (in < 1 || out < 1) return plaq_fail(PLAQ_E_USAGE, "a linear combination of %zu numbers to %zu", in, out);
    l = plaq_alloc(1, sizeof *l + in * out * sizeof *l->matrix);
    if (!l) return PLAQ_E_MEMORY;
    l->in = in;
    l->out = out;
    *quantity = (plaq_quantity){
        .f = {.in = in, .out = out, .evaluate = evaluate_linear, .jacobian = differentiate_linear, .context = l},
        .context = l};
    *matrix = l->matrix;
    return PLAQ_OK;
}

plaq_status plaq_linear(size_t in, size_t out, const double matrix[], plaq_quantity *quantity)
{
    double *m = NULL;

    PLAQ_TRY(make_linear(in, out, quantity, &m));
    memcpy(m, matrix, in * out * sizeof *m);
    return PLAQ_OK;
}

plaq_status plaq_fold(size_t extent, int sign, plaq_quantity *out)
{
    const size_t times = extent / 2 + 1;
    double *matrix = NULL;

    if (extent < 2) return plaq_fail(PLAQ_E_USAGE, "fold: %zu times, expected 2 or more", extent);
    if (sign != 1 && sign != -1) return plaq_fail(PLAQ_E_USAGE, "fold: sign %d, expected 1 or -1", sign);
    PLAQ_TRY(make_linear(extent, times, out, &matrix));
    for (size_t t = 0; t < times; t++) {
        matrix[t * extent + t] += 0.5;
        matrix[t * extent + (extent - t) % extent] += 0.5 * sign;
    }
    return PLAQ_OK;
}

plaq_status plaq_weighted_mean(size_t points, const double weight[], plaq_quantity *out)
{
    double *matrix = NULL, sum = 0;

    for (size_t i = 0; i < points; i++) {
        if (!(weight[i] >= 0 && isfinite(weight[i])))
            return plaq_fail(PLAQ_E_USAGE, "weighted mean: weight %zu is %g, expected 0 or more", i, weight[i]);
        sum += weight[i];
    }
    if (!(sum > 0 && isfinite(sum)))
        return plaq_fail(PLAQ_E_USAGE, "weighted mean: the sum of %zu weights is %g, expected more than 0", points,
                         sum);
    PLAQ_TRY(make_linear(points, 1, out, &matrix));
    for (size_t i = 0; i < points; i++) matrix[i] = weight[i] / sum;
    return PLAQ_OK;
}

plaq_status plaq_project(size_t points, size_t operators, const double left[], const double right[], plaq_quantity *out)
{
    const size_t square = operators * operators;
    double *matrix = NULL;

    PLAQ_TRY(make_linear(points * square, points, out, &matrix));
    for (size_t t = 0; t < points; t++)
        for (size_t i = 0; i < operators; i++)
            for (size_t j = 0; j < operators; j++)
                matrix[t * points * square + t * square + i * operators + j] = left[i] * right[j];
    return PLAQ_OK;
}
