/* Propagators in HDF5: plaq's own, and Chroma's.
 *
 *   plaq    dataset /propagator [T][Z][Y][X][column][spin][colour] of {r, i}, 32- or 64-bit little-endian (h5py
 *           reads complex numbers), with attributes for format and version, axes, conventions, source, action,
 *           residuals, configuration, checksum and who wrote it. In one piece, allocated when the file is made. Equal
 *           columns and facts make equal files. The checksum is SciDAC's, over the bytes as stored.
 *   QDP++   a dataset under any name, as class HDF5Writer of QDP++ (qdp_hdf5.h) makes it of a LatticePropagator,
 *           [T][Z][Y][X][288] of reals, or as class HDF5 reads it in double precision, [T][Z][Y][X] of 4 x 4 arrays
 *           (spin, its source) of 3 x 3 arrays (colour, its source) of {r, i}; no checksum. Written as the reader of
 *           the precision wants it.
 *
 * The numbers are written by all ranks, through MPI-IO, or, where there is none, straight to their place in the file;
 * the attributes by one rank at the end.
 */
#include <stdio.h>
#include <string.h>

#include "gauge/check.h"
#include "gauge/hdf5.h"
#include "store/propagator.h"

enum {
    AXES_MOST = 7,
    VERSION = 1,
    ATTRIBUTES_MOST = 64,
    COLUMNS_MOST = 4096,
    MATRIX_REALS = 288 /* of a site of QDP++ */
};

static const char own_name[] = "propagator", own_format[] = "plaq propagator", qdpxx_name[] = "propagator";

static bool recognise(const unsigned char *bytes, size_t n)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    return n >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

/* ---- elements of datasets ---------------------------------------------------------------------------------------- */

static hid_t real_type(plaq_prec prec, bool little)
{
    if (prec == PLAQ_DOUBLE) return H5Tcopy(little ? H5T_IEEE_F64LE : H5T_IEEE_F64BE);
    return H5Tcopy(little ? H5T_IEEE_F32LE : H5T_IEEE_F32BE);
}

/* 4 x 4 of 3 x 3 of {r, i} */
static hid_t matrix_type(plaq_prec prec, bool little)
{
    hid_t number = plaq_hdf5_complex(prec, little), colour = H5Tarray_create2(number, 2, (hsize_t[]){3, 3});
    hid_t matrix = H5Tarray_create2(colour, 2, (hsize_t[]){4, 4});

    plaq_hdf5_drop(colour);
    plaq_hdf5_drop(number);
    return matrix;
}

/* A way to lay out a site: what follows the four axes of the lattice, and the elements. */
typedef struct {
    int axes;
    hsize_t shape[3]; /* 0: any number */
    hid_t (*element)(plaq_prec prec, bool little);
    store_order order;
} layout;

static const layout own = {3, {0, 4, 3}, plaq_hdf5_complex, STORE_COLUMNS};
static const layout matrices = {0, {0}, matrix_type, STORE_MATRIX};
static const layout reals = {1, {MATRIX_REALS}, real_type, STORE_MATRIX};

/* ---- sites of a dataset ------------------------------------------------------------------------------------------ */

/* What moves sites through HDF5. */
typedef struct {
    const char *path;
    const int *dims;
    hid_t dataset, type; /* type: of an element, as it is stored */
    int axes;
    hsize_t shape[AXES_MOST]; /* of the dataset */
    size_t site;              /* bytes */
    bool write;
} through;

/* Moves sites that make a box of the lattice: part of a line, or whole lines of a plane. */
static plaq_status move_box(const through *h, int64_t first, hsize_t x, hsize_t y, void *bytes)
{
    const int64_t line = first / h->dims[0], plane = line / h->dims[1];
    hsize_t start[AXES_MOST] = {(hsize_t)(plane / h->dims[2]), (hsize_t)(plane % h->dims[2]),
                                (hsize_t)(line % h->dims[1]), (hsize_t)(first % h->dims[0])};
    hsize_t count[AXES_MOST] = {1, 1, y, x};
    hid_t memory, space = H5Dget_space(h->dataset);
    bool ok;

    for (int i = 4; i < h->axes; i++) count[i] = h->shape[i];
    memory = H5Screate_simple(h->axes, count, NULL);
    ok = memory >= 0 && space >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
    if (ok && h->write) ok = H5Dwrite(h->dataset, h->type, memory, space, H5P_DEFAULT, bytes) >= 0;
    if (ok && !h->write) ok = H5Dread(h->dataset, h->type, memory, space, H5P_DEFAULT, bytes) >= 0;
    plaq_hdf5_drop(memory);
    plaq_hdf5_drop(space);
    return plaq_hdf5_outcome(ok, h->write ? PLAQ_E_IO : PLAQ_E_DATA, h->path,
                             h->write ? "write the propagator" : "read the propagator");
}

