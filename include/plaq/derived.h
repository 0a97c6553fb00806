/** @file
 * Derived gauge fields: what makes one gauge field from another (smearing, flow), one file each in src/derived, each
 * ending in one descriptor. Room: derived.
 */
#ifndef PLAQ_DERIVED_H
#define PLAQ_DERIVED_H

#include "plaq/gauge.h"

/** What a kind of derivation is. `const`, in its own file; the build collects them into a list. */
typedef struct {
    const char *name;
    const char *brief;     /**< one line */
    const char *reference; /**< the paper, or NULL */
    int version;           /**< raised when the links change: what was measured on them is measured again */
    size_t params_size;
    const plaq_param *params;
    int fields; /**< gauge fields' worth of memory it needs beside the links, for the plan */
    /** Makes the derived links of @p u in place. Deterministic: the same links from the same links on any number of
     * ranks. Collective; it may fail on one rank alone where nothing collective follows: the caller agrees. */
    plaq_status (*apply)(const void *params, plaq_gauge *u);
} plaq_derivation;

extern const plaq_derivation *const plaq_derivations[]; /**< by name, NULL-terminated */

const plaq_derivation *plaq_derivation_find(const char *name); /**< or NULL */

#endif
