/* Sums over time slices of what is made of propagators at each site,
 *
 *     sum(p, t) = sum_x exp(-i q.(x - x_s)) value(x, t_s + t),    q_i = (2 pi n_i + pi phase_i) / L_i,
 *
 * in one of two ways. With phases, the tensor of spins that all values are made of is summed along x for each n_x that
 * occurs, these sums along y for each n_y, and from them come values, which are summed along z: a site costs as much as
 * there are n_x, not as there are momenta. Or values are made at each site, and slices are transformed
 * (plaq_fourier_slices). Values that are not periodic become so by exp(-i pi phase_i (x - x_s)_i / L_i),
 * and those past the end of time are multiplied by exp(i pi phase_t): a correlator does not depend on where its
 * source is.
 *
 * Sums are in double, in an order that depends on the process grid but not on threads.
 */
#include <math.h>
#include <string.h>

#include "fermion/contract.h"

enum { TENSOR = 2 * CONTRACT_PAIRS };

/* sites along x that a propagator is asked for ahead */
enum { AHEAD = 3 };

/* ---- at a site --------------------------------------------------------------------------------------------------- */

/* where the columns of a quark begin in each set, those that begin a block, and how far the next site is */
typedef struct {
    const char *column[2][12];
    bool first[12];
    size_t site;
} reader;

typedef struct {
    const contraction *c;
    const plaq_kernels *kernels;
    const plaq_sites *sites;
    const int *local, *origin, *dims;
    reader reader[3];
} walker;

static reader read_quark(const plaq_quark *q)
{
    const int lanes = plaq_columns_lanes(q->columns);
    const size_t real = plaq_columns_prec(q->columns) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    reader r = {.site = PLAQ_SPINOR_REALS * (size_t)lanes * real};

    for (int set = 0; set < 2; set++)
        for (int k = 0; k < 12 && plaq_columns_has(q->columns, set); k++) {
            const int column = q->first + k;

            r.first[k] = k == 0 || column % lanes == 0;
            r.column[set][k] =
                (const char *)plaq_columns_read(q->columns, column / lanes, set) + (size_t)(column % lanes) * real;
        }
    return r;
}

static walker start(const contraction *c)
{
    const plaq_columns *columns = c->quark[0]->columns;
    const plaq_lattice *lattice = plaq_columns_lattice(columns);
    walker w = {.c = c, .sites = plaq_lattice_sites(lattice), .local = plaq_lattice_local(lattice)};

    w.kernels = plaq_kernels_of(plaq_columns_prec(columns), plaq_columns_lanes(columns));
    w.origin = plaq_lattice_origin(lattice);
    w.dims = plaq_lattice_dims(lattice);
    for (int i = 0; i < c->quarks; i++) w.reader[i] = read_quark(c->quark[i]);
    return w;
}

static size_t position(const walker *w, const int at[4])
{
    const int *local = w->local;

    return (size_t)w->sites->index[at[0] + local[0] * (at[1] + local[1] * (at[2] + local[2] * at[3]))];
}

/* Asks for the propagators at a site soon to come. */
static void ask_for(const walker *w, const plaq_lattice *lattice, const int at[4])
{
    const int set = plaq_sites_set(lattice, at);
    const size_t x = position(w, at);

    for (int i = 0; i < w->c->quarks; i++)
        for (int k = 0; k < 12; k++)
            for (size_t byte = 0; byte < w->reader[i].site && w->reader[i].first[k]; byte += 64)
                __builtin_prefetch(w->reader[i].column[set][k] + x * w->reader[i].site + byte, 0, 3);
}

/* the kernel's tensor at a local coordinate */
static void tensor_at(const walker *w, const plaq_lattice *lattice, const int at[4], double *tensor)
{
    const int set = plaq_sites_set(lattice, at);
    const size_t x = position(w, at);
    const void *q[3][12];

    if (at[0] + AHEAD < w->local[0]) ask_for(w, lattice, (int[]){at[0] + AHEAD, at[1], at[2], at[3]});
    for (int i = 0; i < w->c->quarks; i++)
        for (int k = 0; k < 12; k++) q[i][k] = w->reader[i].column[set][k] + x * w->reader[i].site;
    if (w->c->quarks == 2)
        w->kernels->meson_tensor(q[0], q[1], tensor);
    else
        w->kernels->baryon_tensor(q[0], q[1], q[2], w->c->diquark.column, w->c->diquark.power, tensor);
}

