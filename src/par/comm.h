/* Inside the par room: what a communicator is, and memory that ranks of a host share. */
#ifndef PLAQ_PAR_COMM_H
#define PLAQ_PAR_COMM_H

#include <mpi.h>

#include "plaq/par.h"

struct plaq_comm {
    MPI_Comm mpi; /* MPI_COMM_NULL: alone, without MPI */
    int rank, size;
    bool shares; /* ranks of a host share memory for their messages: not with PLAQ_SHARED_MEMORY=off */
    int here;    /* ranks on this host: those that share memory, as MPI sees it */
    int node;    /* the lowest of them */
};

/* A mapping that other processes of the host can open by its name. Counted as allocated where it was made. */
typedef struct {
    char name[48]; /* "" : none */
    void *data;    /* zeros at first, aligned to a page */
    size_t bytes;
    bool made; /* here, not opened */
} par_shared;

/* False where there is no such memory, or too little (containers often have 64 MiB): the caller has another way. */
bool par_shared_make(size_t bytes, par_shared *s);
bool par_shared_open(const char *name, size_t bytes, par_shared *s);

/* Takes the name away: once all who need it have opened it, so that nothing is left behind. */
void par_shared_unname(const par_shared *s);
void par_shared_close(par_shared *s);

#endif
