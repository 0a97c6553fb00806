/* Run files: what is read from them, and every way in which they are refused, with file, line and column. */
#include <stdio.h>
#include <string.h>

#include "plaq/conf.h"
#include "support/test.h"

static plaq_status parse(const char *text, plaq_node **root)
{
    return plaq_conf_parse(text, strlen(text), "run.yaml", root);
}

typedef struct {
    double t_max, rho[2];
    int steps, kernel, at[4];
    bool force;
    char name[16];
} params;

static const plaq_param table[] = {
    PLAQ_REAL(params, t_max, NULL, 0.1, 100, "a^2", "last flow time"),
    PLAQ_INT(params, steps, "3", 1, 500, "1", "steps"),
    PLAQ_CHOICE(params, kernel, "wilson", "wilson|symanzik", "action of the flow"),
    PLAQ_BOOL(params, force, "false", "go on"),
    PLAQ_TEXT(params, name, "none", "a name"),
    PLAQ_INTS(params, at, "[0, 0, 0, 0]", 0, 63, "a", "a site"),
    PLAQ_REALS(params, rho, "[0.1, 0.2]", 0, 1, "1", "weights"),
    PLAQ_END,
};

static const char *const others[] = {"links", NULL};

static plaq_status read_text(const char *text, params *p)
{
    plaq_node *root = NULL;
    plaq_status status;

    PLAQ_TRY(parse(text, &root));
    status = plaq_conf_read(root, table, others, p);
    plaq_conf_destroy(&root);
    return status;
}

static void a_tree_is_walked(void)
{
    plaq_node *root = NULL;
    const plaq_node *measure, *flow;

    CHECK_STATUS(PLAQ_OK, parse("# a comment\n"
                                "ensemble:\n"
                                "  name: b6.00_16x32\n"
                                "  configs: cfg/b6.00_n*.ildg\n"
                                "measure:\n"
                                "  - plaquette: {}\n"
                                "  - flow: {kernel: wilson, t_max: 4.0}\n"
                                "  - polyakov:\n"
                                "output: \"results/\\u00fc\"\n",
                                &root));
    CHECK(plaq_node_what(root) == PLAQ_NODE_MAPPING && plaq_node_size(root) == 3);
    CHECK(strcmp(plaq_node_key(root, 1), "measure") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(plaq_node_get(root, "ensemble"), "configs")), "cfg/b6.00_n*.ildg") == 0);
    measure = plaq_node_get(root, "measure");
    CHECK(plaq_node_what(measure) == PLAQ_NODE_SEQUENCE && plaq_node_size(measure) == 3);
    flow = plaq_node_get(plaq_node_item(measure, 1), "flow");
    CHECK(flow && strcmp(plaq_node_text(plaq_node_get(flow, "t_max")), "4.0") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_item(plaq_node_item(measure, 2), 0)), "") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(root, "output")), "results/\xc3\xbc") == 0);
    CHECK(!plaq_node_get(root, "outputs") && !plaq_node_get(measure, "flow"));
    CHECK(plaq_node_fail(flow, "here") == PLAQ_E_USAGE);
    CHECK_MESSAGE("run.yaml:7:11: here");
    CHECK(plaq_node_key_fail(root, 2, "number %d", 2) == PLAQ_E_USAGE);
    CHECK_MESSAGE("run.yaml:9:1: number 2");
    plaq_conf_destroy(&root);
    CHECK(root == NULL);
    plaq_conf_destroy(&root);
}

