/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_downstream - HTTP/1 with a client: one request after the other on a connection; see h1.h.
 *
 *     IDLE -> HEAD -> BUSY -> IDLE ... -> LINGER -> CLOSED
 *
 * IDLE waits for the first byte of a request, HEAD for the rest of its head, BUSY is an exchange:
 * its request body may still come in while its response goes out. The exchange is gone when the
 * response was sent and the request body was read (or will not be).
 */
#include "codec/h1.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/panic.h"
#include "codec/h1_body.h"
#include "codec/h1_parse.h"
#include "codec/h1_write.h"
#include "event/timer.h"

enum h1_state { H1_IDLE, H1_HEAD, H1_BUSY, H1_LINGER, H1_CLOSED };

enum {
    LINGER_TOTAL_MS = 30000, /* nginx's lingering_time */
    LINGER_PAUSE_MS = 5000,  /* and lingering_timeout */
    DRAIN_IDLE_MS = 1000,    /* what a draining worker waits for a request that may be under way */
    DROP_SIZE = 16 * 1024
};

/* What exists for one request only. */
struct h1_transfer {
    struct buf head_bytes;      /* what message->base points into */
    struct h1_parse parse;
    struct message request;
    struct h1_reader reader;
    struct h1_writer writer;
    unsigned final_status;      /* of the response whose head was sent; 0: none yet */
    bool keeps_connection;      /* after this exchange */
    bool has_response;          /* the writer has something to do */
    bool is_reading_stopped;    /* the rest of the request body is of no interest */
    bool continue_sent;
};

struct h1 {
    struct leg leg;
    struct conn *conn;
    struct timer timer;
    struct task task;
    const struct h1_options *options;
    const struct h1_service *service;
    void *owner;
    struct h1_transfer *transfer; /* in the exchange's arena */
    struct reap reap;
    int64_t linger_until_ms;
    uint32_t requests;
    enum h1_state state;
    bool is_draining;
    bool has_exchange;          /* on_gone is still to come */
};

static struct h1 *of_leg(struct leg *leg) {
    return list_object(leg, struct h1, leg);
}

struct h1 *h1_of_leg(struct leg *leg) {
    return of_leg(leg);
}

struct conn *h1_conn(const struct h1 *h1) {
    return h1->conn;
}

void *h1_owner(const struct h1 *h1) {
    return h1->owner;
}

uint32_t h1_requests(const struct h1 *h1) {
    return h1->requests;
}

void h1_set_options(struct h1 *h1, const struct h1_options *options) {
    h1->options = options;
}

/* ---- the end of the connection ---- */

static void h1_free(struct reap *reap) {
    heap_free(list_object(reap, struct h1, reap));
}

static void transfer_fini(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;

    if (transfer != NULL) {
        buf_free(&transfer->head_bytes);
        h1_writer_fini(&transfer->writer);
        h1->transfer = NULL;
    }
}

static void connection_close(struct h1 *h1) {
    if (h1->state == H1_CLOSED) {
        return;
    }
    h1->state = H1_CLOSED;
    transfer_fini(h1);
    h1->service->on_close(h1);
    timer_fini(&h1->timer);
    task_cancel(&h1->task);
    conn_close(h1->conn);
    loop_reap(&h1->reap, h1_free);
}

/* The exchange learns its end; nobody else will hear of this leg. */
static void exchange_gone(struct h1 *h1, enum leg_end end, unsigned status) {
    const struct leg_events *events = h1->leg.events;

    if (!h1->has_exchange) {
        return;
    }
    h1->has_exchange = false;
    events->on_gone(&h1->leg, end, status);
}

/* Both at once: the connection is lost, or what comes over it makes no sense. */
static void fail(struct h1 *h1, enum leg_end end, unsigned status) {
    exchange_gone(h1, end, status);
    connection_close(h1);
}

/*
 * A socket closed with unread bytes in it resets, and the reset may overtake the response. So the
 * stream is ended, and what the client still sends is read and dropped for a while.
 */
