/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/listen_socket: what the master opens, whose port it takes and whose it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/listen.h"
#include "pair.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/tmp/weir-listen-XXXXXX";
static int opened[16];
static unsigned opened_count;

static struct listener listener_at(const char *text) {
    struct listener listener = { .options = listen_options_default };

    assert_true(parse_addr(str_from(text), 0, &listener.addr));
    listen_options_settle(&listener.options, &listener.addr);
    listener.text = str_from(text);
    return listener;
}

/* A port that is free on all addresses. */
static uint16_t free_port(void) {
    struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *) &addr, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &addr, &len), 0);
    close(fd);
    return ntohs(addr.sin6_port);
}

static struct listener listener_on(const char *host, uint16_t port) {
    char text[64];
    struct listener listener;

    snprintf(text, sizeof(text), "%s:%u", host, port);
    listener = listener_at(text);
    listener.text = STR("a listener");
    return listener;
}

static int try_open(const struct listener *listener, bool is_first, const char **step) {
    int fd = listen_open_socket(listener, is_first, step);

    if (fd >= 0) {
        opened[opened_count++] = fd;
    }
    return fd;
}

static int open_good(const struct listener *listener, bool is_first) {
    const char *step;
    int fd = try_open(listener, is_first, &step);

    if (fd < 0) {
        fail_msg("%s: %s", step, strerror(errno));
    }
    return fd;
}

static void open_bad(const struct listener *listener, bool is_first, int error) {
    const char *step;

    assert_int_equal(try_open(listener, is_first, &step), -1);
    assert_int_equal(errno, error);
    assert_string_equal(step, "bind()");
}

static int end(void **state) {
    (void) state;
    while (opened_count > 0) {
        close(opened[--opened_count]);
    }
    return 0;
}

static int option_of(int fd, int level, int option) {
    int value = -1;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

/* Starts to connect; 0, or an errno after at most wait_ms (EINPROGRESS: nothing came). */
static int try_connect(const struct addr *addr, int wait_ms, int *fd) {
    struct pollfd watched;

    *fd = socket(addr->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    opened[opened_count++] = *fd;
    if (connect(*fd, &addr->any, addr->len) == 0) {
        return 0;
    }
    watched = (struct pollfd){ .fd = *fd, .events = POLLOUT };
    if (errno == EINPROGRESS && poll(&watched, 1, wait_ms) == 1) {
        return option_of(*fd, SOL_SOCKET, SO_ERROR);
    }
    return errno;
}

static int connect_good(const struct addr *addr) {
    int fd;

    assert_int_equal(try_connect(addr, 2000, &fd), 0);
    return fd;
}

static int backlog_of(int fd) {
    struct tcp_info info;
    socklen_t len = sizeof(info);

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    return (int) info.tcpi_sacked; /* of a listening socket: the length of its queue */
}

/* ---- one socket ---- */

static void a_socket_listens_and_never_blocks(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = open_good(&listener, true);

    (void) state;
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_REUSEPORT), 1);
    assert_int_equal(backlog_of(fd), 511);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(accept(fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
}

static void options_reach_accepted_connections(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd, accepted;

    (void) state;
    listener.options.backlog = 7;
    listener.options.keepalive = 1;
    listener.options.keep_idle = 100;
    listener.options.keep_interval = 20;
    listener.options.keep_count = 5;
    listener.options.fastopen = 3;
    listener.options.rcvbuf = 100000;
    fd = open_good(&listener, true);
    assert_int_equal(backlog_of(fd), 7);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_FASTOPEN), 3);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_RCVBUF), 200000); /* the kernel doubles it */
    connect_good(&listener.addr);
    accepted = accept(fd, NULL, NULL);
    opened[opened_count++] = accepted;
    assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 100);
    assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_KEEPINTVL), 20);
    assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_KEEPCNT), 5);
}

