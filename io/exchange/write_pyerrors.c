/* Estimates as json.gz of pyerrors. Layout and reference: format_pyerrors.c.
 *
 * An estimate of one number is an "Obs", others are a "List"; each has its name as tag, so that both programs call it
 * the same. Numbers have 17 digits: read back, they are the same bits. There are no times in it: equal estimates and
 * provenance make equal files.
 */
#include <inttypes.h>
#include <string.h>

#include "exchange/exchange.h"

static plaq_status print_pair(plaq_text *text, const char *before, const char *name, const char *words)
{
    PLAQ_TRY(plaq_text_print(text, "%s", before));
    PLAQ_TRY(exchange_print_quoted(text, name));
    PLAQ_TRY(plaq_text_print(text, ": "));
    return exchange_print_quoted(text, words ? words : "");
}

/* ---- what stands beside --------------------------------------------------------------------------------------------
 */

static plaq_status print_quantities(plaq_text *text, const exchange_export *what)
{
    PLAQ_TRY(plaq_text_print(text, "  \"quantities\": {"));
    for (int i = 0; i < what->n; i++) {
        PLAQ_TRY(plaq_text_print(text, "%s", i ? ",\n   " : "\n   "));
        PLAQ_TRY(exchange_print_quoted(text, what->list[i].name));
        PLAQ_TRY(print_pair(text, ": {", "unit", what->list[i].unit));
        PLAQ_TRY(print_pair(text, ", ", "doc", what->list[i].doc));
        PLAQ_TRY(plaq_text_print(text, "}"));
    }
    return plaq_text_print(text, "}\n");
}

/* ---- one estimate
 * ---------------------------------------------------------------------------------------------------- */

static plaq_status print_values(plaq_text *text, const plaq_written *w)
{
    const size_t n = w->estimate->size;

    PLAQ_TRY(plaq_text_print(text, "  {\n   \"type\": \"%s\",\n   \"layout\": \"%zu\",\n   \"tag\": [",
                             n == 1 ? "Obs" : "List", n));
    for (size_t i = 0; i < n; i++) {
        if (i) PLAQ_TRY(plaq_text_print(text, ", "));
        PLAQ_TRY(exchange_print_quoted(text, w->name));
    }
    PLAQ_TRY(plaq_text_print(text, "],\n   \"value\": ["));
    for (size_t i = 0; i < n; i++) PLAQ_TRY(plaq_text_print(text, "%s%.17g", i ? ", " : "", w->estimate->value[i]));
    return plaq_text_print(text, "]");
}

static plaq_status print_replica(plaq_text *text, const plaq_estimate *e, const plaq_chain *chain, size_t offset)
{
    char name[sizeof chain->ensemble + sizeof chain->replica + 1];

    strcpy(name, chain->ensemble);
    if (chain->replica[0]) strcat(strcat(name, "|"), chain->replica);
    PLAQ_TRY(print_pair(text, "\n     {", "name", name));
    PLAQ_TRY(plaq_text_print(text, ", \"deltas\": ["));
    for (size_t c = 0; c < chain->count; c++) {
        PLAQ_TRY(plaq_text_print(text, "%s\n      [%" PRId64, c ? "," : "", chain->config[c]));
        for (size_t i = 0; i < e->size; i++)
            PLAQ_TRY(plaq_text_print(text, ", %.17g", e->delta[i * e->chains->configs + offset + c]));
        PLAQ_TRY(plaq_text_print(text, "]"));
    }
    return plaq_text_print(text, "]}");
}

/* Replica of an ensemble follow each other. */
static plaq_status print_data(plaq_text *text, const plaq_estimate *e)
{
    const plaq_chains *chains = e->chains;
    size_t offset = 0;

    if (chains->count == 0) return PLAQ_OK;
    PLAQ_TRY(plaq_text_print(text, ",\n   \"data\": ["));
    for (int k = 0; k < chains->count; k++) {
        const plaq_chain *chain = &chains->chain[k];
        const bool begins = k == 0 || strcmp(chain[-1].ensemble, chain->ensemble) != 0;
        const bool ends = k + 1 == chains->count || strcmp(chain[1].ensemble, chain->ensemble) != 0;

        if (begins) PLAQ_TRY(print_pair(text, k ? ",\n    {" : "\n    {", "id", chain->ensemble));
        PLAQ_TRY(plaq_text_print(text, "%s", begins ? ", \"replica\": [" : ","));
        PLAQ_TRY(print_replica(text, e, chain, offset));
        if (ends) PLAQ_TRY(plaq_text_print(text, "]}"));
        offset += chain->count;
    }
    return plaq_text_print(text, "]");
}

static plaq_status print_all(plaq_text *text, const exchange_export *what)
{
    PLAQ_TRY(plaq_text_print(text, "{\n \"program\": \"plaq %s\",\n \"version\": \"1.1\",\n \"description\": {\n",
                             PLAQ_VERSION));
    PLAQ_TRY(plaq_text_print(text, "  \"provenance\": "));
    PLAQ_TRY(exchange_print_facts(text, what->provenance, what->facts));
    PLAQ_TRY(plaq_text_print(text, ",\n"));
    PLAQ_TRY(print_quantities(text, what));
    PLAQ_TRY(plaq_text_print(text, " },\n \"obsdata\": [\n"));
    for (int i = 0; i < what->n; i++) {
        PLAQ_TRY(print_values(text, &what->list[i]));
        PLAQ_TRY(print_data(text, what->list[i].estimate));
        PLAQ_TRY(plaq_text_print(text, "}%s\n", i + 1 < what->n ? "," : ""));
    }
    return plaq_text_print(text, " ]\n}\n");
}

plaq_status exchange_write_pyerrors(const char *path, const exchange_export *what)
{
    plaq_text text = {0};
    plaq_status status = print_all(&text, what);

    if (status == PLAQ_OK) status = exchange_publish(path, text.bytes, text.n, true);
    plaq_free(text.bytes);
    return status;
}
