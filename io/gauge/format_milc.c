/* MILC binary, versions 5 (magic 20103) and 4 (59354), 32 bit, in either byte order.
 *
 *   version 5: magic, nx ny nz nt, 64 bytes of date, order of the sites, two checksums; 96 bytes
 *   version 4: magic, nx ny nz nt, two reals of the action; 28 bytes, no checksum
 */
#include <stdio.h>
#include <string.h>

#include "gauge/bytes.h"
#include "gauge/format.h"

enum { MAGIC_V5 = 20103, MAGIC_V4 = 59354, HEADER_V5 = 96, HEADER_V4 = 28 };
enum { AT_DIMS = 4, AT_DATE = 20, AT_ORDER = 84, AT_SUMS = 88 };

static bool is_magic(uint32_t word)
{
    return word == MAGIC_V5 || word == MAGIC_V4;
}

static bool recognise(const unsigned char *bytes, size_t n)
{
    return n >= 4 && (is_magic(plaq_word_at(bytes, 0, true)) || is_magic(plaq_word_at(bytes, 0, false)));
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    unsigned char bytes[HEADER_V5];
    int64_t volume;
    bool v5;

    (void)given;
    PLAQ_TRY(plaq_file_read(file, 0, bytes, HEADER_V4));
    h->little = is_magic(plaq_word_at(bytes, 0, true));
    v5 = plaq_word_at(bytes, 0, h->little) == MAGIC_V5;
    h->prec = PLAQ_SINGLE;
    for (int mu = 0; mu < 4; mu++) h->dims[mu] = (int)plaq_word_at(bytes, (size_t)(AT_DIMS + 4 * mu), h->little);
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    if (v5) {
        uint32_t sum[2];

        PLAQ_TRY(plaq_file_read(file, 0, bytes, HEADER_V5));
        if (plaq_word_at(bytes, AT_ORDER, h->little) != 0)
            return plaq_fail(PLAQ_E_DATA,
                             "%s: MILC checkpoint with sites in the order of its nodes (%u); only natural "
                             "order (0) can be read",
                             file->path, plaq_word_at(bytes, AT_ORDER, h->little));
        for (int i = 0; i < 2; i++) sum[i] = plaq_word_at(bytes, (size_t)(AT_SUMS + 4 * i), h->little);
        s->check = PLAQ_CHECK_MILC;
        strcpy(h->checksum_kind, plaq_check_name(s->check));
        plaq_check_print(s->check, sum, h->checksum);
    } else {
        strcpy(h->note, "MILC version 4: has no checksum");
    }
    s->offset = v5 ? HEADER_V5 : HEADER_V4;
    s->bytes = volume * (int64_t)plaq_site_bytes(PLAQ_SINGLE, 3);
    if (h->bytes != s->offset + s->bytes)
        return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected %lld for MILC links of %d %d %d %d", file->path,
                         (long long)h->bytes, (long long)(s->offset + s->bytes), h->dims[0], h->dims[1], h->dims[2],
                         h->dims[3]);
    return PLAQ_OK;
}

static plaq_status add_word(plaq_text *text, uint32_t word)
{
    const unsigned char bytes[4] = {(unsigned char)(word >> 24), (unsigned char)(word >> 16),
                                    (unsigned char)(word >> 8), (unsigned char)word};

    return plaq_text_add(text, bytes, sizeof bytes);
}

/* Where a date stands, ours says who wrote it: equal links make equal files. */
static plaq_status frame(const plaq_frame *f, plaq_text *before, plaq_text *after)
{
    char date[AT_ORDER - AT_DATE] = "";

    (void)after;
    if (f->prec != PLAQ_SINGLE)
        return plaq_fail(PLAQ_E_USAGE, "MILC stores numbers of 32 bits, asked for were 64: give precision f32");
    snprintf(date, sizeof date, "plaq %s (%s)", PLAQ_VERSION, plaq_commit());
    PLAQ_TRY(add_word(before, MAGIC_V5));
    for (int mu = 0; mu < 4; mu++) PLAQ_TRY(add_word(before, (uint32_t)f->dims[mu]));
    PLAQ_TRY(plaq_text_add(before, date, sizeof date));
    PLAQ_TRY(add_word(before, 0)); /* sites in natural order */
    for (int i = 0; i < 2; i++) PLAQ_TRY(add_word(before, f->sum[i]));
    return PLAQ_OK;
}

const plaq_format plaq_format_milc = {
    .key = "milc",
    .name = "MILC binary, versions 5 and 4",
    .doc = "32 bit, either byte order; two checksums in version 5, which is written, big-endian",
    .called = {"MILC"},
    .recognise = recognise,
    .read_header = read_header,
    .frame = frame,
    .frame_check = PLAQ_CHECK_MILC,
};
