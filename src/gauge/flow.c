/* Gradient flow: steps of Runge and Kutta in the group.
 *
 *     W_0 = V_t,  W_1 = exp(1/4 Z_0) W_0,  W_2 = exp(8/9 Z_1 - 17/36 Z_0) W_1,
 *     V_{t+eps} = exp(3/4 Z_2 - 8/9 Z_1 + 17/36 Z_0) W_2,     Z_i = eps F(W_i)
 *
 * In each stage A' = alpha F + beta A and W' = exp(gamma A') W, so that one field A holds what later stages need. The
 * same stages hold a step of second order, exp(2 Z_1 - Z_0) W_0; how far it is off tells how long the next step may be.
 *
 * References: M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518, appendix C; P. Fritzsch, A. Ramos, JHEP 10 (2013) 008,
 * arXiv:1301.4388, appendix D.
 */
#include "gauge/gauge.h"

#include <math.h>

enum { STAGES = 3, FORCE_REALS = 4 * 8 };

static const struct {
    double alpha, beta, gamma;
} stages[STAGES] = {{1, 0, 1.0 / 4}, {8.0 / 9, -17.0 / 36, 1}, {3.0 / 4, -1, 1}};

/* A bound on the force: plaquettes and rectangles beside a link, each a unitary matrix, times their coefficients, times
 * 4/3 where the trace is taken away. The improvement of Zeuthen flow, 5/6 and twice 1/12, does not raise it. */
static const double largest_force[] = {
    [PLAQ_FLOW_WILSON] = 6 * 4.0 / 3,
    [PLAQ_FLOW_SYMANZIK] = (6 * 5.0 / 3 + 18 / 12.0) * 4 / 3,
    [PLAQ_FLOW_ZEUTHEN] = (6 * 5.0 / 3 + 18 / 12.0) * 4 / 3,
};

/* and the largest sum of coefficients of Z_i in an exponent: that of the step of second order */
static const double largest_sum = 3;

/* Where a mode of the free field decays at the largest rate, 16, 80/3 or 160/9, the scheme follows it up to steps of
 * 2.5127 over that. */
static const double stable_step[] = {
    [PLAQ_FLOW_WILSON] = 2.5127 / 16,
    [PLAQ_FLOW_SYMANZIK] = 2.5127 * 3 / 80,
    [PLAQ_FLOW_ZEUTHEN] = 2.5127 * 9 / 160,
};

struct plaq_flow {
    plaq_gauge *u; /* borrowed */
    plaq_flow_action action;
    bool adaptive;
    bool warned;          /* of unstable steps */
    plaq_field *spare[2]; /* links of the next stages; the second where it is adaptive */
    plaq_field *loops;    /* around a site, [16][8]; of the improved actions */
    plaq_field *force;    /* [4][8]; the same */
    void *kept[2];        /* A, [volume][4][8], after the first stage and the second; one where it is not adaptive */
    void *weight;         /* of temporal plaquettes, real [block t][lanes]; NULL where all are one */
    int64_t forces;       /* evaluations of the force so far */
};

static size_t real_size(const plaq_gauge *u)
{
    return plaq_field_prec(u->links) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
}

/* Open boundaries: the action counts spatial plaquettes of the first and the last slice by half, and the measure of
 * their links makes up for it (openQCD; M. Luescher, S. Schaefer, JHEP 07 (2011) 036, eq. 2.11 ff.): what is left of it
 * is a factor of two for the one temporal plaquette that a spatial link there has. */
static plaq_status weigh(plaq_flow *f)
{
    const plaq_layout *p = f->u->layout;
    const int origin = plaq_lattice_origin(f->u->lattice)[3], last = plaq_lattice_dims(f->u->lattice)[3] - 1;

    f->weight = plaq_alloc((size_t)p->block[3] * (size_t)p->lanes, real_size(f->u));
    if (!f->weight) return PLAQ_E_MEMORY;
    for (int i = 0; i < p->block[3] * p->lanes; i++) {
        const int t = origin + p->lane_at[i % p->lanes][3] + i / p->lanes;
        const double w = t == 0 || t == last ? 2 : 1;

        if (plaq_field_prec(f->u->links) == PLAQ_DOUBLE)
            ((double *)f->weight)[i] = w;
        else
            ((float *)f->weight)[i] = (float)w;
    }
    return PLAQ_OK;
}

/* What each rank allocates for itself. */
static plaq_status allocate(plaq_flow *f, bool open)
{
    const size_t reals = (size_t)f->u->layout->volume * FORCE_REALS * (size_t)f->u->layout->lanes;

    for (int i = 0; i < 1 + f->adaptive; i++) {
        f->kept[i] = plaq_alloc(reals, real_size(f->u));
        if (!f->kept[i]) return PLAQ_E_MEMORY;
    }
    return open ? weigh(f) : PLAQ_OK;
}

