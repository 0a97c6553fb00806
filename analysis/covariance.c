/* Covariance of many numbers from few configurations.
 *
 *     C_ij = error_i R_ij error_j,    R_ij = sum_n z_i(n) z_j(n),    z_i(n) = delta_i(n)/N / sqrt(sum_m
 * delta_i(m)^2/N^2)
 *
 * with N the configurations of n's ensemble. Errors have autocorrelation in them (the Gamma method), correlations are
 * those at the same configuration, which are known best. R has at most as many eigenvalues that are not zero as there
 * are configurations, less one an ensemble, and small ones are too small. Two remedies, one after the other:
 *
 * Shrinkage: R <- (1 - lambda) R + lambda 1. O. Ledoit and M. Wolf (J. Multivar. Anal. 88 (2004) 365) find the lambda
 * that comes nearest to the true matrix in the sum of squares, lambda = min(b^2, d^2)/d^2 with
 *
 *     d^2 = sum_{i != j} R_ij^2,    b^2 = sum_{i != j} sum_n (z_i(n) z_j(n) - R_ij/N)^2
 *
 * and N configurations in all, as if they were independent. The diagonal of R is known: it is left out of both sums, as
 * where the target is the diagonal (J. Schaefer and K. Strimmer, Stat. Appl. Genet. Mol. Biol. 4 (2005) 32).
 *
 * Cut: eigenvalues of R below a fraction of the largest are raised to it. */
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "plaq/analysis.h"

/* Normalised fluctuations: z[size][configs]. */
static plaq_status normalise(const plaq_estimate *e, double z[])
{
    const plaq_chains *chains = e->chains;
    const size_t n = chains->configs;
    size_t first = 0;

    for (int k = 0, next; k < chains->count; k = next) { /* by ensemble: delta/N */
        size_t configs = 0;

        for (next = k; next < chains->count && strcmp(chains->chain[next].ensemble, chains->chain[k].ensemble) == 0;
             next++)
            configs += chains->chain[next].count;
        for (size_t i = 0; i < e->size; i++)
            for (size_t c = first; c < first + configs; c++) z[i * n + c] = e->delta[i * n + c] / (double)configs;
        first += configs;
    }
    for (size_t i = 0; i < e->size; i++) {
        double sum = 0;

        for (size_t c = 0; c < n; c++) sum += z[i * n + c] * z[i * n + c];
        if (sum == 0)
            return plaq_fail(PLAQ_E_DATA, "the covariance is singular: entry %zu is %g on all %zu configurations", i,
                             e->value[i], n);
        for (size_t c = 0; c < n; c++) z[i * n + c] /= sqrt(sum);
    }
    return PLAQ_OK;
}

static void correlate(const double z[], size_t size, size_t n, double r[])
{
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j < i; j++) {
            double sum = 0;

            for (size_t c = 0; c < n; c++) sum += z[i * n + c] * z[j * n + c];
            r[i * size + j] = r[j * size + i] = sum;
        }
        r[i * size + i] = 1;
    }
}

/* b^2 = sum_n [(sum_i z_i^2)^2 - sum_i z_i^4] - d^2/N */
static double ledoit_wolf(const double z[], const double r[], size_t size, size_t n)
{
    double b = 0, d = -(double)size; /* of the diagonal */

    for (size_t k = 0; k < size * size; k++) d += r[k] * r[k];
    for (size_t c = 0; c < n; c++) {
        double length = 0, fourth = 0;

        for (size_t i = 0; i < size; i++) {
            const double square = z[i * n + c] * z[i * n + c];

            length += square;
            fourth += square * square;
        }
        b += length * length - fourth;
    }
    b -= d / (double)n;
    return b < d ? b / d : 1;
}

static plaq_status choose_shrinkage(const plaq_covariance_method *method, const double z[], const double r[],
                                    size_t size, size_t n, double *lambda)
{
    *lambda = 0;
    if (method->shrink == PLAQ_SHRINK_GIVEN && !(method->lambda >= 0 && method->lambda <= 1))
        return plaq_fail(PLAQ_E_USAGE, "lambda of the shrinkage is %g, expected 0 to 1", method->lambda);
    if (method->shrink == PLAQ_SHRINK_GIVEN) *lambda = method->lambda;
    if (method->shrink == PLAQ_SHRINK_LEDOIT_WOLF) *lambda = ledoit_wolf(z, r, size, n);
    return PLAQ_OK;
}

