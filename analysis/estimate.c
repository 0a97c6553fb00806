/* Estimates: numbers with how far each configuration moved them, to first order.
 *
 *     delta_i = x_i - mean of x    of measured numbers,    delta_i(f) = sum_a (df/da) delta_i(a)    of what is made of
 * them
 *
 * so that error(f)^2 = (2 tau_int / N^2) sum_i delta_i(f)^2, added over ensembles (U. Wolff, hep-lat/0306017,
 * section 3.3; A. Ramos, 1809.01289). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "plaq/analysis.h"

/* Room for numbers on chains, which are held. */
static plaq_status make(plaq_chains *chains, size_t size, plaq_estimate *out)
{
    plaq_estimate e = {.size = size};

    e.value = plaq_alloc(size, sizeof *e.value);
    e.delta = plaq_alloc(size, chains->configs * sizeof *e.delta);
    if (!e.value || !e.delta) {
        plaq_estimate_clear(&e);
        return PLAQ_E_MEMORY;
    }
    e.chains = plaq_chains_hold(chains);
    *out = e;
    return PLAQ_OK;
}

void plaq_estimate_clear(plaq_estimate *estimate)
{
    plaq_chains_release(&estimate->chains);
    plaq_free(estimate->value);
    plaq_free(estimate->delta);
    *estimate = (plaq_estimate){0};
}

/* Words for a number that is none: which configuration. */
static plaq_status fail_sample(const plaq_chains *chains, size_t config, size_t entry, double seen)
{
    int k = 0;

    while (config >= chains->chain[k].count) config -= chains->chain[k++].count;
    return plaq_fail(PLAQ_E_DATA,
                     "ensemble \"%s\", replica \"%s\", configuration %" PRId64 ": entry %zu is %g, expected a number",
                     chains->chain[k].ensemble, chains->chain[k].replica, chains->chain[k].config[config], entry, seen);
}

static plaq_status check_samples(const plaq_chains *chains, size_t size, const double samples[])
{
    if (chains->count == 0) return plaq_fail(PLAQ_E_USAGE, "measured numbers of no ensemble");
    if (strcmp(chains->chain[0].ensemble, chains->chain[chains->count - 1].ensemble) != 0)
        return plaq_fail(PLAQ_E_USAGE, "measured numbers of two ensembles, \"%s\" and \"%s\"",
                         chains->chain[0].ensemble, chains->chain[chains->count - 1].ensemble);
    for (size_t c = 0; c < chains->configs; c++)
        for (size_t i = 0; i < size; i++)
            if (!isfinite(samples[c * size + i])) return fail_sample(chains, c, i, samples[c * size + i]);
    return PLAQ_OK;
}

plaq_status plaq_estimate_primary(plaq_chains *chains, size_t size, const double samples[], plaq_estimate *out)
{
    const size_t n = chains->configs;

    PLAQ_TRY(check_samples(chains, size, samples));
    PLAQ_TRY(make(chains, size, out));
    for (size_t i = 0; i < size; i++) { /* relative to the first, so that a constant has fluctuation zero to the bit */
        double *delta = &out->delta[i * n], mean = 0;

        for (size_t c = 0; c < n; c++) delta[c] = samples[c * size + i] - samples[i];
        for (size_t c = 0; c < n; c++) mean += delta[c] / (double)n;
        for (size_t c = 0; c < n; c++) delta[c] -= mean;
        out->value[i] = samples[i] + mean;
    }
    return PLAQ_OK;
}

plaq_status plaq_estimate_constant(size_t size, const double values[], plaq_estimate *out)
{
    plaq_chains *none = NULL;
    plaq_status status;

    for (size_t i = 0; i < size; i++)
        if (!isfinite(values[i]))
            return plaq_fail(PLAQ_E_DATA, "entry %zu of a constant is %g, expected a number", i, values[i]);
    PLAQ_TRY(plaq_chains_create(NULL, 0, &none));
    status = make(none, size, out);
    if (status == PLAQ_OK) memcpy(out->value, values, size * sizeof *values);
    plaq_chains_release(&none);
    return status;
}

plaq_status plaq_estimate_pick(const plaq_estimate *from, const size_t entry[], size_t n, plaq_estimate *out)
{
    const size_t configs = from->chains->configs;

    for (size_t i = 0; i < n; i++)
        if (entry[i] >= from->size) return plaq_fail(PLAQ_E_USAGE, "entry %zu of %zu", entry[i], from->size);
    PLAQ_TRY(make(from->chains, n, out));
    for (size_t i = 0; i < n; i++) {
        out->value[i] = from->value[entry[i]];
        memcpy(&out->delta[i * configs], &from->delta[entry[i] * configs], configs * sizeof(double));
    }
    return PLAQ_OK;
}

/* The configurations of an ensemble, named by the chain at @p k, in all chains. */
static size_t ensemble_configs(const plaq_chains *chains, const char *ensemble)
{
    size_t n = 0;

    for (int k = 0; k < chains->count; k++)
        if (strcmp(chains->chain[k].ensemble, ensemble) == 0) n += chains->chain[k].count;
    return n;
}

/* Where each configuration of some chains stands among those of chains that hold them all, and by how much a
 * fluctuation grows there: its mean is over more configurations than it has. */
