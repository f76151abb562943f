/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/lexer: nginx's lexical rules, in one piece and byte by byte. */
#include "conf/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The tokens of an input as text: words in <>, with the quote before it; marks as they are. */
static char shown[32768];

static void show(const char *format, ...) {
    size_t len = strlen(shown);
    va_list args;

    va_start(args, format);
    vsnprintf(shown + len, sizeof(shown) - len, format, args);
    va_end(args);
}

static void show_token(enum lexer_token token, const struct lexer_found *found) {
    static const char *const marks[] = {
        [LEXER_SEMICOLON] = ";", [LEXER_OPEN] = "{", [LEXER_CLOSE] = "}",
        [LEXER_UNEXPECTED] = " unexpected", [LEXER_UNTERMINATED] = " unterminated",
        [LEXER_TOO_LONG] = " too-long"
    };
    char text[LEXER_WORD_MAX + 1];

    if (token != LEXER_WORD) {
        show("%s", marks[token]);
        return;
    }
    text[lexer_unescape(found->text, text)] = '\0';
    show(found->quote != '\0' ? "%c<%s>" : "%.0s<%s>", found->quote, text);
}

/* Gives the lexer `step` more bytes whenever it asks for them. */
static void lex(struct str input, size_t step) {
    struct lexer lexer;
    struct lexer_found found;
    enum lexer_token token;
    size_t at = 0, end = step < input.len ? step : input.len;
    char *copy;

    shown[0] = '\0';
    lexer_init(&lexer);
    do {
        /* Exactly the bytes it may look at, so that a sanitizer sees what it reads beyond. */
        copy = malloc(end - at + 1);
        memcpy(copy, input.data + at, end - at);
        token = lexer_next(&lexer, str_make(copy, end - at), end == input.len, &found);
        assert_true(found.consumed <= end - at);
        at += found.consumed;
        if (token == LEXER_MORE) {
            assert_true(end < input.len);
            end = end + step < input.len ? end + step : input.len;
        } else if (token != LEXER_END) {
            show_token(token, &found);
        }
        free(copy);
    } while (token != LEXER_END && token != LEXER_UNTERMINATED && token != LEXER_TOO_LONG);
}

static void assert_lexed(struct str input, const char *expected) {
    size_t step;

    for (step = 1; step <= input.len; step = step * 3 + 1) {
        lex(input, step);
        assert_string_equal(shown, expected);
    }
    lex(input, input.len + 1);
    assert_string_equal(shown, expected);
}

#define assert_lex(input, expected) assert_lexed(STR(input), expected)

static void test_words_and_marks(void **state) {
    (void) state;
    assert_lex("", "");
    assert_lex(" \t\r\n", "");
    assert_lex("a", "<a>");
    assert_lex("a;", "<a>;");
    assert_lex("a b\tc\r\nd;", "<a><b><c><d>;");
    assert_lex("a{b;}c{}", "<a>{<b>;}<c>{}");
    assert_lex(";{}", ";{}");
    assert_lex("a;;", "<a>;;");
}

static void test_close_brace_in_a_word_is_part_of_it(void **state) {
    (void) state;
    assert_lex("a}b;", "<a}b>;");
    assert_lex("a }", "<a>}");
    assert_lex("a;}b;", "<a>;}<b>;");
}

static void test_quotes_only_at_the_start_of_a_word(void **state) {
    (void) state;
    assert_lex("\"a b\";", "\"<a b>;");
    assert_lex("'a b';", "'<a b>;");
    assert_lex("\"a'b\" 'c\"d';", "\"<a'b>'<c\"d>;");
    assert_lex("a\"b c\";", "<a\"b><c\">;");
    assert_lex("a'b;", "<a'b>;");
    assert_lex("\"\" '';", "\"<>'<>;");
    assert_lex("\"a;b{c}#d\ne\";", "\"<a;b{c}#d\ne>;");
    assert_lex("$\"a\";", "<$\"a\">;");
}

static void test_what_follows_a_closing_quote(void **state) {
    (void) state;
    assert_lex("\"a\"{}", "\"<a>{}");
    assert_lex("\"a\")b;", "\"<a><)b>;");
    assert_lex("\"a\"b;", "\"<a> unexpected<b>;");
    assert_lex("\"a\"}", "\"<a> unexpected}");
    assert_lex("\"a\"#b\n;", "\"<a> unexpected;");
    assert_lex("\"a\"'b';", "\"<a> unexpected'<b>;");
    assert_lex("\"a\"\n#b\n;", "\"<a>;");
    assert_lex("\"a\"", "\"<a>");
}

static void test_backslash_takes_the_next_byte_along(void **state) {
    (void) state;
    assert_lex("a\\;b;", "<a\\;b>;");
    assert_lex("a\\ b;", "<a\\ b>;");
    assert_lex("a\\{b;", "<a\\{b>;");
    assert_lex("\\#a;", "<\\#a>;");
    assert_lex("a\\\"b;", "<a\"b>;");
    assert_lex("a\\'b;", "<a'b>;");
    assert_lex("a\\\\b;", "<a\\b>;");
    assert_lex("a\\tb\\rc\\nd;", "<a\tb\rc\nd>;");
    assert_lex("a\\$b\\x;", "<a\\$b\\x>;");
    assert_lex("a\\\nb;", "<a\\\nb>;");
    assert_lex("\"a\\\"b\" 'c\\'d';", "\"<a\"b>'<c'd>;");
    assert_lex("\"\\\\\";", "\"<\\>;");
    assert_lex("a\\", "<a\\>");
    assert_lex("\\\"a b\\\";", "<\"a><b\">;");
}

