/* Writing a gather: all numbers of a folder's results by the reader of results, then what stands beside them, file by
 * file. See gather.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/gather.h"
#include "exchange/result.h"

/* A fact of all configurations. */
typedef struct {
    char name[64];
    bool of_run, is_text;
    char **text; /* [members]; NULL where a configuration has none */
} fact;

/* The gather under way. */
typedef struct {
    hid_t file;
    const plaq_numbers *numbers;
    char ensemble[64]; /* of results that have no name for it */
    int count;
    gather_member *member; /* [count], by replica and number; owned */
    bool *seen;            /* [count]: whose facts are known */
    int facts;
    fact *fact;
} gathering;

static void clear(gathering *g)
{
    for (int i = 0; i < g->facts; i++) {
        for (int k = 0; k < g->count; k++) plaq_free(g->fact[i].text[k]);
        plaq_free(g->fact[i].text);
    }
    plaq_free(g->fact);
    plaq_free(g->member);
    plaq_free(g->seen);
}

/* ---- members --------------------------------------------------------------------------------------------------- */

static int by_member(const void *a, const void *b)
{
    const gather_member *x = a, *y = b;
    const int order = strcmp(x->replica, y->replica);

    if (order) return order;
    return x->config < y->config ? -1 : x->config > y->config;
}

static plaq_status check_ensemble(const plaq_numbers *numbers)
{
    const char *first = numbers->series_count ? numbers->series[0].chain.ensemble : "";

    if (numbers->series_count == 0) return plaq_fail(PLAQ_E_DATA, "no measurements to be gathered");
    for (int i = 1; i < numbers->series_count; i++)
        if (strcmp(numbers->series[i].chain.ensemble, first) != 0)
            return plaq_fail(PLAQ_E_DATA, "results of the ensembles \"%s\" and \"%s\": a gather is of one", first,
                             numbers->series[i].chain.ensemble);
    return PLAQ_OK;
}

/* Every configuration of every series, once. */
static plaq_status find_members(gathering *g)
{
    size_t all = 0;
    int kept = 0;

    for (int i = 0; i < g->numbers->series_count; i++) all += g->numbers->series[i].chain.count;
    g->member = plaq_alloc(all, sizeof *g->member);
    g->seen = plaq_alloc(all, sizeof *g->seen);
    if (!g->member || !g->seen) return PLAQ_E_MEMORY;
    all = 0;
    for (int i = 0; i < g->numbers->series_count; i++) {
        const plaq_chain *c = &g->numbers->series[i].chain;

        for (size_t k = 0; k < c->count; k++) {
            strcpy(g->member[all].replica, c->replica);
            g->member[all++].config = c->config[k];
        }
    }
    qsort(g->member, all, sizeof *g->member, by_member);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || by_member(&g->member[kept - 1], &g->member[i]) != 0) g->member[kept++] = g->member[i];
    g->count = kept;
    return PLAQ_OK;
}

static int find_member(const gathering *g, const exchange_place *place)
{
    gather_member key = {.config = place->config};
    const gather_member *found;

    strcpy(key.replica, place->replica);
    found = bsearch(&key, g->member, (size_t)g->count, sizeof key, by_member);
    return found ? (int)(found - g->member) : -1;
}

/* ---- HDF5 ------------------------------------------------------------------------------------------------------ */

static plaq_status put_set(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                           const void *values, hid_t *set)
{
    plaq_status status = PLAQ_OK;
    hid_t space = -1, list = -1;
    herr_t ok;

    *set = -1;
    STORE_GO(PLAQ_E_MEMORY, space, H5Screate_simple(rank, shape, NULL), "shape");
    STORE_GO(PLAQ_E_MEMORY, list, store_creation_list(H5P_DATASET_CREATE), "dataset");
    STORE_GO(PLAQ_E_IO, *set, H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT), "dataset");
    if (values) STORE_GO(PLAQ_E_IO, ok, H5Dwrite(*set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "dataset");
done:
    if (list >= 0) H5Pclose(list);
    if (space >= 0) H5Sclose(space);
    return status == PLAQ_OK ? status : plaq_note(status, "dataset %s", name);
}

static plaq_status put_list(hid_t group, const char *name, hid_t type, int n, const void *values)
{
    hid_t set;
    plaq_status status = put_set(group, name, type, 1, (hsize_t[]){(hsize_t)n}, values, &set);

    if (set >= 0) H5Dclose(set);
    return status;
}

