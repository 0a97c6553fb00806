/* Jackknife and bootstrap of blocks of configurations.
 *
 * A replica is cut into blocks of neighbours, as equal as can be and none shorter than asked for. The blocks of all
 * replica of an ensemble are what is resampled: the jackknife leaves out one, one sample each; the bootstrap draws as
 * many as there are, with repetition. A sample mean is that over the configurations in it, of an ensemble that is not
 * resampled the mean of all.
 *
 *     jackknife:  error^2 = sum over ensembles of (n - 1)/n sum_samples (x - mean)^2,  n blocks
 *     bootstrap:  error^2 = 1/(samples - 1) sum_samples (x - mean)^2
 *
 * B. Efron, Ann. Statist. 7 (1979) 1; H. R. Kuensch, Ann. Statist. 17 (1989) 1217, for blocks. The blocks of a
 * bootstrap sample are a function of seed, ensemble name and sample alone. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "plaq/analysis.h"

/* An ensemble's blocks: those of its chains, one after the other. */
typedef struct {
    int first_chain, chains;
    size_t first, blocks; /* among all blocks of the plan */
} group;

struct plaq_resampling {
    plaq_resampling_method method;
    plaq_chains *chains;
    size_t *block; /* [chains->configs]: which block a configuration is in */
    int groups;
    group *group;
    size_t blocks, samples;
    uint32_t *times; /* of the bootstrap: [samples][blocks], how often a block is in a sample */
};

/* ---- how long blocks are ---- */

plaq_status plaq_resampling_block(const plaq_estimate *estimate, size_t *block)
{
    static const plaq_gamma_method method = {.window = 1.5};

    for (size_t i = 0; i < estimate->size; i++) {
        plaq_uncertainty u;

        PLAQ_TRY(plaq_estimate_error(estimate, i, &method, &u));
        for (int k = 0; k < u.count; k++) {
            const double tau = fmax(u.part[k].tau, 0.5), lost = tau - 1 / (4 * tau);
            const size_t needed = (size_t)cbrt(lost * lost * (double)u.part[k].configs);

            if (needed > *block) *block = needed;
        }
        plaq_uncertainty_clear(&u);
    }
    if (*block == 0) *block = 1;
    return PLAQ_OK;
}

/* ---- the plan ---- */

static size_t chain_blocks(const plaq_chain *c, size_t block)
{
    return c->count < block ? 1 : c->count / block;
}

/* Numbers the blocks of a chain from @p first on. */
static void cut_chain(const plaq_chain *c, size_t blocks, size_t first, size_t block_of[])
{
    for (size_t i = 0; i < c->count; i++) block_of[i] = first + i * blocks / c->count;
}

static plaq_status cut(plaq_resampling *p)
{
    size_t config = 0;

    for (int k = 0; k < p->chains->count; k++) {
        const plaq_chain *c = &p->chains->chain[k];
        const size_t blocks = chain_blocks(c, p->method.block);

        if (k == 0 || strcmp(c->ensemble, p->chains->chain[k - 1].ensemble) != 0)
            p->group[p->groups++] = (group){.first_chain = k, .first = p->blocks};
        p->group[p->groups - 1].chains++;
        p->group[p->groups - 1].blocks += blocks;
        cut_chain(c, blocks, p->blocks, &p->block[config]);
        p->blocks += blocks;
        config += c->count;
    }
    for (int g = 0; g < p->groups; g++)
        if (p->group[g].blocks < 2)
            return plaq_fail(PLAQ_E_DATA,
                             "ensemble \"%s\": one block of %zu configurations, resampling takes at least 2",
                             p->chains->chain[p->group[g].first_chain].ensemble, p->method.block);
    return PLAQ_OK;
}

/* Draws the blocks of a bootstrap sample of one ensemble. */
static void draw(const plaq_resampling *p, const group *g, size_t sample, uint32_t times[])
{
    const char *name = p->chains->chain[g->first_chain].ensemble;
    const uint64_t key = plaq_crc32(0, name, strlen(name));
    double uniform[4] = {0};

    for (size_t b = 0; b < g->blocks; b++) {
        if (b % 4 == 0) plaq_random(p->method.seed, PLAQ_RANDOM_RESAMPLE, sample, key, b / 4, uniform);
        times[g->first + (size_t)(uniform[b % 4] * (double)g->blocks)]++;
    }
}

