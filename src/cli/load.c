/* Configurations as commands read them. */
#include "cli/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *plaq_prec_word(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? "f64" : "f32";
}

const char *plaq_words_after_path(const char *message, const char *path)
{
    size_t n = strlen(path);

    return strncmp(message, path, n) == 0 && strncmp(message + n, ": ", 2) == 0 ? message + n + 2 : message;
}

plaq_status plaq_dims_given(const int dims[4], bool *given)
{
    int positive = 0;

    for (int mu = 0; mu < 4; mu++) positive += dims[mu] > 0;
    *given = positive == 4;
    if (positive == 0 || positive == 4) return PLAQ_OK;
    return plaq_fail(PLAQ_E_USAGE, "--dims is %d,%d,%d,%d, expected four extents of at least 1", dims[0], dims[1],
                     dims[2], dims[3]);
}

plaq_status plaq_loader_fit(const plaq_comm *comm, const int dims[4], plaq_loader *loader)
{
    if (loader->u && memcmp(plaq_lattice_dims(loader->lattice), dims, 4 * sizeof *dims) == 0) return PLAQ_OK;
    plaq_loader_clear(loader);
    PLAQ_TRY(plaq_lattice_create(comm, dims, NULL, 0, &loader->lattice));
    return plaq_gauge_create(loader->lattice, PLAQ_DOUBLE, &loader->u);
}

void plaq_loader_clear(plaq_loader *loader)
{
    plaq_gauge_destroy(&loader->u);
    plaq_lattice_destroy(&loader->lattice);
}

static void forget(plaq_loaded *loaded)
{
    plaq_verdict *v = &loaded->verdict;

    *loaded = (plaq_loaded){.measured = false};
    v->plaquette = v->spatial = v->temporal = v->link_trace = v->unitarity = v->determinant = NAN;
    v->header.plaquette = v->header.link_trace = NAN;
}

plaq_status plaq_load(const plaq_comm *comm, const char *path, const int dims[4], plaq_loader *loader,
                      plaq_loaded *loaded)
{
    plaq_config *config = NULL;
    plaq_status status;
    bool given;

    forget(loaded);
    PLAQ_TRY(plaq_dims_given(dims, &given));
    PLAQ_TRY(plaq_config_open_raw(comm, path, given ? dims : NULL, loader->raw ? loader->raw : "", &config));
    loaded->verdict.header = *plaq_config_get_header(config);
    if (loaded->verdict.header.dims[0] == 0) {
        status = plaq_fail(PLAQ_E_DATA, "%s: the file does not say its extents: give --dims X,Y,Z,T", path);
        goto done;
    }
    PLAQ_GO(plaq_loader_fit(comm, loaded->verdict.header.dims, loader));
    status = plaq_config_verify(config, loader->u, &loaded->verdict);
    loaded->measured = loaded->verdict.report.seconds > 0;
done:
    plaq_config_close(&config);
    return status;
}