/* a b, without C's care for infinite numbers */
static double complex times(double complex a, double complex b)
{
    return creal(a) * creal(b) - cimag(a) * cimag(b) + I * (creal(a) * cimag(b) + cimag(a) * creal(b));
}

/* values[v] += the terms of it */
static void add_values(const contraction *c, const double *tensor, double complex values[])
{
    for (int i = 0; i < c->terms; i++) {
        const contract_term *term = &c->term[i];

        values[term->value] += times(term->factor, tensor[term->entry] + I * tensor[CONTRACT_PAIRS + term->entry]);
    }
}

/* ---- with phases ------------------------------------------------------------------------------------------------- */

/* Of a spatial direction: the components of momenta that occur, each of them once, and their waves on this rank. */
typedef struct {
    int count;
    int *of;              /* [momenta]: which component */
    int *n;               /* [count] */
    double complex *wave; /* [local extent][count] */
} axis;

static double complex phase_at(const walker *w, const plaq_momentum_sums *p, int mu, int n, int at)
{
    const int d = w->origin[mu] + at - p->source[mu], extent = w->dims[mu];
    const int turns = (int)((int64_t)n * d % extent); /* exact, however far */

    return cexp(-I * M_PI * (2.0 * turns + w->c->phase[mu] * d) / extent);
}

static plaq_status axis_create(const walker *w, const plaq_momentum_sums *p, int mu, axis *a)
{
    *a = (axis){.of = plaq_alloc((size_t)p->count, sizeof *a->of), .n = plaq_alloc((size_t)p->count, sizeof *a->n)};
    if (!a->of || !a->n) return PLAQ_E_MEMORY;
    for (int k = 0; k < p->count; k++) {
        int i = 0;

        while (i < a->count && a->n[i] != p->n[k][mu]) i++;
        if (i == a->count) a->n[a->count++] = p->n[k][mu];
        a->of[k] = i;
    }
    a->wave = plaq_alloc((size_t)w->local[mu] * (size_t)a->count, sizeof *a->wave);
    if (!a->wave) return PLAQ_E_MEMORY;
    for (int x = 0; x < w->local[mu]; x++)
        for (int i = 0; i < a->count; i++) a->wave[x * a->count + i] = phase_at(w, p, mu, a->n[i], x);
    return PLAQ_OK;
}

static void axis_clear(axis *a)
{
    plaq_free(a->of);
    plaq_free(a->n);
    plaq_free(a->wave);
}

/* sums[i] += wave[i] tensor */
static void add_waves(int count, const double complex wave[], const double *restrict tensor, double *restrict sums)
{
    for (int i = 0; i < count; i++, sums += TENSOR) {
        const double re = creal(wave[i]), im = cimag(wave[i]);

        if (im == 0) {
            for (int k = 0; k < TENSOR; k++) sums[k] += re * tensor[k];
            continue;
        }
        for (int k = 0; k < CONTRACT_PAIRS; k++) {
            sums[k] += re * tensor[k] - im * tensor[CONTRACT_PAIRS + k];
            sums[CONTRACT_PAIRS + k] += re * tensor[CONTRACT_PAIRS + k] + im * tensor[k];
        }
    }
}

/* what a thread works in */
typedef struct {
    double *row;   /* [n_x][TENSOR] */
    double *plane; /* [n_x][n_y][TENSOR] */
} workspace;

/* the sums of the row through `at` for each n_x */
static void sum_row(const walker *w, const plaq_lattice *lattice, const axis *x, int at[4], double *row)
{
    double tensor[TENSOR] __attribute__((aligned(64)));

    memset(row, 0, (size_t)x->count * TENSOR * sizeof *row);
    for (at[0] = 0; at[0] < w->local[0]; at[0]++) {
        tensor_at(w, lattice, at, tensor);
        add_waves(x->count, &x->wave[at[0] * x->count], tensor, row);
    }
}

/* values[n_x][n_y][value] of the sites with z and t of `at` */
static void sum_plane(const walker *w, const plaq_lattice *lattice, const axis a[3], int at[4], const workspace *s,
                      double complex *values)
{
    const size_t nx = (size_t)a[0].count, ny = (size_t)a[1].count;

    memset(s->plane, 0, nx * ny * TENSOR * sizeof *s->plane);
    for (at[1] = 0; at[1] < w->local[1]; at[1]++) {
        sum_row(w, lattice, &a[0], at, s->row);
        for (size_t i = 0; i < nx; i++)
            add_waves(a[1].count, &a[1].wave[at[1] * a[1].count], s->row + i * TENSOR, s->plane + i * ny * TENSOR);
    }
    for (size_t i = 0; i < nx * ny; i++) add_values(w->c, s->plane + i * TENSOR, values + i * (size_t)w->c->values);
}

