/* Gauge fields that other programs wrote into HDF5 files, found by what is inside: a dataset, or a group of four, with
 * the shape and type that a program writes, under whatever name.
 *
 *   PyQUDA   group of datasets X Y Z T, each [t][z][y][x][row][column] of {r, i}; attribute Lattice "X Y Z T" of the
 *            group, sum29 and sum31 of each dataset: the xor of the 32-bit words of a site, rotated left by (site mod
 *            29) and (site mod 31), xor-ed. A sum over all four is the sum of sums, so one checksum serves.
 *   Qlua     group of datasets 0 1 2 3, each [x][y][z][t] of 3 x 3 arrays of {r, i}, big-endian; attribute .kind
 *            "LatticeColorMatrix". Its SHA-256 sums are not verified.
 *   QDP++    dataset [t][z][y][x][mu] of 3 x 3 arrays of {r, i}, as Chroma writes it; no checksum
 *
 * Layouts after PyQUDA (pyquda_comm/hdf5.py), Qlua (hdf5_io.c) and QDP++ (HDF5Writer), by their sources. */
#include <stdio.h>
#include <string.h>

#include "gauge/hdf5.h"
#include "gauge/slab.h"

enum { AXES_MOST = 6, LINK = 18 };

/* How a program lays a field out. */
typedef struct {
    int called;
    const char *sets[4]; /* names of the datasets of a group, one a direction; NULL: one dataset has all */
    int axes;            /* of a dataset */
    bool matrices;       /* its elements are 3 x 3 arrays; otherwise its last axes are row and column */
    bool reversed;       /* axes are x y z t instead of t z y x */
    const char *kind;    /* what attribute .kind of a dataset says; NULL: not looked at */
} dialect;

static const dialect dialects[] = {
    {PLAQ_HDF5_PYQUDA, {"X", "Y", "Z", "T"}, 6, false, false, NULL},
    {PLAQ_HDF5_QLUA, {"0", "1", "2", "3"}, 4, true, true, "LatticeColorMatrix"},
    {PLAQ_HDF5_QDPXX, {NULL}, 5, true, false, NULL},
};

enum { DIALECTS = sizeof dialects / sizeof *dialects };

static int sets_of(const dialect *d)
{
    return d->sets[0] ? 4 : 1;
}

/* Opens a dataset of a field; below 0 where there is none. */
static hid_t open_set(hid_t object, const dialect *d, int i)
{
    if (!d->sets[0]) return H5Dopen2(object, ".", H5P_DEFAULT);
    if (H5Lexists(object, d->sets[i], H5P_DEFAULT) <= 0) return -1;
    return H5Dopen2(object, d->sets[i], H5P_DEFAULT);
}

/* ---- what is inside ---------------------------------------------------------------------------------------------- */

static bool fits_number(hid_t number, plaq_config_header *h)
{
    h->little = H5Tget_order(number) == H5T_ORDER_LE;
    h->prec = H5Tget_size(number) == sizeof(float) ? PLAQ_SINGLE : PLAQ_DOUBLE;
    if (h->prec == PLAQ_SINGLE) return H5Tequal(number, h->little ? H5T_IEEE_F32LE : H5T_IEEE_F32BE) > 0;
    return H5Tequal(number, h->little ? H5T_IEEE_F64LE : H5T_IEEE_F64BE) > 0;
}

static bool fits_complex(hid_t type, plaq_config_header *h)
{
    hid_t r, i;
    bool ok;

    if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2) return false;
    if (H5Tget_member_index(type, "r") < 0 || H5Tget_member_index(type, "i") < 0) return false;
    r = H5Tget_member_type(type, 0);
    i = H5Tget_member_type(type, 1);
    ok = H5Tequal(r, i) > 0 && fits_number(r, h);
    plaq_hdf5_drop(r);
    plaq_hdf5_drop(i);
    return ok;
}

static bool fits_type(hid_t set, const dialect *d, plaq_config_header *h)
{
    hid_t type = H5Dget_type(set), inner = type;
    hsize_t shape[2] = {3, 3};
    bool ok = true;

    if (d->matrices) {
        ok = H5Tget_class(type) == H5T_ARRAY && H5Tget_array_ndims(type) == 2 && H5Tget_array_dims2(type, shape) == 2 &&
             shape[0] == 3 && shape[1] == 3;
        inner = ok ? H5Tget_super(type) : -1;
    }
    ok = ok && fits_complex(inner, h);
    if (inner != type) plaq_hdf5_drop(inner);
    plaq_hdf5_drop(type);
    return ok;
}

