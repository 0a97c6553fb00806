/* Claims of two jobs in one process, which their locks take for two: who gets one, what becomes of those of the dead,
 * of other hosts and of jobs that slept too long; the fault sweep; and the time that a job is given. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"
#include "support/test.h"

static char output[4096], result[4200], claims[4200];

static void choose_output(const char *name)
{
    snprintf(output, sizeof output, "%s/%s", test_scratch(), name);
    snprintf(result, sizeof result, "%s/n7.ildg.h5", output);
    snprintf(claims, sizeof claims, "%s/claims", output);
}

static void close_ticket(void *ticket)
{
    run_ticket *t = ticket;

    run_ticket_close(&t);
}

static plaq_status open_ticket(const char *work, double lease, run_ticket **t)
{
    return run_ticket_open(output, work, 0, lease, t);
}

static void one_has_it_and_then_the_other(void)
{
    run_ticket *a = NULL, *b = NULL;
    run_claim claim;

    choose_output("two");
    CHECK_STATUS(PLAQ_OK, open_ticket("same", 120, &a));
    test_later(close_ticket, a);
    CHECK_STATUS(PLAQ_OK, open_ticket("same", 120, &b));
    test_later(close_ticket, b);

    CHECK_STATUS(PLAQ_OK, run_claim_take(a, result, &claim));
    CHECK(claim.state == RUN_CLAIM_OURS && !claim.taken_over && run_claim_is_held(a) && !run_claim_is_held(b));
    CHECK_STATUS(PLAQ_OK, run_claim_take(b, result, &claim));
    CHECK(claim.state == RUN_CLAIM_THEIRS && claim.same_work && claim.holder.process == (long)getpid());
    run_claim_leave(a);
    CHECK_STATUS(PLAQ_OK, run_claim_take(b, result, &claim));
    CHECK(claim.state == RUN_CLAIM_OURS && !claim.taken_over && !run_claim_is_held(a) && run_claim_is_held(b));
}

static void who_measures_something_else_is_told_apart(void)
{
    run_ticket *a = NULL, *b = NULL;
    run_claim claim;

    choose_output("else");
    CHECK_STATUS(PLAQ_OK, open_ticket("this", 120, &a));
    test_later(close_ticket, a);
    CHECK_STATUS(PLAQ_OK, open_ticket("that", 120, &b));
    test_later(close_ticket, b);
    CHECK_STATUS(PLAQ_OK, run_claim_take(a, result, &claim));
    CHECK_STATUS(PLAQ_OK, run_claim_take(b, result, &claim));
    CHECK(claim.state == RUN_CLAIM_THEIRS && !claim.same_work);
}

static void the_last_one_leaves_nothing(void)
{
    run_ticket *a = NULL, *b = NULL;
    run_claim claim;

    choose_output("last");
    CHECK_STATUS(PLAQ_OK, open_ticket("same", 120, &a));
    CHECK_STATUS(PLAQ_OK, open_ticket("same", 120, &b));
    plaq_status status = run_claim_take(a, result, &claim);
    run_ticket_close(&a);
    bool there = plaq_path_exists(claims);
    run_ticket_close(&b);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(there && !plaq_path_exists(claims));
}

/* A claim as another program left it. */
static bool write_claim(const char *boot, double lease, time_t touched)
{
    struct timespec times[2] = {{.tv_sec = touched}, {.tv_sec = touched}};
    char path[4300];
    struct stat s;
    FILE *file;

    if (plaq_path_make_folder(claims) != PLAQ_OK || stat(claims, &s) != 0) return false;
    snprintf(path, sizeof path, "%s/n7.ildg", claims);
    file = fopen(path, "w");
    if (!file) return false;
    fprintf(file, "host h\nboot %s\ndevice %llu\nprocess 1\njob 5_6\nteam 3\nwork w\nlease %g\nsince then\n", boot,
            (unsigned long long)s.st_dev, lease);
    fclose(file);
    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

static bool read_boot(char boot[64])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    bool got = file && fgets(boot, 64, file);

    if (file) fclose(file);
    boot[strcspn(boot, "\n")] = '\0';
    return got;
}

