/* Pages from quantities made by hand: what is drawn and what is said in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"
#include "support/test.h"

enum { MOST_QUANTITIES = 16 };

/* A page under way; all of it is freed after the case. */
typedef struct {
    plaq_page page;
    plaq_made made[MOST_QUANTITIES];
    const plaq_made *list[MOST_QUANTITIES];
    plaq_chains *chains;
    char *text;
} sheet;

static void clear(void *given)
{
    sheet *s = given;

    for (int q = 0; q < s->page.quantities; q++) {
        plaq_made *m = &s->made[q];

        for (size_t i = 0; m->error && i < m->estimate.size; i++) plaq_uncertainty_clear(&m->error[i]);
        plaq_free(m->error);
        plaq_free(m->x);
        plaq_free(m->label);
        plaq_free(m->scan);
        plaq_estimate_clear(&m->estimate);
    }
    plaq_chains_release(&s->chains);
    plaq_free(s->text);
    plaq_free(s);
}

/* A page of replica with @p configs configurations each, in steps of two and without the fifth */
static sheet *fresh_replica(size_t configs, int replica)
{
    sheet *s = plaq_alloc(1, sizeof *s);
    plaq_chain chain[2] = {{.ensemble = "b6.00 <8x16>", .replica = "r0"},
                           {.ensemble = "b6.00 <8x16>", .replica = "r1"}};
    int64_t *config = plaq_alloc(configs, sizeof *config);
    bool ok = s && config;

    for (size_t c = 0; ok && c < configs; c++) config[c] = 100 + 2 * (int64_t)(c + (c > 3));
    for (int r = 0; r < replica; r++) {
        chain[r].count = configs;
        chain[r].config = config;
    }
    ok = ok && plaq_chains_create(chain, replica, &s->chains) == PLAQ_OK;
    plaq_free(config);
    if (!test_check(ok, __FILE__, __LINE__, "a sheet: %s", plaq_message())) return NULL;
    s->page = (plaq_page){.title = "b6.00 <8x16>",
                          .path = "results/a&b",
                          .method = "Gamma method, S = 1.5",
                          .quantity = s->list};
    test_later(clear, s);
    return s;
}

static sheet *fresh_sheet(size_t configs)
{
    return fresh_replica(configs, 1);
}

/* One more quantity: size numbers with mean(i) and noise(i) of normal numbers with an autocorrelation. */
static plaq_made *add(sheet *s, const char *name, const char *step, size_t size, double (*mean)(size_t),
                      double (*noise)(size_t))
{
    const plaq_gamma_method method = {.window = 1.5};
    size_t n = s->chains->configs;
    plaq_made *m = &s->made[s->page.quantities];
    double *samples = plaq_alloc(n * size, sizeof *samples), *kept = plaq_alloc(size, sizeof *kept);
    bool ok = samples && kept;

    s->list[s->page.quantities++] = m;
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->unit, sizeof m->unit, "1");
    m->step = step;
    for (size_t c = 0; ok && c < n; c++)
        for (size_t i = 0; i < size; i++) {
            double normal[4];

            plaq_random_normal(77, PLAQ_RANDOM_TEST, (uint64_t)s->page.quantities, c, i, normal);
            kept[i] = 0.5 * kept[i] + normal[0];
            samples[c * size + i] = mean(i) + noise(i) * kept[i];
        }
    ok = ok && plaq_estimate_primary(s->chains, size, samples, &m->estimate) == PLAQ_OK;
    m->error = ok ? plaq_alloc(size, sizeof *m->error) : NULL;
    for (size_t i = 0; m->error && i < size; i++)
        ok = ok && plaq_estimate_error(&m->estimate, i, &method, &m->error[i]) == PLAQ_OK;
    plaq_free(samples);
    plaq_free(kept);
    test_check(ok && m->error, __FILE__, __LINE__, "%s: %s", name, plaq_message());
    return m;
}

static void put_x(plaq_made *m, const char *name, double step)
{
    m->x = plaq_alloc(m->estimate.size, sizeof *m->x);
    for (size_t i = 0; m->x && i < m->estimate.size; i++) m->x[i] = step * (double)i;
    snprintf(m->x_name, sizeof m->x_name, "%s", name);
}

