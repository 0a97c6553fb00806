/* The SU(3) matrix nearest to any other, on all lanes.
 *
 * Of W = V H, V unitary and H = (W^dagger W)^(1/2) positive, follow two matrices of SU(3):
 *
 *     polar   U = V det(V)^(-1/3), the cube root of phase between -pi/3 and pi/3
 *     trace   the U that maximises Re tr U^dagger W
 *
 * V is the limit of X -> (g X + X^(-dagger)/g)/2, X = W at first, with g = (|X^-1| / |X|)^(1/2) in Frobenius norms,
 * after two turns one.
 *
 * The maximum is where U^dagger W is hermitian but for a multiple of one. So U = V Z with Z a function of H: to the
 * eigenvalue h_k of H belongs a phase z_k = exp(i theta_k) with
 *
 *     h_k sin theta_k the same for all k,    theta_1 + theta_2 + theta_3 = phi,    exp(-i phi) = det V.
 *
 * With h_3 the least eigenvalue, theta_1 and theta_2 (below pi/2) are functions of theta_3 (below pi), and their sum G
 * is concave and rises until it is phi: Newton's steps from theta_3 = phi/3, where G is too small, never pass the root.
 * It is the global maximum; ascending from some link, as sweeps over SU(2) subgroups do, may end in a local one where
 * |phi| > pi/2.
 *
 * Both iterations go on until every lane has converged. A lane that has is left as it is, so that its bits depend on
 * no other. What never does, a singular matrix or one that holds NaN, is told to the caller.
 *
 * References: N. J. Higham, SIAM J. Sci. Stat. Comput. 7 (1986) 1160, for V and g.
 */
#ifndef PLAQ_KERNEL_PROJECT_H
#define PLAQ_KERNEL_PROJECT_H

#include "kernel/su3.h"

/* true or false on every lane: all bits of the lane, or none */
#ifdef PREC_DOUBLE
typedef int64_t mask_element;
#else
typedef int32_t mask_element;
#endif
#if LANES == 1
typedef mask_element mask;
#else
typedef mask_element mask __attribute__((vector_size(LANES * sizeof(real)), may_alias));
#endif

/* a complex number of magnitude one on every lane */
typedef struct {
    vec re, im;
} phase;

enum {
    PROJECT_TURNS = 60, /* far beyond what matrices need that converge at all */
    BATCH = 4           /* matrices projected together */
};

#ifdef PREC_DOUBLE
#define ROUNDING       0x1p-52
#define ROUNDING_THIRD 0x1p-17 /* its third root */
#else
#define ROUNDING       0x1p-23
#define ROUNDING_THIRD 0x1p-8
#endif

/* a where m is true, b elsewhere. By bits also in one lane: a branch would let the compiler move products to where it
 * fuses others of them with additions than in many lanes. */
INLINE vec pick(mask m, vec a, vec b)
{
#if LANES == 1
    union {
        vec v;
        mask m;
    } x = {a}, y = {b};

    x.m = (x.m & m) | (y.m & ~m);
    return x.v;
#else
    return (vec)(((mask)a & m) | ((mask)b & ~m));
#endif
}

/* where a <= b */
INLINE mask at_most(vec a, vec b)
{
#if LANES == 1
    return -(mask)(a <= b);
#else
    return a <= b;
#endif
}

INLINE mask everywhere(void)
{
    return at_most(all_lanes(0), all_lanes(0));
}

/* lanes on which m is true */
INLINE int count_lanes(mask m)
{
    int n = 0;

    for (int l = 0; l < LANES; l++) n -= (int)((const mask_element *)&m)[l];
    return n;
}

INLINE vec larger_of(vec a, real b)
{
    return pick(at_most(a, all_lanes(b)), all_lanes(b), a);
}

/* 1 or -1 */
INLINE vec sign_of(vec v)
{
    for (int l = 0; l < LANES; l++) LANE(v, l) = (real)__builtin_copysign(1.0, (double)LANE(v, l));
    return v;
}

INLINE phase phase_times(phase a, phase b)
{
    phase c = {a.re * b.re, a.re * b.im};

    c.re -= a.im * b.im;
    c.im += a.im * b.re;
    return c;
}

/* a turned by an angle 2 atan(d/2 + d^3/24), which is short of d = p/q by d^5/120 */
INLINE phase phase_turn(phase a, vec p, vec q)
{
    const vec pp = p * p, qq = q * q;
    const vec x = p * (pp + qq * (real)12), y = q * qq * (real)24;
    const vec xx = x * x, yy = y * y, scale = (real)1 / (xx + yy);

    return phase_times(a, (phase){(yy - xx) * scale, (x + x) * y * scale});
}

