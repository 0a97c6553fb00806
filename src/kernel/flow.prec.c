/* One stage of Runge and Kutta for the Wilson flow, fused: staples, projection, combination, exponential, new links.
 *
 *     dU_mu/ds = F_mu(x) U_mu(x),   F_mu = -[Omega_mu(x)]_TA,   Omega_mu = sum of the six plaquettes that begin with
 *     U_mu(x);   [M]_TA = (M - M^+)/2 without its trace
 *     A'_mu = alpha F_mu + beta A_mu,    U'_mu = exp(gamma A'_mu) U_mu
 *
 * U' goes to another field. In the plane mu nu the plaquette at x serves both links, as it begins with the
 * one and its conjugate with the other; the two that lie behind are staples.
 *
 * 11,080 flops a site and 28 for each term of the exponential: 46 products (198), 12 sums (18), 30 flops a plane, and
 * 394 a link. 208 reals a site (links in and out, A in and out) where links stay in cache: bound by arithmetic.
 *
 * Reference: M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518.
 */
#include "kernel/flow.h"

/* an antihermitian matrix of which the trace has still to be taken away: Im m_ii, then re, im of m_01, m_02, m_12,
 * all of m - m^+ but for the diagonal, which counts half */
typedef struct {
    vec diagonal[3];
    vec upper[3][2];
} loops;

INLINE void no_loops(loops *sum)
{
    for (int i = 0; i < 3; i++) sum->diagonal[i] = sum->upper[i][0] = sum->upper[i][1] = all_lanes(0);
}

/* sum += sign (m - m^+) */
INLINE void add_loop(loops *sum, const su3 *m, real sign)
{
    int k = 0;

    for (int i = 0; i < 3; i++) sum->diagonal[i] += sign * m->e[i][i][1];
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++, k++) {
            sum->upper[k][0] += sign * (m->e[i][j][0] - m->e[j][i][0]);
            sum->upper[k][1] += sign * (m->e[i][j][1] + m->e[j][i][1]);
        }
}

INLINE void project(const loops *sum, real scale, algebra *x)
{
    const vec trace = (sum->diagonal[0] + sum->diagonal[1] + sum->diagonal[2]) * (real)(1.0 / 3.0);

    for (int i = 0; i < 2; i++) x->diagonal[i] = (sum->diagonal[i] - trace) * scale;
    for (int k = 0; k < 3; k++)
        for (int r = 0; r < 2; r++) x->upper[k][r] = sum->upper[k][r] * (scale * (real)0.5);
}

INLINE void scale_all(vec *v, size_t bytes, vec by)
{
    for (size_t i = 0; i < bytes / sizeof *v; i++) v[i] *= by;
}

/* the plaquette of the plane that begins at x: for U_mu as it is, for U_nu its conjugate */
INLINE void add_front(const site_links *u, const int (*nb)[8], int x, int mu, int nu, loops *of_mu, loops *of_nu)
{
    su3 right, left, loop;

    multiply(&right, SET, &u[x][mu], PLAIN, &u[nb[x][mu]][nu], PLAIN);
    multiply(&left, SET, &u[x][nu], PLAIN, &u[nb[x][nu]][mu], PLAIN);
    multiply(&loop, SET, &right, PLAIN, &left, DAGGER);
    add_loop(of_mu, &loop, 1);
    add_loop(of_nu, &loop, -1);
}

/* staple += U_nu(x+mu-nu)^+ U_mu(x-nu)^+ U_nu(x-nu) */
INLINE void add_back(const site_links *u, const int (*nb)[8], int x, int mu, int nu, su3 *staple)
{
    const int down = nb[x][4 + nu], front_down = nb[down][mu];
    su3 two;

    multiply(&two, SET, &u[front_down][nu], DAGGER, &u[down][mu], DAGGER);
    multiply(staple, ADD, &two, PLAIN, &u[down][nu], PLAIN);
}

void P(flow_wilson)(const void *links, const int (*nb)[8], int begin, int end, const plaq_flow_stage *stage,
                    void *moved)
{
    const site_links *u = links;
    site_links *out = moved;

    for (int x = begin; x < end; x++) {
        loops sum[4];
        su3 staple[4];

        ask_ahead(u, nb, x, end);
        for (int mu = 0; mu < 4; mu++) {
            no_loops(&sum[mu]);
            set_zero(&staple[mu]);
        }
        for (int nu = 3; nu > 0; nu--) {
            for (int mu = 0; mu < nu; mu++) {
                add_front(u, nb, x, mu, nu, &sum[mu], &sum[nu]);
                add_back(u, nb, x, mu, nu, &staple[mu]);
                add_back(u, nb, x, nu, mu, &staple[nu]);
            }
            if (nu == 3 && stage->weight) { /* of the temporal plaquettes of spatial links */
                const vec w = *(const vec *)((const real *)stage->weight + (size_t)stage->place[x][3] * LANES);

                scale_all(&sum[0].diagonal[0], 3 * sizeof sum[0], w);
                scale_all(&staple[0].e[0][0][0], 3 * sizeof staple[0], w);
            }
        }
        for (int mu = 0; mu < 4; mu++) {
            algebra force;
            su3 loop;

            multiply(&loop, SET, &u[x][mu], PLAIN, &staple[mu], PLAIN);
            add_loop(&sum[mu], &loop, 1);
            project(&sum[mu], -(real)stage->alpha, &force);
            advance(stage, &force, 4 * (size_t)x + (size_t)mu, &u[x][mu], &out[x][mu]);
        }
    }
}
