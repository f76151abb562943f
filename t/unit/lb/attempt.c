/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/attempt: every way from a group to a connection, or to none; and what is left
 * behind. */
#include "groups.h"

#include "lb/attempt.h"
#include "lb/pool.h"
#include "net/pair.h"
#include "shm/children.h"

enum { SERVERS_MAX = 4 };

/* A server that listens, one that refuses (its port is taken, nobody listens), one that is silent
 * (its queue is full). */
struct server {
    int fd;
    int fillers[2];
    struct addr addr;
};

static int64_t now_ms;
static struct server servers[SERVERS_MAX];
static unsigned server_count;
static struct conf *conf;
static struct group *group;

/* The owner. */
static struct attempt attempt;
static struct attempt_options options;
static struct arena arena;
static struct scope scope;
static struct conn *conn;
static unsigned readies, failures;
static enum attempt_failure failure;

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

static void pass_time(int64_t ms) {
    set_clock(now_ms + ms);
    loop_turn(0);
}

/* ---- the log ---- */

static char log_lines[8][LOG_LINE_MAX + 1];
static unsigned log_count;

static void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    memcpy(log_lines[log_count % 8], line, len);
    log_lines[log_count++ % 8][len] = '\0';
}

static struct log keeper = { .level = LOG_LEVEL_ERROR, .write = keep_line };

static size_t describe(const struct log_context *context, char *text, size_t room) {
    (void) context;
    return (size_t) snprintf(text, room, "client: test");
}

static const struct log_context context = { .connection = 7, .describe = describe };

static void assert_logged(unsigned line, const char *text) {
    if (line >= log_count || strstr(log_lines[line], text) == NULL) {
        fail_msg("line %u is not \"%s\" but \"%s\"", line, text,
                 line < log_count ? log_lines[line] : "");
    }
}

/* ---- servers ---- */

static void add_server(char kind) {
    struct server *server = &servers[server_count++];
    unsigned i;

    *server = (struct server){ .fillers = { -1, -1 } };
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    server->addr = pair_loopback();
    assert_int_equal(bind(server->fd, &server->addr.any, server->addr.len), 0);
    assert_int_equal(getsockname(server->fd, &server->addr.any, &server->addr.len), 0);
    if (kind != 'r') {
        assert_int_equal(listen(server->fd, kind == 's' ? 0 : 50), 0);
    }
    for (i = 0; i < 2 && kind == 's'; i++) {
        server->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(server->fillers[i], &server->addr.any, server->addr.len);
    }
}

/* The group of these servers, 'g', 'r' or 's' each; lines are what else stands in it. */
static void make_group(const char *kinds, const char *parameters, const char *lines) {
    char text[1000];
    size_t len;

    len = (size_t) snprintf(text, sizeof(text), "http { upstream u { %s\n", lines);
    for (; *kinds != '\0'; kinds++) {
        add_server(*kinds);
        len += (size_t) snprintf(text + len, sizeof(text) - len, "server 127.0.0.1:%u %s;\n",
                                 addr_port(&servers[server_count - 1].addr), parameters);
    }
    snprintf(text + len, sizeof(text) - len, "} }");
    conf = groups_load(text);
    group = group_find(conf, CONF_HTTP, STR("u"));
}

