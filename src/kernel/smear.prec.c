/* Smeared links from links and their staples.
 *
 * The staples of U_mu(x) in direction nu are the two other ways around its plaquettes,
 *
 *     S = U_nu(x) U_mu(x+nu) U_nu(x+mu)^+ + U_nu(x-nu)^+ U_mu(x-nu) U_nu(x-nu+mu)
 *
 * A link takes in the sum of its staples by one of three blends (project.h, algebra.h):
 *
 *     trace, polar   the projection on SU(3) of keep U + weight S
 *     exponential    exp(weight A) U, A the traceless antihermitian part of S U^+
 *
 * smear: S over all smeared directions nu != mu of the links themselves.
 *
 * smear_rectangles: from plane_staples s as well, S with 2x1 rectangles as far as the exponential sees them. Those
 * beside U_mu are its plaquette staple a b c with one of a, b, c replaced by its own two staples in the plane; of
 * these, one leads back over U_mu, and U_mu U_mu^+ = 1 has no part in A.
 *
 * The hypercubic blends are nested. In four dimensions, (mu nu rho eta) all different, S being made of
 *
 *     hyp_inner   B_mu;eta:  links, in direction eta
 *     hyp_middle  C_mu;nu:   B_rho;eta and B_mu;eta, in the two directions rho
 *     hyp_outer   V_mu:      C_nu;mu and C_mu;nu, in the three directions nu
 *
 * and the link blended in always U_mu(x) itself. In three dimensions (mu nu eta) hyp_middle has nothing to do:
 * hyp_outer takes B_nu;eta and B_mu;eta in the two directions nu. Fields B and C hold D (D-1) matrices a site,
 * [mu][other direction]. Directions that are not smeared keep their links.
 *
 * Flops: two staples 828. A blend by trace 2380, by polar 1650, where links are those of beta 6 in double: polar()
 * takes 4.2 turns of 334, solve_phases() 2.7 of 60, of all lanes together; in single one and a half turns less. A blend
 * by the exponential 573 and 7 for each term. A site in four dimensions: smear 19,400 by trace, 12,600 by 14 terms;
 * smear_rectangles 29,000 besides 9720 of plane_staples; the levels of HYP 106,000, of HEX 59,000. Reals: 144; 72 + 216
 * + 72; HYP writes and reads 24 matrices besides. Bound by arithmetic.
 */
#include "kernel/algebra.h"
#include "kernel/project.h"

/* sum += the staples in direction nu of a matrix of direction mu: f has n matrices a site, f_nu[nu_at], f_mu[mu_at] */
INLINE void add_staples(const su3 *f, int n, const int (*nb)[8], int x, int mu, int nu, int mu_at, int nu_at, su3 *sum)
{
    const int front = nb[x][mu], up = nb[x][nu], down = nb[x][4 + nu], front_down = nb[front][4 + nu];
    su3 two;

    multiply(&two, SET, &f[(size_t)x * n + nu_at], PLAIN, &f[(size_t)up * n + mu_at], PLAIN);
    multiply(sum, ADD, &two, PLAIN, &f[(size_t)front * n + nu_at], DAGGER);
    multiply(&two, SET, &f[(size_t)down * n + nu_at], DAGGER, &f[(size_t)down * n + mu_at], PLAIN);
    multiply(sum, ADD, &two, PLAIN, &f[(size_t)front_down * n + nu_at], PLAIN);
}

/* v = u blended with the sums of staples s, for n links; returns on how many lanes a projection did not converge. Not
 * inlined: once is enough of so much code. */
