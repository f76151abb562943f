/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of http/inner: what its parent is told, and who may end first. */
#include "http/inner.h"

#include "exchanges.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char text[] = "http { server { listen 127.0.0.1:1; server_name s;\n"
                           "set $kept $http_x_client; set $id $request_id;\n"
                           "location /204 { answer 204; }\n"
                           "location /200 { answer 200; }\n"
                           "location /404 { }\n"
                           "location /none { answer none; }\n"
                           "location /never { answer never; }\n"
                           "location /slow { answer slow; }\n"
                           "location /long { answer long; }\n"
                           "location /end { answer end; }\n"
                           "location /request { answer request; }\n"
                           "} }\n";

/* ---- the answers ---- */

static struct exchange *last;   /* that was answered */
static struct str request_body; /* of the last */
static char bytes[256 * 1024];
static unsigned rooms;

static void on_nothing(struct exchange *exchange) {
    (void) exchange;
}

static void on_room(struct exchange *exchange) {
    (void) exchange;
    rooms++;
}

static const struct exchange_handler streaming = { .on_request_body = on_nothing,
                                                   .on_room = on_room, .on_end = on_nothing };

/* The head of a body that is still to come. */
static void begin_body(struct exchange *exchange, enum message_framing framing, uint64_t len) {
    struct message *response = arena_alloc(&exchange->arena, sizeof(*response));

    message_init(response, &exchange->arena);
    response->status = 200;
    response->framing = framing;
    response->content_length = len;
    exchange_handle(exchange, &streaming, NULL);
    exchange_send_head(exchange, response, false);
}

static void add_body(struct exchange *exchange, size_t len) {
    pipe_write(&exchange->response_body, str_make(bytes, len));
    exchange_send_body(exchange);
}

static void end_body(struct exchange *exchange) {
    pipe_end(&exchange->response_body);
    exchange_send_body(exchange);
    exchange_unhandle(exchange);
}

static void keep_request_body(struct exchange *exchange) {
    static char kept[64];
    uint64_t from = 0;
    struct pipe pipe;

    pipe_init(&pipe, 1000, 10);
    body_read(exchange->kept_body, &from, &pipe);
    if (pipe_peek(&pipe).len > 0) {
        memcpy(kept, pipe_peek(&pipe).data, pipe_peek(&pipe).len);
        request_body = str_make(kept, pipe_peek(&pipe).len);
    } else {
        assert_int_equal(exchange->kept_body->len, pread(exchange->kept_body->fd, kept, 64, 0));
        request_body = str_make(kept, (size_t) exchange->kept_body->len);
    }
    pipe_fini(&pipe);
}

static enum http_next exchanges_answer(struct exchange *exchange, struct str name) {
    last = exchange;
    if (str_is(name, "204")) {
        respond_status(exchange, 204);
    } else if (str_is(name, "200")) {
        respond_text(exchange, 200, "text/plain", STR("text"));
    } else if (str_is(name, "none")) {
        respond_status(exchange, 444);
    } else if (str_is(name, "slow")) {
        begin_body(exchange, FRAMING_CHUNKED, 0);
    } else if (str_is(name, "long")) {
        begin_body(exchange, FRAMING_LENGTH, sizeof(bytes));
    } else if (str_is(name, "end")) {
        begin_body(exchange, FRAMING_UNTIL_END, 0);
    } else if (str_is(name, "request")) {
        if (exchange->kept_body != NULL) {
            keep_request_body(exchange);
        }
        respond_status(exchange, 204);
    } else if (str_is(name, "never")) {
        return HTTP_WAIT;
    } else {
        return HTTP_NEXT;
    }
    return HTTP_DONE;
}

/* ---- what the parent is told ---- */

static struct exchange *parent;
static unsigned told, status_told;
static bool was_answered;

static void end_parent(void) {
    exchange_close(parent);
    parent = NULL;
}

static void on_done(struct inner *inner, void *data) {
    struct exchange *exchange = inner_exchange(inner);

    assert_ptr_equal(data, &told);
    told++;
    was_answered = exchange != NULL;
    status_told = exchange != NULL ? exchange->response->status : 0;
}

static void on_done_end_parent(struct inner *inner, void *data) {
    on_done(inner, data);
    inner_cancel(inner); /* as the state of the parent's module would */
    end_parent();
}

