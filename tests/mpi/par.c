/* Ranks: agreement, reductions, exact sums. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

static int rank(void)
{
    return plaq_comm_rank(test_comm());
}

static int size(void)
{
    return plaq_comm_size(test_comm());
}

static void all_agree_on_the_first_failure(void)
{
    char words[64];
    int last = size() - 1;

    CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), PLAQ_OK));
    plaq_status status = rank() == last ? plaq_fail(PLAQ_E_DATA, "page %d is missing", 17) : PLAQ_OK;
    status = plaq_agree(test_comm(), status);
    snprintf(words, sizeof words, last ? "rank %d: page 17 is missing" : "page 17 is missing", last);
    CHECK(status == PLAQ_E_DATA);
    CHECK(strcmp(plaq_message(), words) == 0);
    status = plaq_agree(test_comm(), plaq_fail(rank() == 0 ? PLAQ_E_IO : PLAQ_E_MEMORY, "mine"));
    CHECK(status == PLAQ_E_IO);
    CHECK(strcmp(plaq_message(), "mine") == 0);
}

static void reductions(void)
{
    double v[2] = {rank() == size() - 1 ? NAN : 1.0, rank()};
    uint32_t x[2] = {1u << rank(), 0xffffffffu}, add = 0;

    plaq_reduce_max(test_comm(), v, 2);
    CHECK(isnan(v[0]));
    CHECK(v[1] == size() - 1);
    plaq_reduce_xor(test_comm(), x, 1);
    CHECK(x[0] == (1u << size()) - 1);
    plaq_reduce_add32(test_comm(), &x[1], 1);
    add = (uint32_t)-size();
    CHECK(x[1] == add);
    CHECK(plaq_any(test_comm(), rank() == size() - 1));
    CHECK(!plaq_any(test_comm(), false));
}

static void texts_travel(void)
{
    char *text = rank() == 0 ? plaq_strdup("four winds") : NULL;
    plaq_status status = plaq_broadcast_text(test_comm(), &text);
    bool same = status == PLAQ_OK && strcmp(text, "four winds") == 0;

    plaq_free(text);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(same);
}

/* terms of very different size in another order on each number of ranks, against 80-bit arithmetic */
static void sums_do_not_depend_on_the_order(void)
{
    enum { N = 4096 };
    plaq_sum forward = {0}, backward = {0}, spread = {0};
    long double exact = 0;

    for (int i = 0; i < N; i++) {
        double u[4];

        plaq_random(5, PLAQ_RANDOM_TEST, 0, (uint64_t)i, 0, u);
        double term = ldexp(u[0] - 0.5, (int)(60 * u[1]) - 30);

        exact += term;
        plaq_sum_add(&forward, term);
        if (i % size() == rank()) plaq_sum_add(&spread, term);
    }
    for (int i = N - 1; i >= 0; i--) {
        double u[4];

        plaq_random(5, PLAQ_RANDOM_TEST, 0, (uint64_t)i, 0, u);
        plaq_sum_add(&backward, ldexp(u[0] - 0.5, (int)(60 * u[1]) - 30));
    }
    plaq_sum_reduce(test_comm(), &spread, 1);
    CHECK_SAME(plaq_sum_value(&backward), plaq_sum_value(&forward));
    CHECK_SAME(plaq_sum_value(&spread), plaq_sum_value(&forward));
    CHECK_CLOSE(plaq_sum_value(&forward) / (double)exact, 1, 1e-15);
}

static void sums_cancel_exactly(void)
{
    plaq_sum sum = {0};

    plaq_sum_add(&sum, 0x1p39);
    plaq_sum_add(&sum, 0x1p-70);
    plaq_sum_add(&sum, -0x1p39);
    CHECK_SAME(plaq_sum_value(&sum), 0x1p-70);
    plaq_sum_add(&sum, -0x1p-69);
    CHECK_SAME(plaq_sum_value(&sum), -0x1p-70);
}

static void what_is_not_a_number_stays_visible(void)
{
    const double bad[] = {NAN, INFINITY, 0x1p40, -0x1p41};

    for (int i = 0; i < 4; i++) {
        plaq_sum sum = {0};

        if (rank() == size() - 1) plaq_sum_add(&sum, bad[i]);
        plaq_sum_add(&sum, 1);
        plaq_sum_reduce(test_comm(), &sum, 1);
        CHECK(isnan(plaq_sum_value(&sum)));
    }
}

static void a_bank_of_sums_is_the_same_sum(void)
{
    enum { N = 37, TIMES = 300 };
    plaq_bank *bank = NULL;
    plaq_sum one[N] = {{0}};
    double terms[N];
    bool same = true;

    CHECK_STATUS(PLAQ_OK, plaq_bank_create(N, &bank));
    for (int t = 0; t < TIMES; t++) {
        for (int i = 0; i < N; i++) {
            double u[4];

            plaq_random(6, PLAQ_RANDOM_TEST, (uint64_t)t, (uint64_t)i, 0, u);
            terms[i] = i == 5 && t == 7 ? NAN : ldexp(u[0] - 0.5, (int)(40 * u[1]) - 20);
            plaq_sum_add(&one[i], terms[i]);
        }
        plaq_bank_add(bank, 0, terms, N);
    }
    for (int i = 0; i < N; i++) {
        plaq_sum sum = {0};

        plaq_bank_take(bank, i, &sum);
        same &= memcmp(&sum, &one[i], sizeof sum) == 0;
    }
    plaq_bank_destroy(&bank);
    CHECK(same);
}

