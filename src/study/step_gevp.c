/* gevp: one state of a matrix of correlators, time by time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    int give, state, t0, t0_kind, order, reference;
} gevp_params;

static const plaq_param table[] = {
    PLAQ_CHOICE(gevp_params, give, "energy", "energy|correlator",
                "ln lambda(t)/lambda(t+1), or lambda(t), the correlator of this state"),
    PLAQ_INT(gevp_params, state, "0", 0, 63, "1", "which state; 0: the ground state"),
    PLAQ_INT(gevp_params, t0, "1", 0, 100000, "a", "C(t) v = lambda C(t0) v; of `moving` t - t0"),
    PLAQ_CHOICE(gevp_params, t0_kind, "fixed", "fixed|moving|half", "which t0 goes with t; half: t/2, rounded up"),
    PLAQ_CHOICE(gevp_params, order, "value", "value|vectors",
                "states by their eigenvalues, or by their vectors as at `reference`"),
    PLAQ_INT(gevp_params, reference, "2", 0, 100000, "a",
             "of `order: vectors`: the time at which values say which is which"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "of", .doc = "rows of the matrix: [[c11, c12], [c21, c22]]"},
    PLAQ_END,
};

/* The matrix C[t][i][j], each number picked from its correlator. */
typedef struct {
    int operators;
    plaq_taken *correlator; /* [operators][operators] */
    size_t points;
    plaq_taken *in; /* [points][operators][operators] */
} matrix;

static plaq_status take_row(plaq_study *study, const plaq_node *row, matrix *m, int i)
{
    plaq_taken *taken = NULL;
    plaq_status status;
    int n;

    status = study_names_take(study, row, &taken, &n);
    if (status == PLAQ_OK && n != m->operators)
        status = plaq_node_fail(row, "row %d has %d correlators, expected %d", i, n, m->operators);
    if (status == PLAQ_OK) memcpy(m->correlator + i * m->operators, taken, (size_t)n * sizeof *taken);
    plaq_free(taken);
    return status;
}

static plaq_status check_times(const plaq_node *of, const matrix *m)
{
    const plaq_made *first = m->correlator[0].made;

    if (!first->x) return plaq_node_fail(of, "%s has no times: pick entries until one axis is left", first->name);
    for (int k = 0; k < m->operators * m->operators; k++) {
        const plaq_made *made = m->correlator[k].made;

        if (made->x && made->estimate.size == first->estimate.size && made->x[0] == first->x[0]) continue;
        return plaq_node_fail(of, "%s and %s are not of the same times", first->name, made->name);
    }
    return PLAQ_OK;
}

static plaq_status take_matrix(plaq_study *study, const plaq_node *of, matrix *m)
{
    size_t each;

    if (plaq_node_what(of) != PLAQ_NODE_SEQUENCE || plaq_node_size(of) < 1)
        return plaq_node_fail(of, "expected rows of a matrix: [[c11, c12], [c21, c22]]");
    m->operators = (int)plaq_node_size(of);
    each = (size_t)(m->operators * m->operators);
    m->correlator = plaq_alloc(each, sizeof *m->correlator);
    if (!m->correlator) return PLAQ_E_MEMORY;
    for (int i = 0; i < m->operators; i++) PLAQ_TRY(take_row(study, plaq_node_item(of, (size_t)i), m, i));
    PLAQ_TRY(check_times(of, m));
    m->points = m->correlator[0].made->estimate.size;
    m->in = plaq_alloc(m->points * each, sizeof *m->in);
    if (!m->in) return PLAQ_E_MEMORY;
    for (size_t t = 0; t < m->points; t++)
        for (size_t k = 0; k < each; k++) m->in[t * each + k] = (plaq_taken){m->correlator[k].made, t, 1};
    return PLAQ_OK;
}

