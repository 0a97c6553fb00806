/* Results of plaq: a folder of result files as `plaq measure` leaves it, one result file, a gather of an
 * ensemble, or estimates as `plaq analyze` writes them.
 *
 * The number of a configuration, and its replica, are told by the name of its file (exchange_config_number); the name
 * of the ensemble is the run file's. Layouts: docs/formats.md.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange/estimates_hdf5.h"
#include "exchange/gather.h"
#include "exchange/result.h"

/* ---- what is one --------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* Files of plaq end in a line of its own, after HDF5's end. */
static bool has_seal(const char *path)
{
    static const char seal[] = "plaq crc32 ";
    plaq_file file = PLAQ_FILE_CLOSED;
    char end[20] = "";
    int64_t size = 0;
    bool found;

    if (plaq_file_open(&file, path) != PLAQ_OK) return false;
    found = plaq_file_size(&file, &size) == PLAQ_OK && size > (int64_t)sizeof end &&
            plaq_file_read(&file, size - (int64_t)sizeof end, end, sizeof end) == PLAQ_OK &&
            memcmp(end, seal, sizeof seal - 1) == 0;
    return plaq_file_close(&file) == PLAQ_OK && found;
}

/* Whether one of a folder's files is a result: the others may be damaged, or something else. */
static bool recognise_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    bool found = false;

    if (!dir) return false;
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        char *path = result_is_name(entry->d_name) ? plaq_strprintf("%s/%s", folder, entry->d_name) : NULL;

        found = path && has_seal(path);
        plaq_free(path);
    }
    closedir(dir);
    return found;
}

static bool recognise(const char *path, const char *head, size_t n)
{
    if (n == 0) return is_folder(path) && recognise_folder(path);
    return n > 8 && memcmp(head, "\211HDF\r\n\032\n", 8) == 0 && has_seal(path);
}

/* ---- a folder ------------------------------------------------------------------------------------------------ */

/* A file that is not a whole result is left out, and the notes say so. What does not fit to the others is a failure. */
static plaq_status read_file(result_reader *reader, const char *path, plaq_numbers *out, int *read)
{
    store_image image;
    plaq_status status = store_image_open(&image, path);

    if (status == PLAQ_E_DATA) return exchange_note(out, "%s; it is left out", plaq_message());
    if (status == PLAQ_OK) status = result_read(reader, &image, path);
    *read += status == PLAQ_OK;
    store_image_close(&image);
    return status;
}

static plaq_status read_alone(const char *path, result_reader *reader)
{
    store_image image;
    plaq_status status = store_image_open(&image, path);

    if (status == PLAQ_OK) status = result_read(reader, &image, path);
    store_image_close(&image);
    return status;
}

static plaq_status read_folder(const char *folder, result_reader *reader, plaq_numbers *out)
{
    result_paths list = {0};
    plaq_status status = result_paths_find(folder, &list);
    int read = 0;

    for (int i = 0; status == PLAQ_OK && i < list.count; i++) status = read_file(reader, list.path[i], out, &read);
    if (status == PLAQ_OK && read == 0)
        status = plaq_fail(PLAQ_E_DATA, "%s: none of its %d files NAME.h5 is a whole result%s%s", folder, list.count,
                           out->notes ? "; the first: " : "", out->notes ? out->note[0] : "");
    result_paths_clear(&list);
    return status;
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static plaq_status read_results(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    result_reader reader = {.wanted = wanted};
    plaq_status status;
    char name[4096];

    exchange_path_name(path, name, sizeof name);
    PLAQ_TRY(
        exchange_name(reader.ensemble, sizeof reader.ensemble, wanted->ensemble ? wanted->ensemble : name, "ensemble"));
    PLAQ_TRY(exchange_rows_create(&reader.rows));
    status = is_folder(path) ? read_folder(path, &reader, out) : read_alone(path, &reader);
    if (status == PLAQ_OK) status = exchange_rows_finish(reader.rows, out);
    result_reader_clear(&reader);
    return status;
}

/* One file: which of ours it is stands in it. */
static plaq_status read_file_of_ours(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    char format[64];
    plaq_status status;
    hid_t file;

    PLAQ_TRY(store_file_open(path, &file, format));
    if (strcmp(format, GATHER_FORMAT) == 0)
        status = gather_read(file, path, wanted, out);
    else if (strcmp(format, ESTIMATES_FORMAT) == 0)
        status = estimates_read(file, path, wanted, out);
    else
        status = read_results(path, wanted, out);
    H5Fclose(file);
    return status;
}

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return is_folder(path) ? read_results(path, wanted, out) : read_file_of_ours(path, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_plaq = {
    .name = "plaq",
    .brief = "results of plaq: a folder, one file, a gather, or estimates",
    .reference = "docs/formats.md",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
