/* `plaq doctor`: how messages travel, whether they arrive, and how fast. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/doctor.h"
#include "cli/traffic.h"

enum { LARGEST = 8 << 20 };

static bool is_ucx(void)
{
    char pml[64];

    plaq_mpi_components("pml", pml, sizeof pml);
    return strcmp(pml, "ucx") == 0;
}

/* What helps where large messages hang. */
static const char *no_single_copy(void)
{
    return is_ucx() ? "export UCX_TLS=^cma" : "export OMPI_MCA_btl_vader_single_copy_mechanism=none";
}

/* ---- what MPI has chosen ---------------------------------------------------------------------------------------- */

/* Debian's settings switch UCX off: InfiniBand then lies idle. */
static void check_transport(int ranks, const doctor_place places[])
{
    char text[512], asked[256];
    bool infiniband = false;

    doctor_begin("transport", "");
    plaq_mpi_transport(text, sizeof text);
    plaq_mpi_setting("pml", asked, sizeof asked);
    for (int r = 0; r < ranks; r++) infiniband |= places[r].infiniband;
    if (infiniband && strncmp(text, "ob1", 3) == 0)
        doctor_say(DOCTOR_WARN, "export OMPI_MCA_pml=ucx OMPI_MCA_osc=ucx",
                   "%s, and UCX is not used (pml is \"%s\"): InfiniBand is there and lies idle", text, asked);
    else
        doctor_say(DOCTOR_OK, "", "%s%s%s%s", text[0] ? text : "this MPI does not tell", asked[0] ? " (pml is \"" : "",
                   asked, asked[0] ? "\")" : "");
}

static bool user_namespaces_differ(int ranks, const doctor_place places[])
{
    for (int r = 0; r < ranks; r++)
        for (int i = 0; i < r; i++)
            if (places[i].node == places[r].node && places[i].users != places[r].users) return true;
    return false;
}

/* Copying straight out of another process (CMA) is forbidden between user namespaces, as of one container for each
 * rank: Open MPI 4.1 notices, goes on with another way, and hangs with messages of 4 MiB (open-mpi/ompi#6844); UCX
 * aborts. */
static void check_single_copy(int ranks, const doctor_place places[])
{
    const char *tls = getenv("UCX_TLS");
    char way[64];

    doctor_begin("single copy", "");
    plaq_mpi_setting("btl_vader_single_copy_mechanism", way, sizeof way);
    if (!user_namespaces_differ(ranks, places))
        doctor_say(DOCTOR_OK, "", "ranks of a host are in one user namespace%s%s",
                   way[0] && !is_ucx() ? "; vader's way is " : "", is_ucx() ? "" : way);
    else if (is_ucx() && !(tls && strstr(tls, "^cma")))
        doctor_say(DOCTOR_BAD, no_single_copy(),
                   "ranks of a host are in different user namespaces (containers): UCX must not use CMA");
    else if (!is_ucx() && way[0] && strcmp(way, "none") != 0)
        doctor_say(
            DOCTOR_BAD, "export OMPI_MCA_btl_vader_single_copy_mechanism=none",
            "ranks of a host are in different user namespaces (containers), vader's way is %s: large messages hang",
            way);
    else
        doctor_say(DOCTOR_OK, "", "ranks of a host are in different user namespaces; nothing is copied between them");
}

/* A host that goes silent: mpirun asks whether it is there after so long, and then so often. */
static void check_keepalive(int ranks, const doctor_place places[])
{
    char time[32], interval[32], probes[32];
    double seconds;
    bool several = false;

    for (int r = 1; r < ranks; r++) several |= places[r].node != places[0].node;
    if (!several || !getenv("OMPI_COMM_WORLD_SIZE")) return; /* srun looks after its hosts itself */
    if (!plaq_mpi_setting("oob_tcp_keepalive_time", time, sizeof time)) return;
    doctor_begin("lost hosts", "");
    plaq_mpi_setting("oob_tcp_keepalive_intvl", interval, sizeof interval);
    plaq_mpi_setting("oob_tcp_keepalive_probes", probes, sizeof probes);
    seconds = atof(time) + atof(interval) * atof(probes);
    doctor_say(seconds > 60 ? DOCTOR_WARN : DOCTOR_OK,
               seconds > 60 ? "export OMPI_MCA_oob_tcp_keepalive_time=10 OMPI_MCA_oob_tcp_keepalive_intvl=5 "
                              "OMPI_MCA_oob_tcp_keepalive_probes=4   # where mpirun is started"
                            : "",
               "mpirun notices a host that is cut off after %.0f s", seconds);
    doctor_number("seconds", seconds);
}

/* ---- whether messages arrive ------------------------------------------------------------------------------------ */

static unsigned char pattern(int rank, size_t i)
{
    return (unsigned char)(31 * (size_t)rank + i + (i >> 8) + (i >> 16));
}

