/* Other programs' measured numbers, in text and in binary: those of real files are the published ones, those of files
 * that the test writes are what was written; damaged files are refused, in words that name them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/exchange.h"
#include "support/test.h"

/* ---- reading in a test ----------------------------------------------------------------------------------------- */

static void clear_later(void *numbers)
{
    plaq_numbers_clear(numbers);
    plaq_free(numbers);
}

/* Hands what was read over to the harness, which lets go of it after the case; the caller keeps looking at it. */
static void keep(const plaq_numbers *x)
{
    plaq_numbers *kept = plaq_alloc(1, sizeof *kept);

    *kept = *x;
    test_later(clear_later, kept);
}

/* What a file holds. */
static plaq_status load(const char *path, const char *format, plaq_numbers *x)
{
    plaq_status status = plaq_numbers_read(path, format, NULL, x);

    if (status == PLAQ_OK) keep(x);
    return status;
}

static const plaq_series *series(const plaq_numbers *x, const char *name)
{
    for (int i = 0; i < x->series_count; i++)
        if (strcmp(x->series[i].name, name) == 0) return &x->series[i];
    return NULL;
}

static bool noted(const plaq_numbers *x, const char *words)
{
    for (int i = 0; i < x->notes; i++)
        if (strstr(x->note[i], words)) return true;
    return false;
}

/* The mean over configurations of one number. */
static double mean(const plaq_series *s, size_t entry)
{
    size_t n = s->is_complex ? 2 : 1;
    double sum = 0;

    for (int i = 0; i < s->rank; i++) n *= (size_t)s->shape[i];
    for (size_t c = 0; c < s->chain.count; c++) sum += s->values[c * n + entry];
    return sum / (double)s->chain.count;
}

static bool put_text(const char *path, const char *text)
{
    return test_put_file(path, text, strlen(text));
}

/* ---- binary files ------------------------------------------------------------------------------------------------ */

/* Little-endian bytes, as openQCD writes them. The machine of the test is one. */
typedef struct {
    char bytes[1 << 14];
    size_t n;
} buffer;

static void add_int(buffer *b, int32_t value)
{
    memcpy(b->bytes + b->n, &value, sizeof value);
    b->n += sizeof value;
}

static void add_real(buffer *b, double value)
{
    memcpy(b->bytes + b->n, &value, sizeof value);
    b->n += sizeof value;
}

/* ---- openQCD ----------------------------------------------------------------------------------------------------- */

/* t0 of the straight line through the two flow times around t^2 E = 0.3, which is 0.38316 (data README; pyerrors' fit
 * through four gives 0.38162). E = sum_t Y / (L^3 T) with L = T = 4. */
static void openqcd_flow_gives_its_t0(void)
{
    const char *path = test_data("pyerrors/openqcd2r1.ms.dat");
    const plaq_series *y;
    plaq_numbers x;
    double before = 0;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    y = series(&x, "flow.Y");
    CHECK(y && y->rank == 2 && y->shape[0] == 101 && y->shape[1] == 4 && y->chain.count == 9 && !y->is_complex);
    CHECK(strcmp(y->chain.ensemble, "openqcd2") == 0 && strcmp(y->chain.replica, "r1") == 0);
    CHECK(y->chain.config[0] == 3 && y->chain.config[8] == 27 && x.notes == 0);
    CHECK(strcmp(y->label[0][3], "0.15") == 0 && !y->label[1]);
    for (int i = 0; i < 101; i++) {
        double t = 0.05 * i, e = 0;

        for (size_t s = 0; s < 4; s++) e += mean(y, 4 * (size_t)i + s) / 256;
        e *= t * t;
        if (before < 0.3 && e >= 0.3) {
            CHECK_CLOSE(t - 0.05 * (e - 0.3) / (e - before), 0.38316, 5e-6); /* five digits are printed */
            return;
        }
        before = e;
    }
    CHECK(!"t0 is reached");
}

