/* Reading result files. See store.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

static plaq_status get_variable_text(hid_t attribute, const char *name, char *text, size_t n)
{
    plaq_status status = PLAQ_OK;
    hid_t type = -1;
    char *words = NULL;
    herr_t ok;

    STORE_GO(PLAQ_E_MEMORY, type, store_text_type(), "type of text");
    STORE_GO(PLAQ_E_DATA, ok, H5Aread(attribute, type, &words), "attribute %s", name);
    snprintf(text, n, "%s", words ? words : "");
    H5free_memory(words);
done:
    if (type >= 0) H5Tclose(type);
    return status;
}

static plaq_status get_fixed_text(hid_t attribute, hid_t type, const char *name, char *text, size_t n)
{
    plaq_status status = PLAQ_OK;
    char *words = plaq_alloc(H5Tget_size(type) + 1, 1);
    herr_t ok;

    if (!words) return PLAQ_E_MEMORY;
    STORE_GO(PLAQ_E_DATA, ok, H5Aread(attribute, type, words), "attribute %s", name);
    snprintf(text, n, "%s", words);
done:
    plaq_free(words);
    return status;
}

static plaq_status get_number(hid_t attribute, const char *name, char *text, size_t n)
{
    plaq_status status = PLAQ_OK;
    double number;
    herr_t ok;

    STORE_GO(PLAQ_E_DATA, ok, H5Aread(attribute, H5T_NATIVE_DOUBLE, &number), "attribute %s", name);
    snprintf(text, n, "%.17g", number);
done:
    return status;
}

plaq_status store_get_text(hid_t place, const char *name, char *text, size_t n)
{
    plaq_status status = PLAQ_OK;
    hid_t attribute = -1, type = -1;
    htri_t there;

    STORE_GO(PLAQ_E_DATA, there, H5Aexists(place, name), "attribute %s", name);
    if (!there) {
        snprintf(text, n, "%s", "");
        return PLAQ_OK;
    }
    STORE_GO(PLAQ_E_DATA, attribute, H5Aopen(place, name, H5P_DEFAULT), "attribute %s", name);
    STORE_GO(PLAQ_E_DATA, type, H5Aget_type(attribute), "attribute %s", name);
    if (H5Tget_class(type) == H5T_FLOAT)
        status = get_number(attribute, name, text, n);
    else if (H5Tget_class(type) != H5T_STRING)
        status = plaq_fail(PLAQ_E_DATA, "attribute %s is neither text nor a number", name);
    else if (H5Tis_variable_str(type) > 0)
        status = get_variable_text(attribute, name, text, n);
    else
        status = get_fixed_text(attribute, type, name, text, n);
done:
    if (type >= 0) H5Tclose(type);
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

plaq_status store_get_long_text(hid_t place, const char *name, char **text)
{
    enum { MOST = 1 << 16 };
    char *room = plaq_alloc(MOST, 1);
    plaq_status status = room ? store_get_text(place, name, room, MOST) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) {
        *text = plaq_strdup(room);
        if (!*text) status = PLAQ_E_MEMORY;
    }
    plaq_free(room);
    return status;
}

/* Reads a dataset, in one of our two types; *values is the caller's. Its shape alone where values is NULL. */
static plaq_status get_values(hid_t set, double **values, int *rank, int shape[PLAQ_AXES_MAX], bool *is_complex)
{
    plaq_status status = PLAQ_OK;
    hid_t type = -1, space = -1, complex_ = -1;
    hsize_t extent[H5S_MAX_RANK] = {0};
    hssize_t points;
    double *v = NULL;
    herr_t ok;
    int axes;

    STORE_GO(PLAQ_E_DATA, type, H5Dget_type(set), "type");
    STORE_GO(PLAQ_E_DATA, space, H5Dget_space(set), "shape");
    STORE_GO(PLAQ_E_DATA, axes, H5Sget_simple_extent_dims(space, extent, NULL), "shape");
    STORE_GO(PLAQ_E_DATA, points, H5Sget_simple_extent_npoints(space), "shape");
    *is_complex = H5Tget_class(type) == H5T_COMPOUND;
    if (axes > PLAQ_AXES_MAX || points > (1 << 28) || (!*is_complex && H5Tget_class(type) != H5T_FLOAT)) {
        status = plaq_fail(PLAQ_E_DATA, "%d axes and %lld numbers: not an output of plaq", axes, (long long)points);
        goto done;
    }
    for (int i = 0; i < axes; i++) shape[i] = (int)extent[i];
    *rank = axes;
    if (!values) goto done;
    v = plaq_alloc((size_t)points, *is_complex ? 16 : 8);
    if (!v) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    STORE_GO(PLAQ_E_MEMORY, complex_, store_complex_type(), "type");
    STORE_GO(PLAQ_E_DATA, ok,
             H5Dread(set, *is_complex ? complex_ : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, v), "numbers");
    *values = v;
    v = NULL;
done:
    plaq_free(v);
    if (complex_ >= 0) H5Tclose(complex_);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return status;
}

plaq_status store_get_output(hid_t group, const char *output, double **values, int *rank, int shape[PLAQ_AXES_MAX],
                             bool *is_complex)
{
    plaq_status status = PLAQ_OK;
    hid_t set = -1;

    STORE_GO(PLAQ_E_DATA, set, H5Dopen2(group, output, H5P_DEFAULT), "no dataset");
    status = get_values(set, values, rank, shape, is_complex);
done:
    if (set >= 0) H5Dclose(set);
    return status == PLAQ_OK ? status : plaq_note(status, "output %s", output);
}

