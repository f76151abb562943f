/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_transfer - one request of a client and the response to it; see h1_downstream_priv.h.
 *
 * Both bodies may be under way at once. The request is read before the response is written: when
 * that is out, what has come of the request is known, and with all of it the connection is fit for
 * the next one. Else the rest is read and dropped, for as long as the client may linger.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "codec/h1_downstream_priv.h"
#include "codec/h1_write.h"

enum {
    LOOK_SIZE = 16 * 1024,
    RATE_BURST_MS = 1000,         /* as in nginx the first second's share may go at once */
    RATE_PORTION_MAX = 16 * 1024
};

static const char bad_chunks[] = "client sent invalid chunked body";

static struct h1_transfer *of_leg(struct leg *leg) {
    return list_object(leg, struct h1_transfer, leg);
}

/* Nothing more is to be done here: there is no exchange any more, or another protocol. */
static bool is_over(const struct h1_transfer *transfer) {
    return transfer->h1->transfer != transfer || transfer->h1->state == H1_SWITCHED;
}

bool transfer_ends_by_close(const struct h1_transfer *transfer) {
    return transfer->status != 0 && transfer->writer.has_body && !transfer->writer.is_chunked
        && !transfer->writer.has_length;
}

/* ---- the head of the request ---- */

void transfer_head_cut(struct h1_transfer *transfer) {
    transfer->leg.head = &transfer->request;
    h1_abandon_request(&transfer->parse, buf_bytes(&transfer->h1->conn->in), &transfer->request);
}

void transfer_head_bad(struct h1_transfer *transfer, unsigned status, const char *error) {
    transfer->is_reading_stopped = true;
    transfer->leg.error = error;
    transfer->leg.head = &transfer->request;
    transfer->leg.events->on_bad(&transfer->leg, status);
}

/* Looks at what has come with the head. Whoever answers without a look at the body shall not take
 * one that is none for good. */
static void look_at_body(struct h1_transfer *transfer) {
    struct str bytes = buf_bytes(&transfer->h1->conn->in), data;
    struct h1_chunked chunked = transfer->reader.chunked;
    enum h1_result result = H1_MORE;
    size_t consumed;

    while (bytes.len > 0 && result == H1_MORE) {
        result = h1_parse_chunked(&chunked, bytes, &consumed, &data);
        if (result == H1_BAD) {
            transfer->is_reading_stopped = true;
            transfer->leg.has_bad_body = true;
            transfer->leg.error = bad_chunks;
            return;
        }
        bytes = str_from_byte(bytes, consumed);
    }
}

void transfer_head_done(struct h1_transfer *transfer) {
    h1_reader_init(&transfer->reader, &transfer->request);
    if (transfer->request.framing == FRAMING_CHUNKED) {
        look_at_body(transfer);
    }
    transfer->leg.events->on_head(&transfer->leg, &transfer->request, transfer->reader.is_done);
}

/* ---- the body of the request ---- */

/* Whether the client waits for a word before it sends its body. */
static bool waits_for_continue(const struct h1_transfer *transfer) {
    return transfer->request.expects_continue && !transfer->is_continue_sent
        && transfer->status == 0 && buf_is_empty(&transfer->h1->conn->in);
}

static void send_continue(struct h1_transfer *transfer) {
    transfer->is_continue_sent = true;
    transfer->has_output = true;
    buf_append(&transfer->writer.head, STR("HTTP/1.1 100 Continue\r\n\r\n"), BUF_SIZE_MAX);
}

static void body_bad(struct h1_transfer *transfer) {
    transfer->is_reading_stopped = true;
    transfer->keeps_connection = false;
    if (transfer->is_answered) {
        h1_served(transfer->h1);
        return;
    }
    pipe_abort(transfer->leg.receive);
    transfer->leg.error = bad_chunks;
    transfer->leg.events->on_bad(&transfer->leg, 400);
}

/* The pipe has got bytes, or its end. */
static void body_came(struct h1_transfer *transfer) {
    struct pipe *pipe = transfer->leg.receive;

    transfer->has_progress = true;
    if (transfer->is_answered) {
        pipe_consume(pipe, pipe->len);
    } else {
        transfer->leg.events->on_body(&transfer->leg);
    }
}

