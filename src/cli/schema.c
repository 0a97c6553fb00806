/* plaq schema: the JSON Schema of the run file, or of the analysis file, from the tables that read it. Editors complete
 * and check with it. */
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/run.h"
#include "plaq/study.h"

typedef struct {
    bool analysis;
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, analysis, "false", "of the analysis file"),
    PLAQ_END,
};

static bool is_whole(plaq_type type)
{
    return type == PLAQ_TYPE_INT || type == PLAQ_TYPE_INTS || type == PLAQ_TYPE_SEED;
}

/* Type and range of one number; a reader's text becomes a number for JSON */
static void describe_number(cJSON *schema, const plaq_param *row)
{
    bool whole = is_whole(row->type);

    plaq_json_text(schema, "type", whole ? "integer" : "number");
    if (row->min > (whole ? INT_MIN : -DBL_MAX)) plaq_json_real(schema, "minimum", row->min);
    if (row->max < (row->type == PLAQ_TYPE_SEED ? DBL_MAX : whole ? INT_MAX : DBL_MAX))
        plaq_json_real(schema, "maximum", row->max);
}

static void describe_array(cJSON *schema, const plaq_param *row)
{
    cJSON *items = cJSON_CreateObject();

    describe_number(items, row);
    plaq_json_text(schema, "type", "array");
    plaq_json_add(schema, "items", items);
    plaq_json_int(schema, "minItems", (int64_t)row->count);
    plaq_json_int(schema, "maxItems", (int64_t)row->count);
}

static void describe_choice(cJSON *schema, const plaq_param *row)
{
    cJSON *words = cJSON_CreateArray();
    char word[80];

    for (const char *c = row->choices; *c; c += strcspn(c, "|"), c += *c == '|') {
        size_t n = strcspn(c, "|");

        if (n >= sizeof word) continue;
        memcpy(word, c, n);
        word[n] = '\0';
        plaq_json_add(words, NULL, cJSON_CreateString(word));
    }
    plaq_json_add(schema, "enum", words);
}

/* A default as JSON: numbers, truth values and arrays of numbers read the same in both */
static void describe_default(cJSON *schema, const plaq_param *row)
{
    bool text = row->type == PLAQ_TYPE_TEXT || row->type == PLAQ_TYPE_CHOICE;

    if (row->fallback)
        plaq_json_add(schema, "default", text ? cJSON_CreateString(row->fallback) : cJSON_CreateRaw(row->fallback));
}

static cJSON *param_schema(const plaq_param *row)
{
    cJSON *schema = cJSON_CreateObject();
    char doc[1000];

    snprintf(doc, sizeof doc, "%s%s%s%s", row->doc, strcmp(row->unit, "1") ? " [" : "",
             strcmp(row->unit, "1") ? row->unit : "", strcmp(row->unit, "1") ? "]" : "");
    plaq_json_text(schema, "description", doc);
    switch (row->type) {
    case PLAQ_TYPE_BOOL: plaq_json_text(schema, "type", "boolean"); break;
    case PLAQ_TYPE_INT:
    case PLAQ_TYPE_SEED:
    case PLAQ_TYPE_REAL: describe_number(schema, row); break;
    case PLAQ_TYPE_TEXT:
        /* every scalar is a text to the reader, "b6.00" and 6.00 alike */
        plaq_json_add(schema, "type", cJSON_CreateStringArray((const char *const[]){"string", "number"}, 2));
        plaq_json_int(schema, "maxLength", (int64_t)row->count - 1);
        break;
    case PLAQ_TYPE_CHOICE: describe_choice(schema, row); break;
    case PLAQ_TYPE_INTS:
    case PLAQ_TYPE_REALS: describe_array(schema, row); break;
    }
    describe_default(schema, row);
    return schema;
}

/* An object of a table's rows and no other keys; what must be given goes to `required` */
static cJSON *table_schema(const plaq_param rows[], const char *description, cJSON **properties, cJSON **required)
{
    cJSON *schema = cJSON_CreateObject();

    *properties = cJSON_CreateObject();
    *required = cJSON_CreateArray();
    for (const plaq_param *row = rows; row && row->name; row++) {
        plaq_json_add(*properties, row->name, param_schema(row));
        if (!row->fallback) plaq_json_add(*required, NULL, cJSON_CreateString(row->name));
    }
    if (description) plaq_json_text(schema, "description", description);
    plaq_json_text(schema, "type", "object");
    plaq_json_add(schema, "properties", *properties);
    plaq_json_add(schema, "required", *required);
    plaq_json_bool(schema, "additionalProperties", false);
    return schema;
}

