/* The twelve 2x1 rectangles of a site, centred: the long side runs from x-mu over x to x+mu.
 *
 *     R_mu|nu(x) = (1/3) Re tr [W_mu(x) U_nu(x+mu)] [U_nu(x-mu) W_mu(x+nu)]^dagger,   W_mu(x) = U_mu(x-mu) U_mu(x)
 *
 *     density[x] = the sums of R_mu|nu over those of mu and nu spatial (6), of mu = t (3), of nu = t (3)
 *
 * Centred, no site is farther than one step in each of two directions: what the halo holds.
 * 8352 flops a site: 40 products (198) and 12 real traces (36); 576 bytes in double, 288 in single where links stay
 * in cache: bound by arithmetic.
 */
#include "kernel/su3.h"

/* Re tr of the rectangle, w = W_mu(x) */
INLINE vec rectangle_trace(const site_links *u, const int (*nb)[8], int x, int mu, int nu, const su3 *w)
{
    const int back = nb[x][4 + mu], up = nb[x][nu];
    const su3 *right = &u[nb[x][mu]][nu], *left = &u[back][nu];
    const su3 *top_left = &u[nb[back][nu]][mu], *top_right = &u[up][mu];
    su3 a, b, c;

    multiply(&a, SET, w, PLAIN, right, PLAIN);
    multiply(&b, SET, left, PLAIN, top_left, PLAIN);
    multiply(&c, SET, &b, PLAIN, top_right, PLAIN);
    return trace_re(&a, &c);
}

void P(rectangle)(const void *links, const int (*nb)[8], int begin, int end, double *density)
{
    const site_links *u = links;

    for (int x = begin; x < end; x++) {
        vec sum[3] = {all_lanes(0), all_lanes(0), all_lanes(0)};

        ask_ahead(u, nb, x, end);
        for (int mu = 0; mu < 4; mu++) {
            su3 w;

            multiply(&w, SET, &u[nb[x][4 + mu]][mu], PLAIN, &u[x][mu], PLAIN);
            for (int nu = 0; nu < 4; nu++)
                if (nu != mu) sum[mu == 3 ? 1 : nu == 3 ? 2 : 0] += rectangle_trace(u, nb, x, mu, nu, &w);
        }
        for (int i = 0; i < 3; i++) put_scaled(density + i * LANES, sum[i], 1.0 / 3.0);
        density += 3 * LANES;
    }
}
