/* Jackknife and bootstrap: identities, against linear propagation, blocks and autocorrelation. */
#include <math.h>
#include <string.h>

#include "support/chain.h"
#include "support/test.h"

enum { N = 400 };

static const plaq_resampling_method jackknife = {.kind = PLAQ_JACKKNIFE, .block = 1};
static const plaq_resampling_method bootstrap = {.kind = PLAQ_BOOTSTRAP, .block = 1, .samples = 1000, .seed = 5};

static void later_clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

static void later_clear_samples(void *samples)
{
    plaq_resamples_clear(samples);
}

static void later_destroy(void *plan)
{
    plaq_resampling_destroy(plan);
}

/* A number's error from the samples of it alone. */
static plaq_status error_by(const plaq_resampling_method *method, const plaq_estimate *e, double error[])
{
    plaq_resampling *plan = NULL;
    plaq_resamples samples = {0};
    plaq_status status;

    PLAQ_GO(plaq_resampling_create(method, e->chains, &plan));
    PLAQ_GO(plaq_resample(plan, e, &samples));
    PLAQ_GO(plaq_resamples_error(plan, &samples, error));
done:
    plaq_resamples_clear(&samples);
    plaq_resampling_destroy(&plan);
    return status;
}

/* error^2 of a mean: sum delta^2 / (N (N - 1)), or / N^2 */
static double plain_error(const plaq_estimate *e, size_t i, double degrees)
{
    double sum = 0;

    for (size_t c = 0; c < e->chains->configs; c++) sum += pow(e->delta[i * e->chains->configs + c], 2);
    return sqrt(sum / (double)e->chains->configs / degrees);
}

static void errors_of_means_are_plain(void)
{
    static plaq_estimate e;
    double x[2 * N], error[2];

    test_ar1(1, 0, 0.5, N, x, 2);
    test_ar1(1, 1, 0.5, N, x + 1, 2);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 2, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, error_by(&jackknife, &e, error));
    CHECK_CLOSE(error[0] / plain_error(&e, 0, N - 1), 1, 1e-12);
    CHECK_CLOSE(error[1] / plain_error(&e, 1, N - 1), 1, 1e-12);
    CHECK_STATUS(PLAQ_OK, error_by(&bootstrap, &e, error));
    CHECK_CLOSE(error[0] / plain_error(&e, 0, N), 1, 3 / sqrt(2.0 * 1000));
    CHECK_CLOSE(error[1] / plain_error(&e, 1, N), 1, 3 / sqrt(2.0 * 1000));
}

static void samples_leave_out_a_block(void)
{
    const double x[] = {1, 2, 3, 10, 20, 30, 100};
    static plaq_resampling *plan;
    static plaq_resamples s;
    static plaq_estimate e;

    CHECK_STATUS(PLAQ_OK, test_primary("a", 7, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_resampling_create(&(plaq_resampling_method){.block = 3}, e.chains, &plan));
    test_later(later_destroy, &plan);
    CHECK(plaq_resampling_samples(plan) == 2); /* of 4 and 3 */
    CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &e, &s));
    test_later(later_clear_samples, &s);
    CHECK_CLOSE(s.sample[0], 50, 1e-14);
    CHECK_CLOSE(s.sample[1], 4, 1e-14);
}

/* f(x, y) = log(x/y) of correlated numbers: linear propagation, jackknife and bootstrap agree to 1/N, and to the noise
 * of 1000 samples. */
