/* Configurations that are still being made: found, judged complete, and begun, for as long as there are new ones.
 *
 * Folders are polled (of what another host writes on NFS or Lustre nobody is told). A file counts as complete when
 *   - the marker that the run file gives is there, or, without one,
 *   - it has the same size and time of writing at two polls, or was written longer ago than `settle`,
 *   - and its header is whole and says that size (the formats' readers see to that).
 * Checksum, plaquette and links are verified when it is read. What does not agree is "not yet" while the file is
 * younger than `settle`, and a failure later, until the file is written again. A name that begins with a dot is no
 * match of a glob: who writes aside and renames needs nothing of this.
 *
 * Age is what we saw by our own monotonic clock, or the time of writing by the file server's clock, whichever is more;
 * a wrong "complete" from a clock that jumps is put right by verifying, and by looking again when the file changes.
 *
 * What is known of a file is 32 bytes: hashes of its path and of size, time and inode, and what came of it. Each poll
 * looks at files that are new or not settled, and at every thirtieth of the others: one that was corrected is measured
 * again. One that is deleted keeps its result. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/run.h"

enum { look_again_every = 30 };

typedef enum { FRESH, DONE, FAILED } known_state;

typedef struct {
    uint64_t path; /* hash; 0: a free place */
    uint64_t stamp;
    double since; /* when it was first seen with this stamp */
    known_state state;
} known;

struct run_follow {
    const plaq_campaign_options *options;
    double poll, settle;
    known *table; /* [room], open addressing; room is a power of two */
    size_t room, count;
    run_paths found;    /* what the last scan wants to be looked at */
    int at;             /* the next of them */
    int total, settled; /* of the last scan */
    unsigned scans;
    double scanned, news; /* when */
    int64_t server;       /* its clock at the last scan, ns */
    uint64_t current;     /* path of what is worked on, and how old it was */
    double current_age;
    int done, failed;
};

/* ---- what is known ----------------------------------------------------------------------------------------------- */

static uint64_t stamp_of(const struct stat *s)
{
    const int64_t words[] = {s->st_size, s->st_mtim.tv_sec, s->st_mtim.tv_nsec, (int64_t)s->st_ino};

    return run_hash(words, sizeof words);
}

/* Its place in the table, or the free one it would have. */
static known *find(const run_follow *f, uint64_t path)
{
    size_t i = path & (f->room - 1);

    while (f->table[i].path && f->table[i].path != path) i = (i + 1) & (f->room - 1);
    return &f->table[i];
}

static plaq_status make_room(run_follow *f)
{
    known *old = f->table;
    size_t room = f->room;

    if (2 * f->count < room) return PLAQ_OK;
    f->table = plaq_alloc(2 * room, sizeof *f->table);
    if (!f->table) {
        f->table = old;
        return PLAQ_E_MEMORY;
    }
    f->room = 2 * room;
    for (size_t i = 0; i < room; i++)
        if (old[i].path) *find(f, old[i].path) = old[i];
    plaq_free(old);
    return PLAQ_OK;
}

