/* Claims: which job measures which configuration, said by files alone.
 *
 *     <output>/claims/.job.<token>     a job's ticket (one for each team): who it is, in lines "key value"
 *     <output>/claims/<result>         the claim of a result: a hard link to the ticket of who holds it
 *     <output>/claims/.old.<token>     a dead claim on its way out
 *
 * link() makes a claim or fails, on NFS and Lustre as on a disk; a claim never is half written, for the ticket was
 * whole before. While a job lives it holds a lock on its ticket, and a thread touches the ticket eight times in a
 * lease, which is seen through all of its claims at once.
 *
 * A holder on our own kernel is dead where its lock can be taken: locks belong to open files, so neither numbers of
 * processes nor containers matter. (A claim seen through another mount of the file system does not tell.) Any other
 * holder is dead when its ticket is older than the lease by the clock of the file server, against which we compare a
 * file of ours touched now, and we have seen it untouched for two beats by our own monotonic clock: a server's clock
 * that jumps kills nobody. A dead claim is renamed, seen to be the one that was judged, and removed; then link()
 * decides among those who want it.
 *
 * A job that was stalled for longer than the lease may lose its claim while it lives. It asks run_claim_is_held()
 * before it publishes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"

enum { beats = 8, most_watched = 256, most_tries = 8, holder_bytes = 1024 };

/* Another job's ticket, and since when we have seen it as it is. */
typedef struct {
    ino_t inode;
    int64_t touched;
    double since;
    bool moved; /* it was touched while we watched */
} watched;

struct run_ticket {
    char *folder, *path, *claim; /* `claim` NULL: none is held; all owned */
    char token[17];
    const char *work;
    int fd, team;
    double lease;
    dev_t device;
    ino_t inode;
    bool no_links; /* the file system has no hard links: there are no claims */
    int n_watched, next_watched;
    watched watch[most_watched];
    pthread_t heart;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool beating, ends;
};

/* ---- a holder's words -------------------------------------------------------------------------------------------- */

/* Which start of which kernel this is; "" where it does not say. */
static void read_boot(char boot[64])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

    boot[0] = '\0';
    if (file && !fgets(boot, 64, file)) boot[0] = '\0';
    if (file) fclose(file);
    boot[strcspn(boot, "\n")] = '\0';
}

void run_job_name(char *text, size_t n)
{
    static const char *const names[][2] = {{"SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"},
                                           {"SLURM_JOB_ID", NULL},
                                           {"PBS_JOBID", NULL},
                                           {"LSB_JOBID", "LSB_JOBINDEX"},
                                           {"JOB_ID", "SGE_TASK_ID"}};

    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *job = getenv(names[i][0]), *task = names[i][1] ? getenv(names[i][1]) : NULL;

        if (!job || (i == 0 && !task)) continue;
        snprintf(text, n, "%.60s%s%.30s", job, task ? "_" : "", task ? task : "");
        return;
    }
}

void run_time_text(time_t t, char text[32])
{
    struct tm utc;

    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
}

static int describe_holder(const run_ticket *t, char *text, size_t n)
{
    char host[256] = "?", boot[64], job[128], now[32];

    gethostname(host, sizeof host - 1);
    read_boot(boot);
    run_job_name(job, sizeof job);
    run_time_text(time(NULL), now);
    return snprintf(text, n,
                    "host %s\nboot %s\ndevice %llu\nprocess %ld\njob %s\nteam %d\nwork %s\nlease %g\nsince %s\n", host,
                    boot, (unsigned long long)t->device, (long)getpid(), job, t->team, t->work, t->lease, now);
}

/* A word of "key value" lines; "" where it is not there. */
static void find_word(const char *text, const char *key, char *value, size_t n)
{
    size_t k = strlen(key);

    value[0] = '\0';
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, key, k) == 0 && line[k] == ' ')
            snprintf(value, n, "%.*s", (int)strcspn(line + k + 1, "\n"), line + k + 1);
}

