/* Results of Hadrons (A. Portelli et al., over Grid): one HDF5 file a configuration, STEM.NUMBER.h5, or a folder of
 * them.
 *
 *   /                    attribute _Grid_dataset_threshold
 *   /meson               a vector: attribute _Grid_vector_size
 *   /meson/meson_0       attributes gamma_snk, gamma_src; corr [T] of {re, im}
 *   /baryon/baryon_0     corr; its group info has gammaA_left, gammaB_left, ..., parity, quarksL, quarksR, shuffle
 *
 * An array of at most as many numbers as the threshold says, 6, is not a dataset but an attribute of its group. A
 * series is called STEM.GROUP. The elements of a vector are its first axis, labelled by their texts and whole numbers
 * in the order of their names ("Gamma5 Gamma5": sink, source). Times and normalisation are those of the file: times of
 * the lattice, not from the source, unless the sink module says otherwise.
 *
 * References: Hadrons/Modules/MContraction/Meson.hpp and Baryon.hpp; Grid/serialisation/Hdf5IO.h.
 */
#include <stdio.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/h5.h"
#include "gauge/hdf5.h"

enum { VECTOR_MOST = 1 << 20, LABEL = 160 };

static bool is_hadrons(hid_t file)
{
    return H5Aexists(file, "_Grid_dataset_threshold") > 0;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    return exchange_h5_recognise(path, head, n, is_hadrons);
}

/* "mesons_ll" of "mesons_ll.1000.h5". */
static void stem_of(const char *path, char stem[64])
{
    const char *base = plaq_path_base(path), *dot = strrchr(base, '.');
    size_t n = dot ? (size_t)(dot - base) : strlen(base), digits = n;

    while (digits > 0 && base[digits - 1] >= '0' && base[digits - 1] <= '9') digits--;
    if (digits < n) n = digits;
    while (n > 0 && strchr("._-", base[n - 1])) n--;
    snprintf(stem, 64, "%.*s", (int)(n < 63 ? n : 63), base);
}

/* Elements of the vector that a group is; 0 where it is none. */
static uint64_t vector_size(hid_t file, const char *group)
{
    uint64_t n = 0;
    hid_t id = exchange_h5_has(file, group) ? H5Gopen2(file, group, H5P_DEFAULT) : -1;

    if (id < 0) return 0;
    plaq_hdf5_number(id, "_Grid_vector_size", H5T_NATIVE_UINT64, &n);
    H5Gclose(id);
    return n;
}

/* What an element is called: by its own words and those of its group info. */
static void label_of(hid_t file, const char *element, size_t i, char label[LABEL])
{
    char info[512], own[80], more[80];

    snprintf(info, sizeof info, "%.500s/info", element);
    exchange_h5_words(file, element, own, sizeof own);
    exchange_h5_words(file, info, more, sizeof more);
    snprintf(label, LABEL, "%s%s%s", own, own[0] && more[0] ? " " : "", more);
    if (!label[0]) snprintf(label, LABEL, "%zu", i);
}

/* A vector under way: its elements' numbers one after the other. */
typedef struct {
    plaq_array first; /* of element 0: the shape of all; its values are not used */
    bool is_complex;
    size_t count; /* doubles of an element */
    double *values;
    char (*label)[LABEL];
    const char **words;
} vector;

static void clear_vector(vector *v)
{
    plaq_array_clear(&v->first);
    plaq_free(v->values);
    plaq_free(v->label);
    plaq_free(v->words);
}

static bool same_shape(const plaq_array *a, const plaq_array *b)
{
    return a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

static plaq_status read_element(hid_t file, const char *path, const char *element, size_t i, vector *v)
{
    char name[512];
    plaq_array array = {0};
    plaq_status status;
    bool is_complex;

    snprintf(name, sizeof name, "%.500s/corr", element);
    PLAQ_TRY(exchange_h5_read(file, path, name, &array, &is_complex));
    if (!same_shape(&array, &v->first) || is_complex != v->is_complex)
        status = plaq_fail(PLAQ_E_DATA, "%s: %s has another shape than the first of its vector", path, name);
    else {
        memcpy(v->values + i * v->count, array.values, v->count * sizeof(double));
        label_of(file, element, i, v->label[i]);
        v->words[i] = v->label[i];
        status = PLAQ_OK;
    }
    plaq_array_clear(&array);
    return status;
}

static plaq_status read_elements(hid_t file, const char *path, const char *group, size_t n, vector *v)
{
    char element[512], name[512];
    const char *base = plaq_path_base(group);

    snprintf(element, sizeof element, n ? "%.400s/%.90s_0" : "%.400s", group, base);
    snprintf(name, sizeof name, "%.500s/corr", element);
    PLAQ_TRY(exchange_h5_read(file, path, name, &v->first, &v->is_complex));
    v->count = v->is_complex ? 2 : 1;
    for (int i = 0; i < v->first.rank; i++) v->count *= (size_t)v->first.shape[i];
    if (n == 0) n = 1;
    v->values = plaq_alloc(n * v->count, sizeof *v->values);
    v->label = plaq_alloc(n, sizeof *v->label);
    v->words = plaq_alloc(n, sizeof *v->words);
    if (!v->values || !v->label || !v->words) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (vector_size(file, group)) snprintf(element, sizeof element, "%.400s/%.80s_%zu", group, base, i);
        PLAQ_TRY(read_element(file, path, element, i, v));
    }
    return PLAQ_OK;
}

