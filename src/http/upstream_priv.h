/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_priv - what the parts of the other half of an exchange share; see upstream.h. */
#ifndef WEIR_HTTP_UPSTREAM_PRIV_H
#define WEIR_HTTP_UPSTREAM_PRIV_H

#include "base/clock.h"
#include "http/exchange_dump.h"
#include "http/upstream.h"

/* An event of the leg has come: its exchange is at hand. */
static inline struct upstream *upstream_of_leg(struct leg *leg) {
    struct upstream *upstream = leg->exchange;

    exchange_at_hand = upstream->exchange;
    return upstream;
}

static inline struct attempt_try *upstream_figures(struct upstream *upstream) {
    return attempt_current(&upstream->attempt);
}

static inline int64_t upstream_try_ms(const struct upstream *upstream) {
    return clock_ms() - upstream->attempt.try_start_ms;
}

/* ---- tries and their end (upstream_tries) ---- */

/* What the leg has moved goes to the figures of the try. */
void upstream_note_bytes(struct upstream *upstream, const struct leg *leg);

/* The leg is gone without the whole of a response: asks a server again, or answers. */
void upstream_try_failed(struct upstream *upstream, const struct leg *leg, enum leg_end end);

/* Where this answer makes the request go to another server, and there is one, it does. */
bool upstream_ask_next(struct upstream *upstream, struct leg *leg, const struct message *head);

/* The server has answered, and that is enough: whatever it still sends is not read, and there will
 * be no more tries. */
void upstream_give_up(struct upstream *upstream, struct leg *leg, const struct message *head);

/* There will be no more tries. */
void upstream_finish(struct upstream *upstream);

/* ---- the response (upstream_head) ---- */

/* The event of the leg. */
void upstream_on_head(struct leg *leg, struct message *head, bool is_whole);

/* From now on the body has a pipe of its own on its way to the client's. rate: bytes a second, 0:
 * as they come. */
void upstream_part_ways(struct upstream *upstream, struct leg *leg, uint64_t rate);

#endif
