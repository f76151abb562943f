/* SPDX-License-Identifier: BSD-2-Clause */
/* connect - the opening of a connection to an address, with a deadline; see connect.h. */
#include "net/connect.h"

#include "base/panic.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* Ends the operation; nothing of it is touched after the callback. */
static void connect_finish(struct connect *connect, int error) {
    struct conn *conn = connect->conn;

    connect->is_active = false;
    connect->conn = NULL;
    connect->error = error;
    timer_fini(&connect->timer);
    task_cancel(&connect->task);
    if (conn != NULL) {
        conn->on_ready = NULL;
        conn->owner = NULL;
        if (error != 0) {
            conn_close(conn);
            conn = NULL;
        }
    }
    connect->on_done(connect, conn, error);
}

static int pending_error(const struct conn *conn) {
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(conn->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) {
        return errno;
    }
    return error;
}

static void on_connecting_ready(struct conn *conn) {
    int error = 0;

    /* An error shows as HUP or ERROR, but so does a server that has closed already. Who is only
     * writable is connected, and need not be asked. */
    if (conn->has_hup) {
        error = pending_error(conn);
    }
    if (error != 0 || conn->is_writable) {
        connect_finish(conn->owner, error);
    }
}

static void on_connect_timeout(struct timer *timer) {
    connect_finish(list_object(timer, struct connect, timer), ETIMEDOUT);
}

/* What was clear at once, good or bad. */
static void on_connect_task(struct task *task) {
    struct connect *connect = list_object(task, struct connect, task);

    connect_finish(connect, connect->error);
}

static bool set_option(int fd, int level, int option) {
    int on = 1;

    return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

static bool bind_local(int fd, const struct connect_options *options) {
    const struct addr *bind_addr = options->bind;
    bool is_v6 = bind_addr->any.sa_family == AF_INET6;

    if (options->is_transparent
        && !set_option(fd, is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT)) {
        return false;
    }
    /* Lets the kernel choose the port in connect(), when it knows the other end: one port then
     * serves many destinations. Where it is not known, ports run out earlier, and that is all. */
    if (addr_port(bind_addr) == 0) {
        set_option(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT);
    }
    return bind(fd, &bind_addr->any, bind_addr->len) == 0;
}

/* Makes the socket and begins to connect. Returns the descriptor and *error (0, EINPROGRESS or why
 * not), or -1 and *error. */
static int begin(const struct addr *to, const struct connect_options *options, int *error) {
    bool is_local = to->any.sa_family == AF_UNIX;
    int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *error = 0;
    if (fd < 0) {
        *error = errno;
        return -1;
    }
    if ((options->has_keepalive && !set_option(fd, SOL_SOCKET, SO_KEEPALIVE))
        || (options->has_nodelay && !is_local && !set_option(fd, IPPROTO_TCP, TCP_NODELAY))
        || (options->bind != NULL && !is_local && !bind_local(fd, options))
        || connect(fd, &to->any, to->len) < 0) {
        *error = errno;
    }
    /* A UNIX socket whose queue is full says EAGAIN: there is no waiting for it, it has failed. */
    if (*error != 0 && *error != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

void connect_start(struct connect *connect, const struct addr *to,
                   const struct connect_options *options,
                   void (*on_done)(struct connect *connect, struct conn *conn, int error)) {
    int fd, error;

    CHECK(!connect->is_active);
    *connect = (struct connect){ .is_active = true, .on_done = on_done };
    timer_init(&connect->timer, on_connect_timeout);
    task_init(&connect->task, on_connect_task);
    fd = begin(to, options, &error);
    if (fd >= 0) {
        connect->conn = conn_open(fd, to);
        error = connect->conn != NULL ? error : errno;
    }
    if (error != EINPROGRESS) {
        connect->error = error;
        task_start(&connect->task);
        return;
    }
    connect->conn->is_readable = connect->conn->is_writable = false;
    connect->conn->owner = connect;
    connect->conn->on_ready = on_connecting_ready;
    if (options->timeout_ms > 0) {
        timer_start(&connect->timer, options->timeout_ms);
    }
}

void connect_cancel(struct connect *connect) {
    if (!connect->is_active) {
        return;
    }
    connect->is_active = false;
    timer_fini(&connect->timer);
    task_cancel(&connect->task);
    if (connect->conn != NULL) {
        conn_close(connect->conn);
        connect->conn = NULL;
    }
}
