/* The list of observables, and the sink that takes what one of them measured. */
#include "plaq/observable.h"

#include <math.h>
#include <string.h>

struct plaq_sink {
    int count;
    plaq_array *arrays; /* [count], in the order of the descriptor */
    int sources, sinks; /* 0: not in parts */
    int part;           /* sinks * source + sink, from plaq_sink_part() */
};

const plaq_observable *plaq_observable_find(const char *name)
{
    for (const plaq_observable *const *o = plaq_observables; *o; o++)
        if (strcmp((*o)->name, name) == 0) return *o;
    return NULL;
}

/* Words in a list separated by blanks. */
static int count_axes(const char *axes)
{
    int n = 0;

    for (const char *c = axes; *c; c++) n += *c != ' ' && (c == axes || c[-1] == ' ');
    return n;
}

plaq_status plaq_sink_create(const plaq_output outputs[], plaq_sink **sink)
{
    plaq_sink *made = plaq_alloc(1, sizeof *made);

    if (!made) return PLAQ_E_MEMORY;
    while (outputs[made->count].name) made->count++;
    made->arrays = plaq_alloc((size_t)made->count, sizeof *made->arrays);
    if (!made->arrays) {
        plaq_sink_destroy(&made);
        return PLAQ_E_MEMORY;
    }
    for (int i = 0; i < made->count; i++) {
        made->arrays[i].output = &outputs[i];
        made->arrays[i].rank = count_axes(outputs[i].axes);
    }
    *sink = made;
    return PLAQ_OK;
}

void plaq_sink_destroy(plaq_sink **sink)
{
    if (!*sink) return;
    for (int i = 0; (*sink)->arrays && i < (*sink)->count; i++) plaq_array_clear(&(*sink)->arrays[i]);
    plaq_free((*sink)->arrays);
    plaq_free(*sink);
    *sink = NULL;
}

void plaq_sink_part(plaq_sink *sink, int source, int sources, int sink_at, int sinks)
{
    sink->sources = sources;
    sink->sinks = sinks;
    sink->part = sinks * source + sink_at;
}

/* Room for all parts, each to be filled: what is not stays NaN and is found out at the end. */
static plaq_status make_room(plaq_array *array)
{
    const size_t n = plaq_array_count(array);

    array->values = plaq_alloc(n, sizeof *array->values);
    if (!array->values) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < n; i++) array->values[i] = NAN;
    return PLAQ_OK;
}

/* Axes of an output that parts are counted along: "source sink ..." two, "source ..." one. */
static int leading_axes(const char *axes)
{
    if (strncmp(axes, "source sink", 11) == 0) return 2;
    return strncmp(axes, "source", 6) == 0;
}

static plaq_status put_part(const plaq_sink *sink, plaq_array *array, int lead, const int shape[],
                            const double values[])
{
    const bool first = !array->values;
    int part = lead == 2 ? sink->part : sink->part / sink->sinks, parts = sink->sources;

    array->shape[0] = sink->sources;
    if (lead == 2) {
        array->shape[1] = sink->sinks;
        parts *= sink->sinks;
    }
    for (int i = lead; i < array->rank; i++) {
        if (!first && array->shape[i] != shape[i - lead])
            return plaq_fail(PLAQ_E_INTERNAL, "output %s changes its shape from source to source", array->output->name);
        array->shape[i] = shape[i - lead];
    }
    if (first) PLAQ_TRY(make_room(array));

    const size_t n = plaq_array_count(array) / (size_t)parts;

    memcpy(array->values + (size_t)part * n, values, n * sizeof *values);
    return PLAQ_OK;
}

plaq_status plaq_sink_put(plaq_sink *sink, const char *name, const int shape[], const double values[])
{
    plaq_array *array = NULL;
    int lead;

    for (int i = 0; i < sink->count; i++)
        if (strcmp(sink->arrays[i].output->name, name) == 0) array = &sink->arrays[i];
    if (!array) return plaq_fail(PLAQ_E_INTERNAL, "output %s is not in the descriptor", name);
    lead = sink->sinks ? leading_axes(array->output->axes) : 0;
    if (lead) return put_part(sink, array, lead, shape, values);
    if (array->values && sink->sinks) return PLAQ_OK;
    if (array->values) return plaq_fail(PLAQ_E_INTERNAL, "output %s comes twice", name);
    for (int i = 0; i < array->rank; i++) array->shape[i] = shape[i];
    PLAQ_TRY(make_room(array));
    memcpy(array->values, values, plaq_array_count(array) * sizeof *values);
    return PLAQ_OK;
}

static plaq_status check_whole(const plaq_array *array)
{
    const char *name = array->output->name;

    if (!array->values) return plaq_fail(PLAQ_E_INTERNAL, "output %s is missing", name);
    for (size_t i = 0; i < plaq_array_count(array); i++)
        if (!isfinite(array->values[i]) && !(array->output->may_lack && isnan(array->values[i])))
            return plaq_fail(PLAQ_E_DATA, "output %s is %g at position %zu, not a finite number", name,
                             array->values[i], i);
    return PLAQ_OK;
}

plaq_status plaq_sink_take(plaq_sink *sink, plaq_array **arrays, int *count)
{
    for (int i = 0; i < sink->count; i++) PLAQ_TRY(check_whole(&sink->arrays[i]));
    *arrays = sink->arrays;
    *count = sink->count;
    sink->arrays = NULL;
    sink->count = 0;
    return PLAQ_OK;
}
