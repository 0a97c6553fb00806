/* Measured numbers of any format: which format it is, what is asked for, and what the formats share. See exchange.h. */
#include "exchange/exchange.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what was read ------------------------------------------------------------------------------------------- */

void plaq_series_clear(plaq_series *series)
{
    for (int axis = 0; axis < PLAQ_AXES_MAX; axis++) {
        for (int i = 0; series->label[axis] && i < series->shape[axis]; i++) plaq_free(series->label[axis][i]);
        plaq_free(series->label[axis]);
    }
    plaq_free(series->chain.config);
    plaq_free(series->doc);
    plaq_free(series->values);
    *series = (plaq_series){0};
}

void plaq_numbers_clear(plaq_numbers *numbers)
{
    for (int i = 0; i < numbers->series_count; i++) plaq_series_clear(&numbers->series[i]);
    for (int i = 0; i < numbers->estimates; i++) plaq_estimate_clear(&numbers->estimate[i]);
    for (int i = 0; i < numbers->notes; i++) plaq_free(numbers->note[i]);
    plaq_free(numbers->series);
    plaq_free(numbers->estimate_name);
    plaq_free(numbers->estimate);
    plaq_free(numbers->note);
    *numbers = (plaq_numbers){0};
}

/* Room for one more of @p count objects: lists grow by doubling. */
static plaq_status make_room(void **list, size_t count, size_t size)
{
    void *more;

    if (count > 0 && (count & (count - 1)) != 0) return PLAQ_OK;
    more = plaq_alloc(count ? 2 * count : 1, size);
    if (!more) return PLAQ_E_MEMORY;
    if (count) memcpy(more, *list, count * size);
    plaq_free(*list);
    *list = more;
    return PLAQ_OK;
}

plaq_status exchange_note(plaq_numbers *out, const char *format, ...)
{
    char words[1024];
    va_list list;

    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    PLAQ_TRY(make_room((void **)&out->note, (size_t)out->notes, sizeof *out->note));
    out->note[out->notes] = plaq_strdup(words);
    if (!out->note[out->notes]) return PLAQ_E_MEMORY;
    out->notes++;
    return PLAQ_OK;
}

