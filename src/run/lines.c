/* Measurements on propagators of one configuration: sources are made, all their columns solved together as far as the
 * run file allows, and every measurement that takes them contracts them before they are dropped.
 *
 * Propagators of a batch are shared by all measurements of a source; those seen through a sink too.
 */
#include <stdio.h>
#include <string.h>

#include "run/run.h"

enum { COLUMNS = 12 }; /* of a propagator from one position */

typedef struct {
    const plaq_run *run;
    plaq_lattice *lattice;
    const plaq_comm *comm;
    plaq_gauge *u; /* as read; borrowed */
    uint64_t number;
    const bool *wanted;  /* [measurements] */
    plaq_sink **sinks;   /* [measurements] */
    run_solve *solves;   /* [quarks][sources] */
    plaq_dirac **dirac;  /* [quarks]; those that are needed */
    plaq_gauge **smooth; /* [1 + derived]: gauge fields of sources that are not `links`, at 1 + field */
} job;

/* The propagators of some positions of a source. */
typedef struct {
    const plaq_source *source;
    int (*at)[4];        /* [count of the source] */
    int first, n;        /* positions */
    plaq_columns **seen; /* [quarks][1 + sources]: through no sink, through each */
} batch;

/* ---- gauge fields ------------------------------------------------------------------------------------------------ */

/* Makes a derived field from the links that were read. Collective. */
static plaq_status derive(const job *j, int links, plaq_gauge **u)
{
    const plaq_derived *d = &j->run->derived[links];
    plaq_status status;

    if (d->from == PLAQ_LINKS) {
        PLAQ_TRY(plaq_gauge_create(j->lattice, plaq_run_prec(j->run), u));
        PLAQ_TRY(plaq_gauge_copy(j->u, *u));
    } else {
        PLAQ_TRY(derive(j, d->from, u));
    }
    status = plaq_agree(j->comm, d->kind->apply(d->params, *u));
    return status == PLAQ_OK ? status : plaq_note(status, "gauge field %s", d->name);
}

static bool is_taken(const plaq_measurement *m, int quark)
{
    for (int i = 0; i < m->observable->quarks; i++)
        if (m->lines.quark[i] == quark) return true;
    return false;
}

/* Whether a measurement that is wanted, of a source (-1: of any), takes a quark. */
static bool takes_quark(const job *j, int source, int quark)
{
    for (int i = 0; i < j->run->count; i++)
        if (j->wanted[i] && (source < 0 || j->run->list[i].lines.source == source) && is_taken(&j->run->list[i], quark))
            return true;
    return false;
}

static bool takes_source(const job *j, int source, bool as_sink)
{
    for (int i = 0; i < j->run->count; i++) {
        const plaq_lines *lines = &j->run->list[i].lines;

        if (!j->wanted[i]) continue;
        if (lines->source == source) return true;
        for (int k = 0; as_sink && k < lines->sinks; k++)
            if (lines->sink[k] == source) return true;
    }
    return false;
}

static plaq_status make_operators(job *j)
{
    for (int q = 0; q < j->run->n_quarks; q++) {
        const plaq_flavour *quark = &j->run->quarks[q];
        plaq_gauge *own = NULL;
        plaq_status status = PLAQ_OK;

        if (!takes_quark(j, -1, q)) continue;
        if (quark->links != PLAQ_LINKS) status = derive(j, quark->links, &own);
        if (status == PLAQ_OK) status = plaq_dirac_create(own ? own : j->u, &quark->action, &j->dirac[q]);
        plaq_gauge_destroy(&own);
        if (status != PLAQ_OK) return plaq_note(status, "quark %s", quark->name);
    }
    return PLAQ_OK;
}

static plaq_status make_fields(job *j)
{
    for (int s = 0; s < j->run->n_sources; s++) {
        const int links = j->run->sources[s].links;

        if (links == PLAQ_LINKS || j->smooth[links] || !takes_source(j, s, true)) continue;
        PLAQ_TRY(derive(j, links, &j->smooth[links]));
    }
    return PLAQ_OK;
}

static plaq_gauge *field_of(const job *j, const plaq_source *s)
{
    return s->links == PLAQ_LINKS ? j->u : j->smooth[s->links];
}

/* ---- a batch ----------------------------------------------------------------------------------------------------- */

static void clear_batch(const job *j, batch *b)
{
    for (int i = 0; b->seen && i < j->run->n_quarks * (1 + j->run->n_sources); i++) plaq_columns_destroy(&b->seen[i]);
}

