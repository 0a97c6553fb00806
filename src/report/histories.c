/* Monte Carlo histories, their autocorrelation, and the distribution of the topological charge. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

enum { MOST_HISTORIES = 16, MOST_POINTS = 60, NORMAL_POINTS = 80, TEXT_ROOM = 512 };

/* ---- histories --------------------------------------------------------------------------------------------------- */

/* The name, or its last part, or neither, as it fits to an axis, and the unit */
static void write_axis(const plaq_made *made, char *label, size_t n)
{
    enum { MOST_LETTERS = 20 };
    const char *name = made->name, *dot = strrchr(name, '.');
    char unit[64];

    if (strlen(name) > MOST_LETTERS && dot) name = dot + 1;
    if (strlen(name) > MOST_LETTERS) name = "value";
    report_unit_text(made->unit, unit, sizeof unit);
    snprintf(label, n, "%s%s%s%s", name, *unit ? " (" : "", unit, *unit ? ")" : "");
}

static void write_history_caption(const plaq_made *made, char *caption, size_t n)
{
    const plaq_uncertainty *u = &made->error[0];
    char value[96], tau[96];

    plaq_number_text(made->estimate.value[0], u->error, 0, value, sizeof value);
    report_tau_text(made, 0, tau, sizeof tau);
    if (report_motion_of(made) == REPORT_FROZEN)
        snprintf(caption, n, "Frozen in sector %.0f: there is no autocorrelation to measure.",
                 round(report_history_at(made, 0)) + 0.0);
    else
        snprintf(caption, n, "%s, τ_int = %s. Line and band: mean and error.", value, tau);
}

/* One curve a chain; x and y are [configurations]. */
static void add_chains(const plaq_made *made, double *x, double *y, plaq_figure *f)
{
    const plaq_chains *chains = made->estimate.chains;
    size_t at = 0;

    for (int k = 0; k < chains->count; k++) {
        const plaq_chain *chain = &chains->chain[k];

        for (size_t c = 0; c < chain->count; c++) {
            x[at + c] = (double)chain->config[c];
            y[at + c] = report_history_at(made, at + c);
        }
        if (k < PLAQ_FIGURE_CURVES)
            f->curve[f->curves++] = (plaq_curve){.draw = PLAQ_DRAW_POINTS,
                                                 .colour = k,
                                                 .label = chains->count > 1 ? chain->replica : NULL,
                                                 .n = chain->count,
                                                 .x = x + at,
                                                 .y = y + at};
        at += chain->count;
    }
}

static plaq_status put_history(report_page *page, const plaq_made *made)
{
    const size_t n = report_configs(made);
    double *x = plaq_alloc(2 * n, sizeof *x), *y = x + n;
    char name[TEXT_ROOM], axis[TEXT_ROOM], caption[TEXT_ROOM];
    plaq_figure f = {.name = name, .title = made->name, .x_label = "configuration", .y_label = axis, .x_whole = true};
    plaq_status status;

    if (!x) return PLAQ_E_MEMORY;
    snprintf(name, sizeof name, "%s_history", made->name);
    write_axis(made, axis, sizeof axis);
    write_history_caption(made, caption, sizeof caption);
    add_chains(made, x, y, &f);
    if (report_motion_of(made) == REPORT_FROZEN) { /* its noise is not to fill the figure */
        f.y_min = round(y[0]) - 1.5;
        f.y_max = round(y[0]) + 1.5;
    } else {
        f.mark[f.marks++] = (plaq_mark){.at = made->estimate.value[0], .error = made->error[0].error, .colour = 1};
    }
    status = report_put_figure(page, &f, caption);
    plaq_free(x);
    return status;
}

/* ---- autocorrelation --------------------------------------------------------------------------------------------- */

static size_t longest_chain(const plaq_chains *chains)
{
    size_t n = 0;

    for (int k = 0; k < chains->count; k++) n = chains->chain[k].count > n ? chains->chain[k].count : n;
    return n;
}

