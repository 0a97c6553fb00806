/* plaq's own format: parallel HDF5. (Those of other programs: hdf5_foreign.c.)
 *
 *   /links  [T][Z][Y][X][mu][row][column] of a compound {r, i} of 32- or 64-bit little-endian reals (h5py: complex),
 *           with attributes for format and version, axes, normalisations, plaquette, link trace, checksum, provenance
 *
 * Chunks are whole planes of constant z and t, so many that a chunk has 1 MiB at least and that there are at most some
 * thousands of them, allocated when the file is made: ranks write and read whole blocks. No times are stored: equal
 * links and facts make equal files. The checksum is SciDAC's, over the bytes as stored.
 *
 * Written through MPI-IO, or, where there is none, straight into the chunks: the same bytes. To read, the places of the
 * chunks are asked of HDF5 once and the bytes are then read directly; a copy that was compressed, converted or cut
 * otherwise is read through HDF5.
 */
#include <stdio.h>
#include <string.h>

#include "gauge/format.h"
#include "gauge/hdf5.h"
#include "gauge/plain.h"
#include "gauge/slab.h"

enum {
    DIMENSIONS = 7,
    VERSION = 1,
    CHUNK_BYTES = 1 << 20, /* a chunk has as many at least */
    CHUNKS_MOST = 4096,
    ATTRIBUTES_MOST = 64
};

static const char format_name[] = "plaq gauge configuration";

static bool recognise(const unsigned char *bytes, size_t n)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    return n >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

/* ---- lines of the dataset ---------------------------------------------------------------------------------------- */

/* What moves lines through HDF5. */
typedef struct {
    const char *path;
    const int *dims;
    hid_t dataset, type;
} through;

static plaq_status select_lines(const through *h, int y, int z, int t, int lines, hid_t *memory, hid_t *space)
{
    hsize_t start[DIMENSIONS] = {(hsize_t)t, (hsize_t)z, (hsize_t)y};
    hsize_t count[DIMENSIONS] = {1, 1, (hsize_t)lines, (hsize_t)h->dims[0], 4, 3, 3};

    *memory = H5Screate_simple(DIMENSIONS, count, NULL);
    *space = H5Dget_space(h->dataset);
    return plaq_hdf5_outcome(*memory >= 0 && *space >= 0 &&
                                 H5Sselect_hyperslab(*space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0,
                             PLAQ_E_DATA, h->path, "select links");
}

static plaq_status move_through(void *context, int y, int z, int t, int lines, void *bytes, bool write)
{
    const through *h = context;
    hid_t memory = -1, space = -1;
    plaq_status status;

    PLAQ_GO(select_lines(h, y, z, t, lines, &memory, &space));
    if (write)
        status = plaq_hdf5_outcome(H5Dwrite(h->dataset, h->type, memory, space, H5P_DEFAULT, bytes) >= 0, PLAQ_E_IO,
                                   h->path, "write links");
    else
        status = plaq_hdf5_outcome(H5Dread(h->dataset, h->type, memory, space, H5P_DEFAULT, bytes) >= 0, PLAQ_E_DATA,
                                   h->path, "read links");
done:
    plaq_hdf5_drop(memory);
    plaq_hdf5_drop(space);
    return status;
}

static plaq_status write_lines(void *context, int y, int z, int t, int lines, void *bytes)
{
    return move_through(context, y, z, t, lines, bytes, true);
}

static plaq_status read_lines(void *context, int y, int z, int t, int lines, void *bytes)
{
    return move_through(context, y, z, t, lines, bytes, false);
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static plaq_status put_conventions(const through *h)
{
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "format", format_name));
    PLAQ_TRY(plaq_hdf5_put_int(h->dataset, h->path, "version", VERSION));
    PLAQ_TRY(plaq_hdf5_put_ints(h->dataset, h->path, "dims", h->dims, 4));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "dims_order", "X Y Z T"));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "axes", "t z y x mu row column"));
    PLAQ_TRY(
        plaq_hdf5_put_text(h->dataset, h->path, "directions", "mu = 0 1 2 3: x y z t; U_mu(x) leads from x to x + mu"));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "conventions",
                                "plaquette: (1/3) Re tr, mean over sites and planes, 1 for the free field; "
                                "link_trace: (1/3) Re tr U, mean over all links"));
    return plaq_hdf5_put_text(h->dataset, h->path, "checksum_doc",
                              "SciDAC: crc32 of the bytes of each site as stored, rotated left by site mod 29 / "
                              "site mod 31, xor-ed; site = x + X (y + Y (z + Z t))");
}

