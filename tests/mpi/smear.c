/* Smeared links: against sums over staples on plain arrays with projections of their own, against MILC, and what must
 * hold of any smearing. Whoever smears, on whatever grid, threads and lanes, must get the same bits. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "plaq/io.h"
#include "support/test.h"

/* unequal extents, one of 2; all fit 1, 2 and 4 ranks */
static const int extents[4] = {4, 6, 2, 8};

/* ---- all smearings ------------------------------------------------------------------------------------------------
 */

typedef enum { APE, APE_POLAR, STOUT, OVER_IMPROVED, HYP, HYP_POLAR, HEX, KINDS } kind;

static plaq_status smear(plaq_gauge *u, kind k, int directions, int steps)
{
    const plaq_projection projection = k == APE_POLAR || k == HYP_POLAR ? PLAQ_PROJECT_POLAR : PLAQ_PROJECT_TRACE;

    switch (k) {
    case APE:
    case APE_POLAR: return plaq_gauge_ape(u, &(plaq_ape){0.6, projection, directions, steps});
    case OVER_IMPROVED: return plaq_gauge_over_improved(u, &(plaq_over_improved){0.06, -0.25, directions, steps});
    case STOUT: return plaq_gauge_stout(u, &(plaq_stout){0.12, directions, steps});
    case HYP:
    case HYP_POLAR: return plaq_gauge_hyp(u, &(plaq_hyp){{0.75, 0.6, 0.3}, projection, directions, steps});
    default: return plaq_gauge_hex(u, &(plaq_hex){{0.95, 0.76, 0.38}, directions, steps});
    }
}

/* ---- plain arrays -------------------------------------------------------------------------------------------------
 */

typedef double complex matrix[3][3];
typedef matrix sites[4][4]; /* a matrix [mu][other direction]; links are [mu][mu] */

static size_t volume_of(const int dims[4])
{
    return (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2] * (size_t)dims[3];
}

static void place(const int dims[4], size_t i, int c[4])
{
    for (int mu = 0; mu < 4; mu++) {
        c[mu] = (int)(i % (size_t)dims[mu]);
        i /= (size_t)dims[mu];
    }
}

static size_t step(size_t x, int mu, int by)
{
    size_t i = 0;
    int c[4];

    place(extents, x, c);
    c[mu] = (c[mu] + by + extents[mu]) % extents[mu];
    for (int nu = 3; nu >= 0; nu--) i = i * (size_t)extents[nu] + (size_t)c[nu];
    return i;
}

/* c = a b, where a prime stands for a dagger: "ab", "a'b", ... */
static void product(const matrix a, const char *form, const matrix b, matrix c)
{
    const bool a_dagger = form[1] == '\'', b_dagger = form[strlen(form) - 1] == '\'';
    matrix sum = {{0}};

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++)
                sum[i][j] += (a_dagger ? conj(a[k][i]) : a[i][k]) * (b_dagger ? conj(b[j][k]) : b[k][j]);
    memcpy(c, sum, sizeof sum);
}

/* c = x a + y b; any of them may be the same */
static void combine(double complex x, const matrix a, double complex y, const matrix b, matrix c)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) c[i][j] = x * a[i][j] + y * b[i][j];
}

static double complex trace_of(const matrix m)
{
    return m[0][0] + m[1][1] + m[2][2];
}

static double complex determinant(const matrix m)
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

static double distance(const matrix a, const matrix b)
{
    double worst = 0;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) worst = fmax(worst, cabs(a[i][j] - b[i][j]));
    return worst;
}

/* The links of the whole lattice: random ones, the same on every rank. */
static plaq_status plain_links(uint64_t seed, sites *links)
{
    plaq_lattice *lattice = NULL;
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_GO(plaq_lattice_create(plaq_comm_self(), extents, NULL, 0, &lattice));
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    plaq_gauge_hot(u, seed);
    for (size_t x = 0; x < volume_of(extents); x++) {
        matrix site[4];
        int c[4];

        place(extents, x, c);
        plaq_field_get(plaq_gauge_links(u), c, 1, (double *)site);
        for (int mu = 0; mu < 4; mu++) memcpy(links[x][mu][mu], site[mu], sizeof(matrix));
    }
done:
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    return status;
}

