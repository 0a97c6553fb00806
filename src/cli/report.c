/* plaq report: a page to look at, from a folder of results. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/report.h"

typedef struct {
    char output[4096], analysis[4096], figures[4096];
    int format;
} options;

enum { MOST_PLACES = 256 };

static const plaq_param table[] = {
    PLAQ_TEXT(options, output, "report.html", "the page"),
    PLAQ_TEXT(options, analysis, "", "analysis file that says what is shown, of these results"),
    PLAQ_TEXT(options, figures, "", "folder for every figure as a file of its own"),
    PLAQ_CHOICE(options, format, "svg", PLAQ_PICTURES, "of these files"),
    PLAQ_END,
};

/* ---- the numbers ------------------------------------------------------------------------------------------------ */

/* "results=["A", "B"]": what is on the command line stands for what is in the analysis file. */
static char *write_override(const char *const paths[], int n)
{
    char *text = plaq_strdup("results=[");

    for (int i = 0; i < n && text; i++) {
        char *longer = plaq_strprintf("%s%s\"%s\"", text, i ? ", " : "", paths[i]);

        plaq_free(text);
        text = longer;
    }
    if (text) {
        char *closed = plaq_strprintf("%s]", text);

        plaq_free(text);
        text = closed;
    }
    return text;
}

static plaq_status read_analysis(const options *o, const char *const paths[], int n, plaq_study **study)
{
    char *results;
    plaq_status status;

    if (n == 0) return plaq_study_read(o->analysis, NULL, 0, study);
    results = write_override(paths, n);
    if (!results) return PLAQ_E_MEMORY;
    status = plaq_study_read(o->analysis, (const char *const[]){results}, 1, study);
    plaq_free(results);
    return status;
}

static plaq_status read_study(const options *o, const char *const paths[], int n, plaq_study **study)
{
    char *text = NULL;
    plaq_status status;

    if (o->analysis[0]) return read_analysis(o, paths, n, study);
    if (n == 0) return plaq_fail(PLAQ_E_USAGE, "expected a folder of results, or an analysis file with --analysis");
    PLAQ_TRY(plaq_page_analysis(paths, n, &text));
    status = plaq_study_parse(text, "the page's own analysis", NULL, 0, study);
    plaq_free(text);
    return status;
}

/* What a page of an analysis file shows beside it: histories of all numbers without axes. There may be none. */
static plaq_status read_watched(const plaq_study *study, plaq_study **watched)
{
    const char *path[MOST_PLACES];
    char *text = NULL;
    plaq_status status;
    int n = 0;

    for (; n < MOST_PLACES && plaq_study_path(study, n); n++) path[n] = plaq_study_path(study, n);
    status = plaq_page_analysis(path, n, &text);
    if (status == PLAQ_E_USAGE) return PLAQ_OK;
    if (status == PLAQ_OK) status = plaq_study_parse(text, "the page's own analysis", NULL, 0, watched);
    if (status == PLAQ_OK) status = plaq_study_run(*watched);
    plaq_free(text);
    return status;
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

/* What a page borrows */
typedef struct {
    plaq_page page;
    const plaq_made **made, **watch;
    plaq_beside *beside; /* [places] */
    int places;
    plaq_fact *fact;
    plaq_failure *failure;
    char title[256], path[4096];
} sheet;

static void clear_sheet(sheet *s)
{
    for (int i = 0; i < s->places && s->beside; i++) plaq_beside_clear(&s->beside[i]);
    plaq_free(s->made);
    plaq_free(s->watch);
    plaq_free(s->beside);
    plaq_free(s->fact);
    plaq_free(s->failure);
}

/* "A, B": each word once */
static void join(char *list, size_t n, const char *word)
{
    const char *at = strstr(list, word);
    size_t used = strlen(list);

    if (at && (at[strlen(word)] == '\0' || at[strlen(word)] == ',')) return;
    snprintf(list + used, n - used, "%s%s", used ? ", " : "", word);
}

static plaq_status collect_beside(const plaq_study *study, sheet *s)
{
    int facts = 0, failures = 0;

    while (plaq_study_path(study, s->places)) s->places++;
    s->beside = plaq_alloc((size_t)s->places + 1, sizeof *s->beside);
    if (!s->beside) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->places; i++) {
        PLAQ_TRY(plaq_beside_read(plaq_study_path(study, i), &s->beside[i]));
        join(s->path, sizeof s->path, plaq_study_path(study, i));
        facts += s->beside[i].facts + 1;
        failures += s->beside[i].failures;
    }
    s->fact = plaq_alloc((size_t)facts + 1, sizeof *s->fact);
    s->failure = plaq_alloc((size_t)failures + 1, sizeof *s->failure);
    if (!s->fact || !s->failure) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->places; i++) {
        s->fact[s->page.facts++] = (plaq_fact){.name = "results", .text = plaq_study_path(study, i)};
        for (int k = 0; k < s->beside[i].facts; k++) s->fact[s->page.facts++] = s->beside[i].fact[k];
        for (int k = 0; k < s->beside[i].failures; k++) s->failure[s->page.failures++] = s->beside[i].failure[k];
    }
    return PLAQ_OK;
}

