/* Columns of spinors between a file and a field. See spinors.h. */
#include "store/spinors.h"

#include <string.h>

#include "gauge/check.h"
#include "gauge/deal.h"

typedef struct {
    const store_spinors *file;
    plaq_columns *f;
    size_t bytes;   /* of a site */
    double *values; /* [reals of a site], in the order of the file */
    uint32_t sum[2];
    bool reading;
} job;

static size_t real_bytes(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
}

size_t store_spinors_bytes(int columns, plaq_prec prec)
{
    return (size_t)columns * PLAQ_SPINOR_REALS * real_bytes(prec);
}

/* Where real k of a spinor, [spin][colour][re, im], stands among the numbers of a site. */
static int place_of(store_order order, int column, int k)
{
    const int spin = k / 6, colour = k / 2 % 3, source_spin = column / 3, source_colour = column % 3;

    if (order == STORE_COLUMNS) return PLAQ_SPINOR_REALS * column + k;
    return k % 2 + 2 * (source_colour + 3 * (colour + 3 * (source_spin + 4 * spin)));
}

static void find_site(void *context, int64_t site, int c[4], int *which)
{
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(((const job *)context)->f));

    for (int mu = 0; mu < 4; mu++) {
        c[mu] = (int)(site % dims[mu]);
        site /= dims[mu];
    }
    *which = 0;
}

static plaq_status move_sites(void *context, int64_t first, int64_t n, void *bytes)
{
    job *j = context;
    const store_spinors *file = j->file;

    if (j->reading) PLAQ_TRY(file->move(file->context, first, n, bytes));
    plaq_check_add(PLAQ_CHECK_SCIDAC, j->sum, bytes, first, n, j->bytes, file->swap);
    return j->reading ? PLAQ_OK : file->move(file->context, first, n, bytes);
}

static void put_site(void *context, const int c[4], int which, void *bytes)
{
    const job *j = context;
    const store_spinors *file = j->file;
    const size_t reals = j->bytes / real_bytes(file->prec);
    double spinor[PLAQ_SPINOR_REALS];
    const float *singles = bytes;

    (void)which;
    if (file->swap) plaq_byte_swap(bytes, real_bytes(file->prec), reals);
    if (file->prec == PLAQ_DOUBLE)
        memcpy(j->values, bytes, j->bytes);
    else
        for (size_t i = 0; i < reals; i++) j->values[i] = singles[i];
    for (int column = 0; column < file->count; column++) {
        for (int k = 0; k < PLAQ_SPINOR_REALS; k++) spinor[k] = j->values[place_of(file->order, column, k)];
        plaq_columns_put(j->f, c, file->first + column, spinor);
    }
}

static void get_site(void *context, const int c[4], int which, void *bytes)
{
    const job *j = context;
    const store_spinors *file = j->file;
    const size_t reals = j->bytes / real_bytes(file->prec);
    double spinor[PLAQ_SPINOR_REALS];
    float *singles = bytes;

    (void)which;
    for (int column = 0; column < file->count; column++) {
        plaq_columns_get(j->f, c, file->first + column, spinor);
        for (int k = 0; k < PLAQ_SPINOR_REALS; k++) j->values[place_of(file->order, column, k)] = spinor[k];
    }
    if (file->prec == PLAQ_DOUBLE)
        memcpy(bytes, j->values, j->bytes);
    else
        for (size_t i = 0; i < reals; i++) singles[i] = (float)j->values[i];
    if (file->swap) plaq_byte_swap(bytes, real_bytes(file->prec), reals);
}

static plaq_status move_all(job *j, uint32_t sum[2])
{
    const plaq_lattice *lattice = plaq_columns_lattice(j->f);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    plaq_deal deal = {.lattice = lattice,
                      .per_site = 1,
                      .find = find_site,
                      .move = move_sites,
                      .visit = j->reading ? put_site : get_site,
                      .context = j};
    plaq_status status;

    deal.bytes = j->bytes = store_spinors_bytes(j->file->count, j->file->prec);
    plaq_deal_share(comm, plaq_lattice_volume(lattice), &deal.first, &deal.count);
    j->values = plaq_alloc((size_t)j->file->count * PLAQ_SPINOR_REALS, sizeof *j->values);
    PLAQ_GO(plaq_agree(comm, j->values ? PLAQ_OK : PLAQ_E_MEMORY));
    status = j->reading ? plaq_deal_read(&deal) : plaq_deal_write(&deal);
    if (status == PLAQ_OK) plaq_reduce_xor(comm, j->sum, 2);
    memcpy(sum, j->sum, sizeof j->sum);
done:
    plaq_free(j->values);
    return status;
}

plaq_status store_spinors_read(plaq_columns *f, const store_spinors *file, uint32_t sum[2])
{
    return move_all(&(job){.file = file, .f = f, .reading = true}, sum);
}

plaq_status store_spinors_write(plaq_columns *f, const store_spinors *file, uint32_t sum[2])
{
    return move_all(&(job){.file = file, .f = f}, sum);
}
