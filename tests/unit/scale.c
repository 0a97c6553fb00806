/* Scales of flow and potential, topology, dispersion: known answers, derivatives, and pyerrors' t0 and w0. */
#include <math.h>
#include <string.h>

#include "plaq/correlator.h"
#include "plaq/gauge.h"
#include "support/test.h"

static double jacobian_error(const plaq_quantity *q, const double in[])
{
    double worst;

    return plaq_function_check(&q->f, in, 1e-4, &worst) == PLAQ_OK ? worst : NAN;
}

/* Differences of steps 1e-4 and 5e-5, extrapolated: rounding 1e-12, and less of curvature. */
static const double jacobian_tolerance = 1e-9;

enum { POINTS = 31 };

/* Flow times with steps that grow; t^2 E = a t + b t^2 + c t^3 + d t^4 of no special values. */
static void flow(int degree, double t[POINTS], double t2e[POINTS])
{
    static const double power[] = {0, 0.11, 0.043, -0.009, 0.0011};

    for (int i = 0; i < POINTS; i++) {
        t[i] = 0.07 * i * (1 + 0.01 * i);
        t2e[i] = 0;
        for (int k = degree; k >= 1; k--) t2e[i] = (t2e[i] + power[k]) * t[i];
    }
}

static double evaluate_one(const plaq_quantity *q, const double in[])
{
    double out;

    return q->f.evaluate(q->f.context, in, &out) == PLAQ_OK ? out : NAN;
}

/* ---- flow -------------------------------------------------------------------------------------------------------- */

/* The polynomial's root, by bisection. */
static double true_crossing(int degree, double level)
{
    static const double power[] = {0, 0.11, 0.043, -0.009, 0.0011};
    double low = 0, high = 3;

    for (int i = 0; i < 60; i++) {
        const double s = 0.5 * (low + high);
        double y = 0;

        for (int k = degree; k >= 1; k--) y = (y + power[k]) * s;
        *(y < level ? &low : &high) = s;
    }
    return low;
}

/* Each interpolation is exact for the polynomials it is made for, and not for the next. */
static void crossings_of_polynomials(void)
{
    static const struct {
        plaq_crossing_kind kind;
        int range, degree;
        double next; /* how far the next degree is missed, at least */
    } list[] = {{PLAQ_CROSSING_LINEAR, 0, 1, 1e-5},
                {PLAQ_CROSSING_CUBIC, 0, 3, 1e-10},
                {PLAQ_CROSSING_FIT, 3, 1, 1e-5}};
    double t[POINTS], y[POINTS], error[POINTS];

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        plaq_crossing method = {
            .points = POINTS, .t = t, .level = 0.2, .kind = list[i].kind, .range = list[i].range, .error = error};
        plaq_quantity q = {.context = NULL}, root = {.context = NULL};
        double seen;

        flow(list[i].degree, t, y);
        for (int k = 0; k < POINTS; k++) error[k] = 1e-3 * t[k] * (1 + k % 3);
        CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &q));
        test_later(plaq_free, q.context);
        seen = evaluate_one(&q, y);
        CHECK_CLOSE(seen, true_crossing(list[i].degree, 0.2), 1e-14);
        CHECK_CLOSE(jacobian_error(&q, y), 0, jacobian_tolerance);
        method.root = true;
        CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &root));
        test_later(plaq_free, root.context);
        CHECK_CLOSE(evaluate_one(&root, y), sqrt(seen), 1e-15);
        CHECK_CLOSE(jacobian_error(&root, y), 0, jacobian_tolerance);
        flow(list[i].degree + 1, t, y);
        CHECK(fabs(evaluate_one(&q, y) - true_crossing(list[i].degree + 1, 0.2)) > list[i].next);
    }
}

