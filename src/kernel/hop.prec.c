/* The hopping term of Wilson's operator, and matrices on single sites, for LANES columns at a time.
 *
 *     D psi(x) = sum_mu (1 - gamma_mu) U_mu(x) psi(x+mu) + (1 + gamma_mu) U_mu(x-mu)^dagger psi(x-mu)
 *
 * Here a vector holds the same real of LANES columns, [site][spin][colour][re, im][LANES], and links are scalars that
 * serve all of them. (1 -+ gamma_mu) psi has two independent spins: with gamma_mu psi in spin s being i^p psi_q, those
 * of s = 0, 1 are psi_s -+ i^p psi_q, and spin q of the result is -+ i^-p times the product of spin s with the link.
 * D^dagger = gamma_5 D gamma_5 has the other signs.
 *
 * 1320 flops a site and column: 8 directions of two spins, each 6 to project, 66 to multiply, 12 to add, where the
 * first of a sum costs nothing. A site matrix of two hermitian blocks costs 2 (6 (2 + 5 x 8) + twist) = 504, and 24 to
 * add. A site reads 24 reals a column and writes 24, where neighbours stay in cache, besides 72 of links.
 */
#include "kernel/su3.h"

/* LANES columns of a site */
typedef struct {
    vec e[4][3][2];
} spinor;

/* what (1 -+ gamma_mu) leaves of it: spins 0 and 1 */
typedef struct {
    vec e[2][3][2];
} half_spinor;

typedef real scalar_links[4][3][3][2];

/* gamma_mu psi in spin s = 0, 1 is i^power[mu][s] psi_q */
static const int power[4][2] = {{1, 1}, {2, 0}, {1, 3}, {0, 0}};

INLINE int partner(int mu, int s)
{
    return mu < 2 ? 3 - s : 2 + s;
}

/* a + i^p b into c, colour by colour */
INLINE void add_turned(vec c[3][2], const vec a[3][2], int p, const vec b[3][2])
{
#pragma GCC unroll 3
    for (int k = 0; k < 3; k++) {
        const vec re = p % 2 ? b[k][1] : b[k][0], im = p % 2 ? b[k][0] : b[k][1];

        c[k][0] = p == 0 || p == 3 ? a[k][0] + re : a[k][0] - re;
        c[k][1] = p < 2 ? a[k][1] + im : a[k][1] - im;
    }
}

/* r = u h, or u^dagger h */
INLINE void link_times(vec r[3][2], const real u[3][3][2], form f, const vec h[3][2])
{
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++) {
        vec re, im;

#pragma GCC unroll 3
        for (int j = 0; j < 3; j++) {
            const real ur = f == PLAIN ? u[i][j][0] : u[j][i][0], ui = f == PLAIN ? u[i][j][1] : u[j][i][1];

            re = j ? re + ur * h[j][0] : ur * h[j][0];
            im = j ? im + ur * h[j][1] : ur * h[j][1];
            re = f == PLAIN ? re - ui * h[j][1] : re + ui * h[j][1];
            im = f == PLAIN ? im + ui * h[j][0] : im - ui * h[j][0];
        }
        r[i][0] = re;
        r[i][1] = im;
    }
}

/* Spin s of what (1 -+ gamma_mu) leaves of a neighbour in direction k, 0..3 ahead, 4..7 behind. */
INLINE void half_of(int k, int s, bool dagger, const spinor *psi, vec h[3][2])
{
    const int mu = k % 4, minus = (k < 4) != dagger ? 2 : 0;

    add_turned(h, psi->e[s], (power[mu][s] + minus) % 4, psi->e[partner(mu, s)]);
}

/* Direction k of spin s of D psi, from a half of the neighbour: what it adds to that spin, and to its partners. */
INLINE void hop_one_way(int k, int s, bool dagger, const vec h[3][2], const real u[3][3][2], vec upper[3][2],
                        vec lower[2][3][2])
{
    const int mu = k % 4, q = partner(mu, s) - 2, minus = (k < 4) != dagger ? 2 : 0;
    vec r[3][2];

    link_times(r, u, k < 4 ? PLAIN : DAGGER, h);
    add_turned(upper, upper, 0, r);
    add_turned(lower[q], lower[q], (4 - power[mu][s] + minus) % 4, r);
}

/* The half of the neighbour y; at an edge to other ranks it may have come as such. */
INLINE void half_at(const plaq_hop *hop, int k, int s, bool dagger, bool edge, const spinor *in, int y, vec h[3][2])
{
    if (edge && y >= hop->body) {
        const half_spinor *halo = hop->halo[k];

        __builtin_memcpy(h, halo[y - hop->halo_first[k]].e[s], sizeof halo->e[s]);
    } else {
        half_of(k, s, dagger, &in[y], h);
    }
}