static bool fits_shape(hid_t set, const dialect *d, plaq_config_header *h)
{
    hid_t space = H5Dget_space(set);
    hsize_t shape[AXES_MOST] = {0};
    bool ok = H5Sget_simple_extent_ndims(space) == d->axes && H5Sget_simple_extent_dims(space, shape, NULL) > 0;

    for (int mu = 0; mu < 4; mu++) {
        hsize_t extent = shape[d->reversed ? mu : 3 - mu];

        ok = ok && extent > 0 && extent <= INT32_MAX;
        h->dims[mu] = (int)extent;
    }
    if (d->axes == 5) ok = ok && shape[4] == 4;
    if (d->axes == 6) ok = ok && shape[4] == 3 && shape[5] == 3;
    plaq_hdf5_drop(space);
    return ok;
}

static bool fits_set(hid_t set, const dialect *d, plaq_config_header *h)
{
    char kind[64];

    if (!fits_shape(set, d, h) || !fits_type(set, d, h)) return false;
    if (!d->kind) return true;
    plaq_hdf5_text(set, ".kind", kind, sizeof kind);
    return strcmp(kind, d->kind) == 0;
}

/* Whether an object is a gauge field of a dialect: all its datasets are alike. */
static bool fits(hid_t object, const dialect *d, plaq_config_header *h)
{
    for (int i = 0; i < sets_of(d); i++) {
        plaq_config_header one = *h;
        hid_t set = open_set(object, d, i);
        bool ok = set >= 0 && fits_set(set, d, &one);

        plaq_hdf5_drop(set);
        if (!ok) return false;
        if (i > 0 && (memcmp(one.dims, h->dims, sizeof h->dims) != 0 || one.prec != h->prec || one.little != h->little))
            return false;
        *h = one;
    }
    return true;
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

typedef struct {
    const dialect *dialect; /* NULL: none yet */
    int count;
    plaq_config_header header;
    char object[256];
} search;

static herr_t look_at(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    search *s = context;

    if (info->type != H5O_TYPE_GROUP && info->type != H5O_TYPE_DATASET) return 0;
    for (int i = 0; i < DIALECTS; i++) {
        const dialect *d = &dialects[i];
        plaq_config_header header = s->header;
        hid_t object;
        bool found;

        if ((info->type == H5O_TYPE_GROUP) != (d->sets[0] != NULL) || strlen(name) >= sizeof s->object) continue;
        object = H5Oopen(root, name, H5P_DEFAULT);
        found = object >= 0 && fits(object, d, &header);
        plaq_hdf5_drop(object);
        if (!found) continue;
        if (s->count++ > 0) return 0;
        s->dialect = d;
        s->header = header;
        strcpy(s->object, name);
    }
    return 0;
}

/* PyQUDA's own word for the extents, and its checksums. */
static plaq_status read_pyquda(hid_t group, const char *path, plaq_config_header *h, plaq_stored *s)
{
    uint32_t sum[2] = {0};
    char text[128];
    int dims[4];

    plaq_hdf5_text(group, "Lattice", text, sizeof text);
    if (*text && (!plaq_text_dims(text, dims) || memcmp(dims, h->dims, sizeof dims) != 0))
        return plaq_fail(PLAQ_E_DATA, "%s: attribute Lattice of %s is '%s', its datasets have extents %d %d %d %d",
                         path, s->object, text, h->dims[0], h->dims[1], h->dims[2], h->dims[3]);
    for (int mu = 0; mu < 4; mu++)
        for (int i = 0; i < 2; i++) {
            hid_t set = open_set(group, &dialects[0], mu);
            uint32_t one;

            plaq_hdf5_text(set, i ? "sum31" : "sum29", text, sizeof text);
            plaq_hdf5_drop(set);
            if (!*text) return PLAQ_OK; /* they are an option */
            if (!plaq_text_hex(text, &one))
                return plaq_fail(PLAQ_E_DATA, "%s: attribute %s of %s/%s is '%s', expected a hexadecimal number", path,
                                 i ? "sum31" : "sum29", s->object, dialects[0].sets[mu], text);
            sum[i] ^= one;
        }
    s->check = PLAQ_CHECK_PYQUDA;
    strcpy(h->checksum_kind, plaq_check_name(s->check));
    plaq_check_print(s->check, sum, h->checksum);
    return PLAQ_OK;
}

plaq_status plaq_hdf5_foreign_header(hid_t file, const char *path, plaq_config_header *h, plaq_stored *s)
{
    search found = {.header = *h};
    plaq_status status = PLAQ_OK;
    int64_t volume;
    hid_t object;

    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, look_at, &found, H5O_INFO_BASIC) < 0 && !found.dialect)
        return plaq_hdf5_outcome(false, PLAQ_E_DATA, path, "look through the file");
    if (!found.dialect)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: HDF5 file without a dataset /links, and without a gauge field of PyQUDA, Qlua or QDP++: "
                         "not a configuration",
                         path);
    *h = found.header;
    strcpy(s->object, found.object);
    s->called = found.dialect->called;
    s->indirect = true;
    s->check = PLAQ_CHECK_NONE;
    PLAQ_TRY(plaq_dims_volume(path, h->dims, &volume));
    s->bytes = volume * (int64_t)plaq_site_bytes(h->prec, 3);
    if (found.count > 1)
        snprintf(h->note, sizeof h->note, "%d gauge fields in the file: %.128s is taken", found.count, s->object);
    if (s->called != PLAQ_HDF5_PYQUDA) return PLAQ_OK;
    object = H5Oopen(file, s->object, H5P_DEFAULT);
    status = read_pyquda(object, path, h, s);
    plaq_hdf5_drop(object);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const plaq_config *config;
    const dialect *dialect;
    hid_t file, set[4], type; /* type: of an element in memory */
} source;

