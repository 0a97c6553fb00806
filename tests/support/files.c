/* Files: written byte by byte, and configurations that are read. See test.h. */
#include <stdio.h>

#include "test.h"

static void close_config(void *object)
{
    plaq_config *config = object;

    plaq_config_close(&config);
}

void test_later_config(plaq_config **config)
{
    test_later(close_config, *config);
}

void test_scratch_path(char path[4096], const char *name)
{
    snprintf(path, 4096, "%s/%s", test_scratch(), name);
}

bool test_put_file(const char *path, const char *bytes, size_t n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(test_comm()) == 0) {
        status = plaq_file_create(&file, path);
        if (status == PLAQ_OK) status = plaq_file_write(&file, 0, bytes, n);
        if (plaq_file_close(&file) != PLAQ_OK) status = PLAQ_E_IO;
    }
    return plaq_agree(test_comm(), status) == PLAQ_OK;
}

plaq_status test_load(const char *path, const int dims[4], const char *raw, plaq_gauge **u)
{
    plaq_config_report report;
    plaq_config *config = NULL;
    plaq_lattice *lattice = NULL;
    plaq_status status;

    PLAQ_GO(plaq_config_open_raw(test_comm(), path, dims, raw, &config));
    PLAQ_GO(plaq_lattice_create(test_comm(), dims, NULL, test_lanes(), &lattice));
    test_later_lattice(&lattice);
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, u));
    test_later_gauge(u);
    PLAQ_GO(plaq_config_read(config, plaq_gauge_links(*u), &report));
done:
    plaq_config_close(&config);
    return status;
}
