/* The time a job has, and whether another configuration fits into it.
 *
 * A configuration is begun only where the longest one so far, times 1.2, is over before the end; at the start the
 * longest of results of the same number of ranks stands in for it. Where propagators are kept, position by position, a
 * configuration that is stopped is not lost: then the first one of a job is begun in any case.
 *
 * The end itself is a request to stop like a signal: it is answered between two steps, and what is solved for and kept
 * stays. Times of day are looked at once, at the start; then the monotonic clock counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/run.h"

/* What batch systems say: a time of day, in seconds since 1970, or how long, counted from our start. They kill at the
 * end, so we end before. */
static const struct {
    const char *name;
    bool is_end;
} told[] = {
    {"SLURM_JOB_END_TIME", true},       /* Slurm 22.05 */
    {"COBALT_ENDTIME", true},           /* Cobalt */
    {"PBS_WALLTIME", false},            /* Torque */
    {"OAR_JOB_WALLTIME_SECONDS", false} /* OAR */
};

static const double reserve = 60, factor = 1.2;

plaq_status plaq_time_read(const char *text, double *seconds)
{
    double part[4] = {0}, sum = 0;
    int n = 0, used = 0;
    char unit = 0;
    const char *at = text;

    if (sscanf(text, "%lf%c%n", &part[0], &unit, &used) == 2 && !text[used] && strchr("smhd", unit)) {
        *seconds = part[0] * (unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400);
        return *seconds > 0 ? PLAQ_OK : plaq_fail(PLAQ_E_USAGE, "time \"%s\": expected more than none", text);
    }
    for (; n < 4 && sscanf(at, "%lf%n", &part[n], &used) == 1 && part[n] >= 0; n++) {
        at += used;
        if (!*at || (*at != ':' && !(n == 0 && *at == '-'))) break;
        at++;
    }
    n++;
    if (*at || n > 4 || at == text)
        return plaq_fail(PLAQ_E_USAGE, "time \"%s\": expected hours:minutes:seconds, minutes:seconds, or 90m, 4h",
                         text);
    for (int i = 0; i < n; i++) sum = sum * (n == 4 && i == 1 ? 24 : 60) + part[i];
    *seconds = n == 1 ? 60 * sum : sum; /* a number alone is minutes, as of sbatch */
    return *seconds > 0 ? PLAQ_OK : plaq_fail(PLAQ_E_USAGE, "time \"%s\": expected more than none", text);
}

/* Seconds that the batch system leaves us; infinity where it says nothing. */
static double ask_batch_system(const char **name)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *text = getenv(told[i].name);
        char *end;
        double left = text ? strtod(text, &end) : 0;

        if (!text || end == text || *end) continue;
        if (told[i].is_end) left -= (double)time(NULL);
        if (left <= 0) continue; /* of a job that has ended */
        *name = told[i].name;
        return left > 10 * reserve ? left - reserve : 0.9 * left;
    }
    return INFINITY;
}

void run_clock_start(run_clock *clock, double seconds)
{
    const char *name = "--time";
    double left = seconds > 0 ? seconds : ask_batch_system(&name);

    *clock = (run_clock){.end = plaq_now() + left, .source = name};
    if (!isfinite(left)) return;
    plaq_stop_at(clock->end);
    plaq_log(PLAQ_LOG_INFO, "this job ends in %.0f s (%s)", left, name);
}

void run_clock_end(run_clock *clock)
{
    if (clock->source && isfinite(clock->end)) plaq_stop_at(INFINITY);
}

void run_clock_took(run_clock *clock, double seconds)
{
    if (seconds > clock->longest) clock->longest = seconds;
    clock->measured = true;
}

/* The longest of a few results that there are, measured on as many ranks. */
void run_clock_learn(run_clock *clock, const plaq_plan *plan, int ranks)
{
    enum { most = 16 };
    int seen = 0;

    if (!isfinite(clock->end)) return;
    for (int i = plan->count - 1; i >= 0 && seen < most; i--) {
        char text[64];

        if (!plaq_path_exists(plan->entries[i].result)) continue;
        if (plaq_store_fact(plan->entries[i].result, "ranks", text, sizeof text) != PLAQ_OK || atoi(text) != ranks)
            continue;
        seen++;
        if (plaq_store_fact(plan->entries[i].result, "seconds", text, sizeof text) == PLAQ_OK &&
            atof(text) > clock->longest)
            clock->longest = atof(text);
    }
}

plaq_status run_clock_check(const run_clock *clock, bool saves)
{
    double left = clock->end - plaq_now();

    if (left >= factor * clock->longest || (saves && !clock->measured && left > 0)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_STOPPED, "%.0f s are left (%s) and a configuration takes up to %.0f s", left > 0 ? left : 0,
                     clock->source, clock->longest);
}
