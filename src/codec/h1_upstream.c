/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_upstream - HTTP/1 with a server: one exchange on a connection that came from an attempt; see
 * h1.h.
 *
 *     NEW -> HEAD -> BODY -> DONE -> GONE
 *                 -> SWITCHED -> GONE
 *
 * The states are those of the response; the request goes out meanwhile. A server may answer before
 * it has read all of it: then the rest is not sent, and the connection serves no more.
 */
#include "codec/h1.h"

#include "base/panic.h"
#include "codec/h1_body.h"
#include "codec/h1_parse.h"
#include "codec/h1_write.h"

enum upstream_state {
    UPSTREAM_NEW,  /* nothing was sent */
    UPSTREAM_HEAD, /* the response's head is awaited */
    UPSTREAM_BODY,
    UPSTREAM_DONE, /* the response is whole */
    UPSTREAM_SWITCHED, /* it was a 101 */
    UPSTREAM_GONE  /* on_gone was called, or reset() */
};

enum { INFORMATIONAL_MAX = 16 }; /* 1xx responses that are borne before a final one */

struct h1_upstream {
    struct leg leg;
    struct conn *conn;     /* NULL once it was released */
    const struct h1_upstream_options *options;
    struct task task;
    struct h1_parse parse;
    struct message response;
    struct h1_reader reader;
    struct h1_writer writer;
    uint64_t received_before, sent_before; /* bytes of the connection before this exchange */
    enum upstream_state state;
    unsigned informational;
    bool is_head_request;
    bool asks_upgrade;     /* the request asks for another protocol, as far as it came */
    bool is_request_over;  /* all of it was sent, or the server takes no more */
    bool keeps_connection; /* as far as is known by now */
    bool is_blocked;       /* the server takes no more of the request now */
    bool awaits_body;      /* the server has sent no more by now */
    bool has_progress;     /* bytes moved since the timer was looked at */
};

static struct h1_upstream *of_leg(struct leg *leg) {
    return list_object(leg, struct h1_upstream, leg);
}

static void set_state(struct h1_upstream *h1, enum upstream_state to) {
    static const unsigned char legal[] = {
        [UPSTREAM_NEW] = 1 << UPSTREAM_HEAD | 1 << UPSTREAM_GONE,
        [UPSTREAM_HEAD] = 1 << UPSTREAM_BODY | 1 << UPSTREAM_DONE | 1 << UPSTREAM_SWITCHED
            | 1 << UPSTREAM_GONE,
        [UPSTREAM_BODY] = 1 << UPSTREAM_DONE | 1 << UPSTREAM_GONE,
        [UPSTREAM_DONE] = 1 << UPSTREAM_GONE,
        [UPSTREAM_SWITCHED] = 1 << UPSTREAM_GONE,
        [UPSTREAM_GONE] = 0,
    };

    CHECK((legal[h1->state] >> to & 1) != 0);
    h1->state = to;
}

uint64_t h1_upstream_received(const struct leg *leg) {
    const struct h1_upstream *h1 = list_object(leg, const struct h1_upstream, leg);

    return h1->conn->bytes_received - h1->received_before;
}

uint64_t h1_upstream_sent(const struct leg *leg) {
    const struct h1_upstream *h1 = list_object(leg, const struct h1_upstream, leg);

    return h1->conn->bytes_sent - h1->sent_before;
}

/* ---- the end ---- */

static void stop(struct h1_upstream *h1) {
    set_state(h1, UPSTREAM_GONE);
    timer_cancel(&h1->conn->timer);
    task_cancel(&h1->task);
    h1_writer_fini(&h1->writer);
    h1_reader_fini(&h1->reader);
}

/* The connection is of no more use. */
static void fail(struct h1_upstream *h1, enum leg_end end) {
    stop(h1);
    h1->leg.events->on_gone(&h1->leg, end, 0);
    conn_close(h1->conn);
}

static void fail_bad(struct h1_upstream *h1, const char *error) {
    h1->leg.error = error;
    fail(h1, LEG_BAD);
}

static void done(struct h1_upstream *h1) {
    h1->keeps_connection &= h1->is_request_over && buf_is_empty(&h1->conn->in)
        && !h1->conn->has_hup;
    stop(h1);
    h1->leg.events->on_gone(&h1->leg, LEG_DONE, 0);
}

/* The connection is fit for no request any more, and goes to whoever speaks the other protocol. */
static void switched(struct h1_upstream *h1) {
    h1->keeps_connection = false;
    stop(h1);
    h1->leg.events->on_gone(&h1->leg, LEG_SWITCHED, 0);
}

struct conn *h1_upstream_release(struct leg *leg, bool *is_reusable) {
    struct h1_upstream *h1 = of_leg(leg);
    struct conn *conn = h1->conn;

