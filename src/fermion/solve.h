/* Inside the room: what all solvers share, and what each of them adds.
 *
 * solve.c keeps x and b in double. A method improves y, a correction to x, in the precision it iterates in, from the
 * residual r = b - M x; without mixed precision y is x itself. Now and then solve.c renews: x takes in y, and r is
 * computed anew in double. Columns whose renewed residual is small enough no longer run: methods give them zeros for
 * coefficients, as they do where a denominator is zero.
 */
#ifndef PLAQ_FERMION_SOLVE_H
#define PLAQ_FERMION_SOLVE_H

#include "fermion/algebra.h"

enum { SOLVE_WORK = 4 };

typedef struct solving solving;

/* A method: one `const` table in a file of its own. */
typedef struct {
    const char *name;
    int work;                        /* fields it needs beside r and y, zero at the start */
    int vectors, matrices;           /* its numbers, zero at the start: [columns], [columns][columns] */
    plaq_status (*step)(solving *s); /* one iteration: y, r where it needs it, and estimate. Collective. */
} solve_method;

struct solving {
    const plaq_operator *op;
    const plaq_solver *how;
    const solve_method *method;
    plaq_columns *b, *x, *exact; /* in double; exact: r as it was renewed */
    plaq_columns *y, *r;         /* x and exact, or others in single precision, in units of `unit` */
    plaq_columns *work[SOLVE_WORK];
    algebra algebra;
    int columns;
    bool *running;            /* [columns] */
    bool renewed;             /* since the last step */
    double *estimate;         /* [columns]: |r|^2 in these units as far as the method knows; NaN: it broke down */
    double *size;             /* [columns]: |b|, or what residuals are relative to */
    double *unit;             /* [columns]: 1 in double; in single such that numbers of r are at first around one */
    double *best;             /* [columns]: the least residual so far */
    int last, stalled;        /* iteration of the last renewal; renewals in a row without progress */
    double complex *scratch;  /* [2][columns] */
    double complex *vectors;  /* [method->vectors][columns] */
    double complex *matrices; /* [method->matrices][columns][columns] */
    plaq_solution *solution;
};

extern const solve_method solve_cg, solve_bicgstab, solve_block_cg;

/** out = M in or M^dagger in. Collective. */
PLAQ_MUST_USE plaq_status solve_apply(solving *s, bool dagger, plaq_columns *in, plaq_columns *out);

/** a / b for columns that run; 0 for others, and where b is 0. */
double complex solve_ratio(const solving *s, int column, double complex a, double complex b);

/** As plaq_solve(), with residuals relative to @p size, [columns], in the place of |b|; NULL: |b|. */
PLAQ_MUST_USE plaq_status solve_relative(const plaq_operator *op, const plaq_solver *how, plaq_columns *b,
                                         plaq_columns *x, const double *size, plaq_solution *solution);

#endif
