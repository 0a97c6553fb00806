/* Propagators in files: every format there and back, bit for bit, on every process grid and in both precisions; the
 * same bytes on any number of ranks; files put together by hand after the formats' documents; damaged files; faults.
 * Numbers are keyed by the global site. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plaq/fermion.h"
#include "support/test.h"

enum { REALS = PLAQ_SPINOR_REALS, COLUMNS = 12 };

static const int dims[4] = {4, 6, 2, 8};
static const char *const formats[] = {"hdf5", "qio", "qdpxx"};

static const double residuals[COLUMNS] = {1e-10, 2e-10, 3.3e-11, 4e-12,      0, 6e-10,
                                          7e-10, 8e-10, 9e-10,   1.0 / 3e10, 1, 2};

static const plaq_propagator_facts some_facts = {.source = "gaussian",
                                                 .source_parameters = "kappa: 0.25 <&>\nsteps: 40",
                                                 .at = {1, 5, 0, 7},
                                                 .action = "clover",
                                                 .action_parameters = "mass: 0.1\ncsw: 1.769",
                                                 .configuration = "b6.00 & more, ILDG a2c41090/11193c39",
                                                 .residual = residuals};

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static int64_t site_number(const plaq_lattice *lattice, const int c[4])
{
    const int *n = plaq_lattice_dims(lattice), *origin = plaq_lattice_origin(lattice);
    int64_t site = 0;

    for (int mu = 3; mu >= 0; mu--) site = site * n[mu] + origin[mu] + c[mu];
    return site;
}

/* What stands at real k of a column at a site. */
static double number_at(int64_t site, int column, int k, bool single)
{
    double u[4];

    plaq_random(11, PLAQ_RANDOM_TEST, 0, (uint64_t)site, (uint64_t)(REALS * column + k), u);
    return single ? (double)(float)(u[0] - 0.5) : u[0] - 0.5;
}

/* Calls `visit` for every local site. */
static void for_sites(plaq_columns *f, void (*visit)(plaq_columns *f, const int c[4], int64_t site, void *given),
                      void *given)
{
    const plaq_sites *sites = plaq_lattice_sites(plaq_columns_lattice(f));

    for (int set = 0; set < sites->sets; set++)
        for (int x = 0; x < sites->body[set]; x++)
            visit(f, sites->place[set][x], site_number(plaq_columns_lattice(f), sites->place[set][x]), given);
}

static void fill_site(plaq_columns *f, const int c[4], int64_t site, void *given)
{
    (void)given;
    for (int column = 0; column < plaq_columns_count(f); column++) {
        double values[REALS];

        for (int k = 0; k < REALS; k++) values[k] = number_at(site, column, k, false);
        plaq_columns_put(f, c, column, values);
    }
}

/* How columns of a field are to agree: column `first` and on with column `from` and on of the random ones; the others
 * are zero. */
typedef struct {
    int first, from, count;
    bool single;
    int wrong;
} expectation;

static void compare_site(plaq_columns *f, const int c[4], int64_t site, void *given)
{
    expectation *e = given;

    for (int column = 0; column < plaq_columns_count(f); column++) {
        const int i = column - e->first;
        double values[REALS];

        plaq_columns_get(f, c, column, values);
        for (int k = 0; k < REALS; k++)
            e->wrong += values[k] != (i >= 0 && i < e->count ? number_at(site, e->from + i, k, e->single) : 0);
    }
}

static int wrong_numbers(plaq_columns *f, int first, int from, int count, bool single)
{
    expectation e = {first, from, count, single, 0};
    int64_t wrong;

    for_sites(f, compare_site, &e);
    wrong = e.wrong;
    plaq_reduce_add(test_comm(), &wrong, 1);
    return (int)wrong;
}

/* Columns of zeros, or random ones, destroyed after the case; NULL with the case failed. */
static plaq_columns *make_columns(plaq_lattice *lattice, plaq_prec prec, int count, bool filled)
{
    plaq_columns *f = NULL;

    if (!lattice || !test_status(PLAQ_OK, plaq_columns_create(lattice, prec, count, 0, REALS, PLAQ_ALL, &f), __FILE__,
                                 __LINE__, "plaq_columns_create"))
        return NULL;
    test_later_columns(&f);
    if (filled) for_sites(f, fill_site, NULL);
    return f;
}