static plaq_status put_facts(const through *h, const uint32_t sum[2], const plaq_config_facts *facts)
{
    char checksum[40];

    plaq_check_print(PLAQ_CHECK_SCIDAC, sum, checksum);
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "checksum_kind", plaq_check_name(PLAQ_CHECK_SCIDAC)));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "checksum", checksum));
    PLAQ_TRY(plaq_hdf5_put_real(h->dataset, h->path, "plaquette", facts->plaquette));
    PLAQ_TRY(plaq_hdf5_put_real(h->dataset, h->path, "link_trace", facts->link_trace));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "ensemble", facts->ensemble));
    PLAQ_TRY(plaq_hdf5_put_int(h->dataset, h->path, "number", facts->number));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "history", facts->history));
    PLAQ_TRY(plaq_hdf5_put_text(h->dataset, h->path, "creator", "plaq " PLAQ_VERSION));
    return plaq_hdf5_put_text(h->dataset, h->path, "commit", plaq_commit());
}

/* ---- where the bytes are ----------------------------------------------------------------------------------------- */

/* Whether the chunks are whole planes in order, and how many there are. */
static bool whole_planes(hid_t list, const int dims[4], int *chunks)
{
    hsize_t c[DIMENSIONS], z = (hsize_t)dims[2], t = (hsize_t)dims[3];

    if (H5Pget_chunk(list, DIMENSIONS, c) != DIMENSIONS) return false;
    if (c[2] != (hsize_t)dims[1] || c[3] != (hsize_t)dims[0] || c[4] != 4 || c[5] != 3 || c[6] != 3) return false;
    if (t % c[0] || z % c[1] || (c[0] != 1 && c[1] != z)) return false;
    if (t / c[0] * (z / c[1]) > INT32_MAX) return false;
    *chunks = (int)(t / c[0] * (z / c[1]));
    return true;
}

/* Asks for the places of all chunks; false where one is not there or not plain. */
static bool find_chunks(hid_t links, hid_t list, const int dims[4], plaq_stored *s)
{
    hsize_t c[DIMENSIONS];

    H5Pget_chunk(list, DIMENSIONS, c);
    for (int i = 0; i < s->chunks; i++) {
        int64_t plane = (int64_t)i * (int64_t)(c[0] * c[1]);
        hsize_t at[DIMENSIONS] = {(hsize_t)(plane / dims[2]), (hsize_t)(plane % dims[2])}, size;
        unsigned filtered;
        haddr_t place;

        if (H5Dget_chunk_info_by_coord(links, at, &filtered, &place, &size) < 0) return false;
        if (filtered || place == HADDR_UNDEF || (int64_t)size != s->bytes / s->chunks) return false;
        s->chunk_at[i] = (int64_t)place;
    }
    return true;
}

