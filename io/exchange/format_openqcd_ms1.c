/* Reweighting factors of openQCD's program ms1, NAME.ms1.dat.
 *
 *   version  header                                              record
 *   1.2-1.4  int32 nrw, nsrc[nrw]                                int32 nc, of each factor: double sqn[nsrc], lnr[nsrc]
 *   1.6      int32 nrw, nfct[nrw], nsrc[nrw]                     int32 nc, of each factor and each of its nfct
 * Hasenbusch factors: double sqn[nsrc], lnr[nsrc] 2.0-     int32 2 nrw, nfct[nrw], nsrc[nrw], 0                int32
 * nc, of each factor two arrays [nfct][2 nsrc] of double, sqn and lnr, pairs that add up to one number. An array: int32
 * 2, nfct, 2 nsrc, 8, then the doubles
 *
 * No version says which it is: the one is taken whose records fill the file. The factors of a configuration are
 *
 *   W = prod over Hasenbusch factors of the mean over sources of exp(-lnr).
 *
 * References: main/README.ms1 and ms1.c of openQCD 1.6 and 2.4, modules/utils/array.c; pyerrors' read_rwms for 1.4.
 */
#include <math.h>

#include "exchange/files.h"
#include "exchange/openqcd.h"
#include "gauge/bytes.h"

enum { FACTORS_MOST = 64, PARTS_MOST = 64, SOURCES_MOST = 4096 };

typedef struct {
    int version; /* 1: 1.2 to 1.4; 6: 1.6; 20: from 2.0 on */
    int nrw;
    int nfct[FACTORS_MOST], nsrc[FACTORS_MOST];
} header;

static const int versions[] = {20, 6, 1};

static bool accept(const char *base)
{
    return exchange_ends_with(base, ".ms1.dat");
}

/* Reads numbers of the header, each from 1 to most. */
static bool read_numbers(openqcd_file *file, int n, int most, int number[])
{
    for (int i = 0; i < n; i++)
        if (openqcd_int(file, "the header", &number[i]) != PLAQ_OK || number[i] < 1 || number[i] > most) return false;
    return true;
}

/* The header as one of the versions has it; false where it cannot be. */
static bool read_header(openqcd_file *file, int version, header *h)
{
    int n, none = 0;

    *h = (header){.version = version};
    file->at = 0;
    if (openqcd_int(file, "the header", &n) != PLAQ_OK || (version == 20 && n % 2)) return false;
    h->nrw = version == 20 ? n / 2 : n;
    if (h->nrw < 1 || h->nrw > FACTORS_MOST) return false;
    for (int i = 0; i < h->nrw; i++) h->nfct[i] = 1;
    if (version != 1 && !read_numbers(file, h->nrw, PARTS_MOST, h->nfct)) return false;
    if (!read_numbers(file, h->nrw, SOURCES_MOST, h->nsrc)) return false;
    return version != 20 || (openqcd_int(file, "the header", &none) == PLAQ_OK && none == 0);
}

static size_t record_bytes(const header *h)
{
    size_t bytes = 4;

    for (int i = 0; i < h->nrw; i++)
        bytes += (size_t)h->nfct[i] * (size_t)h->nsrc[i] * 2 * 8 * (h->version == 20 ? 2 : 1) +
                 (h->version == 20 ? 2 * 16 : 0);
    return bytes;
}

/* The version whose records fill the file, its configurations ascending. */
static bool find_version(openqcd_file *file, header *h)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        bool ascending = true;
        size_t bytes;
        int64_t last = -1;

        if (!read_header(file, versions[i], h)) continue;
        bytes = record_bytes(h);
        if (file->n == file->at || (file->n - file->at) % bytes) continue;
        for (size_t at = file->at; at < file->n; at += bytes) {
            int64_t config = (int32_t)plaq_word_at(file->bytes, at, true);

            ascending = ascending && config > last;
            last = config;
        }
        if (ascending) return true;
    }
    return false;
}

