/* SPDX-License-Identifier: BSD-2-Clause */
/* logsink_syslog - the sockets to syslog servers; see logsink.h. */
#include "base/clock.h"
#include "event/logsink_priv.h"

#include <errno.h>
#include <unistd.h>

enum { CONNECT_AGAIN_MS = 1000 };

static void disconnect(struct logfile *server) {
    int error = errno;

    close(server->fd);
    server->fd = -1;
    errno = error;
}

/* A socket of UNIX that nobody has bound yet is not asked for with each message. */
static bool connect_server(struct logfile *server) {
    enum { TYPE = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC };

    if (clock_ms() < server->connect_ms) {
        errno = ENOTCONN;
        return false;
    }
    server->fd = socket(server->address.ss_family, TYPE, 0);
    if (server->fd >= 0
        && connect(server->fd, (struct sockaddr *) &server->address, server->address_len) != 0) {
        disconnect(server);
    }
    if (server->fd < 0) {
        server->connect_ms = clock_ms() + CONNECT_AGAIN_MS;
    }
    return server->fd >= 0;
}

static bool send_message(const struct logfile *server, struct str message) {
    return send(server->fd, message.data, message.len, MSG_DONTWAIT | MSG_NOSIGNAL)
        == (ssize_t) message.len;
}

/* What says that nobody listens may be about an earlier message (UDP), or about a server that was
 * started again (UNIX): so once more, on a new socket. */
bool logfile_send(struct logfile *server, struct str message) {
    if (server->fd >= 0) {
        if (send_message(server, message)) {
            return true;
        }
        if (errno == EAGAIN || errno == ENOBUFS || errno == EMSGSIZE) {
            return false;
        }
        disconnect(server);
    }
    return connect_server(server) && send_message(server, message);
}
