/* What the files of the room run share: the run file read, lists that grow, the plan's packing, the output folder. */
#ifndef PLAQ_RUN_PRIVATE_H
#define PLAQ_RUN_PRIVATE_H

#include <sys/stat.h>
#include <time.h>

#include "plaq/run.h"

/* ---- the run file (read.c) ----------------------------------------------------------------------------------- */

typedef struct {
    int precision; /* a plaq_prec */
    int grid[4];   /* 0: chosen */
    int columns;   /* of quark fields solved together, at most */
    int teams;
    bool mpi_io; /* false: files are opened without it */
    char output[1024];
} run_options;

typedef struct {
    char name[128];
    int dims[4];   /* 0: in the files */
    char raw[256]; /* of plaq_config_open_raw */
} run_ensemble;

/* How to know that a configuration is complete. */
typedef struct {
    char marker[1024]; /* a file that is there then, {path} standing for the configuration's; "": none */
} run_complete;

struct plaq_run {
    plaq_node *root; /* overrides and defaults applied */
    char *path, *text, *resolved;
    run_options options;
    run_ensemble ensemble;
    run_complete complete;
    int n_derived;
    plaq_derived *derived; /* [n_derived] */
    int n_quarks, n_sources;
    plaq_flavour *quarks; /* [n_quarks] */
    plaq_source *sources; /* [n_sources] */
    int count;
    plaq_measurement *list; /* [count]: those of `measure`, then the fields to be written */
};

/* Whether a text names a group in the result file. */
bool run_is_name(const char *name);

/* ---- derived gauge fields (derived.c) ------------------------------------------------------------------------ */

/* Reads `gauge` into run->derived. */
PLAQ_MUST_USE plaq_status run_derived_read(plaq_run *run);

/* Reads which of them are to be written: appended to run->list, which has room for one each. */
PLAQ_MUST_USE plaq_status run_derived_read_writing(plaq_run *run);

/* The field that @p node names. */
PLAQ_MUST_USE plaq_status run_derived_find(const plaq_run *run, const plaq_node *node, int *links);

PLAQ_MUST_USE plaq_status run_derived_resolve(plaq_run *run);

/* The first field made from @p from that comes after @p after (-1: from the start) and is needed: something that is not
 * done (state NULL: nothing is) is measured on it, or on what is made from it. -1: there is none. */
int run_derived_next(const plaq_run *run, int from, int after, const plaq_task_state state[]);

/* ---- quarks and sources (quarks.c) --------------------------------------------------------------------------- */

/* Reads `quarks` and `sources`. */
PLAQ_MUST_USE plaq_status run_quarks_read(plaq_run *run);
void run_quarks_clear(plaq_run *run);
PLAQ_MUST_USE plaq_status run_quarks_resolve(plaq_run *run);

/* Reads which quarks, source and sinks a measurement takes. */
PLAQ_MUST_USE plaq_status run_lines_read(const plaq_run *run, const plaq_node *item, const plaq_node *params,
                                         const plaq_observable *o, plaq_lines *lines);

/* ---- measurements on propagators (lines.c) ------------------------------------------------------------------- */

/* What solving for a quark and a source took on a configuration. */
typedef struct {
    double residual; /* the largest */
    double seconds;
    int iterations;
    int read; /* positions that were on disk */
} run_solve;

/**
 * Solves for all that the wanted measurements take and contracts into their sinks. What is drawn for sources depends on
 * the links alone. @p solves is [quarks][sources]. PLAQ_E_IO where propagators cannot
 * be kept. Collective.
 */
PLAQ_MUST_USE plaq_status run_measure_lines(const plaq_run *run, plaq_gauge *u, const plaq_plan_entry *entry,
                                            const bool wanted[], plaq_sink *sinks[], run_solve solves[]);

/* ---- propagators that are kept (saved.c) --------------------------------------------------------------------- */

typedef struct {
    int format;
    int precision; /* a plaq_prec */
    char folder[1024];
} run_saving;