static plaq_status put_texts(hid_t group, const char *name, int n, const char *const texts[])
{
    plaq_status status = PLAQ_OK;
    hid_t type = -1;

    STORE_GO(PLAQ_E_MEMORY, type, store_text_type(), "type of text");
    status = put_list(group, name, type, n, texts);
done:
    if (type >= 0) H5Tclose(type);
    return status;
}

static plaq_status put_members(hid_t group, int n, const gather_member member[])
{
    int64_t *config = plaq_alloc((size_t)n, sizeof *config);
    const char **replica = plaq_alloc((size_t)n, sizeof *replica);
    plaq_status status = config && replica ? PLAQ_OK : PLAQ_E_MEMORY;
    bool named = false;

    for (int i = 0; status == PLAQ_OK && i < n; i++) {
        config[i] = member[i].config;
        replica[i] = member[i].replica;
        named |= member[i].replica[0] != '\0';
    }
    if (status == PLAQ_OK) status = put_list(group, GATHER_CONFIGURATIONS, H5T_NATIVE_INT64, n, config);
    if (status == PLAQ_OK && named) status = put_texts(group, GATHER_REPLICA, n, replica);
    plaq_free(config);
    plaq_free(replica);
    return status;
}

/* ---- outputs --------------------------------------------------------------------------------------------------- */

static plaq_status put_labels(hid_t set, const plaq_series *s)
{
    const char *at = s->axes;

    for (int axis = 0; axis < s->rank; axis++) {
        const size_t n = strcspn(at, " ");
        char name[160];
        plaq_text text = {0};
        plaq_status status = PLAQ_OK;

        snprintf(name, sizeof name, "labels_%.*s", (int)n, at);
        at += n;
        at += strspn(at, " ");
        if (!s->label[axis]) continue;
        for (int i = 0; status == PLAQ_OK && i < s->shape[axis]; i++) {
            if (i) status = plaq_text_add(&text, "\n", 1);
            if (status == PLAQ_OK) status = plaq_text_add(&text, s->label[axis][i], strlen(s->label[axis][i]));
        }
        if (status == PLAQ_OK) status = store_put_text(set, name, text.bytes);
        plaq_free(text.bytes);
        if (status != PLAQ_OK) return status;
    }
    return PLAQ_OK;
}

static plaq_status put_words(hid_t set, const plaq_series *s)
{
    char axes[sizeof s->axes + sizeof GATHER_AXIS + 1];

    snprintf(axes, sizeof axes, GATHER_AXIS "%s%s", s->axes[0] ? " " : "", s->axes);
    PLAQ_TRY(store_put_text(set, "axes", axes));
    PLAQ_TRY(store_put_text(set, "unit", s->unit));
    PLAQ_TRY(store_put_text(set, "doc", s->doc));
    return put_labels(set, s);
}

/* Rows of one chain, from row `first` on. */
static plaq_status put_rows(hid_t set, hid_t type, const plaq_series *s, size_t first)
{
    hsize_t start[PLAQ_AXES_MAX + 1] = {first}, count[PLAQ_AXES_MAX + 1] = {s->chain.count};
    plaq_status status = PLAQ_OK;
    hid_t space = -1, rows = -1;
    herr_t ok;

    for (int i = 0; i < s->rank; i++) count[i + 1] = (hsize_t)s->shape[i];
    STORE_GO(PLAQ_E_MEMORY, space, H5Dget_space(set), "rows");
    STORE_GO(PLAQ_E_MEMORY, rows, H5Screate_simple(1 + s->rank, count, NULL), "rows");
    STORE_GO(PLAQ_E_MEMORY, ok, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL), "rows");
    STORE_GO(PLAQ_E_IO, ok, H5Dwrite(set, type, rows, space, H5P_DEFAULT, s->values), "rows");
done:
    if (rows >= 0) H5Sclose(rows);
    if (space >= 0) H5Sclose(space);
    return status;
}

