/* plaq cmp: whether two configuration files hold the same field: the same numbers, the same to their precision, or the
 * same up to a gauge transformation.
 *
 * Up to a gauge transformation is judged by what does not depend on the gauge: the traces of all plaquettes, their
 * means over every plane and slice, the rectangle, energy density and charge of every slice, Polyakov loops in all
 * directions. Numbers that agree are evidence, not proof. */
#include <complex.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"

typedef struct {
    bool json, force;
    int dims[4];
    double tolerance;
    char raw[256];
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_REAL(options, tolerance, "0", 0, 2, "1",
              "largest difference of links that are the same; 0: 16 units of rounding of the less precise file"),
    PLAQ_INTS(options, dims, "0,0,0,0", 0, INT_MAX, "a", "extents of files that do not say them; 0,0,0,0: they do"),
    PLAQ_TEXT(options, raw, "",
              "how links lie in the first file, where it has no header: "
              "\"order=mu,t,z,y,x,row,col precision=f64 endian=little\""),
    PLAQ_BOOL(options, force, "false", "compare files that do not agree with their headers too"),
    PLAQ_END,
};

/* What the comparison came to, the strongest first. */
typedef enum { IDENTICAL, PRECISION, GAUGE, DIFFERENT, EXTENTS } verdict;

static const char *const verdict_keys[] = {"identical", "precision", "gauge", "different", "extents"};

static const char *const verdict_words[] = {
    "identical: every number of the links is the same, bit for bit",
    "equal to precision: no link differs by more than the limit",
    "equal up to a gauge transformation: all invariants agree, which is evidence, not proof",
    "different",
    "different: the extents are not the same",
};

static const char *const directions[] = {"x", "y", "z", "t"};
static const char *const planes[] = {"xy", "xz", "yz", "xt", "yt", "zt"};

/* ---- invariants -------------------------------------------------------------------------------------------------- */

/* A kind of invariant: `values` numbers of every time slice, or of the lattice. */
typedef struct {
    const char *name;
    int values;
    bool slices;
} invariant;

static const invariant invariants[] = {
    {"plaquette", 6, true},          {"rectangle", 1, false},       {"energy density", 1, true},
    {"topological charge", 1, true}, {"Polyakov loop x", 2, false}, {"Polyakov loop y", 2, false},
    {"Polyakov loop z", 2, false},   {"Polyakov loop t", 2, false},
};

enum { INVARIANTS = sizeof invariants / sizeof *invariants };

static int numbers_of(const invariant *kind, int extent)
{
    return kind->values * (kind->slices ? extent : 1);
}

/* All of them one after the other, in the order of the table. Collective. */
static plaq_status measure(plaq_gauge *u, int extent, double *values)
{
    double means[6];
    double complex loop;

    PLAQ_TRY(plaq_gauge_plaquette(u, means, values));
    values += 6 * extent;
    PLAQ_TRY(plaq_gauge_rectangle(u, values++));
    PLAQ_TRY(plaq_gauge_clover(u, values, values + extent));
    values += 2 * extent;
    for (int mu = 0; mu < 4; mu++, values += 2) {
        PLAQ_TRY(plaq_gauge_polyakov(u, mu, &loop));
        values[0] = creal(loop);
        values[1] = cimag(loop);
    }
    return PLAQ_OK;
}

/* Where a kind differs most. */
typedef struct {
    char where[32]; /* "xy, t = 3"; "" where there is one number */
    double a, b, difference, limit;
} deviation;

static void name_place(const invariant *kind, int i, char *text, size_t n)
{
    static const char *const parts[] = {"re", "im"};

    *text = '\0';
    if (kind->values == 6)
        snprintf(text, n, "%s, t = %d", planes[i % 6], i / 6);
    else if (kind->slices)
        snprintf(text, n, "t = %d", i);
    else if (kind->values == 2)
        snprintf(text, n, "%s", parts[i]);
}

