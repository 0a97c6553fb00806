/* The plan and the campaign: what is done and what is not, on configurations of our own in three formats; damaged ones;
 * derived gauge fields; the fault sweep over a whole campaign. The observable and the derivation are the test's own:
 * each has a parameter, and can be told to fail on one rank. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "plaq/par.h"
#include "plaq/run.h"
#include "support/test.h"

/* ---- observables of this program, in place of the library's list --------------------------------------------- */

static int applied;       /* how often */
static size_t most_bytes; /* allocated, as seen by measurements and derivations */

static void look_at_memory(void)
{
    if (plaq_alloc_bytes() > most_bytes) most_bytes = plaq_alloc_bytes();
}

typedef struct {
    int scale;
    bool fail;
} scaled_params;

static const plaq_param scaled_table[] = {
    PLAQ_INT(scaled_params, scale, "1", 1, 100, "1", "what the plaquette is multiplied by"),
    PLAQ_BOOL(scaled_params, fail, "false", "the last rank fails"),
    PLAQ_END,
};

static const plaq_output scaled_outputs[] = {
    {.name = "value", .axes = "", .unit = "1", .doc = "scale times the mean plaquette"},
    {.name = NULL},
};

static plaq_status measure_scaled(const void *given, plaq_gauge *u, plaq_sink *out)
{
    const scaled_params *p = given;
    const plaq_comm *comm = plaq_lattice_comm(plaq_gauge_lattice(u));
    double planes[6], mean, spatial, temporal;

    PLAQ_TRY(plaq_gauge_plaquette(u, planes, NULL));
    look_at_memory();
    if (p->fail && plaq_comm_rank(comm) == plaq_comm_size(comm) - 1)
        return plaq_fail(PLAQ_E_CONVERGENCE, "told to fail");
    plaq_plane_means(planes, &mean, &spatial, &temporal);
    mean *= p->scale;
    return plaq_sink_put(out, "value", NULL, &mean);
}

static const plaq_observable scaled = {
    .name = "scaled",
    .brief = "for this test",
    .version = 1,
    .params_size = sizeof(scaled_params),
    .params = scaled_table,
    .outputs = scaled_outputs,
    .measure = measure_scaled,
};

const plaq_observable *const plaq_observables[] = {&scaled, NULL};

/* ---- and the derivation: all links times a factor, so the plaquette is times its fourth power ------------------ */

typedef struct {
    double factor;
    bool fail;
} times_params;

static const plaq_param times_table[] = {
    PLAQ_REAL(times_params, factor, "2", 0.125, 8, "1", "what the links are multiplied by"),
    PLAQ_BOOL(times_params, fail, "false", "the last rank fails"),
    PLAQ_END,
};

static plaq_status times(const void *given, plaq_gauge *u)
{
    const times_params *p = given;
    const plaq_comm *comm = plaq_lattice_comm(plaq_gauge_lattice(u));
    const plaq_layout *layout = plaq_field_layout(plaq_gauge_links(u));
    double *links = plaq_field_data(plaq_gauge_links(u));

    applied++;
    look_at_memory();
    if (p->fail && plaq_comm_rank(comm) == plaq_comm_size(comm) - 1)
        return plaq_fail(PLAQ_E_CONVERGENCE, "told to fail");
    for (size_t i = 0; i < (size_t)layout->volume * 72 * (size_t)layout->lanes; i++) links[i] *= p->factor;
    plaq_field_touch(plaq_gauge_links(u));
    return PLAQ_OK;
}

static const plaq_derivation derivation_times = {
    .name = "times",
    .brief = "for this test",
    .version = 3,
    .params_size = sizeof(times_params),
    .params = times_table,
    .apply = times,
};

const plaq_derivation *const plaq_derivations[] = {&derivation_times, NULL};

/* ---- configurations and run files ---------------------------------------------------------------------------- */

static const int dims[4] = {4, 4, 6, 4};

static const char *in_scratch(const char *name)
{
    static char path[8][4096];
    static int next;
    char *p = path[next++ % 8];

    snprintf(p, sizeof path[0], "%.3000s/%.1000s", test_scratch(), name);
    return p;
}

