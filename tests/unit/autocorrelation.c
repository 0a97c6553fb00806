/* The Gamma method: other programs' numbers, and chains of known autocorrelation. */
#include <math.h>
#include <stdlib.h>

#include "support/chain.h"
#include "support/test.h"

static const plaq_gamma_method wolff = {.window = 1.5}, pyerrors = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};

static void later_clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

/* All numbers of a text file of the shared data. */
static plaq_status read_numbers(const char *path, double x[], size_t room, size_t *n)
{
    char *text, *end;
    size_t bytes;

    *n = 0;
    PLAQ_TRY(plaq_file_slurp(path, 1 << 24, &text, &bytes));
    for (const char *at = text; *n < room; at = end) {
        x[*n] = strtod(at, &end);
        if (end == at) break;
        ++*n;
    }
    plaq_free(text);
    return PLAQ_OK;
}

/* The error of an entry that lives on one ensemble. */
static plaq_status error_of(const plaq_estimate *e, size_t i, const plaq_gamma_method *method, plaq_gamma_part *part)
{
    plaq_uncertainty u;

    PLAQ_TRY(plaq_estimate_error(e, i, method, &u));
    *part = u.part[0];
    plaq_uncertainty_clear(&u);
    return PLAQ_OK;
}

/* ---- other programs' numbers ---- */

/* hadron's uwerrprimary on its plaq.sample, a chain of tau_int 45. */
static void plaquette_is_that_of_hadron(void)
{
    const char *path = test_data("hadron/plaq.sample.txt");
    static double x[7000];
    static plaq_estimate e = {0};
    plaq_gamma_part p = {0};
    size_t n;

    if (!path) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_numbers(path, x, 7000, &n));
    CHECK(n == 6352);
    CHECK_STATUS(PLAQ_OK, test_primary("hadron", n, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_CLOSE(e.value[0], 0.582571560649677, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &wolff, &p));
    CHECK_CLOSE(p.error / 2.89349561293905e-05, 1, 1e-12);
    CHECK_CLOSE(p.error_error / 4.89109274733957e-06, 1, 1e-12);
    CHECK_CLOSE(p.tau, 44.5764121785213, 1e-12);
    CHECK_CLOSE(p.tau_error, 13.0893776104951, 1e-12);
    CHECK(p.window == 181 && !p.bounded);
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &(plaq_gamma_method){.window = 2}, &p));
    CHECK_CLOSE(p.error / 2.88191908319713e-05, 1, 1e-12);
    CHECK_CLOSE(p.tau, 44.2323231172595, 1e-12);
    CHECK(p.window == 223);
}

/* ln(C10/C11), with derivatives as they are, or by central differences of one error as hadron takes them. */
static plaq_status log_ratio(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = log(in[0] / in[1]);
    return PLAQ_OK;
}

static plaq_status log_ratio_slope(const void *context, const double in[], const double value[], double jacobian[])
{
    const double *h = context;

    (void)value;
    jacobian[0] = h ? (log(in[0] + h[0]) - log(in[0] - h[0])) / (2 * h[0]) : 1 / in[0];
    jacobian[1] = h ? -(log(in[1] + h[1]) - log(in[1] - h[1])) / (2 * h[1]) : -1 / in[1];
    return PLAQ_OK;
}

/* The errors of independent configurations. */
static void plain_errors(const plaq_estimate *e, double error[])
{
    const double n = (double)e->chains->configs;

    for (size_t i = 0; i < e->size; i++) {
        error[i] = 0;
        for (size_t c = 0; c < e->chains->configs; c++)
            error[i] += pow(e->delta[i * e->chains->configs + c], 2) / (n * (n - 1));
        error[i] = sqrt(error[i]);
    }
}

