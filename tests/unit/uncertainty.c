/* The Gamma method on what is not one long chain: gaps, replica, ensembles, tails, constants, too few numbers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/chain.h"
#include "support/test.h"

enum { N = 600 };

static const plaq_gamma_method method = {.window = 1.5};

static void later_clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

/* Numbers on a list of chains. */
static plaq_status estimate_on(const plaq_chain list[], int n, const double x[], plaq_estimate *e)
{
    plaq_chains *chains;
    plaq_status status;

    PLAQ_TRY(plaq_chains_create(list, n, &chains));
    status = plaq_estimate_primary(chains, 1, x, e);
    plaq_chains_release(&chains);
    return status;
}

/* The error on the only ensemble. */
static plaq_status error_of(const plaq_estimate *e, const plaq_gamma_method *how, plaq_gamma_part *part)
{
    plaq_uncertainty u;

    PLAQ_TRY(plaq_estimate_error(e, 0, how, &u));
    *part = u.part[0];
    plaq_uncertainty_clear(&u);
    return PLAQ_OK;
}

/* Numbers first + step i, i = 0 .. N - 1. */
static void count_up(int64_t config[], size_t n, int64_t first, int64_t step)
{
    for (size_t i = 0; i < n; i++) config[i] = first + (int64_t)i * step;
}

/* Configurations 3, 10, 17, ... are as good as 0, 1, 2: everything is in units of the spacing but tau_exp. */
static void spacing_is_a_unit(void)
{
    static const plaq_gamma_method tails[] = {{.tau_exp = 28, .n_sigma = 1}, {.tau_exp = 4, .n_sigma = 1}};
    int64_t config[N];
    double x[N];

    test_ar1(1, 0, 4, N, x, 1);
    for (int tail = 0; tail < 2; tail++) {
        plaq_estimate wide = {0}, dense = {0};
        plaq_gamma_part w = {0}, d = {0};

        count_up(config, N, 3, 7);
        CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "", N, config}, 1, x, &wide));
        CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &dense));
        CHECK_STATUS(PLAQ_OK, error_of(&wide, tail ? &tails[0] : &method, &w));
        CHECK_STATUS(PLAQ_OK, error_of(&dense, tail ? &tails[1] : &method, &d));
        plaq_estimate_clear(&wide);
        plaq_estimate_clear(&dense);
        CHECK(w.spacing == 7 && d.spacing == 1);
        CHECK_SAME(w.error, d.error);
        CHECK_SAME(w.tau, d.tau);
        CHECK_SAME(w.tau_error, d.tau_error);
    }
}

/* The path for gaps gives what the one without gives, where one configuration at the very end makes the gap: up to
 * what that one weighs, 1/N. */
static void a_gap_changes_little(void)
{
    static plaq_estimate whole = {0}, gap = {0};
    plaq_gamma_part w = {0}, g = {0};
    int64_t config[N];
    double x[N];

    test_ar1(2, 0, 4, N, x, 1);
    count_up(config, N, 1, 1);
    config[N - 1] += 3;
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &whole));
    test_later(later_clear, &whole);
    CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "", N, config}, 1, x, &gap));
    test_later(later_clear, &gap);
    CHECK_STATUS(PLAQ_OK, error_of(&whole, &method, &w));
    CHECK_STATUS(PLAQ_OK, error_of(&gap, &method, &g));
    CHECK(g.error != w.error);
    CHECK_CLOSE(g.error / w.error, 1, 10.0 / N);
}

/* One odd number among even ones halves the spacing. No pair, or one, is at each odd distance: it does not matter. */
static void an_odd_one_out_changes_little(void)
{
    static plaq_estimate even = {0}, odd = {0};
    plaq_gamma_part e = {0}, o = {0};
    int64_t config[N];
    double x[N];

    test_ar1(3, 0, 4, N, x, 1);
    count_up(config, N, 0, 2);
    CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "", N, config}, 1, x, &even));
    test_later(later_clear, &even);
    config[N / 2]++;
    CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "", N, config}, 1, x, &odd));
    test_later(later_clear, &odd);
    CHECK_STATUS(PLAQ_OK, error_of(&even, &method, &e));
    CHECK_STATUS(PLAQ_OK, error_of(&odd, &method, &o));
    CHECK(e.spacing == 2 && o.spacing == 1);
    CHECK_CLOSE(o.error / e.error, 1, 0.02);
    CHECK_CLOSE(o.tau / e.tau, 1, 0.04);
}

