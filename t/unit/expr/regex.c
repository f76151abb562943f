/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/regex: captures, named groups, limits, errors. */
#include "load.h"

#include "base/log.h"
#include "expr/regex.h"

/* Compiles while the configuration is loaded, as all do. */
static struct {
    const char *pattern;
    bool is_nocase;
    bool is_jit_off;
    struct regex *regex;
} wanted;

static bool compile_open(struct conf *conf, struct conf_block *block,
                         const struct conf_line *line) {
    variable_add_builtins(conf, block->where, load_builtins);
    load_http = block;
    if (wanted.is_jit_off) {
        regex_set_jit(conf, false);
    }
    wanted.regex = regex_compile(conf, block, line, 0, str_from(wanted.pattern), wanted.is_nocase);
    return wanted.regex != NULL;
}

static const struct conf_block_kind compile_kind = { .inside = CONF_HTTP, .open = compile_open };

static const struct directive compile_directives[] = {
    { .name = "http", .where = CONF_MAIN, .type = &conf_type_block, .detail = &compile_kind,
      .syntax = "{ ... }", .help = "compiles the wanted pattern" },
    DIRECTIVES_END
};

static unsigned compile_index;

static const struct module compile_module = {
    .name = "compile",
    .index = &compile_index,
    .directives = compile_directives,
    .finish = load_finish,
};

static struct conf *compile(const char *pattern, bool is_nocase) {
    static const struct module *const modules[] = { &compile_module, NULL };
    struct conf_options options = { .path = load_file("http { }"), .prefix = "/tmp" };
    struct conf *conf;

    load_stream = NULL;
    wanted.pattern = pattern;
    wanted.is_nocase = is_nocase;
    conf = conf_load(&options, modules);
    unlink(load_path);
    return conf;
}

static struct conf *compile_good(const char *pattern, bool is_nocase) {
    struct conf *conf = compile(pattern, is_nocase);

    assert_int_equal(conf_errors(conf), 0);
    assert_non_null(wanted.regex);
    return conf;
}

static void assert_bad(const char *pattern, const char *expected) {
    struct conf *conf = compile(pattern, false);

    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(conf_message(conf, 0)->text, expected);
    conf_free(conf);
}

static void text_matches_or_not(void **state) {
    struct conf *conf = compile_good("^a+b", false);

    (void) state;
    assert_true(regex_match(wanted.regex, STR("aab"), NULL));
    assert_false(regex_match(wanted.regex, STR("AAB"), NULL));
    assert_false(regex_match(wanted.regex, STR_NONE, NULL));
    conf_free(conf);
    conf = compile_good("^a+b", true);
    assert_true(regex_match(wanted.regex, STR("AAB"), NULL));
    conf_free(conf);
    conf = compile_good("^$", true);
    assert_true(regex_match(wanted.regex, STR_NONE, NULL));
    conf_free(conf);
}

static void captures_are_set(void **state) {
    struct conf *conf = compile_good("(.)-(x)?(.*)", false);
    struct request request;

    (void) state;
    request_init(&request, conf);
    assert_true(regex_match(wanted.regex, STR("ab-cd"), &request.scope));
    assert_int_equal(request.scope.capture_count, 4);
    assert_str(request.scope.captures[0], "b-cd");
    assert_str(request.scope.captures[1], "b");
    assert_str(request.scope.captures[2], "");
    assert_str(request.scope.captures[3], "cd");
    /* No match leaves those of the last one; a match without groups has none. */
    assert_false(regex_match(wanted.regex, STR("none"), &request.scope));
    assert_int_equal(request.scope.capture_count, 4);
    request_fini(&request);
}

static void match_without_groups_has_no_captures(void **state) {
    const struct str old[] = { STR("a"), STR("a") };
    struct conf *conf = compile_good("a", false);
    struct request request;

    (void) state;
    request_init(&request, conf);
    request.scope.captures = old;
    request.scope.capture_count = 2;
    assert_true(regex_match(wanted.regex, STR("a"), &request.scope));
    assert_int_equal(request.scope.capture_count, 0);
    request_fini(&request);
}

