/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seat_reclaim - clearing up after the dead; see seat.h.
 *
 * The master reads here what an unprivileged process may have written, so it follows no offset
 * unseen and kills nobody but a child of its own.
 */
#include "base/log.h"
#include "base/panic.h"
#include "shm/counter.h"
#include "shm/seat_priv.h"
#include "shm/table.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 10, PATIENCE_MS = 1000 };

/* ---- who lives ---- */

static bool pid_is_gone(int pid) {
    return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

/* A zombie will never do anything again, so one that was not reaped yet is as dead as one that
 * was. */
static bool seat_is_dead(const struct seat *seat) {
    siginfo_t info = { .si_pid = 0 };
    int pid = seat->pid;

    if (seat->role == SEAT_FREE) {
        return true;
    }
    if (pid <= 0 || pid == getpid()) {
        return false;
    }
    if (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        return info.si_pid == pid;
    }
    return pid_is_gone(pid);
}

static bool pid_is_child(int pid) {
    siginfo_t info;

    return pid > 0 && waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* ---- counted things ---- */

static void counted_repair(uint64_t key, struct seat_counted *counted) {
    uint32_t sum = seat_ledger_sum(key);

    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
              "a process died while it counted, %u are %u by all ledgers", counted->count, sum);
    __atomic_store_n(&counted->count, sum, __ATOMIC_RELEASE);
}

/* Its owner is alive, as far as we know, and does not let it go. */
static void complain(const struct lock *lock) {
    int owner = lock_owner(lock);
    const struct seat *seat = owner >= 0 ? seat_at((unsigned) owner) : NULL;
    int pid = seat != NULL ? seat->pid : 0;

    if (pid_is_child(pid)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "process %d keeps a lock for over %d ms, killing it", pid, PATIENCE_MS);
        kill(pid, SIGKILL);
    } else {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "process %d keeps a lock for over %d ms",
                  pid, PATIENCE_MS);
    }
}

/* Takes the lock, also after an owner that died with it. False: its owner lives and keeps it. */
static bool counted_take(uint64_t key, struct seat_counted *counted) {
    uint32_t own = seat_self()->number;
    int waited_ms;

    for (waited_ms = 0; waited_ms <= PATIENCE_MS; waited_ms += LOOK_MS) {
        int owner;
        const struct seat *seat;

        if (lock_take_within(&counted->lock, own, waited_ms > 0 ? LOOK_MS : 0)) {
            return true;
        }
        owner = lock_owner(&counted->lock);
        seat = owner >= 0 ? seat_at((unsigned) owner) : NULL;
        if (owner >= 0 && (seat == NULL || seat_is_dead(seat))
            && lock_inherit(&counted->lock, (uint32_t) owner, own)) {
            counted_repair(key, counted);
            return true;
        }
    }
    complain(&counted->lock);
    return false;
}

static struct seat_counted *counted_of(uint64_t key) {
    const struct zone *zone = zone_by_id((uint32_t) (key >> SEAT_KEY_SHIFT));
    zone_offset offset = key & (ZONE_RESERVE_MAX - 1);

    return zone != NULL && offset % _Alignof(struct seat_counted) == 0
            && zone_has(zone, offset, sizeof(struct seat_counted))
        ? zone_at(zone, offset) : NULL;
}

static void row_free(struct seat_ledger_row *row) {
    __atomic_store_n(&row->count, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&row->key, 0, __ATOMIC_RELEASE);
}

static bool row_return(struct seat_ledger_row *row) {
    struct seat_counted *counted;

    if (row->count > 0 && (counted = counted_of(row->key)) != NULL) {
        uint32_t count = row->count;

        if (!counted_take(row->key, counted)) {
            return false;
        }
        if (count > counted->count) {
            log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                      "ledger of process says %u where all hold %u", count, counted->count);
            count = counted->count;
        }
        __atomic_store_n(&counted->count, counted->count - count, __ATOMIC_RELEASE);
        __atomic_store_n(&row->count, 0, __ATOMIC_RELEASE);
        lock_put(&counted->lock);
    }
    row_free(row);
    return true;
}

