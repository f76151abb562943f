/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dies - a statement that must end its process by a failed CHECK().
 *
 * It runs in a child, whose stderr is read back, so that the test goes on and knows why the child
 * died.
 */
#ifndef WEIR_UNIT_BASE_DIES_H
#define WEIR_UNIT_BASE_DIES_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The statement must abort, and stderr must then hold text. */
#define assert_dies(text, statement)                                                               \
    do {                                                                                           \
        int dies_fd;                                                                               \
        pid_t dies_pid = dies_fork(&dies_fd);                                                      \
                                                                                                   \
        if (dies_pid == 0) {                                                                       \
            statement;                                                                             \
            _exit(0);                                                                              \
        }                                                                                          \
        dies_expect(dies_pid, dies_fd, text, __FILE__, __LINE__);                                  \
    } while (0)

/* As fork(); fd is what the parent reads the child's stderr from. */
static inline pid_t dies_fork(int *fd) {
    const struct rlimit no_core = { 0, 0 };
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
    }
    close(ends[1]);
    *fd = ends[0];
    return pid;
}

/* Reads fd to its end, or as much as fits, into text and ends it with a NUL byte. */
static inline void dies_read(int fd, char *text, size_t room) {
    size_t len = 0;
    ssize_t got;

    while ((got = read(fd, text + len, room - 1 - len)) > 0) {
        len += (size_t) got;
    }
    text[len] = '\0';
    close(fd);
}

static inline void dies_expect(pid_t pid, int fd, const char *what, const char *file, int line) {
    char text[8192];
    int status;

    dies_read(fd, text, sizeof(text));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || strstr(text, what) == NULL) {
        print_error("%s:%d: no abort with \"%s\": status %#x, stderr \"%s\"\n", file, line, what,
                    (unsigned) status, text);
        fail();
    }
}

#endif
