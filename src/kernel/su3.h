/* SU(3) on all lanes.
 *
 * A product of matrices is built up column of the left times row of the right, its elements staying in registers: a
 * load serves three multiplications or six. Where there are few registers, the product is made a column at a time.
 * 198 flops; the sum of each element is taken in the same order in all variants.
 */
#ifndef PLAQ_KERNEL_SU3_H
#define PLAQ_KERNEL_SU3_H

#include "kernel/prec.h"

#define INLINE static inline __attribute__((always_inline))

/* a row: [column][re, im] */
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

/* sites apart in memory from which on a neighbour is not of the same tile, so not in cache yet: two slices of a tile */
enum { FAR = 128 };

INLINE bool is_far(int y, int x)
{
    return y > x + FAR || y < x - FAR;
}

/* the site to ask for while x is worked on */
INLINE int soon_after(int x, int end)
{
    return x + 2 < end ? x + 2 : end - 1;
}

INLINE void ask_for(const void *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)memory + i, 0, 2);
}

/* v times a factor that a float would round */
INLINE void put_scaled(double *density, vec v, double factor)
{
    *(lanes_double *)density = TO_DOUBLE(v) * factor;
}

/* Asks for what a site soon to come will be the first to need of its neighbours' links: in the order of the body, those
 * of the one ahead in t, and of those outside of its tile. They come from memory while two sites are worked on. */
INLINE void ask_ahead(const site_links *u, const int (*nb)[8], int x, int end)
{
    const int soon = soon_after(x, end);

    for (int k = 0; k < 8; k++)
        if (k == 3 || is_far(nb[soon][k], x)) ask_for(&u[nb[soon][k]], sizeof *u);
}

/* Writes n vectors past the caches, which keep what is read again: for results that are not needed soon. */
INLINE void put_past(vec *to, const vec *from, size_t n)
{
#if LANES > 1 && defined __AVX__
    for (size_t i = 0; i < n; i++) __asm__ volatile("vmovntps %1, %0" : "=m"(to[i]) : "v"(from[i]));
#else
    for (size_t i = 0; i < n; i++) to[i] = from[i];
#endif
}

/* how a factor enters a product, and where the product goes */
typedef enum { PLAIN, DAGGER } form;
typedef enum { SET, ADD, SUBTRACT } into;

/* columns of a product made at a time */
enum { COLUMNS = sizeof(vec) == 64 || LANES == 1 ? 3 : 1 };

/* Between products: the compiler is not to load early for the next one what it then has no registers for. */
#define FENCE __asm__ volatile("" ::: "memory")

INLINE vec element_re(const su3 *m, form f, int i, int j)
{
    return f == PLAIN ? m->e[i][j][0] : m->e[j][i][0];
}

INLINE vec element_im(const su3 *m, form f, int i, int j)
{
    return f == PLAIN ? m->e[i][j][1] : -m->e[j][i][1];
}

/* columns from j0 on of what multiply() gives */
INLINE void multiply_columns(su3 *c, into how, const su3 *a, form fa, const su3 *b, form fb, int j0)
{
    vec sum[3][COLUMNS][2];

#pragma GCC unroll 3
    for (int k = 0; k < 3; k++)
#pragma GCC unroll 3
        for (int j = 0; j < COLUMNS; j++)
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++) {
                const vec ar = element_re(a, fa, i, k), ai = element_im(a, fa, i, k);
                const vec br = element_re(b, fb, k, j0 + j), bi = element_im(b, fb, k, j0 + j);
                vec re, im;

                if (how == SET && k == 0) {
                    re = ar * br;
                    im = ar * bi;
                } else {
                    re = k ? sum[i][j][0] : c->e[i][j0 + j][0];
                    im = k ? sum[i][j][1] : c->e[i][j0 + j][1];
                    re = how == SUBTRACT ? re - ar * br : re + ar * br;
                    im = how == SUBTRACT ? im - ar * bi : im + ar * bi;
                }
                sum[i][j][0] = how == SUBTRACT ? re + ai * bi : re - ai * bi;
                sum[i][j][1] = how == SUBTRACT ? im - ai * br : im + ai * br;
            }
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++)
#pragma GCC unroll 3
        for (int j = 0; j < COLUMNS; j++)
            for (int r = 0; r < 2; r++) c->e[i][j0 + j][r] = sum[i][j][r];
}

/* c = a b, c += a b or c -= a b, where a and b may be daggered; c is neither of them */
INLINE void multiply(su3 *c, into how, const su3 *a, form fa, const su3 *b, form fb)
{
    FENCE;
#pragma GCC unroll 3
    for (int j0 = 0; j0 < 3; j0 += COLUMNS) multiply_columns(c, how, a, fa, b, fb, j0);
}

INLINE void set_zero(su3 *m)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) m->e[i][j][0] = m->e[i][j][1] = all_lanes(0);
}

/* Re tr a b^dagger */
INLINE vec trace_re(const su3 *a, const su3 *b)
{
    vec sum[2] = {all_lanes(0), all_lanes(0)};

    FENCE;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) sum[r] += a->e[i][j][r] * b->e[i][j][r];
    return sum[0] + sum[1];
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* r = row i of m */
INLINE void row_get(row r, const su3 *m, int i)
{
    for (int k = 0; k < 3; k++) {
        r[k][0] = m->e[i][k][0];
        r[k][1] = m->e[i][k][1];
    }
}

INLINE void row_put(su3 *m, int i, const row r)
{
    for (int k = 0; k < 3; k++) {
        m->e[i][k][0] = r[k][0];
        m->e[i][k][1] = r[k][1];
    }
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

/* c = conj(a x b) */
INLINE void row_cross(row c, const row a, const row b)
{
    for (int k = 0; k < 3; k++) {
        const int i = (k + 1) % 3, j = (k + 2) % 3;
        vec re = a[i][0] * b[j][0], im = a[j][0] * b[i][1];

        re -= a[i][1] * b[j][1];
        re -= a[j][0] * b[i][0];
        re += a[j][1] * b[i][1];
        im += a[j][1] * b[i][0];
        im -= a[i][0] * b[j][1];
        im -= a[i][1] * b[j][0];
        c[k][0] = re;
        c[k][1] = im;
    }
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