/* The interpolations of the observable `flow` are the same as those here: of t0, of W at all flow times, and of w0. */
static void flow_as_the_observable(void)
{
    double t[POINTS], y[POINTS], w[POINTS];
    plaq_crossing method = {.points = POINTS, .t = t, .level = 0.3, .kind = PLAQ_CROSSING_CUBIC};
    plaq_quantity t0 = {.context = NULL}, slope = {.context = NULL}, w0 = {.context = NULL};

    flow(4, t, y);
    for (int i = 0; i < POINTS; i++) y[i] *= 1.1 + 0.01 * sin(i);
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &t0));
    test_later(plaq_free, t0.context);
    CHECK_CLOSE(evaluate_one(&t0, y), plaq_flow_crossing(POINTS, t, y, 0.3), 1e-14);
    CHECK_STATUS(PLAQ_OK, plaq_flow_w(POINTS, t, 5, &slope));
    test_later(plaq_free, slope.context);
    CHECK_STATUS(PLAQ_OK, slope.f.evaluate(slope.f.context, y, w));
    for (int i = 0; i < POINTS; i++) CHECK_CLOSE(w[i], t[i] * plaq_flow_slope(POINTS, t, y, i), 1e-13);
    method.root = true;
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &w0));
    test_later(plaq_free, w0.context);
    CHECK_CLOSE(evaluate_one(&w0, w), sqrt(plaq_flow_crossing(POINTS, t, w, 0.3)), 1e-14);
}

static void slopes_of_polynomials(void)
{
    double t[POINTS], e[POINTS], t2e[POINTS], w[POINTS];
    plaq_quantity by_t2 = {.context = NULL};

    for (int stencil = 2; stencil <= 5; stencil++) {
        plaq_quantity q = {.context = NULL};

        for (int i = 0; i < POINTS; i++) {
            t[i] = 0.1 * i;
            e[i] = pow(t[i], stencil - 1);
        }
        CHECK_STATUS(PLAQ_OK, plaq_flow_w(POINTS, t, stencil, &q));
        test_later(plaq_free, q.context);
        CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, e, w));
        for (int i = 0; i < POINTS; i++) CHECK_CLOSE(w[i], (stencil - 1) * e[i], 1e-12);
    }
    CHECK_STATUS(PLAQ_OK, plaq_flow_t2e(POINTS, t, &by_t2));
    test_later(plaq_free, by_t2.context);
    CHECK_STATUS(PLAQ_OK, by_t2.f.evaluate(by_t2.f.context, e, t2e));
    for (int i = 0; i < POINTS; i++) CHECK_CLOSE(t2e[i], t[i] * t[i] * e[i], 1e-15);
}

static void no_crossing_says_why(void)
{
    double t[POINTS], y[POINTS], up[POINTS];
    plaq_crossing method = {.points = POINTS, .t = t, .level = 0.3};
    plaq_quantity low = {.context = NULL}, fit = {.context = NULL};
    double out;

    flow(1, t, y);
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &low));
    test_later(plaq_free, low.context);
    CHECK_STATUS(PLAQ_E_DATA, low.f.evaluate(low.f.context, (double[POINTS]){0}, &out));
    CHECK_MESSAGE("crossing of 0.3: it is not reached, 0 at flow time 2.73");
    for (int i = 0; i < POINTS; i++) up[i] = y[i] + 1;
    CHECK_STATUS(PLAQ_E_DATA, low.f.evaluate(low.f.context, up, &out));
    CHECK_MESSAGE("it is 1 already at the first flow time, 0");
    up[0] = NAN;
    CHECK_STATUS(PLAQ_E_DATA, low.f.evaluate(low.f.context, up, &out));
    method.kind = PLAQ_CROSSING_FIT;
    method.range = 5;
    method.level = 0.001;
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &fit));
    test_later(plaq_free, fit.context);
    CHECK_STATUS(PLAQ_E_DATA, fit.f.evaluate(fit.f.context, y, &out));
    CHECK_MESSAGE("between flow times 0 and 1 of 31: the fit takes 5 on either side");
    t[3] = t[2];
    CHECK_STATUS(PLAQ_E_USAGE, plaq_crossing_quantity(&method, &fit));
    CHECK_MESSAGE("flow time 3 is ");
}

