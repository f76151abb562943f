/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/log: the shape of a line, what is left out of it, and where it is cut. */
#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "dies.h"

#define HEAD "2026/11/21 12:15:26 [error] 812#812: "

/* A log that keeps its last line. */
static struct memory_log {
    struct log log;
    enum log_level level;
    char line[LOG_LINE_MAX + 1];
    size_t len;
    int lines;
} memory;

static void write_to_memory(struct log *log, enum log_level level, const char *line, size_t len) {
    struct memory_log *to = (struct memory_log *) (void *) log;

    assert_true(len <= LOG_LINE_MAX);
    memcpy(to->line, line, len);
    to->line[len] = '\0';
    to->len = len;
    to->level = level;
    to->lines++;
}

static int set_up(void **state) {
    (void) state;
    memset(&memory, 0, sizeof(memory));
    memory.log.level = LOG_LEVEL_ERROR;
    memory.log.write = write_to_memory;
    setenv("TZ", "UTC0", 1);
    tzset();
    clock_fake(1, 1795263326000);
    log_set_pid(812);
    return 0;
}

/* A context that says what it is given, cut where there is no room for it. */
struct teller {
    struct log_context context;
    struct str text;
};

static size_t describe(const struct log_context *context, char *text, size_t room) {
    const struct teller *teller = (const void *) context;
    struct str told = str_first(teller->text, room);

    memcpy(text, told.data, told.len);
    return told.len;
}

static void log_error(const char *message) {
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, NULL, "%s", message);
}

static void test_line_with_everything(void **state) {
    struct teller teller = { { 57, describe }, STR("client: 192.0.2.7, server: 0.0.0.0:80") };

    (void) state;
    log_write(&memory.log, LOG_LEVEL_ERROR, ECONNREFUSED, &teller.context, "%s() failed, %d left",
              "connect", 3);
    assert_string_equal(memory.line, HEAD "*57 connect() failed, 3 left (111: Connection refused), "
                                          "client: 192.0.2.7, server: 0.0.0.0:80\n");
    assert_int_equal(memory.len, strlen(memory.line));
    assert_int_equal(memory.level, LOG_LEVEL_ERROR);
    assert_int_equal(memory.lines, 1);
}

static void test_line_with_the_message_alone(void **state) {
    (void) state;
    log_error("bare");
    assert_string_equal(memory.line, HEAD "bare\n");
    log_error("");
    assert_string_equal(memory.line, HEAD "\n");
}

static void test_parts_of_a_context_may_be_absent(void **state) {
    struct teller no_number = { { 0, describe }, STR("client: a") };
    struct teller silent = { { 7, describe }, STR("") }, terse = { { 0, describe }, STR("x") };
    struct log_context number_only = { UINT64_MAX, NULL };

    (void) state;
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &no_number.context, "m");
    assert_string_equal(memory.line, HEAD "m, client: a\n");
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &silent.context, "m");
    assert_string_equal(memory.line, HEAD "*7 m\n");
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &terse.context, "m");
    assert_string_equal(memory.line, HEAD "m, x\n");
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &number_only, "m");
    assert_string_equal(memory.line, HEAD "*18446744073709551615 m\n");
}

static void test_unknown_error(void **state) {
    (void) state;
    log_write(&memory.log, LOG_LEVEL_ERROR, 9999, NULL, "m");
    assert_string_equal(memory.line, HEAD "m (9999: Unknown error)\n");
}

static void test_format_alone(void **state) {
    char line[LOG_LINE_MAX];
    size_t len = log_format(line, LOG_LEVEL_EMERG, ENOENT, NULL, "100%s");

    (void) state;
    assert_int_equal(len, strlen("2026/11/21 12:15:26 [emerg] 812#812: "
                                 "100%s (2: No such file or directory)\n"));
    assert_memory_equal(line, "2026/11/21 12:15:26 [emerg] 812#812: "
                              "100%s (2: No such file or directory)\n", len);
}

