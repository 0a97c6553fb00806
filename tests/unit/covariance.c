/* Covariance: by hand, against linear propagation, and how it is mended. */
#include <math.h>

#include "support/chain.h"
#include "support/test.h"

static const plaq_gamma_method plain = {0}, method = {.window = 1.5};

static void later_clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

/* Two numbers on four configurations: correlation 3/sqrt 10, lambda of Ledoit and Wolf 1/36 by hand: d^2 = 2 9/10 and
 * b^2 = sum_n 2 z_1^2 z_2^2 - d^2/4 = 1/2 - 9/20. */
static const double small[] = {1, 2, 1, 1, -1, -2, -1, -1};

static void two_numbers_by_hand(void)
{
    static plaq_estimate e;
    double c[4];
    plaq_covariance_facts facts;

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 2, small, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, c, &facts));
    CHECK_CLOSE(c[0], 1.0 / 4 * 1.25, 1e-14); /* variance 1, N = 4, 1 + 1/N for the mean */
    CHECK_CLOSE(c[3], 2.5 / 4 * 1.25, 1e-14);
    CHECK_CLOSE(c[1], sqrt(0.9) * sqrt(c[0] * c[3]), 1e-14);
    CHECK_SAME(c[1], c[2]);
    CHECK_CLOSE(facts.condition, (1 + sqrt(0.9)) / (1 - sqrt(0.9)), 1e-13);
    CHECK(facts.lambda == 0 && facts.cut == 0);
}

static void shrinkage_is_that_of_ledoit_and_wolf(void)
{
    static plaq_estimate e;
    double c[4], plainly[4];
    plaq_covariance_facts facts;

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 2, small, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, plainly, NULL));
    CHECK_STATUS(PLAQ_OK,
                 plaq_covariance(&e, &plain, &(plaq_covariance_method){.shrink = PLAQ_SHRINK_LEDOIT_WOLF}, c, &facts));
    CHECK_CLOSE(facts.lambda, 1.0 / 36, 1e-14);
    CHECK_CLOSE(c[0], plainly[0], 1e-15);
    CHECK_CLOSE(c[1], plainly[1] * 35 / 36, 1e-15);
    CHECK_STATUS(PLAQ_OK,
                 plaq_covariance(&e, &plain, &(plaq_covariance_method){PLAQ_SHRINK_GIVEN, 0.25, 0}, c, &facts));
    CHECK_CLOSE(c[1], plainly[1] * 0.75, 1e-15);
    CHECK_STATUS(PLAQ_E_USAGE,
                 plaq_covariance(&e, &plain, &(plaq_covariance_method){PLAQ_SHRINK_GIVEN, 1.5, 0}, c, NULL));
    CHECK_MESSAGE("lambda of the shrinkage is 1.5, expected 0 to 1");
}

/* Numbers around a common one: the correlation of each two is 1/5. */
static void common(uint64_t seed, size_t n, size_t size, double x[])
{
    double *shared = plaq_alloc(n, sizeof *shared);

    if (shared) test_ar1(seed, size, 0.5, n, shared, 1);
    for (size_t i = 0; i < size; i++) test_ar1(seed, i, 0.5, n, x + i, size);
    for (size_t k = 0; shared && k < n * size; k++) x[k] = 5 + x[k] + shared[k / size] / 2;
    plaq_free(shared);
}

/* Of many numbers with correlations r it is known: b^2 is (1 + r^2)/n an entry, d^2 is r^2 + (1 - r^2)^2/n. And it
 * brings the correlation nearer to the true one. On average over 50 ensembles; lambda of one varies by a fifth. */
