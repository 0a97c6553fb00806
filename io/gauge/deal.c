/* Pieces of a file to their owners, and back.
 *
 * A round: each rank finds the owners of its next pieces and tells them which pieces these are; then the bytes travel,
 * one way or the other.
 */
#include "gauge/deal.h"

#include <string.h>

enum {
    ROUND = 1 << 19,    /* bytes of a rank's share of a round */
    ROUND_ALL = 1 << 28 /* of all shares together: what one rank may get at most */
};

/* Pieces by the rank at the other end. */
typedef struct {
    int *count, *start; /* [ranks] */
    int64_t *place; /* piece `which` + per_site x site of its owner, site = x + X (y + Y (z + Z t)) in its lattice */
    char *bytes;
} bundle;

typedef struct {
    const plaq_deal *deal;
    const plaq_lattice *lattice;
    const plaq_comm *comm;
    int ranks;
    size_t piece;                       /* bytes of a piece */
    int64_t chunk;                      /* pieces of a rank's share of a round */
    int64_t rounds;                     /* of the rank with most pieces */
    char *bytes;                        /* [chunk]: as in the file */
    int *slot;                          /* [chunk]: where each of them is in `file` */
    int64_t *place;                     /* [chunk]: and which of its owner's pieces it is */
    bundle file, owner;                 /* what this rank moves, and what it owns */
    int *out_n, *out_at, *in_n, *in_at; /* [ranks]: for plaq_exchange */
} table;

void plaq_deal_share(const plaq_comm *comm, int64_t pieces, int64_t *first, int64_t *count)
{
    int64_t ranks = plaq_comm_size(comm), rank = plaq_comm_rank(comm);
    int64_t each = pieces / ranks, more = pieces % ranks; /* the first `more` ranks have one more */

    *first = rank * each + (rank < more ? rank : more);
    *count = each + (rank < more);
}

static plaq_status bundle_make(bundle *b, int ranks, int64_t pieces, size_t piece)
{
    b->count = plaq_alloc((size_t)ranks, sizeof *b->count);
    b->start = plaq_alloc((size_t)ranks, sizeof *b->start);
    b->place = plaq_alloc((size_t)pieces, sizeof *b->place);
    b->bytes = plaq_alloc((size_t)pieces, piece);
    return b->count && b->start && b->place && b->bytes ? PLAQ_OK : PLAQ_E_MEMORY;
}

static void bundle_clear(bundle *b)
{
    plaq_free(b->count);
    plaq_free(b->start);
    plaq_free(b->place);
    plaq_free(b->bytes);
}

static void table_clear(table *d)
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

static plaq_status table_alloc(table *d)
{
    const int *local = plaq_lattice_local(d->lattice);
    int64_t own = d->deal->per_site * (int64_t)local[0] * local[1] * local[2] * local[3], all = d->chunk * d->ranks;
    size_t ranks = (size_t)d->ranks;

    d->bytes = plaq_alloc((size_t)d->chunk, d->piece);
    d->slot = plaq_alloc((size_t)d->chunk, sizeof *d->slot);
    d->place = plaq_alloc((size_t)d->chunk, sizeof *d->place);
    d->out_n = plaq_alloc(ranks, sizeof(int));
    d->out_at = plaq_alloc(ranks, sizeof(int));
    d->in_n = plaq_alloc(ranks, sizeof(int));
    d->in_at = plaq_alloc(ranks, sizeof(int));
    if (!d->bytes || !d->slot || !d->place || !d->out_n || !d->out_at || !d->in_n || !d->in_at) return PLAQ_E_MEMORY;
    PLAQ_TRY(bundle_make(&d->file, d->ranks, d->chunk, d->piece));
    return bundle_make(&d->owner, d->ranks, own < all ? own : all, d->piece);
}

/* Collective. */
static plaq_status table_make(const plaq_deal *deal, table *d)
{
    plaq_status status;
    double rounds;

    *d = (table){.deal = deal, .lattice = deal->lattice, .piece = deal->bytes};
    d->comm = plaq_lattice_comm(d->lattice);
    d->ranks = plaq_comm_size(d->comm);
    d->chunk = (d->ranks < ROUND_ALL / ROUND ? ROUND : ROUND_ALL / d->ranks) / (int64_t)d->piece;
    if (d->chunk < 1) d->chunk = 1;
    rounds = (double)((deal->count + d->chunk - 1) / d->chunk);
    plaq_reduce_max(d->comm, &rounds, 1);
    d->rounds = (int64_t)rounds;
    status = plaq_agree(d->comm, table_alloc(d));
    if (status != PLAQ_OK) table_clear(d);
    return status;
}

/* The next pieces of this rank in a round; their first is *first. */
static int64_t pieces_of(const table *d, int64_t round, int64_t *first)
{
    int64_t left = d->deal->count - round * d->chunk;

    *first = d->deal->first + round * d->chunk;
    return left < 0 ? 0 : left < d->chunk ? left : d->chunk;
}

