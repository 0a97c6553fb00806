/* Gauge fields: every measurement against a path-ordered product on plain arrays, then what theory says of free,
 * constant-flux, gauge-transformed, translated and twisted fields, and of heat bath and over-relaxation. The same
 * bits are wanted from all ranks together, on any grid and threads, as from one rank alone. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/plain.h"
#include "support/test.h"

enum { XY, XZ, YZ, XT, YT, ZT, PLANES };

/* unequal extents, odd ones, ones that leave a single site to a rank; all fit 1, 2 and 4 ranks */
static const int lattices[][4] = {{4, 6, 8, 10}, {3, 5, 4, 6}, {2, 2, 4, 4}};
enum { LATTICES = sizeof lattices / sizeof *lattices };

/* ---- everything that is measured --------------------------------------------------------------------------- */

enum { LONGEST = 16 };

typedef struct {
    double planes[PLANES], slices[LONGEST][PLANES], link_trace, rectangle;
    double loops[4][2], energy[LONGEST], charge[LONGEST];
} measured;

static plaq_status measure(plaq_gauge *u, measured *m)
{
    memset(m, 0, sizeof *m);
    PLAQ_TRY(plaq_gauge_plaquette(u, m->planes, m->slices[0]));
    PLAQ_TRY(plaq_gauge_link_trace(u, &m->link_trace));
    PLAQ_TRY(plaq_gauge_rectangle(u, &m->rectangle));
    PLAQ_TRY(plaq_gauge_clover(u, m->energy, m->charge));
    for (int mu = 0; mu < 4; mu++) {
        double complex loop;

        PLAQ_TRY(plaq_gauge_polyakov(u, mu, &loop));
        m->loops[mu][0] = creal(loop);
        m->loops[mu][1] = cimag(loop);
    }
    return PLAQ_OK;
}

static double difference(const measured *seen, const measured *wanted)
{
    return test_difference((const double *)seen, (const double *)wanted, sizeof *seen / sizeof(double));
}

/* ---- the same on plain arrays: products of links along paths ----------------------------------------------------- */

static int sign_of(const int permutation[4])
{
    int sign = 1;

    for (int i = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++) {
            if (permutation[i] == permutation[j]) return 0;
            if (permutation[i] > permutation[j]) sign = -sign;
        }
    return sign;
}

/* energy and charge of a site, the charge by the whole sum over eps_{mu nu rho sigma} */
static void clover_at(const plain *p, const int c[4], double *energy, double *charge)
{
    plain_matrix f[4][4];

    *energy = *charge = 0;
    for (int mu = 0; mu < 4; mu++)
        for (int nu = 0; nu < 4; nu++)
            if (mu != nu) plain_clover(p, c, mu, nu, f[mu][nu]);
    for (int mu = 0; mu < 4; mu++)
        for (int nu = mu + 1; nu < 4; nu++) *energy -= creal(plain_trace_of_product(f[mu][nu], f[mu][nu]));
    for (int i = 0; i < 256; i++) {
        const int m[4] = {i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6};
        const int sign = sign_of(m);

        if (sign) *charge -= sign * creal(plain_trace_of_product(f[m[0]][m[1]], f[m[2]][m[3]])) / (32 * M_PI * M_PI);
    }
}

static void plain_measure(const plain *p, measured *m)
{
    const int *dims = p->dims;
    const double volume = (double)plain_volume(dims), slice = volume / dims[3];

    memset(m, 0, sizeof *m);
    for (size_t x = 0; x < plain_volume(dims); x++) {
        double energy, charge;
        int c[4], plane = 0;

        plain_place(dims, x, c);
        for (int nu = 1; nu < 4; nu++)
            for (int mu = 0; mu < nu; mu++, plane++) {
                const int a = mu + 1, b = nu + 1;
                const double one = creal(plain_trace(p, c, (int[]){a, b, -a, -b}, 4));

                m->planes[plane] += one / volume;
                (&m->slices[0][0])[c[3] * PLANES + plane] += one / slice;
                m->rectangle += creal(plain_trace(p, c, (int[]){a, a, b, -a, -a, -b}, 6)) / (12 * volume);
                m->rectangle += creal(plain_trace(p, c, (int[]){a, b, b, -a, -b, -b}, 6)) / (12 * volume);
            }
        for (int mu = 0; mu < 4; mu++) {
            int path[LONGEST];

            for (int i = 0; i < dims[mu]; i++) path[i] = mu + 1;
            m->link_trace += creal(plain_trace(p, c, path, 1)) / (4 * volume);
            if (c[mu]) continue;

            const double complex loop = plain_trace(p, c, path, dims[mu]) * dims[mu] / volume;

            m->loops[mu][0] += creal(loop);
            m->loops[mu][1] += cimag(loop);
        }
        clover_at(p, c, &energy, &charge);
        m->energy[c[3]] += energy / slice;
        m->charge[c[3]] += charge;
    }
}

