/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_body: bodies between a connection and a pipe, whole, cut, held up and in any
 * pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_body.h"

#include "../net/pair.h"

#include <stdio.h>

static struct conn *conn;
static struct pipe body;
static struct h1_reader reader;
static struct h1_writer writer;

/* ---- a transport that gives and takes what the test wants ---- */

static char incoming[300000], outgoing[300000];
static size_t incoming_len, incoming_at, outgoing_len;
static bool is_endless;           /* there is always more to receive */
static size_t recv_max;           /* bytes of one call */
static size_t send_max;           /* bytes of one call */
static size_t send_stop;          /* outgoing bytes at which the socket is full */
static enum conn_result recv_end; /* what comes behind incoming */
static unsigned sends, file_sends;

static enum conn_result fake_recv(struct conn *of, char *data, size_t room, size_t *len) {
    (void) of;
    *len = incoming_len - incoming_at;
    *len = *len < room ? *len : room;
    *len = *len < recv_max ? *len : recv_max;
    if (is_endless) {
        memset(data, 'x', *len = room);
        return CONN_OK;
    }
    if (*len == 0) {
        return recv_end;
    }
    memcpy(data, incoming + incoming_at, *len);
    incoming_at += *len;
    return CONN_OK;
}

static enum conn_result fake_send(struct conn *of, const struct iovec *iov, int count,
                                  size_t *len) {
    size_t room = send_stop - outgoing_len < send_max ? send_stop - outgoing_len : send_max;
    int i;

    (void) of;
    if (room == 0) {
        return send_stop == 0 ? CONN_FAILED : CONN_AGAIN;
    }
    sends++;
    for (i = 0; i < count && room > 0; i++) {
        size_t part = iov[i].iov_len < room ? iov[i].iov_len : room;

        assert_true(iov[i].iov_len > 0);
        memcpy(outgoing + outgoing_len, iov[i].iov_base, part);
        outgoing_len += part;
        *len += part;
        room -= part;
    }
    return CONN_OK;
}

static enum conn_result fake_send_file(struct conn *of, int fd, int64_t offset, size_t len,
                                       size_t *sent) {
    size_t room = send_stop - outgoing_len < send_max ? send_stop - outgoing_len : send_max;

    (void) of;
    if (room == 0) {
        return CONN_AGAIN;
    }
    file_sends++;
    *sent = (size_t) pread(fd, outgoing + outgoing_len, len < room ? len : room, offset);
    outgoing_len += *sent;
    return CONN_OK;
}

static void fake_close(struct conn *of) {
    (void) of;
}

static const struct conn_transport fake = { .recv = fake_recv,
                                            .send = fake_send,
                                            .send_file = fake_send_file,
                                            .close = fake_close };

static int begin(void **state) {
    struct addr remote;
    int fds[2];

    recv_max = *state != NULL ? 1 : SIZE_MAX;
    loop_init();
    pair_unix(fds, &remote);
    close(fds[1]);
    conn = conn_open(fds[0], &remote);
    conn->transport = &fake;
    incoming_len = incoming_at = outgoing_len = 0;
    send_max = send_stop = sizeof(outgoing);
    recv_end = CONN_AGAIN;
    is_endless = false;
    sends = file_sends = 0;
    pipe_init(&body, 100000, 50000);
    memset(&writer, 0, sizeof(writer));
    return 0;
}

static int finish(void **state) {
    (void) state;
    h1_writer_fini(&writer);
    pipe_fini(&body);
    conn_close(conn);
    loop_turn(0);
    loop_fini();
    buf_trim();
    pipe_trim();
    return 0;
}

/* ---- reading ---- */

static void arrive(struct str bytes) {
    memcpy(incoming + incoming_len, bytes.data, bytes.len);
    incoming_len += bytes.len;
    conn->is_readable = true;
}

static void begin_reading(enum message_framing framing, uint64_t length) {
    struct message message = { .framing = framing, .content_length = length };

    h1_reader_init(&reader, &message);
}

