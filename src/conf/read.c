/* From a mapping of a run file into a struct, through a table. */
#include <stdio.h>
#include <string.h>

#include "conf/node.h"

static const char *kind_word(const plaq_node *node)
{
    return node->kind == PLAQ_NODE_MAPPING ? "a mapping" : node->kind == PLAQ_NODE_SEQUENCE ? "a list" : "a value";
}

static plaq_status expect_mapping(const plaq_node *node)
{
    if (node->kind == PLAQ_NODE_SCALAR)
        return plaq_node_fail(node, "found \"%.60s\", expected keys and values", node->text);
    if (node->kind == PLAQ_NODE_SEQUENCE) return plaq_node_fail(node, "found a list, expected keys and values");
    return PLAQ_OK;
}

static size_t count_words(const char *const words[])
{
    size_t n = 0;

    while (words && words[n]) n++;
    return n;
}

/* Fails at an unknown key, naming the nearest known one, or all of them where none is near */
static plaq_status unknown_key(const plaq_node *mapping, size_t i, const char *const known[], size_t n)
{
    const char *key = mapping->entries[i].key, *near = plaq_nearest(key, known, n);
    char all[600] = "";

    if (near) return plaq_node_key_fail(mapping, i, "unknown key \"%s\"; did you mean \"%s\"?", key, near);
    for (size_t k = 0, used = 0; k < n && used < sizeof all; k++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", k ? ", " : "", known[k]);
    return plaq_node_key_fail(mapping, i, "unknown key \"%s\"; %s%s", key, n ? "known here: " : "no key is known here",
                              all);
}

static bool is_among(const char *word, const char *const words[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0) return true;
    return false;
}

static plaq_status only(const plaq_node *mapping, const char *const known[], size_t n)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (!is_among(mapping->entries[i].key, known, n)) return unknown_key(mapping, i, known, n);
    return PLAQ_OK;
}

plaq_status plaq_conf_only(const plaq_node *mapping, const char *const known[])
{
    if (node_is_empty(mapping)) return PLAQ_OK;
    PLAQ_TRY(expect_mapping(mapping));
    return only(mapping, known, count_words(known));
}

/* The same for the rows of a table and the words beside it */
static plaq_status only_rows(const plaq_node *mapping, const plaq_param table[], const char *const others[])
{
    size_t rows = 0, n = 0, n_others = count_words(others);
    const char **known;
    plaq_status status;

    while (table[rows].name) rows++;
    known = plaq_alloc(rows + n_others + 1, sizeof *known);
    if (!known) return PLAQ_E_MEMORY;
    for (; n < rows; n++) known[n] = table[n].name;
    for (size_t i = 0; i < n_others; i++) known[n++] = others[i];
    status = only(mapping, known, n);
    plaq_free(known);
    return status;
}

static plaq_status read_scalar(const plaq_node *node, const plaq_param *param, void *params)
{
    plaq_status status;

    if (node_is_empty(node)) return plaq_node_fail(node, "%s has no value", param->name);
    if (node->kind != PLAQ_NODE_SCALAR) {
        char type[40];

        plaq_param_type_text(param, type, sizeof type);
        return plaq_node_fail(node, "%s is %s, expected %s", param->name, kind_word(node), type);
    }
    status = plaq_param_read(param, node->text, params);
    return status == PLAQ_OK ? status : mark_note(node->at, status);
}

/* An array item by item, so that a wrong one is named and placed: "dims[2]" */
static plaq_status read_list(const plaq_node *node, const plaq_param *param, void *params)
{
    bool whole = param->type == PLAQ_TYPE_INTS;

    if (node->kind != PLAQ_NODE_SEQUENCE || node->count != param->count)
        return plaq_node_fail(node, "%s is %s of %zu, expected a list of %zu numbers [...]", param->name,
                              kind_word(node), node->kind == PLAQ_NODE_SCALAR ? 1 : node->count, param->count);
    for (size_t i = 0; i < param->count; i++) {
        plaq_param item = *param;
        char name[80];

        snprintf(name, sizeof name, "%s[%zu]", param->name, i);
        item.name = name;
        item.type = whole ? PLAQ_TYPE_INT : PLAQ_TYPE_REAL;
        item.offset += i * (whole ? sizeof(int) : sizeof(double));
        PLAQ_TRY(read_scalar(node->entries[i].value, &item, params));
    }
    return PLAQ_OK;
}

static plaq_status missing(const plaq_node *mapping, const plaq_param *param)
{
    if (!mapping) return plaq_fail(PLAQ_E_USAGE, "key \"%s\" is missing: %s", param->name, param->doc);
    return plaq_node_fail(mapping, "key \"%s\" is missing: %s", param->name, param->doc);
}

plaq_status plaq_conf_read(const plaq_node *mapping, const plaq_param table[], const char *const others[], void *params)
{
    bool empty = !mapping || node_is_empty(mapping);

    PLAQ_TRY(plaq_param_defaults(table, params));
    if (!empty) {
        PLAQ_TRY(expect_mapping(mapping));
        PLAQ_TRY(only_rows(mapping, table, others));
    }
    for (const plaq_param *param = table; param->name; param++) {
        const plaq_node *node = empty ? NULL : plaq_node_get(mapping, param->name);

        if (!node && !param->fallback) return missing(mapping, param);
        if (!node) continue;
        if (param->type == PLAQ_TYPE_INTS || param->type == PLAQ_TYPE_REALS)
            PLAQ_TRY(read_list(node, param, params));
        else
            PLAQ_TRY(read_scalar(node, param, params));
    }
    return PLAQ_OK;
}
