/* Links between a file in any order and a field, link by link.
 *
 * A round: each rank finds the owners of its next links and tells them which links these are; then the matrices
 * travel, as the bytes of the file, one way or the other.
 */
#include "gauge/shuffle.h"

#include <string.h>

enum {
    REALS = 18,
    ROUND = 1 << 19,    /* bytes of a rank's share of a round */
    ROUND_ALL = 1 << 28 /* of all shares together: what one rank may get at most */
};

/* Links by the rank at the other end. */
typedef struct {
    int *count, *start; /* [ranks] */
    int64_t *place;     /* link mu + 4 site of its owner, site = x + X (y + Y (z + Z t)) in the local lattice */
    char *bytes;        /* their matrices */
} bundle;

typedef struct {
    const plaq_shuffle *shuffle;
    plaq_field *links;
    const plaq_lattice *lattice;
    const plaq_comm *comm;
    int ranks;
    size_t matrix;                      /* bytes of a link in the file */
    int64_t chunk;                      /* links of a rank's share of a round */
    int64_t rounds;                     /* of the rank with most links */
    char *bytes;                        /* [chunk]: as in the file */
    int *slot;                          /* [chunk]: where each of them is in `file` */
    int64_t *place;                     /* [chunk]: and which of its owner's links it is */
    bundle file, owner;                 /* what this rank moves, and what it owns */
    int *out_n, *out_at, *in_n, *in_at; /* [ranks]: for plaq_exchange */
} deal;

void plaq_shuffle_share(const plaq_lattice *lattice, int64_t *first, int64_t *count)
{
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    int64_t links = 4 * plaq_lattice_volume(lattice), ranks = plaq_comm_size(comm), rank = plaq_comm_rank(comm);
    int64_t each = links / ranks, more = links % ranks; /* the first `more` ranks have one more */

    *first = rank * each + (rank < more ? rank : more);
    *count = each + (rank < more);
}

static plaq_status bundle_make(bundle *b, int ranks, int64_t links, size_t matrix)
{
    b->count = plaq_alloc((size_t)ranks, sizeof *b->count);
    b->start = plaq_alloc((size_t)ranks, sizeof *b->start);
    b->place = plaq_alloc((size_t)links, sizeof *b->place);
    b->bytes = plaq_alloc((size_t)links, matrix);
    return b->count && b->start && b->place && b->bytes ? PLAQ_OK : PLAQ_E_MEMORY;
}

static void bundle_clear(bundle *b)
{
    plaq_free(b->count);
    plaq_free(b->start);
    plaq_free(b->place);
    plaq_free(b->bytes);
}

static void deal_clear(deal *d)
{
    bundle_clear(&d->file);
    bundle_clear(&d->owner);
    plaq_free(d->bytes);
    plaq_free(d->slot);
    plaq_free(d->place);
    plaq_free(d->out_n);
    plaq_free(d->out_at);
    plaq_free(d->in_n);
    plaq_free(d->in_at);
}

static plaq_status deal_alloc(deal *d)
{
    const int *local = plaq_lattice_local(d->lattice);
    int64_t own = 4 * (int64_t)local[0] * local[1] * local[2] * local[3], all = d->chunk * d->ranks;
    size_t ranks = (size_t)d->ranks;

    d->bytes = plaq_alloc((size_t)d->chunk, d->matrix);
    d->slot = plaq_alloc((size_t)d->chunk, sizeof *d->slot);
    d->place = plaq_alloc((size_t)d->chunk, sizeof *d->place);
    d->out_n = plaq_alloc(ranks, sizeof(int));
    d->out_at = plaq_alloc(ranks, sizeof(int));
    d->in_n = plaq_alloc(ranks, sizeof(int));
    d->in_at = plaq_alloc(ranks, sizeof(int));
    if (!d->bytes || !d->slot || !d->place || !d->out_n || !d->out_at || !d->in_n || !d->in_at) return PLAQ_E_MEMORY;
    PLAQ_TRY(bundle_make(&d->file, d->ranks, d->chunk, d->matrix));
    return bundle_make(&d->owner, d->ranks, own < all ? own : all, d->matrix);
}

