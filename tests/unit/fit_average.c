/* Averages over models: weights, the systematic error, scans of ranges, and the average as a function of the data. */
#include "support/test.h"

#include "plaq/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 24, FIRST = 2 };

static void destroy_model(void *model)
{
    plaq_model_destroy(model);
}

static void destroy_average(void *average)
{
    plaq_average_clear(average);
}

/* Two points less or one parameter more weigh as much as chi^2 higher by 4 or 2; of an uncorrelated fit it is chi^2 - 2
 * expected that counts. */
static void weights_by_hand(void)
{
    const plaq_fit_facts facts[] = {{.chi2 = 1e4 + 10}, {.chi2 = 1e4 + 8}, {.chi2 = 1e4 + 7}};
    double weight[3], sum = exp(-(10 + 4) / 2.0) + exp(-(8 + 6) / 2.0) + exp(-(7 + 4 + 4) / 2.0);

    plaq_average_weights(facts, (size_t[]){2, 3, 2}, (size_t[]){0, 0, 2}, 3, weight);
    CHECK_CLOSE(weight[0], exp(-7) / sum, 1e-14);
    CHECK_CLOSE(weight[1], exp(-7) / sum, 1e-14);
    CHECK_CLOSE(weight[2], exp(-7.5) / sum, 1e-14);
    plaq_average_weights((plaq_fit_facts[]){{.chi2 = 5, .dof = 10, .expected = 4},
                                            {.chi2 = 6, .dof = 9, .expected = 5}},
                         (size_t[]){2, 3}, (size_t[]){0, 0}, 2, weight);
    CHECK_CLOSE(weight[0], 1 / (1 + exp((5 - 8) / 2.0 - (6 - 10) / 2.0)), 1e-14);
    CHECK_CLOSE(plaq_average_systematic((double[]){1, 3}, (double[]){0.25, 0.75}, 2), sqrt(0.1875) * 2, 1e-15);
    CHECK_CLOSE(plaq_average_systematic((double[]){7.1, 7.1}, (double[]){0.25, 0.75}, 2), 0, 0);
}

/* ---- a correlator of two states, fitted by one and by two ---- */

static const double truth[] = {0.3, -0.6, 1.0, 0.8};

typedef struct {
    double t[T], exact[T], error[T], covariance[T * T];
    plaq_model model[2];
    plaq_prior prior[4];
    plaq_fit fit[2];
    plaq_scan scan;
} setting;

static const char *const averaged[] = {"E0", "A0_0"};

static plaq_status set_up(setting *s)
{
    plaq_exponentials_part part = {.points = T, .t = s->t, .period = 64, .backward = 1};

    memset(s, 0, sizeof *s);
    for (int i = 0; i < T; i++) s->t[i] = FIRST + i;
    for (int k = 0; k < 2; k++) {
        PLAQ_TRY(plaq_model_exponentials(&part, 1, k + 1, &s->model[k]));
        s->fit[k] = (plaq_fit){.model = &s->model[k], .covariance = s->covariance, .correlated = true};
    }
    s->prior[1] = (plaq_prior){-0.6, 1};
    s->fit[1].prior = s->prior;
    PLAQ_TRY(s->model[1].evaluate(s->model[1].context, truth, s->exact));
    for (int i = 0; i < T; i++) s->error[i] = 0.002 * s->exact[i] * exp(0.05 * i);
    for (int i = 0; i < T; i++)
        for (int j = 0; j < T; j++) s->covariance[i * T + j] = s->error[i] * s->error[j] * pow(0.6, abs(i - j));
    s->scan = (plaq_scan){.fit = s->fit,
                          .fits = 2,
                          .x = s->t,
                          .first = {2, 12},
                          .last = {22, 25},
                          .least = 1,
                          .name = averaged,
                          .names = 2};
    return PLAQ_OK;
}

static void draw(const setting *s, uint64_t replica, double y[])
{
    double z[T], x = 0;

    for (int i = 0; i < T; i += 4) plaq_random_normal(815, PLAQ_RANDOM_TEST, replica, (uint64_t)i, 0, z + i);
    for (int i = 0; i < T; i++) {
        x = i ? 0.6 * x + 0.8 * z[i] : z[0];
        y[i] = s->exact[i] + s->error[i] * x;
    }
}

