/* Models of fits: exact Jacobians, closed forms, starting points, and what is refused. */
#include "support/test.h"

#include "plaq/fit.h"

#include <math.h>
#include <string.h>

static void destroy_model(void *model)
{
    plaq_model_destroy(model);
}

/* ---- Jacobians ---- */

static plaq_status points_of(const void *context, const double p[], double y[])
{
    const plaq_model *m = context;

    return m->evaluate(m->context, p, y);
}

static plaq_status slopes_of(const void *context, const double p[], const double y[], double jacobian[])
{
    const plaq_model *m = context;

    (void)y;
    return m->jacobian(m->context, p, jacobian);
}

/* the largest difference of a model's Jacobian from the numerical one; central differences with extrapolation have
 * errors of the fourth power of the step, and of rounding over the step */
static double jacobian_error(const plaq_model *m, const double p[])
{
    const plaq_function f = {m->params, m->points, points_of, slopes_of, m};
    double worst = INFINITY;

    return test_status(PLAQ_OK, plaq_function_check(&f, p, 1e-4, &worst), __FILE__, __LINE__, "check") ? worst : NAN;
}

static const double times[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void jacobians_of_exponentials(void)
{
    const plaq_exponentials_part part[] = {
        {.points = 12, .t = times, .period = 26, .backward = 1, .squared = true, .constant = true},
        {.points = 7, .t = times + 2, .period = 26, .backward = -1},
        {.points = 5, .t = times + 1, .constant = true},
    };
    const double p[] = {0.3, -1.1, -0.4, 0.9, -0.7, 0.5, 0.1, 1.3, 0.8, -0.6, 0.7, -0.9, 1.7, -0.2};
    static plaq_model model;
    plaq_function f;
    double worst;

    CHECK_STATUS(PLAQ_OK, plaq_model_exponentials(part, 3, 3, &model));
    test_later(destroy_model, &model);
    CHECK(model.points == 24 && model.params == sizeof p / sizeof *p);
    CHECK(strcmp(model.name[0], "E0") == 0 && strcmp(model.name[2], "log_dE2") == 0);
    CHECK(strcmp(model.name[4], "A1_0") == 0 && strcmp(model.name[6], "c0") == 0);
    CHECK(strcmp(model.name[9], "A2_1") == 0 && strcmp(model.name[13], "c2") == 0);
    CHECK(jacobian_error(&model, p) < 1e-9);
    plaq_model_exponentials_values(&model, &f);
    CHECK_STATUS(PLAQ_OK, plaq_function_check(&f, p, 1e-4, &worst));
    CHECK(worst < 1e-9);
}

/* The formula in the header, term by term. */
static void exponentials_are_the_formula(void)
{
    const plaq_exponentials_part part[] = {
        {.points = 12, .t = times, .period = 26, .backward = 1, .squared = true},
        {.points = 7, .t = times + 2, .period = 20, .backward = -1, .constant = true},
    };
    const double p[] = {0.3, -1.1, 0.9, -0.7, 0.5, 0.1, 1.3}, e0 = 0.3, e1 = 0.3 + exp(-1.1);
    static plaq_model model;
    double y[19], value[7];
    plaq_function f;

    CHECK_STATUS(PLAQ_OK, plaq_model_exponentials(part, 2, 2, &model));
    test_later(destroy_model, &model);
    CHECK_STATUS(PLAQ_OK, model.evaluate(model.context, p, y));
    for (int i = 0; i < 12; i++) {
        const double t = times[i];

        CHECK_CLOSE(y[i], 0.81 * (exp(-e0 * t) + exp(-e0 * (26 - t))) + 0.49 * (exp(-e1 * t) + exp(-e1 * (26 - t))),
                    1e-15);
    }
    for (int i = 0; i < 7; i++) {
        const double t = times[i + 2];

        CHECK_CLOSE(y[12 + i],
                    0.5 * (exp(-e0 * t) - exp(-e0 * (20 - t))) + 0.1 * (exp(-e1 * t) - exp(-e1 * (20 - t))) + 1.3,
                    1e-15);
    }
    plaq_model_exponentials_values(&model, &f);
    CHECK_STATUS(PLAQ_OK, f.evaluate(f.context, p, value));
    CHECK(test_difference(value, (double[]){e0, e1, 0.81, 0.49, 0.5, 0.1, 1.3}, 7) < 1e-15);
}

/* ---- starting points ---- */

/* Correlators of many energies, gaps and extents, with noise that grows with time as that of baryons: the fit of two
 * states finds the ground state from its own guess, within 5 errors, which none of 300 misses by chance. */
static void guesses_lead_to_the_minimum(void)
{
    enum { T = 20 };

    for (uint64_t n = 0; n < 300; n++) {
        double t[T], y[T], covariance[T * T] = {0}, u[4], z[T], p[4], in[T + 1], jacobian[4 * (T + 1)], error = 0;
        plaq_exponentials_part part = {.points = T, .t = t, .period = 48, .backward = n % 3 ? 1 : 0};
        const plaq_prior prior[4] = {{0, 0}, {-0.5, 1}};
        plaq_model model;
        plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = true, .prior = prior};
        plaq_function f;
        plaq_status status;

        plaq_random(99, PLAQ_RANDOM_TEST, n, 0, 0, u);
        for (int i = 0; i < T; i += 4) plaq_random_normal(98, PLAQ_RANDOM_TEST, n, (uint64_t)i, 0, z + i);
        for (int i = 0; i < T; i++) t[i] = 2 + i;
        CHECK_STATUS(PLAQ_OK, plaq_model_exponentials(&part, 1, 2, &model));
        u[0] = 0.05 + 0.9 * u[0];
        u[1] = log(0.2 + 0.8 * u[1]);
        u[2] = pow(10, 6 * u[2] - 8) * (n % 5 ? 1 : -1); /* any normalisation and sign */
        u[3] = 0.7 * u[2] * u[3];
        status = model.evaluate(model.context, u, y);
        for (int i = 0; i < T; i++) {
            const double noise = 0.002 * fabs(y[i]) * exp(0.1 * i);

            covariance[i * T + i] = noise * noise;
            y[i] += noise * z[i];
        }
        plaq_fit_function(&fit, &f);
        plaq_fit_data(&fit, y, in);
        if (status == PLAQ_OK) status = plaq_fit_run(&fit, y, p, NULL);
        if (status == PLAQ_OK) status = f.jacobian(f.context, in, p, jacobian);
        plaq_model_destroy(&model);
        CHECK_STATUS(PLAQ_OK, status);
        for (int i = 0; i < T; i++) error += pow(jacobian[i], 2) * covariance[i * T + i];
        CHECK_CLOSE(p[0], u[0], 5 * sqrt(error + pow(jacobian[T], 2)));
    }
}

