/* Fields of columns and their halos: one message a face, of all columns of a set. */
#include <string.h>

#include "layout.h"
#include "plaq/lattice.h"

/* Messages of a set, [block][site]; made when first needed. */
typedef struct {
    int messages;
    size_t bytes;             /* of a site */
    const site_face *face[8]; /* of each message */
    plaq_transport *transport;
} courier;

struct plaq_columns {
    plaq_lattice *lattice;
    plaq_prec prec;
    int count, lanes, blocks, reals;
    plaq_half half;
    bool spatial;    /* nobody looks at the halo along t */
    size_t first[2]; /* site of a block where a set begins */
    size_t sites;    /* of a block */
    void *data;
    courier couriers[2], faces[2];
};

static size_t real_size(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
}

/* bytes of a site in a block */
static size_t site_bytes(const plaq_columns *f)
{
    return (size_t)f->reals * (size_t)f->lanes * real_size(f->prec);
}

static int lanes_of(const plaq_lattice *lattice, plaq_prec prec, int lanes)
{
    return lanes == 1 || plaq_lattice_one_lane(lattice) ? 1 : plaq_lanes_full(prec);
}

static bool has(const plaq_lattice *lattice, plaq_half half, int set)
{
    return plaq_lattice_sites(lattice)->sets == 1 ? set == 0 : half == PLAQ_ALL || (int)half == set;
}

int64_t plaq_columns_estimate(const int dims[4], const int grid[4], plaq_prec prec, int columns, int lanes, int reals,
                              bool half)
{
    int64_t volume = 1, halo = 0;
    bool even = true;

    if (lanes != 1) lanes = plaq_lanes_full(prec);
    for (int mu = 0; mu < 4; mu++) {
        volume *= dims[mu] / grid[mu];
        even &= dims[mu] % 2 == 0;
    }
    for (int mu = 0; mu < 4; mu++)
        if (grid[mu] > 1) halo += 2 * volume / (dims[mu] / grid[mu]);
    volume += 3 * halo; /* it stands in buffers as well, on its way */
    if (half && even) volume = (volume + 1) / 2;
    return volume * ((columns + lanes - 1) / lanes) * lanes * reals * (int64_t)real_size(prec);
}

plaq_status plaq_columns_create(plaq_lattice *lattice, plaq_prec prec, int columns, int lanes, int reals,
                                plaq_half half, plaq_columns **out)
{
    plaq_columns *f = plaq_alloc(1, sizeof *f);
    plaq_status status = PLAQ_E_MEMORY;

    if (f) {
        lanes = lanes_of(lattice, prec, lanes);
        *f = (plaq_columns){.lattice = lattice, .prec = prec, .count = columns, .lanes = lanes, .reals = reals};
        f->half = half;
        f->blocks = (columns + lanes - 1) / lanes;
        for (int set = 0; set < 2; set++) {
            f->first[set] = f->sites;
            if (has(lattice, half, set)) f->sites += (size_t)plaq_lattice_sites(lattice)->total[set];
        }
        f->data = plaq_alloc((size_t)f->blocks * f->sites, site_bytes(f));
        if (f->data) status = PLAQ_OK;
    }
    status = plaq_agree(plaq_lattice_comm(lattice), status);
    if (status != PLAQ_OK) {
        plaq_columns_destroy(&f);
        return status;
    }
    *out = f;
    return PLAQ_OK;
}

void plaq_columns_destroy(plaq_columns **f)
{
    if (!*f) return;
    for (int set = 0; set < 2; set++) {
        plaq_transport_destroy(&(*f)->couriers[set].transport);
        plaq_transport_destroy(&(*f)->faces[set].transport);
    }
    plaq_free((*f)->data);
    plaq_free(*f);
    *f = NULL;
}

plaq_lattice *plaq_columns_lattice(const plaq_columns *f)
{
    return f->lattice;
}

plaq_prec plaq_columns_prec(const plaq_columns *f)
{
    return f->prec;
}

int plaq_columns_count(const plaq_columns *f)
{
    return f->count;
}

int plaq_columns_lanes(const plaq_columns *f)
{
    return f->lanes;
}