/* exp(i phi/3) of a = exp(i phi), phi in [0, pi]: a fit in cos phi and sin phi to 1.2e-3, scaled to magnitude one, then
 * turned by a third of what its third power lacks. Series go to where the next term is below rounding. */
INLINE phase phase_third(phase a)
{
    const vec c = a.re, s = a.im;
    phase r, cube;
    vec e, d, dd;

    r.re = (((real)-0.0489028 * c + (real)0.0354803) * c + (real)0.2983071) * c + (real)0.7145496;
    r.re += (((real)-0.0082286 * c - (real)0.1292312) * c + (real)0.1515020) * s;
    r.im = (((real)0.0847022 * c + (real)0.0204845) * c - (real)0.5166830) * c + (real)0.4125454;
    r.im += (((real)-0.0047508 * c + (real)0.2238350) * c + (real)0.0874697) * s;

    e = r.re * r.re - (real)1;
    e += r.im * r.im;
    e *= (real)-0.5 + e * ((real)0.375 + e * ((real)-0.3125 + e * ((real)0.2734375 - e * (real)0.24609375)));
    r.re += e * r.re;
    r.im += e * r.im;

    cube = phase_times(r, phase_times(r, r));
    d = s * cube.re;
    d -= c * cube.im;
    dd = d * d;
    d *= (real)(1.0 / 3) + dd * ((real)(1.0 / 18) + dd * (real)(1.0 / 40)); /* asin(d)/3 */
    dd = d * d;
    return phase_times(r, (phase){(real)1 - dd * ((real)0.5 - dd * (real)(1.0 / 24)),
                                  d * ((real)1 - dd * ((real)(1.0 / 6) - dd * (real)(1.0 / 120)))});
}

/* ---- the unitary factor ------------------------------------------------------------------------------------------ */

/* y = conj(det x) x^(-dagger), the conjugate cofactors; returns det x */
INLINE phase cofactors(const su3 *x, su3 *y)
{
    row r[3], c;
    phase det;

    for (int i = 0; i < 3; i++) row_get(r[i], x, i);
    for (int i = 0; i < 3; i++) {
        row_cross(c, r[(i + 1) % 3], r[(i + 2) % 3]);
        row_put(y, i, c);
    }
    det.re = r[0][0][0] * y->e[0][0][0];
    det.im = r[0][0][1] * y->e[0][0][0];
    det.re += r[0][0][1] * y->e[0][0][1];
    det.im -= r[0][0][0] * y->e[0][0][1];
    for (int k = 1; k < 3; k++) {
        det.re += r[0][k][0] * y->e[0][k][0];
        det.im += r[0][k][1] * y->e[0][k][0];
        det.re += r[0][k][1] * y->e[0][k][1];
        det.im -= r[0][k][0] * y->e[0][k][1];
    }
    return det;
}

/* u = m z */
INLINE void times_phase(const su3 *m, phase z, su3 *u)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const phase e = phase_times((phase){m->e[i][j][0], m->e[i][j][1]}, z);

            u->e[i][j][0] = e.re;
            u->e[i][j][1] = e.im;
        }
}

/* y = x^(-dagger); returns |y|^2 */
INLINE vec inverse_dagger(const su3 *x, su3 *y)
{
    const phase det = cofactors(x, y);
    const vec scale = (real)1 / (det.re * det.re + det.im * det.im);
    const vec norm = trace_re(y, y) * scale;

    times_phase(y, (phase){det.re * scale, det.im * scale}, y);
    return norm;
}

/* x -> g^2 x + x^(-dagger), of which the magnitude has still to be set: the next turn does not depend on it */
INLINE void first_turn(su3 *x)
{
    su3 y;
    const vec yy = inverse_dagger(x, &y), a = square_root(yy / trace_re(x, x));

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) x->e[i][j][r] = a * x->e[i][j][r] + y.e[i][j][r];
}

/* x -> (g x + x^(-dagger)/g)/2 */
INLINE void second_turn(su3 *x)
{
    const real half = (real)0.5;
    su3 y;
    const vec yy = inverse_dagger(x, &y), g = square_root(square_root(yy / trace_re(x, x)));
    const vec a = g * half, b = half / g;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) x->e[i][j][r] = a * x->e[i][j][r] + b * y.e[i][j][r];
}

/* The same with g = 1 where todo is true. Returns |x^(-dagger) - x|^2, the sum of (1/h_k - h_k)^2, of before; the turn
 * makes (h_k - 1)^2/2 of h_k - 1. */