static double distance_here(plaq_gauge *u, const sites *links)
{
    const int *local = plaq_lattice_local(plaq_gauge_lattice(u)), *origin = plaq_lattice_origin(plaq_gauge_lattice(u));
    double worst = 0;

    for (size_t i = 0; i < volume_of(local); i++) {
        matrix site[4];
        size_t x = 0;
        int c[4];

        place(local, i, c);
        plaq_field_get(plaq_gauge_links(u), c, 1, (double *)site);
        for (int nu = 3; nu >= 0; nu--) x = x * (size_t)extents[nu] + (size_t)(c[nu] + origin[nu]);
        for (int mu = 0; mu < 4; mu++) worst = fmax(worst, distance(site[mu], links[x][mu][mu]));
    }
    return worst;
}

/* sum += both staples in direction nu of the matrix [mu][a] of x, the sides being [nu][b] */
static void add_staples(const sites *f, size_t x, int mu, int a, int nu, int b, matrix sum)
{
    const size_t down = step(x, nu, -1);
    matrix m;

    product(f[x][nu][b], "ab", f[step(x, nu, 1)][mu][a], m);
    product(m, "ab'", f[step(x, mu, 1)][nu][b], m);
    combine(1, sum, 1, m, sum);
    product(f[down][nu][b], "a'b", f[down][mu][a], m);
    product(m, "ab", f[step(down, mu, 1)][nu][b], m);
    combine(1, sum, 1, m, sum);
}

/* ---- projections: slow, and by other means ------------------------------------------------------------------------
 */

static void polar(const matrix w, matrix u)
{
    double complex phase;

    memcpy(u, w, sizeof(matrix));
    for (int turn = 0; turn < 100; turn++) {
        const double complex det = determinant(u);
        matrix next;

        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;

                next[i][j] = (u[i][j] + conj((u[i1][j1] * u[i2][j2] - u[i1][j2] * u[i2][j1]) / det)) / 2;
            }
        memcpy(u, next, sizeof next);
    }
    phase = cexp(-I * carg(determinant(u)) / 3);
    combine(phase, u, 0, u, u);
}

/* Sweeps over SU(2) subgroups that raise Re tr u^dagger w, from the u given until nothing moves. */
static double raise(const matrix w, matrix u)
{
    matrix m;

    for (int sweep = 0; sweep < 3000; sweep++)
        for (int i = 0; i < 2; i++)
            for (int j = i + 1; j < 3; j++) {
                double complex a, b;
                double norm;

                product(w, "ab'", u, m); /* u <- g u with g in the subgroup maximises Re tr g^dagger m */
                a = m[i][i] + conj(m[j][j]);
                b = m[i][j] - conj(m[j][i]);
                norm = sqrt(creal(a * conj(a) + b * conj(b)));
                a /= norm;
                b /= norm;
                for (int k = 0; k < 3; k++) {
                    const double complex x = u[i][k], y = u[j][k];

                    u[i][k] = a * x + b * y;
                    u[j][k] = conj(a) * y - conj(b) * x;
                }
            }
    product(w, "ab'", u, m);
    return creal(trace_of(m));
}

static void exponential(const matrix s, double weight, const matrix link, matrix v)
{
    matrix m, a, term, sum = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double complex trace;

    product(s, "ab'", link, m);
    trace = (trace_of(m) - conj(trace_of(m))) / 6;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) a[i][j] = weight * ((m[i][j] - conj(m[j][i])) / 2 - (i == j) * trace);
    memcpy(term, sum, sizeof sum);
    for (int n = 1; n < 60; n++) {
        product(term, "ab", a, term);
        combine(1.0 / n, term, 0, term, term);
        combine(1, sum, 1, term, sum);
    }
    product(sum, "ab", link, v);
}

