/* Estimates in files: those of pyerrors hold what its authors published, what is written reads back with the same value
 * and error, and damaged files are refused in words. */
#include <inttypes.h>
#include <libdeflate.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/exchange.h"
#include "support/test.h"

static void clear_later(void *numbers)
{
    plaq_numbers_clear(numbers);
    plaq_free(numbers);
}

/* The harness lets go of what was read after the case, which keeps looking at it. */
static void keep(const plaq_numbers *numbers)
{
    plaq_numbers *kept = plaq_alloc(1, sizeof *kept);

    *kept = *numbers;
    test_later(clear_later, kept);
}

static plaq_status read_all(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    plaq_status status = plaq_numbers_read(path, NULL, wanted, out);

    if (status == PLAQ_OK) keep(out);
    return status;
}

/* ---- files of pyerrors ------------------------------------------------------------------------------------------- */

/* The next number of a text of numbers, behind lines that begin with #. */
static bool next_number(const char **at, double *number)
{
    char *end;

    while (**at == '#') *at += strcspn(*at, "\n") + 1;
    *number = strtod(*at, &end);
    if (end == *at) return false;
    *at = end;
    *at += strspn(*at, " \r\n");
    return true;
}

/* The largest difference of value + delta and the numbers of a text, configuration by configuration: entry by entry of
 * one estimate, or of many by turns, as correlators of a matrix are. */
static double difference_to_text(const plaq_numbers *n, const char *text, bool numbered)
{
    const plaq_chains *chains = n->estimate[0].chains;
    double worst = 0, number;

    for (size_t c = 0; c < chains->configs; c++) {
        if (numbered && (!next_number(&text, &number) || number != (double)chains->chain[0].config[c])) return INFINITY;
        for (size_t i = 0; i < n->estimate[0].size * (size_t)n->estimates; i++) {
            const plaq_estimate *e = &n->estimate[i % (size_t)n->estimates];
            const size_t entry = i / (size_t)n->estimates;

            if (!next_number(&text, &number)) return INFINITY;
            worst = fmax(worst, fabs(e->value[entry] + e->delta[entry * chains->configs + c] - number));
        }
    }
    return next_number(&text, &number) ? INFINITY : worst;
}

static void check_against_text(const char *name, const char *last, int estimates, size_t size, bool numbered)
{
    char file[64], *text;
    const char *path;
    plaq_numbers n;
    double worst;
    size_t bytes;

    snprintf(file, sizeof file, "pyerrors/%s.json.gz", name);
    path = test_data(file);
    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &n));
    CHECK(n.estimates == estimates && n.series_count == 0 && n.notes == 0 && n.estimate[0].size == size);
    CHECK(strcmp(n.estimate_name[estimates - 1], last) == 0);
    snprintf(file, sizeof file, "pyerrors/%s.txt", name);
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(test_data(file), 1 << 24, &text, &bytes));
    worst = difference_to_text(&n, text, numbered);
    plaq_free(text);
    CHECK_CLOSE(worst, 0, 2e-15); /* the json has 16 digits of deltas, whose mean is taken off; numbers are up to 7 */
}

static void f_A_is_as_its_text(void)
{
    check_against_text("f_A", "f_A", 1, 22, true);
}

static void f_P_is_as_its_text(void)
{
    check_against_text("f_P", "f_P", 1, 22, true);
}

static void a_matrix_of_correlators_is_as_its_text(void)
{
    check_against_text("matrix_correlator_V1V1", "matrix_correlator_V1V1.3.3", 16, 64, false);
}

