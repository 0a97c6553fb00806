/* What tmLQCD leaves of a run: output.data, gradflow.NNNNNN, onlinemeas.NNNNNN; one file, or a folder with any of them.
 *
 *   output.data        trajectory, plaquette, dH, exp(-dH), then iterations of solvers, last 1 or 0 (accepted) and the
 *                      seconds; with rectangles in the action their mean stands behind
 *   gradflow.NNNNNN    a line with names, "traj t P Eplaq Esym tsqEplaq tsqEsym Wsym [Qsym]", then a line a flow time
 *   onlinemeas.NNNNNN  lines "type 1 t C(t) C(T-t)", t = 0 .. T/2, counted from the source; type 1 PP, 2 PA, 6 PV; the
 *                      second number is 0 at t = 0 and T/2. onlinemeas.tTTT.NNNNNN and .sSSS.NNNNNN are of several
 *                      sources of a configuration
 *
 * Normalisations are tmLQCD's: plaquette 1 for the free field; Esym the clover energy density; C over L^3 and 2
 * kappa^2.
 *
 * References: update_tm.c, meas/gradient_flow.c, meas/correlators.c of tmLQCD (K. Jansen, C. Urbach, 0905.3331).
 */
#include <stdio.h>
#include <string.h>

#include "exchange/collect.h"
#include "exchange/files.h"
#include "gauge/text.h"

enum { WORDS_MOST = 64, EXTENT_MOST = 1 << 12 };

/* ---- output.data --------------------------------------------------------------------------------------------- */

static plaq_status put_number(exchange_collection *collection, exchange_item *item, const exchange_lines *lines,
                              const char *name, int64_t config, const char *word)
{
    double value;

    PLAQ_TRY(exchange_word_real(lines, word, &value));
    item->name = name;
    return exchange_collection_put(collection, item, lines->path, config, &value);
}

static bool is_flag(const char *word)
{
    return strcmp(word, "0") == 0 || strcmp(word, "1") == 0;
}

/* Where the column "accepted" is, by which of the last two columns but one is 0 or 1; 0 where it cannot be told. */
static int accepted_column(char *const word[], int n)
{
    if (n >= 6 && is_flag(word[n - 2])) return n - 2;
    return n >= 7 && is_flag(word[n - 3]) ? n - 3 : 0;
}

static plaq_status read_output(exchange_lines *lines, const exchange_file *file, const char *ensemble,
                               exchange_collection *collection)
{
    exchange_item item = {.ensemble = ensemble,
                          .replica = file->replica,
                          .unit = "1",
                          .doc = "of tmLQCD's output.data"};
    char *line, *word[WORDS_MOST];

    while ((line = exchange_lines_next(lines))) {
        int n = exchange_words(line, word, WORDS_MOST), accepted;
        int64_t config;

        if (n == 0) continue;
        if (n < 4 || n > WORDS_MOST)
            return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected 4 to %d", lines->path, lines->number, n,
                             WORDS_MOST);
        PLAQ_TRY(exchange_word_int(lines, word[0], &config));
        PLAQ_TRY(put_number(collection, &item, lines, "plaquette", config, word[1]));
        PLAQ_TRY(put_number(collection, &item, lines, "dH", config, word[2]));
        PLAQ_TRY(put_number(collection, &item, lines, "exp_minus_dH", config, word[3]));
        accepted = accepted_column(word, n);
        if (accepted) PLAQ_TRY(put_number(collection, &item, lines, "accepted", config, word[accepted]));
    }
    return PLAQ_OK;
}

/* ---- gradflow ------------------------------------------------------------------------------------------------ */

/* The columns of a file, those after "traj t". */
typedef struct {
    int columns;
    char name[WORDS_MOST][64];
    plaq_text t, value[WORDS_MOST]; /* of char[32], of double */
} table;

static plaq_status read_flow_head(exchange_lines *lines, table *f)
{
    char *line = exchange_lines_next(lines), *word[WORDS_MOST];
    int n = line ? exchange_words(line, word, WORDS_MOST) : 0;

    if (n < 3 || n > WORDS_MOST || strcmp(word[0], "traj") != 0 || strcmp(word[1], "t") != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: its first line has no names \"traj t P Eplaq Esym ...\"", lines->path);
    f->columns = n - 2;
    for (int i = 2; i < n; i++) snprintf(f->name[i - 2], sizeof f->name[0], "gradflow.%.50s", word[i]);
    return PLAQ_OK;
}

