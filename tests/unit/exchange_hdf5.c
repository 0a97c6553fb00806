/* Other programs' correlators in HDF5. No real file of these programs was at hand: the test writes them as their
 * sources say, with numbers that tell where they stood. */
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "plaq/exchange.h"
#include "support/test.h"

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static hid_t create(const char *path)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

/* A pair of doubles called re and im, as Grid has them, or r and i, as h5py has them. */
static hid_t pair(bool grid)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);

    H5Tinsert(type, grid ? "re" : "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, grid ? "im" : "i", 8, H5T_NATIVE_DOUBLE);
    return type;
}

static hid_t group_at(hid_t file, const char *name)
{
    hid_t list = H5Pcreate(H5P_LINK_CREATE), group;

    H5Pset_create_intermediate_group(list, 1);
    group = H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Gopen2(file, name, H5P_DEFAULT)
                                                   : H5Gcreate2(file, name, list, H5P_DEFAULT, H5P_DEFAULT);
    H5Pclose(list);
    return group;
}

/* A dataset, or an attribute where it is to be one. */
static void put(hid_t group, const char *name, bool attribute, hid_t type, int rank, const hsize_t shape[],
                const void *values)
{
    hid_t space = H5Screate_simple(rank, shape, NULL), id;

    if (attribute) {
        id = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(id, type, values);
        H5Aclose(id);
    } else {
        id = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dclose(id);
    }
    H5Sclose(space);
}

static void put_number(hid_t group, const char *name, hid_t type, const void *value)
{
    put(group, name, true, type, 1, (hsize_t[]){1}, value);
}

/* Text as Grid writes it: as long as it is, without an end. */
static void put_text(hid_t group, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, strlen(text));
    put(group, name, true, type, 1, (hsize_t[]){1}, text);
    H5Tclose(type);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void clear_later(void *numbers)
{
    plaq_numbers_clear(numbers);
    plaq_free(numbers);
}

static plaq_status load(const char *path, const char *format, plaq_numbers *x)
{
    plaq_status status = plaq_numbers_read(path, format, NULL, x);
    plaq_numbers *kept;

    if (status != PLAQ_OK) return status;
    kept = plaq_alloc(1, sizeof *kept);
    *kept = *x;
    test_later(clear_later, kept);
    return PLAQ_OK;
}

static const plaq_series *series(const plaq_numbers *x, const char *name)
{
    for (int i = 0; i < x->series_count; i++)
        if (strcmp(x->series[i].name, name) == 0) return &x->series[i];
    return NULL;
}

/* ---- Hadrons -------------------------------------------------------------------------------------------------------
 */

/* C(t) of an element of a vector on a configuration; imaginary part t. */
static double hadrons_value(int config, int element, int t)
{
    return config + 100 * element + t;
}

static void put_hadrons(const char *path, int config, int extent)
{
    static const char *const gamma[2] = {"Gamma5", "GammaX"};
    const uint64_t two = 2;
    const uint32_t threshold = 6;
    hid_t file = create(path), group = group_at(file, "meson"), type = pair(true);
    const hsize_t shape[1] = {(hsize_t)extent};

    put_number(file, "_Grid_dataset_threshold", H5T_NATIVE_UINT32, &threshold);
    put_number(group, "_Grid_vector_size", H5T_NATIVE_UINT64, &two);
    for (int i = 0; i < 2; i++) {
        char name[32];
        double c[64];
        hid_t element;

        for (int t = 0; t < extent; t++) {
            c[2 * t] = hadrons_value(config, i, t);
            c[2 * t + 1] = t;
        }
        snprintf(name, sizeof name, "meson/meson_%d", i);
        element = group_at(file, name);
        put_text(element, "gamma_snk", gamma[i]);
        put_text(element, "gamma_src", "Gamma5");
        put(element, "corr", extent <= 6, type, 1, shape, c);
        H5Gclose(element);
    }
    H5Tclose(type);
    H5Gclose(group);
    H5Fclose(file);
}

/* Small arrays are attributes, large ones datasets: the threshold is 6 numbers. */
static void hadrons_mesons_of_any_length(void)
{
    static const int extents[] = {4, 6, 7, 16};

    for (size_t e = 0; e < sizeof extents / sizeof *extents; e++) {
        const int extent = extents[e];
        char folder[4096], path[4096 + 64];
        const plaq_series *s;
        plaq_numbers x;

        test_scratch_path(folder, "");
        snprintf(folder + strlen(folder), 32, "hadrons%d", extent);
        CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
        for (int config = 1000; config <= 1030; config += 10) {
            if (config == 1010) continue;
            snprintf(path, sizeof path, "%s/pt_ll.%d.h5", folder, config);
            put_hadrons(path, config, extent);
        }
        CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
        s = series(&x, "pt_ll.meson");
        CHECK(s && s->is_complex && s->rank == 2 && s->shape[0] == 2 && s->shape[1] == extent);
        CHECK(s->chain.count == 3 && s->chain.config[1] == 1020 && x.notes == 1);
        CHECK(strcmp(s->label[0][1], "GammaX Gamma5") == 0);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 2; i++)
                for (int t = 0; t < extent; t++) {
                    const double *z = s->values + 2 * ((c * 2 + i) * extent + t);

                    CHECK_SAME(z[0], hadrons_value((int)s->chain.config[c], i, t));
                    CHECK_SAME(z[1], t);
                }
    }
}

