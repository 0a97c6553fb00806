/* Any bytes as a propagator in LIME: the header is read or refused, and what is accepted lies within the file. (HDF5's
 * headers are HDF5's business.) Seeds: tests/fuzz/propagator.seeds, whole files of 1^4.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gauge/format.h"
#include "store/propagator.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void expect(bool fact)
{
    if (!fact) abort();
}

static void accepted_numbers_lie_within_the_file(const plaq_propagator *p)
{
    const plaq_propagator_header *h = &p->header;
    int columns = 0;
    int64_t volume;

    expect(plaq_dims_volume("fuzz", h->dims, &volume) == PLAQ_OK && p->pieces > 0);
    for (int i = 0; i < p->pieces; i++) {
        const store_piece *piece = &p->piece[i];

        expect(piece->columns > 0 && memchr(piece->checksum, 0, sizeof piece->checksum));
        expect(piece->offset > 0 &&
               piece->offset + volume * (int64_t)store_spinors_bytes(piece->columns, h->prec) <= h->bytes);
        columns += piece->columns;
    }
    expect(columns == h->columns && (p->order == STORE_COLUMNS || (columns == 12 && p->pieces == 1)));
    expect(memchr(h->facts.source, 0, sizeof h->facts.source) && memchr(h->note, 0, sizeof h->note));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    plaq_file file = {.fd = memfd_create("fuzz", 0), .path = "fuzz"};
    plaq_propagator *p = plaq_alloc(1, sizeof *p);
    size_t blocks = plaq_alloc_blocks();

    expect(file.fd >= 0 && p);
    expect(plaq_file_write(&file, 0, bytes, n) == PLAQ_OK);
    strcpy(p->path, "fuzz");
    p->header.bytes = (int64_t)n;
    if (store_propagator_qio.recognise(bytes, n) && store_propagator_qio.read_header(&file, p) == PLAQ_OK)
        accepted_numbers_lie_within_the_file(p);
    expect(plaq_file_close(&file) == PLAQ_OK);
    expect(plaq_alloc_blocks() >= blocks);
    plaq_propagator_close(&p);
    expect(plaq_alloc_blocks() == blocks - 1);
    return 0;
}
