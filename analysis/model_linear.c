/* Models linear in their parameters, y = sum_k p_k basis_k(x): plateaus, extrapolations, the static potential. */
#include "models.h"

#include <string.h>

typedef struct {
    size_t points, params;
    double basis[]; /* [points][params] */
} linear;

static plaq_status evaluate(const void *context, const double p[], double y[])
{
    const linear *m = context;

    for (size_t i = 0; i < m->points; i++) {
        y[i] = 0;
        for (size_t k = 0; k < m->params; k++) y[i] += p[k] * m->basis[i * m->params + k];
    }
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double p[], double jacobian[])
{
    const linear *m = context;

    (void)p;
    memcpy(jacobian, m->basis, m->points * m->params * sizeof(double));
    return PLAQ_OK;
}

static plaq_status guess(const void *context, const double y[], const double weight[], double start[])
{
    const linear *m = context;
    double *work = plaq_alloc(m->params * m->params, sizeof *work);

    if (!work) return PLAQ_E_MEMORY;
    model_least_squares(m->basis, m->points, m->params, y, weight, work, start);
    plaq_free(work);
    return PLAQ_OK;
}

/* with room for the basis */
static plaq_status create(size_t points, size_t params, const char *const name[], plaq_model *model, linear **made)
{
    linear *m = plaq_alloc(1, sizeof *m + points * params * sizeof(double));

    if (!m) return PLAQ_E_MEMORY;
    m->points = points;
    m->params = params;
    *model = (plaq_model){.points = points,
                          .params = params,
                          .name = model_names(name, params),
                          .evaluate = evaluate,
                          .jacobian = differentiate,
                          .guess = guess,
                          .context = m};
    *made = m;
    if (model->name) return PLAQ_OK;
    plaq_model_destroy(model);
    return PLAQ_E_MEMORY;
}

plaq_status plaq_model_linear(const double basis[], size_t points, size_t params, const char *const name[],
                              plaq_model *model)
{
    linear *m;

    PLAQ_TRY(create(points, params, name, model, &m));
    memcpy(m->basis, basis, points * params * sizeof(double));
    return PLAQ_OK;
}

plaq_status plaq_model_monomials(const double x[], size_t points, size_t variables, const int power[], size_t params,
                                 const char *const name[], plaq_model *model)
{
    linear *m;

    PLAQ_TRY(create(points, params, name, model, &m));
    for (size_t i = 0; i < points; i++)
        for (size_t k = 0; k < params; k++)
            m->basis[i * params + k] = model_monomial(x + i * variables, power + k * variables, variables);
    return PLAQ_OK;
}

plaq_status plaq_model_potential(const double r[], size_t points, plaq_model *model)
{
    static const char *const name[] = {"V0", "alpha", "sigma"};
    plaq_status status;
    linear *m;

    PLAQ_TRY(create(points, 3, name, model, &m));
    status = plaq_potential_basis(points, r, m->basis);
    if (status != PLAQ_OK) plaq_model_destroy(model);
    return status;
}
