/* Results and gathers as series: every number where it belongs, and what is not as it should be is said, not guessed.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exchange/exchange.h"
#include "support/test.h"

/* ---- result files ------------------------------------------------------------------------------------------------ */

/* What a test wants to stand in a result file. */
typedef struct {
    const char *file, *configuration, *ensemble, *parameters;
    int times;      /* of the flow; 0: no flow */
    double spacing; /* of its times */
    bool meson;
    double offset; /* added to the numbers */
} written;

/* A number that is of one configuration, output and entry alone, and has no short binary fraction. */
static double number(int64_t config, int output, size_t entry)
{
    return sin((double)config) + 10 * output + 0.1 * (double)entry;
}

static plaq_status fill(plaq_array *array, const plaq_output *output, int rank, const int shape[])
{
    *array = (plaq_array){.output = output, .rank = rank};
    memcpy(array->shape, shape, (size_t)rank * sizeof *shape);
    array->values = plaq_alloc(plaq_array_count(array), sizeof(double));
    return array->values ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status fill_numbers(plaq_array *array, const plaq_output *output, int rank, const int shape[],
                                int64_t config, int which, double offset)
{
    PLAQ_TRY(fill(array, output, rank, shape));
    for (size_t i = 0; i < plaq_array_count(array); i++) array->values[i] = number(config, which, i) + offset;
    return PLAQ_OK;
}

static const plaq_output mean_output = {.name = "mean", .axes = "", .unit = "1", .doc = "a mean"};
static const plaq_output slices_output = {.name = "slices", .axes = "t plane", .unit = "1", .doc = "of time slices"};
static const plaq_output time_output = {.name = "time", .axes = "flow", .unit = "a^2", .doc = "flow times"};
static const plaq_output t2e_output = {.name = "t2E", .axes = "flow energy", .unit = "1", .doc = "t^2 E"};
static const plaq_output pairs_output = {.name = "pairs", .axes = "pair end", .unit = "1", .doc = ""};
static const plaq_output momenta_output = {.name = "momenta", .axes = "p axis", .unit = "2 pi/L", .doc = ""};
static const plaq_output correlator_output = {
    .name = "correlator", .axes = "source sink pair p t", .unit = "1", .doc = "", .is_complex = true};

static plaq_status start(plaq_result *r, const char *name, const char *parameters, char key, int arrays)
{
    snprintf(r->name, sizeof r->name, "%s", name);
    snprintf(r->observable, sizeof r->observable, "%s", strcmp(name, "pion") == 0 ? "meson" : name);
    memset(r->key, key, 64);
    r->parameters = plaq_strdup(parameters);
    r->derivation = plaq_strdup("");
    r->reference = r->brief = "";
    r->arrays = plaq_alloc((size_t)arrays, sizeof *r->arrays);
    r->count = arrays;
    return r->parameters && r->derivation && r->arrays ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status make_plaquette(const written *w, int64_t config, plaq_result *r)
{
    PLAQ_TRY(start(r, "plaquette", w->parameters ? w->parameters : "", 'a', 2));
    PLAQ_TRY(fill_numbers(&r->arrays[0], &mean_output, 0, (int[]){0}, config, 1, w->offset));
    return fill_numbers(&r->arrays[1], &slices_output, 2, (int[]){3, 6}, config, 2, w->offset);
}

static plaq_status make_flow(const written *w, int64_t config, plaq_result *r)
{
    PLAQ_TRY(start(r, "flow", "t_max: 4\n", 'b', 2));
    PLAQ_TRY(fill(&r->arrays[0], &time_output, 1, &w->times));
    for (int i = 0; i < w->times; i++) r->arrays[0].values[i] = i * w->spacing;
    return fill_numbers(&r->arrays[1], &t2e_output, 2, (int[]){w->times, 3}, config, 3, w->offset);
}

static plaq_status make_meson(const written *w, int64_t config, plaq_result *r)
{
    static const double pairs[] = {15, 15, 7, 15, 0, 9}, momenta[] = {0, 0, 0, 0, -1, 0};

    PLAQ_TRY(start(r, "pion", "gammas: 15/15 7/15 0/9\nsink: point\nsink: gaussian kappa: 1\n", 'c', 3));
    PLAQ_TRY(fill(&r->arrays[0], &pairs_output, 2, (int[]){3, 2}));
    memcpy(r->arrays[0].values, pairs, sizeof pairs);
    PLAQ_TRY(fill(&r->arrays[1], &momenta_output, 2, (int[]){2, 3}));
    memcpy(r->arrays[1].values, momenta, sizeof momenta);
    return fill_numbers(&r->arrays[2], &correlator_output, 5, (int[]){2, 2, 3, 2, 5}, config, 4, w->offset);
}

/* Writes a result file of configuration `config`, which stands in its name. */
static plaq_status write_result(const char *folder, const written *w, int64_t config)
{
    const plaq_fact facts[] = {
        {.name = "configuration", .text = w->configuration},
        {.name = "ensemble", .text = w->ensemble ? w->ensemble : "b6"},
        {.name = "run_resolved",
         .text =
             "ensemble:\n  name: b6\nmeasure:\n  - meson:\n      sinks: [local, wide]\n      as: pion\noutput: x\n"},
        {.name = "unitarity", .number = (double)config},
        {.name = "written", .text = w->file, .volatile_ = true},
        {.name = "iterations_light_wide", .number = 100 + (double)config, .volatile_ = true},
        {.name = "iterations_strange_wide", .number = 70, .volatile_ = true},
    };
    plaq_result results[3] = {{.name = ""}};
    plaq_status status;
    char path[4096];
    int n = 0;

    snprintf(path, sizeof path, "%s/%s", folder, w->file);
    status = plaq_path_make_folder(folder);
    if (status == PLAQ_OK) status = make_plaquette(w, config, &results[n++]);
    if (status == PLAQ_OK && w->times) status = make_flow(w, config, &results[n++]);
    if (status == PLAQ_OK && w->meson) status = make_meson(w, config, &results[n++]);
    if (status == PLAQ_OK) status = plaq_store_write(path, results, n, facts, 7);
    for (int i = 0; i < n; i++) plaq_result_clear(&results[i]);
    return status;
}

static void folder_of(char folder[4096], const char *name)
{
    plaq_store_start();
    test_scratch_path(folder, name);
}

static void clear_later(void *numbers)
{
    plaq_numbers_clear(numbers);
    plaq_free(numbers);
}

/* The harness lets go of what was read after the case, which keeps looking at it. */
static void keep(const plaq_numbers *numbers)
{
    plaq_numbers *kept = plaq_alloc(1, sizeof *kept);

    *kept = *numbers;
    test_later(clear_later, kept);
}

static plaq_status read_all(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    plaq_status status = plaq_numbers_read(path, NULL, wanted, out);

    if (status == PLAQ_OK) keep(out);
    return status;
}

static const plaq_series *find(const plaq_numbers *numbers, const char *name, const char *replica)
{
    for (int i = 0; i < numbers->series_count; i++)
        if (strcmp(numbers->series[i].name, name) == 0 && strcmp(numbers->series[i].chain.replica, replica) == 0)
            return &numbers->series[i];
    return NULL;
}

static bool has_note(const plaq_numbers *numbers, const char *words)
{
    for (int i = 0; i < numbers->notes; i++)
        if (strstr(numbers->note[i], words)) return true;
    for (int i = 0; i < numbers->notes; i++) printf("# note: %s\n", numbers->note[i]);
    return false;
}

static bool has_label(const plaq_series *s, int axis, int i, const char *label)
{
    return s->label[axis] && strcmp(s->label[axis][i], label) == 0;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void names_tell_configuration_and_replica(void)
{
    static const struct {
        const char *name;
        int64_t config;
        const char *replica;
    } told[] = {
        {"b6.00_n0012.h5", 12, ""},
        {"cfg/b6.00_n0012.ildg.h5", 12, ""},
        {"b6.0r1n100", 100, "r1"},
        {"N202r001n45", 45, "r001"},
        {"a/r3/conf.0100.lime", 100, ""},
        {"field_r0_id4n7", 7, "r0"},
        {"lr32_0005.hdf5", 5, ""},
        {"ckpoint_lat.1230", 1230, ""},
        {"cfg.0040.vol0000", 40, ""},
        {"r2_0004.nersc", 4, "r2"},
        {"17", 17, ""},
        {"x900000000000000000", 900000000000000000, ""},
    };
    int64_t config;
    char replica[64];

    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        CHECK_STATUS(PLAQ_OK, exchange_config_number(told[i].name, &config, replica));
        CHECK(config == told[i].config && strcmp(replica, told[i].replica) == 0);
    }
    CHECK_STATUS(PLAQ_E_DATA, exchange_config_number("results/light.h5", &config, replica));
    CHECK_MESSAGE("light.h5: no number of a configuration in its name");
    CHECK_STATUS(PLAQ_E_DATA, exchange_config_number("n1234567890123456789", &config, replica));
}

/* ---- a folder ---------------------------------------------------------------------------------------------------- */

/* Three configurations, the last one written first, and one without mesons. */
static plaq_status write_three(const char *folder)
{
    PLAQ_TRY(write_result(folder, &(written){.file = "b6n30.h5", .configuration = "cfg/b6n30", .meson = true}, 30));
    PLAQ_TRY(write_result(folder, &(written){.file = "a.ildg.h5", .configuration = "cfg/b6n9.ildg", .meson = true}, 9));
    return write_result(folder, &(written){.file = "b6n10.h5", .configuration = "cfg/b6n10"}, 10);
}

static void a_folder_is_read_by_configurations(void)
{
    plaq_numbers n;
    const plaq_series *s;
    char folder[4096];

    folder_of(folder, "three");
    CHECK_STATUS(PLAQ_OK, write_three(folder));
    CHECK_STATUS(PLAQ_OK, read_all(folder, NULL, &n));
    CHECK(n.series_count == 7 && n.estimates == 0);
    s = find(&n, "plaquette.slices", "");
    CHECK(s && s->chain.count == 3 && strcmp(s->chain.ensemble, "b6") == 0 && strcmp(s->axes, "t plane") == 0);
    CHECK(s->rank == 2 && s->shape[0] == 3 && s->shape[1] == 6 && !s->is_complex &&
          strcmp(s->doc, "of time slices") == 0);
    CHECK(!s->label[0] && has_label(s, 1, 0, "xy") && has_label(s, 1, 5, "zt"));
    for (size_t c = 0; c < 3; c++) {
        const int64_t config = (int64_t[]){9, 10, 30}[c];

        CHECK(s->chain.config[c] == config);
        for (size_t i = 0; i < 18; i++) CHECK_SAME(s->values[c * 18 + i], number(config, 2, i));
    }
    s = find(&n, "plaquette.mean", "");
    CHECK(s && s->rank == 0);
    CHECK_SAME(s->values[2], number(30, 1, 0));
    s = find(&n, "pion.correlator", "");
    CHECK(s && s->is_complex && s->chain.count == 2 && s->chain.config[1] == 30);
    for (size_t i = 0; i < 240; i++) CHECK_SAME(s->values[240 + i], number(30, 4, i));
    CHECK(has_note(&n, "pion.correlator lacks 1 of 3 configurations of b6: 10"));
    CHECK(has_note(&n, "b6: 19 configurations are missing from 9 to 30 in steps of 1: 11 12 13 14 15 16 17 18 ..."));
}

/* The names that physicists know: of gamma matrices, momenta, sinks as the run file calls them. */
static void entries_have_names(void)
{
    plaq_numbers n;
    const plaq_series *s;
    char folder[4096];

    folder_of(folder, "three");
    CHECK_STATUS(PLAQ_OK, write_three(folder));
    CHECK_STATUS(PLAQ_OK, read_all(folder, &(plaq_numbers_wanted){.listing = true}, &n));
    s = find(&n, "pion.correlator", "");
    CHECK(s && !s->values && s->chain.count == 2);
    CHECK(!s->label[0] && has_label(s, 1, 0, "local") && has_label(s, 1, 1, "wide") && !s->label[4]);
    CHECK(has_label(s, 2, 0, "g5-g5") && has_label(s, 2, 1, "gxgygz-g5") && has_label(s, 2, 2, "1-gxgt"));
    CHECK(has_label(s, 3, 0, "0 0 0") && has_label(s, 3, 1, "0 -1 0"));
}

static void one_observable_is_read_alone(void)
{
    plaq_numbers n, none;
    char folder[4096];

    folder_of(folder, "three");
    CHECK_STATUS(PLAQ_OK, write_three(folder));
    CHECK_STATUS(PLAQ_OK, read_all(folder, &(plaq_numbers_wanted){.name = "plaquette.mean"}, &n));
    CHECK(n.series_count == 1 && strcmp(n.series[0].name, "plaquette.mean") == 0);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_numbers_read(folder, NULL, &(plaq_numbers_wanted){.name = "plaquette.men"}, &none));
    CHECK_MESSAGE("no \"plaquette.men\" in it; did you mean \"plaquette.mean\"?");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_numbers_read(folder, "plak", NULL, &none));
    CHECK_MESSAGE("unknown format \"plak\"; did you mean \"plaq\"?");
}

