/* SPDX-License-Identifier: BSD-2-Clause */
/* daemon - to the background; see daemon.h. */
#include "process/daemon.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int to_caller = -1;

static bool failed(const char *call) {
    log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "%s failed", call);
    return false;
}

/* A byte means that all is well, the end of the pipe that the child is gone. */
static _Noreturn void wait_for_start(int from_child) {
    char byte;
    ssize_t len;

    do {
        len = read(from_child, &byte, 1);
    } while (len < 0 && errno == EINTR);
    _exit(len == 1 ? 0 : 1);
}

static bool leave_terminal(void) {
    int null = open("/dev/null", O_RDWR);

    if (null < 0 || setsid() < 0 || dup2(null, STDIN_FILENO) < 0
        || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0) {
        return failed("setsid() or dup2()");
    }
    if (null > STDERR_FILENO) {
        close(null);
    }
    umask(0);
    return true;
}

bool daemon_start(void) {
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0) {
        return failed("pipe2()");
    }
    pid = fork();
    if (pid < 0) {
        return failed("fork()");
    }
    if (pid > 0) {
        close(fds[1]);
        wait_for_start(fds[0]);
    }
    close(fds[0]);
    to_caller = fds[1];
    log_set_pid(getpid());
    return leave_terminal();
}

void daemon_say_started(void) {
    if (to_caller >= 0 && write(to_caller, "", 1) < 0) {
        log_write(log_process, LOG_LEVEL_INFO, errno, NULL, "nobody waited for the start");
    }
    daemon_leave();
}

void daemon_leave(void) {
    if (to_caller >= 0) {
        close(to_caller);
    }
    to_caller = -1;
}
