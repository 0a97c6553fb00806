/* Solutions of Dirac's equation: the free field in closed form, symmetries, other codes' numbers; and solvers against
 * each other, on columns that are zero, equal or easy, and where there is no solution to be had. */
#include <complex.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/free.h"
#include "support/plain.h"
#include "support/test.h"

enum { COLUMNS = 12 };

/* S(x, y) for a fixed y: rows and columns 3 spin + colour */
typedef double complex block[COLUMNS][COLUMNS];

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

/* NaN wins */
static double larger(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

static double largest_difference(const block *a, const block *b, size_t volume)
{
    const double complex *x = &a[0][0][0], *y = &b[0][0][0];
    double worst = 0;

    for (size_t i = 0; i < volume * COLUMNS * COLUMNS; i++) worst = larger(worst, cabs(x[i] - y[i]));
    return worst;
}

/* ---- the free field ---------------------------------------------------------------------------------------------- */

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
        free_quark(action, p, s);
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

/* ---- other codes --------------------------------------------------------------------------------------------------
 */

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
        worst = larger(worst, largest_difference(&moved[i], &s[plain_number(rough, c)], 1));
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

/* ---- solvers ----------------------------------------------------------------------------------------------------- */

enum { MANY = 21, ZERO = 4, TWIN = 7, SUM = 9, KNOWN = 17 };

/* A field somewhere between smooth and random, on which solvers have something to do. */
static plaq_gauge *quenched(const int dims[4], int lanes)
{
    plaq_gauge *u = test_random_gauge(test_lattice(dims, lanes), PLAQ_DOUBLE, 3);

    for (uint64_t sweep = 0; u && sweep < 10; sweep++)
        if (!test_status(PLAQ_OK, plaq_gauge_heat_bath(u, 6.0, 3, sweep), __FILE__, __LINE__, "heat bath")) return NULL;
    return u;
}

/* One column of a site: of any size, of zeros, equal to another, or a sum of others. */
static void random_column(size_t site, int j, double psi[24])
{
    double other[24] = {0};

    for (int m = 0; m < 24; m++) psi[m] = 0;
    if (j == ZERO) return;
    if (j == SUM) random_column(site, 1, other);
    if (j == TWIN || j == SUM) j = 0;
    for (uint64_t draw = 0; draw < 6; draw++)
        plaq_random_normal(5, PLAQ_RANDOM_TEST, (uint64_t)j, site, draw, &psi[4 * draw]);
    for (int m = 0; m < 24; m++) psi[m] = psi[m] * pow(1e8, j % 5 - 2) + other[m];
}

static void put_at_random(plaq_columns *f)
{
    plaq_lattice *lattice = plaq_columns_lattice(f);

    for (size_t i = 0; i < plain_volume(plaq_lattice_local(lattice)); i++)
        for (int j = 0; j < plaq_columns_count(f); j++) {
            double psi[24];
            int place[4];

            plain_place(plaq_lattice_local(lattice), i, place);
            random_column(number_of(lattice, place), j, psi);
            plaq_columns_put(f, place, j, psi);
        }
}

typedef struct {
    plaq_dirac *d;
    plaq_columns *b, *x, *y;
    plaq_solution solution;
} bag; /* of what a case makes, in order to let go of it */

static void bag_clear(bag *g)
{
    plaq_solution_clear(&g->solution);
    plaq_columns_destroy(&g->b);
    plaq_columns_destroy(&g->x);
    plaq_columns_destroy(&g->y);
    plaq_dirac_destroy(&g->d);
}

static plaq_status bag_fill(bag *g, plaq_gauge *u, const plaq_action *action, int columns, int lanes)
{
    plaq_columns **f[3] = {&g->b, &g->x, &g->y};

    PLAQ_TRY(plaq_dirac_create(u, action, &g->d));
    for (int i = 0; i < 3; i++)
        PLAQ_TRY(
            plaq_columns_create(plaq_gauge_lattice(u), PLAQ_DOUBLE, columns, lanes, PLAQ_SPINOR_REALS, PLAQ_ALL, f[i]));
    put_at_random(g->b);
    return PLAQ_OK;
}

/* The largest difference of a column of f to one of g relative to the largest number there, on this rank. */
static double difference(const plaq_columns *f, const plaq_columns *g, int j, int k)
{
    const int *local = plaq_lattice_local(plaq_columns_lattice(f));
    double worst = 0, size = 1e-300;

    for (size_t i = 0; i < plain_volume(local); i++) {
        double a[24], b[24];
        int place[4];

        plain_place(local, i, place);
        plaq_columns_get(f, place, j, a);
        plaq_columns_get(g, place, k, b);
        for (int m = 0; m < 24; m++) {
            worst = larger(worst, fabs(a[m] - b[m]));
            size = fmax(size, fabs(b[m]));
        }
    }
    return worst / size;
}

/* Solves by one method where x is known for one column and very wrong for that of zeros, and compares with others. */
static plaq_status solve_odd_columns(plaq_gauge *u, const plaq_solver *how, int lanes, double worst[3],
                                     double *residual)
{
    const plaq_solver reference = {PLAQ_SOLVE_CG, 1e-13, 3000, false};
    plaq_status status;
    bag g = {0};

    PLAQ_GO(bag_fill(&g, u, &clover, MANY, lanes));
    PLAQ_GO(plaq_dirac_solve(g.d, &reference, g.b, g.y, &g.solution));
    plaq_solution_clear(&g.solution);
    for (size_t i = 0; i < plain_volume(plaq_lattice_local(plaq_gauge_lattice(u))); i++) {
        double psi[24];
        int place[4];

        plain_place(plaq_lattice_local(plaq_gauge_lattice(u)), i, place);
        plaq_columns_get(g.y, place, KNOWN, psi);
        plaq_columns_put(g.x, place, KNOWN, psi);
        plaq_columns_put(g.x, place, ZERO, psi);
    }
    PLAQ_GO(plaq_dirac_solve(g.d, how, g.b, g.x, &g.solution));
    for (int j = 0; j < MANY; j++) {
        *residual = larger(*residual, g.solution.residual[j]);
        worst[0] = larger(worst[0], difference(g.x, g.y, j, j));
    }
    worst[1] = difference(g.x, g.x, TWIN, 0);
    worst[2] = difference(g.x, g.y, KNOWN, KNOWN);
done:
    bag_clear(&g);
    return status;
}

/* The inverse is of order 10 at most here, so 1e-11 in the residual is far within 1e-9 of the solution. */
static void solvers_agree_on_odd_columns(void)
{
    for (int i = 0; i < 12; i++) {
        const plaq_solver how = {(plaq_solver_kind)(i % 3), 1e-11, 2000, i / 3 % 2};
        plaq_gauge *u = quenched((int[]){4, 6, 2, 8}, i / 6);
        double worst[3] = {0}, residual = 0;

        if (!u) return;
        CHECK_STATUS(PLAQ_OK, solve_odd_columns(u, &how, i / 6, worst, &residual));
        CHECK(residual > 0 && residual <= 1e-11);
        CHECK_CLOSE(worst[0], 0, 1e-9);
        CHECK_CLOSE(worst[1], 0, 1e-9);
        CHECK(worst[2] == 0); /* what has converged is left alone */
    }
}

/* ---- where there is no solution ---------------------------------------------------------------------------------- */

/* An operator on single sites: spins 0, 1 become the factor times minus spin 1, 0, as do spins 2, 3; or stay in place.
 */
typedef struct {
    bool turn;
    double last; /* of the factors: 1 for all sites but the last of each rank */
} toy;

static plaq_status apply_toy(void *self, bool dagger, plaq_columns *in, plaq_columns *out)
{
    const toy *t = self;
    const int *local = plaq_lattice_local(plaq_columns_lattice(in));
    const size_t volume = plain_volume(local);

    for (size_t i = 0; i < volume; i++)
        for (int j = 0; j < plaq_columns_count(in); j++) {
            const double factor = i == volume - 1 ? t->last : 1;
            double psi[24], turned[24];
            int place[4];

            plain_place(local, i, place);
            plaq_columns_get(in, place, j, psi);
            for (int m = 0; m < 24; m++) {
                const double sign = (m / 6 % 2 == 0) == dagger ? 1 : -1;

                turned[m] = factor * (t->turn ? sign * psi[m / 6 % 2 == 0 ? m + 6 : m - 6] : psi[m]);
            }
            plaq_columns_put(out, place, j, turned);
        }
    return PLAQ_OK;
}

static plaq_status solve_toy(toy t, bool real, const plaq_solver *how, plaq_solution *solution)
{
    const plaq_operator op = {&t, PLAQ_ALL, apply_toy};
    plaq_lattice *lattice = test_lattice((int[]){4, 2, 4, 4}, 0);
    plaq_columns *b = NULL, *x = NULL;
    plaq_status status;

    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 3, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &b));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 3, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &x));
    put_at_random(b);
    for (size_t i = 0; real && i < plain_volume(plaq_lattice_local(lattice)); i++)
        for (int j = 0; j < 3; j++) {
            const double psi[24] = {[0] = 1 + j, [6] = 1};
            int place[4];

            plain_place(plaq_lattice_local(lattice), i, place);
            plaq_columns_put(b, place, j, psi);
        }
    PLAQ_GO(plaq_solve(&op, how, b, x, solution));
