/* Least squares: Levenberg and Marquardt's steps into the neighbourhood of the minimum (GSL), Newton's to the bottom of
 * it, and the minimum as a function of the data by the implicit function theorem.
 *
 * How far p is from the minimum is asked in a way that knows no units: the length of the residuals' projection on the
 * tangent space, |Q^T r| with J = Q R, is the next Gauss-Newton step in units of the errors. */
#include "residuals.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

enum { ITERATIONS = 200, NEWTON_STEPS = 8 };

static const double NEAR = 1e-3;   /* where Newton takes over */
static const double THERE = 1e-6;  /* a minimum; Newton mostly comes to 1e-12 */
static const double VAGUE = 1e-10; /* columns of J this near to the others' span */

typedef struct {
    residuals r;
    plaq_status status;         /* what the model said when GSL asked */
    double *p, *value, *jac;    /* [params], residuals [count], [count][params] */
    double *work, *tail, *hess; /* [count][params], [count], [params][params] */
    double distance;
    size_t vague; /* a parameter the others can replace; params: none */
} search;

static void search_clear(search *s)
{
    residuals_clear(&s->r);
    plaq_free(s->p);
    plaq_free(s->value);
    plaq_free(s->jac);
    plaq_free(s->work);
    plaq_free(s->tail);
    plaq_free(s->hess);
}

static plaq_status search_create(const plaq_fit *fit, const double in[], search *s)
{
    size_t count, params;

    *s = (search){.status = PLAQ_OK};
    PLAQ_TRY(residuals_create(fit, in, &s->r));
    count = s->r.count;
    params = s->r.params;
    s->p = plaq_alloc(params, sizeof(double));
    s->value = plaq_alloc(count, sizeof(double));
    s->jac = plaq_alloc(count * params, sizeof(double));
    s->work = plaq_alloc(count * params, sizeof(double));
    s->tail = plaq_alloc(count, sizeof(double));
    s->hess = plaq_alloc(params * params, sizeof(double));
    if (s->p && s->value && s->jac && s->work && s->tail && s->hess) return PLAQ_OK;
    search_clear(s);
    return PLAQ_E_MEMORY;
}

