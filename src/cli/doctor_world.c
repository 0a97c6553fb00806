/* `plaq doctor`: the ranks and what each may use: hosts, processors, memory. */
#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* The first line of a file; "" where there is none. */
static void read_line(const char *path, char *line, size_t n)
{
    FILE *file = fopen(path, "r");

    line[0] = '\0';
    if (!file) return;
    if (!fgets(line, (int)n, file)) line[0] = '\0';
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
}

/* What a control group allows, along the path of this process' group up to the root: the least. `file` of version 2
 * at /sys/fs/cgroup, or of version 1 at /sys/fs/cgroup/<controller>; `read` makes a number of its text. */
static double group_limit(const char *controller, const char *file, double (*read)(const char *text))
{
    char line[4096], path[8192], text[128];
    FILE *groups = fopen("/proc/self/cgroup", "r");
    double least = INFINITY;

    while (groups && fgets(line, sizeof line, groups)) {
        char *place = strchr(line, ':'), *names = place ? place + 1 : NULL;

        place = names ? strchr(names, ':') : NULL;
        if (!place) continue;
        *place++ = '\0';
        place[strcspn(place, "\n")] = '\0';
        if (names[0] && !strstr(names, controller)) continue; /* version 2 has no names */
        for (;;) {
            char *slash = strrchr(place, '/');

            snprintf(path, sizeof path, "/sys/fs/cgroup%s%s%s/%s", names[0] ? "/" : "", names,
                     strcmp(place, "/") == 0 ? "" : place, file);
            read_line(path, text, sizeof text);
            if (text[0]) least = fmin(least, read(text));
            if (!slash || place[0] == '\0') break;
            *slash = '\0';
        }
    }
    if (groups) fclose(groups);
    return least;
}

/* "200000 100000": microseconds in each period; "max 100000" */
static double read_cores(const char *text)
{
    double quota, period;

    return sscanf(text, "%lf %lf", &quota, &period) == 2 && period > 0 ? quota / period : INFINITY;
}

static double read_bytes(const char *text)
{
    return isdigit((unsigned char)text[0]) ? atof(text) : INFINITY;
}

static bool has_infiniband(void)
{
    DIR *folder = opendir("/sys/class/infiniband");
    struct dirent *entry;
    bool found = false;

    while (folder && !found && (entry = readdir(folder))) found = entry->d_name[0] != '.';
    if (folder) closedir(folder);
    return found;
}

static void look(doctor_place *p)
{
    double host = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    struct rlimit locked = {.rlim_cur = RLIM_INFINITY};
    struct stat users = {0};

    gethostname(p->host, sizeof p->host - 1);
    read_line("/proc/sys/kernel/random/boot_id", p->kernel, sizeof p->kernel);
    if (stat("/proc/self/ns/user", &users) == 0) p->users = users.st_ino;
    sched_getaffinity(0, sizeof p->cpus, &p->cpus);
    p->cores = group_limit("cpu", "cpu.max", read_cores);
    p->memory = fmin(host, group_limit("memory", "memory.max", read_bytes));
    p->memory = fmin(p->memory, group_limit("memory", "memory.limit_in_bytes", read_bytes));
    getrlimit(RLIMIT_MEMLOCK, &locked);
    p->locked = locked.rlim_cur == RLIM_INFINITY ? INFINITY : (double)locked.rlim_cur;
    p->infiniband = has_infiniband();
    p->threads = plaq_threads();
}

