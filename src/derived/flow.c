/* Links along the gradient flow, up to a flow time: by equal steps no longer than eps, or by steps as long as the
 * tolerance allows. The observable of the same name measures on the way. */
#include "plaq/derived.h"

#include <math.h>

typedef struct {
    int kernel, integrator;
    double t, eps, tolerance;
} flow_params;

static const plaq_param table[] = {
    PLAQ_REAL(flow_params, t, NULL, 0, 1e4, "a^2", "flow time"),
    PLAQ_CHOICE(flow_params, kernel, "wilson", "wilson|symanzik|zeuthen", "the action whose gradient is followed"),
    PLAQ_CHOICE(flow_params, integrator, "fixed", "fixed|adaptive",
                "Runge-Kutta of third order, with steps of eps or with steps as long as tolerance allows"),
    PLAQ_REAL(flow_params, eps, "0.01", 1e-6, PLAQ_FLOW_EPS_MAX, "a^2",
              "longest step; adaptive: the first one. Stable below 0.157 (wilson), 0.117 (the others)"),
    PLAQ_REAL(flow_params, tolerance, "1e-6", 1e-12, 0.1, "1",
              "adaptive: largest error of a link a step, |V - V'|/9 between the orders three and two"),
    PLAQ_END,
};

static plaq_status flow_fixed(const flow_params *p, plaq_flow *flow)
{
    const int steps = (int)ceil(p->t / p->eps - 1e-9);

    for (int i = 0; i < steps; i++) PLAQ_TRY(plaq_flow_step(flow, p->t / steps));
    return PLAQ_OK;
}

static plaq_status flow_adaptive(const flow_params *p, plaq_flow *flow)
{
    double t = 0, eps = p->eps, taken;

    while (p->t - t > 1e-10) {
        PLAQ_TRY(plaq_flow_adapt(flow, p->tolerance, p->t - t, &eps, &taken));
        t += taken;
    }
    return PLAQ_OK;
}

static plaq_status apply(const void *params, plaq_gauge *u)
{
    const flow_params *p = params;
    const bool adaptive = p->integrator == 1;
    plaq_flow *flow = NULL;
    plaq_status status;

    PLAQ_GO(plaq_flow_create(u, (plaq_flow_action)p->kernel, adaptive, &flow));
    status = adaptive ? flow_adaptive(p, flow) : flow_fixed(p, flow);
done:
    plaq_flow_destroy(&flow);
    return status;
}

const plaq_derivation plaq_derivation_flow = {
    .name = "flow",
    .brief = "gradient flow up to a flow time",
    .reference = "M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518",
    .version = 1,
    .params_size = sizeof(flow_params),
    .params = table,
    .fields = 6,
    .apply = apply,
};