static const char quarks_schema[] = "{\"description\": \"names of quarks under `quarks`\", \"type\": \"array\", "
                                    "\"items\": {\"type\": \"string\"}, \"minItems\": %d, \"maxItems\": %d}";

static const char source_schema[] = "{\"description\": \"name of a source under `sources`\", \"type\": \"string\"}";

static const char sinks_schema[] =
    "{\"description\": \"sinks: `point`, or sources that smear\", \"type\": \"array\", \"items\": {\"type\": "
    "\"string\"}, \"minItems\": 1, \"default\": [\"point\"]}";

static const char places_schema[] =
    "{\"description\": \"where the source stands: [x, y, z, t], or a list of those\", \"type\": \"array\", "
    "\"minItems\": "
    "1, \"items\": {\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, {\"type\": \"array\", \"items\": {\"type\": "
    "\"integer\", \"minimum\": 0}, \"minItems\": 4, \"maxItems\": 4}]}}";

static const char links_schema[] =
    "{\"description\": \"name of a gauge field: `links`, as read, or one under `gauge`\", "
    "\"type\": \"string\", \"default\": \"links\"}";

/* quarks, source and sinks of a measurement */
static void add_lines(cJSON *properties, cJSON *required, int quarks)
{
    char text[256];

    snprintf(text, sizeof text, quarks_schema, quarks, quarks);
    plaq_json_add(properties, "quarks", cJSON_Parse(text));
    plaq_json_add(properties, "source", cJSON_Parse(source_schema));
    plaq_json_add(properties, "sinks", cJSON_Parse(sinks_schema));
    plaq_json_add(required, NULL, cJSON_CreateString("quarks"));
    plaq_json_add(required, NULL, cJSON_CreateString("source"));
}

/* {observable: {its parameters, as, links}}, or the observable's name alone */
static cJSON *measurement_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *either = cJSON_CreateArray(), *names = cJSON_CreateArray(),
          *name = cJSON_CreateObject(), *item = cJSON_CreateObject(), *observables = cJSON_CreateObject();

    for (int i = 0; plaq_observables[i]; i++) {
        const plaq_observable *observable = plaq_observables[i];
        cJSON *properties, *required, *any = cJSON_CreateArray(), *entry = cJSON_CreateObject();
        cJSON *params = table_schema(observable->params, NULL, &properties, &required);

        plaq_json_add(properties, "as",
                      cJSON_Parse(
                          "{\"description\": \"name of the measurement in the result file\", \"type\": \"string\", "
                          "\"pattern\": \"^[A-Za-z0-9_+-]{1,63}$\"}"));
        if (observable->quarks)
            add_lines(properties, required, observable->quarks);
        else
            plaq_json_add(properties, "links", cJSON_Parse(links_schema));
        plaq_json_add(any, NULL, params);
        if (cJSON_GetArraySize(required) == 0) plaq_json_add(any, NULL, cJSON_Parse("{\"type\": \"null\"}"));
        plaq_json_text(entry, "description", observable->brief);
        plaq_json_add(entry, "anyOf", any);
        plaq_json_add(observables, observable->name, entry);
        plaq_json_add(names, NULL, cJSON_CreateString(observable->name));
    }
    plaq_json_text(item, "type", "object");
    plaq_json_add(item, "properties", observables);
    plaq_json_int(item, "minProperties", 1);
    plaq_json_int(item, "maxProperties", 1);
    plaq_json_bool(item, "additionalProperties", false);
    plaq_json_add(name, "enum", names);
    plaq_json_add(either, NULL, item);
    plaq_json_add(either, NULL, name);
    plaq_json_add(schema, "anyOf", either);
    return schema;
}

/* A path or glob, or {pattern, first, last, step} */
static cJSON *files_schema(void)
{
    cJSON *properties, *required, *schema = cJSON_CreateObject(), *either = cJSON_CreateArray();

    plaq_json_add(either, NULL, cJSON_Parse("{\"type\": \"string\", \"minLength\": 1}"));
    plaq_json_add(either, NULL, table_schema(plaq_run_numbers_table, NULL, &properties, &required));
    plaq_json_add(schema, "anyOf", either);
    return schema;
}

