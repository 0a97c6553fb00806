/* BiCGStab, on M itself:
 *
 *     p = r + beta (p - omega v),   v = M p,   alpha = rho / (shadow, v),     r -= alpha v,
 *     t = M r,   omega = (t, r) / (t, t),      y += alpha p + omega r,        r -= omega t,
 *     rho = (shadow, r),   beta = (rho / rho_before) (alpha / omega)
 *
 * with the first residual for a shadow. Two applications and eighteen vectors read or written.
 *
 * Reference: H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631.
 */
#include <math.h>

#include "fermion/solve.h"

enum { RHO, BEFORE, ALPHA, OMEGA, BETA, SQUARE, MINUS, VECTORS };

static double complex *vector(const solving *s, int i)
{
    return s->vectors + i * s->columns;
}

/* p, v and r from the last step's to those after the first application */
static plaq_status first_half(solving *s)
{
    plaq_columns *shadow = s->work[0], *p = s->work[1], *v = s->work[2];
    double complex *rho = vector(s, RHO), *before = vector(s, BEFORE), *alpha = vector(s, ALPHA);
    double complex *omega = vector(s, OMEGA), *beta = vector(s, BETA), *minus = vector(s, MINUS);

    if (s->renewed) algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_DOT, .x = shadow, .y = s->r, .sum = rho}});
    for (int j = 0; j < s->columns; j++) {
        beta[j] = solve_ratio(s, j, rho[j], before[j]) * solve_ratio(s, j, alpha[j], omega[j]);
        minus[j] = -omega[j];
        before[j] = rho[j];
    }
    algebra_run(&s->algebra, 2,
                (algebra_step[]){{ALGEBRA_AXPY, .a = minus, .x = v, .y = p},
                                 {ALGEBRA_XPAY, .a = beta, .x = s->r, .y = p}});
    PLAQ_TRY(solve_apply(s, false, p, v));
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_DOT, .x = shadow, .y = v, .sum = alpha}});
    for (int j = 0; j < s->columns; j++) {
        alpha[j] = solve_ratio(s, j, rho[j], alpha[j]);
        minus[j] = -alpha[j];
    }
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_AXPY, .a = minus, .x = v, .y = s->r}});
    return PLAQ_OK;
}

static plaq_status second_half(solving *s)
{
    plaq_columns *shadow = s->work[0], *p = s->work[1], *t = s->work[3];
    double complex *rho = vector(s, RHO), *alpha = vector(s, ALPHA), *omega = vector(s, OMEGA);
    double complex *square = vector(s, SQUARE), *minus = vector(s, MINUS);

    PLAQ_TRY(solve_apply(s, false, s->r, t));
    algebra_run(&s->algebra, 2,
                (algebra_step[]){{ALGEBRA_DOT, .x = t, .y = s->r, .sum = omega},
                                 {ALGEBRA_NORM, .x = t, .sum = square}});
    for (int j = 0; j < s->columns; j++) {
        omega[j] = solve_ratio(s, j, omega[j], square[j]);
        minus[j] = -omega[j];
    }
    algebra_run(&s->algebra, 5,
                (algebra_step[]){{ALGEBRA_AXPY, .a = alpha, .x = p, .y = s->y},
                                 {ALGEBRA_AXPY, .a = omega, .x = s->r, .y = s->y},
                                 {ALGEBRA_AXPY, .a = minus, .x = t, .y = s->r},
                                 {ALGEBRA_NORM, .x = s->r, .sum = square},
                                 {ALGEBRA_DOT, .x = shadow, .y = s->r, .sum = rho}});
    return PLAQ_OK;
}

static plaq_status step(solving *s)
{
    if (s->solution->iterations == 0) plaq_columns_copy(s->r, s->work[0]);
    PLAQ_TRY(first_half(s));
    PLAQ_TRY(second_half(s));
    for (int j = 0; j < s->columns; j++) {
        const bool stuck = vector(s, ALPHA)[j] == 0 || vector(s, OMEGA)[j] == 0;

        s->estimate[j] = creal(vector(s, SQUARE)[j]);
        if (s->running[j] && stuck && s->estimate[j] > 0) s->estimate[j] = NAN;
    }
    return PLAQ_OK;
}

const solve_method solve_bicgstab = {.name = "BiCGStab", .work = 4, .vectors = VECTORS, .step = step};
