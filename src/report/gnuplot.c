/* Runs gnuplot. Script, picture and messages are files in memory, so that nothing is left on disk and neither side can
 * wait for the other to read. */
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/report.h"

extern char **environ;

static plaq_status open_memory(plaq_file *file, const char *name)
{
    *file = (plaq_file){.fd = plaq_fault() ? (errno = EMFILE, -1) : memfd_create(name, MFD_CLOEXEC)};
    strncpy(file->path, name, sizeof file->path - 1);
    if (file->fd < 0) return plaq_fail(PLAQ_E_IO, "%s: no file in memory: %s", name, strerror(errno));
    return PLAQ_OK;
}

static plaq_status take(const plaq_file *file, char **bytes, size_t *n)
{
    int64_t size;

    PLAQ_TRY(plaq_file_size(file, &size));
    *bytes = plaq_alloc((size_t)size + 1, 1);
    if (!*bytes) return PLAQ_E_MEMORY;
    *n = (size_t)size;
    return plaq_file_read(file, 0, *bytes, *n);
}

/* The line in which gnuplot says what is wrong; before it stand the command and a caret. */
static plaq_status say_why(const plaq_file *words, int ended)
{
    char *text = NULL, *line;
    size_t n;
    plaq_status status = take(words, &text, &n);

    if (status == PLAQ_OK) {
        while (n && text[n - 1] == '\n') text[--n] = '\0';
        line = strrchr(text, '\n');
        line = line ? line + 1 : text;
        line += strspn(line, " ");
        status = plaq_fail(PLAQ_E_IO, "gnuplot failed (%s %d): %s", WIFEXITED(ended) ? "exit code" : "signal",
                           WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended), *line ? line : "without a word");
    }
    plaq_free(text);
    return status;
}

static plaq_status run(const plaq_file *in, const plaq_file *out, const plaq_file *words)
{
    char *const command[] = {"gnuplot", "--default-settings", NULL};
    posix_spawn_file_actions_t files;
    pid_t child;
    int failed, ended;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in->fd, 0);
    posix_spawn_file_actions_adddup2(&files, out->fd, 1);
    posix_spawn_file_actions_adddup2(&files, words->fd, 2);
    failed = plaq_fault() ? EAGAIN : posix_spawnp(&child, command[0], &files, NULL, command, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed == ENOENT)
        return plaq_fail(PLAQ_E_IO, "figures are drawn by gnuplot, which is not here: install gnuplot-nox (Debian)");
    if (failed) return plaq_fail(PLAQ_E_IO, "cannot start gnuplot: %s", strerror(failed));
    while (waitpid(child, &ended, 0) < 0)
        if (errno != EINTR) return plaq_fail(PLAQ_E_IO, "cannot wait for gnuplot: %s", strerror(errno));
    return ended ? say_why(words, ended) : PLAQ_OK;
}

plaq_status report_gnuplot(const report_text *script, char **bytes, size_t *n)
{
    plaq_file in = PLAQ_FILE_CLOSED, out = PLAQ_FILE_CLOSED, words = PLAQ_FILE_CLOSED;
    plaq_status status;

    *bytes = NULL;
    PLAQ_GO(open_memory(&in, "script for gnuplot"));
    PLAQ_GO(open_memory(&out, "picture of gnuplot"));
    PLAQ_GO(open_memory(&words, "messages of gnuplot"));
    PLAQ_GO(plaq_file_write(&in, 0, script->bytes, script->n));
    PLAQ_GO(run(&in, &out, &words));
    PLAQ_GO(take(&out, bytes, n));
    if (*n == 0) status = plaq_fail(PLAQ_E_IO, "gnuplot drew nothing");
done:
    for (int i = 0; i < 3; i++) {
        plaq_status closed = plaq_file_close((plaq_file *[]){&in, &out, &words}[i]);

        if (status == PLAQ_OK) status = closed;
    }
    if (status != PLAQ_OK) {
        plaq_free(*bytes);
        *bytes = NULL;
    }
    return status;
}