static void test_levels_are_filtered(void **state) {
    int level, limit;

    (void) state;
    for (limit = LOG_LEVEL_STDERR; limit <= LOG_LEVEL_DEBUG; limit++) {
        memory.log.level = (enum log_level) limit;
        for (level = LOG_LEVEL_STDERR; level <= LOG_LEVEL_DEBUG; level++) {
            memory.lines = 0;
            log_write(&memory.log, (enum log_level) level, 0, NULL, "m");
            assert_int_equal(memory.lines, level <= limit);
            assert_int_equal(log_is_on(&memory.log, (enum log_level) level), level <= limit);
        }
    }
}

static void test_names_of_levels(void **state) {
    static const char *const names[] = { "stderr", "emerg",  "alert", "crit", "error",
                                         "warn",   "notice", "info",  "debug" };
    enum log_level level = LOG_LEVEL_STDERR;
    int i;

    (void) state;
    for (i = LOG_LEVEL_STDERR; i <= LOG_LEVEL_DEBUG; i++) {
        assert_string_equal(log_level_name((enum log_level) i), names[i]);
    }
    for (i = LOG_LEVEL_EMERG; i <= LOG_LEVEL_DEBUG; i++) {
        assert_true(parse_log_level(str_from(names[i]), &level));
        assert_int_equal(level, i);
    }
    assert_false(parse_log_level(STR("stderr"), &level)); /* names a file, not a level */
    assert_false(parse_log_level(STR("Error"), &level));
    assert_false(parse_log_level(STR("err"), &level));
    assert_false(parse_log_level(STR("errors"), &level));
    assert_false(parse_log_level(STR("error\0"), &level));
    assert_false(parse_log_level(STR_NONE, &level));
    assert_int_equal(level, LOG_LEVEL_DEBUG);
}

/* A peer must not be able to write lines of its own, nor to move the cursor of who reads them. */
static void test_control_characters_are_escaped(void **state) {
    struct teller teller = { { 0, describe }, STR("host: \"a\r\nb\x1B[2J\"") };
    char message[2] = "", expected[128];
    int c;

    (void) state;
    for (c = 1; c < 128; c++) {
        message[0] = (char) c;
        snprintf(expected, sizeof(expected),
                 c < 32 || c == 127 ? HEAD "\\x%02X\n" : HEAD "%c\n", c);
        log_error(message);
        assert_string_equal(memory.line, expected);
    }
    log_error("one\n2026/11/21 12:15:26 [error] two\n");
    assert_string_equal(memory.line, HEAD "one\\x0A2026/11/21 12:15:26 [error] two\\x0A\n");
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &teller.context, "m");
    assert_string_equal(memory.line, HEAD "m, host: \"a\\x0D\\x0Ab\\x1B[2J\"\n");
}

static void test_nul_bytes(void **state) {
    struct teller teller = { { 0, describe }, STR("a\0b") };

    (void) state;
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &teller.context, "m");
    assert_string_equal(memory.line, HEAD "m, a\\x00b\n");
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, NULL, "a%cb", '\0');
    assert_string_equal(memory.line, HEAD "a\n"); /* a message ends at one */
}

/* Text in UTF-8 stays readable, but for the control characters that it has, too. */
static void test_bytes_above_127(void **state) {
    (void) state;
    log_error("\xC3\x89t\xC3\xA9 \xE2\x80\x9C\xF0\x9F\x98\x80");
    assert_string_equal(memory.line, HEAD "\xC3\x89t\xC3\xA9 \xE2\x80\x9C\xF0\x9F\x98\x80\n");
    log_error("\xC2\x9B" "2J \xC2\x80\xC2\x9F \xC2\xA0");
    assert_string_equal(memory.line, HEAD "\xC2\\x9B2J \xC2\\x80\xC2\\x9F \xC2\xA0\n");
    log_error("a\x9B" "2J");
    assert_string_equal(memory.line, HEAD "a\\x9B2J\n");
    log_error("\x85");
    assert_string_equal(memory.line, HEAD "\\x85\n");
}