static bool all_finite(const double x[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

/* ---- where the search stands ---- */

/* distance and vague from value and jac */
static void judge(search *s)
{
    const size_t n = s->r.count, params = s->r.params;
    gsl_matrix_view qr = gsl_matrix_view_array(s->work, n, params);
    gsl_vector_view b = gsl_vector_view_array(s->tail, n), tau = gsl_vector_view_array(s->hess, params);
    double sum = 0;

    memcpy(s->work, s->jac, n * params * sizeof(double));
    memcpy(s->tail, s->value, n * sizeof(double));
    gsl_linalg_QR_decomp(&qr.matrix, &tau.vector);
    gsl_linalg_QR_QTvec(&qr.matrix, &tau.vector, &b.vector);
    s->vague = params;
    for (size_t k = 0; k < params; k++) {
        gsl_vector_view column = gsl_matrix_column(&qr.matrix, k),
                        above = gsl_vector_subvector(&column.vector, 0, k + 1);

        sum += s->tail[k] * s->tail[k];
        if (fabs(s->work[k * params + k]) <= VAGUE * gsl_blas_dnrm2(&above.vector)) s->vague = k;
    }
    s->distance = sqrt(sum);
}

static plaq_status look(search *s)
{
    PLAQ_TRY(residuals_at(&s->r, s->p, s->value));
    PLAQ_TRY(residuals_jacobian(&s->r, s->p, s->jac));
    if (all_finite(s->value, s->r.count) && all_finite(s->jac, s->r.count * s->r.params))
        judge(s);
    else
        s->distance = INFINITY;
    return PLAQ_OK;
}

/* ---- Levenberg and Marquardt ---- */

static int evaluate(const gsl_vector *p, void *given, gsl_vector *f)
{
    search *s = given;

    s->status = residuals_at(&s->r, p->data, f->data);
    if (s->status != PLAQ_OK) return GSL_EBADFUNC;
    if (!all_finite(f->data, f->size)) gsl_vector_set_all(f, 1e100); /* a step too far: refused, and made shorter */
    return GSL_SUCCESS;
}

static int differentiate(const gsl_vector *p, void *given, gsl_matrix *j)
{
    search *s = given;

    s->status = residuals_jacobian(&s->r, p->data, j->data);
    return s->status == PLAQ_OK && all_finite(j->data, j->size1 * j->size2) ? GSL_SUCCESS : GSL_EBADFUNC;
}

static void take(search *s, const gsl_multifit_nlinear_workspace *w)
{
    memcpy(s->p, w->x->data, s->r.params * sizeof(double));
    memcpy(s->value, w->f->data, s->r.count * sizeof(double));
    memcpy(s->jac, w->J->data, s->r.count * s->r.params * sizeof(double));
    judge(s);
}

static plaq_status descend(search *s, size_t most, size_t *iterations)
{
    gsl_multifit_nlinear_fdf fdf = {.f = evaluate, .df = differentiate, .n = s->r.count, .p = s->r.params, .params = s};
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_vector_view start = gsl_vector_view_array(s->p, s->r.params);
    gsl_multifit_nlinear_workspace *w;

    w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, s->r.count, s->r.params);
    if (!w) return plaq_fail(PLAQ_E_MEMORY, "no memory for a fit of %zu points", s->r.count);
    if (gsl_multifit_nlinear_init(&start.vector, &fdf, w) == GSL_SUCCESS)
        while (s->distance > NEAR && *iterations < most) {
            if (gsl_multifit_nlinear_iterate(w) != GSL_SUCCESS) break; /* no step makes chi^2 smaller */
            ++*iterations;
            take(s, w);
        }
    gsl_multifit_nlinear_free(w);
    return s->status;
}

/* ---- Newton ---- */

/* hess = J^T J + sum_i (C^-1 (y(p) - y))_i d^2 y_i / dp dp, half the second derivative of chi^2; the second term by
 * central differences of the Jacobian */
static plaq_status hessian(search *s)
{
    const size_t params = s->r.params, n = s->r.count;
    gsl_matrix_view h = gsl_matrix_view_array(s->hess, params, params), j = gsl_matrix_view_array(s->jac, n, params);

    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1, &j.matrix, &j.matrix, 0, &h.matrix);
    memcpy(s->tail, s->value, n * sizeof(double));
    residuals_weigh(&s->r, s->tail);
    for (size_t l = 0; l < params; l++) {
        gsl_vector_view column = gsl_matrix_column(&j.matrix, l);
        const double here = s->p[l], step = 1e-5 * fmax(fabs(here), 1 / gsl_blas_dnrm2(&column.vector));

        for (int side = -1; side <= 1; side += 2) {
            s->p[l] = here + side * step;
            s->status = s->r.model->jacobian(s->r.model->context, s->p, s->r.all);
            s->p[l] = here;
            PLAQ_TRY(s->status);
            for (size_t i = 0; i < s->r.used; i++)
                for (size_t k = 0; k < params; k++) {
                    const double part = side * s->tail[i] * s->r.all[s->r.point[i] * params + k] / (4 * step);

                    s->hess[k * params + l] += part; /* half to each side of the diagonal: symmetric as it must be */
                    s->hess[l * params + k] += part;
                }
        }
    }
    return PLAQ_OK;
}

/* hess = S^-1 L L^T S^-1; false where it is not positive: not a minimum */
static bool decompose(search *s, gsl_vector *scale)
{
    gsl_matrix_view h = gsl_matrix_view_array(s->hess, s->r.params, s->r.params);

    return all_finite(s->hess, s->r.params * s->r.params) &&
           gsl_linalg_cholesky_decomp2(&h.matrix, scale) == GSL_SUCCESS;
}

