/* Fits: other people's, known answers, coverage, p-values, the derivative by the data, and what is refused. */
#include "support/test.h"

#include "plaq/fit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy_model(void *model)
{
    plaq_model_destroy(model);
}

/* A model of correlators, destroyed after the case: it must live as long. */
static bool exponentials(const plaq_exponentials_part part[], int parts, int states, plaq_model *model)
{
    *model = (plaq_model){.points = 0};
    if (!test_status(PLAQ_OK, plaq_model_exponentials(part, parts, states, model), __FILE__, __LINE__, "model"))
        return false;
    test_later(destroy_model, model);
    return true;
}

/* error[k] of a fit's parameters to data of covariance c: sqrt(J C J^T) */
static plaq_status errors(const plaq_fit *fit, const double y[], const double p[], const double c[], double error[])
{
    enum { INPUTS = 64 };
    const size_t points = fit->model->points;
    double in[INPUTS], jacobian[INPUTS * INPUTS];
    plaq_function f;

    plaq_fit_function(fit, &f);
    plaq_fit_data(fit, y, in);
    PLAQ_TRY(f.jacobian(f.context, in, p, jacobian));
    for (size_t k = 0; k < f.out; k++) {
        const double *row = jacobian + k * f.in;
        double sum = 0;

        for (size_t i = 0; i < points; i++)
            for (size_t j = 0; j < points; j++) sum += row[i] * c[i * points + j] * row[j];
        for (size_t l = 0, n = points; n < f.in; l++) /* priors are data with errors of their own */
            if (fit->prior[l].sigma > 0) sum += pow(row[n++] * fit->prior[l].sigma, 2);
        error[k] = sqrt(sum);
    }
    return PLAQ_OK;
}

/* ---- other people's fits ---- */

enum { F_P_CONFIGS = 64, F_P_TIMES = 22, ETAS = 225, ETAS_TIMES = 64 };

static plaq_status read_numbers(const char *name, size_t most, double numbers[], size_t *n)
{
    char *text, *at, *end;
    size_t bytes;

    PLAQ_TRY(plaq_file_slurp(test_data(name), 8 << 20, &text, &bytes));
    *n = 0;
    for (at = text; *at && *n < most;) {
        numbers[*n] = strtod(at, &end);
        if (end != at) ++*n;
        at = end != at ? end : at + (*at == '#' ? strcspn(at, "\n") : strcspn(at + 1, " \n\t") + 1);
    }
    plaq_free(text);
    return PLAQ_OK;
}

/* f_P of t = 9..18 (column t - 1), with pyerrors' errors: its example notebook prints these digits. */
static void pyerrors_exponential_of_f_P(void)
{
    enum { FIRST = 9, TIMES = 10 };
    static plaq_model model;
    static double numbers[F_P_CONFIGS * (F_P_TIMES + 1)], samples[F_P_CONFIGS * TIMES];
    const plaq_gamma_method method = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};
    int64_t config[F_P_CONFIGS];
    plaq_chain chain = {.ensemble = "f_P", .count = F_P_CONFIGS, .config = config};
    double t[TIMES], covariance[TIMES * TIMES] = {0}, p[2];
    plaq_exponentials_part part = {.points = TIMES, .t = t};
    plaq_chains *chains = NULL;
    plaq_estimate data = {.size = 0};
    plaq_fit_facts facts;
    plaq_fit fit = {.model = &model, .covariance = covariance};
    size_t n;

    if (!test_data("pyerrors/f_P.txt")) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_numbers("pyerrors/f_P.txt", F_P_CONFIGS * (F_P_TIMES + 1), numbers, &n));
    CHECK(n == F_P_CONFIGS * (F_P_TIMES + 1));
    for (int c = 0; c < F_P_CONFIGS; c++) {
        config[c] = c + 1;
        for (int i = 0; i < TIMES; i++) samples[c * TIMES + i] = numbers[c * (F_P_TIMES + 1) + FIRST + i];
    }
    for (int i = 0; i < TIMES; i++) t[i] = FIRST + i;
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&chain, 1, &chains));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(chains, TIMES, samples, &data));
    for (size_t i = 0; i < TIMES; i++) {
        plaq_uncertainty u;

        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&data, i, &method, &u));
        covariance[i * TIMES + i] = u.error * u.error;
        plaq_uncertainty_clear(&u);
    }
    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, data.value, p, &facts));
    plaq_estimate_clear(&data);
    plaq_chains_release(&chains);
    CHECK_CLOSE(p[0], 0.20362603, 1e-8); /* the digits printed */
    CHECK_CLOSE(p[1], 16.25660947, 1e-8);
    CHECK(facts.dof == 8);
    CHECK_CLOSE(facts.chi2 / 8, 0.0023324250917750268, 1e-11); /* pyerrors' minimiser stops there */
}

