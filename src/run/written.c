/* Derived gauge fields that are written as configurations: <folder>/<configuration>.<ending>, whole where it exists.
 *
 * The result file of the configuration keeps a group of the field's name, written after the file, whose key holds the
 * identity of the file: where the file is gone, or is another one, the group's key does not fit any more, and the field
 * is written again. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run.h"

const plaq_param plaq_run_writing_table[] = {
    PLAQ_TEXT(run_writing, format, "ildg", "format of the files, by its key in `plaq list`"),
    PLAQ_CHOICE(run_writing, precision, "double", "single|double", "precision of the numbers in them"),
    PLAQ_TEXT(run_writing, folder, NULL, "folder of the files; not one of the configurations that are read"),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "plaquette",
     .axes = "",
     .unit = "1",
     .doc = "(1/3) Re tr of the plaquette, mean over sites and planes; 1 for the free field"},
    {.name = "link_trace", .axes = "", .unit = "1", .doc = "(1/3) Re tr of the links, mean over all"},
    PLAQ_END,
};

/* What the header of the file says. */
static plaq_status measure(const void *params, plaq_gauge *u, plaq_sink *out)
{
    double planes[6], plaquette, spatial, temporal, trace;

    (void)params;
    PLAQ_TRY(plaq_gauge_plaquette(u, planes, NULL));
    plaq_plane_means(planes, &plaquette, &spatial, &temporal);
    PLAQ_TRY(plaq_gauge_link_trace(u, &trace));
    PLAQ_TRY(plaq_sink_put(out, "plaquette", NULL, &plaquette));
    return plaq_sink_put(out, "link_trace", NULL, &trace);
}

const plaq_observable run_written = {
    .name = "written",
    .brief = "a derived gauge field, written as a configuration",
    .version = 1,
    .params_size = sizeof(run_writing),
    .params = plaq_run_writing_table,
    .outputs = outputs,
    .measure = measure,
};

/* ---- the file ------------------------------------------------------------------------------------------------ */

char *run_written_path(const plaq_measurement *m, const char *config)
{
    const run_writing *w = m->params;
    const char *base = plaq_path_base(config), *ending = strcmp(w->format, "hdf5") == 0 ? "h5" : w->format;
    size_t n = strlen(base), e = strlen(ending);

    if (n > 3 && strcmp(base + n - 3, ".h5") == 0) n -= 3;
    if (n > e + 1 && base[n - e - 1] == '.' && strncmp(base + n - e, ending, e) == 0) n -= e + 1;
    return plaq_strprintf("%s/%.*s.%s", w->folder, (int)n, base, ending);
}

static plaq_status identify(const char *path, char **identity)
{
    plaq_config *config = NULL;
    plaq_status status = plaq_config_open(plaq_comm_self(), path, NULL, &config);

    if (status == PLAQ_OK) status = run_identity(path, plaq_config_get_header(config), "", identity);
    plaq_config_close(&config);
    if (status != PLAQ_E_DATA) return status;
    *identity = plaq_strdup("");
    return *identity ? PLAQ_OK : PLAQ_E_MEMORY;
}

plaq_status run_written_identity(const plaq_measurement *m, const char *config, char **identity)
{
    char *path = run_written_path(m, config);
    plaq_status status = path ? PLAQ_OK : PLAQ_E_MEMORY;

    *identity = NULL;
    if (path && plaq_path_exists(path)) status = identify(path, identity);
    plaq_free(path);
    return status;
}

static plaq_status set_aside(const char *path)
{
    char *aside = plaq_strprintf("%s.other", path);
    plaq_status status;

    if (!aside) return PLAQ_E_MEMORY;
    plaq_log(PLAQ_LOG_WARN, "%s: it exists, and may have been written by another run: kept as %s", path, aside);
    status = plaq_path_publish(path, aside);
    plaq_free(aside);
    return status;
}

/* What lies there and is not known from the result must be these links, left by a run that was killed before it wrote
 * the result. Others may be somebody's only copy; where the header cannot tell, they are kept. */
static plaq_status check_replaced(const char *path, const int dims[4], double plaquette)
{
    plaq_config *config = NULL;
    plaq_status status;
    double theirs = INFINITY;

    if (!plaq_path_exists(path)) return PLAQ_OK;
    status = plaq_config_open(plaq_comm_self(), path, dims, &config);
    if (status == PLAQ_OK) theirs = plaq_config_get_header(config)->plaquette;
    plaq_config_close(&config);
    if (status == PLAQ_E_IO || status == PLAQ_E_MEMORY || fabs(theirs - plaquette) < PLAQ_VERIFY_MEANS) return status;
    if (isnan(theirs)) return set_aside(path);
    return plaq_fail(PLAQ_E_USAGE, "it exists, and was not written by this run: remove it, or give another folder");
}

/* Whether the result has a group of the field: then the file is ours to replace. */
static plaq_status is_known(const char *result, const char *name, bool *known)
{
    char(*names)[2][72] = NULL;
    plaq_status status;
    int n = 0;

    *known = false;
    if (!plaq_path_exists(result)) return PLAQ_OK;
    status = plaq_store_list(result, &names, &n);
    for (int i = 0; status == PLAQ_OK && i < n; i++) *known |= strcmp(names[i][0], name) == 0;
    if (status == PLAQ_OK) plaq_free(names);
    return status == PLAQ_E_DATA ? PLAQ_OK : status;
}

static plaq_status make_room(const plaq_measurement *m, const plaq_plan_entry *entry, const char *path,
                             double plaquette)
{
    const run_writing *w = m->params;
    bool known;

    PLAQ_TRY(plaq_path_make_folder(w->folder));
    PLAQ_TRY(is_known(entry->result, m->name, &known));
    return known ? PLAQ_OK : check_replaced(path, entry->header.dims, plaquette);
}

static plaq_status set_key(const plaq_run *run, const plaq_measurement *m, const plaq_plan_entry *entry, char key[65])
{
    char *identity;
    plaq_status status = run_written_identity(m, entry->path, &identity);

    if (status == PLAQ_OK && (!identity || !identity[0]))
        status = plaq_fail(PLAQ_E_IO, "what was written is not there, or has no whole header");
    if (status == PLAQ_OK) status = run_key(run, m, entry->identity, identity, key);
    plaq_free(identity);
    return status;
}

plaq_status run_write_field(const plaq_run *run, const plaq_measurement *m, const plaq_plan_entry *entry, plaq_gauge *u,
                            plaq_result *result)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_gauge_lattice(u));
    const bool first = plaq_comm_rank(comm) == 0;
    const run_writing *w = m->params;
    char *path = run_written_path(m, entry->path);
    char *history =
        plaq_strprintf("links of %s (%s): %s", plaq_path_base(entry->path), entry->identity, result->derivation);
    plaq_config_facts facts = {result->arrays[0].values[0], result->arrays[1].values[0], run->ensemble.name, -1,
                               history};
    plaq_status status = path && history ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status == PLAQ_OK && first) status = make_room(m, entry, path, facts.plaquette);
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(plaq_config_write(plaq_gauge_links(u), path, w->format, (plaq_prec)w->precision, &facts));
    if (first) status = set_key(run, m, entry, result->key);
    status = plaq_agree(comm, status);
done:
    if (status != PLAQ_OK && path) plaq_note(status, "writing %s", path);
    plaq_free(history);
    plaq_free(path);
    return status;
}
