/* What all solvers share: the first guess, renewals of the residual in double, and when to stop. See solve.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fermion/solve.h"

static const double FALL = 0.03;     /* renewed when the residual of a column has fallen to this part */
static const double PROGRESS = 0.99; /* what is less than this part of the least before is progress */
enum {
    LONGEST = 250, /* iterations until a renewal, whatever falls */
    PATIENCE = 5   /* renewals without progress */
};

static const solve_method *const methods[] = {
    [PLAQ_SOLVE_CG] = &solve_cg, [PLAQ_SOLVE_BICGSTAB] = &solve_bicgstab, [PLAQ_SOLVE_BLOCK_CG] = &solve_block_cg};

plaq_status solve_apply(solving *s, bool dagger, plaq_columns *in, plaq_columns *out)
{
    s->solution->applications++;
    return s->op->apply(s->op->self, dagger, in, out);
}

double complex solve_ratio(const solving *s, int column, double complex a, double complex b)
{
    return s->running[column] && b != 0 ? a / b : 0;
}

void plaq_solution_clear(plaq_solution *s)
{
    plaq_free(s->residual);
    plaq_free(s->largest);
    *s = (plaq_solution){0};
}

/* ---- fields and numbers ------------------------------------------------------------------------------------------ */

static plaq_status create_field(const solving *s, plaq_prec prec, plaq_columns **f)
{
    return plaq_columns_create(plaq_columns_lattice(s->b), prec, s->columns, plaq_columns_lanes(s->b) == 1,
                               plaq_columns_reals(s->b), s->op->half, f);
}

static plaq_status create_fields(solving *s)
{
    const plaq_prec prec = s->how->mixed ? PLAQ_SINGLE : PLAQ_DOUBLE;

    PLAQ_TRY(create_field(s, PLAQ_DOUBLE, &s->exact));
    if (s->how->mixed) {
        PLAQ_TRY(create_field(s, prec, &s->y));
        PLAQ_TRY(create_field(s, prec, &s->r));
    } else {
        s->y = s->x;
        s->r = s->exact;
    }
    for (int i = 0; i < s->method->work; i++) PLAQ_TRY(create_field(s, prec, &s->work[i]));
    return algebra_create(s->b, s->op->half, 3, s->method->matrices ? 2 : 0, &s->algebra);
}

static plaq_status create_numbers(solving *s)
{
    const size_t n = (size_t)s->columns, m = (size_t)s->method->matrices;
    plaq_solution *out = s->solution;
    bool good;

    *out = (plaq_solution){.columns = s->columns};
    out->residual = plaq_alloc(n, sizeof(double));
    out->largest = plaq_alloc((size_t)s->how->max_iterations + 2, sizeof(double));
    s->running = plaq_alloc(n, sizeof(bool));
    s->estimate = plaq_alloc(n, sizeof(double));
    s->size = plaq_alloc(n, sizeof(double));
    s->unit = plaq_alloc(n, sizeof(double));
    s->best = plaq_alloc(n, sizeof(double));
    s->scratch = plaq_alloc(2 * n, sizeof(double complex));
    s->vectors = plaq_alloc((size_t)s->method->vectors * n, sizeof(double complex));
    s->matrices = plaq_alloc(m ? m * n * n : 1, sizeof(double complex));
    good = out->residual && out->largest && s->running && s->estimate && s->size && s->unit && s->best && s->scratch &&
           s->vectors && s->matrices;
    return plaq_agree(plaq_lattice_comm(plaq_columns_lattice(s->b)), good ? PLAQ_OK : PLAQ_E_MEMORY);
}

static void clear(solving *s)
{
    if (s->how->mixed) {
        plaq_columns_destroy(&s->y);
        plaq_columns_destroy(&s->r);
    }
    plaq_columns_destroy(&s->exact);
    for (int i = 0; i < SOLVE_WORK; i++) plaq_columns_destroy(&s->work[i]);
    algebra_clear(&s->algebra);
    plaq_free(s->running);
    plaq_free(s->estimate);
    plaq_free(s->size);
    plaq_free(s->unit);
    plaq_free(s->best);
    plaq_free(s->scratch);
    plaq_free(s->vectors);
    plaq_free(s->matrices);
}

