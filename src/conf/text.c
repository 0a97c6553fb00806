/* Nodes -> YAML text that parses to the same nodes. */
#include <stdio.h>
#include <string.h>

#include "conf/node.h"

/* A string that grows. Once memory ran out, nothing more is added. */
typedef struct {
    char *text;
    size_t count, room;
    bool failed;
} buffer;

static void put(buffer *b, const char *text, size_t n)
{
    if (b->failed) return;
    if (b->count + n + 1 > b->room) {
        size_t room = 2 * (b->count + n + 128);
        char *larger = plaq_alloc(room, 1);

        if (!larger) {
            b->failed = true;
            return;
        }
        if (b->count) memcpy(larger, b->text, b->count);
        plaq_free(b->text);
        b->text = larger;
        b->room = room;
    }
    memcpy(b->text + b->count, text, n);
    b->count += n;
    b->text[b->count] = '\0';
}

static void put_text(buffer *b, const char *text)
{
    put(b, text, strlen(text));
}

static void put_blanks(buffer *b, int n)
{
    for (int i = 0; i < n; i++) put(b, " ", 1);
}

/* Whether a text means itself without quotes, wherever it stands */
static bool is_plain(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-*@^=";
    size_t sign = *text == '-' || *text == '+';

    if (sign && !(text[1] >= '0' && text[1] <= '9')) return false;
    return text[sign] && strchr(first, text[sign]) && !text[strspn(text + sign, rest) + sign];
}

/* Reads one character of UTF-8 (the parser let nothing else in) and says how many bytes it has */
static size_t decode(const char *text, unsigned *character)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t n = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

    *character = n == 1 ? *c : *c & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) *character = *character << 6 | (c[i] & 0x3fu);
    return n;
}

/* Controls, and beyond the alphabets of Europe whatever might be a line break or a mark, are written as escapes */
static void put_quoted(buffer *b, const char *text)
{
    unsigned character;

    put_text(b, "\"");
    for (size_t n; *text; text += n) {
        char escape[16];

        n = decode(text, &character);
        if (character == '"' || character == '\\')
            snprintf(escape, sizeof escape, "\\%c", (char)character);
        else if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character >= 0x2000)
            snprintf(escape, sizeof escape, "\\U%08x", character);
        else
            snprintf(escape, sizeof escape, "%.*s", (int)n, text);
        put_text(b, escape);
    }
    put_text(b, "\"");
}

static void put_word(buffer *b, const char *text)
{
    if (is_plain(text))
        put_text(b, text);
    else
        put_quoted(b, text);
}

static bool is_list_of_values(const plaq_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const plaq_node *item = node->entries[i].value;

        if (item->kind != PLAQ_NODE_SCALAR || node_is_empty(item)) return false;
    }
    return true;
}

static void put_entries(buffer *b, const plaq_node *node, int indent, bool begun);

/* What follows "key:" or "-": the rest of the line, or the lines below it */
static void put_value(buffer *b, const plaq_node *node, int indent, bool in_list)
{
    if (node->kind == PLAQ_NODE_SCALAR) {
        if (!node_is_empty(node)) {
            put_text(b, " ");
            put_word(b, node->text);
        }
        put_text(b, "\n");
    } else if (node->kind == PLAQ_NODE_MAPPING && node->count == 0) {
        put_text(b, " {}\n");
    } else if (node->kind == PLAQ_NODE_SEQUENCE && is_list_of_values(node)) {
        put_text(b, " [");
        for (size_t i = 0; i < node->count; i++) {
            if (i) put_text(b, ", ");
            put_word(b, node->entries[i].value->text);
        }
        put_text(b, "]\n");
    } else {
        put_text(b, in_list ? " " : "\n");
        put_entries(b, node, indent + 2, in_list);
    }
}

/* @p begun: the first entry goes on in a line that has its indentation already ("- key: value") */
static void put_entries(buffer *b, const plaq_node *node, int indent, bool begun)
{
    bool is_list = node->kind == PLAQ_NODE_SEQUENCE;

    for (size_t i = 0; i < node->count; i++) {
        if (i || !begun) put_blanks(b, indent);
        if (is_list) {
            put_text(b, "-");
        } else {
            put_word(b, node->entries[i].key);
            put_text(b, ":");
        }
        put_value(b, node->entries[i].value, indent, is_list);
    }
}

char *plaq_conf_text(const plaq_node *root)
{
    buffer b = {.text = NULL};

    if (root->count == 0)
        put_text(&b, "{}\n");
    else
        put_entries(&b, root, 0, false);
    if (!b.failed) return b.text;
    plaq_free(b.text);
    return NULL;
}
