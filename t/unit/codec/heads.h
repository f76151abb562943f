/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heads - parses heads whole, byte by byte and split at every place, and tells what came of them.
 *
 * Each step gets its bytes in memory of their own and of just their size, at another address than
 * the step before, as a buffer that grows would give them.
 */
#ifndef WEIR_UNIT_CODEC_HEADS_H
#define WEIR_UNIT_CODEC_HEADS_H

#include "codec/h1_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct head {
    bool is_request;
    struct h1_parse_options options;
    struct h1_parse parse;
    struct message message;
    enum h1_result result;
    size_t consumed;
    char *bytes; /* of the last step */
    struct arena arena;
};

static inline void head_init(struct head *head, bool is_request,
                             const struct h1_parse_options *options) {
    memset(head, 0, sizeof(*head));
    head->is_request = is_request;
    head->options = *options;
    head->result = H1_MORE;
    arena_init(&head->arena);
    message_init(&head->message, &head->arena);
}

static inline void head_fini(struct head *head) {
    arena_fini(&head->arena);
    arena_trim();
    free(head->bytes);
}

/* Shows the parser these bytes, which begin with those of the step before. */
static inline void head_step(struct head *head, struct str bytes) {
    char *copy = malloc(bytes.len);

    memcpy(copy, bytes.data, bytes.len);
    free(head->bytes);
    head->bytes = copy;
    head->result = (head->is_request ? h1_parse_request : h1_parse_response)(
        &head->parse, str_make(copy, bytes.len), &head->options, &head->message, &head->consumed);
}

/* ---- what came of it ---- */

static inline const char *framing_name(const struct message *message) {
    static const char *const names[] = { "none", "length", "chunked", "end" };

    return names[message->framing];
}

static inline size_t describe_fields(const struct message *message, unsigned hidden, char *text,
                                     size_t size) {
    size_t len = 0;
    uint32_t i;

    for (i = 0; i < message->field_count && len < size; i++) {
        const struct field *field = &message->fields[i];

        if ((field->flags & hidden) == 0) {
            len += (size_t) snprintf(text + len, size - len, " | %.*s: %.*s%s",
                                     STR_ARG(message_name(message, field)),
                                     STR_ARG(message_value(message, field)),
                                     (field->flags & FIELD_IS_HOP) != 0 ? " (hop)" : "");
        }
    }
    return len;
}

/* A request: method, target, path, host and port, version, framing, what else is known, fields. */
static inline size_t describe_request(const struct message *message, char *text, size_t size) {
    return (size_t) snprintf(text, size, "%.*s %.*s path=%.*s host=%.*s:%u %u %s %" PRIu64 "%s%s",
                             STR_ARG(message->method_name), STR_ARG(message->target),
                             STR_ARG(message->path), STR_ARG(message->host), message->port,
                             message->version, framing_name(message), message->content_length,
                             message->keeps_connection ? " keep" : "",
                             message->expects_continue ? " continue" : "");
}

static inline size_t describe_response(const struct message *message, char *text, size_t size) {
    return (size_t) snprintf(text, size, "%u [%.*s] %u %s %" PRIu64 "%s%s", message->status,
                             STR_ARG(message->reason), message->version, framing_name(message),
                             message->content_length, message->has_length ? " told" : "",
                             message->keeps_connection ? " keep" : "");
}

/* What a parsed message says, as text that is easily compared. */
static inline const char *message_describe(const struct message *message, unsigned hidden) {
    static char texts[4][65536];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    size_t len = (message->is_request ? describe_request : describe_response)(message, text,
                                                                              sizeof(texts[0]));

    describe_fields(message, hidden, text + len, sizeof(texts[0]) - len);
    return text;
}

/* The same of what came of a head: the message, or why there is none. */
static inline const char *head_describe(const struct head *head) {
    static char text[256];

    switch (head->result) {
    case H1_OK:
        return message_describe(&head->message, 0);
    case H1_MORE:
        return "more";
    default:
        snprintf(text, sizeof(text), "%u %s", head->parse.status, head->parse.error);
        return text;
    }
}

/* ---- in pieces ---- */

/* Shows the bytes in steps: up to split, and then all, or with split 0 one byte after the other.
 * What comes must be expected, and a whole head must come with its last byte and not before. */
static inline void head_parse_in_pieces(struct str bytes, bool is_request,
                                        const struct h1_parse_options *options, size_t split,
                                        const char *expected) {
    size_t len = split > 0 ? split : 1;
    struct head head;

    head_init(&head, is_request, options);
    for (;;) {
        head_step(&head, str_first(bytes, len));
        if (head.result != H1_MORE || len == bytes.len) {
            break;
        }
        len = split > 0 ? bytes.len : len + 1;
    }
    if (strcmp(head_describe(&head), expected) != 0
        || (head.result == H1_OK && split == 0 && head.consumed != len)) {
        fail_msg("split at %zu, \"%.*s\": %s instead of %s", split, STR_ARG(bytes),
                 head_describe(&head), expected);
    }
    head_fini(&head);
}

/* What is known of a request that is none must be the beginning of what is known when all its
 * bytes came at once: the bad one ends it. */
static inline void head_check_known(const struct head *head, struct str bytes) {
    struct head other;
    size_t len;

    head_init(&other, true, &head->options);
    for (len = 1; len <= bytes.len && other.result == H1_MORE; len++) {
        head_step(&other, str_first(bytes, len));
    }
    assert_true(str_starts(head->message.request_line, other.message.request_line));
    assert_true(str_starts(head->message.method_name, other.message.method_name));
    assert_true(str_starts(head->message.target, other.message.target));
    head_fini(&other);
}

/* Parses bytes in all ways, which must agree. head is that of the whole. */
static inline void head_parse(struct head *head, struct str bytes, bool is_request,
                              const struct h1_parse_options *options) {
    char expected[65536];
    size_t split;

    head_init(head, is_request, options);
    head_step(head, bytes);
    snprintf(expected, sizeof(expected), "%s", head_describe(head));
    for (split = 0; split < bytes.len; split++) {
        head_parse_in_pieces(bytes, is_request, options, split, expected);
    }
}

/* The same, where what comes is known. */
static inline void head_expect(struct str bytes, bool is_request,
                               const struct h1_parse_options *options, const char *expected) {
    struct head head;

    head_parse(&head, bytes, is_request, options);
    if (strcmp(head_describe(&head), expected) != 0) {
        fail_msg("\"%.*s\":\n  %s\ninstead of\n  %s", STR_ARG(bytes), head_describe(&head),
                 expected);
    }
    if (head.result == H1_OK) {
        assert_int_equal(head.consumed, head.message.base_len);
        assert_true(head.consumed <= bytes.len);
    }
    head_fini(&head);
}

#endif
