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

/* ---- what is written ----------------------------------------------------------------------------------------------
 */

/* An analysis under way */
typedef struct {
    plaq_numbers *there; /* [places] */
    int places;
    bool several; /* ensembles: quantities say of which they are */
    report_text text, names;
} writer;

/* Whether a series is the first of its name on its ensemble: replica and folders have more of them. */
static bool is_first(const writer *w, const plaq_series *s)
{
    for (int p = 0; p < w->places; p++)
        for (int i = 0; i < w->there[p].series_count; i++) {
            const plaq_series *other = &w->there[p].series[i];

            if (other == s) return true;
            if (strcmp(other->name, s->name) == 0 && strcmp(other->chain.ensemble, s->chain.ensemble) == 0)
                return false;
        }
    return true;
}

static bool has_several_ensembles(const writer *w)
{
    const char *first = NULL;

    for (int p = 0; p < w->places; p++)
        for (int i = 0; i < w->there[p].series_count; i++) {
            const char *ensemble = w->there[p].series[i].chain.ensemble;

            if (first && strcmp(first, ensemble)) return true;
            first = ensemble;
        }
    return false;
}

/* A text in double quotes, as YAML reads it back */
static void put_quoted(report_text *text, const char *words)
{
    report_put(text, "\"");
    for (; *words; words++) report_put(text, "%s%c", strchr("\"\\", *words) ? "\\" : "", *words);
    report_put(text, "\"");
}

/* ---- quantities ------------------------------------------------------------------------------------------------- */

static plaq_status choose_name(writer *w, const char *wanted, const char *ensemble, char name[REPORT_NAME_ROOM])
{
    enum { MOST_LETTERS = 52 }; /* of 63: there may be a number behind and "m_" in front */
    char *full = w->several ? plaq_strprintf("%s.%s", wanted, ensemble) : plaq_strdup(wanted);
    plaq_status status = full ? report_choose_name(&w->names, full, MOST_LETTERS, name) : PLAQ_E_MEMORY;

    plaq_free(full);
    return status;
}

/* "NAME: {mean: {of: OBSERVABLE, ensemble: E", to be gone on with and closed; @p name is what the quantity is called.
 */
static plaq_status begin_mean(writer *w, const char *wanted, const char *observable, const char *ensemble,
                              char name[REPORT_NAME_ROOM])
{
    PLAQ_TRY(choose_name(w, wanted, ensemble, name));
    report_put(&w->text, "  \"%s\": {mean: {of: ", name);
    put_quoted(&w->text, observable);
    if (w->several) {
        report_put(&w->text, ", ensemble: ");
        put_quoted(&w->text, ensemble);
    }
    return PLAQ_OK;
}

/* Whether a number says nothing new: how much work a flow was, and scales of single configurations where there is the
 * flow they are from. */
static bool is_beside_the_point(const writer *w, const plaq_series *s)
{
    const char *output = output_of(s);
    size_t letters = (size_t)(output - s->name);

    if (strcmp(output, "forces") == 0) return true;
    if (strcmp(output, "t0") != 0 && strcmp(output, "w0") != 0) return false;
    for (int p = 0; p < w->places; p++)
        for (int i = 0; i < w->there[p].series_count; i++) {
            const char *other = w->there[p].series[i].name;

            if (strncmp(other, s->name, letters) == 0 && strcmp(other + letters, "t2E") == 0) return true;
        }
    return false;
}

/* Numbers without axes; those that stay the same are told, not refused. */
static plaq_status put_number(writer *w, const plaq_series *s)
{
    char name[REPORT_NAME_ROOM];

    if (s->rank > 0 || s->is_complex || is_beside_the_point(w, s)) return PLAQ_OK;
    PLAQ_TRY(begin_mean(w, s->name, s->name, s->chain.ensemble, name));
    report_put(&w->text, ", constant: true}}\n");
    return PLAQ_OK;
}

/* t^2 E or its slope W by the clover, along the flow; *name is empty where it is something else */
static plaq_status put_flow(writer *w, const plaq_series *s, const char *output, char name[REPORT_NAME_ROOM])
{
    name[0] = '\0';
    if (strcmp(output_of(s), output) != 0 || s->rank != 2 || !has_label(s, axis_of(s, "energy"), "clover"))
        return PLAQ_OK;
    PLAQ_TRY(begin_mean(w, s->name, s->name, s->chain.ensemble, name));
    report_put(&w->text, ", pick: {energy: clover}, constant: true}}\n");
    return PLAQ_OK;
}

/* A scale of the mean flow */
static plaq_status put_scale(writer *w, const plaq_series *s, const char *kind, const char *flow)
{
    char name[REPORT_NAME_ROOM];

    PLAQ_TRY(choose_name(w, kind, s->chain.ensemble, name));
    report_put(&w->text, "  \"%s\": {scale: {of: \"%s\", kind: %s}}\n", name, flow, kind);
    return PLAQ_OK;
}

static plaq_status put_energy(writer *w, const plaq_series *s)
{
    char name[REPORT_NAME_ROOM];

    PLAQ_TRY(put_flow(w, s, "t2E", name));
    if (!name[0]) return PLAQ_OK;
    PLAQ_TRY(put_scale(w, s, "t0", name));
    return put_scale(w, s, "w0", name);
}

