/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer - deadlines in a lazy wheel; see timer.h.
 *
 * The wheel says when to look at a timer, and the timer itself whether it is due. Whoever is looked
 * at is dropped (cancelled), expired, or put back. So moving a deadline later is a store, and the
 * same look brings a far timer down from a coarse level to a finer one.
 *
 * Time is cut into ticks of 8 ms. Level 0 has a slot for each of the next 63 ticks; a slot of level
 * n is 32 times as wide as one of level n - 1. On the coarse levels a timer lies one slot before
 * the one its deadline falls in: there is a slot's time to look at many of them in small portions.
 */
#include "event/timer.h"

#include "base/clock.h"
#include "base/panic.h"
#include "event/at_hand_priv.h"

enum {
    TIMER_TICK_MS = 8,
    TIMER_WAIT_MAX_MS = 60 * 1000,
    WHEEL_SLOTS = 64, /* one word of bits */
    WHEEL_LEVELS = 7, /* 17 years; what is farther is looked at earlier */
    WHEEL_LEVEL_BITS = 5,
    /* What one turn may spend: a third of a millisecond of looking, or some hundred closes. */
    WHEEL_BUDGET = 4096,
    WHEEL_EXPIRY_COST = 16
};

#define TIMER_AFTER_MAX_MS (INT64_MAX / 2) /* leaves room for sums */
#define TIMER_NOT_IN_WHEEL INT64_MAX
#define WHEEL_TICK_NONE INT64_MAX
#define WHEEL_TICKS_MAX ((int64_t) (WHEEL_SLOTS - 2) << (WHEEL_LEVELS - 1) * WHEEL_LEVEL_BITS)

/* Slots are numbered from the clock's zero on; number q of a level lies at index q % 64. */
struct wheel_level {
    uint64_t used; /* slots with members, or emptied by timer_fini(); other lists are not set up */
    struct list slots[WHEEL_SLOTS];
    struct list due; /* members of slots whose time has come; not set up unless in due_levels */
};

static struct wheel_level levels[WHEEL_LEVELS];
static unsigned due_levels;                 /* a bit for each level with members to look at */
static int64_t wheel_tick;                  /* all slots up to this tick have been emptied */
static int64_t next_tick = WHEEL_TICK_NONE; /* no slot in use begins before this */

/* Moves all members of from behind those of to. */
static void list_join(struct list *to, struct list *from) {
    if (!list_is_empty(from)) {
        from->next->prev = to->prev;
        to->prev->next = from->next;
        from->prev->next = to;
        to->prev = from->prev;
        list_init(from);
    }
}

static int64_t wheel_slot(int64_t tick, int level) {
    return tick >> level * WHEEL_LEVEL_BITS;
}

/* Bit i stands for the i-th slot after the present one: the order of time. */
static uint64_t wheel_ahead(int level) {
    unsigned turn = (unsigned) (wheel_slot(wheel_tick, level) + 1) % WHEEL_SLOTS;
    uint64_t used = levels[level].used;

    return turn == 0 ? used : used >> turn | used << (WHEEL_SLOTS - turn);
}

static struct list *wheel_list(int level, int64_t slot) {
    struct list *list = &levels[level].slots[slot % WHEEL_SLOTS];
    uint64_t bit = (uint64_t) 1 << slot % WHEEL_SLOTS;

    if ((levels[level].used & bit) == 0) {
        levels[level].used |= bit;
        list_init(list);
    }
    return list;
}

static void timer_put(struct timer *timer) {
    int64_t tick = (timer->deadline_ms + TIMER_TICK_MS - 1) / TIMER_TICK_MS, slot;
    int level = 0;

    if (tick <= wheel_tick) {
        tick = wheel_tick + 1;
    } else if (tick - wheel_tick > WHEEL_TICKS_MAX) {
        tick = wheel_tick + WHEEL_TICKS_MAX;
    }
    slot = tick;
    while (slot - wheel_slot(wheel_tick, level) >= WHEEL_SLOTS) {
        level++;
        slot = wheel_slot(tick, level) - 1;
    }
    list_add_last(wheel_list(level, slot), &timer->link);
    tick = slot << level * WHEEL_LEVEL_BITS;
    timer->wheel_ms = tick * TIMER_TICK_MS - (TIMER_TICK_MS - 1);
    if (tick < next_tick) {
        next_tick = tick;
    }
}

static void timer_take(struct timer *timer) {
    list_remove(&timer->link);
    timer->wheel_ms = TIMER_NOT_IN_WHEEL;
}

void timer_init(struct timer *timer, void (*on_expiry)(struct timer *timer)) {
    list_init(&timer->link);
    timer->deadline_ms = 0;
    timer->wheel_ms = TIMER_NOT_IN_WHEEL;
    timer->on_expiry = on_expiry;
}

