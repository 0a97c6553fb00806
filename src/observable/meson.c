/* Mesons: two quarks from one source, all pairs of gamma matrices, momenta at the sink. */
#include "observable/hadron.h"

typedef struct {
    hadron_gammas gammas; /* first */
    hadron_momenta momenta;
} params;

static const plaq_param table[] = {
    HADRON_GAMMAS(params, "diagonal"),
    HADRON_MOMENTA(params),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "correlator",
     .axes = "source sink pair p t",
     .unit = "1",
     .doc = "sum_x exp(-i p.(x - x_s)) tr[G_sink S1 G_source gamma_5 S2^dagger gamma_5] at t from the source",
     .is_complex = true},
    HADRON_PAIRS,
    HADRON_PLACES,
    PLAQ_END,
};

static plaq_status contract(const void *given, const plaq_propagators *from, plaq_sink *out)
{
    const params *p = given;
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(from->quark[0].columns));
    plaq_meson pair[HADRON_PAIRS_MOST];
    hadron_sums sums = {.values = NULL};
    int pairs;
    plaq_status status;

    PLAQ_TRY(hadron_pairs(&p->gammas, pair, &pairs));
    PLAQ_GO(hadron_begin(&p->momenta, from, (size_t)pairs, &sums));
    PLAQ_GO(plaq_mesons(&from->quark[0], &from->quark[1], pairs, pair, &sums.at, sums.values));
    PLAQ_GO(plaq_sink_put(out, "correlator", (int[]){pairs, sums.at.count, dims[3]}, (const double *)sums.values));
    PLAQ_GO(hadron_put_pairs(out, pair, pairs));
    PLAQ_GO(hadron_put_places(&sums, out));
done:
    hadron_end(&sums);
    return status;
}

static int64_t numbers(const void *given, const int dims[4])
{
    const params *p = given;
    plaq_meson pair[HADRON_PAIRS_MOST];
    int pairs;

    if (hadron_pairs(&p->gammas, pair, &pairs) != PLAQ_OK) return 0;
    return 2 * (int64_t)pairs * hadron_count(&p->momenta, dims) * dims[3];
}

const plaq_observable plaq_observable_meson = {
    .name = "meson",
    .brief = "two-point functions of mesons, all gamma matrices and momenta",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .check = hadron_check_gammas,
    .quarks = 2,
    .contract = contract,
    .numbers = numbers,
};