static void a_configuration_may_be_there_twice_with_equal_numbers_only(void)
{
    written w = {.file = "b6n10.h5", .configuration = "cfg/b6n10"},
            again = {.file = "b6n10.ildg.h5", .configuration = "b6n10.ildg"};
    plaq_numbers n, none;
    char folder[4096];

    folder_of(folder, "twice");
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 10));
    CHECK_STATUS(PLAQ_OK, write_result(folder, &again, 10));
    CHECK_STATUS(PLAQ_OK, read_all(folder, NULL, &n));
    CHECK(n.series[0].chain.count == 1);
    CHECK(n.notes == 1 && has_note(&n, "b6: configuration 10 is there twice, in "));
    again.offset = 1e-13;
    CHECK_STATUS(PLAQ_OK, write_result(folder, &again, 10));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(folder, NULL, NULL, &none));
    CHECK_MESSAGE("plaquette.mean of configuration 10 of b6 is not the same in ");
    CHECK_MESSAGE("b6n10.ildg.h5");
}

static void results_with_other_parameters_are_refused(void)
{
    written w = {.file = "n1.h5", .configuration = "n1", .parameters = "links: a\nrho: 0.1\n"};
    plaq_numbers n, none;
    char folder[4096];

    folder_of(folder, "mixed");
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 1));
    w = (written){.file = "n2.h5", .configuration = "n2", .parameters = "links: a\nrho: 0.12\n"};
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 2));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(folder, NULL, NULL, &none));
    CHECK_MESSAGE("n2.h5: measurement plaquette: a parameter is \"rho: 0.12\", in ");
    CHECK_MESSAGE("n1.h5 it is \"rho: 0.1\"");
    w.ensemble = "another"; /* whose measurements are its own business */
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 2));
    CHECK_STATUS(PLAQ_OK, read_all(folder, NULL, &n));
    CHECK(n.series_count == 8);
}

