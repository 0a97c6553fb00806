/* The page: one HTML file. Its head forbids the browser to load anything (Content-Security-Policy), so that a page on a
 * disk of a machine without a network is the same everywhere. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/report.h"

/* Colours are said once for dark on light and once for light on dark. Figures come as gnuplot writes them: their
 * colours are found by attribute. On paper it is dark on light. */
static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1d232b;--soft:#5b6470;--line:#e3e6ea;--card:#f6f7f9;"
    "--blue:#0072b2;--alarm:#b3470a;--alarm-card:#fdf3ec}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e4e7eb;--soft:#9da7b3;--line:#2c323a;"
    "--card:#1b1f25;--blue:#63b3e4;--alarm:#f0a070;--alarm-card:#2a1f18}\n"
    "svg [fill=black]{fill:#e4e7eb}svg [stroke=black]{stroke:#e4e7eb}svg [color=black]{color:#e4e7eb}\n"
    "svg [fill='rgb(91,100,112)'],svg [fill='rgb( 91, 100, 112)']{fill:#9da7b3}svg [stroke='rgb( 91, 100, "
    "112)']{stroke:#9da7b3}\n"
    "svg [stroke='rgb(227, 230, 234)']{stroke:#2c323a}\n"
    "svg [fill='rgb(  0, 114, 178)']{fill:#4aa8e0}svg [stroke='rgb(  0, 114, 178)']{stroke:#4aa8e0}"
    "svg [color='rgb(  0, 114, 178)']{color:#4aa8e0}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,"
    "'Noto Sans','DejaVu Sans',sans-serif;-webkit-text-size-adjust:100%}\n"
    "header,main,footer{max-width:1120px;margin:0 auto;padding:0 20px}\n"
    "header{padding-top:36px}h1{font-size:1.9rem;line-height:1.2;margin:0;overflow-wrap:anywhere}\n"
    "h2{font-size:1.25rem;margin:44px 0 12px;padding-top:14px;border-top:1px solid var(--line)}\n"
    "p{margin:8px 0;max-width:75ch}.soft{color:var(--soft)}code,pre{font:.875em ui-monospace,'DejaVu Sans Mono',"
    "Menlo,Consolas,monospace}\n"
    "nav{margin:14px 0 0}nav a{display:inline-block;margin:0 18px 6px 0}a{color:var(--blue);text-decoration:none}"
    "a:hover{text-decoration:underline}\n"
    ".tiles{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0 4px;padding:0;list-style:none}\n"
    ".tiles li{background:var(--card);border-radius:10px;padding:10px 16px;min-width:118px}"
    ".tiles b{display:block;font-size:1.45rem;font-weight:600;line-height:1.25}.tiles span{color:var(--soft);"
    "font-size:.875rem}.tiles .alarm{background:var(--alarm-card)}.alarm b,.alarm span{color:var(--alarm)}\n"
    ".wide{overflow-x:auto;margin:0 -20px;padding:0 20px}table{border-collapse:collapse;font-variant-numeric:"
    "tabular-nums;width:100%}\n"
    "th,td{text-align:left;padding:7px 18px 7px 0;border-bottom:1px solid var(--line);vertical-align:baseline}"
    "th{font-weight:600;font-size:.875rem;color:var(--soft);white-space:nowrap}td:last-child,th:last-child"
    "{padding-right:0}.number{text-align:right;white-space:nowrap}.name{font-weight:600}\n"
    ".doc{display:block;font-weight:400;color:var(--soft);font-size:.85rem;line-height:1.35;max-width:60ch}\n"
    "ul.notes{list-style:none;margin:12px 0;padding:0}ul.notes li{background:var(--alarm-card);border-left:3px solid "
    "var(--alarm);border-radius:0 8px 8px 0;padding:8px 14px;margin:8px 0;overflow-wrap:anywhere;max-width:85ch}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:28px 36px;"
    "margin:16px 0 32px}\n"
    "figure{margin:0;min-width:0;break-inside:avoid}figure h3{font-size:1rem;margin:0 0 4px;display:flex;"
    "justify-content:space-between;gap:12px;overflow-wrap:anywhere}figure svg{display:block;width:100%;height:auto}\n"
    "figure button{font:500 .75rem system-ui,sans-serif;color:var(--soft);background:none;border:1px solid "
    "var(--line);border-radius:6px;padding:2px 8px;cursor:pointer;flex:none;align-self:start}figure button:hover{color:"
    "var(--ink)}figcaption{color:var(--soft);font-size:.875rem;line-height:1.4}\n"
    "details{margin:12px 0}summary{cursor:pointer;font-weight:600}pre{background:var(--card);border-radius:10px;"
    "padding:14px 16px;overflow-x:auto;line-height:1.45}\n"
    "dl{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:4px 20px;margin:12px 0}dt{color:"
    "var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
    "footer{margin-top:52px;padding-top:14px;padding-bottom:36px;color:var(--soft);font-size:.875rem}\n"
    "@media(max-width:560px){body{font-size:15px}header,main,footer{padding-left:16px;padding-right:16px}h1{font-size:"
    "1.55rem}.wide{margin:0 -16px;padding:0 16px}.tiles li{flex:1 1 "
    "40%}table{font-size:.9rem}th,td{padding-right:9px}.less{display:none}"
    "dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}\n"
    "@media print{:root{font-size:12px}nav,figure "
    "button{display:none}body{font-size:1rem}h2{margin-top:24px}"
    "header,main,footer{max-width:none}h2{break-after:"
    "avoid}tr{break-inside:avoid}.figures{grid-template-columns:1fr 1fr}}\n";