void timer_start(struct timer *timer, int64_t after_ms) {
    CHECK(after_ms >= 0);
    if (after_ms > TIMER_AFTER_MAX_MS) {
        after_ms = TIMER_AFTER_MAX_MS;
    }
    timer->deadline_ms = clock_ms() + after_ms;
    if (timer->deadline_ms < timer->wheel_ms) {
        list_remove(&timer->link);
        timer_put(timer);
    }
}

void timer_fini(struct timer *timer) {
    timer->deadline_ms = 0;
    timer_take(timer);
}

/* Finds the next slot in use, and strikes off those that timer_fini() has emptied. */
static void wheel_find_next(void) {
    int level;

    next_tick = WHEEL_TICK_NONE;
    for (level = 0; level < WHEEL_LEVELS; level++) {
        uint64_t ahead;

        while ((ahead = wheel_ahead(level)) != 0) {
            int64_t slot = wheel_slot(wheel_tick, level) + 1 + __builtin_ctzll(ahead);
            int64_t tick = slot << level * WHEEL_LEVEL_BITS;

            if (!list_is_empty(wheel_list(level, slot))) {
                next_tick = tick < next_tick ? tick : next_tick;
                break;
            }
            levels[level].used &= ~((uint64_t) 1 << slot % WHEEL_SLOTS);
        }
    }
}

/* Puts the members of all slots of a level that begin at or before the tick on its due list. */
static void wheel_collect(int level, int64_t tick) {
    struct wheel_level *wheel = &levels[level];
    int64_t first = wheel_slot(wheel_tick, level) + 1, last = wheel_slot(tick, level), slot;
    uint64_t ahead;

    for (ahead = wheel_ahead(level); ahead != 0; ahead &= ahead - 1) {
        slot = first + __builtin_ctzll(ahead);
        if (slot > last) {
            return;
        }
        if ((due_levels & 1u << level) == 0) {
            list_init(&wheel->due);
            due_levels |= 1u << level;
        }
        list_join(&wheel->due, wheel_list(level, slot));
        wheel->used &= ~((uint64_t) 1 << slot % WHEEL_SLOTS);
    }
}

static void wheel_advance(int64_t tick) {
    int level;

    if (tick < next_tick) {
        wheel_tick = tick > wheel_tick ? tick : wheel_tick;
        return;
    }
    for (level = 0; level < WHEEL_LEVELS; level++) {
        wheel_collect(level, tick);
    }
    wheel_tick = tick;
    wheel_find_next();
}

/* Looks at a timer that was taken from the wheel; returns what that cost. */
static int timer_look(struct timer *timer) {
    if (timer->deadline_ms == 0) {
        return 1;
    }
    if (timer->deadline_ms > clock_ms()) {
        timer_put(timer);
        return 1;
    }
    timer->deadline_ms = 0;
    AT_HAND("timer", timer->on_expiry);
    timer->on_expiry(timer);
    AT_HAND_NONE();
    return WHEEL_EXPIRY_COST;
}

/* The fine levels come first: their timers are due, the others have time. */
void timer_expire(void) {
    int budget = WHEEL_BUDGET;

    wheel_advance(clock_ms() / TIMER_TICK_MS);
    while (due_levels != 0 && budget > 0) {
        int level = __builtin_ctz(due_levels);
        struct list *link = levels[level].due.next;

        if (link == &levels[level].due) {
            due_levels &= ~(1u << level);
        } else {
            struct timer *timer = list_object(link, struct timer, link);

            timer_take(timer);
            budget -= timer_look(timer);
        }
    }
}

static void timers_forget(struct list *list) {
    struct list *link;

    while ((link = list->next) != list) {
        timer_fini(list_object(link, struct timer, link));
    }
}

void timer_reset(void) {
    int level, slot;

    for (level = 0; level < WHEEL_LEVELS; level++) {
        for (slot = 0; slot < WHEEL_SLOTS; slot++) {
            if ((levels[level].used & (uint64_t) 1 << slot) != 0) {
                timers_forget(&levels[level].slots[slot]);
            }
        }
        if ((due_levels & 1u << level) != 0) {
            timers_forget(&levels[level].due);
        }
        levels[level].used = 0;
    }
    due_levels = 0;
    wheel_tick = clock_ms() / TIMER_TICK_MS;
    next_tick = WHEEL_TICK_NONE;
}

int64_t timer_wait_ms(void) {
    int64_t wait_ms;

    if (due_levels != 0) {
        return 0;
    }
    if (next_tick == WHEEL_TICK_NONE) {
        return TIMER_WAIT_MAX_MS;
    }
    wait_ms = next_tick * TIMER_TICK_MS - clock_ms();
    return wait_ms < 0 ? 0 : wait_ms < TIMER_WAIT_MAX_MS ? wait_ms : TIMER_WAIT_MAX_MS;
}