/* Finds the links as plain bytes of the file, where they are; otherwise they are read through HDF5. */
static plaq_status find_bytes(hid_t file, hid_t links, const plaq_config_header *h, plaq_stored *s)
{
    hid_t list = H5Dget_create_plist(links), made = H5Fget_create_plist(file);
    hsize_t user = 1;
    int chunks = 0;

    s->indirect = true;
    H5Pget_userblock(made, &user);
    if (user == 0 && H5Pget_nfilters(list) == 0) {
        haddr_t place = HADDR_UNDEF;

        if (H5Pget_layout(list) == H5D_CONTIGUOUS && H5Pget_external_count(list) == 0) place = H5Dget_offset(links);
        if (place != HADDR_UNDEF) {
            s->offset = (int64_t)place;
            s->indirect = false;
        } else if (H5Pget_layout(list) == H5D_CHUNKED && whole_planes(list, h->dims, &chunks)) {
            s->chunk_at = plaq_alloc((size_t)chunks, sizeof *s->chunk_at);
            s->chunks = chunks;
            s->indirect = !s->chunk_at || !find_chunks(links, list, h->dims, s);
        }
    }
    plaq_hdf5_drop(list);
    plaq_hdf5_drop(made);
    if (chunks && !s->chunk_at) return PLAQ_E_MEMORY;
    if (s->indirect) s->chunks = 0;
    return PLAQ_OK;
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

static int smallest_divisor(int n, int64_t least)
{
    int d = 1;

    while (d < n && (n % d || d < least)) d++;
    return d;
}

/* Planes along z and t of a chunk. */
static void choose_chunk(const int dims[4], plaq_prec prec, hsize_t *along_t, hsize_t *along_z)
{
    int64_t plane = (int64_t)plaq_site_bytes(prec, 3) * dims[0] * dims[1];
    int64_t all = plane * dims[2] * dims[3], bytes = all / CHUNKS_MOST > CHUNK_BYTES ? all / CHUNKS_MOST : CHUNK_BYTES;
    int64_t planes = (bytes + plane - 1) / plane;

    *along_z = (hsize_t)smallest_divisor(dims[2], planes);
    *along_t = 1;
    if (*along_z == (hsize_t)dims[2]) *along_t = (hsize_t)smallest_divisor(dims[3], (planes + dims[2] - 1) / dims[2]);
}

static plaq_status create_links(hid_t file, plaq_prec prec, through *h)
{
    hsize_t shape[DIMENSIONS] = {
        (hsize_t)h->dims[3], (hsize_t)h->dims[2], (hsize_t)h->dims[1], (hsize_t)h->dims[0], 4, 3, 3};
    hsize_t chunk[DIMENSIONS];
    hid_t space = H5Screate_simple(DIMENSIONS, shape, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    plaq_status status;

    memcpy(chunk, shape, sizeof chunk);
    choose_chunk(h->dims, prec, &chunk[0], &chunk[1]);
    H5Pset_chunk(list, DIMENSIONS, chunk);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(list, false);
    H5Pset_attr_phase_change(list, ATTRIBUTES_MOST, 0); /* all in the header: found at once */
    h->dataset = H5Dcreate2(file, "links", h->type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    status = plaq_hdf5_outcome(h->dataset >= 0, PLAQ_E_IO, h->path, "create /links");
    plaq_hdf5_drop(list);
    plaq_hdf5_drop(space);
    return status;
}

/* The links, by all ranks, through MPI-IO. Collective. */
static plaq_status write_dataset(plaq_field *links, through *h, plaq_prec prec, uint32_t sum[2])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_field_lattice(links));
    plaq_slab slab = {{prec, !plaq_host_is_little(), 3}, PLAQ_CHECK_SCIDAC, write_lines, h};
    int64_t bytes = plaq_lattice_volume(plaq_field_lattice(links)) * (int64_t)plaq_site_bytes(prec, 3);
    plaq_status status = PLAQ_OK;
    hid_t file = -1;

    if (plaq_comm_rank(comm) == 0) status = plaq_hdf5_make_room(h->path, bytes + PLAQ_HDF5_HEADER_ROOM);
    PLAQ_TRY(plaq_agree(comm, status));
    PLAQ_GO(plaq_agree(comm, plaq_hdf5_create(comm, h->path, &file)));
    PLAQ_GO(plaq_agree(comm, create_links(file, prec, h)));
    PLAQ_GO(plaq_slab_write(links, &slab, sum));
    status = plaq_agree(comm, plaq_hdf5_outcome(H5Fflush(file, H5F_SCOPE_LOCAL) >= 0, PLAQ_E_IO, h->path, "flush"));
done:
    plaq_hdf5_drop(h->dataset);
    h->dataset = -1;
    if (status != PLAQ_OK) plaq_hdf5_give_up(comm, h->path);
    return plaq_agree(comm, plaq_hdf5_close_written(file, h->path, status));
}

/* Makes the file with its dataset, all bytes allocated, and finds the chunks. Local. */
static plaq_status make_dataset(through *h, plaq_prec prec, plaq_stored *s)
{
    plaq_config_header header = {.prec = prec};
    plaq_status status;
    hid_t file = -1;

    memcpy(header.dims, h->dims, sizeof header.dims);
    PLAQ_GO(plaq_hdf5_make_room(h->path, s->bytes + PLAQ_HDF5_HEADER_ROOM));
    PLAQ_GO(plaq_hdf5_create(NULL, h->path, &file));
    PLAQ_GO(create_links(file, prec, h));
    PLAQ_GO(find_bytes(file, h->dataset, &header, s));
    if (s->indirect) status = plaq_fail(PLAQ_E_INTERNAL, "%s: HDF5 does not say where /links is", h->path);
done:
    plaq_hdf5_drop(h->dataset);
    h->dataset = -1;
    return plaq_hdf5_close_written(file, h->path, status);
}

/* The links, by all ranks, where there is no MPI-IO: one rank makes the file, all write into its chunks. Collective. */
static plaq_status write_chunks(plaq_field *links, through *h, plaq_prec prec, uint32_t sum[2])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_field_lattice(links));
    int64_t bytes = plaq_lattice_volume(plaq_field_lattice(links)) * (int64_t)plaq_site_bytes(prec, 3);
    plaq_stored s = {.bytes = bytes};
    plaq_status status = PLAQ_OK, closed;
    plaq_plain p = {.file = PLAQ_FILE_CLOSED};
    plaq_slab slab = {{prec, !plaq_host_is_little(), 3}, PLAQ_CHECK_SCIDAC, plaq_plain_store, &p};

    if (plaq_comm_rank(comm) == 0) status = make_dataset(h, prec, &s);
    PLAQ_GO(plaq_agree(comm, status));
    plaq_broadcast(comm, &s.chunks, sizeof s.chunks);
    if (!s.chunk_at) s.chunk_at = plaq_alloc((size_t)s.chunks, sizeof *s.chunk_at);
    PLAQ_GO(plaq_agree(comm, s.chunk_at ? PLAQ_OK : PLAQ_E_MEMORY));
    plaq_broadcast(comm, s.chunk_at, (size_t)s.chunks * sizeof *s.chunk_at);
    p = plaq_plain_of(h->dims, prec, 3, &s);
    PLAQ_GO(plaq_agree(comm, plaq_file_update(&p.file, h->path)));
    status = plaq_slab_write(links, &slab, sum);