static plaq_status put_autocorrelation(report_page *page, const plaq_made *made)
{
    const plaq_uncertainty *u = &made->error[0];
    const plaq_chains *chains = made->estimate.chains;
    size_t window = u->count ? u->part[0].window : 0, lags = 3 * window + 8, most = longest_chain(chains) / 2;
    char name[TEXT_ROOM], title[TEXT_ROOM], tau[96], caption[TEXT_ROOM];
    double *lag, *rho, *error;
    plaq_figure f = {.name = name, .title = title, .y_label = "ρ(Δ)", .curves = 1, .x_whole = true};
    plaq_status status;

    if (lags > most) lags = most;
    if (lags < 3) return PLAQ_OK;
    lag = plaq_alloc(3 * lags, sizeof *lag);
    if (!lag) return PLAQ_E_MEMORY;
    rho = lag + lags;
    error = rho + lags;
    for (size_t t = 0; t < lags; t++) lag[t] = (double)t;
    PLAQ_GO(plaq_autocorrelation(&made->estimate, 0, chains->chain[0].ensemble, lags, rho, error));
    snprintf(name, sizeof name, "%s_autocorrelation", made->name);
    snprintf(title, sizeof title, "%s: autocorrelation", made->name);
    f.x_label = "distance Δ of configurations";
    f.curve[0] = (plaq_curve){
        .draw = lags > MOST_POINTS ? PLAQ_DRAW_BAND : PLAQ_DRAW_POINTS, .n = lags, .x = lag, .y = rho, .error = error};
    if (u->count && window > 0) f.mark[f.marks++] = (plaq_mark){.upright = true, .at = (double)window, .colour = 1};
    report_tau_text(made, 0, tau, sizeof tau);
    snprintf(caption, sizeof caption, "τ_int = 1/2 + sum of ρ up to the window W = %zu (dashed): %s%s.", window, tau,
             u->count && u->part[0].bounded ? ", a lower bound: no window was found" : "");
    status = report_put_figure(page, &f, caption);
done:
    plaq_free(lag);
    return status;
}

/* ---- the topological charge -------------------------------------------------------------------------------------- */

/* Bars around integers where the charge is near them and spread over some; otherwise as many as let a dozen be seen */
static double bar_width(double from, double to, bool near_integers, size_t configs)
{
    const double bars = fmin(fmax(sqrt((double)configs), 5), 40);

    if (near_integers) return fmax(1, ceil((to - from) / 60));
    return (to - from) / bars;
}

/* Mean and mean square deviation */
static void find_moments(const plaq_made *made, double *mean, double *variance)
{
    const size_t n = report_configs(made);

    *mean = *variance = 0;
    for (size_t c = 0; c < n; c++) *mean += report_history_at(made, c) / (double)n;
    for (size_t c = 0; c < n; c++) *variance += pow(report_history_at(made, c) - *mean, 2) / (double)n;
}

static void count_bars(const plaq_made *made, double first, double width, size_t bars, double middle[], double count[])
{
    for (size_t b = 0; b < bars; b++) {
        middle[b] = first + (double)b * width;
        count[b] = 0;
    }
    for (size_t c = 0; c < report_configs(made); c++) {
        size_t b = (size_t)fmax(0, floor((report_history_at(made, c) - first) / width + 0.5));

        count[b < bars ? b : bars - 1]++;
    }
}

/* The normal distribution as so many configurations in bars of this width */
static void follow_normal(const plaq_made *made, double width, double from, double to, double x[], double y[])
{
    double mean, variance;

    find_moments(made, &mean, &variance);
    for (int i = 0; i < NORMAL_POINTS; i++) {
        x[i] = from + (to - from) * i / (NORMAL_POINTS - 1);
        y[i] = (double)report_configs(made) * width / sqrt(2 * M_PI * variance) *
               exp(-pow(x[i] - mean, 2) / (2 * variance));
    }
}