static void test_brace_behind_a_dollar_is_part_of_the_word(void **state) {
    (void) state;
    assert_lex("a${b}c;", "<a${b}c>;");
    assert_lex("${b}c;", "<${b}c>;");
    assert_lex("a${{b;", "<a${{b>;");
    assert_lex("a$ {}", "<a$>{}");
    assert_lex("a$b{}", "<a$b>{}");
    assert_lex("a\\${b;", "<a\\$>{<b>;");
}

static void test_comments_only_where_a_word_could_begin(void **state) {
    (void) state;
    assert_lex("#a;\nb;", "<b>;");
    assert_lex("a #b;\n;", "<a>;");
    assert_lex("a;#b\nc{#d\n}#e", "<a>;<c>{}");
    assert_lex("a#b;", "<a#b>;");
    assert_lex("#\"\na;", "<a>;");
    assert_lex("# no end", "");
}

static void test_all_other_bytes_are_parts_of_words(void **state) {
    (void) state;
    assert_lex("\xc3\xa9\xff;", "<\xc3\xa9\xff>;");
    assert_lex("\xef\xbb\xbf" "a;", "<\xef\xbb\xbf" "a>;");
    assert_lex("a\fb\vc;", "<a\fb\vc>;");
    assert_lex("(a)[b];", "<(a)[b]>;");
    assert_lex("a\0b;", "<a>;");
}

static void test_nul_byte_counts_in_the_length(void **state) {
    struct lexer_found found;
    struct lexer lexer;

    (void) state;
    lexer_init(&lexer);
    assert_int_equal(lexer_next(&lexer, STR("a\0b;"), true, &found), LEXER_WORD);
    assert_int_equal(found.text.len, 3);
}

static void test_quote_without_end(void **state) {
    (void) state;
    assert_lex("a \"b;\n", "<a> unterminated");
    assert_lex("'b\\'", " unterminated");
    assert_lex("\"", " unterminated");
}

/* A word of `len` bytes between before and after. */
static struct str long_input(size_t len, const char *before, const char *after) {
    static char text[2 * LEXER_WORD_MAX];
    int at = snprintf(text, sizeof(text), "%s", before);

    memset(text + at, 'x', len);
    strcpy(text + at + len, after);
    return str_from(text);
}

static void test_longest_word(void **state) {
    (void) state;
    lex(long_input(LEXER_WORD_MAX, "", ";"), 8192);
    assert_int_equal(strlen(shown), LEXER_WORD_MAX + 3);
    lex(long_input(LEXER_WORD_MAX, "\"", "\";"), 8192);
    assert_int_equal(strlen(shown), LEXER_WORD_MAX + 4);
    assert_lexed(long_input(LEXER_WORD_MAX + 1, "a ", ";"), "<a> too-long");
    assert_lexed(long_input(LEXER_WORD_MAX + 1, "a \"", "\";"), "<a> too-long");
    assert_lexed(long_input(LEXER_WORD_MAX + 1, "a '", ""), "<a> too-long");
    assert_lexed(long_input(LEXER_WORD_MAX + 1, "#", "\na;"), "<a>;");
}

static void assert_place(struct lexer_found *found, uint32_t line, uint32_t column,
                         uint32_t source_len) {
    assert_int_equal(found->line, line);
    assert_int_equal(found->column, column);
    assert_int_equal(found->source_len, source_len);
}

static void test_places(void **state) {
    struct str rest = STR("ab 'c\nd' #x\n\te\\\nf g;\n  }");
    struct lexer_found found;
    struct lexer lexer;
    size_t i;
    static const struct { uint32_t line, column, len; bool is_first; } places[] = {
        { 1, 1, 2, true }, { 1, 4, 5, false }, { 3, 2, 4, true }, { 4, 3, 1, false },
        { 4, 4, 1, false }, { 5, 3, 1, true }
    };

    (void) state;
    lexer_init(&lexer);
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        lexer_next(&lexer, rest, true, &found);
        assert_place(&found, places[i].line, places[i].column, places[i].len);
        assert_int_equal(found.is_first, places[i].is_first);
        rest = str_from_byte(rest, found.consumed);
    }
    assert_int_equal(lexer_next(&lexer, rest, true, &found), LEXER_END);
}

static void test_place_of_a_bad_byte(void **state) {
    struct lexer_found found;
    struct lexer lexer;

    (void) state;
    lexer_init(&lexer);
    lexer_next(&lexer, STR("\n 'a'b;"), true, &found);
    assert_int_equal(found.consumed, 5);
    assert_int_equal(lexer_next(&lexer, STR("b;"), true, &found), LEXER_UNEXPECTED);
    assert_place(&found, 2, 5, 1);
    assert_int_equal(found.consumed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_marks),
        cmocka_unit_test(test_close_brace_in_a_word_is_part_of_it),
        cmocka_unit_test(test_quotes_only_at_the_start_of_a_word),
        cmocka_unit_test(test_what_follows_a_closing_quote),
        cmocka_unit_test(test_backslash_takes_the_next_byte_along),
        cmocka_unit_test(test_brace_behind_a_dollar_is_part_of_the_word),
        cmocka_unit_test(test_comments_only_where_a_word_could_begin),
        cmocka_unit_test(test_all_other_bytes_are_parts_of_words),
        cmocka_unit_test(test_nul_byte_counts_in_the_length),
        cmocka_unit_test(test_quote_without_end),
        cmocka_unit_test(test_longest_word),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_place_of_a_bad_byte),
    };

    return cmocka_run_group_tests_name("conf/lexer", tests, NULL, NULL);
}
