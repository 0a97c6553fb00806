/* Extrapolations where x has errors too: y_i = sum_k c_k prod_v xi_iv^power_kv and x_iv = xi_iv, with the true places
 * xi as parameters. What is fitted is y and x together, so their correlations count. W. A. Fuller, Measurement Error
 * Models (Wiley 1987), chapter 3.
 */
#include "models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    size_t count, variables, terms, params; /* count: of y */
    int power[];                            /* [terms][variables] */
} surface;

static plaq_status evaluate(const void *context, const double p[], double y[])
{
    const surface *s = context;
    const double *xi = p + s->terms;

    for (size_t i = 0; i < s->count; i++) {
        y[i] = 0;
        for (size_t k = 0; k < s->terms; k++)
            y[i] += p[k] * model_monomial(xi + i * s->variables, s->power + k * s->variables, s->variables);
    }
    memcpy(y + s->count, xi, s->count * s->variables * sizeof *y);
    return PLAQ_OK;
}

/* d/dx_v of a monomial */
static double slope(const double x[], const int power[], size_t variables, size_t v)
{
    double product = power[v] == 0 ? 0 : power[v] * pow(x[v], power[v] - 1);

    for (size_t w = 0; w < variables; w++)
        if (w != v) product *= pow(x[w], power[w]);
    return product;
}

static plaq_status differentiate(const void *context, const double p[], double jacobian[])
{
    const surface *s = context;
    const size_t variables = s->variables;

    memset(jacobian, 0, s->count * (1 + variables) * s->params * sizeof *jacobian);
    for (size_t i = 0; i < s->count; i++) {
        const double *xi = p + s->terms + i * variables;
        double *row = jacobian + i * s->params;

        for (size_t k = 0; k < s->terms; k++) {
            const int *power = s->power + k * variables;

            row[k] = model_monomial(xi, power, variables);
            for (size_t v = 0; v < variables; v++)
                row[s->terms + i * variables + v] += p[k] * slope(xi, power, variables, v);
        }
    }
    for (size_t j = 0; j < s->count * variables; j++) jacobian[(s->count + j) * s->params + s->terms + j] = 1;
    return PLAQ_OK;
}

/* places where they were measured, coefficients by least squares there */
static plaq_status guess(const void *context, const double y[], const double weight[], double start[])
{
    const surface *s = context;
    const double *x = y + s->count;
    double *basis = plaq_alloc((s->count + s->terms) * s->terms, sizeof *basis);

    if (!basis) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->terms; k++)
            basis[i * s->terms + k] = model_monomial(x + i * s->variables, s->power + k * s->variables, s->variables);
    model_least_squares(basis, s->count, s->terms, y, weight, basis + s->count * s->terms, start);
    memcpy(start + s->terms, x, s->count * s->variables * sizeof *start);
    plaq_free(basis);
    return PLAQ_OK;
}

static const char *const *names(const surface *s, const char *const name[])
{
    enum { LENGTH = 48 };
    char(*text)[LENGTH] = plaq_alloc(s->params, LENGTH);
    const char **list = plaq_alloc(s->params, sizeof *list);
    const char *const *copy = NULL;

    if (text && list) {
        for (size_t k = 0; k < s->terms; k++) list[k] = name[k];
        for (size_t j = 0; j < s->count * s->variables; j++) {
            snprintf(text[j], LENGTH, "x%zu_%zu", j % s->variables, j / s->variables);
            list[s->terms + j] = text[j];
        }
        copy = model_names(list, s->params);
    }
    plaq_free(text);
    plaq_free(list);
    return copy;
}

plaq_status plaq_model_surface(size_t points, size_t variables, const int power[], size_t terms,
                               const char *const name[], plaq_model *model)
{
    surface *s = plaq_alloc(1, sizeof *s + terms * variables * sizeof *s->power);

    if (!s) return PLAQ_E_MEMORY;
    s->count = points;
    s->variables = variables;
    s->terms = terms;
    s->params = terms + points * variables;
    memcpy(s->power, power, terms * variables * sizeof *power);
    *model = (plaq_model){.points = points * (1 + variables),
                          .params = s->params,
                          .name = names(s, name),
                          .evaluate = evaluate,
                          .jacobian = differentiate,
                          .guess = guess,
                          .context = s};
    if (model->name) return PLAQ_OK;
    plaq_model_destroy(model);
    return PLAQ_E_MEMORY;
}
