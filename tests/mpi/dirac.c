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
static void add_gamma(spinor out, double complex z, plaq_gamma_matrix g, const spinor in)
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
    const plaq_gamma_matrix a = plaq_gamma_of(1 << mu), b = plaq_gamma_of(1 << nu);
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

/* the largest difference of scale times a column to what the definition makes of random spinors, on this rank */
static double difference_to_plain(const plaq_columns *f, double scale, const plain *p, const plaq_action *action,
                                  bool dagger, int column)
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
            for (int k = 0; k < 12; k++) (&seen[0][0])[k] *= scale;
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
    plaq_action hopping = {.mass = -4}; /* -D/2 alone */
    plaq_status status;
    bag b = {0};

    memcpy(hopping.phase, action->phase, sizeof hopping.phase);
    PLAQ_GO(bag_fill(&b, u, action, prec, columns, lanes, 2));
    fill(b.f[0]);
    for (int dagger = 0; dagger < 2; dagger++) {
        PLAQ_GO(plaq_dirac_apply(b.d, dagger, b.f[0], b.f[1]));
        worst[dagger] = fmax(difference_to_plain(b.f[1], 1, p, action, dagger, 0),
                             difference_to_plain(b.f[1], 1, p, action, dagger, columns - 1));
        PLAQ_GO(plaq_dirac_hop(b.d, dagger, b.f[0], b.f[1]));
        worst[dagger] = fmax(worst[dagger], difference_to_plain(b.f[1], -0.5, p, &hopping, dagger, columns - 1));
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

/* What a colour matrix at each site does to random links and random spinors: U'(x) = g(x) U(x) g(x+mu)^dagger. */
static void turn_links(const plain *p, const plain *g, plain *turned)
{
    for (size_t i = 0; i < plain_volume(p->dims); i++)
        for (int mu = 0; mu < 4; mu++) {
            const plain_matrix *left = (const plain_matrix *)&g->u[i][0], *link = (const plain_matrix *)&p->u[i][mu];
            const plain_matrix *right;
            int c[4];

            plain_place(p->dims, i, c);
            c[mu] = (c[mu] + 1) % p->dims[mu];
            right = (const plain_matrix *)&g->u[plain_number(p->dims, c)][0];
            for (int j = 0; j < 9; j++) {
                double complex sum = 0;

                for (int k = 0; k < 9; k++)
                    sum += (*left)[j / 3][k / 3] * (*link)[k / 3][k % 3] * conj((*right)[j % 3][k % 3]);
                turned->u[i][mu][j / 3][j % 3] = sum;
            }
        }
}

static void turn_spinors(plaq_columns *f, const plain *g)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int column = 0; column < plaq_columns_count(f); column++) {
                spinor psi, turned;
                int c[4];

                global_place(lattice, p->place[set][x], c);
                plaq_columns_get(f, p->place[set][x], column, (double *)psi);
                colour_times((const double complex(*)[3])g->u[plain_number(g->dims, c)][0], false,
                             (const double complex(*)[3])psi, turned);
                plaq_columns_put(f, p->place[set][x], column, (const double *)turned);
            }
}

/* M' g psi = g M psi */
static plaq_status covariance(plaq_gauge *u, const plain *p, const plain *g, plain *turned, const plaq_action *action,
                              double *worst)
{
    plaq_dirac *other = NULL;
    plaq_status status;
    bag b = {0};

    plain_give(p, u);
    PLAQ_GO(bag_fill(&b, u, action, PLAQ_DOUBLE, 12, 0, 3));
    turn_links(p, g, turned);
    plain_give(turned, u);
    PLAQ_GO(plaq_dirac_create(u, action, &other));
    fill(b.f[0]);
    PLAQ_GO(plaq_dirac_apply(b.d, false, b.f[0], b.f[1]));
    turn_spinors(b.f[1], g);
    turn_spinors(b.f[0], g);
    PLAQ_GO(plaq_dirac_apply(other, false, b.f[0], b.f[2]));
    *worst = fmax(difference(b.f[1], b.f[2], 0), difference(b.f[1], b.f[2], 1));
done:
    plaq_dirac_destroy(&other);
    bag_clear(&b);
    return status;
}

