/* SPDX-License-Identifier: BSD-2-Clause */
/* conn - one connection: a socket, its readiness, its bytes in flight; see conn.h. */
#include "net/conn_priv.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/panic.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <unistd.h>

static unsigned open_count;
static uint64_t last_number;
static void (*conn_on_close)(const struct conn *conn);

unsigned conn_count(void) {
    return open_count;
}

uint64_t conn_next_number(void) {
    return ++last_number;
}

void conn_set_on_close(void (*on_close)(const struct conn *conn)) {
    conn_on_close = on_close;
}

/* ---- the plain transport ---- */

static enum conn_result plain_failed(struct conn *conn) {
    if (errno == EAGAIN) {
        return CONN_AGAIN;
    }
    conn->error = errno;
    return CONN_FAILED;
}

static enum conn_result plain_recv(struct conn *conn, char *data, size_t room, size_t *len) {
    ssize_t n;

    do {
        n = recv(conn->watch.fd, data, room, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return plain_failed(conn);
    }
    if (n == 0) {
        return CONN_END;
    }
    *len = (size_t) n;
    /* What came after the event gives a new one; but an end or an error that was told already would
     * not be told again. */
    if (*len < room && conn->is_exact && !conn->has_hup) {
        conn->is_readable = false;
    }
    return CONN_OK;
}

static size_t iov_len(const struct iovec *iov, int count) {
    size_t len = 0;
    int i;

    for (i = 0; i < count; i++) {
        len += iov[i].iov_len;
    }
    return len;
}

static enum conn_result plain_send(struct conn *conn, const struct iovec *iov, int count,
                                   size_t *len) {
    struct msghdr message = { .msg_iov = (struct iovec *) (uintptr_t) iov,
                              .msg_iovlen = (size_t) count };
    int flags = MSG_NOSIGNAL | (conn->has_more ? MSG_MORE : 0);
    ssize_t n;

    do {
        n = count == 1 ? send(conn->watch.fd, iov->iov_base, iov->iov_len, flags)
                       : sendmsg(conn->watch.fd, &message, flags);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return plain_failed(conn);
    }
    *len = (size_t) n;
    if (*len < iov_len(iov, count)) {
        conn->is_writable = false;
    }
    return CONN_OK;
}

static enum conn_result plain_send_file(struct conn *conn, int fd, int64_t offset, size_t len,
                                        size_t *sent) {
    ssize_t n;

    do {
        off_t at = offset;

        n = sendfile(conn->watch.fd, fd, &at, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return plain_failed(conn);
    }
    *sent = (size_t) n;
    return CONN_OK;
}

static enum conn_result plain_shutdown(struct conn *conn) {
    return shutdown(conn->watch.fd, SHUT_WR) == 0 ? CONN_OK : plain_failed(conn);
}

static void plain_close(struct conn *conn) {
    (void) conn;
}

const struct conn_transport conn_plain = {
    .recv = plain_recv,
    .send = plain_send,
    .send_file = plain_send_file,
    .shutdown = plain_shutdown,
    .close = plain_close,
};

/* ---- opening and closing ---- */

static void on_watch(struct watch *watch, unsigned ready) {
    struct conn *conn = list_object(watch, struct conn, watch);

    if ((ready & WATCH_READ) != 0) {
        conn->is_readable = true;
    }
    if ((ready & WATCH_WRITE) != 0) {
        conn->is_writable = true;
    }
    if ((ready & (WATCH_HUP | WATCH_ERROR)) != 0) {
        conn->has_hup = conn->is_readable = true;
    }
    if (conn->on_ready != NULL) {
        conn_at_hand = conn;
        conn->on_ready(conn);
        conn_at_hand = NULL;
    }
}

static void conn_free(struct reap *reap) {
    struct conn *conn = list_object(reap, struct conn, reap);

    buf_free(&conn->in);
    heap_free(conn->side->local);
    heap_free(conn->side);
    heap_free(conn);
}

struct conn *conn_open(int fd, const struct addr *remote) {
    struct conn *conn = heap_zero(1, sizeof(*conn));
    int error;

    conn_dump_start();
    conn->watch.fd = fd;
    conn->watch.on_ready = on_watch;
    if (!watch_start(&conn->watch, WATCH_EDGE)) {
        error = errno;
        heap_free(conn);
        close(fd);
        errno = error;
        return NULL;
    }
    list_init(&conn->link);
    timer_init(&conn->timer, NULL);
    conn->transport = &conn_plain;
    conn->side = heap_zero(1, sizeof(*conn->side));
    conn->side->remote = *remote;
    conn->side->opened_ms = clock_ms();
    conn->is_local = remote->any.sa_family == AF_UNIX;
    conn->is_exact = !conn->is_local;
    conn->is_readable = conn->is_writable = true;
    open_count++;
    return conn;
}

void conn_close(struct conn *conn) {
    int fd = conn->watch.fd;

    if (conn->is_closed) {
        return;
    }
    conn->transport->close(conn);
    conn->is_closed = true;
    conn->is_readable = conn->is_writable = false;
    conn->on_ready = NULL;
    watch_cancel(&conn->watch, false);
    close(fd);
    list_remove(&conn->link);
    timer_fini(&conn->timer);
    open_count--;
    loop_reap(&conn->reap, conn_free);
    if (conn_on_close != NULL) {
        conn_on_close(conn);
    }
}

void conn_reset(struct conn *conn) {
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (!conn->is_closed) {
        setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        conn_close(conn);
    }
}

/* ---- receiving ---- */

static size_t read_size(const struct conn *conn) {
    return (size_t) CONN_READ_MIN << 2 * conn->read_grade;
}

/* Makes room behind the bytes held and returns how much of it may be filled. */
static size_t make_room(struct conn *conn, size_t max) {
    struct buf *in = &conn->in;
    size_t held = buf_len(in), capacity = in->size, room;

    if (held == 0) {
        capacity = read_size(conn);
    } else if (held > in->size / 2) {
        capacity = 2 * (size_t) in->size;
    }
    if (capacity > max) {
        capacity = max;
    }
    if (in->size < capacity) {
        buf_reserve(in, capacity);
    } else if (held + buf_room_len(in) < capacity) {
        buf_compact(in);
    }
    room = buf_room_len(in);
    return room < max - held ? room : max - held;
}

static void adapt_read_grade(struct conn *conn, size_t room, size_t len) {
    if (len == room) {
        conn->read_grade += conn->read_grade < CONN_READ_GRADES - 1;
    } else if (len < read_size(conn) / 4 && conn->read_grade > 0) {
        conn->read_grade--;
    }
}

enum conn_result conn_recv(struct conn *conn, size_t max, size_t *len) {
    struct buf *in = &conn->in;
    enum conn_result result;
    size_t room;

    CHECK(!conn->is_closed && buf_len(in) < max);
    *len = 0;
    if (conn->is_at_end) {
        return CONN_END;
    }
    if (!conn->is_readable) {
        return CONN_AGAIN;
    }
    room = make_room(conn, max);
    result = conn->transport->recv(conn, buf_room(in), room, len);
    if (result == CONN_OK) {
        buf_added(in, *len);
        conn->bytes_received += *len;
        adapt_read_grade(conn, room, *len);
        return CONN_OK;
    }
    conn_stop_reading(conn, result);
    buf_free_if_empty(in);
    return result;
}

enum conn_result conn_drop(struct conn *conn, size_t *len) {
    enum conn_result result = CONN_OK;
    size_t got;

    *len = 0;
    while (result == CONN_OK && *len < CONN_TURN_BYTES) {
        buf_consume(&conn->in, buf_len(&conn->in));
        result = conn_recv(conn, CONN_READ_MIN, &got);
        *len += got;
    }
    buf_free(&conn->in);
    return result;
}

void conn_stop_reading(struct conn *conn, enum conn_result why) {
    conn->is_readable = false;
    if (why == CONN_AGAIN) {
        conn->has_hup = false;
    } else if (why == CONN_END) {
        conn->is_at_end = true;
    }
}

/* ---- sending ---- */

enum conn_result conn_send(struct conn *conn, const struct iovec *iov, int count, size_t *len) {
    enum conn_result result;

    CHECK(!conn->is_closed);
    *len = 0;
    if (!conn->is_writable) {
        return CONN_AGAIN;
    }
    result = conn->transport->send(conn, iov, count, len);
    if (result == CONN_OK) {
        conn->bytes_sent += *len;
    } else {
        conn->is_writable = false;
    }
    return result;
}

enum conn_result conn_send_file(struct conn *conn, int fd, int64_t offset, size_t len,
                                size_t *sent) {
    enum conn_result result;

    CHECK(!conn->is_closed);
    *sent = 0;
    if (!conn->is_writable) {
        return CONN_AGAIN;
    }
    result = conn->transport->send_file(conn, fd, offset, len, sent);
    if (result == CONN_OK) {
        conn->bytes_sent += *sent;
    } else {
        conn->is_writable = false;
    }
    return result;
}

enum conn_result conn_shutdown(struct conn *conn) {
    CHECK(!conn->is_closed);
    return conn->transport->shutdown(conn);
}

/* ---- facts ---- */

const struct addr *conn_local(struct conn *conn) {
    struct addr *local = conn->side->local;

    if (local == NULL) {
        local = conn->side->local = heap_zero(1, sizeof(*local));
        local->len = sizeof(struct sockaddr_un);
        if (getsockname(conn->watch.fd, &local->any, &local->len) < 0) {
            local->len = 0;
        }
    }
    return local;
}

bool conn_is_stale(struct conn *conn) {
    char byte;
    ssize_t n;

    if (conn->is_closed || conn->is_at_end || conn->has_hup || !buf_is_empty(&conn->in)) {
        return true;
    }
    if (!conn->is_readable) {
        return false;
    }
    n = recv(conn->watch.fd, &byte, 1, MSG_PEEK);
    if (n < 0 && errno == EAGAIN) {
        conn->is_readable = false;
        return false;
    }
    return true;
}

bool conn_is_broken(struct conn *conn) {
    socklen_t len = sizeof(conn->error);

    return conn->has_hup
        && getsockopt(conn->watch.fd, SOL_SOCKET, SO_ERROR, &conn->error, &len) == 0
        && conn->error != 0;
}

bool conn_set_nodelay(struct conn *conn, bool is_on) {
    int value = is_on;

    return conn->is_local
        || setsockopt(conn->watch.fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0;
}
