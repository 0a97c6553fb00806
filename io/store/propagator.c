/* Propagators in files: opening, reading, writing, whatever the format. See propagator.h. */
#include "store/propagator.h"

#include <string.h>

#include "gauge/check.h"
#include "gauge/hdf5.h"
#include "gauge/text.h"

enum { FIRST_BYTES = 64 };

static const store_propagator_format *const formats[] = {&store_propagator_hdf5, &store_propagator_qio,
                                                         &store_propagator_qdpxx};

enum { FORMATS = sizeof formats / sizeof *formats };

const char *plaq_propagator_formats(void)
{
    return "hdf5|qio|qdpxx";
}

int64_t plaq_propagator_bytes(const int dims[4], int columns, plaq_prec prec)
{
    int64_t sites = (int64_t)dims[0] * dims[1] * dims[2] * dims[3];

    return sites * (int64_t)store_spinors_bytes(columns, prec) + PLAQ_HDF5_HEADER_ROOM;
}

plaq_status store_propagator_add(plaq_propagator *p, const store_piece *piece)
{
    store_piece *more = plaq_alloc((size_t)p->pieces + 1, sizeof *more);

    if (!more) return PLAQ_E_MEMORY;
    if (p->pieces) memcpy(more, p->piece, (size_t)p->pieces * sizeof *more);
    more[p->pieces++] = *piece;
    plaq_free(p->piece);
    p->piece = more;
    p->header.columns += piece->columns;
    return PLAQ_OK;
}

/* ---- open -------------------------------------------------------------------------------------------------------- */

static plaq_status recognise(const plaq_file *file, const store_propagator_format **format)
{
    unsigned char bytes[FIRST_BYTES];
    char words[64];
    size_t got;

    PLAQ_TRY(plaq_file_peek(file, 0, bytes, sizeof bytes, &got));
    for (int i = 0; i < FORMATS; i++)
        if (formats[i]->recognise && formats[i]->recognise(bytes, got)) {
            *format = formats[i];
            return PLAQ_OK;
        }
    plaq_text_bytes(bytes, got, words, sizeof words);
    return plaq_fail(PLAQ_E_DATA, "%s: not a propagator: neither HDF5 nor LIME, it begins with %s", file->path,
                     got ? words : "nothing");
}

static plaq_status look(plaq_propagator *p)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status;

    PLAQ_GO(plaq_file_open(&file, p->path));
    PLAQ_GO(plaq_file_size(&file, &p->header.bytes));
    PLAQ_GO(recognise(&file, &p->format));
    status = p->format->read_header(&file, p);
