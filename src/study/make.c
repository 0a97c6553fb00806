/* Making quantities: each when it is first asked for, its errors at the end, and what is to be said about them. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "study/study.h"

/* A chain shorter than so many tau_int does not know its errors. */
static const double short_chain = 20;

/* ---- notes ------------------------------------------------------------------------------------------------------ */

plaq_status study_note(plaq_study *study, const char *format, ...)
{
    char words[1024];
    va_list list;

    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    for (int i = 0; i < study->note_count; i++)
        if (strcmp(study->note[i], words) == 0) return PLAQ_OK;
    if (study->note_count == study->note_room) {
        const int room = study->note_room ? 2 * study->note_room : 16;
        char **more = plaq_alloc((size_t)room, sizeof *more);

        if (!more) return PLAQ_E_MEMORY;
        if (study->note_count) memcpy(more, study->note, (size_t)study->note_count * sizeof *more);
        plaq_free(study->note);
        study->note = more;
        study->note_room = room;
    }
    study->note[study->note_count] = plaq_strdup(words);
    return study->note[study->note_count++] ? PLAQ_OK : PLAQ_E_MEMORY;
}

int plaq_study_notes(const plaq_study *study, char *const **notes)
{
    *notes = study->note;
    return study->note_count;
}

/* ---- one quantity ----------------------------------------------------------------------------------------------- */

void study_made_clear(plaq_made *made)
{
    for (size_t i = 0; made->error && i < made->estimate.size; i++) plaq_uncertainty_clear(&made->error[i]);
    plaq_free(made->error);
    plaq_estimate_clear(&made->estimate);
    plaq_resamples_clear(&made->samples);
    plaq_free(made->systematic);
    plaq_free(made->x);
    plaq_free(made->label);
    plaq_free(made->scan);
    plaq_free(made->doc);
    plaq_free(made->message);
    plaq_free(made->source);
}

/* Back to a quantity that has a name alone. */
const char *plaq_made_unit(const plaq_made *made, size_t entry)
{
    const bool other = made->apart && entry > 0; /* an amplitude is not in units of the mass */

    return other || strcmp(made->unit, "1") == 0 ? "" : made->unit;
}

static void forget(study_quantity *q)
{
    plaq_made empty = {.step = q->step->name};

    memcpy(empty.name, q->made.name, sizeof empty.name);
    study_made_clear(&q->made);
    q->made = empty;
    q->state = STUDY_NEW;
}

/* Data and convergence are the quantity's own; anything else ends the study. */
static plaq_status keep_failure(study_quantity *q, plaq_status status)
{
    char *message;

    if (status != PLAQ_E_DATA && status != PLAQ_E_CONVERGENCE) return status;
    message = plaq_strdup(plaq_message());
    if (!message) return PLAQ_E_MEMORY;
    forget(q);
    q->state = STUDY_DONE;
    q->made.status = status;
    q->made.message = message;
    return PLAQ_OK;
}

static plaq_status make_quantity(plaq_study *study, study_quantity *q)
{
    study_quantity *before = study->current;
    plaq_status status;

    q->state = STUDY_UNDER_WAY;
    study->current = q;
    status = q->step->make(study, q->params, q->node, &q->made);
    study->current = before;
    q->state = STUDY_DONE;
    return status == PLAQ_OK ? PLAQ_OK : keep_failure(q, status);
}

static study_quantity *find_quantity(const plaq_study *study, const char *name)
{
    for (int i = 0; i < study->count; i++)
        if (strcmp(study->quantity[i]->made.name, name) == 0) return study->quantity[i];
    return NULL;
}

/* The mean of an observable that a step names as it would a quantity. */
static plaq_status add_mean(plaq_study *study, const char *observable, study_quantity **q)
{
    const plaq_step *mean = plaq_step_find("mean");

    PLAQ_TRY(study_quantity_add(study, observable, mean, q));
    (*q)->node = study->root;
    PLAQ_TRY(plaq_param_defaults(mean->params, (*q)->params));
    return plaq_param_read(plaq_param_find(mean->params, "of"), observable, (*q)->params);
}

