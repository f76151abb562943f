/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round_robin - smooth weighted round robin, from a schedule.
 *
 * The sequence that nginx's algorithm gives (the peer with the greatest current weight is picked
 * and falls by the sum of all) repeats after the sum of the weights. So it is computed once, and
 * a pick is a step of a cursor that all workers share. Peers that are out of service are stepped
 * over. A second try of a request takes no step: with one, of two peers the same would be the first
 * for every request, and fail.
 */
#include "base/heap.h"
#include "conf/value.h"
#include "lb/pick.h"

#include <stdlib.h>

enum {
    SCHEDULE_MAX = 1 << 20, /* steps; larger sums of weights are scaled down to it */
    WORK_MAX = 1 << 27,     /* steps * different weights: what the making of a schedule may cost */
    LOOKS_MAX = 64          /* steps that a plan tries before it counts who is left */
};

struct schedule {
    uint32_t *steps; /* indices of peers */
    uint32_t count;
};

struct round_robin {
    struct schedule primary, backup;
};

/* ---- making a schedule ---- */

/*
 * Peers of the same weight. Among them the algorithm picks whoever was picked least, the first of
 * those: they take turns. So a step looks at one candidate a class, not at every peer.
 */
struct class {
    uint64_t weight;
    int64_t current;   /* of the candidate */
    uint32_t first;    /* in members */
    uint32_t count;
    uint32_t at;       /* the candidate, from first */
};

struct classes {
    struct class *items;
    uint32_t *members; /* indices of peers, by class, in order */
    unsigned count;
    uint64_t sum;      /* of all weights */
};

static uint64_t gcd(uint64_t a, uint64_t b) {
    return b == 0 ? a : gcd(b, a % b);
}

struct weighed {
    uint64_t weight;
    uint32_t peer;
};

static int compare_weighed(const void *a, const void *b) {
    const struct weighed *one = a, *other = b;

    if (one->weight != other->weight) {
        return one->weight < other->weight ? -1 : 1;
    }
    return one->peer < other->peer ? -1 : 1;
}

static void classes_init(struct classes *classes, const struct peer *peers, unsigned first,
                         unsigned count) {
    struct weighed *weighed = heap_zero(count, sizeof(*weighed));
    unsigned i;

    for (i = 0; i < count; i++) {
        weighed[i] = (struct weighed){ peers[first + i].weight, first + i };
    }
    qsort(weighed, count, sizeof(*weighed), compare_weighed);
    *classes = (struct classes){ .items = heap_zero(count, sizeof(*classes->items)),
                                 .members = heap_zero(count, sizeof(*classes->members)) };
    for (i = 0; i < count; i++) {
        classes->members[i] = weighed[i].peer;
        if (i == 0 || weighed[i].weight != weighed[i - 1].weight) {
            classes->items[classes->count++]
                = (struct class){ .weight = weighed[i].weight, .first = i };
        }
        classes->items[classes->count - 1].count++;
    }
    heap_free(weighed);
}

static void classes_fini(struct classes *classes) {
    heap_free(classes->items);
    heap_free(classes->members);
}

/* The weights as small as their proportions allow, and then within limits, where only about in
 * proportion; 0 never comes out. */
static void classes_reduce(struct classes *classes) {
    uint64_t max = WORK_MAX / classes->count, divisor = 0, sum = 0, scaled = 0;
    unsigned i;

    max = max < SCHEDULE_MAX ? max : SCHEDULE_MAX;
    for (i = 0; i < classes->count; i++) {
        divisor = gcd(divisor, classes->items[i].weight);
    }
    for (i = 0; i < classes->count; i++) {
        classes->items[i].weight /= divisor;
        sum += classes->items[i].weight * classes->items[i].count;
    }
    for (i = 0; i < classes->count; i++) {
        struct class *class = &classes->items[i];

        if (sum > max) {
            class->weight = class->weight * max / sum;
            class->weight += class->weight == 0;
        }
        scaled += class->weight * class->count;
    }
    classes->sum = scaled;
}

/* The peer of the next step; ties go to the first in the file. */
static uint32_t next_step(struct classes *classes) {
    struct class *best = NULL;
    uint32_t best_peer = 0;
    unsigned i;

    for (i = 0; i < classes->count; i++) {
        struct class *class = &classes->items[i];
        uint32_t peer = classes->members[class->first + class->at];

        class->current += (int64_t) class->weight;
        if (best == NULL || class->current > best->current
            || (class->current == best->current && peer < best_peer)) {
            best = class;
            best_peer = peer;
        }
    }
    if (++best->at == best->count) {
        best->at = 0;
        best->current -= (int64_t) classes->sum;
    }
    return best_peer;
}

