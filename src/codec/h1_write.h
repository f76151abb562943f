/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_write - messages to HTTP/1 bytes. Framing and fields of the hop are made here and only
 * here. */
#ifndef WEIR_CODEC_H1_WRITE_H
#define WEIR_CODEC_H1_WRITE_H

#include "base/buf.h"
#include "message/message.h"

struct h1_write_options {
    bool is_http_10;        /* the version to write */
    bool keeps_connection;  /* what the Connection field says */
    bool is_chunked;        /* the body that follows is written in chunks */
    uint32_t keepalive_s;   /* of a response that keeps it: what Keep-Alive says; 0: nothing */
    bool is_answer_to_head; /* no body: says the length that one would have, if it is known */
};

/*
 * Appends the head. Contiguous untouched received fields are copied in one piece. Whatever method,
 * target and reason hold, the head has the lines that it should have: what could split one is
 * escaped.
 */
void h1_write_request(struct buf *to, const struct message *message,
                      const struct h1_write_options *options);
void h1_write_response(struct buf *to, const struct message *message,
                       const struct h1_write_options *options);

/* Appends the fields that follow a body, and the empty line behind them. */
void h1_write_trailers(struct buf *to, const struct message *trailers);

/* "1a2b\r\n" before a chunk, to text of 18 bytes; returns how many. "\r\n" goes behind it, and the
 * body ends with "0\r\n\r\n". */
size_t h1_format_chunk_head(char *text, size_t len);

#endif