static plaq_status write_config(const char *name, const char *format, uint64_t seed)
{
    plaq_lattice *lattice = NULL;
    plaq_gauge *u = NULL;
    plaq_config_facts facts = {.ensemble = "test", .number = -1, .history = ""};
    double planes[6], spatial, temporal;
    plaq_status status;

    PLAQ_GO(plaq_lattice_create(test_comm(), dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    plaq_gauge_hot(u, seed);
    PLAQ_GO(plaq_gauge_plaquette(u, planes, NULL));
    plaq_plane_means(planes, &facts.plaquette, &spatial, &temporal);
    PLAQ_GO(plaq_gauge_link_trace(u, &facts.link_trace));
    status = plaq_config_write(plaq_gauge_links(u), in_scratch(name), format, PLAQ_DOUBLE, &facts);
done:
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    return status;
}

/* A run file of the configurations cfg/n*, with results in `output`, and these measurements. */
static plaq_status read_run(const char *configs, const char *output, const char *measure, plaq_run **run)
{
    const char *path = in_scratch("run.yaml");
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(test_comm()) == 0) {
        FILE *file = fopen(path, "w");

        if (file) {
            fprintf(file, "ensemble: {name: test, configs: %s}\noutput: %s/%s\nmeasure:\n%s\n", configs, test_scratch(),
                    output, measure);
            fclose(file);
        } else {
            status = plaq_fail(PLAQ_E_IO, "%s", path);
        }
    }
    PLAQ_TRY(plaq_agree(test_comm(), status));
    return plaq_run_read(test_comm(), path, NULL, 0, run);
}

static void destroy_run(void *run)
{
    plaq_run *r = run;

    plaq_run_destroy(&r);
}

static void destroy_plan(void *plan)
{
    plaq_plan *p = plan;

    plaq_plan_destroy(&p);
}

/* The same, destroyed after the case. */
static plaq_status open_run(const char *configs, const char *output, const char *measure, plaq_run **run)
{
    char list[16384];
    plaq_status status;

    snprintf(list, sizeof list, "%s", configs);
    if (configs[0] != '[' && configs[0] != '{') snprintf(list, sizeof list, "%s", in_scratch(configs));
    status = read_run(list, output, measure, run);
    if (status == PLAQ_OK) test_later(destroy_run, *run);
    return status;
}

static plaq_status make_plan(const plaq_run *run, plaq_plan **plan)
{
    plaq_status status = plaq_plan_make(test_comm(), run, plan);

    if (status == PLAQ_OK) test_later(destroy_plan, *plan);
    return status;
}

static plaq_status campaign(const plaq_run *run, bool force)
{
    plaq_campaign_options options = {.force = force};

    return plaq_campaign(test_comm(), run, &options);
}

/* n10, n9, n100 in folder cfg */
static plaq_status write_ensemble(void)
{
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(test_comm()) == 0) status = plaq_path_make_folder(in_scratch("cfg"));
    PLAQ_TRY(plaq_agree(test_comm(), status));
    PLAQ_TRY(write_config("cfg/n10", "ildg", 10));
    PLAQ_TRY(write_config("cfg/n9", "hdf5", 9));
    return write_config("cfg/n100", "nersc", 100);
}

/* The number a result holds; NaN where there is none. */
static double value_of(const plaq_plan_entry *entry, const char *measurement)
{
    double *values, value;
    int rank, shape[PLAQ_AXES_MAX];
    bool is_complex;

    if (plaq_store_read(entry->result, measurement, "value", &values, &rank, shape, &is_complex) != PLAQ_OK) return NAN;
    value = values[0];
    plaq_free(values);
    return value;
}

/* Whether the last writing of a result measured this. */
static bool was_measured(const plaq_plan_entry *entry, const char *measurement)
{
    char name[80], text[64] = "";

    snprintf(name, sizeof name, "seconds_%s", measurement);
    return plaq_store_fact(entry->result, name, text, sizeof text) == PLAQ_OK && text[0];
}

/* ---- cases --------------------------------------------------------------------------------------------------- */

static void what_is_measured_is_done(void)
{
    static const char *const order[] = {"cfg/n9", "cfg/n10", "cfg/n100"};
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "done", "- scaled: {scale: 3}", &run));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->count == 3 && plan->missing == 3 && plan->done == 0 && plan->failed == 0);
    for (int i = 0; i < 3; i++) {
        CHECK(strcmp(plan->entries[i].path, in_scratch(order[i])) == 0);
        CHECK(plan->entries[i].state[0] == PLAQ_TASK_MISSING);
        CHECK(memcmp(plan->entries[i].header.dims, dims, sizeof dims) == 0);
    }
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->done == 3 && plan->missing == 0);
    for (int i = 0; i < 3; i++)
        CHECK_CLOSE(value_of(&plan->entries[i], "scaled"), 3 * plan->entries[i].header.plaquette, 1e-9);
    CHECK(plan->entries[0].header.plaquette != plan->entries[1].header.plaquette);
}

