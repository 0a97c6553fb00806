/* Planned minus done: which configurations there are, and which measurements of them have a result.
 *
 * A measurement is done where the result file has one of its name whose key (key.c) is equal.
 */
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

static plaq_status read_header(const plaq_run *run, const run_index *index, plaq_plan_entry *entry)
{
    const int *dims = run->ensemble.dims[0] ? run->ensemble.dims : NULL;
    plaq_config *config = NULL;
    const char *known = NULL;
    const plaq_config_header *header = index ? run_index_header(index, &known) : NULL;
    char *identity = NULL;
    plaq_status status;

    if (header) {
        entry->header = *header;
        plaq_free(entry->identity);
        entry->identity = plaq_strdup(known);
        return entry->identity ? PLAQ_OK : PLAQ_E_MEMORY;
    }
    status = plaq_config_open_raw(plaq_comm_self(), entry->path, dims, run->ensemble.raw, &config);
    if (status != PLAQ_OK) return keep_failure(entry, status);
    entry->header = *plaq_config_get_header(config);
    plaq_config_close(&config);
    for (int mu = 0; mu < 4; mu++)
        if (entry->header.dims[mu] <= 0)
            return keep_failure(entry, plaq_fail(PLAQ_E_DATA,
                                                 "%s: no extents in the file: give `dims: [X, Y, Z, T]` "
                                                 "under `ensemble`",
                                                 entry->path));
    status = run_identity(entry->path, &entry->header, run->ensemble.raw, &identity);
    if (status != PLAQ_OK) return keep_failure(entry, status);
    plaq_free(entry->identity);
    entry->identity = identity;
    return PLAQ_OK;
}

/* Key of a measurement of the result file, or NULL. */
static const char *find_key(const char *name, char (*const names)[2][72], int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i][0], name) == 0) return names[i][1];
    return NULL;
}

/* Sets key and state of a measurement, by the one of its name in the result; of a field that is written, also by its
 * file. */
static plaq_status look_at_measurement(const plaq_run *run, plaq_plan_entry *entry, int i, const char *stored)
{
    const plaq_measurement *m = &run->list[i];
    bool file = m->observable == &run_written && stored && entry->status == PLAQ_OK;
    char *written = NULL;
    plaq_status status = PLAQ_OK;

    if (file) PLAQ_TRY(run_written_identity(m, entry->path, &written));
    if (entry->status == PLAQ_OK) status = run_key(run, m, entry->identity, written, entry->key[i]);
    if (!stored || (file && !written))
        entry->state[i] = PLAQ_TASK_MISSING;
    else
        entry->state[i] = strcmp(stored, entry->key[i]) == 0 ? PLAQ_TASK_DONE : PLAQ_TASK_CHANGED;
    plaq_free(written);
    return status;
}

/* What the result file has; a damaged one has nothing and will be set aside when a whole one is written. */
static plaq_status list_result(const plaq_plan_entry *entry, const run_index *index, char (**names)[2][72], int *n)
{
    const char(*known)[2][72];
    plaq_status status;

    *names = NULL;
    *n = 0;
    if (index && run_index_names(index, &known, n)) {
        *names = plaq_alloc((size_t)*n, sizeof **names);
        if (*names && *n) memcpy(*names, known, (size_t)*n * sizeof **names);
        return *names ? PLAQ_OK : PLAQ_E_MEMORY;
    }
    if (!plaq_path_exists(entry->result)) return PLAQ_OK;
    status = plaq_store_list(entry->result, names, n);
    if (status != PLAQ_E_DATA) return status;
    plaq_log(PLAQ_LOG_WARN, "%s; it counts as missing", plaq_message());
    return PLAQ_OK;
}

