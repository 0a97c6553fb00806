/* Polyakov loops.
 *
 * The product along a line is taken in the order of its sites whoever holds them, so that its bits depend on nothing
 * else: within a sub-lattice by the kernel, from lane to lane by moving the product one lane on, from rank to rank by
 * handing it over. Products in lanes whose turn it is not are formed and ignored.
 */
#include "gauge/gauge.h"

#include <string.h>

typedef struct {
    int n;         /* vector lines: vector sites at the lower face of a sub-lattice */
    int *first;    /* [n] */
    int *from;     /* [lanes]: the lane one sub-lattice back along mu, cyclic */
    size_t bytes;  /* of the product of one vector line */
    char *running; /* [n]: products so far, in the lanes of the first sub-lattice */
    double *trace; /* [n][re, im][lanes] */
} lines;

static int lane_behind(const plaq_layout *p, int l, int mu)
{
    for (int k = 0; k < p->lanes; k++) {
        bool same = true;

        for (int nu = 0; nu < 4; nu++) {
            const int extent = p->block[nu] * p->split[nu], back = nu == mu ? p->block[nu] : 0;

            same &= p->lane_at[k][nu] == (p->lane_at[l][nu] - back + extent) % extent;
        }
        if (same) return k;
    }
    return l;
}

static plaq_status lines_create(const plaq_gauge *u, int mu, lines *s)
{
    const plaq_layout *p = u->layout;
    const size_t real = plaq_field_prec(u->links) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    const size_t n = (size_t)(p->volume / p->block[mu]), lanes = (size_t)p->lanes;

    *s = (lines){.bytes = LINK_REALS * lanes * real};
    s->first = plaq_alloc(n, sizeof *s->first);
    s->from = plaq_alloc(lanes, sizeof *s->from);
    s->running = plaq_alloc(n, s->bytes);
    s->trace = plaq_alloc(n * 2 * lanes, sizeof *s->trace);
    if (!s->first || !s->from || !s->running || !s->trace) return PLAQ_E_MEMORY;
    for (int x = 0; x < p->volume; x++)
        if (p->place[x][mu] == 0) s->first[s->n++] = x;
    for (int l = 0; l < p->lanes; l++) s->from[l] = lane_behind(p, l, mu);
    return PLAQ_OK;
}

static void lines_clear(lines *s)
{
    plaq_free(s->first);
    plaq_free(s->from);
    plaq_free(s->running);
    plaq_free(s->trace);
}

/* All products times the links of this rank. */
static void multiply(const plaq_gauge *u, int mu, const lines *s)
{
    const plaq_layout *p = u->layout;
    const void *links = plaq_field_read(u->links);

    for (int segment = 0; segment < p->split[mu]; segment++) {
#pragma omp parallel for schedule(static)
        for (int k = 0; k < s->n; k++)
            u->kernels->line(links, (const int(*)[8])p->nb, mu, p->block[mu], 1, &s->first[k], s->from,
                             s->running + (size_t)k * s->bytes);
    }
}

/* The traces of the whole products, which are in the lanes at the lower face again. */
static void add_traces(const plaq_gauge *u, int mu, const lines *s, plaq_sum sums[2])
{
    const int lanes = u->layout->lanes;

    u->kernels->line_trace(s->running, s->n, s->trace);
    for (int k = 0; k < s->n; k++)
        for (int c = 0; c < 2; c++)
            for (int l = 0; l < lanes; l++)
                if (u->layout->lane_at[l][mu] == 0) plaq_sum_add(&sums[c], s->trace[(2 * k + c) * lanes + l]);
}

plaq_status plaq_gauge_polyakov(plaq_gauge *u, int mu, double complex *loop)
{
    const plaq_comm *comm = plaq_lattice_comm(u->lattice);
    const int *grid = plaq_lattice_grid(u->lattice), *local = plaq_lattice_local(u->lattice);
    const int *dims = plaq_lattice_dims(u->lattice), *origin = plaq_lattice_origin(u->lattice);
    const int stage = origin[mu] / local[mu], last = grid[mu] - 1;
    int before[4], after[4];
    plaq_sum sums[2] = {{0}};
    plaq_status status;
    lines s;

    status = lines_create(u, mu, &s);
    PLAQ_GO(plaq_agree(comm, status));
    for (int nu = 0; nu < 4; nu++) before[nu] = after[nu] = origin[nu] / local[nu];
    before[mu]--;
    after[mu]++;
    const size_t bytes = (size_t)s.n * s.bytes;

    u->kernels->unit(s.running, 1, 0, s.n);
    if (stage > 0) plaq_send_receive(comm, NULL, 0, -1, s.running, bytes, plaq_lattice_rank_at(u->lattice, before));
    multiply(u, mu, &s);
    if (stage < last)
        plaq_send_receive(comm, s.running, bytes, plaq_lattice_rank_at(u->lattice, after), NULL, 0, -1);
    else
        add_traces(u, mu, &s, sums);
    plaq_sum_reduce(comm, sums, 2);

    const double transverse = (double)(plaq_lattice_volume(u->lattice) / dims[mu]);

    *loop = CMPLX(plaq_sum_value(&sums[0]) / transverse, plaq_sum_value(&sums[1]) / transverse);
done:
    lines_clear(&s);
    return status;
}
