/* Densities of energy and of topological charge by the clover field strength of leaves.h.
 *
 *     density[x][0] = sum_{mu<nu} -tr F_munu F_munu
 *     density[x][1] = (1/(32 pi^2)) eps_{mu nu rho sigma} tr G_munu G_rhosigma,  G = -iF,  eps_xyzt = +1
 *
 * 12,510 flops a site: F in six planes (2053) and nine traces of products (20). 576 bytes in double, 288 in single
 * where links stay in cache: bound by arithmetic.
 */
#include "kernel/leaves.h"

void P(clover)(const void *links, const int (*nb)[8], int begin, int end, double *density)
{
    const site_links *u = links;

    for (int x = begin; x < end; x++) {
        vec energy = all_lanes(0);
        algebra f[6];

        ask_ahead(u, nb, x, end);
        field_strength(u, nb, x, f);
        for (int plane = 0; plane < 6; plane++) energy += minus_trace(&f[plane], &f[plane]);
        put_density(density, energy);
        put_density(density + LANES, topological_charge(f));
        density += 2 * LANES;
    }
}
