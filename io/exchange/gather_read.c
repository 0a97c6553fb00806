/* Reading a gather. See gather.h. */
#include "exchange/gather.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/result.h"

/* The gather at hand. */
typedef struct {
    hid_t file;
    const char *path;
    const plaq_numbers_wanted *wanted;
    exchange_rows *rows;
    char ensemble[64];
} source;

/* Which configuration each row of an output is of. */
typedef struct {
    size_t count;
    gather_member *member; /* [count]; owned */
} members;

/* ---- members --------------------------------------------------------------------------------------------------- */

static plaq_status get_numbers(hid_t group, members *m)
{
    int64_t *numbers;

    PLAQ_TRY(store_get_integers(group, GATHER_CONFIGURATIONS, &numbers, &m->count));
    m->member = plaq_alloc(m->count, sizeof *m->member);
    for (size_t i = 0; m->member && i < m->count; i++) m->member[i].config = numbers[i];
    plaq_free(numbers);
    return m->member ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* Texts of variable length into the members; HDF5 allocates them, and takes them back. */
static plaq_status get_replica(hid_t group, members *m)
{
    plaq_status status = PLAQ_OK;
    char **texts = NULL;
    hid_t set = -1, type = -1, space = -1;
    size_t n = 0;
    herr_t ok;

    if (H5Lexists(group, GATHER_REPLICA, H5P_DEFAULT) <= 0) return PLAQ_OK;
    STORE_GO(PLAQ_E_DATA, set, H5Dopen2(group, GATHER_REPLICA, H5P_DEFAULT), "dataset");
    PLAQ_GO(store_get_length(set, &n));
    if (n != m->count) {
        status = plaq_fail(PLAQ_E_DATA, "%zu entries, expected %zu", n, m->count);
        goto done;
    }
    texts = plaq_alloc(n, sizeof *texts);
    if (!texts) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    STORE_GO(PLAQ_E_MEMORY, type, store_text_type(), "type of text");
    STORE_GO(PLAQ_E_DATA, space, H5Dget_space(set), "shape");
    STORE_GO(PLAQ_E_DATA, ok, H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts), "texts");
    for (size_t i = 0; status == PLAQ_OK && i < n; i++)
        status = exchange_name(m->member[i].replica, sizeof m->member[i].replica, texts[i] ? texts[i] : "", "replica");
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
done:
    plaq_free(texts);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (set >= 0) H5Dclose(set);
    return status == PLAQ_OK ? status : plaq_note(status, GATHER_REPLICA);
}

static plaq_status get_members(hid_t group, members *m)
{
    PLAQ_TRY(get_numbers(group, m));
    return get_replica(group, m);
}

static void place_of(const source *from, const gather_member *member, exchange_place *place)
{
    strcpy(place->ensemble, from->ensemble);
    strcpy(place->replica, member->replica);
    place->config = member->config;
    place->file = from->path;
}

/* ---- one output ------------------------------------------------------------------------------------------------ */

/* An output and how its rows are read. */
typedef struct {
    hid_t set, type, rows, row; /* rows: the space in the file; row: one of them in memory */
    hsize_t extent[H5S_MAX_RANK];
    int rank;
    size_t doubles; /* of a row */
} output;

static void close_output(output *o)
{
    if (o->row >= 0) H5Sclose(o->row);
    if (o->rows >= 0) H5Sclose(o->rows);
    if (o->type >= 0) H5Tclose(o->type);
    if (o->set >= 0) H5Dclose(o->set);
}

