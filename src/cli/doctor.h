/* What the files of `plaq doctor` share: findings, and the places ranks are at.
 *
 * Checks are made by all ranks in the same order. Each says what it found (doctor_say), on all ranks alike; rank 0
 * keeps it and prints it at once. doctor_begin names the check that is being made: where it does not come back before
 * the time is over, a thread of its own says so and ends the program.
 */
#ifndef PLAQ_CLI_DOCTOR_H
#define PLAQ_CLI_DOCTOR_H

#include <sched.h>

#include "plaq/par.h"

/* ---- findings (doctor_report.c) ------------------------------------------------------------------------------------
 */

typedef enum { DOCTOR_OK, DOCTOR_WARN, DOCTOR_BAD } doctor_verdict;

/* Starts the thread that watches the time; before MPI, which may hang itself. Local. */
void doctor_watch(void);

/* How long all checks may take, counted from doctor_watch, which rank this is, and how to print. Local. */
void doctor_report_start(int rank, double limit, bool json);

/* The check that is made now, and what helps where it hangs; "" where nothing is known to. Local. */
void doctor_begin(const char *name, const char *help);

/* What was found in that check; `help`: the setting that helps, "" where there is none. Local. */
void doctor_say(doctor_verdict verdict, const char *help, const char *format, ...) PLAQ_PRINTF(3, 4);

/* A number that belongs to the last finding, for JSON. Local. */
void doctor_number(const char *name, double value);

/* Ends the report: the number of findings that are bad. Local. */
PLAQ_MUST_USE plaq_status doctor_report_end(int *bad);

/* ---- places (doctor_world.c) ---------------------------------------------------------------------------------------
 */

/* Where a rank is and what it may use. */
typedef struct {
    char host[64];
    char kernel[40]; /* of one boot: equal on ranks that share memory and processors */
    uint64_t users;  /* the user namespace */
    cpu_set_t cpus;  /* it may run on */
    double cores;    /* that its cgroup lets it use; INFINITY: as many as there are */
    double memory;   /* bytes: of the host, or what its cgroup allows */
    double locked;   /* bytes it may lock; INFINITY: all */
    bool infiniband; /* the host has it */
    int threads;
    int node; /* lowest rank that shares memory with it, as MPI sees it */
} doctor_place;

/* [ranks], the caller's to plaq_free. Collective. */
PLAQ_MUST_USE plaq_status doctor_places(const plaq_comm *comm, doctor_place **places);

/* ---- the checks: Collective; the statuses are failures to check at all ----------------------------------------------
 */

/* True where this process is one of many that a launcher started without their finding each other. Local. */
bool doctor_is_singleton(const plaq_comm *comm);

void doctor_layers(void);
void doctor_world(const plaq_comm *comm, const doctor_place places[]);
PLAQ_MUST_USE plaq_status doctor_transport(const plaq_comm *comm, const doctor_place places[]);
PLAQ_MUST_USE plaq_status doctor_speed(const plaq_comm *comm, const doctor_place places[]);
PLAQ_MUST_USE plaq_status doctor_folder(const plaq_comm *comm, const char *folder);

#endif
