/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_body - the bodies of HTTP/1 on a connection; see h1_body.h. */
#include "codec/h1_body.h"

#include "codec/h1_write.h"

#include <errno.h>
#include <unistd.h>

enum {
    WRITE_PIECES = 16, /* of one system call */
    CHUNK_PIECES = WRITE_PIECES - 2, /* besides the framing before and behind */
    FILE_READ_MAX = 64 * 1024
};

/* ---- in ---- */

void h1_reader_init(struct h1_reader *reader, const struct message *message) {
    memset(reader, 0, sizeof(*reader));
    reader->framing = message->framing;
    reader->left = message->content_length;
    reader->is_done = message->framing == FRAMING_NONE;
}

static enum h1_read finish(struct h1_reader *reader, struct pipe *pipe) {
    reader->is_done = true;
    pipe_end(pipe);
    return H1_READ_DONE;
}

void h1_reader_fini(struct h1_reader *reader) {
    buf_free(&reader->trailer_text);
}

struct message *h1_reader_trailers(struct h1_reader *reader, uint32_t max_fields,
                                   struct arena *arena) {
    struct message *trailers;

    if (buf_len(&reader->trailer_text) <= strlen("\r\n")) {
        return NULL;
    }
    trailers = arena_alloc(arena, sizeof(*trailers));
    message_init(trailers, arena);
    if (!h1_parse_trailers(buf_bytes(&reader->trailer_text), max_fields, trailers)) {
        trailers = NULL;
    }
    buf_free(&reader->trailer_text);
    return trailers;
}

/* Nearly always there are none but the empty line. */
static void keep_trailers(struct h1_reader *reader, struct str bytes) {
    if (!buf_is_empty(&reader->trailer_text) || !str_is(bytes, "\r\n")) {
        buf_append(&reader->trailer_text, bytes, BUF_SIZE_MAX);
    }
}

/* Takes what conn->in holds. H1_READ_AGAIN: it is used up. */
static enum h1_read take_chunked(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                                 bool *has_news) {
    while (!buf_is_empty(&conn->in)) {
        struct str bytes = str_first(buf_bytes(&conn->in), pipe_room(pipe)), data;
        bool is_trailer = reader->chunked.is_trailer;
        size_t consumed;
        enum h1_result result;

        if (bytes.len == 0) {
            return H1_READ_FULL;
        }
        result = h1_parse_chunked(&reader->chunked, bytes, &consumed, &data);
        if (result == H1_BAD) {
            return H1_READ_BAD;
        }
        if (data.len > 0) {
            pipe_write(pipe, data);
            *has_news = true;
        } else if (is_trailer) {
            keep_trailers(reader, str_first(bytes, consumed));
        }
        buf_consume(&conn->in, consumed);
        if (result == H1_OK) {
            return finish(reader, pipe);
        }
    }
    return H1_READ_AGAIN;
}

/* Moves bytes from the start of the buffer to the pipe, the memory with them where it holds no
 * others; returns how many. */
static size_t move_bytes(struct buf *from, size_t len, struct pipe *pipe) {
    if (len == buf_len(from) && len <= pipe_room(pipe)) {
        pipe_write_buf(pipe, from);
        return len;
    }
    len = pipe_write(pipe, str_first(buf_bytes(from), len));
    buf_consume(from, len);
    return len;
}

static enum h1_read take_plain(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                               bool *has_news) {
    size_t held = buf_len(&conn->in), len, moved;

    len = reader->framing == FRAMING_LENGTH && reader->left < held ? reader->left : held;
    if (len == 0) {
        return H1_READ_AGAIN;
    }
    moved = move_bytes(&conn->in, len, pipe);
    *has_news |= moved > 0;
    if (reader->framing == FRAMING_LENGTH) {
        reader->left -= moved;
        if (reader->left == 0) {
            return finish(reader, pipe);
        }
    }
    return moved < len ? H1_READ_FULL : H1_READ_AGAIN;
}

static enum h1_read take(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                         bool *has_news) {
    return reader->framing == FRAMING_CHUNKED ? take_chunked(reader, conn, pipe, has_news)
                                              : take_plain(reader, conn, pipe, has_news);
}

/* Reads of streams that fill them grow, but not beyond what the pipe would take. */
static size_t read_max(const struct pipe *pipe) {
    size_t room = pipe_room(pipe);

    room = room < CONN_READ_MAX ? room : CONN_READ_MAX;
    return room > CONN_READ_MIN ? room : CONN_READ_MIN;
}

enum h1_read h1_read_body(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                          bool *has_news) {
    size_t len, moved = 0;

