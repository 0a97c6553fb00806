/* Analyses of synthetic results: what a quantity is is known beforehand, and what is wrong is said with its place. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/study.h"
#include "support/test.h"

/* ---- results -------------------------------------------------------------------------------------------------------
 */

enum { CONFIGS = 16, SOURCES = 2, PAIRS = 3, TIMES = 8, FLOWS = 6, NOISES = 4 };

static const plaq_output number_output = {.name = "number", .axes = "", .unit = "1", .doc = "a number"};
static const plaq_output frozen_output = {.name = "frozen", .axes = "", .unit = "1", .doc = "the same everywhere"};
static const plaq_output lacking_output = {.name = "lacking", .axes = "", .unit = "1", .doc = "", .may_lack = true};
static const plaq_output noise_output = {.name = "noise", .axes = "k", .unit = "1", .doc = "+-1, of mean 0"};
static const plaq_output time_output = {.name = "time", .axes = "flow", .unit = "a^2", .doc = "flow times"};
static const plaq_output t2e_output = {.name = "t2E", .axes = "flow", .unit = "1", .doc = "t^2 E"};
static const plaq_output correlator_output = {
    .name = "correlator", .axes = "source pair t", .unit = "1", .doc = "C", .is_complex = true};

/* Walsh functions: +-1, each of mean 0 over 16 configurations, any two orthogonal. */
static double noise(int64_t config, int k)
{
    return config >> k & 1 ? -1 : 1;
}

static double number(int64_t config)
{
    return 2 + sin((double)config);
}

/* A boson of mass 0.4 and, in the third pair, of 0.7: amplitudes move, masses do not. */
static double correlator(int64_t config, int source, int pair, int t)
{
    const double m = pair == 2 ? 0.7 : 0.4, amplitude = 1 + pair + 0.1 * noise(config, source) + 0.01 * sin(t);

    return amplitude * (exp(-m * t) + exp(-m * (TIMES - t)));
}

