/* Rows of numbers, one a configuration, from files in any order, on their way to series; and what is found out about
 * them on the way: configurations twice, gaps, configurations that a series lacks. See exchange.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"

typedef struct {
    int64_t config;
    const char *file; /* in files of the rows */
    double *values;   /* owned; NULL in a listing */
} row;

/* A series under way. One without a name stands for its chain: a row for each file of it. */
typedef struct {
    plaq_series series;
    row *row;
    size_t count, room;
    int longest; /* first axis of the longest row */
} pile;

struct exchange_rows {
    int count, room, last; /* last: where the last row went; the next one is looked for from there on */
    pile *piles;
    size_t n_files, files_room;
    char **files;
};

plaq_status exchange_rows_create(exchange_rows **rows)
{
    *rows = plaq_alloc(1, sizeof **rows);
    return *rows ? PLAQ_OK : PLAQ_E_MEMORY;
}

static void clear_pile(pile *p)
{
    for (size_t i = 0; i < p->count; i++) plaq_free(p->row[i].values);
    plaq_free(p->row);
    plaq_series_clear(&p->series);
}

void exchange_rows_destroy(exchange_rows **rows)
{
    exchange_rows *r = *rows;

    if (!r) return;
    for (int i = 0; i < r->count; i++) clear_pile(&r->piles[i]);
    for (size_t i = 0; i < r->n_files; i++) plaq_free(r->files[i]);
    plaq_free(r->files);
    plaq_free(r->piles);
    plaq_free(r);
    *rows = NULL;
}

/* ---- adding -------------------------------------------------------------------------------------------------- */

/* Doubles a list that is full. */
static plaq_status grow(void **list, size_t count, size_t *room, size_t size)
{
    void *more;

    if (count < *room) return PLAQ_OK;
    more = plaq_alloc(*room ? 2 * *room : 8, size);
    if (!more) return PLAQ_E_MEMORY;
    if (count) memcpy(more, *list, count * size);
    plaq_free(*list);
    *list = more;
    *room = *room ? 2 * *room : 8;
    return PLAQ_OK;
}

/* The rows' own copy of a file's name. Rows of a file come one after the other. */
static plaq_status keep_file(exchange_rows *rows, const char *file, const char **kept)
{
    if (rows->n_files == 0 || strcmp(rows->files[rows->n_files - 1], file) != 0) {
        PLAQ_TRY(grow((void **)&rows->files, rows->n_files, &rows->files_room, sizeof *rows->files));
        rows->files[rows->n_files] = plaq_strdup(file);
        if (!rows->files[rows->n_files]) return PLAQ_E_MEMORY;
        rows->n_files++;
    }
    *kept = rows->files[rows->n_files - 1];
    return PLAQ_OK;
}

static bool is_of(const pile *p, const exchange_place *place, const char *name)
{
    return strcmp(p->series.name, name) == 0 && strcmp(p->series.chain.ensemble, place->ensemble) == 0 &&
           strcmp(p->series.chain.replica, place->replica) == 0;
}

static pile *find_pile(exchange_rows *rows, const exchange_place *place, const char *name)
{
    for (int i = 0; i < rows->count; i++) {
        const int at = (rows->last + i) % rows->count;

        if (!is_of(&rows->piles[at], place, name)) continue;
        rows->last = at;
        return &rows->piles[at];
    }
    return NULL;
}

plaq_series *exchange_rows_find(exchange_rows *rows, const exchange_place *place, const char *name)
{
    pile *p = find_pile(rows, place, name);

    return p ? &p->series : NULL;
}

/* A new pile; labels and doc of the head become its own. */
static plaq_status make_pile(exchange_rows *rows, const exchange_place *place, plaq_series *head, pile **p)
{
    size_t room = (size_t)rows->room;

    PLAQ_TRY(grow((void **)&rows->piles, (size_t)rows->count, &room, sizeof *rows->piles));
    rows->room = (int)room;
    *p = &rows->piles[rows->count++];
    (*p)->series = *head;
    *head = (plaq_series){0};
    strcpy((*p)->series.chain.ensemble, place->ensemble);
    strcpy((*p)->series.chain.replica, place->replica);
    return PLAQ_OK;
}

static plaq_status add_row(exchange_rows *rows, pile *p, const exchange_place *place, double *values)
{
    row *r;

    PLAQ_TRY(grow((void **)&p->row, p->count, &p->room, sizeof *p->row));
    r = &p->row[p->count];
    PLAQ_TRY(keep_file(rows, place->file, &r->file));
    r->config = place->config;
    r->values = values;
    p->count++;
    return PLAQ_OK;
}

plaq_status exchange_rows_seen(exchange_rows *rows, const exchange_place *place)
{
    pile *p = find_pile(rows, place, "");

    if (!p) PLAQ_TRY(make_pile(rows, place, &(plaq_series){0}, &p));
    return add_row(rows, p, place, NULL);
}

