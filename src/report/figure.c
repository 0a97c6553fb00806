/* A figure in the language of gnuplot: thin axes at the left and below, a light grid, the legend above the data so that
 * it hides none of them. Sizes are those of a column of a paper or of a phone: text stays readable where a figure is
 * shown at 350 points. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

/* blue vermillion green purple orange sky: M. Okabe and K. Ito, "Color Universal Design" (2008) */
static const char *const colours[PLAQ_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

/* Each colour has a symbol of its own: disk, square, triangle, diamond, circle, open square */
static const int symbols[PLAQ_COLOURS] = {7, 5, 9, 13, 6, 4};

/* A terminal of a width and a height */
typedef struct {
    const char *words;         /* with places for both */
    double width, height, row; /* row: what a row of the legend adds to the height */
} terminal;

static const terminal terminals[] = {
    {"svg size %g,%g dynamic font 'sans-serif,15' linewidth 1.2", 480, 290, 22},
    {"pdfcairo size %gcm,%gcm font 'sans-serif,12' linewidth 1.2", 12, 7.25, 0.55},
    {"pngcairo size %g,%g font 'sans-serif,15' fontscale 2.4 linewidth 3 pointscale 2.6", 1440, 870, 66},
};

static const char style[] = "set encoding utf8\n"
                            "set minussign\n"
                            "set border 3 linewidth 0.8 linecolor rgb '#5b6470'\n"
                            "set tics nomirror out scale 0.5\n"
                            "set xtics offset 0,0.3\n"
                            "set xlabel offset 0,0.6\n"
                            "set ylabel offset 0.2,0\n"
                            "set grid linetype 1 linecolor rgb '#e3e6ea' linewidth 0.7\n"
                            "set format '%.8g'\n";

/* ---- ranges -------------------------------------------------------------------------------------------------------
 */

typedef struct {
    double from, to;
} range;

static void take_in(range *r, double x)
{
    if (!isfinite(x)) return;
    r->from = fmin(r->from, x);
    r->to = fmax(r->to, x);
}

static bool is_shown(const plaq_figure *f, const plaq_curve *c, size_t i)
{
    return isfinite(c->x[i]) && isfinite(c->y[i]) && (!c->error || isfinite(c->error[i])) && (!f->y_log || c->y[i] > 0);
}

/* The lower end of an error bar, which a logarithm may not have */
static double lower_end(const plaq_figure *f, const plaq_curve *c, size_t i)
{
    double end = c->error ? c->y[i] - c->error[i] : c->y[i];

    return f->y_log && end <= 0 ? c->y[i] : end;
}

static void find_ranges(const plaq_figure *f, range *x, range *y)
{
    for (int k = 0; k < f->curves; k++) {
        const plaq_curve *c = &f->curve[k];

        for (size_t i = 0; i < c->n; i++) {
            if (!is_shown(f, c, i)) continue;
            take_in(x, c->x[i]);
            take_in(y, lower_end(f, c, i));
            take_in(y, c->y[i] + (c->error ? c->error[i] : 0));
        }
        if (c->draw == PLAQ_DRAW_BARS) take_in(y, 0);
        if (c->draw == PLAQ_DRAW_BARS && c->n > 1)
            for (int side = -1; side <= 1; side += 2)
                take_in(x, c->x[side < 0 ? 0 : c->n - 1] + side * 0.5 * (c->x[1] - c->x[0]));
    }
    for (int k = 0; k < f->marks; k++) {
        take_in(f->mark[k].upright ? x : y, f->mark[k].at - f->mark[k].error);
        take_in(f->mark[k].upright ? x : y, f->mark[k].at + f->mark[k].error);
    }
}

/* Air around the numbers: a part of the range, or something to see where there is none. */
static void widen(range *r, double part, bool logarithmic)
{
    if (logarithmic) {
        double factor = fmax(pow(r->to / r->from, part), 1.05);

        r->from /= factor;
        r->to *= factor;
    } else {
        double air = part * (r->to - r->from);

        /* a constant is not to look like the rounding of its digits */
        air = fmax(air, 1e-7 * fmax(fabs(r->from), fabs(r->to)));
        if (!(air > 0)) air = 1;
        r->from -= air;
        r->to += air;
    }
}

static plaq_status put_ranges(const plaq_figure *f, report_text *script)
{
    range x = {INFINITY, -INFINITY}, y = {INFINITY, -INFINITY};
    bool from_zero;

    find_ranges(f, &x, &y);
    if (!(x.from <= x.to && y.from <= y.to))
        return plaq_fail(PLAQ_E_DATA, "figure %s has no finite numbers to draw", f->name);
    if (f->y_min != 0 || f->y_max != 0) y = (range){f->y_min, f->y_max};
    from_zero = f->curves > 0 && f->curve[0].draw == PLAQ_DRAW_BARS && y.from == 0;
    if (f->x_whole && x.to - x.from < 8) report_put(script, "set xtics 1\n");
    widen(&x, 0.03, false);
    if (f->y_min == 0 && f->y_max == 0) widen(&y, 0.06, f->y_log);
    if (f->y_log) report_put(script, "set logscale y\nset format y '10^{%%L}'\n");
    report_put(script, "set xrange [%.12g:%.12g]\nset yrange [%.12g:%.12g]\n", x.from, x.to, from_zero ? 0 : y.from,
               y.to);
    return PLAQ_OK;
}

/* ---- texts, numbers, curves ---------------------------------------------------------------------------------------
 */

/* A string of gnuplot in which nothing means anything: in single quotes only these quotes do. */
static void put_quoted(report_text *script, const char *words)
{
    report_put(script, "'");
    for (; *words; words++)
        report_put(script, "%s%c", *words == '\'' ? "'" : "", (unsigned char)*words < ' ' ? ' ' : *words);
    report_put(script, "'");
}

static void put_label(report_text *script, const char *what, const char *words)
{
    if (!words || !*words) return;
    report_put(script, "set %s ", what);
    put_quoted(script, words);
    report_put(script, " noenhanced\n");
}

static void put_title(report_text *script, const char *label)
{
    if (!label) {
        report_put(script, " notitle");
        return;
    }
    report_put(script, " title ");
    put_quoted(script, label);
}

/* x, y, and the two ends of the error */
static void put_numbers(const plaq_figure *f, int k, report_text *script)
{
    const plaq_curve *c = &f->curve[k];

    report_put(script, "$curve%d << END\n", k);
    for (size_t i = 0; i < c->n; i++)
        if (is_shown(f, c, i))
            report_put(script, "%.10g %.10g %.10g %.10g\n", c->x[i], c->y[i], lower_end(f, c, i),
                       c->y[i] + (c->error ? c->error[i] : 0));
    report_put(script, "END\n");
}

static size_t count_shown(const plaq_figure *f, const plaq_curve *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) n += is_shown(f, c, i);
    return n;
}

