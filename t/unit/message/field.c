/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/field: each known name is found by its id, and what names and values may
 * hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/field.h"

static void change_case(char *to, struct str name, bool is_upper) {
    size_t i;

    for (i = 0; i < name.len; i++) {
        char lower = char_lower(name.data[i]);

        to[i] = is_upper && lower >= 'a' && lower <= 'z' ? (char) (lower - 'a' + 'A') : lower;
    }
}

/* Two names that share a place in the table hide one another: then the hash must be another one. */
static void test_known_names(void **state) {
    char text[64];
    unsigned id;

    (void) state;
    for (id = FIELD_OTHER + 1; id < FIELD_IDS; id++) {
        struct str name = field_id_name((enum field_id) id);

        if (field_id_of(name) != (enum field_id) id) {
            fail_msg("%s has the place of %s", name.data,
                     field_id_name(field_id_of(name)).data);
        }
        change_case(text, name, false);
        assert_int_equal(field_id_of(str_make(text, name.len)), id);
        change_case(text, name, true);
        assert_int_equal(field_id_of(str_make(text, name.len)), id);
    }
}

/* One byte away from a known name is another name. */
static void test_near_misses(void **state) {
    char text[64];
    unsigned id;

    (void) state;
    for (id = FIELD_OTHER + 1; id < FIELD_IDS; id++) {
        struct str name = field_id_name((enum field_id) id);

        memcpy(text, name.data, name.len);
        assert_int_equal(field_id_of(str_first(name, name.len - 1)), FIELD_OTHER);
        text[name.len] = 's';
        assert_int_equal(field_id_of(str_make(text, name.len + 1)), FIELD_OTHER);
        text[1] = '_';
        assert_int_equal(field_id_of(str_make(text, name.len)), FIELD_OTHER);
    }
    assert_int_equal(field_id_of(STR_NONE), FIELD_OTHER);
    assert_int_equal(field_id_of(STR("X")), FIELD_OTHER);
    assert_int_equal(field_id_of(STR("\xff\xff\xff")), FIELD_OTHER);
}

static void test_fields_of_the_hop(void **state) {
    static const char *const hop[] = { "Connection", "Content-Length", "Transfer-Encoding", "TE",
                                       "Trailer", "Upgrade", "Keep-Alive", "Proxy-Connection",
                                       "Expect" };
    unsigned i, id, count = 0;

    (void) state;
    for (i = 0; i < sizeof(hop) / sizeof(hop[0]); i++) {
        assert_true(field_id_is_hop(field_id_of(str_from(hop[i]))));
    }
    for (id = 0; id < FIELD_IDS; id++) {
        count += field_id_is_hop(id);
    }
    assert_int_equal(count, i);
}

static void test_names(void **state) {
    int c;

    (void) state;
    assert_true(field_name_is_valid(STR("X")));
    assert_true(field_name_is_valid(STR("!#$%&'*+-.^_`|~09azAZ")));
    assert_false(field_name_is_valid(STR("")));
    for (c = 0; c < 256; c++) {
        char name[3] = { 'a', (char) c, 'b' };

        assert_int_equal(field_name_is_valid(str_make(name, 3)),
                         c > ' ' && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL);
    }
}

static void test_values(void **state) {
    int c;

    (void) state;
    assert_true(field_value_is_valid(STR_NONE));
    for (c = 0; c < 256; c++) {
        char value[20] = "\tabcdefg\x01hijk\x80mnopq";

        value[13] = (char) c;
        assert_int_equal(field_value_is_valid(str_make(value, sizeof(value) - 1)),
                         c != '\r' && c != '\n' && c != '\0');
        assert_int_equal(field_value_is_valid(str_make(value + 13, 1)),
                         c != '\r' && c != '\n' && c != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names),
        cmocka_unit_test(test_near_misses),
        cmocka_unit_test(test_fields_of_the_hop),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests_name("message/field", tests, NULL, NULL);
}
