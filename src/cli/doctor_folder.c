/* `plaq doctor`: what the file system of the results can do. Everything is tried as plaq uses it: results appear by
 * rename, jobs claim configurations by link, HDF5 is written by all ranks. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "plaq/gauge.h"
#include "plaq/io.h"

typedef struct {
    const plaq_comm *comm;
    char folder[2048]; /* that is there: the one asked for, or the nearest above it */
    char base[2560];   /* of the files that are made: "<folder>/.plaq-doctor-<host>-<process>" */
    int first, last;   /* this rank is the first or the last one */
} trial;

static void path_of(const trial *t, const char *end, char path[4096])
{
    snprintf(path, 4096, "%s%s", t->base, end);
}

/* ---- the folder ------------------------------------------------------------------------------------------------- */

/* Names of file systems by their numbers in statfs(2) and the kernel's magic.h. */
static const char *type_name(long number)
{
    static const struct {
        unsigned long number;
        const char *name;
    } types[] = {
        {0x6969, "NFS"},          {0x0bd00bd0, "Lustre"},  {0x47504653, "GPFS"},  {0x19830326, "BeeGFS"},
        {0xaad7aaea, "PanFS"},    {0x00c36400, "CephFS"},  {0x65735546, "FUSE"},  {0xff534d42, "CIFS"},
        {0xfe534d42, "SMB"},      {0x794c7630, "overlay"}, {0x01021994, "tmpfs"}, {0xef53, "ext4"},
        {0x58465342, "XFS"},      {0x9123683e, "Btrfs"},   {0x2fc12fc1, "ZFS"},   {0x01021997, "9p"},
        {0x6a656a63, "virtiofs"}, {0xf15f, "eCryptfs"},    {0x61756673, "aufs"},
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == ((unsigned long)number & 0xffffffffUL)) return types[i].name;
    return NULL;
}

/* The folder asked for, or the nearest one above that is there; false where that is none, or a file. */
static bool find_folder(const char *wanted, trial *t)
{
    struct stat s;
    char *slash;

    snprintf(t->folder, sizeof t->folder, "%s", wanted);
    while (stat(t->folder, &s) != 0 && errno == ENOENT) {
        slash = strrchr(t->folder, '/');
        if (!slash)
            strcpy(t->folder, ".");
        else
            slash[slash == t->folder] = '\0';
        if (strcmp(t->folder, "/") == 0) break;
    }
    return stat(t->folder, &s) == 0 && S_ISDIR(s.st_mode);
}

static plaq_status put_file(const char *path, const char *text)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status, closed;

    PLAQ_GO(plaq_file_create(&file, path));
    PLAQ_GO(plaq_file_write(&file, 0, text, strlen(text)));
    status = plaq_file_sync(&file);
done:
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

static bool has_text(const char *path, const char *text)
{
    char *seen;
    size_t n;
    bool same;

    if (plaq_file_slurp(path, 4096, &seen, &n) != PLAQ_OK) return false;
    same = strcmp(seen, text) == 0;
    plaq_free(seen);
    return same;
}

/* Rank 0 looks; whether a file can be made there goes to all. */
static bool check_folder(const char *wanted, trial *t)
{
    const char *type = NULL, *note = "";
    char host[64] = "", path[4096];
    struct statfs fs = {0};
    double room = 0;
    bool ok = true;

    doctor_begin("folder", "");
    if (t->first) {
        ok = find_folder(wanted, t);
        if (!ok) plaq_fail(PLAQ_E_IO, "%s: is no folder", t->folder);
        gethostname(host, sizeof host - 1);
        snprintf(t->base, sizeof t->base, "%s/.plaq-doctor-%s-%ld", t->folder, host, (long)getpid());
        path_of(t, "", path);
        if (ok && statfs(t->folder, &fs) == 0) type = type_name(fs.f_type);
        room = (double)fs.f_bavail * (double)fs.f_bsize;
        ok = ok && put_file(path, "one") == PLAQ_OK;
        if (!ok) unlink(path);
        if (strcmp(t->folder, wanted) != 0) note = " (the nearest above the one asked for, which is not there yet)";
    }
    plaq_broadcast(t->comm, &ok, sizeof ok);
    plaq_broadcast(t->comm, t->folder, sizeof t->folder);
    plaq_broadcast(t->comm, t->base, sizeof t->base);
    if (!ok)
        doctor_say(DOCTOR_BAD, "", "%s", plaq_message());
    else
        doctor_say(room < 1e9 ? DOCTOR_WARN : DOCTOR_OK, "", "%s%s: %s, %.3g GB free", t->folder, note,
                   type ? type : "a file system of its own kind", room * 1e-9);
    doctor_number("bytes_free", room);
    return ok;
}

