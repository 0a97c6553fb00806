/* What is made from correlators: known answers, identities, derivatives, and the numbers of pyerrors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/correlator.h"
#include "support/test.h"

/* Numbers of no symmetry, between -1 and 1. */
static void fill(double x[], size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        double u[4];

        plaq_random(seed, PLAQ_RANDOM_TEST, 0, i, 0, u);
        x[i] = 2 * u[0] - 1;
    }
}

/* What a quantity's jacobian differs from the numerical one at most; NaN where it fails. */
static double jacobian_error(const plaq_quantity *q, const double in[])
{
    double worst;

    return plaq_function_check(&q->f, in, 1e-4, &worst) == PLAQ_OK ? worst : NAN;
}

/* The numerical derivative, of steps 1e-4 and 5e-5 extrapolated, has 1e-12 of rounding and 1e-10 of curvature where a
 * function changes by orders over a few percent. */
static const double jacobian_tolerance = 1e-8;

/* ---- linear ------------------------------------------------------------------------------------------------------ */

/* A folded correlator, unfolded, is left as it is; the two signs add up to the correlator. */
static void folding_is_a_projection(void)
{
    for (size_t extent = 7; extent <= 10; extent++)
        for (int sign = -1; sign <= 1; sign += 2) {
            const size_t half = extent / 2 + 1;
            plaq_quantity fold = {.context = NULL};
            double c[10], folded[6], full[10], again[6];

            fill(c, extent, 11);
            CHECK_STATUS(PLAQ_OK, plaq_fold(extent, sign, &fold));
            test_later(plaq_free, fold.context);
            CHECK(fold.f.in == extent && fold.f.out == half);
            CHECK_STATUS(PLAQ_OK, fold.f.evaluate(fold.f.context, c, folded));
            for (size_t t = 1; t < half; t++) CHECK_CLOSE(folded[t], 0.5 * (c[t] + sign * c[extent - t]), 1e-16);
            CHECK_SAME(folded[0], sign > 0 ? c[0] : 0);
            for (size_t t = 0; t < half; t++) {
                full[(extent - t) % extent] = sign * folded[t];
                full[t] = folded[t];
            }
            CHECK_STATUS(PLAQ_OK, fold.f.evaluate(fold.f.context, full, again));
            CHECK(memcmp(again, folded, half * sizeof *folded) == 0);
        }
}

static void linear_quantities(void)
{
    const double matrix[] = {1, -2, 0.5, 3, 0, -1}, weight[] = {1, 0, 3}, in[] = {2, 5, 7};
    const double left[] = {1, -2}, right[] = {3, 0.5}, c[] = {1, 2, 3, 4, 5, 6, 7, 9};
    plaq_quantity q = {.context = NULL}, mean = {.context = NULL}, project = {.context = NULL};
    double out[2];

    CHECK_STATUS(PLAQ_OK, plaq_linear(3, 2, matrix, &q));
    test_later(plaq_free, q.context);
    CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, in, out));
    CHECK(out[0] == -4.5 && out[1] == -1);
    CHECK_CLOSE(jacobian_error(&q, in), 0, jacobian_tolerance);
    CHECK_STATUS(PLAQ_OK, plaq_weighted_mean(3, weight, &mean));
    test_later(plaq_free, mean.context);
    CHECK_STATUS(PLAQ_OK, mean.f.evaluate(mean.f.context, in, out));
    CHECK_CLOSE(out[0], 23.0 / 4, 1e-15);
    CHECK_STATUS(PLAQ_OK, plaq_project(2, 2, left, right, &project));
    test_later(plaq_free, project.context);
    CHECK_STATUS(PLAQ_OK, project.f.evaluate(project.f.context, c, out));
    CHECK(out[0] == 4 - 22 + 0.0 && out[1] == 18 - 51);
    CHECK_CLOSE(jacobian_error(&project, c), 0, jacobian_tolerance);
}

/* ---- masses ------------------------------------------------------------------------------------------------------ */

/* One state of mass m on a period T, as each kind of mass takes it. */
static double one_state(plaq_mass_kind kind, double m, double t, double period)
{
    const double s = t - 0.5 * period;

    if (kind == PLAQ_MASS_LOG) return -0.3 * exp(-m * t);
    return kind == PLAQ_MASS_SINH ? -0.3 * sinh(m * s) : -0.3 * cosh(m * s);
}

enum { PERIOD = 24, POINTS = 25 };

static void pure_correlator(plaq_mass_kind kind, double m, double constant, int period, double c[POINTS])
{
    for (int t = 0; t < POINTS; t++) c[t] = one_state(kind, m, t, period) + constant;
}

