/* Threads, also in a build without OpenMP, where there is one. */
#include "plaq/base.h"

#ifdef _OPENMP
#include <omp.h>

int plaq_threads(void)
{
    return omp_get_max_threads();
}

int plaq_thread(void)
{
    return omp_get_thread_num();
}

void plaq_threads_set(int n)
{
    omp_set_num_threads(n);
}
#else
int plaq_threads(void)
{
    return 1;
}

int plaq_thread(void)
{
    return 0;
}

void plaq_threads_set(int n)
{
    (void)n;
}
#endif
