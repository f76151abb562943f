/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_head - what the fuzz targets of heads share: a head is parsed whole and in pieces, checked,
 * written, and parsed again.
 *
 * The first byte of an input chooses the options, the second where it is split.
 */
#ifndef WEIR_FUZZ_H1_HEAD_H
#define WEIR_FUZZ_H1_HEAD_H

#include "base/panic.h"
#include "codec/h1_parse.h"
#include "codec/h1_write.h"

enum { HEAD_INPUT_PREFIX = 2 };

struct head {
    struct arena arena;
    struct h1_parse parse;
    struct message message;
    enum h1_result result;
    size_t consumed;
};

static bool is_request;

static inline struct h1_parse_options head_options(unsigned char choice) {
    return (struct h1_parse_options){
        .max_fields = (choice & 1) != 0 ? 3 : 100,
        .ignores_bad_fields = (choice & 2) != 0,
        .allows_underscores = (choice & 4) != 0,
        .is_response_to_head = (choice & 8) != 0,
        .is_response_to_connect = (choice & 16) != 0,
        .drops_non_tokens = (choice & 32) != 0,
    };
}

static inline void head_init(struct head *head) {
    memset(head, 0, sizeof(*head));
    arena_init(&head->arena);
    message_init(&head->message, &head->arena);
}

/* The bytes get memory of their own, so that a look behind them is seen. */
static inline void head_step(struct head *head, struct str bytes,
                             const struct h1_parse_options *options) {
    struct arena arena;

    arena_init(&arena);
    bytes.data = memcpy(arena_bytes(&arena, bytes.len), bytes.data, bytes.len);
    head->result = (is_request ? h1_parse_request : h1_parse_response)(
        &head->parse, bytes, options, &head->message, &head->consumed);
    CHECK(head->consumed <= bytes.len);
    arena_fini(&arena);
}

static inline bool is_same_field(const struct message *a, const struct message *b, uint32_t i) {
    return str_equal(message_name(a, &a->fields[i]), message_name(b, &b->fields[i]))
        && str_equal(message_value(a, &a->fields[i]), message_value(b, &b->fields[i]))
        && a->fields[i].id == b->fields[i].id && a->fields[i].flags == b->fields[i].flags;
}

/* What came of a head does not depend on the pieces that it came in. */
static inline void check_same(const struct head *a, const struct head *b) {
    const struct message *m = &a->message, *n = &b->message;
    uint32_t i;

    CHECK(a->result == b->result && a->parse.status == b->parse.status
          && a->parse.error == b->parse.error);
    if (a->result != H1_OK) {
        return;
    }
    CHECK(a->consumed == b->consumed && m->framing == n->framing
          && m->content_length == n->content_length && m->has_length == n->has_length
          && m->keeps_connection == n->keeps_connection && m->version == n->version
          && m->method == n->method && m->status == n->status && m->port == n->port
          && m->expects_continue == n->expects_continue && m->field_count == n->field_count);
    CHECK(str_equal(m->target, n->target) && str_equal(m->path, n->path)
          && str_equal(m->host, n->host) && str_equal(m->reason, n->reason)
          && str_equal(m->method_name, n->method_name));
    for (i = 0; i < m->field_count; i++) {
        CHECK(is_same_field(m, n, i));
    }
}

/* A well-formed message has nothing in it that could split what is written of it. */
static inline void check_message(const struct message *message) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        CHECK(field_name_is_valid(message_name(message, &message->fields[i])));
        CHECK(field_value_is_valid(message_value(message, &message->fields[i])));
    }
    CHECK(field_value_is_valid(message->reason) && field_value_is_valid(message->target));
    if (is_request) {
        CHECK(message->target.len > 0 && message->path.len > 0 && message->method_name.len > 0);
        CHECK(message->framing != FRAMING_UNTIL_END);
        CHECK(message->version < 11 || message->host.len > 0);
    } else {
        CHECK(message->status >= 100 && message->status <= 999);
    }
    CHECK(message->framing != FRAMING_LENGTH || message->content_length > 0);
    CHECK(message->framing != FRAMING_CHUNKED || message->version >= 11);
}

static inline void write_head(struct buf *to, const struct message *message) {
    struct h1_write_options options = { .keeps_connection = message->keeps_connection,
                                        .is_chunked = message->framing == FRAMING_CHUNKED };

    (is_request ? h1_write_request : h1_write_response)(to, message, &options);
}

