/* Configurations in and out: what all formats have in common.
 *
 * Opening: rank 0 looks at the first bytes, finds the format that knows them and reads its header; all ranks get the
 * outcome. Reading and writing go by slabs (slab.c), link by link where a file has an order of its own (shuffle.c), or
 * the format has its own way. A file is written under a name that starts with a dot, flushed, and renamed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gauge/deal.h"
#include "gauge/format.h"
#include "gauge/plain.h"
#include "gauge/shuffle.h"
#include "gauge/slab.h"
#include "plaq/gauge.h"

enum { FIRST_BYTES = 512 };

/* ---- the table of formats ---------------------------------------------------------------------------------------- */

size_t plaq_format_count(void)
{
    size_t n = 0;

    while (plaq_formats[n]) n++;
    return n;
}

static bool writes(const plaq_format *format)
{
    return format->frame || format->write;
}

void plaq_format_describe(size_t i, const char **key, const char **name, const char **doc, bool *can_write)
{
    *key = plaq_formats[i]->key;
    *name = plaq_formats[i]->name;
    *doc = plaq_formats[i]->doc;
    *can_write = writes(plaq_formats[i]);
}

const char *plaq_config_writable(void)
{
    static char keys[128];

    keys[0] = '\0';
    for (size_t i = 0; plaq_formats[i]; i++)
        if (writes(plaq_formats[i]))
            snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%s%s", keys[0] ? "|" : "", plaq_formats[i]->key);
    return keys;
}

/* ---- open -------------------------------------------------------------------------------------------------------- */

plaq_status plaq_dims_volume(const char *path, const int dims[4], int64_t *volume)
{
    int64_t most = INT64_MAX / (int64_t)plaq_site_bytes(PLAQ_DOUBLE, 3), v = 1;

    for (int mu = 0; mu < 4; mu++) {
        if (dims[mu] < 1 || v > most / dims[mu])
            return plaq_fail(PLAQ_E_DATA, "%s: extents %d %d %d %d are not those of a lattice", path, dims[0], dims[1],
                             dims[2], dims[3]);
        v *= dims[mu];
    }
    *volume = v;
    return PLAQ_OK;
}

static double number_at(const char *bytes, plaq_prec prec, bool swap, int i)
{
    double d;
    float f;

    if (prec == PLAQ_DOUBLE) {
        memcpy(&d, bytes + (size_t)i * sizeof d, sizeof d);
        if (swap) plaq_byte_swap(&d, sizeof d, 1);
        return d;
    }
    memcpy(&f, bytes + (size_t)i * sizeof f, sizeof f);
    if (swap) plaq_byte_swap(&f, sizeof f, 1);
    return f;
}

bool plaq_rows_plausible(const void *rows, plaq_prec prec, bool swap)
{
    for (int row = 0; row < 2; row++) {
        double norm = 0;

        for (int i = 0; i < 6; i++) {
            double v = number_at(rows, prec, swap, 6 * row + i);

            norm += v * v;
        }
        if (!(fabs(norm - 1) < 0.01)) return false;
    }
    return true;
}

/* Extents of the file against those of the user. */
static plaq_status settle_dims(const char *path, const int given[4], plaq_config_header *h)
{
    int64_t volume;

    if (h->dims[0] == 0) return PLAQ_OK; /* nobody knows them */
    PLAQ_TRY(plaq_dims_volume(path, h->dims, &volume));
    if (given && memcmp(given, h->dims, sizeof h->dims) != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: extents are %d %d %d %d, expected %d %d %d %d", path, h->dims[0], h->dims[1],
                         h->dims[2], h->dims[3], given[0], given[1], given[2], given[3]);
    return PLAQ_OK;
}

/* The format that knows the first bytes. */
static plaq_status recognise(const char *path, const unsigned char *bytes, size_t n, const plaq_format **format)
{
    char shown[64];

    for (size_t i = 0; plaq_formats[i]; i++)
        if (plaq_formats[i]->recognise(bytes, n)) {
            *format = plaq_formats[i];
            return PLAQ_OK;
        }
    if (n == 0) return plaq_fail(PLAQ_E_DATA, "%s: is empty", path);
    plaq_text_bytes(bytes, n, shown, sizeof shown);
    return plaq_fail(PLAQ_E_DATA, "%s: not a configuration of a known format; it begins with %s", path, shown);
}

/* A SciDAC volume may be called by its name without a number: then the first of its files is meant. */
static void find_first_file(char path[4096])
{
    static const char ending[] = ".vol0000";
    size_t n = strlen(path);

    if (n + sizeof ending > 4096 || plaq_path_exists(path)) return;
    strcpy(path + n, ending);
    if (!plaq_path_exists(path)) path[n] = '\0';
}

