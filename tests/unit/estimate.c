/* Chains, estimates on them, and what is derived of estimates. */
#include <math.h>
#include <string.h>

#include "support/chain.h"
#include "support/test.h"

static void later_release(void *chains)
{
    plaq_chains_release(chains);
}

static void later_clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

/* ---- chains ---- */

static int64_t one[] = {4, 8, 12}, two[] = {-3, 0, 1, 100}, three[] = {1, 4, 6, 8};

static void chains_are_sorted_and_shared(void)
{
    const plaq_chain list[] = {{"b", "r1", 3, one}, {"a", "", 4, two}, {"b", "r0", 4, three}};
    static plaq_chains *c, *again, *other;

    CHECK_STATUS(PLAQ_OK, plaq_chains_create(list, 3, &c));
    test_later(later_release, &c);
    CHECK(c->count == 3 && c->configs == 11);
    CHECK(strcmp(c->chain[0].ensemble, "a") == 0 && strcmp(c->chain[1].replica, "r0") == 0);
    CHECK(c->chain[2].count == 3 && c->chain[2].config[2] == 12 && c->chain[2].config != one);
    again = plaq_chains_hold(c);
    CHECK(again == c && plaq_chains_equal(c, again));
    plaq_chains_release(&again);
    CHECK(!again && c->chain[0].config[3] == 100);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(list, 2, &other));
    test_later(later_release, &other);
    CHECK(!plaq_chains_equal(c, other));
}

static void wrong_chains_are_refused(void)
{
    int64_t twice[] = {1, 2, 2}, down[] = {1, 3, 2};
    plaq_chains *c = NULL;

    CHECK_STATUS(PLAQ_E_DATA, plaq_chains_create(&(plaq_chain){"b", "r1", 0, NULL}, 1, &c));
    CHECK_MESSAGE("ensemble \"b\", replica \"r1\": no configuration");
    CHECK_STATUS(PLAQ_E_DATA, plaq_chains_create(&(plaq_chain){"b", "r1", 3, twice}, 1, &c));
    CHECK_MESSAGE("configuration 2 follows 2");
    CHECK_STATUS(PLAQ_E_DATA, plaq_chains_create(&(plaq_chain){"b", "r1", 3, down}, 1, &c));
    CHECK_MESSAGE("configuration 2 follows 3");
    CHECK_STATUS(PLAQ_E_DATA, plaq_chains_create((plaq_chain[]){{"b", "r1", 3, one}, {"b", "r1", 4, two}}, 2, &c));
    CHECK_MESSAGE("two replica are called \"r1\"");
    CHECK(!c);
}

/* The union of chains with other gaps, and of other ensembles; of nothing with something it is the same chains. */
static void unions_hold_every_configuration(void)
{
    static const int64_t wanted[] = {1, 4, 6, 8, 12};
    static plaq_chains *a, *b, *none, *united, *same;

    CHECK_STATUS(PLAQ_OK, plaq_chains_create((plaq_chain[]){{"e", "", 3, one}, {"f", "", 4, two}}, 2, &a));
    test_later(later_release, &a);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create((plaq_chain[]){{"e", "", 4, three}, {"d", "x", 4, two}}, 2, &b));
    test_later(later_release, &b);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(NULL, 0, &none));
    test_later(later_release, &none);
    CHECK_STATUS(PLAQ_OK, plaq_chains_unite(a, b, &united));
    test_later(later_release, &united);
    CHECK(united->count == 3 && united->configs == 13);
    CHECK(strcmp(united->chain[0].ensemble, "d") == 0 && strcmp(united->chain[2].ensemble, "f") == 0);
    CHECK(united->chain[1].count == 5 && memcmp(united->chain[1].config, wanted, sizeof wanted) == 0);
    CHECK_STATUS(PLAQ_OK, plaq_chains_unite(none, b, &same));
    CHECK(same == b);
    plaq_chains_release(&same);
    CHECK_STATUS(PLAQ_OK, plaq_chains_unite(a, none, &same));
    CHECK(same == a);
    plaq_chains_release(&same);
}

/* ---- estimates ---- */

