/* One configuration: read, verified and measured, and its result written whole.
 *
 * What is measured on the links comes first; then, field by field, what is measured on each derived one, right after it
 * was made. The last field that is made from another takes its place, so that a chain needs no memory beside the links.
 *
 * Requests to stop are looked at before each measurement and derivation, and by long ones on the way: the configuration
 * is dropped, nothing half done is kept (but propagators that are, position by position: saved.c). */
#include <stdio.h>
#include <string.h>

#include "run/run.h"

/* One configuration's work; results are the same on all ranks, rank 0 writes them. */
typedef struct {
    plaq_plan_entry *entry;
    run_outcome *outcome;
    plaq_verdict verdict;
    char forced[1024];
    plaq_result *results; /* [measurements] */
    int count;
    double *derived;   /* seconds of each derived field; 0: not made */
    run_solve *solves; /* [quarks][sources] */
    bool cannot_write;
    double start;
} work;

/* ---- one measurement ----------------------------------------------------------------------------------------- */

static plaq_status describe(const plaq_run *run, const plaq_measurement *m, const char *key, plaq_result *result)
{
    snprintf(result->name, sizeof result->name, "%s", m->name);
    snprintf(result->observable, sizeof result->observable, "%s", m->observable->name);
    snprintf(result->links, sizeof result->links, "%s", plaq_run_links(run, m->links));
    memcpy(result->key, key, sizeof result->key);
    result->reference = m->observable->reference;
    result->brief = m->observable->brief;
    result->parameters = run_parameters(run, m);
    result->derivation = plaq_run_derivation(run, m->links);
    return result->parameters && result->derivation ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status write_field(run_team *c, work *w, const plaq_measurement *m, plaq_gauge *u, plaq_result *result)
{
    plaq_status status = run_write_field(c->run, m, w->entry, u, result);

    w->cannot_write = status == PLAQ_E_IO;
    return status;
}

static plaq_status measure(run_team *c, work *w, int i, plaq_gauge *u)
{
    const plaq_measurement *m = &c->run->list[i];
    plaq_result *result = &w->results[w->count++];
    plaq_sink *sink = NULL;
    double start = plaq_now();
    plaq_status status = describe(c->run, m, w->entry->key[i], result);

    if (status == PLAQ_OK) status = plaq_sink_create(m->observable->outputs, &sink);
    PLAQ_GO(plaq_agree(c->comm, status));
    PLAQ_GO(plaq_agree(c->comm, m->observable->measure(m->params, u, sink)));
    PLAQ_GO(plaq_agree(c->comm, plaq_sink_take(sink, &result->arrays, &result->count)));
    if (m->observable == &run_written) PLAQ_GO(write_field(c, w, m, u, result));
    result->seconds = plaq_now() - start;
done:
    plaq_sink_destroy(&sink);
    return status == PLAQ_OK ? status : plaq_note(status, "measurement %s", m->name);
}

/* All measurements on propagators that are not done. */
static plaq_status measure_lines(run_team *c, work *w, plaq_gauge *u)
{
    const int n = c->run->count;
    bool *wanted = plaq_alloc((size_t)n, sizeof *wanted), any = false;
    plaq_sink **sinks = plaq_alloc((size_t)n, sizeof *sinks);
    plaq_status status = wanted && sinks ? PLAQ_OK : PLAQ_E_MEMORY;
    double start = plaq_now();

    for (int i = 0; i < n && status == PLAQ_OK; i++) {
        wanted[i] = c->run->list[i].lines.sinks && w->entry->state[i] != PLAQ_TASK_DONE;
        any |= wanted[i];
        if (wanted[i]) status = plaq_sink_create(c->run->list[i].observable->outputs, &sinks[i]);
    }
    PLAQ_GO(plaq_agree(c->comm, status));
    if (!any) goto done;
    PLAQ_GO(plaq_stop_check(c->comm));
    status = run_measure_lines(c->run, u, w->entry, wanted, sinks, w->solves);
    w->cannot_write = status == PLAQ_E_IO;
    PLAQ_GO(status);
    for (int i = 0; i < n; i++) {
        plaq_result *result = &w->results[w->count];

        if (!wanted[i]) continue;
        w->count++;
        status = describe(c->run, &c->run->list[i], w->entry->key[i], result);
        if (status == PLAQ_OK) status = plaq_sink_take(sinks[i], &result->arrays, &result->count);
        PLAQ_GO(plaq_agree(c->comm, status));
        result->seconds = plaq_now() - start;
    }
done:
    for (int i = 0; sinks && i < n; i++) plaq_sink_destroy(&sinks[i]);
    plaq_free(sinks);
    plaq_free(wanted);
    return status;
}

/* ---- one gauge field, and what is made from it --------------------------------------------------------------- */

static plaq_status work_on(run_team *c, work *w, int links, plaq_gauge *u);

/* Makes a derived field in place, and measures on it. */
static plaq_status derive(run_team *c, work *w, int links, plaq_gauge *u)
{
    const plaq_derived *d = &c->run->derived[links];
    double start = plaq_now();
    plaq_status status;

    PLAQ_TRY(plaq_stop_check(c->comm));
    status = plaq_agree(c->comm, d->kind->apply(d->params, u));
    if (status != PLAQ_OK) return plaq_note(status, "gauge field %s", d->name);
    w->derived[links] = plaq_now() - start;
    return work_on(c, w, links, u);
}

static plaq_status derive_copy(run_team *c, work *w, int links, const plaq_gauge *u)
{
    plaq_gauge *copy = NULL;
    plaq_status status;

    PLAQ_GO(plaq_gauge_create(c->lattice, plaq_run_prec(c->run), &copy));
    PLAQ_GO(plaq_gauge_copy(u, copy));
    status = derive(c, w, links, copy);
done:
    plaq_gauge_destroy(&copy);
    return status;
}

/* All measurements on a field that are not done; afterwards it holds the links of the last field made from it. */
static plaq_status work_on(run_team *c, work *w, int links, plaq_gauge *u)
{
    const plaq_task_state *state = w->entry->state;

    for (int i = 0; i < c->run->count; i++) {
        if (c->run->list[i].links != links || state[i] == PLAQ_TASK_DONE || c->run->list[i].lines.sinks) continue;
        PLAQ_TRY(plaq_stop_check(c->comm));
        PLAQ_TRY(measure(c, w, i, u));
    }
    if (links == PLAQ_LINKS) PLAQ_TRY(measure_lines(c, w, u));
    for (int i = run_derived_next(c->run, links, -1, state), next; i >= 0; i = next) {
        next = run_derived_next(c->run, links, i, state);
        PLAQ_TRY(next >= 0 ? derive_copy(c, w, i, u) : derive(c, w, i, u));
    }
    return PLAQ_OK;
}

/* ---- one configuration --------------------------------------------------------------------------------------- */

static plaq_status prepare_lattice(run_team *c, const int dims[4])
{
    if (c->lattice && memcmp(plaq_lattice_dims(c->lattice), dims, 4 * sizeof *dims) == 0) return PLAQ_OK;
    plaq_gauge_destroy(&c->u);
    plaq_lattice_destroy(&c->lattice);
    PLAQ_TRY(plaq_lattice_create(c->comm, dims, plaq_run_grid(c->run), 0, &c->lattice));
    return plaq_gauge_create(c->lattice, plaq_run_prec(c->run), &c->u);
}

/* Reads and verifies; what --force overrules is kept in words. */
static plaq_status read_links(run_team *c, work *w)
{
    const int *dims = c->run->ensemble.dims[0] ? c->run->ensemble.dims : NULL;
    plaq_config *config = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_config_open_raw(c->comm, w->entry->path, dims, c->run->ensemble.raw, &config));
    status = prepare_lattice(c, plaq_config_get_header(config)->dims);
    if (status == PLAQ_OK) status = plaq_config_verify(config, c->u, &w->verdict);
    plaq_config_close(&config);
    if (status == PLAQ_E_DATA && w->verdict.may_force && c->force) {
        snprintf(w->forced, sizeof w->forced, "%s", plaq_message());
        plaq_log(PLAQ_LOG_WARN, "%s: %s; measured all the same (--force)", w->entry->path, w->forced);
        return PLAQ_OK;
    }
    if (status == PLAQ_E_DATA && w->verdict.may_force) return plaq_note(status, "%s", w->entry->path);
    return status;
}