/* Each text is refused, with the place and some words of why. */
static void the_subset_is_strict(void)
{
    static const char *const wrong[][2] = {
        {"a: &x 1\nb: 2\n", "run.yaml:1:4: anchors (&x)"},
        {"a: {b: 1}\nc: *x\n", "run.yaml:2:4: "},
        {"a: 1\n*x : 2\n", "run.yaml:2:1: "},
        {"a: !!int 1\n", "run.yaml:1:4: tags"},
        {"a: ! 1\n", "run.yaml:1:4: tags"},
        {"a: !mine {b: 1}\n", "run.yaml:1:4: tags"},
        {"a: &x [1]\n", "run.yaml:1:4: anchors"},
        {"&x a: 1\n", "run.yaml:1:1: anchors"},
        {"a: 1\n---\nb: 2\n", "run.yaml:2:1: a second document"},
        {"%YAML 1.1\n---\na: 1\n", "run.yaml:1:1: directives"},
        {"%TAG ! tag:x,2000:\n---\na: 1\n", "run.yaml:1:1: directives"},
        {"a: 1\nb: 2\na: 3\n", "run.yaml:3:1: key \"a\" was given in line 1 already"},
        {"a: {b: 1, b: 2}\n", "run.yaml:1:11: key \"b\""},
        {"? [a, b]\n: 1\n", "run.yaml:1:3: a key must be a word"},
        {"? {a: b}\n: 1\n", "run.yaml:1:3: a key must be a word"},
        {"'': 1\n", "run.yaml:1:1: a key is missing"},
        {"\"a\\0b\": 1\n", "run.yaml:1:1: a key with a NUL"},
        {"a: \"b\\0c\"\n", "run.yaml:1:4: a text with a NUL"},
        {"a:\n\tb: 1\n", "run.yaml:2:1: a tab"},
        {"a:\t1\n", "run.yaml:1:3: a tab"},
        {"a: b: c\n", "run.yaml:1:5: mapping values are not allowed"},
        {"a: [1, 2\nb: 3\n", "run.yaml:2:"},
        {"a: 1\n  b: 2\n", "run.yaml:2:4: "},
        {"a: \"open\n", "run.yaml:"},
        {"a: @b\n", "run.yaml:1:4: "},
        {"- a\n- b\n", "run.yaml:1:1: expected \"key: value\""},
        {"word\n", "run.yaml:1:1: expected \"key: value\""},
        {"a: \xff\xfe\n", "run.yaml:1:"},
        {"a: \x01\n", "run.yaml:1:"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        plaq_node *root = NULL;

        CHECK_STATUS(PLAQ_E_USAGE, parse(wrong[i][0], &root));
        CHECK_MESSAGE(wrong[i][1]);
        CHECK(root == NULL);
    }
}

/* A mark of a string may be a NUL, bytes above it are not looked at. */
static void bytes_are_counted(void)
{
    plaq_node *root = NULL;

    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse("a: b\0c", 6, "run.yaml", &root));
    CHECK_STATUS(PLAQ_OK, plaq_conf_parse("a: b\nc: d: e", 5, "run.yaml", &root));
    CHECK(plaq_node_size(root) == 1);
    plaq_conf_destroy(&root);
}

static void nothing_is_an_empty_mapping(void)
{
    static const char *const texts[] = {"", "\n\n", "# nothing\n", "---\n", "{}\n", "\xef\xbb\xbf"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        plaq_node *root = NULL;

        CHECK_STATUS(PLAQ_OK, parse(texts[i], &root));
        CHECK(plaq_node_what(root) == PLAQ_NODE_MAPPING && plaq_node_size(root) == 0);
        plaq_conf_destroy(&root);
    }
}

/* Deep, wide and long texts end in a message: no stack overflows and no minute is lost. */
static void bombs_are_defused(void)
{
    enum { DEEP = 100000, KEYS = 1001, BYTES = (4 << 20) + 1 };
    char *text = plaq_alloc(BYTES + 1, 1);
    plaq_node *root = NULL;
    size_t n = 0;

    CHECK(text != NULL);
    memset(text, '[', DEEP);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, DEEP, "run.yaml", &root));
    memcpy(text, "a: ", 3);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, DEEP, "run.yaml", &root));
    CHECK_MESSAGE("nested deeper than 32 levels");
    for (int i = 0; i < 40; i++) n += (size_t)sprintf(text + n, "%*sa:\n", i, "");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, n, "run.yaml", &root));
    CHECK_MESSAGE("run.yaml:33:33: nested deeper than 32 levels");
    n = 0;
    for (int i = 0; i < KEYS; i++) n += (size_t)sprintf(text + n, "k%d: 1\n", i);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, n, "run.yaml", &root));
    CHECK_MESSAGE("run.yaml:1001:1: more than 1000 keys");
    memset(text, 'k', 300);
    memcpy(text + 201, ": 1\n", 5);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, strlen(text), "run.yaml", &root));
    CHECK_MESSAGE("run.yaml:1:1: a key of 201 bytes, at most 200 are allowed");
    memset(text, ' ', BYTES);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_parse(text, BYTES, "run.yaml", &root));
    CHECK_MESSAGE("has 4194305 bytes, a run file has at most 4194304");
    plaq_free(text);
}