/* The words of an open ticket, and when it was touched. */
static void read_holder(int fd, plaq_holder *holder, char boot[64], unsigned long long *device)
{
    char text[holder_bytes] = "", number[32];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);

    text[got > 0 ? got : 0] = '\0';
    *holder = (plaq_holder){.team = 0};
    find_word(text, "host", holder->host, sizeof holder->host);
    find_word(text, "job", holder->job, sizeof holder->job);
    find_word(text, "work", holder->work, sizeof holder->work);
    find_word(text, "since", holder->since, sizeof holder->since);
    find_word(text, "boot", boot, 64);
    find_word(text, "process", number, sizeof number);
    holder->process = atol(number);
    find_word(text, "team", number, sizeof number);
    holder->team = atoi(number);
    find_word(text, "lease", number, sizeof number);
    holder->lease = atof(number) > 0 ? atof(number) : RUN_LEASE;
    find_word(text, "device", number, sizeof number);
    *device = strtoull(number, NULL, 10);
}

/* Whether locks of the holder are seen from here: the same kernel, and the same mount of the file system. A ticket
 * without words is one that was being made: if it lives it makes another. */
static bool is_here(const char *boot, unsigned long long device, dev_t ours)
{
    char mine[64];

    if (!boot[0]) return true;
    read_boot(mine);
    return mine[0] && strcmp(mine, boot) == 0 && device == (unsigned long long)ours;
}

/* ---- the ticket -------------------------------------------------------------------------------------------------- */

static int try_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole);
}