/* A link and its staples, whose weights are alpha in all. */
static void blend(kind k, const matrix link, double alpha, int staples, const matrix s, matrix v)
{
    matrix w;

    if (k == STOUT || k == HEX) {
        exponential(s, alpha / staples, link, v);
        return;
    }
    combine(1 - alpha, link, alpha / staples, s, w);
    polar(w, v);
}

/* ---- the formulas as they stand in gauge.h -------------------------------------------------------------------------
 */

/* 2 (D - 1) staples of the links themselves */
static void plain_smear(kind k, int d, double alpha, const sites *u, sites *v)
{
    memcpy(v, u, volume_of(extents) * sizeof *v);
    for (size_t x = 0; x < volume_of(extents); x++)
        for (int mu = 0; mu < d; mu++) {
            matrix s = {{0}};

            for (int nu = 0; nu < d; nu++)
                if (nu != mu) add_staples(u, x, mu, mu, nu, nu, s);
            blend(k, u[x][mu][mu], alpha, 2 * (d - 1), s, v[x][mu][mu]);
        }
}

/* sum += weight times the product of links along a path of steps +-(mu + 1) */
static void add_path(const sites *u, size_t x, const int path[5], double weight, matrix sum)
{
    matrix m = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    for (int i = 0; i < 5; i++) {
        const int mu = (path[i] < 0 ? -path[i] : path[i]) - 1;

        if (path[i] < 0) x = step(x, mu, -1);
        product(m, path[i] < 0 ? "ab'" : "ab", u[x][mu][mu], m);
        if (path[i] > 0) x = step(x, mu, 1);
    }
    combine(1, sum, weight, m, sum);
}

/* over-improved: the six ways around the rectangles on each side, divided by the weight of the plaquettes */
static void plain_rectangles(int d, double rho, double epsilon, const sites *u, sites *v)
{
    const double c0 = (5 - 2 * epsilon) / 3, c1 = -(1 - epsilon) / 12;

    memcpy(v, u, volume_of(extents) * sizeof *v);
    for (size_t x = 0; x < volume_of(extents); x++)
        for (int mu = 0; mu < d; mu++) {
            matrix s = {{0}};

            for (int nu = 0; nu < d; nu++) {
                if (nu == mu) continue;
                add_staples(u, x, mu, mu, nu, nu, s);
                for (int n = nu + 1, m = mu + 1, side = 0; side < 2; side++, n = -n) {
                    add_path(u, x, (const int[5]){n, n, m, -n, -n}, c1 / c0, s);
                    add_path(u, x, (const int[5]){n, m, m, -n, -m}, c1 / c0, s);
                    add_path(u, x, (const int[5]){-m, n, m, m, -n}, c1 / c0, s);
                }
            }
            exponential(s, rho * c0, u[x][mu][mu], v[x][mu][mu]);
        }
}

static void plain_inner(kind k, int d, double alpha, const sites *u, sites *b)
{
    for (size_t x = 0; x < volume_of(extents); x++)
        for (int mu = 0; mu < d; mu++)
            for (int eta = 0; eta < d; eta++) {
                matrix s = {{0}};

                if (eta == mu) continue;
                add_staples(u, x, mu, mu, eta, eta, s);
                blend(k, u[x][mu][mu], alpha, 2, s, b[x][mu][eta]);
            }
}

static void plain_middle(kind k, double alpha, const sites *u, const sites *b, sites *c)
{
    for (size_t x = 0; x < volume_of(extents); x++)
        for (int mu = 0; mu < 4; mu++)
            for (int nu = 0; nu < 4; nu++) {
                matrix s = {{0}};

                if (nu == mu) continue;
                for (int rho = 0; rho < 4; rho++)
                    for (int eta = 0; eta < 4; eta++)
                        if (rho != mu && rho != nu && eta != mu && eta != nu && eta != rho)
                            add_staples(b, x, mu, eta, rho, eta, s);
                blend(k, u[x][mu][mu], alpha, 4, s, c[x][mu][nu]);
            }
}

