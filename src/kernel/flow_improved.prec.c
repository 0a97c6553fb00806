/* Flow along the gradient of the tree-level action of Luescher and Weisz, plaquettes with c0 = 5/3 and rectangles with
 * c1 = -1/12, in three kernels: loops around a site, the force from loops of all neighbours, the new links.
 *
 *     F_mu(x) = -[c0 sum of the 6 plaquettes + c1 sum of the 18 rectangles that begin with U_mu(x)]_TA
 *
 * In a plane four plaquettes begin at x, counter-clockwise from one direction to the next:
 *
 *     Q1 = mu, nu    Q2 = nu, -mu    Q3 = -mu, -nu    Q4 = -nu, mu,
 *
 * and products of neighbours are rectangles that have x in the middle of a long side. Those that begin with U_mu(x):
 * above it Q1 Q2, below Q4^+ Q3^+; with U_nu(x): to the right Q1^+ Q4^+, to the left Q2 Q3. All others that begin with
 * a link of x are one of these at a neighbour, carried here along a link of the loop, which only changes where it
 * begins: with C_mu X = U_mu(x-mu)^+ X(x-mu) U_mu(x-mu), C_-mu X = U_mu(x) X(x+mu) U_mu(x)^+ and
 *
 *     R_munu = c1 [Q1 Q2]_TA,                     R_numu = c1 [Q1^+ Q4^+]_TA          (long in mu, long in nu)
 *     M_mu = sum_nu c1 [Q1 Q2 + Q4^+ Q3^+]_TA,    M_nu = sum_mu c1 [Q1^+ Q4^+ + Q2 Q3]_TA,
 *
 *     -F_mu = sum_nu {c0 [Q1 - Q4]_TA + C_nu R_numu - C_-nu R_numu} + M_mu + C_-mu M_mu
 *     -F_nu = sum_mu {c0 [Q2 - Q1]_TA + C_mu R_munu - C_-mu R_munu} + M_nu + C_-nu M_nu.
 *
 * The force of Zeuthen flow is (1 + D_mu^* D_mu / 12) F_mu, with forward and backward covariant derivatives.
 *
 * Loops are kept as [.]_TA times 2, without c1, and plaquettes as much larger; the force takes in c1 / 2.
 *
 * Flops a site: loops 19,200 (72 products of 198, 24 of 165 where [.]_TA is all that is wanted, 42 projections of 13,
 * 64 a plane), force 5800 (28 carried of 198, 8 to add one), new links 1460 and 28 for each term of the exponential,
 * Zeuthen 1700 more (8 carried). Reals a site, read and written: 72 + 32 + 128; 72 + 128 + 64; 144 + 32 + 64. Bound by
 * arithmetic as long as memory is kept busy meanwhile: what a site needs is asked for two sites before, a few lines
 * between one product and the next (a site's worth at once would fill the buffers for misses, and arithmetic would
 * wait), and loops go out as soon as they are complete.
 *
 * References: M. Luescher, P. Weisz, Commun. Math. Phys. 97 (1985) 59; A. Ramos, S. Sint, Eur. Phys. J. C 76 (2016) 15,
 * arXiv:1508.05552.
 */
#include "kernel/flow.h"

static const real c0 = (real)(5.0 / 3), c1 = (real)(-1.0 / 12);

typedef algebra site_force[4]; /* [mu] */

/* what is carried along mu: M_mu, and R_munu for the three nu */
typedef struct {
    algebra middle, across[3];
} loops_along;

typedef loops_along site_loops[4]; /* [mu] */

/* where R_munu is among the three */
INLINE int among(int nu, int mu)
{
    return nu < mu ? nu : nu - 1;
}

/* what ask_ahead() asks for, a sixth at each of six planes */
INLINE void ask_sixth(const site_links *u, const int (*nb)[8], int x, int end, int plane)
{
    const int soon = soon_after(x, end);

    for (int k = 0; k < 8; k++) {
        const char *links = (const char *)&u[nb[soon][k]];

        if (k == 3 || is_far(nb[soon][k], x)) ask_for(links + (size_t)plane * sizeof *u / 6, sizeof *u / 6);
    }
}