/* The next connection that a server gets; -1 at once where it does not wait and gets none. */
static int accept_one(unsigned server) {
    return accept4(servers[server].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* ---- the owner ---- */

static void on_ready(struct attempt *of, struct conn *got) {
    assert_ptr_equal(of, &attempt);
    assert_true(attempt.is_active);
    assert_ptr_equal(attempt.conn, got);
    conn = got;
    readies++;
}

static void on_failed(struct attempt *of, enum attempt_failure why) {
    assert_ptr_equal(of, &attempt);
    assert_false(attempt.is_active);
    failure = why;
    failures++;
}

static void start_attempt(void) {
    scope_init(&scope, NULL, &arena);
    attempt_init(&attempt, group, &scope, &options);
    attempt.arena = &arena;
    attempt.log = &keeper;
    attempt.log_context = &context;
    attempt.on_ready = on_ready;
    attempt.on_failed = on_failed;
    readies = failures = 0;
    conn = NULL;
    attempt_start(&attempt);
    assert_int_equal(readies + failures, 0); /* never from within */
}

static void wait_end(void) {
    unsigned before = readies + failures;

    pair_wait_until(readies + failures > before);
}

/* Runs one attempt until it is ready, at the server. */
static void get_ready(unsigned server) {
    start_attempt();
    wait_end();
    assert_int_equal(readies, 1);
    assert_ptr_equal(pick_the_peer(&attempt.pick), &group->peers[server]);
}

static uint32_t held(unsigned peer) {
    return group->peers[peer].state->conns.count;
}

static void assert_text(enum attempt_text which, const char *expected) {
    struct str text;

    assert_true(attempt_text(&attempt, which, &arena, &text));
    assert_str(text, expected);
}

/* "127.0.0.1:1, 127.0.0.1:2" of these servers; -1 is the group. */
static void assert_addrs(int first, int second, int third) {
    int which[3] = { first, second, third };
    char expected[200] = "";
    unsigned i;

    for (i = 0; i < 3 && which[i] != -2; i++) {
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s%.*s",
                 i > 0 ? ", " : "",
                 STR_ARG(which[i] < 0 ? group->name : group->peers[which[i]].name));
    }
    assert_text(ATTEMPT_TEXT_ADDR, expected);
}

static int begin(void **state) {
    (void) state;
    set_clock(1000000);
    loop_init();
    master_sit();
    pool_start_all();
    arena_init(&arena);
    server_count = 0;
    log_count = 0;
    options = (struct attempt_options){ .connect_timeout_ms = 5000,
                                        .next_on_error = true,
                                        .next_on_timeout = true,
                                        .refused_status = 502,
                                        .timeout_status = 504 };
    return 0;
}

/* Nothing leaks: no connection, no place, no timer. */
static int end(void **state) {
    unsigned i;

    (void) state;
    attempt_cancel(&attempt);
    attempt_cancel(&attempt);
    pool_close_all();
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    assert_false(task_is_queued(&attempt.task));
    assert_false(attempt.connect.is_active);
    for (i = 0; i < group->count; i++) {
        assert_int_equal(held(i), 0);
    }
    for (i = 0; i < server_count; i++) {
        close(servers[i].fd);
        if (servers[i].fillers[0] >= 0) {
            close(servers[i].fillers[0]);
            close(servers[i].fillers[1]);
        }
    }
    arena_fini(&arena);
    conf_free(conf);
    master_leave();
    loop_fini();
    return 0;
}

/* ---- ready ---- */

static void test_ready(void **state) {
    int fd;

    (void) state;
    make_group("g", "", "");
    get_ready(0);
    fd = accept_one(0);
    assert_true(fd >= 0);
    assert_int_equal(held(0), 1);
    assert_false(attempt.is_reused);
    assert_true(addr_equal(&conn->side->remote, &servers[0].addr));
    assert_int_equal(attempt_current(&attempt)->connect_ms, 0);
    assert_addrs(0, -2, -2);
    assert_text(ATTEMPT_TEXT_CONNECT_TIME, "0.000");
    assert_text(ATTEMPT_TEXT_HEADER_TIME, "-");
    assert_text(ATTEMPT_TEXT_STATUS, "-");
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
    assert_int_equal(held(0), 0);
    assert_int_equal(log_count, 0);
    close(fd);
}

static void test_no_try_yet(void **state) {
    struct str text;

    (void) state;
    make_group("g", "", "");
    start_attempt();
    assert_null(attempt_current(&attempt));
    assert_false(attempt_text(&attempt, ATTEMPT_TEXT_ADDR, &arena, &text));
}

static void test_refused_then_next(void **state) {
    (void) state;
    make_group("rg", "", "");
    get_ready(1);
    assert_int_equal(held(0), 0);
    assert_int_equal(held(1), 1);
    assert_int_equal(log_count, 1);
    assert_logged(0, "[error] ");
    assert_logged(0, "*7 connect() failed (111: Connection refused) while connecting to upstream, "
                     "client: test\n");
    assert_false(peer_is_live(&group->peers[0]));
    assert_addrs(0, 1, -2);
    assert_text(ATTEMPT_TEXT_CONNECT_TIME, "-, 0.000");
    attempt_current(&attempt)->status = 200;
    assert_text(ATTEMPT_TEXT_STATUS, "502, 200");
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

static void test_time_out_then_next(void **state) {
    (void) state;
    make_group("sg", "", "");
    start_attempt();
    loop_turn(0);
    pass_time(4900);
    assert_int_equal(readies + failures, 0);
    assert_int_equal(held(0), 1);
    pass_time(200);
    wait_end();
    assert_int_equal(readies, 1);
    assert_logged(0, "upstream timed out (110: Connection timed out) while connecting to upstream, "
                     "client: test\n");
    assert_addrs(0, 1, -2);
    attempt_current(&attempt)->status = 200;
    assert_text(ATTEMPT_TEXT_STATUS, "504, 200");
    assert_text(ATTEMPT_TEXT_TOTAL_TIME, "5.100, -");
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* ---- failed ---- */

static void test_one_refuses(void **state) {
    (void) state;
    make_group("r", "", "");
    start_attempt();
    wait_end();
    assert_int_equal(failures, 1);
    assert_int_equal(failure, ATTEMPT_REFUSED);
    assert_int_equal(attempt.try_count, 1);
    assert_text(ATTEMPT_TEXT_STATUS, "502");
    assert_int_equal(log_count, 1);
}

/* A host that nobody can be asked for; what is asked for is in t/http and t/stream. */
static void test_no_resolver(void **state) {
    static const struct resolver_settings none;

    (void) state;
    make_group("g", "", "");
    group = group_for_session(conf, CONF_HTTP, STR("name.test"), 80, &none, &arena);
    start_attempt();
    wait_end();
    assert_int_equal(failures, 1);
    assert_int_equal(failure, ATTEMPT_UNRESOLVED);
    assert_int_equal(attempt.try_count, 0);
    assert_int_equal(log_count, 1);
    assert_logged(0, "*7 no resolver defined to resolve name.test, client: test\n");
}

static void test_one_times_out(void **state) {
    (void) state;
    make_group("s", "", "");
    start_attempt();
    loop_turn(0);
    pass_time(5100);
    pair_wait_until(failures == 1);
    assert_int_equal(failure, ATTEMPT_TIMED_OUT);
    assert_text(ATTEMPT_TEXT_STATUS, "504");
}

static void test_all_refuse(void **state) {
    (void) state;
    make_group("rrr", "", "");
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_REFUSED);
    assert_int_equal(log_count, 3);
    assert_addrs(0, 1, 2);
    /* Of three that fail the last one stays in service. */
    assert_false(peer_is_live(&group->peers[0]));
    assert_false(peer_is_live(&group->peers[1]));
    assert_true(peer_is_live(&group->peers[2]));
}

/* A try is left, and nobody for it. */
static void test_no_live_ones_left(void **state) {
    (void) state;
    make_group("rrr", "", "");
    start_attempt();
    wait_end();
    log_count = 0;
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_NO_PEER);
    assert_int_equal(log_count, 2);
    assert_logged(1, "*7 no live upstreams while connecting to upstream, client: test\n");
    assert_addrs(2, -1, -2);
    assert_text(ATTEMPT_TEXT_STATUS, "502, 502");
}

static void test_none_from_the_start(void **state) {
    (void) state;
    make_group("gg", "down", "");
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_NO_PEER);
    assert_int_equal(log_count, 1);
    assert_logged(0, "[error] ");
    assert_logged(0, "no live upstreams while connecting to upstream");
    assert_addrs(-1, -2, -2);
    assert_text(ATTEMPT_TEXT_CONNECT_TIME, "-");
}

