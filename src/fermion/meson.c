/* Mesons from two propagators.
 *
 *     tr[ G_sink S1 G_source g5 S2^dagger g5 ] = sum_{c,b} (G_sink)_{ca} (G_source)_{bd} s_c s_d  T_{ab,cd},
 *     T_{ab,cd} = sum over colours of S1[a][b] conj(S2[c][d]),    g5 = diag(s)
 *
 * where a and d are the columns that rows c and b of the gamma matrices point to: sixteen elements of the kernel's
 * tensor a pair.
 */
#include "fermion/contract.h"

const plaq_named_meson plaq_pcac[3] = {{"AP", {7, 15}, -1}, {"PP", {15, 15}, 1}, {"AA", {7, 7}, 1}};

static void add_pair(int value, plaq_meson m, contract_term term[16])
{
    static const double complex turn[4] = {1, I, -1, -I};
    const plaq_gamma_matrix sink = plaq_gamma_of(m.sink), source = plaq_gamma_of(m.source);

    for (int c = 0; c < 4; c++)
        for (int b = 0; b < 4; b++) {
            const int a = sink.column[c], d = source.column[b], sign = (c < 2) == (d < 2) ? 1 : -1;

            term[4 * c + b] = (contract_term){.value = value,
                                              .entry = 16 * (4 * a + b) + 4 * c + d,
                                              .factor = sign * turn[(sink.power[c] + source.power[b]) % 4]};
        }
}

/* The terms are the caller's to free. Local. */
static plaq_status prepare(const plaq_quark *q1, const plaq_quark *q2, int pairs, const plaq_meson pair[],
                           contraction *c, contract_term **term)
{
    *term = plaq_alloc((size_t)pairs * 16, sizeof **term);
    if (!*term) return PLAQ_E_MEMORY;
    for (int i = 0; i < pairs; i++) add_pair(i, pair[i], *term + (size_t)i * 16);
    *c = (contraction){.quarks = 2, .quark = {q1, q2}, .values = pairs, .terms = 16 * pairs, .term = *term};
    for (int mu = 0; mu < 4; mu++) c->phase[mu] = q1->phase[mu] - q2->phase[mu];
    return PLAQ_OK;
}

plaq_status plaq_mesons(const plaq_quark *q1, const plaq_quark *q2, int pairs, const plaq_meson pair[],
                        const plaq_momentum_sums *p, double complex c[])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(q1->columns));
    contract_term *term = NULL;
    contraction job;
    plaq_status status;

    PLAQ_GO(plaq_agree(comm, prepare(q1, q2, pairs, pair, &job, &term)));
    PLAQ_GO(contract_project(1, &job, p, c));
done:
    plaq_free(term);
    return status;
}

plaq_status plaq_meson_field(const plaq_quark *q1, const plaq_quark *q2, int pairs, const plaq_meson pair[],
                             plaq_field *c)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(q1->columns));
    contract_term *term = NULL;
    contraction job;
    plaq_status status;

    PLAQ_GO(plaq_agree(comm, prepare(q1, q2, pairs, pair, &job, &term)));
    PLAQ_GO(contract_fill(1, &job, c));
done:
    plaq_free(term);
    return status;
}