/* The number of a kind that differs most, measured by its limit, which grows with the number itself above one. */
static void find_worst(const invariant *kind, int extent, double accuracy, const double *a, const double *b,
                       deviation *worst)
{
    double ratio = -1;

    for (int i = 0; i < numbers_of(kind, extent); i++) {
        double d = fabs(a[i] - b[i]), limit = accuracy * fmax(1, fmax(fabs(a[i]), fabs(b[i])));

        if (d / limit <= ratio) continue;
        ratio = d / limit;
        *worst = (deviation){.a = a[i], .b = b[i], .difference = d, .limit = limit};
        name_place(kind, i, worst->where, sizeof worst->where);
    }
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *path[2];
    plaq_loader loader[2];
    plaq_loaded loaded[2];
    verdict verdict;
    double limit; /* of links */
    plaq_differences links, plaquettes;
    bool invariants; /* were compared, and plaquettes */
    double local;    /* limit of plaquettes */
    deviation worst[INVARIANTS];
} comparison;

static double rounding(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? DBL_EPSILON : (double)FLT_EPSILON;
}

/* What links can be accurate to in both files: their rounding, or their deviation from SU(3) where that is larger, as
 * in files of doubles that were floats once; what --force lets pass counts for no more than what passes without. */
static double accuracy(const comparison *c)
{
    double worst = 0;

    for (int i = 0; i < 2; i++) {
        const plaq_verdict *v = &c->loaded[i].verdict;

        worst = fmax(worst, fmax(rounding(v->header.prec), fmin(v->unitarity, PLAQ_VERIFY_UNITARITY)));
    }
    return worst;
}

/* Invariants of the same field in another gauge differ by what the transformation was rounded with. In a configuration
 * that MILC fixed to Coulomb gauge in 32 bit, plaquettes differ by 1.5 accuracies at most, means by a quarter: we allow
 * for 8. Collective. */
static plaq_status compare_invariants(comparison *c)
{
    int extent = c->loaded[0].verdict.header.dims[3], n = 0, at = 0;
    double *values[2] = {NULL, NULL};
    plaq_status status = PLAQ_OK;

    for (int k = 0; k < INVARIANTS; k++) n += numbers_of(&invariants[k], extent);
    for (int i = 0; i < 2; i++) {
        PLAQ_GO(plaq_gauge_numbers(c->loader[i].u, (size_t)n, &values[i]));
        PLAQ_GO(measure(c->loader[i].u, extent, values[i]));
    }
    c->local = 8 * accuracy(c);
    PLAQ_GO(plaq_gauge_compare_plaquettes(c->loader[0].u, c->loader[1].u, c->local, &c->plaquettes));
    c->invariants = true;
    c->verdict = c->plaquettes.beyond ? DIFFERENT : GAUGE;
    for (int k = 0; k < INVARIANTS; at += numbers_of(&invariants[k++], extent)) {
        find_worst(&invariants[k], extent, 8 * accuracy(c), values[0] + at, values[1] + at, &c->worst[k]);
        if (!(c->worst[k].difference <= c->worst[k].limit)) c->verdict = DIFFERENT;
    }
done:
    plaq_free(values[0]);
    plaq_free(values[1]);
    return status;
}