static plaq_status read_into(const char *path, plaq_columns *f, int first)
{
    plaq_propagator *p = NULL;
    plaq_status status = plaq_propagator_open(test_comm(), path, &p);

    if (status == PLAQ_OK) status = plaq_propagator_read(p, f, first);
    plaq_propagator_close(&p);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* A file's bytes, from one rank to all; the caller's. NULL with the case failed. */
static char *slurp(const char *path, size_t *n)
{
    char *bytes = NULL;
    int64_t size = 0;
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(test_comm()) == 0) {
        status = plaq_file_slurp(path, 1 << 28, &bytes, n);
        size = (int64_t)*n;
    }
    status = plaq_agree(test_comm(), status);
    if (!test_status(PLAQ_OK, status, __FILE__, __LINE__, path)) return NULL;
    plaq_broadcast(test_comm(), &size, sizeof size);
    if (!bytes) bytes = plaq_alloc((size_t)size + 1, 1);
    plaq_broadcast(test_comm(), bytes, (size_t)size);
    *n = (size_t)size;
    return bytes;
}

static uint32_t file_crc(const char *path)
{
    size_t n = 0;
    char *bytes = slurp(path, &n);
    const uint32_t crc = bytes ? plaq_crc32(0, bytes, n) : 0;

    plaq_free(bytes);
    return crc;
}

/* ---- there and back ---------------------------------------------------------------------------------------------- */

static void round_trip(const char *format, plaq_prec field, plaq_prec file, const int grid[4], const int back[4])
{
    const bool single = field == PLAQ_SINGLE || file == PLAQ_SINGLE;
    const bool own = strcmp(format, "hdf5") == 0;
    plaq_columns *f = make_columns(test_lattice_on(dims, grid, 0), field, 14, true);
    plaq_columns *g = make_columns(test_lattice_on(dims, back, 0), field, 16, false);
    char path[4096];

    CHECK(f && g);
    test_scratch_path(path, format);
    CHECK_STATUS(PLAQ_OK, plaq_propagator_write(f, 1, COLUMNS, path, format, file, &some_facts));
    CHECK_STATUS(PLAQ_OK, read_into(path, g, 3));
    CHECK(wrong_numbers(g, 3, 1, COLUMNS, single) == 0);
    if (!own) return;

    /* and with any number of columns */
    g = make_columns(plaq_columns_lattice(g), field, 2, false);
    CHECK(g);
    CHECK_STATUS(PLAQ_OK, plaq_propagator_write(f, 12, 2, path, format, file, &some_facts));
    CHECK_STATUS(PLAQ_OK, read_into(path, g, 0));
    CHECK(wrong_numbers(g, 0, 12, 2, single) == 0);
}

static void formats_go_there_and_back(void)
{
    int grid[4] = {0, 1, 1, 1}, before[4] = {0};

    test_next_grid(dims, before);
    memcpy(grid, before, sizeof grid);
    do { /* read on another grid than written on, each grid once */
        for (int i = 0; i < 3; i++) {
            round_trip(formats[i], PLAQ_DOUBLE, PLAQ_DOUBLE, before, grid);
            round_trip(formats[i], PLAQ_DOUBLE, PLAQ_SINGLE, before, grid);
            round_trip(formats[i], PLAQ_SINGLE, PLAQ_DOUBLE, before, grid);
            round_trip(formats[i], PLAQ_SINGLE, PLAQ_SINGLE, before, grid);
        }
        memcpy(before, grid, sizeof grid);
    } while (test_next_grid(dims, grid));
}

