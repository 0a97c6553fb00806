/* plaq describe: parameters and outputs of an observable, with units and normalisation; parameters of a kind of derived
 * gauge field or of source (an observable may have the same name: then both); of a quark; a step of an analysis; a
 * format; a command. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/derived.h"
#include "plaq/io.h"
#include "plaq/observable.h"
#include "plaq/run.h"
#include "plaq/study.h"

enum { MOST_NAMES = 256 };

typedef struct {
    bool json;
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

/* ---- as a table ---------------------------------------------------------------------------------------------- */

static plaq_status print_params(const plaq_param params[])
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    if (!params || !params->name) {
        printf("no parameters\n");
        return PLAQ_OK;
    }
    PLAQ_GO(plaq_table_row(&rows, "parameter\ttype\tdefault\trange\tunit\twhat it is"));
    for (const plaq_param *row = params; row->name; row++) {
        char type[40], range[80];

        plaq_param_type_text(row, type, sizeof type);
        plaq_param_range_text(row, range, sizeof range);
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%s\t%s\t%s\t%s", row->name, type,
                               row->fallback ? row->fallback : "(must be given)", row->choices ? row->choices : range,
                               row->unit, row->doc));
    }
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_outputs(const plaq_output outputs[])
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "output\taxes\tnumbers\tunit\twhat it is"));
    for (const plaq_output *row = outputs; row->name; row++)
        PLAQ_GO(plaq_table_row(&rows, "%s\t[%s]\t%s\t%s\t%s", row->name, row->axes,
                               row->is_complex ? "complex" : "real", row->unit, row->doc));
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_observable(const plaq_observable *observable)
{
    printf("%s: %s\n", observable->name, observable->brief);
    if (observable->reference) printf("reference: %s\n", observable->reference);
    if (observable->quarks)
        printf("under `measure` of the run file: %s: {quarks: [%d names], source: NAME, sinks: [point, ...], ...}\n",
               observable->name, observable->quarks);
    putchar('\n');
    PLAQ_TRY(print_params(observable->params));
    putchar('\n');
    return print_outputs(observable->outputs);
}

static plaq_status print_derivation(const plaq_derivation *derivation)
{
    printf("%s: %s\n", derivation->name, derivation->brief);
    if (derivation->reference) printf("reference: %s\n", derivation->reference);
    printf("under `gauge` of the run file: NAME: {from: links, %s: {...}}\n\n", derivation->name);
    return print_params(derivation->params);
}

static plaq_status print_source(const plaq_source_kind *kind)
{
    printf("%s: %s\n", kind->name, kind->brief);
    if (kind->reference) printf("reference: %s\n", kind->reference);
    printf("under `sources` of the run file: NAME: {kind: %s, at: [[x, y, z, t], ...], links: links, ...}\n",
           kind->name);
    printf("%s\n\n", kind->smear ? "a sink too" : "a source only");
    PLAQ_TRY(print_params(kind->params));
    putchar('\n');
    return print_params(plaq_run_place_table);
}

static plaq_status print_quark(void)
{
    printf("quark: action, boundary conditions and solver of a quark\n"
           "under `quarks` of the run file: NAME: {action: wilson, kappa: 0.15, links: links, ...}\n\n");
    PLAQ_TRY(print_params(plaq_run_quark_table));
    printf("\nsave: {...}: its propagators are kept as files, and read where they are there\n\n");
    return print_params(plaq_run_saving_table);
}

/* Keys of a step that are lists or mappings. */
static plaq_status print_lists(const plaq_param lists[])
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "list or mapping\tdefault\twhat it is"));
    for (const plaq_param *row = lists; row->name; row++)
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%s", row->name, row->fallback ? row->fallback : "(must be given)",
                               row->doc));
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static plaq_status print_step(const plaq_step *step)
{
    printf("%s: %s\n", step->name, step->brief);
    if (step->reference) printf("reference: %s\n", step->reference);
    printf("under `quantities` of an analysis file: NAME: {%s: {...}}", step->name);
    if (step->main) printf(", or NAME: {%s: %s}", step->name, step->main);
    printf("\n\n");
    PLAQ_TRY(print_params(step->params));
    if (!step->lists) return PLAQ_OK;
    putchar('\n');
    return print_lists(step->lists);
}

