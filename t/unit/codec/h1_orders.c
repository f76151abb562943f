/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of both HTTP/1 legs in random orders of events: a client and its exchanges, a leg and its
 * server, each doing what it may do next. message/leg.h says what must hold; the exchanges of
 * downstream.h check it at each event. Here is checked that what went in comes out, and that
 * nothing waits for ever: what nobody has broken off comes to its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_parse.h"
#include "downstream.h"
#include "upstream.h"

#include <inttypes.h>

enum { SEEDS = 3000, SEEDS_BYTEWISE = 300, STEPS = 120, REQUESTS_MAX = 5, TURNS_MAX = 3000 };

static uint64_t random_state;

/* 0 ... below - 1 (xorshift64). */
static unsigned pick(unsigned below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned) (random_state >> 33) % below;
}

static bool happens(unsigned one_in) {
    return pick(one_in) == 0;
}

/* Byte i of body number n. */
static char pattern(unsigned n, size_t i) {
    return (char) ('A' + (i * 7 + i / 31 + n * 5) % 57);
}

/* A text that is written by one side, and where it has come to. */
static char stream[200000];
static size_t stream_len, stream_sent;
static bool is_disturbed; /* somebody has broken something off */
static bool is_bytewise;  /* it is sent one byte at a time */

static void add(const char *format, ...) {
    va_list args;

    va_start(args, format);
    stream_len += (size_t) vsnprintf(stream + stream_len, sizeof(stream) - stream_len, format,
                                     args);
    va_end(args);
}

static void add_pattern(unsigned n, size_t from, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        stream[stream_len++] = pattern(n, from + i);
    }
}

static void add_chunks(unsigned n, size_t len, bool is_broken) {
    size_t at, piece;

    for (at = 0; at < len; at += piece) {
        piece = 1 + pick((unsigned) (len - at));
        add("%zx%s\r\n", piece, happens(4) ? ";a=b" : "");
        add_pattern(n, at, piece);
        add("\r\n");
    }
    add(is_broken ? "x\r\n" : "0\r\n%s\r\n", happens(4) ? "T: u\r\n" : "");
}

/* How long a body may be that is not a small one. */
static unsigned body_max(unsigned max) {
    return is_bytewise ? 1000 : max;
}