    CHECK(h1->state == UPSTREAM_GONE && conn != NULL);
    *is_reusable = h1->keeps_connection;
    h1->conn = NULL;
    conn->owner = NULL;
    conn->on_ready = NULL;
    return conn;
}

/* ---- request ---- */

static void write_request(struct h1_upstream *h1) {
    bool has_room;
    enum h1_write result;

    h1->is_blocked = false;
    if (h1->is_request_over) {
        return;
    }
    result = h1_write_body(&h1->writer, h1->conn, h1->leg.send, &has_room);
    h1->has_progress |= has_room;
    switch (result) {
    case H1_WRITE_DONE:
        h1->is_request_over = h1->has_progress = true;
        break;
    case H1_WRITE_TURN:
        task_start(&h1->task);
        /* fallthrough */
    case H1_WRITE_BLOCKED:
    case H1_WRITE_EMPTY:
        h1->is_blocked = result == H1_WRITE_BLOCKED;
        break;
    case H1_WRITE_FAILED:
        /* It may have answered before it stopped reading: that is still to be read. */
        h1->is_request_over = h1->has_progress = true;
        h1->keeps_connection = h1->asks_upgrade = false;
        break;
    case H1_WRITE_ABORTED:
        fail(h1, LEG_CANCELLED);
        return;
    }
    if (has_room && pipe_wants_more(h1->leg.send)) {
        h1->leg.events->on_room(&h1->leg);
    }
}

/* ---- response ---- */

/* What follows is no HTTP any more. A request that is not out yet would be taken for the other
 * protocol. */
static void take_switch(struct h1_upstream *h1) {
    if (!h1->asks_upgrade || !h1->is_request_over) {
        fail_bad(h1, "upstream switched protocols unasked");
        return;
    }
    set_state(h1, UPSTREAM_SWITCHED);
    h1->leg.events->on_head(&h1->leg, &h1->response, true);
}

/* A 1xx was read: told, and the next head awaited. */
static void take_informational(struct h1_upstream *h1) {
    if (++h1->informational > INFORMATIONAL_MAX) {
        fail_bad(h1, "upstream sent too many 1xx responses");
        return;
    }
    h1->leg.events->on_head(&h1->leg, &h1->response, true);
    memset(&h1->parse, 0, sizeof(h1->parse));
    message_init(&h1->response, h1->leg.arena);
}

static void take_head(struct h1_upstream *h1, size_t len) {
    buf_consume(&h1->conn->in, len);
    if (h1->response.status == 101) {
        take_switch(h1);
        return;
    }
    if (h1->response.status < 200) {
        take_informational(h1);
        return;
    }
    h1_reader_init(&h1->reader, &h1->response);
    h1->reader.chunked.tells_trailers = true;
    h1->keeps_connection &= h1->response.keeps_connection;
    set_state(h1, h1->reader.is_done ? UPSTREAM_DONE : UPSTREAM_BODY);
    h1->leg.events->on_head(&h1->leg, &h1->response, h1->reader.is_done);
}

/* True: more bytes of the head are there. */
static bool receive_head(struct h1_upstream *h1) {
    size_t len;

    if (buf_len(&h1->conn->in) >= h1->options->header_buffer_size) {
        fail_bad(h1, "upstream sent too big header");
        return false;
    }
    switch (conn_recv(h1->conn, h1->options->header_buffer_size, &len)) {
    case CONN_OK:
        h1->has_progress = true;
        return true;
    case CONN_AGAIN:
        return false;
    case CONN_END:
        fail(h1, LEG_CLOSED);
        return false;
    case CONN_FAILED:
        fail(h1, LEG_RESET);
        return false;
    }
    UNREACHABLE();
}

static void read_head(struct h1_upstream *h1) {
    struct h1_parse_options options = { .max_fields = h1->options->max_fields,
                                        .drops_non_tokens = true,
                                        .allows_underscores = true,
                                        .is_response_to_head = h1->is_head_request };
    size_t len;

    while (h1->state == UPSTREAM_HEAD) {
        switch (h1_parse_response(&h1->parse, buf_bytes(&h1->conn->in), &options, &h1->response,
                                  &len)) {
        case H1_OK:
            take_head(h1, len);
            break;
        case H1_BAD:
            fail_bad(h1, h1->parse.error);
            break;
        case H1_MORE:
            if (!receive_head(h1)) {
                return;
            }
            break;
        }
    }
}

static const struct message *read_trailers(struct h1_upstream *h1) {
    struct message *trailers
        = h1_reader_trailers(&h1->reader, h1->options->max_fields, h1->leg.arena);

    if (trailers != NULL) {
        h1_hide_trailers(&h1->response, trailers);
    }
    return trailers;
}

