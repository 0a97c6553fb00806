/* collect: several quantities as one array with positions, to be fitted or extrapolated. */
#include <stdio.h>
#include <string.h>

#include "study/study.h"

typedef struct {
    char axis[32];
} collect_params;

static const plaq_param table[] = {
    PLAQ_TEXT(collect_params, axis, "x", "what the positions are: r"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "of", .doc = "quantities, in the order of the array: [v1, v2, v3]"},
    {.name = "x", .doc = "their positions: [1, 2, 3]"},
    PLAQ_END,
};

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const collect_params *p = params;
    const plaq_node *x = plaq_node_get(node, "x");
    plaq_taken *taken = NULL;
    plaq_status status;
    int n, positions;

    PLAQ_GO(study_names_take(study, plaq_node_get(node, "of"), &taken, &n));
    PLAQ_GO(study_numbers_read(x, &out->x, &positions));
    PLAQ_GO(plaq_study_collect(study, taken, n, out));
    if ((size_t)positions != out->estimate.size)
        status = plaq_node_fail(x, "%d positions of %zu numbers", positions, out->estimate.size);
    for (int i = 1; i < positions && status == PLAQ_OK; i++)
        if (!(out->x[i] > out->x[i - 1])) status = plaq_node_fail(x, "positions are to ascend");
    snprintf(out->x_name, sizeof out->x_name, "%s", p->axis);
    memcpy(out->unit, taken[0].made->unit, sizeof out->unit);
done:
    plaq_free(taken);
    return status;
}

const plaq_step plaq_step_collect = {
    .name = "collect",
    .brief = "several quantities as one array with positions",
    .params_size = sizeof(collect_params),
    .params = table,
    .lists = lists,
    .make = make,
};
