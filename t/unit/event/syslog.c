/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/syslog and event/logsink_syslog: what a message says, and servers that come and
 * go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "event/logsink.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-syslog-XXXXXX";
static struct sockaddr_un local;
static struct logsink_buffer own;
static char got[70000];
static uint64_t lost;

static void count_lost(uint64_t lines) {
    lost += lines;
}

static int begin(void **state) {
    (void) state;
    setenv("TZ", "UTC", 1);
    clock_fake(1000, 1795263326000); /* 2026-11-21 12:15:26 */
    loop_init();
    logsink_set_buffer(&own);
    logsink_set_on_lost(count_lost);
    lost = 0;
    return 0;
}

static int end(void **state) {
    (void) state;
    logsink_flush();
    logsink_set_buffer(NULL);
    loop_fini();
    return 0;
}

static int bind_local(void) {
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    unlink(local.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *) &local, sizeof(local)), 0);
    return fd;
}

/* A server with one user. */
static struct syslog open_local(void) {
    struct syslog syslog = { .facility = 23, .severity = 6, .tag = "weir" };

    syslog.file = logsink_open_syslog(STR("syslog:local"), (struct sockaddr *) &local,
                                      sizeof(local));
    assert_true(syslog.file >= 0);
    return syslog;
}

static const char *next_message(int fd) {
    ssize_t len = recv(fd, got, sizeof(got) - 1, 0);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static void test_names_and_codes(void **state) {
    unsigned code;

    (void) state;
    assert_true(parse_syslog_facility(STR("kern"), &code));
    assert_int_equal(code, 0);
    assert_true(parse_syslog_facility(STR("local7"), &code));
    assert_int_equal(code, SYSLOG_FACILITY_DEFAULT);
    assert_false(parse_syslog_facility(STR("local8"), &code));
    assert_false(parse_syslog_facility(STR(""), &code));
    assert_true(parse_syslog_severity(STR("error"), &code));
    assert_int_equal(code, 3);
    assert_false(parse_syslog_severity(STR("err"), &code));
    assert_int_equal(syslog_severity_of(LOG_LEVEL_STDERR), 0);
    assert_int_equal(syslog_severity_of(LOG_LEVEL_EMERG), 0);
    assert_int_equal(syslog_severity_of(LOG_LEVEL_DEBUG), 7);
}

static void test_what_a_message_says(void **state) {
    struct syslog syslog = open_local();
    int fd = bind_local();
    char host[65] = "", expected[200];

    (void) state;
    syslog_write(&syslog, 6, STR("text\n"));
    assert_string_equal(next_message(fd), "<190>Nov 21 12:15:26 weir: text");
    syslog.facility = 0;
    snprintf(syslog.tag, sizeof(syslog.tag), "other_1");
    syslog.has_host = true;
    gethostname(host, 64);
    snprintf(expected, sizeof(expected), "<3>Nov 21 12:15:26 %s other_1: no end", host);
    syslog_write(&syslog, 3, STR("no end"));
    assert_string_equal(next_message(fd), expected);
    clock_fake(2000, 1796083200000);
    syslog_write(&syslog, 3, STR("x"));
    assert_non_null(strstr(next_message(fd), "<3>Dec  1 00:00:00 "));
    logsink_close(syslog.file);
    close(fd);
}

static void test_error_log(void **state) {
    struct syslog syslog = open_local();
    int fd = bind_local();
    struct logsink sink;

    (void) state;
    logsink_init_syslog(&sink, &syslog, LOG_LEVEL_WARN);
    log_set_pid(7);
    log_write(&sink.log, LOG_LEVEL_WARN, 0, NULL, "heard");
    log_write(&sink.log, LOG_LEVEL_INFO, 0, NULL, "not heard");
    assert_string_equal(next_message(fd),
                        "<188>Nov 21 12:15:26 weir: 2026/11/21 12:15:26 [warn] 7#7: heard");
    assert_string_equal(next_message(fd), "");
    logsink_close(syslog.file);
    close(fd);
}

static struct syslog in_turn;

static void on_two_messages(struct task *task) {
    (void) task;
    syslog_write(&in_turn, 6, STR("one"));
    syslog_write(&in_turn, 6, STR("two"));
}

static void test_messages_of_a_turn_are_one_each(void **state) {
    int fd = bind_local();
    struct task task;

    (void) state;
    in_turn = open_local();
    task_init(&task, on_two_messages);
    task_start(&task);
    loop_turn(0);
    assert_non_null(strstr(next_message(fd), ": one"));
    assert_non_null(strstr(next_message(fd), ": two"));
    logsink_close(in_turn.file);
    close(fd);
}

/* Not there, there, started again, gone, and there again after a second. */
static void test_server_comes_and_goes(void **state) {
    struct syslog syslog = open_local();
    int fd;

    (void) state;
    unlink(local.sun_path);
    syslog_write(&syslog, 6, STR("0"));
    assert_int_equal(lost, 1);
    fd = bind_local();
    syslog_write(&syslog, 6, STR("1"));
    assert_int_equal(lost, 2); /* it is not asked for with each message */
    clock_fake(2100, 1795263327000);
    syslog_write(&syslog, 6, STR("2"));
    assert_non_null(strstr(next_message(fd), ": 2"));
    close(fd);
    fd = bind_local();
    syslog_write(&syslog, 6, STR("3"));
    assert_non_null(strstr(next_message(fd), ": 3"));
    assert_int_equal(lost, 2);
    close(fd);
    syslog_write(&syslog, 6, STR("4"));
    assert_int_equal(lost, 3);
    fd = bind_local();
    clock_fake(4000, 1795263329000);
    syslog_write(&syslog, 6, STR("5"));
    assert_non_null(strstr(next_message(fd), ": 5"));
    assert_int_equal(lost, 3);
    logsink_close(syslog.file);
    close(fd);
}

/* One that does not read: messages are lost, the others are there, and nothing waits. */
static void test_slow_server_loses(void **state) {
    struct syslog syslog = open_local();
    int fd = bind_local(), i, read = 0;

    (void) state;
    for (i = 0; i < 5000; i++) {
        syslog_write(&syslog, 6, STR("a message"));
    }
    assert_in_range(lost, 1, 4999);
    while (next_message(fd)[0] != '\0') {
        read++;
    }
    assert_int_equal(read + lost, 5000);
    syslog_write(&syslog, 6, STR("again"));
    assert_non_null(strstr(next_message(fd), ": again"));
    logsink_close(syslog.file);
    close(fd);
}

static void test_udp(void **state) {
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct syslog syslog = { .facility = 1, .tag = "weir" };

    (void) state;
    assert_int_equal(bind(fd, (struct sockaddr *) &address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &len), 0);
    syslog.file = logsink_open_syslog(STR("syslog:udp"), (struct sockaddr *) &address, len);
    syslog_write(&syslog, 0, STR("datagram"));
    assert_string_equal(next_message(fd), "<8>Nov 21 12:15:26 weir: datagram");
    logsink_close(syslog.file);
    close(fd);
}

static void on_message_and_death(struct task *task) {
    on_two_messages(task);
    kill(getpid(), SIGKILL);
}

static void test_messages_of_the_dead_are_sent(void **state) {
    struct logsink_buffer *buffer = mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int fd = bind_local(), status;
    struct task task;
    pid_t pid;

    (void) state;
    in_turn = open_local();
    pid = fork();
    if (pid == 0) {
        loop_fini();
        loop_init();
        logsink_set_buffer(buffer);
        task_init(&task, on_message_and_death);
        task_start(&task);
        loop_turn(0);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    logsink_flush_of(buffer);
    assert_non_null(strstr(next_message(fd), ": one"));
    assert_non_null(strstr(next_message(fd), ": two"));
    assert_string_equal(next_message(fd), "");
    logsink_close(in_turn.file);
    munmap(buffer, sizeof(*buffer));
    close(fd);
}

static int make_folder(void **state) {
    (void) state;
    local.sun_family = AF_UNIX;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(local.sun_path, sizeof(local.sun_path), "%s/socket", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void) state;
    unlink(local.sun_path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_codes),
        cmocka_unit_test_setup_teardown(test_what_a_message_says, begin, end),
        cmocka_unit_test_setup_teardown(test_error_log, begin, end),
        cmocka_unit_test_setup_teardown(test_messages_of_a_turn_are_one_each, begin, end),
        cmocka_unit_test_setup_teardown(test_server_comes_and_goes, begin, end),
        cmocka_unit_test_setup_teardown(test_slow_server_loses, begin, end),
        cmocka_unit_test_setup_teardown(test_udp, begin, end),
        cmocka_unit_test_setup_teardown(test_messages_of_the_dead_are_sent, begin, end),
    };

    return cmocka_run_group_tests_name("event/syslog", tests, make_folder, remove_folder);
}