static void flows_are_cut_to_the_shortest_at_equal_times(void)
{
    written w = {.file = "n1.h5", .configuration = "n1", .times = 5, .spacing = 0.1};
    plaq_numbers n, none;
    const plaq_series *s;
    char folder[4096];

    folder_of(folder, "flow");
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 1));
    w = (written){.file = "n2.h5", .configuration = "n2", .times = 3, .spacing = 0.1};
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 2));
    w = (written){.file = "n3.h5", .configuration = "n3", .times = 4, .spacing = 0.1};
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 3));
    CHECK_STATUS(PLAQ_OK, read_all(folder, NULL, &n));
    s = find(&n, "flow.t2E", "");
    CHECK(s && s->shape[0] == 3 && s->shape[1] == 3 && has_label(s, 0, 2, "0.2") && has_label(s, 1, 1, "clover"));
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < 9; i++) CHECK_SAME(s->values[c * 9 + i], number((int64_t)c + 1, 3, i));
    CHECK(has_note(&n, "flow.t2E has up to 5 flow times: the first 3"));
    w = (written){.file = "n4.h5", .configuration = "n4", .times = 5, .spacing = 0.11};
    CHECK_STATUS(PLAQ_OK, write_result(folder, &w, 4));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(folder, NULL, &(plaq_numbers_wanted){.name = "flow.t2E"}, &none));
    CHECK_MESSAGE("flow time 1 is 0.11, in ");
}

