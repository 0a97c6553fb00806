/* Block CG on M^dagger M x = M^dagger b: all columns look for their solutions in the space all of them span. The block
 * of residuals M^dagger (b - M x) is kept as Q C with orthonormal columns Q, which stays stable where they become
 * dependent:
 *
 *     alpha = (P^dagger M^dagger M P)^-1,   y += P alpha C,   Q' S = Q - M^dagger M P alpha,
 *     P' = Q' + P S^dagger,                 C' = S C.
 *
 * A direction that depends on the others, as those of columns that are zero or have converged, is dropped: its column
 * of Q and P is zero. When residuals are renewed Q C is made anew, and P' is Q' made orthogonal to M^dagger M P.
 *
 * Two applications, eleven vectors read or written, and six products of a block with a block or a matrix of its
 * columns.
 *
 * References: D. P. O'Leary, Linear Algebra Appl. 29 (1980) 293; A. A. Dubrulle, ETNA 12 (2001) 216, algorithm BCGrQ.
 */
#include <math.h>

#include "fermion/solve.h"

enum { C, ALPHA, GRAM, ROOT, INVERSE, PRODUCT, MATRICES };
enum { ONES, RATIO, VECTORS };

static double complex *matrix(const solving *s, int i)
{
    return s->matrices + i * s->columns * s->columns;
}

/* out = a b; out is neither of them */
static void multiply(int n, const double complex *a, const double complex *b, double complex *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double complex sum = 0;

            for (int k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
            out[i * n + j] = sum;
        }
}

static void dagger(int n, const double complex *a, double complex *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) out[j * n + i] = conj(a[i * n + j]);
}

/* R, upper triangular, of G = R^dagger R (Cholesky), and its inverse. Where less than `least` of a diagonal element is
 * left by those before, it depends on them: its row of R, its row and its column of the inverse become zero. False
 * where something is not a number. */
static bool factor(int n, double least, const double complex *g, double complex *r, double complex *inverse)
{
    for (int i = 0; i < n * n; i++) r[i] = inverse[i] = 0;
    for (int j = 0; j < n; j++) {
        double rest = creal(g[j * n + j]);

        for (int i = 0; i < j; i++) {
            double complex sum = g[i * n + j];

            for (int k = 0; k < i; k++) sum -= conj(r[k * n + i]) * r[k * n + j];
            r[i * n + j] = sum * inverse[i * n + i];
            rest -= creal(r[i * n + j]) * creal(r[i * n + j]) + cimag(r[i * n + j]) * cimag(r[i * n + j]);
        }
        if (!isfinite(rest)) return false;
        if (rest <= least * creal(g[j * n + j])) continue;
        r[j * n + j] = sqrt(rest);
        inverse[j * n + j] = 1 / sqrt(rest);
        for (int i = j - 1; i >= 0; i--) {
            double complex sum = 0;

            for (int k = i + 1; k <= j; k++) sum += r[i * n + k] * inverse[k * n + j];
            inverse[i * n + j] = -sum * inverse[i * n + i];
        }
    }
    return true;
}

static double square_of_column(const solving *s, int j)
{
    double sum = 0;

    for (int i = 0; i < s->columns; i++) {
        const double complex c = matrix(s, C)[i * s->columns + j];

        sum += creal(c) * creal(c) + cimag(c) * cimag(c);
    }
    return sum;
}

/* below this part of its square a column is rounding */
static double least_part(const solving *s)
{
    return plaq_columns_prec(s->r) == PLAQ_DOUBLE ? 1e-12 : 1e-6;
}

static void multiply_by(double complex *a, int n, double factor_)
{
    for (int i = 0; i < n; i++) a[i] *= factor_;
}

