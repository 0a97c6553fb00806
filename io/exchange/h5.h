/* Numbers in HDF5 files of other programs. All functions are Local. */
#ifndef PLAQ_EXCHANGE_H5_H
#define PLAQ_EXCHANGE_H5_H

#include <hdf5.h>

#include "plaq/base.h"

bool exchange_h5_is(const char *head, size_t n); /* by the first bytes */
bool exchange_h5_name(const char *base);         /* NAME.h5 */

PLAQ_MUST_USE plaq_status exchange_h5_open(const char *path, hid_t *file);
void exchange_h5_close(hid_t file);

/* Whether a file, or the first NAME.h5 of a folder, is of a program: what a format's recognise() is given, and what
 * tells by an open file. */
bool exchange_h5_recognise(const char *path, const char *head, size_t n, bool (*is)(hid_t file));

/* The path of the first dataset by name, without a first '/'; false where there is none. */
bool exchange_h5_first(hid_t file, char name[512]);

/* The paths, without a first '/', of all datasets or groups of a file, in the order of their names. */
typedef struct {
    char **name; /* [count]; owned: exchange_h5_clear */
    size_t count;
} exchange_h5_names;

PLAQ_MUST_USE plaq_status exchange_h5_list(hid_t file, const char *path, H5O_type_t type, exchange_h5_names *names);
void exchange_h5_clear(exchange_h5_names *names);

/* A dataset, or an attribute of a group where there is no dataset of that name: numbers of any real type, or of a
 * compound of two of them, which are complex. @p array->output is NULL; the caller clears it. */
PLAQ_MUST_USE plaq_status exchange_h5_read(hid_t file, const char *path, const char *name, plaq_array *array,
                                           bool *is_complex);

bool exchange_h5_has(hid_t file, const char *name); /* a dataset, or an attribute of a group */

/* The texts and whole numbers among the attributes of a group, by their names, with blanks between; "" where there are
 * none, or no such group. Names that begin with '_' are left out. */
void exchange_h5_words(hid_t file, const char *group, char *words, size_t n);

#endif