static void a_struct_is_filled(void)
{
    params p;

    CHECK_STATUS(PLAQ_OK, read_text("t_max: 2.5\nkernel: symanzik\nforce: true\nname: 'a b'\nlinks: {}\n"
                                    "at: [1, 2, 3, 63]\nrho: [1, 0.25]\n",
                                    &p));
    CHECK(p.t_max == 2.5 && p.kernel == 1 && p.force && strcmp(p.name, "a b") == 0 && p.steps == 3);
    CHECK(p.at[0] == 1 && p.at[1] == 2 && p.at[2] == 3 && p.at[3] == 63 && p.rho[0] == 1 && p.rho[1] == 0.25);
    CHECK_STATUS(PLAQ_OK, read_text("t_max: '1e1'\nname: ''\n", &p));
    CHECK(p.t_max == 10 && strcmp(p.name, "") == 0 && p.kernel == 0 && !p.force && p.at[3] == 0 && p.rho[1] == 0.2);
}

static void reading_says_where_and_why(void)
{
    static const char *const wrong[][2] = {
        {"steps: 4\n", "run.yaml:1:1: key \"t_max\" is missing: last flow time"},
        {"t_max: 1\nstps: 4\n", "run.yaml:2:1: unknown key \"stps\"; did you mean \"steps\"?"},
        {"t_max: 1\nLinks: 4\n", "run.yaml:2:1: unknown key \"Links\"; did you mean \"links\"?"},
        {"t_max: 1\nzzzzzz: 4\n", "run.yaml:2:1: unknown key \"zzzzzz\"; known here: t_max, steps, kernel, force, "},
        {"<<: {steps: 4}\nt_max: 1\n", "run.yaml:1:1: unknown key \"<<\""},
        {"steps: 1\nt_max: 500\n", "run.yaml:2:8: t_max is 500, out of range: expected 0.1 to 100"},
        {"t_max: much\n", "run.yaml:1:8: t_max is \"much\", expected a number"},
        {"t_max:\n", "t_max has no value"},
        {"t_max: [1]\n", "run.yaml:1:8: t_max is a list, expected real"},
        {"t_max: {a: 1}\n", "run.yaml:1:8: t_max is a mapping, expected real"},
        {"t_max: 1\nsteps: 3.5\n", "run.yaml:2:8: steps is \"3.5\", expected a whole number"},
        {"t_max: 1\nforce: yes\n", "run.yaml:2:8: force is \"yes\", expected true or false"},
        {"t_max: 1\nkernel: iwasaki\n", "run.yaml:2:9: kernel is \"iwasaki\", expected one of wilson|symanzik"},
        {"t_max: 1\nname: a text of many characters\n", "run.yaml:2:7: name has 25 characters, expected fewer"},
        {"t_max: 1\nat: [1, 2, 3]\n", "run.yaml:2:5: at is a list of 3, expected a list of 4 numbers"},
        {"t_max: 1\nat: 7\n", "run.yaml:2:5: at is a value of 1, expected a list of 4 numbers"},
        {"t_max: 1\nat: [1, 2, 64, 3]\n", "run.yaml:2:12: at[2] is 64, out of range: expected 0 to 63"},
        {"t_max: 1\nrho: [0.5, [1]]\n", "run.yaml:2:12: rho[1] is a list, expected real"},
        {"t_max: 1\nrho:\n- 0.5\n- x\n", "run.yaml:4:3: rho[1] is \"x\", expected a number"},
    };
    params p;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(PLAQ_E_USAGE, read_text(wrong[i][0], &p));
        CHECK_MESSAGE(wrong[i][1]);
    }
}

static void a_mapping_may_be_absent(void)
{
    params p;
    plaq_node *root = NULL;

    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_read(NULL, table, NULL, &p));
    CHECK_MESSAGE("key \"t_max\" is missing");
    CHECK_STATUS(PLAQ_OK, plaq_conf_read(NULL, table + 1, NULL, &p));
    CHECK(p.steps == 3);
    CHECK_STATUS(PLAQ_OK, parse("plaquette:\nflow: 3\nlist: [a]\nquoted: ''\n", &root));
    CHECK_STATUS(PLAQ_OK, plaq_conf_read(plaq_node_get(root, "plaquette"), table + 1, NULL, &p));
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_read(plaq_node_get(root, "flow"), table + 1, NULL, &p));
    CHECK_MESSAGE("run.yaml:2:7: found \"3\", expected keys and values");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_read(plaq_node_get(root, "list"), table + 1, NULL, &p));
    CHECK_MESSAGE("run.yaml:3:7: found a list, expected keys and values");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_read(plaq_node_get(root, "quoted"), table + 1, NULL, &p));
    plaq_conf_destroy(&root);
}