static plaq_status move_sites(void *context, int64_t first, int64_t n, void *bytes)
{
    const through *h = context;

    while (n > 0) {
        const int64_t along = h->dims[0], x = first % along, lines = h->dims[1] - first / along % h->dims[1];
        int64_t in_line = x + n < along ? n : along - x, y = 1;

        if (in_line == along) y = n / along < lines ? n / along : lines;
        PLAQ_TRY(move_box(h, first, (hsize_t)in_line, (hsize_t)y, bytes));
        first += in_line * y;
        n -= in_line * y;
        bytes = (char *)bytes + (size_t)(in_line * y) * h->site;
    }
    return PLAQ_OK;
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

static plaq_status create_dataset(hid_t file, const char *name, through *h)
{
    hid_t space = H5Screate_simple(h->axes, h->shape, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    plaq_status status;

    H5Pset_layout(list, H5D_CONTIGUOUS);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(list, false);
    H5Pset_attr_phase_change(list, ATTRIBUTES_MOST, 0); /* all in the header: found at once */
    h->dataset = H5Dcreate2(file, name, h->type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    status = plaq_hdf5_outcome(h->dataset >= 0, PLAQ_E_IO, h->path, "create the propagator");
    plaq_hdf5_drop(list);
    plaq_hdf5_drop(space);
    return status;
}

/* The numbers, by all ranks, through MPI-IO. Collective. */
static plaq_status write_numbers(plaq_columns *f, const store_spinors *spinors, const char *name, through *h,
                                 uint32_t sum[2])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(f));
    const int64_t bytes = plaq_propagator_bytes(h->dims, spinors->count, spinors->prec);
    plaq_status status = PLAQ_OK;
    hid_t file = -1;

    if (plaq_comm_rank(comm) == 0) status = plaq_hdf5_make_room(h->path, bytes);
    PLAQ_TRY(plaq_agree(comm, status));
    PLAQ_GO(plaq_agree(comm, plaq_hdf5_create(comm, h->path, &file)));
    PLAQ_GO(plaq_agree(comm, create_dataset(file, name, h)));
    PLAQ_GO(store_spinors_write(f, spinors, sum));
    status = plaq_agree(comm, plaq_hdf5_outcome(H5Fflush(file, H5F_SCOPE_LOCAL) >= 0, PLAQ_E_IO, h->path, "flush"));
done:
    plaq_hdf5_drop(h->dataset);
    h->dataset = -1;
    if (status != PLAQ_OK) plaq_hdf5_give_up(comm, h->path);
    return plaq_agree(comm, plaq_hdf5_close_written(file, h->path, status));
}

/* Makes the file with its dataset, all bytes allocated, and finds the first of them. Local. */
static plaq_status make_dataset(const char *name, through *h, int64_t bytes, int64_t *offset)
{
    plaq_status status;
    haddr_t place;
    hid_t file = -1;

    PLAQ_GO(plaq_hdf5_make_room(h->path, bytes));
    PLAQ_GO(plaq_hdf5_create(NULL, h->path, &file));
    PLAQ_GO(create_dataset(file, name, h));
    place = H5Dget_offset(h->dataset);
    *offset = (int64_t)place;
    if (place == HADDR_UNDEF) status = plaq_fail(PLAQ_E_INTERNAL, "%s: HDF5 does not say where /%s is", h->path, name);
done:
    plaq_hdf5_drop(h->dataset);
    h->dataset = -1;
    return plaq_hdf5_close_written(file, h->path, status);
}

/* Sites as plain bytes. */
typedef struct {
    plaq_file file;
    int64_t offset; /* of the first */
    size_t site;
} plain;

static plaq_status store_sites(void *context, int64_t first, int64_t n, void *bytes)
{
    const plain *p = context;

    return plaq_file_write(&p->file, p->offset + first * (int64_t)p->site, bytes, (size_t)n * p->site);
}

/* The numbers, by all ranks, where there is no MPI-IO: one rank makes the file, all write into it. Collective. */
static plaq_status write_bytes(plaq_columns *f, const store_spinors *spinors, const char *name, through *h,
                               uint32_t sum[2])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(f));
    const int64_t bytes = plaq_propagator_bytes(h->dims, spinors->count, spinors->prec);
    plain p = {.file = PLAQ_FILE_CLOSED, .site = h->site};
    store_spinors direct = *spinors;
    plaq_status status = PLAQ_OK, closed;

    direct.move = store_sites;
    direct.context = &p;
    if (plaq_comm_rank(comm) == 0) status = make_dataset(name, h, bytes, &p.offset);
    PLAQ_GO(plaq_agree(comm, status));
    plaq_broadcast(comm, &p.offset, sizeof p.offset);
    PLAQ_GO(plaq_agree(comm, plaq_file_update(&p.file, h->path)));
    status = store_spinors_write(f, &direct, sum);
