/* What stands beside the numbers in a folder of results: provenance, and what failed. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

enum { TEXT_ROOM = 1 << 16 };

/* Facts of a result that hold for all of an ensemble, in the order in which they are shown, and in which words */
static const struct {
    const char *name, *shown;
} common[] = {
    {"ensemble", "ensemble"},
    {"dims", "extents X Y Z T"},
    {"time", "boundary in time"},
    {"format", "format of the configurations"},
    {"precision", "measured in precision"},
    {"plaq", "measured by plaq"},
    {"compiler", "built with"},
    {"libraries", "libraries"},
    {"hosts", "on"},
    {"written", "first result written"},
    {"conventions", "conventions"},
    {"run_file", "the run file"},
};

/* ---- names in a folder ------------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names that end so, sorted; *names is one block of pointers, each name plaq_alloc's. None where there is no folder. */
static plaq_status list_names(const char *folder, const char *end, char ***names, int *n)
{
    DIR *dir = opendir(folder);
    plaq_status status = PLAQ_OK;
    int room = 0;

    *names = NULL;
    *n = 0;
    if (!dir) return PLAQ_OK;
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name), tail = strlen(end);

        if (entry->d_name[0] == '.' || length <= tail || strcmp(entry->d_name + length - tail, end)) continue;
        if (*n == room) {
            char **more = plaq_alloc(room ? 2 * (size_t)room : 64, sizeof *more);

            if (more && *n) memcpy(more, *names, (size_t)*n * sizeof *more);
            if (!more) status = PLAQ_E_MEMORY;
            if (!more) break;
            plaq_free(*names);
            *names = more;
            room = room ? 2 * room : 64;
        }
        (*names)[*n] = plaq_strdup(entry->d_name);
        if ((*names)[*n])
            (*n)++;
        else
            status = PLAQ_E_MEMORY;
    }
    closedir(dir);
    if (*n) qsort(*names, (size_t)*n, sizeof **names, by_name);
    return status;
}

static void free_names(char **names, int n)
{
    for (int i = 0; i < n; i++) plaq_free(names[i]);
    plaq_free(names);
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static plaq_status read_facts(const char *file, plaq_beside *out)
{
    const size_t most = sizeof common / sizeof *common;
    char *text = plaq_alloc(TEXT_ROOM, 1);
    plaq_status status = text ? PLAQ_OK : PLAQ_E_MEMORY;

    out->fact = plaq_alloc(most, sizeof *out->fact);
    if (!out->fact) status = PLAQ_E_MEMORY;
    for (size_t i = 0; i < most && status == PLAQ_OK; i++) {
        char *copy;

        PLAQ_GO(plaq_store_fact(file, common[i].name, text, TEXT_ROOM));
        if (!*text) continue;
        copy = plaq_strdup(text);
        if (!copy) status = PLAQ_E_MEMORY;
        if (copy) out->fact[out->facts++] = (plaq_fact){.name = common[i].shown, .text = copy};
    }
done:
    plaq_free(text);
    return status;
}

/* The first file that is a whole result: others may be under way, damaged or of somebody else. */
static plaq_status find_facts(const char *folder, plaq_beside *out)
{
    char **names, *file, nothing[8];
    plaq_status status;
    int n;
    bool found = false;

    status = list_names(folder, ".h5", &names, &n);
    for (int i = 0; i < n && status == PLAQ_OK && !found; i++) {
        file = plaq_strprintf("%s/%s", folder, names[i]);
        if (!file) status = PLAQ_E_MEMORY;
        if (file) found = plaq_store_fact(file, "plaq", nothing, sizeof nothing) == PLAQ_OK;
        if (found) status = read_facts(file, out);
        plaq_free(file);
    }
    free_names(names, n);
    return status;
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

/* <folder>/failed/<configuration>.txt holds why the last attempt failed, as plaq measure leaves it. */
static plaq_status read_failure(const char *folder, const char *name, plaq_failure *failure)
{
    char *path = plaq_strprintf("%s/%s", folder, name), *what = plaq_strdup(name), *why = NULL;
    plaq_status status = path && what ? PLAQ_OK : PLAQ_E_MEMORY;
    size_t n;

    if (status == PLAQ_OK) status = plaq_file_slurp(path, TEXT_ROOM, &why, &n);
    plaq_free(path);
    if (status != PLAQ_OK) {
        plaq_free(what);
        return status;
    }
    what[strlen(what) - strlen(".txt")] = '\0';
    while (n && (why[n - 1] == '\n' || why[n - 1] == ' ')) why[--n] = '\0';
    *failure = (plaq_failure){.what = what, .why = why};
    return PLAQ_OK;
}

static plaq_status read_failures(const char *folder, plaq_beside *out)
{
    char *failed = plaq_strprintf("%s/failed", folder), **names = NULL;
    plaq_status status = failed ? PLAQ_OK : PLAQ_E_MEMORY;
    int n = 0;

    if (status == PLAQ_OK) status = list_names(failed, ".txt", &names, &n);
    out->failure = plaq_alloc((size_t)n + 1, sizeof *out->failure);
    if (!out->failure) status = PLAQ_E_MEMORY;
    for (int i = 0; i < n && status == PLAQ_OK; i++) {
        status = read_failure(failed, names[i], &out->failure[out->failures]);
        out->failures += status == PLAQ_OK;
    }
    free_names(names, n);
    plaq_free(failed);
    return status;
}

plaq_status plaq_beside_read(const char *path, plaq_beside *out)
{
    plaq_status status;

    *out = (plaq_beside){.facts = 0};
    status = find_facts(path, out);
    if (status == PLAQ_OK) status = read_failures(path, out);
    if (status != PLAQ_OK) plaq_beside_clear(out);
    return status;
}

void plaq_beside_clear(plaq_beside *beside)
{
    for (int i = 0; i < beside->facts; i++) plaq_free((char *)beside->fact[i].text);
    for (int i = 0; i < beside->failures; i++) {
        plaq_free((char *)beside->failure[i].what);
        plaq_free((char *)beside->failure[i].why);
    }
    plaq_free(beside->fact);
    plaq_free(beside->failure);
    *beside = (plaq_beside){.facts = 0};
}