static cJSON *ensemble_schema(void)
{
    cJSON *configs = cJSON_CreateObject(), *either = cJSON_CreateArray(), *list = cJSON_CreateObject();
    cJSON *properties, *required, *schema, *rows, *none;

    schema = table_schema(plaq_run_ensemble_table, "the configurations", &properties, &required);
    plaq_json_text(list, "type", "array");
    plaq_json_add(list, "items", files_schema());
    plaq_json_int(list, "minItems", 1);
    plaq_json_add(either, NULL, files_schema());
    plaq_json_add(either, NULL, list);
    plaq_json_add(properties, "complete",
                  table_schema(plaq_run_complete_table, "how `measure --follow` knows that a configuration is complete",
                               &rows, &none));
    plaq_json_text(configs, "description", "a path, a glob, or numbers in a pattern; or a list of those");
    plaq_json_add(configs, "anyOf", either);
    plaq_json_add(properties, "configs", configs);
    plaq_json_add(required, NULL, cJSON_CreateString("configs"));
    return schema;
}

/* {format, precision, folder} of a derived field that is written */
static cJSON *writing_schema(void)
{
    cJSON *properties, *required, *format, *keys = cJSON_CreateArray();
    cJSON *schema =
        table_schema(plaq_run_writing_table, "the field is written as a configuration", &properties, &required);

    for (size_t i = 0; i < plaq_format_count(); i++) {
        const char *key, *name, *doc;
        bool writes;

        plaq_format_describe(i, &key, &name, &doc, &writes);
        if (writes) plaq_json_add(keys, NULL, cJSON_CreateString(key));
    }
    format = cJSON_GetObjectItem(properties, "format");
    cJSON_DeleteItemFromObject(format, "type");
    cJSON_DeleteItemFromObject(format, "maxLength");
    plaq_json_add(format, "enum", keys);
    return schema;
}

/* {from, write, and one kind: {its parameters}} */
static cJSON *derived_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *properties = cJSON_CreateObject(), *one = cJSON_CreateArray();

    plaq_json_text(schema, "type", "object");
    plaq_json_add(properties, "from", cJSON_Parse(links_schema));
    plaq_json_add(properties, "write", writing_schema());
    for (int i = 0; plaq_derivations[i]; i++) {
        const plaq_derivation *kind = plaq_derivations[i];
        cJSON *rows, *required, *any = cJSON_CreateArray(), *entry = cJSON_CreateObject(), *is = cJSON_CreateObject();

        plaq_json_add(any, NULL, table_schema(kind->params, NULL, &rows, &required));
        if (cJSON_GetArraySize(required) == 0) plaq_json_add(any, NULL, cJSON_Parse("{\"type\": \"null\"}"));
        plaq_json_text(entry, "description", kind->brief);
        plaq_json_add(entry, "anyOf", any);
        plaq_json_add(properties, kind->name, entry);
        plaq_json_add(is, "required", cJSON_CreateStringArray(&kind->name, 1));
        plaq_json_add(one, NULL, is);
    }
    plaq_json_add(schema, "properties", properties);
    plaq_json_add(schema, "oneOf", one);
    plaq_json_bool(schema, "additionalProperties", false);
    return schema;
}

static cJSON *gauge_schema(void)
{
    cJSON *schema = cJSON_CreateObject();

    plaq_json_text(schema, "description", "gauge fields made from the links, by name");
    plaq_json_text(schema, "type", "object");
    plaq_json_add(schema, "propertyNames",
                  cJSON_Parse("{\"pattern\": \"^[A-Za-z0-9_-]{1,63}$\", \"not\": {\"enum\": [\"links\", "
                              "\"provenance\"]}}"));
    plaq_json_add(schema, "additionalProperties", derived_schema());
    return schema;
}

/* Fields of the run file by name: {NAME: schema} */
static cJSON *named_schema(const char *description, cJSON *each)
{
    cJSON *schema = cJSON_CreateObject();

    plaq_json_text(schema, "description", description);
    plaq_json_text(schema, "type", "object");
    plaq_json_add(schema, "propertyNames", cJSON_Parse("{\"pattern\": \"^[A-Za-z0-9_+-]{1,63}$\"}"));
    plaq_json_add(schema, "additionalProperties", each);
    return schema;
}