static plaq_status plan_samples(plaq_resampling *p)
{
    if (p->method.kind == PLAQ_JACKKNIFE) {
        p->samples = p->blocks;
        return PLAQ_OK;
    }
    p->samples = p->method.samples;
    p->times = plaq_alloc(p->samples, p->blocks * sizeof *p->times);
    if (!p->times) return PLAQ_E_MEMORY;
    for (size_t s = 0; s < p->samples; s++)
        for (int g = 0; g < p->groups; g++) draw(p, &p->group[g], s, &p->times[s * p->blocks]);
    return PLAQ_OK;
}

static plaq_status check_method(const plaq_resampling_method *method)
{
    if (method->block < 1) return plaq_fail(PLAQ_E_USAGE, "blocks of 0 configurations, expected at least 1");
    if (method->kind == PLAQ_BOOTSTRAP && method->samples < 2)
        return plaq_fail(PLAQ_E_USAGE, "%zu bootstrap samples, expected at least 2", method->samples);
    return PLAQ_OK;
}

plaq_status plaq_resampling_create(const plaq_resampling_method *method, plaq_chains *chains, plaq_resampling **plan)
{
    plaq_resampling *p;
    plaq_status status;

    PLAQ_TRY(check_method(method));
    p = plaq_alloc(1, sizeof *p);
    if (!p) return PLAQ_E_MEMORY;
    p->method = *method;
    p->chains = plaq_chains_hold(chains);
    p->block = plaq_alloc(chains->configs, sizeof *p->block);
    p->group = plaq_alloc((size_t)chains->count, sizeof *p->group);
    status = p->block && p->group ? PLAQ_OK : PLAQ_E_MEMORY;
    if (status == PLAQ_OK) status = cut(p);
    if (status == PLAQ_OK) status = plan_samples(p);
    if (status == PLAQ_OK)
        *plan = p;
    else
        plaq_resampling_destroy(&p);
    return status;
}

void plaq_resampling_destroy(plaq_resampling **plan)
{
    plaq_resampling *p = *plan;

    if (!p) return;
    plaq_chains_release(&p->chains);
    plaq_free(p->block);
    plaq_free(p->group);
    plaq_free(p->times);
    plaq_free(p);
    *plan = NULL;
}

size_t plaq_resampling_samples(const plaq_resampling *plan)
{
    return plan->samples;
}

/* ---- samples ---- */

static plaq_status resamples_create(size_t size, size_t samples, plaq_resamples *out)
{
    plaq_resamples r = {.size = size, .samples = samples};

    r.value = plaq_alloc(size, sizeof *r.value);
    r.sample = plaq_alloc(samples, size * sizeof *r.sample);
    if (!r.value || !r.sample) {
        plaq_resamples_clear(&r);
        return PLAQ_E_MEMORY;
    }
    *out = r;
    return PLAQ_OK;
}

void plaq_resamples_clear(plaq_resamples *samples)
{
    plaq_free(samples->value);
    plaq_free(samples->sample);
    *samples = (plaq_resamples){0};
}

/* Sums of an estimate's fluctuations over the blocks of a plan. */
typedef struct {
    const group *group; /* whose blocks */
    size_t size, total;
    size_t *count; /* [blocks]: configurations of the estimate that are in it */
    double *delta; /* [blocks][size] */
} sums;

/* The chain of a plan with this name, and where its configurations begin; NULL. */
static const plaq_chain *find_chain(const plaq_resampling *p, const plaq_chain *wanted, int *k, size_t *start)
{
    *start = 0;
    for (*k = 0; *k < p->chains->count; ++*k) {
        const plaq_chain *c = &p->chains->chain[*k];

        if (strcmp(c->ensemble, wanted->ensemble) == 0 && strcmp(c->replica, wanted->replica) == 0) return c;
        *start += c->count;
    }
    return NULL;
}

static const group *group_of(const plaq_resampling *p, int chain)
{
    const group *g = p->group;

    while (chain >= g->first_chain + g->chains) g++;
    return g;
}

