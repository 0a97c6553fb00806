/* HDF5 images in memory, and HDF5's words in our messages. See store.h. */
#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* a result file of more than this is not one of ours */
static const size_t most_bytes = (size_t)1 << 31;

/* What a file in memory is called: each by its own name, for HDF5 takes two of one name for the same file; and one that
 * is nowhere on disk, where it looks for it and refuses what it finds. */
static const char *no_path(void)
{
    static char name[64];
    static unsigned long count;

    snprintf(name, sizeof name, "/dev/null/%lu", count++);
    return name;
}

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

/* Upward, the first entry is the innermost: where HDF5 found out. Of a failed system call only its reason is of use. */
static herr_t innermost(unsigned depth, const H5E_error2_t *error, void *text)
{
    static const char key[] = "error message = '";
    const char *reason = strstr(error->desc, key);

    if (depth > 0) return 0;
    if (reason)
        snprintf(text, 256, "%.*s", (int)strcspn(reason + sizeof key - 1, "'"), reason + sizeof key - 1);
    else
        snprintf(text, 256, "%s", error->desc);
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

/* A damaged file must not reach HDF5, which trusts what it reads and may read beyond its memory: the last bytes, after
 * the end HDF5 knows of, are a checksum of all before them. */
#define SEAL "plaq crc32 %08x\n"
enum { seal_bytes = 20 };

static void put_seal(char *bytes, size_t n)
{
    snprintf(bytes + n, seal_bytes + 1, SEAL, plaq_crc32(0, bytes, n));
}

static plaq_status check_seal(const char *bytes, size_t n)
{
    char seal[seal_bytes + 1];

    if (n <= seal_bytes) return plaq_fail(PLAQ_E_DATA, "not a whole result: %zu bytes", n);
    n -= seal_bytes;
    snprintf(seal, sizeof seal, SEAL, plaq_crc32(0, bytes, n));
    if (memcmp(bytes + n, seal, 11) != 0)
        return plaq_fail(PLAQ_E_DATA, "not a whole result: no \"plaq crc32\" in its last %d bytes", seal_bytes);
    if (memcmp(bytes + n, seal, seal_bytes) != 0)
        return plaq_fail(PLAQ_E_DATA, "damaged: crc32 %.8s stored, %.8s computed", bytes + n + 11, seal + 11);
    return PLAQ_OK;
}

/* ---- files of any size, which HDF5 reads and writes itself ------------------------------------------------------- */

/* CRC-32 of the first n bytes. */
static plaq_status checksum_of(const plaq_file *file, int64_t n, uint32_t *crc)
{
    enum { PIECE = 1 << 20 };
    char *piece = plaq_alloc(PIECE, 1);
    plaq_status status = piece ? PLAQ_OK : PLAQ_E_MEMORY;

    *crc = 0;
    for (int64_t at = 0; status == PLAQ_OK && at < n; at += PIECE) {
        const size_t size = n - at < PIECE ? (size_t)(n - at) : PIECE;

        status = plaq_file_read(file, at, piece, size);
        if (status == PLAQ_OK) *crc = plaq_crc32(*crc, piece, size);
    }
    plaq_free(piece);
    return status;
}

plaq_status store_seal(const char *path)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = PLAQ_OK, closed;
    char seal[seal_bytes + 1];
    int64_t size;
    uint32_t crc;

    PLAQ_GO(plaq_file_update(&file, path));
    PLAQ_GO(plaq_file_size(&file, &size));
    PLAQ_GO(checksum_of(&file, size, &crc));
    snprintf(seal, sizeof seal, SEAL, crc);
    PLAQ_GO(plaq_file_write(&file, size, seal, seal_bytes));
    status = plaq_file_sync(&file);
done:
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

static plaq_status check_file(const char *path)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = PLAQ_OK, closed;
    char seen[seal_bytes], expected[seal_bytes + 1];
    int64_t size;
    uint32_t crc;

    PLAQ_GO(plaq_file_open(&file, path));
    PLAQ_GO(plaq_file_size(&file, &size));
    if (size <= seal_bytes) {
        status = plaq_fail(PLAQ_E_DATA, "%s: not a whole file of plaq: %lld bytes", path, (long long)size);
        goto done;
    }
    PLAQ_GO(plaq_file_read(&file, size - seal_bytes, seen, seal_bytes));
    PLAQ_GO(checksum_of(&file, size - seal_bytes, &crc));
    snprintf(expected, sizeof expected, SEAL, crc);
    if (memcmp(seen, expected, seal_bytes) != 0)
        status = plaq_fail(PLAQ_E_DATA, "%s: damaged, or not a file of plaq: its last bytes are not \"%.19s\"", path,
                           expected);
done:
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

/* As on disk, without locks: what is sealed does not change any more. */
static hid_t disk_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);

    if (list < 0) return list;
    if (H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) < 0 || H5Pset_file_locking(list, false, true) < 0 ||
        H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

plaq_status store_file_create(const char *path, hid_t *file)
{
    plaq_status status = PLAQ_OK;
    hid_t list = -1, create = -1;
    herr_t ok;

    STORE_GO(PLAQ_E_INTERNAL, list, disk_list(), "properties of a file");
    STORE_GO(PLAQ_E_INTERNAL, create, H5Pcreate(H5P_FILE_CREATE), "properties of a file");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Pset_obj_track_times(create, false), "properties of a file");
    STORE_GO(PLAQ_E_IO, *file, H5Fcreate(path, H5F_ACC_TRUNC, create, list), "%s: cannot create", path);
