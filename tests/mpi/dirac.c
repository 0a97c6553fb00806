/* Dirac operators against their definition, written down once more as loops over all sites, spins and colours. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/plain.h"
#include "support/test.h"

typedef double complex spinor[4][3];

static const plaq_action actions[] = {
    {.mass = -0.3, .phase = {0, 0, 0, 1}},
    {.mass = 0.1, .phase = {0.3, -1.2, 0.5, 1}},
    {.mass = 0.2, .mu = 0.7, .phase = {0, 0.25, 0, 1}},
    {.mass = -0.4, .csw = 1.3, .phase = {0, 0, 0, 1}},
    {.mass = 0.3, .csw = 1.1, .trace = true, .phase = {0.1, 0, 0, 1}},
    {.mass = -0.2, .csw = 0.9, .mu = -0.4, .phase = {0, 0, 0.6, 1}},
};

enum { ACTIONS = sizeof actions / sizeof *actions };

/* ---- the definition ---------------------------------------------------------------------------------------------- */

static double complex i_power(int n)
{
    return (double complex[]){1, I, -1, -I}[n % 4];
}

/* out += z gamma in */
static void add_gamma(spinor out, double complex z, plaq_gamma g, const spinor in)
{
    for (int s = 0; s < 4; s++)
        for (int a = 0; a < 3; a++) out[s][a] += z * i_power(g.power[s]) * in[g.column[s]][a];
}

/* out = m in, or m^dagger in, on colours */
static void colour_times(const plain_matrix m, bool dagger, const spinor in, spinor out)
{
    for (int s = 0; s < 4; s++)
        for (int a = 0; a < 3; a++) {
            out[s][a] = 0;
            for (int b = 0; b < 3; b++) out[s][a] += (dagger ? conj(m[b][a]) : m[a][b]) * in[s][b];
        }
}

/* what direction k adds to D psi at c; D^dagger: the other signs of gamma */
static void add_hop(const plain *p, const plaq_action *action, bool dagger, const int c[4], int k, const spinor *psi,
                    spinor out)
{
    const int mu = k % 4, extent = p->dims[mu];
    const bool ahead = k < 4;
    int y[4] = {c[0], c[1], c[2], c[3]};
    double complex phase = 1;
    spinor moved;

    y[mu] += ahead ? 1 : -1;
    if (y[mu] == extent) phase = cexp(I * M_PI * action->phase[mu]);
    if (y[mu] == -1) phase = cexp(-I * M_PI * action->phase[mu]);
    y[mu] = (y[mu] + extent) % extent;
    colour_times(p->u[plain_number(p->dims, ahead ? c : y)][mu], !ahead, psi[plain_number(p->dims, y)], moved);
    add_gamma(out, phase, plaq_gamma_of(0), moved);
    add_gamma(out, ahead == dagger ? phase : -phase, plaq_gamma_of(1 << mu), moved);
}

/* the trace of (Q - Q^dagger)/8 */
static double complex leaves_trace(const plain *p, const int c[4], int mu, int nu)
{
    const int a[4] = {mu + 1, nu + 1, -mu - 1, -nu - 1};
    double complex sum = 0;

    for (int leaf = 0; leaf < 4; leaf++) {
        const int path[4] = {a[leaf], a[(leaf + 1) % 4], a[(leaf + 2) % 4], a[(leaf + 3) % 4]};

        sum += 3 * plain_trace(p, c, path, 4);
    }
    return I * cimag(sum) / 4;
}

/* c_sw (i/2) sum sigma F psi in a plane, sigma = (i/2) [gamma_mu, gamma_nu] */
static void add_clover(const plain *p, const plaq_action *action, const int c[4], int mu, int nu, const spinor psi,
                       spinor out)
{
    const plaq_gamma a = plaq_gamma_of(1 << mu), b = plaq_gamma_of(1 << nu);
    const double complex z = action->csw * (I / 2) * (I / 2);
    plain_matrix f;
    spinor turned;

    plain_clover(p, c, mu, nu, f);
    for (int i = 0; i < 3 && action->trace; i++) f[i][i] += leaves_trace(p, c, mu, nu) / 3;
    colour_times((const double complex(*)[3])f, false, psi, turned);
    add_gamma(out, z, plaq_gamma_product(a, b), turned);
    add_gamma(out, -z, plaq_gamma_product(b, a), turned);
}