static plaq_status unknown_name(const plaq_study *study, const plaq_node *node, const char *name)
{
    const size_t most = (size_t)(study->count + study->listed_count);
    const char **names = plaq_alloc(most + 1, sizeof *names), *near;
    plaq_status status;
    size_t n = 0;

    if (!names) return PLAQ_E_MEMORY;
    for (int i = 0; i < study->count; i++) names[n++] = study->quantity[i]->made.name;
    for (int i = 0; i < study->listed_count; i++) names[n++] = study->listed[i]->name;
    near = plaq_nearest(name, names, n);
    if (near)
        status = plaq_node_fail(node, "no quantity or observable is called \"%s\"; did you mean \"%s\"?", name, near);
    else
        status = plaq_node_fail(node, "no quantity or observable is called \"%s\"", name);
    plaq_free(names);
    return status;
}

plaq_status plaq_study_take(plaq_study *study, const plaq_node *node, const char *name, const plaq_made **made)
{
    study_quantity *q = find_quantity(study, name);

    if (!q && study_is_observable(study, name)) PLAQ_TRY(add_mean(study, name, &q));
    if (!q) return unknown_name(study, node, name);
    if (q->state == STUDY_UNDER_WAY) return plaq_node_fail(node, "quantity \"%s\" would be made of itself", name);
    if (q->state == STUDY_NEW) PLAQ_TRY(make_quantity(study, q));
    if (q->made.status != PLAQ_OK) return plaq_fail(q->made.status, "%s: %s", name, q->made.message);
    if (study->current && !study->current->made.of[0])
        memcpy(study->current->made.of, q->made.name, sizeof q->made.name);
    *made = &q->made;
    return PLAQ_OK;
}

/* ---- entries of quantities -------------------------------------------------------------------------------------- */

/* NAME.LABEL of a quantity whose entries are numbers of their own; false where it is none. */
static plaq_status take_labelled(plaq_study *study, const plaq_node *node, const char *name, plaq_taken *taken,
                                 bool *found)
{
    const char *dot = strrchr(name, '.');
    char stem[64];

    *found = false;
    if (!dot || dot - name >= (long)sizeof stem) return PLAQ_OK;
    snprintf(stem, sizeof stem, "%.*s", (int)(dot - name), name);
    if (!find_quantity(study, stem)) return PLAQ_OK;
    PLAQ_TRY(plaq_study_take(study, node, stem, &taken->made));
    for (size_t i = 0; taken->made->apart && i < taken->made->estimate.size; i++) {
        if (strcmp(taken->made->label[i], dot + 1) != 0) continue;
        taken->first = i;
        taken->count = 1;
        *found = true;
    }
    return PLAQ_OK;
}

plaq_status plaq_study_entries(plaq_study *study, const plaq_node *node, const char *name, plaq_taken *taken)
{
    bool found = false;

    if (!find_quantity(study, name)) PLAQ_TRY(take_labelled(study, node, name, taken, &found));
    if (found) return PLAQ_OK;
    PLAQ_TRY(plaq_study_take(study, node, name, &taken->made));
    taken->first = 0;
    taken->count = taken->made->apart ? 1 : taken->made->estimate.size;
    return PLAQ_OK;
}

static bool is_whole(const plaq_taken *taken)
{
    return taken->first == 0 && taken->count == taken->made->estimate.size;
}

static plaq_status pick_entries(const plaq_taken *taken, plaq_estimate *out)
{
    size_t *entry = plaq_alloc(taken->count + 1, sizeof *entry);
    plaq_status status;

    if (!entry) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < taken->count; i++) entry[i] = taken->first + i;
    status = plaq_estimate_pick(&taken->made->estimate, entry, taken->count, out);
    plaq_free(entry);
    return status;
}

plaq_status plaq_study_join(const plaq_taken in[], int n, plaq_estimate *out)
{
    const plaq_estimate **list = plaq_alloc((size_t)n + 1, sizeof *list);
    plaq_estimate *picked = plaq_alloc((size_t)n + 1, sizeof *picked);
    plaq_status status = list && picked ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; i < n && status == PLAQ_OK; i++) {
        list[i] = is_whole(&in[i]) ? &in[i].made->estimate : &picked[i];
        if (!is_whole(&in[i])) status = pick_entries(&in[i], &picked[i]);
    }
    if (status == PLAQ_OK) status = plaq_estimate_join(list, n, out);
    for (int i = 0; picked && i < n; i++) plaq_estimate_clear(&picked[i]);
    plaq_free(list);
    plaq_free(picked);
    return status;
}

