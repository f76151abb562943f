/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/access_rules: the first rule that fits decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "net/access_rules.h"

#include <stdio.h>

#include "lines.h"

static struct access_rules rules;

/* "line allow NET", "line deny NET". */
static bool read_rule(struct conf *conf, const struct conf_line *line) {
    const struct conf_line rest = { line->file, line->words + 1, line->count - 1, false, NULL,
                                    NULL };
    const struct conf_type *type
        = str_is(line->words[1].text, "allow") ? &conf_type_allow : &conf_type_deny;

    return type->parse(conf, NULL, NULL, &rest, &rules);
}

static struct conf *load(const char *text) {
    rules = (struct access_rules){ .count = 0 };
    lines_on_line = read_rule;
    return lines_load(text);
}

static enum access_verdict verdict(const char *text) {
    struct addr addr;

    assert_true(parse_addr(str_from(text), 1, &addr));
    return access_rules_check(&rules, &addr);
}

static void the_first_rule_that_fits_decides(void **state) {
    struct conf *conf = load("line deny 10.0.0.1; line allow 10.0.0.0/8; line allow 2001:db8::/32;"
                             "line deny all;");

    (void) state;
    assert_int_equal(conf_errors(conf) + conf_warnings(conf), 0);
    assert_int_equal(verdict("10.0.0.1"), ACCESS_DENIED);
    assert_int_equal(verdict("10.0.0.2"), ACCESS_ALLOWED);
    assert_int_equal(verdict("[::ffff:10.0.0.1]"), ACCESS_DENIED);
    assert_int_equal(verdict("[2001:db8::7]"), ACCESS_ALLOWED);
    assert_int_equal(verdict("11.0.0.1"), ACCESS_DENIED);
    assert_int_equal(verdict("unix:/x"), ACCESS_DENIED);
    conf_free(conf);
}

static void without_a_rule_that_fits_there_is_no_verdict(void **state) {
    struct conf *conf = load("line deny 10.0.0.0/8; line allow unix:;");

    (void) state;
    assert_int_equal(verdict("11.0.0.1"), ACCESS_NO_RULE);
    assert_int_equal(verdict("unix:/x"), ACCESS_ALLOWED);
    conf_free(conf);
    conf = load("");
    assert_int_equal(verdict("10.0.0.1"), ACCESS_NO_RULE);
    conf_free(conf);
}

static void what_is_no_network_is_an_error(void **state) {
    struct conf *conf = load("line allow example.com;");

    (void) state;
    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(lines_message(conf, 0),
                        "invalid parameter \"example.com\" | an address, a network such as"
                        " 10.0.0.0/8, \"unix:\" or \"all\"");
    conf_free(conf);
}

static void bits_below_the_prefix_are_a_warning(void **state) {
    struct conf *conf = load("line allow 10.0.0.1/8;");

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_string_equal(lines_message(conf, 0),
                        "(warning) low address bits of 10.0.0.1/8 are meaningless | ");
    assert_int_equal(verdict("10.9.9.9"), ACCESS_ALLOWED);
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_fits_decides),
        cmocka_unit_test(without_a_rule_that_fits_there_is_no_verdict),
        cmocka_unit_test(what_is_no_network_is_an_error),
        cmocka_unit_test(bits_below_the_prefix_are_a_warning),
    };

    return cmocka_run_group_tests_name("net/access_rules", tests, NULL, lines_give_back);
}
