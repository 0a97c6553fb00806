/* The energy-momentum tensor from the clover field strength. Its parts make up the tensor of Yang-Mills theory where
 * the field was flowed to a small flow time (H. Suzuki). */
#include "plaq/observable.h"

typedef struct {
    int p2_max;
} params;

static const plaq_param table[] = {
    PLAQ_INT(params, p2_max, "0", 0, 1000, "1", "momenta (2 pi/L) n with n^2 up to this"),
    PLAQ_END,
};

static const plaq_output outputs[] = {
    {.name = "tensor",
     .axes = "t component",
     .unit = "a^-4",
     .doc =
         "U_munu = G^a_{mu rho} G^a_{nu rho} - (1/4) delta_munu G^a G^a, xx yy zz tt xy xz yz xt yt zt, mean over the "
         "sites of each time slice"},
    {.name = "energy",
     .axes = "t",
     .unit = "a^-4",
     .doc = "E = (1/4) G^a_munu G^a_munu, mean over the sites of each time slice"},
    {.name = "momenta", .axes = "p axis", .unit = "2 pi/L", .doc = "the integers n_x n_y n_z"},
    {.name = "tensor_p",
     .axes = "t p component",
     .unit = "a^-4",
     .doc = "mean over the sites of exp(-i p.x) U_munu, x from 0",
     .is_complex = true},
    {.name = "energy_p",
     .axes = "t p",
     .unit = "a^-4",
     .doc = "mean over the sites of exp(-i p.x) E, x from 0",
     .is_complex = true},
    PLAQ_END,
};

enum { COMPONENTS = PLAQ_TENSOR - 1 };

/* Rows of PLAQ_TENSOR numbers (real: parts = 1, complex: parts = 2) as a row of components and one of E. */
static plaq_status put_rows(plaq_sink *out, const char *tensor, const char *energy, const int shape[3], int axes,
                            int parts, const double rows[])
{
    const size_t count = (size_t)shape[0] * (size_t)(axes == 3 ? shape[1] : 1), wide = (size_t)(COMPONENTS * parts);
    double *u = plaq_alloc(count * wide, sizeof *u), *e = plaq_alloc(count * (size_t)parts, sizeof *e);
    plaq_status status = u && e ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status != PLAQ_OK) goto done;
    for (size_t i = 0; i < count; i++, rows += PLAQ_TENSOR * parts) {
        for (size_t k = 0; k < wide; k++) u[i * wide + k] = rows[k];
        for (int k = 0; k < parts; k++) e[i * (size_t)parts + (size_t)k] = rows[wide + (size_t)k];
    }
    PLAQ_GO(plaq_sink_put(out, tensor, shape, u));
    PLAQ_GO(plaq_sink_put(out, energy, shape, e));
done:
    plaq_free(u);
    plaq_free(e);
    return status;
}

static plaq_status put_momenta(plaq_sink *out, int count, const int (*n)[3])
{
    double *values = plaq_alloc((size_t)count * 3, sizeof *values);
    plaq_status status = values ? PLAQ_OK : PLAQ_E_MEMORY;

    for (int i = 0; i < 3 * count && values; i++) values[i] = n[i / 3][i % 3];
    if (values) status = plaq_sink_put(out, "momenta", (int[]){count, 3}, values);
    plaq_free(values);
    return status;
}

static plaq_status measure(const void *given, plaq_gauge *u, plaq_sink *out)
{
    const params *p = given;
    const int *dims = plaq_lattice_dims(plaq_gauge_lattice(u)), extent = dims[3];
    double *slices = NULL, *modes = NULL;
    int(*n)[3] = NULL, count = 0;
    plaq_status status;

    status = plaq_momenta(dims, p->p2_max, &n, &count);
    PLAQ_GO(plaq_agree(plaq_lattice_comm(plaq_gauge_lattice(u)), status));
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * PLAQ_TENSOR, &slices));
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)extent * (size_t)count * PLAQ_TENSOR * 2, &modes));
    PLAQ_GO(plaq_gauge_energy_momentum(u, slices, count, (const int(*)[3])n, (double complex *)modes));
    PLAQ_GO(put_rows(out, "tensor", "energy", (int[]){extent, COMPONENTS, 0}, 2, 1, slices));
    PLAQ_GO(put_momenta(out, count, (const int(*)[3])n));
    PLAQ_GO(put_rows(out, "tensor_p", "energy_p", (int[]){extent, count, COMPONENTS}, 3, 2, modes));
done:
    plaq_free(n);
    plaq_free(slices);
    plaq_free(modes);
    return status;
}

const plaq_observable plaq_observable_energy_momentum = {
    .name = "energy_momentum",
    .brief = "energy-momentum tensor (traceless part and energy), per time slice and at momenta",
    .reference = "H. Suzuki, PTEP 2013, 083B03, arXiv:1304.0533",
    .version = 1,
    .params_size = sizeof(params),
    .params = table,
    .outputs = outputs,
    .fields = 1,
    .measure = measure,
};