static void linger(struct h1 *h1) {
    h1->state = H1_LINGER;
    h1->linger_until_ms = clock_ms() + LINGER_TOTAL_MS;
    buf_free(&h1->conn->in);
    if (conn_shutdown(h1->conn) != CONN_OK) {
        connection_close(h1);
        return;
    }
    timer_start(&h1->timer, LINGER_PAUSE_MS);
}

static void drop_input(struct h1 *h1) {
    enum conn_result result;
    size_t len;

    do {
        buf_consume(&h1->conn->in, buf_len(&h1->conn->in));
        result = conn_recv(h1->conn, DROP_SIZE, &len);
    } while (result == CONN_OK);
    buf_free(&h1->conn->in);
    if (result != CONN_AGAIN || clock_ms() >= h1->linger_until_ms) {
        connection_close(h1);
        return;
    }
    timer_start(&h1->timer, LINGER_PAUSE_MS);
}

/* ---- idle ---- */

static int64_t idle_ms(const struct h1 *h1) {
    if (h1->is_draining) {
        return DRAIN_IDLE_MS;
    }
    return h1->requests == 0 ? h1->options->header_timeout_ms : h1->options->keepalive_timeout_ms;
}

static void become_idle(struct h1 *h1) {
    h1->state = H1_IDLE;
    timer_start(&h1->timer, idle_ms(h1));
    buf_free_if_empty(&h1->conn->in);
    /* A pipelined request, or news of the connection that nobody has looked at. */
    if (!buf_is_empty(&h1->conn->in) || h1->conn->is_readable) {
        task_start(&h1->task);
    }
    if (h1->service->on_idle != NULL) {
        h1->service->on_idle(h1, true);
    }
}

/* The first byte is there. */
static void begin_request(struct h1 *h1) {
    h1->state = H1_HEAD;
    h1->requests++;
    h1->conn->side->requests = h1->requests;
    h1->leg.send = h1->leg.receive = NULL;
    h1->leg.head = NULL;
    h1->leg.error = NULL;
    h1->has_exchange = true;
    if (h1->service->on_idle != NULL) {
        h1->service->on_idle(h1, false);
    }
    h1->service->on_request(h1, &h1->leg);
    CHECK(h1->leg.events != NULL && h1->leg.arena != NULL);
    h1->transfer = arena_zero(h1->leg.arena, 1, sizeof(*h1->transfer));
    message_init(&h1->transfer->request, h1->leg.arena);
    timer_start(&h1->timer, h1->options->header_timeout_ms);
}

static void on_idle_input(struct h1 *h1) {
    enum conn_result result;
    size_t len;

    if (buf_is_empty(&h1->conn->in)) {
        result = conn_recv(h1->conn, h1->options->header_buffer_size, &len);
        if (result == CONN_AGAIN) {
            return;
        }
        if (result != CONN_OK) {
            connection_close(h1);
            return;
        }
    }
    begin_request(h1);
}

/* ---- head ---- */

/* What can be held of a head: the first buffer, or the larger ones together. */
static size_t head_limit(const struct h1 *h1) {
    const struct h1_options *options = h1->options;
    size_t large = (size_t) options->large_buffer_size * options->large_buffer_count;

    return large > options->header_buffer_size ? large : options->header_buffer_size;
}

/* What may be held now: no line may be longer than one buffer, so no more than that is read of
 * the one under way. */
static size_t read_limit(const struct h1 *h1) {
    const struct h1_options *options = h1->options;
    size_t line = options->large_buffer_size > options->header_buffer_size
        ? options->large_buffer_size
        : options->header_buffer_size;
    size_t limit = h1->transfer->parse.line_start + line;

    return limit < head_limit(h1) ? limit : head_limit(h1);
}

static bool keeps_after(const struct h1 *h1) {
    const struct h1_options *options = h1->options;

    return h1->transfer->request.keeps_connection && !h1->is_draining
        && options->keepalive_timeout_ms > 0 && h1->requests < options->keepalive_requests
        && clock_ms() - h1->conn->side->opened_ms < options->keepalive_time_ms;
}

/* The head's bytes stay where they are, in a buffer of their own; what follows moves to a new
 * one. */
