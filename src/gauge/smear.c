/* Smeared links: what each smearing is made of stands in gauge.h, how links and staples are blended in
 * kernel/smear.prec.c. A smearing is a list of levels, each from the links and the matrices of the level before;
 * the last one makes the new links. */
#include "gauge/gauge.h"

#include <math.h>

enum { LEVELS = 3 };

typedef struct {
    plaq_smear_kernel *kernel;
    plaq_smear smear;
    int matrices; /* it makes a site */
} level;

static plaq_status check(const char *name, int directions, int steps)
{
    if (directions != 3 && directions != 4)
        return plaq_fail(PLAQ_E_USAGE, "%s: %d directions, must be 3 (spatial) or 4", name, directions);
    if (steps < 0) return plaq_fail(PLAQ_E_USAGE, "%s: %d steps, must be at least 0", name, steps);
    return PLAQ_OK;
}

/* A level that blends links with the sum of so many staples, their weights being alpha in all. */
static level project_level(const plaq_gauge *u, plaq_smear_kernel *kernel, int directions, double alpha, int staples,
                           plaq_projection projection)
{
    return (level){
        .kernel = kernel,
        .smear = {.nb = (const int(*)[8])u->layout->nb,
                  .directions = directions,
                  .blend = projection == PLAQ_PROJECT_POLAR ? PLAQ_BLEND_POLAR : PLAQ_BLEND_TRACE,
                  .keep = 1 - alpha,
                  .weight = alpha / staples},
        .matrices = directions * (directions - 1),
    };
}

/* The same by an exponential. The antihermitian part of a sum of unitary matrices has eigenvalues up to their number,
 * without the trace up to 4/3 of it. */
static plaq_status exponential_level(const plaq_gauge *u, plaq_smear_kernel *kernel, int directions, double weight,
                                     double staples, level *made)
{
    const double bound = 4.0 / 3.0 * fabs(weight) * staples;

    *made = project_level(u, kernel, directions, 0, 1, PLAQ_PROJECT_TRACE);
    made->smear.blend = PLAQ_BLEND_EXPONENTIAL;
    made->smear.weight = weight;
    made->smear.terms = plaq_exponential_terms(bound, plaq_field_prec(u->links));
    if (made->smear.terms < 0)
        return plaq_fail(PLAQ_E_USAGE, "smearing by an exponential: weight %g of each of %g staples is too large",
                         weight, staples);
    return PLAQ_OK;
}

static int64_t run_range(const plaq_gauge *u, const level *l, const void *given, void *made, int begin, int end)
{
    const void *links = plaq_field_read(u->links);
    int64_t failed = 0;

#pragma omp parallel for schedule(static) reduction(+ : failed)
    for (int x = begin; x < end; x += CHUNK)
        failed += l->kernel(links, given, &l->smear, x, x + CHUNK < end ? x + CHUNK : end, made);
    return failed;
}

/* given: the matrices of the level before, NULL for the first. */
static plaq_status run_level(const plaq_gauge *u, const level *l, plaq_field *given, plaq_field *made)
{
    plaq_field *neighbours = given ? given : u->links;
    const void *matrices = plaq_field_read(neighbours);
    void *out = plaq_field_data(made);
    int64_t failed;

    PLAQ_TRY(plaq_field_halo_begin(neighbours));
    failed = run_range(u, l, matrices, out, 0, u->layout->interior);
    plaq_field_halo_finish(neighbours);
    failed += run_range(u, l, matrices, out, u->layout->interior, u->layout->volume);
    plaq_field_touch(made);
    plaq_reduce_add(plaq_lattice_comm(u->lattice), &failed, 1);
    if (failed)
        return plaq_fail(PLAQ_E_CONVERGENCE, "smearing: %lld matrices have no projection on SU(3): %s",
                         (long long)failed,
                         plaq_gauge_is_open(u) ? "time is open: smear the links of 3 directions"
                                               : "singular, or not numbers");
    return PLAQ_OK;
}

static plaq_status run_steps(plaq_gauge *u, level levels[], int n, int steps)
{
    plaq_field *made[LEVELS] = {NULL};
    plaq_status status = PLAQ_OK;

    if (steps == 0) return PLAQ_OK;
    levels[n - 1].matrices = 4;
    for (int i = 0; i < n; i++)
        PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), LINK_REALS * levels[i].matrices, &made[i]));
    for (int step = 0; step < steps; step++) {
        PLAQ_GO(plaq_stop_check(plaq_lattice_comm(u->lattice)));
        for (int i = 0; i < n; i++) PLAQ_GO(run_level(u, &levels[i], i ? made[i - 1] : NULL, made[i]));
        plaq_field_swap(u->links, made[n - 1]);
    }
