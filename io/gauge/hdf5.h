/* HDF5, as large fields use it: plaq's own configurations (format_hdf5.c), those of other programs (hdf5_foreign.c),
 * and propagators (store/propagator_hdf5.c). */
#ifndef PLAQ_IO_GAUGE_HDF5_H
#define PLAQ_IO_GAUGE_HDF5_H

#include <hdf5.h>

#include "gauge/format.h"

/* Whose gauge field a file holds; which of the format's `called` names it. */
enum { PLAQ_HDF5_OWN, PLAQ_HDF5_PYQUDA, PLAQ_HDF5_QLUA, PLAQ_HDF5_QDPXX };

/* Frees an object of any kind; does nothing where it was not made. Local. */
void plaq_hdf5_drop(hid_t id);

/* What an HDF5 call came to, worded before another call makes HDF5 forget why. Every call is a fault point; the fault
 * comes after the call, so that collective calls stay collective. Local. */
PLAQ_MUST_USE plaq_status plaq_hdf5_outcome(bool ok, plaq_status code, const char *path, const char *what);

/* A list for opening: MPI-IO where there is MPI (comm not NULL), the plain driver otherwise. No file locks: a file is
 * private until it is renamed, and whole from then on. Local. */
hid_t plaq_hdf5_access(const plaq_comm *comm);

/* Opens a file; Collective unless comm is NULL. */
PLAQ_MUST_USE plaq_status plaq_hdf5_open(const plaq_comm *comm, const char *path, unsigned how, hid_t *file);

/* {r, i} of IEEE numbers. Local. */
hid_t plaq_hdf5_complex(plaq_prec prec, bool little);

/* Reads an attribute that is a text; "" where there is none, or it does not fit. Local. */
void plaq_hdf5_text(hid_t object, const char *name, char *text, size_t n);

/* Reads an attribute that is a number; leaves it alone where there is none. Local. */
void plaq_hdf5_number(hid_t object, const char *name, hid_t type, void *value);

/* Writes an attribute of an object. Local. */
PLAQ_MUST_USE plaq_status plaq_hdf5_put_text(hid_t object, const char *path, const char *name, const char *text);
PLAQ_MUST_USE plaq_status plaq_hdf5_put_real(hid_t object, const char *path, const char *name, double value);
PLAQ_MUST_USE plaq_status plaq_hdf5_put_reals(hid_t object, const char *path, const char *name, const double values[],
                                              int n);
PLAQ_MUST_USE plaq_status plaq_hdf5_put_int(hid_t object, const char *path, const char *name, int64_t value);
PLAQ_MUST_USE plaq_status plaq_hdf5_put_ints(hid_t object, const char *path, const char *name, const int values[],
                                             int n);

enum { PLAQ_HDF5_HEADER_ROOM = 1 << 16 }; /* bytes of a file of ours beside the field, at most */

/* Makes an empty file in the format of HDF5 1.10: a damaged header does not pass its checksums, and chunks lie in one
 * piece. No times are stored. Collective. */
PLAQ_MUST_USE plaq_status plaq_hdf5_create(const plaq_comm *comm, const char *path, hid_t *file);

/* Closes a file that was written; a failure before stays the one that is told. Collective where the file is. */
PLAQ_MUST_USE plaq_status plaq_hdf5_close_written(hid_t file, const char *path, plaq_status status);

/* Fails where the disk has no room for the file, before HDF5 has anything to do with it. Local. */
PLAQ_MUST_USE plaq_status plaq_hdf5_make_room(const char *path, int64_t room);

/* HDF5 flushes what it holds back once more when a file is closed. Where the disk is full it cannot, keeps the file
 * open, and falls over it when MPI ends. So the disk gets its space back first: the file is lost in any case.
 * Collective. */
void plaq_hdf5_give_up(const plaq_comm *comm, const char *path);

/* HDF5 flushes to the operating system; this goes to the disk, from every node that wrote. Local. */
PLAQ_MUST_USE plaq_status plaq_hdf5_sync(const char *path);

/* Finds a gauge field of another program anywhere in a file; PLAQ_E_DATA where there is none. Local. */
PLAQ_MUST_USE plaq_status plaq_hdf5_foreign_header(hid_t file, const char *path, plaq_config_header *h, plaq_stored *s);

/* Reads its links. Collective. */
PLAQ_MUST_USE plaq_status plaq_hdf5_foreign_read(const plaq_config *config, plaq_field *links, uint32_t sum[2]);

#endif
