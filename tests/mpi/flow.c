/* Gradient flow against its definition on plain arrays, other people's outputs, orders of convergence, and what must
 * not matter: gauge, ranks, lanes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/io.h"
#include "support/plain.h"
#include "support/test.h"

/* ---- a step by its definition --------------------------------------------------------------------------------- */

/* sum += coefficient times the loop along the path */
static void add_loop(const plain *p, const int c[4], const int path[], int steps, double coefficient, plain_matrix sum)
{
    plain_matrix loop;

    plain_follow(p, c, path, steps, loop);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) sum[i][j] += coefficient * loop[i][j];
}

/* f = -[m]_TA */
static void project(const plain_matrix m, plain_matrix f)
{
    double complex trace;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) f[i][j] = -(m[i][j] - conj(m[j][i])) / 2;
    trace = (f[0][0] + f[1][1] + f[2][2]) / 3;
    for (int i = 0; i < 3; i++) f[i][i] -= trace;
}

/* The force on U_mu(x): the loops of the action that begin with it. Where time is open, spatial links of the first and
 * the last slice have a temporal plaquette that counts twice. */
static void plain_force(const plain *p, const int c[4], int mu, bool improved, bool open, plain_matrix f)
{
    const double c0 = improved ? 5.0 / 3 : 1, c1 = improved ? -1.0 / 12 : 0;
    const bool edge = open && mu < 3 && (c[3] == 0 || c[3] == p->dims[3] - 1);
    plain_matrix sum = {{0}};
    const int m = mu + 1;

    for (int nu = 0; nu < 4; nu++)
        for (int sign = -1; sign <= 1 && nu != mu; sign += 2) {
            const int n = sign * (nu + 1);

            add_loop(p, c, (int[]){m, n, -m, -n}, 4, edge && nu == 3 ? 2 : c0, sum);
            if (!improved) continue;
            add_loop(p, c, (int[]){m, m, n, -m, -m, -n}, 6, c1, sum);
            add_loop(p, c, (int[]){m, n, -m, -m, -n, m}, 6, c1, sum);
            add_loop(p, c, (int[]){m, n, n, -m, -n, -n}, 6, c1, sum);
        }
    project(sum, f);
}

static void product(const plain_matrix a, const plain_matrix b, plain_matrix c)
{
    plain_matrix sum = {{0}};

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++) sum[i][j] += a[i][k] * b[k][j];
    memcpy(c, sum, sizeof sum);
}

static void dagger(const plain_matrix a, plain_matrix b)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) b[i][j] = conj(a[j][i]);
}

/* exp a, forty terms of the series */
static void exponential(const plain_matrix a, plain_matrix e)
{
    plain_matrix term = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    memset(e, 0, sizeof(plain_matrix));
    for (int k = 1; k < 40; k++) {
        for (int i = 0; i < 9; i++) e[i / 3][i % 3] += term[i / 3][i % 3];
        product(term, a, term);
        for (int i = 0; i < 9; i++) term[i / 3][i % 3] /= k;
    }
}

/* a + v f v^+ / 12, or with v^+ f v */
static void add_carried(plain_matrix a, const plain_matrix f, const plain_matrix v, bool back)
{
    plain_matrix w, m;

    dagger(v, w);
    product(back ? w : v, f, m);
    product(m, back ? v : w, m);
    for (int i = 0; i < 9; i++) a[i / 3][i % 3] += m[i / 3][i % 3] / 12;
}

typedef plain_matrix forces[4];

static void plain_forces(const plain *p, plaq_flow_action action, bool open, forces *f)
{
    for (size_t x = 0; x < plain_volume(p->dims); x++) {
        int c[4];

        plain_place(p->dims, x, c);
        for (int mu = 0; mu < 4; mu++) plain_force(p, c, mu, action != PLAQ_FLOW_WILSON, open, f[x][mu]);
    }
}

/* (1 + D^* D / 12) f */
static void zeuthen(const plain *p, const forces *f, forces *improved)
{
    for (size_t x = 0; x < plain_volume(p->dims); x++)
        for (int mu = 0; mu < 4; mu++) {
            int c[4];
            size_t front, back;

            plain_place(p->dims, x, c);
            c[mu] = (c[mu] + 1) % p->dims[mu];
            front = plain_number(p->dims, c);
            c[mu] = (c[mu] + 2 * p->dims[mu] - 2) % p->dims[mu];
            back = plain_number(p->dims, c);
            for (int i = 0; i < 9; i++) improved[x][mu][i / 3][i % 3] = f[x][mu][i / 3][i % 3] * 5 / 6;
            add_carried(improved[x][mu], f[front][mu], p->u[x][mu], false);
            add_carried(improved[x][mu], f[back][mu], p->u[back][mu], true);
        }
}