/* What is asked for is what the whole has; what is not there is told with what may be meant. */
static void openqcd_flow_of_one_observable_alone(void)
{
    const char *path = test_data("pyerrors/openqcd2r1.ms.dat");
    plaq_numbers all, one, none;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, "openqcd_ms", &all));
    CHECK_STATUS(PLAQ_OK,
                 plaq_numbers_read(path, NULL, &(plaq_numbers_wanted){.name = "flow.Q", .ensemble = "toy"}, &one));
    keep(&one);
    CHECK(one.series_count == 1 && strcmp(one.series[0].chain.ensemble, "toy") == 0);
    CHECK(memcmp(one.series[0].values, series(&all, "flow.Q")->values, 9 * 404 * sizeof(double)) == 0);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_numbers_read(path, NULL, &(plaq_numbers_wanted){.name = "flow.q"}, &none));
    CHECK_MESSAGE("did you mean \"flow.Q\"");
    CHECK_STATUS(PLAQ_OK, plaq_numbers_read(path, NULL, &(plaq_numbers_wanted){.listing = true}, &none));
    keep(&none);
    CHECK(none.series_count == 3 && !none.series[0].values && none.series[0].chain.count == 9);
}

static void openqcd_log_has_its_numbers(void)
{
    const char *path = test_data("hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4.ms3.log");
    plaq_numbers x;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 3 && series(&x, "flow.Wact")->shape[0] == 2);
    CHECK_SAME(series(&x, "flow.Wact")->values[0], 1.472098e+05);
    CHECK_SAME(series(&x, "flow.Yact")->values[1], 1.122513e+04);
    CHECK_SAME(series(&x, "flow.Q")->values[1], 4.21e-01);
    CHECK(strcmp(series(&x, "flow.Q")->label[0][1], "0.2") == 0);
}

static void openqcd_log_of_a_run_that_was_cut_off(void)
{
    static const char log[] =
        "\nComputation of Wilson flow observables\n"
        "Configuration no 10\nn =   0, t = 0.00e+00, Wact = 3.0e+00, Yact = 2.0e+00, Q =  1.0e+00\n"
        "Configuration no 10 fully processed in 1 sec\n"
        "Configuration no 20\nn =   0, t = 0.00e+00, Wact = 5.0e+00, Yact = 4.0e+00, Q = -1.0e+00\n";
    char path[4096];
    plaq_numbers x;

    test_scratch_path(path, "cut.ms3.log");
    CHECK(put_text(path, log));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(series(&x, "flow.Q")->chain.count == 1 && noted(&x, "configuration 20 is not fully processed"));
}

/* Replica are files of a folder. */
static void replica_are_told_by_their_files(void)
{
    char folder[4096], path[4096 + 32];
    plaq_numbers x;

    test_scratch_path(folder, "replica");
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
    for (int r = 0; r < 2; r++) {
        buffer b = {.n = 0};

        add_int(&b, 10);
        add_int(&b, 1);
        add_int(&b, 2);
        add_real(&b, 0.02);
        for (int config = 1; config <= 3; config++) {
            add_int(&b, config + r);
            for (int i = 0; i < 12; i++) add_real(&b, 100 * r + 10 * config + i);
        }
        snprintf(path, sizeof path, "%s/A654_r00%d.ms.dat", folder, r);
        CHECK(test_put_file(path, b.bytes, b.n));
    }
    CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
    CHECK(x.series_count == 6);
    CHECK(strcmp(x.series[0].chain.ensemble, "A654") == 0 && strcmp(x.series[0].chain.replica, "r000") == 0);
    CHECK(strcmp(x.series[3].chain.replica, "r001") == 0 && x.series[3].chain.config[0] == 2);
    CHECK(strcmp(x.series[3].name, "flow.Q") == 0 && strcmp(x.series[3].label[0][1], "0.2") == 0);
    CHECK_SAME(x.series[3].values[0], 100 + 10 + 8);
}

/* A file that ends anywhere but after a record is damaged; no cut reads other numbers than were written. */
static void cut_openqcd_files_are_refused(void)
{
    enum { HEADER = 20, RECORD = 4 + 3 * 4 * 8 };
    buffer b = {.n = 0};
    char path[4096];

    add_int(&b, 10);
    add_int(&b, 1);
    add_int(&b, 2);
    add_real(&b, 0.02);
    for (int config = 1; config <= 2; config++) {
        add_int(&b, config);
        for (int i = 0; i < 12; i++) add_real(&b, config + 0.01 * i);
    }
    CHECK(b.n == HEADER + 2 * RECORD);
    test_scratch_path(path, "cut.ms.dat");
    for (size_t n = 0; n <= b.n; n++) {
        plaq_numbers x = {0};
        plaq_status status, wanted = n == HEADER + RECORD || n == b.n ? PLAQ_OK : PLAQ_E_DATA;

        CHECK(test_put_file(path, b.bytes, n));
        status = plaq_numbers_read(path, "openqcd_ms", NULL, &x);
        plaq_numbers_clear(&x);
        CHECK_STATUS(wanted, status);
        if (status != PLAQ_OK) CHECK_MESSAGE("cut.ms.dat");
    }
}

