/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_downstream - HTTP/1 with a client: one request after the other on a connection; see h1.h.
 *
 *     IDLE -> HEAD -> BUSY -> IDLE ... -> LINGER -> CLOSED
 *                          -> SWITCHED -> LINGER
 *
 * IDLE waits for the first byte of a request, HEAD for the rest of its head, BUSY is an exchange:
 * its request body may still come in while its response goes out (h1_transfer). SWITCHED: another
 * protocol is spoken, by somebody else. LINGER drops what a client still sends that is not served
 * any more.
 */
#include "base/clock.h"
#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"
#include "codec/h1_downstream_priv.h"

enum {
    DRAIN_IDLE_MS = 1000, /* what a draining worker waits for a request that may be under way */
    DROP_SIZE = 16 * 1024,
    PIPELINED_MAX = 16    /* requests of one connection before others have their turn */
};

static void set_state(struct h1 *h1, enum h1_state to) {
    static const unsigned char legal[] = {
        [H1_IDLE] = 1 << H1_HEAD | 1 << H1_CLOSED,
        [H1_HEAD] = 1 << H1_BUSY | 1 << H1_CLOSED,
        [H1_BUSY] = 1 << H1_IDLE | 1 << H1_SWITCHED | 1 << H1_LINGER | 1 << H1_CLOSED,
        [H1_SWITCHED] = 1 << H1_LINGER | 1 << H1_CLOSED,
        [H1_LINGER] = 1 << H1_CLOSED,
    };

    CHECK((legal[h1->state] >> to & 1) != 0);
    h1->state = (uint8_t) to;
}

struct conn *h1_conn(const struct h1 *h1) {
    return h1->conn;
}

void *h1_owner(struct h1 *h1) {
    return h1->owner;
}

void h1_set_options(struct h1 *h1, const struct h1_options *options) {
    h1->options = options;
}

/* ---- the end ---- */

static void h1_free(struct reap *reap) {
    heap_free(list_object(reap, struct h1, reap));
}

static void connection_close(struct h1 *h1) {
    set_state(h1, H1_CLOSED);
    task_cancel(&h1->task);
    conn_close(h1->conn);
    h1->service->on_close(h1);
    loop_reap(&h1->reap, h1_free);
}

static void on_ready(struct conn *conn);

/* The exchange learns its end; nobody else will hear of this leg. */
static void end_transfer(struct h1 *h1, enum leg_end end, unsigned status) {
    struct h1_transfer *transfer = h1->transfer;

    h1->transfer = NULL;
    h1_writer_fini(&transfer->writer);
    if (transfer->leg.events != NULL) {
        transfer->leg.events->on_gone(&transfer->leg, end, status);
    }
}

/* Whoever has got the whole answer is served, however the rest of his request went. */
void h1_fail(struct h1 *h1, enum leg_end end, unsigned status) {
    struct h1_transfer *transfer = h1->transfer;

    if (transfer != NULL) {
        if (h1->state == H1_HEAD) {
            transfer_head_cut(transfer);
        }
        if (transfer->is_answered) {
            end = LEG_DONE;
            status = 0;
        }
        end_transfer(h1, end, status);
        if (transfer_ends_by_close(transfer)
            || (end == LEG_TIMED_OUT && h1->options->resets_timed_out)
            || transfer->leg.resets_connection) {
            conn_reset(h1->conn);
        }
    }
    connection_close(h1);
}

/* ---- lingering ---- */

void h1_linger_start(struct h1 *h1) {
    h1->linger_until_ms = (uint32_t) clock_ms() + (uint32_t) h1->options->linger_total_ms;
}

int64_t h1_linger_ms(const struct h1 *h1) {
    int32_t left_ms = (int32_t) (h1->linger_until_ms - (uint32_t) clock_ms());

    if (left_ms <= 0) {
        return 0;
    }
    return left_ms < h1->options->linger_pause_ms ? left_ms : h1->options->linger_pause_ms;
}

/* Drops what has come, no more than a turn's share of it. False: there will be no more. */
static bool drop_input(struct h1 *h1) {
    struct conn *conn = h1->conn;
    enum conn_result result = CONN_OK;
    size_t dropped = 0, len;

    buf_free(&conn->in);
    while (result == CONN_OK && dropped < CONN_TURN_BYTES) {
        result = conn_recv(conn, DROP_SIZE, &len);
        dropped += len;
        buf_consume(&conn->in, buf_len(&conn->in));
    }
    buf_free(&conn->in);
    if (result == CONN_OK) {
        task_start(&h1->task);
    }
    return result == CONN_OK || result == CONN_AGAIN;
}

static void on_linger_input(struct h1 *h1) {
    int64_t pause_ms = h1_linger_ms(h1);

    if (pause_ms == 0 || !drop_input(h1)) {
        connection_close(h1);
        return;
    }
    timer_start(&h1->conn->timer, pause_ms);
}

/* A socket that is closed with unread bytes in it resets, and the reset may overtake the response.
 * So the stream is ended, and what the client still sends is read and dropped for a while. */
