/* Any bytes as a formula: parsed or refused. What parses has values and derivatives that are numbers, or fails. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/analysis.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { ENTRIES = 5, NAMES_MOST = 100 };

static void expect(bool fact)
{
    if (!fact) abort();
}

/* Names of five entries, and every third of one. */
static void values_are_numbers(plaq_expression *e)
{
    const char *const *names;
    const int n = plaq_expression_names(e, &names);
    double in[NAMES_MOST * ENTRIES], out[ENTRIES], jacobian[ENTRIES * NAMES_MOST * ENTRIES];
    size_t size[NAMES_MOST];
    plaq_function f;

    if (n > NAMES_MOST) return;
    for (int i = 0; i < n; i++) size[i] = i % 3 == 2 ? 1 : ENTRIES;
    for (int i = 0; i < n * ENTRIES; i++) in[i] = 0.3 + 0.1 * i;
    if (plaq_expression_function(e, size, &f) != PLAQ_OK) return;
    expect(f.in <= (size_t)n * ENTRIES && f.out <= ENTRIES);
    if (f.evaluate(f.context, in, out) != PLAQ_OK) return;
    for (size_t o = 0; o < f.out; o++) expect(isfinite(out[o]));
    expect(f.jacobian(f.context, in, out, jacobian) == PLAQ_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const size_t blocks = plaq_alloc_blocks();
    plaq_expression *e = NULL;
    char *text = plaq_alloc(n + 1, 1);

    expect(text != NULL);
    memcpy(text, bytes, n);
    if (plaq_expression_parse(text, &e) == PLAQ_OK) values_are_numbers(e);
    plaq_expression_destroy(&e);
    plaq_free(text);
    expect(plaq_alloc_blocks() == blocks);
    return 0;
}
