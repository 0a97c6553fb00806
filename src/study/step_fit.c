/* fit: parameters of one or several correlators, or of a plateau; averaged over ranges and numbers of states by `scan`.
 *
 *     m_pi: {fit: {of: pion, first: 4, last: 8}}
 *     m_pi: {fit: {of: [pion_ps, pion_ss], first: 2, last: 12, states: 2, correlated: true, shrink: ledoit_wolf}}
 *     m_pi: {fit: {of: pion, scan: {first: [2, 6], last: [10, 12], states: [1, 2]}}}
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "plaq/fit.h"
#include "study/study.h"

enum { COSH, SINH, EXPONENTIAL, PLATEAU };

typedef struct {
    int model, states, shrink;
    bool constant, squared, correlated;
    double first, last, period, lambda, cut;
} fit_params;

static const plaq_param table[] = {
    PLAQ_CHOICE(fit_params, model, "cosh", "cosh|sinh|exp|plateau",
                "sum_n A_n [exp(-E_n t) +- exp(-E_n (T - t))]; without the part that runs back; one number"),
    PLAQ_REAL(fit_params, first, "1", -DBL_MAX, DBL_MAX, "a", "the first time that is fitted"),
    PLAQ_REAL(fit_params, last, "1e9", -DBL_MAX, DBL_MAX, "a", "the last one"),
    PLAQ_INT(fit_params, states, "1", 1, 20, "1", "how many exponentials"),
    PLAQ_BOOL(fit_params, constant, "false", "a constant is fitted too"),
    PLAQ_BOOL(fit_params, squared, "false", "amplitudes enter squared: source and sink are the same"),
    PLAQ_REAL(fit_params, period, "0", 0, 1e6, "a", "T; 0: that of the correlator"),
    PLAQ_BOOL(fit_params, correlated, "false", "with the whole covariance matrix; else its diagonal, and no p"),
    PLAQ_CHOICE(fit_params, shrink, "none", "none|given|ledoit_wolf", "correlations are made smaller"),
    PLAQ_REAL(fit_params, lambda, "0", 0, 1, "1", "of `shrink: given`: (1 - lambda) correlation + lambda 1"),
    PLAQ_REAL(fit_params, cut, "0", 0, 1, "1",
              "eigenvalues of the correlation below cut x the largest are raised to it"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "of", .doc = "a correlator, or a list of them that share their energies"},
    {.name = "priors", .fallback = "{}", .doc = "{E0: [mean, sigma], log_dE1: ..., A0_0: ..., c0: ...}"},
    {.name = "scan",
     .fallback = "{}",
     .doc = "{first: [2, 6], last: [10, 12], states: [1, 2]}: all ranges with these limits, averaged by their Akaike "
            "weights"},
    PLAQ_END,
};

/* Data and models of one fit step. */
typedef struct {
    const fit_params *p;
    plaq_study *study;
    const plaq_node *node;
    double first[2], last[2]; /* of ranges */
    int least, most;          /* states */
    plaq_taken *taken;        /* [parts] the points between first[0] and last[1] */
    int parts;
    size_t points;
    double *x;              /* [points] */
    plaq_estimate data;     /* of all points */
    double *covariance;     /* [points][points] */
    plaq_model *model;      /* [most - least + 1] */
    plaq_prior *prior;      /* of the one model; NULL: none */
    plaq_made prior_values; /* the means of its priors, as constants */
} fit_job;

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

/* A number or a pair of them, ascending. */
static plaq_status read_pair(const plaq_node *scan, const char *key, double pair[2])
{
    const plaq_node *node = plaq_node_get(scan, key);
    double *number = NULL;
    plaq_status status = PLAQ_OK;
    int n = 0;

    if (!node) return PLAQ_OK;
    status = study_numbers_read(node, &number, &n);
    if (status == PLAQ_OK && (n < 1 || n > 2 || number[n - 1] < number[0]))
        status = plaq_node_fail(node, "%s is a number, or two: the lowest and the highest", key);
    if (status == PLAQ_OK) {
        pair[0] = number[0];
        pair[1] = number[n - 1];
    }
    plaq_free(number);
    return status;
}