plaq_status plaq_flow_create(plaq_gauge *u, plaq_flow_action action, bool adaptive, plaq_flow **flow)
{
    const plaq_prec prec = plaq_field_prec(u->links);
    const bool open = plaq_gauge_is_open(u);
    plaq_flow *made = NULL;
    plaq_status status;

    if (open && action != PLAQ_FLOW_WILSON)
        return plaq_fail(PLAQ_E_USAGE, "flow of a field that is open in time is known for the kernel wilson alone");
    made = plaq_alloc(1, sizeof *made);
    status = made ? PLAQ_OK : PLAQ_E_MEMORY;
    if (made) {
        *made = (plaq_flow){.u = u, .action = action, .adaptive = adaptive};
        status = allocate(made, open);
    }
    PLAQ_GO(plaq_agree(plaq_lattice_comm(u->lattice), status));
    for (int i = 0; i < 1 + adaptive; i++) PLAQ_GO(plaq_field_create(u->lattice, prec, SITE_REALS, &made->spare[i]));
    if (action != PLAQ_FLOW_WILSON) {
        PLAQ_GO(plaq_field_create(u->lattice, prec, 16 * 8, &made->loops));
        PLAQ_GO(plaq_field_create(u->lattice, prec, FORCE_REALS, &made->force));
        plaq_field_set_along(made->loops);
        plaq_field_set_along(made->force);
    }
    *flow = made;
done:
    if (status != PLAQ_OK) plaq_flow_destroy(&made);
    return status;
}

void plaq_flow_destroy(plaq_flow **flow)
{
    plaq_flow *f = *flow;

    if (!f) return;
    for (int i = 0; i < 2; i++) {
        plaq_field_destroy(&f->spare[i]);
        plaq_free(f->kept[i]);
    }
    plaq_field_destroy(&f->loops);
    plaq_field_destroy(&f->force);
    plaq_free(f->weight);
    plaq_free(f);
    *flow = NULL;
}

int64_t plaq_flow_forces(const plaq_flow *f)
{
    return f->forces;
}

/* ---- a stage ---------------------------------------------------------------------------------------------------- */

/* What a kernel does for a range of sites; `to` is where its links go. */
typedef void work(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end);

static void move_wilson(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end)
{
    f->u->kernels->flow_wilson(plaq_field_read(f->u->links), (const int(*)[8])f->u->layout->nb, begin, end, stage,
                               plaq_field_data(to));
}

static void find_loops(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end)
{
    (void)stage;
    f->u->kernels->flow_loops(plaq_field_read(f->u->links), (const int(*)[8])f->u->layout->nb, begin, end,
                              plaq_field_data(f->force), plaq_field_data(to));
}

static void find_force(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end)
{
    f->u->kernels->flow_force(plaq_field_read(f->u->links), plaq_field_read(f->loops),
                              (const int(*)[8])f->u->layout->nb, begin, end, stage->alpha, plaq_field_data(to));
}

static void move_improved(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end)
{
    f->u->kernels->flow_advance(plaq_field_read(f->u->links), plaq_field_read(f->force),
                                (const int(*)[8])f->u->layout->nb, begin, end, stage, plaq_field_data(to));
}

/* Threads take chunks of a range. */
static void spread(work *kernel, const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *to, int begin, int end)
{
#pragma omp parallel for schedule(static)
    for (int x = begin; x < end; x += CHUNK) kernel(f, stage, to, x, x + CHUNK < end ? x + CHUNK : end);
}

/* All sites; those that need the halo of `from` when it is there: Wilson's action needs that of staples alone. */
static plaq_status over_lattice(work *kernel, const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *from,
                                plaq_field *to)
{
    const plaq_layout *p = f->u->layout;

    PLAQ_TRY(f->action == PLAQ_FLOW_WILSON ? plaq_field_halo_begin_staples(from) : plaq_field_halo_begin(from));
    spread(kernel, f, stage, to, 0, p->interior);
    plaq_field_halo_finish(from);
    spread(kernel, f, stage, to, p->interior, p->volume);
    plaq_field_touch(to);
    return PLAQ_OK;
}

/* Stage i, from the links there are; those take the place of a spare field. Where steps may have to be taken back, the
 * links at the start stay in the first one. */
