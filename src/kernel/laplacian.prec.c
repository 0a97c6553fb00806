/* The covariant Laplacian in space, Delta = H - 6, on columns side by side:
 *
 *     H psi(x) = sum_{i = x,y,z} U_i(x) psi(x+i) + U_i(x-i)^dagger psi(x-i),
 *     out(x)   = keep base(x) + weight H psi(x).
 *
 * A lane is a column here, and links are the same for all of them. Spins do not mix: a spinor is four colour vectors.
 * 444 flops a site, spin and column: six products of 66, five sums of 6, and 18 to put them together. Read and written
 * once each, where caches hold a tile: 3 x 6 reals a site, spin and column (in, base, out), and 108 of links a site.
 * That is 3 flops a byte in single precision with 16 columns, 1.5 in double with 8: memory bounds it.
 */
#include "kernel/su3.h"

/* a colour vector in all columns, and a link */
typedef vec colour[3][2];
typedef real link[3][3][2];

/* sum += u v, or u^dagger v */
INLINE void transport(const link u, form f, const colour v, colour sum)
{
#pragma GCC unroll 3
    for (int b = 0; b < 3; b++) {
        const vec re = v[b][0], im = v[b][1];

#pragma GCC unroll 3
        for (int a = 0; a < 3; a++) {
            const real ur = f == PLAIN ? u[a][b][0] : u[b][a][0], ui = f == PLAIN ? u[a][b][1] : -u[b][a][1];

            sum[a][0] += re * ur;
            sum[a][0] -= im * ui;
            sum[a][1] += im * ur;
            sum[a][1] += re * ui;
        }
    }
}

INLINE void hop(const plaq_spread *s, const colour *psi, int x, int spin, int spins, colour sum)
{
    const link(*u)[4] = s->links, (*there)[4] = s->links_there;

    for (int a = 0; a < 3; a++) sum[a][0] = sum[a][1] = all_lanes(0);
    for (int i = 0; i < 3; i++) {
        const int front = s->nb[x][i], back = s->nb[x][4 + i];

        transport(u[x][i], PLAIN, psi[front * spins + spin], sum);
        transport(there[back][i], DAGGER, psi[back * spins + spin], sum);
    }
}

/* Asks for what the site after the next will be the first to need. */
INLINE void ask_soon(const plaq_spread *s, const colour *psi, const colour *base, int i, int end, int spins)
{
    const int soon = s->site[i + 2 < end ? i + 2 : end - 1];
    const link(*u)[4] = s->links, (*there)[4] = s->links_there;

    ask_for(&base[soon * spins], (size_t)spins * sizeof *base);
    ask_for(u[soon], 3 * sizeof(link));
    for (int k = 0; k < 8; k++) {
        if (k % 4 == 3) continue;
        ask_for(&psi[s->nb[soon][k] * spins], (size_t)spins * sizeof *psi);
        if (k > 3) ask_for(there[s->nb[soon][k]][k - 4], sizeof(link));
    }
}

INLINE void spread(const plaq_spread *s, const colour *psi, const colour *base, int begin, int end, int spins,
                   colour *out)
{
    const real keep = (real)s->keep, weight = (real)s->weight;

    for (int i = begin; i < end; i++) {
        const int x = s->site[i];

        ask_soon(s, psi, base, i, end, spins);
        for (int spin = 0; spin < spins; spin++) {
            const int at = x * spins + spin;
            colour sum;

            hop(s, psi, x, spin, spins, sum);
            for (int a = 0; a < 3; a++)
                for (int r = 0; r < 2; r++) out[at][a][r] = base[at][a][r] * keep + sum[a][r] * weight;
        }
    }
}

void P(spread)(const plaq_spread *s, const void *in, const void *base, int begin, int end, void *out)
{
    if (s->spins == 4)
        spread(s, in, base, begin, end, 4, out);
    else
        spread(s, in, base, begin, end, 1, out);
}