/* Adds the configurations of one chain of an estimate, which begin at @p from. */
static plaq_status add_chain(const plaq_resampling *p, const plaq_estimate *e, const plaq_chain *c, size_t from,
                             sums *s)
{
    size_t start, i = 0;
    int k;
    const plaq_chain *all = find_chain(p, c, &k, &start);

    if (!all)
        return plaq_fail(PLAQ_E_USAGE, "ensemble \"%s\", replica \"%s\" is not resampled", c->ensemble, c->replica);
    if (s->group && s->group != group_of(p, k))
        return plaq_fail(PLAQ_E_USAGE, "measured numbers of two ensembles, the second is \"%s\"", c->ensemble);
    s->group = group_of(p, k);
    for (size_t n = 0; n < c->count; n++) {
        size_t b;

        while (i < all->count && all->config[i] < c->config[n]) i++;
        if (i == all->count || all->config[i] != c->config[n])
            return plaq_fail(PLAQ_E_USAGE,
                             "ensemble \"%s\", replica \"%s\": configuration %" PRId64 " is not resampled", c->ensemble,
                             c->replica, c->config[n]);
        b = p->block[start + i] - s->group->first;
        s->count[b]++;
        for (size_t j = 0; j < e->size; j++) s->delta[b * e->size + j] += e->delta[j * e->chains->configs + from + n];
    }
    return PLAQ_OK;
}

static plaq_status sum_blocks(const plaq_resampling *p, const plaq_estimate *e, sums *s)
{
    size_t from = 0;

    s->size = e->size;
    s->total = e->chains->configs;
    s->count = plaq_alloc(p->blocks, sizeof *s->count);
    s->delta = plaq_alloc(p->blocks, e->size * sizeof *s->delta);
    if (!s->count || !s->delta) return PLAQ_E_MEMORY;
    for (int k = 0; k < e->chains->count; k++) {
        PLAQ_TRY(add_chain(p, e, &e->chains->chain[k], from, s));
        from += e->chains->chain[k].count;
    }
    return PLAQ_OK;
}

/* The fluctuations of all configurations add up to zero: without block b they are what b lacks. */
static size_t leave_out(const sums *s, size_t b, double sum[])
{
    for (size_t j = 0; j < s->size; j++) sum[j] = -s->delta[b * s->size + j];
    return s->total - s->count[b];
}

static size_t put_together(const sums *s, const uint32_t times[], double sum[])
{
    size_t n = 0;

    for (size_t b = 0; b < s->group->blocks; b++) {
        const double factor = times[b], *delta = &s->delta[b * s->size];

        if (times[b] == 0) continue;
        n += times[b] * s->count[b];
        for (size_t j = 0; j < s->size; j++) sum[j] += factor * delta[j];
    }
    return n;
}

/* One sample: means over the configurations in it. */
static plaq_status take_sample(const plaq_resampling *p, const sums *s, size_t sample, const double value[],
                               double mean[])
{
    const bool others = !s->group || (p->method.kind == PLAQ_JACKKNIFE &&
                                      (sample < s->group->first || sample >= s->group->first + s->group->blocks));
    size_t n = 1;

    if (!others && p->method.kind == PLAQ_JACKKNIFE) n = leave_out(s, sample - s->group->first, mean);
    if (!others && p->method.kind == PLAQ_BOOTSTRAP)
        n = put_together(s, &p->times[sample * p->blocks + s->group->first], mean);
    if (n == 0)
        return plaq_fail(PLAQ_E_DATA, "ensemble \"%s\": sample %zu has none of the %zu configurations measured",
                         p->chains->chain[s->group->first_chain].ensemble, sample, s->total);
    for (size_t j = 0; j < s->size; j++) mean[j] = value[j] + mean[j] / (double)n;
    return PLAQ_OK;
}

