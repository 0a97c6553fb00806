/* The campaign: configuration by configuration, until all are done.
 *
 * The ranks are one team or several of equal size. A team takes a configuration by claiming it (claim.c), so teams of
 * one job and other jobs share the work without a word to each other; who holds the claim looks again whether somebody
 * was quicker, measures (work.c), publishes, and lets go.
 *
 * A failure of one configuration (damaged, foreign, not converged) is noted and the next one is taken. What would fail
 * for all of them (no space, no memory, a defect of ours) ends the campaign at once. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "run/run.h"

enum { most_told = 20 }; /* lines about configurations that cannot be read */

typedef struct {
    const plaq_comm *world;
    plaq_comm *comm; /* of the team, where there are several */
    const plaq_campaign_options *options;
    run_team team;
    run_clock clock;
    plaq_plan *plan; /* NULL: new configurations are followed */
    run_list list;   /* these are of rank 0 of the team */
    run_follow *follow;
    run_events events;
    double start, worked; /* seconds in configurations */
    int done;             /* configurations of this team */
} campaign;

/* ---- one after another ------------------------------------------------------------------------------------------- */

static bool leads(const campaign *c)
{
    return plaq_comm_rank(c->team.comm) == 0;
}

/* Whether a part of a configuration is kept when it is stopped. */
static bool saves(const plaq_run *run)
{
    for (int q = 0; q < run->n_quarks; q++)
        if (run->quarks[q].save) return true;
    return false;
}

static plaq_status check_stop_file(const char *output)
{
    char *path = plaq_strprintf("%s/STOP", output);
    bool stop = path && plaq_path_exists(path);

    plaq_free(path);
    if (!path) return PLAQ_E_MEMORY;
    return stop ? plaq_fail(PLAQ_E_STOPPED, "%s/STOP is there: remove it first", output) : PLAQ_OK;
}

/* While this one is measured, the one that may come next is read. */
static void read_ahead(const campaign *c)
{
    const char *path = c->follow ? run_follow_peek(c->follow) : run_list_peek(&c->list);

    if (path) plaq_file_ask(path);
}

static plaq_status find_next(campaign *c, plaq_plan_entry *entry, run_next *next)
{
    PLAQ_TRY(check_stop_file(c->team.run->options.output));
    if (c->follow)
        PLAQ_TRY(run_follow_next(c->follow, &c->team, entry, next));
    else
        PLAQ_TRY(run_list_next(&c->list, &c->team, entry, next));
    if (*next != RUN_NEXT_WORK) return PLAQ_OK;
    PLAQ_TRY(run_clock_check(&c->clock, saves(c->team.run)));
    run_event(&c->events, "begin", entry->path, NULL, "");
    read_ahead(c);
    return PLAQ_OK;
}

/* The next configuration, as a plan of one entry, to all ranks of the team. */
static plaq_status choose(campaign *c, plaq_plan **one, run_next *next)
{
    plaq_plan *plan = plaq_alloc(1, sizeof *plan);
    plaq_status status = plan ? PLAQ_OK : PLAQ_E_MEMORY;

    *next = RUN_NEXT_END;
    if (status == PLAQ_OK && leads(c)) {
        plan->measurements = c->team.run->count;
        plan->entries = plaq_alloc(1, sizeof *plan->entries);
        if (plan->entries) plan->count = 1;
        status = plan->entries ? find_next(c, plan->entries, next) : PLAQ_E_MEMORY;
    }
    PLAQ_GO(plaq_agree(c->team.comm, status));
    plaq_broadcast(c->team.comm, next, sizeof *next);
    if (*next == RUN_NEXT_WORK) PLAQ_GO(run_plan_share(c->team.comm, c->team.run->count, plan));
    *one = plan;
    return PLAQ_OK;
done:
    plaq_plan_destroy(&plan);
    return status;
}

static void log_time(double seconds, char *text, size_t n)
{
    long s = (long)(seconds + 0.5);

    if (s >= 3600)
        snprintf(text, n, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, n, "%ld:%02ld", s / 60, s % 60);
}

/* "12/40" of a plan, what other teams and jobs did included; "12" of those that are followed. */
static void count_text(const campaign *c, char *text, size_t n)
{
    int known, done, failed;

    if (!c->follow) {
        snprintf(text, n, "%d/%d", c->list.to_do - c->list.open, c->list.to_do);
        return;
    }
    run_follow_count(c->follow, &known, &done, &failed);
    snprintf(text, n, "%d", done);
}

