/* Formulas over named quantities, with exact derivatives.
 *
 *     sum:     product {(+ | -) product}          product: signed {(* | /) signed}
 *     signed:  [+ | -] signed | power             power:   entry [^ signed]
 *     entry:   simple {[i] | [i:j]}               simple:  number | name | function(sum) | (sum)
 *
 * so that -x^2 is -(x^2) and 2^3^2 is 2^9. Parsed, a formula is a list of nodes in which operands stand before what is
 * made of them: values are computed from front to back, derivatives carried from back to front (reverse
 * accumulation; A. Griewank and A. Walther, Evaluating Derivatives, SIAM 2008, chapter 3). */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plaq/analysis.h"

enum { DEPTH_MOST = 100 }; /* of brackets within brackets: they are parsed by recursion */

/* ---- functions of one number ---- */

enum { EXP, LOG, SQRT, SIN, COS, TAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH, ABS, SUM_OF, MEAN_OF, FUNCTIONS };

static const struct {
    const char *name;
    double (*value)(double x); /* NULL: of all entries */
} functions[FUNCTIONS] = {
    [EXP] = {"exp", exp},    [LOG] = {"log", log},       [SQRT] = {"sqrt", sqrt},    [SIN] = {"sin", sin},
    [COS] = {"cos", cos},    [TAN] = {"tan", tan},       [SINH] = {"sinh", sinh},    [COSH] = {"cosh", cosh},
    [TANH] = {"tanh", tanh}, [ASINH] = {"asinh", asinh}, [ACOSH] = {"acosh", acosh}, [ATANH] = {"atanh", atanh},
    [ABS] = {"abs", fabs},   [SUM_OF] = {"sum", NULL},   [MEAN_OF] = {"mean", NULL},
};

/* dy/dx of y = value(x). */
static double slope(int function, double x, double y)
{
    switch (function) {
    case EXP: return y;
    case LOG: return 1 / x;
    case SQRT: return 0.5 / y;
    case SIN: return cos(x);
    case COS: return -sin(x);
    case TAN: return 1 + y * y;
    case SINH: return cosh(x);
    case COSH: return sinh(x);
    case TANH: return 1 - y * y;
    case ASINH: return 1 / sqrt(x * x + 1);
    case ACOSH: return 1 / sqrt(x * x - 1);
    case ATANH: return 1 / (1 - x * x);
    default: return x / y; /* of |x|: none at 0 */
    }
}

/* ---- nodes ---- */

typedef enum { NUMBER, NAME, NEGATE, ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, FUNCTION, SUM, MEAN, RANGE } kind;

typedef struct {
    kind kind;
    size_t column;      /* in the text, from 1 */
    size_t left, right; /* operands: earlier nodes */
    double number;      /* of NUMBER */
    int which;          /* of NAME and FUNCTION */
    size_t first, last; /* of RANGE, last not included */
    bool constant;      /* no name in it */
    size_t size, at;    /* entries, and where they are in the workspace: plaq_expression_function() */
} node;

struct plaq_expression {
    char *text;
    node *node;
    size_t nodes, room;
    const char **name; /* each owned */
    int names;
    size_t *start; /* [names]: a name's entries among all numbers */
    size_t values; /* entries of all nodes */
};

typedef struct {
    plaq_expression *e;
    const char *at;
    int depth;
} parser;

static plaq_status fail_at(const plaq_expression *e, size_t column, const char *format, ...) PLAQ_PRINTF(3, 4);

static plaq_status fail_at(const plaq_expression *e, size_t column, const char *format, ...)
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
    return *p->at ? fail_at(p->e, column_of(p), "expected %s, not \"%s\"", expected, p->at)
                  : fail_at(p->e, column_of(p), "expected %s, not the end", expected);
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
        return fail_at(p->e, column, "\"%.*s\" is not a number", (int)strspn(p->at, "0123456789.abcdefxp+-"), p->at);
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

    for (int i = 0; i < FUNCTIONS; i++) names[i] = functions[i].name;
    meant = plaq_nearest(word, names, FUNCTIONS);
    return meant ? fail_at(p->e, column, "no function \"%s\", did you mean \"%s\"?", word, meant)
                 : fail_at(p->e, column, "no function \"%s\"", word);
}

