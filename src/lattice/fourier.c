/* Fourier sums over the time slices of a density.
 *
 * A round takes as many slices as there are ranks, one each: every rank sends what it holds of slice t to the rank
 * whose turn it is, which puts the slice together, transforms it (FFTW, one real transform in three dimensions) and
 * picks the momenta. No rank holds more than one slice of one value at a time, and as a slice is transformed whole by
 * one rank, its bits do not depend on the process grid.
 */
#include <complex.h>
#include <fftw3.h>

#include "plaq/lattice.h"

typedef struct {
    const plaq_lattice *lattice;
    const plaq_layout *layout;
    int values, sites;     /* of a density; of this rank's part of a slice */
    int ranks, wide;       /* all ranks; those that take a slice in a round */
    double *send;          /* [slices of the round that are here][sites] */
    double *receive;       /* [ranks that hold a slice][sites] */
    double *slice;         /* [z][y][x] */
    double complex *modes; /* [z][y][x/2 + 1] */
    fftw_plan plan;
    int *counts, *send_count, *send_start, *receive_count, *receive_start; /* [ranks], all in counts */
} transform;

static plaq_status transform_create(const plaq_lattice *lattice, plaq_prec prec, int values, transform *f)
{
    const int *dims = plaq_lattice_dims(lattice), *local = plaq_lattice_local(lattice);
    const double volume = (double)dims[0] * dims[1] * dims[2];
    const int ranks = plaq_comm_size(plaq_lattice_comm(lattice));

    *f = (transform){.lattice = lattice, .layout = plaq_lattice_layout(lattice, prec), .values = values};
    if (volume * sizeof(double) > INT32_MAX)
        return plaq_fail(PLAQ_E_USAGE, "%g sites in a time slice, a transform takes at most %zu", volume,
                         INT32_MAX / sizeof(double));
    f->sites = local[0] * local[1] * local[2];
    f->ranks = ranks;
    f->wide = INT32_MAX / (f->sites * (int)sizeof(double));
    if (f->wide > ranks) f->wide = ranks;
    if (f->wide > dims[3]) f->wide = dims[3];
    f->send = plaq_alloc((size_t)(f->wide < local[3] ? f->wide : local[3]) * (size_t)f->sites, sizeof *f->send);
    f->receive = plaq_alloc((size_t)volume, sizeof *f->receive);
    f->slice = plaq_alloc((size_t)volume, sizeof *f->slice);
    f->modes = plaq_alloc((size_t)dims[2] * (size_t)dims[1] * (size_t)(dims[0] / 2 + 1), sizeof *f->modes);
    f->counts = plaq_alloc(4 * (size_t)ranks, sizeof *f->counts);
    if (!f->send || !f->receive || !f->slice || !f->modes || !f->counts) return PLAQ_E_MEMORY;
    f->send_count = f->counts;
    f->send_start = f->counts + ranks;
    f->receive_count = f->counts + 2 * (size_t)ranks;
    f->receive_start = f->counts + 3 * (size_t)ranks;
    f->plan = fftw_plan_dft_r2c_3d(dims[2], dims[1], dims[0], f->slice, f->modes, FFTW_ESTIMATE);
    return f->plan ? PLAQ_OK
                   : plaq_fail(PLAQ_E_INTERNAL, "no plan for a transform of %d x %d x %d", dims[0], dims[1], dims[2]);
}

static void transform_clear(transform *f)
{
    if (f->plan) fftw_destroy_plan(f->plan);
    plaq_free(f->send);
    plaq_free(f->receive);
    plaq_free(f->slice);
    plaq_free(f->modes);
    plaq_free(f->counts);
}

/* One value of this rank's part of local time slice t, x fastest. */
static void pack_slice(const transform *f, const double densities[], int value, int t, double *out)
{
    const plaq_layout *p = f->layout;
    const int *local = plaq_lattice_local(f->lattice);
    const int area = p->block[0] * p->block[1] * p->block[2], *index = &p->index[t % p->block[3] * area];

    for (int l = 0; l < p->lanes; l++) {
        const int *origin = p->lane_at[l];

        if (origin[3] != t - t % p->block[3]) continue;
        for (int i = 0; i < area; i++) {
            const int *c = p->place[index[i]];
            const int at = c[0] + origin[0] + local[0] * (c[1] + origin[1] + local[1] * (c[2] + origin[2]));

            out[at] = densities[((size_t)index[i] * (size_t)f->values + (size_t)value) * (size_t)p->lanes + (size_t)l];
        }
    }
}

/* The part of the slice that the rank at process coordinates c holds, into its place. */
static void place_part(const transform *f, const int c[4], const double *part)
{
    const int *dims = plaq_lattice_dims(f->lattice), *local = plaq_lattice_local(f->lattice);

    for (int z = 0; z < local[2]; z++)
        for (int y = 0; y < local[1]; y++) {
            double *row =
                &f->slice[c[0] * local[0] + dims[0] * (c[1] * local[1] + y + dims[1] * (c[2] * local[2] + z))];

            for (int x = 0; x < local[0]; x++) row[x] = *part++;
        }
}

