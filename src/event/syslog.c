/* SPDX-License-Identifier: BSD-2-Clause */
/* syslog - lines as messages of RFC 3164; see syslog.h. */
#include "event/syslog.h"

#include "base/buf.h"
#include "base/clock.h"
#include "event/logsink.h"

#include <stdio.h>
#include <unistd.h>

enum { HOST_MAX = 64, HEAD_MAX = 160 };

/* By code. */
static const char *const facilities[] = {
    "kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock", "authpriv",
    "ftp", "ntp", "audit", "alert", "cron", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7", NULL
};
static const char *const severities[] = {
    "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug", NULL
};

static bool find_name(const char *const *names, struct str name, unsigned *code) {
    for (*code = 0; names[*code] != NULL; (*code)++) {
        if (str_is(name, names[*code])) {
            return true;
        }
    }
    return false;
}

bool parse_syslog_facility(struct str name, unsigned *facility) {
    return find_name(facilities, name, facility);
}

bool parse_syslog_severity(struct str name, unsigned *severity) {
    return find_name(severities, name, severity);
}

unsigned syslog_severity_of(enum log_level level) {
    return level > LOG_LEVEL_STDERR ? (unsigned) level - LOG_LEVEL_EMERG : 0;
}

/* In lower case, as $hostname has it. Asked once: a process keeps the name that it has found. */
static const char *host_name(void) {
    static char name[HOST_MAX + 1];
    char *at;

    if (name[0] == '\0') {
        if (gethostname(name, HOST_MAX) != 0) {
            snprintf(name, sizeof(name), "localhost");
        }
        for (at = name; *at != '\0'; at++) {
            *at = char_lower(*at);
        }
    }
    return name;
}

void syslog_write(const struct syslog *syslog, unsigned severity, struct str text) {
    struct buf message = { NULL, 0, 0, 0 };
    struct str now = clock_syslog_text();
    char head[HEAD_MAX];
    int len;

    len = snprintf(head, sizeof(head), "<%u>%.*s %s%s%s: ", syslog->facility * 8 + severity,
                   STR_ARG(now), syslog->has_host ? host_name() : "", syslog->has_host ? " " : "",
                   syslog->tag);
    buf_append(&message, str_make(head, (size_t) len), BUF_SIZE_MAX);
    buf_append(&message, str_ends(text, STR("\n")) ? str_first(text, text.len - 1) : text,
               BUF_SIZE_MAX);
    logsink_write(syslog->file, buf_bytes(&message));
    buf_free(&message);
}
