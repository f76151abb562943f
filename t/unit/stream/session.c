/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of stream/session: what a process that finds a bug says of the session at hand. */
#include "stream/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/dies.h"
#include "base/panic.h"
#include "net/pair.h"

static char no_settings[1024]; /* the error log's: it has no files */
static void *confs[] = { no_settings };
static struct conf_block block = { .confs = confs };
static struct listener listener = { .text = STR("127.0.0.1:3306") };
static bool is_bad;
static struct conn *served; /* the newest session's */

static enum stream_next on_session(struct session *session, const void *settings) {
    (void) settings;
    served = session->conn;
    CHECK(!is_bad);
    return STREAM_DONE;
}

static const struct stream_module module = { .on_session = on_session };
static struct stream_hook hook = { .module = &module };
static const struct stream_server server = { .block = &block, .hooks = &hook, .hook_count = 1 };

static void open_session(int *other) {
    struct addr remote;
    struct conn *conn;
    int fds[2];

    pair_tcp(fds, &remote);
    *other = fds[1];
    conn = conn_open(fds[0], &remote);
    assert_non_null(conn);
    conn->is_client = true;
    conn->side->number = 5;
    session_open(&listener, &server, conn);
}

static int begin(void **state) {
    (void) state;
    loop_init();
    session_dump_start();
    is_bad = false;
    return 0;
}

static int end(void **state) {
    (void) state;
    session_end_all();
    session_dump_stop();
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    loop_fini();
    return 0;
}

static void a_panic_in_a_hook_tells_of_the_session(void **state) {
    int other;

    (void) state;
    is_bad = true;
    assert_dies("!is_bad\nsession: connection 5, step new, hook 0, status 0, "
                "server: 127.0.0.1:3306, upstream: -\n", open_session(&other));
}

static void panic_in_event(struct conn *conn) {
    CHECK(conn->is_closed);
}

static void a_panic_in_an_event_tells_of_its_session(void **state) {
    int others[2];

    (void) state;
    open_session(&others[0]);
    open_session(&others[1]);
    served->side->number = 6;
    served->on_ready = panic_in_event;
    assert_dies("session: connection 5, step new", loop_turn(1000));
    close(others[0]);
    close(others[1]);
}

static void a_panic_elsewhere_tells_of_no_session(void **state) {
    int other;

    (void) state;
    open_session(&other);
    close(other);
    assert_dies("): what\n", panic("file", 1, "func", "what"));
    assert_null(conn_at_hand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_panic_in_a_hook_tells_of_the_session, begin, end),
        cmocka_unit_test_setup_teardown(a_panic_in_an_event_tells_of_its_session, begin, end),
        cmocka_unit_test_setup_teardown(a_panic_elsewhere_tells_of_no_session, begin, end),
    };

    return cmocka_run_group_tests_name("stream/session", tests, NULL, NULL);
}
