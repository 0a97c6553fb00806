/* What a clover operator has on single sites, made once: A without its twist, and A^-1 on even sites.
 *
 *     A = 4 + m + c_sw C,    C = (i/2) sum_{mu<nu} sigma_munu F_munu = -(1/2) sum_{mu<nu} gamma_mu gamma_nu F_munu
 *
 * gamma_mu gamma_nu and F are antihermitian, so C is hermitian, and it does not mix chiralities: two blocks of 6 x 6.
 */
#include <math.h>

#include "fermion/fermion.h"

enum { PLANES = 6, STRENGTH_REALS = 9, SITE_REALS = PLANES * STRENGTH_REALS, ROWS = 6 };

typedef double complex block[ROWS][ROWS];
typedef double complex colours[3][3];

/* a pivot of elimination that is smaller, relative to the largest element, is what rounding left of zero */
static const double singular = 1e-14;

/* ---- the field strength ------------------------------------------------------------------------------------------ */

/* F of every site, as the kernel gives it; the caller's */
static plaq_status field_strength(plaq_gauge *u, plaq_field **out)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    plaq_field *links = plaq_gauge_links(u), *f = NULL;
    const plaq_prec prec = plaq_field_prec(links);
    const plaq_layout *p = plaq_lattice_layout(lattice, prec);
    const plaq_kernels *k = plaq_kernels_of(prec, p->lanes);
    const void *from = plaq_field_read(links);
    void *to;

    enum { CHUNK = 32 };

    PLAQ_TRY(plaq_field_halo(links));
    PLAQ_TRY(plaq_field_create(lattice, prec, SITE_REALS, &f));
    to = plaq_field_data(f);
#pragma omp parallel for schedule(static)
    for (int x = 0; x < p->volume; x += CHUNK)
        k->clover_term(from, (const int(*)[8])p->nb, x, x + CHUNK < p->volume ? x + CHUNK : p->volume, to);
    *out = f;
    return PLAQ_OK;
}

/* F of a plane as a matrix, without its trace where that is not kept */
static void unpack(const double *f, bool trace, colours m)
{
    const double mean = trace ? 0 : (f[0] + f[1] + f[2]) / 3;
    int k = 3;

    for (int i = 0; i < 3; i++) m[i][i] = I * (f[i] - mean);
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++, k += 2) {
            m[i][j] = f[k] + I * f[k + 1];
            m[j][i] = -conj(m[i][j]);
        }
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

/* the element z gamma F puts into spins s, column[s], of one chirality */
static void add_plane(block a[2], plaq_gamma_matrix g, double factor, const colours f)
{
    static const double complex turn[4] = {1, I, -1, -I};

    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                a[s / 2][3 * (s % 2) + i][3 * (g.column[s] % 2) + j] += factor * turn[g.power[s]] * f[i][j];
}

/* A of a site from F of its planes */
static void assemble(const double *strength, const plaq_action *action, block a[2])
{
    int plane = 0;

    for (int b = 0; b < 2; b++)
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < ROWS; j++) a[b][i][j] = i == j ? 4 + action->mass : 0;
    for (int nu = 1; nu < 4; nu++)
        for (int mu = 0; mu < nu; mu++, plane++) {
            colours f;

            unpack(&strength[plane * STRENGTH_REALS], action->trace, f);
            add_plane(a, plaq_gamma_of(1 << mu | 1 << nu), -0.5 * action->csw, (const double complex(*)[3])f);
        }
}

/* as kernels read it: 6 diagonal reals, then re, im below the diagonal, row by row */
static void pack(const block a, double *out)
{
    int k = ROWS;

    for (int i = 0; i < ROWS; i++) {
        out[i] = creal(a[i][i]);
        for (int j = 0; j < i; j++) {
            out[k++] = creal(a[i][j]);
            out[k++] = cimag(a[i][j]);
        }
    }
}

static double largest(const block a)
{
    double most = 0;

    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) {
            const double size = cabs(a[i][j]);

            if (!(size <= most)) most = size; /* NaN too */
        }
    return most;
}

static void swap_rows(block a, int i, int j)
{
    for (int k = 0; k < ROWS; k++) {
        const double complex z = a[i][k];

        a[i][k] = a[j][k];
        a[j][k] = z;
    }
}

