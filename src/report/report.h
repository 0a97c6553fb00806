/* What the files of the room share: text that grows, and figures on their way into a page. Room: report. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "plaq/report.h"

/* ---- text ---- */

/** Text that grows. Where memory runs out it stays as it is and remembers: report_text_end() tells. Zero-initialise;
 * `bytes` is plaq_alloc's. */
typedef struct {
    char *bytes; /**< NUL-terminated; NULL of an empty text */
    size_t n, room;
    bool failed;
} report_text;

void report_put(report_text *text, const char *format, ...) PLAQ_PRINTF(2, 3);
void report_put_bytes(report_text *text, const char *bytes, size_t n);
/** What comes from elsewhere: & < > " ' as entities, control characters as blanks. */
void report_put_escaped(report_text *text, const char *words);
/** The same of a name, which may be broken after its dots. */
void report_put_name(report_text *text, const char *name);
enum { REPORT_NAME_ROOM = 128 };

/** Makes a name of any text: of at most @p most (100) letters, digits, _ . - and +, and a number behind it where it is
 * among those that were chosen before. */
PLAQ_MUST_USE plaq_status report_choose_name(report_text *names, const char *wanted, size_t most,
                                             char name[REPORT_NAME_ROOM]);

/** PLAQ_E_MEMORY where a part is missing. */
PLAQ_MUST_USE plaq_status report_text_end(const report_text *text);
void report_text_clear(report_text *text);

/* ---- figures ---- */

/** The commands and numbers of a figure for gnuplot. */
PLAQ_MUST_USE plaq_status report_script(const plaq_figure *figure, plaq_picture kind, report_text *script);

/** Runs gnuplot on a script and takes what it prints. @p *bytes is the caller's to plaq_free. */
PLAQ_MUST_USE plaq_status report_gnuplot(const report_text *script, char **bytes, size_t *n);

/** An SVG of gnuplot as an element of a page: its ids begin with @p id, its title is @p title. */
void report_put_svg(report_text *html, const char *svg, const char *id, const char *title);

/* ---- pages ---- */

/** A page while it is written. */
typedef struct {
    const plaq_page *given;
    const plaq_figure_files *files; /**< NULL: none */
    report_text html;
    report_text names; /**< of the figures, each between line feeds */
    int figures;
} report_page;

/** Draws a figure into the page, and into its file where files are wanted. @p caption stands below it. Its name may be
 * any text: it is made one of a file that no other figure has. */
PLAQ_MUST_USE plaq_status report_put_figure(report_page *page, const plaq_figure *figure, const char *caption);

/* Parts of a page, from top to bottom; each puts nothing where it has nothing. */
void report_put_summary(report_page *page);
void report_put_trouble(report_page *page);
PLAQ_MUST_USE plaq_status report_put_curves(report_page *page);
PLAQ_MUST_USE plaq_status report_put_scans(report_page *page);
PLAQ_MUST_USE plaq_status report_put_histories(report_page *page);
void report_put_provenance(report_page *page);

/* ---- what is said of a quantity ---- */

/** Whether a quantity could be made and has errors. */
bool report_is_good(const plaq_made *made);

/** A number with a Monte Carlo history of its own: one of a quantity that is made configuration by configuration. */
bool report_has_history(const plaq_made *made);

/** The i-th of the histories that a page may have, i below quantities + watched; NULL where it has none. */
const plaq_made *report_history(const plaq_page *page, int i);

/** How a history may be dead. */
typedef enum {
    REPORT_MOVES,
    REPORT_CONSTANT, /**< the same number on all configurations */
    REPORT_FROZEN    /**< a topological charge that stays near one integer */
} report_motion;
report_motion report_motion_of(const plaq_made *made);

/** Whether a number is a topological charge; @p *near_integers: after enough flow or cooling. */
bool report_is_charge(const plaq_made *made, bool *near_integers);

/** A unit as it is read: "a^-2" with a raised -2; "" of a pure number. Into @p text. */
void report_unit_text(const char *unit, char *text, size_t n);

/** "0.62(15)"; a dash where it cannot be measured. Into @p text. */
void report_tau_text(const plaq_made *made, size_t i, char *text, size_t n);

/** The configuration's number of a history, to first order in the fluctuations. */
static inline double report_history_at(const plaq_made *made, size_t c)
{
    return made->estimate.value[0] + made->estimate.delta[c];
}

/** Configurations that a quantity is made of. */
static inline size_t report_configs(const plaq_made *made)
{
    return made->estimate.chains ? made->estimate.chains->configs : 0;
}

/** V(r) = V0 - alpha/r + sigma r and its error at n distances, of a quantity of the step `potential`. */
PLAQ_MUST_USE plaq_status report_potential(const plaq_made *fit, size_t n, const double r[], double v[],
                                           double error[]);

#endif
