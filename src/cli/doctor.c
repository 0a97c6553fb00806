/* `plaq doctor`: what this plaq stands on and whether it carries: libraries, ranks, messages, files. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

typedef struct {
    int limit;
    bool json;
} options;

extern const plaq_command plaq_command_doctor;

static const plaq_param table[] = {
    PLAQ_INT(options, limit, "30", 1, 3600, "s", "time for all checks; one that is not done by then hangs"),
    PLAQ_BOOL(options, json, "false", "print one JSON object"),
    PLAQ_END,
};

/* The rank as launchers tell it, before MPI does. */
static int early_rank(void)
{
    const char *rank = getenv("PMIX_RANK");

    if (!rank) rank = getenv("PMI_RANK");
    if (!rank) rank = getenv("SLURM_PROCID");
    return rank ? atoi(rank) : 0;
}

/* srun without PMIx starts tasks that Open MPI cannot join to one world: it gives up when it starts. The doctor looks
 * at them without it. */
static void avoid_mpi(void)
{
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");

    if (tasks && atoi(tasks) > 1 && !getenv("PMIX_RANK") && !getenv("PMI_RANK") && !getenv("OMPI_COMM_WORLD_SIZE"))
        setenv("PLAQ_MPI", "off", 0);
}

/* The start of MPI is watched too. What is wrong with the words is told later. */
static void before(char *const words[], int n)
{
    const char **args = plaq_alloc((size_t)n + 1, sizeof *args);
    plaq_globals globals = {.help = false};
    options o = {.limit = 30};
    int n_args, used;

    if (args && plaq_options_read(&plaq_command_doctor, words, n, &o, &globals, args, &n_args, &used) == PLAQ_OK) {
        doctor_report_start(early_rank(), o.limit, o.json);
        if (!globals.help && !globals.version) doctor_watch();
    }
    plaq_free(args);
    avoid_mpi();
}

static plaq_status check(const plaq_call *call, const doctor_place places[])
{
    doctor_layers();
    doctor_world(call->comm, places);
    if (doctor_is_singleton(call->comm)) return PLAQ_OK; /* all of them would measure at the same time */
    PLAQ_TRY(doctor_transport(call->comm, places));
    PLAQ_TRY(doctor_speed(call->comm, places));
    return doctor_folder(call->comm, call->n_args ? call->args[0] : ".");
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    doctor_place *places = NULL;
    plaq_status status, printed;
    int bad = 0;

    doctor_report_start(doctor_is_singleton(call->comm) ? early_rank() : plaq_comm_rank(call->comm), o->limit, o->json);
    PLAQ_TRY(doctor_places(call->comm, &places));
    status = check(call, places);
    plaq_free(places);
    printed = doctor_report_end(&bad);
    if (status == PLAQ_OK) status = plaq_agree(call->comm, printed);
    if (status == PLAQ_OK && bad > 0)
        status = plaq_fail(PLAQ_E_IO, "doctor: %d of the checks %s bad", bad, bad > 1 ? "are" : "is");
    return plaq_agree(call->comm, status);
}

const plaq_command plaq_command_doctor = {
    .name = "doctor",
    .brief = "check MPI, transports, binding, files: what is wrong here, and what helps",
    .arguments = "[OUTPUT]",
    .doc = "Run it as the job will be run, under mpirun or srun, with the folder of the\n"
           "results. One line a check: ok; warn (slower than it could be, or wrong later);\n"
           "bad (fails, hangs, or is of no use); and below it the setting that helps.\n"
           "Files are made in the folder, named .plaq-doctor-*, and removed.\n"
           "Exit code 0 where nothing is bad, 4 otherwise, also where a check hangs.\n\n"
           "    mpirun -n 4 plaq doctor results/b6.00\n"
           "    srun --mpi=pmix plaq doctor --limit 60 --json results/b6.00",
    .min_args = 0,
    .max_args = 1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .before = before,
    .run = run,
};
