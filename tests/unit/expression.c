/* Formulas: values, derivatives against numerical ones, and what is said of wrong ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/chain.h"
#include "support/test.h"

/* What the formulas here are of: numbers x and y, arrays c and d of four entries. */
static const double numbers[] = {0.7, 1.9, 3.5, 2.25, 1.75, 1.25, -0.4, 0.2, 0.5, -0.8};

static const struct {
    const char *name;
    size_t first, size;
} quantities[] = {{"x", 0, 1}, {"y", 1, 1}, {"c", 2, 4}, {"d", 6, 4}};

/* The numbers a formula wants, in its order. */
static plaq_status gather(const plaq_expression *e, size_t size[], double in[])
{
    const char *const *names;
    const int n = plaq_expression_names(e, &names);
    size_t at = 0;

    for (int i = 0; i < n; i++) {
        size_t k = 0;

        while (k < 4 && strcmp(quantities[k].name, names[i]) != 0) k++;
        if (k == 4) return plaq_fail(PLAQ_E_USAGE, "no quantity \"%s\"", names[i]);
        size[i] = quantities[k].size;
        memcpy(in + at, &numbers[quantities[k].first], size[i] * sizeof *in);
        at += size[i];
    }
    return PLAQ_OK;
}

/* Evaluates a formula; the worst of its derivatives where @p worst is given. */
static plaq_status evaluate(const char *text, double out[], size_t *n, double *worst)
{
    plaq_expression *e = NULL;
    plaq_function f;
    size_t size[8];
    double in[16];
    plaq_status status;

    PLAQ_GO(plaq_expression_parse(text, &e));
    PLAQ_GO(gather(e, size, in));
    PLAQ_GO(plaq_expression_function(e, size, &f));
    PLAQ_GO(f.evaluate(f.context, in, out));
    if (n) *n = f.out;
    if (worst) PLAQ_GO(plaq_function_check(&f, in, 1e-3, worst));
done:
    plaq_expression_destroy(&e);
    return status;
}

static void formulas_have_their_values(void)
{
    const double x = numbers[0], y = numbers[1], *c = &numbers[2], *d = &numbers[6];
    const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1", 1},
        {"1.5e-2", 0.015},
        {".5", 0.5},
        {"pi", M_PI},
        {"2 + 3 * 4", 14},
        {"(2 + 3) * 4", 20},
        {"10 - 4 - 3", 3},
        {"48 / 4 / 3", 4},
        {"2^3^2", 512},
        {"-2^2", -4},
        {"(-2)^3", -8},
        {"2^-1", 0.5},
        {"3 - -2", 5},
        {"- + - 7", 7},
        {"2*-3", -6},
        {"x", x},
        {" y-x ", y - x},
        {"sqrt(8*y)", sqrt(8 * y)},
        {"log(c[0]/c[1])", log(c[0] / c[1])},
        {"x/y*c[3]", x / y * c[3]},
        {"mean(c[1:3])", (c[1] + c[2]) / 2},
        {"sum(c)", c[0] + c[1] + c[2] + c[3]},
        {"sum(c*d)", c[0] * d[0] + c[1] * d[1] + c[2] * d[2] + c[3] * d[3]},
        {"(c + x)[2]", c[2] + x},
        {"c[1:4][1]", c[2]},
        {"mean(x)", x},
        {"sum(1)", 1},
        {"y^x", pow(y, x)},
        {"abs(d[0])", -d[0]},
        {"exp(x)*sin(y) - cos(y)/tan(x)", exp(x) * sin(y) - cos(y) / tan(x)},
        {"sinh(x) + cosh(x) - tanh(y)", exp(x) - tanh(y)},
        {"asinh(x) + acosh(y) + atanh(x)", asinh(x) + acosh(y) + atanh(x)},
    };
    double out[4], worst;
    size_t n;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        CHECK_STATUS(PLAQ_OK, evaluate(cases[k].text, out, &n, NULL));
        CHECK(n == 1);
        CHECK_CLOSE(out[0], cases[k].value, 1e-15);
    }
    CHECK_STATUS(PLAQ_OK, evaluate("x*c - d/y", out, &n, &worst));
    CHECK(n == 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(out[i], x * c[i] - d[i] / y, 1e-15);
}

