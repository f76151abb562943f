/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_write: what is written of a message, and that reading it gives the message
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_write.h"

#include "heads.h"

static const struct h1_parse_options parse_options = { .max_fields = 100 };
static const struct h1_write_options keep = { .keeps_connection = true };
static const struct h1_write_options keep_10 = { .keeps_connection = true, .is_http_10 = true };
static const struct h1_write_options end = { .keeps_connection = false };
static const struct h1_write_options end_10 = { .is_http_10 = true };
static const struct h1_write_options chunked = { .keeps_connection = true, .is_chunked = true };
static const struct h1_write_options to_head = { .keeps_connection = true,
                                                 .is_answer_to_head = true };

static struct buf written;

/* Each with memory of its own, so that what is written beyond its end is seen. */
static const char *write_message(const struct message *message,
                                 const struct h1_write_options *options) {
    buf_free(&written);
    buf_append(&written, STR("before"), BUF_SIZE_MAX);
    (message->is_request ? h1_write_request : h1_write_response)(&written, message, options);
    buf_consume(&written, strlen("before"));
    buf_append(&written, str_make("", 1), BUF_SIZE_MAX);
    return buf_bytes(&written).data;
}

static int free_written(void **state) {
    (void) state;
    buf_free(&written);
    buf_trim();
    return 0;
}

/* Reads a head, writes it, and says what was written. */
static const char *rewrite(const char *text, const struct h1_write_options *options) {
    const char *result;
    struct head head;

    head_init(&head, str_starts(str_from(text), STR("HTTP/")) == false, &parse_options);
    head_step(&head, str_from(text));
    if (head.result != H1_OK) {
        fail_msg("%s: %s", text, head_describe(&head));
    }
    result = write_message(&head.message, options);
    head_fini(&head);
    return result;
}

/* ---- requests ---- */

static void test_requests(void **state) {
    (void) state;
    assert_string_equal(rewrite("GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", &keep),
                        "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
    assert_string_equal(rewrite("GET / HTTP/1.0\r\n\r\n", &keep), "GET / HTTP/1.1\r\n\r\n");
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &end),
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &keep_10),
                        "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &end_10),
                        "GET / HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n");
}

static void test_framing_of_requests(void **state) {
    (void) state;
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nContent-Length: 007\r\nHost: a\r\n\r\n", &keep),
                        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n");
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", &keep),
                        "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(rewrite("POST / HTTP/1.1\r\nHost: a\r\n\r\n", &keep),
                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_string_equal(
        rewrite("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", &chunked),
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_string_equal(
        rewrite("PUT / HTTP/1.1\r\nContent-Length: 9223372036854775807\r\nHost: a\r\n\r\n", &end),
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n"
        "Connection: close\r\n\r\n");
}

/* ---- responses ---- */

static void test_responses(void **state) {
    (void) state;
    assert_string_equal(rewrite("HTTP/1.0 200 Fine\r\nX: y\r\nContent-Length: 5\r\n\r\n", &keep),
                        "HTTP/1.1 200 Fine\r\nX: y\r\nContent-Length: 5\r\n"
                        "Connection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 404\r\n\r\n", &end),
                        "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 299 \r\n\r\n", &end),
                        "HTTP/1.1 299 \r\nConnection: close\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &chunked),
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                        "Connection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &keep),
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

static void test_responses_without_body(void **state) {
    (void) state;
    assert_string_equal(rewrite("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", &keep),
                        "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 204 x\r\n\r\n", &keep),
                        "HTTP/1.1 204 x\r\nConnection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", &keep),
                        "HTTP/1.1 204 x\r\nConnection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 304 x\r\n\r\n", &keep),
                        "HTTP/1.1 304 x\r\nConnection: keep-alive\r\n\r\n");
    assert_string_equal(rewrite("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", &keep),
                        "HTTP/1.1 304 x\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
}

