/* plaq analyze: from measured numbers to values with errors, by an analysis file or by a few words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/study.h"
#include "plaq/study.h"

typedef struct {
    char observable[1024], pick[1024], average[256], ensemble[64], output[4096];
    double window;
    bool entries, json;
} options;

static const plaq_param table[] = {
    PLAQ_TEXT(options, observable, "", "without an analysis file: analyse these, with commas between"),
    PLAQ_TEXT(options, pick, "", "entries of them: pair=g5-g5,sink=point"),
    PLAQ_TEXT(options, average, "", "axes that are averaged over: source,p"),
    PLAQ_TEXT(options, ensemble, "", "of this ensemble, where there are several"),
    PLAQ_REAL(options, window, "-1", -1, 100, "1",
              "S of the automatic window; 0: configurations are independent; -1: as the analysis file says, or 1.5"),
    PLAQ_TEXT(options, output, "", "write all of it: NAME.h5, .json, .csv, .json.gz (pyerrors), .xml.gz (dobs)"),
    PLAQ_BOOL(options, entries, "false", "print every entry of arrays"),
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

/* ---- an analysis of a few words --------------------------------------------------------------------------------- */

/* A text that grows; NULL where there is no memory. */
static void append(char **text, const char *more)
{
    char *longer = *text ? plaq_strprintf("%s%s", *text, more) : NULL;

    plaq_free(*text);
    *text = longer;
}

/* A text in double quotes, as YAML reads it back. */
static void append_quoted(char **text, const char *word, size_t n)
{
    append(text, "\"");
    for (size_t i = 0; i < n; i++) {
        if (word[i] == '"' || word[i] == '\\') append(text, "\\");
        append(text, (const char[]){word[i], '\0'});
    }
    append(text, "\"");
}

/* "source,p" to ["source", "p"]. */
static void append_list(char **text, const char *words)
{
    append(text, "[");
    for (const char *c = words; *c;) {
        const size_t n = strcspn(c, ",");

        append_quoted(text, c, n);
        c += n + (c[n] == ',');
        if (*c) append(text, ", ");
    }
    append(text, "]");
}

/* "pair=g5-g5,sink=point" to {"pair": "g5-g5", "sink": "point"}. */
static plaq_status append_pick(char **text, const char *words)
{
    append(text, "{");
    for (const char *c = words; *c;) {
        const size_t n = strcspn(c, ","), name = strcspn(c, "=");

        if (name >= n)
            return plaq_fail(PLAQ_E_USAGE, "--pick %s: expected axis=entry, found \"%.*s\"", words, (int)n, c);
        append_quoted(text, c, name);
        append(text, ": ");
        append_quoted(text, c + name + 1, n - name - 1);
        c += n + (c[n] == ',');
        if (*c) append(text, ", ");
    }
    append(text, "}");
    return PLAQ_OK;
}

/* What goes with a mean beside its observable. */
typedef struct {
    const char *name, *ensemble; /* of the quantity; of the numbers, "" where it is plain */
    bool constant;
} mean_words;

static plaq_status append_mean(char **text, const options *o, const char *of, size_t n, const mean_words *words)
{
    append(text, "  ");
    append_quoted(text, words->name ? words->name : of, words->name ? strlen(words->name) : n);
    append(text, ": {mean: {of: ");
    append_quoted(text, of, n);
    if (o->pick[0]) {
        append(text, ", pick: ");
        PLAQ_TRY(append_pick(text, o->pick));
    }
    if (o->average[0]) {
        append(text, ", average: ");
        append_list(text, o->average);
    }
    if (words->ensemble[0]) {
        append(text, ", ensemble: ");
        append_quoted(text, words->ensemble, strlen(words->ensemble));
    }
    append(text, words->constant ? ", constant: true}}\n" : "}}\n");
    return PLAQ_OK;
}

/* ---- all numbers without axes --------------------------------------------------------------------------------------
 */

static bool is_scalar(const plaq_series *s)
{
    return s->rank == 0 && !s->is_complex;
}

/* Whether the k-th series of the i-th listing is the first of its observable and ensemble, and whether the observable
 * is there for another ensemble too. */
static bool is_first(const plaq_numbers there[], int n, int i, int k, bool *several)
{
    const plaq_series *s = &there[i].series[k];
    bool first = true;

    *several = false;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < there[a].series_count; b++) {
            const plaq_series *other = &there[a].series[b];

            if (strcmp(other->name, s->name) != 0) continue;
            if (strcmp(other->chain.ensemble, s->chain.ensemble) != 0)
                *several = true;
            else if (a < i || (a == i && b < k))
                first = false;
        }
    return first;
}

