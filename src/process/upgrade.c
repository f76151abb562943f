/* SPDX-License-Identifier: BSD-2-Clause */
/* upgrade - one binary takes over from another; see upgrade.h. */
#include "process/upgrade.h"

#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "event/logsink.h"
#include "event/loop.h"
#include "event/signal.h"
#include "process/sockets.h"
#include "shm/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* "FD PID": a memfd with the sockets, a NUL byte and the zones; the old master's number. */
static const char environment_name[] = "WEIR_UPGRADE";

static char **saved_argv;
static char *program; /* absolute, unless it is to be looked for in PATH */
static pid_t parent;
static struct watch parent_watch = { .fd = -1 };
static void (*on_parent_end)(void);

/* The path of the program as it was called, made absolute: the current directory may change. */
static char *absolute_path(const char *called) {
    char folder[4096], *path;
    size_t len = strlen(called) + 1;

    if (called[0] == '/' || strchr(called, '/') == NULL || getcwd(folder, sizeof(folder)) == NULL) {
        return memcpy(heap_alloc(len), called, len);
    }
    len += strlen(folder) + 1;
    path = heap_alloc(len);
    snprintf(path, len, "%s/%s", folder, called);
    return path;
}

void upgrade_remember(int argc, char **argv) {
    int i;

    program = absolute_path(argv[0]);
    saved_argv = heap_zero((size_t) argc + 1, sizeof(*saved_argv));
    for (i = 0; i < argc; i++) {
        size_t len = strlen(argv[i]) + 1;

        saved_argv[i] = memcpy(heap_alloc(len), argv[i], len);
    }
}

/* ---- in the new binary ---- */

bool upgrade_was_started(void) {
    return parent != 0;
}

pid_t upgrade_parent(void) {
    return parent != 0 && getppid() == parent ? parent : 0;
}

static void on_parent_ready(struct watch *watch, unsigned ready) {
    int fd = watch->fd;

    (void) ready;
    watch_cancel(watch, true);
    close(fd);
    on_parent_end();
}

/* The number may be another process's by the time of the open; ours is our parent after it, too. */
void upgrade_watch_parent(void (*on_end)(void)) {
    int fd = upgrade_parent() != 0 ? (int) syscall(SYS_pidfd_open, parent, 0) : -1;

    on_parent_end = on_end;
    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        parent_watch = (struct watch){ .fd = fd, .on_ready = on_parent_ready };
        CHECK(watch_start(&parent_watch, WATCH_LEVEL));
    }
    if (upgrade_was_started() && upgrade_parent() == 0 && parent_watch.fd >= 0) {
        on_parent_ready(&parent_watch, 0);
    } else if (upgrade_was_started() && upgrade_parent() == 0) {
        on_end();
    }
}

void upgrade_leave(void) {
    if (parent_watch.fd >= 0) {
        close(parent_watch.fd);
    }
}

static bool import_text(struct str text) {
    size_t at = str_find(text, str_make("", 1));

    return at < text.len && sockets_import(str_first(text, at))
        && zone_import(str_from_byte(text, at + 1));
}

bool upgrade_import(void) {
    const char *value = getenv(environment_name);
    struct stat info;
    char *text;
    int fd, pid;
    bool is_ok;

    if (value == NULL) {
        return true;
    }
    if (sscanf(value, "%d %d", &fd, &pid) != 2 || fstat(fd, &info) < 0) {
        log_write(log_process, LOG_LEVEL_EMERG, 0, NULL, "%s=\"%s\" makes no sense",
                  environment_name, value);
        return false;
    }
    unsetenv(environment_name);
    parent = pid;
    text = heap_alloc((size_t) info.st_size);
    is_ok = pread(fd, text, (size_t) info.st_size, 0) == info.st_size
        && import_text(str_make(text, (size_t) info.st_size));
    heap_free(text);
    close(fd);
    return is_ok;
}

/* ---- in the old master ---- */

/* A descriptor with all that the new binary needs to know. What it names is made inheritable:
 * only in the process that is about to exec, so that no other child gets it. */
static int export_text(void) {
    struct buf text = { NULL, 0, 0, 0 };
    int fd;

    sockets_export(&text);
    buf_append(&text, str_make("", 1), BUF_SIZE_MAX);
    zone_export(&text);
    fd = memfd_create("weir-upgrade", 0);
    if (fd >= 0 && write(fd, text.data + text.start, buf_len(&text)) != (ssize_t) buf_len(&text)) {
        close(fd);
        fd = -1;
    }
    buf_free(&text);
    return fd;
}

static _Noreturn void exec_program(pid_t old_master) {
    char value[64];
    int fd = export_text();

    snprintf(value, sizeof(value), "%d %d", fd, old_master);
    signal_fini();
    if (fd >= 0 && setenv(environment_name, value, 1) == 0) {
        execvp(program, saved_argv);
    }
    log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "exec of \"%s\" failed", program);
    logsink_flush();
    _exit(2);
}

pid_t upgrade_start(void) {
    pid_t old_master = getpid(), pid = fork();

    if (pid == 0) {
        exec_program(old_master);
    }
    if (pid < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "fork() failed");
    }
    return pid;
}
