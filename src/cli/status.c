/* plaq status: which measurement of which configuration is done, what is being measured, and how long it will take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "plaq/run.h"

enum { most_shown = 20, hour = 3600 }; /* rows while watching */

typedef struct {
    bool left, json;
    double watch;
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, left, "false", "only configurations that are not done"),
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_REAL(options, watch, "0", 0, 1e6, "s", "look again every so many seconds until all is done; 0: once"),
    PLAQ_END,
};

/* What a plan does not say. */
typedef struct {
    const plaq_run *run;
    plaq_plan *plan;
    plaq_holder *holders; /* [count]; host "": nobody has it */
    int running;
    double rate; /* results an hour; 0: not known */
    int recent;  /* results of the last hour */
} survey;

static bool is_done(const plaq_plan *plan, const plaq_plan_entry *entry)
{
    for (int m = 0; m < plan->measurements; m++)
        if (entry->state[m] != PLAQ_TASK_DONE) return false;
    return true;
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

/* Results of the last hour, or, where there are none, all, by the times at which they were written. */
static void find_rate(survey *s)
{
    const time_t now = time(NULL);
    time_t first = 0, last = 0;
    int done = 0;

    for (int i = 0; i < s->plan->count; i++) {
        struct stat file;

        if (!is_done(s->plan, &s->plan->entries[i]) || stat(s->plan->entries[i].result, &file) != 0) continue;
        first = done == 0 || file.st_mtime < first ? file.st_mtime : first;
        last = done == 0 || file.st_mtime > last ? file.st_mtime : last;
        s->recent += now - file.st_mtime < hour;
        done++;
    }
    if (s->recent && now - first >= hour)
        s->rate = s->recent;
    else if (done > 1 && last > first)
        s->rate = hour * (done - 1.0) / (double)(last - first);
}

static plaq_status look(const plaq_run *run, survey *s)
{
    *s = (survey){.run = run};
    PLAQ_TRY(plaq_plan_make(plaq_comm_self(), run, &s->plan));
    s->holders = plaq_alloc((size_t)s->plan->count, sizeof *s->holders);
    if (!s->holders) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->plan->count; i++) {
        bool alive = false;

        if (is_done(s->plan, &s->plan->entries[i])) continue;
        PLAQ_TRY(plaq_run_holder(run, &s->plan->entries[i], &s->holders[i], &alive));
        if (!alive) s->holders[i].host[0] = '\0';
        s->running += alive;
    }
    find_rate(s);
    return PLAQ_OK;
}

static void clear(survey *s)
{
    plaq_plan_destroy(&s->plan);
    plaq_free(s->holders);
}

/* Seconds until the missing ones are done; below 0: not known. */
static double time_left(const survey *s)
{
    if (s->plan->missing == 0) return 0;
    return s->rate > 0 ? hour * s->plan->missing / s->rate : -1;
}

static void time_text(double seconds, char text[32])
{
    time_t when = time(NULL) + (time_t)seconds;
    struct tm utc;

    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &utc));
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static cJSON *holder_json(const plaq_holder *holder)
{
    cJSON *json = cJSON_CreateObject();

    plaq_json_text(json, "host", holder->host);
    plaq_json_int(json, "process", holder->process);
    plaq_json_text(json, "job", holder->job);
    plaq_json_int(json, "team", holder->team);
    plaq_json_text(json, "since", holder->since);
    plaq_json_real(json, "silent", holder->silent);
    return json;
}

static cJSON *entry_json(const survey *s, int i)
{
    const plaq_plan_entry *entry = &s->plan->entries[i];
    cJSON *item = cJSON_CreateObject(), *states = cJSON_CreateObject();
    const plaq_measurement *list;

    plaq_run_measurements(s->run, &list);
    for (int m = 0; m < s->plan->measurements; m++)
        plaq_json_text(states, list[m].name, plaq_task_word(entry->state[m]));
    plaq_json_text(item, "path", entry->path);
    plaq_json_add(item, "measurements", states);
    plaq_json_text(item, "message", entry->message);
    if (s->holders[i].host[0]) plaq_json_add(item, "running", holder_json(&s->holders[i]));
    return item;
}

