/* Correlators of QuaHoG (G. Koutsou) and PLEGMA's in its layout: HDF5, a file a source, a folder a configuration, or a
 * folder of such folders, whose names end in the numbers of configurations.
 *
 *   /mesons/sx00sy00sz00st08/up/=g5=/msq0001/arr     complex [T][momenta], mvec: int [momenta][3]
 *   /nucleons/sx00sy00sz00st08/ppm/1-1/msq0000/arr   complex [T][momenta][4][4]
 *
 * The group called sx.. (or ave.. of averages) is the source. All groups msqNNNN of an interpolator become one axis of
 * momenta, labelled "px py pz". A series is called mesons.up.g5. Times are from the source, signs and normalisation
 * QuaHoG's. Files in position space (datasets corr_x) are refused.
 *
 * References: lib/qhg_mesons.c, utils/corr-ave.py, utils/h5-to-txt.py of QuaHoG (github.com/cjlauer/QuaHoG).
 */
#include <stdio.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/h5.h"

enum { LABEL = 40 };

/* "GROUP/msq0001" of "GROUP/msq0001/arr"; false of other datasets. */
static bool is_numbers(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && strcmp(name + n - 4, "/arr") == 0 && strstr(name, "/msq");
}

static bool is_quahog(hid_t file)
{
    char name[512];

    return exchange_h5_first(file, name) && (is_numbers(name) || exchange_ends_with(name, "/corr_x"));
}

static bool recognise(const char *path, const char *head, size_t n)
{
    return exchange_h5_recognise(path, head, n, is_quahog);
}

/* Numbers of an interpolator at the momenta of one square. */
typedef struct {
    plaq_array arr, mvec;
} square;

static void clear_squares(square *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plaq_array_clear(&s[i].arr);
        plaq_array_clear(&s[i].mvec);
    }
    plaq_free(s);
}

static plaq_status read_square(hid_t file, const char *path, const char *name, square *s)
{
    char mvec[512];
    bool is_complex = false, complex_momenta = false;
    int rank;

    snprintf(mvec, sizeof mvec, "%.*s/mvec", (int)(strlen(name) - 4), name);
    PLAQ_TRY(exchange_h5_read(file, path, name, &s->arr, &is_complex));
    PLAQ_TRY(exchange_h5_read(file, path, mvec, &s->mvec, &complex_momenta));
    rank = s->arr.rank;
    if (!is_complex && rank > 0 && s->arr.shape[rank - 1] == 2) { /* real and imaginary part as an axis */
        s->arr.rank = --rank;
        is_complex = true;
    }
    if (is_complex && !complex_momenta && (rank == 2 || rank == 4) && s->mvec.rank == 2 && s->mvec.shape[1] == 3 &&
        s->mvec.shape[0] == s->arr.shape[1])
        return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA,
                     "%s: %s has %d axes, %s %d: expected complex [T][momenta], or with [4][4], and [%d][3]", path,
                     name, rank, mvec, s->mvec.rank, rank > 1 ? s->arr.shape[1] : 0);
}

/* Numbers behind [t][momentum]. */
static size_t numbers_behind(const square *s)
{
    return s->arr.rank == 4 ? 2 * (size_t)s->arr.shape[2] * (size_t)s->arr.shape[3] : 2;
}

static bool fit(const square *a, const square *b)
{
    return a->arr.rank == b->arr.rank && a->arr.shape[0] == b->arr.shape[0] && numbers_behind(a) == numbers_behind(b);
}

/* Puts the squares side by side: values [t][all momenta][...], and their labels. */
static void join(const square *s, size_t n, size_t momenta, double *values, char (*label)[LABEL], const char **words)
{
    const size_t behind = numbers_behind(s);
    size_t first = 0;

    for (size_t i = 0; i < n; i++) {
        const size_t here = (size_t)s[i].arr.shape[1];

        for (size_t t = 0; t < (size_t)s->arr.shape[0]; t++)
            memcpy(values + (t * momenta + first) * behind, s[i].arr.values + t * here * behind,
                   here * behind * sizeof *values);
        for (size_t p = 0; p < here; p++) {
            const double *k = s[i].mvec.values + 3 * p;

            snprintf(label[first + p], LABEL, "%.0f %.0f %.0f", k[0], k[1], k[2]);
            words[first + p] = label[first + p];
        }
        first += here;
    }
}

/* "mesons.up.g5" and the source of "mesons/sx00sy00sz00st08/up/=g5=/msq0001/arr". */
static void take_apart(const char *key, char name[256], char source[48])
{
    size_t n = 0;

    snprintf(source, 48, "0");
    name[0] = '\0';
    for (const char *part = key; *part; part += strcspn(part, "/"), part += *part == '/') {
        int length = (int)strcspn(part, "/");

        if (strncmp(part, "msq", 3) == 0) break;
        if (strncmp(part, "sx", 2) == 0 || strncmp(part, "ave", 3) == 0) {
            snprintf(source, 48, "%.*s", length < 47 ? length : 47, part);
            continue;
        }
        if (n > 0 && n < 255) name[n++] = '.';
        for (int i = 0; i < length && n < 255; i++)
            if (part[i] != '=') name[n++] = part[i];
        name[n] = '\0';
    }
}

