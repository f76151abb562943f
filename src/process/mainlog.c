/* SPDX-License-Identifier: BSD-2-Clause */
/* mainlog - the log of the master; see mainlog.h. */
#include "process/mainlog.h"

#include "base/log.h"
#include "base/panic.h"
#include "conf/error_log.h"
#include "event/logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static struct log *files;      /* the log without listeners */
static struct logsink first;   /* of mainlog_open(), until a configuration has logs */
static bool has_first;
static int shown_fd = -1;      /* a copy of stderr; -1: not shown */
static struct buf *collected;  /* NULL: not collected */

static void write_all(struct log *log, enum log_level level, const char *line, size_t len);
static struct log with_listeners = { .write = write_all };

/* "2026/11/21 12:15:26 [emerg] 812#812: text" becomes "weir: [emerg] text". */
static size_t shorten(enum log_level level, struct str line, char *to) {
    size_t at = str_find(line, STR("#"));
    struct str rest = str_from_byte(line, at);
    size_t colon = str_find(rest, STR(": "));
    int len;

    rest = str_from_byte(rest, colon < rest.len ? colon + 2 : 0);
    len = snprintf(to, LOG_LINE_MAX, "weir: [%s] %.*s", log_level_name(level), STR_ARG(rest));
    return (size_t) len < LOG_LINE_MAX ? (size_t) len : LOG_LINE_MAX - 1;
}

/* Whoever sees what is shown sees the lines of `error_log stderr`, too. */
static bool is_shown_anyway(void) {
    struct stat shown, own;

    return error_log_uses_stderr() && fstat(shown_fd, &shown) == 0
        && fstat(STDERR_FILENO, &own) == 0 && shown.st_dev == own.st_dev
        && shown.st_ino == own.st_ino;
}

static void write_all(struct log *log, enum log_level level, const char *line, size_t len) {
    char text[LOG_LINE_MAX];
    size_t text_len;

    (void) log;
    if (log_is_on(files, level)) {
        files->write(files, level, line, len);
    }
    if (level > LOG_LEVEL_WARN) {
        return;
    }
    text_len = shorten(level, str_make(line, len), text);
    if (shown_fd >= 0 && !is_shown_anyway() && write(shown_fd, text, text_len) < 0) {
        close(shown_fd); /* nobody looks any more */
        shown_fd = -1;
    }
    if (collected != NULL) {
        buf_append(collected, str_make(text, text_len), BUF_SIZE_MAX);
    }
}

static void set_log(void) {
    if (log_process != &with_listeners) {
        files = log_process;
    }
    if (shown_fd < 0 && collected == NULL) {
        log_process = files;
        return;
    }
    with_listeners.level = files->level > LOG_LEVEL_WARN ? files->level : LOG_LEVEL_WARN;
    log_process = &with_listeners;
}

bool mainlog_open(const char *path) {
    int file;

    if (strcmp(path, "stderr") == 0) {
        return false;
    }
    file = logsink_open(str_from(path), 0644);
    if (file < 0) {
        fprintf(stderr,
                "weir: [alert] could not open error log file: open() \"%s\" failed (%d: %s)\n",
                path, errno, strerror(errno));
        return false;
    }
    logsink_init(&first, file, LOG_LEVEL_NOTICE);
    has_first = true;
    log_process = &first.log;
    return true;
}

void mainlog_use(const struct conf *conf) {
    error_log_use(conf);
    set_log();
    if (has_first) {
        has_first = false;
        logsink_close(first.file);
    }
}

void mainlog_show(void) {
    shown_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    set_log();
}

void mainlog_collect(struct buf *text) {
    collected = text;
    set_log();
}

void mainlog_hide(void) {
    if (shown_fd >= 0) {
        close(shown_fd);
    }
    shown_fd = -1;
    collected = NULL;
    set_log();
}

/* The line waits in the seat, where the master finds it after our death. */
static void write_panic(const char *line, size_t len) {
    struct iovec parts[2] = { { (void *) (uintptr_t) line, len }, { (char[]){ '\n' }, 1 } };

    log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "%.*s", (int) len, line);
    if (writev(STDERR_FILENO, parts, 2) < 0) {
        return; /* nobody is left to tell */
    }
}

void mainlog_take_panics(void) {
    panic_set_writer(write_panic);
    panic_on_abort();
}
