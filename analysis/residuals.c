/* Residuals of a fit: which points and priors, their errors, and the Cholesky factor of their correlation matrix. */
#include "residuals.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

/* correlation matrices worse than this have no digits left in their inverse */
static const double WORST_CONDITION = 1e14;

size_t fit_priors(const plaq_fit *fit)
{
    size_t n = 0;

    for (size_t k = 0; fit->prior && k < fit->model->params; k++)
        if (fit->prior[k].sigma > 0) n++;
    return n;
}

static size_t used_points(const plaq_fit *fit)
{
    size_t n = 0;

    for (size_t i = 0; i < fit->model->points; i++)
        if (!fit->used || fit->used[i]) n++;
    return n;
}

void residuals_clear(residuals *r)
{
    plaq_free(r->point);
    plaq_free(r->prior);
    plaq_free(r->error);
    plaq_free(r->sigma);
    plaq_free(r->lower);
    plaq_free(r->all);
    *r = (residuals){0};
}

static plaq_status allocate(const plaq_fit *fit, residuals *r)
{
    r->point = plaq_alloc(r->used, sizeof *r->point);
    r->prior = plaq_alloc(r->priors, sizeof *r->prior);
    r->error = plaq_alloc(r->used, sizeof *r->error);
    r->sigma = plaq_alloc(r->priors, sizeof *r->sigma);
    r->all = plaq_alloc(fit->model->points * r->params, sizeof *r->all);
    if (fit->correlated) r->lower = plaq_alloc(r->used * r->used, sizeof *r->lower);
    if (!r->point || !r->prior || !r->error || !r->sigma || !r->all || (fit->correlated && !r->lower))
        return PLAQ_E_MEMORY;
    return PLAQ_OK;
}

static plaq_status take_points(const plaq_fit *fit, residuals *r)
{
    const size_t points = fit->model->points;
    size_t n = 0;

    for (size_t i = 0; i < points; i++) {
        const double variance = fit->covariance[i * points + i];

        if (fit->used && !fit->used[i]) continue;
        if (!isfinite(r->y[i])) return plaq_fail(PLAQ_E_DATA, "point %zu of the data is not finite", i);
        if (!(variance > 0) || !isfinite(variance))
            return plaq_fail(PLAQ_E_DATA, "variance of point %zu is %g, expected a positive number", i, variance);
        r->point[n] = i;
        r->error[n++] = sqrt(variance);
    }
    return PLAQ_OK;
}

static plaq_status take_priors(const plaq_fit *fit, residuals *r)
{
    size_t n = 0;

    for (size_t k = 0; n < r->priors; k++) {
        if (!(fit->prior[k].sigma > 0)) continue;
        if (!isfinite(fit->prior[k].sigma) || !isfinite(r->mean[n]))
            return plaq_fail(PLAQ_E_DATA, "prior of %s is %g +- %g, expected finite numbers", fit->model->name[k],
                             r->mean[n], fit->prior[k].sigma);
        r->prior[n] = k;
        r->sigma[n++] = fit->prior[k].sigma;
    }
    return PLAQ_OK;
}

static plaq_status singular(size_t used, double rcond)
{
    return plaq_fail(PLAQ_E_DATA,
                     "covariance of the %zu fitted points is singular (condition of the correlation matrix %.1g, at "
                     "most %.0g): more configurations, fewer points, shrinkage or a cut of its eigenvalues",
                     used, rcond > 0 ? 1 / rcond : INFINITY, WORST_CONDITION);
}

static plaq_status decompose(const plaq_fit *fit, residuals *r)
{
    const size_t n = r->used, points = fit->model->points;
    gsl_matrix_view lower = gsl_matrix_view_array(r->lower, n, n);
    gsl_vector *work;
    double rcond = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double c = fit->covariance[r->point[i] * points + r->point[j]] / (r->error[i] * r->error[j]);

            if (!isfinite(c))
                return plaq_fail(PLAQ_E_DATA, "covariance of points %zu and %zu is not finite", r->point[i],
                                 r->point[j]);
            r->lower[i * n + j] = c;
        }
    if (gsl_linalg_cholesky_decomp1(&lower.matrix) != 0) return singular(n, 0);
    work = gsl_vector_alloc(3 * n);
    if (!work) return plaq_fail(PLAQ_E_MEMORY, "no memory for a fit of %zu points", n);
    gsl_linalg_cholesky_rcond(&lower.matrix, &rcond, work);
    gsl_vector_free(work);
    return rcond * WORST_CONDITION < 1 ? singular(n, rcond) : PLAQ_OK;
}

plaq_status residuals_create(const plaq_fit *fit, const double in[], residuals *out)
{
    plaq_status status = PLAQ_OK;
    residuals r = {.model = fit->model, .y = in, .mean = in + fit->model->points, .params = fit->model->params};

    r.used = used_points(fit);
    r.priors = fit_priors(fit);
    r.count = r.used + r.priors;
    if (r.count < r.params || r.used == 0)
        return plaq_fail(PLAQ_E_DATA, "%zu points and %zu priors for %zu parameters, expected at least %zu", r.used,
                         r.priors, r.params, r.params);
    PLAQ_GO(allocate(fit, &r));
    PLAQ_GO(take_points(fit, &r));
    PLAQ_GO(take_priors(fit, &r));
    if (fit->correlated) PLAQ_GO(decompose(fit, &r));
    *out = r;
done:
    if (status != PLAQ_OK) residuals_clear(&r);
    return status;
}

plaq_status residuals_at(const residuals *r, const double p[], double out[])
{
    PLAQ_TRY(r->model->evaluate(r->model->context, p, r->all));
    for (size_t i = 0; i < r->used; i++) out[i] = (r->all[r->point[i]] - r->y[r->point[i]]) / r->error[i];
    if (r->lower) {
        gsl_matrix_const_view lower = gsl_matrix_const_view_array(r->lower, r->used, r->used);
        gsl_vector_view v = gsl_vector_view_array(out, r->used);

        gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &lower.matrix, &v.vector);
    }
    for (size_t k = 0; k < r->priors; k++) out[r->used + k] = (p[r->prior[k]] - r->mean[k]) / r->sigma[k];
    return PLAQ_OK;
}

plaq_status residuals_jacobian(const residuals *r, const double p[], double jacobian[])
{
    const size_t params = r->params;

    PLAQ_TRY(r->model->jacobian(r->model->context, p, r->all));
    for (size_t i = 0; i < r->used; i++)
        for (size_t k = 0; k < params; k++) jacobian[i * params + k] = r->all[r->point[i] * params + k] / r->error[i];
    if (r->lower) {
        gsl_matrix_const_view lower = gsl_matrix_const_view_array(r->lower, r->used, r->used);
        gsl_matrix_view m = gsl_matrix_view_array(jacobian, r->used, params);

        gsl_blas_dtrsm(CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, 1, &lower.matrix, &m.matrix);
    }
    for (size_t k = 0; k < r->priors; k++)
        for (size_t l = 0; l < params; l++)
            jacobian[(r->used + k) * params + l] = l == r->prior[k] ? 1 / r->sigma[k] : 0;
    return PLAQ_OK;
}

void residuals_weigh(const residuals *r, double v[])
{
    if (r->lower) {
        gsl_matrix_const_view lower = gsl_matrix_const_view_array(r->lower, r->used, r->used);
        gsl_vector_view w = gsl_vector_view_array(v, r->used);

        gsl_blas_dtrsv(CblasLower, CblasTrans, CblasNonUnit, &lower.matrix, &w.vector);
    }
    for (size_t i = 0; i < r->used; i++) v[i] /= r->error[i];
}