/* Asks at one time after the other: about T/2 there is no mass. Returns how many times gave one, with the largest
 * deviation. */
static int masses_found(plaq_mass_kind kind, const double c[POINTS], int period, int shift, double m, double *worst)
{
    const int points = (kind == PLAQ_MASS_ARCCOSH ? 3 : 2) + shift;
    int found = 0;

    *worst = 0;
    for (int t = 0; t + points <= period + 1; t++) {
        plaq_quantity q = {.context = NULL};
        double mass;

        if (plaq_effective_mass(kind, (size_t)points, t, period, shift, &q) != PLAQ_OK) return -1;
        if (q.f.evaluate(q.f.context, c + t, &mass) == PLAQ_OK) {
            found++;
            *worst = fmax(*worst, fabs(mass - m));
        }
        plaq_quantity_destroy(&q);
    }
    return found;
}

/* A mass of 0.05 makes C(t)/C(t+1) about T/2 differ from 1, or from what it is at m = 0, by 1e-3, so rounding is
 * multiplied by 1e3. The two times about T/2, where there is no mass, are lost on an odd period, of sinh four on an
 * even one (it is zero there). */
static void masses_of_one_state(void)
{
    static const double mass[] = {0.05, 0.3, 1.7};
    double c[POINTS], worst;

    for (int period = PERIOD - 1; period <= PERIOD; period++)
        for (size_t i = 0; i < sizeof mass / sizeof *mass; i++) {
            pure_correlator(PLAQ_MASS_LOG, mass[i], 0, period, c);
            CHECK(masses_found(PLAQ_MASS_LOG, c, period, 0, mass[i], &worst) == period);
            CHECK_CLOSE(worst, 0, 1e-12);
            pure_correlator(PLAQ_MASS_COSH, mass[i], 0, period, c);
            CHECK(masses_found(PLAQ_MASS_COSH, c, period, 0, mass[i], &worst) == period - period % 2);
            CHECK_CLOSE(worst, 0, 1e-12);
            CHECK(masses_found(PLAQ_MASS_ARCCOSH, c, period, 0, mass[i], &worst) == period - 1);
            CHECK_CLOSE(worst, 0, 1e-12);
            pure_correlator(PLAQ_MASS_SINH, mass[i], 0, period, c);
            CHECK(masses_found(PLAQ_MASS_SINH, c, period, 0, mass[i], &worst) == period - (period % 2 ? 1 : 2));
            CHECK_CLOSE(worst, 0, 1e-12);
        }
}

/* A constant as large as the correlator is taken out by a shift of any length, and spoils masses without one. */
static void a_shift_removes_a_constant(void)
{
    static const plaq_mass_kind kinds[] = {PLAQ_MASS_LOG, PLAQ_MASS_COSH, PLAQ_MASS_SINH, PLAQ_MASS_ARCCOSH};
    const double m = 0.4;

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double c[POINTS], worst;

        pure_correlator(kinds[k], m, -0.3, PERIOD, c);
        for (int shift = 1; shift <= 3; shift++) {
            CHECK(masses_found(kinds[k], c, PERIOD, shift, m, &worst) >= PERIOD - 5);
            CHECK_CLOSE(worst, 0, 1e-11); /* differences of exp(-12 m) beside 0.3 */
        }
        masses_found(kinds[k], c, PERIOD, 0, m, &worst);
        CHECK(worst > 0.05);
    }
}

static void masses_have_exact_derivatives(void)
{
    static const plaq_mass_kind kinds[] = {PLAQ_MASS_LOG, PLAQ_MASS_COSH, PLAQ_MASS_SINH, PLAQ_MASS_ARCCOSH};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int shift = 0; shift <= 3; shift += 3)
            for (int first = 1; first <= 15; first += 14) {
                plaq_quantity q = {.context = NULL};
                double c[POINTS];

                /* Two states, so that the mass is none of them; before and after T/2. */
                for (int t = 0; t < POINTS; t++)
                    c[t] = one_state(kinds[k], 0.4, t, PERIOD) + 0.2 * one_state(kinds[k], 0.9, t, PERIOD);
                CHECK_STATUS(PLAQ_OK, plaq_effective_mass(kinds[k], 8, first, PERIOD, shift, &q));
                test_later(plaq_free, q.context);
                CHECK_CLOSE(jacobian_error(&q, c + first), 0, jacobian_tolerance);
            }
}