/* What stops at its budget comes back by itself; what stops at a full pipe, when there is room. */
static void go_on_reading(struct h1_transfer *transfer) {
    struct h1 *h1 = transfer->h1;

    if (transfer->is_answered && h1_linger_ms(h1) == 0) {
        h1_served(h1);
    } else if (!pipe_is_full(transfer->leg.receive)) {
        task_start(&h1->task);
    }
}

static void read_request(struct h1_transfer *transfer) {
    struct h1 *h1 = transfer->h1;
    struct pipe *pipe = transfer->leg.receive;
    bool has_news;
    enum h1_read result;

    transfer->awaits_body = false;
    if (transfer->reader.is_done || transfer->is_reading_stopped || pipe->state != PIPE_OPEN) {
        return;
    }
    if (waits_for_continue(transfer)) {
        if (transfer->is_body_wanted) {
            send_continue(transfer);
        } else if (!h1->conn->has_hup) {
            return;
        }
    }
    result = h1_read_body(&transfer->reader, h1->conn, pipe, &has_news);
    transfer->leg.announced = transfer->reader.chunked.left;
    if (has_news || result == H1_READ_DONE) {
        body_came(transfer);
        if (is_over(transfer)) {
            return;
        }
    }
    switch (result) {
    case H1_READ_AGAIN:
        transfer->awaits_body = true;
        return;
    case H1_READ_FULL:
        go_on_reading(transfer);
        return;
    case H1_READ_DONE:
        if (transfer->is_answered) {
            h1_served(h1);
        }
        return;
    case H1_READ_BAD:
        body_bad(transfer);
        return;
    case H1_READ_CUT:
    case H1_READ_FAILED:
        pipe_abort(pipe);
        h1_fail(h1, LEG_CLOSED, 400);
        return;
    }
}

/* Whether the client has ended the connection behind all that it has sent. */
static bool has_ended(struct conn *conn) {
    size_t len;
    enum conn_result result = conn_recv(conn, LOOK_SIZE, &len);

    return result == CONN_END || result == CONN_FAILED;
}

/* While the response is on its way the client may leave. What it has sent before that is a
 * pipelined request, or more of a body than is taken now: only a reset makes it gone then. */
static void look_for_end(struct h1_transfer *transfer) {
    struct conn *conn = transfer->h1->conn;
    bool is_read = transfer->reader.is_done && buf_is_empty(&conn->in);

    if (conn->has_hup && (is_read ? has_ended(conn) : conn_is_broken(conn))) {
        h1_fail(transfer->h1, LEG_CLOSED, transfer->reader.is_done ? 499 : 400);
    }
}

/* ---- the response ---- */

/* Everything that there was to send is out. */
static void output_done(struct h1_transfer *transfer) {
    struct pipe *pipe = transfer->leg.receive;

    transfer->has_output = false;
    if (transfer->status == 0) {
        transfer->writer.is_done = false; /* a 1xx: more will come */
        return;
    }
    if (transfer->status == 101) {
        h1_switched(transfer->h1);
        return;
    }
    transfer->is_answered = true;
    if (transfer->reader.is_done || !transfer->keeps_connection) {
        h1_served(transfer->h1);
        return;
    }
    h1_linger_start(transfer->h1);
    pipe_consume(pipe, pipe->len);
    task_start(&transfer->h1->task);
}

static void make_trailers(struct h1_transfer *transfer) {
    const struct message *trailers = transfer->leg.events->on_trailers(&transfer->leg);

    transfer->has_trailers = false;
    if (trailers != NULL) {
        h1_write_trailers(&transfer->writer.trailers, trailers);
    }
}

/* Bytes that may have gone by now. */
static uint64_t rate_share(const struct h1_transfer *transfer) {
    uint64_t rate = transfer->leg.send_rate, share;
    uint64_t ms = (uint64_t) (clock_ms() - transfer->rate_start_ms) + RATE_BURST_MS;

    if (__builtin_mul_overflow(rate / 1000, ms, &share)
        || __builtin_add_overflow(share, rate % 1000 * ms / 1000, &share)
        || __builtin_add_overflow(share, transfer->leg.send_rate_after, &share)) {
        return UINT64_MAX;
    }
    return share;
}

