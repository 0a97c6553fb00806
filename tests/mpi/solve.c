/* Solutions of Dirac's equation: the free field in closed form, symmetries, other codes' numbers; and solvers against
 * each other, on columns that are zero, equal or easy, and where there is no solution to be had. */
#include <complex.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/plain.h"
#include "support/test.h"

enum { COLUMNS = 12 };

/* S(x, y) for a fixed y: rows and columns 3 spin + colour */
typedef double complex block[COLUMNS][COLUMNS];

static const char *const names[] = {"CG", "BiCGStab", "block CG"};

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static size_t number_of(const plaq_lattice *lattice, const int place[4])
{
    int c[4];

    for (int mu = 0; mu < 4; mu++) c[mu] = plaq_lattice_origin(lattice)[mu] + place[mu];
    return plain_number(plaq_lattice_dims(lattice), c);
}

static void put_points(plaq_columns *b, const int y[4])
{
    plaq_lattice *lattice = plaq_columns_lattice(b);
    const size_t source = plain_number(plaq_lattice_dims(lattice), y);

    for (size_t i = 0; i < plain_volume(plaq_lattice_local(lattice)); i++) {
        int place[4];

        plain_place(plaq_lattice_local(lattice), i, place);
        if (number_of(lattice, place) != source) continue;
        for (int j = 0; j < COLUMNS; j++) {
            double psi[24] = {0};

            psi[2 * j] = 1;
            plaq_columns_put(b, place, j, psi);
        }
    }
}

/* All sites of all ranks as S(x, y), [volume]. */
static void gather(const plaq_columns *f, block *all)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const size_t volume = (size_t)plaq_lattice_volume(lattice);

    memset(all, 0, volume * sizeof *all);
    for (size_t x = 0; x < plain_volume(plaq_lattice_local(lattice)); x++)
        for (int j = 0; j < COLUMNS; j++) {
            double complex psi[COLUMNS];
            int place[4];

            plain_place(plaq_lattice_local(lattice), x, place);
            plaq_columns_get(f, place, j, (double *)psi);
            for (int i = 0; i < COLUMNS; i++) all[number_of(lattice, place)][i][j] = psi[i];
        }
    plaq_reduce_sum(test_comm(), (double *)all, (int)(volume * sizeof *all / sizeof(double)));
}

static plaq_status propagator(plaq_gauge *u, const plaq_action *action, const int y[4], const plaq_solver *how,
                              block *all, plaq_solution *solution)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    plaq_columns *b = NULL, *x = NULL;
    plaq_dirac *d = NULL;
    plaq_status status;

    PLAQ_GO(plaq_dirac_create(u, action, &d));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, COLUMNS, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &b));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, COLUMNS, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &x));
    put_points(b, y);
    PLAQ_GO(plaq_dirac_solve(d, how, b, x, solution));
    gather(x, all);
done:
    plaq_columns_destroy(&b);
    plaq_columns_destroy(&x);
    plaq_dirac_destroy(&d);
    return status;
}

/* Memory that is let go of after the case. */
static void *later_memory(size_t count, size_t size)
{
    void *memory = plaq_alloc(count, size);

    test_later(plaq_free, memory);
    return memory;
}

static double largest_difference(const block *a, const block *b, size_t volume)
{
    const double complex *x = &a[0][0][0], *y = &b[0][0][0];
    double worst = 0;

    for (size_t i = 0; i < volume * COLUMNS * COLUMNS; i++)
        if (!(cabs(x[i] - y[i]) <= worst)) worst = cabs(x[i] - y[i]);
    return worst;
}

/* ---- the free field ---------------------------------------------------------------------------------------------- */

static double complex i_power(int n)
{
    return (double complex[]){1, I, -1, -I}[n % 4];
}

