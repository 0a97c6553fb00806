/* Heat bath and over-relaxation of the links U_mu of one parity, Wilson plaquette action.
 *
 * The action holds U = U_mu(x) as -(beta/3) Re tr U A, with the staples
 *
 *     A = sum_{nu != mu} U_nu(x+mu) U_mu(x+nu)^+ U_nu(x)^+ + U_nu(x+mu-nu)^+ U_mu(x-nu)^+ U_nu(x-nu),
 *
 * none of which is a U_mu of the same parity: all links of a call are independent, and written in place. U becomes
 * a U for a in each of three SU(2) subgroups, acting on rows (i, j). Of W = U A only k V counts, the projection of its
 * 2x2 block on the quaternions: Re tr a W = 2 k (a V)_0 + const. Heat bath: a V has weight exp((2 beta k/3) (a V)_0).
 * Over-relaxation: a = V^+ V^+, which leaves (a V)_0.
 *
 * A vector site may hold both parities where a sub-lattice has an odd extent: lanes not meant get a = 1.
 * 12,840 flops a site, 3210 a link: staples (12 products of 198, 6 sums of 18), W (198), three subgroups (176 each).
 * The heat bath is bound by its random numbers, logarithms and cosines, 12 elements a site, one lane after the other;
 * over-relaxation by arithmetic.
 */
#include "kernel/su2.h"
#include "kernel/su3.h"

#include <math.h>

#define ALL_LANES (UINT32_MAX >> (32 - LANES))

/* rows of the three subgroups */
static const int subgroup[3][2] = {{0, 1}, {0, 2}, {1, 2}};

/* a quaternion on all lanes */
typedef vec quaternion[4];

INLINE void staples(const site_links *u, const int (*nb)[8], int x, int mu, su3 *sum)
{
    const int front = nb[x][mu];
    su3 two;

    set_zero(sum);
    for (int nu = 0; nu < 4; nu++) {
        const int up = nb[x][nu], down = nb[x][4 + nu], front_down = nb[front][4 + nu];

        if (nu == mu) continue;
        multiply(&two, SET, &u[front][nu], PLAIN, &u[up][mu], DAGGER);
        multiply(sum, ADD, &two, PLAIN, &u[x][nu], DAGGER);
        multiply(&two, SET, &u[front_down][nu], DAGGER, &u[down][mu], DAGGER);
        multiply(sum, ADD, &two, PLAIN, &u[down][nu], PLAIN);
    }
}

/* k V: the block (i, j) of w projected on the quaternions */
INLINE void project(const su3 *w, int i, int j, quaternion v)
{
    const real half = (real)0.5;

    v[0] = (w->e[i][i][0] + w->e[j][j][0]) * half;
    v[1] = (w->e[i][j][1] + w->e[j][i][1]) * half;
    v[2] = (w->e[i][j][0] - w->e[j][i][0]) * half;
    v[3] = (w->e[i][i][1] - w->e[j][j][1]) * half;
}

/* m = a m, a in the subgroup of rows (i, j) */
INLINE void rotate(const quaternion a, int i, int j, su3 *m)
{
    for (int c = 0; c < 3; c++) {
        const vec xr = m->e[i][c][0], xi = m->e[i][c][1], yr = m->e[j][c][0], yi = m->e[j][c][1];
        vec ur = a[0] * xr, ui = a[0] * xi, wr = a[0] * yr, wi = a[0] * yi;

        ur -= a[3] * xi;
        ui += a[3] * xr;
        ur += a[2] * yr;
        ui += a[2] * yi;
        ur -= a[1] * yi;
        ui += a[1] * yr;
        wr += a[3] * yi;
        wi -= a[3] * yr;
        wr -= a[2] * xr;
        wi -= a[2] * xi;
        wr -= a[1] * xi;
        wi += a[1] * xr;
        m->e[i][c][0] = ur;
        m->e[i][c][1] = ui;
        m->e[j][c][0] = wr;
        m->e[j][c][1] = wi;
    }
}

/* a = 1 in the lanes that are not to be updated */
INLINE void keep_others(quaternion a, uint32_t active)
{
    for (int l = 0; l < LANES; l++)
        if (!(active >> l & 1))
            for (int i = 0; i < 4; i++) LANE(a[i], l) = i == 0;
}

