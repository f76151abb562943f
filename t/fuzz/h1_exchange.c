/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_downstream.c src/codec/h1_transfer.c src/codec/h1_upstream.c */
/* least: 85 */
/*
 * Fuzzes whole exchanges in memory: a client and a server whose bytes, ends, room and time come
 * from the input in any order, and between them both legs of HTTP/1 and what proxies from one to
 * the other. The input is a row of steps, each a byte (what, and how much) and the bytes that it
 * needs.
 *
 * Whatever happens: events come as message/leg.h promises; a client sees as many whole responses as
 * exchanges were answered, and none that its server did not send whole; a connection is reusable
 * only behind a whole request.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/panic.h"
#include "codec/h1.h"
#include "codec/h1_parse.h"

#include <sys/eventfd.h>

/* ---- connections in memory ---- */

struct side {
    struct conn *conn;   /* NULL: closed */
    struct buf in, out;  /* to be received, and what was sent */
    size_t room;         /* that may be sent now */
    bool is_ended, is_reset;
};

static struct side client, server;

static struct side *side_of(const struct conn *conn) {
    return conn == client.conn ? &client : &server;
}

static enum conn_result take(struct conn *conn, char *data, size_t room, size_t *len) {
    struct side *side = side_of(conn);
    struct str bytes = str_first(buf_bytes(&side->in), room);

    if (bytes.len == 0) {
        return side->is_reset ? CONN_FAILED : side->is_ended ? CONN_END : CONN_AGAIN;
    }
    memcpy(data, bytes.data, bytes.len);
    *len = bytes.len;
    buf_consume(&side->in, bytes.len);
    return CONN_OK;
}

static enum conn_result give(struct conn *conn, const struct iovec *iov, int count, size_t *len) {
    struct side *side = side_of(conn);
    int i;

    if (side->is_reset) {
        return CONN_FAILED;
    }
    for (i = 0; i < count && side->room > 0; i++) {
        struct str part = str_first(str_make(iov[i].iov_base, iov[i].iov_len), side->room);

        buf_append(&side->out, part, BUF_SIZE_MAX);
        side->room -= part.len;
        *len += part.len;
    }
    return *len > 0 ? CONN_OK : CONN_AGAIN;
}

static enum conn_result end_stream(struct conn *conn) {
    return side_of(conn)->is_reset ? CONN_FAILED : CONN_OK;
}

static void forget(struct conn *conn) {
    side_of(conn)->conn = NULL;
}

static const struct conn_transport in_memory = {
    .recv = take, .send = give, .shutdown = end_stream, .close = forget
};

static void side_open(struct side *side) {
    struct addr remote = { .len = sizeof(sa_family_t), .local = { .sun_family = AF_UNIX } };

    side->conn = conn_open(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), &remote);
    CHECK(side->conn != NULL);
    side->conn->transport = &in_memory;
    side->is_ended = side->is_reset = false;
    buf_consume(&side->in, buf_len(&side->in));
    buf_consume(&side->out, buf_len(&side->out));
}

static void side_tell(struct side *side) {
    struct conn *conn = side->conn;

    if (conn == NULL) {
        return;
    }
    conn->is_readable |= !buf_is_empty(&side->in) || side->is_ended || side->is_reset;
    conn->has_hup |= side->is_ended || side->is_reset;
    conn->is_writable |= side->room > 0 || side->is_reset;
    if (conn->on_ready != NULL) {
        conn->on_ready(conn);
    }
}

/* ---- what proxies ---- */

struct proxy {
    struct arena arena;
    struct leg *down, *up;       /* NULL: gone, or not there */
    const struct message *request;
    struct message to_server, answer;
    struct pipe request_body, response_body;
    struct conn *switched;
    bool has_head, was_bad, is_switched;
};

enum { EXCHANGES_MAX = 8 };

static struct proxy *all[EXCHANGES_MAX];
static unsigned count, answered;
static bool is_head[EXCHANGES_MAX]; /* its response has no body */
static struct h1 *h1;
static uint64_t rate;

