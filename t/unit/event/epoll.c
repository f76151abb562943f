/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/epoll: watches of descriptors, and above all events that outlive their watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "event/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct ear {
    struct watch watch;
    unsigned calls, ready; /* all that was seen */
    void (*then)(struct ear *ear);
};

static int pairs[2][2]; /* [i][0] is watched */
static struct ear ears[2];

static void on_ready(struct watch *watch, unsigned ready) {
    struct ear *ear = list_object(watch, struct ear, watch);

    ear->calls++;
    ear->ready |= ready;
    if (ear->then != NULL) {
        ear->then(ear);
    }
}

static void ear_start(struct ear *ear, int fd, enum watch_mode mode) {
    *ear = (struct ear){ .watch = { fd, on_ready }, .then = ear->then };
    assert_true(watch_start(&ear->watch, mode));
}

static void make_pair(int *fds) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static int begin(void **state) {
    int i;

    (void) state;
    loop_init();
    for (i = 0; i < 2; i++) {
        make_pair(pairs[i]);
        ears[i].then = NULL;
    }
    return 0;
}

static int end(void **state) {
    int i;

    (void) state;
    for (i = 0; i < 2; i++) {
        watch_cancel(&ears[i].watch, false);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    loop_fini();
    return 0;
}

static void send_byte(int fd) {
    assert_int_equal(write(fd, "x", 1), 1);
}

static void take_byte(int fd) {
    char byte;

    assert_int_equal(read(fd, &byte, 1), 1);
}

static void test_edge_tells_each_change_once(void **state) {
    struct ear *ear = &ears[0];

    (void) state;
    ear_start(ear, pairs[0][0], WATCH_EDGE);
    loop_turn(0);
    assert_int_equal(ear->ready, WATCH_WRITE);
    loop_turn(0);
    assert_int_equal(ear->calls, 1);
    send_byte(pairs[0][1]);
    loop_turn(0);
    assert_true((ear->ready & WATCH_READ) != 0);
    assert_int_equal(ear->calls, 2);
    loop_turn(0);
    assert_int_equal(ear->calls, 2);
    send_byte(pairs[0][1]); /* more comes, though nobody has read yet */
    loop_turn(0);
    assert_int_equal(ear->calls, 3);
}

static void test_level_tells_until_it_is_read(void **state) {
    struct ear *ear = &ears[0];

    (void) state;
    ear_start(ear, pairs[0][0], WATCH_LEVEL);
    loop_turn(0);
    assert_int_equal(ear->calls, 0);
    send_byte(pairs[0][1]);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(ear->calls, 2);
    assert_int_equal(ear->ready, WATCH_READ);
    take_byte(pairs[0][0]);
    loop_turn(0);
    assert_int_equal(ear->calls, 2);
}

static void test_level_tells_of_room_where_that_is_wanted(void **state) {
    struct ear *ear = &ears[0];

    (void) state;
    ear_start(ear, pairs[0][0], WATCH_LEVEL_WRITE);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(ear->calls, 2);
    assert_int_equal(ear->ready, WATCH_WRITE);
    watch_cancel(&ear->watch, true);
    ear_start(ear, pairs[0][0], WATCH_LEVEL);
    loop_turn(0);
    assert_int_equal(ear->calls, 0);
}

static void test_half_close_and_close_are_hup(void **state) {
    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_EDGE);
    ear_start(&ears[1], pairs[1][0], WATCH_EDGE);
    shutdown(pairs[0][1], SHUT_WR);
    close(pairs[1][1]);
    loop_turn(0);
    assert_true((ears[0].ready & WATCH_HUP) != 0);
    assert_true((ears[1].ready & WATCH_HUP) != 0);
    pairs[1][1] = -1;
}

static int tcp_listen(struct sockaddr_in *address) {
    socklen_t len = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){ .sin_family = AF_INET };
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *) address, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) address, &len), 0);
    return fd;
}

