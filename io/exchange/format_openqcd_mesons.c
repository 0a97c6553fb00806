/* Meson correlators of the program `mesons` by T. Korzec for openQCD, NAME.mesons.dat, version 1.2.
 *
 *   header   int32 ncorr, nnoise, tvals, noisetype; of each correlator: double kappa1, kappa2; int32 type1, type2, x0,
 *            isreal
 *   record   int32 number of the configuration; of each correlator [tvals][nnoise] numbers, doubles where isreal is 1,
 *            pairs of doubles where it is 0
 *
 * type1 is the Dirac matrix at the source on slice x0, type2 at the sink, in openQCD's directions 0 = t; noisetype 0
 * Z2, 1 Gauss, 2 U(1). Times are those of the lattice. What is read is the mean over the noise sources, as stored.
 *
 * Reference: mesons.c, build/include/mesons.h of github.com/to-ko/mesons.
 */
#include <stdio.h>

#include "exchange/files.h"
#include "exchange/openqcd.h"
#include "gauge/bytes.h"

enum { CORRELATORS_MOST = 1 << 16, NOISE_MOST = 1 << 16, EXTENT_MOST = 1 << 12, TYPES = 17, HEADER = 16, ENTRY = 32 };

static const char *const type_name[TYPES] = {"G0",   "G1",   "G2",   "G3",   NULL,   "G5",   "1",    "G0G1", "G0G2",
                                             "G0G3", "G0G5", "G1G2", "G1G3", "G1G5", "G2G3", "G2G5", "G3G5"};

typedef struct {
    int correlators, noise, slices, noise_type;
    char (*label)[96];  /* [correlators] */
    const char **words; /* [correlators]: pointers to them */
    bool *is_real;      /* [correlators] */
} header;

static bool accept(const char *base)
{
    return exchange_ends_with(base, ".mesons.dat");
}

static bool plausible(const header *h)
{
    return h->correlators >= 1 && h->correlators <= CORRELATORS_MOST && h->noise >= 1 && h->noise <= NOISE_MOST &&
           h->slices >= 1 && h->slices <= EXTENT_MOST && h->noise_type >= 0 && h->noise_type <= 2;
}

static bool is_kappa(double kappa)
{
    return kappa > 0.01 && kappa < 1; /* 1/8 for free quarks */
}

static bool is_type(int type)
{
    return type >= 0 && type < TYPES && type_name[type];
}

static bool recognise(const char *path, const char *head, size_t n)
{
    const unsigned char *b = (const unsigned char *)head;
    header h = {0};

    if (n == 0) return exchange_folder_has(path, accept);
    if (openqcd_is_named(plaq_path_base(path))) return accept(plaq_path_base(path));
    if (n < HEADER + ENTRY) return false;
    h.correlators = (int)plaq_word_at(b, 0, true);
    h.noise = (int)plaq_word_at(b, 4, true);
    h.slices = (int)plaq_word_at(b, 8, true);
    h.noise_type = (int)plaq_word_at(b, 12, true);
    return plausible(&h) && is_kappa(plaq_double_at(b, 16, true)) && is_kappa(plaq_double_at(b, 24, true)) &&
           is_type((int)plaq_word_at(b, 32, true)) && is_type((int)plaq_word_at(b, 36, true));
}

static plaq_status read_entry(openqcd_file *file, header *h, int i)
{
    int type[2], x0, is_real;
    double kappa[2];

    PLAQ_TRY(openqcd_reals(file, "the header", kappa, 2));
    PLAQ_TRY(openqcd_int(file, "the header", &type[0]));
    PLAQ_TRY(openqcd_int(file, "the header", &type[1]));
    PLAQ_TRY(openqcd_int(file, "the header", &x0));
    PLAQ_TRY(openqcd_int(file, "the header", &is_real));
    if (!is_kappa(kappa[0]) || !is_kappa(kappa[1]) || !is_type(type[0]) || !is_type(type[1]) || x0 < 0 ||
        x0 >= h->slices || is_real < 0 || is_real > 1)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: correlator %d has kappa %g %g, types %d %d, x0 %d, isreal %d: not a file of mesons 1.2",
                         file->path, i, kappa[0], kappa[1], type[0], type[1], x0, is_real);
    snprintf(h->label[i], sizeof h->label[i], "%s %s %.10g %.10g %d", type_name[type[0]], type_name[type[1]], kappa[0],
             kappa[1], x0);
    h->words[i] = h->label[i];
    h->is_real[i] = is_real;
    return PLAQ_OK;
}