static void linger(struct h1 *h1) {
    set_state(h1, H1_LINGER);
    h1_linger_start(h1);
    if (conn_shutdown(h1->conn) == CONN_OK) {
        on_linger_input(h1);
    } else {
        connection_close(h1);
    }
}

/* ---- another protocol ---- */

void h1_switched(struct h1 *h1) {
    const struct leg_events *events = h1->transfer->leg.events;

    timer_cancel(&h1->conn->timer);
    task_cancel(&h1->task);
    set_state(h1, H1_SWITCHED);
    events->on_switched(&h1->transfer->leg);
}

/* ---- idle ---- */

/* Time that an idle connection has while this worker drains; idle for so long by now. */
static int64_t drain_idle_ms(const struct h1 *h1, int64_t idle_ms) {
    int64_t left_ms = h1->options->keepalive_min_ms - idle_ms;

    return left_ms > DRAIN_IDLE_MS ? left_ms : DRAIN_IDLE_MS;
}

static int64_t idle_ms(const struct h1 *h1) {
    if (h1->is_draining) {
        return drain_idle_ms(h1, 0);
    }
    return h1->conn->side->requests == 0 ? h1->options->header_timeout_ms
                                         : h1->options->keepalive_timeout_ms;
}

/* Whether a request may be there already: pipelined, or bytes that nobody has looked at. */
static bool has_input(const struct h1 *h1) {
    return !buf_is_empty(&h1->conn->in) || h1->conn->is_readable;
}

static void wait_for_request(struct h1 *h1) {
    timer_start(&h1->conn->timer, idle_ms(h1));
    buf_free_if_empty(&h1->conn->in);
    if (has_input(h1)) {
        task_start(&h1->task);
    }
}

static void become_idle(struct h1 *h1) {
    set_state(h1, H1_IDLE);
    if (h1->closes_idle && !has_input(h1) && h1->options->keepalive_min_ms == 0) {
        connection_close(h1);
        return;
    }
    wait_for_request(h1);
    h1->service->on_idle(h1, true);
}

/* The first byte is there. */
static void begin_request(struct h1 *h1) {
    set_state(h1, H1_HEAD);
    h1->conn->side->requests++;
    h1->service->on_idle(h1, false);
    h1->service->on_request(h1);
    CHECK(h1->transfer != NULL && h1->transfer->leg.events != NULL);
    timer_start(&h1->conn->timer, h1->options->header_timeout_ms);
}

static void on_idle_input(struct h1 *h1) {
    size_t len;

    h1->is_pipelined = !buf_is_empty(&h1->conn->in);
    if (!h1->is_pipelined) {
        switch (conn_recv(h1->conn, h1->options->header_buffer_size, &len)) {
        case CONN_OK:
            break;
        case CONN_AGAIN:
            if (h1->closes_idle && h1->options->keepalive_min_ms == 0) {
                connection_close(h1);
            }
            return;
        case CONN_END:
        case CONN_FAILED:
            connection_close(h1);
            return;
        }
    }
    begin_request(h1);
}

void h1_served(struct h1 *h1) {
    const struct h1_transfer *transfer = h1->transfer;
    bool was_read = transfer->reader.is_done;
    bool keeps = was_read && transfer->keeps_connection;
    size_t len;

    timer_cancel(&h1->conn->timer);
    end_transfer(h1, LEG_DONE, 0);
    if (keeps) {
        become_idle(h1);
    } else if (h1->options->lingering == H1_LINGERS_NEVER) {
        connection_close(h1);
    } else if (!was_read || !buf_is_empty(&h1->conn->in)
               || h1->options->lingering == H1_LINGERS_ALWAYS
               || conn_recv(h1->conn, DROP_SIZE, &len) == CONN_OK) {
        linger(h1);
    } else {
        connection_close(h1);
    }
}

void h1_end_switched(struct leg *leg, enum leg_end end) {
    struct h1 *h1 = list_object(leg, struct h1_transfer, leg)->h1;

    CHECK(h1->state == H1_SWITCHED);
    h1->conn->owner = h1;
    h1->conn->on_ready = on_ready;
    end_transfer(h1, end, 0);
    if (h1->options->lingering == H1_LINGERS_NEVER) {
        connection_close(h1);
    } else {
        linger(h1);
    }
}

/* ---- head ---- */

/* What can be held of a head: the first buffer, or the larger ones together. */
static size_t head_limit(const struct h1_options *options) {
    size_t large = (size_t) options->large_buffer_size * options->large_buffer_count;

    return large > options->header_buffer_size ? large : options->header_buffer_size;
}

/* What may be held now: no line may be longer than one buffer, so no more than that is read of the
 * one under way. */
static size_t read_limit(const struct h1 *h1) {
    const struct h1_options *options = h1->options;
    size_t line = options->large_buffer_size > options->header_buffer_size
        ? options->large_buffer_size
        : options->header_buffer_size;
    size_t limit = h1->transfer->parse.line_start + line;

    return limit < head_limit(options) ? limit : head_limit(options);
}

