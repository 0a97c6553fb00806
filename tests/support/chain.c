#include "support/chain.h"

#include <math.h>
#include <stdio.h>

plaq_chains *test_chain(const char *ensemble, const char *replica, size_t n, int64_t first, int64_t step)
{
    plaq_chain c = {.count = n};
    plaq_chains *chains = NULL;

    snprintf(c.ensemble, sizeof c.ensemble, "%s", ensemble);
    snprintf(c.replica, sizeof c.replica, "%s", replica);
    c.config = plaq_alloc(n, sizeof *c.config);
    if (!c.config) return NULL;
    for (size_t i = 0; i < n; i++) c.config[i] = first + (int64_t)i * step;
    if (plaq_chains_create(&c, 1, &chains) != PLAQ_OK) chains = NULL;
    plaq_free(c.config);
    return chains;
}

plaq_status test_primary(const char *ensemble, size_t n, size_t size, const double samples[], plaq_estimate *out)
{
    plaq_chains *chains = test_chain(ensemble, "", n, 1, 1);
    plaq_status status;

    if (!chains) return PLAQ_E_MEMORY;
    status = plaq_estimate_primary(chains, size, samples, out);
    plaq_chains_release(&chains);
    return status;
}

void test_ar1(uint64_t seed, uint64_t stream, double tau, size_t n, double x[], size_t stride)
{
    const double a = (2 * tau - 1) / (2 * tau + 1), b = sqrt(1 - a * a);
    double noise[4], now = 0;

    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0) plaq_random_normal(seed, PLAQ_RANDOM_TEST, stream, i / 4, 0, noise);
        now = i == 0 ? noise[0] : a * now + b * noise[i % 4];
        x[i * stride] = now;
    }
}