/* Two factors as version 2 and later store them, or as 1.4 (version 1) without Hasenbusch factors does. */
static void put_ms1(buffer *b, int version)
{
    static const int nfct[2] = {2, 1}, nsrc[2] = {3, 5};

    *b = (buffer){.n = 0};
    add_int(b, version == 20 ? 4 : 2);
    for (int i = 0; i < 2 && version == 20; i++) add_int(b, nfct[i]);
    for (int i = 0; i < 2; i++) add_int(b, nsrc[i]);
    if (version == 20) add_int(b, 0);
    for (int config = 4; config <= 12; config += 4) {
        add_int(b, config);
        for (int i = 0; i < 2; i++)
            for (int kind = 0; kind < 2; kind++) { /* norms, logarithms */
                const int parts = version == 1 ? 1 : nfct[i];

                if (version == 20) {
                    add_int(b, 2);
                    add_int(b, parts);
                    add_int(b, 2 * nsrc[i]);
                    add_int(b, 8);
                }
                for (int part = 0; part < parts; part++)
                    for (int s = 0; s < nsrc[i]; s++) {
                        double lnr = kind ? 0.01 * config * (s + 1) : 1e3 + s;

                        add_real(b, lnr);
                        if (version == 20) add_real(b, kind ? 0.25 : 0);
                    }
            }
    }
}

/* W = prod over parts of mean over sources of exp(-lnr), in closed form. */
static double expected_w(int version, int config, int factor)
{
    const int sources = factor ? 5 : 3, parts = factor || version == 1 ? 1 : 2;
    double sum = 0;

    for (int s = 0; s < sources; s++) sum += exp(-0.01 * config * (s + 1) - (version == 20 ? 0.25 : 0)) / sources;
    return pow(sum, parts);
}

static void reweighting_factors_of_first_and_last_versions(void)
{
    static const int versions[] = {1, 20};
    char path[4096];

    test_scratch_path(path, "rw.ms1.dat");
    for (int v = 0; v < 2; v++) {
        plaq_numbers x;
        buffer b;

        put_ms1(&b, versions[v]);
        CHECK(test_put_file(path, b.bytes, b.n));
        CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
        CHECK(x.series_count == 1 && x.series[0].shape[0] == 2 && x.series[0].chain.count == 3);
        for (int i = 0; i < 6; i++)
            CHECK_CLOSE(x.series[0].values[i], expected_w(versions[v], 4 * (i / 2 + 1), i % 2), 1e-14);
        for (size_t n = 0; n < b.n; n += 3) { /* no version has records of such sizes */
            plaq_numbers cut = {0};
            plaq_status status;

            CHECK(test_put_file(path, b.bytes, n));
            status = plaq_numbers_read(path, "openqcd_ms1", NULL, &cut);
            CHECK(status == PLAQ_E_DATA || (status == PLAQ_OK && cut.series[0].chain.count < 3));
            plaq_numbers_clear(&cut);
        }
    }
}

/* What a file is called does not matter where its bytes say what it is. */
static void openqcd_files_are_told_by_their_bytes(void)
{
    buffer b = {.n = 0};
    char path[4096];
    plaq_numbers x, y;

    test_scratch_path(path, "copy");
    put_ms1(&b, 20);
    CHECK(test_put_file(path, b.bytes, b.n));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 1 && strcmp(x.series[0].name, "reweighting.W") == 0);
    b.n = 0;
    add_int(&b, 10);
    add_int(&b, 0);
    add_int(&b, 1);
    add_real(&b, 0.02);
    add_int(&b, 7);
    for (int i = 0; i < 3; i++) add_real(&b, 0.13);
    CHECK(test_put_file(path, b.bytes, b.n));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &y));
    CHECK(y.series_count == 3 && strcmp(y.series[2].name, "flow.Y") == 0);
}

