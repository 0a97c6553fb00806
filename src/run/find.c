/* The configurations a run file names: a glob, a list of paths and globs, or numbers in a pattern. Rank 0 alone. */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"

enum { most_paths = 10000000 };

void run_paths_clear(run_paths *paths)
{
    for (int i = 0; i < paths->count; i++) plaq_free(paths->paths[i]);
    plaq_free(paths->paths);
    *paths = (run_paths){.wants = paths->wants, .context = paths->context};
}

static plaq_status add(run_paths *paths, const char *path)
{
    if (paths->wants && !paths->wants(paths->context, path)) return PLAQ_OK;
    if (paths->count == paths->room) {
        int room = paths->room ? 2 * paths->room : 64;
        char **larger = plaq_alloc((size_t)room, sizeof *larger);

        if (!larger) return PLAQ_E_MEMORY;
        if (paths->count) memcpy(larger, paths->paths, (size_t)paths->count * sizeof *larger);
        plaq_free(paths->paths);
        paths->paths = larger;
        paths->room = room;
    }
    paths->paths[paths->count] = plaq_strdup(path);
    return paths->paths[paths->count] ? (paths->count++, PLAQ_OK) : PLAQ_E_MEMORY;
}

/* Compares two runs of digits as numbers; sets both behind them. */
static int compare_numbers(const char **a, const char **b)
{
    size_t n, m;
    int order;

    while (**a == '0') ++*a;
    while (**b == '0') ++*b;
    n = strspn(*a, "0123456789");
    m = strspn(*b, "0123456789");
    order = n != m ? (n > m) - (n < m) : strncmp(*a, *b, n);
    *a += n;
    *b += m;
    return order;
}

/* n9 before n10, and n09 beside n9 in the order of their letters. */
static int natural_order(const void *x, const void *y)
{
    const char *a = *(char *const *)x, *b = *(char *const *)y;

    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            int order = compare_numbers(&a, &b);

            if (order) return order;
        } else if (*a != *b) {
            return (unsigned char)*a - (unsigned char)*b;
        } else {
            a++, b++;
        }
    }
    if (*a || *b) return *a ? 1 : -1;
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Names that match a glob, folders marked with a slash; the caller's to globfree where @p *any. To mark them each file
 * is looked at: not where a folder is watched. */
static plaq_status match(const char *pattern, bool watches, glob_t *found, bool *any)
{
    int failed;

    errno = EIO;
    failed = plaq_fault() ? GLOB_ABORTED : glob(pattern, GLOB_ERR | (watches ? 0 : GLOB_MARK), NULL, found);
    if (failed == GLOB_ABORTED && errno == ENOENT) failed = GLOB_NOMATCH; /* the folder is not there */
    *any = !failed;
    if (failed == GLOB_NOSPACE) return plaq_fail(PLAQ_E_MEMORY, "no memory for the files that match %s", pattern);
    if (failed == GLOB_ABORTED)
        return plaq_fail(PLAQ_E_IO, "cannot read the folders of %s: %s", pattern, strerror(errno));
    return PLAQ_OK;
}

static void sort_from(run_paths *paths, int first)
{
    const int n = paths->count - first;

    if (n > 0) qsort(paths->paths + first, (size_t)n, sizeof *paths->paths, natural_order);
}

/* Files (no folders) that match a glob. A name that exists as it stands is itself. */
static plaq_status add_matches(const plaq_node *at, const char *pattern, run_paths *paths)
{
    plaq_status status = PLAQ_OK;
    int before = paths->count;
    glob_t found;
    bool any;

    if (!strpbrk(pattern, "*?[") || plaq_path_exists(pattern)) return add(paths, pattern);
    paths->open_ended = true;
    PLAQ_TRY(match(pattern, paths->wants, &found, &any));
    for (size_t i = 0; any && status == PLAQ_OK && i < found.gl_pathc; i++)
        if (found.gl_pathv[i][strlen(found.gl_pathv[i]) - 1] != '/') status = add(paths, found.gl_pathv[i]);
    if (any) globfree(&found);
    PLAQ_TRY(status);
    if (paths->count == before && !paths->wants)
        return plaq_node_fail(at, "no configuration found: no file matches \"%s\"", pattern);
    sort_from(paths, before);
    return PLAQ_OK;
}

/* ---- {pattern: "run1n{n}", first: 100, last: 2000, step: 10} ------------------------------------------------- */

typedef struct {
    char pattern[1024];
    int first, last, step;
} numbered;

const plaq_param plaq_run_numbers_table[] = {
    PLAQ_TEXT(numbered, pattern, NULL, "path with {n} for the number, {n:04} for one of at least four digits"),
    PLAQ_INT(numbered, first, NULL, 0, 2147483647, "1", "first number"),
    PLAQ_INT(numbered, last, "-1", -1, 2147483647, "1", "last number; -1: as far as there are files"),
    PLAQ_INT(numbered, step, "1", 1, 2147483647, "1", "step of the numbers"),
    PLAQ_END,
};

plaq_status plaq_pattern_path(const char *pattern, int number, char *path, size_t n)
{
    const char *open = strstr(pattern, "{n"), *close = open ? strchr(open, '}') : NULL;
    bool plain = close && close == open + 2;
    int width = 1, end = 0;

    if (close && !plain && (sscanf(open, "{n:0%2d}%n", &width, &end) != 1 || open + end != close + 1)) close = NULL;
    if (!close || strstr(close, "{n"))
        return plaq_fail(PLAQ_E_USAGE, "pattern \"%s\": expected one {n} or {n:04} in it", pattern);
    if (snprintf(path, n, "%.*s%0*d%s", (int)(open - pattern), pattern, width, number, close + 1) >= (int)n)
        return plaq_fail(PLAQ_E_USAGE, "pattern \"%s\": a path of more than %zu bytes", pattern, n - 1);
    return PLAQ_OK;
}

