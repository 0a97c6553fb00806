/* How an analysis is printed: a table for people, JSON for programs. */
#ifndef PLAQ_CLI_STUDY_H
#define PLAQ_CLI_STUDY_H

#include "plaq/study.h"

/* The table, what is to be known of it, and with @p entries every entry of arrays. Local. */
PLAQ_MUST_USE plaq_status plaq_study_print(const plaq_study *study, bool entries);
PLAQ_MUST_USE plaq_status plaq_study_print_json(const plaq_study *study);

#endif
