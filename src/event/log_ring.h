/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_ring - a log in memory (`error_log memory:32m debug`): the newest lines of each process, for
 * who looks into it when something has gone wrong.
 *
 * It is a mapping that /proc/PID/maps calls "/memfd:weir log", and whose pages a forked process has
 * for itself. It begins with a line "weir log: SIZE bytes\n"; behind it are the bytes, in a ring:
 * what is newest ends at the first NUL byte, and the oldest begin behind that.
 */
#ifndef WEIR_EVENT_LOG_RING_H
#define WEIR_EVENT_LOG_RING_H

#include "base/str.h"

#include <stdint.h>

struct log_ring;

enum { LOG_RING_MIN = 4096 };

/* Memory for so many bytes, LOG_RING_MIN at least, with one user. NULL: errno says why. */
struct log_ring *log_ring_open(uint64_t size);

/* One user more, one less: the last one's close unmaps it. */
void log_ring_hold(struct log_ring *ring);
void log_ring_close(struct log_ring *ring);

/* The line takes the place of the oldest bytes; of one that is larger than the ring its end is
 * kept. */
void log_ring_write(struct log_ring *ring, struct str line);

/* The mapping, for tests. */
struct str log_ring_bytes(const struct log_ring *ring);

#endif
