/* plaq generate: a chain of quenched configurations.
 *
 * An update is one sweep of heat bath, `over_relax` sweeps of over-relaxation, and reunitarisation. Configuration n
 * stands after update number
 *
 *     thermalise + every * n,
 *
 * the updates being numbered from 0 on and their random numbers keyed by (seed, number, site). A hot or cold chain
 * begins thermalise + every updates before its first configuration; one that goes on from a file, `every` updates
 * before. The chain passes through its files: the next configuration is made from the last one as the file gives it
 * back. So a chain that was interrupted, or that goes on elsewhere from its last file, has the same bits as one that
 * was not, on any number of ranks and in any format. What makes the bits stands in a hidden file beside the first
 * configuration, and a chain goes on only with the same. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"

typedef struct {
    int dims[4], configs, thermalise, every, over_relax, first, format, precision;
    double beta;
    uint64_t seed;
    char start[1024], output[1024], ensemble[128];
} options;

static const plaq_param table[] = {
    PLAQ_INTS(options, dims, "0,0,0,0", 0, INT_MAX, "a",
              "extents X,Y,Z,T of the lattice; 0,0,0,0: those of the file to go on from"),
    PLAQ_REAL(options, beta, NULL, 0, 1000, "1", "coupling 6/g^2 of the Wilson plaquette action"),
    PLAQ_INT(options, configs, "1", 1, 1000000, "1", "number of configurations"),
    PLAQ_TEXT(options, start, "hot",
              "\"hot\" (random links), \"cold\" (all links one), or a configuration to go on from"),
    PLAQ_SEED(options, seed, "1", "seed of the random numbers"),
    PLAQ_INT(options, thermalise, "200", 0, 1000000, "updates", "updates thrown away after a hot or cold start"),
    PLAQ_INT(options, every, "20", 1, 1000000, "updates", "updates between configurations"),
    PLAQ_INT(options, over_relax, "4", 0, 1000, "sweeps", "over-relaxation sweeps after each heat-bath sweep"),
    PLAQ_INT(options, first, "1", 1, 1000000, "1", "number of the first configuration"),
    PLAQ_CHOICE(options, format, "hdf5", "hdf5|ildg|nersc", "format of the files"),
    PLAQ_CHOICE(options, precision, "f64", "f32|f64", "of the numbers in the files"),
    PLAQ_TEXT(options, output, NULL,
              "paths of the files: a prefix, which number and ending follow, or a pattern with {n} or {n:04} for it"),
    PLAQ_TEXT(options, ensemble, "", "name of the ensemble, for the headers"),
    PLAQ_END,
};

static const char *const format_keys[] = {"hdf5", "ildg", "nersc"}, *const endings[] = {"h5", "ildg", "nersc"};

/* A chain under way. All ranks have the same. */
typedef struct {
    const plaq_comm *comm;
    const options *o;
    plaq_loader loader;
    int64_t update;     /* the next one's number */
    int64_t made, left; /* updates of this run, for the time that remains */
    double begun, said;
} chain;

/* ---- names --------------------------------------------------------------------------------------------------- */

enum { PATH_CHARS = 1200 };

static plaq_status config_path(const options *o, int number, char path[PATH_CHARS])
{
    if (strstr(o->output, "{n")) return plaq_pattern_path(o->output, number, path, PATH_CHARS);
    snprintf(path, PATH_CHARS, "%s%04d.%s", o->output, number, endings[o->format]);
    return PLAQ_OK;
}

/* "cfg/b6.00_n0001.h5" -> "cfg/.b6.00_n0001.h5.chain": hidden, so that no glob takes it for a configuration */
static void record_path(const char *first, char path[PATH_CHARS + 16])
{
    const char *base = plaq_path_base(first);

    snprintf(path, PATH_CHARS + 16, "%.*s.%s.chain", (int)(base - first), first, base);
}

static plaq_status make_folder(const char *first)
{
    char folder[PATH_CHARS];
    const char *base = plaq_path_base(first);

    if (base == first) return PLAQ_OK;
    snprintf(folder, sizeof folder, "%.*s", (int)(base - first), first);
    return plaq_path_make_folder(folder);
}

