/* SPDX-License-Identifier: BSD-2-Clause */
/* pair - connected sockets on the loopback, and turns of the loop until something is so. */
#ifndef WEIR_UNIT_NET_PAIR_H
#define WEIR_UNIT_NET_PAIR_H

#include "event/loop.h"
#include "net/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address on the loopback with port 0. */
static inline struct addr pair_loopback(void) {
    struct addr addr;

    assert_true(parse_addr(STR("127.0.0.1:1"), 0, &addr));
    addr_set_port(&addr, 0);
    return addr;
}

/* A listening TCP socket on a free port; addr is filled in. */
static inline int pair_listen(struct addr *addr, int backlog) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *addr = pair_loopback();
    assert_int_equal(bind(fd, &addr->any, addr->len), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, &addr->any, &addr->len), 0);
    return fd;
}

/* Two ends of a TCP connection, non-blocking. remote: what fds[0] is connected to. */
static inline void pair_tcp(int fds[2], struct addr *remote) {
    int listening = pair_listen(remote, 1);

    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fds[0], &remote->any, remote->len), 0);
    fds[1] = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fds[1] >= 0);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    close(listening);
}

/* The same of a UNIX connection. */
static inline void pair_unix(int fds[2], struct addr *remote) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    *remote = (struct addr){ .len = sizeof(sa_family_t), .local = { .sun_family = AF_UNIX } };
}

/* Runs turns until the condition holds, at most for about ten seconds. */
#define pair_wait_until(condition)                                                                 \
    do {                                                                                           \
        int pair_turns_ = 0;                                                                       \
        while (!(condition)) {                                                                     \
            if (pair_turns_++ == 10000) {                                                          \
                fail_msg("waited in vain for: %s", #condition);                                    \
            }                                                                                      \
            loop_turn(1);                                                                          \
        }                                                                                          \
    } while (0)

#endif
