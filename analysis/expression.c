/* Formulas over named quantities: values and exact derivatives. Parsed (expression_parse.c), a formula is a list of
 * nodes in which operands stand before what is made of them: values are computed from front to back, derivatives
 * carried from back to front (reverse accumulation; A. Griewank and A. Walther, Evaluating Derivatives, SIAM 2008,
 * chapter 3). */
#include <math.h>
#include <string.h>

#include "expression.h"

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
    case FUNCTION: return plaq_expression_functions[n->which].value(values[l->at + i]);
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
                         plaq_expression_functions[n->which].name, values[l->at + i], i);
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
            return plaq_expression_fail(e, n->column, "entries %zu up to, not including, %zu: there are none", n->first,
                                        n->last);
        if (n->last > l)
            return plaq_expression_fail(e, n->column, "entry %zu of %zu, expected 0 to %zu", n->last - 1, l, l - 1);
        n->size = n->last - n->first;
    }
    if (is_binary(n->kind)) {
        if (l != r && l != 1 && r != 1)
            return plaq_expression_fail(e, n->column, "%zu entries and %zu, expected as many or one", l, r);
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