/* ---- fields to start from ---------------------------------------------------------------------------------- */

static plaq_gauge *field_on(plaq_lattice *lattice, plaq_prec prec)
{
    return test_random_gauge(lattice, prec, 2385);
}

/* The number of threads from here on; returns what it was. */
static int set_threads(int n)
{
    int before = plaq_threads();

    plaq_threads_set(n);
    return before;
}

/* ---- cases ------------------------------------------------------------------------------------------------- */

static void free_field_gives_one_exactly(void)
{
    for (int prec = 0; prec < 2; prec++)
        for (int i = 0; i < LATTICES; i++) {
            plaq_lattice *lattice = test_lattice(lattices[i], 0);
            plaq_gauge *u = NULL;
            measured m;

            CHECK(lattice);
            CHECK_STATUS(PLAQ_OK, plaq_gauge_create(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, &u));
            test_later_gauge(&u);
            CHECK_STATUS(PLAQ_OK, measure(u, &m));
            for (int plane = 0; plane < PLANES; plane++) CHECK_SAME(m.planes[plane], 1.0);
            CHECK_SAME(m.link_trace, 1.0);
            CHECK_SAME(m.rectangle, 1.0);
            for (int mu = 0; mu < 4; mu++) CHECK_SAME(m.loops[mu][0], 1.0);
            for (int t = 0; t < lattices[i][3]; t++) CHECK_SAME(m.energy[t], 0.0);
        }
}

/* Sums of 2000 terms of rounding 1e-16 each; the charge of a slice is a sum of terms of either sign. */
static void measurements_agree_with_plain_arrays(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plain p = plain_random(lattices[i], 11);
        measured wanted;

        CHECK(p.u);
        plain_measure(&p, &wanted);
        for (int lanes = 0; lanes < 2; lanes++) {
            plaq_lattice *lattice = test_lattice(lattices[i], lanes);
            plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
            measured seen;

            if (!u) break;
            plain_give(&p, u);
            CHECK_STATUS(PLAQ_OK, measure(u, &seen));
            CHECK_CLOSE(difference(&seen, &wanted), 0, 1e-13);
        }
        plaq_free(p.u);
    }
}

static void single_precision_agrees(void)
{
    plain p = plain_random(lattices[0], 12);
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_SINGLE) : NULL;
    measured seen, wanted;

    CHECK(p.u && u);
    plain_measure(&p, &wanted);
    plain_give(&p, u);
    plaq_free(p.u);
    CHECK_STATUS(PLAQ_OK, measure(u, &seen));
    CHECK_CLOSE(difference(&seen, &wanted), 0, 2e-6); /* 24 bits; clover densities are about 10 */
}

/* Every process grid there is for this number of ranks, and one rank alone: bit for bit the same. */
static void every_grid_gives_the_bits_of_one_rank(void)
{
    for (int i = 0; i < LATTICES; i++)
        for (int prec = 0; prec < 2; prec++) {
            plaq_lattice *alone = NULL;
            plaq_gauge *u;
            measured wanted, seen;
            int grid[4] = {0, 1, 1, 1};

            CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), lattices[i], NULL, 0, &alone));
            test_later_lattice(&alone);
            u = field_on(alone, prec ? PLAQ_DOUBLE : PLAQ_SINGLE);
            CHECK(u);
            CHECK_STATUS(PLAQ_OK, measure(u, &wanted));
            for (int n = 0; test_next_grid(lattices[i], grid); n++) {
                const int threads = set_threads(n == 0 ? 2 : 1);
                plaq_lattice *lattice = test_lattice_on(lattices[i], grid, 0);

                u = lattice ? field_on(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE) : NULL;
                CHECK(u);
                CHECK_STATUS(PLAQ_OK, measure(u, &seen));
                set_threads(threads);
                CHECK(memcmp(&seen, &wanted, sizeof seen) == 0);
            }
        }
}

