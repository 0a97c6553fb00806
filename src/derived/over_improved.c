/* Over-improved stout smearing, which keeps instantons. See plaq_over_improved for the formula. */
#include "plaq/derived.h"

static const plaq_param table[] = {
    PLAQ_REAL(plaq_over_improved, rho, "0.06", 0, 0.5, "1", "weight of the staples"),
    PLAQ_REAL(plaq_over_improved, epsilon, "-0.25", -5, 1, "1",
              "1: stout; 0: of the improved action; below, instantons are kept"),
    PLAQ_INT(plaq_over_improved, directions, "4", 3, 4, "1",
             "4: all links and staples; 3: links along x y z and staples among these"),
    PLAQ_INT(plaq_over_improved, steps, "1", 1, 10000, "1", "how often"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    return plaq_gauge_over_improved(u, params);
}

const plaq_derivation plaq_derivation_over_improved = {
    .name = "over_improved",
    .brief = "over-improved stout smearing",
    .reference = "P. J. Moran, D. B. Leinweber, Phys. Rev. D 77 (2008) 094501, arXiv:0801.1165",
    .version = 1,
    .params_size = sizeof(plaq_over_improved),
    .params = table,
    .fields = 4,
    .apply = apply,
};