/* The page as text, into s->text */
static bool write_page(sheet *s, const plaq_figure_files *files)
{
    char path[4096];
    size_t n;

    test_scratch_path(path, "page.html");
    plaq_free(s->text);
    s->text = NULL;
    return test_status(PLAQ_OK, plaq_page_write(&s->page, files, path), __FILE__, __LINE__, "plaq_page_write") &&
           test_status(PLAQ_OK, plaq_file_slurp(path, 1 << 24, &s->text, &n), __FILE__, __LINE__, "read the page");
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)); text += strlen(word)) n++;
    return n;
}

static double plaquette(size_t i)
{
    (void)i;
    return 0.5942;
}
static double small(size_t i)
{
    (void)i;
    return 2e-4;
}
static double zero(size_t i)
{
    (void)i;
    return 0;
}
static double minus_one(size_t i)
{
    (void)i;
    return -1.02;
}
static double two(size_t i)
{
    (void)i;
    return 2;
}
static double tiny(size_t i)
{
    (void)i;
    return 0.03;
}
static double third(size_t i)
{
    (void)i;
    return 0.33;
}

static double scale(size_t i)
{
    (void)i;
    return 3.1;
}
static double rising(size_t i)
{
    return 0.3 * tanh(0.35 * (double)i / 3.1 * 10 / 10) / tanh(0.35 * 10);
}
static double plateau(size_t i)
{
    return 0.45 + 0.4 * exp(-0.9 * (double)i);
}
static double higher(size_t i)
{
    return 0.62 + 0.5 * exp(-0.8 * (double)i);
}
static double growing(size_t i)
{
    return 0.004 * exp(0.28 * (double)i);
}
static double mass(size_t i)
{
    return i ? 2.3 : 0.45;
}
static double falling(size_t i)
{
    return 3 * exp(-0.45 * (double)i);
}
static double relative(size_t i)
{
    return 0.02 * falling(i);
}

static void numbers_are_in_the_table(void)
{
    sheet *s = fresh_sheet(40);
    char value[64];

    if (!s) return;
    add(s, "plaquette.mean", "mean", 1, plaquette, small);
    plaq_number_text(s->made[0].estimate.value[0], s->made[0].error[0].error, 0, value, sizeof value);
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, value) && strstr(s->text, "plaquette.mean</span>"));
    CHECK(strstr(s->text, "<h1>b6.00 &lt;8x16&gt;</h1>") && strstr(s->text, "results/a&amp;b"));
    CHECK(!strstr(s->text, ">nan") && !strstr(s->text, " nan") && !strstr(s->text, ">inf"));
    CHECK(count(s->text, "<figure ") == 2 && count(s->text, "<svg ") == 2);
}

/* A colour each, and their names in the legend */
static void replica_are_told_apart(void)
{
    sheet *s = fresh_replica(20, 2);

    if (!s) return;
    add(s, "plaquette.mean", "mean", 1, plaquette, small);
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, "<b>40</b><span>configurations") && strstr(s->text, ">r0<") && strstr(s->text, ">r1<"));
    CHECK(count(s->text, "href='#f1-gpPt6' transform") == 20 + 1 &&
          count(s->text, "href='#f1-gpPt4' transform") == 20 + 1);
}

/* A constant has no history worth a figure, a frozen charge no autocorrelation and no distribution. */
static void frozen_charges_are_said_in_words(void)
{
    sheet *s = fresh_sheet(40);

    if (!s) return;
    add(s, "flow.charge_end", "mean", 1, minus_one, tiny)->source = (char *)"flow.charge_end";
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, "stays in sector -1 on all 40 configurations"));
    CHECK(count(s->text, "<figure ") == 1 && !strstr(s->text, "ρ(Δ)"));
    add(s, "constant", "mean", 1, minus_one, zero);
    if (!write_page(s, NULL)) return;
    CHECK(count(s->text, "<figure ") == 1);
    add(s, "Q", "mean", 1, zero, two)->source = (char *)"flow.charge_end";
    if (!write_page(s, NULL)) return;
    CHECK(count(s->text, "<figure ") == 4 && count(s->text, "in sector") == 2);
}