static void no_mass_names_the_time(void)
{
    const double c[] = {8, 4, 2, -1, 1, 1}, flat[] = {2, 1, 1, 1};
    plaq_quantity q[4] = {{.context = NULL}};
    double out[8];

    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_LOG, 6, 3, 0, 0, &q[0]));
    test_later(plaq_free, q[0].context);
    CHECK_STATUS(PLAQ_E_DATA, q[0].f.evaluate(q[0].f.context, c, out));
    CHECK_MESSAGE("effective mass (log) at t = 5: C(t)/C(t+1) is -2, expected more than 0");
    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_COSH, 4, 2, 32, 0, &q[1]));
    test_later(plaq_free, q[1].context);
    CHECK_STATUS(PLAQ_E_DATA, q[1].f.evaluate(q[1].f.context, flat, out));
    CHECK_MESSAGE("effective mass (cosh) at t = 3: C(t)/C(t+1) is 1, expected more than 1");
    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_SINH, 2, 15, 32, 0, &q[2]));
    test_later(plaq_free, q[2].context);
    CHECK_STATUS(PLAQ_E_DATA, q[2].f.evaluate(q[2].f.context, c, out));
    CHECK_MESSAGE("(sinh) at t = 15: C(t)/C(t+1) does not depend on it there");
    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_ARCCOSH, 4, 2, 0, 0, &q[3]));
    test_later(plaq_free, q[3].context);
    CHECK_STATUS(PLAQ_E_DATA, q[3].f.evaluate(q[3].f.context, flat, out));
    CHECK_MESSAGE("at t = 4: (C(t-1) + C(t+1))/(2 C(t)) is 1, expected more than 1");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_effective_mass(PLAQ_MASS_COSH, 4, 0, 0, 0, &q[3]));
    CHECK_MESSAGE("period 0");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_effective_mass(PLAQ_MASS_ARCCOSH, 4, 0, 0, 2, &q[3]));
    CHECK_MESSAGE("4 times, expected 5 or more");
}

/* ---- PCAC and decay constants ------------------------------------------------------------------------------------ */

/* P = exp(-m t) and the A that has d_0 A - with or without improvement - 2 m_q P. */
static void quark_mass_by_construction(void)
{
    const double m = 0.35, m_q = 0.02, c_a = -0.05;
    plaq_quantity q = {.context = NULL};
    double in[20], out[8];

    for (int t = 0; t < 10; t++) {
        const double p = 3.5 * exp(-m * t), second = p * (2 * cosh(m) - 2);

        in[10 + t] = p;
        in[t] = -(2 * m_q * p - c_a * second) / sinh(m);
    }
    CHECK_STATUS(PLAQ_OK, plaq_pcac_mass(10, 0, c_a, &q));
    test_later(plaq_free, q.context);
    CHECK(q.f.in == 20 && q.f.out == 8);
    CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, in, out));
    for (int i = 0; i < 8; i++) CHECK_CLOSE(out[i], m_q, 1e-14);
    fill(in, 20, 3);
    CHECK_CLOSE(jacobian_error(&q, in), 0, jacobian_tolerance);
    in[14] = 0;
    CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, in, out));
    CHECK_MESSAGE("PCAC mass at t = 4: d_0 A is ");
}

/* Amplitudes made from f and G: both ways give f, where the quark mass is that of the same matrix elements,
 * m_q = m^2 f/(2 G), and the amplitude of A, negative as plaq measures it, gives a positive f. */
static void decay_constants_of_known_matrix_elements(void)
{
    const double m = 0.3, f = 0.09, g = 0.7;
    const double ap[] = {m, g * g / (2 * m), -f * g / 2}, pp[] = {m, g * g / (2 * m), m * m * f / (2 * g)};
    plaq_quantity by_ap = {.context = NULL}, by_pp = {.context = NULL};
    double out;

    CHECK_STATUS(PLAQ_OK, plaq_decay_constant(PLAQ_DECAY_AP, &by_ap));
    test_later(plaq_free, by_ap.context);
    CHECK_STATUS(PLAQ_OK, plaq_decay_constant(PLAQ_DECAY_PP, &by_pp));
    test_later(plaq_free, by_pp.context);
    CHECK_STATUS(PLAQ_OK, by_ap.f.evaluate(by_ap.f.context, ap, &out));
    CHECK_CLOSE(out, f, 1e-15);
    CHECK_STATUS(PLAQ_OK, by_pp.f.evaluate(by_pp.f.context, pp, &out));
    CHECK_CLOSE(out, f, 1e-15);
    CHECK_CLOSE(jacobian_error(&by_ap, ap), 0, jacobian_tolerance);
    CHECK_CLOSE(jacobian_error(&by_pp, pp), 0, jacobian_tolerance);
    CHECK_STATUS(PLAQ_E_DATA, by_pp.f.evaluate(by_pp.f.context, (double[]){0.3, -1, 1}, &out));
    CHECK_MESSAGE("a_PP is -1");
}