/* Whether a file is the pattern's for one of its numbers. */
static bool is_numbered(const numbered *n, const char *file)
{
    const size_t start = (size_t)(strstr(n->pattern, "{n") - n->pattern);
    long number = strtol(file + start, NULL, 10);
    char path[sizeof n->pattern + 100];

    return number >= n->first && number <= 2147483647 && (number - n->first) % n->step == 0 &&
           plaq_pattern_path(n->pattern, (int)number, path, sizeof path) == PLAQ_OK && strcmp(path, file) == 0;
}

/* What stands for itself in a glob. */
static void escape(const char *text, size_t n, char *glob_text, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < n && used + 2 < room; i++) {
        if (strchr("*?[\\", text[i])) glob_text[used++] = '\\';
        glob_text[used++] = text[i];
    }
    glob_text[used] = '\0';
}

/* The files there are of a pattern without a last number, in the order of their numbers. */
static plaq_status add_open(const plaq_node *node, const numbered *n, run_paths *paths)
{
    const char *open = strstr(n->pattern, "{n"), *close = strchr(open, '}');
    char front[2 * sizeof n->pattern], back[2 * sizeof n->pattern];
    plaq_status status = PLAQ_OK;
    int before = paths->count;
    char *pattern;
    glob_t found;
    bool any = false;

    paths->open_ended = true;
    escape(n->pattern, (size_t)(open - n->pattern), front, sizeof front);
    escape(close + 1, strlen(close + 1), back, sizeof back);
    pattern = plaq_strprintf("%s[0-9]*%s", front, back);
    if (!pattern) return PLAQ_E_MEMORY;
    status = match(pattern, true, &found, &any);
    for (size_t i = 0; any && status == PLAQ_OK && i < found.gl_pathc; i++)
        if (is_numbered(n, found.gl_pathv[i])) status = add(paths, found.gl_pathv[i]);
    if (any) globfree(&found);
    plaq_free(pattern);
    PLAQ_TRY(status);
    if (paths->count == before && !paths->wants)
        return plaq_node_fail(node, "no configuration found: no file is \"%s\" with a number from %d on", n->pattern,
                              n->first);
    sort_from(paths, before);
    return PLAQ_OK;
}

static plaq_status add_numbered(const plaq_node *node, run_paths *paths)
{
    numbered n;
    char path[sizeof n.pattern + 100];

    PLAQ_TRY(plaq_conf_read(node, plaq_run_numbers_table, NULL, &n));
    if (plaq_pattern_path(n.pattern, n.first, path, sizeof path) != PLAQ_OK)
        return plaq_node_fail(plaq_node_get(node, "pattern"), "%s", plaq_message());
    if (n.last == -1) return add_open(node, &n, paths);
    if (n.last < n.first || (n.last - n.first) / n.step >= most_paths)
        return plaq_node_fail(node, "first %d, last %d, step %d: expected between one and %d numbers", n.first, n.last,
                              n.step, most_paths);
    for (int64_t i = n.first; i <= n.last; i += n.step) {
        PLAQ_TRY(plaq_pattern_path(n.pattern, (int)i, path, sizeof path));
        PLAQ_TRY(add(paths, path));
    }
    return PLAQ_OK;
}

static plaq_status add_node(const plaq_node *node, bool is_item, run_paths *paths)
{
    if (plaq_node_what(node) == PLAQ_NODE_MAPPING) return add_numbered(node, paths);
    if (plaq_node_what(node) == PLAQ_NODE_SCALAR) {
        if (!plaq_node_text(node)[0]) return plaq_node_fail(node, "configs: expected a path");
        return add_matches(node, plaq_node_text(node), paths);
    }
    if (is_item || plaq_node_size(node) == 0)
        return plaq_node_fail(node, "configs: expected a list of paths and globs");
    for (size_t i = 0; i < plaq_node_size(node); i++) PLAQ_TRY(add_node(plaq_node_item(node, i), true, paths));
    return PLAQ_OK;
}

/* ---- once each ----------------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    int place;
} place_of;

static int by_path(const void *a, const void *b)
{
    const place_of *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : x->place - y->place;
}

/* Drops what was named twice: the first stays. */
static plaq_status drop_twins(run_paths *paths)
{
    place_of *sorted = plaq_alloc((size_t)paths->count, sizeof *sorted);
    int kept = 0;

    if (!sorted) return PLAQ_E_MEMORY;
    for (int i = 0; i < paths->count; i++) sorted[i] = (place_of){paths->paths[i], i};
    qsort(sorted, (size_t)paths->count, sizeof *sorted, by_path);
    for (int i = paths->count - 1; i > 0; i--)
        if (strcmp(sorted[i].path, sorted[i - 1].path) == 0) {
            plaq_free(paths->paths[sorted[i].place]);
            paths->paths[sorted[i].place] = NULL;
        }
    plaq_free(sorted);
    for (int i = 0; i < paths->count; i++)
        if (paths->paths[i]) paths->paths[kept++] = paths->paths[i];
    paths->count = kept;
    return PLAQ_OK;
}

plaq_status run_find(const plaq_run *run, run_paths *paths)
{
    const plaq_node *configs = plaq_node_get(plaq_node_get(run->root, "ensemble"), "configs");
    plaq_status status = add_node(configs, false, paths);

    if (status == PLAQ_OK) status = drop_twins(paths);
    if (status != PLAQ_OK) run_paths_clear(paths);
    return status;
}
