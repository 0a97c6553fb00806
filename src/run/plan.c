/* Planned minus done: which configurations there are, and which measurements of them have a result.
 *
 * A measurement is done where the result file has one of its name whose key is equal. The key is the SHA-256 of
 * everything the numbers depend on: observable and its version, resolved parameters, precision, and the configuration's
 * identity (format, extents, checksum in the file and its size; without a checksum the time it was written).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/run.h"

const char *plaq_task_word(plaq_task_state state)
{
    static const char *const words[] = {"missing", "done", "failed", "changed"};

    return words[state];
}

/* ---- identity and key ---------------------------------------------------------------------------------------- */

static plaq_status make_identity(plaq_plan_entry *entry)
{
    const plaq_config_header *h = &entry->header;
    char written[64] = "";
    struct stat s;

    if (!h->checksum[0]) {
        if (stat(entry->path, &s) != 0) return plaq_fail(PLAQ_E_IO, "%s: %s", entry->path, strerror(errno));
        snprintf(written, sizeof written, "written %lld.%09ld", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    }
    plaq_free(entry->identity);
    entry->identity = plaq_strprintf("%s %d %d %d %d %s %s %lld", h->format, h->dims[0], h->dims[1], h->dims[2],
                                     h->dims[3], h->checksum[0] ? h->checksum_kind : "no-checksum",
                                     h->checksum[0] ? h->checksum : written, (long long)h->bytes);
    return entry->identity ? PLAQ_OK : PLAQ_E_MEMORY;
}

char *run_parameters(const plaq_measurement *m)
{
    run_buffer text = {0};
    plaq_status status = run_buffer_print(&text, "%s", "");

    for (const plaq_param *p = m->observable->params; status == PLAQ_OK && p && p->name; p++) {
        char value[4096];

        plaq_param_print(p, m->params, value, sizeof value);
        status = run_buffer_print(&text, "%s: %s\n", p->name, value);
    }
    if (status != PLAQ_OK) run_buffer_clear(&text);
    return text.bytes;
}

static plaq_status make_key(const plaq_run *run, const plaq_measurement *m, const char *identity, char key[65])
{
    char *parameters = run_parameters(m), *text;

    if (!parameters) return PLAQ_E_MEMORY;
    text = plaq_strprintf("%s %d\n%sprecision: %s\nconfiguration: %s\n", m->observable->name, m->observable->version,
                          parameters, plaq_run_prec(run) == PLAQ_SINGLE ? "single" : "double", identity);
    plaq_free(parameters);
    if (!text) return PLAQ_E_MEMORY;
    plaq_sha256(text, strlen(text), key);
    plaq_free(text);
    return PLAQ_OK;
}

/* ---- one configuration: rank 0 alone ------------------------------------------------------------------------- */

/* A failure that is the configuration's: kept in its entry. Others are ours and end the plan. */
static plaq_status keep_failure(plaq_plan_entry *entry, plaq_status status)
{
    if (status != PLAQ_E_DATA && status != PLAQ_E_IO && status != PLAQ_E_USAGE) return status;
    plaq_free(entry->message);
    entry->message = plaq_strdup(plaq_message());
    if (!entry->message) return PLAQ_E_MEMORY;
    entry->status = status == PLAQ_E_USAGE ? PLAQ_E_DATA : status;
    return PLAQ_OK;
}

static plaq_status read_header(const plaq_run *run, plaq_plan_entry *entry)
{
    const int *dims = run->ensemble.dims[0] ? run->ensemble.dims : NULL;
    plaq_config *config = NULL;
    plaq_status status = plaq_config_open(plaq_comm_self(), entry->path, dims, &config);

    if (status != PLAQ_OK) return keep_failure(entry, status);
    entry->header = *plaq_config_get_header(config);
    plaq_config_close(&config);
    for (int mu = 0; mu < 4; mu++)
        if (entry->header.dims[mu] <= 0)
            return keep_failure(entry, plaq_fail(PLAQ_E_DATA,
                                                 "%s: no extents in the file: give `dims: [X, Y, Z, T]` "
                                                 "under `ensemble`",
                                                 entry->path));
    status = make_identity(entry);
    return status == PLAQ_OK ? status : keep_failure(entry, status);
}

static plaq_task_state state_of(const plaq_plan_entry *entry, const char *name, const char *key,
                                char (*const names)[2][72], int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i][0], name) == 0)
            return entry->status == PLAQ_OK && strcmp(names[i][1], key) == 0 ? PLAQ_TASK_DONE : PLAQ_TASK_CHANGED;
    return PLAQ_TASK_MISSING;
}

/* What the result file has; a damaged one has nothing and will be set aside when a whole one is written. */
static plaq_status list_result(const plaq_plan_entry *entry, char (**names)[2][72], int *n)
{
    plaq_status status;

    *names = NULL;
    *n = 0;
    if (!plaq_path_exists(entry->result)) return PLAQ_OK;
    status = plaq_store_list(entry->result, names, n);
    if (status != PLAQ_E_DATA) return status;
    plaq_log(PLAQ_LOG_WARN, "%s; it counts as missing", plaq_message());
    return PLAQ_OK;
}

