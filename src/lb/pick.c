/* SPDX-License-Identifier: BSD-2-Clause */
/* pick - the choice of a peer: plan, then claim; see pick.h. */
#include "lb/pick.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"

void pick_init(struct pick *pick, struct group *group, struct scope *scope) {
    *pick = (struct pick){ .group = group, .scope = scope, .peer = -1 };
}

/* ---- peers that are no choice any more ---- */

static bool is_passed(const struct pick *pick, unsigned peer) {
    unsigned i;

    if (pick->passed_bits != NULL) {
        return (pick->passed_bits[peer / 64] >> peer % 64 & 1) != 0;
    }
    for (i = 0; i < pick->passed_count; i++) {
        if (pick->passed[i] == peer) {
            return true;
        }
    }
    return false;
}

static void set_bit(struct pick *pick, unsigned peer) {
    pick->passed_bits[peer / 64] |= (uint64_t) 1 << peer % 64;
}

/* Most picks pass few peers, whatever the size of the group, so the bits are made late. */
static void pass(struct pick *pick, unsigned peer) {
    unsigned i;

    if (pick->passed_bits == NULL && pick->passed_count < PICK_PASSED_MAX) {
        pick->passed[pick->passed_count++] = peer;
        return;
    }
    if (pick->passed_bits == NULL) {
        pick->passed_bits
            = arena_zero(pick->scope->arena, (pick->group->count + 63) / 64, sizeof(uint64_t));
        for (i = 0; i < pick->passed_count; i++) {
            set_bit(pick, pick->passed[i]);
        }
    }
    set_bit(pick, peer);
    pick->passed_count++;
}

/* ---- the plan ---- */

/* Until when the peer is out for its failures; 0: it is not. Where failures are not counted (any
 * more), what is left of former ones means nothing. */
static int64_t down_until(const struct peer *peer) {
    return peer->max_fails == 0 ? 0
                                : __atomic_load_n(&peer->state->down_until_ms, __ATOMIC_RELAXED);
}

bool peer_is_live(const struct peer *peer) {
    return !peer->is_down && down_until(peer) == 0;
}

bool pick_is_eligible(const struct pick *pick, unsigned index) {
    const struct peer *peer = &pick->group->peers[index];

    if (peer->is_down || down_until(peer) > clock_ms() || is_passed(pick, index)) {
        return false;
    }
    return peer->max_conns == 0
        || __atomic_load_n(&peer->state->conns.count, __ATOMIC_RELAXED) < peer->max_conns;
}

enum pick_result pick_plan(struct pick *pick) {
    struct group *group = pick->group;
    unsigned backups = group->count - group->primary_count;

    pick->peer = -1;
    if (group->method->plan(pick, 0, group->primary_count)
        || (backups > 0 && group->method->plan(pick, group->primary_count, backups))) {
        pick->probe_ms = down_until(&group->peers[pick->peer]);
        return PICK_OK;
    }
    return pick->tried_count > 0 ? PICK_ALL_TRIED : PICK_NONE;
}

/* ---- the claim ---- */

/* A peer whose time out of service is over gets one request to show itself: whoever moves the
 * time on has it; the others see a peer that is down. Who dies with it delays the next probe,
 * nothing more. */