static void headers_say_what_was_written(void)
{
    plaq_columns *f = make_columns(test_lattice(dims, 0), PLAQ_DOUBLE, COLUMNS, true);

    CHECK(f);
    for (int i = 0; i < 3; i++) {
        static const char *const called[] = {"plaq HDF5", "SciDAC", "QDP++ HDF5"};
        const plaq_propagator_header *h;
        plaq_propagator *p = NULL;
        char path[4096];
        bool alike;

        test_scratch_path(path, formats[i]);
        CHECK_STATUS(PLAQ_OK, plaq_propagator_write(f, 0, COLUMNS, path, formats[i], PLAQ_SINGLE, &some_facts));
        CHECK_STATUS(PLAQ_OK, plaq_propagator_open(test_comm(), path, &p));
        h = plaq_propagator_get_header(p);
        alike = strcmp(h->format, called[i]) == 0 && memcmp(h->dims, dims, sizeof dims) == 0 &&
                h->prec == PLAQ_SINGLE && h->columns == COLUMNS &&
                h->bytes <= plaq_propagator_bytes(dims, COLUMNS, PLAQ_SINGLE) &&
                h->bytes + (1 << 16) >= plaq_propagator_bytes(dims, COLUMNS, PLAQ_SINGLE);
        if (i < 2) /* QDP++ has no words */
            alike = alike && strcmp(h->facts.source, some_facts.source) == 0 &&
                    strcmp(h->facts.source_parameters, some_facts.source_parameters) == 0 &&
                    memcmp(h->facts.at, some_facts.at, sizeof h->facts.at) == 0 &&
                    strcmp(h->facts.action, some_facts.action) == 0 &&
                    strcmp(h->facts.action_parameters, some_facts.action_parameters) == 0 &&
                    strcmp(h->facts.configuration, some_facts.configuration) == 0 &&
                    strncmp(h->creator, "plaq " PLAQ_VERSION, 10) == 0 && h->checksum[0] && h->facts.residual &&
                    memcmp(h->facts.residual, residuals, sizeof residuals) == 0;
        else
            alike = alike && h->facts.at[0] < 0 && !h->facts.residual && !h->checksum[0];
        plaq_propagator_close(&p);
        CHECK(alike);
    }
}

/* Equal columns make equal files, whatever the grid and the lanes; what one rank writes alone is the reference. */
static void files_do_not_depend_on_ranks(void)
{
    int grid[4] = {0, 1, 1, 1};

    for (int i = 0; i < 3; i++) {
        uint32_t reference = 0;
        plaq_lattice *one = NULL;
        plaq_columns *f = NULL;
        char path[4096];
        plaq_status status = PLAQ_OK;

        test_scratch_path(path, formats[i]);
        if (plaq_comm_rank(test_comm()) == 0) {
            PLAQ_GO(plaq_lattice_create(plaq_comm_self(), dims, NULL, 1, &one));
            PLAQ_GO(plaq_columns_create(one, PLAQ_SINGLE, COLUMNS, 0, REALS, PLAQ_ALL, &f));
            for_sites(f, fill_site, NULL);
            status = plaq_propagator_write(f, 0, COLUMNS, path, formats[i], PLAQ_SINGLE, &some_facts);
        }
    done:
        plaq_columns_destroy(&f);
        plaq_lattice_destroy(&one);
        CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), status));
        reference = file_crc(path);
        for (memcpy(grid, (int[]){0, 1, 1, 1}, sizeof grid); test_next_grid(dims, grid);) {
            plaq_columns *g = make_columns(test_lattice_on(dims, grid, 0), PLAQ_SINGLE, COLUMNS, true);

            CHECK(g);
            CHECK_STATUS(PLAQ_OK, plaq_propagator_write(g, 0, COLUMNS, path, formats[i], PLAQ_SINGLE, &some_facts));
            CHECK(file_crc(path) == reference);
        }
    }
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

/* A file put together byte by byte. */
typedef struct {
    char *bytes;
    size_t n, room;
} pile;

static void add(pile *p, const void *bytes, size_t n)
{
    if (p->n + n > p->room) p->bytes = realloc(p->bytes, p->room = 2 * (p->n + n));
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
}

