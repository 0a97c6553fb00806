/* Estimates from our HDF5. See estimates_hdf5.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exchange/estimates_hdf5.h"

enum { MOST_CHAINS = 4096 };

/* The chains of an estimate, as they stand in the file: in the order of plaq_chains. */
typedef struct {
    int count;
    plaq_chain *chain; /* [count]; owned, with their numbers */
} listed;

static void clear(listed *l)
{
    for (int k = 0; k < l->count; k++) plaq_free(l->chain[k].config);
    plaq_free(l->chain);
}

static void print_chain(int k, char name[16])
{
    snprintf(name, 16, "%d", k);
}

static plaq_status read_chain(hid_t parent, int k, plaq_chain *chain)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    char name[16];

    print_chain(k, name);
    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(parent, name, H5P_DEFAULT), "no group");
    PLAQ_GO(store_get_text(group, "ensemble", chain->ensemble, sizeof chain->ensemble));
    PLAQ_GO(store_get_text(group, "replica", chain->replica, sizeof chain->replica));
    status = store_get_integers(group, ESTIMATES_CONFIGURATIONS, &chain->config, &chain->count);
done:
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "chain %s", name);
}

static plaq_status read_chains(hid_t group, plaq_chains **chains)
{
    listed l = {.count = 0};
    plaq_status status = PLAQ_OK;
    char name[16];

    l.chain = plaq_alloc(MOST_CHAINS, sizeof *l.chain);
    if (!l.chain) return PLAQ_E_MEMORY;
    for (print_chain(0, name); H5Lexists(group, name, H5P_DEFAULT) > 0; print_chain(l.count, name)) {
        if (l.count == MOST_CHAINS) {
            status = plaq_fail(PLAQ_E_DATA, "more than %d chains", MOST_CHAINS);
            goto done;
        }
        status = read_chain(group, l.count, &l.chain[l.count]);
        l.count++;
        if (status != PLAQ_OK) goto done;
    }
    status = plaq_chains_create(l.chain, l.count, chains);
done:
    clear(&l);
    return status;
}

/* A dataset of finite doubles of this shape. */
static plaq_status read_reals(hid_t group, const char *name, int rank, const size_t shape[], double **values)
{
    int seen, extent[PLAQ_AXES_MAX] = {0};
    bool is_complex, fits;

    PLAQ_TRY(store_get_output(group, name, values, &seen, extent, &is_complex));
    fits = !is_complex && seen == rank;
    for (int i = 0; fits && i < rank; i++) fits = (size_t)extent[i] == shape[i];
    for (size_t i = 0; fits && i < shape[0] * (rank > 1 ? shape[1] : 1); i++) fits = isfinite((*values)[i]);
    if (fits) return PLAQ_OK;
    plaq_free(*values);
    *values = NULL;
    return plaq_fail(PLAQ_E_DATA, "%s is not %zu%s finite numbers", name, shape[0], rank > 1 ? " rows of" : "");
}

static plaq_status read_delta(hid_t parent, int k, size_t offset, plaq_estimate *e)
{
    const size_t count = e->chains->chain[k].count;
    plaq_status status = PLAQ_OK;
    double *delta = NULL;
    hid_t group = -1;
    char name[16];

    print_chain(k, name);
    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(parent, name, H5P_DEFAULT), "no group");
    PLAQ_GO(read_reals(group, ESTIMATES_DELTA, 2, (size_t[]){e->size, count}, &delta));
    for (size_t i = 0; i < e->size; i++)
        memcpy(e->delta + i * e->chains->configs + offset, delta + i * count, count * sizeof *delta);
done:
    plaq_free(delta);
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "chain %s", name);
}

static plaq_status get_size(hid_t group, size_t *size)
{
    int rank, shape[PLAQ_AXES_MAX];
    bool is_complex;

    PLAQ_TRY(store_get_output(group, ESTIMATES_VALUE, NULL, &rank, shape, &is_complex));
    if (rank != 1 || is_complex || shape[0] < 1)
        return plaq_fail(PLAQ_E_DATA, "%s has %d axes, expected one of numbers", ESTIMATES_VALUE, rank);
    *size = (size_t)shape[0];
    return PLAQ_OK;
}

static plaq_status fill(hid_t group, plaq_estimate *e)
{
    double *value;
    size_t offset = 0;

    PLAQ_TRY(read_reals(group, ESTIMATES_VALUE, 1, &e->size, &value));
    memcpy(e->value, value, e->size * sizeof *value);
    plaq_free(value);
    for (int k = 0; k < e->chains->count; k++) {
        PLAQ_TRY(read_delta(group, k, offset, e));
        offset += e->chains->chain[k].count;
    }
    return PLAQ_OK;
}

static plaq_status read_estimate(hid_t file, const char *name, bool listing, plaq_estimate *e)
{
    plaq_chains *chains = NULL;
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    size_t size = 0;

    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(file, name, H5P_DEFAULT), "no group");
    PLAQ_GO(get_size(group, &size));
    PLAQ_GO(read_chains(group, &chains));
    PLAQ_GO(exchange_estimate_create(chains, size, e));
    if (!listing) status = fill(group, e);
done:
    plaq_chains_release(&chains);
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "estimate %s", name);
}

plaq_status estimates_read(hid_t file, const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    plaq_estimate *e;
    plaq_status status = PLAQ_OK;
    hsize_t names = 0;
    char name[128];

    PLAQ_GO(store_count_names(file, &names));
    for (hsize_t i = 0; i < names; i++) {
        PLAQ_GO(store_name_of(file, i, name, sizeof name));
        if (strcmp(name, STORE_PROVENANCE) == 0 || !exchange_is_wanted(wanted, name)) continue;
        PLAQ_GO(exchange_add_estimate(out, name, &e));
        PLAQ_GO(read_estimate(file, name, wanted->listing, e));
    }
done:
    return status == PLAQ_OK ? status : plaq_note(status, "%s", path);
}