static plaq_status open_output(hid_t group, const char *name, size_t count, output *o, plaq_series *head)
{
    plaq_status status = PLAQ_OK;
    hid_t stored = -1;

    *o = (output){.set = -1, .type = -1, .rows = -1, .row = -1};
    STORE_GO(PLAQ_E_DATA, o->set, H5Dopen2(group, name, H5P_DEFAULT), "no dataset");
    STORE_GO(PLAQ_E_DATA, stored, H5Dget_type(o->set), "type");
    STORE_GO(PLAQ_E_DATA, o->rows, H5Dget_space(o->set), "shape");
    STORE_GO(PLAQ_E_DATA, o->rank, H5Sget_simple_extent_dims(o->rows, o->extent, NULL), "shape");
    if (o->rank < 1 || o->rank > PLAQ_AXES_MAX || o->extent[0] != count) {
        status = plaq_fail(PLAQ_E_DATA, "%d axes and %llu rows, expected %zu rows", o->rank,
                           o->rank > 0 ? (unsigned long long)o->extent[0] : 0, count);
        goto done;
    }
    head->is_complex = H5Tget_class(stored) == H5T_COMPOUND;
    head->rank = o->rank - 1;
    o->doubles = head->is_complex ? 2 : 1;
    for (int i = 0; i < head->rank; i++) {
        head->shape[i] = (int)o->extent[i + 1];
        o->doubles *= o->extent[i + 1];
    }
    STORE_GO(PLAQ_E_MEMORY, o->type, head->is_complex ? store_complex_type() : H5Tcopy(H5T_NATIVE_DOUBLE), "type");
    STORE_GO(PLAQ_E_MEMORY, o->row, H5Screate_simple(1, (hsize_t[]){o->doubles / (head->is_complex ? 2 : 1)}, NULL),
             "shape");
done:
    if (stored >= 0) H5Tclose(stored);
    return status;
}

static plaq_status read_row(const output *o, size_t i, double **values)
{
    hsize_t start[H5S_MAX_RANK] = {i}, count[H5S_MAX_RANK];
    plaq_status status = PLAQ_OK;
    herr_t ok;

    memcpy(count, o->extent, sizeof count);
    count[0] = 1;
    *values = plaq_alloc(o->doubles, sizeof **values);
    if (!*values) return PLAQ_E_MEMORY;
    STORE_GO(PLAQ_E_DATA, ok, H5Sselect_hyperslab(o->rows, H5S_SELECT_SET, start, NULL, count, NULL), "row");
    STORE_GO(PLAQ_E_DATA, ok, H5Dread(o->set, o->type, o->row, o->rows, H5P_DEFAULT, *values), "row");
done:
    if (status != PLAQ_OK) {
        plaq_free(*values);
        *values = NULL;
    }
    return status;
}

