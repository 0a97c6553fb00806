/* Fault sweep over configurations: each allocation and file operation of writing, and of opening and reading, fails
 * once, on the first rank and on the last. All ranks must end with the same failure, with nothing left allocated, and a
 * file that a writer leaves behind must be whole. The first case that hangs ends the program (test.c). */
#include <stdio.h>
#include <string.h>

#include "plaq/io.h"
#include "plaq/par.h"
#include "support/test.h"

static const int dims[4] = {4, 4, 8, 4};

typedef struct {
    plaq_gauge *u;
    const char *format;
    char path[2048];
} job;

/* Opens, makes a lattice of what the header says, reads. Collective. */
static plaq_status read_configuration(void *given)
{
    job *j = given;
    plaq_config *config = NULL;
    plaq_lattice *lattice = NULL;
    plaq_gauge *u = NULL;
    plaq_config_report report;
    plaq_status status;

    PLAQ_GO(plaq_config_open(test_comm(), j->path, NULL, &config));
    PLAQ_GO(plaq_lattice_create(test_comm(), plaq_config_get_header(config)->dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    PLAQ_GO(plaq_config_read(config, plaq_gauge_links(u), &report));
    if (!report.checksum_ok) status = plaq_fail(PLAQ_E_INTERNAL, "%s: checksum does not agree", j->path);
done:
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    plaq_config_close(&config);
    return status;
}

static plaq_status write_configuration(void *given)
{
    job *j = given;
    plaq_config_facts facts = {.plaquette = 0, .link_trace = 0, .ensemble = "faults", .number = 1, .history = ""};
    double planes[6], temporal, spatial;

    PLAQ_TRY(plaq_gauge_plaquette(j->u, planes, NULL));
    plaq_plane_means(planes, &facts.plaquette, &spatial, &temporal);
    PLAQ_TRY(plaq_gauge_link_trace(j->u, &facts.link_trace));
    return plaq_config_write(plaq_gauge_links(j->u), j->path, j->format, PLAQ_DOUBLE, &facts);
}

/* Replaces a file that is there; whatever fails, the file at that name stays whole. */
static plaq_status write_over(void *given)
{
    plaq_status status = write_configuration(given), read;
    long left = plaq_fault_left();

    plaq_fault_arm(0); /* the reader is another test's */
    read = read_configuration(given);
    if (read != PLAQ_OK) return plaq_note(PLAQ_E_INTERNAL, "after status %s", plaq_status_word(status));
    if (left > 0) plaq_fault_arm(left);
    return status;
}

static void sweep(const char *format)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    job j = {.u = test_random_gauge(lattice, PLAQ_DOUBLE, 77), .format = format};

    CHECK(j.u != NULL);
    snprintf(j.path, sizeof j.path, "%s/faults.%s", test_scratch(), format);
    CHECK_STATUS(PLAQ_OK, write_configuration(&j));
    CHECK_FAULT_SWEEP(read_configuration, &j);
    CHECK_FAULT_SWEEP(write_over, &j);
    CHECK_STATUS(PLAQ_OK, read_configuration(&j));
}

static void hdf5_fails_on_all_ranks_alike(void)
{
    sweep("hdf5");
}

static void ildg_fails_on_all_ranks_alike(void)
{
    sweep("ildg");
}

static void nersc_fails_on_all_ranks_alike(void)
{
    sweep("nersc");
}

/* Formats plaq does not write: their readers, on files of other programs. */
static void foreign_readers_fail_on_all_ranks_alike(void)
{
    static const char *const files[] = {"milc/lat.sample.l4444", "milc/lat.sample.l4444.scidac",
                                        "qdpxx/t_dprec_ildg.lime", "chroma/t_nersc.cfg"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = test_data(files[i]);
        job j = {.format = ""};

        if (!path) SKIP("the test data is absent");
        snprintf(j.path, sizeof j.path, "%s", path);
        CHECK_STATUS(PLAQ_OK, read_configuration(&j));
        CHECK_FAULT_SWEEP(read_configuration, &j);
    }
}

TEST_MAIN({"hdf5: a failing operation fails on all ranks alike", hdf5_fails_on_all_ranks_alike},
          {"ildg: a failing operation fails on all ranks alike", ildg_fails_on_all_ranks_alike},
          {"nersc: a failing operation fails on all ranks alike", nersc_fails_on_all_ranks_alike},
          {"readers of foreign files fail on all ranks alike", foreign_readers_fail_on_all_ranks_alike})
