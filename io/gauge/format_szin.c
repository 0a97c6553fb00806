/* SZIN, versions 1 to 7, 32 bit, big-endian.
 *
 *   words of 4 bytes: lengths of a date and a banner, a record size; date and banner, one character a word; the
 *   version; parameters of the run, among them the dimensions Nd and colours Nc; the extents; a seed of 4 words;
 *   820 words of statistics; then the links: direction slowest, even sites, then odd ones, t, z, y, and x/2 fastest;
 *   matrices are [column][row].
 *
 * How many parameters there are depends on the version. Reference: lib/io/readszin.cc of Chroma (R. Edwards).
 */
#include "gauge/bytes.h"
#include "gauge/format.h"

enum { DATE_MOST = 99, BANNER_MOST = 4096, BEFORE_DATE = 3, SEED = 4, STATISTICS = 41 * 20, VERSIONS = 7 };

/* parameters between the version and the extents, and which of them Nd is; Nc is the next */
static const struct {
    int count, nd;
} parameters[VERSIONS] = {{7, 0}, {9, 0}, {10, 0}, {12, 0}, {13, 1}, {17, 1}, {25, 1}};

/* Lengths, and a date that can be printed. */
static bool recognise(const unsigned char *bytes, size_t n)
{
    uint32_t date;

    if (n < 4 * BEFORE_DATE) return false;
    date = plaq_word_at(bytes, 0, false);
    if (date < 1 || date > DATE_MOST || plaq_word_at(bytes, 4, false) > BANNER_MOST) return false;
    for (size_t i = BEFORE_DATE; i < BEFORE_DATE + date; i++) {
        uint32_t letter = 4 * (i + 1) <= n ? plaq_word_at(bytes, 4 * i, false) : 0;

        if (letter < ' ' || letter > '~') return false;
    }
    return true;
}

static plaq_status read_word(const plaq_file *file, int64_t word, uint32_t *value)
{
    unsigned char bytes[4];

    PLAQ_TRY(plaq_file_read(file, 4 * word, bytes, sizeof bytes));
    *value = plaq_word_at(bytes, 0, false);
    return PLAQ_OK;
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    uint32_t date, banner, version, nd, nc, extent;
    int64_t at, volume;

    (void)given;
    PLAQ_TRY(read_word(file, 0, &date));
    PLAQ_TRY(read_word(file, 1, &banner));
    at = BEFORE_DATE + (int64_t)date + banner;
    PLAQ_TRY(read_word(file, at, &version));
    if (version < 1 || version > VERSIONS)
        return plaq_fail(PLAQ_E_DATA, "%s: SZIN version %u, expected 1 to %d", file->path, version, VERSIONS);
    PLAQ_TRY(read_word(file, at + 1 + parameters[version - 1].nd, &nd));
    PLAQ_TRY(read_word(file, at + 2 + parameters[version - 1].nd, &nc));
    if (nd != 4 || nc != 3)
        return plaq_fail(PLAQ_E_DATA, "%s: SZIN links of SU(%u) in %u dimensions; plaq reads SU(3) in 4", file->path,
                         nc, nd);
    at += 1 + parameters[version - 1].count;
    for (int mu = 0; mu < 4; mu++) {
        PLAQ_TRY(read_word(file, at + mu, &extent));
        h->dims[mu] = (int)extent;
    }
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    h->prec = PLAQ_SINGLE;
    s->order[0] = (plaq_order){.axes = "mptzyx", .directions = "xyzt", .transposed = true};
    if (!plaq_order_fits(&s->order[0], h->dims))
        return plaq_fail(PLAQ_E_DATA, "%s: SZIN links in %d sites along x, expected an even number", file->path,
                         h->dims[0]);
    s->offset = 4 * (at + 4 + SEED + STATISTICS);
    s->bytes = volume * (int64_t)plaq_site_bytes(PLAQ_SINGLE, 3);
    if (h->bytes == s->offset + s->bytes) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected %lld for SZIN links of %d %d %d %d", file->path,
                     (long long)h->bytes, (long long)(s->offset + s->bytes), h->dims[0], h->dims[1], h->dims[2],
                     h->dims[3]);
}

const plaq_format plaq_format_szin = {
    .key = "szin",
    .name = "SZIN, versions 1 to 7",
    .doc = "32 bit, big-endian, no checksum",
    .called = {"SZIN"},
    .recognise = recognise,
    .read_header = read_header,
};
