/* plaq: starts the ranks, finds the command, runs it, and says once, from one rank, what went wrong. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/io.h"
#include "plaq/run.h"

static void print_version(void)
{
    printf("plaq %s (commit %s)\nbuilt with %s, %d doubles or %d floats a vector\n%s, %s\n", PLAQ_VERSION,
           plaq_commit(), plaq_compiler(), plaq_lanes_full(PLAQ_DOUBLE), plaq_lanes_full(PLAQ_SINGLE),
           plaq_par_library(), plaq_store_library());
}

static void set_log(const plaq_comm *world, const plaq_globals *globals)
{
    int level = globals->verbose ? PLAQ_LOG_DEBUG : globals->quiet ? PLAQ_LOG_WARN : globals->log_level;

    plaq_log_set((plaq_log_level)level, plaq_comm_rank(world));
}

/* What was printed must have arrived: a full disk is a failure too */
static plaq_status flush_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_IO, "standard output: cannot write: %s", strerror(errno));
}

static plaq_status run(const plaq_command *command, const plaq_call *call)
{
    bool first = plaq_comm_rank(call->comm) == 0;
    plaq_status status = PLAQ_OK;

    if (command->ranks || first) status = command->run(call);
    if (first && (status == PLAQ_OK || status == PLAQ_DIFFERENT || status == PLAQ_E_STOPPED)) {
        plaq_status flushed = flush_stdout();

        if (flushed != PLAQ_OK) status = flushed;
    }
    return plaq_agree(call->comm, status);
}

/* The words after the command's name */
static plaq_status read_and_run(const plaq_comm *world, const plaq_command *command, char *const words[], int n,
                                plaq_globals *globals)
{
    void *options = plaq_alloc(command->options_size + 1, 1);
    const char **args = plaq_alloc((size_t)n + 1, sizeof *args);
    plaq_call call = {.comm = world, .options = options, .args = args};
    plaq_status status = options && args ? PLAQ_OK : PLAQ_E_MEMORY;
    int used;

    if (status == PLAQ_OK) status = plaq_options_read(command, words, n, options, globals, args, &call.n_args, &used);
    set_log(world, globals);
    status = plaq_agree(world, status);
    if (status == PLAQ_E_USAGE) plaq_note(status, "%s", command->name);
    if (status == PLAQ_OK && globals->version) {
        if (plaq_comm_rank(world) == 0) print_version();
    } else if (status == PLAQ_OK && globals->help) {
        if (plaq_comm_rank(world) == 0) plaq_help_print(command);
    } else if (status == PLAQ_OK) {
        status = run(command, &call);
    }
    plaq_free(args);
    plaq_free(options);
    return status;
}

static plaq_status dispatch(const plaq_comm *world, char *const words[], int n)
{
    bool first = plaq_comm_rank(world) == 0;
    plaq_globals globals = {.help = false};
    const plaq_command *command;
    const char *near;
    int n_args, used;

    PLAQ_TRY(plaq_param_defaults(plaq_global_table, &globals));
    PLAQ_TRY(plaq_options_read(NULL, words, n, NULL, &globals, NULL, &n_args, &used));
    set_log(world, &globals);
    if (globals.version && first) print_version();
    if (globals.help && used == n && first) plaq_help_print(NULL);
    if (globals.version || (globals.help && used == n)) return PLAQ_OK;
    if (used == n) return plaq_fail(PLAQ_E_USAGE, "no command given; \"plaq --help\" lists them");
    command = plaq_command_find(words[used]);
    if (command) return read_and_run(world, command, words + used + 1, n - used - 1, &globals);
    near = plaq_command_nearest(words[used]);
    if (near) return plaq_fail(PLAQ_E_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", words[used], near);
    return plaq_fail(PLAQ_E_USAGE, "unknown command \"%s\"; \"plaq --help\" lists them", words[used]);
}

/* Before MPI starts, which takes long enough for a signal to come, or does not come back */
static void prepare(char *const words[], int n)
{
    const plaq_command *command = NULL;
    int i = 0;

    while (i < n && !command) command = plaq_command_find(words[i++]);
    if (command && command->stops) plaq_stop_catch();
    if (command && command->before) command->before(words + i, n - i);
}

int main(int argc, char **argv)
{
    plaq_comm *world = NULL;
    plaq_status status;

    prepare(argv + 1, argc - 1);
    status = plaq_par_start(&argc, &argv, &world);
    if (status != PLAQ_OK) {
        plaq_log(PLAQ_LOG_ERROR, "%s", plaq_message());
        return status;
    }
    plaq_log_set(PLAQ_LOG_INFO, plaq_comm_rank(world));
    plaq_store_start();
    plaq_json_start();
    status = dispatch(world, argv + 1, argc - 1);
    if (status == PLAQ_OK && plaq_comm_rank(world) == 0) status = flush_stdout();
    status = plaq_agree(world, status);
    if (status == PLAQ_E_STOPPED)
        plaq_log(PLAQ_LOG_WARN, "stopped: %s", plaq_message());
    else if (status != PLAQ_OK && status != PLAQ_DIFFERENT)
        plaq_log(PLAQ_LOG_ERROR, "%s", plaq_message());
    plaq_par_stop(&world);
    if (plaq_alloc_blocks() > 0)
        plaq_log_any(PLAQ_LOG_DEBUG, "%zu blocks of memory (%zu bytes) left", plaq_alloc_blocks(), plaq_alloc_bytes());
    return status;
}