/* The argument of a function whose opening bracket was taken. */
static plaq_status parse_call(parser *p, const char *word, size_t column, size_t *index)
{
    node n = {.kind = FUNCTION, .column = column};

    while (n.which < FUNCTIONS && strcmp(functions[n.which].name, word) != 0) n.which++;
    if (n.which == FUNCTIONS) return fail_function(p, word, column);
    if (!functions[n.which].value) n.kind = n.which == SUM_OF ? SUM : MEAN;
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
        return fail_at(p->e, column, "a name of %zu characters, expected fewer than %zu", length, sizeof word);
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
        return fail_at(p->e, column_of(p), "more than %d brackets or signs within each other", DEPTH_MOST);
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

/* ---- values ---- */

static bool is_binary(kind k)
{
    return k >= ADD && k <= POWER;
}

/* Entry @p i of an operand: numbers of one entry go with arrays of any length. */
static size_t entry(const node *operand, size_t i)
{
    return operand->at + (operand->size == 1 ? 0 : i);
}

static double combine(kind k, double a, double b)
{
    switch (k) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return a / b;
    default: return pow(a, b);
    }
}

/* Entry @p i of a node from the values of the nodes before. */
static double compute(const plaq_expression *e, const node *n, size_t i, const double in[], const double values[])
{
    const node *l = &e->node[n->left], *r = &e->node[n->right];
    double sum = 0;

    switch (n->kind) {
    case NUMBER: return n->number;
    case NAME: return in[e->start[n->which] + i];
    case NEGATE: return -values[l->at + i];
    case FUNCTION: return functions[n->which].value(values[l->at + i]);
    case RANGE: return values[l->at + n->first + i];
    case SUM:
    case MEAN:
        for (size_t k = 0; k < l->size; k++) sum += values[l->at + k];
        return n->kind == SUM ? sum : sum / (double)l->size;
    default: return combine(n->kind, values[entry(l, i)], values[entry(r, i)]);
    }
}

/* What was computed from what, where the result is no number. */
static plaq_status fail_value(const plaq_expression *e, const node *n, size_t i, const double values[])
{
    static const char signs[] = "+-*/^";
    const node *l = &e->node[n->left], *r = &e->node[n->right];

    if (is_binary(n->kind))
        return plaq_fail(PLAQ_E_DATA, "column %zu of \"%s\": %g %c %g in entry %zu is not a number", n->column, e->text,
                         values[entry(l, i)], signs[n->kind - ADD], values[entry(r, i)], i);
    if (n->kind == FUNCTION)
        return plaq_fail(PLAQ_E_DATA, "column %zu of \"%s\": %s(%g) in entry %zu is not a number", n->column, e->text,
                         functions[n->which].name, values[l->at + i], i);
    return plaq_fail(PLAQ_E_DATA, "column %zu of \"%s\": entry %zu is not a number", n->column, e->text, i);
}

static plaq_status compute_all(const plaq_expression *e, const double in[], double values[])
{
    for (size_t k = 0; k < e->nodes; k++) {
        const node *n = &e->node[k];

        for (size_t i = 0; i < n->size; i++) {
            values[n->at + i] = compute(e, n, i, in, values);
            if (!isfinite(values[n->at + i])) return fail_value(e, n, i, values);
        }
    }
    return PLAQ_OK;
}

static plaq_status evaluate(const void *context, const double in[], double out[])
{
    const plaq_expression *e = context;
    const node *last = &e->node[e->nodes - 1];
    double *values = plaq_alloc(e->values, sizeof *values);
    plaq_status status;

    if (!values) return PLAQ_E_MEMORY;
    status = compute_all(e, in, values);
    if (status == PLAQ_OK) memcpy(out, &values[last->at], last->size * sizeof *out);
    plaq_free(values);
    return status;
}

/* ---- derivatives ---- */