/* Numbers in between integers have not been smoothed enough to tell a sector. */
static void charges_without_sectors_are_not_frozen(void)
{
    sheet *s = fresh_sheet(40);

    if (!s) return;
    add(s, "Q", "mean", 1, third, tiny)->source = (char *)"flow.charge_end";
    if (!write_page(s, NULL)) return;
    CHECK(!strstr(s->text, "in sector") && count(s->text, "<figure ") == 3);
}

/* Effective masses of a kind share a figure; a fit is a band there, a scan two figures. */
static void everything_has_its_figure(void)
{
    sheet *s = fresh_sheet(60);
    plaq_made *m;

    if (!s) return;
    m = add(s, "t0", "mean", 1, scale, tiny);
    m->source = (char *)"flow.t0";
    snprintf(m->unit, sizeof m->unit, "a^2");
    m = add(s, "t2E", "mean", 50, rising, small);
    m->source = (char *)"flow.t2E";
    put_x(m, "flow", 0.1);
    put_x(add(s, "pion", "mean", 16, falling, relative), "t", 1);
    m = add(s, "m_eff_pion", "effective_mass", 15, plateau, growing);
    snprintf(m->of, sizeof m->of, "pion");
    put_x(m, "t", 1);
    put_x(add(s, "m_eff_rho", "effective_mass", 15, higher, growing), "t", 1);
    m = add(s, "m_pi", "fit", 1, mass, tiny);
    snprintf(m->of, sizeof m->of, "pion");
    m->fitted = true;
    m->dof = 5;
    m->chi2 = 4.2;
    m->p = 0.52;
    m->from = 3;
    m->to = 12;
    m->scans = 6;
    m->scan = plaq_alloc(6, sizeof *m->scan);
    for (int i = 0; m->scan && i < 6; i++)
        m->scan[i] = (plaq_scanned){
            .first = 3 + i / 2, .last = 12 + i % 2, .value = 0.45 + 0.01 * i, .error = 0.01, .weight = exp(-i) * 0.63};
    if (!write_page(s, NULL)) return;
    CHECK(count(s->text, "<figure ") == 3 + 2 + 2);
    CHECK(strstr(s->text, ">t² E(t)<") && strstr(s->text, ">t0 = ") && strstr(s->text, ">m_pi = "));
    CHECK(strstr(s->text, ">m_eff_pion<") && strstr(s->text, ">m_eff_rho<") &&
          strstr(s->text, "0.84 <span class=\"soft less\">p = 0.52<"));
}

static double parameter(size_t i)
{
    static const double r0_r1_v0_alpha_sigma[] = {5.4, 3.6, 0.63, 0.28, 0.047};

    return r0_r1_v0_alpha_sigma[i];
}

static double of_v0(size_t i)
{
    return i == 2 ? 0.01 : 0;
}

static double linear(size_t i)
{
    return 0.35 + 0.06 * (double)i;
}

/* With V0 alone uncertain, the curve is off by as much everywhere. */
static void potentials_are_drawn_with_their_fit(void)
{
    static const char *const labels[] = {"r0", "r1", "V0", "alpha", "sigma"};
    const double r[] = {1, 2.5, 8};
    sheet *s = fresh_sheet(60);
    double v[3], error[3];
    plaq_made *m;

    if (!s) return;
    put_x(add(s, "V", "collect", 9, linear, small), "r", 1);
    for (size_t i = 0; i < 9; i++) s->made[0].x[i] += 1;
    m = add(s, "scale", "potential", 5, parameter, of_v0);
    snprintf(m->of, sizeof m->of, "V");
    m->label = plaq_alloc(5, sizeof *m->label);
    CHECK(m->label != NULL);
    for (int i = 0; i < 5; i++) snprintf(m->label[i], sizeof m->label[i], "%s", labels[i]);
    m->apart = m->fitted = true;
    m->from = 2;
    m->to = 9;
    CHECK_STATUS(PLAQ_OK, report_potential(m, 3, r, v, error));
    for (int i = 0; i < 3; i++) {
        CHECK_CLOSE(v[i], m->estimate.value[2] - 0.28 / r[i] + 0.047 * r[i], 1e-14); /* rounding alone */
        CHECK_CLOSE(error[i], m->error[2].error, 1e-10); /* that of differences of numbers near 0.6 */
    }
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, "<span>Static potential</span>") && strstr(s->text, ">r0/a = ") &&
          strstr(s->text, ">a V(r)<"));
}

