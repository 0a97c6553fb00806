/* SciDAC volumes: a field in several LIME files.
 *
 * The site lists of all files, one after the other, are one list of all sites in some order. Every rank reads an equal
 * piece of it, in rounds, and sends each site to the rank it belongs to. A site that comes twice is an error, and as
 * there are as many as the lattice has, so is one that does not come. */
#include "gauge/volume.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gauge/lime.h"

enum { NUMBER_BYTES = 4, SITES_A_ROUND = 1 << 16 };

/* One file, as numbers that can be broadcast. */
typedef struct {
    int64_t number, digits; /* its name ends in ".vol" and the number with so many digits; 0 digits: it is the first */
    int64_t list, data;     /* where they begin */
    int64_t sites;
} part;

enum { PART_NUMBERS = sizeof(part) / sizeof(int64_t) };

/* ---- the files --------------------------------------------------------------------------------------------------- */

/* The length of a path without its ".volNNNN"; its own where it has none. */
static size_t stem_length(const char *path)
{
    size_t n = strlen(path), end = n;

    while (end > 0 && strchr("0123456789", path[end - 1])) end--;
    return end < n && end >= 4 && strncmp(path + end - 4, ".vol", 4) == 0 ? end - 4 : n;
}

static plaq_status name_of(const char *first, const part *p, char *path, size_t room)
{
    int n;

    if (p->digits == 0)
        n = snprintf(path, room, "%s", first);
    else
        n = snprintf(path, room, "%.*s.vol%0*lld", (int)stem_length(first), first, (int)p->digits,
                     (long long)p->number);
    return n < (int)room ? PLAQ_OK : plaq_fail(PLAQ_E_USAGE, "path of %d bytes is too long", n);
}

/* The site list and the data of a file that has no XML. */
static plaq_status look_at_part(const plaq_file *file, int before, size_t site_bytes, part *p)
{
    plaq_lime record = {0};
    int64_t size, list_bytes = 0;
    bool more;

    PLAQ_TRY(plaq_file_size(file, &size));
    for (;;) {
        PLAQ_TRY(plaq_lime_next(file, size, &record, &more));
        if (!more)
            return plaq_fail(PLAQ_E_DATA, "%s: no part of a SciDAC volume: %s", file->path,
                             list_bytes ? "data of a field are missing" : "no record scidac-sitelist");
        if (strcmp(record.type, "scidac-sitelist") == 0) {
            p->list = record.offset;
            list_bytes = record.bytes;
        }
        if (strcmp(record.type, "scidac-binary-data") == 0 || strcmp(record.type, "ildg-binary-data") == 0)
            if (before-- == 0) break;
    }
    p->data = record.offset;
    p->sites = list_bytes / NUMBER_BYTES;
    if (list_bytes == 0 || list_bytes % NUMBER_BYTES || record.bytes != p->sites * (int64_t)site_bytes)
        return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes of links, expected %lld for the %lld sites of scidac-sitelist",
                         file->path, (long long)record.bytes, (long long)(p->sites * (int64_t)site_bytes),
                         (long long)p->sites);
    return PLAQ_OK;
}

static plaq_status add_part(const char *first, part *p, int before, size_t site_bytes, plaq_config_header *h,
                            plaq_text *parts)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status;
    char path[4096];
    int64_t size;

    PLAQ_TRY(name_of(first, p, path, sizeof path));
    PLAQ_GO(plaq_file_open(&file, path));
    PLAQ_GO(look_at_part(&file, before, site_bytes, p));
    PLAQ_GO(plaq_file_size(&file, &size));
    h->bytes += size;
    status = plaq_text_add(parts, p, sizeof *p);
