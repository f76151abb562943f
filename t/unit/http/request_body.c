/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of http/request_body: when it is whole, and what becomes of it if it never is. */
#include "http/location.h"
#include "http/request_body.h"

#include "exchanges.h"

static const char text[] = "http { client_body_buffer_size 8; client_body_temp_path /tmp;\n"
                           "server { listen 127.0.0.1:1;\n"
                           "location /bad { client_body_temp_path /nowhere; } } }\n";

static enum http_next exchanges_answer(struct exchange *exchange, struct str name) {
    (void) exchange, (void) name;
    return HTTP_NEXT;
}

static struct request_body reading;
static unsigned reads;

static void on_read(struct request_body *read) {
    assert_ptr_equal(read, &reading);
    reads++;
}

static int begin(void **state) {
    (void) state;
    exchanges_begin(text);
    reading = (struct request_body){ .on_read = on_read };
    reads = 0;
    return 0;
}

static int end(void **state) {
    (void) state;
    exchanges_end();
    return 0;
}

/* Some of the body comes. */
static void bring(struct exchange *exchange, const char *bytes, bool is_last) {
    pipe_write(&exchange->request_body, str_from(bytes));
    if (is_last) {
        pipe_end(&exchange->request_body);
    }
    exchange->downstream->events->on_body(exchange->downstream);
}

static void assert_kept(const struct exchange *exchange, const char *expected, bool is_file) {
    char bytes[64];
    struct str kept = buf_bytes(&exchange->kept_body->memory);

    assert_int_equal(exchange->kept_body->len, strlen(expected));
    assert_int_equal(exchange->kept_body->fd >= 0, is_file);
    if (is_file) {
        kept = str_make(bytes, (size_t) pread(exchange->kept_body->fd, bytes, sizeof(bytes), 0));
    }
    assert_true(str_is(kept, expected));
}

static void test_without_a_body_nothing_is_read(void **state) {
    struct exchange *exchange = client_asks("GET", FRAMING_NONE);

    (void) state;
    assert_true(request_body_read(&reading, exchange));
    assert_null(exchange->kept_body);
    exchange_close(exchange);
}

static void test_one_that_is_there(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_LENGTH);

    (void) state;
    pipe_write(&exchange->request_body, STR("body"));
    pipe_end(&exchange->request_body);
    assert_true(request_body_read(&reading, exchange));
    assert_kept(exchange, "body", false);
    assert_null(exchange->handler);
    assert_true(request_body_read(&reading, exchange));
    assert_kept(exchange, "body", false);
    assert_int_equal(reads, 0);
    exchange_close(exchange);
}

static void test_one_that_comes_in_pieces(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_CHUNKED);

    (void) state;
    assert_false(request_body_read(&reading, exchange));
    assert_int_equal(client.more, 1);
    bring(exchange, "1234", false);
    assert_int_equal(client.more, 2);
    assert_int_equal(reads, 0);
    bring(exchange, "56789", false);
    bring(exchange, "", true);
    assert_int_equal(reads, 1);
    assert_int_equal(client.more, 3);
    assert_kept(exchange, "123456789", true);
    assert_null(exchange->handler);
    exchange_close(exchange);
}

static void test_an_empty_one(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_CHUNKED);

    (void) state;
    assert_false(request_body_read(&reading, exchange));
    bring(exchange, "", true);
    assert_int_equal(reads, 1);
    assert_kept(exchange, "", false);
    exchange_close(exchange);
}

static void test_its_client_leaves(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_LENGTH);

    (void) state;
    assert_false(request_body_read(&reading, exchange));
    bring(exchange, "more than eight", false);
    client_leaves(exchange);
    exchanges_turn();
    assert_int_equal(reads, 0);
}

static void test_it_breaks_off(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_CHUNKED);

    (void) state;
    assert_false(request_body_read(&reading, exchange));
    bring(exchange, "1234", false);
    pipe_abort(&exchange->request_body);
    exchange->downstream->error = "bad chunk";
    exchange->downstream->events->on_bad(exchange->downstream, 400);
    assert_int_equal(client.status, 400);
    assert_int_equal(reads, 0);
    exchange_close(exchange);
}

static void ask_bad(struct exchange *exchange) {
    bool is_redirect;

    exchange->location
        = location_find(exchange->server, STR("/bad"), &exchange->scope, &is_redirect);
    assert_true(str_is(exchange->location->name, "/bad"));
}

static void test_a_full_disk_is_500(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_LENGTH);

    (void) state;
    ask_bad(exchange);
    assert_false(request_body_read(&reading, exchange));
    bring(exchange, "more than eight", false);
    assert_int_equal(client.status, 500);
    assert_int_equal(reads, 0);
    assert_null(exchange->handler);
    assert_null(exchange->kept_body);
    assert_int_equal(exchange->request->framing, FRAMING_NONE);
    assert_int_equal(exchange->request_body.len, 0);
    exchange_close(exchange);
}

static void test_a_full_disk_at_once(void **state) {
    struct exchange *exchange = client_asks("POST", FRAMING_LENGTH);

    (void) state;
    ask_bad(exchange);
    pipe_write(&exchange->request_body, STR("more than eight"));
    pipe_end(&exchange->request_body);
    assert_false(request_body_read(&reading, exchange));
    assert_int_equal(client.status, 500);
    exchange_close(exchange);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_a_body_nothing_is_read, begin, end),
        cmocka_unit_test_setup_teardown(test_one_that_is_there, begin, end),
        cmocka_unit_test_setup_teardown(test_one_that_comes_in_pieces, begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_one, begin, end),
        cmocka_unit_test_setup_teardown(test_its_client_leaves, begin, end),
        cmocka_unit_test_setup_teardown(test_it_breaks_off, begin, end),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_500, begin, end),
        cmocka_unit_test_setup_teardown(test_a_full_disk_at_once, begin, end),
    };

    return cmocka_run_group_tests_name("http/request_body", tests, NULL, exchanges_give_back);
}
