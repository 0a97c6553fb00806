/* What is said of a quantity: whether it moves, its autocorrelation time, its unit. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

bool report_is_good(const plaq_made *made)
{
    return made->status == PLAQ_OK && made->error && made->estimate.size > 0;
}

bool report_has_history(const plaq_made *made)
{
    const plaq_chains *chains = made->estimate.chains;

    if (!report_is_good(made) || made->estimate.size != 1 || made->x || made->fitted || made->scans) return false;
    for (int k = 1; k < chains->count; k++)
        if (strcmp(chains->chain[k].ensemble, chains->chain[0].ensemble)) return false;
    return chains->configs > 1;
}

/* How far from integers the numbers are on average: 1/4 where they know nothing of them */
static double distance_to_integers(const plaq_made *made)
{
    const size_t n = report_configs(made);
    double sum = 0;

    for (size_t c = 0; c < n; c++) sum += fabs(report_history_at(made, c) - round(report_history_at(made, c)));
    return n ? sum / (double)n : 1;
}

/* Names that people give to the charge; ours without flow is charge_total. */
bool report_is_charge(const plaq_made *made, bool *near_integers)
{
    static const char *const names[] = {"charge_end", "Q", "charge", "topological_charge"};
    const char *source = made->source ? made->source : "", *dot = strrchr(source, '.'), *name = dot ? dot + 1 : source;
    bool flowed = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) flowed = flowed || strcmp(name, names[i]) == 0;
    *near_integers = flowed && distance_to_integers(made) < 0.15;
    return flowed || strcmp(name, "charge_total") == 0;
}

report_motion report_motion_of(const plaq_made *made)
{
    const double rounding = 1e-12 * fabs(made->estimate.value[0]);
    bool constant = true, one_sector = true, near_integers;

    for (size_t c = 0; c < report_configs(made); c++) {
        constant = constant && fabs(made->estimate.delta[c]) <= rounding;
        one_sector = one_sector && round(report_history_at(made, c)) == round(report_history_at(made, 0));
    }
    if (constant) return REPORT_CONSTANT;
    return one_sector && report_is_charge(made, &near_integers) && near_integers ? REPORT_FROZEN : REPORT_MOVES;
}

void report_unit_text(const char *unit, char *text, size_t n)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    bool up = false;
    size_t used = 0;

    text[0] = '\0';
    if (strcmp(unit, "1") == 0) return;
    for (; *unit && used + 4 < n; unit++) {
        bool digit = *unit >= '0' && *unit <= '9';

        if (*unit == '^') {
            up = true;
            continue;
        }
        up = up && (digit || *unit == '-');
        if (up)
            used += (size_t)snprintf(text + used, n - used, "%s", digit ? raised[*unit - '0'] : "⁻");
        else
            used += (size_t)snprintf(text + used, n - used, "%c", *unit);
    }
}

void report_tau_text(const plaq_made *made, size_t i, char *text, size_t n)
{
    const plaq_uncertainty *u = &made->error[i];
    bool frozen = made->estimate.size == 1 && report_motion_of(made) != REPORT_MOVES;

    if (frozen || !(u->tau > 0) || !(u->error > 0))
        snprintf(text, n, "–");
    else
        plaq_number_text(u->tau, u->tau_error, 0, text, n);
}
