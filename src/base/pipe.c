/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe - a bounded queue of bytes between one writer and one reader; see pipe.h. */
#include "base/pipe.h"

#include "base/heap.h"
#include "base/panic.h"

enum {
    PIPE_CHUNK_SIZE = 16 * 1024,
    PIPE_FREE_MAX = 1024 /* chunks, without their bufs, kept for the next pipe */
};

struct pipe_chunk {
    struct pipe_chunk *next;
    struct buf buf;
};

static struct pipe_chunk *free_chunks;
static unsigned free_count;

static struct pipe_chunk *chunk_new(void) {
    struct pipe_chunk *chunk = free_chunks;

    if (chunk == NULL) {
        return heap_zero(1, sizeof(*chunk));
    }
    free_chunks = chunk->next;
    free_count--;
    chunk->next = NULL;
    return chunk;
}

static void chunk_free(struct pipe_chunk *chunk) {
    buf_free(&chunk->buf);
    if (free_count < PIPE_FREE_MAX) {
        chunk->next = free_chunks;
        free_chunks = chunk;
        free_count++;
    } else {
        heap_free(chunk);
    }
}

void pipe_trim(void) {
    while (free_chunks != NULL) {
        struct pipe_chunk *chunk = free_chunks;

        free_chunks = chunk->next;
        heap_free(chunk);
    }
    free_count = 0;
}

void pipe_init(struct pipe *pipe, size_t high, size_t low) {
    CHECK(low < high);
    *pipe = (struct pipe){ .high = high, .low = low, .state = PIPE_OPEN };
}

static void pipe_drop_first(struct pipe *pipe) {
    struct pipe_chunk *chunk = pipe->first;

    pipe->first = chunk->next;
    if (pipe->first == NULL) {
        pipe->last = NULL;
    }
    chunk_free(chunk);
}

void pipe_fini(struct pipe *pipe) {
    while (pipe->first != NULL) {
        pipe_drop_first(pipe);
    }
    pipe->len = 0;
}

static struct pipe_chunk *pipe_add_chunk(struct pipe *pipe) {
    struct pipe_chunk *chunk = chunk_new();

    if (pipe->last != NULL) {
        pipe->last->next = chunk;
    } else {
        pipe->first = chunk;
    }
    pipe->last = chunk;
    return chunk;
}

static void pipe_copy_in(struct pipe *pipe, struct str bytes) {
    size_t left;

    for (left = bytes.len; left > 0;) {
        struct pipe_chunk *chunk = pipe->last;
        size_t len;

        if (chunk == NULL || buf_room_len(&chunk->buf) == 0) {
            chunk = pipe_add_chunk(pipe);
            buf_reserve(&chunk->buf, left < PIPE_CHUNK_SIZE ? left : PIPE_CHUNK_SIZE);
        }
        len = buf_room_len(&chunk->buf) < left ? buf_room_len(&chunk->buf) : left;
        memcpy(buf_room(&chunk->buf), bytes.data + bytes.len - left, len);
        buf_added(&chunk->buf, len);
        left -= len;
    }
    pipe->len += bytes.len;
    pipe->total += bytes.len;
}

size_t pipe_write(struct pipe *pipe, struct str bytes) {
    CHECK(pipe->state == PIPE_OPEN);
    bytes = str_first(bytes, pipe_room(pipe));
    pipe_copy_in(pipe, bytes);
    return bytes.len;
}

void pipe_write_buf(struct pipe *pipe, struct buf *buf) {
    size_t len = buf_len(buf);

    CHECK(pipe->state == PIPE_OPEN);
    if (len < buf->size / 4 || len == 0) {
        pipe_copy_in(pipe, buf_bytes(buf));
        buf_free(buf);
        return;
    }
    buf_move(&pipe_add_chunk(pipe)->buf, buf);
    pipe->len += len;
    pipe->total += len;
}

void pipe_end(struct pipe *pipe) {
    if (pipe->state == PIPE_OPEN) {
        pipe->state = PIPE_ENDED;
    }
}

void pipe_abort(struct pipe *pipe) {
    if (pipe->state == PIPE_OPEN) {
        pipe->state = PIPE_ABORTED;
    }
}

struct str pipe_peek(const struct pipe *pipe) {
    return pipe->first != NULL ? buf_bytes(&pipe->first->buf) : STR_NONE;
}

int pipe_peek_iov(const struct pipe *pipe, struct iovec *iov, int max) {
    const struct pipe_chunk *chunk;
    int count = 0;

    for (chunk = pipe->first; chunk != NULL && count < max; chunk = chunk->next) {
        iov[count].iov_base = chunk->buf.data + chunk->buf.start;
        iov[count].iov_len = buf_len(&chunk->buf);
        count++;
    }
    return count;
}

void pipe_consume(struct pipe *pipe, size_t len) {
    CHECK(len <= pipe->len);
    pipe->len -= len;
    while (len > 0) {
        struct buf *buf = &pipe->first->buf;
        size_t part = buf_len(buf) < len ? buf_len(buf) : len;

        buf_consume(buf, part);
        len -= part;
        if (buf_is_empty(buf)) {
            pipe_drop_first(pipe);
        }
    }
}
