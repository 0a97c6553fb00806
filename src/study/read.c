/* The analysis file: which results, which configurations of them, which method, and quantities by name.
 *
 *     results: PATH | [PATH, {path: PATH, format: NAME, replica: NAME}, ...] | {ENSEMBLE: any of those, ...}
 *     select: {first: 0, last: 1000, step: 2, skip: "12, 17-20"}      # of all results; also beside a `path`
 *     method: {kind: gamma, window: 1.5, tau_exp: 0, bias: wolff}
 *     quantities: {NAME: {STEP: {parameters}}, ...}
 *
 * Relative paths are relative to the current directory.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "study/study.h"

enum { most_study_file = 1 << 24 };

const plaq_param plaq_study_select_table[] = {
    PLAQ_INT(study_select, first, "0", 0, INT_MAX, "1", "number of the first configuration that is taken"),
    PLAQ_INT(study_select, last, "2147483647", 0, INT_MAX, "1", "number of the last one"),
    PLAQ_INT(study_select, step, "1", 1, INT_MAX, "1", "those of which (number - first) is a multiple of this"),
    PLAQ_TEXT(study_select, skip, "", "numbers that are left out: \"12, 17-20\""),
    PLAQ_END,
};

const plaq_param plaq_study_method_table[] = {
    PLAQ_CHOICE(study_method, kind, "gamma", "gamma|jackknife|bootstrap", "where errors come from"),
    PLAQ_REAL(study_method, window, "1.5", 0, 100, "1",
              "gamma: S of the automatic window; 0: configurations are independent"),
    PLAQ_REAL(study_method, tau_exp, "0", 0, 1e9, "configurations",
              "gamma: an exponential tail of this time is attached; 0: none"),
    PLAQ_REAL(study_method, n_sigma, "1", 0, 100, "1", "gamma: the tail begins where rho is below so many errors"),
    PLAQ_CHOICE(study_method, bias, "wolff", "wolff|pyerrors", "gamma: correction for the finite chain"),
    PLAQ_INT(study_method, block, "0", 0, INT_MAX, "configurations",
             "jackknife, bootstrap: configurations of a block; 0: twice the largest tau_int"),
    PLAQ_INT(study_method, samples, "500", 10, 1000000, "1", "bootstrap: how many"),
    PLAQ_SEED(study_method, seed, "1", "bootstrap: of the random numbers"),
    PLAQ_END,
};

static const char *const top_keys[] = {"results", "select", "method", "quantities", NULL};
static const char *const source_keys[] = {"path", "format", "replica", NULL};

/* ---- results ---------------------------------------------------------------------------------------------------- */

static plaq_status add_source(plaq_study *study, const plaq_node *node, const char *ensemble,
                              const study_select *select, const char *format)
{
    study_source *more, *s;

    if (plaq_node_what(node) != PLAQ_NODE_SCALAR || !*plaq_node_text(node))
        return plaq_node_fail(node, "expected the path of a file or folder of results");
    more = plaq_alloc((size_t)study->source_count + 1, sizeof *more);
    if (!more) return PLAQ_E_MEMORY;
    if (study->source_count) memcpy(more, study->source, (size_t)study->source_count * sizeof *more);
    plaq_free(study->source);
    study->source = more;
    s = &study->source[study->source_count];
    s->path = plaq_strdup(plaq_node_text(node));
    if (!s->path) return PLAQ_E_MEMORY;
    study->source_count++;
    s->select = *select;
    snprintf(s->ensemble, sizeof s->ensemble, "%s", ensemble);
    snprintf(s->format, sizeof s->format, "%s", format);
    return PLAQ_OK;
}

static plaq_status read_format(const plaq_node *node, const char **format)
{
    const char *names[256];
    size_t n = 0;

    if (plaq_node_what(node) != PLAQ_NODE_SCALAR) return plaq_node_fail(node, "expected the name of a format");
    *format = plaq_node_text(node);
    if (plaq_numbers_format_find(*format)) return PLAQ_OK;
    for (; plaq_numbers_formats[n] && n < 256; n++) names[n] = plaq_numbers_formats[n]->name;
    names[n] = plaq_nearest(*format, names, n);
    if (names[n]) return plaq_node_fail(node, "unknown format \"%s\"; did you mean \"%s\"?", *format, names[n]);
    return plaq_node_fail(node, "unknown format \"%s\"; `plaq list` shows all of them", *format);
}

