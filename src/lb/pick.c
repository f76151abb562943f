/* SPDX-License-Identifier: BSD-2-Clause */
/* pick - the choice of a peer: plan, then claim; see pick.h. */
#include "lb/pick.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"

/* Words of the bit set that needs no memory of its own. */
enum { TRIED_INLINE = sizeof(((struct pick *) 0)->tried) * 8 };

void pick_init(struct pick *pick, struct group *group, struct scope *scope) {
    *pick = (struct pick){ .group = group, .scope = scope, .peer = -1 };
    if (group->count > TRIED_INLINE) {
        pick->tried_more = arena_zero(scope->arena, (group->count + 63) / 64, sizeof(uint64_t));
    }
}

static uint64_t *tried_bits(const struct pick *pick) {
    return pick->tried_more != NULL ? pick->tried_more : (uint64_t *) pick->tried;
}

static bool is_tried(const struct pick *pick, unsigned peer) {
    return (tried_bits(pick)[peer / 64] >> peer % 64 & 1) != 0;
}

static void set_tried(struct pick *pick, unsigned peer) {
    tried_bits(pick)[peer / 64] |= (uint64_t) 1 << peer % 64;
    pick->tried_count++;
}

/* Down by its failures at this time; not if its time is over and a probe is due. */
static bool is_failing(const struct peer *peer, int64_t now_ms) {
    return __atomic_load_n(&peer->state->down_until_ms, __ATOMIC_RELAXED) > now_ms;
}

bool pick_is_eligible(const struct pick *pick, unsigned index) {
    const struct peer *peer = &pick->group->peers[index];

    if (peer->is_down || is_tried(pick, index) || is_failing(peer, clock_wall_ms())) {
        return false;
    }
    return peer->max_conns == 0
        || __atomic_load_n(&peer->state->conns.count, __ATOMIC_RELAXED) < peer->max_conns;
}

enum pick_result pick_plan(struct pick *pick) {
    struct group *group = pick->group;

    pick->peer = -1;
    if (group->method->plan(pick, 0, group->primary_count)
        || (group->primary_count < group->count
            && group->method->plan(pick, group->primary_count,
                                   group->count - group->primary_count))) {
        const struct peer_state *state = group->peers[pick->peer].state;

        pick->probe_ms = __atomic_load_n(&state->down_until_ms, __ATOMIC_RELAXED);
        return PICK_OK;
    }
    return pick->tried_count > 0 ? PICK_ALL_TRIED : PICK_NONE;
}

/* A peer whose time out of service is over gets one request to show itself: whoever moves the time on
 * has it; the others see a peer that is down. */
static bool claim_probe(struct pick *pick, struct peer *peer) {
    int64_t seen = pick->probe_ms;

    return seen == 0
        || __atomic_compare_exchange_n(&peer->state->down_until_ms, &seen,
                                       clock_wall_ms() + peer->fail_timeout_ms, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* A state that is not shared is counted by nobody. */
static bool count_up(const struct group *group, struct peer *peer) {
    return group->zone == NULL
        || seat_count_up(group->zone, &peer->state->conns, peer->max_conns > 0, peer->max_conns);
}

bool pick_claim(struct pick *pick) {
    struct group *group = pick->group;
    struct peer *peer = &group->peers[pick->peer];

    CHECK(!pick->is_claimed);
    if ((group->method->claim != NULL && !group->method->claim(pick)) || !claim_probe(pick, peer)
        || !count_up(group, peer)) {
        return false;
    }
    __atomic_add_fetch(&peer->state->picks, 1, __ATOMIC_RELAXED);
    pick->is_claimed = true;
    return true;
}

enum pick_result pick_peer(struct pick *pick) {
    enum pick_result result;

    do {
        result = pick_plan(pick);
    } while (result == PICK_OK && !pick_claim(pick));
    return result;
}

/* ---- how it went ---- */

/* Whether some other peer of the group is in service: the last one is never taken out of it. */
static bool has_other_live_peer(const struct group *group, const struct peer *peer) {
    int64_t now_ms = clock_wall_ms();
    unsigned i;

    for (i = 0; i < group->count; i++) {
        const struct peer *other = &group->peers[i];

        if (other != peer && !other->is_down && !is_failing(other, now_ms)) {
            return true;
        }
    }
    return false;
}

/* The window slides with each failure: the max_fails-th newest must lie within fail_timeout. */
static bool window_is_full(const struct peer *peer, int64_t now_ms) {
    const struct peer_state *state = peer->state;

    if (state->failure_count < peer->max_fails) {
        return false;
    }
    return state->failures_ms[(state->failure_count - peer->max_fails) % PEER_WINDOW_MAX]
        > now_ms - peer->fail_timeout_ms;
}

static void window_lock(const struct group *group, struct peer_state *state) {
    if (group->zone != NULL) {
        seat_lock(group->zone, &state->lock);
    }
}

static void window_unlock(const struct group *group, struct peer_state *state) {
    if (group->zone != NULL) {
        seat_unlock(&state->lock);
    }
}

static void note_failure(struct group *group, struct peer *peer) {
    struct peer_state *state = peer->state;
    int64_t now_ms = clock_wall_ms();
    bool is_full;

    __atomic_add_fetch(&state->failures, 1, __ATOMIC_RELAXED);
    if (peer->max_fails == 0) {
        return;
    }
    window_lock(group, state);
    state->failures_ms[state->failure_count++ % PEER_WINDOW_MAX] = now_ms;
    is_full = window_is_full(peer, now_ms);
    window_unlock(group, state);
    if (is_full && has_other_live_peer(group, peer)) {
        __atomic_store_n(&state->down_until_ms, now_ms + peer->fail_timeout_ms, __ATOMIC_RELEASE);
        log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
                  "upstream server temporarily disabled: %.*s in \"%.*s\"", STR_ARG(peer->name),
                  STR_ARG(group->name));
    }
}

/* A probe that went well puts the peer back in service, with a clean window. */
static void note_success(const struct pick *pick, struct peer *peer) {
    struct peer_state *state = peer->state;

    if (pick->probe_ms == 0) {
        return;
    }
    window_lock(pick->group, state);
    state->failure_count = 0;
    window_unlock(pick->group, state);
    __atomic_store_n(&state->down_until_ms, 0, __ATOMIC_RELEASE);
}

void pick_done(struct pick *pick, enum pick_outcome outcome) {
    struct group *group = pick->group;
    struct peer *peer;

    if (!pick->is_claimed) {
        return;
    }
    peer = &group->peers[pick->peer];
    pick->is_claimed = false;
    set_tried(pick, (unsigned) pick->peer);
    if (outcome == PICK_FAILURE) {
        note_failure(group, peer);
    } else if (outcome == PICK_SUCCESS) {
        note_success(pick, peer);
    }
    if (group->zone != NULL) {
        seat_count_down(group->zone, &peer->state->conns);
    }
}