static void place(const plaq_chains *own, const plaq_chains *all, size_t at[], double growth[])
{
    size_t start = 0, c = 0;
    int j = 0;

    for (int k = 0; k < own->count; k++) {
        const plaq_chain *chain = &own->chain[k];
        const double factor =
            (double)ensemble_configs(all, chain->ensemble) / (double)ensemble_configs(own, chain->ensemble);
        size_t i = 0;

        while (strcmp(all->chain[j].ensemble, chain->ensemble) != 0 ||
               strcmp(all->chain[j].replica, chain->replica) != 0)
            start += all->chain[j++].count;
        for (size_t n = 0; n < chain->count; n++, c++) {
            while (all->chain[j].config[i] != chain->config[n]) i++;
            at[c] = start + i;
            growth[c] = factor;
        }
    }
}

/* Copies the entries of one estimate to entries @p first ... of the joined one. */
static plaq_status join_one(const plaq_estimate *from, plaq_estimate *out, size_t first)
{
    const size_t own = from->chains->configs, all = out->chains->configs;
    size_t *at = plaq_alloc(own, sizeof *at);
    double *growth = plaq_alloc(own, sizeof *growth);

    if (!at || !growth) {
        plaq_free(at);
        plaq_free(growth);
        return PLAQ_E_MEMORY;
    }
    place(from->chains, out->chains, at, growth);
    for (size_t i = 0; i < from->size; i++) {
        double *delta = &out->delta[(first + i) * all];

        out->value[first + i] = from->value[i];
        for (size_t c = 0; c < own; c++) delta[at[c]] = growth[c] * from->delta[i * own + c];
    }
    plaq_free(at);
    plaq_free(growth);
    return PLAQ_OK;
}

/* The chains of all estimates of a list, held. */
static plaq_status unite_all(const plaq_estimate *const list[], int n, plaq_chains **united)
{
    PLAQ_TRY(plaq_chains_create(NULL, 0, united));
    for (int k = 0; k < n; k++) {
        plaq_chains *before = *united;
        const plaq_status status = plaq_chains_unite(before, list[k]->chains, united);

        if (status != PLAQ_OK) *united = NULL;
        plaq_chains_release(&before);
        PLAQ_TRY(status);
    }
    return PLAQ_OK;
}

plaq_status plaq_estimate_join(const plaq_estimate *const list[], int n, plaq_estimate *out)
{
    plaq_chains *united = NULL;
    plaq_estimate e = {0};
    plaq_status status;
    size_t size = 0, first = 0;

    for (int k = 0; k < n; k++) size += list[k]->size;
    PLAQ_TRY(unite_all(list, n, &united));
    PLAQ_GO(make(united, size, &e));
    for (int k = 0; k < n; k++) {
        PLAQ_GO(join_one(list[k], &e, first));
        first += list[k]->size;
    }
    *out = e;
    e = (plaq_estimate){0};
done:
    plaq_estimate_clear(&e);
    plaq_chains_release(&united);
    return status;
}

/* Values of a function and its derivatives as they are: numbers, or an error. */
static plaq_status check_derived(const plaq_function *f, const double value[], const double jacobian[])
{
    for (size_t o = 0; o < f->out; o++) {
        if (!isfinite(value[o])) return plaq_fail(PLAQ_E_DATA, "entry %zu of what is derived is %g", o, value[o]);
        for (size_t i = 0; i < f->in; i++)
            if (!isfinite(jacobian[o * f->in + i]))
                return plaq_fail(PLAQ_E_DATA, "the derivative of entry %zu by number %zu is %g", o, i,
                                 jacobian[o * f->in + i]);
    }
    return PLAQ_OK;
}

static void propagate(const plaq_function *f, const double jacobian[], const plaq_estimate *in, plaq_estimate *out)
{
    const size_t n = in->chains->configs;

    for (size_t o = 0; o < f->out; o++)
        for (size_t i = 0; i < f->in; i++) {
            const double factor = jacobian[o * f->in + i], *from = &in->delta[i * n];
            double *to = &out->delta[o * n];

            if (factor == 0) continue;
            for (size_t c = 0; c < n; c++) to[c] += factor * from[c];
        }
}

/* Errors of entries were their configurations independent: the scale on which a function is looked at. */
static void plain_errors(const plaq_estimate *in, double error[])
{
    const plaq_chains *chains = in->chains;

    for (size_t i = 0; i < in->size; i++) {
        const double *delta = &in->delta[i * chains->configs];
        double sum = 0;

        for (int k = 0; k < chains->count; k++) {
            const double n = (double)ensemble_configs(chains, chains->chain[k].ensemble);

            for (size_t c = 0; c < chains->chain[k].count; c++, delta++) sum += *delta * *delta / (n * n);
        }
        error[i] = sqrt(sum);
    }
}

plaq_status plaq_estimate_derive(const plaq_function *f, const plaq_estimate *in, plaq_estimate *out)
{
    double *jacobian = NULL, *error = NULL;
    plaq_estimate e = {0};
    plaq_status status;

    if (in->size != f->in)
        return plaq_fail(PLAQ_E_INTERNAL, "a function of %zu numbers was given %zu", f->in, in->size);
    jacobian = plaq_alloc(f->out, f->in * sizeof *jacobian);
    error = plaq_alloc(f->in, sizeof *error);
    if (!jacobian || !error) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    PLAQ_GO(make(in->chains, f->out, &e));
    PLAQ_GO(f->evaluate(f->context, in->value, e.value));
    if (f->jacobian) {
        PLAQ_GO(f->jacobian(f->context, in->value, e.value, jacobian));
    } else {
        plain_errors(in, error);
        PLAQ_GO(plaq_function_differentiate(f, in->value, error, jacobian));
    }
    PLAQ_GO(check_derived(f, e.value, jacobian));
    propagate(f, jacobian, in, &e);
    *out = e;
    e = (plaq_estimate){0};
done:
    plaq_estimate_clear(&e);
    plaq_free(jacobian);
    plaq_free(error);
    return status;
}