/* A quantity measured on every third configuration, joined with one measured on all, keeps its error. */
static void joining_keeps_the_error(void)
{
    static plaq_estimate own = {0}, all = {0}, joined = {0};
    plaq_gamma_part o = {0}, j = {0};
    int64_t config[N / 3];
    double x[N], thin[N / 3];

    test_ar1(4, 0, 6, N, x, 1);
    for (size_t i = 0; i < N / 3; i++) thin[i] = x[3 * i];
    count_up(config, N / 3, 1, 3);
    CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "", N / 3, config}, 1, thin, &own));
    test_later(later_clear, &own);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &all));
    test_later(later_clear, &all);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&own, &all}, 2, &joined));
    test_later(later_clear, &joined);
    CHECK(joined.chains->configs == N);
    CHECK_SAME(joined.value[0], own.value[0]);
    CHECK_STATUS(PLAQ_OK, error_of(&own, &method, &o));
    CHECK_STATUS(PLAQ_OK, error_of(&joined, &method, &j));
    CHECK(j.window == o.window && j.spacing == 3 && j.configs == N / 3);
    CHECK_CLOSE(j.error / o.error, 1, 1e-14);
    CHECK_CLOSE(j.tau, o.tau, 1e-14);
}

/* So does one that was measured on one of two replica. */
static void joining_replica_keeps_the_error(void)
{
    static plaq_estimate own, all, joined;
    plaq_gamma_part o = {0}, j = {0};
    int64_t config[N];
    double x[N];

    test_ar1(12, 0, 3, N, x, 1);
    count_up(config, N, 1, 1);
    CHECK_STATUS(PLAQ_OK, estimate_on(&(plaq_chain){"a", "r1", N / 2, config}, 1, x, &own));
    test_later(later_clear, &own);
    CHECK_STATUS(PLAQ_OK,
                 estimate_on((plaq_chain[]){{"a", "r0", N / 3, config}, {"a", "r1", N / 2, config}}, 2, x, &all));
    test_later(later_clear, &all);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&own, &all}, 2, &joined));
    test_later(later_clear, &joined);
    CHECK_STATUS(PLAQ_OK, error_of(&own, &method, &o));
    CHECK_STATUS(PLAQ_OK, error_of(&joined, &method, &j));
    CHECK(j.replica == 1 && j.configs == N / 2 && j.q == 1);
    CHECK_CLOSE(j.error / o.error, 1, 1e-14);
}

/* Four replica of one length: as one chain without the pairs across. With means apart, Q says so. */
static void replica_are_compared(void)
{
    enum { R = 4, TRIES = 200 };
    plaq_chain list[R];
    int64_t config[N];
    double q = 0, x[R * N];

    count_up(config, N, 1, 1);
    for (int r = 0; r < R; r++) {
        list[r] = (plaq_chain){.ensemble = "a", .count = N, .config = config};
        snprintf(list[r].replica, sizeof list[r].replica, "r%d", r);
    }
    for (uint64_t k = 0; k <= TRIES; k++) {
        plaq_estimate e = {0};
        plaq_gamma_part p = {0};

        for (uint64_t r = 0; r < R; r++) test_ar1(5, R * k + r, 2, N, &x[r * N], 1);
        if (k == TRIES) /* four standard errors of a replica */
            for (int i = 0; i < N; i++) x[i] += 4 * sqrt(2 * 2.0 / N);
        CHECK_STATUS(PLAQ_OK, estimate_on(list, R, x, &e));
        CHECK_STATUS(PLAQ_OK, error_of(&e, &method, &p));
        plaq_estimate_clear(&e);
        CHECK(p.replica == R && p.configs == R * N);
        if (k < TRIES) CHECK_CLOSE(p.error, sqrt(2 * 2.0 / (R * N)), 0.02);
        if (k < TRIES) q += p.q / TRIES;
        if (k == TRIES) CHECK(p.q < 0.01);
    }
    CHECK_CLOSE(q, 0.5, 4 * sqrt(1.0 / 12 / TRIES)); /* uniform */
}

