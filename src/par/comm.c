/* Ranks and what they say to each other. Where MPI was not started there is one rank and every call here returns at
 * once. */
#include "comm.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool without_mpi_io; /* the same on all ranks */

static bool alone(const plaq_comm *comm)
{
    return comm->size == 1;
}

/* Launchers tell their children by these: Open MPI, PMIx (srun), MPICH and Intel MPI, srun with several tasks. */
static bool launched(void)
{
    static const char *const signs[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"};
    const char *wish = getenv("PLAQ_MPI"), *tasks = getenv("SLURM_STEP_NUM_TASKS");

    if (wish) return strcmp(wish, "off") != 0;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (getenv(signs[i])) return true;
    return tasks && atoi(tasks) > 1;
}

/* PLAQ_FAULT=n[@rank]: the n-th fault point of that rank fails */
static void arm_fault(int rank)
{
    const char *fault = getenv("PLAQ_FAULT");
    long n = 0;
    int where = 0;

    if (fault && sscanf(fault, "%ld@%d", &n, &where) >= 1 && where == rank) plaq_fault_arm(n);
}

/* Threads of a rank where OMP_NUM_THREADS does not say: the processors it may run on, shared with the other ranks of
 * the host where it may run on all of them. More threads than processors would wait for each other in turns. */
static void share_processors(const plaq_comm *comm)
{
    int processors, ranks;
    cpu_set_t mine;

    if (getenv("OMP_NUM_THREADS") || sched_getaffinity(0, sizeof mine, &mine) != 0) return;
    processors = CPU_COUNT(&mine);
    ranks = processors == sysconf(_SC_NPROCESSORS_ONLN) ? comm->here : 1;
    plaq_threads_set(processors > ranks ? processors / ranks : 1);
}

/* "off" in a variable of the environment, as rank 0 has it: a launcher need not hand it to other hosts. */
static bool is_off(const plaq_comm *comm, const char *variable)
{
    const char *wish = getenv(variable);
    bool off = wish && strcmp(wish, "off") == 0;

    plaq_broadcast(comm, &off, sizeof off);
    return off;
}

/* Which ranks are on one host. */
static void find_hosts(plaq_comm *comm, bool shares)
{
    MPI_Comm host;

    comm->here = 1;
    comm->node = comm->rank;
    comm->shares = shares;
    if (alone(comm)) return;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &comm->here);
    MPI_Bcast(&comm->node, 1, MPI_INT, 0, host);
    MPI_Comm_free(&host);
}

plaq_status plaq_par_start(int *argc, char ***argv, plaq_comm **world)
{
    plaq_comm *comm = plaq_alloc(1, sizeof *comm);
    int level;

    if (!comm) return PLAQ_E_MEMORY;
    comm->mpi = MPI_COMM_NULL;
    comm->size = 1;
    if (launched()) {
        if (MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS) {
            plaq_free(comm);
            return plaq_fail(PLAQ_E_IO, "MPI does not start (PLAQ_MPI=off runs without it)");
        }
        MPI_Comm_dup(MPI_COMM_WORLD, &comm->mpi);
        MPI_Comm_rank(comm->mpi, &comm->rank);
        MPI_Comm_size(comm->mpi, &comm->size);
    }
    without_mpi_io = is_off(comm, "PLAQ_MPI_IO");
    find_hosts(comm, !is_off(comm, "PLAQ_SHARED_MEMORY"));
    share_processors(comm);
    arm_fault(comm->rank);
    *world = comm;
    return PLAQ_OK;
}

void plaq_par_stop(plaq_comm **world)
{
    if (!*world) return;
    if ((*world)->mpi != MPI_COMM_NULL) {
        MPI_Comm_free(&(*world)->mpi);
        MPI_Finalize();
    }
    plaq_free(*world);
    *world = NULL;
}

int plaq_comm_rank(const plaq_comm *comm)
{
    return comm->rank;
}

int plaq_comm_size(const plaq_comm *comm)
{
    return comm->size;
}

const void *plaq_comm_mpi(const plaq_comm *comm)
{
    return comm->mpi == MPI_COMM_NULL || without_mpi_io ? NULL : &comm->mpi;
}

void plaq_par_use_mpi_io(bool on)
{
    without_mpi_io = !on;
}

const plaq_comm *plaq_comm_self(void)
{
    static const plaq_comm self = {.mpi = MPI_COMM_NULL, .rank = 0, .size = 1, .here = 1};

    return &self;
}

plaq_status plaq_comm_split(const plaq_comm *comm, int teams, plaq_comm **team)
{
    plaq_comm *part = plaq_alloc(1, sizeof *part);
    plaq_status status = part ? PLAQ_OK : PLAQ_E_MEMORY;

    if (comm->size % teams)
        status = plaq_fail(PLAQ_E_USAGE, "%d ranks cannot be split into %d teams of equal size", comm->size, teams);
    status = plaq_agree(comm, status);
    if (status != PLAQ_OK) {
        plaq_free(part);
        return status;
    }
    part->size = comm->size / teams;
    part->rank = comm->rank % part->size;
    part->mpi = MPI_COMM_NULL;
    if (comm->mpi != MPI_COMM_NULL) MPI_Comm_split(comm->mpi, comm->rank / part->size, comm->rank, &part->mpi);
    find_hosts(part, comm->shares);
    *team = part;
    return PLAQ_OK;
}

void plaq_comm_free(plaq_comm **team)
{
    if (!*team) return;
    if ((*team)->mpi != MPI_COMM_NULL) MPI_Comm_free(&(*team)->mpi);
    plaq_free(*team);
    *team = NULL;
}

