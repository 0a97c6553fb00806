/* Propagators as commands read and show them. */
#include "cli/propagator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/load.h"
#include "plaq/fermion.h"

plaq_status plaq_propagator_try(const plaq_comm *comm, const char *path, plaq_propagator **propagator)
{
    char *before = plaq_strdup(plaq_message());
    plaq_status status = plaq_agree(comm, before ? PLAQ_OK : PLAQ_E_MEMORY);

    *propagator = NULL;
    if (status == PLAQ_OK) status = plaq_propagator_open(comm, path, propagator);
    if (status == PLAQ_E_DATA) {
        plaq_message_set(before);
        status = PLAQ_OK;
    }
    plaq_free(before);
    return status;
}

double plaq_largest_residual(const plaq_propagator_header *h)
{
    double largest = NAN;

    for (int i = 0; h->facts.residual && i < h->columns; i++) largest = fmax(largest, h->facts.residual[i]);
    return largest;
}

void plaq_propagator_words(const plaq_propagator_header *h, char *words, size_t n)
{
    const plaq_propagator_facts *facts = &h->facts;
    const double residual = plaq_largest_residual(h);
    char source[128] = "", action[80] = "", solved[40] = "";

    if (facts->source[0]) snprintf(source, sizeof source, ", %s", facts->source);
    if (facts->at[0] >= 0)
        snprintf(source + strlen(source), sizeof source - strlen(source), "%s at %d %d %d %d",
                 facts->source[0] ? "" : ", source", facts->at[0], facts->at[1], facts->at[2], facts->at[3]);
    if (facts->action[0]) snprintf(action, sizeof action, ", %s", facts->action);
    if (isfinite(residual)) snprintf(solved, sizeof solved, ", residual %.1e", residual);
    snprintf(words, n, "propagator, %d columns%s%s%s%s%s", h->columns, source, action, solved, h->note[0] ? "; " : "",
             h->note);
}

plaq_status plaq_propagator_convert(const plaq_comm *comm, plaq_propagator *propagator, const char *out,
                                    const char *format, plaq_prec prec)
{
    const plaq_propagator_header *h = plaq_propagator_get_header(propagator);
    plaq_propagator_facts facts = h->facts;
    plaq_lattice *lattice = NULL;
    plaq_columns *f = NULL;
    plaq_status status;

    if (prec < h->prec) facts.key[0] = '\0'; /* rounded numbers are others */
    PLAQ_GO(plaq_lattice_create(comm, h->dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_columns_create(lattice, h->prec, h->columns, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &f));
    PLAQ_GO(plaq_propagator_read(propagator, f, 0));
    PLAQ_GO(plaq_propagator_write(f, 0, h->columns, out, format, prec, &facts));
    if (plaq_comm_rank(comm) == 0)
        printf("%s: %s, %s, propagator of %d columns\n", out, format, plaq_prec_word(prec), h->columns);
done:
    plaq_columns_destroy(&f);
    plaq_lattice_destroy(&lattice);
    return status;
}
