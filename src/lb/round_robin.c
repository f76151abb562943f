/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round_robin - smooth weighted round robin, from a schedule.
 *
 * The sequence that nginx's algorithm gives (the peer with the greatest current weight is picked and
 * falls by the sum of all) repeats after the sum of the weights. So it is computed once, and a pick is
 * a step of a cursor that all workers share. Peers that are out of service are stepped over.
 */
#include "base/heap.h"
#include "conf/value.h"
#include "lb/pick.h"

enum { SCHEDULE_MAX = 1 << 20 }; /* steps; larger sums of weights are scaled down to it */

struct schedule {
    uint32_t *steps; /* indices of peers */
    uint32_t count;
};

struct round_robin {
    struct schedule primary, backup;
};

static uint64_t gcd(uint64_t a, uint64_t b) {
    return b == 0 ? a : gcd(b, a % b);
}

/* The weights as small as their proportions allow; 0 never comes out. Returns their sum. */
static uint64_t reduce_weights(const struct peer *peers, unsigned count, uint64_t *weights) {
    uint64_t divisor = 0, sum = 0, scaled = 0;
    unsigned i;

    for (i = 0; i < count; i++) {
        divisor = gcd(divisor, peers[i].weight);
    }
    for (i = 0; i < count; i++) {
        weights[i] = peers[i].weight / divisor;
        sum += weights[i];
    }
    if (sum <= SCHEDULE_MAX) {
        return sum;
    }
    for (i = 0; i < count; i++) {
        weights[i] = weights[i] * SCHEDULE_MAX / sum;
        weights[i] += weights[i] == 0;
        scaled += weights[i];
    }
    return scaled;
}

/* The peer of the next step; ties go to the first, as in nginx. */
static unsigned next_step(int64_t *current, const uint64_t *weights, unsigned count, uint64_t sum) {
    unsigned best = 0, i;

    for (i = 0; i < count; i++) {
        current[i] += (int64_t) weights[i];
        if (current[i] > current[best]) {
            best = i;
        }
    }
    current[best] -= (int64_t) sum;
    return best;
}

static bool all_equal(const uint64_t *weights, unsigned count) {
    unsigned i;

    for (i = 1; i < count; i++) {
        if (weights[i] != weights[0]) {
            return false;
        }
    }
    return true;
}

static void make_schedule(struct conf *conf, const struct group *group, unsigned first,
                          unsigned count, struct schedule *schedule) {
    uint64_t *weights = heap_zero(count, sizeof(*weights));
    int64_t *current = heap_zero(count, sizeof(*current));
    uint64_t sum, step;

    if (count > 0) {
        sum = reduce_weights(group->peers + first, count, weights);
        /* Equal weights take turns: no need for the quadratic way to the same end. */
        if (all_equal(weights, count)) {
            sum = count;
        }
        schedule->count = (uint32_t) sum;
        schedule->steps = arena_alloc(&conf->arena, sum * sizeof(*schedule->steps));
        for (step = 0; step < sum; step++) {
            schedule->steps[step]
                = first + (sum == count ? (unsigned) step : next_step(current, weights, count, sum));
        }
    }
    heap_free(weights);
    heap_free(current);
}

static bool init(struct conf *conf, struct group *group) {
    struct round_robin *data = arena_zero(&conf->arena, 1, sizeof(*data));

    make_schedule(conf, group, 0, group->primary_count, &data->primary);
    make_schedule(conf, group, group->primary_count, group->count - group->primary_count,
                  &data->backup);
    group->method_data = data;
    return true;
}

static bool is_primary(const struct pick *pick, unsigned first) {
    return first < pick->group->primary_count;
}

static uint64_t *cursor_of(const struct pick *pick, bool is_of_primaries) {
    struct group_state *state = pick->group->state;

    return is_of_primaries ? &state->cursor : &state->backup_cursor;
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
    at = (uint32_t) (seen % schedule->count);
    for (step = 0; step < schedule->count; step++) {
        unsigned peer = schedule->steps[at];

        if (pick_is_eligible(pick, peer)) {
            pick->peer = (int) peer;
            pick->seen = seen;
            pick->token = seen + step + 1;
            return true;
        }
        at = at + 1 < schedule->count ? at + 1 : 0;
    }
    return false;
}

static bool claim(struct pick *pick) {
    uint64_t seen = pick->seen;

    return __atomic_compare_exchange_n(cursor_of(pick, is_primary(pick, (unsigned) pick->peer)),
                                       &seen, pick->token, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}

const struct lb_method round_robin_method = {
    .name = "round_robin",
    .init = init,
    .plan = plan,
    .claim = claim,
};

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