static plaq_status look_at_result(const plaq_run *run, plaq_plan_entry *entry)
{
    plaq_status status = PLAQ_OK;
    char(*names)[2][72], *failure = NULL;
    bool done = true;
    int n;

    PLAQ_TRY(list_result(entry, &names, &n));
    for (int i = 0; i < run->count; i++) {
        if (entry->status == PLAQ_OK) PLAQ_GO(make_key(run, &run->list[i], entry->identity, entry->key[i]));
        entry->state[i] = state_of(entry, run->list[i].name, entry->key[i], names, n);
        done &= entry->state[i] == PLAQ_TASK_DONE;
    }
    if (entry->status == PLAQ_OK && !done) {
        PLAQ_GO(run_failed_read(run->options.output, entry->path, &failure));
        if (failure) {
            plaq_free(entry->message);
            entry->message = failure;
        }
    }
    for (int i = 0; i < run->count; i++)
        if (entry->state[i] != PLAQ_TASK_DONE && (failure || entry->status != PLAQ_OK))
            entry->state[i] = PLAQ_TASK_FAILED;
done:
    plaq_free(names);
    return status;
}

static plaq_status look_at(const plaq_run *run, const char *path, plaq_plan_entry *entry)
{
    entry->path = plaq_strdup(path);
    entry->result = run_result_path(run->options.output, path);
    entry->message = plaq_strdup("");
    entry->identity = plaq_strdup("");
    entry->state = plaq_alloc((size_t)run->count, sizeof *entry->state);
    entry->key = plaq_alloc((size_t)run->count, sizeof *entry->key);
    if (!entry->path || !entry->result || !entry->message || !entry->identity || !entry->state || !entry->key)
        return PLAQ_E_MEMORY;
    PLAQ_TRY(read_header(run, entry));
    return look_at_result(run, entry);
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

static int by_result(const void *a, const void *b)
{
    return strcmp((*(plaq_plan_entry *const *)a)->result, (*(plaq_plan_entry *const *)b)->result);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat s, t;

    return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

/* Each configuration has a result file of its own, and none is a configuration. */
static plaq_status check_results(const plaq_plan *plan)
{
    plaq_plan_entry **sorted = plaq_alloc((size_t)plan->count, sizeof *sorted);
    plaq_status status = PLAQ_OK;

    if (!sorted) return PLAQ_E_MEMORY;
    for (int i = 0; i < plan->count; i++) sorted[i] = &plan->entries[i];
    qsort(sorted, (size_t)plan->count, sizeof *sorted, by_result);
    for (int i = 0; status == PLAQ_OK && i < plan->count; i++) {
        if (i > 0 && by_result(&sorted[i - 1], &sorted[i]) == 0)
            status = plaq_fail(PLAQ_E_USAGE,
                               "%s and %s would both have the result %s: give each folder of configurations "
                               "its own run file and output",
                               sorted[i - 1]->path, sorted[i]->path, sorted[i]->result);
        else if (is_same_file(sorted[i]->path, sorted[i]->result))
            status = plaq_fail(PLAQ_E_USAGE, "the result of %s would be written over it: give another output folder",
                               sorted[i]->path);
    }
    plaq_free(sorted);
    return status;
}

static plaq_status look(const plaq_run *run, plaq_plan *plan)
{
    run_paths paths = {0};
    plaq_status status = run_find(run, &paths);

    if (status != PLAQ_OK) return status;
    plan->entries = plaq_alloc((size_t)paths.count, sizeof *plan->entries);
    if (!plan->entries) status = PLAQ_E_MEMORY;
    for (int i = 0; status == PLAQ_OK && i < paths.count; i++) {
        plan->count = i + 1;
        status = look_at(run, paths.paths[i], &plan->entries[i]);
    }
    run_paths_clear(&paths);
    return status == PLAQ_OK ? check_results(plan) : status;
}

static void count(plaq_plan *plan)
{
    for (int i = 0; i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];
        bool done = true, failed = entry->status != PLAQ_OK;

        for (int m = 0; m < plan->measurements; m++) {
            done &= entry->state[m] == PLAQ_TASK_DONE;
            failed |= entry->state[m] == PLAQ_TASK_FAILED;
        }
        if (failed)
            plan->failed++;
        else if (done)
            plan->done++;
        else
            plan->missing++;
    }
}

plaq_status plaq_plan_make(const plaq_comm *comm, const plaq_run *run, plaq_plan **out)
{
    plaq_plan *plan = plaq_alloc(1, sizeof *plan);
    plaq_status status = plan ? PLAQ_OK : PLAQ_E_MEMORY;

    PLAQ_GO(plaq_agree(comm, status));
    plan->measurements = run->count;
    if (plaq_comm_rank(comm) == 0) status = look(run, plan);
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(run_plan_share(comm, run->count, plan));
    count(plan);
    *out = plan;
    return PLAQ_OK;
done:
    plaq_plan_destroy(&plan);
    return status;
}

void plaq_plan_destroy(plaq_plan **plan)
{
    if (!*plan) return;
    for (int i = 0; (*plan)->entries && i < (*plan)->count; i++) {
        plaq_plan_entry *entry = &(*plan)->entries[i];

        plaq_free(entry->path);
        plaq_free(entry->result);
        plaq_free(entry->identity);
        plaq_free(entry->message);
        plaq_free(entry->state);
        plaq_free(entry->key);
    }
    plaq_free((*plan)->entries);
    plaq_free(*plan);
    *plan = NULL;
}
