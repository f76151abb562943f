/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/relay with much traffic: splice, receivers that stall, and the pool of pipes. */
#include "relays.h"

#include "base/heap.h"

#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---- much traffic ---- */

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(bulk_on_tcp_is_spliced_unchanged),
        TEST(bulk_to_slow_receivers_is_unchanged),
        TEST(bulk_between_tcp_and_unix_is_unchanged),
        TEST(bulk_that_cannot_be_spliced_is_unchanged),
        TEST(small_messages_after_bulk_are_not_spliced),
        TEST(a_stalled_receiver_gives_the_pipe_back),
        TEST(what_stalled_receivers_hold_is_bounded),
        TEST(a_cancelled_relay_leaves_an_empty_pipe),
        TEST(the_pool_is_closed_in_the_parent),
        TEST(the_pool_leaves_descriptors_to_others),
        TEST(one_bulk_flow_does_not_hold_the_loop),
        TEST(many_bulk_flows_of_an_unprivileged_user_arrive),
    };

    return cmocka_run_group_tests_name("net/relay_bulk", tests, NULL, NULL);
}
