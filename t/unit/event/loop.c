/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/loop: run list, turn-end hooks, reap list, timers in turns, heartbeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/dies.h"
#include "base/heap.h"
#include "base/panic.h"
#include "event/loop.h"
#include "event/timer.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What happened, a letter each. */
static char story[256];
static size_t story_len;

static void tell(char what) {
    assert_true(story_len < sizeof(story) - 1);
    story[story_len++] = what;
    story[story_len] = '\0';
}

struct actor {
    struct task task;
    char name;
    struct actor *starts, *cancels;
    unsigned times; /* how often it still starts the other */
    struct reap reap;
};

static int begin(void **state) {
    (void) state;
    story_len = 0;
    story[0] = '\0';
    loop_init();
    return 0;
}

static int end(void **state) {
    (void) state;
    loop_fini();
    return 0;
}

static void on_act(struct task *task) {
    struct actor *actor = list_object(task, struct actor, task);

    tell(actor->name);
    if (actor->times > 0) {
        actor->times--;
        task_start(&actor->starts->task);
    }
    if (actor->cancels != NULL) {
        task_cancel(&actor->cancels->task);
    }
}

static void actor_init(struct actor *actor, char name) {
    *actor = (struct actor){ .name = name };
    task_init(&actor->task, on_act);
}

static void test_tasks_run_once_in_order(void **state) {
    struct actor a, b;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&b, 'b');
    assert_false(task_is_queued(&a.task));
    task_start(&a.task);
    task_start(&b.task);
    task_start(&a.task);
    assert_true(task_is_queued(&a.task));
    loop_turn(0);
    assert_false(task_is_queued(&a.task));
    loop_turn(0);
    assert_string_equal(story, "ab");
}

static void test_tasks_started_by_tasks_run_in_the_same_turn(void **state) {
    struct actor a, b, c;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&b, 'b');
    actor_init(&c, 'c');
    a.starts = &b;
    b.starts = &c;
    a.times = b.times = 1;
    task_start(&a.task);
    loop_turn(0);
    assert_string_equal(story, "abc");
}

static void test_task_cancelled_by_another(void **state) {
    struct actor a, b;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&b, 'b');
    a.cancels = &b;
    task_start(&a.task);
    task_start(&b.task);
    loop_turn(0);
    task_cancel(&a.task);
    loop_turn(0);
    assert_string_equal(story, "a");
}

/* Who goes on later does so after the descriptors have been served; and the loop does not sleep. */
static void test_task_that_starts_itself_runs_once_a_turn(void **state) {
    struct actor a, b;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&b, 'b');
    a.starts = &a;
    a.times = 2;
    task_start(&a.task);
    task_start(&b.task);
    loop_turn(-1);
    assert_string_equal(story, "ab");
    loop_turn(-1);
    assert_string_equal(story, "aba");
    loop_turn(-1);
    assert_string_equal(story, "abaa");
    assert_false(task_is_queued(&a.task));
}

static void test_tasks_that_start_each_other_end_the_turn(void **state) {
    struct actor a, b;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&b, 'b');
    a.starts = &b;
    b.starts = &a;
    a.times = b.times = 1000;
    task_start(&a.task);
    loop_turn(0);
    assert_in_range(story_len, 4, 100);
    story_len = 0;
    loop_turn(-1); /* what is left is done without a sleep */
    assert_true(story_len > 0);
    task_cancel(&a.task);
    task_cancel(&b.task);
}

/* However much happens in a turn, it is done in that turn. */
static void test_many_tasks_run_in_one_turn(void **state) {
    enum { MANY = 10000 };
    struct actor *actors = heap_alloc(MANY * sizeof(*actors));
    unsigned i;

    (void) state;
    for (i = 0; i < MANY; i++) {
        task_init(&actors[i].task, task_cancel); /* something that tells no story */
        task_start(&actors[i].task);
    }
    loop_turn(0);
    for (i = 0; i < MANY; i++) {
        assert_false(task_is_queued(&actors[i].task));
    }
    heap_free(actors);
}

static void test_turn_end_comes_last_and_every_turn(void **state) {
    struct actor a, hook;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&hook, '|');
    task_start_turn_end(&hook.task);
    task_start_turn_end(&hook.task);
    task_start(&a.task);
    loop_turn(0);
    loop_turn(0);
    assert_string_equal(story, "a||");
    task_cancel(&hook.task);
    loop_turn(0);
    assert_string_equal(story, "a||");
}

static void test_turn_end_hook_cancels_others_and_itself(void **state) {
    struct actor first, second, third;

    (void) state;
    actor_init(&first, '1');
    actor_init(&second, '2');
    actor_init(&third, '3');
    first.cancels = &second;
    third.cancels = &third;
    task_start_turn_end(&first.task);
    task_start_turn_end(&second.task);
    task_start_turn_end(&third.task);
    loop_turn(0);
    loop_turn(0);
    assert_string_equal(story, "131");
    task_cancel(&first.task);
}

