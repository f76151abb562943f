/* SPDX-License-Identifier: BSD-2-Clause */
/* seat - the seats of the root zone: taking, sitting, doorbells, locks; see seat.h. */
#include "shm/seat.h"

#include "base/log.h"
#include "base/panic.h"
#include "shm/counter.h"
#include "shm/seat_priv.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROOT_LIMIT ((size_t) 512 << 20)

static struct zone *root_zone;
static struct seat_root *root;
static struct seat *self;
static unsigned held; /* locks that this process holds now */

static struct watch bell = { .fd = -1 };
static void (*bell_on_ring)(void);

struct seat_root *seat_root(void) {
    return root;
}

struct zone *seat_root_zone(void) {
    return root_zone;
}

struct seat *seat_self(void) {
    return self;
}

/* ---- the root zone ---- */

static bool fd_is_eventfd(int fd) {
    char path[40], target[40];
    ssize_t len;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    len = readlink(path, target, sizeof(target));
    return len > 0 && str_equal(str_make(target, (size_t) len), STR("anon_inode:[eventfd]"));
}

/* All at once: a process forked later must be able to wake one forked before. */
static bool doorbells_open(struct zone *zone) {
    unsigned i;

    for (i = 0; i < zone->companion_count; i++) {
        if (!fd_is_eventfd(zone->companions[i])) {
            errno = EBADF;
            return false;
        }
    }
    while (zone->companion_count < SEAT_DOORBELLS) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (fd < 0) {
            return false;
        }
        zone->companions[zone->companion_count++] = fd;
    }
    return true;
}

bool seats_open(void) {
    struct zone *previous, *zone;

    zone = zone_open(STR("root"), ZONE_KIND_ROOT, SEAT_LAYOUT, ROOT_LIMIT, &previous);
    if (zone == NULL || !doorbells_open(zone)) {
        return false;
    }
    if (previous != NULL) {
        zones_distrust(zone);
    }
    if (zone_root(zone) == 0 && zone_alloc(zone, sizeof(*root)) == 0) {
        errno = ENOMEM;
        return false;
    }
    root_zone = zone;
    root = zone_at(zone, zone_root(zone));
    return true;
}

struct seat *seat_at(unsigned number) {
    zone_offset offset;

    if (root == NULL || number >= SEATS_MAX) {
        return NULL;
    }
    offset = __atomic_load_n(&root->seats[number], __ATOMIC_ACQUIRE);
    CHECK(offset <= root_zone->reserve - sizeof(struct seat));
    return offset != 0 ? zone_at(root_zone, offset) : NULL;
}

/* Another master may make the same seat at the same time; then its piece is the one. */
static struct seat *seat_make(unsigned number) {
    zone_offset none = 0, offset = zone_alloc(root_zone, sizeof(struct seat));

