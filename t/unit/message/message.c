/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/message: fields that were received and made, found, joined, removed and
 * copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/message.h"

#include "../base/dies.h"

#include <malloc.h>
#include <stdlib.h>

static struct arena arena;
static struct message message;

static int begin(void **state) {
    (void) state;
    arena_init(&arena);
    message_init(&message, &arena);
    return 0;
}

static int end(void **state) {
    (void) state;
    arena_fini(&arena);
    arena_trim();
    return 0;
}

/* Makes the message one of received lines "name: value\r\n" ... */
static void receive(const char *lines) {
    const char *line = lines;

    message.base = lines;
    message.base_len = (uint32_t) strlen(lines);
    while (*line != '\0') {
        size_t name_len = strcspn(line, ":"), value_len = strcspn(line + name_len + 2, "\r");
        struct field field = { .name = (uint32_t) (line - lines),
                               .name_len = (uint16_t) name_len,
                               .value = (uint32_t) (line - lines + (long) name_len) + 2,
                               .value_len = (uint32_t) value_len,
                               .id = (uint8_t) field_id_of(str_make(line, name_len)),
                               .flags = FIELD_IS_PLAIN };

        *message_room(&message) = field;
        message.field_count++;
        line += name_len + 2 + value_len + 2;
    }
}

/* All fields that are there, as "name=value;" ... */
static const char *fields_of(const struct message *of) {
    static char text[4096];
    size_t len = 0;
    uint32_t i;

    text[0] = '\0';
    for (i = 0; i < of->field_count; i++) {
        const struct field *field = &of->fields[i];

        if ((field->flags & FIELD_IS_REMOVED) == 0) {
            len += (size_t) snprintf(text + len, sizeof(text) - len, "%.*s=%.*s;",
                                     STR_ARG(message_name(of, field)),
                                     STR_ARG(message_value(of, field)));
        }
    }
    return text;
}

static void expect_join(struct str name, const char *expected) {
    struct str value = STR("untouched");

    assert_int_equal(message_join(&message, name, &value), expected != NULL);
    assert_true(str_is(value, expected != NULL ? expected : "untouched"));
}

static void test_add(void **state) {
    (void) state;
    assert_true(message_add(&message, STR("X-A"), STR("1")));
    assert_true(message_add(&message, STR("host"), STR("a")));
    assert_true(message_add(&message, STR("Empty"), STR_NONE));
    assert_true(message_add(&message, STR("X-A"), STR("two words")));
    assert_string_equal(fields_of(&message), "X-A=1;host=a;Empty=;X-A=two words;");
    assert_int_equal(message.fields[1].id, FIELD_HOST);
    assert_int_equal(message.fields[1].flags, FIELD_IS_MADE | FIELD_IS_PLAIN);
}

static void test_add_refuses_what_could_split_a_head(void **state) {
    (void) state;
    assert_false(message_add(&message, STR(""), STR("a")));
    assert_false(message_add(&message, STR("X A"), STR("a")));
    assert_false(message_add(&message, STR("X:"), STR("a")));
    assert_false(message_add(&message, STR("X\r\nY"), STR("a")));
    assert_false(message_add(&message, STR("X\0"), STR("a")));
    assert_false(message_add(&message, STR("X\xff"), STR("a")));
    assert_false(message_add(&message, STR("X"), STR("a\r\nY: b")));
    assert_false(message_add(&message, STR("X"), STR("a\r")));
    assert_false(message_add(&message, STR("X"), STR("\na")));
    assert_false(message_add(&message, STR("X"), STR("a\0b")));
    assert_int_equal(message.field_count, 0);
    assert_int_equal(message.made_len, 0);
}

static void test_add_refuses_a_name_that_does_not_fit(void **state) {
    char *name = malloc(UINT16_MAX + 1);

    (void) state;
    memset(name, 'x', UINT16_MAX + 1);
    assert_false(message_add(&message, str_make(name, UINT16_MAX + 1), STR("a")));
    assert_true(message_add(&message, str_make(name, UINT16_MAX), STR("a")));
    assert_int_equal(message_name(&message, &message.fields[0]).len, UINT16_MAX);
    free(name);
}

/* Framing cannot be made by adding a field: it is seen, and never sent. */
static void test_added_fields_of_the_hop_are_hidden(void **state) {
    static const char *const names[] = { "Content-Length", "transfer-encoding", "CONNECTION", "TE",
                                         "Upgrade", "Keep-Alive", "Trailer", "Proxy-Connection" };
    unsigned i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_true(message_add(&message, str_from(names[i]), STR("1")));
        assert_int_equal(message.fields[i].flags,
                         FIELD_IS_MADE | FIELD_IS_PLAIN | FIELD_IS_HOP);
        expect_join(str_from(names[i]), "1");
    }
}

