/* Findings of `plaq doctor`: kept, printed as they come, and the thread that ends what hangs. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

enum { MOST = 64, NUMBERS = 12, NAME_COLUMNS = 14 };

typedef struct {
    const char *check; /* borrowed: the names are constants */
    doctor_verdict verdict;
    char seen[768], help[512];
    int numbers;
    struct {
        const char *name;
        double value;
    } number[NUMBERS];
} finding;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static finding findings[MOST];
static int count;
/* Open MPI waits for ever for a launcher whose socket belongs to another user. */
static const char *check = "start of MPI",
                  *check_help = "in containers: be the user who runs mpirun (no USER in the image)";
static double start, limit = 30;
static int rank;
static bool json, ended;

static const char *const words[] = {"ok", "warn", "bad"};

/* ---- printing --------------------------------------------------------------------------------------------------- */

static void print_line(const finding *f)
{
    printf("%-4s  %-*s %s\n", words[f->verdict], NAME_COLUMNS, f->check, f->seen);
    if (f->help[0]) printf("%*s %s\n", 6 + NAME_COLUMNS, "", f->help);
    fflush(stdout);
}

static int count_of(doctor_verdict verdict)
{
    int n = 0;

    for (int i = 0; i < count; i++) n += findings[i].verdict == verdict;
    return n;
}

static plaq_status print_json(void)
{
    cJSON *all = cJSON_CreateObject(), *list = cJSON_CreateArray();

    for (int i = 0; i < count; i++) {
        const finding *f = &findings[i];
        cJSON *item = cJSON_CreateObject(), *numbers = cJSON_CreateObject();

        plaq_json_text(item, "check", f->check);
        plaq_json_text(item, "verdict", words[f->verdict]);
        plaq_json_text(item, "seen", f->seen);
        plaq_json_text(item, "help", f->help[0] ? f->help : NULL);
        for (int k = 0; k < f->numbers; k++) plaq_json_real(numbers, f->number[k].name, f->number[k].value);
        plaq_json_add(item, "numbers", numbers);
        plaq_json_add(list, NULL, item);
    }
    plaq_json_text(all, "verdict", words[count_of(DOCTOR_BAD) ? DOCTOR_BAD : count_of(DOCTOR_WARN) ? DOCTOR_WARN : 0]);
    plaq_json_real(all, "seconds", plaq_now() - start);
    plaq_json_add(all, "checks", list);
    return plaq_json_print(all, true);
}

static plaq_status print_end(void)
{
    if (rank > 0) return PLAQ_OK;
    if (json) return print_json();
    printf("\n%d checks: %d ok, %d warn, %d bad; %.1f s\n", count, count_of(DOCTOR_OK), count_of(DOCTOR_WARN),
           count_of(DOCTOR_BAD), plaq_now() - start);
    fflush(stdout);
    return PLAQ_OK;
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static void say(doctor_verdict verdict, const char *help, const char *seen)
{
    finding *f = &findings[count < MOST ? count++ : MOST - 1];

    *f = (finding){.check = check, .verdict = verdict};
    snprintf(f->seen, sizeof f->seen, "%s", seen);
    snprintf(f->help, sizeof f->help, "%s", help);
    if (rank == 0 && !json) print_line(f);
}

void doctor_say(doctor_verdict verdict, const char *help, const char *format, ...)
{
    char seen[768];
    va_list list;

    va_start(list, format);
    vsnprintf(seen, sizeof seen, format, list);
    va_end(list);
    pthread_mutex_lock(&lock);
    say(verdict, help, seen);
    pthread_mutex_unlock(&lock);
}

void doctor_number(const char *name, double value)
{
    finding *f;

    pthread_mutex_lock(&lock);
    f = &findings[count - 1];
    if (f->numbers < NUMBERS) {
        f->number[f->numbers].name = name;
        f->number[f->numbers++].value = value;
    }
    pthread_mutex_unlock(&lock);
}

void doctor_begin(const char *name, const char *help)
{
    pthread_mutex_lock(&lock);
    check = name;
    check_help = help;
    pthread_mutex_unlock(&lock);
}

plaq_status doctor_report_end(int *bad)
{
    plaq_status status;

    pthread_mutex_lock(&lock);
    ended = true;
    status = print_end();
    *bad = count_of(DOCTOR_BAD);
    pthread_mutex_unlock(&lock);
    return status;
}

/* ---- what hangs ------------------------------------------------------------------------------------------------- */

/* The other ranks leave the last word to rank 0, unless it is the one that cannot speak. */
static bool is_over(void)
{
    return plaq_now() - start > limit + (rank > 0 ? 2 : 0);
}

static void give_up(void)
{
    char seen[768];

    snprintf(seen, sizeof seen, "hangs: no answer after %.0f s; what follows was not checked", limit);
    if (rank > 0) {
        fprintf(stderr, "plaq: error: rank %d: doctor: the check '%s' hangs, and rank 0 does not answer\n", rank,
                check);
    } else {
        say(DOCTOR_BAD, check_help, seen);
        if (print_end() != PLAQ_OK) fprintf(stderr, "plaq: error: %s\n", plaq_message());
        fprintf(stderr, "plaq: error: doctor: the check '%s' hangs\n", check);
    }
    _exit(PLAQ_E_IO);
}

static void *watch(void *unused)
{
    const struct timespec pause = {.tv_nsec = 50000000};

    (void)unused;
    for (;;) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&lock);
        if (ended) break;
        if (is_over()) give_up();
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

void doctor_watch(void)
{
    pthread_t thread;

    start = plaq_now();
    if (pthread_create(&thread, NULL, watch, NULL) == 0)
        pthread_detach(thread);
    else
        plaq_log(PLAQ_LOG_WARN, "doctor: no thread to watch the time: a check that hangs will hang");
}

void doctor_report_start(int my_rank, double seconds, bool as_json)
{
    pthread_mutex_lock(&lock);
    rank = my_rank;
    limit = seconds;
    json = as_json;
    pthread_mutex_unlock(&lock);
}