/* Answers to HEAD say the length that a body would have had, where that is known. */
static void test_answers_to_head(void **state) {
    struct message message;
    struct arena arena;

    (void) state;
    arena_init(&arena);
    message_init(&message, &arena);
    message.status = 200;
    assert_string_equal(write_message(&message, &to_head),
                        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
    message.has_length = true;
    message.content_length = 12;
    assert_string_equal(write_message(&message, &to_head),
                        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n");
    arena_fini(&arena);
}

/* ---- fields ---- */

static void test_what_is_sent_of_the_fields(void **state) {
    (void) state;
    /* Fields of the hop stay out, and lines that were received in another form get the usual
     * one. */
    assert_string_equal(rewrite("GET / HTTP/1.1\r\nHost: a\nA:1\r\nB:\t2 \r\nConnection: c\r\n"
                                "C: 3\r\nD: 4\r\nTE: x\r\nE: 5\r\nF:\r\nG: \r\n\r\n",
                                &keep),
                        "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nD: 4\r\nE: 5\r\nF: \r\n"
                        "G: \r\n\r\n");
}

/* Every way in which neighbours can be hidden, odd, or made of a run. */
static void test_runs(void **state) {
    enum { FIELDS = 6, KINDS = 4 };
    static const char *const lines[KINDS] = { "X%u: v%u\r\n", "X%u:v%u\n", "x_%u: v%u\r\n",
                                              "Upgrade: %u%u\r\n" };
    static const struct h1_parse_options options = { .max_fields = 10, .ignores_bad_fields = true };
    unsigned choice, i;

    (void) state;
    for (choice = 0; choice < 4096; choice++) {
        char text[512], expected[512];
        int len = snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n");
        int expected_len = snprintf(expected, sizeof(expected), "GET / HTTP/1.1\r\n");
        struct head head;

        for (i = 0; i < FIELDS; i++) {
            unsigned kind = choice >> 2 * i & 3;
            size_t room = sizeof(text) - (size_t) len;

            assert_in_range(room, 100, sizeof(text));
            len += kind == 0 ? snprintf(text + len, room, lines[0], i, i)
                : kind == 1  ? snprintf(text + len, room, lines[1], i, i)
                : kind == 2  ? snprintf(text + len, room, lines[2], i, i)
                             : snprintf(text + len, room, lines[3], i, i);
            if (kind < 2) {
                expected_len += snprintf(expected + expected_len, 100, "X%u: v%u\r\n", i, i);
            }
        }
        snprintf(text + len, 10, "\r\n");
        snprintf(expected + expected_len, 10, "\r\n");
        head_init(&head, true, &options);
        head_step(&head, str_from(text));
        assert_int_equal(head.result, H1_OK);
        assert_string_equal(write_message(&head.message, &keep), expected);
        head_fini(&head);
    }
}

static void test_changed_fields(void **state) {
    struct head head;

    (void) state;
    head_init(&head, true, &parse_options);
    head_step(&head, STR("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"));
    message_remove_name(&head.message, STR("b"));
    assert_true(message_add(&head.message, STR("B"), STR("new")));
    assert_true(message_add(&head.message, STR("Empty"), STR("")));
    /* Framing that is added as a field gets nowhere. */
    assert_true(message_add(&head.message, STR("Content-Length"), STR("5")));
    assert_true(message_add(&head.message, STR("Transfer-Encoding"), STR("chunked")));
    assert_true(message_add(&head.message, STR("Connection"), STR("close")));
    assert_string_equal(write_message(&head.message, &keep),
                        "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nC: 3\r\nB: new\r\nEmpty: \r\n\r\n");
    head_fini(&head);
}

/* ---- first lines that were made, not received ---- */

static void test_first_lines_cannot_be_split(void **state) {
    struct message message;
    struct arena arena;

    (void) state;
    arena_init(&arena);
    message_init(&message, &arena);
    message.is_request = true;
    message.method_name = STR("GE T\r\n");
    message.target = STR("/a b\r\nX: y\0\x7f%0d\xff");
    assert_string_equal(write_message(&message, &keep),
                        "GE%20T%0D%0A /a%20b%0D%0AX:%20y%00%7F%0d\xff HTTP/1.1\r\n\r\n");
    message.is_request = false;
    message.status = 200;
    message.reason = STR("a\r\nX: y");
    assert_string_equal(write_message(&message, &to_head),
                        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
    arena_fini(&arena);
}

static void test_long_first_lines(void **state) {
    enum { LEN = 5000 };
    char *target = malloc(LEN);
    struct message message;
    struct arena arena;

    (void) state;
    memset(target, '\n', LEN);
    arena_init(&arena);
    message_init(&message, &arena);
    message.is_request = true;
    message.method_name = STR("GET");
    message.target = str_make(target, LEN);
    assert_int_equal(strlen(write_message(&message, &keep)),
                     3 * LEN + strlen("GET  HTTP/1.1\r\n\r\n"));
    free(target);
    arena_fini(&arena);
}

/* Whatever the length, the room that is reserved is enough. */
static void test_room(void **state) {
    static char value[5000];
    struct message message;
    struct arena arena;
    size_t len;

    (void) state;
    memset(value, 'v', sizeof(value));
    for (len = 0; len < sizeof(value); len++) {
        arena_init(&arena);
        message_init(&message, &arena);
        assert_true(message_add(&message, STR("X"), str_make(value, len)));
        message.method_name = STR("GET");
        message.target = STR("/");
        message.status = 416;
        message.framing = FRAMING_LENGTH;
        message.content_length = UINT64_MAX;
        assert_int_equal(strlen(write_message(&message, &keep)), len + 115);
        message.is_request = true;
        assert_int_equal(strlen(write_message(&message, &keep_10)), len + 85);
        arena_fini(&arena);
    }
}

/* ---- reading what was written gives the same message ---- */

static uint64_t random_state;

static unsigned pick(unsigned count) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (random_state >> 33) % count;
}

#define PICK(list) list[pick(sizeof(list) / sizeof((list)[0]))]

static size_t make_fields(char *text, size_t size) {
    static const char *const names[] = { "A", "Accept", "x-y", "Cookie", "cookie", "X_Z", "Date" };
    static const char *const separators[] = { ": ", ":", ":\t", ":  " };
    static const char *const values[] = { "", "a", "a b", "\xff", "a: b", "not short at all" };
    static const char *const ends[] = { "\r\n", "\r\n", "\r\n", "\n", " \r\n" };
    static const char *const hop[] = { "Connection: close\r\n", "Connection: x-y, keep-alive\r\n",
                                       "TE: trailers\r\n", "Upgrade: h2c\r\n", "Trailer: A\r\n" };
    unsigned count = pick(12), i;
    size_t len = 0;

    for (i = 0; i < count; i++) {
        len += pick(5) == 0
            ? (size_t) snprintf(text + len, size - len, "%s", PICK(hop))
            : (size_t) snprintf(text + len, size - len, "%s%s%s%s", PICK(names), PICK(separators),
                                PICK(values), PICK(ends));
    }
    return len;
}

static size_t make_head(char *text, size_t size, bool is_request) {
    static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "M-SEARCH", "OPTIONS" };
    static const char *const targets[] = { "/", "/a?b=c", "/%20\xff\"<>", "//a/../b" };
    static const char *const lines[] = { "200 OK", "404 ", "500", "204 No\tContent", "304 x" };
    static const char *const framings[] = { "", "Content-Length: 5\r\n", "Content-Length:0\r\n",
                                            "Transfer-Encoding: chunked\r\n" };
    size_t len = is_request ? (size_t) snprintf(text, size, "%s %s HTTP/1.1\r\nHost: A.b:81\r\n",
                                                PICK(methods), PICK(targets))
                            : (size_t) snprintf(text, size, "HTTP/1.1 %s\r\n", PICK(lines));

    len += (size_t) snprintf(text + len, size - len, "%s", PICK(framings));
    len += make_fields(text + len, size - len);
    len += (size_t) snprintf(text + len, size - len, "\r\n");
    return len;
}

/* As the codec would: the same framing, and the connection is kept. */
static struct h1_write_options options_for(const struct message *message) {
    return (struct h1_write_options){ .keeps_connection = true,
                                      .is_chunked = message->framing == FRAMING_CHUNKED };
}

static void expect_same(struct head *first, struct head *second, const char *text) {
    char before[8192], after[8192];

    /* What is known of the connection is not part of the message; an empty reason gets a text. */
    first->message.keeps_connection = second->message.keeps_connection = true;
    second->message.reason = first->message.reason.len > 0 ? second->message.reason : STR("");
    /* A response that says it has no body is whole with or without a length of 0. */
    second->message.has_length = first->message.has_length;
    snprintf(before, sizeof(before), "%s", message_describe(&first->message, FIELD_IS_HIDDEN));
    snprintf(after, sizeof(after), "%s", message_describe(&second->message, FIELD_IS_HIDDEN));
    if (strcmp(before, after) != 0) {
        fail_msg("%s\ngave\n%s\nand then\n%s", text, before, after);
    }
}

static void test_reading_what_was_written(void **state) {
    unsigned round;

    (void) state;
    for (round = 0; round < 20000; round++) {
        bool is_request = round % 2 == 0;
        struct h1_write_options options;
        struct head first, second;
        char text[4096];
        size_t len;

        random_state = round;
        len = make_head(text, sizeof(text), is_request);
        head_init(&first, is_request, &parse_options);
        head_step(&first, str_make(text, len));
        if (first.result != H1_OK) {
            fail_msg("%s: %s", text, head_describe(&first));
        }
        if (round % 20 < 2) {
            head_parse_in_pieces(str_make(text, len), is_request, &parse_options, 0,
                                 head_describe(&first));
        }
        options = options_for(&first.message);
        head_init(&second, is_request, &parse_options);
        write_message(&first.message, &options);
        head_step(&second, str_first(buf_bytes(&written), buf_len(&written) - 1));
        assert_int_equal(second.result, H1_OK);
        assert_int_equal(second.consumed, buf_len(&written) - 1);
        expect_same(&first, &second, text);
        head_fini(&first);
        head_fini(&second);
    }
}

static void test_chunk_heads(void **state) {
    static const struct {
        size_t len;
        const char *text;
    } rows[] = { { 1, "1\r\n" }, { 10, "a\r\n" }, { 65536, "10000\r\n" },
                 { SIZE_MAX, "ffffffffffffffff\r\n" } };
    char text[18];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(str_is(str_make(text, h1_format_chunk_head(text, rows[i].len)), rows[i].text));
    }
}

