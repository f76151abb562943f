/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of process/child: what the master believes of what control says. This program plays the
 * master and, started again by it with --control, a control process that was broken into.
 */
#include "load.h"

#include "base/log.h"
#include "process/generation.h"
#include "process/messages.h"

#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static char lines[16384];
static pid_t bystander;

static void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    assert_true(level > LOG_LEVEL_STDERR && level <= LOG_LEVEL_DEBUG);
    if (strstr(line, "start control") == NULL) {
        strncat(lines, line, len);
    }
}

static struct log log_kept = { .level = LOG_LEVEL_DEBUG, .write = keep_line };

/* ---- control ---- */

static void say(int fd, enum message_type type, const void *data, size_t len) {
    channel_send_now(fd, &(struct channel_message){ .type = type,
                                                    .data = str_make(data, len) });
}

static void say_line(int fd, int level, const char *line, size_t len) {
    static char data[sizeof(level) + 2 * LOG_LINE_MAX];

    memcpy(data, &level, sizeof(level));
    memcpy(data + sizeof(level), line, len);
    say(fd, MESSAGE_LOG_LINE, data, sizeof(level) + len);
}

static int be_broken_into(void) {
    static char too_long[LOG_LINE_MAX + 2];
    const char *start = getenv("WEIR_CONTROL"), *victim = getenv("BYSTANDER");
    int fd = atoi(start);
    struct message_stuck stuck = { .seat = 0, .pid = atoi(victim) };

    memset(too_long, 'x', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\n';
    say_line(fd, -1, "a\n", 2);
    say_line(fd, LOG_LEVEL_STDERR, "b\n", 2);
    say_line(fd, LOG_LEVEL_DEBUG + 1, "c\n", 2);
    say_line(fd, INT_MAX, "d\n", 2);
    say_line(fd, LOG_LEVEL_WARN, "no end", 6);
    say_line(fd, LOG_LEVEL_WARN, "two\nlines\n", 10);
    say_line(fd, LOG_LEVEL_WARN, "", 0);
    say_line(fd, LOG_LEVEL_WARN, too_long, sizeof(too_long));
    say(fd, MESSAGE_LOG_LINE, "x", 1);
    say(fd, MESSAGE_STUCK, &stuck, sizeof(stuck));
    say(fd, MESSAGE_STUCK, &stuck, sizeof(stuck) - 1);
    say(fd, MESSAGE_LEAVING, "", 0);
    say(fd, MESSAGE_EMPTIED, "", 0);
    say(fd, 4711, "", 0);
    say_line(fd, LOG_LEVEL_WARN, "a line\n", 7);
    return 0;
}

/* ---- the master ---- */

static struct generation generation;

static void control_is_not_believed(void **state) {
    char number[32];
    struct child *child;
    int status;

    (void) state;
    bystander = fork();
    if (bystander == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    snprintf(number, sizeof(number), "%d", bystander);
    setenv("BYSTANDER", number, 1);
    assert_true(child_add(&generation, SEAT_CONTROL, 0));
    child = list_object(generation.children.next, struct child, link);
    while (strstr(lines, "a line\n") == NULL && child->channel.watch.fd >= 0) {
        loop_turn(1000);
    }
    assert_string_equal(lines, "a line\n");
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_int_equal(status, 0);
    child_ended(child, status);
    child_free(child);
    assert_int_equal(waitpid(bystander, &status, WNOHANG), 0); /* it was not killed */
    kill(bystander, SIGKILL);
    waitpid(bystander, &status, 0);
}

static int begin(void **state) {
    if (make_folder(state) < 0 || !seats_open()) {
        return -1;
    }
    generation.conf = load_good("");
    generation.settings = process_settings_of(generation.conf);
    loop_init();
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    log_process = &log_kept;
    list_init(&generation.children);
    list_add_last(generation_list(), &generation.link);
    return 0;
}

static int end(void **state) {
    list_remove(&generation.link);
    loop_fini();
    zones_forget();
    conf_free(generation.conf);
    return remove_folder(state);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(control_is_not_believed, begin, end),
    };

    if (argc > 1 && strcmp(argv[1], "--control") == 0) {
        return be_broken_into();
    }
    return cmocka_run_group_tests_name("process/child", tests, NULL, NULL);
}
