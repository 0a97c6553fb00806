/* json.gz of pyerrors: values with their fluctuations, configuration by configuration.
 *
 *     {"obsdata": [{"type": "Obs" | "List" | "Array" | "Corr", "layout": "64, 4, 4", "value": [...], "tag": ...,
 *                   "data": [{"id": ensemble, "replica": [{"name": "ensemble|r1",
 *                                                          "deltas": [[configuration, delta, delta, ...], ...]}]}]}]}
 *
 * A delta is the configuration's number less the value. Each of obsdata is one estimate, its entries in the order of
 * "value"; it is called by its tag, or by the file. A Corr of N x N correlators, layout "T, N, N", is an estimate for
 * each of them, called NAME.i.j. Time slices that a Corr does not have are
 * NaN there. Errors that come as a covariance ("cdata") have no configurations and are not read.
 *
 * Reference: the JSON schema of the format, version 1.1, and input/json.py in github.com/fjosw/pyerrors.
 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"

enum { MOST_CHAINS = 4096 };

/* One of obsdata. */
typedef struct {
    const cJSON *json;
    size_t size;         /* of "value" */
    size_t first, count; /* entries that are numbers: all, but in a Corr those without NaN at both ends */
    size_t side;         /* N of a Corr of N x N correlators, [time][i][j]; 1 elsewhere */
    int n;
    plaq_chain *chain;   /* [n]: in the order of the file; owned */
    const cJSON **delta; /* [n]: "deltas" of each; owned */
} structure;

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

/* Python writes NaN, which is no JSON: an empty array stands for it. Texts are left alone. */
static void replace_nan(char *text)
{
    bool within = false;

    for (char *c = text; *c; c++) {
        if (within && *c == '\\' && c[1]) {
            c++;
            continue;
        }
        if (*c == '"') within = !within;
        if (!within && strncmp(c, "NaN", 3) == 0) memcpy(c, "[] ", 3);
    }
}

static plaq_status parse(char *text, size_t n, cJSON **json)
{
    const char *end = NULL;

    if (strlen(text) != n) return plaq_fail(PLAQ_E_DATA, "byte %zu is zero: not JSON", strlen(text));
    replace_nan(text);
    *json = cJSON_ParseWithLengthOpts(text, n + 1, &end, true);
    if (!*json)
        return plaq_fail(PLAQ_E_DATA, "not JSON from byte %td on: \"%.20s\"", end ? end - text : 0, end ? end : "");
    return PLAQ_OK;
}

/* A member that must be there and be an array. */
static plaq_status get_array(const cJSON *object, const char *name, const cJSON **array)
{
    *array = cJSON_GetObjectItemCaseSensitive(object, name);
    if (cJSON_IsArray(*array)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s \"%s\", expected an array", *array ? "wrong type of" : "no", name);
}

static plaq_status get_text(const cJSON *object, const char *name, const char **text)
{
    *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return *text ? PLAQ_OK : plaq_fail(PLAQ_E_DATA, "no text \"%s\"", name);
}

