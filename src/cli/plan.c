/* plaq plan: what `plaq measure` would do: configurations found and done, process grid, memory a rank. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/run.h"

enum { LINK_REALS = 72 };

typedef struct {
    int ranks;
    bool json;
} options;

static const plaq_param table[] = {
    PLAQ_INT(options, ranks, "0", 0, 1 << 24, "1", "ranks to plan for; 0: as many as this runs on"),
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

/* Configurations of the same extents, and how ranks would lie over them. */
typedef struct {
    int dims[4], count;
    int grid[4];
    int64_t bytes;     /* one rank's */
    int64_t saved;     /* propagators kept of a configuration */
    char message[512]; /* why no grid fits; "" */
} lattice;

typedef struct {
    const plaq_run *run;
    const plaq_plan *plan;
    int ranks, count;
    lattice *lattices; /* [count] */
} survey;

/* ---- lattices ------------------------------------------------------------------------------------------------ */

static plaq_status lay_out(const survey *s, lattice *l)
{
    const int *given = plaq_run_grid(s->run);
    plaq_status status;

    l->saved = plaq_run_saved_bytes(s->run, l->dims);
    if (given) memcpy(l->grid, given, sizeof l->grid);
    status = given ? plaq_grid_check(l->dims, s->ranks, given) : plaq_grid_choose(l->dims, s->ranks, l->grid);
    if (status != PLAQ_OK) {
        snprintf(l->message, sizeof l->message, "%s", plaq_message());
        return status == PLAQ_E_USAGE ? PLAQ_OK : status;
    }
    l->bytes = plaq_run_fields(s->run) * plaq_lattice_estimate(l->dims, l->grid, plaq_run_prec(s->run), LINK_REALS) +
               plaq_run_quark_bytes(s->run, l->dims, l->grid);
    return PLAQ_OK;
}

static plaq_status find_lattices(survey *s)
{
    s->lattices = plaq_alloc((size_t)s->plan->count, sizeof *s->lattices);
    if (!s->lattices) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->plan->count; i++) {
        const int *dims = s->plan->entries[i].header.dims;
        int k = 0;

        if (s->plan->entries[i].status != PLAQ_OK) continue;
        while (k < s->count && memcmp(s->lattices[k].dims, dims, sizeof s->lattices[k].dims) != 0) k++;
        s->lattices[k].count++;
        if (k < s->count) continue;
        memcpy(s->lattices[k].dims, dims, sizeof s->lattices[k].dims);
        PLAQ_TRY(lay_out(s, &s->lattices[k]));
        s->count++;
    }
    return PLAQ_OK;
}

/* A grid that does not fit is known only after everything was printed. */
static plaq_status verdict(const survey *s)
{
    for (int k = 0; k < s->count; k++)
        if (s->lattices[k].message[0]) return plaq_fail(PLAQ_E_USAGE, "%s", s->lattices[k].message);
    return PLAQ_OK;
}

/* ---- for programs -------------------------------------------------------------------------------------------- */

static cJSON *lattices_json(const survey *s)
{
    cJSON *all = cJSON_CreateArray();

    for (int k = 0; k < s->count; k++) {
        const lattice *l = &s->lattices[k];
        cJSON *item = cJSON_CreateObject();

        plaq_json_ints(item, "dims", l->dims, 4);
        plaq_json_int(item, "configurations", l->count);
        plaq_json_int(item, "propagator_bytes", l->count * l->saved);
        if (l->message[0]) {
            plaq_json_text(item, "message", l->message);
        } else {
            plaq_json_ints(item, "grid", l->grid, 4);
            plaq_json_int(item, "bytes_per_rank", l->bytes);
        }
        plaq_json_add(all, NULL, item);
    }
    return all;
}

static cJSON *params_json(const plaq_param rows[], const void *values)
{
    cJSON *params = cJSON_CreateObject();

    for (const plaq_param *p = rows; p && p->name; p++) {
        char value[4096];

        plaq_param_print(p, values, value, sizeof value);
        plaq_json_text(params, p->name, value);
    }
    return params;
}