/* Touches the ticket until the job ends. */
static void *beat(void *given)
{
    run_ticket *t = given;
    const double pause = t->lease / beats;

    pthread_mutex_lock(&t->mutex);
    while (!t->ends) {
        struct timespec when;
        double until = plaq_now() + pause;

        when.tv_sec = (time_t)until;
        when.tv_nsec = (long)((until - (double)when.tv_sec) * 1e9);
        pthread_cond_timedwait(&t->wake, &t->mutex, &when);
        if (!t->ends) futimens(t->fd, NULL);
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

/* Signals are for the other threads: they ask to stop. */
static plaq_status start_heart(run_ticket *t)
{
    pthread_condattr_t attributes;
    sigset_t all, before;
    int failed;

    pthread_mutex_init(&t->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&t->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    failed = pthread_create(&t->heart, NULL, beat, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    t->beating = !failed;
    return failed ? plaq_fail(PLAQ_E_IO, "no thread for the heartbeat of claims: %s", strerror(failed)) : PLAQ_OK;
}

/* A new name for the ticket. */
static plaq_status choose_path(run_ticket *t)
{
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return plaq_fail(PLAQ_E_IO, "no random numbers from the system: %s", strerror(errno));
    snprintf(t->token, sizeof t->token, "%016llx", (unsigned long long)number);
    plaq_free(t->path);
    t->path = plaq_strprintf("%s/.job.%s", t->folder, t->token);
    return t->path ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* A folder that the last job to end may just have removed is made again. */
static plaq_status create_file(run_ticket *t, plaq_file *file)
{
    plaq_status status;

    for (int i = 0;; i++) {
        PLAQ_TRY(plaq_path_make_folder(t->folder));
        status = plaq_file_create(file, t->path);
        if (status == PLAQ_OK || plaq_path_exists(t->folder) || i == most_tries) return status;
    }
}

/* Without words yet and not locked yet it looks like a dead job's: where another job was quicker to lock it, and will
 * remove it, there is another one. */
static plaq_status create_locked(run_ticket *t, plaq_file *file)
{
    for (int i = 0; i < most_tries; i++) {
        PLAQ_TRY(choose_path(t));
        PLAQ_TRY(create_file(t, file));
        if (try_lock(file->fd) == 0) return PLAQ_OK;
        if (errno != EAGAIN && errno != EACCES) {
            plaq_log(PLAQ_LOG_WARN, "%s: no locks on this file system (%s): dead jobs are known after %.0f s",
                     t->folder, strerror(errno), t->lease);
            return PLAQ_OK;
        }
        close(file->fd);
        plaq_path_remove(t->path);
    }
    return plaq_fail(PLAQ_E_IO, "%s: %d tickets in turn were taken for a dead job's", t->folder, most_tries);
}

static plaq_status write_ticket(run_ticket *t)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    char text[holder_bytes];
    plaq_status status;
    struct stat s;
    int n;

    PLAQ_TRY(create_locked(t, &file));
    t->fd = file.fd;
    if (fstat(file.fd, &s) != 0) s = (struct stat){.st_ino = 0};
    t->device = s.st_dev;
    t->inode = s.st_ino;
    n = describe_holder(t, text, sizeof text);
    status = plaq_file_write(&file, 0, text, (size_t)n);
    return status == PLAQ_OK ? plaq_file_sync(&file) : status;
}

plaq_status run_ticket_open(const char *output, const char *work, int team, double lease, run_ticket **out)
{
    run_ticket *t = plaq_alloc(1, sizeof *t);
    plaq_status status;

    if (!t) return PLAQ_E_MEMORY;
    t->fd = -1;
    t->team = team;
    t->lease = lease;
    t->work = work;
    t->folder = plaq_strprintf("%s/claims", output);
    PLAQ_GO(t->folder ? PLAQ_OK : PLAQ_E_MEMORY);
    PLAQ_GO(write_ticket(t));
    PLAQ_GO(start_heart(t));
    PLAQ_GO(run_claims_sweep(t));
    *out = t;
    return PLAQ_OK;
done:
    run_ticket_close(&t);
    return status;
}

static void stop_heart(run_ticket *t)
{
    if (!t->beating) return;
    pthread_mutex_lock(&t->mutex);
    t->ends = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->heart, NULL);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->mutex);
}

void run_ticket_close(run_ticket **ticket)
{
    run_ticket *t = *ticket;

    if (!t) return;
    run_claim_leave(t);
    stop_heart(t);
    if (t->path) plaq_path_remove(t->path);
    if (t->fd >= 0) close(t->fd);
    if (t->folder) rmdir(t->folder); /* the last one out; fails where there are others */
    plaq_free(t->claim);
    plaq_free(t->path);
    plaq_free(t->folder);
    plaq_free(t);
    *ticket = NULL;
}

int64_t run_ticket_now(run_ticket *t)
{
    struct stat s;

    return futimens(t->fd, NULL) == 0 && fstat(t->fd, &s) == 0 ? run_time_of(&s) : 0;
}

/* ---- is the holder dead? ----------------------------------------------------------------------------------------- */

static watched *find_watched(run_ticket *t, ino_t inode, int64_t touched)
{
    watched *w = t->watch;

    for (int i = 0; i < t->n_watched; i++)
        if (t->watch[i].inode == inode) return &t->watch[i];
    if (t->n_watched < most_watched)
        w = &t->watch[t->n_watched++];
    else
        w = &t->watch[t->next_watched++ % most_watched];
    *w = (watched){inode, touched, plaq_now(), false};
    return w;
}

static run_claim_state judge_by_time(run_ticket *t, const struct stat *s, double lease)
{
    const int64_t touched = run_time_of(s);
    watched *w = find_watched(t, s->st_ino, touched);
    double age = 1e-9 * (double)(run_ticket_now(t) - touched), quiet;

    if (w->touched != touched) {
        w->touched = touched;
        w->since = plaq_now();
        w->moved = true;
    }
    quiet = plaq_now() - w->since;
    if (quiet > lease || (age > lease && quiet > 2 * lease / beats)) return RUN_CLAIM_DEAD;
    return w->moved && quiet < lease / 2 ? RUN_CLAIM_THEIRS : RUN_CLAIM_UNSURE;
}

/* Judges the holder of an open claim. Where it is dead and was on this kernel, its lock is ours until @p fd is closed,
 * so that no two can think so at once. */
static run_claim_state judge(run_ticket *t, int fd, const struct stat *s, plaq_holder *holder)
{
    unsigned long long device;
    char boot[64];

    read_holder(fd, holder, boot, &device);
    if (is_here(boot, device, t->device)) {
        if (try_lock(fd) == 0) return RUN_CLAIM_DEAD;
        if (errno == EAGAIN || errno == EACCES) return RUN_CLAIM_THEIRS;
    }
    return judge_by_time(t, s, holder->lease);
}

/* Removes a claim that was judged dead, if it is still the same one. */
static plaq_status remove_dead(run_ticket *t, const char *path, ino_t inode)
{
    char *aside = plaq_strprintf("%s/.old.%s", t->folder, t->token);
    struct stat s;
    plaq_status status = PLAQ_OK;

    if (!aside) return PLAQ_E_MEMORY;
    if (stat(path, &s) != 0 || s.st_ino != inode) goto done; /* gone, or taken over by another job */
    if (rename(path, aside) != 0) {
        if (errno != ENOENT)
            status = plaq_fail(PLAQ_E_IO, "%s: cannot take over the claim of a dead job: %s", path, strerror(errno));
        goto done;
    }
    /* what was taken over between the two is given back */
    if (stat(aside, &s) == 0 && s.st_ino != inode && link(aside, path) != 0)
        plaq_log(PLAQ_LOG_DEBUG, "%s: changed hands twice", path);
    plaq_path_remove(aside);
done:
    plaq_free(aside);
    return status;
}

/* Looks who holds a claim, and removes it where that job is dead (state RUN_CLAIM_DEAD, or gone meanwhile). */
static plaq_status look_at_claim(run_ticket *t, const char *path, run_claim *claim)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    plaq_status status = PLAQ_OK;
    struct stat s;

    claim->state = RUN_CLAIM_DEAD;
    if (fd < 0 && errno == EACCES) fd = open(path, O_RDONLY | O_CLOEXEC); /* somebody else's: its age must tell */
    if (fd < 0 && (errno == ENOENT || errno == ESTALE)) return PLAQ_OK;
    if (fd < 0 || fstat(fd, &s) != 0) {
        status = plaq_fail(PLAQ_E_IO, "%s: cannot look at the claim: %s", path, strerror(errno));
    } else if (s.st_dev == t->device && s.st_ino == t->inode) {
        claim->state = RUN_CLAIM_OURS; /* an NFS server that answers twice says "exists" to who made it */
    } else {
        claim->state = judge(t, fd, &s, &claim->holder);
        claim->same_work = strcmp(claim->holder.work, t->work) == 0;
        if (claim->state == RUN_CLAIM_DEAD) status = remove_dead(t, path, s.st_ino);
    }
    if (fd >= 0) close(fd);
    return status;
}

plaq_status run_claims_sweep(run_ticket *t)
{
    DIR *dir = opendir(t->folder);
    plaq_status status = PLAQ_OK;

    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot read the folder: %s", t->folder, strerror(errno));
    for (struct dirent *entry; status == PLAQ_OK && (entry = readdir(dir));) {
        run_claim claim = {0};
        char *path;

        if (entry->d_name[0] == '.' && strncmp(entry->d_name, ".job.", 5) != 0) continue;
        path = plaq_strprintf("%s/%s", t->folder, entry->d_name);
        status = path ? look_at_claim(t, path, &claim) : PLAQ_E_MEMORY;
        if (status == PLAQ_OK && claim.state == RUN_CLAIM_DEAD && entry->d_name[0] != '.')
            plaq_log(PLAQ_LOG_INFO, "%s: the job that claimed it is dead (%s, process %ld)", entry->d_name,
                     claim.holder.host, claim.holder.process);
        plaq_free(path);
    }
    closedir(dir);
    return status;
}

/* ---- claiming ---------------------------------------------------------------------------------------------------- */

char *run_claim_path(const char *output, const char *result)
{
    const char *base = plaq_path_base(result);

    return plaq_strprintf("%s/claims/%.*s", output, (int)(strlen(base) - 3), base);
}

/* Since when this configuration is held. Readers see old or new words: it is one write. */
static void renew_words(run_ticket *t)
{
    char text[holder_bytes];
    int n = describe_holder(t, text, sizeof text);

    if (pwrite(t->fd, text, (size_t)n, 0) != n) plaq_log(PLAQ_LOG_DEBUG, "%s: %s", t->path, strerror(errno));
    futimens(t->fd, NULL);
}

/* A job that slept for longer than the lease finds its ticket swept away. */
static plaq_status renew_ticket(run_ticket *t)
{
    plaq_status status;

    pthread_mutex_lock(&t->mutex);
    close(t->fd);
    t->fd = -1;
    status = write_ticket(t);
    pthread_mutex_unlock(&t->mutex);
    return status;
}

static plaq_status make_link(run_ticket *t, const char *path, bool *made)
{
    errno = EIO;
    *made = !plaq_fault() && link(t->path, path) == 0;
    if (*made || errno == EEXIST) return PLAQ_OK;
    if (errno == ENOENT) return renew_ticket(t);
    if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP || errno == EMLINK) {
        plaq_log(PLAQ_LOG_WARN,
                 "%s: no hard links on this file system (%s): see to it yourself that only one job writes here",
                 t->folder, strerror(errno));
        *made = t->no_links = true;
        return PLAQ_OK;
    }
    return plaq_fail(PLAQ_E_IO, "%s: cannot make the claim: %s", path, strerror(errno));
}

