/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log - what weir says to its operator: levels, the shape of a line, and where it goes.
 *
 * A line has nginx's shape:
 *     2026/11/21 12:15:26 [error] 812#812: *57 connect() failed (111: Connection refused) while
 *     connecting to upstream, client: 192.0.2.7, server: 0.0.0.0:80, upstream: "10.0.0.1:80"
 * Formatting happens here; where lines go is a function of the log (event/logsink has the real
 * ones).
 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_STDERR, /* always written */
    LOG_LEVEL_EMERG,
    LOG_LEVEL_ALERT,
    LOG_LEVEL_CRIT,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

enum { LOG_LINE_MAX = 4096 };

struct log {
    enum log_level level; /* the most talkative level that is written */
    /* line ends in a newline; len counts it. */
    void (*write)(struct log *log, enum log_level level, const char *line, size_t len);
};

/*
 * Who a line is about. describe() writes what follows the message ("client: ..., server: ...") to
 * at most room bytes of text and returns how many; more than room is a bug. It may be NULL.
 * Embedded in a session or an exchange.
 */
struct log_context {
    uint64_t connection; /* its number; 0: none */
    size_t (*describe)(const struct log_context *context, char *text, size_t room);
};

/* The log of the process: for all that is not about a server or location with a log of its own. */
extern struct log *log_process;

/* Whether a line of this level would be written. */
static inline bool log_is_on(const struct log *log, enum log_level level) {
    return level <= log->level;
}

/*
 * Writes one line. error is an errno value or 0; context may be NULL. A longer line than
 * LOG_LINE_MAX is cut; control characters in what is formatted, U+0080 to U+009F too, are written
 * as \xXX.
 */
void log_write(struct log *log, enum log_level level, int error, const struct log_context *context,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The formatting alone, to line (LOG_LINE_MAX bytes); returns the length, newline included. */
size_t log_format(char *line, enum log_level level, int error, const struct log_context *context,
                  const char *message);

/* "error" and so on. */
const char *log_level_name(enum log_level level);

/* False for a name that no level has. */
bool parse_log_level(struct str name, enum log_level *level);

/* Number of the process in the lines; to be called again after a fork. */
void log_set_pid(int pid);

#endif