static void one_lane_agrees_with_full_width(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plaq_lattice *full = test_lattice(lattices[i], 0), *one = test_lattice(lattices[i], 1);
        plaq_gauge *u = full ? field_on(full, PLAQ_DOUBLE) : NULL, *v = one ? field_on(one, PLAQ_DOUBLE) : NULL;
        measured a, b;

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, measure(u, &a));
        CHECK_STATUS(PLAQ_OK, measure(v, &b));
        CHECK_CLOSE(difference(&a, &b), 0, 1e-13);
    }
}

static void nothing_depends_on_the_gauge(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plaq_lattice *lattice = test_lattice(lattices[i], 0);
        plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
        measured before, after;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, measure(u, &before));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(u, 77));
        CHECK_STATUS(PLAQ_OK, measure(u, &after));
        CHECK(fabs(after.link_trace - before.link_trace) > 1e-4); /* the one that does: links have moved */
        after.link_trace = before.link_trace;
        CHECK_CLOSE(difference(&after, &before), 0, 1e-13);
    }
}

/* The terms are the same numbers, and their sum does not depend on the order. */
static void translation_changes_no_bit(void)
{
    const int d[4] = {1, -2, 3, 1};

    for (int i = 0; i < LATTICES; i++) {
        plaq_lattice *lattice = test_lattice(lattices[i], 0);
        plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
        const int extent = lattices[i][3];
        measured before, after;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, measure(u, &before));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_translate(u, d));
        CHECK_STATUS(PLAQ_OK, measure(u, &after));
        for (int plane = 0; plane < PLANES; plane++) CHECK_SAME(after.planes[plane], before.planes[plane]);
        CHECK_SAME(after.rectangle, before.rectangle);
        CHECK_SAME(after.link_trace, before.link_trace);
        for (int t = 0; t < extent; t++) {
            CHECK_SAME(after.energy[(t + d[3]) % extent], before.energy[t]);
            CHECK_SAME(after.charge[(t + d[3]) % extent], before.charge[t]);
        }
        for (int mu = 0; mu < 4; mu++) /* the products begin elsewhere */
            CHECK_CLOSE(after.loops[mu][0], before.loops[mu][0], 1e-14);
    }
}

/* U_t -> z U_t on one time slice, z a third root of one: the loop in t turns by z, nothing else knows. */
static void centre_turns_the_polyakov_loop_alone(void)
{
    const double complex z = cexp(2 * M_PI * I / 3);

    for (int i = 0; i < LATTICES; i++) {
        plaq_lattice *lattice = test_lattice(lattices[i], 0);
        plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
        measured before, after;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, measure(u, &before));

        const int *local = plaq_lattice_local(lattice);

        for (size_t x = 0; x < plain_volume(local); x++) {
            double complex links[4][3][3];
            int c[4];

            plain_place(local, x, c);
            if (c[3] + plaq_lattice_origin(lattice)[3] != lattices[i][3] - 1) continue;
            plaq_field_get(plaq_gauge_links(u), c, 1, (double *)links);
            for (int k = 0; k < 9; k++) (&links[3][0][0])[k] *= z;
            plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)links);
        }
        plaq_field_touch(plaq_gauge_links(u));
        CHECK_STATUS(PLAQ_OK, measure(u, &after));

        const double complex turned = z * CMPLX(before.loops[3][0], before.loops[3][1]);

        CHECK_CLOSE(after.loops[3][0], creal(turned), 1e-14);
        CHECK_CLOSE(after.loops[3][1], cimag(turned), 1e-14);
        memcpy(after.loops[3], before.loops[3], sizeof after.loops[3]);
        after.link_trace = before.link_trace;
        CHECK_CLOSE(difference(&after, &before), 0, 1e-13);
    }
}