plaq_status run_claim_take(run_ticket *t, const char *result, run_claim *claim)
{
    const char *base = plaq_path_base(result);
    char *path = plaq_strprintf("%s/%.*s", t->folder, (int)(strlen(base) - 3), base);
    plaq_status status = path ? PLAQ_OK : PLAQ_E_MEMORY;
    bool made = t->no_links;

    *claim = (run_claim){.state = RUN_CLAIM_UNSURE};
    renew_words(t);
    for (int i = 0; status == PLAQ_OK && !made && i < most_tries; i++) {
        status = make_link(t, path, &made);
        if (status != PLAQ_OK || made) break;
        status = look_at_claim(t, path, claim);
        claim->taken_over |= claim->state == RUN_CLAIM_DEAD && claim->holder.host[0];
        made = claim->state == RUN_CLAIM_OURS;
        if (claim->state == RUN_CLAIM_THEIRS || claim->state == RUN_CLAIM_UNSURE) break;
    }
    if (status == PLAQ_OK && made) {
        claim->state = RUN_CLAIM_OURS;
        plaq_free(t->claim);
        t->claim = path;
        return PLAQ_OK;
    }
    if (claim->state == RUN_CLAIM_DEAD) claim->state = RUN_CLAIM_UNSURE; /* it changes hands quicker than we look */
    plaq_free(path);
    return status;
}

