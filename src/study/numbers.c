/* Measured numbers of an analysis: what is in its results, and one observable of one ensemble, configuration by
 * configuration, from as many files and folders as it is spread over. Observables are read when they are first used. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/study.h"

/* ---- what there is ---------------------------------------------------------------------------------------------- */

/* The analysis' names for ensemble and replica go before the files'. */
static void name_chains(const study_source *s, plaq_numbers *numbers)
{
    for (int k = 0; k < numbers->series_count; k++) {
        plaq_chain *chain = &numbers->series[k].chain;

        if (s->ensemble[0]) memcpy(chain->ensemble, s->ensemble, sizeof chain->ensemble);
        if (s->replica[0]) memcpy(chain->replica, s->replica, sizeof chain->replica);
    }
}

static plaq_status open_source(plaq_study *study, study_source *s)
{
    const plaq_numbers_wanted wanted = {.ensemble = s->ensemble[0] ? s->ensemble : NULL, .listing = true};

    PLAQ_TRY(plaq_numbers_read(s->path, s->format[0] ? s->format : NULL, &wanted, &s->listing));
    name_chains(s, &s->listing);
    s->read = plaq_alloc((size_t)s->listing.series_count + 1, sizeof *s->read);
    if (!s->read) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->listing.notes; i++) PLAQ_TRY(study_note(study, "%s", s->listing.note[i]));
    return PLAQ_OK;
}

plaq_status study_open(plaq_study *study)
{
    int count = 0;

    for (int i = 0; i < study->source_count; i++) {
        PLAQ_TRY(open_source(study, &study->source[i]));
        count += study->source[i].listing.series_count;
    }
    study->listed = plaq_alloc((size_t)count + 1, sizeof *study->listed);
    if (!study->listed) return PLAQ_E_MEMORY;
    for (int i = 0; i < study->source_count; i++)
        for (int k = 0; k < study->source[i].listing.series_count; k++)
            study->listed[study->listed_count++] = &study->source[i].listing.series[k];
    return PLAQ_OK;
}

int plaq_study_observables(const plaq_study *study, const plaq_series *const **list)
{
    *list = study->listed;
    return study->listed_count;
}

bool study_is_observable(const plaq_study *study, const char *name)
{
    for (int i = 0; i < study->listed_count; i++)
        if (strcmp(study->listed[i]->name, name) == 0) return true;
    return study_has_estimate(study, name);
}

/* ---- values with fluctuations ------------------------------------------------------------------------------------ */

static const study_source *source_of_estimate(const plaq_study *study, const char *name)
{
    for (int i = 0; i < study->source_count; i++)
        for (int k = 0; k < study->source[i].listing.estimates; k++)
            if (strcmp(study->source[i].listing.estimate_name[k], name) == 0) return &study->source[i];
    return NULL;
}

bool study_has_estimate(const plaq_study *study, const char *name)
{
    return source_of_estimate(study, name) != NULL;
}