/* Lanes of site x whose parity is wanted. */
INLINE uint32_t active_lanes(const plaq_update *p, int x)
{
    const int *c = p->place[x];
    const bool wanted = ((c[0] + c[1] + c[2] + c[3]) & 1) == p->parity;

    return wanted ? ~p->odd_lanes : p->odd_lanes;
}

/* How an update finds a of subgroup s from v = k V, in the lanes that are active. */
typedef void find_element(const plaq_update *p, int x, int mu, int s, uint32_t active, const quaternion v,
                          quaternion a);

/* a = a' V^+ with a' drawn, lane by lane. */
INLINE void draw_element(const plaq_update *p, int x, int mu, int s, uint32_t active, const quaternion v, quaternion a)
{
    for (int l = 0; l < LANES; l++) {
        const su2_key key = {p->seed, p->sweep, (uint64_t)(p->site[x] + p->lane_site[l]), (uint64_t)(3 * mu + s) << 32};
        const double v0 = LANE(v[0], l), v1 = LANE(v[1], l), v2 = LANE(v[2], l), v3 = LANE(v[3], l);
        const double k = sqrt(v0 * v0 + v1 * v1 + v2 * v2 + v3 * v3), per_k = k > 0 ? 1 / k : 0;
        double d[4];

        if (!(active >> l & 1)) continue;
        plaq_su2_draw(2 * p->beta * k / 3, &key, d);
        if (!(k > 0)) { /* no field: a' itself is uniform */
            for (int i = 0; i < 4; i++) LANE(a[i], l) = (real)d[i];
            continue;
        }
        LANE(a[0], l) = (real)(per_k * (d[0] * v0 + d[1] * v1 + d[2] * v2 + d[3] * v3));
        LANE(a[1], l) = (real)(per_k * (v0 * d[1] - d[0] * v1 + d[2] * v3 - d[3] * v2));
        LANE(a[2], l) = (real)(per_k * (v0 * d[2] - d[0] * v2 + d[3] * v1 - d[1] * v3));
        LANE(a[3], l) = (real)(per_k * (v0 * d[3] - d[0] * v3 + d[1] * v2 - d[2] * v1));
    }
}

/* a = V^+ V^+; where there is no field, a = 1 */
INLINE void reflect_element(const plaq_update *p, int x, int mu, int s, uint32_t active, const quaternion v,
                            quaternion a)
{
    const real least = (real)1e-30;
    vec vector = all_lanes(least), scale;

    (void)p, (void)x, (void)mu, (void)s, (void)active;
    for (int k = 1; k < 4; k++) vector += v[k] * v[k];
    scale = (real)1 / (v[0] * v[0] + vector);
    a[0] = ((v[0] * v[0] + least) - (vector - least)) * scale;
    for (int k = 1; k < 4; k++) a[k] = v[0] * v[k] * ((real)-2 * scale);
}

/* U_mu(x) in the lanes that are active: one element after the other from the left. */
INLINE void update_link(site_links *u, const plaq_update *p, int x, int mu, uint32_t active, find_element *find)
{
    su3 staple, w;

    staples(u, p->nb, x, mu, &staple);
    multiply(&w, SET, &u[x][mu], PLAIN, &staple, PLAIN);
    for (int s = 0; s < 3; s++) {
        const int i = subgroup[s][0], j = subgroup[s][1];
        quaternion v, a;

        project(&w, i, j, v);
        find(p, x, mu, s, active, v, a);
        keep_others(a, active);
        rotate(a, i, j, &w);
        rotate(a, i, j, &u[x][mu]);
    }
}

void P(heat_bath)(void *links, const plaq_update *p, int mu, int begin, int end)
{
    for (int x = begin; x < end; x++) {
        const uint32_t active = active_lanes(p, x) & ALL_LANES;

        ask_ahead(links, p->nb, x, end);
        if (active) update_link(links, p, x, mu, active, draw_element);
    }
}

void P(over_relax)(void *links, const plaq_update *p, int mu, int begin, int end)
{
    for (int x = begin; x < end; x++) {
        const uint32_t active = active_lanes(p, x) & ALL_LANES;

        ask_ahead(links, p->nb, x, end);
        if (active) update_link(links, p, x, mu, active, reflect_element);
    }
}