static void a_living_socket_takes_new_options(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = open_good(&listener, true);

    (void) state;
    listener.options.backlog = 99;
    listener.options.is_deferred = true;
    listener.options.keepalive = 1;
    listen_update_socket(fd, &listener);
    assert_int_equal(backlog_of(fd), 99);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_true(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) > 0);
    listener.options = listen_options_default;
    listener.options.keepalive = 0;
    listen_update_socket(fd, &listener);
    assert_int_equal(backlog_of(fd), 511);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
}

/* All options that a living socket can be told, as set by a line that has them all. */
static void set_all_options(struct listener *listener) {
    listener->options.rcvbuf = 40000;
    listener->options.sndbuf = 30000;
    listener->options.fastopen = 7;
    listener->options.keepalive = 1;
    listener->options.keep_idle = 11;
    listener->options.keep_interval = 12;
    listener->options.keep_count = 13;
    listener->options.backlog = 9;
    listener->options.is_deferred = true;
}

enum { LIVING_OPTIONS = 9 };

/* -1: this kernel does not know it. */
static void read_options(int fd, int values[LIVING_OPTIONS]) {
    static const int options[LIVING_OPTIONS][2] = {
        { SOL_SOCKET, SO_RCVBUF },       { SOL_SOCKET, SO_SNDBUF },
        { SOL_SOCKET, 72 /* SO_BUF_LOCK */ }, { SOL_SOCKET, SO_KEEPALIVE },
        { IPPROTO_TCP, TCP_FASTOPEN },   { IPPROTO_TCP, TCP_KEEPIDLE },
        { IPPROTO_TCP, TCP_KEEPINTVL },  { IPPROTO_TCP, TCP_KEEPCNT },
        { IPPROTO_TCP, TCP_DEFER_ACCEPT },
    };
    socklen_t len = sizeof(int);
    unsigned i;

    for (i = 0; i < LIVING_OPTIONS; i++) {
        if (getsockopt(fd, options[i][0], options[i][1], &values[i], &len) < 0) {
            values[i] = -1;
        }
    }
}

static void forgets_options(struct listener *listener) {
    int fd = open_good(listener, true), before[LIVING_OPTIONS], values[LIVING_OPTIONS], i;
    bool is_tcp = listener->addr.any.sa_family != AF_UNIX;

    read_options(fd, before);
    set_all_options(listener);
    listen_update_socket(fd, listener);
    read_options(fd, values);
    for (i = 0; i < LIVING_OPTIONS; i++) {
        assert_int_equal(values[i] != before[i], before[i] >= 0 && (is_tcp || i < 3));
    }
    listener->options = listen_options_default;
    listen_update_socket(fd, listener);
    read_options(fd, values);
    for (i = 0; i < LIVING_OPTIONS; i++) {
        assert_int_equal(values[i], before[i]);
    }
}

static void what_is_not_set_any_more_is_the_kernels(void **state) {
    struct listener tcp = listener_on("127.0.0.1", free_port());

    (void) state;
    forgets_options(&tcp);
}

static void nobody_connects_before_the_start(void **state) {
    uint16_t port = free_port();
    struct listener any = listener_on("0.0.0.0", port), one = listener_on("127.0.0.5", port);
    const char *step;
    int fds[2], client;

    (void) state;
    fds[0] = opened[opened_count++] = listen_bind_socket(&any, true, &step);
    fds[1] = opened[opened_count++] = listen_bind_socket(&one, true, &step);
    assert_true(fds[0] >= 0 && fds[1] >= 0);
    assert_int_equal(try_connect(&one.addr, 1000, &client), ECONNREFUSED);
    assert_true(listen_start_socket(fds[0], &any));
    assert_true(listen_start_socket(fds[1], &one));
    connect_good(&one.addr);
}

static void an_address_that_is_not_ours_fails(void **state) {
    struct listener listener = listener_on("192.0.2.1", 8000);

    (void) state;
    open_bad(&listener, true, EADDRNOTAVAIL);
}