/* ---- linear models ---- */

/* A plateau is the weighted mean: with a covariance (1 C^-1 y)/(1 C^-1 1); of two points by hand. */
static void a_plateau_is_the_weighted_mean(void)
{
    const double y[] = {1, 2}, covariance[] = {0.04, 0.01, 0.01, 0.09};
    const char *const name[] = {"m"};
    static plaq_model model;
    plaq_fit fit = {.model = &model, .covariance = covariance};
    plaq_fit_facts facts;
    double p;

    CHECK_STATUS(PLAQ_OK, plaq_model_monomials(NULL, 2, 0, NULL, 1, name, &model));
    test_later(destroy_model, &model);
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, &p, &facts));
    CHECK_CLOSE(p, (1 / 0.04 + 2 / 0.09) / (1 / 0.04 + 1 / 0.09), 1e-14);
    CHECK_CLOSE(facts.chi2, 1 / 0.13, 1e-13);
    CHECK_CLOSE(facts.expected, 0.11 / 0.13, 1e-14); /* the difference's variance with its correlation */
    CHECK_CLOSE(facts.p, erfc(sqrt(1 / 0.11 / 2)),
                1e-13); /* so of this the probability is that of the correlated fit */
    fit.correlated = true;
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, &p, &facts));
    CHECK_CLOSE(p, (0.08 + 2 * 0.03) / 0.11, 1e-14);
    CHECK_CLOSE(facts.chi2, 1 / 0.11, 1e-13); /* the difference's square over its variance */
    CHECK_CLOSE(facts.p, erfc(sqrt(1 / 0.11 / 2)), 1e-14);
}