done:
    closed = plaq_file_close(&p.file);
    return plaq_agree(comm, status == PLAQ_OK ? closed : status);
}

static plaq_status put_conventions(hid_t set, const char *path, const int dims[4])
{
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "format", own_format));
    PLAQ_TRY(plaq_hdf5_put_int(set, path, "version", VERSION));
    PLAQ_TRY(plaq_hdf5_put_ints(set, path, "dims", dims, 4));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "dims_order", "X Y Z T"));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "axes", "t z y x column spin colour"));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "conventions",
                                "column 3 spin + colour of the source; gamma matrices of DeGrand and Rossi, gamma_5 = "
                                "diag(1, 1, -1, -1); M = (4 + m) - D/2, m = 1/(2 kappa) - 4"));
    return plaq_hdf5_put_text(set, path, "checksum_doc",
                              "SciDAC: crc32 of the bytes of each site as stored, rotated left by site mod 29 / "
                              "site mod 31, xor-ed; site = x + X (y + Y (z + Z t))");
}

static plaq_status put_facts(hid_t set, const char *path, const plaq_propagator_facts *facts, int columns)
{
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "source", facts->source));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "source_parameters", facts->source_parameters));
    if (facts->at[0] >= 0) PLAQ_TRY(plaq_hdf5_put_ints(set, path, "source_at", facts->at, 4));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "action", facts->action));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "action_parameters", facts->action_parameters));
    PLAQ_TRY(plaq_hdf5_put_text(set, path, "configuration", facts->configuration));
    if (facts->key[0]) PLAQ_TRY(plaq_hdf5_put_text(set, path, "key", facts->key));
    return facts->residual ? plaq_hdf5_put_reals(set, path, "residual", facts->residual, columns) : PLAQ_OK;
}

/* The attributes, by one rank: HDF5 wants the same ones of all ranks, or is out of step for good. Local. */
static plaq_status write_attributes(const through *h, const uint32_t sum[2], const plaq_propagator_facts *facts)
{
    char checksum[40], creator[64];
    hid_t file = -1, set = -1;
    plaq_status status;

    plaq_check_print(PLAQ_CHECK_SCIDAC, sum, checksum);
    snprintf(creator, sizeof creator, "plaq %s (%s)", PLAQ_VERSION, plaq_commit());
    PLAQ_GO(plaq_hdf5_open(NULL, h->path, H5F_ACC_RDWR, &file));
    set = H5Dopen2(file, own_name, H5P_DEFAULT);
    PLAQ_GO(plaq_hdf5_outcome(set >= 0, PLAQ_E_IO, h->path, "open /propagator"));
    PLAQ_GO(put_conventions(set, h->path, h->dims));
    PLAQ_GO(put_facts(set, h->path, facts, (int)h->shape[4]));
    PLAQ_GO(plaq_hdf5_put_text(set, h->path, "checksum_kind", plaq_check_name(PLAQ_CHECK_SCIDAC)));
    PLAQ_GO(plaq_hdf5_put_text(set, h->path, "checksum", checksum));
    status = plaq_hdf5_put_text(set, h->path, "creator", creator);
done:
    plaq_hdf5_drop(set);
    return plaq_hdf5_close_written(file, h->path, status);
}

