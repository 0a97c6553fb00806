/* Benchmarks that are more than a kernel called again and again. */
#ifndef PLAQ_CLI_BENCH_H
#define PLAQ_CLI_BENCH_H

#include "plaq/lattice.h"

/** Solvers on a quenched field: a propagator, and one column of it. @p peak: flops a second in single precision, @p
 * bandwidth: bytes a second, of all ranks. Collective. */
PLAQ_MUST_USE plaq_status plaq_bench_solve(plaq_lattice *lattice, double peak, double bandwidth, bool json);

/** Bytes a second of all ranks when each reads @p bytes again and again: the median of several runs. Collective. */
PLAQ_MUST_USE plaq_status plaq_bench_bandwidth(const plaq_comm *comm, double bytes, double *rate);

#endif
