/* Figures: what gnuplot is told and what it draws; text in pages. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"
#include "support/test.h"

static const double xs[] = {1, 2, 3, 5, 8}, ys[] = {0.5, 0.25, -0.125, 0.75, 0.375},
                    errors[] = {0.1, 0.2, 0.1, 0.3, 0.05};

static plaq_figure with_points(void)
{
    return (plaq_figure){
        .name = "points",
        .x_label = "x",
        .y_label = "y",
        .curves = 1,
        .curve = {{.draw = PLAQ_DRAW_POINTS, .label = "data", .n = 5, .x = xs, .y = ys, .error = errors}},
    };
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)); text += strlen(word)) n++;
    return n;
}

static void text_free(void *text)
{
    report_text_clear(text);
}

/* Text of this case, freed after it */
static report_text *fresh_text(void)
{
    static report_text text;

    text = (report_text){.n = 0};
    test_later(text_free, &text);
    return &text;
}

static char *draw(const plaq_figure *f, plaq_picture kind, size_t *n)
{
    char *bytes = NULL;

    if (!test_status(PLAQ_OK, plaq_figure_draw(f, kind, &bytes, n), __FILE__, __LINE__, "plaq_figure_draw"))
        return NULL;
    test_later(plaq_free, bytes);
    return bytes;
}

/* A symbol a point beside that of the legend, and of a number that is none no trace */
static void every_point_is_drawn_once(void)
{
    plaq_figure f = with_points();
    double lacking[5] = {0.5, NAN, -0.125, INFINITY, 0.375};
    size_t n;
    const char *svg = draw(&f, PLAQ_PICTURE_SVG, &n);

    if (!svg) return;
    CHECK(strlen(svg) == n);
    CHECK(count(svg, "<use xlink:href='#gpPt6' transform") == 5 + 1);
    f.curve[0].y = lacking;
    svg = draw(&f, PLAQ_PICTURE_SVG, &n);
    if (!svg) return;
    CHECK(count(svg, "<use xlink:href='#gpPt6' transform") == 3 + 1);
    CHECK(!strstr(svg, "nan") && !strstr(svg, "inf"));
}

static void pictures_are_of_their_kind(void)
{
    plaq_figure f = with_points();
    const char *bytes;
    size_t n;

    bytes = draw(&f, PLAQ_PICTURE_PDF, &n);
    CHECK(bytes && n > 1000 && memcmp(bytes, "%PDF-1.", 7) == 0 && strstr(bytes + n - 8, "%%EOF"));
    bytes = draw(&f, PLAQ_PICTURE_PNG, &n);
    CHECK(bytes && n > 1000 && memcmp(bytes, "\x89PNG\r\n", 6) == 0 && memcmp(bytes + n - 8, "IEND", 4) == 0);
}

/* All that is drawn lies within the ranges, also the ends of errors, and marks; bars stand on zero. */
static void ranges_hold_everything(void)
{
    plaq_figure f = with_points();
    report_text *script = fresh_text();
    double from, to;

    f.marks = 2;
    f.mark[0] = (plaq_mark){.at = 2.5, .error = 0.25, .label = "m"};
    f.mark[1] = (plaq_mark){.upright = true, .at = -4, .label = "n"};
    CHECK_STATUS(PLAQ_OK, report_script(&f, PLAQ_PICTURE_SVG, script));
    CHECK(sscanf(strstr(script->bytes, "set xrange"), "set xrange [%lf:%lf]", &from, &to) == 2);
    CHECK(from < -4 && from > -5 && to > 8 && to < 9);
    CHECK(sscanf(strstr(script->bytes, "set yrange"), "set yrange [%lf:%lf]", &from, &to) == 2);
    CHECK(from < -0.225 && from > -0.5 && to > 2.75 && to < 3);
    text_free(script);
    f = (plaq_figure){.name = "bars", .curves = 1, .curve = {{.draw = PLAQ_DRAW_BARS, .n = 5, .x = xs, .y = xs}}};
    CHECK_STATUS(PLAQ_OK, report_script(&f, PLAQ_PICTURE_SVG, script));
    CHECK(strstr(script->bytes, "set yrange [0:"));
}

/* A logarithm has no zero: such points go, error bars that reach it end at their point. */
static void logarithms_are_of_positive_numbers(void)
{
    plaq_figure f = with_points();
    report_text *script = fresh_text();

    f.y_log = true;
    CHECK_STATUS(PLAQ_OK, report_script(&f, PLAQ_PICTURE_SVG, script));
    CHECK(strstr(script->bytes, "\n1 0.5 0.4 0.6\n") && strstr(script->bytes, "\n5 0.75 0.45 1.05\n"));
    CHECK(!strstr(script->bytes, "-0.125"));
    text_free(script);
    f.curve[0].error = (double[]){0.6, 0.2, 0.1, 0.3, 0.05};
    CHECK_STATUS(PLAQ_OK, report_script(&f, PLAQ_PICTURE_SVG, script));
    CHECK(strstr(script->bytes, "\n1 0.5 0.5 1.1\n"));
}