/* "pt_ll.meson" of the group meson in pt_ll.1000.h5. */
static void name_of(const char *path, const char *group, char name[256])
{
    char stem[64];

    stem_of(path, stem);
    snprintf(name, 256, "%s%s%.150s", stem, stem[0] ? "." : "", group);
    for (char *c = name; *c; c++)
        if (*c == '/') *c = '.';
}

/* Shape and axes of a correlator, or of a vector of n of them; what is not a correlator of times has [t][spin]... */
static plaq_status shape_item(const vector *v, size_t n, const char *path, const char *group, exchange_item *item,
                              char axes[128])
{
    const int shift = n > 0;
    size_t used;

    if (v->first.rank + shift > PLAQ_AXES_MAX)
        return plaq_fail(PLAQ_E_DATA, "%s: %s has %d axes, expected at most %d", path, group, v->first.rank,
                         PLAQ_AXES_MAX - shift);
    used = (size_t)snprintf(axes, 128, "%s%s", shift ? "element " : "", v->first.rank ? "t" : "");
    for (int i = 1; i < v->first.rank; i++) used += (size_t)snprintf(axes + used, 128 - used, " spin");
    item->rank = v->first.rank + shift;
    memcpy(item->shape + shift, v->first.shape, (size_t)v->first.rank * sizeof *item->shape);
    item->is_complex = v->is_complex;
    if (!shift) return PLAQ_OK;
    item->shape[0] = (int)n;
    item->label[0] = v->words;
    return PLAQ_OK;
}

/* A correlator, or a vector of n of them. */
static plaq_status put_group(hid_t file, const exchange_file *where, const char *ensemble, const char *group, size_t n,
                             exchange_collection *collection)
{
    char name[256], axes[128];
    exchange_item item = {
        .name = name,
        .ensemble = ensemble,
        .replica = where->replica,
        .axes = axes,
        .doc = "as Hadrons stores it, at the lattice's times",
    };
    vector v = {0};
    plaq_status status;

    name_of(where->path, group, name);
    if (!exchange_collection_wants(collection, name))
        return exchange_collection_put(collection, &item, where->path, where->config, NULL);
    status = read_elements(file, where->path, group, n, &v);
    if (status == PLAQ_OK) status = shape_item(&v, n, where->path, group, &item, axes);
    if (status == PLAQ_OK) status = exchange_collection_put(collection, &item, where->path, where->config, v.values);
    clear_vector(&v);
    return status;
}

/* A group with a correlator: one alone, or the first of a vector, which then is read as a whole. */
static plaq_status look_at_group(hid_t file, const exchange_file *where, const char *ensemble, const char *group,
                                 exchange_collection *collection)
{
    char name[512], parent[512], first[512];
    const char *slash = strrchr(group, '/');
    uint64_t n;

    snprintf(name, sizeof name, "%.500s/corr", group);
    if (!exchange_h5_has(file, name)) return PLAQ_OK;
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - group) : 0, group);
    n = parent[0] ? vector_size(file, parent) : 0;
    if (n == 0) return put_group(file, where, ensemble, group, 0, collection);
    if (n > VECTOR_MOST)
        return plaq_fail(PLAQ_E_DATA, "%s: %s is a vector of %llu, expected at most %d", where->path, parent,
                         (unsigned long long)n, VECTOR_MOST);
    snprintf(first, sizeof first, "%.200s/%.200s_0", parent, plaq_path_base(parent));
    return strcmp(first, group) == 0 ? put_group(file, where, ensemble, parent, (size_t)n, collection) : PLAQ_OK;
}

static plaq_status read_file(const exchange_file *where, const char *ensemble, exchange_collection *collection)
{
    exchange_h5_names groups = {0};
    plaq_status status;
    hid_t file;

    PLAQ_TRY(exchange_h5_open(where->path, &file));
    if (!is_hadrons(file)) {
        status = plaq_fail(PLAQ_E_DATA, "%s: no attribute _Grid_dataset_threshold: not written by Grid", where->path);
        goto done;
    }
    PLAQ_GO(exchange_h5_list(file, where->path, H5O_TYPE_GROUP, &groups));
    for (size_t i = 0; i < groups.count; i++) PLAQ_GO(look_at_group(file, where, ensemble, groups.name[i], collection));
done:
    exchange_h5_clear(&groups);
    exchange_h5_close(file);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, exchange_h5_name, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_hadrons = {
    .name = "hadrons",
    .brief = "correlators of Hadrons (HDF5 of Grid): one file a configuration, or a folder of them",
    .reference = "Hadrons/Modules/MContraction/Meson.hpp, Grid/serialisation/Hdf5IO.h",
    .verified = false,
    .recognise = recognise,
    .read = read,
};