/* A LIME record after the QIO manual: header of 144 bytes, data, padding to 8. */
static void add_lime(pile *p, const char *type, const void *bytes, size_t n)
{
    unsigned char header[144] = {0x45, 0x67, 0x89, 0xab, 0, 1, 0xc0, 0};

    for (int i = 0; i < 8; i++) header[8 + i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
    strcpy((char *)header + 16, type);
    add(p, header, sizeof header);
    add(p, bytes, n);
    add(p, (char[8]){0}, (8 - n % 8) % 8);
}

static void add_words(pile *p, const char *type, const char *words)
{
    add_lime(p, type, words, strlen(words) + 1);
}

static void add_big(pile *p, double value, bool single)
{
    float f = (float)value;
    unsigned char bytes[8];
    const int n = single ? 4 : 8;

    memcpy(bytes, single ? (void *)&f : (void *)&value, (size_t)n);
    for (int i = 0; i < n; i++) add(p, &bytes[plaq_host_is_little() ? n - 1 - i : i], 1);
}

/* Ends a field: its numbers, and the checksum as the QIO manual has it. */
static void add_field(pile *p, const pile *numbers, size_t site_bytes)
{
    uint32_t a = 0, b = 0;
    char words[256];

    for (size_t i = 0; i < numbers->n / site_bytes; i++) {
        const uint32_t crc = plaq_crc32(0, numbers->bytes + i * site_bytes, site_bytes);

        a ^= plaq_rotate_left(crc, (unsigned)(i % 29));
        b ^= plaq_rotate_left(crc, (unsigned)(i % 31));
    }
    add_lime(p, "scidac-binary-data", numbers->bytes, numbers->n);
    snprintf(words, sizeof words,
             "<scidacChecksum><version>1.0</version><suma>%x</suma><sumb>%x</sumb></scidacChecksum>", a, b);
    add_words(p, "scidac-checksum", words);
}

static void add_description(pile *p, const char *datatype, bool single, int spins, int typesize, int count)
{
    char words[512];

    snprintf(words, sizeof words,
             "<?xml version=\"1.0\"?><scidacRecord><version>1.1</version><date>Mon</date><recordtype>0</recordtype>"
             "<datatype>%s</datatype><precision>%c</precision><colors>3</colors><spins>%d</spins>"
             "<typesize>%d</typesize><datacount>%d</datacount></scidacRecord>",
             datatype, single ? 'F' : 'D', spins, typesize, count);
    add_words(p, "scidac-private-record-xml", words);
}

static int64_t volume(void)
{
    return (int64_t)dims[0] * dims[1] * dims[2] * dims[3];
}

static void add_file_head(pile *p, const char *user)
{
    add_words(p, "scidac-private-file-xml",
              "<?xml version=\"1.0\"?><scidacFile><version>1.1</version><spacetime>4</spacetime><dims>4 6 2 8 </dims>"
              "<volfmt>0</volfmt></scidacFile>");
    add_words(p, "scidac-file-xml", user);
}

/* LatticePropagator of QDP++: spin matrices elem(i, j), i of the sink, of colour matrices, row by row. */
static void add_chroma(pile *p, bool single)
{
    const int size = single ? 4 : 8;
    pile numbers = {0};

    add_file_head(p, "<?xml version=\"1.0\"?><propagator><id></id></propagator>");
    add_description(p, "Lattice", single, 4, 288 * size, 1);
    add_words(p, "scidac-record-xml",
              "<?xml version=\"1.0\"?><Propagator><ForwardProp><FermionAction><FermAct>CLOVER</FermAct>"
              "</FermionAction></ForwardProp><PropSource><Source><SourceType>SHELL_SOURCE</SourceType>"
              "<t_srce>0 3 1 2</t_srce></Source></PropSource></Propagator>");
    for (int64_t site = 0; site < volume(); site++)
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++)
                        for (int part = 0; part < 2; part++)
                            add_big(&numbers, number_at(site, 3 * j + b, 2 * (3 * i + a) + part, single), single);
    add_field(p, &numbers, (size_t)(288 * size));
    free(numbers.bytes);
}

