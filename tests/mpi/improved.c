/* What is measured beyond the plaquette: staples by planes, improved energy and charge, the energy-momentum tensor and
 * its Fourier modes. Against products along paths on plain arrays and sums of phases, then what theory says of free,
 * constant-flux, smooth, transformed, translated, reflected and open fields. The same bits on any grid and threads. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gauge/gauge.h"
#include "support/plain.h"
#include "support/test.h"

/* unequal extents, odd ones, ones that leave a single site to a rank; all fit 1, 2 and 4 ranks */
static const int lattices[][4] = {{4, 6, 8, 10}, {3, 5, 4, 6}, {2, 2, 4, 4}};
enum { LATTICES = sizeof lattices / sizeof *lattices };

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
            test_later_field(&s);
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

/* ---- all that is measured -------------------------------------------------------------------------------------- */

enum { LONGEST = 32, MODES = 7, TENSOR = PLAQ_TENSOR };

/* momenta for it, of either sign and at the edge of the zone of the smallest lattice */
static const int momenta[MODES][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 1, 0}, {1, -1, 1}, {0, -1, -1}};

typedef struct {
    double plaquette[LONGEST], energy[LONGEST], clover[2][LONGEST], charge[LONGEST];
    double tensor[LONGEST * TENSOR];
    double complex modes[LONGEST * MODES * TENSOR];
} measured;

static plaq_status measure(plaq_gauge *u, measured *m)
{
    memset(m, 0, sizeof *m);
    PLAQ_TRY(plaq_gauge_energy(u, m->plaquette, m->energy));
    PLAQ_TRY(plaq_gauge_clover(u, m->clover[0], m->clover[1]));
    PLAQ_TRY(plaq_gauge_improved_charge(u, m->clover[1], NULL, m->charge));
    return plaq_gauge_energy_momentum(u, m->tensor, MODES, momenta, m->modes);
}

static double difference(const measured *seen, const measured *wanted)
{
    return test_difference((const double *)seen, (const double *)wanted, sizeof *seen / sizeof(double));
}

/* ---- the same on plain arrays ---------------------------------------------------------------------------------- */

/* 2 Re tr (1 - loop) of m by n links along mu and nu from c on; a loop through a link that is zero does not count */
static double loop_energy(const plain *p, const int c[4], int mu, int m, int nu, int n)
{
    int path[12], steps = 0;
    double complex trace;

    for (int side = 0; side < 4; side++)
        for (int i = 0; i < (side % 2 ? n : m); i++) path[steps++] = (side % 2 ? nu + 1 : mu + 1) * (side < 2 ? 1 : -1);
    trace = plain_trace(p, c, path, steps);
    return trace == 0 ? 0 : 6 * (1 - creal(trace));
}

/* A loop of m by n goes to the slices it touches: to its own, to two by halves, to the middle one of three. */
static void add_loop(const plain *p, const int c[4], int mu, int m, int nu, int n, double weight, double energy[])
{
    const int extent = p->dims[3], span = mu == 3 ? m : nu == 3 ? n : 0;
    const double value = weight * loop_energy(p, c, mu, m, nu, n);

    if (span == 0) energy[c[3]] += value;
    if (span == 1) energy[c[3]] += value / 2;
    if (span >= 1) energy[(c[3] + 1) % extent] += span == 1 ? value / 2 : value;
}

static double charge_of(plain_matrix f[4][4])
{
    const double planes = creal(plain_trace_of_product(f[0][1], f[2][3])) -
                          creal(plain_trace_of_product(f[0][2], f[1][3])) +
                          creal(plain_trace_of_product(f[1][2], f[0][3]));

    return -planes / (4 * M_PI * M_PI);
}

