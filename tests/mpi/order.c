/* Configurations whose links are in an order of their own: each format's files are built here byte by byte, from its
 * description and by plain loops, on a lattice of unequal extents; every process grid must find every link in its
 * place, and what plaq writes must be those bytes. Links are random, in SU(3), keyed by the global site. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/io.h"
#include "support/test.h"

enum { LINK = 18, SEED = 2385 };

/* ---- the links, whole on every rank ------------------------------------------------------------------------------ */

static plaq_gauge *whole_gauge(const int dims[4])
{
    plaq_lattice *lattice = NULL;

    if (!test_status(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), dims, NULL, 1, &lattice), __FILE__, __LINE__,
                     "create lattice"))
        return NULL;
    test_later_lattice(&lattice);
    return test_random_gauge(lattice, PLAQ_DOUBLE, SEED);
}

/* 3 x the mean plaquette */
static double three_plaquette(plaq_gauge *u)
{
    double planes[6], mean = NAN, spatial, temporal;

    if (plaq_gauge_plaquette(u, planes, NULL) == PLAQ_OK) plaq_plane_means(planes, &mean, &spatial, &temporal);
    return 3 * mean;
}

/* ---- files, byte by byte ----------------------------------------------------------------------------------------- */

typedef struct {
    const plaq_field *links;
    const int *dims;
    char *bytes;
    size_t n;
    plaq_prec prec;
    bool little, transposed, text;
} builder;

static void add(builder *b, const void *bytes, size_t n)
{
    memcpy(b->bytes + b->n, bytes, n);
    b->n += n;
}

static void add_word(builder *b, uint32_t word)
{
    if (b->little != plaq_host_is_little()) plaq_byte_swap(&word, sizeof word, 1);
    add(b, &word, sizeof word);
}

static void add_double(builder *b, double value)
{
    if (b->little != plaq_host_is_little()) plaq_byte_swap(&value, sizeof value, 1);
    add(b, &value, sizeof value);
}

static void add_number(builder *b, double value)
{
    float single = (float)value;
    uint32_t word;

    memcpy(&word, &single, sizeof word);
    if (b->text)
        b->n += (size_t)sprintf(b->bytes + b->n, "%.17g\n", value);
    else if (b->prec == PLAQ_DOUBLE)
        add_double(b, value);
    else
        add_word(b, word);
}

/* U_mu at a site, which may lie one step behind the lattice. */
static void add_link(builder *b, int x, int y, int z, int t, int mu)
{
    const int *d = b->dims, c[4] = {(x + d[0]) % d[0], (y + d[1]) % d[1], (z + d[2]) % d[2], (t + d[3]) % d[3]};
    double links[4 * LINK], *u = links + LINK * mu;

    plaq_field_get(b->links, c, 1, links);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int re_im = 0; re_im < 2; re_im++)
                add_number(b, u[2 * (b->transposed ? 3 * j + i : 3 * i + j) + re_im]);
}

static void add_dims(builder *b, const int order[4])
{
    for (int i = 0; i < 4; i++) add_word(b, (uint32_t)b->dims[order[i]]);
}

static const int txyz[4] = {3, 0, 1, 2}, tzyx[4] = {3, 2, 1, 0}, xyzt[4] = {0, 1, 2, 3};

static void build_openqcd(builder *b, double plaquette)
{
    b->little = true;
    add_dims(b, txyz);
    add_double(b, plaquette);
    for (int t = 0; t < b->dims[3]; t++)
        for (int x = 0; x < b->dims[0]; x++)
            for (int y = 0; y < b->dims[1]; y++)
                for (int z = 0; z < b->dims[2]; z++) {
                    if ((t + x + y + z) % 2 == 0) continue;
                    add_link(b, x, y, z, t, 3);
                    add_link(b, x, y, z, t - 1, 3);
                    add_link(b, x, y, z, t, 0);
                    add_link(b, x - 1, y, z, t, 0);
                    add_link(b, x, y, z, t, 1);
                    add_link(b, x, y - 1, z, t, 1);
                    add_link(b, x, y, z, t, 2);
                    add_link(b, x, y, z - 1, t, 2);
                }
}

static void build_ddalphaamg(builder *b, double plaquette)
{
    b->little = true;
    add_dims(b, txyz);
    add_double(b, plaquette);
    for (int t = 0; t < b->dims[3]; t++)
        for (int z = 0; z < b->dims[2]; z++)
            for (int y = 0; y < b->dims[1]; y++)
                for (int x = 0; x < b->dims[0]; x++)
                    for (int i = 0; i < 4; i++) add_link(b, x, y, z, t, tzyx[i]);
}