/* ---- the record: what makes the bits --------------------------------------------------------------------------- */

/* One "name: value" a line, of the options that make the bits; --configs may grow */
static void record_text(const options *o, const int dims[4], char *text, size_t n)
{
    static const char *const others[] = {"configs", "output", "ensemble"};
    options full = *o;
    size_t used = (size_t)snprintf(text, n, "# chain of plaq generate; the same options continue it\n");

    memcpy(full.dims, dims, sizeof full.dims);
    for (const plaq_param *row = table; row->name && used < n; row++) {
        char value[1100];
        bool other = false;

        for (size_t i = 0; i < sizeof others / sizeof *others; i++) other |= strcmp(row->name, others[i]) == 0;
        if (other) continue;
        plaq_param_print(row, &full, value, sizeof value);
        used += (size_t)snprintf(text + used, n - used, "%s: %s\n", row->name, value);
    }
}

/* The first line that differs, for the message */
static plaq_status compare_records(const char *path, const char *stored, const char *wanted)
{
    while (*stored && *wanted) {
        size_t n = strcspn(stored, "\n"), m = strcspn(wanted, "\n");

        if (n != m || memcmp(stored, wanted, n) != 0)
            return plaq_fail(PLAQ_E_USAGE,
                             "%s: that chain has \"%.*s\", asked for is \"%.*s\"; another chain needs "
                             "another --output",
                             path, (int)n, stored, (int)m, wanted);
        stored += n + (stored[n] == '\n');
        wanted += m + (wanted[m] == '\n');
    }
    if (*stored || *wanted) return plaq_fail(PLAQ_E_DATA, "%s: not the record of a chain", path);
    return PLAQ_OK;
}

static plaq_status write_record(const char *path, const char *text)
{
    char aside[PATH_CHARS + 32];
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status;

    snprintf(aside, sizeof aside, "%s.new", path);
    PLAQ_GO(plaq_file_create(&file, aside));
    PLAQ_GO(plaq_file_write(&file, 0, text, strlen(text)));
    PLAQ_GO(plaq_file_sync(&file));
    PLAQ_GO(plaq_file_close(&file));
    PLAQ_GO(plaq_path_publish(aside, path));
    return PLAQ_OK;
done:
    if (plaq_file_close(&file) != PLAQ_OK) plaq_log(PLAQ_LOG_WARN, "%s: does not close", aside);
    plaq_path_remove(aside);
    return status;
}

/* Finds or makes the record. Configurations that stand there without one are not ours. Rank 0 alone. */
static plaq_status settle_record(const options *o, const int dims[4])
{
    char path[PATH_CHARS + 16], first[PATH_CHARS], wanted[8192], *stored = NULL;
    bool begun;
    plaq_status status;
    size_t n;

    PLAQ_TRY(config_path(o, o->first, first));
    record_path(first, path);
    record_text(o, dims, wanted, sizeof wanted);
    PLAQ_TRY(make_folder(first));
    begun = plaq_path_exists(first);
    if (begun && !plaq_path_exists(path))
        return plaq_fail(PLAQ_E_USAGE, "%s: exists, but not as part of a chain (no %s); choose another --output", first,
                         path);
    if (!begun) return write_record(path, wanted);
    PLAQ_TRY(plaq_file_slurp(path, sizeof wanted, &stored, &n));
    status = compare_records(path, stored, wanted);
    plaq_free(stored);
    return status;
}

/* ---- updates --------------------------------------------------------------------------------------------------- */

