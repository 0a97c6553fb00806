/* Plain numbers in columns, or comma-separated: a row a configuration, separated by blanks, tabs, commas, semicolons.
 *
 *   # anything            comments; the last before the first row names the columns where it has as many words as they
 *   config plaq Q         are; so does a first line of words
 *   100 0.5934 -1
 *
 * A first column called config, cnfg, cfg, conf, configuration, traj, trajectory or number is the number of the
 * configuration; otherwise rows count from 1. Every other column is a series of its name. Columns c[0] c[1] ... are one
 * series c, and so are all columns after the number where there is one name for them ("# config f_P"). Without names
 * all columns are one series, called as the file without its ending, with the axis "column".
 *
 * Rows that begin with a name (the text of gvar.dataset, which corrfitter reads) are series of these names, with the
 * axis "t"; the rows of each count from 1.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "exchange/collect.h"
#include "gauge/text.h"

enum { COLUMNS_MOST = 1 << 20, HEAD = 4096 };

extern const plaq_numbers_format plaq_numbers_format_columns;

static bool is_number(const char *word)
{
    double value;

    return plaq_text_real(word, &value);
}

static bool is_config_name(const char *word)
{
    static const char *const names[] = {"config",        "cnfg", "cfg",    "conf",
                                        "configuration", "traj", "number", "trajectory"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(word, names[i]) == 0) return true;
    return false;
}

/* ---- what is one --------------------------------------------------------------------------------------------- */

/* Whether another format claims the file: columns are what is left. */
static bool is_of_others(const char *path, const char *head, size_t n)
{
    for (int i = 0; plaq_numbers_formats[i]; i++)
        if (plaq_numbers_formats[i] != &plaq_numbers_format_columns && plaq_numbers_formats[i]->recognise &&
            plaq_numbers_formats[i]->recognise(path, head, n))
            return true;
    return false;
}

/* Whether a line is numbers, or a name and numbers. It is cut to words. */
static bool is_row(char *line)
{
    const char *between = " \t,;\r";
    bool named = false;
    int n = 0;

    for (line += strspn(line, between); *line; line += strspn(line, between), n++) {
        char *word = line;

        line += strcspn(line, between);
        if (*line) *line++ = '\0';
        if (is_number(word)) continue;
        if (n > 0) return false;
        named = true;
    }
    return n > named;
}

/* Whether there is a row among the lines of a text, after at most one line of names. It is cut up. */
static bool has_row(char *line)
{
    bool named = false;

    while (*line) {
        char *next = line + strcspn(line, "\n");

        if (*next) *next++ = '\0';
        line += strspn(line, " \t\r");
        if (*line && *line != '#') {
            if (is_row(line)) return true;
            if (named) return false;
            named = true;
        }
        line = next;
    }
    return false;
}

/* The first line alone may be longer than what there is to look at: then the name of the file decides. */
static bool is_table_by_name(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".txt", ".dat"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (exchange_ends_with(path, endings[i])) return true;
    return false;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    char text[HEAD + 1];
    size_t m = n < HEAD ? n : HEAD;
    bool one_line;

    if (m == 0) return false;
    memcpy(text, head, m);
    text[m] = '\0';
    if (strlen(text) != m) return false;
    one_line = m == HEAD && !strchr(text, '\n');
    if (m == HEAD) /* the last word may be cut */
        while (m > 0 && !strchr(" \t,;\n", text[m - 1])) text[--m] = '\0';
    return (has_row(text) || (one_line && is_table_by_name(path))) && !is_of_others(path, head, n);
}

/* ---- names --------------------------------------------------------------------------------------------------- */

/* A series of a table: its name and its columns, which follow each other. */
typedef struct {
    char name[128];
    int first, count;
    bool is_array;
} column;

typedef struct {
    char **names; /* [n_names], in `line` */
    int n_names;
    char *line;
    int columns; /* of a row; 0 before the first */
    bool has_config;
    column *series;
    int n_series;
    int64_t rows;
} table;

static void clear(table *t)
{
    plaq_free(t->names);
    plaq_free(t->line);
    plaq_free(t->series);
}

