/* Configurations in and out: other people's files and their checksums, every writer bit for bit on every kind of
 * process grid, damaged files, faults. Links are random numbers keyed by the global site; nothing here needs SU(3). */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plaq/io.h"
#include "support/test.h"

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

/* A field of links on a lattice, destroyed after the case. */
static plaq_field *make_field(plaq_lattice *lattice, plaq_prec prec)
{
    plaq_field *f = NULL;

    if (!lattice || !test_status(PLAQ_OK, plaq_field_create(lattice, prec, 72, &f), __FILE__, __LINE__, "create field"))
        return NULL;
    test_later_field(&f);
    return f;
}

static plaq_config *open_config(const char *path, const int dims[4])
{
    plaq_config *c = NULL;

    if (!test_status(PLAQ_OK, plaq_config_open(test_comm(), path, dims, &c), __FILE__, __LINE__, path)) return NULL;
    test_later_config(&c);
    return c;
}

/* Calls `visit` for every local site with its place in the lattice and its 72 reals, and stores what it leaves. */
static void for_sites(plaq_field *f, void (*visit)(const int at[4], double links[72], void *given), void *given)
{
    const plaq_lattice *lattice = plaq_field_lattice(f);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    int c[4], at[4];

    for (c[3] = 0; c[3] < local[3]; c[3]++)
        for (c[2] = 0; c[2] < local[2]; c[2]++)
            for (c[1] = 0; c[1] < local[1]; c[1]++)
                for (c[0] = 0; c[0] < local[0]; c[0]++) {
                    double links[72];

                    for (int mu = 0; mu < 4; mu++) at[mu] = origin[mu] + c[mu];
                    plaq_field_get(f, c, 1, links);
                    visit(at, links, given);
                    plaq_field_put(f, c, 1, links);
                }
    plaq_field_touch(f);
}

static uint64_t site_number(const int dims[4], const int at[4])
{
    return (uint64_t)(at[0] + dims[0] * (at[1] + dims[1] * (at[2] + dims[2] * at[3])));
}

static void random_links(const int at[4], double links[72], void *dims)
{
    for (int k = 0; k < 72; k += 4)
        plaq_random(2385, PLAQ_RANDOM_TEST, 0, site_number(dims, at), (uint64_t)k, links + k);
}

static void fill_random(plaq_field *f)
{
    int dims[4];

    memcpy(dims, plaq_lattice_dims(plaq_field_lattice(f)), sizeof dims);
    for_sites(f, random_links, dims);
}

/* What the random links are expected to be once they went through precisions. */
typedef struct {
    int dims[4];
    bool single;
    double worst;
} expectation;

static void compare_random(const int at[4], double links[72], void *given)
{
    expectation *e = given;
    double wanted[72];

    random_links(at, wanted, e->dims);
    for (int k = 0; k < 72; k++) {
        double deviation = fabs(links[k] - (e->single ? (double)(float)wanted[k] : wanted[k]));

        if (!(deviation <= e->worst)) e->worst = deviation;
    }
}

/* Largest deviation from the random links, of all ranks; zero means bit for bit. */
static double deviation_from_random(plaq_field *f, bool single)
{
    expectation e = {.single = single};

    memcpy(e.dims, plaq_lattice_dims(plaq_field_lattice(f)), sizeof e.dims);
    for_sites(f, compare_random, &e);
    plaq_reduce_max(test_comm(), &e.worst, 1);
    return e.worst;
}

/* Largest difference of two fields whose lattices are cut in the same way. */
static double difference(const plaq_field *a, const plaq_field *b)
{
    const int *local = plaq_lattice_local(plaq_field_lattice(a));
    double worst = 0, x[72], y[72];
    int c[4];

    for (c[3] = 0; c[3] < local[3]; c[3]++)
        for (c[2] = 0; c[2] < local[2]; c[2]++)
            for (c[1] = 0; c[1] < local[1]; c[1]++)
                for (c[0] = 0; c[0] < local[0]; c[0]++) {
                    plaq_field_get(a, c, 1, x);
                    plaq_field_get(b, c, 1, y);
                    for (int k = 0; k < 72; k++)
                        if (!(fabs(x[k] - y[k]) <= worst)) worst = fabs(x[k] - y[k]);
                }
    plaq_reduce_max(test_comm(), &worst, 1);
    return worst;
}

/* Reads a file of the data folder into a field on the default grid; NULL with the case failed. */
static plaq_field *read_data(const char *path, const int dims[4])
{
    plaq_config *c = open_config(path, dims);
    plaq_config_report report;
    plaq_field *f;

    if (!c) return NULL;
    f = make_field(test_lattice(plaq_config_get_header(c)->dims, 0), PLAQ_DOUBLE);
    if (!f || !test_status(PLAQ_OK, plaq_config_read(c, f, &report), __FILE__, __LINE__, path)) return NULL;
    return f;
}