static plaq_status read_scan(const plaq_node *scan, fit_job *job)
{
    static const char *const keys[] = {"first", "last", "states", NULL};
    double states[2] = {job->p->states, job->p->states};

    PLAQ_TRY(plaq_conf_only(scan, keys));
    PLAQ_TRY(read_pair(scan, "first", job->first));
    PLAQ_TRY(read_pair(scan, "last", job->last));
    PLAQ_TRY(read_pair(scan, "states", states));
    if (states[0] < 1 || states[1] > 20)
        return plaq_node_fail(plaq_node_get(scan, "states"), "states are 1 to 20, found %g to %g", states[0],
                              states[1]);
    job->least = (int)states[0];
    job->most = (int)states[1];
    return PLAQ_OK;
}

static plaq_status read_prior(const plaq_node *priors, size_t k, const plaq_model *model, plaq_prior prior[])
{
    const char *name = plaq_node_key(priors, k), *near;
    double *number = NULL;
    plaq_status status;
    size_t i = 0;
    int n;

    while (i < model->params && strcmp(model->name[i], name) != 0) i++;
    if (i == model->params) {
        near = plaq_nearest(name, model->name, model->params);
        return plaq_node_key_fail(priors, k, "the fit has no parameter \"%s\"; did you mean \"%s\"?", name,
                                  near ? near : model->name[0]);
    }
    status = study_numbers_read(plaq_node_item(priors, k), &number, &n);
    if (status == PLAQ_OK && (n != 2 || !(number[1] > 0)))
        status = plaq_node_fail(plaq_node_item(priors, k), "a prior is [mean, sigma], sigma above zero");
    if (status == PLAQ_OK) prior[i] = (plaq_prior){number[0], number[1]};
    plaq_free(number);
    return status;
}

static plaq_status read_priors(const plaq_node *priors, fit_job *job)
{
    const plaq_model *model = &job->model[0];
    double *mean;
    plaq_status status;
    size_t n = 0;

    if (plaq_node_what(priors) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(priors, "priors are {E0: [mean, sigma], ...}");
    if (plaq_node_size(priors) == 0) return PLAQ_OK;
    job->prior = plaq_alloc(model->params, sizeof *job->prior);
    mean = plaq_alloc(model->params, sizeof *mean);
    status = job->prior && mean ? PLAQ_OK : PLAQ_E_MEMORY;
    for (size_t k = 0; k < plaq_node_size(priors) && status == PLAQ_OK; k++)
        status = read_prior(priors, k, model, job->prior);
    for (size_t i = 0; i < model->params && status == PLAQ_OK; i++)
        if (job->prior[i].sigma > 0) mean[n++] = job->prior[i].mean;
    if (status == PLAQ_OK) status = study_constant(job->study, n, mean, &job->prior_values);
    plaq_free(mean);
    return status;
}

/* ---- data ------------------------------------------------------------------------------------------------------- */

/* The points of a correlator between two times. */
static plaq_status take_range(const fit_job *job, plaq_taken *taken)
{
    const plaq_made *made = taken->made;
    size_t first = 0, last = made->estimate.size;

    if (!made->x) return plaq_node_fail(job->node, "%s has no times: pick entries until one axis is left", made->name);
    while (first < last && made->x[first] < job->first[0]) first++;
    while (last > first && made->x[last - 1] > job->last[1]) last--;
    if (first == last)
        return plaq_node_fail(job->node, "%s has no points from %g to %g: it has %g to %g", made->name, job->first[0],
                              job->last[1], made->x[0], made->x[made->estimate.size - 1]);
    *taken = (plaq_taken){made, first, last - first};
    return PLAQ_OK;
}

static plaq_status take_data(const plaq_node *of, fit_job *job)
{
    const fit_params *p = job->p;
    const plaq_covariance_method method = {(plaq_shrink)p->shrink, p->lambda, p->cut};
    size_t at = 0;

    PLAQ_TRY(study_names_take(job->study, of, &job->taken, &job->parts));
    for (int k = 0; k < job->parts; k++) {
        PLAQ_TRY(take_range(job, &job->taken[k]));
        job->points += job->taken[k].count;
    }
    job->x = plaq_alloc(job->points, sizeof *job->x);
    job->covariance = plaq_alloc(job->points, job->points * sizeof *job->covariance);
    if (!job->x || !job->covariance) return PLAQ_E_MEMORY;
    for (int k = 0; k < job->parts; k++) {
        memcpy(job->x + at, job->taken[k].made->x + job->taken[k].first, job->taken[k].count * sizeof *job->x);
        at += job->taken[k].count;
    }
    PLAQ_TRY(plaq_study_join(job->taken, job->parts, &job->data));
    return study_covariance(job->study, &job->data, p->correlated, &method, job->covariance);
}

/* ---- models ----------------------------------------------------------------------------------------------------- */

static plaq_status make_plateau(const fit_job *job, plaq_model *model)
{
    static const char *const name[] = {"value"};
    double *basis = plaq_alloc(job->points, sizeof *basis);
    plaq_status status;

    if (!basis) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < job->points; i++) basis[i] = 1;
    status = plaq_model_linear(basis, job->points, 1, name, model);
    plaq_free(basis);
    return status;
}

