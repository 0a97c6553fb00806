/* The tree behind plaq/conf.h. Only src/conf sees it. */
#ifndef PLAQ_CONF_NODE_H
#define PLAQ_CONF_NODE_H

#include <stdarg.h>

#include "plaq/conf.h"

/* What a person writes by hand never comes near these; what would exhaust stack or memory is stopped by them. */
enum {
    CONF_BYTES = 4 << 20, /* of a run file: a list of 40,000 configurations */
    CONF_DEPTH = 32,      /* of nodes in nodes */
    CONF_KEYS = 1000,     /* of one mapping: every key is compared with every other */
    CONF_KEY_BYTES = 200
};

/* Where a node came from, for messages. Owned by the root, in a list. */
typedef struct origin origin;
struct origin {
    origin *next;
    bool has_lines; /* a file; false: the command line */
    char name[];
};

typedef struct {
    const origin *from;
    int line, column; /* from 1 */
} mark;

typedef struct {
    char *key; /* NULL in a sequence */
    mark at;
    plaq_node *value;
} entry;

struct plaq_node {
    plaq_node_kind kind;
    mark at;
    char *text;  /* of a scalar */
    bool quoted; /* "" is a text; nothing at all is no value */
    size_t count, room;
    entry *entries;  /* items of a sequence, entries of a mapping */
    origin *origins; /* of a root */
};

/* Nothing was written where a value could stand ("key:"). */
bool node_is_empty(const plaq_node *node);

/* Makes a node of a kind; NULL where there is no memory. */
plaq_node *node_create(plaq_node_kind kind, mark at);

/* Frees a node and all below it, but not origins. */
void node_destroy(plaq_node *node);

/* Appends an entry and takes the value, also where it fails; key (copied) is NULL in a sequence. */
PLAQ_MUST_USE plaq_status node_append(plaq_node *node, const char *key, mark at, plaq_node *value);

/* A new origin in the root's list; NULL where there is no memory. */
const origin *node_origin(origin **list, const char *name, bool has_lines);

/* "run.yaml:3:5: <words>" */
plaq_status mark_fail(mark at, const char *format, va_list list) __attribute__((format(printf, 2, 0)));

/* Puts "run.yaml:3:5" before the message of a failure. */
plaq_status mark_note(mark at, plaq_status status);

/* Parses any one node, which will stand `depth` levels below the root. */
PLAQ_MUST_USE plaq_status conf_parse_node(const char *text, size_t n, const origin *from, int depth, plaq_node **node);

#endif