static cJSON *quark_schema(void)
{
    cJSON *properties, *rows, *required;
    cJSON *schema = table_schema(plaq_run_quark_table, NULL, &properties, &required);

    plaq_json_add(properties, "links", cJSON_Parse(links_schema));
    plaq_json_add(properties, "save",
                  table_schema(plaq_run_saving_table, "propagators are kept as files, and read where they are there",
                               &rows, &required));
    return schema;
}

/* One of the kinds, each with its own parameters */
static cJSON *source_kinds_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_CreateArray();

    for (int i = 0; plaq_source_kinds[i]; i++) {
        const plaq_source_kind *kind = plaq_source_kinds[i];
        cJSON *properties, *required, *one = table_schema(kind->params, kind->brief, &properties, &required);
        cJSON *is = cJSON_CreateObject();

        plaq_json_add(is, "const", cJSON_CreateString(kind->name));
        plaq_json_add(properties, "kind", is);
        plaq_json_add(properties, "links", cJSON_Parse(links_schema));
        plaq_json_add(properties, "at", cJSON_Parse(places_schema));
        for (const plaq_param *row = plaq_run_place_table; row->name; row++)
            plaq_json_add(properties, row->name, param_schema(row));
        plaq_json_add(required, NULL, cJSON_CreateString("kind"));
        plaq_json_add(any, NULL, one);
    }
    plaq_json_add(schema, "anyOf", any);
    return schema;
}

/* ---- the analysis file ------------------------------------------------------------------------------------------- */

/* One step: {its parameters}, or the text of the main one */
static cJSON *step_schema(const plaq_step *step)
{
    cJSON *properties, *required, *schema = cJSON_CreateObject(), *any = cJSON_CreateArray();
    cJSON *mapping = table_schema(step->params, NULL, &properties, &required);

    for (const plaq_param *row = step->lists; row && row->name; row++) {
        cJSON *list = cJSON_CreateObject();

        plaq_json_text(list, "description", row->doc);
        plaq_json_add(properties, row->name, list);
        if (!row->fallback) plaq_json_add(required, NULL, cJSON_CreateString(row->name));
    }
    plaq_json_add(any, NULL, mapping);
    if (step->main) plaq_json_add(any, NULL, param_schema(plaq_param_find(step->params, step->main)));
    plaq_json_text(schema, "description", step->brief);
    plaq_json_add(schema, "anyOf", any);
    return schema;
}

static cJSON *quantities_schema(void)
{
    cJSON *steps = cJSON_CreateObject(), *each = cJSON_CreateObject(), *schema = cJSON_CreateObject();

    for (int i = 0; plaq_steps[i]; i++) plaq_json_add(steps, plaq_steps[i]->name, step_schema(plaq_steps[i]));
    plaq_json_text(each, "type", "object");
    plaq_json_add(each, "properties", steps);
    plaq_json_int(each, "minProperties", 1);
    plaq_json_int(each, "maxProperties", 1);
    plaq_json_bool(each, "additionalProperties", false);
    plaq_json_text(schema, "description", "quantities by name, each made by one step");
    plaq_json_text(schema, "type", "object");
    plaq_json_int(schema, "minProperties", 1);
    plaq_json_add(schema, "propertyNames", cJSON_Parse("{\"pattern\": \"^[A-Za-z0-9_.+-]{1,63}$\"}"));
    plaq_json_add(schema, "additionalProperties", each);
    return schema;
}

/* A path, or {path, format, first, last, step, skip} */
static cJSON *source_schema_of(void)
{
    cJSON *properties, *required, *schema = cJSON_CreateObject(), *any = cJSON_CreateArray();
    cJSON *mapping = table_schema(plaq_study_select_table, NULL, &properties, &required), *names = cJSON_CreateArray(),
          *format = cJSON_CreateObject();

    for (int i = 0; plaq_numbers_formats[i]; i++)
        plaq_json_add(names, NULL, cJSON_CreateString(plaq_numbers_formats[i]->name));
    plaq_json_add(format, "enum", names);
    plaq_json_add(properties, "path", cJSON_Parse("{\"type\": \"string\", \"minLength\": 1}"));
    plaq_json_add(properties, "format", format);
    plaq_json_add(properties, "replica", cJSON_Parse("{\"type\": [\"string\", \"number\"], \"maxLength\": 63}"));
    plaq_json_add(required, NULL, cJSON_CreateString("path"));
    plaq_json_add(any, NULL, cJSON_Parse("{\"type\": \"string\", \"minLength\": 1}"));
    plaq_json_add(any, NULL, mapping);
    plaq_json_add(schema, "anyOf", any);
    return schema;
}