static plaq_status pick_samples(const plaq_taken *taken, plaq_resamples *out)
{
    const plaq_resamples *from = &taken->made->samples;
    const size_t n = taken->count;

    out->size = n;
    out->samples = from->samples;
    out->value = plaq_alloc(n, sizeof *out->value);
    out->sample = plaq_alloc(n * from->samples, sizeof *out->sample);
    if (!out->value || !out->sample) return PLAQ_E_MEMORY;
    memcpy(out->value, from->value + taken->first, n * sizeof *out->value);
    for (size_t s = 0; s < from->samples; s++)
        memcpy(out->sample + s * n, from->sample + s * from->size + taken->first, n * sizeof *out->sample);
    return PLAQ_OK;
}

static plaq_status join_samples(const plaq_taken in[], int n, plaq_resamples *out)
{
    const plaq_resamples **list = plaq_alloc((size_t)n + 1, sizeof *list);
    plaq_resamples *picked = plaq_alloc((size_t)n + 1, sizeof *picked);
    plaq_status status = list && picked ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; i < n && status == PLAQ_OK; i++) {
        list[i] = is_whole(&in[i]) ? &in[i].made->samples : &picked[i];
        if (!is_whole(&in[i])) status = pick_samples(&in[i], &picked[i]);
    }
    if (status == PLAQ_OK) status = plaq_resamples_join(list, n, out);
    for (int i = 0; picked && i < n; i++) plaq_resamples_clear(&picked[i]);
    plaq_free(list);
    plaq_free(picked);
    return status;
}

plaq_status plaq_study_collect(const plaq_study *study, const plaq_taken in[], int n, plaq_made *out)
{
    PLAQ_TRY(plaq_study_join(in, n, &out->estimate));
    return study->plan ? join_samples(in, n, &out->samples) : PLAQ_OK;
}

/* ---- what is made of quantities --------------------------------------------------------------------------------- */

plaq_status study_resample(const plaq_study *study, plaq_made *made)
{
    return study->plan ? plaq_resample(study->plan, &made->estimate, &made->samples) : PLAQ_OK;
}

plaq_status study_constant(const plaq_study *study, size_t size, const double value[], plaq_made *out)
{
    PLAQ_TRY(plaq_estimate_constant(size, value, &out->estimate));
    return study_resample(study, out);
}

/* A formula without names: a constant, the same in all samples. */
static plaq_status make_constant(const plaq_study *study, const plaq_function *f, plaq_made *out)
{
    const double none = 0;
    double *value = plaq_alloc(f->out, sizeof *value);
    plaq_status status = value ? f->evaluate(f->context, &none, value) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = study_constant(study, f->out, value, out);
    plaq_free(value);
    return status;
}

plaq_status plaq_study_derive(const plaq_study *study, const plaq_function *f, const plaq_taken in[], int n,
                              plaq_made *out)
{
    plaq_estimate joined = {.chains = NULL};
    plaq_resamples samples = {.samples = 0};
    plaq_status status;

    if (n == 0) return make_constant(study, f, out);
    PLAQ_GO(plaq_study_join(in, n, &joined));
    PLAQ_GO(plaq_estimate_derive(f, &joined, &out->estimate));
    if (study->plan) {
        PLAQ_GO(join_samples(in, n, &samples));
        status = plaq_resamples_derive(f, &samples, &out->samples);
    }
done:
    if (status != PLAQ_OK) plaq_estimate_clear(&out->estimate);
    plaq_estimate_clear(&joined);
    plaq_resamples_clear(&samples);
    return status;
}

/* ---- covariance ------------------------------------------------------------------------------------------------- */

plaq_status study_covariance(const plaq_study *study, const plaq_estimate *data, bool correlated,
                             const plaq_covariance_method *method, double covariance[])
{
    plaq_covariance_facts facts;

    if (correlated) return plaq_covariance(data, &study->gamma, method, covariance, &facts);
    for (size_t i = 0; i < data->size; i++) {
        plaq_uncertainty u;

        PLAQ_TRY(plaq_estimate_error(data, i, &study->gamma, &u));
        covariance[i * data->size + i] = u.error * u.error;
        plaq_uncertainty_clear(&u);
    }
    return PLAQ_OK;
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

/* Errors by the samples; autocorrelations are still those of the Gamma method. */
static plaq_status take_sample_errors(const plaq_study *study, plaq_made *made)
{
    const size_t n = made->estimate.size, samples = plaq_resampling_samples(study->plan);
    double *error = plaq_alloc(n + 1, sizeof *error);
    plaq_status status = error ? plaq_resamples_error(study->plan, &made->samples, error) : PLAQ_E_MEMORY;

    for (size_t i = 0; i < n && status == PLAQ_OK; i++) {
        made->error[i].error = error[i];
        made->error[i].error_error = samples > 1 ? error[i] / sqrt(2.0 * (double)(samples - 1)) : error[i];
    }
    plaq_free(error);
    return status;
}

static plaq_status find_errors(const plaq_study *study, plaq_made *made)
{
    const plaq_estimate *e = &made->estimate;

    made->error = plaq_alloc(e->size + 1, sizeof *made->error);
    if (!made->error) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < e->size; i++) PLAQ_TRY(plaq_estimate_error(e, i, &study->gamma, &made->error[i]));
    if (study->plan) PLAQ_TRY(take_sample_errors(study, made));
    for (size_t i = 0; i < e->size; i++)
        if (!isfinite(e->value[i]) || !isfinite(made->error[i].error))
            return plaq_fail(PLAQ_E_DATA, "entry %zu is %g with error %g", i, e->value[i], made->error[i].error);
    return PLAQ_OK;
}

