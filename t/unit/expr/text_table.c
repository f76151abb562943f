/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/text_table: rows found and not found, whatever their number and length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "expr/text_table.h"

#include <stdio.h>

static const char one[] = "1", two[] = "2";

static void empty_table_has_nothing(void **state) {
    struct text_table table;

    (void) state;
    text_table_init(&table);
    assert_null(text_table_find(&table, STR("")));
    assert_null(text_table_find(&table, STR("a")));
    text_table_fini(&table);
}

static void rows_are_found(void **state) {
    struct text_table table;

    (void) state;
    text_table_init(&table);
    assert_true(text_table_add(&table, STR("a"), one));
    assert_null(text_table_find(&table, STR("")));
    assert_true(text_table_add(&table, STR_NONE, two));
    assert_ptr_equal(text_table_find(&table, STR("a")), one);
    assert_ptr_equal(text_table_find(&table, STR("")), two);
    assert_null(text_table_find(&table, STR("A")));
    assert_null(text_table_find(&table, STR("ab")));
    assert_int_equal(table.count, 2);
    text_table_fini(&table);
}

static void row_is_there_once(void **state) {
    struct text_table table;

    (void) state;
    text_table_init(&table);
    assert_true(text_table_add(&table, STR("a"), one));
    assert_false(text_table_add(&table, STR("a"), two));
    assert_ptr_equal(text_table_find(&table, STR("a")), one);
    assert_int_equal(table.count, 1);
    text_table_fini(&table);
}

/* On both sides of what fits into a row, and beyond; each is the start of the next. */
static void texts_of_all_lengths_are_found(void **state) {
    enum { LENGTHS = 200 };
    static char text[LENGTHS];
    struct text_table table;
    size_t len;

    (void) state;
    memset(text, 'x', sizeof(text));
    text_table_init(&table);
    for (len = 0; len < LENGTHS; len++) {
        assert_true(text_table_add(&table, str_make(text, len), &text[len]));
    }
    for (len = 0; len < LENGTHS; len++) {
        assert_ptr_equal(text_table_find(&table, str_make(text, len)), &text[len]);
    }
    assert_null(text_table_find(&table, str_make("xxxxxxxxxxxxxxxxxxxy", 20)));
    text_table_fini(&table);
}

static void many_rows_are_found(void **state) {
    enum { ROWS = 20000, LEN = 16 };
    static char texts[ROWS][LEN];
    struct text_table table;
    size_t i;

    (void) state;
    text_table_init(&table);
    for (i = 0; i < ROWS; i++) {
        snprintf(texts[i], LEN, "row %zu", i);
        assert_true(text_table_add(&table, str_from(texts[i]), texts[i]));
    }
    assert_int_equal(table.count, ROWS);
    for (i = 0; i < ROWS; i++) {
        assert_ptr_equal(text_table_find(&table, str_from(texts[i])), texts[i]);
    }
    assert_null(text_table_find(&table, STR("row 20000")));
    text_table_fini(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_table_has_nothing),
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(row_is_there_once),
        cmocka_unit_test(texts_of_all_lengths_are_found),
        cmocka_unit_test(many_rows_are_found),
    };

    return cmocka_run_group_tests_name("expr/text_table", tests, NULL, NULL);
}