/* Reads a propagator into columns first to first + 11 where there is a whole one of the run's parameters: @p *found and
 * the largest @p *residual. Otherwise the columns may hold anything. Collective. */
PLAQ_MUST_USE plaq_status run_saved_read(const plaq_run *run, const plaq_plan_entry *entry, int quark, int source,
                                         const int at[4], plaq_columns *x, int first, bool *found, double *residual);

/* Writes it, in place of what is there. Collective. */
PLAQ_MUST_USE plaq_status run_saved_write(const plaq_run *run, const plaq_plan_entry *entry, int quark, int source,
                                          const int at[4], plaq_columns *x, int first, const double residual[]);

/* ---- bytes that grow (buffer.c) ------------------------------------------------------------------------------ */

typedef struct {
    char *bytes; /* owned; NUL-terminated where text was printed */
    size_t n, room;
} run_buffer;

PLAQ_MUST_USE plaq_status run_buffer_add(run_buffer *buffer, const void *bytes, size_t n);
PLAQ_MUST_USE plaq_status run_buffer_print(run_buffer *buffer, const char *format, ...) PLAQ_PRINTF(2, 3);
void run_buffer_clear(run_buffer *buffer);

/* ---- configurations of the run file (find.c) ----------------------------------------------------------------- */

typedef struct {
    char **paths; /* [count]; all owned */
    int count, room;
    bool open_ended; /* there may be more of them later */
    /* Where it is set, folders are watched: what it does not want is left out, and it is no failure to find nothing. */
    bool (*wants)(void *context, const char *path);
    void *context;
} run_paths;

/* The files that `configs` names, in its order; those of one glob in natural order (n9 before n10). Local. */
PLAQ_MUST_USE plaq_status run_find(const plaq_run *run, run_paths *paths);
void run_paths_clear(run_paths *paths);

/* ---- what a measurement depends on (key.c) ------------------------------------------------------------------- */

/* Values as "name: value", the next after @p between. */
PLAQ_MUST_USE plaq_status run_print_params(run_buffer *text, const plaq_param table[], const void *params,
                                           const char *between);

/* The parameters of a measurement as they stand in its result and key: "name: value" lines, by plaq_alloc. */
char *run_parameters(const plaq_run *run, const plaq_measurement *m);

/* The quarks, source and sinks of a measurement with all that its numbers depend on, in lines. */
PLAQ_MUST_USE plaq_status run_lines_print(const plaq_run *run, const plaq_measurement *m, run_buffer *text);

/* All that a propagator's numbers depend on but the configuration and the precision of its links, in lines. */
PLAQ_MUST_USE plaq_status run_propagator_print(const plaq_run *run, const plaq_flavour *q, const plaq_source *s,
                                               const int at[4], run_buffer *text);

/* What tells a file from another one: "NERSC 4 4 4 8 nersc 717938df 18432". By plaq_alloc. Local. */
PLAQ_MUST_USE plaq_status run_identity(const char *path, const plaq_config_header *header, const char *raw,
                                       char **identity);

/* The key of a measurement. @p written: identity of the file that was written, NULL of what is only measured. */
PLAQ_MUST_USE plaq_status run_key(const plaq_run *run, const plaq_measurement *m, const char *configuration,
                                  const char *written, char key[65]);

/* What a run file measures, in 16 hexadecimal digits: equal for equal measurements of whichever configurations. */
PLAQ_MUST_USE plaq_status run_work(const plaq_run *run, char work[17]);

/* ---- derived fields that are written (written.c) ------------------------------------------------------------- */

typedef struct {
    char format[16];
    int precision; /* a plaq_prec */
    char folder[1024];
} run_writing;

extern const plaq_observable run_written;

/* The file of a configuration, by plaq_alloc. */
char *run_written_path(const plaq_measurement *m, const char *config);

/* Identity of that file: "" where it is damaged, NULL where it is not there. One rank alone. Local. */
PLAQ_MUST_USE plaq_status run_written_identity(const plaq_measurement *m, const char *config, char **identity);