static void separate_head(struct h1 *h1, size_t head_len) {
    struct h1_transfer *transfer = h1->transfer;
    struct str rest;

    buf_move(&transfer->head_bytes, &h1->conn->in);
    rest = str_from_byte(buf_bytes(&transfer->head_bytes), head_len);
    if (rest.len > 0) {
        buf_append(&h1->conn->in, rest, BUF_SIZE_MAX);
    }
}

static void head_bad(struct h1 *h1, unsigned status) {
    struct h1_transfer *transfer = h1->transfer;

    transfer->keeps_connection = false;
    transfer->is_reading_stopped = true;
    h1->state = H1_BUSY;
    h1->leg.error = transfer->parse.error;
    h1->leg.head = &transfer->request;
    h1->leg.events->on_bad(&h1->leg, status);
}

static void head_done(struct h1 *h1, size_t head_len) {
    struct h1_transfer *transfer = h1->transfer;

    separate_head(h1, head_len);
    h1_reader_init(&transfer->reader, &transfer->request);
    transfer->keeps_connection = keeps_after(h1);
    h1->state = H1_BUSY;
    timer_start(&h1->timer, transfer->reader.is_done ? h1->options->send_timeout_ms
                                                     : h1->options->body_timeout_ms);
    h1->leg.events->on_head(&h1->leg, &transfer->request, transfer->reader.is_done);
}

/* False: nothing more to be done now. */
static bool parse_head(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;
    struct h1_parse_options options = {
        .max_fields = h1->options->max_fields,
        .ignores_bad_fields = h1->options->ignores_bad_fields,
        .allows_underscores = h1->options->allows_underscores,
    };
    size_t head_len, len;

    for (;;) {
        switch (h1_parse_request(&transfer->parse, buf_bytes(&h1->conn->in), &options,
                                 &transfer->request, &head_len)) {
        case H1_OK:
            head_done(h1, head_len);
            return true;
        case H1_BAD:
            head_bad(h1, transfer->parse.status);
            return true;
        case H1_MORE:
            break;
        }
        if (buf_len(&h1->conn->in) >= read_limit(h1)) {
            transfer->parse.error = transfer->parse.has_first_line
                ? "client sent too large request header"
                : "client sent too long request line";
            head_bad(h1, transfer->parse.has_first_line ? 400 : 414);
            return true;
        }
        switch (conn_recv(h1->conn, read_limit(h1), &len)) {
        case CONN_OK:
            continue;
        case CONN_AGAIN:
            return false;
        case CONN_END:
        case CONN_FAILED:
            fail(h1, LEG_CLOSED, 400);
            return false;
        }
    }
}

/* ---- request body ---- */

static void send_continue(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;

    transfer->continue_sent = true;
    buf_append(&transfer->writer.head, STR("HTTP/1.1 100 Continue\r\n\r\n"), BUF_SIZE_MAX);
    transfer->has_response = true;
}

/* Whether the client waits for a word before it sends its body. */
static bool waits_for_continue(const struct h1 *h1) {
    const struct h1_transfer *transfer = h1->transfer;

    return transfer->request.expects_continue && !transfer->continue_sent
        && transfer->final_status == 0 && transfer->request.version >= 11
        && buf_is_empty(&h1->conn->in);
}

static void read_body(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;
    struct pipe *pipe = h1->leg.receive;
    bool has_news;
    enum h1_read result;

    if (transfer->reader.is_done || transfer->is_reading_stopped || pipe == NULL
        || pipe->state != PIPE_OPEN) {
        return;
    }
    if (waits_for_continue(h1) && !pipe_is_full(pipe)) {
        send_continue(h1);
    }
    result = h1_read_body(&transfer->reader, h1->conn, pipe, &has_news);
    if (has_news || result == H1_READ_DONE) {
        timer_start(&h1->timer, h1->options->body_timeout_ms);
    }
    switch (result) {
    case H1_READ_AGAIN:
    case H1_READ_FULL:
    case H1_READ_DONE:
        if (has_news || result == H1_READ_DONE) {
            h1->leg.events->on_body(&h1->leg);
        }
        return;
    case H1_READ_BAD:
        transfer->keeps_connection = false;
        transfer->is_reading_stopped = true;
        pipe_abort(pipe);
        h1->leg.error = "client sent invalid chunked body";
        h1->leg.events->on_bad(&h1->leg, 400);
        return;
    case H1_READ_CUT:
    case H1_READ_FAILED:
        pipe_abort(pipe);
        fail(h1, LEG_CLOSED, 400);
        return;
    }
}

