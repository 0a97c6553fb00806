/** @file
 * Ranks: start and stop, agreement, requests to stop, broadcast, exact sums, messages, the process grid. Room: par.
 *
 * All of MPI is behind this header. A program started alone, without a launcher, never calls MPI_Init: then a
 * communicator has one rank and nothing here can wait, which is what a login node wants.
 */
#ifndef PLAQ_PAR_H
#define PLAQ_PAR_H

#include "plaq/base.h"

/** A group of ranks. */
typedef struct plaq_comm plaq_comm;

/** Starts MPI where a launcher started us (or PLAQ_MPI=on), and gives all ranks. Collective. */
PLAQ_MUST_USE plaq_status plaq_par_start(int *argc, char ***argv, plaq_comm **world);

/** Ends MPI where plaq_par_start began it; frees @p *world and sets it to NULL. Collective. */
void plaq_par_stop(plaq_comm **world);

int plaq_comm_rank(const plaq_comm *comm);
int plaq_comm_size(const plaq_comm *comm);

/** The MPI_Comm behind it, for files opened through MPI-IO by parallel HDF5; NULL where MPI was not started or files
 * are to be opened without MPI-IO. Local. */
const void *plaq_comm_mpi(const plaq_comm *comm);

/** Whether files are opened through MPI-IO from now on; not so from the start with PLAQ_MPI_IO=off in the environment
 * of rank 0. Otherwise each rank reads and writes its part by itself: the same bits. All ranks call it alike. Local. */
void plaq_par_use_mpi_io(bool on);

/** This rank alone, without MPI: for what one rank does by itself. Never freed. Local. */
const plaq_comm *plaq_comm_self(void);

/** Splits the ranks into teams of equal size, neighbours together: the comm of our own. Their number divides that of
 * the ranks. Collective. */
PLAQ_MUST_USE plaq_status plaq_comm_split(const plaq_comm *comm, int teams, plaq_comm **team);
void plaq_comm_free(plaq_comm **team); /**< does nothing where it is NULL. Collective. */

/** A line that says which MPI this is ("Open MPI 4.1.4", "none"). Local. */
const char *plaq_par_library(void);

/**
 * One verdict of all ranks: the status of the lowest rank that failed, with its words ("rank 3: ..." unless it is
 * rank 0 or alone), or PLAQ_OK. From here on the ranks are of one mind. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_agree(const plaq_comm *comm, plaq_status status);

/** True on all ranks where it is true on any. Collective. */
bool plaq_any(const plaq_comm *comm, bool here);

/** Catches SIGINT, SIGTERM and SIGUSR1 as requests to stop; a second SIGINT kills. Local; once, from main. */
void plaq_stop_catch(void);

/** From this time of plaq_now() on it is as if a signal had come; INFINITY: never. Local. */
void plaq_stop_at(double time);

/**
 * PLAQ_E_STOPPED on all ranks where any was asked to stop. Loops that may last longer than a second ask before each
 * step and return it, as they return a failure: what was begun is dropped. Collective; one message of four bytes.
 */
PLAQ_MUST_USE plaq_status plaq_stop_check(const plaq_comm *comm);

void plaq_barrier(const plaq_comm *comm);                          /**< Collective. */
void plaq_broadcast(const plaq_comm *comm, void *bytes, size_t n); /**< From rank 0. Collective. */

/** Broadcasts a string of rank 0 that the caller then owns (plaq_free); others pass NULL in. Collective. */
PLAQ_MUST_USE plaq_status plaq_broadcast_text(const plaq_comm *comm, char **text);

void plaq_reduce_max(const plaq_comm *comm, double values[], int n);  /**< Collective; NaN wins. */
void plaq_reduce_add(const plaq_comm *comm, int64_t values[], int n); /**< Collective. */
/** The same on all ranks, in an order that depends on their number. Collective. */
void plaq_reduce_sum(const plaq_comm *comm, double values[], int n);
void plaq_reduce_xor(const plaq_comm *comm, uint32_t values[], int n);   /**< Collective. */
void plaq_reduce_add32(const plaq_comm *comm, uint32_t values[], int n); /**< Modulo 2^32. Collective. */

/** Sends to and receives from one rank each, in whichever order they come. -1: no such message. Both ranks call. */
void plaq_send_receive(const plaq_comm *comm, const void *send, size_t n_send, int to, void *receive, size_t n_receive,
                       int from);

/**
 * Every rank sends bytes[r] to each rank r (counts and displacements in bytes, below 2 GiB in all). Collective.
 */
void plaq_exchange(const plaq_comm *comm, const void *send, const int send_count[], const int send_start[],
                   void *receive, const int receive_count[], const int receive_start[]);

/* ---- transport: the same messages again and again --------------------------------------------------------- */

/** Persistent messages with fixed partners and buffers: what a halo exchange rides on. Between ranks of a host they are
 * written where they are read, in memory that is shared (not with PLAQ_SHARED_MEMORY=off in the environment of rank 0,
 * nor where there is not enough of it); others go by MPI. */
typedef struct plaq_transport plaq_transport;