/* In version 1.6 each Hasenbusch factor has its norms, then its logarithms. */
static void reweighting_factors_of_openqcd_16(void)
{
    buffer b = {.n = 0};
    char path[4096];
    plaq_numbers x;

    add_int(&b, 1);
    add_int(&b, 2); /* parts */
    add_int(&b, 3); /* sources */
    for (int config = 1; config <= 3; config++) {
        add_int(&b, config);
        for (int part = 0; part < 2; part++) {
            for (int s = 0; s < 3; s++) add_real(&b, 1e4);
            for (int s = 0; s < 3; s++) add_real(&b, 0.1 * config * (part + 1) + s);
        }
    }
    test_scratch_path(path, "rw16.ms1.dat");
    CHECK(test_put_file(path, b.bytes, b.n));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    for (int config = 1; config <= 3; config++)
        CHECK_CLOSE(x.series[0].values[config - 1], exp(-0.3 * config) * pow((1 + exp(-1) + exp(-2)) / 3, 2), 1e-14);
}

static void mesons_of_openqcd(void)
{
    enum { T = 3, NOISE = 2 };
    buffer b = {.n = 0};
    const plaq_series *s;
    char path[4096];
    plaq_numbers x;

    add_int(&b, 2);
    add_int(&b, NOISE);
    add_int(&b, T);
    add_int(&b, 2);
    for (int i = 0; i < 2; i++) { /* G5 G5 is real, G0G5 G5 is not */
        add_real(&b, 0.1365);
        add_real(&b, 0.135 + 0.0005 * i);
        add_int(&b, i ? 10 : 5);
        add_int(&b, 5);
        add_int(&b, 1);
        add_int(&b, i == 0);
    }
    for (int config = 10; config <= 30; config += 10) {
        add_int(&b, config);
        for (int k = 0; k < T * NOISE; k++) add_real(&b, config + k);
        for (int k = 0; k < T * NOISE; k++) {
            add_real(&b, config - k);
            add_real(&b, 0.5 * k);
        }
    }
    test_scratch_path(path, "toy.mesons.dat");
    CHECK(test_put_file(path, b.bytes, b.n));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    s = series(&x, "mesons");
    CHECK(s && s->is_complex && s->shape[0] == 2 && s->shape[1] == T && s->chain.count == 3);
    CHECK(strcmp(s->label[0][1], "G0G5 G5 0.1365 0.1355 1") == 0);
    for (int t = 0; t < T; t++) { /* of the last configuration: noise sources 2t, 2t + 1 */
        const double *c = s->values + 2 * 2 * T * 2;

        CHECK_SAME(c[2 * t], 30 + 2 * t + 0.5);
        CHECK_SAME(c[2 * t + 1], 0);
        CHECK_SAME(c[2 * T + 2 * t], 30 - 2 * t - 0.5);
        CHECK_SAME(c[2 * T + 2 * t + 1], t + 0.25);
    }
    CHECK(test_put_file(path, b.bytes, b.n - 5));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &x));
    CHECK_MESSAGE("toy.mesons.dat: ends in a record");
}

/* ---- tmLQCD ------------------------------------------------------------------------------------------------------ */

/* Means of the columns are awk's; 944 of 1000 trajectories were accepted. */
static void tmlqcd_output_has_its_means(void)
{
    const char *path = test_data("hadron/output.data");
    plaq_numbers x;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 4 && series(&x, "plaquette")->chain.count == 250 && x.notes == 0);
    CHECK_CLOSE(mean(series(&x, "plaquette"), 0), 0.500812854023244, 1e-14);
    CHECK_CLOSE(mean(series(&x, "exp_minus_dH"), 0), 1.05493814, 1e-13);
    CHECK_CLOSE(mean(series(&x, "accepted"), 0), 0.944, 1e-14);
    CHECK_SAME(series(&x, "dH")->values[249], -0.066689862638);
}

/* What the columns of a file are to each other: E_plaq = 36 (1 - P), and t^2 E. Twelve digits are printed. */
static void tmlqcd_flow_is_consistent(void)
{
    const char *path = test_data("hadron/gradflow.000124");
    plaq_numbers x;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 6 && series(&x, "gradflow.P")->shape[0] == 501);
    CHECK(series(&x, "gradflow.P")->chain.config[0] == 124);
    for (size_t i = 0; i < 501; i++) {
        double t = atof(series(&x, "gradflow.P")->label[0][i]);

        CHECK_CLOSE(series(&x, "gradflow.Eplaq")->values[i], 36 * (1 - series(&x, "gradflow.P")->values[i]), 4e-11);
        CHECK_CLOSE(series(&x, "gradflow.tsqEsym")->values[i], t * t * series(&x, "gradflow.Esym")->values[i], 2e-10);
    }
    CHECK_SAME(series(&x, "gradflow.Wsym")->values[500], 1.168053184242);
}

