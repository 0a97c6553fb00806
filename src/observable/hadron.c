/* What observables of quarks have in common. */
#include "observable/hadron.h"

#include <string.h>

plaq_status hadron_begin(const hadron_momenta *p, const plaq_propagators *from, size_t correlators, hadron_sums *sums)
{
    plaq_lattice *lattice = plaq_columns_lattice(from->quark[0].columns);
    const int *dims = plaq_lattice_dims(lattice);
    plaq_status status;

    memcpy(sums->at.source, from->at, sizeof sums->at.source);
    status = plaq_momenta(dims, p->p2_max, &sums->n, &sums->at.count);
    if (status == PLAQ_OK) {
        sums->at.n = (const int(*)[3])sums->n;
        sums->values = plaq_alloc(correlators * (size_t)sums->at.count * (size_t)dims[3], sizeof *sums->values);
        if (!sums->values) status = PLAQ_E_MEMORY;
    }
    return plaq_agree(plaq_lattice_comm(lattice), status);
}

void hadron_end(hadron_sums *sums)
{
    plaq_free(sums->n);
    plaq_free(sums->values);
}

plaq_status hadron_put_places(const hadron_sums *sums, plaq_sink *out)
{
    double at[4], *values = plaq_alloc((size_t)sums->at.count, 3 * sizeof *values);
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; values && i < 3 * sums->at.count; i++) values[i] = sums->n[i / 3][i % 3];
    for (int mu = 0; mu < 4; mu++) at[mu] = sums->at.source[mu];
    if (status == PLAQ_OK) status = plaq_sink_put(out, "momenta", (int[]){sums->at.count, 3}, values);
    if (status == PLAQ_OK) status = plaq_sink_put(out, "at", (int[]){4}, at);
    plaq_free(values);
    return status;
}

int hadron_count(const hadron_momenta *p, const int dims[4])
{
    int(*n)[3], count = 0;

    if (plaq_momenta(dims, p->p2_max, &n, &count) != PLAQ_OK) return 0;
    plaq_free(n);
    return count;
}
