/* `plaq bench`: each kernel's speed beside what the machine allows, both measured in the same run.
 *
 * A row is a function called on a prepared field, its flops and reals a site, and its bound: the larger of flops over
 * peak and bytes over bandwidth, where the bandwidth is that of reading as much memory as the kernel touches. Readers
 * are held against one rank's plain read(2) of the same file, from cache. Times are medians of repeated runs, spread
 * is half the width of the middle half. Adding a kernel is adding a row to `rows`.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/traffic.h"
#include "kernel/kernel.h"
#include "plaq/fermion.h"
#include "plaq/gauge.h"
#include "plaq/io.h"

enum { REPEAT_MAX = 1000, COLUMNS = 16 };

typedef struct {
    int dims[4];
    int precision;
    int repeat;
    char scratch[512];
    bool json;
} options;

static const plaq_param table[] = {
    PLAQ_INTS(options, dims, "[16, 16, 16, 16]", 1, 4096, "a", "extents X,Y,Z,T of the lattice"),
    PLAQ_CHOICE(options, precision, "both", "single|double|both", "of the fields"),
    PLAQ_INT(options, repeat, "11", 3, REPEAT_MAX, "1", "measured runs a row, after one to warm up"),
    PLAQ_TEXT(options, scratch, "/tmp", "folder for the files that readers read; they are removed"),
    PLAQ_BOOL(options, json, "false", "one JSON object a row"),
    PLAQ_END,
};

/* ---- the rows --------------------------------------------------------------------------------------------------- */

typedef struct {
    const plaq_comm *comm;
    const options *o;
    plaq_lattice *lattice;
    plaq_prec prec;
    plaq_gauge *u;
    plaq_flow *flow;  /* of u, made by the row that flows it */
    plaq_field *work; /* made by the row that works in it */
    plaq_dirac *dirac;
    plaq_columns *psi, *out; /* COLUMNS spinors, made with it */
    plaq_columns *quarks;    /* two propagators, made by the row that contracts them */
    char path[600];          /* of the file a reader reads */
    uint64_t sweep;
    double peak[2];    /* flops a second of all ranks, by precision */
    char carrier[640]; /* of the halo: how it travels; "" where it was not measured */
} bench;

typedef struct {
    const char *name, *doc;
    double flops, reals; /* a site; reals read and written, each counted once. 0: the halo's */
    plaq_status (*run)(bench *b);
    const char *format; /* a reader of this format, bound by plain reading; NULL: not a reader */
    bool in[2];         /* which precisions it runs in: single, double */
    int columns;        /* the flops are those of one of them */
} row;

static plaq_status run_plaquette(bench *b)
{
    double planes[6];

    return plaq_gauge_plaquette(b->u, planes, NULL);
}

static plaq_status run_link_trace(bench *b)
{
    double trace;

    return plaq_gauge_link_trace(b->u, &trace);
}

static plaq_status run_rectangle(bench *b)
{
    double mean;

    return plaq_gauge_rectangle(b->u, &mean);
}

static plaq_status run_polyakov(bench *b)
{
    double complex loop;

    return plaq_gauge_polyakov(b->u, 3, &loop);
}

static plaq_status run_clover(bench *b)
{
    int t = b->o->dims[3];
    double *density = plaq_alloc(2 * (size_t)t, sizeof *density);
    plaq_status status = plaq_agree(b->comm, density ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK) status = plaq_gauge_clover(b->u, density, density + t);
    plaq_free(density);
    return status;
}

static plaq_status run_improved_charge(bench *b)
{
    const int t = b->o->dims[3], reals = 12 * 18;
    double *charge = plaq_alloc(2 * (size_t)t, sizeof *charge);
    plaq_status status = plaq_agree(b->comm, charge ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK && !b->work) status = plaq_field_create(b->lattice, b->prec, reals, &b->work);
    if (status == PLAQ_OK) status = plaq_gauge_improved_charge(b->u, charge, b->work, charge + t);
    plaq_free(charge);
    return status;
}

