/* Averages over models: what each fit of a scan gave, and how much it counts (Jay and Neil, 2008.01069). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

/* The fits of a scan, side by side where they begin at the same time; owned numbers [4][scans] */
static void lay_out(const plaq_made *made, double *x, double *value, double *error, double *weight)
{
    for (int i = 0; i < made->scans; i++) {
        const plaq_scanned *s = &made->scan[i];
        int place = 0, of = 0;

        for (int k = 0; k < made->scans; k++) {
            place += k < i && made->scan[k].first == s->first;
            of += made->scan[k].first == s->first;
        }
        x[i] = s->first + 0.7 * ((place + 0.5) / of - 0.5);
        value[i] = s->value;
        error[i] = s->error;
        weight[i] = s->weight;
    }
}

static plaq_status put_scan(report_page *page, const plaq_made *made)
{
    const size_t n = (size_t)made->scans;
    double *x = plaq_alloc(4 * n, sizeof *x), *value = x + n, *error = x + 2 * n, *weight = x + 3 * n;
    double systematic = made->systematic ? made->systematic[0] : 0;
    char title[2][160], caption[320], number[96];
    plaq_figure values, weights;
    plaq_status status;

    if (!x) return PLAQ_E_MEMORY;
    lay_out(made, x, value, error, weight);
    plaq_number_text(made->estimate.value[0], made->error[0].error, systematic, number, sizeof number);
    snprintf(title[0], sizeof title[0], "%s: all fits", made->name);
    snprintf(title[1], sizeof title[1], "%s: weights", made->name);
    snprintf(caption, sizeof caption, "%d fits, by the first time they use. Band: their average %s%s.", made->scans,
             number, systematic > 0 ? ", statistical and systematic error" : "");
    values = (plaq_figure){
        .name = title[0],
        .title = title[0],
        .x_label = "first t/a",
        .y_label = made->name,
        .curves = 1,
        .marks = 1,
        .x_whole = true,
        .curve = {{.draw = PLAQ_DRAW_POINTS, .n = n, .x = x, .y = value, .error = error}},
        .mark = {{.at = made->estimate.value[0], .error = hypot(made->error[0].error, systematic), .colour = 1}},
    };
    weights = (plaq_figure){
        .name = title[1],
        .title = title[1],
        .x_label = "first t/a",
        .y_label = "weight",
        .curves = 1,
        .x_whole = true,
        .curve = {{.draw = PLAQ_DRAW_BARS, .n = n, .x = x, .y = weight}},
    };
    status = report_put_figure(page, &values, caption);
    if (status == PLAQ_OK)
        status = report_put_figure(page, &weights, "How much each fit counts: Akaike weights, in the same places.");
    plaq_free(x);
    return status;
}

plaq_status report_put_scans(report_page *page)
{
    const plaq_page *p = page->given;
    bool any = false;

    for (int q = 0; q < p->quantities; q++) {
        if (!report_is_good(p->quantity[q]) || p->quantity[q]->scans < 2) continue;
        if (!any) report_put(&page->html, "<h2 id=\"fits\">Fits</h2>\n<div class=\"figures\">\n");
        any = true;
        PLAQ_TRY(put_scan(page, p->quantity[q]));
    }
    if (any) report_put(&page->html, "</div>\n");
    return PLAQ_OK;
}