/* ---- GEVP -------------------------------------------------------------------------------------------------------- */

enum { OPERATORS = 3, TIMES = 12, SQUARE = OPERATORS * OPERATORS };

static const double energy[OPERATORS] = {0.31, 0.74, 1.22};

/* C_ij(t) = sum_n Z_in Z_jn f_n(t) with overlaps Z of no symmetry; f_n = exp(-E_n t), but of the first state from time
 * `from` on, where it falls faster than any. */
static void states(double c[TIMES * SQUARE], int from)
{
    double z[SQUARE];

    fill(z, SQUARE, 21);
    for (int i = 0; i < OPERATORS; i++) z[i * OPERATORS + i] += 1.5;
    for (int t = 0; t < TIMES; t++)
        for (int i = 0; i < OPERATORS; i++)
            for (int j = 0; j < OPERATORS; j++) {
                double sum = 0;

                for (int n = 0; n < OPERATORS; n++) {
                    const double late = n == 0 && t > from ? 2 * (t - from) : 0;

                    sum += z[i * OPERATORS + n] * z[j * OPERATORS + n] * exp(-energy[n] * t - late);
                }
                c[t * SQUARE + i * OPERATORS + j] = sum;
            }
}

static plaq_gevp problem(plaq_gevp_t0 kind, int t0, int from, size_t times)
{
    return (plaq_gevp){
        .operators = OPERATORS, .points = TIMES, .first = 0, .from = from, .times = times, .t0_kind = kind, .t0 = t0};
}

/* As many operators as states: energies are exact for every t0. 1e-12 is what exp(-1.22 t) beside exp(-0.31 t), 1e-3,
 * leaves of rounding. */
static void gevp_of_known_energies(void)
{
    const plaq_gevp list[] = {problem(PLAQ_GEVP_FIXED, 1, 2, 3), problem(PLAQ_GEVP_MOVING, 2, 2, 4),
                              problem(PLAQ_GEVP_HALF, 0, 2, 4)};
    double c[TIMES * SQUARE], out[OPERATORS * 4];

    states(c, TIMES);
    for (int i = 0; i < 3; i++) {
        const plaq_gevp *g = &list[i];
        plaq_quantity energies = {.context = NULL}, values = {.context = NULL};

        CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(g, PLAQ_GEVP_ENERGIES, &energies));
        test_later(plaq_free, energies.context);
        CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(g, PLAQ_GEVP_VALUES, &values));
        test_later(plaq_free, values.context);
        CHECK(energies.f.out == OPERATORS * g->times);
        CHECK_STATUS(PLAQ_OK, energies.f.evaluate(energies.f.context, c, out));
        for (size_t k = 0; k < energies.f.out; k++) CHECK_CLOSE(out[k], energy[k / g->times], 1e-12);
        CHECK_STATUS(PLAQ_OK, values.f.evaluate(values.f.context, c, out));
        for (size_t k = 0; k < values.f.out; k++) {
            const int t = g->from + (int)(k % g->times), t0 = i == 0 ? 1 : i == 1 ? t - 2 : (t + 1) / 2;

            CHECK_CLOSE(out[k], exp(-energy[k / g->times] * (t - t0)), 1e-12);
        }
    }
}

/* The vectors are dual to the overlaps: v_m^T C(t) v_n = delta_mn exp(-E_n (t - t0)) at all t. */
static void gevp_vectors_project_on_states(void)
{
    const plaq_gevp g = problem(PLAQ_GEVP_FIXED, 1, 3, 1);
    plaq_quantity q = {.context = NULL};
    double c[TIMES * SQUARE], v[SQUARE], out[TIMES];

    states(c, TIMES);
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_VECTORS, &q));
    test_later(plaq_free, q.context);
    CHECK_STATUS(PLAQ_OK, q.f.evaluate(q.f.context, c, v));
    for (int m = 0; m < OPERATORS; m++)
        for (int n = 0; n < OPERATORS; n++) {
            plaq_quantity project = {.context = NULL};

            CHECK_STATUS(PLAQ_OK, plaq_project(TIMES, OPERATORS, &v[m * OPERATORS], &v[n * OPERATORS], &project));
            test_later(plaq_free, project.context);
            CHECK_STATUS(PLAQ_OK, project.f.evaluate(project.f.context, c, out));
            for (int t = 0; t < 6; t++) CHECK_CLOSE(out[t], m == n ? exp(-energy[n] * (t - 1)) : 0, 1e-11);
        }
}

