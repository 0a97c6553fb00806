/* Sums of exponentials with energies shared by several correlators,
 *
 *     y^(k)(t) = sum_n A_n^(k) e_n^(k)(t) + c^(k),    e_n(t) = exp(-E_n t) + b exp(-E_n (T - t)),    b = 1, -1 or 0,
 *     E_n = p_0 + exp p_1 + ... + exp p_n,            A_n = a_n, or a_n^2.
 */
#include "models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    size_t points, first; /* first: of all points */
    size_t param;         /* of its amplitudes; then the constant */
    double period;
    int backward;
    bool constant, squared;
} part;

typedef struct {
    size_t parts, states, points, params;
    const double *t; /* [points], behind the parts in the same block */
    part part[];
} exponentials;

static double energy(const double p[], size_t n)
{
    double e = p[0];

    for (size_t m = 1; m <= n; m++) e += exp(p[m]);
    return e;
}

/* e(t), and its derivative by E */
static double propagate(const part *k, double e, double t, double *slope)
{
    const double forward = exp(-e * t), backward = k->backward ? k->backward * exp(-e * (k->period - t)) : 0;

    *slope = -t * forward - (k->period - t) * backward;
    return forward + backward;
}

static plaq_status evaluate(const void *context, const double p[], double y[])
{
    const exponentials *m = context;

    for (const part *k = m->part; k < m->part + m->parts; k++)
        for (size_t i = k->first; i < k->first + k->points; i++) y[i] = k->constant ? p[k->param + m->states] : 0;
    for (size_t n = 0; n < m->states; n++) {
        const double e = energy(p, n);

        for (const part *k = m->part; k < m->part + m->parts; k++) {
            const double a = p[k->param + n] * (k->squared ? p[k->param + n] : 1);
            double slope;

            for (size_t i = k->first; i < k->first + k->points; i++) y[i] += a * propagate(k, e, m->t[i], &slope);
        }
    }
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double p[], double jacobian[])
{
    const exponentials *m = context;

    memset(jacobian, 0, m->points * m->params * sizeof *jacobian);
    for (size_t n = 0; n < m->states; n++) {
        const double e = energy(p, n);

        for (const part *k = m->part; k < m->part + m->parts; k++) {
            const double a = p[k->param + n];

            for (size_t i = k->first; i < k->first + k->points; i++) {
                double *row = jacobian + i * m->params, slope;

                row[k->param + n] = propagate(k, e, m->t[i], &slope) * (k->squared ? 2 * a : 1);
                slope *= a * (k->squared ? a : 1);
                row[0] += slope; /* dE_n/dp_0 = 1, dE_n/dp_l = exp p_l; the exponential is put in below */
                for (size_t l = 1; l <= n; l++) row[l] += slope;
                if (k->constant) row[k->param + m->states] = 1;
            }
        }
    }
    for (size_t l = 1; l < m->states; l++) {
        const double gap = exp(p[l]);

        for (size_t i = 0; i < m->points; i++) jacobian[i * m->params + l] *= gap;
    }
    return PLAQ_OK;
}

/* ---- a starting point ---- */

/* The ground state from the later half of the times, where it stands alone; then a second one from all of them:
 * energies by search, amplitudes and constants by least squares. */
enum { GRID = 24, GUESSED = 2, COLUMNS = GUESSED + 1 };

typedef struct {
    const double *y;
    double *weight;                     /* [points]: of the points that are looked at now */
    double *basis, *work, *c;           /* [points of a part][COLUMNS], [COLUMNS]^2, [parts][COLUMNS] */
    size_t states;                      /* looked for now */
    double low[GUESSED], high[GUESSED]; /* of u: energies and gaps that times can tell from 0 and from infinity */
} guessing;

/* chi^2 of energies exp u[0] and, with two states, exp u[0] + exp u[1]; leaves the amplitudes in c */
static double chi2_at(const exponentials *m, const guessing *g, const double u[])
{
    double chi2 = 0, slope;

    for (const part *k = m->part; k < m->part + m->parts; k++) {
        const size_t columns = g->states + k->constant;

        for (size_t i = 0; i < k->points; i++) {
            double *b = g->basis + i * columns;

            for (size_t n = 0; n < g->states; n++)
                b[n] = propagate(k, exp(u[0]) + (n > 0 ? exp(u[1]) : 0), m->t[k->first + i], &slope);
            if (k->constant) b[g->states] = 1;
        }
        chi2 += model_least_squares(g->basis, k->points, columns, g->y + k->first, g->weight + k->first, g->work,
                                    g->c + (k - m->part) * COLUMNS);
    }
    return chi2;
}

/* distance from the nearest source */
static double age(const part *k, double t)
{
    return k->backward ? fmin(t, k->period - t) : t;
}

