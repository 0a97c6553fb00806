/* The plan and the campaign: what is done and what is not, on configurations of our own in three formats; damaged ones;
 * the fault sweep over a whole campaign. The observables are the test's own: one has a parameter, one can be told to
 * fail on one rank. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "plaq/par.h"
#include "plaq/run.h"
#include "support/test.h"

/* ---- observables of this program, in place of the library's list --------------------------------------------- */

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
    {"value", "", "1", "scale times the mean plaquette", false},
    {.name = NULL},
};

static plaq_status measure_scaled(const void *given, plaq_gauge *u, plaq_sink *out)
{
    const scaled_params *p = given;
    const plaq_comm *comm = plaq_lattice_comm(plaq_gauge_lattice(u));
    double planes[6], mean, spatial, temporal;

    PLAQ_TRY(plaq_gauge_plaquette(u, planes, NULL));
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
    int rank, shape[4];
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

static plaq_status read_and_drop(void *given)
{
    plaq_run *run = NULL;
    plaq_status status = read_run(given, "sweep", "- scaled: {scale: 3}\n- scaled: {as: b}", &run);

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
          {"a run file is read or not", a_run_file_is_read_or_not},
          {"whatever fails, results are whole", whatever_fails_results_are_whole},
          {"a request to stop keeps nothing half done", a_request_to_stop_keeps_nothing_half_done})