/* Weight of the first of two numbers x1 and x2, measured together, in their best average. */
static double best_weight(const double x1[], const double x2[], size_t stride, size_t n)
{
    double mean1 = 0, mean2 = 0, c11 = 0, c12 = 0, c22 = 0;

    for (size_t c = 0; c < n; c++) {
        mean1 += x1[c * stride] / (double)n;
        mean2 += x2[c * stride] / (double)n;
    }
    for (size_t c = 0; c < n; c++) {
        const double d1 = x1[c * stride] - mean1, d2 = x2[c * stride] - mean2;

        c11 += d1 * d1;
        c12 += d1 * d2;
        c22 += d2 * d2;
    }
    return c11 + c22 > 2 * c12 ? (c22 - c12) / (c11 + c22 - 2 * c12) : 0.5;
}

/* Means over correlators folded at T/2, t = 5..32, and their covariance. corrfitter folds with the weights that make
 * the errors smallest. */
enum { ETAS_FIRST = 5, ETAS_POINTS = 28 };

static plaq_status read_etas(double y[], double covariance[])
{
    static double numbers[ETAS * ETAS_TIMES];
    double folded[ETAS][ETAS_POINTS];
    size_t n;

    PLAQ_TRY(read_numbers("corrfitter/etas.data", ETAS * ETAS_TIMES, numbers, &n));
    if (n != ETAS * ETAS_TIMES) return plaq_fail(PLAQ_E_DATA, "etas.data has %zu numbers", n);
    memset(y, 0, ETAS_POINTS * sizeof *y);
    memset(covariance, 0, (size_t)ETAS_POINTS * ETAS_POINTS * sizeof *covariance);
    for (int i = 0; i < ETAS_POINTS; i++) {
        const double *forward = numbers + ETAS_FIRST + i, *backward = numbers + ETAS_TIMES - ETAS_FIRST - i;
        const double w = best_weight(forward, backward, ETAS_TIMES, ETAS);

        for (int c = 0; c < ETAS; c++) {
            folded[c][i] = w * forward[c * ETAS_TIMES] + (1 - w) * backward[c * ETAS_TIMES];
            y[i] += folded[c][i] / ETAS;
        }
    }
    for (int c = 0; c < ETAS; c++)
        for (int i = 0; i < ETAS_POINTS; i++)
            for (int j = 0; j < ETAS_POINTS; j++)
                covariance[i * ETAS_POINTS + j] +=
                    (folded[c][i] - y[i]) * (folded[c][j] - y[j]) / (ETAS * (ETAS - 1.0));
    return PLAQ_OK;
}

/* corrfitter's fits with priors a = 0(1), log dE = log 0.5 (1); E_0 of n states is a parameter here, not its logarithm,
 * with a prior of the same width, which the data do not feel. 0.3 sigma: the folding is weighted otherwise there. */
