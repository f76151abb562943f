/* SPDX-License-Identifier: BSD-2-Clause */
/* logs - for the tests of event/logsink: a folder of logs, what they hold, what stderr was told. */
#ifndef WEIR_T_UNIT_EVENT_LOGS_H
#define WEIR_T_UNIT_EVENT_LOGS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/heap.h"
#include "event/logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-logsink-XXXXXX";
static struct logsink_buffer own;
static char got[LOGSINK_BUFFER_SIZE + 1];

/* Descriptor 2 and the log of the process, caught while a test runs. */
static int stderr_pipe[2], true_stderr;
static char process_line[LOG_LINE_MAX];

static inline void catch_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    snprintf(process_line, sizeof(process_line), "%.*s", (int) len, line);
}

static struct log catching_log = { LOG_LEVEL_NOTICE, catch_line };

static inline int begin(void **state) {
    (void) state;
    clock_fake(1000, 1000);
    loop_init();
    logsink_set_buffer(&own);
    log_process = &catching_log;
    process_line[0] = '\0';
    return 0;
}

static inline int end(void **state) {
    (void) state;
    logsink_flush();
    logsink_set_buffer(NULL);
    loop_fini();
    return 0;
}

static inline void catch_stderr(void) {
    assert_int_equal(pipe2(stderr_pipe, O_NONBLOCK), 0);
    true_stderr = dup(STDERR_FILENO);
    dup2(stderr_pipe[1], STDERR_FILENO);
}

/* What was said there since the last time. */
static inline const char *caught_stderr(void) {
    ssize_t len = read(stderr_pipe[0], got, sizeof(got) - 1);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static inline void release_stderr(void) {
    dup2(true_stderr, STDERR_FILENO);
    close(true_stderr);
    close(stderr_pipe[0]);
    close(stderr_pipe[1]);
}

static inline const char *path_of(const char *name) {
    static char paths[2][256];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static inline int open_log(const char *name) {
    int file = logsink_open(str_from(path_of(name)), 0644);

    assert_true(file >= 0);
    return file;
}

/* A log whose every write is a message of its own; *reader gets the other end. */
static inline int open_counted(const char *name, int *reader) {
    int file = open_log(name), fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    logsink_replace_fd(file, fds[0]);
    *reader = fds[1];
    return file;
}

static inline const char *next_write(int reader) {
    ssize_t len = recv(reader, got, sizeof(got) - 1, 0);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static inline const char *content_of(const char *name) {
    int fd = open(path_of(name), O_RDONLY);
    ssize_t len = read(fd, got, sizeof(got) - 1);

    got[len > 0 ? len : 0] = '\0';
    close(fd);
    return got;
}

/* Lines that a task writes in a turn: "0first" goes to scripted_files[0]. */
static const char *const *script;
static int scripted_files[3];

static inline void on_write_script(struct task *task) {
    (void) task;
    for (; *script != NULL; script++) {
        logsink_write(scripted_files[**script - '0'], str_from(*script + 1));
    }
}

static inline void turn_writes(const char *const *lines) {
    struct task task;

    script = lines;
    task_init(&task, on_write_script);
    task_start(&task);
    loop_turn(0);
}

/* A log with that buffer; the writes come to *reader. */
static inline int open_buffered(const char *name, uint32_t size, int64_t flush_ms, int *reader) {
    int file = open_counted(name, reader);

    logsink_set_how(file, &(struct logsink_how){ .buffer_size = size, .flush_ms = flush_ms });
    return file;
}

static inline int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static inline int remove_folder(void **state) {
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        execlp("rm", "rm", "-r", "--", folder, (char *) NULL);
        _exit(1);
    }
    return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
