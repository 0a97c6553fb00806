/** @file
 * Figures drawn by gnuplot, and the page of an ensemble. Room: report. Everything here is Local.
 */
#ifndef PLAQ_REPORT_H
#define PLAQ_REPORT_H

#include "plaq/base.h"
#include "plaq/study.h"

/* ---- figures ---------------------------------------------------------------------------------------------------- */

/** How a curve is drawn. */
typedef enum {
    PLAQ_DRAW_POINTS, /**< symbols with error bars */
    PLAQ_DRAW_LINE,
    PLAQ_DRAW_DASHES,
    PLAQ_DRAW_BAND, /**< y - error to y + error, and y as a line */
    PLAQ_DRAW_BARS  /**< a histogram: x are the middles of the bars */
} plaq_draw;

enum { PLAQ_COLOURS = 6, PLAQ_FIGURE_CURVES = 12, PLAQ_FIGURE_MARKS = 4 };

/** Numbers of a figure; those that are not finite are left out. All of it borrowed. */
typedef struct {
    plaq_draw draw;
    int colour;        /**< 0 to PLAQ_COLOURS - 1, told apart by people who see few colours; others begin anew */
    const char *label; /**< in the legend; NULL: none */
    size_t n;
    const double *x, *y;
    const double *error; /**< NULL: none */
} plaq_curve;

/** A line across the whole figure. */
typedef struct {
    bool upright; /**< at x = at; otherwise at y = at */
    double at;
    double error; /**< > 0: half the width of a band around it */
    int colour;
    const char *label; /**< in the legend; NULL: none */
} plaq_mark;

/** What is drawn. All texts are taken as they are, whatever is in them. */
typedef struct {
    const char *name;  /**< of its file, without ending: letters, digits, _ and - */
    const char *title; /**< beside the figure, not in it */
    const char *x_label, *y_label;
    bool x_whole; /**< x are whole numbers, and so are the tics */
    bool y_log;
    double y_min, y_max; /**< what is shown; both 0: all there is */
    int curves, marks;
    plaq_curve curve[PLAQ_FIGURE_CURVES];
    plaq_mark mark[PLAQ_FIGURE_MARKS];
} plaq_figure;

typedef enum { PLAQ_PICTURE_SVG, PLAQ_PICTURE_PDF, PLAQ_PICTURE_PNG } plaq_picture;

/** "svg|pdf|png", in the order of plaq_picture. */
#define PLAQ_PICTURES "svg|pdf|png"

/**
 * Draws a figure by gnuplot, which is run without a shell, without files and without the user's own settings.
 * PLAQ_E_IO where it is not there or fails, in its own words; PLAQ_E_DATA of a figure without any finite number.
 *
 * @param[out] bytes  the picture, @p *n bytes and a NUL; the caller's to plaq_free
 */
PLAQ_MUST_USE plaq_status plaq_figure_draw(const plaq_figure *figure, plaq_picture kind, char **bytes, size_t *n);

/* ---- pages ------------------------------------------------------------------------------------------------------ */

/** A configuration that could not be measured, or a measurement that is not there, and why. */
typedef struct {
    const char *what, *why;
} plaq_failure;

/** What a page is made of. All of it borrowed; texts are taken as they are. */
typedef struct {
    const char *title;  /**< the ensemble */
    const char *path;   /**< where the results are */
    const char *method; /**< of the errors, in words */
    int quantities, observables, notes, failures, facts;
    const plaq_made *const *quantity; /**< in the order of the table */
    int watched;
    const plaq_made *const
        *watch; /**< more numbers whose histories are shown, where no quantity is of the same source */
    const plaq_series *const *observable; /**< what was measured; values are not looked at */
    const char *const *note;              /**< what is to be known before the numbers are trusted */
    const plaq_failure *failure;
    const plaq_fact *fact; /**< where the numbers come from, by name */
    const char *analysis;  /**< the file that makes these quantities; NULL: none */
} plaq_page;

/** Where the figures of a page go beside it. */
typedef struct {
    const char *folder; /**< made where it is not there; NULL: nowhere */
    plaq_picture kind;
} plaq_figure_files;

/**
 * Writes a page: one HTML file that needs nothing beside it. Written aside, flushed, renamed. Every figure is there
 * where its numbers are; what could not be made is said in words. @p figures NULL: they stand in the page alone.
 */
PLAQ_MUST_USE plaq_status plaq_page_write(const plaq_page *page, const plaq_figure_files *figures, const char *path);

/* ---- what goes into a page -----------------------------------------------------------------------------------------
 */

/**
 * The text of an analysis for results that come without one: all numbers without axes, the flow, and effective masses
 * of pion, rho and nucleon at rest. PLAQ_E_USAGE where there is nothing of these.
 *
 * @param paths          files or folders of results
 * @param[out] analysis  the caller's to plaq_free
 */
PLAQ_MUST_USE plaq_status plaq_page_analysis(const char *const paths[], int n, char **analysis);

/** What stands in a folder of results beside the numbers. All of it owned: plaq_beside_clear. */
typedef struct {
    int facts, failures;
    plaq_fact *fact;       /**< provenance of the first whole result, in words for people */
    plaq_failure *failure; /**< configurations that could not be measured */
} plaq_beside;

/** Reads it; a path that is no folder of results has nothing. */
PLAQ_MUST_USE plaq_status plaq_beside_read(const char *path, plaq_beside *out);
void plaq_beside_clear(plaq_beside *beside);

#endif