static void plain_outer(kind k, int d, double alpha, const sites *u, const sites *c, sites *v)
{
    memcpy(v, u, volume_of(extents) * sizeof *v);
    for (size_t x = 0; x < volume_of(extents); x++)
        for (int mu = 0; mu < d; mu++) {
            matrix s = {{0}};

            for (int nu = 0; nu < d; nu++) {
                if (nu == mu) continue;
                if (d == 4) add_staples(c, x, mu, nu, nu, mu, s);
                for (int eta = 0; d == 3 && eta < 3; eta++)
                    if (eta != mu && eta != nu) add_staples(c, x, mu, eta, nu, eta, s);
            }
            blend(k, u[x][mu][mu], alpha, 2 * (d - 1), s, v[x][mu][mu]);
        }
}

static void plain_nested(kind k, int d, const double alpha[3], const sites *u, sites *b, sites *c, sites *v)
{
    plain_inner(k, d, alpha[d - 2], u, b);
    if (d == 4) plain_middle(k, alpha[1], u, b, c);
    plain_outer(k, d, alpha[0], u, d == 4 ? c : b, v);
}

/* ---- cases --------------------------------------------------------------------------------------------------------
 */

static void free_later(void *memory)
{
    plaq_free(memory);
}

static sites *plain_field(void)
{
    sites *f = plaq_alloc(volume_of(extents), sizeof *f);

    test_later(free_later, f);
    return f;
}

static void the_free_field_stays(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(lattice);
    for (int prec = 0; prec < 2; prec++)
        for (int k = 0; k < KINDS; k++) {
            plaq_gauge *u = NULL;
            double trace;

            CHECK_STATUS(PLAQ_OK, plaq_gauge_create(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, &u));
            test_later_gauge(&u);
            CHECK_STATUS(PLAQ_OK, smear(u, (kind)k, 4, 2));
            CHECK_STATUS(PLAQ_OK, plaq_gauge_link_trace(u, &trace));
            CHECK_CLOSE(trace, 1, prec ? 1e-14 : 1e-6); /* a rounding or two of each operation */
        }
}

/* The plain sums, link by link. Random links make the sums of staples as singular as they get: of 1500 matrices, the
 * worst loses some digits. */
static void links_agree_with_plain_arrays(void)
{
    static const double hyp[3] = {0.75, 0.6, 0.3}, hex[3] = {0.95, 0.76, 0.38};
    static const kind kinds[] = {APE_POLAR, STOUT, OVER_IMPROVED, HYP_POLAR, HEX};
    sites *u = plain_field(), *b = plain_field(), *c = plain_field(), *v = plain_field();
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(u && b && c && v && lattice);
    CHECK_STATUS(PLAQ_OK, plain_links(7, u));
    for (int i = 0; i < 5; i++)
        for (int d = 3; d <= 4; d++) {
            plaq_gauge *smeared = test_random_gauge(lattice, PLAQ_DOUBLE, 7);
            const kind k = kinds[i];

            CHECK(smeared);
            CHECK_STATUS(PLAQ_OK, smear(smeared, k, d, 1));
            if (k == APE_POLAR) plain_smear(k, d, 0.6, u, v);
            if (k == STOUT) plain_smear(k, d, 0.12 * 2 * (d - 1), u, v);
            if (k == OVER_IMPROVED) plain_rectangles(d, 0.06, -0.25, u, v);
            if (k == HYP_POLAR || k == HEX) plain_nested(k, d, k == HEX ? hex : hyp, u, b, c, v);
            CHECK_CLOSE(distance_here(smeared, (const sites *)v), 0, 1e-12);
        }
}