/* What is watched has a history where no quantity is of the same numbers, and no row in the table. */
static void watched_numbers_have_histories(void)
{
    sheet *s = fresh_sheet(20);
    int all;

    if (!s) return;
    add(s, "plaq", "mean", 1, plaquette, small)->source = (char *)"plaquette.mean";
    add(s, "plaquette.mean", "mean", 1, plaquette, small)->source = (char *)"plaquette.mean";
    add(s, "charge", "mean", 1, minus_one, tiny)->source = (char *)"flow.charge_end";
    add(s, "t0", "scale", 1, scale, tiny);
    all = s->page.quantities;
    s->page.quantities = 1;
    s->page.watched = 3;
    s->page.watch = &s->list[1];
    if (write_page(s, NULL)) {
        test_check(count(s->text, "<figure ") == 2 + 1, __FILE__, __LINE__,
                   "a history of the charge beside that of plaq");
        test_check(strstr(s->text, "charge</b>: frozen") != NULL, __FILE__, __LINE__, "the charge is frozen");
        test_check(!strstr(s->text, "class=\"name\">charge"), __FILE__, __LINE__, "the table is of quantities");
    }
    s->page.quantities = all; /* to be freed */
}

/* Whatever failed is named; nothing is markup. */
static void trouble_is_said(void)
{
    sheet *s = fresh_sheet(12);
    const char *const notes[] = {"configuration 108 is not there <b>"};
    const plaq_failure failures[] = {{"cfg_7.h5", "plaquette is 0.5, the header says 0.6 & \"more\""}};

    if (!s) return;
    add(s, "plaquette.mean", "mean", 1, plaquette, small);
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, "no configuration failed") && !strstr(s->text, "class=\"alarm\""));
    s->page.notes = 1;
    s->page.note = notes;
    s->page.failures = 1;
    s->page.failure = failures;
    s->made[1] = (plaq_made){.name = "m<pi>",
                             .step = "fit",
                             .status = PLAQ_E_CONVERGENCE,
                             .message = (char *)"no minimum after 200 steps"};
    s->list[s->page.quantities++] = &s->made[1];
    if (!write_page(s, NULL)) return;
    CHECK(strstr(s->text, "configuration 108 is not there &lt;b&gt;") &&
          strstr(s->text, "m&lt;pi&gt;</b>: no minimum after 200"));
    CHECK(strstr(s->text, "cfg_7.h5</b>: plaquette is 0.5, the header says 0.6 &amp; &quot;more&quot;"));
    CHECK(count(s->text, "class=\"alarm\"") == 3 && !strstr(s->text, "no configuration failed"));
}

/* Files of figures have names that no shell or file system minds, and no two the same. */
static void figures_are_files_too(void)
{
    sheet *s = fresh_sheet(12);
    char folder[4096], path[4200];

    if (!s) return;
    test_scratch_path(folder, "figures/of this page");
    add(s, "a/b", "mean", 1, plaquette, small);
    add(s, "a b", "mean", 1, plaquette, small);
    if (!write_page(s, &(plaq_figure_files){.folder = folder, .kind = PLAQ_PICTURE_PDF})) return;
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"a_b_history", "a_b_autocorrelation", "a_b_history_2",
                                            "a_b_autocorrelation_2"};

        snprintf(path, sizeof path, "%s/%s.pdf", folder, names[i]);
        CHECK(plaq_path_exists(path));
    }
}

static void destroy_study(void *study)
{
    plaq_study_destroy(&(plaq_study *){study});
}

static plaq_status write_once(void *given)
{
    char path[4096];

    test_scratch_path(path, "faulty.html");
    return plaq_page_write(given, NULL, path);
}

static void failures_leave_nothing(void)
{
    sheet *s = fresh_sheet(8);

    if (!s) return;
    add(s, "plaquette.mean", "mean", 1, plaquette, small);
    put_x(add(s, "m_eff", "effective_mass", 3, plateau, small), "t", 1);
    CHECK_FAULT_SWEEP(write_once, &s->page);
}

