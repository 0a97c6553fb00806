/* Ordered products of links along straight lines, for Polyakov loops: lanes are lines side by side.
 * 198 flops and 144 bytes (72 in single) a link: bound by bandwidth. */
#include "kernel/su3.h"

void P(line)(const void *links, const int (*nb)[8], int mu, int length, int n, const int *first, const int *from,
             void *running)
{
    const site_links *u = links;
    su3 *product = running;

    for (int k = 0; k < n; k++) {
        su3 m = product[k], next;
        vec *out = &product[k].e[0][0][0], *in = &m.e[0][0][0];

        for (int step = 0, x = first[k]; step < length; step++, x = nb[x][mu]) {
            multiply(&next, SET, &m, PLAIN, &u[x][mu], PLAIN);
            m = next;
        }
        for (int i = 0; i < 18; i++)
            for (int l = 0; l < LANES; l++) LANE(out[i], l) = LANE(in[i], from[l]);
    }
}

void P(line_trace)(const void *running, int n, double *density)
{
    const su3 *m = running;

    for (int k = 0; k < n; k++)
        for (int c = 0; c < 2; c++, density += LANES)
            put_density(density, (m[k].e[0][0][c] + m[k].e[1][1][c] + m[k].e[2][2][c]) * (real)(1.0 / 3.0));
}