INLINE vec later_turn(su3 *x, mask todo)
{
    vec sum[2] = {all_lanes(0), all_lanes(0)};
    su3 y;

    inverse_dagger(x, &y);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) {
                const vec d = y.e[i][j][r] - x->e[i][j][r];

                sum[r] += d * d;
                x->e[i][j][r] += pick(todo, d * (real)0.5, all_lanes(0));
            }
    return sum[0] + sum[1];
}

/* x = V of x = V H for n matrices, in place; todo: where it did not converge. Several matrices take turns, as each
 * one's turn is a long chain of operations that wait for each other. */
INLINE void polar(su3 x[], int n, mask todo[])
{
    int left = n;

    for (int k = 0; k < n; k++) first_turn(&x[k]);
    for (int k = 0; k < n; k++) second_turn(&x[k]);
    for (int k = 0; k < n; k++) todo[k] = everywhere();
    for (int turn = 0; turn < PROJECT_TURNS && left; turn++) {
        left = 0;
        for (int k = 0; k < n; k++) {
            todo[k] &= ~at_most(later_turn(&x[k], todo[k]), all_lanes((real)(4 * ROUNDING)));
            left += count_lanes(todo[k]);
        }
    }
}

/* ---- the phases of determinant one ------------------------------------------------------------------------------ */

/* exp(i phi) of which exp(-i phi) = det v, with phi in [0, pi]; sign: that of the true phi */
INLINE phase missing_phase(const su3 *v, vec *sign)
{
    su3 y;
    const phase det = cofactors(v, &y); /* but for one row of y, nobody asks */

    *sign = sign_of(-det.im);
    return (phase){det.re, -*sign * det.im};
}

/* a hermitian matrix */
typedef struct {
    vec diagonal[3];
    vec upper[3][2]; /* 01, 02, 12 */
} hermitian;

/* k = v^dagger w, known to be hermitian, without its trace; returns a third of the trace */
INLINE vec hermitian_product(const su3 *v, const su3 *w, hermitian *k)
{
    vec trace;
    int n = 0;

    for (int i = 0; i < 3; i++)
        for (int j = i; j < 3; j++) {
            vec re = v->e[0][i][0] * w->e[0][j][0], im = v->e[0][i][0] * w->e[0][j][1];

            re += v->e[0][i][1] * w->e[0][j][1];
            im -= v->e[0][i][1] * w->e[0][j][0];
            for (int c = 1; c < 3; c++) {
                re += v->e[c][i][0] * w->e[c][j][0];
                im += v->e[c][i][0] * w->e[c][j][1];
                re += v->e[c][i][1] * w->e[c][j][1];
                im -= v->e[c][i][1] * w->e[c][j][0];
            }
            if (i == j) {
                k->diagonal[i] = re;
            } else {
                k->upper[n][0] = re;
                k->upper[n++][1] = im;
            }
        }
    trace = (k->diagonal[0] + k->diagonal[1] + k->diagonal[2]) * (real)(1.0 / 3.0);
    for (int i = 0; i < 3; i++) k->diagonal[i] -= trace;
    return trace;
}

INLINE vec square_of(const vec z[2])
{
    return z[0] * z[0] + z[1] * z[1];
}

/* Eigenvalues x[0] >= x[1] >= x[2] of a traceless k: 2 p cos of (angle + 0, 4, 2 pi)/3, cos(angle) = det k / (2 p^3).
 * Where two nearly coincide they come with an error of opposite signs, which functions of k do not feel. */
INLINE void eigenvalues(const hermitian *k, vec x[3])
{
    const real root3 = (real)1.7320508075688772;
    const vec *d = k->diagonal, *u = k->upper[0], *v = k->upper[1], *w = k->upper[2];
    const vec uu = square_of(u), vv = square_of(v), ww = square_of(w);
    vec pp = d[0] * d[0], det = d[0] * d[1] * d[2], off, cosine;

    pp += d[1] * d[1];
    pp += d[2] * d[2];
    pp = (pp + (uu + vv + ww) * (real)2) * (real)(1.0 / 6.0) + (real)(ROUNDING * ROUNDING * ROUNDING);
    off = (u[0] * w[0] - u[1] * w[1]) * v[0];
    off += (u[0] * w[1] + u[1] * w[0]) * v[1];
    det += off + off;
    det -= d[0] * ww;
    det -= d[1] * vv;
    det -= d[2] * uu;

    const vec p = square_root(pp);

    cosine = det * (real)0.5 / (pp * p);
    cosine = larger_of(-larger_of(-cosine, -1), -1);

    const phase third = phase_third((phase){cosine, square_root(larger_of((real)1 - cosine * cosine, 0))});
    const vec even = p * third.re, odd = p * third.im * root3;

    x[0] = even + even;
    x[1] = odd - even;
    x[2] = -even - odd;
}

