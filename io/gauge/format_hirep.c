/* HiRep: big-endian int32 N T X Y Z of SU(N), double plaquette (1/N) Re tr, then links in double, row-major: sites t
 * slowest, then x, y, z; the links of a site together in the order t x y z. 28 bytes of header.
 *
 * The order was found from a file whose field openQCD has exported as well.
 */
#include "gauge/bytes.h"
#include "gauge/format.h"

enum { AT_DIMS = 4, AT_PLAQUETTE = 20, HEADER = 28, COLOURS_MOST = 16, EXTENT_MOST = 1 << 14 };

static const int axes[4] = {3, 0, 1, 2}; /* the header's extents are those of t x y z */

static bool recognise(const unsigned char *bytes, size_t n)
{
    double plaquette;

    if (n < HEADER || plaq_word_at(bytes, 0, false) < 2 || plaq_word_at(bytes, 0, false) > COLOURS_MOST) return false;
    for (size_t at = AT_DIMS; at < AT_PLAQUETTE; at += 4)
        if (plaq_word_at(bytes, at, false) < 1 || plaq_word_at(bytes, at, false) > EXTENT_MOST) return false;
    plaquette = plaq_double_at(bytes, AT_PLAQUETTE, false);
    return plaquette > -1.01 && plaquette < 1.01;
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    unsigned char bytes[HEADER];
    int64_t volume;

    (void)given;
    PLAQ_TRY(plaq_file_read(file, 0, bytes, sizeof bytes));
    if (plaq_word_at(bytes, 0, false) != 3)
        return plaq_fail(PLAQ_E_DATA, "%s: HiRep links of SU(%u); plaq reads SU(3)", file->path,
                         plaq_word_at(bytes, 0, false));
    for (int i = 0; i < 4; i++) h->dims[axes[i]] = (int)plaq_word_at(bytes, AT_DIMS + 4 * (size_t)i, false);
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    h->plaquette = plaq_double_at(bytes, AT_PLAQUETTE, false);
    s->offset = HEADER;
    s->bytes = volume * (int64_t)plaq_site_bytes(PLAQ_DOUBLE, 3);
    s->order[0] = (plaq_order){.axes = "txyzm", .directions = "txyz"};
    if (h->bytes == s->offset + s->bytes) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected %lld for HiRep links of %d %d %d %d", file->path,
                     (long long)h->bytes, (long long)(s->offset + s->bytes), h->dims[0], h->dims[1], h->dims[2],
                     h->dims[3]);
}

const plaq_format plaq_format_hirep = {
    .key = "hirep",
    .name = "HiRep",
    .doc = "64 bit, big-endian, fundamental links of SU(3)",
    .called = {"HiRep"},
    .recognise = recognise,
    .read_header = read_header,
};