done:
    closed = plaq_file_close(&p.file);
    plaq_free(s.chunk_at);
    return plaq_agree(comm, status == PLAQ_OK ? closed : status);
}

/* The attributes, by one rank: HDF5 wants the same ones of all ranks, or is out of step for good. Local. */
static plaq_status write_attributes(through *h, const uint32_t sum[2], const plaq_config_facts *facts)
{
    plaq_status status;
    hid_t file = -1;

    PLAQ_GO(plaq_hdf5_open(NULL, h->path, H5F_ACC_RDWR, &file));
    h->dataset = H5Dopen2(file, "links", H5P_DEFAULT);
    PLAQ_GO(plaq_hdf5_outcome(h->dataset >= 0, PLAQ_E_IO, h->path, "open /links"));
    PLAQ_GO(put_conventions(h));
    status = put_facts(h, sum, facts);
done:
    plaq_hdf5_drop(h->dataset);
    h->dataset = -1;
    return plaq_hdf5_close_written(file, h->path, status);
}

static plaq_status write_links(plaq_field *links, const char *path, plaq_prec prec, const plaq_config_facts *facts)
{
    plaq_lattice *lattice = plaq_field_lattice(links);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    through h = {path, plaq_lattice_dims(lattice), -1, plaq_hdf5_complex(prec, true)};
    plaq_status status;
    uint32_t sum[2];

    PLAQ_GO(plaq_comm_mpi(comm) ? write_dataset(links, &h, prec, sum) : write_chunks(links, &h, prec, sum));
    if (plaq_comm_rank(comm) == 0) status = write_attributes(&h, sum, facts);
    PLAQ_GO(plaq_agree(comm, status));
    status = plaq_agree(comm, plaq_hdf5_sync(path));
done:
    plaq_hdf5_drop(h.type);
    return status;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

static plaq_status read_shape(const char *path, hid_t links, plaq_config_header *h)
{
    hid_t space = H5Dget_space(links);
    hsize_t shape[DIMENSIONS] = {0};
    bool ok = H5Sget_simple_extent_ndims(space) == DIMENSIONS && H5Sget_simple_extent_dims(space, shape, NULL) > 0 &&
              shape[4] == 4 && shape[5] == 3 && shape[6] == 3;

    for (int mu = 0; mu < 4; mu++) {
        ok = ok && shape[3 - mu] <= INT32_MAX;
        h->dims[mu] = (int)shape[3 - mu];
    }
    plaq_hdf5_drop(space);
    return ok ? PLAQ_OK : plaq_fail(PLAQ_E_DATA, "%s: shape of /links is not [T][Z][Y][X][4][3][3]", path);
}

/* Precision of the stored numbers, and whether they are exactly as plaq writes them. */
static plaq_status read_type(const char *path, hid_t links, plaq_config_header *h, bool *ours)
{
    hid_t stored = H5Dget_type(links), part = -1, wanted;
    bool ok = H5Tget_class(stored) == H5T_COMPOUND && H5Tget_nmembers(stored) == 2 &&
              H5Tget_member_index(stored, "r") >= 0 && H5Tget_member_index(stored, "i") >= 0;

    if (ok) part = H5Tget_member_type(stored, 0);
    ok = ok && H5Tget_class(part) == H5T_FLOAT && (H5Tget_size(part) == 4 || H5Tget_size(part) == 8);
    h->prec = ok && H5Tget_size(part) == 4 ? PLAQ_SINGLE : PLAQ_DOUBLE;
    h->little = true;
    wanted = plaq_hdf5_complex(h->prec, true);
    *ours = ok && H5Tequal(stored, wanted) > 0;
    plaq_hdf5_drop(wanted);
    plaq_hdf5_drop(part);
    plaq_hdf5_drop(stored);
    return ok ? PLAQ_OK : plaq_fail(PLAQ_E_DATA, "%s: type of /links is not {r, i} of 32 or 64 bit", path);
}

static plaq_status read_facts(const char *path, hid_t links, plaq_config_header *h)
{
    char format[64], kind[16], sum[40];
    unsigned a, b;

    plaq_hdf5_text(links, "format", format, sizeof format);
    if (strcmp(format, format_name) != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: attribute format of /links is '%s', expected '%s'", path, format,
                         format_name);
    plaq_hdf5_number(links, "plaquette", H5T_NATIVE_DOUBLE, &h->plaquette);
    plaq_hdf5_number(links, "link_trace", H5T_NATIVE_DOUBLE, &h->link_trace);
    plaq_hdf5_text(links, "checksum_kind", kind, sizeof kind);
    plaq_hdf5_text(links, "checksum", sum, sizeof sum);
    if (strcmp(kind, plaq_check_name(PLAQ_CHECK_SCIDAC)) != 0) return PLAQ_OK;
    if (sscanf(sum, "%8x/%8x", &a, &b) != 2)
        return plaq_fail(PLAQ_E_DATA, "%s: attribute checksum of /links is '%s', expected two hexadecimal numbers",
                         path, sum);
    strcpy(h->checksum_kind, kind);
    plaq_check_print(PLAQ_CHECK_SCIDAC, (uint32_t[]){a, b}, h->checksum);
    return PLAQ_OK;
}

static plaq_status read_dataset(const char *path, hid_t file, hid_t links, plaq_config_header *h, plaq_stored *s)
{
    int64_t volume;
    bool ours;

    PLAQ_TRY(read_facts(path, links, h));
    PLAQ_TRY(read_shape(path, links, h));
    PLAQ_TRY(read_type(path, links, h, &ours));
    PLAQ_TRY(plaq_dims_volume(path, h->dims, &volume));
    s->bytes = volume * (int64_t)plaq_site_bytes(h->prec, 3);
    s->indirect = true;
    return ours ? find_bytes(file, links, h, s) : PLAQ_OK;
}

static plaq_status read_header(const plaq_file *stream, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    const char *path = stream->path;
    hid_t file = -1, links = -1;
    plaq_status status;

    (void)given;
    s->check = PLAQ_CHECK_SCIDAC;
    PLAQ_GO(plaq_hdf5_open(NULL, path, H5F_ACC_RDONLY, &file));
    if (H5Lexists(file, "links", H5P_DEFAULT) > 0) links = H5Dopen2(file, "links", H5P_DEFAULT);
    status = links < 0 ? plaq_hdf5_foreign_header(file, path, h, s) : read_dataset(path, file, links, h, s);
done:
    plaq_hdf5_drop(links);
    plaq_hdf5_drop(file);
    return status;
}

static plaq_status read_own(const plaq_config *config, plaq_field *links, uint32_t sum[2])
{
    through h = {config->path, config->header.dims, -1, plaq_hdf5_complex(config->header.prec, true)};
    plaq_slab slab = {plaq_config_form(&config->header), config->stored.check, read_lines, &h};
    plaq_status status;
    hid_t file = -1;

    PLAQ_GO(plaq_agree(config->comm, plaq_hdf5_open(config->comm, h.path, H5F_ACC_RDONLY, &file)));
    h.dataset = H5Dopen2(file, "links", H5P_DEFAULT);
    PLAQ_GO(plaq_agree(config->comm, plaq_hdf5_outcome(h.dataset >= 0, PLAQ_E_DATA, h.path, "open /links")));
    status = plaq_slab_read(links, &slab, sum);
done:
    plaq_hdf5_drop(h.dataset);
    plaq_hdf5_drop(h.type);
    plaq_hdf5_drop(file);
    return status;
}

static plaq_status read_links(const plaq_config *config, plaq_field *links, uint32_t sum[2])
{
    if (config->stored.called != PLAQ_HDF5_OWN) return plaq_hdf5_foreign_read(config, links, sum);
    return read_own(config, links, sum);
}

const plaq_format plaq_format_hdf5 = {
    .key = "hdf5",
    .name = "plaq HDF5",
    .doc = "parallel HDF5, links as one dataset of complex numbers, 32 or 64 bit, with conventions and provenance; "
           "reads HDF5 of PyQUDA, Qlua and QDP++ too",
    .called = {[PLAQ_HDF5_OWN] = "plaq HDF5",
               [PLAQ_HDF5_PYQUDA] = "PyQUDA HDF5",
               [PLAQ_HDF5_QLUA] = "Qlua HDF5",
               [PLAQ_HDF5_QDPXX] = "QDP++ HDF5"},
    .recognise = recognise,
    .read_header = read_header,
    .read = read_links,
    .write = write_links,
};
