/* Quarks and sources of the run file, and which of them a measurement takes.
 *
 *     quarks:
 *       light: {action: clover, kappa: 0.1350, csw: 1.769, tolerance: 1e-10, save: {folder: props}}
 *     sources:
 *       centre: {kind: point, at: [[0, 0, 0, 0], [8, 8, 8, 16]]}
 *       wide: {kind: gaussian, kappa: 0.25, steps: 40, links: smooth, positions: 4}
 *     measure:
 *       - meson: {quarks: [light, light], source: centre, sinks: [point, wide]}
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run.h"

typedef struct {
    int action;
    double kappa, mass, csw;
    int field;
    double mu, phases[4];
    int solver;
    double tolerance;
    int max_iterations;
    int iterate;
} quark_params;

const plaq_param plaq_run_quark_table[] = {
    PLAQ_CHOICE(quark_params, action, "wilson", "wilson|clover", "action; with mu, of a twisted mass"),
    PLAQ_REAL(quark_params, kappa, "0", 0, 10, "1", "hopping parameter; or give the mass"),
    PLAQ_REAL(quark_params, mass, "0", -10, 1e6, "a^-1", "bare mass m = 1/(2 kappa) - 4, where kappa is 0"),
    PLAQ_REAL(quark_params, csw, "0", -100, 100, "1", "coefficient of the clover term"),
    PLAQ_CHOICE(quark_params, field, "traceless", "traceless|full",
                "F of the clover term: without its trace; with it, as MILC has it"),
    PLAQ_REAL(quark_params, mu, "0", -1e6, 1e6, "a^-1", "twisted mass, i mu gamma_5"),
    PLAQ_REALS(quark_params, phases, "[0, 0, 0, 1]", -2, 2, "pi",
               "psi(x + L_mu) = exp(i pi phase_mu) psi(x) in x, y, z, t: 0 periodic, 1 antiperiodic"),
    PLAQ_CHOICE(quark_params, solver, "cg", "cg|bicgstab|block_cg", "how the system is solved"),
    PLAQ_REAL(quark_params, tolerance, "1e-10", 1e-15, 1, "1", "of |M x - b| / |b| in each column"),
    PLAQ_INT(quark_params, max_iterations, "20000", 1, 100000000, "1", "before it is given up as not converged"),
    PLAQ_CHOICE(quark_params, iterate, "mixed", "mixed|double",
                "precision of the iteration; mixed: single, with residuals renewed in double"),
    PLAQ_END,
};

typedef struct {
    int positions;
} place_params;

const plaq_param plaq_run_place_table[] = {
    PLAQ_INT(place_params, positions, "0", 0, 100000, "1",
             "so many positions, drawn at random for each configuration; 0: those of `at`"),
    PLAQ_END,
};

static const char *const quark_others[] = {"links", "save", NULL};
static const char *const source_others[] = {"kind", "links", "at", "positions", NULL};

/* ---- quarks ------------------------------------------------------------------------------------------------------ */

static plaq_status read_links(const plaq_run *run, const plaq_node *mapping, int *links)
{
    const plaq_node *node = plaq_node_get(mapping, "links");

    *links = PLAQ_LINKS;
    return node ? run_derived_find(run, node, links) : PLAQ_OK;
}

/* kappa or mass, not both; csw where the action has a clover term and only there */
static plaq_status check_quark(const plaq_node *node, const quark_params *p)
{
    if (p->kappa != 0 && p->mass != 0)
        return plaq_node_fail(plaq_node_get(node, "mass"), "kappa is %g and mass is %g: give one of them", p->kappa,
                              p->mass);
    if (p->kappa == 0 && !plaq_node_get(node, "mass"))
        return plaq_node_fail(node, "a quark has a kappa or a mass: give one of them");
    if (p->action == 0 && p->csw != 0)
        return plaq_node_fail(plaq_node_get(node, "csw"), "csw is %g, but the action is wilson: say `action: clover`",
                              p->csw);
    if (p->action == 1 && !plaq_node_get(node, "csw"))
        return plaq_node_fail(node, "key \"csw\" is missing: the coefficient of the clover term");
    return PLAQ_OK;
}