/* U_munu in the order of the components, then E; G^a G^a = -2 tr F F */
static void tensor_of(plain_matrix f[4][4], double tensor[TENSOR])
{
    static const int mu[10] = {0, 1, 2, 3, 0, 0, 1, 0, 1, 2}, nu[10] = {0, 1, 2, 3, 1, 2, 2, 3, 3, 3};
    double e = 0;

    for (int r = 0; r < 4; r++)
        for (int s = 0; s < 4; s++)
            if (r != s) e -= 2 * creal(plain_trace_of_product(f[r][s], f[r][s])) / 4;
    for (int k = 0; k < 10; k++) {
        tensor[k] = mu[k] == nu[k] ? -e : 0;
        for (int r = 0; r < 4; r++)
            if (r != mu[k] && r != nu[k]) tensor[k] -= 2 * creal(plain_trace_of_product(f[mu[k]][r], f[nu[k]][r]));
    }
    tensor[10] = e;
}

static void add_modes(const plain *p, const int c[4], const double tensor[TENSOR], double complex modes[])
{
    const int *dims = p->dims;

    for (int k = 0; k < MODES; k++) {
        double px = 0;

        for (int i = 0; i < 3; i++) px += 2 * M_PI * momenta[k][i] * c[i] / dims[i];
        for (int i = 0; i < TENSOR; i++)
            modes[(c[3] * MODES + k) * TENSOR + i] += cexp(-I * px) * tensor[i] / (dims[0] * dims[1] * dims[2]);
    }
}

static void plain_measure(const plain *p, measured *m)
{
    const int *dims = p->dims;
    const double slice = (double)(dims[0] * dims[1] * dims[2]);

    memset(m, 0, sizeof *m);
    for (size_t x = 0; x < plain_volume(dims); x++) {
        plain_matrix f[4][4], g[4][4];
        double tensor[TENSOR];
        int c[4];

        plain_place(dims, x, c);
        for (int mu = 0; mu < 4; mu++)
            for (int nu = 0; nu < 4; nu++) {
                if (mu == nu) continue;
                plain_clover(p, c, mu, nu, f[mu][nu]);
                plain_long_clover(p, c, mu, nu, g[mu][nu]);
                if (mu < nu) add_loop(p, c, mu, 1, nu, 1, 1 / slice, m->plaquette);
                if (mu < nu) add_loop(p, c, mu, 1, nu, 1, 5 / (3 * slice), m->energy);
                add_loop(p, c, mu, 2, nu, 1, -1 / (12 * slice), m->energy);
            }
        tensor_of(f, tensor);
        m->clover[0][c[3]] += tensor[10] / slice;
        m->clover[1][c[3]] += charge_of(f);
        m->charge[c[3]] += 5 * charge_of(f) / 3 - 2 * charge_of(g) / 3;
        for (int i = 0; i < TENSOR; i++) m->tensor[c[3] * TENSOR + i] += tensor[i] / slice;
        add_modes(p, c, tensor, m->modes);
    }
}

/* ---- cases ------------------------------------------------------------------------------------------------------ */

/* Sums of 2000 terms of rounding 1e-16 each; densities are about 10. */
static void measurements_agree_with_plain_arrays(void)
{
    for (int i = 0; i < LATTICES; i++) {
        plain p = plain_random(lattices[i], 11);
        measured wanted, seen;

        CHECK(p.u);
        test_later(plaq_free, p.u);
        plain_measure(&p, &wanted);
        for (int lanes = 0; lanes < 2; lanes++) {
            plaq_lattice *lattice = test_lattice(lattices[i], lanes);
            plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;

            CHECK(u);
            plain_give(&p, u);
            CHECK_STATUS(PLAQ_OK, measure(u, &seen));
            CHECK_CLOSE(difference(&seen, &wanted), 0, 2e-13);
        }
    }
}

static void single_precision_agrees(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 5) : NULL;
    plaq_gauge *v = lattice ? test_random_gauge(lattice, PLAQ_SINGLE, 6) : NULL;
    measured seen, wanted;

    CHECK(u && v);
    CHECK_STATUS(PLAQ_OK, measure(u, &wanted));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_copy(u, v));
    CHECK_STATUS(PLAQ_OK, measure(v, &seen));
    CHECK_CLOSE(difference(&seen, &wanted), 0, 4e-6); /* 24 bits; densities are about 20 */
}