static void build_hirep(builder *b, double plaquette)
{
    add_word(b, 3);
    add_dims(b, txyz);
    add_double(b, plaquette / 3);
    for (int t = 0; t < b->dims[3]; t++)
        for (int x = 0; x < b->dims[0]; x++)
            for (int y = 0; y < b->dims[1]; y++)
                for (int z = 0; z < b->dims[2]; z++)
                    for (int i = 0; i < 4; i++) add_link(b, x, y, z, t, txyz[i]);
}

enum { SZIN_VERSION_AT = 4 * (3 + 2 + 5), SZIN_COLOURS_AT = SZIN_VERSION_AT + 4 * 3 };

static void build_szin(builder *b, double plaquette)
{
    (void)plaquette;
    b->prec = PLAQ_SINGLE;
    b->transposed = true;
    add_word(b, 2);
    add_word(b, 5);
    add_word(b, 0);
    for (int i = 0; i < 7; i++) add_word(b, (uint32_t) "52banne"[i]);
    add_word(b, 7);
    for (int i = 0; i < 25; i++) add_word(b, i == 1 ? 4 : i == 2 ? 3 : (uint32_t)i); /* Nd, Nc, and others */
    add_dims(b, xyzt);
    for (int i = 0; i < 4 + 41 * 20; i++) add_word(b, 0x3f690000 + (uint32_t)i);
    for (int mu = 0; mu < 4; mu++)
        for (int parity = 0; parity < 2; parity++)
            for (int t = 0; t < b->dims[3]; t++)
                for (int z = 0; z < b->dims[2]; z++)
                    for (int y = 0; y < b->dims[1]; y++)
                        for (int x = 0; x < b->dims[0]; x++)
                            if ((x + y + z + t) % 2 == parity) add_link(b, x, y, z, t, mu);
}

static void build_bridge(builder *b, double plaquette)
{
    (void)plaquette;
    b->text = true;
    for (int t = 0; t < b->dims[3]; t++)
        for (int z = 0; z < b->dims[2]; z++)
            for (int y = 0; y < b->dims[1]; y++)
                for (int x = 0; x < b->dims[0]; x++)
                    for (int mu = 0; mu < 4; mu++) add_link(b, x, y, z, t, mu);
}

/* mu,t,z,y,x,row,col */
static void build_raw_mu(builder *b, double plaquette)
{
    (void)plaquette;
    b->little = true;
    for (int mu = 0; mu < 4; mu++)
        for (int t = 0; t < b->dims[3]; t++)
            for (int z = 0; z < b->dims[2]; z++)
                for (int y = 0; y < b->dims[1]; y++)
                    for (int x = 0; x < b->dims[0]; x++) add_link(b, x, y, z, t, mu);
}

/* y,x,mu,t,z,col,row of 32 bits, big-endian, behind 12 bytes, mu = t z y x */
static void build_raw_other(builder *b, double plaquette)
{
    (void)plaquette;
    b->prec = PLAQ_SINGLE;
    b->transposed = true;
    add(b, "twelve bytes", 12);
    for (int y = 0; y < b->dims[1]; y++)
        for (int x = 0; x < b->dims[0]; x++)
            for (int i = 0; i < 4; i++)
                for (int t = 0; t < b->dims[3]; t++)
                    for (int z = 0; z < b->dims[2]; z++) add_link(b, x, y, z, t, tzyx[i]);
}

static const struct {
    const char *name; /* after the links are read */
    void (*build)(builder *b, double plaquette);
    plaq_prec prec;
    bool headless; /* extents come from the user */
    const char *raw;
    const char *writes; /* key of a format that writes the same bytes */
    bool odd_extents;   /* may have them */
} formats[] = {
    {"openQCD", build_openqcd, PLAQ_DOUBLE, false, "", "openqcd", false},
    {"DDalphaAMG", build_ddalphaamg, PLAQ_DOUBLE, false, "", NULL, true},
    {"HiRep", build_hirep, PLAQ_DOUBLE, false, "", NULL, true},
    {"SZIN", build_szin, PLAQ_SINGLE, false, "", NULL, false},
    {"Bridge++", build_bridge, PLAQ_DOUBLE, true, "", NULL, true},
    {"raw", build_raw_mu, PLAQ_DOUBLE, true, "order=mu,t,z,y,x,row,col", NULL, true},
    {"raw", build_raw_other, PLAQ_SINGLE, true,
     "order=y,x,mu,t,z,col,row  directions=t,z,y,x precision=f32 endian=big skip=12", NULL, true},
};
enum { FORMATS = sizeof formats / sizeof *formats, OPENQCD = 0, DDALPHAAMG, HIREP, SZIN, BRIDGE };