/* "1:02:03" */
static void time_text(double seconds, char text[32])
{
    int64_t s = (int64_t)(seconds + 0.5);

    snprintf(text, 32, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
}

static void say_progress(chain *c, const char *what)
{
    double elapsed = plaq_now() - c->begun;
    char past[32], rest[32];

    time_text(elapsed, past);
    time_text(c->made ? elapsed / (double)c->made * (double)c->left : 0, rest);
    plaq_log(PLAQ_LOG_INFO, "%s; %s elapsed, %s remaining", what, past, rest);
    c->said = plaq_now();
}

static plaq_status update(chain *c, int64_t count)
{
    enum { QUIET_SECONDS = 30 };
    plaq_gauge *u = c->loader.u;

    for (int64_t i = 0; i < count; i++) {
        char what[80];

        PLAQ_TRY(plaq_stop_check(c->comm));
        PLAQ_TRY(plaq_gauge_heat_bath(u, c->o->beta, c->o->seed, (uint64_t)c->update));
        for (int k = 0; k < c->o->over_relax; k++) {
            PLAQ_TRY(plaq_stop_check(c->comm));
            PLAQ_TRY(plaq_gauge_over_relax(u));
        }
        plaq_gauge_reunitarise(u);
        c->update++;
        c->made++;
        c->left--;
        snprintf(what, sizeof what, "update %" PRId64 ", %" PRId64 " left", c->update, c->left);
        if (plaq_now() - c->said > QUIET_SECONDS) say_progress(c, what);
    }
    return PLAQ_OK;
}

/* Update number after which a configuration stands */
static int64_t update_of(const options *o, int number)
{
    return o->thermalise + (int64_t)o->every * number;
}

/* The field as a file gives it back, on the group to the last bit */
static plaq_status go_on_from(chain *c, const char *path, int number)
{
    plaq_loaded loaded;

    PLAQ_TRY(plaq_load(c->comm, path, c->o->dims, &c->loader, &loaded));
    if (loaded.verdict.open)
        return plaq_fail(PLAQ_E_USAGE, "%s: time is open: updates are those of periodic boundaries", path);
    plaq_gauge_reunitarise(c->loader.u);
    c->update = update_of(c->o, number);
    return PLAQ_OK;
}

static bool starts_from_file(const options *o)
{
    return strcmp(o->start, "hot") != 0 && strcmp(o->start, "cold") != 0;
}

static plaq_status begin(chain *c, const int dims[4])
{
    const options *o = c->o;

    if (starts_from_file(o)) return go_on_from(c, o->start, o->first - 1);
    PLAQ_TRY(plaq_loader_fit(c->comm, dims, &c->loader));
    if (strcmp(o->start, "hot") == 0)
        plaq_gauge_hot(c->loader.u, o->seed);
    else
        plaq_gauge_unit(c->loader.u);
    c->update = (int64_t)o->every * (o->first - 1);
    return PLAQ_OK;
}

/* ---- configurations -------------------------------------------------------------------------------------------- */

static plaq_status write_config(chain *c, int number, const char *path)
{
    const options *o = c->o;
    double planes[6], mean, spatial, temporal, trace;
    char history[400], what[80];
    plaq_config_facts facts = {.ensemble = o->ensemble, .number = number, .history = history};

    PLAQ_TRY(plaq_gauge_plaquette(c->loader.u, planes, NULL));
    PLAQ_TRY(plaq_gauge_link_trace(c->loader.u, &trace));
    plaq_plane_means(planes, &mean, &spatial, &temporal);
    facts.plaquette = mean;
    facts.link_trace = trace;
    snprintf(history, sizeof history,
             "plaq %s generate: Wilson plaquette action, beta %.17g, heat bath with %d over-relaxation sweeps an "
             "update, seed %" PRIu64 ", update %" PRId64,
             PLAQ_VERSION, o->beta, o->over_relax, o->seed, c->update);
    PLAQ_TRY(plaq_config_write(plaq_gauge_links(c->loader.u), path, format_keys[o->format],
                               o->precision ? PLAQ_DOUBLE : PLAQ_SINGLE, &facts));
    if (plaq_comm_rank(c->comm) == 0) {
        printf("%6d  %8" PRId64 "  %.12f  %.12f  %.12f  %s\n", number, c->update, mean, spatial, temporal, path);
        fflush(stdout);
    }
    snprintf(what, sizeof what, "configuration %d, %d of %d", number, number - o->first + 1, o->configs);
    say_progress(c, what);
    return PLAQ_OK;
}

/* How many configurations exist without a gap from the first on. Rank 0 alone. */
static plaq_status count_existing(const options *o, int *done)
{
    char path[PATH_CHARS];

    for (*done = 0; *done < o->configs; ++*done) {
        PLAQ_TRY(config_path(o, o->first + *done, path));
        if (!plaq_path_exists(path)) break;
    }
    return PLAQ_OK;
}

/* Rank 0 looks at what is there; all ranks get the same. Collective. */
static plaq_status find_done(const plaq_comm *comm, const options *o, const int dims[4], int *done)
{
    plaq_status status = PLAQ_OK;

    *done = 0;
    if (plaq_comm_rank(comm) == 0) {
        status = settle_record(o, dims);
        if (status == PLAQ_OK) status = count_existing(o, done);
    }
    PLAQ_TRY(plaq_agree(comm, status));
    plaq_broadcast(comm, done, sizeof *done);
    return PLAQ_OK;
}

static plaq_status make_chain(chain *c, const int dims[4], int done)
{
    const options *o = c->o;
    char path[PATH_CHARS];

    if (done) {
        PLAQ_TRY(config_path(o, o->first + done - 1, path));
        plaq_log(PLAQ_LOG_INFO, "%d of %d configurations exist; going on from %s", done, o->configs, path);
        PLAQ_TRY(go_on_from(c, path, o->first + done - 1));
    } else {
        PLAQ_TRY(begin(c, dims));
    }
    c->left = update_of(o, o->first + o->configs - 1) - c->update;
    c->begun = c->said = plaq_now();
    if (plaq_comm_rank(c->comm) == 0)
        printf("%6s  %8s  %-14s  %-14s  %-14s  %s\n", "number", "updates", "plaquette", "spatial", "temporal", "file");
    for (int number = o->first + done; number < o->first + o->configs; number++) {
        PLAQ_TRY(update(c, update_of(o, number) - c->update));
        PLAQ_TRY(config_path(o, number, path));
        PLAQ_TRY(write_config(c, number, path));
        if (number + 1 < o->first + o->configs) PLAQ_TRY(go_on_from(c, path, number));
    }
    return PLAQ_OK;
}

/* Extents from --dims, or from the file the chain goes on from. Collective. */
static plaq_status find_dims(const plaq_comm *comm, const options *o, int dims[4])
{
    plaq_config *config = NULL;
    bool given;

    PLAQ_TRY(plaq_dims_given(o->dims, &given));
    memcpy(dims, o->dims, sizeof o->dims);
    if (given) return PLAQ_OK;
    if (!starts_from_file(o)) return plaq_fail(PLAQ_E_USAGE, "--dims must be given for a %s start", o->start);
    PLAQ_TRY(plaq_config_open(comm, o->start, NULL, &config));
    memcpy(dims, plaq_config_get_header(config)->dims, sizeof o->dims);
    plaq_config_close(&config);
    return PLAQ_OK;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    chain c = {.comm = call->comm, .o = o};
    plaq_status status = PLAQ_OK;
    int dims[4], done;

    PLAQ_TRY(find_dims(call->comm, o, dims));
    PLAQ_TRY(find_done(call->comm, o, dims, &done));
    if (done == o->configs)
        plaq_log(PLAQ_LOG_INFO, "all %d configurations exist", done);
    else
        status = make_chain(&c, dims, done);
    plaq_loader_clear(&c.loader);
    if (status == PLAQ_E_STOPPED)
        plaq_note(status, "after update %" PRId64 "; the same command goes on from the last file", c.update);
    return status;
}

const plaq_command plaq_command_generate = {
    .name = "generate",
    .brief = "make quenched configurations by heat bath and over-relaxation",
    .arguments = "",
    .doc = "Wilson plaquette action, any beta. An update is one sweep of heat bath (Cabibbo-Marinari,\n"
           "Kennedy-Pendleton) and some of over-relaxation. The configurations depend on the options\n"
           "alone, not on the number of ranks or threads.\n"
           "\n"
           "The same command goes on where it was stopped (exit code 75), and with a larger --configs\n"
           "it makes more: the bits are those of a chain that never stopped. A chain goes on under\n"
           "another name with --start FILE and --first one above that file's number.\n"
           "\n"
           "    plaq generate --dims 8,8,8,16 --beta 6.0 --configs 12 --output cfg/b6.00_n",
    .options_size = sizeof(options),
    .options = table,
    .shorts = "n=configs o=output",
    .ranks = true,
    .stops = true,
    .run = run,
};
