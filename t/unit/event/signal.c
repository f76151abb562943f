/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/signal: signals that the process sends to itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event/loop.h"
#include "event/signal.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static const int numbers[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGCHLD, 0 };
static unsigned counts[64];
static int last_pid;
static bool ends_at_first;

static void on_signal(int number, int pid) {
    counts[number]++;
    last_pid = pid;
    if (ends_at_first) {
        signal_fini();
    }
}

static int begin(void **state) {
    (void) state;
    counts[SIGUSR1] = counts[SIGUSR2] = counts[SIGHUP] = counts[SIGCHLD] = 0;
    ends_at_first = false;
    loop_init();
    signal_start(numbers, on_signal);
    return 0;
}

static int end(void **state) {
    (void) state;
    signal_fini();
    signal_fini();
    loop_fini();
    return 0;
}

static bool is_blocked(int number) {
    sigset_t set;

    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &set), 0);
    return sigismember(&set, number) == 1;
}

static void test_all_that_wait_are_delivered(void **state) {
    (void) state;
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGHUP);
    loop_turn(1000);
    assert_int_equal(counts[SIGUSR1], 1);
    assert_int_equal(counts[SIGUSR2], 1);
    assert_int_equal(counts[SIGHUP], 1);
    assert_int_equal(last_pid, getpid());
}

static void test_each_turn_anew(void **state) {
    unsigned i;

    (void) state;
    for (i = 1; i <= 3; i++) {
        kill(getpid(), SIGUSR1);
        loop_turn(1000);
        assert_int_equal(counts[SIGUSR1], i);
    }
    loop_turn(0);
    assert_int_equal(counts[SIGUSR1], 3);
}

static void test_end_of_a_child(void **state) {
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        _exit(0);
    }
    loop_turn(10 * 1000);
    assert_int_equal(counts[SIGCHLD], 1);
    assert_int_equal(last_pid, pid);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), pid);
}

static void test_ended_from_the_callback(void **state) {
    (void) state;
    assert_true(is_blocked(SIGUSR1));
    ends_at_first = true;
    kill(getpid(), SIGUSR1);
    loop_turn(1000);
    assert_int_equal(counts[SIGUSR1], 1);
    assert_false(is_blocked(SIGUSR1));
    assert_false(is_blocked(SIGCHLD));
}

/* A forked child has signals of its own, and its parent goes on hearing its. */
static void test_child_sets_up_its_own(void **state) {
    int status;
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        loop_fini();
        signal_fini();
        loop_init();
        signal_start(numbers, on_signal);
        kill(getpid(), SIGUSR2);
        loop_turn(1000);
        _exit(counts[SIGUSR2] == 1 && last_pid == getpid() ? 0 : 1);
    }
    while (counts[SIGCHLD] == 0) {
        loop_turn(10 * 1000);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    kill(getpid(), SIGUSR1);
    loop_turn(1000);
    assert_int_equal(counts[SIGUSR1], 1);
    assert_int_equal(counts[SIGUSR2], 0);
}

/* As a shell leaves SIGQUIT for what it starts with "&", or nohup SIGHUP. */
static void test_ignored_ones_come_all_the_same(void **state) {
    (void) state;
    signal_fini();
    signal(SIGHUP, SIG_IGN);
    signal_start(numbers, on_signal);
    kill(getpid(), SIGHUP);
    loop_turn(1000);
    assert_int_equal(counts[SIGHUP], 1);
}

static void test_what_comes_to_a_child_waits(void **state) {
    (void) state;
    signal_leave();
    kill(getpid(), SIGHUP);
    assert_true(is_blocked(SIGHUP));
    signal_start(numbers, on_signal);
    loop_turn(1000);
    assert_int_equal(counts[SIGHUP], 1);
}

static void test_no_others_stay_blocked(void **state) {
    static const int others[] = { SIGHUP, 0 };

    (void) state;
    signal_leave();
    assert_true(is_blocked(SIGUSR1));
    signal_start(others, on_signal);
    assert_false(is_blocked(SIGUSR1));
    assert_true(is_blocked(SIGHUP));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_that_wait_are_delivered, begin, end),
        cmocka_unit_test_setup_teardown(test_each_turn_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_end_of_a_child, begin, end),
        cmocka_unit_test_setup_teardown(test_ended_from_the_callback, begin, end),
        cmocka_unit_test_setup_teardown(test_child_sets_up_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_what_comes_to_a_child_waits, begin, end),
        cmocka_unit_test_setup_teardown(test_no_others_stay_blocked, begin, end),
        cmocka_unit_test_setup_teardown(test_ignored_ones_come_all_the_same, begin, end),
    };

    return cmocka_run_group_tests_name("event/signal", tests, NULL, NULL);
}
