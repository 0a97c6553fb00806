/* Result files: what is written is read back; the same content is the same bytes; what is not measured again is kept;
 * no damage goes unnoticed and nothing whole is lost, whatever call fails. Each rank works on files of its own. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "plaq/io.h"
#include "plaq/par.h"
#include "support/test.h"

static const plaq_output outputs[] = {
    {"mean", "", "1", "a number", false, false},
    {"slices", "t plane", "a^-4", "a table", false, false},
    {"loop", "mu", "1", "complex numbers", true, false},
    {"deep", "a b c d e f g h", "1", "as many axes as there may be", false, false},
    {.name = NULL},
};

static const double mean[1] = {0.59368012345678901};
static const double slices[6] = {1e-300, -2.5, 3.25, 1.0 / 3, -0.0, 6e22};
static const double loop[8] = {1, -2, 3, -4, 5e-7, -6, 7, -8};

static const char *path_of(const char *name)
{
    static char path[8][4096];
    static int next;
    char *p = path[next++ % 8];

    snprintf(p, sizeof path[0], "%s/%d-%s", test_scratch(), plaq_comm_rank(test_comm()), name);
    return p;
}

/* Writes a result called `name` with a key of 64 times `letter`; the facts tell of `identity` and of `host`. */
static plaq_status write_result(const char *path, const char *name, char letter, const char *identity, const char *host)
{
    plaq_array arrays[] = {
        {&outputs[0], 0, {0}, (double *)mean},
        {&outputs[1], 2, {3, 2}, (double *)slices},
        {&outputs[2], 1, {4}, (double *)loop},
        {&outputs[3], PLAQ_AXES_MAX, {2, 1, 1, 1, 1, 1, 1, 3}, (double *)slices},
    };
    plaq_result result = {.observable = "test", .parameters = "t_max: 4\n", .brief = "b", .count = 4, .arrays = arrays};
    plaq_fact facts[] = {
        {"identity", identity, 0, false},
        {"plaquette", NULL, 0.5, false},
        {"hosts", host, 0, true},
        {"seconds", NULL, host[0], true},
    };

    snprintf(result.name, sizeof result.name, "%s", name);
    memset(result.key, letter, 64);
    return plaq_store_write(path, &result, 1, facts, 4);
}

/* Whether the file has just these measurements: "name=letter name=letter". */
static bool has(const char *path, const char *wanted)
{
    char seen[512] = "", (*names)[2][72];
    size_t used = 0;
    int n;

    if (plaq_store_list(path, &names, &n) != PLAQ_OK) return false;
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%s=%c", i ? " " : "", names[i][0], names[i][1][0]);
    plaq_free(names);
    return strcmp(seen, wanted) == 0;
}

static bool reads(const char *path, const char *output, const double wanted[], int count, int rank, int first)
{
    double *values;
    int axes, shape[PLAQ_AXES_MAX];
    bool is_complex, same;

    if (plaq_store_read(path, "one", output, &values, &axes, shape, &is_complex) != PLAQ_OK) return false;
    same = axes == rank && (rank == 0 || shape[0] == first) && memcmp(values, wanted, (size_t)count * 8) == 0 &&
           is_complex == (strcmp(output, "loop") == 0);
    plaq_free(values);
    return same;
}

static void what_is_written_is_read_back(void)
{
    const char *path = path_of("back.h5");
    char text[64];

    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK(has(path, "one=a"));
    CHECK(reads(path, "mean", mean, 1, 0, 0));
    CHECK(reads(path, "slices", slices, 6, 2, 3));
    CHECK(reads(path, "loop", loop, 8, 1, 4));
    CHECK(reads(path, "deep", slices, 6, PLAQ_AXES_MAX, 2));
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(path, "identity", text, sizeof text));
    CHECK(strcmp(text, "A") == 0);
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(path, "hosts", text, sizeof text));
    CHECK(strcmp(text, "host") == 0);
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(path, "plaquette", text, sizeof text));
    CHECK(strcmp(text, "0.5") == 0);
    CHECK_STATUS(PLAQ_OK, plaq_store_fact(path, "nothing", text, sizeof text));
    CHECK(text[0] == '\0');
    CHECK_STATUS(PLAQ_E_IO, plaq_store_fact(path_of("absent.h5"), "identity", text, sizeof text));
}

/* Length of the part in which two files agree; -1 where they differ in length. */
static long common(const char *one, const char *other)
{
    char *a = NULL, *b = NULL;
    size_t n = 0, m = 0, i = 0;

    if (plaq_file_slurp(one, 1 << 20, &a, &n) == PLAQ_OK && plaq_file_slurp(other, 1 << 20, &b, &m) == PLAQ_OK)
        while (i < n && i < m && a[i] == b[i]) i++;
    plaq_free(a);
    plaq_free(b);
    return n == m ? (long)i : -1;
}

static void the_same_content_is_the_same_bytes(void)
{
    const char *a = path_of("same-a.h5"), *b = path_of("same-b.h5"), *c = path_of("same-c.h5");
    char *bytes, *at = NULL;
    size_t n;

    CHECK_STATUS(PLAQ_OK, write_result(a, "one", 'a', "A", "host"));
    CHECK_STATUS(PLAQ_OK, write_result(b, "one", 'a', "A", "host"));
    CHECK_STATUS(PLAQ_OK, write_result(c, "one", 'a', "A", "a longer name"));
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(a, 1 << 20, &bytes, &n));
    for (size_t i = 0; i + 5 < n; i++)
        if (memcmp(bytes + i, "hosts", 5) == 0) at = bytes + i;
    long hosts = at ? at - bytes : -1;

    plaq_free(bytes);
    CHECK(hosts > 0);
    CHECK(common(a, b) == (long)n);
    CHECK(common(a, c) > hosts); /* the facts of the run are the last there is */
    CHECK(common(a, c) < (long)n);
}

