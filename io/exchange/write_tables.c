/* Values and errors for people and spreadsheets: CSV, one line an entry, and JSON, one object a quantity. Fluctuations
 * are in the other formats. Where there is no error its cell is empty, or null.
 *
 *     # name: text                                      provenance
 *     name,entry,value,error,error_error,tau,tau_error,configurations,unit
 *
 *     {"format": "plaq values 1", "provenance": {...},
 *      "quantities": [{"name", "unit", "doc", "value": [...], "error": [...], ..., "chains": [...]}, ...]}
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exchange/exchange.h"

/* The columns that an uncertainty has. */
static const struct {
    const char *name;
    size_t offset;
} columns[] = {
    {"error", offsetof(plaq_uncertainty, error)},
    {"error_error", offsetof(plaq_uncertainty, error_error)},
    {"tau", offsetof(plaq_uncertainty, tau)},
    {"tau_error", offsetof(plaq_uncertainty, tau_error)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* A number of an uncertainty; `absent` where there is none. */
static plaq_status print_number(plaq_text *text, const plaq_written *w, size_t i, int column, const char *absent)
{
    const char *from = w->uncertainty ? (const char *)&w->uncertainty[i] + columns[column].offset : NULL;
    double number = NAN;

    if (from) memcpy(&number, from, sizeof number);
    return isfinite(number) ? plaq_text_print(text, "%.17g", number) : plaq_text_print(text, "%s", absent);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* A cell; in quotes where it holds what parts cells. */
static plaq_status print_cell(plaq_text *text, const char *words)
{
    if (!strpbrk(words, ",\"\n\r")) return plaq_text_add(text, words, strlen(words));
    PLAQ_TRY(plaq_text_print(text, "\""));
    for (const char *c = words; *c; c++) PLAQ_TRY(plaq_text_add(text, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1));
    return plaq_text_print(text, "\"");
}

/* Facts of several lines are cut to lines of comment. */
static plaq_status print_comment(plaq_text *text, const plaq_fact *fact)
{
    if (!fact->text) return plaq_text_print(text, "# %s: %.17g\n", fact->name, fact->number);
    PLAQ_TRY(plaq_text_print(text, "# %s: ", fact->name));
    for (const char *c = fact->text; *c; c++)
        PLAQ_TRY(plaq_text_add(text, *c == '\n' ? "\n#   " : c, *c == '\n' ? 5 : 1));
    return plaq_text_print(text, "\n");
}

static plaq_status print_rows(plaq_text *text, const plaq_written *w)
{
    for (size_t i = 0; i < w->estimate->size; i++) {
        PLAQ_TRY(print_cell(text, w->name));
        PLAQ_TRY(plaq_text_print(text, ",%zu,%.17g,", i, w->estimate->value[i]));
        for (int k = 0; k < COLUMNS; k++) {
            PLAQ_TRY(print_number(text, w, i, k, ""));
            PLAQ_TRY(plaq_text_print(text, ","));
        }
        PLAQ_TRY(plaq_text_print(text, "%zu,", w->estimate->chains->configs));
        PLAQ_TRY(print_cell(text, w->unit ? w->unit : ""));
        PLAQ_TRY(plaq_text_print(text, "\n"));
    }
    return PLAQ_OK;
}

static plaq_status print_csv(plaq_text *text, const exchange_export *what)
{
    for (int i = 0; i < what->facts; i++) PLAQ_TRY(print_comment(text, &what->provenance[i]));
    PLAQ_TRY(plaq_text_print(text, "name,entry,value"));
    for (int k = 0; k < COLUMNS; k++) PLAQ_TRY(plaq_text_print(text, ",%s", columns[k].name));
    PLAQ_TRY(plaq_text_print(text, ",configurations,unit\n"));
    for (int i = 0; i < what->n; i++) PLAQ_TRY(print_rows(text, &what->list[i]));
    return PLAQ_OK;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static plaq_status print_member(plaq_text *text, const char *name, const char *words)
{
    PLAQ_TRY(plaq_text_print(text, ", \"%s\": ", name));
    return exchange_print_quoted(text, words);
}

static plaq_status print_chains(plaq_text *text, const plaq_chains *chains)
{
    PLAQ_TRY(plaq_text_print(text, ",\n   \"chains\": ["));
    for (int k = 0; k < chains->count; k++) {
        const plaq_chain *c = &chains->chain[k];

        PLAQ_TRY(plaq_text_print(text, "%s{\"configurations\": %zu", k ? ", " : "", c->count));
        PLAQ_TRY(print_member(text, "ensemble", c->ensemble));
        PLAQ_TRY(print_member(text, "replica", c->replica));
        PLAQ_TRY(plaq_text_print(text, ", \"first\": %" PRId64 ", \"last\": %" PRId64 "}", c->config[0],
                                 c->config[c->count - 1]));
    }
    return plaq_text_print(text, "]");
}

static plaq_status print_quantity(plaq_text *text, const plaq_written *w)
{
    const size_t n = w->estimate->size;

    PLAQ_TRY(plaq_text_print(text, "  {\"name\": "));
    PLAQ_TRY(exchange_print_quoted(text, w->name));
    PLAQ_TRY(print_member(text, "unit", w->unit));
    PLAQ_TRY(print_member(text, "doc", w->doc));
    PLAQ_TRY(plaq_text_print(text, ",\n   \"value\": ["));
    for (size_t i = 0; i < n; i++) PLAQ_TRY(plaq_text_print(text, "%s%.17g", i ? ", " : "", w->estimate->value[i]));
    for (int k = 0; k < COLUMNS; k++) {
        PLAQ_TRY(plaq_text_print(text, "],\n   \"%s\": [", columns[k].name));
        for (size_t i = 0; i < n; i++) {
            PLAQ_TRY(plaq_text_print(text, "%s", i ? ", " : ""));
            PLAQ_TRY(print_number(text, w, i, k, "null"));
        }
    }
    PLAQ_TRY(plaq_text_print(text, "]"));
    PLAQ_TRY(print_chains(text, w->estimate->chains));
    return plaq_text_print(text, "}");
}

static plaq_status print_json(plaq_text *text, const exchange_export *what)
{
    PLAQ_TRY(plaq_text_print(text, "{\"format\": \"plaq values 1\",\n \"provenance\": "));
    PLAQ_TRY(exchange_print_facts(text, what->provenance, what->facts));
    PLAQ_TRY(plaq_text_print(text, ",\n \"quantities\": ["));
    for (int i = 0; i < what->n; i++) {
        PLAQ_TRY(plaq_text_print(text, "%s", i ? ",\n" : "\n"));
        PLAQ_TRY(print_quantity(text, &what->list[i]));
    }
    return plaq_text_print(text, "]}\n");
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static plaq_status write(const char *path, const exchange_export *what,
                         plaq_status (*print)(plaq_text *, const exchange_export *))
{
    plaq_text text = {0};
    plaq_status status = print(&text, what);

    if (status == PLAQ_OK) status = exchange_publish(path, text.bytes, text.n, false);
    plaq_free(text.bytes);
    return status;
}

plaq_status exchange_write_csv(const char *path, const exchange_export *what)
{
    return write(path, what, print_csv);
}

plaq_status exchange_write_json(const char *path, const exchange_export *what)
{
    return write(path, what, print_json);
}