static void set_state(run_follow *f, known *k, known_state state)
{
    f->done += (state == DONE) - (k->state == DONE);
    f->failed += (state == FAILED) - (k->state == FAILED);
    k->state = state;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

/* Whether this scan looks at a path. */
static bool wants(void *context, const char *path)
{
    run_follow *f = context;
    const known *k = find(f, run_hash(path, strlen(path)));

    f->total++;
    if (!k->path || k->state == FRESH) return true;
    f->settled++;
    return (k->path + f->scans) % look_again_every == 0;
}

static plaq_status scan(run_follow *f, run_team *team)
{
    run_paths_clear(&f->found);
    f->at = f->total = f->settled = 0;
    f->scans++;
    f->server = run_ticket_now(team->ticket);
    f->found.wants = wants;
    f->found.context = f;
    PLAQ_TRY(run_find(team->run, &f->found));
    f->scanned = plaq_now();
    return PLAQ_OK;
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

static plaq_status has_marker(const run_complete *complete, const char *path, bool *has)
{
    const char *at = strstr(complete->marker, "{path}");
    char *marker = plaq_strprintf("%.*s%s%s", (int)(at - complete->marker), complete->marker, path, at + 6);

    if (!marker) return PLAQ_E_MEMORY;
    *has = plaq_path_exists(marker);
    plaq_free(marker);
    return PLAQ_OK;
}

/* Whether a file is complete as far as it shows from outside, and its age; what is settled is not. */
static plaq_status judge(run_follow *f, const run_team *team, const char *path, known *k, bool *complete)
{
    const double now = plaq_now();
    bool seen_twice = true;
    struct stat s;

    *complete = false;
    if (stat(path, &s) != 0 || !S_ISREG(s.st_mode)) return PLAQ_OK; /* not there yet, deleted, or a folder */
    if (k->stamp != stamp_of(&s)) {
        if (k->state != FRESH) plaq_log(PLAQ_LOG_INFO, "%s was written again", path);
        set_state(f, k, FRESH);
        k->stamp = stamp_of(&s);
        k->since = f->news = now;
        seen_twice = false;
    }
    if (k->state != FRESH) return PLAQ_OK;
    f->current_age = fmax(now - k->since, 1e-9 * (double)(f->server - run_time_of(&s)));
    if (team->run->complete.marker[0]) {
        PLAQ_TRY(has_marker(&team->run->complete, path, complete));
        f->current_age = INFINITY; /* who makes the marker says that it is complete */
        return PLAQ_OK;
    }
    *complete = f->current_age >= f->settle || (seen_twice && now - k->since >= 0.9 * f->poll);
    return PLAQ_OK;
}

/* What cannot be read: later, or never until it changes. */
static void put_off(run_follow *f, known *k, const char *words)
{
    if (run_follow_is_young(f)) return;
    plaq_log(PLAQ_LOG_WARN, "not measured: %s", words);
    set_state(f, k, FAILED);
}

/* Looks at a complete file, and begins with it where it is to do and free. */
static plaq_status begin(run_follow *f, run_team *team, const char *path, known *k, plaq_plan_entry *entry,
                         run_next *next)
{
    run_try outcome;

    PLAQ_TRY(run_look(team->run, NULL, path, entry));
    if (entry->status != PLAQ_OK) {
        put_off(f, k, entry->message);
        return PLAQ_OK;
    }
    if (!run_is_to_do(entry, team->run->count)) {
        set_state(f, k, DONE);
        return PLAQ_OK;
    }
    run_entry_clear(entry);
    PLAQ_TRY(run_try_begin(team, path, entry, &outcome));
    f->news = plaq_now();
    if (outcome.state == RUN_DONE) set_state(f, k, DONE);
    if (outcome.state == RUN_FAILED) put_off(f, k, entry->message);
    if (outcome.state == RUN_TODO) *next = RUN_NEXT_WORK;
    return PLAQ_OK;
}

static plaq_status look_at(run_follow *f, run_team *team, const char *path, plaq_plan_entry *entry, run_next *next)
{
    uint64_t name = run_hash(path, strlen(path));
    plaq_status status;
    bool complete;
    known *k;

    PLAQ_TRY(make_room(f));
    k = find(f, name);
    if (!k->path) {
        *k = (known){.path = name};
        f->count++;
    }
    f->current = name;
    PLAQ_TRY(judge(f, team, path, k, &complete));
    if (!complete) return PLAQ_OK;
    status = begin(f, team, path, k, entry, next);
    if (*next != RUN_NEXT_WORK) run_entry_clear(entry);
    return status;
}

/* ---- the next one ------------------------------------------------------------------------------------------------ */

plaq_status run_follow_begin(const plaq_campaign_options *options, run_follow **follow)
{
    run_follow *f = plaq_alloc(1, sizeof *f);

    if (!f) return PLAQ_E_MEMORY;
    f->options = options;
    f->poll = options->poll > 0 ? options->poll : 10;
    f->settle = options->settle > 0 ? options->settle : 60;
    f->scanned = -INFINITY;
    f->news = plaq_now();
    f->room = 1024;
    f->table = plaq_alloc(f->room, sizeof *f->table);
    *follow = f;
    return f->table ? PLAQ_OK : PLAQ_E_MEMORY;
}

void run_follow_end(run_follow **follow)
{
    if (!*follow) return;
    run_paths_clear(&(*follow)->found);
    plaq_free((*follow)->table);
    plaq_free(*follow);
    *follow = NULL;
}

static bool is_enough(const run_follow *f)
{
    return f->options->until && f->done >= f->options->until;
}

/* Between two scans: whether there is nothing to wait for. */
static bool is_over(const run_follow *f)
{
    if (f->options->idle > 0 && plaq_now() - f->news >= f->options->idle) return true;
    return f->scans && f->at >= f->found.count && !f->found.open_ended && f->settled == f->total;
}

plaq_status run_follow_next(run_follow *f, run_team *team, plaq_plan_entry *entry, run_next *next)
{
    const double start = plaq_now();

    *next = RUN_NEXT_WAIT;
    while (*next == RUN_NEXT_WAIT && plaq_now() - start < 1) { /* somebody may ask us to stop */
        if (is_enough(f))
            *next = RUN_NEXT_END;
        else if (f->at < f->found.count)
            PLAQ_TRY(look_at(f, team, f->found.paths[f->at++], entry, next));
        else if (is_over(f))
            *next = RUN_NEXT_END;
        else if (plaq_now() - f->scanned >= f->poll)
            PLAQ_TRY(scan(f, team));
        else
            return PLAQ_OK;
    }
    return PLAQ_OK;
}

bool run_follow_is_young(const run_follow *f)
{
    return f->current_age < f->settle;
}

void run_follow_settle(run_follow *f, plaq_status status, bool again)
{
    f->news = plaq_now();
    if (!again) set_state(f, find(f, f->current), status == PLAQ_OK ? DONE : FAILED);
}

void run_follow_count(const run_follow *f, int *found, int *done, int *failed)
{
    *found = f->total;
    *done = f->done;
    *failed = f->failed;
}

const char *run_follow_peek(const run_follow *f)
{
    return f->at < f->found.count ? f->found.paths[f->at] : NULL;
}