/* The labels of an axis, parted by line ends in an attribute. */
static plaq_status get_labels(hid_t set, const char *axis, int i, plaq_series *s)
{
    char name[160], *text = NULL;
    plaq_status status = PLAQ_OK;
    const char *at;

    snprintf(name, sizeof name, "labels_%s", axis);
    if (H5Aexists(set, name) <= 0) return PLAQ_OK;
    PLAQ_TRY(store_get_long_text(set, name, &text));
    s->label[i] = plaq_alloc((size_t)s->shape[i], sizeof *s->label[i]);
    if (!s->label[i]) status = PLAQ_E_MEMORY;
    at = text;
    for (int k = 0; status == PLAQ_OK && k < s->shape[i]; k++) {
        s->label[i][k] = plaq_strprintf("%.*s", (int)strcspn(at, "\n"), at);
        if (!s->label[i][k]) status = PLAQ_E_MEMORY;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    plaq_free(text);
    return status;
}

static plaq_status get_words(hid_t set, plaq_series *head)
{
    static const char first[] = GATHER_AXIS;
    char axes[160], axis[128];
    const char *at = axes;

    PLAQ_TRY(store_get_text(set, "axes", axes, sizeof axes));
    PLAQ_TRY(store_get_text(set, "unit", head->unit, sizeof head->unit));
    PLAQ_TRY(store_get_long_text(set, "doc", &head->doc));
    if (strncmp(at, first, sizeof first - 1) != 0)
        return plaq_fail(PLAQ_E_DATA, "axes \"%s\" do not begin with %s", axes, first);
    at += sizeof first - 1;
    at += strspn(at, " ");
    PLAQ_TRY(exchange_name(head->axes, sizeof head->axes, at, "axes"));
    for (int i = 0; i < head->rank; i++) {
        const size_t n = strcspn(at, " ");

        snprintf(axis, sizeof axis, "%.*s", (int)(n < 127 ? n : 127), at);
        PLAQ_TRY(get_labels(set, axis, i, head));
        at += n;
        at += strspn(at, " ");
    }
    return PLAQ_OK;
}

/* The first row of a replica makes its series, words and labels with it. */
static plaq_status read_rows(const source *from, const output *o, const members *m, const plaq_series *plain)
{
    for (size_t i = 0; i < m->count; i++) {
        plaq_series head = *plain, *first;
        exchange_place place;
        double *values = NULL;
        plaq_status status = PLAQ_OK;

        place_of(from, &m->member[i], &place);
        first = exchange_rows_find(from->rows, &place, plain->name);
        if (first)
            strcpy(head.axes, first->axes);
        else
            status = get_words(o->set, &head);
        if (status == PLAQ_OK && !from->wanted->listing) status = read_row(o, i, &values);
        if (status == PLAQ_OK) status = exchange_rows_add(from->rows, &place, &head, &values);
        plaq_series_clear(&head);
        if (status != PLAQ_OK) return status;
    }
    return PLAQ_OK;
}

static plaq_status read_output(const source *from, hid_t group, const char *measurement, const char *name,
                               const members *m)
{
    plaq_series plain = {.rank = 0};
    plaq_status status;
    output o;

    if ((size_t)snprintf(plain.name, sizeof plain.name, "%s.%s", measurement, name) >= sizeof plain.name)
        return plaq_fail(PLAQ_E_DATA, "the name %s.%s is too long", measurement, name);
    if (!exchange_is_wanted(from->wanted, plain.name)) return PLAQ_OK;
    status = open_output(group, name, m->count, &o, &plain);
    if (status == PLAQ_OK) status = read_rows(from, &o, m, &plain);
    close_output(&o);
    return status == PLAQ_OK ? status : plaq_note(status, "output %s", name);
}

/* ---- measurements --------------------------------------------------------------------------------------------------
 */

static bool is_list(const char *name)
{
    return strcmp(name, GATHER_CONFIGURATIONS) == 0 || strcmp(name, GATHER_REPLICA) == 0;
}

static plaq_status read_measurement(const source *from, const char *name, const members *all)
{
    plaq_status status = PLAQ_OK;
    members own = {.count = 0};
    hsize_t outputs = 0;
    hid_t group = -1;
    char output_[64];

    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(from->file, name, H5P_DEFAULT), "no group");
    if (H5Lexists(group, GATHER_CONFIGURATIONS, H5P_DEFAULT) > 0) PLAQ_GO(get_members(group, &own));
    PLAQ_GO(store_count_names(group, &outputs));
    for (hsize_t i = 0; i < outputs; i++) {
        PLAQ_GO(store_name_of(group, i, output_, sizeof output_));
        if (!is_list(output_)) PLAQ_GO(read_output(from, group, name, output_, own.count ? &own : all));
    }
done:
    plaq_free(own.member);
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "measurement %s", name);
}

/* ---- iterations of solvers -------------------------------------------------------------------------------------- */

/* One fact of the runs, a number for each configuration or one for all, as a series. */
static plaq_status read_fact(const source *from, const members *all, const char *fact, const double *values,
                             bool common)
{
    for (size_t i = 0; i < all->count; i++) {
        const double value = values[common ? 0 : i];
        exchange_place place;
        plaq_series head;
        double *row = NULL;
        plaq_status status;

        if (isnan(value)) continue; /* a run of this configuration that did not solve for it */
        place_of(from, &all->member[i], &place);
        status = result_iterations_head(fact, &head);
        if (status == PLAQ_OK && !from->wanted->listing) {
            row = plaq_alloc(1, sizeof *row);
            if (!row) status = PLAQ_E_MEMORY;
            if (row) *row = value;
        }
        if (status == PLAQ_OK) status = exchange_rows_add(from->rows, &place, &head, &row);
        plaq_series_clear(&head);
        if (status != PLAQ_OK) return status;
    }
    return PLAQ_OK;
}

