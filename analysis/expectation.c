/* What chi^2 of a fit is to be expected. The residuals r of data with the model's mean have a covariance R: one where
 * they were made independent, the correlation matrix in an uncorrelated fit. The fit takes out their part in the span
 * of the Jacobian J = Q1 S and leaves chi^2 = |Q2^T r|^2, which is sum_i l_i z_i^2 of independent normal z, with the
 * eigenvalues l_i of Q2^T R Q2 (M. Bruno, R. Sommer, Comput. Phys. Commun. 285 (2023) 108643, 2209.14188):
 *
 *     <chi^2> = sum_i l_i,    p by the saddle point of its cumulants K(s) = -1/2 sum_i log(1 - 2 s l_i),
 *     p = Q(w + log(v/w)/w),    K'(s) = chi^2,    w = sign(s) sqrt(2 (s chi^2 - K)),    v = s sqrt(K''),
 *
 * within a few percent of p (D. Kuonen, Biometrika 86 (1999) 929). Where all l_i are the same it is chi^2's
 * distribution.
 */
#include "residuals.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

/* R: correlations of the used points; priors are independent */
static plaq_status correlations(const plaq_fit *fit, const residuals *r, gsl_matrix *m)
{
    const size_t points = fit->model->points;

    gsl_matrix_set_identity(m);
    for (size_t i = 0; i < r->used; i++)
        for (size_t j = 0; j < r->used; j++) {
            const double c = fit->covariance[r->point[i] * points + r->point[j]] / (r->error[i] * r->error[j]);

            if (!isfinite(c))
                return plaq_fail(PLAQ_E_DATA, "covariance of points %zu and %zu is not finite", r->point[i],
                                 r->point[j]);
            gsl_matrix_set(m, i, j, c);
        }
    return PLAQ_OK;
}

/* Q2^T R Q2 in the last rows and columns; J is overwritten by its decomposition */
static void project(double jacobian[], double tau[], const residuals *r, gsl_matrix *m)
{
    gsl_matrix_view qr = gsl_matrix_view_array(jacobian, r->count, r->params);
    gsl_vector_view t = gsl_vector_view_array(tau, r->params);

    gsl_linalg_QR_decomp(&qr.matrix, &t.vector);
    gsl_linalg_QR_QTmat(&qr.matrix, &t.vector, m);
    gsl_matrix_transpose(m);
    gsl_linalg_QR_QTmat(&qr.matrix, &t.vector, m);
}

/* n-th derivative of K at s, n >= 1 */
static double cumulant(const gsl_vector *l, double s, int n)
{
    double sum = 0;

    for (size_t i = 0; i < l->size; i++) {
        const double x = gsl_vector_get(l, i);

        sum += pow(2 * x / (1 - 2 * s * x), n) / 2;
    }
    return n == 3 ? 2 * sum : sum; /* (n - 1)! */
}

/* K'(s) = chi2 by bisection: K' grows, and both ends are bounds of it by single terms */
static double saddle(const gsl_vector *l, double chi2)
{
    const double largest = gsl_vector_max(l);
    double low = -0.5 * (double)l->size / chi2, high = 0.5 / largest - 0.5 / chi2;

    for (int i = 0; i < 100 && high - low > 1e-15 * (fabs(low) + fabs(high)); i++) {
        const double s = 0.5 * (low + high);

        if (cumulant(l, s, 1) < chi2)
            low = s;
        else
            high = s;
    }
    return 0.5 * (low + high);
}

/* probability of more than chi2 */
static double beyond(const gsl_vector *l, double chi2)
{
    double k = 0, s, w, v;

    if (gsl_vector_max(l) - gsl_vector_min(l) < 1e-10 * gsl_vector_max(l)) /* chi^2's own */
        return gsl_cdf_chisq_Q(chi2 / gsl_vector_max(l), (double)l->size);
    if (!(chi2 > 0)) return 1;
    s = saddle(l, chi2);
    for (size_t i = 0; i < l->size; i++) k -= 0.5 * log1p(-2 * s * gsl_vector_get(l, i));
    w = copysign(sqrt(fmax(2 * (s * chi2 - k), 0)), s);
    v = s * sqrt(cumulant(l, s, 2));
    if (fabs(w) < 1e-3) /* the limit w -> 0 */
        return 0.5 - cumulant(l, 0, 3) / (6 * sqrt(2 * M_PI) * pow(cumulant(l, 0, 2), 1.5));
    return gsl_cdf_ugaussian_Q(w + log(v / w) / w);
}

plaq_status residuals_expect(const plaq_fit *fit, const residuals *r, const double jacobian[], plaq_fit_facts *facts)
{
    const size_t n = r->count, dof = n - r->params;
    double *memory, *work, *tau;
    gsl_eigen_symm_workspace *eigen = NULL;
    gsl_matrix_view whole, m;
    gsl_vector_view l;
    plaq_status status = PLAQ_OK;

    facts->expected = (double)dof;
    facts->p = dof ? gsl_cdf_chisq_Q(facts->chi2, (double)dof) : 1;
    if (fit->correlated || dof == 0) return PLAQ_OK;
    memory = plaq_alloc(n * n + (n + 1) * r->params + dof, sizeof *memory);
    eigen = gsl_eigen_symm_alloc(dof);
    if (!memory || !eigen) {
        status = plaq_fail(PLAQ_E_MEMORY, "no memory for a fit of %zu points", n);
        goto done;
    }
    work = memory + n * n;
    tau = work + n * r->params;
    memcpy(work, jacobian, n * r->params * sizeof *work);
    whole = gsl_matrix_view_array(memory, n, n);
    PLAQ_GO(correlations(fit, r, &whole.matrix));
    project(work, tau, r, &whole.matrix);
    m = gsl_matrix_submatrix(&whole.matrix, r->params, r->params, dof, dof);
    l = gsl_vector_view_array(tau + r->params, dof);
    gsl_eigen_symm(&m.matrix, &l.vector, eigen);
    facts->expected = 0;
    for (size_t i = 0; i < dof; i++) { /* of an estimated covariance some are 0, and -0 by rounding */
        gsl_vector_set(&l.vector, i, fmax(gsl_vector_get(&l.vector, i), 0));
        facts->expected += gsl_vector_get(&l.vector, i);
    }
    if (facts->expected > 0) facts->p = beyond(&l.vector, facts->chi2);
done:
    plaq_free(memory);
    if (eigen) gsl_eigen_symm_free(eigen);
    return status;
}
