/* The run file: what is to be measured on what.
 *
 *     ensemble:
 *       name: b6.00_8x16             # for people
 *       configs: cfg/b6.00_n*.ildg   # a glob, a list of paths and globs, or {pattern: "cfg/n{n}", first, last, step}
 *       dims: [8, 8, 8, 16]          # only for files that do not say
 *       raw: order=t,z,y,x,mu,row,col precision=f64    # only for files without a header
 *       complete: {marker: "{path}.done"}              # for `measure --follow`: follow.c
 *     gauge:                         # gauge fields made from the links: derived.c
 *       smooth: {stout: {rho: 0.1, steps: 3}}
 *     quarks: ..., sources: ...      # quarks.c
 *     measure:                       # `as` names a measurement that is there twice, `links` the gauge field it is of
 *       - plaquette: {}
 *       - clover: {links: smooth, as: clover_smooth}
 *     precision: double              # of the fields in memory
 *     grid: [1, 1, 2, 2]             # ranks along x y z t; chosen where it is not given
 *     columns: 48                    # of quark fields that are solved together, at most
 *     teams: 1                       # of ranks, each with configurations of its own
 *     mpi_io: false                  # HDF5 without MPI-IO, where that fails or hangs
 *     output: results/b6.00_8x16
 *
 * Relative paths are relative to the current directory.
 */
#include <stdio.h>
#include <string.h>

#include "plaq/par.h"
#include "run/run.h"

enum { most_run_file = 1 << 24 };

const plaq_param plaq_run_options_table[] = {
    PLAQ_CHOICE(run_options, precision, "double", "single|double", "precision of the fields in memory"),
    PLAQ_INTS(run_options, grid, "[0, 0, 0, 0]", 0, 1 << 20, "ranks", "ranks along x, y, z, t; 0 0 0 0: chosen"),
    PLAQ_INT(run_options, columns, "48", 12, 100000, "1",
             "columns that go through a solver together, at most: twelve a source position"),
    PLAQ_INT(run_options, teams, "1", 1, 1 << 20, "1",
             "ranks are split into as many teams of equal size, each with configurations of its own"),
    PLAQ_BOOL(run_options, mpi_io, "true", "HDF5 through MPI-IO; false: each rank by itself, the same bits"),
    PLAQ_TEXT(run_options, output, NULL, "folder of the results"),
    PLAQ_END,
};

const plaq_param plaq_run_ensemble_table[] = {
    PLAQ_TEXT(run_ensemble, name, "", "name of the ensemble"),
    PLAQ_INTS(run_ensemble, dims, "[0, 0, 0, 0]", 0, 1 << 20, "a",
              "extents X, Y, Z, T of files that do not say; 0 0 0 0: they do"),
    PLAQ_TEXT(run_ensemble, raw, "", PLAQ_RAW_DOC),
    PLAQ_END,
};

const plaq_param plaq_run_complete_table[] = {
    PLAQ_TEXT(run_complete, marker, NULL,
              "file that is there when a configuration is complete, {path} for its path: \"{path}.done\""),
    PLAQ_END,
};

static const char *const options_others[] = {"ensemble", "gauge", "quarks", "sources", "measure", NULL};
static const char *const ensemble_others[] = {"configs", "complete", NULL};
static const char *const measurement_others[] = {"as", "links", NULL};
static const char *const lines_others[] = {"as", "quarks", "source", "sinks", NULL};

/* ---- measurements -------------------------------------------------------------------------------------------- */

static plaq_status unknown_observable(const plaq_node *item, const char *name)
{
    const char *names[256], *near;
    size_t n = 0;

    while (plaq_observables[n] && n < 256) {
        names[n] = plaq_observables[n]->name;
        n++;
    }
    near = plaq_nearest(name, names, n);
    if (near) return plaq_node_fail(item, "unknown observable \"%s\"; did you mean \"%s\"?", name, near);
    return plaq_node_fail(item, "unknown observable \"%s\"; `plaq list` shows all of them", name);
}

bool run_is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";

    return name[0] && strlen(name) < 64 && name[strspn(name, letters)] == '\0' && strcmp(name, "provenance") != 0;
}

static const plaq_node *get(const plaq_node *params, const char *key)
{
    return params && plaq_node_what(params) == PLAQ_NODE_MAPPING ? plaq_node_get(params, key) : NULL;
}

static plaq_status read_links(const plaq_run *run, const plaq_node *params, plaq_measurement *m)
{
    const plaq_node *links = get(params, "links");

    return links ? run_derived_find(run, links, &m->links) : PLAQ_OK;
}

static plaq_status read_name(const plaq_node *params, plaq_measurement *m)
{
    const plaq_node *as = get(params, "as");

    snprintf(m->name, sizeof m->name, "%s", m->observable->name);
    if (!as) return PLAQ_OK;
    if (plaq_node_what(as) != PLAQ_NODE_SCALAR || !run_is_name(plaq_node_text(as)))
        return plaq_node_fail(as, "`as` names the measurement in the result file: 1 to 63 letters, digits, _ + -; "
                                  "not \"provenance\"");
    snprintf(m->name, sizeof m->name, "%s", plaq_node_text(as));
    return PLAQ_OK;
}

