/* The Lie algebra of SU(3) on all lanes: antihermitian traceless matrices, and their exponential.
 *
 * In a field a matrix X takes 8 reals, in the order of the struct: Im X_00, Im X_11, then re, im of X_01, X_02, X_12.
 */
#ifndef PLAQ_KERNEL_ALGEBRA_H
#define PLAQ_KERNEL_ALGEBRA_H

#include "kernel/su3.h"

typedef struct {
    vec diagonal[2]; /* Im X_00, Im X_11; Im X_22 is minus their sum */
    vec upper[3][2]; /* re, im of X_01, X_02, X_12 */
} algebra;

enum { ALGEBRA_REALS = 8 };

/* x = scale (m - m^dagger)/2 without its trace. 19 flops. */
INLINE void antihermitian(const su3 *m, real scale, algebra *x)
{
    const vec trace = (m->e[0][0][1] + m->e[1][1][1] + m->e[2][2][1]) * (real)(1.0 / 3.0);
    int k = 0;

    for (int i = 0; i < 2; i++) x->diagonal[i] = (m->e[i][i][1] - trace) * scale;
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++, k++) {
            x->upper[k][0] = (m->e[i][j][0] - m->e[j][i][0]) * (scale * (real)0.5);
            x->upper[k][1] = (m->e[i][j][1] + m->e[j][i][1]) * (scale * (real)0.5);
        }
}

/* -tr X Y */
INLINE vec minus_trace(const algebra *x, const algebra *y)
{
    const vec last = (x->diagonal[0] + x->diagonal[1]) * (y->diagonal[0] + y->diagonal[1]);
    vec off = x->upper[0][0] * y->upper[0][0], sum = last;

    off += x->upper[0][1] * y->upper[0][1];
    for (int k = 1; k < 3; k++) {
        off += x->upper[k][0] * y->upper[k][0];
        off += x->upper[k][1] * y->upper[k][1];
    }
    sum += x->diagonal[0] * y->diagonal[0];
    sum += x->diagonal[1] * y->diagonal[1];
    return sum + (off + off);
}

/* element k, l of x times v, added to re and im; k and l are constants once unrolled */
INLINE void add_element(const algebra *x, int k, int l, vec vr, vec vi, vec *re, vec *im)
{
    const int pair = k + l - 1;
    const vec xr = x->upper[pair][0], xi = x->upper[pair][1];

    if (k < l) {
        *re += xr * vr;
        *im += xr * vi;
    } else { /* minus the conjugate */
        *re -= xr * vr;
        *im -= xr * vi;
    }
    *re -= xi * vi;
    *im += xi * vr;
}

/* v_ki^* w_kj summed over k: element i, j of V^dagger W for V = u, or u^dagger */
INLINE void column_product(const su3 *u, form f, int i, const su3 *w, int j, vec *re, vec *im)
{
    *re = element_re(u, f, 0, i) * w->e[0][j][0];
    *im = element_re(u, f, 0, i) * w->e[0][j][1];
    *re += element_im(u, f, 0, i) * w->e[0][j][1];
    *im -= element_im(u, f, 0, i) * w->e[0][j][0];
#pragma GCC unroll 3
    for (int k = 1; k < 3; k++) {
        *re += element_re(u, f, k, i) * w->e[k][j][0];
        *im += element_re(u, f, k, i) * w->e[k][j][1];
        *re += element_im(u, f, k, i) * w->e[k][j][1];
        *im -= element_im(u, f, k, i) * w->e[k][j][0];
    }
}

/* y = V^dagger X V for V = u, or u^dagger: X carried along a link. As y has no trace, the first column of X V is not
 * needed. 198 flops. */
