/* Scales from the flow of one configuration: slopes and crossings of numbers measured at flow times t[0] < t[1] < ...,
 * by the polynomial through the nearest of them. */
#include "plaq/gauge.h"

#include <math.h>

static int within(int first, int points, int n)
{
    if (first > n - points) first = n - points;
    return first > 0 ? first : 0;
}

/* the polynomial of Lagrange through n points, at s */
static double polynomial(int n, const double t[], const double y[], double s)
{
    double value = 0;

    for (int i = 0; i < n; i++) {
        double weight = 1;

        for (int j = 0; j < n; j++)
            if (j != i) weight *= (s - t[j]) / (t[i] - t[j]);
        value += weight * y[i];
    }
    return value;
}

/* its derivative at t[k] */
static double derivative(int n, const double t[], const double y[], int k)
{
    double value = 0;

    for (int i = 0; i < n; i++) {
        double weight = 1;

        if (i == k) continue;
        for (int j = 0; j < n; j++)
            if (j != i && j != k) weight *= (t[k] - t[j]) / (t[i] - t[j]);
        weight /= t[i] - t[k];
        value += weight * (y[i] - y[k]);
    }
    return value;
}

double plaq_flow_slope(int n, const double t[], const double y[], int k)
{
    enum { POINTS = 5 };
    const int points = n < POINTS ? n : POINTS, first = within(k - POINTS / 2, points, n);

    return n < 2 ? NAN : derivative(points, t + first, y + first, k - first);
}

double plaq_flow_crossing(int n, const double t[], const double y[], double level)
{
    enum { POINTS = 4 };
    const int points = n < POINTS ? n : POINTS;
    double low, high;
    int first, k = 0;

    while (k + 1 < n && !(y[k] < level && y[k + 1] >= level)) k++;
    if (k + 1 >= n) return NAN;
    first = within(k - 1, points, n);
    low = t[k];
    high = t[k + 1];
    while (high - low > 4e-16 * high) {
        const double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high) break;
        if (polynomial(points, t + first, y + first, middle) < level)
            low = middle;
        else
            high = middle;
    }
    return high;
}