static bool claim_probe(struct pick *pick, struct peer *peer) {
    int64_t seen = pick->probe_ms;

    if (seen == 0) {
        return true;
    }
    pick->probe_until_ms = clock_ms() + peer->fail_timeout_ms;
    return __atomic_compare_exchange_n(&peer->state->down_until_ms, &seen, pick->probe_until_ms,
                                       false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* The probe said nothing: the next request may make it, unless the peer's state has changed
 * since. */
static void give_probe_back(const struct pick *pick, struct peer *peer) {
    int64_t seen = pick->probe_until_ms;

    if (pick->probe_ms != 0) {
        __atomic_compare_exchange_n(&peer->state->down_until_ms, &seen, pick->probe_ms, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    }
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
    if ((group->method->claim != NULL && !group->method->claim(pick))
        || !claim_probe(pick, peer)) {
        return false;
    }
    if (!count_up(group, peer)) {
        /* Also where this process can count nothing more: to plan the same again would never end.
         * */
        give_probe_back(pick, peer);
        pass(pick, (unsigned) pick->peer);
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

static void state_lock(const struct group *group, struct lock *lock) {
    if (group->zone != NULL) {
        seat_lock(group->zone, lock);
    }
}

static void state_unlock(const struct group *group, struct lock *lock) {
    if (group->zone != NULL) {
        seat_unlock(lock);
    }
}

/*
 * Adds a failure. The window slides with each: it is full when the max_fails-th newest lies within
 * fail_timeout. Of more failures than are remembered, one stands for `step`, the oldest of them.
 */
static bool window_add(const struct peer *peer, int64_t now_ms) {
    uint32_t step = (peer->max_fails + PEER_WINDOW_MAX - 1) / PEER_WINDOW_MAX;
    struct peer_state *state = peer->state;
    uint64_t number;

    if (state->window_step != step) {
        state->window_step = step;
        state->window_count = 0;
    }
    number = state->window_count++;
    if (number % step == 0) {
        state->window_ms[number / step % PEER_WINDOW_MAX] = now_ms;
    }
    return state->window_count >= peer->max_fails
        && state->window_ms[(state->window_count - peer->max_fails) / step % PEER_WINDOW_MAX]
            > now_ms - peer->fail_timeout_ms;
}

static bool has_other_live_peer(const struct group *group, const struct peer *peer) {
    unsigned i;

    for (i = 0; i < group->count; i++) {
        if (&group->peers[i] != peer && peer_is_live(&group->peers[i])) {
            return true;
        }
    }
    return false;
}

/* Under a lock of the group: two processes must not take the last two peers out at once. A peer
 * that is out already stays so for longer. */
static void take_out_of_service(struct group *group, struct peer *peer, int64_t now_ms) {
    bool was_live, is_out;

    state_lock(group, &group->state->lock);
    was_live = peer_is_live(peer);
    is_out = !was_live || has_other_live_peer(group, peer);
    if (is_out) {
        __atomic_store_n(&peer->state->down_until_ms, now_ms + peer->fail_timeout_ms,
                         __ATOMIC_RELEASE);
    }
    state_unlock(group, &group->state->lock);
    if (is_out && was_live) {
        log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
                  "upstream server temporarily disabled: %.*s in \"%.*s\"", STR_ARG(peer->name),
                  STR_ARG(group->name));
    }
}

static void note_failure(const struct pick *pick, struct peer *peer) {
    struct peer_state *state = peer->state;
    int64_t now_ms = clock_ms();
    bool is_full;

    __atomic_add_fetch(&state->failures, 1, __ATOMIC_RELAXED);
    if (peer->max_fails == 0) {
        return;
    }
    state_lock(pick->group, &state->lock);
    is_full = window_add(peer, now_ms);
    state_unlock(pick->group, &state->lock);
    if (is_full || (pick->probe_ms != 0 && !peer_is_live(peer))) {
        take_out_of_service(pick->group, peer, now_ms);
    }
}

void pick_confirm(struct pick *pick) {
    struct peer *peer;

    if (!pick->is_claimed || pick->probe_ms == 0) {
        return;
    }
    peer = &pick->group->peers[pick->peer];
    state_lock(pick->group, &peer->state->lock);
    peer->state->window_count = 0;
    state_unlock(pick->group, &peer->state->lock);
    __atomic_store_n(&peer->state->down_until_ms, 0, __ATOMIC_RELEASE);
    pick->probe_ms = 0;
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
              "upstream server enabled again: %.*s in \"%.*s\"", STR_ARG(peer->name),
              STR_ARG(pick->group->name));
}

static void report(struct pick *pick, struct peer *peer, enum pick_outcome outcome) {
    switch (outcome) {
    case PICK_SUCCESS:
        pick_confirm(pick);
        return;
    case PICK_FAILURE:
        note_failure(pick, peer);
        return;
    case PICK_NEUTRAL:
        give_probe_back(pick, peer);
        return;
    }
}

void pick_done(struct pick *pick, enum pick_outcome outcome) {
    struct group *group = pick->group;
    struct peer *peer;

    if (!pick->is_claimed) {
        return;
    }
    peer = &group->peers[pick->peer];
    report(pick, peer, outcome);
    pick->is_claimed = false;
    pass(pick, (unsigned) pick->peer);
    pick->tried_count++;
    if (group->zone != NULL) {
        seat_count_down(group->zone, &peer->state->conns);
    }
}
