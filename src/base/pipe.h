/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe - a bounded queue of bytes between one writer and one reader.
 *
 * Bodies flow through pipes. A writer stops at the high mark (pipe_is_full) and goes on when the
 * reader has brought it down to the low mark (pipe_wants_more). It ends either whole (pipe_end) or
 * broken (pipe_abort); what was written before an end is still read. A pipe that holds nothing
 * needs no memory. Nothing here calls back: who reads tells who writes.
 *
 * Some of the bytes may be parts of files, which are in the queue but not in memory: they count in
 * len, but not against the marks. Nothing is read from a file here; who takes the bytes does that.
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
    uint64_t len;      /* bytes in the queue */
    size_t held;       /* those of them that are in memory */
    size_t high, low;  /* marks, in bytes held */
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

/*
 * Part of a file. fd stays open until all of it was taken, or pipe_fini(); it is not closed here.
 * Only while open.
 *
 * An owner that wants to know when nobody has parts of its file any more gives a count. It stands
 * for the parts in all pipes, wherever they were moved to, and must outlive these.
 */
struct pipe_file {
    int fd;
    int64_t offset;
    uint64_t len;
    unsigned *parts; /* the owner's count, or NULL */
};
void pipe_write_file(struct pipe *pipe, const struct pipe_file *file);

/* Moves at most len bytes from the start of one pipe to the end of another, whatever its marks say;
 * memory goes with them where it is not shared with bytes that stay. Returns how many were moved.
 * */
uint64_t pipe_move(struct pipe *to, struct pipe *from, uint64_t len);

/* Idempotent; an abort after an end is ignored, and so is an end after an abort. */
void pipe_end(struct pipe *pipe);
void pipe_abort(struct pipe *pipe);

/* The next bytes in one piece; empty if there are none, or if they are a file's. */
struct str pipe_peek(const struct pipe *pipe);

/* The next bytes, up to the next part of a file, as at most max pieces for writev(); returns the
 * number of pieces. */
int pipe_peek_iov(const struct pipe *pipe, struct iovec *iov, int max);

/* Whether the next bytes are part of a file. */
bool pipe_peek_file(const struct pipe *pipe, struct pipe_file *file);

/* Puts bytes that were read of a file, the first ones of the part that is next, in their place. buf
 * holds no more than the part is long, and is unused after. */
void pipe_replace_file(struct pipe *pipe, struct buf *buf);

/* Takes len bytes away. More than are there is a bug. */
void pipe_consume(struct pipe *pipe, uint64_t len);

/* Gives the list nodes kept by the process back to the heap. */
void pipe_trim(void);

static inline size_t pipe_room(const struct pipe *pipe) {
    return pipe->held < pipe->high ? pipe->high - pipe->held : 0;
}

static inline bool pipe_is_full(const struct pipe *pipe) {
    return pipe->held >= pipe->high;
}

/* Whether a writer that stopped at the high mark should go on. */
static inline bool pipe_wants_more(const struct pipe *pipe) {
    return pipe->held <= pipe->low && pipe->state == PIPE_OPEN;
}

/* Whether all was written and read. */
static inline bool pipe_is_done(const struct pipe *pipe) {
    return pipe->len == 0 && pipe->state == PIPE_ENDED;
}

#endif
