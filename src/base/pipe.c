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
    bool is_file;
    union {
        struct buf buf;
        struct pipe_file file;
    };
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
    if (chunk->is_file) {
        if (chunk->file.parts != NULL) {
            --*chunk->file.parts;
        }
        chunk->is_file = false;
        chunk->buf = (struct buf){ NULL, 0, 0, 0 };
    }
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
    pipe->len = pipe->held = 0;
}

static void pipe_append(struct pipe *pipe, struct pipe_chunk *chunk) {
    if (pipe->last != NULL) {
        pipe->last->next = chunk;
    } else {
        pipe->first = chunk;
    }
    pipe->last = chunk;
}

static struct pipe_chunk *pipe_add_chunk(struct pipe *pipe) {
    struct pipe_chunk *chunk = chunk_new();

    pipe_append(pipe, chunk);
    return chunk;
}

static void pipe_copy_in(struct pipe *pipe, struct str bytes) {
    size_t left;

    for (left = bytes.len; left > 0;) {
        struct pipe_chunk *chunk = pipe->last;
        size_t len;

        if (chunk == NULL || chunk->is_file || buf_room_len(&chunk->buf) == 0) {
            chunk = pipe_add_chunk(pipe);
            buf_reserve(&chunk->buf, left < PIPE_CHUNK_SIZE ? left : PIPE_CHUNK_SIZE);
        }
        len = buf_room_len(&chunk->buf) < left ? buf_room_len(&chunk->buf) : left;
        memcpy(buf_room(&chunk->buf), bytes.data + bytes.len - left, len);
        buf_added(&chunk->buf, len);
        left -= len;
    }
    pipe->len += bytes.len;
    pipe->held += bytes.len;
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
    pipe->held += len;
    pipe->total += len;
}

void pipe_write_file(struct pipe *pipe, const struct pipe_file *file) {
    struct pipe_chunk *chunk = pipe->last;

    CHECK(pipe->state == PIPE_OPEN);
    if (file->len == 0) {
        return;
    }
    if (chunk != NULL && chunk->is_file && chunk->file.fd == file->fd
        && chunk->file.parts == file->parts
        && chunk->file.offset + (int64_t) chunk->file.len == file->offset) {
        chunk->file.len += file->len;
    } else {
        chunk = pipe_add_chunk(pipe);
        chunk->is_file = true;
        chunk->file = *file;
        if (file->parts != NULL) {
            ++*file->parts;
        }
    }
    pipe->len += file->len;
    pipe->total += file->len;
}

/* The first chunk, whole, goes to the end of the other pipe. */
static uint64_t move_chunk(struct pipe *to, struct pipe *from) {
    struct pipe_chunk *chunk = from->first;
    size_t held = chunk->is_file ? 0 : buf_len(&chunk->buf);
    uint64_t len = chunk->is_file ? chunk->file.len : held;

    from->first = chunk->next;
    if (from->first == NULL) {
        from->last = NULL;
    }
    from->len -= len;
    from->held -= held;
    chunk->next = NULL;
    pipe_append(to, chunk);
    to->len += len;
    to->held += held;
    to->total += len;
    return len;
}

static uint64_t move_part(struct pipe *to, struct pipe *from, uint64_t len) {
    struct pipe_chunk *chunk = from->first;
    struct pipe_file part;

    if (pipe_peek_file(from, &part)) {
        part.len = len;
        pipe_write_file(to, &part);
    } else {
        pipe_copy_in(to, str_first(buf_bytes(&chunk->buf), len));
    }
    pipe_consume(from, len);
    return len;
}

static uint64_t chunk_len(const struct pipe_chunk *chunk) {
    return chunk->is_file ? chunk->file.len : buf_len(&chunk->buf);
}

uint64_t pipe_move(struct pipe *to, struct pipe *from, uint64_t len) {
    uint64_t left = len < from->len ? len : from->len, moved = left;

    CHECK(to->state == PIPE_OPEN);
    while (left > 0) {
        left -= chunk_len(from->first) <= left ? move_chunk(to, from) : move_part(to, from, left);
    }
    return moved;
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
    return pipe->first != NULL && !pipe->first->is_file ? buf_bytes(&pipe->first->buf) : STR_NONE;
}

int pipe_peek_iov(const struct pipe *pipe, struct iovec *iov, int max) {
    const struct pipe_chunk *chunk;
    int count = 0;

    for (chunk = pipe->first; chunk != NULL && count < max; chunk = chunk->next) {
        if (chunk->is_file) {
            break;
        }
        iov[count].iov_base = chunk->buf.data + chunk->buf.start;
        iov[count].iov_len = buf_len(&chunk->buf);
        count++;
    }
    return count;
}

bool pipe_peek_file(const struct pipe *pipe, struct pipe_file *file) {
    if (pipe->first == NULL || !pipe->first->is_file) {
        return false;
    }
    *file = pipe->first->file;
    return true;
}

void pipe_replace_file(struct pipe *pipe, struct buf *buf) {
    struct pipe_chunk *part = pipe->first, *chunk;
    size_t len = buf_len(buf);

    CHECK(part != NULL && part->is_file && len <= part->file.len);
    part->file.offset += (int64_t) len;
    part->file.len -= len;
    if (part->file.len == 0) {
        pipe_drop_first(pipe);
    }
    chunk = chunk_new();
    buf_move(&chunk->buf, buf);
    chunk->next = pipe->first;
    pipe->first = chunk;
    if (pipe->last == NULL) {
        pipe->last = chunk;
    }
    pipe->held += len;
}

/* Takes bytes away from the first chunk. */
static void consume_part(struct pipe *pipe, uint64_t len) {
    struct pipe_chunk *chunk = pipe->first;

    if (chunk->is_file) {
        chunk->file.offset += (int64_t) len;
        chunk->file.len -= len;
    } else {
        buf_consume(&chunk->buf, len);
        pipe->held -= len;
    }
    pipe->len -= len;
    if (chunk_len(chunk) == 0) {
        pipe_drop_first(pipe);
    }
}

void pipe_consume(struct pipe *pipe, uint64_t len) {
    CHECK(len <= pipe->len);
    while (len > 0) {
        uint64_t first = chunk_len(pipe->first), part = first < len ? first : len;

        consume_part(pipe, part);
        len -= part;
    }
}