static plaq_status add(plaq_result *r, const plaq_output *output, int rank, const int shape[], double **values)
{
    plaq_array *array = &r->arrays[r->count];

    *array = (plaq_array){.output = output, .rank = rank};
    if (rank > 0) memcpy(array->shape, shape, (size_t)rank * sizeof *shape);
    array->values = plaq_alloc(plaq_array_count(array), sizeof(double));
    r->count++;
    *values = array->values;
    return *values ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status fill(plaq_result *r, int64_t config)
{
    double *v;

    PLAQ_TRY(add(r, &number_output, 0, NULL, &v));
    *v = number(config);
    PLAQ_TRY(add(r, &frozen_output, 0, NULL, &v));
    *v = 0.25;
    PLAQ_TRY(add(r, &lacking_output, 0, NULL, &v));
    *v = config == 5 ? NAN : number(config);
    PLAQ_TRY(add(r, &noise_output, 1, (int[]){NOISES}, &v));
    for (int k = 0; k < NOISES; k++) v[k] = noise(config, k);
    PLAQ_TRY(add(r, &time_output, 1, (int[]){FLOWS}, &v));
    for (int i = 0; i < FLOWS; i++) v[i] = 0.5 * i;
    PLAQ_TRY(add(r, &t2e_output, 1, (int[]){FLOWS}, &v));
    for (int i = 0; i < FLOWS; i++) v[i] = 0.5 * i * 0.2 * (1 + 0.1 * noise(config, 0));
    PLAQ_TRY(add(r, &correlator_output, 3, (int[]){SOURCES, PAIRS, TIMES}, &v));
    for (int i = 0; i < SOURCES * PAIRS * TIMES; i++) {
        v[2 * i] = correlator(config, i / (PAIRS * TIMES), i / TIMES % PAIRS, i % TIMES);
        v[2 * i + 1] = -i;
    }
    return PLAQ_OK;
}

static plaq_status write_result(const char *folder, const char *measurement, const char *stem, int64_t config)
{
    const plaq_fact facts[] = {{.name = "ensemble", .text = "e"}};
    plaq_result r = {.observable = "flow", .reference = "", .brief = ""};
    plaq_status status = PLAQ_E_MEMORY;
    char path[4200];

    snprintf(r.name, sizeof r.name, "%s", measurement);
    memset(r.key, 'a', 64);
    r.parameters = plaq_strdup("");
    r.derivation = plaq_strdup("");
    r.arrays = plaq_alloc(7, sizeof *r.arrays);
    if (r.parameters && r.derivation && r.arrays) status = fill(&r, config);
    snprintf(path, sizeof path, "%s/%s%" PRId64 ".h5", folder, stem, config);
    if (status == PLAQ_OK) status = plaq_store_write(path, &r, 1, facts, 1);
    plaq_result_clear(&r);
    return status;
}

/* A folder of configurations 0 .. n - 1 of ensemble "e"; its path into @p folder. */
static plaq_status write_folder(const char *name, const char *measurement, const char *stem, int n, char folder[4096])
{
    plaq_store_start();
    test_scratch_path(folder, name);
    PLAQ_TRY(plaq_path_make_folder(folder));
    for (int c = 0; c < n; c++) PLAQ_TRY(write_result(folder, measurement, stem, c));
    return PLAQ_OK;
}

/* ---- analyses ------------------------------------------------------------------------------------------------------
 */

static void destroy_later(void *study)
{
    plaq_study *s = study;

    plaq_study_destroy(&s);
}

/* Reads and makes an analysis of one folder: `quantities` are lines "NAME: {...}" with commas between. */
static plaq_status analyse(const char *folder, const char *rest, const char *quantities, plaq_study **study)
{
    char *text = plaq_strprintf("results: %s\n%squantities: {%s}\n", folder, rest, quantities);
    plaq_study *made = NULL;
    plaq_status status = text ? plaq_study_parse(text, "test.yaml", NULL, 0, &made) : PLAQ_E_MEMORY;

    plaq_free(text);
    if (status == PLAQ_OK) status = plaq_study_run(made);
    if (status != PLAQ_OK) {
        plaq_study_destroy(&made);
        return status;
    }
    test_later(destroy_later, made);
    *study = made;
    return PLAQ_OK;
}

static const char independent[] = "method: {window: 0}\n";

static double value(const plaq_study *study, const char *name, size_t i)
{
    const plaq_made *made = plaq_study_find(study, name);

    return made && made->status == PLAQ_OK && i < made->estimate.size ? made->error[i].value : NAN;
}

static double error(const plaq_study *study, const char *name, size_t i)
{
    const plaq_made *made = plaq_study_find(study, name);

    return made && made->status == PLAQ_OK && i < made->estimate.size ? made->error[i].error : NAN;
}

/* The error of n independent numbers as the Gamma method has it: variance over n, corrected by 1 + 1/n. */
static double naive_error(const double x[], int n)
{
    double mean = 0, sum = 0;

    for (int i = 0; i < n; i++) mean += x[i] / n;
    for (int i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / n / n * (1 + 1.0 / n));
}

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

static void values_are_written_as_the_field_does(void)
{
    static const struct {
        double value, error, systematic;
        const char *text;
    } cases[] = {
        {0.59364, 0.00123, 0, "0.5936(12)"},
        {0.59364, 0.00123, 0.00081, "0.59364(123)(81)"},
        {0.59364, 0.00123, 0.0042, "0.5936(12)(42)"},
        {0.59364, 0.000996, 0, "0.5936(10)"},
        {-12.3456, 2.34, 0, "-12.3(2.3)"},
        {-12.3456, 0.234, 0, "-12.35(23)"},
        {1234.5, 56.7, 0, "1234(57)"},
        {3.194, 1.559, 0.048, "3.194(1.559)(0.048)"},
        {0.00000123456, 0.0000000789, 0, "1.235(79)e-6"},
        {0, 0.0042, 0, "0.0000(42)"},
        {0.5, 0, 0, "0.5"},
        {123456789, 1234567, 0, "1.235(12)e8"},
        {NAN, 1, 0, "-"},
        {1, INFINITY, 0, "-"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[80];

        plaq_number_text(cases[i].value, cases[i].error, cases[i].systematic, text, sizeof text);
        if (!test_check(strcmp(text, cases[i].text) == 0, __FILE__, __LINE__, "%s, expected %s", text, cases[i].text))
            return;
    }
}

/* ---- entries --------------------------------------------------------------------------------------------------------
 */

static void entries_are_picked_averaged_and_folded(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("entries", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK,
                 analyse(folder, independent,
                         "one: {mean: {of: flow.correlator, pick: {source: 1, pair: 2, t: 3}}}, "
                         "two: {mean: {of: flow.correlator, pick: {pair: [0, 2], t: 3}, average: [source, pair]}}, "
                         "sum: {mean: {of: flow.correlator, pick: {source: 0, pair: 1}, sum: t}}, "
                         "imag: {mean: {of: flow.correlator, pick: {source: 1, pair: 0}, part: imag, constant: true}}, "
                         "even: {mean: {of: flow.correlator, pick: {source: 1, pair: 1}, fold: even}}, "
                         "left: {mean: {of: flow.correlator, pick: {source: 1}}}, "
                         "power: {mean: {of: flow.number, power: 2}}",
                         &study));
    double one = 0, two = 0, sum = 0, even = 0, power = 0, all[CONFIGS];

    for (int c = 0; c < CONFIGS; c++) {
        all[c] = correlator(c, 1, 2, 3);
        one += all[c] / CONFIGS;
        for (int s = 0; s < SOURCES; s++) two += (correlator(c, s, 0, 3) + correlator(c, s, 2, 3)) / 4 / CONFIGS;
        for (int t = 0; t < TIMES; t++) sum += correlator(c, 0, 1, t) / CONFIGS;
        even += (correlator(c, 1, 1, 3) + correlator(c, 1, 1, TIMES - 3)) / 2 / CONFIGS;
        power += number(c) * number(c) / CONFIGS;
    }
    /* sums of 16 and 128 numbers of order one */
    CHECK_CLOSE(value(study, "one", 0), one, 1e-14);
    CHECK_CLOSE(error(study, "one", 0), naive_error(all, CONFIGS), 1e-13);
    CHECK_CLOSE(value(study, "two", 0), two, 1e-14);
    CHECK_CLOSE(value(study, "sum", 0), sum, 1e-13);
    CHECK_SAME(value(study, "imag", 5), -(double)(PAIRS * TIMES + 5));
    CHECK_CLOSE(value(study, "even", 3), even, 1e-14);
    CHECK_CLOSE(value(study, "power", 0), power, 1e-14);
    CHECK(plaq_study_find(study, "even")->estimate.size == TIMES / 2 + 1);
    CHECK(plaq_study_find(study, "even")->period == TIMES && plaq_study_find(study, "even")->x[4] == 4);
    CHECK(strcmp(plaq_study_find(study, "left")->label[TIMES + 2], "1, 2") == 0);
}

static void configurations_are_selected(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("selected", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, "select: {first: 1, last: 13, step: 2, skip: '5, 8-9'}\n",
                                  "n: {mean: flow.number}", &study));
    CHECK_CLOSE(value(study, "n", 0), (number(1) + number(3) + number(7) + number(11) + number(13)) / 5, 1e-15);
}

static void replicas_are_chains_of_one_ensemble(void)
{
    plaq_study *study = NULL;
    char folder[4096];
    const plaq_made *made;

    CHECK_STATUS(PLAQ_OK, write_folder("replica", "flow", "b_r1n", 8, folder));
    CHECK_STATUS(PLAQ_OK, write_folder("replica", "flow", "b_r2n", 5, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, "", "n: {mean: flow.number}", &study));
    made = plaq_study_find(study, "n");
    CHECK(made->status == PLAQ_OK && made->estimate.chains->count == 2 && made->estimate.chains->configs == 13);
    CHECK(made->error[0].count == 1 && made->error[0].part[0].replica == 2);
}

static void replicas_are_named_by_the_analysis(void)
{
    plaq_study *study = NULL;
    char a[4096], b[4096], both[9000];

    CHECK_STATUS(PLAQ_OK, write_folder("stream_a", "flow", "n", 8, a));
    CHECK_STATUS(PLAQ_OK, write_folder("stream_b", "flow", "n", 5, b));
    snprintf(both, sizeof both, "{e: [{path: %s, replica: a}, {path: %s, replica: b}]}", a, b);
    CHECK_STATUS(PLAQ_OK, analyse(both, "", "n: {mean: flow.number}", &study));
    CHECK(plaq_study_find(study, "n")->estimate.chains->configs == 13);
    CHECK(strcmp(plaq_study_find(study, "n")->estimate.chains->chain[1].replica, "b") == 0);
}

/* ---- what is made of them
 * -------------------------------------------------------------------------------------------- */

static void quantities_come_in_any_order(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("order", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, independent,
                                  "ratio: {expression: twice / n}, twice: {expression: '2*n + 1 - flow.noise[1]'}, "
                                  "n: {mean: flow.number}, three: {expression: 3}",
                                  &study));
    CHECK_CLOSE(value(study, "twice", 0), 2 * value(study, "n", 0) + 1, 1e-15);
    CHECK_CLOSE(value(study, "ratio", 0), value(study, "twice", 0) / value(study, "n", 0), 1e-15);
    CHECK_SAME(value(study, "three", 0), 3);
    CHECK_SAME(error(study, "three", 0), 0);
    CHECK(plaq_study_count(study) == 4 && strcmp(plaq_study_made(study, 0)->name, "ratio") == 0);
}