int plaq_columns_blocks(const plaq_columns *f)
{
    return f->blocks;
}

int plaq_columns_reals(const plaq_columns *f)
{
    return f->reals;
}

plaq_half plaq_columns_half(const plaq_columns *f)
{
    return f->half;
}

bool plaq_columns_has(const plaq_columns *f, int set)
{
    return has(f->lattice, f->half, set);
}

const void *plaq_columns_read(const plaq_columns *f, int block, int set)
{
    if (!plaq_columns_has(f, set)) return NULL;
    return (const char *)f->data + ((size_t)block * f->sites + f->first[set]) * site_bytes(f);
}

void *plaq_columns_data(plaq_columns *f, int block, int set)
{
    return (void *)plaq_columns_read(f, block, set);
}

/* ---- halo -------------------------------------------------------------------------------------------------------- */

void plaq_columns_set_spatial(plaq_columns *f)
{
    f->spatial = true;
}

static plaq_status hire(plaq_columns *f, int reals, courier *c)
{
    const sites_plan *plan = plaq_lattice_faces(f->lattice);
    int to[8], from[8];
    size_t bytes[8];

    c->messages = 0;
    c->bytes = (size_t)reals * (size_t)f->lanes * real_size(f->prec);
    for (int i = 0; i < plan->faces; i++)
        if (plan->face[i].k % 4 < 3 || !f->spatial) c->face[c->messages++] = &plan->face[i];
    for (int i = 0; i < c->messages; i++) {
        to[i] = c->face[i]->to;
        from[i] = c->face[i]->from;
        bytes[i] = (size_t)c->face[i]->most * (size_t)f->blocks * c->bytes;
    }
    return plaq_transport_create(plaq_lattice_comm(f->lattice), c->messages, to, from, bytes, &c->transport);
}

/* where a block begins in message i */
static size_t block_at(const courier *c, int i, int block)
{
    return (size_t)block * (size_t)c->face[i]->most * c->bytes;
}

static plaq_status send_faces(plaq_columns *f, int set, int reals, plaq_columns_pack *pack, const void *context,
                              courier *c)
{
    if (plaq_lattice_faces(f->lattice)->faces == 0) return PLAQ_OK;
    if (!c->transport) PLAQ_TRY(hire(f, reals, c));
    for (int i = 0; i < c->messages; i++)
        for (int b = 0; b < f->blocks; b++)
            pack(context, c->face[i]->k, plaq_columns_read(f, b, set), c->face[i]->source[set], c->face[i]->sent[set],
                 (char *)plaq_transport_out(c->transport, i) + block_at(c, i, b));
    plaq_transport_start(c->transport);
    return PLAQ_OK;
}

/* sites as they are; the context is the bytes of one */
static void pack_whole(const void *context, int k, const void *block, const int sites[], int n, void *out)
{
    const size_t bytes = *(const size_t *)context;

    (void)k;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++)
        memcpy((char *)out + (size_t)i * bytes, (const char *)block + (size_t)sites[i] * bytes, bytes);
}

plaq_status plaq_columns_halo_begin(plaq_columns *f, int set)
{
    const size_t bytes = site_bytes(f);

    return send_faces(f, set, f->reals, pack_whole, &bytes, &f->couriers[set]);
}

void plaq_columns_halo_finish(plaq_columns *f, int set)
{
    const courier *c = &f->couriers[set];

    if (!c->transport) return;
    plaq_transport_finish(c->transport);
    for (int i = 0; i < c->messages; i++) {
        const site_face *face = c->face[i];

        for (int b = 0; b < f->blocks; b++)
            memcpy((char *)plaq_columns_data(f, b, set) + (size_t)face->first[set] * c->bytes,
                   (const char *)plaq_transport_in(c->transport, i) + block_at(c, i, b),
                   (size_t)face->n[set] * c->bytes);
    }
}

plaq_status plaq_columns_halo(plaq_columns *f, int set)
{
    PLAQ_TRY(plaq_columns_halo_begin(f, set));
    plaq_columns_halo_finish(f, set);
    return PLAQ_OK;
}

