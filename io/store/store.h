/* Result files as HDF5 images in memory: what write.c and read.c share.
 *
 * A result file is small, so HDF5 only ever sees memory (its core driver without a file behind it), and the bytes go
 * to and from the disk through plaq_file_*: a full disk or a broken read is one worded failure of ours, HDF5 is left
 * with nothing half closed, no lock of HDF5's is taken, and the same content gives the same bytes.
 *
 * Layout of version 1 (docs: Results):
 *
 *     /                           format = "plaq result 1"
 *     /<measurement>              observable, brief, reference, parameters, key, plaq
 *     /<measurement>/<output>     double or {r, i}; axes, unit, doc
 *     /provenance                 facts that are the same whenever the same is measured again
 *     /provenance/run             facts of this run: times, hosts; made last, texts of fixed length, so that two
 *                                 files of the same content differ from this group on and not before
 *     after HDF5's end            "plaq crc32 xxxxxxxx\n", of all bytes before: readers of HDF5 do not mind it
 *
 * All functions are Local.
 */
#ifndef PLAQ_STORE_H
#define PLAQ_STORE_H

#include <hdf5.h>

#include "plaq/io.h"

#define STORE_FORMAT     "plaq result 1"
#define STORE_PROVENANCE "provenance"
#define STORE_RUN        "provenance/run"

/** An HDF5 file in memory. */
typedef struct {
    hid_t file;  /**< -1: none */
    char *bytes; /**< what it was opened from, or came to; owned */
    size_t room; /**< bytes there is memory for, where it is new */
} store_image;

#define STORE_NO_IMAGE \
    {                  \
        .file = -1     \
    }

/** A failure in HDF5's innermost words. @p status is what it means; an injected fault is always PLAQ_E_IO. */
plaq_status store_fail(plaq_status status, const char *format, ...) PLAQ_PRINTF(2, 3);

/** Sets @p id to what an HDF5 call gives; where it fails, goes to `done` with the message made of the words. */
#define STORE_GO(code, id, call, ...)               \
    do {                                            \
        H5Eclear2(H5E_DEFAULT);                     \
        (id) = plaq_fault() ? -1 : (call);          \
        if ((id) < 0) {                             \
            status = store_fail(code, __VA_ARGS__); \
            goto done;                              \
        }                                           \
    } while (0)

/** Makes an empty image, which must not move while it is open; opens the image of a file's bytes for reading
 * (PLAQ_E_DATA where it is not a whole result file). The caller closes it. */
PLAQ_MUST_USE plaq_status store_image_create(store_image *image);
PLAQ_MUST_USE plaq_status store_image_open(store_image *image, const char *path);
void store_image_close(store_image *image);

/** Closes a new image: its first @p *n bytes are then what stands in a file. */
PLAQ_MUST_USE plaq_status store_image_finish(store_image *image, size_t *n);

/** A file of any size on disk: created, to be closed (H5Fclose) and then sealed with the same last line as results; and
 * opened for reading once its checksum is right (PLAQ_E_DATA otherwise), with its attribute "format". */
PLAQ_MUST_USE plaq_status store_file_create(const char *path, hid_t *file);
PLAQ_MUST_USE plaq_status store_seal(const char *path);
PLAQ_MUST_USE plaq_status store_file_open(const char *path, hid_t *file, char format[64]);

/** Text of variable length in UTF-8; {r, i} of the machine's doubles. The caller closes the type (H5Tclose). */
hid_t store_text_type(void);
hid_t store_complex_type(void);

/** Reads a text or number attribute as text; "" where there is none. Longer text than fits is cut. */
PLAQ_MUST_USE plaq_status store_get_text(hid_t place, const char *name, char *text, size_t n);

/** The same as a copy of any length up to 64 KiB, by plaq_alloc. */
PLAQ_MUST_USE plaq_status store_get_long_text(hid_t place, const char *name, char **text);

/** How many names a group has, and the i-th of them in alphabetic order. */
PLAQ_MUST_USE plaq_status store_count_names(hid_t group, hsize_t *n);
PLAQ_MUST_USE plaq_status store_name_of(hid_t group, hsize_t i, char *name, size_t n);

/** A dataset of a group as doubles (complex: pairs), *values the caller's; values NULL: its shape alone. */
PLAQ_MUST_USE plaq_status store_get_output(hid_t group, const char *output, double **values, int *rank,
                                           int shape[PLAQ_AXES_MAX], bool *is_complex);

/** Attributes: a scalar of an HDF5 type, text (NULL: ""). */
PLAQ_MUST_USE plaq_status store_put_attribute(hid_t place, const char *name, hid_t type, const void *value);
PLAQ_MUST_USE plaq_status store_put_text(hid_t place, const char *name, const char *text);

/** What groups and datasets (H5P_GROUP_CREATE, H5P_DATASET_CREATE) are made with: no time stamps; attributes in the
 * header, which has a checksum. The caller closes it (H5Pclose). */
hid_t store_creation_list(hid_t class);
PLAQ_MUST_USE plaq_status store_make_group(hid_t file, const char *name, hid_t *group);

/** The length of a dataset of one axis, at least 1; and such a one of integers, *values the caller's. */
PLAQ_MUST_USE plaq_status store_get_length(hid_t set, size_t *n);
PLAQ_MUST_USE plaq_status store_get_integers(hid_t group, const char *name, int64_t **values, size_t *n);

/** Names of the measurements of an image, in alphabetic order, and their keys. See plaq_store_list. */
PLAQ_MUST_USE plaq_status store_names(const store_image *image, char (**names)[2][72], int *n);

/** One fact of an image as text; "" where there is none. */
PLAQ_MUST_USE plaq_status store_get_fact(const store_image *image, const char *name, char *text, size_t n);

#endif