/* Q1 to Q4 of the plane */
INLINE void find_leaves(const site_links *u, const int (*nb)[8], int x, int mu, int nu, su3 q[4])
{
    const int front = nb[x][mu], up = nb[x][nu], back = nb[x][4 + mu], down = nb[x][4 + nu];
    const int back_up = nb[back][nu], back_down = nb[back][4 + nu], front_down = nb[front][4 + nu];
    su3 first, last;

    multiply(&first, SET, &u[x][mu], PLAIN, &u[front][nu], PLAIN);
    multiply(&last, SET, &u[x][nu], PLAIN, &u[up][mu], PLAIN);
    multiply(&q[0], SET, &first, PLAIN, &last, DAGGER);
    multiply(&first, SET, &u[x][nu], PLAIN, &u[back_up][mu], DAGGER);
    multiply(&last, SET, &u[back][mu], DAGGER, &u[back][nu], PLAIN);
    multiply(&q[1], SET, &first, PLAIN, &last, DAGGER);
    multiply(&first, SET, &u[back][mu], DAGGER, &u[back_down][nu], DAGGER);
    multiply(&last, SET, &u[down][nu], DAGGER, &u[back_down][mu], DAGGER);
    multiply(&q[2], SET, &first, PLAIN, &last, DAGGER);
    multiply(&first, SET, &u[down][nu], DAGGER, &u[down][mu], PLAIN);
    multiply(&last, SET, &u[x][mu], PLAIN, &u[front_down][nu], DAGGER);
    multiply(&q[3], SET, &first, PLAIN, &last, DAGGER);
}

/* x = 2 [p q]_TA */
INLINE void rectangle(const su3 *p, form fp, const su3 *q, form fq, algebra *x)
{
    su3 loop;

    multiply(&loop, SET, p, fp, q, fq);
    antihermitian(&loop, 2, x);
}

/* what begins at x, twice: its plaquettes, signs as in the force, and M */
typedef struct {
    algebra plain[4], middle[4];
} site_sums;

/* Adds what there is in the plane; R_munu and R_numu go out. */
INLINE void add_plane(const su3 q[4], int mu, int nu, site_sums *sum, algebra *r_munu, algebra *r_numu)
{
    algebra r;

    rectangle(&q[0], PLAIN, &q[1], PLAIN, &r);
    add_scaled(&sum->middle[mu], 1, &r);
    algebra_past(r_munu, &r);
    rectangle(&q[3], DAGGER, &q[2], DAGGER, &r);
    add_scaled(&sum->middle[mu], 1, &r);
    rectangle(&q[0], DAGGER, &q[3], DAGGER, &r);
    add_scaled(&sum->middle[nu], 1, &r);
    algebra_past(r_numu, &r);
    rectangle(&q[1], PLAIN, &q[2], PLAIN, &r);
    add_scaled(&sum->middle[nu], 1, &r);

    antihermitian(&q[0], 2, &r);
    add_scaled(&sum->plain[mu], 1, &r);
    add_scaled(&sum->plain[nu], -1, &r);
    antihermitian(&q[3], 2, &r);
    add_scaled(&sum->plain[mu], -1, &r);
    antihermitian(&q[1], 2, &r);
    add_scaled(&sum->plain[nu], 1, &r);
}

void P(flow_loops)(const void *links, const int (*nb)[8], int begin, int end, void *force, void *loops)
{
    const site_links *u = links;
    site_force *f = force;
    site_loops *k = loops;

    for (int x = begin; x < end; x++) {
        site_sums sum;
        int plane = 0;

        for (int mu = 0; mu < 4; mu++) {
            set_none(&sum.plain[mu]);
            set_none(&sum.middle[mu]);
        }
        for (int mu = 0; mu < 4; mu++) {
            for (int nu = mu + 1; nu < 4; nu++) {
                su3 q[4];

                ask_sixth(u, nb, x, end, plane++);
                find_leaves(u, nb, x, mu, nu, q);
                add_plane(q, mu, nu, &sum, &k[x][mu].across[among(nu, mu)], &k[x][nu].across[among(mu, nu)]);
            }
            algebra_past(&k[x][mu].middle, &sum.middle[mu]);
            add_scaled(&sum.middle[mu], c0 / c1, &sum.plain[mu]);
            algebra_past(&f[x][mu], &sum.middle[mu]);
        }
    }
}

/* Asks for an element of the algebra that is to be carried along mu, `at` bytes from the beginning of a site: of the
 * site ahead in t, as all come from there, and of those outside of the tile. */
INLINE void ask_along(const void *field, size_t site, size_t at, const int (*nb)[8], int x, int end, int mu)
{
    const int soon = soon_after(x, end), front = nb[soon][mu], back = nb[soon][4 + mu];
    const char *from = (const char *)field + at;

    ask_for(from + (size_t)nb[soon][3] * site, sizeof(algebra));
    if (mu != 3 && is_far(front, x)) ask_for(from + (size_t)front * site, sizeof(algebra));
    if (is_far(back, x)) ask_for(from + (size_t)back * site, sizeof(algebra));
}