static void one_correlator_of_a_matrix_is_read_alone(void)
{
    const char *path = test_data("pyerrors/matrix_correlator_V1V1.json.gz");
    plaq_numbers all, one;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &all));
    CHECK_STATUS(PLAQ_OK, read_all(path, &(plaq_numbers_wanted){.name = "matrix_correlator_V1V1.2.1"}, &one));
    CHECK(one.estimates == 1 && one.estimate[0].size == 64);
    for (size_t t = 0; t < 64; t++) CHECK_SAME(one.estimate[0].value[t], all.estimate[9].value[t]);
    CHECK_STATUS(PLAQ_E_USAGE,
                 plaq_numbers_read(path, NULL, &(plaq_numbers_wanted){.name = "matrix_correlator_V1V1"}, &one));
}

static const plaq_gamma_method pyerrors_method = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};

/* Many replica with gaps. The error is the one in pyerrors' own test of this file. */
static void an_observable_with_gaps_has_its_published_error(void)
{
    const char *path = test_data("pyerrors/compute_drho_fails.json.gz");
    plaq_uncertainty u;
    plaq_numbers n;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &n));
    CHECK(n.estimates == 1 && n.estimate[0].size == 1 && n.estimate[0].chains->count == 32);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&n.estimate[0], 0, &pyerrors_method, &u));
    printf("# dvalue %.17g, published 0.0022150779611891094\n", u.error);
    CHECK_CLOSE(u.error / 0.0022150779611891094, 1, 1e-12);
    plaq_uncertainty_clear(&u);
}

/* ---- out and in again -------------------------------------------------------------------------------------------- */

/* Correlated noise without a short binary fraction, for configurations of one chain. */
static double noise(int64_t config, size_t entry)
{
    double normal[4], before[4];

    plaq_random_normal(7, PLAQ_RANDOM_TEST, 0, (uint64_t)config, entry, normal);
    plaq_random_normal(7, PLAQ_RANDOM_TEST, 0, (uint64_t)config - 1, entry, before);
    return 3 + (double)entry + 0.2 * (normal[0] + 0.6 * before[0]);
}

/* An estimate on chains, measured. */
static plaq_status measure(const plaq_chain list[], int n, size_t size, plaq_estimate *out)
{
    plaq_chains *chains = NULL;
    double *samples;
    size_t row = 0;
    plaq_status status;

    PLAQ_TRY(plaq_chains_create(list, n, &chains));
    samples = plaq_alloc(chains->configs * size, sizeof *samples);
    for (int k = 0; samples && k < n; k++)
        for (size_t c = 0; c < chains->chain[k].count; c++, row++)
            for (size_t i = 0; i < size; i++) samples[row * size + i] = noise(chains->chain[k].config[c] + 1000 * k, i);
    status = samples ? plaq_estimate_primary(chains, size, samples, out) : PLAQ_E_MEMORY;
    plaq_free(samples);
    plaq_chains_release(&chains);
    return status;
}

enum { LONG = 60, SHORT = 40 };

/* Two ensembles, the first of two replica, one of them with every third number missing from the middle on. */
static plaq_status make_estimates(plaq_estimate *one, plaq_estimate *both)
{
    int64_t plain[LONG], gaps[SHORT], other[SHORT];
    plaq_chain a[] = {{.ensemble = "A653 & co", .replica = "r1", .count = LONG, .config = plain},
                      {.ensemble = "A653 & co", .replica = "r2", .count = SHORT, .config = gaps}};
    plaq_chain b = {.ensemble = "B", .count = SHORT, .config = other};
    plaq_estimate two = {.size = 0};
    plaq_status status;

    for (int i = 0; i < LONG; i++) plain[i] = 1 + i;
    for (int i = 0; i < SHORT; i++) {
        gaps[i] = 10 * (i < SHORT / 2 ? i : i + (i - SHORT / 2) / 2 + 1);
        other[i] = 4 * i;
    }
    PLAQ_TRY(measure(a, 2, 1, one));
    status = measure(&b, 1, 3, &two);
    if (status == PLAQ_OK) status = plaq_estimate_join((const plaq_estimate *const[]){one, &two}, 2, both);
    plaq_estimate_clear(&two);
    if (status != PLAQ_OK) plaq_estimate_clear(one);
    return status;
}