static const plaq_config_facts some_facts = {.plaquette = 0.59368123456789012,
                                             .link_trace = -0.00123456789012345,
                                             .ensemble = "b6.00 <test> & more",
                                             .number = 120,
                                             .history = "hot start\n20 sweeps"};

/* ---- other people's files ---------------------------------------------------------------------------------------- */

/* What the data folder's README says of a file. */
typedef struct {
    const char *file, *format;
    int dims[4];
    int bits;
    bool little;
    int rows;
    const char *kind, *stored, *computed;
    double plaquette, link_trace; /* of the header; NaN: not there */
} known;

/* clang-format off: one row a file */
static const known files[] = {
    {"pyquda/weak_field.lime", "ILDG", {4, 4, 4, 8}, 64, false, 3, "scidac", "a2c41090/11193c39", NULL, NAN, NAN},
    {"chroma/gfix.cfg1", "SciDAC", {4, 4, 4, 8}, 32, false, 3, "scidac", "de931ab9/ca9d9e81", NULL, NAN, NAN},
    {"chroma/t_nersc.cfg", "NERSC", {4, 4, 4, 4}, 32, false, 2, "nersc", "717938df", NULL, 0.0382422893, 0.4630322094},
    {"qdpxx/t_dprec_ildg.lime", "ILDG", {4, 4, 4, 4}, 64, false, 3, "scidac", "e6ca40a6/59cdeef1", NULL, NAN, NAN},
    {"milc/lat.sample.l4444", "MILC", {4, 4, 4, 4}, 32, true, 3, "milc", "2352c05/d137321d", NULL, NAN, NAN},
    {"milc/lat.sample.l4444.ildg", "ILDG", {4, 4, 4, 4}, 32, false, 3, "scidac", "37affb9c/2fc07bbf", NULL, NAN, NAN},
    {"milc/lat.sample.l4444.scidac",
     "SciDAC",
     {4, 4, 4, 4},
     32,
     false,
     3,
     "scidac",
     "37affb9c/2fc07bbf",
     NULL,
     NAN,
     NAN},
    {"milc/lat.test.archive",
     "NERSC",
     {4, 4, 4, 4},
     32,
     false,
     2,
     "nersc",
     "ffc4bb26",
     NULL,
     0.5948501598,
     0.6467587363},
    {"milc/archive_lat.000",
     "NERSC",
     {4, 4, 4, 4},
     32,
     false,
     2,
     "nersc",
     "40251f61",
     NULL,
     0.9277223349,
     0.9804895520},
    {"milc/lat.sample.l4448", "MILC", {4, 4, 4, 8}, 32, false, 3, "milc", "13f3b413/161f7dde", NULL, NAN, NAN},
    {"milc/lat.sample.l4448.gf", "MILC", {4, 4, 4, 8}, 32, false, 3, "milc", "92a1404/1416736", NULL, NAN, NAN},
    {"milc/lat.sample.l4448.scidac",
     "SciDAC",
     {4, 4, 4, 8},
     32,
     false,
     3,
     "scidac",
     "1c5a6cb5/5dea327a",
     NULL,
     NAN,
     NAN},
    {"milc/lat.sample.l4448.foreign", "ILDG", {4, 4, 4, 8}, 32, false, 3, "", "", "1c5a6cb5/5dea327a", NAN, NAN},
    {"milc/lat.sample.l8888", "MILC", {8, 8, 8, 8}, 32, true, 3, "milc", "4f9d000e/8d72f72e", NULL, NAN, NAN},
    {"milc/lat.sample.inst", "MILC", {4, 4, 4, 4}, 32, true, 3, "", "", "", NAN, NAN},
    {"milc/lat.sample.5p7",
     "MILC",
     {4, 4, 4, 8},
     32,
     true,
     3,
     "milc",
     "2e218ab1/2d188e6b",
     "72d77a0a/19447b24",
     NAN,
     NAN},
    {"analysistoolbox/nersc.l8t4b3360",
     "NERSC",
     {8, 8, 8, 4},
     64,
     false,
     3,
     "nersc",
     "b379560a",
     NULL,
     0.5038664469,
     0.005406083858},
    {"analysistoolbox/ildg.l8t4b3360",
     "ILDG",
     {8, 8, 8, 4},
     64,
     false,
     3,
     "scidac",
     "10d0ea1a/a6a1b3b8",
     NULL,
     NAN,
     NAN},
    {"glu/lat..400", "NERSC", {4, 4, 4, 8}, 64, true, 2, "nersc", "f2ee7c36", NULL, 0.5985455591, -0.0007741846376},
    {"qcdmeasurements/conf_00000008.ildg", "SciDAC", {4, 4, 4, 4}, 64, false, 3, "", "", "b387080f/21a12342", NAN, NAN},
    {"cl2qcd/conf.00200", "ILDG", {4, 4, 4, 4}, 64, false, 3, "scidac", "a3b09c8/d7a6d9a1", NULL, 0.571077, NAN},
    {"cl2qcd/conf.00200.badchecksum",
     "ILDG",
     {4, 4, 4, 4},
     64,
     false,
     3,
     "scidac",
     "46b62a47/1a24b4ac",
     "a3b09c8/d7a6d9a1",
     0.571077,
     NAN},
    {"cl2qcd/conf.tmlqcd",
     "ILDG",
     {4, 4, 4, 4},
     64,
     false,
     3,
     "scidac",
     "17b93081/600235aa",
     NULL,
     0.628065051764,
     NAN},
    {"hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1",
     "openQCD",
     {8, 8, 8, 8},
     64,
     true,
     3,
     "",
     "",
     "",
     0.005009043432310447 / 3,
     NAN},
    {"hirep/HiRep_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1",
     "HiRep",
     {8, 8, 8, 8},
     64,
     false,
     3,
     "",
     "",
     "",
     0.0016696811441034925,
     NAN},
    /* before its links are read; see tests/mpi/order.c */
    {"ddalphaamg/4x4x4x4b6.0000id3n1", "openQCD", {4, 4, 4, 4}, 64, true, 3, "", "", "", 1.786695869109205 / 3, NAN},
    {"chroma/test_purgaug.cfg1", "SZIN", {4, 4, 4, 8}, 32, false, 3, "", "", "", NAN, NAN},
    {"qcdmeasurements/testconf.txt", "Bridge++", {4, 4, 4, 4}, 64, false, 3, "", "", "", NAN, NAN},
};
/* clang-format on */

