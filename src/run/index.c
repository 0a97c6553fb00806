/* What the plan found out, kept for the next time: <output>/.index.
 *
 * Of each configuration: its header and identity, and names and keys of the measurements in its result; each holds
 * while the file it was read from has the same size, times and inode. Nothing depends on it but the time that a plan
 * takes, so it is simply made again where it is not there, damaged, or of another build. Files written within the last
 * two seconds are left out: a second writing at the same tick of the file system's clock would not show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run.h"

static const char magic[8] = "plaqidx1";

enum { most_index = 1 << 30, few = 64 };

typedef struct {
    int64_t size, written, changed, inode; /* ns; size -1: not there */
} stamp;

/* In the file and in memory: this, then the identity, then names and keys. */
typedef struct {
    uint64_t name; /* hash of path and of how it is read */
    stamp config, result;
    int32_t bytes, identity, measurements; /* of all of it; bytes of the identity; how many names */
    int32_t used;                          /* in memory: it is of this plan */
    plaq_config_header header;
} record;

typedef struct {
    char magic[8], commit[48];
    int64_t record_size, count, sum; /* sum: CRC-32 of all records */
} head;

struct run_index {
    char *path, *old; /* owned */
    record **sorted;  /* [count]: those of `old` by name; owned */
    int count, missed;
    run_buffer fresh;
    int n_fresh;
    /* the configuration looked at */
    record now;
    record *known;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const uint64_t x = (*(record *const *)a)->name, y = (*(record *const *)b)->name;

    return (x > y) - (x < y);
}

static head make_head(int64_t count, uint32_t sum)
{
    head h = {.record_size = sizeof(record), .count = count, .sum = sum};

    memcpy(h.magic, magic, sizeof magic);
    snprintf(h.commit, sizeof h.commit, "%s", plaq_commit());
    return h;
}

/* Where the records are whole: false where they are not what the head says. */
static bool sort_records(run_index *index, size_t n)
{
    char *at = index->old + sizeof(head), *end = index->old + n;

    for (int i = 0; i < index->count; i++) {
        record *r = (record *)(void *)at;
        int64_t bytes;

        if (end - at < (int64_t)sizeof *r) return false;
        bytes = (int64_t)sizeof *r + r->identity + (int64_t)r->measurements * 144;
        if (r->identity < 1 || r->measurements < 0 || r->bytes < bytes || r->bytes > end - at || r->bytes % 8)
            return false;
        if (((char *)(r + 1))[r->identity - 1] != '\0') return false;
        r->used = 0;
        index->sorted[i] = r;
        at += r->bytes;
    }
    qsort(index->sorted, (size_t)index->count, sizeof(record *), by_name);
    return true;
}

static plaq_status read_old(run_index *index)
{
    head h, expected;
    size_t n;

    if (!plaq_path_exists(index->path)) return PLAQ_OK;
    if (plaq_file_slurp(index->path, most_index, &index->old, &n) != PLAQ_OK) return PLAQ_OK;
    if (n < sizeof h) return PLAQ_OK;
    memcpy(&h, index->old, sizeof h);
    if (h.count < 0 || h.count > (int64_t)(n / sizeof(record))) return PLAQ_OK;
    expected = make_head(h.count, plaq_crc32(0, index->old + sizeof h, n - sizeof h));
    if (memcmp(&h, &expected, sizeof h) != 0) return PLAQ_OK;
    index->sorted = plaq_alloc((size_t)h.count, sizeof(record *));
    if (!index->sorted) return PLAQ_E_MEMORY;
    index->count = (int)h.count;
    if (!sort_records(index, n)) index->count = 0;
    return PLAQ_OK;
}

plaq_status run_index_open(const char *output, run_index **out)
{
    run_index *index = plaq_alloc(1, sizeof *index);
    plaq_status status;

    if (!index) return PLAQ_E_MEMORY;
    index->path = plaq_strprintf("%s/.index", output);
    status = index->path ? read_old(index) : PLAQ_E_MEMORY;
    *out = index;
    if (status != PLAQ_OK) run_index_close(out);
    return status;
}

void run_index_close(run_index **index)
{
    if (!*index) return;
    run_buffer_clear(&(*index)->fresh);
    plaq_free((*index)->sorted);
    plaq_free((*index)->old);
    plaq_free((*index)->path);
    plaq_free(*index);
    *index = NULL;
}

/* ---- one configuration ------------------------------------------------------------------------------------------- */

static stamp stamp_of(const char *path)
{
    struct stat s;

    if (stat(path, &s) != 0) return (stamp){.size = -1};
    return (stamp){s.st_size, run_time_of(&s), (int64_t)s.st_ctim.tv_sec * 1000000000 + s.st_ctim.tv_nsec,
                   (int64_t)s.st_ino};
}

