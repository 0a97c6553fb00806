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

/* The largest difference of value + delta and the numbers of a text, configuration by configuration. */
static double difference_to_text(const plaq_estimate *e, const char *text, bool numbered)
{
    double worst = 0, number;

    for (size_t c = 0; c < e->chains->configs; c++) {
        if (numbered && (!next_number(&text, &number) || number != (double)e->chains->chain[0].config[c])) return INFINITY;
        for (size_t i = 0; i < e->size; i++) {
            if (!next_number(&text, &number)) return INFINITY;
            worst = fmax(worst, fabs(e->value[i] + e->delta[i * e->chains->configs + c] - number));
        }
    }
    return next_number(&text, &number) ? INFINITY : worst;
}

static void check_against_text(const char *name, size_t size, bool numbered)
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
    CHECK(n.estimates == 1 && n.series_count == 0 && n.notes == 0 && n.estimate[0].size == size);
    CHECK(strcmp(n.estimate_name[0], name) == 0);
    snprintf(file, sizeof file, "pyerrors/%s.txt", name);
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(test_data(file), 1 << 24, &text, &bytes));
    worst = difference_to_text(&n.estimate[0], text, numbered);
    plaq_free(text);
    CHECK_CLOSE(worst, 0, 2e-15); /* the json has 16 digits of deltas, whose mean is taken off; numbers are up to 7 */
}

static void f_A_is_as_its_text(void) { check_against_text("f_A", 22, true); }
static void f_P_is_as_its_text(void) { check_against_text("f_P", 22, true); }
static void a_matrix_of_correlators_is_as_its_text(void) { check_against_text("matrix_correlator_V1V1", 1024, false); }

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

TEST_MAIN({"f_A is as its text", f_A_is_as_its_text}, {"f_P is as its text", f_P_is_as_its_text},
          {"a matrix of correlators is as its text", a_matrix_of_correlators_is_as_its_text},
          {"an observable with gaps has its published error", an_observable_with_gaps_has_its_published_error})