static struct inner_options options_for(const char *path) {
    return (struct inner_options){ .path = str_from(path), .method = METHOD_GET };
}

static struct inner *ask_with(const char *path, inner_on_done *done) {
    struct inner_options options = options_for(path);

    return inner_open(parent, &options, done, &told);
}

static struct inner *ask(const char *path) {
    return ask_with(path, on_done);
}

static int begin(void **state) {
    (void) state;
    exchanges_begin(text);
    parent = client_asks("POST", FRAMING_NONE);
    told = status_told = rooms = 0;
    last = NULL;
    request_body = STR_NONE;
    return 0;
}

static int end(void **state) {
    (void) state;
    if (parent != NULL) {
        end_parent();
    }
    assert_int_equal(inner_count(), 0);
    exchanges_end();
    return 0;
}

/* ---- answers ---- */

static void test_it_tells_of_its_answer_once(void **state) {
    (void) state;
    assert_non_null(ask("/204"));
    assert_int_equal(told, 0);
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_int_equal(status_told, 204);
    assert_int_equal(exchanges_alive, 0);
    assert_int_equal(client.heads, 0);
}

static void test_bodies_are_dropped(void **state) {
    (void) state;
    ask("/200");
    ask("/404");
    exchanges_turn();
    assert_int_equal(told, 2);
    assert_int_equal(status_told, 404);
    assert_int_equal(exchanges_alive, 0);
}

static void test_an_end_without_answer_is_told(void **state) {
    (void) state;
    ask("/none");
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_false(was_answered);
    assert_int_equal(exchanges_alive, 0);
}

static void test_it_asks_as_its_parent_but_for_method_and_path(void **state) {
    struct inner_options options = options_for("/never");
    struct str value, id;
    struct inner *inner;

    (void) state;
    options.args = STR("a=b");
    script_set_variables(parent->server->self.script, &parent->scope);
    assert_true(scope_get_by_name(&parent->scope, STR("kept"), &value));
    inner = inner_open(parent, &options, on_done, &told);
    exchanges_turn();
    assert_true(str_is(last->request->method_name, "GET"));
    assert_int_equal(last->request->method, METHOD_GET);
    assert_true(str_is(last->request->target, "/parent?x=y"));
    assert_true(str_is(last->uri.path, "/never"));
    assert_true(str_is(last->uri.query, "a=b"));
    assert_true(message_join(last->request, STR("X-Client"), &value));
    assert_true(str_is(value, "c"));
    assert_true(scope_get_by_name(&last->scope, STR("remote_addr"), &value));
    assert_true(str_is(value, "192.0.2.7"));
    assert_true(scope_get_by_name(&last->scope, STR("kept"), &value));
    assert_true(str_is(value, "c"));
    assert_true(scope_get_by_name(&last->scope, STR("request_method"), &value));
    assert_true(str_is(value, "POST"));
    assert_true(scope_get_by_name(&last->scope, STR("request_id"), &value));
    assert_true(scope_get_by_name(&parent->scope, STR("request_id"), &id));
    assert_true(str_equal(value, id));
    inner_cancel(inner);
}

static void test_it_may_be_led_elsewhere(void **state) {
    (void) state;
    ask("/never");
    exchanges_turn();
    exchange_redirect(last, STR("/204"), STR_NONE);
    exchanges_turn();
    assert_int_equal(status_told, 204);
}

static void test_it_has_no_body_unless_it_shall(void **state) {
    struct inner *inner;

    (void) state;
    parent->request->framing = FRAMING_LENGTH;
    parent->request->content_length = 5;
    inner = ask("/never");
    exchanges_turn();
    assert_int_equal(last->request->framing, FRAMING_NONE);
    assert_true(pipe_is_done(&last->request_body));
    inner_cancel(inner);
}

static void keep_body(size_t memory_max) {
    struct pipe pipe;

    parent->kept_body = arena_alloc(&parent->arena, sizeof(*parent->kept_body));
    body_init(parent->kept_body, memory_max, "/tmp");
    pipe_init(&pipe, 100, 10);
    pipe_write(&pipe, STR("the body"));
    assert_true(body_add(parent->kept_body, &pipe));
    pipe_fini(&pipe);
}

