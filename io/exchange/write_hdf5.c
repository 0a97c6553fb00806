/* Estimates into our HDF5. See estimates_hdf5.h. */
#include <stdio.h>

#include "exchange/estimates_hdf5.h"

static plaq_status put_numbers(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                               const void *numbers)
{
    plaq_status status = PLAQ_OK;
    hid_t space = -1, list = -1, set = -1;
    herr_t ok;

    STORE_GO(PLAQ_E_MEMORY, space, H5Screate_simple(rank, shape, NULL), "shape");
    STORE_GO(PLAQ_E_MEMORY, list, store_creation_list(H5P_DATASET_CREATE), "dataset");
    STORE_GO(PLAQ_E_MEMORY, set, H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT), "dataset");
    STORE_GO(PLAQ_E_MEMORY, ok, H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers), "dataset");
done:
    if (set >= 0) H5Dclose(set);
    if (list >= 0) H5Pclose(list);
    if (space >= 0) H5Sclose(space);
    return status == PLAQ_OK ? status : plaq_note(status, "dataset %s", name);
}

static plaq_status put_reals(hid_t group, const char *name, size_t n, const double numbers[])
{
    return put_numbers(group, name, H5T_NATIVE_DOUBLE, 1, (hsize_t[]){n}, numbers);
}

/* One member of all uncertainties as an array. */
static plaq_status put_errors(hid_t group, const plaq_written *w)
{
    const size_t n = w->estimate->size;
    double *column = plaq_alloc(4 * n, sizeof *column);
    plaq_status status = column ? PLAQ_OK : PLAQ_E_MEMORY;

    for (size_t i = 0; column && i < n; i++) {
        column[i] = w->uncertainty[i].error;
        column[n + i] = w->uncertainty[i].error_error;
        column[2 * n + i] = w->uncertainty[i].tau;
        column[3 * n + i] = w->uncertainty[i].tau_error;
    }
    if (status == PLAQ_OK) status = put_reals(group, "error", n, column);
    if (status == PLAQ_OK) status = put_reals(group, "error_error", n, column + n);
    if (status == PLAQ_OK) status = put_reals(group, "tau", n, column + 2 * n);
    if (status == PLAQ_OK) status = put_reals(group, "tau_error", n, column + 3 * n);
    plaq_free(column);
    return status;
}

/* The columns of one chain, which lie apart in an estimate. */
static plaq_status put_delta(hid_t group, const plaq_estimate *e, size_t offset, size_t count)
{
    double *delta = plaq_alloc(e->size * count, sizeof *delta);
    plaq_status status;

    if (!delta) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < e->size; i++)
        for (size_t c = 0; c < count; c++) delta[i * count + c] = e->delta[i * e->chains->configs + offset + c];
    status = put_numbers(group, ESTIMATES_DELTA, H5T_NATIVE_DOUBLE, 2, (hsize_t[]){e->size, count}, delta);
    plaq_free(delta);
    return status;
}

static plaq_status put_chain(hid_t parent, const plaq_estimate *e, int k, size_t offset)
{
    const plaq_chain *chain = &e->chains->chain[k];
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    char name[16];

    snprintf(name, sizeof name, "%d", k);
    PLAQ_GO(store_make_group(parent, name, &group));
    PLAQ_GO(store_put_text(group, "ensemble", chain->ensemble));
    PLAQ_GO(store_put_text(group, "replica", chain->replica));
    PLAQ_GO(
        put_numbers(group, ESTIMATES_CONFIGURATIONS, H5T_NATIVE_INT64, 1, (hsize_t[]){chain->count}, chain->config));
    status = put_delta(group, e, offset, chain->count);
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

static plaq_status put_estimate(hid_t file, const plaq_written *w)
{
    const plaq_estimate *e = w->estimate;
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    size_t offset = 0;

    PLAQ_GO(store_make_group(file, w->name, &group));
    PLAQ_GO(store_put_text(group, "unit", w->unit));
    PLAQ_GO(store_put_text(group, "doc", w->doc));
    PLAQ_GO(put_reals(group, ESTIMATES_VALUE, e->size, e->value));
    if (w->uncertainty) PLAQ_GO(put_errors(group, w));
    for (int k = 0; k < e->chains->count; k++) {
        PLAQ_GO(put_chain(group, e, k, offset));
        offset += e->chains->chain[k].count;
    }
done:
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", w->name);
}

static plaq_status put_provenance(hid_t file, const exchange_export *what)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    PLAQ_GO(store_make_group(file, STORE_PROVENANCE, &group));
    for (int i = 0; i < what->facts; i++) {
        const plaq_fact *fact = &what->provenance[i];

        if (fact->text)
            PLAQ_GO(store_put_text(group, fact->name, fact->text));
        else
            PLAQ_GO(store_put_attribute(group, fact->name, H5T_IEEE_F64LE, &fact->number));
    }
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

plaq_status exchange_write_hdf5(const char *path, const exchange_export *what)
{
    plaq_status status = PLAQ_OK;
    store_image image = STORE_NO_IMAGE;
    size_t n;

    PLAQ_GO(store_image_create(&image));
    PLAQ_GO(store_put_text(image.file, "format", ESTIMATES_FORMAT));
    for (int i = 0; i < what->n; i++) PLAQ_GO(put_estimate(image.file, &what->list[i]));
    PLAQ_GO(put_provenance(image.file, what));
    PLAQ_GO(store_image_finish(&image, &n));
    status = exchange_publish(path, image.bytes, n, false);
done:
    store_image_close(&image);
    return status;
}