static void test_connection_options(void **state) {
    struct message message = { .is_request = true, .method_name = STR("GET"), .target = STR("/") };

    (void) state;
    message.accepts_trailers = true;
    assert_string_equal(write_message(&message, &keep),
                        "GET / HTTP/1.1\r\nConnection: TE\r\nTE: trailers\r\n\r\n");
    assert_string_equal(write_message(&message, &end),
                        "GET / HTTP/1.1\r\nConnection: close, TE\r\nTE: trailers\r\n\r\n");
    assert_string_equal(
        write_message(&message, &keep_10),
        "GET / HTTP/1.0\r\nConnection: keep-alive, TE\r\nTE: trailers\r\n\r\n");
    assert_true(message_set_upgrade(&message, STR("x, y")));
    assert_false(message_set_upgrade(&message, STR("a\r\nb")));
    assert_string_equal(write_message(&message, &keep),
                        "GET / HTTP/1.1\r\nConnection: TE, upgrade\r\nTE: trailers\r\n"
                        "Upgrade: x, y\r\n\r\n");
    message.accepts_trailers = false;
    assert_string_equal(write_message(&message, &keep),
                        "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x, y\r\n\r\n");
    assert_string_equal(write_message(&message, &end_10),
                        "GET / HTTP/1.0\r\nConnection: close\r\n\r\n");
}