/* The state at one time; *found says whether it has a value there. */
static plaq_status one_time(const plaq_study *study, const gevp_params *p, const matrix *m, const plaq_made *all, int t,
                            plaq_made *made, bool *found)
{
    const plaq_gevp gevp = {.operators = (size_t)m->operators,
                            .points = m->points,
                            .first = (int)lround(m->correlator[0].made->x[0]),
                            .from = t,
                            .times = 1,
                            .states = (size_t)p->state + 1,
                            .t0_kind = (plaq_gevp_t0)p->t0_kind,
                            .t0 = p->t0,
                            .order = (plaq_gevp_order)p->order,
                            .reference = p->reference};
    plaq_made states = {.x = NULL};
    plaq_quantity q = {.context = NULL};
    plaq_status status = plaq_gevp_quantity(&gevp, p->give == 1 ? PLAQ_GEVP_VALUES : PLAQ_GEVP_ENERGIES, &q);

    *found = false;
    if (status == PLAQ_E_USAGE) return PLAQ_OK; /* times at the ends: there is no t0, or no t + 1 */
    if (status != PLAQ_OK) return status;
    status = plaq_study_derive(study, &q.f, &(plaq_taken){all, 0, all->estimate.size}, 1, &states);
    plaq_quantity_destroy(&q);
    if (status == PLAQ_OK) {
        status = plaq_study_collect(study, &(plaq_taken){&states, (size_t)p->state, 1}, 1, made);
        *found = true;
    }
    study_made_clear(&states);
    return status == PLAQ_E_DATA || status == PLAQ_E_CONVERGENCE ? PLAQ_OK : status;
}

static plaq_status make_times(const plaq_study *study, const gevp_params *p, const matrix *m, plaq_made *out)
{
    const double *x = m->correlator[0].made->x;
    plaq_made all = {.x = NULL}, *made = plaq_alloc(m->points, sizeof *made);
    plaq_taken *taken = plaq_alloc(m->points, sizeof *taken);
    plaq_status status = made && taken ? PLAQ_OK : PLAQ_E_MEMORY;
    int n = 0;

    out->x = plaq_alloc(m->points, sizeof *out->x);
    if (!out->x) status = PLAQ_E_MEMORY;
    if (status == PLAQ_OK)
        status = plaq_study_collect(study, m->in, (int)m->points * m->operators * m->operators, &all);
    for (size_t t = 0; t < m->points && status == PLAQ_OK; t++) {
        bool found;

        status = one_time(study, p, m, &all, (int)lround(x[t]), &made[n], &found);
        taken[n] = (plaq_taken){&made[n], 0, 1};
        out->x[n] = x[t];
        if (found) n++;
    }
    if (status == PLAQ_OK && n == 0)
        status = plaq_fail(PLAQ_E_DATA, "state %d has a value at no time: %s", p->state, plaq_message());
    if (status == PLAQ_OK) status = plaq_study_collect(study, taken, n, out);
    for (size_t t = 0; made && t < m->points; t++) study_made_clear(&made[t]);
    study_made_clear(&all);
    plaq_free(made);
    plaq_free(taken);
    return status;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const gevp_params *p = params;
    matrix m = {.in = NULL};
    plaq_status status;

    PLAQ_GO(take_matrix(study, plaq_node_get(node, "of"), &m));
    if (p->state >= m.operators) {
        status = plaq_node_fail(node, "state %d of a matrix of %d operators: the last is %d", p->state, m.operators,
                                m.operators - 1);
        goto done;
    }
    PLAQ_GO(make_times(study, p, &m, out));
    snprintf(out->x_name, sizeof out->x_name, "%s", m.correlator[0].made->x_name);
    snprintf(out->unit, sizeof out->unit, "%s", p->give == 0 ? "a^-1" : "1");
    if (p->give == 1) out->period = m.correlator[0].made->period;
done:
    plaq_free(m.correlator);
    plaq_free(m.in);
    return status;
}

const plaq_step plaq_step_gevp = {
    .name = "gevp",
    .brief = "energies or correlators of states from a matrix of correlators",
    .reference = "M. Luescher, U. Wolff, Nucl. Phys. B 339 (1990) 222; B. Blossier et al., JHEP 04 (2009) 094",
    .params_size = sizeof(gevp_params),
    .params = table,
    .lists = lists,
    .make = make,
};