/* Numbers in the order of the chains, two entries each. */
static void primary_is_mean_and_fluctuations(void)
{
    const double samples[] = {1, 10, 2, 20, 6, 60, 3, 30};
    static plaq_estimate e;

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 2, samples, &e));
    test_later(later_clear, &e);
    CHECK_CLOSE(e.value[0], 3, 1e-15);
    CHECK_CLOSE(e.value[1], 30, 1e-15);
    CHECK_CLOSE(e.delta[2], 3, 1e-15); /* entry 0, third configuration */
    CHECK_CLOSE(e.delta[4], -20, 1e-15);
    CHECK(e.chains->holders == 1);
}

static void no_number_is_named(void)
{
    double samples[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static plaq_chains *chains, *mixed, *none;
    plaq_estimate e = {0};

    CHECK_STATUS(PLAQ_OK, plaq_chains_create((plaq_chain[]){{"b", "r1", 4, two}, {"b", "r0", 4, three}}, 2, &chains));
    test_later(later_release, &chains);
    samples[5] = NAN; /* the second of r1 */
    CHECK_STATUS(PLAQ_E_DATA, plaq_estimate_primary(chains, 1, samples, &e));
    CHECK_MESSAGE("ensemble \"b\", replica \"r1\", configuration 0: entry 0 is nan, expected a number");
    samples[5] = -INFINITY;
    CHECK_STATUS(PLAQ_E_DATA, plaq_estimate_primary(chains, 1, samples, &e));
    CHECK_MESSAGE("entry 0 is -inf");
    CHECK_STATUS(PLAQ_E_DATA, plaq_estimate_constant(2, (double[]){1, NAN}, &e));
    CHECK_STATUS(PLAQ_OK, plaq_chains_create((plaq_chain[]){{"b", "", 4, two}, {"c", "", 4, three}}, 2, &mixed));
    test_later(later_release, &mixed);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_estimate_primary(mixed, 1, samples, &e));
    CHECK_MESSAGE("two ensembles, \"b\" and \"c\"");
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(NULL, 0, &none));
    test_later(later_release, &none);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_estimate_primary(none, 1, samples, &e));
    CHECK(!e.value && !e.chains);
}

/* Configurations one lacks: fluctuation zero, the others larger by 6/3, so that sum delta / N is what it was. */
static void joined_estimates_fill_gaps(void)
{
    const double x[] = {1, 2, 6}, y[] = {5, 5, 5, 9};
    const double wanted[] = {0, -4, 0, -2, 6, 0}; /* on 1 4 6 8 12 and 20: 4, 8 and 12 */
    int64_t four[] = {1, 6, 12, 20};
    static plaq_chains *a, *b;
    static plaq_estimate ea, eb, joined, constant, picked;

    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&(plaq_chain){"e", "", 3, one}, 1, &a));
    test_later(later_release, &a);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&(plaq_chain){"e", "", 4, four}, 1, &b));
    test_later(later_release, &b);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(a, 1, x, &ea));
    test_later(later_clear, &ea);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(b, 1, y, &eb));
    test_later(later_clear, &eb);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_constant(1, (double[]){7}, &constant));
    test_later(later_clear, &constant);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&ea, &constant, &eb}, 3, &joined));
    test_later(later_clear, &joined);
    CHECK(joined.size == 3 && joined.chains->configs == 6);
    CHECK(joined.value[0] == 3 && joined.value[1] == 7 && joined.value[2] == 6);
    for (int c = 0; c < 6; c++) {
        CHECK_CLOSE(joined.delta[c], wanted[c], 1e-15);
        CHECK(joined.delta[6 + c] == 0);
    }
    CHECK_CLOSE(joined.delta[12 + 5], 4.5, 1e-15); /* (9 - 6) 6/4 */
    CHECK_STATUS(PLAQ_OK, plaq_estimate_pick(&joined, (size_t[]){2, 0}, 2, &picked));
    test_later(later_clear, &picked);
    CHECK(picked.value[0] == 6 && picked.delta[5] == joined.delta[17] && picked.delta[6 + 1] == joined.delta[1]);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_estimate_pick(&joined, (size_t[]){3}, 1, &picked));
    CHECK_MESSAGE("entry 3 of 3");
}

