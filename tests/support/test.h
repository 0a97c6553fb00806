/** @file
 * The test harness: TAP on stdout, collective. A check that fails on one rank fails the case on all of them and the
 * next case runs; the plan line comes first, so a program that stops early fails; a case that leaves memory
 * allocated fails. A test program:
 *
 *     static void plaquette_of_the_free_field_is_one(void) { ... CHECK_CLOSE(p, 1.0, 1e-15); ... }
 *     TEST_MAIN({"plaquette of the free field is one", plaquette_of_the_free_field_is_one}, ...)
 *
 * On the command line: numbers of cases, or parts of their names; all where there are none. PLAQ_TEST_LOG=1 shows the
 * library's log.
 */
#ifndef PLAQ_TEST_H
#define PLAQ_TEST_H

#include "plaq/io.h"
#include "plaq/observable.h"

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

int test_main(int argc, char **argv, const test_case cases[], int n);

#define TEST_MAIN(...)                                                            \
    int main(int argc, char **argv)                                               \
    {                                                                             \
        static const test_case cases[] = {__VA_ARGS__};                           \
        return test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases)); \
    }

/** All ranks; its rank and size are what the program was started with. */
const plaq_comm *test_comm(void);

/* Every check is Collective: all ranks must come to it. They return from the case function where it fails. */
#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!test_check((condition), __FILE__, __LINE__, "%s", #condition)) return; \
    } while (0)

/** |seen - wanted| <= tolerance * max(1, |wanted|); the failure prints all three. */
#define CHECK_CLOSE(seen, wanted, tolerance)                                               \
    do {                                                                                   \
        if (!test_close((seen), (wanted), (tolerance), __FILE__, __LINE__, #seen)) return; \
    } while (0)

/** Bit for bit the same double. */
#define CHECK_SAME(seen, wanted)                                             \
    do {                                                                     \
        if (!test_same((seen), (wanted), __FILE__, __LINE__, #seen)) return; \
    } while (0)

/** The status a call is to end with; anything else prints the message. */
#define CHECK_STATUS(wanted, call)                                             \
    do {                                                                       \
        if (!test_status((wanted), (call), __FILE__, __LINE__, #call)) return; \
    } while (0)

/** The last message holds @p words. */
#define CHECK_MESSAGE(words)                                    \
    do {                                                        \
        if (!test_message((words), __FILE__, __LINE__)) return; \
    } while (0)

/** Ends the case as skipped, with a word why. */
#define SKIP(...)               \
    do {                        \
        test_skip(__VA_ARGS__); \
        return;                 \
    } while (0)

bool test_check(bool ok, const char *file, int line, const char *format, ...) PLAQ_PRINTF(4, 5);
bool test_close(double seen, double wanted, double tolerance, const char *file, int line, const char *what);
bool test_same(double seen, double wanted, const char *file, int line, const char *what);
bool test_status(plaq_status wanted, plaq_status seen, const char *file, int line, const char *what);
bool test_message(const char *words, const char *file, int line);
void test_skip(const char *format, ...) PLAQ_PRINTF(1, 2);

/**
 * Hands an object over to the harness, once it is made: it is destroyed after the case, also where a check made the
 * case return early, last registered first. The case must not destroy it itself. Nothing happens for NULL.
 */
void test_later(void (*destroy)(void *), void *object);
void test_later_gauge(plaq_gauge **u);
void test_later_lattice(plaq_lattice **lattice);
void test_later_field(plaq_field **field);
void test_later_columns(plaq_columns **f);
void test_later_config(plaq_config **config);

/** A lattice of extents @p dims over all ranks (lanes: 0 full, 1 one), destroyed after the case. NULL with the case
 * failed where it cannot be made. */
plaq_lattice *test_lattice(const int dims[4], int lanes);

/** The lanes of lattices that leave them open: PLAQ_TEST_LANES, 1 or 0 (all, as where it is not set). */
int test_lanes(void);

/** The same over a given process grid; NULL for @p grid: the default one. */
plaq_lattice *test_lattice_on(const int dims[4], const int grid[4], int lanes);

/** The next way to put all ranks into a grid over these extents, from @p grid = {0, 1, 1, 1} on; false after the last.
 */
bool test_next_grid(const int dims[4], int grid[4]);

/** A field of random links on it, destroyed after the case, the same links on any number of ranks. */
plaq_gauge *test_random_gauge(plaq_lattice *lattice, plaq_prec prec, uint64_t seed);

/** The links of a file, on the default grid, destroyed after the case. @p dims: its extents; @p raw as in
 * plaq_config_open_raw(). Collective. */
plaq_status test_load(const char *path, const int dims[4], const char *raw, plaq_gauge **u);

/** Makes the time links of the last slice zero: open boundaries. */
void test_open_time(plaq_gauge *u);

/**
 * Measures with default parameters, those that must be given as small as they may be. As in a campaign, what only one
 * rank may fail in is agreed upon. The caller owns @p *arrays (plaq_array_clear each, plaq_free). Collective.
 */
plaq_status test_measure(const plaq_observable *observable, plaq_gauge *u, plaq_array **arrays, int *count);

/**
 * Diagonal links of constant flux: colour a sees xy[a] quanta 2 pi through every xy plane, zt[a] through every zt
 * plane, each of them summing to zero. The charge of the continuum is sum_a xy[a] zt[a]; one of +-1 has (1, -1, 0) and
 * +-(1, 0, -1). G. 't Hooft, Commun. Math. Phys. 81 (1981) 267.
 */
void test_set_flux(plaq_gauge *u, const int xy[3], const int zt[3]);

/**
 * Fault sweep: runs the attempt with its n-th fault point failing on the first and on the last rank, n = 1, 2, ...
 * until none fails. Each time all ranks must come to the same status, not PLAQ_OK, and nothing may stay allocated.
 * The attempt cleans up after itself. False ends the case. Collective.
 *
 * @param[out] faults  how many failed: zero would mean that nothing was tested
 */
bool test_fault_sweep(plaq_status (*attempt)(void *), void *given, long *faults);

#define CHECK_FAULT_SWEEP(attempt, given)                            \
    do {                                                             \
        long faults_;                                                \
        if (!test_fault_sweep((attempt), (given), &faults_)) return; \
        CHECK(faults_ > 0);                                          \
    } while (0)

/** Path of a file of the shared test data ("milc/lat.sample.l8888"), or NULL where the folder is absent.
 * The folder: environment PLAQ_TEST_DATA, else ../shared/data. */
const char *test_data(const char *name);

/** The largest difference of n numbers, each relative to max(1, |wanted|); NaN where one is not a number. */
double test_difference(const double seen[], const double wanted[], size_t n);

double test_sum(const double values[], int n);

/** A folder for this program's files, made anew, removed at the end; the same on all ranks. */
const char *test_scratch(void);

/** The path of a file in it. */
void test_scratch_path(char path[4096], const char *name);

/** Writes bytes to a file from one rank, for all to see. Collective. */
bool test_put_file(const char *path, const char *bytes, size_t n);

#endif