/* Of a projection U of W, U^dagger W tells what it is: hermitian but for a multiple of one where the trace is
 * stationary, and sweeps over SU(2) subgroups find nothing larger, from U turned by any element of the centre. */
static void the_trace_is_the_largest_there_is(void)
{
    sites *u = plain_field();
    plaq_lattice *alone = NULL;
    plaq_gauge *smeared;

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, plain_links(8, u));
    CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), extents, NULL, 0, &alone));
    test_later_lattice(&alone);
    smeared = test_random_gauge(alone, PLAQ_DOUBLE, 8);
    CHECK(smeared);
    CHECK_STATUS(PLAQ_OK, smear(smeared, APE, 4, 1));
    for (size_t x = 0; x < volume_of(extents); x++) {
        matrix site[4];
        int at[4];

        place(extents, x, at);
        plaq_field_get(plaq_gauge_links(smeared), at, 1, (double *)site);
        for (int mu = 0; mu < 4; mu++) {
            matrix w, m, s = {{0}};
            double trace;

            for (int nu = 0; nu < 4; nu++)
                if (nu != mu) add_staples((const sites *)u, x, mu, mu, nu, nu, s);
            combine(0.4, u[x][mu][mu], 0.1, s, w);
            product(site[mu], "ab'", site[mu], m);
            for (int i = 0; i < 3; i++) m[i][i] -= 1;
            CHECK_CLOSE(distance(m, (matrix){{0}}), 0, 1e-13);
            CHECK_CLOSE(cabs(determinant(site[mu]) - 1), 0, 1e-13);
            product(site[mu], "a'b", w, m);
            trace = creal(trace_of(m));
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    CHECK_CLOSE(cabs(m[i][j] - conj(m[j][i]) - (i == j) * 2 * I * cimag(trace_of(m)) / 3), 0, 1e-13);
            for (int centre = 1; centre < 3; centre++) {
                matrix v;
                double found;

                combine(cexp(2 * M_PI * I * centre / 3), site[mu], 0, site[mu], v);
                found = raise((const double complex(*)[3])w, v);
                CHECK(found < trace + 1e-12);
            }
        }
    }
}

/* One link z = exp(2 pi i/3) among ones: the sum (1 - alpha) z + alpha has maxima at z and at one, and the larger is at
 * one from alpha = 1/2 on. A search that begins at z stays there. */
static void smaller_maxima_are_not_fallen_for(void)
{
    static const double alphas[] = {0.45, 0.55};
    const double complex z = cexp(2 * M_PI * I / 3);

    for (int i = 0; i < 2; i++) {
        const double alpha = alphas[i];
        const double complex sum = (1 - alpha) * z + alpha, wanted = i ? 1 : z;
        const matrix w = {{sum, 0, 0}, {0, sum, 0}, {0, 0, sum}};
        matrix site[4], v = {{z, 0, 0}, {0, z, 0}, {0, 0, z}};
        plaq_lattice *alone = NULL;
        plaq_gauge *u = NULL;

        CHECK_CLOSE(raise(w, v), 3 * creal(conj(z) * sum), 1e-14);
        CHECK_CLOSE(cabs(v[1][1] - z), 0, 1e-14);
        CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), extents, NULL, 0, &alone));
        test_later_lattice(&alone);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_create(alone, PLAQ_DOUBLE, &u));
        test_later_gauge(&u);
        plaq_field_get(plaq_gauge_links(u), (const int[4]){1, 2, 1, 3}, 1, (double *)site);
        for (int a = 0; a < 3; a++) site[2][a][a] = z;
        plaq_field_put(plaq_gauge_links(u), (const int[4]){1, 2, 1, 3}, 1, (const double *)site);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_ape(u, &(plaq_ape){.alpha = alpha, .directions = 4, .steps = 1}));
        plaq_field_get(plaq_gauge_links(u), (const int[4]){1, 2, 1, 3}, 1, (double *)site);
        CHECK_CLOSE(distance(site[2], (matrix){{wanted, 0, 0}, {0, wanted, 0}, {0, 0, wanted}}), 0, 1e-14);
    }
}