static void expect_read(enum h1_read expected, bool has_news) {
    bool had_news = !has_news;

    assert_int_equal(h1_read_body(&reader, conn, &body, &had_news), expected);
    assert_int_equal(had_news, has_news);
}

/* Takes what the pipe holds, which must be text. */
static void expect_piped(const char *text) {
    for (; body.len > 0; pipe_consume(&body, pipe_peek(&body).len)) {
        struct str piece = pipe_peek(&body);

        assert_true(str_starts(str_from(text), piece));
        text += piece.len;
    }
    assert_string_equal(text, "");
}

/* What lies behind the body, in the buffer or not even there yet, must be text. */
static void expect_left(const char *text) {
    struct str left = buf_bytes(&conn->in);

    assert_true(str_starts(str_from(text), left));
    text += left.len;
    left = str_make(incoming + incoming_at, incoming_len - incoming_at);
    assert_true(str_is(left, text));
}

static void test_read_length(void **state) {
    (void) state;
    begin_reading(FRAMING_LENGTH, 6);
    expect_read(H1_READ_AGAIN, false);
    arrive(STR("abc"));
    expect_read(H1_READ_AGAIN, true);
    assert_null(conn->in.data);
    arrive(STR("defGET /"));
    expect_read(H1_READ_DONE, true);
    expect_piped("abcdef");
    assert_int_equal(body.state, PIPE_ENDED);
    expect_left("GET /");
    expect_read(H1_READ_DONE, false);
    expect_left("GET /");
}

static void test_read_until_end(void **state) {
    (void) state;
    begin_reading(FRAMING_UNTIL_END, 0);
    arrive(STR("abc"));
    expect_read(H1_READ_AGAIN, true);
    arrive(STR("def"));
    recv_end = CONN_END;
    expect_read(H1_READ_DONE, true);
    expect_piped("abcdef");
    assert_int_equal(body.state, PIPE_ENDED);
}

static void test_read_chunked(void **state) {
    (void) state;
    begin_reading(FRAMING_CHUNKED, 0);
    arrive(STR("3\r\nabc\r"));
    expect_read(H1_READ_AGAIN, true);
    arrive(STR("\n2;x\r"));
    expect_read(H1_READ_AGAIN, false);
    arrive(STR("\nde\r\n1\r\nf\r\n0\r\nX: y\r\n\r\nrest"));
    expect_read(H1_READ_DONE, true);
    expect_piped("abcdef");
    expect_left("rest");
}

static void test_read_nothing(void **state) {
    (void) state;
    begin_reading(FRAMING_NONE, 0);
    arrive(STR("rest"));
    expect_read(H1_READ_DONE, false);
    assert_int_equal(body.state, PIPE_ENDED);
    assert_int_equal(incoming_at, 0);
}

static void test_read_cut_bodies(void **state) {
    static const enum conn_result ends[] = { CONN_END, CONN_FAILED };
    static const enum h1_read results[] = { H1_READ_CUT, H1_READ_FAILED };
    unsigned i;

    for (i = 0; i < 2; i++) {
        begin_reading(FRAMING_LENGTH, 6);
        arrive(STR("abc"));
        recv_end = ends[i];
        expect_read(results[i], true);
        expect_piped("abc");
        assert_int_equal(body.state, PIPE_OPEN);
        finish(state);
        begin(state);
        begin_reading(FRAMING_CHUNKED, 0);
        arrive(STR("3\r\nabc\r\n0\r\n\r"));
        recv_end = ends[i];
        expect_read(results[i], true);
        assert_int_equal(body.state, PIPE_OPEN);
        finish(state);
        begin(state);
    }
    begin_reading(FRAMING_UNTIL_END, 0);
    arrive(STR("abc"));
    recv_end = CONN_FAILED;
    expect_read(H1_READ_FAILED, true);
    assert_int_equal(body.state, PIPE_OPEN);
}