/* While the response is on its way the client may leave. What it has sent before that is a
 * pipelined request, which does not make it gone. */
static void look_for_end(struct h1 *h1) {
    struct conn *conn = h1->conn;
    enum conn_result result;
    size_t len;

    if (!conn->has_hup || !h1->transfer->reader.is_done || !buf_is_empty(&conn->in)) {
        return;
    }
    result = conn_recv(conn, DROP_SIZE, &len);
    if (result == CONN_END || result == CONN_FAILED) {
        fail(h1, LEG_CLOSED, 499);
    }
}

/* ---- response ---- */

static void response_done(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;
    bool was_read = transfer->reader.is_done;
    bool keeps = transfer->keeps_connection && was_read && !h1->is_draining;

    timer_cancel(&h1->timer);
    exchange_gone(h1, LEG_DONE, 0);
    transfer_fini(h1);
    if (keeps) {
        become_idle(h1);
    } else if (!was_read || !buf_is_empty(&h1->conn->in)) {
        linger(h1);
    } else {
        connection_close(h1);
    }
}

/* Sends what there is to send. False: the connection, or the exchange, is over. */
static bool write_response(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;
    bool has_room;
    enum h1_write result;

    if (!transfer->has_response) {
        return true;
    }
    result = h1_write_body(&transfer->writer, h1->conn, h1->leg.send, &has_room);
    if (has_room || result == H1_WRITE_DONE) {
        timer_start(&h1->timer, h1->options->send_timeout_ms);
    }
    switch (result) {
    case H1_WRITE_DONE:
        if (transfer->final_status == 0) {
            transfer->has_response = transfer->writer.is_done = false; /* 1xx: more will come */
            return true;
        }
        response_done(h1);
        return false;
    case H1_WRITE_BLOCKED:
    case H1_WRITE_EMPTY:
        if (has_room && pipe_wants_more(h1->leg.send)) {
            h1->leg.events->on_room(&h1->leg);
        }
        return h1->state == H1_BUSY;
    case H1_WRITE_ABORTED:
        /* A cut body must look like one: no orderly end. */
        exchange_gone(h1, LEG_CANCELLED, 0);
        transfer_fini(h1);
        conn_reset(h1->conn);
        connection_close(h1);
        return false;
    case H1_WRITE_FAILED:
        fail(h1, LEG_CLOSED, 499);
        return false;
    }
    return false;
}

/* The request is read before the response is written: a whole one leaves the connection fit for the
 * next. */
static void be_busy(struct h1 *h1) {
    read_body(h1);
    if (h1->state == H1_BUSY && write_response(h1)) {
        look_for_end(h1);
    }
}

/* ---- the pump ---- */

static void pump(struct h1 *h1) {
    if (h1->state == H1_IDLE) {
        on_idle_input(h1);
    }
    if (h1->state == H1_HEAD && !parse_head(h1)) {
        return;
    }
    if (h1->state == H1_BUSY) {
        be_busy(h1);
    } else if (h1->state == H1_LINGER) {
        drop_input(h1);
    }
}

static void on_ready(struct conn *conn) {
    pump(conn->owner);
}

static void on_task(struct task *task) {
    pump(list_object(task, struct h1, task));
}