/* One of those, or a list of them */
static cJSON *sources_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_CreateArray(), *list = cJSON_CreateObject();

    plaq_json_text(list, "type", "array");
    plaq_json_add(list, "items", source_schema_of());
    plaq_json_int(list, "minItems", 1);
    plaq_json_add(any, NULL, source_schema_of());
    plaq_json_add(any, NULL, list);
    plaq_json_add(schema, "anyOf", any);
    return schema;
}

static cJSON *results_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_CreateArray(), *named = cJSON_CreateObject();

    plaq_json_text(named, "type", "object");
    plaq_json_int(named, "minProperties", 1);
    plaq_json_add(named, "propertyNames", cJSON_Parse("{\"not\": {\"const\": \"path\"}}"));
    plaq_json_add(named, "additionalProperties", sources_schema());
    plaq_json_add(any, NULL, sources_schema());
    plaq_json_add(any, NULL, named);
    plaq_json_text(schema, "description", "folders or files of results; or ensembles by name");
    plaq_json_add(schema, "anyOf", any);
    return schema;
}

static plaq_status print_analysis(void)
{
    cJSON *all = cJSON_CreateObject(), *properties = cJSON_CreateObject(), *required = cJSON_CreateArray();
    cJSON *rows, *none;

    plaq_json_add(properties, "results", results_schema());
    plaq_json_add(properties, "select", table_schema(plaq_study_select_table, "which configurations", &rows, &none));
    plaq_json_add(properties, "method", table_schema(plaq_study_method_table, "of the errors", &rows, &none));
    plaq_json_add(properties, "quantities", quantities_schema());
    plaq_json_add(required, NULL, cJSON_CreateString("results"));
    plaq_json_add(required, NULL, cJSON_CreateString("quantities"));
    plaq_json_text(all, "$schema", "https://json-schema.org/draft/2020-12/schema");
    plaq_json_text(all, "title", "analysis file of plaq " PLAQ_VERSION);
    plaq_json_text(all, "type", "object");
    plaq_json_add(all, "properties", properties);
    plaq_json_add(all, "required", required);
    plaq_json_bool(all, "additionalProperties", false);
    return plaq_json_print(all, true);
}

/* ---- the command ---------------------------------------------------------------------------------------------------
 */

static plaq_status print_run(void)
{
    cJSON *properties, *required, *measure = cJSON_CreateObject();
    cJSON *all = table_schema(plaq_run_options_table, NULL, &properties, &required);

    plaq_json_text(measure, "description", "observables, measured in this order");
    plaq_json_text(measure, "type", "array");
    plaq_json_add(measure, "items", measurement_schema());
    plaq_json_int(measure, "minItems", 1);
    plaq_json_add(properties, "ensemble", ensemble_schema());
    plaq_json_add(properties, "gauge", gauge_schema());
    plaq_json_add(properties, "quarks", named_schema("quarks, by name", quark_schema()));
    plaq_json_add(properties, "sources", named_schema("sources and sinks, by name", source_kinds_schema()));
    plaq_json_add(properties, "measure", measure);
    plaq_json_add(required, NULL, cJSON_CreateString("ensemble"));
    plaq_json_add(required, NULL, cJSON_CreateString("measure"));
    plaq_json_text(all, "$schema", "https://json-schema.org/draft/2020-12/schema");
    plaq_json_text(all, "title", "run file of plaq " PLAQ_VERSION);
    return plaq_json_print(all, true);
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;

    return o->analysis ? print_analysis() : print_run();
}

const plaq_command plaq_command_schema = {
    .name = "schema",
    .brief = "print the JSON Schema of the run file, or of the analysis file",
    .arguments = "",
    .doc = "Editors complete and check run files with it. For one that uses yaml-language-server:\n"
           "\n"
           "    plaq schema > plaq.schema.json\n"
           "\n"
           "and as the first line of the run file\n"
           "\n"
           "    # yaml-language-server: $schema=plaq.schema.json",
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