static void test_read_bad_chunks(void **state) {
    (void) state;
    begin_reading(FRAMING_CHUNKED, 0);
    arrive(STR("3\r\nabc\r\nx\r\n"));
    expect_read(H1_READ_BAD, true);
    expect_piped("abc");
    assert_int_equal(body.state, PIPE_OPEN);
}

/* A full pipe stops the reading, and no more is taken from the socket than the pipe would hold. */
static void test_read_into_a_full_pipe(void **state) {
    static char much[250000];

    (void) state;
    memset(much, 'x', sizeof(much));
    begin_reading(FRAMING_LENGTH, sizeof(much));
    arrive(str_make(much, sizeof(much)));
    expect_read(H1_READ_FULL, true);
    assert_int_equal(body.len, body.high);
    assert_true(incoming_at <= body.high + CONN_READ_MIN);
    expect_read(H1_READ_FULL, false);
    pipe_consume(&body, pipe_peek(&body).len);
    expect_read(H1_READ_FULL, true);
    assert_int_equal(body.len, body.high);
}

static void test_read_exactly_a_pipe_full(void **state) {
    (void) state;
    pipe_fini(&body);
    pipe_init(&body, 4, 1);
    begin_reading(FRAMING_LENGTH, 8);
    arrive(STR("abcd"));
    expect_read(H1_READ_FULL, true);
    arrive(STR("efgh"));
    expect_read(H1_READ_FULL, false);
    assert_int_equal(incoming_at, 4);
    expect_piped("abcd");
    expect_read(H1_READ_DONE, true);
}

static void test_read_chunks_into_a_full_pipe(void **state) {
    (void) state;
    pipe_fini(&body);
    pipe_init(&body, 4, 1);
    begin_reading(FRAMING_CHUNKED, 0);
    arrive(STR("6\r\nabcdef\r\n2\r\nhi\r\n0\r\n\r\n"));
    expect_read(H1_READ_FULL, true);
    expect_piped("abcd");
    expect_read(H1_READ_FULL, true);
    expect_piped("efhi");
    expect_read(H1_READ_DONE, false);
}

/* Whole buffers are handed over without a copy. */
static void test_read_moves_buffers(void **state) {
    static char much[CONN_READ_MIN];
    const char *memory;

    (void) state;
    begin_reading(FRAMING_UNTIL_END, 0);
    buf_append(&conn->in, str_make(much, sizeof(much)), BUF_SIZE_MAX);
    memory = conn->in.data;
    expect_read(H1_READ_AGAIN, true);
    assert_ptr_equal(pipe_peek(&body).data, memory);
    assert_null(conn->in.data);
}

/* A stream that never pauses does not keep others waiting. */
static void test_read_has_an_end_each_turn(void **state) {
    (void) state;
    pipe_fini(&body);
    pipe_init(&body, 100 << 20, 1);
    begin_reading(FRAMING_UNTIL_END, 0);
    is_endless = conn->is_readable = true;
    expect_read(H1_READ_FULL, true);
    assert_in_range(body.len, CONN_TURN_BYTES, CONN_TURN_BYTES + CONN_READ_MAX);
    expect_read(H1_READ_FULL, true);
    assert_in_range(body.len, 2 * CONN_TURN_BYTES, 2 * (CONN_TURN_BYTES + CONN_READ_MAX));
}

/* ---- writing ---- */

static void expect_written(enum h1_write expected, bool has_room) {
    bool had_room = !has_room;

    assert_int_equal(h1_write_body(&writer, conn, writer.has_body ? &body : NULL, &had_room),
                     expected);
    assert_int_equal(had_room, has_room);
    assert_int_equal(writer.is_done, expected == H1_WRITE_DONE);
}

/* Takes what was sent, which must be text. */
static void expect_sent(const char *text) {
    outgoing[outgoing_len] = '\0';
    assert_string_equal(outgoing, text);
    outgoing_len = 0;
}