static void operators_are_covariant(void)
{
    static const int dims[4] = {4, 6, 2, 8};
    plaq_gauge *u = test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, 1);
    plain p = plain_random(dims, 7), g = plain_random(dims, 8), turned = plain_random(dims, 9);
    plaq_status status = PLAQ_OK;
    double worst = 0;

    for (int i = 0; i < ACTIONS && u && p.u && g.u && turned.u && status == PLAQ_OK; i++) {
        double here = NAN;

        status = covariance(u, &p, &g, &turned, &actions[i], &here);
        worst = fmax(worst, here);
    }
    plaq_free(p.u);
    plaq_free(g.u);
    plaq_free(turned.u);
    CHECK(u != NULL);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK_CLOSE(worst, 0, tolerance(PLAQ_DOUBLE));
}

/* exp(i p.x) w with momenta p_mu = (2 pi n_mu + pi phase_mu)/L_mu, times a factor on spins and colours */
static void put_wave(plaq_columns *f, const double momentum[4], const spinor w)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++) {
            double angle = 0;
            spinor psi;
            int c[4];

            global_place(lattice, p->place[set][x], c);
            for (int mu = 0; mu < 4; mu++) angle += momentum[mu] * c[mu];
            for (int k = 0; k < 12; k++) psi[k / 3][k % 3] = cexp(I * angle) * w[k / 3][k % 3];
            plaq_columns_put(f, p->place[set][x], 0, (const double *)psi);
        }
}

/* M is (m + sum_mu 1 - cos p_mu) + i sum_mu gamma_mu sin p_mu + i mu gamma_5 on a plane wave. */
static void plane_waves(void)
{
    static const int n[4] = {1, -2, 0, 3}, dims[4] = {4, 6, 2, 8};
    plaq_gauge *u = test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, 1);

    if (!u) return;
    plaq_gauge_unit(u);
    for (int i = 0; i < ACTIONS; i++) {
        double momentum[4], even = NAN, odd = NAN;
        spinor w, moved = {{0}};
        plaq_status status;
        bag b = {0};

        status = bag_fill(&b, u, &actions[i], PLAQ_DOUBLE, 1, 0, 3);
        random_spinor(3, 5, w);
        add_gamma(moved, actions[i].mass, plaq_gamma_of(0), (const double complex(*)[3])w);
        add_gamma(moved, I * actions[i].mu, plaq_gamma_of(15), (const double complex(*)[3])w);
        for (int mu = 0; mu < 4; mu++) {
            momentum[mu] = M_PI * (2 * n[mu] + actions[i].phase[mu]) / dims[mu];
            add_gamma(moved, 1 - cos(momentum[mu]), plaq_gamma_of(0), (const double complex(*)[3])w);
            add_gamma(moved, I * sin(momentum[mu]), plaq_gamma_of(1 << mu), (const double complex(*)[3])w);
        }
        if (status == PLAQ_OK) {
            put_wave(b.f[0], momentum, (const double complex(*)[3])w);
            put_wave(b.f[1], momentum, (const double complex(*)[3])moved);
            status = plaq_dirac_apply(b.d, false, b.f[0], b.f[2]);
            even = difference(b.f[2], b.f[1], 0);
            odd = difference(b.f[2], b.f[1], 1);
        }
        bag_clear(&b);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK_CLOSE(fmax(even, odd), 0, 1e-13);
    }
}

/* c_sw C psi on constant flux as the difference of two operators, where
 * C = -(1/2) (i sin(phi_xy) gamma_x gamma_y + i sin(phi_zt) gamma_z gamma_t) is diagonal: gamma_x gamma_y is
 * i diag(-1, 1, -1, 1), gamma_z gamma_t is i diag(1, -1, -1, 1). */