/* ---- residuals --------------------------------------------------------------------------------------------------- */

static double relative(const solving *s, int j, double norm)
{
    return s->size[j] == 0 ? 0 : norm / s->size[j];
}

/* What residuals are relative to, and columns of zeros: they have zeros for a solution, whatever was guessed. */
static void measure_sources(solving *s, const double *size)
{
    const plaq_lattice *lattice = plaq_columns_lattice(s->b);
    const double numbers = (double)plaq_lattice_volume(lattice) * plaq_columns_reals(s->b);
    double complex *sum = s->scratch;

    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_NORM, .x = s->b, .sum = sum}});
    for (int j = 0; j < s->columns; j++) {
        s->size[j] = size ? size[j] : sqrt(creal(sum[j]));
        s->unit[j] = s->how->mixed && s->size[j] > 0 ? s->size[j] / sqrt(numbers) : 1;
        s->best[j] = INFINITY;
        sum[j] = s->size[j] == 0 ? -1 : 0;
    }
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_AXPY, .a = sum, .x = s->x, .y = s->x}});
}

/* x takes in y, and r becomes b - M x. */
static plaq_status renew_fields(solving *s, double complex *square)
{
    double complex *a = s->scratch;
    const bool aside = s->y != s->x;

    if (aside && s->solution->history > 0) {
        plaq_columns_copy(s->y, s->exact);
        plaq_columns_zero(s->y);
        for (int j = 0; j < s->columns; j++) a[j] = s->unit[j];
        algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_AXPY, .a = a, .x = s->exact, .y = s->x}});
    }
    PLAQ_TRY(solve_apply(s, false, s->x, s->exact));
    for (int j = 0; j < s->columns; j++) a[j] = -1;
    algebra_run(&s->algebra, 2,
                (algebra_step[]){{ALGEBRA_XPAY, .a = a, .x = s->b, .y = s->exact},
                                 {ALGEBRA_NORM, .x = s->exact, .sum = square}});
    if (!aside) return PLAQ_OK;
    plaq_columns_copy(s->exact, s->r);
    for (int j = 0; j < s->columns; j++) a[j] = 1 / s->unit[j];
    algebra_run(&s->algebra, 1, (algebra_step[]){{ALGEBRA_XPAY, .a = a, .x = s->y, .y = s->r}}); /* y is zero */
    return PLAQ_OK;
}

/* Takes down the residuals, ends columns that have converged, and looks for progress in the others. */
static plaq_status renew(solving *s)
{
    plaq_solution *out = s->solution;
    double complex *square = s->scratch + s->columns;
    double largest = 0;
    bool progress = false;
    int left = 0;

    PLAQ_TRY(renew_fields(s, square));
    for (int j = 0; j < s->columns; j++) {
        const double norm = sqrt(creal(square[j]));

        out->residual[j] = relative(s, j, norm);
        if (out->residual[j] > largest || isnan(out->residual[j])) largest = out->residual[j];
        s->estimate[j] = creal(square[j]) / (s->unit[j] * s->unit[j]);
        s->running[j] = !(out->residual[j] <= s->how->tolerance);
        left += s->running[j];
        if (s->running[j] && out->residual[j] < PROGRESS * s->best[j]) progress = true;
        s->best[j] = fmin(s->best[j], out->residual[j]);
    }
    s->stalled = progress ? 0 : s->stalled + 1;
    s->last = out->iterations;
    s->renewed = true;
    out->converged = left == 0;
    out->largest[out->history++] = largest;
    plaq_log(PLAQ_LOG_DEBUG, "%s: iteration %d, largest residual %.2e, %d of %d columns left", s->method->name,
             out->iterations, largest, left, s->columns);
    return PLAQ_OK;
}

/* ---- when to stop ------------------------------------------------------------------------------------------------ */

/* Whether the method has run into something that is not a number, or could not divide. */
static bool broke_down(const solving *s)
{
    for (int j = 0; j < s->columns; j++)
        if (s->running[j] && !isfinite(s->estimate[j])) return true;
    return false;
}

