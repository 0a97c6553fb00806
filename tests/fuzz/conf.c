/* Any bytes as a run file: parsed or refused, and what parses is written as text that parses to the same text.
 * Up to the first NUL the bytes serve as an override too. */
#include <stdlib.h>
#include <string.h>

#include "plaq/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void expect(bool fact)
{
    if (!fact) abort();
}

static void written_text_parses_back(const plaq_node *root)
{
    char *text = plaq_conf_text(root), *again;
    plaq_node *copy = NULL;

    expect(text != NULL);
    expect(plaq_conf_parse(text, strlen(text), "text", &copy) == PLAQ_OK);
    again = plaq_conf_text(copy);
    expect(again && strcmp(text, again) == 0);
    plaq_free(text);
    plaq_free(again);
    plaq_conf_destroy(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char base[] = "a: {b: 1}\nc: [1, {d: 2}]\n";
    size_t blocks = plaq_alloc_blocks();
    plaq_node *root = NULL;
    char *assignment = plaq_alloc(n + 1, 1);

    expect(assignment != NULL);
    memcpy(assignment, bytes, n);
    if (plaq_conf_parse((const char *)bytes, n, "fuzz", &root) == PLAQ_OK) written_text_parses_back(root);
    plaq_conf_destroy(&root);
    expect(plaq_conf_parse(base, strlen(base), "base", &root) == PLAQ_OK);
    if (plaq_conf_override(root, assignment) == PLAQ_OK) written_text_parses_back(root);
    plaq_conf_destroy(&root);
    plaq_free(assignment);
    expect(plaq_alloc_blocks() == blocks);
    return 0;
}