/* Q and C of the residuals of the columns that run, and P. */
static plaq_status begin(solving *s, plaq_columns *q, plaq_columns *p, plaq_columns *t, bool *good)
{
    const int n = s->columns;
    double complex *g = matrix(s, GRAM), *inverse = matrix(s, INVERSE), *product = matrix(s, PRODUCT);

    PLAQ_TRY(solve_apply(s, true, s->r, q));
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_GRAM, .x = q, .y = q, .sum = g}});
    for (int i = 0; i < n * n; i++)
        if (!s->running[i / n] || !s->running[i % n]) g[i] = 0;
    *good = factor(n, least_part(s), g, matrix(s, C), inverse);
    algebra_run(&s->algebra, 2,
                (algebra_step[]){{ALGEBRA_TURN, .a = inverse, .x = q, .y = q},
                                 {ALGEBRA_GRAM, .x = t, .y = q, .sum = g}});
    multiply(n, matrix(s, ALPHA), g, product);
    multiply_by(product, n * n, -1);
    for (int j = 0; j < n; j++) s->vectors[ONES * n + j] = 1;
    algebra_run(&s->algebra, 2,
                (algebra_step[]){{ALGEBRA_TURN, .a = product, .x = p, .y = p},
                                 {ALGEBRA_XPAY, .a = s->vectors + ONES * n, .x = q, .y = p}});
    for (int j = 0; j < n; j++) {
        const double square = square_of_column(s, j);

        s->vectors[RATIO * n + j] = square > 0 ? s->estimate[j] / square : 0;
    }
    return PLAQ_OK;
}

/* y and Q S from P; r is free for M P */
static plaq_status advance(solving *s, plaq_columns *q, plaq_columns *p, plaq_columns *t, bool *good)
{
    const int n = s->columns;
    double complex *g = matrix(s, GRAM), *root = matrix(s, ROOT), *inverse = matrix(s, INVERSE);
    double complex *alpha = matrix(s, ALPHA), *product = matrix(s, PRODUCT);

    PLAQ_TRY(solve_apply(s, false, p, s->r));
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_GRAM, .x = s->r, .y = s->r, .sum = g}});
    *good = factor(n, least_part(s), g, root, inverse) && *good;
    dagger(n, inverse, root);
    multiply(n, inverse, root, alpha);
    multiply(n, alpha, matrix(s, C), product);
    PLAQ_TRY(solve_apply(s, true, s->r, t));
    for (int i = 0; i < n * n; i++) root[i] = -alpha[i];
    algebra_run(&s->algebra, 3,
                (algebra_step[]){{ALGEBRA_MIX, .a = product, .x = p, .y = s->y},
                                 {ALGEBRA_MIX, .a = root, .x = t, .y = q},
                                 {ALGEBRA_GRAM, .x = q, .y = q, .sum = g}});
    return PLAQ_OK;
}

/* Q and P from Q S and the last P */
static void follow(solving *s, plaq_columns *q, plaq_columns *p)
{
    double complex *product = matrix(s, PRODUCT);

    dagger(s->columns, matrix(s, ROOT), product);
    algebra_run(&s->algebra, 3,
                (algebra_step[]){{ALGEBRA_TURN, .a = matrix(s, INVERSE), .x = q, .y = q},
                                 {ALGEBRA_TURN, .a = product, .x = p, .y = p},
                                 {ALGEBRA_XPAY, .a = s->vectors + ONES * s->columns, .x = q, .y = p}});
}

static plaq_status step(solving *s)
{
    const int n = s->columns;
    plaq_columns *q = s->work[0], *p = s->work[1], *t = s->work[2];
    double complex *product = matrix(s, PRODUCT);
    bool good = true;

    if (s->renewed)
        PLAQ_TRY(begin(s, q, p, t, &good));
    else
        follow(s, q, p);
    PLAQ_TRY(advance(s, q, p, t, &good));
    good = factor(n, least_part(s), matrix(s, GRAM), matrix(s, ROOT), matrix(s, INVERSE)) && good;
    multiply(n, matrix(s, ROOT), matrix(s, C), product);
    for (int i = 0; i < n * n; i++) matrix(s, C)[i] = product[i];
    for (int j = 0; j < n; j++) s->estimate[j] = good ? square_of_column(s, j) * creal(s->vectors[RATIO * n + j]) : NAN;
    return PLAQ_OK;
}

const solve_method solve_block_cg = {
    .name = "block CG", .work = 3, .vectors = VECTORS, .matrices = MATRICES, .step = step};