/* ENSEMBLE.OBSERVABLE, as far as it can name a quantity. */
static void full_name(const plaq_series *s, char name[64])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

    snprintf(name, 64, "%.31s.%.31s", s->chain.ensemble, s->name);
    for (char *c = name; *c; c++)
        if (!strchr(letters, *c)) *c = '_';
}

/* All numbers without axes that are there, frozen ones among them; @p *found counts them. */
static plaq_status append_scalars(char **text, const options *o, const plaq_numbers there[], int n, int *found)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < there[i].series_count; k++) {
            const plaq_series *s = &there[i].series[k];
            char name[64];
            bool several;

            if (!is_scalar(s) || !is_first(there, n, i, k, &several)) continue;
            if (o->ensemble[0] && strcmp(o->ensemble, s->chain.ensemble) != 0) continue;
            full_name(s, name);
            PLAQ_TRY(append_mean(text, o, s->name, strlen(s->name),
                                 &(mean_words){several && !o->ensemble[0] ? name : NULL,
                                               several ? s->chain.ensemble : "", true}));
            ++*found;
        }
        for (int k = 0; k < there[i].estimates; k++) {
            const char *name = there[i].estimate_name[k];

            PLAQ_TRY(append_mean(text, o, name, strlen(name), &(mean_words){NULL, "", true}));
            ++*found;
        }
    }
    return PLAQ_OK;
}

/* The axes of an observable with their extents: "source 2, sink 2, t 16". */
static void describe_axes(const plaq_series *s, char *text, size_t n)
{
    const char *word = s->axes;
    size_t used = 0;

    text[0] = '\0';
    for (int a = 0; a < s->rank && used < n; a++) {
        const size_t length = strcspn(word, " ");

        used += (size_t)snprintf(text + used, n - used, "%s%.*s %d", a ? ", " : "", (int)length, word, s->shape[a]);
        word += length + strspn(word + length, " ");
    }
}

static plaq_status print_listing(const plaq_numbers *there)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    PLAQ_GO(plaq_table_row(&rows, "observable\tensemble\tconfigurations\taxes\tunit\twhat it is"));
    for (int i = 0; i < there->series_count; i++) {
        const plaq_series *s = &there->series[i];
        char axes[200], doc[80];

        describe_axes(s, axes, sizeof axes);
        snprintf(doc, sizeof doc, "%s", s->doc ? s->doc : "");
        if (s->doc && strlen(s->doc) >= sizeof doc) memcpy(doc + sizeof doc - 4, "...", 4);
        PLAQ_GO(plaq_table_row(&rows, "%s\t%s%s%s\t%zu\t%s\t%s\t%s", s->name, s->chain.ensemble,
                               *s->chain.replica ? " " : "", s->chain.replica, s->chain.count, axes, s->unit, doc));
    }
    for (int i = 0; i < there->estimates; i++)
        PLAQ_GO(plaq_table_row(&rows, "%s\t\t\t\t\tvalue and fluctuations", there->estimate_name[i]));
    plaq_table_print(&rows);
    putchar('\n');
done:
    plaq_table_clear(&rows);
    return status;
}

/* What all paths hold, listed for people unless JSON is wanted, and its numbers without axes as quantities. */
static plaq_status append_all(char **text, const options *o, const char *const paths[], int n, int *found)
{
    const plaq_numbers_wanted listing = {.listing = true};
    plaq_numbers *there = plaq_alloc((size_t)n, sizeof *there);
    plaq_status status = there ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; i < n && status == PLAQ_OK; i++) {
        status = plaq_numbers_read(paths[i], NULL, &listing, &there[i]);
        if (status == PLAQ_OK && !o->json) status = print_listing(&there[i]);
    }
    if (status == PLAQ_OK) status = append_scalars(text, o, there, n, found);
    for (int i = 0; there && i < n; i++) plaq_numbers_clear(&there[i]);
    plaq_free(there);
    return status;
}

/* @p *found: how many. */
static plaq_status append_quantities(char **text, const options *o, const char *const paths[], int n, int *found)
{
    append(text, "quantities:\n");
    if (!o->observable[0]) return append_all(text, o, paths, n, found);
    for (const char *c = o->observable; *c; ++*found) {
        const size_t length = strcspn(c, ",");

        PLAQ_TRY(append_mean(text, o, c, length, &(mean_words){NULL, o->ensemble, false}));
        c += length + (c[length] == ',');
    }
    return PLAQ_OK;
}

