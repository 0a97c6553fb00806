/* The layout of a local lattice in lanes, its neighbour table and its halo.
 *
 * A direction is "cut" where the lattice is divided along it, between ranks or between lanes; only cut directions
 * have a halo, in the others the neighbour table wraps around. */
#include "layout.h"

#include <string.h>

enum {
    TILE = 4
}; /* sites along x, y and z: a time slice of links, 64 vector sites, is a third of a second-level cache */

static bool is_cut(const plaq_lattice *lattice, const int split[4], int mu)
{
    return split[mu] > 1 || plaq_lattice_grid(lattice)[mu] > 1;
}

/* Between lanes a halo is copied, between ranks it travels; where lanes meet ranks both are done for the same sites. So
 * a side that is cut between ranks counts as half as long. */
bool plaq_layout_split(const int local[4], const int grid[4], int lanes, int split[4])
{
    int block[4], length[4];

    for (int mu = 0; mu < 4; mu++) {
        block[mu] = local[mu];
        length[mu] = local[mu] * (grid[mu] > 1 ? 1 : 2);
        split[mu] = 1;
    }
    for (; lanes > 1; lanes /= 2) { /* halve the longest even side; of equal ones the slowest */
        int best = -1;

        for (int mu = 3; mu >= 0; mu--)
            if (block[mu] % 2 == 0 && (best < 0 || length[mu] > length[best])) best = mu;
        if (best < 0 || lanes % 2) return false;
        block[best] /= 2;
        length[best] /= 2;
        split[best] *= 2;
    }
    return true;
}

/* Numbers the sites of a tile: where edges to other ranks come later, those that are at one, or those that are not. */
static int number_tile(const int grid[4], const int corner[4], bool edges_later, bool later, plaq_layout *p, int next)
{
    int extent[4], n = 1;

    for (int mu = 0; mu < 4; mu++) {
        extent[mu] = mu < 3 && p->block[mu] - corner[mu] > TILE ? TILE : p->block[mu] - corner[mu];
        n *= extent[mu];
    }
    for (int i = 0; i < n; i++) {
        bool edge = false;
        int c[4];

        coordinates_of(i, extent, c);
        for (int mu = 0; mu < 4; mu++) {
            c[mu] += corner[mu];
            edge |= grid[mu] > 1 && (c[mu] == 0 || c[mu] == p->block[mu] - 1);
        }
        if ((edge && edges_later) != later) continue;
        memcpy(p->place[next], c, sizeof c);
        p->index[number_at(c, p->block)] = next++;
    }
    return next;
}

/* Numbers the body tile by tile, all t of one before the next, so that when a stencil comes to a site, its neighbours
 * are still in cache or soon needed again. Where messages travel, sites that do not need them come first, so that there
 * is work meanwhile; where they do not, that would cost a twentieth of a stencil's speed. */
static void number_body(const plaq_lattice *lattice, plaq_layout *p)
{
    const int *grid = plaq_lattice_grid(lattice);
    const bool edges_later = !plaq_comm_near(plaq_lattice_comm(lattice));
    int tiles[4] = {1, 1, 1, 1}, n = 1, next = 0;

    for (int mu = 0; mu < 3; mu++) {
        tiles[mu] = (p->block[mu] + TILE - 1) / TILE;
        n *= tiles[mu];
    }
    for (int later = 0; later < 2; later++) {
        for (int i = 0; i < n; i++) {
            int corner[4];

            coordinates_of(i, tiles, corner);
            for (int mu = 0; mu < 4; mu++) corner[mu] *= TILE;
            next = number_tile(grid, corner, edges_later, later, p, next);
        }
        if (!later && (edges_later || plaq_comm_size(plaq_lattice_comm(lattice)) == 1)) p->interior = next;
    }
}

static void number_globally(const plaq_lattice *lattice, plaq_layout *p)
{
    const int *dims = plaq_lattice_dims(lattice), *origin = plaq_lattice_origin(lattice);
    const int64_t stride[4] = {1, dims[0], (int64_t)dims[0] * dims[1], (int64_t)dims[0] * dims[1] * dims[2]};

    for (int l = 0; l < p->lanes; l++) {
        int c[4];

        coordinates_of(l, p->split, c);
        for (int mu = 0; mu < 4; mu++) {
            p->lane_at[l][mu] = c[mu] * p->block[mu];
            p->lane_site[l] += stride[mu] * p->lane_at[l][mu];
        }
    }
    for (int x = 0; x < p->volume; x++)
        for (int mu = 0; mu < 4; mu++) p->site[x] += stride[mu] * (origin[mu] + p->place[x][mu]);
}

/* Next displacement with one or two components not zero, all along cut directions; false after the last. */
static bool next_displacement(const bool cut[4], int d[4])
{
    for (;;) {
        int outside = 0, mu = 0;

        while (mu < 4 && ++d[mu] > 1) d[mu++] = -1;
        if (mu == 4) return false;
        for (mu = 0; mu < 4; mu++) outside += d[mu] != 0;
        bool along = true;
        for (mu = 0; mu < 4; mu++) along &= cut[mu] || d[mu] == 0;
        if (along && (outside == 1 || outside == 2)) return true;
    }
}

