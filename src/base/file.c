/* Files by descriptor. Every operation is a fault point, retries what was interrupted, and names the path. */
#include "plaq/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* the fault of a test looks like a failing disk */
static bool faulty(void)
{
    if (!plaq_fault()) return false;
    errno = EIO;
    return true;
}

static plaq_status failed(const char *path, const char *what)
{
    return plaq_fail(PLAQ_E_IO, "%s: cannot %s: %s", path, what, strerror(errno));
}

static plaq_status open_as(plaq_file *file, const char *path, int flags, const char *what)
{
    int fd;

    file->fd = -1;
    if (strlen(path) >= sizeof file->path)
        return plaq_fail(PLAQ_E_USAGE, "path of %zu bytes is longer than %zu", strlen(path), sizeof file->path - 1);
    strcpy(file->path, path);
    fd = faulty() ? -1 : open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0) return failed(path, what);
    file->fd = fd;
    return PLAQ_OK;
}

plaq_status plaq_file_open(plaq_file *file, const char *path)
{
    struct stat s;

    PLAQ_TRY(open_as(file, path, O_RDONLY, "open"));
    if (fstat(file->fd, &s) == 0 && S_ISDIR(s.st_mode)) {
        close(file->fd);
        file->fd = -1;
        return plaq_fail(PLAQ_E_IO, "%s: is a folder, not a file", path);
    }
    return PLAQ_OK;
}

plaq_status plaq_file_create(plaq_file *file, const char *path)
{
    return open_as(file, path, O_RDWR | O_CREAT | O_TRUNC, "create");
}

plaq_status plaq_file_update(plaq_file *file, const char *path)
{
    return open_as(file, path, O_RDWR, "open for writing");
}

plaq_status plaq_file_size(const plaq_file *file, int64_t *bytes)
{
    struct stat s;

    if (faulty() || fstat(file->fd, &s) != 0) return failed(file->path, "look at");
    *bytes = s.st_size;
    return PLAQ_OK;
}

plaq_status plaq_file_peek(const plaq_file *file, int64_t offset, void *bytes, size_t n, size_t *got)
{
    size_t done = 0;

    if (faulty()) return failed(file->path, "read");
    while (done < n) {
        ssize_t k = pread(file->fd, (char *)bytes + done, n - done, offset + (int64_t)done);

        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return failed(file->path, "read");
        if (k == 0) break;
        done += (size_t)k;
    }
    *got = done;
    return PLAQ_OK;
}

plaq_status plaq_file_read(const plaq_file *file, int64_t offset, void *bytes, size_t n)
{
    size_t got;

    PLAQ_TRY(plaq_file_peek(file, offset, bytes, n, &got));
    if (got < n)
        return plaq_fail(PLAQ_E_DATA, "%s: ends at byte %lld, expected %lld at least", file->path,
                         (long long)(offset + (int64_t)got), (long long)(offset + (int64_t)n));
    return PLAQ_OK;
}

plaq_status plaq_file_write(const plaq_file *file, int64_t offset, const void *bytes, size_t n)
{
    size_t done = 0;

    if (faulty()) return failed(file->path, "write");
    while (done < n) {
        ssize_t k = pwrite(file->fd, (const char *)bytes + done, n - done, offset + (int64_t)done);

        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return failed(file->path, "write");
        done += (size_t)k;
    }
    return PLAQ_OK;
}

plaq_status plaq_file_reserve(const plaq_file *file, int64_t bytes)
{
    int outcome;

    if (faulty()) return failed(file->path, "make room");
    do outcome = fallocate(file->fd, 0, 0, bytes);
    while (outcome != 0 && errno == EINTR);
    if (outcome == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_IO, "%s: cannot make room for %.1f MB: %s", file->path, (double)bytes * 1e-6,
                     strerror(errno));
}

plaq_status plaq_file_sync(const plaq_file *file)
{
    if (faulty() || fsync(file->fd) != 0) return failed(file->path, "flush to disk");
    return PLAQ_OK;
}

plaq_status plaq_file_close(plaq_file *file)
{
    int fd = file->fd;

    file->fd = -1;
    if (fd < 0) return PLAQ_OK;
    if (close(fd) != 0 && errno != EINTR) return failed(file->path, "close");
    if (faulty()) return failed(file->path, "close");
    return PLAQ_OK;
}

void plaq_file_ask(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return;
    posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    close(fd);
}

/* a new name in a folder survives a crash only once the folder is flushed too */
static plaq_status sync_folder(const char *path)
{
    char folder[4096];
    char *slash;
    int fd;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (!slash)
        strcpy(folder, ".");
    else
        slash[slash == folder] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed(folder, "open");
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) {
        int error = errno;

        close(fd);
        errno = error;
        return failed(folder, "flush to disk");
    }
    close(fd);
    return PLAQ_OK;
}

plaq_status plaq_path_aside(const char *path, char aside[4096])
{
    const char *base = plaq_path_base(path);
    int n = snprintf(aside, 4096, "%.*s.%s.part", (int)(base - path), path, base);

    if (*base == '\0') return plaq_fail(PLAQ_E_USAGE, "%s: is no name for a file", path);
    if (n >= 4096) return plaq_fail(PLAQ_E_USAGE, "path of %zu bytes is too long", strlen(path));
    return PLAQ_OK;
}

plaq_status plaq_path_publish(const char *aside, const char *final)
{
    if (faulty() || rename(aside, final) != 0)
        return plaq_fail(PLAQ_E_IO, "%s: cannot rename to %s: %s", aside, final, strerror(errno));
    return sync_folder(final);
}

plaq_status plaq_path_make_folder(const char *path)
{
    char part[4096];

    if (strlen(path) >= sizeof part)
        return plaq_fail(PLAQ_E_USAGE, "path of %zu bytes is longer than %zu", strlen(path), sizeof part - 1);
    strcpy(part, path);
    for (char *p = part + 1;; p++) {
        char end = *p;

        if (end != '/' && end != '\0') continue;
        *p = '\0';
        if (faulty() || (mkdir(part, 0777) != 0 && errno != EEXIST)) return failed(part, "make folder");
        *p = end;
        if (end == '\0') break;
    }
    struct stat s;
    if (stat(path, &s) != 0) return failed(path, "look at");
    if (!S_ISDIR(s.st_mode)) return plaq_fail(PLAQ_E_IO, "%s: exists and is not a folder", path);
    return PLAQ_OK;
}

bool plaq_path_exists(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0;
}

const char *plaq_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void plaq_path_remove(const char *path)
{
    unlink(path);
}

plaq_status plaq_file_slurp(const char *path, size_t most, char **text, size_t *n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;
    char *bytes = NULL;
    int64_t size;

    PLAQ_GO(plaq_file_open(&file, path));
    PLAQ_GO(plaq_file_size(&file, &size));
    if (size > (int64_t)most) {
        status = plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected at most %zu", path, (long long)size, most);
        goto done;
    }
    bytes = plaq_alloc((size_t)size + 1, 1);
    if (!bytes)
        status = PLAQ_E_MEMORY;
    else
        status = plaq_file_read(&file, 0, bytes, (size_t)size);
done:
    closed = plaq_file_close(&file);
    if (status == PLAQ_OK) status = closed;
    if (status != PLAQ_OK) {
        plaq_free(bytes);
        return status;
    }
    *text = bytes;
    *n = (size_t)size;
    return PLAQ_OK;
}
