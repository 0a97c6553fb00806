/* Measurements on propagators of one configuration: sources are made, all their columns solved together as far as the
 * run file allows, and every measurement that takes them contracts them before they are dropped.
 *
 * Propagators of a batch are shared by all measurements of a source; those seen through a sink too. Of quarks that are
 * to be saved, those that are on disk are read, and only the others solved for.
 */
#include <stdio.h>
#include <string.h>

#include "run/run.h"

enum { COLUMNS = 12 }; /* of a propagator from one position */

typedef struct {
    const plaq_run *run;
    plaq_lattice *lattice;
    const plaq_comm *comm;
    const plaq_plan_entry *entry;
    plaq_gauge *u; /* as read; borrowed */
    uint64_t number;
    const bool *wanted;  /* [measurements] */
    plaq_sink **sinks;   /* [measurements] */
    run_solve *solves;   /* [quarks][sources] */
    plaq_dirac **dirac;  /* [quarks]; those that are needed */
    plaq_gauge **smooth; /* [derived]: gauge fields that sources are smeared on */
} job;

/* The propagators of some positions of a source. */
typedef struct {
    const plaq_source *source;
    int (*at)[4];        /* [count of the source] */
    int first, n;        /* positions */
    plaq_columns **seen; /* [quarks][1 + sources]: through no sink, through each */
    bool *lacks;         /* [n]: positions to be solved for, of the quark at hand */
    bool *filled;        /* [n]: those whose sources are in rhs */
    plaq_columns *rhs;   /* of the positions that lack, without gaps; NULL: not made yet */
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

static plaq_status make_columns(const job *j, int positions, plaq_columns **f)
{
    return plaq_columns_create(j->lattice, PLAQ_DOUBLE, COLUMNS * positions, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, f);
}

static run_solve *sum_of(const job *j, const batch *b, int q)
{
    return &j->solves[q * j->run->n_sources + (int)(b->source - j->run->sources)];
}

/* Reads what is on disk into its place and marks the rest. */
static plaq_status find_saved(const job *j, const batch *b, int q, plaq_columns *x, int *lacking)
{
    run_solve *sum = sum_of(j, b, q);

    *lacking = 0;
    for (int p = 0; p < b->n; p++) {
        bool found = false;
        double residual = 0;

        if (j->run->quarks[q].save)
            PLAQ_TRY(run_saved_read(j->run, j->entry, q, (int)(b->source - j->run->sources), b->at[b->first + p], x,
                                    COLUMNS * p, &found, &residual));
        b->lacks[p] = !found;
        *lacking += !found;
        sum->read += found;
        if (residual > sum->residual) sum->residual = residual;
    }
    return PLAQ_OK;
}

/* Sources of the positions that lack; those of the last quark, where it lacked the same. */
static plaq_status fill(const job *j, batch *b, int lacking)
{
    int k = 0;

    if (b->rhs && memcmp(b->filled, b->lacks, (size_t)b->n * sizeof *b->lacks) == 0) return PLAQ_OK;
    plaq_columns_destroy(&b->rhs);
    PLAQ_TRY(make_columns(j, lacking, &b->rhs));
    memcpy(b->filled, b->lacks, (size_t)b->n * sizeof *b->lacks);
    for (int p = 0; p < b->n; p++)
        if (b->lacks[p])
            PLAQ_TRY(b->source->kind->fill(b->source->params, field_of(j, b->source), b->at[b->first + p], j->number,
                                           b->rhs, COLUMNS * k++));
    return PLAQ_OK;
}

static void log_solve(const job *j, const batch *b, int q, const plaq_solution *s, double residual, double seconds)
{
    char read[40] = "";

    if (s->columns < COLUMNS * b->n) snprintf(read, sizeof read, ", %d of them read", b->n - s->columns / COLUMNS);
    plaq_log(PLAQ_LOG_INFO, "%s from %s, positions %d to %d of %d%s: %d iterations, residual %.1e, %.2f s",
             j->run->quarks[q].name, b->source->name, b->first + 1, b->first + b->n, b->source->count, read,
             s->iterations, residual, seconds);
}

static plaq_status solve(const job *j, const batch *b, int q, plaq_columns *x, plaq_solution *solution)
{
    run_solve *sum = sum_of(j, b, q);
    const double start = plaq_now();
    double largest = 0, seconds;

    PLAQ_TRY(plaq_dirac_solve(j->dirac[q], &j->run->quarks[q].solver, b->rhs, x, solution));
    seconds = plaq_now() - start;
    for (int i = 0; i < solution->columns; i++)
        if (solution->residual[i] > largest) largest = solution->residual[i];
    if (largest > sum->residual) sum->residual = largest;
    sum->iterations += solution->iterations;
    sum->seconds += seconds;
    log_solve(j, b, q, solution, largest, seconds);
    return PLAQ_OK;
}

/* As the numbers of a file of single precision are. */
static plaq_status round_to_single(plaq_columns *x)
{
    plaq_columns *f = NULL;

    PLAQ_TRY(plaq_columns_create(plaq_columns_lattice(x), PLAQ_SINGLE, plaq_columns_count(x), 0, PLAQ_SPINOR_REALS,
                                 PLAQ_ALL, &f));
    plaq_columns_copy(x, f);
    plaq_columns_copy(f, x);
    plaq_columns_destroy(&f);
    return PLAQ_OK;
}

/* Writes what was solved for; afterwards it holds what is in the files. */
static plaq_status save(const job *j, const batch *b, int q, plaq_columns *x, const plaq_solution *solution)
{
    const run_saving *saving = j->run->quarks[q].save;
    int k = 0;

    if (!saving) return PLAQ_OK;
    if (saving->precision == PLAQ_SINGLE) PLAQ_TRY(round_to_single(x));
    for (int p = 0; p < b->n; p++) {
        if (!b->lacks[p]) continue;
        PLAQ_TRY(run_saved_write(j->run, j->entry, q, (int)(b->source - j->run->sources), b->at[b->first + p], x,
                                 COLUMNS * k, solution->residual + (size_t)(COLUMNS * k)));
        k++;
    }
    return PLAQ_OK;
}

/* Columns without gaps to the positions that lack. */
static void put_back(const job *j, const batch *b, const plaq_columns *from, plaq_columns *x)
{
    const plaq_sites *sites = plaq_lattice_sites(j->lattice);

    for (int set = 0; set < sites->sets; set++)
        for (int i = 0; i < sites->body[set]; i++)
            for (int p = 0, k = 0; p < b->n; p++)
                for (int c = 0; c < COLUMNS && b->lacks[p]; c++, k++) {
                    double spinor[PLAQ_SPINOR_REALS];

                    plaq_columns_get(from, sites->place[set][i], k, spinor);
                    plaq_columns_put(x, sites->place[set][i], COLUMNS * p + c, spinor);
                }
}

/* The propagators of a quark from all positions of the batch. */
static plaq_status make_propagators(const job *j, batch *b, int q)
{
    plaq_columns **x = seen(j, b, q, PLAQ_POINT), *some = NULL, *solved;
    plaq_solution solution = {0};
    plaq_status status;
    int lacking;

    PLAQ_GO(make_columns(j, b->n, x));
    PLAQ_GO(find_saved(j, b, q, *x, &lacking));
    if (lacking == 0) goto done;
    PLAQ_GO(fill(j, b, lacking));
    if (lacking < b->n)
        PLAQ_GO(make_columns(j, lacking, &some));
    else
        plaq_columns_zero(*x); /* a damaged file may have left anything */
    solved = some ? some : *x;
    PLAQ_GO(solve(j, b, q, solved, &solution));
    PLAQ_GO(save(j, b, q, solved, &solution));
    if (some) put_back(j, b, some, *x);
done:
    plaq_columns_destroy(&some);
    plaq_solution_clear(&solution);
    return status == PLAQ_OK ? status
                             : plaq_note(status, "quark %s from source %s", j->run->quarks[q].name, b->source->name);
}

static plaq_status make_all(const job *j, batch *b)
{
    const int source = (int)(b->source - j->run->sources);
    plaq_status status = plaq_stop_check(j->comm);

    for (int q = 0; q < j->run->n_quarks && status == PLAQ_OK; q++)
        if (takes_quark(j, source, q)) status = make_propagators(j, b, q);
    plaq_columns_destroy(&b->rhs);
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

static plaq_status do_batch(const job *j, batch *b)
{
    const int source = (int)(b->source - j->run->sources);

    PLAQ_TRY(make_all(j, b));
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
    b.lacks = plaq_alloc((size_t)s->count, sizeof *b.lacks);
    b.filled = plaq_alloc((size_t)s->count, sizeof *b.filled);
    PLAQ_GO(plaq_agree(j->comm, b.at && b.seen && b.lacks && b.filled ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(find_places(j, s, b.at));
    for (b.first = 0; b.first < s->count; b.first += b.n) {
        b.n = s->count - b.first < most ? s->count - b.first : most;
        status = do_batch(j, &b);
        clear_batch(j, &b);
        if (status != PLAQ_OK) break;
    }
done:
    plaq_free(b.filled);
    plaq_free(b.lacks);
    plaq_free(b.seen);
    plaq_free(b.at);
    return status;
}

/* What tells fields apart, for sources that are drawn: their plaquettes and link trace to the last bit. Those are the
 * same on any number of ranks, and of the same links in any file. Collective. */
static plaq_status number_of(plaq_gauge *u, uint64_t *number)
{
    double seen[7];
    char hex[65];

    PLAQ_TRY(plaq_gauge_plaquette(u, seen, NULL));
    PLAQ_TRY(plaq_gauge_link_trace(u, &seen[6]));
    plaq_sha256(seen, sizeof seen, hex);
    *number = 0;
    for (int i = 0; i < 16; i++) *number = *number << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return PLAQ_OK;
}

plaq_status run_measure_lines(const plaq_run *run, plaq_gauge *u, const plaq_plan_entry *entry, const bool wanted[],
                              plaq_sink *sinks[], run_solve solves[])
{
    job j = {.run = run,
             .lattice = plaq_gauge_lattice(u),
             .entry = entry,
             .u = u,
             .wanted = wanted,
             .sinks = sinks,
             .solves = solves};
    plaq_status status;

    j.comm = plaq_lattice_comm(j.lattice);
    j.dirac = plaq_alloc((size_t)run->n_quarks, sizeof *j.dirac);
    j.smooth = plaq_alloc((size_t)run->n_derived + 1, sizeof *j.smooth);
    PLAQ_GO(plaq_agree(j.comm, j.dirac && j.smooth ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(number_of(u, &j.number));
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

/* Fields of a batch of a source, beside its right-hand sides: each quark as it is and through each sink. */
static int fields_of(const plaq_run *run, int source)
{
    int fields = 0;

    for (int q = 0; q < run->n_quarks; q++)
        for (int sink = PLAQ_POINT; sink < run->n_sources; sink++) {
            bool seen = false;

            for (int i = 0; i < run->count; i++) {
                const plaq_lines *lines = &run->list[i].lines;

                if (!lines->sinks || lines->source != source || !is_taken(&run->list[i], q)) continue;
                seen |= sink == PLAQ_POINT;
                for (int k = 0; k < lines->sinks; k++) seen |= lines->sink[k] == sink;
            }
            fields += seen;
        }
    return fields;
}

int64_t plaq_run_quark_bytes(const plaq_run *run, const int dims[4], const int grid[4])
{
    int64_t operators = 0, most = 0;

    for (int q = 0; q < run->n_quarks; q++) {
        int columns = 0;

        for (int s = 0; s < run->n_sources; s++)
            if (plaq_run_columns(run, q, s) > columns) columns = plaq_run_columns(run, q, s);
        if (columns > run->options.columns) columns = run->options.columns;
        if (columns) operators += plaq_dirac_estimate(dims, grid, &run->quarks[q].action, columns);
    }
    for (int s = 0; s < run->n_sources; s++) {
        int64_t solver = 0, field;
        int columns = COLUMNS * run->sources[s].count;

        if (columns > run->options.columns) columns = run->options.columns;
        field = plaq_columns_estimate(dims, grid, PLAQ_DOUBLE, columns, 0, PLAQ_SPINOR_REALS, false);
        for (int q = 0; q < run->n_quarks; q++)
            if (plaq_run_columns(run, q, s)) {
                const int64_t here = plaq_solver_estimate(dims, grid, &run->quarks[q].solver, columns, 0);

                if (here > solver) solver = here;
            }
        if (fields_of(run, s) && (1 + fields_of(run, s)) * field + solver > most)
            most = (1 + fields_of(run, s)) * field + solver;
    }
    return operators + most;
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
