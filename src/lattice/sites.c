/* Sites one by one in two sets, their neighbours, and the faces that ranks exchange. A direction has a halo only where
 * the lattice is cut between ranks along it; in the others the neighbour table wraps around. */
#include <string.h>

#include "layout.h"

/* sites of a tile along x, y and z; all t of a tile come before the next, so that a neighbour is still in cache */
enum { TILE = 4 };

static bool is_cut(const plaq_lattice *lattice, int mu)
{
    return plaq_lattice_grid(lattice)[mu] > 1;
}

int plaq_sites_set(const plaq_lattice *lattice, const int c[4])
{
    const int *origin = plaq_lattice_origin(lattice);
    int sum = 0;

    if (plaq_lattice_sites(lattice)->sets == 1) return 0;
    for (int mu = 0; mu < 4; mu++) sum += origin[mu] + c[mu];
    return sum & 1;
}

static bool at_edge(const plaq_lattice *lattice, const int c[4])
{
    for (int mu = 0; mu < 4; mu++)
        if (is_cut(lattice, mu) && (c[mu] == 0 || c[mu] == plaq_lattice_local(lattice)[mu] - 1)) return true;
    return false;
}

static void number_tile(const plaq_lattice *lattice, const int corner[4], bool edges, plaq_sites *p, int next[2])
{
    const int *local = plaq_lattice_local(lattice);
    int extent[4], n = 1;

    for (int mu = 0; mu < 4; mu++) {
        extent[mu] = mu < 3 && local[mu] - corner[mu] > TILE ? TILE : local[mu] - corner[mu];
        n *= extent[mu];
    }
    for (int i = 0; i < n; i++) {
        int c[4], set;

        coordinates_of(i, extent, c);
        for (int mu = 0; mu < 4; mu++) c[mu] += corner[mu];
        if (at_edge(lattice, c) != edges) continue;
        set = plaq_sites_set(lattice, c);
        memcpy(p->place[set][next[set]], c, sizeof c);
        p->index[number_at(c, local)] = next[set]++;
    }
}

static void number_body(const plaq_lattice *lattice, plaq_sites *p)
{
    const int *local = plaq_lattice_local(lattice);
    int tiles[4] = {1, 1, 1, 1}, n = 1, next[2] = {0};

    for (int mu = 0; mu < 3; mu++) {
        tiles[mu] = (local[mu] + TILE - 1) / TILE;
        n *= tiles[mu];
    }
    for (int edges = 0; edges < 2; edges++) {
        for (int i = 0; i < n; i++) {
            int corner[4];

            coordinates_of(i, tiles, corner);
            for (int mu = 0; mu < 4; mu++) corner[mu] *= TILE;
            number_tile(lattice, corner, edges, p, next);
        }
        if (!edges) memcpy(p->interior, next, sizeof next);
    }
}

/* sites of the face across mu at coordinate `at`, of each set: counted, and their positions put down where wanted */
static void find_face(const plaq_lattice *lattice, const plaq_sites *p, int mu, int at, int n[2], int *source[2])
{
    int extent[4], sites = 1;

    memcpy(extent, plaq_lattice_local(lattice), sizeof extent);
    extent[mu] = 1;
    for (int nu = 0; nu < 4; nu++) sites *= extent[nu];
    n[0] = n[1] = 0;
    for (int i = 0; i < sites; i++) {
        int c[4], set;

        coordinates_of(i, extent, c);
        c[mu] = at;
        set = plaq_sites_set(lattice, c);
        if (source) source[set][n[set]] = p->index[number_at(c, plaq_lattice_local(lattice))];
        n[set]++;
    }
}

/* Halo sites at mu = `at`, just outside, in the order in which find_face() counts them there. */
static void link_outside(const plaq_lattice *lattice, const site_face *f, plaq_sites *p, int mu, int at, int k)
{
    const int *local = plaq_lattice_local(lattice);
    int extent[4], sites = 1, next[2] = {0};

    memcpy(extent, local, sizeof extent);
    extent[mu] = 1;
    for (int nu = 0; nu < 4; nu++) sites *= extent[nu];
    for (int i = 0; i < sites; i++) {
        int c[4], outside;

        coordinates_of(i, extent, c);
        c[mu] = at;
        outside = plaq_sites_set(lattice, c);
        c[mu] = at < 0 ? 0 : at - 1;
        p->nb[plaq_sites_set(lattice, c)][p->index[number_at(c, local)]][k] = f->first[outside] + next[outside]++;
    }
}