/* Sends the next bytes of it. False: nobody is there any more. */
static bool stream_send(int fd, size_t max) {
    size_t left = stream_len - stream_sent, len = is_bytewise ? 1 : max;
    ssize_t n = 0;

    len = left < len ? left : len;
    if (len > 0) {
        n = send(fd, stream + stream_sent, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    stream_sent += n > 0 ? (size_t) n : 0;
    assert_true(n >= 0 || errno == EAGAIN || errno == EPIPE);
    return n >= 0 || errno == EAGAIN;
}

/* ---- what the client will send ---- */

struct wish {
    size_t body_len;
    bool closes, is_head, is_broken;
};

static struct wish wishes[REQUESTS_MAX];
static unsigned wish_count;

static void add_request(unsigned n) {
    struct wish *wish = &wishes[n];
    bool is_http_10 = happens(8), has_body = !happens(3);
    bool is_chunked = has_body && !is_http_10 && happens(2);

    *wish = (struct wish){ .closes = is_http_10 || happens(8), .is_head = happens(6) };
    wish->body_len = has_body ? 1 + pick(happens(4) ? body_max(30000) : 300) : 0;
    wish->is_broken = is_chunked && happens(12);
    add("%s /%u HTTP/1.%d\r\n", wish->is_head ? "HEAD" : has_body ? "POST" : "GET", n,
        is_http_10 ? 0 : 1);
    add(happens(30) ? (wish->is_broken = true, "Host h\r\n") : "Host: h\r\n");
    if (wish->closes && !is_http_10) {
        add("Connection: close\r\n");
    }
    if (is_chunked) {
        add("Transfer-Encoding: chunked\r\n%s\r\n", happens(6) ? "Expect: 100-continue\r\n" : "");
        add_chunks(n, wish->body_len, wish->is_broken);
    } else {
        if (has_body) {
            add("Content-Length: %zu\r\n", wish->body_len);
        }
        add("\r\n");
        add_pattern(n, 0, wish->body_len);
    }
}

static void make_stream(void) {
    unsigned n;

    stream_len = stream_sent = 0;
    wish_count = 1 + pick(REQUESTS_MAX);
    for (n = 0; n < wish_count; n++) {
        add_request(n);
    }
}

/* ---- what the exchanges do ---- */

static struct reply {
    size_t len, sent, taken; /* of the response's body; sent by now; bytes of the request's read */
    bool is_sized, is_over;
} replies[REQUESTS_MAX];

static struct reply *reply_of(const struct fake *fake) {
    assert_true(fake->number <= wish_count);
    return &replies[fake->number - 1];
}

static void begin_reply(struct fake *fake) {
    struct reply *reply = reply_of(fake);

    reply->len = happens(5) ? 0 : 1 + pick(happens(4) ? 300000 : 500);
    reply->is_sized = reply->len == 0 || happens(2);
    if (fake->request != NULL && fake->request->expects_continue) {
        wishes[fake->number - 1].closes = true; /* unless it was told to go on */
    }
    fake_send_head(fake, fake->has_bad ? 400 : 200, reply->is_sized ? reply->len : SIZE_MAX);
    reply->is_over = reply->len == 0 || fake->response.framing == FRAMING_NONE;
}

static void go_on_reply(struct fake *fake, size_t max) {
    struct reply *reply = reply_of(fake);
    char text[4096];
    size_t len = pipe_room(&fake->response_body), i;

    len = len < reply->len - reply->sent ? len : reply->len - reply->sent;
    len = len < max ? len : max;
    for (i = 0; i < len; i++) {
        text[i] = pattern(fake->number + 7, reply->sent + i);
    }
    reply->sent += len;
    reply->is_over = reply->sent == reply->len;
    fake_send(fake, str_make(text, len), reply->is_over);
}

static void read_request(struct fake *fake, size_t max) {
    struct reply *reply = reply_of(fake);
    struct str piece = str_first(pipe_peek(&fake->request_body), max);
    size_t i;

    for (i = 0; i < piece.len; i++) {
        if (piece.data[i] != pattern(fake->number - 1, reply->taken + i)) {
            fail_msg("byte %zu of body %u is wrong", reply->taken + i, fake->number);
        }
    }
    reply->taken += piece.len;
    if (piece.len > 0) {
        fake_take(fake, piece.len);
    }
    if (fake->is_request_told && fake->request_body.len == 0 && !fake->has_bad) {
        assert_int_equal(reply->taken, wishes[fake->number - 1].body_len);
    }
}

static void step_exchange(struct fake *fake) {
    unsigned what = pick(16);

    if (fake->request == NULL && !fake->has_bad) {
        return; /* no head yet */
    }
    if (what < 6) {
        read_request(fake, 1 + pick(9000));
    } else if (!fake->has_head_sent) {
        if (what < 10) {
            begin_reply(fake);
        } else if (what == 10) {
            fake_send_head(fake, 103, 0);
        }
    } else if (!reply_of(fake)->is_over) {
        go_on_reply(fake, 1 + pick(4096));
    }
}

/* What ends an exchange before its time. */
static void disturb(void) {
    is_disturbed = true;
    switch (pick(6)) {
    case 0:
        shutdown(down.client, SHUT_WR);
        stream_len = stream_sent;
        break;
    case 1:
        close(down.client);
        down.client = -1;
        stream_len = stream_sent;
        break;
    case 2:
        if (down.now != NULL) {
            fake_reset(down.now);
        }
        break;
    case 3:
        if (down.now != NULL && down.now->has_head_sent && !reply_of(down.now)->is_over) {
            fake_abort(down.now);
            reply_of(down.now)->is_over = true;
        }
        break;
    case 4:
        clock_fake(down_ms += 70000, 1);
        break;
    case 5:
        if (down.h1 != NULL) {
            h1_drain(down.h1, (enum h1_drain) pick(3));
        }
        break;
    }
}

static void receive_some(size_t max) {
    ssize_t n = 0;

    if (down.client < 0 || down.got_end || down.got_reset) {
        return;
    }
    n = recv(down.client, down.got + down.got_len, max, MSG_DONTWAIT);
    if (n >= 0) {
        down.got_end = n == 0;
        down.got_len += (size_t) n;
    } else if (errno != EAGAIN) {
        assert_int_equal(errno, ECONNRESET);
        down.got_reset = true;
    }
}

static void send_some(size_t max) {
    if (down.client >= 0 && !stream_send(down.client, max)) {
        stream_len = stream_sent;
    }
}

static void step(bool may_disturb) {
    switch (pick(8)) {
    case 0:
    case 1:
        send_some(1 + pick(happens(3) ? 20000 : 40));
        break;
    case 2:
        receive_some(1 + pick(50000));
        break;
    case 3:
        clock_fake(down_ms += pick(500), 1);
        break;
    default:
        if (down.now != NULL) {
            step_exchange(down.now);
        }
        break;
    }
    if (may_disturb && happens(100)) {
        disturb();
    }
    if (!happens(3)) {
        loop_turn(0);
    }
}

/* ---- what the client got ---- */

/* Checks that bytes begin with the head's body of that pattern, of body_len bytes if it is whole;
 * returns where it ends. */
static size_t check_body(struct str bytes, const struct message *head, unsigned n, size_t body_len,
                         bool is_whole) {
    struct h1_chunked chunked = { 0 };
    size_t at = 0, len = 0, used = 1, i;
    enum h1_result result = H1_MORE;
    struct str data;

    while (head->framing != FRAMING_NONE && result == H1_MORE && used > 0) {
        data = str_from_byte(bytes, at);
        if (head->framing == FRAMING_CHUNKED) {
            result = h1_parse_chunked(&chunked, data, &used, &data);
            assert_int_not_equal(result, H1_BAD);
        } else {
            data = head->framing == FRAMING_LENGTH
                ? str_first(data, head->content_length - len) : data;
            used = data.len;
        }
        for (i = 0; i < data.len; i++) {
            assert_int_equal(data.data[i], pattern(n, len + i));
        }
        at += used;
        len += data.len;
    }
    if (is_whole && head->framing != FRAMING_NONE) {
        assert_int_equal(len, body_len);
        assert_true(result == H1_OK || head->framing != FRAMING_CHUNKED);
    }
    return at;
}

/* The answers, in order; those of exchanges that were served are whole. */
static void check_got(void) {
    struct h1_parse_options options = { .max_fields = 20 };
    struct arena arena;
    size_t at = 0, used;
    unsigned n;

    arena_init(&arena);
    for (n = 1; n <= down.count && down.client >= 0 && !down.got_reset; n++) {
        const struct fake *fake = down.all[n - 1];
        struct message head;
        enum h1_result result;

        do {
            struct h1_parse parse = { 0 };

            message_init(&head, &arena);
            options.is_response_to_head = fake->request != NULL
                && fake->request->method == METHOD_HEAD;
            result = h1_parse_response(&parse, str_make(down.got + at, down.got_len - at),
                                       &options, &head, &used);
            assert_int_not_equal(result, H1_BAD);
            at += used;
        } while (result == H1_OK && head.status < 200);
        if (!fake->is_gone || fake->end != LEG_DONE) {
            break;
        }
        assert_int_equal(result, H1_OK);
        at += check_body(str_make(down.got + at, down.got_len - at), &head, n + 7,
                         replies[n - 1].len, true);
        if (n == down.count) {
            assert_int_equal(at, down.got_len);
        }
    }
    arena_fini(&arena);
}

/* ---- to the end ---- */

/* How many requests there are until the connection must end. */
static unsigned wanted(void) {
    unsigned n;

    for (n = 0; n < wish_count; n++) {
        if (wishes[n].closes || wishes[n].is_broken) {
            return n + 1;
        }
    }
    return wish_count;
}

static bool is_over(void) {
    return down.h1 == NULL
        || (down.now == NULL && stream_sent == stream_len
            && (is_disturbed || down.count >= wanted()));
}

static void bring_to_end(void) {
    int turns;

    for (turns = 0; turns < TURNS_MAX + (int) stream_len && !is_over(); turns++) {
        send_some(100000);
        receive_some(100000);
        if (down.now != NULL && (down.now->request != NULL || down.now->has_bad)) {
            read_request(down.now, SIZE_MAX);
        }
        if (down.now != NULL && (down.now->request != NULL || down.now->has_bad)) {
            if (!down.now->has_head_sent) {
                begin_reply(down.now);
            } else if (!reply_of(down.now)->is_over) {
                go_on_reply(down.now, SIZE_MAX);
            }
        }
        loop_turn(0);
    }
    while (!down.got_end && !down.got_reset && down.client >= 0 && down.h1 == NULL) {
        receive_some(100000);
    }
    receive_some(sizeof(down.got) - down.got_len);
    receive_some(sizeof(down.got) - down.got_len);
}

static void play(uint64_t seed) {
    bool may_disturb = seed % 2 == 1;
    unsigned i;

    random_state = seed * 0x9e3779b97f4a7c15u + 1;
    is_disturbed = false;
    memset(replies, 0, sizeof(replies));
    make_stream();
    for (i = 0; i < STEPS; i++) {
        step(may_disturb);
    }
    bring_to_end();
    if (!is_disturbed) {
        if (down.count < wanted() && down.h1 != NULL) {
            fail_msg("seed %" PRIu64 " stands still: %u of %u requests", seed, down.count,
                     wanted());
        }
        for (i = 0; i < down.count; i++) {
            assert_true(down.all[i]->is_gone && down.all[i]->end == LEG_DONE);
        }
    }
    check_got();
}

static void test_downstream(void **state) {
    uint64_t seed;

    (void) state;
    is_bytewise = down_way.is_bytewise;
    for (seed = 1; seed <= (is_bytewise ? SEEDS_BYTEWISE : SEEDS); seed++) {
        down_close();
        down_open(&down_options);
        play(seed);
        down_news();
    }
}

/* ---- a leg and its server ---- */

static struct {
    size_t request_len, request_given, response_len, response_taken;
    bool has_request_body, is_chunked, is_until_end;
} trade;

static void make_trade(void) {
    bool has_body = !happens(4);

    stream_len = stream_sent = 0;
    is_disturbed = false;
    trade.has_request_body = happens(2);
    trade.is_chunked = happens(2);
    trade.request_len = 1 + pick(happens(4) ? 300000 : 3000);
    trade.request_given = trade.response_taken = 0;
    trade.response_len = has_body ? 1 + pick(body_max(happens(4) ? 100000 : 3000)) : 0;
    trade.is_until_end = has_body && happens(4);
    while (happens(4)) {
        add("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n");
    }
    add("HTTP/1.1 200 OK\r\n");
    if (has_body && !trade.is_until_end && happens(2)) {
        add("Transfer-Encoding: chunked\r\n\r\n");
        add_chunks(2, trade.response_len, false);
        return;
    }
    if (!trade.is_until_end) {
        add("Content-Length: %zu\r\n", trade.response_len);
    }
    add("\r\n");
    add_pattern(2, 0, trade.response_len);
}

static void begin_trade(void) {
    if (!trade.has_request_body) {
        up.leg->ops->send_head(up.leg, &up.request, true);
        return;
    }
    up.request.method = METHOD_POST;
    up.request.method_name = STR("POST");
    up.request.framing = trade.is_chunked ? FRAMING_CHUNKED : FRAMING_LENGTH;
    up.request.content_length = trade.request_len;
    up.leg->ops->send_head(up.leg, &up.request, false);
}

static bool is_request_given(void) {
    return !trade.has_request_body || trade.request_given == trade.request_len;
}

static void give_request(size_t max) {
    size_t len = pipe_room(&up.request_body), i;
    char text[4096];

    if (is_request_given() || up.leg == NULL) {
        return;
    }
    len = len < max ? len : max;
    len = len < trade.request_len - trade.request_given ? len
                                                        : trade.request_len - trade.request_given;
    for (i = 0; i < len; i++) {
        text[i] = pattern(1, trade.request_given + i);
    }
    trade.request_given += len;
    up_post_more(str_make(text, len), is_request_given());
}

static void take_response(size_t max) {
    struct str piece = str_first(pipe_peek(&up.response_body), max);
    size_t i;

    for (i = 0; i < piece.len; i++) {
        assert_int_equal(piece.data[i], pattern(2, trade.response_taken + i));
    }
    trade.response_taken += piece.len;
    pipe_consume(&up.response_body, piece.len);
    if (piece.len > 0 && up.leg != NULL) {
        up.leg->ops->recv_more(up.leg);
    }
}

static void server_receive(size_t max) {
    ssize_t n = 0;

    if (up.server < 0 || up.got_end) {
        return;
    }
    n = recv(up.server, up.got + up.got_len, max, MSG_DONTWAIT);
    up.got_end = n == 0 || (n < 0 && errno != EAGAIN);
    up.got_len += n > 0 ? (size_t) n : 0;
}

/* A server that has sent all of a body whose end is that of the connection closes it. */
static void server_send(size_t max) {
    if (up.server < 0 || !stream_send(up.server, max)) {
        return;
    }
    if (trade.is_until_end && stream_sent == stream_len) {
        shutdown(up.server, SHUT_WR);
    }
}

static void disturb_trade(void) {
    is_disturbed = true;
    switch (pick(4)) {
    case 0:
        if (up.server >= 0) {
            close(up.server);
            up.server = -1;
        }
        break;
    case 1:
        if (up.leg != NULL) {
            struct leg *leg = up.leg;

            up.leg = NULL;
            leg->ops->reset(leg);
        }
        break;
    case 2:
        if (up.leg != NULL && !is_request_given()) {
            pipe_abort(&up.request_body);
            trade.request_given = trade.request_len;
            up.leg->ops->send_body(up.leg);
        }
        break;
    case 3:
        clock_fake(up_ms += 70000, 1);
        break;
    }
}

static void step_trade(bool may_disturb) {
    switch (pick(6)) {
    case 0:
        give_request(1 + pick(4096));
        break;
    case 1:
        take_response(1 + pick(9000));
        break;
    case 2:
        server_receive(1 + pick(50000));
        break;
    case 3:
    case 4:
        server_send(1 + pick(happens(3) ? 20000 : 40));
        break;
    case 5:
        clock_fake(up_ms += pick(500), 1);
        break;
    }
    if (may_disturb && happens(60)) {
        disturb_trade();
    }
    if (!happens(3)) {
        loop_turn(0);
    }
}

/* The request is whole if the response did not come before its end. */
static void check_request(void) {
    struct h1_parse_options options = { .max_fields = 20 };
    struct h1_parse parse = { 0 };
    struct message head;
    size_t used;

    message_init(&head, &up.arena);
    assert_int_equal(h1_parse_request(&parse, str_make(up.got, up.got_len), &options, &head, &used),
                     H1_OK);
    check_body(str_make(up.got + used, up.got_len - used), &head, 1, trade.request_len,
               up.is_reusable);
}

static void play_trade(uint64_t seed) {
    int i, turns;

    random_state = seed * 0x9e3779b97f4a7c15u + 1;
    make_trade();
    begin_trade();
    for (i = 0; i < STEPS; i++) {
        step_trade(seed % 2 == 1);
    }
    turns = TURNS_MAX + (int) stream_len;
    for (i = 0; i < turns && (up.leg != NULL || up.response_body.len > 0); i++) {
        give_request(SIZE_MAX);
        take_response(SIZE_MAX);
        server_receive(100000);
        server_send(100000);
        loop_turn(0);
    }
    server_receive(100000);
    if (is_disturbed) {
        return;
    }
    if (up.leg != NULL) {
        fail_msg("seed %" PRIu64 " stands still", seed);
    }
    assert_int_equal(up.end, LEG_DONE);
    assert_int_equal(trade.response_taken, trade.response_len);
    check_request();
}

static void test_upstream(void **state) {
    uint64_t seed;

    (void) state;
    is_bytewise = up_way.is_bytewise;
    for (seed = 1; seed <= (is_bytewise ? SEEDS_BYTEWISE : SEEDS); seed++) {
        up_again(&up_options);
        play_trade(seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        down_test(test_downstream),
        up_test(test_upstream),
    };

    return cmocka_run_group_tests_name("codec/h1_orders", tests, NULL, NULL);
}