static void corrfitter_etas(void)
{
    enum { STATES = 3 };
    const double e0[] = {0.41629, 0.41620}, e0_error[] = {0.00011, 0.00012};
    const double a0[] = {0.21854, 0.21836}, a0_error[] = {0.00015, 0.00018};
    double t[ETAS_POINTS], y[ETAS_POINTS], covariance[ETAS_POINTS * ETAS_POINTS];
    plaq_exponentials_part part = {.points = ETAS_POINTS, .t = t, .period = 64, .backward = 1, .squared = true};
    static plaq_model model[2];

    if (!test_data("corrfitter/etas.data")) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_etas(y, covariance));
    for (int i = 0; i < ETAS_POINTS; i++) t[i] = ETAS_FIRST + i;
    for (int states = 2; states <= STATES; states++) {
        const int k = states - 2;
        plaq_prior prior[2 * STATES];
        plaq_fit fit = {.model = &model[k], .covariance = covariance, .correlated = true, .prior = prior};
        double p[2 * STATES], error[2 * STATES];
        plaq_fit_facts facts;

        for (int n = 0; n < 2 * states; n++)
            prior[n] = n == 0 ? (plaq_prior){0.5, 0.5} : n < states ? (plaq_prior){log(0.5), 1} : (plaq_prior){0, 1};
        CHECK(exponentials(&part, 1, states, &model[k]));
        CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, &facts));
        CHECK_STATUS(PLAQ_OK, errors(&fit, y, p, covariance, error));
        CHECK(facts.dof == ETAS_POINTS);
        CHECK_CLOSE(p[0], e0[k], 0.3 * e0_error[k]);
        CHECK_CLOSE(error[0], e0_error[k], 0.1 * e0_error[k]);
        CHECK_CLOSE(fabs(p[states]), a0[k], 0.3 * a0_error[k]);
        CHECK_CLOSE(error[states], a0_error[k], 0.1 * a0_error[k]);
        if (states == 3) CHECK_CLOSE(p[0] + exp(p[1]), 0.99, 0.3 * 0.16);
    }
}

/* ---- known answers ---- */

enum { MOST = 48 }; /* points of synthetic data */

/* Correlation rho^|i - j| between points of given errors, and its Cholesky factor. */
typedef struct {
    size_t n;
    double covariance[MOST * MOST], lower[MOST * MOST];
} noise;

static void set_noise(noise *v, size_t n, const double error[], double rho)
{
    v->n = n;
    memset(v->lower, 0, sizeof v->lower);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            v->covariance[i * n + j] = error[i] * error[j] * pow(rho, fabs((double)i - (double)j));
            if (j <= i) /* of a chain x_i = rho x_{i-1} + sqrt(1 - rho^2) z_i */
                v->lower[i * n + j] = error[i] * pow(rho, (double)(i - j)) * (j ? sqrt(1 - rho * rho) : 1);
        }
}

/* true + noise of this replica */
static void draw(const noise *v, const double exact[], uint64_t replica, double y[])
{
    double z[MOST + 4];

    for (size_t i = 0; i < v->n; i += 4) plaq_random_normal(4711, PLAQ_RANDOM_TEST, replica, i / 4, 0, z + i);
    for (size_t i = 0; i < v->n; i++) {
        y[i] = exact[i];
        for (size_t j = 0; j <= i; j++) y[i] += v->lower[i * v->n + j] * z[j];
    }
}

/* A smeared-smeared and a smeared-point correlator with the same two states, the second one antiperiodic in time and on
 * a constant: everything a model of exponentials has. */
static const double times_a[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const double times_b[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
static const plaq_exponentials_part two_parts[] = {
    {.points = 15, .t = times_a, .period = 32, .backward = 1, .squared = true},
    {.points = 12, .t = times_b, .period = 32, .backward = -1, .constant = true},
};
static const double two_truth[] = {0.31, -0.7, 1.1, 0.8, 0.9, -0.6, 0.02};

/* data of the model at these parameters and errors of a fraction of them */
static plaq_status make_truth(const plaq_model *model, const double p[], double fraction, double rho, double exact[],
                              noise *v)
{
    double error[MOST];

    PLAQ_TRY(model->evaluate(model->context, p, exact));
    for (size_t i = 0; i < model->points; i++) error[i] = fraction * fabs(exact[i]);
    set_noise(v, model->points, error, rho);
    return PLAQ_OK;
}

/* Data without noise give back the parameters they were made of, from the model's own guess: to rounding, which
 * amplitudes and energies of excited states feel most. */
static void exact_data_give_exact_parameters(void)
{
    static plaq_model model;
    static noise v;
    double exact[MOST], p[8];
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true};
    plaq_fit_facts facts;

    CHECK(exponentials(two_parts, 2, 2, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, two_truth, 1e-3, 0.8, exact, &v));
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, exact, p, &facts));
    for (size_t k = 0; k < model.params; k++) CHECK_CLOSE(fabs(p[k]), fabs(two_truth[k]), 1e-10);
    CHECK(facts.chi2 < 1e-18 && facts.dof == 20);
    CHECK_CLOSE(facts.p, 1, 0);
}

/* Statistics over replicas of correlated fits: no bias, true errors, uniform p-values. */
enum { REPLICAS = 1000, PARAMS = 7 };