static void multipath_takes_plain_clients_too(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

    (void) state;
    if (fd < 0) {
        skip();
    }
    close(fd);
    listener.options.is_multipath = true;
    fd = open_good(&listener, true);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_MPTCP);
    connect_good(&listener.addr);
    opened[opened_count++] = accept(fd, NULL, NULL);
    assert_true(opened[opened_count - 1] >= 0);
}

/* ---- several sockets ---- */

static void a_second_program_is_refused(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());

    (void) state;
    open_good(&listener, true);
    open_bad(&listener, true, EADDRINUSE);
}

/* Connects 100 times and says how many connections each socket got. */
static void count_taken(const struct addr *addr, const int *fds, unsigned count, unsigned *taken) {
    unsigned i;
    int client, accepted;

    for (i = 0; i < 100; i++) {
        assert_int_equal(try_connect(addr, 2000, &client), 0);
        opened_count--;
        close(client);
    }
    for (i = 0; i < count; i++) {
        for (taken[i] = 0; (accepted = accept(fds[i], NULL, NULL)) >= 0; taken[i]++) {
            close(accepted);
        }
    }
}

static void slots_join_and_share_the_load(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    unsigned taken[3], i;
    int fds[3];

    (void) state;
    for (i = 0; i < 3; i++) {
        fds[i] = open_good(&listener, i == 0);
    }
    count_taken(&listener.addr, fds, 3, taken);
    assert_true(taken[0] > 0 && taken[1] > 0 && taken[2] > 0);
    assert_int_equal(taken[0] + taken[1] + taken[2], 100);
}

static void later_slots_can_be_left_out(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    unsigned taken[4], i;
    int fds[4];

    (void) state;
    for (i = 0; i < 4; i++) {
        fds[i] = open_good(&listener, i == 0);
    }
    listen_steer(fds[3], 2);
    count_taken(&listener.addr, fds, 4, taken);
    assert_true(taken[0] > 0 && taken[1] > 0);
    assert_int_equal(taken[0] + taken[1], 100);
    listen_steer(fds[0], 0);
    count_taken(&listener.addr, fds, 4, taken);
    assert_true(taken[2] > 0 && taken[3] > 0);
}

/* Slots that are bound first and begin to listen later, all at once: until then nobody is there. */
static void slots_can_wait_before_they_listen(void **state) {
    uint16_t port = free_port();
    struct listener any = listener_on("0.0.0.0", port), one = listener_on("127.0.0.5", port);
    const struct listener *listeners[] = { &any, &any, &one, &one };
    const char *step;
    int i, client;

    (void) state;
    for (i = 0; i < 4; i++) {
        opened[i] = listen_bind_socket(listeners[i], i % 2 == 0, &step);
        assert_true(opened[i] >= 0);
    }
    opened_count = 4;
    assert_int_equal(try_connect(&one.addr, 2000, &client), ECONNREFUSED);
    for (i = 0; i < 4; i++) {
        assert_true(listen_start_socket(opened[i], listeners[i]));
    }
    connect_good(&one.addr);
}

static void a_wildcard_stands_beside_an_address(void **state) {
    uint16_t port = free_port();
    struct listener any = listener_on("0.0.0.0", port), one = listener_on("127.0.0.5", port);
    struct addr other = any.addr;
    int any_fd = open_good(&any, true), one_fd = open_good(&one, true);

    (void) state;
    connect_good(&one.addr);
    opened[opened_count++] = accept(one_fd, NULL, NULL);
    assert_true(opened[opened_count - 1] >= 0);
    other.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 3);
    connect_good(&other);
    opened[opened_count++] = accept(any_fd, NULL, NULL);
    assert_true(opened[opened_count - 1] >= 0);
}

static void an_address_stands_beside_a_wildcard(void **state) {
    uint16_t port = free_port();
    struct listener any = listener_on("0.0.0.0", port), one = listener_on("127.0.0.5", port);

    (void) state;
    open_good(&one, true);
    open_good(&any, true);
    open_good(&one, false);
    open_good(&any, false);
}

