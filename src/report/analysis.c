/* The analysis of a page when none is given: what anybody would look at first in these results, as a file that is a
 * good beginning of one's own. */
#include <stdio.h>
#include <string.h>

#include "report/report.h"

/* ---- what there is ------------------------------------------------------------------------------------------------
 */

static const char *output_of(const plaq_series *s)
{
    const char *dot = strrchr(s->name, '.');

    return dot ? dot + 1 : s->name;
}

/* Position of an axis by name; -1 where there is none */
static int axis_of(const plaq_series *s, const char *name)
{
    const char *word = s->axes;

    for (int a = 0; a < s->rank; a++) {
        size_t n = strcspn(word, " ");

        if (strlen(name) == n && memcmp(word, name, n) == 0) return a;
        word += n + strspn(word + n, " ");
    }
    return -1;
}

static bool has_label(const plaq_series *s, int axis, const char *label)
{
    if (axis < 0 || !s->label[axis]) return false;
    for (int i = 0; i < s->shape[axis]; i++)
        if (strcmp(s->label[axis][i], label) == 0) return true;
    return false;
}

/* The first of a name: chains of one observable are listed one after the other. */
static bool is_first(const plaq_numbers *there, int i)
{
    for (int k = 0; k < i; k++)
        if (strcmp(there->series[k].name, there->series[i].name) == 0) return false;
    return true;
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* A text in double quotes, as YAML reads it back */
static void put_quoted(report_text *text, const char *words)
{
    report_put(text, "\"");
    for (; *words; words++) report_put(text, "%s%c", strchr("\"\\", *words) ? "\\" : "", *words);
    report_put(text, "\"");
}

/* ---- quantities ------------------------------------------------------------------------------------------------- */

/* Numbers without axes; those that stay the same are told, not refused. */
static void put_number(const plaq_series *s, report_text *text)
{
    if (s->rank > 0 || s->is_complex || strcmp(output_of(s), "forces") == 0) return;
    report_put(text, "  ");
    put_quoted(text, s->name);
    report_put(text, ": {mean: {of: ");
    put_quoted(text, s->name);
    report_put(text, ", constant: true}}\n");
}

/* t^2 E and its slope along the flow, by the clover */
static void put_flow(const plaq_series *s, const char *output, report_text *text)
{
    if (strcmp(output_of(s), output) != 0) return;
    if (s->rank != 2 || !has_label(s, axis_of(s, "energy"), "clover")) return;
    report_put(text, "  ");
    put_quoted(text, s->name);
    report_put(text, ": {mean: {of: ");
    put_quoted(text, s->name);
    report_put(text, ", pick: {energy: clover}, constant: true}}\n");
}

/* A particle: which entries of its axis make it */
typedef struct {
    const char *name, *axis;
    const char *need; /* a label that must be there */
    const char *pick; /* of the axis */
    const char *rest; /* more keys of mean */
    const char *kind; /* of effective mass */
    bool first_half;  /* behind it the partner of opposite parity comes from the other end */
} particle;

static const particle particles[] = {
    {"pion", "pair", "g5-g5", "g5-g5", "average: source, fold: even", "cosh", false},
    {"rho", "pair", "gx-gx", "[gx-gx, gy-gy, gz-gz]", "average: [source, pair], fold: even", "cosh", false},
    {"nucleon", "baryon", "nucleon", "nucleon, parity: +", "average: source", "log", true},
};

static void put_first_half(const plaq_series *s, report_text *text)
{
    report_put(text, ", t: [0");
    for (int t = 1; t <= s->shape[s->rank - 1] / 2; t++) report_put(text, ", %d", t);
    report_put(text, "]");
}

/* Correlators at rest of one sink, and their effective masses. Names of measurements stand in front where they are not
 * those of the observables. */
static void put_sink(const plaq_series *s, const particle *p, const char *sink, report_text *text)
{
    size_t letters = strcspn(s->name, ".");
    bool plain =
        (letters == 5 && memcmp(s->name, "meson", 5) == 0) || (letters == 6 && memcmp(s->name, "baryon", 6) == 0);
    char name[200];

    snprintf(name, sizeof name, "%.*s%s%s%s%s", plain ? 0 : (int)letters, s->name, plain ? "" : "_", p->name,
             *sink ? "_" : "", sink);
    if (strlen(name) > 56) return; /* no room for "m_..." within 63 letters: left to the user */
    report_put(text, "  %s: {mean: {of: ", name);
    put_quoted(text, s->name);
    report_put(text, ", pick: {%s: %s, p: 0 0 0", p->axis, p->pick);
    if (*sink) report_put(text, ", sink: %s", sink);
    if (p->first_half) put_first_half(s, text);
    report_put(text, "}, %s}}\n  m_%s: {effective_mass: {of: %s, kind: %s}}\n", p->rest, name, name, p->kind);
}

static void put_correlators(const plaq_series *s, report_text *text)
{
    int sinks = axis_of(s, "sink");

    if (strcmp(output_of(s), "correlator") != 0 || axis_of(s, "t") != s->rank - 1) return;
    for (size_t k = 0; k < sizeof particles / sizeof *particles; k++) {
        const particle *p = &particles[k];

        if (!has_label(s, axis_of(s, p->axis), p->need) || !has_label(s, axis_of(s, "p"), "0 0 0")) continue;
        for (int i = 0; i < (sinks < 0 ? 1 : s->shape[sinks]); i++)
            put_sink(s, p, sinks >= 0 && s->label[sinks] ? s->label[sinks][i] : "", text);
    }
}

/* Numbers first, then what has axes, of one file or folder. */
static plaq_status put_quantities(const char *path, report_text *text)
{
    const plaq_numbers_wanted listing = {.listing = true};
    plaq_numbers there;

    PLAQ_TRY(plaq_numbers_read(path, NULL, &listing, &there));
    for (int i = 0; i < there.series_count; i++)
        if (is_first(&there, i)) put_number(&there.series[i], text);
    for (int i = 0; i < there.series_count; i++)
        if (is_first(&there, i)) put_flow(&there.series[i], "t2E", text);
    for (int i = 0; i < there.series_count; i++)
        if (is_first(&there, i)) put_flow(&there.series[i], "W", text);
    for (int i = 0; i < there.series_count; i++)
        if (is_first(&there, i)) put_correlators(&there.series[i], text);
    for (int i = 0; i < there.estimates; i++) {
        report_put(text, "  ");
        put_quoted(text, there.estimate_name[i]);
        report_put(text, ": {mean: {of: ");
        put_quoted(text, there.estimate_name[i]);
        report_put(text, ", constant: true}}\n");
    }
    plaq_numbers_clear(&there);
    return PLAQ_OK;
}

plaq_status plaq_page_analysis(const char *const paths[], int n, char **analysis)
{
    report_text text = {.n = 0};
    size_t before;
    plaq_status status = PLAQ_OK;

    report_put(&text, "results: [");
    for (int i = 0; i < n; i++) {
        report_put(&text, "%s", i ? ", " : "");
        put_quoted(&text, paths[i]);
    }
    report_put(&text, "]\nquantities:\n");
    before = text.n;
    for (int i = 0; i < n && status == PLAQ_OK; i++) status = put_quantities(paths[i], &text);
    if (status == PLAQ_OK) status = report_text_end(&text);
    if (status == PLAQ_OK && text.n == before)
        status =
            plaq_fail(PLAQ_E_USAGE,
                      "%s: there are no numbers without axes and no correlators of pion, rho or nucleon: name what "
                      "is wanted in an analysis file (--analysis)",
                      paths[0]);
    if (status == PLAQ_OK)
        *analysis = text.bytes;
    else
        report_text_clear(&text);
    return status;
}
