/* SPDX-License-Identifier: BSD-2-Clause */
/* body - bodies that are kept; see body.h. */
#include "message/body.h"

#include "base/heap.h"
#include "base/panic.h"
#include "base/temp_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITE_PIECES = 16 };

/* ---- files ---- */

/* A file with a name by the pattern, which is the caller's to free. */
static int open_named(const char *directory, const char *pattern, char **path) {
    size_t size = strlen(directory) + 1 + strlen(pattern) + 1;
    int fd;

    *path = heap_alloc(size);
    snprintf(*path, size, "%s/%s", directory, pattern);
    fd = mkostemp(*path, O_CLOEXEC);
    if (fd < 0) {
        heap_free(*path);
        *path = NULL;
    }
    return fd;
}

/* One that is removed should this process die before it does that itself. */
static int open_temporary(const char *directory, char **path) {
    char pattern[TEMP_NAME_SIZE];

    format_temp_name(pattern, getpid());
    return open_named(directory, pattern, path);
}

/* For file systems without nameless files. */
static int open_and_unlink(const char *directory) {
    char *path;
    int fd = open_temporary(directory, &path);

    if (fd >= 0) {
        unlink(path);
        heap_free(path);
    }
    return fd;
}

int body_open_file(const char *directory) {
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

    return fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
        ? open_and_unlink(directory)
        : fd;
}

static bool ensure_file(int *fd, const char *directory) {
    if (*fd < 0) {
        *fd = body_open_file(directory);
    }
    return *fd >= 0;
}

static void close_file(int *fd) {
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Writes at most len bytes of the pipe, at least one, at the offset; returns how many, or -1. */
static int64_t write_pipe(int fd, uint64_t offset, struct pipe *from, uint64_t len) {
    struct iovec iov[WRITE_PIECES];
    int count = pipe_peek_iov(from, iov, WRITE_PIECES), i;
    ssize_t n;

    for (i = 0; i < count && len > 0; i++) {
        iov[i].iov_len = iov[i].iov_len < len ? iov[i].iov_len : (size_t) len;
        len -= iov[i].iov_len;
    }
    CHECK(i > 0);
    do {
        n = pwritev(fd, iov, i, (off_t) offset);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        pipe_consume(from, (uint64_t) n);
    }
    return n;
}

/* ---- a body that is kept ---- */

void body_init(struct body *body, size_t memory_max, const char *directory) {
    *body = (struct body){ .fd = -1, .memory_max = memory_max, .directory = directory };
}

void body_fini(struct body *body) {
    buf_free(&body->memory);
    close_file(&body->fd);
    if (body->path != NULL && body->file != BODY_FILE_KEPT) {
        unlink(body->path);
    }
    heap_free(body->path);
    body->path = NULL;
}

static void keep_in_memory(struct body *body, struct pipe *from) {
    while (from->len > 0) {
        struct str piece = pipe_peek(from);

        CHECK(piece.len > 0);
        buf_append(&body->memory, piece, BUF_SIZE_MAX);
        pipe_consume(from, piece.len);
    }
}

/* What was in memory goes to the file first. */
static bool move_to_file(struct body *body) {
    struct str bytes = buf_bytes(&body->memory);
    size_t done = 0;

    switch (body->file) {
    case BODY_FILE_NAMELESS:
        body->fd = body_open_file(body->directory);
        break;
    case BODY_FILE_NAMED:
        body->fd = open_temporary(body->directory, &body->path);
        break;
    case BODY_FILE_KEPT:
        body->fd = open_named(body->directory, "body-XXXXXX", &body->path);
        break;
    }
    if (body->fd < 0) {
        return false;
    }
    while (done < bytes.len) {
        ssize_t n = pwrite(body->fd, bytes.data + done, bytes.len - done, (off_t) done);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n > 0 ? (size_t) n : 0;
    }
    buf_free(&body->memory);
    return true;
}

bool body_add(struct body *body, struct pipe *from) {
    if (body->fd < 0 && body->len + from->len <= body->memory_max) {
        body->len += from->len;
        keep_in_memory(body, from);
        return true;
    }
    if (body->fd < 0 && !move_to_file(body)) {
        return false;
    }
    while (from->len > 0) {
        int64_t n = write_pipe(body->fd, body->len, from, UINT64_MAX);

        if (n < 0) {
            return false;
        }
        body->len += (uint64_t) n;
    }
    return true;
}

uint64_t body_read(const struct body *body, uint64_t *at, struct pipe *to) {
    uint64_t len = body->len - *at;

    CHECK(*at <= body->len);
    if (len == 0) {
        return 0;
    }
    if (body->fd >= 0) {
        pipe_write_file(to, &(struct pipe_file){ body->fd, (int64_t) *at, len, NULL });
    } else {
        len = pipe_write(to, str_from_byte(buf_bytes(&body->memory), (size_t) *at));
    }
    *at += len;
    return len;
}

/* ---- a spool ---- */

void spool_init(struct spool *spool, uint64_t file_max, const char *directory) {
    *spool = (struct spool){ .fd = -1, .file_max = file_max, .directory = directory };
}

void spool_fini(struct spool *spool) {
    close_file(&spool->fd);
}

/* Its pages may still be on their way, given to the kernel by sendfile(): they are let go, and not
 * written over. */
static bool empty_file(struct spool *spool) {
    if (spool->file_len > 0 && ftruncate(spool->fd, 0) < 0) {
        return false;
    }
    spool->file_len = 0;
    return true;
}

enum spool_result spool_pass(struct spool *spool, struct pipe *from, struct pipe *to) {
    while (from->len > 0) {
        int64_t n;

        if (!pipe_is_full(to)) {
            pipe_move(to, from, pipe_room(to));
            continue;
        }
        if (spool->parts == 0 && !empty_file(spool)) {
            return SPOOL_FAILED;
        }
        if (spool->file_len >= spool->file_max) {
            return SPOOL_FULL;
        }
        if (!ensure_file(&spool->fd, spool->directory)) {
            return SPOOL_FAILED;
        }
        n = write_pipe(spool->fd, spool->file_len, from, spool->file_max - spool->file_len);
        if (n < 0) {
            return SPOOL_FAILED;
        }
        pipe_write_file(to, &(struct pipe_file){ spool->fd, (int64_t) spool->file_len,
                                                 (uint64_t) n, &spool->parts });
        spool->file_len += (uint64_t) n;
    }
    return SPOOL_DONE;
}