static void clear_estimates(plaq_estimate *one, plaq_estimate *both)
{
    plaq_estimate_clear(one);
    plaq_estimate_clear(both);
}

static const plaq_fact provenance[] = {{.name = "analysis", .text = "of: \"f_A\"\nfit: a < b & c"},
                                       {.name = "beta", .number = 1.0 / 3}};

static plaq_status write_both(const char *path, const plaq_estimate *one, const plaq_estimate *both)
{
    const plaq_written list[] = {{.name = "m_pi", .unit = "1/a", .doc = "a mass", .estimate = one},
                                 {.name = "ratio", .estimate = both}};

    return plaq_numbers_write(path, list, 2, provenance, 2);
}

/* The largest difference of errors of two estimates, relative; infinite where values are not the same bits. */
static double difference_of(const plaq_estimate *a, const plaq_estimate *b)
{
    double worst = 0;

    if (a->size != b->size) return INFINITY;
    for (size_t i = 0; i < a->size; i++) {
        plaq_uncertainty x = {.count = 0}, y = {.count = 0};

        if (memcmp(&a->value[i], &b->value[i], sizeof(double)) != 0) return INFINITY;
        if (plaq_estimate_error(a, i, &pyerrors_method, &x) != PLAQ_OK ||
            plaq_estimate_error(b, i, &pyerrors_method, &y) != PLAQ_OK)
            worst = INFINITY;
        worst = fmax(worst, fabs(x.error / y.error - 1) + fabs(x.tau - y.tau));
        plaq_uncertainty_clear(&x);
        plaq_uncertainty_clear(&y);
    }
    return worst;
}

/* Values are the same bits, fluctuations too but for the rounding of their mean. In dobs all stand on all chains, so
 * those of the first estimate have zeros on the second ensemble, which does not move its error. */
static void estimates_read_back(const char *name, bool same_chains)
{
    plaq_estimate one, both;
    plaq_numbers n;
    char path[4096];
    double differences[2];
    bool chains, named;

    plaq_store_start();
    test_scratch_path(path, name);
    CHECK_STATUS(PLAQ_OK, make_estimates(&one, &both));
    plaq_status status = write_both(path, &one, &both);
    if (status == PLAQ_OK) status = read_all(path, NULL, &n);
    if (status != PLAQ_OK) clear_estimates(&one, &both);
    CHECK_STATUS(PLAQ_OK, status);
    named = n.estimates == 2 && strcmp(n.estimate_name[0], "m_pi") == 0 && strcmp(n.estimate_name[1], "ratio") == 0;
    chains = named && plaq_chains_equal(n.estimate[1].chains, both.chains) &&
             (!same_chains || plaq_chains_equal(n.estimate[0].chains, one.chains));
    differences[0] = named ? difference_of(&n.estimate[0], &one) : INFINITY;
    differences[1] = named ? difference_of(&n.estimate[1], &both) : INFINITY;
    clear_estimates(&one, &both);
    CHECK(named && chains);
    CHECK_CLOSE(differences[0], 0, 1e-13);
    CHECK_CLOSE(differences[1], 0, 1e-13);
}

static void pyerrors_reads_back(void)
{
    estimates_read_back("out.json.gz", true);
}
static void dobs_reads_back(void)
{
    estimates_read_back("out.xml.gz", false);
}
static void hdf5_reads_back(void)
{
    estimates_read_back("out.h5", true);
}

