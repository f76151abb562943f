/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syslog - lines as messages of RFC 3164, for a log of event/logsink that is a syslog server.
 *
 * A message is one datagram, sent when the lines of the turn are; a server that is slow or not
 * there loses messages and stops nothing.
 */
#ifndef WEIR_EVENT_SYSLOG_H
#define WEIR_EVENT_SYSLOG_H

#include "base/log.h"
#include "base/str.h"

enum {
    SYSLOG_TAG_MAX = 32,
    SYSLOG_PORT = 514,
    SYSLOG_FACILITY_DEFAULT = 23, /* local7 */
    SYSLOG_SEVERITY_DEFAULT = 6   /* info */
};

/* How messages look, and where they go. */
struct syslog {
    int file; /* of logsink_open_syslog() */
    unsigned facility, severity;
    bool has_host;
    char tag[SYSLOG_TAG_MAX + 1];
};

/* Codes by their names, "local7" and "info" (nginx's: "error" and not "err"). False for others. */
bool parse_syslog_facility(struct str name, unsigned *facility);
bool parse_syslog_severity(struct str name, unsigned *severity);

/* One message of that severity; a newline at the end of text is not sent. */
void syslog_write(const struct syslog *syslog, unsigned severity, struct str text);

/* The severity that a level of the error log has. */
unsigned syslog_severity_of(enum log_level level);

#endif