static plaq_status read_replica(const plaq_node *node, study_source *s)
{
    if (plaq_node_what(node) != PLAQ_NODE_SCALAR || strlen(plaq_node_text(node)) >= sizeof s->replica)
        return plaq_node_fail(node, "replica names a chain of the ensemble: 1 to 63 bytes");
    snprintf(s->replica, sizeof s->replica, "%s", plaq_node_text(node));
    return PLAQ_OK;
}

/* A path, or {path: ..., format: ..., replica: ..., first: ...} */
static plaq_status read_source(plaq_study *study, const plaq_node *node, const char *ensemble,
                               const study_select *select)
{
    const plaq_node *path = node, *given = NULL;
    study_select own = *select;
    const char *format = "";

    if (plaq_node_what(node) == PLAQ_NODE_MAPPING) {
        path = plaq_node_get(node, "path");
        given = plaq_node_get(node, "format");
        if (!path) return plaq_node_fail(node, "key \"path\" is missing: the results");
        PLAQ_TRY(plaq_conf_read(node, plaq_study_select_table, source_keys, &own));
        for (const plaq_param *p = plaq_study_select_table; p->name; p++)
            if (!plaq_node_get(node, p->name))
                memcpy((char *)&own + p->offset, (const char *)select + p->offset,
                       p->type == PLAQ_TYPE_TEXT ? p->count : sizeof(int));
        if (given) PLAQ_TRY(read_format(given, &format));
    }
    PLAQ_TRY(add_source(study, path, ensemble, &own, format));
    given = path == node ? NULL : plaq_node_get(node, "replica");
    return given ? read_replica(given, &study->source[study->source_count - 1]) : PLAQ_OK;
}

static plaq_status read_sources(plaq_study *study, const plaq_node *node, const char *ensemble,
                                const study_select *select)
{
    if (plaq_node_what(node) != PLAQ_NODE_SEQUENCE) return read_source(study, node, ensemble, select);
    if (plaq_node_size(node) == 0) return plaq_node_fail(node, "the list of results is empty");
    for (size_t i = 0; i < plaq_node_size(node); i++)
        PLAQ_TRY(read_source(study, plaq_node_item(node, i), ensemble, select));
    return PLAQ_OK;
}

static plaq_status read_results(plaq_study *study, const study_select *select)
{
    const plaq_node *results = plaq_node_get(study->root, "results");

    if (!results)
        return plaq_node_fail(study->root,
                              "key \"results\" is missing: a folder, a file, a list, or ensembles by name");
    if (plaq_node_what(results) != PLAQ_NODE_MAPPING || plaq_node_get(results, "path"))
        return read_sources(study, results, "", select);
    if (plaq_node_size(results) == 0) return plaq_node_fail(results, "no results are named");
    for (size_t i = 0; i < plaq_node_size(results); i++) {
        if (strlen(plaq_node_key(results, i)) >= sizeof study->source->ensemble)
            return plaq_node_key_fail(results, i, "the name of an ensemble has 63 bytes at most");
        PLAQ_TRY(read_sources(study, plaq_node_item(results, i), plaq_node_key(results, i), select));
    }
    return PLAQ_OK;
}

/* ---- the method ------------------------------------------------------------------------------------------------- */

static plaq_status read_method(plaq_study *study)
{
    study_method *m = &study->method;

    PLAQ_TRY(plaq_conf_read(plaq_node_get(study->root, "method"), plaq_study_method_table, NULL, m));
    study->gamma = (plaq_gamma_method){m->window, m->tau_exp, m->n_sigma, (plaq_bias)m->bias};
    if (m->window > 0)
        snprintf(study->words, sizeof study->words, "Gamma method, S = %g", m->window);
    else
        snprintf(study->words, sizeof study->words, "Gamma method, configurations taken as independent");
    if (m->tau_exp > 0) {
        const size_t used = strlen(study->words);

        snprintf(study->words + used, sizeof study->words - used, ", tail of tau_exp = %g", m->tau_exp);
    }
    return PLAQ_OK;
}

/* ---- quantities ------------------------------------------------------------------------------------------------- */

const plaq_step *plaq_step_find(const char *name)
{
    for (int i = 0; plaq_steps[i]; i++)
        if (strcmp(plaq_steps[i]->name, name) == 0) return plaq_steps[i];
    return NULL;
}

