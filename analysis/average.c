/* Averages over models and ranges of fits:
 *
 *     a = sum_i w_i a_i,    w_i ~ exp(-(chi_i^2 + 2 params_i + 2 left out_i)/2),    systematic^2 = sum w a^2 - a^2.
 *
 * The statistical error of a is that of the sum with w held; Jay and Neil (2008.01069) add sum w sigma_i^2
 * instead, which is at least as large, since fits to the same data move together.
 */
#include "plaq/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEGLIGIBLE = 1e-8; /* weights that become 0 */

void plaq_average_weights(const plaq_fit_facts facts[], const size_t params[], const size_t left_out[], size_t n,
                          double weight[])
{
    double least = INFINITY, sum = 0;

    for (size_t i = 0; i < n; i++) {
        weight[i] =
            facts[i].chi2 + 2 * ((double)facts[i].dof - facts[i].expected) + 2 * (double)(params[i] + left_out[i]);
        least = fmin(least, weight[i]);
    }
    for (size_t i = 0; i < n; i++) sum += weight[i] = exp(-(weight[i] - least) / 2);
    for (size_t i = 0; i < n; i++) weight[i] /= sum;
}

double plaq_average_systematic(const double value[], const double weight[], size_t n)
{
    double mean = 0, spread = 0;

    for (size_t i = 0; i < n; i++) mean += weight[i] * value[i];
    for (size_t i = 0; i < n; i++) spread += weight[i] * (value[i] - mean) * (value[i] - mean);
    return sqrt(spread);
}

/* ---- scans of ranges ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* the different x from limits[0] to limits[1], ascending */
static size_t places(const double x[], size_t n, const double limits[2], double place[])
{
    size_t found = 0, different = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] >= limits[0] && x[i] <= limits[1]) place[found++] = x[i];
    qsort(place, found, sizeof *place, ascending);
    for (size_t i = 0; i < found; i++)
        if (i == 0 || place[i] != place[i - 1]) place[different++] = place[i];
    return different;
}

static plaq_status find_names(const plaq_scan *scan, plaq_average *average)
{
    for (size_t m = 0; m < scan->fits; m++)
        for (size_t n = 0; n < scan->names; n++) {
            const plaq_model *model = scan->fit[m].model;
            size_t k = 0;

            while (k < model->params && strcmp(model->name[k], scan->name[n]) != 0) k++;
            if (k == model->params) {
                const char *near = plaq_nearest(scan->name[n], model->name, model->params);

                return plaq_fail(PLAQ_E_USAGE, "model %zu has no parameter %s%s%s", m, scan->name[n],
                                 near ? ", did you mean " : "", near ? near : "");
            }
            average->entry[m * scan->names + n] = k;
        }
    return PLAQ_OK;
}

/* A candidate's memory: [params] start, [names] value, [data] used, one block. */
static plaq_status candidate_create(const plaq_scan *scan, size_t model, double first, double last, plaq_candidate *c)
{
    const plaq_fit *fit = &scan->fit[model];
    const size_t data = fit->model->points, params = fit->model->params;
    double *start = plaq_alloc(1, (params + scan->names) * sizeof *start + data * sizeof(bool));
    bool *used = (bool *)(start + params + scan->names);

    if (!start) return PLAQ_E_MEMORY;
    *c = (plaq_candidate){.fit = *fit, .model = model, .first = first, .last = last, .value = start + params};
    for (size_t i = 0; i < data; i++) {
        used[i] = (!fit->used || fit->used[i]) && scan->x[i] >= first && scan->x[i] <= last;
        c->points += used[i];
    }
    c->fit.used = used;
    return PLAQ_OK;
}

static double *start_of(const plaq_candidate *c)
{
    return c->value - c->fit.model->params;
}

