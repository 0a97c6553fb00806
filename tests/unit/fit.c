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

/* A model of one correlator, destroyed after the case. */
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
    enum { MOST = 64 };
    const size_t points = fit->model->points;
    double in[MOST], jacobian[MOST * MOST];
    plaq_function f;

    plaq_fit_function(fit, &f);
    plaq_fit_data(fit, y, in);
    PLAQ_TRY(f.jacobian(f.context, in, p, jacobian));
    for (size_t k = 0; k < f.out; k++) {
        const double *row = jacobian + k * f.in;
        double sum = 0;

        for (size_t i = 0; i < points; i++)
            for (size_t j = 0; j < points; j++) sum += row[i] * c[i * points + j] * row[j];
        for (size_t n = points; n < f.in; n++) { /* priors are data with errors of their own */
            size_t l = 0;

            for (size_t seen = points; seen < n || !(fit->prior[l].sigma > 0); l++) seen += fit->prior[l].sigma > 0;
            sum += pow(row[n] * fit->prior[l].sigma, 2);
        }
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
    enum { FIRST = 9, POINTS = 10 };
    static double numbers[F_P_CONFIGS * (F_P_TIMES + 1)], samples[F_P_CONFIGS * POINTS];
    const plaq_gamma_method method = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};
    int64_t config[F_P_CONFIGS];
    plaq_chain chain = {.ensemble = "f_P", .count = F_P_CONFIGS, .config = config};
    double t[POINTS], covariance[POINTS * POINTS] = {0}, p[2];
    plaq_exponentials_part part = {.points = POINTS, .t = t};
    plaq_chains *chains = NULL;
    plaq_estimate data = {.size = 0};
    plaq_fit_facts facts;
    plaq_model model;
    plaq_fit fit = {.model = &model, .covariance = covariance};
    size_t n;

    if (!test_data("pyerrors/f_P.txt")) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_numbers("pyerrors/f_P.txt", F_P_CONFIGS * (F_P_TIMES + 1), numbers, &n));
    CHECK(n == F_P_CONFIGS * (F_P_TIMES + 1));
    for (int c = 0; c < F_P_CONFIGS; c++) {
        config[c] = c + 1;
        for (int i = 0; i < POINTS; i++) samples[c * POINTS + i] = numbers[c * (F_P_TIMES + 1) + FIRST + i];
    }
    for (int i = 0; i < POINTS; i++) t[i] = FIRST + i;
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&chain, 1, &chains));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(chains, POINTS, samples, &data));
    for (size_t i = 0; i < POINTS; i++) {
        plaq_uncertainty u;

        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&data, i, &method, &u));
        covariance[i * POINTS + i] = u.error * u.error;
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
        printf("# states %d: %.6f(%.6f) %.6f(%.6f) dE1 %f chi2 %f\n", states, p[0], error[0], p[states], error[states],
               exp(p[1]), facts.chi2);
        CHECK_CLOSE(p[0], e0[k], 0.3 * e0_error[k]);
        CHECK_CLOSE(error[0], e0_error[k], 0.1 * e0_error[k]);
        CHECK_CLOSE(fabs(p[states]), a0[k], 0.3 * a0_error[k]);
        CHECK_CLOSE(error[states], a0_error[k], 0.1 * a0_error[k]);
    }
}

TEST_MAIN({"pyerrors: f_P by one exponential", pyerrors_exponential_of_f_P},
          {"corrfitter: etas by two and three states with priors", corrfitter_etas})