/* Every function and operator, arrays and numbers on both sides, what is used twice, sums within sums. */
static void derivatives_are_exact(void)
{
    static const char *const formulas[] = {
        "x + y",
        "x - y",
        "x*y",
        "x/y",
        "y^x",
        "y^3",
        "d^3",
        "2^x",
        "-x",
        "exp(x)",
        "log(y)",
        "sqrt(y)",
        "sin(x)",
        "cos(x)",
        "tan(x)",
        "sinh(x)",
        "cosh(x)",
        "tanh(x)",
        "asinh(x)",
        "acosh(y)",
        "atanh(x)",
        "abs(d)",
        "sum(c)",
        "mean(c)",
        "c[2]",
        "c[1:3]",
        "c*d",
        "x*c",
        "c/y",
        "x - c",
        "c^x",
        "x*x",
        "x/x*y",
        "sum(c*c)/mean(d)^2",
        "mean(c - mean(c*x))*x",
        "log(c[0:3]/c[1:4])",
        "acosh((c[0] + c[2])/(2*c[1])*y)",
        "sqrt(sum((c - mean(c))^2)/3)",
        "exp(-x*c)*cosh(d)",
        "(x + 1)^2 * 2^3 - pi/x",
        "sum(c[0:2]*d[2:4]) + 0*y",
    };
    double out[4], worst;

    for (size_t k = 0; k < sizeof formulas / sizeof *formulas; k++) {
        CHECK_STATUS(PLAQ_OK, evaluate(formulas[k], out, NULL, &worst));
        CHECK(worst < 1e-9); /* steps of 1e-3: h^4 and 1e-16/h */
    }
}

static void names_come_in_order(void)
{
    static const char *const wanted[] = {"m_pi", "flow.t0", "E2"};
    plaq_expression *e = NULL;
    const char *const *names;

    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("sqrt(8*m_pi) * flow.t0 + m_pi*E2*1e2 - pi", &e));
    CHECK(plaq_expression_names(e, &names) == 3);
    for (int i = 0; i < 3; i++) CHECK(strcmp(names[i], wanted[i]) == 0);
    plaq_expression_destroy(&e);
    CHECK(!e);
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("1/3", &e));
    CHECK(plaq_expression_names(e, &names) == 0);
    plaq_expression_destroy(&e);
}

static void wrong_formulas_are_explained(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"log(c[10", "column 9 of \"log(c[10\": expected ], not the end"},
        {"", "column 1 of \"\": expected a number, a name or (, not the end"},
        {"   ", "column 4"},
        {"x +", "column 4 of \"x +\": expected a number, a name or (, not the end"},
        {"x y", "column 3 of \"x y\": expected an operator, not \"y\""},
        {"x * / y", "column 5"},
        {"(x", "column 3 of \"(x\": expected ), not the end"},
        {"x)", "column 2 of \"x)\": expected an operator, not \")\""},
        {"lgo(x)", "column 1 of \"lgo(x)\": no function \"lgo\", did you mean \"log\"?"},
        {"2*frobnicate(x)", "column 3 of \"2*frobnicate(x)\": no function \"frobnicate\""},
        {"c[x]", "column 3 of \"c[x]\": expected the number of an entry, not \"x]\""},
        {"c[-1]", "column 3"},
        {"c[1.5]", "column 4 of \"c[1.5]\": expected ], not \".5]\""},
        {"c[1:]", "column 5"},
        {"1.2.3", "column 1 of \"1.2.3\": \"1.2.3\" is not a number"},
        {"2e", "column 1"},
        {"0x10", "is not a number"},
        {"1e999", "column 1 of \"1e999\": \"1e999\" is not a number"},
        {"3a", "is not a number"},
        {"x ** y", "column 4"},
        {"x # y", "column 3"},
        {"log x", "column 5 of \"log x\": expected an operator"},
        {"c[4]", "column 3 of \"c[4]\": entry 4 of 4, expected 0 to 3"},
        {"x + c[1:9]", "column 7 of \"x + c[1:9]\": entry 8 of 4"},
        {"c[2:2]", "there are none"},
        {"x[1]", "entry 1 of 1, expected 0 to 0"},
        {"c + d[1:3]", "column 3 of \"c + d[1:3]\": 4 entries and 2, expected as many or one"},
        {"c[99999999999999999999]", "column 3"},
    };
    double out[4];

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        CHECK_STATUS(PLAQ_E_USAGE, evaluate(cases[k].text, out, NULL, NULL));
        CHECK_MESSAGE(cases[k].message);
    }
}