/* Writes a field whose plaquette and link trace are in @p result, and sets the result's key. Collective. */
PLAQ_MUST_USE plaq_status run_write_field(const plaq_run *run, const plaq_measurement *m, const plaq_plan_entry *entry,
                                          plaq_gauge *u, plaq_result *result);

/* ---- what the plan found out, for the next time (index.c): Local ----------------------------------------------- */

typedef struct run_index run_index;

PLAQ_MUST_USE plaq_status run_index_open(const char *output, run_index **index);
void run_index_close(run_index **index);

/* From here on it is about this configuration: its header and identity, and names and keys of its result, borrowed, or
 * NULL and false where they are not known; and what is kept of it. */
void run_index_at(run_index *index, const plaq_run *run, const char *path, const char *result);
const plaq_config_header *run_index_header(const run_index *index, const char **identity);
bool run_index_names(const run_index *index, const char (**names)[2][72], int *n);
PLAQ_MUST_USE plaq_status run_index_keep(run_index *index, const plaq_plan_entry *entry, const char (*names)[2][72],
                                         int n);

/* Writes it where it has much that is new; that it cannot be written is no failure. */
void run_index_write(const run_index *index);

uint64_t run_hash(const void *bytes, size_t n); /* never 0 */

/* ---- one configuration in the plan (plan.c): rank 0 alone ---------------------------------------------------- */

/* Reads the header of a configuration and looks at its result; what @p index (NULL: none) knows is not read. The entry
 * is to be cleared whatever comes of it. Local. */
PLAQ_MUST_USE plaq_status run_look(const plaq_run *run, run_index *index, const char *path, plaq_plan_entry *entry);
void run_entry_clear(plaq_plan_entry *entry);

/* Whether anything of it is to be measured and can be. */
bool run_is_to_do(const plaq_plan_entry *entry, int measurements);

/* ---- the plan between ranks (pack.c) ------------------------------------------------------------------------- */

/* Gives all ranks rank 0's plan; others pass an empty one. Collective. */
PLAQ_MUST_USE plaq_status run_plan_share(const plaq_comm *comm, int measurements, plaq_plan *plan);

/* ---- claims (claim.c): one rank of a team, Local -------------------------------------------------------------- */

enum { RUN_LEASE = 120 }; /* seconds */

/* A job's place among those that work on an output: its ticket in the folder of claims, and the claim it holds. */
typedef struct run_ticket run_ticket;

typedef enum {
    RUN_CLAIM_OURS,
    RUN_CLAIM_THEIRS, /* of a job that lives */
    RUN_CLAIM_UNSURE, /* of a job on another host that may live */
    RUN_CLAIM_DEAD
} run_claim_state;

typedef struct {
    run_claim_state state;
    bool same_work;  /* who holds it measures the same */
    bool taken_over; /* from a job that is dead */
    plaq_holder holder;
} run_claim;

/* @p work tells what is measured (run_work); borrowed. What dead jobs left among the claims is removed. */
PLAQ_MUST_USE plaq_status run_ticket_open(const char *output, const char *work, int team, double lease, run_ticket **t);
void run_ticket_close(run_ticket **ticket); /* leaves the claim that is held */
int64_t run_ticket_now(run_ticket *ticket); /* the file server's clock, ns */

/* Claims the result of this path: @p claim says whether it is ours now, or who has it. One at a time. */
PLAQ_MUST_USE plaq_status run_claim_take(run_ticket *ticket, const char *result, run_claim *claim);
bool run_claim_is_held(const run_ticket *ticket); /* false where it was lost to another job */
void run_claim_leave(run_ticket *ticket);         /* does nothing where none is held */
PLAQ_MUST_USE plaq_status run_claims_sweep(run_ticket *ticket);

char *run_claim_path(const char *output, const char *result); /* by plaq_alloc */

void run_job_name(char *text, size_t n);     /* of the batch system, "1234_5"; "" */
void run_time_text(time_t t, char text[32]); /* 2026-01-02T03:04:05Z */