/* diag(exp(ia), exp(ib), exp(-i(a+b))) among ones. With alpha near 1/2 its sum has a determinant of phase near pi where
 * a + b > pi: there the largest trace turns one eigenvalue by nearly pi, or two answers are nearly as good. */
static void determinants_of_any_phase(void)
{
    static const double beside[] = {0, 1e-15, -1e-15, 1e-12, -1e-9, 1e-6, -1e-4, 1e-2};
    static const double angles[][2] = {{1.74, 1.75}, {2.09, 2.09}, {2.5, 1.2}, {1.58, 1.57}, {3.1, 0.2}};
    const int c[4] = {1, 2, 1, 3};

    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 16; k++) {
            const plaq_prec prec = k < 8 ? PLAQ_DOUBLE : PLAQ_SINGLE;
            const double alpha = 0.5 + beside[k % 8], tolerance = k < 8 ? 1e-12 : 1e-4;
            matrix site[4], w = {{0}}, m;
            plaq_lattice *alone = NULL;
            plaq_gauge *u = NULL;

            CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), extents, NULL, 0, &alone));
            test_later_lattice(&alone);
            CHECK_STATUS(PLAQ_OK, plaq_gauge_create(alone, prec, &u));
            test_later_gauge(&u);
            plaq_field_get(plaq_gauge_links(u), c, 1, (double *)site);
            site[0][0][0] = cexp(I * angles[i][0]);
            site[0][1][1] = cexp(I * angles[i][1]);
            site[0][2][2] = cexp(-I * (angles[i][0] + angles[i][1]));
            for (int a = 0; a < 3; a++) w[a][a] = (1 - alpha) * site[0][a][a] + alpha;
            plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)site);
            CHECK_STATUS(PLAQ_OK, plaq_gauge_ape(u, &(plaq_ape){.alpha = alpha, .directions = 4, .steps = 1}));
            plaq_field_get(plaq_gauge_links(u), c, 1, (double *)site);
            CHECK_CLOSE(cabs(determinant(site[0]) - 1), 0, tolerance);
            product(site[0], "a'b", w, m);
            for (int a = 0; a < 3; a++) {
                CHECK_CLOSE(cabs(site[0][a][a]), 1, tolerance);
                CHECK_CLOSE(cimag(m[a][a]), cimag(m[0][0]), tolerance);
            }
        }
}

/* A field as it is met in use: a few heat bath sweeps at beta 6. */
static plaq_gauge *thermal_gauge(plaq_lattice *lattice)
{
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 9);

    for (int sweep = 0; u && sweep < 5; sweep++)
        if (plaq_gauge_heat_bath(u, 6.0, 1, (uint64_t)sweep) != PLAQ_OK) return NULL;
    return u;
}

/* Smearing and gauge transformations commute; links are compared. */
static void smearing_is_covariant(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(lattice);
    for (int k = 0; k < KINDS; k++)
        for (int d = 3; d <= 4; d++) {
            plaq_gauge *u = thermal_gauge(lattice), *v = thermal_gauge(lattice);
            const int *local = plaq_lattice_local(lattice);
            double worst = 0;

            CHECK(u && v);
            CHECK_STATUS(PLAQ_OK, smear(u, (kind)k, d, 2));
            CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(u, 5));
            CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(v, 5));
            CHECK_STATUS(PLAQ_OK, smear(v, (kind)k, d, 2));
            for (size_t i = 0; i < volume_of(local); i++) {
                matrix a[4], b[4];
                int c[4];

                place(local, i, c);
                plaq_field_get(plaq_gauge_links(u), c, 1, (double *)a);
                plaq_field_get(plaq_gauge_links(v), c, 1, (double *)b);
                for (int mu = 0; mu < 4; mu++) worst = fmax(worst, distance(a[mu], b[mu]));
            }
            CHECK_CLOSE(worst, 0, 1e-12);
        }
}