static plaq_status compare(const options *o, comparison *c)
{
    const plaq_config_header *a = &c->loaded[0].verdict.header, *b = &c->loaded[1].verdict.header;

    c->verdict = EXTENTS;
    if (memcmp(a->dims, b->dims, sizeof a->dims) != 0) return PLAQ_OK;
    c->limit = o->tolerance > 0 ? o->tolerance : 16 * fmax(rounding(a->prec), rounding(b->prec));
    PLAQ_TRY(plaq_gauge_compare_links(c->loader[0].u, c->loader[1].u, c->limit, &c->links));
    c->verdict = c->links.same_bits ? IDENTICAL : PRECISION;
    return c->links.beyond ? compare_invariants(c) : PLAQ_OK;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static void site_of(const int dims[4], int64_t site, int at[4])
{
    for (int mu = 0; mu < 4; mu++) {
        at[mu] = (int)(site % dims[mu]);
        site /= dims[mu];
    }
}

static void print_file(const comparison *c, int i)
{
    const plaq_verdict *v = &c->loaded[i].verdict;
    const int *d = v->header.dims;

    printf("%s: %s, %dx%dx%dx%d, %s, plaquette %.10f\n", c->path[i], v->header.format, d[0], d[1], d[2], d[3],
           plaq_prec_word(v->header.prec), v->plaquette);
}

static plaq_status add_place(plaq_table *rows, const char *words, const int dims[4], const char *const names[],
                             const plaq_difference *item)
{
    int x[4];

    site_of(dims, item->site, x);
    return plaq_table_row(rows, "%s\t%d\t%d\t%d\t%d\t%s\t%.3g", words, x[0], x[1], x[2], x[3], names[item->which],
                          item->difference);
}

/* The places beyond a limit: how many, the first, the largest. */
static plaq_status print_places(const comparison *c, const char *what, const char *which, const char *const names[],
                                int of_site, double limit, const plaq_differences *d)
{
    const int *dims = c->loaded[0].verdict.header.dims;
    int64_t all = of_site * plaq_lattice_volume(c->loader[0].lattice);
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    printf("\n%lld of %lld %s differ by more than %.3g\n", (long long)d->beyond, (long long)all, what, limit);
    if (d->largest[0].site < 0) return PLAQ_OK;
    PLAQ_GO(plaq_table_row(&rows, "\tx\ty\tz\tt\t%s\tdifference", which));
    if (d->beyond) PLAQ_GO(add_place(&rows, "first", dims, names, &d->first));
    for (int i = 0; i < PLAQ_DIFFERENCES_SHOWN && d->largest[i].site >= 0; i++)
        PLAQ_GO(add_place(&rows, i ? "" : "largest", dims, names, &d->largest[i]));
done:
    plaq_table_print(&rows);
    return status;
}

static plaq_status print_invariants(const comparison *c)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    printf("\n");
    PLAQ_GO(plaq_table_row(&rows, "invariant\tdiffers most at\tfirst file\tsecond file\tdifference\tlimit\tverdict"));
    for (int k = 0; k < INVARIANTS; k++) {
        const deviation *w = &c->worst[k];

        PLAQ_GO(plaq_table_row(&rows, "%s\t%s\t%.12f\t%.12f\t%.2g\t%.2g\t%s", invariants[k].name,
                               *w->where ? w->where : "-", w->a, w->b, w->difference, w->limit,
                               w->difference <= w->limit ? "agrees" : "DIFFERS"));
    }
done:
    plaq_table_print(&rows);
    return status;
}

static plaq_status print_text(const comparison *c)
{
    for (int i = 0; i < 2; i++) print_file(c, i);
    printf("%s\n", verdict_words[c->verdict]);
    if (c->verdict == EXTENTS || c->verdict == IDENTICAL) return PLAQ_OK;
    if (c->invariants) PLAQ_TRY(print_invariants(c));
    if (c->invariants) PLAQ_TRY(print_places(c, "plaquettes", "plane", planes, 6, c->local, &c->plaquettes));
    return print_places(c, "links", "direction", directions, 4, c->limit, &c->links);
}

static cJSON *file_json(const comparison *c, int i)
{
    const plaq_verdict *v = &c->loaded[i].verdict;
    cJSON *file = cJSON_CreateObject();

    plaq_json_text(file, "file", c->path[i]);
    plaq_json_text(file, "format", v->header.format);
    plaq_json_ints(file, "dims", v->header.dims, 4);
    plaq_json_text(file, "precision", plaq_prec_word(v->header.prec));
    plaq_json_real(file, "plaquette", v->plaquette);
    plaq_json_real(file, "unitarity", v->unitarity);
    return file;
}

static cJSON *place_json(const int dims[4], const char *const names[], const char *which, const plaq_difference *item)
{
    cJSON *place = cJSON_CreateObject();
    int x[4];

    site_of(dims, item->site, x);
    plaq_json_ints(place, "site", x, 4);
    plaq_json_text(place, which, names[item->which]);
    plaq_json_real(place, "difference", item->difference);
    return place;
}

