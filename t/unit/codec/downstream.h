/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * downstream - a client, a connection with HTTP/1 on it, and exchanges that are none.
 *
 * The exchanges check what message/leg.h promises: which event may follow which, that on_gone comes
 * once and nothing after it, that a pipe's end is told once. They keep a log of all that they hear,
 * and do nothing by themselves: a test reads, answers and resets by hand, or sets `answers`.
 *
 * The sockets are UNIX ones, which deliver at once. pieces.h has the ways in which each test runs.
 */
#ifndef WEIR_UNIT_CODEC_DOWNSTREAM_H
#define WEIR_UNIT_CODEC_DOWNSTREAM_H

#include "base/clock.h"
#include "base/heap.h"
#include "codec/h1.h"

#include "../net/pair.h"
#include "edges.h"
#include "pieces.h"

#include <stdio.h>

/* ---- exchanges ---- */

struct fake {
    struct arena arena;
    struct leg *leg;               /* NULL once it is gone */
    const struct message *request; /* NULL until on_head */
    struct message response;
    struct pipe request_body, response_body;
    unsigned number;               /* from 1 on, over all connections of a test */
    bool has_bad, is_request_told; /* on_bad came; the end of the request was told */
    bool has_head_sent, is_gone;
    bool is_switched;              /* its connection speaks something else */
    const char *trailers;          /* what to say when asked for them, "Name: value"; NULL: none */
    enum leg_end end;
    unsigned bad_status, gone_status;
};

static struct down {
    struct h1 *h1;                 /* NULL once it is closed */
    struct conn *conn;
    int client;                    /* -1: closed by the test */
    struct fake *now;              /* the exchange under way */
    struct fake *all[2000];
    unsigned count;
    bool is_idle, wants_no_body;   /* whoever asks shall wait before it sends its body */
    char log[20000];               /* what came, " head" " body" ... */
    size_t log_len;
    char got[4 << 20];             /* by the client */
    size_t got_len;
    bool got_end, got_reset;
    void (*answers)(struct fake *fake); /* called on_head and on_bad */
} down;

static const struct h1_options down_options = {
    .header_buffer_size = 1024,
    .large_buffer_size = 8192,
    .large_buffer_count = 4,
    .max_fields = 100,
    .header_timeout_ms = 60000,
    .body_timeout_ms = 50000,
    .send_timeout_ms = 40000,
    .keepalive_timeout_ms = 75000,
    .keepalive_requests = 1000,
    .keepalive_time_ms = 3600000,
    .lingering = H1_LINGERS_IF_DUE,
    .linger_total_ms = 30000,
    .linger_pause_ms = 5000,
    .ignores_bad_fields = true,
};

static int64_t down_ms;
static struct way down_way;
static struct pieces down_pieces; /* what the client has still to send */

static inline void down_log(const char *format, ...) {
    size_t room = sizeof(down.log) - down.log_len;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(down.log + down.log_len, room, format, args);
    va_end(args);
    if ((size_t) len < room) { /* of a long test the rest goes untold */
        down.log_len += (size_t) len;
    }
}

/* What was logged since the last call. */
static inline const char *down_news(void) {
    static char news[sizeof(down.log)];

    memcpy(news, down.log, down.log_len + 1);
    pieces_join(&down_pieces, news);
    down.log_len = 0;
    down.log[0] = '\0';
    return news;
}

#define down_expect(what) assert_string_equal(down_news(), (what))

static inline struct fake *fake_of(struct leg *leg) {
    struct fake *fake = leg->exchange;

    assert_ptr_equal(fake->leg, leg); /* or an event came after the end */
    assert_false(fake->is_gone);
    return fake;
}