/* One step of the scheme as it is written in the paper. */
static void plain_step(plain *p, plaq_flow_action action, bool open, double eps)
{
    static const double weight[3][3] = {{1.0 / 4}, {-17.0 / 36, 8.0 / 9}, {17.0 / 36, -8.0 / 9, 3.0 / 4}};
    const size_t n = plain_volume(p->dims);
    forces *z[3], *simple = malloc(n * sizeof *simple);

    for (int stage = 0; stage < 3; stage++) {
        z[stage] = malloc(n * sizeof *z[stage]);
        plain_forces(p, action, open, action == PLAQ_FLOW_ZEUTHEN ? simple : z[stage]);
        if (action == PLAQ_FLOW_ZEUTHEN) zeuthen(p, simple, z[stage]);
        for (size_t link = 0; link < 4 * n; link++) {
            plain_matrix sum = {{0}}, turn;

            for (int i = 0; i <= stage; i++)
                for (int k = 0; k < 9; k++)
                    sum[k / 3][k % 3] += eps * weight[stage][i] * z[i][link / 4][link % 4][k / 3][k % 3];
            exponential(sum, turn);
            product(turn, p->u[link / 4][link % 4], p->u[link / 4][link % 4]);
        }
    }
    for (int i = 0; i < 3; i++) free(z[i]);
    free(simple);
}

/* max |difference| between this rank's links and the plain ones */
static double difference(const plain *p, plaq_gauge *u)
{
    const int *local = plaq_lattice_local(plaq_gauge_lattice(u)), *origin = plaq_lattice_origin(plaq_gauge_lattice(u));
    double largest = 0;

    for (size_t i = 0; i < plain_volume(local); i++) {
        double links[72];
        int c[4], g[4];

        plain_place(local, i, c);
        for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + origin[mu];
        plaq_field_get(plaq_gauge_links(u), c, 1, links);
        for (int k = 0; k < 72; k++)
            largest = fmax(largest, fabs(links[k] - ((const double *)p->u[plain_number(p->dims, g)])[k]));
    }
    plaq_reduce_max(test_comm(), &largest, 1);
    return largest;
}

static void check_step(plaq_flow_action action, int lanes, plaq_prec prec, bool open, double tolerance)
{
    static const int dims[4] = {4, 2, 4, 6};
    plaq_lattice *lattice = test_lattice(dims, lanes);
    plain p = plain_random(dims, 8);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, prec, 1) : NULL;
    plaq_flow *flow = NULL;

    CHECK(u && p.u);
    for (size_t x = 0; open && x < plain_volume(dims); x++)
        if (x >= plain_volume(dims) / 6 * 5) memset(p.u[x][3], 0, sizeof p.u[x][3]);
    plain_give(&p, u);
    CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, action, false, &flow));
    CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.07));
    plaq_flow_destroy(&flow);
    plain_step(&p, action, open, 0.07);
    CHECK(difference(&p, u) < tolerance);
    plaq_free(p.u);
}

/* Links of magnitude one after some hundred roundings a step: 1e-14, and 1e-5 in floats. */
static void a_step_is_its_definition(void)
{
    for (int action = PLAQ_FLOW_WILSON; action <= PLAQ_FLOW_ZEUTHEN; action++) {
        check_step((plaq_flow_action)action, 0, PLAQ_DOUBLE, false, 1e-14);
        check_step((plaq_flow_action)action, 1, PLAQ_DOUBLE, false, 1e-14);
        check_step((plaq_flow_action)action, 0, PLAQ_SINGLE, false, 1e-5);
    }
}

static void open_boundaries_have_their_weights(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 4, 4, 4}, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    plaq_flow *flow = NULL;

    check_step(PLAQ_FLOW_WILSON, 0, PLAQ_DOUBLE, true, 1e-14);
    check_step(PLAQ_FLOW_WILSON, 1, PLAQ_DOUBLE, true, 1e-14);
    CHECK(u);
    test_open_time(u);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_flow_create(u, PLAQ_FLOW_ZEUTHEN, false, &flow));
    CHECK_MESSAGE("wilson");
}

/* ---- other people's numbers -------------------------------------------------------------------------------------- */

