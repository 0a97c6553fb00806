/* Plaquettes and link traces of a range of sites.
 *
 *     plaquette[x][munu] = (1/3) Re tr [U_mu(x) U_nu(x+mu)] [U_nu(x) U_mu(x+nu)]^dagger,   xy xz yz xt yt zt
 *     link_trace[x] = (1/3) sum_mu Re tr U_mu(x)
 *
 * plaquette: 2592 flops a site (a plane: two products, 198 each, and a real trace, 36); 576 bytes in double, 288 in
 * single, where a link stays in cache until its last use. 4.5 flops a byte in double, 9 in single: one core is bound
 * by arithmetic, all cores of a socket by memory. link_trace: 12 flops, the same bytes, bound by memory.
 */
#include "kernel/su3.h"

void P(plaquette)(const void *links, const int (*nb)[8], int begin, int end, double *density)
{
    const site_links *u = links;

    for (int x = begin; x < end; x++) {
        ask_ahead(u, nb, x, end);
        for (int nu = 1; nu < 4; nu++)
            for (int mu = 0; mu < nu; mu++) {
                su3 a, b;

                multiply(&a, SET, &u[x][mu], PLAIN, &u[nb[x][mu]][nu], PLAIN);
                multiply(&b, SET, &u[x][nu], PLAIN, &u[nb[x][nu]][mu], PLAIN);
                put_scaled(density, trace_re(&a, &b), 1.0 / 3.0);
                density += LANES;
            }
    }
}

void P(link_trace)(const void *links, const int (*nb)[8], int begin, int end, double *density)
{
    const site_links *u = links;

    (void)nb;
    for (int x = begin; x < end; x++) {
        vec trace = all_lanes(0);

        for (int mu = 0; mu < 4; mu++)
            for (int i = 0; i < 3; i++) trace += u[x][mu].e[i][i][0];
        put_density(density, trace * (real)(1.0 / 3.0));
        density += LANES;
    }
}