static __attribute__((noinline)) int blend(const plaq_smear *p, int n, const su3 *const u[], su3 s[], su3 *const v[])
{
    const vec keep = all_lanes((real)p->keep), weight = all_lanes((real)p->weight);

    if (p->blend == PLAQ_BLEND_EXPONENTIAL) {
        for (int k = 0; k < n; k++) {
            algebra a;
            su3 m;

            multiply(&m, SET, &s[k], PLAIN, u[k], DAGGER);
            antihermitian(&m, (real)p->weight, &a);
            turn(&a, p->terms, u[k], v[k]);
        }
        return 0;
    }
    for (int k = 0; k < n; k++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                for (int r = 0; r < 2; r++) s[k].e[i][j][r] = keep * u[k]->e[i][j][r] + weight * s[k].e[i][j][r];
    return p->blend == PLAQ_BLEND_TRACE ? project_trace(s, v, n) : project_polar(s, v, n);
}

/* The links of a site, with a sum of staples each. */
INLINE int blend_links(const plaq_smear *p, const site_links *u, su3 s[4], site_links *v)
{
    const su3 *const from[4] = {&(*u)[0], &(*u)[1], &(*u)[2], &(*u)[3]};
    su3 *const to[4] = {&(*v)[0], &(*v)[1], &(*v)[2], &(*v)[3]};

    return blend(p, p->directions, from, s, to);
}

/* One link with each of the sums of staples that belong to the other directions. */
INLINE int blend_others(const plaq_smear *p, const su3 *u, su3 s[3], su3 v[])
{
    return blend(p, p->directions - 1, (const su3 *const[3]){u, u, u}, s, (su3 *const[3]){&v[0], &v[1], &v[2]});
}

/* where in a field of D (D-1) matrices a site that of direction mu and another direction is */
INLINE int pair(int directions, int mu, int other)
{
    return (directions - 1) * mu + other - (other > mu);
}

/* the directions that are neither mu, nu nor rho: 0 + 1 + 2 + 3 without them */
INLINE int fourth(int mu, int nu, int rho)
{
    return 6 - mu - nu - rho;
}

int64_t P(smear)(const void *links, const void *given, const plaq_smear *p, int begin, int end, void *smeared)
{
    const site_links *u = links;
    site_links *v = smeared;
    int64_t failed = 0;

    (void)given;
    for (int x = begin; x < end; x++) {
        su3 s[4];

        ask_ahead(u, p->nb, x, end);
        for (int mu = 0; mu < p->directions; mu++) {
            set_zero(&s[mu]);
            for (int nu = 0; nu < p->directions; nu++)
                if (nu != mu) add_staples(u[0], 4, p->nb, x, mu, nu, mu, nu, &s[mu]);
        }
        for (int mu = p->directions; mu < 4; mu++) v[x][mu] = u[x][mu];
        failed += blend_links(p, &u[x], s, &v[x]);
    }
    return failed;
}

/* e = plain + ratio varied of the path a b c over a plaquette: varied is that with one of the links replaced by its own
 * staples in the plane. a and c are daggered as told. 5 products. */
INLINE void add_path(const su3 *a, const su3 *sa, form fa, const su3 *b, const su3 *sb, const su3 *c, const su3 *sc,
                     form fc, real ratio, su3 *sum)
{
    su3 plain, varied;

    multiply(&plain, SET, a, fa, b, PLAIN);
    multiply(&varied, SET, sa, fa, b, PLAIN);
    multiply(&varied, ADD, a, fa, sb, PLAIN);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) varied.e[i][j][r] = plain.e[i][j][r] + ratio * varied.e[i][j][r];
    multiply(sum, ADD, &varied, PLAIN, c, fc);
    multiply(&varied, SET, &plain, PLAIN, sc, fc);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int r = 0; r < 2; r++) sum->e[i][j][r] += ratio * varied.e[i][j][r];
}