/* From t = 5 on the ground state's eigenvalue is the smallest: by vectors it stays the first. */
static void gevp_states_keep_their_vectors(void)
{
    plaq_gevp g = problem(PLAQ_GEVP_FIXED, 1, 2, 5);
    plaq_quantity by_value = {.context = NULL}, by_vectors = {.context = NULL};
    double c[TIMES * SQUARE], out[OPERATORS * 5];

    states(c, 4);
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_VALUES, &by_value));
    test_later(plaq_free, by_value.context);
    CHECK_STATUS(PLAQ_OK, by_value.f.evaluate(by_value.f.context, c, out));
    CHECK_CLOSE(out[4], exp(-energy[1] * 5), 1e-12);
    g.order = PLAQ_GEVP_BY_VECTORS;
    g.reference = 3;
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_VALUES, &by_vectors));
    test_later(plaq_free, by_vectors.context);
    CHECK_STATUS(PLAQ_OK, by_vectors.f.evaluate(by_vectors.f.context, c, out));
    for (int n = 0; n < OPERATORS; n++)
        for (int k = 0; k < 5; k++) {
            const int t = 2 + k;

            CHECK_CLOSE(out[n * 5 + k], exp(-energy[n] * (t - 1) - (n == 0 && t > 4 ? 2 * (t - 4) : 0)), 1e-12);
        }
}

/* Of correlators that are not symmetric and have more states than operators, so that nothing is exact. */
static void gevp_has_exact_derivatives(void)
{
    double c[TIMES * SQUARE], noise[TIMES * SQUARE];

    states(c, TIMES);
    fill(noise, TIMES * SQUARE, 5);
    for (int i = 0; i < TIMES * SQUARE; i++) c[i] *= 1 + 1e-3 * noise[i];
    for (int output = PLAQ_GEVP_VALUES; output <= PLAQ_GEVP_VECTORS; output++)
        for (int order = PLAQ_GEVP_BY_VALUE; order <= PLAQ_GEVP_BY_VECTORS; order++) {
            plaq_gevp g = problem(order ? PLAQ_GEVP_MOVING : PLAQ_GEVP_FIXED, 1, 2, 2);
            plaq_quantity q = {.context = NULL};

            g.order = (plaq_gevp_order)order;
            g.reference = 2;
            g.states = 2;
            CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, (plaq_gevp_output)output, &q));
            test_later(plaq_free, q.context);
            CHECK_CLOSE(jacobian_error(&q, c), 0, jacobian_tolerance);
        }
}

static void gevp_without_a_solution(void)
{
    plaq_gevp g = problem(PLAQ_GEVP_FIXED, 2, 4, 2);
    plaq_quantity q = {.context = NULL}, other = {.context = NULL};
    double c[TIMES * SQUARE], out[SQUARE];

    states(c, TIMES);
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_ENERGIES, &q));
    test_later(plaq_free, q.context);
    for (int i = 0; i < SQUARE; i++) c[6 * SQUARE + i] *= -1;
    CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, c, out));
    CHECK_MESSAGE("at t = 6, t0 = 2 is -");
    c[2 * SQUARE + 4] *= -1;
    CHECK_STATUS(PLAQ_E_DATA, q.f.evaluate(q.f.context, c, out));
    CHECK_MESSAGE("C(t0 = 2) is not positive");
    g.from = 2;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gevp_quantity(&g, PLAQ_GEVP_VALUES, &other));
    CHECK_MESSAGE("t = 2 to 2 with t0 = 2");
    g.from = TIMES - 2;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gevp_quantity(&g, PLAQ_GEVP_ENERGIES, &other));
    CHECK_MESSAGE("within 0 to 11");
}

/* ---- other people's numbers -------------------------------------------------------------------------------------- */

/* Numbers of a text file: rows of `columns`, after `skip` numbers or a name that are left out. */
static plaq_status read_rows(const char *path, size_t rows, size_t columns, size_t skip, double out[])
{
    char *text = NULL, *rest = NULL;
    size_t n, row = 0;
    plaq_status status;

    PLAQ_GO(plaq_file_slurp(path, 1 << 20, &text, &n));
    for (char *line = strtok_r(text, "\n", &rest); line && row < rows; line = strtok_r(NULL, "\n", &rest)) {
        if (*line == '#') continue;
        line += strspn(line, "abcdefghijklmnopqrstuvwxyz");
        for (size_t i = 0; i < skip + columns; i++) {
            const double x = strtod(line, &line);

            if (i >= skip) out[row * columns + i - skip] = x;
        }
        row++;
    }
    if (row < rows) status = plaq_fail(PLAQ_E_DATA, "%s: %zu rows, expected %zu", path, row, rows);
done:
    plaq_free(text);
    return status;
}