static void masses_of_free_correlators_are_exact(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("masses", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK,
                 analyse(folder, independent,
                         "c: {mean: {of: flow.correlator, pick: {pair: 0}, average: source, fold: even}}, "
                         "h: {mean: {of: flow.correlator, pick: {pair: 2}, average: source, fold: even}}, "
                         "mass: {fit: {of: c, first: 1, last: 4}}, both: {fit: {of: [c, h], first: 0, states: 2}}, "
                         "many: {fit: {of: c, scan: {first: [0, 2], last: [3, 4]}}}, eff: {effective_mass: c}, "
                         "flat: {fit: {of: eff, model: plateau, first: 0}}, "
                         "a: {expression: mass.A0_0}, e: {expression: mass}, "
                         "state: {gevp: {of: [[c, x], [x, h]], t0: 0, t0_kind: fixed}}, x: {expression: 0*c}",
                         &study));
    /* amplitudes carry 0.01 sin(t), which masses see divided by the amplitude: 0.01 at most */
    CHECK(fabs(value(study, "mass", 0) - 0.4) < 0.01 && fabs(value(study, "many", 0) - 0.4) < 0.01);
    CHECK(fabs(value(study, "both", 0) - 0.4) < 0.03 && fabs(value(study, "both", 1) - 0.7) < 0.03);
    CHECK_SAME(value(study, "a", 0), value(study, "mass", 1));
    CHECK_SAME(value(study, "e", 0), value(study, "mass", 0));
    CHECK(plaq_study_find(study, "many")->systematic[0] > 0 && plaq_study_find(study, "many")->scans == 5);
    CHECK(plaq_study_find(study, "eff")->estimate.size == 4);
    CHECK(fabs(value(study, "flat", 0) - 0.4) < 0.01);
    CHECK_CLOSE(value(study, "state", 0),
                log((value(study, "c", 1) / value(study, "c", 0)) / (value(study, "c", 2) / value(study, "c", 0))),
                1e-12);
}

