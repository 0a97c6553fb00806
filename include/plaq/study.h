/** @file
 * An analysis: a YAML file that names quantities, each made by one step from measured numbers or from other
 * quantities; their values and errors; tables and files of them. Room: study. Everything here is Local.
 *
 *     results: demo/results                 # or {name: {path: ..., format: ...}, ...}: ensembles by name
 *     method: {kind: gamma, window: 1.5}    # or jackknife, bootstrap
 *     quantities:
 *       plaq:  {mean: {of: plaquette.mean}}
 *       pion:  {mean: {of: meson.correlator, pick: {pair: g5-g5, sink: wide, p: 0 0 0}, average: source, fold: even}}
 *       meff:  {effective_mass: {of: pion, kind: cosh}}
 *       m_pi:  {fit: {of: pion, model: cosh, first: 4, last: 8}}
 *       ratio: {expression: m_pi * sqrt(8 * t0)}
 */
#ifndef PLAQ_STUDY_H
#define PLAQ_STUDY_H

#include "plaq/analysis.h"
#include "plaq/conf.h"
#include "plaq/exchange.h"

typedef struct plaq_study plaq_study;

/** A named quantity and what is known of it when it is made. */
typedef struct {
    char name[64];
    char unit[32];
    char *doc;
    plaq_estimate estimate;  /**< values and fluctuations */
    plaq_uncertainty *error; /**< [estimate.size] by the study's method */
    double *x; /**< [estimate.size]: where each entry stands (time, flow time, distance); NULL: a number */
    const char *x_name;
    bool fitted;
    double chi2, p; /**< of a fit */
    int dof;
    plaq_status status; /**< PLAQ_OK, or why it could not be made; the others are made all the same */
    char *message;
} plaq_made;

/** What a step is. `const`, in src/study/step_NAME.c; the build collects them into a list. */
typedef struct {
    const char *name, *brief;
    const char *reference;
    size_t params_size;
    const plaq_param *params;
    /** Makes a quantity. What it takes of the study: plaq_study_* below. */
    plaq_status (*make)(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out);
} plaq_step;

extern const plaq_step *const plaq_steps[]; /**< by name, NULL-terminated */

#endif