/* One of two replica: larger by the configurations of the ensemble, (3 + 4)/3. */
static void a_missing_replica_is_a_gap(void)
{
    static plaq_chains *both, *single;
    static plaq_estimate all, part, joined;
    const double x[] = {1, 2, 3, 4, 5, 6, 7}, y[] = {1, 2, 6};

    CHECK_STATUS(PLAQ_OK, plaq_chains_create((plaq_chain[]){{"e", "r0", 3, one}, {"e", "r1", 4, two}}, 2, &both));
    test_later(later_release, &both);
    CHECK_STATUS(PLAQ_OK, plaq_chains_create(&(plaq_chain){"e", "r0", 3, one}, 1, &single));
    test_later(later_release, &single);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(both, 1, x, &all));
    test_later(later_clear, &all);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_primary(single, 1, y, &part));
    test_later(later_clear, &part);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&part, &all}, 2, &joined));
    test_later(later_clear, &joined);
    CHECK_CLOSE(joined.delta[2], 3 * 7.0 / 3, 1e-15);
    CHECK(joined.delta[3] == 0 && joined.delta[7 + 6] == 3);
}

/* ---- functions ---- */

/* a b and exp(a)/b; the context: a factor of one derivative, to make it wrong */
static plaq_status both(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = in[0] * in[1];
    out[1] = exp(in[0]) / in[1];
    return PLAQ_OK;
}

static plaq_status both_slopes(const void *context, const double in[], const double value[], double jacobian[])
{
    const double *wrong = context;

    jacobian[0] = in[1] * (wrong ? *wrong : 1);
    jacobian[1] = in[0];
    jacobian[2] = value[1];
    jacobian[3] = -value[1] / in[1];
    return PLAQ_OK;
}

static plaq_status root(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = sqrt(in[0]);
    return PLAQ_OK;
}

static plaq_status step(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = in[0] > 1.01 ? 1 : 0;
    return PLAQ_OK;
}

static void derivatives_are_exact(void)
{
    static plaq_estimate e, exact, numerical;
    const plaq_function f = {2, 2, both, both_slopes, NULL}, g = {2, 2, both, NULL, NULL};
    double x[400];

    test_ar1(1, 0, 2, 200, x, 2);
    test_ar1(1, 1, 1, 200, x + 1, 2);
    for (int i = 0; i < 200; i++) x[2 * i + 1] = 3 + x[2 * i + 1] / 2 + x[2 * i] / 4;
    CHECK_STATUS(PLAQ_OK, test_primary("a", 200, 2, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&f, &e, &exact));
    test_later(later_clear, &exact);
    CHECK_SAME(exact.value[1], exp(e.value[0]) / e.value[1]);
    for (int c = 0; c < 200; c++)
        CHECK_CLOSE(exact.delta[c], e.value[1] * e.delta[c] + e.value[0] * e.delta[200 + c], 1e-14);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&g, &e, &numerical));
    test_later(later_clear, &numerical);
    /* steps of 0.01: order h^4, and rounding 1e-16/h */
    CHECK(test_difference(numerical.delta, exact.delta, 400) < 1e-8);
}

static void a_wrong_jacobian_is_found(void)
{
    const double in[] = {0.3, 2}, wrong = 1.001, right = 1;
    double worst;

    CHECK_STATUS(PLAQ_OK, plaq_function_check(&(plaq_function){2, 2, both, both_slopes, &right}, in, 1e-3, &worst));
    CHECK(worst < 1e-10);
    CHECK_STATUS(PLAQ_OK, plaq_function_check(&(plaq_function){2, 2, both, both_slopes, &wrong}, in, 1e-3, &worst));
    CHECK_CLOSE(worst, 0.001, 1e-5);
}