static int class_sites(const plaq_layout *p, const int d[4])
{
    int n = 1;

    for (int mu = 0; mu < 4; mu++)
        if (d[mu] == 0) n *= p->block[mu];
    return n;
}

/* Which lane, and which rank, one step d outside of a lane's sub-lattice belongs to. */
static void fill_class(const plaq_lattice *lattice, const plaq_layout *p, const int d[4], halo_class *class)
{
    for (int l = 0; l < p->lanes; l++) {
        bool local = true;
        int c[4];

        coordinates_of(l, p->split, c);
        for (int mu = 0; mu < 4; mu++) {
            int step = 0;

            c[mu] += d[mu];
            if (c[mu] < 0) step = -1, c[mu] = p->split[mu] - 1;
            if (c[mu] >= p->split[mu]) step = 1, c[mu] = 0;
            class->rank_step[l][mu] = plaq_lattice_grid(lattice)[mu] > 1 ? step : 0;
            local &= class->rank_step[l][mu] == 0;
        }
        class->from[l] = number_at(c, p->split);
        class->any_local |= local;
    }
}

/* Sets the sources of a class's sites and enters them in the table of the extended box, whose corner is at -1. */
static void place_class(const plaq_layout *p, const int d[4], const halo_class *class, int *source, int *box)
{
    int extent[4], box_extent[4];

    for (int mu = 0; mu < 4; mu++) {
        extent[mu] = d[mu] ? 1 : p->block[mu];
        box_extent[mu] = p->block[mu] + 2;
    }
    for (int i = 0; i < class->n; i++) {
        int at[4], from[4];

        coordinates_of(i, extent, at);
        for (int mu = 0; mu < 4; mu++) {
            from[mu] = d[mu] == 0 ? at[mu] : d[mu] > 0 ? 0 : p->block[mu] - 1;
            at[mu] = (d[mu] == 0 ? at[mu] : d[mu] > 0 ? p->block[mu] : -1) + 1;
        }
        source[class->first - p->volume + i] = p->index[number_at(from, p->block)];
        box[number_at(at, box_extent)] = class->first + i;
    }
}

static void link_neighbours(const plaq_layout *p, const bool cut[4], const int *box)
{
    int extent[4];
    int n = 1;

    for (int mu = 0; mu < 4; mu++) {
        extent[mu] = p->block[mu] + 2;
        n *= extent[mu];
    }
    for (int i = 0; i < n; i++) {
        int c[4];

        if (box[i] < 0) continue;
        coordinates_of(i, extent, c);
        for (int k = 0; k < 8; k++) {
            int mu = k % 4, y[4];

            memcpy(y, c, sizeof y);
            y[mu] += k < 4 ? 1 : -1;
            if (!cut[mu]) y[mu] = (y[mu] - 1 + p->block[mu]) % p->block[mu] + 1;
            p->nb[box[i]][k] = y[mu] < 0 || y[mu] >= extent[mu] ? -1 : box[number_at(y, extent)];
        }
    }
}

/* The message from the rank at a displacement, made where it is not there yet. */
static halo_message *message_from(const plaq_lattice *lattice, halo_plan *plan, const int step[4])
{
    const int *origin = plaq_lattice_origin(lattice), *local = plaq_lattice_local(lattice);
    halo_message *m;
    int ahead[4], behind[4];

    for (int i = 0; i < plan->messages; i++)
        if (memcmp(plan->message[i].step, step, sizeof plan->message[i].step) == 0) return &plan->message[i];
    m = &plan->message[plan->messages++];
    memcpy(m->step, step, sizeof m->step);
    for (int mu = 0; mu < 4; mu++) {
        ahead[mu] = origin[mu] / local[mu] + step[mu];
        behind[mu] = origin[mu] / local[mu] - step[mu];
    }
    m->from = plaq_lattice_rank_at(lattice, ahead);
    m->to = plaq_lattice_rank_at(lattice, behind);
    return m;
}

/* Sorts the lanes of each class into messages. */
static plaq_status plan_messages(const plaq_lattice *lattice, const plaq_layout *p, halo_plan *plan)
{
    enum { DISPLACEMENTS = 8 + 24 };

    plan->message = plaq_alloc(DISPLACEMENTS, sizeof *plan->message);
    if (!plan->message) return PLAQ_E_MEMORY;
    for (int i = 0; i < plan->classes; i++) {
        const halo_class *class = &plan->class[i];

        for (int l = 0; l < p->lanes; l++) {
            const int *step = class->rank_step[l];
            halo_message *m;
            halo_segment *s;

            if (!step[0] && !step[1] && !step[2] && !step[3]) continue;
            m = message_from(lattice, plan, step);
            if (!m->segments) m->segments = plaq_alloc((size_t)plan->classes, sizeof *m->segments);
            if (!m->segments) return PLAQ_E_MEMORY;
            s = m->n > 0 && m->segments[m->n - 1].first == class->first ? &m->segments[m->n - 1] : &m->segments[m->n++];
            memcpy(s->d, class->d, sizeof s->d);
            s->first = class->first;
            s->n = class->n;
            s->to_lane[s->m] = l;
            s->from_lane[s->m++] = class->from[l];
        }
    }
    return PLAQ_OK;
}

