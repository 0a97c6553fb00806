/* The field strength of leaves.h with its trace, as the clover term of a quark wants it: sites still stand in lanes.
 *
 *     f[x][plane] = F_munu = (Q - Q^dagger)/8:   Im F_00, Im F_11, Im F_22, then re, im of F_01, F_02, F_12
 *
 * 12,300 flops a site.
 */
#include "kernel/leaves.h"

void P(clover_term)(const void *links, const int (*nb)[8], int begin, int end, void *strength)
{
    const site_links *u = links;
    vec(*f)[6][9] = strength;

    for (int x = begin; x < end; x++) {
        int plane = 0;

        ask_ahead(u, nb, x, end);
        for (int nu = 1; nu < 4; nu++)
            for (int mu = 0; mu < nu; mu++, plane++) {
                vec *out = f[x][plane];
                su3 m;
                int k = 3;

                leaves(u, nb, x, mu, nu, &m);
                for (int i = 0; i < 3; i++) out[i] = m.e[i][i][1] * (real)0.25;
                for (int i = 0; i < 2; i++)
                    for (int j = i + 1; j < 3; j++) {
                        out[k++] = (m.e[i][j][0] - m.e[j][i][0]) * (real)0.125;
                        out[k++] = (m.e[i][j][1] + m.e[j][i][1]) * (real)0.125;
                    }
            }
    }
}