INLINE void carry(const algebra *x, const su3 *u, form f, algebra *y)
{
    const vec diagonal[3] = {x->diagonal[0], x->diagonal[1], -(x->diagonal[0] + x->diagonal[1])};
    vec real_part, last;
    su3 xv;

    FENCE;
#pragma GCC unroll 2
    for (int j = 1; j < 3; j++)
#pragma GCC unroll 3
        for (int k = 0; k < 3; k++) {
            vec re = -diagonal[k] * element_im(u, f, k, j), im = diagonal[k] * element_re(u, f, k, j);

#pragma GCC unroll 3
            for (int l = 0; l < 3; l++)
                if (l != k) add_element(x, k, l, element_re(u, f, l, j), element_im(u, f, l, j), &re, &im);
            xv.e[k][j][0] = re;
            xv.e[k][j][1] = im;
        }
    column_product(u, f, 0, &xv, 1, &y->upper[0][0], &y->upper[0][1]);
    column_product(u, f, 0, &xv, 2, &y->upper[1][0], &y->upper[1][1]);
    column_product(u, f, 1, &xv, 2, &y->upper[2][0], &y->upper[2][1]);
    column_product(u, f, 1, &xv, 1, &real_part, &y->diagonal[1]);
    column_product(u, f, 2, &xv, 2, &real_part, &last);
    y->diagonal[0] = -(y->diagonal[1] + last);
}

INLINE void set_none(algebra *x)
{
    for (int i = 0; i < ALGEBRA_REALS; i++) (&x->diagonal[0])[i] = all_lanes(0);
}

INLINE void algebra_past(algebra *to, const algebra *from)
{
    put_past(&to->diagonal[0], &from->diagonal[0], ALGEBRA_REALS);
}

/* y += number x */
INLINE void add_scaled(algebra *y, real number, const algebra *x)
{
    for (int i = 0; i < ALGEBRA_REALS; i++) (&y->diagonal[0])[i] += number * (&x->diagonal[0])[i];
}

/* exp X - 1: 1/k! from k = 1 on, as many as plaq_exponential_terms() may ask for */
static const real series[PLAQ_EXPONENTIAL_MAX + 1] = {
    0,
    1,
    (real)0.5,
    (real)0.16666666666666666,
    (real)0.041666666666666664,
    (real)0.0083333333333333332,
    (real)0.0013888888888888889,
    (real)0.00019841269841269841,
    (real)2.4801587301587302e-05,
    (real)2.7557319223985893e-06,
    (real)2.7557319223985888e-07,
    (real)2.505210838544172e-08,
    (real)2.08767569878681e-09,
    (real)1.6059043836821613e-10,
    (real)1.1470745597729725e-11,
    (real)7.6471637318198164e-13,
    (real)4.7794773323873853e-14,
    (real)2.8114572543455206e-15,
    (real)1.5619206968586225e-16,
    (real)8.2206352466243295e-18,
    (real)4.1103176233121648e-19,
    (real)1.9572941063391263e-20,
    (real)8.8967913924505741e-22,
    (real)3.8681701706306835e-23,
    (real)1.6117375710961184e-24,
    (real)6.4469502843844736e-26,
    (real)2.4795962632247972e-27,
    (real)9.183689863795546e-29,
    (real)3.2798892370698378e-30,
    (real)1.1309962886447718e-31,
    (real)3.7699876288159054e-33,
    (real)1.2161250415535181e-34,
    (real)3.8003907548547441e-36,
    (real)1.1516335620771951e-37,
    (real)3.3871575355211618e-39,
    (real)9.6775929586318907e-41,
    (real)2.688220266286636e-42,
    (real)7.2654601791530714e-44,
    (real)1.911963205040282e-45,
    (real)4.9024697565135435e-47,
    (real)1.225617439128386e-48,
    (real)2.9893108271424046e-50,
    (real)7.117406731291439e-52,
    (real)1.6552108677421951e-53,
    (real)3.7618428812322616e-55,
    (real)8.3596508471828045e-57,
    (real)1.817315401561479e-58,
    (real)3.866628513960594e-60,
    (real)8.0554760707512382e-62,
};

