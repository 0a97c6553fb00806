/* Baryons from three propagators.
 *
 * With G = C G_n, terms of B = eps_ijk (a_i^T G b_j) c_k and of Bbar' = eps_ijk cbar_k (bbar_j abar_i) Gbar, where
 * Gbar = gamma_t G'^* gamma_t, are contracted in all ways that join quarks of the same number: line l from place l at
 * the sink ends at place order[l] of the source. The sign of the permutation comes twice, from the fields and from
 * eps, so each of them is the same sum of elements of the kernel's tensor, with other spins.
 */
#include <string.h>

#include "fermion/contract.h"

enum { SPINS = 4, OPEN = SPINS * SPINS, ORDERS = 6 };

enum { U, D, S };

const plaq_baryon plaq_baryons[] = {
    {"nucleon", "(u C g5 d) u", false, 1, {{1, {U, D, U}, 15}}},
    {"lambda",
     "[2 (u C g5 d) s + (u C g5 s) d - (d C g5 s) u] / sqrt 6",
     false,
     3,
     {{0.81649658092772603, {U, D, S}, 15},
      {0.40824829046386302, {U, S, D}, 15},
      {-0.40824829046386302, {D, S, U}, 15}}},
    {"sigma", "(u C g5 s) u", false, 1, {{1, {U, S, U}, 15}}},
    {"xi", "(s C g5 u) s", false, 1, {{1, {S, U, S}, 15}}},
    {"delta", "(u C gi u) u", true, 1, {{1, {U, U, U}, 1}}},
    {"sigma_star",
     "[2 (u C gi s) u + (u C gi u) s] / sqrt 3",
     true,
     2,
     {{1.1547005383792515, {U, S, U}, 1}, {0.57735026918962576, {U, U, S}, 1}}},
    {"xi_star",
     "[2 (s C gi u) s + (s C gi s) u] / sqrt 3",
     true,
     2,
     {{1.1547005383792515, {S, U, S}, 1}, {0.57735026918962576, {S, S, U}, 1}}},
    {"omega", "(s C gi s) s", true, 1, {{1, {S, S, S}, 1}}},
    {.name = NULL},
};

const plaq_baryon *plaq_baryon_find(const char *name)
{
    for (const plaq_baryon *b = plaq_baryons; b->name; b++)
        if (strcmp(b->name, name) == 0) return b;
    return NULL;
}

/* C G_n, C = gamma_y gamma_t */
static plaq_gamma_matrix diquark(int n)
{
    return plaq_gamma_product(plaq_gamma_of(2 + 8), plaq_gamma_of(n));
}

/* gamma_t G^* gamma_t */
static plaq_gamma_matrix adjoint(plaq_gamma_matrix g)
{
    const plaq_gamma_matrix t = plaq_gamma_of(8);

    for (int s = 0; s < SPINS; s++) g.power[s] = (4 - g.power[s]) % 4;
    return plaq_gamma_product(t, plaq_gamma_product(g, t));
}

/* ---- terms ------------------------------------------------------------------------------------------------------- */

static bool fits(const plaq_baryon_term *sink, const plaq_baryon_term *source, const int order[3])
{
    for (int l = 0; l < 3; l++)
        if (sink->quark[l] != source->quark[order[l]]) return false;
    return true;
}

/* one way of joining; returns where the next terms go */
static contract_term *add_order(const plaq_baryon_term *sink, const plaq_baryon_term *source, const int order[3],
                                contract_term *term)
{
    static const double complex turn[4] = {1, I, -1, -I};
    const plaq_gamma_matrix bar = adjoint(diquark(source->gamma));

    for (int s = 0; s < SPINS; s++)
        for (int open = 0; open < SPINS; open++)
            for (int a = 0; a < SPINS; a++) {
                const int spin[3] = {a, bar.column[a], open}; /* at the source */
                const int row = SPINS * s + spin[order[2]], column = SPINS * spin[order[0]] + spin[order[1]];

                *term++ = (contract_term){.value = SPINS * s + open,
                                          .entry = OPEN * row + column,
                                          .factor = sink->weight * source->weight * turn[bar.power[a]]};
            }
    return term;
}