/* Every process grid there is for this number of ranks, and one rank alone: bit for bit the same. */
static void every_grid_gives_the_bits_of_one_rank(void)
{
    const int ranks = plaq_comm_size(test_comm());

    for (int i = 0; i < LATTICES; i++)
        for (int prec = 0; prec < 2; prec++) {
            plaq_lattice *alone = NULL;
            plaq_gauge *u;
            static measured wanted, seen;

            CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), lattices[i], NULL, 0, &alone));
            test_later_lattice(&alone);
            u = test_random_gauge(alone, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, 7);
            CHECK(u);
            CHECK_STATUS(PLAQ_OK, measure(u, &wanted));
            for (int k = 0, n = 0; k < 625; k++) {
                const int grid[4] = {k % 5, k / 5 % 5, k / 25 % 5, k / 125};
                const int threads = plaq_threads();
                plaq_lattice *lattice = NULL;

                if (grid[0] * grid[1] * grid[2] * grid[3] != ranks) continue;
                if (plaq_grid_check(lattices[i], ranks, grid) != PLAQ_OK) continue;
                plaq_threads_set(n++ == 0 ? 2 : 1);
                CHECK_STATUS(PLAQ_OK, plaq_lattice_create(test_comm(), lattices[i], grid, 0, &lattice));
                test_later_lattice(&lattice);
                u = test_random_gauge(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, 7);
                CHECK(u);
                CHECK_STATUS(PLAQ_OK, measure(u, &seen));
                plaq_threads_set(threads);
                CHECK(memcmp(&seen, &wanted, sizeof seen) == 0);
            }
        }
}

static void free_field_gives_zero_exactly(void)
{
    for (int prec = 0; prec < 2; prec++) {
        plaq_lattice *lattice = test_lattice(lattices[0], 0);
        plaq_gauge *u = lattice ? test_random_gauge(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, 1) : NULL;
        measured m, zero;

        CHECK(u);
        memset(&zero, 0, sizeof zero);
        plaq_gauge_unit(u);
        CHECK_STATUS(PLAQ_OK, measure(u, &m));
        CHECK_SAME(difference(&m, &zero), 0.0);
    }
}

static void nothing_depends_on_the_gauge(void)
{
    plaq_lattice *lattice = test_lattice(lattices[0], 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 9) : NULL;
    measured before, after;

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, measure(u, &before));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(u, 31));
    CHECK_STATUS(PLAQ_OK, measure(u, &after));
    CHECK_CLOSE(difference(&after, &before), 0, 2e-13);
}

/* exp(-i p.d) for modes; slices move in t */
static void translation_moves_slices_and_turns_modes(void)
{
    const int *dims = lattices[0], d[4] = {1, 5, 3, 4};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 10) : NULL;
    measured before, after;

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, measure(u, &before));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_translate(u, d));
    CHECK_STATUS(PLAQ_OK, measure(u, &after));
    for (int t = 0; t < dims[3]; t++) {
        const int from = (t + dims[3] - d[3]) % dims[3];

        CHECK_SAME(after.plaquette[t], before.plaquette[from]);
        CHECK_SAME(after.energy[t], before.energy[from]);
        CHECK_SAME(after.charge[t], before.charge[from]);
        for (int i = 0; i < TENSOR; i++) CHECK_SAME(after.tensor[t * TENSOR + i], before.tensor[from * TENSOR + i]);
        for (int k = 0; k < MODES * TENSOR; k++) {
            const int *n = momenta[k / TENSOR];
            const double angle =
                2 * M_PI *
                ((double)n[0] * d[0] / dims[0] + (double)n[1] * d[1] / dims[1] + (double)n[2] * d[2] / dims[2]);
            const double complex wanted = cexp(-I * angle) * before.modes[from * MODES * TENSOR + k];

            CHECK_CLOSE(cabs(after.modes[t * MODES * TENSOR + k] - wanted), 0, 1e-14);
        }
    }
}