/* ---- pyerrors ---------------------------------------------------------------------------------------------------- */

enum { RECORDS = 9, FLOW = 101, EXTENT = 4, SLICES = 4 };

/* The clover energies of openQCD 2's `ms`: after 3 int and a double, records of an int and W, Y, Q[FLOW][SLICES]; E is
 * the sum of Y over the slices, divided by the volume. */
static plaq_status read_energies(const char *path, double e[RECORDS][FLOW])
{
    const int64_t header = 3 * 4 + 8, record = 4 + 3 * FLOW * SLICES * 8;
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status;

    PLAQ_GO(plaq_file_open(&file, path));
    for (int n = 0; n < RECORDS; n++) {
        double y[FLOW][SLICES];

        PLAQ_GO(plaq_file_read(&file, header + n * record + 4 + FLOW * SLICES * 8, y, sizeof y));
        for (int i = 0; i < FLOW; i++) {
            e[n][i] = 0;
            for (int t = 0; t < SLICES; t++) e[n][i] += y[i][t];
            e[n][i] /= EXTENT * EXTENT * EXTENT * SLICES;
        }
    }
done:
    if (plaq_file_close(&file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return status;
}

static plaq_status measured(const double e[RECORDS][FLOW], plaq_estimate *out)
{
    static int64_t config[RECORDS];
    const plaq_chain chain = {.ensemble = "test", .count = RECORDS, .config = config};
    plaq_chains *chains = NULL;
    plaq_status status;

    for (int i = 0; i < RECORDS; i++) config[i] = i + 1;
    PLAQ_GO(plaq_chains_create(&chain, 1, &chains));
    PLAQ_GO(plaq_estimate_primary(chains, FLOW, &e[0][0], out));
done:
    plaq_chains_release(&chains);
    return status;
}

static void clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

/* Errors as pyerrors has them; 0 at t = 0. */
static plaq_status errors(const plaq_estimate *estimate, double error[FLOW])
{
    static const plaq_gamma_method method = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};

    for (size_t i = 0; i < FLOW; i++) {
        plaq_uncertainty u = {.count = 0};

        PLAQ_TRY(plaq_estimate_error(estimate, i, &method, &u));
        error[i] = u.error;
        plaq_uncertainty_clear(&u);
    }
    return PLAQ_OK;
}

static void flow_scales_of_pyerrors(void)
{
    const char *path = test_data("pyerrors/openqcd2r1.ms.dat");
    static plaq_estimate energies, t2e, w, scale;
    static double e[RECORDS][FLOW], t[FLOW], error[FLOW];
    plaq_crossing method = {
        .points = FLOW, .t = t, .level = 0.3, .kind = PLAQ_CROSSING_FIT, .range = 2, .error = error};
    plaq_quantity square = {.context = NULL}, slope = {.context = NULL}, t0 = {.context = NULL}, w0 = {.context = NULL},
                  line = {.context = NULL};

    if (!path) SKIP("no %s", "pyerrors/openqcd2r1.ms.dat");
    for (int i = 0; i < FLOW; i++) t[i] = 5 * 0.01 * i;
    CHECK_STATUS(PLAQ_OK, read_energies(path, e));
    test_later(clear, &energies);
    test_later(clear, &t2e);
    test_later(clear, &w);
    test_later(clear, &scale);
    CHECK_STATUS(PLAQ_OK, measured((const double(*)[FLOW])e, &energies));
    CHECK_STATUS(PLAQ_OK, plaq_flow_t2e(FLOW, t, &square));
    test_later(plaq_free, square.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&square.f, &energies, &t2e));
    CHECK_STATUS(PLAQ_OK, errors(&t2e, error));
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &t0));
    test_later(plaq_free, t0.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&t0.f, &t2e, &scale));
    CHECK_CLOSE(scale.value[0], 0.3816208266076627, 1e-10);
    plaq_estimate_clear(&scale);

    /* the line of two points */
    method.kind = PLAQ_CROSSING_LINEAR;
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &line));
    test_later(plaq_free, line.context);
    CHECK_CLOSE(evaluate_one(&line, t2e.value), 0.38316, 5e-6);

    /* w0 by symmetric differences, and the errors of W */
    method.kind = PLAQ_CROSSING_FIT;
    method.root = true;
    CHECK_STATUS(PLAQ_OK, plaq_flow_w(FLOW, t, 3, &slope));
    test_later(plaq_free, slope.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&slope.f, &t2e, &w));
    CHECK_STATUS(PLAQ_OK, errors(&w, error));
    CHECK_STATUS(PLAQ_OK, plaq_crossing_quantity(&method, &w0));
    test_later(plaq_free, w0.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&w0.f, &w, &scale));
    CHECK_CLOSE(scale.value[0], 0.5220124285820434, 1e-10);
}

