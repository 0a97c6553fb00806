/* dobs: values with their fluctuations in XML, packed by gzip, as the ALPHA collaboration's programs and pyerrors
 * exchange them.
 *
 *     <OBSERVABLES> <SCHEMA> <origin>
 *       <dobs> <spec> <origin> <name>
 *         <array> <id> val <layout> 1 fN <symbol> names; then N values
 *         <ne> ensembles <nc> covariances
 *         <edata> <enstag> ensemble <nr> replica
 *           <array> <id> ensemble and replica <layout> C i fN; then C lines: configuration, N fluctuations
 *         <cdata> ...
 *
 * A fluctuation is the configuration's number less the value. Neighbouring numbers whose symbols are NAME[0], NAME[1],
 * ... are one estimate; one without a symbol is called by <name>, with its place where there are several. Errors that
 * come as a covariance (cdata) have no configurations and are not read.
 *
 * Reference: input/dobs.py in github.com/fjosw/pyerrors, which states the format for version 1.0 of "lattobs".
 */
#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"

enum { MOST_NUMBERS = 1 << 20, MOST_CONFIGS = 1 << 26, MOST_CHAINS = 4096 };

/* What a file holds: all numbers on all chains. */
typedef struct {
    char name[128];      /* of <name> */
    char *symbols;       /* parted by blanks, cut at them; owned */
    const char **symbol; /* [size]: into symbols; "" where there is none; owned */
    size_t size;         /* numbers */
    double *value;       /* [size]; owned */
    int n;               /* chains */
    plaq_chain *chain;   /* [n]: in the order of the file; owned */
    double **delta;      /* [n][configurations][size]; owned */
} content;

static void clear(content *c)
{
    for (int k = 0; k < c->n; k++) {
        plaq_free(c->chain[k].config);
        plaq_free(c->delta[k]);
    }
    plaq_free(c->chain);
    plaq_free(c->delta);
    plaq_free(c->symbols);
    plaq_free(c->symbol);
    plaq_free(c->value);
}

/* ---- XML ------------------------------------------------------------------------------------------------------- */

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *find_child(const xmlNode *parent, const char *name)
{
    for (const xmlNode *node = parent->children; node; node = node->next)
        if (is_element(node, name)) return node;
    return NULL;
}

static plaq_status get_child(const xmlNode *parent, const char *name, const xmlNode **child)
{
    *child = find_child(parent, name);
    return *child ? PLAQ_OK : plaq_fail(PLAQ_E_DATA, "no <%s> in <%s>", name, (const char *)parent->name);
}