/* E of space-space, of space-time, and Q, as MILC's wilson_flow prints them: F has its clover normalisation. */
static plaq_status energy_and_charge(plaq_gauge *u, double *energy, double *charge)
{
    const int extent = plaq_lattice_dims(plaq_gauge_lattice(u))[3];
    double slices[2][64];

    *energy = *charge = 0;
    PLAQ_TRY(plaq_gauge_clover(u, slices[0], slices[1]));
    for (int t = 0; t < extent; t++) {
        *energy += slices[0][t] / extent;
        *charge += slices[1][t];
    }
    return PLAQ_OK;
}

/* Every line "WFLOW t E_t E_s Q": six digits of both parts of E, so 1e-6 of their sum or so; Q was summed in floats. */
static void check_milc(const char *output, plaq_flow_action action)
{
    static const int dims[4] = {4, 4, 4, 8};
    plaq_gauge *u = NULL;
    plaq_flow *flow = NULL;
    char *text = NULL, *rest;
    size_t n;
    int lines = 0;

    CHECK_STATUS(PLAQ_OK, test_load(test_data("milc/lat.sample.l4448"), dims, "", &u));
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(test_data(output), 1 << 20, &text, &n));
    CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, action, false, &flow));
    rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        double t, time, space, milc, energy, charge;

        if (sscanf(line, "WFLOW %lf %lf %lf %lf", &t, &time, &space, &milc) != 4) continue;
        if (t > 0) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.1));
        CHECK_STATUS(PLAQ_OK, energy_and_charge(u, &energy, &charge));
        CHECK(fabs(energy - (time + space)) < 1.1e-5 * fmax(energy, 0.1));
        CHECK(fabs(charge - milc) < 2e-5 * fabs(milc) + 2e-8);
        lines++;
    }
    CHECK(lines >= 10);
    plaq_flow_destroy(&flow);
    plaq_free(text);
}

static void every_line_of_milc_is_met(void)
{
    if (!test_data("milc/lat.sample.l4448")) SKIP("no shared test data");
    check_milc("milc/wilson_flow.1.sample-out", PLAQ_FLOW_WILSON);
    check_milc("milc/wilson_flow.2.sample-out", PLAQ_FLOW_SYMANZIK);
}

/* Its log at t = 0.2 by steps of 0.0008, seven digits, Q three and of opposite sign. Steps of 0.01 are good to 1e-6. */
static void the_log_of_openqcd_is_met(void)
{
    static const int dims[4] = {8, 8, 8, 8};
    const char *file = "hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1";
    double planes[6], mean, spatial, temporal, energy, charge;
    plaq_gauge *u = NULL;
    plaq_flow *flow = NULL;

    if (!test_data(file)) SKIP("no shared test data");
    CHECK_STATUS(PLAQ_OK, test_load(test_data(file), dims, "", &u));
    CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, PLAQ_FLOW_WILSON, false, &flow));
    for (int i = 0; i < 20; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.01));
    plaq_flow_destroy(&flow);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes, NULL));
    plaq_plane_means(planes, &mean, &spatial, &temporal);
    CHECK_STATUS(PLAQ_OK, energy_and_charge(u, &energy, &charge));
    CHECK(fabs(4096 * 36 * (1 - mean) - 9.293370e+04) < 1);
    CHECK(fabs(4096 * energy - 1.122513e+04) < 0.1);
    CHECK(fabs(-charge - 4.21e-01) < 6e-4);
}

/* ---- accuracy ---------------------------------------------------------------------------------------------------- */

/* E of random links, flowed to t = 0.4 in n steps */
static plaq_status energy_after(plaq_lattice *lattice, plaq_flow_action action, plaq_prec prec, int n, double *energy)
{
    plaq_gauge *u = NULL;
    plaq_flow *flow = NULL;
    double charge;
    plaq_status status;

    PLAQ_GO(plaq_gauge_create(lattice, prec, &u));
    plaq_gauge_hot(u, 3);
    PLAQ_GO(plaq_flow_create(u, action, false, &flow));
    for (int i = 0; i < n; i++) PLAQ_GO(plaq_flow_step(flow, 0.4 / n));
    status = energy_and_charge(u, energy, &charge);
done:
    plaq_flow_destroy(&flow);
    plaq_gauge_destroy(&u);
    return status;
}