plaq_status plaq_resample(const plaq_resampling *plan, const plaq_estimate *estimate, plaq_resamples *out)
{
    const size_t size = estimate->size;
    plaq_resamples r = {0};
    sums s = {0};
    plaq_status status;

    PLAQ_GO(sum_blocks(plan, estimate, &s));
    PLAQ_GO(resamples_create(size, plan->samples, &r));
    memcpy(r.value, estimate->value, size * sizeof *r.value);
    for (size_t k = 0; k < plan->samples; k++) PLAQ_GO(take_sample(plan, &s, k, r.value, &r.sample[k * size]));
    *out = r;
    r = (plaq_resamples){0};
done:
    plaq_resamples_clear(&r);
    plaq_free(s.count);
    plaq_free(s.delta);
    return status;
}

plaq_status plaq_resamples_join(const plaq_resamples *const list[], int n, plaq_resamples *out)
{
    size_t size = 0, first = 0;

    for (int k = 0; k < n; k++) {
        if (list[k]->samples != list[0]->samples)
            return plaq_fail(PLAQ_E_INTERNAL, "samples of two plans: %zu and %zu", list[0]->samples, list[k]->samples);
        size += list[k]->size;
    }
    PLAQ_TRY(resamples_create(size, n > 0 ? list[0]->samples : 0, out));
    for (int k = 0; k < n; k++) {
        const plaq_resamples *r = list[k];

        memcpy(&out->value[first], r->value, r->size * sizeof *r->value);
        for (size_t s = 0; s < out->samples; s++)
            memcpy(&out->sample[s * size + first], &r->sample[s * r->size], r->size * sizeof *r->sample);
        first += r->size;
    }
    return PLAQ_OK;
}

static plaq_status evaluate(const plaq_function *f, const double in[], double out[])
{
    PLAQ_TRY(f->evaluate(f->context, in, out));
    for (size_t o = 0; o < f->out; o++)
        if (!isfinite(out[o])) return plaq_fail(PLAQ_E_DATA, "entry %zu of what is derived is %g", o, out[o]);
    return PLAQ_OK;
}

plaq_status plaq_resamples_derive(const plaq_function *f, const plaq_resamples *in, plaq_resamples *out)
{
    plaq_resamples r = {0};
    plaq_status status;

    if (in->size != f->in)
        return plaq_fail(PLAQ_E_INTERNAL, "a function of %zu numbers was given %zu", f->in, in->size);
    PLAQ_TRY(resamples_create(f->out, in->samples, &r));
    PLAQ_GO(evaluate(f, in->value, r.value));
    for (size_t s = 0; s < in->samples; s++) {
        status = evaluate(f, &in->sample[s * f->in], &r.sample[s * f->out]);
        if (status != PLAQ_OK) {
            status = plaq_note(status, "sample %zu of %zu", s + 1, in->samples);
            goto done;
        }
    }
    *out = r;
    r = (plaq_resamples){0};
done:
    plaq_resamples_clear(&r);
    return status;
}

/* ---- errors ---- */

/* sum (x - mean)^2 of entry @p i over samples first .. first + n - 1, relative to the first of them. */
static double squares(const plaq_resamples *r, size_t i, size_t first, size_t n)
{
    const double *x = &r->sample[first * r->size + i];
    double mean = 0, sum = 0;

    for (size_t s = 0; s < n; s++) mean += (x[s * r->size] - x[0]) / (double)n;
    for (size_t s = 0; s < n; s++) sum += pow(x[s * r->size] - x[0] - mean, 2);
    return sum;
}

plaq_status plaq_resamples_error(const plaq_resampling *plan, const plaq_resamples *of, double error[])
{
    if (of->samples != plan->samples)
        return plaq_fail(PLAQ_E_INTERNAL, "%zu samples, the plan has %zu", of->samples, plan->samples);
    for (size_t i = 0; i < of->size; i++) {
        double sum = 0;

        if (plan->method.kind == PLAQ_BOOTSTRAP) sum = squares(of, i, 0, of->samples) / (double)(of->samples - 1);
        for (int g = 0; plan->method.kind == PLAQ_JACKKNIFE && g < plan->groups; g++) {
            const double n = (double)plan->group[g].blocks;

            sum += (n - 1) / n * squares(of, i, plan->group[g].first, plan->group[g].blocks);
        }
        error[i] = sqrt(sum);
    }
    return PLAQ_OK;
}