    *has_news = false;
    if (reader->is_done) {
        return finish(reader, pipe);
    }
    for (;;) {
        enum h1_read result = take(reader, conn, pipe, has_news);

        if (result != H1_READ_AGAIN) {
            return result;
        }
        if (moved >= CONN_TURN_BYTES || pipe_is_full(pipe)) {
            return H1_READ_FULL;
        }
        switch (conn_recv(conn, read_max(pipe), &len)) {
        case CONN_OK:
            moved += len;
            continue;
        case CONN_AGAIN:
            buf_free_if_empty(&conn->in);
            return H1_READ_AGAIN;
        case CONN_END:
            return reader->framing == FRAMING_UNTIL_END ? finish(reader, pipe) : H1_READ_CUT;
        case CONN_FAILED:
            return H1_READ_FAILED;
        }
    }
}

/* ---- out ---- */

void h1_writer_fini(struct h1_writer *writer) {
    buf_free(&writer->head);
    buf_free(&writer->trailers);
}

static void put(struct h1_writer *writer, struct str text) {
    buf_append(&writer->head, text, BUF_SIZE_MAX);
}

/* The next bytes of the pipe as pieces, no more of them than left in all; returns how many
 * pieces. */
static int peek(const struct pipe *pipe, struct iovec *iov, uint64_t left) {
    int count = pipe_peek_iov(pipe, iov, CHUNK_PIECES), i;

    for (i = 0; i < count && left > 0; i++) {
        if (iov[i].iov_len > left) {
            iov[i].iov_len = left;
        }
        left -= iov[i].iov_len;
    }
    return i;
}

/* What is next in the pipe and of one kind: bytes, or part of a file. */
static uint64_t chunk_len(const struct pipe *pipe) {
    struct iovec iov[CHUNK_PIECES];
    struct pipe_file file;
    int count = peek(pipe, iov, UINT64_MAX), i;
    uint64_t len = 0;

    if (pipe_peek_file(pipe, &file)) {
        return file.len;
    }
    for (i = 0; i < count; i++) {
        len += iov[i].iov_len;
    }
    return len;
}

static void frame_end(struct h1_writer *writer) {
    writer->is_end_framed = true;
    if (buf_is_empty(&writer->trailers)) {
        put(writer, STR("0\r\n\r\n"));
        return;
    }
    put(writer, STR("0\r\n"));
    put(writer, buf_bytes(&writer->trailers));
    buf_free(&writer->trailers);
}

/* Frames what the pipe holds as one chunk, once the one before is out, and the end of the body with
 * it where that is known and nothing comes between. */
static void frame_chunk(struct h1_writer *writer, const struct pipe *pipe) {
    char text[32];

    if (writer->left > 0 || writer->is_end_framed) {
        return;
    }
    if (pipe->len > 0) {
        writer->left = chunk_len(pipe);
        writer->is_end_framed = pipe->state == PIPE_ENDED && writer->left == pipe->len
            && buf_is_empty(&writer->trailers);
        put(writer, str_make(text, h1_format_chunk_head(text, writer->left)));
        writer->tail = writer->is_end_framed ? STR("\r\n0\r\n\r\n") : STR("\r\n");
    } else if (pipe->state == PIPE_ENDED) {
        frame_end(writer);
    }
}

static void add_piece(struct iovec *iov, int *count, struct str bytes) {
    if (bytes.len > 0) {
        iov[*count].iov_base = (void *) (uintptr_t) bytes.data;
        iov[(*count)++].iov_len = bytes.len;
    }
}

/* What goes next: the head, bytes of the body, no more than the budget, and the framing behind them
 * where they are all of the chunk. */
static int gather(const struct h1_writer *writer, const struct pipe *pipe, uint64_t budget,
                  struct iovec *iov) {
    bool is_bounded = writer->is_chunked || writer->has_length;
    uint64_t left = is_bounded && writer->left < budget ? writer->left : budget;
    int count = 0, end;

    add_piece(iov, &count, buf_bytes(&writer->head));
    if (!writer->has_body) {
        return count;
    }
    for (end = count + peek(pipe, iov + count, left); count < end; count++) {
        left -= iov[count].iov_len;
    }
    if (left == 0 && budget >= writer->left) {
        add_piece(iov, &count, writer->tail);
    }
    return count;
}

/* Takes len bytes that were sent of the pipe; the rest of a tail becomes the head of what is
 * next. */
static void sent_body(struct h1_writer *writer, struct pipe *pipe, size_t len) {
    size_t of_pipe = writer->is_chunked && writer->left < len ? writer->left : len;

    pipe_consume(pipe, of_pipe);
    if (writer->is_chunked || writer->has_length) {
        writer->left -= of_pipe;
    }
    if (writer->is_chunked && writer->left == 0) {
        put(writer, str_from_byte(writer->tail, len - of_pipe));
        writer->tail = STR_NONE;
    }
}

/* Takes len bytes that were sent, of the head buffer and then of the pipe. */
static void sent(struct h1_writer *writer, struct pipe *pipe, size_t len, bool *has_room) {
    size_t of_head = buf_len(&writer->head) < len ? buf_len(&writer->head) : len;

    buf_consume(&writer->head, of_head);
    if (len > of_head) {
        sent_body(writer, pipe, len - of_head);
        *has_room = true;
    }
    buf_free_if_empty(&writer->head);
}

