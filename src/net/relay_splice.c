/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay_splice - bulk in one direction: from socket to pipe to socket, without a copy.
 *
 * The pipe is filled only when it is empty: with bytes in it, EAGAIN would not tell whether the
 * socket has no more or the pipe no room. And a short splice() says nothing: EAGAIN alone ends a
 * round.
 */
#include "net/conn_priv.h"
#include "net/relay_priv.h"

#include "base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    SPLICE_BURST_MIN = 16 * 1024, /* what comes in smaller portions is cheaper to copy */
    SPLICE_STALL_MS = 1000        /* after which a receiver may not keep a pipe */
};

void flow_put_pipe(struct relay_flow *flow) {
    if (flow->pipe != NULL) {
        relay_pipe_put(flow->pipe, flow->in_pipe);
        flow->pipe = NULL;
        flow->in_pipe = 0;
        flow->is_stuck = false;
        timer_cancel(&flow->stall_timer);
    }
}

static void leave_bulk(struct relay_flow *flow) {
    flow_put_pipe(flow);
    flow->is_bulk = false;
    flow->from->read_grade = 0;
}

/* The sender has no more for now. */
static enum flow_step fill_ended(struct relay_flow *flow) {
    conn_stop_reading(flow->from, CONN_AGAIN);
    if (flow->burst < SPLICE_BURST_MIN) {
        leave_bulk(flow);
    }
    flow_put_pipe(flow);
    flow->burst = 0;
    return FLOW_WAITS;
}

static enum flow_step fill_failed(struct relay_flow *flow, int error) {
    switch (error) {
    case EAGAIN:
        return fill_ended(flow);
    case EINTR:
        return FLOW_MOVED;
    case EINVAL: /* a kind of socket that cannot */
        flow->can_splice = false;
        leave_bulk(flow);
        return FLOW_MOVED;
    default:
        flow->from->error = error;
        conn_stop_reading(flow->from, CONN_FAILED);
        return FLOW_FROM_LOST;
    }
}

static enum flow_step fill_pipe(struct relay_flow *flow) {
    struct conn *from = flow->from;
    size_t room;
    ssize_t n;

    if (!flow_may_hold_more(0)) {
        leave_bulk(flow);
        return FLOW_MOVED;
    }
    if (!from->is_readable || (room = flow_allowed(flow)) == 0) {
        flow_put_pipe(flow);
        return FLOW_WAITS;
    }
    if (flow->pipe == NULL && (flow->pipe = relay_pipe_take()) == NULL) {
        flow->is_bulk = false; /* until the next read */
        return FLOW_MOVED;
    }
    if (room > flow->pipe->size) {
        room = flow->pipe->size;
    }
    n = splice(from->watch.fd, NULL, flow->pipe->fds[1], NULL, room,
               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n < 0) {
        return fill_failed(flow, errno);
    }
    if (n == 0) {
        conn_stop_reading(from, CONN_END);
        return FLOW_MOVED;
    }
    flow->in_pipe = (size_t) n;
    flow->burst += (size_t) n;
    from->bytes_received += (uint64_t) n;
    flow_received(flow);
    return FLOW_MOVED;
}

static enum flow_step empty_pipe(struct relay_flow *flow) {
    struct conn *to = flow->to;
    ssize_t n;

    if (!to->is_writable) {
        return FLOW_WAITS;
    }
    n = splice(flow->pipe->fds[0], NULL, to->watch.fd, NULL, flow->in_pipe,
               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n > 0) {
        flow->in_pipe -= (size_t) n;
        flow->moved += (uint64_t) n;
        to->bytes_sent += (uint64_t) n;
        flow->is_stuck = false;
        timer_cancel(&flow->stall_timer);
        return FLOW_MOVED;
    }
    if (n < 0 && errno == EINTR) {
        return FLOW_MOVED;
    }
    to->is_writable = false;
    if (n < 0 && errno == EAGAIN) {
        timer_start(&flow->stall_timer, SPLICE_STALL_MS);
        return FLOW_WAITS;
    }
    to->error = n < 0 ? errno : EPIPE;
    return FLOW_TO_LOST;
}

enum flow_step flow_splice(struct relay_flow *flow) {
    return flow->in_pipe > 0 ? empty_pipe(flow) : fill_pipe(flow);
}

void flow_read_back(struct relay_flow *flow) {
    struct buf *in = &flow->from->in;

    CHECK(buf_is_empty(in));
    if (!flow_may_hold_more(flow->in_pipe)) {
        flow->is_stuck = true;
        flow_note_held(flow);
        timer_start(&flow->stall_timer, SPLICE_STALL_MS);
        return;
    }
    if (flow->in_pipe > 0) {
        buf_reserve(in, flow->in_pipe);
    }
    while (flow->in_pipe > 0) {
        ssize_t n = read(flow->pipe->fds[0], buf_room(in), flow->in_pipe);

        CHECK(n > 0);
        buf_added(in, (size_t) n);
        flow->in_pipe -= (size_t) n;
    }
    leave_bulk(flow);
    flow_note_held(flow);
}