static plaq_status unknown_step(const plaq_node *node, const char *name)
{
    const char *names[256];
    size_t n = 0;

    for (; plaq_steps[n] && n < 256; n++) names[n] = plaq_steps[n]->name;
    names[n] = plaq_nearest(name, names, n);
    if (names[n]) return plaq_node_key_fail(node, 0, "unknown step \"%s\"; did you mean \"%s\"?", name, names[n]);
    return plaq_node_key_fail(node, 0, "unknown step \"%s\"; `plaq list` shows all of them", name);
}

plaq_status study_quantity_add(plaq_study *study, const char *name, const plaq_step *step, study_quantity **quantity)
{
    study_quantity *q;

    if (study->count == study->room) {
        int room = study->room ? 2 * study->room : 16;
        study_quantity **more = plaq_alloc((size_t)room, sizeof *more);

        if (!more) return PLAQ_E_MEMORY;
        if (study->count) memcpy(more, study->quantity, (size_t)study->count * sizeof *more);
        plaq_free(study->quantity);
        study->quantity = more;
        study->room = room;
    }
    q = plaq_alloc(1, sizeof *q);
    if (!q) return PLAQ_E_MEMORY;
    study->quantity[study->count++] = q;
    q->step = step;
    q->params = plaq_alloc(step->params_size + 1, 1);
    if (!q->params) return PLAQ_E_MEMORY;
    snprintf(q->made.name, sizeof q->made.name, "%s", name);
    q->made.step = step->name;
    *quantity = q;
    return PLAQ_OK;
}

plaq_status study_params_read(const plaq_step *step, const plaq_node *node, void *params)
{
    const char *lists[32];
    size_t n = 0;

    for (const plaq_param *p = step->lists; p && p->name && n < 31; p++) lists[n++] = p->name;
    lists[n] = NULL;
    if (step->main && plaq_node_what(node) == PLAQ_NODE_SCALAR && *plaq_node_text(node)) {
        PLAQ_TRY(plaq_param_defaults(step->params, params));
        if (plaq_param_read(plaq_param_find(step->params, step->main), plaq_node_text(node), params) != PLAQ_OK)
            return plaq_node_fail(node, "%s", plaq_message());
    } else {
        PLAQ_TRY(plaq_conf_read(node, step->params, lists, params));
    }
    for (const plaq_param *p = step->lists; p && p->name; p++)
        if (!p->fallback && (plaq_node_what(node) != PLAQ_NODE_MAPPING || !plaq_node_get(node, p->name)))
            return plaq_node_fail(node, "key \"%s\" is missing: %s", p->name, p->doc);
    return PLAQ_OK;
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

    return name[0] && strlen(name) < sizeof(((plaq_made *)0)->name) && name[strspn(name, letters)] == '\0';
}

/* The i-th entry of `quantities`: NAME: {STEP: {parameters}} */
static plaq_status read_quantity(plaq_study *study, const plaq_node *all, size_t i)
{
    const plaq_node *node = plaq_node_item(all, i);
    const char *name = plaq_node_key(all, i);
    const plaq_step *step;
    study_quantity *q;

    if (!is_name(name))
        return plaq_node_key_fail(all, i, "\"%.80s\" cannot name a quantity: 1 to 63 letters, digits, _ . + -", name);
    if (plaq_node_what(node) != PLAQ_NODE_MAPPING || plaq_node_size(node) != 1)
        return plaq_node_fail(node, "a quantity is made by one `step: {parameters}`");
    step = plaq_step_find(plaq_node_key(node, 0));
    if (!step) return unknown_step(node, plaq_node_key(node, 0));
    PLAQ_TRY(study_quantity_add(study, name, step, &q));
    q->node = plaq_node_item(node, 0);
    return study_params_read(step, q->node, q->params);
}