static cJSON *places_json(const comparison *c, const char *which, const char *const names[], double limit,
                          const plaq_differences *d)
{
    const int *dims = c->loaded[0].verdict.header.dims;
    cJSON *all = cJSON_CreateObject(), *largest = cJSON_CreateArray();

    plaq_json_real(all, "limit", limit);
    plaq_json_int(all, "beyond", d->beyond);
    if (d->beyond) plaq_json_add(all, "first", place_json(dims, names, which, &d->first));
    for (int i = 0; i < PLAQ_DIFFERENCES_SHOWN && d->largest[i].site >= 0; i++)
        plaq_json_add(largest, NULL, place_json(dims, names, which, &d->largest[i]));
    plaq_json_add(all, "largest", largest);
    return all;
}

static cJSON *invariants_json(const comparison *c)
{
    cJSON *list = cJSON_CreateArray();

    for (int k = 0; k < INVARIANTS; k++) {
        const deviation *w = &c->worst[k];
        cJSON *item = cJSON_CreateObject();

        plaq_json_text(item, "name", invariants[k].name);
        plaq_json_text(item, "where", w->where);
        plaq_json_real(item, "a", w->a);
        plaq_json_real(item, "b", w->b);
        plaq_json_real(item, "difference", w->difference);
        plaq_json_real(item, "limit", w->limit);
        plaq_json_add(list, NULL, item);
    }
    return list;
}

static plaq_status print_json(const comparison *c)
{
    cJSON *all = cJSON_CreateObject();

    plaq_json_text(all, "verdict", verdict_keys[c->verdict]);
    plaq_json_bool(all, "same", c->verdict <= GAUGE);
    plaq_json_add(all, "a", file_json(c, 0));
    plaq_json_add(all, "b", file_json(c, 1));
    if (c->verdict != EXTENTS)
        plaq_json_add(all, "links", places_json(c, "direction", directions, c->limit, &c->links));
    if (c->invariants) {
        plaq_json_add(all, "plaquettes", places_json(c, "plane", planes, c->local, &c->plaquettes));
        plaq_json_add(all, "invariants", invariants_json(c));
    }
    return plaq_json_print(all, false);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* Loads one file; with --force also where it does not agree with its header. Collective. */
static plaq_status load(const plaq_call *call, comparison *c, int i)
{
    const options *o = call->options;
    plaq_status status = plaq_load(call->comm, c->path[i], o->dims, &c->loader[i], &c->loaded[i]);
    bool readable = c->loaded[i].measured && c->loaded[i].verdict.may_force;

    if (status != PLAQ_E_DATA || !readable) return status;
    if (!o->force) return plaq_note(status, "%s (--force compares it all the same)", c->path[i]);
    plaq_log(PLAQ_LOG_WARN, "%s: %s", c->path[i], plaq_words_after_path(plaq_message(), c->path[i]));
    return PLAQ_OK;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    comparison c = {.path = {call->args[0], call->args[1]}, .loader = {{.raw = o->raw}}};
    plaq_status status = PLAQ_OK;

    for (int i = 0; i < 2; i++) PLAQ_GO(load(call, &c, i));
    PLAQ_GO(compare(o, &c));
    if (plaq_comm_rank(call->comm) == 0) status = o->json ? print_json(&c) : print_text(&c);
    PLAQ_GO(plaq_agree(call->comm, status));
    if (c.verdict > GAUGE) status = PLAQ_DIFFERENT;
done:
    for (int i = 0; i < 2; i++) plaq_loader_clear(&c.loader[i]);
    return status;
}

const plaq_command plaq_command_cmp = {
    .name = "cmp",
    .brief = "say whether two configurations are the same field",
    .arguments = "FILE FILE",
    .doc = "Reads and verifies two files of any formats and precisions, and says whether their links\n"
           "are the same: bit for bit; to the precision of the files; or up to a gauge\n"
           "transformation, which the plaquettes of every site, means of plaquettes and clover\n"
           "densities of every slice, the rectangle and the Polyakov loops in all four directions\n"
           "decide. Invariants that agree are evidence, not proof. Otherwise it says where the\n"
           "fields differ, and by how much.\n"
           "\n"
           "Exit code 0 where they are the same in one of these senses, 1 where they are different.\n"
           "\n"
           "    plaq cmp lat.sample.l4448 lat.sample.l4448.ildg\n"
           "    plaq cmp --json cfg.0100 landau.0100 | jq -r .verdict",
    .min_args = 2,
    .max_args = 2,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .run = run,
};
