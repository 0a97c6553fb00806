/* Gradient flow: steps of Runge and Kutta in the group.
 *
 *     W_0 = V_t,  W_1 = exp(1/4 Z_0) W_0,  W_2 = exp(8/9 Z_1 - 17/36 Z_0) W_1,
 *     V_{t+eps} = exp(3/4 Z_2 - 8/9 Z_1 + 17/36 Z_0) W_2,     Z_i = eps Z(W_i)
 *
 * In each stage A' = alpha F + beta A and W' = exp(gamma A') W, so that one field A holds what later stages need.
 *
 * Reference: M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518, appendix C.
 */
#include "gauge/gauge.h"

enum { STAGES = 3 };

static const struct {
    double alpha, beta, gamma;
} stages[STAGES] = {{1, 0, 1.0 / 4}, {8.0 / 9, -17.0 / 36, 1}, {3.0 / 4, -1, 1}};

struct plaq_flow {
    plaq_gauge *u; /* borrowed */
    plaq_flow_action action;
    plaq_boundary boundary;
    plaq_field *spare; /* links of the next stage */
    void *kept;        /* A, [volume][4][8] */
};

static void *numbers_of(const plaq_gauge *u, int reals)
{
    const size_t real = plaq_field_prec(u->links) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);

    return plaq_alloc((size_t)u->layout->volume * (size_t)reals * (size_t)u->layout->lanes, real);
}

plaq_status plaq_flow_create(plaq_gauge *u, plaq_flow_action action, plaq_boundary boundary, bool adaptive,
                             plaq_flow **flow)
{
    const plaq_comm *comm = plaq_lattice_comm(u->lattice);
    plaq_flow *made = plaq_alloc(1, sizeof *made);
    plaq_status status = made ? PLAQ_OK : PLAQ_E_MEMORY;

    (void)adaptive;
    if (made) {
        *made = (plaq_flow){.u = u, .action = action, .boundary = boundary};
        made->kept = numbers_of(u, 4 * 8);
        if (!made->kept) status = PLAQ_E_MEMORY;
    }
    PLAQ_GO(plaq_agree(comm, status));
    PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), SITE_REALS, &made->spare));
    *flow = made;
done:
    if (status != PLAQ_OK) plaq_flow_destroy(&made);
    return status;
}

void plaq_flow_destroy(plaq_flow **flow)
{
    if (!*flow) return;
    plaq_field_destroy(&(*flow)->spare);
    plaq_free((*flow)->kept);
    plaq_free(*flow);
    *flow = NULL;
}

/* The largest eigenvalue that the exponent of any stage can have: the force is at most 8 in magnitude (six unitary
 * plaquettes, 4/3 where the trace is taken away), and the coefficients of the last stage add up to 2.11. */
static double largest_exponent(double eps)
{
    return eps * 8 * (3.0 / 4 + 8.0 / 9 + 17.0 / 36);
}

static void move_range(const plaq_flow *f, const plaq_flow_stage *stage, plaq_field *from, plaq_field *to, int begin,
                       int end)
{
    const plaq_layout *p = f->u->layout;
    const void *links = plaq_field_read(from);
    void *moved = plaq_field_data(to);

#pragma omp parallel for schedule(static)
    for (int x = begin; x < end; x += CHUNK)
        f->u->kernels->flow_wilson(links, (const int(*)[8])p->nb, x, x + CHUNK < end ? x + CHUNK : end, stage, moved);
}

static plaq_status move(const plaq_flow *f, int i, double eps, plaq_field *from, plaq_field *to)
{
    const plaq_layout *p = f->u->layout;
    const plaq_flow_stage stage = {.alpha = stages[i].alpha * eps,
                                   .beta = stages[i].beta,
                                   .gamma = stages[i].gamma,
                                   .terms = plaq_exponential_terms(largest_exponent(eps), plaq_field_prec(from)),
                                   .before = i > 0 ? f->kept : NULL,
                                   .after = i < STAGES - 1 ? f->kept : NULL,
                                   .place = (const int(*)[4])p->place};

    if (stage.terms < 0) return plaq_fail(PLAQ_E_USAGE, "flow step of %g, expected at most 0.3", eps);
    PLAQ_TRY(plaq_field_halo_begin(from));
    move_range(f, &stage, from, to, 0, p->interior);
    plaq_field_halo_finish(from);
    move_range(f, &stage, from, to, p->interior, p->volume);
    plaq_field_touch(to);
    return PLAQ_OK;
}

plaq_status plaq_flow_step(plaq_flow *f, double eps)
{
    plaq_field *w = f->u->links;

    PLAQ_TRY(move(f, 0, eps, w, f->spare));
    PLAQ_TRY(move(f, 1, eps, f->spare, w));
    PLAQ_TRY(move(f, 2, eps, w, f->spare));
    f->u->links = f->spare;
    f->spare = w;
    return PLAQ_OK;
}