/* ---- the output folder (folder.c): rank 0 alone, Local ------------------------------------------------------- */

/* Removes what killed runs left half written. */
PLAQ_MUST_USE plaq_status run_folder_sweep(const char *output);

/* Paths in it: the result of a configuration, the note of a failure. By plaq_alloc. */
char *run_result_path(const char *output, const char *config);
char *run_failed_path(const char *output, const char *config);

bool run_is_same_file(const char *a, const char *b);
int64_t run_time_of(const struct stat *s); /* of writing, ns since 1970 */

/* Notes why a configuration failed, for `status` and for other jobs: in words, and what was measured (run_work) on what
 * (the configuration's identity and when it was written); removes the note; reads its words: *words is NULL where there
 * is none. */
PLAQ_MUST_USE plaq_status run_failed_note(const char *output, const plaq_plan_entry *entry, const char *work,
                                          const char *words);
PLAQ_MUST_USE plaq_status run_failed_clear(const char *output, const char *config);
PLAQ_MUST_USE plaq_status run_failed_read(const char *output, const char *config, char **words);

/* Whether the same work on the same configuration was noted as failed at @p since or later (ns, the server's clock). */
PLAQ_MUST_USE plaq_status run_failed_since(const char *output, const plaq_plan_entry *entry, const char *work,
                                           int64_t since, bool *failed);

/* ---- what stands beside the numbers (facts.c) ---------------------------------------------------------------- */

typedef struct {
    plaq_fact *list; /* [room] */
    char **texts;    /* [room]: names and texts made here; all owned */
    int count, n_texts, room;
} run_facts;

/* Where and how a campaign runs: the same for all its configurations. */
typedef struct {
    char hosts[4096];   /* "node1:32 node2:32" */
    char command[1024]; /* folder and process of rank 0 */
    int ranks, threads;
} run_place;

/* Collective. */
PLAQ_MUST_USE plaq_status run_place_find(const plaq_comm *comm, run_place *place);

/* Local. */
PLAQ_MUST_USE plaq_status run_facts_make(const plaq_run *run, const plaq_plan_entry *entry, const plaq_verdict *verdict,
                                         const run_place *place, const int grid[4], const char *forced,
                                         run_facts *facts);
PLAQ_MUST_USE plaq_status run_facts_number(run_facts *facts, const char *name, double value, bool volatile_);
PLAQ_MUST_USE plaq_status run_facts_text(run_facts *facts, const char *name, const char *text, bool volatile_);
void run_facts_clear(run_facts *facts);

/* ---- the time a job has (clock.c) ---------------------------------------------------------------------------- */

typedef struct {
    double end;     /* of plaq_now(); infinity: none */
    double longest; /* seconds a configuration took */
    bool measured;  /* one of them in this job */
    const char *source;
} run_clock;

/* @p seconds 0: as the batch system says. From the end on plaq_stop_check() stops. Local, on every rank. */
void run_clock_start(run_clock *clock, double seconds);
void run_clock_end(run_clock *clock);
void run_clock_took(run_clock *clock, double seconds);
void run_clock_learn(run_clock *clock, const plaq_plan *plan, int ranks); /* from results that there are */

/* PLAQ_E_STOPPED, in words, where the next configuration may not be over in time. @p saves: a part of one is kept. */
PLAQ_MUST_USE plaq_status run_clock_check(const run_clock *clock, bool saves);

/* ---- one configuration measured (work.c) --------------------------------------------------------------------- */

/* Ranks that work on configurations together, and what they keep from one to the next. */
typedef struct {
    const plaq_comm *comm;
    const plaq_run *run;
    int number, teams;
    bool force;
    char work[17];      /* run_work */
    run_ticket *ticket; /* rank 0's; NULL on others */
    int64_t begun;      /* rank 0: when, by the file server's clock, ns */
    plaq_lattice *lattice;
    plaq_gauge *u;
    run_place place;
} run_team;

