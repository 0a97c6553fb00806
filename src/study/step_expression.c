/* expression: a formula over quantities, with all their correlations. */
#include <string.h>

#include "study/study.h"

typedef struct {
    char formula[1024];
    char unit[32];
} expression_params;

static const plaq_param table[] = {
    PLAQ_TEXT(
        expression_params, formula, NULL,
        "over names of quantities: sqrt(8*t0)*m_pi, log(c[10]/c[11]), mean(m[8:14]); exp log sqrt sin cos tan sinh "
        "cosh tanh asinh acosh atanh abs sum mean"),
    PLAQ_TEXT(expression_params, unit, "", "unit of what comes out"),
    PLAQ_END,
};

/* Entries of the quantities that a formula names. */
static plaq_status take_names(plaq_study *study, const plaq_node *node, const plaq_expression *expression,
                              plaq_taken **taken, size_t **size, int *n)
{
    const char *const *names;

    *n = plaq_expression_names(expression, &names);
    *taken = plaq_alloc((size_t)*n + 1, sizeof **taken);
    *size = plaq_alloc((size_t)*n + 1, sizeof **size);
    if (!*taken || !*size) return PLAQ_E_MEMORY;
    for (int i = 0; i < *n; i++) {
        PLAQ_TRY(plaq_study_entries(study, node, names[i], &(*taken)[i]));
        (*size)[i] = (*taken)[i].count;
    }
    return PLAQ_OK;
}

/* Positions are those of the first array that has as many entries. */
static plaq_status take_positions(const plaq_taken taken[], int n, plaq_made *out)
{
    for (int i = 0; i < n; i++) {
        const plaq_made *from = taken[i].made;

        if (!from->x || out->estimate.size < 2 || taken[i].count != out->estimate.size) continue;
        out->x = plaq_alloc(out->estimate.size, sizeof *out->x);
        if (!out->x) return PLAQ_E_MEMORY;
        memcpy(out->x, from->x, out->estimate.size * sizeof *out->x);
        memcpy(out->x_name, from->x_name, sizeof out->x_name);
        out->period = from->period;
        out->folded = from->folded;
        return PLAQ_OK;
    }
    return PLAQ_OK;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const expression_params *p = params;
    plaq_expression *expression = NULL;
    plaq_taken *taken = NULL;
    size_t *size = NULL;
    plaq_function f;
    plaq_status status;
    int n;

    if (plaq_expression_parse(p->formula, &expression) != PLAQ_OK) return plaq_node_fail(node, "%s", plaq_message());
    PLAQ_GO(take_names(study, node, expression, &taken, &size, &n));
    status = plaq_expression_function(expression, size, &f);
    if (status == PLAQ_E_USAGE) plaq_node_fail(node, "%s", plaq_message());
    if (status != PLAQ_OK) goto done;
    PLAQ_GO(plaq_study_derive(study, &f, taken, n, out));
    memcpy(out->unit, p->unit, sizeof out->unit);
    status = take_positions(taken, n, out);
done:
    plaq_expression_destroy(&expression);
    plaq_free(taken);
    plaq_free(size);
    return status;
}

const plaq_step plaq_step_expression = {
    .name = "expression",
    .brief = "a formula over quantities",
    .params_size = sizeof(expression_params),
    .params = table,
    .main = "formula",
    .make = make,
};