/* Whether the body turns out shorter or longer than was announced: whoever reads it must not take
 * what comes next for its rest, nor its rest for what comes next. */
static bool has_wrong_length(const struct h1_writer *writer, const struct pipe *pipe) {
    return writer->has_length
        && (writer->left > 0 ? pipe->state == PIPE_ENDED : pipe->len > 0);
}

/* Nothing is left to send: what that means. */
static enum h1_write drained(struct h1_writer *writer, const struct pipe *pipe) {
    if (writer->has_body) {
        if (pipe->state == PIPE_ABORTED || has_wrong_length(writer, pipe)) {
            return H1_WRITE_ABORTED;
        }
        if (!(writer->is_chunked ? writer->is_end_framed : pipe_is_done(pipe))) {
            return H1_WRITE_EMPTY;
        }
    }
    writer->is_done = true;
    return H1_WRITE_DONE;
}

/* The part of a file that goes next, or false where the next bytes are others: a head, a tail. */
static bool next_file(const struct h1_writer *writer, const struct pipe *pipe,
                      struct pipe_file *file) {
    bool is_bounded = writer->is_chunked || writer->has_length;

    if (!writer->has_body || !pipe_peek_file(pipe, file)) {
        return false;
    }
    if (is_bounded && writer->left < file->len) {
        file->len = writer->left;
    }
    return file->len > 0;
}

/* Reads the start of a part into memory. False: the file has not got it. */
static bool read_file(struct pipe *pipe, const struct pipe_file *file) {
    size_t size = file->len < FILE_READ_MAX ? (size_t) file->len : FILE_READ_MAX;
    struct buf buf = { NULL, 0, 0, 0 };
    ssize_t n;

    buf_reserve(&buf, size);
    do {
        n = pread(file->fd, buf_room(&buf), size, file->offset);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        buf_free(&buf);
        return false;
    }
    buf_added(&buf, (size_t) n);
    pipe_replace_file(pipe, &buf);
    return true;
}

/* How far one step of sending has brought it; else its outcome is that of the whole. */
enum { STEP_DONE = -1 };

static int outcome_of(enum conn_result result) {
    switch (result) {
    case CONN_OK:
        return STEP_DONE;
    case CONN_AGAIN:
        return H1_WRITE_BLOCKED;
    case CONN_END:
    case CONN_FAILED:
        break;
    }
    return H1_WRITE_FAILED;
}

static int write_file(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                      const struct pipe_file *file, uint64_t *budget, bool *has_room) {
    uint64_t len = file->len < *budget ? file->len : *budget;
    size_t sent_len;
    int outcome = outcome_of(conn_send_file(conn, file->fd, file->offset, (size_t) len, &sent_len));

    if (outcome != STEP_DONE) {
        return outcome;
    }
    if (sent_len == 0) {
        return H1_WRITE_ABORTED;
    }
    sent_body(writer, pipe, sent_len);
    *budget -= sent_len;
    *has_room = true;
    return STEP_DONE;
}

static int write_bytes(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                       uint64_t *budget, bool *has_room) {
    struct iovec iov[WRITE_PIECES];
    int count = gather(writer, pipe, *budget, iov), outcome;
    size_t len;

    if (count == 0) {
        return drained(writer, pipe);
    }
    outcome = outcome_of(conn_send(conn, iov, count, &len));
    if (outcome == STEP_DONE) {
        sent(writer, pipe, len, has_room);
        *budget -= len < *budget ? len : *budget;
    }
    return outcome;
}

static int write_some(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                      uint64_t *budget, bool *has_room) {
    struct pipe_file file;
    int outcome;

    if (writer->has_body && writer->is_chunked) {
        frame_chunk(writer, pipe);
    }
    if (!next_file(writer, pipe, &file)) {
        return write_bytes(writer, conn, pipe, budget, has_room);
    }
    if (writer->reads_files || conn->transport->send_file == NULL) {
        return read_file(pipe, &file) ? STEP_DONE : H1_WRITE_ABORTED;
    }
    if (buf_is_empty(&writer->head)) {
        return write_file(writer, conn, pipe, &file, budget, has_room);
    }
    conn->has_more = true;
    outcome = write_bytes(writer, conn, pipe, budget, has_room);
    conn->has_more = false;
    return outcome;
}

enum h1_write h1_write_body(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                            bool *has_room) {
    uint64_t budget = writer->budget > 0 ? writer->budget : CONN_TURN_BYTES;
    int outcome;

    *has_room = false;
    do {
        outcome = budget == 0 && pipe != NULL && pipe->len > 0
            ? H1_WRITE_TURN
            : write_some(writer, conn, pipe, &budget, has_room);
    } while (outcome == STEP_DONE);
    return (enum h1_write) outcome;
}