typedef struct {
    double sum[PARAMS]; /* of (p - true)/error */
    int covered[PARAMS];
    double p[REPLICAS], chi2, expected; /* the last two summed */
} replicas;

static plaq_status run_replicas(const plaq_fit *fit, const noise *v, const double truth[], const double exact[],
                                replicas *out)
{
    const size_t params = fit->model->params;

    *out = (replicas){.sum = {0}};
    for (int r = 0; r < REPLICAS; r++) {
        double y[MOST], p[PARAMS], error[PARAMS];
        plaq_fit_facts facts;

        draw(v, exact, (uint64_t)r, y);
        PLAQ_TRY(plaq_fit_run(fit, y, p, &facts));
        PLAQ_TRY(errors(fit, y, p, v->covariance, error));
        out->p[r] = facts.p;
        out->chi2 += facts.chi2;
        out->expected += facts.expected;
        for (size_t k = 0; k < params; k++) {
            const double pull = (p[k] - truth[k]) / error[k];

            out->sum[k] += pull;
            out->covered[k] += fabs(pull) < 1;
        }
    }
    return PLAQ_OK;
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* Kolmogorov and Smirnov: the largest distance of the distribution from the uniform one, times sqrt(n) */
static double kolmogorov_smirnov(double p[], int n)
{
    double largest = 0;

    qsort(p, (size_t)n, sizeof *p, ascending);
    for (int i = 0; i < n; i++) largest = fmax(largest, fmax((i + 1.0) / n - p[i], p[i] - (double)i / n));
    return largest * sqrt(n);
}

/* With errors of 1e-4 the fit is linear in the noise. A mean pull of 1000 is zero within 0.032; 3.5 of these leave a
 * chance of 0.3 percent that one of 7 is outside. Coverage is 0.683 +- 0.015. sqrt(n) D > 1.63 has a chance of 1
 * percent.
 */
static void two_states_without_bias(void)
{
    static plaq_model model;
    static noise v;
    static replicas out;
    double exact[MOST];
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true};

    CHECK(exponentials(two_parts, 2, 2, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, two_truth, 1e-4, 0.7, exact, &v));
    CHECK_STATUS(PLAQ_OK, run_replicas(&fit, &v, two_truth, exact, &out));
    for (int k = 0; k < PARAMS; k++) {
        CHECK_CLOSE(out.sum[k] / REPLICAS, 0, 3.5 / sqrt(REPLICAS));
        CHECK(out.covered[k] > 0.64 * REPLICAS && out.covered[k] < 0.72 * REPLICAS);
    }
    CHECK(kolmogorov_smirnov(out.p, REPLICAS) < 1.63);
}

/* An uncorrelated fit of correlated data has true errors all the same: they come from the data, not from chi^2. What
 * chi^2 is, on average and how often, is told by the correlations; without them p-values are far from uniform, which
 * the test sees. */
static void uncorrelated_fits_know_their_errors(void)
{
    static plaq_model model;
    static double diagonal[MOST * MOST];
    static noise v;
    static replicas out;
    const double truth[] = {0.25, 2.5};
    const plaq_exponentials_part part = {.points = 15, .t = times_a, .period = 32, .backward = 1};
    double exact[MOST];
    plaq_fit fit = {.model = &model, .covariance = v.covariance};

    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.01, 0.9, exact, &v));
    CHECK_STATUS(PLAQ_OK, run_replicas(&fit, &v, truth, exact, &out));
    for (int k = 0; k < 2; k++) {
        CHECK_CLOSE(out.sum[k] / REPLICAS, 0, 3.5 / sqrt(REPLICAS));
        CHECK(out.covered[k] > 0.64 * REPLICAS && out.covered[k] < 0.72 * REPLICAS);
    }
    CHECK_CLOSE(out.chi2 / REPLICAS, out.expected / REPLICAS, 3 * sqrt(2.0 / REPLICAS) * out.expected / REPLICAS);
    CHECK(out.expected < 0.5 * 13 * REPLICAS);
    CHECK(kolmogorov_smirnov(out.p, REPLICAS) < 1.63);
    for (int i = 0; i < 15; i++) diagonal[i * 16] = v.covariance[i * 16];
    fit.covariance = diagonal;
    CHECK_STATUS(PLAQ_OK, run_replicas(&fit, &v, truth, exact, &out));
    CHECK_CLOSE(out.expected / REPLICAS, 13, 1e-12);
    CHECK(kolmogorov_smirnov(out.p, REPLICAS) > 5);
}

