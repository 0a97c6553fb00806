/* What happens, for other programs: lines of JSON, one a event, and a file of numbers in Prometheus' text format.
 *
 * A line is one write() to a file opened for appending: teams and jobs may share it. The numbers are those of the
 * output folder, whoever works on it: results there are, notes of failures, claims. They are written aside and renamed,
 * at most every five seconds. That one of these files cannot be written ends no campaign. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"

static const double metrics_every = 5;

/* ---- events ------------------------------------------------------------------------------------------------------ */

void run_events_open(run_events *events, const plaq_campaign_options *options, const run_team *team)
{
    *events = (run_events){.fd = -1, .team = team, .metrics = team->number == 0 ? options->metrics : NULL};
    events->written = -INFINITY;
    gethostname(events->host, sizeof events->host - 1);
    run_job_name(events->job, sizeof events->job);
    if (!options->events || !options->events[0]) return;
    events->fd = open(options->events, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (events->fd < 0) plaq_log(PLAQ_LOG_WARN, "%s: no events are written: %s", options->events, strerror(errno));
}

void run_events_close(run_events *events)
{
    if (events->team && events->fd >= 0) close(events->fd);
    *events = (run_events){.fd = -1};
}

/* A text in quotes, with what JSON wants escaped; cut where there is no room. */
static void quote(const char *text, char *quoted, size_t room)
{
    size_t used = 0;

    quoted[used++] = '"';
    for (const unsigned char *c = (const unsigned char *)text; *c && used + 8 < room; c++) {
        if (*c == '"' || *c == '\\') quoted[used++] = '\\';
        if (*c < 0x20)
            used += (size_t)snprintf(quoted + used, room - used, "\\u%04x", *c);
        else
            quoted[used++] = (char)*c;
    }
    quoted[used++] = '"';
    quoted[used] = '\0';
}

void run_event(run_events *events, const char *what, const char *configuration, const run_outcome *outcome,
               const char *words)
{
    char now[32], line[8192], path[3000], said[3000], job[300];
    size_t n;

    if (!events->team || events->fd < 0) return;
    run_time_text(time(NULL), now);
    quote(configuration, path, sizeof path);
    quote(words, said, sizeof said);
    quote(events->job, job, sizeof job);
    n = (size_t)snprintf(line, sizeof line,
                         "{\"time\": \"%s\", \"event\": \"%s\", \"host\": \"%s\", \"process\": %ld, \"job\": %s, "
                         "\"team\": %d",
                         now, what, events->host, (long)getpid(), job, events->team->number);
    if (configuration[0]) n += (size_t)snprintf(line + n, sizeof line - n, ", \"configuration\": %s", path);
    if (outcome)
        n += (size_t)snprintf(line + n, sizeof line - n,
                              ", \"seconds\": %.6g, \"plaquette\": %.12g, \"residual\": %.3g, \"iterations\": %d",
                              outcome->seconds, outcome->plaquette, outcome->residual, outcome->iterations);
    if (words[0]) n += (size_t)snprintf(line + n, sizeof line - n, ", \"message\": %s", said);
    n += (size_t)snprintf(line + n, sizeof line - n, "}\n");
    if (write(events->fd, line, n) != (ssize_t)n)
        plaq_log(PLAQ_LOG_DEBUG, "an event was not written: %s", strerror(errno));
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Names in a folder that end in @p ending; 0 where it is not there. Those that begin with a dot do not count. */
static int count_files(const char *output, const char *below, const char *ending)
{
    char *path = plaq_strprintf("%s%s", output, below);
    DIR *dir = path ? opendir(path) : NULL;
    int count = 0;

    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name), e = strlen(ending);

        count += entry->d_name[0] != '.' && n > e && strcmp(entry->d_name + n - e, ending) == 0;
    }
    if (dir) closedir(dir);
    plaq_free(path);
    return count;
}

static plaq_status print_metrics(const run_events *events, int known, run_buffer *text)
{
    const run_outcome *last = &events->last;
    const char *output = events->team->run->options.output;
    int done = count_files(output, "", ".h5"), failed = count_files(output, "/failed", ".txt");
    int running = count_files(output, "/claims", ""), missing = known - done - failed;
    const struct {
        const char *name, *help;
        double value;
    } rows[] = {
        {"plaq_results", "configurations with a result", done},
        {"plaq_failed", "configurations with a note of failure", failed},
        {"plaq_missing", "configurations known and neither of these", missing > 0 ? missing : 0},
        {"plaq_running", "configurations that are claimed by a job", running},
        {"plaq_last_seconds", "seconds that the last configuration took", last->seconds},
        {"plaq_last_plaquette", "its plaquette", last->plaquette},
        {"plaq_last_residual", "its largest relative residual", last->residual},
        {"plaq_last_iterations", "its solver iterations", last->iterations},
        {"plaq_written_timestamp_seconds", "when this was written", (double)time(NULL)},
    };
    char label[3000];

    quote(output, label, sizeof label);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        PLAQ_TRY(run_buffer_print(text, "# HELP %s %s\n# TYPE %s gauge\n%s{output=%s} %.12g\n", rows[i].name,
                                  rows[i].help, rows[i].name, rows[i].name, label, rows[i].value));
    return PLAQ_OK;
}

plaq_status run_metrics(run_events *events, const run_outcome *last, int known, bool now)
{
    run_buffer text = {0};
    char *aside;
    FILE *file;
    bool whole;
    plaq_status status;

    if (!events->team || !events->metrics || !events->metrics[0]) return PLAQ_OK;
    if (last) events->last = *last;
    if (!now && plaq_now() - events->written < metrics_every) return PLAQ_OK;
    events->written = plaq_now();
    aside = plaq_strprintf("%s.tmp", events->metrics);
    status = aside ? print_metrics(events, known, &text) : PLAQ_E_MEMORY;
    file = status == PLAQ_OK ? fopen(aside, "w") : NULL;
    if (file) {
        whole = fwrite(text.bytes, 1, text.n, file) == text.n;
        whole &= fclose(file) == 0;
        if (!whole || rename(aside, events->metrics) != 0) file = NULL;
    }
    if (status == PLAQ_OK && !file)
        plaq_log(PLAQ_LOG_WARN, "%s: no metrics are written: %s", events->metrics, strerror(errno));
    run_buffer_clear(&text);
    plaq_free(aside);
    return status;
}