/* C1D12: a complex source, then twelve spinors; DD_PAIRS: twelve pairs of spinors, the first of each the source. */
static void add_usqcd(pile *p, bool single, bool pairs, int solutions)
{
    const int size = single ? 4 : 8;

    add_file_head(p, pairs ? "<usqcdPropFile><version>1.0</version><type>USQCD_DiracFermion_Source_Sink_Pairs</type>"
                             "<info></info></usqcdPropFile>"
                           : "<usqcdPropFile><version>1.0</version><type>USQCD_DiracFermion_ScalarSource_TwelveSink"
                             "</type><info></info></usqcdPropFile>");
    for (int column = 0; column < solutions; column++) {
        pile numbers = {0};
        char words[256];

        if (pairs || column == 0) { /* the source */
            const int reals = pairs ? 24 : 2;

            add_description(p, pairs ? "USQCD_F3_DiracFermion" : "USQCD_F_Complex", single, pairs ? 4 : 0, reals * size,
                            1);
            add_words(p, "scidac-record-xml",
                      "<usqcdSourceInfo><version>1.0</version><info>a wall</info></usqcdSourceInfo>");
            for (int64_t i = 0; i < volume() * reals; i++) add_big(&numbers, 0.25 * (double)i, single);
            add_field(p, &numbers, (size_t)(reals * size));
            numbers.n = 0;
        }
        add_description(p, "USQCD_F3_DiracFermion", single, 4, 24 * size, 1);
        snprintf(words, sizeof words,
                 "<usqcdPropInfo><version>1.0</version><spin>%d</spin><color>%d</color><info></info></usqcdPropInfo>",
                 column / 3, column % 3);
        add_words(p, "scidac-record-xml", words);
        for (int64_t site = 0; site < volume(); site++)
            for (int k = 0; k < REALS; k++) add_big(&numbers, number_at(site, column, k, single), single);
        add_field(p, &numbers, (size_t)(24 * size));
        free(numbers.bytes);
    }
}

/* One field of several spinors a site: multi1d<LatticeFermion> of QDP++. */
static void add_many(pile *p, bool single, int columns)
{
    const int size = single ? 4 : 8;
    pile numbers = {0};

    add_file_head(p, "<fermions></fermions>");
    add_description(p, "USQCD_F3_DiracFermion", single, 4, 24 * size, columns);
    add_words(p, "scidac-record-xml", "<fermions></fermions>");
    for (int64_t site = 0; site < volume(); site++)
        for (int column = 0; column < columns; column++)
            for (int k = 0; k < REALS; k++) add_big(&numbers, number_at(site, column, k, single), single);
    add_field(p, &numbers, (size_t)(24 * size * columns));
    free(numbers.bytes);
}

/* Puts a pile into a file and reads it back; frees it. */
static plaq_status read_pile(pile *p, const char *name, plaq_columns *f, plaq_propagator_header *h)
{
    plaq_propagator *q = NULL;
    plaq_status status;
    char path[4096];
    bool ok;

    test_scratch_path(path, name);
    ok = test_put_file(path, p->bytes, p->n);
    free(p->bytes);
    if (!ok) return PLAQ_E_IO;
    status = plaq_propagator_open(test_comm(), path, &q);
    if (status == PLAQ_OK) *h = *plaq_propagator_get_header(q);
    if (status == PLAQ_OK) status = plaq_propagator_read(q, f, 0);
    plaq_propagator_close(&q);
    return status;
}

static void files_by_hand_are_read(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);

    for (int single = 0; single < 2; single++) {
        plaq_propagator_header h;
        plaq_columns *f = make_columns(lattice, PLAQ_DOUBLE, COLUMNS, false);
        pile p = {0};

        CHECK(f);
        add_chroma(&p, single);
        CHECK_STATUS(PLAQ_OK, read_pile(&p, "chroma", f, &h));
        CHECK(wrong_numbers(f, 0, 0, COLUMNS, single) == 0);
        CHECK(strcmp(h.format, "SciDAC") == 0 && h.prec == (single ? PLAQ_SINGLE : PLAQ_DOUBLE));
        CHECK(strcmp(h.facts.source, "SHELL_SOURCE") == 0 && strcmp(h.facts.action, "CLOVER") == 0);
        CHECK(memcmp(h.facts.at, (int[]){0, 3, 1, 2}, sizeof h.facts.at) == 0);

        for (int pairs = 0; pairs < 2; pairs++) {
            p = (pile){0};
            plaq_columns_zero(f);
            add_usqcd(&p, single, pairs, COLUMNS);
            CHECK_STATUS(PLAQ_OK, read_pile(&p, "usqcd", f, &h));
            CHECK(wrong_numbers(f, 0, 0, COLUMNS, single) == 0);
            CHECK(strcmp(h.format, "USQCD") == 0 && h.columns == COLUMNS);
        }
        p = (pile){0};
        plaq_columns_zero(f);
        add_many(&p, single, 5);
        CHECK_STATUS(PLAQ_OK, read_pile(&p, "many", f, &h));
        CHECK(h.columns == 5 && wrong_numbers(f, 0, 0, 5, single) == 0);
    }
}