/* C(t) and C(T-t) stand side by side in the file, and are one correlator here; two sources of a configuration. */
static void tmlqcd_online_measurements_are_unfolded(void)
{
    static const char *const files[] = {"onlinemeas.t000.000010", "onlinemeas.t004.000010", "onlinemeas.t000.000012",
                                        "onlinemeas.t004.000012", "output.data"};
    char folder[4096], path[4096 + 64], text[1024];
    const plaq_series *pp, *pv;
    plaq_numbers x;

    test_scratch_path(folder, "tmlqcd");
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
    for (int f = 0; f < 4; f++) {
        size_t n = 0;

        for (int kind = 0; kind < 3; kind++)
            for (int t = 0; t <= 3; t++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%d  1  %d  %e  %e\n", kind == 2 ? 6 : kind + 1, t,
                                      1000. * f + 100 * kind + t,
                                      t == 0 || t == 3 ? 0. : 1000. * f + 100 * kind + 6 - t);
        snprintf(path, sizeof path, "%s/%s", folder, files[f]);
        CHECK(put_text(path, text));
    }
    snprintf(path, sizeof path, "%s/%s", folder, files[4]);
    CHECK(
        put_text(path,
                 "00000010 0.51 -0.1 1.105171e+00 41 205 1 1.2e+01\n00000012 0.52 0.1 0.9048e+00 43 201 0 1.2e+01\n"));
    CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
    pp = series(&x, "online.PP");
    pv = series(&x, "online.PV");
    CHECK(x.series_count == 7 && pp && pv && pp->rank == 2 && pp->shape[0] == 2 && pp->shape[1] == 6);
    CHECK(strcmp(pp->axes, "source t") == 0 && strcmp(pp->label[0][1], "t004") == 0 && pp->chain.count == 2);
    for (int f = 0; f < 4; f++)
        for (int t = 0; t < 6; t++) {
            CHECK_SAME(pp->values[6 * f + t], 1000 * f + t);
            CHECK_SAME(pv->values[6 * f + t], 1000 * f + 200 + t);
        }
    CHECK_SAME(series(&x, "accepted")->values[1], 0);
    CHECK(x.notes == 0);

    snprintf(path, sizeof path, "%s/%s", folder, files[3]);
    plaq_path_remove(path);
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(folder, NULL, NULL, &x));
    CHECK_MESSAGE("1 sources on configuration 12, expected 2 as on 10");
}

static void damaged_tmlqcd_files_are_refused(void)
{
    static const struct {
        const char *name, *text, *words;
    } bad[] = {
        {"output.data", "0 0.5 0.1\n", "line 1: 3 columns, expected 4"},
        {"output.data", "0 0.5 0.1 0.9 1 1.0\n1 0.5 x 0.9 1 1.0\n", "line 2: 'x' is no number"},
        {"output.data", "0 0.5 0.1 0.9 1 1.0\n1 nan 0.1 0.9 1 1.0\n", "plaquette, configuration 1: number 1 of 1 is"},
        {"output.data", "3 0.5 0.1 0.9\n4 0.5 0.1 0.9\n3 0.6 0.1 0.9\n", "of configuration 3"},
        {"gradflow.000007", "traj t P\n000007 0.1 0.5\n000007 0.2\n", "line 3: 2 columns, expected 3"},
        {"gradflow.000007", "traj t P\n000008 0.1 0.5\n", "trajectory 8, expected 7"},
        {"gradflow.000007", "traj t P\n", "no flow time"},
        {"gradflow.000007", "", "no names"},
        {"onlinemeas.000007", "1 1 0 1 0\n1 1 2 1 0\n", "time 2 of online.PP, expected 1"},
        {"onlinemeas.000007", "1 1 0 1 0\n1 1 1 1 0\n", "online.PA has 0 times"},
        {"onlinemeas.000007", "9 1 0 1 0\n", "correlator 9, expected 1"},
    };
    char path[4096];
    plaq_numbers x;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        test_scratch_path(path, bad[i].name);
        CHECK(put_text(path, bad[i].text));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "tmlqcd", NULL, &x));
        CHECK_MESSAGE(bad[i].words);
        CHECK_MESSAGE(bad[i].name);
    }
}

/* ---- MILC -------------------------------------------------------------------------------------------------------- */