static plaq_status make_exponentials(const fit_job *job, int states, plaq_model *model)
{
    const fit_params *p = job->p;
    plaq_exponentials_part *part = plaq_alloc((size_t)job->parts, sizeof *part);
    plaq_status status = part ? PLAQ_OK : PLAQ_E_MEMORY;
    size_t at = 0;

    for (int k = 0; k < job->parts && status == PLAQ_OK; k++) {
        const plaq_made *made = job->taken[k].made;
        const double period = p->period > 0 ? p->period : made->period;

        part[k] = (plaq_exponentials_part){.points = job->taken[k].count,
                                           .t = job->x + at,
                                           .constant = p->constant,
                                           .squared = p->squared};
        at += job->taken[k].count;
        if (p->model == EXPONENTIAL) continue;
        part[k].period = period;
        part[k].backward = p->model == COSH ? 1 : -1;
        if (!(period > 0))
            status =
                plaq_node_fail(job->node, "the period of %s is not known: give `period`, or model: exp", made->name);
    }
    if (status == PLAQ_OK) status = plaq_model_exponentials(part, job->parts, states, model);
    plaq_free(part);
    return status;
}

static plaq_status make_models(fit_job *job)
{
    job->model = plaq_alloc((size_t)(job->most - job->least) + 1, sizeof *job->model);
    if (!job->model) return PLAQ_E_MEMORY;
    for (int s = job->least; s <= job->most; s++) {
        plaq_model *model = &job->model[s - job->least];

        PLAQ_TRY(job->p->model == PLATEAU ? make_plateau(job, model) : make_exponentials(job, s, model));
    }
    return PLAQ_OK;
}

/* ---- one fit ---------------------------------------------------------------------------------------------------- */

/* Parameters by the names of what they mean: log_dE1 has become E1. */
static plaq_status set_labels(const plaq_model *model, plaq_made *out)
{
    out->apart = true;
    out->label = plaq_alloc(model->params, sizeof *out->label);
    if (!out->label) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < model->params; i++) {
        const bool gap = strncmp(model->name[i], "log_dE", 6) == 0;

        snprintf(out->label[i], sizeof out->label[i], "%s%s", gap ? "E" : "", model->name[i] + (gap ? 6 : 0));
    }
    return PLAQ_OK;
}