/* The number of a time slice after the source, and what a value there is multiplied by. */
static int after_source(const walker *w, const plaq_momentum_sums *p, int t, double complex *factor)
{
    const int extent = w->dims[3], d = t - p->source[3];
    const double phase = w->c->phase[3];

    *factor = d >= 0 || fmod(phase, 2) == 0 ? 1 : fmod(phase, 1) == 0 ? -1 : cexp(I * M_PI * phase);
    return d >= 0 ? d : d + extent;
}

/* sums[value][momentum][t] += the planes of this rank's slice t */
static void sum_slice(const walker *w, const plaq_momentum_sums *p, const axis a[3], int t,
                      const double complex *planes, double complex sums[])
{
    const int values = w->c->values, columns = a[0].count * a[1].count;
    double complex factor;
    const int after = after_source(w, p, w->origin[3] + t, &factor);

    for (int k = 0; k < p->count; k++) {
        const int column = a[0].of[k] * a[1].count + a[1].of[k];

        for (int v = 0; v < values; v++) {
            double complex sum = 0;

            for (int z = 0; z < w->local[2]; z++)
                sum +=
                    times(a[2].wave[z * a[2].count + a[2].of[k]],
                          planes[((size_t)(t * w->local[2] + z) * (size_t)columns + (size_t)column) * (size_t)values +
                                 (size_t)v]);
            sums[((size_t)v * (size_t)p->count + (size_t)k) * (size_t)w->dims[3] + (size_t)after] += factor * sum;
        }
    }
}

static plaq_status add_with_phases(const contraction *c, const plaq_momentum_sums *p, double complex sums[])
{
    plaq_lattice *lattice = plaq_columns_lattice(c->quark[0]->columns);
    const walker w = start(c);
    const int planes = w.local[2] * w.local[3];
    axis a[3] = {{0}};
    double complex *values = NULL;
    double *work = NULL;
    size_t nx, columns;
    plaq_status status = PLAQ_OK;

    for (int mu = 0; mu < 3; mu++) PLAQ_GO(axis_create(&w, p, mu, &a[mu]));
    nx = (size_t)a[0].count;
    columns = nx * (size_t)a[1].count;
    values = plaq_alloc((size_t)planes * columns * (size_t)c->values, sizeof *values);
    work = plaq_alloc((size_t)plaq_threads() * (nx + columns), TENSOR * sizeof *work);
    if (!values || !work) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
#pragma omp parallel for schedule(static)
    for (int i = 0; i < planes; i++) {
        double *mine = work + (size_t)plaq_thread() * (nx + columns) * TENSOR;
        const workspace s = {mine, mine + nx * TENSOR};
        int at[4] = {0, 0, i % w.local[2], i / w.local[2]};

        sum_plane(&w, lattice, a, at, &s, values + (size_t)i * columns * (size_t)c->values);
    }
#pragma omp parallel for schedule(static)
    for (int t = 0; t < w.local[3]; t++) sum_slice(&w, p, a, t, values, sums);
done:
    for (int mu = 0; mu < 3; mu++) axis_clear(&a[mu]);
    plaq_free(values);
    plaq_free(work);
    return status;
}

/* ---- with transforms --------------------------------------------------------------------------------------------- */

/* adds wave(x) values, or the values as they are, to the reals of a field at a site */
static void fill_site(const walker *w, plaq_lattice *lattice, const plaq_momentum_sums *p, const int at[4],
                      double complex values[], plaq_field *field)
{
    const plaq_layout *layout = plaq_field_layout(field);
    double tensor[TENSOR] __attribute__((aligned(64))), *data = plaq_field_data(field);
    double complex wave = 1;
    int site, lane;

    memset(values, 0, (size_t)w->c->values * sizeof *values);
    tensor_at(w, lattice, at, tensor);
    add_values(w->c, tensor, values);
    for (int mu = 0; mu < 3 && p; mu++)
        if (w->c->phase[mu] != 0) wave *= phase_at(w, p, mu, 0, at[mu]);
    plaq_layout_find(layout, at, &site, &lane);
    data += (size_t)site * 2 * (size_t)w->c->values * (size_t)layout->lanes + (size_t)lane;
    for (int v = 0; v < w->c->values; v++) {
        data[(size_t)(2 * v) * (size_t)layout->lanes] += creal(wave * values[v]);
        data[(size_t)(2 * v + 1) * (size_t)layout->lanes] += cimag(wave * values[v]);
    }
}

