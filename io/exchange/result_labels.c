/* What the entries of an axis of our results are called. See result.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exchange/result.h"
#include "plaq/fermion.h"

enum { MOST_WORDS = 4096 };

/* Axes whose entries are always the same, in the order of docs/conventions.md. */
static const struct {
    const char *axis, *words;
} fixed[] = {
    {"plane", "xy xz yz xt yt zt"},
    {"mu", "x y z t"},
    {"axis", "x y z"},
    {"end", "sink source"},
    {"component", "xx yy zz tt xy xz yz xt yt zt"},
    {"parity", "+ -"},
    {"energy", "plaquette clover improved"},
    {"charge", "clover improved"},
};

/* The i-th word of a list with blanks or commas between; its length 0 where there are fewer. */
static const char *word_of(const char *list, int i, size_t *n)
{
    list += strspn(list, " ,");
    for (; i > 0 && *list; i--) {
        list += strcspn(list, " ,");
        list += strspn(list, " ,");
    }
    *n = strcspn(list, " ,");
    return list;
}

static int count_words(const char *list)
{
    size_t n;
    int count = 0;

    while (count < MOST_WORDS && *word_of(list, count, &n)) count++;
    return count;
}

static plaq_status make_list(plaq_series *s, int axis)
{
    s->label[axis] = plaq_alloc((size_t)s->shape[axis], sizeof *s->label[axis]);
    return s->label[axis] ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status put(plaq_series *s, int axis, int i, const char *text, size_t n)
{
    s->label[axis][i] = plaq_strprintf("%.*s", (int)n, text);
    return s->label[axis][i] ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* Words of a list as labels; none where there are not as many as entries. */
static plaq_status by_words(plaq_series *s, int axis, const char *list)
{
    if (count_words(list) != s->shape[axis]) return PLAQ_OK;
    PLAQ_TRY(make_list(s, axis));
    for (int i = 0; i < s->shape[axis]; i++) {
        size_t n;
        const char *word = word_of(list, i, &n);

        PLAQ_TRY(put(s, axis, i, word, n));
    }
    return PLAQ_OK;
}

/* ---- from the numbers beside --------------------------------------------------------------------------------- */

/* "1", "gx", "gxgy", ..., "g5" of the product n. */
static void print_gamma(int n, char text[16])
{
    static const char *const factor[] = {"gx", "gy", "gz", "gt"};

    text[0] = '\0';
    if (n == 0) strcpy(text, "1");
    if (n == 15) strcpy(text, "g5");
    for (int mu = 0; n != 15 && mu < 4; mu++)
        if (n & 1 << mu) strcat(text, factor[mu]);
}

static void print_momentum(const double *row, char text[64])
{
    snprintf(text, 64, "%.0f %.0f %.0f", row[0], row[1], row[2]);
}

static void print_pair(const double *row, char text[64])
{
    char sink[16], source[16];

    print_gamma((int)row[0] & 15, sink);
    print_gamma((int)row[1] & 15, source);
    snprintf(text, 64, "%s-%s", sink, source);
}

static void print_time(const double *row, char text[64])
{
    snprintf(text, 64, "%.10g", row[0]);
}

/* Axes whose entries are described by rows of a dataset of the same measurement. */
static const struct {
    const char *axis, *dataset;
    int wide;
    void (*print)(const double *row, char text[64]);
} beside[] = {
    {"p", "momenta", 3, print_momentum},
    {"pair", "pairs", 2, print_pair},
    {"flow", "time", 1, print_time},
};

static plaq_status by_rows(hid_t group, plaq_series *s, int axis, int kind)
{
    double *rows = NULL;
    int rank, shape[PLAQ_AXES_MAX], wide = beside[kind].wide;
    plaq_status status;
    bool is_complex, fits;
    char text[64];

    if (H5Lexists(group, beside[kind].dataset, H5P_DEFAULT) <= 0) return PLAQ_OK;
    PLAQ_TRY(store_get_output(group, beside[kind].dataset, &rows, &rank, shape, &is_complex));
    fits = !is_complex && rank == 1 + (wide > 1) && shape[0] == s->shape[axis] && (wide == 1 || shape[1] == wide);
    status = fits ? make_list(s, axis) : PLAQ_OK;
    for (int i = 0; fits && status == PLAQ_OK && i < s->shape[axis]; i++) {
        beside[kind].print(rows + (size_t)i * (size_t)wide, text);
        status = put(s, axis, i, text, strlen(text));
    }
    plaq_free(rows);
    return status;
}

/* ---- from the run file ---------------------------------------------------------------------------------------- */

/* The value of "key: value" on a line of its own, with blanks before, between begin and end; its length 0: none. */
static const char *value_of(const char *begin, const char *end, const char *key, size_t *n)
{
    const size_t letters = strlen(key);

    *n = 0;
    for (const char *line = begin; line < end; line += strcspn(line, "\n") + 1) {
        const char *at = line + strspn(line, " ");

        if (strncmp(at, key, letters) != 0 || strncmp(at + letters, ": ", 2) != 0) continue;
        at += letters + 2;
        *n = strcspn(at, "\n");
        return at;
    }
    return begin;
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && strncmp(text, word, n) == 0;
}

/* The lines of a measurement: from "  - NAME:" to the next item. A name may be given by `as: NAME`. */
static bool find_measurement(const char *run_file, const char *name, const char **begin, const char **end)
{
    const char *item = strstr(run_file, "\nmeasure:\n");

    for (item = item ? strstr(item, "\n  - ") : NULL; item; item = strstr(item + 1, "\n  - ")) {
        const char *own = item + 5, *next = strstr(own, "\n  - ");
        size_t n;
        const char *as;

        *begin = own + strcspn(own, "\n");
        *end = next ? next : own + strlen(own);
        as = value_of(*begin, *end, "as", &n);
        if (n ? is_word(as, n, name) : is_word(own, strcspn(own, ":\n"), name)) return true;
    }
    return false;
}

/* "sinks: [point, wide]" of the run file. */
static void sinks_of_run_file(const char *run_file, const char *name, char list[1024])
{
    const char *begin, *end, *value;
    size_t n;

    list[0] = '\0';
    if (!find_measurement(run_file, name, &begin, &end)) return;
    value = value_of(begin, end, "sinks", &n);
    if (n > 2 && n < 1024 && value[0] == '[' && value[n - 1] == ']')
        snprintf(list, 1024, "%.*s", (int)n - 2, value + 1);
}

/* The kinds of "sink: KIND ..." in the parameters, where the run file does not tell their names. */
static void sinks_of_parameters(const char *parameters, char list[1024])
{
    const char *end = parameters + strlen(parameters), *value;
    size_t n, used = 0;

    list[0] = '\0';
    for (value = value_of(parameters, end, "sink", &n); n > 0 && used < 900; value = value_of(value, end, "sink", &n)) {
        const size_t kind = strcspn(value, " \n");

        used += (size_t)snprintf(list + used, 1024 - used, "%.*s ", (int)(kind < 64 ? kind : 64), value);
        value += n;
        if (*value == '\n') value++;
    }
}

static plaq_status by_sinks(plaq_series *s, int axis, const char *measurement, const char *parameters,
                            const char *run_file)
{
    char list[1024];

    sinks_of_run_file(run_file, measurement, list);
    if (count_words(list) != s->shape[axis]) sinks_of_parameters(parameters, list);
    return by_words(s, axis, list);
}

static plaq_status by_baryons(plaq_series *s, int axis, const char *parameters)
{
    char list[1024] = "";
    size_t n, used = 0;
    const char *value = value_of(parameters, parameters + strlen(parameters), "baryons", &n);

    if (is_word(value, n, "all"))
        for (const plaq_baryon *b = plaq_baryons; b->name && used < sizeof list; b++)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s ", b->name);
    else
        snprintf(list, sizeof list, "%.*s", (int)n, value);
    return by_words(s, axis, list);
}

/* ---- all axes -------------------------------------------------------------------------------------------------- */

plaq_status result_labels(hid_t group, const char *measurement, const char *parameters, const char *run_file,
                          plaq_series *s)
{
    for (int axis = 0; axis < s->rank; axis++) {
        size_t n;
        const char *name = word_of(s->axes, axis, &n);

        if (is_word(name, n, "sink")) PLAQ_TRY(by_sinks(s, axis, measurement, parameters, run_file));
        if (is_word(name, n, "baryon")) PLAQ_TRY(by_baryons(s, axis, parameters));
        for (size_t k = 0; k < sizeof beside / sizeof *beside; k++)
            if (is_word(name, n, beside[k].axis)) PLAQ_TRY(by_rows(group, s, axis, (int)k));
        for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
            if (is_word(name, n, fixed[k].axis)) PLAQ_TRY(by_words(s, axis, fixed[k].words));
    }
    return PLAQ_OK;
}