/* One item: {observable: {parameters}}, or the observable's name alone. */
static plaq_status read_measurement(const plaq_run *run, const plaq_node *item, plaq_measurement *m)
{
    static const plaq_param none[] = {PLAQ_END};
    const plaq_node *params = NULL;
    const char *name;

    if (plaq_node_what(item) == PLAQ_NODE_SCALAR) {
        name = plaq_node_text(item);
    } else {
        if (plaq_node_what(item) != PLAQ_NODE_MAPPING || plaq_node_size(item) != 1)
            return plaq_node_fail(item, "a measurement is one `observable: {parameters}`");
        name = plaq_node_key(item, 0);
        params = plaq_node_item(item, 0);
    }
    m->observable = plaq_observable_find(name);
    if (!m->observable) return unknown_observable(item, name);
    PLAQ_TRY(read_name(params, m));
    if (m->observable->quarks) PLAQ_TRY(run_lines_read(run, item, params, m->observable, &m->lines));
    m->links = PLAQ_LINKS;
    if (!m->observable->quarks) PLAQ_TRY(read_links(run, params, m));
    m->params = plaq_alloc(1, m->observable->params_size + 1);
    if (!m->params) return PLAQ_E_MEMORY;
    PLAQ_TRY(plaq_conf_read(params, m->observable->params ? m->observable->params : none,
                            m->observable->quarks ? lines_others : measurement_others, m->params));
    if (!m->observable->check || m->observable->check(m->params) == PLAQ_OK) return PLAQ_OK;
    return plaq_node_fail(item, "%s", plaq_message());
}

static plaq_status read_measurements(plaq_run *run)
{
    const plaq_node *list = plaq_node_get(run->root, "measure");

    if (!list) return plaq_node_fail(run->root, "key \"measure\" is missing: a list of observables");
    if (plaq_node_what(list) != PLAQ_NODE_SEQUENCE || plaq_node_size(list) == 0)
        return plaq_node_fail(list, "`measure` is a list of observables: - plaquette: {}");
    run->list = plaq_alloc(plaq_node_size(list) + (size_t)run->n_derived, sizeof *run->list);
    if (!run->list) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < plaq_node_size(list); i++) {
        plaq_measurement *m = &run->list[i];

        run->count = (int)i + 1;
        PLAQ_TRY(read_measurement(run, plaq_node_item(list, i), m));
        for (size_t j = 0; j < i; j++)
            if (strcmp(run->list[j].name, m->name) == 0)
                return plaq_node_fail(
                    plaq_node_item(list, i),
                    "two measurements are called \"%s\": give one of them another name with `as: NAME`", m->name);
    }
    return PLAQ_OK;
}

/* ---- defaults into the tree ---------------------------------------------------------------------------------- */

static plaq_status resolve_measurements(plaq_run *run)
{
    char place[256];

    for (int i = 0; i < run->count; i++) {
        const plaq_observable *o = run->list[i].observable;

        if (o == &run_written) continue; /* stands under `gauge` */
        if (plaq_node_what(plaq_node_item(plaq_node_get(run->root, "measure"), (size_t)i)) == PLAQ_NODE_SCALAR) {
            snprintf(place, sizeof place, "measure.%d={%s: {}}", i, o->name);
            PLAQ_TRY(plaq_conf_override(run->root, place));
        }
        snprintf(place, sizeof place, "measure.%d.%s.", i, o->name);
        PLAQ_TRY(plaq_conf_set(run->root, place, o->params, run->list[i].params));
        if (o->quarks) continue;
        snprintf(place, sizeof place, "measure.%d.%s.links=%s", i, o->name, plaq_run_links(run, run->list[i].links));
        PLAQ_TRY(plaq_conf_override(run->root, place));
    }
    return PLAQ_OK;
}