static plaq_status build_halo(const plaq_lattice *lattice, layout_plan *plan)
{
    plaq_layout *p = &plan->layout;
    halo_plan *halo = &plan->halo;
    plaq_status status = PLAQ_OK;
    int *box = NULL;
    size_t in_box = 1;
    bool cut[4];
    int d[4] = {-2, -1, -1, -1};

    for (int mu = 0; mu < 4; mu++) {
        cut[mu] = is_cut(lattice, p->split, mu);
        in_box *= (size_t)p->block[mu] + 2;
    }
    p->total = p->volume;
    while (next_displacement(cut, d)) {
        halo->classes++;
        p->total += class_sites(p, d);
    }
    halo->class = plaq_alloc((size_t)halo->classes, sizeof *halo->class);
    halo->source = plaq_alloc((size_t)(p->total - p->volume), sizeof *halo->source);
    p->nb = plaq_alloc((size_t)p->total, sizeof *p->nb);
    box = plaq_alloc(in_box, sizeof *box);
    if (!halo->class || !halo->source || !p->nb || !box) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    memset(box, -1, in_box * sizeof *box);
    for (int i = 0; i < p->volume; i++) {
        int at[4], extent[4];

        for (int mu = 0; mu < 4; mu++) {
            at[mu] = p->place[i][mu] + 1;
            extent[mu] = p->block[mu] + 2;
        }
        box[number_at(at, extent)] = i;
    }
    p->total = p->volume;
    memcpy(d, (int[]){-2, -1, -1, -1}, sizeof d);
    for (int i = 0; next_displacement(cut, d); i++) {
        memcpy(halo->class[i].d, d, sizeof d);
        halo->class[i].first = p->total;
        halo->class[i].n = class_sites(p, d);
        p->total += halo->class[i].n;
        fill_class(lattice, p, d, &halo->class[i]);
        place_class(p, d, &halo->class[i], halo -> source, box);
    }
    link_neighbours(p, cut, box);
    status = plan_messages(lattice, p, halo);
done:
    plaq_free(box);
    return status;
}

plaq_status plaq_layout_build(const plaq_lattice *lattice, const int split[4], layout_plan *plan)
{
    const int *local = plaq_lattice_local(lattice);
    plaq_layout *p = &plan->layout;

    p->lanes = p->volume = 1;
    for (int mu = 0; mu < 4; mu++) {
        p->split[mu] = split[mu];
        p->block[mu] = local[mu] / split[mu];
        p->lanes *= split[mu];
        p->volume *= p->block[mu];
    }
    p->index = plaq_alloc((size_t)p->volume, sizeof *p->index);
    p->place = plaq_alloc((size_t)p->volume, sizeof *p->place);
    p->site = plaq_alloc((size_t)p->volume, sizeof *p->site);
    p->lane_at = plaq_alloc((size_t)p->lanes, sizeof *p->lane_at);
    p->lane_site = plaq_alloc((size_t)p->lanes, sizeof *p->lane_site);
    if (!p->index || !p->place || !p->site || !p->lane_at || !p->lane_site) return PLAQ_E_MEMORY;
    number_body(lattice, p);
    number_globally(lattice, p);
    return build_halo(lattice, plan);
}

void plaq_layout_clear(layout_plan *plan)
{
    plaq_layout *p = &plan->layout;
    halo_plan *halo = &plan->halo;

    for (int i = 0; i < halo->messages; i++) plaq_free(halo->message[i].segments);
    plaq_free(halo->message);
    plaq_free(halo->class);
    plaq_free(halo->source);
    plaq_free(p->nb);
    plaq_free(p->index);
    plaq_free(p->place);
    plaq_free(p->site);
    plaq_free(p->lane_at);
    plaq_free(p->lane_site);
}

int64_t plaq_lattice_estimate(const int dims[4], const int grid[4], plaq_prec prec, int reals)
{
    int64_t sites = 1, lanes = plaq_lanes_full(prec);
    int local[4], split[4], d[4] = {-2, -1, -1, -1};
    plaq_layout layout = {0};
    bool cut[4];

    for (int mu = 0; mu < 4; mu++) local[mu] = dims[mu] / grid[mu];
    if (!plaq_layout_split(local, grid, (int)lanes, split)) {
        lanes = 1;
        plaq_layout_split(local, grid, 1, split);
    }
    for (int mu = 0; mu < 4; mu++) {
        layout.block[mu] = local[mu] / split[mu];
        sites *= layout.block[mu];
        cut[mu] = split[mu] > 1 || grid[mu] > 1;
    }
    while (next_displacement(cut, d)) sites += class_sites(&layout, d);
    return sites * lanes * reals * (int64_t)(prec == PLAQ_SINGLE ? sizeof(float) : sizeof(double));
}