static plaq_status read_flow_row(exchange_lines *lines, char *line, table *f, int64_t config)
{
    char *word[WORDS_MOST], label[32];
    int n = exchange_words(line, word, WORDS_MOST);
    double value;
    int64_t traj;

    if (n == 0) return PLAQ_OK;
    if (n != f->columns + 2)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected %d", lines->path, lines->number, n,
                         f->columns + 2);
    PLAQ_TRY(exchange_word_int(lines, word[0], &traj));
    if (config >= 0 && traj != config)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: trajectory %lld, expected %lld as in the name", lines->path,
                         lines->number, (long long)traj, (long long)config);
    PLAQ_TRY(exchange_word_real(lines, word[1], &value));
    snprintf(label, sizeof label, "%.10g", value);
    PLAQ_TRY(plaq_text_add(&f->t, label, sizeof label));
    for (int i = 0; i < f->columns; i++) {
        PLAQ_TRY(exchange_word_real(lines, word[i + 2], &value));
        PLAQ_TRY(plaq_text_add(&f->value[i], &value, sizeof value));
    }
    return PLAQ_OK;
}

static plaq_status put_flow(exchange_collection *collection, exchange_item *item, const char *path, int64_t config,
                            const table *f)
{
    size_t n = f->t.n / 32;
    const char **label = plaq_alloc(n ? n : 1, sizeof *label);
    plaq_status status = PLAQ_OK;

    if (!label) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < n; i++) label[i] = f->t.bytes + 32 * i;
    item->shape[0] = (int)n;
    item->label[0] = label;
    if (n == 0) status = plaq_fail(PLAQ_E_DATA, "%s: no flow time after the names", path);
    for (int i = 0; i < f->columns && status == PLAQ_OK; i++) {
        item->name = f->name[i];
        status = exchange_collection_put(collection, item, path, config, (const double *)f->value[i].bytes);
    }
    plaq_free(label);
    return status;
}

static plaq_status read_gradflow(exchange_lines *lines, const exchange_file *file, const char *ensemble,
                                 exchange_collection *collection)
{
    exchange_item item = {
        .ensemble = ensemble,
        .replica = file->replica,
        .axes = "flow",
        .rank = 1,
        .doc = "column of tmLQCD's gradflow files, by flow time",
    };
    table *f = plaq_alloc(1, sizeof *f);
    plaq_status status;
    char *line;

    if (!f) return PLAQ_E_MEMORY;
    PLAQ_GO(read_flow_head(lines, f));
    while ((line = exchange_lines_next(lines))) PLAQ_GO(read_flow_row(lines, line, f, file->config));
    status = put_flow(collection, &item, lines->path, file->config, f);
done:
    plaq_free(f->t.bytes);
    for (int i = 0; i < f->columns; i++) plaq_free(f->value[i].bytes);
    plaq_free(f);
    return status;
}

/* ---- onlinemeas ---------------------------------------------------------------------------------------------- */

static const struct {
    int64_t type;
    const char *name;
} correlator[] = {{1, "online.PP"}, {2, "online.PA"}, {6, "online.PV"}};

/* The pairs C(t), C(T-t) of a correlator; its extent and C(0..T-1). */
static plaq_status unfold(const char *path, const char *name, const plaq_text *pairs, int *extent, double **c)
{
    size_t n = pairs->n / (2 * sizeof(double));
    const double *pair = (const double *)pairs->bytes;

    if (n < 2 || n > EXTENT_MOST)
        return plaq_fail(PLAQ_E_DATA, "%s: %s has %zu times, expected 0 to T/2", path, name, n);
    *extent = 2 * ((int)n - 1);
    *c = plaq_alloc((size_t)*extent, sizeof **c);
    if (!*c) return PLAQ_E_MEMORY;
    for (int t = 0; t < (int)n; t++) {
        (*c)[t] = pair[2 * t];
        if (t > 0 && t < (int)n - 1) (*c)[*extent - t] = pair[2 * t + 1];
    }
    return PLAQ_OK;
}