/* (a - i gamma.s - i mu gamma_5) / (a^2 + s^2 + mu^2),  a = 4 + m - sum cos p,  s = sin p */
static void free_at(const plaq_action *action, const double p[4], double complex s[4][4])
{
    double a = 4 + action->mass, square = action->mu * action->mu;

    for (int mu = 0; mu < 4; mu++) {
        a -= cos(p[mu]);
        square += sin(p[mu]) * sin(p[mu]);
    }
    memset(s, 0, 16 * sizeof s[0][0]);
    for (int i = 0; i < 4; i++) {
        const plaq_gamma five = plaq_gamma_of(15);

        s[i][i] += a / (square + a * a);
        s[i][five.column[i]] -= I * action->mu * i_power(five.power[i]) / (square + a * a);
        for (int mu = 0; mu < 4; mu++) {
            const plaq_gamma g = plaq_gamma_of(1 << mu);

            s[i][g.column[i]] -= I * sin(p[mu]) * i_power(g.power[i]) / (square + a * a);
        }
    }
}

/* S(x, y) = 1/V sum_p exp(i p (x - y)) S(p),  p = (2 pi n + pi phase) / L */
static void free_propagator(const int dims[4], const plaq_action *action, const int y[4], block *all)
{
    const size_t volume = plain_volume(dims);

    memset(all, 0, volume * sizeof *all);
    for (size_t k = 0; k < volume; k++) {
        double complex s[4][4];
        double p[4];
        int n[4];

        plain_place(dims, k, n);
        for (int mu = 0; mu < 4; mu++) p[mu] = M_PI * (2 * n[mu] + action->phase[mu]) / dims[mu];
        free_at(action, p, s);
        for (size_t i = 0; i < volume; i++) {
            double angle = 0;
            int x[4];

            plain_place(dims, i, x);
            for (int mu = 0; mu < 4; mu++) angle += p[mu] * (x[mu] - y[mu]);
            for (int row = 0; row < COLUMNS; row++)
                for (int column = row % 3; column < COLUMNS; column += 3)
                    all[i][row][column] += cexp(I * angle) * s[row / 3][column / 3] / (double)volume;
        }
    }
}

static void free_field_on(const int dims[4], const plaq_action *action, const int y[4], const plaq_solver *how)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    block *seen = later_memory(plain_volume(dims), sizeof *seen);
    block *wanted = later_memory(plain_volume(dims), sizeof *wanted);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_solution solution = {0};
    plaq_status status;

    if (!u) return;
    plaq_gauge_unit(u);
    status = propagator(u, action, y, how, seen, &solution);
    plaq_solution_clear(&solution);
    CHECK_STATUS(PLAQ_OK, status);
    free_propagator(dims, action, y, wanted);
    CHECK_CLOSE(largest_difference(seen, wanted, plain_volume(dims)), 0, 1e-12);
}

/* Residuals of 1e-13, and the smallest eigenvalue is 0.2 or more: 1e-12. */
static void free_field_in_closed_form(void)
{
    static const int dims[4] = {4, 6, 2, 8}, odd[4] = {3, 4, 5, 2};

    for (int kind = 0; kind < 3; kind++)
        for (int mixed = 0; mixed < 2; mixed++) {
            const plaq_solver how = {(plaq_solver_kind)kind, 1e-13, 500, mixed};

            free_field_on(dims, &(plaq_action){.mass = 0.2, .phase = {0, 0, 0, 1}}, (int[]){1, 5, 0, 3}, &how);
            free_field_on(dims, &(plaq_action){.mass = 0.1, .csw = 1.2, .mu = 0.3, .phase = {0.2, -0.4, 0, 1}},
                          (int[]){3, 2, 1, 6}, &how);
            free_field_on(odd, &(plaq_action){.mass = 0.3, .phase = {0.3, 0, 0.1, 1}}, (int[]){1, 3, 2, 1}, &how);
        }
}

/* ---- other codes -------------------------------------------------------------------------------------------------- */

