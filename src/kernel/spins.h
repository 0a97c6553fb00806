/* Propagators at one site, for contractions.
 *
 * S[spin][colour][source spin][source colour] is read where it stands in a field of columns: q[3 b + j] is where
 * column (b, j) begins, and its reals [a][i][re, im] stand LANES apart. A vector holds pairs of spins here, 16 of them
 * side by side in PARTS vectors.
 */
#ifndef PLAQ_KERNEL_SPINS_H
#define PLAQ_KERNEL_SPINS_H

#include "kernel/su3.h"

enum { PAIRS = 16, PARTS = PAIRS / LANES };

/* a number for each pair of spins, [re, im] */
typedef vec spin_pairs[2][PARTS];

/* the real part of S[a][i][b][j]; the imaginary part stands LANES on */
INLINE const real *element(const void *const q[12], int a, int i, int b, int j)
{
    return (const real *)q[3 * b + j] + (6 * a + 2 * i) * LANES;
}

/* four numbers side by side, one for each spin */
typedef real quad __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

/* by_colour[j][b] = S[a][i][b][j], its real part, or its imaginary one. Columns 3 b + j stand together four by four
 * where there are so many lanes. */
INLINE void sort_columns(const void *const q[12], int a, int i, int imaginary, quad by_colour[3])
{
#if LANES < 4
    const int r = imaginary * LANES;

    for (int j = 0; j < 3; j++)
        by_colour[j] = (quad){element(q, a, i, 0, j)[r], element(q, a, i, 1, j)[r], element(q, a, i, 2, j)[r],
                              element(q, a, i, 3, j)[r]};
#else
#ifdef PREC_DOUBLE
    typedef int64_t index __attribute__((vector_size(32)));
#else
    typedef int32_t index __attribute__((vector_size(16)));
#endif
    static const index first[3] = {{0, 3, 6, 6}, {1, 4, 7, 7}, {2, 5, 5, 5}};
    static const index last[3] = {{0, 1, 2, 5}, {0, 1, 2, 6}, {0, 1, 4, 7}};
    const int k = (6 * a + 2 * i + imaginary) * LANES;
    const quad x = *(const quad *)((const real *)q[0] + k), y = *(const quad *)((const real *)q[4] + k);
    const quad z = *(const quad *)((const real *)q[8] + k);

#pragma GCC unroll 3
    for (int j = 0; j < 3; j++) by_colour[j] = __builtin_shuffle(__builtin_shuffle(x, y, first[j]), z, last[j]);
#endif
}

/* tensor[re, im][4 a + b][pair] = sum_ij S[a][i][b][j] w[3 i + j][pair], four rows at a time to keep sums in registers:
 * 18,432 flops */
INLINE void spin_product(const void *const q[12], const spin_pairs w[9], double *tensor)
{
    for (int a = 0; a < 4; a++) {
        vec re[4][PARTS] = {0}, im[4][PARTS] = {0};

        for (int ij = 0; ij < 9; ij++)
#pragma GCC unroll 4
            for (int b = 0; b < 4; b++) {
                const real *s = element(q, a, ij / 3, b, ij % 3), sr = s[0], si = s[LANES];

#pragma GCC unroll 16
                for (int p = 0; p < PARTS; p++) {
                    re[b][p] += sr * w[ij][0][p];
                    im[b][p] += sr * w[ij][1][p];
                    re[b][p] -= si * w[ij][1][p];
                    im[b][p] += si * w[ij][0][p];
                }
            }
        for (int b = 0; b < 4; b++)
            for (int p = 0; p < PARTS; p++) {
                double *to = tensor + (4 * a + b) * PAIRS + p * LANES;

                put_density(to, re[b][p]);
                put_density(to + PAIRS * PAIRS, im[b][p]);
            }
    }
}

#endif