static void only_what_changed_is_measured_again(void)
{
    plaq_run *run, *other;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "changed", "- scaled\n- scaled: {as: twice, scale: 2}", &run));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "changed",
                                   "- scaled\n- scaled: {as: twice, scale: 7}\n"
                                   "- scaled: {as: new, scale: 2}",
                                   &other));
    CHECK_STATUS(PLAQ_OK, make_plan(other, &plan));
    for (int i = 0; i < 3; i++) {
        CHECK(plan->entries[i].state[0] == PLAQ_TASK_DONE);
        CHECK(plan->entries[i].state[1] == PLAQ_TASK_CHANGED);
        CHECK(plan->entries[i].state[2] == PLAQ_TASK_MISSING);
    }
    CHECK_STATUS(PLAQ_OK, campaign(other, false));
    for (int i = 0; i < 3; i++) {
        double once = value_of(&plan->entries[i], "scaled");

        CHECK(!was_measured(&plan->entries[i], "scaled"));
        CHECK(was_measured(&plan->entries[i], "twice") && was_measured(&plan->entries[i], "new"));
        CHECK_CLOSE(value_of(&plan->entries[i], "twice"), 7 * once, 1e-15);
        CHECK_CLOSE(value_of(&plan->entries[i], "new"), 2 * once, 1e-15);
    }
    CHECK_STATUS(PLAQ_OK, make_plan(other, &plan));
    CHECK(plan->done == 3);
}

static void a_configuration_that_was_replaced_is_measured_again(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "replaced", "- scaled", &run));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK_STATUS(PLAQ_OK, write_config("cfg/n9", "hdf5", 99));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->entries[0].state[0] == PLAQ_TASK_CHANGED && plan->done == 2 && plan->missing == 1);
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK_CLOSE(value_of(&plan->entries[0], "scaled"), plan->entries[0].header.plaquette, 1e-9);
}

/* Flips one bit in the middle of a file. */
static plaq_status damage(const char *path)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = PLAQ_OK;
    int64_t size = 0;
    char byte;

    if (plaq_comm_rank(test_comm()) == 0) {
        status = plaq_file_update(&file, path);
        if (status == PLAQ_OK) status = plaq_file_size(&file, &size);
        if (status == PLAQ_OK) status = plaq_file_read(&file, size / 2, &byte, 1);
        byte ^= 1;
        if (status == PLAQ_OK) status = plaq_file_write(&file, size / 2, &byte, 1);
        if (plaq_file_close(&file) != PLAQ_OK) status = PLAQ_E_IO;
    }
    return plaq_agree(test_comm(), status);
}

static void a_damaged_configuration_stops_no_other(void)
{
    plaq_run *run;
    plaq_plan *plan;
    char text[256];

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, damage(in_scratch("cfg/n10")));
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "damaged", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_DATA, campaign(run, false));
    CHECK_MESSAGE("1 of 3");
    CHECK_MESSAGE("n10");
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->done == 2 && plan->failed == 1 && plan->entries[1].state[0] == PLAQ_TASK_FAILED);
    CHECK(strstr(plan->entries[1].message, "checksum") != NULL);

    CHECK_STATUS(PLAQ_OK, campaign(run, true));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->done == 3 && plan->failed == 0);
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(plan->entries[1].result, "forced", text, sizeof text));
    CHECK(strstr(text, "checksum") != NULL);
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(plan->entries[0].result, "forced", text, sizeof text));
    CHECK(text[0] == '\0');
}

static void a_measurement_that_fails_on_one_rank_fails_alone(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "fails", "- scaled: {fail: true}", &run));
    CHECK_STATUS(PLAQ_E_CONVERGENCE, campaign(run, false));
    CHECK_MESSAGE("3 of 3");
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->failed == 3);
    CHECK(strstr(plan->entries[0].message, "told to fail") != NULL);
}

static void numbers_and_lists_name_configurations(void)
{
    plaq_run *run;
    plaq_plan *plan;
    char list[16384];

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    snprintf(list, sizeof list, "{pattern: \"%s/n{n}\", first: 9, last: 11}", in_scratch("cfg"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "numbers", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_IO, campaign(run, false));
    CHECK_MESSAGE("1 of 3 configurations not measured: n11");
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->done == 2 && plan->failed == 1 && plan->entries[2].status == PLAQ_E_IO);

    snprintf(list, sizeof list, "{pattern: \"%s/n{n:03}\", first: 99, last: 101, step: 1}", in_scratch("cfg"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "numbers", "- scaled", &run));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->count == 3 && plan->failed == 2 && plan->entries[1].status == PLAQ_OK);

    snprintf(list, sizeof list, "[%s, %s*, %s]", in_scratch("cfg/n100"), in_scratch("cfg/n1"), in_scratch("cfg/n9"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "numbers", "- scaled", &run));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->count == 3); /* in the list's order, once each */
    CHECK(strcmp(plan->entries[0].path, in_scratch("cfg/n100")) == 0);
    CHECK(strcmp(plan->entries[1].path, in_scratch("cfg/n10")) == 0);
    CHECK(strcmp(plan->entries[2].path, in_scratch("cfg/n9")) == 0);
}

