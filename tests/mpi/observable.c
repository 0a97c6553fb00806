/* Observables: what their descriptors promise is what they put, alike on all ranks, also where memory ends; and the
 * sink sees what an observable got wrong. */
#include "plaq/observable.h"

#include <math.h>
#include <string.h>

#include "support/test.h"

static const int dims[4] = {4, 6, 4, 8};

/* Whether the axis that stands at position i in a list of names has this extent; false for a name there is no rule for.
 */
static bool fits(const char *axes, int i, int extent)
{
    static const struct {
        const char *axis;
        int extent; /* 0: depends on the field */
    } known[] = {{"plane", 6},  {"mu", 4},     {"t", 8},      {"component", 10}, {"p", 1},      {"axis", 3},
                 {"flow", 0},   {"energy", 3}, {"charge", 2}, {"x", 4},          {"y", 6},      {"z", 4},
                 {"source", 1}, {"sink", 1},   {"pair", 0},   {"end", 2},        {"baryon", 0}, {"parity", 2}};

    for (; i > 0; i--) axes += strcspn(axes, " ") + 1;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcspn(axes, " ") == strlen(known[k].axis) && strncmp(axes, known[k].axis, strlen(known[k].axis)) == 0)
            return known[k].extent ? extent == known[k].extent : extent > 0;
    return false;
}

static void clear(plaq_array *arrays, int count)
{
    for (int i = 0; i < count; i++) plaq_array_clear(&arrays[i]);
    plaq_free(arrays);
}

static void check_shapes(const plaq_observable *observable, plaq_gauge *u)
{
    plaq_array *arrays = NULL;
    int count = 0, wrong = 0;

    CHECK_STATUS(PLAQ_OK, test_measure(observable, u, &arrays, &count));
    for (int i = 0; i < count; i++) {
        wrong += arrays[i].output != &observable->outputs[i];
        for (int k = 0; k < arrays[i].rank; k++) wrong += !fits(arrays[i].output->axes, k, arrays[i].shape[k]);
    }
    clear(arrays, count);
    test_check(wrong == 0 && count > 0, __FILE__, __LINE__, "%s: %d outputs or axes are wrong", observable->name,
               wrong);
}

static void outputs_have_the_shape_of_their_axes(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 41);

    CHECK(u);
    for (int i = 0; plaq_observables[i]; i++) check_shapes(plaq_observables[i], u);
}

/* One value of a measurement, NaN where it is not there. */
static double value_of(plaq_gauge *u, const char *observable, const char *output, size_t index)
{
    plaq_array *arrays = NULL;
    double value = NAN;
    int count = 0;

    if (test_measure(plaq_observable_find(observable), u, &arrays, &count) != PLAQ_OK) return NAN;
    for (int i = 0; i < count; i++)
        if (strcmp(arrays[i].output->name, output) == 0 && index < plaq_array_count(&arrays[i]))
            value = arrays[i].values[index];
    clear(arrays, count);
    return value;
}

/* Each part against another that holds the same. */
static void outputs_agree_among_themselves(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 42);
    double mean = 0, charge = 0, energy = 0, planes[6] = {0};

    CHECK(u);
    for (size_t plane = 0; plane < 6; plane++) {
        for (size_t t = 0; t < 8; t++) planes[plane] += value_of(u, "plaquette", "slices", 6 * t + plane) / 8;
        CHECK_CLOSE(value_of(u, "plaquette", "planes", plane), planes[plane], 1e-15);
        mean += planes[plane] / 6;
    }
    for (size_t t = 0; t < 8; t++) {
        charge += value_of(u, "clover", "charge", t);
        energy += value_of(u, "clover", "energy", t) / 8;
    }
    CHECK_CLOSE(value_of(u, "plaquette", "mean", 0), mean, 1e-15);
    CHECK_CLOSE(value_of(u, "plaquette", "spatial", 0), (planes[0] + planes[1] + planes[2]) / 3, 1e-15);
    CHECK_CLOSE(value_of(u, "plaquette", "temporal", 0), (planes[3] + planes[4] + planes[5]) / 3, 1e-15);
    CHECK_CLOSE(value_of(u, "clover", "charge_total", 0), charge, 1e-14);
    CHECK_CLOSE(value_of(u, "clover", "energy_mean", 0), energy, 1e-14);
}

