/* The log of openQCD's program ms3, NAME.ms3.log: where the data file is lost, the sums over the lattice are still
 * here.
 *
 *   Configuration no 12
 *   n =   0, t = 0.00e+00, Wact = 1.472098e+05, Yact = 8.273978e+03, Q = -1.37e-01
 *   ...
 *   Configuration no 12 fully processed in ...
 *
 * Wact = V E_plaq, Yact = V E, Q of the opposite sign of ours, to the digits that are printed. A configuration without
 * its last line is left out, with a note.
 *
 * Reference: main/ms3.c of openQCD.
 */
#include <stdio.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/files.h"
#include "exchange/openqcd.h"
#include "gauge/text.h"

static const char *const name[3] = {"flow.Wact", "flow.Yact", "flow.Q"};

static bool accept(const char *base)
{
    return exchange_ends_with(base, ".ms3.log");
}

static bool recognise(const char *path, const char *head, size_t n)
{
    static const char title[] = "Computation of Wilson flow observables";

    if (n == 0) return exchange_folder_has(path, accept);
    return memmem(head, n < 256 ? n : 256, title, sizeof title - 1);
}

/* The measurements of a configuration: flow times, and W, Y, Q one after the other. */
typedef struct {
    plaq_text t, value[3]; /* of char[16], of double */
    long long config;      /* -1: none is open */
} block;

static void empty(block *b)
{
    b->t.n = 0;
    for (int i = 0; i < 3; i++) b->value[i].n = 0;
    b->config = -1;
}

static plaq_status put(exchange_collection *collection, exchange_item *item, const char *path, const block *b)
{
    size_t n = b->t.n / 16;
    const char **label = plaq_alloc(n ? n : 1, sizeof *label);
    plaq_status status = PLAQ_OK;

    if (!label) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < n; i++) label[i] = b->t.bytes + 16 * i;
    item->shape[0] = (int)n;
    item->label[0] = label;
    for (int i = 0; i < 3 && status == PLAQ_OK; i++) {
        item->name = name[i];
        status = exchange_collection_put(collection, item, path, b->config, (const double *)b->value[i].bytes);
    }
    plaq_free(label);
    return status;
}

static plaq_status add_measurement(const exchange_lines *lines, const char *line, block *b)
{
    char t[16] = "";
    double v[3], time;

    if (sscanf(line, "n = %*d, t = %15[^,], Wact = %lf, Yact = %lf, Q = %lf", t, &v[0], &v[1], &v[2]) != 4 ||
        !plaq_text_real(t, &time))
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: '%.60s', expected n, t, Wact, Yact, Q", lines->path, lines->number,
                         line);
    snprintf(t, sizeof t, "%.8g", time);
    PLAQ_TRY(plaq_text_add(&b->t, t, sizeof t));
    for (int i = 0; i < 3; i++) PLAQ_TRY(plaq_text_add(&b->value[i], &v[i], sizeof v[i]));
    return PLAQ_OK;
}

static plaq_status read_lines(exchange_lines *lines, exchange_collection *collection, exchange_item *item, block *b)
{
    char *line;

    while ((line = exchange_lines_next(lines))) {
        long long config;

        if (strncmp(line, "n = ", 4) == 0 && b->config >= 0) {
            PLAQ_TRY(add_measurement(lines, line, b));
        } else if (sscanf(line, "Configuration no %lld", &config) == 1) {
            if (strstr(line, "fully processed") && config == b->config && b->t.n > 0) {
                PLAQ_TRY(put(collection, item, lines->path, b));
                empty(b);
            } else if (!strstr(line, "fully processed")) {
                empty(b);
                b->config = config;
            }
        }
    }
    if (b->config < 0) return PLAQ_OK;
    return exchange_note(exchange_collection_notes(collection),
                         "%s: configuration %lld is not fully processed: left out", lines->path, b->config);
}

static plaq_status read_file(const exchange_file *file, const char *folder, exchange_collection *collection)
{
    char ensemble[64], replica[64];
    exchange_item item = {
        .ensemble = ensemble,
        .replica = replica,
        .axes = "flow",
        .rank = 1,
        .doc = "sum over the lattice, as openQCD: E_plaq = Wact/V, E = Yact/V; Q of the opposite sign of ours",
    };
    block b = {.config = -1};
    exchange_lines lines;
    plaq_status status;

    (void)folder; /* openQCD's own names say it */
    openqcd_names(file->path, exchange_collection_ensemble(collection), ensemble, replica);
    PLAQ_TRY(exchange_lines_open(file->path, &lines));
    status = read_lines(&lines, collection, &item, &b);
    exchange_lines_close(&lines);
    plaq_free(b.t.bytes);
    for (int i = 0; i < 3; i++) plaq_free(b.value[i].bytes);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_openqcd_log = {
    .name = "openqcd_log",
    .brief = "log of openQCD's Wilson flow (.ms3.log): W, Y, Q summed over the lattice",
    .reference = "main/ms3.c of openQCD",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