/* Parameters of the fit, then what they mean. */
static plaq_status derive(const fit_job *job, const plaq_fit *fit, plaq_made *out)
{
    plaq_taken *in = plaq_alloc((size_t)job->parts + 1, sizeof *in);
    plaq_made params = {.x = NULL};
    plaq_function f;
    plaq_status status;

    if (!in) return PLAQ_E_MEMORY;
    memcpy(in, job->taken, (size_t)job->parts * sizeof *in);
    in[job->parts] = (plaq_taken){&job->prior_values, 0, job->prior_values.estimate.size};
    plaq_fit_function(fit, &f);
    if (job->p->model == PLATEAU) {
        status = plaq_study_derive(job->study, &f, in, job->parts + (job->prior != NULL), out);
    } else {
        status = plaq_study_derive(job->study, &f, in, job->parts + (job->prior != NULL), &params);
        plaq_model_exponentials_values(fit->model, &f);
        if (status == PLAQ_OK)
            status = plaq_study_derive(job->study, &f, &(plaq_taken){&params, 0, fit->model->params}, 1, out);
    }
    study_made_clear(&params);
    plaq_free(in);
    return status;
}

static plaq_status fit_once(fit_job *job, plaq_made *out)
{
    const plaq_model *model = &job->model[0];
    plaq_fit fit = {.model = model,
                    .covariance = job->covariance,
                    .correlated = job->p->correlated,
                    .prior = job->prior};
    plaq_fit_facts facts;
    double *best = plaq_alloc(model->params, sizeof *best);
    plaq_status status = best ? plaq_fit_run(&fit, job->data.value, best, &facts) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) {
        fit.start = best;
        status = derive(job, &fit, out);
    }
    plaq_free(best);
    if (status != PLAQ_OK) return status;
    out->fitted = true;
    out->chi2 = facts.chi2;
    out->dof = (int)facts.dof;
    out->p = job->p->correlated ? facts.p : -1;
    out->from = job->x[0];
    out->to = job->x[job->points - 1];
    return set_labels(model, out);
}

/* ---- an average over ranges and states -------------------------------------------------------------------------- */

/* What one fit of the scan says, with its statistical error. */
static plaq_status describe_candidate(const fit_job *job, const plaq_candidate *c, plaq_scanned *to)
{
    plaq_made alone = {.x = NULL};
    plaq_uncertainty u;
    plaq_function f;
    plaq_status status;

    *to = (plaq_scanned){.first = (int)lround(c->first),
                         .last = (int)lround(c->last),
                         .states = job->least + (int)c->model,
                         .value = c->value[0],
                         .chi2 = c->facts.chi2,
                         .p = job->p->correlated ? c->facts.p : -1,
                         .weight = c->weight,
                         .dof = (int)c->facts.dof};
    plaq_fit_function(&c->fit, &f);
    status = plaq_estimate_derive(&f, &job->data, &alone.estimate);
    if (status == PLAQ_OK) status = plaq_estimate_error(&alone.estimate, 0, plaq_study_gamma(job->study), &u);
    if (status == PLAQ_OK) {
        to->error = u.error;
        plaq_uncertainty_clear(&u);
    }
    study_made_clear(&alone);
    return status;
}

/* The average's chi^2 is that of the fit with the largest weight. */
static plaq_status describe_scan(const fit_job *job, const plaq_average *average, plaq_made *out)
{
    size_t best = 0;

    out->scan = plaq_alloc(average->count, sizeof *out->scan);
    out->systematic = plaq_alloc(1, sizeof *out->systematic);
    if (!out->scan || !out->systematic) return PLAQ_E_MEMORY;
    out->systematic[0] = average->systematic[0];
    for (size_t k = 0; k < average->count; k++) {
        PLAQ_TRY(describe_candidate(job, &average->candidate[k], &out->scan[k]));
        if (average->candidate[k].weight > average->candidate[best].weight) best = k;
    }
    out->scans = (int)average->count;
    out->fitted = true;
    out->chi2 = average->candidate[best].facts.chi2;
    out->dof = (int)average->candidate[best].facts.dof;
    out->p = job->p->correlated ? average->candidate[best].facts.p : -1;
    if (average->failed)
        return study_note(job->study, "%s: %zu of %zu fits of the scan found no minimum and are left out", out->name,
                          average->failed, average->failed + average->count);
    return PLAQ_OK;
}

