/* The draws of the heat bath in SU(2) against their exact moments, with both ways to draw and at their border. */
#include <math.h>

#include "kernel/su2.h"
#include "support/test.h"

/* modified Bessel function I_n by its series */
static double bessel(int n, double x)
{
    double term = pow(x / 2, n), sum = 0;

    for (int k = 1; k <= n; k++) term /= k;
    for (int k = 1; k < 200; k++) {
        sum += term;
        term *= x * x / 4 / (k * (double)(k + n));
    }
    return sum;
}

/* Weight sqrt(1 - a0^2) exp(alpha a0): <a0> = I_2/I_1, <a0^2> = 1 - 3 I_2/(alpha I_1). */
static void first_component_has_its_moments(void)
{
    static const double alphas[] = {0.01, 0.5, 1.99, 2.01, 4, 25};
    enum { DRAWS = 100000 };

    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const double alpha = alphas[i], ratio = bessel(2, alpha) / bessel(1, alpha);
        const double square = 1 - 3 * ratio / alpha, sigma = sqrt((square - ratio * ratio) / DRAWS);
        double mean = 0, mean_square = 0, a[4];

        for (int n = 0; n < DRAWS; n++) {
            const su2_key key = {31, 7, (uint64_t)n, (uint64_t)i << 32};

            plaq_su2_draw(alpha, &key, a);
            mean += a[0] / DRAWS;
            mean_square += a[0] * a[0] / DRAWS;
        }
        CHECK_CLOSE(mean, ratio, 4 * sigma);
        CHECK_CLOSE(mean_square, square, 8 * sigma); /* |d a0^2| <= 2 |d a0| */
    }
}

/* The other three: of length one together with a0, and of no preferred direction. */
static void direction_is_uniform(void)
{
    enum { DRAWS = 100000 };
    double mean[3] = {0}, product[3] = {0}, square[3] = {0}, a[4];

    for (int n = 0; n < DRAWS; n++) {
        const su2_key key = {32, 7, (uint64_t)n, 0};

        plaq_su2_draw(0, &key, a);
        CHECK(fabs(a[0] * a[0] + a[1] * a[1] + a[2] * a[2] + a[3] * a[3] - 1) < 1e-14);
        for (int i = 0; i < 3; i++) {
            mean[i] += a[1 + i] / DRAWS;
            square[i] += a[1 + i] * a[1 + i] / DRAWS;
            product[i] += a[1 + i] * a[1 + (i + 1) % 3] / DRAWS;
        }
    }
    for (int i = 0; i < 3; i++) { /* on the sphere in four dimensions: <a^2> = 1/4, <a^4> = 1/8, <a^2 b^2> = 1/24 */
        CHECK_CLOSE(mean[i], 0, 4 * sqrt(0.25 / DRAWS));
        CHECK_CLOSE(square[i], 0.25, 4 * sqrt((1.0 / 8 - 1.0 / 16) / DRAWS));
        CHECK_CLOSE(product[i], 0, 4 * sqrt(1.0 / 24 / DRAWS));
    }
}

static void draws_depend_on_every_part_of_the_key(void)
{
    const su2_key key = {1, 2, 3, 4ull << 32};
    const su2_key others[] = {{2, 2, 3, 4ull << 32},
                              {1, 3, 3, 4ull << 32},
                              {1, 2, 4, 4ull << 32},
                              {1, 2, 3, 5ull << 32}};
    double a[4], b[4];

    plaq_su2_draw(3, &key, a);
    plaq_su2_draw(3, &key, b);
    for (int i = 0; i < 4; i++) CHECK_SAME(b[i], a[i]);
    for (int k = 0; k < 4; k++) {
        plaq_su2_draw(3, &others[k], b);
        for (int i = 0; i < 4; i++) CHECK(b[i] != a[i]);
    }
}

TEST_MAIN({"first component has its moments", first_component_has_its_moments},
          {"direction is uniform", direction_is_uniform},
          {"draws depend on every part of the key", draws_depend_on_every_part_of_the_key})
