/* HDF5, as configurations use it: objects, types, attributes, opening. */
#include "gauge/hdf5.h"

#include <stdio.h>
#include <string.h>

#include "store/store.h"

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