/* Collective. */
static plaq_status deal_make(plaq_field *links, const plaq_shuffle *shuffle, deal *d)
{
    plaq_status status;
    double rounds;

    *d = (deal){.shuffle = shuffle, .links = links, .lattice = plaq_field_lattice(links)};
    d->comm = plaq_lattice_comm(d->lattice);
    d->ranks = plaq_comm_size(d->comm);
    d->matrix = REALS * (shuffle->prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float));
    d->chunk = (d->ranks < ROUND_ALL / ROUND ? ROUND : ROUND_ALL / d->ranks) / (int64_t)d->matrix;
    if (d->chunk < 1) d->chunk = 1;
    rounds = (double)((shuffle->count + d->chunk - 1) / d->chunk);
    plaq_reduce_max(d->comm, &rounds, 1);
    d->rounds = (int64_t)rounds;
    status = plaq_agree(d->comm, deal_alloc(d));
    if (status != PLAQ_OK) deal_clear(d);
    return status;
}

/* The next links of this rank in a round; their first is *first. */
static int64_t links_of(const deal *d, int64_t round, int64_t *first)
{
    int64_t left = d->shuffle->count - round * d->chunk;

    *first = d->shuffle->first + round * d->chunk;
    return left < 0 ? 0 : left < d->chunk ? left : d->chunk;
}

/* Owner of a link, and which of the owner's links it is. */
static int find_owner(const deal *d, int64_t link, int64_t *place)
{
    const int *local = plaq_lattice_local(d->lattice);
    int c[4], mu, coord[4], at[4];

    plaq_order_find(&d->shuffle->order, plaq_lattice_dims(d->lattice), link, c, &mu);
    for (int nu = 0; nu < 4; nu++) {
        coord[nu] = c[nu] / local[nu];
        at[nu] = c[nu] - coord[nu] * local[nu];
    }
    *place = mu + 4 * (at[0] + local[0] * (at[1] + local[1] * (at[2] + (int64_t)local[2] * at[3])));
    return plaq_lattice_rank_at(d->lattice, coord);
}

static int total(int ranks, bundle *b)
{
    int n = 0;

    for (int r = 0; r < ranks; n += b->count[r++]) b->start[r] = n;
    return n;
}

/* Sorts links of the file by owner: places, and a slot for each. */
static void sort_links(deal *d, int64_t first, int64_t n)
{
    bundle *b = &d->file;

    memset(b->count, 0, (size_t)d->ranks * sizeof *b->count);
    for (int64_t i = 0; i < n; i++) {
        d->slot[i] = find_owner(d, first + i, &d->place[i]); /* the owner for now */
        b->count[d->slot[i]]++;
    }
    total(d->ranks, b);
    for (int64_t i = 0; i < n; i++) {
        d->slot[i] = b->start[d->slot[i]]++;
        b->place[d->slot[i]] = d->place[i];
    }
    total(d->ranks, b); /* where they start, once more */
}

/* Sends `size` bytes a link from one side to the other. Collective. */
static void exchange(deal *d, const bundle *from, const void *send, const bundle *to, void *receive, size_t size)
{
    for (int r = 0; r < d->ranks; r++) {
        d->out_n[r] = from->count[r] * (int)size;
        d->out_at[r] = from->start[r] * (int)size;
        d->in_n[r] = to->count[r] * (int)size;
        d->in_at[r] = to->start[r] * (int)size;
    }
    plaq_exchange(d->comm, send, d->out_n, d->out_at, receive, d->in_n, d->in_at);
}

/* Tells all owners which of their links this round is about; how many of mine there are. Collective. */
static int announce(deal *d)
{
    int n;

    for (int r = 0; r < d->ranks; r++) {
        d->out_n[r] = d->in_n[r] = (int)sizeof(int);
        d->out_at[r] = d->in_at[r] = r * (int)sizeof(int);
    }
    plaq_exchange(d->comm, d->file.count, d->out_n, d->out_at, d->owner.count, d->in_n, d->in_at);
    n = total(d->ranks, &d->owner);
    exchange(d, &d->file, d->file.place, &d->owner, d->owner.place, sizeof *d->file.place);
    return n;
}

/* Where element k of a matrix is in its transpose. */
static int turned(int k)
{
    return k % 2 + 2 * (k / 2 % 3 * 3 + k / 6);
}

