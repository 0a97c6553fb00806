/* Flow along the gradient of the tree-level action of Luescher and Weisz, plaquettes with 5/3 and rectangles with -1/12,
 * in two kernels: the force of all links, and the new links.
 *
 *     F_mu(x) = -[U_mu(x) V_mu(x)^+]_TA,   V_mu = 5/3 (sum of the six plaquette staples) - 1/12 (of the 18 rectangle's)
 *
 * By the product rule: the rectangles beside U_mu in the plane mu nu are its plaquette a b c^+ with one of the links a,
 * b, c replaced by its own two staples in the plane, S (plane_staples). Of the two, one leads back over U_mu: its path is
 * U_mu itself, of which U_mu U_mu^+ = 1 has no traceless antihermitian part.
 *
 * The force of Zeuthen flow is (1 + D_mu^* D_mu / 12) F_mu, with forward and backward covariant derivatives.
 *
 * Flops a site: force 26,190 (124 products, 24 sums of 18, 48 products with a number of 18, 19 a link); new links 2060
 * and 28 for each term of the exponential, Zeuthen 3950 more (16 products, of which an algebra element keeps less).
 * Reals: force 72 + 216 + 32, new links 72 + 32 + 32 + 32 + 72.
 *
 * References: M. Luescher, P. Weisz, Commun. Math. Phys. 97 (1985) 59; A. Ramos, S. Sint, Eur. Phys. J. C 76 (2016) 15,
 * arXiv:1508.05552.
 */
#include "kernel/flow.h"

/* with these the path is c1 (c0/c1 a b c^+ + ...) */
static const real c1 = (real)(-1.0 / 12), c0_over_c1 = (real)-20;

typedef su3 plane_staple[12]; /* [mu][the nu that are not mu] */

INLINE int in_plane(int mu, int nu)
{
    return 3 * mu + (nu < mu ? nu : nu - 1);
}

/* e = number d */
INLINE void scale_to(su3 *e, const su3 *d, real number)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) e->e[i][j][r] = d->e[i][j][r] * number;
}

/* path += c0/c1 a b c + a' b c + a b' c + a b c', a and c daggered as told: 5 products */
INLINE void add_paths(su3 *path, const su3 *a, const su3 *sa, form fa, const su3 *b, const su3 *sb,
                      const su3 *c, const su3 *sc, form fc)
{
    su3 plain, varied;

    multiply(&plain, SET, a, fa, b, PLAIN);
    scale_to(&varied, &plain, c0_over_c1);
    multiply(&varied, ADD, sa, fa, b, PLAIN);
    multiply(&varied, ADD, a, fa, sb, PLAIN);
    multiply(path, ADD, &varied, PLAIN, c, fc);
    multiply(path, ADD, &plain, PLAIN, sc, fc);
}

/* the paths from x to x+mu, over nu and below it */
INLINE void add_plane(const site_links *u, const plane_staple *s, const int (*nb)[8], int x, int mu, int nu, su3 *path)
{
    const int up = nb[x][nu], front = nb[x][mu], down = nb[x][4 + nu], down_front = nb[down][mu];
    const int m = in_plane(mu, nu), n = in_plane(nu, mu);

    add_paths(path, &u[x][nu], &s[x][n], PLAIN, &u[up][mu], &s[up][m], &u[front][nu], &s[front][n], DAGGER);
    add_paths(path, &u[down][nu], &s[down][n], DAGGER, &u[down][mu], &s[down][m], &u[down_front][nu],
              &s[down_front][n], PLAIN);
}

void P(flow_force)(const void *links, const void *staples, const int (*nb)[8], int begin, int end, double alpha,
                   void *force)
{
    const site_links *u = links;
    const plane_staple *s = staples;
    algebra(*f)[4] = force;

    for (int x = begin; x < end; x++) {
        ask_ahead(u, nb, x, end);
        for (int mu = 0; mu < 4; mu++) {
            su3 path, loop;

            set_zero(&path);
            for (int nu = 0; nu < 4; nu++)
                if (nu != mu) add_plane(u, s, nb, x, mu, nu, &path);
            multiply(&loop, SET, &u[x][mu], PLAIN, &path, DAGGER);
            antihermitian(&loop, -(real)alpha * c1, &f[x][mu]);
        }
    }
}

