/* The walk over fields of columns, see algebra.h. */
#include "fermion/algebra.h"

#include <string.h>

enum {
    PIECES = 64, /* of a set, each summed by itself: as many threads as that have something to do */
    SITES = 8    /* taken through all steps before the next ones, so that they stay in cache */
};

plaq_status algebra_create(const plaq_columns *like, plaq_half half, int vectors, int matrices, algebra *w)
{
    const int full = plaq_lanes_full(PLAQ_SINGLE), columns = plaq_columns_count(like);
    plaq_lattice *lattice = plaq_columns_lattice(like);

    *w = (algebra){.lattice = lattice, .half = half, .columns = columns};
    w->width = (columns + full - 1) / full * full;
    w->room = 2 * (size_t)w->width * ((size_t)vectors + (size_t)matrices * (size_t)columns);
    w->partial = plaq_alloc(2 * PIECES * w->room, sizeof(double));
    w->packed = plaq_alloc(w->room, sizeof(double));
    return plaq_agree(plaq_lattice_comm(lattice), w->partial && w->packed ? PLAQ_OK : PLAQ_E_MEMORY);
}

void algebra_clear(algebra *w)
{
    plaq_free(w->partial);
    plaq_free(w->packed);
    *w = (algebra){0};
}

bool algebra_has(const algebra *w, int set)
{
    return plaq_lattice_sites(w->lattice)->sets == 1 ? set == 0 : w->half == PLAQ_ALL || (int)w->half == set;
}

/* ---- coefficients and sums as kernels have them ------------------------------------------------------------------ */

/* Rows of coefficients, and of sums, that a step has. */
static int rows_in(const algebra *w, algebra_kind kind)
{
    switch (kind) {
    case ALGEBRA_AXPY:
    case ALGEBRA_XPAY: return 1;
    case ALGEBRA_MIX:
    case ALGEBRA_TURN: return w->columns;
    default: return 0;
    }
}

static int rows_out(const algebra *w, algebra_kind kind)
{
    switch (kind) {
    case ALGEBRA_NORM:
    case ALGEBRA_DOT: return 1;
    case ALGEBRA_GRAM: return w->columns;
    default: return 0;
    }
}

/* To [block][row][re, im][lanes], with zeros where there is no column. */
static void pack(const algebra *w, const algebra_step *step, int rows, void *packed)
{
    const int lanes = plaq_columns_lanes(step->y);
    const bool is_double = plaq_columns_prec(step->y) == PLAQ_DOUBLE;
    size_t i = 0;

    for (int b = 0; b < plaq_columns_blocks(step->y); b++)
        for (int k = 0; k < rows; k++)
            for (int part = 0; part < 2; part++)
                for (int l = 0; l < lanes; l++, i++) {
                    const int column = b * lanes + l;
                    const double complex a = column < w->columns ? step->a[k * w->columns + column] : 0;
                    const double value = part ? cimag(a) : creal(a);

                    if (is_double)
                        ((double *)packed)[i] = value;
                    else
                        ((float *)packed)[i] = (float)value;
                }
}

/* And back from [block][row][re, im][lanes]. */
static void unpack(const algebra *w, const algebra_step *step, int rows, const double *sums)
{
    const int lanes = plaq_columns_lanes(step->x);

    for (int k = 0; k < rows; k++)
        for (int column = 0; column < w->columns; column++) {
            const double *s = sums + (size_t)(column / lanes * rows + k) * 2 * (size_t)lanes + column % lanes;

            step->sum[k * w->columns + column] = s[0] + (step->kind == ALGEBRA_NORM ? 0 : I * s[lanes]);
        }
}

/* ---- the walk ---------------------------------------------------------------------------------------------------- */

/* A step with its coefficients and the place of its sums. */
typedef struct {
    const algebra_step *step;
    const char *packed;
    size_t first_sum;
} task;

/* n complex numbers of a block from a site on, and where they begin */
typedef struct {
    int set, begin, n;
} stretch;

static size_t real_size(const plaq_columns *f)
{
    return plaq_columns_prec(f) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
}

static void *part_of(plaq_columns *f, int block, const stretch *s)
{
    const size_t site = (size_t)plaq_columns_reals(f) * (size_t)plaq_columns_lanes(f) * real_size(f);

    return f ? (char *)plaq_columns_data(f, block, s->set) + (size_t)s->begin * site : NULL;
}

