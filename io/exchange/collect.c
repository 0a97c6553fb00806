/* Series put together from other programs' files. See collect.h. */
#include "exchange/collect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gauge/text.h"

/* A configuration that was seen, and on which series: noted once for each configuration of a file, not for each put. */
typedef struct {
    char ensemble[64], replica[64], name[128];
    int64_t config;
    size_t path; /* among the paths of the collection */
} sighting;

/* The numbers of one source of a configuration: where they stand among a pile's values. */
typedef struct {
    int64_t config;
    size_t order; /* in which they came */
    size_t path;
    char source[48];
} record;

/* A series of several sources under way. */
typedef struct {
    plaq_series head; /* of one source */
    size_t count;     /* doubles of a record */
    plaq_text record, values;
} pile;

struct exchange_collection {
    const plaq_numbers_wanted *wanted;
    exchange_rows *rows;
    plaq_text paths, sightings, piles; /* of char *, of `sighting`, of `pile` */
    size_t last;                       /* the pile found last: files repeat themselves */
    plaq_numbers numbers;              /* notes, and what rows make at the end */
};

static pile *piles_of(const exchange_collection *c, size_t *n)
{
    *n = c->piles.n / sizeof(pile);
    return (pile *)c->piles.bytes;
}

static const char *path_of(const exchange_collection *c, size_t i)
{
    return ((char **)c->paths.bytes)[i];
}

static void clear(exchange_collection *c)
{
    size_t n;
    pile *p = piles_of(c, &n);

    for (size_t i = 0; i < n; i++) {
        plaq_series_clear(&p[i].head);
        plaq_free(p[i].record.bytes);
        plaq_free(p[i].values.bytes);
    }
    for (size_t i = 0; i < c->paths.n / sizeof(char *); i++) plaq_free(((char **)c->paths.bytes)[i]);
    plaq_free(c->paths.bytes);
    plaq_free(c->sightings.bytes);
    plaq_free(c->piles.bytes);
    exchange_rows_destroy(&c->rows);
    plaq_numbers_clear(&c->numbers);
}

plaq_numbers *exchange_collection_notes(exchange_collection *c)
{
    return &c->numbers;
}

const char *exchange_collection_ensemble(const exchange_collection *c)
{
    return c->wanted->ensemble;
}

bool exchange_collection_wants(const exchange_collection *c, const char *name)
{
    return exchange_is_wanted(c->wanted, name);
}

/* ---- putting ------------------------------------------------------------------------------------------------- */

/* Keeps a path; puts of a file come one after the other. */
static plaq_status keep_path(exchange_collection *c, const char *path, size_t *which)
{
    size_t n = c->paths.n / sizeof(char *);
    plaq_status status;
    char *copy;

    *which = n - 1;
    if (n > 0 && strcmp(path_of(c, n - 1), path) == 0) return PLAQ_OK;
    copy = plaq_strdup(path);
    if (!copy) return PLAQ_E_MEMORY;
    status = plaq_text_add(&c->paths, &copy, sizeof copy);
    if (status != PLAQ_OK) plaq_free(copy);
    *which = n;
    return status;
}

/* A configuration is seen anew, or again by what it was seen by before: that is twice. */
static plaq_status see(exchange_collection *c, const sighting *s)
{
    const size_t n = c->sightings.n / sizeof *s;
    const sighting *last = n > 0 ? (const sighting *)c->sightings.bytes + n - 1 : NULL;

    if (last && last->config == s->config && strcmp(last->replica, s->replica) == 0 &&
        strcmp(last->ensemble, s->ensemble) == 0 && strcmp(last->name, s->name) != 0)
        return PLAQ_OK;
    return plaq_text_add(&c->sightings, s, sizeof *s);
}

static plaq_status copy_labels(const char *const *from, int n, char ***labels)
{
    char **to = plaq_alloc((size_t)n, sizeof *to);

    *labels = to; /* cleared with the series where a copy fails */
    if (!to) return PLAQ_E_MEMORY;
    for (int i = 0; i < n; i++) {
        to[i] = plaq_strdup(from[i]);
        if (!to[i]) return PLAQ_E_MEMORY;
    }
    return PLAQ_OK;
}