static bool same_shape(const plaq_series *a, const plaq_series *b)
{
    return a->rank == b->rank && a->is_complex == b->is_complex &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

/* The series of one name on all chains, as one dataset: chains are by replica, as the members are. */
static plaq_status put_output(hid_t group, const char *output, const plaq_numbers *numbers, int first)
{
    const plaq_series *s = &numbers->series[first];
    hsize_t shape[PLAQ_AXES_MAX + 1] = {0};
    plaq_status status = PLAQ_OK;
    hid_t type = -1, set = -1;
    size_t row = 0;

    for (int i = first; i < numbers->series_count; i++) {
        if (strcmp(numbers->series[i].name, s->name) != 0) continue;
        if (!same_shape(&numbers->series[i], s))
            return plaq_fail(PLAQ_E_DATA, "%s has not the same shape on all replica", s->name);
        shape[0] += numbers->series[i].chain.count;
    }
    for (int i = 0; i < s->rank; i++) shape[i + 1] = (hsize_t)s->shape[i];
    STORE_GO(PLAQ_E_MEMORY, type, s->is_complex ? store_complex_type() : H5Tcopy(H5T_NATIVE_DOUBLE), "type");
    PLAQ_GO(put_set(group, output, type, 1 + s->rank, shape, NULL, &set));
    PLAQ_GO(put_words(set, s));
    for (int i = first; i < numbers->series_count; i++) {
        if (strcmp(numbers->series[i].name, s->name) != 0) continue;
        PLAQ_GO(put_rows(set, type, &numbers->series[i], row));
        row += numbers->series[i].chain.count;
    }
done:
    if (set >= 0) H5Dclose(set);
    if (type >= 0) H5Tclose(type);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", s->name);
}

/* All outputs of a measurement are written together, so they are of the same configurations. */
static plaq_status check_rows(const plaq_numbers *numbers, int i, const char *measurement)
{
    const plaq_series *s = &numbers->series[i];
    const size_t n = strlen(measurement);

    for (int k = 0; k < numbers->series_count; k++) {
        const plaq_series *other = &numbers->series[k];

        if (strncmp(other->name, measurement, n) != 0 || other->name[n] != '.' ||
            strcmp(other->chain.replica, s->chain.replica) != 0 || other->chain.count == s->chain.count)
            continue;
        return plaq_fail(PLAQ_E_DATA, "%s is there of %zu configurations, %s of %zu: measure them anew", s->name,
                         s->chain.count, other->name, other->chain.count);
    }
    return PLAQ_OK;
}

/* The configurations of a measurement, where they are not all. */
static plaq_status put_own_members(const gathering *g, hid_t group, const char *name)
{
    gather_member *own = plaq_alloc((size_t)g->count, sizeof *own);
    plaq_status status = own ? PLAQ_OK : PLAQ_E_MEMORY;
    int n = 0;

    for (int i = 0; own && i < g->numbers->series_count; i++) {
        const plaq_series *s = &g->numbers->series[i];

        if (strcmp(s->name, name) != 0) continue;
        for (size_t k = 0; k < s->chain.count && n < g->count; k++) {
            strcpy(own[n].replica, s->chain.replica);
            own[n++].config = s->chain.config[k];
        }
    }
    if (status == PLAQ_OK && n < g->count && H5Lexists(group, GATHER_CONFIGURATIONS, H5P_DEFAULT) == 0)
        status = put_members(group, n, own);
    plaq_free(own);
    return status;
}

static bool is_first(const plaq_numbers *numbers, int i)
{
    for (int k = 0; k < i; k++)
        if (strcmp(numbers->series[k].name, numbers->series[i].name) == 0) return false;
    return true;
}

/* Facts of runs that are observables too stand with the facts. */
static bool is_fact(const plaq_series *s)
{
    static const char stem[] = RESULT_SOLVER "." RESULT_ITERATIONS;

    return strncmp(s->name, stem, sizeof stem - 1) == 0;
}

static plaq_status put_series(const gathering *g, int i)
{
    const char *name = g->numbers->series[i].name;
    plaq_status status = PLAQ_OK;
    char measurement[128];
    hid_t group = -1;

    snprintf(measurement, sizeof measurement, "%.*s", (int)strcspn(name, "."), name);
    if (H5Lexists(g->file, measurement, H5P_DEFAULT) > 0)
        STORE_GO(PLAQ_E_INTERNAL, group, H5Gopen2(g->file, measurement, H5P_DEFAULT), "group");
    else
        PLAQ_GO(store_make_group(g->file, measurement, &group));
    PLAQ_GO(check_rows(g->numbers, i, measurement));
    PLAQ_GO(put_own_members(g, group, name));
    status = put_output(group, name + strlen(measurement) + 1, g->numbers, i);
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

/* ---- facts ----------------------------------------------------------------------------------------------------- */

static plaq_status find_fact(gathering *g, const char *name, bool of_run, fact **found)
{
    fact *more;

    for (int i = 0; i < g->facts; i++) {
        *found = &g->fact[i];
        if (g->fact[i].of_run == of_run && strcmp(g->fact[i].name, name) == 0) return PLAQ_OK;
    }
    more = plaq_alloc((size_t)g->facts + 1, sizeof *more);
    if (!more) return PLAQ_E_MEMORY;
    if (g->facts) memcpy(more, g->fact, (size_t)g->facts * sizeof *more);
    plaq_free(g->fact);
    g->fact = more;
    *found = &more[g->facts];
    (*found)->text = plaq_alloc((size_t)g->count, sizeof *(*found)->text);
    if (!(*found)->text) return PLAQ_E_MEMORY;
    (*found)->of_run = of_run;
    snprintf((*found)->name, sizeof(*found)->name, "%s", name);
    g->facts++;
    return PLAQ_OK;
}

/* The i-th attribute of a group. */
static plaq_status get_fact(gathering *g, hid_t group, bool of_run, hsize_t i, int member)
{
    plaq_status status = PLAQ_OK;
    hid_t attribute = -1, type = -1;
    char name[64];
    ssize_t n;
    fact *f;

    STORE_GO(PLAQ_E_DATA, attribute,
             H5Aopen_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), "fact");
    STORE_GO(PLAQ_E_DATA, n, H5Aget_name(attribute, sizeof name, name), "fact");
    STORE_GO(PLAQ_E_DATA, type, H5Aget_type(attribute), "fact");
    PLAQ_GO(find_fact(g, name, of_run, &f));
    f->is_text |= H5Tget_class(type) == H5T_STRING;
    if (!f->text[member]) status = store_get_long_text(group, name, &f->text[member]);
done:
    if (type >= 0) H5Tclose(type);
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

static plaq_status get_facts(gathering *g, const store_image *image, const char *place, bool of_run, int member)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    H5O_info_t info;
    herr_t ok;

    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(image->file, place, H5P_DEFAULT), "group /%s", place);
    STORE_GO(PLAQ_E_DATA, ok, H5Oget_info2(group, &info, H5O_INFO_NUM_ATTRS), "group /%s", place);
    for (hsize_t i = 0; i < info.num_attrs; i++) PLAQ_GO(get_fact(g, group, of_run, i, member));
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

/* What a measurement was asked to do, from the first result that has it. */
static plaq_status copy_words(hid_t from, hid_t to)
{
    static const char *const words[] = {"observable", "brief",      "reference", "parameters",
                                        "links",      "derivation", "plaq"};

    if (H5Aexists(to, words[0]) > 0) return PLAQ_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *text;
        plaq_status status;

        PLAQ_TRY(store_get_long_text(from, words[i], &text));
        status = store_put_text(to, words[i], text);
        plaq_free(text);
        if (status != PLAQ_OK) return status;
    }
    return PLAQ_OK;
}