/* x of ensemble a plus y of ensemble b: errors add in quadrature, and each ensemble is listed. */
static void ensembles_add_in_quadrature(void)
{
    static plaq_estimate a = {0}, b = {0}, both = {0}, sum = {0};
    plaq_expression *e = NULL;
    plaq_function f;
    plaq_uncertainty ua = {0}, ub = {0}, u = {0};
    double x[N], y[N];

    test_ar1(6, 0, 2, N, x, 1);
    test_ar1(6, 1, 8, N, y, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &a));
    test_later(later_clear, &a);
    CHECK_STATUS(PLAQ_OK, test_primary("b", N / 2, 1, y, &b));
    test_later(later_clear, &b);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&b, &a}, 2, &both));
    test_later(later_clear, &both);
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("y - x", &e));
    CHECK_STATUS(PLAQ_OK, plaq_expression_function(e, (size_t[]){1, 1}, &f));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&f, &both, &sum));
    test_later(later_clear, &sum);
    plaq_expression_destroy(&e);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&a, 0, &method, &ua));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&b, 0, &method, &ub));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&sum, 0, &method, &u));
    CHECK(u.count == 2 && strcmp(u.part[0].ensemble, "a") == 0 && strcmp(u.part[1].ensemble, "b") == 0);
    CHECK_CLOSE(u.part[0].error / ua.error, 1, 1e-13);
    CHECK_CLOSE(u.part[1].error / ub.error, 1, 1e-13);
    CHECK_CLOSE(u.error / hypot(ua.error, ub.error), 1, 1e-13);
    CHECK_CLOSE(u.error_error / (hypot(ua.error * ua.error_error, ub.error * ub.error_error) / u.error), 1, 1e-13);
    CHECK_CLOSE(u.tau, ub.tau, 1e-13); /* the larger error */
    plaq_uncertainty_clear(&ua);
    plaq_uncertainty_clear(&ub);
    plaq_uncertainty_clear(&u);
}

/* tau_int is the sum up to the window and tau_exp rho of the next; what the autocorrelation function itself says. */
static void a_tail_is_attached(void)
{
    static const plaq_gamma_method tail = {.tau_exp = 10, .n_sigma = 2};
    double x[N], rho[N], error[N], sum = 0.5, square = 0;
    plaq_gamma_part p = {0};
    static plaq_estimate e = {0};
    size_t w = 0;

    test_ar1(7, 0, 10, N, x, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_autocorrelation(&e, 0, "a", N, rho, error));
    CHECK_STATUS(PLAQ_OK, error_of(&e, &tail, &p));
    do {
        sum += rho[++w];
    } while (rho[w] >= 2 * error[w]);
    CHECK(p.window == w && !p.bounded);
    CHECK_CLOSE(p.tau, sum * (1 + (2 * (double)w + 1) / N) / (1 + 2 * sum / N) + 10 * fabs(rho[w + 1]), 1e-13);
    for (int i = 0; i < N; i++) square += e.delta[i] * e.delta[i] / N;
    CHECK_CLOSE(p.error, sqrt(2 * p.tau * square * (1 + 2 * sum / N) / N), 1e-13);
}

/* rho(t) = a^t within its errors, 1 at 0, and nothing beyond half of the chain. */
static void autocorrelation_is_exponential(void)
{
    enum { LONG = 20000, LAGS = 60 };
    static double x[LONG];
    const double a = 9.0 / 11; /* tau_int 5 */
    double rho[LAGS], error[LAGS], far[N], far_error[N];
    static plaq_estimate e = {0}, shorter = {0};

    test_ar1(8, 0, 5, LONG, x, 1);
    CHECK_STATUS(PLAQ_OK, test_primary("a", LONG, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_autocorrelation(&e, 0, "a", LAGS, rho, error));
    CHECK(rho[0] == 1 && error[0] == 0);
    for (int t = 1; t < LAGS; t++) {
        CHECK(fabs(rho[t] - pow(a, t)) < 4 * error[t]);
        CHECK(error[t] > 0.1 * sqrt(1.0 / LONG) && error[t] < 2 * sqrt(2 * 5.0 / LONG));
    }
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 1, x, &shorter));
    test_later(later_clear, &shorter);
    CHECK_STATUS(PLAQ_OK, plaq_autocorrelation(&shorter, 0, "a", N, far, far_error));
    CHECK(far[N / 2 - 1] != 0 && far_error[N / 2 - 1] > 0 && far[N / 2] == 0 && far[N - 1] == 0);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_autocorrelation(&e, 0, "b", LAGS, rho, error));
    CHECK_MESSAGE("no ensemble \"b\"");
}