/* What has the name, one after the other. */
static plaq_status print_named(const plaq_observable *observable, const plaq_derivation *derivation,
                               const plaq_step *step)
{
    if (observable) PLAQ_TRY(print_observable(observable));
    if (observable && derivation) printf("\nalso a kind of derived gauge field:\n\n");
    if (derivation) PLAQ_TRY(print_derivation(derivation));
    if ((observable || derivation) && step) printf("\nalso a step of an analysis:\n\n");
    return step ? print_step(step) : PLAQ_OK;
}

/* ---- as JSON ------------------------------------------------------------------------------------------------- */

static cJSON *params_json(const plaq_param params[])
{
    cJSON *array = cJSON_CreateArray();

    for (const plaq_param *row = params; row && row->name; row++) {
        char type[40], range[80];
        cJSON *item = cJSON_CreateObject();

        plaq_param_type_text(row, type, sizeof type);
        plaq_param_range_text(row, range, sizeof range);
        plaq_json_text(item, "name", row->name);
        plaq_json_text(item, "type", type);
        plaq_json_text(item, "default", row->fallback);
        plaq_json_text(item, "range", *range ? range : NULL);
        plaq_json_text(item, "choices", row->choices);
        plaq_json_text(item, "unit", row->unit);
        plaq_json_text(item, "doc", row->doc);
        plaq_json_add(array, NULL, item);
    }
    return array;
}

static cJSON *observable_json(const plaq_observable *observable)
{
    cJSON *all = cJSON_CreateObject(), *outputs = cJSON_CreateArray();

    for (const plaq_output *row = observable->outputs; row->name; row++) {
        cJSON *item = cJSON_CreateObject();

        plaq_json_text(item, "name", row->name);
        plaq_json_text(item, "axes", row->axes);
        plaq_json_bool(item, "complex", row->is_complex);
        plaq_json_text(item, "unit", row->unit);
        plaq_json_text(item, "doc", row->doc);
        plaq_json_add(outputs, NULL, item);
    }
    plaq_json_text(all, "kind", "observable");
    plaq_json_text(all, "name", observable->name);
    plaq_json_text(all, "brief", observable->brief);
    plaq_json_text(all, "reference", observable->reference);
    plaq_json_int(all, "version", observable->version);
    plaq_json_add(all, "parameters", params_json(observable->params));
    plaq_json_add(all, "outputs", outputs);
    return all;
}

static cJSON *derivation_json(const plaq_derivation *derivation)
{
    cJSON *all = cJSON_CreateObject();

    plaq_json_text(all, "kind", "derivation");
    plaq_json_text(all, "name", derivation->name);
    plaq_json_text(all, "brief", derivation->brief);
    plaq_json_text(all, "reference", derivation->reference);
    plaq_json_int(all, "version", derivation->version);
    plaq_json_add(all, "parameters", params_json(derivation->params));
    return all;
}

/* A kind of source; NULL: a quark. */
static plaq_status print_source_json(const plaq_source_kind *kind)
{
    cJSON *all = cJSON_CreateObject();

    plaq_json_text(all, "kind", kind ? "source" : "quark");
    plaq_json_text(all, "name", kind ? kind->name : "quark");
    plaq_json_text(all, "brief", kind ? kind->brief : "action, boundary conditions and solver of a quark");
    plaq_json_text(all, "reference", kind ? kind->reference : NULL);
    if (kind) plaq_json_bool(all, "sink", kind->smear != NULL);
    plaq_json_add(all, "parameters", params_json(kind ? kind->params : plaq_run_quark_table));
    if (!kind) plaq_json_add(all, "save", params_json(plaq_run_saving_table));
    return plaq_json_print(all, true);
}

static cJSON *step_json(const plaq_step *step)
{
    cJSON *all = cJSON_CreateObject(), *lists = cJSON_CreateArray();

    for (const plaq_param *row = step->lists; row && row->name; row++) {
        cJSON *item = cJSON_CreateObject();

        plaq_json_text(item, "name", row->name);
        plaq_json_text(item, "default", row->fallback);
        plaq_json_text(item, "doc", row->doc);
        plaq_json_add(lists, NULL, item);
    }
    plaq_json_text(all, "kind", "step");
    plaq_json_text(all, "name", step->name);
    plaq_json_text(all, "brief", step->brief);
    plaq_json_text(all, "reference", step->reference);
    plaq_json_text(all, "main", step->main);
    plaq_json_add(all, "parameters", params_json(step->params));
    plaq_json_add(all, "lists", lists);
    return all;
}

