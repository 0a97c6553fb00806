/* Results of plaq: a folder of result files as `plaq measure` leaves it, one result file, or a gather of an ensemble.
 *
 * The number of a configuration, and its replica, are told by the name of its file (exchange_config_number); the name
 * of the ensemble is the run file's. Layouts: docs/formats.md.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static bool is_result_name(const char *name)
{
    const size_t n = strlen(name);

    return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".h5") == 0;
}

/* Whether one of a folder's files is a result: the others may be damaged, or something else. */
static bool recognise_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    bool found = false;

    if (!dir) return false;
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        char *path = is_result_name(entry->d_name) ? plaq_strprintf("%s/%s", folder, entry->d_name) : NULL;

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

typedef struct {
    int count;
    char **path; /* owned */
} paths;

static void clear_paths(paths *list)
{
    for (int i = 0; i < list->count; i++) plaq_free(list->path[i]);
    plaq_free(list->path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static plaq_status add_path(const char *folder, const char *name, paths *list, int *room)
{
    if (list->count == *room) {
        char **more = plaq_alloc(*room ? 2 * (size_t)*room : 64, sizeof *more);

        if (!more) return PLAQ_E_MEMORY;
        if (list->count) memcpy(more, list->path, (size_t)list->count * sizeof *more);
        plaq_free(list->path);
        list->path = more;
        *room = *room ? 2 * *room : 64;
    }
    list->path[list->count] = plaq_strprintf("%s/%s", folder, name);
    if (!list->path[list->count]) return PLAQ_E_MEMORY;
    list->count++;
    return PLAQ_OK;
}

static plaq_status list_folder(const char *folder, paths *list)
{
    plaq_status status = PLAQ_OK;
    int room = 0;
    DIR *dir;

    errno = EIO;
    dir = plaq_fault() ? NULL : opendir(folder);
    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));)
        if (is_result_name(entry->d_name)) status = add_path(folder, entry->d_name, list, &room);
    closedir(dir);
    if (list->count) qsort(list->path, (size_t)list->count, sizeof *list->path, by_path);
    return status;
}

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
    paths list = {0};
    plaq_status status = list_folder(folder, &list);
    int read = 0;

    for (int i = 0; status == PLAQ_OK && i < list.count; i++) status = read_file(reader, list.path[i], out, &read);
    if (status == PLAQ_OK && read == 0)
        status = plaq_fail(PLAQ_E_DATA, "%s: none of its %d files NAME.h5 is a whole result%s%s", folder, list.count,
                           out->notes ? "; the first: " : "", out->notes ? out->note[0] : "");
    clear_paths(&list);
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

static plaq_status read(const char *path, const plaq_numbers_wanted *wanted, plaq_numbers *out)
{
    return read_results(path, wanted, out);
}

const plaq_numbers_format plaq_numbers_format_plaq = {
    .name = "plaq",
    .brief = "results of plaq: a folder, one file, or a gather",
    .reference = "docs/formats.md",
    .verified = true,
    .recognise = recognise,
    .read = read,
};
