/* M x = b on all sites, by way of the reduced system on half of them. */
#include <math.h>
#include <stdio.h>

#include "fermion/solve.h"

/* |f| of each column */
static plaq_status norms(plaq_columns *f, double *norm)
{
    const int n = plaq_columns_count(f);
    double complex *sum = plaq_alloc((size_t)n, sizeof *sum);
    algebra w = {0};
    plaq_status status;

    PLAQ_GO(plaq_agree(plaq_lattice_comm(plaq_columns_lattice(f)), sum ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(algebra_create(f, PLAQ_ALL, 1, 0, &w));
    algebra_run(&w, 1, (algebra_step[]){{ALGEBRA_NORM, .x = f, .sum = sum}});
    for (int j = 0; j < n; j++) norm[j] = sqrt(creal(sum[j]));
done:
    algebra_clear(&w);
    plaq_free(sum);
    return status;
}

/* residual[column] = |M x - b| / |b| on all sites */
static plaq_status true_residuals(plaq_dirac *d, plaq_columns *b, plaq_columns *x, const double *size, double *residual)
{
    const int n = plaq_columns_count(b);
    double complex *a = plaq_alloc(2 * (size_t)n, sizeof *a);
    plaq_columns *r = NULL;
    algebra w = {0};
    plaq_status status;

    PLAQ_GO(plaq_agree(plaq_lattice_comm(plaq_columns_lattice(b)), a ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(algebra_create(b, PLAQ_ALL, 2, 0, &w));
    PLAQ_GO(plaq_columns_create(plaq_columns_lattice(b), PLAQ_DOUBLE, n, plaq_columns_lanes(b) == 1,
                                plaq_columns_reals(b), PLAQ_ALL, &r));
    PLAQ_GO(plaq_dirac_apply(d, false, x, r));
    for (int j = 0; j < n; j++) a[j] = -1;
    algebra_run(&w, 2, (algebra_step[]){{ALGEBRA_AXPY, .a = a, .x = b, .y = r}, {ALGEBRA_NORM, .x = r, .sum = a + n}});
    for (int j = 0; j < n; j++) residual[j] = size[j] == 0 ? 0 : sqrt(creal(a[n + j])) / size[j];
done:
    plaq_columns_destroy(&r);
    algebra_clear(&w);
    plaq_free(a);
    return status;
}

/* Some of the history into words: "1 0.11 0.013", at most eight of them, the last always. */
static void tell_history(const plaq_solution *s, char *text, size_t size)
{
    const int every = (s->history + 7) / 8;
    size_t n = 0;

    text[0] = 0;
    for (int i = (s->history - 1) % every; i < s->history && n < size; i += every)
        n += (size_t)snprintf(text + n, size - n, "%s%.2g", n ? " " : "", s->largest[i]);
}

/* Whether all columns are as good as they should be; else the worst is named. */
static plaq_status judge(const plaq_solver *how, plaq_solution *s)
{
    char history[256];
    int worst = 0;

    for (int j = 0; j < s->columns; j++)
        if (s->residual[j] > s->residual[worst] || (isnan(s->residual[j]) && !isnan(s->residual[worst]))) worst = j;
    if (s->converged && s->residual[worst] <= how->tolerance) return PLAQ_OK;
    if (!s->why[0]) snprintf(s->why, sizeof s->why, "lost on the other half of the sites");
    s->converged = false;
    tell_history(s, history, sizeof history);
    return plaq_fail(PLAQ_E_CONVERGENCE,
                     "solver: not converged: column %d of %d has a residual of %.2g, not %.2g, after %d iterations: %s "
                     "(largest residuals on the way: %s)",
                     worst, s->columns, s->residual[worst], how->tolerance, s->iterations, s->why, history);
}

plaq_status plaq_dirac_solve(plaq_dirac *d, const plaq_solver *how, plaq_columns *b, plaq_columns *x,
                             plaq_solution *solution)
{
    const plaq_operator op = plaq_dirac_reduced(d);
    plaq_lattice *lattice = plaq_columns_lattice(b);
    const int n = plaq_columns_count(b);
    plaq_solver inner = *how;
    double *size = plaq_alloc((size_t)n, sizeof *size);
    plaq_columns *rhs = NULL;
    plaq_status status;

    *solution = (plaq_solution){0};
    inner.tolerance *= 0.999; /* rounding on the other half of the sites is to change no verdict */
    PLAQ_GO(plaq_agree(plaq_lattice_comm(lattice), size ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(norms(b, size));
    PLAQ_GO(
        plaq_columns_create(lattice, PLAQ_DOUBLE, n, plaq_columns_lanes(b) == 1, plaq_columns_reals(b), op.half, &rhs));
    PLAQ_GO(plaq_dirac_reduce(d, b, rhs));
    PLAQ_GO(solve_relative(&op, &inner, rhs, x, size, solution));
    plaq_columns_destroy(&rhs);
    PLAQ_GO(plaq_dirac_complete(d, b, x));
    PLAQ_GO(true_residuals(d, b, x, size, solution->residual));
    status = judge(how, solution);
done:
    plaq_columns_destroy(&rhs);
    plaq_free(size);
    return status;
}