static void print_shape(const plaq_series *s, char text[160])
{
    int used = snprintf(text, 160, "[");

    for (int i = 0; i < s->rank && used < 140; i++)
        used += snprintf(text + used, 160 - (size_t)used, "%s%d", i ? ", " : "", s->shape[i]);
    snprintf(text + used, 160 - (size_t)used, "]%s", s->is_complex ? " complex" : "");
}

/* Flows that end when t0 is reached are longer on some configurations than on others: entries that all have are kept.
 */
static bool may_be_cut(const plaq_series *s)
{
    return s->rank > 0 && strncmp(s->axes, "flow", 4) == 0 && (s->axes[4] == ' ' || s->axes[4] == '\0');
}

static void cut_labels(plaq_series *s, int leading)
{
    for (int i = leading; s->label[0] && i < s->shape[0]; i++) {
        plaq_free(s->label[0][i]);
        s->label[0][i] = NULL;
    }
}

static plaq_status check_shape(pile *p, const plaq_series *head, const char *file)
{
    const plaq_series *s = &p->series;
    bool same = s->rank == head->rank && s->is_complex == head->is_complex && strcmp(s->axes, head->axes) == 0;
    char seen[160], expected[160];

    for (int i = may_be_cut(s); same && i < s->rank; i++) same = s->shape[i] == head->shape[i];
    if (same) return PLAQ_OK;
    print_shape(head, seen);
    print_shape(s, expected);
    return plaq_fail(PLAQ_E_DATA, "%s: %s has shape %s (%s), in %s it has %s (%s)", file, head->name, seen, head->axes,
                     p->row[0].file, expected, s->axes);
}

static plaq_status add_to(exchange_rows *rows, pile *p, const exchange_place *place, const plaq_series *head,
                          double *values)
{
    const int leading = head->rank ? head->shape[0] : 1;

    PLAQ_TRY(add_row(rows, p, place, values));
    if (leading > p->longest) p->longest = leading;
    if (p->series.rank && leading < p->series.shape[0]) {
        cut_labels(&p->series, leading);
        p->series.shape[0] = leading;
    }
    return PLAQ_OK;
}

plaq_status exchange_rows_add(exchange_rows *rows, const exchange_place *place, plaq_series *head, double **values)
{
    plaq_series shape = *head; /* its numbers stay valid when the head is given away */
    pile *p = find_pile(rows, place, head->name);
    plaq_status status = PLAQ_OK;

    if (!p)
        status = make_pile(rows, place, head, &p);
    else
        status = check_shape(p, head, place->file);
    if (status == PLAQ_OK) status = add_to(rows, p, place, &shape, *values);
    if (status != PLAQ_OK) plaq_free(*values);
    *values = NULL;
    plaq_series_clear(head);
    return status;
}

/* ---- finishing ----------------------------------------------------------------------------------------------- */

static int by_config(const void *a, const void *b)
{
    const row *x = a, *y = b;

    if (x->config != y->config) return x->config < y->config ? -1 : 1;
    return strcmp(x->file, y->file);
}

static int by_name(const void *a, const void *b)
{
    const plaq_series *x = &((const pile *)a)->series, *y = &((const pile *)b)->series;
    int order = strcmp(x->chain.ensemble, y->chain.ensemble);

    if (order == 0) order = strcmp(x->chain.replica, y->chain.replica);
    return order ? order : strcmp(x->name, y->name);
}

static void print_chain(const plaq_chain *chain, char text[160])
{
    snprintf(text, 160, "%s%s%s", chain->ensemble, chain->replica[0] ? " " : "", chain->replica);
}

/* Numbers of one entry of the first axis. */
static size_t doubles_behind(const plaq_series *s)
{
    size_t n = s->is_complex ? 2 : 1;

    for (int i = 1; i < s->rank; i++) n *= (size_t)s->shape[i];
    return n;
}

static size_t doubles_of(const plaq_series *s)
{
    return doubles_behind(s) * (s->rank ? (size_t)s->shape[0] : 1);
}

/* Drops rows of a configuration that is there already, with the same numbers. */
static plaq_status drop_twins(pile *p, plaq_numbers *out)
{
    const bool is_chain = p->series.name[0] == '\0';
    const size_t bytes = doubles_of(&p->series) * sizeof(double);
    size_t kept = 0;
    char chain[160];

    print_chain(&p->series.chain, chain);
    for (size_t i = 0; i < p->count; i++) {
        row *r = &p->row[i], *before = kept ? &p->row[kept - 1] : NULL;

        if (!before || before->config != r->config) {
            const row moved = *r;

            r->values = NULL;
            p->row[kept++] = moved;
            continue;
        }
        if (is_chain)
            PLAQ_TRY(exchange_note(out,
                                   "%s: configuration %" PRId64 " is there twice, in %s and %s: the first is "
                                   "taken",
                                   chain, r->config, before->file, r->file));
        if (r->values && memcmp(r->values, before->values, bytes) != 0)
            return plaq_fail(PLAQ_E_DATA,
                             "%s of configuration %" PRId64 " of %s is not the same in %s and %s: remove "
                             "one of them",
                             p->series.name, r->config, chain, before->file, r->file);
        plaq_free(r->values);
        r->values = NULL;
    }
    p->count = kept;
    return PLAQ_OK;
}