static bool is_number(const cJSON *item)
{
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* The file's name without .json.gz. */
static void name_of_file(const char *path, char name[128])
{
    const char *base = plaq_path_base(path), *end = strstr(base, ".json");
    const size_t n = end && end > base ? (size_t)(end - base) : strlen(base);

    snprintf(name, 128, "%.*s", (int)(n < 127 ? n : 127), base);
}

/* The text that is the tag, or of which all of it is. */
static const char *one_text(const cJSON *tag)
{
    const char *text = cJSON_GetStringValue(tag);
    const cJSON *item;

    if (cJSON_IsObject(tag)) tag = cJSON_GetObjectItemCaseSensitive(tag, "tag"); /* of a Corr */
    if (!cJSON_IsArray(tag)) return text;
    cJSON_ArrayForEach(item, tag)
    {
        const char *here = cJSON_GetStringValue(item);

        if (!here || (text && strcmp(text, here) != 0)) return NULL;
        text = here;
    }
    return text;
}

static bool is_taken(const plaq_numbers *out, const char *name)
{
    for (int i = 0; i < out->estimates; i++)
        if (strcmp(out->estimate_name[i], name) == 0) return true;
    return false;
}

/* A Corr without a tag has the text "None". Where a name is taken, the place in the file is added to it. */
static void name_of(const char *path, const cJSON *json, int i, int of, const plaq_numbers *out, char name[128])
{
    const char *tag = one_text(cJSON_GetObjectItemCaseSensitive(json, "tag"));
    char own[128];

    if (tag && tag[0] && strlen(tag) < 110 && strcmp(tag, "None") != 0) {
        strcpy(own, tag);
        of = 1;
    } else {
        name_of_file(path, own);
    }
    snprintf(name, 128, "%.110s", own);
    if (of > 1 || is_taken(out, name)) snprintf(name, 128, "%.110s.%d", own, i);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* The last two extents of "64, 4, 4" are those of a matrix. */
static plaq_status read_layout(structure *s, bool is_corr)
{
    const cJSON *layout = cJSON_GetObjectItemCaseSensitive(s->json, "layout");
    const char *text = layout ? cJSON_GetStringValue(layout) : "1";
    size_t product = 1, extents[3] = {0, 0, 0};

    for (const char *c = text; c && *c && product <= s->size; c += strspn(c, " ,")) {
        char *end;
        const long extent = strtol(c, &end, 10);

        if (end == c || extent < 1 || (size_t)extent > s->size) break;
        product *= (size_t)extent;
        extents[0] = extents[1];
        extents[1] = extents[2];
        extents[2] = (size_t)extent;
        c = end;
    }
    if (!text || product != s->size)
        return plaq_fail(PLAQ_E_DATA, "layout \"%s\" is not that of %zu values", text ? text : "", s->size);
    s->side = is_corr && extents[0] > 0 && extents[1] == extents[2] ? extents[2] : 1;
    return PLAQ_OK;
}

/* Which entries are numbers. NaN may stand at both ends of a Corr, not between. */
static plaq_status find_entries(structure *s, bool is_corr, const cJSON *values)
{
    size_t i = 0, last = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, values)
    {
        const bool undefined = cJSON_IsArray(item) && is_corr;

        if (!undefined && !is_number(item)) return plaq_fail(PLAQ_E_DATA, "value %zu is not a finite number", i);
        if (!undefined && s->count++ == 0) s->first = i;
        if (!undefined) last = i;
        i++;
    }
    if (s->count == 0) return plaq_fail(PLAQ_E_DATA, "no values");
    if (last - s->first + 1 != s->count)
        return plaq_fail(PLAQ_E_DATA, "values between %zu and %zu are NaN: expected numbers, but at the ends", s->first,
                         last);
    return PLAQ_OK;
}

static plaq_status read_values(structure *s)
{
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(s->json, "type"));
    const bool is_corr = type && strcmp(type, "Corr") == 0;
    const cJSON *values;

    PLAQ_TRY(get_array(s->json, "value", &values));
    s->size = (size_t)cJSON_GetArraySize(values);
    PLAQ_TRY(read_layout(s, is_corr));
    PLAQ_TRY(find_entries(s, is_corr, values));
    if (s->first % (s->side * s->side) == 0 && s->count % (s->side * s->side) == 0) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA,
                     "values from %zu to %zu are numbers, the others NaN: expected whole matrices of %zu x %zu",
                     s->first, s->first + s->count - 1, s->side, s->side);
}

/* ---- chains ---------------------------------------------------------------------------------------------------- */

static plaq_status read_configs(const cJSON *deltas, plaq_chain *chain)
{
    const double most = 9007199254740992; /* 2^53 */
    const cJSON *row;
    size_t i = 0;

    chain->count = (size_t)cJSON_GetArraySize(deltas);
    if (chain->count == 0) return plaq_fail(PLAQ_E_DATA, "no deltas");
    chain->config = plaq_alloc(chain->count, sizeof *chain->config);
    if (!chain->config) return PLAQ_E_MEMORY;
    cJSON_ArrayForEach(row, deltas)
    {
        const cJSON *number = cJSON_IsArray(row) ? row->child : NULL;

        if (!number || !is_number(number) || fabs(number->valuedouble) > most ||
            number->valuedouble != floor(number->valuedouble))
            return plaq_fail(PLAQ_E_DATA, "row %zu of deltas does not begin with the number of a configuration", i);
        chain->config[i++] = (int64_t)number->valuedouble;
    }
    return PLAQ_OK;
}

static plaq_status read_replica(structure *s, const char *ensemble, const cJSON *replica)
{
    plaq_chain *chain = &s->chain[s->n];
    const char *name;
    plaq_status status;

    PLAQ_TRY(get_text(replica, "name", &name));
    PLAQ_TRY(get_array(replica, "deltas", &s->delta[s->n]));
    PLAQ_TRY(exchange_replica(ensemble, name, chain));
    s->n++;
    status = read_configs(s->delta[s->n - 1], chain);
    return status == PLAQ_OK ? status : plaq_note(status, "replica %.64s", name);
}

