/* Bridge++ text: one real number a line and nothing else, in the order t z y x mu row column (re, im), slowest first.
 *
 * There is no header, so extents come from the user. The content is recognised by its first two rows: six numbers a
 * row, norm one. Numbers may be of any length: to read in parallel, each rank counts those that begin in its share of
 * the bytes, and knows then which links are its own. What plaq writes has 17 digits and lines of equal length, so each
 * rank writes its links where they belong, and reading gives the same bits.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gauge/format.h"
#include "gauge/shuffle.h"

enum { REALS = 18, LINE = 25, LINE_MOST = 64, WINDOW = 1 << 20 };

static const plaq_order order = {.axes = "tzyxm", .directions = "xyzt"};

static const char of_numbers[] = "+-.0123456789eE";

/* Whether a line is one number; *next is behind it. */
static bool read_line(const char *line, const char **next, double *value)
{
    const char *word = line + strspn(line, " \t"), *rest = word + strspn(word, of_numbers);
    char *end;

    *value = strtod(word, &end);
    if (rest == word || end != rest) return false;
    rest += strspn(rest, " \t\r");
    *next = rest + 1;
    return *rest == '\n';
}

static bool recognise(const unsigned char *bytes, size_t n)
{
    char text[513];
    const char *line = text;
    size_t most = sizeof text - 1;

    snprintf(text, sizeof text, "%.*s", (int)(n < most ? n : most), (const char *)bytes);
    for (int row = 0; row < 2; row++) {
        double norm = 0, value;

        for (int i = 0; i < 6; i++) {
            if (!read_line(line, &line, &value)) return false;
            norm += value * value;
        }
        if (!(norm > 0.99 && norm < 1.01)) return false;
    }
    return true;
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    int64_t volume, numbers;

    s->indirect = true;
    s->bytes = h->bytes;
    snprintf(h->note, sizeof h->note, given ? "no extents in the file: taken as given" : "no extents: give dims");
    if (!given) return PLAQ_OK;
    memcpy(h->dims, given, sizeof h->dims);
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    numbers = 4 * REALS * volume;
    if (h->bytes / 2 >= numbers - 1 && h->bytes / LINE_MOST <= numbers) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes cannot be the %lld lines of %d %d %d %d", file->path,
                     (long long)h->bytes, (long long)numbers, h->dims[0], h->dims[1], h->dims[2], h->dims[3]);
}

/* ---- numbers of a text, one after the other ---------------------------------------------------------------------- */

typedef struct {
    plaq_file file;
    int64_t at;   /* of the next byte to be read into the window */
    char *window; /* [WINDOW + 1] */
    size_t used, filled;
    int64_t number; /* that comes next, in the file */
} reader;

/* The next byte; -1 at the end of the file. */
static plaq_status next_byte(reader *r, int *byte)
{
    if (r->used == r->filled) {
        PLAQ_TRY(plaq_file_peek(&r->file, r->at, r->window, WINDOW, &r->filled));
        r->at += (int64_t)r->filled;
        r->used = 0;
    }
    *byte = r->filled ? (unsigned char)r->window[r->used++] : -1;
    return PLAQ_OK;
}

static plaq_status next_number(reader *r, double *value)
{
    char word[LINE_MOST + 1], *end;
    size_t n = 0;
    int byte;

    do PLAQ_TRY(next_byte(r, &byte));
    while (byte >= 0 && isspace(byte));
    for (; byte >= 0 && !isspace(byte) && n < LINE_MOST; n++) {
        word[n] = (char)byte;
        PLAQ_TRY(next_byte(r, &byte));
    }
    word[n] = '\0';
    *value = strtod(word, &end);
    if (n == 0 || *end || word[strspn(word, of_numbers)] || (byte >= 0 && !isspace(byte)))
        return plaq_fail(PLAQ_E_DATA, "%s: number %lld is '%s'", r->file.path, (long long)r->number, word);
    r->number++;
    return PLAQ_OK;
}

/* How many numbers begin in the bytes first <= i < end. */
static plaq_status count_numbers(reader *r, int64_t first, int64_t end, int64_t *count)
{
    bool blank = true;
    int byte = ' ';

    *count = 0;
    r->at = first > 0 ? first - 1 : 0;
    r->used = r->filled = 0;
    if (first > 0) PLAQ_TRY(next_byte(r, &byte));
    blank = isspace(byte);
    for (int64_t i = first; i < end; i++) {
        PLAQ_TRY(next_byte(r, &byte));
        if (byte < 0) break;
        *count += blank && !isspace(byte);
        blank = isspace(byte);
    }
    return PLAQ_OK;
}

/* Goes to the first number that begins at or behind a byte. */
static plaq_status go_to(reader *r, int64_t first)
{
    int byte = ' ';

    r->at = first > 0 ? first - 1 : 0;
    r->used = r->filled = 0;
    if (first > 0) PLAQ_TRY(next_byte(r, &byte));
    while (byte >= 0 && !isspace(byte)) PLAQ_TRY(next_byte(r, &byte));
    return PLAQ_OK;
}

