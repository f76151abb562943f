/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer - deadlines in a lazy wheel.
 *
 * A deadline is a number. Moving it later (what every byte of traffic does to a time-out) only
 * stores the number: the wheel looks at it when the old one comes and puts the timer back. So
 * requests insert and delete nothing. Times are those of clock_ms(); resolution 8 ms, never early.
 */
#ifndef WEIR_EVENT_TIMER_H
#define WEIR_EVENT_TIMER_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct timer {
    struct list link;      /* place in the wheel */
    int64_t deadline_ms;   /* 0: not set */
    int64_t wheel_ms;      /* deadlines from this on are served by its present place in the wheel */
    void (*on_expiry)(struct timer *timer);
};

void timer_init(struct timer *timer, void (*on_expiry)(struct timer *timer));

/* Expires after_ms from now, once; replaces the deadline set before. after_ms >= 0. */
void timer_start(struct timer *timer, int64_t after_ms);

/* Cheap: the timer may stay in the wheel and be passed over. Its memory must outlive that: before
 * it goes, timer_fini() must be called. Idempotent. */
static inline void timer_cancel(struct timer *timer) {
    timer->deadline_ms = 0;
}

/* Cancels and takes the timer out of the wheel. Idempotent. */
void timer_fini(struct timer *timer);

static inline bool timer_is_set(const struct timer *timer) {
    return timer->deadline_ms != 0;
}

/* For the loop: milliseconds until something may expire, at most a minute; expiry of what is due,
 * up to the budget of one turn: while something is left over, timer_wait_ms() is 0. on_expiry may
 * start, cancel and end any timer, its own included. */
int64_t timer_wait_ms(void);
void timer_expire(void);

/* Cancels all timers and takes them out of the wheel: the loop does it when it begins and ends. */
void timer_reset(void);

#endif
