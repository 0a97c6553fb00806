/* Wilson-flow observables of openQCD: NAME.ms.dat of its simulation programs, NAME.ms3.dat of its program ms3.
 *
 *   header   int32 dn, nn, tmax; double eps
 *   record   int32 number of the configuration (of the trajectory in .ms.dat); double W[nn+1][tmax], Y[nn+1][tmax],
 *            Q[nn+1][tmax]
 *
 * at flow times n dn eps, n = 0 .. nn, on tmax time slices. Nothing is normalised here:
 *
 *   W(t)  sum over space of the plaquette energy density: sum over planes of 2 Re tr(1 - P), E_plaq = W/L^3
 *   Y(t)  sum over space of the clover energy density:    E = Y/L^3
 *   Q(t)  sum over space of the charge density, of the opposite sign of ours (order t x y z)
 *
 * The same in versions 1.2 to 2.4. The spatial volume L^3 is not in the file.
 *
 * Reference: main/README.ms3, main/README.qcd1 of openQCD (M. Luescher, S. Schaefer).
 */
#include <stdio.h>

#include "exchange/files.h"
#include "exchange/openqcd.h"
#include "gauge/bytes.h"

enum { HEADER = 20, STEPS_MOST = 1 << 20, EXTENT_MOST = 1 << 12 };

typedef struct {
    int dn, nn, tmax;
    double eps;
} header;

static bool plausible(const header *h)
{
    return h->dn >= 1 && h->dn <= STEPS_MOST && h->nn >= 0 && h->nn <= STEPS_MOST && h->tmax >= 1 &&
           h->tmax <= EXTENT_MOST && h->eps > 1e-8 && h->eps < 10;
}

static bool accept(const char *base)
{
    return exchange_ends_with(base, ".ms.dat") || exchange_ends_with(base, ".ms3.dat");
}

static size_t record_bytes(const header *h)
{
    return 4 + 24 * ((size_t)h->nn + 1) * (size_t)h->tmax;
}

/* Whether a file is a header and whole records. */
static bool is_whole(const char *path, const header *h)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    int64_t bytes = 0;
    bool known = plaq_file_open(&file, path) == PLAQ_OK && plaq_file_size(&file, &bytes) == PLAQ_OK;

    known = plaq_file_close(&file) == PLAQ_OK && known;
    return known && bytes > HEADER && (size_t)(bytes - HEADER) % record_bytes(h) == 0;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    const unsigned char *b = (const unsigned char *)head;
    header h;

    if (n == 0) return exchange_folder_has(path, accept);
    if (openqcd_is_named(plaq_path_base(path))) return accept(plaq_path_base(path));
    if (n < HEADER) return false;
    h = (header){(int)plaq_word_at(b, 0, true), (int)plaq_word_at(b, 4, true), (int)plaq_word_at(b, 8, true),
                 plaq_double_at(b, 12, true)};
    return plausible(&h) && is_whole(path, &h);
}

static plaq_status read_header(openqcd_file *file, header *h)
{
    PLAQ_TRY(openqcd_int(file, "the header", &h->dn));
    PLAQ_TRY(openqcd_int(file, "the header", &h->nn));
    PLAQ_TRY(openqcd_int(file, "the header", &h->tmax));
    PLAQ_TRY(openqcd_reals(file, "the header", &h->eps, 1));
    if (plausible(h)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: dn %d, nn %d, tmax %d, eps %g: not the header of a flow file of openQCD",
                     file->path, h->dn, h->nn, h->tmax, h->eps);
}

static plaq_status put_record(openqcd_file *file, exchange_item *item, const char *const name[3], double values[],
                              exchange_collection *collection)
{
    size_t n = (size_t)item->shape[0] * (size_t)item->shape[1];
    int config;

    PLAQ_TRY(openqcd_int(file, "a record", &config));
    for (int i = 0; i < 3; i++) {
        item->name = name[i];
        PLAQ_TRY(openqcd_reals(file, "a record", values, n));
        PLAQ_TRY(exchange_collection_put(collection, item, file->path, config, values));
    }
    return PLAQ_OK;
}

static plaq_status read_all(openqcd_file *file, const char *ensemble, const char *replica,
                            exchange_collection *collection)
{
    static const char *const name[3] = {"flow.W", "flow.Y", "flow.Q"};
    exchange_item item = {
        .ensemble = ensemble,
        .replica = replica,
        .axes = "flow t",
        .rank = 2,
        .doc = "sum over space, as openQCD: E_plaq = W/L^3, E = Y/L^3; Q of the opposite sign of ours",
    };
    const char **label = NULL;
    char(*time)[32] = NULL;
    double *values = NULL;
    plaq_status status;
    size_t steps;
    header h;

    PLAQ_TRY(read_header(file, &h));
    steps = (size_t)h.nn + 1;
    if (record_bytes(&h) > file->n)
        return plaq_fail(PLAQ_E_DATA, "%s: %zu bytes, expected %zu for a record of %zu flow times on %d slices",
                         file->path, file->n, HEADER + record_bytes(&h), steps, h.tmax);
    time = plaq_alloc(steps, sizeof *time);
    label = plaq_alloc(steps, sizeof *label);
    values = plaq_alloc(steps * (size_t)h.tmax, sizeof *values);
    status = time && label && values ? PLAQ_OK : PLAQ_E_MEMORY;
    for (size_t i = 0; status == PLAQ_OK && i < steps; i++) {
        snprintf(time[i], sizeof time[i], "%.10g", (double)i * h.dn * h.eps);
        label[i] = time[i];
    }
    item.shape[0] = (int)steps;
    item.shape[1] = h.tmax;
    item.label[0] = label;
    while (status == PLAQ_OK && file->at < file->n) status = put_record(file, &item, name, values, collection);
    plaq_free(values);
    plaq_free(label);
    plaq_free(time);
    return status;
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

const plaq_numbers_format plaq_numbers_format_openqcd_ms = {
    .name = "openqcd_ms",
    .brief = "Wilson flow of openQCD (.ms.dat, .ms3.dat): W, Y, Q at flow times and time slices",
    .reference = "main/README.ms3 and README.qcd1 of openQCD",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