/* A file of a format, in memory that the caller frees. */
static builder build(int format, plaq_gauge *u)
{
    const int *d = plaq_lattice_dims(plaq_gauge_lattice(u));
    size_t numbers = 72 * (size_t)(d[0] * d[1] * d[2] * d[3]);
    builder b = {.links = plaq_gauge_links(u), .dims = d, .prec = PLAQ_DOUBLE};

    b.bytes = plaq_alloc(numbers + 1024, 26);
    if (b.bytes) formats[format].build(&b, three_plaquette(u));
    return b;
}

/* ---- reading them ------------------------------------------------------------------------------------------------ */

/* Largest deviation of a field from the links of the whole lattice. */
static double deviation(plaq_field *seen, const plaq_field *whole, bool single)
{
    const plaq_lattice *lattice = plaq_field_lattice(seen);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    double worst = 0, a[4 * LINK], b[4 * LINK];
    int c[4];

    for (c[3] = 0; c[3] < local[3]; c[3]++)
        for (c[2] = 0; c[2] < local[2]; c[2]++)
            for (c[1] = 0; c[1] < local[1]; c[1]++)
                for (c[0] = 0; c[0] < local[0]; c[0]++) {
                    plaq_field_get(seen, c, 1, a);
                    plaq_field_get(whole,
                                   (int[]){origin[0] + c[0], origin[1] + c[1], origin[2] + c[2], origin[3] + c[3]}, 1,
                                   b);
                    for (int k = 0; k < 4 * LINK; k++) {
                        double wanted = single ? (double)(float)b[k] : b[k];
                        double far = signbit(a[k]) == signbit(wanted) ? fabs(a[k] - wanted) : 1;

                        if (!(far <= worst)) worst = far;
                    }
                }
    plaq_reduce_max(test_comm(), &worst, 1);
    return worst;
}

static plaq_status read_as(int format, const char *path, plaq_gauge *to, plaq_config_header *header)
{
    const int *dims = formats[format].headless ? plaq_lattice_dims(plaq_gauge_lattice(to)) : NULL;
    plaq_config_report report;
    plaq_config *c = NULL;
    plaq_status status = plaq_config_open_raw(test_comm(), path, dims, formats[format].raw, &c);

    if (status == PLAQ_OK) status = plaq_config_read(c, plaq_gauge_links(to), &report);
    if (status == PLAQ_OK && header) *header = *plaq_config_get_header(c);
    plaq_config_close(&c);
    return status;
}

static bool read_on_grids(int format, const char *path, plaq_gauge *whole, plaq_prec prec)
{
    const int *dims = plaq_lattice_dims(plaq_gauge_lattice(whole));
    int grid[4] = {0, 1, 1, 1};

    while (test_next_grid(dims, grid)) {
        plaq_config_header header = {.format = ""};
        plaq_lattice *lattice = test_lattice_on(dims, grid, 0);
        plaq_gauge *u = NULL;
        double far;

        if (!lattice) return false;
        if (!test_status(PLAQ_OK, plaq_gauge_create(lattice, prec, &u), __FILE__, __LINE__, path)) return false;
        test_later_gauge(&u);
        if (!test_status(PLAQ_OK, read_as(format, path, u, &header), __FILE__, __LINE__, formats[format].name) ||
            !test_check(strcmp(header.format, formats[format].name) == 0, __FILE__, __LINE__,
                        "taken for %s, expected %s", header.format, formats[format].name) ||
            !test_check(header.prec == formats[format].prec, __FILE__, __LINE__, "precision of %s", header.format))
            return false;
        far =
            deviation(plaq_gauge_links(u), plaq_gauge_links(whole), prec == PLAQ_SINGLE || header.prec == PLAQ_SINGLE);
        if (!test_check(far == 0, __FILE__, __LINE__, "%s on grid %d %d %d %d: links differ by %g", header.format,
                        grid[0], grid[1], grid[2], grid[3], far))
            return false;
    }
    return true;
}

