/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buf - the buffer: bytes that arrive at its end and leave at its start.
 *
 * There is one buffer type in weir. Its memory comes from pools of the process by size (powers of
 * two), so a connection takes one when bytes come and puts it back when it is idle. An unused buf
 * is all zeros and needs no memory. Buffers are moved (buf_move), never shared. Not for threads.
 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct buf {
    char *data;
    uint32_t start, end; /* the bytes held are data[start .. end) */
    uint32_t size;       /* of the memory at data */
};

enum {
    BUF_SIZE_MIN = 1024,
    BUF_SIZE_MAX = 1 << 30
};

/* Makes sure that the bytes held, which stay, and the room behind them are size bytes or more. The
 * memory is a power of two, at least BUF_SIZE_MIN. More than BUF_SIZE_MAX is a bug. */
void buf_reserve(struct buf *buf, size_t size);

/* Gives the memory back; the bytes held are gone. */
void buf_free(struct buf *buf);

/* Gives the memory back if no byte is held. */
void buf_free_if_empty(struct buf *buf);

/* Moves everything to the unused buf to. */
void buf_move(struct buf *to, struct buf *from);

static inline size_t buf_len(const struct buf *buf) {
    return buf->end - buf->start;
}

static inline bool buf_is_empty(const struct buf *buf) {
    return buf->end == buf->start;
}

/* The bytes held. */
static inline struct str buf_bytes(const struct buf *buf) {
    return (struct str){ buf->start > 0 ? buf->data + buf->start : buf->data, buf_len(buf) };
}

/* Where the next bytes are to be written (NULL for an unused buf), and how many fit there. */
static inline char *buf_room(const struct buf *buf) {
    return buf->end > 0 ? buf->data + buf->end : buf->data;
}

static inline size_t buf_room_len(const struct buf *buf) {
    return buf->size - buf->end;
}

/* Counts len bytes that were written at buf_room() in. More than the room is a bug. */
void buf_added(struct buf *buf, size_t len);

/* Takes len bytes away from the start. More than are held is a bug. An emptied buf begins anew. */
void buf_consume(struct buf *buf, size_t len);

/* Moves the bytes held to the start of the memory, so that all room lies behind them. */
void buf_compact(struct buf *buf);

/* Adds bytes, which are not buf's own, in more memory where needed. False, and nothing added, if it
 * would then hold more than max or BUF_SIZE_MAX. */
bool buf_append(struct buf *buf, struct str bytes, size_t max);

/* Gives the memory kept in the pools of the process back to the heap. */
void buf_trim(void);

#endif
