/* Which of an observable's numbers a quantity is: `pick` names entries along axes, `average` and `sum` make one number
 * of those along an axis.
 *
 *     {pick: {pair: g5-g5, sink: point, p: [1 0 0, 0 1 0, 0 0 1]}, average: [source, p]}
 *
 * An entry is named by its label or its number from 0; "n2=1" are all momenta of nx^2 + ny^2 + nz^2 = 1. Picking one
 * entry removes the axis, as averaging does; what is left keeps its order, slowest axis first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/study.h"

typedef enum { KEPT, REMOVED, AVERAGED, SUMMED } fate;

/* One axis of the array. */
typedef struct {
    char name[32];
    fate fate;
    int count;     /* entries taken */
    int *entry;    /* [count] owned */
    size_t stride; /* between neighbours, in numbers */
} axis;

/* ---- names of axes and entries ---------------------------------------------------------------------------------- */

/* The i-th word of "source sink pair p t"; its number where there is none. */
static void axis_name(const plaq_series *series, int i, char *name, size_t n)
{
    const char *word = series->axes;

    snprintf(name, n, "%d", i);
    for (int k = 0; *word; k++) {
        const size_t length = strcspn(word, " ");

        if (k == i) snprintf(name, n, "%.*s", (int)length, word);
        word += length + strspn(word + length, " ");
    }
}

static plaq_status find_axis(const plaq_series *series, const plaq_node *node, const char *word, const axis axes[],
                             int *found)
{
    const char *names[PLAQ_AXES_MAX], *near;

    for (*found = 0; *found < series->rank; ++*found) {
        names[*found] = axes[*found].name;
        if (strcmp(names[*found], word) == 0) return PLAQ_OK;
    }
    near = plaq_nearest(word, names, (size_t)series->rank);
    if (near) return plaq_node_fail(node, "%s has no axis \"%s\"; did you mean \"%s\"?", series->name, word, near);
    return plaq_node_fail(node, "%s has no axis \"%s\"; its axes are [%s]", series->name, word, series->axes);
}

/* Whether two labels are the same but for blanks and commas between words. */
static bool same_label(const char *a, const char *b)
{
    static const char between[] = " ,()[]";

    for (;;) {
        size_t n;

        a += strspn(a, between);
        b += strspn(b, between);
        n = strcspn(a, between);
        if (n != strcspn(b, between) || strncmp(a, b, n) != 0) return false;
        if (n == 0) return true;
        a += n;
        b += n;
    }
}

static bool is_momentum_of(const char *label, int n2)
{
    int n[3];

    return sscanf(label, "%d%*[ ,]%d%*[ ,]%d", &n[0], &n[1], &n[2]) == 3 &&
           n[0] * n[0] + n[1] * n[1] + n[2] * n[2] == n2;
}

static plaq_status unknown_entry(const plaq_series *series, int a, const char *name, const plaq_node *node,
                                 const char *word)
{
    const size_t n = (size_t)series->shape[a];
    const char *near = series->label[a] ? plaq_nearest(word, (const char *const *)series->label[a], n) : NULL;

    if (near)
        return plaq_node_fail(node, "axis %s of %s has no entry \"%s\"; did you mean \"%s\"?", name, series->name, word,
                              near);
    if (series->label[a])
        return plaq_node_fail(node, "axis %s of %s has no entry \"%s\": there are \"%s\" to \"%s\"", name, series->name,
                              word, series->label[a][0], series->label[a][n - 1]);
    return plaq_node_fail(node, "axis %s of %s has no entry \"%s\": there are 0 to %zu", name, series->name, word,
                          n - 1);
}