static void send_with_body(size_t memory_max) {
    struct inner_options options = options_for("/request");

    keep_body(memory_max);
    options.has_body = true;
    options.method = METHOD_POST;
    assert_true(inner_send(parent, &options));
    end_parent();
    exchanges_turn();
    assert_true(str_is(request_body, "the body"));
}

static void test_a_body_in_memory_is_its_own(void **state) {
    (void) state;
    send_with_body(100);
}

static void test_a_body_in_a_file_is_its_own(void **state) {
    (void) state;
    send_with_body(2);
}

static void test_without_a_descriptor_there_is_none(void **state) {
    struct inner_options options = options_for("/request");
    int fd;

    (void) state;
    keep_body(2);
    options.has_body = true;
    fd = parent->kept_body->fd;
    parent->kept_body->fd = 1 << 20;
    assert_null(inner_open(parent, &options, on_done, &told));
    parent->kept_body->fd = fd;
}

static void test_depth_is_bounded(void **state) {
    (void) state;
    parent->depth = INNER_DEPTH_MAX;
    assert_null(ask("/204"));
    parent->depth = INNER_DEPTH_MAX - 1;
    assert_non_null(ask("/204"));
    exchanges_turn();
    assert_int_equal(told, 1);
}

/* ---- who ends first ---- */

static void test_cancelled_before_it_runs(void **state) {
    (void) state;
    inner_cancel(ask("/204"));
    exchanges_turn();
    assert_int_equal(told, 0);
    assert_null(last);
}

static void test_cancelled_on_its_way(void **state) {
    struct inner *inner = ask("/never");

    (void) state;
    exchanges_turn();
    assert_int_equal(exchanges_alive, 1);
    inner_cancel(inner);
    inner_cancel(inner);
    end_parent();
    exchanges_turn();
    assert_int_equal(told, 0);
    assert_int_equal(exchanges_alive, 0);
}

/* It has ended, and before that is told its parent does. */
static void test_parent_ends_in_the_same_turn(void **state) {
    struct inner *inner = ask("/never");

    (void) state;
    exchanges_turn();
    exchange_close(last);
    inner_cancel(inner);
    end_parent();
    exchanges_turn();
    assert_int_equal(told, 0);
}

static void test_answered_and_cancelled_in_the_same_turn(void **state) {
    struct inner *inner = ask("/never");

    (void) state;
    exchanges_turn();
    respond_status(last, 204);
    inner_cancel(inner);
    end_parent();
    exchanges_turn();
    assert_int_equal(told, 0);
    assert_int_equal(exchanges_alive, 0);
}

static void parent_ends_in_on_done(const char *path) {
    assert_non_null(ask_with(path, on_done_end_parent));
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_true(client.is_reset);
}

static void test_parent_ends_in_on_done(void **state) {
    (void) state;
    parent_ends_in_on_done("/200");
    assert_int_equal(exchanges_alive, 0);
}

static void test_parent_ends_in_on_done_without_answer(void **state) {
    (void) state;
    parent_ends_in_on_done("/none");
}

static void test_parent_ends_in_on_done_with_a_body_to_come(void **state) {
    (void) state;
    parent_ends_in_on_done("/slow");
    assert_int_equal(inner_count(), 1);
    add_body(last, 100);
    end_body(last);
    exchanges_turn();
    assert_int_equal(inner_count(), 0);
}

/* ---- bodies that go on behind the head ---- */

static void test_the_head_is_enough(void **state) {
    (void) state;
    ask("/slow");
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_int_equal(inner_count(), 1);
    end_parent();
    add_body(last, 1000);
    exchanges_turn();
    assert_int_equal(last->response_body.len, 0);
    assert_int_not_equal(rooms, 0);
    end_body(last);
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_int_equal(exchanges_alive, 0);
}

static void test_too_much_body_is_not_waited_for(void **state) {
    unsigned i;

    (void) state;
    ask("/slow");
    exchanges_turn();
    for (i = 0; i < INNER_DRAIN_MAX / 4096; i++) {
        add_body(last, 4096);
        exchanges_turn();
    }
    assert_int_equal(inner_count(), 1);
    add_body(last, 1);
    exchanges_turn();
    assert_int_equal(inner_count(), 0);
    assert_int_equal(exchanges_alive, 0);
    ask("/long");
    exchanges_turn();
    assert_int_equal(told, 2);
    assert_int_equal(inner_count(), 0);
}

