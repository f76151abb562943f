/* SPDX-License-Identifier: BSD-2-Clause */
/* loop - the turns: run list, turn-end hooks, reap list, heartbeat; see loop.h. */
#include "event/loop.h"

#include "base/clock.h"
#include "base/panic.h"
#include "event/at_hand_priv.h"
#include "event/epoll_priv.h"
#include "event/timer.h"

/*
 * The budget of the run list in one turn. A round runs what is queued when it begins; what that
 * queues is the next round. So the work of a turn is bounded by what has happened, however much it
 * is, and two tasks that start each other for ever cannot keep the descriptors waiting.
 */
enum { LOOP_ROUNDS_MAX = 16 };

enum loop_phase {
    LOOP_OUTSIDE, /* no turn, or asleep in one */
    LOOP_DELIVERING,
    LOOP_ENDING
};

static enum loop_phase phase;
static bool is_stopped;
static struct list run_list = { &run_list, &run_list };
static struct list next_turn = { &next_turn, &next_turn }; /* tasks that started themselves */
static struct list turn_end = { &turn_end, &turn_end };
static struct list round_list = { &round_list, &round_list }; /* taken from one of these */
static struct task *running;
static struct reap *reap_first, **reap_last = &reap_first;
static struct loop_beat own_beat;
static volatile struct loop_beat *beat = &own_beat;
static uint64_t turns;

static void list_empty(struct list *list) {
    while (list_take_first(list) != NULL) {
    }
}

/* What is freed may close something else, which comes after it. */
static void loop_free_reaped(void) {
    struct reap *reap;

    while ((reap = reap_first) != NULL) {
        reap_first = reap->next;
        if (reap_first == NULL) {
            reap_last = &reap_first;
        }
        AT_HAND("reaping", reap->free);
        reap->free(reap);
    }
    AT_HAND_NONE();
}

void loop_init(void) {
    clock_update();
    timer_reset();
    epoll_open();
    at_hand_start();
    phase = LOOP_OUTSIDE;
    is_stopped = false;
}

void loop_fini(void) {
    epoll_close();
    at_hand_stop();
    timer_reset();
    list_empty(&run_list);
    list_empty(&next_turn);
    list_empty(&turn_end);
    list_empty(&round_list);
    running = NULL;
    /* A child that was forked inside a turn may still use what its callers closed. */
    if (phase == LOOP_OUTSIDE) {
        loop_free_reaped();
    }
    beat = &own_beat;
    turns = 0;
    phase = LOOP_OUTSIDE;
}

void loop_run(void) {
    while (!is_stopped) {
        loop_turn(-1);
    }
    is_stopped = false;
}

void loop_stop(void) {
    is_stopped = true;
}

bool loop_has_turn_end(void) {
    return phase == LOOP_DELIVERING;
}

static int loop_wait_ms(int64_t max_wait_ms) {
    int64_t wait_ms;

    if (!list_is_empty(&run_list)) {
        return 0;
    }
    wait_ms = timer_wait_ms();
    return (int) (max_wait_ms >= 0 && max_wait_ms < wait_ms ? max_wait_ms : wait_ms);
}

static void loop_sleep(int wait_ms) {
    __atomic_store_n(&beat->is_asleep, true, __ATOMIC_RELEASE);
    epoll_fetch(wait_ms);
    __atomic_store_n(&beat->is_asleep, false, __ATOMIC_RELEASE);
    __atomic_store_n(&beat->turns, ++turns, __ATOMIC_RELEASE);
}

static void loop_run_tasks(void) {
    struct list *link;
    int round;

    for (round = 0; round < LOOP_ROUNDS_MAX && !list_is_empty(&run_list); round++) {
        list_move_all(&round_list, &run_list);
        while ((link = list_take_first(&round_list)) != NULL) {
            running = list_object(link, struct task, link);
            AT_HAND("task", running->run);
            running->run(running);
            running = NULL;
        }
    }
    AT_HAND_NONE();
    while ((link = list_take_first(&next_turn)) != NULL) {
        list_add_last(&run_list, link);
    }
}

static void loop_run_turn_end(void) {
    struct list *link;

    list_move_all(&round_list, &turn_end);
    while ((link = list_take_first(&round_list)) != NULL) {
        struct task *task = list_object(link, struct task, link);

        list_add_last(&turn_end, link);
        AT_HAND("turn-end hook", task->run);
        task->run(task);
    }
    AT_HAND_NONE();
}

void loop_turn(int64_t max_wait_ms) {
    CHECK(phase == LOOP_OUTSIDE);
    loop_sleep(loop_wait_ms(max_wait_ms));
    at_hand.turn = turns;
    clock_update();
    phase = LOOP_DELIVERING;
    epoll_deliver();
    timer_expire();
    loop_run_tasks();
    phase = LOOP_ENDING;
    loop_run_turn_end();
    loop_free_reaped();
    phase = LOOP_OUTSIDE;
}

void task_start(struct task *task) {
    if (!list_is_linked(&task->link)) {
        list_add_last(task == running ? &next_turn : &run_list, &task->link);
    }
}

void task_cancel(struct task *task) {
    list_remove(&task->link);
}

void task_start_turn_end(struct task *task) {
    if (!list_is_linked(&task->link)) {
        list_add_last(&turn_end, &task->link);
    }
}

void loop_reap(struct reap *reap, void (*free)(struct reap *reap)) {
    reap->next = NULL;
    reap->free = free;
    *reap_last = reap;
    reap_last = &reap->next;
}

void loop_set_beat(volatile struct loop_beat *new_beat) {
    CHECK(new_beat != NULL);
    beat = new_beat;
}