/* t -> -t: slices are reflected, charge and U_xt U_yt U_zt change sign. */
static void reflection_of_time_reflects_slices(void)
{
    const int *dims = lattices[0], extent = dims[3];
    plain p = plain_random(dims, 13), q = plain_random(dims, 13);
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    measured before, after;

    test_later(plaq_free, p.u);
    test_later(plaq_free, q.u);
    CHECK(p.u && q.u && u);
    for (size_t x = 0; x < plain_volume(dims); x++) {
        int c[4];

        plain_place(dims, x, c);
        c[3] = (extent - c[3]) % extent;
        memcpy(q.u[x], p.u[plain_number(dims, c)], sizeof *q.u);
        c[3] = (c[3] + extent - 1) % extent;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) q.u[x][3][i][j] = conj(p.u[plain_number(dims, c)][3][j][i]);
    }
    plain_give(&p, u);
    CHECK_STATUS(PLAQ_OK, measure(u, &before));
    plain_give(&q, u);
    CHECK_STATUS(PLAQ_OK, measure(u, &after));
    for (int t = 0; t < extent; t++) {
        const int from = (extent - t) % extent;

        CHECK_CLOSE(after.plaquette[t], before.plaquette[from], 1e-13);
        CHECK_CLOSE(after.energy[t], before.energy[from], 1e-13);
        CHECK_CLOSE(after.charge[t], -before.charge[from], 1e-13);
        for (int i = 0; i < TENSOR; i++)
            CHECK_CLOSE(after.tensor[t * TENSOR + i], (i >= 7 && i < 10 ? -1 : 1) * before.tensor[from * TENSOR + i],
                        1e-13);
    }
}

/* ---- fields whose numbers are known ---------------------------------------------------------------------------- */

/* (sum_a f_a g_a) of f, g made traceless, f_a = sin(k n_a phi)/k: the field strength from loops of k times the area */
static double flux_product(int k, const int f[3], double phi_f, const int g[3], double phi_g)
{
    double a[3], b[3], sum = 0;

    for (int i = 0; i < 3; i++) {
        a[i] = sin(k * f[i] * phi_f) / k;
        b[i] = sin(k * g[i] * phi_g) / k;
    }
    for (int i = 0; i < 3; i++) sum += (a[i] - (a[0] + a[1] + a[2]) / 3) * (b[i] - (b[0] + b[1] + b[2]) / 3);
    return sum;
}

static double flux_energy(int k, const int n[3], double phi)
{
    double sum = 0;

    for (int i = 0; i < 3; i++) sum += 2 * (1 - cos(k * n[i] * phi));
    return sum;
}

/* One quantum through every plane xy and zt, of either sign: every density in closed form, the charges near to +-1. A
 * constant field has errors of a^4 F^2 only, phi^2/6 in either charge, and nothing to improve. */
static void unit_charge_has_its_closed_form(void)
{
    const int *dims = lattices[0], xy[3] = {1, -1, 0};
    const double phi_xy = 2 * M_PI / (dims[0] * dims[1]), phi_zt = 2 * M_PI / (dims[2] * dims[3]);
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    measured m;

    CHECK(u);
    for (int sign = -1; sign <= 1; sign += 2) {
        const int zt[3] = {sign, 0, -sign};
        const double unit = (double)plain_volume(dims) / (4 * M_PI * M_PI);
        const double clover = unit * flux_product(1, xy, phi_xy, zt, phi_zt);
        const double improved = (5 * clover - 2 * unit * flux_product(2, xy, phi_xy, zt, phi_zt)) / 3;
        const double plaquette = flux_energy(1, xy, phi_xy) + flux_energy(1, zt, phi_zt);
        const double rectangle = 2 * (flux_energy(2, xy, phi_xy) + flux_energy(2, zt, phi_zt));
        const double e_xy = flux_product(1, xy, phi_xy, xy, phi_xy), e_zt = flux_product(1, zt, phi_zt, zt, phi_zt);

        test_set_flux(u, xy, zt);
        CHECK_STATUS(PLAQ_OK, measure(u, &m));
        CHECK_CLOSE(test_sum(m.clover[1], dims[3]), clover, 1e-13);
        CHECK_CLOSE(test_sum(m.charge, dims[3]), improved, 1e-13);
        CHECK(fabs(clover - sign) < 0.013 && fabs(improved - sign) < 0.013);
        for (int t = 0; t < dims[3]; t++) {
            const double *tensor = &m.tensor[t * TENSOR];

            CHECK_CLOSE(m.plaquette[t], plaquette, 1e-13);
            CHECK_CLOSE(m.energy[t], 5 * plaquette / 3 - rectangle / 12, 1e-13);
            for (int mu = 0; mu < 4; mu++) CHECK_CLOSE(tensor[mu], mu < 2 ? e_xy - e_zt : e_zt - e_xy, 1e-13);
            for (int k = 4; k < 10; k++) CHECK_CLOSE(tensor[k], 0, 1e-13);
            CHECK_CLOSE(tensor[10], e_xy + e_zt, 1e-13);
        }
    }
}