static void named_groups_are_variables(void **state) {
    struct conf *conf = compile_good("(?<first>.)(?<Second>.)(?<third>x)?", false);
    struct request request;

    (void) state;
    request_init(&request, conf);
    assert_variable(&request, "first", NULL);
    request_again(&request);
    assert_true(regex_match(wanted.regex, STR("ab"), &request.scope));
    assert_variable(&request, "first", "a");
    assert_variable(&request, "second", "b");
    assert_variable(&request, "third", "");
    request_fini(&request);
}

static void groups_above_the_limit_are_not_kept(void **state) {
    char pattern[REGEX_CAPTURES_MAX * 3 + 32] = "";
    struct conf *conf;
    struct request request;
    size_t i, len = 0;

    (void) state;
    for (i = 0; i < REGEX_CAPTURES_MAX + 2; i++) {
        memcpy(pattern + len, "(.)", 3);
        len += 3;
    }
    conf = compile_good(pattern, false);
    request_init(&request, conf);
    assert_true(regex_match(wanted.regex, STR("12345678901234567890123456789012345678901234567890"
                                              "12345678901234567890"), &request.scope));
    assert_int_equal(request.scope.capture_count, REGEX_CAPTURES_MAX + 1);
    assert_str(request.scope.captures[REGEX_CAPTURES_MAX], "4");
    request_fini(&request);
    memcpy(pattern + len, "(?<far>.)", sizeof("(?<far>.)"));
    assert_bad(pattern, "group \"far\" is number 67; only 64 groups are kept");
}

static void errors_say_where(void **state) {
    (void) state;
    assert_bad("ab(c", "pcre2_compile() failed: missing closing parenthesis in \"ab(c\" "
                       "at offset 4");
    assert_bad("a[", "pcre2_compile() failed: missing terminating ] for character class in \"a[\" "
                     "at offset 2");
    assert_bad("(?<host>.)", "the duplicate \"host\" variable");
}

static void version_is_known(void **state) {
    unsigned major, minor;

    (void) state;
    assert_int_equal(sscanf(regex_version(), "%u.%u", &major, &minor), 2);
    assert_true(major >= 10);
}

/* ---- limits ---- */

static unsigned lines_logged;

static void count_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_non_null(memmem(line, len, "was given up: match limit exceeded", 34));
    lines_logged++;
}

static void endless_match(bool is_jit) {
    struct log log = { LOG_LEVEL_WARN, count_line }, *before = log_process;
    char subject[2001];
    struct conf *conf;

    wanted.is_jit_off = !is_jit;
    conf = compile_good("^(a+)+$", false);
    memset(subject, 'a', 2000);
    subject[2000] = '!';
    log_process = &log;
    lines_logged = 0;
    clock_fake(clock_ms() + 5000, 0);
    assert_false(regex_match(wanted.regex, str_make(subject, 2001), NULL));
    assert_false(regex_match(wanted.regex, str_make(subject, 2001), NULL));
    assert_int_equal(lines_logged, 1);
    clock_fake(clock_ms() + 1000, 0);
    assert_false(regex_match(wanted.regex, str_make(subject, 2001), NULL));
    assert_int_equal(lines_logged, 2);
    log_process = before;
    conf_free(conf);
    wanted.is_jit_off = false;
}

static void endless_match_is_given_up(void **state) {
    (void) state;
    endless_match(false);
    endless_match(true);
}

/* A subject that is too deep for the small stack of compiled code. */
static void deep_match_goes_on_without_jit(void **state) {
    enum { LEN = 20000 };
    char *subject = malloc(LEN);
    struct conf *conf;
    size_t i;

    (void) state;
    conf = compile_good("^(?:(a)|(b))*$", false);
    for (i = 0; i < LEN; i++) {
        subject[i] = i % 2 == 0 ? 'a' : 'b';
    }
    assert_true(regex_match(wanted.regex, str_make(subject, LEN), NULL));
    conf_free(conf);
    free(subject);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_matches_or_not),
        cmocka_unit_test(captures_are_set),
        cmocka_unit_test(match_without_groups_has_no_captures),
        cmocka_unit_test(named_groups_are_variables),
        cmocka_unit_test(groups_above_the_limit_are_not_kept),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(version_is_known),
        cmocka_unit_test(endless_match_is_given_up),
        cmocka_unit_test(deep_match_goes_on_without_jit),
    };

    return cmocka_run_group_tests_name("expr/regex", tests, NULL, load_give_back);
}