/* The connection that such a body comes over is not kept for it. */
static void test_a_body_up_to_the_end_is_not_waited_for(void **state) {
    (void) state;
    ask("/end");
    exchanges_turn();
    assert_int_equal(told, 1);
    assert_int_equal(inner_count(), 0);
    assert_int_equal(exchanges_alive, 0);
}

/* ---- those that nobody waits for ---- */

static void test_sent_ones_outlive_their_parent(void **state) {
    struct inner_options options = options_for("/end");
    unsigned i;

    (void) state;
    assert_true(inner_send(parent, &options));
    assert_int_equal(inner_count(), 1);
    client_leaves(parent);
    parent = NULL;
    exchanges_turn();
    for (i = 0; i < sizeof(bytes) / 32768; i++) {
        assert_int_equal(inner_count(), 1);
        add_body(last, 32768);
        exchanges_turn();
    }
    end_body(last);
    exchanges_turn();
    assert_int_equal(inner_count(), 0);
}

static void test_sent_ones_may_end_without_answer(void **state) {
    struct inner_options options = options_for("/none");

    (void) state;
    assert_true(inner_send(parent, &options));
    exchanges_turn();
    assert_int_equal(inner_count(), 0);
}

static void test_there_are_not_too_many(void **state) {
    struct inner_options options = options_for("/never");
    unsigned i;

    (void) state;
    for (i = 0; i < INNER_SENT_MAX; i++) {
        assert_true(inner_send(parent, &options));
    }
    assert_false(inner_send(parent, &options));
    exchanges_turn();
    assert_int_equal(exchanges_alive, INNER_SENT_MAX);
    inner_end_all();
    assert_int_equal(inner_count(), 0);
    assert_true(inner_send(parent, &options));
    inner_end_all();
}

/* What a client has left behind is the worker's, too, but no copy of anything. */
static void test_those_left_behind_are_not_counted(void **state) {
    struct inner_options options = options_for("/never");
    unsigned i;

    (void) state;
    inner_adopt(parent);
    assert_int_equal(inner_count(), 1);
    for (i = 0; i < INNER_SENT_MAX; i++) {
        assert_true(inner_send(parent, &options));
    }
    assert_false(inner_send(parent, &options));
    parent = NULL;
    inner_end_all();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_tells_of_its_answer_once, begin, end),
        cmocka_unit_test_setup_teardown(test_bodies_are_dropped, begin, end),
        cmocka_unit_test_setup_teardown(test_an_end_without_answer_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_it_asks_as_its_parent_but_for_method_and_path, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_it_may_be_led_elsewhere, begin, end),
        cmocka_unit_test_setup_teardown(test_it_has_no_body_unless_it_shall, begin, end),
        cmocka_unit_test_setup_teardown(test_a_body_in_memory_is_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_a_body_in_a_file_is_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_without_a_descriptor_there_is_none, begin, end),
        cmocka_unit_test_setup_teardown(test_depth_is_bounded, begin, end),
        cmocka_unit_test_setup_teardown(test_cancelled_before_it_runs, begin, end),
        cmocka_unit_test_setup_teardown(test_cancelled_on_its_way, begin, end),
        cmocka_unit_test_setup_teardown(test_parent_ends_in_the_same_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_answered_and_cancelled_in_the_same_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_parent_ends_in_on_done, begin, end),
        cmocka_unit_test_setup_teardown(test_parent_ends_in_on_done_without_answer, begin, end),
        cmocka_unit_test_setup_teardown(test_parent_ends_in_on_done_with_a_body_to_come, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_the_head_is_enough, begin, end),
        cmocka_unit_test_setup_teardown(test_too_much_body_is_not_waited_for, begin, end),
        cmocka_unit_test_setup_teardown(test_a_body_up_to_the_end_is_not_waited_for, begin, end),
        cmocka_unit_test_setup_teardown(test_sent_ones_outlive_their_parent, begin, end),
        cmocka_unit_test_setup_teardown(test_sent_ones_may_end_without_answer, begin, end),
        cmocka_unit_test_setup_teardown(test_there_are_not_too_many, begin, end),
        cmocka_unit_test_setup_teardown(test_those_left_behind_are_not_counted, begin, end),
    };

    return cmocka_run_group_tests_name("http/inner", tests, NULL, exchanges_give_back);
}
