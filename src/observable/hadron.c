/* What observables of quarks have in common. */
#include "observable/hadron.h"

#include <stdio.h>
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

plaq_status hadron_put_at(const int at[4], plaq_sink *out)
{
    double values[4];

    for (int mu = 0; mu < 4; mu++) values[mu] = at[mu];
    return plaq_sink_put(out, "at", (int[]){4}, values);
}

plaq_status hadron_put_places(const hadron_sums *sums, plaq_sink *out)
{
    double *values = plaq_alloc((size_t)sums->at.count, 3 * sizeof *values);
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; values && i < 3 * sums->at.count; i++) values[i] = sums->n[i / 3][i % 3];
    if (status == PLAQ_OK) status = plaq_sink_put(out, "momenta", (int[]){sums->at.count, 3}, values);
    if (status == PLAQ_OK) status = hadron_put_at(sums->at.source, out);
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

/* ---- pairs of gamma matrices ------------------------------------------------------------------------------------- */

enum { GAMMAS = 16 };

/* "15/15 7/15", with blanks or commas between */
static plaq_status read_pairs(const char *text, plaq_meson pair[], int *count)
{
    *count = 0;
    for (const char *c = text + strspn(text, " ,"); *c; c += strspn(c, " ,")) {
        int sink, source, used = 0;

        if (sscanf(c, "%2d/%2d%n", &sink, &source, &used) != 2 || (c[used] && !strchr(" ,", c[used])) || sink < 0 ||
            sink >= GAMMAS || source < 0 || source >= GAMMAS || *count == HADRON_PAIRS_MOST)
            return plaq_fail(PLAQ_E_USAGE,
                             "gammas is \"%.60s\", expected diagonal, all, or pairs SINK/SOURCE of numbers 0 to 15",
                             text);
        pair[(*count)++] = (plaq_meson){sink, source};
        c += used;
    }
    if (*count == 0) return plaq_fail(PLAQ_E_USAGE, "gammas is empty");
    return PLAQ_OK;
}

plaq_status hadron_pairs(const hadron_gammas *gammas, plaq_meson pair[HADRON_PAIRS_MOST], int *count)
{
    const char *text = gammas->words;

    if (strcmp(text, "diagonal") != 0 && strcmp(text, "all") != 0) return read_pairs(text, pair, count);
    *count = 0;
    for (int sink = 0; sink < GAMMAS; sink++)
        for (int source = 0; source < GAMMAS; source++)
            if (*text == 'a' || sink == source) pair[(*count)++] = (plaq_meson){sink, source};
    return PLAQ_OK;
}

plaq_status hadron_check_gammas(const void *params)
{
    plaq_meson pair[HADRON_PAIRS_MOST];
    int count;

    return hadron_pairs(params, pair, &count);
}

plaq_status hadron_put_pairs(plaq_sink *out, const plaq_meson pair[], int count)
{
    double values[HADRON_PAIRS_MOST][2];

    for (int i = 0; i < count; i++) {
        values[i][0] = pair[i].sink;
        values[i][1] = pair[i].source;
    }
    return plaq_sink_put(out, "pairs", (int[]){count, 2}, values[0]);
}