static const struct h1_options h1_options = {
    .header_buffer_size = 64,
    .large_buffer_size = 256,
    .large_buffer_count = 2,
    .max_fields = 8,
    .header_timeout_ms = 1000,
    .body_timeout_ms = 1000,
    .send_timeout_ms = 1000,
    .keepalive_timeout_ms = 1000,
    .keepalive_requests = EXCHANGES_MAX - 1,
    .keepalive_time_ms = 100000,
    .keepalive_header_s = 5,
    .lingering = H1_LINGERS_IF_DUE,
    .linger_total_ms = 3000,
    .linger_pause_ms = 1000,
    .ignores_bad_fields = true,
};

static struct h1_upstream_options upstream_options = {
    .header_buffer_size = 512,
    .max_fields = 8,
    .send_timeout_ms = 1000,
    .read_timeout_ms = 1000,
    .keeps_connection = true,
};

static struct proxy *of_down(const struct leg *leg) {
    struct proxy *proxy = leg->exchange;

    CHECK(proxy->down == leg);
    return proxy;
}

static struct proxy *of_up(const struct leg *leg) {
    struct proxy *proxy = leg->exchange;

    CHECK(proxy->up == leg);
    return proxy;
}

static void drop_request(struct proxy *proxy) {
    pipe_consume(&proxy->request_body, proxy->request_body.len);
    if (proxy->down != NULL && proxy->request_body.state == PIPE_OPEN) {
        proxy->down->ops->recv_more(proxy->down);
    }
}

/* An answer of the proxy's own, or the end of the one under way. */
static void break_off(struct proxy *proxy, unsigned status) {
    if (proxy->up != NULL) {
        proxy->up->ops->reset(proxy->up);
        proxy->up = NULL;
    }
    if (proxy->down == NULL) {
        return;
    }
    if (!proxy->has_head) {
        message_init(&proxy->answer, &proxy->arena);
        proxy->answer.status = (uint16_t) status;
        proxy->answer.has_length = true;
        proxy->has_head = true;
        pipe_end(&proxy->response_body);
        proxy->down->ops->send_head(proxy->down, &proxy->answer, true);
    } else if (proxy->response_body.state == PIPE_OPEN) {
        pipe_abort(&proxy->response_body);
        proxy->down->ops->send_body(proxy->down);
    }
    drop_request(proxy);
}

/* -- events of the server's leg -- */

static void up_on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct proxy *proxy = of_up(leg);

    CHECK(!proxy->has_head && head->status >= 100);
    if (head->status < 200 && head->status != 101) {
        proxy->down->ops->send_head(proxy->down, head, true);
        return;
    }
    CHECK(head->status != 101 || (proxy->request->upgrade.len > 0 && is_whole));
    proxy->has_head = true;
    head->keeps_connection = true;
    head->has_trailers = !is_whole;
    if (is_whole) {
        pipe_end(&proxy->response_body);
    }
    proxy->down->send_rate = rate;
    proxy->down->ops->send_head(proxy->down, head, is_whole);
}

static void up_on_body(struct leg *leg) {
    struct proxy *proxy = of_up(leg);

    CHECK(proxy->has_head);
    proxy->down->ops->send_body(proxy->down);
}

static void up_on_room(struct leg *leg) {
    struct proxy *proxy = of_up(leg);

    CHECK(pipe_wants_more(&proxy->request_body));
    proxy->down->ops->recv_more(proxy->down);
}

/* A server that may be asked again has got one whole request. */
static void check_reusable(void) {
    struct h1_parse_options options = { .max_fields = 100, .allows_underscores = true };
    struct h1_parse parse = { .scanned = 0 };
    struct str bytes = buf_bytes(&server.out);
    struct message message;
    struct arena arena;
    size_t used;

    arena_init(&arena);
    message_init(&message, &arena);
    CHECK(h1_parse_request(&parse, bytes, &options, &message, &used) == H1_OK);
    bytes = str_from_byte(bytes, used);
    if (message.framing == FRAMING_CHUNKED) {
        CHECK(str_ends(bytes, STR("0\r\n\r\n")));
    } else {
        CHECK(bytes.len == message.content_length);
    }
    arena_fini(&arena);
}