static void three_ways_agree(void)
{
    static plaq_estimate e, derived;
    static plaq_resampling *plan;
    static plaq_resamples s, r;
    static plaq_expression *formula;
    static const plaq_resampling_method *const methods[] = {&jackknife, &bootstrap};
    static const double tolerance[] = {0.01, 0.07};
    plaq_function f;
    plaq_uncertainty u;
    double x[2 * N], error;

    test_ar1(2, 0, 0.5, N, x, 2);
    test_ar1(2, 1, 0.5, N, x + 1, 2);
    for (int i = 0; i < N; i++) {
        x[2 * i] = 3 + x[2 * i] / 2;
        x[2 * i + 1] = x[2 * i] + 2 + x[2 * i + 1] / 3;
    }
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 2, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("log(c[0]/c[1])", &formula));
    CHECK_STATUS(PLAQ_OK, plaq_expression_function(formula, (size_t[]){2}, &f));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&f, &e, &derived));
    test_later(later_clear, &derived);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&derived, 0, &(plaq_gamma_method){0}, &u));
    for (int k = 0; k < 2; k++) {
        CHECK_STATUS(PLAQ_OK, plaq_resampling_create(methods[k], e.chains, &plan));
        CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &e, &s));
        CHECK_STATUS(PLAQ_OK, plaq_resamples_derive(&f, &s, &r));
        CHECK_STATUS(PLAQ_OK, plaq_resamples_error(plan, &r, &error));
        CHECK_SAME(r.value[0], derived.value[0]);
        CHECK_CLOSE(error / u.error, 1, tolerance[k]);
        plaq_resamples_clear(&s);
        plaq_resamples_clear(&r);
        plaq_resampling_destroy(&plan);
    }
    plaq_uncertainty_clear(&u);
    plaq_expression_destroy(&formula);
}

/* Two ensembles: those of the other stay as they are, and errors add in quadrature. */
static void ensembles_are_independent(void)
{
    static plaq_estimate a, b, joined;
    static plaq_resampling *plan;
    static plaq_resamples sa, sb, both, sum;
    static plaq_expression *formula;
    double x[N], y[N], ea, eb, error;
    plaq_function f;

    test_ar1(3, 0, 0.5, N, x, 1);
    test_ar1(3, 1, 0.5, N, y, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &a));
    test_later(later_clear, &a);
    CHECK_STATUS(PLAQ_OK, test_primary("b", N / 2, 1, y, &b));
    test_later(later_clear, &b);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&a, &b}, 2, &joined));
    test_later(later_clear, &joined);
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("a - b", &formula));
    CHECK_STATUS(PLAQ_OK, plaq_expression_function(formula, (size_t[]){1, 1}, &f));
    for (int k = 0; k < 2; k++) {
        CHECK_STATUS(PLAQ_OK, plaq_resampling_create(k ? &bootstrap : &jackknife, joined.chains, &plan));
        CHECK(plaq_resampling_samples(plan) == (k ? 1000 : N + N / 2));
        CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &a, &sa));
        CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &b, &sb));
        CHECK(k || (sa.sample[N] == sa.value[0] && sb.sample[0] == sb.value[0]));
        CHECK_STATUS(PLAQ_OK, plaq_resamples_join((const plaq_resamples *[]){&sa, &sb}, 2, &both));
        CHECK_STATUS(PLAQ_OK, plaq_resamples_derive(&f, &both, &sum));
        CHECK_STATUS(PLAQ_OK, plaq_resamples_error(plan, &sum, &error));
        CHECK_STATUS(PLAQ_OK, error_by(k ? &bootstrap : &jackknife, &a, &ea));
        CHECK_STATUS(PLAQ_OK, error_by(k ? &bootstrap : &jackknife, &b, &eb));
        CHECK_CLOSE(error / hypot(ea, eb), 1, k ? 0.07 : 1e-12); /* 1000 samples know it to 0.022 */
        plaq_resamples_clear(&sa);
        plaq_resamples_clear(&sb);
        plaq_resamples_clear(&both);
        plaq_resamples_clear(&sum);
        plaq_resampling_destroy(&plan);
    }
    plaq_expression_destroy(&formula);
}

