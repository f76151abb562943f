/* SPDX-License-Identifier: BSD-2-Clause */
/* relay - the pump between two connections; see relay.h. */
#include "net/relay.h"

#include "base/clock.h"
#include "base/panic.h"
#include "net/relay_priv.h"

enum {
    FLOW_STEPS_MAX = 64, /* of one flow in one turn */
    RATE_BURST_MS = 1000 /* the share that may come at once */
};

/* ---- rates ---- */

/* Bytes that may have been received by now; as in nginx, counted from the start. */
static uint64_t rate_share(const struct relay_flow *flow) {
    uint64_t elapsed_ms = (uint64_t) (clock_ms() - flow->rate_start_ms) + RATE_BURST_MS;
    uint64_t seconds = elapsed_ms / 1000, share;

    if (__builtin_mul_overflow(flow->rate, seconds, &share)
        || __builtin_add_overflow(share, flow->rate / 1000 * (elapsed_ms % 1000), &share)
        || __builtin_add_overflow(share, flow->rate % 1000 * (elapsed_ms % 1000) / 1000, &share)) {
        return UINT64_MAX;
    }
    return share;
}

static uint64_t flow_total(const struct relay_flow *flow) {
    return flow->moved + flow->in_pipe + buf_len(&flow->from->in);
}

/* Sleeps until a portion worth a system call may come. */
static void rate_wait(struct relay_flow *flow, uint64_t lacking) {
    uint64_t portion = flow->rate / 8 + 1;

    lacking += portion < CONN_READ_MIN ? portion : CONN_READ_MIN;
    timer_start(&flow->rate_timer, (int64_t) (lacking / flow->rate * 1000
                                              + lacking % flow->rate * 1000 / flow->rate + 1));
}

size_t flow_allowed(struct relay_flow *flow) {
    uint64_t share, total;

    if (flow->rate == 0) {
        return SIZE_MAX;
    }
    share = rate_share(flow);
    total = flow_total(flow);
    if (share > total) {
        return (size_t) (share - total);
    }
    rate_wait(flow, total - share);
    return 0;
}

/* ---- what is held ---- */

static size_t held_total; /* by all flows */

void flow_note_held(struct relay_flow *flow) {
    size_t held = flow->from->in.size + (flow->is_stuck ? flow->in_pipe : 0);

    held_total += held - flow->held;
    flow->held = held;
}

bool flow_may_hold_more(size_t more) {
    return held_total + more < RELAY_HELD_MAX;
}

/* ---- one direction ---- */

static bool flow_holds_none(const struct relay_flow *flow) {
    return flow->in_pipe == 0 && buf_is_empty(&flow->from->in);
}

void flow_received(struct relay_flow *flow) {
    if (flow->first_byte_ms == 0) {
        flow->first_byte_ms = clock_ms();
    }
}

static enum flow_step flow_send(struct relay_flow *flow) {
    struct buf *in = &flow->from->in;
    struct iovec iov = { in->data + in->start, buf_len(in) };
    size_t len;

    switch (conn_send(flow->to, &iov, 1, &len)) {
    case CONN_OK:
        buf_consume(in, len);
        flow->moved += len;
        return FLOW_MOVED;
    case CONN_FAILED:
        return FLOW_TO_LOST;
    default:
        return FLOW_WAITS;
    }
}

/* The most to read at once. */
static size_t read_max(struct relay_flow *flow, const struct relay_options *options) {
    size_t max = options->buffer_size, allowed = flow_allowed(flow);

    if (flow->from->read_grade > 0 && max < CONN_READ_MAX && flow_may_hold_more(0)) {
        max = CONN_READ_MAX;
    }
    return max < allowed ? max : allowed;
}

static enum flow_step flow_recv(struct relay_flow *flow, const struct relay_options *options) {
    struct conn *from = flow->from;
    size_t max, len;

    if (!from->is_readable || (max = read_max(flow, options)) == 0) {
        return FLOW_WAITS;
    }
    switch (conn_recv(from, max, &len)) {
    case CONN_OK:
        flow_received(flow);
        flow->is_bulk = flow->can_splice && from->read_grade == CONN_READ_GRADES - 1
            && flow_may_hold_more(0);
        return FLOW_MOVED;
    case CONN_END:
        return FLOW_MOVED;
    case CONN_FAILED:
        return FLOW_FROM_LOST;
    default:
        return FLOW_WAITS;
    }
}

