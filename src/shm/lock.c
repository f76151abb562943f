/* SPDX-License-Identifier: BSD-2-Clause */
/* lock - a lock in shared memory that names its owner; see lock.h. */
#include "shm/lock.h"

#include "base/panic.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * LOCK_NAP_MS: a process that is killed between freeing the lock and the wake-up, or when it was
 * the one that was woken, takes the wake-up with it. So none sleeps longer than this without a
 * look.
 */
enum { LOCK_SPINS = 100, LOCK_NAP_MS = 20 };

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static long futex(struct lock *lock, int operation, uint32_t value,
                  const struct timespec *timeout) {
    return syscall(SYS_futex, &lock->word, operation, value, timeout, NULL, 0);
}

static uint32_t word_get(const struct lock *lock) {
    return __atomic_load_n(&lock->word, __ATOMIC_ACQUIRE);
}

static bool lock_spin(struct lock *lock, uint32_t own_word) {
    int i;

    for (i = 0; i < LOCK_SPINS; i++) {
        if (word_get(lock) == 0 && lock_change(lock, 0, own_word)) {
            return true;
        }
        pause_briefly();
    }
    return false;
}

/* Sleeps until the lock may be free. */
static void lock_sleep(struct lock *lock, uint32_t word) {
    static const struct timespec nap = { 0, LOCK_NAP_MS * 1000 * 1000 };

    if ((word & LOCK_SLEEPERS) == 0 && !lock_change(lock, word, word | LOCK_SLEEPERS)) {
        return;
    }
    if (futex(lock, FUTEX_WAIT, word | LOCK_SLEEPERS, &nap) != 0) {
        CHECK(errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
    }
}

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000;
}

/* A process that has slept takes the lock as one that others sleep on: it cannot know. */
static bool lock_wait_within(struct lock *lock, uint32_t own_word, int64_t timeout_ms) {
    int64_t start_ms = now_ms();

    CHECK((word_get(lock) & ~LOCK_SLEEPERS) != own_word);
    if (lock_spin(lock, own_word)) {
        return true;
    }
    for (;;) {
        uint32_t word = word_get(lock);

        if (word == 0) {
            if (lock_change(lock, 0, own_word | LOCK_SLEEPERS)) {
                return true;
            }
        } else if (timeout_ms >= 0 && now_ms() - start_ms >= timeout_ms) {
            return false;
        } else {
            lock_sleep(lock, word);
        }
    }
}

void lock_wait(struct lock *lock, uint32_t seat) {
    lock_wait_within(lock, seat + 1, -1);
}

bool lock_take_within(struct lock *lock, uint32_t seat, int64_t timeout_ms) {
    return lock_change(lock, 0, seat + 1)
        || (timeout_ms > 0 && lock_wait_within(lock, seat + 1, timeout_ms));
}

void lock_wake_one(struct lock *lock) {
    futex(lock, FUTEX_WAKE, 1, NULL);
}

int lock_owner(const struct lock *lock) {
    return (int) (word_get(lock) & ~LOCK_SLEEPERS) - 1;
}

bool lock_is_held_by(const struct lock *lock, uint32_t seat) {
    return lock_owner(lock) == (int) seat;
}

bool lock_inherit(struct lock *lock, uint32_t dead, uint32_t to) {
    uint32_t word = word_get(lock);

    while ((word & ~LOCK_SLEEPERS) == dead + 1) {
        if (lock_change(lock, word, (to + 1) | LOCK_SLEEPERS)) {
            return true;
        }
        word = word_get(lock);
    }
    return false;
}

void lock_wake_all(struct lock *lock) {
    futex(lock, FUTEX_WAKE, INT_MAX, NULL);
}

void lock_break(struct lock *lock) {
    __atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
    lock_wake_all(lock);
}
