/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/sockets: what a change of the configuration does to the sockets, step by step.
 * */
#include "load.h"

#include "process/sockets.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

static uint16_t port;
static struct conf *conf;

static uint16_t free_port(void) {
    struct sockaddr_in addr = { .sin_family = AF_INET };
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *) &addr, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &addr, &len), 0);
    close(fd);
    return ntohs(addr.sin_port);
}

static int begin(void **state) {
    (void) state;
    port = free_port();
    return 0;
}

static int end(void **state) {
    (void) state;
    sockets_close_all();
    if (conf != NULL) {
        conf_free(conf);
    }
    conf = NULL;
    return 0;
}

/* "tcp" and "unix" in the list stand for the two addresses of a test. */
static bool prepare(const char *list, unsigned workers) {
    char text[512] = "";
    size_t len = 0;

    if (strstr(list, "tcp") != NULL) {
        len += (size_t) snprintf(text, sizeof(text), "listen 127.0.0.1:%u;", port);
    }
    if (strstr(list, "unix") != NULL) {
        snprintf(text + len, sizeof(text) - len, "listen unix:%s;", in_folder("sock"));
    }
    if (conf != NULL) {
        conf_free(conf);
    }
    conf = load_good(text);
    return sockets_prepare(conf, workers, false);
}

/* The lines of what was left, without the addresses. */
static const char *commit(void) {
    static char left[256];
    struct buf lines = { NULL, 0, 0, 0 };
    struct str rest, line;
    size_t len = 0;

    sockets_commit(&lines);
    rest = buf_bytes(&lines);
    left[0] = '\0';
    while (str_take_part(&rest, '\n', &line)) {
        if (line.len > 0) {
            len += (size_t) snprintf(left + len, sizeof(left) - len, "%.*s;", 5, line.data);
        }
    }
    buf_free(&lines);
    return left;
}

static void change(const char *list, unsigned workers) {
    assert_true(prepare(list, workers));
    assert_true(sockets_listen());
    commit();
}

static struct addr tcp_addr(void) {
    struct addr addr;
    char text[32];

    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    assert_true(parse_addr(str_from(text), 0, &addr));
    return addr;
}

static struct addr unix_addr(void) {
    struct addr addr;
    char text[128];

    snprintf(text, sizeof(text), "unix:%s", in_folder("sock"));
    assert_true(parse_addr(str_from(text), 0, &addr));
    return addr;
}

/* 0, or the errno of a connect that waits a moment. */
static int connect_to(struct addr addr) {
    int fd = socket(addr.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    struct pollfd watched = { .fd = fd, .events = POLLOUT };
    socklen_t len = sizeof(error);

    if (connect(fd, &addr.any, addr.len) < 0) {
        error = errno;
        if (error == EINPROGRESS && poll(&watched, 1, 200) == 1) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        }
    }
    close(fd);
    return error;
}

static const struct socket_group *tcp_group(void) {
    struct addr addr = tcp_addr();

    return sockets_find(&addr);
}

/* ---- tests ---- */

static void nobody_connects_before_all_listen(void **state) {
    (void) state;
    assert_true(prepare("tcp unix", 3));
    assert_int_equal(connect_to(tcp_addr()), ECONNREFUSED);
    assert_int_equal(connect_to(unix_addr()), ECONNREFUSED);
    assert_true(sockets_listen());
    assert_string_equal(commit(), "");
    assert_int_equal(connect_to(tcp_addr()), 0);
    assert_int_equal(connect_to(unix_addr()), 0);
    assert_int_equal(tcp_group()->count, 3);
    assert_false(tcp_group()->is_shared);
    assert_int_equal(sockets_first()->next->count, 1); /* a UNIX socket is for all */
    assert_true(sockets_first()->next->is_shared);
}

static void slots_never_shrink(void **state) {
    (void) state;
    change("tcp", 2);
    change("tcp", 4);
    assert_int_equal(tcp_group()->count, 4);
    change("tcp", 1);
    assert_int_equal(tcp_group()->count, 4);
}

static void a_rollback_leaves_all_as_it_was(void **state) {
    (void) state;
    change("tcp", 2);
    assert_true(prepare("tcp unix", 5));
    assert_int_equal(access(in_folder("sock"), F_OK), 0);
    sockets_rollback();
    assert_int_equal(tcp_group()->count, 2);
    assert_null(sockets_first()->next);
    assert_int_equal(access(in_folder("sock"), F_OK), -1);
    assert_true(prepare("unix", 1));
    sockets_rollback();
    assert_true(tcp_group()->is_wanted);
    assert_int_equal(connect_to(tcp_addr()), 0);
}

static void a_file_that_is_in_the_way_is_left_alone(void **state) {
    (void) state;
    write_file(in_folder("sock"), "mine");
    assert_false(prepare("tcp unix", 2));
    assert_null(sockets_first());
    assert_string_equal(content_of(in_folder("sock")), "mine");
    unlink(in_folder("sock"));
}