static plaq_status count_replica(const cJSON *data, int *n)
{
    const cJSON *ensemble, *replica;

    cJSON_ArrayForEach(ensemble, data)
    {
        PLAQ_TRY(get_array(ensemble, "replica", &replica));
        *n += cJSON_GetArraySize(replica);
    }
    if (*n > MOST_CHAINS) return plaq_fail(PLAQ_E_DATA, "%d replica, expected at most %d", *n, MOST_CHAINS);
    return PLAQ_OK;
}

static plaq_status read_chains(structure *s)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(s->json, "data"), *ensemble, *replica;
    int n = 0;

    PLAQ_TRY(count_replica(data, &n));
    s->chain = plaq_alloc((size_t)n + 1, sizeof *s->chain);
    s->delta = plaq_alloc((size_t)n + 1, sizeof *s->delta);
    if (!s->chain || !s->delta) return PLAQ_E_MEMORY;
    cJSON_ArrayForEach(ensemble, data)
    {
        const char *id;

        PLAQ_TRY(get_text(ensemble, "id", &id));
        cJSON_ArrayForEach(replica, cJSON_GetObjectItemCaseSensitive(ensemble, "replica"))
            PLAQ_TRY(read_replica(s, id, replica));
    }
    return PLAQ_OK;
}

/* ---- fluctuations ------------------------------------------------------------------------------------------------ */

static plaq_status fill_row(const structure *s, const cJSON *row, int64_t config, size_t column, plaq_estimate *e)
{
    const cJSON *item = row->child->next;
    size_t i = 0;

    for (; item && i < s->size; item = item->next, i++) {
        const bool within = i >= s->first && i < s->first + s->count;

        if (within && !is_number(item)) break;
        if (within) e->delta[(i - s->first) * e->chains->configs + column] = item->valuedouble;
    }
    if (i < s->size || item)
        return plaq_fail(PLAQ_E_DATA, "configuration %lld: entry %zu is not one of %zu finite numbers",
                         (long long)config, i, s->size);
    return PLAQ_OK;
}

static plaq_status fill(const structure *s, plaq_estimate *e)
{
    const cJSON *item;
    size_t i = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(s->json, "value"))
    {
        if (i >= s->first && i < s->first + s->count) e->value[i - s->first] = item->valuedouble;
        i++;
    }
    for (int k = 0; k < s->n; k++) {
        const plaq_chain *chain = &s->chain[k];
        const int64_t offset = exchange_chain_offset(e->chains, chain->ensemble, chain->replica);

        i = 0;
        cJSON_ArrayForEach(item, s->delta[k])
        {
            PLAQ_TRY(fill_row(s, item, chain->config[i], (size_t)offset + i, e));
            i++;
        }
    }
    exchange_centre(e);
    return PLAQ_OK;
}

static plaq_status note_undefined(const structure *s, const char *path, const char *name, plaq_numbers *out)
{
    if (s->count == s->size) return PLAQ_OK;
    return exchange_note(out, "%s: %s has no numbers at %zu entries of %zu: those from %zu to %zu are taken", path,
                         name, s->size - s->count, s->size, s->first, s->first + s->count - 1);
}

static plaq_status make(structure *s, bool listing, plaq_estimate *e)
{
    plaq_chains *chains = NULL;
    plaq_status status;

    PLAQ_TRY(read_values(s));
    PLAQ_TRY(read_chains(s));
    PLAQ_TRY(plaq_chains_create(s->chain, s->n, &chains));
    status = exchange_estimate_create(chains, s->count, e);
    if (status == PLAQ_OK && !listing) status = fill(s, e);
    plaq_chains_release(&chains);
    return status;
}

static void clear(structure *s)
{
    for (int k = 0; k < s->n; k++) plaq_free(s->chain[k].config);
    plaq_free(s->chain);
    plaq_free(s->delta);
}

/* ---- a file ------------------------------------------------------------------------------------------------------ */

/* Covariances without configurations: what has them is left out, or is a failure where it was asked for. */
static plaq_status refuse_covariance(const char *path, const char *name, bool asked, plaq_numbers *out)
{
    static const char why[] = "part of its error is a covariance (cdata), which plaq does not read";

    if (asked) return plaq_fail(PLAQ_E_DATA, "%s", why);
    return exchange_note(out, "%s: %s is left out: %s", path, name, why);
}

