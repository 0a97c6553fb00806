/* The correlators whose ratio is the current quark mass of the axial Ward identity (PCAC). */
#include <string.h>

#include "observable/hadron.h"

typedef struct {
    hadron_momenta momenta;
} params;

static const plaq_param table[] = {
    HADRON_MOMENTA(params),
    PLAQ_END,
};

#define CORRELATOR(name_, doc_)                                                                \
    {                                                                                          \
        .name = name_, .axes = "source sink p t", .unit = "1", .doc = doc_, .is_complex = true \
    }

static const plaq_output outputs[] = {
    CORRELATOR("AP",
               "<A_4 P>, A_4 = psibar gamma_t gamma_5 psi at the sink; (AP(t+1) - AP(t-1)) / (4 PP(t)) is the mass"),
    CORRELATOR("PP", "<P P>, P = psibar gamma_5 psi; sum |S|^2 at zero momentum of equal quarks"),
    CORRELATOR("AA", "<A_4 A_4>"),
    HADRON_PLACES,
    PLAQ_END,
};

enum { KINDS = sizeof plaq_pcac / sizeof *plaq_pcac };

/* A sign stands before the number of the table of mesons. */
static void turn(double complex values[], size_t n, int sign)
{
    for (size_t i = 0; i < n; i++) values[i] *= sign;
}

static plaq_status contract(const void *given, const plaq_propagators *from, plaq_sink *out)
{
    const params *p = given;
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(from->quark[0].columns));
    hadron_sums sums = {.values = NULL};
    plaq_meson pair[KINDS];
    plaq_status status;

    for (int i = 0; i < KINDS; i++) pair[i] = plaq_pcac[i].meson;
    PLAQ_GO(hadron_begin(&p->momenta, from, KINDS, &sums));
    PLAQ_GO(plaq_mesons(&from->quark[0], &from->quark[1], KINDS, pair, &sums.at, sums.values));
    for (int i = 0; i < KINDS; i++) {
        const size_t n = (size_t)(sums.at.count * dims[3]);
        double complex *values = sums.values + (size_t)i * n;

        turn(values, n, plaq_pcac[i].sign);
        PLAQ_GO(plaq_sink_put(out, outputs[i].name, (int[]){sums.at.count, dims[3]}, (const double *)values));
    }
    PLAQ_GO(hadron_put_places(&sums, out));
done:
    hadron_end(&sums);
    return status;
}

static int64_t numbers(const void *given, const int dims[4])
{
    const params *p = given;

    return 2 * (int64_t)KINDS * hadron_count(&p->momenta, dims) * dims[3];
}

const plaq_observable plaq_observable_pcac = {
    .name = "pcac",
    .brief = "axial and pseudoscalar two-point functions for the current quark mass",
    .reference = "M. Bochicchio et al., Nucl. Phys. B 262 (1985) 331",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .quarks = 2,
    .contract = contract,
    .numbers = numbers,
};
