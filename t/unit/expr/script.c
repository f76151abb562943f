/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/script: programs of blocks, and running them. What nginx 1.22 was tried with says
 * so. */
#include "load.h"

static void values_are_set_in_order(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { set $a 1; set $b \"$a$host\"; set $a 3; }"
                                     " }"));
    request.host = STR("h");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "a", "3");
    assert_variable(&request, "b", "1h");
    request_fini(&request);
}

static void variable_is_empty_until_it_is_set(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { set $a 1; } }"));
    assert_variable(&request, "a", "");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "a", "1");
    request_fini(&request);
}

static void stream_server_may_set(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { server { set $a $remote_addr; } }"));
    request.address = STR("192.0.2.7");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "a", "192.0.2.7");
    request_fini(&request);
}

static void other_server_has_no_program(void **state) {
    struct conf *conf = load_good("http { server { set $a 1; } server { } }");

    (void) state;
    assert_null(script_of(load_server));
    conf_free(conf);
}

/* As in nginx: the map answers until the variable is set, also where it is volatile. */
static void map_can_be_set_over(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { set $m over; set $v over; }"
                                     "map $host $m { default map; }"
                                     "map $host $v { volatile; default map; } }"));
    assert_variable(&request, "m", "map");
    assert_variable(&request, "v", "map");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "m", "over");
    assert_variable(&request, "v", "over");
    request_fini(&request);
}

static void prefix_variable_can_be_set_over(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { set $http_a over; } }"));
    assert_for_a(&request, "sent", "http_a", "sent");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "http_a", "over");
    request_fini(&request);
}

static void bad_lines_are_refused(void **state) {
    (void) state;
    assert_error("http { server {\n set a 1; } }", 2, "invalid variable name \"a\"", NULL);
    assert_error("http { server {\n set $a $; } }", 2, "invalid variable name \"$\"", NULL);
    assert_error("http { server {\n set $host 1; } }", 2, "the duplicate \"host\" variable", NULL);
    assert_error("http { server {\n set $a $none; } }", 2, "unknown \"none\" variable", NULL);
}

/* ---- runs ---- */

static unsigned asked; /* how often a file was asked for */

static bool file_of_test(struct scope *scope, enum condition_file what, const char *path) {
    (void) scope;
    asked++;
    return what == CONDITION_IS_FILE && strcmp(path, "/there") == 0;
}

/* Runs a program as http would, and writes down what came of it. */
static const char *run_program(struct request *request, const struct script *script) {
    static const char *const flags[] = { "next", "last", "break", "redirect" };
    static char text[512];
    struct rewrite_request seen = { request->path, request->args, true };
    struct script_run run;
    size_t len = 0;

    script_start(&run, script);
    for (;;) {
        enum script_event event = script_next(&run, &request->scope, &seen, file_of_test);
        char *to = text + len;
        size_t room = sizeof(text) - len;

        switch (event) {
        case SCRIPT_END:
            snprintf(to, room, "end");
            return text;
        case SCRIPT_BREAK:
            snprintf(to, room, "break");
            return text;
        case SCRIPT_BLOCK:
            len += (size_t) snprintf(to, room, "block in line %u; ",
                                     run.block->line->words[0].line);
            break;
        case SCRIPT_PATH:
            len += (size_t) snprintf(to, room, "%.*s ? %.*s %s; ", STR_ARG(run.rewritten.path),
                                     STR_ARG(run.rewritten.args), flags[run.rewritten.flag]);
            if (run.rewritten.flag != REWRITE_NEXT) {
                return text;
            }
            seen.path = request->path = run.rewritten.path;
            seen.args = request->args = run.rewritten.args;
            break;
        case SCRIPT_REDIRECT:
            snprintf(to, room, "%u %.*s", run.rewritten.status, STR_ARG(run.rewritten.url));
            return text;
        case SCRIPT_ANSWER:
            snprintf(to, room, "answer %s", (const char *) run.answer);
            return text;
        }
    }
}

/* What a location with these lines does with the path; $a is the value of $arg_a. */
static void assert_run(const char *lines, const char *path, const char *a, const char *expected) {
    char text[1024];
    struct request request;

    snprintf(text, sizeof(text), "http { server { location / {\n%s\n} } }", lines);
    request_init(&request, load_good(text));
    request.path = str_from(path);
    request.args = STR("k=v");
    request.fields[0].name = "a";
    request.fields[0].value = str_from(a);
    assert_string_equal(run_program(&request, script_of(load_location)), expected);
    request_fini(&request);
}

static void steps_are_run_in_the_order_of_the_file(void **state) {
    (void) state;
    assert_run("set $x 1; rewrite ^ /$x; set $x 2; rewrite ^ /$x; break; rewrite ^ /never;", "/",
               "", "/1 ? k=v next; /2 ? k=v next; break");
    assert_run("text x;", "/", "", "end");
}

static void new_path_is_seen_by_the_next_step(void **state) {
    (void) state;
    assert_run("rewrite ^/a/(.*)$ /b/$1; set $u $uri; rewrite ^/b/(.*)$ /c/$1?$u last;", "/a/x", "",
               "/b/x ? k=v next; /c/x ? /b/x&k=v last; ");
}