static plaq_status damage(const char *path)
{
    plaq_file file;

    PLAQ_TRY(plaq_file_update(&file, path));
    PLAQ_TRY(plaq_file_write(&file, 1000, "x", 1));
    return plaq_file_close(&file);
}

static void damaged_files_are_left_out_with_a_word(void)
{
    plaq_numbers n, none;
    char folder[4096], path[4096];

    folder_of(folder, "damaged");
    CHECK_STATUS(PLAQ_OK, write_result(folder, &(written){.file = "n1.h5", .configuration = "n1"}, 1));
    CHECK_STATUS(PLAQ_OK, write_result(folder, &(written){.file = "n2.h5", .configuration = "n2"}, 2));
    test_scratch_path(path, "damaged/n1.h5");
    CHECK_STATUS(PLAQ_OK, damage(path));
    CHECK_STATUS(PLAQ_OK, read_all(folder, NULL, &n));
    CHECK(n.notes == 1 && has_note(&n, "n1.h5: damaged: crc32") && n.series[0].chain.count == 1);
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &none));
    CHECK_MESSAGE("n1.h5");
    test_scratch_path(path, "damaged/n2.h5");
    CHECK_STATUS(PLAQ_OK, damage(path));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(folder, NULL, NULL, &none));
    CHECK_MESSAGE("none of its 2 files NAME.h5 is a whole result; the first: ");
}