/* All quantities of a study; none of no study */
static plaq_status list_made(const plaq_study *study, const plaq_made ***list, int *n)
{
    *n = study ? plaq_study_count(study) : 0;
    *list = plaq_alloc((size_t)*n + 1, sizeof **list);
    if (!*list) return PLAQ_E_MEMORY;
    for (int i = 0; i < *n; i++) (*list)[i] = plaq_study_made(study, i);
    return PLAQ_OK;
}

static plaq_status fill_sheet(const plaq_study *study, const plaq_study *watched, sheet *s)
{
    plaq_page *p = &s->page;
    char *const *notes;

    PLAQ_TRY(list_made(study, &s->made, &p->quantities));
    PLAQ_TRY(list_made(watched, &s->watch, &p->watched));
    PLAQ_TRY(collect_beside(study, s));
    p->observables = plaq_study_observables(study, &p->observable);
    for (int i = 0; i < p->observables; i++) join(s->title, sizeof s->title, p->observable[i]->chain.ensemble);
    p->notes = plaq_study_notes(study, &notes);
    p->note = (const char *const *)notes;
    p->quantity = s->made;
    p->watch = s->watch;
    p->fact = s->fact;
    p->failure = s->failure;
    p->title = s->title[0] ? s->title : "results";
    p->path = s->path;
    p->method = plaq_study_method(study);
    p->analysis = plaq_study_text(study);
    return PLAQ_OK;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    const plaq_figure_files files = {.folder = o->figures[0] ? o->figures : NULL, .kind = (plaq_picture)o->format};
    plaq_study *study = NULL, *watched = NULL;
    sheet s = {.places = 0};
    plaq_status status;

    PLAQ_GO(read_study(o, call->args, call->n_args, &study));
    PLAQ_GO(plaq_study_run(study));
    if (o->analysis[0]) PLAQ_GO(read_watched(study, &watched));
    PLAQ_GO(fill_sheet(study, watched, &s));
    PLAQ_GO(plaq_page_write(&s.page, &files, o->output));
    printf("%s\n", o->output);
done:
    clear_sheet(&s);
    plaq_study_destroy(&watched);
    plaq_study_destroy(&study);
    return status;
}

const plaq_command plaq_command_report = {
    .name = "report",
    .brief = "a page to look at, from results: values, figures, what is missing",
    .arguments = "[RESULTS...]",
    .doc = "Writes one HTML file that needs no network and nothing beside it: values with errors,\n"
           "effective masses with their fits, the flow, histories and autocorrelations, the\n"
           "distribution of the topological charge, what is missing or failed, and where it all\n"
           "comes from. RESULTS are folders of results, or files of other programs (`plaq list`),\n"
           "also while they are growing.\n"
           "\n"
           "    plaq report demo/results -o report.html\n"
           "    plaq report --analysis inputs/analysis.yaml --figures figures --format pdf\n"
           "\n"
           "Without an analysis file, all numbers without axes are shown, the flow, and effective\n"
           "masses of pion, rho and nucleon; the page ends with the analysis that makes them, to\n"
           "go on from. With one, its quantities are shown, and the histories of all numbers\n"
           "without axes. What cannot be made is said on the page, and is no failure of this\n"
           "command. Figures are drawn by gnuplot.",
    .min_args = 0,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "o=output",
    .run = run,
};