static hid_t matrix_of(hid_t number)
{
    hid_t matrix = H5Tarray_create2(number, 2, (hsize_t[]){3, 3});

    plaq_hdf5_drop(number);
    return matrix;
}

/* Collective. */
static plaq_status open_source(const plaq_config *config, source *s)
{
    hid_t object = -1;
    plaq_status status;

    for (int i = 0; i < DIALECTS; i++)
        if (dialects[i].called == config->stored.called) s->dialect = &dialects[i];
    PLAQ_TRY(plaq_agree(config->comm, plaq_hdf5_open(config->comm, config->path, H5F_ACC_RDONLY, &s->file)));
    object = H5Oopen(s->file, config->stored.object, H5P_DEFAULT);
    status = plaq_hdf5_outcome(object >= 0, PLAQ_E_DATA, config->path, "open the gauge field");
    for (int i = 0; i < sets_of(s->dialect) && status == PLAQ_OK; i++) {
        s->set[i] = open_set(object, s->dialect, i);
        status = plaq_hdf5_outcome(s->set[i] >= 0, PLAQ_E_DATA, config->path, "open the links");
    }
    plaq_hdf5_drop(object);
    return plaq_agree(config->comm, status);
}

static void close_source(source *s)
{
    for (int i = 0; i < 4; i++) plaq_hdf5_drop(s->set[i]);
    plaq_hdf5_drop(s->type);
    plaq_hdf5_drop(s->file);
}

/* Reads part of a dataset into part of memory: [axes] each. */
static plaq_status fetch(const source *s, int set, const hsize_t from[], const hsize_t count[], int memory_axes,
                         const hsize_t room[], const hsize_t to[], const hsize_t to_count[], void *bytes)
{
    hid_t memory = H5Screate_simple(memory_axes, room, NULL), space = H5Dget_space(s->set[set]);
    bool ok = memory >= 0 && space >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL) >= 0 &&
              H5Sselect_hyperslab(memory, H5S_SELECT_SET, to, NULL, to_count, NULL) >= 0 &&
              H5Dread(s->set[set], s->type, memory, space, H5P_DEFAULT, bytes) >= 0;
    plaq_status status = plaq_hdf5_outcome(ok, PLAQ_E_DATA, s->config->path, "read links");

    plaq_hdf5_drop(memory);
    plaq_hdf5_drop(space);
    return status;
}

