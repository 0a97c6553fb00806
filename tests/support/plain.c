/* Links on plain arrays. See plain.h. */
#include "plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/par.h"

size_t plain_number(const int dims[4], const int c[4])
{
    size_t i = 0;

    for (int mu = 3; mu >= 0; mu--) i = i * (size_t)dims[mu] + (size_t)c[mu];
    return i;
}

void plain_place(const int dims[4], size_t i, int c[4])
{
    for (int mu = 0; mu < 4; mu++) {
        c[mu] = (int)(i % (size_t)dims[mu]);
        i /= (size_t)dims[mu];
    }
}

size_t plain_volume(const int dims[4])
{
    return (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2] * (size_t)dims[3];
}

/* A random SU(3) matrix: three Gaussian rows made orthonormal, the last divided by the determinant. */
static void random_matrix(uint64_t seed, size_t site, int mu, plain_matrix m)
{
    double complex det;

    for (int i = 0; i < 3; i++) {
        double g[8];

        for (int k = 0; k < 2; k++)
            plaq_random_normal(seed, PLAQ_RANDOM_TEST, 0, site, (uint64_t)((mu * 3 + i) * 2 + k), &g[4 * k]);
        for (int j = 0; j < 3; j++) m[i][j] = CMPLX(g[2 * j], g[2 * j + 1]);
        for (int pass = 0; pass < 2; pass++) /* twice, against rounding */
            for (int k = 0; k < i; k++) {
                double complex dot = 0;

                for (int j = 0; j < 3; j++) dot += m[i][j] * conj(m[k][j]);
                for (int j = 0; j < 3; j++) m[i][j] -= dot * m[k][j];
            }
        double norm = 0;

        for (int j = 0; j < 3; j++) norm += creal(m[i][j] * conj(m[i][j]));
        for (int j = 0; j < 3; j++) m[i][j] /= sqrt(norm);
    }
    det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
          m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    for (int j = 0; j < 3; j++) m[2][j] /= det;
}

plain plain_random(const int dims[4], uint64_t seed)
{
    plain p = {dims, plaq_alloc(plain_volume(dims), sizeof *p.u)};

    for (size_t x = 0; p.u && x < plain_volume(dims); x++)
        for (int mu = 0; mu < 4; mu++) random_matrix(seed, x, mu, p.u[x][mu]);
    return p;
}

plain plain_take(plaq_gauge *u)
{
    const plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    plain p = {plaq_lattice_dims(lattice), NULL};

    p.u = plaq_alloc(plain_volume(p.dims), sizeof *p.u); /* zeros, of which each rank fills its part */
    if (plaq_any(plaq_lattice_comm(lattice), !p.u)) {
        plaq_free(p.u);
        p.u = NULL;
        return p;
    }
    for (size_t i = 0; i < plain_volume(local); i++) {
        int c[4], g[4];

        plain_place(local, i, c);
        for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + origin[mu];
        plaq_field_get(plaq_gauge_links(u), c, 1, (double *)p.u[plain_number(p.dims, g)]);
    }
    plaq_reduce_sum(plaq_lattice_comm(lattice), (double *)p.u, (int)(72 * plain_volume(p.dims)));
    return p;
}

/* Puts this rank's part into a field. */
void plain_give(const plain *p, plaq_gauge *u)
{
    const int *local = plaq_lattice_local(plaq_gauge_lattice(u)), *origin = plaq_lattice_origin(plaq_gauge_lattice(u));

    for (size_t i = 0; i < plain_volume(local); i++) {
        int c[4], g[4];

        plain_place(local, i, c);
        for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + origin[mu];
        plaq_field_put(plaq_gauge_links(u), c, 1, (const double *)p->u[plain_number(p->dims, g)]);
    }
    plaq_field_touch(plaq_gauge_links(u));
}

/* The product of links along a path of steps +-(mu + 1) from site x, back where it does not close. */
void plain_follow(const plain *p, const int start[4], const int path[], int steps, plain_matrix product)
{
    int c[4];

    memcpy(c, start, sizeof c);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) product[i][j] = i == j;
    for (int step = 0; step < steps; step++) {
        const int mu = abs(path[step]) - 1, extent = p->dims[mu];
        plain_matrix next = {{0}};

        if (path[step] < 0) c[mu] = (c[mu] + extent - 1) % extent;

        const plain_matrix *link = (const plain_matrix *)&p->u[plain_number(p->dims, c)][mu];

        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                for (int k = 0; k < 3; k++)
                    next[i][j] += product[i][k] * (path[step] > 0 ? (*link)[k][j] : conj((*link)[j][k]));
        memcpy(product, next, sizeof next);
        if (path[step] > 0) c[mu] = (c[mu] + 1) % extent;
    }
}

double complex plain_trace(const plain *p, const int c[4], const int path[], int steps)
{
    plain_matrix m;

    plain_follow(p, c, path, steps, m);
    return (m[0][0] + m[1][1] + m[2][2]) / 3;
}

double complex plain_trace_of_product(const plain_matrix a, const plain_matrix b)
{
    double complex sum = 0;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) sum += a[i][j] * b[j][i];
    return sum;
}

/* q += the loops of m by n links with a corner at c, counterclockwise */
static void add_leaves(const plain *p, const int c[4], int mu, int nu, int m, int n, plain_matrix q)
{
    const int side[4][2] = {{mu + 1, m}, {nu + 1, n}, {-mu - 1, m}, {-nu - 1, n}};

    for (int corner = 0; corner < 4; corner++) {
        int path[12], steps = 0;
        plain_matrix leaf;

        for (int k = 0; k < 4; k++)
            for (int i = 0; i < side[(corner + k) % 4][1]; i++) path[steps++] = side[(corner + k) % 4][0];
        plain_follow(p, c, path, steps, leaf);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) q[i][j] += leaf[i][j];
    }
}

/* f = scale (q - q^dagger)/2 without its trace */
static void antihermitian(const plain_matrix q, double scale, plain_matrix f)
{
    double complex trace;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) f[i][j] = scale * (q[i][j] - conj(q[j][i])) / 2;
    trace = (f[0][0] + f[1][1] + f[2][2]) / 3;
    for (int i = 0; i < 3; i++) f[i][i] -= trace;
}

void plain_clover(const plain *p, const int c[4], int mu, int nu, plain_matrix f)
{
    plain_matrix q = {{0}};

    add_leaves(p, c, mu, nu, 1, 1, q);
    antihermitian(q, 1.0 / 4, f);
}

void plain_long_clover(const plain *p, const int c[4], int mu, int nu, plain_matrix f)
{
    plain_matrix q = {{0}};

    add_leaves(p, c, mu, nu, 2, 1, q);
    add_leaves(p, c, mu, nu, 1, 2, q);
    antihermitian(q, 1.0 / 16, f);
}