static bool same_real(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool header_is(const plaq_config_header *h, const known *k)
{
    return strcmp(h->format, k->format) == 0 && memcmp(h->dims, k->dims, sizeof h->dims) == 0 &&
           h->prec == (k->bits == 64 ? PLAQ_DOUBLE : PLAQ_SINGLE) && h->little == k->little && h->rows == k->rows &&
           strcmp(h->checksum_kind, k->kind) == 0 && strcmp(h->checksum, k->stored) == 0 &&
           same_real(h->plaquette, k->plaquette) && same_real(h->link_trace, k->link_trace);
}

static bool file_is_known(const known *k)
{
    plaq_config *c = open_config(test_data(k->file), k->dims);
    const char *computed = k->computed ? k->computed : k->stored;
    plaq_config_report report;
    plaq_field *f;

    if (!c) return false;
    if (!test_check(header_is(plaq_config_get_header(c), k), __FILE__, __LINE__, "header of %s", k->file)) return false;
    f = make_field(test_lattice(k->dims, 0), PLAQ_DOUBLE);
    if (!f || !test_status(PLAQ_OK, plaq_config_read(c, f, &report), __FILE__, __LINE__, k->file)) return false;
    return test_check(strcmp(report.checksum, computed) == 0, __FILE__, __LINE__, "checksum of %s: %s, expected %s",
                      k->file, report.checksum, computed) &&
           test_check(report.checksum_ok == (k->stored[0] == '\0' || strcmp(k->stored, computed) == 0), __FILE__,
                      __LINE__, "verdict on %s", k->file);
}

static void headers_and_checksums_are_as_published(void)
{
    if (!test_data("milc/lat.sample.l4444")) SKIP("no test data");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!file_is_known(&files[i])) return;
}

static void equal_fields_in_different_formats_are_equal(void)
{
    static const struct {
        const char *a, *b;
        double tolerance; /* zero: bitwise equal; else what the README or the formats' digits say */
    } pairs[] = {
        {"milc/lat.sample.l4444", "milc/lat.sample.l4444.ildg", 0},
        {"milc/lat.sample.l4444", "milc/lat.sample.l4444.scidac", 0},
        {"milc/lat.sample.l4448", "milc/lat.sample.l4448.scidac", 0},
        {"milc/lat.sample.l4448", "milc/lat.sample.l4448.foreign", 0},
        {"cl2qcd/conf.00200", "cl2qcd/conf.00200.badchecksum", 0},
        {"hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1", "hirep/HiRep_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1",
         0},
        {"analysistoolbox/nersc.l8t4b3360", "analysistoolbox/ildg.l8t4b3360", 1e-14},
        {"chroma/t_nersc.cfg", "qdpxx/t_dprec_ildg.lime", 1e-6},  /* third rows rebuilt from 32 bit */
        {"milc/lat.test.archive", "milc/lat.sample.l4444", 1e-6}, /* the same */
    };

    if (!test_data("milc/lat.sample.l4444")) SKIP("no test data");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        plaq_field *a = read_data(test_data(pairs[i].a), NULL), *b = read_data(test_data(pairs[i].b), NULL);

        if (!a || !b) return;
        CHECK(difference(a, b) <= pairs[i].tolerance);
    }
}

