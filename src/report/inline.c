/* A figure in a page: an SVG as an element. Several stand in one document, so every id gets a name in front; where an
 * id is asked for is what gnuplot writes: href='#id' and url(#id). Colours stay; the page's style sheet has others for
 * people who read light on dark. */
#include <string.h>

#include "report/report.h"

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* Where text goes on after an element that is left out: its end tag, or NULL */
static const char *behind(const char *text, const char *end)
{
    const char *found = strstr(text, end);

    return found ? found + strlen(end) : NULL;
}

/* Groups of gnuplot that set a pen and draw nothing are half of a file. */
static const char *behind_empty_group(const char *text)
{
    const char *end = begins(text, "<g fill=") ? strchr(text, '>') : NULL;

    return end && begins(end, ">\n</g>\n") ? end + strlen(">\n</g>\n") : NULL;
}

static const char *behind_left_out(const char *text)
{
    if (*text != '<') return NULL;
    if (begins(text, "<title>")) return behind(text, "</title>");
    if (begins(text, "<desc>")) return behind(text, "</desc>");
    if (begins(text, "<filter ")) return behind(text, "</filter>");
    return behind_empty_group(text);
}

void report_put_svg(report_text *html, const char *svg, const char *id, const char *title)
{
    static const char *const places[] = {" id='", " id=\"", "href='#", "url(#"};
    const char *from = strstr(svg, "<svg");

    if (!from) return;
    report_put(html, "<svg role=\"img\"");
    from += strlen("<svg");
    for (const char *c = from, *next; *c; c = next) {
        next = behind_left_out(c);
        if (next) {
            report_put_bytes(html, from, (size_t)(c - from));
            from = next;
            continue;
        }
        next = c + 1;
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            if (*c != *places[i] || !begins(c, places[i])) continue;
            next = c + strlen(places[i]);
            report_put_bytes(html, from, (size_t)(next - from));
            report_put(html, "%s-", id);
            from = next;
        }
        if (*c == '>' && title) { /* the end of the tag of the svg itself */
            report_put_bytes(html, from, (size_t)(next - from));
            report_put(html, "<title>");
            report_put_escaped(html, title);
            report_put(html, "</title>");
            from = next;
            title = NULL;
        }
    }
    report_put_bytes(html, from, strlen(from));
}
