/* plaq gather: the results of all configurations of an ensemble in one file. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/exchange.h"

typedef struct {
    char output[4096];
    bool overwrite;
} options;

static const plaq_param table[] = {
    PLAQ_TEXT(options, output, NULL, "the file to be written"),
    PLAQ_BOOL(options, overwrite, "false", "replace the file where it exists"),
    PLAQ_END,
};

static size_t count_configurations(const plaq_numbers *numbers)
{
    size_t most = 0, n;

    /* of the measurement that is there most often; chains of a name follow from replica to replica */
    for (int i = 0; i < numbers->series_count; i++) {
        n = 0;
        for (int k = 0; k < numbers->series_count; k++)
            if (strcmp(numbers->series[k].name, numbers->series[i].name) == 0) n += numbers->series[k].chain.count;
        if (n > most) most = n;
    }
    return most;
}

static int count_names(const plaq_numbers *numbers)
{
    int n = 0;

    for (int i = 0; i < numbers->series_count; i++) {
        bool is_new = true;

        for (int k = 0; k < i; k++) is_new &= strcmp(numbers->series[k].name, numbers->series[i].name) != 0;
        n += is_new;
    }
    return n;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    plaq_numbers gathered;

    if (!o->overwrite && plaq_path_exists(o->output))
        return plaq_fail(PLAQ_E_USAGE, "%s: exists; --overwrite replaces it", o->output);
    PLAQ_TRY(plaq_gather_write(call->args[0], o->output, &gathered));
    for (int i = 0; i < gathered.notes; i++) plaq_log(PLAQ_LOG_WARN, "%s", gathered.note[i]);
    printf("%s: %d outputs of %zu configurations\n", o->output, count_names(&gathered),
           count_configurations(&gathered));
    plaq_numbers_clear(&gathered);
    return PLAQ_OK;
}

const plaq_command plaq_command_gather = {
    .name = "gather",
    .brief = "write the results of an ensemble into one file",
    .arguments = "RESULTS",
    .doc = "Writes what `plaq measure` left in a folder, one file a configuration, into one HDF5 file:\n"
           "each output is one array with the configurations as its first axis, `configurations` their\n"
           "numbers. It is read wherever the folder is, and quickly; the folder is not changed.\n"
           "\n"
           "Configurations that are there twice, numbers that are not there, files that are damaged and\n"
           "measurements that some configurations lack are warned of. Results with different parameters\n"
           "are refused.\n"
           "\n"
           "    plaq gather results -o ensemble.h5\n"
           "    python3 -c 'import h5py; print(h5py.File(\"ensemble.h5\")[\"plaquette/mean\"][:].mean())'",
    .min_args = 1,
    .max_args = 1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "o=output",
    .run = run,
};