/* t^2 E = 0.2 t, so that W is the same. */
static void scales_are_where_lines_cross(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("scales", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, independent,
                                  "y: {mean: flow.t2E}, t0: {scale: y}, w0: {scale: {of: y, kind: w0}}, "
                                  "line: {scale: {of: y, by: fit}}, q: {mean: {of: flow.noise, pick: {k: 2}}}, "
                                  "chi: {susceptibility: {of: q, volume: 8}}, late: {scale: {of: y, level: 5}}",
                                  &study));
    CHECK(plaq_study_find(study, "y")->x[3] == 1.5); /* by the labels: flow.time */
    CHECK_CLOSE(value(study, "t0", 0), 1.5, 1e-12);
    CHECK_CLOSE(value(study, "line", 0), 1.5, 1e-12);
    CHECK_CLOSE(value(study, "w0", 0), sqrt(1.5), 1e-12);
    /* the slope moves by a tenth: so does t0 */
    CHECK_CLOSE(error(study, "t0", 0), 1.5 * 0.1 * sqrt((1 + 1.0 / CONFIGS) / CONFIGS), 1e-12);
    CHECK_CLOSE(value(study, "chi", 0), 1.0 / 8, 1e-15);
    CHECK(plaq_study_find(study, "late")->status == PLAQ_E_DATA);
}

