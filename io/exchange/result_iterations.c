/* Iterations of the solvers, which a run notes beside its results, as one more observable:
 * "solver.iterations_light_wide", the iterations of all columns that were solved for on a configuration. A trend in
 * them is the first sign of trouble. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/result.h"

plaq_status result_iterations_head(const char *fact, plaq_series *head)
{
    *head = (plaq_series){.unit = "1"};
    snprintf(head->name, sizeof head->name, RESULT_SOLVER ".%.100s", fact);
    head->doc = plaq_strdup("iterations of the solver for all columns of a configuration, by the run that measured it");
    return head->doc ? PLAQ_OK : PLAQ_E_MEMORY;
}

static plaq_status add_row(result_reader *reader, const exchange_place *place, hid_t run, const char *name)
{
    plaq_series head;
    double *values = NULL;
    plaq_status status = result_iterations_head(name, &head);
    char text[64];

    if (status != PLAQ_OK || !exchange_is_wanted(reader->wanted, head.name)) goto done;
    if (!reader->wanted->listing) {
        values = plaq_alloc(1, sizeof *values);
        if (!values) status = PLAQ_E_MEMORY;
    }
    if (status != PLAQ_OK) goto done;
    PLAQ_GO(store_get_text(run, name, text, sizeof text));
    if (values) values[0] = strtod(text, NULL);
    status = exchange_rows_add(reader->rows, place, &head, &values);
done:
    plaq_free(values);
    plaq_series_clear(&head);
    return status;
}

/* The i-th name among the facts of a run */
static plaq_status name_of(hid_t run, hsize_t i, char name[64])
{
    plaq_status status = PLAQ_OK;
    ssize_t n;

    STORE_GO(PLAQ_E_DATA, n, H5Aget_name_by_idx(run, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, 64, H5P_DEFAULT),
             "fact %lld of the run", (long long)i);
done:
    return status;
}

plaq_status result_iterations(result_reader *reader, const store_image *image, const exchange_place *place)
{
    plaq_status status = PLAQ_OK;
    hid_t run = -1;
    int facts;

    STORE_GO(PLAQ_E_DATA, run, H5Gopen2(image->file, STORE_RUN, H5P_DEFAULT), "group /%s", STORE_RUN);
    STORE_GO(PLAQ_E_DATA, facts, H5Aget_num_attrs(run), "facts of the run");
    for (int i = 0; i < facts; i++) {
        char name[64];

        PLAQ_GO(name_of(run, (hsize_t)i, name));
        if (strncmp(name, RESULT_ITERATIONS, sizeof RESULT_ITERATIONS - 1) == 0)
            PLAQ_GO(add_row(reader, place, run, name));
    }
done:
    if (run >= 0) H5Gclose(run);
    return status;
}