static void fake_on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct fake *fake = fake_of(leg);

    assert_null(fake->request);
    assert_false(fake->has_bad);
    assert_true(head->is_request);
    assert_true(is_whole == (head->framing == FRAMING_NONE));
    fake->request = head;
    fake->is_request_told = is_whole;
    down_log(" head(%.*s%s)", STR_ARG(head->request_line), is_whole ? "" : " ...");
    if (is_whole) {
        pipe_end(&fake->request_body);
    }
    if (down.answers != NULL) {
        down.answers(fake);
    } else if (!is_whole && !down.wants_no_body) {
        leg->ops->recv_more(leg);
    }
}

static void fake_on_body(struct leg *leg) {
    struct fake *fake = fake_of(leg);

    assert_non_null(fake->request);
    assert_false(fake->is_request_told);
    assert_int_not_equal(fake->request_body.state, PIPE_ABORTED);
    fake->is_request_told = fake->request_body.state == PIPE_ENDED;
    down_log(" body(%zu%s)", fake->request_body.len, fake->is_request_told ? " end" : "");
}

static void fake_on_room(struct leg *leg) {
    struct fake *fake = fake_of(leg);

    assert_true(fake->has_head_sent);
    assert_true(pipe_wants_more(&fake->response_body));
    down_log(" room");
}

static const struct message *fake_on_trailers(struct leg *leg) {
    struct fake *fake = fake_of(leg);
    struct message *message = arena_alloc(&fake->arena, sizeof(*message));
    struct str name = str_from(fake->trailers != NULL ? fake->trailers : ": ");
    size_t colon = str_find_char(name, ':');

    assert_int_equal(fake->response_body.state, PIPE_ENDED);
    down_log(" trailers");
    if (fake->trailers == NULL) {
        return NULL;
    }
    message_init(message, &fake->arena);
    assert_true(message_add(message, str_first(name, colon), str_from_byte(name, colon + 2)));
    return message;
}

/* Events of the connection are its own from now on; it does not look at them. */
static void fake_on_switched(struct leg *leg) {
    struct fake *fake = fake_of(leg);

    assert_true(fake->has_head_sent && !fake->is_switched);
    fake->is_switched = true;
    down.conn->owner = NULL;
    down.conn->on_ready = NULL;
    down_log(" switched");
}

static void fake_on_bad(struct leg *leg, unsigned status) {
    struct fake *fake = fake_of(leg);

    assert_false(fake->has_bad);
    assert_non_null(leg->error);
    assert_true(fake->request != NULL
                    ? fake->request_body.state == PIPE_ABORTED && !fake->is_request_told
                    : leg->head != NULL);
    fake->has_bad = true;
    fake->bad_status = status;
    down_log(" bad(%u)", status);
    if (down.answers != NULL) {
        down.answers(fake);
    }
}

static const char *const fake_ends[] = {
    [LEG_DONE] = "done",           [LEG_CLOSED] = "closed", [LEG_RESET] = "reset",
    [LEG_TIMED_OUT] = "timed out", [LEG_BAD] = "bad",       [LEG_CANCELLED] = "cancelled",
};

static void fake_on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct fake *fake = fake_of(leg);

    assert_true(end != LEG_DONE || fake->has_head_sent);
    fake->is_gone = true;
    fake->leg = NULL;
    fake->end = end;
    fake->gone_status = status;
    down.now = NULL;
    down_log(" gone(%s", fake_ends[end]);
    if (status != 0) {
        down_log(" %u", status);
    }
    down_log(")");
}

static const struct leg_events fake_events = {
    .on_head = fake_on_head,
    .on_body = fake_on_body,
    .on_room = fake_on_room,
    .on_trailers = fake_on_trailers,
    .on_switched = fake_on_switched,
    .on_bad = fake_on_bad,
    .on_gone = fake_on_gone,
};

