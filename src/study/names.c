/* Lists of quantities that a step is given: `of: pion` or `of: [pion, rho]`. */
#include "study/study.h"

static plaq_status take_one(plaq_study *study, const plaq_node *node, plaq_taken *taken)
{
    if (plaq_node_what(node) != PLAQ_NODE_SCALAR) return plaq_node_fail(node, "expected the name of a quantity");
    return plaq_study_entries(study, node, plaq_node_text(node), taken);
}

plaq_status study_names_take(plaq_study *study, const plaq_node *node, plaq_taken **taken, int *n)
{
    const bool list = plaq_node_what(node) == PLAQ_NODE_SEQUENCE;

    *n = list ? (int)plaq_node_size(node) : 1;
    if (*n == 0) return plaq_node_fail(node, "the list is empty");
    *taken = plaq_alloc((size_t)*n, sizeof **taken);
    if (!*taken) return PLAQ_E_MEMORY;
    for (int i = 0; i < *n; i++) PLAQ_TRY(take_one(study, list ? plaq_node_item(node, (size_t)i) : node, &(*taken)[i]));
    return PLAQ_OK;
}

plaq_status study_number_read(const plaq_node *node, double *number)
{
    typedef struct {
        double number;
    } one;
    static const plaq_param row = PLAQ_REAL(one, number, NULL, -1e300, 1e300, "1", "");
    one read;

    if (plaq_node_what(node) != PLAQ_NODE_SCALAR) return plaq_node_fail(node, "expected a number");
    if (plaq_param_read(&row, plaq_node_text(node), &read) != PLAQ_OK)
        return plaq_node_fail(node, "\"%.60s\" is not a number", plaq_node_text(node));
    *number = read.number;
    return PLAQ_OK;
}

plaq_status study_numbers_read(const plaq_node *node, double **number, int *n)
{
    const bool list = plaq_node_what(node) == PLAQ_NODE_SEQUENCE;

    *n = list ? (int)plaq_node_size(node) : 1;
    *number = plaq_alloc((size_t)*n + 1, sizeof **number);
    if (!*number) return PLAQ_E_MEMORY;
    for (int i = 0; i < *n; i++)
        PLAQ_TRY(study_number_read(list ? plaq_node_item(node, (size_t)i) : node, &(*number)[i]));
    return PLAQ_OK;
}