/* Keeps a line's words as names; they stand until the next such line. */
static plaq_status keep_names(table *t, const char *line)
{
    plaq_free(t->line);
    plaq_free(t->names);
    t->line = plaq_strdup(line);
    t->names = plaq_alloc(strlen(line) / 2 + 1, sizeof *t->names); /* words and what is between them */
    t->n_names = 0;
    if (!t->line || !t->names) return PLAQ_E_MEMORY;
    t->n_names = exchange_words(t->line, t->names, (int)(strlen(line) / 2 + 1));
    return PLAQ_OK;
}

/* "c" of "c[3]", where 3 is what is expected. */
static bool is_entry(const char *name, int expected, char stem[128])
{
    const char *open = strchr(name, '[');
    int i, end = 0;

    if (!open || sscanf(open, "[%d]%n", &i, &end) != 1 || !end || open[end] || i != expected) return false;
    snprintf(stem, 128, "%.*s", (int)(open - name), name);
    return true;
}

static void add_named(table *t, int i)
{
    column *last = t->n_series ? &t->series[t->n_series - 1] : NULL;
    char stem[128];

    if (last && last->is_array && is_entry(t->names[i], last->count, stem) && strcmp(stem, last->name) == 0) {
        last->count++;
        return;
    }
    t->series[t->n_series] = (column){.first = i, .count = 1, .is_array = is_entry(t->names[i], 0, stem)};
    snprintf(t->series[t->n_series].name, 128, "%.127s", t->series[t->n_series].is_array ? stem : t->names[i]);
    t->n_series++;
}

static void stem_of(const char *path, char stem[128])
{
    const char *base = plaq_path_base(path), *dot = strrchr(base, '.');
    size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);

    snprintf(stem, 128, "%.*s", (int)(n < 127 ? n : 127), base);
}

/* Which series a table has, once the number of its columns is known. */
static plaq_status make_series(table *t, const char *path)
{
    const bool named = t->n_names == t->columns;
    const bool one_name = t->n_names == 2 && t->columns > 2 && is_config_name(t->names[0]);

    t->has_config = (named || one_name) && is_config_name(t->names[0]);
    t->series = plaq_alloc((size_t)t->columns, sizeof *t->series);
    if (!t->series) return PLAQ_E_MEMORY;
    if (named) {
        for (int i = t->has_config; i < t->columns; i++) add_named(t, i);
    } else {
        t->series[0] = (column){.first = t->has_config,
                                .count = t->columns - t->has_config,
                                .is_array = t->columns > 1 + t->has_config};
        if (one_name)
            snprintf(t->series[0].name, 128, "%.127s", t->names[1]);
        else
            stem_of(path, t->series[0].name);
        t->n_series = 1;
    }
    if (t->n_series > 0) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: numbers of configurations alone, expected more columns", path);
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static plaq_status put_row(table *t, const exchange_lines *lines, const char *ensemble, const char *first,
                           const double values[], exchange_collection *collection)
{
    int64_t config = t->rows;

    if (t->has_config) PLAQ_TRY(exchange_word_int(lines, first, &config));
    for (int i = 0; i < t->n_series; i++) {
        const column *c = &t->series[i];
        exchange_item item = {
            .name = c->name,
            .ensemble = ensemble,
            .rank = c->is_array,
            .shape = {c->count},
            .axes = c->is_array ? "column" : "",
        };

        PLAQ_TRY(exchange_collection_put(collection, &item, lines->path, config, values + c->first));
    }
    return PLAQ_OK;
}

/* A row of numbers; `word` has n words. */
static plaq_status read_numbers(table *t, const exchange_lines *lines, const char *ensemble, char *const word[], int n,
                                exchange_collection *collection)
{
    double *values;
    plaq_status status = PLAQ_OK;

    if (t->columns == 0) {
        t->columns = n;
        PLAQ_TRY(make_series(t, lines->path));
    }
    if (n != t->columns)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected %d as before", lines->path, lines->number, n,
                         t->columns);
    values = plaq_alloc((size_t)n, sizeof *values);
    if (!values) return PLAQ_E_MEMORY;
    t->rows++;
    for (int i = 0; i < n && status == PLAQ_OK; i++) status = exchange_word_real(lines, word[i], &values[i]);
    if (status == PLAQ_OK) status = put_row(t, lines, ensemble, word[0], values, collection);
    plaq_free(values);
    return status;
}