static void mistakes_are_told_with_their_place(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scald: {}", &run));
    CHECK_MESSAGE("run.yaml:4:");
    CHECK_MESSAGE("did you mean \"scaled\"?");
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled: {scael: 2}", &run));
    CHECK_MESSAGE("did you mean \"scale\"?");
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled: {scale: many}", &run));
    CHECK_MESSAGE("run.yaml:4:");
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled: {scale: 2}\n- scaled: {scale: 3}", &run));
    CHECK_MESSAGE("as: NAME");
    CHECK_MESSAGE("run.yaml:5:");
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled: {as: a/b}", &run));
    CHECK_MESSAGE("letters, digits");
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled\nmaesure: 1", &run));
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled\ngrid: [0, 1, 1, 1]", &run));
    CHECK_MESSAGE("four numbers above zero");

    CHECK_STATUS(PLAQ_OK, open_run("cfg/no*", "bad", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_USAGE, make_plan(run, &plan));
    CHECK_MESSAGE("cfg/no*");
    CHECK_STATUS(PLAQ_OK, open_run("absent/*", "bad", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_USAGE, make_plan(run, &plan));
    CHECK_MESSAGE("absent/*");
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "bad", "- scaled\ngrid: [5, 1, 1, 1]", &run));
    CHECK_STATUS(PLAQ_E_USAGE, campaign(run, false));
    CHECK_MESSAGE("5");
}

static void two_configurations_have_two_results(void)
{
    plaq_status status = PLAQ_OK;
    plaq_run *run;
    plaq_plan *plan;
    char list[16384];

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    if (plaq_comm_rank(test_comm()) == 0) status = plaq_path_make_folder(in_scratch("cfg2"));
    CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), status));
    CHECK_STATUS(PLAQ_OK, write_config("cfg2/n9", "ildg", 8));
    snprintf(list, sizeof list, "[%s, %s]", in_scratch("cfg/n9"), in_scratch("cfg2/n9"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "two", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_USAGE, make_plan(run, &plan));
    CHECK_MESSAGE("would both have the result");
    CHECK_STATUS(PLAQ_OK, write_config("cfg2/n7.h5", "hdf5", 7));
    snprintf(list, sizeof list, "[%s]", in_scratch("cfg2/n7.h5"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "cfg2", "- scaled", &run));
    CHECK_STATUS(PLAQ_E_USAGE, make_plan(run, &plan));
    CHECK_MESSAGE("written over it");
}

/* ---- derived gauge fields ------------------------------------------------------------------------------------ */

/* A field is made once for all that is measured on it, whatever the order in the run file. */
static void derived_fields_are_made_once_each(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "derived",
                                   "- scaled: {links: third, as: a}\n- scaled: {links: first, as: b}\n- scaled\n"
                                   "- scaled: {links: fork, as: d}\n- scaled: {links: third, scale: 5, as: e}\n"
                                   "gauge:\n  third: {from: second, times: {factor: 0.5}}\n"
                                   "  first: {times: }\n  second: {from: first, times: {factor: 3}}\n"
                                   "  fork: {from: first, times: {factor: 1.5}}\n  unused: {times: {fail: true}}",
                                   &run));
    applied = 0;
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(applied == 3 * 4);
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->done == 3);
    for (int i = 0; i < 3; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];
        double p = value_of(entry, "scaled");

        CHECK_CLOSE(p, entry->header.plaquette, 1e-9);
        CHECK_CLOSE(value_of(entry, "b"), 16 * p, 1e-15); /* 2^4; exact but for the rounding of the sum */
        CHECK_CLOSE(value_of(entry, "a"), 81 * p, 1e-14); /* (2 * 3 / 2)^4; three roundings of each link */
        CHECK_CLOSE(value_of(entry, "e"), 5 * 81 * p, 1e-14);
        CHECK_CLOSE(value_of(entry, "d"), 81 * p, 1e-14); /* (2 * 1.5)^4 */
    }
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(applied == 3 * 4);
}