static int add_orders(const plaq_baryon_term *sink, int sources, const plaq_baryon_term source[], contract_term *term)
{
    static const int order[ORDERS][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    contract_term *next = term;

    for (int i = 0; i < sources; i++)
        for (int k = 0; k < ORDERS; k++)
            if (fits(sink, &source[i], order[k])) next = add_order(sink, &source[i], order[k], next);
    return (int)(next - term);
}

/* ---- correlators ------------------------------------------------------------------------------------------------- */

/* jobs and terms are the caller's to free. Local. */
static plaq_status prepare(const plaq_quark quark[], int sinks, const plaq_baryon_term sink[], int sources,
                           const plaq_baryon_term source[], contraction **job, contract_term **term)
{
    const size_t most = (size_t)sources * ORDERS * OPEN * SPINS; /* of a sink */

    *job = plaq_alloc((size_t)sinks, sizeof **job);
    *term = plaq_alloc((size_t)sinks * most, sizeof **term);
    if (!*job || !*term) return PLAQ_E_MEMORY;
    for (int i = 0; i < sinks; i++) {
        contraction *c = &(*job)[i];

        *c = (contraction){.quarks = 3, .diquark = diquark(sink[i].gamma), .values = OPEN};
        for (int l = 0; l < 3; l++) {
            c->quark[l] = &quark[sink[i].quark[l]];
            for (int mu = 0; mu < 4; mu++) c->phase[mu] += c->quark[l]->phase[mu];
        }
        c->terms = add_orders(&sink[i], sources, source, *term + (size_t)i * most);
        c->term = *term + (size_t)i * most;
    }
    return PLAQ_OK;
}

plaq_status plaq_baryon_spins(const plaq_quark quark[], int sinks, const plaq_baryon_term sink[], int sources,
                              const plaq_baryon_term source[], const plaq_momentum_sums *p, double complex c[])
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(quark[sink->quark[0]].columns));
    contract_term *term = NULL;
    contraction *job = NULL;
    plaq_status status;

    PLAQ_GO(plaq_agree(comm, prepare(quark, sinks, sink, sources, source, &job, &term)));
    PLAQ_GO(contract_project(sinks, job, p, c));
done:
    plaq_free(term);
    plaq_free(job);
    return status;
}

plaq_status plaq_baryon_field(const plaq_quark quark[], int sinks, const plaq_baryon_term sink[], int sources,
                              const plaq_baryon_term source[], plaq_field *c)
{
    const plaq_comm *comm = plaq_lattice_comm(plaq_columns_lattice(quark[sink->quark[0]].columns));
    contract_term *term = NULL;
    contraction *job = NULL;
    plaq_status status;

    PLAQ_GO(plaq_agree(comm, prepare(quark, sinks, sink, sources, source, &job, &term)));
    PLAQ_GO(contract_fill(sinks, job, c));
done:
    plaq_free(term);
    plaq_free(job);
    return status;
}

/* c[+, -][n] += weight times the traces of spins[s][s'][n] */
static void add_parities(size_t n, double weight, const double complex spins[], double complex c[])
{
    const plaq_gamma_matrix t = plaq_gamma_of(8); /* with ones in each row */

    for (int s = 0; s < SPINS; s++)
        for (size_t i = 0; i < n; i++) {
            const double complex one = spins[(size_t)(SPINS * s + s) * n + i];
            const double complex turned = spins[(size_t)(SPINS * t.column[s] + s) * n + i];

            c[i] += weight * (one + turned) / 2;
            c[n + i] += weight * (one - turned) / 2;
        }
}

plaq_status plaq_baryon_parities(const plaq_baryon *baryon, const plaq_quark uds[3], const plaq_momentum_sums *p,
                                 double complex c[])
{
    const plaq_lattice *lattice = plaq_columns_lattice(uds[baryon->term->quark[0]].columns);
    const size_t n = (size_t)p->count * (size_t)plaq_lattice_dims(lattice)[3];
    const int directions = baryon->vector ? 3 : 1;
    plaq_baryon_term term[PLAQ_BARYON_TERMS];
    double complex *spins = plaq_alloc(OPEN * n, sizeof *spins);
    plaq_status status = plaq_agree(plaq_lattice_comm(lattice), spins ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status != PLAQ_OK) goto done;
    memcpy(term, baryon->term, sizeof term);
    memset(c, 0, 2 * n * sizeof *c);
    for (int i = 0; i < directions; i++) {
        for (int k = 0; k < baryon->terms && baryon->vector; k++) term[k].gamma = 1 << i;
        PLAQ_GO(plaq_baryon_spins(uds, baryon->terms, term, baryon->terms, term, p, spins));
        add_parities(n, 1.0 / directions, spins, c);
    }
done:
    plaq_free(spins);
    return status;
}