static void spatial_smearing_leaves_temporal_links(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(lattice);
    for (int k = 0; k < KINDS; k++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 3), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 3);
        const int *local = plaq_lattice_local(lattice);
        bool same = true, moved = false;

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, smear(u, (kind)k, 3, 2));
        for (size_t i = 0; i < volume_of(local); i++) {
            matrix a[4], b[4];
            int c[4];

            place(local, i, c);
            plaq_field_get(plaq_gauge_links(u), c, 1, (double *)a);
            plaq_field_get(plaq_gauge_links(v), c, 1, (double *)b);
            same &= memcmp(a[3], b[3], sizeof a[3]) == 0;
            for (int mu = 0; mu < 3; mu++) moved |= distance(a[mu], b[mu]) > 0.01;
        }
        CHECK(same && moved);
    }
}

/* The same bits from all ranks together, in whatever lanes and threads, as from one rank in one lane. */
static void every_layout_gives_the_same_bits(void)
{
    for (int prec = 0; prec < 2; prec++)
        for (int k = 0; k < KINDS; k++)
            for (int d = 3; d <= 4; d++) {
                plaq_lattice *alone = NULL;
                plaq_gauge *wanted;

                CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), extents, NULL, 1, &alone));
                test_later_lattice(&alone);
                wanted = test_random_gauge(alone, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, 4);
                CHECK(wanted);
                CHECK_STATUS(PLAQ_OK, smear(wanted, (kind)k, d, 2));
                for (int lanes = 0; lanes < 2; lanes++) {
                    plaq_lattice *lattice = test_lattice(extents, lanes);
                    plaq_gauge *u = lattice ? test_random_gauge(lattice, prec ? PLAQ_DOUBLE : PLAQ_SINGLE, 4) : NULL;
                    const int threads = plaq_threads(), *local = lattice ? plaq_lattice_local(lattice) : NULL;
                    bool same = true;

                    CHECK(u);
                    if (lanes == 0) plaq_threads_set(3);
                    plaq_status status = smear(u, (kind)k, d, 2);

                    plaq_threads_set(threads);
                    CHECK_STATUS(PLAQ_OK, status);
                    for (size_t i = 0; i < volume_of(local); i++) {
                        double a[72], b[72];
                        int c[4], g[4];

                        place(local, i, c);
                        for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + plaq_lattice_origin(lattice)[mu];
                        plaq_field_get(plaq_gauge_links(u), c, 1, a);
                        plaq_field_get(plaq_gauge_links(wanted), g, 1, b);
                        same &= memcmp(a, b, sizeof a) == 0;
                    }
                    CHECK(same);
                }
            }
}

/* From random links, where single precision is worst off, averaged over the lattice. */
static void single_precision_agrees(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(lattice);
    for (int k = 0; k < KINDS; k++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 6), *v = test_random_gauge(lattice, PLAQ_SINGLE, 6);
        double planes[2][6];

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, smear(u, (kind)k, 4, 2));
        CHECK_STATUS(PLAQ_OK, smear(v, (kind)k, 4, 2));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes[0], NULL));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(v, planes[1], NULL));
        for (int i = 0; i < 6; i++) CHECK_CLOSE(planes[1][i], planes[0][i], 1e-5);
    }
}