static void who_leaves_is_emptied_and_closed(void **state) {
    struct addr addr = unix_addr();

    (void) state;
    change("tcp unix", 2);
    assert_true(prepare("", 2));
    assert_true(sockets_listen());
    assert_int_equal(connect_to(tcp_addr()), 0);
    assert_string_equal(commit(), "0 127;0 uni;");
    assert_int_equal(connect_to(tcp_addr()), EINPROGRESS);
    assert_int_equal(access(in_folder("sock"), F_OK), -1);
    assert_true(tcp_group()->is_leaving);
    assert_null(sockets_find(&addr));
    sockets_close_leaving();
    assert_int_equal(connect_to(tcp_addr()), ECONNREFUSED);
    assert_null(sockets_first());
}

static void who_leaves_may_come_back(void **state) {
    (void) state;
    change("tcp unix", 2);
    change("", 2);
    assert_true(prepare("tcp unix", 3));
    sockets_rollback(); /* not this time */
    assert_int_equal(connect_to(tcp_addr()), EINPROGRESS);
    change("tcp unix", 3);
    assert_int_equal(tcp_group()->count, 3);
    assert_false(tcp_group()->is_leaving);
    sockets_close_leaving(); /* the UNIX socket of before */
    assert_int_equal(connect_to(tcp_addr()), 0);
    assert_int_equal(connect_to(unix_addr()), 0);
}

static void lines_say_which_slots(void **state) {
    char text[64];

    (void) state;
    change("tcp unix", 4);
    snprintf(text, sizeof(text), "1 127.0.0.1:1\n2 127.0.0.1:%u\n", port);
    sockets_mark_left(str_from(text));
    assert_int_equal(tcp_group()->left, 2);
    assert_int_equal(tcp_group()->next->left, UINT_MAX);
    sockets_mark_left(STR_NONE);
    assert_int_equal(tcp_group()->left, UINT_MAX);
}

static void what_another_binary_serves_goes_on(void **state) {
    struct buf lines = { NULL, 0, 0, 0 };
    struct addr addr = tcp_addr();
    int i;

    (void) state;
    change("tcp unix", 1);
    sockets_set_common(true);
    change("tcp unix", 4);
    sockets_stop_all(&lines);
    sockets_mark_left(buf_bytes(&lines));
    assert_int_equal(sockets_first()->left, 1);
    buf_free(&lines);
    assert_int_equal(access(in_folder("sock"), F_OK), 0);
    for (i = 0; i < 20; i++) {
        assert_int_equal(connect_to(addr), 0); /* all to slot 0 */
    }
    sockets_close_all();
    assert_int_equal(access(in_folder("sock"), F_OK), 0);
    unlink(in_folder("sock"));
}

static void the_last_one_removes_the_file(void **state) {
    (void) state;
    change("unix", 1);
    sockets_set_common(true);
    sockets_set_common(false);
    sockets_close_all();
    assert_int_equal(access(in_folder("sock"), F_OK), -1);
}

/* Both ends of an export are this process: the child has the descriptors, too. */
static void another_program_gets_the_sockets(void **state) {
    struct buf text = { NULL, 0, 0, 0 };
    int status;
    pid_t pid;

    (void) state;
    change("tcp unix", 3);
    assert_true(prepare("tcp", 4)); /* what does not listen yet is not handed on */
    sockets_rollback();
    pid = fork();
    if (pid == 0) {
        struct socket_group *first = sockets_first();
        bool is_good;

        sockets_export(&text);
        is_good = (fcntl(first->fds[2], F_GETFD) & FD_CLOEXEC) == 0;
        while (sockets_first() != NULL) { /* as after an exec: descriptors, and no list */
            sockets_first()->count = 0;
            sockets_rollback();
        }
        is_good = is_good && sockets_import(buf_bytes(&text)) && tcp_group()->count == 3
            && tcp_group()->common == 3 && !tcp_group()->is_shared
            && sockets_first()->next->is_shared
            && (fcntl(tcp_group()->fds[2], F_GETFD) & FD_CLOEXEC) != 0;
        _exit(is_good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void unfit_descriptors_are_not_taken(void **state) {
    static const char *const texts[] = { "0:0:0:127.0.0.1:80\n", "x\n", "999:0:0:127.0.0.1:80\n",
                                         "-1:0:0:127.0.0.1:80\n", "0:0:0\n" };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(sockets_import(str_from(texts[i])));
    }
    assert_true(sockets_import(STR("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_connects_before_all_listen, begin, end),
        cmocka_unit_test_setup_teardown(slots_never_shrink, begin, end),
        cmocka_unit_test_setup_teardown(a_rollback_leaves_all_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_is_in_the_way_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(who_leaves_is_emptied_and_closed, begin, end),
        cmocka_unit_test_setup_teardown(who_leaves_may_come_back, begin, end),
        cmocka_unit_test_setup_teardown(lines_say_which_slots, begin, end),
        cmocka_unit_test_setup_teardown(what_another_binary_serves_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(the_last_one_removes_the_file, begin, end),
        cmocka_unit_test_setup_teardown(another_program_gets_the_sockets, begin, end),
        cmocka_unit_test_setup_teardown(unfit_descriptors_are_not_taken, begin, end),
    };

    return cmocka_run_group_tests_name("process/sockets", tests, make_folder, remove_folder);
}