static plaq_status run_tensor(bench *b)
{
    double *slices = plaq_alloc(PLAQ_TENSOR * (size_t)b->o->dims[3], sizeof *slices);
    plaq_status status = plaq_agree(b->comm, slices ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK) status = plaq_gauge_energy_momentum(b->u, slices, 0, NULL, NULL);
    plaq_free(slices);
    return status;
}

static plaq_status run_halo(bench *b)
{
    plaq_field_touch(plaq_gauge_links(b->u));
    return plaq_field_halo(plaq_gauge_links(b->u));
}

static plaq_status run_heat_bath(bench *b)
{
    return plaq_gauge_heat_bath(b->u, 6.0, 1, b->sweep++);
}

static plaq_status run_over_relax(bench *b)
{
    return plaq_gauge_over_relax(b->u);
}

static plaq_status run_flow(bench *b, plaq_flow_action action)
{
    if (!b->flow) PLAQ_TRY(plaq_flow_create(b->u, action, false, &b->flow));
    return plaq_flow_step(b->flow, 0.01);
}

static plaq_status run_flow_wilson(bench *b)
{
    return run_flow(b, PLAQ_FLOW_WILSON);
}

static plaq_status run_flow_symanzik(bench *b)
{
    return run_flow(b, PLAQ_FLOW_SYMANZIK);
}

static plaq_status run_flow_zeuthen(bench *b)
{
    return run_flow(b, PLAQ_FLOW_ZEUTHEN);
}

/* In place: after few runs the links are as smooth as smeared ones are. */
static plaq_status run_ape(bench *b)
{
    return plaq_gauge_ape(b->u, &(plaq_ape){.alpha = 0.6, .directions = 4, .steps = 4});
}

static plaq_status run_stout(bench *b)
{
    return plaq_gauge_stout(b->u, &(plaq_stout){.rho = 0.1, .directions = 4, .steps = 4});
}

static plaq_status run_over_improved(bench *b)
{
    return plaq_gauge_over_improved(b->u,
                                    &(plaq_over_improved){.rho = 0.06, .epsilon = -0.25, .directions = 4, .steps = 4});
}

static plaq_status run_hyp(bench *b)
{
    return plaq_gauge_hyp(b->u, &(plaq_hyp){.alpha = {0.75, 0.6, 0.3}, .directions = 4, .steps = 4});
}

static plaq_status run_hex(bench *b)
{
    return plaq_gauge_hex(b->u, &(plaq_hex){.alpha = {0.95, 0.76, 0.38}, .directions = 4, .steps = 4});
}

/* numbers of order one in all columns */
static void fill_spinors(plaq_columns *f)
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(f));

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int column = 0; column < plaq_columns_count(f); column++) {
                double psi[PLAQ_SPINOR_REALS];

                for (int k = 0; k < PLAQ_SPINOR_REALS; k++) psi[k] = (x + 7 * column + 11 * k) % 101 / 50.0 - 1;
                plaq_columns_put(f, p->place[set][x], column, psi);
            }
}

static plaq_status make_dirac(bench *b, double csw)
{
    const plaq_action action = {.mass = 0.1, .csw = csw, .phase = {0, 0, 0, 1}};
    const int reals = PLAQ_SPINOR_REALS;

    if (b->dirac) return PLAQ_OK;
    PLAQ_TRY(plaq_dirac_create(b->u, &action, &b->dirac));
    PLAQ_TRY(plaq_columns_create(b->lattice, b->prec, COLUMNS, 0, reals, PLAQ_ALL, &b->psi));
    PLAQ_TRY(plaq_columns_create(b->lattice, b->prec, COLUMNS, 0, reals, PLAQ_ALL, &b->out));
    fill_spinors(b->psi);
    return PLAQ_OK;
}