static void down_on_request(struct h1 *h1) {
    struct fake *fake = heap_zero(1, sizeof(*fake));

    assert_ptr_equal(h1, down.h1);
    assert_null(down.now); /* one at a time */
    assert_false(down.is_idle);
    assert_true(down.count < sizeof(down.all) / sizeof(down.all[0]));
    arena_init(&fake->arena);
    message_init(&fake->response, &fake->arena);
    pipe_init(&fake->request_body, 4096, 1024);
    pipe_init(&fake->response_body, 4096, 1024);
    fake->leg = h1_open_leg(h1, &fake->arena);
    fake->leg->events = &fake_events;
    fake->leg->exchange = fake;
    fake->leg->send = &fake->response_body;
    fake->leg->receive = &fake->request_body;
    down.all[down.count++] = fake;
    fake->number = down.count;
    down.now = fake;
}

static void down_on_idle(struct h1 *h1, bool is_idle) {
    assert_ptr_equal(h1, down.h1);
    assert_null(down.now);
    assert_true(is_idle != down.is_idle);
    down.is_idle = is_idle;
    down_log(is_idle ? " idle" : " busy");
}

static void down_on_close(struct h1 *h1) {
    assert_ptr_equal(h1, down.h1);
    assert_null(down.now);
    assert_int_equal(*(int *) h1_owner(h1), 7);
    down.h1 = NULL;
    down_log(" close");
}

static const struct h1_service down_service = {
    .on_request = down_on_request,
    .on_idle = down_on_idle,
    .on_close = down_on_close,
};

/* ---- what an exchange does ---- */

/* A head of the status; length SIZE_MAX: not known. */
static inline void fake_send_head(struct fake *fake, unsigned status, size_t length) {
    struct message *response = &fake->response;
    bool is_whole = length == 0
        || (fake->request != NULL && fake->request->method == METHOD_HEAD);

    message_init(response, &fake->arena);
    response->status = (uint16_t) status;
    response->version = 11;
    response->keeps_connection = !fake->has_bad;
    response->has_length = length != SIZE_MAX;
    response->content_length = length != SIZE_MAX ? length : 0;
    response->framing = is_whole ? FRAMING_NONE
        : length != SIZE_MAX     ? FRAMING_LENGTH
                                 : FRAMING_UNTIL_END;
    response->has_trailers = fake->trailers != NULL;
    response->upgrade = status == 101 ? STR("x") : STR_NONE;
    if (status >= 200 || status == 101) {
        fake->has_head_sent = true;
    }
    fake->leg->ops->send_head(fake->leg, response, is_whole);
}

static inline void fake_send(struct fake *fake, struct str bytes, bool is_end) {
    assert_int_equal(pipe_write(&fake->response_body, bytes), bytes.len);
    if (is_end) {
        pipe_end(&fake->response_body);
    }
    fake->leg->ops->send_body(fake->leg);
}

static inline void fake_answer(struct fake *fake, unsigned status, const char *text) {
    fake_send_head(fake, status, strlen(text));
    if (text[0] != '\0' && (fake->request == NULL || fake->request->method != METHOD_HEAD)) {
        fake_send(fake, str_from(text), true);
    }
}

static inline void fake_abort(struct fake *fake) {
    pipe_abort(&fake->response_body);
    fake->leg->ops->send_body(fake->leg);
}

static inline void fake_reset(struct fake *fake) {
    struct leg *leg = fake->leg;

    fake->leg = NULL;
    down.now = NULL;
    leg->ops->reset(leg);
}

/* Reads bytes of the request's body, and says so. */
static inline void fake_take(struct fake *fake, size_t len) {
    pipe_consume(&fake->request_body, len);
    fake->leg->ops->recv_more(fake->leg);
}

static inline void answer_with_number(struct fake *fake) {
    char text[32];

    snprintf(text, sizeof(text), "answer %u", fake->number);
    fake_answer(fake, fake->has_bad ? fake->bad_status : 200, text);
}

/* ---- the client ---- */

