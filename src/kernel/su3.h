/* SU(3) on all lanes, row by row.
 *
 * A product of matrices is computed one row of the left factor at a time: a row and its product are twelve registers,
 * so that chains of products stay in them. A row is vec[3][2]: [column][re, im]. One row times a matrix is 66 flops.
 */
#ifndef PLAQ_KERNEL_SU3_H
#define PLAQ_KERNEL_SU3_H

#include "kernel/prec.h"

#define INLINE static inline __attribute__((always_inline))

typedef vec row[3][2];

/* the links of a vector site, [mu] */
typedef su3 site_links[4];

#if LANES == 1
typedef double lanes_double;
#define TO_DOUBLE(v) ((double)(v))
#else
typedef double lanes_double __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
#define TO_DOUBLE(v) __builtin_convertvector((v), lanes_double)
#endif

/* the same number in all lanes */
INLINE vec all_lanes(real value)
{
    return value - (vec){0};
}

/* v into the next LANES doubles of a density */
INLINE void put_density(double *density, vec v)
{
    *(lanes_double *)density = TO_DOUBLE(v);
}

/* r = row i of m */
INLINE void row_get(row r, const su3 *m, int i)
{
    for (int k = 0; k < 3; k++) {
        r[k][0] = m->e[i][k][0];
        r[k][1] = m->e[i][k][1];
    }
}

/* r = row i of m^dagger */
INLINE void row_get_dagger(row r, const su3 *m, int i)
{
    for (int k = 0; k < 3; k++) {
        r[k][0] = m->e[k][i][0];
        r[k][1] = -m->e[k][i][1];
    }
}

INLINE void row_put(su3 *m, int i, const row r)
{
    for (int k = 0; k < 3; k++) {
        m->e[i][k][0] = r[k][0];
        m->e[i][k][1] = r[k][1];
    }
}

INLINE void row_negate(row r)
{
    for (int k = 0; k < 3; k++) {
        r[k][0] = -r[k][0];
        r[k][1] = -r[k][1];
    }
}

/* r = x m (from = 0), or r += x m where the caller has put something in r (add) */
INLINE void row_times(row r, const row x, const su3 *m, bool add)
{
    for (int j = 0; j < 3; j++) {
        vec re, im;

        if (add) {
            re = r[j][0] + x[0][0] * m->e[0][j][0];
            im = r[j][1] + x[0][0] * m->e[0][j][1];
        } else {
            re = x[0][0] * m->e[0][j][0];
            im = x[0][0] * m->e[0][j][1];
        }
        re -= x[0][1] * m->e[0][j][1];
        im += x[0][1] * m->e[0][j][0];
        for (int k = 1; k < 3; k++) {
            re += x[k][0] * m->e[k][j][0];
            im += x[k][0] * m->e[k][j][1];
            re -= x[k][1] * m->e[k][j][1];
            im += x[k][1] * m->e[k][j][0];
        }
        r[j][0] = re;
        r[j][1] = im;
    }
}

/* the same with m^dagger */
INLINE void row_times_dagger(row r, const row x, const su3 *m, bool add)
{
    for (int j = 0; j < 3; j++) {
        vec re, im;

        if (add) {
            re = r[j][0] + x[0][0] * m->e[j][0][0];
            im = r[j][1] + x[0][1] * m->e[j][0][0];
        } else {
            re = x[0][0] * m->e[j][0][0];
            im = x[0][1] * m->e[j][0][0];
        }
        re += x[0][1] * m->e[j][0][1];
        im -= x[0][0] * m->e[j][0][1];
        for (int k = 1; k < 3; k++) {
            re += x[k][0] * m->e[j][k][0];
            im += x[k][1] * m->e[j][k][0];
            re += x[k][1] * m->e[j][k][1];
            im -= x[k][0] * m->e[j][k][1];
        }
        r[j][0] = re;
        r[j][1] = im;
    }
}

INLINE void row_mul(row r, const row x, const su3 *m)
{
    row_times(r, x, m, false);
}

INLINE void row_mul_add(row r, const row x, const su3 *m)
{
    row_times(r, x, m, true);
}

INLINE void row_mul_dagger(row r, const row x, const su3 *m)
{
    row_times_dagger(r, x, m, false);
}

INLINE void row_mul_dagger_add(row r, const row x, const su3 *m)
{
    row_times_dagger(r, x, m, true);
}

/* Re x y^dagger */
INLINE vec row_dot(const row x, const row y)
{
    vec sum = x[0][0] * y[0][0];

    sum += x[0][1] * y[0][1];
    for (int k = 1; k < 3; k++) {
        sum += x[k][0] * y[k][0];
        sum += x[k][1] * y[k][1];
    }
    return sum;
}

/* lane by lane the square root */
INLINE vec square_root(vec v)
{
    for (int l = 0; l < LANES; l++)
        LANE(v, l) = sizeof(real) == sizeof(float) ? (real)__builtin_sqrtf((float)LANE(v, l))
                                                   : (real)__builtin_sqrt((double)LANE(v, l));
    return v;
}

#endif