/* Of weights 1, 1, -2: one quantum through xy planes, two through zt planes. */
static const int flux_xy[3] = {1, 1, -2}, flux_zt[3] = {2, 2, -4};

static double flux(const int dims[4], int a)
{
    return 2 * M_PI * (a == 0 ? 1 : 2) / (dims[a] * dims[a + 1]);
}

/* f_a of F = i diag(f): sin of the flux of each colour without the mean, for F has no trace */
static void flux_strength(double phi, double f[3])
{
    const double s[3] = {sin(phi), sin(phi), -sin(2 * phi)};

    for (int a = 0; a < 3; a++) f[a] = s[a] - (s[0] + s[1] + s[2]) / 3;
}

static void constant_flux_has_its_closed_form(void)
{
    for (int i = 0; i < LATTICES; i++) {
        const int *dims = lattices[i];
        plaq_lattice *lattice = test_lattice(dims, 0);
        plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
        const double phi[2] = {flux(dims, 0), flux(dims, 2)};
        double f[2][3], energy = 0, charge = 0;
        measured m;

        CHECK(u);
        test_set_flux(u, flux_xy, flux_zt);
        CHECK_STATUS(PLAQ_OK, measure(u, &m));
        for (int a = 0; a < 2; a++) flux_strength(phi[a], f[a]);
        for (int a = 0; a < 3; a++) {
            energy += f[0][a] * f[0][a] + f[1][a] * f[1][a];
            charge += f[0][a] * f[1][a] / (4 * M_PI * M_PI) * (double)plain_volume(dims);
        }
        CHECK_CLOSE(m.planes[XY], (2 * cos(phi[0]) + cos(2 * phi[0])) / 3, 1e-14);
        CHECK_CLOSE(m.planes[ZT], (2 * cos(phi[1]) + cos(2 * phi[1])) / 3, 1e-14);
        CHECK_CLOSE(m.planes[XZ], 1, 1e-14);
        CHECK_CLOSE(m.planes[YT], 1, 1e-14);
        for (int t = 0; t < dims[3]; t++) CHECK_CLOSE(m.energy[t], energy, 1e-13);
        CHECK_CLOSE(test_sum(m.charge, dims[3]), charge, 1e-13);
    }
}

/* With F instead of sin F the charge is tr T^2 n_xy n_zt = 6 * 2, an integer; sin(2 phi) for 2 phi takes a part
 * in 400 away from it here. */
static void charge_of_constant_flux_goes_to_its_integer(void)
{
    const int dims[4] = {16, 12, 12, 16};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_SINGLE) : NULL;
    double energy[16], charge[16];

    CHECK(u);
    test_set_flux(u, flux_xy, flux_zt);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_clover(u, energy, charge));
    CHECK_CLOSE(test_sum(charge, 16), 12, 3e-3);
}

static void unitarity_is_judged_and_restored(void)
{
    plaq_lattice *lattice = test_lattice(lattices[1], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
    double deviation, determinant, links[72];
    const int corner[4] = {0, 0, 0, 0};

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(deviation < 4e-15 && determinant < 4e-15);
    plaq_field_get(plaq_gauge_links(u), corner, 1, links);
    for (int k = 0; k < 18; k++) links[18 + k] *= 1.01;
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) {
        plaq_field_put(plaq_gauge_links(u), corner, 1, links);
        plaq_field_touch(plaq_gauge_links(u));
    }
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK_CLOSE(deviation, 1.01 * 1.01 - 1, 1e-14);
    CHECK_CLOSE(determinant, 1.01 * 1.01 * 1.01 - 1, 1e-14);
    plaq_gauge_reunitarise(u);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(deviation < 4e-15 && determinant < 4e-15);
}

static void a_link_that_is_no_number_shows_everywhere(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_SINGLE) : NULL;
    double deviation, determinant, links[72];
    const int corner[4] = {1, 0, 1, 0};
    measured m;

    CHECK(u);
    plaq_field_get(plaq_gauge_links(u), corner, 1, links);
    links[40] = NAN;
    if (plaq_comm_rank(test_comm()) == 0) plaq_field_put(plaq_gauge_links(u), corner, 1, links);
    plaq_field_touch(plaq_gauge_links(u));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(isnan(deviation) && isnan(determinant));
    CHECK_STATUS(PLAQ_OK, measure(u, &m));
    CHECK(isnan(m.planes[XZ]) && !isnan(m.planes[XY]) && isnan(m.rectangle) && isnan(m.loops[2][0]));
    CHECK(isnan(test_sum(m.energy, lattices[0][3])));
}