/* Memory as `plan` counts it: a chain is made in place; a fork keeps what it goes back to. */
static void derived_fields_need_the_memory_that_is_planned(void)
{
    static const struct {
        const char *gauge;
        int fields;
    } cases[] = {
        {"  a: {times: }\n  b: {from: a, times: }\n  c: {from: b, times: }", 1},
        {"  a: {times: }\n  b: {from: a, times: }\n  c: {from: a, times: }", 2},
        {"  a: {times: }\n  b: {times: }\n  c: {from: a, times: }", 2},
        {"  a: {times: }\n  b: {from: a, times: }\n  d: {times: }\n  c: {from: a, times: }", 2},
        {"  a: {times: }\n  b: {from: a, times: }\n  c: {from: a, times: }\n  d: {times: }\n"
         "  e: {from: b, times: }\n  f: {from: b, times: }",
         4},
    };
    plaq_lattice *lattice = test_lattice(dims, 0);
    size_t field = 0, alone = 0; /* bytes of a field, with room for messages; of the campaign with one */

    CHECK(lattice != NULL);
    CHECK_STATUS(PLAQ_OK, write_ensemble());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char measure[1024], output[32];
        plaq_run *run;

        snprintf(output, sizeof output, "memory%zu", i);
        snprintf(measure, sizeof measure,
                 "- scaled: {links: a, as: a}\n- scaled: {links: b, as: b}\n- scaled: {links: c, as: c}\n%sgauge:\n%s",
                 i < 4 ? "" : "- scaled: {links: d, as: d}\n- scaled: {links: e, as: e}\n- scaled: {links: f, as: f}\n",
                 cases[i].gauge);
        CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", output, measure, &run));
        CHECK(plaq_run_fields(run) == cases[i].fields);
        most_bytes = 0;
        CHECK_STATUS(PLAQ_OK, campaign(run, false));
        if (i == 0) alone = most_bytes;
        if (i == 1) field = most_bytes - alone;
        /* to the nearest whole field: results and their texts come on top */
        if (i > 1) CHECK_CLOSE((double)(most_bytes - alone) / (double)field, cases[i].fields - 1, 0.25);
    }
    CHECK(field >= (size_t)plaq_field_bytes(plaq_lattice_layout(lattice, PLAQ_DOUBLE), PLAQ_DOUBLE, 72));
}

static const char chain[] = "- scaled\n- scaled: {links: one, as: one}\n- scaled: {links: two, as: two}\n"
                            "- scaled: {links: other, as: other}\ngauge:\n  one: {times: {factor: %g}}\n"
                            "  two: {from: one, times: {factor: %g}}\n  other: {times: {factor: 1.5}}";

/* State of each of the four measurements, the same for all configurations: "ddcc". */
static const char *states_of(const plaq_run *run)
{
    static char states[8];
    plaq_plan *plan;

    states[0] = '\0';
    if (make_plan(run, &plan) != PLAQ_OK) return "?";
    for (int m = 0; m < plan->measurements && m < 7; m++) {
        states[m] = plaq_task_word(plan->entries[0].state[m])[0];
        states[m + 1] = '\0';
        for (int i = 1; i < plan->count; i++)
            if (plan->entries[i].state[m] != plan->entries[0].state[m]) states[m] = '?';
    }
    return states;
}

static void what_depends_on_a_derivation_is_measured_again(void)
{
    static const struct {
        double one, two;
        const char *states;
        int applied; /* a configuration */
    } changes[] = {{2, 3, "dmmm", 3}, {2, 3, "dddd", 0}, {2, 4, "ddcd", 2}, {0.5, 4, "dccd", 2}};
    plaq_run *run;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "depends", "- scaled", &run));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char measure[1024];
        plaq_plan *plan;
        double p;

        snprintf(measure, sizeof measure, chain, changes[i].one, changes[i].two);
        CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "depends", measure, &run));
        CHECK(strcmp(states_of(run), changes[i].states) == 0);
        applied = 0;
        CHECK_STATUS(PLAQ_OK, campaign(run, false));
        CHECK(applied == 3 * changes[i].applied);
        CHECK(strcmp(states_of(run), "dddd") == 0);
        CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
        p = plan->entries[0].header.plaquette * pow(changes[i].one * changes[i].two, 4);
        CHECK_CLOSE(value_of(&plan->entries[0], "two"), p, 1e-9); /* as the header's digits */
    }
    /* the name of a field is no part of what is measured */
    CHECK_STATUS(PLAQ_OK,
                 open_run("cfg/n*", "depends",
                          "- scaled\n- scaled: {links: uno, as: one}\ngauge: {uno: {times: {factor: 0.5}}}", &run));
    CHECK(strcmp(states_of(run), "dd") == 0);
}

/* The key as it was before there were derived fields: results of then stay done. */
static void keys_of_the_links_as_read_stay(void)
{
    plaq_run *run;
    plaq_plan *plan;
    char *text, key[65], *derivation;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "keys",
                                   "- scaled: {scale: 3}\n- scaled: {links: b, as: b}\ngauge: {a: {times: {factor: 4}},"
                                   " b: {from: a, times: }}",
                                   &run));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    text = plaq_strprintf("scaled 1\nscale: 3\nfail: false\nprecision: double\nconfiguration: %s\n",
                          plan->entries[0].identity);
    plaq_sha256(text, strlen(text), key);
    plaq_free(text);
    CHECK(strcmp(plan->entries[0].key[0], key) == 0);

    derivation = plaq_run_derivation(run, 1);
    bool right =
        derivation && strcmp(derivation, "times 3 {factor: 4, fail: false}; times 3 {factor: 2, fail: false}") == 0;
    plaq_free(derivation);
    CHECK(right);
    CHECK(strstr(plaq_run_resolved(run), "factor: 2") && strstr(plaq_run_resolved(run), "from: links"));
}