/* Words and shape of an item; labels and doc only where the series is new. */
static plaq_status head_of(const exchange_item *item, bool fresh, plaq_series *head)
{
    PLAQ_TRY(exchange_name(head->name, sizeof head->name, item->name, "series"));
    snprintf(head->axes, sizeof head->axes, "%s", item->axes ? item->axes : "");
    snprintf(head->unit, sizeof head->unit, "%s", item->unit ? item->unit : "");
    head->is_complex = item->is_complex;
    head->rank = item->rank;
    memcpy(head->shape, item->shape, sizeof head->shape);
    if (!fresh) return PLAQ_OK;
    for (int i = 0; i < item->rank; i++)
        if (item->label[i]) PLAQ_TRY(copy_labels(item->label[i], item->shape[i], &head->label[i]));
    head->doc = plaq_strdup(item->doc ? item->doc : "");
    return head->doc ? PLAQ_OK : PLAQ_E_MEMORY;
}

static size_t doubles_of(const exchange_item *item)
{
    size_t n = item->is_complex ? 2 : 1;

    for (int i = 0; i < item->rank; i++) n *= (size_t)item->shape[i];
    return n;
}

static plaq_status check_finite(const exchange_item *item, const char *path, int64_t config, const double values[])
{
    const size_t n = doubles_of(item);

    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return plaq_fail(PLAQ_E_DATA, "%s: %s, configuration %lld: number %zu of %zu is %g", path, item->name,
                             (long long)config, i + 1, n, values[i]);
    return PLAQ_OK;
}

static plaq_status put_row(exchange_collection *c, const exchange_item *item, const exchange_place *place,
                           const double values[])
{
    const size_t bytes = doubles_of(item) * sizeof *values;
    plaq_series head = {0};
    double *copy = NULL;
    plaq_status status = head_of(item, !exchange_rows_find(c->rows, place, item->name), &head);

    if (status == PLAQ_OK && !c->wanted->listing) {
        copy = plaq_alloc(bytes, 1);
        if (copy)
            memcpy(copy, values, bytes);
        else
            status = PLAQ_E_MEMORY;
    }
    if (status == PLAQ_OK) return exchange_rows_add(c->rows, place, &head, &copy);
    plaq_series_clear(&head);
    return status;
}

static bool is_of(const pile *p, const exchange_item *item, const exchange_place *place)
{
    return strcmp(p->head.name, item->name) == 0 && strcmp(p->head.chain.ensemble, place->ensemble) == 0 &&
           strcmp(p->head.chain.replica, place->replica) == 0;
}

/* The pile of a series of sources, made where it is the first. */
static plaq_status find_pile(exchange_collection *c, const exchange_item *item, const exchange_place *place,
                             pile **found)
{
    pile *p, fresh = {.count = doubles_of(item)};
    plaq_status status;
    size_t n;

    p = piles_of(c, &n);
    for (size_t i = 0; i < n; i++) {
        size_t j = (c->last + 1 + i) % n;

        if (!is_of(&p[j], item, place)) continue;
        c->last = j;
        *found = &p[j];
        return PLAQ_OK;
    }
    strcpy(fresh.head.chain.ensemble, place->ensemble);
    strcpy(fresh.head.chain.replica, place->replica);
    status = head_of(item, true, &fresh.head);
    if (status == PLAQ_OK) status = plaq_text_add(&c->piles, &fresh, sizeof fresh);
    if (status != PLAQ_OK) plaq_series_clear(&fresh.head);
    c->last = n;
    *found = piles_of(c, &n) + c->last;
    return status;
}

static plaq_status put_source(exchange_collection *c, const exchange_item *item, const exchange_place *place,
                              size_t path, const double values[])
{
    record r = {.config = place->config, .path = path};
    pile *p;

    PLAQ_TRY(find_pile(c, item, place, &p));
    if (doubles_of(item) != p->count || item->rank != p->head.rank)
        return plaq_fail(PLAQ_E_DATA, "%s: %s, configuration %lld: %zu numbers, expected %zu as before", place->file,
                         item->name, (long long)place->config, doubles_of(item), p->count);
    r.order = p->record.n / sizeof r;
    snprintf(r.source, sizeof r.source, "%s", item->source);
    PLAQ_TRY(plaq_text_add(&p->record, &r, sizeof r));
    return plaq_text_add(&p->values, values, p->count * sizeof *values);
}