static void every_link_is_found(const int dims[4], bool odd)
{
    plaq_gauge *whole = whole_gauge(dims);
    char path[4096];

    if (!whole) return;
    test_scratch_path(path, "built");
    for (int i = 0; i < FORMATS; i++) {
        builder b;

        if (odd && !formats[i].odd_extents) continue;
        b = build(i, whole);
        CHECK(b.bytes != NULL);
        CHECK(test_put_file(path, b.bytes, b.n));
        plaq_free(b.bytes);
        for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++)
            if (!read_on_grids(i, path, whole, (plaq_prec)prec)) return;
    }
}

static void links_are_found_in_every_format(void)
{
    every_link_is_found((int[]){4, 6, 2, 8}, false);
}

static void links_are_found_where_extents_are_odd(void)
{
    every_link_is_found((int[]){3, 5, 1, 4}, true);
}

/* More than a round of each rank: 4 MB of links. */
static void links_are_found_in_many_rounds(void)
{
    every_link_is_found((int[]){4, 8, 12, 20}, false);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* A field of the same links on the default grid. */
static plaq_gauge *spread(const int dims[4])
{
    return test_random_gauge(test_lattice(dims, 0), PLAQ_DOUBLE, SEED);
}

static bool file_is(const char *path, const char *bytes, size_t n)
{
    char *seen = NULL;
    size_t length = 0;
    bool same;

    if (plaq_file_slurp(path, 1 << 26, &seen, &length) != PLAQ_OK) return false;
    same = length == n && memcmp(seen, bytes, n) == 0;
    plaq_free(seen);
    return same;
}

static void openqcd_is_written_as_described(void)
{
    static const int dims[4] = {4, 6, 2, 8};
    plaq_gauge *whole = whole_gauge(dims);
    int grid[4] = {0, 1, 1, 1};
    char path[4096];
    builder b;

    if (!whole) return;
    test_scratch_path(path, "written");
    b = build(OPENQCD, whole);
    CHECK(b.bytes != NULL);
    while (test_next_grid(dims, grid)) {
        const plaq_config_facts facts = {.plaquette = three_plaquette(whole) / 3, .ensemble = "", .history = ""};
        plaq_gauge *u = test_random_gauge(test_lattice_on(dims, grid, 0), PLAQ_DOUBLE, SEED);

        if (!u) break;
        CHECK_STATUS(PLAQ_OK, plaq_config_write(plaq_gauge_links(u), path, "openqcd", PLAQ_DOUBLE, &facts));
        CHECK(file_is(path, b.bytes, b.n));
    }
    plaq_free(b.bytes);
}

/* Numbers of every length: an exponent of three digits, a zero with its sign, minus the smallest of all. */
static void put_odd_numbers(plaq_gauge *u, const int at[4])
{
    static const double odd[] = {-1.2345678901234567e-101, -0.0, -4.9406564584124654e-324};
    const plaq_lattice *lattice = plaq_gauge_lattice(u);
    int c[4];

    for (int mu = 0; mu < 4; mu++) {
        c[mu] = at[mu] - plaq_lattice_origin(lattice)[mu];
        if (c[mu] < 0 || c[mu] >= plaq_lattice_local(lattice)[mu]) return;
    }
    plaq_field_put_part(plaq_gauge_links(u), c, LINK, 3, odd);
}

static void text_comes_back_bit_for_bit(void)
{
    static const int dims[4] = {4, 6, 2, 8}, at[4] = {3, 4, 1, 5};
    const plaq_config_facts facts = {.ensemble = "", .history = ""};
    plaq_gauge *whole = whole_gauge(dims), *u = spread(dims);
    char path[4096];

    if (!whole || !u) return;
    put_odd_numbers(whole, at);
    put_odd_numbers(u, at);
    test_scratch_path(path, "text");
    CHECK_STATUS(PLAQ_OK, plaq_config_write(plaq_gauge_links(u), path, "bridge", PLAQ_DOUBLE, &facts));
    read_on_grids(BRIDGE, path, whole, PLAQ_DOUBLE);
}

static void what_cannot_be_written_is_refused(void)
{
    const plaq_config_facts facts = {.ensemble = "", .history = ""};
    plaq_gauge *u = spread((int[]){4, 5, 2, 8});
    char path[4096];

    if (!u) return;
    test_scratch_path(path, "not");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(plaq_gauge_links(u), path, "openqcd", PLAQ_DOUBLE, &facts));
    CHECK_MESSAGE("must be even, not 4 5 2 8");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(plaq_gauge_links(u), path, "openqcd", PLAQ_SINGLE, &facts));
    CHECK_MESSAGE("give precision f64");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(plaq_gauge_links(u), path, "bridge", PLAQ_SINGLE, &facts));
    CHECK_MESSAGE("give precision f64");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_config_write(plaq_gauge_links(u), path, "raw", PLAQ_DOUBLE, &facts));
    CHECK(!plaq_path_exists(path));
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