/* A chain of configurations 1 .. n with their numbers. */
static plaq_status measured(size_t n, size_t size, const double samples[], plaq_estimate *out)
{
    plaq_chain chain = {.ensemble = "test", .count = n};
    plaq_chains *chains = NULL;
    plaq_status status = PLAQ_E_MEMORY;

    chain.config = plaq_alloc(n, sizeof *chain.config);
    if (!chain.config) goto done;
    for (size_t i = 0; i < n; i++) chain.config[i] = (int64_t)i + 1;
    PLAQ_GO(plaq_chains_create(&chain, 1, &chains));
    PLAQ_GO(plaq_estimate_primary(chains, size, samples, out));
done:
    plaq_chains_release(&chains);
    plaq_free(chain.config);
    return status;
}

static void clear(void *estimate)
{
    plaq_estimate_clear(estimate);
}

static const plaq_gamma_method as_pyerrors = {.window = 2, .bias = PLAQ_BIAS_PYERRORS};

/* The improved PCAC mass of pyerrors' example, plateau t = 7 .. 16 weighted by the errors; all digits printed there. */
static void pcac_mass_of_pyerrors(void)
{
    enum { CONFIGS = 64, EXTENT = 22, PLATEAU = 10, BEGIN = 7 - 2 };
    const double c_a = -0.03888694628624465;
    const char *path = test_data("pyerrors/f_A.txt");
    plaq_quantity mass = {.context = NULL}, plateau = {.context = NULL};
    static plaq_estimate measurements, masses, some, result;
    plaq_uncertainty u = {.count = 0};
    static double a[CONFIGS * EXTENT], p[CONFIGS * EXTENT], both[CONFIGS * 2 * EXTENT];
    size_t entry[PLATEAU];
    double weight[PLATEAU], chi2 = 0;

    if (!path) SKIP("no %s", "pyerrors/f_A.txt");
    CHECK_STATUS(PLAQ_OK, read_rows(path, CONFIGS, EXTENT, 1, a));
    CHECK_STATUS(PLAQ_OK, read_rows(test_data("pyerrors/f_P.txt"), CONFIGS, EXTENT, 1, p));
    for (size_t i = 0; i < CONFIGS; i++) {
        memcpy(&both[i * 2 * EXTENT], &a[i * EXTENT], EXTENT * sizeof *a);
        memcpy(&both[(i * 2 + 1) * EXTENT], &p[i * EXTENT], EXTENT * sizeof *p);
    }
    test_later(clear, &measurements);
    test_later(clear, &masses);
    test_later(clear, &some);
    test_later(clear, &result);
    CHECK_STATUS(PLAQ_OK, measured(CONFIGS, 2 * EXTENT, both, &measurements));
    CHECK_STATUS(PLAQ_OK, plaq_pcac_mass(EXTENT, 1, c_a, &mass)); /* the first column is t = 1 */
    test_later(plaq_free, mass.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&mass.f, &measurements, &masses));
    for (size_t i = 0; i < PLATEAU; i++) {
        entry[i] = BEGIN + i;
        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&masses, entry[i], &as_pyerrors, &u));
        weight[i] = 1 / (u.error * u.error);
        plaq_uncertainty_clear(&u);
    }
    CHECK_STATUS(PLAQ_OK, plaq_estimate_pick(&masses, entry, PLATEAU, &some));
    CHECK_STATUS(PLAQ_OK, plaq_weighted_mean(PLATEAU, weight, &plateau));
    test_later(plaq_free, plateau.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&plateau.f, &some, &result));
    for (size_t i = 0; i < PLATEAU; i++) chi2 += weight[i] * pow(some.value[i] - result.value[0], 2);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&result, 0, &as_pyerrors, &u));
    CHECK_CLOSE(1e3 * result.value[0], 5.03431904, 1e-8);
    CHECK_CLOSE(1e4 * u.error, 5.38835422, 1e-8);
    CHECK_CLOSE(1e5 * u.error_error, 8.24919899, 1e-8);
    CHECK_CLOSE(u.tau, 5.15384615e-01, 1e-8);
    CHECK_CLOSE(chi2 / (PLATEAU - 1), 0.2704765091, 1e-9);
    plaq_uncertainty_clear(&u);
}

/* Four operators, t0 = 3, t = 6. The vector and the eigenvalues to the digits known; pyerrors lets LAPACK choose the
 * sign. */
