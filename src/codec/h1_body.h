/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_body - the bodies of HTTP/1 on a connection: one on its way in, one on its way out.
 *
 * Shared by both sides. A reader takes bytes from conn->in into a pipe by the framing of its
 * message; a writer sends what is in its head buffer and then a pipe, in one system call where it
 * can.
 */
#ifndef WEIR_CODEC_H1_BODY_H
#define WEIR_CODEC_H1_BODY_H

#include "base/pipe.h"
#include "codec/h1_parse.h"
#include "net/conn.h"

struct h1_reader {
    enum message_framing framing;
    uint64_t left;             /* FRAMING_LENGTH: bytes to come */
    struct h1_chunked chunked;
    struct buf trailer_text;   /* lines of fields behind the body; kept where chunked.tells_trailers
                                  says so */
    bool is_done;
};

enum h1_read {
    H1_READ_AGAIN,  /* no more bytes now */
    H1_READ_FULL,   /* the pipe is full, or this turn has brought enough: when there is room */
    H1_READ_DONE,   /* the body is whole; pipe_end() was called */
    H1_READ_CUT,    /* the connection ended before the body did */
    H1_READ_FAILED, /* conn->error */
    H1_READ_BAD     /* the framing is broken */
};

void h1_reader_init(struct h1_reader *reader, const struct message *message);

/* What followed the body, once that is whole: a message with nothing but fields, in the arena.
 * Those that say where a message ends, or to whom it goes, are not for sending on: RFC 9110
 * section 6.5.1. NULL: nothing that could be read. */
struct message *h1_reader_trailers(struct h1_reader *reader, uint32_t max_fields,
                                   struct arena *arena);
void h1_reader_fini(struct h1_reader *reader);

/* Reads from the connection into the pipe, which is open, until something stops it. *has_news: the
 * pipe has got bytes. */
enum h1_read h1_read_body(struct h1_reader *reader, struct conn *conn, struct pipe *pipe,
                          bool *has_news);

/* Zeroed at the start. */
struct h1_writer {
    struct buf head;       /* bytes that go first: a head */
    bool has_body;         /* a pipe follows */
    bool is_chunked;       /* in chunks */
    bool has_length;       /* its length was announced: no more than left bytes go, and no less */
    bool is_done;          /* all was handed to the kernel */
    bool reads_files;      /* sendfile off: parts of files go through memory */
    bool is_end_framed;    /* of a chunked body: the last chunk is in `tail` or was sent */
    uint64_t left;         /* has_length: bytes to go; is_chunked: of the chunk under way */
    uint64_t budget;       /* bytes of the body that one call may send, about; 0: CONN_TURN_BYTES */
    struct str tail;       /* framing behind the chunk under way */
    struct buf trailers;   /* is_chunked: lines of fields that end the body, the empty one with
                              them; there before the pipe's end is seen */
};

enum h1_write {
    H1_WRITE_BLOCKED, /* the socket takes no more now */
    H1_WRITE_TURN,    /* its budget is used up: there may be more to send at once */
    H1_WRITE_EMPTY,   /* the pipe is empty, and not at its end */
    H1_WRITE_DONE,
    H1_WRITE_ABORTED, /* the pipe was aborted, its length is wrong, or a file cannot be read: what
                         was sent stays cut */
    H1_WRITE_FAILED
};

/* pipe may be NULL where no body follows. *has_room: the pipe was read from. */
enum h1_write h1_write_body(struct h1_writer *writer, struct conn *conn, struct pipe *pipe,
                            bool *has_room);
void h1_writer_fini(struct h1_writer *writer);

#endif