/* b = a^-1 by Gauss and Jordan with pivots; a is used up. False where it has none. */
static bool invert(block a, block b)
{
    const double least = singular * largest((const double complex(*)[ROWS])a);

    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) b[i][j] = i == j;
    for (int k = 0; k < ROWS; k++) {
        double complex scale;
        int pivot = k;

        for (int i = k + 1; i < ROWS; i++)
            if (cabs(a[i][k]) > cabs(a[pivot][k])) pivot = i;
        if (!(cabs(a[pivot][k]) > least)) return false;
        swap_rows(a, k, pivot);
        swap_rows(b, k, pivot);
        scale = 1 / a[k][k];
        for (int j = 0; j < ROWS; j++) {
            a[k][j] *= scale;
            b[k][j] *= scale;
        }
        for (int i = 0; i < ROWS; i++) {
            const double complex z = a[i][k];

            if (i == k) continue;
            for (int j = 0; j < ROWS; j++) {
                a[i][j] -= z * a[k][j];
                b[i][j] -= z * b[k][j];
            }
        }
    }
    return true;
}

/* ---- all sites --------------------------------------------------------------------------------------------------- */

/* (A + i mu gamma_5)^-1 of a site, hermitian blocks where there is no twist */
static bool put_inverse(block a[2], double mu, const int c[4], plaq_columns *inverse)
{
    double reals[PLAQ_FULL_REALS];

    for (int b = 0; b < 2; b++) {
        block made;

        for (int i = 0; i < ROWS; i++) a[b][i][i] += b == 0 ? I * mu : -I * mu;
        if (!invert(a[b], made)) return false;
        if (mu == 0) {
            pack((const double complex(*)[ROWS])made, &reals[b * PLAQ_HERMITIAN_REALS / 2]);
        } else {
            for (int i = 0; i < ROWS * ROWS; i++) {
                reals[b * PLAQ_FULL_REALS / 2 + 2 * i] = creal(made[i / ROWS][i % ROWS]);
                reals[b * PLAQ_FULL_REALS / 2 + 2 * i + 1] = cimag(made[i / ROWS][i % ROWS]);
            }
        }
    }
    plaq_columns_put(inverse, c, 0, reals);
    return true;
}

/* A, and A^-1 where there is a field for it; how many sites are no numbers, and how many have no inverse */
static void fill(const plaq_field *strength, const plaq_action *action, int set, plaq_columns *term,
                 plaq_columns *inverse, int64_t bad[2])
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(term));
    int64_t none = 0, flat = 0;

#pragma omp parallel for schedule(static) reduction(+ : none, flat)
    for (int x = 0; x < p->body[set]; x++) {
        const int *c = p->place[set][x];
        double f[SITE_REALS], reals[PLAQ_HERMITIAN_REALS];
        block a[2];

        plaq_field_get(strength, c, 1, f);
        assemble(f, action, a);
        for (int b = 0; b < 2; b++) pack((const double complex(*)[ROWS])a[b], &reals[b * PLAQ_HERMITIAN_REALS / 2]);
        plaq_columns_put(term, c, 0, reals);
        if (!isfinite(largest((const double complex(*)[ROWS])a[0]) + largest((const double complex(*)[ROWS])a[1])))
            none++;
        else if (inverse && set == 0)
            flat += !put_inverse(a, action->mu, c, inverse);
    }
    bad[0] += none;
    bad[1] += flat;
}

static plaq_status verdict(const plaq_action *action, const int64_t bad[2])
{
    if (bad[0])
        return plaq_fail(PLAQ_E_DATA, "clover term: not a number on %lld sites; are the links?", (long long)bad[0]);
    if (bad[1])
        return plaq_fail(PLAQ_E_CONVERGENCE, "clover term of mass %g and csw %g is singular on %lld of the even sites",
                         action->mass, action->csw, (long long)bad[1]);
    return PLAQ_OK;
}

plaq_status fermion_clover_term(plaq_gauge *u, const plaq_action *action, plaq_columns **term, plaq_columns **inverse)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int sets = plaq_lattice_sites(lattice)->sets;
    plaq_columns *a = NULL, *b = NULL;
    plaq_field *f = NULL;
    int64_t bad[2] = {0};
    plaq_status status;

    PLAQ_GO(field_strength(u, &f));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 1, 1, PLAQ_HERMITIAN_REALS, PLAQ_ALL, &a));
    if (sets == 2)
        PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 1, 1,
                                    action->mu == 0 ? PLAQ_HERMITIAN_REALS : PLAQ_FULL_REALS, PLAQ_EVEN, &b));
    for (int set = 0; set < sets; set++) fill(f, action, set, a, b, bad);
    plaq_reduce_add(plaq_lattice_comm(lattice), bad, 2);
    PLAQ_GO(verdict(action, bad));
    *term = a;
    *inverse = b;
    a = b = NULL;
done:
    plaq_field_destroy(&f);
    plaq_columns_destroy(&a);
    plaq_columns_destroy(&b);
    return status;
}
