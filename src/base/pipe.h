/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe - a bounded queue of bytes between one writer and one reader.
 *
 * Bodies flow through pipes. A writer stops at the high mark (pipe_is_full) and goes on when the
 * reader has brought it down to the low mark (pipe_wants_more). It ends either whole (pipe_end) or
 * broken (pipe_abort); what was written before an end is still read. A pipe that holds nothing
 * needs no memory. Nothing here calls back: who reads tells who writes.
 */
#ifndef WEIR_BASE_PIPE_H
#define WEIR_BASE_PIPE_H

#include "base/buf.h"

#include <sys/uio.h>

enum pipe_state {
    PIPE_OPEN,
    PIPE_ENDED,  /* the writer has written all */
    PIPE_ABORTED /* there will be no rest */
};

struct pipe_chunk;

struct pipe {
    struct pipe_chunk *first, *last;
    size_t len;        /* bytes held */
    size_t high, low;  /* marks, in bytes */
    uint64_t total;    /* bytes ever written */
    enum pipe_state state;
};

/* low < high. */
void pipe_init(struct pipe *pipe, size_t high, size_t low);
void pipe_fini(struct pipe *pipe);

/* Copies bytes in, as many as fit below the high mark; returns how many. Only while open. */
size_t pipe_write(struct pipe *pipe, struct str bytes);

/* Moves a whole buffer in; may pass the high mark by that buffer. buf is unused after. What fills
 * less than a quarter of its memory is copied instead, so that the marks also bound the memory.
 * Only while open. */
void pipe_write_buf(struct pipe *pipe, struct buf *buf);

/* Idempotent; an abort after an end is ignored, and so is an end after an abort. */
void pipe_end(struct pipe *pipe);
void pipe_abort(struct pipe *pipe);

/* The next bytes in one piece; empty if there are none. */
struct str pipe_peek(const struct pipe *pipe);

/* The next bytes as at most max pieces for writev(); returns the number of pieces. */
int pipe_peek_iov(const struct pipe *pipe, struct iovec *iov, int max);

/* Takes len bytes away. More than are held is a bug. */
void pipe_consume(struct pipe *pipe, size_t len);

/* Gives the list nodes kept by the process back to the heap. */
void pipe_trim(void);

static inline size_t pipe_room(const struct pipe *pipe) {
    return pipe->len < pipe->high ? pipe->high - pipe->len : 0;
}

static inline bool pipe_is_full(const struct pipe *pipe) {
    return pipe->len >= pipe->high;
}

/* Whether a writer that stopped at the high mark should go on. */
static inline bool pipe_wants_more(const struct pipe *pipe) {
    return pipe->len <= pipe->low && pipe->state == PIPE_OPEN;
}

/* Whether all was written and read. */
static inline bool pipe_is_done(const struct pipe *pipe) {
    return pipe->len == 0 && pipe->state == PIPE_ENDED;
}

#endif