static plaq_status run_reduced(bench *b, double csw)
{
    plaq_operator m;

    PLAQ_TRY(make_dirac(b, csw));
    m = plaq_dirac_reduced(b->dirac);
    return m.apply(m.self, false, b->psi, b->out);
}

static plaq_status run_hop(bench *b)
{
    PLAQ_TRY(make_dirac(b, 0));
    return plaq_dirac_hop(b->dirac, false, b->psi, b->out);
}

static plaq_status run_reduced_wilson(bench *b)
{
    return run_reduced(b, 0);
}

static plaq_status run_reduced_clover(bench *b)
{
    return run_reduced(b, 1.0);
}

static plaq_status run_dirac_clover(bench *b)
{
    PLAQ_TRY(make_dirac(b, 1.0));
    return plaq_dirac_apply(b->dirac, false, b->psi, b->out);
}

static plaq_status make_quarks(bench *b)
{
    if (b->quarks) return PLAQ_OK;
    PLAQ_TRY(plaq_columns_create(b->lattice, b->prec, 24, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &b->quarks));
    fill_spinors(b->quarks);
    return PLAQ_OK;
}

static plaq_status run_mesons(bench *b)
{
    enum { PAIRS = 256 };
    const plaq_momentum_sums rest = {.count = 1, .n = (const int[1][3]){{0}}};
    double complex *c = plaq_alloc(PAIRS * (size_t)b->o->dims[3], sizeof *c);
    plaq_status status = plaq_agree(b->comm, c ? PLAQ_OK : PLAQ_E_MEMORY);
    plaq_meson pair[PAIRS];

    if (status == PLAQ_OK) status = make_quarks(b);
    for (int i = 0; i < PAIRS; i++) pair[i] = (plaq_meson){i / 16, i % 16};
    if (status == PLAQ_OK)
        status = plaq_mesons(&(plaq_quark){.columns = b->quarks}, &(plaq_quark){.columns = b->quarks, .first = 12},
                             PAIRS, pair, &rest, c);
    plaq_free(c);
    return status;
}

static plaq_status run_baryon(bench *b)
{
    const plaq_momentum_sums rest = {.count = 1, .n = (const int[1][3]){{0}}};
    double complex *c = plaq_alloc(2 * (size_t)b->o->dims[3], sizeof *c);
    plaq_status status = plaq_agree(b->comm, c ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK) status = make_quarks(b);
    if (status == PLAQ_OK) {
        const plaq_quark light = {.columns = b->quarks};

        status = plaq_baryon_parities(plaq_baryon_find("nucleon"), (plaq_quark[3]){light, light, light}, &rest, c);
    }
    plaq_free(c);
    return status;
}

static plaq_status run_read(bench *b)
{
    plaq_config_report report;
    plaq_config *config = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_config_open(b->comm, b->path, NULL, &config));
    status = plaq_config_read(config, plaq_gauge_links(b->u), &report);
    plaq_config_close(&config);
    if (status == PLAQ_OK && !report.checksum_ok)
        status = plaq_fail(PLAQ_E_DATA, "%s: checksum does not agree", b->path);
    return status;
}