static void steps_of_an_if_that_is_not_true_are_left_out(void **state) {
    const char *lines = "set $x 0; if ($arg_a = 1) { set $x 1;\nrewrite ^ /$x; }\n"
                        "if ($arg_a = 2) { break; } rewrite ^ /end$x;";

    (void) state;
    assert_run(lines, "/", "1", "block in line 2; /1 ? k=v next; /end1 ? k=v next; end");
    assert_run(lines, "/", "2", "block in line 4; break");
    assert_run(lines, "/", "3", "/end0 ? k=v next; end");
}

/* In a server nothing but the program can stand in an `if`. */
static void if_of_a_server_has_no_settings(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { if ($host) { set $a 1; } rewrite ^ /$a; }"
                                     " }"));
    request.host = STR("h");
    request.path = STR("/");
    assert_string_equal(run_program(&request, script_of(load_server)), "/1 ?  next; end");
    request_fini(&request);
}

static void programs_are_not_inherited(void **state) {
    struct conf *conf = load_good("http { server { set $a 1; location /a { location /b { } "
                                  "if ($a) { } } } }");
    const struct conf_block *outer = load_location->parent, *variant = outer->last;

    (void) state;
    assert_null(script_of(load_location));
    assert_int_equal(variant->where, CONF_HTTP_LOCATION_IF);
    assert_null(script_of(variant));
    assert_non_null(script_of(outer));
    assert_non_null(script_of(load_server));
    assert_ptr_not_equal(script_of(load_server), script_of(outer));
    conf_free(conf);
}

static void files_are_asked_for_when_it_is_their_turn(void **state) {
    (void) state;
    asked = 0;
    assert_run("break; if (-f $uri) { rewrite ^ /file last; }", "/there", "", "break");
    assert_int_equal(asked, 0);
    assert_run("if (-f $uri) { rewrite ^ /file last; }", "/there", "",
               "block in line 2; /file ? k=v last; ");
    assert_int_equal(asked, 1);
}

/* As in nginx: a match without groups leaves no captures of the one before. */
static void last_match_has_the_captures(void **state) {
    (void) state;
    assert_run("if ($uri ~ ^/a/(.*)) { rewrite ^ /b/$1; }", "/a/x", "",
               "block in line 2; /b/ ? k=v next; end");
    assert_run("if ($uri ~ ^/a/(.*)) { set $kept $1; } rewrite ^ /b/$kept;", "/a/x", "",
               "block in line 2; /b/x ? k=v next; end");
}

static void redirect_ends_the_program(void **state) {
    (void) state;
    assert_run("rewrite ^/(.*)$ http://h/$1 permanent; rewrite ^ /never;", "/a b", "",
               "301 http://h/a%20b?k=v");
}

static void answer_is_the_familys_own(void **state) {
    (void) state;
    assert_run("set $x 1; if ($arg_a) { answer inner; } answer outer; rewrite ^ /never;", "/", "1",
               "block in line 2; answer inner");
    assert_run("set $x 1; if ($arg_a) { answer inner; } answer outer; rewrite ^ /never;", "/", "0",
               "answer outer");
}

static void wrong_lines_are_refused(void **state) {
    (void) state;
    assert_error("http { server {\n if ($host { } } }", 2, "invalid condition \"($host\"", NULL);
    assert_error("http { server {\n if ($host) { if ($host) { } } } }", 2,
                 "\"if\" directive is not allowed here", NULL);
    assert_error("http { server {\n break x; } }", 2,
                 "invalid number of arguments in \"break\" directive", NULL);
    assert_error("http {\n rewrite a b; }", 2, "\"rewrite\" directive is not allowed here",
                 "allowed in: server, location, if in server, if in location; this is http");
    assert_error("http { server {\n if ($host) { text x; } } }", 2,
                 "\"text\" directive is not allowed here", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_set_in_order),
        cmocka_unit_test(variable_is_empty_until_it_is_set),
        cmocka_unit_test(stream_server_may_set),
        cmocka_unit_test(other_server_has_no_program),
        cmocka_unit_test(map_can_be_set_over),
        cmocka_unit_test(prefix_variable_can_be_set_over),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(steps_are_run_in_the_order_of_the_file),
        cmocka_unit_test(new_path_is_seen_by_the_next_step),
        cmocka_unit_test(steps_of_an_if_that_is_not_true_are_left_out),
        cmocka_unit_test(if_of_a_server_has_no_settings),
        cmocka_unit_test(programs_are_not_inherited),
        cmocka_unit_test(files_are_asked_for_when_it_is_their_turn),
        cmocka_unit_test(last_match_has_the_captures),
        cmocka_unit_test(redirect_ends_the_program),
        cmocka_unit_test(answer_is_the_familys_own),
        cmocka_unit_test(wrong_lines_are_refused),
    };

    return cmocka_run_group_tests_name("expr/script", tests, NULL, load_give_back);
}