/* ---- topology, potential, dispersion ----------------------------------------------------------------------------- */

static void susceptibilities(void)
{
    const double in[] = {0.5, 3.25};
    plaq_quantity q[2] = {{.context = NULL}};

    for (int subtracted = 0; subtracted < 2; subtracted++) {
        CHECK_STATUS(PLAQ_OK, plaq_susceptibility(8192, subtracted, &q[subtracted]));
        test_later(plaq_free, q[subtracted].context);
        CHECK_CLOSE(8192 * evaluate_one(&q[subtracted], in), subtracted ? 3 : 3.25, 1e-15);
        CHECK_CLOSE(jacobian_error(&q[subtracted], in), 0, jacobian_tolerance);
    }
    CHECK_STATUS(PLAQ_E_USAGE, plaq_susceptibility(0, false, &q[0]));
}

/* Loops of a known potential, with a factor that does not depend on time. */
static void potential_of_known_loops(void)
{
    enum { DISTANCES = 4, TIMES = 5 };
    const double r[DISTANCES] = {1, 2, sqrt(5), 3}, parameters[] = {0.61, 0.27, 0.052};
    plaq_quantity q = {.context = NULL};
    double w[DISTANCES * TIMES], v[DISTANCES * (TIMES - 1)], basis[DISTANCES * 3], exact[DISTANCES];

    CHECK_STATUS(PLAQ_OK, plaq_potential_basis(DISTANCES, r, basis));
    for (int i = 0; i < DISTANCES; i++) {
        exact[i] = 0;
        for (int k = 0; k < 3; k++) exact[i] += basis[3 * i + k] * parameters[k];
        CHECK_CLOSE(exact[i], 0.61 - 0.27 / r[i] + 0.052 * r[i], 1e-15);
        for (int t = 0; t < TIMES; t++) w[i * TIMES + t] = exp(-exact[i] * (t + 2)) / (1 + i);
    }
    CHECK_STATUS(PLAQ_OK, plaq_potential(DISTANCES, TIMES, 2, &q));
    test_later(plaq_free, q.context);
    CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, w, v));
    for (size_t k = 0; k < q.f.out; k++) CHECK_CLOSE(v[k], exact[k / (TIMES - 1)], 1e-14);
    CHECK_CLOSE(jacobian_error(&q, w), 0, jacobian_tolerance);
    w[TIMES + 3] *= -1;
    CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, w, v));
    CHECK_MESSAGE("at distance 1 and t = 4 is -");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_potential_basis(1, (double[]){0}, basis));
}