/* The longest message that still fits, and one byte more. */
static void test_long_lines_are_cut(void **state) {
    enum { FITS = LOG_LINE_MAX - sizeof(HEAD) }; /* the newline weighs as much as HEAD's NUL */
    static char message[3 * LOG_LINE_MAX];

    (void) state;
    memset(message, 'm', sizeof(message) - 1);
    message[FITS - 1] = 'z';
    message[FITS] = '\0';
    log_error(message);
    assert_int_equal(memory.len, LOG_LINE_MAX);
    assert_string_equal(memory.line + LOG_LINE_MAX - 3, "mz\n");
    message[FITS] = 'm';
    log_error(message);
    assert_int_equal(memory.len, LOG_LINE_MAX);
    assert_string_equal(memory.line + LOG_LINE_MAX - 3, "mz\n");
    memset(message, '\n', sizeof(message) - 1);
    log_error(message);
    assert_int_equal(memory.len, LOG_LINE_MAX);
    assert_ptr_equal(strchr(memory.line, '\n'), memory.line + LOG_LINE_MAX - 1);
}

static void test_long_context_is_cut(void **state) {
    static char text[3 * LOG_LINE_MAX];
    struct teller teller = { { 0, describe }, { text, sizeof(text) } };

    (void) state;
    memset(text, 't', sizeof(text));
    log_write(&memory.log, LOG_LEVEL_ERROR, 0, &teller.context, "m");
    assert_int_equal(memory.len, LOG_LINE_MAX);
    assert_memory_equal(memory.line, HEAD "m, ttt", strlen(HEAD "m, ttt"));
    assert_string_equal(memory.line + LOG_LINE_MAX - 2, "t\n");
}

static size_t describe_too_much(const struct log_context *context, char *text, size_t room) {
    (void) context;
    (void) text;
    return room + 1;
}

static void test_context_beyond_its_room_is_a_bug(void **state) {
    struct log_context context = { 0, describe_too_much };

    (void) state;
    assert_dies("len <= sizeof(text)",
                log_write(&memory.log, LOG_LEVEL_ERROR, 0, &context, "m"));
}

static void test_first_log_is_stderr(void **state) {
    char text[LOG_LINE_MAX];
    int fd, status;
    pid_t pid = dies_fork(&fd);

    (void) state;
    if (pid == 0) {
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "seen");
        log_write(log_process, LOG_LEVEL_INFO, 0, NULL, "unseen");
        _exit(0);
    }
    dies_read(fd, text, sizeof(text));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(text, "2026/11/21 12:15:26 [notice] 812#812: seen\n");
}

static void test_pid_is_found_unless_set(void **state) {
    char expected[128];

    (void) state;
    log_set_pid(0);
    log_error("m");
    snprintf(expected, sizeof(expected), "2026/11/21 12:15:26 [error] %d#%d: m\n", (int) getpid(),
             (int) getpid());
    assert_string_equal(memory.line, expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_line_with_everything, set_up),
        cmocka_unit_test_setup(test_line_with_the_message_alone, set_up),
        cmocka_unit_test_setup(test_parts_of_a_context_may_be_absent, set_up),
        cmocka_unit_test_setup(test_unknown_error, set_up),
        cmocka_unit_test_setup(test_format_alone, set_up),
        cmocka_unit_test_setup(test_levels_are_filtered, set_up),
        cmocka_unit_test_setup(test_names_of_levels, set_up),
        cmocka_unit_test_setup(test_control_characters_are_escaped, set_up),
        cmocka_unit_test_setup(test_nul_bytes, set_up),
        cmocka_unit_test_setup(test_bytes_above_127, set_up),
        cmocka_unit_test_setup(test_long_lines_are_cut, set_up),
        cmocka_unit_test_setup(test_long_context_is_cut, set_up),
        cmocka_unit_test_setup(test_context_beyond_its_room_is_a_bug, set_up),
        cmocka_unit_test_setup(test_first_log_is_stderr, set_up),
        cmocka_unit_test_setup(test_pid_is_found_unless_set, set_up),
    };

    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