static void test_add_own(void **state) {
    (void) state;
    receive("A: 1\r\n");
    message_add_own(&message, FIELD_SERVER, STR("weir"));
    message_add_own(&message, FIELD_DATE, STR(""));
    assert_int_equal(message.field_count, 3);
    assert_int_equal(message.fields[1].id, FIELD_SERVER);
    assert_int_equal(message.fields[1].flags, FIELD_IS_MADE | FIELD_IS_PLAIN);
    assert_true(str_is(message_name(&message, &message.fields[1]), "Server"));
    message_add_checked(&message, FIELD_OTHER, STR("X"), STR("1"));
    assert_memory_equal(message.made, "Server: weir\r\nDate: \r\nX: 1\r\n", message.made_len);
    expect_join(STR("server"), "weir");
    expect_join(STR("Date"), "");
}

/* The text and the array of fields move when they grow. */
static void test_many_fields(void **state) {
    char name[32], value[300];
    unsigned i;

    (void) state;
    receive("A: 1\r\nB: 2\r\n");
    memset(value, 'v', sizeof(value));
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "X-%u", i);
        assert_true(message_add(&message, str_from(name), str_make(value, i % sizeof(value))));
    }
    for (i = 0; i < 1000; i++) {
        struct str found;

        snprintf(name, sizeof(name), "x-%u", i);
        assert_true(message_join(&message, str_from(name), &found));
        assert_true(str_equal(found, str_make(value, i % sizeof(value))));
    }
    expect_join(STR("B"), "2");
}

/* A value may come from the message that it is added to. */
static void test_add_of_own_text(void **state) {
    struct str value;
    unsigned i;

    (void) state;
    assert_true(message_add(&message, STR("X"), STR("0123456789")));
    for (i = 0; i < 200; i++) {
        value = message_value(&message, &message.fields[i]);
        assert_true(message_add(&message, STR("X"), value));
    }
    assert_true(str_is(message_value(&message, &message.fields[200]), "0123456789"));
}

static void test_join(void **state) {
    struct str value;

    (void) state;
    receive("A: 1\r\nB: 2\r\na: 3\r\nC: \r\nc: x\r\nC: \r\n");
    assert_true(message_add(&message, STR("A"), STR("made")));
    expect_join(STR("A"), "1, 3, made");
    expect_join(STR("B"), "2");
    assert_true(message_join(&message, STR("b"), &value));
    assert_ptr_equal(value.data, message.base + message.fields[1].value);
    expect_join(STR("C"), ", x, ");
    expect_join(STR("D"), NULL);
    message_remove_name(&message, STR("A"));
    expect_join(STR("A"), NULL);
}

/* A head of very many fields of one name costs memory in proportion to it, and no more. */
static void test_join_of_very_many(void **state) {
    struct str value;
    size_t before, i;

    (void) state;
    for (i = 0; i < 1000; i++) {
        assert_true(message_add(&message, STR("X"), STR("0123456789")));
    }
    before = mallinfo2().uordblks;
    assert_true(message_join(&message, STR("x"), &value));
    assert_true(mallinfo2().uordblks - before < 100000);
    assert_int_equal(value.len, 1000 * 12 - 2);
    for (i = 0; i + 12 <= value.len; i += 12) {
        assert_memory_equal(value.data + i, "0123456789, ", 12);
    }
}

static void test_remove(void **state) {
    (void) state;
    receive("Host: a\r\nX-A: 1\r\nHost: b\r\nx-a: 2\r\n");
    assert_true(message_add(&message, STR("X-A"), STR("3")));
    message_remove_set(&message, FIELD_SET(FIELD_HOST) | FIELD_SET(FIELD_COOKIE));
    assert_string_equal(fields_of(&message), "X-A=1;x-a=2;X-A=3;");
    assert_int_equal(message_remove_name(&message, STR("X-a")), 3);
    assert_int_equal(message_remove_name(&message, STR("X-a")), 0);
    assert_string_equal(fields_of(&message), "");
}

static void test_copy(void **state) {
    struct arena other;
    struct message copy;

    (void) state;
    arena_init(&other);
    receive("Host: a\r\nX: 1\r\n");
    message.status = 204;
    assert_true(message_add(&message, STR("Y"), STR("2")));
    message_copy(&copy, &message, &other);
    assert_true(message_add(&copy, STR("Z"), STR("3")));
    message_remove_set(&copy, FIELD_SET(FIELD_HOST));
    assert_string_equal(fields_of(&copy), "X=1;Y=2;Z=3;");
    assert_int_equal(copy.status, 204);
    assert_true(message_add(&message, STR("W"), STR("4")));
    assert_string_equal(fields_of(&message), "Host=a;X=1;Y=2;W=4;");
    assert_string_equal(fields_of(&copy), "X=1;Y=2;Z=3;");
    arena_fini(&other);
    assert_string_equal(fields_of(&message), "Host=a;X=1;Y=2;W=4;");
}

