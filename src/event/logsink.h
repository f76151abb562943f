/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logsink - where log lines go: files, stderr, and the buffer of the seat.
 *
 * A log file is opened by the master and known to all processes by its index. It is counted: each
 * configuration that names it opens it once and closes it when it is freed, so a file that no
 * living configuration names is closed, and its index given to another. A process formats lines
 * into its buffer (in shared memory, so that the master can write them out should the process die)
 * and writes them at the end of the turn: one write() per file and turn, whole lines, O_APPEND. The
 * lines of a file that is to be buffered are kept beyond that, in a part of the buffer that all
 * such files share: when it is full all of them are written. A full disk or a failed write never
 * stops the loop: the lines are lost, counted, and that is said on stderr, once a minute.
 */
#ifndef WEIR_EVENT_LOGSINK_H
#define WEIR_EVENT_LOGSINK_H

#include "base/log.h"
#include "event/loop.h"
#include "event/syslog.h"

#include <sys/socket.h>
#include <sys/types.h>

enum { /* of each process */
    LOGSINK_BUFFER_SIZE = 64 * 1024,
    LOGSINK_KEPT_SIZE = 256 * 1024
};

/* Lines that wait, all files mixed: records, each a head and text. Lies in the seat. */
struct logsink_buffer {
    uint32_t len, kept_len;
    char data[LOGSINK_BUFFER_SIZE]; /* until the end of the turn */
    char kept[LOGSINK_KEPT_SIZE];   /* of buffered files */
};

/* How a file is written; all zeros: as soon as the turn ends. */
struct logsink_how {
    uint32_t buffer_size; /* lines of so many bytes are kept before they are written; 0: none */
    int64_t flush_ms;     /* for this long at most; 0: for any time */
    int gzip_level;       /* 1 to 9: each write is a gzip member; 0: plain */
};

/* ---- files ---- */

/* Opens (append, create) the file, or counts it once more if it is open, and returns its index,
 * the same for the same path; -1 with errno. path "stderr" is descriptor 2. */
int logsink_open(struct str path, mode_t mode);

/* The same for a syslog server under a name of its own. Each process connects its own socket when
 * it has something to send, and again when that fails. */
int logsink_open_syslog(struct str name, const struct sockaddr *address, socklen_t len);

/* Counts it once more: for who outlives the one that opened it. */
void logsink_hold(int file);

/* Says how this process, and those that it forks, write to an open file. */
void logsink_set_how(int file, const struct logsink_how *how);

/* Undoes one logsink_open() or logsink_hold(); the last one closes the file, after what waits for
 * it is written. */
void logsink_close(int file);

/* Closes all files but these, whoever holds them: for a forked child that serves one
 * configuration and would keep the files of the others open. */
void logsink_keep_only(const int *kept, unsigned count);

/* Opens all files anew under the same paths (SIGUSR1); the old descriptors are replaced by dup2, so
 * indices and numbers stay. Returns the number of files that failed (logged; the old one goes
 * on). */
unsigned logsink_reopen(void);

/* Indices are below this; not all of them need be open. */
unsigned logsink_limit(void);

/* The descriptor of a file (for handing it to a child); -1 for an index that is not open, or not a
 * file. */
int logsink_fd(int file);

/* Its replacement by one from the master: fd belongs to the sink from now on, the number
 * logsink_fd() stays. The file must be open. */
void logsink_replace_fd(int file, int fd);

/* ---- lines ---- */

/* Where this process buffers; the buffer is emptied. Until then (or with NULL), and when there is
 * no turn's end to come, lines are written at once. A forked child has no buffer until it sets its
 * own. */
void logsink_set_buffer(struct logsink_buffer *buffer);

/* Adds a line (newline included) for a file, or a message for a syslog server. */
void logsink_write(int file, struct str line);

/* Writes out all that waits, what is kept too. */
void logsink_flush(void);

/* For the master: writes out what a dead process left in its buffer, kept or not, and empties it. A
 * process of another binary numbered its files otherwise, so a line finds its file by the path.
 * Checks every record; from the first one that makes no sense on the rest is dropped, which is
 * logged. */
void logsink_flush_of(struct logsink_buffer *buffer);

/* Called with the number of lines that are lost, each time; for a counter. NULL: nobody. */
void logsink_set_on_lost(void (*on_lost)(uint64_t lines));

struct log_ring;

/* A struct log that writes to a file, to a syslog server in that manner, or to memory. */
struct logsink {
    struct log log;
    int file;               /* -1: it writes to the ring */
    struct syslog syslog;   /* of logsink_init_syslog() */
    struct log_ring *ring;  /* of logsink_init_ring() */
};
void logsink_init(struct logsink *sink, int file, enum log_level level);
void logsink_init_syslog(struct logsink *sink, const struct syslog *syslog, enum log_level level);
void logsink_init_ring(struct logsink *sink, struct log_ring *ring, enum log_level level);

/* Counts what the sink writes to once more, or once less, as logsink_hold() and logsink_close(). */
void logsink_hold_sink(const struct logsink *sink);
void logsink_close_sink(const struct logsink *sink);

#endif
