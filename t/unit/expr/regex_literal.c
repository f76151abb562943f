/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/regex_literal: what is found, and that no match is lost by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "expr/regex_literal.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static struct arena arena;

static int begin(void **state) {
    (void) state;
    arena_init(&arena);
    return 0;
}

static int end(void **state) {
    (void) state;
    arena_fini(&arena);
    return 0;
}

static void assert_literal(const char *pattern, const char *prefix, const char *suffix) {
    struct regex_literal literal;

    regex_literal_find(&literal, str_from(pattern), &arena);
    if (!str_is(literal.prefix, prefix) || !str_is(literal.suffix, suffix)) {
        fail_msg("%s: \"%.*s\" \"%.*s\"", pattern, STR_ARG(literal.prefix),
                 STR_ARG(literal.suffix));
    }
}

static void test_prefixes(void **state) {
    (void) state;
    assert_literal("^/a/(.*)", "/a/", "");
    assert_literal("^/a", "/a", "");
    assert_literal("^/ab*", "/a", "");
    assert_literal("^/ab{2}c$", "/a", "c");
    assert_literal("^/a\\.b-c[0-9]d", "/a.b-c", "");
    assert_literal("^(/a|/b)", "", "");
    assert_literal("^", "", "");
    assert_literal("/a", "", "");
}

static void test_suffixes(void **state) {
    (void) state;
    assert_literal("\\.php$", "", ".php");
    assert_literal("^/a/.*\\.php$", "/a/", ".php");
    assert_literal("^/a$", "/a", "/a");
    assert_literal("(a|b)c$", "", "c");
    assert_literal("a?$", "", "");
    assert_literal("a$b", "", "");
    assert_literal("a\\$", "", "");
}

static void test_what_is_not_told(void **state) {
    (void) state;
    assert_literal("^/a|/b$", "", "");
    assert_literal("(?i)^/a", "", "");
    assert_literal("^/a(?i)b$", "", "");
    assert_literal("^/a\\Qb.c\\E$", "", "");
    assert_literal("^/a\\Kb$", "", "");
    assert_literal("^/a[[:alpha:]]b$", "", "");
    assert_literal("^a(*ACCEPT)b$", "", "");
}

static void test_fits(void **state) {
    struct regex_literal literal;

    (void) state;
    regex_literal_find(&literal, STR("^/a.*b$"), &arena);
    assert_true(regex_literal_fits(&literal, STR("/a/b")));
    assert_true(regex_literal_fits(&literal, STR("/a/b\n")));
    assert_false(regex_literal_fits(&literal, STR("/b")));
    assert_false(regex_literal_fits(&literal, STR("/a/bc")));
    assert_false(regex_literal_fits(&literal, STR("")));
}

/* ---- against PCRE2 ---- */

enum { ROUNDS = 20000, PATTERN_MAX = 10, SUBJECTS = 12, SUBJECT_MAX = 5 };

static void make_text(char *text, size_t max, const char *letters) {
    size_t len = (size_t) random() % (max + 1), i;

    for (i = 0; i < len; i++) {
        text[i] = letters[(size_t) random() % strlen(letters)];
    }
    text[len] = '\0';
}

static void look_at(const char *pattern, pcre2_code *code, pcre2_match_data *match) {
    char subject[SUBJECT_MAX + 1];
    struct regex_literal literal;
    unsigned i;

    regex_literal_find(&literal, str_from(pattern), &arena);
    for (i = 0; i < SUBJECTS; i++) {
        make_text(subject, SUBJECT_MAX, "ab.\n");
        if (pcre2_match(code, (PCRE2_SPTR) subject, strlen(subject), 0, 0, match, NULL) >= 0
            && !regex_literal_fits(&literal, str_from(subject))) {
            fail_msg("\"%s\" matches \"%s\"", pattern, subject);
        }
    }
}

static void test_no_match_is_lost(void **state) {
    pcre2_match_data *match = pcre2_match_data_create(8, NULL);
    char pattern[PATTERN_MAX + 1] = "";
    unsigned good = 0, i;

    (void) state;
    srandom(11);
    for (i = 0; i < ROUNDS; i++) {
        pcre2_code *code;
        size_t offset;
        int error;

        make_text(pattern, PATTERN_MAX, "aabb^$$.*?+()|\\[]{1}");
        if (i % 2 == 0) {
            pattern[0] = '^';
        }
        code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset,
                             NULL);
        if (code != NULL) {
            good++;
            look_at(pattern, code, match);
            pcre2_code_free(code);
        }
    }
    pcre2_match_data_free(match);
    assert_true(good > ROUNDS / 20);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_prefixes, begin, end),
        cmocka_unit_test_setup_teardown(test_suffixes, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_not_told, begin, end),
        cmocka_unit_test_setup_teardown(test_fits, begin, end),
        cmocka_unit_test_setup_teardown(test_no_match_is_lost, begin, end),
    };

    return cmocka_run_group_tests_name("expr/regex_literal", tests, NULL, NULL);
}