static bool begin(setting *s)
{
    plaq_status status = set_up(s);

    test_later(destroy_model, &s->model[0]);
    test_later(destroy_model, &s->model[1]);
    return test_status(PLAQ_OK, status, __FILE__, __LINE__, "set_up");
}

static void a_scan_tries_all_ranges(void)
{
    static setting s;
    static plaq_average average;
    double y[T], sum = 0, mean = 0, square = 0;

    CHECK(begin(&s));
    draw(&s, 1, y);
    CHECK_STATUS(PLAQ_OK, plaq_average_run(&s.scan, y, &average));
    test_later(destroy_average, &average);
    CHECK(average.count + average.failed == 2 * 11 * 4 && average.failed == 0);
    for (size_t i = 0; i < average.count; i++) {
        const plaq_candidate *c = &average.candidate[i];

        CHECK(c->points == (size_t)(c->last - c->first + 1));
        CHECK(c->facts.dof == c->points - (c->model ? 3 : 2));
        CHECK(c->model == (i >= 44));
        if (c->model == 0 && c->first < 5) CHECK(c->weight < 1e-3); /* one state cannot describe these */
        sum += c->weight;
        mean += c->weight * c->value[0];
        square += c->weight * c->value[0] * c->value[0];
    }
    CHECK_CLOSE(sum, 1, 1e-14);
    CHECK_CLOSE(average.value[0], mean, 1e-14);
    CHECK_CLOSE(average.systematic[0], sqrt(square - mean * mean), 1e-7); /* of 1e-3: half of the digits cancel */
    CHECK(average.systematic[0] > 1e-6);
}

/* One candidate: its fit, its derivative, no systematic error. */
static void one_candidate_is_its_fit(void)
{
    static setting s;
    static plaq_average average;
    double y[T], p[4], value[2], jacobian[2 * T], wanted[2 * T], worst;
    bool used[T];
    plaq_function f, g;

    CHECK(begin(&s));
    draw(&s, 2, y);
    s.scan.fits = 1;
    s.scan.first[0] = s.scan.first[1] = 9;
    s.scan.last[0] = s.scan.last[1] = 23;
    for (int i = 0; i < T; i++) used[i] = s.t[i] >= 9 && s.t[i] <= 23;
    CHECK_STATUS(PLAQ_OK, plaq_average_run(&s.scan, y, &average));
    test_later(destroy_average, &average);
    CHECK(average.count == 1);
    s.fit[0].used = used;
    CHECK_STATUS(PLAQ_OK, plaq_fit_run(&s.fit[0], y, p, NULL));
    CHECK(test_difference(average.value, p, 2) < 1e-12);
    CHECK_CLOSE(average.systematic[0], 0, 0);
    plaq_average_function(&average, &f);
    plaq_fit_function(&s.fit[0], &g);
    CHECK_STATUS(PLAQ_OK, f.evaluate(f.context, y, value));
    CHECK_STATUS(PLAQ_OK, f.jacobian(f.context, y, value, jacobian));
    CHECK_STATUS(PLAQ_OK, g.jacobian(g.context, y, p, wanted));
    for (int i = 0; i < 2 * T; i++) CHECK_CLOSE(jacobian[i], wanted[i], 1e-9);
    CHECK_STATUS(PLAQ_OK, plaq_function_check(&f, y, 1e-5, &worst));
    CHECK(worst < 1e-6);
}

/* The function gives the average, and its derivative is that of the average with weights held. */
static void the_average_is_a_function(void)
{
    static setting s;
    static plaq_average average;
    double y[T], value[2], worst;
    plaq_function f;

    CHECK(begin(&s));
    draw(&s, 3, y);
    CHECK_STATUS(PLAQ_OK, plaq_average_run(&s.scan, y, &average));
    test_later(destroy_average, &average);
    plaq_average_function(&average, &f);
    CHECK(f.in == T && f.out == 2);
    CHECK_STATUS(PLAQ_OK, f.evaluate(f.context, y, value));
    CHECK(test_difference(value, average.value, 2) < 1e-10);
    CHECK_STATUS(PLAQ_OK, plaq_function_check(&f, y, 1e-5, &worst));
    CHECK(worst < 1e-6);
}