static plaq_status add_face(const plaq_lattice *lattice, sites_plan *plan, int mu, int k)
{
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    const bool ahead = k < 4;
    plaq_sites *p = &plan->sites;
    site_face *f = &plan->face[plan->faces++];
    int there[4], sites = 1;

    f->k = k;
    for (int nu = 0; nu < 4; nu++) {
        there[nu] = origin[nu] / local[nu];
        if (nu != mu) sites *= local[nu];
    }
    f->most = p->sets == 2 ? (sites + 1) / 2 : sites;
    there[mu] += ahead ? 1 : -1;
    f->from = plaq_lattice_rank_at(lattice, there);
    there[mu] -= ahead ? 2 : -2;
    f->to = plaq_lattice_rank_at(lattice, there);

    /* what comes from ahead is there the face at 0, here one step past the end */
    find_face(lattice, p, mu, ahead ? local[mu] : -1, f->n, NULL);
    find_face(lattice, p, mu, ahead ? 0 : local[mu] - 1, f->sent, NULL);
    for (int set = 0; set < p->sets; set++) {
        f->first[set] = p->total[set];
        p->total[set] += f->n[set];
        f->source[set] = plaq_alloc((size_t)f->sent[set] + 1, sizeof(int));
        if (!f->source[set]) return PLAQ_E_MEMORY;
    }
    find_face(lattice, p, mu, ahead ? 0 : local[mu] - 1, f->sent, f->source);
    link_outside(lattice, f, p, mu, ahead ? local[mu] : -1, k);
    return PLAQ_OK;
}

static void link_inside(const plaq_lattice *lattice, plaq_sites *p)
{
    const int *local = plaq_lattice_local(lattice);

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int k = 0; k < 8; k++) {
                const int mu = k % 4;
                int y[4];

                memcpy(y, p->place[set][x], sizeof y);
                y[mu] = (y[mu] + (k < 4 ? 1 : local[mu] - 1)) % local[mu];
                p->nb[set][x][k] = p->index[number_at(y, local)];
            }
}

plaq_status plaq_sites_build(const plaq_lattice *lattice, sites_plan *plan)
{
    const int *local = plaq_lattice_local(lattice), *dims = plaq_lattice_dims(lattice);
    plaq_sites *p = &plan->sites;
    const int volume = local[0] * local[1] * local[2] * local[3];

    p->sets = dims[0] % 2 || dims[1] % 2 || dims[2] % 2 || dims[3] % 2 ? 1 : 2;
    for (int i = 0; i < volume; i++) {
        int c[4];

        coordinates_of(i, local, c);
        p->body[plaq_sites_set(lattice, c)]++;
    }
    p->index = plaq_alloc((size_t)volume, sizeof *p->index);
    if (!p->index) return PLAQ_E_MEMORY;
    for (int set = 0; set < p->sets; set++) {
        p->total[set] = p->body[set];
        p->nb[set] = plaq_alloc((size_t)p->body[set] + 1, sizeof *p->nb[set]);
        p->place[set] = plaq_alloc((size_t)p->body[set] + 1, sizeof *p->place[set]);
        if (!p->nb[set] || !p->place[set]) return PLAQ_E_MEMORY;
    }
    number_body(lattice, p);
    link_inside(lattice, p);
    for (int k = 0; k < 8; k++)
        if (is_cut(lattice, k % 4)) PLAQ_TRY(add_face(lattice, plan, k % 4, k));
    return PLAQ_OK;
}

void plaq_sites_clear(sites_plan *plan)
{
    plaq_sites *p = &plan->sites;

    for (int set = 0; set < 2; set++) {
        plaq_free(p->nb[set]);
        plaq_free(p->place[set]);
        for (int i = 0; i < plan->faces; i++) plaq_free(plan->face[i].source[set]);
    }
    plaq_free(p->index);
}