/* Of h_k = trace + x_k: 1/h_k and h_3/h_k of the two larger ones. */
INLINE void inverses(vec trace, const vec x[3], vec per[2], vec ratio[2])
{
    const vec h1 = trace + x[0], h2 = trace + x[1], h3 = larger_of(trace + x[2], 0), scale = (real)1 / (h1 * h2);

    per[0] = h2 * scale;
    per[1] = h1 * scale;
    for (int k = 0; k < 2; k++) ratio[k] = h3 * per[k];
}

/* What belongs to theta_3: the other two. */
INLINE void phases_of(const vec ratio[2], phase z[3])
{
    for (int k = 0; k < 2; k++) {
        z[k].im = ratio[k] * z[2].im;
        z[k].re = square_root(larger_of((real)1 - z[k].im * z[k].im, (real)(ROUNDING * ROUNDING)));
    }
}

/* z[k] = exp(i theta_k) with theta_1 + theta_2 + theta_3 = phi, ratio[k] = h_3/h_k: a step from theta_3 to a better one
 * where todo is true. Newton's step is (phi - G)/G', G' = 1 + sum_k ratio_k cos theta_3 / cos theta_k; phi - G is taken
 * from below, as 3 sin/(2 + cos), which is short by a 180th of its fifth power. Returns sin(phi - G)^2 of before. */
INLINE vec solve_turn(phase phi, const vec ratio[2], phase z[3], mask todo)
{
    phase sum, rest, better;
    vec slope;

    phases_of(ratio, z);
    sum = phase_times(phase_times(z[0], z[1]), z[2]);
    rest = phase_times(phi, (phase){sum.re, -sum.im});
    slope = ratio[0] * z[1].re + ratio[1] * z[0].re;
    slope = z[0].re * z[1].re + z[2].re * slope;
    better = phase_turn(z[2], (real)3 * rest.im * z[0].re * z[1].re, ((real)2 + rest.re) * slope);
    z[2].re = pick(todo, better.re, z[2].re);
    z[2].im = pick(todo, better.im, z[2].im);
    return rest.im * rest.im;
}

/* For n matrices; todo: where it did not converge. */
INLINE void solve_phases(const phase phi[], vec ratio[][2], phase z[][3], int n, mask todo[])
{
    int left = n;

    for (int k = 0; k < n; k++) {
        todo[k] = everywhere();
        z[k][2] = phase_third(phi[k]);
    }
    for (int turn = 0; turn < PROJECT_TURNS && left; turn++) {
        left = 0;
        for (int k = 0; k < n; k++) {
            const vec off = solve_turn(phi[k], ratio[k], z[k], todo[k]);

            todo[k] &= ~at_most(off, all_lanes((real)(ROUNDING * ROUNDING_THIRD)));
            left += count_lanes(todo[k]);
        }
    }
    for (int k = 0; k < n; k++) phases_of(ratio[k], z[k]);
}

/* f(k) = a + b k + c k^2 with f(x_k) = exp(i theta_k): Newton's interpolation. Where theta_3 is below pi/2, divided
 * differences are written out with what is known of theta, h_k sin theta_k = const, so that nothing cancels where
 * eigenvalues are close; where it is not, h_3 is far from the others. */
INLINE void interpolate(const phase z[3], const vec per[2], const vec x[3], phase *a, phase *b, phase *c)
{
    const vec s1 = z[0].im, s2 = z[1].im, s3 = z[2].im, s12 = s1 + s2, s23 = s2 + s3;
    const vec c12 = z[0].re + z[1].re, c13 = z[0].re + z[2].re, c23 = z[1].re + z[2].re;
    const vec x13 = x[0] - x[2], x32 = x[2] - x[1], first = s2 * per[0], second = s3 * per[0] * per[1];
    const mask far = at_most(z[2].re, all_lanes(0));
    const vec others = pick(far, x13 * x32, c13 * c23), scale = (real)1 / (c12 * others);
    const phase f12 = {first * s12 * others * scale, -first};
    const vec near = -second * (c12 * c23 * (s12 + s3) + s2 * s12 * s23) * scale;
    const vec apart = ((z[0].re - z[2].re) - f12.re * x13) * c12 * scale;
    const phase f123 = {pick(far, apart, near), second};
    const vec xx = x[0] * x[1];

    a->re = z[0].re - f12.re * x[0] + f123.re * xx;
    a->im = z[0].im - f12.im * x[0] + f123.im * xx;
    b->re = f12.re + f123.re * x[2];
    b->im = f12.im + f123.im * x[2];
    *c = f123;
}