static void compare_raw(const int at[4], double links[72], void *given)
{
    /* [mu][t][z][y][x][row][column][re, im], 4 4 4 8 */
    const double *raw = given;
    uint64_t site = site_number((int[4]){4, 4, 4, 8}, at);

    for (int mu = 0; mu < 4; mu++)
        for (int k = 0; k < 18; k++) links[18 * mu + k] -= raw[((uint64_t)mu * 512 + site) * 18 + (uint64_t)k];
}

static void largest(const int at[4], double links[72], void *worst)
{
    (void)at;
    for (int k = 0; k < 72; k++)
        if (!(fabs(links[k]) <= *(double *)worst)) *(double *)worst = fabs(links[k]);
}

static void every_element_is_in_its_place(void)
{
    double *raw = NULL, worst = 0;
    plaq_field *f;
    size_t n;

    if (!test_data("easydistillation/weak_field.bin")) SKIP("no test data");
    f = read_data(test_data("pyquda/weak_field.lime"), NULL);
    if (!f) return;
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(test_data("easydistillation/weak_field.bin"), 1 << 20, (char **)&raw, &n));
    for_sites(f, compare_raw, raw);
    plaq_free(raw);
    for_sites(f, largest, &worst);
    plaq_reduce_max(test_comm(), &worst, 1);
    CHECK_SAME(worst, 0);
}

static void what_is_no_configuration_is_refused(void)
{
    static const struct {
        const char *file;
        plaq_status status;
        const char *words;
    } refused[] = {
        {"glu/HILAT.nersc", PLAQ_E_DATA, "4D_SU2_GAUGE_2x2"},
        {"milc/lat.sample.l8888.info", PLAQ_E_DATA, "not a configuration of a known format"},
        {"easydistillation/weak_field.bin", PLAQ_E_DATA, "not a configuration of a known format"},
        {"hadron/plaq.sample.txt", PLAQ_E_DATA, "not a configuration of a known format"},
        {"pyerrors/json_schema.json", PLAQ_E_DATA, "not a configuration of a known format"},
        {"milc", PLAQ_E_IO, "folder"},
        {"milc/there.is.none", PLAQ_E_IO, "cannot open"},
    };
    plaq_config *c = NULL;

    if (!test_data("milc/lat.sample.l4444")) SKIP("no test data");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        CHECK_STATUS(refused[i].status, plaq_config_open(test_comm(), test_data(refused[i].file), NULL, &c));
        CHECK_MESSAGE(refused[i].words);
        CHECK(c == NULL);
    }
}

static void extents_come_from_the_user_where_the_file_has_none(void)
{
    const char *path = test_data("qcdmeasurements/conf_00000008.ildg");
    plaq_config *c = NULL;
    plaq_config_report report;
    plaq_field *f;

    if (!path) SKIP("no test data");
    c = open_config(path, NULL);
    if (!c) return;
    CHECK(plaq_config_get_header(c)->dims[0] == 0);
    CHECK(strstr(plaq_config_get_header(c)->note, "dims") != NULL);
    f = make_field(test_lattice((int[]){4, 4, 4, 4}, 0), PLAQ_DOUBLE);
    if (!f) return;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_read(c, f, &report));
    c = NULL;
    CHECK_STATUS(PLAQ_E_DATA, plaq_config_open(test_comm(), path, (int[]){4, 4, 4, 8 * 5}, &c));
    CHECK_MESSAGE("147456 bytes");
    CHECK_STATUS(PLAQ_E_DATA, plaq_config_open(test_comm(), path, (int[]){4, 4, 4, -4}, &c));
    CHECK_STATUS(PLAQ_E_DATA,
                 plaq_config_open(test_comm(), test_data("milc/lat.sample.l4444"), (int[]){4, 4, 4, 8}, &c));
    CHECK_MESSAGE("expected 4 4 4 8");
}

/* ---- what is written --------------------------------------------------------------------------------------------- */

static const char *const formats[] = {"hdf5", "ildg", "nersc", "milc"};
enum { FORMATS = sizeof formats / sizeof *formats };

static bool is_milc(const char *format)
{
    return strcmp(format, "milc") == 0;
}

/* The widest numbers a format has. */
static plaq_prec widest(const char *format)
{
    return is_milc(format) ? PLAQ_SINGLE : PLAQ_DOUBLE;
}

/* MILC's header has no plaquette and no link trace, and its numbers are of 32 bits. */
static bool has_means(const char *format)
{
    return !is_milc(format);
}

