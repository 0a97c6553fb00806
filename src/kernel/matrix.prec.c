/* Links one by one: set, drawn, made unitary, judged, transformed. All bound by bandwidth but for the random ones. */
#include "kernel/su3.h"

#include <math.h>

void P(unit)(void *matrices, int per_site, int begin, int end)
{
    su3 *m = matrices;

    for (size_t k = (size_t)begin * (size_t)per_site; k < (size_t)end * (size_t)per_site; k++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                m[k].e[i][j][0] = all_lanes(i == j);
                m[k].e[i][j][1] = all_lanes(0);
            }
}

INLINE void row_scale_to_one(row r)
{
    const vec scale = (real)1 / square_root(row_dot(r, r));

    for (int k = 0; k < 3; k++) {
        r[k][0] *= scale;
        r[k][1] *= scale;
    }
}

/* Gram-Schmidt on the first two rows, the third from them. */
INLINE void make_unitary(su3 *m)
{
    row a, b, c;

    row_get(a, m, 0);
    row_get(b, m, 1);
    row_scale_to_one(a);

    vec re = row_dot(b, a), im = b[0][1] * a[0][0]; /* b.a^dagger */

    im -= b[0][0] * a[0][1];
    for (int k = 1; k < 3; k++) {
        im += b[k][1] * a[k][0];
        im -= b[k][0] * a[k][1];
    }
    for (int k = 0; k < 3; k++) {
        b[k][0] -= re * a[k][0];
        b[k][0] += im * a[k][1];
        b[k][1] -= re * a[k][1];
        b[k][1] -= im * a[k][0];
    }
    row_scale_to_one(b);
    row_cross(c, a, b);
    row_put(m, 0, a);
    row_put(m, 1, b);
    row_put(m, 2, c);
}

void P(reunitarise)(void *links, int begin, int end)
{
    site_links *u = links;

    for (int x = begin; x < end; x++)
        for (int mu = 0; mu < 4; mu++) make_unitary(&u[x][mu]);
}

/* Two rows of Gaussian numbers made orthonormal are uniform over SU(3): nothing singles out a direction. */
void P(random)(void *matrices, int per_site, const int64_t *site, const int64_t *lane_site, uint64_t seed,
               plaq_random_purpose purpose, int begin, int end)
{
    su3 *u = matrices;

    for (int x = begin; x < end; x++)
        for (int m = 0; m < per_site; m++) {
            su3 *link = &u[(size_t)x * (size_t)per_site + (size_t)m];
            vec *element = &link->e[0][0][0];

            for (int l = 0; l < LANES; l++)
                for (int k = 0; k < 3; k++) {
                    double normal[4];

                    plaq_random_normal(seed, purpose, 0, (uint64_t)(site[x] + lane_site[l]), (uint64_t)(3 * m + k),
                                       normal);
                    for (int i = 0; i < 4; i++) LANE(element[4 * k + i], l) = (real)normal[i];
                }
            make_unitary(link);
        }
}

void P(transform)(void *links, const void *matrices, const int (*nb)[8], int begin, int end)
{
    site_links *u = links;
    const su3 *g = matrices;

    for (int x = begin; x < end; x++)
        for (int mu = 0; mu < 4; mu++) {
            su3 turned;

            multiply(&turned, SET, &g[x], PLAIN, &u[x][mu], PLAIN);
            multiply(&u[x][mu], SET, &turned, PLAIN, &g[nb[x][mu]], DAGGER);
        }
}

/* The larger lane by lane; what is not a number wins. */
INLINE vec larger(vec a, vec b)
{
    vec r;

    for (int l = 0; l < LANES; l++)
        LANE(r, l) = LANE(a, l) >= LANE(b, l) || isnan(LANE(a, l)) ? LANE(a, l) : LANE(b, l);
    return r;
}

/* max |m m^dagger - 1|^2 over the elements */
INLINE vec deviation(const su3 *m)
{
    vec worst = all_lanes(0);
    su3 product;

    multiply(&product, SET, m, PLAIN, m, DAGGER);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const vec re = product.e[i][j][0] - all_lanes(i == j), im = product.e[i][j][1];

            worst = larger(worst, re * re + im * im);
        }
    return worst;
}

/* |det m - 1|^2 */
INLINE vec determinant_deviation(const su3 *m)
{
    row a, b, c;
    vec re, im;

    row_get(a, m, 0);
    row_get(b, m, 1);
    row_cross(c, a, b);
    row_get(a, m, 2);
    re = row_dot(a, c) - all_lanes(1); /* det m = row2 . conj(c) */
    im = a[0][1] * c[0][0] - a[0][0] * c[0][1];
    for (int k = 1; k < 3; k++) im += a[k][1] * c[k][0] - a[k][0] * c[k][1];
    return re * re + im * im;
}

void P(unitarity)(const void *links, const int (*nb)[8], int begin, int end, double *density)
{
    const site_links *u = links;

    (void)nb;
    for (int x = begin; x < end; x++) {
        vec worst = all_lanes(0), determinant = all_lanes(0);

        for (int mu = 0; mu < 3; mu++) {
            worst = larger(worst, deviation(&u[x][mu]));
            determinant = larger(determinant, determinant_deviation(&u[x][mu]));
        }
        put_density(density, square_root(worst));
        put_density(density + LANES, square_root(determinant));
        put_density(density + 2 * LANES, square_root(deviation(&u[x][3])));
        put_density(density + 3 * LANES, square_root(determinant_deviation(&u[x][3])));
        density += 4 * LANES;
    }
}