static void test_task_of_a_turn_end_hook_keeps_the_loop_awake(void **state) {
    struct actor a, hook;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&hook, '|');
    hook.starts = &a;
    hook.times = 1;
    task_start_turn_end(&hook.task);
    loop_turn(0);
    loop_turn(-1);
    assert_string_equal(story, "|a|");
    task_cancel(&hook.task);
}

static void on_tell_turn_end(struct task *task) {
    (void) task;
    tell(loop_has_turn_end() ? 'y' : 'n');
}

static void test_has_turn_end(void **state) {
    struct task task, hook;

    (void) state;
    task_init(&task, on_tell_turn_end);
    task_init(&hook, on_tell_turn_end);
    assert_false(loop_has_turn_end());
    task_start(&task);
    task_start_turn_end(&hook);
    loop_turn(0);
    assert_string_equal(story, "yn");
    assert_false(loop_has_turn_end());
    task_cancel(&hook);
}

/* ---- reaping ---- */

static struct actor *child_of_reaped;

static void on_free(struct reap *reap) {
    struct actor *actor = list_object(reap, struct actor, reap);

    tell(actor->name);
    heap_free(actor);
}

static void on_free_with_child(struct reap *reap) {
    loop_reap(&child_of_reaped->reap, on_free);
    on_free(reap);
}

static struct actor *actor_new(char name) {
    struct actor *actor = heap_alloc(sizeof(*actor));

    actor_init(actor, name);
    return actor;
}

static void on_close_two(struct task *task) {
    (void) task;
    loop_reap(&actor_new('1')->reap, on_free);
    loop_reap(&actor_new('2')->reap, on_free);
    tell('c');
}

static void test_reaped_are_freed_at_the_end_in_order(void **state) {
    struct task task;
    struct actor hook;

    (void) state;
    actor_init(&hook, '|');
    task_init(&task, on_close_two);
    task_start(&task);
    task_start_turn_end(&hook.task);
    loop_turn(0);
    assert_string_equal(story, "c|12");
    loop_turn(0);
    assert_string_equal(story, "c|12|");
    task_cancel(&hook.task);
}

static void test_freeing_may_reap_more(void **state) {
    (void) state;
    child_of_reaped = actor_new('2');
    loop_reap(&actor_new('1')->reap, on_free_with_child);
    loop_turn(0);
    assert_string_equal(story, "12");
    loop_reap(&actor_new('3')->reap, on_free);
    loop_turn(0);
    assert_string_equal(story, "123");
}

static void test_fini_frees_and_forgets(void **state) {
    struct actor a, hook;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&hook, '|');
    task_start(&a.task);
    task_start_turn_end(&hook.task);
    loop_reap(&actor_new('1')->reap, on_free);
    loop_fini();
    assert_string_equal(story, "1");
    loop_init();
    loop_turn(0);
    assert_string_equal(story, "1");
    task_start(&a.task);
    loop_turn(0);
    assert_string_equal(story, "1a");
}

/* ---- turns ---- */

static struct timer stopper;

static void on_stop(struct timer *timer) {
    (void) timer;
    tell('s');
    loop_stop();
}

static void test_run_until_stopped(void **state) {
    struct loop_beat beat = { 0, false };
    int64_t before_us;

    (void) state;
    loop_set_beat(&beat);
    timer_init(&stopper, on_stop);
    clock_update();
    before_us = clock_precise_us();
    timer_start(&stopper, 30);
    loop_run();
    assert_string_equal(story, "s");
    assert_true(clock_precise_us() - before_us >= 29 * 1000);
    assert_in_range(beat.turns, 1, 10);
    assert_false(beat.is_asleep);
    timer_start(&stopper, 0);
    loop_run();
    assert_string_equal(story, "ss");
}

static void test_stopped_before_it_runs(void **state) {
    (void) state;
    loop_stop();
    loop_run();
}

static void test_turn_waits_no_longer_than_told(void **state) {
    int64_t before_us = clock_precise_us();

    (void) state;
    loop_turn(20);
    assert_in_range(clock_precise_us() - before_us, 19 * 1000, 10 * 1000 * 1000);
}

static void test_beat_counts_turns(void **state) {
    struct loop_beat beat = { 0, true };

    (void) state;
    loop_set_beat(&beat);
    loop_turn(0);
    assert_int_equal(beat.turns, 1);
    loop_turn(0);
    assert_int_equal(beat.turns, 2);
    assert_false(beat.is_asleep);
}

/* The beat as another process sees it: a child sleeps until it is rung. */
static volatile struct loop_beat *shared_beat;

static void on_ring(struct watch *watch, unsigned ready) {
    (void) watch;
    _exit((ready & WATCH_READ) != 0 && !shared_beat->is_asleep ? 0 : 1);
}