static enum flow_step flow_step(struct relay_flow *flow, const struct relay_options *options) {
    if (!buf_is_empty(&flow->from->in)) {
        return flow_send(flow);
    }
    if (flow->in_pipe == 0 && (flow->from->is_at_end || flow->is_last)) {
        flow->is_ended = true;
        return FLOW_WAITS;
    }
    if (flow->is_bulk) {
        return flow_splice(flow);
    }
    return flow_recv(flow, options);
}

/* Moves what can be moved now. FLOW_MOVED: the turn's share is used up. */
static enum flow_step flow_run(struct relay_flow *flow, const struct relay_options *options) {
    uint64_t enough = flow->moved + CONN_TURN_BYTES;
    enum flow_step step = FLOW_WAITS;
    int i;

    for (i = 0; i < FLOW_STEPS_MAX && flow->moved < enough && !flow->is_ended; i++) {
        step = flow_step(flow, options);
        if (step != FLOW_MOVED) {
            break;
        }
    }
    buf_free_if_empty(&flow->from->in);
    flow_note_held(flow);
    return flow->is_ended ? FLOW_WAITS : step;
}

static void flow_init(struct relay_flow *flow, struct conn *from, struct conn *to, uint64_t rate) {
    *flow = (struct relay_flow){ .from = from, .to = to, .rate = rate };
    flow->rate_start_ms = clock_ms();
    flow->can_splice = !from->transport->has_pending && !to->transport->has_pending;
    if (!buf_is_empty(&from->in)) {
        flow_received(flow);
    }
}

static void flow_fini(struct relay_flow *flow) {
    flow_put_pipe(flow);
    held_total -= flow->held;
    flow->held = 0;
    timer_fini(&flow->rate_timer);
    timer_fini(&flow->stall_timer);
}

/* ---- the relay ---- */

static void relay_stop(struct relay *relay) {
    relay->is_active = false;
    relay->up.from->on_ready = relay->down.from->on_ready = NULL;
    relay->up.from->owner = relay->down.from->owner = NULL;
    flow_fini(&relay->up);
    flow_fini(&relay->down);
    timer_fini(&relay->idle);
    task_cancel(&relay->task);
}

static void relay_finish(struct relay *relay, enum relay_end end) {
    relay_stop(relay);
    relay->on_end(relay, end);
}

static struct relay_flow *flow_against(struct relay *relay, const struct relay_flow *flow) {
    return flow == &relay->up ? &relay->down : &relay->up;
}

/* One conn failed: nothing can be brought to it any more, but what came from it goes on its way. */
static void relay_lose(struct relay *relay, struct relay_flow *from_lost, enum flow_step why) {
    struct relay_flow *to_lost = flow_against(relay, from_lost);

    relay->lost = from_lost == &relay->up ? RELAY_DOWNSTREAM_LOST : RELAY_UPSTREAM_LOST;
    to_lost->is_ended = to_lost->is_shut = true;
    flow_fini(to_lost);
    if (why == FLOW_FROM_LOST) {
        from_lost->from->is_at_end = true;
    } else {
        from_lost->from->is_readable = true; /* the last words may be there, and no event to tell */
    }
}

/* Passes the end of a direction on once all before it is delivered. */
static void pass_end(struct relay *relay, struct relay_flow *flow) {
    if (flow->is_ended && !flow->is_shut && relay->lost == RELAY_DONE
        && relay->options.keeps_half_open) {
        flow->is_shut = conn_shutdown(flow->to) != CONN_AGAIN;
    }
}

/* What remains to be heard from a conn that failed was heard and delivered. */
static bool flow_is_exhausted(const struct relay_flow *flow) {
    return flow->is_ended || (flow_holds_none(flow) && !flow->from->is_readable);
}

static bool relay_is_over(const struct relay *relay) {
    const struct relay_flow *up = &relay->up, *down = &relay->down;

    switch (relay->lost) {
    case RELAY_DOWNSTREAM_LOST:
        return flow_is_exhausted(up);
    case RELAY_UPSTREAM_LOST:
        return flow_is_exhausted(down);
    default:
        break;
    }
    if (relay->options.keeps_half_open) {
        return up->is_shut && down->is_shut;
    }
    return (up->is_ended && flow_holds_none(down)) || (down->is_ended && flow_holds_none(up));
}

