/* The output folder: its lock, what a killed run left in it, and the notes of failures. Rank 0 alone.
 *
 *     <output>/<configuration>.h5            a result (its name without a last ".h5", if it has one)
 *     <output>/<configuration>.h5.tmp.<pid>  one being written; removed by the next run
 *     <output>/failed/<configuration>.txt    why the last attempt failed
 *     <output>/.lock                         held by a run; says by which
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"

enum { lock_wait_seconds = 10 };

/* ---- the lock ------------------------------------------------------------------------------------------------ */

/* A lock on the open file, not on the process: gone when the last descriptor is, however the process ends. */
static int try_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole);
}

static void read_holder(int fd, char *holder, size_t n)
{
    ssize_t got = pread(fd, holder, n - 1, 0);

    holder[got > 0 ? got : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    if (!holder[0]) snprintf(holder, n, "unknown");
}

static void write_holder(int fd)
{
    char holder[320], host[256] = "?", now[32];
    time_t t = time(NULL);
    struct tm utc;
    int n;

    gethostname(host, sizeof host - 1);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    n = snprintf(holder, sizeof holder, "host %s, process %ld, since %s\n", host, (long)getpid(), now);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, (size_t)n, 0) != n) /* the lock holds without its words */
        plaq_log(PLAQ_LOG_DEBUG, "the lock file does not take words: %s", strerror(errno));
}

static plaq_status wait_for_lock(int fd, const char *path)
{
    const struct timespec pause = {.tv_nsec = 100000000};
    double start = plaq_now();
    bool told = false;
    char holder[320];

    while (try_lock(fd) != 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            plaq_log(PLAQ_LOG_WARN,
                     "%s: no locks on this file system (%s): see to it yourself that only one run "
                     "writes here",
                     path, strerror(errno));
            return PLAQ_OK;
        }
        read_holder(fd, holder, sizeof holder);
        if (plaq_now() - start > lock_wait_seconds)
            return plaq_fail(PLAQ_E_IO, "another run holds this output: %s (lock %s)", holder, path);
        if (!told)
            plaq_log(PLAQ_LOG_INFO, "another run holds this output (%s): waiting up to %d s for it to end", holder,
                     lock_wait_seconds);
        told = true;
        nanosleep(&pause, NULL);
    }
    write_holder(fd);
    return PLAQ_OK;
}

static plaq_status take_lock(const char *output, int *fd)
{
    char *path = plaq_strprintf("%s/.lock", output);
    plaq_status status;
    int lock;

    if (!path) return PLAQ_E_MEMORY;
    errno = EIO;
    lock = plaq_fault() ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0)
        status = plaq_fail(PLAQ_E_IO, "%s: cannot write in the output folder: %s", path, strerror(errno));
    else
        status = wait_for_lock(lock, path);
    if (status == PLAQ_OK)
        *fd = lock;
    else if (lock >= 0)
        close(lock);
    plaq_free(path);
    return status;
}

/* ---- what a killed run left ---------------------------------------------------------------------------------- */

/* "<name>.h5.tmp.<digits>" and "<name>.txt.tmp.<digits>": ours, never whole. */
static bool is_left_over(const char *name)
{
    const char *tmp = strstr(name, ".tmp.");

    if (!tmp || !tmp[5] || tmp[5 + strspn(tmp + 5, "0123456789")]) return false;
    return (tmp - name > 3 && strncmp(tmp - 3, ".h5", 3) == 0) || (tmp - name > 4 && strncmp(tmp - 4, ".txt", 4) == 0);
}

static plaq_status sweep(const char *folder)
{
    DIR *dir;
    plaq_status status = PLAQ_OK;

    errno = EIO;
    dir = plaq_fault() ? NULL : opendir(folder);
    if (!dir && errno == ENOENT) return PLAQ_OK;
    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));) {
        char *path;

        if (!is_left_over(entry->d_name)) continue;
        path = plaq_strprintf("%s/%s", folder, entry->d_name);
        if (path) {
            plaq_log(PLAQ_LOG_INFO, "removing %s, left by a run that was killed", path);
            plaq_path_remove(path);
        } else {
            status = PLAQ_E_MEMORY;
        }
        plaq_free(path);
    }
    closedir(dir);
    return status;
}

static plaq_status sweep_both(const char *output)
{
    char *failed = plaq_strprintf("%s/failed", output);
    plaq_status status = failed ? sweep(output) : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = sweep(failed);
    plaq_free(failed);
    return status;
}

plaq_status run_folder_enter(const char *output, int *fd)
{
    plaq_status status;

    PLAQ_TRY(plaq_path_make_folder(output));
    PLAQ_TRY(take_lock(output, fd));
    status = sweep_both(output);
    if (status != PLAQ_OK) run_folder_leave(fd);
    return status;
}

void run_folder_leave(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
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

plaq_status run_failed_note(const char *output, const char *config, const char *words)
{
    char *folder = plaq_strprintf("%s/failed", output), *path = run_failed_path(output, config);
    char *text = plaq_strprintf("%s\n", words);
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