static plaq_status look_at_result(const plaq_run *run, run_index *index, plaq_plan_entry *entry)
{
    plaq_status status = PLAQ_OK;
    char(*names)[2][72], *failure = NULL;
    bool done = true;
    int n;

    PLAQ_TRY(list_result(entry, index, &names, &n));
    if (index && entry->status == PLAQ_OK) PLAQ_GO(run_index_keep(index, entry, (const char(*)[2][72])names, n));
    for (int i = 0; i < run->count; i++) {
        PLAQ_GO(look_at_measurement(run, entry, i, find_key(run->list[i].name, names, n)));
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

plaq_status run_look(const plaq_run *run, run_index *index, const char *path, plaq_plan_entry *entry)
{
    struct stat s;

    entry->path = plaq_strdup(path);
    entry->result = run_result_path(run->options.output, path);
    entry->message = plaq_strdup("");
    entry->identity = plaq_strdup("");
    entry->state = plaq_alloc((size_t)run->count, sizeof *entry->state);
    entry->key = plaq_alloc((size_t)run->count, sizeof *entry->key);
    if (!entry->path || !entry->result || !entry->message || !entry->identity || !entry->state || !entry->key)
        return PLAQ_E_MEMORY;
    if (stat(path, &s) == 0) entry->written = run_time_of(&s);
    if (index) run_index_at(index, run, path, entry->result);
    PLAQ_TRY(read_header(run, index, entry));
    return look_at_result(run, index, entry);
}

void run_entry_clear(plaq_plan_entry *entry)
{
    plaq_free(entry->path);
    plaq_free(entry->result);
    plaq_free(entry->identity);
    plaq_free(entry->message);
    plaq_free(entry->state);
    plaq_free(entry->key);
    *entry = (plaq_plan_entry){.path = NULL};
}

bool run_is_to_do(const plaq_plan_entry *entry, int measurements)
{
    if (entry->status != PLAQ_OK) return false;
    for (int i = 0; i < measurements; i++)
        if (entry->state[i] != PLAQ_TASK_DONE) return true;
    return false;
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

/* A file that is to be written of a configuration. */
typedef struct {
    char *path;
    const plaq_plan_entry *of;
} output;

static int by_path(const void *a, const void *b)
{
    return strcmp(((const output *)a)->path, ((const output *)b)->path);
}

/* Each configuration has a file of its own, and none is a configuration. */
static plaq_status check_twins(const output sorted[], int n)
{
    for (int i = 0; i < n; i++) {
        const char *config = sorted[i].of->path;

        if (i > 0 && by_path(&sorted[i - 1], &sorted[i]) == 0)
            return plaq_fail(PLAQ_E_USAGE,
                             "%s and %s would both have the result %s: give each folder of configurations "
                             "its own run file and output",
                             sorted[i - 1].of->path, config, sorted[i].path);
        if (run_is_same_file(config, sorted[i].path))
            return plaq_fail(PLAQ_E_USAGE, "the result of %s would be written over it: give another output folder",
                             config);
    }
    return PLAQ_OK;
}

/* Result files (m NULL), or the files of a derived field. */
static plaq_status check_outputs(const plaq_plan *plan, const plaq_measurement *m)
{
    output *all = plaq_alloc((size_t)plan->count, sizeof *all);
    plaq_status status = all ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; status == PLAQ_OK && i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];

        all[i] = (output){m ? run_written_path(m, entry->path) : plaq_strdup(entry->result), entry};
        if (!all[i].path) status = PLAQ_E_MEMORY;
    }
    if (status == PLAQ_OK) {
        qsort(all, (size_t)plan->count, sizeof *all, by_path);
        status = check_twins(all, plan->count);
    }
    for (int i = 0; all && i < plan->count; i++) plaq_free(all[i].path);
    plaq_free(all);
    return status;
}

/* What is written among the configurations would be one of them the next time. */
static plaq_status check_folder(const plaq_plan *plan, const char *name, const char *written)
{
    for (int i = 0; i < plan->count; i++) {
        const char *path = plan->entries[i].path;
        char *folder = plaq_strprintf("%.*s.", (int)(plaq_path_base(path) - path), path);
        bool same = folder && run_is_same_file(folder, written);

        plaq_free(folder);
        if (!folder) return PLAQ_E_MEMORY;
        if (same)
            return plaq_fail(PLAQ_E_USAGE, "%s would be written among the configurations, in %s: give another folder",
                             name, written);
    }
    return PLAQ_OK;
}

static plaq_status check_files(const plaq_run *run, const plaq_plan *plan)
{
    PLAQ_TRY(check_outputs(plan, NULL));
    for (int i = 0; i < run->count; i++) {
        if (run->list[i].observable != &run_written) continue;
        PLAQ_TRY(check_folder(plan, run->list[i].name, ((const run_writing *)run->list[i].params)->folder));
        PLAQ_TRY(check_outputs(plan, &run->list[i]));
    }
    for (int q = 0; q < run->n_quarks; q++) {
        const run_saving *saving = run->quarks[q].save;

        if (saving) PLAQ_TRY(check_folder(plan, run->quarks[q].name, saving->folder));
    }
    return PLAQ_OK;
}

static plaq_status look(const plaq_run *run, plaq_plan *plan)
{
    run_paths paths = {0};
    run_index *index = NULL;
    plaq_status status = run_find(run, &paths);

    if (status != PLAQ_OK) return status;
    plan->entries = plaq_alloc((size_t)paths.count, sizeof *plan->entries);
    if (!plan->entries) status = PLAQ_E_MEMORY;
    if (status == PLAQ_OK) status = run_index_open(run->options.output, &index);
    for (int i = 0; status == PLAQ_OK && i < paths.count; i++) {
        plan->count = i + 1;
        status = run_look(run, index, paths.paths[i], &plan->entries[i]);
    }
    if (status == PLAQ_OK) run_index_write(index);
    run_index_close(&index);
    run_paths_clear(&paths);
    return status == PLAQ_OK ? check_files(run, plan) : status;
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
    for (int i = 0; (*plan)->entries && i < (*plan)->count; i++) run_entry_clear(&(*plan)->entries[i]);
    plaq_free((*plan)->entries);
    plaq_free(*plan);
    *plan = NULL;
}