/* HDF5 as QDP++ makes it of a LatticePropagator: its writer's [t][z][y][x][288], here big-endian, and what its reader
 * wants in double precision, arrays of arrays. */
static plaq_status write_qdpxx(const char *path, bool arrays, bool single)
{
    const hsize_t shape[5] = {(hsize_t)dims[3], (hsize_t)dims[2], (hsize_t)dims[1], (hsize_t)dims[0], 288};
    hid_t real = H5Tcopy(single ? H5T_IEEE_F32BE : H5T_IEEE_F64BE), number = H5Tcreate(H5T_COMPOUND, 16);
    hid_t colour, matrix, file, group, space, set;
    double *values = plaq_alloc((size_t)volume() * 288, sizeof *values), *next = values;
    bool ok;

    if (!values) return PLAQ_E_MEMORY;
    for (int64_t site = 0; site < volume(); site++)
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++)
                        for (int part = 0; part < 2; part++)
                            *next++ = number_at(site, 3 * j + b, 2 * (3 * i + a) + part, single);
    H5Tinsert(number, "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(number, "i", 8, H5T_NATIVE_DOUBLE);
    colour = H5Tarray_create2(number, 2, (hsize_t[]){3, 3});
    matrix = H5Tarray_create2(colour, 2, (hsize_t[]){4, 4});
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    group = H5Gcreate2(file, "props", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    space = H5Screate_simple(arrays ? 4 : 5, shape, NULL);
    set = H5Dcreate2(group, "quark", arrays ? matrix : real, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ok = H5Dwrite(set, arrays ? matrix : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    H5Dclose(set);
    H5Sclose(space);
    H5Gclose(group);
    H5Tclose(matrix);
    H5Tclose(colour);
    H5Tclose(number);
    H5Tclose(real);
    plaq_free(values);
    return H5Fclose(file) >= 0 && ok ? PLAQ_OK : PLAQ_E_IO;
}

static void hdf5_by_hand_is_read(void)
{
    plaq_columns *f = make_columns(test_lattice(dims, 0), PLAQ_DOUBLE, COLUMNS, false);

    CHECK(f);
    for (int i = 0; i < 3; i++) { /* arrays, reals, reals in single precision */
        plaq_status status = PLAQ_OK;
        char path[4096];

        test_scratch_path(path, "qdpxx");
        plaq_columns_zero(f);
        if (plaq_comm_rank(test_comm()) == 0) status = write_qdpxx(path, i == 0, i == 2);
        CHECK_STATUS(PLAQ_OK, plaq_agree(test_comm(), status));
        CHECK_STATUS(PLAQ_OK, read_into(path, f, 0));
        CHECK(wrong_numbers(f, 0, 0, COLUMNS, i == 2) == 0);
    }
}

/* Our own dataset as anybody reads it: [t][z][y][x][column][spin][colour], a pair of reals each. */
static void own_files_are_as_they_are_documented(void)
{
    plaq_columns *f = make_columns(test_lattice(dims, 0), PLAQ_DOUBLE, 3, true);
    double *values = plaq_alloc((size_t)volume() * 3 * REALS, sizeof *values);
    int wrong = 0;
    char path[4096];
    plaq_status status;

    if (!f || !values)
        status = PLAQ_E_MEMORY;
    else {
        test_scratch_path(path, "own");
        status = plaq_propagator_write(f, 0, 3, path, "hdf5", PLAQ_DOUBLE, &some_facts);
    }
    if (status == PLAQ_OK && plaq_comm_rank(test_comm()) == 0) {
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), set = H5Dopen2(file, "propagator", H5P_DEFAULT);
        hid_t type = H5Dget_type(set), space = H5Dget_space(set);
        hsize_t shape[7] = {0};

        H5Sget_simple_extent_dims(space, shape, NULL);
        for (int mu = 0; mu < 4; mu++) wrong += shape[mu] != (hsize_t)dims[3 - mu];
        wrong += shape[4] != 3 || shape[5] != 4 || shape[6] != 3;
        wrong += wrong || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
        for (int64_t i = 0; i < volume() * 3 * REALS; i++)
            wrong += values[i] != number_at(i / (3 * REALS), (int)(i / REALS % 3), (int)(i % REALS), false);
        H5Sclose(space);
        H5Tclose(type);
        H5Dclose(set);
        H5Fclose(file);
    }
    plaq_free(values);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
}

/* ---- what is wrong is told ------------------------------------------------------------------------------------- */

/* Puts other bytes where `from` first stands; false where it does not. */
static bool replace(char *bytes, size_t n, const char *from, const char *to)
{
    char *at = memmem(bytes, n, from, strlen(from));

    if (at) memcpy(at, to, strlen(to));
    return at != NULL;
}

static void expect_refused(const char *name, const char *bytes, size_t n, plaq_columns *f, const char *words)
{
    char path[4096];

    test_scratch_path(path, name);
    CHECK(test_put_file(path, bytes, n));
    CHECK_STATUS(PLAQ_E_DATA, read_into(path, f, 0));
    CHECK_MESSAGE(words);
    CHECK_MESSAGE(name);
}

static void damaged_files_are_refused(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_columns *f = make_columns(lattice, PLAQ_DOUBLE, COLUMNS, true);

    CHECK(f);
    for (int i = 0; i < 3; i++) {
        char path[4096], *bytes;
        size_t n;

        test_scratch_path(path, formats[i]);
        CHECK_STATUS(PLAQ_OK, plaq_propagator_write(f, 0, COLUMNS, path, formats[i], PLAQ_DOUBLE, &some_facts));
        bytes = slurp(path, &n);
        CHECK(bytes);
        bytes[n / 2] ^= 4; /* one bit of a number */
        if (i < 2) expect_refused("bit", bytes, n, f, "checksum");
        bytes[n / 2] ^= 4;
        expect_refused("short", bytes, n - n / 3, f, i == 1 ? "truncated" : "truncated file");
        expect_refused("empty", bytes, 0, f, "not a propagator");
        expect_refused("head", bytes, 100, f, "head");
        if (i == 1) {
            CHECK(replace(bytes, n, "<dims>4 6 2 8", "<dims>4 6 4 8"));
            expect_refused("dims", bytes, n, f, "884736 bytes of a field of 12 columns, expected 1769472");
            CHECK(replace(bytes, n, "<dims>4 6 4 8", "<dims>4 6 2 x"));
            expect_refused("x", bytes, n, f, "<dims> is '4 6 2 x', expected four extents");
        }
        plaq_free(bytes);
    }
    expect_refused("text", "BEGIN_HEADER\n", 13, f, "not a propagator");
}

static void usqcd_files_that_are_wrong_are_refused(void)
{
    plaq_columns *f = make_columns(test_lattice(dims, 0), PLAQ_DOUBLE, COLUMNS, false);
    pile p = {0};

    CHECK(f);
    add_usqcd(&p, true, false, 7);
    expect_refused("seven", p.bytes, p.n, f, "7 columns, expected 12");
    free(p.bytes);
    p = (pile){0};
    add_usqcd(&p, true, false, COLUMNS);
    CHECK(replace(p.bytes, p.n, "<spin>2</spin><color>1<", "<spin>2</spin><color>2<"));
    expect_refused("order", p.bytes, p.n, f, "spin 2 and colour 2 of the source, expected 2 and 1");
    free(p.bytes);
}

static void gauge_fields_are_refused(void)
{
    static const char *const keys[] = {"hdf5", "ildg", "nersc"};
    static const char *const words[] = {"not a propagator", "without a propagator", "not a propagator"};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 5);
    plaq_columns *f = make_columns(lattice, PLAQ_DOUBLE, COLUMNS, false);
    const plaq_config_facts facts = {.ensemble = "", .number = -1, .history = ""};

    CHECK(u && f);
    for (int i = 0; i < 3; i++) {
        char path[4096];

        test_scratch_path(path, "gauge");
        CHECK_STATUS(PLAQ_OK, plaq_config_write(plaq_gauge_links(u), path, keys[i], PLAQ_DOUBLE, &facts));
        CHECK_STATUS(PLAQ_E_DATA, read_into(path, f, 0));
        CHECK_MESSAGE(words[i]);
    }
}

static void what_does_not_fit_is_refused(void)
{
    plaq_columns *f = make_columns(test_lattice(dims, 0), PLAQ_DOUBLE, COLUMNS, true);
    plaq_columns *other = make_columns(test_lattice((int[]){4, 6, 4, 8}, 0), PLAQ_DOUBLE, COLUMNS, false);
    char path[4096];

    CHECK(f && other);
    test_scratch_path(path, "fit");
    CHECK_STATUS(PLAQ_OK, plaq_propagator_write(f, 0, COLUMNS, path, "qio", PLAQ_DOUBLE, &some_facts));
    CHECK_STATUS(PLAQ_E_USAGE, read_into(path, other, 0));
    CHECK_MESSAGE("extents are 4 6 2 8, those of the lattice 4 6 4 8");
    CHECK_STATUS(PLAQ_E_USAGE, read_into(path, f, 1));
    CHECK_MESSAGE("columns 1 to 12");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_propagator_write(f, 0, 5, path, "qdpxx", PLAQ_DOUBLE, &some_facts));
    CHECK_MESSAGE("12 columns, not 5");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_propagator_write(f, 0, 5, path, "nersc", PLAQ_DOUBLE, &some_facts));
    CHECK_MESSAGE("hdf5|qio|qdpxx");
    CHECK_STATUS(PLAQ_OK, read_into(path, f, 0)); /* what was there is there still */
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

