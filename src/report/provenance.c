/* Where the numbers come from and what they mean: what was measured, in whose normalisation, by which program. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

/* Configurations of a chain: "1 to 12", and in which steps */
static void write_configurations(const plaq_chain *chain, char *text, size_t n)
{
    int64_t step = 0;
    bool even = true;

    if (chain->count == 0) {
        snprintf(text, n, "none");
        return;
    }
    for (size_t c = 1; c < chain->count; c++) {
        int64_t next = chain->config[c] - chain->config[c - 1];

        even = even && (step == 0 || next == step);
        if (step == 0 || next < step) step = next;
    }
    if (chain->count == 1)
        snprintf(text, n, "%" PRId64, chain->config[0]);
    else if (even && step == 1)
        snprintf(text, n, "%" PRId64 " to %" PRId64, chain->config[0], chain->config[chain->count - 1]);
    else
        snprintf(text, n, "%" PRId64 " to %" PRId64 ", %s%" PRId64, chain->config[0], chain->config[chain->count - 1],
                 even ? "every " : "with gaps; the smallest step is ", step);
}

static void put_observable(const plaq_series *s, report_text *html)
{
    char words[160], unit[64];

    report_put(html, "<tr><td><span class=\"name\">");
    report_put_name(html, s->name);
    report_put(html, "</span><span class=\"doc\">");
    report_put_escaped(html, s->doc ? s->doc : "");
    report_put(html, "</span></td><td>");
    for (int a = 0; a < s->rank; a++) report_put(html, "%s%d", a ? " × " : "", s->shape[a]);
    if (*s->axes) {
        report_put(html, "<span class=\"doc\">");
        report_put_escaped(html, s->axes);
        report_put(html, "</span>");
    }
    report_unit_text(s->unit, unit, sizeof unit);
    report_put(html, "</td><td class=\"less\">");
    report_put_escaped(html, unit);
    write_configurations(&s->chain, words, sizeof words);
    report_put(html, "</td><td class=\"number\">%zu</td><td class=\"less\">", s->chain.count);
    if (*s->chain.replica) {
        report_put_escaped(html, s->chain.replica);
        report_put(html, ": ");
    }
    report_put_escaped(html, words);
    report_put(html, "</td></tr>\n");
}

static void put_observables(const plaq_page *p, report_text *html)
{
    if (p->observables == 0) return;
    report_put(html,
               "<h2 id=\"measured\">Measured</h2>\n<details><summary>%d %s and their normalisation</summary>\n"
               "<div class=\"wide\"><table>\n<thead><tr><th>observable</th><th>numbers</th><th class=\"less\">unit</th>"
               "<th class=\"number\">N</th><th class=\"less\">configurations</th></tr></thead>\n<tbody>\n",
               p->observables, p->observables == 1 ? "observable" : "observables");
    for (int i = 0; i < p->observables; i++) put_observable(p->observable[i], html);
    report_put(html, "</tbody></table></div></details>\n");
}

static void put_fact(const plaq_fact *fact, report_text *html)
{
    if (fact->text && !*fact->text) return;
    report_put(html, "<dt>");
    report_put_escaped(html, fact->name);
    report_put(html, "</dt><dd>");
    if (fact->text)
        report_put_escaped(html, fact->text);
    else
        report_put(html, "%.10g", fact->number);
    report_put(html, "</dd>\n");
}

/* Texts of many lines, such as the run file */
static void put_listing(const char *name, const char *text, report_text *html)
{
    report_put(html, "<details><summary>");
    report_put_escaped(html, name);
    report_put(html, "</summary><pre>");
    report_put_escaped(html, text);
    report_put(html, "</pre></details>\n");
}

static bool is_listing(const plaq_fact *fact)
{
    return fact->text && strchr(fact->text, '\n');
}

void report_put_provenance(report_page *page)
{
    const plaq_page *p = page->given;
    report_text *html = &page->html;

    put_observables(p, html);
    report_put(html, "<h2 id=\"provenance\">Provenance</h2>\n<dl>\n");
    for (int i = 0; i < p->facts; i++)
        if (!is_listing(&p->fact[i])) put_fact(&p->fact[i], html);
    report_put(html, "</dl>\n");
    for (int i = 0; i < p->facts; i++)
        if (is_listing(&p->fact[i])) put_listing(p->fact[i].name, p->fact[i].text, html);
    if (p->analysis) put_listing("the analysis of this page, for plaq analyze", p->analysis, html);
}