static plaq_columns **seen(const job *j, const batch *b, int quark, int sink)
{
    return &b->seen[quark * (1 + j->run->n_sources) + 1 + sink];
}

static void log_solve(const job *j, const batch *b, int q, const plaq_solution *s, double residual, double seconds)
{
    plaq_log(PLAQ_LOG_INFO, "%s from %s, positions %d to %d of %d: %d iterations, residual %.1e, %.2f s",
             j->run->quarks[q].name, b->source->name, b->first + 1, b->first + b->n, b->source->count, s->iterations,
             residual, seconds);
}

static plaq_status solve(const job *j, const batch *b, int q, plaq_columns *rhs)
{
    run_solve *sum = &j->solves[q * j->run->n_sources + (int)(b->source - j->run->sources)];
    plaq_columns **x = seen(j, b, q, PLAQ_POINT);
    plaq_solution solution = {0};
    const double start = plaq_now();
    double largest = 0, seconds;
    plaq_status status;

    PLAQ_GO(plaq_columns_create(j->lattice, PLAQ_DOUBLE, COLUMNS * b->n, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, x));
    PLAQ_GO(plaq_dirac_solve(j->dirac[q], &j->run->quarks[q].solver, rhs, *x, &solution));
    seconds = plaq_now() - start;
    for (int i = 0; i < solution.columns; i++)
        if (solution.residual[i] > largest) largest = solution.residual[i];
    if (largest > sum->residual) sum->residual = largest;
    sum->iterations += solution.iterations;
    sum->seconds += seconds;
    log_solve(j, b, q, &solution, largest, seconds);
done:
    plaq_solution_clear(&solution);
    return status == PLAQ_OK ? status
                             : plaq_note(status, "quark %s from source %s", j->run->quarks[q].name, b->source->name);
}

static plaq_status solve_all(const job *j, const batch *b)
{
    const int source = (int)(b->source - j->run->sources);
    plaq_columns *rhs = NULL;
    plaq_status status;

    PLAQ_GO(plaq_columns_create(j->lattice, PLAQ_DOUBLE, COLUMNS * b->n, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &rhs));
    for (int p = 0; p < b->n; p++)
        PLAQ_GO(b->source->kind->fill(b->source->params, field_of(j, b->source), b->at[b->first + p], j->number, rhs,
                                      COLUMNS * p));
    for (int q = 0; q < j->run->n_quarks; q++)
        if (takes_quark(j, source, q)) PLAQ_GO(solve(j, b, q, rhs));
done:
    plaq_columns_destroy(&rhs);
    return status;
}

/* The propagators of a quark through a sink, made when first asked for. */
static plaq_status look_through(const job *j, const batch *b, int q, int sink)
{
    plaq_columns *point = *seen(j, b, q, PLAQ_POINT), **x = seen(j, b, q, sink);
    const plaq_source *s;

    if (*x) return PLAQ_OK;
    s = &j->run->sources[sink];
    PLAQ_TRY(plaq_columns_create(j->lattice, PLAQ_DOUBLE, COLUMNS * b->n, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, x));
    plaq_columns_copy(point, *x);
    return s->kind->smear(s->params, field_of(j, s), *x);
}

/* One measurement, of all positions of the batch. */
static plaq_status contract(const job *j, const batch *b, int m)
{
    const plaq_measurement *of = &j->run->list[m];
    const plaq_observable *o = of->observable;
    plaq_quark quark[PLAQ_QUARKS_MOST];
    plaq_status status = PLAQ_OK;

    for (int k = 0; k < of->lines.sinks && status == PLAQ_OK; k++) {
        for (int i = 0; i < o->quarks && status == PLAQ_OK; i++)
            status = look_through(j, b, of->lines.quark[i], of->lines.sink[k]);
        for (int p = 0; p < b->n && status == PLAQ_OK; p++) {
            const plaq_propagators from = {.at = b->at[b->first + p], .quark = quark};

            for (int i = 0; i < o->quarks; i++) {
                quark[i].columns = *seen(j, b, of->lines.quark[i], of->lines.sink[k]);
                quark[i].first = COLUMNS * p;
                memcpy(quark[i].phase, j->run->quarks[of->lines.quark[i]].action.phase, sizeof quark[i].phase);
            }
            plaq_sink_part(j->sinks[m], b->first + p, b->source->count, k, of->lines.sinks);
            status = plaq_agree(j->comm, o->contract(of->params, &from, j->sinks[m]));
        }
    }
    return status == PLAQ_OK ? status : plaq_note(status, "measurement %s", of->name);
}