static void shrinkage_brings_nearer(void)
{
    enum { SIZE = 8, CHAINS = 50 };
    static const size_t lengths[] = {40, 400};
    static const double r = 0.2;
    static double x[400 * SIZE];

    for (int l = 0; l < 2; l++) {
        const double n = (double)lengths[l];
        double lambda = 0, distance[2] = {0};

        for (uint64_t k = 0; k < CHAINS; k++) {
            plaq_estimate e;
            plaq_covariance_facts facts;
            double c[SIZE * SIZE];

            common(100 + k, lengths[l], SIZE, x);
            CHECK_STATUS(PLAQ_OK, test_primary("a", lengths[l], SIZE, x, &e));
            for (int how = 0; how < 2; how++) {
                const plaq_covariance_method shrink = {.shrink = how ? PLAQ_SHRINK_LEDOIT_WOLF : PLAQ_SHRINK_NONE};

                CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &shrink, c, &facts));
                for (int i = 0; i < SIZE; i++)
                    for (int j = 0; j < i; j++)
                        distance[how] += pow(c[i * SIZE + j] / sqrt(c[i * SIZE + i] * c[j * SIZE + j]) - r, 2);
            }
            plaq_estimate_clear(&e);
            lambda += facts.lambda / CHAINS;
        }
        CHECK_CLOSE(lambda / ((1 + r * r) / n / (r * r + pow(1 - r * r, 2) / n)), 1, 0.15);
        CHECK(distance[1] < (l ? 1 : 0.8) * distance[0]);
    }
}

/* The error of a sum is that of the covariance: exactly for independent configurations. */
static void sums_have_their_error(void)
{
    enum { SIZE = 5, N = 60 };
    static plaq_estimate e, sum;
    static plaq_expression *formula;
    double x[N * SIZE], c[SIZE * SIZE], square = 0;
    plaq_function f;
    plaq_uncertainty u;

    common(7, N, SIZE, x);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, SIZE, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("sum(x)", &formula));
    CHECK_STATUS(PLAQ_OK, plaq_expression_function(formula, (size_t[]){SIZE}, &f));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&f, &e, &sum));
    test_later(later_clear, &sum);
    plaq_expression_destroy(&formula);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, c, NULL));
    for (int k = 0; k < SIZE * SIZE; k++) square += c[k];
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&sum, 0, &plain, &u));
    CHECK_CLOSE(sqrt(square) / u.error, 1, 1e-13);
    plaq_uncertainty_clear(&u);
}

/* Autocorrelation is in the errors: the diagonal is the Gamma method's. */
static void errors_are_on_the_diagonal(void)
{
    enum { N = 300 };
    static plaq_estimate e;
    double x[2 * N], c[4];
    plaq_uncertainty u;

    test_ar1(8, 0, 5, N, x, 2);
    test_ar1(8, 1, 1, N, x + 1, 2);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 2, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &method, &(plaq_covariance_method){0}, c, NULL));
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&e, i, &method, &u));
        CHECK_CLOSE(c[3 * i] / (u.error * u.error), 1, 1e-14);
        plaq_uncertainty_clear(&u);
    }
}

/* Eigenvalues 1 +- r of two numbers: the lower is raised to cut (1 + r), and the diagonal grows. */
static void eigenvalues_are_raised(void)
{
    static plaq_estimate e;
    const double r = sqrt(0.9), raised = 0.5 * (1 + r);
    double c[4], plainly[4];
    plaq_covariance_facts facts;

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 2, small, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, plainly, NULL));
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){.cut = 0.5}, c, &facts));
    CHECK(facts.cut == 1);
    CHECK_CLOSE(c[0] / plainly[0], (1 + r + raised) / 2, 1e-13);
    CHECK_CLOSE(c[1] / sqrt(plainly[0] * plainly[3]), (1 + r - raised) / 2, 1e-13);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){.cut = 0.01}, c, &facts));
    CHECK(facts.cut == 0);
    CHECK_CLOSE(c[1], plainly[1], 1e-15);
}