plaq_status exchange_collection_put(exchange_collection *c, const exchange_item *item, const char *path, int64_t config,
                                    const double values[])
{
    exchange_place place = {.config = config, .file = path};
    sighting s = {.config = config};

    if (config < 0)
        return plaq_fail(PLAQ_E_DATA, "%s: no number of a configuration in its name, expected digits", path);
    snprintf(place.ensemble, sizeof place.ensemble, "%s", item->ensemble);
    snprintf(place.replica, sizeof place.replica, "%s", item->replica ? item->replica : "");
    memcpy(s.ensemble, place.ensemble, sizeof s.ensemble);
    memcpy(s.replica, place.replica, sizeof s.replica);
    snprintf(s.name, sizeof s.name, "%s", item->source ? "" : item->name);
    PLAQ_TRY(keep_path(c, path, &s.path));
    PLAQ_TRY(see(c, &s));
    if (!exchange_collection_wants(c, item->name)) return PLAQ_OK;
    PLAQ_TRY(check_finite(item, path, config, values));
    return item->source ? put_source(c, item, &place, s.path, values) : put_row(c, item, &place, values);
}

/* ---- sources --------------------------------------------------------------------------------------------------- */

static int by_config(const void *x, const void *y)
{
    const record *a = x, *b = y;

    if (a->config != b->config) return a->config < b->config ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static const double *values_of(const pile *p, const record *r)
{
    return (const double *)p->values.bytes + r->order * p->count;
}

/* Whether a source says again what one of the n before it, of the same configuration, said. */
static plaq_status is_twin(exchange_collection *c, const pile *p, const record r[], size_t n, const record *source,
                           bool *twin)
{
    *twin = false;
    for (size_t i = 0; i < n && !*twin; i++) {
        if (strcmp(r[i].source, source->source) != 0) continue;
        *twin = true;
        if (memcmp(values_of(p, &r[i]), values_of(p, source), p->count * sizeof(double)) != 0)
            return plaq_fail(PLAQ_E_DATA, "%s of configuration %lld, source %s, is not the same in %s and %s",
                             p->head.name, (long long)source->config, source->source, path_of(c, r[i].path),
                             path_of(c, source->path));
        PLAQ_TRY(exchange_note(&c->numbers,
                               "%s of configuration %lld, source %s, is there twice, in %s and %s: the "
                               "first is taken",
                               p->head.name, (long long)source->config, source->source, path_of(c, r[i].path),
                               path_of(c, source->path)));
    }
    return PLAQ_OK;
}

/* Sorts the records by configuration and drops twins; *n are left. */
static plaq_status sort(exchange_collection *c, const pile *p, record *r, size_t *n)
{
    size_t kept = 0, first = 0;
    bool twin;

    qsort(r, *n, sizeof *r, by_config);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && r[first].config != r[i].config) first = kept;
        PLAQ_TRY(is_twin(c, p, r + first, kept - first, &r[i], &twin));
        if (!twin) r[kept++] = r[i];
    }
    *n = kept;
    return PLAQ_OK;
}

static size_t sources_at(const record r[], size_t n)
{
    size_t here = 1;

    while (here < n && r[here].config == r[0].config) here++;
    return here;
}

/* Whether the sources of all configurations have the same labels in the same order. */
static bool same_labels(const record r[], size_t n, size_t sources)
{
    for (size_t i = sources; i < n; i++)
        if (strcmp(r[i].source, r[i - sources].source) != 0) return false;
    return true;
}

/* What a pile's series is with its axis "source". */
static plaq_status with_sources(const pile *p, const record r[], size_t n, size_t sources, exchange_item *item,
                                char axes[128], const char **label)
{
    const plaq_series *h = &p->head;

    if (h->rank == PLAQ_AXES_MAX)
        return plaq_fail(PLAQ_E_DATA, "%s: %d axes and sources, expected at most %d", h->name, h->rank, PLAQ_AXES_MAX);
    snprintf(axes, 128, "source%s%.100s", h->axes[0] ? " " : "", h->axes);
    *item = (exchange_item){.name = h->name,
                            .rank = h->rank + 1,
                            .shape = {(int)sources},
                            .axes = axes,
                            .is_complex = h->is_complex,
                            .unit = h->unit,
                            .doc = h->doc};
    memcpy(item->shape + 1, h->shape, (size_t)h->rank * sizeof *h->shape);
    for (int i = 0; i < h->rank; i++) item->label[i + 1] = (const char *const *)h->label[i];
    for (size_t i = 0; i < sources; i++) label[i] = r[i].source;
    if (same_labels(r, n, sources)) item->label[0] = label;
    return PLAQ_OK;
}