static void up_on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct proxy *proxy = of_up(leg);
    bool is_reusable;

    CHECK(status == 0);
    proxy->up = NULL;
    if (end == LEG_SWITCHED) {
        proxy->switched = h1_upstream_release(leg, &is_reusable);
        CHECK(!is_reusable);
        return;
    }
    if (end != LEG_DONE) {
        break_off(proxy, 502);
        return;
    }
    CHECK(proxy->has_head && proxy->response_body.state == PIPE_ENDED);
    conn_close(h1_upstream_release(leg, &is_reusable));
    if (is_reusable) {
        check_reusable();
    }
    drop_request(proxy);
}

static const struct leg_events up_events = {
    .on_head = up_on_head, .on_body = up_on_body, .on_room = up_on_room, .on_gone = up_on_gone
};

/* -- events of the client's leg -- */

static void down_on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct proxy *proxy = of_down(leg);

    CHECK(proxy->request == NULL && !proxy->was_bad && is_whole == (head->framing == FRAMING_NONE));
    proxy->request = head;
    is_head[count - 1] = head->method == METHOD_HEAD;
    if (is_whole) {
        pipe_end(&proxy->request_body);
    }
    if (leg->has_bad_body || server.conn != NULL) {
        break_off(proxy, 400);
        return;
    }
    if (!is_whole) {
        leg->ops->recv_more(leg);
    }
    side_open(&server);
    message_copy(&proxy->to_server, head, &proxy->arena);
    proxy->to_server.keeps_connection = true;
    if (message_find(&proxy->to_server, FIELD_HOST) == NULL) {
        message_add_own(&proxy->to_server, FIELD_HOST, STR("a"));
    }
    if (!is_whole) {
        proxy->to_server.upgrade = STR_NONE;
    }
    proxy->up = h1_upstream_open(server.conn, &upstream_options, &proxy->arena);
    proxy->up->events = &up_events;
    proxy->up->exchange = proxy;
    proxy->up->send = &proxy->request_body;
    proxy->up->receive = &proxy->response_body;
    proxy->up->ops->send_head(proxy->up, &proxy->to_server, is_whole);
}

static void down_on_body(struct leg *leg) {
    struct proxy *proxy = of_down(leg);

    CHECK(proxy->request != NULL && proxy->request_body.state != PIPE_ABORTED);
    if (proxy->up != NULL) {
        proxy->up->ops->send_body(proxy->up);
    } else {
        drop_request(proxy);
    }
}

static void down_on_room(struct leg *leg) {
    struct proxy *proxy = of_down(leg);

    CHECK(proxy->has_head && pipe_wants_more(&proxy->response_body));
    if (proxy->up != NULL) {
        proxy->up->ops->recv_more(proxy->up);
    }
}

static const struct message *down_on_trailers(struct leg *leg) {
    struct proxy *proxy = of_down(leg);
    struct message *trailers = arena_alloc(&proxy->arena, sizeof(*trailers));

    CHECK(proxy->response_body.state == PIPE_ENDED);
    message_init(trailers, &proxy->arena);
    message_add(trailers, STR("X"), STR("y"));
    return trailers;
}

static void down_on_switched(struct leg *leg) {
    struct proxy *proxy = of_down(leg);

    CHECK(proxy->switched != NULL && !proxy->is_switched);
    proxy->is_switched = true;
    h1_conn(h1)->owner = NULL;
    h1_conn(h1)->on_ready = NULL;
}

static void down_on_bad(struct leg *leg, unsigned status) {
    struct proxy *proxy = of_down(leg);

    CHECK(!proxy->was_bad && leg->error != NULL && status >= 400);
    CHECK(proxy->request == NULL || proxy->request_body.state == PIPE_ABORTED);
    proxy->was_bad = true;
    break_off(proxy, status == 494 ? 400 : status);
}