static plaq_status copy_measurement(const gathering *g, const store_image *image, const char *name)
{
    plaq_status status = PLAQ_OK;
    hid_t from = -1, to = -1;

    if (H5Lexists(g->file, name, H5P_DEFAULT) <= 0) return PLAQ_OK;
    STORE_GO(PLAQ_E_DATA, from, H5Gopen2(image->file, name, H5P_DEFAULT), "group %s", name);
    STORE_GO(PLAQ_E_INTERNAL, to, H5Gopen2(g->file, name, H5P_DEFAULT), "group %s", name);
    status = copy_words(from, to);
done:
    if (from >= 0) H5Gclose(from);
    if (to >= 0) H5Gclose(to);
    return status;
}

/* A configuration that is there twice has its facts from the first file, as its numbers. */
static plaq_status read_beside(gathering *g, const char *path)
{
    char(*names)[2][72] = NULL;
    exchange_place place;
    store_image image;
    plaq_status status = store_image_open(&image, path);
    int n = 0, member;

    if (status == PLAQ_E_DATA) return PLAQ_OK; /* left out, and noted, when the numbers were read */
    if (status != PLAQ_OK) return status;
    PLAQ_GO(result_place(&image, path, g->ensemble, &place));
    member = find_member(g, &place);
    if (member < 0 || g->seen[member]) goto done;
    g->seen[member] = true;
    PLAQ_GO(get_facts(g, &image, STORE_PROVENANCE, false, member));
    PLAQ_GO(get_facts(g, &image, STORE_RUN, true, member));
    PLAQ_GO(store_names(&image, &names, &n));
    for (int i = 0; i < n; i++) PLAQ_GO(copy_measurement(g, &image, names[i][0]));
done:
    plaq_free(names);
    store_image_close(&image);
    return status;
}

