/* Tables of parameters: what reads, what is refused and in which words, and that what is printed reads back. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "support/test.h"

typedef struct {
    bool flag;
    int steps, kernel, dims[4];
    uint64_t seed;
    double t_max, rho[3];
    char name[8];
} params;

static const plaq_param table[] = {
    PLAQ_BOOL(params, flag, "false", "a flag"),
    PLAQ_INT(params, steps, "3", 1, 500, "1", "a number"),
    PLAQ_SEED(params, seed, "1", "a seed"),
    PLAQ_REAL(params, t_max, "4.0", 0.1, 100, "a^2", "a flow time"),
    PLAQ_TEXT(params, name, "light", "a name"),
    PLAQ_CHOICE(params, kernel, "wilson", "wilson|symanzik|iwasaki", "an action"),
    PLAQ_INTS(params, dims, "[4, 6, 8, 10]", 1, 1024, "a", "extents"),
    PLAQ_REALS(params, rho, "[0.1, 0.2, 0.3]", -DBL_MAX, DBL_MAX, "1", "weights"),
    PLAQ_END,
};

static plaq_status read(params *p, const char *name, const char *text)
{
    return plaq_param_read(plaq_param_find(table, name), text, p);
}

static void defaults_are_set(void)
{
    params p = {.flag = true};

    CHECK_STATUS(PLAQ_OK, plaq_param_defaults(table, &p));
    CHECK(!p.flag && p.steps == 3 && p.seed == 1 && p.t_max == 4.0 && p.kernel == 0);
    CHECK(strcmp(p.name, "light") == 0);
    CHECK(p.dims[0] == 4 && p.dims[1] == 6 && p.dims[2] == 8 && p.dims[3] == 10);
    CHECK(p.rho[0] == 0.1 && p.rho[1] == 0.2 && p.rho[2] == 0.3);
    CHECK(!plaq_param_find(table, "step") && plaq_param_find(table, "rho") == &table[7]);
}

static void values_are_read(void)
{
    params p = {0};

    CHECK_STATUS(PLAQ_OK, read(&p, "flag", "true"));
    CHECK(p.flag);
    CHECK_STATUS(PLAQ_OK, read(&p, "steps", "500"));
    CHECK(p.steps == 500);
    CHECK_STATUS(PLAQ_OK, read(&p, "seed", "18446744073709551615"));
    CHECK(p.seed == UINT64_MAX);
    CHECK_STATUS(PLAQ_OK, read(&p, "t_max", "1e-1"));
    CHECK(p.t_max == 0.1);
    CHECK_STATUS(PLAQ_OK, read(&p, "name", "strange"));
    CHECK(strcmp(p.name, "strange") == 0);
    CHECK_STATUS(PLAQ_OK, read(&p, "kernel", "iwasaki"));
    CHECK(p.kernel == 2);
    CHECK_STATUS(PLAQ_OK, read(&p, "dims", "[ 5,7 , 9, 11 ]"));
    CHECK(p.dims[0] == 5 && p.dims[1] == 7 && p.dims[2] == 9 && p.dims[3] == 11);
    CHECK_STATUS(PLAQ_OK, read(&p, "dims", "1,2,3,4"));
    CHECK(p.dims[0] == 1 && p.dims[3] == 4);
    CHECK_STATUS(PLAQ_OK, read(&p, "rho", "-1.5,2e3,.5"));
    CHECK(p.rho[0] == -1.5 && p.rho[1] == 2000 && p.rho[2] == 0.5);
}

/* What is not meant by a type is refused, and the struct keeps what it had. */
static void wrong_values_are_refused(void)
{
    static const char *const wrong[][2] = {
        {"flag", "True"},     {"flag", "yes"},       {"flag", ""},         {"steps", ""},
        {"steps", "3.0"},     {"steps", " 3"},       {"steps", "3 "},      {"steps", "0x10"},
        {"steps", "three"},   {"steps", "0"},        {"steps", "501"},     {"steps", "99999999999999999999"},
        {"steps", "-"},       {"seed", "-1"},        {"seed", "1.5"},      {"seed", "18446744073709551616"},
        {"seed", ""},         {"t_max", "nan"},      {"t_max", "inf"},     {"t_max", "0x1p3"},
        {"t_max", "1e999"},   {"t_max", "0.0999"},   {"t_max", "100.001"}, {"t_max", "4,0"},
        {"t_max", "1e"},      {"t_max", ""},         {"name", "12345678"}, {"kernel", "Wilson"},
        {"kernel", "wil"},    {"kernel", "wilson|"}, {"kernel", ""},       {"dims", "[4, 4, 4]"},
        {"dims", "4,4,4,8,"}, {"dims", "4,4,4,8,8"}, {"dims", "4,4,4,0"},  {"dims", "[4,4,4,8"},
        {"dims", "4 4 4 8"},  {"dims", "[]"},        {"dims", ",4,4,4,8"}, {"dims", "4,4,4,8.0"},
        {"rho", "1,2,nan"},   {"rho", "[1,2,3]]"},   {"rho", "1,2,3 4"},   {"rho", "1,,3"},
    };
    params before, after;

    memset(&before, 0, sizeof before);
    CHECK_STATUS(PLAQ_OK, plaq_param_defaults(table, &before));
    memcpy(&after, &before, sizeof after);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(PLAQ_E_USAGE, read(&after, wrong[i][0], wrong[i][1]));
        CHECK_MESSAGE(wrong[i][0]);
        CHECK(memcmp(&before, &after, sizeof after) == 0);
    }
}