static void put_curve(const plaq_figure *f, int k, report_text *script)
{
    const plaq_curve *c = &f->curve[k];
    const char *colour = colours[c->colour % PLAQ_COLOURS];
    int symbol = symbols[c->colour % PLAQ_COLOURS];
    double size = c->n > 1000 ? 0.2 : c->n > 200 ? 0.3 : 0.5;

    report_put(script, "$curve%d using ", k);
    switch (c->draw) {
    case PLAQ_DRAW_POINTS: /* bars by hand: yerrorbars come with white rings that cover what is near */
        if (c->error)
            report_put(
                script,
                "1:3:(0):($4-$3) with vectors heads size graph 0.007,90 linecolor rgb '%s' notitle, $curve%d using ",
                colour, k);
        report_put(script, "1:2 with points linecolor rgb '%s' pointtype %d pointsize %g", colour, symbol, size);
        break;
    case PLAQ_DRAW_LINE: report_put(script, "1:2 with lines linecolor rgb '%s'", colour); break;
    case PLAQ_DRAW_DASHES: report_put(script, "1:2 with lines dashtype 2 linecolor rgb '%s'", colour); break;
    case PLAQ_DRAW_BAND:
        report_put(script, "1:3:4 with filledcurves fillcolor rgb '%s' fillstyle transparent solid 0.25 noborder",
                   colour);
        put_title(script, c->label);
        report_put(script, ", $curve%d using 1:2 with lines linecolor rgb '%s' notitle", k, colour);
        return;
    case PLAQ_DRAW_BARS: report_put(script, "1:2 with boxes linecolor rgb '%s' fillstyle solid 0.35", colour); break;
    }
    put_title(script, c->label);
}