/* Whether the ranks see what rank 0 has just written. */
static bool check_seen(const trial *t)
{
    char path[4096];
    int64_t blind;

    doctor_begin("seen by all", "");
    path_of(t, "", path);
    blind = !has_text(path, "one");
    plaq_reduce_add(t->comm, &blind, 1);
    if (blind)
        doctor_say(DOCTOR_BAD, "", "%lld of %d ranks do not see the file that rank 0 has written: not a shared folder?",
                   (long long)blind, plaq_comm_size(t->comm));
    else
        doctor_say(DOCTOR_OK, "", "a file of rank 0 is there at once for all ranks");
    return blind == 0;
}

/* ---- what jobs rely on ------------------------------------------------------------------------------------------ */

/* A second link to the same name must fail: so configurations are claimed. Rank 0. */
static void check_link(const trial *t)
{
    char from[4096], to[4096];
    int first = 0, second = 0;

    doctor_begin("link", "");
    path_of(t, "", from);
    path_of(t, ".link", to);
    if (t->first) {
        first = link(from, to) == 0 ? 0 : errno;
        second = first == 0 && link(from, to) == 0 ? 0 : errno;
        unlink(to);
    }
    if (first)
        doctor_say(DOCTOR_WARN, "", "no hard links (%s): one job at a time can use this folder", strerror(first));
    else if (t->first && second != EEXIST)
        doctor_say(DOCTOR_BAD, "", "a name can be linked twice: several jobs cannot share this folder");
    else
        doctor_say(DOCTOR_OK, "", "a name is taken once: jobs can share this folder");
}

/* A file replaced by rename is the new one, also for the last rank, and nothing stays of the old one. */
static void check_rename(const trial *t)
{
    char aside[4096], final[4096];
    plaq_status status = PLAQ_OK;
    double seconds = 0;
    bool old;

    doctor_begin("rename", "");
    path_of(t, ".part", aside);
    path_of(t, "", final);
    if (t->first) {
        seconds = -plaq_now();
        status = put_file(aside, "two");
        if (status == PLAQ_OK) status = plaq_path_publish(aside, final);
        seconds += plaq_now();
        if (status != PLAQ_OK) unlink(aside);
    }
    status = plaq_agree(t->comm, status);
    old = plaq_any(t->comm, status == PLAQ_OK && t->last && !has_text(final, "two"));
    if (status != PLAQ_OK)
        doctor_say(DOCTOR_BAD, "", "%s", plaq_message());
    else if (old)
        doctor_say(DOCTOR_WARN, "", "after a rename the last rank still sees the old file: status lags behind");
    else
        doctor_say(DOCTOR_OK, "", "written, flushed and renamed in %.2g ms, seen by the last rank", seconds * 1e3);
    doctor_number("seconds", seconds);
}

static int try_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole) == 0 ? 0 : errno;
}

/* Rank 0 locks; the last rank, or the same one through another descriptor, must not get the lock. */
static void check_locks(const trial *t)
{
    char path[4096];
    int fd = -1, other = -1, mine = 0;
    bool both;

    doctor_begin("locks", "");
    path_of(t, "", path);
    if (t->first) {
        fd = open(path, O_RDWR | O_CLOEXEC);
        mine = fd < 0 ? errno : try_lock(fd);
    }
    plaq_broadcast(t->comm, &mine, sizeof mine);
    if (t->last && mine == 0) other = open(path, O_RDWR | O_CLOEXEC);
    both = plaq_any(t->comm, other >= 0 && try_lock(other) == 0);
    if (other >= 0) close(other);
    if (fd >= 0) close(fd);
    if (mine)
        doctor_say(DOCTOR_WARN, "export HDF5_USE_FILE_LOCKING=BEST_EFFORT", "no file locks (%s)", strerror(mine));
    else if (both)
        doctor_say(DOCTOR_WARN, "", "the lock of rank 0 does not keep the last rank out");
    else
        doctor_say(DOCTOR_OK, "", "a lock of one rank keeps the others out");
}

/* Times of files are the server's: ages of claims are judged by them. */
static void check_clock(const trial *t)
{
    const double most = 5; /* seconds: below any lease */
    char path[4096];
    struct timespec now;
    struct stat s = {0};
    double ahead = 0;

    doctor_begin("clock", "");
    path_of(t, "", path);
    if (t->first && utimensat(AT_FDCWD, path, NULL, 0) == 0 && stat(path, &s) == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        ahead = (double)(s.st_mtim.tv_sec - now.tv_sec) + 1e-9 * (double)(s.st_mtim.tv_nsec - now.tv_nsec);
    }
    doctor_say(fabs(ahead) > most ? DOCTOR_WARN : DOCTOR_OK, "", "the file system's clock is %.2g s %s ours%s",
               fabs(ahead), ahead > 0 ? "before" : "behind",
               fabs(ahead) > most ? ": times of results and logs will not fit" : "");
    doctor_number("seconds_ahead", ahead);
}

