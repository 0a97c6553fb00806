/* Derived gauge fields: `gauge` of the run file.
 *
 *     gauge:                                             # by name; `links` is what was read
 *       smeared: {from: links, stout: {rho: 0.1, steps: 3}}
 *       flowed:  {from: smeared, flow: {t: 2.0}, write: {format: ildg, folder: flowed}}
 *
 * `from` is `links` where it is not given. The fields are a forest whose root is `links`.
 */
#include <stdio.h>
#include <string.h>

#include "run/run.h"

enum { most_names = 1024 }; /* a mapping of a run file has fewer keys */

static const char shape[] = "a derived gauge field is NAME: {from: FIELD, KIND: {parameters}}";

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* Names that are also words of a path on the command line: gauge.NAME.KIND.parameter=value */
static plaq_status check_name(const plaq_node *gauge, size_t i)
{
    const char *name = plaq_node_key(gauge, i);

    if (strcmp(name, "links") == 0)
        return plaq_node_key_fail(gauge, i,
                                  "`links` is the gauge field that was read: give the derived field another "
                                  "name");
    if (!run_is_name(name) || strchr(name, '+'))
        return plaq_node_key_fail(gauge, i,
                                  "a gauge field's name has 1 to 63 letters, digits, _ and -; it is not "
                                  "\"provenance\"");
    return PLAQ_OK;
}

/* Which entry of a field says its kind: all keys known, one of them a kind. */
static plaq_status find_kind(const plaq_node *gauge, size_t i, size_t *kind)
{
    const plaq_node *field = plaq_node_item(gauge, i);
    const char *known[most_names] = {"from", "write"};
    int kinds = 0;

    for (size_t n = 2, k = 0; plaq_derivations[k] && n + 1 < most_names; k++) known[n++] = plaq_derivations[k]->name;
    if (plaq_node_what(field) != PLAQ_NODE_MAPPING) return plaq_node_fail(field, "%s", shape);
    PLAQ_TRY(plaq_conf_only(field, known));
    for (size_t k = 0; k < plaq_node_size(field); k++) {
        if (!plaq_derivation_find(plaq_node_key(field, k))) continue;
        if (kinds++)
            return plaq_node_key_fail(field, k, "a second kind, after %s: make one field from another with `from`",
                                      plaq_node_key(field, *kind));
        *kind = k;
    }
    if (kinds == 0)
        return plaq_node_fail(field, "gauge field \"%s\" has no kind; `plaq list` shows all of them: %s",
                              plaq_node_key(gauge, i), shape);
    return PLAQ_OK;
}

static plaq_status read_field(const plaq_node *gauge, size_t i, plaq_derived *d)
{
    static const plaq_param none[] = {PLAQ_END};
    const plaq_node *field = plaq_node_item(gauge, i);
    size_t kind = 0;

    PLAQ_TRY(check_name(gauge, i));
    PLAQ_TRY(find_kind(gauge, i, &kind));
    snprintf(d->name, sizeof d->name, "%s", plaq_node_key(gauge, i));
    d->kind = plaq_derivation_find(plaq_node_key(field, kind));
    d->params = plaq_alloc(1, d->kind->params_size + 1);
    if (!d->params) return PLAQ_E_MEMORY;
    return plaq_conf_read(plaq_node_item(field, kind), d->kind->params ? d->kind->params : none, NULL, d->params);
}

plaq_status run_derived_find(const plaq_run *run, const plaq_node *node, int *links)
{
    const char *names[most_names] = {"links"}, *name, *near;
    size_t n = 1;

    if (plaq_node_what(node) != PLAQ_NODE_SCALAR) return plaq_node_fail(node, "expected the name of a gauge field");
    name = plaq_node_text(node);
    *links = PLAQ_LINKS;
    if (strcmp(name, "links") == 0) return PLAQ_OK;
    for (int i = 0; i < run->n_derived && n < most_names; i++) {
        *links = i;
        if (strcmp(name, run->derived[i].name) == 0) return PLAQ_OK;
        names[n++] = run->derived[i].name;
    }
    near = plaq_nearest(name, names, n);
    if (near) return plaq_node_fail(node, "unknown gauge field \"%s\"; did you mean \"%s\"?", name, near);
    return plaq_node_fail(node, "unknown gauge field \"%s\": it is neither `links` nor among those of `gauge`", name);
}