/* Gives a figure as the file it is. */
static const char script[] =
    "addEventListener('click',function(e){var b=e.target.closest('button[data-name]');if(!b)return;"
    "var a=document.createElement('a');a.href=URL.createObjectURL(new Blob([new XMLSerializer().serializeToString("
    "b.closest('figure').querySelector('svg'))],{type:'image/svg+xml'}));a.download=b.dataset.name+'.svg';a.click();"
    "setTimeout(function(){URL.revokeObjectURL(a.href)},1000)});";

static void put_head(report_page *page)
{
    report_text *html = &page->html;

    report_put(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                     "'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:\">\n<title>");
    report_put_escaped(html, page->given->title);
    report_put(html, "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

/* Configurations of the chains that anything was measured on, each once; of numbers that came as estimates, those of
 * the largest */
static size_t count_configurations(const plaq_page *p, int *measurements)
{
    size_t n = 0;
    const char *before = "";

    *measurements = 0;
    for (int i = 0; i < p->quantities && !p->observables; i++)
        if (report_configs(p->quantity[i]) > n) n = report_configs(p->quantity[i]);
    for (int i = 0; i < p->observables; i++) {
        const plaq_series *s = p->observable[i];
        size_t chain = s->chain.count, letters = strcspn(s->name, ".");
        bool first = true;

        for (int k = 0; k < p->observables; k++) {
            const plaq_chain *other = &p->observable[k]->chain;

            if (strcmp(other->ensemble, s->chain.ensemble) || strcmp(other->replica, s->chain.replica)) continue;
            if (k < i) first = false;
            if (other->count > chain) chain = other->count;
        }
        if (first) n += chain;
        if (strncmp(before, s->name, letters) || strcspn(before, ".") != letters) (*measurements)++;
        before = s->name;
    }
    return n;
}

static void put_tile(report_text *html, long long n, const char *one, const char *many, bool alarm)
{
    report_put(html, "<li%s><b>%lld</b><span>%s</span></li>\n", alarm ? " class=\"alarm\"" : "", n,
               n == 1 ? one : many);
}

static void put_top(report_page *page)
{
    const plaq_page *p = page->given;
    report_text *html = &page->html;
    int measurements, unmade = 0;
    size_t configurations = count_configurations(p, &measurements);

    for (int i = 0; i < p->quantities; i++) unmade += p->quantity[i]->status != PLAQ_OK;
    report_put(html, "<header>\n<h1>");
    report_put_escaped(html, p->title);
    report_put(html, "</h1>\n<p class=\"soft\"><code>");
    report_put_escaped(html, p->path);
    report_put(html, "</code></p>\n<ul class=\"tiles\">\n");
    put_tile(html, (long long)configurations, "configuration", "configurations", configurations == 0);
    if (measurements) put_tile(html, measurements, "measurement", "measurements", false);
    put_tile(html, p->quantities - unmade, "quantity", "quantities", false);
    if (unmade) put_tile(html, unmade, "could not be made", "could not be made", true);
    if (p->failures) put_tile(html, p->failures, "failed configuration", "failed configurations", true);
    if (p->notes) put_tile(html, p->notes, "thing to know", "things to know", true);
    report_put(html, "</ul>\n");
}

static void put_bottom(report_page *page)
{
    char when[32];
    time_t t = time(NULL);
    struct tm utc;

    strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", gmtime_r(&t, &utc));
    report_put(&page->html,
               "</main>\n<footer>Made %s by plaq %s (%s). It needs no network: keep it, print it, send it."
               "</footer>\n<script>%s</script>\n</body>\n</html>\n",
               when, PLAQ_VERSION, plaq_commit(), script);
}

/* The links to the sections stand above them: they are known when all is written. */
static void put_contents(const report_text *sections, report_text *html)
{
    const char *at = sections->bytes ? sections->bytes : "";

    report_put(html, "<nav>");
    while ((at = strstr(at, "<h2 id=\""))) {
        const char *id = at + strlen("<h2 id=\""), *words = strchr(id, '>') + 1;

        report_put(html, "<a href=\"#%.*s\">%.*s</a>", (int)strcspn(id, "\""), id, (int)strcspn(words, "<"), words);
        at = words;
    }
    report_put(html, "</nav>\n</header>\n<main>\n");
}

static plaq_status put_sections(report_page *page)
{
    report_put_summary(page);
    report_put_trouble(page);
    PLAQ_TRY(report_put_curves(page));
    PLAQ_TRY(report_put_scans(page));
    PLAQ_TRY(report_put_histories(page));
    report_put_provenance(page);
    return report_text_end(&page->html);
}

static plaq_status write_file(const char *path, const char *bytes, size_t n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;
    char aside[4096];

    PLAQ_TRY(plaq_path_aside(path, aside));
    status = plaq_file_create(&file, aside);
    if (status == PLAQ_OK) status = plaq_file_write(&file, 0, bytes, n);
    if (status == PLAQ_OK) status = plaq_file_sync(&file);
    closed = plaq_file_close(&file);
    if (status == PLAQ_OK) status = closed;
    if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
    if (status != PLAQ_OK) plaq_path_remove(aside);
    return status;
}

plaq_status plaq_page_write(const plaq_page *given, const plaq_figure_files *figures, const char *path)
{
    report_page page = {.given = given, .files = figures && figures->folder ? figures : NULL};
    report_text sections = {.n = 0};
    plaq_status status;

    if (page.files) PLAQ_TRY(plaq_path_make_folder(page.files->folder));
    PLAQ_GO(put_sections(&page));
    sections = page.html;
    page.html = (report_text){.n = 0};
    put_head(&page);
    put_top(&page);
    put_contents(&sections, &page.html);
    report_put_bytes(&page.html, sections.bytes, sections.n);
    put_bottom(&page);
    PLAQ_GO(report_text_end(&page.html));
    status = write_file(path, page.html.bytes, page.html.n);
done:
    report_text_clear(&sections);
    report_text_clear(&page.html);
    report_text_clear(&page.names);
    return status;
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

static plaq_status save_figure(const report_page *page, const plaq_figure *figure)
{
    static const char *const endings[] = {"svg", "pdf", "png"};
    char *path = plaq_strprintf("%s/%s.%s", page->files->folder, figure->name, endings[page->files->kind]),
         *bytes = NULL;
    plaq_status status = path ? PLAQ_OK : PLAQ_E_MEMORY;
    size_t n;

    if (path) status = plaq_figure_draw(figure, page->files->kind, &bytes, &n);
    if (status == PLAQ_OK) status = write_file(path, bytes, n);
    plaq_free(bytes);
    plaq_free(path);
    return status;
}

plaq_status report_put_figure(report_page *page, const plaq_figure *figure, const char *caption)
{
    plaq_figure f = *figure;
    char name[REPORT_NAME_ROOM], id[24], *svg;
    size_t n;

    PLAQ_TRY(report_choose_name(&page->names, figure->name, 100, name));
    f.name = name;
    PLAQ_TRY(plaq_figure_draw(&f, PLAQ_PICTURE_SVG, &svg, &n));
    snprintf(id, sizeof id, "f%d", ++page->figures);
    report_put(&page->html, "<figure id=\"%s\">\n<h3><span>", id);
    report_put_escaped(&page->html, f.title);
    report_put(&page->html,
               "</span><button type=\"button\" data-name=\"%s\" title=\"save this figure\">SVG</button></h3>\n", name);
    report_put_svg(&page->html, svg, id, f.title);
    plaq_free(svg);
    report_put(&page->html, "<figcaption>");
    report_put_escaped(&page->html, caption);
    report_put(&page->html, "</figcaption>\n</figure>\n");
    return page->files ? save_figure(page, &f) : PLAQ_OK;
}
