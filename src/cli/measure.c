/* plaq measure: the campaign of a run file, and what came of it. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "plaq/run.h"

typedef struct {
    bool force;
    int teams;
    char time[64];
    double lease;
    bool follow;
    double poll, settle;
    int until;
    double idle;
    char events[1024], metrics[1024];
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, force, "false",
              "measure also where checksum, plaquette, link trace or unitarity do not agree; the "
              "result says so"),
    PLAQ_INT(options, teams, "0", 0, 1 << 20, "1", "split the ranks into as many teams; 0: as the run file says"),
    PLAQ_TEXT(options, time, "", "what this job has, 3:50:00 or 90m; without it, what the batch system says"),
    PLAQ_BOOL(options, follow, "false", "configurations are still being made: wait for new ones"),
    PLAQ_REAL(options, poll, "10", 0.05, 1e5, "s", "with --follow: seconds between two looks"),
    PLAQ_REAL(options, settle, "60", 0.05, 1e6, "s",
              "with --follow: a file written less long ago that does not agree counts as incomplete"),
    PLAQ_INT(options, until, "0", 0, 2147483647, "1", "with --follow: end when so many are done; 0: do not"),
    PLAQ_REAL(options, idle, "0", 0, 1e9, "s",
              "with --follow: end when nothing new came for so many seconds; 0: do not"),
    PLAQ_TEXT(options, events, "", "append a line of JSON for each event to this file"),
    PLAQ_TEXT(options, metrics, "", "keep numbers in this file, in Prometheus' text format"),
    PLAQ_REAL(options, lease, "120", 0.5, 1e6, "s", "seconds after which a silent job on another host counts as dead"),
    PLAQ_END,
};

/* Mean and summed squares of the deviations from it, of one number over the configurations that are done; kept up to
 * date number by number: B. P. Welford, Technometrics 4 (1962) 419. */
typedef struct {
    int n;
    double mean, squares;
} spread;

static plaq_status add_number(const plaq_plan_entry *entry, const char *measurement, const char *output, spread *s)
{
    double *values;
    int rank, shape[PLAQ_AXES_MAX];
    bool is_complex;

    PLAQ_TRY(plaq_store_read(entry->result, measurement, output, &values, &rank, shape, &is_complex));
    if (rank == 0 && !is_complex && !isnan(values[0])) {
        double before = values[0] - s->mean;

        s->n++;
        s->mean += before / s->n;
        s->squares += before * (values[0] - s->mean);
    }
    plaq_free(values);
    return PLAQ_OK;
}

static plaq_status add_row(const plaq_plan *plan, int m, const char *measurement, const plaq_output *output,
                           plaq_table *rows)
{
    char width[32] = "-";
    spread s = {0};

    for (int i = 0; i < plan->count; i++)
        if (plan->entries[i].state[m] == PLAQ_TASK_DONE)
            PLAQ_TRY(add_number(&plan->entries[i], measurement, output->name, &s));
    if (s.n == 0) return PLAQ_OK;
    if (s.n > 1) snprintf(width, sizeof width, "%.2g", sqrt(s.squares / (s.n - 1)));
    return plaq_table_row(rows, "%s\t%s\t%d\t%.10g\t%s", measurement, output->name, s.n, s.mean, width);
}

/* The single numbers, over all configurations that are done: a first look, not an analysis. */
static plaq_status print_numbers(const plaq_run *run, const plaq_plan *plan)
{
    const plaq_measurement *list;
    plaq_table rows = {.rows = NULL};
    int n = plaq_run_measurements(run, &list);
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "measurement\toutput\tconfigurations\tmean\tspread"));
    for (int m = 0; m < n; m++)
        for (const plaq_output *o = list[m].observable->outputs; o->name; o++)
            if (!o->axes[0] && !o->is_complex) PLAQ_GO(add_row(plan, m, list[m].name, o, &rows));
    if (rows.count > 1) plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_failures(const plaq_plan *plan)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "not measured\twhy"));
    for (int i = 0; i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];
        bool failed = entry->status != PLAQ_OK;

        for (int m = 0; m < plan->measurements; m++) failed |= entry->state[m] == PLAQ_TASK_FAILED;
        if (failed) PLAQ_GO(plaq_table_row(&rows, "%s\t%s", entry->path, entry->message));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