/* The analysis file that the words stand for: it goes into the result like any other. NULL where there is nothing to
 * analyse. */
static plaq_status write_analysis(const options *o, const char *const paths[], int n, char **text)
{
    int found = 0;

    *text = plaq_strdup("results: [");
    for (int i = 0; i < n; i++) {
        append_quoted(text, paths[i], strlen(paths[i]));
        append(text, i + 1 < n ? ", " : "]\n");
    }
    PLAQ_TRY(append_quantities(text, o, paths, n, &found));
    if (!*text) return PLAQ_E_MEMORY;
    if (found == 0) {
        plaq_free(*text);
        *text = NULL;
    }
    return PLAQ_OK;
}

/* ---- which analysis --------------------------------------------------------------------------------------------- */

static bool is_analysis_file(const char *path)
{
    const size_t n = strlen(path);

    return (n > 5 && strcmp(path + n - 5, ".yaml") == 0) || (n > 4 && strcmp(path + n - 4, ".yml") == 0);
}

static plaq_status check_file_options(const options *o)
{
    if (!o->observable[0] && !o->pick[0] && !o->average[0] && !o->ensemble[0]) return PLAQ_OK;
    return plaq_fail(PLAQ_E_USAGE,
                     "--observable, --pick, --average and --ensemble go with results, not with an analysis "
                     "file: set keys of it with KEY.PATH=VALUE");
}

/* Words with "=" are overrides, the others paths; both lists have room for all. NULL where there is nothing to analyse.
 */
static plaq_status read_study(const plaq_call *call, const char *paths[], const char *overrides[], plaq_study **study)
{
    const options *o = call->options;
    int n_paths = 0, n_overrides = 0;
    char window[80], *text = NULL;
    plaq_status status;

    for (int i = 0; i < call->n_args; i++) {
        if (i > 0 && strchr(call->args[i], '='))
            overrides[n_overrides++] = call->args[i];
        else
            paths[n_paths++] = call->args[i];
    }
    snprintf(window, sizeof window, "method.window=%.17g", o->window);
    if (o->window >= 0) overrides[n_overrides++] = window;
    if (is_analysis_file(paths[0])) {
        PLAQ_TRY(check_file_options(o));
        if (n_paths > 1) return plaq_fail(PLAQ_E_USAGE, "%s: expected KEY.PATH=VALUE", paths[1]);
        return plaq_study_read(paths[0], overrides, n_overrides, study);
    }
    status = write_analysis(o, paths, n_paths, &text);
    if (status == PLAQ_OK && text) status = plaq_study_parse(text, "command line", overrides, n_overrides, study);
    plaq_free(text);
    return status;
}

static plaq_status show(const options *o, const plaq_study *study)
{
    if (o->json) return plaq_study_print_json(study);
    return plaq_study_print(study, o->entries || o->observable[0]);
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    const char **words = plaq_alloc(2 * (size_t)call->n_args + 2, sizeof *words);
    plaq_study *study = NULL;
    plaq_status status;

    if (!words) return PLAQ_E_MEMORY;
    PLAQ_GO(read_study(call, words, words + call->n_args, &study));
    if (!study) { /* arrays alone: they are listed */
        if (o->json) status = plaq_fail(PLAQ_E_USAGE, "no numbers without axes: name arrays with --observable");
        goto done;
    }
    PLAQ_GO(plaq_study_run(study));
    PLAQ_GO(show(o, study));
    if (o->output[0]) PLAQ_GO(plaq_study_write(study, o->output));
    status = plaq_study_verdict(study);
done:
    plaq_study_destroy(&study);
    plaq_free(words);
    return status;
}

const plaq_command plaq_command_analyze = {
    .name = "analyze",
    .brief = "values and errors from results, by an analysis file or a few words",
    .arguments = "FILE.yaml|RESULTS... [KEY.PATH=VALUE...]",
    .doc = "RESULTS are folders of results, or files of other programs (`plaq list`). Alone\n"
           "they are listed, and all numbers without axes get their errors:\n"
           "\n"
           "    plaq analyze demo/results\n"
           "    plaq analyze demo/results --observable clover.energy --average t\n"
           "    plaq analyze inputs/analysis.yaml -o demo/analysis.h5\n"
           "\n"
           "An analysis file names quantities, each made by one step: `plaq describe fit`,\n"
           "`plaq schema --analysis`. Errors are by the Gamma method unless it says\n"
           "otherwise. A quantity that cannot be made stands in the table with \"-\" and its\n"
           "reason; the others are made all the same. The exit code is then 3 or 5.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "o=output j=json",
    .run = run,
};