/* Configurations of an autocorrelated chain x_c = a x_{c-1} + ..., tau_int = (1 + a)/(2 (1 - a)) = 1.5, with errors of
 * 5 percent whose neighbours in time move together. */
enum { CONFIGS = 240, POINTS = 8 };

static void draw_chain(const double exact[POINTS], uint64_t replica, double samples[CONFIGS * POINTS])
{
    const double a = 0.5;
    double x[POINTS] = {0}, z[POINTS];

    for (int c = 0; c < CONFIGS; c++) {
        for (int i = 0; i < POINTS; i += 4)
            plaq_random_normal(31, PLAQ_RANDOM_TEST, replica, (uint64_t)c, (uint64_t)i, z + i);
        for (int i = POINTS - 1; i > 0; i--) z[i] = 0.6 * z[i] + 0.8 * z[i - 1];
        for (int i = 0; i < POINTS; i++) {
            x[i] = c ? a * x[i] + sqrt(1 - a * a) * z[i] : z[i];
            samples[c * POINTS + i] = exact[i] * (1 + 0.05 * x[i]);
        }
    }
}

static plaq_status fit_chain(const plaq_fit *fit, plaq_chains *chains, const double samples[], plaq_uncertainty *u)
{
    const plaq_gamma_method method = {.window = 1.5};
    plaq_estimate data = {.size = 0}, fitted = {.size = 0};
    plaq_status status;
    plaq_function f;

    plaq_fit_function(fit, &f);
    PLAQ_GO(plaq_estimate_primary(chains, POINTS, samples, &data));
    PLAQ_GO(plaq_estimate_derive(&f, &data, &fitted));
    PLAQ_GO(plaq_estimate_error(&fitted, 0, &method, u));
done:
    plaq_estimate_clear(&fitted);
    plaq_estimate_clear(&data);
    return status;
}

/* The whole way: configurations, means, a fit, its fluctuations, the Gamma method. */
static void errors_of_fits_to_chains_cover(void)
{
    static plaq_model model;
    static double samples[CONFIGS * POINTS];
    const double truth[] = {0.4, 1.2};
    const plaq_exponentials_part part = {.points = POINTS, .t = times_a, .period = 24, .backward = 1};
    int64_t config[CONFIGS];
    const plaq_chain chain = {.ensemble = "a", .count = CONFIGS, .config = config};
    double exact[POINTS], covariance[POINTS * POINTS] = {0};
    plaq_fit fit = {.model = &model, .covariance = covariance};
    plaq_chains *chains;
    int covered = 0;

    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, model.evaluate(model.context, truth, exact));
    for (int i = 0; i < POINTS; i++) covariance[i * (POINTS + 1)] = pow(0.05 * exact[i], 2) * 3 / CONFIGS;
    for (int c = 0; c < CONFIGS; c++) config[c] = 10 * (c + 1);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&chain, 1, &chains));
    for (uint64_t r = 0; r < REPLICAS; r++) {
        plaq_uncertainty u = {.error = 0};

        draw_chain(exact, r, samples);
        if (!test_status(PLAQ_OK, fit_chain(&fit, chains, samples, &u), __FILE__, __LINE__, "fit of a chain")) break;
        covered += fabs(u.value - truth[0]) < u.error;
        plaq_uncertainty_clear(&u);
    }
    plaq_chains_release(&chains);
    CHECK(covered > 0.64 * REPLICAS && covered < 0.72 * REPLICAS);
}

/* ---- the derivative by the data ---- */

/* A fit far from its model, where second derivatives count: without them the derivatives are wrong by tens of percent.
 * Central differences of the whole fit, with errors of the fit's rounding over the step, 1e-12/1e-5. */
static void the_derivative_is_that_of_the_fit(void)
{
    static plaq_model model;
    static noise v;
    const double truth[] = {0.4, 1.5};
    const plaq_exponentials_part part = {.points = 12, .t = times_b, .period = 24, .backward = 1};
    plaq_prior prior[] = {{0.3, 0.2}, {0, -1}};
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true, .prior = prior};
    bool used[12];
    double y[MOST], in[MOST], worst;
    plaq_function f;

    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.1, 0.5, y, &v));
    for (int i = 0; i < 12; i++) {
        y[i] *= 1 + 0.3 * sin(2.0 * i); /* chi^2/dof of about 10 */
        used[i] = i != 4;
    }
    fit.used = used;
    plaq_fit_function(&fit, &f);
    CHECK(f.in == 13 && f.out == 2);
    plaq_fit_data(&fit, y, in);
    CHECK_CLOSE(in[12], 0.3, 0);
    CHECK_STATUS(PLAQ_OK, plaq_function_check(&f, in, 1e-5, &worst));
    CHECK(worst < 1e-6);
}

