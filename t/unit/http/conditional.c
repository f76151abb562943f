/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/conditional. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/conditional.h"

#define NOW INT64_C(1795219200)
#define SAME "Sun, 09 Sep 2001 01:46:40 GMT"
#define EARLIER "Sun, 09 Sep 2001 01:46:39 GMT"
#define LATER "Sun, 09 Sep 2001 01:46:41 GMT"

static const struct validators file = { { "\"a-1\"", 5 }, 1000000000 };
static const struct validators unknown = { { NULL, 0 }, VALIDATOR_NONE };

static enum conditional_result check(struct conditional conditional,
                                     const struct validators *validators) {
    return conditional_check(&conditional, validators, CONDITIONAL_SINCE_EXACT, NOW);
}

#define CHECK_OF(validators, ...)                                                                  \
    check((struct conditional){ __VA_ARGS__ }, validators)

static void tags_are_found_in_lists(void **state) {
    (void) state;
    assert_true(conditional_has_etag(STR("\"a\""), STR("\"a\""), false));
    assert_true(conditional_has_etag(STR("\"b\", \"a\""), STR("\"a\""), false));
    assert_true(conditional_has_etag(STR("\"b\",\"a\" ,\"c\""), STR("\"a\""), false));
    assert_true(conditional_has_etag(STR("*"), STR("\"a\""), false));
    assert_true(conditional_has_etag(STR("*"), STR_NONE, false));
    assert_true(conditional_has_etag(STR("\"x,y\", \"a\""), STR("\"a\""), false));
    assert_false(conditional_has_etag(STR("\"x, \"a\"\""), STR("a"), false));
    assert_false(conditional_has_etag(STR("\"aa\""), STR("\"a\""), false));
    assert_false(conditional_has_etag(STR("a"), STR("\"a\""), false));
    assert_false(conditional_has_etag(STR("\"a"), STR("\"a\""), false));
    assert_false(conditional_has_etag(STR(""), STR("\"a\""), true));
    assert_false(conditional_has_etag(STR(" , ,"), STR("\"a\""), true));
    assert_false(conditional_has_etag(STR("\"a\""), STR_NONE, true));
}

static void a_comma_in_a_tag_is_part_of_it(void **state) {
    (void) state;
    assert_false(conditional_has_etag(STR("\"b, \"a\""), STR("\"a\""), false));
    assert_true(conditional_has_etag(STR("\"b,\"a\"\", \"b,\""), STR("\"b,\""), false));
}

static void weak_tags_match_weakly_only(void **state) {
    (void) state;
    assert_true(conditional_has_etag(STR("W/\"a\""), STR("\"a\""), true));
    assert_true(conditional_has_etag(STR("\"a\""), STR("W/\"a\""), true));
    assert_false(conditional_has_etag(STR("W/\"a\""), STR("\"a\""), false));
}

static void an_unchanged_response_is_not_sent(void **state) {
    (void) state;
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("\"a-1\"")), CONDITIONAL_UNCHANGED);
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("\"a-2\"")), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_modified_since = STR(SAME)), CONDITIONAL_UNCHANGED);
    assert_int_equal(CHECK_OF(&file, .if_modified_since = STR(LATER)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_modified_since = STR(EARLIER)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_modified_since = STR("today")), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&unknown, .if_modified_since = STR(SAME)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("")), CONDITIONAL_SEND);
}

static void both_must_find_it_unchanged(void **state) {
    (void) state;
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("\"a-1\""),
                              .if_modified_since = STR(SAME)), CONDITIONAL_UNCHANGED);
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("\"b\""),
                              .if_modified_since = STR(SAME)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_none_match = STR("\"a-1\""),
                              .if_modified_since = STR(EARLIER)), CONDITIONAL_SEND);
}

static void another_response_than_meant_fails(void **state) {
    (void) state;
    assert_int_equal(CHECK_OF(&file, .if_match = STR("\"a-1\"")), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_match = STR("\"b\"")), CONDITIONAL_FAILED);
    assert_int_equal(CHECK_OF(&file, .if_match = STR("W/\"a-1\"")), CONDITIONAL_FAILED);
    assert_int_equal(CHECK_OF(&file, .if_unmodified_since = STR(LATER)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_unmodified_since = STR(SAME)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_unmodified_since = STR(EARLIER)), CONDITIONAL_FAILED);
    assert_int_equal(CHECK_OF(&file, .if_unmodified_since = STR("today")), CONDITIONAL_FAILED);
    assert_int_equal(CHECK_OF(&unknown, .if_unmodified_since = STR(EARLIER)), CONDITIONAL_SEND);
    assert_int_equal(CHECK_OF(&file, .if_match = STR("\"b\""), .if_none_match = STR("\"a-1\"")),
                     CONDITIONAL_FAILED);
}

static void a_setting_says_which_times_count(void **state) {
    struct conditional later = { .if_modified_since = STR(LATER) };
    struct conditional same = { .if_modified_since = STR(SAME) };

    (void) state;
    assert_int_equal(conditional_check(&later, &file, CONDITIONAL_SINCE_BEFORE, NOW),
                     CONDITIONAL_UNCHANGED);
    assert_int_equal(conditional_check(&same, &file, CONDITIONAL_SINCE_OFF, NOW),
                     CONDITIONAL_SEND);
}

static void if_range_is_strong(void **state) {
    const struct validators weak = { { "W/\"a\"", 5 }, VALIDATOR_NONE };

    (void) state;
    assert_true(conditional_if_range(STR("\"a-1\""), &file, NOW));
    assert_true(conditional_if_range(STR(SAME), &file, NOW));
    assert_false(conditional_if_range(STR("\"b\""), &file, NOW));
    assert_false(conditional_if_range(STR("W/\"a-1\""), &file, NOW));
    assert_false(conditional_if_range(STR("W/\"a\""), &weak, NOW));
    assert_false(conditional_if_range(STR(LATER), &file, NOW));
    assert_false(conditional_if_range(STR(SAME), &unknown, NOW));
    assert_false(conditional_if_range(STR(""), &file, NOW));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_found_in_lists),
        cmocka_unit_test(a_comma_in_a_tag_is_part_of_it),
        cmocka_unit_test(weak_tags_match_weakly_only),
        cmocka_unit_test(an_unchanged_response_is_not_sent),
        cmocka_unit_test(both_must_find_it_unchanged),
        cmocka_unit_test(another_response_than_meant_fails),
        cmocka_unit_test(a_setting_says_which_times_count),
        cmocka_unit_test(if_range_is_strong),
    };

    return cmocka_run_group_tests_name("http/conditional", tests, NULL, NULL);
}