/* Collective; only our own layout has attributes. */
static plaq_status write_as(const layout *l, plaq_columns *f, int first, int count, const char *name, const char *path,
                            plaq_prec prec, const plaq_propagator_facts *facts)
{
    plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    through h = {.path = path, .dims = plaq_lattice_dims(lattice), .dataset = -1, .axes = 4 + l->axes, .write = true};
    store_spinors spinors = {l->order, prec, !plaq_host_is_little(), first, count, move_sites, &h};
    plaq_status status;
    uint32_t sum[2];

    for (int mu = 0; mu < 4; mu++) h.shape[3 - mu] = (hsize_t)h.dims[mu];
    for (int i = 0; i < l->axes; i++) h.shape[4 + i] = l->shape[i] ? l->shape[i] : (hsize_t)count;
    h.type = l->element(prec, true);
    h.site = store_spinors_bytes(count, prec);
    PLAQ_GO(plaq_comm_mpi(comm) ? write_numbers(f, &spinors, name, &h, sum) : write_bytes(f, &spinors, name, &h, sum));
    if (l == &own && plaq_comm_rank(comm) == 0) status = write_attributes(&h, sum, facts);
    PLAQ_GO(plaq_agree(comm, status));
    status = plaq_agree(comm, plaq_hdf5_sync(path));
done:
    plaq_hdf5_drop(h.type);
    return status;
}

static plaq_status write_own(plaq_columns *f, int first, int count, const char *path, plaq_prec prec,
                             const plaq_propagator_facts *facts)
{
    if (count > COLUMNS_MOST)
        return plaq_fail(PLAQ_E_USAGE, "%s: %d columns, at most %d go into one file", path, count, COLUMNS_MOST);
    return write_as(&own, f, first, count, own_name, path, prec, facts);
}

static plaq_status write_qdpxx(plaq_columns *f, int first, int count, const char *path, plaq_prec prec,
                               const plaq_propagator_facts *facts)
{
    return write_as(prec == PLAQ_DOUBLE ? &matrices : &reals, f, first, count, qdpxx_name, path, prec, facts);
}

/* ---- header ------------------------------------------------------------------------------------------------------ */

static bool fits_shape(hid_t set, const layout *l, plaq_propagator *p, int *columns)
{
    hid_t space = H5Dget_space(set);
    hsize_t shape[AXES_MOST] = {0};
    bool ok = H5Sget_simple_extent_ndims(space) == 4 + l->axes && H5Sget_simple_extent_dims(space, shape, NULL) > 0;

    plaq_hdf5_drop(space);
    for (int mu = 0; mu < 4; mu++) {
        ok = ok && shape[3 - mu] > 0 && shape[3 - mu] <= INT32_MAX;
        p->header.dims[mu] = ok ? (int)shape[3 - mu] : 0;
    }
    for (int i = 0; i < l->axes && ok; i++) ok = l->shape[i] == 0 || shape[4 + i] == l->shape[i];
    *columns = 12;
    if (l != &own) return ok;
    if (shape[4] < 1 || shape[4] > COLUMNS_MOST) return false;
    *columns = (int)shape[4];
    return ok;
}

static bool fits_type(hid_t set, const layout *l, plaq_propagator *p)
{
    hid_t stored = H5Dget_type(set);
    bool found = false;

    for (int i = 0; i < 4 && !found; i++) {
        hid_t wanted = l->element(i % 2 ? PLAQ_DOUBLE : PLAQ_SINGLE, i / 2 == 0);

        found = H5Tequal(stored, wanted) > 0;
        plaq_hdf5_drop(wanted);
        if (!found) continue;
        p->header.prec = i % 2 ? PLAQ_DOUBLE : PLAQ_SINGLE;
        p->little = i / 2 == 0;
    }
    plaq_hdf5_drop(stored);
    return found;
}

static plaq_status check_volume(plaq_propagator *p)
{
    int64_t volume;

    PLAQ_TRY(plaq_dims_volume(p->path, p->header.dims, &volume));
    if (volume > INT64_MAX / (int64_t)store_spinors_bytes(COLUMNS_MOST, PLAQ_DOUBLE))
        return plaq_fail(PLAQ_E_DATA, "%s: %lld sites are more than a file can hold", p->path, (long long)volume);
    return PLAQ_OK;
}