done:
    if (create >= 0) H5Pclose(create);
    if (list >= 0) H5Pclose(list);
    return status;
}

plaq_status store_file_open(const char *path, hid_t *file, char format[64])
{
    plaq_status status = PLAQ_OK;
    hid_t list = -1;

    *file = -1;
    PLAQ_GO(check_file(path));
    STORE_GO(PLAQ_E_INTERNAL, list, disk_list(), "properties of a file");
    STORE_GO(PLAQ_E_DATA, *file, H5Fopen(path, H5F_ACC_RDONLY, list), "%s: not a whole HDF5 file", path);
    status = store_get_text(*file, "format", format, 64);
done:
    if (list >= 0) H5Pclose(list);
    if (status != PLAQ_OK && *file >= 0) {
        H5Fclose(*file);
        *file = -1;
    }
    return status;
}

/* ---- images ------------------------------------------------------------------------------------------------------ */

/* Memory behind it, everything closed with the file, and the format of HDF5 1.8: its metadata have checksums. */
static hid_t access_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);

    if (list < 0) return list;
    if (H5Pset_fapl_core(list, 1 << 16, false) < 0 || H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

/* The memory of a new file is ours, and stays when HDF5 closes the file. (H5Fget_file_image will not do: it clears
 * the mark of an open file in the superblock and leaves the superblock with a wrong checksum.) */
static void *image_grow(void *old, size_t n, H5FD_file_image_op_t op, void *image_)
{
    store_image *image = image_;
    char *bytes;

    (void)op;
    if (old && n <= image->room) return old;
    if (n < 2 * image->room) n = 2 * image->room; /* HDF5 asks for a little more each time */
    bytes = plaq_alloc(n, 1);
    if (!bytes) return NULL;
    if (old) memcpy(bytes, old, image->room);
    plaq_free(old);
    image->room = n;
    return bytes;
}

static herr_t image_keep(void *bytes, H5FD_file_image_op_t op, void *image_)
{
    store_image *image = image_;

    (void)op;
    image->bytes = bytes;
    return 0;
}

static void *same_image(void *image)
{
    return image;
}

static herr_t leave_image(void *image)
{
    (void)image;
    return 0;
}

plaq_status store_image_create(store_image *image)
{
    H5FD_file_image_callbacks_t ours = {.image_realloc = image_grow,
                                        .image_free = image_keep,
                                        .udata_copy = same_image,
                                        .udata_free = leave_image,
                                        .udata = image};
    plaq_status status = PLAQ_OK;
    hid_t list = -1, create = -1;
    herr_t ok;

    *image = (store_image)STORE_NO_IMAGE;
    STORE_GO(PLAQ_E_INTERNAL, list, access_list(), "properties of a result file");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Pset_file_image_callbacks(list, &ours), "properties of a result file");
    STORE_GO(PLAQ_E_INTERNAL, create, H5Pcreate(H5P_FILE_CREATE), "properties of a result file");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Pset_obj_track_times(create, false), "properties of a result file");
    STORE_GO(PLAQ_E_MEMORY, image->file, H5Fcreate(no_path(), H5F_ACC_TRUNC, create, list), "new result file");
done:
    if (create >= 0) H5Pclose(create);
    if (list >= 0) H5Pclose(list);
    return status;
}

plaq_status store_image_finish(store_image *image, size_t *n)
{
    plaq_status status = PLAQ_OK;
    hid_t file = image->file;
    ssize_t size;
    char *whole;
    herr_t ok;

    STORE_GO(PLAQ_E_MEMORY, ok, H5Fflush(file, H5F_SCOPE_GLOBAL), "flush");
    STORE_GO(PLAQ_E_MEMORY, size, H5Fget_file_image(file, NULL, 0), "size");
    image->file = -1;
    if (H5Fclose(file) < 0) return store_fail(PLAQ_E_MEMORY, "close"); /* no fault point: it must not stay open */
    if (!image->bytes || (size_t)size > image->room)
        return plaq_fail(PLAQ_E_INTERNAL, "HDF5 kept the %zd bytes of a result", size);
    whole = image_grow(image->bytes, (size_t)size + seal_bytes + 1, H5FD_FILE_IMAGE_OP_FILE_RESIZE, image);
    if (!whole) return PLAQ_E_MEMORY;
    image->bytes = whole;
    put_seal(whole, (size_t)size);
    *n = (size_t)size + seal_bytes;
done:
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
    PLAQ_GO(check_seal(image->bytes, n));
    STORE_GO(PLAQ_E_INTERNAL, list, access_list(), "properties of a result file");
    STORE_GO(PLAQ_E_MEMORY, ok, H5Pset_file_image(list, image->bytes, n), "image of a result file");
    STORE_GO(PLAQ_E_DATA, image->file, H5Fopen(no_path(), H5F_ACC_RDONLY, list), "not a whole HDF5 file");
    PLAQ_GO(store_get_text(image->file, "format", format, sizeof format));
    if (strcmp(format, STORE_FORMAT) != 0)
        status =
            plaq_fail(PLAQ_E_DATA, "not a plaq result: attribute format is \"%s\", not \"%s\"", format, STORE_FORMAT);
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

    if (type >= 0 &&
        (H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE) < 0 || H5Tinsert(type, "i", 8, H5T_NATIVE_DOUBLE) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}
