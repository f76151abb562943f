/* SPDX-License-Identifier: BSD-2-Clause */
/* logsink_priv - the table of log files, for the files of logsink. */
#ifndef WEIR_EVENT_LOGSINK_PRIV_H
#define WEIR_EVENT_LOGSINK_PRIV_H

#include "event/logsink.h"
#include "event/timer.h"

struct logfile {
    char *path;
    uint32_t key;             /* hash of the path, the same in every process and binary */
    int fd;
    mode_t mode;
    unsigned users;
    struct logsink_how how;
    uint32_t kept;            /* bytes of its lines that this process keeps */
    struct timer flush_timer;
    struct sockaddr_storage address; /* of a syslog server */
    socklen_t address_len;    /* 0: it is a file */
    int64_t connect_ms;       /* not connected again before this */
    bool is_torn;             /* the last write ended within a line */
    bool is_written;          /* mark of who writes a buffer */
};

/* NULL for an index that is not open. */
struct logfile *logfile_at(unsigned file);

/* The file that a record means; NULL: none that is open here. */
struct logfile *logfile_of_record(unsigned file, uint32_t key);

/* Writes out what is kept for one file. */
void logfile_flush(struct logfile *file);

/* Lines that a file does not take now are lost, and the loop goes on. */
void logfile_write(struct logfile *file, struct str lines, int gzip_level);

/* Sends one message to the syslog server; false with errno. Never waits. */
bool logfile_send(struct logfile *server, struct str message);

/* Opens a file for appending, and makes it if it is not there; -1 with errno. */
int logfile_open_path(const char *path, mode_t mode);

/* Writes to a descriptor; path is for what is said of lines that it does not take. */
void logfile_write_fd(int fd, const char *path, struct str lines);

/* Counts lines as lost; call is what failed: "open()". */
void logfile_lost(const char *call, const char *path, uint64_t lines, int error);

/* No file has lines that are kept any more. */
void logfiles_keep_nothing(void);

#endif