static void plain_dirac(const plain *p, const plaq_action *action, bool dagger, const int c[4], const spinor *psi,
                        spinor out)
{
    const spinor *here = &psi[plain_number(p->dims, c)];
    spinor d = {{0}};

    for (int k = 0; k < 8; k++) add_hop(p, action, dagger, c, k, psi, d);
    memset(out, 0, sizeof(spinor));
    add_gamma(out, 4 + action->mass, plaq_gamma_of(0), *here);
    add_gamma(out, (dagger ? -I : I) * action->mu, plaq_gamma_of(15), *here);
    add_gamma(out, -0.5, plaq_gamma_of(0), d);
    for (int nu = 1; nu < 4 && action->csw != 0; nu++)
        for (int mu = 0; mu < nu; mu++) add_clover(p, action, c, mu, nu, *here, out);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static void random_spinor(size_t site, int column, spinor psi)
{
    double *reals = (double *)psi;

    for (int i = 0; i < 6; i++)
        plaq_random_normal(11, PLAQ_RANDOM_TEST, (uint64_t)column, site, (uint64_t)i, &reals[4 * i]);
}

static void global_place(const plaq_lattice *lattice, const int place[4], int c[4])
{
    for (int mu = 0; mu < 4; mu++) c[mu] = plaq_lattice_origin(lattice)[mu] + place[mu];
}

static void fill(plaq_columns *f)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set] && plaq_columns_has(f, set); x++)
            for (int column = 0; column < plaq_columns_count(f); column++) {
                spinor psi;
                int c[4];

                global_place(lattice, p->place[set][x], c);
                random_spinor(plain_number(plaq_lattice_dims(lattice), c), column, psi);
                plaq_columns_put(f, p->place[set][x], column, (const double *)psi);
            }
}

/* the largest difference of a column to what the definition makes of random spinors, on this rank */
static double difference_to_plain(const plaq_columns *f, const plain *p, const plaq_action *action, bool dagger,
                                  int column)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *s = plaq_lattice_sites(lattice);
    const size_t volume = plain_volume(p->dims);
    spinor *psi = plaq_alloc(volume, sizeof *psi);
    double worst = 0;

    if (!psi) return NAN;
    for (size_t i = 0; i < volume; i++) random_spinor(i, column, psi[i]);
    for (int set = 0; set < s->sets; set++)
        for (int x = 0; x < s->body[set]; x++) {
            spinor seen, wanted;
            int c[4];

            global_place(lattice, s->place[set][x], c);
            plain_dirac(p, action, dagger, c, (const spinor *)psi, wanted);
            plaq_columns_get(f, s->place[set][x], column, (double *)seen);
            worst = fmax(worst, test_difference((const double *)seen, (const double *)wanted, 24));
        }
    plaq_free(psi);
    return worst;
}

typedef struct {
    plaq_dirac *d;
    plaq_columns *f[6];
} bag; /* of what a case makes, in order to let go of it */

static void bag_clear(bag *b)
{
    for (int i = 0; i < 6; i++) plaq_columns_destroy(&b->f[i]);
    plaq_dirac_destroy(&b->d);
}

static plaq_status bag_fill(bag *b, plaq_gauge *u, const plaq_action *action, plaq_prec prec, int columns, int lanes,
                            int fields)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);

    PLAQ_TRY(plaq_dirac_create(u, action, &b->d));
    for (int i = 0; i < fields; i++)
        PLAQ_TRY(plaq_columns_create(lattice, prec, columns, lanes, PLAQ_SPINOR_REALS, PLAQ_ALL, &b->f[i]));
    return PLAQ_OK;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

/* Rounding of sums of some dozens of numbers of order 1 to 10. */
static double tolerance(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? 1e-13 : 3e-5;
}

