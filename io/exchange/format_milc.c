/* Correlator files of MILC's ks_spectrum, clover_invert and their like ("FNAL" layout, save_corr_fnal).
 *
 *   ---                 a document of "key: value" lines: lattice, quarks, sources
 *   ...
 *   ---                 one of a correlator: correlator, momentum, correlator_key
 *   ...
 *   t re im             nt lines
 *   ---                 the next correlator, or the next lattice and quarks
 *
 * A series is a correlator_key, POINT_PION_d_d_d_d_m0.01_m0.01_p000; its sources are what a configuration's files have
 * under the same key, told apart by quark_source_origin or quark_source_t0 ("0" where a document has neither, as those
 * of staggered baryons). A key that a file has again for the same source, as for several stochastic sources on a slice,
 * is another source, "t0 0 (2)". Times are from the source, normalisation is MILC's: plaq's correlators of Wilson
 * quarks are MILC's times (2 kappa)^2, staggered M = 2m + D.
 *
 * Reference: sample outputs of ks_spectrum and clover_invert2 of MILC (github.com/milc-qcd/milc_qcd).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/files.h"
#include "gauge/text.h"

enum { EXTENT_MOST = 1 << 12, LABEL = 128 + 48 };

/* What the documents said last. */
typedef struct {
    int extent; /* nt */
    char source[48], key[128], doc[160];
} said;

static bool accept(const char *base)
{
    return base[0] != '\0'; /* MILC's names are the user's: the folder is one of correlators or it is not */
}

static bool is_milc(const char *head, size_t n)
{
    static const char key[] = "correlator_key:";

    return n >= 4 && strncmp(head, "---", 3) == 0 && memmem(head, n, key, sizeof key - 1);
}

static bool has_milc_head(const char *path)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    char head[4096];
    size_t n = 0;
    bool is = plaq_file_open(&file, path) == PLAQ_OK && plaq_file_peek(&file, 0, head, sizeof head, &n) == PLAQ_OK &&
              is_milc(head, n);

    return plaq_file_close(&file) == PLAQ_OK && is;
}

/* A folder is MILC's where its first file is. */
static bool recognise(const char *path, const char *head, size_t n)
{
    exchange_files files = {0};
    bool is;

    if (n > 0) return is_milc(head, n);
    is = exchange_files_find(path, accept, &files) == PLAQ_OK && has_milc_head(files.file[0].path);
    exchange_files_clear(&files);
    return is;
}

/* "[ 0, 0, 0, 0 ]" becomes "0 0 0 0". */
static void plain(const char *value, char *text, size_t n)
{
    size_t k = 0;

    for (; *value && k + 1 < n; value++) {
        if (strchr("[],\"", *value) || (*value == ' ' && (k == 0 || text[k - 1] == ' '))) continue;
        text[k++] = *value;
    }
    while (k > 0 && text[k - 1] == ' ') k--;
    text[k] = '\0';
}

static void take(const char *key, const char *value, said *s)
{
    char text[128], origin[48];

    plain(value, text, sizeof text);
    if (strcmp(key, "lattice_size") == 0) {
        const char *last = strrchr(value, ',');

        s->extent = last ? atoi(last + 1) : 0;
        snprintf(s->source, sizeof s->source, "0");
    } else if (strcmp(key, "quark_source_origin") == 0) {
        snprintf(s->source, sizeof s->source, "%.47s", text);
    } else if (strcmp(key, "quark_source_t0") == 0) {
        snprintf(origin, sizeof origin, "t0 %.40s", text);
        snprintf(s->source, sizeof s->source, "%s", origin);
    } else if (strcmp(key, "correlator") == 0) {
        snprintf(s->doc, sizeof s->doc, "MILC's correlator %.100s, times from the source", text);
    } else if (strcmp(key, "correlator_key") == 0) {
        snprintf(s->key, sizeof s->key, "%s", text);
    }
}