static _Noreturn void sleeping_child(int fd) {
    struct watch watch = { fd, on_ring };

    loop_fini();
    loop_init();
    loop_set_beat(shared_beat);
    if (watch_start(&watch, WATCH_LEVEL)) {
        loop_run();
    }
    _exit(2);
}

static void test_beat_says_asleep(void **state) {
    int fds[2], status, tries = 1000;
    pid_t pid;

    (void) state;
    shared_beat = mmap(NULL, sizeof(*shared_beat), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared_beat != MAP_FAILED);
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        sleeping_child(fds[0]);
    }
    while (!shared_beat->is_asleep && tries-- > 0) {
        usleep(10 * 1000);
    }
    assert_true(shared_beat->is_asleep);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(shared_beat->turns, 1);
    close(fds[0]);
    close(fds[1]);
    munmap((void *) (uintptr_t) shared_beat, sizeof(*shared_beat));
}

/* A forked child takes up a loop of its own in the middle of its parent's turn. */
static struct actor child_actor;

static void on_fork(struct task *task) {
    pid_t pid = fork();
    int status;

    (void) task;
    assert_true(pid >= 0);
    if (pid == 0) {
        loop_fini();
        loop_init();
        story_len = 0;
        task_start(&child_actor.task);
        loop_turn(-1);
        loop_turn(0);
        _exit(story_len == 1 && story[0] == 'k' ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_forked_child_has_its_own_turns(void **state) {
    struct task fork_task;
    struct actor a;

    (void) state;
    actor_init(&a, 'a');
    actor_init(&child_actor, 'k');
    task_init(&fork_task, on_fork);
    task_start(&fork_task);
    task_start(&a.task);
    loop_turn(0);
    assert_string_equal(story, "a");
}

static void panic_in_task(struct task *task) {
    CHECK(task == NULL);
}

static void panic_in_watch(struct watch *watch, unsigned ready) {
    CHECK(watch == NULL || ready == 0);
}

static void panic_in_timer(struct timer *timer) {
    CHECK(timer == NULL);
}

static void test_panic_tells_what_is_delivered(void **state) {
    struct watch watch = { .on_ready = panic_in_watch };
    struct timer timer;
    struct task task;
    int ends[2];

    (void) state;
    loop_turn(0);
    task_init(&task, panic_in_task);
    task_start(&task);
    assert_dies("task == NULL\nloop: turn 2, task, handler +0x", loop_turn(0));
    task_cancel(&task);

    assert_int_equal(pipe(ends), 0);
    watch.fd = dup2(ends[0], 100);
    assert_true(watch_start(&watch, WATCH_LEVEL));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_dies("loop: turn 2, descriptor 100 is ready: read, handler +0x", loop_turn(0));
    watch_cancel(&watch, false);
    close(100);
    close(ends[0]);
    close(ends[1]);

    timer_init(&timer, panic_in_timer);
    timer_start(&timer, 1);
    assert_dies("loop: turn 2, timer, handler +0x", (usleep(20000), loop_turn(100)));
    timer_fini(&timer);
    assert_dies("): what\n", panic("file", 1, "func", "what"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tasks_run_once_in_order, begin, end),
        cmocka_unit_test_setup_teardown(test_tasks_started_by_tasks_run_in_the_same_turn, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_task_cancelled_by_another, begin, end),
        cmocka_unit_test_setup_teardown(test_task_that_starts_itself_runs_once_a_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_tasks_that_start_each_other_end_the_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_many_tasks_run_in_one_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_turn_end_comes_last_and_every_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_turn_end_hook_cancels_others_and_itself, begin, end),
        cmocka_unit_test_setup_teardown(test_task_of_a_turn_end_hook_keeps_the_loop_awake, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_has_turn_end, begin, end),
        cmocka_unit_test_setup_teardown(test_reaped_are_freed_at_the_end_in_order, begin, end),
        cmocka_unit_test_setup_teardown(test_freeing_may_reap_more, begin, end),
        cmocka_unit_test_setup_teardown(test_fini_frees_and_forgets, begin, end),
        cmocka_unit_test_setup_teardown(test_run_until_stopped, begin, end),
        cmocka_unit_test_setup_teardown(test_stopped_before_it_runs, begin, end),
        cmocka_unit_test_setup_teardown(test_turn_waits_no_longer_than_told, begin, end),
        cmocka_unit_test_setup_teardown(test_beat_counts_turns, begin, end),
        cmocka_unit_test_setup_teardown(test_beat_says_asleep, begin, end),
        cmocka_unit_test_setup_teardown(test_panic_tells_what_is_delivered, begin, end),
        cmocka_unit_test_setup_teardown(test_forked_child_has_its_own_turns, begin, end),
    };

    return cmocka_run_group_tests_name("event/loop", tests, NULL, NULL);
}
