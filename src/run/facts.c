/* What stands beside the numbers of a result, under /provenance: what was measured, on what, by which plaq; and under
 * /provenance/run: when, where and how long. The first are the same bytes whenever the same is measured again. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"

enum { host_room = 64 };

static const char conventions[] =
    "directions 0..3 = x y z t; dims X Y Z T; planes xy xz yz xt yt zt; plaquette, rectangle, link trace, "
    "Polyakov loop (1/3) tr, 1 for the free field; spatial = xy xz yz, temporal = xt yt zt; clover F = (Q - "
    "Q^dagger)/8 traceless, "
    "E = -sum_{mu<nu} tr F F; Q = (1/(32 pi^2)) eps tr G G, G = -iF, eps_xyzt = +1; "
    "quarks: M = (4 + m) - D/2 + c_sw (i/2) sum_{mu<nu} sigma_munu F_munu + i mu gamma_5, m = 1/(2 kappa) - 4, gammas "
    "of "
    "DeGrand and Rossi, the 16 products gx^n0 gy^n1 gz^n2 gt^n3, sink momenta exp(-i p.(x - x_source)), times from the "
    "source; complex numbers are {r, i}";

/* "node1:32 node2:32" from one name of host_room bytes a rank, in the order of ranks. */
static void count_hosts(const char *names, int ranks, char *text, size_t n)
{
    size_t used = 0;

    text[0] = '\0';
    for (int i = 0, same; i < ranks && used < n; i += same) {
        const char *host = names + (size_t)i * host_room;

        for (same = 1; i + same < ranks && strcmp(host, host + (size_t)same * host_room) == 0;) same++;
        used += (size_t)snprintf(text + used, n - used, "%s%s:%d", i ? " " : "", host, same);
    }
}

plaq_status run_place_find(const plaq_comm *comm, run_place *place)
{
    int ranks = plaq_comm_size(comm);
    bool root = plaq_comm_rank(comm) == 0;
    int *counts = plaq_alloc((size_t)ranks, 4 * sizeof *counts); /* to send, where; to receive, where */
    char *names = plaq_alloc((size_t)ranks, host_room), host[host_room] = "?", folder[512] = "?";
    plaq_status status = plaq_agree(comm, counts && names ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK) {
        gethostname(host, sizeof host - 1);
        counts[0] = host_room;
        for (int r = 0; root && r < ranks; r++) {
            counts[2 * ranks + r] = host_room;
            counts[3 * ranks + r] = r * host_room;
        }
        plaq_exchange(comm, host, counts, counts + ranks, names, counts + 2 * ranks, counts + 3 * ranks);
        count_hosts(names, root ? ranks : 0, place->hosts, sizeof place->hosts);
        if (!getcwd(folder, sizeof folder)) folder[0] = '\0';
        snprintf(place->command, sizeof place->command, "process %ld in %s", (long)getpid(), folder);
        place->ranks = ranks;
        place->threads = plaq_threads();
    }
    plaq_free(names);
    plaq_free(counts);
    return status;
}

/* ---- the list ------------------------------------------------------------------------------------------------ */

enum { room_beside = 64 }; /* facts beside one of each measurement and derived field */

static plaq_status add(run_facts *facts, plaq_fact fact)
{
    if (facts->count == facts->room) return plaq_fail(PLAQ_E_INTERNAL, "more than %d facts", facts->room);
    facts->list[facts->count++] = fact;
    return PLAQ_OK;
}

/* A copy of a name or text that lives as long as the facts. */
static const char *keep(run_facts *facts, const char *text)
{
    char *copy = facts->n_texts < facts->room ? plaq_strdup(text) : NULL;

    if (copy) facts->texts[facts->n_texts++] = copy;
    return copy;
}

plaq_status run_facts_number(run_facts *facts, const char *name, double value, bool volatile_)
{
    const char *kept = keep(facts, name);

    if (!kept) return PLAQ_E_MEMORY;
    return isnan(value) ? PLAQ_OK : add(facts, (plaq_fact){.name = kept, .number = value, .volatile_ = volatile_});
}

plaq_status run_facts_text(run_facts *facts, const char *name, const char *text, bool volatile_)
{
    const char *kept = keep(facts, text);

    if (!kept) return PLAQ_E_MEMORY;
    return add(facts, (plaq_fact){.name = name, .text = kept, .volatile_ = volatile_});
}

void run_facts_clear(run_facts *facts)
{
    for (int i = 0; i < facts->n_texts; i++) plaq_free(facts->texts[i]);
    plaq_free(facts->texts);
    plaq_free(facts->list);
    *facts = (run_facts){0};
}