static bool is_wanted_fact(const source *from, const char *fact)
{
    char name[128];

    if (strncmp(fact, RESULT_ITERATIONS, sizeof RESULT_ITERATIONS - 1) != 0) return false;
    snprintf(name, sizeof name, RESULT_SOLVER ".%.100s", fact);
    return exchange_is_wanted(from->wanted, name);
}

static plaq_status read_varying(const source *from, hid_t run, const members *all, const char *fact)
{
    double *values = NULL;
    int rank, shape[PLAQ_AXES_MAX];
    bool is_complex;
    plaq_status status;

    if (!is_wanted_fact(from, fact)) return PLAQ_OK;
    PLAQ_TRY(store_get_output(run, fact, &values, &rank, shape, &is_complex));
    if (rank == 1 && !is_complex && (size_t)shape[0] == all->count)
        status = read_fact(from, all, fact, values, false);
    else
        status = plaq_fail(PLAQ_E_DATA, "/%s/%s is not one number a configuration", STORE_RUN, fact);
    plaq_free(values);
    return status;
}

/* Those that are the same on all configurations are attributes. */
static plaq_status read_common(const source *from, hid_t run, const members *all, hsize_t i)
{
    plaq_status status = PLAQ_OK;
    char fact[64], text[64];
    double value;
    ssize_t n;

    STORE_GO(PLAQ_E_DATA, n,
             H5Aget_name_by_idx(run, ".", H5_INDEX_NAME, H5_ITER_INC, i, fact, sizeof fact, H5P_DEFAULT), "fact");
    if (!is_wanted_fact(from, fact)) return PLAQ_OK;
    PLAQ_GO(store_get_text(run, fact, text, sizeof text));
    value = strtod(text, NULL);
    status = read_fact(from, all, fact, &value, true);
done:
    return status;
}

static plaq_status read_iterations(const source *from, const members *all)
{
    plaq_status status = PLAQ_OK;
    hid_t run = -1;
    hsize_t varying = 0;
    int common;
    char fact[64];

    STORE_GO(PLAQ_E_DATA, run, H5Gopen2(from->file, STORE_RUN, H5P_DEFAULT), "group /%s", STORE_RUN);
    STORE_GO(PLAQ_E_DATA, common, H5Aget_num_attrs(run), "facts");
    for (int i = 0; i < common; i++) PLAQ_GO(read_common(from, run, all, (hsize_t)i));
    PLAQ_GO(store_count_names(run, &varying));
    for (hsize_t i = 0; i < varying; i++) {
        PLAQ_GO(store_name_of(run, i, fact, sizeof fact));
        PLAQ_GO(read_varying(from, run, all, fact));
    }
done:
    if (run >= 0) H5Gclose(run);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

static plaq_status read_all(const source *from)
{
    plaq_status status = PLAQ_OK;
    members all = {.count = 0};
    exchange_place place;
    hsize_t names = 0;
    char name[64];

    PLAQ_GO(get_members(from->file, &all));
    for (size_t i = 0; i < all.count; i++) {
        place_of(from, &all.member[i], &place);
        PLAQ_GO(exchange_rows_seen(from->rows, &place));
    }
    PLAQ_GO(store_count_names(from->file, &names));
    for (hsize_t i = 0; i < names; i++) {
        PLAQ_GO(store_name_of(from->file, i, name, sizeof name));
        if (!is_list(name) && strcmp(name, STORE_PROVENANCE) != 0) PLAQ_GO(read_measurement(from, name, &all));
    }
    status = read_iterations(from, &all);
done:
    plaq_free(all.member);
    return status;
}

plaq_status gather_read(hid_t file, const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    source from = {.file = file, .path = path, .wanted = wanted};
    plaq_status status;

    PLAQ_TRY(exchange_rows_create(&from.rows));
    status = store_get_text(file, "ensemble", from.ensemble, sizeof from.ensemble);
    if (status == PLAQ_OK) status = read_all(&from);
    if (status == PLAQ_OK) status = exchange_rows_finish(from.rows, out);
    exchange_rows_destroy(&from.rows);
    return status == PLAQ_OK ? status : plaq_note(status, "gather %s", path);
}
