/* Requests to stop: SIGINT, SIGTERM and SIGUSR1 set a flag that long loops look at between their steps. mpirun forwards
 * SIGUSR1 without a time limit, but gives its ranks one second after a SIGTERM; batch systems should send SIGUSR1. */
#include <signal.h>

#include "plaq/par.h"

static volatile sig_atomic_t asked;

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

plaq_status plaq_stop_check(const plaq_comm *comm)
{
    return plaq_any(comm, asked != 0) ? plaq_fail(PLAQ_E_STOPPED, "stopped on request") : PLAQ_OK;
}