static void messages_say_what_was_expected(void)
{
    params p = {0};

    CHECK_STATUS(PLAQ_E_USAGE, read(&p, "t_max", "500"));
    CHECK_MESSAGE("t_max is 500, out of range: expected 0.1 to 100");
    CHECK_STATUS(PLAQ_E_USAGE, read(&p, "steps", "4.5"));
    CHECK_MESSAGE("steps is \"4.5\", expected a whole number");
    CHECK_STATUS(PLAQ_E_USAGE, read(&p, "kernel", "wilsn"));
    CHECK_MESSAGE("kernel is \"wilsn\", expected one of wilson|symanzik|iwasaki");
    CHECK_STATUS(PLAQ_E_USAGE, read(&p, "dims", "[4, 4]"));
    CHECK_MESSAGE("dims is \"[4, 4]\", expected int[4]");
    CHECK_STATUS(PLAQ_E_USAGE, read(&p, "name", "much too long"));
    CHECK_MESSAGE("name has 13 characters, expected fewer than 8");
}

/* Printed and read again, every bit is there: numbers with long binary fractions, the extremes, all types. */
static void what_is_printed_reads_back(void)
{
    static const double values[] = {0.1,  1.0 / 3, M_PI,      -DBL_MAX, DBL_MIN, 4.9406564584124654e-324,
                                    1e22, -0.0,    1e15 + 0.3};
    params p = {0}, q = {0};
    char text[200];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        p.rho[0] = p.rho[1] = values[i];
        p.rho[2] = -values[i];
        plaq_param_print(plaq_param_find(table, "rho"), &p, text, sizeof text);
        CHECK_STATUS(PLAQ_OK, read(&q, "rho", text));
        for (int k = 0; k < 3; k++) CHECK_SAME(q.rho[k], p.rho[k]);
    }
    CHECK_STATUS(PLAQ_OK, plaq_param_defaults(table, &p));
    p.flag = true;
    p.kernel = 1;
    p.seed = UINT64_MAX - 1;
    for (const plaq_param *row = table; row->name; row++) {
        plaq_param_print(row, &p, text, sizeof text);
        CHECK_STATUS(PLAQ_OK, plaq_param_read(row, text, &q));
    }
    CHECK(q.flag && q.kernel == 1 && q.seed == UINT64_MAX - 1 && q.t_max == 4.0 && strcmp(q.name, "light") == 0);
    CHECK(memcmp(q.dims, p.dims, sizeof p.dims) == 0 && memcmp(q.rho, p.rho, sizeof p.rho) == 0);
    plaq_param_print(plaq_param_find(table, "t_max"), &(params){.t_max = 0.1}, text, sizeof text);
    CHECK(strcmp(text, "0.1") == 0);
    plaq_param_print(plaq_param_find(table, "dims"), &p, text, sizeof text);
    CHECK(strcmp(text, "[4, 6, 8, 10]") == 0);
    plaq_param_print(plaq_param_find(table, "dims"), &p, text, 6);
    CHECK(strcmp(text, "[4, 6") == 0);
}

static void types_have_names(void)
{
    static const char *const names[] = {"bool", "int", "seed", "real", "text", "choice", "int[4]", "real[3]"};
    char text[20];

    for (int i = 0; i < 8; i++) {
        plaq_param_type_text(&table[i], text, sizeof text);
        CHECK(strcmp(text, names[i]) == 0);
    }
}

static bool meant(const char *word, const char *expected)
{
    static const char *const words[] = {"plaquette", "polyakov", "rectangle", "clover", "link_trace", "t_max", "to"};
    const char *near = plaq_nearest(word, words, sizeof words / sizeof *words);

    return expected ? near && strcmp(near, expected) == 0 : !near;
}

static void the_nearest_word_is_meant(void)
{
    CHECK(meant("plaqette", "plaquette"));
    CHECK(meant("Plaquette", "plaquette"));
    CHECK(meant("palquette", "plaquette"));
    CHECK(meant("poliakow", "polyakov"));
    CHECK(meant("link-trace", "link_trace"));
    CHECK(meant("linktrace", "link_trace"));
    CHECK(meant("tmax", "t_max"));
    CHECK(meant("plaq", "plaquette"));
    CHECK(meant("rect", "rectangle"));
    CHECK(meant("smearing", NULL));
    CHECK(meant("x", NULL));
    CHECK(meant("ab", NULL));
    CHECK(meant("", NULL));
    CHECK(meant("a_word_that_is_longer_than_any_key_of_any_table_and_so_cannot_be_meant", NULL));
}

static void arrays_count_pairs(void)
{
    static const plaq_output real = {"slices", "t plane", "1", "", false, false}, pair = {"loop", "mu", "1", "", true, false};
    plaq_array a = {&real, 2, {10, 6}, NULL}, b = {&pair, 1, {4}, NULL}, number = {&real, 0, {0}, NULL};

    CHECK(plaq_array_count(&a) == 60 && plaq_array_count(&b) == 8 && plaq_array_count(&number) == 1);
    a.values = plaq_alloc(60, sizeof(double));
    CHECK(a.values != NULL);
    plaq_array_clear(&a);
    CHECK(a.values == NULL && a.rank == 0);
    plaq_array_clear(&a);
}

TEST_MAIN({"defaults are set", defaults_are_set}, {"values are read", values_are_read},
          {"wrong values are refused and change nothing", wrong_values_are_refused},
          {"messages say what was expected", messages_say_what_was_expected},
          {"what is printed reads back", what_is_printed_reads_back}, {"types have names", types_have_names},
          {"the nearest word is meant", the_nearest_word_is_meant}, {"arrays count pairs", arrays_count_pairs})
