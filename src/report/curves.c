/* Quantities along an axis: effective masses, the flow, correlators, potentials. Those of one kind share a figure, with
 * what was fitted to them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

enum { MOST_TOGETHER = 6, POTENTIAL_POINTS = 60, TEXT_ROOM = 256 };

/* What is known of a kind of curve: the step that makes it, or the output it is the mean of */
typedef struct {
    const char *step, *source; /* the end of the source; NULL: any */
    const char *title, *y_label;
    bool level;        /* seeks a plateau: fits are drawn over it, and points that are noise alone left out */
    bool may_be_steep; /* over orders of magnitude */
} kind;

static const kind kinds[] = {
    {"mean", ".t2E", "Gradient flow", "t² E(t)", false, false},
    {"mean", ".W", "Slope of the flow", "t d(t² E)/dt", false, false},
    {"mean", ".correlator", "Correlators", "C(t)", false, true},
    {"effective_mass", NULL, "Effective masses", "a m(t)", true, false},
    {"gevp", NULL, "Energies of the GEVP", "a E(t)", true, false},
    {"pcac", NULL, "PCAC mass", "a m(t)", true, false},
    {"dispersion", NULL, "Dispersion relation", "c²", false, false},
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = text ? strlen(text) : 0, m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static const kind *kind_of(const plaq_made *made)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].step, made->step) == 0 && (!kinds[i].source || ends_with(made->source, kinds[i].source)))
            return &kinds[i];
    return NULL;
}

static bool is_curve(const plaq_made *made)
{
    return report_is_good(made) && made->x && made->estimate.size > 1;
}

static bool belong_together(const plaq_made *a, const plaq_made *b)
{
    return strcmp(a->step, b->step) == 0 && kind_of(a) == kind_of(b) && strcmp(a->x_name, b->x_name) == 0 &&
           strcmp(a->unit, b->unit) == 0;
}

/* ---- one figure -------------------------------------------------------------------------------------------------- */

/* A figure and what it borrows */
typedef struct {
    plaq_figure figure;
    const plaq_made *member[MOST_TOGETHER];
    int members, bands;
    double *numbers; /* [members][3][longest]: x, y, errors; then the bands' */
    size_t longest;
    char x_label[TEXT_ROOM], y_label[TEXT_ROOM], title[TEXT_ROOM];
    char band_label[MOST_TOGETHER][TEXT_ROOM], mark_label[TEXT_ROOM];
    size_t left_out;                       /* points whose errors would hide the others */
    double potential[3][POTENTIAL_POINTS]; /* of one that was fitted: r, V, errors */
} drawing;

/* Positive numbers over more than a factor of ten are seen on a logarithm. */
static bool wants_logarithm(const drawing *d)
{
    double least = INFINITY, most = 0;

    if (kind_of(d->member[0]) && !kind_of(d->member[0])->may_be_steep) return false;
    for (int k = 0; k < d->members; k++)
        for (size_t i = 0; i < d->member[k]->estimate.size; i++) {
            least = fmin(least, d->member[k]->estimate.value[i]);
            most = fmax(most, d->member[k]->estimate.value[i]);
        }
    return least > 0 && most > 10 * least;
}

/* Points of a member, beside those of the others, but where @p clean those lost in noise: with an error above half of
 * the value */
static void add_points(drawing *d, int k, bool clean)
{
    const plaq_made *made = d->member[k];
    const size_t n = made->estimate.size;
    double *x = d->numbers + (size_t)(3 * k) * d->longest, *y = x + d->longest, *error = y + d->longest;
    const double aside = 0.09 * (k - 0.5 * (d->members - 1)) * (made->x[1] - made->x[0]);

    for (size_t i = 0; i < n; i++) {
        bool lost = clean && made->error[i].error > 0.5 * fabs(made->estimate.value[i]);

        x[i] = made->x[i] + aside;
        y[i] = lost ? NAN : made->estimate.value[i];
        error[i] = made->error[i].error;
        d->left_out += lost;
    }
    d->figure.curve[d->figure.curves++] = (plaq_curve){
        .draw = PLAQ_DRAW_POINTS, .colour = k, .label = made->name, .n = n, .x = x, .y = y, .error = error};
}

/* The times a fit used: of an average, those of all fits that count */
static void find_reach(const plaq_made *fit, double *from, double *to)
{
    int n = 0;

    *from = fit->from;
    *to = fit->to;
    for (int i = 0; i < fit->scans; i++) {
        if (fit->scan[i].weight < 0.01) continue;
        *from = n ? fmin(*from, fit->scan[i].first) : fit->scan[i].first;
        *to = n++ ? fmax(*to, fit->scan[i].last) : fit->scan[i].last;
    }
}