/* Numbers that do not move have no error, to the bit; numbers that alternate the one of independent numbers. */
static void constants_have_no_error(void)
{
    double same[100], other[100];
    static plaq_estimate e = {0}, constant = {0}, alternating = {0};
    plaq_gamma_part p = {0};
    plaq_uncertainty u;

    for (int i = 0; i < 100; i++) {
        same[i] = 0.1;
        other[i] = i % 2 ? 1 : -1;
    }
    CHECK_STATUS(PLAQ_OK, test_primary("a", 100, 1, same, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, error_of(&e, &method, &p));
    CHECK_SAME(e.value[0], 0.1);
    CHECK(p.error == 0 && p.error_error == 0 && p.tau == 0.5 && p.q == 1);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_constant(1, same, &constant));
    test_later(later_clear, &constant);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&constant, 0, &method, &u));
    CHECK(u.count == 0 && u.value == 0.1 && u.error == 0 && u.tau == 0.5);
    plaq_uncertainty_clear(&u);
    CHECK_STATUS(PLAQ_OK, test_primary("a", 100, 1, other, &alternating));
    test_later(later_clear, &alternating);
    CHECK_STATUS(PLAQ_OK, error_of(&alternating, &method, &p));
    CHECK_CLOSE(p.error, sqrt(1.01 / 100), 1e-14);
}

static void three_configurations_are_too_few(void)
{
    double x[4] = {1, 3, 2, 5};
    static plaq_estimate three = {0}, four = {0};
    plaq_gamma_part p = {0};

    CHECK_STATUS(PLAQ_OK, test_primary("b6.00", 3, 1, x, &three));
    test_later(later_clear, &three);
    CHECK_STATUS(PLAQ_E_DATA, error_of(&three, &method, &p));
    CHECK_MESSAGE("ensemble \"b6.00\": an error takes 4 configurations, there are 3");
    CHECK_STATUS(PLAQ_OK, test_primary("b6.00", 4, 1, x, &four));
    test_later(later_clear, &four);
    CHECK_STATUS(PLAQ_OK, error_of(&four, &method, &p));
    CHECK(p.error > 0 && isfinite(p.error) && isfinite(p.tau_error));
}

/* Replica of one configuration each have no autocorrelation function, and an error. */
static void single_configurations_have_an_error(void)
{
    plaq_chain list[6];
    int64_t config = 5;
    double x[6] = {1, -1, 2, -2, 3, -3};
    static plaq_estimate e = {0};
    plaq_gamma_part p = {0};

    for (int r = 0; r < 6; r++) {
        list[r] = (plaq_chain){.ensemble = "a", .count = 1, .config = &config};
        snprintf(list[r].replica, sizeof list[r].replica, "r%d", r);
    }
    CHECK_STATUS(PLAQ_OK, estimate_on(list, 6, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, error_of(&e, &method, &p));
    CHECK_CLOSE(p.error, sqrt(28.0 / 6 * (1 + 1.0 / 6) / 6), 1e-14);
    CHECK(p.bounded && p.window == 0);
}

static plaq_status attempt(void *given)
{
    const double *x = given;
    plaq_estimate e = {0};
    plaq_uncertainty u = {0};
    double rho[3], error[3];
    plaq_status status;

    PLAQ_GO(test_primary("a", N, 1, x, &e));
    PLAQ_GO(plaq_estimate_error(&e, 0, &method, &u));
    PLAQ_GO(plaq_autocorrelation(&e, 0, "a", 3, rho, error));
done:
    plaq_estimate_clear(&e);
    plaq_uncertainty_clear(&u);
    return status;
}

static void failures_leak_nothing(void)
{
    double x[N];

    test_ar1(9, 0, 2, N, x, 1);
    CHECK_FAULT_SWEEP(attempt, x);
}

TEST_MAIN({"spacing is a unit", spacing_is_a_unit}, {"a gap changes little", a_gap_changes_little},
          {"an odd one out changes little", an_odd_one_out_changes_little},
          {"joining keeps the error", joining_keeps_the_error},
          {"joining replica keeps the error", joining_replica_keeps_the_error},
          {"replica are compared", replica_are_compared}, {"ensembles add in quadrature", ensembles_add_in_quadrature},
          {"a tail is attached", a_tail_is_attached},
          {"autocorrelation is exponential", autocorrelation_is_exponential},
          {"constants have no error", constants_have_no_error},
          {"three configurations are too few", three_configurations_are_too_few},
          {"single configurations have an error", single_configurations_have_an_error},
          {"failures leak nothing", failures_leak_nothing})
