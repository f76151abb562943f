/* SPDX-License-Identifier: BSD-2-Clause */
/* log - levels, the shape of a line, and where it goes; see log.h. */
#include "base/log.h"

#include "base/clock.h"
#include "base/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *const level_names[] = { "stderr", "emerg",  "alert", "crit", "error",
                                           "warn",   "notice", "info",  "debug" };
static int process_pid;

/* Before the configuration has named a log, lines go to stderr. */
static void write_stderr(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nowhere is left to say so */
    }
}

static struct log log_stderr = { .level = LOG_LEVEL_NOTICE, .write = write_stderr };
struct log *log_process = &log_stderr;

const char *log_level_name(enum log_level level) {
    return level_names[level];
}

bool parse_log_level(struct str name, enum log_level *level) {
    int i;

    for (i = LOG_LEVEL_EMERG; i <= LOG_LEVEL_DEBUG; i++) {
        if (str_is(name, level_names[i])) {
            *level = (enum log_level) i;
            return true;
        }
    }
    return false;
}

void log_set_pid(int pid) {
    process_pid = pid;
}

/* A line under construction; what does not fit is dropped. One byte stays free for the newline. */
struct line {
    char *text;
    size_t len;
};

static void line_add(struct line *line, const char *text, size_t len) {
    size_t room = LOG_LINE_MAX - 1 - line->len;

    if (len > room) {
        len = room;
    }
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

__attribute__((format(printf, 2, 3)))
static void line_print(struct line *line, const char *format, ...) {
    char text[256];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0) {
        line_add(line, text, (size_t) len < sizeof(text) ? (size_t) len : sizeof(text) - 1);
    }
}

/* The bytes 128 to 159 are control characters too, save inside another UTF-8 character. */
static bool is_control(unsigned char c, unsigned char before) {
    return c < 32 || c == 127 || (c >= 128 && c < 160 && (before < 128 || before == 0xC2));
}

/* Text that may hold what a peer sent: control characters must not forge lines or move a cursor. */
static void line_add_escaped(struct line *line, const char *text, size_t len) {
    size_t i, run = 0;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char) text[i];

        if (is_control(c, i > 0 ? (unsigned char) text[i - 1] : 0)) {
            line_add(line, text + run, i - run);
            line_print(line, "\\x%02X", c);
            run = i + 1;
        }
    }
    line_add(line, text + run, len - run);
}

static void line_add_context(struct line *line, const struct log_context *context) {
    char text[LOG_LINE_MAX];
    size_t len = context->describe(context, text, sizeof(text));

    CHECK(len <= sizeof(text));
    if (len > 0) {
        line_add(line, ", ", 2);
        line_add_escaped(line, text, len);
    }
}

size_t log_format(char *text, enum log_level level, int error, const struct log_context *context,
                  const char *message) {
    struct line line = { text, 0 };
    struct str now = clock_error_log_text();

    if (process_pid == 0) {
        process_pid = getpid();
    }
    line_print(&line, "%.*s [%s] %d#%d: ", STR_ARG(now), level_names[level], process_pid,
               process_pid);
    if (context != NULL && context->connection != 0) {
        line_print(&line, "*%llu ", (unsigned long long) context->connection);
    }
    line_add_escaped(&line, message, strlen(message));
    if (error != 0) {
        const char *what = strerrordesc_np(error);

        line_print(&line, " (%d: %s)", error, what != NULL ? what : "Unknown error");
    }
    if (context != NULL && context->describe != NULL) {
        line_add_context(&line, context);
    }
    line.text[line.len++] = '\n';
    return line.len;
}

void log_write(struct log *log, enum log_level level, int error, const struct log_context *context,
               const char *format, ...) {
    char message[LOG_LINE_MAX], line[LOG_LINE_MAX];
    va_list args;

    if (!log_is_on(log, level)) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log->write(log, level, line, log_format(line, level, error, context, message));
}
