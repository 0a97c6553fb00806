/* The result files of a folder. See result.h. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/result.h"

bool result_is_name(const char *name)
{
    const size_t n = strlen(name);

    return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".h5") == 0;
}

void result_paths_clear(result_paths *list)
{
    for (int i = 0; i < list->count; i++) plaq_free(list->path[i]);
    plaq_free(list->path);
    *list = (result_paths){0};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static plaq_status add_path(const char *folder, const char *name, result_paths *list, int *room)
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

plaq_status result_paths_find(const char *folder, result_paths *list)
{
    plaq_status status = PLAQ_OK;
    int room = 0;
    DIR *dir;

    errno = EIO;
    dir = plaq_fault() ? NULL : opendir(folder);
    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));)
        if (result_is_name(entry->d_name)) status = add_path(folder, entry->d_name, list, &room);
    closedir(dir);
    if (status != PLAQ_OK) result_paths_clear(list);
    if (list->count) qsort(list->path, (size_t)list->count, sizeof *list->path, by_path);
    return status;
}