static bool is_same(const stamp *a, const stamp *b)
{
    return a->size >= 0 && memcmp(a, b, sizeof *a) == 0;
}

void run_index_at(run_index *index, const plaq_run *run, const char *path, const char *result)
{
    const int *d = run->ensemble.dims;
    record *key = &index->now, **found;
    char how[400];

    snprintf(how, sizeof how, "%d %d %d %d %s", d[0], d[1], d[2], d[3], run->ensemble.raw);
    *key = (record){.name = run_hash(path, strlen(path)) ^ run_hash(how, strlen(how)) * 31};
    key->config = stamp_of(path);
    key->result = stamp_of(result);
    found = index->count ? bsearch(&key, index->sorted, (size_t)index->count, sizeof(record *), by_name) : NULL;
    index->known = found ? *found : NULL;
    if (index->known) index->known->used = 1;
}

const plaq_config_header *run_index_header(const run_index *index, const char **identity)
{
    const record *r = index->known;

    if (!r || !is_same(&index->now.config, &r->config)) return NULL;
    *identity = (const char *)(r + 1);
    return &r->header;
}

bool run_index_names(const run_index *index, const char (**names)[2][72], int *n)
{
    const record *r = index->known;

    if (!r || !is_same(&index->now.result, &r->result)) return false;
    *names = (const void *)((const char *)(r + 1) + r->identity);
    *n = r->measurements;
    return true;
}

plaq_status run_index_keep(run_index *index, const plaq_plan_entry *entry, const char (*names)[2][72], int n)
{
    const char *identity;
    const char(*known)[2][72];
    const char zeros[8] = "";
    record r = index->now;
    size_t bytes = sizeof r + strlen(entry->identity) + 1 + (size_t)n * sizeof *names;
    int n_known;

    if (run_index_header(index, &identity) && (run_index_names(index, &known, &n_known) || r.result.size < 0)) {
        index->known->used = 2; /* as it was */
        return PLAQ_OK;
    }
    index->missed++;
    index->n_fresh++;
    r.header = entry->header;
    r.identity = (int32_t)strlen(entry->identity) + 1;
    r.measurements = n;
    r.bytes = (int32_t)((bytes + 7) / 8 * 8);
    PLAQ_TRY(run_buffer_add(&index->fresh, &r, sizeof r));
    PLAQ_TRY(run_buffer_add(&index->fresh, entry->identity, (size_t)r.identity));
    PLAQ_TRY(run_buffer_add(&index->fresh, names, (size_t)n * sizeof *names));
    return run_buffer_add(&index->fresh, zeros, (size_t)r.bytes - bytes);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Whether both files were written long enough before @p now. */
static bool is_settled(const record *r, int64_t now)
{
    const int64_t before = now - 2000000000;

    return r->config.changed < before && r->config.written < before && r->result.changed < before &&
           r->result.written < before;
}

static bool write_record(const record *r, FILE *file, head *h)
{
    h->count++;
    h->sum = plaq_crc32((uint32_t)h->sum, r, (size_t)r->bytes);
    return fwrite(r, (size_t)r->bytes, 1, file) == 1;
}

/* Records of this plan, and old ones of others: another run file may share the output. */
static bool write_records(const run_index *index, FILE *file, int64_t now)
{
    head h = make_head(0, 0);
    bool whole = fwrite(&h, sizeof h, 1, file) == 1;
    const char *at = index->fresh.bytes;

    for (int i = 0; i < index->n_fresh && whole; i++) {
        const record *r = (const void *)at;

        if (is_settled(r, now)) whole = write_record(r, file, &h);
        at += r->bytes;
    }
    for (int i = 0; i < index->count && whole; i++) {
        record *r = index->sorted[i];

        if (r->used == 1) continue; /* made anew */
        r->used = 0;
        whole = write_record(r, file, &h);
    }
    rewind(file);
    return whole && fwrite(&h, sizeof h, 1, file) == 1;
}

void run_index_write(const run_index *index)
{
    char *aside;
    struct stat s;
    FILE *file;
    bool whole;

    if (index->missed < few || index->missed < index->count / 20) return;
    aside = plaq_strprintf("%s.tmp.%ld", index->path, (long)getpid());
    file = aside ? fopen(aside, "w") : NULL;
    if (file) {
        whole = fstat(fileno(file), &s) == 0 && write_records(index, file, run_time_of(&s));
        whole &= fclose(file) == 0;
        if (!whole || rename(aside, index->path) != 0) plaq_path_remove(aside);
    } else {
        plaq_log(PLAQ_LOG_DEBUG, "%s is not written: %s", index->path, strerror(errno));
    }
    plaq_free(aside);
}
