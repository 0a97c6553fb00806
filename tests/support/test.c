/* The test harness: test.h says what it does.
 *
 * A check compares on each rank and then asks all ranks: the case goes on where every rank is content, and ends on
 * all of them otherwise. The words of the lowest rank that is not content are printed. TAP comes from rank 0 alone.
 */
#include "test.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plaq/par.h"

enum { LATER_MAX = 4096, WORDS_MAX = 2048, CASE_SECONDS = 300 };

static struct {
    plaq_comm *comm;
    int rank, size;
    bool finished; /* main came to its end: nothing called exit() before */

    /* of the case that runs */
    const char *name;
    bool failed, skipped;
    char reason[WORDS_MAX];
    int later;
    struct {
        void (*destroy)(void *);
        void *object;
    } list[LATER_MAX];

    char scratch[1024];
} state;

const plaq_comm *test_comm(void)
{
    return state.comm;
}

/* ---- checks ---------------------------------------------------------------------------------------------- */

/* Prints the words of the lowest rank that failed, as TAP comments. */
static void report(const char *words, int from, int failed)
{
    char text[WORDS_MAX] = "";

    snprintf(text, sizeof text, "%s", words);
    if (from != 0) {
        if (state.rank == from) plaq_send_receive(state.comm, text, sizeof text, 0, NULL, 0, -1);
        if (state.rank == 0) plaq_send_receive(state.comm, NULL, 0, -1, text, sizeof text, from);
    }
    if (state.rank != 0) return;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (state.size > 1)
            printf("# rank %d: %s\n", from, line);
        else
            printf("# %s\n", line);
    }
    if (state.size > 1) printf("# on %d of %d ranks\n", failed, state.size);
}

/* One verdict of all ranks; false ends the case everywhere. Collective. */
static bool verdict(bool ok, const char *words)
{
    double lowest = ok ? -state.size : -state.rank;
    int64_t failed = !ok;

    if (state.size > 1) {
        plaq_reduce_max(state.comm, &lowest, 1);
        plaq_reduce_add(state.comm, &failed, 1);
    }
    if (failed == 0) return true;
    state.failed = true;
    report(words, (int)-lowest, (int)failed);
    return false;
}

bool test_check(bool ok, const char *file, int line, const char *format, ...)
{
    char words[WORDS_MAX] = "";

    if (!ok) {
        int n = file ? snprintf(words, sizeof words, "%s:%d: ", file, line) : 0;
        va_list args;

        va_start(args, format);
        vsnprintf(words + n, sizeof words - (size_t)n, format, args);
        va_end(args);
    }
    return verdict(ok, words);
}

bool test_close(double seen, double wanted, double tolerance, const char *file, int line, const char *what)
{
    double difference = fabs(seen - wanted), allowed = tolerance * fmax(1.0, fabs(wanted));

    return test_check(difference <= allowed, file, line, "%s is %.17g, expected %.17g within %.3g: off by %.3g", what,
                      seen, wanted, allowed, difference);
}

bool test_same(double seen, double wanted, const char *file, int line, const char *what)
{
    return test_check(memcmp(&seen, &wanted, sizeof seen) == 0, file, line,
                      "%s is %.17g (%a), expected the same bits as %.17g (%a)", what, seen, seen, wanted, wanted);
}

double test_difference(const double seen[], const double wanted[], size_t n)
{
    double worst = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs(seen[i] - wanted[i]) / fmax(1, fabs(wanted[i]));

        if (!(d <= worst)) worst = d;
    }
    return worst;
}

double test_sum(const double values[], int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++) sum += values[i];
    return sum;
}

bool test_status(plaq_status wanted, plaq_status seen, const char *file, int line, const char *what)
{
    return test_check(seen == wanted, file, line, "%s: status %s, expected %s%s%s", what, plaq_status_word(seen),
                      plaq_status_word(wanted), seen ? "\nmessage: " : "", seen ? plaq_message() : "");
}

bool test_message(const char *words, const char *file, int line)
{
    return test_check(strstr(plaq_message(), words) != NULL, file, line, "message \"%s\", expected \"%s\" in it",
                      plaq_message(), words);
}

void test_skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(state.reason, sizeof state.reason, format, args);
    va_end(args);
    state.skipped = true;
}

/* ---- what a case leaves behind ------------------------------------------------------------------------------ */

void test_later(void (*destroy)(void *), void *object)
{
    if (!object) return;
    if (state.later == LATER_MAX) {
        fprintf(stderr, "test case %s: more than %d objects to destroy\n", state.name, LATER_MAX);
        abort();
    }
    state.list[state.later].destroy = destroy;
    state.list[state.later++].object = object;
}