/* The printed numbers of MILC's sample outputs (data README). */
static void milc_correlators_are_milcs(void)
{
    static const double pion[8] = {5.469160e-01, 1.342161e-01, 4.594214e-02, 2.627205e-02,
                                   1.510786e-02, 2.710703e-02, 5.012888e-02, 1.480071e-01};
    static const double clover[4] = {2.821280e+02, 1.783301e+01, 3.974405e+00, 1.684038e+01};
    const char *ks = test_data("milc/ks_spectrum_deflate_asqtad.2.corrfile.sample-out");
    const char *clov = test_data("milc/su3_clov.clov.2.corrfile.sample-out");
    char first[4096]; /* test_data() has one place for its answer */
    const plaq_series *s;
    plaq_numbers x, y;

    if (!ks || !clov) SKIP("no test data");
    snprintf(first, sizeof first, "%s", test_data("milc/ks_spectrum_deflate_asqtad.2.corrfile.sample-out"));
    CHECK_STATUS(PLAQ_OK, load(first, NULL, &x));
    s = series(&x, "POINT_PION_d_d_d_d_m0.01_m0.01_p000");
    CHECK(s && s->is_complex && s->rank == 2 && s->shape[0] == 2 && s->shape[1] == 8); /* solved for twice */
    for (int t = 0; t < 8; t++) CHECK_SAME(s->values[2 * t], pion[t]);
    CHECK(strcmp(s->label[0][0], "0 0 0 0") == 0 && strcmp(s->label[0][1], "0 0 0 0 (2)") == 0);

    CHECK_STATUS(PLAQ_OK, load(test_data("milc/su3_clov.clov.2.corrfile.sample-out"), NULL, &y));
    CHECK(y.series_count == 36);
    s = series(&y, "PION_1S_1S_d_d_k0.1_k0.1_p000");
    CHECK(s && s->shape[1] == 4);
    for (int t = 0; t < 4; t++) CHECK_SAME(s->values[2 * t], clover[t]);
}

static const char milc_text[] = "---\nlattice_size:  4,4,4,3\nquark_source_origin: [ 0, 0, 0, %d ]\n...\n---\n"
                                "correlator:  PION\ncorrelator_key:  PION_d_d\n...\n0\t%d\t0\n1\t2\t-1\n2\t3\t0.5\n";

static void put_milc(char folder[4096], int config, int t0, int value)
{
    char path[4096 + 64], text[512];

    snprintf(path, sizeof path, "%s/corr_t%d.%d", folder, t0, config);
    snprintf(text, sizeof text, milc_text, t0, value);
    CHECK(put_text(path, text));
}

/* Files of a folder are configurations by their numbers, and sources by what stands in them. */
static void milc_files_of_a_folder_are_one_series(void)
{
    char folder[4096];
    plaq_numbers x;

    test_scratch_path(folder, "milc");
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
    for (int config = 100; config <= 140; config += 10)
        for (int t0 = 0; config != 130 && t0 < 2; t0++) put_milc(folder, config, t0, config + t0);
    CHECK_STATUS(PLAQ_OK, load(folder, NULL, &x));
    CHECK(x.series_count == 1 && x.series[0].shape[0] == 2 && x.series[0].shape[1] == 3);
    CHECK(x.series[0].chain.count == 4 && x.series[0].chain.config[3] == 140);
    CHECK(strcmp(x.series[0].label[0][1], "0 0 0 1") == 0);
    for (int c = 0; c < 4; c++)
        for (int t0 = 0; t0 < 2; t0++) {
            CHECK_SAME(x.series[0].values[12 * c + 6 * t0], (double)x.series[0].chain.config[c] + t0);
            CHECK_SAME(x.series[0].values[12 * c + 6 * t0 + 3], -1);
        }
    CHECK(x.notes == 1 && noted(&x, "130"));
}