plaq_status store_get_length(hid_t set, size_t *n)
{
    plaq_status status = PLAQ_OK;
    hsize_t extent[H5S_MAX_RANK];
    hid_t space = -1;
    int rank;

    STORE_GO(PLAQ_E_DATA, space, H5Dget_space(set), "shape");
    STORE_GO(PLAQ_E_DATA, rank, H5Sget_simple_extent_dims(space, extent, NULL), "shape");
    if (rank != 1 || extent[0] == 0 || extent[0] > 1 << 28)
        status = plaq_fail(PLAQ_E_DATA, "%d axes, expected one with entries", rank);
    *n = (size_t)extent[0];
done:
    if (space >= 0) H5Sclose(space);
    return status;
}

plaq_status store_get_integers(hid_t group, const char *name, int64_t **values, size_t *n)
{
    plaq_status status = PLAQ_OK;
    int64_t *v = NULL;
    hid_t set = -1;
    herr_t ok;

    STORE_GO(PLAQ_E_DATA, set, H5Dopen2(group, name, H5P_DEFAULT), "no dataset");
    PLAQ_GO(store_get_length(set, n));
    v = plaq_alloc(*n, sizeof *v);
    if (!v) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    STORE_GO(PLAQ_E_DATA, ok, H5Dread(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, v), "numbers");
    *values = v;
    v = NULL;
done:
    plaq_free(v);
    if (set >= 0) H5Dclose(set);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", name);
}

plaq_status store_name_of(hid_t group, hsize_t i, char *name, size_t n)
{
    plaq_status status = PLAQ_OK;
    ssize_t length;

    STORE_GO(PLAQ_E_DATA, length, H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, n, H5P_DEFAULT),
             "names");
    if ((size_t)length >= n) status = plaq_fail(PLAQ_E_DATA, "name %s... has %zd letters", name, length);
done:
    return status;
}

plaq_status store_count_names(hid_t group, hsize_t *n)
{
    plaq_status status = PLAQ_OK;
    H5G_info_t info;
    herr_t ok;

    STORE_GO(PLAQ_E_DATA, ok, H5Gget_info(group, &info), "names");
    *n = info.nlinks;
done:
    return status;
}

static plaq_status get_key(hid_t file, const char *measurement, char *key, size_t n)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(file, measurement, H5P_DEFAULT), "no group");
    PLAQ_GO(store_get_text(group, "key", key, n));
    if (strlen(key) != 64) status = plaq_fail(PLAQ_E_DATA, "key \"%s\" has %zu letters, not 64", key, strlen(key));
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

plaq_status store_names(const store_image *image, char (**names)[2][72], int *n)
{
    plaq_status status = PLAQ_OK;
    char(*list)[2][72] = NULL;
    int count = 0;
    hsize_t links = 0;
    htri_t there;

    STORE_GO(PLAQ_E_DATA, there, H5Lexists(image->file, STORE_PROVENANCE, H5P_DEFAULT), "group /" STORE_PROVENANCE);
    if (!there) return plaq_fail(PLAQ_E_DATA, "no group /" STORE_PROVENANCE);
    PLAQ_TRY(store_count_names(image->file, &links));
    list = plaq_alloc((size_t)links, sizeof *list);
    if (!list) return PLAQ_E_MEMORY;
    for (hsize_t i = 0; i < links; i++) {
        char *name = list[count][0];

        PLAQ_GO(store_name_of(image->file, i, name, sizeof list[count][0]));
        if (strcmp(name, STORE_PROVENANCE) == 0) continue;
        status = get_key(image->file, name, list[count][1], sizeof list[count][1]);
        if (status != PLAQ_OK) {
            status = plaq_note(status, "measurement %s", name);
            goto done;
        }
        count++;
    }
    *names = list;
    *n = count;
    return PLAQ_OK;
done:
    plaq_free(list);
    return status;
}

plaq_status plaq_store_list(const char *path, char (**names)[2][72], int *n)
{
    store_image image;
    plaq_status status = store_image_open(&image, path);

    if (status != PLAQ_OK) return status;
    status = store_names(&image, names, n);
    store_image_close(&image);
    return status == PLAQ_OK ? status : plaq_note(status, "result %s", path);
}

plaq_status store_get_fact(const store_image *image, const char *name, char *text, size_t n)
{
    static const char *const places[] = {STORE_PROVENANCE, STORE_RUN};
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    for (int i = 0; i < 2; i++) {
        STORE_GO(PLAQ_E_DATA, group, H5Gopen2(image->file, places[i], H5P_DEFAULT), "group /%s", places[i]);
        PLAQ_GO(store_get_text(group, name, text, n));
        H5Gclose(group);
        group = -1;
        if (text[0]) break;
    }
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

plaq_status plaq_store_fact(const char *path, const char *name, char *text, size_t n)
{
    store_image image;
    plaq_status status = store_image_open(&image, path);

    if (status != PLAQ_OK) return status;
    status = store_get_fact(&image, name, text, n);
    store_image_close(&image);
    return status == PLAQ_OK ? status : plaq_note(status, "result %s", path);
}

plaq_status plaq_store_read(const char *path, const char *measurement, const char *output, double **values, int *rank,
                            int shape[PLAQ_AXES_MAX], bool *is_complex)
{
    store_image image;
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    PLAQ_TRY(store_image_open(&image, path));
    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(image.file, measurement, H5P_DEFAULT), "no measurement %s", measurement);
    status = store_get_output(group, output, values, rank, shape, is_complex);
done:
    if (group >= 0) H5Gclose(group);
    store_image_close(&image);
    return status == PLAQ_OK ? status : plaq_note(status, "result %s, measurement %s", path, measurement);
}