done:
    plaq_columns_destroy(&b);
    plaq_columns_destroy(&x);
    return status;
}

#define CHECK_TOY(t, real, how, words)                                       \
    do {                                                                     \
        plaq_solution s_ = {0};                                              \
        plaq_status status_ = solve_toy((t), (real), (how), &s_);            \
        const bool as_said_ = !s_.converged && strcmp(s_.why, (words)) == 0; \
        plaq_solution_clear(&s_);                                            \
        CHECK_STATUS(PLAQ_OK, status_);                                      \
        CHECK(as_said_);                                                     \
    } while (0)

/* M = 0 on a site; (r, M r) = 0; CG needs two iterations for two eigenvalues; 1e-17 is not to be had. */
static void failures_are_told_apart(void)
{
    const toy hole = {.last = 0}, turn = {.turn = true, .last = 1}, two = {.last = 3}, seventh = {.last = 1.0 / 7};

    CHECK_TOY(hole, false, &((plaq_solver){PLAQ_SOLVE_CG, 1e-10, 100, false}), "broke down");
    CHECK_TOY(hole, false, &((plaq_solver){PLAQ_SOLVE_CG, 1e-10, 100, true}), "broke down");
    CHECK_TOY(turn, true, &((plaq_solver){PLAQ_SOLVE_BICGSTAB, 1e-10, 100, false}), "broke down");
    CHECK_TOY(two, false, &((plaq_solver){PLAQ_SOLVE_CG, 1e-10, 1, false}), "not within 1 iterations");
    CHECK_TOY(seventh, false, &((plaq_solver){PLAQ_SOLVE_CG, 1e-18, 3000, false}), "stagnated");
}