plaq_status exchange_add_estimate(plaq_numbers *out, const char *name, plaq_estimate **estimate)
{
    const int n = out->estimates;

    /* both lists are grown before either is counted, so that a failure between leaves them as they were */
    PLAQ_TRY(make_room((void **)&out->estimate_name, (size_t)n, sizeof *out->estimate_name));
    PLAQ_TRY(make_room((void **)&out->estimate, (size_t)n, sizeof *out->estimate));
    PLAQ_TRY(exchange_name(out->estimate_name[n], sizeof out->estimate_name[n], name, "observable"));
    out->estimate[n] = (plaq_estimate){0};
    out->estimates++;
    *estimate = &out->estimate[n];
    return PLAQ_OK;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

bool exchange_is_wanted(const plaq_numbers_wanted *wanted, const char *name)
{
    return !wanted || !wanted->name || strcmp(wanted->name, name) == 0;
}

plaq_status exchange_name(char *to, size_t n, const char *name, const char *what)
{
    if (strlen(name) >= n)
        return plaq_fail(PLAQ_E_DATA, "%s \"%.40s...\" has %zu letters, expected fewer than %zu", what, name,
                         strlen(name), n);
    strcpy(to, name);
    return PLAQ_OK;
}

void exchange_path_name(const char *path, char *name, size_t n)
{
    char real[4096];
    const char *whole = strlen(path) < sizeof real && realpath(path, real) ? real : path;

    snprintf(name, n, "%s", plaq_path_base(whole));
}

/* How long a name is without the endings in which digits are not the configuration's. */
static size_t without_endings(const char *name)
{
    size_t n = strlen(name);

    if (n > 8 && strncmp(name + n - 8, ".vol", 4) == 0 && strspn(name + n - 4, "0123456789") == 4) n -= 8;
    if (n > 3 && strncmp(name + n - 3, ".h5", 3) == 0) n -= 3;
    if (n > 5 && strncmp(name + n - 5, ".hdf5", 5) == 0) n -= 5;
    return n;
}

static bool is_digit(char c)
{
    return isdigit((unsigned char)c);
}

/* "r" and digits, no letter before: in "b6.0r1n100", not in "lr32". */
static void find_replica(const char *name, size_t n, char replica[64])
{
    replica[0] = '\0';
    for (size_t i = 0; i + 1 < n; i++) {
        size_t digits = 0;

        if (name[i] != 'r' || (i > 0 && isalpha((unsigned char)name[i - 1]))) continue;
        while (i + 1 + digits < n && is_digit(name[i + 1 + digits])) digits++;
        if (digits > 0 && digits < 18) snprintf(replica, 64, "%.*s", (int)(digits + 1), name + i);
    }
}

plaq_status exchange_config_number(const char *path, int64_t *config, char replica[64])
{
    const char *name = plaq_path_base(path);
    size_t end = without_endings(name), begin;

    while (end > 0 && !is_digit(name[end - 1])) end--;
    for (begin = end; begin > 0 && is_digit(name[begin - 1]);) begin--;
    if (begin == end || end - begin > 18)
        return plaq_fail(PLAQ_E_DATA, "%s: no number of a configuration in its name: expected digits, as in run1n100",
                         path);
    *config = strtoll(name + begin, NULL, 10);
    find_replica(name, begin, replica);
    return PLAQ_OK;
}

/* ---- formats ------------------------------------------------------------------------------------------------- */

enum { HEAD = 4096, MOST_FORMATS = 64, MOST_NAMES = 4096 };

const plaq_numbers_format *plaq_numbers_format_find(const char *name)
{
    for (int i = 0; plaq_numbers_formats[i]; i++)
        if (strcmp(plaq_numbers_formats[i]->name, name) == 0) return plaq_numbers_formats[i];
    return NULL;
}

static plaq_status by_name(const char *name, const plaq_numbers_format **format)
{
    const char *names[MOST_FORMATS], *near;
    size_t n = 0;

    *format = plaq_numbers_format_find(name);
    if (*format) return PLAQ_OK;
    for (; plaq_numbers_formats[n] && n < MOST_FORMATS; n++) names[n] = plaq_numbers_formats[n]->name;
    near = plaq_nearest(name, names, n);
    return plaq_fail(PLAQ_E_USAGE, "unknown format \"%s\"%s%s%s", name, near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
}

/* The first bytes of a file; none of a folder. */
static plaq_status read_head(const char *path, char head[HEAD], size_t *n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    struct stat s;
    plaq_status status, closed;

    *n = 0;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) return PLAQ_OK;
    PLAQ_TRY(plaq_file_open(&file, path));
    status = plaq_file_peek(&file, 0, head, HEAD, n);
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

/* Our own files are told by their last line, before other formats open them as HDF5: they may be damaged. */
static plaq_status recognise(const char *path, const plaq_numbers_format **format)
{
    char head[HEAD];
    size_t n;

    PLAQ_TRY(read_head(path, head, &n));
    *format = plaq_numbers_format_find("plaq");
    if (*format && (*format)->recognise(path, head, n)) return PLAQ_OK;
    for (int i = 0; plaq_numbers_formats[i]; i++) {
        *format = plaq_numbers_formats[i];
        if ((*format)->recognise && (*format)->recognise(path, head, n)) return PLAQ_OK;
    }
    if (n >= 8 && memcmp(head, "\211HDF\r\n\032\n", 8) == 0)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: an HDF5 file that is cut short or damaged, or of a layout that plaq does not know", path);
    return plaq_fail(PLAQ_E_DATA, "%s: no results of a format that plaq knows: give its format, if it is one of them",
                     path);
}

/* The failure for an observable that is not there, after a look at what is. */
static plaq_status not_there(const char *path, const plaq_numbers_format *format, const plaq_numbers_wanted *wanted)
{
    plaq_numbers_wanted all = {.ensemble = wanted->ensemble, .listing = true};
    plaq_numbers there = {0};
    const char *names[MOST_NAMES], *near;
    plaq_status status = format->read(path, &all, &there);
    size_t n = 0;

    if (status == PLAQ_OK) {
        for (int i = 0; i < there.series_count && n < MOST_NAMES; i++) names[n++] = there.series[i].name;
        for (int i = 0; i < there.estimates && n < MOST_NAMES; i++) names[n++] = there.estimate_name[i];
        near = plaq_nearest(wanted->name, names, n);
        if (near)
            status = plaq_fail(PLAQ_E_USAGE, "%s: no \"%s\" in it; did you mean \"%s\"?", path, wanted->name, near);
        else
            status = plaq_fail(PLAQ_E_USAGE, "%s: no \"%s\" in it; there are %zu others%s%s", path, wanted->name, n,
                               n ? ", one is " : "", n ? names[0] : "");
    }
    plaq_numbers_clear(&there);
    return status;
}

plaq_status plaq_numbers_read(const char *path, const char *format, const plaq_numbers_wanted *wanted,
                              plaq_numbers *out)
{
    static const plaq_numbers_wanted everything = {0};
    const plaq_numbers_format *f;
    plaq_status status;

    *out = (plaq_numbers){0};
    if (!wanted) wanted = &everything;
    PLAQ_TRY(format ? by_name(format, &f) : recognise(path, &f));
    status = f->read(path, wanted, out);
    if (status == PLAQ_OK && wanted->name && out->series_count == 0 && out->estimates == 0)
        status = not_there(path, f, wanted);
    if (status != PLAQ_OK) plaq_numbers_clear(out);
    return status;
}