static double clover_of_flux(int spin, double xy, double zt)
{
    static const double in_xy[4] = {-1, 1, -1, 1}, in_zt[4] = {1, -1, -1, 1};

    return (in_xy[spin] * xy + in_zt[spin] * zt) / 2;
}

static plaq_status flux(plaq_gauge *u, bool trace, const int xy[3], const int zt[3], double *worst)
{
    const plaq_lattice *lattice = plaq_gauge_lattice(u);
    const plaq_sites *p = plaq_lattice_sites(lattice);
    const int *dims = plaq_lattice_dims(lattice);
    const plaq_action with = {.mass = 0.5, .csw = 1.7, .trace = trace}, without = {.mass = 0.5};
    plaq_dirac *plain_wilson = NULL;
    double f[2][3], mean[2] = {0};
    plaq_status status;
    bag b = {0};

    for (int a = 0; a < 3; a++) {
        f[0][a] = sin(2 * M_PI * xy[a] / (dims[0] * dims[1]));
        f[1][a] = sin(2 * M_PI * zt[a] / (dims[2] * dims[3]));
        for (int k = 0; k < 2 && !trace; k++) mean[k] += f[k][a] / 3;
    }
    PLAQ_GO(bag_fill(&b, u, &with, PLAQ_DOUBLE, 2, 0, 3));
    PLAQ_GO(plaq_dirac_create(u, &without, &plain_wilson));
    fill(b.f[0]);
    PLAQ_GO(plaq_dirac_apply(b.d, false, b.f[0], b.f[1]));
    PLAQ_GO(plaq_dirac_apply(plain_wilson, false, b.f[0], b.f[2]));
    *worst = 0;
    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++) {
            double complex in[12], out[12], wilson[12];

            plaq_columns_get(b.f[0], p->place[set][x], 1, (double *)in);
            plaq_columns_get(b.f[1], p->place[set][x], 1, (double *)out);
            plaq_columns_get(b.f[2], p->place[set][x], 1, (double *)wilson);
            for (int k = 0; k < 12; k++) {
                const int a = k % 3;
                const double c = clover_of_flux(k / 3, f[0][a] - mean[0], f[1][a] - mean[1]);

                *worst = fmax(*worst, cabs(out[k] - wilson[k] - 1.7 * c * in[k]));
            }
        }
done:
    plaq_dirac_destroy(&plain_wilson);
    bag_clear(&b);
    return status;
}

static void clover_term_of_constant_flux(void)
{
    static const int dims[4] = {4, 6, 4, 8}, xy[3] = {1, 2, -3}, zt[3] = {2, 1, -3};
    plaq_gauge *u = test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, 1);

    if (!u) return;
    test_set_flux(u, xy, zt);
    for (int trace = 0; trace < 2; trace++) {
        double worst = NAN;

        CHECK_STATUS(PLAQ_OK, flux(u, trace, xy, zt, &worst));
        CHECK_CLOSE(worst, 0, tolerance(PLAQ_DOUBLE));
    }
}

static plaq_status create(plaq_gauge *u, const plaq_action *action)
{
    plaq_dirac *d = NULL;
    const plaq_status status = plaq_dirac_create(u, action, &d);

    plaq_dirac_destroy(&d);
    return status;
}

static void operators_that_cannot_be(void)
{
    plaq_gauge *u = test_random_gauge(test_lattice((int[]){4, 4, 2, 8}, 0), PLAQ_DOUBLE, 1);
    const double nan[72] = {[40] = NAN};

    if (!u) return;
    plaq_gauge_unit(u);
    CHECK_STATUS(PLAQ_E_USAGE, create(u, &(plaq_action){.mass = -4}));
    CHECK_MESSAGE("mass -4");
    CHECK_STATUS(PLAQ_OK, create(u, &(plaq_action){.mass = -4, .mu = 0.1}));
    CHECK_STATUS(PLAQ_E_CONVERGENCE, create(u, &(plaq_action){.mass = -4, .csw = 1}));
    CHECK_MESSAGE("singular on 128 of the even sites");
    CHECK_STATUS(PLAQ_OK, create(u, &(plaq_action){.mass = -4, .csw = 1, .mu = 0.1}));
    if (plaq_comm_rank(test_comm()) == 0) plaq_field_put(plaq_gauge_links(u), (int[]){1, 0, 1, 1}, 1, nan);
    plaq_field_touch(plaq_gauge_links(u));
    CHECK_STATUS(PLAQ_E_DATA, create(u, &(plaq_action){.mass = 0.1, .csw = 1}));
    CHECK_MESSAGE("not a number");
}

