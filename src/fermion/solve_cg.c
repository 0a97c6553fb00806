/* Conjugate gradients on M^dagger M x = M^dagger b in the form that keeps r = b - M x (CGLS):
 *
 *     s = M^dagger r,   gamma = |s|^2,   p = s + (gamma / gamma_before) p,
 *     q = M p,          alpha = gamma / |q|^2,   y += alpha p,   r -= alpha q,
 *
 * so that |r| is known, and falls, in every iteration. Two applications and eleven vectors read or written.
 *
 * References: M. R. Hestenes, E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409; A. Bjorck, Numerical Methods for
 * Least Squares Problems (SIAM, 1996), 7.4.
 */
#include <math.h>

#include "fermion/solve.h"

enum { BEFORE, GAMMA, SQUARE, ALPHA, MINUS, BETA, VECTORS };

static plaq_status step(solving *s)
{
    double complex *v = s->vectors, *before = v + BEFORE * s->columns, *gamma = v + GAMMA * s->columns;
    double complex *square = v + SQUARE * s->columns, *alpha = v + ALPHA * s->columns;
    double complex *minus = v + MINUS * s->columns, *beta = v + BETA * s->columns;
    plaq_columns *p = s->work[0], *q = s->work[1]; /* s and q are never needed at once */

    PLAQ_TRY(solve_apply(s, true, s->r, q));
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_NORM, .x = q, .sum = gamma}});
    for (int j = 0; j < s->columns; j++) beta[j] = solve_ratio(s, j, gamma[j], before[j]);
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_XPAY, .a = beta, .x = q, .y = p}});
    PLAQ_TRY(solve_apply(s, false, p, q));
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_NORM, .x = q, .sum = square}});
    for (int j = 0; j < s->columns; j++) {
        alpha[j] = solve_ratio(s, j, gamma[j], square[j]);
        minus[j] = -alpha[j];
        before[j] = gamma[j];
    }
    algebra_run(&s->algebra, 3,
                (algebra_step[]){{ALGEBRA_AXPY, .a = alpha, .x = p, .y = s->y},
                                 {ALGEBRA_AXPY, .a = minus, .x = q, .y = s->r},
                                 {ALGEBRA_NORM, .x = s->r, .sum = gamma}});
    for (int j = 0; j < s->columns; j++) {
        s->estimate[j] = creal(gamma[j]);
        if (s->running[j] && alpha[j] == 0 && s->estimate[j] > 0) s->estimate[j] = NAN;
    }
    return PLAQ_OK;
}

const solve_method solve_cg = {.name = "CG", .work = 2, .vectors = VECTORS, .step = step};