plaq_status doctor_places(const plaq_comm *comm, doctor_place **places)
{
    const size_t ranks = (size_t)plaq_comm_size(comm), n = sizeof(doctor_place);
    doctor_place *all = plaq_alloc(ranks, n), *mine = plaq_alloc(1, n);
    int *counts = plaq_alloc(4 * ranks, sizeof *counts);
    plaq_status status = plaq_agree(comm, all && mine && counts ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK) {
        look(mine);
        mine->node = plaq_comm_node(comm);
        for (size_t r = 0; r < ranks; r++) {
            counts[r] = counts[2 * ranks + r] = (int)n; /* to each rank mine, from the start of the buffer */
            counts[3 * ranks + r] = (int)(r * n);
        }
        plaq_exchange(comm, mine, counts, counts + ranks, all, counts + 2 * ranks, counts + 3 * ranks);
        *places = all;
    } else {
        plaq_free(all);
    }
    plaq_free(mine);
    plaq_free(counts);
    return status;
}

/* ---- one world -------------------------------------------------------------------------------------------------- */

/* How many processes the launcher says it started. */
static int launched_tasks(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i])) return atoi(getenv(names[i]));
    return 1;
}

bool doctor_is_singleton(const plaq_comm *comm)
{
    return plaq_comm_size(comm) == 1 && launched_tasks() > 1;
}

static void check_ranks(const plaq_comm *comm, const doctor_place places[])
{
    const int ranks = plaq_comm_size(comm);
    char hosts[600] = "";
    size_t used = 0;
    int n_hosts = 0;

    doctor_begin("ranks", "");
    if (doctor_is_singleton(comm)) {
        doctor_say(DOCTOR_BAD, getenv("SLURM_STEP_NUM_TASKS") ? "export SLURM_MPI_TYPE=pmix" : "unset PLAQ_MPI",
                   "%d tasks were started, but each is a world of its own: no lattice is divided among them",
                   launched_tasks());
        doctor_number("ranks", 1);
        doctor_number("tasks", launched_tasks());
        return;
    }
    for (int r = 0; r < ranks; r++) {
        int here = 0, before = 0;

        for (int i = 0; i < ranks; i++)
            if (strcmp(places[i].host, places[r].host) == 0) i < r ? before++ : here++;
        if (before) continue;
        n_hosts++;
        if (used < sizeof hosts)
            used += (size_t)snprintf(hosts + used, sizeof hosts - used, "%s%s x %d", used ? ", " : "", places[r].host,
                                     here);
    }
    doctor_say(DOCTOR_OK, "", "%d in one world, on %d host%s: %s", ranks, n_hosts, n_hosts > 1 ? "s" : "", hosts);
    doctor_number("ranks", ranks);
    doctor_number("hosts", n_hosts);
}

/* ---- processors ------------------------------------------------------------------------------------------------- */

static bool same_kernel(const doctor_place *a, const doctor_place *b)
{
    return strcmp(a->kernel, b->kernel) == 0;
}

/* Two ranks that may run on one and the same processor only wait for each other with every message. */
static void check_binding(int ranks, const doctor_place places[])
{
    doctor_begin("binding", "");
    for (int r = 0; r < ranks; r++)
        for (int i = 0; i < r; i++)
            if (same_kernel(&places[i], &places[r]) && CPU_COUNT(&places[r].cpus) == 1 &&
                CPU_EQUAL(&places[i].cpus, &places[r].cpus)) {
                doctor_say(DOCTOR_BAD, "export OMPI_MCA_hwloc_base_binding_policy=none",
                           "ranks %d and %d on %s are bound to the same processor alone", i, r, places[r].host);
                return;
            }
    doctor_say(DOCTOR_OK, "", "rank 0 may run on %d of %ld processors of its host; no two ranks share one alone",
               CPU_COUNT(&places[0].cpus), sysconf(_SC_NPROCESSORS_ONLN));
}

/* What helps where threads wait for processors: fewer of them, or at least to wait politely. */
static const char *oversubscribed(bool by_threads)
{
    char polite[16];

    if (by_threads) return "export OMP_NUM_THREADS=1";
    plaq_mpi_setting("mpi_yield_when_idle", polite, sizeof polite);
    return strcmp(polite, "true") == 0 ? "fewer ranks a host" : "export OMPI_MCA_mpi_yield_when_idle=1";
}