static void find_scales(const exponentials *m, guessing *g)
{
    double shortest = INFINITY, longest = 0;

    for (const part *k = m->part; k < m->part + m->parts; k++)
        for (size_t i = k->first; i < k->first + k->points; i++)
            for (size_t j = k->first; j < i; j++) {
                const double distance = fabs(m->t[i] - m->t[j]);

                if (!(g->weight[i] > 0) || !(g->weight[j] > 0) || distance == 0) continue;
                shortest = fmin(shortest, distance);
                longest = fmax(longest, distance);
            }
    if (longest == 0) shortest = longest = 1;
    g->low[0] = log(0.1 / longest);
    g->high[0] = log(4 / shortest);
    g->low[1] = log(1 / longest);
    g->high[1] = log(2 / shortest);
}

/* without the points nearer to a source than half way from the first to the last one */
static void forget_early(const exponentials *m, guessing *g)
{
    for (const part *k = m->part; k < m->part + m->parts; k++) {
        double first = INFINITY, last = 0;

        for (size_t i = k->first; i < k->first + k->points; i++) {
            if (!(g->weight[i] > 0)) continue;
            first = fmin(first, age(k, m->t[i]));
            last = fmax(last, age(k, m->t[i]));
        }
        for (size_t i = k->first; i < k->first + k->points; i++)
            if (last - first > 4 && age(k, m->t[i]) < (first + last) / 2) g->weight[i] = 0;
    }
}

/* the best u[n] on a grid, the others as they are */
static void search_grid(const exponentials *m, const guessing *g, size_t n, double u[])
{
    double best = INFINITY, found = g->low[n];

    for (int i = 0; i < GRID; i++) {
        double chi2;

        u[n] = g->low[n] + (g->high[n] - g->low[n]) * i / (GRID - 1);
        chi2 = chi2_at(m, g, u);
        if (!(chi2 < best)) continue;
        best = chi2;
        found = u[n];
    }
    u[n] = found;
}

/* from the grid downhill: one u after the other to a better neighbour, and nearer ones where there is none */
static void search_downhill(const exponentials *m, const guessing *g, double u[])
{
    enum { ROUNDS = 60 };
    double step = (g->high[0] - g->low[0]) / (2 * GRID), best = chi2_at(m, g, u);

    for (int round = 0; round < ROUNDS && step > 1e-3; round++) {
        bool moved = false;

        for (size_t n = 0; n < g->states; n++)
            for (int side = -1; side <= 1; side += 2) {
                const double here = u[n];
                double chi2;

                u[n] = fmin(fmax(here + side * step, g->low[n]), g->high[n]);
                chi2 = chi2_at(m, g, u);
                if (chi2 < best) {
                    best = chi2;
                    moved = true;
                } else {
                    u[n] = here;
                }
            }
        if (!moved) step /= 3;
    }
    chi2_at(m, g, u);
}

/* states beyond the second follow at the same distance, and share its amplitude */
static void set_start(const exponentials *m, const guessing *g, const double u[2], double start[])
{
    const size_t shared = m->states - g->states + 1;

    start[0] = exp(u[0]);
    for (size_t n = 1; n < m->states; n++) start[n] = u[1];
    for (const part *k = m->part; k < m->part + m->parts; k++) {
        const double *c = g->c + (k - m->part) * COLUMNS;

        for (size_t n = 0; n < m->states; n++) {
            const double a = n + 1 < g->states ? c[n] : c[g->states - 1] / (double)shared;

            start[k->param + n] = k->squared ? sqrt(fabs(a)) : a;
        }
        if (k->constant) start[k->param + m->states] = c[g->states];
    }
}

static plaq_status guess(const void *context, const double y[], const double weight[], double start[])
{
    const exponentials *m = context;
    double *memory = plaq_alloc(m->points + (m->points + COLUMNS + m->parts) * COLUMNS, sizeof *memory);
    guessing g = {.y = y, .states = 1, .weight = memory};
    double u[GUESSED] = {0, 0};

    if (!memory) return PLAQ_E_MEMORY;
    g.basis = memory + m->points;
    g.work = g.basis + m->points * COLUMNS;
    g.c = g.work + COLUMNS * COLUMNS;
    memcpy(g.weight, weight, m->points * sizeof *weight);
    find_scales(m, &g);
    forget_early(m, &g);
    search_grid(m, &g, 0, u);
    search_downhill(m, &g, u);
    memcpy(g.weight, weight, m->points * sizeof *weight);
    if (m->states > 1) {
        g.states = 2;
        g.low[0] = u[0] - 0.1; /* it stays the ground state: a lower one with next to no amplitude often fits better */
        g.high[0] = u[0] + 0.1;
        search_grid(m, &g, 1, u);
        search_downhill(m, &g, u);
    }
    chi2_at(m, &g, u);
    set_start(m, &g, u, start);
    plaq_free(memory);
    return PLAQ_OK;
}