/* F_xy = F_zt everywhere: a self-dual field carries energy, but U vanishes. */
static void self_dual_field_has_no_tensor(void)
{
    const int dims[4] = {4, 6, 4, 6}, flux[3] = {1, -2, 1};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    measured m;

    CHECK(u);
    test_set_flux(u, flux, flux);
    CHECK_STATUS(PLAQ_OK, measure(u, &m));
    for (int t = 0; t < dims[3]; t++) {
        for (int k = 0; k < 10; k++) CHECK_CLOSE(m.tensor[t * TENSOR + k], 0, 1e-14);
        CHECK(m.tensor[t * TENSOR + 10] > 0.5);
    }
}

/* A = alpha f(t) (sin kz, cos kz, 0, 0) with f = cos(kt), k = 2 pi/L, in colours 1, 1, -2. With B = kA and E = -dA/dt,
 *
 *     E(t) = 6 (B^2 + E^2) = 6 alpha^2 k^2,    Q(t) = -V_3 (6/(4 pi^2)) alpha^2 k f f'.
 */
static void set_smooth(plaq_gauge *u, double alpha, double k)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);

    for (size_t i = 0; i < plain_volume(plaq_lattice_local(lattice)); i++) {
        double complex links[4][3][3] = {{{0}}};
        int c[4], g[4];

        global_place(lattice, i, c, g);
        for (int mu = 0; mu < 4; mu++)
            for (int a = 0; a < 3; a++) {
                const double wave = mu == 0 ? sin(k * g[2]) : mu == 1 ? cos(k * g[2]) : 0;

                links[mu][a][a] = cexp(I * (a == 2 ? -2 : 1) * alpha * cos(k * g[3]) * wave);
            }
        plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)links);
    }
    plaq_field_touch(plaq_gauge_links(u));
}

/* Relative errors of energies and charges on slice L/8 of a lattice whose period is L. */
static plaq_status smooth_errors(plaq_gauge *u, int length, double errors[4])
{
    const int t = length / 8;
    const double alpha = 0.5 / length, k = 2 * M_PI / length; /* in units of a: one and the same field of any L */
    const double energy = 6 * alpha * alpha * k * k;
    const double charge = 2.0 * 4 * length * 6 / (4 * M_PI * M_PI) * alpha * alpha * k * k * cos(k * t) * sin(k * t);
    static measured m;

    set_smooth(u, alpha, k);
    PLAQ_TRY(plaq_gauge_energy(u, m.plaquette, m.energy));
    PLAQ_TRY(plaq_gauge_clover(u, m.clover[0], m.clover[1]));
    PLAQ_TRY(plaq_gauge_improved_charge(u, m.clover[1], NULL, m.charge));
    errors[0] = m.plaquette[t] / energy - 1;
    errors[1] = m.clover[1][t] / charge - 1;
    errors[2] = m.energy[t] / energy - 1;
    errors[3] = m.charge[t] / charge - 1;
    return PLAQ_OK;
}