/* Threads of all ranks on each kernel against the processors they may run on. */
static void check_cores(int ranks, const doctor_place places[])
{
    doctor_begin("processors", "");
    for (int r = 0; r < ranks; r++) {
        cpu_set_t all = places[r].cpus;
        int threads = 0, here = 0;
        double cores;

        for (int i = 0; i < ranks; i++) {
            if (!same_kernel(&places[i], &places[r])) continue;
            CPU_OR(&all, &all, &places[i].cpus);
            threads += places[i].threads;
            here++;
        }
        cores = fmin(CPU_COUNT(&all), places[r].cores);
        if (threads <= cores) continue;
        doctor_say(DOCTOR_WARN, oversubscribed(here <= cores),
                   "%d rank%s with %d thread%s in all on %s share %.3g processor%s", here, here > 1 ? "s" : "", threads,
                   threads > 1 ? "s" : "", places[r].host, cores, cores == 1 ? "" : "s");
        doctor_number("threads", threads);
        doctor_number("processors", cores);
        return;
    }
    doctor_say(DOCTOR_OK, "", "%d thread%s a rank; enough processors on every host", places[0].threads,
               places[0].threads > 1 ? "s" : "");
    doctor_number("threads", places[0].threads);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static void check_memory(int ranks, const doctor_place places[])
{
    const double small = 256e6;
    double least = INFINITY;
    int where = 0;

    doctor_begin("memory", "");
    for (int r = 0; r < ranks; r++) {
        double here = 0;

        for (int i = 0; i < ranks; i++) here += same_kernel(&places[i], &places[r]);
        if (places[r].memory / here >= least) continue;
        least = places[r].memory / here;
        where = r;
    }
    doctor_say(least < small ? DOCTOR_WARN : DOCTOR_OK, "",
               "%.3g GB for each rank on %s, which may use %.3g GB in all%s", least * 1e-9, places[where].host,
               places[where].memory * 1e-9, least < small ? ": a 16^4 lattice with quarks needs more" : "");
    doctor_number("bytes_a_rank", least);
}

static void check_huge_pages(void)
{
    char modes[128], *chosen;

    doctor_begin("huge pages", "");
    read_line("/sys/kernel/mm/transparent_hugepage/enabled", modes, sizeof modes);
    chosen = strchr(modes, '[');
    if (!chosen) {
        doctor_say(DOCTOR_WARN, "", "this kernel has none: large fields are slower");
        return;
    }
    chosen[strcspn(chosen, "]")] = '\0';
    if (strcmp(chosen + 1, "never") == 0)
        doctor_say(DOCTOR_WARN, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled   # the administrator",
                   "switched off: large fields are slower");
    else
        doctor_say(DOCTOR_OK, "", "transparent, %s", chosen + 1);
}

static void check_locked(int ranks, const doctor_place places[])
{
    const double enough = 1e9;
    bool infiniband = false;
    double least = INFINITY;

    doctor_begin("locked memory", "");
    for (int r = 0; r < ranks; r++) {
        infiniband |= places[r].infiniband;
        least = fmin(least, places[r].locked);
    }
    if (infiniband && least < enough)
        doctor_say(DOCTOR_WARN, "ulimit -l unlimited   # or LimitMEMLOCK=infinity of slurmd",
                   "at most %.3g MB, InfiniBand needs more", least * 1e-6);
    else if (isfinite(least))
        doctor_say(DOCTOR_OK, "", "at most %.3g MB%s", least * 1e-6, infiniband ? "" : "; no InfiniBand here needs it");
    else
        doctor_say(DOCTOR_OK, "", "unlimited");
}

void doctor_world(const plaq_comm *comm, const doctor_place places[])
{
    const int ranks = plaq_comm_size(comm);

    check_ranks(comm, places);
    check_binding(ranks, places);
    check_cores(ranks, places);
    check_memory(ranks, places);
    check_huge_pages();
    check_locked(ranks, places);
}
