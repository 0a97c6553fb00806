/* The parser of formulas:
 *
 *     sum:     product {(+ | -) product}          product: signed {(* | /) signed}
 *     signed:  [+ | -] signed | power             power:   entry [^ signed]
 *     entry:   simple {[i] | [i:j]}               simple:  number | name | function(sum) | (sum)
 *
 * so that -x^2 is -(x^2) and 2^3^2 is 2^9. One function a line of this grammar. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expression.h"

enum { DEPTH_MOST = 100 }; /* of brackets within brackets: they are parsed by recursion */

const expression_function plaq_expression_functions[FUNCTIONS] = {
    [EXP] = {"exp", exp},    [LOG] = {"log", log},       [SQRT] = {"sqrt", sqrt},    [SIN] = {"sin", sin},
    [COS] = {"cos", cos},    [TAN] = {"tan", tan},       [SINH] = {"sinh", sinh},    [COSH] = {"cosh", cosh},
    [TANH] = {"tanh", tanh}, [ASINH] = {"asinh", asinh}, [ACOSH] = {"acosh", acosh}, [ATANH] = {"atanh", atanh},
    [ABS] = {"abs", fabs},   [SUM_OF] = {"sum", NULL},   [MEAN_OF] = {"mean", NULL},
};

typedef struct {
    plaq_expression *e;
    const char *at;
    int depth;
} parser;

plaq_status plaq_expression_fail(const plaq_expression *e, size_t column, const char *format, ...)
{
    char words[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return plaq_fail(PLAQ_E_USAGE, "column %zu of \"%s\": %s", column, e->text, words);
}

static size_t column_of(const parser *p)
{
    return (size_t)(p->at - p->e->text) + 1;
}

/* What stands at the parser's place, for a message. */
static plaq_status fail_expected(const parser *p, const char *expected)
{
    return *p->at ? plaq_expression_fail(p->e, column_of(p), "expected %s, not \"%s\"", expected, p->at)
                  : plaq_expression_fail(p->e, column_of(p), "expected %s, not the end", expected);
}

static plaq_status add_node(plaq_expression *e, node n, size_t *index)
{
    if (e->nodes == e->room) {
        const size_t room = 2 * e->room + 16;
        node *larger = plaq_alloc(room, sizeof *larger);

        if (!larger) return PLAQ_E_MEMORY;
        if (e->nodes) memcpy(larger, e->node, e->nodes * sizeof *larger);
        plaq_free(e->node);
        e->node = larger;
        e->room = room;
    }
    n.constant = n.kind == NUMBER || (n.kind != NAME && e->node[n.left].constant && e->node[n.right].constant);
    e->node[e->nodes] = n;
    *index = e->nodes++;
    return PLAQ_OK;
}

/* ---- parsing ---- */

static plaq_status parse_sum(parser *p, size_t *index);
static plaq_status parse_signed(parser *p, size_t *index);

/* The next character that is not blank; taken where it is @p c. */
static bool take(parser *p, char c)
{
    while (isspace((unsigned char)*p->at)) p->at++;
    if (*p->at != c || !c) return false;
    p->at++;
    return true;
}

static plaq_status expect(parser *p, char c)
{
    const char expected[] = {c, '\0'};

    return take(p, c) ? PLAQ_OK : fail_expected(p, expected);
}

static plaq_status parse_number(parser *p, size_t *index)
{
    const size_t column = column_of(p), digits = strspn(p->at, "0123456789.");
    char *end;
    const double x = strtod(p->at, &end);

    if (strncasecmp(p->at, "0x", 2) == 0 || end < p->at + digits || isalpha((unsigned char)*end) || *end == '_' ||
        !isfinite(x))
        return plaq_expression_fail(p->e, column, "\"%.*s\" is not a number",
                                    (int)strspn(p->at, "0123456789.abcdefxp+-"), p->at);
    p->at = end;
    return add_node(p->e, (node){.kind = NUMBER, .column = column, .number = x}, index);
}

/* The number of a name; one more where it is new. */
static plaq_status find_name(plaq_expression *e, const char *text, size_t length, int *which)
{
    const char **longer;

    for (*which = 0; *which < e->names; ++*which)
        if (strlen(e->name[*which]) == length && strncmp(e->name[*which], text, length) == 0) return PLAQ_OK;
    longer = plaq_alloc((size_t)e->names + 1, sizeof *longer);
    if (!longer) return PLAQ_E_MEMORY;
    if (e->names) memcpy(longer, e->name, (size_t)e->names * sizeof *longer);
    plaq_free(e->name);
    e->name = longer;
    e->name[e->names] = plaq_strprintf("%.*s", (int)length, text);
    if (!e->name[e->names]) return PLAQ_E_MEMORY;
    e->names++;
    return PLAQ_OK;
}

static plaq_status fail_function(const parser *p, const char *word, size_t column)
{
    const char *names[FUNCTIONS], *meant;

    for (int i = 0; i < FUNCTIONS; i++) names[i] = plaq_expression_functions[i].name;
    meant = plaq_nearest(word, names, FUNCTIONS);
    return meant ? plaq_expression_fail(p->e, column, "no function \"%s\", did you mean \"%s\"?", word, meant)
                 : plaq_expression_fail(p->e, column, "no function \"%s\"", word);
}

/* The argument of a function whose opening bracket was taken. */
static plaq_status parse_call(parser *p, const char *word, size_t column, size_t *index)
{
    node n = {.kind = FUNCTION, .column = column};

    while (n.which < FUNCTIONS && strcmp(plaq_expression_functions[n.which].name, word) != 0) n.which++;
    if (n.which == FUNCTIONS) return fail_function(p, word, column);
    if (!plaq_expression_functions[n.which].value) n.kind = n.which == SUM_OF ? SUM : MEAN;
    PLAQ_TRY(parse_sum(p, &n.left));
    PLAQ_TRY(expect(p, ')'));
    n.right = n.left;
    return add_node(p->e, n, index);
}

static plaq_status parse_word(parser *p, size_t *index)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const size_t column = column_of(p), length = strspn(p->at, letters);
    node n = {.kind = NAME, .column = column};
    const char *text = p->at;
    char word[64];

    if (length >= sizeof word)
        return plaq_expression_fail(p->e, column, "a name of %zu characters, expected fewer than %zu", length,
                                    sizeof word);
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    p->at += length;
    if (take(p, '(')) return parse_call(p, word, column, index);
    if (strcmp(word, "pi") == 0) return add_node(p->e, (node){.kind = NUMBER, .column = column, .number = M_PI}, index);
    PLAQ_TRY(find_name(p->e, text, length, &n.which));
    return add_node(p->e, n, index);
}