/* Equal numbers, equal bytes. */
static void equal_estimates_make_equal_files(void)
{
    static const char *const names[] = {"a.json.gz", "a.xml.gz", "a.h5", "a.csv", "a.json"};
    plaq_estimate one, both;
    bool same = true;

    plaq_store_start();
    CHECK_STATUS(PLAQ_OK, make_estimates(&one, &both));
    for (int i = 0; i < 5; i++) {
        char path[2][4096], name[32], *bytes[2] = {NULL, NULL};
        size_t n[2] = {0, 1};

        for (int k = 0; k < 2; k++) {
            snprintf(name, sizeof name, "%d%s", k, names[i]);
            test_scratch_path(path[k], name);
            same &= write_both(path[k], &one, &both) == PLAQ_OK &&
                    plaq_file_slurp(path[k], 1 << 24, &bytes[k], &n[k]) == PLAQ_OK;
        }
        same &= n[0] == n[1] && bytes[0] && bytes[1] && memcmp(bytes[0], bytes[1], n[0]) == 0;
        plaq_free(bytes[0]);
        plaq_free(bytes[1]);
    }
    clear_estimates(&one, &both);
    CHECK(same);
}

static bool holds(const char *path, const char *words)
{
    char *text = NULL;
    size_t n;
    bool found = plaq_file_slurp(path, 1 << 24, &text, &n) == PLAQ_OK && strstr(text, words);

    if (!found && text) printf("# %s\n", text);
    plaq_free(text);
    return found;
}

/* A line of the table and an object, in the digits that give the bits back; what was not known is left empty. */
static void tables_have_values_and_errors(void)
{
    plaq_estimate e = {.size = 0};
    plaq_uncertainty u[2] = {{.error = 0.25, .error_error = 0.0625, .tau = 0.5, .tau_error = NAN}, {.error = 2}};
    plaq_written w = {.name = "t0, \"clover\"", .unit = "a^2", .doc = "a scale", .estimate = &e, .uncertainty = u};
    char csv[4096], json[4096];
    plaq_status status;

    test_scratch_path(csv, "t.csv");
    test_scratch_path(json, "t.json");
    CHECK_STATUS(PLAQ_OK, plaq_estimate_constant(2, (double[]){0.1, -3}, &e));
    status = plaq_numbers_write(csv, &w, 1, provenance, 2);
    if (status == PLAQ_OK) status = plaq_numbers_write(json, &w, 1, provenance, 2);
    plaq_estimate_clear(&e);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(holds(csv, "# analysis: of: \"f_A\"\n#   fit: a < b & c\n# beta: 0.33333333333333331\nname,entry,value,"));
    CHECK(holds(csv, "\n\"t0, \"\"clover\"\"\",0,0.10000000000000001,0.25,0.0625,0.5,,0,a^2\n"));
    CHECK(holds(csv, ",1,-3,2,0,0,0,0,a^2\n"));
    CHECK(holds(json, "\"analysis\": \"of: \\\"f_A\\\"\\nfit: a < b & c\""));
    CHECK(holds(json, "\"value\": [0.10000000000000001, -3]") && holds(json, "\"tau_error\": [null, 0]"));
}

static void what_cannot_be_written_is_refused(void)
{
    plaq_estimate e = {.size = 0};
    plaq_written w[] = {{.name = "a", .estimate = &e}, {.name = "a", .estimate = &e}};
    char path[4096];
    plaq_status twice, slash, ending, nan;

    test_scratch_path(path, "refused.json.gz");
    CHECK_STATUS(PLAQ_OK, plaq_estimate_constant(1, (double[]){1}, &e));
    twice = plaq_numbers_write(path, w, 2, NULL, 0);
    w[1].name = "a/b";
    slash = plaq_numbers_write(path, w, 2, NULL, 0);
    ending = plaq_numbers_write("refused.txt", w, 1, NULL, 0);
    e.value[0] = NAN;
    nan = plaq_numbers_write(path, w, 1, NULL, 0);
    plaq_estimate_clear(&e);
    CHECK_STATUS(PLAQ_E_USAGE, twice);
    CHECK_STATUS(PLAQ_E_USAGE, slash);
    CHECK_STATUS(PLAQ_E_USAGE, ending);
    CHECK_STATUS(PLAQ_E_DATA, nan);
    CHECK_MESSAGE("refused.json.gz: a: entry 0 is not a number");
    CHECK(!plaq_path_exists(path));
}