static void lines_and_potentials_are_recovered(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("lines", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(
        PLAQ_OK,
        analyse(folder, independent,
                "z: {mean: flow.noise}, "
                "y1: {expression: '1.25 + 0.001*z[0]'}, y2: {expression: '1.5 + 0.001*z[1]'}, "
                "y3: {expression: '2 + 0.002*z[2]'}, x1: {expression: '0.1 + 0.001*z[3]'}, x2: {expression: '0.2 + "
                "0.001*z[0]'}, "
                "x3: {expression: '0.4 + 0.001*z[1]'}, "
                "line: {extrapolate: {of: [y1, y2, y3], x: [0.1, 0.2, 0.4]}}, "
                "there: {extrapolate: {of: [y1, y2, y3], x: [0.1, 0.2, 0.4], at: 0.3}}, "
                "sloped: {extrapolate: {of: [y1, y2, y3], x: [x1, x2, x3]}}, "
                "v1: {expression: '0.5 - 0.25/1 + 0.05*1 + 0.001*z[0]'}, v2: {expression: '0.5 - 0.25/2 + 0.05*2 + "
                "0.001*z[1]'}, "
                "v3: {expression: '0.5 - 0.25/3 + 0.05*3 + 0.001*z[2]'}, v4: {expression: '0.5 - 0.25/4 + 0.05*4 + "
                "0.001*z[3]'}, "
                "v: {collect: {of: [v1, v2, v3, v4], x: [1, 2, 3, 4], axis: r}}, pot: {potential: v}, "
                "e0: {expression: '0.5 + 0.001*z[0]'}, e1: {expression: sqrt(0.25 + (2*pi/8)^2)}, "
                "light: {dispersion: {of: [e0, e1], n: [[0, 0, 1]], extent: [8, 8, 8]}}",
                &study));
    CHECK_STATUS(PLAQ_OK, plaq_study_verdict(study));
    /* linear fits of numbers that lie on their curves */
    CHECK_CLOSE(value(study, "line", 0), 1, 1e-10);
    CHECK_CLOSE(value(study, "line", 1), 2.5, 1e-10);
    CHECK_CLOSE(value(study, "there", 0), 1.75, 1e-10);
    CHECK_CLOSE(value(study, "sloped", 0), 1, 1e-8);
    CHECK(error(study, "sloped", 0) > error(study, "line", 0));
    CHECK_CLOSE(value(study, "pot", 0), sqrt((1.65 - 0.25) / 0.05), 1e-8);
    CHECK_CLOSE(value(study, "pot", 1), sqrt((1 - 0.25) / 0.05), 1e-8);
    CHECK_CLOSE(value(study, "light", 0), 1, 1e-12);
}

static void ensembles_are_independent(void)
{
    plaq_study *study = NULL;
    char a[4096], b[4096], both[9000];

    CHECK_STATUS(PLAQ_OK, write_folder("coarse", "flow", "n", CONFIGS, a));
    CHECK_STATUS(PLAQ_OK, write_folder("fine", "flow", "n", 11, b));
    snprintf(both, sizeof both, "{coarse: %s, fine: {path: %s, format: plaq, last: 9}}", a, b);
    CHECK_STATUS(PLAQ_OK, analyse(both, independent,
                                  "a: {mean: {of: flow.number, ensemble: coarse}}, "
                                  "b: {mean: {of: flow.number, ensemble: fine}}, d: {expression: a - b}, "
                                  "mixed: {mean: flow.number}",
                                  &study));
    CHECK_CLOSE(error(study, "d", 0), hypot(error(study, "a", 0), error(study, "b", 0)), 1e-13);
    CHECK(plaq_study_find(study, "b")->estimate.chains->configs == 10);
    CHECK(plaq_study_find(study, "mixed")->status == PLAQ_E_DATA);
    CHECK(strstr(plaq_study_find(study, "mixed")->message, "several ensembles, \"coarse\" and \"fine\""));
}

/* Of independent numbers, blocks of one: the jackknife's error of a mean is that of the Gamma method but for its
 * correction, 1/(n - 1) for (1 + 1/n)/n. */
static void samples_have_the_same_errors(void)
{
    static const char quantities[] = "n: {mean: flow.number}, s: {expression: sqrt(n)}, z: {mean: flow.noise}";
    const double correction = sqrt(CONFIGS / (CONFIGS - 1.0) / (1 + 1.0 / CONFIGS));
    plaq_study *gamma = NULL, *jackknife = NULL, *bootstrap = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("samples", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, independent, quantities, &gamma));
    CHECK_STATUS(PLAQ_OK, analyse(folder, "method: {kind: jackknife, block: 1}\n", quantities, &jackknife));
    CHECK_STATUS(PLAQ_OK,
                 analyse(folder, "method: {kind: bootstrap, block: 1, samples: 2000}\n", quantities, &bootstrap));
    CHECK_CLOSE(error(jackknife, "n", 0), error(gamma, "n", 0) * correction, 1e-12);
    CHECK_CLOSE(error(jackknife, "z", 2), error(gamma, "z", 2) * correction, 1e-12);
    /* second order in fluctuations of 5 per cent */
    CHECK(fabs(error(jackknife, "s", 0) / error(gamma, "s", 0) / correction - 1) < 0.01);
    /* 2000 samples know an error to 1.6 per cent; (n - 1)/n is the bootstrap's own */
    CHECK(fabs(error(bootstrap, "n", 0) / error(gamma, "n", 0) - 1) < 0.08);
    CHECK(plaq_study_find(jackknife, "s")->samples.samples == CONFIGS);
}