/* Asks for half of a neighbour that the next site will be the first to need: one ahead in t, or outside of its tile. */
INLINE void ask_half(const spinor *in, int k, int s, int x, int y)
{
    if (k == 3 || y > x + FAR || y < x - FAR) ask_for(&in[y].e[2 * s], sizeof(spinor) / 2);
}

/* spin s of D psi and its partners; what the next site will read comes into cache in between, direction by direction */
INLINE void hop_spin(const plaq_hop *hop, int s, bool dagger, bool edge, const spinor *in, int x, const int *next,
                     vec upper[3][2], vec lower[2][3][2])
{
    const scalar_links *here = hop->links, *there = hop->links_there;
    const int *n = hop->nb[x];
    vec h[3][2];

#pragma GCC unroll 4
    for (int mu = 0; mu < 4; mu++) {
        ask_half(in, mu, s, x, next[mu]);
        half_at(hop, mu, s, dagger, edge, in, n[mu], h);
        hop_one_way(mu, s, dagger, h, here[x][mu], upper, lower);
        ask_half(in, 4 + mu, s, x, next[4 + mu]);
        half_at(hop, 4 + mu, s, dagger, edge, in, n[4 + mu], h);
        hop_one_way(4 + mu, s, dagger, h, there[n[4 + mu]][mu], upper, lower);
    }
}

/* what comes from memory, not from a nearer cache, is asked for two sites ahead: neighbours in t, and links */
INLINE void ask_far(const plaq_hop *hop, const spinor *in, int x, int end)
{
    const scalar_links *here = hop->links, *there = hop->links_there;
    const int soon = x + 2 < end ? x + 2 : end - 1, *n = hop->nb[soon];

    ask_for(&in[n[3]], sizeof(spinor));
    ask_for(here[soon], sizeof(scalar_links));
    for (int mu = 0; mu < 4; mu++) {
        const real *link = &there[n[4 + mu]][mu][0][0][0];

        ask_for(link, 18 * sizeof(real));
        ask_for(link + 17, 1); /* it may end on one more cache line */
    }
}

INLINE void hop_site(const plaq_hop *hop, bool dagger, bool edge, const spinor *in, int x, int end, spinor *out)
{
    const int *next = hop->nb[x + 1 < end ? x + 1 : x];
    vec upper[2][3][2], lower[2][3][2];

    ask_far(hop, in, x, end);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 3; i++)
            for (int r = 0; r < 2; r++) upper[s][i][r] = lower[s][i][r] = all_lanes(0);
#pragma GCC unroll 2
    for (int s = 0; s < 2; s++) {
        hop_spin(hop, s, dagger, edge, in, x, next, upper[s], lower);
        __builtin_memcpy(out->e[s], upper[s], sizeof upper[s]);
        FENCE;
    }
    __builtin_memcpy(out->e[2], lower, sizeof lower);
}

/* ---- matrices on a site ------------------------------------------------------------------------------------------ */

/* Element i, j of a block: re, im. Hermitian blocks are 6 diagonal reals, then rows below the diagonal. */
INLINE void block_element(const real *block, plaq_site_form how, bool dagger, int i, int j, real *re, real *im)
{
    if (how == PLAQ_SITE_FULL) {
        const real *z = dagger ? block + 2 * (6 * j + i) : block + 2 * (6 * i + j);

        *re = z[0];
        *im = dagger ? -z[1] : z[1];
    } else {
        const int low = i > j ? i : j, column = i > j ? j : i;
        const real *z = block + 6 + 2 * (low * (low - 1) / 2 + column);

        *re = z[0];
        *im = i > j ? z[1] : -z[1];
    }
}

INLINE void block_times(const real *block, plaq_site_form how, bool dagger, real twist, const vec in[6][2],
                        vec out[6][2])
{
#pragma GCC unroll 6
    for (int i = 0; i < 6; i++) {
        vec re, im;

        if (how == PLAQ_SITE_HERMITIAN) {
            re = block[i] * in[i][0] - twist * in[i][1];
            im = block[i] * in[i][1] + twist * in[i][0];
        } else {
            re = im = all_lanes(0);
        }
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++) {
            real ur, ui;

            if (i == j && how == PLAQ_SITE_HERMITIAN) continue;
            block_element(block, how, dagger, i, j, &ur, &ui);
            re += ur * in[j][0];
            im += ur * in[j][1];
            re -= ui * in[j][1];
            im += ui * in[j][0];
        }
        out[i][0] = re;
        out[i][1] = im;
    }
}