static void both_families_share_a_port(void **state) {
    uint16_t port = free_port();
    struct listener v4 = listener_on("0.0.0.0", port), v6 = listener_on("[::]", port);

    (void) state;
    open_good(&v4, true);
    open_good(&v6, true);
    end(NULL);
    v6.options.is_v6only = false; /* takes IPv4 as well, so the two meet */
    open_good(&v6, true);
    open_good(&v4, true);
}

/* Opens in a child that has none of our sockets: another program. */
static int open_elsewhere(const struct listener *listener) {
    const char *step;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        end(NULL);
        _exit(listen_open_socket(listener, true, &step) >= 0 ? 0 : errno);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void anothers_wildcard_is_not_joined(void **state) {
    uint16_t port = free_port();
    struct listener any = listener_on("0.0.0.0", port), one = listener_on("127.0.0.5", port);

    (void) state;
    open_good(&any, true);
    assert_int_equal(open_elsewhere(&one), EADDRINUSE);
    assert_int_equal(open_elsewhere(&any), EADDRINUSE);
}

/* ---- UNIX sockets ---- */

static struct listener listener_in_folder(const char *name) {
    static char text[ADDR_TEXT_MAX];

    snprintf(text, sizeof(text), "unix:%s/%s", folder, name);
    return listener_at(text);
}

static void a_unix_socket_is_for_everybody(void **state) {
    struct listener listener = listener_in_folder("open");
    struct stat status;
    mode_t mask = umask(077);
    int fd = open_good(&listener, true);

    (void) state;
    umask(mask);
    assert_int_equal(stat(listener.addr.local.sun_path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0666);
    assert_true(listener.options.is_shared);
    connect_good(&listener.addr);
    opened[opened_count++] = accept(fd, NULL, NULL);
    assert_true(opened[opened_count - 1] >= 0);
}

static void a_unix_socket_forgets_options_too(void **state) {
    struct listener listener = listener_in_folder("forgets");

    (void) state;
    forgets_options(&listener);
    unlink(listener.addr.local.sun_path);
}

static void a_unix_socket_in_use_is_left_alone(void **state) {
    struct listener listener = listener_in_folder("in-use");
    int fd = open_good(&listener, true), client;

    (void) state;
    open_bad(&listener, true, EADDRINUSE);
    /* Even when its queue is so full that nobody gets in. */
    listen(fd, 0);
    while (opened_count < 8 && try_connect(&listener.addr, 0, &client) == 0) {
    }
    open_bad(&listener, true, EADDRINUSE);
    assert_int_equal(access(listener.addr.local.sun_path, F_OK), 0);
}

static void a_left_over_unix_socket_is_replaced(void **state) {
    struct listener listener = listener_in_folder("left-over");

    (void) state;
    open_good(&listener, true);
    end(NULL);
    assert_int_equal(access(listener.addr.local.sun_path, F_OK), 0);
    open_good(&listener, true);
    connect_good(&listener.addr);
}

static void a_file_is_not_replaced(void **state) {
    struct listener listener = listener_in_folder("file");
    int fd = open(listener.addr.local.sun_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void) state;
    close(fd);
    open_bad(&listener, true, EADDRINUSE);
    assert_int_equal(access(listener.addr.local.sun_path, F_OK), 0);
    listener = listener_in_folder("no-folder/x");
    open_bad(&listener, true, ENOENT);
}

/* ---- the end of a listener ---- */

static void nobody_new_comes_but_who_waits_is_served(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = open_good(&listener, true), waiting, late, accepted;
    char got[8];

    (void) state;
    waiting = connect_good(&listener.addr);
    listen_stop_new(fd);
    assert_int_equal(try_connect(&listener.addr, 200, &late), EINPROGRESS);
    assert_int_equal(send(waiting, "hello", 5, 0), 5);
    accepted = accept(fd, NULL, NULL);
    assert_true(accepted >= 0);
    opened[opened_count++] = accepted;
    assert_int_equal(recv(accepted, got, sizeof(got), 0), 5);
    assert_int_equal(send(accepted, "there", 5, 0), 5);
    assert_int_equal(accept(fd, NULL, NULL), -1);
}

static void who_was_not_let_in_is_refused_in_the_end(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = open_good(&listener, true), late;
    struct pollfd watched;

    (void) state;
    listen_stop_new(fd);
    assert_int_equal(try_connect(&listener.addr, 50, &late), EINPROGRESS);
    close(fd);
    opened[0] = dup(late); /* keeps end() in order */
    watched = (struct pollfd){ .fd = late, .events = POLLOUT };
    assert_int_equal(poll(&watched, 1, 5000), 1); /* its SYN comes again after a second */
    assert_int_equal(option_of(late, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
}

static void who_comes_back_lets_in_again(void **state) {
    struct listener listener = listener_on("127.0.0.1", free_port());
    int fd = open_good(&listener, true), late;

    (void) state;
    listen_allow_new(fd); /* when nothing was stopped, nothing happens */
    listen_stop_new(fd);
    assert_int_equal(try_connect(&listener.addr, 50, &late), EINPROGRESS);
    listen_allow_new(fd);
    connect_good(&listener.addr);
}

static void a_unix_socket_is_not_filtered(void **state) {
    struct listener listener = listener_in_folder("filter");
    int fd = open_good(&listener, true);

    (void) state;
    listen_stop_new(fd);
    connect_good(&listener.addr);
}

static int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    static const char *const names[] = { "open", "in-use", "left-over", "file", "filter" };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unlink(listener_in_folder(names[i]).addr.local.sun_path);
    }
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_socket_listens_and_never_blocks, end),
        cmocka_unit_test_teardown(options_reach_accepted_connections, end),
        cmocka_unit_test_teardown(a_living_socket_takes_new_options, end),
        cmocka_unit_test_teardown(what_is_not_set_any_more_is_the_kernels, end),
        cmocka_unit_test_teardown(nobody_connects_before_the_start, end),
        cmocka_unit_test_teardown(an_address_that_is_not_ours_fails, end),
        cmocka_unit_test_teardown(multipath_takes_plain_clients_too, end),
        cmocka_unit_test_teardown(a_second_program_is_refused, end),
        cmocka_unit_test_teardown(slots_join_and_share_the_load, end),
        cmocka_unit_test_teardown(later_slots_can_be_left_out, end),
        cmocka_unit_test_teardown(slots_can_wait_before_they_listen, end),
        cmocka_unit_test_teardown(a_wildcard_stands_beside_an_address, end),
        cmocka_unit_test_teardown(an_address_stands_beside_a_wildcard, end),
        cmocka_unit_test_teardown(both_families_share_a_port, end),
        cmocka_unit_test_teardown(anothers_wildcard_is_not_joined, end),
        cmocka_unit_test_teardown(a_unix_socket_is_for_everybody, end),
        cmocka_unit_test_teardown(a_unix_socket_forgets_options_too, end),
        cmocka_unit_test_teardown(a_unix_socket_in_use_is_left_alone, end),
        cmocka_unit_test_teardown(a_left_over_unix_socket_is_replaced, end),
        cmocka_unit_test_teardown(a_file_is_not_replaced, end),
        cmocka_unit_test_teardown(nobody_new_comes_but_who_waits_is_served, end),
        cmocka_unit_test_teardown(who_was_not_let_in_is_refused_in_the_end, end),
        cmocka_unit_test_teardown(who_comes_back_lets_in_again, end),
        cmocka_unit_test_teardown(a_unix_socket_is_not_filtered, end),
    };

    return cmocka_run_group_tests_name("net/listen_socket", tests, make_folder, remove_folder);
}
