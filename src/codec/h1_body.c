/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_body - the bodies of HTTP/1 on a connection; see h1_body.h. */
#include "codec/h1_body.h"

#include "codec/h1_write.h"

enum {
    READ_SIZE = 16 * 1024,
    WRITE_PIECES = 16,
    CHUNK_MAX = 64 * 1024  /* bytes that one chunk says it holds */
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

/* Takes what conn->in holds. H1_READ_AGAIN: it is used up. */
static enum h1_read take_chunked(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                                 bool *has_news) {
    while (!buf_is_empty(&conn->in)) {
        struct str bytes = str_first(buf_bytes(&conn->in), pipe_room(pipe)), data;
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
        }
        buf_consume(&conn->in, consumed);
        if (result == H1_OK) {
            return finish(reader, pipe);
        }
    }
    return H1_READ_AGAIN;
}

static enum h1_read take_plain(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                               bool *has_news) {
    struct str bytes = buf_bytes(&conn->in);
    size_t len;

    if (reader->framing == FRAMING_LENGTH) {
        bytes = str_first(bytes, reader->left);
    }
    if (bytes.len == 0) {
        return H1_READ_AGAIN;
    }
    len = pipe_write(pipe, bytes);
    if (len == 0) {
        return H1_READ_FULL;
    }
    *has_news = true;
    buf_consume(&conn->in, len);
    if (reader->framing == FRAMING_LENGTH) {
        reader->left -= len;
        if (reader->left == 0) {
            return finish(reader, pipe);
        }
    }
    return len < bytes.len ? H1_READ_FULL : H1_READ_AGAIN;
}

static enum h1_read take(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                         bool *has_news) {
    return reader->framing == FRAMING_CHUNKED ? take_chunked(reader, conn, pipe, has_news)
                                              : take_plain(reader, conn, pipe, has_news);
}

enum h1_read h1_read_body(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                          bool *has_news) {
    size_t len, moved = 0;

    *has_news = false;
    if (reader->is_done) {
        pipe_end(pipe);
        return H1_READ_DONE;
    }
    for (;;) {
        enum h1_read result = take(reader, conn, pipe, has_news);

        if (result != H1_READ_AGAIN) {
            return result;
        }
        if (moved >= CONN_TURN_BYTES) {
            return H1_READ_FULL; /* others have their turn; room brings us back */
        }
        switch (conn_recv(conn, READ_SIZE, &len)) {
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
}

static void put(struct buf *to, struct str text) {
    buf_append(to, text, BUF_SIZE_MAX);
}

/* Moves what the pipe holds into the head buffer as chunks: framing and bytes leave in one piece. */
static void frame_chunks(struct h1_writer *writer, struct pipe *pipe, bool *has_room) {
    char text[32];

    while (pipe->len > 0 && buf_len(&writer->head) < CHUNK_MAX) {
        struct str piece = str_first(pipe_peek(pipe), CHUNK_MAX);

        put(&writer->head, str_make(text, h1_format_chunk_head(text, piece.len)));
        put(&writer->head, piece);
        put(&writer->head, STR("\r\n"));
        pipe_consume(pipe, piece.len);
        *has_room = true;
    }
    if (pipe_is_done(pipe) && !writer->is_end_written) {
        put(&writer->head, STR("0\r\n\r\n"));
        writer->is_end_written = true;
    }
}

static int gather(const struct h1_writer *writer, const struct pipe *pipe, struct iovec *iov) {
    int count = 0;

    if (!buf_is_empty(&writer->head)) {
        iov[count].iov_base = (void *) buf_bytes(&writer->head).data;
        iov[count++].iov_len = buf_len(&writer->head);
    }
    if (writer->has_body && !writer->is_chunked) {
        count += pipe_peek_iov(pipe, iov + count, WRITE_PIECES - count);
    }
    return count;
}

/* Takes len bytes that were sent from the head buffer and then the pipe. */
static void sent(struct h1_writer *writer, struct pipe *pipe, size_t len, bool *has_room) {
    size_t of_head = buf_len(&writer->head) < len ? buf_len(&writer->head) : len;

    buf_consume(&writer->head, of_head);
    buf_free_if_empty(&writer->head);
    if (len > of_head) {
        pipe_consume(pipe, len - of_head);
        *has_room = true;
    }
}

/* Nothing is left to send: what that means. */
static enum h1_write drained(struct h1_writer *writer, const struct pipe *pipe) {
    if (writer->has_body && pipe->state == PIPE_ABORTED) {
        return H1_WRITE_ABORTED;
    }
    if (!writer->has_body || (writer->is_chunked ? writer->is_end_written : pipe_is_done(pipe))) {
        writer->is_done = true;
        return H1_WRITE_DONE;
    }
    return H1_WRITE_EMPTY;
}

enum h1_write h1_write_body(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                            bool *has_room) {
    struct iovec iov[WRITE_PIECES];
    size_t len;
    int count;

    *has_room = false;
    for (;;) {
        if (writer->has_body && writer->is_chunked) {
            frame_chunks(writer, pipe, has_room);
        }
        count = gather(writer, pipe, iov);
        if (count == 0) {
            return drained(writer, pipe);
        }
        switch (conn_send(conn, iov, count, &len)) {
        case CONN_OK:
            sent(writer, pipe, len, has_room);
            continue;
        case CONN_AGAIN:
            return H1_WRITE_BLOCKED;
        default:
            return H1_WRITE_FAILED;
        }
    }
}