/* Errors fall by 4, improved by 16, where the lattice gets twice as fine; the next order moves that by some percent. */
static void smooth_fields_show_the_improvement(void)
{
    double coarse[4], fine[4];

    for (int pass = 0; pass < 2; pass++) {
        const int length = pass ? 32 : 16, dims[4] = {2, 4, length, length};
        plaq_lattice *lattice = test_lattice(dims, 0);
        plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, smooth_errors(u, length, pass ? fine : coarse));
    }
    for (int i = 0; i < 4; i++) {
        CHECK_CLOSE(coarse[i] / fine[i], i < 2 ? 4 : 16, i < 2 ? 0.02 : 0.04);
        CHECK(i < 2 || fabs(coarse[i]) < fabs(coarse[i - 2]) / 5);
    }
}

/* ---- open boundaries -------------------------------------------------------------------------------------------- */

static void open_boundaries_count_what_is_there(void)
{
    const int *dims = lattices[0], last = dims[3] - 1;
    plain p = plain_random(dims, 17);
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    measured m, wanted;

    test_later(plaq_free, p.u);
    CHECK(p.u && u);
    CHECK(!plaq_gauge_is_open(u));
    for (size_t x = plain_volume(dims) / (size_t)dims[3] * (size_t)last; x < plain_volume(dims); x++)
        memset(p.u[x][3], 0, sizeof p.u[x][3]);
    plain_give(&p, u);
    CHECK(plaq_gauge_is_open(u));
    CHECK_STATUS(PLAQ_OK, measure(u, &m));
    plain_measure(&p, &wanted);
    for (int t = 1; t < last; t++) {
        CHECK_CLOSE(m.plaquette[t], wanted.plaquette[t], 1e-13);
        CHECK_CLOSE(m.energy[t], wanted.energy[t], 1e-13);
        CHECK_CLOSE(m.clover[0][t], wanted.clover[0][t], 1e-13);
        CHECK_CLOSE(m.charge[t], t == 1 || t == last - 1 ? wanted.clover[1][t] : wanted.charge[t], 1e-13);
        CHECK_CLOSE(m.tensor[t * TENSOR + 7], wanted.tensor[t * TENSOR + 7], 1e-13);
    }
    for (int t = 0; t <= last; t += last) {
        CHECK_SAME(m.clover[0][t], 0.0);
        CHECK_SAME(m.charge[t], 0.0);
        for (int i = 0; i < TENSOR; i++) CHECK_SAME(m.tensor[t * TENSOR + i], 0.0);
        for (int i = 0; i < MODES * TENSOR; i++) CHECK_SAME(cabs(m.modes[t * MODES * TENSOR + i]), 0.0);
    }
}

/* Half the weight for loops within the first and the last slice: of one spatial plaquette that is not 1, on each. */
static void open_boundaries_halve_their_slices(void)
{
    const int *dims = lattices[0], last = dims[3] - 1;
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    double periodic[2][LONGEST], open[2][LONGEST];

    CHECK(u);
    for (int pass = 0; pass < 2; pass++) { /* one field in all slices: nothing between them */
        for (size_t i = 0; i < plain_volume(plaq_lattice_local(lattice)); i++) {
            double complex links[4][3][3];
            int c[4], g[4];

            global_place(lattice, i, c, g);
            memset(links, 0, sizeof links);
            for (int mu = 0; mu < 4; mu++)
                for (int a = 0; a < 3; a++)
                    links[mu][a][a] = cexp(I * (a == 2 ? -2 : 1) * (mu < 3 ? 0.1 * g[(mu + 1) % 3] : 0));
            if (pass == 1 && g[3] == last) memset(links[3], 0, sizeof links[3]);
            plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)links);
        }
        plaq_field_touch(plaq_gauge_links(u));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_energy(u, pass ? open[0] : periodic[0], pass ? open[1] : periodic[1]));
    }
    for (int t = 0; t <= last; t++)
        for (int k = 0; k < 2; k++) {
            CHECK(periodic[k][t] > 0.01);
            CHECK_CLOSE(open[k][t], periodic[k][t] * (t == 0 || t == last ? 0.5 : 1), 1e-14);
        }
}