static void log_progress(const campaign *c, const plaq_plan_entry *entry, const run_outcome *outcome)
{
    double elapsed = plaq_now() - c->start;
    int finished = c->list.to_do - c->list.open;
    char passed[32], left[32] = "", count[32], remaining[64] = "";

    count_text(c, count, sizeof count);
    log_time(elapsed, passed, sizeof passed);
    if (!c->follow) {
        log_time(elapsed / finished * c->list.open, left, sizeof left);
        snprintf(remaining, sizeof remaining, ", remaining %s", left);
    }
    plaq_log(PLAQ_LOG_INFO, "%s %s: plaquette %.8f, %.2f s; elapsed %s%s", count, plaq_path_base(entry->path),
             outcome->plaquette, outcome->seconds, passed, remaining);
}

static plaq_status write_metrics(campaign *c, const run_outcome *last, bool now)
{
    int known = c->plan ? c->plan->count : 0, done, failed;

    if (c->follow) run_follow_count(c->follow, &known, &done, &failed);
    return run_metrics(&c->events, last, known, now);
}

/* Notes that a configuration failed: in the list, in the log, and on disk for `status` and for other jobs; or, where it
 * may be incomplete, that it is to be looked at again. */
static plaq_status keep_failure(campaign *c, const plaq_plan_entry *entry, plaq_status why, const run_outcome *outcome)
{
    const bool again =
        c->follow && outcome->unread && (run_follow_is_young(c->follow) || !plaq_path_exists(entry->path));
    char *words = plaq_strdup(plaq_message()), count[32];
    plaq_status status = PLAQ_OK;

    if (!words) return PLAQ_E_MEMORY;
    if (c->follow)
        run_follow_settle(c->follow, why, again);
    else
        run_list_settle(&c->list, why, words, false);
    run_event(&c->events, again ? "incomplete" : "failed", entry->path, NULL, words);
    count_text(c, count, sizeof count);
    if (again)
        plaq_log(PLAQ_LOG_INFO, "not complete yet: %s", words);
    else
        plaq_log(PLAQ_LOG_WARN, "%s not measured: %s", count, words);
    if (!again) status = run_failed_note(c->team.run->options.output, entry, c->team.work, words);
    if (status == PLAQ_OK) status = write_metrics(c, NULL, false);
    plaq_free(words);
    return status;
}

static plaq_status keep_success(campaign *c, const plaq_plan_entry *entry, const run_outcome *outcome)
{
    if (c->follow)
        run_follow_settle(c->follow, PLAQ_OK, outcome->lost);
    else
        run_list_settle(&c->list, PLAQ_OK, "", outcome->lost);
    run_event(&c->events, outcome->lost ? "lost" : "done", entry->path, outcome, "");
    if (!outcome->lost) {
        c->done++;
        log_progress(c, entry, outcome);
        return write_metrics(c, outcome, false);
    }
    plaq_log(PLAQ_LOG_WARN,
             "%s: this job was silent for longer than the lease and another one took it over: what was measured here "
             "is dropped",
             entry->path);
    return PLAQ_OK;
}

static plaq_status do_one(campaign *c, plaq_plan_entry *entry)
{
    double start = plaq_now();
    run_outcome outcome;
    plaq_status status = run_measure(&c->team, entry, &outcome);

    if (status != PLAQ_OK && !outcome.only_this) return status;
    c->worked += plaq_now() - start;
    if (status == PLAQ_OK) run_clock_took(&c->clock, outcome.seconds);
    if (leads(c))
        status = status == PLAQ_OK ? keep_success(c, entry, &outcome) : keep_failure(c, entry, status, &outcome);
    else
        status = PLAQ_OK;
    return plaq_agree(c->team.comm, status);
}

/* All ranks sleep: those that wait in a message would burn their core. */
static void pause_all(void)
{
    const struct timespec pause = {.tv_nsec = 100000000};

    nanosleep(&pause, NULL);
}

static plaq_status do_all(campaign *c)
{
    for (run_next next;;) {
        plaq_plan *one = NULL;
        plaq_status status;

        PLAQ_TRY(plaq_stop_check(c->team.comm));
        PLAQ_TRY(choose(c, &one, &next));
        status = next == RUN_NEXT_WORK ? do_one(c, &one->entries[0]) : PLAQ_OK;
        plaq_plan_destroy(&one);
        if (leads(c)) run_claim_leave(c->team.ticket);
        PLAQ_TRY(status);
        if (next == RUN_NEXT_END) return PLAQ_OK;
        if (next == RUN_NEXT_WAIT) pause_all();
    }
}

/* ---- before and after -------------------------------------------------------------------------------------------- */

