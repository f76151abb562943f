/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream - a leg to a server, and a server that does what the test says.
 *
 * As downstream.h: the events check what message/leg.h promises, and are logged. Whoever has a leg
 * that is done takes the connection back at once.
 */
#ifndef WEIR_UNIT_CODEC_UPSTREAM_H
#define WEIR_UNIT_CODEC_UPSTREAM_H

#include "base/clock.h"
#include "codec/h1.h"

#include "../net/pair.h"
#include "edges.h"
#include "pieces.h"

#include <stdio.h>

static const struct h1_upstream_options up_options = {
    .header_buffer_size = 4096,
    .max_fields = 100,
    .send_timeout_ms = 40000,
    .read_timeout_ms = 50000,
    .keeps_connection = true,
};

static struct up {
    struct arena arena;
    struct conn *conn;
    struct leg *leg;               /* NULL once it is gone */
    struct message request;
    const struct message *response; /* the final one */
    struct pipe request_body, response_body;
    int server;                    /* -1: closed by the test */
    char log[20000];
    size_t log_len;
    char got[1 << 20];             /* by the server */
    size_t got_len;
    bool got_end, is_reusable, is_response_told;
    enum leg_end end;
    uint64_t received;             /* as told in on_gone */
    const struct message *trailers;
    int left;                      /* bytes that came behind a 101 */
} up;

static int64_t up_ms;
static struct way up_way;
static struct pieces up_pieces; /* what the server has still to send */

static void up_log(const char *format, ...) {
    size_t room = sizeof(up.log) - up.log_len;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(up.log + up.log_len, room, format, args);
    va_end(args);
    up.log_len += (size_t) len < room ? (size_t) len : 0;
}

static inline const char *up_news(void) {
    static char text[sizeof(up.log)];

    memcpy(text, up.log, up.log_len + 1);
    pieces_join(&up_pieces, text);
    up.log_len = 0;
    up.log[0] = '\0';
    return text;
}

#define up_expect(what) assert_string_equal(up_news(), (what))

static void up_on_head(struct leg *leg, struct message *head, bool is_whole) {
    assert_ptr_equal(leg, up.leg);
    assert_null(up.response);
    assert_false(head->is_request);
    up.response = head->status >= 200 || head->status == 101 ? head : NULL;
    up_log(" head(%u%s)", head->status, is_whole ? "" : " ...");
}

static void up_on_body(struct leg *leg) {
    assert_ptr_equal(leg, up.leg);
    assert_non_null(up.response);
    assert_false(up.is_response_told);
    up.is_response_told = up.response_body.state == PIPE_ENDED;
    up_log(" body(%zu%s)", up.response_body.len, up.is_response_told ? " end" : "");
}

static void up_on_room(struct leg *leg) {
    assert_ptr_equal(leg, up.leg);
    assert_true(pipe_wants_more(&up.request_body));
    up_log(" room");
}

static void up_on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    static const char *const ends[] = {
        [LEG_DONE] = "done",           [LEG_CLOSED] = "closed", [LEG_RESET] = "reset",
        [LEG_TIMED_OUT] = "timed out", [LEG_BAD] = "bad",       [LEG_CANCELLED] = "cancelled",
        [LEG_SWITCHED] = "switched",
    };

    assert_ptr_equal(leg, up.leg); /* or it has gone before */
    assert_int_equal(status, 0);
    assert_true(end != LEG_DONE || up.is_response_told || up.response->framing == FRAMING_NONE);
    assert_true((end == LEG_BAD) == (leg->error != NULL));
    up.leg = NULL;
    up.end = end;
    up.received = h1_upstream_received(leg);
    up.trailers = leg->trailers;
    if (end == LEG_SWITCHED) {
        up.left = (int) buf_len(&up.conn->in);
    }
    if (end == LEG_DONE || end == LEG_SWITCHED) {
        assert_ptr_equal(h1_upstream_release(leg, &up.is_reusable), up.conn);
        assert_null(up.conn->on_ready);
        conn_close(up.conn);
    }
    up_log(" gone(%s%s)", ends[end], up.is_reusable ? " reusable" : "");
}

static const struct leg_events up_events = {
    .on_head = up_on_head,
    .on_body = up_on_body,
    .on_room = up_on_room,
    .on_gone = up_on_gone,
};

static void up_run_only(void) {
    int i;

    for (i = 0; i < 8; i++) {
        loop_turn(0);
    }
}