static void down_on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct proxy *proxy = of_down(leg);

    (void) status;
    proxy->down = NULL;
    answered += end == LEG_DONE && !proxy->is_switched;
    if (proxy->up != NULL) {
        proxy->up->ops->reset(proxy->up);
        proxy->up = NULL;
    }
    if (proxy->switched != NULL) {
        conn_close(proxy->switched);
        proxy->switched = NULL;
    }
}

static const struct leg_events down_events = {
    .on_head = down_on_head,
    .on_body = down_on_body,
    .on_room = down_on_room,
    .on_trailers = down_on_trailers,
    .on_switched = down_on_switched,
    .on_bad = down_on_bad,
    .on_gone = down_on_gone,
};

static void on_request(struct h1 *of) {
    struct proxy *proxy = heap_zero(1, sizeof(*proxy));

    CHECK(count < EXCHANGES_MAX && (count == 0 || all[count - 1]->down == NULL));
    all[count++] = proxy;
    arena_init(&proxy->arena);
    pipe_init(&proxy->request_body, 128, 32);
    pipe_init(&proxy->response_body, 128, 32);
    proxy->down = h1_open_leg(of, &proxy->arena);
    proxy->down->events = &down_events;
    proxy->down->exchange = proxy;
    proxy->down->send = &proxy->response_body;
    proxy->down->receive = &proxy->request_body;
}

static void on_idle(struct h1 *of, bool is_idle) {
    CHECK(of == h1 && (!is_idle || count == 0 || all[count - 1]->down == NULL));
}

static void on_close(struct h1 *of) {
    CHECK(of == h1 && (count == 0 || all[count - 1]->down == NULL));
    h1 = NULL;
}

static const struct h1_service service = {
    .on_request = on_request, .on_idle = on_idle, .on_close = on_close
};

/* ---- what the client has got ---- */

/* Takes the body of a response; false: it is not whole. */
static bool take_body(const struct message *head, struct str *bytes) {
    struct h1_chunked chunked = { .state = 0 };
    enum h1_result result = H1_MORE;
    size_t used;
    struct str data;

    switch (head->framing) {
    case FRAMING_NONE:
        return true;
    case FRAMING_LENGTH:
        if (bytes->len < head->content_length) {
            return false;
        }
        *bytes = str_from_byte(*bytes, head->content_length);
        return true;
    case FRAMING_CHUNKED:
        while (bytes->len > 0 && result == H1_MORE) {
            result = h1_parse_chunked(&chunked, *bytes, &used, &data);
            CHECK(result != H1_BAD);
            *bytes = str_from_byte(*bytes, used);
        }
        return result == H1_OK;
    case FRAMING_UNTIL_END:
        break;
    }
    return false;
}

/* Counts whole responses. False: one ends with the connection, or another protocol begins. */
static bool count_responses(unsigned *whole) {
    struct str bytes = buf_bytes(&client.out);
    struct arena arena;
    bool is_certain = true;

    arena_init(&arena);
    while (bytes.len > 0) {
        struct h1_parse_options options = { .max_fields = 100, .allows_underscores = true,
                                            .is_response_to_head = is_head[*whole] };
        struct h1_parse parse = { .scanned = 0 };
        enum h1_result result;
        struct message head;
        size_t used;

        message_init(&head, &arena);
        result = h1_parse_response(&parse, bytes, &options, &head, &used);
        CHECK(result != H1_BAD);
        if (result == H1_MORE) {
            break;
        }
        bytes = str_from_byte(bytes, used);
        if (head.status >= 100 && head.status < 200 && head.status != 101) {
            continue;
        }
        if (head.status == 101 || head.framing == FRAMING_UNTIL_END) {
            is_certain = false;
            break;
        }
        if (!take_body(&head, &bytes)) {
            break;
        }
        (*whole)++;
    }
    arena_fini(&arena);
    return is_certain;
}

