/* plaq status: which measurement of which configuration is done. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/run.h"

typedef struct {
    bool left, json;
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, left, "false", "only configurations that are not done"),
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

static bool is_done(const plaq_plan *plan, const plaq_plan_entry *entry)
{
    for (int m = 0; m < plan->measurements; m++)
        if (entry->state[m] != PLAQ_TASK_DONE) return false;
    return true;
}

static plaq_status print_json(const plaq_run *run, const plaq_plan *plan, bool left)
{
    cJSON *all = cJSON_CreateObject(), *configurations = cJSON_CreateArray();
    const plaq_measurement *list;

    plaq_run_measurements(run, &list);
    plaq_json_text(all, "output", plaq_run_output(run));
    plaq_json_int(all, "found", plan->count);
    plaq_json_int(all, "done", plan->done);
    plaq_json_int(all, "missing", plan->missing);
    plaq_json_int(all, "failed", plan->failed);
    for (int i = 0; i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];
        cJSON *item, *states;

        if (left && is_done(plan, entry)) continue;
        item = cJSON_CreateObject();
        states = cJSON_CreateObject();
        for (int m = 0; m < plan->measurements; m++)
            plaq_json_text(states, list[m].name, plaq_task_word(entry->state[m]));
        plaq_json_text(item, "path", entry->path);
        plaq_json_add(item, "measurements", states);
        plaq_json_text(item, "message", entry->message);
        plaq_json_add(configurations, NULL, item);
    }
    plaq_json_add(all, "configurations", configurations);
    return plaq_json_print(all, true);
}

/* The cells of the head (entry NULL) or of one configuration, parted by tabs. */
static void write_cells(const plaq_measurement *list, int n, const plaq_plan_entry *entry, char *cells, size_t room)
{
    size_t used = 0;

    cells[0] = '\0';
    for (int m = 0; m < n && used < room; m++)
        used +=
            (size_t)snprintf(cells + used, room - used, "\t%s", entry ? plaq_task_word(entry->state[m]) : list[m].name);
}

static plaq_status print_text(const plaq_run *run, const plaq_plan *plan, bool left)
{
    const plaq_measurement *list;
    int n = plaq_run_measurements(run, &list);
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char cells[4096];

    write_cells(list, n, NULL, cells, sizeof cells);
    PLAQ_GO(plaq_table_row(&rows, "configuration%s\tremark", cells));
    for (int i = 0; i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];

        if (left && is_done(plan, entry)) continue;
        write_cells(list, n, entry, cells, sizeof cells);
        PLAQ_GO(plaq_table_row(&rows, "%s%s\t%s", entry->path, cells, entry->message));
    }
    plaq_table_print(&rows);
    printf("\n%d configurations: %d done, %d missing, %d failed; results in %s\n", plan->count, plan->done,
           plan->missing, plan->failed, plaq_run_output(run));
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    plaq_run *run = NULL;
    plaq_plan *plan = NULL;
    plaq_status status;

    PLAQ_GO(plaq_run_read(plaq_comm_self(), call->args[0], call->args + 1, call->n_args - 1, &run));
    PLAQ_GO(plaq_plan_make(plaq_comm_self(), run, &plan));
    status = o->json ? print_json(run, plan, o->left) : print_text(run, plan, o->left);
done:
    plaq_plan_destroy(&plan);
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
           "configuration). A derived field that is written has a column too. Looks only at\n"
           "files, also while a run is going on.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