/* The configuration is the folder's. */
static int64_t config_of(const exchange_file *where)
{
    char folder[4096], replica[64];
    int64_t config = 0;
    char *slash;

    if (where->folder >= 0) return where->folder;
    snprintf(folder, sizeof folder, "%s", where->path);
    slash = strrchr(folder, '/');
    if (!slash) return 0;
    *slash = '\0';
    return exchange_config_number(folder, &config, replica) == PLAQ_OK ? config : 0;
}

/* All squares of an interpolator: n datasets that differ in msqNNNN alone. */
static plaq_status put_squares(hid_t file, const exchange_file *where, const char *ensemble, char *const set[],
                               size_t n, exchange_collection *collection)
{
    char name[256], source[48], (*label)[LABEL] = NULL;
    exchange_item item = {
        .name = name,
        .ensemble = ensemble,
        .replica = where->replica,
        .is_complex = true,
        .source = source,
        .doc = "as QuaHoG stores it, times from the source",
    };
    const char **words = NULL;
    double *values = NULL;
    plaq_status status;
    size_t momenta = 0;
    square *s;

    take_apart(set[0], name, source);
    if (!exchange_collection_wants(collection, name))
        return exchange_collection_put(collection, &item, where->path, config_of(where), NULL);
    s = plaq_alloc(n, sizeof *s);
    status = s ? PLAQ_OK : PLAQ_E_MEMORY;

    for (size_t i = 0; s && i < n; i++) {
        PLAQ_GO(read_square(file, where->path, set[i], &s[i]));
        momenta += (size_t)s[i].arr.shape[1];
        if (!fit(&s[i], &s[0])) {
            status = plaq_fail(PLAQ_E_DATA, "%s: %s has another shape than %s", where->path, set[i], set[0]);
            goto done;
        }
    }
    if (status != PLAQ_OK) goto done;
    values = plaq_alloc((size_t)s->arr.shape[0] * momenta * numbers_behind(s), sizeof *values);
    label = plaq_alloc(momenta, sizeof *label);
    words = plaq_alloc(momenta, sizeof *words);
    status = values && label && words ? PLAQ_OK : PLAQ_E_MEMORY;
    if (status != PLAQ_OK) goto done;
    join(s, n, momenta, values, label, words);
    item.rank = s->arr.rank;
    memcpy(item.shape, s->arr.shape, sizeof item.shape);
    item.shape[1] = (int)momenta;
    item.axes = item.rank == 4 ? "t p spin spin" : "t p";
    item.label[1] = words;
    status = exchange_collection_put(collection, &item, where->path, config_of(where), values);
done:
    plaq_free(words);
    plaq_free(label);
    plaq_free(values);
    if (s) clear_squares(s, n);
    return status;
}

/* How many of the datasets, from the first on, are of the same interpolator; keeps those with numbers alone. */
static size_t squares_at(char *const set[], size_t n)
{
    const size_t stem = (size_t)(strstr(set[0], "/msq") - set[0]);
    size_t here = 1;

    while (here < n && strncmp(set[here], set[0], stem + 4) == 0) here++;
    return here;
}

static plaq_status read_sets(hid_t file, const exchange_file *where, const char *ensemble, exchange_h5_names *sets,
                             exchange_collection *collection)
{
    size_t n = 0;

    for (size_t i = 0; i < sets->count; i++) {
        char *name = sets->name[i];

        if (exchange_ends_with(name, "/corr_x"))
            return plaq_fail(PLAQ_E_DATA,
                             "%s: %s is in position space: expected momenta (arr and mvec), after a Fourier transform",
                             where->path, name);
        if (!is_numbers(name)) continue;
        sets->name[i] = sets->name[n]; /* numbers to the front */
        sets->name[n++] = name;
    }
    if (n == 0)
        return plaq_fail(PLAQ_E_DATA, "%s: none of its %zu datasets is a msqNNNN/arr", where->path, sets->count);
    for (size_t i = 0; i < n;) {
        const size_t here = squares_at(sets->name + i, n - i);

        PLAQ_TRY(put_squares(file, where, ensemble, sets->name + i, here, collection));
        i += here;
    }
    return PLAQ_OK;
}

static plaq_status read_file(const exchange_file *where, const char *ensemble, exchange_collection *collection)
{
    exchange_h5_names sets = {0};
    plaq_status status;
    hid_t file;

    PLAQ_TRY(exchange_h5_open(where->path, &file));
    status = exchange_h5_list(file, where->path, H5O_TYPE_DATASET, &sets);
    if (status == PLAQ_OK) status = read_sets(file, where, ensemble, &sets, collection);
    exchange_h5_clear(&sets);
    exchange_h5_close(file);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, exchange_h5_name, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_quahog = {
    .name = "quahog",
    .brief = "correlators of QuaHoG (HDF5): a file a source, a folder a configuration",
    .reference = "utils/h5-to-txt.py and lib/qhg_mesons.c of QuaHoG",
    .verified = false,
    .recognise = recognise,
    .read = read,
};