static void test_urgent_data_and_reset_are_errors(void **state) {
    struct linger linger = { 1, 0 };
    struct sockaddr_in address;
    int listener = tcp_listen(&address), client, server;

    (void) state;
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *) &address, sizeof(address)), 0);
    server = accept(listener, NULL, NULL);
    ear_start(&ears[0], server, WATCH_EDGE);
    loop_turn(0);
    assert_int_equal(send(client, "!", 1, MSG_OOB), 1);
    loop_turn(1000);
    assert_true((ears[0].ready & WATCH_ERROR) != 0);
    ears[0].ready = 0;
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    close(client);
    loop_turn(1000);
    assert_int_equal(ears[0].ready & (WATCH_ERROR | WATCH_HUP), WATCH_ERROR | WATCH_HUP);
    watch_cancel(&ears[0].watch, false);
    close(server);
    close(listener);
}

static void test_what_cannot_be_polled_is_refused(void **state) {
    char path[] = "/tmp/weir-epoll-XXXXXX";
    int fd = mkstemp(path);

    (void) state;
    assert_true(fd >= 0);
    unlink(path);
    ears[0].watch = (struct watch){ fd, on_ready };
    assert_false(watch_start(&ears[0].watch, WATCH_EDGE));
    assert_int_equal(errno, EPERM);
    watch_cancel(&ears[0].watch, false);
    close(fd);
}

static void test_cancel_is_idempotent(void **state) {
    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_EDGE);
    watch_cancel(&ears[0].watch, false);
    watch_cancel(&ears[0].watch, false);
    watch_cancel(&ears[0].watch, true);
    assert_int_equal(ears[0].watch.fd, -1);
    send_byte(pairs[0][1]);
    loop_turn(0);
    assert_int_equal(ears[0].calls, 0);
}

static void test_same_descriptor_can_be_watched_again(void **state) {
    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_EDGE);
    loop_turn(0);
    watch_cancel(&ears[0].watch, false);
    ear_start(&ears[1], pairs[0][0], WATCH_EDGE);
    send_byte(pairs[0][1]);
    loop_turn(0);
    assert_int_equal(ears[0].calls, 1);
    assert_int_equal(ears[1].ready, WATCH_READ | WATCH_WRITE);
}

/* ---- events that come too late ---- */

static struct ear *other_of(struct ear *ear) {
    return ear == &ears[0] ? &ears[1] : &ears[0];
}

static void cancel_other(struct ear *ear) {
    watch_cancel(&other_of(ear)->watch, false);
}

/* Both have events in one batch; whoever is called first cancels the other. */
static void both_ready(void (*then)(struct ear *ear)) {
    int i;

    for (i = 0; i < 2; i++) {
        ears[i].then = then;
        ear_start(&ears[i], pairs[i][0], WATCH_EDGE);
        send_byte(pairs[i][1]);
    }
    loop_turn(0);
}

static void test_fetched_event_of_cancelled_watch_is_dropped(void **state) {
    (void) state;
    both_ready(cancel_other);
    assert_int_equal(ears[0].calls + ears[1].calls, 1);
}

/* The watch's memory, and the number of its descriptor, are in use again within the turn. */
static void replace_other(struct ear *ear) {
    struct ear *other = other_of(ear);
    int fd = other->watch.fd, *pair = pairs[other - ears], fresh[2];

    ear->then = other->then = NULL;
    watch_cancel(&other->watch, false);
    close(fd);
    make_pair(fresh);
    assert_int_equal(fresh[0], fd);
    close(pair[1]);
    pair[1] = fresh[1];
    ear_start(other, fd, WATCH_EDGE);
}

static void test_fetched_event_does_not_reach_a_successor(void **state) {
    (void) state;
    both_ready(replace_other);
    assert_int_equal(ears[0].calls + ears[1].calls, 1);
    /* The successor hears of its own descriptor, to which nobody has written. */
    loop_turn(0);
    assert_int_equal(ears[0].calls, 1);
    assert_int_equal(ears[1].calls, 1);
    assert_int_equal((ears[0].ready | ears[1].ready) & WATCH_HUP, 0);
    assert_true(ears[0].ready == WATCH_WRITE || ears[1].ready == WATCH_WRITE);
}

