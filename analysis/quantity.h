/* What the makers of quantities share. */
#ifndef ANALYSIS_QUANTITY_H
#define ANALYSIS_QUANTITY_H

#include "plaq/correlator.h"

/* Fills *out with f, whose context is a copy of `size` bytes. */
plaq_status quantity_make(plaq_function f, const void *context, size_t size, plaq_quantity *out);

#endif