/* Appends the entries that a word means. */
static plaq_status add_entries(const plaq_series *series, int a, axis *to, const plaq_node *node)
{
    const char *word = plaq_node_what(node) == PLAQ_NODE_SCALAR ? plaq_node_text(node) : "";
    const int extent = series->shape[a], before = to->count;
    const char *const *label = (const char *const *)series->label[a];
    char *end;
    long number;

    for (int i = 0; label && i < extent && to->count < extent; i++)
        if (strncmp(word, "n2=", 3) == 0 ? is_momentum_of(label[i], atoi(word + 3)) : same_label(label[i], word))
            to->entry[to->count++] = i;
    if (to->count > before) return PLAQ_OK;
    number = strtol(word, &end, 10);
    if (!*word || *end || number < 0 || number >= extent || to->count == extent)
        return unknown_entry(series, a, to->name, node, word);
    to->entry[to->count++] = (int)number;
    return PLAQ_OK;
}

/* ---- what becomes of each axis ---------------------------------------------------------------------------------- */

static plaq_status read_pick(const plaq_series *series, const plaq_node *pick, axis axes[])
{
    if (plaq_node_what(pick) != PLAQ_NODE_MAPPING) return plaq_node_fail(pick, "`pick` is {axis: entry, ...}");
    for (size_t k = 0; k < plaq_node_size(pick); k++) {
        const plaq_node *words = plaq_node_item(pick, k);
        int a;

        PLAQ_TRY(find_axis(series, words, plaq_node_key(pick, k), axes, &a));
        axes[a].count = 0;
        if (plaq_node_what(words) != PLAQ_NODE_SEQUENCE) PLAQ_TRY(add_entries(series, a, &axes[a], words));
        for (size_t i = 0; plaq_node_what(words) == PLAQ_NODE_SEQUENCE && i < plaq_node_size(words); i++)
            PLAQ_TRY(add_entries(series, a, &axes[a], plaq_node_item(words, i)));
        if (axes[a].count == 0) return plaq_node_fail(words, "no entry of axis %s is picked", axes[a].name);
        if (axes[a].count == 1) axes[a].fate = REMOVED;
    }
    return PLAQ_OK;
}

/* The value of `average` or `sum`: the name of an axis, or a list of them. */
static plaq_status read_fate(const plaq_series *series, const plaq_node *node, fate becomes, axis axes[])
{
    const bool list = plaq_node_what(node) == PLAQ_NODE_SEQUENCE;

    for (size_t i = 0; i < (list ? plaq_node_size(node) : 1); i++) {
        const plaq_node *word = list ? plaq_node_item(node, i) : node;
        int a;

        if (plaq_node_what(word) != PLAQ_NODE_SCALAR) return plaq_node_fail(word, "expected the name of an axis");
        PLAQ_TRY(find_axis(series, word, plaq_node_text(word), axes, &a));
        axes[a].fate = becomes;
    }
    return PLAQ_OK;
}

static plaq_status read_axes(const plaq_series *series, const plaq_node *node, axis axes[])
{
    const bool given = node && plaq_node_what(node) == PLAQ_NODE_MAPPING;
    const plaq_node *pick = given ? plaq_node_get(node, "pick") : NULL,
                    *average = given ? plaq_node_get(node, "average") : NULL,
                    *sum = given ? plaq_node_get(node, "sum") : NULL;
    size_t stride = 1;

    for (int a = series->rank - 1; a >= 0; a--) {
        axis_name(series, a, axes[a].name, sizeof axes[a].name);
        axes[a].count = series->shape[a];
        axes[a].stride = stride;
        stride *= (size_t)series->shape[a];
        axes[a].entry = plaq_alloc((size_t)series->shape[a] + 1, sizeof *axes[a].entry);
        if (!axes[a].entry) return PLAQ_E_MEMORY;
        for (int i = 0; i < series->shape[a]; i++) axes[a].entry[i] = i;
        if (series->shape[a] == 1) axes[a].fate = REMOVED;
    }
    if (pick) PLAQ_TRY(read_pick(series, pick, axes));
    if (average) PLAQ_TRY(read_fate(series, average, AVERAGED, axes));
    return sum ? read_fate(series, sum, SUMMED, axes) : PLAQ_OK;
}

/* ---- offsets, positions, labels --------------------------------------------------------------------------------- */