static void up_serve(void) {
    while (up.server >= 0 && !up.got_end) {
        ssize_t n = recv(up.server, up.got + up.got_len, sizeof(up.got) - up.got_len - 1, 0);

        if (n < 0 && errno == EAGAIN) {
            break;
        }
        up.got_end = n <= 0; /* with unread bytes it is an error */
        up.got_len += n > 0 ? (size_t) n : 0;
    }
    up.got[up.got_len] = '\0';
}

static void up_run(void) {
    int i;

    pieces_go_on(&up_pieces, up.server, up_serve);
    for (i = 0; i < 3; i++) {
        up_run_only();
        up_serve();
    }
}

static inline const char *up_got(void) {
    up.got_len = 0;
    return up.got;
}

static inline void up_advance(int64_t ms) {
    up_ms += ms;
    clock_fake(up_ms, up_ms);
    up_run();
}

/* The server sends; all at once in any case, and without a turn of the loop. */
static inline void up_reply_only(const char *text) {
    assert_int_equal(buf_len(&up_pieces.waiting), 0);
    assert_int_equal(send(up.server, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void up_reply_str(struct str bytes) {
    pieces_send(&up_pieces, up.server, bytes);
    up_run();
}

static inline void up_reply(const char *text) {
    up_reply_str(str_from(text));
}

static inline void up_server_close(void) {
    close(up.server);
    up.server = -1;
    pieces_forget(&up_pieces);
    up_run();
}

static void up_open(const struct h1_upstream_options *with) {
    struct addr remote;
    int fds[2];

    memset(&up, 0, offsetof(struct up, got));
    up.got_len = 0;
    up.got_end = up.is_reusable = up.is_response_told = false;
    up.trailers = NULL;
    pair_unix(fds, &remote);
    up.server = fds[0];
    up.conn = conn_open(fds[1], &remote);
    up.conn->is_exact = up_way.is_exact;
    edges_watch(up.conn);
    arena_init(&up.arena);
    pipe_init(&up.request_body, 4096, 1024);
    pipe_init(&up.response_body, 4096, 1024);
    message_init(&up.request, &up.arena);
    up.request.is_request = up.request.keeps_connection = true;
    up.request.method = METHOD_GET;
    up.request.method_name = STR("GET");
    up.request.target = STR("/t");
    message_add(&up.request, STR("Host"), STR("h"));
    up.leg = h1_upstream_open(up.conn, with, &up.arena);
    up.leg->events = &up_events;
    up.leg->send = &up.request_body;
    up.leg->receive = &up.response_body;
}

static void up_close(void) {
    if (up.leg != NULL) {
        up.leg->ops->reset(up.leg);
    }
    if (up.server >= 0) {
        close(up.server);
    }
    pieces_forget(&up_pieces);
    up_run_only();
    pipe_fini(&up.request_body);
    pipe_fini(&up.response_body);
    arena_fini(&up.arena);
}

static inline void up_again(const struct h1_upstream_options *with) {
    up_close();
    up_open(with);
}

static int up_setup(void **state) {
    up_way = *(const struct way *) *state;
    up_pieces.is_bytewise = up_way.is_bytewise;
    up_ms = 1000;
    clock_fake(up_ms, up_ms);
    loop_init();
    up_open(&up_options);
    return 0;
}

static int up_teardown(void **state) {
    (void) state;
    up_close();
    assert_int_equal(conn_count(), 0);
    loop_fini();
    return 0;
}

static inline void up_ask(void) {
    up.leg->ops->send_head(up.leg, &up.request, true);
    up_run();
}

static inline void up_ask_method(enum method method, const char *name) {
    up.request.method = method;
    up.request.method_name = str_from(name);
    up_ask();
}

/* length SIZE_MAX: in chunks. */
static inline void up_post(size_t length) {
    up.request.method = METHOD_POST;
    up.request.method_name = STR("POST");
    up.request.framing = length == SIZE_MAX ? FRAMING_CHUNKED : FRAMING_LENGTH;
    up.request.content_length = length == SIZE_MAX ? 0 : length;
    up.leg->ops->send_head(up.leg, &up.request, false);
    up_run();
}

static inline void up_post_more(struct str bytes, bool is_end) {
    assert_int_equal(pipe_write(&up.request_body, bytes), bytes.len);
    if (is_end) {
        pipe_end(&up.request_body);
    }
    up.leg->ops->send_body(up.leg);
}

static inline void up_take(size_t len) {
    pipe_consume(&up.response_body, len);
    up.leg->ops->recv_more(up.leg);
    up_run();
}

/* Rows of a table of tests; the latter are those of a test about bytes that come together. */
#define up_test(name) way_all(name, up_setup, up_teardown)
#define up_test_together(name) way_together(name, up_setup, up_teardown)

#endif