/* Half the step, an eighth of the error; the next order makes it 7 to 9 at these steps. */
static void the_order_is_three(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 4, 4, 8}, 0);

    CHECK(lattice);
    for (int action = PLAQ_FLOW_WILSON; action <= PLAQ_FLOW_ZEUTHEN; action++) {
        double coarse, middle, fine, ratio;

        CHECK_STATUS(PLAQ_OK, energy_after(lattice, (plaq_flow_action)action, PLAQ_DOUBLE, 20, &coarse));
        CHECK_STATUS(PLAQ_OK, energy_after(lattice, (plaq_flow_action)action, PLAQ_DOUBLE, 40, &middle));
        CHECK_STATUS(PLAQ_OK, energy_after(lattice, (plaq_flow_action)action, PLAQ_DOUBLE, 80, &fine));
        ratio = (coarse - middle) / (middle - fine);
        CHECK(ratio > 7 && ratio < 9);
    }
}

/* Forty steps in floats: the energy is off by some roundings of a float. */
static void floats_are_good_to_six_digits(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 4, 8, 8}, 0);

    CHECK(lattice);
    for (int action = PLAQ_FLOW_WILSON; action <= PLAQ_FLOW_ZEUTHEN; action++) {
        double in_double, in_single;

        CHECK_STATUS(PLAQ_OK, energy_after(lattice, (plaq_flow_action)action, PLAQ_DOUBLE, 40, &in_double));
        CHECK_STATUS(PLAQ_OK, energy_after(lattice, (plaq_flow_action)action, PLAQ_SINGLE, 40, &in_single));
        CHECK(fabs(in_single - in_double) < 2e-6 * in_double);
    }
}

/* Rounding has no direction: after 300 short steps of a smooth field 1 - P, some 1e-3, is still that of double to the
 * rounding of a link. A loss of x^2/2 a step off the diagonal of the exponential would be 1e-5 by then. */
static void floats_do_not_leave_the_group(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 4, 8, 8}, 0);
    double mean[2], spatial, temporal;

    CHECK(lattice);
    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
        plaq_gauge *u = test_random_gauge(lattice, (plaq_prec)prec, 3);
        plaq_flow *flow = NULL;
        double planes[6];

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, PLAQ_FLOW_WILSON, false, &flow));
        for (int i = 0; i < 20; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.1));
        for (int i = 0; i < 300; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.002));
        plaq_flow_destroy(&flow);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes, NULL));
        plaq_plane_means(planes, &mean[prec], &spatial, &temporal);
    }
    CHECK(fabs(mean[0] - mean[1]) < 2e-7);
}

/* Steps chosen by tolerance: the error follows it, and steps that are too long at first are taken back. */
static void steps_are_as_long_as_their_error_allows(void)
{
    static const double tolerance[2] = {1e-4, 1e-6};
    plaq_lattice *lattice = test_lattice((int[]){4, 4, 4, 8}, 0);
    double exact, error[2];
    int64_t work[2];

    CHECK(lattice);
    CHECK_STATUS(PLAQ_OK, energy_after(lattice, PLAQ_FLOW_WILSON, PLAQ_DOUBLE, 300, &exact));
    for (int i = 0; i < 2; i++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 3);
        plaq_flow *flow = NULL;
        double t = 0, eps = 0.15, taken, energy, charge, last = 0;
        int longer = 0, steps = 0;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, PLAQ_FLOW_WILSON, true, &flow));
        while (t < 0.4 - 1e-12) {
            CHECK_STATUS(PLAQ_OK, plaq_flow_adapt(flow, tolerance[i], 0.4 - t, &eps, &taken));
            CHECK(taken > 0 && taken <= 0.4 - t + 1e-15);
            longer += taken > last * (1 - 1e-9); /* or as long: equal parts of what is left */
            last = taken;
            t += taken;
            steps++;
        }
        work[i] = plaq_flow_forces(flow);
        plaq_flow_destroy(&flow);
        CHECK_STATUS(PLAQ_OK, energy_and_charge(u, &energy, &charge));
        error[i] = fabs(energy - exact);
        CHECK(work[i] > 3 * steps); /* the first was taken back */
        CHECK(longer > steps / 2);  /* the field gets smoother */
    }
    CHECK(error[0] < 100 * tolerance[0] && error[1] < 100 * tolerance[1]);
    CHECK(error[1] < error[0] / 10 && work[1] > work[0]);
}

/* ---- what must not matter --------------------------------------------------------------------------------------- */

static void gauge_transformed_links_flow_alike(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 6, 4, 8}, 0);

    CHECK(lattice);
    for (int action = PLAQ_FLOW_WILSON; action <= PLAQ_FLOW_ZEUTHEN; action++) {
        double energy[2], charge[2];

        for (int turned = 0; turned < 2; turned++) {
            plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 5);
            plaq_flow *flow = NULL;

            CHECK(u);
            if (turned) CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(u, 2385));
            CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, (plaq_flow_action)action, false, &flow));
            for (int i = 0; i < 5; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.03));
            plaq_flow_destroy(&flow);
            CHECK_STATUS(PLAQ_OK, energy_and_charge(u, &energy[turned], &charge[turned]));
        }
        CHECK_CLOSE(energy[1], energy[0], 1e-13);
        CHECK_CLOSE(charge[1], charge[0], 1e-13);
    }
}