/* What else is resampled changes nothing, and the same number twice moves together: x - x is 0 in each sample. */
static void samples_are_a_function_of_the_ensemble(void)
{
    static plaq_estimate a, b, joined;
    static plaq_resampling *alone, *together;
    static plaq_resamples one, other;
    double x[N];

    test_ar1(4, 0, 0.5, N, x, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("c", N, 1, x, &a));
    test_later(later_clear, &a);
    CHECK_STATUS(PLAQ_OK, test_primary("b", N / 2, 1, x, &b));
    test_later(later_clear, &b);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&a, &b}, 2, &joined));
    test_later(later_clear, &joined);
    CHECK_STATUS(PLAQ_OK, plaq_resampling_create(&bootstrap, a.chains, &alone));
    test_later(later_destroy, &alone);
    CHECK_STATUS(PLAQ_OK, plaq_resampling_create(&bootstrap, joined.chains, &together));
    test_later(later_destroy, &together);
    CHECK_STATUS(PLAQ_OK, plaq_resample(alone, &a, &one));
    test_later(later_clear_samples, &one);
    CHECK_STATUS(PLAQ_OK, plaq_resample(together, &a, &other));
    test_later(later_clear_samples, &other);
    CHECK(memcmp(one.sample, other.sample, 1000 * sizeof(double)) == 0);
    CHECK(one.sample[0] != one.sample[1] && one.sample[0] != one.value[0]);
}

/* Configurations that one observable lacks: sample means are over those it has. */
static void gaps_are_left_out(void)
{
    const double x[] = {1, 2, 6, 7};
    int64_t config[] = {1, 2, 5, 6};
    static plaq_chains *all, *some;
    static plaq_resampling *plan;
    static plaq_estimate e;
    static plaq_resamples s;

    all = test_chain("a", "", 6, 1, 1);
    CHECK(all != NULL);
    CHECK_STATUS(PLAQ_OK, plaq_resampling_create(&(plaq_resampling_method){.block = 2}, all, &plan));
    plaq_chains_release(&all);
    test_later(later_destroy, &plan);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&(plaq_chain){"a", "", 4, config}, 1, &some));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(some, 1, x, &e));
    plaq_chains_release(&some);
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &e, &s));
    test_later(later_clear_samples, &s);
    CHECK_CLOSE(s.sample[0], 6.5, 1e-14); /* without 1 and 2 */
    CHECK_CLOSE(s.sample[1], 4, 1e-14);   /* without 3 and 4, which it has not */
    CHECK_CLOSE(s.sample[2], 1.5, 1e-14);
}

/* Blocks as long as plaq_resampling_block() has them know the error of an autocorrelated mean, sqrt(2 tau/N): they lose
 * (tau - 1/(4 tau))/(2 B) of it, 5 % here. Independent numbers keep short blocks. */
static void blocks_know_autocorrelation(void)
{
    enum { LONG = 4000, CHAINS = 40 };
    static double x[LONG];
    double mean = 0, length = 0, shortest = 0;

    for (uint64_t k = 0; k < CHAINS; k++) {
        plaq_resampling_method method = {.kind = PLAQ_JACKKNIFE};
        plaq_estimate e;
        double error;

        test_ar1(5, k, 5, LONG, x, 1);
        CHECK_STATUS(PLAQ_OK, test_primary("a", LONG, 1, x, &e));
        CHECK_STATUS(PLAQ_OK, plaq_resampling_block(&e, &method.block));
        CHECK_STATUS(PLAQ_OK, error_by(&method, &e, &error));
        plaq_estimate_clear(&e);
        mean += error / sqrt(2 * 5.0 / LONG) / CHAINS;
        length += (double)method.block / CHAINS;
        test_ar1(6, k, 0.5, LONG, x, 1);
        CHECK_STATUS(PLAQ_OK, test_primary("a", LONG, 1, x, &e));
        method.block = 0;
        CHECK_STATUS(PLAQ_OK, plaq_resampling_block(&e, &method.block));
        plaq_estimate_clear(&e);
        CHECK(method.block >= 1);
        shortest += (double)method.block / CHAINS;
    }
    CHECK_CLOSE(mean, 1 - 4.95 / 2 / 46, 0.04);
    CHECK_CLOSE(length / 46, 1, 0.1); /* (4.95^2 4000)^(1/3) */
    CHECK(shortest < 4);
}

