/* Estimates as dobs, the XML of the Zeuthen group. Layout and reference: format_dobs.c.
 *
 * All numbers of all estimates stand in one array, on the chains of all of them; where an estimate has no configuration
 * its fluctuation is 0. `symbol` has the name of each, with [i] where an estimate has several numbers.
 */
#include <inttypes.h>
#include <string.h>

#include "exchange/exchange.h"

static plaq_status print_element(plaq_text *text, const char *name, const char *words)
{
    PLAQ_TRY(plaq_text_print(text, "<%s> ", name));
    PLAQ_TRY(plaq_text_escaped(text, words));
    return plaq_text_print(text, " </%s>\n", name);
}

/* Names are parted by blanks, so none may be in them. */
static plaq_status print_symbols(plaq_text *text, const exchange_export *what)
{
    PLAQ_TRY(plaq_text_print(text, "<symbol>"));
    for (int i = 0; i < what->n; i++)
        for (size_t k = 0; k < what->list[i].estimate->size; k++) {
            PLAQ_TRY(plaq_text_print(text, " "));
            for (const char *c = what->list[i].name; *c; c++) {
                const char letter[] = {*c == ' ' ? '_' : *c, '\0'};

                PLAQ_TRY(plaq_text_escaped(text, letter));
            }
            if (what->list[i].estimate->size > 1) PLAQ_TRY(plaq_text_print(text, "[%zu]", k));
        }
    return plaq_text_print(text, " </symbol>\n");
}

static plaq_status print_head(plaq_text *text, const exchange_export *what)
{
    PLAQ_TRY(plaq_text_print(text,
                             "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<OBSERVABLES>\n<SCHEMA>\n"
                             "<NAME> lattobs </NAME>\n<VERSION> 1.0 </VERSION>\n</SCHEMA>\n<origin>\n"
                             "<who> plaq </who>\n<date> </date>\n<host> </host>\n"
                             "<tool>\n<name> plaq </name>\n<version> %s </version>\n</tool>\n</origin>\n<dobs>\n"
                             "<spec> dobs v1.0 </spec>\n<origin> ",
                             PLAQ_VERSION));
    for (int i = 0; i < what->facts; i++) {
        const plaq_fact *fact = &what->provenance[i];

        PLAQ_TRY(plaq_text_print(text, "%s%s: ", i ? "\n" : "", fact->name));
        if (fact->text)
            PLAQ_TRY(plaq_text_escaped(text, fact->text));
        else
            PLAQ_TRY(plaq_text_print(text, "%.17g", fact->number));
    }
    PLAQ_TRY(plaq_text_print(text, " </origin>\n"));
    return print_element(text, "name", what->n == 1 ? what->list[0].name : "plaq");
}

static plaq_status print_values(plaq_text *text, const exchange_export *what, const plaq_estimate *all)
{
    PLAQ_TRY(plaq_text_print(text, "<array>\n<id> val </id>\n<layout> 1 f%zu </layout>\n", all->size));
    PLAQ_TRY(print_symbols(text, what));
    for (size_t i = 0; i < all->size; i++) PLAQ_TRY(plaq_text_print(text, "%.17g ", all->value[i]));
    return plaq_text_print(text, "\n</array>\n");
}

static plaq_status print_replica(plaq_text *text, const plaq_estimate *e, const plaq_chain *chain, size_t offset)
{
    PLAQ_TRY(plaq_text_print(text, "<array>\n<id> "));
    PLAQ_TRY(plaq_text_escaped(text, chain->ensemble));
    PLAQ_TRY(plaq_text_escaped(text, chain->replica));
    PLAQ_TRY(plaq_text_print(text, " </id>\n<layout> %zu i f%zu </layout>\n", chain->count, e->size));
    for (size_t c = 0; c < chain->count; c++) {
        PLAQ_TRY(plaq_text_print(text, "%" PRId64, chain->config[c]));
        for (size_t i = 0; i < e->size; i++)
            PLAQ_TRY(plaq_text_print(text, " %.17g", e->delta[i * e->chains->configs + offset + c]));
        PLAQ_TRY(plaq_text_print(text, "\n"));
    }
    return plaq_text_print(text, "</array>\n");
}

/* Chains of the ensemble that begins at k, which follow each other. */
static int count_replica(const plaq_chains *chains, int k)
{
    int n = 1;

    while (k + n < chains->count && strcmp(chains->chain[k + n].ensemble, chains->chain[k].ensemble) == 0) n++;
    return n;
}

static plaq_status print_ensembles(plaq_text *text, const plaq_estimate *e)
{
    const plaq_chains *chains = e->chains;
    size_t offset = 0;
    int n = 0;

    for (int k = 0; k < chains->count; k += count_replica(chains, k)) n++;
    PLAQ_TRY(plaq_text_print(text, "<ne> %d </ne>\n<nc> 0 </nc>\n", n));
    for (int k = 0, last; k < chains->count; k = last) {
        last = k + count_replica(chains, k);
        PLAQ_TRY(plaq_text_print(text, "<edata>\n"));
        PLAQ_TRY(print_element(text, "enstag", chains->chain[k].ensemble));
        PLAQ_TRY(plaq_text_print(text, "<nr> %d </nr>\n", last - k));
        for (int r = k; r < last; r++) {
            PLAQ_TRY(print_replica(text, e, &chains->chain[r], offset));
            offset += chains->chain[r].count;
        }
        PLAQ_TRY(plaq_text_print(text, "</edata>\n"));
    }
    return PLAQ_OK;
}

static plaq_status print_all(plaq_text *text, const exchange_export *what, const plaq_estimate *all)
{
    PLAQ_TRY(print_head(text, what));
    PLAQ_TRY(print_values(text, what, all));
    PLAQ_TRY(print_ensembles(text, all));
    return plaq_text_print(text, "</dobs>\n</OBSERVABLES>\n");
}

static plaq_status join(const exchange_export *what, plaq_estimate *all)
{
    const plaq_estimate **list = plaq_alloc((size_t)what->n + 1, sizeof *list);
    plaq_status status;

    if (!list) return PLAQ_E_MEMORY;
    for (int i = 0; i < what->n; i++) list[i] = what->list[i].estimate;
    status = plaq_estimate_join(list, what->n, all);
    plaq_free(list);
    return status;
}

plaq_status exchange_write_dobs(const char *path, const exchange_export *what)
{
    plaq_estimate all = {.size = 0};
    plaq_text text = {0};
    plaq_status status = join(what, &all);

    if (status == PLAQ_OK) status = print_all(&text, what, &all);
    if (status == PLAQ_OK) status = exchange_publish(path, text.bytes, text.n, true);
    plaq_free(text.bytes);
    plaq_estimate_clear(&all);
    return status;
}