static void cut_milc_files_are_refused(void)
{
    char path[4096], text[512];
    size_t n = (size_t)snprintf(text, sizeof text, milc_text, 0, 1);
    plaq_numbers x;

    test_scratch_path(path, "corr.5");
    for (size_t cut = 0; cut < n - 4; cut++) { /* the last number is whole from "0" on */
        CHECK(test_put_file(path, text, cut));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "milc", NULL, &x));
        CHECK_MESSAGE("corr.5");
    }
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* Means that hadron and corrfitter publish (data README). */
static void columns_of_the_field_have_their_means(void)
{
    const char *path = test_data("hadron/plaq.sample.txt");
    plaq_numbers x, y, z;

    if (!path) SKIP("no test data");
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == 1 && x.series[0].rank == 0 && x.series[0].chain.count == 6352);
    CHECK_CLOSE(mean(&x.series[0], 0), 0.582571560649677, 1e-14);

    CHECK_STATUS(PLAQ_OK, load(test_data("hadron/pscor.sample.txt"), NULL, &y));
    CHECK(y.series_count == 1 && y.series[0].shape[0] == 48 && y.series[0].chain.count == 316);
    CHECK_CLOSE(mean(&y.series[0], 0), 1.70462971518987, 1e-13);
    CHECK_CLOSE(mean(&y.series[0], 5), 0.0435153069620253, 1e-14);
    CHECK_CLOSE(mean(&y.series[0], 11), 0.019007787278481, 1e-14);

    CHECK_STATUS(PLAQ_OK, load(test_data("corrfitter/etas.data"), NULL, &z));
    CHECK(z.series_count == 1 && strcmp(z.series[0].name, "etas") == 0 && z.series[0].shape[0] == 64);
    CHECK(z.series[0].chain.count == 225);
    CHECK_SAME(z.series[0].values[1], 0.0789607);
}

static void columns_have_names_and_numbers(void)
{
    const plaq_series *c;
    char path[4096];
    plaq_numbers x, y, z;

    test_scratch_path(path, "named.csv");
    CHECK(put_text(path, "config,plaq,c[0],c[1]\n10,0.5,1,2\n30,0.7,5,6\n20,0.6,3,4\n50,0.8,7,8\n"));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    c = series(&x, "c");
    CHECK(x.series_count == 2 && c && c->rank == 1 && c->shape[0] == 2 && c->chain.count == 4);
    CHECK(c->chain.config[1] == 20 && noted(&x, "40"));
    CHECK_SAME(c->values[3], 4);
    CHECK_SAME(series(&x, "plaq")->values[2], 0.7);

    test_scratch_path(path, "commented.txt");
    CHECK(put_text(path, "# made by hand\r\n#   Traj  f_P\r\n  7 1.5 2.5 \r\n\r\n  9 3.5 4.5\r\n"));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &y));
    CHECK(y.series_count == 1 && strcmp(y.series[0].name, "f_P") == 0 && y.series[0].chain.config[1] == 9);
    CHECK_SAME(y.series[0].values[3], 4.5);

    test_scratch_path(path, "rows.data");
    CHECK(put_text(path, "pi 1 2\nm 0.5\npi 3 4\nm 0.6\nm 0.7\n"));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &z));
    CHECK(series(&z, "pi")->shape[0] == 2 && series(&z, "m")->rank == 0 && series(&z, "m")->chain.count == 3);
    CHECK(noted(&z, "pi lacks 1 of 3"));
}

/* A line of names may be longer than the head by which files are recognised. */
static void long_lines_of_names_are_read(void)
{
    enum { COLUMNS = 2000 };
    char path[4096], *text = plaq_alloc(64 * COLUMNS, 1);
    size_t n = 0;
    plaq_numbers x;

    CHECK(text);
    for (int i = 0; i < COLUMNS; i++) n += (size_t)snprintf(text + n, 64, "%sq%d", i ? "," : "config,", i);
    for (int config = 1; config <= 2; config++) {
        n += (size_t)snprintf(text + n, 64, "\n%d", config);
        for (int i = 0; i < COLUMNS; i++) n += (size_t)snprintf(text + n, 64, ",%d.5", i);
    }
    test_scratch_path(path, "wide.csv");
    CHECK(test_put_file(path, text, n));
    plaq_free(text);
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series_count == COLUMNS && series(&x, "q1999")->chain.count == 2);
    CHECK_SAME(series(&x, "q1999")->values[1], 1999.5);
}

static void damaged_columns_are_refused(void)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"1 2\n3\n", "line 2: 1 columns, expected 2"},
        {"c 4\n, \n", "line 2: separators alone, expected numbers"},
        {"1 2\n3 x4\n", "line 2: 'x4' is no number"},
        {"config a\n1.5 2\n", "line 2: '1.5' is no whole number"},
        {"config a\n1 inf\n", "a, configuration 1: number 1 of 1 is inf"},
        {"config a\n1 2\n2 3\n1 4\n", "a of configuration 1"},
        {"config\n1\n", "numbers of configurations alone"},
        {"config a\n-1 2\n", "no number of a configuration"},
        {"# nothing\n", "no measured numbers"},
    };
    char path[4096];
    plaq_numbers x;

    test_scratch_path(path, "bad.txt");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(put_text(path, bad[i].text));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "columns", NULL, &x));
        CHECK_MESSAGE(bad[i].words);
    }
    CHECK(test_put_file(path, "1 2\n3 \0\n", 8));
    CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, "columns", NULL, &x));
    CHECK_MESSAGE("byte 6 is zero");
}