static void a_figure_without_numbers_is_refused(void)
{
    plaq_figure f = with_points();
    double nothing[5] = {NAN, NAN, INFINITY, -INFINITY, NAN};
    char *bytes;
    size_t n;

    f.curve[0].y = nothing;
    CHECK_STATUS(PLAQ_E_DATA, plaq_figure_draw(&f, PLAQ_PICTURE_SVG, &bytes, &n));
    CHECK_MESSAGE("figure points has no finite numbers");
}

/* Names come from files: nothing in them is a command, a format or markup. */
static void texts_are_texts(void)
{
    plaq_figure f = with_points();
    char trap[4096], words[9000];
    size_t n;
    const char *svg;

    test_scratch_path(trap, "trap");
    snprintf(words, sizeof words, "it's'; system \"touch %s\"\n`touch %s` %%s $x {/=99 a_b} <b>&", trap, trap);
    f.x_label = f.y_label = f.curve[0].label = words;
    svg = draw(&f, PLAQ_PICTURE_SVG, &n);
    CHECK(svg && access(trap, F_OK) != 0);
    CHECK(strstr(svg, "{/=99 a_b} &lt;b>&amp;</text>"));
    CHECK(count(svg, "it's'; system") >= 3);
}

/* Two of a kind in one page: ids are not shared, and what refers to them finds its own. */
static void figures_of_a_page_have_their_own_ids(void)
{
    plaq_figure f = with_points();
    report_text *html = fresh_text();
    size_t n;
    const char *svg = draw(&f, PLAQ_PICTURE_SVG, &n);

    if (!svg) return;
    report_put_svg(html, svg, "first", "A < B & \"C\"");
    report_put_svg(html, svg, "second", NULL);
    CHECK_STATUS(PLAQ_OK, report_text_end(html));
    CHECK(count(html->bytes, "<svg ") == 2 && count(html->bytes, "</svg>") == 2);
    CHECK(!strstr(html->bytes, "<?xml") && !strstr(html->bytes, "<desc"));
    CHECK(count(html->bytes, "<title>A &lt; B &amp; &quot;C&quot;</title>") == 1);
    CHECK(count(html->bytes, "id='first-gpPt6'") == 1 && count(html->bytes, "id='second-gpPt6'") == 1);
    CHECK(count(html->bytes, "href='#first-gpPt6'") == 5 + 1 && count(html->bytes, "href='#second-gpPt6'") == 5 + 1);
    CHECK(count(html->bytes, "href='#gp") == 0 && count(html->bytes, "id='gp") == 0);
    CHECK(count(html->bytes, "<g ") == count(html->bytes, "</g>"));
}

static void markup_is_escaped(void)
{
    report_text *text = fresh_text();

    report_put_escaped(text, "<script>alert('a' & \"b\")</script>\x01\n");
    CHECK(strcmp(text->bytes, "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt; \n") == 0);
}

static void gnuplot_that_is_not_there_is_said(void)
{
    plaq_figure f = with_points();
    const char *path = getenv("PATH");
    char *kept = plaq_strdup(path ? path : ""), *bytes;
    size_t n;
    plaq_status status;

    test_later(plaq_free, kept);
    setenv("PATH", "/nonexistent", 1);
    status = plaq_figure_draw(&f, PLAQ_PICTURE_SVG, &bytes, &n);
    setenv("PATH", kept, 1);
    CHECK_STATUS(PLAQ_E_IO, status);
    CHECK_MESSAGE("install gnuplot-nox");
}

static plaq_status draw_once(void *given)
{
    char *bytes;
    size_t n;
    plaq_status status = plaq_figure_draw(given, PLAQ_PICTURE_SVG, &bytes, &n);

    if (status == PLAQ_OK) plaq_free(bytes);
    return status;
}

static void failures_leave_nothing(void)
{
    plaq_figure f = with_points();

    CHECK_FAULT_SWEEP(draw_once, &f);
}

TEST_MAIN({"every point is drawn once", every_point_is_drawn_once},
          {"pictures are of their kind", pictures_are_of_their_kind},
          {"ranges hold everything", ranges_hold_everything},
          {"logarithms are of positive numbers", logarithms_are_of_positive_numbers},
          {"a figure without numbers is refused", a_figure_without_numbers_is_refused},
          {"texts are texts", texts_are_texts},
          {"figures of a page have their own ids", figures_of_a_page_have_their_own_ids},
          {"markup is escaped", markup_is_escaped},
          {"gnuplot that is not there is said", gnuplot_that_is_not_there_is_said},
          {"failures leave nothing", failures_leave_nothing})
