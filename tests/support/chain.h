/** @file
 * Chains of numbers with known statistics. Local.
 */
#ifndef PLAQ_TEST_CHAIN_H
#define PLAQ_TEST_CHAIN_H

#include "plaq/analysis.h"

/** Configurations first, first + step, ... of one chain; the caller's to release. NULL with the message set where
 * there is no memory. */
plaq_chains *test_chain(const char *ensemble, const char *replica, size_t n, int64_t first, int64_t step);

/** The estimate of samples[n][size] on configurations 1 .. n of an ensemble. */
PLAQ_MUST_USE plaq_status test_primary(const char *ensemble, size_t n, size_t size, const double samples[],
                                       plaq_estimate *out);

/**
 * A stationary chain of mean 0 and variance 1 whose tau_int = 1/2 + sum rho is known:
 *
 *     x(i + 1) = a x(i) + sqrt(1 - a^2) noise,    rho(t) = a^t,    tau_int = (1 + a)/(2 (1 - a))
 *
 * The same numbers for the same @p seed and @p stream. Into every @p stride-th of @p x.
 */
void test_ar1(uint64_t seed, uint64_t stream, double tau, size_t n, double x[], size_t stride);

#endif
