/* Links along the gradient flow, up to a flow time: by equal steps no longer than eps, or by steps as long as the
 * tolerance allows. The observable of the same name measures on the way. */
#include "plaq/derived.h"

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
              "longest step; adaptive: the first one. Stable below 0.157 (wilson), 0.094 (symanzik), "
              "0.141 (zeuthen)"),
    PLAQ_REAL(flow_params, tolerance, "1e-6", 1e-12, 0.1, "1",
              "adaptive: largest error of a link a step, |V - V'|/9 between the orders three and two"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    const flow_params *p = params;
    const bool adaptive = p->integrator == 1;
    double eps = p->eps;
    plaq_flow *flow = NULL;
    plaq_status status;

    PLAQ_GO(plaq_flow_create(u, (plaq_flow_action)p->kernel, adaptive, &flow));
    status = plaq_flow_on(flow, p->t, adaptive ? p->tolerance : 0, &eps);
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