static plaq_status resolve(plaq_run *run)
{
    PLAQ_TRY(resolve_measurements(run));
    PLAQ_TRY(run_derived_resolve(run));
    PLAQ_TRY(run_quarks_resolve(run));
    PLAQ_TRY(plaq_conf_set(run->root, "ensemble.", plaq_run_ensemble_table, &run->ensemble));
    PLAQ_TRY(plaq_conf_set(run->root, "", plaq_run_options_table, &run->options));
    run->resolved = plaq_conf_text(run->root);
    return run->resolved ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* Four numbers: all given or none. */
static plaq_status check_four(const plaq_node *mapping, const char *key, const int values[4])
{
    int given = 0;

    for (int mu = 0; mu < 4; mu++) given += values[mu] > 0;
    if (given == 0 || given == 4) return PLAQ_OK;
    return plaq_node_fail(plaq_node_get(mapping, key), "%s is [%d, %d, %d, %d]: expected four numbers above zero", key,
                          values[0], values[1], values[2], values[3]);
}

static plaq_status read_complete(plaq_run *run, const plaq_node *complete)
{
    if (!complete) return PLAQ_OK;
    PLAQ_TRY(plaq_conf_read(complete, plaq_run_complete_table, NULL, &run->complete));
    if (strstr(run->complete.marker, "{path}")) return PLAQ_OK;
    return plaq_node_fail(plaq_node_get(complete, "marker"), "marker \"%s\": expected {path} in it",
                          run->complete.marker);
}

static plaq_status read_tree(plaq_run *run)
{
    const plaq_node *ensemble;

    if (plaq_node_what(run->root) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(run->root, "a run file is a mapping: ensemble, measure, output");
    PLAQ_TRY(plaq_conf_read(run->root, plaq_run_options_table, options_others, &run->options));
    PLAQ_TRY(check_four(run->root, "grid", run->options.grid));
    if (!run->options.output[0]) return plaq_node_fail(plaq_node_get(run->root, "output"), "output is empty");
    ensemble = plaq_node_get(run->root, "ensemble");
    if (!ensemble) return plaq_node_fail(run->root, "key \"ensemble\" is missing: which configurations");
    PLAQ_TRY(plaq_conf_read(ensemble, plaq_run_ensemble_table, ensemble_others, &run->ensemble));
    if (plaq_node_what(ensemble) != PLAQ_NODE_MAPPING || !plaq_node_get(ensemble, "configs"))
        return plaq_node_fail(ensemble, "key \"configs\" is missing: a glob, a list, or {pattern, first, last, step}");
    PLAQ_TRY(check_four(ensemble, "dims", run->ensemble.dims));
    PLAQ_TRY(read_complete(run, plaq_node_get(ensemble, "complete")));
    PLAQ_TRY(plaq_raw_check(run->ensemble.raw));
    PLAQ_TRY(run_derived_read(run));
    PLAQ_TRY(run_quarks_read(run));
    PLAQ_TRY(read_measurements(run));
    return run_derived_read_writing(run);
}

static plaq_status parse(plaq_run *run, const char *const overrides[], int n)
{
    PLAQ_TRY(plaq_conf_parse(run->text, strlen(run->text), run->path, &run->root));
    for (int i = 0; i < n; i++) PLAQ_TRY(plaq_conf_override(run->root, overrides[i]));
    PLAQ_TRY(read_tree(run));
    return resolve(run);
}

static plaq_status slurp(const char *path, char **text)
{
    size_t n;

    PLAQ_TRY(plaq_file_slurp(path, most_run_file, text, &n));
    if (strlen(*text) == n) return PLAQ_OK;
    return plaq_fail(PLAQ_E_USAGE, "%s: a zero byte at %zu: not a run file", path, strlen(*text));
}

plaq_status plaq_run_read(const plaq_comm *comm, const char *path, const char *const overrides[], int n, plaq_run **out)
{
    plaq_run *run = plaq_alloc(1, sizeof *run);
    plaq_status status = run ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) {
        run->path = plaq_strdup(path);
        if (!run->path) status = PLAQ_E_MEMORY;
    }
    if (status == PLAQ_OK && plaq_comm_rank(comm) == 0) status = slurp(path, &run->text);
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(plaq_broadcast_text(comm, &run->text));
    PLAQ_GO(plaq_agree(comm, parse(run, overrides, n)));
    if (!run->options.mpi_io) plaq_par_use_mpi_io(false); /* true leaves it to the environment */
    *out = run;
    return PLAQ_OK;
done:
    plaq_run_destroy(&run);
    return status;
}

void plaq_run_destroy(plaq_run **run)
{
    if (!*run) return;
    for (int i = 0; i < (*run)->count; i++) plaq_free((*run)->list[i].params);
    for (int i = 0; i < (*run)->n_derived; i++) plaq_free((*run)->derived[i].params);
    run_quarks_clear(*run);
    plaq_free((*run)->list);
    plaq_free((*run)->derived);
    plaq_free((*run)->path);
    plaq_free((*run)->text);
    plaq_free((*run)->resolved);
    plaq_conf_destroy(&(*run)->root);
    plaq_free(*run);
    *run = NULL;
}

int plaq_run_measurements(const plaq_run *run, const plaq_measurement **list)
{
    *list = run->list;
    return run->count;
}

const char *plaq_run_output(const plaq_run *run)
{
    return run->options.output;
}

const char *plaq_run_ensemble(const plaq_run *run)
{
    return run->ensemble.name;
}

plaq_prec plaq_run_prec(const plaq_run *run)
{
    return (plaq_prec)run->options.precision;
}

const int *plaq_run_grid(const plaq_run *run)
{
    return run->options.grid[0] ? run->options.grid : NULL;
}

const char *plaq_run_text(const plaq_run *run)
{
    return run->text;
}

const char *plaq_run_resolved(const plaq_run *run)
{
    return run->resolved;
}
