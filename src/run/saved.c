/* Propagators that are kept on disk: one file of twelve columns for each position of a source,
 *
 *     <folder>/<configuration>.<quark>.<source>.x0y0z0t0.h5 (.lime),
 *
 * whole where it exists. In it stands the key, a SHA-256 of all that its numbers depend on: quark with solver and
 * tolerance, source, position, the derivation of both gauge fields, precisions, and the configuration's identity. A
 * file of the key is read instead of solved for. A damaged one, or one of another key, counts as missing and is
 * replaced.
 *
 * What is measured is what was written: where the files are of single precision, propagators are rounded when they are
 * solved for, and keys of measurements say so. */
#include <stdio.h>
#include <string.h>

#include "run/run.h"

enum { COLUMNS = 12, VERSION = 1 };

const plaq_param plaq_run_saving_table[] = {
    PLAQ_CHOICE(run_saving, format, "hdf5", "hdf5|qio", "format of the files, as `plaq convert` writes it"),
    PLAQ_CHOICE(run_saving, precision, "double", "single|double",
                "precision of the numbers in them; what is measured is rounded alike"),
    PLAQ_TEXT(run_saving, folder, NULL, "folder of the files; not one of the configurations"),
    PLAQ_END,
};

/* ---- its name and what it says ----------------------------------------------------------------------------------- */

/* Names of quarks and sources have no dots in them. */
static char *path_of(const plaq_plan_entry *entry, const plaq_flavour *q, const plaq_source *s, const int at[4])
{
    const run_saving *saving = q->save;
    const char *base = plaq_path_base(entry->path);
    size_t n = strlen(base);

    if (n > 3 && strcmp(base + n - 3, ".h5") == 0) n -= 3;
    return plaq_strprintf("%s/%.*s.%s.%s.x%dy%dz%dt%d.%s", saving->folder, (int)n, base, q->name, s->name, at[0], at[1],
                          at[2], at[3], saving->format == 0 ? "h5" : "lime");
}

static plaq_status make_key(const plaq_run *run, const plaq_plan_entry *entry, const plaq_flavour *q,
                            const plaq_source *s, const int at[4], char key[65])
{
    run_buffer text = {0};
    plaq_status status;

    PLAQ_GO(run_buffer_print(&text, "propagator %d\n", VERSION));
    PLAQ_GO(run_propagator_print(run, q, s, at, &text));
    PLAQ_GO(run_buffer_print(&text, "precision: %s\nconfiguration: %s\n",
                             plaq_run_prec(run) == PLAQ_SINGLE ? "single" : "double", entry->identity));
    plaq_sha256(text.bytes, text.n, key);
done:
    run_buffer_clear(&text);
    return status;
}

/* Parameters and gauge field, as far as there is room. */
static plaq_status tell(const plaq_run *run, const plaq_param table[], const void *params, int links, char *words,
                        size_t n)
{
    char *derivation = plaq_run_derivation(run, links);
    plaq_status status = derivation ? PLAQ_OK : PLAQ_E_MEMORY;
    run_buffer text = {0};

    if (status == PLAQ_OK) status = run_print_params(&text, table, params, ", ");
    if (status == PLAQ_OK && links != PLAQ_LINKS) status = run_buffer_print(&text, "; links: %s", derivation);
    if (status == PLAQ_OK && text.n) snprintf(words, n, "%s", text.bytes);
    run_buffer_clear(&text);
    plaq_free(derivation);
    return status;
}