static bool round_trip(plaq_field *from, plaq_field *to, const char *format, plaq_prec prec)
{
    bool single = prec == PLAQ_SINGLE || plaq_field_prec(from) == PLAQ_SINGLE || plaq_field_prec(to) == PLAQ_SINGLE;
    const plaq_config_header *h;
    plaq_config_report report;
    char path[4096], seen[64];
    double deviation;
    plaq_config *c;

    test_scratch_path(path, "round");
    if (!test_status(PLAQ_OK, plaq_config_write(from, path, format, prec, &some_facts), __FILE__, __LINE__, format) ||
        !(c = open_config(path, NULL)))
        return false;
    h = plaq_config_get_header(c);
    snprintf(seen, sizeof seen, "%s, %d bit", format, h->prec == PLAQ_DOUBLE ? 64 : 32);
    if (!test_check(h->prec == prec && h->rows == 3, __FILE__, __LINE__, "header of %s", seen) ||
        (has_means(format) && !test_close(h->plaquette, some_facts.plaquette, 1e-15, __FILE__, __LINE__, seen)) ||
        (has_means(format) && !test_close(h->link_trace, some_facts.link_trace, 1e-15, __FILE__, __LINE__, seen)) ||
        !test_status(PLAQ_OK, plaq_config_read(c, to, &report), __FILE__, __LINE__, seen) ||
        !test_check(h->checksum[0] && report.checksum_ok, __FILE__, __LINE__, "checksum of %s: stored %s, computed %s",
                    seen, h->checksum, report.checksum))
        return false;
    deviation = deviation_from_random(to, single);
    return test_check(deviation == 0, __FILE__, __LINE__, "%s: links differ by %g", seen, deviation);
}

static void all_round_trips(plaq_lattice *lattice)
{
    for (int from = PLAQ_SINGLE; from <= PLAQ_DOUBLE; from++)
        for (int to = PLAQ_SINGLE; to <= PLAQ_DOUBLE; to++)
            for (int i = 0; i < FORMATS; i++)
                for (int prec = PLAQ_SINGLE; prec <= (int)widest(formats[i]); prec++) {
                    plaq_field *a = make_field(lattice, (plaq_prec)from), *b = make_field(lattice, (plaq_prec)to);

                    if (!a || !b) return;
                    fill_random(a);
                    if (!round_trip(a, b, formats[i], (plaq_prec)prec)) return;
                }
}

static void links_come_back_bit_for_bit(void)
{
    all_round_trips(test_lattice((int[]){4, 6, 2, 8}, 0));
}

static void odd_extents_come_back_bit_for_bit(void)
{
    all_round_trips(test_lattice((int[]){3, 5, 7, 4}, 0));
}

static void one_lane_comes_back_bit_for_bit(void)
{
    all_round_trips(test_lattice((int[]){4, 6, 2, 8}, 1));
}

static void file_hash(const char *path, char hex[65])
{
    char *bytes = NULL;
    size_t n;

    hex[0] = '\0';
    if (plaq_file_slurp(path, 1 << 26, &bytes, &n) == PLAQ_OK) plaq_sha256(bytes, n, hex);
    plaq_free(bytes);
}

/* Files must not depend on who wrote them, and every grid must read them. */
static bool grids_agree(const int dims[4], const char *format)
{
    char first[65] = "", hex[65], path[4096];
    int grid[4] = {0, 1, 1, 1};

    test_scratch_path(path, "round");
    while (test_next_grid(dims, grid)) {
        plaq_lattice *lattice = test_lattice_on(dims, grid, 0);
        plaq_field *a = make_field(lattice, PLAQ_DOUBLE), *b = make_field(lattice, PLAQ_DOUBLE);

        if (!a || !b) return false;
        fill_random(a);
        if (!round_trip(a, b, format, widest(format))) return false;
        file_hash(path, hex);
        if (!first[0]) strcpy(first, hex);
        if (!test_check(first[0] && strcmp(first, hex) == 0, __FILE__, __LINE__,
                        "%s: grid %d %d %d %d writes other bytes", format, grid[0], grid[1], grid[2], grid[3]))
            return false;
    }
    return true;
}

static void grids_write_the_same_bytes(void)
{
    static const int dims[][4] = {{8, 4, 4, 12}, {12, 8, 1, 1}, {4, 12, 1, 2}}; /* more ranks than planes among them */

    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
        for (int i = 0; i < FORMATS; i++)
            if (!grids_agree(dims[d], formats[i])) return;
}

/* Planes of 1.8 MB, which are cut into pieces. */
static void long_lines_are_cut_into_pieces(void)
{
    static const int dims[4] = {64, 48, 2, 4};
    int grid[4] = {0, 1, 1, 1};

    while (test_next_grid(dims, grid)) {
        plaq_lattice *lattice = test_lattice_on(dims, grid, 0);
        plaq_field *a = make_field(lattice, PLAQ_DOUBLE), *b = make_field(lattice, PLAQ_DOUBLE);

        if (!a || !b) return;
        fill_random(a);
        if (!round_trip(a, b, "ildg", PLAQ_DOUBLE)) return;
    }
}

static bool have(const char *command)
{
    int found = 0;

    if (plaq_comm_rank(test_comm()) == 0) found = system(command) == 0;
    plaq_broadcast(test_comm(), &found, sizeof found);
    return found;
}