/* One object: what has the name too stands in the first. */
static plaq_status print_named_json(const plaq_observable *observable, const plaq_derivation *derivation,
                                    const plaq_step *step)
{
    cJSON *all = observable ? observable_json(observable) : derivation ? derivation_json(derivation) : step_json(step);

    if (observable && derivation) plaq_json_add(all, "derivation", derivation_json(derivation));
    if ((observable || derivation) && step) plaq_json_add(all, "step", step_json(step));
    return plaq_json_print(all, true);
}

static plaq_status print_command_json(const plaq_command *command)
{
    cJSON *all = cJSON_CreateObject();

    plaq_json_text(all, "kind", "command");
    plaq_json_text(all, "name", command->name);
    plaq_json_text(all, "brief", command->brief);
    plaq_json_text(all, "arguments", command->arguments);
    plaq_json_text(all, "doc", command->doc);
    plaq_json_add(all, "options", params_json(command->options));
    return plaq_json_print(all, true);
}

/* ---- the command --------------------------------------------------------------------------------------------- */

static plaq_status print_format(size_t i, bool json)
{
    const char *key, *name, *doc;
    bool writes;
    cJSON *all;

    plaq_format_describe(i, &key, &name, &doc, &writes);
    if (!json) {
        printf("%s: %s\n%s\n%s\n", key, name, doc, writes ? "read and written" : "read only");
        return PLAQ_OK;
    }
    all = cJSON_CreateObject();
    plaq_json_text(all, "kind", "format");
    plaq_json_text(all, "key", key);
    plaq_json_text(all, "name", name);
    plaq_json_text(all, "doc", doc);
    plaq_json_bool(all, "writes", writes);
    return plaq_json_print(all, true);
}

static plaq_status unknown_name(const char *word)
{
    const char *names[MOST_NAMES], *near, *name, *doc;
    size_t n = 0;
    bool writes;

    for (int i = 0; plaq_observables[i] && n < MOST_NAMES; i++) names[n++] = plaq_observables[i]->name;
    for (int i = 0; plaq_derivations[i] && n < MOST_NAMES; i++) names[n++] = plaq_derivations[i]->name;
    for (int i = 0; plaq_source_kinds[i] && n < MOST_NAMES; i++) names[n++] = plaq_source_kinds[i]->name;
    for (int i = 0; plaq_steps[i] && n < MOST_NAMES; i++) names[n++] = plaq_steps[i]->name;
    for (int i = 0; plaq_commands[i] && n < MOST_NAMES; i++) names[n++] = plaq_commands[i]->name;
    for (size_t i = 0; i < plaq_format_count() && n < MOST_NAMES; i++)
        plaq_format_describe(i, &names[n++], &name, &doc, &writes);
    near = plaq_nearest(word, names, n);
    if (near) return plaq_fail(PLAQ_E_USAGE, "nothing is called \"%s\"; did you mean \"%s\"?", word, near);
    return plaq_fail(PLAQ_E_USAGE, "nothing is called \"%s\"; \"plaq list\" shows what there is", word);
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    const char *word = call->args[0];
    const plaq_command *command = plaq_command_find(word);
    const plaq_observable *observable = plaq_observable_find(word);
    const plaq_derivation *derivation = plaq_derivation_find(word);
    const plaq_source_kind *source = plaq_source_kind_find(word);
    const plaq_step *step = plaq_step_find(word);

    if (observable || derivation || step)
        return o->json ? print_named_json(observable, derivation, step) : print_named(observable, derivation, step);
    if (source) return o->json ? print_source_json(source) : print_source(source);
    if (strcmp(word, "quark") == 0) return o->json ? print_source_json(NULL) : print_quark();
    for (size_t i = 0; i < plaq_format_count(); i++) {
        const char *key, *name, *doc;
        bool writes;

        plaq_format_describe(i, &key, &name, &doc, &writes);
        if (strcmp(key, word) == 0) return print_format(i, o->json);
    }
    if (!command) return unknown_name(word);
    if (o->json) return print_command_json(command);
    plaq_help_print(command);
    return PLAQ_OK;
}

const plaq_command plaq_command_describe = {
    .name = "describe",
    .brief = "say what an observable, field, source, quark, step, format or command takes",
    .arguments = "NAME",
    .doc = "For an observable: its parameters in the run file, with types, defaults, ranges\n"
           "and units, and its outputs in the result file, with axes, units and\n"
           "normalisation. For a kind of derived gauge field or of source, for a quark and a\n"
           "step of an analysis: its parameters.",
    .min_args = 1,
    .max_args = 1,
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