static void copies_between_precisions(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
    plaq_gauge *v = lattice ? field_on(lattice, PLAQ_SINGLE) : NULL;
    measured before, after;

    CHECK(u && v);
    CHECK_STATUS(PLAQ_OK, measure(u, &before));
    plaq_gauge_unit(v);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_copy(u, v));
    CHECK_STATUS(PLAQ_OK, measure(v, &after));
    CHECK_CLOSE(difference(&after, &before), 0, 2e-6);
    plaq_gauge_unit(u);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_copy(v, u));
    CHECK_STATUS(PLAQ_OK, measure(u, &after));
    CHECK_CLOSE(difference(&after, &before), 0, 1e-7);
}

/* ---- heat bath and over-relaxation ------------------------------------------------------------------------- */

static double mean_plaquette(plaq_gauge *u)
{
    double planes[PLANES], mean = NAN, spatial, temporal;

    if (plaq_gauge_plaquette(u, planes, NULL) == PLAQ_OK) plaq_plane_means(planes, &mean, &spatial, &temporal);
    return mean;
}

/* Haar measure: (1/3) Re tr has mean 0 and variance 1/18, of a link and of a plaquette alike. */
static void hot_start_and_heat_bath_at_beta_zero_are_uniform(void)
{
    const int dims[4] = {6, 4, 4, 8};
    const double volume = 6 * 4 * 4 * 8;
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;

    CHECK(u);
    for (int start = 0; start < 2; start++) {
        double trace;

        if (start == 1) plaq_gauge_unit(u);
        if (start == 1) CHECK_STATUS(PLAQ_OK, plaq_gauge_heat_bath(u, 0, 5, 0));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_link_trace(u, &trace));
        CHECK(fabs(trace) < 4 * sqrt(1 / (18 * 4 * volume)));
        CHECK(fabs(mean_plaquette(u)) < 4 * sqrt(1 / (18 * 6 * volume)));
    }
}

/* <(1/3) Re tr U> of one link with weight exp((beta/3) Re tr U), by Weyl's formula on a grid of the two angles: exact,
 * for the integrand is periodic. */
static double one_link_mean(double beta)
{
    enum { GRID = 48 };
    double weights = 0, mean = 0;

    for (int i = 0; i < GRID; i++)
        for (int j = 0; j < GRID; j++) {
            const double a = 2 * M_PI * i / GRID, b = 2 * M_PI * j / GRID, c = -a - b;
            const double trace = cos(a) + cos(b) + cos(c);
            const double vandermonde = pow(sin((a - b) / 2) * sin((b - c) / 2) * sin((c - a) / 2), 2);
            const double weight = vandermonde * exp(beta / 3 * trace);

            weights += weight;
            mean += weight * trace / 3;
        }
    return mean / weights;
}

/* Strong coupling: <P> = u + 4 u^5 + ..., u the mean of one link; five deviations of independent plaquettes. */
static void heat_bath_agrees_with_strong_coupling(void)
{
    const int dims[4] = {8, 4, 6, 8};
    const double beta = 1.5, plaquettes = 6.0 * 8 * 4 * 6 * 8;
    const double one = one_link_mean(beta), wanted = one + 4 * pow(one, 5);
    enum { SWEEPS = 25, SKIP_SWEEPS = 5 };
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
    double mean = 0;

    CHECK(u);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        CHECK_STATUS(PLAQ_OK, plaq_gauge_heat_bath(u, beta, 99, (uint64_t)sweep));
        if (sweep >= SKIP_SWEEPS) mean += mean_plaquette(u) / (SWEEPS - SKIP_SWEEPS);
    }
    CHECK(wanted > 0.08 && wanted < 0.1);
    CHECK_CLOSE(mean, wanted, 5 * sqrt(1 / (18 * plaquettes * (SWEEPS - SKIP_SWEEPS))));
}

