/* Mesons: two quarks from one source, all pairs of gamma matrices, momenta at the sink. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observable/hadron.h"

enum { GAMMAS = 16, MOST_PAIRS = GAMMAS * GAMMAS };

typedef struct {
    char gammas[1024];
    hadron_momenta momenta;
} params;

static const plaq_param table[] = {
    PLAQ_TEXT(
        params, gammas, "diagonal",
        "\"diagonal\": the 16 products at both ends; \"all\": 16 x 16; or pairs SINK/SOURCE by their numbers, \"15/15 "
        "7/15\""),
    HADRON_MOMENTA(params),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "correlator",
     .axes = "source sink pair p t",
     .unit = "1",
     .doc = "sum_x exp(-i p.(x - x_s)) tr[G_sink S1 G_source gamma_5 S2^dagger gamma_5] at t from the source",
     .is_complex = true},
    {.name = "pairs",
     .axes = "pair end",
     .unit = "1",
     .doc = "G_sink, G_source as n of gx^n0 gy^n1 gz^n2 gt^n3 with the bits of n; 15 is gamma_5"},
    HADRON_PLACES,
    PLAQ_END,
};

/* "15/15 7/15", with blanks or commas between */
static plaq_status read_pairs(const char *text, plaq_meson pair[], int *count)
{
    *count = 0;
    for (const char *c = text + strspn(text, " ,"); *c; c += strspn(c, " ,")) {
        int sink, source, used = 0;

        if (sscanf(c, "%2d/%2d%n", &sink, &source, &used) != 2 || (c[used] && !strchr(" ,", c[used])) || sink < 0 ||
            sink >= GAMMAS || source < 0 || source >= GAMMAS || *count == MOST_PAIRS)
            return plaq_fail(PLAQ_E_USAGE,
                             "gammas is \"%.60s\", expected diagonal, all, or pairs SINK/SOURCE of numbers 0 to 15",
                             text);
        pair[(*count)++] = (plaq_meson){sink, source};
        c += used;
    }
    if (*count == 0) return plaq_fail(PLAQ_E_USAGE, "gammas is empty");
    return PLAQ_OK;
}

static plaq_status find_pairs(const char *text, plaq_meson pair[MOST_PAIRS], int *count)
{
    if (strcmp(text, "diagonal") != 0 && strcmp(text, "all") != 0) return read_pairs(text, pair, count);
    *count = 0;
    for (int sink = 0; sink < GAMMAS; sink++)
        for (int source = 0; source < GAMMAS; source++)
            if (*text == 'a' || sink == source) pair[(*count)++] = (plaq_meson){sink, source};
    return PLAQ_OK;
}

static plaq_status check(const void *given)
{
    const params *p = given;
    plaq_meson pair[MOST_PAIRS];
    int count;

    return find_pairs(p->gammas, pair, &count);
}

static plaq_status put_pairs(plaq_sink *out, const plaq_meson pair[], int count)
{
    double values[MOST_PAIRS][2];

    for (int i = 0; i < count; i++) {
        values[i][0] = pair[i].sink;
        values[i][1] = pair[i].source;
    }
    return plaq_sink_put(out, "pairs", (int[]){count, 2}, values[0]);
}

static plaq_status contract(const void *given, const plaq_propagators *from, plaq_sink *out)
{
    const params *p = given;
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(from->quark[0].columns));
    plaq_meson pair[MOST_PAIRS];
    hadron_sums sums = {.values = NULL};
    int pairs;
    plaq_status status;

    PLAQ_TRY(find_pairs(p->gammas, pair, &pairs));
    PLAQ_GO(hadron_begin(&p->momenta, from, (size_t)pairs, &sums));
    PLAQ_GO(plaq_mesons(&from->quark[0], &from->quark[1], pairs, pair, &sums.at, sums.values));
    PLAQ_GO(plaq_sink_put(out, "correlator", (int[]){pairs, sums.at.count, dims[3]}, (const double *)sums.values));
    PLAQ_GO(put_pairs(out, pair, pairs));
    PLAQ_GO(hadron_put_places(&sums, out));
done:
    hadron_end(&sums);
    return status;
}

static int64_t numbers(const void *given, const int dims[4])
{
    const params *p = given;
    plaq_meson pair[MOST_PAIRS];
    int pairs;

    if (find_pairs(p->gammas, pair, &pairs) != PLAQ_OK) return 0;
    return 2 * (int64_t)pairs * hadron_count(&p->momenta, dims) * dims[3];
}

const plaq_observable plaq_observable_meson = {
    .name = "meson",
    .brief = "two-point functions of mesons, all gamma matrices and momenta",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .check = check,
    .quarks = 2,
    .contract = contract,
    .numbers = numbers,
};