static void test_upgrade(void **state) {
    struct message copy, clone;
    char protocols[] = "websocket";

    (void) state;
    assert_int_equal(message.upgrade.len, 0);
    assert_false(message_set_upgrade(&message, STR("a\r\nb: c")));
    assert_int_equal(message.upgrade.len, 0);
    assert_true(message_set_upgrade(&message, str_from(protocols)));
    message_copy(&copy, &message, &arena);
    assert_ptr_equal(copy.upgrade.data, protocols);
    message_clone(&clone, &message, &arena);
    protocols[0] = 'x';
    assert_true(str_is(clone.upgrade, "websocket"));
}

static void test_copy_of_nothing(void **state) {
    struct message copy;

    (void) state;
    message_copy(&copy, &message, &arena);
    assert_int_equal(copy.field_count, 0);
    assert_true(message_add(&copy, STR("A"), STR("1")));
    assert_int_equal(message.field_count, 0);
}

static void test_methods(void **state) {
    static const struct {
        struct str name;
        enum method method;
        bool is_idempotent;
    } rows[] = {
        { STR("GET"), METHOD_GET, true },         { STR("HEAD"), METHOD_HEAD, true },
        { STR("POST"), METHOD_POST, false },      { STR("PUT"), METHOD_PUT, true },
        { STR("DELETE"), METHOD_DELETE, true },   { STR("CONNECT"), METHOD_CONNECT, false },
        { STR("OPTIONS"), METHOD_OPTIONS, true }, { STR("TRACE"), METHOD_TRACE, true },
        { STR("PATCH"), METHOD_PATCH, false },    { STR("get"), METHOD_OTHER, false },
        { STR("GETT"), METHOD_OTHER, false },     { STR("GE"), METHOD_OTHER, false },
        { STR("LOCK"), METHOD_OTHER, false },     { STR(""), METHOD_OTHER, false },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(method_of(rows[i].name), rows[i].method);
        assert_int_equal(method_is_idempotent(rows[i].method), rows[i].is_idempotent);
    }
}

static void test_final_status(void **state) {
    static const char *const wrong[] = { "",     "0",    "100", "199", "1000",
                                         "2000", "20x", "-200", " 200" };
    unsigned status = 7;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(parse_final_status(str_from(wrong[i]), &status));
        assert_int_equal(status, 7);
    }
    assert_true(parse_final_status(STR("200"), &status));
    assert_int_equal(status, 200);
    assert_true(parse_final_status(STR("999"), &status));
    assert_int_equal(status, 999);
}

static void test_reasons(void **state) {
    unsigned status, known = 0;

    (void) state;
    assert_true(str_is(status_reason(200), "OK"));
    assert_true(str_is(status_reason(404), "Not Found"));
    assert_true(str_is(status_reason(502), "Bad Gateway"));
    assert_true(str_is(status_reason(0), ""));
    assert_true(str_is(status_reason(299), ""));
    for (status = 0; status < 1100; status++) {
        struct str reason = status_reason(status);

        assert_true(field_value_is_valid(reason));
        known += reason.len > 0;
    }
    assert_in_range(known, 40, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add, begin, end),
        cmocka_unit_test_setup_teardown(test_add_refuses_what_could_split_a_head, begin, end),
        cmocka_unit_test_setup_teardown(test_add_refuses_a_name_that_does_not_fit, begin, end),
        cmocka_unit_test_setup_teardown(test_added_fields_of_the_hop_are_hidden, begin, end),
        cmocka_unit_test_setup_teardown(test_add_own, begin, end),
        cmocka_unit_test_setup_teardown(test_many_fields, begin, end),
        cmocka_unit_test_setup_teardown(test_add_of_own_text, begin, end),
        cmocka_unit_test_setup_teardown(test_join, begin, end),
        cmocka_unit_test_setup_teardown(test_join_of_very_many, begin, end),
        cmocka_unit_test_setup_teardown(test_remove, begin, end),
        cmocka_unit_test_setup_teardown(test_copy, begin, end),
        cmocka_unit_test_setup_teardown(test_upgrade, begin, end),
        cmocka_unit_test_setup_teardown(test_copy_of_nothing, begin, end),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_final_status),
        cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests_name("message/message", tests, NULL, NULL);
}