typedef struct {
    plaq_columns *f, *g;
    const char *format;
    char path[4096];
} job;

static plaq_status read_job(void *given)
{
    job *j = given;

    return read_into(j->path, j->g, 0);
}

static void readers_of_many_fields_fail_alike(void)
{
    plaq_columns *g = make_columns(test_lattice(dims, 0), PLAQ_SINGLE, COLUMNS, false);
    job j = {NULL, g, "", ""};
    pile p = {0};
    bool ok;

    CHECK(g);
    test_scratch_path(j.path, "fields");
    add_usqcd(&p, true, true, COLUMNS);
    ok = test_put_file(j.path, p.bytes, p.n);
    free(p.bytes);
    CHECK(ok);
    CHECK_FAULT_SWEEP(read_job, &j);
}

/* Replaces a file that is there; whatever fails, the file at that name stays whole. */
static plaq_status write_job(void *given)
{
    job *j = given;
    plaq_status status = plaq_propagator_write(j->f, 0, COLUMNS, j->path, j->format, PLAQ_DOUBLE, &some_facts), read;
    long left = plaq_fault_left();

    plaq_fault_arm(0); /* the reader is another sweep's */
    read = read_job(given);
    if (read != PLAQ_OK) return plaq_note(PLAQ_E_INTERNAL, "after status %s", plaq_status_word(status));
    if (left > 0) plaq_fault_arm(left);
    return status;
}