static void put(const char *text) {
    assert_int_equal(pipe_write(&body, str_from(text)), strlen(text));
}

static void begin_writing(bool has_body, bool is_chunked) {
    h1_writer_fini(&writer);
    memset(&writer, 0, sizeof(writer));
    writer.has_body = has_body;
    writer.is_chunked = is_chunked;
    buf_append(&writer.head, STR("head"), BUF_SIZE_MAX);
}

static void test_write_head_alone(void **state) {
    (void) state;
    begin_writing(false, false);
    expect_written(H1_WRITE_DONE, false);
    expect_sent("head");
    assert_int_equal(sends, 1);
    assert_null(writer.head.data);
}

static void test_write_head_and_body_together(void **state) {
    (void) state;
    begin_writing(true, false);
    put("abc");
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, true);
    expect_sent("headabc");
    assert_int_equal(sends, 1);
}

static void test_write_as_it_comes(void **state) {
    (void) state;
    begin_writing(true, false);
    expect_written(H1_WRITE_EMPTY, false);
    expect_sent("head");
    put("abc");
    expect_written(H1_WRITE_EMPTY, true);
    put("def");
    expect_written(H1_WRITE_EMPTY, true);
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, false);
    expect_sent("abcdef");
}

static void test_write_chunks_together(void **state) {
    (void) state;
    begin_writing(true, true);
    put("0123456789");
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, true);
    expect_sent("heada\r\n0123456789\r\n0\r\n\r\n");
    assert_int_equal(sends, 1);
}

static void test_write_chunks_as_they_come(void **state) {
    (void) state;
    begin_writing(true, true);
    expect_written(H1_WRITE_EMPTY, false);
    expect_sent("head");
    put("abc");
    expect_written(H1_WRITE_EMPTY, true);
    expect_sent("3\r\nabc\r\n");
    put("d");
    expect_written(H1_WRITE_EMPTY, true);
    expect_sent("1\r\nd\r\n");
    assert_int_equal(sends, 3);
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, false);
    expect_sent("0\r\n\r\n");
    expect_written(H1_WRITE_DONE, false);
    expect_sent("");
}

static void test_write_empty_chunked_body(void **state) {
    (void) state;
    begin_writing(true, true);
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, false);
    expect_sent("head0\r\n\r\n");
}

/* The socket takes so many bytes and then no more, for every such number; more comes into the pipe
 * meanwhile. */
static void test_write_stopped_anywhere(void **state) {
    static const char *const expected[] = { "headabcdefghi",
                                            "head6\r\nabcdef\r\n3\r\nghi\r\n0\r\n\r\n" };
    unsigned is_chunked;
    size_t stop;

    for (is_chunked = 0; is_chunked < 2; is_chunked++) {
        for (stop = 1; stop < strlen("head6\r\nabcdef\r\n"); stop++) {
            if (!is_chunked && stop > strlen("headabcdef")) {
                break;
            }
            begin_writing(true, is_chunked);
            put("abcdef");
            send_stop = stop;
            expect_written(stop == strlen("headabcdef") && !is_chunked ? H1_WRITE_EMPTY
                                                                       : H1_WRITE_BLOCKED,
                           stop > strlen(is_chunked ? "head6\r\n" : "head"));
            put("ghi");
            pipe_end(&body);
            send_stop = sizeof(outgoing);
            conn->is_writable = true;
            expect_written(H1_WRITE_DONE, true);
            expect_sent(expected[is_chunked]);
            finish(state);
            begin(state);
        }
    }
}

static void test_write_in_small_sends(void **state) {
    size_t step;

    for (step = 1; step < 30; step++) {
        begin_writing(true, true);
        put("0123456789");
        pipe_end(&body);
        send_max = step;
        expect_written(H1_WRITE_DONE, true);
        expect_sent("heada\r\n0123456789\r\n0\r\n\r\n");
        finish(state);
        begin(state);
    }
}