static void correlator_is_that_of_hadron(void)
{
    const char *path = test_data("hadron/pscor.sample.txt");
    static double x[20000];
    static plaq_estimate all = {0}, pair = {0}, ratio = {0}, differences = {0};
    plaq_gamma_part p = {0};
    double h[2];
    size_t n;

    if (!path) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_numbers(path, x, 20000, &n));
    CHECK(n == 316 * 48);
    CHECK_STATUS(PLAQ_OK, test_primary("hadron", 316, 48, x, &all));
    test_later(later_clear, &all);
    CHECK_CLOSE(all.value[0], 1.70462971518987, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&all, 0, &wolff, &p));
    CHECK_CLOSE(p.error / 0.00122971245666017, 1, 1e-12);
    CHECK_CLOSE(p.tau, 0.49062499353657, 1e-12);
    CHECK_CLOSE(all.value[5] / 0.0435153069620253, 1, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&all, 5, &wolff, &p));
    CHECK_CLOSE(p.error / 0.000806493400362744, 1, 1e-12);
    CHECK_CLOSE(all.value[11] / 0.019007787278481, 1, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&all, 11, &wolff, &p));
    CHECK_CLOSE(p.error / 0.000459847847485171, 1, 1e-12);
    CHECK_CLOSE(p.tau, 0.549062453442116, 1e-12);

    CHECK_STATUS(PLAQ_OK, plaq_estimate_pick(&all, (size_t[]){10, 11}, 2, &pair));
    test_later(later_clear, &pair);
    plain_errors(&pair, h);
    CHECK_STATUS(PLAQ_OK,
                 plaq_estimate_derive(&(plaq_function){2, 1, log_ratio, log_ratio_slope, NULL}, &pair, &ratio));
    test_later(later_clear, &ratio);
    CHECK_STATUS(PLAQ_OK,
                 plaq_estimate_derive(&(plaq_function){2, 1, log_ratio, log_ratio_slope, h}, &pair, &differences));
    test_later(later_clear, &differences);
    CHECK_CLOSE(ratio.value[0], 0.133310207143601, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&ratio, 0, &wolff, &p));
    CHECK_CLOSE(p.error / 0.003245820814241511, 1, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_of(&differences, 0, &wolff, &p));
    CHECK_CLOSE(p.error / 0.00324640768460534, 1, 1e-12);
}

/* sin(i/100) */
static void a_sine_is_that_of_pyerrors(void)
{
    double x[100];
    static plaq_estimate e = {0};
    plaq_gamma_part p = {0};

    for (int i = 0; i < 100; i++) x[i] = sin(i / 100.0);
    CHECK_STATUS(PLAQ_OK, test_primary("sine", 100, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_CLOSE(e.value[0], 0.4554865083873183, 1e-14);
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &(plaq_gamma_method){.bias = PLAQ_BIAS_PYERRORS}, &p));
    CHECK_CLOSE(p.error, 0.02495954189079061, 1e-14);
    CHECK(p.window == 0 && !p.bounded && p.tau == 0.5);
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &pyerrors, &p));
    CHECK_CLOSE(p.error, 0.11817931680985193, 1e-14);
    CHECK(p.window == 10 && !p.bounded);
}

/* ---- chains of known autocorrelation ---- */

/* The two conventions have the same error where tau is above 1/2, and tau_int (1 + 1/N) or (1 + 2 tau/N) apart. */
static void conventions_differ_as_documented(void)
{
    enum { N = 500 };
    plaq_gamma_method method = {.window = 2};
    plaq_gamma_part w = {0}, p = {0};
    static plaq_estimate e = {0};
    double x[N], tau;

    test_ar1(7, 0, 4, N, x, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &method, &w));
    method.bias = PLAQ_BIAS_PYERRORS;
    CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &method, &p));
    CHECK(w.window == p.window);
    CHECK_CLOSE(w.error / p.error, 1, 1e-14);
    tau = p.tau * (1 + 1.0 / N) / (1 + (2.0 * (double)p.window + 1) / N); /* as it was summed */
    CHECK_CLOSE(w.tau * (1 + 2 * tau / N), p.tau * (1 + 1.0 / N), 1e-14);
}

/* tau_int averaged over chains is the exact one. The sum is cut at W, where rho is exp(-S) or so: for S = 2 tau is low
 * by about 5 %, which shrinks with the length, as W grows with its logarithm. Bound: that, and 3 errors of the average.
 */
static void tau_is_that_of_the_chain(void)
{
    static const double taus[] = {0.5, 1, 5, 20};
    static const size_t lengths[] = {1000, 4000, 16000};
    enum { CHAINS = 40 };
    static double x[16000];

    for (size_t a = 0; a < 4; a++)
        for (size_t l = 0; l < 3; l++) {
            const size_t n = lengths[l];
            double mean = 0, square = 0;

            for (uint64_t k = 0; k < CHAINS; k++) {
                plaq_estimate e;
                plaq_gamma_part p = {0};

                test_ar1(11, k + 1000 * (a + 10 * l), taus[a], n, x, 1);
                CHECK_STATUS(PLAQ_OK, test_primary("a", n, 1, x, &e));
                CHECK_STATUS(PLAQ_OK, error_of(&e, 0, &(plaq_gamma_method){.window = 2}, &p));
                plaq_estimate_clear(&e);
                CHECK(fabs(p.tau - taus[a]) < 5 * p.tau_error);
                mean += p.tau / CHAINS;
                square += p.tau * p.tau / CHAINS;
            }
            CHECK(mean - taus[a] < 3 * sqrt((square - mean * mean) / CHAINS));
            CHECK(mean - taus[a] > -3 * sqrt((square - mean * mean) / CHAINS) - 0.06 * (taus[a] - 0.5));
        }
}