/* Messages of all sizes between neighbours, each rank with both at a time: those that hang are of 4 MiB and more. */
static void exchange(const plaq_comm *comm, unsigned char *out, unsigned char *in)
{
    const int ranks = plaq_comm_size(comm), rank = plaq_comm_rank(comm);
    const int next = (rank + 1) % ranks, before = (rank + ranks - 1) % ranks;
    int64_t wrong = 0;

    for (size_t i = 0; i < LARGEST; i++) out[i] = pattern(rank, i);
    for (size_t bytes = 8; bytes <= LARGEST; bytes *= 4) {
        memset(in, 0, bytes);
        plaq_send_receive(comm, out, bytes, next, in, bytes, before);
        for (size_t i = 0; i < bytes; i++) wrong += in[i] != pattern(before, i);
    }
    plaq_reduce_add(comm, &wrong, 1);
    if (wrong)
        doctor_say(DOCTOR_BAD, "", "%lld bytes of messages between neighbours are not those that were sent",
                   (long long)wrong);
    else
        doctor_say(DOCTOR_OK, "", "messages of 8 B to 8 MiB between neighbours arrive");
}

plaq_status doctor_transport(const plaq_comm *comm, const doctor_place places[])
{
    const int ranks = plaq_comm_size(comm);
    unsigned char *out, *in;
    plaq_status status;

    if (ranks == 1) {
        doctor_begin("transport", "");
        doctor_say(DOCTOR_OK, "",
                   "one rank sends no messages: run the doctor under mpirun or srun, as the job will be");
        return PLAQ_OK;
    }
    check_transport(ranks, places);
    check_single_copy(ranks, places);
    check_keepalive(ranks, places);
    doctor_begin("exchange", no_single_copy());
    out = plaq_alloc(LARGEST, 1);
    in = plaq_alloc(LARGEST, 1);
    status = plaq_agree(comm, out && in ? PLAQ_OK : PLAQ_E_MEMORY);
    if (status == PLAQ_OK) exchange(comm, out, in);
    plaq_free(out);
    plaq_free(in);
    return status;
}

/* ---- how fast --------------------------------------------------------------------------------------------------- */

/* Seconds of a message of so many bytes each way between two ranks, the shortest of many; others wait. Collective. */
static double time_pair(const plaq_comm *comm, const int pair[2], unsigned char *out, unsigned char *in, size_t bytes)
{
    const int rank = plaq_comm_rank(comm), other = rank == pair[0] ? pair[1] : pair[0];
    const double enough = 0.1;
    double best = INFINITY, start = plaq_now();
    int64_t times = 1;

    for (int64_t i = 0; i < times; i++) {
        double seconds = -plaq_now();

        if (rank == pair[0] || rank == pair[1]) plaq_send_receive(comm, out, bytes, other, in, bytes, other);
        seconds += plaq_now();
        best = fmin(best, seconds);
        if (i > 0) continue;
        times = (int64_t)fmin(1000, fmax(3, enough / (plaq_now() - start))); /* from the first one, on rank 0 */
        plaq_broadcast(comm, &times, sizeof times);
    }
    plaq_broadcast(comm, &best, sizeof best); /* rank 0 is always of the pair */
    return best;
}

/* Which interface carried the messages between two ranks, as rank 0 sees it on its host. */
static void find_carrier(const plaq_comm *comm, const int pair[2], unsigned char *out, unsigned char *in, char *text,
                         size_t n)
{
    enum { TIMES = 4 };
    plaq_traffic before, after;
    const char *name;
    double sent;

    plaq_traffic_read(&before);
    for (int i = 0; i < TIMES; i++)
        if (plaq_comm_rank(comm) == pair[0] || plaq_comm_rank(comm) == pair[1])
            plaq_send_receive(comm, out, LARGEST, pair[plaq_comm_rank(comm) == pair[0]], in, LARGEST,
                              pair[plaq_comm_rank(comm) == pair[0]]);
    plaq_traffic_read(&after);
    sent = plaq_traffic_since(&before, &after, &name);
    snprintf(text, n, "%s%s", sent > 0.5 * TIMES * LARGEST ? "over " : "through memory",
             sent > 0.5 * TIMES * LARGEST ? name : "");
}