/* Lines across the figure are objects, which have no place in the legend: an empty entry stands for each there. */
static void put_mark_entry(const plaq_mark *m, report_text *script)
{
    report_put(script, ", keyentry with lines dashtype 2 linecolor rgb '%s'", colours[m->colour % PLAQ_COLOURS]);
    put_title(script, m->label);
}

/* Two corners, or the two ends of a line: @p from and @p to along one axis, all of the figure along the other */
static void put_across(const plaq_mark *m, double from, double to, report_text *script)
{
    if (m->upright)
        report_put(script, "from first %.10g, graph 0 to first %.10g, graph 1", from, to);
    else
        report_put(script, "from graph 0, first %.10g to graph 1, first %.10g", from, to);
}

static void put_mark(const plaq_mark *m, report_text *script)
{
    const char *colour = colours[m->colour % PLAQ_COLOURS];

    report_put(script, "set arrow ");
    put_across(m, m->at, m->at, script);
    report_put(script, " nohead front dashtype 2 linecolor rgb '%s'\n", colour);
    if (!(m->error > 0)) return;
    report_put(script, "set object rectangle ");
    put_across(m, m->at - m->error, m->at + m->error, script);
    report_put(script, " back clip fillcolor rgb '%s' fillstyle transparent solid 0.2 noborder\n", colour);
}

/* What covers is drawn before what it would cover. */
static void put_plot(const plaq_figure *f, report_text *script)
{
    static const plaq_draw order[] = {PLAQ_DRAW_BARS, PLAQ_DRAW_BAND, PLAQ_DRAW_LINE, PLAQ_DRAW_DASHES,
                                      PLAQ_DRAW_POINTS};
    const char *before = "plot ";

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        for (int k = 0; k < f->curves; k++)
            if (f->curve[k].draw == order[i] && count_shown(f, &f->curve[k]) > 0) {
                report_put(script, "%s", before);
                put_curve(f, k, script);
                before = ", ";
            }
    for (int k = 0; k < f->marks; k++)
        if (f->mark[k].label) put_mark_entry(&f->mark[k], script);
    report_put(script, "\n");
}

/* How many columns of the legend fit: those of gnuplot are as wide as the longest label. */
static int lay_out_legend(const plaq_figure *f, int *rows)
{
    enum { WIDTH = 52, SAMPLE = 8 }; /* of the figure and of a sample, in characters */
    int entries = 0, columns;
    size_t longest = 0;

    for (int k = 0; k < f->curves + f->marks; k++) {
        const char *label = k < f->curves ? f->curve[k].label : f->mark[k - f->curves].label;

        if (!label) continue;
        entries++;
        if (strlen(label) > longest) longest = strlen(label);
    }
    columns = WIDTH / (int)(longest + SAMPLE);
    if (columns < 1) columns = 1;
    *rows = (entries + columns - 1) / columns;
    return columns;
}

static void put_terminal(const plaq_figure *f, const terminal *t, report_text *script)
{
    int rows, columns = lay_out_legend(f, &rows);

    report_put(script, "set terminal ");
    report_put(script, t->words, t->width, t->height + rows * t->row);
    report_put(script, "\n%s", style);
    if (rows)
        report_put(script, "set key tmargin left horizontal Left reverse samplen 1.5 width 1 noenhanced maxcols %d\n",
                   columns);
    else
        report_put(script, "unset key\n");
}

plaq_status report_script(const plaq_figure *f, plaq_picture kind, report_text *script)
{
    put_terminal(f, &terminals[kind], script);
    put_label(script, "xlabel", f->x_label);
    put_label(script, "ylabel", f->y_label);
    PLAQ_TRY(put_ranges(f, script));
    for (int k = 0; k < f->marks; k++) put_mark(&f->mark[k], script);
    for (int k = 0; k < f->curves; k++) put_numbers(f, k, script);
    put_plot(f, script);
    return report_text_end(script);
}

plaq_status plaq_figure_draw(const plaq_figure *f, plaq_picture kind, char **bytes, size_t *n)
{
    report_text script = {.n = 0};
    plaq_status status = report_script(f, kind, &script);

    if (status == PLAQ_OK) status = report_gnuplot(&script, bytes, n);
    report_text_clear(&script);
    return status == PLAQ_OK ? status : plaq_note(status, "figure %s", f->name);
}