/* ---- damaged and strange files ----------------------------------------------------------------------------------- */

#define DATA(deltas) "\"data\": [{\"id\": \"A\", \"replica\": [{\"name\": \"A\", \"deltas\": " deltas "}]}]"
#define OBS(members) "{\"obsdata\": [{\"type\": \"Obs\", " members "}]}"

static void damaged_json_is_refused_in_words(void)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"{\"obsdata\": [", "not JSON from byte"},
        {"{\"obsdata\": [}", "not JSON from byte"},
        {"{\"obsdata\": 3}", "wrong type of \"obsdata\", expected an array"},
        {OBS("\"layout\": \"1\""), "no \"value\", expected an array"},
        {OBS("\"value\": []"), "layout \"1\" is not that of 0 values"},
        {OBS("\"value\": [\"1\"]"), "value 0 is not a finite number"},
        {OBS("\"value\": [NaN]"), "value 0 is not a finite number"},
        {OBS("\"value\": [1e999]"), "value 0 is not a finite number"},
        {OBS("\"value\": [1, 2]"), "layout \"1\" is not that of 2 values"},
        {OBS("\"layout\": \"99999999999, 99999999999\", \"value\": [1, 2]"), "is not that of 2 values"},
        {OBS("\"layout\": 2, \"value\": [1, 2]"), "layout \"\" is not that of 2 values"},
        {OBS("\"value\": [1], " DATA("[]")), "replica A: no deltas"},
        {OBS("\"value\": [1], " DATA("[[1]]")), "configuration 1: entry 0 is not one of 1 finite numbers"},
        {OBS("\"value\": [1], " DATA("[[1, 2, 3]]")), "configuration 1: entry 1 is not one of 1"},
        {OBS("\"value\": [1], " DATA("[[1, NaN]]")), "configuration 1: entry 0 is not one of 1"},
        {OBS("\"value\": [1], " DATA("[[1.5, 2]]")), "row 0 of deltas does not begin with the number"},
        {OBS("\"value\": [1], " DATA("[[2, 0.1], [1, -0.1]]")), "configuration 1 follows 2, expected ascending"},
        {OBS("\"value\": [1], " DATA("[[2, 0.1], [2, -0.1]]")), "configuration 2 follows 2"},
        {OBS("\"value\": [1], \"data\": [{\"id\": 7, \"replica\": []}]"), "no text \"id\""},
        {OBS("\"value\": [1], \"data\": [{\"id\": \"A\"}]"), "no \"replica\""},
        {"{\"obsdata\": [{\"type\": \"Corr\", \"layout\": \"3\", \"value\": [1, NaN, 2]}]}",
         "are NaN: expected numbers"},
    };
    char path[4096];
    plaq_numbers n;

    test_scratch_path(path, "bad.json");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(test_put_file(path, bad[i].text, strlen(bad[i].text)));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "pyerrors", NULL, &n));
        CHECK_MESSAGE("bad.json: ");
        CHECK_MESSAGE(bad[i].words);
    }
}

/* pyerrors writes NaN where a correlator has no time slice. Texts with the word stay as they are. */
static void undefined_ends_of_a_correlator_are_left_out(void)
{
    static const char text[] =
        "{\"obsdata\": [{\"type\": \"Corr\", \"layout\": \"4, 1, 1\", \"value\": [NaN, 1.5, 2.5, NaN], "
        "\"tag\": {\"tag\": [\"NaN\\\"NaN\"]}, " DATA("[[1, NaN, 0.25, -1, NaN], [3, NaN, -0.25, 1, NaN]]") "}]}";
    char path[4096];
    plaq_numbers n;

    test_scratch_path(path, "corr.json");
    CHECK(test_put_file(path, text, sizeof text - 1));
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &n));
    CHECK(n.estimates == 1 && strcmp(n.estimate_name[0], "NaN\"NaN") == 0 && n.estimate[0].size == 2);
    CHECK(n.estimate[0].value[0] == 1.5 && n.estimate[0].value[1] == 2.5);
    CHECK(n.estimate[0].delta[0] == 0.25 && n.estimate[0].delta[3] == 1 &&
          n.estimate[0].chains->chain[0].config[1] == 3);
    CHECK(n.notes == 1 && strstr(n.note[0], "has no numbers at 2 entries of 4: those from 1 to 2 are taken"));
}

