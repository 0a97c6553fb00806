/* Baryons of the octet and the decuplet: three quarks from one source, both parities, momenta at the sink. */
#include <stdio.h>
#include <string.h>

#include "observable/hadron.h"

enum { MOST = 16, PARITIES = 2 };

typedef struct {
    char baryons[256];
    hadron_momenta momenta;
} params;

static const plaq_param table[] = {
    PLAQ_TEXT(params, baryons, "nucleon",
              "names: nucleon, lambda, sigma, xi, delta, sigma_star, xi_star, omega; or \"all\""),
    HADRON_MOMENTA(params),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "correlator",
     .axes = "source sink baryon parity p t",
     .unit = "1",
     .doc = "sum_x exp(-i p.(x - x_s)) tr[(1 +- gamma_t)/2 <B Bbar>] at t from the source; baryons in the order of the "
            "parameter, then + and -; C = gamma_y gamma_t; quarks are u, d, s in the order of the run file",
     .is_complex = true},
    HADRON_PLACES,
    PLAQ_END,
};

static plaq_status unknown(const char *word)
{
    const char *names[MOST], *near;
    size_t n = 0;

    while (plaq_baryons[n].name && n < MOST) {
        names[n] = plaq_baryons[n].name;
        n++;
    }
    near = plaq_nearest(word, names, n);
    if (near) return plaq_fail(PLAQ_E_USAGE, "unknown baryon \"%s\"; did you mean \"%s\"?", word, near);
    return plaq_fail(PLAQ_E_USAGE, "unknown baryon \"%s\"; plaq describe baryon names all of them", word);
}

/* Names with blanks or commas between. */
static plaq_status find_baryons(const char *text, const plaq_baryon *list[MOST], int *count)
{
    *count = 0;
    for (const char *c = text + strspn(text, " ,"); *c; c += strspn(c, " ,")) {
        const size_t n = strcspn(c, " ,");
        char word[64];

        snprintf(word, sizeof word, "%.*s", (int)n, c);
        c += n;
        for (const plaq_baryon *b = plaq_baryons; strcmp(word, "all") == 0 && b->name && *count < MOST; b++)
            list[(*count)++] = b;
        if (strcmp(word, "all") == 0) continue;
        if (*count == MOST) return plaq_fail(PLAQ_E_USAGE, "baryons names more than %d of them", MOST);
        list[*count] = plaq_baryon_find(word);
        if (!list[(*count)++]) return unknown(word);
    }
    return *count ? PLAQ_OK : plaq_fail(PLAQ_E_USAGE, "baryons is empty");
}

static plaq_status check(const void *given)
{
    const params *p = given;
    const plaq_baryon *list[MOST];
    int count;

    return find_baryons(p->baryons, list, &count);
}

static plaq_status contract(const void *given, const plaq_propagators *from, plaq_sink *out)
{
    const params *p = given;
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(from->quark[0].columns));
    const plaq_baryon *list[MOST];
    hadron_sums sums = {.values = NULL};
    int count;
    plaq_status status;

    PLAQ_TRY(find_baryons(p->baryons, list, &count));
    PLAQ_GO(hadron_begin(&p->momenta, from, (size_t)(count * PARITIES), &sums));
    for (int i = 0; i < count; i++)
        PLAQ_GO(plaq_baryon_parities(list[i], from->quark, &sums.at,
                                     sums.values + (size_t)(i * PARITIES * sums.at.count * dims[3])));
    PLAQ_GO(plaq_sink_put(out, "correlator", (int[]){count, PARITIES, sums.at.count, dims[3]},
                          (const double *)sums.values));
    PLAQ_GO(hadron_put_places(&sums, out));
done:
    hadron_end(&sums);
    return status;
}

static int64_t numbers(const void *given, const int dims[4])
{
    const params *p = given;
    const plaq_baryon *list[MOST];
    int count;

    if (find_baryons(p->baryons, list, &count) != PLAQ_OK) return 0;
    return 2 * (int64_t)count * PARITIES * hadron_count(&p->momenta, dims) * dims[3];
}

const plaq_observable plaq_observable_baryon = {
    .name = "baryon",
    .brief = "two-point functions of baryons of the octet and the decuplet, both parities",
    .reference = "D. B. Leinweber, R. M. Woloshyn, T. Draper, Phys. Rev. D 43 (1991) 1659",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .check = check,
    .quarks = 3,
    .contract = contract,
    .numbers = numbers,
};