/* and for the link along which it comes from behind */
INLINE void ask_behind(const site_links *u, const int (*nb)[8], int x, int end, int mu)
{
    const int back = nb[soon_after(x, end)][4 + mu];

    if (is_far(back, x)) ask_for(&u[back][mu], sizeof(su3));
}

/* alpha F in the place of the loops that begin at x without being carried there */
void P(flow_force)(const void *links, const void *loops, const int (*nb)[8], int begin, int end, double alpha,
                   void *force)
{
    const site_links *u = links;
    const site_loops *k = loops;
    site_force *f = force;
    const real factor = -(real)alpha * c1 / 2;

    for (int x = begin; x < end; x++) {
        const int soon = soon_after(x, end);
        site_force sum;
        algebra here;

        for (int mu = 0; mu < 4; mu++) set_none(&sum[mu]);
        for (int mu = 0; mu < 4; mu++) {
            const int front = nb[x][mu], back = nb[x][4 + mu];

            ask_for(&f[soon][mu], sizeof **f);
            ask_for(&u[soon][mu], sizeof **u);
            ask_behind(u, nb, x, end, mu);
            ask_along(k, sizeof *k, (size_t)mu * sizeof **k, nb, x, end, mu);
            carry(&k[front][mu].middle, &u[x][mu], DAGGER, &here);
            add_scaled(&sum[mu], 1, &here);
            for (int i = 0; i < 3; i++) {
                const int nu = i < mu ? i : i + 1;

                ask_along(k, sizeof *k, (size_t)mu * sizeof **k + (size_t)(i + 1) * sizeof(algebra), nb, x, end, mu);
                carry(&k[back][mu].across[i], &u[back][mu], PLAIN, &here);
                add_scaled(&sum[nu], 1, &here);
                carry(&k[front][mu].across[i], &u[x][mu], DAGGER, &here);
                add_scaled(&sum[nu], -1, &here);
            }
        }
        for (int mu = 0; mu < 4; mu++)
            for (int i = 0; i < ALGEBRA_REALS; i++)
                (&f[x][mu].diagonal[0])[i] = ((&f[x][mu].diagonal[0])[i] + (&sum[mu].diagonal[0])[i]) * factor;
    }
}

/* (1 + D^* D / 12) F = 5/6 F + 1/12 (what is carried here from both sides) */
INLINE void improve(const site_links *u, const site_force *f, const int (*nb)[8], int x, int mu, algebra *force)
{
    const int front = nb[x][mu], back = nb[x][4 + mu];
    algebra ahead, behind;

    carry(&f[front][mu], &u[x][mu], DAGGER, &ahead);
    carry(&f[back][mu], &u[back][mu], PLAIN, &behind);
    for (int i = 0; i < ALGEBRA_REALS; i++)
        (&force->diagonal[0])[i] = ((&ahead.diagonal[0])[i] + (&behind.diagonal[0])[i]) * (real)(1.0 / 12);
    add_scaled(force, (real)(5.0 / 6), &f[x][mu]);
}

void P(flow_advance)(const void *links, const void *force, const int (*nb)[8], int begin, int end,
                     const plaq_flow_stage *stage, void *moved)
{
    const site_links *u = links;
    const site_force *f = force, *before = stage->before;
    site_links *out = moved;

    for (int x = begin; x < end; x++) {
        const int soon = soon_after(x, end);

        for (int mu = 0; mu < 4; mu++) {
            algebra improved;

            ask_for(&u[soon][mu], sizeof **u);
            ask_for(&f[soon][mu], sizeof **f);
            if (before) ask_for(&before[soon][mu], sizeof **before);
            if (stage->zeuthen) {
                ask_behind(u, nb, x, end, mu);
                ask_along(f, sizeof *f, (size_t)mu * sizeof **f, nb, x, end, mu);
                improve(u, f, nb, x, mu, &improved);
            }
            advance(stage, stage->zeuthen ? &improved : &f[x][mu], 4 * (size_t)x + (size_t)mu, &u[x][mu], &out[x][mu]);
        }
    }
}

/* The result of the second-order step that three stages hold as well,
 * exp(2 Z_1 - Z_0) W_0 = exp(9/4 A_1 + 1/16 A_0) W_0. */
INLINE void second_order(const algebra *a0, const algebra *a1, const su3 *w, int terms, su3 *v)
{
    algebra sum;

    for (int i = 0; i < ALGEBRA_REALS; i++)
        (&sum.diagonal[0])[i] = (real)(9.0 / 4) * (&a1->diagonal[0])[i] + (real)(1.0 / 16) * (&a0->diagonal[0])[i];
    turn(&sum, terms, w, v);
}

double P(flow_distance)(const void *start, const void *moved, const void *kept0, const void *kept1, int terms,
                        int begin, int end)
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
