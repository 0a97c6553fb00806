/* Gamma matrices: the algebra, and the basis. */
#include "support/test.h"

#include "plaq/fermion.h"

static bool same(plaq_gamma_matrix a, plaq_gamma_matrix b, int power)
{
    for (int s = 0; s < 4; s++)
        if (a.column[s] != b.column[s] || a.power[s] != (b.power[s] + power) % 4) return false;
    return true;
}

static void the_algebra_of_clifford(void)
{
    const plaq_gamma_matrix one = plaq_gamma_of(0);

    for (int mu = 0; mu < 4; mu++)
        for (int nu = 0; nu < 4; nu++) {
            const plaq_gamma_matrix a = plaq_gamma_of(1 << mu), b = plaq_gamma_of(1 << nu);

            if (mu == nu)
                CHECK(same(plaq_gamma_product(a, a), one, 0));
            else
                CHECK(same(plaq_gamma_product(a, b), plaq_gamma_product(b, a), 2));
            CHECK(same(plaq_gamma_dagger(a), a, 0));
        }
}

static void gamma_five_is_diagonal(void)
{
    const plaq_gamma_matrix five = plaq_gamma_of(15);

    for (int s = 0; s < 4; s++) CHECK(five.column[s] == s && five.power[s] == (s < 2 ? 0 : 2));
}

static void all_sixteen_are_unitary(void)
{
    for (int n = 0; n < 16; n++) {
        const plaq_gamma_matrix g = plaq_gamma_of(n);

        CHECK(same(plaq_gamma_product(g, plaq_gamma_dagger(g)), plaq_gamma_of(0), 0));
    }
}

TEST_MAIN({"gamma matrices anticommute", the_algebra_of_clifford}, {"gamma five is diagonal", gamma_five_is_diagonal},
          {"all sixteen products are unitary", all_sixteen_are_unitary})
