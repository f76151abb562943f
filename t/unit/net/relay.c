/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/relay: what goes in comes out, in order, and every way in which a relay ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/heap.h"
#include "net/relay.h"
#include "pair.h"

#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

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

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

static void on_end(struct relay *relay, enum relay_end end) {
    struct rig *of = list_object(relay, struct rig, relay);

    assert_false(relay->is_active);
    of->ends++;
    of->end = end;
}

static struct conn *open_side(make_pair *make, int *outer) {
    struct addr remote;
    struct conn *conn;
    int fds[2];

    make(fds, &remote);
    conn = conn_open(fds[0], &remote);
    assert_non_null(conn);
    *outer = fds[1];
    return conn;
}

static void rig_open(struct rig *of, make_pair *down, make_pair *up) {
    *of = (struct rig){ .ends = 0 };
    of->downstream = open_side(down, &of->client);
    of->upstream = open_side(up, &of->server);
}

static void rig_start(struct rig *of, const struct relay_options *options) {
    relay_start(&of->relay, of->downstream, of->upstream, options, on_end);
    assert_int_equal(of->ends, 0);
}

static void rig_close(struct rig *of) {
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

static int begin(void **state) {
    (void) state;
    loop_init();
    set_clock(now_ms + 1000 * 1000);
    return 0;
}

static int end(void **state) {
    (void) state;
    rig_close(&rig);
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    relay_close_pipes();
    loop_fini();
    buf_trim();
    return 0;
}

static void start(const struct relay_options *options) {
    rig_open(&rig, pair_tcp, pair_tcp);
    rig_start(&rig, options);
}

static void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t) strlen(text));
}

/* Turns until the text has arrived. */
static void hear(int fd, const char *text) {
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

static void hear_end(int fd) {
    char byte;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    pair_wait_until(recv(fd, &byte, 1, 0) == 0);
}

static void wait_end(enum relay_end expected) {
    pair_wait_until(rig.ends > 0);
    assert_int_equal(rig.end, expected);
    loop_turn(0);
    assert_int_equal(rig.ends, 1);
}

static void reset(int *fd) {
    struct linger at_once = { 1, 0 };

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(*fd);
    *fd = -1;
}

/* ---- small traffic ---- */

static void the_server_may_speak_first(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "220 hello");
    hear(rig.client, "220 hello");
    say(rig.client, "EHLO");
    hear(rig.server, "EHLO");
    assert_int_equal(rig.relay.up.moved, 4);
    assert_int_equal(rig.relay.down.moved, 9);
    assert_int_equal(rig.relay.down.first_byte_ms, now_ms);
    assert_int_equal(rig.downstream->bytes_received, 4);
    assert_int_equal(rig.downstream->bytes_sent, 9);
    assert_int_equal(rig.upstream->bytes_received, 9);
    assert_int_equal(rig.upstream->bytes_sent, 4);
}

static void bytes_pass_one_by_one(void **state) {
    char text[2] = "a";
    int i;

    (void) state;
    start(&usual);
    for (i = 0; i < 200; i++) {
        text[0] = (char) ('a' + i % 26);
        say(i % 2 == 0 ? rig.client : rig.server, text);
        hear(i % 2 == 0 ? rig.server : rig.client, text);
    }
}

static void what_was_read_before_goes_first(void **state) {
    (void) state;
    rig_open(&rig, pair_tcp, pair_tcp);
    assert_true(buf_append(&rig.downstream->in, STR("early "), 1024));
    assert_true(buf_append(&rig.upstream->in, STR("greeting "), 1024));
    rig_start(&rig, &usual);
    say(rig.client, "late");
    say(rig.server, "more");
    hear(rig.server, "early late");
    hear(rig.client, "greeting more");
}

static void an_idle_relay_holds_no_buffer(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "hello");
    hear(rig.client, "hello");
    assert_null(rig.downstream->in.data);
    assert_null(rig.upstream->in.data);
    assert_null(rig.relay.down.pipe);
}

static unsigned recv_calls, send_calls;

static enum conn_result counted_recv(struct conn *conn, char *data, size_t room, size_t *len) {
    recv_calls++;
    return conn_plain.recv(conn, data, room, len);
}