/* ---- what is wrong --------------------------------------------------------------------------------------------------
 */

static void mistakes_are_found_with_their_place(void)
{
    static const char *const wrong[][2] = {
        {"a: {expression: b}, b: {expression: a + 1}", "test.yaml:2:50: quantity \"a\" would be made of itself"},
        {"a: {expression: a}", "would be made of itself"},
        {"number: {mean: flow.number}, b: {expression: numbr}",
         "no quantity or observable is called \"numbr\"; did you mean \"number\"?"},
        {"a: {mean: flow.nubmer}", "no observable \"flow.nubmer\" in the results; did you mean \"flow.number\"?"},
        {"a: {maen: flow.number}", "unknown step \"maen\"; did you mean \"mean\"?"},
        {"a: {mean: {off: flow.number}}", "unknown key \"off\"; did you mean \"of\"?"},
        {"a: {mean: {}}", "key \"of\" is missing"},
        {"a: {fit: {first: 1}}", "key \"of\" is missing"},
        {"a: {mean: {of: flow.noise, pick: {l: 1}}}", "flow.noise has no axis \"l\""},
        {"a: {mean: {of: flow.noise, pick: {k: 4}}}", "axis k of flow.noise has no entry \"4\": there are 0 to 3"},
        {"a: {mean: {of: flow.number, ensemble: f}}", "no flow.number of ensemble \"f\""},
        {"a: {mean: {of: flow.number, part: imag}}", "flow.number is real"},
        {"a: {expression: 'log(flow.number'}", "expected )"},
        {"a: {mean: flow.number, sum: t}", "a quantity is made by one `step: {parameters}`"},
        {"a b: {mean: flow.number}", "cannot name a quantity"},
        {"c: {mean: {of: flow.correlator, pick: {source: 0}}}, m: {effective_mass: c}", "c has no times"},
        {"y: {mean: flow.noise}, m: {effective_mass: y}", "the period of y is not known"},
        {"y: {mean: flow.noise}, m: {fit: {of: y, first: 9}}", "y has no points from 9 to 1e+09: it has 0 to 3"},
        {"y: {mean: flow.noise}, m: {fit: {of: y, model: exp, priors: {E: [1, 1]}}}", "the fit has no parameter \"E\""},
    };
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("mistakes", "flow", "n", 4, folder));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(PLAQ_E_USAGE, analyse(folder, "", wrong[i][0], &study));
        CHECK_MESSAGE(wrong[i][1]);
    }
}

