/* The output folder: what killed runs left in it, and the notes of failures. Rank 0 alone.
 *
 *     <output>/<configuration>.h5            a result (its name without a last ".h5", if it has one)
 *     <output>/<configuration>.h5.tmp.<pid>  one being written; what is left of it is removed by the next run
 *     <output>/failed/<configuration>.txt    why the last attempt failed: in words; what was measured, on what
 *     <output>/claims/                       who measures what now: claim.c
 *     <output>/.index                        what a plan found out, for the next time: index.c
 *
 * Half-written files are written by who holds the claim of their result. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run.h"

/* ---- what a killed run left ---------------------------------------------------------------------------------- */

/* "<name>.h5.tmp.<digits>" and "<name>.txt.tmp.<digits>": ours, never whole. */
static bool is_left_over(const char *name)
{
    const char *tmp = strstr(name, ".tmp.");

    if (!tmp || !tmp[5] || tmp[5 + strspn(tmp + 5, "0123456789")]) return false;
    if (strncmp(name, ".index.tmp.", 11) == 0) return true;
    return (tmp - name > 3 && strncmp(tmp - 3, ".h5", 3) == 0) || (tmp - name > 4 && strncmp(tmp - 4, ".txt", 4) == 0);
}

/* Whether the job that writes it may live: there is a claim of the result. Where there was none after the file was
 * seen, nobody writes it. */
static plaq_status is_claimed(const char *output, const char *name, bool *claimed)
{
    size_t n = (size_t)(strstr(name, ".tmp.") - name);
    char *result = plaq_strprintf("%.*s", (int)n, name), *config = NULL, *path = NULL;
    plaq_status status = PLAQ_E_MEMORY;

    if (result && n > 4 && strcmp(result + n - 4, ".txt") == 0) {
        result[n - 4] = '\0'; /* the note of a failure has the configuration's name */
        config = run_result_path(output, result);
    }
    if (result) path = run_claim_path(output, config ? config : result);
    if (path) {
        *claimed = plaq_path_exists(path);
        status = PLAQ_OK;
    }
    plaq_free(path);
    plaq_free(config);
    plaq_free(result);
    return status;
}

static plaq_status sweep_one(const char *output, const char *folder, const char *name)
{
    char *path = plaq_strprintf("%s/%s", folder, name);
    plaq_status status = path ? PLAQ_OK : PLAQ_E_MEMORY;
    bool claimed = true;

    if (name[0] == '.')
        claimed = false; /* an index belongs to nobody */
    else if (status == PLAQ_OK)
        status = is_claimed(output, name, &claimed);
    if (path && !claimed) {
        plaq_log(PLAQ_LOG_INFO, "removing %s, left by a run that was killed", path);
        plaq_path_remove(path);
    }
    plaq_free(path);
    return status;
}

static plaq_status sweep(const char *output, const char *folder)
{
    DIR *dir;
    plaq_status status = PLAQ_OK;

    errno = EIO;
    dir = plaq_fault() ? NULL : opendir(folder);
    if (!dir && errno == ENOENT) return PLAQ_OK;
    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));)
        if (is_left_over(entry->d_name)) status = sweep_one(output, folder, entry->d_name);
    closedir(dir);
    return status;
}

plaq_status run_folder_sweep(const char *output)
{
    char *failed = plaq_strprintf("%s/failed", output);
    plaq_status status = failed ? sweep(output, output) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = sweep(output, failed);
    plaq_free(failed);
    return status;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

char *run_result_path(const char *output, const char *config)
{
    const char *base = plaq_path_base(config);
    size_t n = strlen(base);

    if (n > 3 && strcmp(base + n - 3, ".h5") == 0) n -= 3;
    return plaq_strprintf("%s/%.*s.h5", output, (int)n, base);
}

char *run_failed_path(const char *output, const char *config)
{
    return plaq_strprintf("%s/failed/%s.txt", output, plaq_path_base(config));
}

bool run_is_same_file(const char *a, const char *b)
{
    struct stat s, t;

    return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

int64_t run_time_of(const struct stat *s)
{
    return (int64_t)s->st_mtim.tv_sec * 1000000000 + s->st_mtim.tv_nsec;
}

/* ---- notes of failures --------------------------------------------------------------------------------------- */

static plaq_status write_note(const char *path, const char *text)
{
    char *aside = plaq_strprintf("%s.tmp.%ld", path, (long)getpid());
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;

    if (!aside) return PLAQ_E_MEMORY;
    status = plaq_file_create(&file, aside);
    if (status == PLAQ_OK) status = plaq_file_write(&file, 0, text, strlen(text));
    if (status == PLAQ_OK) status = plaq_file_sync(&file);
    closed = plaq_file_close(&file);
    if (status == PLAQ_OK) status = closed;
    if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
    if (status != PLAQ_OK) plaq_path_remove(aside);
    plaq_free(aside);
    return status;
}

plaq_status run_failed_note(const char *output, const plaq_plan_entry *entry, const char *work, const char *words)
{
    char *folder = plaq_strprintf("%s/failed", output), *path = run_failed_path(output, entry->path);
    char *text = plaq_strprintf("%.*s\n%s %s, written %lld\n", (int)strcspn(words, "\n"), words, work, entry->identity,
                                (long long)entry->written);
    plaq_status status = folder && path && text ? plaq_path_make_folder(folder) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = write_note(path, text);
    plaq_free(text);
    plaq_free(path);
    plaq_free(folder);
    return status;
}

plaq_status run_failed_clear(const char *output, const char *config)
{
    char *path = run_failed_path(output, config);

    if (!path) return PLAQ_E_MEMORY;
    plaq_path_remove(path);
    plaq_free(path);
    return PLAQ_OK;
}

plaq_status run_failed_read(const char *output, const char *config, char **words)
{
    char *path = run_failed_path(output, config);
    plaq_status status = PLAQ_OK;
    size_t n;

    *words = NULL;
    if (!path) return PLAQ_E_MEMORY;
    if (plaq_path_exists(path)) status = plaq_file_slurp(path, 1 << 16, words, &n);
    if (status == PLAQ_OK && *words) (*words)[strcspn(*words, "\n")] = '\0';
    plaq_free(path);
    return status;
}

plaq_status run_failed_since(const char *output, const plaq_plan_entry *entry, const char *work, int64_t since,
                             bool *failed)
{
    char *path = run_failed_path(output, entry->path), *text = NULL;
    char *line = plaq_strprintf("\n%s %s, written %lld\n", work, entry->identity, (long long)entry->written);
    plaq_status status = path && line ? PLAQ_OK : PLAQ_E_MEMORY;
    struct stat s;
    size_t n;

    *failed = false;
    if (status == PLAQ_OK && stat(path, &s) == 0 && run_time_of(&s) >= since) {
        status = plaq_file_slurp(path, 1 << 16, &text, &n);
        *failed = status == PLAQ_OK && strstr(text, line);
    }
    plaq_free(text);
    plaq_free(line);
    plaq_free(path);
    return status;
}