/* Baryons have their words in a group `info`; a correlator alone is no vector. */
static void hadrons_baryons_and_single_correlators(void)
{
    const uint64_t one = 1;
    const uint32_t threshold = 6;
    const int parity = -1;
    double c[4] = {1, 2, 3, 4};
    char path[4096];
    hid_t file, group, type = pair(true);
    plaq_numbers x;

    test_scratch_path(path, "baryons.7.h5");
    file = create(path);
    put_number(file, "_Grid_dataset_threshold", H5T_NATIVE_UINT32, &threshold);
    group = group_at(file, "baryon");
    put_number(group, "_Grid_vector_size", H5T_NATIVE_UINT64, &one);
    H5Gclose(group);
    group = group_at(file, "baryon/baryon_0/info");
    put_text(group, "gammaA_left", "Identity");
    put_number(group, "parity", H5T_NATIVE_INT, &parity);
    put_text(group, "quarksL", "uud");
    H5Gclose(group);
    group = group_at(file, "baryon/baryon_0");
    put(group, "corr", true, type, 1, (hsize_t[]){2}, c);
    H5Gclose(group);
    group = group_at(file, "loop");
    put(group, "corr", true, type, 1, (hsize_t[]){2}, c);
    H5Gclose(group);
    H5Tclose(type);
    H5Fclose(file);
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 2 && series(&x, "baryons.loop")->rank == 1);
    CHECK(strcmp(series(&x, "baryons.baryon")->label[0][0], "Identity -1 uud") == 0);
    CHECK_SAME(series(&x, "baryons.baryon")->values[3], 4);
}

static void damaged_hadrons_are_refused(void)
{
    char path[4096], bytes[1 << 15];
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_numbers x;
    size_t n;
    hid_t id;

    test_scratch_path(path, "cut.5.h5");
    put_hadrons(path, 5, 16);
    CHECK_STATUS(PLAQ_OK, plaq_file_open(&file, path));
    CHECK_STATUS(PLAQ_OK, plaq_file_peek(&file, 0, bytes, sizeof bytes, &n));
    CHECK_STATUS(PLAQ_OK, plaq_file_close(&file));
    CHECK(n > 1000 && n < sizeof bytes);
    CHECK(test_put_file(path, bytes, n / 2));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "hadrons", NULL, &x));
    CHECK_MESSAGE("cut.5.h5");

    id = create(path);
    H5Fclose(id);
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "hadrons", NULL, &x));
    CHECK_MESSAGE("not written by Grid");

    put_hadrons(path, 5, 16);
    id = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(id, "meson/meson_1/corr", H5P_DEFAULT);
    H5Fclose(id);
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "hadrons", NULL, &x));
    CHECK_MESSAGE("meson/meson_1/corr");
}

/* ---- CVC -----------------------------------------------------------------------------------------------------------
 */

/* A source at time t0: the file has C at the lattice's times. */
static void put_cvc(const char *path, int config, int t0, int extent)
{
    double c[64];
    char name[128];
    hid_t file = create(path), group;

    for (int t = 0; t < extent; t++) {
        c[2 * ((t + t0) % extent)] = config + t;
        c[2 * ((t + t0) % extent) + 1] = -t0;
    }
    snprintf(name, sizeof name, "u+-g-u-g/t%d/gf5/pfx0pfy-1pfz2/gi5", t0);
    group = group_at(file, name);
    put(group, "pix0piy1piz-2", false, H5T_NATIVE_DOUBLE, 1, (hsize_t[]){2 * (hsize_t)extent}, c);
    H5Gclose(group);
    H5Fclose(file);
}

/* Sources are at other times on each configuration: they are turned to the source, and the axis has no labels. */
static void cvc_times_are_from_the_source(void)
{
    static const int at[2][2] = {{3, 7}, {0, 5}};
    char folder[4096], path[4096 + 64];
    const plaq_series *s;
    plaq_numbers x;

    test_scratch_path(folder, "cvc");
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s/corr.%04d.t%d.h5", folder, 20 * (c + 1), at[c][i]);
            put_cvc(path, 20 * (c + 1), at[c][i], 8);
        }
    CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
    s = series(&x, "u+-g-u-g.gf5.pfx0pfy-1pfz2.gi5.pix0piy1piz-2");
    CHECK(s && s->rank == 2 && s->shape[0] == 2 && s->shape[1] == 8 && s->chain.count == 2 && !s->label[0]);
    CHECK(s->chain.config[0] == 20 && s->chain.config[1] == 40 && strcmp(s->axes, "source t") == 0);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 2; i++)
            for (int t = 0; t < 8; t++) {
                const double *z = s->values + 2 * ((c * 2 + i) * 8 + t);

                CHECK_SAME(z[0], 20 * (c + 1) + t);
                CHECK_SAME(z[1], -at[c][i]);
            }
    put_cvc(path, 40, 8, 8); /* a source beyond the lattice */
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &x));
    CHECK_MESSAGE("the source's time 8");
}