/* Newton's steps while they come nearer */
static plaq_status polish(search *s)
{
    const size_t params = s->r.params, n = s->r.count;
    double *memory = plaq_alloc(3 * params, sizeof(double)), *step = memory, *scale = memory + params;
    double *before = memory + 2 * params;
    gsl_matrix_view h = gsl_matrix_view_array(s->hess, params, params);
    gsl_vector_view x = gsl_vector_view_array(step, params), d = gsl_vector_view_array(scale, params);
    plaq_status status = PLAQ_OK;

    if (!memory) return PLAQ_E_MEMORY;
    for (int i = 0; i < NEWTON_STEPS && s->distance > 0 && s->distance < 1; i++) {
        const gsl_matrix_view j = gsl_matrix_view_array(s->jac, n, params);
        const gsl_vector_view r = gsl_vector_view_array(s->value, n);
        const double distance = s->distance;

        PLAQ_GO(hessian(s));
        if (!decompose(s, &d.vector)) break;
        gsl_blas_dgemv(CblasTrans, 1, &j.matrix, &r.vector, 0, &x.vector);
        gsl_linalg_cholesky_svx2(&h.matrix, &d.vector, &x.vector);
        memcpy(before, s->p, params * sizeof(double));
        for (size_t k = 0; k < params; k++) s->p[k] -= step[k];
        PLAQ_GO(look(s));
        if (s->distance < 0.5 * distance) continue;
        if (s->distance > distance) { /* rounding: the step before was the last */
            memcpy(s->p, before, params * sizeof(double));
            PLAQ_GO(look(s));
        }
        break;
    }
done:
    plaq_free(memory);
    return status;
}

/* ---- the fit ---- */

static plaq_status begin(const plaq_fit *fit, search *s)
{
    const size_t points = fit->model->points;
    double *weight;

    if (fit->start) {
        memcpy(s->p, fit->start, s->r.params * sizeof(double));
        return PLAQ_OK;
    }
    if (!fit->model->guess) return plaq_fail(PLAQ_E_USAGE, "this model has no guess: a starting point must be given");
    weight = plaq_alloc(points, sizeof *weight);
    if (!weight) return PLAQ_E_MEMORY;
    for (size_t i = 0; i < s->r.used; i++) weight[s->r.point[i]] = 1 / (s->r.error[i] * s->r.error[i]);
    s->status = fit->model->guess(fit->model->context, s->r.y, weight, s->p);
    plaq_free(weight);
    return s->status;
}

static plaq_status verdict(const search *s, double chi2, size_t iterations)
{
    const char *const *name = s->r.model->name;

    if (s->vague < s->r.params && isfinite(s->distance))
        return plaq_fail(PLAQ_E_CONVERGENCE,
                         "%s is not determined by the %zu points and %zu priors: other parameters can replace it",
                         name[s->vague], s->r.used, s->r.priors);
    if (s->distance > THERE)
        return plaq_fail(PLAQ_E_CONVERGENCE,
                         "no minimum after %zu iterations: chi^2 = %.4g with %zu degrees of freedom, and the next step "
                         "is %.2g of the errors, expected at most %.0g",
                         iterations, chi2, s->r.count - s->r.params, s->distance, THERE);
    return PLAQ_OK;
}

static plaq_status minimise(const plaq_fit *fit, const double in[], double p[], plaq_fit_facts *facts)
{
    plaq_fit_facts found = {.iterations = 0};
    plaq_status status;
    search s;

    PLAQ_TRY(search_create(fit, in, &s));
    PLAQ_GO(begin(fit, &s));
    PLAQ_GO(look(&s));
    if (!isfinite(s.distance)) {
        status = plaq_fail(PLAQ_E_CONVERGENCE, "the model is not finite where the fit starts: %s = %g",
                           fit->model->name[0], s.p[0]);
        goto done;
    }
    PLAQ_GO(descend(&s, fit->iterations ? fit->iterations : ITERATIONS, &found.iterations));
    PLAQ_GO(polish(&s));
    for (size_t i = 0; i < s.r.count; i++) found.chi2 += s.value[i] * s.value[i];
    PLAQ_GO(verdict(&s, found.chi2, found.iterations));
    found.dof = s.r.count - s.r.params;
    if (facts) PLAQ_GO(residuals_expect(fit, &s.r, s.jac, &found));
    memcpy(p, s.p, s.r.params * sizeof(double));
    if (facts) *facts = found;
done:
    search_clear(&s);
    return status;
}