/* ---- written by all ranks --------------------------------------------------------------------------------------- */

static const char *const without = "export PLAQ_MPI_IO=off   # or mpi_io: false in the run file";

static plaq_status check_mpi_io(const trial *t)
{
    enum { BYTES = 1 << 20 };
    const double all = (double)BYTES * plaq_comm_size(t->comm);
    plaq_mpi_io_trial io = {.kind = ""};
    plaq_status status;
    char path[4096];

    doctor_begin("MPI-IO", without);
    if (!plaq_comm_mpi(t->comm)) {
        doctor_say(DOCTOR_OK, "", plaq_par_started() ? "switched off by PLAQ_MPI_IO" : "not used: MPI is not started");
        return PLAQ_OK;
    }
    path_of(t, ".mpi", path);
    status = plaq_mpi_io_try(t->comm, path, BYTES, &io);
    if (status == PLAQ_E_MEMORY) return status;
    if (status != PLAQ_OK) {
        doctor_say(DOCTOR_BAD, without, "%s", plaq_message());
        if (t->first) unlink(path);
        plaq_par_use_mpi_io(false); /* Open MPI 4.1 falls over when it is asked again; and HDF5 shows that it helps */
        return PLAQ_OK;
    }
    doctor_say(DOCTOR_OK, "", "%s%swritten by all ranks at %.3g GB/s, read by their neighbours at %.3g GB/s", io.kind,
               io.kind[0] ? ": " : "", all / io.write * 1e-9, all / io.read * 1e-9);
    doctor_number("bytes_a_second_written", all / io.write);
    doctor_number("bytes_a_second_read", all / io.read);
    return PLAQ_OK;
}

/* A configuration of 8^4 sites a rank, written and read as plaq does it. */
static plaq_status write_and_read(const trial *t, const char *path, double seconds[2], double *bytes)
{
    const int dims[4] = {8, 8, 8, 8 * plaq_comm_size(t->comm)};
    const plaq_config_facts facts = {.plaquette = NAN, .link_trace = NAN, .ensemble = "", .number = -1, .history = ""};
    plaq_config_report report = {.checksum_ok = false};
    plaq_lattice *lattice = NULL;
    plaq_config *config = NULL;
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_GO(plaq_lattice_create(t->comm, dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    plaq_gauge_hot(u, 1);
    *bytes = (double)plaq_lattice_volume(lattice) * 72 * sizeof(double);
    seconds[0] = -plaq_now();
    PLAQ_GO(plaq_config_write(plaq_gauge_links(u), path, "hdf5", PLAQ_DOUBLE, &facts));
    seconds[0] += plaq_now();
    seconds[1] = -plaq_now();
    PLAQ_GO(plaq_config_open(t->comm, path, NULL, &config));
    PLAQ_GO(plaq_config_read(config, plaq_gauge_links(u), &report));
    seconds[1] += plaq_now();
    if (!report.checksum_ok) status = plaq_fail(PLAQ_E_IO, "%s: what is read is not what was written", path);
done:
    plaq_config_close(&config);
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    return status;
}

static plaq_status check_hdf5(const trial *t)
{
    const bool mpi_io = plaq_comm_mpi(t->comm);
    double seconds[2] = {0}, bytes = 0;
    plaq_status status;
    char path[4096];

    doctor_begin("HDF5 file", mpi_io ? without : "");
    path_of(t, ".h5", path);
    status = write_and_read(t, path, seconds, &bytes);
    if (t->first) unlink(path);
    if (status == PLAQ_E_MEMORY) return status;
    if (status != PLAQ_OK) {
        doctor_say(DOCTOR_BAD, mpi_io ? without : "", "%s", plaq_message());
        return PLAQ_OK;
    }
    doctor_say(DOCTOR_OK, "", "a configuration of %.3g MB, %s MPI-IO: written at %.3g GB/s, read at %.3g GB/s",
               bytes * 1e-6, mpi_io ? "through" : "without", bytes / seconds[0] * 1e-9, bytes / seconds[1] * 1e-9);
    doctor_number("bytes_a_second_written", bytes / seconds[0]);
    doctor_number("bytes_a_second_read", bytes / seconds[1]);
    return PLAQ_OK;
}

plaq_status doctor_folder(const plaq_comm *comm, const char *folder)
{
    trial t = {.comm = comm, .first = plaq_comm_rank(comm) == 0};
    plaq_status status = PLAQ_OK;

    t.last = plaq_comm_rank(comm) == plaq_comm_size(comm) - 1;
    if (!check_folder(folder, &t)) return PLAQ_OK;
    if (check_seen(&t)) {
        check_rename(&t);
        check_link(&t);
        check_locks(&t);
        check_clock(&t);
        status = check_mpi_io(&t);
        if (status == PLAQ_OK) status = check_hdf5(&t);
    }
    if (t.first) unlink(t.base);
    return status;
}
