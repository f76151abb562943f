/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_parse - the pure parser of HTTP/1 heads and chunked bodies: bytes in, consumed / need more / bad.
 *
 * No I/O, no allocation but the field array of the message. A head is parsed in place: the fields are
 * offsets from the first byte given. See RFC 9112 sections 2 to 7.
 */
#ifndef WEIR_CODEC_H1_PARSE_H
#define WEIR_CODEC_H1_PARSE_H

#include "message/message.h"

enum h1_result {
    H1_OK,
    H1_MORE, /* incomplete */
    H1_BAD
};

/* Limits and tolerance of one head. */
struct h1_parse_options {
    uint32_t max_fields;
    bool ignores_bad_fields;
    bool allows_underscores;
    bool is_response_to_head;      /* of a response: its request was HEAD: no body whatever it says */
    bool is_response_to_connect;
};

/* State of a head that comes in parts, so that no byte is looked at twice. Zeroed at the start. */
struct h1_parse {
    uint32_t scanned;     /* bytes looked at */
    uint32_t line_start;  /* of the line under way */
    uint32_t first_line, first_line_len; /* offset and length of the request or status line */
    uint32_t target, target_len;
    bool has_first_line;
    unsigned status;      /* with H1_BAD: what to answer (400, 414, 431, 501, 505) */
    const char *error;    /* with H1_BAD: what was wrong, for the log */
};

/*
 * Parses a request or response head from bytes. H1_OK: *consumed is the length of the head, the message
 * is complete, its framing decided, and its base is where bytes are now. A call after H1_MORE gets the
 * same bytes with more behind them; they may have moved.
 */
enum h1_result h1_parse_request(struct h1_parse *parse, struct str bytes,
                                const struct h1_parse_options *options, struct message *message,
                                size_t *consumed);
enum h1_result h1_parse_response(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed);

/* A chunked body under way (RFC 9112 section 7.1). Zeroed at the start. */
struct h1_chunked {
    int state;
    uint64_t left;            /* bytes of the chunk under way */
    uint32_t extension_len;   /* bytes of extensions and trailers so far: both are bounded */
    uint32_t line_len;
};

/*
 * Takes the next piece: *consumed bytes were framing or data; data (maybe empty) is the part of them that
 * belongs to the body. H1_OK: the body has ended. H1_MORE: go on, with more bytes if nothing was consumed.
 */
enum h1_result h1_parse_chunked(struct h1_chunked *chunked, struct str bytes, size_t *consumed,
                                struct str *data);

#endif
