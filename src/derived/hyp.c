/* HYP smearing: fat links that stay within the hypercubes of a link. See plaq_hyp for the formula. */
#include "plaq/derived.h"

static const plaq_param table[] = {
    PLAQ_REALS(plaq_hyp, alpha, "[0.75, 0.6, 0.3]", 0, 1, "1",
               "weights of the staples, outermost level first; in three directions the last is not used"),
    PLAQ_CHOICE(plaq_hyp, projection, "trace", "trace|polar",
                "on SU(3): trace maximises Re tr U^dagger W; polar is W (W^dagger W)^(-1/2) without its phase"),
    PLAQ_INT(plaq_hyp, directions, "4", 3, 4, "1",
             "4: all links and staples; 3: links along x y z and staples among these"),
    PLAQ_INT(plaq_hyp, steps, "1", 1, 10000, "1", "how often"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    return plaq_gauge_hyp(u, params);
}

const plaq_derivation plaq_derivation_hyp = {
    .name = "hyp",
    .brief = "hypercubic smearing",
    .reference = "A. Hasenfratz, F. Knechtli, Phys. Rev. D 64 (2001) 034504, hep-lat/0103029",
    .version = 1,
    .params_size = sizeof(plaq_hyp),
    .params = table,
    .fields = 7,
    .apply = apply,
};