/* out = m in on site x; out is not in */
INLINE void matrix_times(const plaq_site_matrix *m, int x, const spinor *in, spinor *out)
{
    const real re = (real)m->re, im = (real)(m->dagger ? -m->im : m->im);

    for (int b = 0; b < 2; b++) {
        const vec(*from)[2] = in->e[2 * b];
        vec(*to)[2] = out->e[2 * b];
        const real twist = b ? -im : im;

        if (m->form == PLAQ_SITE_NUMBER) {
            for (int i = 0; i < 6; i++) {
                const vec r = re * from[i][0] - twist * from[i][1];

                to[i][1] = re * from[i][1] + twist * from[i][0];
                to[i][0] = r;
            }
        } else if (m->form == PLAQ_SITE_HERMITIAN) {
            const real(*block)[36] = m->blocks;

            block_times(block[2 * x + b], PLAQ_SITE_HERMITIAN, false, twist, from, to);
        } else {
            const real(*block)[72] = m->blocks;

            if (m->dagger)
                block_times(block[2 * x + b], PLAQ_SITE_FULL, true, 0, from, to);
            else
                block_times(block[2 * x + b], PLAQ_SITE_FULL, false, 0, from, to);
        }
    }
}

/* out = y + scale h */
INLINE void add_scaled(const spinor *y, real scale, const spinor *h, spinor *out)
{
    const vec *a = &y->e[0][0][0], *b = &h->e[0][0][0];
    vec *c = &out->e[0][0][0];

    for (int k = 0; k < 24; k++) c[k] = a[k] + scale * b[k];
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

/* from the hopping term h of site x to what is wanted there */
INLINE void finish(const plaq_hop *hop, int x, const spinor *h, const spinor *y, spinor *out)
{
    const real scale = (real)hop->scale;
    spinor sum;

    if (hop->on_sum) {
        if (y) {
            add_scaled(&y[x], scale, h, &sum);
        } else {
            for (int k = 0; k < 24; k++) (&sum.e[0][0][0])[k] = scale * (&h->e[0][0][0])[k];
        }
        matrix_times(&hop->matrix, x, &sum, out);
    } else {
        matrix_times(&hop->matrix, x, &y[x], &sum);
        add_scaled(&sum, scale, h, out);
    }
}

INLINE void hop_sites(const plaq_hop *hop, bool dagger, bool edge, const void *in, const void *y, int begin, int end,
                      spinor *to)
{
    for (int x = begin; x < end; x++) {
        spinor h, done;

        hop_site(hop, dagger, edge, in, x, end, &h);
        finish(hop, x, &h, y, hop->past ? &done : &to[x]);
        if (hop->past) put_past(&to[x].e[0][0][0], &done.e[0][0][0], 24);
    }
}

void P(hop)(const plaq_hop *hop, const void *in, const void *y, int begin, int end, void *out)
{
    if (!hop->edge && !hop->dagger)
        hop_sites(hop, false, false, in, y, begin, end, out);
    else if (!hop->edge)
        hop_sites(hop, true, false, in, y, begin, end, out);
    else if (!hop->dagger)
        hop_sites(hop, false, true, in, y, begin, end, out);
    else
        hop_sites(hop, true, true, in, y, begin, end, out);
}

INLINE void halves(int k, bool dagger, const spinor *in, const int *sites, int n, half_spinor *out)
{
    for (int i = 0; i < n; i++)
        for (int s = 0; s < 2; s++) {
            vec h[3][2];

            half_of(k, s, dagger, &in[sites[i]], h);
            __builtin_memcpy(out[i].e[s], h, sizeof h);
        }
}

void P(hop_halves)(int k, bool dagger, const void *in, const int *sites, int n, void *out)
{
    switch (k) {
    case 0: halves(0, dagger, in, sites, n, out); break;
    case 1: halves(1, dagger, in, sites, n, out); break;
    case 2: halves(2, dagger, in, sites, n, out); break;
    case 3: halves(3, dagger, in, sites, n, out); break;
    case 4: halves(4, dagger, in, sites, n, out); break;
    case 5: halves(5, dagger, in, sites, n, out); break;
    case 6: halves(6, dagger, in, sites, n, out); break;
    default: halves(7, dagger, in, sites, n, out); break;
    }
}

void P(site_matrix)(const plaq_site_matrix *m, const void *in, int begin, int end, void *out)
{
    const spinor *from = in;
    spinor *to = out;

    for (int x = begin; x < end; x++) matrix_times(m, x, &from[x], &to[x]);
}
