/* Configurations exported by openQCD 1.x and 2.x (CERN), and those of DDalphaAMG, whose headers are the same.
 *
 *   int32 T X Y Z, double: mean of Re tr over all plaquettes, 3 x ours; little-endian on every machine; 24 bytes.
 *   openQCD     the sites with t + x + y + z odd, t slowest, z fastest; of each U_mu(x) and U_mu(x-mu), mu = t x y z
 *   DDalphaAMG  all sites, t slowest, then z, y, x; U_mu(x) of each, mu = t z y x
 *
 * The sizes are the same too: only the plaquette tells one from the other, when the links are read. Odd extents cannot
 * be openQCD's. Matrices are row-major in both. Where openQCD ran with open boundaries (type 0) the time links of the
 * last slice are stored as zeros; the plaquette of the header is the sum over the plaquettes that are there, weight 1
 * each, divided by 6 V, which is the mean of ours with zeros.
 *
 * References: modules/archive/archive.c of openQCD describes the export format (M. Luescher, openQCD 1.6); DDalphaAMG's
 * was found from a file with its plaquette.
 */
#include <stdio.h>

#include "gauge/bytes.h"
#include "gauge/format.h"

enum { AT_PLAQUETTE = 16, HEADER = 24, EXTENT_MOST = 1 << 14 };
enum { OPENQCD, DDALPHAAMG };

static const int axes[4] = {3, 0, 1, 2}; /* the header's extents are those of t x y z */

static const plaq_order openqcd = {.axes = "txyzms", .directions = "txyz", .odd = true};
static const plaq_order ddalphaamg = {.axes = "tzyxm", .directions = "tzyx"};

/* Four small numbers and a plaquette times 3. */
static bool recognise(const unsigned char *bytes, size_t n)
{
    double plaquette;

    if (n < HEADER) return false;
    for (size_t i = 0; i < 4; i++)
        if (plaq_word_at(bytes, 4 * i, true) < 1 || plaq_word_at(bytes, 4 * i, true) > EXTENT_MOST) return false;
    plaquette = plaq_double_at(bytes, AT_PLAQUETTE, true);
    return plaquette > -1.51 && plaquette < 3.01; /* the range of Re tr, and room for rounding */
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    unsigned char bytes[HEADER];
    int64_t volume;

    (void)given;
    PLAQ_TRY(plaq_file_read(file, 0, bytes, sizeof bytes));
    for (int i = 0; i < 4; i++) h->dims[axes[i]] = (int)plaq_word_at(bytes, 4 * (size_t)i, true);
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    h->plaquette = plaq_double_at(bytes, AT_PLAQUETTE, true) / 3;
    h->little = true;
    s->offset = HEADER;
    s->bytes = volume * (int64_t)plaq_site_bytes(PLAQ_DOUBLE, 3);
    if (h->bytes != s->offset + s->bytes)
        return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected %lld for openQCD links of %d %d %d %d", file->path,
                         (long long)h->bytes, (long long)(s->offset + s->bytes), h->dims[0], h->dims[1], h->dims[2],
                         h->dims[3]);
    s->called = plaq_order_fits(&openqcd, h->dims) ? OPENQCD : DDALPHAAMG;
    s->order[0] = s->called == OPENQCD ? openqcd : ddalphaamg;
    if (s->called == DDALPHAAMG) return PLAQ_OK;
    s->order[1] = ddalphaamg;
    snprintf(h->note, sizeof h->note, "or DDalphaAMG: the plaquette tells when the links are read");
    return PLAQ_OK;
}

static plaq_status add_little(plaq_text *text, uint64_t word, size_t size)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(word >> 8 * i);
    return plaq_text_add(text, bytes, size);
}

static plaq_status frame(const plaq_frame *f, plaq_text *before, plaq_text *after)
{
    double plaquette = 3 * f->facts->plaquette;
    uint64_t word;

    (void)after;
    if (f->prec != PLAQ_DOUBLE)
        return plaq_fail(PLAQ_E_USAGE, "openQCD stores numbers of 64 bits, asked for were 32: give precision f64");
    if (!plaq_order_fits(&openqcd, f->dims))
        return plaq_fail(PLAQ_E_USAGE, "openQCD stores the links of odd sites: extents must be even, not %d %d %d %d",
                         f->dims[0], f->dims[1], f->dims[2], f->dims[3]);
    for (int i = 0; i < 4; i++) PLAQ_TRY(add_little(before, (uint64_t)f->dims[axes[i]], 4));
    memcpy(&word, &plaquette, sizeof word);
    return add_little(before, word, 8);
}

const plaq_format plaq_format_openqcd = {
    .key = "openqcd",
    .name = "openQCD and DDalphaAMG",
    .doc = "64 bit, little-endian, the plaquette tells which of the two; written as openQCD exports it",
    .called = {[OPENQCD] = "openQCD", [DDALPHAAMG] = "DDalphaAMG"},
    .recognise = recognise,
    .read_header = read_header,
    .frame = frame,
    .frame_order = &openqcd,
    .frame_little = true,
};
