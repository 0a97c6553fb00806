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
    plaq_plan *plan;
    run_list list; /* rank 0 of the team */
    double start;
    int done, failed; /* configurations of this team */
} campaign;

/* ---- one after another ------------------------------------------------------------------------------------------- */

static bool leads(const campaign *c)
{
    return plaq_comm_rank(c->team.comm) == 0;
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
        status = plan->entries ? run_list_next(&c->list, &c->team, plan->entries, next) : PLAQ_E_MEMORY;
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

/* What other teams and jobs did counts too. */
static void log_progress(const campaign *c, const plaq_plan_entry *entry, const run_outcome *outcome)
{
    double elapsed = plaq_now() - c->start;
    int finished = c->list.to_do - c->list.open;
    char passed[32], left[32];

    log_time(elapsed, passed, sizeof passed);
    log_time(elapsed / finished * c->list.open, left, sizeof left);
    plaq_log(PLAQ_LOG_INFO, "%d/%d %s: plaquette %.8f, %.2f s; elapsed %s, remaining %s", finished, c->list.to_do,
             plaq_path_base(entry->path), outcome->plaquette, outcome->seconds, passed, left);
}

/* Notes that a configuration failed: in the list, in the log, and on disk for `status` and for other jobs. */
static plaq_status note_failure(campaign *c, const plaq_plan_entry *entry, plaq_status why)
{
    char *words = plaq_strdup(plaq_message());
    plaq_status status = words ? PLAQ_OK : PLAQ_E_MEMORY;

    c->failed++;
    if (words && leads(c)) {
        run_list_settle(&c->list, why, words, false);
        plaq_log(PLAQ_LOG_WARN, "%d/%d not measured: %s", c->list.to_do - c->list.open, c->list.to_do, words);
        status = run_failed_note(c->team.run->options.output, entry, c->team.work, words);
    }
    plaq_free(words);
    return plaq_agree(c->team.comm, status);
}

static plaq_status do_one(campaign *c, plaq_plan_entry *entry)
{
    run_outcome outcome;
    plaq_status status = run_measure(&c->team, entry, &outcome);

    if (status != PLAQ_OK) return outcome.only_this ? note_failure(c, entry, status) : status;
    if (outcome.lost) {
        plaq_log(PLAQ_LOG_WARN,
                 "%s: this job was silent for longer than the lease and another one took it over: what "
                 "was measured here is dropped",
                 entry->path);
    } else {
        c->done++;
    }
    if (!leads(c)) return PLAQ_OK;
    run_list_settle(&c->list, PLAQ_OK, "", outcome.lost);
    if (!outcome.lost) log_progress(c, entry, &outcome);
    return PLAQ_OK;
}

/* All ranks sleep: those that wait in a message would burn their core. */
static void pause_all(double seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

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
        if (next == RUN_NEXT_WAIT) pause_all(0.2);
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
    if (status == PLAQ_OK && leads(c)) team->begun = run_ticket_now(team->ticket);
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

static plaq_status go(campaign *c)
{
    int64_t done;
    plaq_status status;

    PLAQ_TRY(plaq_plan_make(c->world, c->team.run, &c->plan));
    PLAQ_TRY(plaq_agree(c->world, check_grids(c)));
    PLAQ_TRY(run_place_find(c->team.comm, &c->team.place));
    if (plaq_comm_rank(c->world) == 0) log_plan(c);
    PLAQ_TRY(plaq_agree(c->world, leads(c) ? run_list_begin(&c->list, c->plan) : PLAQ_OK));
    status = do_all(c);
    if (status == PLAQ_OK && c->list.theirs)
        plaq_log(PLAQ_LOG_INFO, "%d are being measured by other jobs", c->list.theirs);
    status = agree_teams(c, status);
    done = leads(c) ? c->done : 0;
    plaq_reduce_add(c->world, &done, 1);
    if (status == PLAQ_E_STOPPED)
        return plaq_note(status, "%lld of %d configurations measured; run the same command to go on", (long long)done,
                         c->plan->count - c->plan->done);
    PLAQ_TRY(status);
    PLAQ_TRY(share_failures(c));
    return sum_up(c);
}

plaq_status plaq_campaign(const plaq_comm *comm, const plaq_run *run, const plaq_campaign_options *options)
{
    campaign c = {.world = comm, .options = options, .start = plaq_now()};
    plaq_status status = make_team(&c, run);

    if (status == PLAQ_OK) status = enter(&c);
    if (status == PLAQ_OK) status = go(&c);
    plaq_gauge_destroy(&c.team.u);
    plaq_lattice_destroy(&c.team.lattice);
    plaq_plan_destroy(&c.plan);
    run_list_end(&c.list);
    run_ticket_close(&c.team.ticket);
    plaq_log_as("", plaq_comm_rank(comm));
    plaq_comm_free(&c.comm);
    return status;
}