/* Says, before anything is read, whether the ranks of a team can be laid over every lattice there is. */
static plaq_status check_grids(const campaign *c)
{
    const int *given = plaq_run_grid(c->team.run);
    int ranks = plaq_comm_size(c->team.comm), grid[4];

    for (int i = 0; i < c->plan->count; i++) {
        const plaq_plan_entry *entry = &c->plan->entries[i];
        const int *dims = entry->header.dims;
        plaq_status status;

        if (!run_is_to_do(entry, c->team.run->count)) continue;
        status = given ? plaq_grid_check(dims, ranks, given) : plaq_grid_choose(dims, ranks, grid);
        if (status != PLAQ_OK) return plaq_note(status, "%s", entry->path);
    }
    return PLAQ_OK;
}

static void log_plan(const campaign *c)
{
    const plaq_plan *plan = c->plan;
    int unreadable = plan->count - plan->done, told = 0, to_do = 0;

    for (int i = 0; i < plan->count; i++) to_do += run_is_to_do(&plan->entries[i], c->team.run->count);
    unreadable -= to_do;
    plaq_log(PLAQ_LOG_INFO, "%d configurations: %d done, %d to measure, %d cannot be read", plan->count, plan->done,
             to_do, unreadable);
    for (int i = 0; i < plan->count && told < most_told; i++)
        if (plan->entries[i].status != PLAQ_OK) {
            plaq_log(PLAQ_LOG_WARN, "cannot be read: %s", plan->entries[i].message);
            told++;
        }
    if (unreadable > most_told) plaq_log(PLAQ_LOG_WARN, "and %d more, see `plaq status`", unreadable - most_told);
}

/* Splits the ranks; from here on the first rank of each team has its say in the log. */
static plaq_status make_team(campaign *c, const plaq_run *run)
{
    int teams = c->options->teams ? c->options->teams : run->options.teams, ranks = plaq_comm_size(c->world);
    char name[32] = "";

    if (ranks % teams)
        return plaq_fail(PLAQ_E_USAGE, "teams is %d: %d rank%s cannot be split into as many of equal size", teams,
                         ranks, ranks == 1 ? "" : "s");
    if (teams > 1) PLAQ_TRY(plaq_comm_split(c->world, teams, &c->comm));
    c->team = (run_team){.comm = c->comm ? c->comm : c->world, .run = run, .teams = teams};
    c->team.number = plaq_comm_rank(c->world) / (ranks / teams);
    c->team.force = c->options->force;
    if (teams > 1) snprintf(name, sizeof name, "team %d: ", c->team.number);
    plaq_log_as(name, plaq_comm_rank(c->team.comm));
    return PLAQ_OK;
}

/* The ticket of each team, and what dead jobs left. */
static plaq_status enter(campaign *c)
{
    const double lease = c->options->lease > 0 ? c->options->lease : RUN_LEASE;
    run_team *team = &c->team;
    plaq_status status = run_work(team->run, team->work);

    if (status == PLAQ_OK && leads(c))
        status = run_ticket_open(team->run->options.output, team->work, team->number, lease, &team->ticket);
    if (status == PLAQ_OK && leads(c)) {
        team->begun = run_ticket_now(team->ticket);
        run_events_open(&c->events, c->options, team);
        run_event(&c->events, "start", "", NULL, "");
    }
    if (status == PLAQ_OK && plaq_comm_rank(c->world) == 0) status = run_folder_sweep(team->run->options.output);
    return plaq_agree(c->world, status);
}

/* One status of all teams: what ends a campaign comes before a request to stop. */
static plaq_status agree_teams(const campaign *c, plaq_status status)
{
    PLAQ_TRY(plaq_agree(c->world, status == PLAQ_E_STOPPED ? PLAQ_OK : status));
    return plaq_agree(c->world, status);
}

/* What each team knows of failures, to all. */
static plaq_status share_failures(campaign *c)
{
    double *worst = plaq_alloc((size_t)c->plan->count, sizeof *worst);
    plaq_status status = plaq_agree(c->world, worst ? PLAQ_OK : PLAQ_E_MEMORY);

    for (int i = 0; status == PLAQ_OK && i < c->plan->count; i++) worst[i] = c->plan->entries[i].status;
    if (status == PLAQ_OK) plaq_reduce_max(c->world, worst, c->plan->count);
    for (int i = 0; status == PLAQ_OK && i < c->plan->count; i++) c->plan->entries[i].status = (plaq_status)worst[i];
    plaq_free(worst);
    return status;
}