static plaq_status put_distribution(report_page *page, const plaq_made *made, bool near_integers)
{
    double from = INFINITY, to = -INFINITY, width, *bar, *count, normal[2][NORMAL_POINTS], mean, variance;
    char name[TEXT_ROOM], title[TEXT_ROOM], caption[TEXT_ROOM], axis[TEXT_ROOM];
    plaq_figure f = {.name = name, .title = title, .x_label = axis, .y_label = "configurations", .curves = 2};
    size_t bars;
    plaq_status status;

    for (size_t c = 0; c < report_configs(made); c++) {
        from = fmin(from, report_history_at(made, c));
        to = fmax(to, report_history_at(made, c));
    }
    width = bar_width(from, to, near_integers, report_configs(made));
    from = width >= 1 ? width * floor(from / width + 0.5) : from + width / 2;
    bars = (size_t)fmax(1, ceil((to - from) / width + 0.5));
    bar = plaq_alloc(2 * bars, sizeof *bar);
    if (!bar) return PLAQ_E_MEMORY;
    count = bar + bars;
    count_bars(made, from, width, bars, bar, count);
    follow_normal(made, width, from - width / 2, from + ((double)bars - 0.5) * width, normal[0], normal[1]);
    find_moments(made, &mean, &variance);
    snprintf(name, sizeof name, "%s_distribution", made->name);
    snprintf(title, sizeof title, "%s: distribution", made->name);
    write_axis(made, axis, sizeof axis);
    snprintf(caption, sizeof caption,
             "Mean of the square: %.4g. Line: the normal distribution of the same mean and width.",
             variance + mean * mean);
    f.curve[0] = (plaq_curve){.draw = PLAQ_DRAW_BARS, .n = bars, .x = bar, .y = count};
    f.curve[1] =
        (plaq_curve){.draw = PLAQ_DRAW_DASHES, .colour = 1, .n = NORMAL_POINTS, .x = normal[0], .y = normal[1]};
    status = report_put_figure(page, &f, caption);
    plaq_free(bar);
    return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* A row of figures of one quantity; a constant is said in words, above. */
static plaq_status put_all_of(report_page *page, const plaq_made *made)
{
    bool near_integers;

    report_put(&page->html, "<div class=\"figures\">\n");
    PLAQ_TRY(put_history(page, made));
    if (report_motion_of(made) == REPORT_MOVES) {
        PLAQ_TRY(put_autocorrelation(page, made));
        if (report_is_charge(made, &near_integers)) PLAQ_TRY(put_distribution(page, made, near_integers));
    }
    report_put(&page->html, "</div>\n");
    return PLAQ_OK;
}

/* Whether a watched number is a quantity of the page already, or made of measured numbers as quantities are */
static bool is_known(const plaq_page *p, const plaq_made *watched)
{
    if (!watched->source) return true;
    for (int q = 0; q < p->quantities; q++) {
        const plaq_made *made = p->quantity[q];

        if (report_has_history(made) && made->source && strcmp(made->source, watched->source) == 0) return true;
    }
    return false;
}

/* The i-th history of a page: of its quantities, then of what is watched; NULL where there is none */
const plaq_made *report_history(const plaq_page *p, int i)
{
    const plaq_made *made = i < p->quantities ? p->quantity[i] : p->watch[i - p->quantities];

    return report_has_history(made) && (i < p->quantities || !is_known(p, made)) ? made : NULL;
}

plaq_status report_put_histories(report_page *page)
{
    const plaq_page *p = page->given;
    int n = 0;

    for (int i = 0; i < p->quantities + p->watched; i++) {
        const plaq_made *made = report_history(p, i);

        if (!made || report_motion_of(made) == REPORT_CONSTANT) continue;
        if (n == 0) report_put(&page->html, "<h2 id=\"histories\">Histories</h2>\n");
        if (n++ < MOST_HISTORIES) PLAQ_TRY(put_all_of(page, made));
    }
    if (n > MOST_HISTORIES)
        report_put(&page->html, "<p class=\"soft\">Histories of the first %d of %d quantities.</p>\n", MOST_HISTORIES,
                   n);
    return PLAQ_OK;
}