int64_t P(smear_rectangles)(const void *links, const void *given, const plaq_smear *p, int begin, int end,
                            void *smeared)
{
    const site_links *u = links;
    const su3(*s)[12] = given;
    site_links *v = smeared;
    int64_t failed = 0;

    for (int x = begin; x < end; x++) {
        su3 sum[4];

        ask_ahead(u, p->nb, x, end);
        for (int mu = 0; mu < p->directions; mu++) {
            set_zero(&sum[mu]);
            for (int nu = 0; nu < p->directions; nu++) {
                const int up = p->nb[x][nu], front = p->nb[x][mu], down = p->nb[x][4 + nu];
                const int down_front = p->nb[down][mu], m = pair(4, mu, nu), n = pair(4, nu, mu);
                const real ratio = (real)p->rectangle;

                if (nu == mu) continue;
                add_path(&u[x][nu], &s[x][n], PLAIN, &u[up][mu], &s[up][m], &u[front][nu], &s[front][n], DAGGER, ratio,
                         &sum[mu]);
                add_path(&u[down][nu], &s[down][n], DAGGER, &u[down][mu], &s[down][m], &u[down_front][nu],
                         &s[down_front][n], PLAIN, ratio, &sum[mu]);
            }
        }
        for (int mu = p->directions; mu < 4; mu++) v[x][mu] = u[x][mu];
        failed += blend_links(p, &u[x], sum, &v[x]);
    }
    return failed;
}

int64_t P(hyp_inner)(const void *links, const void *given, const plaq_smear *p, int begin, int end, void *smeared)
{
    const int d = p->directions, n = d * (d - 1);
    const site_links *u = links;
    su3 *b = smeared;
    int64_t failed = 0;

    (void)given;
    for (int x = begin; x < end; x++) {
        ask_ahead(u, p->nb, x, end);
        for (int mu = 0; mu < d; mu++) {
            su3 s[3];

            for (int eta = 0; eta < d; eta++) {
                su3 *sum = &s[eta - (eta > mu)];

                if (eta == mu) continue;
                set_zero(sum);
                add_staples(u[0], 4, p->nb, x, mu, eta, mu, eta, sum);
            }
            failed += blend_others(p, &u[x][mu], s, &b[(size_t)x * n + (d - 1) * mu]);
        }
    }
    return failed;
}

int64_t P(hyp_middle)(const void *links, const void *given, const plaq_smear *p, int begin, int end, void *smeared)
{
    const site_links *u = links;
    const su3 *b = given;
    su3 *c = smeared;
    int64_t failed = 0;

    for (int x = begin; x < end; x++)
        for (int mu = 0; mu < 4; mu++) {
            su3 s[3];

            for (int nu = 0; nu < 4; nu++) {
                if (nu == mu) continue;
                set_zero(&s[nu - (nu > mu)]);
                for (int rho = 0; rho < 4; rho++) {
                    const int eta = fourth(mu, nu, rho);

                    if (rho != mu && rho != nu)
                        add_staples(b, 12, p->nb, x, mu, rho, pair(4, mu, eta), pair(4, rho, eta), &s[nu - (nu > mu)]);
                }
            }
            failed += blend_others(p, &u[x][mu], s, &c[(size_t)x * 12 + 3 * mu]);
        }
    return failed;
}

int64_t P(hyp_outer)(const void *links, const void *given, const plaq_smear *p, int begin, int end, void *smeared)
{
    const int d = p->directions;
    const site_links *u = links;
    const su3 *c = given;
    site_links *v = smeared;
    int64_t failed = 0;

    for (int x = begin; x < end; x++) {
        su3 s[4];

        for (int mu = 0; mu < d; mu++) {
            set_zero(&s[mu]);
            for (int nu = 0; nu < d; nu++) {
                const int eta = 3 - mu - nu; /* the third of three directions */
                const int mu_at = pair(d, mu, d == 4 ? nu : eta), nu_at = pair(d, nu, d == 4 ? mu : eta);

                if (nu != mu) add_staples(c, d * (d - 1), p->nb, x, mu, nu, mu_at, nu_at, &s[mu]);
            }
        }
        for (int mu = d; mu < 4; mu++) v[x][mu] = u[x][mu];
        failed += blend_links(p, &u[x], s, &v[x]);
    }
    return failed;
}