static plaq_status read_saving(const plaq_node *quark, plaq_flavour *q)
{
    const plaq_node *save = plaq_node_get(quark, "save");
    run_saving *saving;
    size_t n;

    if (!save) return PLAQ_OK;
    if (plaq_node_what(save) != PLAQ_NODE_MAPPING) return plaq_node_fail(save, "`save` is {folder, format, precision}");
    saving = q->save = plaq_alloc(1, sizeof *saving);
    if (!saving) return PLAQ_E_MEMORY;
    PLAQ_TRY(plaq_conf_read(save, plaq_run_saving_table, NULL, saving));
    n = strlen(saving->folder);
    if (n == 0) return plaq_node_fail(plaq_node_get(save, "folder"), "folder is empty");
    while (n > 1 && saving->folder[n - 1] == '/') saving->folder[--n] = '\0';
    return PLAQ_OK;
}

static plaq_status read_quark(const plaq_run *run, const plaq_node *quarks, size_t i, plaq_flavour *q)
{
    const plaq_node *node = plaq_node_item(quarks, i);
    quark_params *p = q->params = plaq_alloc(1, sizeof *p);

    if (!p) return PLAQ_E_MEMORY;
    if (!run_is_name(plaq_node_key(quarks, i)))
        return plaq_node_key_fail(quarks, i, "a quark's name has 1 to 63 letters, digits, _ + and -");
    snprintf(q->name, sizeof q->name, "%s", plaq_node_key(quarks, i));
    if (plaq_node_what(node) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(node, "a quark is NAME: {action: wilson, kappa: 0.15}");
    PLAQ_TRY(plaq_conf_read(node, plaq_run_quark_table, quark_others, p));
    PLAQ_TRY(check_quark(node, p));
    PLAQ_TRY(read_links(run, node, &q->links));
    PLAQ_TRY(read_saving(node, q));
    q->action = (plaq_action){.mass = p->kappa != 0 ? 1 / (2 * p->kappa) - 4 : p->mass,
                              .csw = p->csw,
                              .trace = p->field == 1,
                              .mu = p->mu};
    memcpy(q->action.phase, p->phases, sizeof q->action.phase);
    q->solver = (plaq_solver){.kind = (plaq_solver_kind)p->solver,
                              .tolerance = p->tolerance,
                              .max_iterations = p->max_iterations,
                              .mixed = p->iterate == 0};
    return PLAQ_OK;
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static plaq_status find_kind(const plaq_node *node, const plaq_source_kind **kind)
{
    const plaq_node *key = plaq_node_get(node, "kind");
    const char *names[64], *near;
    size_t n = 0;

    if (!key || plaq_node_what(key) != PLAQ_NODE_SCALAR)
        return plaq_node_fail(node, "key \"kind\" is missing: which kind of source, see `plaq list`");
    while (plaq_source_kinds[n] && n < 64) {
        names[n] = plaq_source_kinds[n]->name;
        n++;
    }
    *kind = plaq_source_kind_find(plaq_node_text(key));
    if (*kind) return PLAQ_OK;
    near = plaq_nearest(plaq_node_text(key), names, n);
    if (near)
        return plaq_node_fail(key, "unknown kind of source \"%s\"; did you mean \"%s\"?", plaq_node_text(key), near);
    return plaq_node_fail(key, "unknown kind of source \"%s\"; `plaq list` shows all of them", plaq_node_text(key));
}

/* One position, [x, y, z, t]. */
static plaq_status read_position(const plaq_node *node, int at[4])
{
    static const plaq_param row = {"at", PLAQ_TYPE_INTS, 0, 4, NULL, 0, 1 << 20, NULL, "a", "x, y, z, t"};
    char text[128];
    size_t n = 0;

    if (plaq_node_what(node) != PLAQ_NODE_SEQUENCE || plaq_node_size(node) != 4)
        return plaq_node_fail(node, "a position is [x, y, z, t]");
    for (size_t i = 0; i < 4; i++) {
        const plaq_node *c = plaq_node_item(node, i);

        if (plaq_node_what(c) != PLAQ_NODE_SCALAR) return plaq_node_fail(c, "a coordinate is a whole number");
        if (n < sizeof text)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.20s", i ? ", " : "", plaq_node_text(c));
    }
    if (plaq_param_read(&row, text, at) == PLAQ_OK) return PLAQ_OK;
    return plaq_node_fail(node, "%s", plaq_message());
}

/* `at: [x, y, z, t]`, a list of those, or `positions: N`. */
static plaq_status read_positions(const plaq_node *node, plaq_source *s)
{
    const plaq_node *at = plaq_node_get(node, "at"), *positions = plaq_node_get(node, "positions");
    bool one;

    if (at && positions) return plaq_node_fail(positions, "`at` and `positions`: give one of them");
    if (positions) {
        if (plaq_node_what(positions) != PLAQ_NODE_SCALAR) return plaq_node_fail(positions, "positions is a number");
        if (plaq_param_read(plaq_run_place_table, plaq_node_text(positions), &s->random) != PLAQ_OK || s->random == 0)
            return plaq_node_fail(positions, "positions is \"%.20s\", expected 1 to 100000", plaq_node_text(positions));
        s->count = s->random;
        return PLAQ_OK;
    }
    if (!at) return plaq_node_fail(node, "key \"at\" is missing: positions [[x, y, z, t], ...], or `positions: N`");
    if (plaq_node_what(at) != PLAQ_NODE_SEQUENCE || plaq_node_size(at) == 0)
        return plaq_node_fail(at, "`at` is a list of positions: [[x, y, z, t], ...]");
    one = plaq_node_what(plaq_node_item(at, 0)) == PLAQ_NODE_SCALAR;
    s->count = one ? 1 : (int)plaq_node_size(at);
    s->at = plaq_alloc((size_t)s->count, sizeof *s->at);
    if (!s->at) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->count; i++) PLAQ_TRY(read_position(one ? at : plaq_node_item(at, (size_t)i), s->at[i]));
    return PLAQ_OK;
}

static plaq_status read_source(const plaq_run *run, const plaq_node *sources, size_t i, plaq_source *s)
{
    const plaq_node *node = plaq_node_item(sources, i);

    if (!run_is_name(plaq_node_key(sources, i)) || strcmp(plaq_node_key(sources, i), "point") == 0)
        return plaq_node_key_fail(sources, i,
                                  "a source's name has 1 to 63 letters, digits, _ + and -, and is not \"point\", which "
                                  "names the sink that leaves propagators as they are");
    snprintf(s->name, sizeof s->name, "%s", plaq_node_key(sources, i));
    if (plaq_node_what(node) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(node, "a source is NAME: {kind: point, at: [[0, 0, 0, 0]]}");
    PLAQ_TRY(find_kind(node, &s->kind));
    s->params = plaq_alloc(1, s->kind->params_size + 1);
    if (!s->params) return PLAQ_E_MEMORY;
    PLAQ_TRY(plaq_conf_read(node, s->kind->params, source_others, s->params));
    PLAQ_TRY(read_links(run, node, &s->links));
    return read_positions(node, s);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

plaq_status run_quarks_read(plaq_run *run)
{
    const plaq_node *quarks = plaq_node_get(run->root, "quarks"), *sources = plaq_node_get(run->root, "sources");

    if (quarks) {
        if (plaq_node_what(quarks) != PLAQ_NODE_MAPPING)
            return plaq_node_fail(quarks, "`quarks` is NAME: {action: wilson, kappa: 0.15}, ...");
        run->quarks = plaq_alloc(plaq_node_size(quarks) + 1, sizeof *run->quarks);
        if (!run->quarks) return PLAQ_E_MEMORY;
        for (size_t i = 0; i < plaq_node_size(quarks); i++) {
            run->n_quarks = (int)i + 1;
            PLAQ_TRY(read_quark(run, quarks, i, &run->quarks[i]));
        }
    }
    if (sources) {
        if (plaq_node_what(sources) != PLAQ_NODE_MAPPING)
            return plaq_node_fail(sources, "`sources` is NAME: {kind: point, at: [[0, 0, 0, 0]]}, ...");
        run->sources = plaq_alloc(plaq_node_size(sources) + 1, sizeof *run->sources);
        if (!run->sources) return PLAQ_E_MEMORY;
        for (size_t i = 0; i < plaq_node_size(sources); i++) {
            run->n_sources = (int)i + 1;
            PLAQ_TRY(read_source(run, sources, i, &run->sources[i]));
        }
    }
    return PLAQ_OK;
}

void run_quarks_clear(plaq_run *run)
{
    for (int i = 0; i < run->n_quarks; i++) {
        plaq_free(run->quarks[i].params);
        plaq_free(run->quarks[i].save);
    }
    for (int i = 0; i < run->n_sources; i++) {
        plaq_free(run->sources[i].params);
        plaq_free(run->sources[i].at);
    }
    plaq_free(run->quarks);
    plaq_free(run->sources);
}

/* ---- what a measurement takes ------------------------------------------------------------------------------------ */

/* The one of n names, `stride` bytes apart, that a node says; -1 where it is none of them. */
static int find_name(const char *word, const char *names, size_t stride, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names + (size_t)i * stride, word) == 0) return i;
    return -1;
}

static plaq_status find(const plaq_node *node, const char *what, const char *names, size_t stride, int n, int *at)
{
    const char *list[64], *near;
    size_t count = 0;

    if (plaq_node_what(node) != PLAQ_NODE_SCALAR) return plaq_node_fail(node, "expected the name of a %s", what);
    *at = find_name(plaq_node_text(node), names, stride, n);
    if (*at >= 0) return PLAQ_OK;
    for (int i = 0; i < n && count < 64; i++) list[count++] = names + (size_t)i * stride;
    near = plaq_nearest(plaq_node_text(node), list, count);
    if (near) return plaq_node_fail(node, "unknown %s \"%s\"; did you mean \"%s\"?", what, plaq_node_text(node), near);
    return plaq_node_fail(node, "unknown %s \"%s\": it is not among those of `%ss`", what, plaq_node_text(node), what);
}

static plaq_status read_quark_names(const plaq_run *run, const plaq_node *params, const plaq_observable *o, int quark[])
{
    const plaq_node *list = plaq_node_get(params, "quarks");

    if (!list || plaq_node_what(list) != PLAQ_NODE_SEQUENCE || plaq_node_size(list) != (size_t)o->quarks)
        return plaq_node_fail(list ? list : params, "%s takes `quarks`, a list of %d names", o->name, o->quarks);
    for (int i = 0; i < o->quarks; i++)
        PLAQ_TRY(find(plaq_node_item(list, (size_t)i), "quark", run->n_quarks ? run->quarks->name : "",
                      sizeof *run->quarks, run->n_quarks, &quark[i]));
    return PLAQ_OK;
}

static plaq_status read_sink(const plaq_run *run, const plaq_node *node, int *sink)
{
    *sink = PLAQ_POINT;
    if (plaq_node_what(node) == PLAQ_NODE_SCALAR && strcmp(plaq_node_text(node), "point") == 0) return PLAQ_OK;
    PLAQ_TRY(
        find(node, "source", run->n_sources ? run->sources->name : "", sizeof *run->sources, run->n_sources, sink));
    if (run->sources[*sink].kind->smear) return PLAQ_OK;
    return plaq_node_fail(node, "source \"%s\" of kind %s cannot be a sink: it does not smear", plaq_node_text(node),
                          run->sources[*sink].kind->name);
}

plaq_status run_lines_read(const plaq_run *run, const plaq_node *item, const plaq_node *params,
                           const plaq_observable *o, plaq_lines *lines)
{
    const plaq_node *source, *sinks;
    const plaq_source *s;

    if (!params || plaq_node_what(params) != PLAQ_NODE_MAPPING)
        return plaq_node_fail(item, "%s is of quarks: give %s: {quarks: [...], source: NAME}", o->name, o->name);
    source = plaq_node_get(params, "source");
    sinks = plaq_node_get(params, "sinks");
    PLAQ_TRY(read_quark_names(run, params, o, lines->quark));
    if (!source) return plaq_node_fail(params, "key \"source\" is missing: one of those under `sources`");
    PLAQ_TRY(find(source, "source", run->n_sources ? run->sources->name : "", sizeof *run->sources, run->n_sources,
                  &lines->source));
    s = &run->sources[lines->source];
    if (s->kind->columns(s->params) != 12)
        return plaq_node_fail(source,
                              "source \"%s\" makes %d of the 12 columns that %s takes, one for each spin and colour",
                              s->name, s->kind->columns(s->params), o->name);
    lines->sinks = 1;
    lines->sink[0] = PLAQ_POINT;
    if (!sinks) return PLAQ_OK;
    if (plaq_node_what(sinks) != PLAQ_NODE_SEQUENCE || plaq_node_size(sinks) == 0 ||
        plaq_node_size(sinks) > PLAQ_SINKS_MOST)
        return plaq_node_fail(sinks, "`sinks` is a list of 1 to %d names: point, or sources that smear",
                              PLAQ_SINKS_MOST);
    lines->sinks = (int)plaq_node_size(sinks);
    for (int i = 0; i < lines->sinks; i++) PLAQ_TRY(read_sink(run, plaq_node_item(sinks, (size_t)i), &lines->sink[i]));
    return PLAQ_OK;
}

/* ---- defaults into the tree ---------------------------------------------------------------------------------- */

static plaq_status resolve_source(plaq_run *run, const plaq_source *s)
{
    char place[256];

    snprintf(place, sizeof place, "sources.%s.", s->name);
    PLAQ_TRY(plaq_conf_set(run->root, place, s->kind->params, s->params));
    snprintf(place, sizeof place, "sources.%s.links=%s", s->name, plaq_run_links(run, s->links));
    return plaq_conf_override(run->root, place);
}

static plaq_status resolve_lines(plaq_run *run, int i)
{
    const plaq_measurement *m = &run->list[i];
    char place[1024];
    size_t n = (size_t)snprintf(place, sizeof place, "measure.%d.%s.sinks=[", i, m->observable->name);

    for (int s = 0; s < m->lines.sinks && n < sizeof place; s++)
        n += (size_t)snprintf(place + n, sizeof place - n, "%s%s", s ? ", " : "", plaq_run_sink(run, m->lines.sink[s]));
    if (n < sizeof place) snprintf(place + n, sizeof place - n, "]");
    return plaq_conf_override(run->root, place);
}

plaq_status run_quarks_resolve(plaq_run *run)
{
    char place[256];

    for (int i = 0; i < run->n_quarks; i++) {
        snprintf(place, sizeof place, "quarks.%s.", run->quarks[i].name);
        PLAQ_TRY(plaq_conf_set(run->root, place, plaq_run_quark_table, run->quarks[i].params));
        snprintf(place, sizeof place, "quarks.%s.links=%s", run->quarks[i].name,
                 plaq_run_links(run, run->quarks[i].links));
        PLAQ_TRY(plaq_conf_override(run->root, place));
        snprintf(place, sizeof place, "quarks.%s.save.", run->quarks[i].name);
        if (run->quarks[i].save) PLAQ_TRY(plaq_conf_set(run->root, place, plaq_run_saving_table, run->quarks[i].save));
    }
    for (int i = 0; i < run->n_sources; i++) PLAQ_TRY(resolve_source(run, &run->sources[i]));
    for (int i = 0; i < run->count; i++)
        if (run->list[i].lines.sinks) PLAQ_TRY(resolve_lines(run, i));
    return PLAQ_OK;
}

/* ---- facts --------------------------------------------------------------------------------------------------- */

int plaq_run_quarks(const plaq_run *run, const plaq_flavour **list)
{
    *list = run->quarks;
    return run->n_quarks;
}

int plaq_run_sources(const plaq_run *run, const plaq_source **list)
{
    *list = run->sources;
    return run->n_sources;
}

const char *plaq_run_sink(const plaq_run *run, int sink)
{
    return sink == PLAQ_POINT ? "point" : run->sources[sink].name;
}

/* Files of single precision have the numbers rounded, whoever reads them; otherwise it is all the same whether there
 * are files. */
static plaq_status print_quark(const plaq_run *run, const plaq_flavour *q, run_buffer *text)
{
    const run_saving *saving = q->save;
    char *derivation = plaq_run_derivation(run, q->links);
    plaq_status status = derivation ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = run_buffer_print(text, "quark: ");
    if (status == PLAQ_OK) status = run_print_params(text, plaq_run_quark_table, q->params, ", ");
    if (status == PLAQ_OK) status = run_buffer_print(text, "; links: %s", derivation);
    if (status == PLAQ_OK && saving && saving->precision == PLAQ_SINGLE)
        status = run_buffer_print(text, "; rounded: single");
    if (status == PLAQ_OK) status = run_buffer_print(text, "\n");
    plaq_free(derivation);
    return status;
}

static plaq_status print_source(const plaq_run *run, const plaq_source *s, const char *word, bool places,
                                run_buffer *text)
{
    char *derivation = plaq_run_derivation(run, s->links);
    plaq_status status = derivation ? PLAQ_OK : PLAQ_E_MEMORY;

    PLAQ_GO(status);
    PLAQ_GO(run_buffer_print(text, "%s: %s ", word, s->kind->name));
    PLAQ_GO(run_print_params(text, s->kind->params, s->params, ", "));
    PLAQ_GO(run_buffer_print(text, "; links: %s", derivation));
    if (places && s->random) PLAQ_GO(run_buffer_print(text, "; positions: %d", s->random));
    for (int i = 0; places && !s->random && i < s->count; i++)
        PLAQ_GO(run_buffer_print(text, "%s[%d, %d, %d, %d]", i ? ", " : "; at: ", s->at[i][0], s->at[i][1], s->at[i][2],
                                 s->at[i][3]));
    PLAQ_GO(run_buffer_print(text, "\n"));
done:
    plaq_free(derivation);
    return status;
}

plaq_status run_lines_print(const plaq_run *run, const plaq_measurement *m, run_buffer *text)
{
    for (int i = 0; i < m->observable->quarks; i++) PLAQ_TRY(print_quark(run, &run->quarks[m->lines.quark[i]], text));
    PLAQ_TRY(print_source(run, &run->sources[m->lines.source], "source", true, text));
    for (int i = 0; i < m->lines.sinks; i++) {
        if (m->lines.sink[i] == PLAQ_POINT)
            PLAQ_TRY(run_buffer_print(text, "sink: point\n"));
        else
            PLAQ_TRY(print_source(run, &run->sources[m->lines.sink[i]], "sink", false, text));
    }
    return PLAQ_OK;
}

plaq_status run_propagator_print(const plaq_run *run, const plaq_flavour *q, const plaq_source *s, const int at[4],
                                 run_buffer *text)
{
    quark_params asked = *(const quark_params *)q->params;
    plaq_flavour of = *q;

    asked.max_iterations = 0; /* when it would have been given up */
    of.params = &asked;
    PLAQ_TRY(print_quark(run, &of, text));
    PLAQ_TRY(print_source(run, s, "source", false, text));
    return run_buffer_print(text, "at: [%d, %d, %d, %d]\n", at[0], at[1], at[2], at[3]);
}
