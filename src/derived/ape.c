/* APE smearing: a link and its staples, averaged and projected on SU(3). See plaq_ape for the formula. */
#include "plaq/derived.h"

static const plaq_param table[] = {
    PLAQ_REAL(plaq_ape, alpha, NULL, 0, 1, "1",
              "weight of the staples: (1 - alpha) U + alpha/(2 (D - 1)) times their sum"),
    PLAQ_CHOICE(plaq_ape, projection, "trace", "trace|polar",
                "on SU(3): trace maximises Re tr U^dagger W; polar is W (W^dagger W)^(-1/2) without its phase"),
    PLAQ_INT(plaq_ape, directions, "4", 3, 4, "1",
             "4: all links and staples; 3: links along x y z and staples among these"),
    PLAQ_INT(plaq_ape, steps, "1", 1, 10000, "1", "how often"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    return plaq_gauge_ape(u, params);
}

const plaq_derivation plaq_derivation_ape = {
    .name = "ape",
    .brief = "APE smearing",
    .reference = "M. Albanese et al., Phys. Lett. B 192 (1987) 163",
    .version = 1,
    .params_size = sizeof(plaq_ape),
    .params = table,
    .fields = 1,
    .apply = apply,
};