static plaq_status parse_simple(parser *p, size_t *index)
{
    if (take(p, '(')) {
        PLAQ_TRY(parse_sum(p, index));
        return expect(p, ')');
    }
    if (isdigit((unsigned char)*p->at) || *p->at == '.') return parse_number(p, index);
    if (isalpha((unsigned char)*p->at) || *p->at == '_') return parse_word(p, index);
    return fail_expected(p, "a number, a name or (");
}

static plaq_status parse_position(parser *p, size_t *position)
{
    char *end;

    while (isspace((unsigned char)*p->at)) p->at++;
    if (!isdigit((unsigned char)*p->at)) return fail_expected(p, "the number of an entry");
    *position = strtoul(p->at, &end, 10);
    p->at = end;
    return PLAQ_OK;
}

static plaq_status parse_entry(parser *p, size_t *index)
{
    PLAQ_TRY(parse_simple(p, index));
    while (take(p, '[')) {
        node n = {.kind = RANGE, .column = column_of(p), .left = *index, .right = *index};

        PLAQ_TRY(parse_position(p, &n.first));
        n.last = n.first + 1;
        if (take(p, ':')) PLAQ_TRY(parse_position(p, &n.last));
        PLAQ_TRY(expect(p, ']'));
        PLAQ_TRY(add_node(p->e, n, index));
    }
    return PLAQ_OK;
}

static plaq_status parse_power(parser *p, size_t *index)
{
    node n = {.kind = POWER};

    PLAQ_TRY(parse_entry(p, index));
    n.column = column_of(p);
    if (!take(p, '^')) return PLAQ_OK;
    n.left = *index;
    PLAQ_TRY(parse_signed(p, &n.right));
    return add_node(p->e, n, index);
}

/* Every bracket, sign and exponent within another comes through here. */
static plaq_status parse_signed(parser *p, size_t *index)
{
    node n = {.kind = NEGATE};
    plaq_status status;

    if (p->depth == DEPTH_MOST)
        return plaq_expression_fail(p->e, column_of(p), "more than %d brackets or signs within each other", DEPTH_MOST);
    p->depth++;
    if (take(p, '+')) {
        status = parse_signed(p, index);
    } else if (take(p, '-')) {
        n.column = column_of(p) - 1;
        status = parse_signed(p, &n.left);
        n.right = n.left;
        if (status == PLAQ_OK) status = add_node(p->e, n, index);
    } else {
        status = parse_power(p, index);
    }
    p->depth--;
    return status;
}

/* Operands of one rank, from left to right: "*" and "/", or "+" and "-". */
static plaq_status parse_chain(parser *p, const char signs[2], const kind kinds[2],
                               plaq_status (*operand)(parser *, size_t *), size_t *index)
{
    PLAQ_TRY(operand(p, index));
    for (;;) {
        const bool one = take(p, signs[0]), two = !one && take(p, signs[1]);
        node n = {.kind = one ? kinds[0] : kinds[1], .column = column_of(p) - 1, .left = *index};

        if (!one && !two) return PLAQ_OK;
        PLAQ_TRY(operand(p, &n.right));
        PLAQ_TRY(add_node(p->e, n, index));
    }
}

static plaq_status parse_product(parser *p, size_t *index)
{
    return parse_chain(p, "*/", (const kind[]){MULTIPLY, DIVIDE}, parse_signed, index);
}

static plaq_status parse_sum(parser *p, size_t *index)
{
    return parse_chain(p, "+-", (const kind[]){ADD, SUBTRACT}, parse_product, index);
}

plaq_status plaq_expression_parse(const char *text, plaq_expression **expression)
{
    plaq_expression *e = plaq_alloc(1, sizeof *e);
    plaq_status status = PLAQ_OK;
    parser p = {.e = e};
    size_t last;

    if (!e) return PLAQ_E_MEMORY;
    e->text = plaq_strdup(text);
    if (!e->text) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    p.at = e->text;
    PLAQ_GO(parse_sum(&p, &last));
    take(&p, ' ');
    if (*p.at) {
        status = fail_expected(&p, "an operator");
        goto done;
    }
    *expression = e;
    e = NULL;
done:
    plaq_expression_destroy(&e);
    return status;
}

void plaq_expression_destroy(plaq_expression **expression)
{
    plaq_expression *e = *expression;

    if (!e) return;
    for (int i = 0; i < e->names; i++) plaq_free((char *)e->name[i]);
    plaq_free(e->name);
    plaq_free(e->node);
    plaq_free(e->start);
    plaq_free(e->text);
    plaq_free(e);
    *expression = NULL;
}

int plaq_expression_names(const plaq_expression *expression, const char *const **names)
{
    *names = expression->name;
    return expression->names;
}