/* At mass 0 the free field has zero modes, and half of a point source cannot be reached: every solver has to say so. */
static void critical_quarks_do_not_converge(void)
{
    for (int i = 0; i < 6; i++) {
        const plaq_solver how = {(plaq_solver_kind)(i % 3), 1e-10, 400, i / 3};
        plaq_gauge *u = test_random_gauge(test_lattice((int[]){4, 4, 2, 4}, 0), PLAQ_DOUBLE, 3);
        block *all = later_memory(128, sizeof *all);
        plaq_solution solution = {0};
        plaq_status status;
        bool told;

        if (!u) return;
        plaq_gauge_unit(u);
        status = propagator(u, &(plaq_action){.mass = 0}, (int[]){0, 0, 0, 0}, &how, all, &solution);
        told = !solution.converged && solution.why[0] && solution.history >= 2 && solution.largest[0] > 0.1;
        plaq_solution_clear(&solution);
        CHECK_STATUS(PLAQ_E_CONVERGENCE, status);
        CHECK_MESSAGE("of 12 has a residual of");
        CHECK_MESSAGE("largest residuals on the way");
        CHECK(told);
    }
}

/* What is no number in one column ends as a failure, wherever the column stands. */
static void numbers_that_are_none_do_not_converge(void)
{
    for (int i = 0; i < 6; i++) {
        const plaq_solver how = {(plaq_solver_kind)(i % 3), 1e-6, 100, i / 3};
        plaq_gauge *u = quenched((int[]){4, 2, 2, 4}, 0);
        plaq_status status;
        double psi[24] = {[7] = NAN};
        bag g = {0};

        if (!u) return;
        PLAQ_GO(bag_fill(&g, u, &clover, 3, 0));
        if (plaq_comm_rank(test_comm()) == 0) plaq_columns_put(g.b, (int[4]){0}, i % 3, psi);
        status = plaq_dirac_solve(g.d, &how, g.b, g.x, &g.solution);
    done:
        bag_clear(&g);
        CHECK_STATUS(PLAQ_E_CONVERGENCE, status);
    }
}