/* One status for all that was not measured, with its list. */
static plaq_status sum_up(const campaign *c)
{
    plaq_status worst = PLAQ_OK;
    char list[700] = "";
    size_t n = 0;
    int failed = 0;

    for (int i = 0; i < c->plan->count; i++) {
        const plaq_plan_entry *entry = &c->plan->entries[i];

        if (entry->status == PLAQ_OK) continue;
        worst = worst == PLAQ_OK || entry->status == PLAQ_E_DATA ? entry->status : worst;
        failed++;
        if (n + 100 < sizeof list)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%.90s", n ? ", " : "", plaq_path_base(entry->path));
        else if (strcmp(list + n - 3, "...") != 0)
            n += (size_t)snprintf(list + n, sizeof list - n, ", ...");
    }
    if (failed == 0) return PLAQ_OK;
    return plaq_fail(worst, "%d of %d configurations not measured: %s", failed, c->plan->count, list);
}

/* The plan of all that there is, or nothing yet. */
static plaq_status prepare(campaign *c)
{
    const bool first = plaq_comm_rank(c->world) == 0;

    PLAQ_TRY(run_place_find(c->team.comm, &c->team.place));
    if (c->options->follow) {
        if (first) plaq_log(PLAQ_LOG_INFO, "following new configurations");
        return plaq_agree(c->world, leads(c) ? run_follow_begin(c->options, &c->follow) : PLAQ_OK);
    }
    PLAQ_TRY(plaq_plan_make(c->world, c->team.run, &c->plan));
    PLAQ_TRY(plaq_agree(c->world, check_grids(c)));
    if (first) log_plan(c);
    if (leads(c)) run_clock_learn(&c->clock, c->plan, plaq_comm_size(c->team.comm));
    return plaq_agree(c->world, leads(c) ? run_list_begin(&c->list, c->plan) : PLAQ_OK);
}

static plaq_status sum_up_followed(const campaign *c)
{
    int64_t failed;
    int known, done, mine = 0;

    if (c->follow) run_follow_count(c->follow, &known, &done, &mine);
    failed = mine;
    plaq_reduce_add(c->world, &failed, 1); /* one that failed is seen by one team, or counted again: it is no fewer */
    return failed ? plaq_fail(PLAQ_E_DATA, "configurations were not measured; `plaq status` says which") : PLAQ_OK;
}

static void log_end(const campaign *c)
{
    double elapsed = plaq_now() - c->start;

    if (c->list.theirs) plaq_log(PLAQ_LOG_INFO, "%d are being measured by other jobs", c->list.theirs);
    if (c->done)
        plaq_log(PLAQ_LOG_INFO, "%d measured here; %.1f %% of the time in them", c->done, 100 * c->worked / elapsed);
}

static plaq_status go(campaign *c)
{
    int64_t done;
    plaq_status status;

    PLAQ_TRY(prepare(c));
    status = do_all(c);
    if (leads(c)) {
        plaq_status written = write_metrics(c, NULL, true);

        log_end(c);
        run_event(&c->events, "end", "", NULL, status == PLAQ_OK ? "" : plaq_message());
        if (status == PLAQ_OK) status = written;
    }
    status = agree_teams(c, status);
    done = leads(c) ? c->done : 0;
    plaq_reduce_add(c->world, &done, 1);
    if (status == PLAQ_E_STOPPED && c->plan)
        return plaq_note(status, "%lld of %d configurations measured; run the same command to go on", (long long)done,
                         c->plan->count - c->plan->done);
    if (status == PLAQ_E_STOPPED)
        return plaq_note(status, "%lld configurations measured; run the same command to go on", (long long)done);
    PLAQ_TRY(status);
    if (!c->plan) return sum_up_followed(c);
    PLAQ_TRY(share_failures(c));
    return sum_up(c);
}

plaq_status plaq_campaign(const plaq_comm *comm, const plaq_run *run, const plaq_campaign_options *options)
{
    campaign c = {.world = comm, .options = options, .start = plaq_now(), .events = {.fd = -1}};
    plaq_status status = make_team(&c, run);

    run_clock_start(&c.clock, options->time);
    if (status == PLAQ_OK) status = enter(&c);
    if (status == PLAQ_OK) status = go(&c);
    run_clock_end(&c.clock);
    plaq_gauge_destroy(&c.team.u);
    plaq_lattice_destroy(&c.team.lattice);
    plaq_plan_destroy(&c.plan);
    run_list_end(&c.list);
    run_follow_end(&c.follow);
    run_events_close(&c.events);
    run_ticket_close(&c.team.ticket);
    plaq_log_as("", plaq_comm_rank(comm));
    plaq_comm_free(&c.comm);
    return status;
}