/* How often the exact number is within the error quoted. */
typedef struct {
    double tau;
    size_t n, keep; /* configurations, of which one in @p keep stays, at random */
    bool ratio;     /* of two correlated means, 1 + x and 2 + x + y; else the mean of x */
    plaq_gamma_method method;
} covered;

static plaq_status quotient(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = in[0] / in[1];
    return PLAQ_OK;
}

static plaq_status one_of(const covered *c, uint64_t stream, double samples[], int64_t configs[], bool *inside)
{
    const plaq_function f = {.in = 2, .out = 1, .evaluate = quotient};
    plaq_chain chain = {.ensemble = "a", .config = configs};
    plaq_chains *chains = NULL;
    plaq_estimate e = {0}, made = {0};
    plaq_gamma_part p = {0};
    plaq_status status;
    double u[4];

    test_ar1(21, 2 * stream, c->tau, c->n, samples, 2);
    test_ar1(21, 2 * stream + 1, c->tau, c->n, samples + 1, 2);
    for (size_t i = 0; i < c->n; i++) {
        plaq_random(22, PLAQ_RANDOM_TEST, stream, i, 0, u);
        if (u[0] * (double)c->keep > 1) continue;
        configs[chain.count] = (int64_t)i;
        samples[2 * chain.count + 1] = 2 + samples[2 * i] / 4 + samples[2 * i + 1] / 4;
        samples[2 * chain.count] = 1 + samples[2 * i] / 4;
        chain.count++;
    }
    PLAQ_GO(plaq_chains_create(&chain, 1, &chains));
    PLAQ_GO(plaq_estimate_primary(chains, 2, samples, &e));
    if (c->ratio) PLAQ_GO(plaq_estimate_derive(&f, &e, &made));
    PLAQ_GO(error_of(c->ratio ? &made : &e, 0, &c->method, &p));
    *inside = fabs(c->ratio ? made.value[0] - 0.5 : e.value[0] - 1) < p.error;
done:
    plaq_chains_release(&chains);
    plaq_estimate_clear(&e);
    plaq_estimate_clear(&made);
    return status;
}

static plaq_status count_inside(const covered *c, int *inside)
{
    static double samples[2 * 8000];
    static int64_t configs[8000];

    *inside = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        bool in;

        PLAQ_TRY(one_of(c, i, samples, configs, &in));
        *inside += in;
    }
    return PLAQ_OK;
}

/* Within 0.64 and 0.72 in 1000 chains: 0.683 +- 0.015, and what is lost by windows in short chains. */
static void errors_cover(void)
{
    static const covered cases[] = {
        {0.5, 200, 1, false, {.window = 1.5}},
        {1, 400, 1, false, {.window = 1.5}},
        {1, 400, 1, true, {.window = 1.5}},
        {5, 2000, 1, false, {.window = 2}},
        {5, 2000, 1, true, {.window = 2}},
        {20, 6000, 1, false, {.window = 2}},
        {5, 4000, 2, false, {.window = 2}},
        {5, 8000, 10, false, {.window = 2}},
        {5, 2000, 1, false, {.tau_exp = 5, .n_sigma = 1}},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int inside;

        CHECK_STATUS(PLAQ_OK, count_inside(&cases[k], &inside));
        CHECK(inside >= 640 && inside <= 720);
    }
}

/* With pyerrors' weight 1 of every distance a tenth of a chain, taken at random, has errors that are too large. */
static void gaps_need_weights(void)
{
    static const covered case_of = {5, 8000, 10, false, {.window = 2, .bias = PLAQ_BIAS_PYERRORS}};
    int inside;

    CHECK_STATUS(PLAQ_OK, count_inside(&case_of, &inside));
    CHECK(inside > 800);
}

TEST_MAIN({"plaquette is that of hadron", plaquette_is_that_of_hadron},
          {"correlator is that of hadron", correlator_is_that_of_hadron},
          {"a sine is that of pyerrors", a_sine_is_that_of_pyerrors},
          {"conventions differ as documented", conventions_differ_as_documented},
          {"tau is that of the chain", tau_is_that_of_the_chain}, {"errors cover", errors_cover},
          {"gaps need weights", gaps_need_weights})