static void what_is_no_result_is_refused(void)
{
    plaq_numbers none;
    char path[4096];

    folder_of(path, "words.h5");
    CHECK(test_put_file(path, "words", 5));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "plaq", NULL, &none));
    CHECK_MESSAGE("words.h5: not a whole file of plaq: 5 bytes");
    test_scratch_path(path, "nowhere");
    CHECK_STATUS(PLAQ_E_IO, plaq_numbers_read(path, NULL, NULL, &none));
    CHECK_MESSAGE("nowhere: cannot open");
}

/* ---- gathers ----------------------------------------------------------------------------------------------------- */

static bool same_labels(const plaq_series *a, const plaq_series *b)
{
    for (int axis = 0; axis < a->rank; axis++) {
        if (!a->label[axis] != !b->label[axis]) return false;
        for (int i = 0; a->label[axis] && i < a->shape[axis]; i++)
            if (strcmp(a->label[axis][i], b->label[axis][i]) != 0) return false;
    }
    return true;
}

static bool same_series(const plaq_series *a, const plaq_series *b)
{
    size_t n = a->chain.count * (a->is_complex ? 2 : 1);

    for (int i = 0; i < a->rank; i++) n *= (size_t)a->shape[i];
    return strcmp(a->name, b->name) == 0 && strcmp(a->chain.ensemble, b->chain.ensemble) == 0 &&
           strcmp(a->chain.replica, b->chain.replica) == 0 && a->chain.count == b->chain.count &&
           memcmp(a->chain.config, b->chain.config, a->chain.count * sizeof *a->chain.config) == 0 &&
           a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0 &&
           a->is_complex == b->is_complex && strcmp(a->axes, b->axes) == 0 && strcmp(a->unit, b->unit) == 0 &&
           strcmp(a->doc, b->doc) == 0 && memcmp(a->values, b->values, n * sizeof *a->values) == 0 && same_labels(a, b);
}

/* Two replica, of which one lacks the mesons of a configuration. */
static plaq_status write_replica(const char *folder)
{
    PLAQ_TRY(
        write_result(folder, &(written){.file = "r0n8.h5", .configuration = "r0n8", .meson = true, .times = 2}, 8));
    PLAQ_TRY(write_result(folder, &(written){.file = "r0n16.h5", .configuration = "r0n16", .times = 2}, 16));
    PLAQ_TRY(
        write_result(folder, &(written){.file = "r1n8.h5", .configuration = "r1n8", .meson = true, .times = 2}, 108));
    return write_result(folder, &(written){.file = "r1n24.h5", .configuration = "r1n24", .meson = true, .times = 2},
                        124);
}

