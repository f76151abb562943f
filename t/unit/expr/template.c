/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/template: splitting, compiling, and what comes out. */
#include "load.h"

/* The parts of a text as "T:text V:name C:1 BAD:..." with | between. */
static void assert_parts(const char *text, const char *expected) {
    static const char *const names[] = { "T:", "V:", "C:", "END", "BAD:" };
    struct str rest = str_from(text), part;
    enum template_token token;
    char actual[256] = "";
    size_t len = 0;

    do {
        token = parse_template_part(&rest, &part);
        len += (size_t) snprintf(actual + len, sizeof(actual) - len, "%s%s%.*s",
                                 len > 0 ? "|" : "", names[token], STR_ARG(part));
    } while (token != TEMPLATE_END && token != TEMPLATE_BAD);
    assert_string_equal(actual, expected);
}

static void parts_are_split(void **state) {
    (void) state;
    assert_parts("", "END");
    assert_parts("plain", "T:plain|END");
    assert_parts("$a", "V:a|END");
    assert_parts("x$a-y", "T:x|V:a|T:-y|END");
    assert_parts("$a$b_1.c", "V:a|V:b_1|T:.c|END");
    assert_parts("${a}b", "V:a|T:b|END");
    assert_parts("$1", "C:1|END");
    assert_parts("$10", "C:1|T:0|END");
    assert_parts("$9x$8", "C:9|T:x|C:8|END");
    assert_parts("${3}4", "C:3|T:4|END");
    assert_parts("$0", "V:0|END");
    assert_parts("${12}", "V:12|END");
}

static void bad_parts_are_refused(void **state) {
    (void) state;
    assert_parts("$", "BAD:$");
    assert_parts("a$", "T:a|BAD:$");
    assert_parts("$-", "BAD:$");
    assert_parts("${", "BAD:${");
    assert_parts("${}", "BAD:${");
    assert_parts("${ab", "BAD:${ab");
    assert_parts("${a-b}", "BAD:${a");
    assert_parts("${1", "BAD:${1");
    assert_parts("$$a", "BAD:$");
}

static struct template *template_of_http(void) {
    const struct load_conf *settings = conf_of(load_http, &load_module);

    assert_non_null(settings->text);
    return settings->text;
}

static void constant_is_marked(void **state) {
    struct conf *conf = load_good("http { text 'no variable'; }");

    (void) state;
    assert_true(template_of_http()->is_constant);
    assert_str(template_of_http()->text, "no variable");
    assert_str(template_text(template_of_http(), NULL), "no variable");
    conf_free(conf);
    conf = load_good("http { text ''; }");
    assert_true(template_of_http()->is_constant);
    assert_str(template_text(template_of_http(), NULL), "");
    conf_free(conf);
}

static void constant_may_stand_in_main(void **state) {
    (void) state;
    conf_free(load_good("text plain; http { }"));
    assert_error("http { }\ntext $host;", 2, "variables cannot be used here", NULL);
}

static void text_and_variables_are_joined(void **state) {
    struct request request;
    struct str text;

    (void) state;
    request_init(&request, load_good("http { text \"<$host:${arg_a}b$arg_none>\"; }"));
    request.host = STR("example.com");
    request.fields[0].name = "a";
    request.fields[0].value = STR("1");
    text = template_text(template_of_http(), &request.scope);
    assert_str(text, "<example.com:1b>");
    request_fini(&request);
}

static void single_variable_is_not_copied(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $host; }"));
    request.host = STR("example.com");
    assert_ptr_equal(template_text(template_of_http(), &request.scope).data, request.host.data);
    request_fini(&request);
}

static void many_parts_are_joined(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $arg_a,$arg_a,$arg_a,$arg_a,$arg_a,$arg_a,"
                                     "$arg_a,$arg_a,$arg_a,$arg_a,$arg_a,$arg_a; }"));
    request.fields[0].name = "a";
    request.fields[0].value = STR("7");
    assert_str(template_text(template_of_http(), &request.scope), "7,7,7,7,7,7,7,7,7,7,7,7");
    request_fini(&request);
}

static void volatile_is_asked_once_a_use(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $counter-$counter; }"));
    assert_str(template_text(template_of_http(), &request.scope), "1-2");
    assert_str(template_text(template_of_http(), &request.scope), "3-4");
    request_fini(&request);
}

static void captures_beyond_the_last_are_empty(void **state) {
    const struct str captures[] = { STR("ab"), STR("a"), STR("b") };
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text [$1$2$3]; }"));
    assert_str(template_text(template_of_http(), &request.scope), "[]");
    request.scope.captures = captures;
    request.scope.capture_count = 3;
    assert_str(template_text(template_of_http(), &request.scope), "[ab]");
    request_fini(&request);
}

static void errors_are_at_the_word(void **state) {
    (void) state;
    assert_error("http {\n text ${host;\n}", 2,
                 "the closing bracket in \"host\" variable is missing", NULL);
    assert_error("http {\n\n text cost$;\n}", 3, "invalid variable name \"$\"",
                 "a \"$\" begins a variable; text with a \"$\" can come from one: "
                 "geo $dollar { default \"$\"; }");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_split),
        cmocka_unit_test(bad_parts_are_refused),
        cmocka_unit_test(constant_is_marked),
        cmocka_unit_test(constant_may_stand_in_main),
        cmocka_unit_test(text_and_variables_are_joined),
        cmocka_unit_test(single_variable_is_not_copied),
        cmocka_unit_test(many_parts_are_joined),
        cmocka_unit_test(volatile_is_asked_once_a_use),
        cmocka_unit_test(captures_beyond_the_last_are_empty),
        cmocka_unit_test(errors_are_at_the_word),
    };

    return cmocka_run_group_tests_name("expr/template", tests, NULL, load_give_back);
}