/* Fits one range; where it has too few points or no minimum, *count stays what it is. */
static plaq_status try_range(const plaq_scan *scan, size_t model, double first, double last, const double y[],
                             plaq_average *average)
{
    plaq_candidate *c = &average->candidate[average->count];
    const size_t params = scan->fit[model].model->params;
    plaq_status status = PLAQ_OK;

    PLAQ_TRY(candidate_create(scan, model, first, last, c));
    if (c->points < params + scan->least) goto drop;
    status = plaq_fit_run(&c->fit, y, start_of(c), &c->facts);
    if (status == PLAQ_E_CONVERGENCE) average->failed++;
    if (status != PLAQ_OK) goto drop;
    c->fit.start = start_of(c);
    for (size_t n = 0; n < scan->names; n++) c->value[n] = start_of(c)[average->entry[model * scan->names + n]];
    average->count++;
    return PLAQ_OK;
drop:
    plaq_free(start_of(c));
    if (status == PLAQ_OK || status == PLAQ_E_CONVERGENCE) return PLAQ_OK;
    return plaq_note(status, "fit of %g to %g", first, last);
}

static plaq_status weigh(plaq_average *average)
{
    const size_t n = average->count;
    size_t *params = plaq_alloc(2 * n, sizeof *params);
    plaq_fit_facts *facts = plaq_alloc(n, sizeof *facts);
    double *numbers = plaq_alloc(2 * n, sizeof *numbers), *weight = numbers, *value = numbers + n;
    plaq_status status = params && facts && numbers ? PLAQ_OK : PLAQ_E_MEMORY;
    double sum = 0;

    if (status != PLAQ_OK) goto done;
    for (size_t i = 0; i < n; i++) {
        facts[i] = average->candidate[i].facts;
        params[i] = average->candidate[i].fit.model->params;
        params[n + i] = average->data - average->candidate[i].points;
    }
    plaq_average_weights(facts, params, params + n, n, weight);
    for (size_t i = 0; i < n; i++) sum += weight[i] < NEGLIGIBLE ? weight[i] = 0 : weight[i];
    for (size_t i = 0; i < n; i++) average->candidate[i].weight = weight[i] /= sum;
    for (size_t k = 0; k < average->names; k++) {
        for (size_t i = 0; i < n; i++) {
            value[i] = average->candidate[i].value[k];
            average->value[k] += weight[i] * value[i];
        }
        average->systematic[k] = plaq_average_systematic(value, weight, n);
    }
done:
    plaq_free(params);
    plaq_free(facts);
    plaq_free(numbers);
    return status;
}

static plaq_status allocate(const plaq_scan *scan, size_t ranges, plaq_average *average)
{
    average->names = scan->names;
    average->data = scan->fit[0].model->points;
    average->candidate = plaq_alloc(scan->fits * ranges, sizeof *average->candidate);
    average->value = plaq_alloc(scan->names, sizeof(double));
    average->systematic = plaq_alloc(scan->names, sizeof(double));
    average->entry = plaq_alloc(scan->fits * scan->names, sizeof *average->entry);
    if (average->candidate && average->value && average->systematic && average->entry) return PLAQ_OK;
    return PLAQ_E_MEMORY;
}

static plaq_status check_models(const plaq_scan *scan)
{
    for (size_t m = 1; m < scan->fits; m++)
        if (scan->fit[m].model->points != scan->fit[0].model->points)
            return plaq_fail(PLAQ_E_USAGE, "model %zu is of %zu points, the first one of %zu", m,
                             scan->fit[m].model->points, scan->fit[0].model->points);
    return PLAQ_OK;
}