/* A prior alone is data: one that is much stronger than the data is what comes out, and its derivative is 1. */
static void priors_count_as_data(void)
{
    static plaq_model model;
    static noise v;
    const plaq_exponentials_part part = {.points = 15, .t = times_a};
    const double truth[] = {0.3, 1};
    const plaq_prior prior[] = {{0.35, 1e-7}, {0, 0}};
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true, .prior = prior};
    double y[MOST], in[MOST], p[2], jacobian[2 * MOST];
    plaq_fit_facts facts;
    plaq_function f;

    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.05, 0.5, y, &v));
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, &facts));
    CHECK(facts.dof == 14);
    CHECK_CLOSE(p[0], 0.35, 1e-9); /* (prior/data error)^2 of the difference */
    plaq_fit_function(&fit, &f);
    plaq_fit_data(&fit, y, in);
    CHECK_STATUS(PLAQ_OK, f.jacobian(f.context, in, p, jacobian));
    CHECK_CLOSE(jacobian[15], 1, 1e-8);
}

/* Points that are not used may be anything, and do not count. */
static void points_can_be_left_out(void)
{
    static plaq_model model;
    static noise v;
    const plaq_exponentials_part part = {.points = 15, .t = times_a};
    const double truth[] = {0.3, 1};
    bool used[15];
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true, .used = used};
    double y[MOST], p[2];
    plaq_fit_facts facts;

    CHECK(exponentials(&part, 1, 1, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.05, 0.5, y, &v));
    for (int i = 0; i < 15; i++) used[i] = i >= 6;
    y[0] = NAN;
    v.covariance[0] = 0;
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, &facts));
    CHECK(facts.dof == 7);
    CHECK_CLOSE(p[0], 0.3, 1e-10);
}

/* ---- what is refused ---- */

static void bad_input_is_refused(void)
{
    static plaq_model model;
    static noise v;
    const plaq_exponentials_part part = {.points = 15, .t = times_a};
    const double truth[] = {0.3, -0.5, 1, 0.5};
    bool used[15] = {[3] = true, [5] = true, [9] = true};
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true};
    double y[MOST], p[4], covariance[15 * 15];

    CHECK(exponentials(&part, 1, 2, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.01, 0.5, y, &v));
    fit.used = used;
    CHECK_STATUS(PLAQ_E_DATA, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("3 points and 0 priors for 4 parameters, expected at least 4");
    fit.used = NULL;

    y[7] = NAN;
    CHECK_STATUS(PLAQ_E_DATA, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("point 7 of the data is not finite");
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.01, 0.5, y, &v));

    fit.covariance = covariance;
    memcpy(covariance, v.covariance, sizeof covariance);
    covariance[4 * 16] = -1e-3;
    CHECK_STATUS(PLAQ_E_DATA, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("variance of point 4 is -0.001, expected a positive number");

    for (int i = 0; i < 15; i++) /* two points that always move together */
        for (int j = 0; j < 15; j++) covariance[i * 15 + j] = v.covariance[(i == 8 ? 7 : i) * 15 + (j == 8 ? 7 : j)];
    CHECK_STATUS(PLAQ_E_DATA, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("covariance of the 15 fitted points is singular");
    fit.correlated = false; /* of which an uncorrelated fit does not know */
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, NULL));
}

