/* What ranks stand on: which MPI, with which components and settings, and whether its MPI-IO works.
 *
 * MPI's tool interface (MPI 3.1, chapter 14) gives settings as they are in force, whichever of its files, environment
 * and defaults they come from. Which components Open MPI has chosen it does not give; but those that were not chosen
 * are unloaded when MPI has started, so that the list of loaded libraries has the answer.
 */
#include <dlfcn.h>
#include <link.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "plaq/par.h"

bool plaq_par_started(void)
{
    int begun = 0, over = 0;

    MPI_Initialized(&begun);
    MPI_Finalized(&over);
    return begun && !over;
}

/* ---- libraries -------------------------------------------------------------------------------------------------- */

/* What a function without arguments of a loaded library says: its version. */
static const char *ask_library(const char *library, const char *function)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    const char *(*say)(void) = NULL;
    const char *words = "";

    if (!handle) return words;
    *(void **)&say = dlsym(handle, function);
    if (say) words = say();
    dlclose(handle); /* it stays loaded: MPI holds it */
    return words ? words : "";
}

const char *plaq_par_pmix(void)
{
    static char text[64];

    snprintf(text, sizeof text, "%s", ask_library("libpmix.so.2", "PMIx_Get_version"));
    text[strcspn(text, "(,")] = '\0'; /* what follows is which standards it keeps */
    for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--) text[n - 1] = '\0';
    return text;
}

const char *plaq_par_ucx(void)
{
    return ask_library("libucp.so.0", "ucp_get_version_string");
}

/* ---- components ------------------------------------------------------------------------------------------------- */

/* Names between `begin` ("mca_btl_") and ".so" of the libraries that are loaded */
typedef struct {
    char begin[64], *text;
    size_t n, used;
} name_list;

static int add_name(struct dl_phdr_info *library, size_t size, void *context)
{
    name_list *list = context;
    const char *name = plaq_path_base(library->dlpi_name);
    size_t begin = strlen(list->begin);

    (void)size;
    if (strncmp(name, list->begin, begin) != 0 || list->used >= list->n) return 0;
    list->used += (size_t)snprintf(list->text + list->used, list->n - list->used, "%s%.*s", list->used ? ", " : "",
                                   (int)strcspn(name + begin, "."), name + begin);
    return 0;
}

void plaq_mpi_components(const char *kind, char *text, size_t n)
{
    name_list list = {.text = text, .n = n};

    snprintf(list.begin, sizeof list.begin, "mca_%s_", kind);
    text[0] = '\0';
    if (plaq_par_started()) dl_iterate_phdr(add_name, &list);
}