/* Last made, first destroyed: fields go before their lattice. */
static void destroy_all(void)
{
    while (state.later > 0) {
        state.later--;
        state.list[state.later].destroy(state.list[state.later].object);
    }
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

const char *test_scratch(void)
{
    if (!state.scratch[0]) {
        const char *folder = getenv("TMPDIR");

        if (state.rank == 0) {
            snprintf(state.scratch, sizeof state.scratch, "%s/plaq-test-XXXXXX", folder ? folder : "/tmp");
            if (!mkdtemp(state.scratch)) {
                fprintf(stderr, "cannot make %s: %s\n", state.scratch, strerror(errno));
                abort();
            }
        }
        plaq_broadcast(state.comm, state.scratch, sizeof state.scratch);
    }
    return state.scratch;
}

const char *test_data(const char *name)
{
    static char ring[16][4096]; /* several paths may be in use at once */
    static int next;
    const char *folder = getenv("PLAQ_TEST_DATA");
    char *path = ring[next++ % 16];

    if (!folder) folder = "../shared/data";
    if (!plaq_path_exists(folder)) return NULL;
    snprintf(path, sizeof ring[0], "%s/%s", folder, name);
    return path;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

/* A rank that waits for ever would hold the others: end the whole program. */
static void too_long(int signal)
{
    static const char words[] = "# a test case takes too long: stopped\n";

    (void)signal;
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0) _exit(71);
    _exit(70);
}

/* A rank that calls exit(0) in the middle must not look like success. */
static void left_early(void)
{
    if (state.finished) return;
    fprintf(stderr, "test case %s: rank %d called exit()\n", state.name ? state.name : "none", state.rank);
    _exit(70);
}

/* Runs a case and says whether it passed. Collective. */
static bool run_case(const test_case *c)
{
    size_t before = plaq_alloc_blocks();

    state.name = c->name;
    state.failed = state.skipped = false;
    alarm(CASE_SECONDS);
    c->run();
    destroy_all();
    alarm(0);
    if (!state.failed) {
        size_t after = plaq_alloc_blocks();

        test_check(after == before, NULL, 0, "%zu blocks allocated after the case, %zu before", after, before);
    }
    return !state.failed;
}

/* Whether a case is asked for on the command line: by number, or by a part of its name. */
static bool is_wanted(const test_case *c, int number, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *end;
        long n = strtol(argv[i], &end, 10);

        if (*end == '\0' ? n == number : strstr(c->name, argv[i]) != NULL) return true;
    }
    return argc <= 1;
}

static int run_all(int argc, char **argv, const test_case *cases, int n)
{
    int wanted = 0, failed = 0, number = 0;

    for (int i = 0; i < n; i++) wanted += is_wanted(&cases[i], i + 1, argc, argv);
    if (state.rank == 0) printf("1..%d\n", wanted);
    for (int i = 0; i < n; i++) {
        bool ok;

        if (!is_wanted(&cases[i], i + 1, argc, argv)) continue;
        ok = run_case(&cases[i]);
        failed += !ok;
        if (state.rank == 0)
            printf("%s %d - %s%s%s\n", ok ? "ok" : "not ok", ++number, cases[i].name,
                   ok && state.skipped ? " # SKIP " : "", ok && state.skipped ? state.reason : "");
    }
    return failed;
}

int test_main(int argc, char **argv, const test_case *cases, int n)
{
    int failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    atexit(left_early);
    signal(SIGALRM, too_long);
    if (plaq_par_start(&argc, &argv, &state.comm) != PLAQ_OK) {
        fprintf(stderr, "cannot start: %s\n", plaq_message());
        return 70;
    }
    state.rank = plaq_comm_rank(state.comm);
    state.size = plaq_comm_size(state.comm);
    plaq_log_set(getenv("PLAQ_TEST_LOG") ? PLAQ_LOG_DEBUG : PLAQ_LOG_ERROR, state.rank);

    failed = run_all(argc, argv, cases, n);

    plaq_barrier(state.comm);
    if (state.rank == 0 && state.scratch[0]) nftw(state.scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    plaq_par_stop(&state.comm);
    if (plaq_alloc_blocks() != 0) {
        fprintf(stderr, "# rank %d: %zu blocks still allocated at the end\n", state.rank, plaq_alloc_blocks());
        failed++;
    }
    state.finished = true;
    return failed != 0;
}