/* Weak coupling: 1 - <P> = 2/beta + O(1/beta^2, 1/V); from a cold start, so Kennedy-Pendleton all the way. */
static void heat_bath_agrees_with_weak_coupling(void)
{
    const int dims[4] = {8, 6, 4, 8};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_SINGLE) : NULL;
    const double beta = 100;
    double mean = 0;

    CHECK(u);
    plaq_gauge_unit(u);
    for (int sweep = 0; sweep < 20; sweep++) {
        CHECK_STATUS(PLAQ_OK, plaq_gauge_heat_bath(u, beta, 98, (uint64_t)sweep));
        if (sweep >= 10) mean += mean_plaquette(u) / 10;
    }
    CHECK_CLOSE(1 - mean, 2 / beta, 3e-4);
}

/* All links of u against those of `alone`, which this rank has whole. */
static bool same_links(plaq_gauge *u, plaq_gauge *alone)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);

    for (size_t i = 0; i < plain_volume(local); i++) {
        double a[72], b[72];
        int c[4], g[4];

        plain_place(local, i, c);
        for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + origin[mu];
        plaq_field_get(plaq_gauge_links(u), c, 1, a);
        plaq_field_get(plaq_gauge_links(alone), g, 1, b);
        if (memcmp(a, b, sizeof a)) return false;
    }
    return true;
}

static plaq_status update(plaq_gauge *u)
{
    for (uint64_t sweep = 0; sweep < 2; sweep++) {
        PLAQ_TRY(plaq_gauge_heat_bath(u, 5.7, 1234, sweep));
        PLAQ_TRY(plaq_gauge_over_relax(u));
        plaq_gauge_reunitarise(u);
    }
    return PLAQ_OK;
}

/* Sub-lattices of odd extents among them: then a vector site holds both parities, or a rank has one lane only. */
static void updates_give_the_same_links_on_every_grid(void)
{
    static const int even[][4] = {{4, 6, 8, 10}, {6, 2, 6, 2}, {2, 2, 4, 4}};

    for (int i = 0; i < 3; i++)
        for (int prec = 0; prec < 2; prec++) {
            plaq_lattice *alone = NULL;
            plaq_gauge *wanted, *u;
            int grid[4] = {0, 1, 1, 1};

            CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), even[i], NULL, 0, &alone));
            test_later_lattice(&alone);
            wanted = field_on(alone, prec ? PLAQ_DOUBLE : PLAQ_SINGLE);
            CHECK(wanted);
            CHECK_STATUS(PLAQ_OK, update(wanted));
            for (int n = 0; test_next_grid(even[i], grid); n++) {
                const int threads = set_threads(n == 0 ? 2 : 1);
                plaq_lattice *lattice = test_lattice_on(even[i], grid, 0);

                u = lattice ? field_on(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE) : NULL;
                CHECK(u);
                CHECK_STATUS(PLAQ_OK, update(u));
                set_threads(threads);
                CHECK(same_links(u, wanted));
            }
        }
}

static void updates_in_one_lane_agree_with_full_width(void)
{
    plaq_lattice *full = test_lattice(lattices[0], 0), *one = test_lattice(lattices[0], 1);
    plaq_gauge *u = full ? field_on(full, PLAQ_DOUBLE) : NULL, *v = one ? field_on(one, PLAQ_DOUBLE) : NULL;
    measured a, b;

    CHECK(u && v);
    CHECK_STATUS(PLAQ_OK, update(u));
    CHECK_STATUS(PLAQ_OK, update(v));
    CHECK_STATUS(PLAQ_OK, measure(u, &a));
    CHECK_STATUS(PLAQ_OK, measure(v, &b));
    CHECK_CLOSE(difference(&a, &b), 0, 1e-13);
}

static void over_relaxation_keeps_the_action_and_moves_the_links(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;
    double deviation, determinant;
    measured before, after;

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_heat_bath(u, 5.7, 1, 0));
    CHECK_STATUS(PLAQ_OK, measure(u, &before));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_over_relax(u));
    CHECK_STATUS(PLAQ_OK, measure(u, &after));
    CHECK_CLOSE(test_sum(after.planes, PLANES), test_sum(before.planes, PLANES), 1e-12);
    CHECK(fabs(after.rectangle - before.rectangle) > 1e-5);
    CHECK(fabs(after.planes[XY] - before.planes[XY]) > 1e-5);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(deviation < 1e-14 && determinant < 1e-14);
}

