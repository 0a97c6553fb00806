/* mean: the mean of measured numbers over configurations. What every analysis begins with. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char of[128], ensemble[64];
    int part, fold, power;
    bool constant;
} mean_params;

static const plaq_param table[] = {
    PLAQ_TEXT(mean_params, of, NULL, "the observable: plaquette.mean"),
    PLAQ_TEXT(mean_params, ensemble, "", "its ensemble, where there are several"),
    PLAQ_CHOICE(mean_params, part, "real", "real|imag", "which part of complex numbers"),
    PLAQ_CHOICE(mean_params, fold, "no", "no|even|odd",
                "C(t) of t = 0 .. T-1 becomes (C(t) +- C(T-t))/2 of t = 0 .. T/2"),
    PLAQ_INT(mean_params, power, "1", 1, 8, "1", "each configuration's number to this power first"),
    PLAQ_BOOL(mean_params, constant, "false", "the same number on all configurations is no mistake"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "pick",
     .fallback = "{}",
     .doc = "{axis: entry or list of entries, ...}, by label or number; n2=1: momenta"},
    {.name = "average", .fallback = "[]", .doc = "axis, or list of axes, that is averaged over"},
    {.name = "sum", .fallback = "[]", .doc = "axis, or list of axes, that is summed over"},
    PLAQ_END,
};

/* A number of one configuration, with its name where it is not finite. */
static plaq_status take_number(const mean_params *p, const study_numbers *numbers, size_t c, const study_entries *e,
                               size_t i, double *number)
{
    const int parts = numbers->shape->is_complex ? 2 : 1;
    double sum = 0;

    for (size_t k = 0; k < e->terms; k++)
        sum += numbers->row[c][e->offset[i * e->terms + k] * (size_t)parts + (size_t)p->part];
    *number = pow(sum * e->weight, p->power);
    if (isfinite(*number)) return PLAQ_OK;
    for (int k = 0; k < numbers->chains->count; k++) {
        const plaq_chain *chain = &numbers->chains->chain[k];

        if (c < chain->count)
            return plaq_fail(PLAQ_E_DATA, "%s is not a number at configuration %" PRId64 " of ensemble \"%s\"%s%s%s%s",
                             p->of, chain->config[c], chain->ensemble, *chain->replica ? ", replica " : "",
                             chain->replica, e->label ? ", entry " : "", e->label ? e->label[i] : "");
        c -= chain->count;
    }
    return plaq_fail(PLAQ_E_DATA, "%s is not a number", p->of);
}

/* All numbers, samples[configuration][entry] */
static plaq_status take_numbers(const mean_params *p, const study_numbers *numbers, const study_entries *e,
                                double samples[])
{
    for (size_t c = 0; c < numbers->chains->configs; c++)
        for (size_t i = 0; i < e->count; i++) PLAQ_TRY(take_number(p, numbers, c, e, i, &samples[c * e->count + i]));
    return PLAQ_OK;
}

/* Folds each run of times of each configuration; the runs become T/2 + 1 long. */
static plaq_status fold(int sign, const study_entries *e, size_t configs, const double samples[], double **folded)
{
    const size_t runs = configs * (e->count / e->run), half = e->run / 2 + 1;
    plaq_quantity q = {.context = NULL};
    plaq_status status = plaq_fold(e->run, sign, &q);

    if (status != PLAQ_OK) return status;
    *folded = plaq_alloc(runs * half, sizeof **folded);
    if (!*folded) status = PLAQ_E_MEMORY;
    for (size_t r = 0; r < runs && status == PLAQ_OK; r++)
        status = q.f.evaluate(q.f.context, samples + r * e->run, *folded + r * half);
    plaq_quantity_destroy(&q);
    return status;
}

static bool is_constant(const plaq_estimate *estimate)
{
    for (size_t i = 0; i < estimate->size * estimate->chains->configs; i++)
        if (fabs(estimate->delta[i]) > 1e-14 * fabs(estimate->value[i / estimate->chains->configs])) return false;
    return true;
}

