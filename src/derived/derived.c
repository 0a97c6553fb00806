/* The list of derivations. */
#include "plaq/derived.h"

#include <string.h>

const plaq_derivation *plaq_derivation_find(const char *name)
{
    for (const plaq_derivation *const *d = plaq_derivations; *d; d++)
        if (strcmp((*d)->name, name) == 0) return *d;
    return NULL;
}
