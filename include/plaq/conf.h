/** @file
 * A run file, YAML, as a tree of nodes that remember where they stand, read into structs through tables. Room: conf.
 *
 * A strict subset: mappings, sequences and scalars; no anchors, aliases, tags, or several documents. Duplicate keys
 * are errors. A scalar is text until a table gives it a type. Everything here is Local.
 */
#ifndef PLAQ_CONF_H
#define PLAQ_CONF_H

#include "plaq/base.h"

/** One node of a run file. Owned by its tree; a tree is owned by whoever parsed it. */
typedef struct plaq_node plaq_node;

typedef enum { PLAQ_NODE_SCALAR, PLAQ_NODE_SEQUENCE, PLAQ_NODE_MAPPING } plaq_node_kind;

/** Parses @p n bytes. @p origin (a file name) stands in messages: "run.yaml:3:5: ...". PLAQ_E_USAGE on bad text. */
PLAQ_MUST_USE plaq_status plaq_conf_parse(const char *text, size_t n, const char *origin, plaq_node **root);
void plaq_conf_destroy(plaq_node **root);

/** Applies "key.path=value" (list items by number: "measure.0.flow.t_max=4"; a key with dots in double quotes); the
 * value is parsed as YAML. Missing keys are made. */
PLAQ_MUST_USE plaq_status plaq_conf_override(plaq_node *root, const char *assignment);

/** Sets each parameter under @p place ("measure.0.plaquette.") to what was read, which the tree then shows. */
PLAQ_MUST_USE plaq_status plaq_conf_set(plaq_node *root, const char *place, const plaq_param table[],
                                        const void *params);

plaq_node_kind plaq_node_what(const plaq_node *node);
const char *plaq_node_text(const plaq_node *scalar);              /**< text of a scalar */
size_t plaq_node_size(const plaq_node *node);                     /**< items of a sequence, entries of a mapping */
const plaq_node *plaq_node_item(const plaq_node *node, size_t i); /**< the i-th item, or value of the i-th entry */
const char *plaq_node_key(const plaq_node *mapping, size_t i);    /**< key of the i-th entry */
const plaq_node *plaq_node_get(const plaq_node *mapping, const char *key); /**< value of a key, or NULL */

/** A failure that says where: "run.yaml:3:5: <words>". Returns PLAQ_E_USAGE. */
plaq_status plaq_node_fail(const plaq_node *node, const char *format, ...) PLAQ_PRINTF(2, 3);

/** The same at the key of the i-th entry of a mapping. */
plaq_status plaq_node_key_fail(const plaq_node *mapping, size_t i, const char *format, ...) PLAQ_PRINTF(3, 4);

/**
 * Reads a mapping (NULL: an empty one) into a struct: defaults first, then what is given. Unknown keys fail with the
 * nearest known one, wrong types and ranges with line and column, missing required keys with the line of the mapping.
 * Keys in @p others (NULL-terminated, or NULL) are known but left to the caller.
 */
PLAQ_MUST_USE plaq_status plaq_conf_read(const plaq_node *mapping, const plaq_param table[], const char *const others[],
                                         void *params);

/** Fails, with a suggestion, where a mapping has a key not in @p known (NULL-terminated). */
PLAQ_MUST_USE plaq_status plaq_conf_only(const plaq_node *mapping, const char *const known[]);

/** The whole tree as YAML text, resolved (overrides applied), by plaq_alloc; NULL where there is no memory. */
char *plaq_conf_text(const plaq_node *root);

#endif
