/* Estimates of files: room for them, and the names of their chains. See exchange.h. */
#include <string.h>

#include "exchange/exchange.h"

plaq_status exchange_estimate_create(plaq_chains *chains, size_t size, plaq_estimate *estimate)
{
    plaq_estimate e = {.size = size};

    e.value = plaq_alloc(size, sizeof *e.value);
    e.delta = plaq_alloc(size, chains->configs * sizeof *e.delta);
    if (!e.value || !e.delta) {
        plaq_free(e.value);
        plaq_free(e.delta);
        return PLAQ_E_MEMORY;
    }
    e.chains = plaq_chains_hold(chains);
    *estimate = e;
    return PLAQ_OK;
}

int64_t exchange_chain_offset(const plaq_chains *chains, const char *ensemble, const char *replica)
{
    int64_t offset = 0;

    for (int k = 0; k < chains->count; k++) {
        const plaq_chain *c = &chains->chain[k];

        if (strcmp(c->ensemble, ensemble) == 0 && strcmp(c->replica, replica) == 0) return offset;
        offset += (int64_t)c->count;
    }
    return -1;
}

static void centre(double *delta, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += delta[i];
    for (size_t i = 0; i < n; i++) delta[i] -= sum / (double)n;
}

void exchange_centre(plaq_estimate *estimate)
{
    const plaq_chains *chains = estimate->chains;
    size_t begin = 0;

    /* replica of an ensemble follow each other */
    for (int k = 0, next; k < chains->count; k = next) {
        size_t n = 0;

        for (next = k; next < chains->count; next++) {
            if (strcmp(chains->chain[next].ensemble, chains->chain[k].ensemble) != 0) break;
            n += chains->chain[next].count;
        }
        for (size_t i = 0; i < estimate->size; i++) centre(estimate->delta + i * chains->configs + begin, n);
        begin += n;
    }
}

plaq_status exchange_replica(const char *ensemble, const char *name, plaq_chain *chain)
{
    const size_t n = strlen(ensemble);
    const char *replica = strncmp(name, ensemble, n) == 0 ? name + n : name, *bar = strchr(name, '|');

    if (bar) replica = bar + 1;
    PLAQ_TRY(exchange_name(chain->ensemble, sizeof chain->ensemble, ensemble, "ensemble"));
    return exchange_name(chain->replica, sizeof chain->replica, replica, "replica");
}