/* Text that was not received is looked at, and goes out the same. */
static inline void check_own_text(const struct head *head, struct str written) {
    struct message own = head->message;
    struct buf bytes = { .data = NULL };
    struct arena arena;

    arena_init(&arena);
    own.method_name = arena_copy(&arena, own.method_name);
    own.target = arena_copy(&arena, own.target);
    write_head(&bytes, &own);
    CHECK(str_equal(buf_bytes(&bytes), written));
    buf_free(&bytes);
    arena_fini(&arena);
}

/* What is written is read back as the same message, in which no line is odd any more. */
static inline void check_written(const struct head *head) {
    struct h1_parse_options options = { .max_fields = 1000 };
    struct buf first = { .data = NULL }, second = { .data = NULL };
    struct str host;
    struct head again;

    write_head(&first, &head->message);
    check_own_text(head, buf_bytes(&first));
    head_init(&again);
    head_step(&again, buf_bytes(&first), &options);
    /* A request of HTTP/1.0 without Host is none of HTTP/1.1. */
    if (!is_request || message_join(&head->message, STR("Host"), &host)) {
        CHECK(again.result == H1_OK && again.consumed == buf_len(&first));
        CHECK(again.message.framing == head->message.framing || !is_request);
        CHECK(again.message.content_length == head->message.content_length);
        write_head(&second, &again.message);
        CHECK(str_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    arena_fini(&again.arena);
    buf_free(&first);
    buf_free(&second);
}

/* In pieces: up to split, and then so many bytes more at a time. */
static inline void parse_in_pieces(struct head *head, struct str bytes, size_t split, size_t step,
                                   const struct h1_parse_options *options) {
    head_init(head);
    head_step(head, str_first(bytes, split), options);
    while (head->result == H1_MORE && split < bytes.len) {
        split += step;
        head_step(head, str_first(bytes, split), options);
    }
}

/* Fields behind a body are hidden like those of the head: what that names in Connection. */
static inline void check_hidden(const struct message *head, struct str lines) {
    struct message trailers;
    struct arena arena;
    uint32_t i, j;

    arena_init(&arena);
    message_init(&trailers, &arena);
    if (h1_parse_trailers(lines, 100, &trailers)) {
        h1_hide_trailers(head, &trailers);
        for (i = 0; i < head->field_count; i++) {
            for (j = 0; j < trailers.field_count; j++) {
                CHECK((head->fields[i].flags & FIELD_IS_HOP) == 0
                      || (trailers.fields[j].flags & FIELD_IS_HOP) != 0
                      || !str_equal_nocase(message_name(head, &head->fields[i]),
                                           message_name(&trailers, &trailers.fields[j])));
            }
        }
    }
    arena_fini(&arena);
}

/* A head that came to no end has a first line all the same, as far as it came. */
static inline void check_abandoned(struct head *head, struct str bytes) {
    if (is_request && head->result == H1_MORE) {
        h1_abandon_request(&head->parse, bytes, &head->message);
        CHECK(str_starts(str_from_byte(bytes, head->parse.first_line),
                         head->message.request_line));
    }
}

/* Whether the input is a head. */
static inline bool fuzz_head(struct str input) {
    struct str bytes = str_from_byte(input, HEAD_INPUT_PREFIX);
    struct h1_parse_options options;
    struct head whole, other;

    if (bytes.len == 0) {
        return false;
    }
    options = head_options((unsigned char) input.data[0]);
    head_init(&whole);
    head_step(&whole, bytes, &options);
    parse_in_pieces(&other, bytes, (unsigned char) input.data[1] % bytes.len, bytes.len, &options);
    check_same(&whole, &other);
    arena_fini(&other.arena);
    parse_in_pieces(&other, bytes, 1, bytes.len < 200 ? 1 : bytes.len / 100, &options);
    check_same(&whole, &other);
    arena_fini(&other.arena);
    if (whole.result == H1_OK) {
        check_message(&whole.message);
        check_written(&whole);
        check_hidden(&whole.message, str_from_byte(bytes, whole.consumed));
    }
    check_abandoned(&whole, bytes);
    arena_fini(&whole.arena);
    arena_trim();
    buf_trim();
    return whole.result == H1_OK;
}

#endif
