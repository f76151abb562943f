/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_chunked.c */
/*
 * Fuzzes chunked bodies: whole, split where the first byte says, and byte by byte. What is framed
 * anew from the data is read back as the same. The lines behind the last chunk are fields, and the
 * same however they came.
 */
#include "base/panic.h"
#include "codec/h1_parse.h"
#include "codec/h1_write.h"

struct body {
    struct h1_chunked chunked;
    enum h1_result result;
    size_t consumed;
    struct buf data, trailers;
};

/* The bytes get memory of their own, so that a look behind them is seen. */
static void step(struct body *body, struct str bytes) {
    struct arena arena;
    size_t at = 0;

    arena_init(&arena);
    bytes.data = memcpy(arena_bytes(&arena, bytes.len), bytes.data, bytes.len);
    while (at < bytes.len && body->result == H1_MORE) {
        bool is_trailer = body->chunked.is_trailer;
        size_t consumed = 0;
        struct str data;

        body->result = h1_parse_chunked(&body->chunked, str_from_byte(bytes, at), &consumed, &data);
        if (body->result == H1_BAD) {
            break;
        }
        CHECK(consumed > 0 && consumed <= bytes.len - at && data.len <= consumed);
        buf_append(&body->data, data, BUF_SIZE_MAX);
        if (is_trailer) {
            CHECK(data.len == 0);
            buf_append(&body->trailers, str_make(bytes.data + at, consumed), BUF_SIZE_MAX);
        }
        at += consumed;
    }
    body->consumed += at;
    arena_fini(&arena);
}

static struct body parse(struct str bytes, size_t split, size_t len) {
    struct body body = { .result = H1_MORE, .chunked.tells_trailers = true };

    for (step(&body, str_first(bytes, split)); split < bytes.len; split += len) {
        step(&body, str_first(str_from_byte(bytes, split), len));
    }
    return body;
}

/* Whether the body is whole; frees b. */
static void check_same(const struct body *a, struct body *b) {
    CHECK(a->result == b->result && str_equal(buf_bytes(&a->data), buf_bytes(&b->data)));
    CHECK(a->result == H1_BAD || a->consumed == b->consumed);
    CHECK(a->result == H1_BAD || str_equal(buf_bytes(&a->trailers), buf_bytes(&b->trailers)));
    buf_free(&b->trailers);
    buf_free(&b->data);
}

/* Frames the data as one chunk and reads it. */
static void check_written(const struct body *body) {
    struct buf framed = { .data = NULL };
    struct body again;
    char head[32];

    if (!buf_is_empty(&body->data)) {
        buf_append(&framed, str_make(head, h1_format_chunk_head(head, buf_len(&body->data))),
                   BUF_SIZE_MAX);
        buf_append(&framed, buf_bytes(&body->data), BUF_SIZE_MAX);
        buf_append(&framed, STR("\r\n"), BUF_SIZE_MAX);
    }
    buf_append(&framed, STR("0\r\n\r\n"), BUF_SIZE_MAX);
    again = parse(buf_bytes(&framed), buf_len(&framed), 1);
    CHECK(again.result == H1_OK && again.consumed == buf_len(&framed));
    CHECK(str_equal(buf_bytes(&again.data), buf_bytes(&body->data)));
    buf_free(&again.data);
    buf_free(&again.trailers);
    buf_free(&framed);
}

/* What was told of the trailers is their lines, and no more. */
static void check_trailers(const struct body *body) {
    struct str lines = buf_bytes(&body->trailers);
    struct message message;
    struct arena arena;

    arena_init(&arena);
    message_init(&message, &arena);
    CHECK(str_ends(lines, STR("\r\n")));
    CHECK(h1_parse_trailers(lines, 100000, &message));
    CHECK(message.base_len == lines.len);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str text = str_from_byte(str_make((const char *) bytes, len), 1);
    struct body whole, other;

    if (text.len == 0) {
        return 0;
    }
    whole = parse(text, text.len, 1);
    other = parse(text, bytes[0] % text.len, text.len);
    check_same(&whole, &other);
    other = parse(text, 1, 1);
    check_same(&whole, &other);
    if (whole.result == H1_OK) {
        check_written(&whole);
        check_trailers(&whole);
    }
    buf_free(&whole.data);
    buf_free(&whole.trailers);
    arena_trim();
    buf_trim();
    return 0;
}