/* ---- momenta ---------------------------------------------------------------------------------------------------- */

static void momenta_are_those_of_the_zone(void)
{
    const int dims[4] = {2, 3, 8, 4},
              wanted[][3] = {{0, 0, 0}, {0, 0, -1}, {0, -1, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int(*n)[3] = NULL, count = 0, wrong = 0, farthest = 0;

    CHECK_STATUS(PLAQ_OK, plaq_momenta(dims, 1, &n, &count));
    for (int i = 0; i < count; i++) wrong += memcmp(n[i], wanted[i], sizeof n[i]) != 0;
    plaq_free(n);
    CHECK(count == 6 && wrong == 0);
    CHECK_STATUS(PLAQ_OK, plaq_momenta(dims, 18, &n, &count)); /* the zone has 2 * 3 * 8 sites, the farthest n^2 = 18 */
    for (int i = 1; i < count; i++)
        if (n[i][0] * n[i][0] + n[i][1] * n[i][1] + n[i][2] * n[i][2] == 18) farthest++;
    plaq_free(n);
    CHECK(count == 48 && farthest == 2);
}

/* ---- other people's numbers ------------------------------------------------------------------------------------- */

/* Text in the order t z y x mu row column re im, slowest first, as QCDMeasurements.jl and MetaQCD.jl publish it. */
static plaq_status read_text(const char *path, plain *p)
{
    char *text = NULL, *at;
    size_t n;

    PLAQ_TRY(plaq_file_slurp(path, 1 << 20, &text, &n));
    p->u = plaq_alloc(plain_volume(p->dims), sizeof *p->u);
    at = text;
    for (size_t i = 0; p->u && i < plain_volume(p->dims) * 72; i++) ((double *)p->u)[i] = strtod(at, &at);
    plaq_free(text);
    return p->u ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* Topological_charge.txt of QCDMeasurements.jl for its testconf.txt: "clover" and "clover improved". */
static void published_charges_are_met(void)
{
    const char *path = test_data("qcdmeasurements/testconf.txt");
    const int dims[4] = {4, 4, 4, 4};
    plain p = {dims, NULL};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    measured m;

    if (!path) SKIP("no shared data");
    CHECK(u);
    CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), read_text(path, &p)));
    plain_give(&p, u);
    plaq_free(p.u);
    CHECK_STATUS(PLAQ_OK, measure(u, &m));
    CHECK_CLOSE(test_sum(m.clover[1], 4), -0.027164585971545994, 1e-15);
    CHECK_CLOSE(test_sum(m.charge, 4), -0.03210085960569041, 1e-15);
}

TEST_MAIN({"staples agree with plain arrays", staples_agree_with_plain_arrays},
          {"measurements agree with plain arrays", measurements_agree_with_plain_arrays},
          {"single precision agrees", single_precision_agrees},
          {"every grid gives the bits of one rank", every_grid_gives_the_bits_of_one_rank},
          {"free field gives zero exactly", free_field_gives_zero_exactly},
          {"nothing depends on the gauge", nothing_depends_on_the_gauge},
          {"translation moves slices and turns modes", translation_moves_slices_and_turns_modes},
          {"reflection of time reflects slices", reflection_of_time_reflects_slices},
          {"unit charge has its closed form", unit_charge_has_its_closed_form},
          {"self-dual field has no tensor", self_dual_field_has_no_tensor},
          {"smooth fields show the improvement", smooth_fields_show_the_improvement},
          {"open boundaries count what is there", open_boundaries_count_what_is_there},
          {"open boundaries halve their slices", open_boundaries_halve_their_slices},
          {"momenta are those of the zone", momenta_are_those_of_the_zone},
          {"published charges are met", published_charges_are_met})