/* A column that has fallen far enough, all that seem to have converged, or nothing of that for long. */
static bool renewal_is_due(const solving *s)
{
    const int iterations = s->solution->iterations;
    bool fell = false, all = true;

    for (int j = 0; j < s->columns; j++) {
        const double now = relative(s, j, sqrt(s->estimate[j]) * s->unit[j]);

        if (!s->running[j]) continue;
        fell = fell || now <= FALL * s->solution->residual[j];
        all = all && now <= s->how->tolerance;
    }
    return fell || all || iterations >= s->last + LONGEST || iterations >= s->how->max_iterations;
}

static plaq_status one_iteration(solving *s)
{
    PLAQ_TRY(plaq_stop_check(plaq_lattice_comm(plaq_columns_lattice(s->b))));
    PLAQ_TRY(s->method->step(s));
    s->renewed = false;
    s->solution->iterations++;
    if (broke_down(s)) snprintf(s->solution->why, sizeof s->solution->why, "broke down");
    return s->solution->why[0] || renewal_is_due(s) ? renew(s) : PLAQ_OK;
}

static plaq_status iterate(solving *s)
{
    plaq_solution *out = s->solution;

    PLAQ_TRY(renew(s));
    while (!out->converged && !out->why[0]) {
        if (out->iterations >= s->how->max_iterations)
            snprintf(out->why, sizeof out->why, "not within %d iterations", s->how->max_iterations);
        else if (s->stalled >= PATIENCE)
            snprintf(out->why, sizeof out->why, "stagnated");
        else
            PLAQ_TRY(one_iteration(s));
    }
    if (out->converged) out->why[0] = 0;
    return PLAQ_OK;
}

/* ---- to be called ------------------------------------------------------------------------------------------------ */

static plaq_status check(const solving *s)
{
    const int n = plaq_columns_count(s->b), most = ALGEBRA_COLUMNS;
    const bool alike = plaq_columns_count(s->x) == n && plaq_columns_lanes(s->x) == plaq_columns_lanes(s->b);

    if (!alike || plaq_columns_prec(s->b) != PLAQ_DOUBLE || plaq_columns_prec(s->x) != PLAQ_DOUBLE)
        return plaq_fail(PLAQ_E_INTERNAL, "solver: b and x must be alike and in double precision");
    if (s->method->matrices && n > most)
        return plaq_fail(PLAQ_E_USAGE, "solver: %s takes at most %d columns, not %d", s->method->name, most, n);
    return PLAQ_OK;
}

plaq_status solve_relative(const plaq_operator *op, const plaq_solver *how, plaq_columns *b, plaq_columns *x,
                           const double *size, plaq_solution *solution)
{
    solving s = {.op = op, .how = how, .method = methods[how->kind], .b = b, .x = x, .solution = solution};
    plaq_status status;

    *solution = (plaq_solution){0};
    s.columns = plaq_columns_count(b);
    PLAQ_GO(check(&s));
    PLAQ_GO(create_numbers(&s));
    PLAQ_GO(create_fields(&s));
    measure_sources(&s, size);
    PLAQ_GO(iterate(&s));
done:
    clear(&s);
    if (status != PLAQ_OK) plaq_solution_clear(solution);
    return status;
}

plaq_status plaq_solve(const plaq_operator *op, const plaq_solver *how, plaq_columns *b, plaq_columns *x,
                       plaq_solution *solution)
{
    return solve_relative(op, how, b, x, NULL, solution);
}

int64_t plaq_solver_estimate(const int dims[4], const int grid[4], const plaq_solver *how, int columns, int lanes)
{
    const plaq_prec prec = how->mixed ? PLAQ_SINGLE : PLAQ_DOUBLE;
    const int reals = PLAQ_SPINOR_REALS, fields = methods[how->kind]->work + (how->mixed ? 2 : 0);
    const int64_t exact = plaq_columns_estimate(dims, grid, PLAQ_DOUBLE, columns, lanes, reals, true);
    const int64_t all = plaq_columns_estimate(dims, grid, PLAQ_DOUBLE, columns, lanes, reals, false);
    const int64_t work = fields * plaq_columns_estimate(dims, grid, prec, columns, lanes, reals, true);

    return 2 * exact + work > all ? 2 * exact + work : all; /* a residual on all sites comes afterwards */
}