/* Somebody repacks our file: compressed, in other chunks, in one piece. */
static void repacked_files_are_read(void)
{
    static const char *const ways[] = {"-f links:GZIP=1", "-l links:CONTI", "-l links:CHUNK=2x1x3x4x4x3x3",
                                       "-l links:CHUNK=1x1x6x4x4x3x3"};
    plaq_field *a = make_field(test_lattice((int[]){4, 6, 2, 8}, 0), PLAQ_DOUBLE), *b;
    char path[4096], copy[4096 + 8], command[16384];
    plaq_config_report report;

    if (!have("h5repack --version >/dev/null 2>&1")) SKIP("no h5repack");
    if (!a) return;
    fill_random(a);
    test_scratch_path(path, "ours.h5");
    CHECK_STATUS(PLAQ_OK, plaq_config_write(a, path, "hdf5", PLAQ_DOUBLE, &some_facts));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        plaq_config *c;

        snprintf(copy, sizeof copy, "%s.copy", path);
        snprintf(command, sizeof command, "rm -f '%s'; h5repack %s '%s' '%s'", copy, ways[i], path, copy);
        CHECK(have(command));
        b = make_field(plaq_field_lattice(a), PLAQ_DOUBLE);
        c = open_config(copy, NULL);
        if (!c || !b) return;
        CHECK_STATUS(PLAQ_OK, plaq_config_read(c, b, &report));
        CHECK(report.checksum_ok);
        CHECK_SAME(deviation_from_random(b, false), 0);
    }
}

static void h5py_sees_complex_links_and_their_facts(void)
{
    static const char script[] =
        "import h5py, numpy as n, sys\n"
        "l = h5py.File(sys.argv[1], 'r')['links']\n"
        "assert l.dtype == n.dtype(sys.argv[2]), l.dtype\n"
        "assert l.shape == (8, 2, 6, 4, 4, 3, 3), l.shape\n"
        "a = l.attrs\n"
        "assert list(a['dims']) == [4, 6, 2, 8] and a['checksum_kind'] == b'scidac' and a['number'] == 120, dict(a)\n"
        "assert abs(a['plaquette'] - 0.59368123456789012) < 1e-15 and b'plaquette' in a['conventions'], dict(a)\n"
        "v = l[7, 1, 5, 3, 3, 2, 2]\n"
        "assert abs(v - complex(float(sys.argv[3]), float(sys.argv[4]))) < 1e-7, v\n";
    static const char *const types[] = {"complex64", "complex128"};
    char path[4096], file[4096], command[16384];
    double last[72];
    int dims[4] = {4, 6, 2, 8};
    plaq_field *a = make_field(test_lattice(dims, 0), PLAQ_DOUBLE);

    if (!have("/usr/bin/python3 -c 'import h5py' 2>/dev/null")) SKIP("no h5py");
    if (!a) return;
    fill_random(a);
    random_links((int[]){3, 5, 1, 7}, last, dims);
    test_scratch_path(file, "script.py");
    if (plaq_comm_rank(test_comm()) == 0) {
        FILE *f = fopen(file, "w");

        if (f) fputs(script, f), fclose(f);
    }
    test_scratch_path(path, "ours.h5");
    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
        CHECK_STATUS(PLAQ_OK, plaq_config_write(a, path, "hdf5", (plaq_prec)prec, &some_facts));
        snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s' %s %.17g %.17g", file, path, types[prec],
                 last[70], last[71]);
        CHECK(have(command));
    }
}

/* ---- damaged files ----------------------------------------------------------------------------------------------- */

/* Opens and reads; *ok: whether it all went well, checksum included. */
static plaq_status read_all(const char *path, plaq_field *to, bool *ok)
{
    plaq_config_report report = {.checksum_ok = false};
    plaq_config *c = NULL;
    plaq_status status = plaq_config_open(test_comm(), path, NULL, &c);

    if (status == PLAQ_OK) status = plaq_config_read(c, to, &report);
    plaq_config_close(&c);
    *ok = status == PLAQ_OK && report.checksum_ok;
    return status;
}

static char *slurp_scratch(const char *path, size_t *n)
{
    char *bytes = NULL;

    return plaq_file_slurp(path, 1 << 24, &bytes, n) == PLAQ_OK ? bytes : NULL;
}

static void truncated_and_flipped(const char *format, const char *path, plaq_field *to, char *bytes, size_t n)
{
    size_t lengths[] = {0, 1, 3, 7, 100, n / 4, n / 2, n - 1000, n - 9, n - 1};
    bool ok;

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CHECK(test_put_file(path, bytes, lengths[i]));
        CHECK_STATUS(PLAQ_E_DATA, read_all(path, to, &ok));
    }
    for (size_t at = n / 3; at < n - 1000; at += n / 7) { /* well inside of the links */
        bytes[at] ^= 0x10;
        CHECK(test_put_file(path, bytes, n));
        CHECK_STATUS(PLAQ_OK, read_all(path, to, &ok));
        CHECK(!ok);
        bytes[at] ^= 0x10;
    }
    if (strcmp(format, "hdf5") == 0) return; /* HDF5 lets anything follow */
    bytes[n] = 'x';
    CHECK(test_put_file(path, bytes, n + 1));
    CHECK_STATUS(PLAQ_E_DATA, read_all(path, to, &ok));
}

