/* Inside the room: linear algebra on fields of columns, a coefficient and a sum for each column.
 *
 * Vectors are the sets of a half. They are walked over once for a list of steps, piece by piece: what one step leaves
 * is still in cache for the next. Sums are kept in double in an order that depends on nothing but the ranks, and are
 * over all of these.
 */
#ifndef PLAQ_FERMION_ALGEBRA_H
#define PLAQ_FERMION_ALGEBRA_H

#include "kernel/kernel.h"
#include "plaq/fermion.h"

enum {
    ALGEBRA_COLUMNS = PLAQ_MIX_COLUMNS, /* at most, where there are matrices over all columns */
    ALGEBRA_STEPS = 8                   /* at most in a list */
};

typedef enum {
    ALGEBRA_AXPY, /* y += a x */
    ALGEBRA_XPAY, /* y = x + a y */
    ALGEBRA_NORM, /* sum = |x|^2, real */
    ALGEBRA_DOT,  /* sum = x^dagger y */
    ALGEBRA_GRAM, /* sum[k][l] = x_k^dagger y_l, for all columns k and l */
    ALGEBRA_MIX,  /* y_l += sum_k x_k a[k][l] */
    ALGEBRA_TURN  /* y_l = sum_k y_k a[k][l] */
} algebra_kind;

/* Coefficients and sums are arrays [columns], or [columns][columns]; x and y are of one precision and width. */
typedef struct {
    algebra_kind kind;
    const double complex *a;
    plaq_columns *x, *y;
    double complex *sum;
} algebra_step;

/* What the walk needs: a workspace. */
typedef struct {
    const plaq_lattice *lattice;
    plaq_half half;
    int columns;
    int width;       /* columns, filled up to whole blocks of either precision */
    double *partial; /* sums, [set][piece][sums] */
    void *packed;    /* coefficients in the precision of the fields */
    size_t room;     /* doubles, of a piece's sums and of the coefficients */
} algebra;

/** For steps that come to at most @p vectors coefficients or sums of a column, @p matrices of them. Collective. */
PLAQ_MUST_USE plaq_status algebra_create(const plaq_columns *like, plaq_half half, int vectors, int matrices,
                                         algebra *w);
void algebra_clear(algebra *w);

/** Whether a set is one of the vectors'. */
bool algebra_has(const algebra *w, int set);

/** Runs @p n steps, one after the other on each site; sums are there when it returns. Collective. */
void algebra_run(algebra *w, int n, const algebra_step steps[]);

#endif