static void lengths_must_fit(void)
{
    static const int dims[4] = {4, 6, 2, 8};
    plaq_gauge *whole = whole_gauge(dims), *u = spread(dims);
    char path[4096];

    if (!whole || !u) return;
    test_scratch_path(path, "cut");
    for (int i = 0; i < FORMATS; i++) {
        builder b = build(i, whole);
        size_t lengths[] = {0, 1, 7, 23, 27, 100, 1000, b.n / 2, b.n - 2000, b.n - 30, b.n + 30};

        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            for (size_t at = b.n; at < lengths[k]; at++) b.bytes[at] = at % 3 ? '1' : '\n';
            CHECK(test_put_file(path, b.bytes, lengths[k]));
            CHECK_STATUS(PLAQ_E_DATA, read_as(i, path, u, NULL));
        }
        plaq_free(b.bytes);
    }
}

/* Neither way: a plaquette that is not that of the links. */
static void a_wrong_plaquette_is_told(void)
{
    static const int dims[4] = {4, 6, 2, 8};
    plaq_gauge *whole = whole_gauge(dims), *u = spread(dims);
    char path[4096];

    if (!whole || !u) return;
    test_scratch_path(path, "wrong");
    for (int i = OPENQCD; i <= DDALPHAAMG; i++) {
        builder b = build(i, whole);
        double off = three_plaquette(whole) + 4e-6; /* of which a third is compared, to 1e-6 */

        memcpy(b.bytes + 16, &off, sizeof off);
        CHECK(test_put_file(path, b.bytes, b.n));
        plaq_free(b.bytes);
        CHECK_STATUS(PLAQ_E_DATA, read_as(i, path, u, NULL));
        CHECK_MESSAGE("in the order of openQCD and");
    }
}

/* Replaces bytes of a built file, and says how reading it must fail. */
static void damaged(int format, size_t at, const char *bytes, size_t n, const char *words)
{
    static const int dims[4] = {4, 6, 2, 8};
    plaq_gauge *whole = whole_gauge(dims), *u = spread(dims);
    char path[4096];
    builder b;

    if (!whole || !u) return;
    test_scratch_path(path, "damaged");
    b = build(format, whole);
    memcpy(b.bytes + at, bytes, n);
    CHECK(test_put_file(path, b.bytes, b.n));
    plaq_free(b.bytes);
    CHECK_STATUS(PLAQ_E_DATA, read_as(format, path, u, NULL));
    CHECK_MESSAGE(words);
}

static void foreign_headers_are_refused(void)
{
    damaged(HIREP, 3, "\2", 1, "HiRep links of SU(2)");
    damaged(HIREP, 4, "\0\0\0\7", 4, "expected 193564 for HiRep links of 4 6 2 7");
    damaged(OPENQCD, 0, "\7\0\0\0", 4, "for openQCD links of 4 6 2 7");
    damaged(OPENQCD, 16, "\0\0\0\0\0\0\x10\x40", 8, "not a configuration of a known format"); /* plaquette 4 */
    damaged(SZIN, SZIN_VERSION_AT + 3, "\x8", 1, "SZIN version 8, expected 1 to 7");
    damaged(SZIN, SZIN_COLOURS_AT + 3, "\2", 1, "SU(2) in 4 dimensions");
    damaged(SZIN, 0, "\x7f\xff\xff\xff", 4, "not a configuration of a known format");
    damaged(BRIDGE, 100000, "x", 1, "number 4");
    damaged(BRIDGE, 100000, "1\n1\n1\n1\n", 8, "numbers, expected 27648 for 4 6 2 8");
}