static enum conn_result counted_send(struct conn *conn, const struct iovec *iov, int count,
                                     size_t *len) {
    send_calls++;
    return conn_plain.send(conn, iov, count, len);
}

static void a_message_costs_one_recv_and_one_send(void **state) {
    static struct conn_transport counted;
    int i;

    (void) state;
    counted = conn_plain;
    counted.recv = counted_recv;
    counted.send = counted_send;
    rig_open(&rig, pair_tcp, pair_tcp);
    rig.downstream->transport = rig.upstream->transport = &counted;
    rig_start(&rig, &usual);
    say(rig.client, "warm");
    hear(rig.server, "warm");
    recv_calls = send_calls = 0;
    for (i = 0; i < 100; i++) {
        say(rig.client, "ping");
        hear(rig.server, "ping");
        say(rig.server, "pong");
        hear(rig.client, "pong");
    }
    assert_int_equal(recv_calls, 200);
    assert_int_equal(send_calls, 200);
}

/* ---- much traffic ---- */

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
static void stream_bytes(const struct stream *stream, size_t at, char *bytes, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        uint64_t x = (stream->seed + (at + i) / 8) * 0x9e3779b97f4a7c15u;

        x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9u;
        bytes[i] = (char) (x >> (at + i) % 8 * 8);
    }
}

static void stream_init(struct stream *stream, int from, int to, size_t len) {
    static uint64_t seed = 1;

    *stream = (struct stream){ .from = from, .to = to, .seed = seed += len, .len = len };
    fcntl(from, F_SETFL, O_NONBLOCK);
    fcntl(to, F_SETFL, O_NONBLOCK);
}