static bool is_common(const gathering *g, const fact *f)
{
    for (int i = 0; i < g->count; i++)
        if (!f->text[i] || strcmp(f->text[i], f->text[0]) != 0) return false;
    return true;
}

static plaq_status put_numbers(const gathering *g, hid_t group, const fact *f)
{
    double *numbers = plaq_alloc((size_t)g->count, sizeof *numbers);
    plaq_status status;

    if (!numbers) return PLAQ_E_MEMORY;
    for (int i = 0; i < g->count; i++) numbers[i] = f->text[i] ? strtod(f->text[i], NULL) : NAN;
    status = is_common(g, f) ? store_put_attribute(group, f->name, H5T_IEEE_F64LE, numbers)
                             : put_list(group, f->name, H5T_NATIVE_DOUBLE, g->count, numbers);
    plaq_free(numbers);
    return status;
}

static plaq_status put_fact(const gathering *g, hid_t group, const fact *f)
{
    const char **texts;
    plaq_status status;

    if (!f->is_text) return put_numbers(g, group, f);
    if (is_common(g, f)) return store_put_text(group, f->name, f->text[0]);
    texts = plaq_alloc((size_t)g->count, sizeof *texts);
    if (!texts) return PLAQ_E_MEMORY;
    for (int i = 0; i < g->count; i++) texts[i] = f->text[i] ? f->text[i] : "";
    status = put_texts(group, f->name, g->count, texts);
    plaq_free(texts);
    return status;
}

static plaq_status put_facts(const gathering *g, const char *name, bool of_run)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    PLAQ_GO(store_make_group(g->file, name, &group));
    for (int i = 0; i < g->facts; i++)
        if (g->fact[i].of_run == of_run) PLAQ_GO(put_fact(g, group, &g->fact[i]));
done:
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "/%s", name);
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static plaq_status put_all(gathering *g, const char *results)
{
    result_paths list = {0};
    plaq_status status = PLAQ_OK;

    PLAQ_TRY(store_put_text(g->file, "format", GATHER_FORMAT));
    PLAQ_TRY(store_put_text(g->file, "ensemble", g->numbers->series[0].chain.ensemble));
    PLAQ_TRY(put_members(g->file, g->count, g->member));
    for (int i = 0; i < g->numbers->series_count; i++)
        if (is_first(g->numbers, i) && !is_fact(&g->numbers->series[i])) PLAQ_TRY(put_series(g, i));
    PLAQ_TRY(result_paths_find(results, &list));
    for (int i = 0; status == PLAQ_OK && i < list.count; i++) status = read_beside(g, list.path[i]);
    result_paths_clear(&list);
    if (status == PLAQ_OK) status = put_facts(g, STORE_PROVENANCE, false);
    return status == PLAQ_OK ? put_facts(g, STORE_RUN, true) : status;
}

/* HDF5 closes the file before it is sealed: what it could not write shows then. */
static plaq_status write_aside(gathering *g, const char *results, const char *aside)
{
    plaq_status status = store_file_create(aside, &g->file);

    if (status != PLAQ_OK) return status;
    status = put_all(g, results);
    if (H5Fclose(g->file) < 0 && status == PLAQ_OK) status = store_fail(PLAQ_E_IO, "%s: cannot close", aside);
    return status == PLAQ_OK ? store_seal(aside) : status;
}

plaq_status plaq_gather_write(const char *results, const char *path, plaq_numbers *gathered)
{
    gathering g = {.numbers = gathered};
    char aside[4096] = "", name[4096];
    plaq_status status;

    PLAQ_TRY(plaq_numbers_read(results, "plaq", NULL, gathered));
    exchange_path_name(results, name, sizeof name);
    PLAQ_GO(exchange_name(g.ensemble, sizeof g.ensemble, name, "ensemble"));
    PLAQ_GO(check_ensemble(gathered));
    PLAQ_GO(find_members(&g));
    PLAQ_GO(plaq_path_aside(path, aside));
    status = write_aside(&g, results, aside);
    if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
    if (status != PLAQ_OK) plaq_path_remove(aside);
done:
    clear(&g);
    if (status == PLAQ_OK) return status;
    plaq_numbers_clear(gathered);
    return plaq_note(status, "gathering %s into %s", results, path);
}