static void faults_are_those_of_all_ranks(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 2, 4, 4}, 0);
    job j = {make_columns(lattice, PLAQ_DOUBLE, COLUMNS, true), make_columns(lattice, PLAQ_DOUBLE, COLUMNS, false), "",
             ""};

    CHECK(j.f && j.g);
    for (int i = 0; i < 3; i++) {
        j.format = formats[i];
        test_scratch_path(j.path, j.format);
        CHECK_STATUS(PLAQ_OK, plaq_propagator_write(j.f, 0, COLUMNS, j.path, j.format, PLAQ_DOUBLE, &some_facts));
        CHECK_FAULT_SWEEP(read_job, &j);
        CHECK_FAULT_SWEEP(write_job, &j);
    }
}

TEST_MAIN({"propagators go there and back in every format", formats_go_there_and_back},
          {"headers of propagators say what was written", headers_say_what_was_written},
          {"files of propagators do not depend on ranks", files_do_not_depend_on_ranks},
          {"propagators put together by hand are read", files_by_hand_are_read},
          {"HDF5 of QDP++ put together by hand is read", hdf5_by_hand_is_read},
          {"plaq's own propagators are as they are documented", own_files_are_as_they_are_documented},
          {"damaged propagators are refused", damaged_files_are_refused},
          {"USQCD files that are wrong are refused", usqcd_files_that_are_wrong_are_refused},
          {"gauge fields are refused as propagators", gauge_fields_are_refused},
          {"propagators that do not fit are refused", what_does_not_fit_is_refused},
          {"readers of many fields fail on all ranks alike", readers_of_many_fields_fail_alike},
          {"faults with propagators are those of all ranks", faults_are_those_of_all_ranks})