/* Bytes that say from which rank, in which message and which turn they are. */
static unsigned char mark(int rank, int i, int turn)
{
    return (unsigned char)(31 * rank + 7 * i + 3 * turn + 1);
}

static bool is_all(const unsigned char *bytes, size_t n, unsigned char c)
{
    for (size_t k = 0; k < n; k++)
        if (bytes[k] != c) return false;
    return true;
}

/* Round the ring in both directions, empty messages and odd lengths too; ranks dawdle in turns, so that a fast one
 * would write over what a slow one still reads. */
static void messages_come_again_and_again(void)
{
    enum { N = 6, TURNS = 200 };
    const size_t bytes[N] = {1, 0, 40000, 17, 64, 300000};
    const int n = plaq_comm_size(test_comm()), rank = plaq_comm_rank(test_comm());
    const int ahead = (rank + 1) % n, behind = (rank + n - 1) % n;
    const int to[N] = {ahead, behind, ahead, behind, behind, ahead},
              from[N] = {behind, ahead, behind, ahead, ahead, behind};
    plaq_transport *t = NULL;
    int wrong = 0;

    if (n == 1) return; /* there is nobody to write to */
    CHECK_STATUS(PLAQ_OK, plaq_transport_create(test_comm(), N, to, from, bytes, &t));
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < N; i++) memset(plaq_transport_out(t, i), mark(rank, i, turn), bytes[i]);
        if (turn % n == rank && turn % 8 == 0) usleep(500);
        plaq_transport_start(t);
        if ((turn + 1) % n == rank && turn % 8 == 0) usleep(500);
        plaq_transport_finish(t);
        if ((turn + 2) % n == rank && turn % 8 == 0) usleep(500);
        for (int i = 0; i < N; i++) wrong += !is_all(plaq_transport_in(t, i), bytes[i], mark(from[i], i, turn));
    }
    plaq_transport_destroy(&t);
    CHECK(wrong == 0);
    CHECK_STATUS(n == 2 ? PLAQ_OK : PLAQ_E_USAGE, plaq_transport_create(test_comm(), 1, &ahead, &behind, bytes, &t));
    if (n > 2) CHECK_MESSAGE("does not write back");
    plaq_transport_destroy(&t);
}

static void who_types_control_c_twice_means_it(void)
{
    int end = 0;
    pid_t child = fork();

    if (child == 0) {
        plaq_stop_catch();
        raise(SIGINT);
        raise(SIGINT);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &end, 0) == child);
    CHECK(WIFSIGNALED(end) && WTERMSIG(end) == SIGINT);
}

static void teams_are_of_equal_size_and_of_neighbours(void)
{
    for (int teams = 1; teams <= size(); teams++) {
        plaq_comm *team = NULL;
        int64_t sum = rank(), each = size() / teams, first = rank() / each * each;

        if (size() % teams) {
            CHECK_STATUS(PLAQ_E_USAGE, plaq_comm_split(test_comm(), teams, &team));
            continue;
        }
        CHECK_STATUS(PLAQ_OK, plaq_comm_split(test_comm(), teams, &team));
        plaq_reduce_add(team, &sum, 1);
        bool right = plaq_comm_size(team) == each && plaq_comm_rank(team) == rank() - first &&
                     sum == each * first + each * (each - 1) / 2;
        plaq_comm_free(&team);
        CHECK(right);
    }
}

/* On one rank alone; the others see it all the same. */
static void the_end_of_a_job_is_a_request_to_stop(void)
{
    plaq_stop_at(rank() == size() - 1 ? plaq_now() - 1 : INFINITY);
    plaq_status late = plaq_stop_check(test_comm());
    plaq_stop_at(INFINITY);
    CHECK_STATUS(PLAQ_E_STOPPED, late);
    CHECK_STATUS(PLAQ_OK, plaq_stop_check(test_comm()));
}

/* The last case: the request is not forgotten. */
static void a_request_to_stop_reaches_all(void)
{
    plaq_stop_catch();
    CHECK_STATUS(PLAQ_OK, plaq_stop_check(test_comm()));
    if (rank() == size() - 1) raise(SIGUSR1);
    CHECK_STATUS(PLAQ_E_STOPPED, plaq_stop_check(test_comm()));
    CHECK_MESSAGE("stopped on request");
    CHECK_STATUS(PLAQ_E_STOPPED, plaq_stop_check(test_comm()));
}

TEST_MAIN({"all agree on the first failure", all_agree_on_the_first_failure}, {"reductions", reductions},
          {"texts travel", texts_travel}, {"sums do not depend on the order", sums_do_not_depend_on_the_order},
          {"sums cancel exactly", sums_cancel_exactly},
          {"what is not a number stays visible", what_is_not_a_number_stays_visible},
          {"a bank of sums is the same sum", a_bank_of_sums_is_the_same_sum},
          {"who types ^C twice means it", who_types_control_c_twice_means_it},
          {"teams are of equal size and of neighbours", teams_are_of_equal_size_and_of_neighbours},
          {"the end of a job is a request to stop", the_end_of_a_job_is_a_request_to_stop},
          {"a request to stop reaches all", a_request_to_stop_reaches_all},
          {"messages come again and again", messages_come_again_and_again})