static void what_does_not_converge_says_so(void)
{
    static plaq_model one, same;
    static noise v;
    const plaq_exponentials_part part = {.points = 15, .t = times_a};
    const double truth[] = {0.3, 1}, basis[] = {1, 2, 1, 2, 1, 2, 1, 2};
    const char *const name[] = {"a", "b"};
    double y[MOST], p[4];
    plaq_fit fit = {
        .model = &one, .covariance = v.covariance, .start = (double[]){3, 1e-3}, .iterations = 1, .correlated = true};

    CHECK(exponentials(&part, 1, 1, &one));
    CHECK_STATUS(PLAQ_OK, make_truth(&one, truth, 1e-4, 0.5, y, &v));
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("no minimum after 1 iterations: chi^2 = ");
    fit.start = (double[]){-1e3, 1};
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("the model is not finite where the fit starts: E0 = -1000");

    CHECK_STATUS(PLAQ_OK, plaq_model_linear(basis, 4, 2, name, &same)); /* b does what a does */
    test_later(destroy_model, &same);
    for (int i = 0; i < 4; i++) v.covariance[i * 4 + i] = 1;
    fit = (plaq_fit){.model = &same, .covariance = v.covariance};
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_fit_run(&fit, y, p, NULL));
    CHECK_MESSAGE("b is not determined by the 4 points and 0 priors");
}

/* ---- faults and speed ---- */

static plaq_status whole_fit(void *given)
{
    const plaq_prior prior[PARAMS] = {{0.3, 1}};
    double exact[MOST], in[MOST], p[PARAMS], jacobian[PARAMS * MOST];
    static noise v;
    plaq_model model;
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true, .prior = prior};
    plaq_fit_facts facts;
    plaq_status status;
    plaq_function f;

    (void)given;
    PLAQ_TRY(plaq_model_exponentials(two_parts, 2, 2, &model));
    PLAQ_GO(make_truth(&model, two_truth, 1e-3, 0.8, exact, &v));
    PLAQ_GO(plaq_fit_run(&fit, exact, p, NULL));
    fit.correlated = false;
    PLAQ_GO(plaq_fit_run(&fit, exact, p, &facts));
    plaq_fit_function(&fit, &f);
    plaq_fit_data(&fit, exact, in);
    PLAQ_GO(f.jacobian(f.context, in, p, jacobian));
done:
    plaq_model_destroy(&model);
    return status;
}

static void faults_leave_nothing(void)
{
    CHECK_FAULT_SWEEP(whole_fit, NULL);
}

/* 20 points, 4 parameters, correlated, from the guess: less than a millisecond (0.2 here); the best of some, as others
 * use the machine too. Checked builds are slower by their checks. */
static void a_fit_takes_less_than_a_millisecond(void)
{
    static plaq_model model;
    static noise v;
    const double truth[] = {0.3, -0.5, 1, 0.5};
    double t[20], exact[MOST], y[MOST], p[4], best = INFINITY;
    const plaq_exponentials_part part = {.points = 20, .t = t, .period = 48, .backward = 1};
    plaq_fit fit = {.model = &model, .covariance = v.covariance, .correlated = true};

    for (int i = 0; i < 20; i++) t[i] = 2 + i;
    CHECK(exponentials(&part, 1, 2, &model));
    CHECK_STATUS(PLAQ_OK, make_truth(&model, truth, 0.003, 0.8, exact, &v));
    for (int r = 0; r < 50; r++) {
        const double begun = plaq_now();

        draw(&v, exact, (uint64_t)r, y);
        CHECK_STATUS(PLAQ_OK, plaq_fit_run(&fit, y, p, NULL));
        best = fmin(best, plaq_now() - begun);
    }
    printf("# a fit in %.3f ms\n", best * 1e3);
#ifdef __SANITIZE_ADDRESS__
    SKIP("a checked build");
#endif
    CHECK(best < 1e-3);
}

TEST_MAIN({"pyerrors: f_P by one exponential", pyerrors_exponential_of_f_P},
          {"corrfitter: etas by two and three states with priors", corrfitter_etas},
          {"exact data give exact parameters", exact_data_give_exact_parameters},
          {"two states of two correlators: no bias, true errors, uniform p-values", two_states_without_bias},
          {"uncorrelated fits of correlated data know their errors and chi^2", uncorrelated_fits_know_their_errors},
          {"errors of fits to chains cover", errors_of_fits_to_chains_cover},
          {"the derivative is that of the fit", the_derivative_is_that_of_the_fit},
          {"priors count as data", priors_count_as_data}, {"points can be left out", points_can_be_left_out},
          {"bad input is refused", bad_input_is_refused},
          {"what does not converge says so", what_does_not_converge_says_so},
          {"faults leave nothing", faults_leave_nothing},
          {"a fit takes less than a millisecond", a_fit_takes_less_than_a_millisecond})
