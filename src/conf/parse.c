/* YAML text -> nodes, through libyaml's events. What a run file has no use for, and what makes YAML dangerous, is an
 * error at its line and column: anchors, aliases, tags, directives, several documents, duplicate or compound keys,
 * tabs, NUL characters, and depth or size beyond what a person writes. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "conf/node.h"

typedef struct {
    yaml_parser_t yaml;
    yaml_event_t event; /* the current one */
    bool has_event;
    const origin *from;
} reader;

static mark mark_of(const reader *r, const yaml_mark_t *at)
{
    return (mark){r->from, (int)at->line + 1, (int)at->column + 1};
}

static mark here(const reader *r)
{
    return mark_of(r, &r->event.start_mark);
}

PLAQ_PRINTF(2, 3) static plaq_status fail_at(mark at, const char *format, ...)
{
    va_list list;
    plaq_status status;

    va_start(list, format);
    status = mark_fail(at, format, list);
    va_end(list);
    return status;
}

/* libyaml's words for what is wrong with the text */
static plaq_status yaml_failure(const reader *r)
{
    const yaml_parser_t *yaml = &r->yaml;

    if (yaml->error == YAML_MEMORY_ERROR) return plaq_fail(PLAQ_E_MEMORY, "no memory to parse %s", r->from->name);
    if (yaml->error == YAML_READER_ERROR)
        return fail_at(mark_of(r, &yaml->mark), "%s at byte %zu", yaml->problem, yaml->problem_offset);
    return fail_at(mark_of(r, &yaml->problem_mark), "%s%s%s", yaml->problem ? yaml->problem : "not YAML",
                   yaml->context ? " " : "", yaml->context ? yaml->context : "");
}

static plaq_status next(reader *r)
{
    if (r->has_event) yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->yaml, &r->event);
    return r->has_event ? PLAQ_OK : yaml_failure(r);
}

/* No anchors, no tags; the "!" that says "not by guess" is one too */
static plaq_status refuse_marks(const reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor) return fail_at(here(r), "anchors (&%s) are not allowed in a run file", (const char *)anchor);
    if (tag) return fail_at(here(r), "tags (%s) are not allowed in a run file", (const char *)tag);
    return PLAQ_OK;
}

static plaq_status parse_node(reader *r, int depth, plaq_node **node);

static plaq_status parse_scalar(const reader *r, plaq_node **node)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t n = r->event.data.scalar.length;
    plaq_node *scalar;

    PLAQ_TRY(refuse_marks(r, r->event.data.scalar.anchor, r->event.data.scalar.tag));
    if (memchr(text, '\0', n)) return fail_at(here(r), "a text with a NUL character");
    scalar = node_create(PLAQ_NODE_SCALAR, here(r));
    if (!scalar) return PLAQ_E_MEMORY;
    scalar->text = plaq_strdup(text);
    scalar->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!scalar->text) {
        node_destroy(scalar);
        return PLAQ_E_MEMORY;
    }
    *node = scalar;
    return PLAQ_OK;
}

static plaq_status parse_sequence(reader *r, int depth, plaq_node *sequence)
{
    for (;;) {
        plaq_node *item = NULL;

        PLAQ_TRY(next(r));
        if (r->event.type == YAML_SEQUENCE_END_EVENT) return PLAQ_OK;
        PLAQ_TRY(parse_node(r, depth + 1, &item));
        PLAQ_TRY(node_append(sequence, NULL, item->at, item));
    }
}

/* Takes the key of the current event */
static plaq_status parse_key(const reader *r, const plaq_node *mapping, char key[CONF_KEY_BYTES + 1])
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t n;

    if (r->event.type == YAML_ALIAS_EVENT) return fail_at(here(r), "aliases (*) are not allowed in a run file");
    if (r->event.type != YAML_SCALAR_EVENT) return fail_at(here(r), "a key must be a word");
    PLAQ_TRY(refuse_marks(r, r->event.data.scalar.anchor, r->event.data.scalar.tag));
    n = r->event.data.scalar.length;
    if (n == 0) return fail_at(here(r), "a key is missing before \":\"");
    if (n > CONF_KEY_BYTES) return fail_at(here(r), "a key of %zu bytes, at most %d are allowed", n, CONF_KEY_BYTES);
    if (memchr(text, '\0', n)) return fail_at(here(r), "a key with a NUL character");
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->entries[i].key, text) == 0)
            return fail_at(here(r), "key \"%s\" was given in line %d already", text, mapping->entries[i].at.line);
    if (mapping->count == CONF_KEYS) return fail_at(here(r), "more than %d keys in one mapping", CONF_KEYS);
    memcpy(key, text, n + 1);
    return PLAQ_OK;
}

static plaq_status parse_mapping(reader *r, int depth, plaq_node *mapping)
{
    for (;;) {
        char key[CONF_KEY_BYTES + 1];
        plaq_node *value = NULL;
        mark at;

        PLAQ_TRY(next(r));
        if (r->event.type == YAML_MAPPING_END_EVENT) return PLAQ_OK;
        PLAQ_TRY(parse_key(r, mapping, key));
        at = here(r);
        PLAQ_TRY(next(r));
        PLAQ_TRY(parse_node(r, depth + 1, &value));
        PLAQ_TRY(node_append(mapping, key, at, value));
    }
}

