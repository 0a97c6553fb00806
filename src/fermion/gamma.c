/* Gamma matrices in the basis of DeGrand and Rossi. */
#include "plaq/fermion.h"

static const plaq_gamma_matrix directions[4] = {
    {{3, 2, 1, 0}, {1, 1, 3, 3}}, /* gamma_x: i, i, -i, -i */
    {{3, 2, 1, 0}, {2, 0, 0, 2}}, /* gamma_y: -1, 1, 1, -1 */
    {{2, 3, 0, 1}, {1, 3, 3, 1}}, /* gamma_z: i, -i, -i, i */
    {{2, 3, 0, 1}, {0, 0, 0, 0}}, /* gamma_t: 1, 1, 1, 1 */
};

plaq_gamma_matrix plaq_gamma_product(plaq_gamma_matrix a, plaq_gamma_matrix b)
{
    plaq_gamma_matrix c;

    for (int s = 0; s < 4; s++) {
        c.column[s] = b.column[a.column[s]];
        c.power[s] = (a.power[s] + b.power[a.column[s]]) % 4;
    }
    return c;
}

plaq_gamma_matrix plaq_gamma_dagger(plaq_gamma_matrix a)
{
    plaq_gamma_matrix c;

    for (int s = 0; s < 4; s++) {
        c.column[a.column[s]] = s;
        c.power[a.column[s]] = (4 - a.power[s]) % 4;
    }
    return c;
}

plaq_gamma_matrix plaq_gamma_of(int n)
{
    plaq_gamma_matrix product = {{0, 1, 2, 3}, {0, 0, 0, 0}};

    for (int mu = 0; mu < 4; mu++)
        if (n >> mu & 1) product = plaq_gamma_product(product, directions[mu]);
    return product;
}
