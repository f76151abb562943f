/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relays - for the tests of net/relay: one between a client and a server of the test, what they say
 * and hear, and streams of bytes that are checked.
 */
#ifndef WEIR_T_UNIT_NET_RELAYS_H
#define WEIR_T_UNIT_NET_RELAYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/relay.h"
#include "pair.h"

enum { MB = 1024 * 1024 };

typedef void make_pair(int fds[2], struct addr *remote);

/* A relay with its two conns, and the client and the server at the outer ends. */
struct rig {
    struct relay relay;
    struct conn *downstream, *upstream;
    int client, server;
    unsigned ends;
    enum relay_end end;
};

static const struct relay_options usual = { .buffer_size = 16 * 1024, .idle_ms = 60 * 1000,
                                            .keeps_half_open = true };
static int64_t now_ms = 1000;
static struct rig rig;

static inline void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

static inline void on_end(struct relay *relay, enum relay_end end) {
    struct rig *of = list_object(relay, struct rig, relay);

    assert_false(relay->is_active);
    of->ends++;
    of->end = end;
}

static inline struct conn *open_side(make_pair *make, int *outer) {
    struct addr remote;
    struct conn *conn;
    int fds[2];

    make(fds, &remote);
    conn = conn_open(fds[0], &remote);
    assert_non_null(conn);
    *outer = fds[1];
    return conn;
}

static inline void rig_open(struct rig *of, make_pair *down, make_pair *up) {
    *of = (struct rig){ .ends = 0 };
    of->downstream = open_side(down, &of->client);
    of->upstream = open_side(up, &of->server);
}

static inline void rig_start(struct rig *of, const struct relay_options *options) {
    relay_start(&of->relay, of->downstream, of->upstream, options, on_end);
    assert_int_equal(of->ends, 0);
}

static inline void rig_close(struct rig *of) {
    relay_cancel(&of->relay);
    if (of->downstream != NULL) {
        conn_close(of->downstream);
        conn_close(of->upstream);
    }
    if (of->client > 0) {
        close(of->client);
    }
    if (of->server > 0) {
        close(of->server);
    }
    *of = (struct rig){ .ends = 0 };
}

static inline int begin(void **state) {
    (void) state;
    loop_init();
    set_clock(now_ms + 1000 * 1000);
    return 0;
}

static inline int end(void **state) {
    (void) state;
    rig_close(&rig);
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    relay_close_pipes();
    loop_fini();
    buf_trim();
    return 0;
}

static inline void start(const struct relay_options *options) {
    rig_open(&rig, pair_tcp, pair_tcp);
    rig_start(&rig, options);
}

static inline void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t) strlen(text));
}

/* Turns until the text has arrived. */
static inline void hear(int fd, const char *text) {
    char got[256];
    size_t len = 0, wanted = strlen(text);
    int turns = 0;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (len < wanted) {
        ssize_t n = recv(fd, got + len, wanted - len, 0);

        if (n == 0 || turns++ > 5000) {
            fail_msg("heard %zu bytes of \"%s\"", len, text);
        }
        if (n > 0) {
            len += (size_t) n;
        } else {
            loop_turn(1);
        }
    }
    assert_memory_equal(got, text, wanted);
}

static inline void hear_end(int fd) {
    char byte;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    pair_wait_until(recv(fd, &byte, 1, 0) == 0);
}

static inline void wait_end(enum relay_end expected) {
    pair_wait_until(rig.ends > 0);
    assert_int_equal(rig.end, expected);
    loop_turn(0);
    assert_int_equal(rig.ends, 1);
}

static inline void reset(int *fd) {
    struct linger at_once = { 1, 0 };

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(*fd);
    *fd = -1;
}

/* ---- streams ---- */

/* A stream of pseudo-random bytes, written at one end and checked at the other. */
struct stream {
    int from, to;
    uint64_t seed;
    size_t sent, got, len; /* bytes */
    unsigned pauses;       /* rounds during which the receiver does not read */
    bool is_slow;          /* the receiver pauses now and then, and takes little */
};

enum { STREAM_BLOCK = 64 * 1024 };

/* The bytes of the stream from the given one on. */
static inline void stream_bytes(const struct stream *stream, size_t at, char *bytes, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        uint64_t x = (stream->seed + (at + i) / 8) * 0x9e3779b97f4a7c15u;

        x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9u;
        bytes[i] = (char) (x >> (at + i) % 8 * 8);
    }
}

static inline void stream_init(struct stream *stream, int from, int to, size_t len) {
    static uint64_t seed = 1;

    *stream = (struct stream){ .from = from, .to = to, .seed = seed += len, .len = len };
    fcntl(from, F_SETFL, O_NONBLOCK);
    fcntl(to, F_SETFL, O_NONBLOCK);
}

/* Sends until nothing more goes. */
static inline void stream_write(struct stream *stream) {
    static char block[STREAM_BLOCK];
    int i;

    for (i = 0; i < 16 && stream->sent < stream->len; i++) {
        size_t left = stream->len - stream->sent, len = left < sizeof(block) ? left : sizeof(block);
        ssize_t n;

        stream_bytes(stream, stream->sent, block, len);
        n = send(stream->from, block, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        stream->sent += (size_t) n;
    }
}

static inline void stream_read(struct stream *stream) {
    static char block[STREAM_BLOCK], expected[STREAM_BLOCK];
    size_t room = stream->is_slow ? 3001 : sizeof(block);
    ssize_t n;
    int i;

    if (stream->pauses > 0) {
        stream->pauses--;
        return;
    }
    for (i = 0; i < 16; i++) {
        n = recv(stream->to, block, room, 0);
        if (n <= 0) {
            return;
        }
        stream_bytes(stream, stream->got, expected, (size_t) n);
        assert_memory_equal(block, expected, (size_t) n);
        stream->got += (size_t) n;
        if (stream->is_slow && stream->got % 8 == 0) {
            stream->pauses = 20;
            return;
        }
    }
}

static inline bool stream_is_done(const struct stream *stream) {
    return stream->got == stream->len;
}

static bool seen_bulk;

static inline void carry(struct stream *a, struct stream *b) {
    while (!stream_is_done(a) || !stream_is_done(b)) {
        stream_write(a);
        stream_write(b);
        loop_turn(0);
        seen_bulk |= rig.relay.up.is_bulk || rig.relay.down.is_bulk;
        stream_read(a);
        stream_read(b);
        assert_int_equal(rig.ends, 0);
    }
}

/* Fills everything between the ends until all of it waits for the client: nothing has moved for
 * some milliseconds, however late the kernel's own work may come. */
static inline void jam(struct rig *of, struct stream *download) {
    int quiet = 0, turns = 0;
    size_t before;

    stream_init(download, of->server, of->client, 64 * MB);
    while (quiet < 5 || of->downstream->is_writable) {
        before = download->sent;
        stream_write(download);
        loop_turn(quiet > 0);
        quiet = download->sent > before ? 0 : quiet + 1;
        assert_true(turns++ < 10000);
    }
    download->len = download->sent; /* what went is what will come */
}

static inline void jam_pipe(struct stream *download) {
    jam(&rig, download);
    assert_true(rig.relay.down.in_pipe > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