/* Correlator i j of a matrix of them. */
static plaq_status pick(const plaq_estimate *all, size_t side, size_t i, size_t j, plaq_estimate *out)
{
    const size_t times = all->size / (side * side);
    size_t *entry = plaq_alloc(times, sizeof *entry);
    plaq_status status;

    if (!entry) return PLAQ_E_MEMORY;
    for (size_t t = 0; t < times; t++) entry[t] = (t * side + i) * side + j;
    status = plaq_estimate_pick(all, entry, times, out);
    plaq_free(entry);
    return status;
}

/* A matrix of correlators is an estimate for each, "NAME.0.1": what is asked for is one of them. */
static plaq_status split(const structure *s, const char *name, const plaq_estimate *all,
                         const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    for (size_t k = 0; k < s->side * s->side; k++) {
        char own[160];
        plaq_estimate *e;

        snprintf(own, sizeof own, "%s.%zu.%zu", name, k / s->side, k % s->side);
        if (!exchange_is_wanted(wanted, own)) continue;
        PLAQ_TRY(exchange_add_estimate(out, own, &e));
        PLAQ_TRY(pick(all, s->side, k / s->side, k % s->side, e));
    }
    return PLAQ_OK;
}

static plaq_status keep(const structure *s, const char *name, plaq_estimate *all, const plaq_numbers_wanted *wanted,
                        plaq_numbers *out)
{
    plaq_estimate *e;

    if (s->side > 1) return split(s, name, all, wanted, out);
    if (!exchange_is_wanted(wanted, name)) return PLAQ_OK;
    PLAQ_TRY(exchange_add_estimate(out, name, &e));
    *e = *all;
    *all = (plaq_estimate){.size = 0};
    return PLAQ_OK;
}

/* Whether it, or one of its correlators, may be what is asked for. */
static bool may_be_wanted(const plaq_numbers_wanted *wanted, const char *name)
{
    const size_t n = strlen(name);

    return !wanted->name || (strncmp(wanted->name, name, n) == 0 && (!wanted->name[n] || wanted->name[n] == '.'));
}

static plaq_status read_structure(const char *path, const cJSON *json, const char *name,
                                  const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    structure s = {.json = json};
    plaq_estimate all = {.size = 0};
    plaq_status status;

    if (!may_be_wanted(wanted, name)) return PLAQ_OK;
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "cdata")) > 0)
        return refuse_covariance(path, name, wanted->name, out);
    status = make(&s, wanted->listing, &all);
    if (status == PLAQ_OK) status = keep(&s, name, &all, wanted, out);
    if (status == PLAQ_OK) status = note_undefined(&s, path, name, out);
    plaq_estimate_clear(&all);
    clear(&s);
    return status;
}

static plaq_status read_all(const char *path, const cJSON *json, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    const cJSON *list, *item;
    int i = 0, n;

    PLAQ_TRY(get_array(json, "obsdata", &list));
    n = cJSON_GetArraySize(list);
    cJSON_ArrayForEach(item, list)
    {
        char name[128];
        plaq_status status;

        name_of(path, item, i++, n, out, name);
        status = read_structure(path, item, name, wanted, out);
        if (status != PLAQ_OK) return plaq_note(status, "observable %s", name);
    }
    return PLAQ_OK;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    cJSON *json = NULL;
    char *text = NULL;
    plaq_status status;
    size_t n;

    PLAQ_TRY(exchange_slurp(path, &text, &n));
    status = parse(text, n, &json);
    if (status == PLAQ_OK) status = read_all(path, json, wanted, out);
    cJSON_Delete(json);
    plaq_free(text);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", path);
}

/* By what the text begins with: an object whose first pages name "obsdata" or pyerrors. */
static bool recognise(const char *path, const char *head, size_t n)
{
    char *text = NULL;
    bool found;
    size_t size;

    if (n < 2 || (memcmp(head, "\037\213", 2) != 0 && !memchr(head, '{', n))) return false;
    if (exchange_slurp(path, &text, &size) != PLAQ_OK) return false;
    found = text[strspn(text, " \t\r\n")] == '{' && strstr(text, "\"obsdata\"");
    plaq_free(text);
    return found;
}

const plaq_numbers_format plaq_numbers_format_pyerrors = {
    .name = "pyerrors",
    .brief = "json.gz of pyerrors: values with all their fluctuations",
    .reference = "pyerrors JSON schema 1.1, github.com/fjosw/pyerrors",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