/* ---- warnings --------------------------------------------------------------------------------------------------- */

/* The contribution with the longest autocorrelation, against its chain. */
static const plaq_gamma_part *worst_part(const plaq_made *made)
{
    const plaq_gamma_part *worst = NULL;

    for (size_t i = 0; i < made->estimate.size; i++)
        for (int k = 0; k < made->error[i].count; k++) {
            const plaq_gamma_part *part = &made->error[i].part[k];

            if (!worst || part->tau * (double)worst->configs > worst->tau * (double)part->configs) worst = part;
        }
    return worst;
}

static bool is_bounded(const plaq_gamma_part *part)
{
    return part->bounded;
}

static bool is_short(const plaq_gamma_part *part)
{
    return !part->bounded && part->tau > 0.75 && (double)part->configs < short_chain * part->tau;
}

/* One note for all quantities whose worst contribution is such. */
static plaq_status warn_of_chains(plaq_study *study, bool (*is_such)(const plaq_gamma_part *part), const char *words)
{
    const plaq_gamma_part *longest = NULL;
    char names[400] = "";
    size_t used = 0;
    int more = 0;

    for (int i = 0; i < study->count; i++) {
        const plaq_made *made = &study->quantity[i]->made;
        const plaq_gamma_part *worst = made->error ? worst_part(made) : NULL;

        if (!worst || !is_such(worst)) continue;
        if (!longest || worst->tau > longest->tau) longest = worst;
        if (used + strlen(made->name) + 3 < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", made->name);
        else
            more++;
    }
    if (!longest) return PLAQ_OK;
    if (more) snprintf(names + used, sizeof names - used, "...");
    return study_note(study, "%s: tau_int is up to %.1f in %zu configurations of \"%s\": %s", words, longest->tau,
                      longest->configs, longest->ensemble, names);
}

/* Configurations of b that a lacks, as "7, 9, ...". */
static size_t list_missing(const plaq_chain *a, const plaq_chain *b, char *text, size_t n)
{
    size_t missing = 0, used = 0;

    text[0] = '\0';
    for (size_t i = 0, k = 0; k < b->count; k++) {
        while (i < a->count && a->config[i] < b->config[k]) i++;
        if (i < a->count && a->config[i] == b->config[k]) continue;
        missing++;
        if (missing <= 5)
            used += (size_t)snprintf(text + used, n - used, "%s%" PRId64, missing > 1 ? ", " : "", b->config[k]);
        else if (missing == 6)
            snprintf(text + used, n - used, ", ...");
    }
    return missing;
}

/* Notes where one mean is of fewer configurations than another. */
static plaq_status warn_of_missing(plaq_study *study, const plaq_made *made, const plaq_made *other)
{
    for (int i = 0; i < made->estimate.chains->count; i++)
        for (int k = 0; k < other->estimate.chains->count; k++) {
            const plaq_chain *a = &made->estimate.chains->chain[i], *b = &other->estimate.chains->chain[k];
            char text[160];
            size_t missing;

            if (strcmp(a->ensemble, b->ensemble) != 0 || strcmp(a->replica, b->replica) != 0) continue;
            missing = list_missing(a, b, text, sizeof text);
            if (missing)
                PLAQ_TRY(study_note(study, "%s lacks %zu configurations of \"%s\" that %s has: %s", made->source,
                                    missing, a->ensemble, other->source, text));
        }
    return PLAQ_OK;
}

static bool is_good_mean(const study_quantity *q)
{
    return q->made.status == PLAQ_OK && q->made.source;
}

static plaq_status warn(plaq_study *study)
{
    PLAQ_TRY(warn_of_chains(study, is_bounded, "no window was found, errors are lower bounds"));
    PLAQ_TRY(warn_of_chains(study, is_short, "chains are short, errors are uncertain"));
    for (int i = 0; i < study->count; i++) {
        const study_quantity *q = study->quantity[i];

        for (int k = 0; k < study->count; k++)
            if (is_good_mean(q) && is_good_mean(study->quantity[k]))
                PLAQ_TRY(warn_of_missing(study, &q->made, &study->quantity[k]->made));
    }
    return PLAQ_OK;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* Quantities of the file; those of others' observables are made where they are wanted. */
static int named_count(const plaq_study *study)
{
    return (int)plaq_node_size(plaq_node_get(study->root, "quantities"));
}

static plaq_status make_all(plaq_study *study)
{
    for (int i = 0; i < named_count(study); i++) {
        study_quantity *q = study->quantity[i];

        if (q->state == STUDY_NEW) PLAQ_TRY(make_quantity(study, q));
    }
    return PLAQ_OK;
}

/* Blocks as long as the measured numbers need by their autocorrelations: all means are made once for that. */
static plaq_status find_block(plaq_study *study, size_t *block)
{
    PLAQ_TRY(make_all(study));
    for (int i = 0; i < study->count; i++) {
        const plaq_made *made = &study->quantity[i]->made;

        if (made->status == PLAQ_OK && made->source) PLAQ_TRY(plaq_resampling_block(&made->estimate, block));
    }
    for (int i = 0; i < study->count; i++) forget(study->quantity[i]);
    return PLAQ_OK;
}

/* The plan of jackknife or bootstrap, for everything that will be made. */
static plaq_status plan_samples(plaq_study *study)
{
    const study_method *m = &study->method;
    plaq_resampling_method method = {(plaq_resampling_kind)(m->kind - 1), (size_t)m->block, (size_t)m->samples,
                                     m->seed};
    plaq_chains *chains = NULL;
    plaq_status status;

    if (method.block == 0) {
        method.block = 1;
        PLAQ_TRY(find_block(study, &method.block));
    }
    PLAQ_TRY(study_used_chains(study, &chains));
    status = plaq_resampling_create(&method, chains, &study->plan);
    plaq_chains_release(&chains);
    if (status != PLAQ_OK) return status;
    if (method.kind == PLAQ_BOOTSTRAP)
        snprintf(study->words, sizeof study->words, "bootstrap, %zu samples of blocks of %zu", method.samples,
                 method.block);
    else
        snprintf(study->words, sizeof study->words, "jackknife, %zu blocks of %zu",
                 plaq_resampling_samples(study->plan), method.block);
    return PLAQ_OK;
}

plaq_status plaq_study_run(plaq_study *study)
{
    PLAQ_TRY(study_open(study));
    if (study->method.kind) PLAQ_TRY(plan_samples(study));
    PLAQ_TRY(make_all(study));
    for (int i = 0; i < named_count(study); i++) {
        study_quantity *q = study->quantity[i];
        plaq_status status = PLAQ_OK;

        if (q->made.status == PLAQ_OK) status = find_errors(study, &q->made);
        if (status != PLAQ_OK) PLAQ_TRY(keep_failure(q, status));
    }
    return warn(study);
}

/* ---- what came of it -------------------------------------------------------------------------------------------- */

int plaq_study_count(const plaq_study *study)
{
    return named_count(study);
}

const plaq_made *plaq_study_made(const plaq_study *study, int i)
{
    return &study->quantity[i]->made;
}

const plaq_made *plaq_study_find(const plaq_study *study, const char *name)
{
    const study_quantity *q = find_quantity(study, name);

    return q ? &q->made : NULL;
}

const plaq_gamma_method *plaq_study_gamma(const plaq_study *study)
{
    return &study->gamma;
}

const char *plaq_study_method(const plaq_study *study)
{
    return study->words;
}

plaq_status plaq_study_verdict(const plaq_study *study)
{
    const plaq_made *first = NULL;
    int failed = 0;

    for (int i = 0; i < plaq_study_count(study); i++) {
        const plaq_made *made = plaq_study_made(study, i);

        if (made->status == PLAQ_OK) continue;
        if (!first) first = made;
        failed++;
    }
    if (!first) return PLAQ_OK;
    return plaq_fail(first->status, "%d of %d quantities could not be made; the first: %s: %s", failed,
                     plaq_study_count(study), first->name, first->message);
}