static void a_derivation_that_fails_on_one_rank_fails_its_configuration(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "derived_fails",
                                   "- scaled: {links: b, as: b}\ngauge: {a: {times: }, c: {from: a, times: },\n"
                                   "  b: {from: a, times: {fail: true}}}\n",
                                   &run));
    CHECK_STATUS(PLAQ_E_CONVERGENCE, campaign(run, false));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->failed == 3);
    CHECK(strstr(plan->entries[0].message, "gauge field b: ") && strstr(plan->entries[0].message, "told to fail"));
}

static double header_plaquette(const char *path)
{
    plaq_config *config = NULL;
    double plaquette = NAN;

    if (plaq_config_open(test_comm(), path, NULL, &config) == PLAQ_OK)
        plaquette = plaq_config_get_header(config)->plaquette;
    plaq_config_close(&config);
    return plaquette;
}

static const char written[] = "- scaled: {links: big, as: a}\ngauge:\n"
                              "  big: {times: , write: {folder: %s/%s/, format: nersc}}";

static plaq_status open_written(const char *output, const char *folder, plaq_run **run)
{
    char measure[8192];

    snprintf(measure, sizeof measure, written, test_scratch(), folder);
    return open_run("cfg/n*", output, measure, run);
}

static void a_derived_field_is_written_and_stays(void)
{
    const bool first = plaq_comm_rank(test_comm()) == 0;
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_written("written", "big", &run));
    CHECK(strcmp(states_of(run), "mm") == 0);
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(strcmp(states_of(run), "dd") == 0);
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    for (int i = 0; i < 3; i++) {
        char name[64];

        snprintf(name, sizeof name, "big/%s.nersc", plaq_path_base(plan->entries[i].path));
        CHECK_CLOSE(header_plaquette(in_scratch(name)), 16 * plan->entries[i].header.plaquette, 1e-9);
    }

    /* one is gone, one is another file, one is damaged */
    if (first) plaq_path_remove(in_scratch("big/n9.nersc"));
    CHECK_STATUS(PLAQ_OK, write_config("big/n10.nersc", "nersc", 11));
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->entries[0].state[1] == PLAQ_TASK_MISSING && plan->entries[1].state[1] == PLAQ_TASK_CHANGED);
    CHECK(plan->entries[2].state[1] == PLAQ_TASK_DONE && plan->entries[0].state[0] == PLAQ_TASK_DONE);
    CHECK(plan->done == 1 && plan->missing == 2);
    applied = 0;
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(applied == 2);
    CHECK(strcmp(states_of(run), "dd") == 0);
    CHECK(was_measured(&plan->entries[0], "big") && !was_measured(&plan->entries[0], "a"));
    CHECK_CLOSE(header_plaquette(in_scratch("big/n10.nersc")), 16 * plan->entries[1].header.plaquette, 1e-9);
}

/* A run that was killed between field and result goes on; what is not ours is not written over. */
static void only_our_own_files_are_written_over(void)
{
    const bool first = plaq_comm_rank(test_comm()) == 0;
    plaq_status status = PLAQ_OK;
    plaq_run *run;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_written("ours", "ours_big", &run));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    if (first) plaq_path_remove(in_scratch("ours/n9.h5"));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(strcmp(states_of(run), "dd") == 0);

    if (first) status = plaq_path_make_folder(in_scratch("foreign"));
    CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), status));
    CHECK_STATUS(PLAQ_OK, write_config("foreign/n10.nersc", "nersc", 77));
    double plaquette = header_plaquette(in_scratch("foreign/n10.nersc"));
    CHECK_STATUS(PLAQ_OK, open_written("not_ours", "foreign", &run));
    CHECK_STATUS(PLAQ_E_USAGE, campaign(run, false));
    CHECK_MESSAGE("foreign/n10.nersc");
    CHECK_MESSAGE("was not written by this run");
    CHECK_SAME(header_plaquette(in_scratch("foreign/n10.nersc")), plaquette);

    /* MILC headers have no plaquette: what may be somebody else's is kept */
    char measure[8192];
    snprintf(measure, sizeof measure,
             "- scaled\ngauge: {big: {times: , write: {folder: %s, format: milc, precision: single}}}",
             in_scratch("milc"));
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "milc_out", measure, &run));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    if (first) plaq_path_remove(in_scratch("milc_out/n9.h5"));
    CHECK_STATUS(PLAQ_OK, campaign(run, false));
    CHECK(strcmp(states_of(run), "dd") == 0);
    CHECK(plaq_path_exists(in_scratch("milc/n9.milc.other")) && !plaq_path_exists(in_scratch("milc/n10.milc.other")));

    CHECK_STATUS(PLAQ_OK, open_written("among", "cfg", &run));
    CHECK_STATUS(PLAQ_E_USAGE, campaign(run, false));
    CHECK_MESSAGE("among the configurations");
}