done:
    if (plaq_file_close(&file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    return status;
}

/* All files of the folder that are called as the first is, but for the number. */
static plaq_status add_others(const char *first, int before, size_t site_bytes, plaq_config_header *h, plaq_text *parts)
{
    const char *base = plaq_path_base(first);
    size_t stem = stem_length(first) - (size_t)(base - first);
    plaq_status status = PLAQ_OK;
    struct dirent *entry;
    char folder[4096];
    DIR *dir;

    snprintf(folder, sizeof folder, "%.*s", (int)(base - first), first);
    dir = plaq_fault() ? NULL : opendir(*folder ? folder : ".");
    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot be looked through: %s", folder, strerror(errno));
    while (status == PLAQ_OK && (entry = readdir(dir))) {
        const char *name = entry->d_name, *digits = name + stem + 4;

        if (strncmp(name, base, stem) != 0 || strncmp(name + stem, ".vol", 4) != 0 || strcmp(name, base) == 0) continue;
        if (!*digits || strlen(digits) > 9 || digits[strspn(digits, "0123456789")]) continue;
        status = add_part(first, &(part){.number = atoi(digits), .digits = (int64_t)strlen(digits)}, before, site_bytes,
                          h, parts);
    }
    closedir(dir);
    return status;
}

plaq_status plaq_volume_find(const plaq_file *file, const plaq_volume_first *first, plaq_config_header *h,
                             plaq_stored *s)
{
    part p = {.list = first->list, .data = first->data, .sites = first->list_bytes / NUMBER_BYTES};
    int64_t volume, sites = 0, f32 = (int64_t)plaq_site_bytes(PLAQ_SINGLE, 3);
    plaq_text parts = {0};
    plaq_status status;
    int n;

    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    if (p.sites == 0 || first->list_bytes % NUMBER_BYTES)
        return plaq_fail(PLAQ_E_DATA, "%s: first file of a SciDAC volume, but scidac-sitelist has %lld bytes",
                         file->path, (long long)first->list_bytes);
    if (first->data_bytes != p.sites * f32 && first->data_bytes != 2 * p.sites * f32)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: %lld bytes of links, expected %lld (32 bit) or %lld (64 bit) for the %lld sites of "
                         "scidac-sitelist",
                         file->path, (long long)first->data_bytes, (long long)(p.sites * f32),
                         (long long)(2 * p.sites * f32), (long long)p.sites);
    h->prec = first->data_bytes == p.sites * f32 ? PLAQ_SINGLE : PLAQ_DOUBLE;
    PLAQ_GO(plaq_text_add(&parts, &p, sizeof p));
    PLAQ_GO(add_others(file->path, first->before, plaq_site_bytes(h->prec, 3), h, &parts));
    n = (int)(parts.n / sizeof p);
    for (int i = 0; i < n; i++) sites += ((const part *)parts.bytes)[i].sites;
    if (sites != volume) {
        status =
            plaq_fail(PLAQ_E_DATA, "%s: %lld sites in the %d files %.*s.vol*, expected %lld: files are missing",
                      file->path, (long long)sites, n, (int)stem_length(file->path), file->path, (long long)volume);
        goto done;
    }
    s->bytes = volume * (int64_t)plaq_site_bytes(h->prec, 3);
    s->indirect = true;
    s->chunks = n * PART_NUMBERS;
    s->chunk_at = (int64_t *)parts.bytes;
    snprintf(h->note, sizeof h->note, "a SciDAC volume of %d files", n);
    return PLAQ_OK;
done:
    plaq_free(parts.bytes);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* One rank's piece of the list of all sites, and the messages of a round: sites, each its number and its bytes. */
typedef struct {
    const plaq_config *config;
    plaq_field *links;
    const part *parts;
    int open, ranks;
    plaq_file file;       /* of parts[open] */
    int64_t next, end;    /* in the list */
    int64_t round;        /* sites of a round at most */
    size_t site, message; /* bytes of a site; of it and its number */
    unsigned char *numbers, *data, *out, *in;
    int *owner;                                          /* [round] */
    int *out_n, *out_at, *in_n, *in_at, *four, *four_at; /* [ranks] */
    bool *seen;                                          /* [local sites] */
} reader;

static void reader_clear(reader *r)
{
    plaq_free(r->numbers);
    plaq_free(r->data);
    plaq_free(r->out);
    plaq_free(r->in);
    plaq_free(r->owner);
    plaq_free(r->out_n);
    plaq_free(r->seen);
}

/* Collective. */
static plaq_status reader_make(reader *r)
{
    const plaq_comm *comm = r->config->comm;
    const int *local = plaq_lattice_local(plaq_field_lattice(r->links));
    int64_t volume = plaq_lattice_volume(plaq_field_lattice(r->links)), rank = plaq_comm_rank(comm);
    size_t round;

    r->ranks = plaq_comm_size(comm);
    r->next = volume / r->ranks * rank + (rank < volume % r->ranks ? rank : volume % r->ranks);
    r->end = r->next + volume / r->ranks + (rank < volume % r->ranks);
    r->round = SITES_A_ROUND / r->ranks + 1;
    r->site = plaq_site_bytes(r->config->header.prec, 3);
    r->message = sizeof(int64_t) + r->site;
    round = (size_t)r->round;
    r->numbers = plaq_alloc(round, NUMBER_BYTES);
    r->data = plaq_alloc(round, r->site);
    r->out = plaq_alloc(round, r->message);
    r->in = plaq_alloc(round * (size_t)r->ranks, r->message);
    r->owner = plaq_alloc(round, sizeof *r->owner);
    r->out_n = plaq_alloc(6 * (size_t)r->ranks, sizeof *r->out_n);
    r->seen = plaq_alloc((size_t)(local[0] * local[1]) * (size_t)(local[2] * local[3]), sizeof *r->seen);
    PLAQ_TRY(plaq_agree(comm, r->numbers && r->data && r->out && r->in && r->owner && r->out_n && r->seen
                                  ? PLAQ_OK
                                  : PLAQ_E_MEMORY));
    r->out_at = r->out_n + r->ranks;
    r->in_n = r->out_at + r->ranks;
    r->in_at = r->in_n + r->ranks;
    r->four = r->in_at + r->ranks;
    r->four_at = r->four + r->ranks;
    for (int i = 0; i < r->ranks; i++) {
        r->four[i] = (int)sizeof(int);
        r->four_at[i] = i * (int)sizeof(int);
    }
    return PLAQ_OK;
}

/* Sites of the next round, all of one file, which is then open; and the place of the first in it. */
static plaq_status next_sites(reader *r, int64_t *n, int64_t *at)
{
    int64_t before = 0;
    int i = 0;

    while (r->next >= before + r->parts[i].sites) before += r->parts[i++].sites;
    *at = r->next - before;
    *n = r->parts[i].sites - *at;
    if (*n > r->end - r->next) *n = r->end - r->next;
    if (*n > r->round) *n = r->round;
    if (i != r->open) {
        char path[4096];

        PLAQ_TRY(plaq_file_close(&r->file));
        PLAQ_TRY(name_of(r->config->path, &r->parts[i], path, sizeof path));
        PLAQ_TRY(plaq_file_open(&r->file, path));
        r->open = i;
    }
    return PLAQ_OK;
}

static void coordinates(const plaq_field *links, int64_t site, int c[4])
{
    const int *dims = plaq_lattice_dims(plaq_field_lattice(links));

    for (int mu = 0; mu < 4; mu++) {
        c[mu] = (int)(site % dims[mu]);
        site /= dims[mu];
    }
}

static int64_t number_at(const reader *r, int64_t i)
{
    const unsigned char *b = r->numbers + i * NUMBER_BYTES;

    return (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
}

/* Which rank every site of a round belongs to, and how much goes to each. */
static plaq_status find_owners(reader *r, int64_t n)
{
    plaq_lattice *lattice = plaq_field_lattice(r->links);

    for (int64_t i = 0; i < n; i++) {
        int64_t site = number_at(r, i);
        int c[4];

        if (site >= plaq_lattice_volume(lattice))
            return plaq_fail(PLAQ_E_DATA, "%s: site %lld in scidac-sitelist, expected less than %lld", r->file.path,
                             (long long)site, (long long)plaq_lattice_volume(lattice));
        coordinates(r->links, site, c);
        for (int mu = 0; mu < 4; mu++) c[mu] /= plaq_lattice_local(lattice)[mu];
        r->owner[i] = plaq_lattice_rank_at(lattice, c);
    }
    for (int64_t i = 0; i < n; i++) r->out_n[r->owner[i]] += (int)r->message;
    return PLAQ_OK;
}

/* Reads the next sites of my piece into messages, sorted by where they go, and adds to the checksum. Local. */
static plaq_status read_round(reader *r, uint32_t sum[2])
{
    int64_t n, at;

    PLAQ_TRY(plaq_stop_check(plaq_comm_self()));
    PLAQ_TRY(next_sites(r, &n, &at));
    PLAQ_TRY(
        plaq_file_read(&r->file, r->parts[r->open].list + at * NUMBER_BYTES, r->numbers, (size_t)n * NUMBER_BYTES));
    PLAQ_TRY(plaq_file_read(&r->file, r->parts[r->open].data + at * (int64_t)r->site, r->data, (size_t)n * r->site));
    PLAQ_TRY(find_owners(r, n));
    for (int i = 1; i < r->ranks; i++) r->out_at[i] = r->out_at[i - 1] + r->out_n[i - 1];
    for (int64_t i = 0; i < n; i++) {
        unsigned char *message = r->out + r->out_at[r->owner[i]];
        int64_t site = number_at(r, i);

        memcpy(message, &site, sizeof site);
        memcpy(message + sizeof site, r->data + (size_t)i * r->site, r->site);
        r->out_at[r->owner[i]] += (int)r->message;
        plaq_check_add(r->config->stored.check, sum, r->data + (size_t)i * r->site, site, 1, r->site,
                       plaq_config_form(&r->config->header).swap);
    }
    r->next += n;
    return PLAQ_OK;
}

/* Sends what was read; *n: bytes that came. Collective. */
static void exchange(reader *r, int *n)
{
    const plaq_comm *comm = r->config->comm;

    plaq_exchange(comm, r->out_n, r->four, r->four_at, r->in_n, r->four, r->four_at);
    r->out_at[0] = r->in_at[0] = 0;
    for (int i = 1; i < r->ranks; i++) {
        r->out_at[i] = r->out_at[i - 1] + r->out_n[i - 1];
        r->in_at[i] = r->in_at[i - 1] + r->in_n[i - 1];
    }
    *n = r->in_at[r->ranks - 1] + r->in_n[r->ranks - 1];
    plaq_exchange(comm, r->out, r->out_n, r->out_at, r->in, r->in_n, r->in_at);
}

/* Puts a site that came into the field. Local. */
static plaq_status put_site(reader *r, const unsigned char *message)
{
    plaq_lattice *lattice = plaq_field_lattice(r->links);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    const plaq_link_form form = plaq_config_form(&r->config->header);
    double links[72];
    float singles[72];
    int64_t site, i;
    int c[4];

    memcpy(&site, message, sizeof site);
    coordinates(r->links, site, c);
    for (int mu = 0; mu < 4; mu++) c[mu] -= origin[mu];
    i = c[0] + local[0] * (c[1] + local[1] * (c[2] + (int64_t)local[2] * c[3]));
    if (r->seen[i])
        return plaq_fail(PLAQ_E_DATA, "%s: site %lld is in the lists of the volume twice", r->config->path,
                         (long long)site);
    r->seen[i] = true;
    memcpy(form.prec == PLAQ_DOUBLE ? (void *)links : (void *)singles, message + sizeof site, r->site);
    if (form.swap && form.prec == PLAQ_DOUBLE) plaq_byte_swap(links, sizeof *links, 72);
    if (form.swap && form.prec == PLAQ_SINGLE) plaq_byte_swap(singles, sizeof *singles, 72);
    for (int k = 0; form.prec == PLAQ_SINGLE && k < 72; k++) links[k] = singles[k];
    plaq_field_put(r->links, c, 1, links);
    return PLAQ_OK;
}

plaq_status plaq_volume_read(const plaq_config *config, plaq_field *links, uint32_t sum[2])
{
    reader r = {.config = config,
                .links = links,
                .parts = (const part *)config->stored.chunk_at,
                .open = -1,
                .file = PLAQ_FILE_CLOSED};
    plaq_status status;

    sum[0] = sum[1] = 0;
    PLAQ_GO(reader_make(&r));
    while (plaq_any(config->comm, r.next < r.end)) {
        int came;

        for (int i = 0; i < r.ranks; i++) r.out_n[i] = r.out_at[i] = 0;
        if (r.next < r.end) status = read_round(&r, sum);
        PLAQ_GO(plaq_agree(config->comm, status));
        exchange(&r, &came);
        for (int at = 0; at < came && status == PLAQ_OK; at += (int)r.message) status = put_site(&r, r.in + at);
        PLAQ_GO(plaq_agree(config->comm, status));
    }
    plaq_reduce_xor(config->comm, sum, 2);
done:
    if (plaq_file_close(&r.file) != PLAQ_OK && status == PLAQ_OK) status = PLAQ_E_IO;
    reader_clear(&r);
    return plaq_agree(config->comm, status);
}