static bool ledger_return(struct seat *seat) {
    bool is_done = true;
    unsigned i, row;

    for (i = 0; i < SEAT_LEDGER_CHUNKS && i * SEAT_LEDGER_CHUNK_ROWS < seat->ledger_rows; i++) {
        struct seat_ledger_row *chunk = seat_ledger_chunk(seat, i);

        for (row = 0; chunk != NULL && row < SEAT_LEDGER_CHUNK_ROWS; row++) {
            is_done = row_return(&chunk[row]) && is_done;
        }
    }
    return is_done;
}

/* ---- locks ---- */

/* Whether or not the dead had the lock yet, or still: somebody may sleep that it was to wake. */
static void holding_release(const struct seat *seat, uint64_t holding) {
    uint64_t key = holding & ~(uint64_t) SEAT_HOLD_MASK;
    struct zone *zone = zone_by_id((uint32_t) (key >> SEAT_KEY_SHIFT));
    zone_offset offset = key & (ZONE_RESERVE_MAX - 1);
    struct lock *lock;

    if (zone == NULL || !zone_has(zone, offset, sizeof(struct seat_counted))) {
        return;
    }
    lock = zone_at(zone, offset);
    if (!lock_inherit(lock, seat->number, seat_self()->number)) {
        lock_wake_all(lock);
        return;
    }
    switch ((enum seat_hold) (holding & SEAT_HOLD_MASK)) {
    case SEAT_HOLD_COUNTED:
        counted_repair(key, zone_at(zone, offset));
        break;
    case SEAT_HOLD_TABLE:
        table_rebuild(zone, lock);
        break;
    default:
        break;
    }
    lock_break(lock);
}

static void holdings_release(struct seat *seat) {
    unsigned i;

    for (i = SEAT_HOLDING_MAX; i-- > 0; ) {
        if (seat->holding[i] != 0) {
            holding_release(seat, seat->holding[i]);
            seat->holding[i] = 0;
        }
    }
}

/* ---- the seat ---- */

static void lease_drop(const struct seat *seat) {
    uint32_t lease = seat->number + 1;

    __atomic_compare_exchange_n(&seat_root()->lease, &lease, 0, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
}

/* Its ledger stays: the rows are free, the chunks are for the next process. role comes last. */
static void seat_clear(struct seat *seat) {
    lease_drop(seat);
    seat->pid = seat->master_pid = 0;
    seat->slot = seat->generation = seat->state = 0;
    seat->beat.turns = 0;
    seat->beat.is_asleep = false;
    seat->epoch = 0;
    seat->ledger_rows = 0;
    seat->log.len = seat->log.kept_len = 0;
    __atomic_store_n(&seat->rung, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&seat->role, SEAT_FREE, __ATOMIC_RELEASE);
}

/* Not what the seat says of itself. */
static uint32_t seat_number(const struct seat *seat) {
    uint32_t number = 0;

    while (seat_at(number) != seat) {
        number++;
        CHECK(number < SEATS_MAX);
    }
    return number;
}

void seat_reclaim(struct seat *seat) {
    CHECK(seat_self() != NULL);
    if (seat->role == SEAT_FREE) {
        return;
    }
    seat->number = seat_number(seat);
    if (seat == seat_self()) {
        logsink_flush();
    } else {
        logsink_flush_of(&seat->log);
    }
    seat->role = SEAT_ENDING;
    holdings_release(seat);
    counter_retire(seat->number);
    if (!ledger_return(seat)) {
        return; /* and try again */
    }
    if (seat == seat_self()) {
        seat_leave();
    }
    seat_clear(seat);
    seat_ring_again();
}

void seats_reclaim_orphans(void) {
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        struct seat *seat = seat_at(i);

        if (seat != NULL && seat->role != SEAT_FREE && pid_is_gone(seat->master_pid)
            && (pid_is_gone(seat->pid) || seat->pid == 0)) {
            seat_reclaim(seat);
        }
    }
}