/* A field that is made from itself, whichever way round. */
static plaq_status check_circle(const plaq_run *run, const plaq_node *from, int i)
{
    char way[600];
    size_t n = (size_t)snprintf(way, sizeof way, "%s", run->derived[i].name);
    int at = i;

    for (int steps = 0; steps < run->n_derived && at != PLAQ_LINKS; steps++) {
        at = run->derived[at].from;
        if (n < sizeof way) n += (size_t)snprintf(way + n, sizeof way - n, " from %s", plaq_run_links(run, at));
        if (at == i)
            return plaq_node_fail(from, "gauge field \"%s\" is made from itself: %s", run->derived[i].name, way);
    }
    return PLAQ_OK;
}

plaq_status run_derived_read(plaq_run *run)
{
    const plaq_node *gauge = plaq_node_get(run->root, "gauge"), *from;

    if (!gauge) return PLAQ_OK;
    if (plaq_node_what(gauge) != PLAQ_NODE_MAPPING) return plaq_node_fail(gauge, "%s", shape);
    run->derived = plaq_alloc(plaq_node_size(gauge), sizeof *run->derived);
    if (!run->derived) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < plaq_node_size(gauge); i++) {
        run->n_derived = (int)i + 1;
        PLAQ_TRY(read_field(gauge, i, &run->derived[i]));
    }
    for (int i = 0; i < run->n_derived; i++) {
        from = plaq_node_get(plaq_node_item(gauge, (size_t)i), "from");
        run->derived[i].from = PLAQ_LINKS;
        if (from) PLAQ_TRY(run_derived_find(run, from, &run->derived[i].from));
    }
    for (int i = 0; i < run->n_derived; i++) {
        from = plaq_node_get(plaq_node_item(gauge, (size_t)i), "from");
        if (from) PLAQ_TRY(check_circle(run, from, i));
    }
    return PLAQ_OK;
}

/* ---- what is to be written ----------------------------------------------------------------------------------- */

static plaq_status check_format(const plaq_node *write, const char *format)
{
    const plaq_node *at = plaq_node_get(write, "format");
    const char *keys[32], *name, *doc, *near;
    size_t n = 0;

    for (size_t i = 0; i < plaq_format_count() && n < 32; i++) {
        bool writes;

        plaq_format_describe(i, &keys[n], &name, &doc, &writes);
        if (writes && strcmp(keys[n], format) == 0) return PLAQ_OK;
        n += writes;
    }
    near = plaq_nearest(format, keys, n);
    if (near) return plaq_node_fail(at, "format \"%s\" cannot be written; did you mean \"%s\"?", format, near);
    return plaq_node_fail(at, "format \"%s\" cannot be written, expected %s", format, plaq_config_writable());
}

/* Each has a name and a folder of its own. */
static plaq_status check_alone(const plaq_run *run, const plaq_node *write, const plaq_measurement *m)
{
    for (const plaq_measurement *other = run->list; other < m; other++) {
        const run_writing *a = m->params, *b = other->params;

        if (strcmp(other->name, m->name) == 0)
            return plaq_node_fail(write,
                                  "a measurement is called \"%s\" as the field that is written: give it "
                                  "another name with `as: NAME`",
                                  m->name);
        if (other->observable == &run_written && strcmp(a->folder, b->folder) == 0)
            return plaq_node_fail(write, "%s and %s would both be written into %s: give each its own folder",
                                  other->name, m->name, a->folder);
    }
    return PLAQ_OK;
}

static plaq_status read_writing(const plaq_run *run, const plaq_node *write, int links, plaq_measurement *m)
{
    run_writing *writing = plaq_alloc(1, sizeof *writing);
    size_t n;

    if (!writing) return PLAQ_E_MEMORY;
    *m = (plaq_measurement){.observable = &run_written, .params = writing, .links = links};
    snprintf(m->name, sizeof m->name, "%s", run->derived[links].name);
    PLAQ_TRY(plaq_conf_read(write, plaq_run_writing_table, NULL, writing));
    PLAQ_TRY(check_format(write, writing->format));
    n = strlen(writing->folder);
    if (n == 0) return plaq_node_fail(plaq_node_get(write, "folder"), "folder is empty");
    while (n > 1 && writing->folder[n - 1] == '/') writing->folder[--n] = '\0';
    return check_alone(run, write, m);
}

