/* Links as the kernels of quarks read them: one site after the other, boundary phases multiplied in. */
#include <math.h>

#include "fermion/fermion.h"

/* exp(i pi phase), exact where it is 1 or -1 */
static double complex boundary(double phase)
{
    if (fmod(phase, 1) == 0) return fmod(phase, 2) == 0 ? 1 : -1;
    return cexp(I * M_PI * phase);
}

static void multiply(double *link, double complex factor)
{
    for (int k = 0; k < 18; k += 2) {
        const double complex z = (link[k] + I * link[k + 1]) * factor;

        link[k] = creal(z);
        link[k + 1] = cimag(z);
    }
}

plaq_status fermion_links(plaq_gauge *u, plaq_prec prec, const double phase[4], plaq_columns **out)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const plaq_sites *p = plaq_lattice_sites(lattice);
    const plaq_field *from = plaq_gauge_links(u);
    const int *dims = plaq_lattice_dims(lattice), *origin = plaq_lattice_origin(lattice);
    plaq_columns *links = NULL;
    plaq_status status = PLAQ_OK;

    PLAQ_TRY(plaq_columns_create(lattice, prec, 1, 1, FERMION_LINK_REALS, PLAQ_ALL, &links));
    for (int set = 0; set < p->sets; set++)
#pragma omp parallel for schedule(static)
        for (int x = 0; x < p->body[set]; x++) {
            const int *c = p->place[set][x];
            double site[FERMION_LINK_REALS];

            plaq_field_get(from, c, 1, site);
            for (int mu = 0; mu < 4; mu++)
                if (phase && origin[mu] + c[mu] == dims[mu] - 1) multiply(&site[18 * mu], boundary(phase[mu]));
            plaq_columns_put(links, c, 0, site);
        }
    for (int set = 0; set < p->sets; set++) PLAQ_GO(plaq_columns_halo(links, set));
    *out = links;
    return PLAQ_OK;
done:
    plaq_columns_destroy(&links);
    return status;
}