/* ---- QuaHoG
 * ---------------------------------------------------------------------------------------------------------- */

/* C at time t and momentum p = (k, 0, -k) of a source on a configuration. */
static double quahog_value(int config, int source, int t, int k)
{
    return 1000 * config + 100 * source + 10 * t + k;
}

static void put_quahog(const char *path, int config, int source, bool position_space)
{
    enum { T = 3 };
    static const int momenta[2][3] = {{1, 0, -1}, {-1, 0, 1}}, rest[1][3] = {{0, 0, 0}};
    hid_t file = create(path), group, type = pair(false);
    char name[128];
    double z[T][2][2] = {{{0}}}, z0[T][2] = {{0}};

    for (int t = 0; t < T; t++) {
        z0[t][0] = quahog_value(config, source, t, 0);
        for (int i = 0; i < 2; i++) z[t][i][0] = quahog_value(config, source, t, momenta[i][0]);
    }
    snprintf(name, sizeof name, "mesons/sx00sy00sz00st%02d/up/=g5=/msq0000", source);
    group = group_at(file, name);
    put(group, position_space ? "corr_x" : "arr", false, type, 2, (hsize_t[]){T, 1}, z0);
    put(group, "mvec", false, H5T_NATIVE_INT, 2, (hsize_t[]){1, 3}, rest);
    H5Gclose(group);
    snprintf(name, sizeof name, "mesons/sx00sy00sz00st%02d/up/=g5=/msq0002", source);
    group = group_at(file, name);
    put(group, "arr", false, type, 2, (hsize_t[]){T, 2}, z);
    put(group, "mvec", false, H5T_NATIVE_INT, 2, (hsize_t[]){2, 3}, momenta);
    H5Gclose(group);
    H5Tclose(type);
    H5Fclose(file);
}

/* A folder a configuration, a file a source; momenta of all squares are one axis. */
static void quahog_folders_are_configurations(void)
{
    char folder[4096], inner[4096 + 16], path[4096 + 64];
    const plaq_series *s;
    plaq_numbers x;

    test_scratch_path(folder, "quahog");
    for (int config = 1; config <= 3; config++)
        for (int source = 0; source <= 8; source += 8) {
            snprintf(inner, sizeof inner, "%s/%04d", folder, config);
            CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(inner));
            snprintf(path, sizeof path, "%s/mesons_st%02d_aN50a0p5.h5", inner, source);
            put_quahog(path, config, source, false);
        }
    CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
    s = series(&x, "mesons.up.g5");
    CHECK(s && s->rank == 3 && s->shape[0] == 2 && s->shape[1] == 3 && s->shape[2] == 3 && s->chain.count == 3);
    CHECK(strcmp(s->axes, "source t p") == 0 && strcmp(s->label[2][1], "1 0 -1") == 0);
    CHECK(strcmp(s->label[0][1], "sx00sy00sz00st08") == 0);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 2; i++)
            for (int t = 0; t < 3; t++)
                for (int p = 0; p < 3; p++)
                    CHECK_SAME(s->values[2 * (((c * 2 + i) * 3 + t) * 3 + p)], quahog_value(c + 1, 8 * i, t,
                                                                                            p == 0   ? 0
                                                                                            : p == 1 ? 1
                                                                                                     : -1));

    CHECK_STATUS(PLAQ_OK, plaq_numbers_read(folder, NULL, &(plaq_numbers_wanted){.name = "mesons.up.g5"}, &x));
    CHECK(x.series_count == 1 && x.notes == 0);
    plaq_numbers_clear(&x);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_numbers_read(folder, NULL, &(plaq_numbers_wanted){.name = "mesons.up.gx"}, &x));
    CHECK_MESSAGE("did you mean \"mesons.up.g5\"");

    put_quahog(path, 3, 8, true);
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &x));
    CHECK_MESSAGE("position space");
}

/* ---- faults
 * ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *path, *format;
} given;

static plaq_status attempt(void *arguments)
{
    const given *g = arguments;
    plaq_numbers x = {0};
    plaq_status status = plaq_numbers_read(g->path, g->format, NULL, &x);

    plaq_numbers_clear(&x);
    if (H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) != 0)
        return PLAQ_OK; /* which the sweep takes for a mistake */
    return status;
}

static void faults_leave_nothing_behind(void)
{
    char path[4096];

    test_scratch_path(path, "faults.3.h5");
    put_hadrons(path, 3, 8);
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "hadrons"}));
    put_cvc(path, 3, 1, 8);
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "cvc"}));
    put_quahog(path, 3, 1, false);
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "quahog"}));
}

TEST_MAIN({"mesons of Hadrons", hadrons_mesons_of_any_length},
          {"baryons of Hadrons", hadrons_baryons_and_single_correlators},
          {"damaged files of Hadrons", damaged_hadrons_are_refused}, {"CVC", cvc_times_are_from_the_source},
          {"QuaHoG", quahog_folders_are_configurations}, {"faults", faults_leave_nothing_behind})
