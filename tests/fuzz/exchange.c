/* Any bytes as measured numbers in another program's file: read or refused, and what is read is whole and finite. Every
 * format that takes them for its own reads them; HDF5 is HDF5's business. Seeds: tests/fuzz/exchange.seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plaq/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void expect(bool fact)
{
    if (!fact) abort();
}

static void a_chain_ascends(const plaq_chain *chain)
{
    expect(chain->count > 0 && memchr(chain->ensemble, 0, sizeof chain->ensemble));
    expect(memchr(chain->replica, 0, sizeof chain->replica));
    for (size_t i = 1; i < chain->count; i++) expect(chain->config[i] > chain->config[i - 1]);
}

static void a_series_is_whole(const plaq_series *s)
{
    size_t n = s->chain.count * (s->is_complex ? 2 : 1);
    double sum = 0;

    a_chain_ascends(&s->chain);
    expect(s->rank >= 0 && s->rank <= PLAQ_AXES_MAX && memchr(s->name, 0, sizeof s->name));
    for (int i = 0; i < s->rank; i++) n *= (size_t)s->shape[i];
    for (size_t i = 0; i < n; i++) sum += s->values[i]; /* a sanitizer sees what is beyond */
    expect(n == 0 || s->values || isnan(sum));
    for (int i = 0; i < s->rank; i++)
        for (int k = 0; s->label[i] && k < s->shape[i]; k++) expect(s->label[i][k] != NULL);
}

static void an_estimate_is_finite(const plaq_estimate *e)
{
    expect(e->chains && e->size > 0);
    for (int k = 0; k < e->chains->count; k++) a_chain_ascends(&e->chains->chain[k]);
    for (size_t i = 0; i < e->size; i++) expect(isfinite(e->value[i]));
    for (size_t i = 0; i < e->size * e->chains->configs; i++) expect(isfinite(e->delta[i]));
}

static void read_as(const plaq_numbers_format *format, const char *path)
{
    plaq_numbers numbers;
    size_t blocks = plaq_alloc_blocks();

    if (plaq_numbers_read(path, format->name, NULL, &numbers) != PLAQ_OK) {
        expect(plaq_alloc_blocks() == blocks && plaq_message()[0]);
        return;
    }
    for (int i = 0; i < numbers.series_count; i++) a_series_is_whole(&numbers.series[i]);
    for (int i = 0; i < numbers.estimates; i++) an_estimate_is_finite(&numbers.estimate[i]);
    plaq_numbers_clear(&numbers);
    expect(plaq_alloc_blocks() == blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    plaq_file file = {.fd = memfd_create("fuzz", 0), .path = "fuzz"};
    char path[64];

    expect(file.fd >= 0);
    expect(plaq_file_write(&file, 0, bytes, n) == PLAQ_OK);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file.fd);
    for (int i = 0; plaq_numbers_formats[i]; i++) {
        const plaq_numbers_format *f = plaq_numbers_formats[i];

        if (memmem(bytes, n, "\211HDF", 4) || n == 0) break;
        if (f->recognise && f->recognise(path, (const char *)bytes, n < 4096 ? n : 4096)) read_as(f, path);
    }
    expect(plaq_file_close(&file) == PLAQ_OK);
    return 0;
}
