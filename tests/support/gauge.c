/* Random links to start from. See test.h. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "test.h"

static void destroy_gauge(void *object)
{
    plaq_gauge *u = object;

    plaq_gauge_destroy(&u);
}

void test_later_gauge(plaq_gauge **u)
{
    test_later(destroy_gauge, *u);
}

plaq_gauge *test_random_gauge(plaq_lattice *lattice, plaq_prec prec, uint64_t seed)
{
    plaq_gauge *u = NULL;

    if (!lattice ||
        !test_status(PLAQ_OK, plaq_gauge_create(lattice, prec, &u), __FILE__, __LINE__, "plaq_gauge_create"))
        return NULL;
    test_later_gauge(&u);
    plaq_gauge_hot(u, seed);
    return u;
}

/* Phase of a link at global coordinates c, in the plane of directions a and a + 1, for n quanta. */
static double flux_angle(const int dims[4], const int c[4], int mu, int n)
{
    const int a = mu < 2 ? 0 : 2;
    const double phi = 2 * M_PI * n / (dims[a] * dims[a + 1]);

    if (mu == a + 1) return phi * c[a];
    return c[a] == dims[a] - 1 ? -phi * dims[a] * c[a + 1] : 0;
}

void test_set_flux(plaq_gauge *u, const int xy[3], const int zt[3])
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    const int *dims = plaq_lattice_dims(lattice), sites = local[0] * local[1] * local[2] * local[3];

    for (int i = 0; i < sites; i++) {
        const int c[4] = {i % local[0], i / local[0] % local[1], i / (local[0] * local[1]) % local[2],
                          i / (local[0] * local[1] * local[2])};
        const int g[4] = {c[0] + origin[0], c[1] + origin[1], c[2] + origin[2], c[3] + origin[3]};
        double complex links[4][3][3] = {{{0}}};

        for (int mu = 0; mu < 4; mu++)
            for (int a = 0; a < 3; a++) links[mu][a][a] = cexp(I * flux_angle(dims, g, mu, mu < 2 ? xy[a] : zt[a]));
        plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)links);
    }
    plaq_field_touch(plaq_gauge_links(u));
}

void test_open_time(plaq_gauge *u)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int *local = plaq_lattice_local(lattice), sites = local[0] * local[1] * local[2];
    const int t = plaq_lattice_dims(lattice)[3] - 1 - plaq_lattice_origin(lattice)[3];

    for (int i = 0; i < sites && t < local[3]; i++) {
        const int c[4] = {i % local[0], i / local[0] % local[1], i / (local[0] * local[1]), t};
        double complex links[4][3][3];

        plaq_field_get(plaq_gauge_links(u), c, 1, (double *)links);
        memset(links[3], 0, sizeof links[3]);
        plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)links);
    }
    plaq_field_touch(plaq_gauge_links(u));
}
