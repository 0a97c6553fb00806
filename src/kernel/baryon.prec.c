/* Three propagators at a site, colours contracted, and the spins of the diquark at the sink:
 *
 *     tensor[4 c + c'][4 a' + b'] = eps_ijk eps_i'j'k' G_ab S1[a][i][a'][i'] S2[b][j][b'][j'] S3[c][k][c'][k']
 *
 * G has one element in each row, i^power[a], in column[a]. The spins at the source are open, so that all contractions
 * and all diquarks there are sums of elements. First the diquark for each pair of colours k k',
 *
 *     W = eps_ijk eps_i'j'k' G_ab S1[a][i][a'][i'] S2[b][j][b'][j'],
 *
 * 4 spins and 4 pairs of colours of 8 x 16 flops, nine times, then the product with S3: 36,864 flops a site, 864 reals.
 */
#include "kernel/spins.h"

/* a row of S at the sink, spread over pairs of source spins (a', b'): [i'][re, im] by a', or by b' */
typedef spin_pairs colour_matrix[3][3];

/* i^power times row a of S, by the first spin of a pair */
INLINE void spread_first(const void *const q[12], int a, int power, colour_matrix m)
{
    const real sign[2] = {power == 0 || power == 3 ? 1 : -1, power < 2 ? 1 : -1}; /* of what becomes re, im */

    for (int i = 0; i < 3; i++)
        for (int r = 0; r < 2; r++) {
            quad sorted[3];

            sort_columns(q, a, i, (r + power) % 2, sorted);
            for (int j = 0; j < 3; j++)
                for (int s = 0; s < 4; s++) ((quad *)m[i][j][r])[s] = sign[r] * sorted[j][s] - (quad){0};
        }
}

/* row b of S, by the second spin of a pair */
INLINE void spread_second(const void *const q[12], int b, colour_matrix m)
{
    for (int i = 0; i < 3; i++)
        for (int r = 0; r < 2; r++) {
            quad sorted[3];

            sort_columns(q, b, i, r, sorted);
            for (int j = 0; j < 3; j++)
                for (int s = 0; s < 4; s++) ((quad *)m[i][j][r])[s] = sorted[j];
        }
}

/* w += x y, or w -= x y */
INLINE void add_product(spin_pairs w, bool minus, const spin_pairs x, const spin_pairs y)
{
#pragma GCC unroll 16
    for (int p = 0; p < PARTS; p++) {
        const vec re = minus ? -x[0][p] : x[0][p], im = minus ? -x[1][p] : x[1][p];

        w[0][p] += re * y[0][p];
        w[1][p] += re * y[1][p];
        w[0][p] -= im * y[1][p];
        w[1][p] += im * y[0][p];
    }
}

/* colours k k' of the diquark of one pair of rows */
INLINE void diquark(spin_pairs w, int k, int l, colour_matrix x, colour_matrix y)
{
    const int i = (k + 1) % 3, j = (k + 2) % 3, ip = (l + 1) % 3, jp = (l + 2) % 3;

    add_product(w, false, (const vec(*)[PARTS])x[i][ip], (const vec(*)[PARTS])y[j][jp]);
    add_product(w, true, (const vec(*)[PARTS])x[i][jp], (const vec(*)[PARTS])y[j][ip]);
    add_product(w, true, (const vec(*)[PARTS])x[j][ip], (const vec(*)[PARTS])y[i][jp]);
    add_product(w, false, (const vec(*)[PARTS])x[j][jp], (const vec(*)[PARTS])y[i][ip]);
}

void P(baryon_tensor)(const void *const q1[12], const void *const q2[12], const void *const q3[12], const int column[4],
                      const int power[4], double *tensor)
{
    colour_matrix x[4], y[4];
    spin_pairs w[9];

    for (int a = 0; a < 4; a++) {
        spread_first(q1, a, power[a], x[a]);
        spread_second(q2, column[a], y[a]);
    }
    for (int kl = 0; kl < 9; kl++) {
        spin_pairs sum = {0};

        for (int a = 0; a < 4; a++) diquark(sum, kl / 3, kl % 3, x[a], y[a]);
        __builtin_memcpy(w[kl], sum, sizeof sum);
    }
    spin_product(q3, (const spin_pairs *)w, tensor);
}