/* A matrix as a field has it, from the bytes of the file. */
static void decode(const plaq_shuffle *s, void *bytes, double link[REALS])
{
    double d[REALS];
    float f[REALS];

    if (s->swap) plaq_byte_swap(bytes, s->prec == PLAQ_DOUBLE ? sizeof *d : sizeof *f, REALS);
    if (s->prec == PLAQ_DOUBLE) {
        memcpy(d, bytes, sizeof d);
    } else {
        memcpy(f, bytes, sizeof f);
        for (int k = 0; k < REALS; k++) d[k] = (double)f[k];
    }
    for (int k = 0; k < REALS; k++) link[k] = d[s->order.transposed ? turned(k) : k];
}

static void encode(const plaq_shuffle *s, const double link[REALS], void *bytes)
{
    double d[REALS];
    float f[REALS];

    for (int k = 0; k < REALS; k++) d[k] = link[s->order.transposed ? turned(k) : k];
    if (s->prec == PLAQ_DOUBLE) {
        memcpy(bytes, d, sizeof d);
    } else {
        for (int k = 0; k < REALS; k++) f[k] = (float)d[k];
        memcpy(bytes, f, sizeof f);
    }
    if (s->swap) plaq_byte_swap(bytes, s->prec == PLAQ_DOUBLE ? sizeof *d : sizeof *f, REALS);
}

/* The site of one of this rank's links. */
static void site_of(const deal *d, int64_t place, int c[4])
{
    const int *local = plaq_lattice_local(d->lattice);
    int64_t site = place / 4;

    for (int nu = 0; nu < 4; nu++) {
        c[nu] = (int)(site % local[nu]);
        site /= local[nu];
    }
}

static void put_links(deal *d, int n)
{
    for (int i = 0; i < n; i++) {
        double link[REALS];
        int c[4];

        site_of(d, d->owner.place[i], c);
        decode(d->shuffle, d->owner.bytes + (size_t)i * d->matrix, link);
        plaq_field_put_part(d->links, c, REALS * (int)(d->owner.place[i] % 4), REALS, link);
    }
}

static void get_links(deal *d, int n)
{
    for (int i = 0; i < n; i++) {
        double link[REALS];
        int c[4];

        site_of(d, d->owner.place[i], c);
        plaq_field_get_part(d->links, c, REALS * (int)(d->owner.place[i] % 4), REALS, link);
        encode(d->shuffle, link, d->owner.bytes + (size_t)i * d->matrix);
    }
}

plaq_status plaq_shuffle_read(plaq_field *links, const plaq_shuffle *s)
{
    plaq_status status = PLAQ_OK;
    deal d;

    PLAQ_TRY(deal_make(links, s, &d));
    for (int64_t round = 0; round < d.rounds; round++) {
        int64_t first, n = links_of(&d, round, &first);
        int mine;

        if (status == PLAQ_OK) status = plaq_stop_check(plaq_comm_self());
        if (plaq_any(d.comm, status != PLAQ_OK)) break;
        if (n) status = s->move(s->context, first, n, d.bytes);
        sort_links(&d, first, n);
        for (int64_t i = 0; i < n; i++)
            memcpy(d.file.bytes + (size_t)d.slot[i] * d.matrix, d.bytes + (size_t)i * d.matrix, d.matrix);
        mine = announce(&d);
        exchange(&d, &d.file, d.file.bytes, &d.owner, d.owner.bytes, d.matrix);
        put_links(&d, mine);
    }
    plaq_field_touch(links);
    deal_clear(&d);
    return plaq_agree(plaq_lattice_comm(d.lattice), status);
}

plaq_status plaq_shuffle_write(plaq_field *links, const plaq_shuffle *s)
{
    plaq_status status = PLAQ_OK;
    deal d;

    PLAQ_TRY(deal_make(links, s, &d));
    for (int64_t round = 0; round < d.rounds; round++) {
        int64_t first, n = links_of(&d, round, &first);

        if (plaq_any(d.comm, status != PLAQ_OK)) break;
        sort_links(&d, first, n);
        get_links(&d, announce(&d));
        exchange(&d, &d.owner, d.owner.bytes, &d.file, d.file.bytes, d.matrix);
        for (int64_t i = 0; i < n; i++)
            memcpy(d.bytes + (size_t)i * d.matrix, d.file.bytes + (size_t)d.slot[i] * d.matrix, d.matrix);
        if (n) status = s->move(s->context, first, n, d.bytes);
    }
    deal_clear(&d);
    return plaq_agree(plaq_lattice_comm(d.lattice), status);
}
