/* The first things to read: all values in one table, and what is not as it should be. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

enum { MOST_ENTRIES = 16 }; /* of one quantity in the table */

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void put_cell(report_text *html, const char *class, const char *words)
{
    report_put(html, "<td class=\"%s\">", class);
    report_put_escaped(html, words);
    report_put(html, "</td>");
}

static void put_name(const plaq_made *made, size_t i, report_text *html)
{
    report_put(html, "<td><span class=\"name\">");
    report_put_name(html, made->name);
    if (made->label && (i > 0 || !made->apart)) { /* the name alone means the first of numbers apart */
        report_put(html, made->apart ? "." : " ");
        report_put_name(html, made->label[i]);
    }
    report_put(html, "</span>");
    if (i == 0 && made->doc && *made->doc) {
        report_put(html, "<span class=\"doc less\">");
        report_put_escaped(html, made->doc);
        report_put(html, "</span>");
    }
    report_put(html, "</td>");
}

/* Of a fit without correlations there is no p. */
static void put_fit(const plaq_made *made, size_t i, report_text *html)
{
    report_put(html, "<td class=\"number\">");
    if (made->fitted && i == 0 && made->dof > 0) {
        double reduced = made->chi2 / made->dof;

        report_put(html, reduced < 0.095 ? "%.1g" : "%.2f", reduced);
        if (made->p >= 0) report_put(html, " <span class=\"soft less\">p = %.2g</span>", made->p);
    }
    report_put(html, "</td>");
}

static void put_row(const plaq_made *made, size_t i, bool fits, report_text *html)
{
    const plaq_uncertainty *u = &made->error[i];
    char words[96], unit[64];

    report_put(html, "<tr>");
    put_name(made, i, html);
    plaq_number_text(made->estimate.value[i], u->error, made->systematic ? made->systematic[i] : 0, words,
                     sizeof words);
    report_unit_text(plaq_made_unit(made, i), unit, sizeof unit);
    report_put(html, "<td class=\"number\">");
    report_put_escaped(html, words);
    report_put(html, " <span class=\"soft\">");
    report_put_escaped(html, unit);
    report_put(html, "</span></td>");
    report_tau_text(made, i, words, sizeof words);
    put_cell(html, "number", words);
    snprintf(words, sizeof words, "%zu", report_configs(made));
    put_cell(html, "number", words);
    if (fits) put_fit(made, i, html);
    report_put(html, "</tr>\n");
}

static bool is_in_table(const plaq_made *made)
{
    return report_is_good(made) && !made->x && made->estimate.size <= MOST_ENTRIES;
}

void report_put_summary(report_page *page)
{
    const plaq_page *p = page->given;
    report_text *html = &page->html;
    bool any = false, fits = false;

    for (int q = 0; q < p->quantities; q++) {
        any = any || is_in_table(p->quantity[q]);
        fits = fits || (is_in_table(p->quantity[q]) && p->quantity[q]->fitted);
    }
    if (!any) return;
    report_put(html,
               "<h2 id=\"values\">Values</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>quantity</th>"
               "<th class=\"number\">value</th><th class=\"number\">τ<sub>int</sub></th><th class=\"number\">N</th>"
               "%s</tr></thead>\n<tbody>\n",
               fits ? "<th class=\"number\">χ²/dof</th>" : "");
    for (int q = 0; q < p->quantities; q++)
        for (size_t i = 0; is_in_table(p->quantity[q]) && i < p->quantity[q]->estimate.size; i++)
            put_row(p->quantity[q], i, fits, html);
    report_put(
        html, "</tbody></table></div>\n<p class=\"soft\">Errors, one standard deviation in units of the last digits: ");
    report_put_escaped(html, p->method);
    report_put(html, ". τ<sub>int</sub> counts measured configurations; it is 1/2 where they are independent. N: "
                     "configurations.</p>\n");
}

/* ---- trouble ----------------------------------------------------------------------------------------------------- */

static void put_note(report_text *html, const char *what, const char *why)
{
    report_put(html, "<li>");
    if (what) {
        report_put(html, "<b>");
        report_put_escaped(html, what);
        report_put(html, "</b>: ");
    }
    report_put_escaped(html, why);
    report_put(html, "</li>\n");
}

/* A charge that does not move has a small error, and no error bar says so. */
static void put_frozen(const plaq_made *made, report_text *html)
{
    char words[320];

    snprintf(words, sizeof words,
             "frozen: the topological charge stays in sector %.0f on all %zu configurations. τ_int is not measurable, "
             "and no error on this page knows of the other sectors.",
             round(report_history_at(made, 0)) + 0.0, report_configs(made));
    put_note(html, made->name, words);
}

void report_put_trouble(report_page *page)
{
    const plaq_page *p = page->given;
    report_text *html = &page->html;
    size_t before;

    report_put(html, "<h2 id=\"missing\">Missing or doubtful</h2>\n<ul class=\"notes\">\n");
    before = html->n;
    for (int q = 0; q < p->quantities; q++)
        if (p->quantity[q]->status != PLAQ_OK)
            put_note(html, p->quantity[q]->name,
                     p->quantity[q]->message ? p->quantity[q]->message : "could not be made");
    for (int i = 0; i < p->failures; i++) put_note(html, p->failure[i].what, p->failure[i].why);
    for (int i = 0; i < p->notes; i++) put_note(html, NULL, p->note[i]);
    for (int i = 0; i < p->quantities + p->watched; i++) {
        const plaq_made *made = report_history(p, i);

        if (made && report_motion_of(made) == REPORT_FROZEN) put_frozen(made, html);
    }
    if (html->n == before)
        report_put(html,
                   "</ul>\n<p>Nothing: no configuration failed, none is missing or there twice, and every quantity "
                   "could be made.</p>\n");
    else
        report_put(html, "</ul>\n");
}