/* Flops are those the kernels' own comments count. */
static const row rows[] = {
    {"plaquette", "six plaquettes a site", 2592, 72, run_plaquette, NULL, {true, true}, 1},
    {"link_trace", "trace of every link", 12, 12, run_link_trace, NULL, {true, true}, 1},
    {"rectangle", "twelve 2x1 rectangles a site", 8352, 72, run_rectangle, NULL, {true, true}, 1},
    {"polyakov", "temporal loops", 198, 18, run_polyakov, NULL, {true, true}, 1},
    {"clover", "clover energy and charge", 12510, 72, run_clover, NULL, {true, true}, 1},
    {"improved_charge", "charge of the 2x1 leaves", 27280, 576, run_improved_charge, NULL, {true, true}, 1},
    {"energy_momentum", "energy-momentum tensor", 12720, 94, run_tensor, NULL, {true, true}, 1},
    {"halo", "exchange of the halo of all links", 0, 0, run_halo, NULL, {true, true}, 1},
    {"heat_bath", "a heat bath sweep at beta 6.0", 12840, 144, run_heat_bath, NULL, {false, true}, 1},
    {"over_relax", "an over-relaxation sweep", 12840, 144, run_over_relax, NULL, {false, true}, 1},
    {"flow_wilson", "a Runge-Kutta step of Wilson flow", 3 * 11300, 576, run_flow_wilson, NULL, {true, true}, 1},
    {"flow_symanzik", "the same of Symanzik flow", 3 * 26800, 576, run_flow_symanzik, NULL, {true, true}, 1},
    {"flow_zeuthen", "the same of Zeuthen flow", 3 * 28500, 576, run_flow_zeuthen, NULL, {true, true}, 1},
    {"ape", "four steps of APE smearing", 4 * 19400, 4 * 144, run_ape, NULL, {true, true}, 1},
    {"stout", "four steps of stout smearing", 4 * 12600, 4 * 144, run_stout, NULL, {true, true}, 1},
    {"over_improved",
     "four steps of over-improved stout",
     4 * 38700,
     4 * 648,
     run_over_improved,
     NULL,
     {true, true},
     1},
    {"hyp", "four steps of HYP smearing", 4 * 106000, 4 * 1152, run_hyp, NULL, {true, true}, 1},
    {"hex", "four steps of HEX smearing", 4 * 59000, 4 * 1152, run_hex, NULL, {true, true}, 1},
    {"hop", "hopping term on all sites, 16 columns", 1320, COLUMNS * 48 + 144, run_hop, NULL, {true, true}, COLUMNS},
    /* A - D_oe A^-1 D_eo / 4: the vectors of the half in between are written and read, those of odd sites read twice;
     * each half reads all links */
    {"wilson_odd",
     "even-odd Wilson operator",
     1320,
     COLUMNS * 60 + 144,
     run_reduced_wilson,
     NULL,
     {true, true},
     COLUMNS},
    {"clover_odd",
     "even-odd clover operator",
     1848,
     COLUMNS * 60 + 216,
     run_reduced_clover,
     NULL,
     {true, true},
     COLUMNS},
    {"dirac_clover",
     "clover operator on all sites",
     1872,
     COLUMNS * 72 + 216,
     run_dirac_clover,
     NULL,
     {true, true},
     COLUMNS},
    {"meson_256", "mesons of all 256 pairs of gammas", 18432 + 1024, 576, run_mesons, NULL, {true, true}, 1},
    {"baryon", "nucleon of one quark for u and d", 36864 + 1024, 288, run_baryon, NULL, {true, true}, 1},
    {"read_hdf5", "read and verify HDF5", 0, 72, run_read, "hdf5", {true, true}, 1},
    {"read_ildg", "read and verify ILDG", 0, 72, run_read, "ildg", {true, true}, 1},
    {"read_nersc", "read and verify NERSC", 0, 72, run_read, "nersc", {true, true}, 1},
    {"read_milc", "read and verify MILC", 0, 72, run_read, "milc", {true, false}, 1},
    {"read_openqcd", "read openQCD and its plaquette", 0, 72, run_read, "openqcd", {false, true}, 1},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* ---- the machine's limits -----------------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double values[], int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* rates a second of all ranks together, in units that the exact sum has room for */
static double add_ranks(const plaq_comm *comm, double rate)
{
    plaq_sum sum = {0};

    plaq_sum_add(&sum, rate * 1e-9);
    plaq_sum_reduce(comm, &sum, 1);
    return plaq_sum_value(&sum) * 1e9;
}

/* flops a second of all threads of all ranks: the best of several short runs */
static double measure_peak(const plaq_comm *comm, plaq_prec prec)
{
    const plaq_kernels *k = plaq_kernels_of(prec, plaq_lanes_full(prec));
    const int64_t turns = 1000000;
    double best = INFINITY, sink = 0;

    for (int i = 0; i < 7; i++) {
        double start;

        plaq_barrier(comm);
        start = plaq_now();
#pragma omp parallel reduction(+ : sink)
        sink += k->multiply_add(turns);
        best = fmin(best, plaq_now() - start);
    }
    if (isnan(sink)) return NAN; /* never so: the result is used, so it is computed */
    return add_ranks(comm, 32.0 * k->lanes * (double)turns * plaq_threads() / best);
}

plaq_status plaq_bench_bandwidth(const plaq_comm *comm, double bytes, double *rate)
{
    enum { RUNS = 9 };
    const plaq_kernels *k = plaq_kernels_of(PLAQ_DOUBLE, plaq_lanes_full(PLAQ_DOUBLE));
    size_t vector = (size_t)k->lanes * sizeof(double), threads = (size_t)plaq_threads();
    size_t share = (size_t)bytes / vector / threads / 8 * 8 + 8; /* vectors of a thread */
    int times = (int)fmax(1, 2e8 / bytes);
    double seconds[RUNS], sink = 0;
    char *memory = plaq_alloc(share * threads, vector);

    PLAQ_TRY(plaq_agree(comm, memory ? PLAQ_OK : PLAQ_E_MEMORY));
    for (int i = 0; i < RUNS; i++) {
        plaq_barrier(comm);
        seconds[i] = -plaq_now();
#pragma omp parallel reduction(+ : sink)
        for (int t = 0; t < times; t++)
            sink += k->stream_read(memory + (size_t)plaq_thread() * share * vector, (int64_t)share);
        seconds[i] += plaq_now();
    }
    plaq_free(memory);
    *rate = sink == 0 ? add_ranks(comm, (double)(share * threads * vector) * times / median(seconds, RUNS)) : NAN;
    return PLAQ_OK;
}

/* bytes a second of read(2) of the file by rank 0 into one buffer, while the others wait: the median */
static plaq_status measure_plain_read(const bench *b, double *rate)
{
    enum { RUNS = 9 };
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = PLAQ_OK;
    double seconds[RUNS] = {0};
    char *buffer = NULL;
    int64_t bytes = 0;

    if (plaq_comm_rank(b->comm) == 0) {
        status = plaq_file_open(&file, b->path);
        if (status == PLAQ_OK) status = plaq_file_size(&file, &bytes);
        if (status == PLAQ_OK && !(buffer = plaq_alloc((size_t)bytes, 1))) status = PLAQ_E_MEMORY;
        for (int i = 0; i < RUNS && status == PLAQ_OK; i++) {
            seconds[i] = -plaq_now();
            status = plaq_file_read(&file, 0, buffer, (size_t)bytes);
            seconds[i] += plaq_now();
        }
        plaq_free(buffer);
        plaq_status closed = plaq_file_close(&file);
        if (status == PLAQ_OK) status = closed;
    }
    PLAQ_TRY(plaq_agree(b->comm, status));
    *rate = (double)bytes / median(seconds, RUNS);
    plaq_broadcast(b->comm, rate, sizeof *rate);
    return PLAQ_OK;
}

/* ---- measuring and printing ----------------------------------------------------------------------------------------
 */

typedef struct {
    double seconds, spread; /* median; half the width of the middle half, relative to it */
    double flops, bytes;    /* of one run, all ranks */
    double limit;           /* seconds the bound allows */
    char bound[64];
} outcome;

static plaq_status time_row(bench *b, const row *r, outcome *out)
{
    static double seconds[REPEAT_MAX];
    int n = b->o->repeat;

    PLAQ_TRY(r->run(b)); /* warms up */
    for (int i = 0; i < n; i++) {
        plaq_barrier(b->comm);
        seconds[i] = -plaq_now();
        PLAQ_TRY(r->run(b));
        plaq_barrier(b->comm);
        seconds[i] += plaq_now();
    }
    out->seconds = median(seconds, n);
    out->spread = (seconds[3 * n / 4] - seconds[n / 4]) / 2 / out->seconds;
    plaq_broadcast(b->comm, out, sizeof *out);
    return PLAQ_OK;
}

/* reals that an exchange of the halo reads and writes, on all ranks */
static double halo_reals(const bench *b)
{
    const plaq_layout *p = plaq_lattice_layout(b->lattice, b->prec);

    return 2.0 * (p->total - p->volume) * 72 * p->lanes * plaq_comm_size(b->comm);
}

/* How the halo travels: what MPI has chosen, and whether a network interface of the host of rank 0 sends as much as one
 * of its ranks does. */
static plaq_status find_carrier(bench *b)
{
    enum { TIMES = 10 };
    const double halo = plaq_traffic_halo(b->lattice, b->prec);
    plaq_traffic before, after;
    const char *name;
    char chosen[512];
    double sent;
    int64_t shared, by_mpi;

    if (plaq_comm_size(b->comm) == 1) {
        snprintf(b->carrier, sizeof b->carrier, "one rank, no messages");
        return PLAQ_OK;
    }
    plaq_mpi_transport(chosen, sizeof chosen);
    plaq_transport_ways(&shared, &by_mpi);
    if (by_mpi == 0) snprintf(chosen, sizeof chosen, "written into shared memory");
    plaq_traffic_read(&before);
    for (int i = 0; i < TIMES; i++) PLAQ_TRY(run_halo(b));
    plaq_traffic_read(&after);
    sent = plaq_traffic_since(&before, &after, &name) / TIMES;
    snprintf(b->carrier, sizeof b->carrier, "%s%s%.3g MB a rank, %s%s", chosen, chosen[0] ? "; " : "", halo * 1e-6,
             sent > halo / 2 ? "over " : "through memory", sent > halo / 2 ? name : "");
    return PLAQ_OK;
}

static plaq_status measure_row(bench *b, const row *r, outcome *out)
{
    double real_size = b->prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    double sites = (double)plaq_lattice_volume(b->lattice), rate;

    PLAQ_TRY(time_row(b, r, out));
    if (r->run == run_halo) PLAQ_TRY(find_carrier(b));
    out->flops = r->flops * sites * r->columns;
    out->bytes = (r->reals > 0 ? r->reals * sites : halo_reals(b)) * real_size;
    if (r->format) {
        PLAQ_TRY(measure_plain_read(b, &rate));
        out->limit = out->bytes / rate;
        snprintf(out->bound, sizeof out->bound, "read %.2f GB/s", rate * 1e-9);
        return PLAQ_OK;
    }
    PLAQ_TRY(plaq_bench_bandwidth(b->comm, out->bytes / plaq_comm_size(b->comm), &rate));
    out->limit = fmax(out->flops / b->peak[b->prec], out->bytes / rate);
    if (out->flops / b->peak[b->prec] > out->bytes / rate)
        snprintf(out->bound, sizeof out->bound, "peak %.1f GF", b->peak[b->prec] * 1e-9);
    else
        snprintf(out->bound, sizeof out->bound, "memory %.1f GB/s", rate * 1e-9);
    return PLAQ_OK;
}

static const char *prec_word(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? "double" : "single";
}

static plaq_status print_json(const bench *b, const row *r, const outcome *out)
{
    cJSON *json = cJSON_CreateObject();

    plaq_json_text(json, "name", r->name);
    plaq_json_text(json, "precision", prec_word(b->prec));
    plaq_json_ints(json, "dims", b->o->dims, 4);
    plaq_json_int(json, "columns", r->columns);
    plaq_json_int(json, "ranks", plaq_comm_size(b->comm));
    plaq_json_int(json, "threads", plaq_threads());
    plaq_json_real(json, "seconds", out->seconds);
    plaq_json_real(json, "spread", out->spread);
    plaq_json_real(json, "flops", out->flops);
    plaq_json_real(json, "bytes", out->bytes);
    plaq_json_real(json, "gflops", out->flops / out->seconds * 1e-9);
    plaq_json_real(json, "gbytes", out->bytes / out->seconds * 1e-9);
    plaq_json_text(json, "bound", out->bound);
    plaq_json_real(json, "fraction", out->limit / out->seconds);
    plaq_json_text(json, "carrier", r->run == run_halo ? b->carrier : NULL);
    return plaq_json_print(json, false);
}

static plaq_status print_row(const bench *b, const row *r, const outcome *out, plaq_table *lines)
{
    if (plaq_comm_rank(b->comm) != 0) return PLAQ_OK;
    if (b->o->json) return print_json(b, r, out);
    return plaq_table_row(lines, "%s\t%s\t%.3f\t%.0f%%\t%.1f\t%.1f\t%s\t%.2f", r->name, prec_word(b->prec),
                          out->seconds * 1e3, out->spread * 100, out->flops / out->seconds * 1e-9,
                          out->bytes / out->seconds * 1e-9, out->bound, out->limit / out->seconds);
}

/* the file a reader reads, of the links that are there */
static plaq_status write_file(bench *b, const char *format)
{
    plaq_config_facts facts = {.link_trace = NAN, .ensemble = "", .number = -1, .history = ""};
    double planes[6], spatial, temporal;
    int64_t unique = getpid();

    PLAQ_TRY(plaq_gauge_plaquette(b->u, planes, NULL));
    plaq_plane_means(planes, &facts.plaquette, &spatial, &temporal);
    plaq_broadcast(b->comm, &unique, sizeof unique);
    snprintf(b->path, sizeof b->path, "%s/plaq-bench-%lld.%s", b->o->scratch, (long long)unique, format);
    return plaq_config_write(plaq_gauge_links(b->u), b->path, format, b->prec, &facts);
}

static plaq_status bench_row(bench *b, const row *r, plaq_table *lines)
{
    outcome out = {0};
    plaq_status status = PLAQ_OK;

    if (r->format) status = write_file(b, r->format);
    if (status == PLAQ_OK) status = measure_row(b, r, &out);
    plaq_flow_destroy(&b->flow);
    plaq_field_destroy(&b->work);
    plaq_columns_destroy(&b->psi);
    plaq_columns_destroy(&b->out);
    plaq_dirac_destroy(&b->dirac);
    plaq_columns_destroy(&b->quarks);
    if (r->format && plaq_comm_rank(b->comm) == 0) plaq_path_remove(b->path);
    return status == PLAQ_OK ? plaq_agree(b->comm, print_row(b, r, &out, lines)) : status;
}

static bool is_wanted(const plaq_call *call, const row *r, plaq_prec prec)
{
    enum { BOTH = 2 };
    const options *o = call->options;
    bool named = call->n_args == 0;

    for (int i = 0; i < call->n_args; i++) named |= strcmp(call->args[i], r->name) == 0;
    return named && (o->precision == BOTH || o->precision == (int)prec) && r->in[prec];
}

static plaq_status bench_precision(bench *b, const plaq_call *call, plaq_prec prec, plaq_table *lines)
{
    plaq_status status = PLAQ_OK;

    b->prec = prec;
    PLAQ_TRY(plaq_gauge_create(b->lattice, prec, &b->u));
    plaq_gauge_hot(b->u, 1);
    for (int i = 0; i < ROWS && status == PLAQ_OK; i++)
        if (is_wanted(call, &rows[i], prec)) status = bench_row(b, &rows[i], lines);
    plaq_gauge_destroy(&b->u);
    return status;
}

static bool is_named(const plaq_call *call, const char *name)
{
    for (int i = 0; i < call->n_args; i++)
        if (strcmp(call->args[i], name) == 0) return true;
    return false;
}

static plaq_status check_names(const plaq_call *call)
{
    const char *names[ROWS + 1], *near;

    for (int i = 0; i < ROWS; i++) names[i] = rows[i].name;
    names[ROWS] = "solve";
    for (int i = 0; i < call->n_args; i++) {
        bool known = false;

        for (int j = 0; j <= ROWS; j++) known |= strcmp(call->args[i], names[j]) == 0;
        if (known) continue;
        near = plaq_nearest(call->args[i], names, ROWS + 1);
        if (!near) near = names[0];
        return plaq_fail(PLAQ_E_USAGE, "no benchmark is called '%s'; did you mean '%s'?", call->args[i], near);
    }
    return PLAQ_OK;
}

static void print_machine(const bench *b, double bandwidth)
{
    const int *dims = b->o->dims;

    if (plaq_comm_rank(b->comm) != 0 || b->o->json) return;
    printf("lattice %d x %d x %d x %d; ranks %d, threads %d; lanes %d single, %d double\n", dims[0], dims[1], dims[2],
           dims[3], plaq_comm_size(b->comm), plaq_threads(), plaq_lattice_layout(b->lattice, PLAQ_SINGLE)->lanes,
           plaq_lattice_layout(b->lattice, PLAQ_DOUBLE)->lanes);
    printf("peak %.1f GF single, %.1f GF double; memory %.1f GB/s (each rank reads 256 MB)\n\n",
           b->peak[PLAQ_SINGLE] * 1e-9, b->peak[PLAQ_DOUBLE] * 1e-9, bandwidth * 1e-9);
    fflush(stdout);
}

static plaq_status run(const plaq_call *call)
{
    bench b = {.comm = call->comm, .o = call->options};
    plaq_table lines = {0};
    double bandwidth;
    plaq_status status;

    PLAQ_TRY(check_names(call));
    PLAQ_TRY(plaq_lattice_create(b.comm, b.o->dims, NULL, 0, &b.lattice));
    PLAQ_GO(plaq_bench_bandwidth(b.comm, 256e6, &bandwidth));
    b.peak[PLAQ_SINGLE] = measure_peak(b.comm, PLAQ_SINGLE);
    b.peak[PLAQ_DOUBLE] = measure_peak(b.comm, PLAQ_DOUBLE);
    print_machine(&b, bandwidth);
    PLAQ_GO(plaq_agree(b.comm, plaq_table_row(&lines, "name\tprecision\tms\tspread\tGF\tGB/s\tbound\tfraction")));
    PLAQ_GO(bench_precision(&b, call, PLAQ_SINGLE, &lines));
    PLAQ_GO(bench_precision(&b, call, PLAQ_DOUBLE, &lines));
    if (plaq_comm_rank(b.comm) == 0 && !b.o->json && lines.count > 1) plaq_table_print(&lines);
    if (plaq_comm_rank(b.comm) == 0 && !b.o->json && b.carrier[0]) printf("\nhalo: %s\n", b.carrier);
    if (is_named(call, "solve")) PLAQ_GO(plaq_bench_solve(b.lattice, b.peak[PLAQ_SINGLE], bandwidth, b.o->json));
done:
    plaq_table_clear(&lines);
    plaq_lattice_destroy(&b.lattice);
    return status;
}

const plaq_command plaq_command_bench = {
    .name = "bench",
    .brief = "measure the speed of each kernel against the machine's limits",
    .arguments = "[NAME...]",
    .doc = "Times each kernel (or those named) and the readers of configurations on random\n"
           "links, and holds them against what the machine allows, measured in the same\n"
           "run: the peak of fused multiply-adds, the bandwidth of memory at the size the\n"
           "kernel touches, plain reading of the same file. Times are medians; spread is\n"
           "half the width of the middle half of the runs. Run it under mpirun for several\n"
           "ranks.\n"
           "`solve`, which has to be named, makes a quenched field and on it a clover\n"
           "propagator by each solver, and one column alone; bytes are those of a site and\n"
           "column.\n",
    .min_args = 0,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .run = run,
};
