/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_parse - the pure parser of HTTP/1 heads and chunked bodies: bytes in, consumed / need more /
 * bad.
 *
 * No I/O, and no memory but what the message needs. A head is parsed in place: its fields are
 * offsets from its first byte. See RFC 9112 sections 2 to 7.
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
    bool ignores_bad_fields;     /* drops unusual names; else takes those that are tokens */
    bool drops_non_tokens;       /* without it: those that are none are dropped, not an error */
    bool allows_underscores;     /* '_' in a name is not unusual */
    bool is_response_to_head;    /* the response's request was HEAD: it has no body */
    bool is_response_to_connect; /* or CONNECT: a 2xx has none */
};

/* State of a head that comes in parts, so that no byte is looked at twice. Zeroed at the start. */
struct h1_parse {
    uint32_t scanned;     /* bytes looked at */
    uint32_t line_start;  /* of the line under way */
    uint32_t first_line, first_line_len; /* offset and length of the request or status line */
    uint32_t method_len, target, target_len;
    bool has_first_line;
    unsigned status;      /* with H1_BAD: what to answer (400, 505; 502 for a response) */
    const char *error;    /* with H1_BAD: what was wrong, for the log */
};

/*
 * Parses a request or response head from bytes. H1_OK: *consumed is the length of the head, the
 * message is complete, its framing decided, and it has a copy of the head in its arena. A call
 * after H1_MORE gets the same bytes with more behind them; they may have moved. H1_BAD: the message
 * has no more than what is known of request_line, method and target, for the log. The length of a
 * head is the caller's to limit.
 */
enum h1_result h1_parse_request(struct h1_parse *parse, struct str bytes,
                                const struct h1_parse_options *options, struct message *message,
                                size_t *consumed);
enum h1_result h1_parse_response(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed);

/* A request head that will not come to its end: bytes are those of the last call, which gave
 * H1_MORE. The message gets what is known of it, as with H1_BAD. */
void h1_abandon_request(const struct h1_parse *parse, struct str bytes, struct message *message);

/* A chunked body under way (RFC 9112 section 7.1). Zeroed at the start. */
struct h1_chunked {
    int state;
    uint32_t digits;  /* of the size under way */
    uint32_t excess;  /* bytes of extensions and trailers, less what the body has paid for */
    uint64_t left;    /* bytes of the chunk under way */
    bool tells_trailers; /* a call ends where the trailers begin, for who wants to have them ... */
    bool is_trailer;     /* ... and all that is consumed from there on are their lines */
};

/*
 * Takes the next piece: *consumed bytes were framing or data; data (maybe empty) is the part of
 * them that belongs to the body. H1_OK: the body has ended. H1_MORE: go on, with more bytes if
 * nothing was consumed. Trailers are checked for their form; with tells_trailers they can be had.
 */
enum h1_result h1_parse_chunked(struct h1_chunked *chunked, struct str bytes, size_t *consumed,
                                struct str *data);

/* Fields behind a body, lines that h1_parse_chunked() took: a message without anything else. Those
 * of the hop, and Host, are not sent on. False: there are too many. */
bool h1_parse_trailers(struct str lines, uint32_t max_fields, struct message *message);

/* Hides those trailers that Connection, in the head of their message, names. */
void h1_hide_trailers(const struct message *head, struct message *trailers);

#endif