/* Half an error is worse than none. */
static void covariances_are_not_silently_dropped(void)
{
    static const char text[] =
        "{\"obsdata\": [{\"type\": \"Obs\", \"tag\": [\"Z\"], \"value\": [1], \"cdata\": [{\"id\": \"c\"}]},"
        "{\"type\": \"Obs\", \"tag\": [\"m\"], \"value\": [2]}]}";
    char path[4096];
    plaq_numbers n, none;

    test_scratch_path(path, "cdata.json");
    CHECK(test_put_file(path, text, sizeof text - 1));
    CHECK_STATUS(PLAQ_OK, read_all(path, NULL, &n));
    CHECK(n.estimates == 1 && strcmp(n.estimate_name[0], "m") == 0 && n.notes == 1 &&
          strstr(n.note[0], "Z is left out"));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, &(plaq_numbers_wanted){.name = "Z"}, &none));
    CHECK_MESSAGE("observable Z: part of its error is a covariance");
}

#define DOBS(array, data)                                        \
    "<OBSERVABLES><dobs><name>x</name><array><id>val</id>" array \
    "</array><ne>1</ne><nc>0</nc><edata><enstag>A</enstag>"      \
    "<nr>1</nr><array><id>A</id>" data "</array></edata></dobs></OBSERVABLES>"

static void damaged_xml_is_refused_in_words(void)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"<OBSERVABLES><dobs>", "not XML: line 1"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><OBSERVABLES><dobs>&b;</dobs></OBSERVABLES>", "a DOCTYPE"},
        {"<dobs/>", "no <OBSERVABLES>"},
        {"<OBSERVABLES/>", "no <dobs> in <OBSERVABLES>"},
        {DOBS("<layout>2 f1</layout>1", "<layout>1 i f1</layout>1 0"), "layout of the values is \"2 f1\""},
        {DOBS("<layout>1 f1</layout>1 2", "<layout>1 i f1</layout>1 0"), "more numbers than the layout says: \"2\""},
        {DOBS("<layout>1 f1</layout>nan", "<layout>1 i f1</layout>1 0"), "\"nan\" in the place of a finite number"},
        {DOBS("<layout>1 f1</layout>1", "<layout>9999999 i f1</layout>1 0"),
         "layout is \"9999999 i f1\", expected C i f1"},
        {DOBS("<layout>1 f1</layout>1", "<layout>1 i f2</layout>1 0 0"), "layout is \"1 i f2\", expected C i f1"},
        {DOBS("<layout>1 f1</layout>1", "<layout>2 i f1</layout>1 0 2"), "replica A: \"\" in the place of a finite"},
        {DOBS("<layout>1 f1</layout>1", "<layout>1 i f1</layout>x 1 1"), "in the place of a configuration's number"},
        {DOBS("<layout>1 f1</layout>1", "<id>A</id>"), "no <layout> in <array>"},
    };
    char path[4096];
    plaq_numbers n;

    test_scratch_path(path, "bad.xml");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(test_put_file(path, bad[i].text, strlen(bad[i].text)));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "dobs", NULL, &n));
        CHECK_MESSAGE("bad.xml: ");
        CHECK_MESSAGE(bad[i].words);
    }
}

