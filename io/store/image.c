/* HDF5 images in memory, and HDF5's words in our messages. See store.h. */
#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* a result file of more than this is not one of ours */
static const size_t most_bytes = (size_t)1 << 31;

void plaq_store_start(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

const char *plaq_store_library(void)
{
    static char text[32];
    unsigned major = 0, minor = 0, release = 0;

    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "HDF5 %u.%u.%u", major, minor, release);
    return text;
}

/* Upward, the first entry is the innermost: where HDF5 found out. */
static herr_t innermost(unsigned depth, const H5E_error2_t *error, void *text)
{
    if (depth == 0) snprintf(text, 256, "%s", error->desc);
    return 0;
}

plaq_status store_fail(plaq_status status, const char *format, ...)
{
    char words[512], cause[256] = "";
    va_list list;

    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, cause);
    H5Eclear2(H5E_DEFAULT);
    if (cause[0] == '\0') return plaq_fail(PLAQ_E_IO, "%s: injected fault", words);
    return plaq_fail(status, "%s: HDF5: %s", words, cause);
}

/* Memory behind it, objects in the checksummed format, everything closed with the file. */
static hid_t access_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);

    if (list < 0) return list;
    if (H5Pset_fapl_core(list, 1 << 16, false) < 0 || H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

plaq_status store_image_create(store_image *image)
{
    plaq_status status = PLAQ_OK;
    hid_t list = -1, create = -1;
    herr_t ok;

    *image = (store_image)STORE_NO_IMAGE;
    STORE_GO(PLAQ_E_INTERNAL, list, access_list(), "properties of a result file");
    STORE_GO(PLAQ_E_INTERNAL, create, H5Pcreate(H5P_FILE_CREATE), "properties of a result file");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Pset_obj_track_times(create, false), "properties of a result file");
    STORE_GO(PLAQ_E_MEMORY, image->file, H5Fcreate("new", H5F_ACC_TRUNC, create, list), "new result file");
done:
    if (create >= 0) H5Pclose(create);
    if (list >= 0) H5Pclose(list);
    return status;
}

plaq_status store_image_open(store_image *image, const char *path)
{
    plaq_status status = PLAQ_OK;
    hid_t list = -1;
    herr_t ok;
    size_t n;
    char format[64];

    *image = (store_image)STORE_NO_IMAGE;
    PLAQ_GO(plaq_file_slurp(path, most_bytes, &image->bytes, &n));
    if (n == 0) {
        status = plaq_fail(PLAQ_E_DATA, "empty file");
        goto done;
    }
    STORE_GO(PLAQ_E_INTERNAL, list, access_list(), "properties of a result file");
    STORE_GO(PLAQ_E_MEMORY, ok, H5Pset_file_image(list, image->bytes, n), "image of a result file");
    STORE_GO(PLAQ_E_DATA, image->file, H5Fopen("old", H5F_ACC_RDONLY, list), "not a whole HDF5 file");
    PLAQ_GO(store_get_text(image->file, "format", format, sizeof format));
    if (strcmp(format, STORE_FORMAT) != 0)
        status = plaq_fail(PLAQ_E_DATA, "not a plaq result: attribute format is \"%s\", not \"%s\"", format, STORE_FORMAT);
done:
    if (list >= 0) H5Pclose(list);
    if (status != PLAQ_OK) {
        store_image_close(image);
        status = plaq_note(status, "result %s", path);
    }
    return status;
}

void store_image_close(store_image *image)
{
    if (image->file >= 0) H5Fclose(image->file);
    plaq_free(image->bytes);
    *image = (store_image)STORE_NO_IMAGE;
}

plaq_status store_image_bytes(const store_image *image, char **bytes, size_t *n)
{
    plaq_status status = PLAQ_OK;
    char *copy = NULL;
    herr_t ok;
    ssize_t size;

    STORE_GO(PLAQ_E_MEMORY, ok, H5Fflush(image->file, H5F_SCOPE_GLOBAL), "flush");
    STORE_GO(PLAQ_E_MEMORY, size, H5Fget_file_image(image->file, NULL, 0), "size of the file");
    copy = plaq_alloc((size_t)size, 1);
    if (!copy) return PLAQ_E_MEMORY;
    STORE_GO(PLAQ_E_MEMORY, size, H5Fget_file_image(image->file, copy, (size_t)size), "bytes of the file");
    *bytes = copy;
    *n = (size_t)size;
    return PLAQ_OK;
done:
    plaq_free(copy);
    return status;
}

hid_t store_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

hid_t store_complex_type(void)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);

    if (type >= 0 && (H5Tinsert(type, "r", 0, H5T_IEEE_F64LE) < 0 || H5Tinsert(type, "i", 8, H5T_IEEE_F64LE) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}
