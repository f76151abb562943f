/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edges - a UNIX socket that tells no more than a TCP socket would.
 *
 * UNIX sockets deliver at once, which tests like; but they wake the writer whenever the reader
 * takes something, and such an event also tells of bytes that wait. Code that forgets to come back
 * by itself is saved by that. So events are dropped unless bytes came, or the end, or a socket that
 * was full has room again.
 */
#ifndef WEIR_UNIT_CODEC_EDGES_H
#define WEIR_UNIT_CODEC_EDGES_H

#include "net/conn.h"

#include <sys/ioctl.h>

static struct {
    void (*on_ready)(struct watch *watch, unsigned ready);
    uint64_t came; /* bytes that came by the last event */
    bool has_hup;
} edges;

static inline void edges_on_ready(struct watch *watch, unsigned ready) {
    struct conn *conn = list_object(watch, struct conn, watch);
    bool has_hup = (ready & (WATCH_HUP | WATCH_ERROR)) != 0;
    int waiting = 0;

    assert_int_equal(ioctl(watch->fd, FIONREAD, &waiting), 0);
    if (conn->bytes_received + (unsigned) waiting == edges.came && has_hup == edges.has_hup
        && conn->is_writable) {
        return;
    }
    edges.came = conn->bytes_received + (unsigned) waiting;
    edges.has_hup = has_hup;
    edges.on_ready(watch, ready);
}

static inline void edges_watch(struct conn *conn) {
    edges.on_ready = conn->watch.on_ready;
    edges.came = 0;
    edges.has_hup = false;
    conn->watch.on_ready = edges_on_ready;
}

#endif
