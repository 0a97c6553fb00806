/* Nodes of a run file: what they hold, and messages that say where they stand. */
#include "conf/node.h"

#include <stdio.h>
#include <string.h>

plaq_node *node_create(plaq_node_kind kind, mark at)
{
    plaq_node *node = plaq_alloc(1, sizeof *node);

    if (node) *node = (plaq_node){.kind = kind, .at = at};
    return node;
}

void node_destroy(plaq_node *node)
{
    if (!node) return;
    for (size_t i = 0; i < node->count; i++) {
        plaq_free(node->entries[i].key);
        node_destroy(node->entries[i].value);
    }
    plaq_free(node->entries);
    plaq_free(node->text);
    plaq_free(node);
}

void plaq_conf_destroy(plaq_node **root)
{
    origin *next;

    if (!*root) return;
    for (origin *o = (*root)->origins; o; o = next) {
        next = o->next;
        plaq_free(o);
    }
    node_destroy(*root);
    *root = NULL;
}

static plaq_status grow(plaq_node *node)
{
    size_t room = node->room ? 2 * node->room : 8;
    entry *entries = plaq_alloc(room, sizeof *entries);

    if (!entries) return PLAQ_E_MEMORY;
    if (node->count) memcpy(entries, node->entries, node->count * sizeof *entries);
    plaq_free(node->entries);
    node->entries = entries;
    node->room = room;
    return PLAQ_OK;
}

plaq_status node_append(plaq_node *node, const char *key, mark at, plaq_node *value)
{
    plaq_status status = PLAQ_OK;
    char *copy = NULL;

    if (node->count == node->room) PLAQ_GO(grow(node));
    if (key && !(copy = plaq_strdup(key))) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    node->entries[node->count++] = (entry){copy, at, value};
done:
    if (status != PLAQ_OK) node_destroy(value);
    return status;
}

const origin *node_origin(origin **list, const char *name, bool has_lines)
{
    size_t n = strlen(name) + 1;
    origin *o = plaq_alloc(1, sizeof *o + n);

    if (!o) return NULL;
    o->next = *list;
    o->has_lines = has_lines;
    memcpy(o->name, name, n);
    *list = o;
    return o;
}

bool node_is_empty(const plaq_node *node)
{
    return node->kind == PLAQ_NODE_SCALAR && !node->quoted && !*node->text;
}

/* ---- looking at nodes ---------------------------------------------------------------------------------------- */

plaq_node_kind plaq_node_what(const plaq_node *node)
{
    return node->kind;
}

const char *plaq_node_text(const plaq_node *scalar)
{
    return scalar->text ? scalar->text : "";
}

size_t plaq_node_size(const plaq_node *node)
{
    return node->count;
}

const plaq_node *plaq_node_item(const plaq_node *node, size_t i)
{
    return node->entries[i].value;
}

const char *plaq_node_key(const plaq_node *mapping, size_t i)
{
    return mapping->entries[i].key;
}

const plaq_node *plaq_node_get(const plaq_node *mapping, const char *key)
{
    if (mapping->kind != PLAQ_NODE_MAPPING) return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->entries[i].key, key) == 0) return mapping->entries[i].value;
    return NULL;
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

plaq_status mark_note(mark at, plaq_status status)
{
    if (at.from->has_lines) return plaq_note(status, "%s:%d:%d", at.from->name, at.line, at.column);
    return plaq_note(status, "%s", at.from->name);
}

plaq_status mark_fail(mark at, const char *format, va_list list)
{
    char words[1000];

    vsnprintf(words, sizeof words, format, list);
    return mark_note(at, plaq_fail(PLAQ_E_USAGE, "%s", words));
}

plaq_status plaq_node_fail(const plaq_node *node, const char *format, ...)
{
    va_list list;
    plaq_status status;

    va_start(list, format);
    status = mark_fail(node->at, format, list);
    va_end(list);
    return status;
}

plaq_status plaq_node_key_fail(const plaq_node *mapping, size_t i, const char *format, ...)
{
    va_list list;
    plaq_status status;

    va_start(list, format);
    status = mark_fail(mapping->entries[i].at, format, list);
    va_end(list);
    return status;
}