/* Headers are small numbers; only then is the file looked at as a whole. */
static bool may_be(const char *head, size_t n)
{
    openqcd_file file = {.path = "", .bytes = (unsigned char *)head, .n = n};
    header h;

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (read_header(&file, versions[i], &h)) return true;
    return false;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    openqcd_file file;
    bool is;
    header h;

    if (n == 0) return exchange_folder_has(path, accept);
    if (openqcd_is_named(plaq_path_base(path))) return accept(plaq_path_base(path));
    if (!may_be(head, n) || openqcd_open(path, &file) != PLAQ_OK) return false;
    is = find_version(&file, &h);
    openqcd_close(&file);
    return is;
}

/* The four words before an array of version 2. */
static plaq_status check_array(openqcd_file *file, int parts, int sources)
{
    const int expected[4] = {2, parts, 2 * sources, 8};
    int seen;

    for (int i = 0; i < 4; i++) {
        PLAQ_TRY(openqcd_int(file, "an array", &seen));
        if (seen != expected[i])
            return plaq_fail(PLAQ_E_DATA, "%s: %d at byte %zu, expected %d of an array %d x %d", file->path, seen,
                             file->at - 4, expected[i], parts, 2 * sources);
    }
    return PLAQ_OK;
}

/* The mean of exp(-lnr) over the sources of a Hasenbusch factor; `pairs`: two doubles add up to one number. */
static plaq_status read_part(openqcd_file *file, int sources, bool pairs, double *mean)
{
    double lnr[2] = {0};

    *mean = 0;
    for (int i = 0; i < sources; i++) {
        PLAQ_TRY(openqcd_reals(file, "a record", lnr, pairs ? 2 : 1));
        *mean += exp(-(lnr[0] + lnr[1])) / sources;
    }
    return PLAQ_OK;
}

/* A reweighting factor of one configuration. */
static plaq_status read_factor(openqcd_file *file, const header *h, int factor, double *w)
{
    int parts = h->nfct[factor], sources = h->nsrc[factor];
    bool pairs = h->version == 20;
    double mean;

    *w = 1;
    if (pairs) {
        PLAQ_TRY(check_array(file, parts, sources));
        PLAQ_TRY(openqcd_skip(file, "a record", 16 * (size_t)parts * (size_t)sources));
        PLAQ_TRY(check_array(file, parts, sources));
    }
    for (int i = 0; i < parts; i++) {
        if (!pairs) PLAQ_TRY(openqcd_skip(file, "a record", 8 * (size_t)sources));
        PLAQ_TRY(read_part(file, sources, pairs, &mean));
        *w *= mean;
    }
    return PLAQ_OK;
}

static plaq_status read_all(openqcd_file *file, const char *ensemble, const char *replica,
                            exchange_collection *collection)
{
    exchange_item item = {
        .name = "reweighting.W",
        .ensemble = ensemble,
        .replica = replica,
        .axes = "factor",
        .rank = 1,
        .unit = "1",
        .doc = "product over Hasenbusch factors of the mean over sources of exp(-lnr)",
    };
    double w[FACTORS_MOST];
    header h;
    int config;

    if (!find_version(file, &h))
        return plaq_fail(PLAQ_E_DATA,
                         "%s: %zu bytes are not a header and whole records, numbers ascending, of ms1 of any version "
                         "of openQCD (1.2 to 2.4)",
                         file->path, file->n);
    item.shape[0] = h.nrw;
    while (file->at < file->n) {
        PLAQ_TRY(openqcd_int(file, "a record", &config));
        for (int i = 0; i < h.nrw; i++) PLAQ_TRY(read_factor(file, &h, i, &w[i]));
        PLAQ_TRY(exchange_collection_put(collection, &item, file->path, config, w));
    }
    return PLAQ_OK;
}

static plaq_status read_file(const exchange_file *file, const char *ensemble, exchange_collection *collection)
{
    (void)ensemble; /* openQCD's own names say it */
    return openqcd_read(file->path, read_all, collection);
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_openqcd_ms1 = {
    .name = "openqcd_ms1",
    .brief = "reweighting factors of openQCD (.ms1.dat), versions 1.2 to 2.4",
    .reference = "main/README.ms1 of openQCD",
    .verified = false,
    .recognise = recognise,
    .read = read,
};
