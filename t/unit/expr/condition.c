/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/condition. Which forms are right is what nginx 1.22 says of them. */
#include "load.h"

#include <sys/stat.h>

enum { WORDS_MAX = 8 };

/* Of conditions alone: there is no path. */
static const struct rewrite_request no_path;

/* Parses words that are separated by single blanks. */
static enum condition_verdict parse(const char *text, struct condition_parts *parts,
                                    struct str *wrong) {
    struct str rest = str_from(text), words[WORDS_MAX];
    unsigned count = 0, wrong_word;

    while (str_take_part(&rest, ' ', &words[count])) {
        count++;
    }
    return parse_condition(words, count, parts, wrong, &wrong_word);
}

static void assert_parts(const char *text, enum condition_kind kind, bool is_negated,
                         const char *variable, const char *operand) {
    struct condition_parts parts;
    struct str wrong;

    if (parse(text, &parts, &wrong) != CONDITION_GOOD) {
        fail_msg("%s: wrong from \"%.*s\" on", text, STR_ARG(wrong));
    }
    assert_int_equal(parts.kind, kind);
    assert_int_equal(parts.is_negated, is_negated);
    assert_str(parts.variable, variable);
    assert_str(parts.operand, operand);
}

static void forms_are_taken_apart(void **state) {
    (void) state;
    assert_parts("($x)", CONDITION_HOLDS, false, "x", "");
    assert_parts("( $x )", CONDITION_HOLDS, false, "x", "");
    assert_parts("($x )", CONDITION_HOLDS, false, "x", "");
    assert_parts("( $x)", CONDITION_HOLDS, false, "x", "");
    assert_parts("($x = a)", CONDITION_EQUALS, false, "x", "a");
    assert_parts("($x =  )", CONDITION_EQUALS, false, "x", ""); /* the third word is empty */
    assert_parts("($x != a )", CONDITION_EQUALS, true, "x", "a");
    assert_parts("($x ~ (a|b))", CONDITION_MATCHES, false, "x", "(a|b)");
    assert_parts("( $x !~ (a|b) )", CONDITION_MATCHES, true, "x", "(a|b)");
    assert_parts("(-f /a)", CONDITION_FILE, false, "", "/a");
    assert_parts("( !-d $x )", CONDITION_FILE, true, "", "$x");
}

static void operators_and_letters_are_told_apart(void **state) {
    static const struct {
        const char *text;
        bool is_nocase;
        enum condition_file file;
    } cases[] = {
        { "($x ~ a)", false, 0 },           { "($x ~* a)", true, 0 },
        { "($x !~ a)", false, 0 },          { "($x !~* a)", true, 0 },
        { "(-f a)", false, CONDITION_IS_FILE }, { "(-d a)", false, CONDITION_IS_FOLDER },
        { "(!-e a)", false, CONDITION_EXISTS }, { "(!-x a)", false, CONDITION_CAN_RUN },
    };
    struct condition_parts parts;
    struct str wrong;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i].text, &parts, &wrong), CONDITION_GOOD);
        assert_int_equal(parts.is_nocase, cases[i].is_nocase);
        assert_int_equal(parts.file, cases[i].file);
    }
}

static void assert_wrong(const char *text, enum condition_verdict verdict, const char *expected) {
    struct condition_parts parts;
    struct str wrong;

    if (parse(text, &parts, &wrong) != verdict) {
        fail_msg("%s", text);
    }
    assert_str(wrong, expected);
}

static void wrong_forms_are_named(void **state) {
    (void) state;
    assert_wrong("()", CONDITION_BAD, "()");
    assert_wrong("(", CONDITION_BAD, "(");
    assert_wrong(")", CONDITION_BAD, ")");
    assert_wrong("( )", CONDITION_BAD, ")");
    assert_wrong("$x", CONDITION_BAD, "$x");
    assert_wrong("$x)", CONDITION_BAD, "$x)");
    assert_wrong("($x", CONDITION_BAD, "($x");
    assert_wrong("(x)", CONDITION_BAD, "x");
    assert_wrong("((x))", CONDITION_BAD, "(x)");
    assert_wrong("($)", CONDITION_BAD, "$");
    assert_wrong("(!$x)", CONDITION_BAD, "!$x");
    assert_wrong("($x a)", CONDITION_BAD, "$x");
    assert_wrong("($x = )", CONDITION_BAD, "$x");
    assert_wrong("($x= a)", CONDITION_BAD, "$x=");
    assert_wrong("($x ~ a b)", CONDITION_BAD, "$x");
    assert_wrong("($x == a)", CONDITION_BAD_OPERATOR, "==");
    assert_wrong("($x ~~ a)", CONDITION_BAD_OPERATOR, "~~");
    assert_wrong("($x !=* a)", CONDITION_BAD_OPERATOR, "!=*");
    assert_wrong("(-f)", CONDITION_BAD, "-f");
    assert_wrong("(-f )", CONDITION_BAD, "-f");
    assert_wrong("(-f /a b)", CONDITION_BAD, "-f");
    assert_wrong("(! -f $x)", CONDITION_BAD, "!");
    assert_wrong("(-g /a)", CONDITION_BAD, "-g");
    assert_wrong("(!!-f /a)", CONDITION_BAD, "!!-f");
}

static void wrong_lines_point_at_their_word(void **state) {
    (void) state;
    assert_error("http { server {\n if ($host == a) { } } }", 2, "unexpected \"==\" in condition",
                 "operators: = != ~ ~* !~ !~*, with blanks around them");
    assert_error("http { server {\n if ($host\n ~ [) { } } }", 3,
                 "pcre2_compile() failed: missing terminating ] for character class in \"[\" at "
                 "offset 1", NULL);
    assert_error("http { server {\n if ($none) { } } }", 2, "unknown \"none\" variable", NULL);
    assert_error("http { server {\n if ($host = $none) { } } }", 2, "unknown \"none\" variable",
                 NULL);
    assert_error("http { server {\n if (-f) { } } }", 2, "invalid condition \"-f\"", NULL);
}