/* A step within the errors, and a root whose argument may be negative: no linear error, and it is said. */
static void what_is_not_linear_is_refused(void)
{
    const double x[] = {0.6, 1.4, 0.8, 1.2}, y[] = {-1, 0.1, 1, 0};
    static plaq_estimate near_step, near_zero;
    plaq_estimate out = {0};

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 1, x, &near_step));
    test_later(later_clear, &near_step);
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_estimate_derive(&(plaq_function){1, 1, step, NULL, NULL}, &near_step, &out));
    CHECK_MESSAGE("not linear within the errors");
    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 1, y, &near_zero));
    test_later(later_clear, &near_zero);
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_estimate_derive(&(plaq_function){1, 1, root, NULL, NULL}, &near_zero, &out));
    CHECK_MESSAGE("no value where number 0 is -0.0");
    CHECK(!out.value);
}

static plaq_status nothing(const void *context, const double in[], double out[])
{
    (void)context;
    out[0] = in[0] - in[0] > 0 ? 1 : NAN;
    return PLAQ_OK;
}

static plaq_status fails(const void *context, const double in[], double out[])
{
    (void)context;
    (void)out;
    return plaq_fail(PLAQ_E_DATA, "no solution at %g", in[0]);
}

static void failures_are_passed_on(void)
{
    const double x[] = {1, 2, 3, 4};
    static plaq_estimate e;
    plaq_estimate out = {0};

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 1, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_E_DATA, plaq_estimate_derive(&(plaq_function){1, 1, fails, NULL, NULL}, &e, &out));
    CHECK_MESSAGE("no solution at 2.5");
    CHECK(plaq_estimate_derive(&(plaq_function){1, 1, nothing, NULL, NULL}, &e, &out) != PLAQ_OK);
    CHECK_STATUS(PLAQ_E_INTERNAL, plaq_estimate_derive(&(plaq_function){2, 2, both, NULL, NULL}, &e, &out));
    CHECK(!out.value && !out.delta && !out.chains);
}

/* A constant among the numbers takes no derivative: f need not even exist beside it. */
static void constants_are_not_moved(void)
{
    static plaq_estimate zero, out;

    CHECK_STATUS(PLAQ_OK, plaq_estimate_constant(1, (double[]){0}, &zero));
    test_later(later_clear, &zero);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&(plaq_function){1, 1, root, NULL, NULL}, &zero, &out));
    test_later(later_clear, &out);
    CHECK(out.value[0] == 0 && out.chains->count == 0);
}

static plaq_status attempt(void *given)
{
    const double *x = given;
    plaq_estimate a = {0}, b = {0}, both_of_them = {0}, picked = {0}, derived = {0};
    plaq_status status;

    PLAQ_GO(test_primary("a", 50, 1, x, &a));
    PLAQ_GO(test_primary("b", 40, 1, x, &b));
    PLAQ_GO(plaq_estimate_join((const plaq_estimate *[]){&a, &b}, 2, &both_of_them));
    PLAQ_GO(plaq_estimate_pick(&both_of_them, (size_t[]){1, 0}, 2, &picked));
    PLAQ_GO(plaq_estimate_derive(&(plaq_function){2, 2, both, NULL, NULL}, &picked, &derived));
done:
    plaq_estimate_clear(&a);
    plaq_estimate_clear(&b);
    plaq_estimate_clear(&both_of_them);
    plaq_estimate_clear(&picked);
    plaq_estimate_clear(&derived);
    return status;
}

static void failures_leak_nothing(void)
{
    double x[50];

    test_ar1(2, 0, 1, 50, x, 1);
    for (int i = 0; i < 50; i++) x[i] += 3;
    CHECK_FAULT_SWEEP(attempt, x);
}

TEST_MAIN({"chains are sorted and shared", chains_are_sorted_and_shared},
          {"wrong chains are refused", wrong_chains_are_refused},
          {"unions hold every configuration", unions_hold_every_configuration},
          {"primary is mean and fluctuations", primary_is_mean_and_fluctuations},
          {"no number is named", no_number_is_named}, {"joined estimates fill gaps", joined_estimates_fill_gaps},
          {"a missing replica is a gap", a_missing_replica_is_a_gap}, {"derivatives are exact", derivatives_are_exact},
          {"a wrong jacobian is found", a_wrong_jacobian_is_found},
          {"what is not linear is refused", what_is_not_linear_is_refused},
          {"failures are passed on", failures_are_passed_on}, {"constants are not moved", constants_are_not_moved},
          {"failures leak nothing", failures_leak_nothing})