/* Gives the configurations of a pile to the rows, `sources` records each. */
static plaq_status put_configs(exchange_collection *c, const pile *p, const record r[], size_t n, size_t sources,
                               const exchange_item *item)
{
    double *values = plaq_alloc(sources * p->count, sizeof *values);
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;

    for (size_t i = 0; i < n && status == PLAQ_OK; i += sources) {
        const size_t here = sources_at(r + i, n - i);
        exchange_place place = {.config = r[i].config, .file = path_of(c, r[i].path)};

        if (here != sources) {
            status = plaq_fail(PLAQ_E_DATA, "%s: %s has %zu sources on configuration %lld, expected %zu as on %lld",
                               place.file, item->name, here, (long long)place.config, sources, (long long)r[0].config);
            break;
        }
        memcpy(place.ensemble, p->head.chain.ensemble, sizeof place.ensemble);
        memcpy(place.replica, p->head.chain.replica, sizeof place.replica);
        for (size_t s = 0; s < sources; s++)
            memcpy(values + s * p->count, values_of(p, &r[i + s]), p->count * sizeof *values);
        status = put_row(c, item, &place, values);
    }
    plaq_free(values);
    return status;
}

static plaq_status finish_pile(exchange_collection *c, pile *p)
{
    record *r = (record *)p->record.bytes;
    size_t n = p->record.n / sizeof *r, sources;
    plaq_status status = sort(c, p, r, &n);
    const char **label;
    exchange_item item;
    char axes[128];

    PLAQ_TRY(status);
    sources = sources_at(r, n);
    label = plaq_alloc(sources, sizeof *label);
    if (!label) return PLAQ_E_MEMORY;
    status = with_sources(p, r, n, sources, &item, axes, label);
    if (status == PLAQ_OK) status = put_configs(c, p, r, n, sources, &item);
    plaq_free(label);
    return status;
}

/* ---- finishing ------------------------------------------------------------------------------------------------- */

static int by_chain(const void *x, const void *y)
{
    const sighting *a = x, *b = y;
    int order = strcmp(a->ensemble, b->ensemble);

    if (order == 0) order = strcmp(a->replica, b->replica);
    if (order == 0 && a->config != b->config) order = a->config < b->config ? -1 : 1;
    return order ? order : strcmp(a->name, b->name);
}

/* Tells the rows of the configurations, each once, and again where the same series has it again. */
static plaq_status tell_seen(exchange_collection *c)
{
    sighting *s = (sighting *)c->sightings.bytes, unnamed;
    const size_t n = c->sightings.n / sizeof *s;

    if (n > 0) qsort(s, n, sizeof *s, by_chain);
    for (size_t i = 0; i < n; i++) {
        exchange_place place = {.config = s[i].config, .file = path_of(c, s[i].path)};

        if (i > 0) {
            unnamed = s[i];
            memcpy(unnamed.name, s[i - 1].name, sizeof unnamed.name);
            /* the same configuration by another series, or by another source */
            if (by_chain(&unnamed, &s[i - 1]) == 0 && (strcmp(s[i].name, s[i - 1].name) != 0 || !s[i].name[0]))
                continue;
        }
        memcpy(place.ensemble, s[i].ensemble, sizeof place.ensemble);
        memcpy(place.replica, s[i].replica, sizeof place.replica);
        PLAQ_TRY(exchange_rows_seen(c->rows, &place));
    }
    return PLAQ_OK;
}

static plaq_status finish(exchange_collection *c, const char *path)
{
    pile *p;
    size_t n;

    if (c->sightings.n == 0) return plaq_fail(PLAQ_E_DATA, "%s: no measured numbers in it", path);
    PLAQ_TRY(tell_seen(c));
    p = piles_of(c, &n);
    for (size_t i = 0; i < n; i++) PLAQ_TRY(finish_pile(c, &p[i]));
    return exchange_rows_finish(c->rows, &c->numbers);
}

plaq_status exchange_collection_read(const char *path, bool (*accept)(const char *base), exchange_file_reader *read,
                                     const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    exchange_collection c = {.wanted = wanted};
    exchange_files files = {0};
    plaq_status status;
    char ensemble[64];

    if (wanted->ensemble)
        snprintf(ensemble, sizeof ensemble, "%s", wanted->ensemble);
    else
        exchange_path_name(path, ensemble, sizeof ensemble);
    PLAQ_TRY(exchange_files_find(path, accept, &files));
    PLAQ_GO(exchange_rows_create(&c.rows));
    for (size_t i = 0; i < files.count; i++) PLAQ_GO(read(&files.file[i], ensemble, &c));
    PLAQ_GO(finish(&c, path));
    *out = c.numbers;
    c.numbers = (plaq_numbers){0};
done:
    clear(&c);
    exchange_files_clear(&files);
    return status;
}