/* What there is now. Rank 0 alone. */
static plaq_status print_summary(const plaq_run *run)
{
    plaq_plan *plan = NULL;
    plaq_status status;

    PLAQ_GO(plaq_plan_make(plaq_comm_self(), run, &plan));
    PLAQ_GO(print_numbers(run, plan));
    if (plan->failed) PLAQ_GO(print_failures(plan));
    printf("\n%d of %d configurations done, %d failed, %d missing; results in %s\n", plan->done, plan->count,
           plan->failed, plan->missing, plaq_run_output(run));
done:
    plaq_plan_destroy(&plan);
    return status;
}

static plaq_status run_campaign(const plaq_call *call, const plaq_run *run)
{
    const options *o = call->options;
    plaq_campaign_options how = {.force = o->force,
                                 .teams = o->teams,
                                 .lease = o->lease,
                                 .follow = o->follow,
                                 .until = o->until,
                                 .idle = o->idle,
                                 .poll = o->poll,
                                 .settle = o->settle,
                                 .events = o->events,
                                 .metrics = o->metrics};
    plaq_status status = o->time[0] ? plaq_time_read(o->time, &how.time) : PLAQ_OK, printed = PLAQ_OK;
    char *words;

    if (status == PLAQ_OK) status = plaq_campaign(call->comm, run, &how);
    words = plaq_strdup(plaq_message());

    /* where configurations failed there is still a summary; what came of the campaign is the last word */
    if (!o->follow && (status == PLAQ_OK || status == PLAQ_E_DATA || status == PLAQ_E_STOPPED))
        if (plaq_comm_rank(call->comm) == 0) printed = print_summary(run);
    if (status == PLAQ_OK)
        status = printed;
    else if (words)
        plaq_message_set(words);
    plaq_free(words);
    return plaq_agree(call->comm, status);
}

static plaq_status run(const plaq_call *call)
{
    plaq_run *run = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_run_read(call->comm, call->args[0], call->args + 1, call->n_args - 1, &run));
    status = run_campaign(call, run);
    plaq_run_destroy(&run);
    return status;
}

const plaq_command plaq_command_measure = {
    .name = "measure",
    .brief = "measure what a run file asks for and is not done yet",
    .arguments = "RUN.yaml [KEY.PATH=VALUE...]",
    .doc = "Reads each configuration of the run file, verifies it, measures, and writes\n"
           "one result file a configuration into the output folder: what exists there is\n"
           "whole. The same command goes on where a run was stopped or killed, tries again\n"
           "what failed, and measures again what changed in the run file. Words after the\n"
           "run file set keys of it: measure.0.flow.t_max=4, output=elsewhere.\n"
           "\n"
           "Any number of jobs may do so on one output at the same time: each configuration is\n"
           "claimed by one of them, and claims of dead jobs are taken over. --teams splits the\n"
           "ranks of this one into such jobs. With --follow it goes on looking for new\n"
           "configurations (globs, patterns without `last`), measures those that are complete,\n"
           "and ends by --until, --idle, a signal, or the file STOP in the output folder,\n"
           "which stops any job before its next configuration. None is begun that would not\n"
           "be over in time (--time, or what Slurm says).\n"
           "\n"
           "Configurations that are damaged or cannot be read are left out and listed; the\n"
           "exit code is then 3. SIGINT, SIGTERM and SIGUSR1 stop it with exit code 75,\n"
           "also in the middle of a flow: run the same command to go on. Under mpirun send\n"
           "SIGUSR1, which waits for us; after a SIGTERM mpirun kills its ranks within a\n"
           "second (nothing that is done is lost).\n"
           "\n"
           "Relative paths are relative to the current folder.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .ranks = true,
    .stops = true,
    .run = run,
};
