/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/rewrite. All results are nginx 1.22's. */
#include "load.h"

/* Runs "rewrite LINE" for the path with the arguments; *result is in the request's arena. */
static bool run(const char *line, struct str path, const char *args, bool was_escaped,
                struct request *request, struct rewrite_result *result, struct conf **conf) {
    struct rewrite_request seen = { path, str_from(args), was_escaped };
    struct script_run run;
    char text[256];
    enum script_event event;

    snprintf(text, sizeof(text), "http { server { rewrite %s; } }", line);
    *conf = load_good(text);
    request_init(request, *conf);
    request->fields[0].name = "a";
    request->fields[0].value = STR("q w");
    script_start(&run, script_of(load_server));
    event = script_next(&run, &request->scope, &seen, NULL);
    *result = run.rewritten;
    return event == SCRIPT_PATH || event == SCRIPT_REDIRECT;
}

static void assert_path(const char *line, struct str path, const char *args, bool was_escaped,
                        const char *expected_path, const char *expected_args) {
    struct rewrite_result result;
    struct request request;
    struct conf *conf;

    assert_true(run(line, path, args, was_escaped, &request, &result, &conf));
    assert_str(result.path, expected_path);
    assert_str(result.args, expected_args);
    request_fini(&request);
}

static void assert_redirect(const char *line, struct str path, const char *args, bool was_escaped,
                            unsigned status, const char *url) {
    struct rewrite_result result;
    struct request request;
    struct conf *conf;

    assert_true(run(line, path, args, was_escaped, &request, &result, &conf));
    assert_int_equal(result.flag, REWRITE_REDIRECT);
    assert_int_equal(result.status, status);
    assert_str(result.url, url);
    request_fini(&request);
}

#define ODD STR("/in/a b+c?d&e%")

static void captures_stand_in_the_new_path(void **state) {
    (void) state;
    assert_path("^/in/(.*)$ /show/$1", STR("/in/a"), "", false, "/show/a", "");
    assert_path("^/in/(.*)$ /show/$1", ODD, "k=v", true, "/show/a b+c?d&e%", "k=v");
    assert_path("^/(?<first>[^/]*)/(.*)$ /$2/$first", STR("/in/a"), "", false, "/a/in", "");
    assert_path("(z)?in /$1-", STR("/in"), "", false, "/-", "");
    assert_path("^/in/(.*)$ /$arg_a$1", STR("/in/"), "", false, "/q w", "");
}

static void no_match_leaves_all_as_it_is(void **state) {
    struct rewrite_result result;
    struct request request;
    struct conf *conf;

    (void) state;
    assert_false(run("^/(out)/ /x", STR("/in/a"), "", false, &request, &result, &conf));
    assert_int_equal(request.scope.capture_count, 0);
    request_fini(&request);
}

static void arguments_of_the_request_follow(void **state) {
    (void) state;
    assert_path("^ /show?x=1", STR("/in"), "k=v", false, "/show", "x=1&k=v");
    assert_path("^ /show?x=1", STR("/in"), "", false, "/show", "x=1");
    assert_path("^ /show?a=1?b=2", STR("/in"), "k", false, "/show", "a=1?b=2&k");
    assert_path("^ /show?$arg_b", STR("/in"), "k=v", false, "/show", "&k=v");
}

static void question_mark_at_the_end_drops_them(void **state) {
    (void) state;
    assert_path("^ /show?", STR("/in"), "k=v", false, "/show", "");
    assert_path("^ /show?a=1?", STR("/in"), "k=v", false, "/show", "a=1");
    assert_path("^ ?", STR("/in"), "k=v", false, "", "");
}

static void captures_in_arguments_are_escaped_if_the_path_was(void **state) {
    (void) state;
    assert_path("^/in/(.*)$ /show/$1?x=$1", ODD, "k=v", true, "/show/a b+c?d&e%",
                "x=a%20b%2Bc%3Fd%26e%25&k=v");
    assert_path("^/in/(.*)$ /show?x=$1", STR("/in/x\x7fy\xc3\xa4\"#';<\\`{"), "", true, "/show",
                "x=x%7Fy%C3%A4%22%23'%3B%3C%5C%60%7B");
    assert_path("^/in/(.*)$ /show?x=$1", STR("/in/a;b"), "", false, "/show", "x=a;b");
    assert_path("^/in/(.*)$ /show?x=$arg_a$1", STR("/in/+"), "", true, "/show", "x=q w%2B");
}