/* ---- of a configuration -------------------------------------------------------------------------------------- */

static plaq_status add_configuration(const plaq_plan_entry *entry, const plaq_verdict *v, run_facts *facts)
{
    const plaq_config_header *h = &v->header;
    char dims[64];

    snprintf(dims, sizeof dims, "%d %d %d %d", h->dims[0], h->dims[1], h->dims[2], h->dims[3]);
    PLAQ_TRY(run_facts_text(facts, "configuration", entry->path, false));
    PLAQ_TRY(run_facts_text(facts, "identity", entry->identity, false));
    PLAQ_TRY(run_facts_text(facts, "format", h->format, false));
    PLAQ_TRY(run_facts_text(facts, "dims", dims, false));
    PLAQ_TRY(run_facts_text(facts, "file_precision", h->prec == PLAQ_SINGLE ? "single" : "double", false));
    PLAQ_TRY(run_facts_number(facts, "file_bytes", (double)h->bytes, false));
    PLAQ_TRY(run_facts_text(facts, "checksum_kind", h->checksum_kind, false));
    PLAQ_TRY(run_facts_text(facts, "checksum", h->checksum, false));
    PLAQ_TRY(run_facts_text(facts, "checksum_computed", v->report.checksum, false));
    PLAQ_TRY(run_facts_number(facts, "header_plaquette", h->plaquette, false));
    PLAQ_TRY(run_facts_number(facts, "header_link_trace", h->link_trace, false));
    PLAQ_TRY(run_facts_number(facts, "plaquette", v->plaquette, false));
    PLAQ_TRY(run_facts_number(facts, "link_trace", v->link_trace, false));
    PLAQ_TRY(run_facts_number(facts, "unitarity", v->unitarity, false));
    return run_facts_text(facts, "time", v->open ? "open" : "periodic", false);
}

static plaq_status add_program(const plaq_run *run, run_facts *facts)
{
    char text[128];

    snprintf(text, sizeof text, "%s (%s)", PLAQ_VERSION, plaq_commit());
    PLAQ_TRY(run_facts_text(facts, "plaq", text, false));
    PLAQ_TRY(run_facts_text(facts, "compiler", plaq_compiler(), false));
    snprintf(text, sizeof text, "%s, %s", plaq_store_library(), plaq_par_library());
    PLAQ_TRY(run_facts_text(facts, "libraries", text, false));
    PLAQ_TRY(run_facts_text(facts, "conventions", conventions, false));
    PLAQ_TRY(run_facts_text(facts, "precision", plaq_run_prec(run) == PLAQ_SINGLE ? "single" : "double", false));
    PLAQ_TRY(run_facts_number(facts, "lanes", plaq_lanes_full(plaq_run_prec(run)), false));
    PLAQ_TRY(run_facts_text(facts, "ensemble", plaq_run_ensemble(run), false));
    PLAQ_TRY(run_facts_text(facts, "run_file", plaq_run_text(run), false));
    return run_facts_text(facts, "run_resolved", plaq_run_resolved(run), false);
}

static plaq_status add_place(const run_place *place, const int grid[4], run_facts *facts)
{
    char text[64];
    time_t t = time(NULL);
    struct tm utc;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    PLAQ_TRY(run_facts_text(facts, "written", text, true));
    PLAQ_TRY(run_facts_text(facts, "hosts", place->hosts, true));
    PLAQ_TRY(run_facts_text(facts, "command", place->command, true));
    PLAQ_TRY(run_facts_number(facts, "ranks", place->ranks, true));
    PLAQ_TRY(run_facts_number(facts, "threads", place->threads, true));
    snprintf(text, sizeof text, "%d %d %d %d", grid[0], grid[1], grid[2], grid[3]);
    return run_facts_text(facts, "grid", text, true);
}

plaq_status run_facts_make(const plaq_run *run, const plaq_plan_entry *entry, const plaq_verdict *verdict,
                           const run_place *place, const int grid[4], const char *forced, run_facts *facts)
{
    facts->room = room_beside + run->count + run->n_derived;
    facts->list = plaq_alloc((size_t)facts->room, sizeof *facts->list);
    facts->texts = plaq_alloc((size_t)facts->room, sizeof *facts->texts);
    if (!facts->list || !facts->texts) return PLAQ_E_MEMORY;
    PLAQ_TRY(add_configuration(entry, verdict, facts));
    PLAQ_TRY(run_facts_text(facts, "forced", forced, false));
    PLAQ_TRY(add_program(run, facts));
    PLAQ_TRY(add_place(place, grid, facts));
    return run_facts_number(facts, "seconds_read", verdict->report.seconds, true);
}