done:
    if (plaq_file_close(&file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return status;
}

/* What rank 0 found, to all; pointers are each rank's own. Collective. */
static plaq_status share(plaq_propagator *p)
{
    struct {
        int format, pieces;
        bool residual, little;
        store_order order;
        plaq_propagator_header header;
        char object[256];
    } found = {0, p->pieces, p->residual != NULL, p->little, p->order, p->header, ""};
    const bool first = plaq_comm_rank(p->comm) == 0;

    while (first && formats[found.format] != p->format) found.format++;
    memcpy(found.object, p->object, sizeof found.object);
    plaq_broadcast(p->comm, &found, sizeof found);
    if (!first) {
        p->piece = plaq_alloc((size_t)found.pieces, sizeof *p->piece);
        if (found.residual) p->residual = plaq_alloc((size_t)found.header.columns, sizeof *p->residual);
    }
    PLAQ_TRY(plaq_agree(p->comm, p->piece && (p->residual || !found.residual) ? PLAQ_OK : PLAQ_E_MEMORY));
    p->format = formats[found.format];
    p->pieces = found.pieces;
    p->little = found.little;
    p->order = found.order;
    p->header = found.header;
    p->header.facts.residual = p->residual;
    memcpy(p->object, found.object, sizeof p->object);
    plaq_broadcast(p->comm, p->piece, (size_t)p->pieces * sizeof *p->piece);
    if (p->residual) plaq_broadcast(p->comm, p->residual, (size_t)p->header.columns * sizeof *p->residual);
    return PLAQ_OK;
}

plaq_status plaq_propagator_open(const plaq_comm *comm, const char *path, plaq_propagator **propagator)
{
    plaq_propagator *p = plaq_alloc(1, sizeof *p);
    plaq_status status = p ? PLAQ_OK : PLAQ_E_MEMORY;

    if (p && strlen(path) >= sizeof p->path)
        status = plaq_fail(PLAQ_E_USAGE, "path of %zu bytes is longer than %zu", strlen(path), sizeof p->path - 1);
    PLAQ_GO(plaq_agree(comm, status));
    p->comm = comm;
    strcpy(p->path, path);
    p->header.prec = PLAQ_DOUBLE;
    p->header.facts.at[0] = -1;
    if (plaq_comm_rank(comm) == 0) status = look(p);
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(share(p));
    *propagator = p;
    return PLAQ_OK;
done:
    plaq_propagator_close(&p);
    return status;
}

void plaq_propagator_close(plaq_propagator **propagator)
{
    if (!*propagator) return;
    plaq_free((*propagator)->piece);
    plaq_free((*propagator)->residual);
    plaq_free(*propagator);
    *propagator = NULL;
}

const plaq_propagator_header *plaq_propagator_get_header(const plaq_propagator *propagator)
{
    return &propagator->header;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

static plaq_status takes_columns(const plaq_columns *f, int first, int count)
{
    if (plaq_columns_reals(f) != PLAQ_SPINOR_REALS || plaq_columns_half(f) != PLAQ_ALL)
        return plaq_fail(PLAQ_E_INTERNAL, "a field of %d reals a site%s holds no propagator, expected %d on all sites",
                         plaq_columns_reals(f), plaq_columns_half(f) == PLAQ_ALL ? "" : " on half of the sites",
                         PLAQ_SPINOR_REALS);
    if (first < 0 || count < 1 || first + count > plaq_columns_count(f))
        return plaq_fail(PLAQ_E_USAGE, "columns %d to %d of a propagator, but the field has %d", first,
                         first + count - 1, plaq_columns_count(f));
    return PLAQ_OK;
}

static plaq_status fits(const plaq_propagator *p, const plaq_columns *f, int first)
{
    const int *file = p->header.dims, *field = plaq_lattice_dims(plaq_columns_lattice(f));

    if (memcmp(file, field, 4 * sizeof *file) != 0)
        return plaq_fail(PLAQ_E_USAGE, "%s: extents are %d %d %d %d, those of the lattice %d %d %d %d", p->path,
                         file[0], file[1], file[2], file[3], field[0], field[1], field[2], field[3]);
    return takes_columns(f, first, p->header.columns);
}

static plaq_status check(const plaq_propagator *p, uint32_t (*sum)[2])
{
    for (int i = 0; i < p->pieces; i++) {
        char seen[40];

        plaq_check_print(PLAQ_CHECK_SCIDAC, sum[i], seen);
        if (p->piece[i].checksum[0] && strcmp(seen, p->piece[i].checksum) != 0)
            return plaq_fail(PLAQ_E_DATA, "%s: checksum %s stored, but %s of the numbers of field %d of %d: damaged",
                             p->path, p->piece[i].checksum, seen, i + 1, p->pieces);
    }
    return PLAQ_OK;
}

plaq_status plaq_propagator_read(plaq_propagator *p, plaq_columns *f, int first)
{
    uint32_t(*sum)[2] = NULL;
    plaq_status status;

    PLAQ_TRY(fits(p, f, first));
    sum = plaq_alloc((size_t)p->pieces, sizeof *sum);
    PLAQ_GO(plaq_agree(p->comm, sum ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(p->format->read(p, f, first, sum));
    status = check(p, sum);
done:
    plaq_free(sum);
    return status;
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

static plaq_status find_format(const char *key, const store_propagator_format **format)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i]->key, key) == 0) {
            *format = formats[i];
            return PLAQ_OK;
        }
    return plaq_fail(PLAQ_E_USAGE, "format %s of a propagator is not known, expected %s", key,
                     plaq_propagator_formats());
}

plaq_status plaq_propagator_write(plaq_columns *f, int first, int count, const char *path, const char *format,
                                  plaq_prec prec, const plaq_propagator_facts *facts)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(f));
    const store_propagator_format *as = NULL;
    plaq_status status;
    char aside[4096];

    PLAQ_TRY(find_format(format, &as));
    PLAQ_TRY(takes_columns(f, first, count));
    if (as != &store_propagator_hdf5 && count != 12)
        return plaq_fail(PLAQ_E_USAGE, "%s: format %s holds 12 columns, not %d: write hdf5", path, format, count);
    PLAQ_TRY(plaq_path_aside(path, aside));
    status = as->write(f, first, count, aside, prec, facts);
    if (plaq_comm_rank(comm) == 0) {
        if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
        if (status != PLAQ_OK) plaq_path_remove(aside);
    }
    return plaq_agree(comm, status);
}