/* a^2, m_pi^2 and their product. */
static void extrapolations_give_back_their_coefficients(void)
{
    enum { N = 9 };
    const double a2[] = {0.004, 0.007, 0.012}, m2[] = {-0.001, 0.03, 0.1}, truth[] = {1.5, -7, 0.8, 3};
    const int power[] = {0, 0, 1, 0, 0, 1, 1, 1};
    const char *const name[] = {"value", "a2", "m2", "a2_m2"};
    static plaq_model model;
    double x[2 * N], y[N], covariance[N * N] = {0}, p[4];
    plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = true};

    for (int i = 0; i < N; i++) {
        x[2 * i] = a2[i / 3];
        x[2 * i + 1] = m2[i % 3];
        y[i] = truth[0] + truth[1] * x[2 * i] + truth[2] * x[2 * i + 1] + truth[3] * x[2 * i] * x[2 * i + 1];
        covariance[i * N + i] = pow(0.001 * (1 + i), 2);
    }
    CHECK_STATUS(PLAQ_OK, plaq_model_monomials(x, N, 2, power, 4, name, &model));
    test_later(destroy_model, &model);
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, NULL));
    CHECK(test_difference(p, truth, 4) < 1e-10); /* the coefficient of the product loses four digits */
}

/* A line through points whose x and y have the same error: Deming's, in closed form. */
static void errors_of_x_count(void)
{
    enum { N = 5 };
    const double x[N] = {0.1, 0.9, 2.2, 2.9, 4.1}, y[N] = {1.2, 1.4, 2.7, 2.6, 3.9};
    const int power[] = {0, 1};
    const char *const name[] = {"intercept", "slope"};
    static plaq_model model;
    double data[2 * N], covariance[4 * N * N] = {0}, p[2 + N], sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0, slope;
    plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = true};
    plaq_fit_facts facts;

    for (int i = 0; i < N; i++) {
        sx += x[i] / N;
        sy += y[i] / N;
        covariance[i * (2 * N + 1)] = covariance[(N + i) * (2 * N + 1)] = 0.04;
    }
    for (int i = 0; i < N; i++) {
        sxx += (x[i] - sx) * (x[i] - sx);
        sxy += (x[i] - sx) * (y[i] - sy);
        syy += (y[i] - sy) * (y[i] - sy);
    }
    slope = (syy - sxx + sqrt((syy - sxx) * (syy - sxx) + 4 * sxy * sxy)) / (2 * sxy);
    memcpy(data, y, sizeof y);
    memcpy(data + N, x, sizeof x);
    CHECK_STATUS(PLAQ_OK, plaq_model_surface(N, 1, power, 2, name, &model));
    test_later(destroy_model, &model);
    CHECK(strcmp(model.name[6], "x0_4") == 0);
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, data, p, &facts));
    CHECK_CLOSE(p[1], slope, 1e-10);
    CHECK_CLOSE(p[0], sy - slope * sx, 1e-10);
    CHECK(facts.dof == N - 2);
}

static void jacobian_of_a_surface(void)
{
    const int power[] = {0, 0, 1, 0, 0, 2, 1, 1};
    const char *const name[] = {"a", "b", "c", "d"};
    const double p[] = {1.1, -0.7, 0.4, 2.3, 0.3, 0.5, 0.9, -0.2, 1.4, 0.6};
    static plaq_model model;

    CHECK_STATUS(PLAQ_OK, plaq_model_surface(3, 2, power, 4, name, &model));
    test_later(destroy_model, &model);
    CHECK(model.points == 9 && model.params == 10);
    CHECK(jacobian_error(&model, p) < 1e-9);
}

static void the_potential(void)
{
    const double r[] = {1, sqrt(2), 2, sqrt(5), 3, 4, 5}, truth[] = {0.63, 0.29, 0.045};
    static plaq_model model;
    plaq_model refused;
    double y[7], covariance[49] = {0}, p[3];
    plaq_fit fit = {.model = &model, .covariance = covariance};

    CHECK_STATUS(PLAQ_OK, plaq_model_potential(r, 7, &model));
    test_later(destroy_model, &model);
    for (int i = 0; i < 7; i++) {
        y[i] = truth[0] - truth[1] / r[i] + truth[2] * r[i];
        covariance[8 * i] = pow(0.001 * (i + 1), 2);
    }
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, NULL));
    CHECK(test_difference(p, truth, 3) < 1e-11);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_model_potential((double[]){1, 0}, 2, &refused));
    CHECK_MESSAGE("distance 1 is 0, expected more than 0");
}

/* ---- moving states ---- */

/* On the lattice the energies are where the free boson's propagator has its pole: 4 sinh^2(E/2) = m0^2 + sum 4
 * sin^2(p/2), with m0 = 2 sinh(m/2). */