static void check_pair(const plaq_comm *comm, const doctor_place places[], const int pair[2], const char *name,
                       unsigned char *out, unsigned char *in)
{
    const double slow = 1e-3;
    double latency, medium, large;
    bool near = places[pair[0]].node == places[pair[1]].node;
    char carrier[64];

    doctor_begin(name, no_single_copy());
    latency = time_pair(comm, pair, out, in, 8);
    medium = (1 << 20) / time_pair(comm, pair, out, in, 1 << 20);
    large = LARGEST / time_pair(comm, pair, out, in, LARGEST);
    find_carrier(comm, pair, out, in, carrier, sizeof carrier);
    doctor_say(near && latency > slow ? DOCTOR_WARN : DOCTOR_OK,
               near && latency > slow ? "export OMPI_MCA_mpi_yield_when_idle=1   # or fewer ranks" : "",
               "ranks %d and %d: %.2g us; %.3g GB/s at 1 MiB, %.3g GB/s at 8 MiB, each way, %s", pair[0], pair[1],
               latency * 1e6, medium * 1e-9, large * 1e-9, carrier);
    doctor_number("seconds_8B", latency);
    doctor_number("bytes_a_second_1MiB", medium);
    doctor_number("bytes_a_second_8MiB", large);
}

/* A rank on another host than rank 0, the last one; -1: there is none. */
static int far_rank(int ranks, const doctor_place places[])
{
    for (int r = ranks - 1; r > 0; r--)
        if (places[r].node != places[0].node) return r;
    return -1;
}

static void check_allreduce(const plaq_comm *comm)
{
    enum { TIMES = 200 };
    double seconds = 0;

    doctor_begin("allreduce", "");
    for (int i = 0; i < TIMES; i++) {
        if (i == TIMES / 2) seconds = -plaq_now();
        plaq_any(comm, false);
    }
    seconds = (seconds + plaq_now()) / (TIMES / 2);
    doctor_say(DOCTOR_OK, "", "%.3g us for one number of all ranks", seconds * 1e6);
    doctor_number("seconds", seconds);
}

/* The halo of links on 8^4 sites a rank, as `plaq bench halo` does it. */
static plaq_status check_halo(const plaq_comm *comm)
{
    enum { TIMES = 20 };
    const int dims[4] = {8, 8, 8, 8 * plaq_comm_size(comm)};
    plaq_lattice *lattice = NULL;
    plaq_field *links = NULL;
    double seconds = 0, bytes;
    int64_t shared, sent;
    plaq_status status;

    doctor_begin("halo", "");
    PLAQ_GO(plaq_lattice_create(comm, dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_field_create(lattice, PLAQ_DOUBLE, 72, &links));
    for (int i = 0; i < TIMES; i++) {
        if (i == TIMES / 2) seconds = -plaq_now();
        plaq_field_touch(links);
        PLAQ_GO(plaq_field_halo(links));
    }
    seconds = (seconds + plaq_now()) / (TIMES / 2);
    bytes = plaq_traffic_halo(lattice, PLAQ_DOUBLE);
    plaq_transport_ways(&shared, &sent);
    if (plaq_comm_near(comm) && sent > 0)
        doctor_say(
            DOCTOR_WARN, "more room in /dev/shm (docker: --shm-size=1g)",
            "%.3g ms for the links of 8^4 sites a rank, %.3g GB/s a rank: sent by MPI, as shared memory is not to "
            "be had",
            seconds * 1e3, bytes / seconds * 1e-9);
    else
        doctor_say(DOCTOR_OK, "", "%.3g ms for the links of 8^4 sites a rank, %.3g GB/s a rank, %s", seconds * 1e3,
                   bytes / seconds * 1e-9, sent ? "sent by MPI" : "written into shared memory");
    doctor_number("seconds", seconds);
    doctor_number("bytes", bytes);
done:
    plaq_field_destroy(&links);
    plaq_lattice_destroy(&lattice);
    return status;
}

static plaq_status check_memory(const plaq_comm *comm)
{
    double rate;

    doctor_begin("memory speed", "");
    PLAQ_TRY(plaq_bench_bandwidth(comm, 64e6, &rate));
    doctor_say(DOCTOR_OK, "", "%.3g GB/s a rank, %.3g GB/s all together, read", rate / plaq_comm_size(comm) * 1e-9,
               rate * 1e-9);
    doctor_number("bytes_a_second", rate);
    return PLAQ_OK;
}

plaq_status doctor_speed(const plaq_comm *comm, const doctor_place places[])
{
    const int ranks = plaq_comm_size(comm), far = far_rank(ranks, places);
    unsigned char *out = plaq_alloc(LARGEST, 1), *in = plaq_alloc(LARGEST, 1);
    plaq_status status;

    doctor_begin("neighbours", "");
    PLAQ_GO(plaq_agree(comm, out && in ? PLAQ_OK : PLAQ_E_MEMORY));
    if (ranks > 1) {
        check_pair(comm, places, (int[]){0, 1}, "neighbours", out, in);
        if (far > 1) check_pair(comm, places, (int[]){0, far}, "other host", out, in);
        check_allreduce(comm);
        PLAQ_GO(check_halo(comm));
    }
    status = check_memory(comm);
done:
    plaq_free(out);
    plaq_free(in);
    return status;
}