static plaq_status fit_many(fit_job *job, plaq_made *out)
{
    static const char *const energy[] = {"E0"}, *const plateau[] = {"value"};
    const size_t models = (size_t)(job->most - job->least) + 1;
    plaq_fit *fit = plaq_alloc(models, sizeof *fit);
    plaq_average average = {.count = 0};
    plaq_scan scan = {.fit = fit, .fits = models, .x = job->x, .least = 1, .names = 1};
    plaq_function f;
    plaq_status status = fit ? PLAQ_OK : PLAQ_E_MEMORY;

    scan.name = job->p->model == PLATEAU ? plateau : energy;
    for (int k = 0; k < 2; k++) {
        scan.first[k] = fmax(job->first[k], job->x[0]);
        scan.last[k] = fmin(job->last[k], job->x[job->points - 1]);
    }
    for (size_t m = 0; m < models && status == PLAQ_OK; m++)
        fit[m] = (plaq_fit){.model = &job->model[m], .covariance = job->covariance, .correlated = job->p->correlated};
    if (status == PLAQ_OK) status = plaq_average_run(&scan, job->data.value, &average);
    if (status == PLAQ_E_USAGE) plaq_node_fail(job->node, "%s", plaq_message());
    if (status == PLAQ_OK) {
        plaq_average_function(&average, &f);
        status = plaq_study_derive(job->study, &f, job->taken, job->parts, out);
    }
    if (status == PLAQ_OK) status = describe_scan(job, &average, out);
    plaq_average_clear(&average);
    plaq_free(fit);
    return status;
}

/* ---- the step --------------------------------------------------------------------------------------------------- */

static void clear(fit_job *job)
{
    for (int s = 0; job->model && s <= job->most - job->least; s++) plaq_model_destroy(&job->model[s]);
    plaq_free(job->model);
    plaq_free(job->taken);
    plaq_free(job->x);
    plaq_free(job->covariance);
    plaq_free(job->prior);
    plaq_estimate_clear(&job->data);
    study_made_clear(&job->prior_values);
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const fit_params *p = params;
    const plaq_node *scan = plaq_node_get(node, "scan"), *priors = plaq_node_get(node, "priors");
    fit_job job = {.p = p,
                   .study = study,
                   .node = node,
                   .first = {p->first, p->first},
                   .last = {p->last, p->last},
                   .least = p->states,
                   .most = p->states};
    plaq_status status;

    if (scan && priors) return plaq_node_fail(priors, "a scan has no priors");
    if (scan) PLAQ_GO(read_scan(scan, &job));
    PLAQ_GO(take_data(plaq_node_get(node, "of"), &job));
    PLAQ_GO(make_models(&job));
    if (priors) PLAQ_GO(read_priors(priors, &job));
    if (p->model != PLATEAU) snprintf(out->unit, sizeof out->unit, "a^-1");
    if (p->model == PLATEAU) memcpy(out->unit, job.taken[0].made->unit, sizeof out->unit);
    status = scan ? fit_many(&job, out) : fit_once(&job, out);
done:
    clear(&job);
    return status;
}

const plaq_step plaq_step_fit = {
    .name = "fit",
    .brief = "exponentials or a plateau fitted to one or several correlators; averages over ranges",
    .reference = "W. I. Jay, E. T. Neil, Phys. Rev. D 103 (2021) 114502; E. T. Neil, J. W. Sitison, arXiv:2208.14983",
    .params_size = sizeof(fit_params),
    .params = table,
    .lists = lists,
    .make = make,
};