/* ---- what its parameters mean ---- */

static plaq_status values(const void *context, const double p[], double out[])
{
    const exponentials *m = context;

    memcpy(out, p, m->params * sizeof *out);
    for (size_t n = 0; n < m->states; n++) out[n] = energy(p, n);
    for (const part *k = m->part; k < m->part + m->parts; k++)
        for (size_t n = k->param; n < k->param + m->states; n++)
            if (k->squared) out[n] = p[n] * p[n];
    return PLAQ_OK;
}

static plaq_status values_jacobian(const void *context, const double p[], const double value[], double jacobian[])
{
    const exponentials *m = context;

    (void)value;
    memset(jacobian, 0, m->params * m->params * sizeof *jacobian);
    for (size_t n = 0; n < m->params; n++) jacobian[n * m->params + n] = 1;
    for (size_t n = 0; n < m->states; n++) {
        jacobian[n * m->params] = 1;
        for (size_t l = 1; l <= n; l++) jacobian[n * m->params + l] = exp(p[l]);
    }
    for (const part *k = m->part; k < m->part + m->parts; k++)
        for (size_t n = k->param; n < k->param + m->states; n++)
            if (k->squared) jacobian[n * m->params + n] = 2 * p[n];
    return PLAQ_OK;
}

void plaq_model_exponentials_values(const plaq_model *model, plaq_function *f)
{
    *f = (plaq_function){.in = model->params,
                         .out = model->params,
                         .evaluate = values,
                         .jacobian = values_jacobian,
                         .context = model->context};
}

/* ---- making one ---- */

static const char *const *names(const exponentials *m)
{
    enum { LENGTH = 48 };
    char(*text)[LENGTH] = plaq_alloc(m->params, LENGTH);
    const char **list = plaq_alloc(m->params, sizeof *list);
    const char *const *copy = NULL;

    if (text && list) {
        for (size_t k = 0; k < m->params; k++) list[k] = text[k];
        snprintf(text[0], LENGTH, "E0");
        for (size_t n = 1; n < m->states; n++) snprintf(text[n], LENGTH, "log_dE%zu", n);
        for (size_t k = 0; k < m->parts; k++) {
            const size_t first = m->part[k].param;

            for (size_t n = 0; n < m->states; n++) snprintf(text[first + n], LENGTH, "A%zu_%zu", n, k);
            if (m->part[k].constant) snprintf(text[first + m->states], LENGTH, "c%zu", k);
        }
        copy = model_names(list, m->params);
    }
    plaq_free(text);
    plaq_free(list);
    return copy;
}

static plaq_status check(const plaq_exponentials_part given[], int parts, int states)
{
    if (parts < 1 || states < 1)
        return plaq_fail(PLAQ_E_USAGE, "a fit of %d states to %d correlators, expected at least one of each", states,
                         parts);
    for (int k = 0; k < parts; k++) {
        if (given[k].backward < -1 || given[k].backward > 1)
            return plaq_fail(PLAQ_E_USAGE, "backward of correlator %d is %d, expected -1, 0 or 1", k,
                             given[k].backward);
        if (given[k].backward && !(given[k].period > 0))
            return plaq_fail(PLAQ_E_USAGE, "period of correlator %d is %g, expected > 0: it has backward states", k,
                             given[k].period);
    }
    return PLAQ_OK;
}

static void lay_out(exponentials *m, double *t, const plaq_exponentials_part given[])
{
    m->t = t;
    m->params = m->states;
    for (size_t k = 0; k < m->parts; k++) {
        m->part[k] = (part){.points = given[k].points,
                            .first = m->points,
                            .param = m->params,
                            .period = given[k].period,
                            .backward = given[k].backward,
                            .constant = given[k].constant,
                            .squared = given[k].squared};
        memcpy(t + m->points, given[k].t, given[k].points * sizeof *t);
        m->points += given[k].points;
        m->params += m->states + given[k].constant;
    }
}

plaq_status plaq_model_exponentials(const plaq_exponentials_part given[], int parts, int states, plaq_model *model)
{
    exponentials *m;
    size_t points = 0;

    PLAQ_TRY(check(given, parts, states));
    for (int k = 0; k < parts; k++) points += given[k].points;
    m = plaq_alloc(1, sizeof *m + (size_t)parts * sizeof *m->part + points * sizeof(double));
    if (!m) return PLAQ_E_MEMORY;
    m->parts = (size_t)parts;
    m->states = (size_t)states;
    lay_out(m, (double *)(m->part + parts), given);
    *model = (plaq_model){.points = m->points,
                          .params = m->params,
                          .name = names(m),
                          .evaluate = evaluate,
                          .jacobian = differentiate,
                          .guess = guess,
                          .context = m};
    if (model->name) return PLAQ_OK;
    plaq_model_destroy(model);
    return PLAQ_E_MEMORY;
}