/* Quantities of an analysis have few letters to be called by, columns of a file any. */
static void any_results_have_an_analysis(void)
{
    static const char table[] = "config,a<b,a/b\n1,0.5,2\n2,0.25,3\n3,0.125,4\n4,0.75,5\n5,0.5,3.5\n";
    plaq_study *study = NULL;
    char path[4096], *text = NULL;
    const plaq_made *made;

    test_scratch_path(path, "table \"quoted\".csv");
    CHECK(test_put_file(path, table, sizeof table - 1));
    CHECK_STATUS(PLAQ_OK, plaq_page_analysis((const char *const[]){path}, 1, &text));
    test_later(plaq_free, text);
    CHECK_STATUS(PLAQ_OK, plaq_study_parse(text, "test", NULL, 0, &study));
    test_later(destroy_study, study);
    CHECK_STATUS(PLAQ_OK, plaq_study_run(study));
    CHECK(plaq_study_count(study) == 2);
    for (int i = 0; i < 2; i++) {
        made = plaq_study_made(study, i);
        CHECK(strcmp(made->name, i ? "a_b_2" : "a_b") == 0);
        CHECK(made->status == PLAQ_OK && made->estimate.size == 1);
        CHECK_SAME(made->estimate.value[0], strcmp(made->source, "a<b") == 0 ? 0.425 : 3.5);
    }
}

static plaq_status analyse_once(void *given)
{
    const char *const path[] = {given};
    char *text;
    plaq_status status = plaq_page_analysis(path, 1, &text);

    if (status == PLAQ_OK) plaq_free(text);
    return status;
}

/* Failures of plaq measure are told by its files. */
static void failed_configurations_are_found(void)
{
    static const char words[] = "cfg_7.h5: plaquette is 0.5\n";
    plaq_beside beside;
    char folder[4096], path[4200];

    test_scratch_path(folder, "out");
    snprintf(path, sizeof path, "%s/failed", folder);
    CHECK_STATUS(PLAQ_OK, plaq_path_make_folder(path));
    snprintf(path, sizeof path, "%s/failed/cfg_7.h5.txt", folder);
    CHECK(test_put_file(path, words, sizeof words - 1));
    CHECK_STATUS(PLAQ_OK, plaq_beside_read(folder, &beside));
    CHECK(beside.facts == 0 && beside.failures == 1 && strcmp(beside.failure[0].what, "cfg_7.h5") == 0);
    CHECK(strcmp(beside.failure[0].why, "cfg_7.h5: plaquette is 0.5") == 0);
    plaq_beside_clear(&beside);
    CHECK_STATUS(PLAQ_OK, plaq_beside_read("/nonexistent", &beside));
    CHECK(beside.facts == 0 && beside.failures == 0);
    plaq_beside_clear(&beside);
}

static plaq_status look_beside_once(void *given)
{
    plaq_beside beside;
    plaq_status status = plaq_beside_read(given, &beside);

    if (status == PLAQ_OK) plaq_beside_clear(&beside);
    return status;
}

static void failures_of_reading_leave_nothing(void)
{
    char path[4096];

    test_scratch_path(path, "table \"quoted\".csv");
    for (long n = 1, left = 0; left == 0; n++) { /* a format that cannot look at a file is not told, another is tried */
        size_t blocks = plaq_alloc_blocks();

        plaq_fault_arm(n);
        (void)!analyse_once(path);
        left = plaq_fault_left();
        plaq_fault_arm(0);
        CHECK(plaq_alloc_blocks() == blocks && n < 10000);
    }
    test_scratch_path(path, "out");
    CHECK_FAULT_SWEEP(look_beside_once, path);
}

TEST_MAIN({"numbers are in the table", numbers_are_in_the_table}, {"replica are told apart", replica_are_told_apart},
          {"frozen charges are said in words", frozen_charges_are_said_in_words},
          {"charges without sectors are not frozen", charges_without_sectors_are_not_frozen},
          {"everything has its figure", everything_has_its_figure},
          {"potentials are drawn with their fit", potentials_are_drawn_with_their_fit},
          {"watched numbers have histories", watched_numbers_have_histories}, {"trouble is said", trouble_is_said},
          {"figures are files too", figures_are_files_too}, {"failures leave nothing", failures_leave_nothing},
          {"any results have an analysis", any_results_have_an_analysis},
          {"failed configurations are found", failed_configurations_are_found},
          {"failures of reading leave nothing", failures_of_reading_leave_nothing})
