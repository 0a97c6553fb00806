/* HDF5 without MPI-IO (PLAQ_MPI_IO=off, mpi_io: false): the same files, byte for byte, and the same links from files
 * that are read through HDF5, on any number of ranks; failures are of all ranks alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/fermion.h"
#include "plaq/gauge.h"
#include "support/test.h"

static const int dims[4] = {4, 6, 2, 8};
static const plaq_config_facts config_facts = {.plaquette = 0.5, .ensemble = "e", .number = 7, .history = "h"};
static const plaq_propagator_facts some_facts = {.source = "point", .at = {1, 2, 0, 3}, .action = "clover"};

/* CRC-32 of a file, from one rank to all; 0 with the case failed. */
static uint32_t file_crc(const char *path)
{
    uint32_t crc = 0;
    plaq_status status = PLAQ_OK;
    char *bytes;
    size_t n;

    if (plaq_comm_rank(test_comm()) == 0) {
        status = plaq_file_slurp(path, 1 << 28, &bytes, &n);
        if (status == PLAQ_OK) crc = plaq_crc32(0, bytes, n);
        if (status == PLAQ_OK) plaq_free(bytes);
    }
    plaq_broadcast(test_comm(), &crc, sizeof crc);
    return test_status(PLAQ_OK, plaq_agree(test_comm(), status), __FILE__, __LINE__, path) ? crc : 0;
}

static plaq_gauge *links_on(const int grid[4])
{
    plaq_lattice *lattice = test_lattice_on(dims, grid, 0);

    return lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 11) : NULL;
}

static void configurations_are_the_same_bytes(void)
{
    int grid[4] = {0, 1, 1, 1};
    char path[4096];

    test_scratch_path(path, "n.h5");
    while (test_next_grid(dims, grid)) {
        plaq_gauge *u = links_on(grid);

        CHECK(u);
        for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
            uint32_t crc[2];

            for (int on = 0; on < 2; on++) {
                plaq_status status;

                plaq_par_use_mpi_io(on);
                status = plaq_config_write(plaq_gauge_links(u), path, "hdf5", (plaq_prec)prec, &config_facts);
                plaq_par_use_mpi_io(true);
                CHECK_STATUS(PLAQ_OK, status);
                crc[on] = file_crc(path);
            }
            CHECK(crc[0] && crc[0] == crc[1]);
        }
    }
}

static void propagators_are_the_same_bytes(void)
{
    static const char *const formats[] = {"hdf5", "qdpxx"};
    static const double residual[12] = {1e-11};
    plaq_propagator_facts facts = some_facts;
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_columns *f = NULL;
    char path[4096];

    CHECK(lattice);
    CHECK_STATUS(PLAQ_OK, plaq_columns_create(lattice, PLAQ_DOUBLE, 12, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &f));
    test_later_columns(&f);
    for (int x = 0; x < plaq_lattice_sites(lattice)->body[0]; x++)
        plaq_columns_put(f, plaq_lattice_sites(lattice)->place[0][x], x % 12,
                         (double[PLAQ_SPINOR_REALS]){x, -1, 0.5, plaq_comm_rank(test_comm())});
    facts.residual = residual;
    test_scratch_path(path, "s.h5");
    for (int i = 0; i < 4; i++) {
        uint32_t crc[2];

        for (int on = 0; on < 2; on++) {
            plaq_status status;

            plaq_par_use_mpi_io(on);
            status = plaq_propagator_write(f, 0, 12, path, formats[i / 2], (plaq_prec)(i % 2), &facts);
            plaq_par_use_mpi_io(true);
            CHECK_STATUS(PLAQ_OK, status);
            crc[on] = file_crc(path);
        }
        CHECK(crc[0] && crc[0] == crc[1]);
    }
}

static plaq_status read_config(const char *path, plaq_gauge *u)
{
    plaq_config_report report;
    plaq_config *c = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_config_open(test_comm(), path, NULL, &c));
    status = plaq_config_read(c, plaq_gauge_links(u), &report);
    plaq_config_close(&c);
    return status == PLAQ_OK && !report.checksum_ok ? plaq_fail(PLAQ_E_DATA, "checksum") : status;
}

/* A compressed copy cannot be read as plain bytes: HDF5 reads it on each rank. */
static void compressed_files_give_the_same_links(void)
{
    int grid[4] = {0, 1, 1, 1}, repacked = 0;
    char path[4096], copy[4096], command[16384];
    plaq_gauge *from = links_on(NULL);
    double plaquette[6], seen[6];

    test_scratch_path(path, "n.h5");
    test_scratch_path(copy, "n.gz.h5");
    CHECK(from);
    CHECK_STATUS(PLAQ_OK, plaq_config_write(plaq_gauge_links(from), path, "hdf5", PLAQ_DOUBLE, &config_facts));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(from, plaquette, NULL));
    snprintf(command, sizeof command, "rm -f '%s'; h5repack -f links:GZIP=1 '%s' '%s' >/dev/null 2>&1", copy, path,
             copy);
    if (plaq_comm_rank(test_comm()) == 0) repacked = system(command) == 0;
    plaq_broadcast(test_comm(), &repacked, sizeof repacked);
    if (!repacked) SKIP("no h5repack");
    while (test_next_grid(dims, grid)) {
        plaq_gauge *u = links_on(grid);
        plaq_status status;

        CHECK(u);
        plaq_gauge_hot(u, 99);
        plaq_par_use_mpi_io(false);
        status = read_config(copy, u);
        plaq_par_use_mpi_io(true);
        CHECK_STATUS(PLAQ_OK, status);
        CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, seen, NULL));
        CHECK(memcmp(seen, plaquette, sizeof seen) == 0);
    }
}

static plaq_status write_without(void *given)
{
    char path[4096];
    plaq_status status;

    test_scratch_path(path, "faulty.h5");
    plaq_par_use_mpi_io(false);
    status = plaq_config_write(plaq_gauge_links(given), path, "hdf5", PLAQ_SINGLE, &config_facts);
    plaq_par_use_mpi_io(true);
    return status;
}

static void writing_fails_on_all_ranks_alike(void)
{
    plaq_gauge *u = links_on(NULL);

    CHECK(u);
    CHECK_FAULT_SWEEP(write_without, u);
}

TEST_MAIN({"without MPI-IO: configurations are the same bytes", configurations_are_the_same_bytes},
          {"without MPI-IO: propagators are the same bytes", propagators_are_the_same_bytes},
          {"without MPI-IO: compressed files give the same links", compressed_files_give_the_same_links},
          {"without MPI-IO: writing fails on all ranks alike", writing_fails_on_all_ranks_alike})