static plaq_status read_quantities(plaq_study *study)
{
    const plaq_node *all = plaq_node_get(study->root, "quantities");

    if (!all) return plaq_node_fail(study->root, "key \"quantities\" is missing: NAME: {step: {parameters}}, ...");
    if (plaq_node_what(all) != PLAQ_NODE_MAPPING || plaq_node_size(all) == 0)
        return plaq_node_fail(all, "`quantities` is a mapping: NAME: {step: {parameters}}, ...");
    for (size_t i = 0; i < plaq_node_size(all); i++) PLAQ_TRY(read_quantity(study, all, i));
    return PLAQ_OK;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

/* The text with all that was not said, as another tree: nodes of the first stay what they are. */
static plaq_status resolve(plaq_study *study, const char *const overrides[], int n, const study_select *select)
{
    plaq_node *root = NULL;
    plaq_status status;

    PLAQ_GO(plaq_conf_parse(study->text, strlen(study->text), study->origin, &root));
    for (int i = 0; i < n; i++) PLAQ_GO(plaq_conf_override(root, overrides[i]));
    for (int i = 0; i < study->count; i++) {
        const study_quantity *q = study->quantity[i];
        char place[200];

        snprintf(place, sizeof place, "quantities.\"%s\".%s={}", q->made.name, q->step->name);
        if (plaq_node_what(q->node) == PLAQ_NODE_SCALAR) PLAQ_GO(plaq_conf_override(root, place));
        snprintf(place, sizeof place, "quantities.\"%s\".%s.", q->made.name, q->step->name);
        PLAQ_GO(plaq_conf_set(root, place, q->step->params, q->params));
    }
    PLAQ_GO(plaq_conf_set(root, "select.", plaq_study_select_table, select));
    PLAQ_GO(plaq_conf_set(root, "method.", plaq_study_method_table, &study->method));
    study->resolved = plaq_conf_text(root);
    if (!study->resolved) status = PLAQ_E_MEMORY;
done:
    plaq_conf_destroy(&root);
    return status;
}

static plaq_status read_tree(plaq_study *study, const char *const overrides[], int n)
{
    study_select select;

    PLAQ_TRY(plaq_conf_parse(study->text, strlen(study->text), study->origin, &study->root));
    for (int i = 0; i < n; i++) PLAQ_TRY(plaq_conf_override(study->root, overrides[i]));
    if (plaq_node_what(study->root) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(study->root, "an analysis file is a mapping: results, quantities");
    PLAQ_TRY(plaq_conf_only(study->root, top_keys));
    PLAQ_TRY(plaq_conf_read(plaq_node_get(study->root, "select"), plaq_study_select_table, NULL, &select));
    PLAQ_TRY(read_results(study, &select));
    PLAQ_TRY(read_method(study));
    PLAQ_TRY(read_quantities(study));
    return resolve(study, overrides, n, &select);
}

plaq_status plaq_study_parse(const char *text, const char *origin, const char *const overrides[], int n,
                             plaq_study **out)
{
    plaq_study *study = plaq_alloc(1, sizeof *study);
    plaq_status status = PLAQ_E_MEMORY;

    if (!study) return PLAQ_E_MEMORY;
    study->origin = plaq_strdup(origin);
    study->text = plaq_strdup(text);
    if (study->origin && study->text) status = read_tree(study, overrides, n);
    if (status == PLAQ_OK)
        *out = study;
    else
        plaq_study_destroy(&study);
    return status;
}

plaq_status plaq_study_read(const char *path, const char *const overrides[], int n, plaq_study **study)
{
    plaq_status status;
    char *text = NULL;
    size_t bytes;

    PLAQ_TRY(plaq_file_slurp(path, most_study_file, &text, &bytes));
    if (strlen(text) == bytes)
        status = plaq_study_parse(text, path, overrides, n, study);
    else
        status = plaq_fail(PLAQ_E_USAGE, "%s: a zero byte at %zu: not an analysis file", path, strlen(text));
    plaq_free(text);
    return status;
}

static void clear_source(study_source *s)
{
    for (int k = 0; s->read && k < s->listing.series_count; k++) plaq_numbers_clear(&s->read[k]);
    plaq_free(s->read);
    plaq_numbers_clear(&s->listing);
    plaq_free(s->path);
}

void plaq_study_destroy(plaq_study **given)
{
    plaq_study *study = *given;

    if (!study) return;
    for (int i = 0; i < study->count; i++) {
        study_made_clear(&study->quantity[i]->made);
        plaq_free(study->quantity[i]->params);
        plaq_free(study->quantity[i]);
    }
    for (int s = 0; s < study->source_count; s++) clear_source(&study->source[s]);
    for (int i = 0; i < study->note_count; i++) plaq_free(study->note[i]);
    plaq_free(study->quantity);
    plaq_free(study->source);
    plaq_free(study->listed);
    plaq_free(study->note);
    plaq_resampling_destroy(&study->plan);
    plaq_conf_destroy(&study->root);
    plaq_free(study->origin);
    plaq_free(study->text);
    plaq_free(study->resolved);
    plaq_free(study);
    *given = NULL;
}

const char *plaq_study_path(const plaq_study *study, int i)
{
    return i < study->source_count ? study->source[i].path : NULL;
}

const char *plaq_study_text(const plaq_study *study)
{
    return study->text;
}