static void bad_numbers_fail_their_quantity_alone(void)
{
    static const struct {
        const char *quantity, *words;
        plaq_status status;
    } bad[] = {
        {"{mean: flow.frozen}", "flow.frozen is the same on all 16 configurations, 0.25", PLAQ_E_DATA},
        {"{mean: flow.lacking}", "flow.lacking is not a number at configuration 5 of ensemble \"e\"", PLAQ_E_DATA},
        {"{expression: sqrt(n - 9)}", "", PLAQ_E_DATA},
        {"{fit: {of: c, first: 1, last: 4, states: 3}}", "", PLAQ_E_DATA},
        {"{fit: {of: d, first: 0, last: 7, model: exp, correlated: true}}", "16 configurations", PLAQ_E_DATA},
    };
    plaq_study *study = NULL;
    char folder[4096], text[600];

    CHECK_STATUS(PLAQ_OK, write_folder("bad", "flow", "n", CONFIGS, folder));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const plaq_made *made;

        snprintf(text, sizeof text,
                 "n: {mean: flow.number}, bad: %s, worse: {expression: 2*bad}, "
                 "c: {mean: {of: flow.correlator, pick: {source: 0, pair: 0}, fold: even}}, "
                 "d: {mean: {of: flow.correlator, pick: {source: 0, pair: 0}}}",
                 bad[i].quantity);
        CHECK_STATUS(PLAQ_OK, analyse(folder, "", text, &study));
        made = plaq_study_find(study, "bad");
        CHECK_STATUS(bad[i].status, made->status);
        if (!test_check(strstr(made->message, bad[i].words) != NULL, __FILE__, __LINE__, "%s", made->message)) return;
        CHECK(made->estimate.size == 0 && plaq_study_find(study, "worse")->status == bad[i].status);
        CHECK(plaq_study_find(study, "n")->status == PLAQ_OK);
        CHECK_STATUS(bad[i].status, plaq_study_verdict(study));
        CHECK_MESSAGE("2 of 5 quantities could not be made; the first: bad: ");
    }
}

static void few_configurations_are_too_few(void)
{
    plaq_study *study = NULL;
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("few", "flow", "n", 3, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, "", "n: {mean: flow.number}", &study));
    CHECK(plaq_study_find(study, "n")->status == PLAQ_E_DATA);
    CHECK_STATUS(PLAQ_E_DATA, plaq_study_verdict(study));
    CHECK_MESSAGE("an error takes 4 configurations, there are 3");
}

/* ---- what is written
 * -------------------------------------------------------------------------------------------------- */

static void results_are_read_back(void)
{
    static const char *const ending[] = {"json.gz", "h5", "xml.gz"};
    plaq_study *study = NULL, *again = NULL;
    char folder[4096], path[4096], name[80];

    CHECK_STATUS(PLAQ_OK, write_folder("written", "flow", "n", CONFIGS, folder));
    CHECK_STATUS(PLAQ_OK, analyse(folder, "", "n: {mean: flow.number}, s: {expression: sqrt(n)}", &study));
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        snprintf(name, sizeof name, "result.%s", ending[i]);
        test_scratch_path(path, name);
        CHECK_STATUS(PLAQ_OK, plaq_study_write(study, path));
        CHECK_STATUS(PLAQ_OK, analyse(path, "", "s: {mean: s}, square: {expression: s^2}", &again));
        /* formats of text have 15 digits at least */
        CHECK_CLOSE(value(again, "s", 0), value(study, "s", 0), 1e-14);
        CHECK_CLOSE(error(again, "s", 0), error(study, "s", 0), 1e-13);
        CHECK_CLOSE(error(again, "square", 0), error(study, "n", 0), 1e-13);
    }
}

static bool is_noted(const plaq_study *study, const char *words)
{
    char *const *note;
    const int n = plaq_study_notes(study, &note);

    for (int i = 0; i < n; i++)
        if (strstr(note[i], words)) return true;
    return false;
}

