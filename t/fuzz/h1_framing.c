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
    "HTTP/1.1 101 x",
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

/* What is said of the connection does not change how long the message is. */
static void check_other_forms(const struct message *message) {
    struct h1_parse_options parse_options = { .max_fields = 1000,
                                              .is_response_to_head = !is_request };
    struct h1_write_options options = { .is_http_10 = message->framing != FRAMING_CHUNKED,
                                        .is_chunked = message->framing == FRAMING_CHUNKED,
                                        .keeps_connection = message->keeps_connection,
                                        .keepalive_s = 5,
                                        .is_answer_to_head = true };
    struct message other = *message;
    struct buf text = { .data = NULL };
    struct head again;

    other.accepts_trailers = true;
    (is_request ? h1_write_request : h1_write_response)(&text, &other, &options);
    head_init(&again);
    head_step(&again, buf_bytes(&text), &parse_options);
    CHECK(again.result == H1_OK && again.consumed == buf_len(&text));
    CHECK(!is_request || again.message.framing == message->framing);
    CHECK(again.message.keeps_connection == message->keeps_connection || message->status == 101
          || (!is_request && message->status < 200));
    arena_fini(&again.arena);
    buf_free(&text);
}

/* No target can split the line that it stands in. */
static void check_odd_target(const struct message *message) {
    struct h1_parse_options parse_options = { .max_fields = 1000 };
    struct h1_write_options options = { .keeps_connection = message->keeps_connection,
                                        .is_chunked = message->framing == FRAMING_CHUNKED };
    struct message other = *message;
    struct buf text = { .data = NULL };
    struct head again;

    other.target = STR("/ HTTP/1.1\r\nX: y\x7f");
    h1_write_request(&text, &other, &options);
    head_init(&again);
    head_step(&again, buf_bytes(&text), &parse_options);
    CHECK(again.result == H1_OK
          && str_is(again.message.target, "/%20HTTP/1.1%0D%0AX:%20y%7F"));
    arena_fini(&again.arena);
    buf_free(&text);
}

/* The same lines behind a body: they say nothing of lengths, and are written as fields. */
static void check_trailers(struct str lines) {
    struct buf first = { .data = NULL }, second = { .data = NULL };
    struct message message, again;
    struct arena arena;

    arena_init(&arena);
    message_init(&message, &arena);
    message_init(&again, &arena);
    if (h1_parse_trailers(lines, 1000, &message)) {
        h1_write_trailers(&first, &message);
        CHECK(h1_parse_trailers(buf_bytes(&first), 1000, &again));
        CHECK(message_find(&again, FIELD_CONTENT_LENGTH) == NULL
              && message_find(&again, FIELD_TRANSFER_ENCODING) == NULL
              && message_find(&again, FIELD_HOST) == NULL);
        h1_write_trailers(&second, &again);
        CHECK(str_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    buf_free(&first);
    buf_free(&second);
    arena_fini(&arena);
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
        check_other_forms(&head.message);
        if (is_request) {
            check_odd_target(&head.message);
        }
        check_trailers(str_from_byte(buf_bytes(&text), strlen(first_line) + 2));
        check_hidden(&head.message, str_from_byte(buf_bytes(&text), strlen(first_line) + 2));
    }
    arena_fini(&head.arena);
    buf_free(&text);
    arena_trim();
    buf_trim();
    return 0;
}