static plaq_status do_batch(const job *j, const batch *b)
{
    const int source = (int)(b->source - j->run->sources);

    PLAQ_TRY(solve_all(j, b));
    for (int m = 0; m < j->run->count; m++)
        if (j->wanted[m] && j->run->list[m].lines.source == source) PLAQ_TRY(contract(j, b, m));
    return PLAQ_OK;
}

/* ---- a source ---------------------------------------------------------------------------------------------------- */

/* Where the source stands on this configuration. */
static plaq_status find_places(const job *j, const plaq_source *s, int (*at)[4])
{
    const int *dims = plaq_lattice_dims(j->lattice);

    for (int i = 0; i < s->count; i++) {
        if (s->random)
            plaq_source_place(j->number, (uint64_t)i, dims, at[i]);
        else
            memcpy(at[i], s->at[i], sizeof at[i]);
        for (int mu = 0; mu < 4; mu++)
            if (at[i][mu] >= dims[mu])
                return plaq_fail(PLAQ_E_USAGE, "source %s at [%d, %d, %d, %d] is outside of %d x %d x %d x %d", s->name,
                                 at[i][0], at[i][1], at[i][2], at[i][3], dims[0], dims[1], dims[2], dims[3]);
    }
    return PLAQ_OK;
}

static plaq_status do_source(const job *j, int source)
{
    const plaq_source *s = &j->run->sources[source];
    const int most = j->run->options.columns / COLUMNS;
    batch b = {.source = s};
    plaq_status status;

    b.at = plaq_alloc((size_t)s->count, sizeof *b.at);
    b.seen = plaq_alloc((size_t)(j->run->n_quarks * (1 + j->run->n_sources)), sizeof *b.seen);
    PLAQ_GO(plaq_agree(j->comm, b.at && b.seen ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(find_places(j, s, b.at));
    for (b.first = 0; b.first < s->count; b.first += b.n) {
        b.n = s->count - b.first < most ? s->count - b.first : most;
        status = do_batch(j, &b);
        clear_batch(j, &b);
        if (status != PLAQ_OK) break;
    }
done:
    plaq_free(b.seen);
    plaq_free(b.at);
    return status;
}

/* Identities of configurations are texts; sources want numbers. */
static uint64_t number_of(const char *identity)
{
    char hex[65];
    uint64_t number = 0;

    plaq_sha256(identity, strlen(identity), hex);
    for (int i = 0; i < 16; i++) number = number << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return number;
}

plaq_status run_measure_lines(const plaq_run *run, plaq_gauge *u, const char *identity, const bool wanted[],
                              plaq_sink *sinks[], run_solve solves[])
{
    job j = {.run = run,
             .lattice = plaq_gauge_lattice(u),
             .u = u,
             .number = number_of(identity),
             .wanted = wanted,
             .sinks = sinks,
             .solves = solves};
    plaq_status status;

    j.comm = plaq_lattice_comm(j.lattice);
    j.dirac = plaq_alloc((size_t)run->n_quarks, sizeof *j.dirac);
    j.smooth = plaq_alloc((size_t)run->n_derived + 1, sizeof *j.smooth);
    PLAQ_GO(plaq_agree(j.comm, j.dirac && j.smooth ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(make_operators(&j));
    PLAQ_GO(make_fields(&j));
    for (int s = 0; s < run->n_sources; s++)
        if (takes_source(&j, s, false)) PLAQ_GO(do_source(&j, s));
done:
    for (int q = 0; j.dirac && q < run->n_quarks; q++) plaq_dirac_destroy(&j.dirac[q]);
    for (int i = 0; j.smooth && i < run->n_derived; i++) plaq_gauge_destroy(&j.smooth[i]);
    plaq_free(j.dirac);
    plaq_free(j.smooth);
    return status;
}

int plaq_run_columns(const plaq_run *run, int quark, int source)
{
    for (int i = 0; i < run->count; i++)
        if (run->list[i].lines.sinks && run->list[i].lines.source == source && is_taken(&run->list[i], quark))
            return COLUMNS * run->sources[source].count;
    return 0;
}

int64_t plaq_run_numbers(const plaq_run *run, const int dims[4])
{
    int64_t sum = 0;

    for (int i = 0; i < run->count; i++) {
        const plaq_measurement *m = &run->list[i];

        if (m->lines.sinks && m->observable->numbers)
            sum += m->observable->numbers(m->params, dims) * m->lines.sinks * run->sources[m->lines.source].count;
    }
    return sum;
}