/* exp X - 1 by Cayley and Hamilton: X^3 = -t X + i d with t = -tr X^2 / 2 and det X = i d, so that Horner's scheme for
 * the first `terms` powers of the series goes on three numbers, exp X = q0 + q1 X + q2 X^2. The one is left away: added
 * to a small X it would round x^2/2 off the diagonal, and links of floats would grow, a little each time and always.
 * The number of terms does not depend on X (plaq_exponential_terms() finds it from a bound), so no lane looks at
 * another. 144 + 7 terms flops. Reference: C. Morningstar, M. Peardon, Phys. Rev. D 69 (2004) 054501. */
INLINE void exponential_minus_one(const algebra *x, int terms, su3 *m)
{
    const vec a = x->diagonal[0], b = x->diagonal[1], c = -(a + b);
    const vec ur = x->upper[0][0], ui = x->upper[0][1]; /* 01 */
    const vec vr = x->upper[1][0], vi = x->upper[1][1]; /* 02 */
    const vec wr = x->upper[2][0], wi = x->upper[2][1]; /* 12 */
    const vec uu = ur * ur + ui * ui, vv = vr * vr + vi * vi, ww = wr * wr + wi * wi;

    /* Y = X^2, hermitian */
    const vec y0 = -(a * a + (uu + vv)), y1 = -(b * b + (uu + ww)), y2 = -(c * c + (vv + ww));
    const vec yur = c * ui - (vr * wr + vi * wi), yui = (vr * wi - vi * wr) - c * ur;
    const vec yvr = b * vi + (ur * wr - ui * wi), yvi = (ur * wi + ui * wr) - b * vr;
    const vec ywr = a * wi - (ur * vr + ui * vi), ywi = (ui * vr - ur * vi) - a * wr;

    const vec t = (y0 + y1 + y2) * (real)-0.5;
    const vec off = (ui * yur - ur * yui) + (vi * yvr - vr * yvi) + (wi * ywr - wr * ywi);
    const vec d = ((a * y0 + b * y1 + c * y2) + (off + off)) * (real)(1.0 / 3.0); /* det X = tr X^3 / 3 */

    vec q0r = all_lanes(series[terms]), q0i = all_lanes(0);
    vec q1r = q0i, q1i = q0i, q2r = q0i, q2i = q0i;

    for (int k = terms - 1; k >= 0; k--) {
        const vec r0 = series[k] - d * q2i, i0 = d * q2r;
        const vec r1 = q0r - t * q2r, i1 = q0i - t * q2i;

        q2r = q1r, q2i = q1i;
        q1r = r1, q1i = i1;
        q0r = r0, q0i = i0;
    }

#define DIAGONAL(i, im, y)                    \
    m->e[i][i][0] = q0r - q1i * im + q2r * y; \
    m->e[i][i][1] = q0i + q1r * im + q2i * y;
#define PAIR(i, j, xr, xi, yr, yi)                                                  \
    do {                                                                            \
        const vec er = q2r * yr - q1i * xi, ei = q2r * yi + q1i * xr; /* of both */ \
        const vec fr = q1r * xr - q2i * yi, fi = q1r * xi + q2i * yr;               \
        m->e[i][j][0] = er + fr;                                                    \
        m->e[i][j][1] = ei + fi;                                                    \
        m->e[j][i][0] = er - fr;                                                    \
        m->e[j][i][1] = fi - ei;                                                    \
    } while (0)

    DIAGONAL(0, a, y0)
    DIAGONAL(1, b, y1)
    DIAGONAL(2, c, y2)
    PAIR(0, 1, ur, ui, yur, yui);
    PAIR(0, 2, vr, vi, yvr, yvi);
    PAIR(1, 2, wr, wi, ywr, ywi);
#undef DIAGONAL
#undef PAIR
}

/* v = exp(X) u as u + (exp X - 1) u: what is small is summed before it is added. v is not u. */
INLINE void turn(const algebra *x, int terms, const su3 *u, su3 *v)
{
    su3 m;

    exponential_minus_one(x, terms, &m);
    multiply(v, SET, &m, PLAIN, u, PLAIN);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) v->e[i][j][r] += u->e[i][j][r];
}

#endif