static plaq_status read_residuals(hid_t set, plaq_propagator *p)
{
    hid_t attribute, space;
    plaq_status status = PLAQ_OK;

    if (H5Aexists(set, "residual") <= 0) return PLAQ_OK;
    attribute = H5Aopen(set, "residual", H5P_DEFAULT);
    space = H5Aget_space(attribute);
    if (space < 0 || H5Sget_simple_extent_npoints(space) != p->header.columns)
        status =
            plaq_fail(PLAQ_E_DATA, "%s: attribute residual of /propagator is not one number for each of %d columns",
                      p->path, p->header.columns);
    if (status == PLAQ_OK && !(p->residual = plaq_alloc((size_t)p->header.columns, sizeof *p->residual)))
        status = PLAQ_E_MEMORY;
    if (status == PLAQ_OK)
        status = plaq_hdf5_outcome(H5Aread(attribute, H5T_NATIVE_DOUBLE, p->residual) >= 0, PLAQ_E_DATA, p->path,
                                   "read the residuals");
    plaq_hdf5_drop(space);
    plaq_hdf5_drop(attribute);
    return status;
}

static void read_at(hid_t set, int at[4])
{
    hid_t attribute, space;

    if (H5Aexists(set, "source_at") <= 0) return;
    attribute = H5Aopen(set, "source_at", H5P_DEFAULT);
    space = H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 4) H5Aread(attribute, H5T_NATIVE_INT, at);
    plaq_hdf5_drop(space);
    plaq_hdf5_drop(attribute);
}

static plaq_status read_facts(hid_t set, plaq_propagator *p, store_piece *piece)
{
    plaq_propagator_facts *facts = &p->header.facts;
    char format[64], kind[16], text[40];
    unsigned a, b;

    plaq_hdf5_text(set, "format", format, sizeof format);
    if (strcmp(format, own_format) != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: attribute format of /propagator is '%s', expected '%s'", p->path, format,
                         own_format);
    plaq_hdf5_text(set, "source", facts->source, sizeof facts->source);
    plaq_hdf5_text(set, "source_parameters", facts->source_parameters, sizeof facts->source_parameters);
    plaq_hdf5_text(set, "action", facts->action, sizeof facts->action);
    plaq_hdf5_text(set, "action_parameters", facts->action_parameters, sizeof facts->action_parameters);
    plaq_hdf5_text(set, "configuration", facts->configuration, sizeof facts->configuration);
    plaq_hdf5_text(set, "key", facts->key, sizeof facts->key);
    plaq_hdf5_text(set, "creator", p->header.creator, sizeof p->header.creator);
    read_at(set, facts->at);
    plaq_hdf5_text(set, "checksum_kind", kind, sizeof kind);
    plaq_hdf5_text(set, "checksum", text, sizeof text);
    if (strcmp(kind, plaq_check_name(PLAQ_CHECK_SCIDAC)) != 0 || sscanf(text, "%8x/%8x", &a, &b) != 2)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: attribute checksum of /propagator is '%s' of kind '%s', expected two "
                         "hexadecimal numbers of kind 'scidac'",
                         p->path, text, kind);
    plaq_check_print(PLAQ_CHECK_SCIDAC, (uint32_t[]){a, b}, piece->checksum);
    return PLAQ_OK;
}

static plaq_status read_own(hid_t set, plaq_propagator *p)
{
    store_piece piece = {0};

    PLAQ_TRY(read_facts(set, p, &piece));
    if (!fits_shape(set, &own, p, &piece.columns) || !fits_type(set, &own, p))
        return plaq_fail(PLAQ_E_DATA, "%s: /propagator is not [T][Z][Y][X][column][4][3] of {r, i}, 32 or 64 bit",
                         p->path);
    PLAQ_TRY(check_volume(p));
    strcpy(p->header.format, "plaq HDF5");
    strcpy(p->header.checksum, piece.checksum);
    strcpy(p->object, own_name);
    p->order = own.order;
    PLAQ_TRY(store_propagator_add(p, &piece));
    return read_residuals(set, p);
}

typedef struct {
    plaq_propagator found; /* the first, where there are any */
    int count;
    bool qlua;
} search;