static plaq_status read_pair(exchange_lines *lines, char *line, plaq_text pairs[])
{
    char *word[WORDS_MOST];
    int n = exchange_words(line, word, WORDS_MOST);
    int64_t type, t;
    double c[2];

    if (n == 0) return PLAQ_OK;
    if (n != 5) return plaq_fail(PLAQ_E_DATA, "%s, line %d: %d columns, expected 5", lines->path, lines->number, n);
    PLAQ_TRY(exchange_word_int(lines, word[0], &type));
    PLAQ_TRY(exchange_word_int(lines, word[2], &t));
    PLAQ_TRY(exchange_word_real(lines, word[3], &c[0]));
    PLAQ_TRY(exchange_word_real(lines, word[4], &c[1]));
    for (size_t i = 0; i < sizeof correlator / sizeof *correlator; i++) {
        int64_t expected = (int64_t)(pairs[i].n / sizeof c);

        if (correlator[i].type != type) continue;
        if (t != expected)
            return plaq_fail(PLAQ_E_DATA, "%s, line %d: time %lld of %s, expected %lld", lines->path, lines->number,
                             (long long)t, correlator[i].name, (long long)expected);
        return plaq_text_add(&pairs[i], c, sizeof c);
    }
    return plaq_fail(PLAQ_E_DATA, "%s, line %d: correlator %lld, expected 1 (PP), 2 (PA) or 6 (PV)", lines->path,
                     lines->number, (long long)type);
}

/* "t003" of "onlinemeas.t003.000124"; "0" where there is one source alone. */
static void source_of(const char *base, char source[16])
{
    const char *word = strchr(base, '.');

    snprintf(source, 16, "0");
    if (word && (word[1] == 't' || word[1] == 's')) snprintf(source, 16, "%.*s", (int)strcspn(word + 1, "."), word + 1);
}

static plaq_status read_online(exchange_lines *lines, const exchange_file *file, const char *ensemble,
                               exchange_collection *collection)
{
    enum { KINDS = sizeof correlator / sizeof *correlator };
    char source[16], *line;
    exchange_item item = {
        .ensemble = ensemble,
        .replica = file->replica,
        .axes = "t",
        .rank = 1,
        .source = source,
        .doc = "tmLQCD's online measurement, times from the source, over L^3 and 2 kappa^2",
    };
    plaq_text pairs[KINDS] = {0};
    plaq_status status = PLAQ_OK;
    double *c = NULL;

    source_of(plaq_path_base(file->path), source);
    while ((line = exchange_lines_next(lines))) PLAQ_GO(read_pair(lines, line, pairs));
    for (int i = 0; i < KINDS; i++) {
        item.name = correlator[i].name;
        PLAQ_GO(unfold(lines->path, item.name, &pairs[i], &item.shape[0], &c));
        PLAQ_GO(exchange_collection_put(collection, &item, lines->path, file->config, c));
        plaq_free(c);
        c = NULL;
    }
done:
    plaq_free(c);
    for (int i = 0; i < KINDS; i++) plaq_free(pairs[i].bytes);
    return status;
}

/* ---- the format ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *begin;
    plaq_status (*read)(exchange_lines *lines, const exchange_file *file, const char *ensemble,
                        exchange_collection *collection);
} kinds[] = {
    {"output.data", read_output},
    {"gradflow.", read_gradflow},
    {"onlinemeas.", read_online},
};

static int kind_of(const char *base)
{
    for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++)
        if (strncmp(base, kinds[i].begin, strlen(kinds[i].begin)) == 0) return i;
    return -1;
}

static bool accept(const char *base)
{
    return kind_of(base) >= 0;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    (void)head;
    return n == 0 ? exchange_folder_has(path, accept) : accept(plaq_path_base(path));
}

static plaq_status read_file(const exchange_file *file, const char *ensemble, exchange_collection *collection)
{
    int kind = kind_of(plaq_path_base(file->path));
    exchange_lines lines;
    plaq_status status;

    if (kind < 0)
        return plaq_fail(PLAQ_E_DATA, "%s: called neither output.data nor gradflow.NNNNNN nor onlinemeas.NNNNNN",
                         file->path);
    PLAQ_TRY(exchange_lines_open(file->path, &lines));
    status = kinds[kind].read(&lines, file, ensemble, collection);
    exchange_lines_close(&lines);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_tmlqcd = {
    .name = "tmlqcd",
    .brief = "a run of tmLQCD: output.data, gradflow.NNNNNN, onlinemeas.NNNNNN",
    .reference = "update_tm.c, meas/gradient_flow.c, meas/correlators.c of tmLQCD",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
