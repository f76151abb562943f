/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of http/exchange_dump: the last words of a worker name the exchange at hand. */
#include "http/exchange_dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/panic.h"
#include "http/exchange.h"
#include "lb/attempt.h"
#include "base/dies.h"

static struct message request;
static struct attempt_try tries[2];
static struct attempt attempt;
static struct exchange exchange;

static int begin(void **state) {
    (void) state;
    message_init(&request, NULL);
    request.method_name = STR("GET");
    request.target = STR("/a?b");
    tries[1].peer = STR("127.0.0.1:8080");
    attempt = (struct attempt){ .tries = tries, .try_count = 2 };
    exchange = (struct exchange){ .request = &request, .attempt = &attempt, .status = 200,
                                  .step = EXCHANGE_RESPONSE };
    exchange.log_context.connection = 17;
    exchange_at_hand = &exchange;
    exchange_dump_start();
    return 0;
}

static int end(void **state) {
    (void) state;
    exchange_dump_stop();
    exchange_at_hand = NULL;
    return 0;
}

#define PANIC panic("file", 1, "func", "what")

static void test_all_is_told(void **state) {
    (void) state;
    assert_dies("what\nexchange: connection 17, step response, status 200, request: \"GET /a?b\", "
                "upstream: 127.0.0.1:8080\n", PANIC);
}

static void test_what_is_not_known_yet(void **state) {
    (void) state;
    exchange = (struct exchange){ .step = EXCHANGE_HEAD };
    assert_dies("what\nexchange: connection 0, step head, status 0, request: \"- -\", "
                "upstream: -\n", PANIC);
    attempt.try_count = 0;
    exchange.attempt = &attempt;
    assert_dies("upstream: -\n", PANIC);
}

static void test_a_long_target_leaves_room_for_the_rest(void **state) {
    static char target[4096];

    (void) state;
    memset(target, 't', sizeof(target));
    request.target = str_make(target, sizeof(target));
    assert_dies("tt\", upstream: 127.0.0.1:8080\n", PANIC);
}

/* No exchange, and no dumper: nothing behind the panic's own line. */
static void test_none_at_hand(void **state) {
    char text[4096];
    int fd, status;
    pid_t pid;

    (void) state;
    exchange_at_hand = NULL;
    pid = dies_fork(&fd);
    if (pid == 0) {
        PANIC;
    }
    dies_read(fd, text, sizeof(text));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_string_equal(text, "panic: file:1 func(): what\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_not_known_yet, begin, end),
        cmocka_unit_test_setup_teardown(test_a_long_target_leaves_room_for_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(test_none_at_hand, begin, end),
    };

    return cmocka_run_group_tests_name("http/exchange_dump", tests, NULL, NULL);
}