/* Local */
static plaq_status fill(const contraction *c, const plaq_momentum_sums *p, plaq_field *field)
{
    plaq_lattice *lattice = plaq_field_lattice(field);
    const walker w = start(c);
    const int *local = w.local, slices = local[2] * local[3];
    double complex *values = plaq_alloc((size_t)plaq_threads() * (size_t)c->values, sizeof *values);

    if (!values) return PLAQ_E_MEMORY;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < slices; i++)
        for (int j = 0; j < local[0] * local[1]; j++)
            fill_site(&w, lattice, p, (int[]){j % local[0], j / local[0], i % local[2], i / local[2]},
                      values + (size_t)plaq_thread() * (size_t)c->values, field);
    plaq_field_touch(field);
    plaq_free(values);
    return PLAQ_OK;
}

/* PLAQ_E_INTERNAL, on all ranks, where quarks are not what kernels read. */
static plaq_status check_quarks(const contraction *c)
{
    const plaq_columns *one = c->quark[0]->columns;

    for (int i = 0; i < c->quarks; i++) {
        const plaq_quark *q = c->quark[i];
        const plaq_columns *f = q->columns;

        if (plaq_columns_reals(f) != PLAQ_SPINOR_REALS || plaq_columns_half(f) != PLAQ_ALL || q->first % 12 != 0 ||
            q->first + 12 > plaq_columns_count(f))
            return plaq_fail(PLAQ_E_INTERNAL, "quark %d: no propagator in columns %d to %d of %d, of %d reals", i,
                             q->first, q->first + 11, plaq_columns_count(f), plaq_columns_reals(f));
        if (plaq_columns_prec(f) != plaq_columns_prec(one) || plaq_columns_lanes(f) != plaq_columns_lanes(one))
            return plaq_fail(PLAQ_E_INTERNAL, "quarks 0 and %d differ in precision or width", i);
    }
    return PLAQ_OK;
}

plaq_status contract_fill(int n, const contraction c[], plaq_field *field)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_field_lattice(field));

    for (int i = 0; i < n; i++) PLAQ_TRY(check_quarks(&c[i]));
    memset(plaq_field_data(field), 0, (size_t)plaq_field_bytes(plaq_field_layout(field), PLAQ_DOUBLE, 2 * c->values));
    for (int i = 0; i < n; i++) PLAQ_TRY(plaq_agree(comm, fill(&c[i], NULL, field)));
    return PLAQ_OK;
}

/* sums[value][momentum][t] from modes[t][momentum][value][re, im], which count x from 0 */
static void sort_modes(const walker *w, const plaq_momentum_sums *p, const double complex modes[],
                       double complex sums[])
{
    const int values = w->c->values;

    for (int t = 0; t < w->dims[3]; t++) {
        double complex factor;
        const int after = after_source(w, p, t, &factor);

        for (int k = 0; k < p->count; k++) {
            double complex shift = factor;

            for (int mu = 0; mu < 3; mu++) shift *= cexp(I * M_PI * 2 * p->n[k][mu] * p->source[mu] / w->dims[mu]);
            for (int v = 0; v < values; v++) {
                const double complex *mode = &modes[2 * ((size_t)(t * p->count + k) * (size_t)values + (size_t)v)];

                sums[((size_t)v * (size_t)p->count + (size_t)k) * (size_t)w->dims[3] + (size_t)after] =
                    shift * (mode[0] + I * mode[1]);
            }
        }
    }
}