/* sum_x |S(x, 0)|^2 on time slices */
static void square_of_slices(const int dims[4], const block *all, double *sum)
{
    for (int t = 0; t < dims[3]; t++) sum[t] = 0;
    for (size_t i = 0; i < plain_volume(dims); i++) {
        int c[4];

        plain_place(dims, i, c);
        for (int k = 0; k < COLUMNS * COLUMNS; k++) {
            const double complex z = (&all[i][0][0])[k];

            sum[c[3]] += creal(z) * creal(z) + cimag(z) * cimag(z);
        }
    }
}

static void slices_of_the_free_field(const int dims[4], const plaq_action *action, double factor, int n,
                                     const double wanted[], double tolerance)
{
    const plaq_solver how = {PLAQ_SOLVE_BICGSTAB, 1e-12, 500, false};
    plaq_gauge *u = test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, 1);
    block *all = later_memory(plain_volume(dims), sizeof *all);
    plaq_solution solution = {0};
    plaq_status status;
    double sum[64];

    if (!u) return;
    plaq_gauge_unit(u);
    status = propagator(u, action, (int[]){0, 0, 0, 0}, &how, all, &solution);
    plaq_solution_clear(&solution);
    CHECK_STATUS(PLAQ_OK, status);
    square_of_slices(dims, all, sum);
    for (int t = 0; t < n; t++) CHECK_CLOSE(factor * sum[t] / wanted[t], 1, tolerance);
}

/* prec_wilson-twisted.out.xml: kappa 0.1, in single precision */
static void chroma_with_twisted_boundaries(void)
{
    static const double wanted[] = {0.550448091581462, 0.0187776788580651, 0.00191303571096159, 0.000304754974460951,
                                    0.000111618742145983};

    slices_of_the_free_field((int[]){4, 4, 4, 8}, &(plaq_action){.mass = 1, .phase = {0.2, 0.4, 0, 0}}, 1, 5, wanted,
                             5e-7);
}

/* kappa 0.15, mu 4, from a unit test; as many digits as were printed */
static void cl2qcd_with_twisted_mass(void)
{
    static const double wanted[] = {6.35347927764573e-03, 1.21141739833823e-04, 2.40482229187376e-06,
                                    1.21141739833823e-04};

    slices_of_the_free_field((int[]){4, 4, 4, 4}, &(plaq_action){.mass = 0.5 / 0.15 - 4, .mu = 4}, 1.0 / 64, 4, wanted,
                             1e-9);
}

/* ---- symmetries -------------------------------------------------------------------------------------------------- */

static const int rough[4] = {4, 2, 6, 4};
static const plaq_action clover = {.mass = -0.2, .csw = 1.1, .mu = 0.1};
static const plaq_solver accurate = {PLAQ_SOLVE_CG, 1e-13, 2000, false};

/* The propagator on plain links; NULL with the case failed. */
static block *propagator_on(const plain *p, const plaq_action *action, const int y[4])
{
    plaq_gauge *u = test_random_gauge(test_lattice(p->dims, 0), PLAQ_DOUBLE, 1);
    block *all = later_memory(plain_volume(p->dims), sizeof *all);
    plaq_solution solution = {0};
    plaq_status status;

    if (!u) return NULL;
    plain_give(p, u);
    status = propagator(u, action, y, &accurate, all, &solution);
    plaq_solution_clear(&solution);
    return test_status(PLAQ_OK, status, __FILE__, __LINE__, "propagator") ? all : NULL;
}

static void later_plain(const plain *p)
{
    test_later(plaq_free, p->u);
}