static inline void down_receive(void) {
    while (down.client >= 0 && !down.got_end && !down.got_reset) {
        ssize_t n = recv(down.client, down.got + down.got_len, sizeof(down.got) - down.got_len - 1,
                         MSG_DONTWAIT);

        if (n < 0) {
            down.got_reset = errno == ECONNRESET;
            assert_true(down.got_reset || errno == EAGAIN);
            break;
        }
        down.got_end = n == 0;
        down.got_len += (size_t) n;
    }
    down.got[down.got_len] = '\0';
}

/* Runs turns until nothing moves any more. */
static inline void down_run_only(void) {
    int i;

    for (i = 0; i < 8; i++) {
        loop_turn(0);
    }
}

static inline void down_run(void) {
    int i;

    pieces_go_on(&down_pieces, down.client, down_receive);
    for (i = 0; i < 3; i++) {
        down_run_only();
        down_receive();
    }
}

/* All at once in any case, and without a turn of the loop. */
static inline void down_send_only(struct str bytes) {
    assert_int_equal(buf_len(&down_pieces.waiting), 0);
    assert_int_equal(send(down.client, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
}

static inline void down_send_str(struct str bytes) {
    pieces_send(&down_pieces, down.client, bytes);
    down_run();
}

static inline void down_send(const char *text) {
    down_send_str(str_from(text));
}

/* What the client got since the last call. */
static inline const char *down_got(void) {
    down.got_len = 0;
    return down.got;
}

static inline void down_advance(int64_t ms) {
    down_ms += ms;
    clock_fake(down_ms, down_ms);
    down_run();
}

static inline void down_client_close(void) {
    close(down.client);
    down.client = -1;
    pieces_forget(&down_pieces);
    down_run();
}

/* Its stream ends; it goes on reading. */
static inline void down_client_end(void) {
    shutdown(down.client, SHUT_WR);
    down_run();
}

/* ---- begin and end ---- */

static inline void down_open(const struct h1_options *options) {
    struct addr remote;
    int fds[2];

    pair_unix(fds, &remote);
    down.client = fds[0];
    down.got_len = 0;
    down.got_end = down.got_reset = false;
    down.is_idle = true;
    down.conn = conn_open(fds[1], &remote);
    down.conn->is_exact = down_way.is_exact;
    edges_watch(down.conn);
    down.h1 = h1_accept(down.conn, options, &down_service, sizeof(int));
    assert_int_equal(*(int *) h1_owner(down.h1), 0);
    *(int *) h1_owner(down.h1) = 7;
    down_run();
}

/* Both ends; the exchanges must be gone by then. */
static inline void down_close(void) {
    unsigned i;

    if (down.client >= 0) {
        close(down.client);
        down.client = -1;
    }
    pieces_forget(&down_pieces);
    down_run_only();
    if (down.h1 != NULL) {
        h1_drain(down.h1, H1_DRAIN_ALL);
    }
    down_run_only();
    assert_null(down.h1);
    assert_null(down.now);
    for (i = 0; i < down.count; i++) {
        struct fake *fake = down.all[i];

        assert_null(fake->leg);
        pipe_fini(&fake->request_body);
        pipe_fini(&fake->response_body);
        arena_fini(&fake->arena);
        heap_free(fake);
    }
    down.count = 0;
}

static inline int down_setup(void **state) {
    down_way = *(const struct way *) *state;
    down_pieces.is_bytewise = down_way.is_bytewise;
    down_ms = 1000;
    clock_fake(down_ms, down_ms);
    loop_init();
    memset(&down, 0, offsetof(struct down, got));
    down.answers = NULL;
    down_open(&down_options);
    return 0;
}

static inline int down_teardown(void **state) {
    (void) state;
    down_close();
    assert_int_equal(conn_count(), 0);
    loop_fini();
    return 0;
}

/* Rows of a table of tests; the latter are those of a test about bytes that come together. */
#define down_test(name) way_all(name, down_setup, down_teardown)
#define down_test_together(name) way_together(name, down_setup, down_teardown)

#endif
