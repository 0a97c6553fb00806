/* Any bytes as a configuration: the header is read or refused, by every format that reads headers by itself (HDF5's
 * is HDF5's business), and what is accepted lies within the file. Seeds: tests/fuzz/config.seeds, whole files of 1^4.
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

static void accepted_links_lie_within_the_file(const plaq_config_header *h, const plaq_stored *s)
{
    int64_t volume;

    expect(s->offset >= 0 && s->bytes > 0 && s->bytes <= h->bytes && s->offset <= h->bytes - s->bytes);
    expect(h->rows == 2 || h->rows == 3);
    expect(memchr(h->checksum, 0, sizeof h->checksum) && memchr(h->note, 0, sizeof h->note));
    if (h->dims[0] == 0) return;
    expect(plaq_dims_volume("fuzz", h->dims, &volume) == PLAQ_OK);
    expect(s->bytes == volume * (int64_t)plaq_site_bytes(h->prec, h->rows));
}

static void read_as(const plaq_format *format, const plaq_file *file, size_t n, const int given[4])
{
    plaq_config_header header = {.bytes = (int64_t)n, .prec = PLAQ_DOUBLE, .rows = 3};
    plaq_stored stored = {0};

    if (format->read_header(file, given, &header, &stored) == PLAQ_OK)
        accepted_links_lie_within_the_file(&header, &stored);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    plaq_file file = {.fd = memfd_create("fuzz", 0), .path = "fuzz"};
    size_t blocks = plaq_alloc_blocks();

    expect(file.fd >= 0);
    expect(plaq_file_write(&file, 0, bytes, n) == PLAQ_OK);
    for (size_t i = 0; plaq_formats[i]; i++) {
        if (plaq_formats[i]->read || !plaq_formats[i]->recognise(bytes, n)) continue;
        read_as(plaq_formats[i], &file, n, NULL);
        read_as(plaq_formats[i], &file, n, (int[]){1, 1, 1, 1});
    }
    expect(plaq_file_close(&file) == PLAQ_OK);
    expect(plaq_alloc_blocks() == blocks);
    return 0;
}
