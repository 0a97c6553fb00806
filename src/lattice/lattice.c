/* The lattice over ranks. Rank r stands at process coordinates with x fastest: r = px + Px (py + Py (pz + Pz pt)). */
#include "plaq/lattice.h"

#include <string.h>

#include "layout.h"

struct plaq_lattice {
    const plaq_comm *comm;
    int dims[4], grid[4], local[4], origin[4];
    bool one_lane;       /* as was asked for */
    layout_plan plan[2]; /* by precision */
    sites_plan sites;
};

int plaq_lanes_full(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE || PLAQ_LANES == 1 ? PLAQ_LANES : 2 * PLAQ_LANES;
}

static plaq_status check_dims(const int dims[4])
{
    double volume = 1;

    for (int mu = 0; mu < 4; mu++) {
        if (dims[mu] < 1) return plaq_fail(PLAQ_E_USAGE, "extent %d of %c, expected at least 1", dims[mu], "xyzt"[mu]);
        volume *= dims[mu];
    }
    if (volume > 0x1p46) return plaq_fail(PLAQ_E_USAGE, "%g sites, expected at most 2^46", volume);
    return PLAQ_OK;
}

static void place_rank(plaq_lattice *lattice)
{
    int rank = plaq_comm_rank(lattice->comm);

    for (int mu = 0; mu < 4; mu++) {
        lattice->local[mu] = lattice->dims[mu] / lattice->grid[mu];
        lattice->origin[mu] = rank % lattice->grid[mu] * lattice->local[mu];
        rank /= lattice->grid[mu];
    }
}

static plaq_status build_layouts(plaq_lattice *lattice, int lanes)
{
    const int *local = lattice->local;
    double sites = (double)local[0] * local[1] * local[2] * local[3];

    if (sites > 0x1p30)
        return plaq_fail(PLAQ_E_USAGE, "%g sites on a rank, expected at most 2^30: use more ranks", sites);
    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
        int split[4], full = lanes == 1 ? 1 : plaq_lanes_full((plaq_prec)prec);

        if (!plaq_layout_split(local, lattice->grid, full, split)) {
            if (prec == PLAQ_DOUBLE)
                plaq_log(PLAQ_LOG_INFO,
                         "local lattice %d x %d x %d x %d does not split into %d lanes: one lane is used, slower",
                         local[0], local[1], local[2], local[3], full);
            plaq_layout_split(local, lattice->grid, 1, split);
        }
        PLAQ_TRY(plaq_layout_build(lattice, split, &lattice->plan[prec]));
    }
    return plaq_sites_build(lattice, &lattice->sites);
}

plaq_status plaq_lattice_create(const plaq_comm *comm, const int dims[4], const int grid[4], int lanes,
                                plaq_lattice **out)
{
    plaq_lattice *lattice = plaq_alloc(1, sizeof *lattice);
    plaq_status status = lattice ? check_dims(dims) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) {
        lattice->comm = comm;
        memcpy(lattice->dims, dims, sizeof lattice->dims);
        if (grid) {
            memcpy(lattice->grid, grid, sizeof lattice->grid);
            status = plaq_grid_check(dims, plaq_comm_size(comm), grid);
        } else {
            status = plaq_grid_choose(dims, plaq_comm_size(comm), lattice->grid);
        }
    }
    if (status == PLAQ_OK) {
        lattice->one_lane = lanes == 1;
        place_rank(lattice);
        status = build_layouts(lattice, lanes);
    }
    status = plaq_agree(comm, status);
    if (status != PLAQ_OK) {
        plaq_lattice_destroy(&lattice);
        return status;
    }
    *out = lattice;
    return PLAQ_OK;
}

void plaq_lattice_destroy(plaq_lattice **lattice)
{
    if (!*lattice) return;
    plaq_layout_clear(&(*lattice)->plan[PLAQ_SINGLE]);
    plaq_layout_clear(&(*lattice)->plan[PLAQ_DOUBLE]);
    plaq_sites_clear(&(*lattice)->sites);
    plaq_free(*lattice);
    *lattice = NULL;
}

const plaq_sites *plaq_lattice_sites(const plaq_lattice *lattice)
{
    return &lattice->sites.sites;
}

const sites_plan *plaq_lattice_faces(const plaq_lattice *lattice)
{
    return &lattice->sites;
}

bool plaq_lattice_one_lane(const plaq_lattice *lattice)
{
    return lattice->one_lane;
}

const plaq_comm *plaq_lattice_comm(const plaq_lattice *lattice)
{
    return lattice->comm;
}

const int *plaq_lattice_dims(const plaq_lattice *lattice)
{
    return lattice->dims;
}

const int *plaq_lattice_grid(const plaq_lattice *lattice)
{
    return lattice->grid;
}

const int *plaq_lattice_local(const plaq_lattice *lattice)
{
    return lattice->local;
}

const int *plaq_lattice_origin(const plaq_lattice *lattice)
{
    return lattice->origin;
}

int64_t plaq_lattice_volume(const plaq_lattice *lattice)
{
    const int *dims = lattice->dims;

    return (int64_t)dims[0] * dims[1] * dims[2] * dims[3];
}

const plaq_layout *plaq_lattice_layout(const plaq_lattice *lattice, plaq_prec prec)
{
    return &lattice->plan[prec].layout;
}

const halo_plan *plaq_lattice_halo(const plaq_lattice *lattice, plaq_prec prec)
{
    return &lattice->plan[prec].halo;
}

int plaq_lattice_rank_at(const plaq_lattice *lattice, const int coord[4])
{
    int rank = 0;

    for (int mu = 3; mu >= 0; mu--) {
        int n = lattice->grid[mu];

        rank = rank * n + ((coord[mu] % n) + n) % n;
    }
    return rank;
}

void plaq_layout_find(const plaq_layout *p, const int c[4], int *site, int *lane)
{
    int at = 0, l = 0;

    for (int mu = 3; mu >= 0; mu--) {
        at = at * p->block[mu] + c[mu] % p->block[mu];
        l = l * p->split[mu] + c[mu] / p->block[mu];
    }
    *site = p->index[at];
    *lane = l;
}