    if (offset == 0) {
        return NULL;
    }
    ((struct seat *) zone_at(root_zone, offset))->number = number;
    __atomic_compare_exchange_n(&root->seats[number], &none, offset, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    return seat_at(number);
}

static bool seat_take_one(struct seat *seat, enum seat_role role) {
    uint32_t free_role = SEAT_FREE;

    return __atomic_compare_exchange_n(&seat->role, &free_role, (uint32_t) role, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* What could not be given back then, because somebody kept a lock, can be now. */
static void reclaim_the_rest(void) {
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        struct seat *seat = seat_at(i);

        if (seat != NULL && seat->role == SEAT_ENDING && seat->master_pid == getpid()) {
            seat_reclaim(seat);
        }
    }
}

struct seat *seat_take(enum seat_role role, uint32_t slot, uint32_t generation) {
    unsigned i;

    CHECK(root != NULL && role != SEAT_FREE && role != SEAT_ENDING);
    reclaim_the_rest();
    for (i = 0; i < SEATS_MAX; i++) {
        struct seat *seat = seat_at(i);

        if (seat == NULL && (seat = seat_make(i)) == NULL) {
            return NULL;
        }
        if (seat_take_one(seat, role)) {
            seat->master_pid = getpid();
            seat->slot = slot;
            seat->generation = generation;
            return seat;
        }
    }
    return NULL;
}

void seat_set_lease(const struct seat *holder) {
    __atomic_store_n(&root->lease, holder != NULL ? holder->number + 1 : 0, __ATOMIC_RELEASE);
}

bool seat_has_lease(void) {
    return self != NULL && __atomic_load_n(&root->lease, __ATOMIC_ACQUIRE) == self->number + 1;
}

const struct seat *seat_lease_holder(void) {
    uint32_t lease = __atomic_load_n(&root->lease, __ATOMIC_ACQUIRE);

    return lease != 0 ? seat_at(lease - 1) : NULL;
}

/* ---- sitting ---- */

static void count_lost(uint64_t lines) {
    counter_add(COUNTER_LOG_LINES_LOST, (int64_t) lines);
}

void seat_sit(struct seat *seat) {
    CHECK(seat->role != SEAT_FREE && seat->role != SEAT_ENDING);
    self = seat;
    held = 0;
    bell.fd = -1; /* a watch from before the fork is the parent's */
    seat->pid = getpid();
    loop_set_beat(&seat->beat);
    logsink_set_buffer(&seat->log);
    logsink_set_on_lost(count_lost);
    counter_set_place(seat->counters);
    seat_ledger_init(seat);
}

void seat_leave(void) {
    static struct loop_beat beat;

    self = NULL;
    held = 0;
    loop_set_beat(&beat);
    logsink_set_buffer(NULL);
    counter_set_place(NULL);
    seat_ledger_init(NULL);
}

void seats_forget(void) {
    seat_leave();
    bell.fd = -1;
    root = NULL;
    root_zone = NULL;
    zones_forget();
}

/* ---- locks ---- */

/*
 * The master reads `holding` of the dead: it is written before the lock is taken and erased after
 * it was put. The lock's own atomic operations keep that order.
 */
void seat_lock_as(uint64_t holding, struct lock *lock) {
    CHECK(self != NULL && held < SEAT_HOLDING_MAX);
    __atomic_store_n(&self->holding[held++], holding, __ATOMIC_RELAXED);
    lock_take(lock, self->number);
}

void seat_lock(struct zone *zone, struct lock *lock) {
    seat_lock_as(seat_key(zone, lock) | SEAT_HOLD_PLAIN, lock);
}

void seat_unlock(struct lock *lock) {
    CHECK(held > 0);
    lock_put(lock);
    __atomic_store_n(&self->holding[--held], 0, __ATOMIC_RELAXED);
}

static const struct lock *held_lock(uint64_t holding) {
    const struct zone *zone = zone_by_id((uint32_t) (holding >> SEAT_KEY_SHIFT));
    zone_offset offset = holding & (ZONE_RESERVE_MAX - 1) & ~(uint64_t) SEAT_HOLD_MASK;

    return zone != NULL && zone_has(zone, offset, sizeof(struct lock)) ? zone_at(zone, offset)
                                                                       : NULL;
}

struct seat *seat_waits_for(const struct seat *seat) {
    unsigned i;

    for (i = 0; i < SEAT_HOLDING_MAX; i++) {
        uint64_t holding = __atomic_load_n(&seat->holding[i], __ATOMIC_RELAXED);
        const struct lock *lock = holding != 0 ? held_lock(holding) : NULL;
        int owner = lock != NULL ? lock_owner(lock) : -1;

        if (owner >= 0 && owner != (int) seat->number) {
            return seat_at((unsigned) owner);
        }
    }
    return NULL;
}

/* ---- doorbells ---- */

static int doorbell_of(const struct seat *seat) {
    return root_zone->companions[seat->number % SEAT_DOORBELLS];
}

/* Nobody reads the eventfd, for others may watch it, too: to an edge-triggered watch each write
 * is news. Only a count that is full must be emptied. */
static void doorbell_write(const struct seat *seat) {
    static const uint64_t one = 1;
    uint64_t count;

    while (write(doorbell_of(seat), &one, sizeof(one)) < 0) {
        CHECK(errno == EAGAIN);
        CHECK(read(doorbell_of(seat), &count, sizeof(count)) > 0 || errno == EAGAIN);
    }
}

void seat_ring(unsigned number) {
    struct seat *seat = seat_at(number);

    if (seat != NULL && seat->role != SEAT_FREE
        && __atomic_exchange_n(&seat->rung, 1, __ATOMIC_SEQ_CST) == 0) {
        doorbell_write(seat);
    }
}

/* A process that dies between the two steps above leaves a bell that looks rung and never was. */
void seat_ring_again(void) {
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = seat_at(i);

        if (seat != NULL && __atomic_load_n(&seat->rung, __ATOMIC_SEQ_CST) != 0) {
            doorbell_write(seat);
        }
    }
}

static void bell_on_ready(struct watch *watch, unsigned ready) {
    (void) watch;
    (void) ready;
    if (__atomic_exchange_n(&self->rung, 0, __ATOMIC_SEQ_CST) != 0) {
        bell_on_ring();
    }
}

/* A ring from before is heard: a new watch reports at once that the descriptor is writable. */
void seat_set_on_ring(void (*on_ring)(void)) {
    watch_cancel(&bell, true);
    bell_on_ring = on_ring;
    if (on_ring != NULL) {
        CHECK(self != NULL);
        bell = (struct watch){ doorbell_of(self), bell_on_ready };
        CHECK(watch_start(&bell, WATCH_EDGE));
    }
}