static void damage_is_found(void)
{
    plaq_field *a = make_field(test_lattice((int[]){4, 6, 2, 8}, 0), PLAQ_DOUBLE);

    if (!a) return;
    for (int i = 0; i < FORMATS; i++) {
        char path[4096], *bytes;
        size_t n;

        fill_random(a);
        test_scratch_path(path, "damaged");
        CHECK_STATUS(PLAQ_OK, plaq_config_write(a, path, formats[i], widest(formats[i]), &some_facts));
        bytes = slurp_scratch(path, &n);
        CHECK(bytes != NULL);
        truncated_and_flipped(formats[i], path, a, bytes, n);
        plaq_free(bytes);
    }
}

static void bad_headers_are_refused(void)
{
    static const struct {
        const char *text, *words;
    } headers[] = {
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\n", "END_HEADER"},
        {"BEGIN_HEADER\nEND_HEADER\n", "DATATYPE"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nEND_HEADER\n", "DIMENSION_1"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 4\nDIMENSION_2 = -4\nDIMENSION_3 = 4\nDIMENSION_4 = 4\n"
         "END_HEADER\n",
         "extents 4 -4 4 4"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 4\nDIMENSION_2 = four\nDIMENSION_3 = 4\n"
         "DIMENSION_4 = 4\nEND_HEADER\n",
         "DIMENSION_2 is 'four'"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 2000000000\nDIMENSION_2 = 2000000000\n"
         "DIMENSION_3 = 2000000000\nDIMENSION_4 = 2000000000\nEND_HEADER\n",
         "2000000000"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 4\nDIMENSION_2 = 4\nDIMENSION_3 = 4\nDIMENSION_4 = 4\n"
         "FLOATING_POINT = IBM360\nEND_HEADER\n",
         "IBM360"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 4\nDIMENSION_2 = 4\nDIMENSION_3 = 4\nDIMENSION_4 = 4\n"
         "CHECKSUM = -1\nEND_HEADER\n",
         "CHECKSUM is '-1'"},
        {"BEGIN_HEADER\nDATATYPE = 4D_SU3_GAUGE\nDIMENSION_1 = 4\nDIMENSION_2 = 4\nDIMENSION_3 = 4\nDIMENSION_4 = 4\n"
         "END_HEADER\n",
         "0 bytes of links, expected 49152"},
    };
    plaq_config *c = NULL;
    char path[4096];

    test_scratch_path(path, "header");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        CHECK(test_put_file(path, headers[i].text, strlen(headers[i].text)));
        CHECK_STATUS(PLAQ_E_DATA, plaq_config_open(test_comm(), path, NULL, &c));
        CHECK_MESSAGE(headers[i].words);
    }
}

/* A byte order that the header does not name shows in the first link. */
static void byte_order_is_found(void)
{
    static const char *const names[] = {"IEEE64", "IEEE32"};
    enum { SITES = 16 };

    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++)
        for (int little = 0; little < 2; little++) {
            char path[4096], bytes[512 + SITES * 384];
            size_t size = prec == PLAQ_DOUBLE ? 8 : 4, n;
            plaq_config *c;

            n = (size_t)snprintf(bytes, 512,
                                 "BEGIN_HEADER\nDATATYPE=4D_SU3_GAUGE\nDIMENSION_1 = 2\nDIMENSION_2  = 2\n"
                                 "DIMENSION_3 =2\n DIMENSION_4 = 2 \nFLOATING_POINT = %s\nEND_HEADER\n",
                                 names[prec == PLAQ_SINGLE]);
            for (int link = 0; link < 4 * SITES; link++)
                for (int k = 0; k < 12; k++, n += size) {
                    double v = k == 0 || k == 8 ? 0.8 : k == 1 || k == 9 ? -0.6 : 0;
                    float single = (float)v;

                    memcpy(bytes + n, prec == PLAQ_DOUBLE ? (void *)&v : (void *)&single, size);
                    if (plaq_host_is_little() != (bool)little) plaq_byte_swap(bytes + n, size, 1);
                }
            test_scratch_path(path, "order");
            CHECK(test_put_file(path, bytes, n));
            c = open_config(path, NULL);
            if (!c) return;
            CHECK(plaq_config_get_header(c)->little == (bool)little);
            CHECK((int)plaq_config_get_header(c)->prec == prec);
        }
}