/* A fitted energy as a band over the times it comes from */
static void add_band(drawing *d, int k, const plaq_made *fit)
{
    double *x = d->numbers + (size_t)(3 * (MOST_TOGETHER + d->bands)) * d->longest, *y = x + d->longest;
    double *error = y + d->longest, systematic = fit->systematic ? fit->systematic[0] : 0;
    char number[96], *label = d->band_label[d->bands++];

    find_reach(fit, &x[0], &x[1]);
    y[0] = y[1] = fit->estimate.value[0];
    error[0] = error[1] = hypot(fit->error[0].error, systematic);
    plaq_number_text(fit->estimate.value[0], fit->error[0].error, systematic, number, sizeof number);
    snprintf(label, TEXT_ROOM, "%s = %s", fit->name, number);
    d->figure.curve[d->figure.curves++] =
        (plaq_curve){.draw = PLAQ_DRAW_BAND, .colour = k, .label = label, .n = 2, .x = x, .y = y, .error = error};
}

static bool is_fit_of(const plaq_made *fit, const plaq_made *curve)
{
    if (!report_is_good(fit) || !fit->fitted || fit->x || !fit->of[0]) return false;
    return strcmp(fit->of, curve->name) == 0 || strcmp(fit->of, curve->of) == 0;
}

static void add_fits(drawing *d, const plaq_page *page, int k)
{
    for (int q = 0; q < page->quantities; q++)
        if (is_fit_of(page->quantity[q], d->member[k]) && d->bands < MOST_TOGETHER) {
            add_band(d, k, page->quantity[q]);
            return;
        }
}

/* The fit of a potential over its points, with r0 in the legend */
static plaq_status add_potential(drawing *d, const plaq_page *page)
{
    plaq_figure *f = &d->figure;

    for (int q = 0; q < page->quantities; q++) {
        const plaq_made *fit = page->quantity[q];
        double *r = d->potential[0];
        char number[96];

        if (!report_is_good(fit) || strcmp(fit->step, "potential") || strcmp(fit->of, d->member[0]->name)) continue;
        for (int i = 0; i < POTENTIAL_POINTS; i++)
            r[i] = fit->from + (fit->to - fit->from) * i / (POTENTIAL_POINTS - 1);
        PLAQ_TRY(report_potential(fit, POTENTIAL_POINTS, r, d->potential[1], d->potential[2]));
        plaq_number_text(fit->estimate.value[0], fit->error[0].error, 0, number, sizeof number);
        snprintf(d->mark_label, sizeof d->mark_label, "r0/a = %s", number);
        f->curve[f->curves++] = (plaq_curve){.draw = PLAQ_DRAW_BAND,
                                             .colour = 1,
                                             .label = d->mark_label,
                                             .n = POTENTIAL_POINTS,
                                             .x = r,
                                             .y = d->potential[1],
                                             .error = d->potential[2]};
        f->title = "Static potential";
        f->y_label = "a V(r)";
        f->x_label = "r/a";
        return PLAQ_OK;
    }
    return PLAQ_OK;
}

/* t0, in units of a^2, or w0: by name, or by the step that made it of this curve */
static bool is_scale(const plaq_made *made, const char *name, const plaq_made *curve)
{
    if (!report_is_good(made) || made->x || !(made->estimate.value[0] > 0)) return false;
    if (strcmp(made->name, name) == 0 || (made->source && ends_with(made->source, name))) return true;
    return strcmp(made->step, "scale") == 0 && strcmp(made->of, curve->name) == 0 &&
           strcmp(made->unit, strcmp(name, "t0") == 0 ? "a^2" : "a") == 0;
}

/* A curve between its points */
static double value_at(const plaq_made *curve, double x)
{
    const double *y = curve->estimate.value;
    size_t i = 1;

    while (i + 1 < curve->estimate.size && curve->x[i] < x) i++;
    return y[i - 1] + (y[i] - y[i - 1]) * (x - curve->x[i - 1]) / (curve->x[i] - curve->x[i - 1]);
}

/* Where the flow passes its level, 0.3 unless the scale was made with another: t0 of t^2 E, w0^2 of its slope */
static void add_scale(drawing *d, const plaq_page *page, const char *name, double power)
{
    const double level = 0.3;
    plaq_figure *f = &d->figure;
    double most = 0;

    for (size_t i = 0; i < d->member[0]->estimate.size; i++) most = fmax(most, d->member[0]->estimate.value[i]);
    if (most < level / 2) return; /* far away */
    f->mark[f->marks++] = (plaq_mark){.at = level, .colour = 1};
    for (int q = 0; q < page->quantities && f->marks < 2; q++) {
        const plaq_made *made = page->quantity[q];
        char number[96];

        if (!is_scale(made, name, d->member[0])) continue;
        plaq_number_text(made->estimate.value[0], made->error[0].error, 0, number, sizeof number);
        snprintf(d->mark_label, sizeof d->mark_label, "%s = %s", made->name, number);
        f->mark[f->marks++] = (plaq_mark){
            .upright = true,
            .at = pow(made->estimate.value[0], power),
            .error = power * pow(made->estimate.value[0], power - 1) * made->error[0].error,
            .colour = 1,
            .label = d->mark_label,
        };
        f->mark[0].at = value_at(d->member[0], f->mark[1].at);
    }
}