static plaq_status compare_with_plain(plaq_gauge *u, const plain *p, const plaq_action *action, plaq_prec prec,
                                      int columns, int lanes, double worst[2])
{
    plaq_status status;
    bag b = {0};

    PLAQ_GO(bag_fill(&b, u, action, prec, columns, lanes, 2));
    fill(b.f[0]);
    for (int dagger = 0; dagger < 2; dagger++) {
        PLAQ_GO(plaq_dirac_apply(b.d, dagger, b.f[0], b.f[1]));
        worst[dagger] = fmax(difference_to_plain(b.f[1], p, action, dagger, 0),
                             difference_to_plain(b.f[1], p, action, dagger, columns - 1));
    }
done:
    bag_clear(&b);
    return status;
}

static void definition_on(const int dims[4], plaq_prec prec, int columns, int lanes)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plain p;

    if (!u) return;
    p = plain_random(dims, 7);
    CHECK(p.u != NULL);
    plain_give(&p, u);
    for (int i = 0; i < ACTIONS; i++) {
        double worst[2] = {NAN, NAN};
        const plaq_status status = compare_with_plain(u, &p, &actions[i], prec, columns, lanes, worst);

        if (i == ACTIONS - 1) plaq_free(p.u);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK_CLOSE(worst[0], 0, tolerance(prec));
        CHECK_CLOSE(worst[1], 0, tolerance(prec));
    }
}

static void operators_are_their_definition(void)
{
    definition_on((int[]){4, 6, 2, 8}, PLAQ_DOUBLE, 12, 0);
    definition_on((int[]){4, 6, 2, 8}, PLAQ_SINGLE, 12, 0);
    definition_on((int[]){2, 4, 6, 4}, PLAQ_DOUBLE, 3, 1);
    definition_on((int[]){2, 4, 6, 4}, PLAQ_SINGLE, 1, 1);
}

static void operators_on_odd_lattices(void)
{
    definition_on((int[]){3, 5, 2, 4}, PLAQ_DOUBLE, 12, 0);
    definition_on((int[]){5, 2, 3, 4}, PLAQ_SINGLE, 2, 1);
}

/* the largest difference of two fields on a set, on this rank */
static double difference(const plaq_columns *f, const plaq_columns *g, int set)
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(f));
    double worst = 0;

    for (int x = 0; x < p->body[set]; x++)
        for (int column = 0; column < plaq_columns_count(f); column++) {
            double seen[24], wanted[24];

            plaq_columns_get(f, p->place[set][x], column, seen);
            plaq_columns_get(g, p->place[set][x], column, wanted);
            worst = fmax(worst, test_difference(seen, wanted, 24));
        }
    return worst;
}

/* b = M x: then the odd sites of x solve the reduced system, and the even ones follow from them. */
static plaq_status reduce_and_complete(plaq_gauge *u, const plaq_action *action, plaq_prec prec, int columns, int lanes,
                                       double worst[2])
{
    const plaq_sites *p = plaq_lattice_sites(plaq_gauge_lattice(u));
    const int odd = p->sets - 1;
    plaq_operator reduced;
    plaq_status status;
    bag b = {0};

    PLAQ_GO(bag_fill(&b, u, action, prec, columns, lanes, 4));
    fill(b.f[0]);
    PLAQ_GO(plaq_dirac_apply(b.d, false, b.f[0], b.f[1]));
    reduced = plaq_dirac_reduced(b.d);
    PLAQ_GO(reduced.apply(reduced.self, false, b.f[0], b.f[2]));
    PLAQ_GO(plaq_dirac_reduce(b.d, b.f[1], b.f[3]));
    worst[0] = difference(b.f[2], b.f[3], odd);

    plaq_columns_copy(b.f[0], b.f[2]);
    for (int x = 0; x < p->body[0] && p->sets == 2; x++)
        for (int column = 0; column < columns; column++)
            plaq_columns_put(b.f[2], p->place[0][x], column, (const double[24]){0});
    PLAQ_GO(plaq_dirac_complete(b.d, b.f[1], b.f[2]));
    worst[1] = fmax(difference(b.f[2], b.f[0], 0), difference(b.f[2], b.f[0], odd));
done:
    bag_clear(&b);
    return status;
}