/* How long until a portion worth a system call may go. */
static int64_t rate_wait_ms(const struct h1_transfer *transfer, uint64_t lacking) {
    uint64_t rate = transfer->leg.send_rate, portion = rate / 8 + 1;

    lacking += portion < RATE_PORTION_MAX ? portion : RATE_PORTION_MAX;
    return (int64_t) (lacking / rate * 1000 + lacking % rate * 1000 / rate + 1);
}

/* Sets what the next call may send. False: nothing now. */
static bool take_rate(struct h1_transfer *transfer) {
    uint64_t sent = transfer->h1->conn->bytes_sent - transfer->rate_start_sent;
    uint64_t max = transfer->h1->options->send_max, share = rate_share(transfer);

    if (share <= sent) {
        transfer->is_held = true;
        timer_start(&transfer->h1->conn->timer, rate_wait_ms(transfer, sent - share));
        return false;
    }
    transfer->writer.budget = max == 0 || max > share - sent ? share - sent : max;
    if (transfer->writer.budget > CONN_TURN_BYTES) {
        transfer->writer.budget = CONN_TURN_BYTES;
    }
    return true;
}

void transfer_unhold(struct h1_transfer *transfer) {
    transfer->is_held = false;
    task_start(&transfer->h1->task);
}

static void write_response(struct h1_transfer *transfer) {
    struct pipe *pipe = transfer->leg.send;
    bool has_room;
    enum h1_write result;

    transfer->is_blocked = false;
    if (!transfer->has_output || transfer->is_held) {
        return;
    }
    if (transfer->leg.send_rate > 0 && transfer->writer.has_body && !take_rate(transfer)) {
        return;
    }
    if (transfer->has_trailers && pipe->state == PIPE_ENDED) {
        make_trailers(transfer);
    }
    result = h1_write_body(&transfer->writer, transfer->h1->conn, pipe, &has_room);
    transfer->has_progress |= has_room;
    switch (result) {
    case H1_WRITE_DONE:
        output_done(transfer);
        return;
    case H1_WRITE_TURN:
        task_start(&transfer->h1->task);
        /* fallthrough */
    case H1_WRITE_BLOCKED:
    case H1_WRITE_EMPTY:
        transfer->is_blocked = result == H1_WRITE_BLOCKED;
        if (has_room && pipe_wants_more(pipe)) {
            transfer->leg.events->on_room(&transfer->leg);
        }
        return;
    case H1_WRITE_ABORTED:
        h1_fail(transfer->h1, LEG_CANCELLED, 0);
        return;
    case H1_WRITE_FAILED:
        h1_fail(transfer->h1, LEG_CLOSED, 499);
        return;
    }
}

/* ---- the pump ---- */

static int64_t time_for_body_ms(const struct h1_transfer *transfer) {
    return transfer->is_answered ? h1_linger_ms(transfer->h1)
                                 : transfer->h1->options->body_timeout_ms;
}

/* Only what the client owes us counts: room for our bytes, or bytes of its body. */
static void set_timer(struct h1_transfer *transfer) {
    struct timer *timer = &transfer->h1->conn->timer;

    if (transfer->is_held) {
        return; /* it has another use now */
    }
    if (!transfer->is_blocked && !transfer->awaits_body) {
        timer_cancel(timer);
    } else if (transfer->has_progress || !timer_is_set(timer)) {
        timer_start(timer, transfer->is_blocked ? transfer->h1->options->send_timeout_ms
                                                : time_for_body_ms(transfer));
    }
    transfer->has_progress = false;
}

void transfer_pump(struct h1_transfer *transfer) {
    read_request(transfer);
    if (!is_over(transfer)) {
        write_response(transfer);
    }
    if (!is_over(transfer)) {
        look_for_end(transfer);
    }
    if (!is_over(transfer)) {
        set_timer(transfer);
    }
}

/* ---- operations of the leg: they cause nothing before the loop's next round ---- */