/* A document up to its "...". */
static plaq_status read_document(exchange_lines *lines, said *s)
{
    char *line;

    s->key[0] = s->doc[0] = '\0';
    while ((line = exchange_lines_next(lines))) {
        char *colon;

        if (strncmp(line, "...", 3) == 0) return PLAQ_OK;
        colon = strchr(line, ':');
        if (!colon) continue; /* a list over several lines */
        *colon = '\0';
        take(line, colon + 1, s);
    }
    return plaq_fail(PLAQ_E_DATA, "%s: ends in a document: no line \"...\"", lines->path);
}

static plaq_status read_number(const exchange_lines *lines, char *line, int t, double c[2])
{
    char *word[3];
    int n = exchange_words(line, word, 3);
    int64_t time;

    if (n != 3) return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected 3", lines->path, lines->number, n);
    PLAQ_TRY(exchange_word_int(lines, word[0], &time));
    PLAQ_TRY(exchange_word_real(lines, word[1], &c[0]));
    PLAQ_TRY(exchange_word_real(lines, word[2], &c[1]));
    if (time == t) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s, line %d: time %lld, expected %d", lines->path, lines->number, (long long)time,
                     t);
}

/* The label of a source, with how often the file had the key for it before. */
static plaq_status label_source(const said *s, plaq_text *before, char label[64])
{
    char here[LABEL] = "";
    int times = 1;

    snprintf(here, sizeof here, "%s %s", s->key, s->source);
    for (size_t at = 0; at < before->n; at += LABEL) times += strcmp(before->bytes + at, here) == 0;
    snprintf(label, 64, times > 1 ? "%.40s (%d)" : "%.40s", s->source, times);
    return plaq_text_add(before, here, sizeof here);
}

/* The numbers after the document of a correlator. */
static plaq_status read_correlator(exchange_lines *lines, const exchange_file *file, const char *ensemble,
                                   const said *s, plaq_text *before, exchange_collection *collection)
{
    char source[64];
    exchange_item item = {
        .name = s->key,
        .ensemble = ensemble,
        .replica = file->replica,
        .axes = "t",
        .rank = 1,
        .shape = {s->extent},
        .is_complex = true,
        .source = source,
        .doc = s->doc,
    };
    plaq_status status = PLAQ_OK;
    double *c;

    if (s->extent < 1 || s->extent > EXTENT_MOST)
        return plaq_fail(PLAQ_E_DATA, "%s: %s has time extent %d by lattice_size, expected 1 to %d", lines->path,
                         s->key, s->extent, EXTENT_MOST);
    PLAQ_TRY(label_source(s, before, source));
    c = plaq_alloc(2 * (size_t)s->extent, sizeof *c);
    if (!c) return PLAQ_E_MEMORY;
    for (int t = 0; t < s->extent; t++) {
        char *line = exchange_lines_next(lines);

        if (!line) {
            status = plaq_fail(PLAQ_E_DATA, "%s: ends in %s: %d times, expected %d", lines->path, s->key, t, s->extent);
            goto done;
        }
        PLAQ_GO(read_number(lines, line, t, c + 2 * t));
    }
    status = exchange_collection_put(collection, &item, lines->path, file->config, c);
done:
    plaq_free(c);
    return status;
}

static plaq_status read_file(const exchange_file *file, const char *ensemble, exchange_collection *collection)
{
    said s = {0};
    plaq_text before = {0};
    exchange_lines lines;
    plaq_status status;
    char *line;

    PLAQ_TRY(exchange_lines_open(file->path, &lines));
    while ((line = exchange_lines_next(&lines))) {
        if (line[strspn(line, " \t")] == '\0') continue;
        if (strncmp(line, "---", 3) != 0) {
            status = plaq_fail(PLAQ_E_DATA, "%s, line %d: '%.40s', expected ---", lines.path, lines.number, line);
            goto done;
        }
        PLAQ_GO(read_document(&lines, &s));
        if (s.key[0]) PLAQ_GO(read_correlator(&lines, file, ensemble, &s, &before, collection));
    }
    status = PLAQ_OK;
done:
    plaq_free(before.bytes);
    exchange_lines_close(&lines);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_milc = {
    .name = "milc",
    .brief = "MILC's correlator files (save_corr_fnal): one a configuration, or a folder of them",
    .reference = "sample outputs of github.com/milc-qcd/milc_qcd, ks_spectrum and clover_invert2",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