/* ---- iterations -------------------------------------------------------------------------------------------------- */

static plaq_status count_iterations(const plaq_solver *how, bag *g, int *iterations)
{
    plaq_status status = plaq_dirac_solve(g->d, how, g->b, g->x, &g->solution);

    *iterations = g->solution.iterations;
    plaq_solution_clear(&g->solution);
    return status;
}

/* The space of twelve columns is larger than that of each of them. */
static void block_cg_needs_fewer_iterations(void)
{
    static const plaq_solver cg = {PLAQ_SOLVE_CG, 1e-9, 2000, true}, blocked = {PLAQ_SOLVE_BLOCK_CG, 1e-9, 2000, true};
    plaq_gauge *u = quenched((int[]){4, 4, 4, 8}, 0);
    int alone = 0, together = 0;
    plaq_status status;
    bag g = {0};

    if (!u) return;
    PLAQ_GO(bag_fill(&g, u, &(plaq_action){.mass = -0.6, .csw = 1}, 4, 0));
    PLAQ_GO(count_iterations(&cg, &g, &alone));
    plaq_columns_zero(g.x);
    PLAQ_GO(count_iterations(&blocked, &g, &together));
done:
    bag_clear(&g);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(together > 0 && together < 0.8 * alone);
}

/* A solution is left as it is; one that is nearly right is improved. */
static void first_guesses_are_honoured(void)
{
    for (int kind = 0; kind < 3; kind++) {
        plaq_solver how = {(plaq_solver_kind)kind, 1e-6, 1000, false};
        plaq_gauge *u = quenched((int[]){4, 6, 2, 8}, 0);
        int from_zero = 0, again = -1, further = 0;
        plaq_status status;
        bag g = {0};

        if (!u) return;
        PLAQ_GO(bag_fill(&g, u, &clover, 12, 0));
        PLAQ_GO(count_iterations(&how, &g, &from_zero));
        PLAQ_GO(count_iterations(&how, &g, &again));
        how.tolerance = 1e-7;
        PLAQ_GO(count_iterations(&how, &g, &further));
    done:
        bag_clear(&g);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK(again == 0 && from_zero > 0);
        CHECK(further > 0 && further < from_zero);
    }
}

