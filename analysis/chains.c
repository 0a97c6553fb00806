/* Chains: which configurations of which ensembles numbers belong to. Kept in the order of ensemble and replica, the
 * chains of an ensemble are neighbours; the numbers of all configurations stand in one block, chain by chain. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/analysis.h"

static int compare(const void *left, const void *right)
{
    const plaq_chain *a = left, *b = right;
    const int order = strcmp(a->ensemble, b->ensemble);

    return order ? order : strcmp(a->replica, b->replica);
}

static plaq_status check_chain(const plaq_chain *c)
{
    if (c->count == 0)
        return plaq_fail(PLAQ_E_DATA, "ensemble \"%s\", replica \"%s\": no configuration", c->ensemble, c->replica);
    for (size_t i = 1; i < c->count; i++)
        if (c->config[i] <= c->config[i - 1])
            return plaq_fail(PLAQ_E_DATA,
                             "ensemble \"%s\", replica \"%s\": configuration %" PRId64 " follows %" PRId64
                             ", expected ascending numbers",
                             c->ensemble, c->replica, c->config[i], c->config[i - 1]);
    return PLAQ_OK;
}

static plaq_status check(const plaq_chains *c)
{
    for (int k = 0; k < c->count; k++) {
        PLAQ_TRY(check_chain(&c->chain[k]));
        if (k > 0 && compare(&c->chain[k - 1], &c->chain[k]) == 0)
            return plaq_fail(PLAQ_E_DATA, "ensemble \"%s\": two replica are called \"%s\"", c->chain[k].ensemble,
                             c->chain[k].replica);
    }
    return PLAQ_OK;
}

static void destroy(plaq_chains *c)
{
    if (c->chain) plaq_free(c->chain[0].config); /* the block of them all */
    plaq_free(c->chain);
    plaq_free(c);
}

/* Room for chains of these names and lengths. */
static plaq_chains *make(const plaq_chain list[], int n)
{
    plaq_chains *c = plaq_alloc(1, sizeof *c);
    int64_t *config = NULL;

    if (!c) return NULL;
    c->holders = 1;
    c->count = n;
    for (int k = 0; k < n; k++) c->configs += list[k].count;
    if (n > 0) {
        c->chain = plaq_alloc((size_t)n, sizeof *c->chain);
        config = plaq_alloc(c->configs, sizeof *config);
    }
    if (n > 0 && (!c->chain || !config)) {
        plaq_free(config);
        destroy(c);
        return NULL;
    }
    for (int k = 0; k < n; k++) {
        c->chain[k] = list[k];
        c->chain[k].config = config;
        config += list[k].count;
    }
    return c;
}

plaq_status plaq_chains_create(const plaq_chain list[], int n, plaq_chains **chains)
{
    plaq_chain *sorted = NULL;
    plaq_chains *c = NULL;
    plaq_status status = PLAQ_OK;

    if (n > 0) {
        sorted = plaq_alloc((size_t)n, sizeof *sorted);
        if (!sorted) return PLAQ_E_MEMORY;
        memcpy(sorted, list, (size_t)n * sizeof *sorted);
        qsort(sorted, (size_t)n, sizeof *sorted, compare);
    }
    c = make(sorted, n);
    if (!c) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    for (int k = 0; k < n; k++)
        if (sorted[k].count) memcpy(c->chain[k].config, sorted[k].config, sorted[k].count * sizeof(int64_t));
    PLAQ_GO(check(c));
    *chains = c;
    c = NULL;
done:
    if (c) destroy(c);
    plaq_free(sorted);
    return status;
}

plaq_chains *plaq_chains_hold(plaq_chains *chains)
{
    chains->holders++;
    return chains;
}

void plaq_chains_release(plaq_chains **chains)
{
    if (!*chains) return;
    if (--(*chains)->holders == 0) destroy(*chains);
    *chains = NULL;
}

static bool same_chain(const plaq_chain *a, const plaq_chain *b)
{
    return compare(a, b) == 0 && a->count == b->count &&
           memcmp(a->config, b->config, a->count * sizeof *a->config) == 0;
}

bool plaq_chains_equal(const plaq_chains *a, const plaq_chains *b)
{
    if (a == b) return true;
    if (a->count != b->count) return false;
    for (int k = 0; k < a->count; k++)
        if (!same_chain(&a->chain[k], &b->chain[k])) return false;
    return true;
}

/* The configurations of either chain, ascending, into @p config unless it is NULL; how many there are. */
static size_t unite_configs(const plaq_chain *a, const plaq_chain *b, int64_t *config)
{
    size_t i = 0, j = 0, n = 0;

    while (i < a->count || j < b->count) {
        const bool left = j == b->count || (i < a->count && a->config[i] <= b->config[j]);
        const int64_t next = left ? a->config[i] : b->config[j];

        if (i < a->count && a->config[i] == next) i++;
        if (j < b->count && b->config[j] == next) j++;
        if (config) config[n] = next;
        n++;
    }
    return n;
}

plaq_status plaq_chains_unite(plaq_chains *a, plaq_chains *b, plaq_chains **united)
{
    static const plaq_chain none;
    plaq_chain *list;
    const plaq_chain **part; /* pairs of what is united; one of them may be missing */
    plaq_chains *c = NULL;
    int n = 0;

    if (plaq_chains_equal(a, b) || a->count == 0 || b->count == 0) {
        *united = plaq_chains_hold(a->count ? a : b);
        return PLAQ_OK;
    }
    list = plaq_alloc((size_t)(a->count + b->count), sizeof *list);
    part = plaq_alloc(2 * (size_t)(a->count + b->count), sizeof(*part));
    for (int i = 0, j = 0; list && part && (i < a->count || j < b->count); n++) {
        const int order = i == a->count ? 1 : j == b->count ? -1 : compare(&a->chain[i], &b->chain[j]);

        part[2 * n] = order <= 0 ? &a->chain[i++] : &none;
        part[2 * n + 1] = order >= 0 ? &b->chain[j++] : &none;
        list[n] = *part[2 * n + (order > 0)];
        list[n].count = unite_configs(part[2 * n], part[2 * n + 1], NULL);
    }
    if (list && part) c = make(list, n);
    for (int k = 0; c && k < n; k++) unite_configs(part[2 * k], part[2 * k + 1], c->chain[k].config);
    plaq_free(list);
    plaq_free(part);
    if (!c) return PLAQ_E_MEMORY;
    *united = c;
    return PLAQ_OK;
}