plaq_status run_derived_read_writing(plaq_run *run)
{
    const plaq_node *gauge = plaq_node_get(run->root, "gauge");

    for (int i = 0; i < run->n_derived; i++) {
        const plaq_node *write = plaq_node_get(plaq_node_item(gauge, (size_t)i), "write");

        if (!write) continue;
        if (plaq_node_what(write) != PLAQ_NODE_MAPPING)
            return plaq_node_fail(write, "`write` is {format, precision, folder}");
        run->count++;
        PLAQ_TRY(read_writing(run, write, i, &run->list[run->count - 1]));
    }
    return PLAQ_OK;
}

/* ---- defaults into the tree ---------------------------------------------------------------------------------- */

plaq_status run_derived_resolve(plaq_run *run)
{
    char place[256];

    for (int i = 0; i < run->n_derived; i++) {
        const plaq_derived *d = &run->derived[i];

        snprintf(place, sizeof place, "gauge.%s.from=%s", d->name, plaq_run_links(run, d->from));
        PLAQ_TRY(plaq_conf_override(run->root, place));
        snprintf(place, sizeof place, "gauge.%s.%s.", d->name, d->kind->name);
        PLAQ_TRY(plaq_conf_set(run->root, place, d->kind->params, d->params));
    }
    for (int i = 0; i < run->count; i++) {
        if (run->list[i].observable != &run_written) continue;
        snprintf(place, sizeof place, "gauge.%s.write.", run->list[i].name);
        PLAQ_TRY(plaq_conf_set(run->root, place, plaq_run_writing_table, run->list[i].params));
    }
    return PLAQ_OK;
}

/* ---- facts --------------------------------------------------------------------------------------------------- */

int plaq_run_derived(const plaq_run *run, const plaq_derived **list)
{
    *list = run->derived;
    return run->n_derived;
}

const char *plaq_run_links(const plaq_run *run, int links)
{
    return links == PLAQ_LINKS ? "links" : run->derived[links].name;
}

static plaq_status print_derivation(const plaq_run *run, int links, run_buffer *text)
{
    const plaq_derived *d;

    if (links == PLAQ_LINKS) return run_buffer_print(text, "%s", "");
    d = &run->derived[links];
    PLAQ_TRY(print_derivation(run, d->from, text));
    PLAQ_TRY(run_buffer_print(text, "%s%s %d {", text->n ? "; " : "", d->kind->name, d->kind->version));
    PLAQ_TRY(run_print_params(text, d->kind->params, d->params, ", "));
    return run_buffer_print(text, "}");
}

char *plaq_run_derivation(const plaq_run *run, int links)
{
    run_buffer text = {0};

    if (print_derivation(run, links, &text) != PLAQ_OK) run_buffer_clear(&text);
    return text.bytes;
}

/* ---- the order of work: each field right after the one it is made from ---------------------------------------- */

static bool is_needed(const plaq_run *run, int links, const plaq_task_state state[])
{
    for (int i = 0; i < run->count; i++)
        if (run->list[i].links == links && (!state || state[i] != PLAQ_TASK_DONE)) return true;
    return run_derived_next(run, links, -1, state) >= 0;
}

int run_derived_next(const plaq_run *run, int from, int after, const plaq_task_state state[])
{
    for (int i = after + 1; i < run->n_derived; i++)
        if (run->derived[i].from == from && is_needed(run, i, state)) return i;
    return -1;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Fields in memory at most while everything is done on this one and on what is made from it; @p held with it. The last
 * one that is made from it takes its place. */
static int most_fields(const plaq_run *run, int links, int held)
{
    int most = held;

    for (int i = 0; i < run->count; i++)
        if (run->list[i].links == links) most = larger(most, held + run->list[i].observable->fields);
    for (int i = run_derived_next(run, links, -1, NULL), next, with; i >= 0; i = next) {
        next = run_derived_next(run, links, i, NULL);
        with = next >= 0 ? held + 1 : held;
        most = larger(most, with + run->derived[i].kind->fields);
        most = larger(most, most_fields(run, i, with));
    }
    return most;
}

int plaq_run_fields(const plaq_run *run)
{
    return most_fields(run, PLAQ_LINKS, 1);
}
