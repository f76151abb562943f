/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_framing.c src/codec/h1_facts.c src/codec/h1_write.c */
/*
 * Fuzzes the decision about framing: the input is the lines of fields of a head, its first byte
 * chooses the first line, its second the options. What is decided must be what a slow and simple
 * reader of the same lines says, and the head is written and read again; see h1_head.h.
 */
#include "h1_head.h"

#include "base/number.h"

static const char *const first_lines[] = {
    "GET / HTTP/1.1",  "POST / HTTP/1.1", "PUT / HTTP/1.0",  "POST / HTTP/1.0",
    "HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 204 x",  "HTTP/1.1 304 x",
    "HTTP/1.1 100 x",  "HTTP/1.1 404 ",   "HTTP/1.1 599",    "GET /\" HTTP/1.1",
};

/* What a reader sees that goes through the lines by the byte. */
struct simple {
    unsigned lengths, encodings;
    uint64_t length;
    bool is_bad_length, is_chunked;
};

static void note_line(struct simple *simple, struct str line) {
    size_t colon = str_find_char(line, ':');
    struct str name = str_first(line, colon), value = str_trim(str_from_byte(line, colon + 1));

    if (str_equal_nocase(name, STR("Content-Length"))) {
        simple->lengths++;
        simple->is_bad_length |= !parse_content_length(value, &simple->length);
    } else if (str_equal_nocase(name, STR("Transfer-Encoding"))) {
        simple->encodings++;
        simple->is_chunked = str_equal_nocase(value, STR("chunked"));
    }
}

static struct simple read_simply(struct str head) {
    struct simple simple = { .lengths = 0 };
    struct str line;

    while (str_take_part(&head, '\n', &line)) {
        note_line(&simple, str_ends(line, STR("\r")) ? str_first(line, line.len - 1) : line);
    }
    return simple;
}

/* RFC 9112 section 6.3 for what was taken. */
static void check_decision(const struct message *message, const struct simple *simple,
                           const struct h1_parse_options *options) {
    bool is_bodiless = !is_request
        && (message->status < 200 || message->status == 204 || message->status == 304
            || options->is_response_to_head
            || (options->is_response_to_connect && message->status < 300));

    CHECK(simple->lengths <= 1 && simple->encodings <= 1 && !simple->is_bad_length);
    CHECK(simple->lengths + simple->encodings <= 1);
    CHECK(simple->encodings == 0 || (simple->is_chunked && message->version >= 11));
    if (is_bodiless) {
        CHECK(message->framing == FRAMING_NONE);
    } else if (simple->encodings > 0) {
        CHECK(message->framing == FRAMING_CHUNKED);
    } else if (simple->lengths > 0) {
        CHECK(message->framing == (simple->length > 0 ? FRAMING_LENGTH : FRAMING_NONE));
        CHECK(message->content_length == simple->length);
    } else {
        CHECK(message->framing == (is_request ? FRAMING_NONE : FRAMING_UNTIL_END));
        CHECK(is_request || !message->keeps_connection);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str fields = str_from_byte(str_make((const char *) bytes, len), HEAD_INPUT_PREFIX);
    struct h1_parse_options options;
    struct buf text = { .data = NULL };
    const char *first_line;
    struct head head;

    if (len < HEAD_INPUT_PREFIX) {
        return 0;
    }
    first_line = first_lines[bytes[0] % (sizeof(first_lines) / sizeof(first_lines[0]))];
    options = head_options(bytes[1] & ~1);
    is_request = !str_starts(str_from(first_line), STR("HTTP/"));
    buf_append(&text, str_from(first_line), BUF_SIZE_MAX);
    buf_append(&text, is_request ? STR("\r\nHost: a\r\n") : STR("\r\n"), BUF_SIZE_MAX);
    buf_append(&text, fields, BUF_SIZE_MAX);
    buf_append(&text, STR("\r\n\r\n"), BUF_SIZE_MAX);
    head_init(&head);
    head_step(&head, buf_bytes(&text), &options);
    if (head.result == H1_OK) {
        struct simple simple = read_simply(str_first(buf_bytes(&text), head.consumed));

        check_decision(&head.message, &simple, &options);
        check_message(&head.message);
        check_written(&head);
    }
    arena_fini(&head.arena);
    buf_free(&text);
    arena_trim();
    buf_trim();
    return 0;
}