static plaq_status fetch(void *context, int64_t first, int64_t n, void *bytes)
{
    reader *r = context;
    double *values = bytes;

    while (r->number < first * REALS) PLAQ_TRY(next_number(r, values));
    for (int64_t i = 0; i < n * REALS; i++) PLAQ_TRY(next_number(r, &values[i]));
    return PLAQ_OK;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* Which links begin in this rank's share of the bytes, whose first is *byte; the reader's number is that of its first.
 * PLAQ_E_DATA where there are more or fewer numbers than links need. Collective. */
static plaq_status find_share(const plaq_config *c, reader *r, plaq_shuffle *shuffle, int64_t *byte)
{
    int64_t ranks = plaq_comm_size(c->comm), rank = plaq_comm_rank(c->comm), before = 0, all = 0, volume;
    int64_t *counts = plaq_alloc((size_t)ranks, sizeof *counts), end = c->header.bytes / ranks * (rank + 1);
    plaq_status status = counts ? PLAQ_OK : PLAQ_E_MEMORY;

    *byte = c->header.bytes / ranks * rank;
    if (status == PLAQ_OK) status = count_numbers(r, *byte, rank + 1 == ranks ? c->header.bytes : end, &counts[rank]);
    PLAQ_GO(plaq_agree(c->comm, status));
    plaq_reduce_add(c->comm, counts, (int)ranks);
    for (int64_t i = 0; i < ranks; i++) {
        all += counts[i];
        if (i < rank) before += counts[i];
    }
    PLAQ_GO(plaq_dims_volume(c->path, c->header.dims, &volume));
    if (all != 4 * REALS * volume) {
        status = plaq_fail(PLAQ_E_DATA, "%s: %lld numbers, expected %lld for %d %d %d %d", c->path, (long long)all,
                           (long long)(4 * REALS * volume), c->header.dims[0], c->header.dims[1], c->header.dims[2],
                           c->header.dims[3]);
        goto done;
    }
    r->number = before;
    shuffle->first = (before + REALS - 1) / REALS;
    shuffle->count = (before + counts[rank] + REALS - 1) / REALS - shuffle->first;
done:
    plaq_free(counts);
    return status;
}

static plaq_status read_links(const plaq_config *c, plaq_field *links, uint32_t sum[2])
{
    reader r = {.file = PLAQ_FILE_CLOSED, .window = plaq_alloc(WINDOW, 1)};
    plaq_shuffle shuffle = {.order = order, .prec = PLAQ_DOUBLE, .move = fetch, .context = &r};
    plaq_status status = r.window ? plaq_file_open(&r.file, c->path) : PLAQ_E_MEMORY;
    int64_t byte;

    sum[0] = sum[1] = 0;
    PLAQ_GO(plaq_agree(c->comm, status));
    PLAQ_GO(find_share(c, &r, &shuffle, &byte));
    PLAQ_GO(plaq_agree(c->comm, go_to(&r, byte)));
    status = plaq_shuffle_read(links, &shuffle);
done:
    plaq_free(r.window);
    if (plaq_file_close(&r.file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return plaq_agree(c->comm, status);
}

typedef struct {
    plaq_file file;
    plaq_text text; /* kept from call to call */
} writer;

static plaq_status store(void *context, int64_t first, int64_t n, void *bytes)
{
    writer *w = context;
    const double *values = bytes;
    char line[LINE_MOST];

    w->text.n = 0;
    for (int64_t i = 0; i < n * REALS; i++) {
        int length = snprintf(line, sizeof line, "%*.16e\n", LINE - 1, values[i]);

        if (length != LINE) return plaq_fail(PLAQ_E_INTERNAL, "a line of %d bytes, expected %d", length, LINE);
        PLAQ_TRY(plaq_text_add(&w->text, line, LINE));
    }
    return plaq_file_write(&w->file, first * REALS * LINE, w->text.bytes, w->text.n);
}

static plaq_status write_links(plaq_field *links, const char *path, plaq_prec prec, const plaq_config_facts *facts)
{
    const plaq_lattice *lattice = plaq_field_lattice(links);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    writer w = {.file = PLAQ_FILE_CLOSED};
    plaq_shuffle shuffle = {.order = order, .prec = PLAQ_DOUBLE, .move = store, .context = &w};
    plaq_status status, closed;

    (void)facts;
    if (prec != PLAQ_DOUBLE)
        return plaq_fail(PLAQ_E_USAGE, "Bridge++ text has numbers of 64 bits, asked for were 32: give precision f64");
    plaq_shuffle_share(lattice, &shuffle.first, &shuffle.count);
    PLAQ_GO(plaq_config_create(comm, &w.file, path, 4 * REALS * LINE * plaq_lattice_volume(lattice)));
    PLAQ_GO(plaq_shuffle_write(links, &shuffle));
    status = plaq_file_sync(&w.file);
done:
    plaq_free(w.text.bytes);
    closed = plaq_file_close(&w.file);
    return plaq_agree(comm, status == PLAQ_OK ? closed : status);
}

const plaq_format plaq_format_bridge = {
    .key = "bridge",
    .name = "Bridge++ text",
    .doc = "one number a line, no header: extents are given by the user; written with 17 digits",
    .called = {"Bridge++"},
    .recognise = recognise,
    .read_header = read_header,
    .read = read_links,
    .write = write_links,
};