static void set_offsets(const axis axes[], int rank, study_entries *e)
{
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < e->terms; k++) {
            size_t outer = i, inner = k, offset = 0;

            for (int a = rank - 1; a >= 0; a--) {
                size_t *left = axes[a].fate == KEPT ? &outer : &inner;
                const size_t count = (size_t)axes[a].count;

                offset += (size_t)axes[a].entry[*left % count] * axes[a].stride;
                *left /= count;
            }
            e->offset[i * e->terms + k] = offset;
        }
}

static bool read_number(const char *text, double *x)
{
    char *end;

    *x = strtod(text, &end);
    return *text && !*end;
}

/* Positions along the one axis that is left; false where its labels are no numbers. */
static bool set_positions(const plaq_series *series, int a, const axis *one, double x[])
{
    for (int i = 0; i < one->count; i++) {
        x[i] = one->entry[i];
        if (series->label[a] && !read_number(series->label[a][one->entry[i]], &x[i])) return false;
    }
    return true;
}

/* "g5-g5, 0 0 1, 3": the entry along each axis that is left. */
static void set_label(const plaq_series *series, const axis axes[], size_t i, char text[PLAQ_LABEL_MAX])
{
    size_t used = 0, left = 1, at[PLAQ_AXES_MAX];

    for (int a = series->rank - 1; a >= 0; a--) {
        if (axes[a].fate != KEPT) continue;
        at[a] = i / left % (size_t)axes[a].count;
        left *= (size_t)axes[a].count;
    }
    text[0] = '\0';
    for (int a = 0; a < series->rank && used < PLAQ_LABEL_MAX; a++) {
        const char *comma = used ? ", " : "";

        if (axes[a].fate != KEPT) continue;
        if (series->label[a])
            used += (size_t)snprintf(text + used, PLAQ_LABEL_MAX - used, "%s%s", comma,
                                     series->label[a][axes[a].entry[at[a]]]);
        else
            used += (size_t)snprintf(text + used, PLAQ_LABEL_MAX - used, "%s%d", comma, axes[a].entry[at[a]]);
    }
}

static plaq_status describe(const plaq_series *series, const axis axes[], study_entries *e)
{
    int kept = 0, last = 0;

    for (int a = 0; a < series->rank; a++)
        if (axes[a].fate == KEPT) {
            kept++;
            last = a;
        }
    e->run = kept ? (size_t)axes[last].count : 1;
    if (kept == 0) return PLAQ_OK;
    if (kept == 1) {
        e->x = plaq_alloc(e->count, sizeof *e->x);
        if (!e->x) return PLAQ_E_MEMORY;
        snprintf(e->x_name, sizeof e->x_name, "%s", axes[last].name);
        if (set_positions(series, last, &axes[last], e->x)) return PLAQ_OK;
        plaq_free(e->x);
        e->x = NULL;
    }
    e->label = plaq_alloc(e->count, sizeof *e->label);
    if (!e->label) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < e->count; i++) set_label(series, axes, i, e->label[i]);
    return PLAQ_OK;
}

plaq_status study_entries_find(const plaq_series *series, const plaq_node *node, study_entries *e)
{
    axis axes[PLAQ_AXES_MAX] = {{.fate = KEPT}};
    plaq_status status;

    *e = (study_entries){.count = 1, .terms = 1, .weight = 1};
    PLAQ_GO(read_axes(series, node, axes));
    for (int a = 0; a < series->rank; a++) {
        *(axes[a].fate == KEPT ? &e->count : &e->terms) *= (size_t)axes[a].count;
        if (axes[a].fate == AVERAGED) e->weight /= axes[a].count;
    }
    e->offset = plaq_alloc(e->count * e->terms, sizeof *e->offset);
    if (!e->offset) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    set_offsets(axes, series->rank, e);
    status = describe(series, axes, e);
done:
    for (int a = 0; a < series->rank; a++) plaq_free(axes[a].entry);
    if (status != PLAQ_OK) study_entries_clear(e);
    return status;
}

void study_entries_clear(study_entries *e)
{
    plaq_free(e->offset);
    plaq_free(e->x);
    plaq_free(e->label);
    *e = (study_entries){.offset = NULL};
}