/* Sends until nothing more goes. */
static void stream_write(struct stream *stream) {
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

static void stream_read(struct stream *stream) {
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

static bool stream_is_done(const struct stream *stream) {
    return stream->got == stream->len;
}

static bool seen_bulk;

static void carry(struct stream *a, struct stream *b) {
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

static void carry_both_ways(make_pair *down, make_pair *up, size_t len, bool is_slow,
                            const struct conn_transport *transport) {
    struct stream upload, download;

    rig_open(&rig, down, up);
    rig.downstream->transport = rig.upstream->transport = transport;
    rig_start(&rig, &usual);
    stream_init(&upload, rig.client, rig.server, len);
    stream_init(&download, rig.server, rig.client, len);
    upload.is_slow = download.is_slow = is_slow;
    seen_bulk = false;
    carry(&upload, &download);
    assert_int_equal(rig.relay.up.moved, len);
    assert_int_equal(rig.relay.down.moved, len);
    assert_int_equal(rig.downstream->bytes_received, len);
    assert_int_equal(rig.downstream->bytes_sent, len);
    assert_int_equal(rig.upstream->bytes_received, len);
    assert_int_equal(rig.upstream->bytes_sent, len);
    loop_turn(0);
    assert_null(rig.relay.up.pipe);
    assert_null(rig.relay.down.pipe);
    assert_null(rig.downstream->in.data);
}

static void bulk_on_tcp_is_spliced_unchanged(void **state) {
    (void) state;
    carry_both_ways(pair_tcp, pair_tcp, 20 * MB, false, &conn_plain);
    assert_true(seen_bulk);
}

static void bulk_to_slow_receivers_is_unchanged(void **state) {
    (void) state;
    carry_both_ways(pair_tcp, pair_tcp, 4 * MB, true, &conn_plain);
}

static void bulk_between_tcp_and_unix_is_unchanged(void **state) {
    (void) state;
    carry_both_ways(pair_tcp, pair_unix, 20 * MB, false, &conn_plain);
    assert_true(seen_bulk);
}

static void bulk_that_cannot_be_spliced_is_unchanged(void **state) {
    static struct conn_transport opaque;

    (void) state;
    opaque = conn_plain;
    opaque.has_pending = true;
    carry_both_ways(pair_tcp, pair_tcp, 20 * MB, false, &opaque);
    assert_false(seen_bulk);
}

static void small_messages_after_bulk_are_not_spliced(void **state) {
    struct stream download, none;
    int i;

    (void) state;
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    stream_init(&download, rig.server, rig.client, 8 * MB);
    seen_bulk = false;
    carry(&none, &download);
    assert_true(seen_bulk);
    for (i = 0; i < 3; i++) {
        say(rig.server, "small");
        hear(rig.client, "small");
    }
    assert_false(rig.relay.down.is_bulk);
}

/* Fills everything between the ends until all of it waits for the client: nothing has moved for
 * some milliseconds, however late the kernel's own work may come. */
static void jam(struct rig *of, struct stream *download) {
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

static void jam_pipe(struct stream *download) {
    jam(&rig, download);
    assert_true(rig.relay.down.in_pipe > 0);
}

static void a_stalled_receiver_gives_the_pipe_back(void **state) {
    struct stream download, none;
    size_t held;

    (void) state;
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    jam_pipe(&download);
    held = rig.relay.down.in_pipe;
    set_clock(now_ms + 900);
    loop_turn(0);
    assert_non_null(rig.relay.down.pipe);
    set_clock(now_ms + 200);
    loop_turn(0);
    assert_null(rig.relay.down.pipe);
    assert_int_equal(buf_len(&rig.upstream->in), held);
    carry(&none, &download);
    assert_null(rig.upstream->in.data);
}

enum { STALLED = 24, STALLED_HELD_MAX = 16 * MB };

/* Whatever the queue takes. */
static void stream_write_all(struct stream *stream) {
    size_t before;

    do {
        before = stream->sent;
        stream_write(stream);
    } while (stream->sent > before);
}

/* A flow of bulk whose receiver takes nothing more from one turn to the next. No more of the
 * kernel's memory is taken than it needs: many together could have none left. */
static void start_stalled(struct rig *of) {
    static char filling[STREAM_BLOCK];
    struct stream download;

    rig_open(of, pair_tcp, pair_tcp);
    rig_start(of, &usual);
    stream_init(&download, of->server, of->client, 0);
    do {
        download.len = download.got + 3 * MB;
        stream_write_all(&download);
        loop_turn(0);
        stream_read(&download);
    } while (!of->relay.down.is_bulk && download.got < 8 * MB);
    while (send(of->downstream->watch.fd, filling, sizeof(filling), MSG_NOSIGNAL) > 0) {
    }
    stream_write_all(&download);
    loop_turn(0);
    set_clock(now_ms + 1100);
    loop_turn(0);
}

static void what_stalled_receivers_hold_is_bounded(void **state) {
    static struct rig many[STALLED];
    size_t held = 0;
    unsigned i, pipes = 0;
    struct stream none, download;

    (void) state;
    for (i = 0; i < STALLED; i++) {
        start_stalled(&many[i]);
        held += many[i].upstream->in.size;
        pipes += many[i].relay.down.pipe != NULL;
    }
    /* It is much, but they would hold more if they could. */
    assert_in_range(held, STALLED_HELD_MAX / 2, STALLED_HELD_MAX + STALLED * usual.buffer_size);
    assert_in_range(many[STALLED - 1].upstream->in.size, 1, usual.buffer_size);
    assert_in_range(pipes, 0, 2);
    for (i = 0; i < STALLED; i++) {
        rig_close(&many[i]);
    }
    /* All of that is forgotten: the next may be bulk again. */
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    stream_init(&download, rig.server, rig.client, 8 * MB);
    seen_bulk = false;
    carry(&none, &download);
    assert_true(seen_bulk);
}

static unsigned open_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static void a_cancelled_relay_leaves_an_empty_pipe(void **state) {
    struct stream download, none;

    (void) state;
    start(&usual);
    jam_pipe(&download);
    relay_cancel(&rig.relay);
    relay_cancel(&rig.relay);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    assert_null(rig.downstream->on_ready);
    rig_close(&rig);
    /* Whoever gets the pipe next must not find what was left in it. */
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    stream_init(&download, rig.server, rig.client, 8 * MB);
    carry(&none, &download);
}

static void the_pool_is_closed_in_the_parent(void **state) {
    unsigned before = open_descriptors(), made = relay_make_pipes(5);

    (void) state;
    if (made == 0) {
        skip(); /* not privileged */
    }
    assert_int_equal(made, 5);
    assert_int_equal(open_descriptors(), before + 10);
    relay_close_pipes();
    assert_int_equal(open_descriptors(), before);
}

static void the_pool_leaves_descriptors_to_others(void **state) {
    struct rlimit old, few;
    unsigned made;

    (void) state;
    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){ 320, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    made = relay_make_pipes(1000);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    if (made == 0) {
        skip(); /* not privileged */
    }
    assert_int_equal(made, 20);
}

static void one_bulk_flow_does_not_hold_the_loop(void **state) {
    static struct rig other;
    struct stream download;
    uint64_t before;
    char byte;

    (void) state;
    start(&usual);
    rig_open(&other, pair_tcp, pair_tcp);
    rig_start(&other, &usual);
    loop_turn(0);
    stream_init(&download, rig.server, rig.client, 16 * MB);
    while (!stream_is_done(&download)) {
        before = rig.relay.down.moved;
        stream_write(&download);
        say(other.client, "x");
        loop_turn(0);
        assert_int_equal(recv(other.server, &byte, 1, MSG_DONTWAIT), 1);
        assert_true(rig.relay.down.moved - before <= 4 * CONN_TURN_BYTES);
        stream_read(&download);
    }
    rig_close(&other);
}

/* ---- many flows of an unprivileged user ---- */

enum { FLOWS = 200, FLOW_LEN = MB };

static int run_many_flows(void) {
    struct rig *rigs = heap_zero(FLOWS, sizeof(*rigs));
    struct stream *streams = heap_zero(FLOWS, sizeof(*streams));
    unsigned i, done = 0, in_bulk = 0, most_in_bulk = 0;

    loop_init();
    for (i = 0; i < FLOWS; i++) {
        rig_open(&rigs[i], pair_tcp, pair_tcp);
        rig_start(&rigs[i], &usual);
        stream_init(&streams[i], rigs[i].server, rigs[i].client, FLOW_LEN);
    }
    while (done < FLOWS) {
        for (i = 0; i < FLOWS; i++) {
            stream_write(&streams[i]);
        }
        loop_turn(0);
        for (in_bulk = 0, i = 0; i < FLOWS; i++) {
            in_bulk += rigs[i].relay.down.pipe != NULL;
        }
        most_in_bulk = in_bulk > most_in_bulk ? in_bulk : most_in_bulk;
        for (done = 0, i = 0; i < FLOWS; i++) {
            stream_read(&streams[i]);
            done += stream_is_done(&streams[i]);
        }
    }
    for (i = 0; i < FLOWS; i++) {
        rig_close(&rigs[i]);
    }
    loop_turn(0);
    relay_close_pipes();
    loop_fini();
    heap_free(rigs);
    heap_free(streams);
    return most_in_bulk <= 64 && relay_make_pipes(1) == 0 ? 0 : 2;
}

static void many_bulk_flows_of_an_unprivileged_user_arrive(void **state) {
    int status;
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        loop_fini();
        if (getuid() == 0
            && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(3);
        }
        _exit(run_many_flows());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- ends ---- */

static void the_client_ends_first_and_hears_the_answer(void **state) {
    (void) state;
    start(&usual);
    say(rig.client, "question");
    shutdown(rig.client, SHUT_WR);
    hear(rig.server, "question");
    hear_end(rig.server);
    assert_int_equal(rig.ends, 0);
    say(rig.server, "answer");
    hear(rig.client, "answer");
    shutdown(rig.server, SHUT_WR);
    hear_end(rig.client);
    wait_end(RELAY_DONE);
}

static void the_server_ends_first_and_hears_the_rest(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "bye");
    shutdown(rig.server, SHUT_WR);
    hear(rig.client, "bye");
    hear_end(rig.client);
    assert_int_equal(rig.ends, 0);
    say(rig.client, "rest");
    hear(rig.server, "rest");
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
    hear_end(rig.server);
}

static void both_end_at_once(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "a");
    say(rig.client, "b");
    shutdown(rig.server, SHUT_WR);
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
    hear(rig.client, "a");
    hear(rig.server, "b");
    hear_end(rig.client);
    hear_end(rig.server);
}

static void without_half_close_the_first_end_is_the_last(void **state) {
    struct relay_options options = usual;

    (void) state;
    options.keeps_half_open = false;
    start(&options);
    say(rig.client, "question");
    hear(rig.server, "question");
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
}

static void without_half_close_all_in_flight_is_delivered(void **state) {
    struct relay_options options = usual;
    struct stream download;
    char last[2];

    (void) state;
    options.keeps_half_open = false;
    start(&options);
    jam_pipe(&download);
    say(rig.client, "ok");
    shutdown(rig.client, SHUT_WR);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    assert_int_equal(recv(rig.server, last, 2, 0), 2);
    while (rig.ends == 0) {
        stream_read(&download);
        loop_turn(0);
    }
    assert_int_equal(rig.end, RELAY_DONE);
}

static void bulk_ends_in_order(void **state) {
    struct stream download, none;

    (void) state;
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    stream_init(&download, rig.server, rig.client, 8 * MB);
    while (download.sent < download.len) {
        stream_write(&download);
        loop_turn(0);
        stream_read(&download);
    }
    shutdown(rig.server, SHUT_WR);
    carry(&none, &download);
    hear_end(rig.client);
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
}

static void a_client_that_resets_is_lost(void **state) {
    (void) state;
    start(&usual);
    say(rig.client, "last words");
    loop_turn(0);
    reset(&rig.client);
    wait_end(RELAY_DOWNSTREAM_LOST);
    assert_int_equal(rig.downstream->error, ECONNRESET);
    hear(rig.server, "last words");
}

static void a_server_that_resets_is_lost(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "last words");
    reset(&rig.server);
    wait_end(RELAY_UPSTREAM_LOST);
    assert_int_equal(rig.upstream->error, ECONNRESET);
    hear(rig.client, "last words");
}

static void a_failed_send_still_brings_the_last_words(void **state) {
    (void) state;
    rig_open(&rig, pair_tcp, pair_tcp);
    say(rig.server, "error: go away");
    loop_turn(0);
    reset(&rig.server);
    loop_turn(0);
    assert_true(buf_append(&rig.downstream->in, STR("request"), 1024));
    rig_start(&rig, &usual);
    wait_end(RELAY_UPSTREAM_LOST);
    hear(rig.client, "error: go away");
}

static void a_reset_in_mid_flow_ends_it(void **state) {
    struct stream download;

    (void) state;
    start(&usual);
    jam_pipe(&download);
    reset(&rig.client);
    wait_end(RELAY_DOWNSTREAM_LOST);
    assert_null(rig.relay.down.pipe);
}

static void a_reset_of_the_sender_lets_what_came_arrive(void **state) {
    struct stream download;
    size_t held;

    (void) state;
    start(&usual);
    jam_pipe(&download);
    held = (size_t) rig.relay.down.moved + rig.relay.down.in_pipe;
    reset(&rig.server);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    while (rig.ends == 0) {
        stream_read(&download);
        loop_turn(0);
    }
    assert_int_equal(rig.end, RELAY_UPSTREAM_LOST);
    assert_true(rig.relay.down.moved >= held);
}

/* ---- time ---- */

static void nothing_moves_for_the_idle_time(void **state) {
    (void) state;
    start(&usual);
    loop_turn(0);
    set_clock(now_ms + usual.idle_ms - 100);
    say(rig.server, "still here");
    hear(rig.client, "still here");
    set_clock(now_ms + usual.idle_ms - 100);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    set_clock(now_ms + 200);
    wait_end(RELAY_IDLE);
}

static void a_rate_is_kept(void **state) {
    struct relay_options options = usual;
    struct stream download;
    int64_t start_ms;
    int i, tenths;

    (void) state;
    options.download_rate = 100 * 1000;
    start(&options);
    start_ms = now_ms;
    stream_init(&download, rig.server, rig.client, 4 * MB);
    for (tenths = 0; tenths <= 100; tenths++) {
        set_clock(start_ms + tenths * 100);
        for (i = 0; i < 20; i++) {
            stream_write(&download);
            loop_turn(0);
            stream_read(&download);
        }
        /* A second's share may come at once; a tenth's may be late. */
        assert_true(rig.relay.down.moved <= 100 * 1000 + (uint64_t) tenths * 10 * 1000);
        assert_true(rig.relay.down.moved + 30 * 1000 >= 100 * 1000 + (uint64_t) tenths * 10 * 1000);
    }
    say(rig.client, "not limited");
    hear(rig.server, "not limited");
}

static void a_high_rate_may_be_spliced(void **state) {
    struct relay_options options = usual;
    struct stream download;
    int turns;

    (void) state;
    options.download_rate = 4 * MB;
    start(&options);
    stream_init(&download, rig.server, rig.client, 16 * MB);
    seen_bulk = false;
    for (turns = 0; turns < 2000; turns++) {
        stream_write(&download);
        loop_turn(0);
        seen_bulk |= rig.relay.down.is_bulk;
        stream_read(&download);
    }
    assert_true(seen_bulk);
    assert_int_equal(rig.relay.down.moved, 4 * MB);
    set_clock(now_ms + 1000);
    for (turns = 0; turns < 2000; turns++) {
        stream_write(&download);
        loop_turn(0);
        stream_read(&download);
    }
    assert_int_equal(rig.relay.down.moved, 8 * MB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_server_may_speak_first, begin, end),
        cmocka_unit_test_setup_teardown(bytes_pass_one_by_one, begin, end),
        cmocka_unit_test_setup_teardown(what_was_read_before_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(an_idle_relay_holds_no_buffer, begin, end),
        cmocka_unit_test_setup_teardown(a_message_costs_one_recv_and_one_send, begin, end),
        cmocka_unit_test_setup_teardown(bulk_on_tcp_is_spliced_unchanged, begin, end),
        cmocka_unit_test_setup_teardown(bulk_to_slow_receivers_is_unchanged, begin, end),
        cmocka_unit_test_setup_teardown(bulk_between_tcp_and_unix_is_unchanged, begin, end),
        cmocka_unit_test_setup_teardown(bulk_that_cannot_be_spliced_is_unchanged, begin, end),
        cmocka_unit_test_setup_teardown(small_messages_after_bulk_are_not_spliced, begin, end),
        cmocka_unit_test_setup_teardown(a_stalled_receiver_gives_the_pipe_back, begin, end),
        cmocka_unit_test_setup_teardown(what_stalled_receivers_hold_is_bounded, begin, end),
        cmocka_unit_test_setup_teardown(a_cancelled_relay_leaves_an_empty_pipe, begin, end),
        cmocka_unit_test_setup_teardown(the_pool_is_closed_in_the_parent, begin, end),
        cmocka_unit_test_setup_teardown(the_pool_leaves_descriptors_to_others, begin, end),
        cmocka_unit_test_setup_teardown(one_bulk_flow_does_not_hold_the_loop, begin, end),
        cmocka_unit_test_setup_teardown(many_bulk_flows_of_an_unprivileged_user_arrive, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_client_ends_first_and_hears_the_answer, begin, end),
        cmocka_unit_test_setup_teardown(the_server_ends_first_and_hears_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(both_end_at_once, begin, end),
        cmocka_unit_test_setup_teardown(without_half_close_the_first_end_is_the_last, begin, end),
        cmocka_unit_test_setup_teardown(without_half_close_all_in_flight_is_delivered, begin, end),
        cmocka_unit_test_setup_teardown(bulk_ends_in_order, begin, end),
        cmocka_unit_test_setup_teardown(a_client_that_resets_is_lost, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_resets_is_lost, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_send_still_brings_the_last_words, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_in_mid_flow_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_of_the_sender_lets_what_came_arrive, begin, end),
        cmocka_unit_test_setup_teardown(nothing_moves_for_the_idle_time, begin, end),
        cmocka_unit_test_setup_teardown(a_rate_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_high_rate_may_be_spliced, begin, end),
    };

    return cmocka_run_group_tests_name("net/relay", tests, NULL, NULL);
}