/* Owner of a piece, and which of the owner's pieces it is. */
static int find_owner(const table *d, int64_t piece, int64_t *place)
{
    const int *local = plaq_lattice_local(d->lattice);
    int c[4], which, coord[4], at[4];

    d->deal->find(d->deal->context, piece, c, &which);
    for (int nu = 0; nu < 4; nu++) {
        coord[nu] = c[nu] / local[nu];
        at[nu] = c[nu] - coord[nu] * local[nu];
    }
    *place = which + d->deal->per_site * (at[0] + local[0] * (at[1] + local[1] * (at[2] + (int64_t)local[2] * at[3])));
    return plaq_lattice_rank_at(d->lattice, coord);
}

static int total(int ranks, bundle *b)
{
    int n = 0;

    for (int r = 0; r < ranks; n += b->count[r++]) b->start[r] = n;
    return n;
}

/* Sorts pieces of the file by owner: places, and a slot for each. */
static void sort_pieces(table *d, int64_t first, int64_t n)
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

/* Sends `size` bytes a piece from one side to the other. Collective. */
static void exchange(table *d, const bundle *from, const void *send, const bundle *to, void *receive, size_t size)
{
    for (int r = 0; r < d->ranks; r++) {
        d->out_n[r] = from->count[r] * (int)size;
        d->out_at[r] = from->start[r] * (int)size;
        d->in_n[r] = to->count[r] * (int)size;
        d->in_at[r] = to->start[r] * (int)size;
    }
    plaq_exchange(d->comm, send, d->out_n, d->out_at, receive, d->in_n, d->in_at);
}

/* Tells all owners which of their pieces this round is about; how many of mine there are. Collective. */
static int announce(table *d)
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

/* Puts what came where it belongs, or gets what is to go. */
static void visit_own(table *d, int n)
{
    const int *local = plaq_lattice_local(d->lattice);

    for (int i = 0; i < n; i++) {
        int64_t site = d->owner.place[i] / d->deal->per_site;
        int c[4];

        for (int nu = 0; nu < 4; nu++) {
            c[nu] = (int)(site % local[nu]);
            site /= local[nu];
        }
        d->deal->visit(d->deal->context, c, (int)(d->owner.place[i] % d->deal->per_site),
                       d->owner.bytes + (size_t)i * d->piece);
    }
}

plaq_status plaq_deal_read(const plaq_deal *deal)
{
    plaq_status status = PLAQ_OK;
    table d;

    PLAQ_TRY(table_make(deal, &d));
    for (int64_t round = 0; round < d.rounds; round++) {
        int64_t first, n = pieces_of(&d, round, &first);
        int mine;

        if (status == PLAQ_OK) status = plaq_stop_check(plaq_comm_self());
        if (plaq_any(d.comm, status != PLAQ_OK)) break;
        if (n) status = deal->move(deal->context, first, n, d.bytes);
        sort_pieces(&d, first, n);
        for (int64_t i = 0; i < n; i++)
            memcpy(d.file.bytes + (size_t)d.slot[i] * d.piece, d.bytes + (size_t)i * d.piece, d.piece);
        mine = announce(&d);
        exchange(&d, &d.file, d.file.bytes, &d.owner, d.owner.bytes, d.piece);
        visit_own(&d, mine);
    }
    table_clear(&d);
    return plaq_agree(d.comm, status);
}

plaq_status plaq_deal_write(const plaq_deal *deal)
{
    plaq_status status = PLAQ_OK;
    table d;

    PLAQ_TRY(table_make(deal, &d));
    for (int64_t round = 0; round < d.rounds; round++) {
        int64_t first, n = pieces_of(&d, round, &first);

        if (plaq_any(d.comm, status != PLAQ_OK)) break;
        sort_pieces(&d, first, n);
        visit_own(&d, announce(&d));
        exchange(&d, &d.owner, d.owner.bytes, &d.file, d.file.bytes, d.piece);
        for (int64_t i = 0; i < n; i++)
            memcpy(d.bytes + (size_t)i * d.piece, d.file.bytes + (size_t)d.slot[i] * d.piece, d.piece);
        if (n) status = deal->move(deal->context, first, n, d.bytes);
    }
    table_clear(&d);
    return plaq_agree(d.comm, status);
}

plaq_status plaq_pieces_fetch(void *context, int64_t first, int64_t n, void *bytes)
{
    const plaq_pieces *p = context;

    return plaq_file_read(&p->file, p->offset + first * (int64_t)p->bytes, bytes, (size_t)n * p->bytes);
}

plaq_status plaq_pieces_store(void *context, int64_t first, int64_t n, void *bytes)
{
    const plaq_pieces *p = context;

    return plaq_file_write(&p->file, p->offset + first * (int64_t)p->bytes, bytes, (size_t)n * p->bytes);
}