static plaq_status make_values(pile *p)
{
    plaq_series *s = &p->series;
    const size_t n = doubles_of(s);
    const bool listing = !p->row[0].values;

    s->chain.count = p->count;
    s->chain.config = plaq_alloc(p->count, sizeof *s->chain.config);
    if (!listing) s->values = plaq_alloc(p->count * n, sizeof *s->values);
    if (!s->chain.config || (!listing && !s->values)) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < p->count; i++) {
        s->chain.config[i] = p->row[i].config;
        if (listing) continue;
        memcpy(s->values + i * n, p->row[i].values, n * sizeof *s->values);
        plaq_free(p->row[i].values);
        p->row[i].values = NULL;
    }
    return PLAQ_OK;
}

/* Numbers in words: the first few, and how many there are. */
typedef struct {
    size_t count;
    char text[200];
    size_t used;
} listed;

static void list_number(listed *l, int64_t config)
{
    enum { SHOWN = 8 };

    if (l->count < SHOWN)
        l->used +=
            (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%" PRId64, l->count ? " " : "", config);
    else if (l->count == SHOWN)
        snprintf(l->text + l->used, sizeof l->text - l->used, " ...");
    l->count++;
}

/* Which configurations of the chain have no row in the pile. */
static plaq_status note_lacking(const pile *chain, const pile *p, plaq_numbers *out)
{
    listed l = {0};
    char words[160];
    size_t k = 0;

    for (size_t i = 0; i < chain->count; i++) {
        while (k < p->count && p->row[k].config < chain->row[i].config) k++;
        if (k == p->count || p->row[k].config != chain->row[i].config) list_number(&l, chain->row[i].config);
    }
    if (l.count == 0) return PLAQ_OK;
    print_chain(&p->series.chain, words);
    return exchange_note(out, "%s lacks %zu of %zu configurations of %s: %s", p->series.name, l.count, chain->count,
                         words, l.text);
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    return b ? greatest_divisor(b, a % b) : a;
}

/* Which numbers between the first and the last, in steps of the spacing, are of no configuration. */
static plaq_status note_gaps(const pile *p, plaq_numbers *out)
{
    listed l = {0};
    int64_t spacing = 0;
    char words[160];

    for (size_t i = 1; i < p->count; i++) spacing = greatest_divisor(spacing, p->row[i].config - p->row[i - 1].config);
    for (size_t i = 1; i < p->count; i++) {
        const int64_t here = p->row[i].config, missing = (here - p->row[i - 1].config) / spacing - 1;
        const size_t shown = l.count;

        for (int64_t c = p->row[i - 1].config + spacing; c < here && l.count < shown + 10; c += spacing)
            list_number(&l, c);
        l.count = shown + (size_t)missing;
    }
    if (l.count == 0) return PLAQ_OK;
    print_chain(&p->series.chain, words);
    return exchange_note(out,
                         "%s: %zu configurations are missing from %" PRId64 " to %" PRId64 " in steps of %" PRId64
                         ": %s",
                         words, l.count, p->row[0].config, p->row[p->count - 1].config, spacing, l.text);
}

static plaq_status note_cut(const pile *p, plaq_numbers *out)
{
    if (p->series.rank == 0 || p->longest <= p->series.shape[0]) return PLAQ_OK;
    return exchange_note(out, "%s has up to %d flow times: the first %d, which all configurations have, are taken",
                         p->series.name, p->longest, p->series.shape[0]);
}

plaq_status exchange_rows_finish(exchange_rows *rows, plaq_numbers *out)
{
    const pile *chain = NULL;

    if (rows->count == 0) return PLAQ_OK;
    qsort(rows->piles, (size_t)rows->count, sizeof *rows->piles, by_name); /* each chain before its series */
    out->series = plaq_alloc((size_t)rows->count, sizeof *out->series);
    if (!out->series) return PLAQ_E_MEMORY;
    for (int i = 0; i < rows->count; i++) {
        pile *p = &rows->piles[i];

        qsort(p->row, p->count, sizeof *p->row, by_config);
        PLAQ_TRY(drop_twins(p, out));
        if (p->series.name[0] == '\0') {
            chain = p;
            PLAQ_TRY(note_gaps(p, out));
            continue;
        }
        if (chain) PLAQ_TRY(note_lacking(chain, p, out));
        PLAQ_TRY(note_cut(p, out));
        PLAQ_TRY(make_values(p));
        out->series[out->series_count++] = p->series;
        p->series = (plaq_series){0};
    }
    return PLAQ_OK;
}