static plaq_status refuse(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = in[0];
    return in[0] < 0 ? plaq_fail(PLAQ_E_DATA, "no root of %g", in[0]) : PLAQ_OK;
}

static void bad_requests_are_refused(void)
{
    const double x[] = {-10, 2, 3, 6};
    static plaq_estimate e, other;
    static plaq_resampling *plan;
    static plaq_resamples s;
    plaq_resamples none = {0};

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, test_primary("b", 4, 1, x, &other));
    test_later(later_clear, &other);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_resampling_create(&(plaq_resampling_method){0}, e.chains, &plan));
    CHECK_MESSAGE("blocks of 0 configurations");
    CHECK_STATUS(PLAQ_E_USAGE,
                 plaq_resampling_create(&(plaq_resampling_method){PLAQ_BOOTSTRAP, 1, 1, 0}, e.chains, &plan));
    CHECK_MESSAGE("1 bootstrap samples, expected at least 2");
    CHECK_STATUS(PLAQ_E_DATA, plaq_resampling_create(&(plaq_resampling_method){.block = 3}, e.chains, &plan));
    CHECK_MESSAGE("ensemble \"a\": one block of 3 configurations");
    CHECK_STATUS(PLAQ_OK, plaq_resampling_create(&jackknife, e.chains, &plan));
    test_later(later_destroy, &plan);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_resample(plan, &other, &none));
    CHECK_MESSAGE("ensemble \"b\", replica \"\" is not resampled");
    CHECK_STATUS(PLAQ_OK, plaq_resample(plan, &e, &s));
    test_later(later_clear_samples, &s);
    CHECK_STATUS(PLAQ_E_DATA, plaq_resamples_derive(&(plaq_function){1, 1, refuse, NULL, NULL}, &s, &none));
    CHECK_MESSAGE("sample 2 of 4: no root of -0.333333");
    CHECK(!none.sample);
}

static plaq_status attempt(void *given)
{
    plaq_estimate e = {0};
    plaq_resampling *plan = NULL;
    plaq_resamples s = {0}, twice = {0}, made = {0};
    double error[2];
    plaq_status status;

    PLAQ_GO(test_primary("a", 20, 1, given, &e));
    PLAQ_GO(plaq_resampling_create(&(plaq_resampling_method){PLAQ_BOOTSTRAP, 2, 10, 1}, e.chains, &plan));
    PLAQ_GO(plaq_resample(plan, &e, &s));
    PLAQ_GO(plaq_resamples_join((const plaq_resamples *[]){&s, &s}, 2, &twice));
    PLAQ_GO(plaq_resamples_derive(&(plaq_function){2, 1, refuse, NULL, NULL}, &twice, &made));
    PLAQ_GO(plaq_resamples_error(plan, &made, error));
done:
    plaq_resamples_clear(&s);
    plaq_resamples_clear(&twice);
    plaq_resamples_clear(&made);
    plaq_resampling_destroy(&plan);
    plaq_estimate_clear(&e);
    return status;
}

static void failures_leak_nothing(void)
{
    double x[20];

    for (int i = 0; i < 20; i++) x[i] = 1 + i % 3;
    CHECK_FAULT_SWEEP(attempt, x);
}

TEST_MAIN({"errors of means are plain", errors_of_means_are_plain},
          {"samples leave out a block", samples_leave_out_a_block}, {"three ways agree", three_ways_agree},
          {"ensembles are independent", ensembles_are_independent},
          {"samples are a function of the ensemble", samples_are_a_function_of_the_ensemble},
          {"gaps are left out", gaps_are_left_out}, {"blocks know autocorrelation", blocks_know_autocorrelation},
          {"bad requests are refused", bad_requests_are_refused}, {"failures leak nothing", failures_leak_nothing})