static void what_is_not_measured_again_is_kept(void)
{
    const char *path = path_of("kept.h5");

    CHECK_STATUS(PLAQ_OK, write_result(path, "two", 'b', "A", "host"));
    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK(has(path, "one=a two=b"));
    CHECK_STATUS(PLAQ_OK, write_result(path, "two", 'c', "A", "host"));
    CHECK(has(path, "one=a two=c"));
    CHECK(reads(path, "slices", slices, 6, 2, 3));
    CHECK(reads(path, "loop", loop, 8, 1, 4));
}

static void another_configurations_results_are_not_kept(void)
{
    const char *path = path_of("other.h5");

    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK_STATUS(PLAQ_OK, write_result(path, "two", 'b', "another", "host"));
    CHECK(has(path, "two=b"));
}

static plaq_status put_bytes(const char *path, const char *bytes, size_t n)
{
    plaq_file file = PLAQ_FILE_CLOSED;

    PLAQ_TRY(plaq_file_create(&file, path));
    PLAQ_TRY(plaq_file_write(&file, 0, bytes, n));
    return plaq_file_close(&file);
}

static bool is_refused(const char *path)
{
    char(*names)[2][72];
    int n;
    plaq_status status = plaq_store_list(path, &names, &n);

    if (status == PLAQ_OK) plaq_free(names);
    return status == PLAQ_E_DATA;
}

static void no_damage_goes_unnoticed(void)
{
    const char *path = path_of("whole.h5"), *damaged = path_of("damaged.h5");
    long missed = 0, cut = 0;
    char *bytes;
    size_t n;

    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(path, 1 << 20, &bytes, &n));
    for (size_t i = 0; i < n; i += 7) {
        plaq_status put;

        bytes[i] ^= 1 << i % 8;
        put = put_bytes(damaged, bytes, n);
        bytes[i] ^= 1 << i % 8;
        missed += put != PLAQ_OK || !is_refused(damaged);
    }
    for (size_t i = 0; i < n; i += 61) cut += put_bytes(damaged, bytes, i) != PLAQ_OK || !is_refused(damaged);
    plaq_free(bytes);
    CHECK(missed == 0);
    CHECK(cut == 0);
}

static void a_damaged_file_is_set_aside(void)
{
    const char *path = path_of("aside.h5"), *kept = path_of("aside.h5.damaged");
    char *bytes = NULL;
    size_t n;

    CHECK_STATUS(PLAQ_OK, put_bytes(path, "not a result", 12));
    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK(has(path, "one=a"));
    CHECK_STATUS(PLAQ_OK, plaq_file_slurp(kept, 100, &bytes, &n));
    bool same = n == 12 && memcmp(bytes, "not a result", 12) == 0;

    plaq_free(bytes);
    CHECK(same);
}

/* Files of this rank in the scratch folder that are being written. */
static int count_unfinished(void)
{
    DIR *dir = opendir(test_scratch());
    int n = 0;

    for (struct dirent *e; dir && (e = readdir(dir));) n += strstr(e->d_name, ".tmp.") != NULL;
    if (dir) closedir(dir);
    return n;
}

/* Adds `two` to a file that has `one`; whatever fails, `one` must still be there. */
static plaq_status add_second(void *given)
{
    const char *path = given;
    plaq_status status = plaq_agree(test_comm(), write_result(path, "two", 'b', "A", "host"));
    long left = plaq_fault_left();
    bool whole;

    plaq_fault_arm(0);
    whole = status == PLAQ_OK ? has(path, "one=a two=b") : has(path, "one=a") || has(path, "one=a two=b");
    if (plaq_any(test_comm(), !whole)) return PLAQ_OK; /* a fault that ends well fails the sweep */
    if (left > 0) plaq_fault_arm(left);
    return status;
}

static void whatever_fails_the_old_file_stays_whole(void)
{
    char path[4096];

    plaq_store_start(); /* the failures are ours to tell */
    snprintf(path, sizeof path, "%s", path_of("fault.h5"));
    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    CHECK_FAULT_SWEEP(add_second, path);
    CHECK(has(path, "one=a two=b"));
    plaq_barrier(test_comm());
    CHECK(count_unfinished() == 0);
}

static void a_full_disk_is_worded_and_harmless(void)
{
    const char *path = path_of("full.h5");
    struct rlimit old, small;
    plaq_status status;

    CHECK_STATUS(PLAQ_OK, write_result(path, "one", 'a', "A", "host"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &small);
    status = write_result(path, "two", 'b', "A", "host");
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK_STATUS(PLAQ_E_IO, status);
    CHECK_MESSAGE("File too large");
    CHECK_MESSAGE("full.h5");
    CHECK(has(path, "one=a"));
    plaq_barrier(test_comm());
    CHECK(count_unfinished() == 0);
}

TEST_MAIN({"what is written is read back", what_is_written_is_read_back},
          {"the same content is the same bytes, but for the facts of the run", the_same_content_is_the_same_bytes},
          {"what is not measured again is kept", what_is_not_measured_again_is_kept},
          {"another configuration's results are not kept", another_configurations_results_are_not_kept},
          {"no damage goes unnoticed", no_damage_goes_unnoticed},
          {"a damaged file is set aside", a_damaged_file_is_set_aside},
          {"whatever fails, the old file stays whole", whatever_fails_the_old_file_stays_whole},
          {"a full disk is worded and harmless", a_full_disk_is_worded_and_harmless})