/* ---- steps ---- */

enum step {
    CLIENT_SENDS, SERVER_SENDS, CLIENT_TAKES, SERVER_TAKES, TIME, CLIENT_ENDS, SERVER_ENDS, OTHER
};

static int64_t now_ms;

static void run(void) {
    int i;

    for (i = 0; i < 4; i++) {
        loop_turn(0);
    }
}

static void send_bytes(struct side *side, struct str *input, unsigned len) {
    struct str bytes = str_first(*input, len);

    *input = str_from_byte(*input, bytes.len);
    if (side->conn != NULL && !side->is_ended && !side->is_reset) {
        buf_append(&side->in, bytes, BUF_SIZE_MAX);
        side_tell(side);
    }
}

static void end_side(struct side *side, bool is_reset) {
    side->is_ended = true;
    side->is_reset |= is_reset;
    side_tell(side);
}

static void do_other(unsigned amount) {
    struct proxy *proxy = count > 0 ? all[count - 1] : NULL;

    switch (amount % 6) {
    case 0:
    case 1:
    case 2:
        if (h1 != NULL) {
            h1_drain(h1, (enum h1_drain) (amount % 6));
        }
        break;
    case 3:
        rate = amount * 8;
        break;
    case 4:
        if (proxy != NULL && proxy->down != NULL && !proxy->is_switched && proxy->request != NULL) {
            break_off(proxy, 504);
        }
        break;
    case 5:
        if (proxy != NULL && proxy->is_switched && proxy->down != NULL) {
            h1_end_switched(proxy->down, LEG_DONE);
        }
        break;
    }
}

static void do_step(enum step step, unsigned amount, struct str *input) {
    switch (step) {
    case CLIENT_SENDS:
    case SERVER_SENDS:
        send_bytes(step == CLIENT_SENDS ? &client : &server, input, amount * 4 + 1);
        break;
    case CLIENT_TAKES:
    case SERVER_TAKES:
        (step == CLIENT_TAKES ? &client : &server)->room += amount * amount;
        side_tell(step == CLIENT_TAKES ? &client : &server);
        break;
    case TIME:
        now_ms += amount * amount * 2;
        clock_fake(now_ms, now_ms);
        break;
    case CLIENT_ENDS:
    case SERVER_ENDS:
        end_side(step == CLIENT_ENDS ? &client : &server, amount % 2 == 1);
        break;
    case OTHER:
        do_other(amount);
        break;
    }
    run();
}

static void finish(void) {
    unsigned i, whole = 0;

    if (h1 != NULL) {
        h1_drain(h1, H1_DRAIN_ALL);
    }
    run();
    CHECK(h1 == NULL && conn_count() == 0);
    if (count_responses(&whole)) {
        CHECK(whole == answered);
    } else {
        CHECK(whole <= answered);
    }
    for (i = 0; i < count; i++) {
        CHECK(all[i]->down == NULL && all[i]->up == NULL);
        pipe_fini(&all[i]->request_body);
        pipe_fini(&all[i]->response_body);
        arena_fini(&all[i]->arena);
        heap_free(all[i]);
    }
    buf_free(&client.in);
    buf_free(&client.out);
    buf_free(&server.in);
    buf_free(&server.out);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str input = str_make((const char *) bytes, len);

    now_ms = 1000;
    clock_fake(now_ms, now_ms);
    loop_init();
    count = answered = 0;
    memset(is_head, 0, sizeof(is_head));
    rate = 0;
    client.room = server.room = 200;
    side_open(&client);
    h1 = h1_accept(client.conn, &h1_options, &service, 0);
    while (input.len > 0 && count < EXCHANGES_MAX) {
        unsigned char step = (unsigned char) input.data[0];

        input = str_from_byte(input, 1);
        do_step((enum step) (step & 7), step >> 3, &input);
    }
    finish();
    loop_fini();
    arena_trim();
    buf_trim();
    pipe_trim();
    return 0;
}
