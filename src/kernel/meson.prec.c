/* Two propagators at a site, colours traced:
 *
 *     tensor[4 a + b][4 c + d] = sum_ij S1[a][i][b][j] conj(S2[c][i][d][j])
 *
 * with all that mesons of these quarks need, whatever their gamma matrices. 18,432 flops a site, 576 reals: a product
 * of 16 x 9 and 9 x 16 matrices.
 */
#include "kernel/spins.h"

void P(meson_tensor)(const void *const q1[12], const void *const q2[12], double *tensor)
{
    spin_pairs w[9];

    for (int i = 0; i < 3; i++)
        for (int c = 0; c < 4; c++) {
            quad re[3], im[3];

            sort_columns(q2, c, i, 0, re);
            sort_columns(q2, c, i, 1, im);
            for (int j = 0; j < 3; j++) {
                *(quad *)((real *)w[3 * i + j][0] + 4 * c) = re[j];
                *(quad *)((real *)w[3 * i + j][1] + 4 * c) = -im[j];
            }
        }
    spin_product(q1, (const spin_pairs *)w, tensor);
}