static void gevp_of_pyerrors(void)
{
    enum { CONFIGS = 25, EXTENT = 64, N = 4, SIZE = EXTENT * N * N };
    static const double vector[] = {1.97277730e-01, -8.99401483e+01, 2.71416300e+02, -5.20598763e+02};
    static const double value[] = {0.04557016, 0.0214583, 0.01062399, 0.00219081};
    const char *path = test_data("pyerrors/matrix_correlator_V1V1.txt");
    const plaq_gevp g = {.operators = N, .points = EXTENT, .from = 6, .times = 1, .t0 = 3};
    plaq_quantity vectors = {.context = NULL}, values = {.context = NULL};
    static plaq_estimate c, v, lambda;
    static double samples[CONFIGS * SIZE];
    double norm = 0;

    if (!path) SKIP("no %s", "pyerrors/matrix_correlator_V1V1.txt");
    test_later(clear, &c);
    test_later(clear, &v);
    test_later(clear, &lambda);
    CHECK_STATUS(PLAQ_OK, read_rows(path, CONFIGS, SIZE, 0, samples));
    CHECK_STATUS(PLAQ_OK, measured(CONFIGS, SIZE, samples, &c));
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_VECTORS, &vectors));
    test_later(plaq_free, vectors.context);
    CHECK_STATUS(PLAQ_OK, plaq_gevp_quantity(&g, PLAQ_GEVP_VALUES, &values));
    test_later(plaq_free, values.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&vectors.f, &c, &v));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&values.f, &c, &lambda));
    for (int i = 0; i < N; i++) {
        CHECK_CLOSE(-v.value[i], vector[i], 1e-8);
        CHECK_CLOSE(lambda.value[i], value[i], 5e-9);
        for (int j = 0; j < N; j++) norm += v.value[i] * c.value[3 * N * N + i * N + j] * v.value[j];
    }
    CHECK_CLOSE(norm, 1, 1e-12);
}

/* log(C(10)/C(11)) and its error by hadron's uwerr with the analytic gradient, S = 1.5. */
static void logarithmic_mass_of_hadron(void)
{
    enum { CONFIGS = 316, EXTENT = 48 };
    static const plaq_gamma_method as_hadron = {.window = 1.5, .bias = PLAQ_BIAS_WOLFF};
    const char *path = test_data("hadron/pscor.sample.txt");
    static plaq_estimate c, mass;
    static double samples[CONFIGS * EXTENT];
    plaq_quantity q = {.context = NULL};
    plaq_uncertainty u = {.count = 0};

    if (!path) SKIP("no %s", "hadron/pscor.sample.txt");
    test_later(clear, &c);
    test_later(clear, &mass);
    CHECK_STATUS(PLAQ_OK, read_rows(path, CONFIGS, EXTENT, 0, samples));
    CHECK_STATUS(PLAQ_OK, measured(CONFIGS, EXTENT, samples, &c));
    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_LOG, EXTENT, 0, 0, 0, &q));
    test_later(plaq_free, q.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&q.f, &c, &mass));
    CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&mass, 10, &as_hadron, &u));
    CHECK_CLOSE(mass.value[10], 0.133310207143601, 1e-14);
    CHECK_CLOSE(u.error, 0.003245820814241511, 1e-14);
    plaq_uncertainty_clear(&u);
}

/* Where the eta_s of corrfitter has become one state, its masses are that of corrfitter's fit, 0.41620(12). */
static void masses_of_corrfitter(void)
{
    enum { CONFIGS = 225, EXTENT = 64, HALF = EXTENT / 2 + 1, FIRST = 14, LAST = 24 };
    static const plaq_gamma_method method = {.window = 0};
    const char *path = test_data("corrfitter/etas.data");
    static plaq_estimate c, folded, mass;
    static double samples[CONFIGS * EXTENT];
    plaq_quantity fold = {.context = NULL}, q = {.context = NULL};

    if (!path) SKIP("no %s", "corrfitter/etas.data");
    test_later(clear, &c);
    test_later(clear, &folded);
    test_later(clear, &mass);
    CHECK_STATUS(PLAQ_OK, read_rows(path, CONFIGS, EXTENT, 0, samples));
    CHECK_STATUS(PLAQ_OK, measured(CONFIGS, EXTENT, samples, &c));
    CHECK_STATUS(PLAQ_OK, plaq_fold(EXTENT, 1, &fold));
    test_later(plaq_free, fold.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&fold.f, &c, &folded));
    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_COSH, HALF, 0, EXTENT, 0, &q));
    test_later(plaq_free, q.context);
    CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&q.f, &folded, &mass));
    for (int t = FIRST; t <= LAST; t++) {
        plaq_uncertainty u = {.count = 0};

        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&mass, (size_t)t, &method, &u));
        CHECK(u.error < 3e-4 && fabs(mass.value[t] - 0.41620) < 2 * u.error);
        plaq_uncertainty_clear(&u);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