static void configurations_that_are_missing_are_noted(void)
{
    plaq_study *study = NULL;
    char a[4096], b[4096], both[9000];

    CHECK_STATUS(PLAQ_OK, write_folder("all", "flow", "n", CONFIGS, a));
    CHECK_STATUS(PLAQ_OK, write_folder("rest", "late", "n", CONFIGS, b));
    snprintf(both, sizeof both, "[%s, {path: %s, skip: '3, 9-10'}]", a, b);
    CHECK_STATUS(PLAQ_OK,
                 analyse(both, "", "n: {mean: flow.number}, m: {mean: late.number}, d: {expression: n - m}", &study));
    CHECK(is_noted(study, "late.number lacks 3 configurations of \"e\" that flow.number has: 3, 9, 10"));
    CHECK(!is_noted(study, "flow.number lacks"));
    CHECK_CLOSE(value(study, "d", 0), value(study, "n", 0) - value(study, "m", 0), 1e-15);
}

static void configurations_that_are_there_twice_are_refused(void)
{
    plaq_study *study = NULL;
    char a[4096], b[4096], both[9000];

    CHECK_STATUS(PLAQ_OK, write_folder("first", "flow", "n", CONFIGS, a));
    CHECK_STATUS(PLAQ_OK, write_folder("second", "flow", "n", 2, b));
    snprintf(both, sizeof both, "[%s, %s]", a, b);
    CHECK_STATUS(PLAQ_OK, analyse(both, "", "n: {mean: flow.number}", &study));
    CHECK(plaq_study_find(study, "n")->status == PLAQ_E_DATA);
    CHECK(strstr(plaq_study_find(study, "n")->message, "configuration 0 of ensemble \"e\" is in "));
    snprintf(both, sizeof both, "[{path: %s, first: 2}, %s]", a, b);
    CHECK_STATUS(PLAQ_OK, analyse(both, "", "n: {mean: flow.number}", &study));
    CHECK(plaq_study_find(study, "n")->estimate.chains->configs == CONFIGS);
}

/* ---- faults
 * ------------------------------------------------------------------------------------------------------------ */

static plaq_status attempt(void *given)
{
    char *text =
        plaq_strprintf("results: {path: %s, format: plaq}\nmethod: {kind: jackknife, block: 1}\nquantities: {c: "
                       "{mean: {of: flow.correlator, pick: {pair: 0}, average: source, fold: even}}, mass: "
                       "{fit: {of: c, first: 1}}, t0: {scale: flow.t2E}, r: {expression: mass * t0}}\n",
                       (const char *)given);
    plaq_study *study = NULL;
    plaq_status status = text ? plaq_study_parse(text, "test.yaml", NULL, 0, &study) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = plaq_study_run(study);
    if (status == PLAQ_OK) status = plaq_study_verdict(study);
    plaq_study_destroy(&study);
    plaq_free(text);
    return status;
}

static void faults_leave_nothing_behind(void)
{
    char folder[4096];

    CHECK_STATUS(PLAQ_OK, write_folder("faults", "flow", "n", 4, folder));
    CHECK_FAULT_SWEEP(attempt, folder);
}

TEST_MAIN({"values are written as the field does", values_are_written_as_the_field_does},
          {"entries are picked, averaged and folded", entries_are_picked_averaged_and_folded},
          {"configurations are selected", configurations_are_selected},
          {"replicas are chains of one ensemble", replicas_are_chains_of_one_ensemble},
          {"replicas are named by the analysis", replicas_are_named_by_the_analysis},
          {"quantities come in any order", quantities_come_in_any_order},
          {"masses of free correlators are exact", masses_of_free_correlators_are_exact},
          {"scales are where lines cross", scales_are_where_lines_cross},
          {"lines and potentials are recovered", lines_and_potentials_are_recovered},
          {"ensembles are independent", ensembles_are_independent},
          {"samples have the same errors", samples_have_the_same_errors},
          {"mistakes are found with their place", mistakes_are_found_with_their_place},
          {"bad numbers fail their quantity alone", bad_numbers_fail_their_quantity_alone},
          {"few configurations are too few", few_configurations_are_too_few},
          {"results are read back", results_are_read_back},
          {"configurations that are missing are noted", configurations_that_are_missing_are_noted},
          {"configurations that are there twice are refused", configurations_that_are_there_twice_are_refused},
          {"faults leave nothing behind", faults_leave_nothing_behind})