/* Takes the node that begins with the current event */
static plaq_status parse_node(reader *r, int depth, plaq_node **node)
{
    bool is_sequence = r->event.type == YAML_SEQUENCE_START_EVENT;
    plaq_node *made;
    plaq_status status;

    if (r->event.type == YAML_ALIAS_EVENT)
        return fail_at(here(r), "aliases (*%s) are not allowed in a run file; quote a text that begins with *",
                       (const char *)r->event.data.alias.anchor);
    if (r->event.type == YAML_SCALAR_EVENT) return parse_scalar(r, node);
    if (depth >= CONF_DEPTH) return fail_at(here(r), "nested deeper than %d levels", CONF_DEPTH);
    if (is_sequence)
        PLAQ_TRY(refuse_marks(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag));
    else
        PLAQ_TRY(refuse_marks(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag));
    made = node_create(is_sequence ? PLAQ_NODE_SEQUENCE : PLAQ_NODE_MAPPING, here(r));
    if (!made) return PLAQ_E_MEMORY;
    status = is_sequence ? parse_sequence(r, depth, made) : parse_mapping(r, depth, made);
    if (status == PLAQ_OK)
        *node = made;
    else
        node_destroy(made);
    return status;
}

/* Stream start, one document or none, stream end. No document: an empty scalar. */
static plaq_status parse_stream(reader *r, int depth, plaq_node **node)
{
    PLAQ_TRY(next(r)); /* stream start */
    PLAQ_TRY(next(r));
    if (r->event.type == YAML_STREAM_END_EVENT) {
        plaq_node *nothing = node_create(PLAQ_NODE_SCALAR, (mark){r->from, 1, 1});

        if (!nothing || !(nothing->text = plaq_strdup(""))) {
            node_destroy(nothing);
            return PLAQ_E_MEMORY;
        }
        *node = nothing;
        return PLAQ_OK;
    }
    if (r->event.data.document_start.version_directive ||
        r->event.data.document_start.tag_directives.start != r->event.data.document_start.tag_directives.end)
        return fail_at(here(r), "directives (%%) are not allowed in a run file");
    PLAQ_TRY(next(r));
    PLAQ_TRY(parse_node(r, depth, node));
    PLAQ_TRY(next(r)); /* document end */
    PLAQ_TRY(next(r));
    if (r->event.type != YAML_STREAM_END_EVENT) return fail_at(here(r), "a second document begins, expected one only");
    return PLAQ_OK;
}

/* YAML's tabs look like blanks and are not: nobody needs them here */
static plaq_status refuse_tabs(const char *text, size_t n, const origin *from)
{
    const char *tab = memchr(text, '\t', n);
    mark at = {from, 1, 1};

    if (!tab) return PLAQ_OK;
    for (const char *c = text; c < tab; c++) {
        at.column = *c == '\n' ? 1 : at.column + 1;
        at.line += *c == '\n';
    }
    return fail_at(at, "a tab: use blanks (or \"\\t\" in quotes)");
}

plaq_status conf_parse_node(const char *text, size_t n, const origin *from, int depth, plaq_node **node)
{
    reader r = {.from = from};
    plaq_node *made = NULL;
    plaq_status status;

    if (n > CONF_BYTES)
        return plaq_fail(PLAQ_E_USAGE, "%s has %zu bytes, a run file has at most %d", from->name, n, CONF_BYTES);
    PLAQ_TRY(refuse_tabs(text, n, from));
    if (!yaml_parser_initialize(&r.yaml)) return plaq_fail(PLAQ_E_MEMORY, "no memory to parse %s", from->name);
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, n);
    status = parse_stream(&r, depth, &made);
    if (r.has_event) yaml_event_delete(&r.event);
    yaml_parser_delete(&r.yaml);
    if (status == PLAQ_OK)
        *node = made;
    else
        node_destroy(made);
    return status;
}

plaq_status plaq_conf_parse(const char *text, size_t n, const char *name, plaq_node **root)
{
    origin *origins = NULL;
    const origin *from = node_origin(&origins, name, true);
    plaq_node *node = NULL;
    plaq_status status;

    if (!from) return PLAQ_E_MEMORY;
    status = conf_parse_node(text, n, from, 0, &node);
    if (status == PLAQ_OK && node_is_empty(node)) {
        plaq_free(node->text);
        node->text = NULL;
        node->kind = PLAQ_NODE_MAPPING;
    }
    if (status == PLAQ_OK && node->kind != PLAQ_NODE_MAPPING)
        status = plaq_node_fail(node, "expected \"key: value\" at the top of a run file");
    if (status != PLAQ_OK) {
        node_destroy(node);
        plaq_free(origins);
        return status;
    }
    node->origins = origins;
    *root = node;
    return PLAQ_OK;
}