static void test_switching(void **state) {
    struct message message = { .status = 101, .upgrade = STR("x") };

    (void) state;
    assert_string_equal(write_message(&message, &end),
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                        "Upgrade: x\r\n\r\n");
}

static void test_trailers(void **state) {
    struct buf text = { NULL, 0, 0, 0 };
    struct message message;
    struct arena arena;

    (void) state;
    arena_init(&arena);
    message_init(&message, &arena);
    h1_write_trailers(&text, &message);
    assert_true(str_is(buf_bytes(&text), "\r\n"));
    buf_consume(&text, buf_len(&text));
    assert_true(message_add(&message, STR("A"), STR("b")));
    assert_true(message_add(&message, STR("Content-Length"), STR("1")));
    assert_true(message_add(&message, STR("C"), STR("")));
    h1_write_trailers(&text, &message);
    assert_true(str_is(buf_bytes(&text), "A: b\r\nC: \r\n\r\n"));
    buf_free(&text);
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_framing_of_requests),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_responses_without_body),
        cmocka_unit_test(test_answers_to_head),
        cmocka_unit_test(test_what_is_sent_of_the_fields),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_changed_fields),
        cmocka_unit_test(test_first_lines_cannot_be_split),
        cmocka_unit_test(test_long_first_lines),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_reading_what_was_written),
        cmocka_unit_test(test_chunk_heads),
        cmocka_unit_test(test_connection_options),
        cmocka_unit_test(test_switching),
        cmocka_unit_test(test_trailers),
    };

    return cmocka_run_group_tests_name("codec/h1_write", tests, NULL, free_written);
}
