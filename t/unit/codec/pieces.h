/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pieces - a remote whose bytes come together, or one at a time; what comes of them is the same.
 *
 * Each test of a leg runs in four ways: its connection reads to EAGAIN, as it is done on UNIX
 * sockets, or takes a short read for the last, as on TCP; what a test sends comes as it was sent,
 * or byte by byte, with turns of the loop between. What does not fit into the socket waits here
 * until the other side reads on.
 */
#ifndef WEIR_UNIT_CODEC_PIECES_H
#define WEIR_UNIT_CODEC_PIECES_H

#include "base/buf.h"
#include "event/loop.h"
#include "net/conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct way {
    bool is_exact;    /* conn->is_exact */
    bool is_bytewise;
};

static struct way way_plain, way_exact = { .is_exact = true },
                  way_bytes = { .is_bytewise = true },
                  way_exact_bytes = { .is_exact = true, .is_bytewise = true };

/* Rows of a table of tests: those of a test about bytes that come together; all four. */
#define way_together(name, setup, teardown)                                                        \
    { #name, name, setup, teardown, &way_plain },                                                  \
        { #name " (exact)", name, setup, teardown, &way_exact }
#define way_all(name, setup, teardown)                                                             \
    way_together(name, setup, teardown), { #name " (bytes)", name, setup, teardown, &way_bytes },  \
        { #name " (exact, bytes)", name, setup, teardown, &way_exact_bytes }

/* What a remote has still to send. */
struct pieces {
    bool is_bytewise;
    struct buf waiting;
};

static inline void pieces_send(struct pieces *pieces, int fd, struct str bytes) {
    if (pieces->is_bytewise) {
        assert_true(buf_append(&pieces->waiting, bytes, BUF_SIZE_MAX));
    } else {
        assert_int_equal(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
    }
}

/* Sends what waits, each byte for itself, until the other side stops reading; `between` is what the
 * remote does meanwhile. */
static inline void pieces_go_on(struct pieces *pieces, int fd, void (*between)(void)) {
    unsigned refusals = 0;

    while (buf_len(&pieces->waiting) > 0 && refusals < 8) {
        ssize_t n = send(fd, buf_bytes(&pieces->waiting).data, 1, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno != EAGAIN) {
            buf_free(&pieces->waiting); /* nobody is there */
        } else if (n == 1) {
            buf_consume(&pieces->waiting, 1);
        }
        refusals = n == 1 ? 0 : refusals + 1;
        loop_turn(0);
        loop_turn(0);
        between();
    }
}

static inline void pieces_forget(struct pieces *pieces) {
    buf_free(&pieces->waiting);
}

/* A log of events, " head(...) body(1) body(2 end)", as if what was told of a body step by step had
 * been told at once: of bodies that follow each other only the last stays. */
static inline void pieces_join(const struct pieces *pieces, char *log) {
    static const char word[] = " body(";
    char *at = pieces->is_bytewise ? strstr(log, word) : NULL;

    while (at != NULL) {
        char *next = strchr(at + 1, ' ');

        if (next != NULL && strncmp(next, " end)", 5) == 0) {
            next = strchr(next + 1, ' ');
        }
        if (next != NULL && strncmp(next, word, sizeof(word) - 1) == 0) {
            memmove(at, next, strlen(next) + 1);
        } else {
            at = next != NULL ? strstr(next, word) : NULL;
        }
    }
}

/* In the place of a connection's own: bytes that never end. */
static inline enum conn_result endless_recv(struct conn *conn, char *data, size_t room,
                                            size_t *len) {
    (void) conn;
    memset(data, 'x', room);
    *len = room;
    return CONN_OK;
}

#endif
