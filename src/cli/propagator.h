/* Propagators as commands read and show them. Room: cli. */
#ifndef PLAQ_CLI_PROPAGATOR_H
#define PLAQ_CLI_PROPAGATOR_H

#include "plaq/io.h"

/** Opens a file where it is a propagator; where it is something else, @p *propagator is NULL and the message stays what
 * it was. Collective. */
PLAQ_MUST_USE plaq_status plaq_propagator_try(const plaq_comm *comm, const char *path, plaq_propagator **propagator);

/** The largest residual of its columns; NaN where none is said. Pure. */
double plaq_largest_residual(const plaq_propagator_header *h);

/** A line for the table: "propagator, 12 columns, point at 0 0 0 0, clover, residual 9e-11". Into @p words. */
void plaq_propagator_words(const plaq_propagator_header *h, char *words, size_t n);

/** Reads a propagator and writes it in another format or precision. Collective. */
PLAQ_MUST_USE plaq_status plaq_propagator_convert(const plaq_comm *comm, plaq_propagator *propagator, const char *out,
                                                  const char *format, plaq_prec prec);

#endif
