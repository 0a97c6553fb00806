/* Any bytes as a configuration: the header is read or refused, by every format that reads headers by itself (HDF5's
 * is HDF5's business), and what is accepted lies within the file. The same bytes as the words for raw links. Seeds:
 * tests/fuzz/config.seeds, whole files of 1^4.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gauge/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void expect(bool fact)
{
    if (!fact) abort();
}

/* Some links of an order, first and last among them, are on the lattice. */
static bool links_are_those_of_the_lattice(const plaq_order *order, const int dims[4])
{
    int64_t links = 4 * (int64_t)dims[0] * dims[1] * dims[2] * dims[3];

    for (int k = 0; k <= 8; k++) {
        int c[4], mu;

        plaq_order_find(order, dims, (links - 1) / 8 * k + (links - 1) % 8 * (k == 8), c, &mu);
        for (int nu = 0; nu < 4; nu++)
            if (c[nu] < 0 || c[nu] >= dims[nu] || mu < 0 || mu > 3) return false;
    }
    return plaq_order_fits(order, dims);
}

static void accepted_links_lie_within_the_file(const plaq_config_header *h, const plaq_stored *s)
{
    int64_t volume;

    expect(s->indirect || (s->offset >= 0 && s->bytes > 0 && s->bytes <= h->bytes && s->offset <= h->bytes - s->bytes));
    expect(h->rows == 2 || h->rows == 3);
    expect(memchr(h->checksum, 0, sizeof h->checksum) && memchr(h->note, 0, sizeof h->note));
    if (h->dims[0] == 0 || s->indirect) return; /* unknown, or text */
    expect(plaq_dims_volume("fuzz", h->dims, &volume) == PLAQ_OK);
    for (int k = 0; k < 2; k++) expect(!s->order[k].axes[0] || links_are_those_of_the_lattice(&s->order[k], h->dims));
    expect(s->bytes == volume * (int64_t)plaq_site_bytes(h->prec, h->rows));
}

static void read_as(const plaq_format *format, const plaq_file *file, size_t n, const int given[4])
{
    plaq_config_header header = {.bytes = (int64_t)n, .prec = PLAQ_DOUBLE, .rows = 3};
    plaq_stored stored = {0};

    if (format->read_header(file, given, &header, &stored) == PLAQ_OK)
        accepted_links_lie_within_the_file(&header, &stored);
    plaq_free(stored.chunk_at);
}

/* Any bytes as the words that describe raw links. */
static void read_as_words(const uint8_t *bytes, size_t n)
{
    char *words = plaq_alloc(n + 1, 1);

    expect(words != NULL);
    memcpy(words, bytes, n);
    plaq_status status = plaq_raw_check(words);
    expect(status == PLAQ_OK || status == PLAQ_E_USAGE);
    plaq_free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    plaq_file file = {.fd = memfd_create("fuzz", 0), .path = "fuzz"};
    size_t blocks = plaq_alloc_blocks();

    expect(file.fd >= 0);
    expect(plaq_file_write(&file, 0, bytes, n) == PLAQ_OK);
    for (size_t i = 0; plaq_formats[i]; i++) {
        if (strcmp(plaq_formats[i]->key, "hdf5") == 0 || !plaq_formats[i]->recognise(bytes, n)) continue;
        read_as(plaq_formats[i], &file, n, NULL);
        read_as(plaq_formats[i], &file, n, (int[]){1, 1, 1, 1});
    }
    read_as_words(bytes, n);
    expect(plaq_file_close(&file) == PLAQ_OK);
    expect(plaq_alloc_blocks() == blocks);
    return 0;
}