bool run_claim_is_held(const run_ticket *t)
{
    struct stat s;

    if (!t->claim) return false;
    return t->no_links || (stat(t->claim, &s) == 0 && s.st_dev == t->device && s.st_ino == t->inode);
}

void run_claim_leave(run_ticket *t)
{
    if (!t->claim) return;
    if (!t->no_links && run_claim_is_held(t)) plaq_path_remove(t->claim);
    plaq_free(t->claim);
    t->claim = NULL;
}

/* ---- who holds what: for `status` -------------------------------------------------------------------------------- */

/* From outside, without a ticket: where locks do not tell, by this machine's clock. */
static bool seems_alive(int fd, const struct stat *s, plaq_holder *holder)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    unsigned long long device;
    char boot[64];

    read_holder(fd, holder, boot, &device);
    holder->silent = (double)time(NULL) - 1e-9 * (double)run_time_of(s);
    if (is_here(boot, device, s->st_dev) && fcntl(fd, F_OFD_GETLK, &whole) == 0) return whole.l_type != F_UNLCK;
    return holder->silent < holder->lease;
}

plaq_status plaq_run_holder(const plaq_run *run, const plaq_plan_entry *entry, plaq_holder *holder, bool *alive)
{
    char *path = run_claim_path(run->options.output, entry->result);
    struct stat s;
    int fd;

    *alive = false;
    if (!path) return PLAQ_E_MEMORY;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &s) == 0) *alive = seems_alive(fd, &s, holder);
    if (fd >= 0) close(fd);
    plaq_free(path);
    return PLAQ_OK;
}
