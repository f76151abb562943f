/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_body - a response on its way past a slow client; see upstream_body.h. */
#include "http/upstream_body.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange_dump.h"

#include <errno.h>

enum {
    PACE_STEPS = 16,      /* a second's bytes are let through in so many pieces, about */
    PACE_PIECE_MIN = 1024
};

static struct pipe *target_of(const struct upstream_body *body) {
    return &body->exchange->response_body;
}

/* ---- the rate ---- */

static uint64_t pace_piece(uint64_t rate) {
    return rate / PACE_STEPS > PACE_PIECE_MIN ? rate / PACE_STEPS : PACE_PIECE_MIN;
}

/* Milliseconds until more may pass; 0: now. */
static int64_t pace_wait_ms(const struct upstream_body *body) {
    uint64_t rate = body->rate, passed = body->received.total - body->received.len;
    uint64_t elapsed_ms = (uint64_t) (clock_ms() - body->start_ms), due_ms;

    if (rate == 0) {
        return 0;
    }
    due_ms = passed / rate * 1000 + passed % rate * 1000 / rate;
    return due_ms > elapsed_ms ? (int64_t) (due_ms - elapsed_ms) : 0;
}

static bool must_wait(struct upstream_body *body) {
    int64_t wait_ms = pace_wait_ms(body);

    if (wait_ms > 0) {
        timer_start(&body->pace, wait_ms);
    }
    return wait_ms > 0;
}

/* ---- the file ---- */

/* Without a file the server waits for the client: that is no reason to break off a response. */
static void spool(struct upstream_body *body) {
    struct exchange *exchange = body->exchange;

    if (spool_pass(&body->spool, &body->received, target_of(body)) == SPOOL_FAILED) {
        log_write(exchange->log, LOG_LEVEL_CRIT, errno, &exchange->log_context,
                  "cannot write a response to a file in \"%s\"", body->options->directory);
        body->spool.file_max = 0;
    }
}

/* ---- patience ---- */

static void note_holding(struct upstream_body *body) {
    bool is_held = body->received.len > 0;

    if (is_held && body->held_since_ms == 0) {
        body->held_since_ms = clock_ms();
        timer_start(&body->patience, body->held_ms < BODY_PATIENCE_MS
                                         ? BODY_PATIENCE_MS - body->held_ms : 0);
    } else if (!is_held && body->held_since_ms != 0) {
        body->held_ms += clock_ms() - body->held_since_ms;
        body->held_since_ms = 0;
        timer_cancel(&body->patience);
    }
}

void upstream_body_pass(struct upstream_body *body) {
    struct pipe *to = target_of(body);

    if (to->state != PIPE_OPEN || (body->received.len > 0 && must_wait(body))) {
        return;
    }
    if (body->received.state != PIPE_OPEN) {
        upstream_body_finish(body);
        return;
    }
    if (body->received.len == 0) {
        return;
    }
    if (body->is_spooling) {
        spool(body);
        return;
    }
    pipe_move(to, &body->received, pipe_room(to));
    note_holding(body);
}

void upstream_body_stop(struct upstream_body *body) {
    timer_cancel(&body->patience);
    timer_cancel(&body->pace);
}

void upstream_body_finish(struct upstream_body *body) {
    struct pipe *to = target_of(body);

    upstream_body_stop(body);
    if (to->state != PIPE_OPEN) {
        return;
    }
    pipe_move(to, &body->received, body->received.len);
    if (body->received.state == PIPE_ENDED) {
        pipe_end(to);
    }
}

static void pass_later(struct upstream_body *body) {
    exchange_at_hand = body->exchange;
    upstream_body_pass(body);
    body->on_moved(body, body->data);
}

static void on_patience(struct timer *timer) {
    struct upstream_body *body = list_object(timer, struct upstream_body, patience);

    body->is_spooling = true;
    pass_later(body);
}

static void on_pace(struct timer *timer) {
    pass_later(list_object(timer, struct upstream_body, pace));
}

/* ---- beginning and end ---- */

struct upstream_body *upstream_body_new(struct exchange *exchange,
                                        const struct upstream_body_options *options,
                                        uint64_t rate) {
    struct upstream_body *body = arena_zero(&exchange->arena, 1, sizeof(*body));
    uint64_t high = options->piece_max;

    if (rate > 0 && pace_piece(rate) < high) {
        high = pace_piece(rate);
    }
    body->exchange = exchange;
    body->rate = rate;
    body->options = options;
    body->start_ms = clock_ms();
    pipe_init(&body->received, (size_t) high, (size_t) high / 4);
    spool_init(&body->spool, options->file_max, options->directory);
    timer_init(&body->patience, on_patience);
    timer_init(&body->pace, on_pace);
    return body;
}

void upstream_body_close(struct upstream_body *body) {
    timer_fini(&body->patience);
    timer_fini(&body->pace);
    pipe_fini(&body->received);
    spool_fini(&body->spool);
}