/* A pipe of many pieces, more than fit a system call. */
static void test_write_many_pieces(void **state) {
    struct h1_chunked chunked = { .state = 0 };
    size_t at = strlen("head"), total = 0, i;
    enum h1_result result = H1_MORE;

    (void) state;
    begin_writing(true, true);
    for (i = 0; i < 40; i++) {
        struct buf piece = { .data = NULL };
        char text[1024];

        memset(text, 'a' + (int) i % 26, sizeof(text));
        buf_append(&piece, str_make(text, sizeof(text)), BUF_SIZE_MAX);
        pipe_write_buf(&body, &piece);
    }
    pipe_end(&body);
    send_max = 5000;
    expect_written(H1_WRITE_DONE, true);
    while (result == H1_MORE) {
        struct str data;
        size_t consumed;

        result = h1_parse_chunked(&chunked, str_make(outgoing + at, outgoing_len - at), &consumed,
                                  &data);
        for (i = 0; i < data.len; i++, total++) {
            assert_int_equal(data.data[i], 'a' + (int) (total / 1024) % 26);
        }
        at += consumed;
    }
    assert_int_equal(result, H1_OK);
    assert_int_equal(at, outgoing_len);
    assert_int_equal(total, 40 * 1024);
}

/* What is aborted gets no end: whoever reads it must see that it was cut. */
static void test_write_aborted(void **state) {
    (void) state;
    begin_writing(true, true);
    put("abc");
    pipe_abort(&body);
    expect_written(H1_WRITE_ABORTED, true);
    expect_sent("head3\r\nabc\r\n");
    begin_writing(true, false);
    expect_written(H1_WRITE_ABORTED, false);
}

static void test_write_fails(void **state) {
    (void) state;
    begin_writing(false, false);
    send_stop = 0;
    expect_written(H1_WRITE_FAILED, false);
}

static void begin_writing_length(uint64_t length) {
    begin_writing(true, false);
    writer.has_length = true;
    writer.left = length;
}

static void test_write_of_announced_length(void **state) {
    (void) state;
    begin_writing_length(6);
    put("abc");
    expect_written(H1_WRITE_EMPTY, true);
    put("def");
    expect_written(H1_WRITE_EMPTY, true);
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, false);
    expect_sent("headabcdef");
}

static void test_write_of_too_little(void **state) {
    (void) state;
    begin_writing_length(6);
    put("abc");
    pipe_end(&body);
    expect_written(H1_WRITE_ABORTED, true);
    expect_sent("headabc");
}

static void test_write_of_too_much(void **state) {
    (void) state;
    begin_writing_length(6);
    put("abc");
    expect_written(H1_WRITE_EMPTY, true);
    put("defghi");
    pipe_end(&body);
    expect_written(H1_WRITE_ABORTED, true);
    expect_sent("headabcdef");
}

/* ---- files ---- */

/* A file that nobody else sees. */
static int make_file(const char *text) {
    FILE *file = tmpfile();
    int fd;

    assert_non_null(file);
    fputs(text, file);
    fflush(file);
    fd = dup(fileno(file));
    fclose(file);
    return fd;
}

static void put_file(int fd, int64_t offset, uint64_t len) {
    pipe_write_file(&body, &(struct pipe_file){ fd, offset, len, NULL });
}

static void test_write_files_between_bytes(void **state) {
    static const char *const expected[] = {
        "head<23456789>012", "head1\r\n<\r\n8\r\n23456789\r\n1\r\n>\r\n3\r\n012\r\n0\r\n\r\n"
    };
    int fd = make_file("0123456789");
    unsigned variant;
    size_t step;

    for (variant = 0; variant < 4; variant++) {
        for (step = 1; step < 20; step++) {
            begin_writing(true, variant % 2 == 1);
            writer.reads_files = variant >= 2;
            put("<");
            put_file(fd, 2, 8);
            put(">");
            put_file(fd, 0, 3);
            pipe_end(&body);
            send_max = step;
            expect_written(H1_WRITE_DONE, true);
            expect_sent(expected[variant % 2]);
            assert_int_equal(file_sends > 0, variant < 2);
            finish(state);
            begin(state);
        }
    }
    close(fd);
}