enum { REPLICAS = 1000, CONFIGS = 200 };

/* C(5) and C(6) of cosh with mass 0.3 and noise of 4% of both and 2% of each. */
static void noisy_correlator(uint64_t replica, double samples[CONFIGS * 2])
{
    for (uint64_t n = 0; n < CONFIGS; n++) {
        double x[4];

        plaq_random_normal(77, PLAQ_RANDOM_TEST, replica, n, 0, x);
        for (int k = 0; k < 2; k++)
            samples[2 * n + (uint64_t)k] =
                one_state(PLAQ_MASS_COSH, 0.3, 5 + k, PERIOD) * (1 + 0.04 * x[0] + 0.02 * x[1 + k]);
    }
}

/* One standard error holds the true mass in 68% of all chains: 683 +- 15 of 1,000. */
static void errors_of_effective_masses_cover(void)
{
    const plaq_gamma_method method = {.window = 1.5};
    plaq_quantity q = {.context = NULL};
    int covered = 0;

    CHECK_STATUS(PLAQ_OK, plaq_effective_mass(PLAQ_MASS_COSH, 2, 5, PERIOD, 0, &q));
    test_later(plaq_free, q.context);
    for (uint64_t replica = 0; replica < REPLICAS; replica++) {
        plaq_estimate c = {.size = 0}, mass = {.size = 0};
        plaq_uncertainty u = {.count = 0};
        double samples[CONFIGS * 2];

        noisy_correlator(replica, samples);
        CHECK_STATUS(PLAQ_OK, measured(CONFIGS, 2, samples, &c));
        CHECK_STATUS(PLAQ_OK, plaq_estimate_derive(&q.f, &c, &mass));
        CHECK_STATUS(PLAQ_OK, plaq_estimate_error(&mass, 0, &method, &u));
        covered += fabs(mass.value[0] - 0.3) < u.error;
        plaq_uncertainty_clear(&u);
        plaq_estimate_clear(&c);
        plaq_estimate_clear(&mass);
    }
    CHECK(covered > 640 && covered < 720);
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static plaq_status make_some(void *given)
{
    const plaq_gevp g = problem(PLAQ_GEVP_FIXED, 1, 2, 3);
    plaq_quantity q = {.context = NULL}, fold = {.context = NULL}, mass = {.context = NULL};
    double out[SQUARE];
    plaq_status status;

    PLAQ_GO(plaq_gevp_quantity(&g, PLAQ_GEVP_ENERGIES, &q));
    PLAQ_GO(q.f.evaluate(q.f.context, given, out));
    PLAQ_GO(plaq_fold(12, 1, &fold));
    PLAQ_GO(plaq_effective_mass(PLAQ_MASS_COSH, 4, 0, 12, 0, &mass));
done:
    plaq_quantity_destroy(&q);
    plaq_quantity_destroy(&fold);
    plaq_quantity_destroy(&mass);
    return status;
}

static void faults(void)
{
    double c[TIMES * SQUARE];

    states(c, TIMES);
    CHECK_FAULT_SWEEP(make_some, c);
}

TEST_MAIN({"folding is a projection", folding_is_a_projection}, {"linear quantities", linear_quantities},
          {"masses of one state", masses_of_one_state}, {"a shift removes a constant", a_shift_removes_a_constant},
          {"masses have exact derivatives", masses_have_exact_derivatives},
          {"no mass names the time", no_mass_names_the_time},
          {"quark mass by construction", quark_mass_by_construction},
          {"decay constants of known matrix elements", decay_constants_of_known_matrix_elements},
          {"GEVP of known energies", gevp_of_known_energies},
          {"GEVP vectors project on states", gevp_vectors_project_on_states},
          {"GEVP states keep their vectors", gevp_states_keep_their_vectors},
          {"GEVP has exact derivatives", gevp_has_exact_derivatives},
          {"GEVP without a solution", gevp_without_a_solution}, {"PCAC mass of pyerrors", pcac_mass_of_pyerrors},
          {"GEVP of pyerrors", gevp_of_pyerrors}, {"logarithmic mass of hadron", logarithmic_mass_of_hadron},
          {"masses of corrfitter", masses_of_corrfitter},
          {"errors of effective masses cover", errors_of_effective_masses_cover}, {"faults", faults})