static plaq_status project_with_transforms(int n, const contraction c[], const plaq_momentum_sums *p,
                                           double complex sums[])
{
    plaq_lattice *lattice = plaq_columns_lattice(c->quark[0]->columns);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    const walker w = start(c);
    double complex *modes = NULL;
    plaq_field *field = NULL;
    plaq_status status;

    modes = plaq_alloc((size_t)w.dims[3] * (size_t)p->count * 2 * (size_t)c->values, sizeof *modes);
    PLAQ_GO(plaq_agree(comm, modes ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(plaq_field_create(lattice, PLAQ_DOUBLE, 2 * c->values, &field));
    for (int i = 0; i < n; i++) PLAQ_GO(plaq_agree(comm, fill(&c[i], p, field)));
    PLAQ_GO(plaq_fourier_slices(lattice, PLAQ_DOUBLE, 2 * c->values, plaq_field_read(field), p->count, p->n, modes));
    sort_modes(&w, p, modes, sums);
done:
    plaq_field_destroy(&field);
    plaq_free(modes);
    return status;
}

/* ---- either ------------------------------------------------------------------------------------------------------ */

/* how many components n_mu of momenta there are, one for zero counted apart */
static int components(int count, const int (*n)[3], int mu, int *zero)
{
    int others = 0;

    *zero = 0;
    for (int k = 0; k < count; k++) {
        bool seen = false;

        for (int i = 0; i < k && !seen; i++) seen = n[i][mu] == n[k][mu];
        if (n[k][mu] == 0) *zero = 1;
        others += !seen && n[k][mu] != 0;
    }
    return others;
}

/* Flops a site beside the tensor itself. A wave that is 1 takes half. */
static double cost_of_phases(const int local[4], int values, int count, const int (*n)[3])
{
    int zero_x, zero_y;
    const int x = components(count, n, 0, &zero_x), y = components(count, n, 1, &zero_y), nx = x + zero_x;

    return 8 * CONTRACT_PAIRS * (x + zero_x / 2.0 + nx * (y + zero_y / 2.0) / local[0]) +
           8 * (16.0 * nx * (y + zero_y) + count) * values / local[0] / local[1];
}

/* The same of a transform of each value, in flops of the above, which run in vectors: its own take eight times as long,
 * and to write a value down, send it and put the slice together is worth 1500 of them (measured on 16^4). Ranks that
 * have no slice wait. */
static double cost_of_transforms(const int dims[4], int ranks, int values)
{
    const double idle = ranks > dims[3] ? (double)ranks / dims[3] : 1;

    return values * (idle * 8 * 5 * log2((double)dims[0] * dims[1] * dims[2]) + 1500);
}

plaq_sum_by plaq_momentum_sums_cheaper(const int dims[4], const int grid[4], int values, int count, const int (*n)[3])
{
    const int ranks = grid[0] * grid[1] * grid[2] * grid[3];
    int local[4];

    for (int mu = 0; mu < 4; mu++) local[mu] = dims[mu] / grid[mu];
    return cost_of_phases(local, values, count, n) <= cost_of_transforms(dims, ranks, values) ? PLAQ_SUM_PHASES
                                                                                              : PLAQ_SUM_FFT;
}

int64_t plaq_momentum_sums_bytes(const int dims[4], const int grid[4], int values, int count, const int (*n)[3],
                                 plaq_sum_by by)
{
    const int64_t planes = (int64_t)(dims[2] / grid[2]) * (dims[3] / grid[3]);
    int zero_x, zero_y;
    const int64_t nx = components(count, n, 0, &zero_x) + zero_x, ny = components(count, n, 1, &zero_y) + zero_y;

    if (by == PLAQ_SUM_CHEAPER) by = plaq_momentum_sums_cheaper(dims, grid, values, count, n);
    if (by == PLAQ_SUM_PHASES)
        return planes * nx * ny * values * (int64_t)sizeof(double complex) +
               plaq_threads() * nx * (1 + ny) * TENSOR * (int64_t)sizeof(double);
    return plaq_lattice_estimate(dims, grid, PLAQ_DOUBLE, 2 * values) +
           2 * (int64_t)dims[3] * count * values * (int64_t)sizeof(double complex);
}

plaq_status contract_project(int n, const contraction c[], const plaq_momentum_sums *p, double complex sums[])
{
    const plaq_lattice *lattice = plaq_columns_lattice(c->quark[0]->columns);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    const int each = p->count * plaq_lattice_dims(lattice)[3]; /* numbers of a value */
    plaq_sum_by by = p->by;

    for (int i = 0; i < n; i++) PLAQ_TRY(check_quarks(&c[i]));
    if (by == PLAQ_SUM_CHEAPER)
        by = plaq_momentum_sums_cheaper(plaq_lattice_dims(lattice), plaq_lattice_grid(lattice), c->values, p->count,
                                        p->n);
    if (by == PLAQ_SUM_FFT) return project_with_transforms(n, c, p, sums);
    memset(sums, 0, (size_t)c->values * (size_t)each * sizeof *sums);
    for (int i = 0; i < n; i++) PLAQ_TRY(plaq_agree(comm, add_with_phases(&c[i], p, sums)));
    for (int v = 0; v < c->values; v++) plaq_reduce_sum(comm, (double *)(sums + (size_t)v * (size_t)each), 2 * each);
    return PLAQ_OK;
}
