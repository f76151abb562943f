/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of seat: taking and sitting, doorbells, locks that are written down, seats through an
 * exec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "shm/counter.h"
#include "shm/seat_priv.h"

#include "children.h"

#include <stdio.h>

static void test_take_and_sit(void **state) {
    struct seat *seat;

    (void) state;
    assert_int_equal(seat_self()->number, 0);
    assert_int_equal(seat_self()->pid, getpid());
    assert_int_equal(seat_self()->role, SEAT_MASTER);
    seat = seat_take(SEAT_WORKER, 3, 9);
    assert_int_equal(seat->number, 1);
    assert_int_equal(seat->slot, 3);
    assert_int_equal(seat->generation, 9);
    assert_int_equal(seat->role, SEAT_WORKER);
    assert_int_equal(seat->master_pid, getpid());
    assert_int_equal(seat->pid, 0);
    assert_ptr_equal(seat_at(1), seat);
    assert_null(seat_at(2));
    assert_null(seat_at(SEATS_MAX));
    seat_reclaim(seat); /* the fork failed */
    assert_int_equal(seat->role, SEAT_FREE);
    assert_ptr_equal(seat_take(SEAT_CONTROL, 0, 9), seat);
}

static void test_all_seats_taken(void **state) {
    int i;

    (void) state;
    for (i = 1; i < SEATS_MAX; i++) {
        assert_non_null(seat_take(SEAT_WORKER, 0, 1));
    }
    assert_null(seat_take(SEAT_WORKER, 0, 1));
    seat_reclaim(seat_at(100));
    assert_int_equal(seat_take(SEAT_WORKER, 0, 1)->number, 100);
}

static void test_open_again_finds_the_seats(void **state) {
    struct seat *seat = seat_self();

    (void) state;
    assert_true(seats_open());
    assert_ptr_equal(seat_at(0), seat);
    assert_int_equal(seat_root_zone()->companion_count, SEAT_DOORBELLS);
}

static void test_beat_is_in_the_seat(void **state) {
    (void) state;
    loop_init();
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(seat_self()->beat.turns, 2);
    assert_false(seat_self()->beat.is_asleep);
    loop_fini();
}

static void test_lease(void **state) {
    struct seat *other = seat_take(SEAT_CONTROL, 0, 1);

    (void) state;
    assert_false(seat_has_lease());
    seat_set_lease(seat_self());
    assert_true(seat_has_lease());
    assert_ptr_equal(seat_lease_holder(), seat_self());
    seat_set_lease(other);
    assert_false(seat_has_lease());
    assert_ptr_equal(seat_lease_holder(), other);
    seat_set_lease(NULL);
    assert_false(seat_has_lease());
    seat_set_lease(other);
    seat_reclaim(other);
    assert_null(seat_lease_holder());
    assert_int_equal(seat_root()->lease, 0);
}

/* ---- locks ---- */

static struct zone *zone;
static struct lock *locks;

static void make_locks(void) {
    zone = zone_open(STR("locks"), ZONE_KIND_TEST, 1, 1 << 20, NULL);
    locks = zone_at(zone, zone_alloc(zone, 4 * sizeof(*locks)));
}

static void test_locks_are_written_down(void **state) {
    const struct seat *seat = seat_self();

    (void) state;
    make_locks();
    seat_lock(zone, &locks[0]);
    assert_int_equal(seat->holding[0], seat_key(zone, &locks[0]) | SEAT_HOLD_PLAIN);
    assert_int_equal(seat->holding[1], 0);
    seat_lock(zone, &locks[1]);
    assert_int_equal(seat->holding[1], seat_key(zone, &locks[1]) | SEAT_HOLD_PLAIN);
    assert_true(lock_is_held_by(&locks[0], seat->number));
    assert_true(lock_is_held_by(&locks[1], seat->number));
    assert_null(seat_waits_for(seat));
    seat_unlock(&locks[1]);
    seat_unlock(&locks[0]);
    assert_int_equal(seat->holding[0] | seat->holding[1], 0);
    assert_int_equal(locks[0].word | locks[1].word, 0);
}

static void take_both(void *context) {
    (void) context;
    seat_lock(zone, &locks[0]);
    seat_lock(zone, &locks[1]);
}

static void test_who_waits_for_whom(void **state) {
    struct test_child child;

    (void) state;
    make_locks();
    seat_lock(zone, &locks[1]);
    child = child_start(take_both, NULL);
    while (seat_waits_for(child.seat) == NULL) {
        usleep(100);
    }
    assert_ptr_equal(seat_waits_for(child.seat), seat_self());
    assert_true(lock_is_held_by(&locks[0], child.seat->number));
    seat_unlock(&locks[1]);
    assert_int_equal(child_wait(&child), 0);
    seat_reclaim(child.seat);
    assert_int_equal(locks[0].word | locks[1].word, 0);
}