static plaq_status make_and_apply(void *given)
{
    plaq_operator m;
    plaq_status status;
    bag b = {0};

    PLAQ_GO(bag_fill(&b, given, &actions[5], PLAQ_DOUBLE, 9, 0, 2));
    m = plaq_dirac_reduced(b.d);
    PLAQ_GO(m.apply(m.self, false, b.f[0], b.f[1]));
    PLAQ_GO(plaq_dirac_complete(b.d, b.f[0], b.f[1]));
done:
    bag_clear(&b);
    return status;
}

static void faults_of_operators(void)
{
    plaq_gauge *u = test_random_gauge(test_lattice((int[]){4, 4, 2, 8}, 0), PLAQ_DOUBLE, 1);

    if (!u) return;
    CHECK_STATUS(PLAQ_OK, plaq_field_halo(plaq_gauge_links(u))); /* its buffers are those of the links */
    CHECK_FAULT_SWEEP(make_and_apply, u);
}

/* Of the bytes that are counted, but for what is the same on lattices of any size. */
static void estimated_memory_is_what_is_used(void)
{
    static const int dims[4] = {8, 8, 4, 8};

    for (int i = 0; i < ACTIONS; i++) {
        plaq_lattice *lattice = NULL;
        plaq_gauge *u;
        plaq_columns *f[2] = {NULL};
        plaq_dirac *d = NULL;
        plaq_operator m;
        double used = NAN, estimate;
        plaq_status status;

        CHECK_STATUS(PLAQ_OK,
                     plaq_lattice_create(test_comm(), dims, NULL, 0, &lattice)); /* in all lanes, as estimated */
        test_later_lattice(&lattice);
        u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
        if (!u) return;
        PLAQ_GO(plaq_field_halo(plaq_gauge_links(u))); /* its buffers are those of the links */
        used = -(double)plaq_alloc_bytes();
        PLAQ_GO(plaq_dirac_create(u, &actions[i], &d));
        m = plaq_dirac_reduced(d);
        used += (double)plaq_alloc_bytes();
        for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
            for (int k = 0; k < 2; k++)
                PLAQ_GO(plaq_columns_create(lattice, (plaq_prec)prec, 12, 0, 24, PLAQ_ODD, &f[k]));
            used -= (double)plaq_alloc_bytes();
            PLAQ_GO(m.apply(m.self, false, f[0], f[1]));
            used += (double)plaq_alloc_bytes();
            for (int k = 0; k < 2; k++) plaq_columns_destroy(&f[k]);
        }
    done:
        for (int k = 0; k < 2; k++) plaq_columns_destroy(&f[k]);
        plaq_dirac_destroy(&d);
        CHECK_STATUS(PLAQ_OK, status);
        estimate = (double)plaq_dirac_estimate(dims, plaq_lattice_grid(lattice), &actions[i], 12);
        CHECK(used > 0.97 * estimate && used < 1.03 * estimate);
    }
}

TEST_MAIN({"operators are their definition", operators_are_their_definition},
          {"operators on lattices that have no two colours", operators_on_odd_lattices},
          {"solutions of the reduced system", solutions_of_the_reduced_system},
          {"gamma five takes an operator to its adjoint", gamma_five_hermiticity},
          {"operators are covariant", operators_are_covariant}, {"plane waves", plane_waves},
          {"the clover term of constant flux", clover_term_of_constant_flux},
          {"operators that cannot be", operators_that_cannot_be}, {"faults of operators", faults_of_operators},
          {"memory of operators is estimated", estimated_memory_is_what_is_used})