static void what_cannot_be_smeared_is_said(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 6) : NULL;
    const int origin[4] = {0};
    double zero[72] = {0}, number[72];

    CHECK(u);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_ape(u, &(plaq_ape){.alpha = 0.5, .directions = 2, .steps = 1}));
    CHECK_MESSAGE("APE: 2 directions");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_hyp(u, &(plaq_hyp){.directions = 4, .steps = -1}));
    CHECK_MESSAGE("HYP: -1 steps");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_stout(u, &(plaq_stout){.rho = 5, .directions = 4, .steps = 1}));
    CHECK_MESSAGE("too large");

    plaq_field_get(plaq_gauge_links(u), origin, 1, number);
    number[0] = NAN;
    plaq_field_put(plaq_gauge_links(u), origin, 1, number);
    CHECK_STATUS(PLAQ_E_CONVERGENCE, smear(u, HYP, 4, 1));
    CHECK_MESSAGE("no projection");
    for (size_t i = 0; i < volume_of(plaq_lattice_local(lattice)); i++) {
        int c[4];

        place(plaq_lattice_local(lattice), i, c);
        plaq_field_put(plaq_gauge_links(u), c, 1, zero);
    }
    CHECK_STATUS(PLAQ_E_CONVERGENCE, smear(u, APE_POLAR, 4, 1));
}

static plaq_status smear_hyp(void *given)
{
    plaq_lattice *lattice = given;
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    PLAQ_GO(smear(u, HYP, 4, 1));
done:
    plaq_gauge_destroy(&u);
    return status;
}

static void faults_are_survived(void)
{
    plaq_lattice *lattice = test_lattice(extents, 0);

    CHECK(lattice);
    CHECK_FAULT_SWEEP(smear_hyp, lattice);
}

/* MILC's smooth_inst on its lat.sample.inst: it prints 3 times the plaquette, in single precision. */
static void milc_agrees(void)
{
    static const struct {
        kind kind;
        int steps;
        double plaquette;
    } rows[] = {
        {APE, 1, 2.974836},
        {HYP, 1, 2.976299},
        {STOUT, 1, 2.975931},
        {STOUT, 2, 2.977070},
    };
    const char *path = test_data("milc/lat.sample.inst");

    if (!path) SKIP("no test data");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        plaq_config *config = NULL;
        plaq_config_report report;
        plaq_gauge *u = NULL;
        plaq_lattice *lattice = test_lattice((const int[]){4, 4, 4, 4}, 0);
        double planes[6], mean, spatial, temporal;

        CHECK(lattice);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
        test_later_gauge(&u);
        CHECK_STATUS(PLAQ_OK, plaq_config_open(test_comm(), path, NULL, &config));
        plaq_status status = plaq_config_read(config, plaq_gauge_links(u), &report);

        plaq_config_close(&config);
        CHECK_STATUS(PLAQ_OK, status);
        if (rows[i].kind == APE)
            status = plaq_gauge_ape(u, &(plaq_ape){.alpha = 0.45, .directions = 4, .steps = rows[i].steps});
        else if (rows[i].kind == STOUT)
            status = plaq_gauge_stout(u, &(plaq_stout){.rho = 0.15, .directions = 4, .steps = rows[i].steps});
        else
            status = smear(u, HYP, 4, rows[i].steps);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes, NULL));
        plaq_plane_means(planes, &mean, &spatial, &temporal);
        CHECK_CLOSE(3 * spatial, rows[i].plaquette, 1e-6);
        CHECK_CLOSE(3 * temporal, rows[i].plaquette, 1e-6);
    }
}

TEST_MAIN({"the free field stays", the_free_field_stays},
          {"links agree with plain arrays", links_agree_with_plain_arrays},
          {"the trace is the largest there is", the_trace_is_the_largest_there_is},
          {"smaller maxima are not fallen for", smaller_maxima_are_not_fallen_for},
          {"determinants of any phase", determinants_of_any_phase}, {"smearing is covariant", smearing_is_covariant},
          {"spatial smearing leaves temporal links", spatial_smearing_leaves_temporal_links},
          {"every layout gives the same bits", every_layout_gives_the_same_bits},
          {"single precision agrees", single_precision_agrees},
          {"what cannot be smeared is said", what_cannot_be_smeared_is_said},
          {"faults are survived", faults_are_survived}, {"MILC agrees", milc_agrees})
