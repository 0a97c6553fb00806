/* A value and its error as the field writes them: 0.5936(12). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/study.h"

/* An error in units of the last digit, or with its point where it or the other reaches the digits before it: (12),
 * (2.3). */
static void add_error(double error, int decimals, bool pointed, char *text, size_t n)
{
    const size_t used = strlen(text);

    if (pointed)
        snprintf(text + used, n - used, "(%.*f)", decimals, error);
    else
        snprintf(text + used, n - used, "(%.0f)", error * pow(10, decimals));
}

void plaq_number_text(double value, double error, double systematic, char *text, size_t n)
{
    const double least = systematic > 0 && systematic < error ? systematic : error;
    const double most = fmax(fabs(value), fmax(error, systematic));
    int exponent = 0, decimals;
    double scale;
    bool pointed;

    if (!isfinite(value) || !isfinite(error) || !isfinite(systematic)) {
        snprintf(text, n, "-");
        return;
    }
    if (!(error > 0)) {
        snprintf(text, n, "%.10g", value);
        return;
    }
    if (most < 1e-3 || most >= 1e7) exponent = (int)floor(log10(most));
    scale = pow(10, -exponent);
    /* two digits of the smaller error, but no more than four of the larger one */
    decimals = 1 - (int)floor(log10(least * scale * 1.005));
    if (decimals > 3 - (int)floor(log10(error * scale))) decimals = 3 - (int)floor(log10(error * scale));
    if (decimals < 0) decimals = 0;
    pointed = decimals > 0 && fmax(error, systematic) * scale > 1 - 0.5 * pow(10, -decimals);
    snprintf(text, n, "%.*f", decimals, value * scale);
    add_error(error * scale, decimals, pointed, text, n);
    if (systematic > 0) add_error(systematic * scale, decimals, pointed, text, n);
    if (exponent) {
        const size_t used = strlen(text);

        snprintf(text + used, n - used, "e%d", exponent);
    }
}