static plaq_status put_slope(writer *w, const plaq_series *s)
{
    char name[REPORT_NAME_ROOM];

    return put_flow(w, s, "W", name);
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
static plaq_status put_sink(writer *w, const plaq_series *s, const particle *p, const char *sink)
{
    size_t letters = strcspn(s->name, ".");
    bool plain = strncmp(s->name, "meson.", 6) == 0 || strncmp(s->name, "baryon.", 7) == 0;
    char name[REPORT_NAME_ROOM], *wanted;
    plaq_status status;

    wanted = plaq_strprintf("%.*s%s%s%s%s", plain ? 0 : (int)letters, s->name, plain ? "" : "_", p->name,
                            *sink ? "_" : "", sink);
    if (!wanted) return PLAQ_E_MEMORY;
    status = begin_mean(w, wanted, s->name, s->chain.ensemble, name);
    plaq_free(wanted);
    if (status != PLAQ_OK) return status;
    report_put(&w->text, ", pick: {%s: %s, p: 0 0 0", p->axis, p->pick);
    if (*sink) {
        report_put(&w->text, ", sink: ");
        put_quoted(&w->text, sink);
    }
    if (p->first_half) put_first_half(s, &w->text);
    report_put(&w->text, "}, %s}}\n  \"m_%s\": {effective_mass: {of: \"%s\", kind: %s}}\n", p->rest, name, name,
               p->kind);
    return PLAQ_OK;
}

static plaq_status put_correlators(writer *w, const plaq_series *s)
{
    int sinks = axis_of(s, "sink");

    if (strcmp(output_of(s), "correlator") != 0 || axis_of(s, "t") != s->rank - 1) return PLAQ_OK;
    for (size_t k = 0; k < sizeof particles / sizeof *particles; k++) {
        const particle *p = &particles[k];

        if (!has_label(s, axis_of(s, p->axis), p->need) || !has_label(s, axis_of(s, "p"), "0 0 0")) continue;
        for (int i = 0; i < (sinks < 0 ? 1 : s->shape[sinks]); i++)
            PLAQ_TRY(put_sink(w, s, p, sinks >= 0 && s->label[sinks] ? s->label[sinks][i] : ""));
    }
    return PLAQ_OK;
}

/* Values that come with their fluctuations */
static plaq_status put_estimates(writer *w)
{
    char name[REPORT_NAME_ROOM];

    for (int p = 0; p < w->places; p++)
        for (int i = 0; i < w->there[p].estimates; i++) {
            const char *estimate = w->there[p].estimate_name[i];

            PLAQ_TRY(report_choose_name(&w->names, estimate, 56, name));
            report_put(&w->text, "  \"%s\": {mean: {of: ", name);
            put_quoted(&w->text, estimate);
            report_put(&w->text, ", constant: true}}\n");
        }
    return PLAQ_OK;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

static plaq_status put_quantities(writer *w)
{
    static plaq_status (*const put[])(writer *, const plaq_series *) = {put_number, put_energy, put_slope,
                                                                        put_correlators};

    for (size_t k = 0; k < sizeof put / sizeof *put; k++)
        for (int p = 0; p < w->places; p++)
            for (int i = 0; i < w->there[p].series_count; i++)
                if (is_first(w, &w->there[p].series[i])) PLAQ_TRY(put[k](w, &w->there[p].series[i]));
    return put_estimates(w);
}

static plaq_status list_places(writer *w, const char *const paths[], int n)
{
    const plaq_numbers_wanted listing = {.listing = true};

    w->there = plaq_alloc((size_t)n + 1, sizeof *w->there);
    if (!w->there) return PLAQ_E_MEMORY;
    for (; w->places < n; w->places++)
        PLAQ_TRY(plaq_numbers_read(paths[w->places], NULL, &listing, &w->there[w->places]));
    w->several = has_several_ensembles(w);
    return PLAQ_OK;
}

static void put_results(writer *w, const char *const paths[], int n)
{
    report_put(&w->text, "results: [");
    for (int i = 0; i < n; i++) {
        report_put(&w->text, "%s", i ? ", " : "");
        put_quoted(&w->text, paths[i]);
    }
    report_put(&w->text, "]\nquantities:\n");
}

plaq_status plaq_page_analysis(const char *const paths[], int n, char **analysis)
{
    writer w = {.places = 0};
    plaq_status status;

    PLAQ_GO(list_places(&w, paths, n));
    put_results(&w, paths, n);
    PLAQ_GO(put_quantities(&w));
    PLAQ_GO(report_text_end(&w.text));
    if (!w.names.n) {
        status =
            plaq_fail(PLAQ_E_USAGE,
                      "%s: there are no numbers without axes and no correlators of pion, rho or nucleon: name what "
                      "is wanted in an analysis file (--analysis)",
                      paths[0]);
        goto done;
    }
    *analysis = w.text.bytes;
    w.text.bytes = NULL;
done:
    for (int p = 0; p < w.places; p++) plaq_numbers_clear(&w.there[p]);
    plaq_free(w.there);
    report_text_clear(&w.text);
    report_text_clear(&w.names);
    return status;
}