static herr_t look_at(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    search *s = context;
    char kind[64];
    hid_t set;

    if (info->type != H5O_TYPE_DATASET || strlen(name) >= sizeof s->found.object) return 0;
    set = H5Dopen2(root, name, H5P_DEFAULT);
    if (set < 0) return 0;
    plaq_hdf5_text(set, ".kind", kind, sizeof kind);
    for (int i = 0; i < 2; i++) {
        const layout *l = i ? &reals : &matrices;
        plaq_propagator one = s->found;
        int columns;

        if (!fits_shape(set, l, &one, &columns) || !fits_type(set, l, &one)) continue;
        if (*kind)
            s->qlua = true;
        else if (s->count++ == 0) {
            one.order = l->order;
            strcpy(one.object, name);
            s->found = one;
        }
    }
    plaq_hdf5_drop(set);
    return 0;
}

static plaq_status read_qdpxx(hid_t file, plaq_propagator *p)
{
    search s = {.found = *p};

    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, look_at, &s, H5O_INFO_BASIC) < 0 && s.count == 0)
        return plaq_hdf5_outcome(false, PLAQ_E_DATA, p->path, "look through the file");
    if (s.count == 0 && s.qlua)
        return plaq_fail(PLAQ_E_DATA, "%s: a propagator of Qlua, whose order of sites is not read", p->path);
    if (s.count == 0)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: HDF5 file without a dataset /propagator, and without a propagator of QDP++: not a "
                         "propagator",
                         p->path);
    *p = s.found;
    PLAQ_TRY(check_volume(p));
    strcpy(p->header.format, "QDP++ HDF5");
    if (s.count > 1)
        snprintf(p->header.note, sizeof p->header.note, "%d propagators in the file: %.128s is taken", s.count,
                 p->object);
    return store_propagator_add(p, &(store_piece){.columns = 12});
}

static bool is_own(hid_t set)
{
    return H5Aexists(set, "format") > 0;
}

static plaq_status read_header(const plaq_file *stream, plaq_propagator *p)
{
    hid_t file = -1, set = -1;
    plaq_status status;

    (void)stream;
    PLAQ_GO(plaq_hdf5_open(NULL, p->path, H5F_ACC_RDONLY, &file));
    if (H5Lexists(file, own_name, H5P_DEFAULT) > 0) set = H5Dopen2(file, own_name, H5P_DEFAULT);
    status = set >= 0 && is_own(set) ? read_own(set, p) : read_qdpxx(file, p);
done:
    plaq_hdf5_drop(set);
    plaq_hdf5_drop(file);
    return status;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

/* Collective. */
static plaq_status open_dataset(const plaq_propagator *p, hid_t *file, through *h)
{
    hid_t space;

    PLAQ_TRY(plaq_agree(p->comm, plaq_hdf5_open(p->comm, p->path, H5F_ACC_RDONLY, file)));
    h->dataset = H5Dopen2(*file, p->object, H5P_DEFAULT);
    PLAQ_TRY(plaq_agree(p->comm, plaq_hdf5_outcome(h->dataset >= 0, PLAQ_E_DATA, p->path, "open the propagator")));
    h->type = H5Dget_type(h->dataset);
    space = H5Dget_space(h->dataset);
    h->axes = H5Sget_simple_extent_dims(space, h->shape, NULL);
    plaq_hdf5_drop(space);
    return PLAQ_OK;
}

static plaq_status read_numbers(plaq_propagator *p, plaq_columns *f, int first, uint32_t (*sum)[2])
{
    through h = {.path = p->path, .dims = p->header.dims, .dataset = -1, .type = -1};
    store_spinors spinors = {p->order, p->header.prec,    p->little != plaq_host_is_little(),
                             first,    p->header.columns, move_sites,
                             &h};
    plaq_status status;
    hid_t file = -1;

    h.site = store_spinors_bytes(p->header.columns, p->header.prec);
    PLAQ_GO(open_dataset(p, &file, &h));
    status = store_spinors_read(f, &spinors, sum[0]);
done:
    plaq_hdf5_drop(h.type);
    plaq_hdf5_drop(h.dataset);
    plaq_hdf5_drop(file);
    return status;
}

const store_propagator_format store_propagator_hdf5 = {
    .key = "hdf5",
    .recognise = recognise,
    .read_header = read_header,
    .read = read_numbers,
    .write = write_own,
};

const store_propagator_format store_propagator_qdpxx = {
    .key = "qdpxx",
    .write = write_qdpxx,
};