/* The same numbers twice are told, and kept once. */
static void twins_are_noted(void)
{
    char path[4096];
    plaq_numbers x;

    test_scratch_path(path, "twins.txt");
    CHECK(put_text(path, "cfg a b\n1 2 3\n2 3 4\n1 2 3\n"));
    CHECK_STATUS(PLAQ_OK, load(path, NULL, &x));
    CHECK(x.series[0].chain.count == 2 && x.notes == 1 && noted(&x, "configuration 1 is there twice"));
}

static void what_is_no_table_is_not_taken_for_one(void)
{
    static const char *const no[] = {"# only words\nhello world\n", "a b c\nd e f\n1 2 3\n", "1 2 x\n", ""};
    char path[4096];
    plaq_numbers x;

    test_scratch_path(path, "words.txt");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        CHECK(put_text(path, no[i]));
        CHECK_STATUS(PLAQ_E_DATA, plaq_numbers_read(path, NULL, NULL, &x));
        CHECK_MESSAGE("no results of a format that plaq knows");
    }
}

/* ---- faults --------------------------------------------------------------------------------------------------------
 */

typedef struct {
    const char *path, *format;
} given;

static plaq_status attempt(void *arguments)
{
    const given *g = arguments;
    plaq_numbers x = {0};
    plaq_status status = plaq_numbers_read(g->path, g->format, NULL, &x);

    plaq_numbers_clear(&x);
    return status;
}

/* No memory, or a disk that fails, anywhere on the way: a failure in words, and nothing is left allocated. */
static void faults_leave_nothing_behind(void)
{
    char folder[4096], path[4096];
    buffer b;

    test_scratch_path(folder, "faults");
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(folder));
    for (int t0 = 0; t0 < 2; t0++) put_milc(folder, 1, t0, 5);
    CHECK_FAULT_SWEEP(attempt, (&(given){folder, "milc"}));
    test_scratch_path(path, "faults.csv");
    CHECK(put_text(path, "config a b[0] b[1]\n1 2 3 4\n2 3 4 5\n"));
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "columns"}));
    test_scratch_path(path, "gradflow.000003");
    CHECK(put_text(path, "traj t P E\n3 0.1 1 2\n3 0.2 3 4\n"));
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "tmlqcd"}));
    test_scratch_path(path, "faults.ms1.dat");
    put_ms1(&b, 20);
    CHECK(test_put_file(path, b.bytes, b.n));
    CHECK_FAULT_SWEEP(attempt, (&(given){path, "openqcd_ms1"}));
}

TEST_MAIN({"flow of openQCD gives its t0", openqcd_flow_gives_its_t0},
          {"one observable of a file alone", openqcd_flow_of_one_observable_alone},
          {"log of openQCD", openqcd_log_has_its_numbers},
          {"log of a run that was cut off", openqcd_log_of_a_run_that_was_cut_off},
          {"replica of openQCD", replica_are_told_by_their_files},
          {"cut files of openQCD", cut_openqcd_files_are_refused},
          {"reweighting factors", reweighting_factors_of_first_and_last_versions},
          {"reweighting factors of openQCD 1.6", reweighting_factors_of_openqcd_16},
          {"openQCD by its bytes", openqcd_files_are_told_by_their_bytes}, {"mesons of openQCD", mesons_of_openqcd},
          {"output.data of tmLQCD", tmlqcd_output_has_its_means},
          {"gradient flow of tmLQCD", tmlqcd_flow_is_consistent},
          {"online measurements of tmLQCD", tmlqcd_online_measurements_are_unfolded},
          {"damaged files of tmLQCD", damaged_tmlqcd_files_are_refused},
          {"correlators of MILC", milc_correlators_are_milcs},
          {"folder of MILC", milc_files_of_a_folder_are_one_series}, {"cut files of MILC", cut_milc_files_are_refused},
          {"columns of hadron and corrfitter", columns_of_the_field_have_their_means},
          {"names of columns", columns_have_names_and_numbers}, {"long lines of names", long_lines_of_names_are_read},
          {"damaged columns", damaged_columns_are_refused}, {"twins are noted", twins_are_noted},
          {"what is no table", what_is_no_table_is_not_taken_for_one}, {"faults", faults_leave_nothing_behind})