/* ---- at run time ---- */

/* Whether the condition is true where $arg_a has that value; NULL: it is not there. */
static bool holds(const char *condition, const char *a, const char *then) {
    char text[512];
    struct request request;
    struct script_run run;
    bool is_true;

    snprintf(text, sizeof(text), "http { server { location / { if %s { set $y 1; } set $x \"%s\"; "
             "} } }", condition, then);
    request_init(&request, load_good(text));
    if (a != NULL) {
        request.fields[0].name = "a";
        request.fields[0].value = str_from(a);
    }
    script_start(&run, script_of(load_location));
    is_true = script_next(&run, &request.scope, &no_path, condition_stat) == SCRIPT_BLOCK;
    while (script_next(&run, &request.scope, &no_path, condition_stat) != SCRIPT_END) {
    }
    assert_variable(&request, "x", then[0] == '$' ? "b" : then);
    request_fini(&request);
    return is_true;
}

static void value_holds_unless_it_is_empty_or_0(void **state) {
    (void) state;
    assert_true(holds("($arg_a)", "1", ""));
    assert_true(holds("($arg_a)", "00", ""));
    assert_true(holds("($arg_a)", "off", ""));
    assert_false(holds("($arg_a)", "0", ""));
    assert_false(holds("($arg_a)", "", ""));
    assert_false(holds("($arg_a)", NULL, ""));
}

static void texts_are_compared(void **state) {
    (void) state;
    assert_true(holds("($arg_a = ab)", "ab", ""));
    assert_false(holds("($arg_a = ab)", "AB", ""));
    assert_false(holds("($arg_a != ab)", "ab", ""));
    assert_true(holds("($arg_a = \"$arg_a\")", "ab", ""));
    assert_true(holds("($arg_a = \"$arg_b\")", NULL, ""));
    assert_true(holds("($arg_a = \"\")", "", ""));
}

static void expressions_leave_captures(void **state) {
    (void) state;
    assert_true(holds("($arg_a ~ a(.))", "ab", "$1"));
    assert_true(holds("($arg_a ~* A(.))", "ab", "$1"));
    assert_false(holds("($arg_a !~ a(.))", "ab", "$1"));
    assert_true(holds("($arg_a ~ a(?<found>.))", "ab", "$found"));
    assert_false(holds("($arg_a ~ A)", "ab", ""));
    assert_true(holds("($arg_a !~* c)", "ab", ""));
}

/* As in nginx: no match is no captures, whatever there was before. */
static void no_match_leaves_no_captures(void **state) {
    struct request request;
    struct script_run run;

    (void) state;
    request_init(&request, load_good("http { server { location / { if ($host ~ (h)) { } "
                                     "if ($host ~ (z)) { } set $x \"<$1>\"; } } }"));
    request.host = STR("h");
    script_start(&run, script_of(load_location));
    assert_int_equal(script_next(&run, &request.scope, &no_path, NULL), SCRIPT_BLOCK);
    assert_int_equal(request.scope.capture_count, 2);
    assert_int_equal(script_next(&run, &request.scope, &no_path, NULL), SCRIPT_END);
    assert_variable(&request, "x", "<>");
    request_fini(&request);
}

/* As in nginx: what is neither a file nor a folder does not exist. */
static void files_are_looked_at(void **state) {
    (void) state;
    assert_true(holds("(-f $arg_a)", "/etc/passwd", ""));
    assert_false(holds("(-f $arg_a)", "/etc", ""));
    assert_true(holds("(!-f $arg_a)", "/none", ""));
    assert_true(holds("(-d $arg_a)", "/etc", ""));
    assert_false(holds("(-d $arg_a)", "/etc/passwd", ""));
    assert_true(holds("(-e /etc)", "", ""));
    assert_true(holds("(-e /etc/passwd)", "", ""));
    assert_true(holds("(!-e /dev/null)", "", ""));
    assert_true(holds("(-x /bin/sh)", "", ""));
    assert_true(holds("(!-x /etc/passwd)", "", ""));
    assert_false(holds("(-e $arg_a)", "", ""));
}

/* What would be cut off at a NUL byte is not asked for. */
static void path_with_a_nul_byte_is_no_file(void **state) {
    struct request request;
    struct script_run run;

    (void) state;
    request_init(&request, load_good("http { server { location / { if (-e $arg_a) { } } } }"));
    request.fields[0].name = "a";
    request.fields[0].value = STR("/etc\0/x");
    script_start(&run, script_of(load_location));
    assert_int_equal(script_next(&run, &request.scope, &no_path, condition_stat), SCRIPT_END);
    request_fini(&request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_taken_apart),
        cmocka_unit_test(operators_and_letters_are_told_apart),
        cmocka_unit_test(wrong_forms_are_named),
        cmocka_unit_test(wrong_lines_point_at_their_word),
        cmocka_unit_test(value_holds_unless_it_is_empty_or_0),
        cmocka_unit_test(texts_are_compared),
        cmocka_unit_test(expressions_leave_captures),
        cmocka_unit_test(no_match_leaves_no_captures),
        cmocka_unit_test(files_are_looked_at),
        cmocka_unit_test(path_with_a_nul_byte_is_no_file),
    };

    return cmocka_run_group_tests_name("expr/condition", tests, NULL, load_give_back);
}
