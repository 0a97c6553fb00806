/* "key.path=value", from the command line or of defaults that were resolved, put into the tree of a run file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/node.h"

static const char key_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* The item of a list that a word of the path counts to */
static plaq_status find_item(plaq_node *list, const char *word, const origin *from, entry **found)
{
    char *end;
    unsigned long i;

    errno = 0;
    i = strtoul(word, &end, 10);
    if (errno || *end || word[0] < '0' || word[0] > '9')
        return plaq_fail(PLAQ_E_USAGE, "%s: \"%s\" is not the number of a list's item", from->name, word);
    if (i >= list->count)
        return plaq_fail(PLAQ_E_USAGE, "%s: no item %lu in a list of %zu (the first is 0)", from->name, i, list->count);
    *found = &list->entries[i];
    return PLAQ_OK;
}

/* A new key must be one that a run file could have: text that YAML reads as it stands */
static plaq_status check_key(const char *word, const origin *from)
{
    char *quoted = plaq_strprintf("\"%s\"", word);
    plaq_node *read = NULL;
    plaq_status status = quoted ? conf_parse_node(quoted, strlen(quoted), from, 0, &read) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK && (read->kind != PLAQ_NODE_SCALAR || strcmp(read->text, word) != 0))
        status = plaq_fail(PLAQ_E_USAGE, "%s: a key in quotes has no backslash and no line break", from->name);
    node_destroy(read);
    plaq_free(quoted);
    return status;
}

/* The entry of a mapping, made where it is missing */
static plaq_status find_entry(plaq_node *mapping, const char *word, const origin *from, entry **found)
{
    mark at = {from, 1, 1};
    plaq_node *value;

    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->entries[i].key, word) == 0) {
            *found = &mapping->entries[i];
            return PLAQ_OK;
        }
    if (mapping->count == CONF_KEYS || strlen(word) > CONF_KEY_BYTES)
        return plaq_fail(PLAQ_E_USAGE, "%s: more than %d keys, or a key of more than %d bytes", from->name, CONF_KEYS,
                         CONF_KEY_BYTES);
    PLAQ_TRY(check_key(word, from));
    value = node_create(PLAQ_NODE_MAPPING, at);
    if (!value) return PLAQ_E_MEMORY;
    PLAQ_TRY(node_append(mapping, word, at, value));
    *found = &mapping->entries[mapping->count - 1];
    return PLAQ_OK;
}

/* "- plaquette:" may get parameters from the command line */
static void make_mapping_of_nothing(plaq_node *node)
{
    if (!node_is_empty(node)) return;
    plaq_free(node->text);
    node->text = NULL;
    node->kind = PLAQ_NODE_MAPPING;
}

/* Cuts the first word off a path: to the next dot, or what stands in quotes, which may have dots */
static plaq_status cut_word(char **path, const char **word, const origin *from)
{
    bool quoted = **path == '"';
    char *start = *path + quoted, *end = quoted ? strchr(start, '"') : start + strcspn(start, ".");
    char after = end ? end[quoted] : '\0';

    if (!end || (quoted && after && after != '.'))
        return plaq_fail(PLAQ_E_USAGE, "%s: a key in quotes ends with a quote", from->name);
    *path = after ? end + quoted + 1 : NULL;
    *end = '\0';
    *word = start;
    if (!*start) return plaq_fail(PLAQ_E_USAGE, "%s: empty word in the path", from->name);
    if (!quoted && start[strspn(start, key_letters)])
        return plaq_fail(PLAQ_E_USAGE, "%s: a key is made of letters, digits, \"_\" and \"-\"", from->name);
    return PLAQ_OK;
}

static plaq_status apply(plaq_node *root, char *path, const char *value, const origin *from)
{
    plaq_node *node = root, *parsed = NULL;
    entry *found = NULL;
    const char *word = NULL;
    int depth = 0;

    for (; path; depth++) {
        PLAQ_TRY(cut_word(&path, &word, from));
        if (depth == CONF_DEPTH)
            return plaq_fail(PLAQ_E_USAGE, "%s: nested deeper than %d levels", from->name, CONF_DEPTH);
        make_mapping_of_nothing(node);
        if (node->kind == PLAQ_NODE_SCALAR)
            return plaq_fail(PLAQ_E_USAGE, "%s: no \"%s\" in the value \"%.40s\"", from->name, word, node->text);
        PLAQ_TRY((node->kind == PLAQ_NODE_SEQUENCE ? find_item : find_entry)(node, word, from, &found));
        node = found->value;
    }
    PLAQ_TRY(conf_parse_node(value, strlen(value), from, depth, &parsed));
    node_destroy(found->value);
    found->value = parsed;
    found->at = (mark){from, 1, 1};
    return PLAQ_OK;
}

plaq_status plaq_conf_override(plaq_node *root, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    const origin *from;
    char *path, name[200];
    plaq_status status;

    snprintf(name, sizeof name, "command line: %.180s", assignment);
    if (!equals) return plaq_fail(PLAQ_E_USAGE, "%s: expected key.path=value", name);
    from = node_origin(&root->origins, name, false);
    path = plaq_strdup(assignment);
    if (!from || !path) {
        plaq_free(path);
        return PLAQ_E_MEMORY;
    }
    path[equals - assignment] = '\0';
    status = apply(root, path, equals + 1, from);
    plaq_free(path);
    return status;
}

/* A text in double quotes, as YAML reads it back. */
static void quote(char *text, size_t n)
{
    char plain[4096];
    size_t used = 0;

    snprintf(plain, sizeof plain, "%s", text);
    text[used++] = '"';
    for (const char *c = plain; *c && used + 4 < n; c++) {
        if (*c == '"' || *c == '\\') text[used++] = '\\';
        text[used++] = *c;
    }
    text[used++] = '"';
    text[used] = '\0';
}

plaq_status plaq_conf_set(plaq_node *root, const char *place, const plaq_param table[], const void *params)
{
    for (const plaq_param *p = table; p && p->name; p++) {
        char value[4096], *assignment;
        plaq_status status;

        plaq_param_print(p, params, value, sizeof value);
        if (p->type == PLAQ_TYPE_TEXT) quote(value, sizeof value);
        assignment = plaq_strprintf("%s%s=%s", place, p->name, value);
        if (!assignment) return PLAQ_E_MEMORY;
        status = plaq_conf_override(root, assignment);
        plaq_free(assignment);
        PLAQ_TRY(status);
    }
    return PLAQ_OK;
}