static plaq_status add_solves(const plaq_run *run, const run_solve *solves, run_facts *facts)
{
    char name[160];

    for (int q = 0; q < run->n_quarks; q++)
        for (int s = 0; s < run->n_sources; s++) {
            const run_solve *solve = &solves[q * run->n_sources + s];

            if (solve->seconds <= 0 && solve->read == 0) continue;
            snprintf(name, sizeof name, "residual_%s_%s", run->quarks[q].name, run->sources[s].name);
            PLAQ_TRY(run_facts_number(facts, name, solve->residual, true));
            if (solve->read) {
                snprintf(name, sizeof name, "propagators_read_%s_%s", run->quarks[q].name, run->sources[s].name);
                PLAQ_TRY(run_facts_number(facts, name, solve->read, true));
            }
            snprintf(name, sizeof name, "iterations_%s_%s", run->quarks[q].name, run->sources[s].name);
            PLAQ_TRY(run_facts_number(facts, name, solve->iterations, true));
            snprintf(name, sizeof name, "solve_seconds_%s_%s", run->quarks[q].name, run->sources[s].name);
            PLAQ_TRY(run_facts_number(facts, name, solve->seconds, true));
        }
    return PLAQ_OK;
}

/* Times of measurements, derived fields and solutions. */
static plaq_status add_seconds(const run_team *c, const work *w, run_facts *facts)
{
    char name[80];

    for (int i = 0; i < w->count; i++) {
        snprintf(name, sizeof name, "seconds_%s", w->results[i].name);
        PLAQ_TRY(run_facts_number(facts, name, w->results[i].seconds, true));
    }
    for (int i = 0; i < c->run->n_derived; i++) {
        snprintf(name, sizeof name, "derived_seconds_%s", c->run->derived[i].name);
        if (w->derived[i] > 0) PLAQ_TRY(run_facts_number(facts, name, w->derived[i], true));
    }
    PLAQ_TRY(run_facts_number(facts, "seconds", plaq_now() - w->start, true));
    return add_solves(c->run, w->solves, facts);
}

