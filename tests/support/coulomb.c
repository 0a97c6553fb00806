/* Coulomb gauge on plain arrays, site by site. What F has of g(x) is Re tr g w with
 *
 *     w(x) = sum_i U_i(x) + U_i(x-i)^dagger,
 *
 * and in each SU(2) subgroup its maximum is known: N. Cabibbo and E. Marinari, Phys. Lett. B 119 (1982) 387. The angle
 * of that rotation times OMEGA: J. E. Mandula and M. Ogilvie, Phys. Lett. B 248 (1990) 156.
 */
#include <math.h>
#include <string.h>

#include "plain.h"

enum { SWEEPS = 1000 };

static const double omega = 1.7;

static size_t neighbour(const int dims[4], const int c[4], int mu, int step)
{
    int y[4] = {c[0], c[1], c[2], c[3]};

    y[mu] = (y[mu] + step + dims[mu]) % dims[mu];
    return plain_number(dims, y);
}

static void sum_links(const plain *p, const int c[4], plain_matrix w)
{
    const size_t x = plain_number(p->dims, c);

    memset(w, 0, sizeof(plain_matrix));
    for (int mu = 0; mu < 3; mu++) {
        const size_t y = neighbour(p->dims, c, mu, -1);

        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) w[i][j] += p->u[x][mu][i][j] + conj(p->u[y][mu][j][i]);
    }
}

/* rows a and b of m from the left by the SU(2) matrix ((r, s), (-s*, r*)) */
static void rotate_rows(plain_matrix m, int a, int b, double complex r, double complex s)
{
    for (int j = 0; j < 3; j++) {
        const double complex top = m[a][j], bottom = m[b][j];

        m[a][j] = r * top + s * bottom;
        m[b][j] = conj(r) * bottom - conj(s) * top;
    }
}

/* g and w <- h g and h w, where h goes past the maximum of Re tr h w in the subgroup of rows a and b: the part k0 + i
 * k.sigma of w there is turned by the angle between k and (1, 0, 0, 0), times omega */
static void relax_subgroup(plain_matrix w, plain_matrix g, int a, int b)
{
    const double k0 = creal(w[a][a] + w[b][b]), k1 = cimag(w[a][b] + w[b][a]), k2 = creal(w[a][b] - w[b][a]),
                 k3 = cimag(w[a][a] - w[b][b]);
    const double length = sqrt(k1 * k1 + k2 * k2 + k3 * k3), angle = omega * atan2(length, k0);
    const double n = length > 0 ? -sin(angle) / length : 0;
    const double complex r = CMPLX(cos(angle), n * k3), s = CMPLX(n * k2, n * k1);

    rotate_rows(w, a, b, r, s);
    rotate_rows(g, a, b, r, s);
}

/* m <- g m, or m g^dagger */
static void transform(const plain_matrix g, bool right, plain_matrix m)
{
    plain_matrix out = {{0}};

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++) out[i][j] += right ? m[i][k] * conj(g[j][k]) : g[i][k] * m[k][j];
    memcpy(m, out, sizeof out);
}

static void relax_site(plain *p, const int c[4])
{
    plain_matrix w, g = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    sum_links(p, c, w);
    for (int a = 0; a < 2; a++)
        for (int b = a + 1; b < 3; b++) relax_subgroup(w, g, a, b);
    for (int mu = 0; mu < 4; mu++) {
        transform((const double complex(*)[3])g, false, p->u[plain_number(p->dims, c)][mu]);
        transform((const double complex(*)[3])g, true, p->u[neighbour(p->dims, c, mu, -1)][mu]);
    }
}

/* the largest element of the gradient at a site */
static double gradient(const plain *p, const int c[4])
{
    plain_matrix w;
    double complex trace;
    double largest = 0;

    sum_links(p, c, w);
    trace = I * cimag(w[0][0] + w[1][1] + w[2][2]) / 3;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) largest = fmax(largest, cabs((w[i][j] - conj(w[j][i])) / 2 - (i == j ? trace : 0)));
    return largest;
}

static double functional(const plain *p)
{
    double sum = 0;

    for (size_t x = 0; x < plain_volume(p->dims); x++)
        for (int mu = 0; mu < 3; mu++)
            for (int i = 0; i < 3; i++) sum += creal(p->u[x][mu][i][i]);
    return sum / (9 * (double)plain_volume(p->dims));
}

double plain_fix_coulomb(plain *p, double limit)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double largest = 0;
        int c[4];

        for (size_t x = 0; x < plain_volume(p->dims); x++) {
            plain_place(p->dims, x, c);
            relax_site(p, c);
        }
        for (size_t x = 0; x < plain_volume(p->dims); x++) {
            plain_place(p->dims, x, c);
            largest = fmax(largest, gradient(p, c));
        }
        if (largest <= limit) return functional(p);
    }
    return NAN;
}