static void raw_words_must_be_right(void)
{
    static const struct {
        const char *raw, *words;
    } wrong[] = {
        {"precision=f64", "order is ''"},
        {"order=mu,t,z,y,x", "then row,col or col,row"},
        {"order=mu,t,z,y,y,row,col", "expected x y z t mu"},
        {"order=mu,t,z,y,row,col", "expected x y z t mu"},
        {"order=mu,t,z,y,x,x,row,col", "expected x y z t mu"},
        {"order=t,z,y,x,mu,row,col directions=x,y,z", "directions is 'x,y,z'"},
        {"order=t,z,y,x,mu,row,col directions=x,y,z,mu", "directions is"},
        {"order=t,z,y,x,mu,row,col precision=f16", "precision"},
        {"order=t,z,y,x,mu,row,col endian=middle", "endian"},
        {"order=t,z,y,x,mu,row,col skip=-1", "skip"},
        {"order=t,z,y,x,mu,row,col prec=f64", "did you mean precision"},
        {"weak", "'weak' is none of"},
    };
    plaq_config *c = NULL;
    char path[4096];

    test_scratch_path(path, "bytes");
    CHECK(test_put_file(path, "some", 4));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(PLAQ_E_USAGE, plaq_raw_check(wrong[i].raw));
        CHECK_MESSAGE(wrong[i].words);
        CHECK_STATUS(PLAQ_E_USAGE, plaq_config_open_raw(test_comm(), path, (int[]){2, 2, 2, 2}, wrong[i].raw, &c));
        CHECK_MESSAGE(wrong[i].words);
    }
    CHECK_STATUS(PLAQ_OK, plaq_raw_check(""));
    CHECK_STATUS(PLAQ_OK, plaq_config_open_raw(test_comm(), path, NULL, formats[FORMATS - 1].raw, &c));
    test_later_config(&c);
    CHECK(plaq_config_get_header(c)->dims[0] == 0 && strstr(plaq_config_get_header(c)->note, "dims"));
}

static void ddalphaamg_is_told_from_openqcd(void)
{
    static const struct {
        const char *file, *format;
        int dims[4];
    } known[] = {{"ddalphaamg/4x4x4x4b6.0000id3n1", "DDalphaAMG", {4, 4, 4, 4}},
                 {"hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1", "openQCD", {8, 8, 8, 8}}};

    if (!test_data(known[0].file)) SKIP("no test data");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        plaq_config_header header = {.format = ""};
        plaq_gauge *u = spread(known[i].dims);

        if (!u) return;
        CHECK_STATUS(PLAQ_OK, read_as(OPENQCD, test_data(known[i].file), u, &header));
        CHECK(strcmp(header.format, known[i].format) == 0);
        /* their limit is 1e-16 sqrt(planes), a few 1e-14 here */
        CHECK_CLOSE(three_plaquette(u) / 3, header.plaquette, 1e-14);
    }
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

typedef struct {
    plaq_gauge *from, *to;
    int format;
    const char *key;
    double plaquette;
    char path[4096];
} attempt_given;

static plaq_status write_and_read(void *given)
{
    attempt_given *g = given;
    const plaq_config_facts facts = {.plaquette = g->plaquette, .ensemble = "", .history = ""};

    PLAQ_TRY(plaq_config_write(plaq_gauge_links(g->from), g->path, g->key, PLAQ_DOUBLE, &facts));
    return read_as(g->format, g->path, g->to, NULL);
}

static void faults_reach_all_ranks(void)
{
    static const int dims[4] = {4, 4, 2, 4};
    attempt_given given = {.from = spread(dims), .to = spread(dims)};

    if (!given.from || !given.to) return;
    given.plaquette = three_plaquette(given.from) / 3;
    three_plaquette(given.to); /* makes the halo's buffers, which stay */
    test_scratch_path(given.path, "faulty");
    given.format = OPENQCD;
    given.key = "openqcd";
    CHECK_FAULT_SWEEP(write_and_read, &given);
    given.format = BRIDGE;
    given.key = "bridge";
    CHECK_FAULT_SWEEP(write_and_read, &given);
}

TEST_MAIN({"links are found in every format", links_are_found_in_every_format},
          {"links are found where extents are odd", links_are_found_where_extents_are_odd},
          {"links are found in many rounds", links_are_found_in_many_rounds},
          {"openQCD is written as described", openqcd_is_written_as_described},
          {"text comes back bit for bit", text_comes_back_bit_for_bit},
          {"what cannot be written is refused", what_cannot_be_written_is_refused},
          {"lengths must fit", lengths_must_fit}, {"a wrong plaquette is told", a_wrong_plaquette_is_told},
          {"foreign headers are refused", foreign_headers_are_refused},
          {"raw words must be right", raw_words_must_be_right},
          {"DDalphaAMG is told from openQCD", ddalphaamg_is_told_from_openqcd},
          {"faults reach all ranks", faults_reach_all_ranks})
