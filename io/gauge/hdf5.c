/* HDF5, as configurations use it: objects, types, attributes, opening. */
#include "gauge/hdf5.h"

#include <string.h>
#include <unistd.h>

#include "store/store.h"

enum { LARGE = 1 << 20, PAGE = 4096 }; /* what is so large begins on a page */

void plaq_hdf5_drop(hid_t id)
{
    if (id > 0) H5Idec_ref(id);
}

plaq_status plaq_hdf5_outcome(bool ok, plaq_status code, const char *path, const char *what)
{
    if (ok && plaq_fault()) {
        H5Eclear2(H5E_DEFAULT);
        ok = false;
    }
    return ok ? PLAQ_OK : store_fail(code, "%s: cannot %s", path, what);
}

hid_t plaq_hdf5_access(const plaq_comm *comm)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);

    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_file_locking(list, false, true);
    if (comm && plaq_comm_mpi(comm)) H5Pset_fapl_mpio(list, *(const MPI_Comm *)plaq_comm_mpi(comm), MPI_INFO_NULL);
    return list;
}

plaq_status plaq_hdf5_open(const plaq_comm *comm, const char *path, unsigned how, hid_t *file)
{
    hid_t access = plaq_hdf5_access(comm);
    plaq_status status;

    *file = H5Fopen(path, how, access);
    status = plaq_hdf5_outcome(*file >= 0, PLAQ_E_DATA, path, "open");
    plaq_hdf5_drop(access);
    return status;
}

hid_t plaq_hdf5_complex(plaq_prec prec, bool little)
{
    hid_t f64 = little ? H5T_IEEE_F64LE : H5T_IEEE_F64BE, f32 = little ? H5T_IEEE_F32LE : H5T_IEEE_F32BE;
    hid_t number = prec == PLAQ_DOUBLE ? f64 : f32, type = H5Tcreate(H5T_COMPOUND, 2 * H5Tget_size(number));

    H5Tinsert(type, "r", 0, number);
    H5Tinsert(type, "i", H5Tget_size(number), number);
    return type;
}

/* A text whose length is the file's business, as h5py writes them. */
static void read_variable(hid_t attribute, hid_t stored, char *text, size_t n)
{
    char *words = NULL;

    if (H5Aread(attribute, stored, &words) < 0 || !words) return;
    if (strlen(words) < n) strcpy(text, words);
    H5free_memory(words);
}

static void read_fixed(hid_t attribute, hid_t stored, char *text, size_t n)
{
    hid_t type;

    if (H5Tget_size(stored) > n) return;
    type = H5Tcopy(stored);
    H5Tset_size(type, n);
    if (H5Aread(attribute, type, text) < 0) text[0] = '\0';
    text[n - 1] = '\0';
    plaq_hdf5_drop(type);
}

void plaq_hdf5_text(hid_t object, const char *name, char *text, size_t n)
{
    hid_t attribute, stored, space;

    text[0] = '\0';
    if (H5Aexists(object, name) <= 0) return;
    attribute = H5Aopen(object, name, H5P_DEFAULT);
    stored = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
    if (H5Tget_class(stored) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
        if (H5Tis_variable_str(stored) > 0)
            read_variable(attribute, stored, text, n);
        else
            read_fixed(attribute, stored, text, n);
    }
    plaq_hdf5_drop(space);
    plaq_hdf5_drop(stored);
    plaq_hdf5_drop(attribute);
}

void plaq_hdf5_number(hid_t object, const char *name, hid_t type, void *value)
{
    hid_t attribute, space;

    if (H5Aexists(object, name) <= 0) return;
    attribute = H5Aopen(object, name, H5P_DEFAULT);
    space = H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1) H5Aread(attribute, type, value);
    plaq_hdf5_drop(space);
    plaq_hdf5_drop(attribute);
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static plaq_status put_attribute(hid_t object, const char *path, const char *name, hid_t stored, hid_t type,
                                 hid_t space, const void *value)
{
    hid_t attribute = H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    plaq_status status =
        plaq_hdf5_outcome(attribute >= 0 && H5Awrite(attribute, type, value) >= 0, PLAQ_E_IO, path, name);

    plaq_hdf5_drop(attribute);
    plaq_hdf5_drop(space);
    return status;
}

plaq_status plaq_hdf5_put_text(hid_t object, const char *path, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    plaq_status status;

    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    status = put_attribute(object, path, name, type, type, H5Screate(H5S_SCALAR), text);
    plaq_hdf5_drop(type);
    return status;
}

plaq_status plaq_hdf5_put_real(hid_t object, const char *path, const char *name, double value)
{
    return put_attribute(object, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5Screate(H5S_SCALAR), &value);
}

plaq_status plaq_hdf5_put_reals(hid_t object, const char *path, const char *name, const double values[], int n)
{
    return put_attribute(object, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                         H5Screate_simple(1, (hsize_t[]){(hsize_t)n}, NULL), values);
}

plaq_status plaq_hdf5_put_int(hid_t object, const char *path, const char *name, int64_t value)
{
    return put_attribute(object, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, H5Screate(H5S_SCALAR), &value);
}

plaq_status plaq_hdf5_put_ints(hid_t object, const char *path, const char *name, const int values[], int n)
{
    return put_attribute(object, path, name, H5T_STD_I32LE, H5T_NATIVE_INT,
                         H5Screate_simple(1, (hsize_t[]){(hsize_t)n}, NULL), values);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

plaq_status plaq_hdf5_create(const plaq_comm *comm, const char *path, hid_t *file)
{
    hid_t access = plaq_hdf5_access(comm), create = H5Pcreate(H5P_FILE_CREATE);
    plaq_status status;

    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
    H5Pset_alignment(access, LARGE, PAGE);
    H5Pset_obj_track_times(create, false);
    *file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
    status = plaq_hdf5_outcome(*file >= 0, PLAQ_E_IO, path, "create");
    plaq_hdf5_drop(create);
    plaq_hdf5_drop(access); /* it holds a copy of the communicator, which must be gone before MPI ends */
    return status;
}

plaq_status plaq_hdf5_close_written(hid_t file, const char *path, plaq_status status)
{
    bool closed = file < 0 || H5Fclose(file) >= 0;

    return status == PLAQ_OK ? plaq_hdf5_outcome(closed, PLAQ_E_IO, path, "close") : status;
}

plaq_status plaq_hdf5_make_room(const char *path, int64_t room)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;

    PLAQ_GO(plaq_file_create(&file, path));
    status = plaq_file_reserve(&file, room);
done:
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

void plaq_hdf5_give_up(const plaq_comm *comm, const char *path)
{
    if (plaq_comm_rank(comm) == 0 && truncate(path, 0) != 0) plaq_log(PLAQ_LOG_WARN, "%s: cannot be emptied", path);
    plaq_barrier(comm);
}

plaq_status plaq_hdf5_sync(const char *path)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;

    PLAQ_GO(plaq_file_update(&file, path));
    status = plaq_file_sync(&file);
done:
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}
