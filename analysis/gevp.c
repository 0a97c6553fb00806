/*
 * The generalised eigenvalue problem C(t) v_n = lambda_n C(t0) v_n (M. Luescher, U. Wolff, Nucl. Phys. B 339 (1990)
 * 222; B. Blossier et al., JHEP 04 (2009) 094), v_m^T C(t0) v_n = delta_mn. To first order in C,
 *
 *     d lambda_n = v_n^T (dC(t) - lambda_n dC(t0)) v_n
 *     d v_n      = sum_{m != n} v_m v_m^T (dC(t) - lambda_n dC(t0)) v_n / (lambda_n - lambda_m)
 *                  - 1/2 v_n v_n^T dC(t0) v_n
 */
#include "plaq/correlator.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "quantity.h"

typedef struct {
    plaq_gevp g;
    plaq_gevp_output output;
} context;

/* One problem solved, states in their order. */
typedef struct {
    int t, t0;
    double *value;  /* [N] */
    double *vector; /* [N][N]: of each state */
} solution;

static int t0_of(const plaq_gevp *g, int t)
{
    if (g->t0_kind == PLAQ_GEVP_FIXED) return g->t0;
    if (g->t0_kind == PLAQ_GEVP_MOVING) return t - g->t0;
    return (t + 1) / 2;
}

static const double *matrix_at(const plaq_gevp *g, const double c[], int t)
{
    return c + (size_t)(t - g->first) * g->operators * g->operators;
}

static void symmetrise(size_t n, const double c[], double out[])
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) out[i * n + j] = 0.5 * (c[i * n + j] + c[j * n + i]);
}

/* v^T C w */
static double between(size_t n, const double v[], const double c[], const double w[])
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) sum += v[i] * c[i * n + j] * w[j];
    return sum;
}

static void swap(size_t n, double a[], double b[])
{
    for (size_t i = 0; i < n; i++) {
        const double other = a[i];

        a[i] = b[i];
        b[i] = other;
    }
}

/* The largest component, measured by the operators' own norm, is made positive. */
static void fix_sign(size_t n, const double c0[], double v[])
{
    size_t largest = 0;

    for (size_t i = 1; i < n; i++)
        if (v[i] * v[i] * c0[i * n + i] > v[largest] * v[largest] * c0[largest * n + largest]) largest = i;
    if (v[largest] < 0)
        for (size_t i = 0; i < n; i++) v[i] = -v[i];
}

/* Solves at s->t, s->t0, the largest eigenvalue first. Scratch has room for two matrices; the second becomes C(t0). */
static plaq_status solve(const plaq_gevp *g, const double c[], solution *s, double scratch[])
{
    const size_t n = g->operators;
    double *c0 = scratch, *kept = scratch + n * n;
    lapack_int info;

    symmetrise(n, matrix_at(g, c, s->t), s->vector);
    symmetrise(n, matrix_at(g, c, s->t0), c0);
    memcpy(kept, c0, n * n * sizeof *kept);
    info = LAPACKE_dsygv(LAPACK_COL_MAJOR, 1, 'V', 'U', (lapack_int)n, s->vector, (lapack_int)n, c0, (lapack_int)n,
                         s->value);
    if (info > (lapack_int)n)
        return plaq_fail(PLAQ_E_DATA, "GEVP: C(t0 = %d) is not positive: its first %d operators of %zu have no norm",
                         s->t0, (int)info - (int)n, n);
    if (info == LAPACK_WORK_MEMORY_ERROR) return plaq_fail(PLAQ_E_MEMORY, "GEVP of %zu operators", n);
    if (info != 0)
        return plaq_fail(PLAQ_E_DATA, "GEVP at t = %d, t0 = %d: LAPACK's dsygv says %d", s->t, s->t0, (int)info);
    for (size_t i = 0; i < n / 2; i++) {
        swap(1, &s->value[i], &s->value[n - 1 - i]);
        swap(n, &s->vector[i * n], &s->vector[(n - 1 - i) * n]);
    }
    for (size_t i = 0; i < n; i++) fix_sign(n, kept, &s->vector[i * n]);
    return PLAQ_OK;
}

/* Puts states in the order of those of the reference time: v_n there is sum_m v_m (v_m^T C(t0) v_n) in the vectors
 * here, and of all pairs the one with the largest part comes first. overlap: [N][N], here and there. */
