/* `plaq doctor`: the programs and libraries that this plaq stands on. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "plaq/io.h"
#include "plaq/lattice.h"

/* Doubles in the widest vector of this processor; 0: not known. The same widths as the Makefile takes. */
static int processor_lanes(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return 8;
    return __builtin_cpu_supports("avx") ? 4 : 2;
#else
    return 0;
#endif
}

static void check_build(void)
{
    int built = plaq_lanes_full(PLAQ_DOUBLE), can = processor_lanes();

    doctor_begin("plaq", "");
    if (can > built)
        doctor_say(DOCTOR_WARN, "make BUILD=build-here ARCH=native, on this machine",
                   "%s (%s), %s; vectors of %d doubles, this processor has %d", PLAQ_VERSION, plaq_commit(),
                   plaq_compiler(), built, can);
    else
        doctor_say(DOCTOR_OK, "", "%s (%s), %s; vectors of %d doubles", PLAQ_VERSION, plaq_commit(), plaq_compiler(),
                   built);
}

static void check_mpi(void)
{
    doctor_begin("MPI", "");
    if (!plaq_par_started())
        doctor_say(DOCTOR_OK, "", "%s, not started: no launcher started this process", plaq_par_library());
    else
        doctor_say(DOCTOR_OK, "", "%s; %s; UCX %s", plaq_par_library(), *plaq_par_pmix() ? plaq_par_pmix() : "no PMIx",
                   *plaq_par_ucx() ? plaq_par_ucx() : "not in use");
}

/* What launchers set themselves says nothing. */
static bool is_wish(const char *variable)
{
    static const char *const wishes[] = {"OMPI_MCA_", "UCX_", "HDF5_", "OMP_", "PLAQ_MPI"};
    static const char *const launchers[] = {"OMPI_MCA_ess",  "OMPI_MCA_orte_", "OMPI_MCA_initial_wdir",
                                            "OMPI_MCA_pmix", "OMPI_MCA_shmem", "OMPI_MCA_mpi_oversubscribe"};
    bool wish = false;

    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        wish |= strncmp(variable, wishes[i], strlen(wishes[i])) == 0;
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        wish &= strncmp(variable, launchers[i], strlen(launchers[i])) != 0;
    return wish;
}

/* What the environment asks of the layers below. */
static void check_environment(void)
{
    char text[700] = "";
    size_t used = 0;

    doctor_begin("environment", "");
    for (char **e = environ; *e; e++)
        if (is_wish(*e) && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.80s", used ? " " : "", *e);
    doctor_say(DOCTOR_OK, "", "%s", used ? text : "asks nothing of MPI, UCX, HDF5 and OpenMP");
}

/* The file lock of HDF5 is refused on file systems without locks; plaq switches it off, but the environment wins. */
static void check_hdf5(void)
{
    const char *locking = getenv("HDF5_USE_FILE_LOCKING");

    doctor_begin("HDF5", "");
    if (locking && (strcmp(locking, "TRUE") == 0 || strcmp(locking, "1") == 0))
        doctor_say(DOCTOR_WARN, "export HDF5_USE_FILE_LOCKING=BEST_EFFORT",
                   "%s, parallel; HDF5_USE_FILE_LOCKING=%s: files cannot be opened where the file system has no locks",
                   plaq_store_library(), locking);
    else
        doctor_say(DOCTOR_OK, "", "%s, parallel; without file locks, without collective metadata",
                   plaq_store_library());
}

/* Texts of libraries that are linked; their headers belong to other rooms. */
static void check_libraries(void)
{
    const char *fftw = dlsym(RTLD_DEFAULT, "fftw_version"), *const *gsl = dlsym(RTLD_DEFAULT, "gsl_version");

    doctor_begin("libraries", "");
    doctor_say(DOCTOR_OK, "", "%s%s%s", fftw ? fftw : "FFTW", gsl ? ", GSL " : "", gsl ? *gsl : "");
}

void doctor_layers(void)
{
    check_build();
    check_mpi();
    check_hdf5();
    check_libraries();
    check_environment();
}
