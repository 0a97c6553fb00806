/* Links between a file in any order and a field, link by link. */
#include "gauge/shuffle.h"

#include <string.h>

#include "gauge/deal.h"

enum { REALS = 18 };

typedef struct {
    const plaq_shuffle *shuffle;
    plaq_field *links;
} job;

void plaq_shuffle_share(const plaq_lattice *lattice, int64_t *first, int64_t *count)
{
    plaq_deal_share(plaq_lattice_comm(lattice), 4 * plaq_lattice_volume(lattice), first, count);
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

static void find_link(void *context, int64_t link, int c[4], int *mu)
{
    const job *j = context;

    plaq_order_find(&j->shuffle->order, plaq_lattice_dims(plaq_field_lattice(j->links)), link, c, mu);
}

static plaq_status move_links(void *context, int64_t first, int64_t n, void *bytes)
{
    const plaq_shuffle *s = ((const job *)context)->shuffle;

    return s->move(s->context, first, n, bytes);
}

static void put_link(void *context, const int c[4], int mu, void *bytes)
{
    const job *j = context;
    double link[REALS];

    decode(j->shuffle, bytes, link);
    plaq_field_put_part(j->links, c, REALS * mu, REALS, link);
}

static void get_link(void *context, const int c[4], int mu, void *bytes)
{
    const job *j = context;
    double link[REALS];

    plaq_field_get_part(j->links, c, REALS * mu, REALS, link);
    encode(j->shuffle, link, bytes);
}

static plaq_deal deal_of(job *j, void (*visit)(void *context, const int c[4], int mu, void *bytes))
{
    const plaq_shuffle *s = j->shuffle;

    return (plaq_deal){.lattice = plaq_field_lattice(j->links),
                       .bytes = REALS * (s->prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float)),
                       .per_site = 4,
                       .first = s->first,
                       .count = s->count,
                       .find = find_link,
                       .move = move_links,
                       .visit = visit,
                       .context = j};
}

plaq_status plaq_shuffle_read(plaq_field *links, const plaq_shuffle *s)
{
    job j = {s, links};
    const plaq_deal deal = deal_of(&j, put_link);
    plaq_status status = plaq_deal_read(&deal);

    plaq_field_touch(links);
    return status;
}

plaq_status plaq_shuffle_write(plaq_field *links, const plaq_shuffle *s)
{
    job j = {s, links};
    const plaq_deal deal = deal_of(&j, get_link);

    return plaq_deal_write(&deal);
}
