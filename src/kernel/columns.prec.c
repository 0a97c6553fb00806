/* Linear algebra of fields of columns: a vector is LANES columns, each with a coefficient of its own. Fields come as n
 * complex numbers [n][re, im][LANES], coefficients as [re, im][LANES], those that belong to another column k as
 * [k][re, im][LANES]. Sums are kept in double.
 *
 * Flops a complex number and column, and numbers read and written: axpy and xpay 8 and 3, norm 4 and 1, dot 8 and 2;
 * for m columns gram 8 m and 2, mix 8 m and 3. All but the last two are bound by bandwidth: callers hand over pieces
 * that stay in cache from one kernel to the next.
 */
#include <stddef.h>

#include "kernel/su3.h"

typedef vec pair[2];

void P(columns_axpy)(int n, const void *a, const void *x, void *y)
{
    const vec re = ((const vec *)a)[0], im = ((const vec *)a)[1];
    const pair *in = x;
    pair *out = y;

    for (int i = 0; i < n; i++) {
        const vec u = in[i][0], v = in[i][1];

        out[i][0] += re * u - im * v;
        out[i][1] += re * v + im * u;
    }
}

void P(columns_xpay)(int n, const void *a, const void *x, void *y)
{
    const vec re = ((const vec *)a)[0], im = ((const vec *)a)[1];
    const pair *in = x;
    pair *out = y;

    for (int i = 0; i < n; i++) {
        const vec u = out[i][0], v = out[i][1];

        out[i][0] = in[i][0] + (re * u - im * v);
        out[i][1] = in[i][1] + (re * v + im * u);
    }
}

enum { SHORT = 12 }; /* so many numbers are summed in the precision of the field, then in double */

INLINE void add_to(double *sum, vec terms)
{
    *(lanes_double *)sum += TO_DOUBLE(terms);
}

void P(columns_norm)(int n, const void *x, double *sum)
{
    const pair *in = x;

    for (int i = 0; i < n;) {
        const int end = i + SHORT < n ? i + SHORT : n;
        vec s = {0};

        for (; i < end; i++) s += in[i][0] * in[i][0] + in[i][1] * in[i][1];
        add_to(sum, s);
    }
}

void P(columns_dot)(int n, const void *x, const void *y, double *sum)
{
    const pair *a = x, *b = y;

    for (int i = 0; i < n;) {
        const int end = i + SHORT < n ? i + SHORT : n;
        vec re = {0}, im = {0};

        for (; i < end; i++) {
            re += a[i][0] * b[i][0] + a[i][1] * b[i][1];
            im += a[i][0] * b[i][1] - a[i][1] * b[i][0];
        }
        add_to(sum, re);
        add_to(sum + LANES, im);
    }
}

/* conj(x) y of the columns k..k+3 of x, at most `most` of them, with all lanes of y */
INLINE void gram_of_four(int n, int most, const pair *a, int k, const pair *b, double *sum)
{
    for (int i = 0; i < n;) {
        const int end = i + SHORT < n ? i + SHORT : n;
        vec re[4] = {0}, im[4] = {0};

        for (; i < end; i++)
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) {
                const int l = j < most ? k + j : k;
                const real u = LANE(a[i][0], l), v = LANE(a[i][1], l);

                re[j] += u * b[i][0] + v * b[i][1];
                im[j] += u * b[i][1] - v * b[i][0];
            }
        for (int j = 0; j < most; j++) {
            add_to(sum + (2 * (size_t)j) * LANES, re[j]);
            add_to(sum + (2 * (size_t)j + 1) * LANES, im[j]);
        }
    }
}

void P(columns_gram)(int n, int columns, const void *x, const void *y, double *sum)
{
    for (int k = 0; k < columns; k += 4)
        gram_of_four(n, columns - k < 4 ? columns - k : 4, x, k, y, sum + 2 * (size_t)k * LANES);
}

/* `width` numbers from i on of all columns of x, with the coefficients of one block, into sum */
INLINE void mix_some(int width, int i, int columns, const void *const x[], const pair *c, pair *sum)
{
    for (int k = 0; k < columns; k++) {
        const pair *in = (const pair *)x[k / LANES] + i;

#pragma GCC unroll 4
        for (int j = 0; j < width; j++) {
            const real u = LANE(in[j][0], k % LANES), v = LANE(in[j][1], k % LANES);

            sum[j][0] += u * c[k][0] - v * c[k][1];
            sum[j][1] += u * c[k][1] + v * c[k][0];
        }
    }
}

/* x is read before y is written: they may be the same */
INLINE void mix_into(int width, int i, int columns, int blocks, const void *const x[], const pair *c, bool add,
                     void *const y[])
{
    pair sum[PLAQ_MIX_COLUMNS / LANES][4];

    for (int b = 0; b < blocks; b++) {
        pair s[4] = {0};

        if (add)
            for (int j = 0; j < width; j++)
                for (int e = 0; e < 2; e++) s[j][e] = ((pair *)y[b])[i + j][e];
        mix_some(width, i, columns, x, c + (size_t)b * (size_t)columns, s);
        for (int j = 0; j < width; j++)
            for (int e = 0; e < 2; e++) sum[b][j][e] = s[j][e];
    }
    for (int b = 0; b < blocks; b++)
        for (int j = 0; j < width; j++)
            for (int e = 0; e < 2; e++) ((pair *)y[b])[i + j][e] = sum[b][j][e];
}

void P(columns_mix)(int n, int columns, int blocks, const void *const x[], const void *c, bool add, void *const y[])
{
    int i = 0;

    for (; i + 4 <= n; i += 4) mix_into(4, i, columns, blocks, x, c, add, y);
    for (; i < n; i++) mix_into(1, i, columns, blocks, x, c, add, y);
}