static void sort_like(size_t n, const double c0[], const solution *reference, solution *s, double overlap[])
{
    for (size_t there = 0; there < n; there++) {
        double sum = 0;

        for (size_t here = 0; here < n; here++) {
            const double part = between(n, &s->vector[here * n], c0, &reference->vector[there * n]);

            overlap[here * n + there] = part * part;
            sum += part * part;
        }
        for (size_t here = 0; here < n; here++) overlap[here * n + there] /= sum;
    }
    for (size_t placed = 0; placed < n; placed++) {
        size_t here = 0, there = 0;

        for (size_t i = 0; i < n * n; i++)
            if (overlap[i] > overlap[here * n + there]) {
                here = i / n;
                there = i % n;
            }
        swap(1, &s->value[here], &s->value[there]);
        swap(n, &s->vector[here * n], &s->vector[there * n]);
        swap(n, &overlap[here * n], &overlap[there * n]);
        for (size_t i = 0; i < n; i++) overlap[there * n + i] = overlap[i * n + there] = -1;
    }
}

/* ---- all times --------------------------------------------------------------------------------------------------- */

/* Room for the problems at t and t + 1, at the reference time, and two matrices. */
typedef struct {
    solution now, next, reference;
    double *scratch;
    double *memory;
} workspace;

static plaq_status begin(const plaq_gevp *g, const double c[], workspace *w)
{
    const size_t n = g->operators, one = n + n * n;
    solution *list[] = {&w->now, &w->next, &w->reference};

    w->memory = plaq_alloc(3 * one + 2 * n * n, sizeof *w->memory);
    if (!w->memory) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < 3; i++) {
        list[i]->value = w->memory + i * one;
        list[i]->vector = w->memory + i * one + n;
    }
    w->scratch = w->memory + 3 * one;
    if (g->order != PLAQ_GEVP_BY_VECTORS) return PLAQ_OK;
    w->reference.t = g->reference;
    w->reference.t0 = t0_of(g, g->reference);
    return solve(g, c, &w->reference, w->scratch);
}

static plaq_status solve_in_order(const plaq_gevp *g, const double c[], int t, int t0, workspace *w, solution *s)
{
    s->t = t;
    s->t0 = t0;
    PLAQ_TRY(solve(g, c, s, w->scratch));
    if (g->order == PLAQ_GEVP_BY_VECTORS) {
        const size_t n = g->operators;

        sort_like(n, w->scratch + n * n, &w->reference, s, w->scratch);
    }
    return PLAQ_OK;
}

static plaq_status positive(const solution *s, size_t states)
{
    for (size_t n = 0; n < states; n++)
        if (!(s->value[n] > 0))
            return plaq_fail(PLAQ_E_DATA, "GEVP: eigenvalue %zu at t = %d, t0 = %d is %g, expected more than 0", n,
                             s->t, s->t0, s->value[n]);
    return PLAQ_OK;
}

/* The problems that the k-th time needs. */
static plaq_status solve_time(const context *given, const double c[], size_t k, workspace *w)
{
    const plaq_gevp *g = &given->g;
    const int t = g->from + (int)k, t0 = t0_of(g, t);

    PLAQ_TRY(solve_in_order(g, c, t, t0, w, &w->now));
    if (given->output != PLAQ_GEVP_ENERGIES) return PLAQ_OK;
    PLAQ_TRY(solve_in_order(g, c, t + 1, t0, w, &w->next));
    PLAQ_TRY(positive(&w->now, g->states));
    return positive(&w->next, g->states);
}

static plaq_status evaluate(const void *context_, const double c[], double out[])
{
    const context *given = context_;
    const plaq_gevp *g = &given->g;
    const size_t n = g->operators;
    workspace w = {.memory = NULL};
    plaq_status status;

    PLAQ_GO(begin(g, c, &w));
    for (size_t k = 0; k < g->times; k++) {
        PLAQ_GO(solve_time(given, c, k, &w));
        for (size_t state = 0; state < g->states; state++) {
            const size_t at = state * g->times + k;

            if (given->output == PLAQ_GEVP_VECTORS)
                memcpy(&out[at * n], &w.now.vector[state * n], n * sizeof *out);
            else if (given->output == PLAQ_GEVP_ENERGIES)
                out[at] = log(w.now.value[state] / w.next.value[state]);
            else
                out[at] = w.now.value[state];
        }
    }
done:
    plaq_free(w.memory);
    return status;
}

/* row += factor v w^T, made symmetric, as the derivative by C(t) */
static void add(const plaq_gevp *g, double row[], int t, double factor, const double v[], const double w[])
{
    const size_t n = g->operators;
    double *at = row + (size_t)(t - g->first) * n * n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) at[i * n + j] += 0.5 * factor * (v[i] * w[j] + v[j] * w[i]);
}

