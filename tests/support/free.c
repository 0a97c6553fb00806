/* See free.h. */
#include "support/free.h"

#include <math.h>
#include <string.h>

double complex i_power(int n)
{
    return (double complex[]){1, I, -1, -I}[n % 4];
}

void free_quark(const plaq_action *action, const double p[4], double complex s[4][4])
{
    double a = 4 + action->mass, square = action->mu * action->mu;

    for (int mu = 0; mu < 4; mu++) {
        a -= cos(p[mu]);
        square += sin(p[mu]) * sin(p[mu]);
    }
    memset(s, 0, 16 * sizeof s[0][0]);
    for (int i = 0; i < 4; i++) {
        const plaq_gamma_matrix five = plaq_gamma_of(15);

        s[i][i] += a / (square + a * a);
        s[i][five.column[i]] -= I * action->mu * i_power(five.power[i]) / (square + a * a);
        for (int mu = 0; mu < 4; mu++) {
            const plaq_gamma_matrix g = plaq_gamma_of(1 << mu);

            s[i][g.column[i]] -= I * sin(p[mu]) * i_power(g.power[i]) / (square + a * a);
        }
    }
}