static void a_failed_write_leaves_the_old_file(void)
{
    plaq_field *a = make_field(test_lattice((int[]){4, 6, 2, 8}, 0), PLAQ_DOUBLE);
    char path[4096], aside[4096], before[65], after[65];

    if (!a) return;
    fill_random(a);
    test_scratch_path(path, "kept");
    test_scratch_path(aside, ".kept.part");
    CHECK_STATUS(PLAQ_OK, plaq_config_write(a, path, "ildg", PLAQ_DOUBLE, &some_facts));
    file_hash(path, before);
    for (long n = 1;; n++) {
        plaq_status status;

        plaq_fault_arm(plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1 ? n : 0);
        status = plaq_config_write(a, path, "ildg", PLAQ_SINGLE, &some_facts);
        plaq_fault_arm(0);
        if (status == PLAQ_OK) break;
        file_hash(path, after);
        CHECK(strcmp(before, after) == 0);
        CHECK(!plaq_path_exists(aside));
    }
    file_hash(path, after);
    CHECK(strcmp(before, after) != 0);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(a, path, "lime", PLAQ_SINGLE, &some_facts));
    CHECK_MESSAGE("bridge|hdf5|ildg|milc|nersc|openqcd");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(a, path, "milc", PLAQ_DOUBLE, &some_facts));
    CHECK_MESSAGE("give precision f32");
    test_scratch_path(path, "no/such/folder/x");
    for (int i = 0; i < FORMATS; i++)
        CHECK_STATUS(PLAQ_E_IO, plaq_config_write(a, path, formats[i], PLAQ_SINGLE, &some_facts));
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

typedef struct {
    plaq_field *field;
    const char *format;
    char path[4096];
} attempt_given;

static plaq_status write_and_read(void *given)
{
    attempt_given *g = given;
    bool ok;

    PLAQ_TRY(plaq_config_write(g->field, g->path, g->format, widest(g->format), &some_facts));
    return read_all(g->path, g->field, &ok);
}

static void faults_reach_all_ranks(void)
{
    int ranks = plaq_comm_size(test_comm());
    attempt_given given = {NULL, NULL, ""};
    plaq_lattice *lattice;

    /* divided in x, so that lines are sent */
    lattice = test_lattice_on((int[]){8, 4, 2, 4}, (int[]){ranks, 1, 1, 1}, 0);
    given.field = make_field(lattice, PLAQ_DOUBLE);
    if (!given.field) return;
    fill_random(given.field);
    test_scratch_path(given.path, "faulty");
    for (int i = 0; i < FORMATS; i++) {
        given.format = formats[i];
        CHECK_FAULT_SWEEP(write_and_read, &given);
    }
}

/* Reading is; the last case, for the request is not forgotten. Writing goes on: a file is soon whole. */
static void a_request_to_stop_is_answered(void)
{
    const int last = plaq_comm_size(test_comm()) - 1;
    plaq_lattice *lattice = test_lattice((int[]){8, 4, 4, 4}, 0);
    plaq_field *f = make_field(lattice, PLAQ_DOUBLE);
    plaq_config_report report;
    char path[4096];

    if (!f) return;
    fill_random(f);
    plaq_stop_catch();
    if (plaq_comm_rank(test_comm()) == last) raise(SIGUSR1);
    test_scratch_path(path, "stopped");
    for (int i = 0; i < FORMATS; i++) {
        plaq_config *c;

        CHECK_STATUS(PLAQ_OK, plaq_config_write(f, path, formats[i], widest(formats[i]), &some_facts));
        c = open_config(path, NULL);
        if (!c) return;
        CHECK_STATUS(PLAQ_E_STOPPED, plaq_config_read(c, f, &report));
    }
}

TEST_MAIN({"headers and checksums are as published", headers_and_checksums_are_as_published},
          {"equal fields in different formats are equal", equal_fields_in_different_formats_are_equal},
          {"every element is in its place", every_element_is_in_its_place},
          {"what is no configuration is refused", what_is_no_configuration_is_refused},
          {"extents come from the user where the file has none", extents_come_from_the_user_where_the_file_has_none},
          {"links come back bit for bit", links_come_back_bit_for_bit},
          {"odd extents come back bit for bit", odd_extents_come_back_bit_for_bit},
          {"one lane comes back bit for bit", one_lane_comes_back_bit_for_bit},
          {"every process grid writes the same bytes", grids_write_the_same_bytes},
          {"long lines are cut into pieces", long_lines_are_cut_into_pieces},
          {"repacked HDF5 files are read", repacked_files_are_read},
          {"h5py sees complex links and their facts", h5py_sees_complex_links_and_their_facts},
          {"damage is found", damage_is_found}, {"bad headers are refused", bad_headers_are_refused},
          {"a byte order that is not named is found", byte_order_is_found},
          {"a failed write leaves the old file", a_failed_write_leaves_the_old_file},
          {"faults reach all ranks", faults_reach_all_ranks},
          {"a request to stop is answered", a_request_to_stop_is_answered})