/* Whether the connection can serve on after this response. A client that was not told to go on may
 * send its body or not: nobody could tell it from the next request. */
static bool keeps_connection(const struct h1_transfer *transfer, const struct message *head) {
    const struct h1 *h1 = transfer->h1;
    const struct h1_options *options = h1->options;
    bool is_body_open = !transfer->reader.is_done && transfer->request.expects_continue
        && !transfer->is_continue_sent;

    return transfer->request.keeps_connection && head->keeps_connection && !is_body_open
        && !transfer->is_reading_stopped && !h1->is_draining && options->keepalive_timeout_ms > 0
        && h1->conn->side->requests < options->keepalive_requests
        && clock_ms() - h1->conn->side->opened_ms < options->keepalive_time_ms;
}

static bool can_send_chunks(const struct h1_transfer *transfer) {
    return transfer->request.version >= 11 && !transfer->h1->options->sends_no_chunks;
}

/* A body whose length is not known beforehand is chunked; to clients of 1.0, which do not know
 * that, the end of the connection is its end. */
static void begin_response(struct h1_transfer *transfer, const struct message *head, bool is_whole,
                           struct h1_write_options *options) {
    struct h1_writer *writer = &transfer->writer;

    CHECK(transfer->status == 0);
    transfer->status = head->status;
    transfer->keeps_connection = keeps_connection(transfer, head);
    transfer->has_trailers = head->has_trailers && !is_whole && can_send_chunks(transfer);
    CHECK(head->status != 101 || (is_whole && transfer->reader.is_done));
    writer->has_body = !is_whole;
    if (!is_whole && head->framing == FRAMING_LENGTH && !transfer->has_trailers) {
        writer->has_length = true;
        writer->left = head->content_length;
    } else if (!is_whole) {
        writer->is_chunked = can_send_chunks(transfer);
        transfer->keeps_connection &= writer->is_chunked;
    }
    options->is_chunked = transfer->leg.sends_chunked = writer->is_chunked;
    options->keeps_connection = transfer->leg.keeps_connection = transfer->keeps_connection;
    options->is_answer_to_head = transfer->request.method == METHOD_HEAD;
    options->keepalive_s = transfer->h1->options->keepalive_header_s;
    writer->reads_files = transfer->h1->options->reads_files;
    writer->budget = transfer->h1->options->send_max;
    transfer->rate_start_ms = clock_ms();
    transfer->rate_start_sent = transfer->h1->conn->bytes_sent;
}

static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct h1_transfer *transfer = of_leg(leg);
    struct h1_write_options options = { .is_http_10 = false };
    size_t before = buf_len(&transfer->writer.head);

    CHECK(!is_over(transfer));
    if (head->status >= 200 || head->status == 101) {
        begin_response(transfer, head, is_whole, &options);
    } else if (transfer->request.version < 11) {
        return; /* a client of 1.0 knows no 1xx */
    }
    h1_write_response(&transfer->writer.head, head, &options);
    leg->head_len += buf_len(&transfer->writer.head) - before;
    transfer->has_output = true;
    task_start(&transfer->h1->task);
}

static void pump_later(struct leg *leg) {
    struct h1_transfer *transfer = of_leg(leg);

    CHECK(!is_over(transfer));
    task_start(&transfer->h1->task);
}

static void recv_more(struct leg *leg) {
    of_leg(leg)->is_body_wanted = true;
    pump_later(leg);
}

static void reset(struct leg *leg) {
    struct h1_transfer *transfer = of_leg(leg);

    CHECK(!is_over(transfer));
    transfer->leg.events = NULL;
    h1_fail(transfer->h1, LEG_CANCELLED, 0);
}

static const struct leg_ops transfer_ops = {
    .send_head = send_head,
    .send_body = pump_later,
    .recv_more = recv_more,
    .reset = reset,
};

struct h1_transfer *transfer_new(struct h1 *h1, struct arena *arena) {
    struct h1_transfer *transfer = arena_zero(arena, 1, sizeof(*transfer));

    transfer->h1 = h1;
    transfer->leg.ops = &transfer_ops;
    transfer->leg.arena = arena;
    message_init(&transfer->request, arena);
    return transfer;
}