/* U'(x) = U(x + a): S'(x, 0) = S(x + a, a) */
static void translated_links_translate_the_propagator(void)
{
    static const int a[4] = {3, 1, 2, 1}, origin[4];
    const plain p = plain_random(rough, 21), q = plain_random(rough, 22);
    block *s, *moved;
    double worst = 0;

    later_plain(&p);
    later_plain(&q);
    CHECK(p.u && q.u);
    for (size_t i = 0; i < plain_volume(rough); i++) {
        int c[4];

        plain_place(rough, i, c);
        for (int mu = 0; mu < 4; mu++) c[mu] = (c[mu] + a[mu]) % rough[mu];
        memcpy(q.u[i], p.u[plain_number(rough, c)], sizeof q.u[i]);
    }
    s = propagator_on(&p, &clover, a);
    moved = s ? propagator_on(&q, &clover, origin) : NULL;
    if (!s || !moved) return;
    for (size_t i = 0; i < plain_volume(rough); i++) {
        int c[4];

        plain_place(rough, i, c);
        for (int mu = 0; mu < 4; mu++) c[mu] = (c[mu] + a[mu]) % rough[mu];
        worst = fmax(worst, largest_difference(&moved[i], &s[plain_number(rough, c)], 1));
    }
    CHECK_CLOSE(worst, 0, 1e-11);
}

static void times(const plain_matrix a, bool dagger_a, const plain_matrix b, bool dagger_b, plain_matrix out)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            out[i][j] = 0;
            for (int k = 0; k < 3; k++)
                out[i][j] += (dagger_a ? conj(a[k][i]) : a[i][k]) * (dagger_b ? conj(b[j][k]) : b[k][j]);
        }
}

/* g s g0^dagger on the colours of each pair of spins */
static void turn(block s, const plain_matrix g, const plain_matrix g0)
{
    for (int spin = 0; spin < 16; spin++) {
        plain_matrix in, half, out;

        for (int k = 0; k < 9; k++) in[k / 3][k % 3] = s[3 * (spin / 4) + k / 3][3 * (spin % 4) + k % 3];
        times(g, false, (const double complex(*)[3])in, false, half);
        times((const double complex(*)[3])half, false, g0, true, out);
        for (int k = 0; k < 9; k++) s[3 * (spin / 4) + k / 3][3 * (spin % 4) + k % 3] = out[k / 3][k % 3];
    }
}

/* U'_mu(x) = g(x) U_mu(x) g(x+mu)^dagger: S'(x, y) = g(x) S(x, y) g(y)^dagger. g is the x links of another field. */
static void propagators_are_gauge_covariant(void)
{
    static const int y[4] = {2, 0, 5, 3};
    const plain p = plain_random(rough, 23), q = plain_random(rough, 24), g = plain_random(rough, 25);
    block *s, *turned;

    later_plain(&p);
    later_plain(&q);
    later_plain(&g);
    CHECK(p.u && q.u && g.u);
    for (size_t i = 0; i < plain_volume(rough); i++)
        for (int mu = 0; mu < 4; mu++) {
            plain_matrix half;
            int c[4];

            plain_place(rough, i, c);
            c[mu] = (c[mu] + 1) % rough[mu];
            times(g.u[i][0], false, p.u[i][mu], false, half);
            times((const double complex(*)[3])half, false, g.u[plain_number(rough, c)][0], true, q.u[i][mu]);
        }
    s = propagator_on(&p, &clover, y);
    turned = s ? propagator_on(&q, &clover, y) : NULL;
    if (!s || !turned) return;
    for (size_t i = 0; i < plain_volume(rough); i++) turn(s[i], g.u[i][0], g.u[plain_number(rough, y)][0]);
    CHECK_CLOSE(largest_difference(s, turned, plain_volume(rough)), 0, 1e-11);
}

TEST_MAIN({"the free field in closed form", free_field_in_closed_form},
          {"Chroma's numbers with twisted boundaries", chroma_with_twisted_boundaries},
          {"CL2QCD's numbers with a twisted mass", cl2qcd_with_twisted_mass},
          {"translated links translate the propagator", translated_links_translate_the_propagator},
          {"propagators are gauge covariant", propagators_are_gauge_covariant})