static plaq_status print_json(const survey *s, bool left)
{
    cJSON *all = cJSON_CreateObject(), *configurations = cJSON_CreateArray();
    const plaq_plan *plan = s->plan;
    char end[32];

    plaq_json_text(all, "output", plaq_run_output(s->run));
    plaq_json_int(all, "found", plan->count);
    plaq_json_int(all, "done", plan->done);
    plaq_json_int(all, "missing", plan->missing);
    plaq_json_int(all, "failed", plan->failed);
    plaq_json_int(all, "running", s->running);
    plaq_json_real(all, "results_per_hour", s->rate);
    time_text(time_left(s), end);
    plaq_json_text(all, "expected_end", time_left(s) >= 0 ? end : NULL);
    for (int i = 0; i < plan->count; i++)
        if (!left || !is_done(plan, &plan->entries[i])) plaq_json_add(configurations, NULL, entry_json(s, i));
    plaq_json_add(all, "configurations", configurations);
    return plaq_json_print(all, true);
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

/* The cells of the head (entry NULL) or of one configuration, parted by tabs. */
static void write_cells(const plaq_measurement *list, int n, const plaq_plan_entry *entry, char *cells, size_t room)
{
    size_t used = 0;

    cells[0] = '\0';
    for (int m = 0; m < n && used < room; m++)
        used +=
            (size_t)snprintf(cells + used, room - used, "\t%s", entry ? plaq_task_word(entry->state[m]) : list[m].name);
}

static void holder_text(const plaq_holder *h, char *text, size_t n)
{
    char job[150] = "", silent[64] = "";

    if (h->job[0]) snprintf(job, sizeof job, "job %s, ", h->job);
    if (h->silent > h->lease / 2) snprintf(silent, sizeof silent, ", silent for %.0f s", h->silent);
    snprintf(text, n, "running on %s (%sprocess %ld, team %d) since %s%s", h->host, job, h->process, h->team, h->since,
             silent);
}

/* @p left: those that are not done; @p few: some of those that run or failed. */
static plaq_status print_rows(const survey *s, bool left, bool few)
{
    const plaq_measurement *list;
    int n = plaq_run_measurements(s->run, &list), shown = 0;
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char cells[4096], running[700];

    write_cells(list, n, NULL, cells, sizeof cells);
    PLAQ_GO(plaq_table_row(&rows, "configuration%s\tremark", cells));
    for (int i = 0; i < s->plan->count && (!few || shown < most_shown); i++) {
        const plaq_plan_entry *entry = &s->plan->entries[i];
        const bool runs = s->holders[i].host[0];

        if ((left || few) && is_done(s->plan, entry)) continue;
        if (few && !runs && !entry->message[0]) continue;
        write_cells(list, n, entry, cells, sizeof cells);
        if (runs) holder_text(&s->holders[i], running, sizeof running);
        PLAQ_GO(plaq_table_row(&rows, "%s%s\t%s", entry->path, cells, runs ? running : entry->message));
        shown++;
    }
    if (shown || !few) {
        plaq_table_print(&rows);
        putchar('\n');
    }
done:
    plaq_table_clear(&rows);
    return status;
}

static void print_sum(const survey *s)
{
    const plaq_plan *plan = s->plan;
    char end[32];

    printf("%d configurations: %d done, %d missing, %d failed; %d running; results in %s\n", plan->count, plan->done,
           plan->missing, plan->failed, s->running, plaq_run_output(s->run));
    if (s->rate <= 0 || plan->missing == 0) return;
    time_text(time_left(s), end);
    printf("%.3g results an hour (%d in the last one); expected end %s\n", s->rate, s->recent, end);
}

static plaq_status look_once(const plaq_run *run, const options *o)
{
    survey s;
    plaq_status status = look(run, &s);

    if (status == PLAQ_OK && o->json)
        status = print_json(&s, o->left);
    else if (status == PLAQ_OK) {
        status = print_rows(&s, o->left, false);
        print_sum(&s);
    }
    clear(&s);
    return status;
}

/* Draws anew in place on a terminal, below what there is elsewhere. */
static plaq_status watch(const plaq_run *run, const options *o)
{
    const struct timespec pause = {.tv_sec = (time_t)o->watch, .tv_nsec = (long)(1e9 * (o->watch - (time_t)o->watch))};
    plaq_status status;

    for (bool all = false; !all; nanosleep(all ? &(struct timespec){0} : &pause, NULL)) {
        survey s;

        status = look(run, &s);
        if (status == PLAQ_OK && isatty(STDOUT_FILENO) && !o->json) printf("\033[H\033[2J");
        if (status == PLAQ_OK) status = o->json ? print_json(&s, o->left) : print_rows(&s, o->left, true);
        if (status == PLAQ_OK && !o->json) print_sum(&s);
        fflush(stdout);
        all = status != PLAQ_OK || s.plan->done == s.plan->count;
        clear(&s);
    }
    return status;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    plaq_run *run = NULL;
    plaq_status status;

    PLAQ_GO(plaq_run_read(plaq_comm_self(), call->args[0], call->args + 1, call->n_args - 1, &run));
    status = o->watch > 0 ? watch(run, o) : look_once(run, o);
done:
    plaq_run_destroy(&run);
    return status;
}

const plaq_command plaq_command_status = {
    .name = "status",
    .brief = "show which measurements of which configurations are done",
    .arguments = "RUN.yaml [KEY.PATH=VALUE...]",
    .doc = "One row a configuration, one column a measurement: done; missing; failed (with\n"
           "the reason; measure tries again); changed (the result is of other parameters, of\n"
           "another version of the observable, of another derived gauge field, or of another\n"
           "configuration). A derived field that is written has a column too. What a job\n"
           "works on now says which, where and since when. The last lines say how many there\n"
           "are, how many results were written an hour, and when all will be done at that\n"
           "rate. Looks only at files, also while jobs are running, and keeps what it found\n"
           "in the file .index of the output folder.\n"
           "\n"
           "--watch looks again and again, and shows only what runs or failed.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