plaq_status plaq_columns_faces_begin(plaq_columns *f, int set, int reals, plaq_columns_pack *pack, const void *context)
{
    return send_faces(f, set, reals, pack, context, &f->faces[set]);
}

void plaq_columns_faces_finish(plaq_columns *f, int set)
{
    if (f->faces[set].transport) plaq_transport_finish(f->faces[set].transport);
}

const void *plaq_columns_face(const plaq_columns *f, int set, int block, int k, int *first)
{
    const courier *c = &f->faces[set];

    for (int i = 0; i < c->messages; i++) {
        if (c->face[i]->k != k) continue;
        *first = c->face[i]->first[set];
        return (const char *)plaq_transport_in(c->transport, i) + block_at(c, i, block);
    }
    return NULL;
}

/* ---- numbers in and out ------------------------------------------------------------------------------------------ */

/* Where the reals of a column at a site begin; they stand `lanes` apart. */
static size_t place_of(const plaq_columns *f, const int c[4], int column)
{
    const int *local = plaq_lattice_local(f->lattice);
    const int x = plaq_lattice_sites(f->lattice)->index[c[0] + local[0] * (c[1] + local[1] * (c[2] + local[2] * c[3]))];
    const size_t site = (size_t)(column / f->lanes) * f->sites + f->first[plaq_sites_set(f->lattice, c)] + (size_t)x;

    return site * (size_t)f->reals * (size_t)f->lanes + (size_t)(column % f->lanes);
}

void plaq_columns_put(plaq_columns *f, const int c[4], int column, const double *values)
{
    size_t j = place_of(f, c, column);

    for (int k = 0; k < f->reals; k++, j += (size_t)f->lanes) {
        if (f->prec == PLAQ_DOUBLE)
            ((double *)f->data)[j] = values[k];
        else
            ((float *)f->data)[j] = (float)values[k];
    }
}

void plaq_columns_get(const plaq_columns *f, const int c[4], int column, double *values)
{
    size_t j = place_of(f, c, column);

    for (int k = 0; k < f->reals; k++, j += (size_t)f->lanes)
        values[k] = f->prec == PLAQ_DOUBLE ? ((const double *)f->data)[j] : (double)((const float *)f->data)[j];
}

void plaq_columns_zero(plaq_columns *f)
{
    memset(f->data, 0, (size_t)f->blocks * f->sites * site_bytes(f));
}

/* One set of all columns, number by number: blocks of the two are of different widths where precisions differ. */
static void copy_set(const plaq_columns *from, plaq_columns *to, int set)
{
    const int body = plaq_lattice_sites(from->lattice)->body[set];

#pragma omp parallel for schedule(static)
    for (int x = 0; x < body; x++)
        for (int column = 0; column < from->count; column++) {
            const int lanes = from->lanes, out_lanes = to->lanes;
            const void *in = plaq_columns_read(from, column / lanes, set);
            void *out = plaq_columns_data(to, column / out_lanes, set);
            size_t i = (size_t)x * (size_t)from->reals * (size_t)lanes + (size_t)(column % lanes);
            size_t j = (size_t)x * (size_t)to->reals * (size_t)out_lanes + (size_t)(column % out_lanes);

            for (int k = 0; k < from->reals; k++, i += (size_t)lanes, j += (size_t)out_lanes) {
                const double v = from->prec == PLAQ_DOUBLE ? ((const double *)in)[i] : (double)((const float *)in)[i];

                if (to->prec == PLAQ_DOUBLE)
                    ((double *)out)[j] = v;
                else
                    ((float *)out)[j] = (float)v;
            }
        }
}

void plaq_columns_copy(const plaq_columns *from, plaq_columns *to)
{
    for (int set = 0; set < 2; set++) {
        if (!plaq_columns_has(from, set) || !plaq_columns_has(to, set)) continue;
        if (from->lanes != to->lanes || from->prec != to->prec) {
            copy_set(from, to, set);
            continue;
        }
        for (int b = 0; b < from->blocks; b++)
            memcpy(plaq_columns_data(to, b, set), plaq_columns_read(from, b, set),
                   (size_t)plaq_lattice_sites(from->lattice)->body[set] * site_bytes(from));
    }
}