/* A file that a child kept open stays in the kernel's queue, under a number now another's. */
static void test_event_of_a_file_that_a_child_kept(void **state) {
    int kept = fcntl(pairs[0][0], F_DUPFD_CLOEXEC, 0), fresh[2];

    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_EDGE);
    loop_turn(0);
    watch_cancel(&ears[0].watch, false);
    close(pairs[0][0]);
    make_pair(fresh);
    assert_int_equal(fresh[0], pairs[0][0]);
    ear_start(&ears[0], fresh[0], WATCH_EDGE);
    loop_turn(0);
    assert_int_equal(ears[0].calls, 1);
    send_byte(pairs[0][1]);
    loop_turn(0);
    assert_int_equal(ears[0].calls, 1);
    close(kept);
    close(fresh[1]);
}

static void test_shared_descriptor_is_taken_out(void **state) {
    int kept = fcntl(pairs[0][0], F_DUPFD_CLOEXEC, 0);
    int64_t before_us;

    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_EXCLUSIVE);
    watch_cancel(&ears[0].watch, true);
    send_byte(pairs[0][1]);
    /* Still in the queue, level-triggered, it would end this sleep. */
    before_us = clock_precise_us();
    loop_turn(20);
    assert_true(clock_precise_us() - before_us >= 19 * 1000);
    assert_int_equal(ears[0].calls, 0);
    ear_start(&ears[0], pairs[0][0], WATCH_EXCLUSIVE);
    loop_turn(0);
    assert_int_equal(ears[0].ready, WATCH_READ);
    close(kept);
}

/* A child that gives up the loop it was born with does no harm to its parent's. */
static void test_child_leaves_the_parents_watches_alone(void **state) {
    int status;
    pid_t pid;

    (void) state;
    ear_start(&ears[0], pairs[0][0], WATCH_LEVEL);
    pid = fork();
    if (pid == 0) {
        loop_fini();
        watch_cancel(&ears[0].watch, true);
        loop_init();
        ear_start(&ears[1], pairs[1][0], WATCH_EDGE);
        loop_turn(0);
        _exit(ears[1].ready == WATCH_WRITE && ears[0].calls == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    send_byte(pairs[0][1]);
    loop_turn(0);
    assert_int_equal(ears[0].calls, 1);
}

static void test_high_descriptor_numbers(void **state) {
    int fd = fcntl(pairs[0][0], F_DUPFD_CLOEXEC, 900);

    (void) state;
    assert_true(fd >= 900);
    ear_start(&ears[0], fd, WATCH_EDGE);
    loop_turn(0);
    assert_int_equal(ears[0].ready, WATCH_WRITE);
    watch_cancel(&ears[0].watch, false);
    close(fd);
}

/* A doorbell: each ring is heard, though nobody reads the eventfd. */
static void test_eventfd_rings(void **state) {
    uint64_t one = 1;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), i;

    (void) state;
    ear_start(&ears[0], fd, WATCH_EDGE);
    loop_turn(0);
    for (i = 2; i < 5; i++) {
        assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
        loop_turn(0);
        assert_int_equal(ears[0].calls, i);
    }
    watch_cancel(&ears[0].watch, false);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_edge_tells_each_change_once, begin, end),
        cmocka_unit_test_setup_teardown(test_level_tells_until_it_is_read, begin, end),
        cmocka_unit_test_setup_teardown(test_level_tells_of_room_where_that_is_wanted, begin, end),
        cmocka_unit_test_setup_teardown(test_half_close_and_close_are_hup, begin, end),
        cmocka_unit_test_setup_teardown(test_urgent_data_and_reset_are_errors, begin, end),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_polled_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_cancel_is_idempotent, begin, end),
        cmocka_unit_test_setup_teardown(test_same_descriptor_can_be_watched_again, begin, end),
        cmocka_unit_test_setup_teardown(test_fetched_event_of_cancelled_watch_is_dropped, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_fetched_event_does_not_reach_a_successor, begin, end),
        cmocka_unit_test_setup_teardown(test_event_of_a_file_that_a_child_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_shared_descriptor_is_taken_out, begin, end),
        cmocka_unit_test_setup_teardown(test_child_leaves_the_parents_watches_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_high_descriptor_numbers, begin, end),
        cmocka_unit_test_setup_teardown(test_eventfd_rings, begin, end),
    };

    return cmocka_run_group_tests_name("event/epoll", tests, NULL, NULL);
}