static void dispersion_relations(void)
{
    enum { N = 5 };
    const double unit = 2 * M_PI / 24,
                 p[3 * N] = {0, 0, 0, unit, 0, 0, unit, unit, 0, unit, unit, unit, 2 * unit, 0, 0};
    const double truth[] = {0.27, 0.97};
    double covariance[N * N] = {0}, y[N];

    for (int i = 0; i < N; i++) covariance[i * (N + 1)] = 1e-6;
    for (int kind = 0; kind < 2; kind++)
        for (int speed = 0; speed < 2; speed++) {
            double found[2] = {0, 1}, worst;
            plaq_model model;
            plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = true};
            plaq_status status;

            for (int i = 0; i < N; i++) {
                double k2 = 0;

                for (int j = 0; j < 3; j++) k2 += kind ? 4 * pow(sin(p[3 * i + j] / 2), 2) : pow(p[3 * i + j], 2);
                k2 *= speed ? truth[1] : 1;
                y[i] = kind ? acosh(1 + (pow(2 * sinh(truth[0] / 2), 2) + k2) / 2) : sqrt(pow(truth[0], 2) + k2);
            }
            CHECK_STATUS(PLAQ_OK, plaq_model_dispersion((plaq_dispersion_kind)kind, p, N, speed, &model));
            status = plaq_fit_run(&fit, y, found, NULL);
            worst = status == PLAQ_OK ? jacobian_error(&model, found) : 0;
            plaq_model_destroy(&model);
            CHECK_STATUS(PLAQ_OK, status);
            CHECK_CLOSE(found[0], truth[0], 1e-12);
            CHECK_CLOSE(found[1], speed ? truth[1] : 1, 1e-12);
            CHECK(worst < 1e-9);
        }
}

/* ---- refusals, faults ---- */

static void bad_models_are_refused(void)
{
    plaq_exponentials_part part = {.points = 12, .t = times, .backward = 1};
    plaq_model model;

    CHECK_STATUS(PLAQ_E_USAGE, plaq_model_exponentials(&part, 1, 0, &model));
    CHECK_MESSAGE("a fit of 0 states to 1 correlators");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_model_exponentials(&part, 1, 1, &model));
    CHECK_MESSAGE("period of correlator 0 is 0, expected > 0");
    part.backward = 2;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_model_exponentials(&part, 1, 1, &model));
    CHECK_MESSAGE("backward of correlator 0 is 2, expected -1, 0 or 1");
}

/* makes one of each, one after the other */
static plaq_status make_all(void *given)
{
    const plaq_exponentials_part part = {.points = 12, .t = times};
    const char *const name[] = {"a", "b"};
    const int power[] = {0, 1};
    double covariance[144] = {0}, y[12], p[14];
    plaq_model model = {.points = 0};
    plaq_fit fit = {.model = &model, .covariance = covariance};
    plaq_status status;

    (void)given;
    for (int i = 0; i < 12; i++) {
        covariance[13 * i] = 0.01;
        y[i] = 1 / (1 + times[i]);
    }
    PLAQ_GO(plaq_model_exponentials(&part, 1, 2, &model));
    PLAQ_GO(plaq_fit_run(&fit, y, p, NULL));
    plaq_model_destroy(&model);
    PLAQ_GO(plaq_model_monomials(times, 12, 1, power, 2, name, &model));
    PLAQ_GO(plaq_fit_run(&fit, y, p, NULL));
    plaq_model_destroy(&model);
    PLAQ_GO(plaq_model_surface(6, 1, power, 2, name, &model));
    PLAQ_GO(plaq_fit_run(&fit, y, p, NULL));
    plaq_model_destroy(&model);
    PLAQ_GO(plaq_model_potential(times, 12, &model));
    plaq_model_destroy(&model);
    PLAQ_GO(plaq_model_dispersion(PLAQ_DISPERSION_LATTICE, times, 4, true, &model));
done:
    plaq_model_destroy(&model);
    return status;
}

static void faults_leave_nothing(void)
{
    CHECK_FAULT_SWEEP(make_all, NULL);
}

TEST_MAIN({"Jacobians of exponentials", jacobians_of_exponentials},
          {"exponentials are the formula", exponentials_are_the_formula},
          {"guesses lead to the minimum", guesses_lead_to_the_minimum},
          {"a plateau is the weighted mean", a_plateau_is_the_weighted_mean},
          {"extrapolations give back their coefficients", extrapolations_give_back_their_coefficients},
          {"errors of x count", errors_of_x_count}, {"Jacobian of a surface", jacobian_of_a_surface},
          {"the potential", the_potential}, {"dispersion relations", dispersion_relations},
          {"bad models are refused", bad_models_are_refused}, {"faults leave nothing", faults_leave_nothing})