static void updates_refuse_odd_extents(void)
{
    plaq_lattice *lattice = test_lattice(lattices[1], 0);
    plaq_gauge *u = lattice ? field_on(lattice, PLAQ_DOUBLE) : NULL;

    CHECK(u);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_heat_bath(u, 6.0, 1, 0));
    CHECK_MESSAGE("even extents");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_over_relax(u));
}

/* ---- two fields ---------------------------------------------------------------------------------------------- */

/* Turns the phases of one link by an angle: U -> diag(e^{i angle}, e^{-i angle}, 1) U. */
static void turn_link(plaq_gauge *u, const int at[4], int mu, double angle)
{
    const int *local = plaq_lattice_local(plaq_gauge_lattice(u)), *origin = plaq_lattice_origin(plaq_gauge_lattice(u));
    double complex phase[3] = {cexp(I * angle), cexp(-I * angle), 1}, site[4][3][3];
    int c[4];

    for (int nu = 0; nu < 4; nu++) {
        c[nu] = at[nu] - origin[nu];
        if (c[nu] < 0 || c[nu] >= local[nu]) return;
    }
    plaq_field_get(plaq_gauge_links(u), c, 1, (double *)site);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) site[mu][a][b] *= phase[a];
    plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)site);
}

static void a_field_compares_equal_to_its_copy(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plaq_gauge *u = test_random_gauge(test_lattice(lattices[i], 0), PLAQ_DOUBLE, 11);
        plaq_gauge *v = test_random_gauge(test_lattice(lattices[i], 0), PLAQ_DOUBLE, 11); /* of another lattice */
        plaq_differences d;

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 0, &d));
        CHECK(d.same_bits && d.beyond == 0 && d.first.site == -1 && d.largest[0].site == -1);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_plaquettes(u, v, 0, &d));
        CHECK(d.same_bits && d.beyond == 0 && d.largest[0].site == -1);
    }
}

/* A turned link is found where it is, and by how much: |e^{i angle} - 1| times the largest part of its two rows. It is
 * part of six plaquettes, if no extent is one. */
static void a_single_link_is_found(void)
{
    const int *dims = lattices[0], places[][4] = {{3, 5, 7, 9}, {1, 0, 2, 6}, {0, 4, 5, 1}};

    for (int k = 0; k < 3; k++) {
        const int64_t site =
            places[k][0] + dims[0] * (places[k][1] + dims[1] * (places[k][2] + dims[2] * places[k][3]));
        plaq_lattice *lattice = test_lattice(dims, 0);
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 12), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 12);
        plaq_differences d;

        CHECK(u && v);
        turn_link(v, places[k], k, 0.01);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 1e-4, &d));
        CHECK(!d.same_bits && d.beyond == 1);
        CHECK(d.first.site == site && d.first.which == k);
        CHECK(d.largest[0].site == site && d.largest[0].which == k && d.largest[1].site == -1);
        CHECK(d.largest[0].difference > 0.002 && d.largest[0].difference < 0.01);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 0.1, &d));
        CHECK(!d.same_bits && d.beyond == 0 && d.first.site == -1 && d.largest[0].site == site);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_plaquettes(u, v, 1e-9, &d));
        CHECK(!d.same_bits && d.beyond == 6);
    }
}

/* The list of the largest is in order, and the first is the first, on any number of ranks. */
static void differences_are_listed_in_order(void)
{
    const int *dims = lattices[0];
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 13), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 13);
    plaq_differences d;

    CHECK(u && v);
    for (int t = 0; t < 10; t++) turn_link(v, (const int[]){t % 4, t % 6, 7 - t % 8, 9 - t}, t % 4, 0.3 / (1 << t));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 1e-6, &d));
    CHECK(d.beyond == 10);
    CHECK(d.first.site == 1 + dims[0] * (3 + dims[1] * 6) && d.first.which == 1); /* t = 0: the last one turned */
    for (int i = 0; i < PLAQ_DIFFERENCES_SHOWN; i++) {
        CHECK(d.largest[i].site / (dims[0] * dims[1] * dims[2]) == 9 - i);
        CHECK(i == 0 || d.largest[i].difference < d.largest[i - 1].difference);
    }
}