plaq_status study_estimate_read(const plaq_study *study, const char *name, plaq_estimate *estimate)
{
    const study_source *s = source_of_estimate(study, name);
    const plaq_numbers_wanted wanted = {.ensemble = s->ensemble[0] ? s->ensemble : NULL, .name = name};
    plaq_numbers numbers;

    PLAQ_TRY(plaq_numbers_read(s->path, s->format[0] ? s->format : NULL, &wanted, &numbers));
    *estimate = numbers.estimate[0];
    numbers.estimate[0] = (plaq_estimate){.chains = NULL};
    plaq_numbers_clear(&numbers);
    return PLAQ_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool same_chain(const plaq_chain *a, const plaq_chain *b)
{
    return strcmp(a->ensemble, b->ensemble) == 0 && strcmp(a->replica, b->replica) == 0;
}

static study_source *source_of(plaq_study *study, const plaq_series *listed)
{
    for (int i = 0; i < study->source_count; i++) {
        study_source *s = &study->source[i];

        if (listed >= s->listing.series && listed < s->listing.series + s->listing.series_count) return s;
    }
    return NULL;
}

plaq_status plaq_study_series(plaq_study *study, const plaq_series *listed, const plaq_series **series)
{
    study_source *s = source_of(study, listed);
    int first = 0;

    if (!s) return plaq_fail(PLAQ_E_INTERNAL, "%s is not of this analysis", listed->name);
    while (strcmp(s->listing.series[first].name, listed->name) != 0) first++;
    if (s->read[first].series_count == 0) {
        const plaq_numbers_wanted wanted = {.ensemble = s->ensemble[0] ? s->ensemble : NULL, .name = listed->name};

        PLAQ_TRY(plaq_numbers_read(s->path, s->format[0] ? s->format : NULL, &wanted, &s->read[first]));
        name_chains(s, &s->read[first]);
    }
    for (int k = 0; k < s->read[first].series_count; k++) {
        const plaq_series *one = &s->read[first].series[k];

        if (strcmp(one->name, listed->name) != 0 || !same_chain(&one->chain, &listed->chain) || !one->values) continue;
        *series = one;
        return PLAQ_OK;
    }
    return plaq_fail(PLAQ_E_DATA, "%s: %s of ensemble \"%s\" was there when it was listed, and is no more", s->path,
                     listed->name, listed->chain.ensemble);
}

/* ---- which configurations --------------------------------------------------------------------------------------- */

/* Whether "12, 17-20" has a number. */
static bool is_skipped(const char *skip, int64_t config)
{
    for (const char *c = skip; *c;) {
        char *end;
        const int64_t first = strtoll(c, &end, 10);
        int64_t last = first;

        if (end == c) {
            c++;
            continue;
        }
        if (*end == '-') last = strtoll(end + 1, &end, 10);
        if (config >= first && config <= last) return true;
        c = end;
    }
    return false;
}

static bool is_selected(const study_select *select, int64_t config)
{
    if (config < select->first || config > select->last || (config - select->first) % select->step != 0) return false;
    return !is_skipped(select->skip, config);
}

/* ---- one observable, from wherever it is ------------------------------------------------------------------------ */

/* One configuration's numbers. */
typedef struct {
    const plaq_series *series;
    const char *path;
    int64_t config;
    const double *values;
} one_config;

static int by_chain(const void *a, const void *b)
{
    const one_config *x = a, *y = b;
    const int order = strcmp(x->series->chain.replica, y->series->chain.replica);

    return order ? order : (x->config > y->config) - (x->config < y->config);
}

static size_t doubles_of(const plaq_series *series)
{
    size_t n = series->is_complex ? 2 : 1;

    for (int a = 0; a < series->rank; a++) n *= (size_t)series->shape[a];
    return n;
}

static plaq_status check_shape(const plaq_series *a, const plaq_series *b, const char *path)
{
    if (a->rank == b->rank && a->is_complex == b->is_complex &&
        memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0)
        return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: %s has %zu numbers a configuration, elsewhere in this ensemble %zu", path,
                     b->name, doubles_of(b), doubles_of(a));
}

/* The one ensemble that has the observable; an error where there are several. */
static plaq_status find_ensemble(const plaq_study *study, const plaq_node *node, const char *observable,
                                 const char *ensemble, const char **found)
{
    const char *names[64];
    size_t n = 0;

    *found = NULL;
    for (int i = 0; i < study->listed_count; i++) {
        const plaq_series *s = study->listed[i];

        if (strcmp(s->name, observable) != 0) continue;
        if (n < 64) names[n++] = s->chain.ensemble;
        if (ensemble[0] && strcmp(s->chain.ensemble, ensemble) != 0) continue;
        if (*found && strcmp(*found, s->chain.ensemble) != 0) {
            plaq_node_fail(node, "%s is there for several ensembles, \"%s\" and \"%s\": say which with `ensemble`",
                           observable, *found, s->chain.ensemble);
            return PLAQ_E_DATA;
        }
        *found = s->chain.ensemble;
    }
    if (*found) return PLAQ_OK;
    if (n && plaq_nearest(ensemble, names, n))
        return plaq_node_fail(node, "no %s of ensemble \"%s\"; did you mean \"%s\"?", observable, ensemble,
                              plaq_nearest(ensemble, names, n));
    return plaq_node_fail(node, "no %s of ensemble \"%s\"; there is \"%s\"", observable, ensemble, n ? names[0] : "");
}