/* row += factor d lambda/dC */
static void add_value(const plaq_gevp *g, const solution *s, size_t state, double factor, double row[])
{
    const double *v = &s->vector[state * g->operators];

    add(g, row, s->t, factor, v, v);
    add(g, row, s->t0, -factor * s->value[state], v, v);
}

/* rows[i] = d v_i/dC */
static plaq_status put_vector(const plaq_gevp *g, const solution *s, size_t state, size_t in, double rows[])
{
    const size_t n = g->operators;
    const double *v = &s->vector[state * n], lambda = s->value[state];

    for (size_t m = 0; m < n; m++) {
        const double *u = &s->vector[m * n], gap = lambda - s->value[m];

        if (m != state && !(fabs(gap) > 0))
            return plaq_fail(PLAQ_E_DATA, "GEVP: eigenvalues %zu and %zu at t = %d, t0 = %d are the same, %g", state, m,
                             s->t, s->t0, lambda);
        for (size_t i = 0; i < n; i++) {
            if (m == state) {
                add(g, &rows[i * in], s->t0, -0.5 * v[i], v, v);
            } else {
                add(g, &rows[i * in], s->t, u[i] / gap, u, v);
                add(g, &rows[i * in], s->t0, -lambda * u[i] / gap, u, v);
            }
        }
    }
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context_, const double c[], const double value[], double jacobian[])
{
    const context *given = context_;
    const plaq_gevp *g = &given->g;
    const size_t n = g->operators, in = g->points * n * n;
    workspace w = {.memory = NULL};
    plaq_status status;

    (void)value;
    memset(jacobian, 0, g->states * g->times * (given->output == PLAQ_GEVP_VECTORS ? n : 1) * in * sizeof *jacobian);
    PLAQ_GO(begin(g, c, &w));
    for (size_t k = 0; k < g->times; k++) {
        PLAQ_GO(solve_time(given, c, k, &w));
        for (size_t state = 0; state < g->states; state++) {
            const size_t at = state * g->times + k;

            if (given->output == PLAQ_GEVP_VECTORS) {
                PLAQ_GO(put_vector(g, &w.now, state, in, &jacobian[at * n * in]));
            } else if (given->output == PLAQ_GEVP_ENERGIES) {
                add_value(g, &w.now, state, 1 / w.now.value[state], &jacobian[at * in]);
                add_value(g, &w.next, state, -1 / w.next.value[state], &jacobian[at * in]);
            } else {
                add_value(g, &w.now, state, 1, &jacobian[at * in]);
            }
        }
    }
done:
    plaq_free(w.memory);
    return status;
}

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

static plaq_status check_time(const plaq_gevp *g, int t, int last)
{
    const int t0 = t0_of(g, t), end = g->first + (int)g->points - 1;

    if (t0 < g->first || t0 >= t || last > end)
        return plaq_fail(PLAQ_E_USAGE,
                         "GEVP: t = %d to %d with t0 = %d: expected t0 before t, and both within %d to %d", t, last, t0,
                         g->first, end);
    return PLAQ_OK;
}

static plaq_status check(const plaq_gevp *g, plaq_gevp_output output)
{
    if (g->operators < 1 || g->times < 1)
        return plaq_fail(PLAQ_E_USAGE, "GEVP: %zu operators at %zu times, expected 1 or more", g->operators, g->times);
    if (g->states > g->operators)
        return plaq_fail(PLAQ_E_USAGE, "GEVP: %zu states of %zu operators", g->states, g->operators);
    for (size_t k = 0; k < g->times; k++) {
        const int t = g->from + (int)k;

        PLAQ_TRY(check_time(g, t, output == PLAQ_GEVP_ENERGIES ? t + 1 : t));
    }
    if (g->order == PLAQ_GEVP_BY_VECTORS && check_time(g, g->reference, g->reference) != PLAQ_OK)
        return plaq_note(PLAQ_E_USAGE, "reference time");
    return PLAQ_OK;
}

plaq_status plaq_gevp_quantity(const plaq_gevp *gevp, plaq_gevp_output output, plaq_quantity *out)
{
    context given = {.g = *gevp, .output = output};
    plaq_gevp *g = &given.g;
    size_t numbers;

    PLAQ_TRY(check(g, output));
    if (g->states == 0) g->states = g->operators;
    numbers = g->states * g->times * (output == PLAQ_GEVP_VECTORS ? g->operators : 1);
    return quantity_make((plaq_function){.in = g->points * g->operators * g->operators,
                                         .out = numbers,
                                         .evaluate = evaluate,
                                         .jacobian = differentiate},
                         &given, sizeof given, out);
}
