/* Mesons in four dimensions: C(x) at every site, for moments, position-space methods and non-relativistic projections.
 */
#include "observable/hadron.h"

typedef struct {
    hadron_gammas gammas; /* first */
} params;

static const plaq_param table[] = {
    HADRON_GAMMAS(params, "15/15"),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "correlator",
     .axes = "source sink t z y x pair",
     .unit = "1",
     .doc =
         "tr[G_sink S1 G_source gamma_5 S2^dagger gamma_5] at every site, whose coordinates are those of the lattice",
     .is_complex = true},
    HADRON_PAIRS,
    {.name = "at", .axes = "source mu", .unit = "a", .doc = "x, y, z, t of each source"},
    PLAQ_END,
};

static plaq_status contract(const void *given, const plaq_propagators *from, plaq_sink *out)
{
    const params *p = given;
    plaq_lattice *lattice = plaq_columns_lattice(from->quark[0].columns);
    const int *dims = plaq_lattice_dims(lattice);
    const size_t volume = (size_t)plaq_lattice_volume(lattice);
    plaq_meson pair[HADRON_PAIRS_MOST];
    double complex *all = NULL;
    plaq_field *c = NULL;
    int pairs;
    plaq_status status;

    PLAQ_TRY(hadron_pairs(&p->gammas, pair, &pairs));
    all = plaq_alloc((size_t)pairs * volume, sizeof *all);
    PLAQ_GO(plaq_agree(plaq_lattice_comm(lattice), all ? PLAQ_OK : PLAQ_E_MEMORY));
    PLAQ_GO(plaq_field_create(lattice, PLAQ_DOUBLE, 2 * pairs, &c));
    PLAQ_GO(plaq_meson_field(&from->quark[0], &from->quark[1], pairs, pair, c));
    plaq_field_gather(c, (double *)all);
    PLAQ_GO(plaq_sink_put(out, "correlator", (int[]){dims[3], dims[2], dims[1], dims[0], pairs}, (const double *)all));
    PLAQ_GO(hadron_put_pairs(out, pair, pairs));
    PLAQ_GO(hadron_put_at(from->at, out));
done:
    plaq_field_destroy(&c);
    plaq_free(all);
    return status;
}

static int64_t numbers(const void *given, const int dims[4])
{
    const params *p = given;
    plaq_meson pair[HADRON_PAIRS_MOST];
    int pairs;

    if (hadron_pairs(&p->gammas, pair, &pairs) != PLAQ_OK) return 0;
    return 2 * (int64_t)pairs * dims[0] * dims[1] * dims[2] * dims[3];
}

const plaq_observable plaq_observable_meson_field = {
    .name = "meson_field",
    .brief = "two-point functions of mesons at every site",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .check = hadron_check_gammas,
    .quarks = 2,
    .contract = contract,
    .numbers = numbers,
};
