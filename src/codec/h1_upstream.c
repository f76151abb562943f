/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_upstream - HTTP/1 with a server: one exchange on a connection that came from an attempt; see
 * h1.h.
 *
 * The request goes out while the response may already come in. The leg is gone when both went over
 * whole; the connection then goes back to whoever opened the leg.
 */
#include "codec/h1.h"

#include "base/heap.h"
#include "base/panic.h"
#include "codec/h1_body.h"
#include "codec/h1_parse.h"
#include "codec/h1_write.h"
#include "event/timer.h"

enum upstream_state {
    UPSTREAM_NEW,   /* nothing was sent */
    UPSTREAM_HEAD,  /* the response's head is awaited */
    UPSTREAM_BODY,
    UPSTREAM_DONE,  /* the response is whole */
    UPSTREAM_GONE   /* on_gone was called, or reset() */
};

enum { INFORMATIONAL_MAX = 16 }; /* 1xx responses that are borne before a final one */

struct h1_upstream {
    struct leg leg;
    struct conn *conn;       /* NULL once it was closed or released */
    struct h1_upstream_options options;
    struct timer timer;
    struct task task;
    struct buf head_bytes;   /* what the response's base points into */
    struct h1_parse parse;
    struct message response;
    struct h1_reader reader;
    struct h1_writer writer;
    uint64_t received_before, sent_before; /* bytes of the connection before this exchange */
    enum upstream_state state;
    unsigned informational;
    bool is_head_request;
    bool is_request_sent;
    bool is_reusable;
    struct reap reap;
};

static struct h1_upstream *of_leg(struct leg *leg) {
    return list_object(leg, struct h1_upstream, leg);
}

uint64_t h1_upstream_received(const struct leg *leg) {
    const struct h1_upstream *h1 = list_object(leg, const struct h1_upstream, leg);

    return h1->conn != NULL ? h1->conn->bytes_received - h1->received_before : 0;
}

uint64_t h1_upstream_sent(const struct leg *leg) {
    const struct h1_upstream *h1 = list_object(leg, const struct h1_upstream, leg);

    return h1->conn != NULL ? h1->conn->bytes_sent - h1->sent_before : 0;
}

/* ---- the end ---- */

static void h1_free(struct reap *reap) {
    struct h1_upstream *h1 = list_object(reap, struct h1_upstream, reap);

    buf_free(&h1->head_bytes);
    h1_writer_fini(&h1->writer);
    heap_free(h1);
}

static void stop(struct h1_upstream *h1) {
    h1->state = UPSTREAM_GONE;
    timer_fini(&h1->timer);
    task_cancel(&h1->task);
}

/* The connection is of no more use. */
static void fail(struct h1_upstream *h1, enum leg_end end) {
    if (h1->state == UPSTREAM_GONE) {
        return;
    }
    stop(h1);
    h1->leg.events->on_gone(&h1->leg, end, 0);
    conn_close(h1->conn);
    loop_reap(&h1->reap, h1_free);
}

static void done(struct h1_upstream *h1) {
    stop(h1);
    h1->is_reusable = h1->is_request_sent && h1->options.keeps_connection
        && h1->response.keeps_connection && buf_is_empty(&h1->conn->in) && !h1->conn->has_hup;
    h1->leg.events->on_gone(&h1->leg, LEG_DONE, 0);
}

struct conn *h1_upstream_release(struct leg *leg, bool *is_reusable) {
    struct h1_upstream *h1 = of_leg(leg);
    struct conn *conn = h1->conn;

    CHECK(h1->state == UPSTREAM_GONE && conn != NULL);
    *is_reusable = h1->is_reusable;
    h1->conn = NULL;
    conn->owner = NULL;
    loop_reap(&h1->reap, h1_free);
    return conn;
}

/* ---- request ---- */

