/* The clover field strength of a site.
 *
 *     F_munu(x) = (Q - Q^dagger)/8 made traceless, Q the sum of the four leaves around x in the plane.
 *
 * Only Q - Q^dagger counts, so two leaves enter as minus their conjugates, and each pair shares its last factor:
 *
 *     M = [U_mu(x) U_nu(x+mu) U_mu(x+nu)^+ - U_mu(x-mu)^+ U_nu(x-mu) U_mu(x-mu+nu)] U_nu(x)^+
 *       + [U_mu(x-mu)^+ U_nu(x-mu-nu)^+ U_mu(x-mu-nu) - U_mu(x) U_nu(x+mu-nu)^+ U_mu(x-nu)^+] U_nu(x-nu)
 *
 * 2053 flops a plane: ten products (198), three sums (18), 19 to F.
 */
#ifndef PLAQ_KERNEL_LEAVES_H
#define PLAQ_KERNEL_LEAVES_H

#include "kernel/algebra.h"

/* M of the plane, whose antihermitian part is that of Q */
INLINE void leaves(const site_links *u, const int (*nb)[8], int x, int mu, int nu, su3 *m)
{
    const int right = nb[x][mu], up = nb[x][nu], left = nb[x][4 + mu], down = nb[x][4 + nu];
    const int left_up = nb[left][nu], left_down = nb[left][4 + nu], right_down = nb[right][4 + nu];
    su3 two, three;

    multiply(&two, SET, &u[x][mu], PLAIN, &u[right][nu], PLAIN);
    multiply(&three, SET, &two, PLAIN, &u[up][mu], DAGGER);
    multiply(&two, SET, &u[left][mu], DAGGER, &u[left][nu], PLAIN);
    multiply(&three, SUBTRACT, &two, PLAIN, &u[left_up][mu], PLAIN);
    multiply(m, SET, &three, PLAIN, &u[x][nu], DAGGER);

    multiply(&two, SET, &u[left][mu], DAGGER, &u[left_down][nu], DAGGER);
    multiply(&three, SET, &two, PLAIN, &u[left_down][mu], PLAIN);
    multiply(&two, SET, &u[x][mu], PLAIN, &u[right_down][nu], DAGGER);
    multiply(&three, SUBTRACT, &two, PLAIN, &u[down][mu], DAGGER);
    multiply(m, ADD, &three, PLAIN, &u[down][nu], PLAIN);
}

/* F in the planes xy xz yz xt yt zt */
INLINE void field_strength(const site_links *u, const int (*nb)[8], int x, algebra f[6])
{
    int plane = 0;

    for (int nu = 1; nu < 4; nu++)
        for (int mu = 0; mu < nu; mu++, plane++) {
            su3 m;

            leaves(u, nb, x, mu, nu, &m);
            antihermitian(&m, (real)0.25, &f[plane]); /* (M - M^dagger)/8 without its trace */
        }
}

/* (1/(32 pi^2)) eps_{mu nu rho sigma} tr G_munu G_rhosigma,  G = -iF,  eps_xyzt = +1
 *     = -(1/(4 pi^2)) tr (F_xy F_zt - F_xz F_yt + F_yz F_xt) */
INLINE vec topological_charge(const algebra f[6])
{
    const real unit = (real)(1.0 / (4.0 * 9.86960440108935861883)); /* 1/(4 pi^2) */
    vec sum = minus_trace(&f[0], &f[5]) - minus_trace(&f[1], &f[4]);

    sum += minus_trace(&f[2], &f[3]);
    return sum * unit;
}

#endif