static void do_vectors(const plaq_kernels *kernels, const algebra_step *step, const stretch *s, const char *a,
                       double *sum)
{
    plaq_columns *f = step->x;
    const size_t width = 2 * (size_t)plaq_columns_lanes(f);

    for (int b = 0; b < plaq_columns_blocks(f); b++, a += width * real_size(f), sum += width) {
        const void *x = part_of(step->x, b, s);
        void *y = step->y ? part_of(step->y, b, s) : NULL;

        if (step->kind == ALGEBRA_AXPY) kernels->columns_axpy(s->n, a, x, y);
        if (step->kind == ALGEBRA_XPAY) kernels->columns_xpay(s->n, a, x, y);
        if (step->kind == ALGEBRA_NORM) kernels->columns_norm(s->n, x, sum);
        if (step->kind == ALGEBRA_DOT) kernels->columns_dot(s->n, x, y, sum);
    }
}

static void do_matrix(const plaq_kernels *kernels, const algebra_step *step, const stretch *s, int columns,
                      const char *a, double *sum)
{
    const int lanes = kernels->lanes, blocks = plaq_columns_blocks(step->x);
    void *x[ALGEBRA_COLUMNS], *y[ALGEBRA_COLUMNS];

    for (int b = 0; b < blocks; b++) {
        x[b] = part_of(step->x, b, s);
        y[b] = part_of(step->y, b, s);
    }
    if (step->kind == ALGEBRA_MIX) kernels->columns_mix(s->n, columns, blocks, (const void *const *)x, a, true, y);
    if (step->kind == ALGEBRA_TURN) kernels->columns_mix(s->n, columns, blocks, (const void *const *)x, a, false, y);
    for (int b = 0; b < blocks && step->kind == ALGEBRA_GRAM; b++)
        for (int k = 0; k < columns; k += lanes)
            kernels->columns_gram(s->n, columns - k < lanes ? columns - k : lanes, x[k / lanes], y[b],
                                  sum + (size_t)(b * columns + k) * 2 * (size_t)lanes);
}

/* All steps on the sites of a piece of a set. */
static void do_piece(const algebra *w, int n, const task tasks[], int set, int piece, double *sums)
{
    const int64_t body = plaq_lattice_sites(w->lattice)->body[set];
    const int begin = (int)(body * piece / PIECES), end = (int)(body * (piece + 1) / PIECES);

    for (int x = begin; x < end; x += SITES)
        for (int i = 0; i < n; i++) {
            const algebra_step *step = tasks[i].step;
            const plaq_kernels *kernels = plaq_kernels_of(plaq_columns_prec(step->x), plaq_columns_lanes(step->x));
            const int sites = end - x < SITES ? end - x : SITES;
            const stretch s = {set, x, sites * plaq_columns_reals(step->x) / 2};

            if (step->kind >= ALGEBRA_GRAM)
                do_matrix(kernels, step, &s, w->columns, tasks[i].packed, sums + tasks[i].first_sum);
            else
                do_vectors(kernels, step, &s, tasks[i].packed, sums + tasks[i].first_sum);
        }
}

/* Packs coefficients and gives each step its sums; the number of these. */
static size_t prepare(algebra *w, int n, const algebra_step steps[], task tasks[])
{
    size_t sums = 0, packed = 0;

    for (int i = 0; i < n; i++) {
        char *a = (char *)w->packed + packed * sizeof(double);

        tasks[i] = (task){&steps[i], a, sums};
        if (rows_in(w, steps[i].kind)) pack(w, &steps[i], rows_in(w, steps[i].kind), a);
        packed += 2 * (size_t)w->width * (size_t)rows_in(w, steps[i].kind);
        sums += 2 * (size_t)w->width * (size_t)rows_out(w, steps[i].kind);
    }
    return sums;
}

void algebra_run(algebra *w, int n, const algebra_step steps[])
{
    const int items = 2 * PIECES;
    task tasks[ALGEBRA_STEPS];
    const size_t sums = prepare(w, n, steps, tasks);

    memset(w->partial, 0, (size_t)items * sums * sizeof(double));
#pragma omp parallel for schedule(static)
    for (int item = 0; item < items; item++)
        if (algebra_has(w, item / PIECES))
            do_piece(w, n, tasks, item / PIECES, item % PIECES, w->partial + (size_t)item * sums);
    for (size_t i = 0; i < sums; i++)
        for (int item = 1; item < items; item++) w->partial[i] += w->partial[(size_t)item * sums + i];
    if (sums) plaq_reduce_sum(plaq_lattice_comm(w->lattice), w->partial, (int)sums);
    for (int i = 0; i < n; i++)
        if (rows_out(w, steps[i].kind))
            unpack(w, &steps[i], rows_out(w, steps[i].kind), w->partial + tasks[i].first_sum);
}