static void on_timer(struct timer *timer) {
    struct h1 *h1 = list_object(timer, struct h1, timer);

    switch (h1->state) {
    case H1_IDLE:
    case H1_LINGER:
        connection_close(h1);
        return;
    case H1_HEAD:
        fail(h1, LEG_TIMED_OUT, 408);
        return;
    case H1_BUSY:
        /* Only what the client owes us counts: bytes of its body, or room for ours. */
        if (h1->transfer->final_status != 0
            && (!buf_is_empty(&h1->transfer->writer.head)
                || (h1->leg.send != NULL && h1->leg.send->len > 0))) {
            fail(h1, LEG_TIMED_OUT, 408);
        } else if (!h1->transfer->reader.is_done && !h1->transfer->is_reading_stopped
                   && h1->leg.receive != NULL && !pipe_is_full(h1->leg.receive)) {
            fail(h1, LEG_TIMED_OUT, 408);
        } else {
            timer_start(timer, h1->options->send_timeout_ms);
        }
        return;
    case H1_CLOSED:
        return;
    }
}

/* ---- operations of the leg: they cause nothing before the loop's next round ---- */

static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct h1 *h1 = of_leg(leg);
    struct h1_transfer *transfer = h1->transfer;
    bool is_final = head->status >= 200;
    struct h1_write_options options = { .is_answer_to_head
                                        = transfer->request.method == METHOD_HEAD };

    if (is_final) {
        transfer->final_status = head->status;
        transfer->writer.has_body = !is_whole;
        if (!is_whole && head->framing != FRAMING_LENGTH) {
            options.is_chunked = transfer->request.version >= 11;
            transfer->keeps_connection &= options.is_chunked;
        }
        transfer->keeps_connection &= head->keeps_connection && !h1->is_draining;
        /* What of the request body has not come by now is not waited for. */
        if (!transfer->reader.is_done && transfer->request.expects_continue
            && !transfer->continue_sent) {
            transfer->keeps_connection = false;
        }
        transfer->writer.is_chunked = options.is_chunked;
        options.keeps_connection = transfer->keeps_connection;
    } else if (transfer->request.version < 11) {
        return; /* a 1.0 client knows no 1xx */
    }
    h1_write_response(&transfer->writer.head, head, &options);
    transfer->has_response = true;
    timer_start(&h1->timer, h1->options->send_timeout_ms);
    task_start(&h1->task);
}

static void send_body(struct leg *leg) {
    task_start(&of_leg(leg)->task);
}

static void recv_more(struct leg *leg) {
    task_start(&of_leg(leg)->task);
}

static void reset(struct leg *leg) {
    struct h1 *h1 = of_leg(leg);

    h1->has_exchange = false;
    connection_close(h1);
}

static const struct leg_ops downstream_ops = {
    .send_head = send_head,
    .send_body = send_body,
    .recv_more = recv_more,
    .reset = reset,
};

/* ---- the owner's side ---- */

struct h1 *h1_accept(struct conn *conn, const struct h1_options *options,
                     const struct h1_service *service, void *owner) {
    struct h1 *h1 = heap_zero(1, sizeof(*h1));

    h1->leg.ops = &downstream_ops;
    h1->conn = conn;
    h1->options = options;
    h1->service = service;
    h1->owner = owner;
    timer_init(&h1->timer, on_timer);
    task_init(&h1->task, on_task);
    conn->owner = h1;
    conn->on_ready = on_ready;
    become_idle(h1);
    return h1;
}

void h1_drain(struct h1 *h1, enum h1_drain haste) {
    h1->is_draining = true;
    if (haste == H1_DRAIN_ALL) {
        fail(h1, LEG_CANCELLED, 499);
    } else if (h1->state != H1_IDLE) {
        return;
    } else if (haste == H1_DRAIN_IDLE && buf_is_empty(&h1->conn->in)) {
        connection_close(h1);
    } else if (!timer_is_set(&h1->timer)
               || h1->timer.deadline_ms - clock_ms() > DRAIN_IDLE_MS) {
        timer_start(&h1->timer, DRAIN_IDLE_MS);
    }
}

struct conn *h1_detach_conn(struct h1 *h1) {
    struct conn *conn = h1->conn;

    h1->state = H1_CLOSED;
    h1->has_exchange = false;
    transfer_fini(h1);
    h1->service->on_close(h1);
    timer_fini(&h1->timer);
    task_cancel(&h1->task);
    conn->owner = NULL;
    loop_reap(&h1->reap, h1_free);
    return conn;
}