/* Over replicas: the average misses the truth by less than a third of its error, where the fit of one state to the
 * largest range, which has the smallest error, is far off; and statistical and systematic error together cover. */
static void averages_over_replicas(void)
{
    enum { REPLICAS = 100 };
    static setting s;
    double pull = 0, naive = 0;
    int covered = 0;

    CHECK(begin(&s));
    for (uint64_t r = 0; r < REPLICAS; r++) {
        double y[T], value[2], jacobian[2 * T], error = 0;
        plaq_average average;
        plaq_function f;
        plaq_status status;

        draw(&s, 100 + r, y);
        CHECK_STATUS(PLAQ_OK, plaq_average_run(&s.scan, y, &average));
        plaq_average_function(&average, &f);
        memcpy(value, average.value, sizeof value);
        status = f.jacobian(f.context, y, value, jacobian);
        for (int i = 0; i < T; i++)
            for (int j = 0; j < T; j++) error += jacobian[i] * s.covariance[i * T + j] * jacobian[j];
        error = sqrt(error + pow(average.systematic[0], 2));
        pull += (average.value[0] - truth[0]) / error / REPLICAS;
        naive += (average.candidate[3].value[0] - truth[0]) / error / REPLICAS;
        covered += fabs(average.value[0] - truth[0]) < error;
        plaq_average_clear(&average);
        CHECK_STATUS(PLAQ_OK, status);
    }
    CHECK(fabs(pull) < 0.33);
    CHECK(naive > 10);
    CHECK(covered > 0.6 * REPLICAS && covered < 0.85 * REPLICAS);
}

/* ---- refusals, faults ---- */

static void bad_scans_are_refused(void)
{
    static setting s;
    const char *const wrong[] = {"A0_1"};
    plaq_average average;
    plaq_scan scan;
    double y[T];

    CHECK(begin(&s));
    draw(&s, 4, y);
    scan = s.scan;
    scan.first[0] = 20;
    scan.first[1] = 21;
    scan.last[0] = scan.last[1] = 22;
    scan.least = 2;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_average_run(&scan, y, &average));
    CHECK_MESSAGE("no range that begins at 20 to 21 and ends at 22 to 22 has the points that a fit needs");
    scan.name = wrong;
    scan.names = 1;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_average_run(&scan, y, &average));
    CHECK_MESSAGE("model 0 has no parameter A0_1, did you mean A0_0");
    s.fit[0].iterations = 1;
    s.fit[0].start = (double[]){5, 1e-6};
    s.scan.fits = 1;
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_average_run(&s.scan, y, &average));
    CHECK_MESSAGE("none of 44 fits found a minimum; the last one: no minimum after 1 iterations");
    s.covariance[5 * T + 5] = 0;
    CHECK_STATUS(PLAQ_E_DATA, plaq_average_run(&s.scan, y, &average));
    CHECK_MESSAGE("fit of 2 to 22: variance of point 5 is 0");
}

static plaq_status whole_scan(void *given)
{
    setting s;
    plaq_average average = {.count = 0};
    double jacobian[2 * T];
    plaq_status status;
    plaq_function f;

    (void)given;
    PLAQ_GO(set_up(&s));
    s.scan.first[1] = 3;
    s.scan.last[0] = 25;
    PLAQ_GO(plaq_average_run(&s.scan, s.exact, &average));
    plaq_average_function(&average, &f);
    PLAQ_GO(f.jacobian(f.context, s.exact, average.value, jacobian));
done:
    plaq_average_clear(&average);
    plaq_model_destroy(&s.model[0]);
    plaq_model_destroy(&s.model[1]);
    return status;
}

static void faults_leave_nothing(void)
{
    CHECK_FAULT_SWEEP(whole_scan, NULL);
}

TEST_MAIN({"weights by hand", weights_by_hand}, {"a scan tries all ranges", a_scan_tries_all_ranges},
          {"one candidate is its fit", one_candidate_is_its_fit},
          {"the average is a function", the_average_is_a_function}, {"averages over replicas", averages_over_replicas},
          {"bad scans are refused", bad_scans_are_refused}, {"faults leave nothing", faults_leave_nothing})
