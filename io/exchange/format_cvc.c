/* Correlators of CVC (M. Petschlies) and of the tools that write its HDF5: one file a configuration or a source of it,
 * PREFIX.NUMBER.tSOURCE.h5, or a folder of them.
 *
 *   /u+-g-u-g/t10/gf5/pfx0pfy0pfz0/gi5/pix0piy0piz0    double [2 T]: real and imaginary part by turns
 *
 * A group tN is the time of the source, any others are kept: the series is called "u+-g-u-g.gf5.pfx0pfy0pfz0...", its
 * sources are the times. Numbers in the file are at the lattice's times; they are turned round here, so that time is
 * counted from the source. Phases of sources and boundary signs are as in the file.
 *
 * References: R/cvc_readutils.R of hadron (keys); avxn_conn_analyse.cpp and write_h5_contraction of
 * github.com/marcuspetschlies/cvc (order in time, layout).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/h5.h"

/* "pfx0pfy-1pfz0", "pix0piy0piz0", "px0py0pz0": the last part of a key. */
static bool is_momentum(const char *part)
{
    int p, end = 0;

    part += strspn(part, "p");
    part += strspn(part, "fi");
    sscanf(part, "x%dp%*[fi]y%dp%*[fi]z%d%n", &p, &p, &p, &end);
    if (!end) sscanf(part, "x%dpy%dpz%d%n", &p, &p, &p, &end);
    return end && part[end] == '\0';
}

static bool is_key(const char *name)
{
    return is_momentum(plaq_path_base(name));
}

static bool is_cvc(hid_t file)
{
    char name[512];

    return exchange_h5_first(file, name) && is_key(name);
}

static bool recognise(const char *path, const char *head, size_t n)
{
    return exchange_h5_recognise(path, head, n, is_cvc);
}

/* The key without the time of the source, which is put aside; *time -1 where there is none. */
static void take_apart(const char *key, char name[256], char source[32], int *time)
{
    size_t n = 0;

    *time = -1;
    snprintf(source, 32, "0");
    name[0] = '\0';
    for (const char *part = key; *part; part += strcspn(part, "/"), part += *part == '/') {
        int length = (int)strcspn(part, "/"), end = 0, t;

        if (*time < 0 && sscanf(part, "t%d%n", &t, &end) == 1 && end == length && t >= 0) {
            *time = t;
            snprintf(source, 32, "t%d", t);
        } else if (n < 255) {
            n += (size_t)snprintf(name + n, 256 - n, "%s%.*s", n ? "." : "", length, part);
        }
    }
}

/* The number before ".t10": those after it are of the source. */
static int64_t config_of(const exchange_file *where)
{
    char base[4096], replica[64];
    int64_t config;

    snprintf(base, sizeof base, "%s", plaq_path_base(where->path));
    for (char *dot = base; (dot = strchr(dot, '.')); dot++)
        if (dot[1] == 't' && dot[2] >= '0' && dot[2] <= '9') {
            *dot = '\0';
            break;
        }
    return exchange_config_number(base, &config, replica) == PLAQ_OK ? config : where->config;
}

static plaq_status put_set(hid_t file, const exchange_file *where, int64_t config, const char *ensemble,
                           const char *key, exchange_collection *collection)
{
    char name[256], source[32];
    exchange_item item = {
        .name = name,
        .ensemble = ensemble,
        .replica = where->replica,
        .rank = 1,
        .axes = "t",
        .is_complex = true,
        .source = source,
        .doc = "as CVC stores it, times from the source",
    };
    plaq_array array = {0};
    double *turned = NULL;
    plaq_status status;
    size_t n, extent;
    bool is_complex;
    int time;

    take_apart(key, name, source, &time);
    if (!exchange_collection_wants(collection, name))
        return exchange_collection_put(collection, &item, where->path, config, NULL);
    PLAQ_TRY(exchange_h5_read(file, where->path, key, &array, &is_complex));
    n = is_complex ? 2 : 1;
    for (int i = 0; i < array.rank; i++) n *= (size_t)array.shape[i];
    extent = n / 2;
    if (n % 2 || (time >= 0 && (size_t)time >= extent)) {
        status = plaq_fail(PLAQ_E_DATA, "%s: %s has %zu numbers, expected pairs, more than the source's time %d",
                           where->path, key, n, time);
        goto done;
    }
    turned = plaq_alloc(n, sizeof *turned);
    status = turned ? PLAQ_OK : PLAQ_E_MEMORY;
    for (size_t t = 0; turned && t < extent; t++)
        memcpy(turned + 2 * t, array.values + 2 * ((t + (size_t)(time > 0 ? time : 0)) % extent), 2 * sizeof(double));
    item.shape[0] = (int)extent;
    if (turned) status = exchange_collection_put(collection, &item, where->path, config, turned);
done:
    plaq_free(turned);
    plaq_array_clear(&array);
    return status;
}

static plaq_status read_file(const exchange_file *where, const char *ensemble, exchange_collection *collection)
{
    const int64_t config = config_of(where);
    exchange_h5_names sets = {0};
    plaq_status status;
    size_t keys = 0;
    hid_t file;

    PLAQ_TRY(exchange_h5_open(where->path, &file));
    PLAQ_GO(exchange_h5_list(file, where->path, H5O_TYPE_DATASET, &sets));
    for (size_t i = 0; i < sets.count; i++) {
        if (!is_key(sets.name[i])) continue;
        keys++;
        PLAQ_GO(put_set(file, where, config, ensemble, sets.name[i], collection));
    }
    if (keys == 0)
        status = plaq_fail(PLAQ_E_DATA, "%s: none of its %zu datasets is called by a momentum, as px0py0pz0",
                           where->path, sets.count);
done:
    exchange_h5_clear(&sets);
    exchange_h5_close(file);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, exchange_h5_name, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_cvc = {
    .name = "cvc",
    .brief = "correlators of CVC (HDF5): one file a configuration or source, or a folder of them",
    .reference = "R/cvc_readutils.R of hadron; github.com/marcuspetschlies/cvc",
    .verified = false,
    .recognise = recognise,
    .read = read,
};