/* r^2 dV/dr is the number asked for, at both scales. */
static void scales_of_the_potential(void)
{
    static const double force[] = {1.65, 1};
    const double in[] = {0.61, 0.27, 0.052};

    for (int i = 0; i < 2; i++) {
        plaq_quantity q = {.context = NULL};
        double r;

        CHECK_STATUS(PLAQ_OK, plaq_sommer_scale(force[i], &q));
        test_later(plaq_free, q.context);
        r = evaluate_one(&q, in);
        CHECK_CLOSE(in[1] + in[2] * r * r, force[i], 1e-15);
        CHECK_CLOSE(jacobian_error(&q, in), 0, jacobian_tolerance);
        CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, (double[]){0, 2, 0.05}, &r));
        CHECK_MESSAGE("alpha is 2, expected less than that");
        CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, (double[]){0, 0.2, -0.05}, &r));
    }
}

/* A free boson on the lattice, sinh^2(E/2) = sinh^2(m/2) + sum sin^2(p/2), and c^2 of a relativistic E. */
static void light_of_speed_one(void)
{
    static const int n[] = {1, 0, 0, 1, -1, 0, 2, 1, -3}, extent[] = {8, 12, 16};
    const double m = 0.4;

    for (int kind = PLAQ_DISPERSION_CONTINUUM; kind <= PLAQ_DISPERSION_LATTICE; kind++) {
        plaq_quantity q = {.context = NULL};
        double e[4] = {m}, c2[3];

        for (int i = 0; i < 3; i++) {
            double sum = 0;

            for (int k = 0; k < 3; k++) {
                const double p = 2 * M_PI * n[3 * i + k] / extent[k];

                sum += kind == PLAQ_DISPERSION_LATTICE ? pow(sin(p / 2), 2) : 0.9 * p * p;
            }
            e[i + 1] = kind == PLAQ_DISPERSION_LATTICE ? 2 * asinh(sqrt(pow(sinh(m / 2), 2) + sum)) : sqrt(m * m + sum);
        }
        CHECK_STATUS(PLAQ_OK, plaq_speed_of_light((plaq_dispersion_kind)kind, 3, n, extent, &q));
        test_later(plaq_free, q.context);
        CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, e, c2));
        for (int i = 0; i < 3; i++) CHECK_CLOSE(c2[i], kind == PLAQ_DISPERSION_LATTICE ? 1 : 0.9, 1e-13);
        CHECK_CLOSE(jacobian_error(&q, e), 0, jacobian_tolerance);
    }
    CHECK_STATUS(PLAQ_E_USAGE, plaq_speed_of_light(PLAQ_DISPERSION_LATTICE, 1, (int[]){8, 0, 0}, extent,
                                                   &(plaq_quantity){.context = NULL}));
    CHECK_MESSAGE("momentum 0, 8 0 0, is zero");
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static plaq_status make_some(void *given)
{
    plaq_quantity q[3] = {{.context = NULL}};
    plaq_status status;

    PLAQ_GO(plaq_flow_t2e(3, (double[]){0, 1, 2}, &q[0]));
    PLAQ_GO(plaq_flow_w(3, (double[]){0, 1, 2}, 3, &q[1]));
    PLAQ_GO(plaq_crossing_quantity(given, &q[2]));
done:
    for (int i = 0; i < 3; i++) plaq_quantity_destroy(&q[i]);
    return status;
}

static void faults(void)
{
    plaq_crossing method = {.points = 3, .t = (double[]){0, 1, 2}, .level = 0.3};

    CHECK_FAULT_SWEEP(make_some, &method);
}

TEST_MAIN({"crossings of polynomials", crossings_of_polynomials}, {"flow as the observable", flow_as_the_observable},
          {"slopes of polynomials", slopes_of_polynomials}, {"no crossing says why", no_crossing_says_why},
          {"flow scales of pyerrors", flow_scales_of_pyerrors}, {"susceptibilities", susceptibilities},
          {"potential of known loops", potential_of_known_loops}, {"scales of the potential", scales_of_the_potential},
          {"light of speed one", light_of_speed_one}, {"faults", faults})
