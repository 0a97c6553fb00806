/* Heat bath in SU(2): a0 with weight sqrt(1 - a0^2) exp(alpha a0), the direction of a uniform.
 *
 * In double and compiled once, whatever the precision and the lanes of the links: equal input gives equal bits.
 * Of the two ways to draw a0, Kennedy-Pendleton accepts nearly always where alpha is large and Creutz where it is
 * small.
 */
#include "kernel/su2.h"

#include <math.h>

/* A. D. Kennedy, B. J. Pendleton, Phys. Lett. B 156 (1985) 393: 1 - a0 from a Gaussian in three dimensions. */
static bool try_strong(double alpha, const double u[4], double *a0)
{
    const double c = cos(2 * M_PI * u[1]);
    const double x = -(log(u[0]) + c * c * log(u[2])) / alpha;

    *a0 = 1 - x;
    return u[3] * u[3] <= 1 - 0.5 * x;
}

/* M. Creutz, Phys. Rev. D 21 (1980) 2308: the exponential inverted, the square root by rejection. */
static bool try_weak(double alpha, const double u[4], double *a0)
{
    *a0 = 1 + log1p(u[0] * expm1(-2 * alpha)) / alpha;
    return u[1] * u[1] <= 1 - *a0 * *a0;
}

void plaq_su2_draw(double alpha, const su2_key *key, double a[4])
{
    const double strong = 2, least = 1e-30; /* alpha = 0 is the limit, and would divide by zero */
    bool done = false;
    double u[4];

    if (!(alpha > least)) alpha = least;
    for (uint64_t trial = 1; !done; trial++) {
        plaq_random(key->seed, PLAQ_RANDOM_HEAT_BATH, key->sweep, key->site, key->draw + trial, u);
        done = alpha > strong ? try_strong(alpha, u, &a[0]) : try_weak(alpha, u, &a[0]);
    }
    plaq_random(key->seed, PLAQ_RANDOM_HEAT_BATH, key->sweep, key->site, key->draw, u);

    const double length = sqrt(1 - a[0] * a[0]), z = 2 * u[0] - 1, rho = length * sqrt(1 - z * z);

    a[1] = rho * cos(2 * M_PI * u[1]);
    a[2] = rho * sin(2 * M_PI * u[1]);
    a[3] = length * z;
}