done:
    for (int i = 0; i < n; i++) plaq_field_destroy(&made[i]);
    return status;
}

plaq_status plaq_gauge_ape(plaq_gauge *u, const plaq_ape *p)
{
    level only;

    PLAQ_TRY(check("APE", p->directions, p->steps));
    only = project_level(u, u->kernels->smear, p->directions, p->alpha, 2 * (p->directions - 1), p->projection);
    return run_steps(u, &only, 1, p->steps);
}

plaq_status plaq_gauge_stout(plaq_gauge *u, const plaq_stout *p)
{
    level only;

    PLAQ_TRY(check("stout", p->directions, p->steps));
    PLAQ_TRY(exponential_level(u, u->kernels->smear, p->directions, p->rho, 2 * (p->directions - 1), &only));
    return run_steps(u, &only, 1, p->steps);
}

plaq_status plaq_gauge_over_improved(plaq_gauge *u, const plaq_over_improved *p)
{
    const double plaquette = (5 - 2 * p->epsilon) / 3, rectangle = (p->epsilon - 1) / 12;
    const double sum = (p->directions - 1) * (2 * fabs(plaquette) + 6 * fabs(rectangle));
    plaq_field *staples = NULL, *made = NULL;
    plaq_status status;
    level only;

    PLAQ_TRY(check("over-improved stout", p->directions, p->steps));
    if (!(p->epsilon <= 1))
        return plaq_fail(PLAQ_E_USAGE, "over-improved stout: epsilon is %g, must be at most 1", p->epsilon);
    PLAQ_TRY(exponential_level(u, u->kernels->smear_rectangles, p->directions, p->rho, sum, &only));
    only.smear.weight = p->rho * plaquette;
    only.smear.rectangle = rectangle / plaquette;
    PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), STAPLE_REALS, &staples));
    PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), SITE_REALS, &made));
    for (int step = 0; step < p->steps; step++) {
        PLAQ_GO(plaq_stop_check(plaq_lattice_comm(u->lattice)));
        PLAQ_GO(gauge_plane_staples(u, staples));
        PLAQ_GO(run_level(u, &only, staples, made));
        plaq_field_swap(u->links, made);
    }
done:
    plaq_field_destroy(&staples);
    plaq_field_destroy(&made);
    return status;
}

/* The kernels of the levels, innermost first, and how many staples each sums. */
static int nest(const plaq_gauge *u, int directions, plaq_smear_kernel *kernel[LEVELS], int staples[LEVELS])
{
    const int n = directions - 1;

    kernel[0] = u->kernels->hyp_inner;
    kernel[1] = u->kernels->hyp_middle;
    kernel[n - 1] = u->kernels->hyp_outer;
    for (int i = 0; i < n; i++) staples[i] = 2 * (i + 1);
    return n;
}

plaq_status plaq_gauge_hyp(plaq_gauge *u, const plaq_hyp *p)
{
    plaq_smear_kernel *kernel[LEVELS];
    level levels[LEVELS];
    int staples[LEVELS], n;

    PLAQ_TRY(check("HYP", p->directions, p->steps));
    n = nest(u, p->directions, kernel, staples);
    for (int i = 0; i < n; i++)
        levels[i] = project_level(u, kernel[i], p->directions, p->alpha[n - 1 - i], staples[i], p->projection);
    return run_steps(u, levels, n, p->steps);
}

plaq_status plaq_gauge_hex(plaq_gauge *u, const plaq_hex *p)
{
    plaq_smear_kernel *kernel[LEVELS];
    level levels[LEVELS];
    int staples[LEVELS], n;

    PLAQ_TRY(check("HEX", p->directions, p->steps));
    n = nest(u, p->directions, kernel, staples);
    for (int i = 0; i < n; i++)
        PLAQ_TRY(
            exponential_level(u, kernel[i], p->directions, p->alpha[n - 1 - i] / staples[i], staples[i], &levels[i]));
    return run_steps(u, levels, n, p->steps);
}