static cJSON *derived_json(const survey *s)
{
    const plaq_derived *list;
    int n = plaq_run_derived(s->run, &list);
    cJSON *all = cJSON_CreateArray();

    for (int i = 0; i < n; i++) {
        cJSON *item = cJSON_CreateObject();

        plaq_json_text(item, "name", list[i].name);
        plaq_json_text(item, "from", plaq_run_links(s->run, list[i].from));
        plaq_json_text(item, "kind", list[i].kind->name);
        plaq_json_add(item, "parameters", params_json(list[i].kind->params, list[i].params));
        plaq_json_add(all, NULL, item);
    }
    return all;
}

static cJSON *solves_json(const survey *s)
{
    const plaq_flavour *quarks;
    const plaq_source *sources;
    int n_quarks = plaq_run_quarks(s->run, &quarks), n_sources = plaq_run_sources(s->run, &sources);
    cJSON *all = cJSON_CreateArray();

    for (int q = 0; q < n_quarks; q++)
        for (int i = 0; i < n_sources; i++) {
            const int columns = plaq_run_columns(s->run, q, i);
            cJSON *item;

            if (!columns) continue;
            item = cJSON_CreateObject();
            plaq_json_text(item, "quark", quarks[q].name);
            plaq_json_text(item, "source", sources[i].name);
            plaq_json_int(item, "columns", columns);
            plaq_json_add(all, NULL, item);
        }
    return all;
}

/* What a measurement is of: a gauge field, or "light light from wide, sinks point wide". */
static const char *on_words(const plaq_run *run, const plaq_measurement *m, char *words, size_t n)
{
    const plaq_lines *lines = &m->lines;
    const plaq_flavour *quarks;
    const plaq_source *sources;
    size_t used = 0;

    plaq_run_quarks(run, &quarks);
    plaq_run_sources(run, &sources);
    if (!lines->sinks) return plaq_run_links(run, m->links);
    for (int i = 0; i < m->observable->quarks && used < n; i++)
        used += (size_t)snprintf(words + used, n - used, "%s ", quarks[lines->quark[i]].name);
    if (used < n) used += (size_t)snprintf(words + used, n - used, "from %s, sinks", sources[lines->source].name);
    for (int i = 0; i < lines->sinks && used < n; i++)
        used += (size_t)snprintf(words + used, n - used, " %s", plaq_run_sink(run, lines->sink[i]));
    return words;
}

static cJSON *measurements_json(const survey *s)
{
    const plaq_measurement *list;
    int n = plaq_run_measurements(s->run, &list);
    cJSON *all = cJSON_CreateArray();
    char on[1024];

    for (int i = 0; i < n; i++) {
        cJSON *item = cJSON_CreateObject();

        plaq_json_text(item, "name", list[i].name);
        plaq_json_text(item, "observable", list[i].observable->name);
        plaq_json_text(item, list[i].lines.sinks ? "of" : "links", on_words(s->run, &list[i], on, sizeof on));
        plaq_json_add(item, "parameters", params_json(list[i].observable->params, list[i].params));
        plaq_json_add(all, NULL, item);
    }
    return all;
}

static cJSON *configurations_json(const survey *s)
{
    const plaq_measurement *list;
    int n = plaq_run_measurements(s->run, &list);
    cJSON *all = cJSON_CreateArray();

    for (int i = 0; i < s->plan->count; i++) {
        const plaq_plan_entry *entry = &s->plan->entries[i];
        cJSON *item = cJSON_CreateObject(), *to_do = cJSON_CreateArray();

        for (int m = 0; m < n; m++)
            if (entry->state[m] != PLAQ_TASK_DONE) cJSON_AddItemToArray(to_do, cJSON_CreateString(list[m].name));
        plaq_json_text(item, "path", entry->path);
        plaq_json_text(item, "result", entry->result);
        plaq_json_text(item, "format", entry->status == PLAQ_OK ? entry->header.format : NULL);
        plaq_json_ints(item, "dims", entry->header.dims, 4);
        plaq_json_text(item, "status", plaq_status_word(entry->status));
        plaq_json_text(item, "message", entry->message);
        plaq_json_add(item, "to_do", to_do);
        plaq_json_add(all, NULL, item);
    }
    return all;
}