static void make_schedule(struct conf *conf, const struct group *group, unsigned first,
                          unsigned count, struct schedule *schedule) {
    struct classes classes;
    uint64_t step;

    if (count == 0) {
        return;
    }
    classes_init(&classes, group->peers, first, count);
    classes_reduce(&classes);
    schedule->count = (uint32_t) classes.sum;
    schedule->steps = arena_alloc(&conf->arena, classes.sum * sizeof(*schedule->steps));
    for (step = 0; step < classes.sum; step++) {
        schedule->steps[step] = next_step(&classes);
    }
    classes_fini(&classes);
}

static bool init(struct conf *conf, struct group *group) {
    struct round_robin *data = arena_zero(&conf->arena, 1, sizeof(*data));

    make_schedule(conf, group, 0, group->primary_count, &data->primary);
    make_schedule(conf, group, group->primary_count, group->count - group->primary_count,
                  &data->backup);
    group->method_data = data;
    return true;
}

/* ---- picking ---- */

static bool is_primary(const struct pick *pick, unsigned peer) {
    return peer < pick->group->primary_count;
}

static uint64_t *cursor_of(const struct pick *pick, bool is_of_primaries) {
    struct group_state *state = pick->group->state;

    return is_of_primaries ? &state->cursor : &state->backup_cursor;
}

static void set_plan(struct pick *pick, unsigned peer, uint64_t seen, uint64_t steps) {
    pick->peer = (int) peer;
    pick->seen = seen;
    pick->token = seen + steps;
}

static bool *turn_of(struct pick *pick, bool is_of_primaries) {
    return is_of_primaries ? &pick->has_turn : &pick->has_backup_turn;
}

/* Those that are left get their share by a count of their weights, not spread smoothly. */
static bool plan_rest(struct pick *pick, unsigned first, unsigned count, uint64_t seen) {
    const struct peer *peers = pick->group->peers;
    bool has_turn = *turn_of(pick, is_primary(pick, first));
    uint64_t sum = 0, at;
    unsigned i;

    for (i = first; i < first + count; i++) {
        sum += pick_is_eligible(pick, i) ? peers[i].weight : 0;
    }
    at = sum > 0 ? (seen - has_turn) % sum : 0;
    for (i = first; i < first + count && sum > 0; i++) {
        if (!pick_is_eligible(pick, i)) {
            continue;
        }
        set_plan(pick, i, seen, 1);
        if (at < peers[i].weight) {
            break;
        }
        at -= peers[i].weight;
    }
    return pick->peer >= 0;
}

static bool plan(struct pick *pick, unsigned first, unsigned count) {
    const struct round_robin *data = pick->group->method_data;
    bool is_of_primaries = is_primary(pick, first);
    const struct schedule *schedule = is_of_primaries ? &data->primary : &data->backup;
    uint64_t seen = __atomic_load_n(cursor_of(pick, is_of_primaries), __ATOMIC_RELAXED);
    uint32_t at, step;

    if (count == 0) {
        return false;
    }
    if (*turn_of(pick, is_of_primaries)) {
        return plan_rest(pick, first, count, seen);
    }
    at = (uint32_t) (seen % schedule->count);
    for (step = 0; step < schedule->count && step < LOOKS_MAX; step++) {
        unsigned peer = schedule->steps[at];

        if (pick_is_eligible(pick, peer)) {
            set_plan(pick, peer, seen, step + 1);
            return true;
        }
        at = at + 1 < schedule->count ? at + 1 : 0;
    }
    return step < schedule->count && plan_rest(pick, first, count, seen);
}

static bool claim(struct pick *pick) {
    bool is_of_primaries = is_primary(pick, (unsigned) pick->peer);
    bool *has_turn = turn_of(pick, is_of_primaries);
    uint64_t seen = pick->seen;

    if (!*has_turn) {
        *has_turn = __atomic_compare_exchange_n(cursor_of(pick, is_of_primaries), &seen,
                                                pick->token, false, __ATOMIC_RELAXED,
                                                __ATOMIC_RELAXED);
    }
    return *has_turn;
}

const struct lb_method round_robin_method = {
    .name = "round_robin",
    .init = init,
    .plan = plan,
    .claim = claim,
};

/* ---- groups of one ---- */

static bool single_init(struct conf *conf, struct group *group) {
    (void) conf;
    (void) group;
    return true;
}

static bool single_plan(struct pick *pick, unsigned first, unsigned count) {
    if (count == 0 || !pick_is_eligible(pick, first)) {
        return false;
    }
    pick->peer = (int) first;
    return true;
}

const struct lb_method single_method = {
    .name = "single",
    .init = single_init,
    .plan = single_plan,
};

/* ---- groups of a session ---- */

static bool in_order_plan(struct pick *pick, unsigned first, unsigned count) {
    unsigned i;

    for (i = 0; i < count && pick->peer < 0; i++) {
        single_plan(pick, first + i, 1);
    }
    return pick->peer >= 0;
}

const struct lb_method in_order_method = {
    .name = "in order",
    .init = single_init,
    .plan = in_order_plan,
};