static void reduction_on(const int dims[4], plaq_prec prec, int columns, int lanes)
{
    plaq_gauge *u = test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, 5);

    if (!u) return;
    for (int i = 0; i < ACTIONS; i++) {
        double worst[2] = {NAN, NAN};

        CHECK_STATUS(PLAQ_OK, reduce_and_complete(u, &actions[i], prec, columns, lanes, worst));
        CHECK_CLOSE(worst[0], 0, tolerance(prec));
        CHECK_CLOSE(worst[1], 0, tolerance(prec));
    }
}

static void solutions_of_the_reduced_system(void)
{
    reduction_on((int[]){4, 6, 2, 8}, PLAQ_DOUBLE, 12, 0);
    reduction_on((int[]){4, 2, 6, 4}, PLAQ_SINGLE, 20, 0);
    reduction_on((int[]){4, 2, 6, 4}, PLAQ_DOUBLE, 1, 1);
    reduction_on((int[]){3, 5, 2, 4}, PLAQ_DOUBLE, 9, 0);
}

/* psi(x) becomes gamma_5 psi(x) */
static void gamma_five(plaq_columns *f)
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(f));

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int column = 0; column < plaq_columns_count(f); column++) {
                double psi[24];

                plaq_columns_get(f, p->place[set][x], column, psi);
                for (int k = 12; k < 24; k++) psi[k] = -psi[k];
                plaq_columns_put(f, p->place[set][x], column, psi);
            }
}

/* gamma_5 M(mu) gamma_5 = M(-mu)^dagger, the reduced operator too */
static plaq_status hermiticity(plaq_gauge *u, const plaq_action *action, bool reduced, double *worst)
{
    plaq_action other = *action;
    plaq_dirac *minus = NULL;
    plaq_operator m, back;
    plaq_status status;
    bag b = {0};

    other.mu = -action->mu;
    PLAQ_GO(bag_fill(&b, u, action, PLAQ_DOUBLE, 12, 0, 3));
    PLAQ_GO(plaq_dirac_create(u, &other, &minus));
    fill(b.f[0]);
    m = plaq_dirac_reduced(b.d);
    back = plaq_dirac_reduced(minus);
    PLAQ_GO(reduced ? back.apply(back.self, true, b.f[0], b.f[2]) : plaq_dirac_apply(minus, true, b.f[0], b.f[2]));
    gamma_five(b.f[0]);
    PLAQ_GO(reduced ? m.apply(m.self, false, b.f[0], b.f[1]) : plaq_dirac_apply(b.d, false, b.f[0], b.f[1]));
    gamma_five(b.f[1]);
    *worst = difference(b.f[1], b.f[2], plaq_lattice_sites(plaq_gauge_lattice(u))->sets - 1);
done:
    plaq_dirac_destroy(&minus);
    bag_clear(&b);
    return status;
}

static void gamma_five_hermiticity(void)
{
    static const int dims[2][4] = {{4, 6, 2, 8}, {3, 4, 5, 4}};

    for (int i = 0; i < 2 * ACTIONS; i++) {
        plaq_gauge *u = test_random_gauge(test_lattice(dims[i % 2], 0), PLAQ_DOUBLE, 3);
        double worst = NAN;

        if (!u) return;
        for (int reduced = 0; reduced < 2; reduced++) {
            CHECK_STATUS(PLAQ_OK, hermiticity(u, &actions[i / 2], reduced, &worst));
            CHECK_CLOSE(worst, 0, tolerance(PLAQ_DOUBLE));
        }
    }
}

TEST_MAIN({"operators are their definition", operators_are_their_definition},
          {"operators on lattices that have no two colours", operators_on_odd_lattices},
          {"solutions of the reduced system", solutions_of_the_reduced_system},
          {"gamma five takes an operator to its adjoint", gamma_five_hermiticity})
