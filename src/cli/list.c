/* plaq list: what this plaq can measure, how it derives gauge fields, which sources of quarks and which formats of
 * configurations it knows; steps of an analysis, and formats of results. */
#include <stdio.h>

#include "cli/cli.h"
#include "plaq/derived.h"
#include "plaq/io.h"
#include "plaq/observable.h"
#include "plaq/study.h"

typedef struct {
    bool json;
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

static void add_item(cJSON *list, const char *name, const char *brief, const char *reference)
{
    cJSON *item = cJSON_CreateObject();

    plaq_json_text(item, "name", name);
    plaq_json_text(item, "brief", brief);
    plaq_json_text(item, "reference", reference);
    plaq_json_add(list, NULL, item);
}

static plaq_status print_json(void)
{
    cJSON *all = cJSON_CreateObject(), *observables = cJSON_CreateArray(), *derivations = cJSON_CreateArray(),
          *sources = cJSON_CreateArray(), *formats = cJSON_CreateArray(), *steps = cJSON_CreateArray(),
          *results = cJSON_CreateArray();

    for (int i = 0; plaq_observables[i]; i++)
        add_item(observables, plaq_observables[i]->name, plaq_observables[i]->brief, plaq_observables[i]->reference);
    for (int i = 0; plaq_derivations[i]; i++)
        add_item(derivations, plaq_derivations[i]->name, plaq_derivations[i]->brief, plaq_derivations[i]->reference);
    for (int i = 0; plaq_source_kinds[i]; i++)
        add_item(sources, plaq_source_kinds[i]->name, plaq_source_kinds[i]->brief, plaq_source_kinds[i]->reference);
    for (size_t i = 0; i < plaq_format_count(); i++) {
        const char *key, *name, *doc;
        bool writes;
        cJSON *item = cJSON_CreateObject();

        plaq_format_describe(i, &key, &name, &doc, &writes);
        plaq_json_text(item, "key", key);
        plaq_json_text(item, "name", name);
        plaq_json_text(item, "doc", doc);
        plaq_json_bool(item, "writes", writes);
        plaq_json_add(formats, NULL, item);
    }
    plaq_json_add(all, "observables", observables);
    plaq_json_add(all, "derivations", derivations);
    plaq_json_add(all, "sources", sources);
    plaq_json_add(all, "formats", formats);
    for (int i = 0; plaq_steps[i]; i++)
        add_item(steps, plaq_steps[i]->name, plaq_steps[i]->brief, plaq_steps[i]->reference);
    for (int i = 0; plaq_numbers_formats[i]; i++)
        add_item(results, plaq_numbers_formats[i]->name, plaq_numbers_formats[i]->brief,
                 plaq_numbers_formats[i]->reference);
    plaq_json_add(all, "steps", steps);
    plaq_json_add(all, "result_formats", results);
    return plaq_json_print(all, true);
}

static plaq_status add_formats(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "format\tkey\twrites\twhat it is"));
    for (size_t i = 0; i < plaq_format_count(); i++) {
        const char *key, *name, *doc;
        bool writes;

        plaq_format_describe(i, &key, &name, &doc, &writes);
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s\t%s\t%s", name, key, writes ? "yes" : "no", doc));
    }
    return PLAQ_OK;
}

static plaq_status add_observables(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "observable\twhat it is"));
    for (int i = 0; plaq_observables[i]; i++)
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", plaq_observables[i]->name, plaq_observables[i]->brief));
    return PLAQ_OK;
}

static plaq_status add_derivations(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "kind of derived gauge field\twhat it is"));
    for (int i = 0; plaq_derivations[i]; i++)
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", plaq_derivations[i]->name, plaq_derivations[i]->brief));
    return PLAQ_OK;
}

static plaq_status add_sources(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "kind of source\twhat it is"));
    for (int i = 0; plaq_source_kinds[i]; i++)
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", plaq_source_kinds[i]->name, plaq_source_kinds[i]->brief));
    return PLAQ_OK;
}

static plaq_status add_steps(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "step of an analysis\twhat it is"));
    for (int i = 0; plaq_steps[i]; i++)
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", plaq_steps[i]->name, plaq_steps[i]->brief));
    return PLAQ_OK;
}

static plaq_status add_results(plaq_table *rows)
{
    PLAQ_TRY(plaq_table_row(rows, "format of results\twhat it is"));
    for (int i = 0; plaq_numbers_formats[i]; i++)
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", plaq_numbers_formats[i]->name, plaq_numbers_formats[i]->brief));
    return PLAQ_OK;
}

static plaq_status print_table(plaq_status (*add)(plaq_table *rows))
{
    plaq_table rows = {.rows = NULL};
    plaq_status status = add(&rows);

    if (status == PLAQ_OK) plaq_table_print(&rows);
    plaq_table_clear(&rows);
    return status;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;

    if (o->json) return print_json();
    PLAQ_TRY(print_table(add_observables));
    putchar('\n');
    PLAQ_TRY(print_table(add_derivations));
    putchar('\n');
    PLAQ_TRY(print_table(add_sources));
    putchar('\n');
    PLAQ_TRY(print_table(add_formats));
    putchar('\n');
    PLAQ_TRY(print_table(add_steps));
    putchar('\n');
    return print_table(add_results);
}

const plaq_command plaq_command_list = {
    .name = "list",
    .brief = "list observables, gauge fields, sources, formats, steps of an analysis",
    .arguments = "",
    .doc = "\"plaq describe NAME\" says more about each of them.",
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