static void mistakes_in_derived_fields_are_told_with_their_place(void)
{
    static const struct {
        const char *gauge, *says, *place;
    } wrong[] = {
        {"  a: {tmes: }", "did you mean \"times\"?", ":6:7: "},
        {"  a: {times: {facto: 2}}", "did you mean \"factor\"?", ":6:15: "},
        {"  a: {times: {factor: 9}}", "9", ":6:23: "},
        {"  a: {from: smoth, times: }\n  smooth: {times: }", "unknown gauge field \"smoth\"; did you mean", ":6:13: "},
        {"  a: {from: link, times: }", "did you mean \"links\"?", ":6:13: "},
        {"  a: {from: [b], times: }", "expected the name of a gauge field", ":6:13: "},
        {"  a: {from: a, times: }", "made from itself: a from a", ":6:13: "},
        {"  a: {from: c, times: }\n  c: {from: b, times: }\n  b: {from: a, times: }",
         "made from itself: a from c from b from a", ":6:13: "},
        {"  links: {times: }", "`links` is the gauge field that was read", ":6:3: "},
        {"  a/b: {times: }", "letters, digits", ":6:3: "},
        {"  a: {from: links}", "has no kind", ":6:6: "},
        {"  a: {}", "has no kind", ":6:6: "},
        {"  a: times", "KIND: {parameters}", ":6:6: "},
        {"  a: {times: , times: }", "times", ":6:16: "},
        {"  [a, b]", "KIND: {parameters}", ":6:3: "},
        {"  a: {times: , write: folder}", "{format, precision, folder}", ":6:23: "},
        {"  a: {times: , write: {}}", "folder", ":6:23: "},
        {"  a: {times: , write: {folder: x, format: nersk}}", "did you mean \"nersc\"?", ":6:43: "},
        {"  a: {times: , write: {folder: ''}}", "folder is empty", ":6:32: "},
        {"  a: {times: , write: {folder: x}}\n  b: {times: , write: {folder: x/}}", "each its own folder", ":7:23: "},
        {"  scaled: {times: , write: {folder: x}}", "another name with `as: NAME`", ":6:28: "},
    };
    plaq_run *run;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char measure[1024];

        snprintf(measure, sizeof measure, "- scaled\ngauge:\n%s", wrong[i].gauge);
        CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", measure, &run));
        CHECK_MESSAGE(wrong[i].says);
        CHECK_MESSAGE(wrong[i].place);
    }
    CHECK_STATUS(PLAQ_E_USAGE, open_run("cfg/n*", "bad", "- scaled: {links: smoth}\ngauge: {smooth: {times: }}", &run));
    CHECK_MESSAGE("unknown gauge field \"smoth\"; did you mean \"smooth\"?");
    CHECK_MESSAGE("run.yaml:4:19: ");
}

/* A campaign from the start. Whatever fails, a result that exists is whole. */
static plaq_status measure_anew(void *run)
{
    const char *result = in_scratch("sweep/n10.h5");
    bool first = plaq_comm_rank(test_comm()) == 0, whole = true;
    plaq_status status;
    long left;

    if (first) plaq_path_remove(result);
    status = campaign(run, false);
    left = plaq_fault_left();
    plaq_fault_arm(0);
    if (first && plaq_path_exists(result)) {
        char(*list)[2][72];
        int n;

        whole = plaq_store_list(result, &list, &n) == PLAQ_OK;
        if (whole) plaq_free(list);
    } else if (first) {
        whole = status != PLAQ_OK;
    }
    if (left > 0) plaq_fault_arm(left);
    return plaq_any(test_comm(), !whole) ? PLAQ_OK : status; /* a fault that ends well fails the sweep */
}

static void whatever_fails_results_are_whole(void)
{
    plaq_run *run;
    char list[8192];

    plaq_store_start(); /* the failures are ours to tell */
    CHECK_STATUS(PLAQ_OK, write_ensemble());
    snprintf(list, sizeof list, "[%s]", in_scratch("cfg/n10"));
    CHECK_STATUS(PLAQ_OK, open_run(list, "sweep", "- scaled: {scale: 3}", &run));
    CHECK_FAULT_SWEEP(measure_anew, run);
    CHECK_STATUS(PLAQ_OK, measure_anew(run)); /* and no file of a failed attempt is in the way */
}