static plaq_status read_header(openqcd_file *file, header *h)
{
    int *number[4] = {&h->correlators, &h->noise, &h->slices, &h->noise_type};

    for (int i = 0; i < 4; i++) PLAQ_TRY(openqcd_int(file, "the header", number[i]));
    if (!plausible(h) || (file->n - HEADER) / ENTRY < (size_t)h->correlators)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: %d correlators, %d noise sources, %d slices, noise type %d in %zu bytes: not a file of "
                         "mesons",
                         file->path, h->correlators, h->noise, h->slices, h->noise_type, file->n);
    h->label = plaq_alloc((size_t)h->correlators, sizeof *h->label);
    h->words = plaq_alloc((size_t)h->correlators, sizeof *h->words);
    h->is_real = plaq_alloc((size_t)h->correlators, sizeof *h->is_real);
    if (!h->label || !h->words || !h->is_real) return PLAQ_E_MEMORY;
    for (int i = 0; i < h->correlators; i++) PLAQ_TRY(read_entry(file, h, i));
    return PLAQ_OK;
}

/* One correlator of a record: mean over noise, pairs [tvals]. */
static plaq_status read_correlator(openqcd_file *file, const header *h, bool is_real, double c[])
{
    double z[2] = {0};

    for (int t = 0; t < h->slices; t++) {
        c[2 * t] = c[2 * t + 1] = 0;
        for (int noise = 0; noise < h->noise; noise++) {
            PLAQ_TRY(openqcd_reals(file, "a record", z, is_real ? 1 : 2));
            c[2 * t] += z[0] / h->noise;
            c[2 * t + 1] += z[1] / h->noise;
        }
    }
    return PLAQ_OK;
}

static plaq_status read_records(openqcd_file *file, const header *h, exchange_item *item,
                                exchange_collection *collection)
{
    size_t slices = (size_t)h->slices;
    double *c = plaq_alloc(2 * (size_t)h->correlators * slices, sizeof *c);
    plaq_status status = c ? PLAQ_OK : PLAQ_E_MEMORY;
    int config;

    item->shape[0] = h->correlators;
    item->shape[1] = h->slices;
    item->label[0] = h->words;
    while (status == PLAQ_OK && file->at < file->n) {
        PLAQ_GO(openqcd_int(file, "a record", &config));
        for (int i = 0; i < h->correlators; i++)
            PLAQ_GO(read_correlator(file, h, h->is_real[i], c + 2 * (size_t)i * slices));
        PLAQ_GO(exchange_collection_put(collection, item, file->path, config, c));
    }
done:
    plaq_free(c);
    return status;
}

static plaq_status read_all(openqcd_file *file, const char *ensemble, const char *replica,
                            exchange_collection *collection)
{
    exchange_item item = {
        .name = "mesons",
        .ensemble = ensemble,
        .replica = replica,
        .axes = "correlator t",
        .rank = 2,
        .is_complex = true,
        .doc = "correlators \"source sink kappa1 kappa2 x0\" at the lattice's times, mean over noise, as the program "
               "mesons stores them",
    };
    header h = {0};
    plaq_status status = read_header(file, &h);

    if (status == PLAQ_OK && (size_t)h.correlators * (size_t)h.slices * (size_t)h.noise * 8 > file->n)
        status = plaq_fail(PLAQ_E_DATA, "%s: %zu bytes have no record of %d correlators, %d slices, %d noise sources",
                           file->path, file->n, h.correlators, h.slices, h.noise);
    if (status == PLAQ_OK) status = read_records(file, &h, &item, collection);
    plaq_free(h.is_real);
    plaq_free(h.words);
    plaq_free(h.label);
    return status;
}

static plaq_status read_file(const exchange_file *file, const char *ensemble, exchange_collection *collection)
{
    (void)ensemble; /* openQCD's own names say it */
    return openqcd_read(file->path, read_all, collection);
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return exchange_collection_read(path, accept, read_file, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_openqcd_mesons = {
    .name = "openqcd_mesons",
    .brief = "meson correlators of the program mesons for openQCD (.mesons.dat), version 1.2",
    .reference = "mesons.c of github.com/to-ko/mesons",
    .verified = false,
    .recognise = recognise,
    .read = read,
};