/* What came of a configuration: the same on all ranks of the team. */
typedef struct {
    bool only_this;                      /* a failure is this configuration's alone */
    bool unread;                         /* it is in the file: damaged, foreign, or not whole yet */
    bool lost;                           /* the claim was: nothing was published */
    double seconds, plaquette, residual; /* residual: the largest; 0: nothing was solved for */
    int iterations;
} run_outcome;

/* Reads, verifies, measures what is not done, and publishes the result where the claim is still ours. Collective. */
PLAQ_MUST_USE plaq_status run_measure(run_team *team, plaq_plan_entry *entry, run_outcome *outcome);

/* ---- which one is next (list.c, follow.c): rank 0 of a team, Local --------------------------------------------- */

typedef enum { RUN_TODO, RUN_DONE, RUN_FAILED, RUN_HELD } run_try_state;

/* What came of trying to begin a configuration. */
typedef struct {
    run_try_state state;
    bool leave; /* RUN_HELD: by a job that lives and measures the same */
    run_claim claim;
} run_try;

/* Claims a configuration and looks at it; the claim is kept, and @p entry filled, where it is to do. RUN_FAILED: it
 * cannot be read, another job of now failed on it, or the result is another configuration's; entry->message says it. */
PLAQ_MUST_USE plaq_status run_try_begin(run_team *team, const char *path, plaq_plan_entry *entry, run_try *outcome);

typedef enum { RUN_NEXT_WORK, RUN_NEXT_WAIT, RUN_NEXT_END } run_next;

/* The configurations of a plan, in its order; those that other jobs hold come last. */
typedef struct {
    plaq_plan *plan; /* borrowed; statuses and messages of failures are kept in it */
    bool *settled;   /* [count]; owned */
    int at, pass, current;
    int to_do, open, theirs; /* at first; not settled; left to other jobs */
    double looked;           /* when it was gone through */
} run_list;

PLAQ_MUST_USE plaq_status run_list_begin(run_list *list, plaq_plan *plan);
void run_list_end(run_list *list);
PLAQ_MUST_USE plaq_status run_list_next(run_list *list, run_team *team, plaq_plan_entry *entry, run_next *next);
void run_list_settle(run_list *list, plaq_status status, const char *words, bool lost);
const char *run_list_peek(const run_list *list); /* path of the one that may come next; NULL */

/* ---- configurations that are still being made (follow.c): rank 0 of a team, Local ------------------------------- */

typedef struct run_follow run_follow;

PLAQ_MUST_USE plaq_status run_follow_begin(const plaq_campaign_options *options, run_follow **follow);
void run_follow_end(run_follow **follow);
PLAQ_MUST_USE plaq_status run_follow_next(run_follow *follow, run_team *team, plaq_plan_entry *entry, run_next *next);

/* Whether the configuration just worked on may have been incomplete: it was written only now. */
bool run_follow_is_young(const run_follow *follow);
void run_follow_settle(run_follow *follow, plaq_status status, bool again); /* again: it is to be looked at again */
void run_follow_count(const run_follow *follow, int *known, int *done, int *failed);
const char *run_follow_peek(const run_follow *follow);

/* ---- what happens, for other programs (events.c): rank 0 of a team, Local -------------------------------------- */

typedef struct {
    const run_team *team; /* NULL: nothing is written */
    int fd;
    const char *metrics; /* path; NULL: none */
    char host[64], job[128];
    double written;   /* when the metrics were */
    run_outcome last; /* of what was measured here */
} run_events;

void run_events_open(run_events *events, const plaq_campaign_options *options, const run_team *team);
void run_events_close(run_events *events);

/* One line: "begin", "done", "failed", ...; @p configuration and @p words "" and @p outcome NULL are left out. */
void run_event(run_events *events, const char *what, const char *configuration, const run_outcome *outcome,
               const char *words);

/* @p known: configurations there are. @p now: however short ago the last time was. */
PLAQ_MUST_USE plaq_status run_metrics(run_events *events, const run_outcome *last, int known, bool now);

#endif