static plaq_status move(plaq_flow *f, int i, double eps, int terms)
{
    plaq_field *to = f->spare[f->adaptive && i > 0];
    const plaq_flow_stage stage = {.alpha = stages[i].alpha * eps,
                                   .beta = stages[i].beta,
                                   .gamma = stages[i].gamma,
                                   .terms = terms,
                                   .before = i == 0 ? NULL : f->kept[i == 2 && f->adaptive],
                                   .after = i == 2 ? NULL : f->kept[i == 1 && f->adaptive],
                                   .place = (const int(*)[4])f->u->layout->place,
                                   .weight = f->weight,
                                   .zeuthen = f->action == PLAQ_FLOW_ZEUTHEN};

    if (f->action == PLAQ_FLOW_WILSON) {
        PLAQ_TRY(over_lattice(move_wilson, f, &stage, f->u->links, to));
    } else {
        PLAQ_TRY(over_lattice(find_loops, f, &stage, f->u->links, f->loops));
        PLAQ_TRY(over_lattice(find_force, f, &stage, f->loops, f->force));
        PLAQ_TRY(over_lattice(move_improved, f, &stage, f->force, to));
    }
    plaq_field_swap(f->u->links, to);
    f->forces++;
    return PLAQ_OK;
}

static plaq_status step(plaq_flow *f, double eps, int terms)
{
    PLAQ_TRY(plaq_stop_check(plaq_lattice_comm(f->u->lattice)));
    for (int i = 0; i < STAGES; i++) PLAQ_TRY(move(f, i, eps, terms));
    return PLAQ_OK;
}

static plaq_status terms_for(const plaq_flow *f, double eps, int *terms)
{
    *terms = plaq_exponential_terms(largest_sum * largest_force[f->action] * eps, plaq_field_prec(f->u->links));
    if (*terms < 0)
        return plaq_fail(PLAQ_E_USAGE, "flow: a step of %g is too long, expected at most %g", eps, PLAQ_FLOW_EPS_MAX);
    return PLAQ_OK;
}

plaq_status plaq_flow_step(plaq_flow *f, double eps)
{
    int terms;

    PLAQ_TRY(terms_for(f, eps, &terms));
    return step(f, eps, terms);
}

/* max over links of |V - V'| / 9, |M|^2 = sum of |M_ij|^2, from the step just made to the one of second order */
static double distance(const plaq_flow *f, int terms)
{
    const int volume = f->u->layout->volume;
    const void *start = plaq_field_read(f->spare[0]), *moved = plaq_field_read(f->u->links);
    double largest = 0;

#pragma omp parallel for schedule(static)
    for (int x = 0; x < volume; x += CHUNK) {
        const double here = f->u->kernels->flow_distance(start, moved, f->kept[0], f->kept[1], terms, x,
                                                         x + CHUNK < volume ? x + CHUNK : volume);

#pragma omp critical
        if (!(here <= largest)) largest = here;
    }
    plaq_reduce_max(plaq_lattice_comm(f->u->lattice), &largest, 1);
    return sqrt(largest) / 9;
}

plaq_status plaq_flow_adapt(plaq_flow *f, double tolerance, double rest, double *eps, double *taken)
{
    for (;;) {
        const double tried = rest / ceil(rest / fmin(*eps, PLAQ_FLOW_EPS_MAX) - 1e-9);
        double d, factor;
        int terms;

        PLAQ_TRY(terms_for(f, tried, &terms));
        PLAQ_TRY(step(f, tried, terms));
        d = distance(f, terms);
        if (!isfinite(d)) return plaq_fail(PLAQ_E_DATA, "flow: the links are not finite");
        factor = 0.95 * cbrt(tolerance / fmax(d, 1e-30));
        if (d <= tolerance) {
            *eps = factor < 2 ? tried * factor : fmax(*eps, 2 * tried); /* it may have been cut much shorter than eps */
            *taken = tried;
            return PLAQ_OK;
        }
        plaq_field_swap(f->u->links, f->spare[0]); /* back to the start */
        *eps = tried * fmax(factor, 0.2);
        if (*eps < 1e-8)
            return plaq_fail(PLAQ_E_CONVERGENCE, "flow: steps get shorter than 1e-8 at a tolerance of %g", tolerance);
    }
}

plaq_status plaq_flow_on(plaq_flow *f, double span, double tolerance, double *eps)
{
    const int steps = (int)ceil(span / *eps - 1e-9);
    double done = 0, taken;

    if (tolerance == 0 && span / steps >= stable_step[f->action] && !f->warned) {
        plaq_log(PLAQ_LOG_WARN, "flow: steps of %g are unstable, expected less than %.3g", span / steps,
                 stable_step[f->action]);
        f->warned = true;
    }

    for (int i = 0; tolerance == 0 && i < steps; i++) PLAQ_TRY(plaq_flow_step(f, span / steps));
    while (tolerance > 0 && span - done > 1e-10) {
        PLAQ_TRY(plaq_flow_adapt(f, tolerance, span - done, eps, &taken));
        done += taken;
    }
    return PLAQ_OK;
}