static void only_known_keys_pass(void)
{
    static const char *const known[] = {"ensemble", "measure", "output", NULL}, *const none[] = {NULL};
    plaq_node *root = NULL;

    CHECK_STATUS(PLAQ_OK, parse("ensemble: 1\noutptu: 2\n", &root));
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_only(root, known));
    CHECK_MESSAGE("run.yaml:2:1: unknown key \"outptu\"; did you mean \"output\"?");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_only(root, none));
    CHECK_MESSAGE("run.yaml:1:1: unknown key \"ensemble\"; no key is known here");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_only(plaq_node_get(root, "ensemble"), known));
    plaq_conf_destroy(&root);
}

static void overrides_change_the_tree(void)
{
    plaq_node *root = NULL;
    const plaq_node *flow, *dims;

    CHECK_STATUS(PLAQ_OK, parse("measure:\n  - flow: {t_max: 4.0}\n  - plaquette:\noutput: a\n", &root));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "output=b=c"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "measure.0.flow.t_max=2"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "measure.0.flow.kernel=symanzik"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "measure.1.plaquette.slices=true"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "ensemble.lattice.dims=[4, 4, 4, 8]"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "ensemble.lattice.dims.3=16"));
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "quantities.\"flow.t0\".mean=x"));
    CHECK(strcmp(plaq_node_text(plaq_node_get(root, "output")), "b=c") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(plaq_node_get(plaq_node_get(root, "quantities"), "flow.t0"), "mean")),
                 "x") == 0);
    flow = plaq_node_get(plaq_node_item(plaq_node_get(root, "measure"), 0), "flow");
    CHECK(strcmp(plaq_node_text(plaq_node_get(flow, "t_max")), "2") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(flow, "kernel")), "symanzik") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(
                     plaq_node_get(plaq_node_item(plaq_node_get(root, "measure"), 1), "plaquette"), "slices")),
                 "true") == 0);
    dims = plaq_node_get(plaq_node_get(plaq_node_get(root, "ensemble"), "lattice"), "dims");
    CHECK(plaq_node_size(dims) == 4 && strcmp(plaq_node_text(plaq_node_item(dims, 3)), "16") == 0);
    plaq_conf_destroy(&root);
}

static void overrides_answer_for_themselves(void)
{
    static const char *const wrong[][2] = {
        {"output", "command line: output: expected key.path=value"},
        {"=1", "empty word"},
        {"a..b=1", "empty word"},
        {"a b=1", "a key is made of letters"},
        {"\xb0=1", "a key is made of letters"},
        {"measure.2=1", "no item 2 in a list of 1"},
        {"measure.-1=1", "\"-1\" is not the number of a list's item"},
        {"measure.first=1", "\"first\" is not the number"},
        {"output.path=1", "no \"path\" in the value \"a\""},
        {"\"output=1", "a key in quotes ends with a quote"},
        {"\"output\"x=1", "a key in quotes ends with a quote"},
        {"\"a\\b\"=1", "a key in quotes has no backslash and no line break"},
        {"\"a\nb\"=1", "a key in quotes has no backslash and no line break"},
        {"\".\x93z\"=1", "invalid leading UTF-8 octet"},
        {"output=[1", "command line: output=[1: "},
        {"output=a: b: c", "command line: "},
        {"output=*x", "aliases"},
        {"output=!t x", "tags"},
        {"output=a\tb", "a tab"},
        {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1", "nested deeper than 32 levels"},
        {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=[[1]]", "nested deeper than 32 levels"},
    };
    plaq_node *root = NULL;
    params p;

    CHECK_STATUS(PLAQ_OK, parse("measure:\n  - flow: {t_max: 4.0}\noutput: a\n", &root));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(PLAQ_E_USAGE, plaq_conf_override(root, wrong[i][0]));
        CHECK_MESSAGE(wrong[i][1]);
    }
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "measure.0.flow.t_max=500"));
    CHECK_STATUS(PLAQ_E_USAGE,
                 plaq_conf_read(plaq_node_item(plaq_node_item(plaq_node_get(root, "measure"), 0), 0), table, NULL, &p));
    CHECK_MESSAGE("command line: measure.0.flow.t_max=500: t_max is 500, out of range");
    CHECK_STATUS(PLAQ_OK, plaq_conf_override(root, "measure.0.flow.tmax=1"));
    CHECK_STATUS(PLAQ_E_USAGE,
                 plaq_conf_read(plaq_node_item(plaq_node_item(plaq_node_get(root, "measure"), 0), 0), table, NULL, &p));
    CHECK_MESSAGE("command line: measure.0.flow.tmax=1: unknown key \"tmax\"; did you mean \"t_max\"?");
    plaq_conf_destroy(&root);
}