/* What is gathered is what the folder has: numbers bit by bit, chains, labels, words, notes. */
static void a_gather_is_read_as_its_folder(void)
{
    plaq_numbers folder, gathered, n, one;
    char from[4096], path[4096];

    folder_of(from, "replica");
    test_scratch_path(path, "gathered.h5");
    CHECK_STATUS(PLAQ_OK, write_replica(from));
    CHECK_STATUS(PLAQ_OK, read_all(from, NULL, &folder));
    CHECK_STATUS(PLAQ_OK, plaq_gather_write(from, path, &gathered));
    keep(&gathered);
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &n));
    CHECK(n.series_count == 18 && folder.series_count == 18 && n.notes == folder.notes && n.notes > 0);
    for (int i = 0; i < n.series_count; i++) CHECK(same_series(&n.series[i], &folder.series[i]));
    for (int i = 0; i < n.notes; i++) CHECK(strcmp(n.note[i], folder.note[i]) == 0);
    CHECK_STATUS(PLAQ_OK, read_all(path, &(plaq_numbers_wanted){.name = "pion.correlator"}, &one));
    CHECK(one.series_count == 2 && same_series(&one.series[1], find(&folder, "pion.correlator", "r1")));
}

static void a_gather_is_of_one_ensemble_and_whole(void)
{
    plaq_numbers n;
    char from[4096], path[4096];

    folder_of(from, "two");
    test_scratch_path(path, "two.h5");
    CHECK_STATUS(PLAQ_OK, write_result(from, &(written){.file = "n1.h5", .configuration = "n1", .ensemble = "A"}, 1));
    CHECK_STATUS(PLAQ_OK, write_result(from, &(written){.file = "n2.h5", .configuration = "n2", .ensemble = "B"}, 2));
    CHECK_STATUS(PLAQ_E_DATA, plaq_gather_write(from, path, &n));
    CHECK_MESSAGE("results of the ensembles \"A\" and \"B\": a gather is of one");
    CHECK(!plaq_path_exists(path));
    folder_of(from, "replica");
    CHECK_STATUS(PLAQ_OK, write_replica(from));
    CHECK_STATUS(PLAQ_OK, plaq_gather_write(from, path, &n));
    keep(&n);
    CHECK_STATUS(PLAQ_OK, damage(path));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &(plaq_numbers){0}));
    CHECK_MESSAGE("two.h5: damaged, or not a file of plaq");
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static plaq_status read_and_clear(void *path)
{
    plaq_numbers n;
    plaq_status status = plaq_numbers_read(path, "plaq", NULL, &n);

    if (status == PLAQ_OK) plaq_numbers_clear(&n);
    return status;
}

static plaq_status gather_and_clear(void *folder)
{
    plaq_numbers n;
    char path[4096];
    plaq_status status;

    test_scratch_path(path, "faulty.h5");
    status = plaq_gather_write(folder, path, &n);
    if (status == PLAQ_OK) plaq_numbers_clear(&n);
    return status;
}

static void faults_leave_nothing_behind(void)
{
    char folder[4096];

    folder_of(folder, "faults");
    CHECK_STATUS(PLAQ_OK,
                 write_result(folder, &(written){.file = "n1.h5", .configuration = "n1", .meson = true, .times = 2},
                              1));
    CHECK_FAULT_SWEEP(read_and_clear, folder);
    CHECK_FAULT_SWEEP(gather_and_clear, folder);
}

TEST_MAIN({"names tell configuration and replica", names_tell_configuration_and_replica},
          {"a folder is read by configurations", a_folder_is_read_by_configurations},
          {"entries have names", entries_have_names}, {"one observable is read alone", one_observable_is_read_alone},
          {"a configuration may be there twice with equal numbers only",
           a_configuration_may_be_there_twice_with_equal_numbers_only},
          {"results with other parameters are refused", results_with_other_parameters_are_refused},
          {"flows are cut to the shortest, at equal times", flows_are_cut_to_the_shortest_at_equal_times},
          {"damaged files are left out with a word", damaged_files_are_left_out_with_a_word},
          {"what is no result is refused", what_is_no_result_is_refused},
          {"a gather is read as its folder", a_gather_is_read_as_its_folder},
          {"a gather is of one ensemble and whole", a_gather_is_of_one_ensemble_and_whole},
          {"faults leave nothing behind", faults_leave_nothing_behind})