static void what_is_not_finite_is_no_result(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 43);
    double links[72];

    CHECK(u);
    if (plaq_comm_rank(test_comm()) == 0) {
        plaq_field_get(plaq_gauge_links(u), (int[]){1, 1, 1, 1}, 1, links);
        for (int mu = 0; mu < 4; mu++) links[18 * mu] = INFINITY;
        plaq_field_put(plaq_gauge_links(u), (int[]){1, 1, 1, 1}, 1, links);
    }
    plaq_field_touch(plaq_gauge_links(u));
    for (int i = 0; plaq_observables[i]; i++) {
        plaq_array *arrays = NULL;
        int count = 0;

        CHECK_STATUS(PLAQ_E_DATA, test_measure(plaq_observables[i], u, &arrays, &count));
        CHECK_MESSAGE("not a finite number");
    }
}

static void the_sink_sees_what_is_wrong(void)
{
    static const plaq_output outputs[] = {{.name = "one", .axes = ""}, {.name = "many", .axes = "t plane"}, PLAQ_END};
    const double values[6] = {1, 2, 3, 4, 5, 6};
    plaq_array *arrays = NULL;
    plaq_sink *sink = NULL;
    int count = 0;

    CHECK_STATUS(PLAQ_OK, plaq_sink_create(outputs, &sink));
    plaq_status many = plaq_sink_put(sink, "many", (int[]){2, 3}, values);
    plaq_status unknown = plaq_sink_put(sink, "other", NULL, values);
    plaq_status twice = plaq_sink_put(sink, "many", (int[]){2, 3}, values);
    plaq_status early = plaq_sink_take(sink, &arrays, &count);
    plaq_status one = plaq_sink_put(sink, "one", NULL, values);
    plaq_status whole = plaq_sink_take(sink, &arrays, &count);
    bool right = count == 2 && arrays[0].rank == 0 && arrays[1].rank == 2 && arrays[1].shape[1] == 3 &&
                 memcmp(arrays[1].values, values, sizeof values) == 0;

    clear(arrays, count);
    plaq_sink_destroy(&sink);
    CHECK_STATUS(PLAQ_OK, many);
    CHECK_STATUS(PLAQ_E_INTERNAL, unknown);
    CHECK_STATUS(PLAQ_E_INTERNAL, twice);
    CHECK_STATUS(PLAQ_E_INTERNAL, early);
    CHECK_STATUS(PLAQ_OK, one);
    CHECK_STATUS(PLAQ_OK, whole);
    CHECK(right);
}

static void names_are_found(void)
{
    for (int i = 0; plaq_observables[i]; i++)
        CHECK(plaq_observable_find(plaq_observables[i]->name) == plaq_observables[i]);
    CHECK(!plaq_observable_find("plaquet"));
}

static plaq_status measure_all(void *given)
{
    for (int i = 0; plaq_observables[i]; i++) {
        plaq_array *arrays = NULL;
        int count = 0;
        plaq_status status = test_measure(plaq_observables[i], given, &arrays, &count);

        clear(arrays, count);
        if (status != PLAQ_OK) return status;
    }
    return PLAQ_OK;
}

/* A field of its own each time, so that its halo has to be made too. */
static plaq_status make_and_measure(void *given)
{
    plaq_gauge *u = NULL, *v = NULL;
    plaq_status status;

    PLAQ_GO(plaq_gauge_create(given, PLAQ_DOUBLE, &u));
    PLAQ_GO(plaq_gauge_create(given, PLAQ_SINGLE, &v));
    plaq_gauge_hot(u, 1);
    PLAQ_GO(measure_all(u));
    PLAQ_GO(plaq_gauge_copy(u, v));
    PLAQ_GO(plaq_gauge_transform_random(u, 2));
    PLAQ_GO(plaq_gauge_translate(u, (int[]){0, 1, 0, 1}));
    PLAQ_GO(plaq_gauge_heat_bath(u, 6, 3, 0));
done:
    plaq_gauge_destroy(&v);
    plaq_gauge_destroy(&u);
    return status;
}

/* small: everything is measured once for each allocation there is */
static void faults_come_to_all_ranks_alike(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 2, 4, 4}, 0);

    CHECK(lattice);
    CHECK_FAULT_SWEEP(make_and_measure, lattice);
}

TEST_MAIN({"outputs have the shape of their axes", outputs_have_the_shape_of_their_axes},
          {"outputs agree among themselves", outputs_agree_among_themselves},
          {"what is not finite is no result", what_is_not_finite_is_no_result},
          {"the sink sees what is wrong", the_sink_sees_what_is_wrong}, {"names are found", names_are_found},
          {"faults come to all ranks alike", faults_come_to_all_ranks_alike})