/* ---- doorbells ---- */

static struct shared {
    uint32_t rings[SEATS_MAX];
    uint32_t ready[SEATS_MAX];
    bool is_over;
} *shared;

static void make_shared(void) {
    zone = zone_open(STR("shared"), ZONE_KIND_TEST, 1, 1 << 20, NULL);
    shared = zone_at(zone, zone_alloc(zone, sizeof(*shared)));
}

static uint32_t get(const uint32_t *number) {
    return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

static void add_one(uint32_t *number) {
    __atomic_add_fetch(number, 1, __ATOMIC_ACQ_REL);
}

static void on_ring(void) {
    add_one(&shared->rings[seat_self()->number]);
    if (__atomic_load_n(&shared->is_over, __ATOMIC_ACQUIRE)) {
        loop_stop();
    }
}

static void listen_for_rings(void *context) {
    (void) context;
    loop_init();
    seat_set_on_ring(on_ring);
    add_one(&shared->ready[seat_self()->number]);
    loop_run();
}

static struct test_child start_listener(void) {
    struct test_child child = child_start(listen_for_rings, NULL);

    while (get(&shared->ready[child.seat->number]) == 0) {
        usleep(100);
    }
    return child;
}

/* Waits until that many rings were heard, and a little longer for one too many. */
static void assert_rings(const struct seat *seat, uint32_t count) {
    while (get(&shared->rings[seat->number]) < count) {
        usleep(100);
    }
    usleep(2000);
    assert_int_equal(get(&shared->rings[seat->number]), count);
}

static void end_listener(const struct test_child *child) {
    __atomic_store_n(&shared->is_over, true, __ATOMIC_RELEASE);
    seat_ring(child->seat->number);
    assert_int_equal(child_wait(child), 0);
    seat_reclaim(child->seat);
}

static void test_rings(void **state) {
    struct test_child a, b;

    (void) state;
    make_shared();
    a = start_listener();
    b = start_listener();
    usleep(2000);
    assert_int_equal(get(&shared->rings[a.seat->number]), 0);
    seat_ring(a.seat->number);
    assert_rings(a.seat, 1);
    seat_ring(a.seat->number);
    assert_rings(a.seat, 2);
    assert_int_equal(a.seat->rung, 0);
    assert_int_equal(get(&shared->rings[b.seat->number]), 0);
    seat_ring(b.seat->number);
    assert_rings(b.seat, 1);
    assert_rings(a.seat, 2);
    seat_ring(SEATS_MAX - 1); /* nobody sits there */
    end_listener(&a);
    end_listener(&b);
}

/* A process forked earlier rings one forked later, on a bell that was there before both. */
static void ring_the_next(void *context) {
    uint32_t next = seat_self()->number + 1;

    (void) context;
    while (get(&shared->ready[next]) == 0) {
        usleep(100);
    }
    seat_ring(next);
}

static void test_elder_rings_younger(void **state) {
    struct test_child elder, younger;

    (void) state;
    make_shared();
    elder = child_start(ring_the_next, NULL);
    younger = start_listener();
    assert_rings(younger.seat, 1);
    assert_int_equal(child_wait(&elder), 0);
    seat_reclaim(elder.seat);
    end_listener(&younger);
}

static void test_shared_doorbell(void **state) {
    struct test_child a, b;
    int i;

    (void) state;
    make_shared();
    a = start_listener();
    for (i = 0; i < SEAT_DOORBELLS - 1; i++) {
        assert_non_null(seat_take(SEAT_WORKER, 0, 1));
    }
    b = start_listener();
    assert_int_equal(b.seat->number, a.seat->number + SEAT_DOORBELLS);
    for (i = 1; i <= 20; i++) {
        seat_ring(b.seat->number);
        assert_rings(b.seat, (uint32_t) i);
    }
    assert_rings(a.seat, 0);
    seat_ring(a.seat->number);
    assert_rings(a.seat, 1);
    assert_rings(b.seat, 20);
    end_listener(&a);
    end_listener(&b);
}

/* A ring from before it listened is heard. */
static void test_ring_before_listening(void **state) {
    (void) state;
    make_shared();
    seat_ring(seat_self()->number);
    loop_init();
    seat_set_on_ring(on_ring);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 1);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 1);
    seat_set_on_ring(NULL);
    seat_ring(0);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 1);
    loop_fini();
}