/* How many rows there were of each name (gvar's data sets). */
typedef struct {
    char name[128];
    int64_t rows;
} tally;

static plaq_status count_row(plaq_text *tallies, const char *name, int64_t *row)
{
    tally fresh = {.rows = 1}, *t = (tally *)tallies->bytes;

    for (size_t i = 0; i < tallies->n / sizeof *t; i++)
        if (strcmp(t[i].name, name) == 0) {
            *row = ++t[i].rows;
            return PLAQ_OK;
        }
    PLAQ_TRY(exchange_name(fresh.name, sizeof fresh.name, name, "series"));
    *row = 1;
    return plaq_text_add(tallies, &fresh, sizeof fresh);
}

/* A row that begins with a name. */
static plaq_status read_named(plaq_text *tallies, const exchange_lines *lines, const char *ensemble, char *const word[],
                              int n, exchange_collection *collection)
{
    exchange_item item = {.name = word[0], .ensemble = ensemble, .rank = n > 2, .shape = {n - 1}};
    double *values = plaq_alloc((size_t)n, sizeof *values);
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;
    int64_t row = 0;

    item.axes = n > 2 ? "t" : "";
    if (status == PLAQ_OK) status = count_row(tallies, word[0], &row);
    for (int i = 1; i < n && status == PLAQ_OK; i++) status = exchange_word_real(lines, word[i], &values[i - 1]);
    if (status == PLAQ_OK) status = exchange_collection_put(collection, &item, lines->path, row, values);
    plaq_free(values);
    return status;
}

/* A line: comment, names, numbers, or a name and numbers. */
static plaq_status read_line(table *t, plaq_text *tallies, const exchange_lines *lines, char *line,
                             const char *ensemble, char **word, exchange_collection *collection)
{
    int n;

    line += strspn(line, " \t");
    if (!*line) return PLAQ_OK;
    if (*line == '#') return t->columns ? PLAQ_OK : keep_names(t, line + 1);
    if (t->columns == 0 && tallies->n == 0) { /* the first line may have names */
        char *copy = plaq_strdup(line);
        bool row = copy && is_row(copy);

        plaq_free(copy);
        if (!copy) return PLAQ_E_MEMORY;
        if (!row) return keep_names(t, line);
    }
    n = exchange_words(line, word, COLUMNS_MOST);
    if (n > COLUMNS_MOST)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected at most %d", lines->path, lines->number, n,
                         COLUMNS_MOST);
    if (n == 0)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: separators alone, expected numbers", lines->path, lines->number);
    if (n > 1 && !is_number(word[0]) && t->columns == 0)
        return read_named(tallies, lines, ensemble, word, n, collection);
    return read_numbers(t, lines, ensemble, word, n, collection);
}

static plaq_status read_file(const exchange_file *file, const char *ensemble, exchange_collection *collection)
{
    plaq_text tallies = {0};
    table t = {0};
    exchange_lines lines;
    char **word, *line;
    plaq_status status = PLAQ_OK;

    PLAQ_TRY(exchange_lines_open(file->path, &lines));
    word = plaq_alloc(COLUMNS_MOST, sizeof *word);
    if (!word) status = PLAQ_E_MEMORY;
    while (status == PLAQ_OK && (line = exchange_lines_next(&lines)))
        status = read_line(&t, &tallies, &lines, line, ensemble, word, collection);
    plaq_free(word);
    plaq_free(tallies.bytes);
    clear(&t);
    exchange_lines_close(&lines);
    return status;
}

/* Which files of a folder would be meant is not to be told. */
static bool accept(const char *base)
{
    (void)base;
    return false;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_columns = {
    .name = "columns",
    .brief = "plain numbers in columns or comma-separated, a row a configuration; rows with names (gvar.dataset)",
    .reference = "docs/formats.md",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
