/* Inside the room: a formula as parsed (expression_parse.c) and computed (expression.c), a list of nodes in which
 * operands stand before what is made of them. */
#ifndef PLAQ_ANALYSIS_EXPRESSION_H
#define PLAQ_ANALYSIS_EXPRESSION_H

#include "plaq/analysis.h"

enum { EXP, LOG, SQRT, SIN, COS, TAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH, ABS, SUM_OF, MEAN_OF, FUNCTIONS };

typedef struct {
    const char *name;
    double (*value)(double x); /* NULL: of all entries */
} expression_function;

extern const expression_function plaq_expression_functions[FUNCTIONS];

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

/* PLAQ_E_USAGE with the place in the text, columns counted from 1. */
plaq_status plaq_expression_fail(const plaq_expression *e, size_t column, const char *format, ...) PLAQ_PRINTF(3, 4);

#endif