/* Servers marked down are no tries. */
static void test_down_ones_do_not_count(void **state) {
    (void) state;
    make_group("rgr", "", "");
    group->peers[1].is_down = true;
    group->usable_count--;
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_REFUSED);
    assert_addrs(0, 2, -2);
    assert_int_equal(log_count, 2);
}

/* ---- limits of trying ---- */

static void test_tries(void **state) {
    (void) state;
    options.tries = 2;
    make_group("rrg", "", "");
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_REFUSED);
    assert_int_equal(attempt.try_count, 2);
    fcntl(servers[2].fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(accept_one(2), -1);
}

static void test_next_timeout(void **state) {
    (void) state;
    options.next_timeout_ms = 5000;
    make_group("ssg", "", "");
    start_attempt();
    loop_turn(0);
    pass_time(5100);
    pair_wait_until(failures == 1);
    assert_int_equal(failure, ATTEMPT_TIMED_OUT);
    assert_int_equal(attempt.try_count, 1);
}

static void test_no_next(void **state) {
    (void) state;
    options.next_on_error = false;
    make_group("rg", "", "");
    start_attempt();
    wait_end();
    assert_int_equal(failure, ATTEMPT_REFUSED);
    assert_int_equal(attempt.try_count, 1);
}

static void test_no_next_on_timeout(void **state) {
    (void) state;
    options.next_on_timeout = false;
    make_group("srg", "max_fails=0", "");
    start_attempt();
    loop_turn(0);
    pass_time(5100);
    pair_wait_until(failures == 1);
    assert_int_equal(failure, ATTEMPT_TIMED_OUT);
    attempt_cancel(&attempt);
    /* An error is another thing. */
    start_attempt();
    wait_end();
    assert_int_equal(readies, 1);
    assert_addrs(1, 2, -2);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* ---- after the connection ---- */

static void test_next(void **state) {
    (void) state;
    make_group("gg", "max_fails=2", "");
    get_ready(0);
    conn_close(conn);
    assert_true(attempt_next(&attempt, PICK_FAILURE));
    assert_int_equal(held(0), 0);
    wait_end();
    assert_int_equal(readies, 2);
    assert_int_equal(held(1), 1);
    assert_int_equal(group->peers[0].state->failures, 1);
    conn_close(conn);
    assert_false(attempt_next(&attempt, PICK_FAILURE));
    assert_int_equal(held(1), 0);
    assert_false(attempt.is_active);
    assert_addrs(0, 1, -2);
}

static void test_next_within_limits(void **state) {
    (void) state;
    options.next_timeout_ms = 1000;
    make_group("ggg", "", "");
    get_ready(0);
    pass_time(999);
    conn_close(conn);
    assert_true(attempt_next(&attempt, PICK_NEUTRAL));
    wait_end();
    pass_time(1);
    conn_close(conn);
    assert_false(attempt_next(&attempt, PICK_NEUTRAL));
    assert_int_equal(group->peers[0].state->failures, 0);
}

static void test_confirm(void **state) {
    (void) state;
    make_group("gg", "fail_timeout=10s", "");
    get_ready(0);
    conn_close(conn);
    attempt_done(&attempt, PICK_FAILURE);
    assert_false(peer_is_live(&group->peers[0]));
    pass_time(10000);
    assert_int_equal(pick_once(group, PICK_SUCCESS), 1);
    get_ready(0);
    assert_false(peer_is_live(&group->peers[0]));
    attempt_confirm(&attempt);
    assert_true(peer_is_live(&group->peers[0]));
    assert_int_equal(held(0), 1);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* ---- the pool ---- */

static void test_keep_and_reuse(void **state) {
    struct conn *kept;

    (void) state;
    options.may_reuse = true;
    make_group("g", "", "");
    get_ready(0);
    kept = conn;
    attempt_keep(&attempt);
    attempt_done(&attempt, PICK_SUCCESS);
    assert_int_equal(held(0), 0);
    assert_int_equal(conn_count(), 1);
    get_ready(0);
    assert_ptr_equal(conn, kept);
    assert_true(attempt.is_reused);
    assert_int_equal(held(0), 1);
    assert_int_equal(attempt_current(&attempt)->connect_ms, 0);
    attempt_keep(&attempt);
    attempt_done(&attempt, PICK_SUCCESS);
    /* Who may not reuse gets a new one. */
    options.may_reuse = false;
    get_ready(0);
    assert_ptr_not_equal(conn, kept);
    assert_false(attempt.is_reused);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* Another local address is another connection. */
static void test_keep_by_bind(void **state) {
    struct conn *kept;

    (void) state;
    options.may_reuse = true;
    make_group("g", "", "");
    assert_true(parse_ip(STR("127.0.0.55"), &options.bind));
    get_ready(0);
    kept = conn;
    assert_true(str_equal(addr_binary(conn_local(conn)), STR("\x7f\x00\x00\x37")));
    attempt_keep(&attempt);
    attempt_done(&attempt, PICK_SUCCESS);
    options.bind.len = 0;
    get_ready(0);
    assert_ptr_not_equal(conn, kept);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
    assert_true(parse_ip(STR("127.0.0.55"), &options.bind));
    get_ready(0);
    assert_ptr_equal(conn, kept);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* A stale one: a new connection to the same peer, in the same try, under the same place. */
static void test_again(void **state) {
    (void) state;
    options.may_reuse = true;
    make_group("gg", "max_conns=1", "");
    get_ready(0);
    attempt_keep(&attempt);
    attempt_done(&attempt, PICK_SUCCESS);
    assert_int_equal(pick_once(group, PICK_SUCCESS), 1);
    get_ready(0);
    assert_true(attempt.is_reused);
    conn_close(conn);
    attempt_again(&attempt);
    assert_int_equal(held(0), 1);
    wait_end();
    assert_int_equal(readies, 2);
    assert_false(attempt.is_reused);
    assert_int_equal(attempt.try_count, 1);
    assert_int_equal(held(0), 1);
    conn_close(conn);
    attempt_done(&attempt, PICK_SUCCESS);
}

/* ---- cancel ---- */

static void test_cancel_before_the_pick(void **state) {
    (void) state;
    make_group("g", "", "");
    start_attempt();
    attempt_cancel(&attempt);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(readies + failures, 0);
    assert_int_equal(attempt.try_count, 0);
    assert_int_equal(group->peers[0].state->picks, 0);
}

static void test_cancel_while_connecting(void **state) {
    (void) state;
    make_group("sg", "", "");
    start_attempt();
    loop_turn(0);
    assert_int_equal(held(0), 1);
    assert_int_equal(conn_count(), 1);
    attempt_cancel(&attempt);
    assert_int_equal(held(0), 0);
    assert_int_equal(conn_count(), 0);
    pass_time(6000);
    pass_time(6000);
    assert_int_equal(readies + failures, 0);
    assert_int_equal(group->peers[0].state->failures, 0);
}

static void test_cancel_between_two_tries(void **state) {
    (void) state;
    make_group("gg", "", "");
    get_ready(0);
    conn_close(conn);
    assert_true(attempt_next(&attempt, PICK_FAILURE));
    attempt_cancel(&attempt);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(readies, 1);
    assert_int_equal(held(0) + held(1), 0);
}

/* The connection in use is its owner's. */
static void test_cancel_when_ready(void **state) {
    (void) state;
    make_group("g", "", "");
    get_ready(0);
    attempt_cancel(&attempt);
    assert_int_equal(held(0), 0);
    assert_int_equal(conn_count(), 1);
    conn_close(conn);
}

static void cancel_on_ready(struct attempt *of, struct conn *got) {
    on_ready(of, got);
    conn_close(got);
    attempt_cancel(of);
}

static void test_cancel_in_the_event(void **state) {
    (void) state;
    make_group("g", "", "");
    start_attempt();
    attempt.on_ready = cancel_on_ready;
    wait_end();
    assert_int_equal(held(0), 0);
}

static void again_on_failed(struct attempt *of, enum attempt_failure why) {
    on_failed(of, why);
    if (why == ATTEMPT_REFUSED) {
        memset(of, 0xee, sizeof(*of)); /* the owner may be gone */
        memset(of, 0, sizeof(*of));
    }
}

static void test_gone_in_the_event(void **state) {
    (void) state;
    make_group("r", "", "");
    start_attempt();
    attempt.on_failed = again_on_failed;
    wait_end();
    task_init(&attempt.task, NULL);
}

static void test_cancel_while_again(void **state) {
    (void) state;
    options.may_reuse = true;
    make_group("g", "", "");
    get_ready(0);
    attempt_keep(&attempt);
    attempt_done(&attempt, PICK_SUCCESS);
    get_ready(0);
    conn_close(conn);
    attempt_again(&attempt);
    attempt_cancel(&attempt);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(readies, 1);
    assert_int_equal(held(0), 0);
}

/* ---- whose fault ---- */

/* What is wrong here is not held against the server, and the next one is tried all the same. */
static void test_own_trouble(void **state) {
    (void) state;
    assert_true(parse_ip(STR("192.0.2.77"), &options.bind));
    make_group("gg", "", "");
    start_attempt();
    wait_end();
    assert_int_equal(failures, 1);
    assert_int_equal(attempt.try_count, 2);
    assert_int_equal(group->peers[0].state->failures, 0);
    assert_true(peer_is_live(&group->peers[0]));
    assert_true(peer_is_live(&group->peers[1]));
    assert_logged(0, "[crit] ");
    assert_logged(0, "connect() failed (99: Cannot assign requested address) while connecting");
}

/* ---- many tries ---- */

static void test_text_of_many_tries(void **state) {
    enum { TRIES = 2000 };
    char servers_text[] = "server 127.0.0.1:1 max_fails=0;\n";
    char *text = malloc(TRIES * sizeof(servers_text) + 100);
    struct str addrs;
    unsigned i;

    (void) state;
    strcpy(text, "http { upstream u {\n");
    for (i = 0; i < TRIES; i++) {
        memcpy(text + 20 + i * (sizeof(servers_text) - 1), servers_text, sizeof(servers_text));
    }
    strcat(text, "} }");
    conf = groups_load(text);
    free(text);
    group = group_find(conf, CONF_HTTP, STR("u"));
    keeper.level = LOG_LEVEL_EMERG;
    start_attempt();
    pair_wait_until(failures == 1);
    keeper.level = LOG_LEVEL_ERROR;
    assert_int_equal(attempt.try_count, TRIES);
    assert_true(attempt_text(&attempt, ATTEMPT_TEXT_ADDR, &arena, &addrs));
    assert_int_equal(addrs.len, TRIES * strlen("127.0.0.1:1, ") - 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_ready),
        TEST(test_no_try_yet),
        TEST(test_refused_then_next),
        TEST(test_time_out_then_next),
        TEST(test_one_refuses),
        TEST(test_no_resolver),
        TEST(test_one_times_out),
        TEST(test_all_refuse),
        TEST(test_no_live_ones_left),
        TEST(test_none_from_the_start),
        TEST(test_down_ones_do_not_count),
        TEST(test_tries),
        TEST(test_next_timeout),
        TEST(test_no_next),
        TEST(test_no_next_on_timeout),
        TEST(test_next),
        TEST(test_next_within_limits),
        TEST(test_confirm),
        TEST(test_keep_and_reuse),
        TEST(test_keep_by_bind),
        TEST(test_again),
        TEST(test_cancel_before_the_pick),
        TEST(test_cancel_while_connecting),
        TEST(test_cancel_between_two_tries),
        TEST(test_cancel_when_ready),
        TEST(test_cancel_in_the_event),
        TEST(test_gone_in_the_event),
        TEST(test_cancel_while_again),
        TEST(test_own_trouble),
        TEST(test_text_of_many_tries),
    };

    return cmocka_run_group_tests_name("lb/attempt", tests, NULL, groups_give_back);
}