static void test_full_doorbell_rings(void **state) {
    uint64_t almost = UINT64_MAX - 1;

    (void) state;
    make_shared();
    loop_init();
    seat_set_on_ring(on_ring);
    loop_turn(0);
    assert_int_equal(write(seat_root_zone()->companions[0], &almost, 8), 8);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 0);
    seat_ring(0);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 1);
    seat_set_on_ring(NULL);
    loop_fini();
}

static void ring_in_steps(void *context) {
    (void) context;
    child_step_mark();
    seat_ring(0);
    child_step_mark();
}

/* A death while ringing must not make the bell dumb. */
static void test_ringer_dies_at_each_step(void **state) {
    unsigned steps = 0, heard = 0;
    bool is_at_end = false;

    (void) state;
    make_shared();
    loop_init();
    seat_set_on_ring(on_ring);
    for (steps = 0; !is_at_end; steps++) {
        struct test_child child = child_start_stepped(ring_in_steps, NULL);
        bool is_rung;

        is_at_end = !child_step(&child, steps);
        is_rung = seat_self()->rung != 0;
        child_end(&child);
        loop_turn(0);
        heard += is_rung;
        assert_int_equal(shared->rings[0], heard);
        assert_int_equal(seat_self()->rung, 0);
    }
    assert_in_range(heard, 1, steps - 1);
    seat_set_on_ring(NULL);
    loop_fini();
}

/* ---- exec, and the trial of a configuration ---- */

/* Sits where its parent has said, on the zones of the text, as control does. */
static int after_exec(const char *text, const char *number) {
    if (!zone_import(str_from(text)) || !seats_open()) {
        return 1;
    }
    seat_sit(seat_at((unsigned) atoi(number)));
    counter_add(COUNTER_SESSIONS, 21);
    seat_ring(0);
    return seat_self()->pid == getpid() && seat_has_lease() ? 0 : 2;
}

static void test_exec(void **state) {
    struct seat *seat = seat_take(SEAT_CONTROL, 0, 1);
    char number[20];
    int status;
    pid_t pid;

    (void) state;
    make_shared();
    loop_init();
    seat_set_on_ring(on_ring);
    seat_set_lease(seat);
    snprintf(number, sizeof(number), "%u", seat->number);
    pid = fork();
    if (pid == 0) {
        struct buf text = { NULL, 0, 0, 0 };

        zone_export(&text);
        CHECK(buf_append(&text, str_make("", 1), BUF_SIZE_MAX));
        execl("/proc/self/exe", "seat", buf_bytes(&text).data, number, NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(seat->pid, pid);
    assert_int_equal(counter_sum(COUNTER_SESSIONS), 21);
    seat_reclaim(seat);
    assert_int_equal(counter_sum(COUNTER_SESSIONS), 21);
    loop_turn(0);
    assert_int_equal(shared->rings[0], 1);
    seat_set_on_ring(NULL);
    loop_fini();
}

static void test_trial_touches_nothing(void **state) {
    size_t used;
    int status;
    pid_t pid;

    (void) state;
    make_shared();
    counter_add(COUNTER_REQUESTS, 1);
    used = zone_used(seat_root_zone());
    pid = fork();
    if (pid == 0) {
        seats_forget();
        CHECK(seat_self() == NULL);
        master_sit();
        counter_add(COUNTER_REQUESTS, 10);
        make_shared();
        shared->rings[0] = 5;
        CHECK(seat_take(SEAT_WORKER, 0, 1) != NULL);
        _exit(counter_sum(COUNTER_REQUESTS) == 10 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(zone_used(seat_root_zone()), used);
    assert_int_equal(counter_sum(COUNTER_REQUESTS), 1);
    assert_int_equal(seat_self()->pid, getpid());
    assert_int_equal(shared->rings[0], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, master_setup, master_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_take_and_sit),
        TEST(test_all_seats_taken),
        TEST(test_open_again_finds_the_seats),
        TEST(test_beat_is_in_the_seat),
        TEST(test_lease),
        TEST(test_locks_are_written_down),
        TEST(test_who_waits_for_whom),
        TEST(test_rings),
        TEST(test_elder_rings_younger),
        TEST(test_shared_doorbell),
        TEST(test_ring_before_listening),
        TEST(test_full_doorbell_rings),
        TEST(test_ringer_dies_at_each_step),
        TEST(test_exec),
        TEST(test_trial_touches_nothing),
    };

    if (argc == 3) {
        return after_exec(argv[1], argv[2]);
    }
    return cmocka_run_group_tests_name("shm/seat", tests, NULL, NULL);
}