plaq_status plaq_fit_run(const plaq_fit *fit, const double y[], double p[], plaq_fit_facts *facts)
{
    double *in = plaq_alloc(fit->model->points + fit_priors(fit), sizeof *in);
    gsl_error_handler_t *handler;
    plaq_status status;

    if (!in) return PLAQ_E_MEMORY;
    plaq_fit_data(fit, y, in);
    handler = gsl_set_error_handler_off();
    status = minimise(fit, in, p, facts);
    gsl_set_error_handler(handler);
    plaq_free(in);
    return status;
}

/* ---- the fit as a function ---- */

void plaq_fit_data(const plaq_fit *fit, const double y[], double in[])
{
    size_t n = fit->model->points;

    memcpy(in, y, n * sizeof *in);
    for (size_t k = 0; fit->prior && k < fit->model->params; k++)
        if (fit->prior[k].sigma > 0) in[n++] = fit->prior[k].mean;
}

static plaq_status function_evaluate(const void *context, const double in[], double out[])
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    plaq_status status = minimise(context, in, out, NULL);

    gsl_set_error_handler(handler);
    return status;
}

/* The gradient J^T C^-1 (y(p) - y) + (p - mean)/sigma^2 stays zero: dp = hess^-1 (J^T C^-1 dy + dmean/sigma^2). */
static plaq_status implicit(const plaq_fit *fit, const double in[], const double p[], double jacobian[])
{
    const size_t points = fit->model->points, params = fit->model->params;
    gsl_matrix_view h;
    gsl_vector_view scale, row;
    plaq_status status;
    size_t inputs;
    search s;

    PLAQ_TRY(search_create(fit, in, &s));
    inputs = points + s.r.priors;
    memcpy(s.p, p, params * sizeof(double));
    PLAQ_GO(look(&s));
    PLAQ_GO(hessian(&s));
    h = gsl_matrix_view_array(s.hess, params, params);
    scale = gsl_vector_view_array(s.value, params); /* value is not needed any more */
    if (!decompose(&s, &scale.vector)) {
        status = plaq_fail(PLAQ_E_CONVERGENCE, "chi^2 has no minimum at %s = %g", fit->model->name[0], p[0]);
        goto done;
    }
    memset(jacobian, 0, params * inputs * sizeof(double));
    for (size_t k = 0; k < params; k++) { /* rows of J^T C^-1 */
        for (size_t i = 0; i < s.r.count; i++) s.tail[i] = s.jac[i * params + k];
        residuals_weigh(&s.r, s.tail);
        for (size_t i = 0; i < s.r.used; i++) jacobian[k * inputs + s.r.point[i]] = s.tail[i];
    }
    for (size_t n = 0; n < s.r.priors; n++)
        jacobian[s.r.prior[n] * inputs + points + n] = 1 / (s.r.sigma[n] * s.r.sigma[n]);
    for (size_t i = 0; i < inputs; i++) {
        row = gsl_vector_view_array_with_stride(jacobian + i, inputs, params);
        gsl_linalg_cholesky_svx2(&h.matrix, &scale.vector, &row.vector);
    }
done:
    search_clear(&s);
    return status;
}

static plaq_status function_jacobian(const void *context, const double in[], const double value[], double jacobian[])
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    plaq_status status = implicit(context, in, value, jacobian);

    gsl_set_error_handler(handler);
    return status;
}

void plaq_fit_function(const plaq_fit *fit, plaq_function *f)
{
    *f = (plaq_function){.in = fit->model->points + fit_priors(fit),
                         .out = fit->model->params,
                         .evaluate = function_evaluate,
                         .jacobian = function_jacobian,
                         .context = fit};
}