static void scheme_or_flag_makes_a_redirect(void **state) {
    (void) state;
    assert_redirect("^/in/(.*)$ http://h/$1", STR("/in/a"), "", false, 302, "http://h/a");
    assert_redirect("^/in/(.*)$ https://h/$1 last", STR("/in/a"), "", false, 302, "https://h/a");
    assert_redirect("^/in/(.*)$ http://h/$1 permanent", STR("/in/a"), "", false, 301,
                    "http://h/a");
    assert_redirect("^/in/(.*)$ /new/$1 redirect", STR("/in/a"), "k=v", false, 302, "/new/a?k=v");
    assert_redirect("^/in/(.*)$ /new/$1?x=1 permanent", STR("/in/a"), "k=v", false, 301,
                    "/new/a?x=1&k=v");
    assert_redirect("^/in/(.*)$ /new/$1? permanent", STR("/in/a"), "k=v", false, 301, "/new/a");
}

static void redirect_keeps_only_escapes_that_it_needs(void **state) {
    (void) state;
    assert_redirect("^/in/(.*)$ /new/$1 permanent", ODD, "k=v", true, 301,
                    "/new/a%20b+c?d%26e%25?k=v");
    assert_redirect("^/in/(.*)$ /new/$1 permanent", STR("/in/x\x7fy\xc3\xa4\"#';<\\`{"), "", true,
                    301, "/new/x%7Fy%C3%A4%22%23';<\\`{");
    assert_redirect("^/in/(.*)$ /new/$1?x=$1 redirect", STR("/in/x;{"), "", true, 302,
                    "/new/x;{?x=x%3B%7B");
    assert_redirect("^ /%41%20%2f%zz%4 redirect", STR("/"), "", false, 302, "/A%20/%zz%4");
}

static void flags_say_how_to_go_on(void **state) {
    static const struct {
        const char *line;
        enum rewrite_flag flag;
    } cases[] = {
        { "^ /x", REWRITE_NEXT }, { "^ /x last", REWRITE_LAST }, { "^ /x break", REWRITE_BREAK },
    };
    struct rewrite_result result;
    struct request request;
    struct conf *conf;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(run(cases[i].line, STR("/"), "", false, &request, &result, &conf));
        assert_int_equal(result.flag, cases[i].flag);
        request_fini(&request);
    }
}

static void wrong_lines_are_refused(void **state) {
    (void) state;
    assert_error("http { server {\n rewrite a \"\"; } }", 2, "empty replacement", NULL);
    assert_error("http { server {\n rewrite a b foo; } }", 2, "invalid parameter \"foo\"",
                 "allowed: last, break, redirect, permanent");
    assert_error("http { server {\n rewrite a $none; } }", 2, "unknown \"none\" variable", NULL);
    assert_error("http { server {\n rewrite a b?$none; } }", 2, "unknown \"none\" variable", NULL);
    assert_error("http { server {\n rewrite a b?$; } }", 2, "invalid variable name \"$\"", NULL);
    assert_error("http { server {\n rewrite [ b; } }", 2,
                 "pcre2_compile() failed: missing terminating ] for character class in \"[\" at "
                 "offset 1", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_stand_in_the_new_path),
        cmocka_unit_test(no_match_leaves_all_as_it_is),
        cmocka_unit_test(arguments_of_the_request_follow),
        cmocka_unit_test(question_mark_at_the_end_drops_them),
        cmocka_unit_test(captures_in_arguments_are_escaped_if_the_path_was),
        cmocka_unit_test(scheme_or_flag_makes_a_redirect),
        cmocka_unit_test(redirect_keeps_only_escapes_that_it_needs),
        cmocka_unit_test(flags_say_how_to_go_on),
        cmocka_unit_test(wrong_lines_are_refused),
    };

    return cmocka_run_group_tests_name("expr/rewrite", tests, NULL, load_give_back);
}