/* Hands what the result owes to entry @p i of a binary node on to its operands. */
static void carry_binary(const plaq_expression *e, const node *n, size_t i, const double values[], double owed[])
{
    const node *l = &e->node[n->left], *r = &e->node[n->right];
    const size_t at = entry(l, i), bt = entry(r, i);
    const double a = values[at], b = values[bt], y = values[n->at + i], w = owed[n->at + i];

    switch (n->kind) {
    case ADD:
        owed[at] += w;
        owed[bt] += w;
        return;
    case SUBTRACT:
        owed[at] += w;
        owed[bt] -= w;
        return;
    case MULTIPLY:
        owed[at] += w * b;
        owed[bt] += w * a;
        return;
    case DIVIDE:
        owed[at] += w / b;
        owed[bt] -= w * y / b;
        return;
    default: /* an exponent that is a number takes no logarithm, so that (-2)^3 has a derivative */
        if (!l->constant && b != 0) owed[at] += w * b * pow(a, b - 1);
        if (!r->constant) owed[bt] += w * y * log(a);
    }
}

static void carry(const plaq_expression *e, const node *n, size_t i, const double values[], double owed[], double row[])
{
    const node *l = &e->node[n->left];
    const double w = owed[n->at + i];

    if (w == 0) return;
    switch (n->kind) {
    case NUMBER: return;
    case NAME: row[e->start[n->which] + i] += w; return;
    case NEGATE: owed[l->at + i] -= w; return;
    case FUNCTION:
        if (!l->constant) owed[l->at + i] += w * slope(n->which, values[l->at + i], values[n->at + i]);
        return;
    case RANGE: owed[l->at + n->first + i] += w; return;
    case SUM:
    case MEAN:
        for (size_t k = 0; k < l->size; k++) owed[l->at + k] += n->kind == SUM ? w : w / (double)l->size;
        return;
    default: carry_binary(e, n, i, values, owed);
    }
}

static plaq_status differentiate(const void *context, const double in[], const double value[], double jacobian[])
{
    const plaq_expression *e = context;
    const node *last = &e->node[e->nodes - 1];
    const size_t columns = e->names ? e->start[e->names] : 0;
    double *values = plaq_alloc(2 * e->values, sizeof *values), *owed = values + e->values;
    plaq_status status;

    (void)value;
    if (!values) return PLAQ_E_MEMORY;
    memset(jacobian, 0, last->size * columns * sizeof *jacobian);
    PLAQ_GO(compute_all(e, in, values));
    for (size_t o = 0; o < last->size; o++) {
        memset(owed, 0, e->values * sizeof *owed);
        owed[last->at + o] = 1;
        for (size_t k = e->nodes; k-- > 0;)
            for (size_t i = 0; i < e->node[k].size; i++) carry(e, &e->node[k], i, values, owed, &jacobian[o * columns]);
    }
done:
    plaq_free(values);
    return status;
}

/* ---- sizes ---- */

static plaq_status size_node(const plaq_expression *e, node *n, const size_t size[])
{
    const size_t l = e->node[n->left].size, r = e->node[n->right].size;

    n->size = n->kind == NUMBER || n->kind == SUM || n->kind == MEAN ? 1 : n->kind == NAME ? size[n->which] : l;
    if (n->kind == RANGE) {
        if (n->last <= n->first)
            return fail_at(e, n->column, "entries %zu up to, not including, %zu: there are none", n->first, n->last);
        if (n->last > l) return fail_at(e, n->column, "entry %zu of %zu, expected 0 to %zu", n->last - 1, l, l - 1);
        n->size = n->last - n->first;
    }
    if (is_binary(n->kind)) {
        if (l != r && l != 1 && r != 1)
            return fail_at(e, n->column, "%zu entries and %zu, expected as many or one", l, r);
        n->size = l == 1 ? r : l;
    }
    return PLAQ_OK;
}

plaq_status plaq_expression_function(plaq_expression *expression, const size_t size[], plaq_function *f)
{
    plaq_expression *e = expression;

    plaq_free(e->start);
    e->start = plaq_alloc((size_t)e->names + 1, sizeof *e->start);
    if (!e->start) return PLAQ_E_MEMORY;
    for (int i = 0; i < e->names; i++) e->start[i + 1] = e->start[i] + size[i];
    e->values = 0;
    for (size_t k = 0; k < e->nodes; k++) {
        e->node[k].at = e->values;
        PLAQ_TRY(size_node(e, &e->node[k], size));
        e->values += e->node[k].size;
    }
    *f = (plaq_function){.in = e->start[e->names],
                         .out = e->node[e->nodes - 1].size,
                         .evaluate = evaluate,
                         .jacobian = differentiate,
                         .context = e};
    return PLAQ_OK;
}