/* The text of a child without blanks at its ends, by plaq_alloc. */
static plaq_status get_text(const xmlNode *parent, const char *name, char **text)
{
    const xmlNode *child;
    xmlChar *words;
    const char *begin;
    size_t n;

    PLAQ_TRY(get_child(parent, name, &child));
    words = xmlNodeGetContent(child);
    begin = words ? (const char *)words : "";
    begin += strspn(begin, " \t\r\n");
    for (n = strlen(begin); n > 0 && isspace((unsigned char)begin[n - 1]);) n--;
    *text = plaq_strprintf("%.*s", (int)n, begin);
    xmlFree(words);
    return *text ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status get_count(const xmlNode *parent, const char *name, int *count)
{
    char *text, *end;
    long value;

    PLAQ_TRY(get_text(parent, name, &text));
    value = strtol(text, &end, 10);
    *count = (int)value;
    if (end == text || *end || value < 0 || value > MOST_CHAINS) {
        plaq_fail(PLAQ_E_DATA, "<%s> is \"%.20s\", expected 0 to %d", name, text, MOST_CHAINS);
        plaq_free(text);
        return PLAQ_E_DATA;
    }
    plaq_free(text);
    return PLAQ_OK;
}

/* The numbers of an array stand behind its last element, in one or several pieces of text. */
static plaq_status get_data(const xmlNode *array, char **text)
{
    const xmlNode *last = NULL;
    plaq_text all = {0};

    for (const xmlNode *node = array->children; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE) last = node;
    for (const xmlNode *node = last ? last->next : NULL; node; node = node->next)
        if (node->content) {
            plaq_status status = plaq_text_add(&all, node->content, strlen((const char *)node->content));
            if (status != PLAQ_OK) {
                plaq_free(all.bytes);
                return status;
            }
        }
    if (!all.bytes) return plaq_fail(PLAQ_E_DATA, "an array without numbers");
    *text = all.bytes;
    return PLAQ_OK;
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

static plaq_status next_number(const char **at, double *number)
{
    char *end;

    *number = strtod(*at, &end);
    if (end == *at || !isfinite(*number))
        return plaq_fail(PLAQ_E_DATA, "\"%.20s\" in the place of a finite number", *at + strspn(*at, " \t\r\n"));
    *at = end;
    return PLAQ_OK;
}

static plaq_status at_end(const char *at)
{
    at += strspn(at, " \t\r\n");
    return *at ? plaq_fail(PLAQ_E_DATA, "more numbers than the layout says: \"%.20s\"", at) : PLAQ_OK;
}

/* Cuts the symbols at their blanks. */
static plaq_status cut_symbols(content *c)
{
    char *rest = c->symbols ? c->symbols : "", *at;

    c->symbol = plaq_alloc(c->size, sizeof *c->symbol);
    if (!c->symbol) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < c->size; i++) {
        at = *rest ? strtok_r(rest, " \t\r\n", &rest) : NULL;
        c->symbol[i] = at ? at : "";
    }
    return PLAQ_OK;
}

/* "1 fN". */
static plaq_status read_values(const xmlNode *array, content *c)
{
    char *layout = NULL, *data = NULL;
    const char *at;
    plaq_status status;
    int used = 0;

    PLAQ_GO(get_text(array, "layout", &layout));
    if (sscanf(layout, "1 f%zu%n", &c->size, &used) != 1 || layout[used] || c->size < 1 || c->size > MOST_NUMBERS) {
        status = plaq_fail(PLAQ_E_DATA, "layout of the values is \"%.20s\", expected 1 fN", layout);
        goto done;
    }
    if (find_child(array, "symbol")) PLAQ_GO(get_text(array, "symbol", &c->symbols));
    PLAQ_GO(cut_symbols(c));
    PLAQ_GO(get_data(array, &data));
    c->value = plaq_alloc(c->size, sizeof *c->value);
    if (!c->value) status = PLAQ_E_MEMORY;
    at = data;
    for (size_t i = 0; status == PLAQ_OK && i < c->size; i++) status = next_number(&at, &c->value[i]);
    if (status == PLAQ_OK) status = at_end(at);
done:
    plaq_free(layout);
    plaq_free(data);
    return status;
}

static plaq_status read_rows(const char *at, size_t size, plaq_chain *chain, double *delta)
{
    for (size_t i = 0; i < chain->count; i++) {
        char *end;

        chain->config[i] = strtoll(at, &end, 10);
        if (end == at)
            return plaq_fail(PLAQ_E_DATA, "line %zu of %zu: \"%.20s\" in the place of a configuration's number", i,
                             chain->count, at + strspn(at, " \t\r\n"));
        at = end;
        for (size_t k = 0; k < size; k++) PLAQ_TRY(next_number(&at, &delta[i * size + k]));
    }
    return at_end(at);
}

/* "C i fN". The text is at least two bytes a number, so it bounds what a layout may ask for. */
static plaq_status read_replica(const xmlNode *array, const char *ensemble, content *c)
{
    plaq_chain *chain = &c->chain[c->n];
    char *id = NULL, *layout = NULL, *data = NULL;
    plaq_status status;
    size_t size = 0;
    int used = 0;

    PLAQ_GO(get_text(array, "id", &id));
    PLAQ_GO(exchange_replica(ensemble, id, chain));
    PLAQ_GO(get_text(array, "layout", &layout));
    PLAQ_GO(get_data(array, &data));
    if (sscanf(layout, "%zu i f%zu%n", &chain->count, &size, &used) != 2 || layout[used] || size != c->size ||
        chain->count < 1 || chain->count > MOST_CONFIGS || chain->count * (size + 1) > strlen(data)) {
        status = plaq_fail(PLAQ_E_DATA, "layout is \"%.30s\", expected C i f%zu and as many numbers", layout, c->size);
        goto done;
    }
    chain->config = plaq_alloc(chain->count, sizeof *chain->config);
    c->delta[c->n] = plaq_alloc(chain->count * size, sizeof(double));
    c->n++;
    status = chain->config && c->delta[c->n - 1] ? read_rows(data, size, chain, c->delta[c->n - 1]) : PLAQ_E_MEMORY;
done:
    if (status != PLAQ_OK && id) status = plaq_note(status, "replica %.64s", id);
    plaq_free(id);
    plaq_free(layout);
    plaq_free(data);
    return status;
}

static plaq_status read_ensemble(const xmlNode *edata, content *c)
{
    char *ensemble = NULL;
    int n, seen = 0;
    plaq_status status;

    PLAQ_GO(get_text(edata, "enstag", &ensemble));
    PLAQ_GO(get_count(edata, "nr", &n));
    for (const xmlNode *node = edata->children; node; node = node->next) {
        if (!is_element(node, "array")) continue;
        if (c->n == MOST_CHAINS) {
            status = plaq_fail(PLAQ_E_DATA, "more than %d replica", MOST_CHAINS);
            goto done;
        }
        PLAQ_GO(read_replica(node, ensemble, c));
        seen++;
    }
    if (seen != n) status = plaq_fail(PLAQ_E_DATA, "%d replica of %.64s, <nr> says %d", seen, ensemble, n);
done:
    plaq_free(ensemble);
    return status;
}

static plaq_status read_content(const xmlNode *root, content *c)
{
    const xmlNode *dobs, *values;
    char *name = NULL;
    int ensembles, seen = 0;

    if (!root || !is_element(root, "OBSERVABLES")) return plaq_fail(PLAQ_E_DATA, "no <OBSERVABLES>");
    PLAQ_TRY(get_child(root, "dobs", &dobs));
    PLAQ_TRY(get_text(dobs, "name", &name));
    snprintf(c->name, sizeof c->name, "%.*s", (int)sizeof c->name - 16, name);
    plaq_free(name);
    if (find_child(dobs, "cdata"))
        return plaq_fail(PLAQ_E_DATA, "part of the errors are covariances (cdata), which plaq does not read");
    PLAQ_TRY(get_child(dobs, "array", &values));
    PLAQ_TRY(read_values(values, c));
    PLAQ_TRY(get_count(dobs, "ne", &ensembles));
    c->chain = plaq_alloc(MOST_CHAINS, sizeof *c->chain);
    c->delta = plaq_alloc(MOST_CHAINS, sizeof *c->delta);
    if (!c->chain || !c->delta) return PLAQ_E_MEMORY;
    for (const xmlNode *node = dobs->children; node; node = node->next) {
        if (!is_element(node, "edata")) continue;
        PLAQ_TRY(read_ensemble(node, c));
        seen++;
    }
    return seen == ensembles ? PLAQ_OK : plaq_fail(PLAQ_E_DATA, "%d ensembles, <ne> says %d", seen, ensembles);
}

/* ---- estimates --------------------------------------------------------------------------------------------------- */

/* What estimate number i belongs to, and its place in it: "m[3]" is place 3 of m. */
static void name_of(const content *c, size_t i, char name[128], size_t *place)
{
    char symbol[128], *bracket;
    int used = 0;

    snprintf(symbol, sizeof symbol, "%.120s", c->symbol[i]);
    bracket = strrchr(symbol, '[');
    if (bracket && sscanf(bracket, "[%zu]%n", place, &used) == 1 && used > 0 && !bracket[used])
        *bracket = '\0';
    else
        *place = 0;
    if (symbol[0] && strcmp(symbol, "None") != 0)
        snprintf(name, 128, "%s", symbol);
    else if (c->size > 1)
        snprintf(name, 128, "%.100s.%zu", c->name, i);
    else
        snprintf(name, 128, "%.100s", c->name);
}

/* How many numbers from the first on are one estimate. */
static size_t count_entries(const content *c, size_t first, char name[128])
{
    char next[128];
    size_t n = 1, place;

    name_of(c, first, name, &place);
    if (place != 0) return 1;
    for (; first + n < c->size; n++) {
        name_of(c, first + n, next, &place);
        if (place != n || strcmp(next, name) != 0) break;
    }
    return n;
}

static void fill(const content *c, size_t first, plaq_estimate *e)
{
    for (size_t i = 0; i < e->size; i++) e->value[i] = c->value[first + i];
    for (int k = 0; k < c->n; k++) {
        const plaq_chain *chain = &c->chain[k];
        const int64_t offset = exchange_chain_offset(e->chains, chain->ensemble, chain->replica);

        for (size_t i = 0; i < e->size; i++)
            for (size_t j = 0; j < chain->count; j++)
                e->delta[i * e->chains->configs + (size_t)offset + j] = c->delta[k][j * c->size + first + i];
    }
    exchange_centre(e);
}

static plaq_status make_estimates(const content *c, plaq_chains *chains, const plaq_numbers_wanted *wanted,
                                  plaq_numbers *out)
{
    for (size_t i = 0, n; i < c->size; i += n) {
        char name[128];
        plaq_estimate *e;

        n = count_entries(c, i, name);
        if (!exchange_is_wanted(wanted, name)) continue;
        PLAQ_TRY(exchange_add_estimate(out, name, &e));
        PLAQ_TRY(exchange_estimate_create(chains, n, e));
        if (!wanted->listing) fill(c, i, e);
    }
    return PLAQ_OK;
}

/* ---- a file ------------------------------------------------------------------------------------------------------ */

/* libxml2 would print: its last error goes into our message. */
static void say_nothing(void *context, xmlError *error)
{
    (void)context;
    (void)error;
}

static plaq_status parse(const char *text, size_t n, xmlDoc **xml)
{
    const xmlError *error;

    if (strlen(text) != n) return plaq_fail(PLAQ_E_DATA, "byte %zu is zero: not XML in UTF-8", strlen(text));
    if (strstr(text, "<!DOCTYPE"))
        return plaq_fail(PLAQ_E_DATA, "a DOCTYPE, which dobs does not have"); /* no entities */
    xmlResetLastError();
    xmlSetStructuredErrorFunc(NULL, say_nothing);
    *xml = xmlReadMemory(text, (int)n, "dobs", NULL, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOCDATA);
    xmlSetStructuredErrorFunc(NULL, NULL);
    if (*xml) return PLAQ_OK;
    error = xmlGetLastError();
    return plaq_fail(PLAQ_E_DATA, "not XML: line %d: %.*s", error ? error->line : 0,
                     error && error->message ? (int)strcspn(error->message, "\n") : 0, error ? error->message : "");
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    content c = {.n = 0};
    plaq_chains *chains = NULL;
    xmlDoc *xml = NULL;
    char *text = NULL;
    plaq_status status;
    size_t n;

    PLAQ_GO(exchange_slurp(path, &text, &n));
    PLAQ_GO(parse(text, n, &xml));
    PLAQ_GO(read_content(xmlDocGetRootElement(xml), &c));
    PLAQ_GO(plaq_chains_create(c.chain, c.n, &chains));
    status = make_estimates(&c, chains, wanted, out);
done:
    plaq_chains_release(&chains);
    if (xml) xmlFreeDoc(xml);
    plaq_free(text);
    clear(&c);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", path);
}

static bool recognise(const char *path, const char *head, size_t n)
{
    char *text = NULL;
    bool found;
    size_t size;

    if (n < 2 || (memcmp(head, "\037\213", 2) != 0 && !memchr(head, '<', n))) return false;
    if (exchange_slurp(path, &text, &size) != PLAQ_OK) return false;
    found = strstr(text, "<OBSERVABLES>") && strstr(text, "<dobs>");
    plaq_free(text);
    return found;
}

const plaq_numbers_format plaq_numbers_format_dobs = {
    .name = "dobs",
    .brief = "xml.gz of dobs: values with all their fluctuations",
    .reference = "input/dobs.py, github.com/fjosw/pyerrors",
    .recognise = recognise,
    .read = read,
};