static void test_write_file_of_announced_length(void **state) {
    int fd = make_file("0123456789");

    (void) state;
    begin_writing(true, false);
    writer.has_length = true;
    writer.left = 10;
    put_file(fd, 0, 10);
    pipe_end(&body);
    expect_written(H1_WRITE_DONE, true);
    expect_sent("head0123456789");
    assert_int_equal(sends, 1);
    assert_int_equal(file_sends, 1);
    assert_false(conn->has_more);
    close(fd);
}

/* A file that became shorter than it was said to be is a body that is cut. */
static void test_write_file_that_was_cut(void **state) {
    int fd = make_file("0123456789");
    unsigned reads;

    for (reads = 0; reads < 2; reads++) {
        begin_writing(true, true);
        writer.reads_files = reads;
        put_file(fd, 5, 10);
        pipe_end(&body);
        expect_written(H1_WRITE_ABORTED, true);
        outgoing[outgoing_len] = '\0';
        assert_string_equal(outgoing, "heada\r\n56789");
        finish(state);
        begin(state);
    }
    close(fd);
}

static void test_write_stops_at_its_budget(void **state) {
    int fd = make_file("0123456789");

    (void) state;
    begin_writing(true, false);
    writer.budget = 4;
    put("abcdef");
    put_file(fd, 0, 10);
    pipe_end(&body);
    expect_written(H1_WRITE_TURN, true);
    expect_sent("headabcd");
    expect_written(H1_WRITE_TURN, true);
    expect_sent("ef01");
    expect_written(H1_WRITE_TURN, true);
    expect_written(H1_WRITE_DONE, true);
    expect_sent("23456789");
    begin_writing(true, true);
    pipe_fini(&body);
    pipe_init(&body, 1000, 500);
    writer.budget = 3;
    put("abcd");
    pipe_end(&body);
    expect_written(H1_WRITE_TURN, true);
    expect_sent("head4\r\nabc");
    expect_written(H1_WRITE_DONE, true);
    expect_sent("d\r\n0\r\n\r\n");
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static char one_byte_mark;

/* Rows of a table of tests: of what is read as it came, and one byte at a time. */
#define READ_TEST(name)                                                                            \
    TEST(name), { #name " (bytes)", name, begin, finish, &one_byte_mark }

int main(void) {
    const struct CMUnitTest tests[] = {
        READ_TEST(test_read_length),
        READ_TEST(test_read_until_end),
        READ_TEST(test_read_chunked),
        READ_TEST(test_read_nothing),
        READ_TEST(test_read_cut_bodies),
        READ_TEST(test_read_bad_chunks),
        READ_TEST(test_read_into_a_full_pipe),
        READ_TEST(test_read_exactly_a_pipe_full),
        READ_TEST(test_read_chunks_into_a_full_pipe),
        READ_TEST(test_read_moves_buffers),
        READ_TEST(test_read_has_an_end_each_turn),
        TEST(test_write_head_alone),
        TEST(test_write_head_and_body_together),
        TEST(test_write_as_it_comes),
        TEST(test_write_chunks_together),
        TEST(test_write_chunks_as_they_come),
        TEST(test_write_empty_chunked_body),
        TEST(test_write_stopped_anywhere),
        TEST(test_write_in_small_sends),
        TEST(test_write_many_pieces),
        TEST(test_write_aborted),
        TEST(test_write_files_between_bytes),
        TEST(test_write_file_of_announced_length),
        TEST(test_write_file_that_was_cut),
        TEST(test_write_stops_at_its_budget),
        TEST(test_write_fails),
        TEST(test_write_of_announced_length),
        TEST(test_write_of_too_little),
        TEST(test_write_of_too_much),
    };

    return cmocka_run_group_tests_name("codec/h1_body", tests, NULL, NULL);
}