void plaq_mpi_transport(char *text, size_t n)
{
    char pml[64], below[256];

    text[0] = '\0';
    plaq_mpi_components("pml", pml, sizeof pml);
    if (strcmp(pml, "ucx") == 0) {
        snprintf(text, n, "UCX %s", plaq_par_ucx());
    } else if (strcmp(pml, "cm") == 0) {
        plaq_mpi_components("mtl", below, sizeof below);
        snprintf(text, n, "cm over %s", below);
    } else if (pml[0]) {
        plaq_mpi_components("btl", below, sizeof below);
        snprintf(text, n, "%s over %s", pml, below);
    }
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static int find_setting(const char *wanted, MPI_Datatype *type, MPI_T_enum *words)
{
    int count = 0;

    if (MPI_T_cvar_get_num(&count) != MPI_SUCCESS) return -1;
    for (int i = 0; i < count; i++) {
        char name[256];
        int n = sizeof name, none = 0, verbosity, bind, scope;

        if (MPI_T_cvar_get_info(i, name, &n, &verbosity, type, words, NULL, &none, &bind, &scope) == MPI_SUCCESS &&
            strcmp(name, wanted) == 0)
            return i;
    }
    return -1;
}

/* A number as text: in words where the setting is a choice. */
static void word_of(MPI_T_enum words, int number, char *text, size_t n)
{
    char type[64], item[64];
    int room = sizeof type, items = 0, value;

    snprintf(text, n, "%d", number);
    if (words == MPI_T_ENUM_NULL || MPI_T_enum_get_info(words, &items, type, &room) != MPI_SUCCESS) return;
    for (int i = 0; i < items; i++) {
        room = sizeof item;
        if (MPI_T_enum_get_item(words, i, &value, item, &room) == MPI_SUCCESS && value == number)
            snprintf(text, n, "%s", item);
    }
}

static bool read_setting(int index, MPI_Datatype type, MPI_T_enum words, char *text, size_t n)
{
    MPI_T_cvar_handle handle;
    int count = 0, number = 0;
    bool ok, flag = false;
    char *value;

    if (MPI_T_cvar_handle_alloc(index, NULL, &handle, &count) != MPI_SUCCESS) return false;
    value = plaq_alloc((size_t)count + 1, sizeof(double)); /* room for `count` of any type */
    ok = value && MPI_T_cvar_read(handle, value) == MPI_SUCCESS;
    if (ok && type == MPI_CHAR) {
        snprintf(text, n, "%s", value);
    } else if (ok && type == MPI_C_BOOL) {
        memcpy(&flag, value, sizeof flag);
        snprintf(text, n, "%s", flag ? "true" : "false");
    } else if (ok && type == MPI_INT) {
        memcpy(&number, value, sizeof number);
        word_of(words, number, text, n);
    } else {
        ok = false;
    }
    plaq_free(value);
    MPI_T_cvar_handle_free(&handle);
    return ok;
}

bool plaq_mpi_setting(const char *name, char *text, size_t n)
{
    MPI_T_enum words;
    MPI_Datatype type;
    bool found = false;
    int level, index;

    text[0] = '\0';
    if (!plaq_par_started() || MPI_T_init_thread(MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS) return false;
    index = find_setting(name, &type, &words);
    if (index >= 0) found = read_setting(index, type, words, text, n);
    MPI_T_finalize();
    return found;
}

/* ---- MPI-IO ----------------------------------------------------------------------------------------------------- */

static plaq_status outcome(int code, const char *path, const char *what)
{
    char words[MPI_MAX_ERROR_STRING] = "";
    int n;

    if (code == MPI_SUCCESS) return PLAQ_OK;
    MPI_Error_string(code, words, &n);
    return plaq_fail(PLAQ_E_IO, "%s: cannot %s through MPI-IO: %s", path, what, words);
}

/* ROMIO's hints say so; OMPIO is a component of Open MPI. */
static void find_kind(MPI_File file, char kind[32])
{
    char hint[MPI_MAX_INFO_KEY + 1], loaded[256];
    MPI_Info info;
    int n = 0;

    kind[0] = '\0';
    plaq_mpi_components("io", loaded, sizeof loaded);
    if (strstr(loaded, "ompio")) strcpy(kind, "OMPIO");
    if (MPI_File_get_info(file, &info) != MPI_SUCCESS) return;
    MPI_Info_get_nkeys(info, &n);
    for (int i = 0; i < n; i++)
        if (MPI_Info_get_nthkey(info, i, hint) == MPI_SUCCESS && strncmp(hint, "romio", 5) == 0) strcpy(kind, "ROMIO");
    MPI_Info_free(&info);
}

static unsigned char pattern(int rank, size_t i)
{
    return (unsigned char)(131 * (size_t)rank + i + (i >> 8));
}

static plaq_status write_and_read(const plaq_comm *comm, MPI_File file, const char *path, unsigned char *block,
                                  size_t bytes, plaq_mpi_io_trial *trial)
{
    const int rank = plaq_comm_rank(comm), next = (rank + 1) % plaq_comm_size(comm);
    size_t wrong = 0;

    for (size_t i = 0; i < bytes; i++) block[i] = pattern(rank, i);
    plaq_barrier(comm);
    trial->write = -plaq_now();
    PLAQ_TRY(plaq_agree(comm, outcome(MPI_File_write_at_all(file, (MPI_Offset)bytes * rank, block, (int)bytes, MPI_BYTE,
                                                            MPI_STATUS_IGNORE),
                                      path, "write")));
    PLAQ_TRY(plaq_agree(comm, outcome(MPI_File_sync(file), path, "flush")));
    plaq_barrier(comm);
    trial->write += plaq_now();
    trial->read = -plaq_now();
    memset(block, 0, bytes);
    PLAQ_TRY(
        plaq_agree(comm, outcome(MPI_File_sync(file), path, "flush"))); /* what others wrote is seen from here on */
    PLAQ_TRY(plaq_agree(comm, outcome(MPI_File_read_at_all(file, (MPI_Offset)bytes * next, block, (int)bytes, MPI_BYTE,
                                                           MPI_STATUS_IGNORE),
                                      path, "read")));
    plaq_barrier(comm);
    trial->read += plaq_now();
    for (size_t i = 0; i < bytes; i++) wrong += block[i] != pattern(next, i);
    if (wrong == 0) return plaq_agree(comm, PLAQ_OK);
    return plaq_agree(comm, plaq_fail(PLAQ_E_IO, "%s: of %zu bytes of rank %d %zu are not those that it wrote", path,
                                      bytes, next, wrong));
}

plaq_status plaq_mpi_io_try(const plaq_comm *comm, const char *path, size_t bytes, plaq_mpi_io_trial *trial)
{
    const MPI_Comm *mpi = plaq_comm_mpi(comm);
    unsigned char *block = plaq_alloc(bytes, 1);
    MPI_File file = MPI_FILE_NULL;
    plaq_status status = block ? PLAQ_OK : PLAQ_E_MEMORY;
    int code;

    if (status == PLAQ_OK && !mpi) status = plaq_fail(PLAQ_E_USAGE, "no MPI-IO to be tried");
    PLAQ_GO(plaq_agree(comm, status));
    code = MPI_File_open(*mpi, path, MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE, MPI_INFO_NULL, &file);
    PLAQ_GO(plaq_agree(comm, outcome(code, path, "open")));
    find_kind(file, trial->kind);
    status = write_and_read(comm, file, path, block, bytes, trial);
    code = MPI_File_close(&file);
    if (status == PLAQ_OK) status = plaq_agree(comm, outcome(code, path, "close"));
done:
    plaq_free(block);
    return status;
}
