/* Status and messages. One message at a time: the failure now on its way up to main(). */
#include "plaq/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char message[2048];

const char *plaq_status_word(plaq_status status)
{
    switch (status) {
    case PLAQ_OK: return "ok";
    case PLAQ_DIFFERENT: return "different";
    case PLAQ_E_USAGE: return "usage";
    case PLAQ_E_DATA: return "data";
    case PLAQ_E_IO: return "I/O";
    case PLAQ_E_CONVERGENCE: return "not converged";
    case PLAQ_E_MEMORY: return "memory";
    case PLAQ_E_INTERNAL: return "internal";
    case PLAQ_E_STOPPED: return "stopped";
    }
    return "unknown";
}

plaq_status plaq_fail(plaq_status status, const char *format, ...)
{
    char words[sizeof message]; /* the arguments may hold the old message */
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    plaq_message_set(words);
    return status;
}

plaq_status plaq_note(plaq_status status, const char *format, ...)
{
    char words[sizeof message], old[sizeof message];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    memcpy(old, message, sizeof old);
    strncat(words, ": ", sizeof words - strlen(words) - 1);
    strncat(words, old, sizeof words - strlen(words) - 1);
    plaq_message_set(words);
    return status;
}

const char *plaq_message(void)
{
    return message;
}

void plaq_message_set(const char *words)
{
    snprintf(message, sizeof message, "%s", words);
}