/* False: the leg is gone. */
static bool write_request(struct h1_upstream *h1) {
    bool has_room;
    enum h1_write result;

    if (h1->is_request_sent) {
        return true;
    }
    result = h1_write_body(&h1->writer, h1->conn, h1->leg.send, &has_room);
    if (has_room) {
        timer_start(&h1->timer, h1->options.send_timeout_ms);
        if (pipe_wants_more(h1->leg.send)) {
            h1->leg.events->on_room(&h1->leg);
        }
    }
    switch (result) {
    case H1_WRITE_DONE:
        h1->is_request_sent = true;
        timer_start(&h1->timer, h1->options.read_timeout_ms);
        return h1->state != UPSTREAM_GONE;
    case H1_WRITE_BLOCKED:
    case H1_WRITE_EMPTY:
        return h1->state != UPSTREAM_GONE;
    case H1_WRITE_ABORTED:
        fail(h1, LEG_CANCELLED);
        return false;
    case H1_WRITE_FAILED:
        /* A response may have been sent before the server stopped reading: it is still to be
         * read. */
        h1->is_request_sent = true;
        h1->options.keeps_connection = false;
        return true;
    }
    return false;
}

/* ---- response ---- */

static void separate_head(struct h1_upstream *h1, size_t head_len) {
    struct str rest;

    buf_free(&h1->head_bytes);
    buf_move(&h1->head_bytes, &h1->conn->in);
    rest = str_from_byte(buf_bytes(&h1->head_bytes), head_len);
    if (rest.len > 0) {
        buf_append(&h1->conn->in, rest, BUF_SIZE_MAX);
    }
}

/* A 1xx was read: told, and the next head awaited. False: the leg is gone. */
static bool take_informational(struct h1_upstream *h1) {
    if (++h1->informational > INFORMATIONAL_MAX || h1->response.status == 101) {
        h1->leg.error = h1->response.status == 101 ? "upstream switched protocols unasked"
                                                   : "upstream sent too many 1xx responses";
        fail(h1, LEG_BAD);
        return false;
    }
    h1->leg.events->on_head(&h1->leg, &h1->response, true);
    if (h1->state == UPSTREAM_GONE) {
        return false;
    }
    memset(&h1->parse, 0, sizeof(h1->parse));
    message_init(&h1->response, h1->leg.arena);
    return true;
}

static void take_head(struct h1_upstream *h1) {
    h1_reader_init(&h1->reader, &h1->response);
    h1->state = h1->reader.is_done ? UPSTREAM_DONE : UPSTREAM_BODY;
    h1->leg.events->on_head(&h1->leg, &h1->response, h1->reader.is_done);
}

static void head_failed(struct h1_upstream *h1, const char *error) {
    h1->leg.error = error;
    fail(h1, LEG_BAD);
}

/* False: nothing more can be done now, or the leg is gone. */
static bool read_head(struct h1_upstream *h1) {
    struct h1_parse_options options = { .max_fields = h1->options.max_fields,
                                        .ignores_bad_fields = true,
                                        .allows_underscores = true,
                                        .is_response_to_head = h1->is_head_request };
    size_t head_len, len;

    for (;;) {
        enum h1_result result = h1_parse_response(&h1->parse, buf_bytes(&h1->conn->in), &options,
                                                  &h1->response, &head_len);

        if (result == H1_BAD) {
            head_failed(h1, h1->parse.error);
            return false;
        }
        if (result == H1_OK) {
            separate_head(h1, head_len);
            if (h1->response.status >= 200) {
                take_head(h1);
                return h1->state != UPSTREAM_GONE;
            }
            if (!take_informational(h1)) {
                return false;
            }
            continue;
        }
        if (buf_len(&h1->conn->in) >= h1->options.header_buffer_size) {
            head_failed(h1, "upstream sent too big header");
            return false;
        }
        switch (conn_recv(h1->conn, h1->options.header_buffer_size, &len)) {
        case CONN_OK:
            timer_start(&h1->timer, h1->options.read_timeout_ms);
            continue;
        case CONN_AGAIN:
            return false;
        case CONN_END:
            fail(h1, LEG_CLOSED);
            return false;
        case CONN_FAILED:
            fail(h1, LEG_RESET);
            return false;
        }
    }
}

