/* Counters of network interfaces. */
#include "cli/traffic.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

static void add(plaq_traffic *t, const char *name, double bytes)
{
    if (t->count == TRAFFIC_MOST) return;
    snprintf(t->port[t->count].name, sizeof t->port[0].name, "%s", name);
    t->port[t->count++].bytes = bytes;
}

/* "  eth0: 8 numbers received, the first of those sent is bytes" */
static void read_ethernet(plaq_traffic *t)
{
    FILE *file = fopen("/proc/self/net/dev", "r");
    char line[512], name[32];
    double sent;

    while (file && fgets(line, sizeof line, file)) {
        char *numbers = strchr(line, ':');

        if (!numbers) continue; /* the head */
        *numbers++ = '\0';
        if (sscanf(line, " %31s", name) == 1 && sscanf(numbers, "%*s %*s %*s %*s %*s %*s %*s %*s %lf", &sent) == 1)
            add(t, name, sent);
    }
    if (file) fclose(file);
}

/* Counted in words of four bytes. */
static void read_infiniband(plaq_traffic *t)
{
    glob_t found;
    char name[32];
    double words;

    if (glob("/sys/class/infiniband/*/ports/*/counters/port_xmit_data", 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");

        if (file && fscanf(file, "%lf", &words) == 1 &&
            sscanf(found.gl_pathv[i], "/sys/class/infiniband/%31[^/]", name) == 1)
            add(t, name, 4 * words);
        if (file) fclose(file);
    }
    globfree(&found);
}

void plaq_traffic_read(plaq_traffic *now)
{
    now->count = 0;
    read_ethernet(now);
    read_infiniband(now);
}

double plaq_traffic_since(const plaq_traffic *before, const plaq_traffic *after, const char **name)
{
    double most = 0;

    *name = "";
    for (int i = 0; i < after->count && i < before->count; i++) {
        double bytes = after->port[i].bytes - before->port[i].bytes;

        if (strcmp(after->port[i].name, before->port[i].name) != 0 || bytes <= most) continue;
        most = bytes;
        *name = after->port[i].name;
    }
    return most;
}

double plaq_traffic_halo(const plaq_lattice *lattice, plaq_prec prec)
{
    const int *grid = plaq_lattice_grid(lattice), *local = plaq_lattice_local(lattice);
    double sites = (double)local[0] * local[1] * local[2] * local[3], face = 0;

    for (int mu = 0; mu < 4; mu++)
        if (grid[mu] > 1) face += 2 * sites / local[mu];
    return face * 72 * (prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float));
}
