/* What makers of models share: names, least squares for starting points, monomials. */
#include "models.h"

#include <math.h>
#include <string.h>

const char *const *model_names(const char *const name[], size_t n)
{
    size_t bytes = n * sizeof(char *);
    char **copy, *text;

    for (size_t k = 0; k < n; k++) bytes += strlen(name[k]) + 1;
    copy = plaq_alloc(1, bytes);
    if (!copy) return NULL;
    text = (char *)(copy + n);
    for (size_t k = 0; k < n; k++) {
        copy[k] = strcpy(text, name[k]);
        text += strlen(text) + 1;
    }
    return (const char *const *)copy;
}

void plaq_model_destroy(plaq_model *model)
{
    plaq_free((void *)(uintptr_t)model->context);
    plaq_free((void *)(uintptr_t)model->name);
    *model = (plaq_model){.points = 0};
}

/* h c = c in place by h = L D L^T; what is left of a diagonal at least `least` of it */
static void solve(size_t n, double h[], double c[], double least)
{
    for (size_t k = 0; k < n; k++) {
        double d = h[k * n + k] * (1 + least);

        for (size_t m = 0; m < k; m++) d -= h[k * n + m] * h[k * n + m] * h[m * n + m];
        h[k * n + k] = d = fmax(d, least * h[k * n + k] + 1e-300);
        for (size_t l = k + 1; l < n; l++) {
            for (size_t m = 0; m < k; m++) h[l * n + k] -= h[l * n + m] * h[k * n + m] * h[m * n + m];
            h[l * n + k] /= d;
        }
    }
    for (size_t k = 0; k < n; k++)
        for (size_t m = 0; m < k; m++) c[k] -= h[k * n + m] * c[m];
    for (size_t k = n; k-- > 0;) {
        c[k] /= h[k * n + k];
        for (size_t l = k + 1; l < n; l++) c[k] -= h[l * n + k] * c[l];
    }
}

double model_least_squares(const double basis[], size_t points, size_t params, const double y[], const double weight[],
                           double work[], double c[])
{
    double *h = work, left = 0;

    memset(h, 0, params * params * sizeof *h);
    memset(c, 0, params * sizeof *c);
    for (size_t i = 0; i < points; i++) {
        const double *b = basis + i * params;

        if (!(weight[i] > 0)) continue; /* y may be anything there */
        for (size_t k = 0; k < params; k++) {
            c[k] += weight[i] * b[k] * y[i];
            for (size_t l = 0; l <= k; l++) h[k * params + l] += weight[i] * b[k] * b[l];
        }
    }
    solve(params, h, c, 1e-12);
    for (size_t i = 0; i < points; i++) {
        double d = -y[i];

        if (!(weight[i] > 0)) continue;
        for (size_t k = 0; k < params; k++) d += basis[i * params + k] * c[k];
        left += weight[i] * d * d;
    }
    return left;
}

double model_monomial(const double x[], const int power[], size_t variables)
{
    double product = 1;

    for (size_t v = 0; v < variables; v++) product *= pow(x[v], power[v]);
    return product;
}
