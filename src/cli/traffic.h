/* What the network interfaces of a host have sent so far: shows which of them carries messages, whatever MPI says. */
#ifndef PLAQ_CLI_TRAFFIC_H
#define PLAQ_CLI_TRAFFIC_H

#include "plaq/lattice.h"

enum { TRAFFIC_MOST = 32 };

/* Counters of one host at one time. */
typedef struct {
    int count;
    struct {
        char name[32]; /* "lo", "eth0", "mlx5_0" */
        double bytes;
    } port[TRAFFIC_MOST];
} plaq_traffic;

/* Reads the counters of Ethernet and its like (/proc/net/dev) and of InfiniBand (/sys/class/infiniband). Local. */
void plaq_traffic_read(plaq_traffic *now);

/* Bytes that the busiest interface sent in between, and its name; 0 and "" where none did. Local. */
double plaq_traffic_since(const plaq_traffic *before, const plaq_traffic *after, const char **name);

/* Bytes that a rank sends in an exchange of the halo of links, without edges: two faces in each direction in which
 * ranks divide the lattice. Pure. */
double plaq_traffic_halo(const plaq_lattice *lattice, plaq_prec prec);

#endif