plaq_status plaq_average_run(const plaq_scan *scan, const double y[], plaq_average *average)
{
    const size_t data = scan->fit[0].model->points;
    double *first = plaq_alloc(2 * data, sizeof *first), *last = first + data;
    plaq_average made = {.count = 0};
    plaq_status status = PLAQ_OK;
    size_t firsts, lasts;

    if (!first) return PLAQ_E_MEMORY;
    firsts = places(scan->x, data, scan->first, first);
    lasts = places(scan->x, data, scan->last, last);
    PLAQ_GO(check_models(scan));
    PLAQ_GO(allocate(scan, firsts * lasts, &made));
    PLAQ_GO(find_names(scan, &made));
    for (size_t m = 0; m < scan->fits; m++)
        for (size_t i = 0; i < firsts; i++)
            for (size_t j = 0; j < lasts; j++) PLAQ_GO(try_range(scan, m, first[i], last[j], y, &made));
    if (made.count == 0 && made.failed == 0)
        status = plaq_fail(PLAQ_E_USAGE,
                           "no range that begins at %g to %g and ends at %g to %g has the points that a fit needs: "
                           "parameters and %zu more",
                           scan->first[0], scan->first[1], scan->last[0], scan->last[1], scan->least);
    else if (made.count == 0)
        status = plaq_note(PLAQ_E_CONVERGENCE, "none of %zu fits found a minimum; the last one", made.failed);
    if (status == PLAQ_OK) PLAQ_GO(weigh(&made));
done:
    plaq_free(first);
    if (status == PLAQ_OK)
        *average = made;
    else
        plaq_average_clear(&made);
    return status;
}

void plaq_average_clear(plaq_average *average)
{
    for (size_t i = 0; i < average->count; i++) plaq_free(start_of(&average->candidate[i]));
    plaq_free(average->candidate);
    plaq_free(average->value);
    plaq_free(average->systematic);
    plaq_free(average->entry);
    *average = (plaq_average){.count = 0};
}

/* ---- the average as a function ---- */

/* Parameters of a candidate, and their Jacobian by the data and means of priors unless it is NULL. */
static plaq_status refit(const plaq_candidate *c, const double y[], double in[], double p[], double jacobian[])
{
    plaq_function f;

    plaq_fit_function(&c->fit, &f);
    plaq_fit_data(&c->fit, y, in);
    PLAQ_TRY(f.evaluate(f.context, in, p));
    return jacobian ? f.jacobian(f.context, in, p, jacobian) : PLAQ_OK;
}

/* sum w a, and its Jacobian unless it is NULL */
static plaq_status average_fits(const plaq_average *average, const double y[], double out[], double jacobian[])
{
    const size_t data = average->data, names = average->names;
    plaq_status status = PLAQ_OK;
    double *memory, *in, *p, *rows;
    size_t params = 0;

    for (size_t i = 0; i < average->count; i++)
        if (average->candidate[i].fit.model->params > params) params = average->candidate[i].fit.model->params;
    memory = plaq_alloc((data + params) * (params + 1) + params, sizeof *memory); /* at most a prior a parameter */
    if (!memory) return PLAQ_E_MEMORY;
    in = memory;
    p = in + data + params;
    rows = p + params;
    memset(out, 0, names * sizeof *out);
    if (jacobian) memset(jacobian, 0, names * data * sizeof *jacobian);
    for (const plaq_candidate *c = average->candidate; c < average->candidate + average->count; c++) {
        const size_t *entry = average->entry + c->model * names;
        plaq_function f;

        if (c->weight == 0) continue;
        PLAQ_GO(refit(c, y, in, p, jacobian ? rows : NULL));
        plaq_fit_function(&c->fit, &f);
        for (size_t n = 0; n < names; n++) {
            out[n] += c->weight * p[entry[n]];
            for (size_t i = 0; jacobian && i < data; i++)
                jacobian[n * data + i] += c->weight * rows[entry[n] * f.in + i];
        }
    }
done:
    plaq_free(memory);
    return status;
}

static plaq_status evaluate(const void *context, const double in[], double out[])
{
    return average_fits(context, in, out, NULL);
}

static plaq_status differentiate(const void *context, const double in[], const double value[], double jacobian[])
{
    const plaq_average *average = context;
    double *out = plaq_alloc(average->names, sizeof *out);
    plaq_status status = out ? average_fits(average, in, out, jacobian) : PLAQ_E_MEMORY;

    (void)value;
    plaq_free(out);
    return status;
}

void plaq_average_function(const plaq_average *average, plaq_function *f)
{
    *f = (plaq_function){.in = average->data,
                         .out = average->names,
                         .evaluate = evaluate,
                         .jacobian = differentiate,
                         .context = average};
}
