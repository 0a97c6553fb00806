/* Requests to stop: SIGINT, SIGTERM and SIGUSR1 set a flag that long loops look at between their steps, and so does a
 * time at which a job is to end. mpirun forwards SIGUSR1 without a time limit, but gives its ranks one second after a
 * SIGTERM; batch systems should send SIGUSR1. */
#include <math.h>
#include <signal.h>

#include "plaq/par.h"

static volatile sig_atomic_t asked;
static double end_time = INFINITY;

static void ask(int signal)
{
    (void)signal;
    asked = 1;
}

void plaq_stop_catch(void)
{
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags |= (int)SA_RESETHAND; /* who types ^C twice means it */
    sigaction(SIGINT, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write(), worded like a full disk */
}

void plaq_stop_at(double time)
{
    end_time = time;
}

plaq_status plaq_stop_check(const plaq_comm *comm)
{
    const bool late = plaq_now() >= end_time;

    if (!plaq_any(comm, asked != 0 || late)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_STOPPED, asked || !late ? "stopped on request" : "the time is up");
}