/* The slice of this rank's turn, t, from the ranks that hold it. */
static void put_together(transform *f, int t)
{
    const int *grid = plaq_lattice_grid(f->lattice), *local = plaq_lattice_local(f->lattice);
    int c[4] = {0, 0, 0, t / local[3]};

    for (c[2] = 0; c[2] < grid[2]; c[2]++)
        for (c[1] = 0; c[1] < grid[1]; c[1]++)
            for (c[0] = 0; c[0] < grid[0]; c[0]++) {
                const size_t start = (size_t)f->receive_start[plaq_lattice_rank_at(f->lattice, c)];

                place_part(f, c, f->receive + start / sizeof(double));
            }
}

/* Slices first, first + 1, ... of one value go to ranks 0, 1, ...; returns the slice of this rank, -1: none. */
static int exchange_round(transform *f, const double densities[], int value, int first)
{
    const int *dims = plaq_lattice_dims(f->lattice), *local = plaq_lattice_local(f->lattice);
    const int *grid = plaq_lattice_grid(f->lattice), origin = plaq_lattice_origin(f->lattice)[3];
    const int rank = plaq_comm_rank(plaq_lattice_comm(f->lattice)), bytes = f->sites * (int)sizeof(double);
    const int last = first + f->wide < dims[3] ? first + f->wide : dims[3];
    const int mine = first + rank < last ? first + rank : -1;
    int sent = 0, received = 0;

    for (int r = 0; r < f->ranks; r++) {
        const int t = first + r - origin, pt = r / (grid[0] * grid[1] * grid[2]);
        const bool out = first + r < last && t >= 0 && t < local[3], in = mine >= 0 && mine / local[3] == pt;

        f->send_count[r] = out ? bytes : 0;
        f->send_start[r] = sent;
        f->receive_count[r] = in ? bytes : 0;
        f->receive_start[r] = received;
        if (out) pack_slice(f, densities, value, t, f->send + (size_t)sent / sizeof(double));
        sent += f->send_count[r];
        received += f->receive_count[r];
    }
    plaq_exchange(plaq_lattice_comm(f->lattice), f->send, f->send_count, f->send_start, f->receive, f->receive_count,
                  f->receive_start);
    return mine;
}

/* The mode of momentum n: half of them are stored, the others are their conjugates. */
static double complex mode(const transform *f, const int n[3])
{
    const int *dims = plaq_lattice_dims(f->lattice);
    int m[3];
    bool other;

    for (int i = 0; i < 3; i++) m[i] = (n[i] % dims[i] + dims[i]) % dims[i];
    other = m[0] > dims[0] / 2;
    for (int i = 0; i < 3 && other; i++) m[i] = (dims[i] - m[i]) % dims[i];

    const double complex stored = f->modes[m[0] + (dims[0] / 2 + 1) * (m[1] + dims[1] * m[2])];

    return other ? conj(stored) : stored;
}

plaq_status plaq_fourier_slices(const plaq_lattice *lattice, plaq_prec prec, int values, const double densities[],
                                int count, const int (*n)[3], double complex sums[])
{
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    const int extent = plaq_lattice_dims(lattice)[3];
    plaq_status status;
    transform f;

    status = transform_create(lattice, prec, values, &f);
    PLAQ_GO(plaq_agree(comm, status));
    for (int i = 0; i < extent * count * values; i++) sums[i] = 0;
    for (int value = 0; value < values; value++)
        for (int first = 0; first < extent; first += f.wide) {
            const int t = exchange_round(&f, densities, value, first);

            if (t < 0) continue;
            put_together(&f, t);
            fftw_execute(f.plan);
            for (int k = 0; k < count; k++) sums[(t * count + k) * values + value] = mode(&f, n[k]);
        }
    for (int t = 0; t < extent; t++) /* zeros from all ranks but one: the bits of that one */
        plaq_reduce_xor(comm, (uint32_t *)&sums[t * count * values], 4 * count * values);
done:
    transform_clear(&f);
    return status;
}

/* ---- momenta --------------------------------------------------------------------------------------------------- */

static bool in_zone(const int dims[4], const int n[3])
{
    for (int i = 0; i < 3; i++)
        if (2 * n[i] <= -dims[i] || 2 * n[i] > dims[i]) return false;
    return true;
}

plaq_status plaq_momenta(const int dims[4], int p2_max, int (**momenta)[3], int *count)
{
    int(*list)[3] = NULL, most = 0, found = 0, n[3];

    while ((most + 1) * (most + 1) <= p2_max) most++;
    list = plaq_alloc((size_t)((2 * most + 1) * (2 * most + 1) * (2 * most + 1)), sizeof *list);
    if (!list) return PLAQ_E_MEMORY;
    for (int p2 = 0; p2 <= p2_max; p2++)
        for (n[2] = -most; n[2] <= most; n[2]++)
            for (n[1] = -most; n[1] <= most; n[1]++)
                for (n[0] = -most; n[0] <= most; n[0]++) {
                    if (n[0] * n[0] + n[1] * n[1] + n[2] * n[2] != p2 || !in_zone(dims, n)) continue;
                    for (int i = 0; i < 3; i++) list[found][i] = n[i];
                    found++;
                }
    *momenta = list;
    *count = found;
    return PLAQ_OK;
}