static plaq_status make_facts(const plaq_run *run, const plaq_plan_entry *entry, const plaq_flavour *q,
                              const plaq_source *s, const int at[4], plaq_propagator_facts *facts)
{
    *facts = (plaq_propagator_facts){.at = {at[0], at[1], at[2], at[3]}};
    snprintf(facts->source, sizeof facts->source, "%s", s->kind->name);
    plaq_param_print(plaq_param_find(plaq_run_quark_table, "action"), q->params, facts->action, sizeof facts->action);
    snprintf(facts->configuration, sizeof facts->configuration, "%.255s: %.250s", plaq_path_base(entry->path),
             entry->identity);
    PLAQ_TRY(
        tell(run, s->kind->params, s->params, s->links, facts->source_parameters, sizeof facts->source_parameters));
    PLAQ_TRY(tell(run, plaq_run_quark_table, q->params, q->links, facts->action_parameters,
                  sizeof facts->action_parameters));
    return make_key(run, entry, q, s, at, facts->key);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static plaq_status check(const char *path, const plaq_propagator_header *h, const int dims[4], const char *key)
{
    if (strcmp(h->facts.key, key) != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: a propagator of other parameters, or of another configuration", path);
    if (h->columns != COLUMNS || memcmp(h->dims, dims, sizeof h->dims) != 0 || !h->checksum[0])
        return plaq_fail(PLAQ_E_DATA, "%s: %d columns on %d %d %d %d%s, expected %d on %d %d %d %d: damaged", path,
                         h->columns, h->dims[0], h->dims[1], h->dims[2], h->dims[3],
                         h->checksum[0] ? "" : " without a checksum", COLUMNS, dims[0], dims[1], dims[2], dims[3]);
    return PLAQ_OK;
}

static plaq_status read_file(const char *path, const char *key, plaq_columns *x, int first, double *residual)
{
    plaq_lattice *lattice = plaq_columns_lattice(x);
    plaq_propagator *p = NULL;
    const plaq_propagator_header *h;
    plaq_status status;

    PLAQ_GO(plaq_propagator_open(plaq_lattice_comm(lattice), path, &p));
    h = plaq_propagator_get_header(p);
    PLAQ_GO(check(path, h, plaq_lattice_dims(lattice), key));
    PLAQ_GO(plaq_propagator_read(p, x, first));
    *residual = 0;
    for (int i = 0; i < COLUMNS && h->facts.residual; i++)
        if (h->facts.residual[i] > *residual) *residual = h->facts.residual[i];
done:
    plaq_propagator_close(&p);
    return status;
}

plaq_status run_saved_read(const plaq_run *run, const plaq_plan_entry *entry, int quark, int source, const int at[4],
                           plaq_columns *x, int first, bool *found, double *residual)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(x));
    const plaq_flavour *q = &run->quarks[quark];
    const plaq_source *s = &run->sources[source];
    char *path = path_of(entry, q, s, at), key[65];
    plaq_status status = path ? make_key(run, entry, q, s, at, key) : PLAQ_E_MEMORY;

    *found = false;
    PLAQ_GO(plaq_agree(comm, status));
    if (!plaq_any(comm, plaq_comm_rank(comm) == 0 && plaq_path_exists(path))) goto done;
    status = read_file(path, key, x, first, residual);
    *found = status == PLAQ_OK;
    if (*found)
        plaq_log(PLAQ_LOG_INFO, "%s from %s at %d %d %d %d: read from %s, residual %.1e", q->name, s->name, at[0],
                 at[1], at[2], at[3], path, *residual);
    if (status != PLAQ_E_DATA) goto done;
    plaq_log(PLAQ_LOG_WARN, "%s; it is solved for again and replaced", plaq_message());
    status = PLAQ_OK;
done:
    plaq_free(path);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

plaq_status run_saved_write(const plaq_run *run, const plaq_plan_entry *entry, int quark, int source, const int at[4],
                            plaq_columns *x, int first, const double residual[])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(x));
    const plaq_flavour *q = &run->quarks[quark];
    const plaq_source *s = &run->sources[source];
    const run_saving *saving = q->save;
    plaq_propagator_facts *facts = plaq_alloc(1, sizeof *facts);
    char *path = path_of(entry, q, s, at);
    plaq_status status = facts && path ? make_facts(run, entry, q, s, at, facts) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK && plaq_comm_rank(comm) == 0) status = plaq_path_make_folder(saving->folder);
    PLAQ_GO(plaq_agree(comm, status));
    facts->residual = residual;
    status = plaq_propagator_write(x, first, COLUMNS, path, saving->format == 0 ? "hdf5" : "qio",
                                   (plaq_prec)saving->precision, facts);
done:
    if (status != PLAQ_OK && path) plaq_note(status, "writing %s", path);
    plaq_free(path);
    plaq_free(facts);
    return status;
}

int64_t plaq_run_saved_bytes(const plaq_run *run, const int dims[4])
{
    int64_t sum = 0;

    for (int q = 0; q < run->n_quarks; q++) {
        const run_saving *saving = run->quarks[q].save;

        for (int s = 0; saving && s < run->n_sources; s++)
            sum += plaq_run_columns(run, q, s) / COLUMNS *
                   plaq_propagator_bytes(dims, COLUMNS, (plaq_prec)saving->precision);
    }
    return sum;
}