/* More numbers than configurations: refused, unless shrunk or cut. */
static void singular_is_refused(void)
{
    enum { SIZE = 10, N = 6 };
    static plaq_estimate e;
    double x[N * SIZE], c[SIZE * SIZE];
    plaq_covariance_facts facts;

    common(9, N, SIZE, x);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, SIZE, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_E_DATA, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, c, &facts));
    CHECK_MESSAGE("the covariance of 10 numbers from 6 configurations is singular");
    CHECK_STATUS(PLAQ_E_DATA, plaq_covariance(&e, &plain, &(plaq_covariance_method){PLAQ_SHRINK_GIVEN, 0, 0}, c, NULL));
    CHECK_STATUS(PLAQ_OK,
                 plaq_covariance(&e, &plain, &(plaq_covariance_method){PLAQ_SHRINK_LEDOIT_WOLF, 0, 0}, c, &facts));
    CHECK(facts.lambda > 0 && facts.lambda <= 1 && facts.condition > 1e12 && isfinite(facts.condition));
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&e, &plain, &(plaq_covariance_method){.cut = 1e-3}, c, &facts));
    CHECK(facts.cut == SIZE - (N - 1));
}

static void what_does_not_move_is_refused(void)
{
    const double x[] = {1, 7, 2, 7, 3, 7, 5, 7};
    static plaq_estimate e;
    double c[4];

    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 2, x, &e));
    test_later(later_clear, &e);
    CHECK_STATUS(PLAQ_E_DATA, plaq_covariance(&e, &plain, &(plaq_covariance_method){0}, c, NULL));
    CHECK_MESSAGE("entry 1 is 7 on all 4 configurations");
}

/* Of two ensembles: numbers of one are not correlated with those of the other. */
static void ensembles_are_not_correlated(void)
{
    enum { N = 50 };
    static plaq_estimate a, b, both;
    double x[2 * N], y[2 * N], c[16], alone[4];

    common(10, N, 2, x);
    common(11, N, 2, y);
    CHECK_STATUS(PLAQ_OK, test_primary("a", N, 2, x, &a));
    test_later(later_clear, &a);
    CHECK_STATUS(PLAQ_OK, test_primary("b", N / 2, 2, y, &b));
    test_later(later_clear, &b);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_join((const plaq_estimate *[]){&a, &b}, 2, &both));
    test_later(later_clear, &both);
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&both, &plain, &(plaq_covariance_method){0}, c, NULL));
    CHECK_STATUS(PLAQ_OK, plaq_covariance(&b, &plain, &(plaq_covariance_method){0}, alone, NULL));
    CHECK(c[2] == 0 && c[3] == 0 && c[6] == 0 && c[7] == 0);
    CHECK_CLOSE(c[11] / alone[1], 1, 1e-13);
    CHECK_CLOSE(c[15] / alone[3], 1, 1e-13);
}

static plaq_status attempt(void *given)
{
    plaq_estimate e = {0};
    double c[4];
    plaq_status status;

    PLAQ_GO(test_primary("a", 4, 2, given, &e));
    PLAQ_GO(plaq_covariance(&e, &method, &(plaq_covariance_method){PLAQ_SHRINK_LEDOIT_WOLF, 0, 0.9}, c, NULL));
done:
    plaq_estimate_clear(&e);
    return status;
}

static void failures_leak_nothing(void)
{
    double x[8];

    for (int i = 0; i < 8; i++) x[i] = small[i];
    CHECK_FAULT_SWEEP(attempt, x);
}

TEST_MAIN({"two numbers by hand", two_numbers_by_hand},
          {"shrinkage is that of Ledoit and Wolf", shrinkage_is_that_of_ledoit_and_wolf},
          {"shrinkage brings nearer", shrinkage_brings_nearer}, {"sums have their error", sums_have_their_error},
          {"errors are on the diagonal", errors_are_on_the_diagonal},
          {"eigenvalues are raised", eigenvalues_are_raised}, {"singular is refused", singular_is_refused},
          {"what does not move is refused", what_does_not_move_is_refused},
          {"ensembles are not correlated", ensembles_are_not_correlated},
          {"failures leak nothing", failures_leak_nothing})