static void deep_brackets_are_refused(void)
{
    char text[100000];
    plaq_expression *e = NULL;

    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK_STATUS(PLAQ_E_USAGE, plaq_expression_parse(text, &e));
    memset(text, '-', sizeof text - 1);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_expression_parse(text, &e));
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = i % 2 ? '^' : '2';
    CHECK_STATUS(PLAQ_E_USAGE, plaq_expression_parse(text, &e));
    CHECK(!e);
}

/* Where there is no value, or no derivative, there is an error instead of one. */
static void there_is_no_nan(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"log(d)", "column 1 of \"log(d)\": log(-0.4) in entry 0 is not a number"},
        {"1 + sqrt(c*d)", "column 5"},
        {"x/(y - y)", "column 2 of \"x/(y - y)\": 0.7 / 0 in entry 0 is not a number"},
        {"d^0.5", "-0.4 ^ 0.5"},
        {"atanh(y)", "atanh(1.9)"},
        {"acosh(x)", "acosh(0.7)"},
        {"exp(1000*y)", "column 1"},
    };
    static plaq_estimate e;
    plaq_estimate derived = {0};
    plaq_expression *root = NULL;
    plaq_function f;
    double out[4], x[] = {1, -1, 2, -2};

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        CHECK_STATUS(PLAQ_E_DATA, evaluate(cases[k].text, out, NULL, NULL));
        CHECK_MESSAGE(cases[k].message);
    }
    CHECK_STATUS(PLAQ_OK, test_primary("a", 4, 1, x, &e));
    CHECK_STATUS(PLAQ_OK, plaq_expression_parse("sqrt(x)", &root));
    CHECK_STATUS(PLAQ_OK, plaq_expression_function(root, (size_t[]){1}, &f));
    CHECK_STATUS(PLAQ_E_DATA, plaq_estimate_derive(&f, &e, &derived));
    CHECK_MESSAGE("the derivative of entry 0 by number 0 is inf");
    plaq_expression_destroy(&root);
    plaq_estimate_clear(&e);
}

/* Texts made of the pieces of formulas at random: an expression or an error, and nothing left behind. */
static void any_text_is_answered(void)
{
    static const char *const pieces[] = {"x",   "c",     "d", "3",  ".5",  "1e", "+", "-",    "*",
                                         "/",   "^",     "(", ")",  "[",   "]",  ":", "log(", "mean(",
                                         "[1]", "[0:2]", " ", "pi", "sum", "2.", "$"};
    int parsed = 0;

    for (uint64_t k = 0; k < 20000; k++) {
        plaq_expression *e = NULL;
        char text[100] = "";
        double u[4];

        for (uint64_t i = 0; i < 2 + k % 7; i++) {
            plaq_random(3, PLAQ_RANDOM_TEST, k, i, 0, u);
            strcat(text, pieces[(size_t)(u[0] * 25)]);
        }
        parsed += plaq_expression_parse(text, &e) == PLAQ_OK;
        plaq_expression_destroy(&e);
    }
    CHECK(parsed > 300 && parsed < 10000);
}

static plaq_status attempt(void *given)
{
    double out[4], worst;

    return evaluate(given, out, NULL, &worst);
}

static void failures_leak_nothing(void)
{
    char text[] = "log(c[0:3]/c[1:4]) * mean(x + y - d^2/exp(x)) + sqrt(x*x + 3) + tan(x)";

    CHECK_FAULT_SWEEP(attempt, text);
}

TEST_MAIN({"formulas have their values", formulas_have_their_values}, {"derivatives are exact", derivatives_are_exact},
          {"names come in order", names_come_in_order}, {"wrong formulas are explained", wrong_formulas_are_explained},
          {"deep brackets are refused", deep_brackets_are_refused}, {"there is no nan", there_is_no_nan},
          {"any text is answered", any_text_is_answered}, {"failures leak nothing", failures_leak_nothing})
