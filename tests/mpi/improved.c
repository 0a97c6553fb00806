/* What is measured beyond the plaquette: staples by planes, improved energy and charge, the energy-momentum tensor. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "gauge/gauge.h"
#include "support/plain.h"
#include "support/test.h"

/* unequal extents, odd ones, ones that leave a single site to a rank; all fit 1, 2 and 4 ranks */
static const int lattices[][4] = {{4, 6, 8, 10}, {3, 5, 4, 6}, {2, 2, 4, 4}};
enum { LATTICES = sizeof lattices / sizeof *lattices };

static void destroy_field(void *object)
{
    plaq_field *field = object;

    plaq_field_destroy(&field);
}

static void global_place(plaq_lattice *lattice, size_t i, int c[4], int g[4])
{
    plain_place(plaq_lattice_local(lattice), i, c);
    for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + plaq_lattice_origin(lattice)[mu];
}

/* The largest difference of the staples of a site from products of links along the paths. */
static double staple_difference(const plain *p, const int c[4], const double complex seen[12][3][3])
{
    double worst = 0;

    for (int mu = 0, k = 0; mu < 4; mu++)
        for (int nu = 0; nu < 4; nu++) {
            plain_matrix up, down;

            if (nu == mu) continue;
            plain_follow(p, c, (int[]){nu + 1, mu + 1, -nu - 1}, 3, up);
            plain_follow(p, c, (int[]){-nu - 1, mu + 1, nu + 1}, 3, down);
            for (int i = 0; i < 9; i++) {
                const double d = cabs((&seen[k][0][0])[i] - (&up[0][0])[i] - (&down[0][0])[i]);

                if (!(d <= worst)) worst = d;
            }
            k++;
        }
    return worst;
}

static void staples_agree_with_plain_arrays(void)
{
    for (int i = 0; i < LATTICES; i++)
        for (int lanes = 0; lanes < 2; lanes++) {
            plain p = plain_random(lattices[i], 21);
            plaq_lattice *lattice = test_lattice(lattices[i], lanes);
            plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
            plaq_field *s = NULL;
            double worst = 0;

            CHECK(p.u && u);
            test_later(plaq_free, p.u);
            plain_give(&p, u);
            CHECK_STATUS(PLAQ_OK, plaq_field_create(lattice, PLAQ_DOUBLE, STAPLE_REALS, &s));
            test_later(destroy_field, s);
            CHECK_STATUS(PLAQ_OK, gauge_plane_staples(u, s));
            for (size_t x = 0; x < plain_volume(plaq_lattice_local(lattice)); x++) {
                double complex seen[12][3][3];
                int c[4], g[4];

                global_place(lattice, x, c, g);
                plaq_field_get(s, c, 1, (double *)seen);
                worst = fmax(worst, staple_difference(&p, g, seen));
            }
            CHECK(worst < 4e-15); /* elements of at most 2, products of three */
        }
}

TEST_MAIN({"staples agree with plain arrays", staples_agree_with_plain_arrays})