/* R = sum_k vector_k value_k vector_k^T, values ascending, vectors [size][size] in columns. */
static plaq_status decompose(const double r[], size_t size, double vector[], double value[])
{
    const lapack_int n = (lapack_int)size;
    lapack_int failed;

    memcpy(vector, r, size * size * sizeof *vector);
    failed = LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', n, vector, n, value);
    if (failed == LAPACK_WORK_MEMORY_ERROR || failed == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return plaq_fail(PLAQ_E_MEMORY, "no memory for the eigenvalues of a correlation matrix of %zu numbers", size);
    if (failed)
        return plaq_fail(PLAQ_E_CONVERGENCE, "the eigenvalues of a correlation matrix of %zu numbers do not converge",
                         size);
    return PLAQ_OK;
}

/* R from eigenvalues of which the first are raised. */
static void compose(const double vector[], const double value[], size_t size, double r[])
{
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;

            for (size_t k = 0; k < size; k++) sum += vector[i * size + k] * value[k] * vector[j * size + k];
            r[i * size + j] = r[j * size + i] = sum;
        }
}

static bool is_singular(double least, double largest, size_t size)
{
    return !(least > (double)size * DBL_EPSILON * largest);
}

/* Shrinks and cuts R; eigenvalues are those of R before. */
static plaq_status mend(const plaq_covariance_method *method, const double vector[], double value[], size_t size,
                        size_t n, double r[], plaq_covariance_facts *facts)
{
    const double largest = value[size - 1], lambda = facts->lambda;

    facts->condition = largest / fmax(value[0], DBL_EPSILON * largest);
    facts->cut = 0;
    for (size_t k = 0; k < size * size; k++) r[k] *= k % (size + 1) ? 1 - lambda : 1;
    for (size_t k = 0; k < size; k++) value[k] = (1 - lambda) * value[k] + lambda;
    while (facts->cut < size && value[facts->cut] < method->cut * value[size - 1]) facts->cut++;
    for (size_t k = 0; k < facts->cut; k++) value[k] = method->cut * value[size - 1];
    if (facts->cut) compose(vector, value, size, r);
    if (is_singular(value[0], value[size - 1], size))
        return plaq_fail(PLAQ_E_DATA,
                         "the covariance of %zu numbers from %zu configurations is singular: the eigenvalues of the "
                         "correlation go from %.3g to %.3g",
                         size, n, value[0], value[size - 1]);
    return PLAQ_OK;
}

/* The correlation matrix, mended. */
static plaq_status correlation(const plaq_estimate *e, const plaq_covariance_method *method, double r[],
                               plaq_covariance_facts *facts)
{
    const size_t size = e->size, n = e->chains->configs;
    double *z = plaq_alloc(size, n * sizeof *z), *vector = plaq_alloc(size * (size + 1), sizeof *vector);
    plaq_status status = PLAQ_E_MEMORY;

    if (!z || !vector) goto done;
    PLAQ_GO(normalise(e, z));
    correlate(z, size, n, r);
    PLAQ_GO(choose_shrinkage(method, z, r, size, n, &facts->lambda));
    PLAQ_GO(decompose(r, size, vector, vector + size * size));
    PLAQ_GO(mend(method, vector, vector + size * size, size, n, r, facts));
done:
    plaq_free(z);
    plaq_free(vector);
    return status;
}

plaq_status plaq_covariance(const plaq_estimate *estimate, const plaq_gamma_method *gamma,
                            const plaq_covariance_method *method, double covariance[], plaq_covariance_facts *facts)
{
    const size_t size = estimate->size;
    plaq_covariance_facts unasked;
    double *error;
    plaq_status status = PLAQ_OK;

    if (size == 0) return plaq_fail(PLAQ_E_USAGE, "the covariance of no numbers");
    error = plaq_alloc(size, sizeof *error);
    if (!error) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < size; i++) {
        plaq_uncertainty u;

        PLAQ_GO(plaq_estimate_error(estimate, i, gamma, &u));
        error[i] = u.error;
        plaq_uncertainty_clear(&u);
    }
    PLAQ_GO(correlation(estimate, method, covariance, facts ? facts : &unasked));
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++) covariance[i * size + j] *= error[i] * error[j];
done:
    plaq_free(error);
    return status;
}
