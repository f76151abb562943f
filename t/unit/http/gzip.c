/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/gzip: which Accept-Encoding takes gzip, and what changes with a packed body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/gzip.h"

static void test_accepted(void **state) {
    static const char *const texts[] = {
        "gzip", "GZIP", "gzip, deflate, br", "deflate, gzip", "deflate,gzip", "br gzip", "gzip;q=1",
        "gzip;q=0.001", "gzip; q=0.5", "gzip ;q=0.1", "gzip;Q=1.000", "gzip;",
        "gzip;q=0.5, deflate", "xgzip, gzip", "gzip ", "gzip;q=1 "
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!gzip_is_accepted(str_from(texts[i]))) {
            fail_msg("\"%s\" is refused", texts[i]);
        }
    }
}

static void test_refused(void **state) {
    static const char *const texts[] = {
        "", "gzi", "deflate", "*", "identity", "xgzip", "gzipx", "x-gzip", "gzip;q=0", "gzip;q=0.0",
        "gzip; q=0.000", "gzip;q=", "gzip;q", "gzip;q=x", "gzip;q=2", "gzip;q=1.1", "gzip;q=0.0001",
        "gzip;x=y", "gzip;q=0.5x", "gzip;q=01", "br;gzip", "deflate;q=1, gzip;q=0"
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (gzip_is_accepted(str_from(texts[i]))) {
            fail_msg("\"%s\" is taken", texts[i]);
        }
    }
}

/* No text is read beyond its end, at whatever byte it ends. */
static void test_cut(void **state) {
    static const char text[] = "deflate;q=0.5, gzip ; q=0.000";
    char bytes[sizeof(text)];
    size_t len;

    (void) state;
    for (len = 0; len < sizeof(text); len++) {
        memset(bytes, '9', sizeof(bytes));
        memcpy(bytes, text, len);
        assert_int_equal(gzip_is_accepted(str_make(bytes, len)), len >= 19 && len <= 22);
    }
}

static struct message *response_with(struct arena *arena, const char *etag) {
    struct message *response = arena_alloc(arena, sizeof(*response));

    message_init(response, arena);
    response->framing = FRAMING_LENGTH;
    response->content_length = 5;
    response->has_length = true;
    message_add(response, STR("Accept-Ranges"), STR("bytes"));
    message_add(response, STR("ETag"), str_from(etag));
    return response;
}

static struct exchange exchange;

static void check_etag(const char *etag, const char *changed) {
    struct arena arena;
    struct message *response;
    const struct field *field;

    arena_init(&arena);
    response = response_with(&arena, etag);
    exchange.allows_ranges = true;
    gzip_set_changed(&exchange, response);
    assert_int_equal(response->framing, FRAMING_CHUNKED);
    assert_false(response->has_length);
    assert_false(exchange.allows_ranges);
    assert_null(message_find(response, FIELD_ACCEPT_RANGES));
    field = message_find(response, FIELD_ETAG);
    if (changed == NULL) {
        assert_null(field);
    } else {
        assert_non_null(field);
        assert_true(str_is(message_value(response, field), changed));
    }
    arena_fini(&arena);
}

static void test_changed(void **state) {
    (void) state;
    check_etag("\"a\"", "W/\"a\"");
    check_etag("W/\"a\"", "W/\"a\"");
    check_etag("bare", NULL);
}

static void test_whole_stays_whole(void **state) {
    struct arena arena;
    struct message *response;

    (void) state;
    arena_init(&arena);
    response = response_with(&arena, "\"a\"");
    response->framing = FRAMING_NONE;
    gzip_set_changed(&exchange, response);
    assert_int_equal(response->framing, FRAMING_NONE);
    assert_false(response->has_length);
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_whole_stays_whole),
    };

    return cmocka_run_group_tests_name("http/gzip", tests, NULL, NULL);
}