static plaq_status unknown_observable(const plaq_study *study, const plaq_node *node, const char *observable)
{
    const char **names = plaq_alloc((size_t)study->listed_count + 1, sizeof *names), *near;
    plaq_status status;

    if (!names) return PLAQ_E_MEMORY;
    for (int i = 0; i < study->listed_count; i++) names[i] = study->listed[i]->name;
    near = plaq_nearest(observable, names, (size_t)study->listed_count);
    if (near)
        status = plaq_node_fail(node, "no observable \"%s\" in the results; did you mean \"%s\"?", observable, near);
    else
        status =
            plaq_node_fail(node, "no observable \"%s\" in the results; `plaq analyze RESULTS` lists them", observable);
    plaq_free(names);
    return status;
}

/* All selected configurations of an observable on an ensemble, sorted. @p *list is the caller's. */
static plaq_status collect(plaq_study *study, const char *observable, const char *ensemble, one_config **list,
                           size_t *count)
{
    size_t room = 1;

    for (int i = 0; i < study->listed_count; i++) room += study->listed[i]->chain.count;
    *list = plaq_alloc(room, sizeof **list);
    if (!*list) return PLAQ_E_MEMORY;
    *count = 0;
    for (int i = 0; i < study->listed_count; i++) {
        const plaq_series *listed = study->listed[i], *s;
        const study_source *from = source_of(study, listed);

        if (strcmp(listed->name, observable) != 0 || strcmp(listed->chain.ensemble, ensemble) != 0) continue;
        PLAQ_TRY(plaq_study_series(study, listed, &s));
        if (*count) PLAQ_TRY(check_shape((*list)->series, s, from->path));
        for (size_t c = 0; c < s->chain.count; c++) {
            const int64_t config = s->chain.config[c];

            if (is_selected(&from->select, config))
                (*list)[(*count)++] = (one_config){s, from->path, config, s->values + c * doubles_of(s)};
        }
    }
    qsort(*list, *count, sizeof **list, by_chain);
    return PLAQ_OK;
}

static plaq_status check_twice(const one_config list[], size_t count)
{
    for (size_t c = 1; c < count; c++)
        if (by_chain(&list[c - 1], &list[c]) == 0)
            return plaq_fail(PLAQ_E_DATA, "%s: configuration %" PRId64 " of ensemble \"%s\" is in %s and in %s",
                             list[c].series->name, list[c].config, list[c].series->chain.ensemble, list[c - 1].path,
                             list[c].path);
    return PLAQ_OK;
}

/* Chains of a sorted list. */
static plaq_status make_chains(const one_config list[], size_t count, plaq_chains **chains)
{
    plaq_chain *chain = plaq_alloc(count + 1, sizeof *chain);
    int64_t *config = plaq_alloc(count + 1, sizeof *config);
    plaq_status status = chain && config ? PLAQ_OK : PLAQ_E_MEMORY;
    int n = 0;

    for (size_t c = 0; c < count && status == PLAQ_OK; c++) {
        const plaq_chain *from = &list[c].series->chain;

        config[c] = list[c].config;
        if (c == 0 || strcmp(from->replica, chain[n - 1].replica) != 0) {
            chain[n] = *from;
            chain[n].config = &config[c];
            chain[n++].count = 0;
        }
        chain[n - 1].count++;
    }
    if (status == PLAQ_OK) status = plaq_chains_create(chain, n, chains);
    plaq_free(chain);
    plaq_free(config);
    return status;
}