static void read_body(struct h1_upstream *h1) {
    bool has_news;
    enum h1_read result = h1_read_body(&h1->reader, h1->conn, h1->leg.receive, &has_news);

    h1->has_progress |= has_news;
    h1->awaits_body = result == H1_READ_AGAIN;
    if (result == H1_READ_DONE) {
        h1->leg.trailers = read_trailers(h1);
    }
    if (has_news || result == H1_READ_DONE) {
        h1->leg.events->on_body(&h1->leg);
    }
    switch (result) {
    case H1_READ_AGAIN:
        return;
    case H1_READ_FULL:
        /* Stopped by its budget, it comes back by itself; by a full pipe, when there is room. */
        if (!pipe_is_full(h1->leg.receive)) {
            task_start(&h1->task);
        }
        return;
    case H1_READ_DONE:
        set_state(h1, UPSTREAM_DONE);
        return;
    case H1_READ_CUT:
        fail(h1, LEG_CLOSED);
        return;
    case H1_READ_FAILED:
        fail(h1, LEG_RESET);
        return;
    case H1_READ_BAD:
        fail_bad(h1, "upstream sent invalid chunked response");
        return;
    }
}

/* ---- the pump ---- */

/* Only what the server owes us counts: room for the request, then bytes of its response. A pipe
 * that is full, or a request body that the client holds back, is not its fault. */
static void set_timer(struct h1_upstream *h1) {
    struct timer *timer = &h1->conn->timer;
    bool is_awaited = h1->is_request_over ? h1->state == UPSTREAM_HEAD || h1->awaits_body
                                          : h1->is_blocked;

    if (!is_awaited) {
        timer_cancel(timer);
    } else if (h1->has_progress || !timer_is_set(timer)) {
        timer_start(timer, h1->is_request_over ? h1->options->read_timeout_ms
                                               : h1->options->send_timeout_ms);
    }
    h1->has_progress = false;
}

static void pump(struct h1_upstream *h1) {
    if (h1->state != UPSTREAM_NEW) {
        write_request(h1);
    }
    if (h1->state == UPSTREAM_HEAD) {
        read_head(h1);
    }
    if (h1->state == UPSTREAM_BODY) {
        read_body(h1);
    }
    if (h1->state == UPSTREAM_DONE) {
        done(h1);
    } else if (h1->state == UPSTREAM_SWITCHED) {
        switched(h1);
    } else if (h1->state != UPSTREAM_GONE) {
        set_timer(h1);
    }
}

static void on_ready(struct conn *conn) {
    pump(conn->owner);
}

static void on_task(struct task *task) {
    pump(list_object(task, struct h1_upstream, task));
}

static void on_timer(struct timer *timer) {
    fail(list_object(timer, struct conn, timer)->owner, LEG_TIMED_OUT);
}

/* ---- operations of the leg ---- */

static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct h1_upstream *h1 = of_leg(leg);
    struct h1_writer *writer = &h1->writer;
    struct h1_write_options options = {
        .is_http_10 = h1->options->is_http_10,
        .keeps_connection = h1->options->keeps_connection && head->keeps_connection,
        .is_chunked = !is_whole && head->framing != FRAMING_LENGTH,
    };

    CHECK(!options.is_chunked || !options.is_http_10);
    set_state(h1, UPSTREAM_HEAD);
    h1->keeps_connection = options.keeps_connection;
    h1->is_head_request = head->method == METHOD_HEAD;
    h1->asks_upgrade = head->upgrade.len > 0 && !options.is_http_10;
    writer->has_body = !is_whole;
    writer->is_chunked = options.is_chunked;
    if (!is_whole && !options.is_chunked) {
        writer->has_length = true;
        writer->left = head->content_length;
    }
    h1_write_request(&writer->head, head, &options);
    leg->head_len = buf_len(&writer->head);
    task_start(&h1->task);
}

static void pump_later(struct leg *leg) {
    struct h1_upstream *h1 = of_leg(leg);

    CHECK(h1->state != UPSTREAM_GONE);
    task_start(&h1->task);
}

static void reset(struct leg *leg) {
    struct h1_upstream *h1 = of_leg(leg);

    stop(h1);
    conn_close(h1->conn);
}

static const struct leg_ops upstream_ops = {
    .send_head = send_head,
    .send_body = pump_later,
    .recv_more = pump_later,
    .reset = reset,
};

struct leg *h1_upstream_open(struct conn *conn, const struct h1_upstream_options *options,
                             struct arena *arena) {
    struct h1_upstream *h1 = arena_zero(arena, 1, sizeof(*h1));

    h1->leg.ops = &upstream_ops;
    h1->leg.arena = arena;
    h1->conn = conn;
    h1->options = options;
    h1->received_before = conn->bytes_received;
    h1->sent_before = conn->bytes_sent;
    message_init(&h1->response, arena);
    task_init(&h1->task, on_task);
    conn->owner = h1;
    conn->on_ready = on_ready;
    conn->timer.on_expiry = on_timer;
    conn->side->requests++;
    return &h1->leg;
}