static void a_dead_job_of_this_kernel_has_nothing(void)
{
    run_ticket *t = NULL;
    run_claim claim;
    char boot[64];

    choose_output("dead");
    CHECK_STATUS(PLAQ_OK, open_ticket("w", 120, &t));
    test_later(close_ticket, t);
    CHECK(read_boot(boot) && write_claim(boot, 120, time(NULL)));
    CHECK_STATUS(PLAQ_OK, run_claim_take(t, result, &claim));
    CHECK(claim.state == RUN_CLAIM_OURS && claim.taken_over);
    CHECK(strcmp(claim.holder.job, "5_6") == 0 && claim.holder.team == 3);
}

/* An old one may be of a job whose server's clock has jumped: it is watched for two beats, an eighth of the lease each.
 */
static void another_host_has_its_lease(void)
{
    const struct timespec tenth = {.tv_nsec = 100000000};
    run_ticket *t = NULL;
    run_claim claim;
    double start;

    choose_output("host");
    CHECK_STATUS(PLAQ_OK, open_ticket("w", 1, &t));
    test_later(close_ticket, t);
    CHECK(write_claim("elsewhere", 1, time(NULL) - 3600));
    start = plaq_now();
    do {
        CHECK_STATUS(PLAQ_OK, run_claim_take(t, result, &claim));
        if (claim.state == RUN_CLAIM_UNSURE) nanosleep(&tenth, NULL);
    } while (claim.state == RUN_CLAIM_UNSURE && plaq_now() - start < 30);
    CHECK(claim.state == RUN_CLAIM_OURS && claim.taken_over);
    CHECK(plaq_now() - start >= 0.25);

    /* one that is touched is somebody's, though its clock is an hour behind */
    run_claim_leave(t);
    CHECK(write_claim("elsewhere", 40, time(NULL) - 3600));
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(PLAQ_OK, run_claim_take(t, result, &claim));
        nanosleep(&tenth, NULL);
        CHECK(claim.state == RUN_CLAIM_THEIRS || (i == 0 && claim.state == RUN_CLAIM_UNSURE));
        CHECK(write_claim("elsewhere", 40, time(NULL) - 3600 + i + 1));
    }
}

static void who_slept_finds_its_claim_taken(void)
{
    run_ticket *t = NULL;
    run_claim claim;
    char path[4300];

    choose_output("slept");
    CHECK_STATUS(PLAQ_OK, open_ticket("w", 120, &t));
    test_later(close_ticket, t);
    CHECK_STATUS(PLAQ_OK, run_claim_take(t, result, &claim));
    snprintf(path, sizeof path, "%s/n7.ildg", claims);
    plaq_path_remove(path);
    CHECK(!run_claim_is_held(t));
    CHECK(write_claim("elsewhere", 120, time(NULL)) && !run_claim_is_held(t));
    run_claim_leave(t);
    CHECK(plaq_path_exists(path)); /* it is the other's */
}

static plaq_status take_and_leave(void *given)
{
    run_ticket *t = NULL;
    run_claim claim;
    plaq_status status = open_ticket(given, 120, &t);

    if (status == PLAQ_OK) status = run_claim_take(t, result, &claim);
    run_ticket_close(&t);
    return status;
}

static void whatever_fails_no_claim_stays(void)
{
    choose_output("sweep");
    CHECK_FAULT_SWEEP(take_and_leave, "w");
    CHECK(!plaq_path_exists(claims));
}

static void times_are_read(void)
{
    static const struct {
        const char *text;
        double seconds;
    } right[] = {{"3:50:00", 13800}, {"90m", 5400}, {"2:30", 150}, {"1-12:00:00", 129600}, {"30", 1800}, {"1.5h", 5400},
                 {"45s", 45},        {"1d", 86400}, {"0:0:1", 1}};
    static const char *const wrong[] = {"", "x", "3:x", "1:2:3:4:5", "0", "-5m", "3:50:0x", "5y", "1:-2"};
    double seconds;

    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        CHECK_STATUS(PLAQ_OK, plaq_time_read(right[i].text, &seconds));
        CHECK_SAME(seconds, right[i].seconds);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(PLAQ_E_USAGE, plaq_time_read(wrong[i], &seconds));
}

TEST_MAIN({"one has it and then the other", one_has_it_and_then_the_other},
          {"who measures something else is told apart", who_measures_something_else_is_told_apart},
          {"the last one leaves nothing", the_last_one_leaves_nothing},
          {"a dead job of this kernel has nothing", a_dead_job_of_this_kernel_has_nothing},
          {"another host has its lease", another_host_has_its_lease},
          {"who slept finds its claim taken", who_slept_finds_its_claim_taken},
          {"whatever fails no claim stays", whatever_fails_no_claim_stays}, {"times are read", times_are_read})