plaq_status study_numbers_find(plaq_study *study, const plaq_node *node, const char *observable, const char *ensemble,
                               study_numbers *numbers)
{
    one_config *list = NULL;
    size_t count = 0;
    plaq_status status;

    *numbers = (study_numbers){.row = NULL};
    if (!study_is_observable(study, observable)) return unknown_observable(study, node, observable);
    PLAQ_TRY(find_ensemble(study, node, observable, ensemble, &ensemble));
    PLAQ_GO(collect(study, observable, ensemble, &list, &count));
    if (count == 0) {
        status = plaq_fail(PLAQ_E_DATA, "%s: no configuration of ensemble \"%s\" is selected", observable, ensemble);
        goto done;
    }
    PLAQ_GO(check_twice(list, count));
    PLAQ_GO(make_chains(list, count, &numbers->chains));
    numbers->shape = list->series;
    numbers->row = plaq_alloc(count, sizeof *numbers->row);
    if (!numbers->row) status = PLAQ_E_MEMORY;
    for (size_t c = 0; c < count && status == PLAQ_OK; c++) numbers->row[c] = list[c].values;
done:
    if (status != PLAQ_OK) study_numbers_clear(numbers);
    plaq_free(list);
    return status;
}

void study_numbers_clear(study_numbers *numbers)
{
    if (numbers->chains) plaq_chains_release(&numbers->chains);
    plaq_free(numbers->row);
    *numbers = (study_numbers){.row = NULL};
}

/* ---- what is resampled ------------------------------------------------------------------------------------------ */

static bool has_text(const plaq_node *node, const char *text)
{
    if (plaq_node_what(node) == PLAQ_NODE_SCALAR) return strcmp(plaq_node_text(node), text) == 0;
    for (size_t i = 0; i < plaq_node_size(node); i++)
        if (has_text(plaq_node_item(node, i), text)) return true;
    return false;
}

/* The selected configurations of one listed series, as chains. */
static plaq_status selected_chain(plaq_study *study, const plaq_series *listed, plaq_chains **chains)
{
    const study_select *select = &source_of(study, listed)->select;
    plaq_chain chain = listed->chain;
    plaq_status status;

    chain.config = plaq_alloc(chain.count + 1, sizeof *chain.config);
    if (!chain.config) return PLAQ_E_MEMORY;
    chain.count = 0;
    for (size_t c = 0; c < listed->chain.count; c++)
        if (is_selected(select, listed->chain.config[c])) chain.config[chain.count++] = listed->chain.config[c];
    status = plaq_chains_create(&chain, chain.count > 0, chains);
    plaq_free(chain.config);
    return status;
}

/* Takes @p more into @p *all; releases what it is given. */
static plaq_status unite(plaq_chains **all, plaq_chains *more)
{
    plaq_chains *united = NULL;
    plaq_status status = plaq_chains_unite(*all, more, &united);

    plaq_chains_release(&more);
    if (status != PLAQ_OK) return status;
    plaq_chains_release(all);
    *all = united;
    return PLAQ_OK;
}

static plaq_status unite_estimates(const plaq_study *study, const study_source *s, plaq_chains **all)
{
    const plaq_node *quantities = plaq_node_get(study->root, "quantities");

    for (int k = 0; k < s->listing.estimates; k++) {
        plaq_estimate estimate;
        plaq_status status;

        if (!has_text(quantities, s->listing.estimate_name[k])) continue;
        PLAQ_TRY(study_estimate_read(study, s->listing.estimate_name[k], &estimate));
        status = unite(all, plaq_chains_hold(estimate.chains));
        plaq_estimate_clear(&estimate);
        PLAQ_TRY(status);
    }
    return PLAQ_OK;
}

plaq_status study_used_chains(plaq_study *study, plaq_chains **chains)
{
    const plaq_node *quantities = plaq_node_get(study->root, "quantities");
    plaq_chains *all = NULL;
    plaq_status status = plaq_chains_create(NULL, 0, &all);

    for (int i = 0; i < study->listed_count && status == PLAQ_OK; i++) {
        plaq_chains *more = NULL;

        if (!has_text(quantities, study->listed[i]->name)) continue;
        status = selected_chain(study, study->listed[i], &more);
        if (status == PLAQ_OK) status = unite(&all, more);
    }
    for (int i = 0; i < study->source_count && status == PLAQ_OK; i++)
        status = unite_estimates(study, &study->source[i], &all);
    if (status == PLAQ_OK)
        *chains = all;
    else if (all)
        plaq_chains_release(&all);
    return status;
}
