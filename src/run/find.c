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
    *paths = (run_paths){0};
}

static plaq_status add(run_paths *paths, const char *path)
{
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

/* Files (no folders) that match a glob. A name that exists as it stands is itself. */
static plaq_status add_matches(const plaq_node *at, const char *pattern, run_paths *paths)
{
    plaq_status status = PLAQ_OK;
    int failed, before = paths->count;
    glob_t found;

    if (!strpbrk(pattern, "*?[") || plaq_path_exists(pattern)) return add(paths, pattern);
    errno = EIO;
    failed = plaq_fault() ? GLOB_ABORTED : glob(pattern, GLOB_MARK | GLOB_ERR, NULL, &found);
    if (failed == GLOB_ABORTED && errno == ENOENT) failed = GLOB_NOMATCH; /* the folder is not there */
    if (failed == GLOB_NOSPACE) return plaq_fail(PLAQ_E_MEMORY, "no memory for the files that match %s", pattern);
    if (failed == GLOB_ABORTED)
        return plaq_fail(PLAQ_E_IO, "cannot read the folders of %s: %s", pattern, strerror(errno));
    for (size_t i = 0; !failed && status == PLAQ_OK && i < found.gl_pathc; i++)
        if (found.gl_pathv[i][strlen(found.gl_pathv[i]) - 1] != '/') status = add(paths, found.gl_pathv[i]);
    if (!failed) globfree(&found);
    PLAQ_TRY(status);
    if (paths->count == before) return plaq_node_fail(at, "no configuration found: no file matches \"%s\"", pattern);
    qsort(paths->paths + before, (size_t)(paths->count - before), sizeof *paths->paths, natural_order);
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
    PLAQ_INT(numbered, last, NULL, 0, 2147483647, "1", "last number"),
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

static plaq_status add_numbered(const plaq_node *node, run_paths *paths)
{
    numbered n;
    char path[sizeof n.pattern + 100];

    PLAQ_TRY(plaq_conf_read(node, plaq_run_numbers_table, NULL, &n));
    if (n.last < n.first || (n.last - n.first) / n.step >= most_paths)
        return plaq_node_fail(node, "first %d, last %d, step %d: expected between one and %d numbers", n.first, n.last,
                              n.step, most_paths);
    for (int64_t i = n.first; i <= n.last; i += n.step) {
        if (plaq_pattern_path(n.pattern, (int)i, path, sizeof path) != PLAQ_OK)
            return plaq_node_fail(plaq_node_get(node, "pattern"), "%s", plaq_message());
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
