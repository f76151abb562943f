/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/value: the common types of arguments, and what they say of wrong ones. */
#include "fake.h"

static void test_sizes(void **state) {
    static const struct { const char *text; uint64_t bytes; } good[] = {
        { "0", 0 }, { "1", 1 }, { "1k", 1024 }, { "1K", 1024 }, { "2m", 2 << 20 },
        { "2M", 2 << 20 }, { "3g", 3ULL << 30 }, { "3G", 3ULL << 30 },
        { "9223372036854775807", INT64_MAX }, { "8796093022207m", 8796093022207ULL << 20 },
    };
    static const char *const bad[] = {
        "", "k", "1kk", "1 k", "-1", "+1", "1.5k", "1b", "0x10", "9223372036854775808",
        "8796093022208m", "99999999999999999999g"
    };
    uint64_t bytes;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(parse_size(str_from(good[i].text), &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse_size(str_from(bad[i]), &bytes));
    }
}

static void test_times(void **state) {
    static const struct { const char *text; int64_t ms; } good[] = {
        { "0", 0 }, { "1", 1000 }, { "60", 60000 }, { "500ms", 500 }, { "1s", 1000 },
        { "1m", 60000 }, { "1h", 3600000 }, { "1d", 86400000 }, { "1w", 604800000 },
        { "1M", 2592000000 }, { "1y", 31536000000 }, { "1h 30m", 5400000 }, { "1h30m", 5400000 },
        { "1h  30m", 5400000 }, { "1h 5", 3605000 }, { "1m5", 65000 }, { "1s 500ms", 1500 },
        { "1m500ms", 60500 }, { " 1", 1000 }, { "1h 30 ", 3630000 },
        { "1y2M3w4d5h6m7s8ms", 38898367008 }, { "9223372036854775807ms", INT64_MAX },
    };
    static const char *const bad[] = {
        "", " ", "ms", "h", "1 h", "1hh", "1h1h", "30m 1h", "500ms 1s", "1 500ms", "1 2m", "1.5s",
        "-1", "1H", "1Y", "1msx", "1h\t2m", "1x", "9223372036854775808ms", "9223372036854775807",
        "292471209y", "9223372036854775s 9223372036854775807ms"
    };
    int64_t ms;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(parse_time_ms(str_from(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse_time_ms(str_from(bad[i]), &ms));
    }
}

/* The settings of an upstream with one directive. */
static struct conf *load_line(const char *line, const struct fake_thing **thing) {
    bool is_narrow = strncmp(line, "narrow", 6) == 0;
    struct conf *conf;
    char text[256];

    snprintf(text, sizeof(text), "http { upstream u { %s } server { %s } }",
             is_narrow ? line : "", is_narrow ? "" : line);
    conf = fake_load_good(text);
    *thing = fake_thing_of(fake_block(conf, 2, 0, is_narrow ? 0 : 1));
    return conf;
}

static void test_values_reach_their_fields(void **state) {
    const struct fake_thing *thing;

    (void) state;
    conf_free(load_line("flag off;", &thing));
    conf_free(load_line("flag ON;", &thing));
#define ASSERT_FIELD(line, field, expected)                                                        \
    do {                                                                                           \
        struct conf *conf = load_line(line, &thing);                                               \
        assert_int_equal(thing->field, expected);                                                  \
        conf_free(conf);                                                                           \
    } while (0)
    ASSERT_FIELD("flag off;", is_on, false);
    ASSERT_FIELD("flag OFF;", is_on, false);
    ASSERT_FIELD("number 2147483647;", number, INT32_MAX);
    ASSERT_FIELD("narrow -5;", number, -5);
    ASSERT_FIELD("narrow auto;", number, -100);
    ASSERT_FIELD("narrow none;", number, -200);
    ASSERT_FIELD("size 9223372036854775807;", size, INT64_MAX);
    ASSERT_FIELD("narrow_size 1m;", size, 1 << 20);
    ASSERT_FIELD("narrow_size none;", size, 0);
    ASSERT_FIELD("time 5;", time_ms, 5000);
    ASSERT_FIELD("narrow_time off;", time_ms, -1);
    ASSERT_FIELD("narrow_time 10ms;", time_ms, 10);
    ASSERT_FIELD("name http_502;", name, 4);
    ASSERT_FIELD("names off;", names, 0);
    ASSERT_FIELD("names http_502 error;", names, 5);
    ASSERT_FIELD("text 'a b';", text.len, 3);
    ASSERT_FIELD("allow a b;", list.count, 2);
}

/* The text and the help of the one message about a line. */
static void assert_refused(const char *line, const char *text, const char *help) {
    const struct conf_message *message;
    struct conf *conf;
    char whole[256];

    snprintf(whole, sizeof(whole), "http { %s { %s } }",
             strncmp(line, "narrow", 6) == 0 ? "upstream u" : "server", line);
    conf = fake_load(whole);
    message = conf_message(conf, 0);
    assert_non_null(message);
    assert_string_equal(message->text, text);
    assert_string_equal(message->help, help);
    assert_null(conf_message(conf, 1));
    conf_free(conf);
}

static void test_wrong_values_name_what_is_allowed(void **state) {
    (void) state;
    assert_refused("flag yes;",
                   "invalid value \"yes\" in \"flag\" directive, it must be \"on\" or \"off\"", "");
    assert_refused("number 2147483648;", "invalid value \"2147483648\" in \"number\" directive",
                   "allowed: a number");
    assert_refused("number -1;", "invalid value \"-1\" in \"number\" directive",
                   "allowed: a number");
    assert_refused("narrow 101;", "invalid value \"101\" in \"narrow\" directive",
                   "allowed: a number from -5 to 100 or \"auto\" or \"none\"");
    assert_refused("size 1x;", "invalid value \"1x\" in \"size\" directive",
                   "allowed: a size such as 4096, 8k or 1m");
    assert_refused("narrow_size 1023;", "invalid value \"1023\" in \"narrow_size\" directive",
                   "allowed: a size such as 4096, 8k or 1m from 1k to 1m or \"none\"");
    assert_refused("narrow_size 2m;", "invalid value \"2m\" in \"narrow_size\" directive",
                   "allowed: a size such as 4096, 8k or 1m from 1k to 1m or \"none\"");
    assert_refused("time 1x;", "invalid value \"1x\" in \"time\" directive",
                   "allowed: a time such as 500ms, 30s or \"1h 30m\"");
    assert_refused("time 69y;", "invalid value \"69y\" in \"time\" directive",
                   "allowed: a time such as 500ms, 30s or \"1h 30m\"");
    assert_refused("narrow_time 9ms;", "invalid value \"9ms\" in \"narrow_time\" directive",
                   "allowed: a time such as 500ms, 30s or \"1h 30m\" from 10ms to 1h or \"off\"");
}

static void test_wrong_names_name_the_nearest(void **state) {
    (void) state;
    assert_refused("name timout;", "invalid value \"timout\" in \"name\" directive",
                   "allowed: off, error, timeout, http_502 (did you mean \"timeout\"?)");
    assert_refused("name x;", "invalid value \"x\" in \"name\" directive",
                   "allowed: off, error, timeout, http_502");
    assert_refused("names error http_500;", "invalid value \"http_500\" in \"names\" directive",
                   "allowed: off, error, timeout, http_502 (did you mean \"http_502\"?)");
    assert_refused("names error off;", "\"off\" must stand alone in \"names\" directive", "");
}

static void test_ignored_directives_warn_with_their_reason(void **state) {
    struct conf *conf = fake_load("old 1 2 3; http { old; }");

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(conf_warnings(conf), 2);
    assert_string_equal(conf_message(conf, 0)->text, "\"old\" directive has no meaning here");
    assert_string_equal(conf_message(conf, 0)->help, "there is nothing to do for it");
    conf_free(conf);
}

static void test_arrays_grow(void **state) {
    struct conf *conf = fake_load_good("");
    unsigned count = 0, i;
    int *numbers = NULL;

    (void) state;
    for (i = 0; i < 1000; i++) {
        int *number = conf_array_add(conf, &numbers, &count, sizeof(*number));

        assert_int_equal(*number, 0);
        *number = (int) i;
    }
    assert_int_equal(count, 1000);
    for (i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], i);
    }
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_values_reach_their_fields),
        cmocka_unit_test(test_wrong_values_name_what_is_allowed),
        cmocka_unit_test(test_wrong_names_name_the_nearest),
        cmocka_unit_test(test_ignored_directives_warn_with_their_reason),
        cmocka_unit_test(test_arrays_grow),
    };

    return cmocka_run_group_tests_name("conf/value", tests, fake_begin, fake_end);
}