/* What `plan` says of memory is what a field then has. */
static void memory_is_what_was_planned(void)
{
    static const int extents[][4] = {{4, 4, 4, 8}, {8, 6, 12, 4}, {8, 8, 8, 8}, {12, 4, 4, 20}};

    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        plaq_lattice *lattice = test_lattice(extents[i], 0);

        CHECK(lattice != NULL);
        for (plaq_prec prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++)
            CHECK(plaq_lattice_estimate(extents[i], plaq_lattice_grid(lattice), prec, 72) ==
                  plaq_field_bytes(plaq_lattice_layout(lattice, prec), prec, 72));
    }
}

/* The same with a derived field that is written, beside one on a copy. */
static void whatever_fails_derived_fields_are_whole(void)
{
    plaq_run *run;
    char list[8192], measure[8192];

    plaq_store_start();
    CHECK_STATUS(PLAQ_OK, write_ensemble());
    snprintf(list, sizeof list, "[%s]", in_scratch("cfg/n10"));
    snprintf(measure, sizeof measure,
             "- scaled: {links: copy}\ngauge:\n  copy: {times: }\n  big: {times: , write: {folder: %s/sweep_big}}",
             test_scratch());
    CHECK_STATUS(PLAQ_OK, open_run(list, "sweep", measure, &run));
    CHECK_FAULT_SWEEP(measure_anew, run);
    CHECK_STATUS(PLAQ_OK, measure_anew(run));
    CHECK(isfinite(header_plaquette(in_scratch("sweep_big/n10.ildg"))));
}

static plaq_status read_and_drop(void *given)
{
    plaq_run *run = NULL;
    plaq_status status = read_run(given, "sweep",
                                  "- scaled: {scale: 3}\n- scaled: {as: b, links: d}\n"
                                  "gauge: {c: {times: , write: {folder: x}}, d: {from: c, times: {factor: 3}}}",
                                  &run);

    plaq_run_destroy(&run);
    return status;
}

static void a_run_file_is_read_or_not(void)
{
    char list[8192];

    snprintf(list, sizeof list, "[%s]", in_scratch("cfg/n9"));
    CHECK_FAULT_SWEEP(read_and_drop, list);
}

/* The last case: the request is not forgotten. */
static void a_request_to_stop_keeps_nothing_half_done(void)
{
    plaq_run *run;
    plaq_plan *plan;

    CHECK_STATUS(PLAQ_OK, write_ensemble());
    CHECK_STATUS(PLAQ_OK, open_run("cfg/n*", "stop", "- scaled", &run));
    plaq_stop_catch();
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) raise(SIGUSR1);
    CHECK_STATUS(PLAQ_E_STOPPED, campaign(run, false));
    CHECK_MESSAGE("run the same command to go on");
    CHECK_STATUS(PLAQ_OK, make_plan(run, &plan));
    CHECK(plan->missing == 3 && plan->done == 0);
}

TEST_MAIN({"what is measured is done", what_is_measured_is_done},
          {"only what changed is measured again", only_what_changed_is_measured_again},
          {"a configuration that was replaced is measured again", a_configuration_that_was_replaced_is_measured_again},
          {"a damaged configuration stops no other", a_damaged_configuration_stops_no_other},
          {"a measurement that fails on one rank fails alone", a_measurement_that_fails_on_one_rank_fails_alone},
          {"numbers and lists name configurations", numbers_and_lists_name_configurations},
          {"mistakes are told with their place", mistakes_are_told_with_their_place},
          {"two configurations have two results", two_configurations_have_two_results},
          {"memory is what was planned", memory_is_what_was_planned},
          {"derived fields are made once each", derived_fields_are_made_once_each},
          {"derived fields need the memory that is planned", derived_fields_need_the_memory_that_is_planned},
          {"what depends on a derivation is measured again", what_depends_on_a_derivation_is_measured_again},
          {"keys of the links as read stay", keys_of_the_links_as_read_stay},
          {"a derivation that fails on one rank fails its configuration",
           a_derivation_that_fails_on_one_rank_fails_its_configuration},
          {"a derived field is written, and stays", a_derived_field_is_written_and_stays},
          {"only our own files are written over", only_our_own_files_are_written_over},
          {"mistakes in derived fields are told with their place",
           mistakes_in_derived_fields_are_told_with_their_place},
          {"a run file is read or not", a_run_file_is_read_or_not},
          {"whatever fails, results are whole", whatever_fails_results_are_whole},
          {"whatever fails, derived fields are whole", whatever_fails_derived_fields_are_whole},
          {"a request to stop keeps nothing half done", a_request_to_stop_keeps_nothing_half_done})