static plaq_status check_constant(plaq_study *study, const mean_params *p, const plaq_made *made)
{
    const size_t configs = made->estimate.chains->configs;

    if (configs < 2 || !is_constant(&made->estimate)) return PLAQ_OK;
    if (p->constant)
        return study_note(study, "%s: the same on all %zu configurations, %.10g", made->name, configs,
                          made->estimate.value[0]);
    return plaq_fail(PLAQ_E_DATA,
                     "%s is the same on all %zu configurations, %.10g: frozen, or one measurement copied (`constant: "
                     "true` takes it as it is)",
                     p->of, configs, made->estimate.value[0]);
}

/* After folding the first T/2 + 1 of each run are left. */
static void fold_entries(study_entries *e)
{
    const size_t half = e->run / 2 + 1, runs = e->count / e->run;

    for (size_t r = 0; r < runs; r++)
        for (size_t t = 0; t < half; t++) {
            if (e->x) e->x[r * half + t] = e->x[r * e->run + t];
            if (e->label) memcpy(e->label[r * half + t], e->label[r * e->run + t], sizeof e->label[0]);
        }
    e->count = runs * half;
    e->run = half;
}

/* What is known of the numbers beside their values; takes positions and labels from the entries. */
static plaq_status describe(const mean_params *p, const plaq_series *series, study_entries *e, plaq_made *out)
{
    snprintf(out->unit, sizeof out->unit, "%s", series->unit);
    snprintf(out->x_name, sizeof out->x_name, "%s", e->x_name);
    out->doc = plaq_strdup(series->doc ? series->doc : "");
    out->source = plaq_strdup(p->of);
    out->x = e->x;
    out->label = e->label;
    e->x = NULL;
    e->label = NULL;
    return out->doc && out->source ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* What a file keeps as value and fluctuations is taken as it is. */
static plaq_status take_estimate(plaq_study *study, const mean_params *p, const plaq_node *node, plaq_made *out)
{
    static const char *const keys[] = {"of", "constant", NULL};

    if (node != study->root && plaq_node_what(node) == PLAQ_NODE_MAPPING && plaq_conf_only(node, keys) != PLAQ_OK)
        return plaq_node_fail(node, "%s is a value with fluctuations, not measured numbers: only `of` goes with it",
                              p->of);
    PLAQ_TRY(study_estimate_read(study, p->of, &out->estimate));
    if (out->estimate.size > 1) {
        out->x = plaq_alloc(out->estimate.size, sizeof *out->x);
        if (!out->x) return PLAQ_E_MEMORY;
        for (size_t i = 0; i < out->estimate.size; i++) out->x[i] = (double)i;
        snprintf(out->x_name, sizeof out->x_name, "entry");
    }
    return study_resample(study, out);
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const mean_params *p = params;
    study_numbers numbers = {.row = NULL};
    study_entries e = {.offset = NULL};
    double *samples = NULL, *folded = NULL;
    plaq_status status;

    if (study_has_estimate(study, p->of)) return take_estimate(study, p, node, out);
    PLAQ_GO(study_numbers_find(study, node, p->of, p->ensemble, &numbers));
    if (p->part && !numbers.shape->is_complex) {
        status = plaq_node_fail(node, "%s is real: it has no imaginary part", p->of);
        goto done;
    }
    PLAQ_GO(study_entries_find(numbers.shape, node, &e));
    samples = plaq_alloc(numbers.chains->configs * e.count, sizeof *samples);
    if (!samples) {
        status = PLAQ_E_MEMORY;
        goto done;
    }
    PLAQ_GO(take_numbers(p, &numbers, &e, samples));
    if (strcmp(e.x_name, "t") == 0) out->period = (double)e.run;
    if (p->fold) {
        PLAQ_GO(fold(p->fold == 1 ? 1 : -1, &e, numbers.chains->configs, samples, &folded));
        fold_entries(&e);
        out->folded = true;
    }
    PLAQ_GO(plaq_estimate_primary(numbers.chains, e.count, folded ? folded : samples, &out->estimate));
    PLAQ_GO(describe(p, numbers.shape, &e, out));
    PLAQ_GO(check_constant(study, p, out));
    status = study_resample(study, out);
done:
    study_numbers_clear(&numbers);
    study_entries_clear(&e);
    plaq_free(samples);
    plaq_free(folded);
    return status;
}

const plaq_step plaq_step_mean = {
    .name = "mean",
    .brief = "mean of measured numbers over configurations: entries picked, averaged, folded",
    .params_size = sizeof(mean_params),
    .params = table,
    .main = "of",
    .lists = lists,
    .make = make,
};