static void threads_change_no_bit(void)
{
    for (int i = 0; i < 6; i++) {
        const plaq_solver how = {(plaq_solver_kind)(i % 3), 1e-9, 1000, i / 3};
        const int threads = plaq_threads();
        plaq_gauge *u = quenched((int[]){4, 6, 2, 8}, 0);
        plaq_status status;
        double worst = NAN;
        bag g = {0};

        if (!u) return;
        PLAQ_GO(bag_fill(&g, u, &clover, 12, 0));
        PLAQ_GO(plaq_dirac_solve(g.d, &how, g.b, g.x, &g.solution));
        plaq_solution_clear(&g.solution);
        plaq_threads_set(3);
        PLAQ_GO(plaq_dirac_solve(g.d, &how, g.b, g.y, &g.solution));
        worst = 0;
        for (int j = 0; j < 12; j++) worst = larger(worst, difference(g.x, g.y, j, j));
    done:
        plaq_threads_set(threads);
        bag_clear(&g);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK(worst == 0);
    }
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

typedef struct {
    plaq_gauge *u;
    plaq_solver how;
} attempt;

static plaq_status attempt_to_solve(void *given)
{
    const attempt *a = given;
    plaq_status status;
    bag g = {0};

    PLAQ_GO(bag_fill(&g, a->u, &clover, 3, 0));
    PLAQ_GO(plaq_dirac_solve(g.d, &a->how, g.b, g.x, &g.solution));
done:
    bag_clear(&g);
    return status;
}

static void failures_of_memory_are_survived(void)
{
    for (int i = 0; i < 2; i++) {
        attempt a = {quenched((int[]){4, 2, 2, 4}, 0), {i ? PLAQ_SOLVE_BLOCK_CG : PLAQ_SOLVE_BICGSTAB, 1e-6, 500, i}};

        if (!a.u) return;
        CHECK_FAULT_SWEEP(attempt_to_solve, &a);
    }
}

static void block_cg_refuses_too_many_columns(void)
{
    const plaq_solver how = {PLAQ_SOLVE_BLOCK_CG, 1e-6, 500, false};
    plaq_gauge *u = quenched((int[]){4, 2, 2, 4}, 0);
    plaq_status status;
    bag g = {0};

    if (!u) return;
    PLAQ_GO(bag_fill(&g, u, &clover, 65, 0));
    status = plaq_dirac_solve(g.d, &how, g.b, g.x, &g.solution);
done:
    bag_clear(&g);
    CHECK_STATUS(PLAQ_E_USAGE, status);
    CHECK_MESSAGE("at most 64 columns, not 65");
}

/* The last case, for the request is not forgotten. */
static void a_request_to_stop_is_answered(void)
{
    attempt a = {quenched((int[]){4, 2, 2, 4}, 0), {PLAQ_SOLVE_CG, 1e-6, 500, false}};

    if (!a.u) return;
    plaq_stop_catch();
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) raise(SIGUSR1);
    CHECK_STATUS(PLAQ_E_STOPPED, attempt_to_solve(&a));
}

TEST_MAIN({"the free field in closed form", free_field_in_closed_form},
          {"Chroma's numbers with twisted boundaries", chroma_with_twisted_boundaries},
          {"CL2QCD's numbers with a twisted mass", cl2qcd_with_twisted_mass},
          {"translated links translate the propagator", translated_links_translate_the_propagator},
          {"propagators are gauge covariant", propagators_are_gauge_covariant},
          {"solvers agree on odd columns", solvers_agree_on_odd_columns},
          {"failures are told apart", failures_are_told_apart},
          {"critical quarks do not converge", critical_quarks_do_not_converge},
          {"numbers that are none do not converge", numbers_that_are_none_do_not_converge},
          {"block CG needs fewer iterations", block_cg_needs_fewer_iterations},
          {"first guesses are honoured", first_guesses_are_honoured}, {"threads change no bit", threads_change_no_bit},
          {"failures of memory are survived", failures_of_memory_are_survived},
          {"block CG refuses too many columns", block_cg_refuses_too_many_columns},
          {"a request to stop is answered", a_request_to_stop_is_answered})
