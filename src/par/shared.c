/* Memory that ranks of a host share: POSIX shared memory, mapped. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "comm.h"

static bool map(int file, size_t bytes, par_shared *s)
{
    s->data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (s->data == MAP_FAILED) s->data = NULL;
    s->bytes = bytes;
    return s->data != NULL;
}

bool par_shared_make(size_t bytes, par_shared *s)
{
    static unsigned made; /* by this process */
    struct timespec now;
    int file;

    memset(s, 0, sizeof *s);
    clock_gettime(CLOCK_REALTIME, &now); /* containers on one host may have processes of the same number */
    snprintf(s->name, sizeof s->name, "/plaq.%d.%u.%llx", (int)getpid(), made++,
             (unsigned long long)now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec);
    file = shm_open(s->name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (file < 0) {
        s->name[0] = '\0';
        return false;
    }
    /* taken now: a mapping without memory behind it would end in SIGBUS */
    s->made = posix_fallocate(file, 0, (off_t)bytes) == 0 && map(file, bytes, s);
    close(file);
    if (!s->made) {
        par_shared_unname(s);
        memset(s, 0, sizeof *s);
        return false;
    }
    plaq_alloc_count(1, (int64_t)bytes);
    return true;
}

bool par_shared_open(const char *name, size_t bytes, par_shared *s)
{
    int file = name[0] ? shm_open(name, O_RDWR, 0) : -1;
    bool mapped;

    memset(s, 0, sizeof *s);
    if (file < 0) return false;
    mapped = map(file, bytes, s);
    close(file);
    return mapped;
}

void par_shared_unname(const par_shared *s)
{
    if (s->name[0]) shm_unlink(s->name);
}

void par_shared_close(par_shared *s)
{
    if (!s->data) return;
    munmap(s->data, s->bytes);
    if (s->made) plaq_alloc_count(-1, -(int64_t)s->bytes);
    memset(s, 0, sizeof *s);
}