/* The largest residual and all iterations, for the log. */
static void sum_solves(const run_team *c, const work *w)
{
    w->outcome->residual = 0;
    w->outcome->iterations = 0;
    for (int i = 0; i < c->run->n_quarks * c->run->n_sources; i++) {
        if (w->solves[i].residual > w->outcome->residual) w->outcome->residual = w->solves[i].residual;
        w->outcome->iterations += w->solves[i].iterations;
    }
}

static plaq_status write_result(run_team *c, work *w)
{
    run_facts facts = {0};
    plaq_status status;

    if (plaq_comm_rank(c->comm) != 0) return PLAQ_OK;
    w->outcome->lost = !run_claim_is_held(c->ticket);
    if (w->outcome->lost) return PLAQ_OK; /* who holds it now writes it */
    status = run_facts_make(c->run, w->entry, &w->verdict, &c->place, plaq_lattice_grid(c->lattice), w->forced, &facts);
    if (status == PLAQ_OK) status = add_seconds(c, w, &facts);
    if (status == PLAQ_OK) status = plaq_store_write(w->entry->result, w->results, w->count, facts.list, facts.count);
    if (status == PLAQ_OK) status = run_failed_clear(c->run->options.output, w->entry->path);
    run_facts_clear(&facts);
    return status;
}

static void clear_work(work *w)
{
    for (int i = 0; i < w->count; i++) plaq_result_clear(&w->results[i]);
    plaq_free(w->results);
    plaq_free(w->derived);
    plaq_free(w->solves);
}

plaq_status run_measure(run_team *c, plaq_plan_entry *entry, run_outcome *outcome)
{
    work w = {.entry = entry, .outcome = outcome, .start = plaq_now()};
    plaq_status status;

    *outcome = (run_outcome){.only_this = false};
    w.results = plaq_alloc((size_t)c->run->count, sizeof *w.results);
    w.derived = plaq_alloc((size_t)c->run->n_derived, sizeof *w.derived);
    w.solves = plaq_alloc((size_t)(c->run->n_quarks * c->run->n_sources), sizeof *w.solves);
    PLAQ_GO(plaq_agree(c->comm, w.results && w.derived && w.solves ? PLAQ_OK : PLAQ_E_MEMORY));
    status = plaq_agree(c->comm, read_links(c, &w));
    outcome->unread = status == PLAQ_E_DATA || status == PLAQ_E_IO;
    if (status == PLAQ_OK) {
        status = work_on(c, &w, PLAQ_LINKS, c->u);
        if (status != PLAQ_OK && status != PLAQ_E_STOPPED) status = plaq_note(status, "%s", entry->path);
    }
    outcome->only_this =
        (status == PLAQ_E_DATA || status == PLAQ_E_IO || status == PLAQ_E_CONVERGENCE) && !w.cannot_write;
    if (status != PLAQ_OK) goto done;
    outcome->plaquette = w.verdict.plaquette;
    sum_solves(c, &w);
    status = plaq_agree(c->comm, write_result(c, &w));
    outcome->seconds = plaq_now() - w.start;
    plaq_broadcast(c->comm, outcome, sizeof *outcome); /* whether the claim was lost */
done:
    clear_work(&w);
    return status;
}