/* The same bits, whichever way the lattice is cut into lanes; ranks and threads are those the test is started with. */
static void lanes_do_not_matter(void)
{
    for (int action = PLAQ_FLOW_WILSON; action <= PLAQ_FLOW_ZEUTHEN; action++)
        for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
            double energy[2];

            for (int lanes = 0; lanes < 2; lanes++) {
                plaq_lattice *lattice = test_lattice((int[]){4, 4, 8, 8}, lanes);

                CHECK(lattice);
                CHECK_STATUS(PLAQ_OK,
                             energy_after(lattice, (plaq_flow_action)action, (plaq_prec)prec, 6, &energy[lanes]));
            }
            CHECK_SAME(energy[1], energy[0]);
        }
}

/* A field of constant flux and charge +-1: its field strength is as small as it can be, so on 16^4 the charge is the
 * integer up to 1e-3, and the flow, which can only smooth, leaves it there. */
static void constant_flux_keeps_its_charge(void)
{
    plaq_lattice *lattice = test_lattice((int[]){16, 16, 16, 16}, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;

    CHECK(u);
    for (int sign = -1; sign <= 1; sign += 2) {
        plaq_flow *flow = NULL;
        double clover[16], improved[16], energy[16], q = 0, q_improved = 0;

        test_set_flux(u, (int[]){1, -1, 0}, (int[]){sign, 0, -sign});
        CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, PLAQ_FLOW_WILSON, false, &flow));
        for (int i = 0; i < 20; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.1));
        plaq_flow_destroy(&flow);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_clover(u, energy, clover));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_improved_charge(u, clover, NULL, improved));
        for (int t = 0; t < 16; t++) {
            q += clover[t];
            q_improved += improved[t];
        }
        CHECK_CLOSE(q, sign, 1e-3);
        CHECK_CLOSE(q_improved, sign, 1e-3);
    }
}

/* ---- scales ------------------------------------------------------------------------------------------------------ */

/* On a polynomial of the order of the interpolation both are exact. */
static void slopes_and_crossings_of_polynomials_are_exact(void)
{
    static const double t[7] = {0, 0.3, 0.5, 1, 1.1, 1.7, 2};
    double quartic[7], cubic[7];

    for (int i = 0; i < 7; i++) {
        quartic[i] = pow(t[i], 4) - 2 * pow(t[i], 3) + t[i];
        cubic[i] = pow(t[i], 3) + t[i];
    }
    for (int i = 0; i < 7; i++)
        CHECK_CLOSE(plaq_flow_slope(7, t, quartic, i), 4 * pow(t[i], 3) - 6 * pow(t[i], 2) + 1, 1e-12);
    CHECK_CLOSE(plaq_flow_crossing(7, t, cubic, 1.2 * 1.2 * 1.2 + 1.2), 1.2, 1e-14);
    CHECK_CLOSE(plaq_flow_crossing(7, t, cubic, 0.1 * 0.1 * 0.1 + 0.1), 0.1, 1e-14);
    CHECK(isnan(plaq_flow_crossing(7, t, cubic, 11)));
    CHECK(isnan(plaq_flow_slope(1, t, cubic, 0)));
    CHECK_CLOSE(plaq_flow_slope(2, t, cubic, 0), (cubic[1] - cubic[0]) / 0.3, 1e-14);
}

TEST_MAIN({"a step is its definition", a_step_is_its_definition},
          {"open boundaries have their weights", open_boundaries_have_their_weights},
          {"every line of MILC is met", every_line_of_milc_is_met},
          {"the log of openQCD is met", the_log_of_openqcd_is_met}, {"the order is three", the_order_is_three},
          {"floats are good to six digits", floats_are_good_to_six_digits},
          {"floats do not leave the group", floats_do_not_leave_the_group},
          {"steps are as long as their error allows", steps_are_as_long_as_their_error_allows},
          {"gauge transformed links flow alike", gauge_transformed_links_flow_alike},
          {"lanes do not matter", lanes_do_not_matter},
          {"constant flux keeps its charge", constant_flux_keeps_its_charge},
          {"slopes and crossings of polynomials are exact", slopes_and_crossings_of_polynomials_are_exact})