const char *plaq_par_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;

    if (MPI_Get_library_version(text, &n) != MPI_SUCCESS) return "unknown";
    text[strcspn(text, ",\n")] = '\0'; /* the first words name and number it, the rest tells the packager */
    return text;
}

plaq_status plaq_agree(const plaq_comm *comm, plaq_status status)
{
    char words[1024] = "";
    int first, mine = status == PLAQ_OK ? comm->size : comm->rank, code = status;

    if (alone(comm)) return status;
    MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, comm->mpi);
    if (first == comm->size) return PLAQ_OK;
    if (comm->rank == first) snprintf(words, sizeof words, "%s", plaq_message());
    MPI_Bcast(&code, 1, MPI_INT, first, comm->mpi);
    MPI_Bcast(words, sizeof words, MPI_CHAR, first, comm->mpi);
    if (first == 0)
        plaq_message_set(words);
    else
        plaq_fail((plaq_status)code, "rank %d: %s", first, words);
    return (plaq_status)code;
}

int plaq_comm_node(const plaq_comm *comm)
{
    return comm->node;
}

bool plaq_comm_near(const plaq_comm *comm)
{
    return comm->shares && comm->here == comm->size;
}

bool plaq_any(const plaq_comm *comm, bool here)
{
    int flag = here;

    if (!alone(comm)) MPI_Allreduce(MPI_IN_PLACE, &flag, 1, MPI_INT, MPI_MAX, comm->mpi);
    return flag != 0;
}

void plaq_barrier(const plaq_comm *comm)
{
    if (!alone(comm)) MPI_Barrier(comm->mpi);
}

void plaq_broadcast(const plaq_comm *comm, void *bytes, size_t n)
{
    if (alone(comm)) return;
    for (size_t done = 0; done < n;) { /* MPI counts in int */
        size_t part = n - done < 1 << 30 ? n - done : 1 << 30;

        MPI_Bcast((char *)bytes + done, (int)part, MPI_BYTE, 0, comm->mpi);
        done += part;
    }
}

plaq_status plaq_broadcast_text(const plaq_comm *comm, char **text)
{
    plaq_status status = PLAQ_OK;
    int64_t n = comm->rank == 0 ? (int64_t)strlen(*text) + 1 : 0;

    if (alone(comm)) return PLAQ_OK;
    plaq_broadcast(comm, &n, sizeof n);
    if (comm->rank != 0) {
        *text = plaq_alloc((size_t)n, 1);
        if (!*text) status = PLAQ_E_MEMORY;
    }
    status = plaq_agree(comm, status);
    if (status == PLAQ_OK)
        plaq_broadcast(comm, *text, (size_t)n);
    else if (comm->rank != 0) {
        plaq_free(*text);
        *text = NULL;
    }
    return status;
}

void plaq_reduce_max(const plaq_comm *comm, double values[], int n)
{
    if (alone(comm)) return;
    for (int i = 0; i < n; i++) { /* MPI_MAX may lose a NaN: it travels as infinity beside the value */
        double pair[2] = {isnan(values[i]) ? -INFINITY : values[i], isnan(values[i])};

        MPI_Allreduce(MPI_IN_PLACE, pair, 2, MPI_DOUBLE, MPI_MAX, comm->mpi);
        values[i] = pair[1] > 0 ? NAN : pair[0];
    }
}

void plaq_reduce_add(const plaq_comm *comm, int64_t values[], int n)
{
    if (!alone(comm)) MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_INT64_T, MPI_SUM, comm->mpi);
}

/* Ranks that decide by these sums must see the same bits: summed in one place, which MPI_Allreduce need not do. */
void plaq_reduce_sum(const plaq_comm *comm, double values[], int n)
{
    if (alone(comm)) return;
    MPI_Reduce(comm->rank == 0 ? MPI_IN_PLACE : values, values, n, MPI_DOUBLE, MPI_SUM, 0, comm->mpi);
    MPI_Bcast(values, n, MPI_DOUBLE, 0, comm->mpi);
}

void plaq_reduce_xor(const plaq_comm *comm, uint32_t values[], int n)
{
    if (!alone(comm)) MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_UINT32_T, MPI_BXOR, comm->mpi);
}

void plaq_reduce_add32(const plaq_comm *comm, uint32_t values[], int n)
{
    if (!alone(comm)) MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_UINT32_T, MPI_SUM, comm->mpi);
}

void plaq_send_receive(const plaq_comm *comm, const void *send, size_t n_send, int to, void *receive, size_t n_receive,
                       int from)
{
    MPI_Request requests[2];
    int n = 0;

    if (to == comm->rank && from == comm->rank) {
        memcpy(receive, send, n_receive);
        return;
    }
    if (from >= 0) MPI_Irecv(receive, (int)n_receive, MPI_BYTE, from, 0, comm->mpi, &requests[n++]);
    if (to >= 0) MPI_Isend(send, (int)n_send, MPI_BYTE, to, 0, comm->mpi, &requests[n++]);
    MPI_Waitall(n, requests, MPI_STATUSES_IGNORE);
}

void plaq_exchange(const plaq_comm *comm, const void *send, const int send_count[], const int send_start[],
                   void *receive, const int receive_count[], const int receive_start[])
{
    if (alone(comm))
        memcpy((char *)receive + receive_start[0], (const char *)send + send_start[0], (size_t)receive_count[0]);
    else
        MPI_Alltoallv(send, send_count, send_start, MPI_BYTE, receive, receive_count, receive_start, MPI_BYTE,
                      comm->mpi);
}