static void name_axes(drawing *d)
{
    static const char *const axes[][2] = {{"t", "t/a"}, {"flow", "t/a²"}, {"r", "r/a"}, {"n2", "n²"}};
    const plaq_made *first = d->member[0];
    const kind *known = kind_of(first);
    char unit[64];

    snprintf(d->x_label, sizeof d->x_label, "%s", first->x_name);
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        if (strcmp(axes[i][0], first->x_name) == 0) snprintf(d->x_label, sizeof d->x_label, "%s", axes[i][1]);
    report_unit_text(first->unit, unit, sizeof unit);
    if (known)
        snprintf(d->y_label, sizeof d->y_label, "%s", known->y_label);
    else
        snprintf(d->y_label, sizeof d->y_label, "%s%s%s%s", d->members == 1 ? first->name : "value", *unit ? " (" : "",
                 unit, *unit ? ")" : "");
    if (known)
        snprintf(d->title, sizeof d->title, "%s", known->title);
    else
        for (int k = 0; k < d->members; k++) {
            const size_t used = strlen(d->title);

            snprintf(d->title + used, sizeof d->title - used, "%s%s", k ? ", " : "", d->member[k]->name);
        }
    d->figure.name = d->title;
    d->figure.title = d->title;
    d->figure.x_label = d->x_label;
    d->figure.y_label = d->y_label;
}

static void write_caption(const drawing *d, char *caption, size_t n)
{
    size_t used = (size_t)snprintf(caption, n, "%zu configurations.%s", report_configs(d->member[0]),
                                   d->bands ? " Bands: the fits, over the times they used." : "");

    if (d->left_out && used < n)
        snprintf(caption + used, n - used, " Left out, with errors above half of the value: %zu.", d->left_out);
}

static plaq_status draw(drawing *d, report_page *page)
{
    const kind *known = kind_of(d->member[0]);
    char caption[TEXT_ROOM];

    for (int k = 0; k < d->members; k++)
        if (d->member[k]->estimate.size > d->longest) d->longest = d->member[k]->estimate.size;
    d->numbers = plaq_alloc(2 * MOST_TOGETHER * 3 * d->longest, sizeof *d->numbers);
    if (!d->numbers) return PLAQ_E_MEMORY;
    name_axes(d);
    d->figure.y_log = wants_logarithm(d);
    for (int k = 0; k < d->members; k++) {
        add_points(d, k, known && known->level);
        if (known && known->level) add_fits(d, page->given, k);
    }
    if (!known) PLAQ_TRY(add_potential(d, page->given));
    if (known && ends_with(known->source, ".t2E")) add_scale(d, page->given, "t0", 1);
    if (known && ends_with(known->source, ".W")) add_scale(d, page->given, "w0", 2);
    write_caption(d, caption, sizeof caption);
    return report_put_figure(page, &d->figure, caption);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Whether an earlier quantity's figure has this one: those that belong together, six at a time */
static int count_before(const plaq_page *p, int q)
{
    int n = 0;

    for (int i = 0; i < q; i++) n += is_curve(p->quantity[i]) && belong_together(p->quantity[i], p->quantity[q]);
    return n;
}

static plaq_status put_figure_from(report_page *page, int q)
{
    const plaq_page *p = page->given;
    drawing *d = plaq_alloc(1, sizeof *d);
    plaq_status status;

    if (!d) return PLAQ_E_MEMORY;
    for (int i = q; i < p->quantities && d->members < MOST_TOGETHER; i++)
        if (is_curve(p->quantity[i]) && belong_together(p->quantity[i], p->quantity[q]))
            d->member[d->members++] = p->quantity[i];
    status = draw(d, page);
    plaq_free(d->numbers);
    plaq_free(d);
    return status;
}

plaq_status report_put_curves(report_page *page)
{
    const plaq_page *p = page->given;
    bool any = false;

    for (int q = 0; q < p->quantities; q++) {
        if (!is_curve(p->quantity[q]) || count_before(p, q) % MOST_TOGETHER) continue;
        if (!any) report_put(&page->html, "<h2 id=\"curves\">Curves</h2>\n<div class=\"figures\">\n");
        any = true;
        PLAQ_TRY(put_figure_from(page, q));
    }
    if (any) report_put(&page->html, "</div>\n");
    return PLAQ_OK;
}
