/* The configurations of a plan, one after another, among jobs that do the same: what others hold is passed over, and
 * looked at again when there is nothing else. Then it is done; or its job is dead, and it is ours; or its job lives: it
 * is left to it where it measures the same, and waited for where it measures something else. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/run.h"

static const double look_every = 1; /* seconds, at what others hold */

/* ---- beginning with one ------------------------------------------------------------------------------------------ */

static bool is_changed(const plaq_plan_entry *entry, int n)
{
    for (int i = 0; i < n; i++)
        if (entry->state[i] == PLAQ_TASK_CHANGED) return true;
    return false;
}

/* A result that is of another configuration of the same name, which still exists, is not written over. */
static plaq_status check_twin(const run_team *team, plaq_plan_entry *entry)
{
    char other[4096], identity[1024];

    if (entry->status != PLAQ_OK || !is_changed(entry, team->run->count)) return PLAQ_OK;
    PLAQ_TRY(plaq_store_fact(entry->result, "identity", identity, sizeof identity));
    PLAQ_TRY(plaq_store_fact(entry->result, "configuration", other, sizeof other));
    if (strcmp(identity, entry->identity) == 0 || !plaq_path_exists(other) || run_is_same_file(other, entry->path))
        return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: its result would be written over that of %s: give each its own output",
                     entry->path, other);
}

static plaq_status keep_words(plaq_plan_entry *entry, plaq_status status, const char *words)
{
    entry->status = status;
    plaq_free(entry->message);
    entry->message = plaq_strdup(words);
    return entry->message ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* Looks at what is claimed: somebody may have done it meanwhile, or failed. */
static plaq_status look_again(run_team *team, const char *path, plaq_plan_entry *entry, run_try *outcome)
{
    plaq_status status;
    bool failed;

    PLAQ_TRY(run_look(team->run, NULL, path, entry));
    status = check_twin(team, entry);
    if (status == PLAQ_E_DATA)
        PLAQ_TRY(keep_words(entry, status, plaq_message()));
    else
        PLAQ_TRY(status);
    if (entry->status != PLAQ_OK) {
        outcome->state = RUN_FAILED;
        return PLAQ_OK;
    }
    outcome->state = run_is_to_do(entry, team->run->count) ? RUN_TODO : RUN_DONE;
    if (outcome->state == RUN_DONE) return PLAQ_OK;
    PLAQ_TRY(run_failed_since(team->run->options.output, entry, team->work, team->begun, &failed));
    if (!failed) return PLAQ_OK;
    outcome->state = RUN_FAILED; /* another job tried while we were at it */
    entry->status = PLAQ_E_DATA;
    return PLAQ_OK;
}

plaq_status run_try_begin(run_team *team, const char *path, plaq_plan_entry *entry, run_try *outcome)
{
    char *result = run_result_path(team->run->options.output, path);
    plaq_status status = result ? run_claim_take(team->ticket, result, &outcome->claim) : PLAQ_E_MEMORY;
    const plaq_holder *holder = &outcome->claim.holder;

    plaq_free(result);
    outcome->state = RUN_HELD;
    PLAQ_TRY(status);
    if (outcome->claim.taken_over)
        plaq_log(PLAQ_LOG_INFO, "%s: taken over from a job that is dead (%s, process %ld, since %s)",
                 plaq_path_base(path), holder->host, holder->process, holder->since);
    outcome->leave = outcome->claim.state == RUN_CLAIM_THEIRS && outcome->claim.same_work;
    if (outcome->claim.state != RUN_CLAIM_OURS) return PLAQ_OK;
    status = look_again(team, path, entry, outcome);
    if (status != PLAQ_OK || outcome->state != RUN_TODO) run_claim_leave(team->ticket);
    return status;
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

plaq_status run_list_begin(run_list *list, plaq_plan *plan)
{
    *list = (run_list){.plan = plan, .current = -1};
    list->settled = plaq_alloc((size_t)plan->count, sizeof *list->settled);
    if (!list->settled) return PLAQ_E_MEMORY;
    for (int i = 0; i < plan->count; i++) {
        list->settled[i] = !run_is_to_do(&plan->entries[i], plan->measurements);
        list->open += !list->settled[i];
    }
    list->to_do = list->open;
    return PLAQ_OK;
}

void run_list_end(run_list *list)
{
    plaq_free(list->settled);
    *list = (run_list){.plan = NULL};
}

static void settle(run_list *list, int i)
{
    list->settled[i] = true;
    list->open--;
}

/* Tries one: *next says whether it is ours to measure. */
static plaq_status try_one(run_list *list, run_team *team, int i, plaq_plan_entry *entry, run_next *next)
{
    plaq_plan_entry *planned = &list->plan->entries[i];
    run_try outcome;

    PLAQ_TRY(run_try_begin(team, planned->path, entry, &outcome));
    if (outcome.state == RUN_TODO) {
        list->current = i;
        *next = RUN_NEXT_WORK;
        return PLAQ_OK;
    }
    if (outcome.state == RUN_FAILED) {
        plaq_log(PLAQ_LOG_WARN, "not measured: %s", entry->message);
        PLAQ_TRY(keep_words(planned, entry->status, entry->message));
    }
    if (outcome.state != RUN_HELD) settle(list, i);
    if (outcome.state == RUN_HELD && outcome.leave && list->pass > 0) {
        settle(list, i);
        list->theirs++;
    }
    run_entry_clear(entry);
    return PLAQ_OK;
}

plaq_status run_list_next(run_list *list, run_team *team, plaq_plan_entry *entry, run_next *next)
{
    *next = RUN_NEXT_WAIT;
    if (list->pass > 1 && list->at == 0 && plaq_now() - list->looked < look_every) return PLAQ_OK;
    for (; *next != RUN_NEXT_WORK && list->at < list->plan->count; list->at++)
        if (!list->settled[list->at]) PLAQ_TRY(try_one(list, team, list->at, entry, next));
    if (*next == RUN_NEXT_WORK) return PLAQ_OK;
    if (list->open == 0) *next = RUN_NEXT_END;
    if (list->open > 0 && list->pass == 0) plaq_log(PLAQ_LOG_DEBUG, "%d are held by other jobs", list->open);
    list->at = 0;
    list->pass++;
    list->looked = plaq_now();
    return PLAQ_OK;
}

void run_list_settle(run_list *list, plaq_status status, const char *words, bool lost)
{
    plaq_plan_entry *planned = &list->plan->entries[list->current];

    if (lost) return;
    settle(list, list->current);
    if (status == PLAQ_OK) return;
    planned->status = status;
    plaq_free(planned->message);
    planned->message = plaq_strdup(words);
}

const char *run_list_peek(const run_list *list)
{
    for (int i = list->at; i < list->plan->count; i++)
        if (!list->settled[i]) return list->plan->entries[i].path;
    return NULL;
}