static void head_bad(struct h1 *h1, unsigned status, const char *error) {
    timer_cancel(&h1->conn->timer);
    set_state(h1, H1_BUSY);
    transfer_head_bad(h1->transfer, status, error);
}

static void head_too_long(struct h1 *h1) {
    transfer_head_cut(h1->transfer);
    if (h1->transfer->parse.has_first_line) {
        head_bad(h1, 494, "client sent too large request header");
    } else {
        head_bad(h1, 414, "client sent too long request line");
    }
}

/* True: more bytes of the head are there. */
static bool read_head(struct h1 *h1) {
    size_t limit = read_limit(h1), len;

    if (buf_len(&h1->conn->in) >= limit) {
        head_too_long(h1);
        return false;
    }
    switch (conn_recv(h1->conn, limit, &len)) {
    case CONN_OK:
        return true;
    case CONN_AGAIN:
        return false;
    case CONN_END:
    case CONN_FAILED:
        h1_fail(h1, LEG_CLOSED, 400);
        return false;
    }
    UNREACHABLE();
}

static void parse_head(struct h1 *h1) {
    struct h1_transfer *transfer = h1->transfer;
    struct h1_parse_options options = {
        .max_fields = h1->options->max_fields,
        .ignores_bad_fields = h1->options->ignores_bad_fields,
        .allows_underscores = h1->options->allows_underscores,
    };
    size_t len;

    do {
        switch (h1_parse_request(&transfer->parse, buf_bytes(&h1->conn->in), &options,
                                 &transfer->request, &len)) {
        case H1_OK:
            timer_cancel(&h1->conn->timer);
            buf_consume(&h1->conn->in, len);
            set_state(h1, H1_BUSY);
            transfer_head_done(transfer);
            return;
        case H1_BAD:
            head_bad(h1, transfer->parse.status, transfer->parse.error);
            return;
        case H1_MORE:
            break;
        }
    } while (read_head(h1));
}

/* ---- the pump ---- */

static void pump_once(struct h1 *h1) {
    if (h1->state == H1_IDLE) {
        on_idle_input(h1);
    }
    if (h1->state == H1_HEAD) {
        parse_head(h1);
    }
    if (h1->state == H1_BUSY) {
        transfer_pump(h1->transfer);
    } else if (h1->state == H1_LINGER) {
        on_linger_input(h1);
    }
}

/* Pipelined requests that are answered at once are served in portions; the task goes on. */
static void pump(struct h1 *h1) {
    const struct conn_side *side = h1->conn->side;
    uint64_t requests = side->requests;

    do {
        pump_once(h1);
    } while (h1->state == H1_IDLE && !buf_is_empty(&h1->conn->in)
             && side->requests - requests < PIPELINED_MAX);
}

static void on_ready(struct conn *conn) {
    pump(conn->owner);
}

static void on_task(struct task *task) {
    pump(list_object(task, struct h1, task));
}

static void on_timer(struct timer *timer) {
    struct h1 *h1 = list_object(timer, struct conn, timer)->owner;

    if (h1->state == H1_BUSY && h1->transfer->is_held) {
        transfer_unhold(h1->transfer);
    } else {
        h1_fail(h1, LEG_TIMED_OUT, 408);
    }
}

/* ---- the owner's side ---- */

struct h1 *h1_accept(struct conn *conn, const struct h1_options *options,
                     const struct h1_service *service, size_t owner_size) {
    struct h1 *h1 = heap_zero(1, size_add(sizeof(*h1), owner_size));

    h1->conn = conn;
    h1->options = options;
    h1->service = service;
    conn->timer.on_expiry = on_timer;
    task_init(&h1->task, on_task);
    conn->owner = h1;
    conn->on_ready = on_ready;
    wait_for_request(h1);
    return h1;
}

struct leg *h1_open_leg(struct h1 *h1, struct arena *arena) {
    CHECK(h1->state == H1_HEAD && h1->transfer == NULL);
    h1->transfer = transfer_new(h1, arena);
    h1->transfer->leg.is_pipelined = h1->is_pipelined;
    return &h1->transfer->leg;
}

/* An idle connection gets less time than it had. */
static void drain_idle(struct h1 *h1) {
    struct timer *timer = &h1->conn->timer;
    int64_t left_ms = timer->deadline_ms - clock_ms();
    int64_t drain_ms = drain_idle_ms(h1, h1->options->keepalive_timeout_ms - left_ms);

    if (left_ms > drain_ms) {
        timer_start(timer, drain_ms);
    }
}

void h1_drain(struct h1 *h1, enum h1_drain haste) {
    bool was_draining = h1->is_draining;

    h1->is_draining = true;
    h1->closes_idle |= haste == H1_DRAIN_IDLE;
    if (haste == H1_DRAIN_ALL) {
        h1_fail(h1, LEG_CANCELLED, 499);
    } else if (h1->state != H1_IDLE) {
        return;
    } else if (haste == H1_DRAIN_IDLE && !has_input(h1) && h1->options->keepalive_min_ms == 0) {
        connection_close(h1);
    } else if (!was_draining) {
        drain_idle(h1);
    }
}
