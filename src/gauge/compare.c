/* Two fields, place by place: their links, in whatever gauge they are, and their plaquettes, which know no gauge. Both
 * fields lie in the same layout, so what stands at the same place in memory is the same place on the lattice. */
#include <math.h>
#include <string.h>

#include "gauge/gauge.h"

enum { PLANES = 6 };

/* Whether a comes before b in the list of the largest: what is no number first, ties by their places. */
static bool precedes(const plaq_difference *a, const plaq_difference *b)
{
    if (b->site < 0) return true;
    if (isnan(a->difference) != isnan(b->difference)) return isnan(a->difference);
    if (a->difference != b->difference && !isnan(a->difference)) return a->difference > b->difference;
    return a->site != b->site ? a->site < b->site : a->which < b->which;
}

static void enlist(plaq_difference list[PLAQ_DIFFERENCES_SHOWN], plaq_difference item)
{
    int i = PLAQ_DIFFERENCES_SHOWN - 1;

    if (!precedes(&item, &list[i])) return;
    for (; i > 0 && precedes(&item, &list[i - 1]); i--) list[i] = list[i - 1];
    list[i] = item;
}

static bool is_earlier(const plaq_difference *a, const plaq_difference *b)
{
    return b->site < 0 || (a->site != b->site ? a->site < b->site : a->which < b->which);
}

static void take(plaq_differences *d, double limit, plaq_difference item)
{
    if (!(item.difference <= 0)) enlist(d->largest, item);
    if (item.difference <= limit) return;
    d->beyond++;
    if (is_earlier(&item, &d->first)) d->first = item;
}

static plaq_differences none(void)
{
    plaq_differences d = {.same_bits = true, .first = {.site = -1}};

    for (int i = 0; i < PLAQ_DIFFERENCES_SHOWN; i++) d.largest[i].site = -1;
    return d;
}

/* Every rank sends what it found to every rank; all make the same one of it. Collective. */
static plaq_status merge(const plaq_comm *comm, plaq_differences *d)
{
    const size_t ranks = (size_t)plaq_comm_size(comm), bytes = sizeof *d;
    plaq_differences *all = plaq_alloc(ranks, bytes), *mine = plaq_alloc(ranks, bytes);
    int *count = plaq_alloc(ranks, sizeof *count), *start = plaq_alloc(ranks, sizeof *start);
    plaq_status status = plaq_agree(comm, all && mine && count && start ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status != PLAQ_OK) goto done;
    for (size_t i = 0; i < ranks; i++) {
        mine[i] = *d;
        count[i] = (int)bytes;
        start[i] = (int)(i * bytes);
    }
    plaq_exchange(comm, mine, count, start, all, count, start);
    *d = all[0];
    for (size_t i = 1; i < ranks; i++) {
        d->same_bits = d->same_bits && all[i].same_bits;
        d->beyond += all[i].beyond;
        if (all[i].first.site >= 0 && is_earlier(&all[i].first, &d->first)) d->first = all[i].first;
        for (int k = 0; k < PLAQ_DIFFERENCES_SHOWN && all[i].largest[k].site >= 0; k++)
            enlist(d->largest, all[i].largest[k]);
    }
done:
    plaq_free(start);
    plaq_free(count);
    plaq_free(mine);
    plaq_free(all);
    return status;
}

static plaq_status check_alike(const plaq_gauge *a, const plaq_gauge *b)
{
    const size_t four = 4 * sizeof(int);

    if (memcmp(plaq_lattice_dims(a->lattice), plaq_lattice_dims(b->lattice), four) == 0 &&
        memcmp(plaq_lattice_local(a->lattice), plaq_lattice_local(b->lattice), four) == 0 &&
        memcmp(a->layout->split, b->layout->split, four) == 0 && plaq_field_prec(a->links) == PLAQ_DOUBLE &&
        plaq_field_prec(b->links) == PLAQ_DOUBLE)
        return PLAQ_OK;
    return plaq_fail(PLAQ_E_INTERNAL, "fields of different layouts cannot be compared");
}

plaq_status plaq_gauge_compare_links(plaq_gauge *a, plaq_gauge *b, double limit, plaq_differences *d)
{
    plaq_differences found = none();

    PLAQ_TRY(check_alike(a, b));
    for (int x = 0; x < a->layout->volume; x++)
        for (int l = 0; l < a->layout->lanes; l++)
            for (int mu = 0; mu < 4; mu++) {
                const size_t at = ((size_t)x * SITE_REALS + (size_t)mu * LINK_REALS) * (size_t)a->layout->lanes;
                const double *u = (const double *)plaq_field_read(a->links) + at + l;
                const double *v = (const double *)plaq_field_read(b->links) + at + l;
                double largest = 0;

                for (int i = 0; i < LINK_REALS; i++, u += a->layout->lanes, v += a->layout->lanes) {
                    const double difference = fabs(*u - *v);

                    if (memcmp(u, v, sizeof *u) != 0) found.same_bits = false;
                    if (!(difference <= largest) && !isnan(largest)) largest = difference;
                }
                take(&found, limit, (plaq_difference){a->layout->site[x] + a->layout->lane_site[l], mu, largest});
            }
    PLAQ_TRY(merge(plaq_lattice_comm(a->lattice), &found));
    *d = found;
    return PLAQ_OK;
}

/* Plaquettes of the vector sites [begin, end) of a field: [end - begin][6][lanes]. */
static void plaquettes(const plaq_gauge *u, int begin, int end, double *density)
{
    u->kernels->plaquette(plaq_field_read(u->links), (const int(*)[8])u->layout->nb, begin, end, density);
}

plaq_status plaq_gauge_compare_plaquettes(plaq_gauge *a, plaq_gauge *b, double limit, plaq_differences *d)
{
    const plaq_layout *p = a->layout;
    const size_t room = (size_t)CHUNK * PLANES * (size_t)p->lanes;
    plaq_differences found = none();
    double *density;

    PLAQ_TRY(check_alike(a, b));
    PLAQ_TRY(plaq_field_halo(a->links));
    PLAQ_TRY(plaq_field_halo(b->links));
    PLAQ_TRY(plaq_gauge_numbers(a, 2 * room, &density));
    for (int begin = 0; begin < p->volume; begin += CHUNK) {
        const int end = begin + CHUNK < p->volume ? begin + CHUNK : p->volume;
        const double *u = density, *v = density + room;

        plaquettes(a, begin, end, density);
        plaquettes(b, begin, end, density + room);
        for (int x = begin; x < end; x++)
            for (int plane = 0; plane < PLANES; plane++)
                for (int l = 0; l < p->lanes; l++, u++, v++) {
                    if (memcmp(u, v, sizeof *u) != 0) found.same_bits = false;
                    take(&found, limit, (plaq_difference){p->site[x] + p->lane_site[l], plane, fabs(*u - *v)});
                }
    }
    plaq_free(density);
    PLAQ_TRY(merge(plaq_lattice_comm(a->lattice), &found));
    *d = found;
    return PLAQ_OK;
}