/**
 * Message i, of bytes[i], goes to rank to[i], whose message i comes from here, and comes from from[i]. Whoever is
 * written to also writes back, by this message or another one. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_transport_create(const plaq_comm *comm, int n, const int to[], const int from[],
                                                const size_t bytes[], plaq_transport **transport);
void plaq_transport_destroy(plaq_transport **transport);

/** Where message i is to be written before it is started; another place each time. Local. */
void *plaq_transport_out(const plaq_transport *transport, int i);

/** Message i as it has come: from the finish on, until the next start. Local. */
const void *plaq_transport_in(const plaq_transport *transport, int i);

void plaq_transport_start(plaq_transport *transport);  /**< Collective. */
void plaq_transport_finish(plaq_transport *transport); /**< Collective. */

/* ---- what ranks stand on: for `plaq doctor` and `plaq bench` --------------------------------------------------- */

/** Whether MPI was started. Local. */
bool plaq_par_started(void);

/** Versions of libraries that MPI has loaded: "OpenPMIx 4.2.2", "1.13.1"; "" where it is not in use, or hidden. Local.
 */
const char *plaq_par_pmix(void);
const char *plaq_par_ucx(void);

/** A setting of the MPI library as it is in force, "btl_vader_single_copy_mechanism": "cma". False, and @p text "",
 * where it has none of that name, or where MPI was not started. From MPI's tool interface. Local. */
bool plaq_mpi_setting(const char *name, char *text, size_t n);

/** Open MPI's components of a kind that are loaded, "btl": "self, tcp, vader"; "" where it does not tell. Local. */
void plaq_mpi_components(const char *kind, char *text, size_t n);

/** The lowest rank that shares memory with this one, as MPI sees it: the same on all ranks of a host. Local. */
int plaq_comm_node(const plaq_comm *comm);

/** Whether all ranks are on one host and write halos straight into each other's memory: there is no travelling then that
 * work could hide. The same on all ranks. Local. */
bool plaq_comm_near(const plaq_comm *comm);

/** Messages of the transports that this rank has made: written into shared memory, and sent by MPI. Local. */
void plaq_transport_ways(int64_t *shared, int64_t *sent);

/** One line that says how messages travel: "ob1 over self, tcp, vader"; "UCX 1.13.1"; "" where there is no telling. */
void plaq_mpi_transport(char *text, size_t n);

/** What trying MPI-IO on a file came to. */
typedef struct {
    char kind[32];      /**< "ROMIO", "OMPIO", or "" */
    double write, read; /**< seconds */
} plaq_mpi_io_trial;

/** Writes a file through MPI-IO, a block of each rank, reads it back, the block of the next rank, and removes it.
 * PLAQ_E_IO with MPI's words, or where what is read is not what was written; PLAQ_E_USAGE where plaq_comm_mpi() is
 * NULL. Collective. */
PLAQ_MUST_USE plaq_status plaq_mpi_io_try(const plaq_comm *comm, const char *path, size_t bytes,
                                          plaq_mpi_io_trial *trial);

/* ---- order-independent sums ----------------------------------------------------------------------------------- */

/**
 * A sum that does not depend on the order of its terms. Each term v, |v| < 2^40, is rounded once to a multiple of
 * 2^-100 and added exactly, so threads, ranks and lanes may add in any order and get the same bits.
 * A term that is not finite or too large makes the sum NaN. Zero-initialise. After P. Ahrens, J. Demmel and
 * H. D. Nguyen, ACM TOMS 46 (2020) 22, with integer limbs.
 */
typedef struct {
    int64_t high, middle, low; /**< multiples of 2^-10, 2^-55 and 2^-100 */
    int64_t bad;               /**< terms that had no place */
} plaq_sum;

void plaq_sum_add(plaq_sum *sum, double term);

void plaq_sum_merge(plaq_sum *sum, const plaq_sum *other);
double plaq_sum_value(const plaq_sum *sum);

/** Adds the sums of all ranks; all get the same. Collective. */
void plaq_sum_reduce(const plaq_comm *comm, plaq_sum sums[], int n);

/** Many sums side by side, for loops over sites: adding to them vectorises. Not for two threads at once. */
typedef struct plaq_bank plaq_bank;

PLAQ_MUST_USE plaq_status plaq_bank_create(int sums, plaq_bank **bank); /**< all zero */
void plaq_bank_destroy(plaq_bank **bank);
void plaq_bank_add(plaq_bank *bank, int first, const double terms[], int n); /**< sum first + i += terms[i] */
void plaq_bank_take(plaq_bank *bank, int i, plaq_sum *sum);                  /**< *sum += sum i, which becomes zero */

/* ---- process grid -------------------------------------------------------------------------------------------- */

/**
 * The process grid of @p ranks over a lattice with least surface between ranks; ties go to t, then z, y, x.
 * PLAQ_E_USAGE, naming extents and ranks, where the extents cannot be divided. Local.
 *
 * @param[in]  dims  extents X, Y, Z, T
 * @param[out] grid  ranks along X, Y, Z, T; their product is @p ranks
 */
PLAQ_MUST_USE plaq_status plaq_grid_choose(const int dims[4], int ranks, int grid[4]);

/** Whether a given grid fits: product and divisibility. Local. */
PLAQ_MUST_USE plaq_status plaq_grid_check(const int dims[4], int ranks, const int grid[4]);

#endif