/* x as a matrix */
INLINE void expand(const algebra *x, su3 *m)
{
    int k = 0;

    for (int i = 0; i < 3; i++) m->e[i][i][0] = all_lanes(0);
    m->e[0][0][1] = x->diagonal[0];
    m->e[1][1][1] = x->diagonal[1];
    m->e[2][2][1] = -(x->diagonal[0] + x->diagonal[1]);
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++, k++) {
            m->e[i][j][0] = x->upper[k][0];
            m->e[i][j][1] = x->upper[k][1];
            m->e[j][i][0] = -x->upper[k][0];
            m->e[j][i][1] = x->upper[k][1];
        }
}

/* (1 + D^* D / 12) F = 5/6 F + 1/12 (what is carried here from both sides) */
INLINE void improve(const site_links *u, const algebra (*f)[4], const int (*nb)[8], int x, int mu, algebra *force)
{
    const int front = nb[x][mu], back = nb[x][4 + mu];
    const vec *plain = &f[x][mu].diagonal[0];
    vec *sum = &force->diagonal[0];
    su3 m, two, carried;

    expand(&f[front][mu], &m);
    multiply(&two, SET, &u[x][mu], PLAIN, &m, PLAIN);
    multiply(&carried, SET, &two, PLAIN, &u[x][mu], DAGGER);
    expand(&f[back][mu], &m);
    multiply(&two, SET, &u[back][mu], DAGGER, &m, PLAIN);
    multiply(&carried, ADD, &two, PLAIN, &u[back][mu], PLAIN);
    antihermitian(&carried, (real)(1.0 / 12), force);
    for (int i = 0; i < ALGEBRA_REALS; i++) sum[i] += (real)(5.0 / 6) * plain[i];
}

void P(flow_advance)(const void *links, const void *force, const int (*nb)[8], int begin, int end,
                     const plaq_flow_stage *stage, void *moved)
{
    const site_links *u = links;
    const algebra(*f)[4] = force;
    site_links *out = moved;

    for (int x = begin; x < end; x++)
        for (int mu = 0; mu < 4; mu++) {
            algebra improved;

            if (stage->zeuthen) improve(u, f, nb, x, mu, &improved);
            advance(stage, stage->zeuthen ? &improved : &f[x][mu], 4 * (size_t)x + (size_t)mu, &u[x][mu], &out[x][mu]);
        }
}

/* The result of the second-order step that three stages hold as well,
 * exp(2 Z_1 - Z_0) W_0 = exp(9/4 A_1 + 1/16 A_0) W_0. */
INLINE void second_order(const algebra *a0, const algebra *a1, const su3 *w, int terms, su3 *v)
{
    algebra sum;
    su3 turn;

    for (int i = 0; i < ALGEBRA_REALS; i++)
        (&sum.diagonal[0])[i] =
            (real)(9.0 / 4) * (&a1->diagonal[0])[i] + (real)(1.0 / 16) * (&a0->diagonal[0])[i];
    exponential(&sum, terms, &turn);
    multiply(v, SET, &turn, PLAIN, w, PLAIN);
}

double P(flow_distance)(const void *start, const void *moved, const void *kept0, const void *kept1, int terms, int begin,
                        int end)
{
    const su3 *w = start, *v = moved;
    const algebra *a0 = kept0, *a1 = kept1;
    double largest = 0;

    for (size_t i = 4 * (size_t)begin; i < 4 * (size_t)end; i++) {
        su3 low;
        vec sum = all_lanes(0);

        second_order(&a0[i], &a1[i], &w[i], terms, &low);
        for (int k = 0; k < 18; k++) {
            const vec d = (&v[i].e[0][0][0])[k] - (&low.e[0][0][0])[k];

            sum += d * d;
        }
        for (int l = 0; l < LANES; l++)
            if (!((double)LANE(sum, l) <= largest)) largest = (double)LANE(sum, l);
    }
    return largest;
}