/* Lines along x of datasets [t][z][y][x]...: into [y][x][mu] matrices (QDP++), or [y][x][mu][row][column] (PyQUDA). */
static plaq_status read_lines(void *context, int y, int z, int t, int lines, void *bytes)
{
    const source *s = context;
    const hsize_t n = (hsize_t)lines, extent = (hsize_t)s->config->header.dims[0];
    const hsize_t from[AXES_MOST] = {(hsize_t)t, (hsize_t)z, (hsize_t)y};

    if (s->dialect->matrices)
        return fetch(s, 0, from, (hsize_t[]){1, 1, n, extent, 4}, 3, (hsize_t[]){n, extent, 4}, (hsize_t[]){0, 0, 0},
                     (hsize_t[]){n, extent, 4}, bytes);
    for (int mu = 0; mu < 4; mu++)
        PLAQ_TRY(fetch(s, mu, from, (hsize_t[]){1, 1, n, extent, 3, 3}, 5, (hsize_t[]){n, extent, 4, 3, 3},
                       (hsize_t[]){0, 0, (hsize_t)mu, 0, 0}, (hsize_t[]){n, extent, 1, 3, 3}, bytes));
    return PLAQ_OK;
}

static plaq_status read_by_lines(source *s, plaq_field *links, uint32_t sum[2])
{
    plaq_slab slab = {plaq_config_form(&s->config->header), s->config->stored.check, read_lines, s};

    s->type = plaq_hdf5_complex(s->config->header.prec, s->config->header.little);
    if (s->dialect->matrices) s->type = matrix_of(s->type);
    return plaq_slab_read(links, &slab, sum);
}

/* One x of datasets [x][y][z][t]: this rank's part of it, [mu][y][z][t], and from there into the field. Local. */
static plaq_status read_plane(const source *s, plaq_field *links, int x, double (*plane)[LINK])
{
    const int *local = plaq_lattice_local(plaq_field_lattice(links));
    const int *origin = plaq_lattice_origin(plaq_field_lattice(links));
    const int sites = local[1] * local[2] * local[3];
    const hsize_t none[4] = {0};
    hsize_t from[4], count[4] = {1, (hsize_t)local[1], (hsize_t)local[2], (hsize_t)local[3]};
    double site[4][LINK];

    for (int mu = 0; mu < 4; mu++) from[mu] = (hsize_t)(origin[mu] + (mu == 0 ? x : 0));
    for (int mu = 0; mu < 4; mu++) PLAQ_TRY(fetch(s, mu, from, count, 4, count, none, count, plane[mu * sites]));
    for (int i = 0; i < sites; i++) {
        const int c[4] = {x, i / (local[2] * local[3]), i / local[3] % local[2], i % local[3]};

        for (int mu = 0; mu < 4; mu++) memcpy(site[mu], plane[mu * sites + i], sizeof site[mu]);
        plaq_field_put(links, c, 1, site[0]);
    }
    return PLAQ_OK;
}

/* Where t is fastest every rank reads what it owns, x by x. Collective. */
static plaq_status read_by_planes(source *s, plaq_field *links)
{
    const int *local = plaq_lattice_local(plaq_field_lattice(links));
    double(*plane)[LINK] = plaq_alloc((size_t)(4 * local[1]) * (size_t)(local[2] * local[3]), sizeof *plane);
    plaq_status status = plane ? PLAQ_OK : PLAQ_E_MEMORY;

    s->type = matrix_of(plaq_hdf5_complex(PLAQ_DOUBLE, plaq_host_is_little()));
    for (int x = 0; x < local[0] && status == PLAQ_OK; x++) status = read_plane(s, links, x, plane);
    plaq_free(plane);
    return plaq_agree(s->config->comm, status);
}

plaq_status plaq_hdf5_foreign_read(const plaq_config *config, plaq_field *links, uint32_t sum[2])
{
    source s = {.config = config, .file = -1, .set = {-1, -1, -1, -1}, .type = -1};
    plaq_status status;

    PLAQ_GO(open_source(config, &s));
    status = s.dialect->reversed ? read_by_planes(&s, links) : read_by_lines(&s, links, sum);
done:
    close_source(&s);
    return status;
}