/* y = x^2 */
INLINE void hermitian_square(const hermitian *x, hermitian *y)
{
    const vec *d = x->diagonal, *u = x->upper[0], *v = x->upper[1], *w = x->upper[2];
    const vec uu = square_of(u), vv = square_of(v), ww = square_of(w);

    y->diagonal[0] = d[0] * d[0] + (uu + vv);
    y->diagonal[1] = d[1] * d[1] + (uu + ww);
    y->diagonal[2] = d[2] * d[2] + (vv + ww);
    y->upper[0][0] = (d[0] + d[1]) * u[0] + (v[0] * w[0] + v[1] * w[1]);
    y->upper[0][1] = (d[0] + d[1]) * u[1] + (v[1] * w[0] - v[0] * w[1]);
    y->upper[1][0] = (d[0] + d[2]) * v[0] + (u[0] * w[0] - u[1] * w[1]);
    y->upper[1][1] = (d[0] + d[2]) * v[1] + (u[0] * w[1] + u[1] * w[0]);
    y->upper[2][0] = (d[1] + d[2]) * w[0] + (u[0] * v[0] + u[1] * v[1]);
    y->upper[2][1] = (d[1] + d[2]) * w[1] + (u[0] * v[1] - u[1] * v[0]);
}

/* m = a + b x + c y, x and y hermitian, a, b, c complex */
INLINE void combine(phase a, phase b, phase c, const hermitian *x, const hermitian *y, su3 *m)
{
    int n = 0;

    for (int i = 0; i < 3; i++) {
        m->e[i][i][0] = a.re + (b.re * x->diagonal[i] + c.re * y->diagonal[i]);
        m->e[i][i][1] = a.im + (b.im * x->diagonal[i] + c.im * y->diagonal[i]);
        for (int j = i + 1; j < 3; j++, n++) {
            const vec *p = x->upper[n], *q = y->upper[n];
            const vec rr = b.re * p[0] + c.re * q[0], ri = b.re * p[1] + c.re * q[1];
            const vec ir = b.im * p[0] + c.im * q[0], ii = b.im * p[1] + c.im * q[1];

            m->e[i][j][0] = rr - ii;
            m->e[i][j][1] = ir + ri;
            m->e[j][i][0] = rr + ii;
            m->e[j][i][1] = ir - ri;
        }
    }
}

/* ---- the projections ----------------------------------------------------------------------------------------------
 */

/* u = the polar projections of w, n matrices; returns on how many lanes it did not converge */
INLINE int project_polar(su3 w[], su3 *const u[], int n)
{
    mask failed[BATCH];
    int lanes = 0;

    polar(w, n, failed);
    for (int k = 0; k < n; k++) {
        vec sign;
        phase z = phase_third(missing_phase(&w[k], &sign));

        z.im *= sign;
        times_phase(&w[k], z, u[k]);
        lanes += count_lanes(failed[k]);
    }
    return lanes;
}

/* u = the matrices of maximal Re tr u^dagger w */
INLINE int project_trace(const su3 w[], su3 *const u[], int n)
{
    su3 v[BATCH];
    hermitian h[BATCH];
    mask failed[BATCH], lost[BATCH];
    vec sign[BATCH], x[BATCH][3], per[BATCH][2], ratio[BATCH][2];
    phase phi[BATCH], z[BATCH][3];
    int lanes = 0;

    for (int k = 0; k < n; k++) v[k] = w[k];
    polar(v, n, failed);
    for (int k = 0; k < n; k++) {
        phi[k] = missing_phase(&v[k], &sign[k]);

        const vec trace = hermitian_product(&v[k], &w[k], &h[k]);

        eigenvalues(&h[k], x[k]);
        inverses(trace, x[k], per[k], ratio[k]);
    }
    solve_phases(phi, ratio, z, n, lost);
    for (int k = 0; k < n; k++) {
        phase a, b, c;
        hermitian hh;
        su3 f;

        interpolate(z[k], per[k], x[k], &a, &b, &c);
        a.im *= sign[k];
        b.im *= sign[k];
        c.im *= sign[k];
        hermitian_square(&h[k], &hh);
        combine(a, b, c, &h[k], &hh, &f);
        multiply(u[k], SET, &v[k], PLAIN, &f, PLAIN);
        lanes += count_lanes(failed[k] | lost[k]);
    }
    return lanes;
}

#endif