static plaq_status print_json(const survey *s)
{
    cJSON *all = cJSON_CreateObject();

    plaq_json_text(all, "ensemble", plaq_run_ensemble(s->run));
    plaq_json_text(all, "output", plaq_run_output(s->run));
    plaq_json_text(all, "precision", plaq_run_prec(s->run) == PLAQ_SINGLE ? "single" : "double");
    plaq_json_int(all, "ranks", s->ranks);
    plaq_json_int(all, "found", s->plan->count);
    plaq_json_int(all, "done", s->plan->done);
    plaq_json_int(all, "missing", s->plan->missing);
    plaq_json_int(all, "failed", s->plan->failed);
    plaq_json_int(all, "fields", plaq_run_fields(s->run));
    plaq_json_add(all, "lattices", lattices_json(s));
    plaq_json_add(all, "gauge", derived_json(s));
    plaq_json_add(all, "solves", solves_json(s));
    plaq_json_add(all, "measurements", measurements_json(s));
    plaq_json_add(all, "configurations", configurations_json(s));
    return plaq_json_print(all, true);
}

/* ---- for people ---------------------------------------------------------------------------------------------- */

static plaq_status print_lattices(const survey *s)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "lattice X Y Z T\tconfigurations\tgrid of %d ranks\tMB a rank", s->ranks));
    for (int k = 0; k < s->count; k++) {
        const lattice *l = &s->lattices[k];
        const int *d = l->dims, *g = l->grid;

        if (l->message[0])
            PLAQ_GO(plaq_table_row(&rows, "%d %d %d %d\t%d\tnone fits\t", d[0], d[1], d[2], d[3], l->count));
        else
            PLAQ_GO(plaq_table_row(&rows, "%d %d %d %d\t%d\t%d %d %d %d\t%.1f", d[0], d[1], d[2], d[3], l->count, g[0],
                                   g[1], g[2], g[3], 1e-6 * (double)l->bytes));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

/* "rho 0.1, steps 3"; "-" where there are none */
static void print_params(const plaq_param params[], const void *values, char *words, size_t n)
{
    size_t used = 0;

    snprintf(words, n, "-");
    for (const plaq_param *p = params; p && p->name && used < n; p++) {
        char value[512];

        plaq_param_print(p, values, value, sizeof value);
        used += (size_t)snprintf(words + used, n - used, "%s%s %s", used ? ", " : "", p->name, value);
    }
}

static plaq_status print_derived(const survey *s)
{
    const plaq_derived *list;
    int n = plaq_run_derived(s->run, &list);
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char words[2048];

    if (n == 0) return PLAQ_OK;
    PLAQ_GO(plaq_table_row(&rows, "gauge field\tfrom\tkind\tparameters"));
    for (int i = 0; i < n; i++) {
        print_params(list[i].kind->params, list[i].params, words, sizeof words);
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%s\t%s", list[i].name, plaq_run_links(s->run, list[i].from),
                               list[i].kind->name, words));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_quarks(const survey *s)
{
    const plaq_flavour *list;
    int n = plaq_run_quarks(s->run, &list);
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char words[2048], saved[2048];

    if (n == 0) return PLAQ_OK;
    PLAQ_GO(plaq_table_row(&rows, "quark\tlinks\tsaved\tparameters"));
    for (int i = 0; i < n; i++) {
        print_params(plaq_run_quark_table, list[i].params, words, sizeof words);
        print_params(list[i].save ? plaq_run_saving_table : NULL, list[i].save, saved, sizeof saved);
        PLAQ_GO(
            plaq_table_row(&rows, "%s\t%s\t%s\t%s", list[i].name, plaq_run_links(s->run, list[i].links), saved, words));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_sources(const survey *s)
{
    const plaq_source *list;
    int n = plaq_run_sources(s->run, &list);
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char words[2048];

    if (n == 0) return PLAQ_OK;
    PLAQ_GO(plaq_table_row(&rows, "source\tkind\tpositions\tlinks\tparameters"));
    for (int i = 0; i < n; i++) {
        print_params(list[i].kind->params, list[i].params, words, sizeof words);
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%d%s\t%s\t%s", list[i].name, list[i].kind->name, list[i].count,
                               list[i].random ? ", random" : "", plaq_run_links(s->run, list[i].links), words));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

/* Disk for what is measured on propagators, and for those that are to be kept. */
static void print_saved(const survey *s)
{
    int64_t sum = 0, numbers = 0;

    for (int k = 0; k < s->count; k++) {
        sum += s->lattices[k].count * s->lattices[k].saved;
        numbers += s->lattices[k].count * plaq_run_numbers(s->run, s->lattices[k].dims);
    }
    if (numbers > 0) printf("\nresults on propagators on disk: %.1f MB, all configurations\n", 8e-6 * (double)numbers);
    if (sum > 0) printf("propagators on disk: %.1f MB, all configurations\n", 1e-6 * (double)sum);
}

/* What is solved for on each configuration. */
static plaq_status print_solves(const survey *s)
{
    const plaq_flavour *quarks;
    const plaq_source *sources;
    int n_quarks = plaq_run_quarks(s->run, &quarks), n_sources = plaq_run_sources(s->run, &sources), all = 0;
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "solve\tfrom\tcolumns a configuration"));
    for (int q = 0; q < n_quarks; q++)
        for (int i = 0; i < n_sources; i++) {
            const int columns = plaq_run_columns(s->run, q, i);

            if (columns) PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%d", quarks[q].name, sources[i].name, columns));
            all += columns;
        }
    if (all == 0) goto done;
    PLAQ_GO(plaq_table_row(&rows, "all\t\t%d", all));
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_measurements(const survey *s)
{
    const plaq_measurement *list;
    int n = plaq_run_measurements(s->run, &list);
    plaq_table rows = {.rows = NULL};
    plaq_status status;
    char words[2048], on[1024];

    PLAQ_GO(plaq_table_row(&rows, "measurement\tobservable\tof\tparameters"));
    for (int i = 0; i < n; i++) {
        print_params(list[i].observable->params, list[i].params, words, sizeof words);
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%s\t%s", list[i].name, list[i].observable->name,
                               on_words(s->run, &list[i], on, sizeof on), words));
    }
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_failures(const survey *s)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "failed\twhy"));
    for (int i = 0; i < s->plan->count; i++)
        if (s->plan->entries[i].message[0])
            PLAQ_GO(plaq_table_row(&rows, "%s\t%s", s->plan->entries[i].path, s->plan->entries[i].message));
    putchar('\n');
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_text(const survey *s)
{
    const plaq_plan *plan = s->plan;

    printf(
        "ensemble   %s\noutput     %s\nprecision  %s\nfound      %d configurations: %d done, %d missing, %d failed\n",
        plaq_run_ensemble(s->run), plaq_run_output(s->run), plaq_run_prec(s->run) == PLAQ_SINGLE ? "single" : "double",
        plan->count, plan->done, plan->missing, plan->failed);
    PLAQ_TRY(print_lattices(s));
    PLAQ_TRY(print_derived(s));
    PLAQ_TRY(print_quarks(s));
    PLAQ_TRY(print_sources(s));
    PLAQ_TRY(print_solves(s));
    print_saved(s);
    PLAQ_TRY(print_measurements(s));
    return plan->failed ? print_failures(s) : PLAQ_OK;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    survey s = {.ranks = o->ranks ? o->ranks : plaq_comm_size(call->comm)};
    plaq_run *run = NULL;
    plaq_plan *plan = NULL;
    plaq_status status;

    PLAQ_GO(plaq_run_read(plaq_comm_self(), call->args[0], call->args + 1, call->n_args - 1, &run));
    PLAQ_GO(plaq_plan_make(plaq_comm_self(), run, &plan));
    s.run = run;
    s.plan = plan;
    PLAQ_GO(find_lattices(&s));
    PLAQ_GO(o->json ? print_json(&s) : print_text(&s));
    status = verdict(&s);
done:
    plaq_free(s.lattices);
    plaq_plan_destroy(&plan);
    plaq_run_destroy(&run);
    return status;
}

const plaq_command plaq_command_plan = {
    .name = "plan",
    .brief = "show what measure would do: configurations, process grid, memory",
    .arguments = "RUN.yaml [KEY.PATH=VALUE...]",
    .doc = "Says which configurations the run file names, how many are done, missing or\n"
           "failed, how the ranks would be laid over the lattice and what memory each needs\n"
           "for gauge fields, operators and propagators, every measurement with its\n"
           "parameters, the columns that are solved for, and the disk that results on\n"
           "propagators and propagators take which are kept. Reads headers and results\n"
           "only, changes nothing, and works on a login node: --ranks plans for a job of\n"
           "another size. The exit code is 2 where the ranks do not fit.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