/* Text of a tree parses to the same tree: the text of that is the same again, and the values are what they were. */
static void text_parses_to_the_same_tree(void)
{
    static const char source[] = "ensemble:\n"
                                 "  configs: [cfg/n1*.ildg, 'run1n{n}', \"a, b\", \"\", '#x', \"- y\", 'null', '-']\n"
                                 "  none:\n"
                                 "  empty: {}\n"
                                 "  items: []\n"
                                 "  nested: [[1, 2], [], [{a: 1, b: [3]}, {}], '', ]\n"
                                 "measure:\n"
                                 "- flow: {t_max: 4.0, at: [0, -1, +2, 1e-3]}\n"
                                 "  as: 'x: y'\n"
                                 "- plaquette:\n"
                                 "-\n"
                                 "text: |\n"
                                 "  two lines \"quoted\" \\ and\n"
                                 "  another \xc3\xa9\n"
                                 "odd: \"\\u0085\\u2028\\ufeff\\x1b\\t\\U0001f600\"\n"
                                 "'key: odd': ' blanks '\n";
    plaq_node *root = NULL, *again = NULL;
    char *text, *text_again;
    const plaq_node *configs;

    CHECK_STATUS(PLAQ_OK, parse(source, &root));
    text = plaq_conf_text(root);
    CHECK(text != NULL);
    CHECK_STATUS(PLAQ_OK, parse(text, &again));
    text_again = plaq_conf_text(again);
    CHECK(text_again && strcmp(text, text_again) == 0);
    configs = plaq_node_get(plaq_node_get(again, "ensemble"), "configs");
    CHECK(plaq_node_size(configs) == 8);
    for (size_t i = 0; i < 8; i++)
        CHECK(strcmp(plaq_node_text(plaq_node_item(configs, i)),
                     plaq_node_text(plaq_node_item(plaq_node_get(plaq_node_get(root, "ensemble"), "configs"), i))) ==
              0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(again, "text")), "two lines \"quoted\" \\ and\nanother \xc3\xa9\n") == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(again, "odd")), plaq_node_text(plaq_node_get(root, "odd"))) == 0);
    CHECK(strcmp(plaq_node_text(plaq_node_get(again, "key: odd")), " blanks ") == 0);
    CHECK(plaq_node_size(plaq_node_get(again, "measure")) == 3);
    plaq_free(text);
    plaq_free(text_again);
    plaq_conf_destroy(&root);
    plaq_conf_destroy(&again);
    CHECK_STATUS(PLAQ_OK, parse("", &root));
    text = plaq_conf_text(root);
    CHECK(text && strcmp(text, "{}\n") == 0);
    plaq_free(text);
    plaq_conf_destroy(&root);
}

/* Every allocation fails once: PLAQ_E_MEMORY comes out, and the harness finds nothing left behind. */
static void memory_may_run_out(void)
{
    plaq_status status = PLAQ_E_MEMORY;
    int n = 0;

    for (; status != PLAQ_OK; n++) {
        plaq_node *root = NULL;
        char *text = NULL;
        params p;

        plaq_fault_arm(n + 1);
        status = parse("a: {t_max: 1}\nb: [1, [2, 3]]\n", &root);
        if (status == PLAQ_OK) status = plaq_conf_override(root, "a.steps=4");
        if (status == PLAQ_OK) status = plaq_conf_override(root, "c.d.e=[1, 2]");
        if (status == PLAQ_OK) status = plaq_conf_read(plaq_node_get(root, "a"), table, others, &p);
        if (status == PLAQ_OK && !(text = plaq_conf_text(root))) status = PLAQ_E_MEMORY;
        plaq_fault_arm(0);
        plaq_free(text);
        plaq_conf_destroy(&root);
        CHECK(status == PLAQ_OK || status == PLAQ_E_MEMORY);
        CHECK(n < 1000);
    }
    CHECK(n > 20);
}

TEST_MAIN({"a tree is walked", a_tree_is_walked}, {"the subset is strict", the_subset_is_strict},
          {"bytes are counted", bytes_are_counted}, {"nothing is an empty mapping", nothing_is_an_empty_mapping},
          {"bombs are defused", bombs_are_defused}, {"a struct is filled", a_struct_is_filled},
          {"reading says where and why", reading_says_where_and_why},
          {"a mapping may be absent", a_mapping_may_be_absent}, {"only known keys pass", only_known_keys_pass},
          {"overrides change the tree", overrides_change_the_tree},
          {"overrides answer for themselves", overrides_answer_for_themselves},
          {"text parses to the same tree", text_parses_to_the_same_tree}, {"memory may run out", memory_may_run_out})