static enum flow_step relay_run_flow(struct relay *relay, struct relay_flow *flow) {
    enum flow_step step = flow_run(flow, &relay->options);

    if (step == FLOW_MOVED || step == FLOW_WAITS) {
        pass_end(relay, flow);
        return step;
    }
    if (relay->lost != RELAY_DONE) {
        flow->is_ended = true; /* whose last words these were, or who was to hear them */
    } else {
        relay_lose(relay, step == FLOW_FROM_LOST ? flow : flow_against(relay, flow), step);
    }
    return FLOW_MOVED;
}

/* Bytes in and out so far. */
static uint64_t relay_progress(const struct relay *relay) {
    return relay->up.moved + relay->down.moved + relay->up.from->bytes_received
        + relay->down.from->bytes_received;
}

static void relay_run(struct relay *relay) {
    uint64_t before = relay_progress(relay);
    enum flow_step up, down;

    conn_at_hand = relay->up.from;
    up = relay_run_flow(relay, &relay->up);
    down = relay_run_flow(relay, &relay->down);
    if (relay_is_over(relay)) {
        relay_finish(relay, relay->lost);
        return;
    }
    if (!relay->options.keeps_half_open && relay->lost == RELAY_DONE
        && (relay->up.is_ended || relay->down.is_ended)) {
        relay->up.is_last = relay->down.is_last = true;
    }
    if (relay_progress(relay) != before) {
        timer_start(&relay->idle, relay->options.idle_ms);
    }
    if (up == FLOW_MOVED || down == FLOW_MOVED) {
        task_start(&relay->task);
    }
}

static void on_conn_ready(struct conn *conn) {
    struct relay *relay = conn->owner;

    if (!task_is_queued(&relay->task)) {
        relay_run(relay);
    }
}

static void on_relay_task(struct task *task) {
    relay_run(list_object(task, struct relay, task));
    conn_at_hand = NULL;
}

static void on_rate_timer(struct timer *timer) {
    struct relay_flow *flow = list_object(timer, struct relay_flow, rate_timer);
    struct relay *relay = flow->from->owner;

    task_start(&relay->task);
}

static void on_stall(struct timer *timer) {
    flow_read_back(list_object(timer, struct relay_flow, stall_timer));
}

static void on_idle(struct timer *timer) {
    relay_finish(list_object(timer, struct relay, idle), RELAY_IDLE);
}

void relay_start(struct relay *relay, struct conn *downstream, struct conn *upstream,
                 const struct relay_options *options,
                 void (*on_end)(struct relay *relay, enum relay_end end)) {
    CHECK(!relay->is_active && options->buffer_size > 0);
    *relay = (struct relay){ .options = *options, .is_active = true, .on_end = on_end };
    flow_init(&relay->up, downstream, upstream, options->upload_rate);
    flow_init(&relay->down, upstream, downstream, options->download_rate);
    timer_init(&relay->up.rate_timer, on_rate_timer);
    timer_init(&relay->down.rate_timer, on_rate_timer);
    timer_init(&relay->up.stall_timer, on_stall);
    timer_init(&relay->down.stall_timer, on_stall);
    timer_init(&relay->idle, on_idle);
    timer_start(&relay->idle, options->idle_ms);
    task_init(&relay->task, on_relay_task);
    downstream->owner = upstream->owner = relay;
    downstream->on_ready = upstream->on_ready = on_conn_ready;
    task_start(&relay->task);
}

void relay_cancel(struct relay *relay) {
    if (relay->is_active) {
        relay_stop(relay);
    }
}

enum termination relay_termination(enum relay_end end) {
    switch (end) {
    case RELAY_DONE:
        return TERMINATION_OK;
    case RELAY_DOWNSTREAM_LOST:
        return TERMINATION_CLIENT_CLOSED;
    case RELAY_UPSTREAM_LOST:
        return TERMINATION_UPSTREAM_CLOSED;
    case RELAY_IDLE:
        return TERMINATION_UPSTREAM_TIMEOUT;
    }
    UNREACHABLE();
}