static plaq_status look(const int given[4], const char *raw, plaq_config *c)
{
    const char *path = c->path;
    unsigned char bytes[FIRST_BYTES];
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status;
    size_t got;

    find_first_file(c->path);
    PLAQ_GO(plaq_file_open(&file, path));
    PLAQ_GO(plaq_file_size(&file, &c->header.bytes));
    if (raw[0]) {
        c->format = &plaq_format_raw;
        PLAQ_GO(plaq_raw_read_header(&file, given, raw, &c->header, &c->stored));
    } else {
        PLAQ_GO(plaq_file_peek(&file, 0, bytes, sizeof bytes, &got));
        PLAQ_GO(recognise(path, bytes, got, &c->format));
        PLAQ_GO(c->format->read_header(&file, given, &c->header, &c->stored));
    }
    status = settle_dims(path, given, &c->header);
done:
    if (plaq_file_close(&file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return status;
}

/* What rank 0 found, to all. Pointers mean nothing elsewhere, so they are set anew. Collective. */
static plaq_status share(plaq_config *c)
{
    struct {
        int format;
        plaq_config_header header;
        plaq_stored stored;
    } found = {0, c->header, c->stored};
    int64_t *chunk_at = c->stored.chunk_at;

    while (plaq_comm_rank(c->comm) == 0 && plaq_formats[found.format] != c->format) found.format++;
    plaq_broadcast(c->comm, &found, sizeof found);
    plaq_broadcast(c->comm, c->path, sizeof c->path);
    c->format = plaq_formats[found.format];
    c->header = found.header;
    snprintf(c->header.format, sizeof c->header.format, "%s", c->format->called[found.stored.called]);
    c->stored = found.stored;
    c->stored.chunk_at = chunk_at;
    if (c->stored.chunks == 0) return PLAQ_OK;
    if (!chunk_at) c->stored.chunk_at = plaq_alloc((size_t)c->stored.chunks, sizeof *chunk_at);
    PLAQ_TRY(plaq_agree(c->comm, c->stored.chunk_at ? PLAQ_OK : PLAQ_E_MEMORY));
    plaq_broadcast(c->comm, c->stored.chunk_at, (size_t)c->stored.chunks * sizeof *chunk_at);
    return PLAQ_OK;
}

plaq_status plaq_config_open(const plaq_comm *comm, const char *path, const int dims[4], plaq_config **config)
{
    return plaq_config_open_raw(comm, path, dims, "", config);
}

plaq_status plaq_config_open_raw(const plaq_comm *comm, const char *path, const int dims[4], const char *raw,
                                 plaq_config **config)
{
    plaq_config *c = plaq_alloc(1, sizeof *c);
    plaq_status status = c ? PLAQ_OK : PLAQ_E_MEMORY;

    if (c && strlen(path) >= sizeof c->path)
        status = plaq_fail(PLAQ_E_USAGE, "path of %zu bytes is longer than %zu", strlen(path), sizeof c->path - 1);
    PLAQ_GO(plaq_agree(comm, status));
    c->comm = comm;
    strcpy(c->path, path);
    c->header = (plaq_config_header){.prec = PLAQ_DOUBLE, .rows = 3, .plaquette = NAN, .link_trace = NAN};
    if (plaq_comm_rank(comm) == 0) status = look(dims, raw, c);
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(share(c));
    *config = c;
    return PLAQ_OK;
done:
    plaq_config_close(&c);
    return status;
}

void plaq_config_close(plaq_config **config)
{
    if (!*config) return;
    plaq_free((*config)->stored.chunk_at);
    plaq_free(*config);
    *config = NULL;
}

const plaq_config_header *plaq_config_get_header(const plaq_config *config)
{
    return &config->header;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

plaq_link_form plaq_config_form(const plaq_config_header *h)
{
    return (plaq_link_form){.prec = h->prec, .swap = h->little != plaq_host_is_little(), .rows = h->rows};
}

static plaq_status read_plain(const plaq_config *c, plaq_field *links, uint32_t sum[2])
{
    const plaq_stored *s = &c->stored;
    plaq_plain p = plaq_plain_of(c->header.dims, c->header.prec, c->header.rows, s);
    plaq_slab slab = {plaq_config_form(&c->header), s->check, plaq_plain_fetch, &p};
    plaq_status status;

    PLAQ_GO(plaq_agree(c->comm, plaq_file_open(&p.file, c->path)));
    status = plaq_slab_read(links, &slab, sum);
done:
    if (plaq_file_close(&p.file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return plaq_agree(c->comm, status);
}

static plaq_status read_in_order(const plaq_config *c, const plaq_order *order, plaq_field *links)
{
    plaq_link_form form = plaq_config_form(&c->header);
    plaq_pieces r = {PLAQ_FILE_CLOSED, c->stored.offset, plaq_link_form_bytes(&form) / 4};
    plaq_shuffle shuffle = {
        .order = *order, .prec = form.prec, .swap = form.swap, .move = plaq_pieces_fetch, .context = &r};
    plaq_status status;

    plaq_shuffle_share(plaq_field_lattice(links), &shuffle.first, &shuffle.count);
    PLAQ_GO(plaq_agree(c->comm, plaq_file_open(&r.file, c->path)));
    status = plaq_shuffle_read(links, &shuffle);
done:
    if (plaq_file_close(&r.file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return plaq_agree(c->comm, status);
}

static plaq_status mean_plaquette(plaq_field *links, double *mean)
{
    double planes[6], spatial, temporal;
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_gauge_over(links, &u));
    status = plaq_gauge_plaquette(u, planes, NULL);
    plaq_gauge_destroy(&u);
    if (status == PLAQ_OK) plaq_plane_means(planes, mean, &spatial, &temporal);
    return status;
}

/* In the order that has the plaquette of the header, where it may be one of two. */
static plaq_status read_ordered(plaq_config *c, plaq_field *links)
{
    const double limit = 1e-6; /* that of plaq_config_verify; the wrong order is off by the plaquette itself */
    const char *const *called = c->format->called;
    double mean[2];

    for (int i = 0; i < 2; i++) {
        PLAQ_TRY(read_in_order(c, &c->stored.order[i], links));
        if (c->stored.order[1].axes[0] == '\0') return PLAQ_OK;
        PLAQ_TRY(mean_plaquette(links, &mean[i]));
        if (fabs(mean[i] - c->header.plaquette) > limit || !isfinite(mean[i])) continue;
        snprintf(c->header.format, sizeof c->header.format, "%s", called[i]);
        return PLAQ_OK;
    }
    return plaq_fail(PLAQ_E_DATA,
                     "%s: plaquette %.10g in its header, but %.10g of the links in the order of %s and %.10g in that "
                     "of %s",
                     c->path, c->header.plaquette, mean[0], called[0], mean[1], called[1]);
}

static plaq_status fits(const plaq_config *c, const plaq_field *links)
{
    const int *file = c->header.dims, *field = plaq_lattice_dims(plaq_field_lattice(links));

    if (plaq_field_reals(links) != 72)
        return plaq_fail(PLAQ_E_INTERNAL, "a field of %d reals a site cannot hold links, expected 72",
                         plaq_field_reals(links));
    if (file[0] == 0)
        return plaq_fail(PLAQ_E_USAGE, "%s: has no extents in its header: give dims: [X, Y, Z, T]", c->path);
    if (memcmp(file, field, 4 * sizeof *file) != 0)
        return plaq_fail(PLAQ_E_USAGE, "%s: extents are %d %d %d %d, those of the lattice %d %d %d %d", c->path,
                         file[0], file[1], file[2], file[3], field[0], field[1], field[2], field[3]);
    return PLAQ_OK;
}

plaq_status plaq_config_read(plaq_config *c, plaq_field *links, plaq_config_report *report)
{
    double start = plaq_now(), seconds;
    uint32_t sum[2] = {0};

    PLAQ_TRY(fits(c, links));
    if (c->stored.indirect)
        PLAQ_TRY(c->format->read(c, links, sum));
    else if (c->stored.order[0].axes[0])
        PLAQ_TRY(read_ordered(c, links));
    else
        PLAQ_TRY(read_plain(c, links, sum));
    seconds = plaq_now() - start;
    plaq_reduce_max(c->comm, &seconds, 1);
    report->seconds = seconds;
    plaq_check_print(c->stored.check, sum, report->checksum);
    report->checksum_ok = c->header.checksum[0] == '\0' || strcmp(c->header.checksum, report->checksum) == 0;
    return PLAQ_OK;
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

/* Lengths of what stands before and after the links, the same on all ranks. Collective. */
static plaq_status frame_lengths(const plaq_comm *comm, const plaq_format *format, const plaq_frame *frame,
                                 int64_t n[2])
{
    plaq_text before = {0}, after = {0};
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(comm) == 0) status = format->frame(frame, &before, &after);
    n[0] = (int64_t)before.n;
    n[1] = (int64_t)after.n;
    plaq_free(before.bytes);
    plaq_free(after.bytes);
    PLAQ_TRY(plaq_agree(comm, status));
    plaq_broadcast(comm, n, 2 * sizeof *n);
    return PLAQ_OK;
}

static plaq_status write_frame(const plaq_format *format, const plaq_frame *frame, const plaq_plain *p)
{
    int64_t end = plaq_plain_offset(p, 0, 0, frame->dims[3]);
    plaq_text before = {0}, after = {0};
    plaq_status status;

    PLAQ_GO(format->frame(frame, &before, &after));
    PLAQ_GO(plaq_file_write(&p->file, 0, before.bytes, before.n));
    if (after.n) status = plaq_file_write(&p->file, end, after.bytes, after.n);
done:
    plaq_free(before.bytes);
    plaq_free(after.bytes);
    return status;
}

/* One rank makes the file, the others open it. */
plaq_status plaq_config_create(const plaq_comm *comm, plaq_file *file, const char *path, int64_t bytes)
{
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(comm) == 0) {
        status = plaq_file_create(file, path);
        if (status == PLAQ_OK) status = plaq_file_reserve(file, bytes);
    }
    PLAQ_TRY(plaq_agree(comm, status));
    if (plaq_comm_rank(comm) != 0) status = plaq_file_update(file, path);
    return plaq_agree(comm, status);
}

static plaq_status write_in_order(plaq_field *links, const plaq_order *order, const plaq_link_form *form,
                                  const plaq_plain *p)
{
    plaq_pieces r = {p->file, p->offset, plaq_link_form_bytes(form) / 4};
    plaq_shuffle shuffle = {
        .order = *order, .prec = form->prec, .swap = form->swap, .move = plaq_pieces_store, .context = &r};

    plaq_shuffle_share(plaq_field_lattice(links), &shuffle.first, &shuffle.count);
    return plaq_shuffle_write(links, &shuffle);
}

static plaq_status write_plain(plaq_field *links, const char *path, const plaq_format *format, plaq_prec prec,
                               const plaq_config_facts *facts)
{
    plaq_lattice *lattice = plaq_field_lattice(links);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    plaq_plain p = plaq_plain_of(plaq_lattice_dims(lattice), prec, 3, &(plaq_stored){0});
    plaq_slab slab = {{prec, plaq_host_is_little() != format->frame_little, 3},
                      format->frame_check,
                      plaq_plain_store,
                      &p};
    uint32_t sum[2] = {0};
    plaq_frame frame = {p.dims, prec, facts, sum};
    plaq_status status, closed;
    int64_t around[2];

    PLAQ_GO(frame_lengths(comm, format, &frame, around));
    p.offset = around[0];
    PLAQ_GO(plaq_config_create(comm, &p.file, path, plaq_plain_offset(&p, 0, 0, p.dims[3]) + around[1]));
    PLAQ_GO(format->frame_order ? write_in_order(links, format->frame_order, &slab.form, &p)
                                : plaq_slab_write(links, &slab, sum));
    if (plaq_comm_rank(comm) == 0) status = write_frame(format, &frame, &p);
    if (status == PLAQ_OK) status = plaq_file_sync(&p.file);
done:
    closed = plaq_file_close(&p.file);
    return plaq_agree(comm, status == PLAQ_OK ? closed : status);
}

static plaq_status find_writable(const char *key, const plaq_format **format)
{
    for (size_t i = 0; plaq_formats[i]; i++)
        if (writes(plaq_formats[i]) && strcmp(plaq_formats[i]->key, key) == 0) {
            *format = plaq_formats[i];
            return PLAQ_OK;
        }
    return plaq_fail(PLAQ_E_USAGE, "format %s cannot be written, expected %s", key, plaq_config_writable());
}

plaq_status plaq_config_write(plaq_field *links, const char *path, const char *format, plaq_prec prec,
                              const plaq_config_facts *facts)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_field_lattice(links));
    const plaq_format *as = NULL;
    plaq_status status;
    char aside[4096];

    PLAQ_TRY(find_writable(format, &as));
    PLAQ_TRY(plaq_path_aside(path, aside));
    status = as->write ? as->write(links, aside, prec, facts) : write_plain(links, aside, as, prec, facts);
    if (plaq_comm_rank(comm) == 0) {
        if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
        if (status != PLAQ_OK) plaq_path_remove(aside);
    }
    return plaq_agree(comm, status);
}