/* Packs text by gzip; the length in its tail is `told`. */
static bool put_packed(const char *path, const char *text, size_t n, uint32_t told)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(9);
    size_t room = libdeflate_gzip_compress_bound(c, n), size;
    char *packed = plaq_alloc(room, 1);
    bool put;

    size = libdeflate_gzip_compress(c, text, n, packed, room);
    for (int i = 0; i < 4; i++) packed[size - 4 + (size_t)i] = (char)(told >> 8 * i);
    put = test_put_file(path, packed, size);
    plaq_free(packed);
    libdeflate_free_compressor(c);
    return put;
}

/* What a file says of its length is not believed before the memory is asked for. */
static void bombs_and_broken_gzip_are_refused(void)
{
    static const char text[] = OBS("\"value\": [1]");
    const uint32_t n = sizeof text - 1;
    char path[4096];
    plaq_numbers none;

    test_scratch_path(path, "bad.json.gz");
    CHECK(put_packed(path, text, n, n));
    CHECK_STATUS(PLAQ_OK, plaq_numbers_read(path, "pyerrors", NULL, &none));
    plaq_numbers_clear(&none);
    CHECK(put_packed(path, text, n, 4000000000u));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "pyerrors", NULL, &none));
    CHECK_MESSAGE("bad.json.gz: 4000000000 bytes when unpacked, expected at most");
    CHECK(put_packed(path, text, n, 1000000000u));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "pyerrors", NULL, &none));
    CHECK_MESSAGE("damaged gzip: 1000000000 bytes cannot be packed in");
    CHECK(put_packed(path, text, n, n - 1));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "pyerrors", NULL, &none));
    CHECK_MESSAGE("damaged gzip");
    CHECK(test_put_file(path, "\037\213\010", 3));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "pyerrors", NULL, &none));
    CHECK_MESSAGE("ends after 3 bytes, in the middle of gzip");
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static plaq_status write_and_read(void *name)
{
    plaq_estimate one = {.size = 0}, both = {.size = 0};
    plaq_numbers n;
    char path[4096];
    plaq_status status;

    test_scratch_path(path, name);
    PLAQ_TRY(make_estimates(&one, &both));
    status = write_both(path, &one, &both);
    clear_estimates(&one, &both);
    if (status != PLAQ_OK) return status;
    status = plaq_numbers_read(path,
                               strstr(name, "json")  ? "pyerrors"
                               : strstr(name, "xml") ? "dobs"
                                                     : "plaq",
                               NULL, &n);
    if (status == PLAQ_OK) plaq_numbers_clear(&n);
    return status;
}

static void faults_leave_nothing_behind(void)
{
    plaq_store_start();
    CHECK_FAULT_SWEEP(write_and_read, "faulty.json.gz");
    CHECK_FAULT_SWEEP(write_and_read, "faulty.xml.gz");
    CHECK_FAULT_SWEEP(write_and_read, "faulty.h5");
}

TEST_MAIN({"f_A is as its text", f_A_is_as_its_text}, {"f_P is as its text", f_P_is_as_its_text},
          {"a matrix of correlators is as its text", a_matrix_of_correlators_is_as_its_text},
          {"one correlator of a matrix is read alone", one_correlator_of_a_matrix_is_read_alone},
          {"an observable with gaps has its published error", an_observable_with_gaps_has_its_published_error},
          {"pyerrors reads back", pyerrors_reads_back}, {"dobs reads back", dobs_reads_back},
          {"HDF5 reads back", hdf5_reads_back}, {"equal estimates make equal files", equal_estimates_make_equal_files},
          {"tables have values and errors", tables_have_values_and_errors},
          {"what cannot be written is refused", what_cannot_be_written_is_refused},
          {"damaged JSON is refused in words", damaged_json_is_refused_in_words},
          {"undefined ends of a correlator are left out", undefined_ends_of_a_correlator_are_left_out},
          {"covariances are not silently dropped", covariances_are_not_silently_dropped},
          {"damaged XML is refused in words", damaged_xml_is_refused_in_words},
          {"bombs and broken gzip are refused", bombs_and_broken_gzip_are_refused},
          {"faults leave nothing behind", faults_leave_nothing_behind})