static void read_body(struct h1_upstream *h1) {
    bool has_news;
    enum h1_read result = h1_read_body(&h1->reader, h1->conn, h1->leg.receive, &has_news);

    if (has_news) {
        timer_start(&h1->timer, h1->options.read_timeout_ms);
    }
    switch (result) {
    case H1_READ_DONE:
        h1->state = UPSTREAM_DONE;
        h1->leg.events->on_body(&h1->leg);
        return;
    case H1_READ_AGAIN:
    case H1_READ_FULL:
        if (has_news) {
            h1->leg.events->on_body(&h1->leg);
        }
        return;
    case H1_READ_CUT:
        fail(h1, LEG_CLOSED);
        return;
    case H1_READ_FAILED:
        fail(h1, LEG_RESET);
        return;
    case H1_READ_BAD:
        head_failed(h1, "upstream sent invalid chunked response");
        return;
    }
}

static void pump(struct h1_upstream *h1) {
    if (h1->state == UPSTREAM_GONE || h1->state == UPSTREAM_NEW || !write_request(h1)) {
        return;
    }
    if (h1->state == UPSTREAM_HEAD && !read_head(h1)) {
        return;
    }
    if (h1->state == UPSTREAM_BODY) {
        read_body(h1);
    }
    if (h1->state == UPSTREAM_DONE) {
        done(h1);
    }
}

static void on_ready(struct conn *conn) {
    pump(conn->owner);
}

static void on_task(struct task *task) {
    pump(list_object(task, struct h1_upstream, task));
}

/* Only what the server owes us counts: room for the request, then bytes of its response. A pipe
 * that is full, or a request body that the client holds back, is not its fault. */
static void on_timer(struct timer *timer) {
    struct h1_upstream *h1 = list_object(timer, struct h1_upstream, timer);
    bool waits_for_us = h1->is_request_sent
        ? h1->state == UPSTREAM_BODY && pipe_is_full(h1->leg.receive)
        : buf_is_empty(&h1->writer.head) && h1->leg.send != NULL && h1->leg.send->len == 0;

    if (waits_for_us) {
        timer_start(timer, h1->options.read_timeout_ms);
        return;
    }
    fail(h1, LEG_TIMED_OUT);
}

/* ---- operations of the leg ---- */

static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct h1_upstream *h1 = of_leg(leg);
    struct h1_write_options options = {
        .is_http_10 = h1->options.is_http_10,
        .keeps_connection = h1->options.keeps_connection,
        .is_chunked = !is_whole && head->framing != FRAMING_LENGTH,
    };

    CHECK(h1->state == UPSTREAM_NEW);
    h1->state = UPSTREAM_HEAD;
    h1->is_head_request = head->method == METHOD_HEAD;
    h1->writer.has_body = !is_whole;
    h1->writer.is_chunked = options.is_chunked;
    message_init(&h1->response, leg->arena);
    h1_write_request(&h1->writer.head, head, &options);
    timer_start(&h1->timer, h1->options.send_timeout_ms);
    task_start(&h1->task);
}

static void send_body(struct leg *leg) {
    task_start(&of_leg(leg)->task);
}

static void recv_more(struct leg *leg) {
    task_start(&of_leg(leg)->task);
}

static void reset(struct leg *leg) {
    struct h1_upstream *h1 = of_leg(leg);

    if (h1->state == UPSTREAM_GONE) {
        return;
    }
    stop(h1);
    conn_close(h1->conn);
    loop_reap(&h1->reap, h1_free);
}

static const struct leg_ops upstream_ops = {
    .send_head = send_head,
    .send_body = send_body,
    .recv_more = recv_more,
    .reset = reset,
};

struct leg *h1_upstream_open(struct conn *conn, const struct h1_upstream_options *options) {
    struct h1_upstream *h1 = heap_zero(1, sizeof(*h1));

    h1->leg.ops = &upstream_ops;
    h1->conn = conn;
    h1->options = *options;
    h1->received_before = conn->bytes_received;
    h1->sent_before = conn->bytes_sent;
    timer_init(&h1->timer, on_timer);
    task_init(&h1->task, on_task);
    conn->owner = h1;
    conn->on_ready = on_ready;
    conn->side->requests++;
    return &h1->leg;
}