static void plaquettes_do_not_know_the_gauge(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plaq_lattice *lattice = test_lattice(lattices[i], 0);
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 14), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 14);
        plaq_differences d;

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(v, 2385));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 0.01, &d));
        CHECK(d.beyond == 4 * plaq_lattice_volume(lattice)); /* a random link is nowhere so near by chance */
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_plaquettes(u, v, 1e-14, &d)); /* eight more products of 1e-16 */
        CHECK(!d.same_bits && d.beyond == 0);
    }
}

static void no_number_is_the_largest_difference(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 15), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 15);
    plaq_differences d;

    CHECK(u && v);
    turn_link(v, (const int[]){0, 0, 0, 0}, 0, 1);
    turn_link(v, (const int[]){2, 3, 4, 5}, 3, NAN);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, v, 1e-6, &d));
    CHECK(d.beyond == 2 && isnan(d.largest[0].difference) && d.largest[0].which == 3);
    CHECK(d.largest[1].site == 0 && d.largest[1].difference > 0.1 && d.largest[2].site == -1);
}

static plaq_status compare_both(void *given)
{
    plaq_gauge **fields = given;
    plaq_differences d;

    PLAQ_TRY(plaq_gauge_compare_links(fields[0], fields[1], 0, &d));
    return plaq_gauge_compare_plaquettes(fields[0], fields[1], 0, &d);
}

static void comparing_survives_faults(void)
{
    plaq_lattice *lattice = test_lattice(lattices[2], 0);
    plaq_gauge *fields[] = {test_random_gauge(lattice, PLAQ_DOUBLE, 16), test_random_gauge(lattice, PLAQ_DOUBLE, 17)};

    CHECK(fields[0] && fields[1]);
    CHECK_STATUS(PLAQ_OK, compare_both(fields)); /* the first use of a halo makes what stays with the field */
    plaq_field_touch(plaq_gauge_links(fields[0]));
    CHECK_FAULT_SWEEP(compare_both, fields);
}

TEST_MAIN({"free field gives one exactly", free_field_gives_one_exactly},
          {"measurements agree with plain arrays", measurements_agree_with_plain_arrays},
          {"single precision agrees", single_precision_agrees},
          {"every grid gives the bits of one rank", every_grid_gives_the_bits_of_one_rank},
          {"one lane agrees with full width", one_lane_agrees_with_full_width},
          {"nothing depends on the gauge", nothing_depends_on_the_gauge},
          {"translation changes no bit", translation_changes_no_bit},
          {"centre turns the Polyakov loop alone", centre_turns_the_polyakov_loop_alone},
          {"constant flux has its closed form", constant_flux_has_its_closed_form},
          {"charge of constant flux goes to its integer", charge_of_constant_flux_goes_to_its_integer},
          {"unitarity is judged and restored", unitarity_is_judged_and_restored},
          {"a link that is no number shows everywhere", a_link_that_is_no_number_shows_everywhere},
          {"copies between precisions", copies_between_precisions},
          {"hot start and heat bath at beta 0 are uniform", hot_start_and_heat_bath_at_beta_zero_are_uniform},
          {"heat bath agrees with strong coupling", heat_bath_agrees_with_strong_coupling},
          {"heat bath agrees with weak coupling", heat_bath_agrees_with_weak_coupling},
          {"updates give the same links on every grid", updates_give_the_same_links_on_every_grid},
          {"updates in one lane agree with full width", updates_in_one_lane_agree_with_full_width},
          {"over-relaxation keeps the action and moves the links",
           over_relaxation_keeps_the_action_and_moves_the_links},
          {"updates refuse odd extents", updates_refuse_odd_extents},
          {"a field compares equal to its copy", a_field_compares_equal_to_its_copy},
          {"a single link is found", a_single_link_is_found},
          {"differences are listed in order", differences_are_listed_in_order},
          {"plaquettes do not know the gauge", plaquettes_do_not_know_the_gauge},
          {"no number is the largest difference", no_number_is_the_largest_difference},
          {"comparing survives faults", comparing_survives_faults})
