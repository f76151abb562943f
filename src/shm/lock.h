/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock - a lock in shared memory that names its owner.
 *
 * Held for a few instructions only, never across a turn. A waiter spins briefly, then sleeps on a
 * futex. The owner is a seat's number: when a process dies the master sees which locks it held and
 * repairs what they guard before it opens them (lock_break).
 *
 * Only a lock taken by seat_lock() (shm/seat.h) is known to the master when its owner dies; these
 * calls are what that is made of.
 */
#ifndef WEIR_SHM_LOCK_H
#define WEIR_SHM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct lock {
    uint32_t word; /* 0: free; else owner's seat number + 1, and the top bit if somebody sleeps */
};

/* seat: the caller's seat number (seat_self()->number); the master has one too. To take a lock
 * that one holds is a bug. */
static inline void lock_take(struct lock *lock, uint32_t seat);
static inline void lock_put(struct lock *lock);

/* The same, waiting at most so long; 0: not at all. False: not taken. */
bool lock_take_within(struct lock *lock, uint32_t seat, int64_t timeout_ms);

/* The owner's seat number, or -1. */
int lock_owner(const struct lock *lock);

/* Whether the lock is held by that seat. */
bool lock_is_held_by(const struct lock *lock, uint32_t seat);

/* The lock of a dead owner becomes that of seat `to`, which may now repair what it guards. Of two
 * masters that try only one succeeds. */
bool lock_inherit(struct lock *lock, uint32_t dead, uint32_t to);

/* Frees the lock of a dead owner; only after what it guards was repaired. */
void lock_break(struct lock *lock);

/* Wakes all who sleep, to look again: for a lock that a process was about to take, or had just
 * put, when it died. */
void lock_wake_all(struct lock *lock);

/* ---- the way without a wait ---- */

#define LOCK_SLEEPERS 0x80000000u

void lock_wait(struct lock *lock, uint32_t seat);
void lock_wake_one(struct lock *lock);

static inline bool lock_change(struct lock *lock, uint32_t from, uint32_t to) {
    return __atomic_compare_exchange_n(&lock->word, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static inline void lock_take(struct lock *lock, uint32_t seat) {
    if (__builtin_expect(!lock_change(lock, 0, seat + 1), 0)) {
        lock_wait(lock, seat);
    }
}

/* ACQ_REL, not RELEASE: no later store of the owner may come before it, for the master reads from
 * them where a process was when it died. */
static inline void lock_put(struct lock *lock) {
    uint32_t word = __atomic_exchange_n(&lock->word, 0, __ATOMIC_ACQ_REL);

    if (__builtin_expect((word & LOCK_SLEEPERS) != 0, 0)) {
        lock_wake_one(lock);
    }
}

#endif
