/* `plaq bench solve`: a clover propagator from a point, twelve columns to 1e-10, by each solver, and one column of it.
 *
 * The field is quenched, beta 6.0, c_sw 1.769 and kappa 0.1342, where a pion has a mass of about 0.3. The bound is that
 * of the operator and of CG's vectors in single precision: on odd sites, in each application, two hops of 1320 flops
 * and two site matrices of 528 for each column, 120 reals of spinors and 132 of vectors, and 288 reals of links and
 * clover term for all columns at once.
 */
#include "cli/bench.h"

#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "plaq/fermion.h"

typedef struct {
    const char *name;
    plaq_solver how;
    int columns, lanes;
} contest;

static const contest contests[] = {
    {"CG", {PLAQ_SOLVE_CG, 1e-10, 10000, true}, 12, 0},
    {"block CG", {PLAQ_SOLVE_BLOCK_CG, 1e-10, 10000, true}, 12, 0},
    {"BiCGStab", {PLAQ_SOLVE_BICGSTAB, 1e-10, 10000, true}, 12, 0},
    {"CG", {PLAQ_SOLVE_CG, 1e-10, 10000, true}, 1, 1},
};

enum { CONTESTS = sizeof contests / sizeof *contests, SWEEPS = 30 };

typedef struct {
    double seconds, residual, flops, limit;
    int iterations, applications;
    double bytes; /* a site and column, of all fields */
} outcome;

static plaq_status make_operator(plaq_lattice *lattice, plaq_dirac **d)
{
    const plaq_action action = {.mass = 0.5 / 0.1342 - 4, .csw = 1.769, .phase = {0, 0, 0, 1}};
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    plaq_gauge_hot(u, 1);
    for (uint64_t sweep = 0; sweep < SWEEPS; sweep++) {
        PLAQ_GO(plaq_gauge_heat_bath(u, 6.0, 1, sweep));
        PLAQ_GO(plaq_gauge_over_relax(u));
    }
    PLAQ_GO(plaq_dirac_create(u, &action, d));
done:
    plaq_gauge_destroy(&u);
    return status;
}

/* the point x = 0 is on rank 0 */
static void put_point(plaq_columns *b)
{
    const int *origin = plaq_lattice_origin(plaq_columns_lattice(b));

    for (int j = 0; j < plaq_columns_count(b) && origin[0] + origin[1] + origin[2] + origin[3] == 0; j++) {
        double psi[PLAQ_SPINOR_REALS] = {0};

        psi[2 * j] = 1;
        plaq_columns_put(b, (int[4]){0}, j, psi);
    }
}

static plaq_status compete(plaq_dirac *d, plaq_lattice *lattice, const contest *c, outcome *out)
{
    const double sites = (double)plaq_lattice_volume(lattice);
    const int *dims = plaq_lattice_dims(lattice), *grid = plaq_lattice_grid(lattice);
    plaq_columns *b = NULL, *x = NULL;
    plaq_solution solution = {0};
    plaq_status status;

    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, c->columns, c->lanes, PLAQ_SPINOR_REALS, PLAQ_ALL, &b));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, c->columns, c->lanes, PLAQ_SPINOR_REALS, PLAQ_ALL, &x));
    put_point(b);
    out->seconds = -plaq_now();
    PLAQ_GO(plaq_dirac_solve(d, &c->how, b, x, &solution));
    out->seconds += plaq_now();
    out->iterations = solution.iterations;
    out->applications = solution.applications;
    for (int j = 0; j < c->columns; j++) out->residual = fmax(out->residual, solution.residual[j]);
    out->bytes =
        (double)(plaq_solver_estimate(dims, grid, &c->how, c->columns, c->lanes) +
                 2 * plaq_columns_estimate(dims, grid, PLAQ_DOUBLE, c->columns, c->lanes, PLAQ_SPINOR_REALS, false));
    out->bytes *= plaq_comm_size(plaq_lattice_comm(lattice)) / (sites * c->columns);
    out->flops = out->applications * sites / 2 * c->columns * (2 * 1320 + 2 * 528);
done:
    plaq_columns_destroy(&b);
    plaq_columns_destroy(&x);
    plaq_solution_clear(&solution);
    return status;
}

static plaq_status print_json(const plaq_lattice *lattice, const contest *c, const outcome *out)
{
    cJSON *json = cJSON_CreateObject();

    plaq_json_text(json, "name", "solve");
    plaq_json_text(json, "solver", c->name);
    plaq_json_ints(json, "dims", plaq_lattice_dims(lattice), 4);
    plaq_json_int(json, "columns", c->columns);
    plaq_json_int(json, "ranks", plaq_comm_size(plaq_lattice_comm(lattice)));
    plaq_json_int(json, "threads", plaq_threads());
    plaq_json_real(json, "seconds", out->seconds);
    plaq_json_int(json, "iterations", out->iterations);
    plaq_json_int(json, "applications", out->applications);
    plaq_json_real(json, "residual", out->residual);
    plaq_json_real(json, "bytes", out->bytes);
    plaq_json_real(json, "gflops", out->flops / out->seconds * 1e-9);
    plaq_json_real(json, "fraction", out->limit / out->seconds);
    return plaq_json_print(json, false);
}

static plaq_status print_contest(const plaq_lattice *lattice, const contest *c, const outcome *out, bool json,
                                 plaq_table *lines)
{
    if (plaq_comm_rank(plaq_lattice_comm(lattice)) != 0) return PLAQ_OK;
    if (json) return print_json(lattice, c, out);
    return plaq_table_row(lines, "%s\t%d\t%d\t%d\t%.1e\t%.2f\t%.2f\t%.1f\t%.2f\t%.0f", c->name, c->columns,
                          out->iterations, out->applications, out->residual, out->seconds,
                          out->seconds * 12 / c->columns, out->flops / out->seconds * 1e-9, out->limit / out->seconds,
                          out->bytes);
}

plaq_status plaq_bench_solve(plaq_lattice *lattice, double peak, double bandwidth, bool json)
{
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    plaq_table lines = {0};
    plaq_dirac *d = NULL;
    plaq_status status;

    PLAQ_GO(make_operator(lattice, &d));
    PLAQ_GO(plaq_agree(comm, plaq_table_row(&lines, "solver\tcolumns\titerations\tapplications\tresidual\ts\ts of 12\t"
                                                    "GF\tfraction\tbytes")));
    for (int i = 0; i < CONTESTS; i++) {
        const contest *c = &contests[i];
        outcome out = {0};
        double reals;

        PLAQ_GO(compete(d, lattice, c, &out));
        plaq_log(PLAQ_LOG_INFO, "%s, %d columns, %d of %d: %d iterations, %.2f s", c->name, c->columns, i + 1, CONTESTS,
                 out.iterations, out.seconds);
        reals = out.applications * (double)plaq_lattice_volume(lattice) / 2 * (252.0 * c->columns + 288);
        out.limit = fmax(out.flops / peak, reals * sizeof(float) / bandwidth);
        PLAQ_GO(plaq_agree(comm, print_contest(lattice, c, &out, json, &lines)));
    }
    if (plaq_comm_rank(comm) == 0 && !json) plaq_table_print(&lines);
done:
    plaq_table_clear(&lines);
    plaq_dirac_destroy(&d);
    return status;
}
