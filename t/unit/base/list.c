/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/list: order, removal by hand and in a walk, and moving a whole list. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct member {
    int number;
    struct list link; /* not first, so that list_object() has something to do */
};

static struct member members[4];
static struct list head;

static int set_up(void **state) {
    int i;

    (void) state;
    list_init(&head);
    for (i = 0; i < 4; i++) {
        members[i].number = i;
        list_init(&members[i].link);
    }
    return 0;
}

/* The numbers of the members of a list as digits; the links back must say the same. */
static void assert_list(const struct list *list, const char *expected) {
    const struct list *link;
    char digits[16];
    size_t len = 0, i;

    for (link = list->next; link != list && len < 15; link = link->next) {
        assert_ptr_equal(link->prev->next, link);
        digits[len++] = (char) ('0' + list_object(link, struct member, link)->number);
    }
    digits[len] = '\0';
    assert_string_equal(digits, expected);
    for (link = list->prev, i = len; link != list && i > 0; link = link->prev) {
        assert_int_equal('0' + list_object(link, struct member, link)->number, digits[--i]);
    }
    assert_int_equal(i, 0);
    assert_ptr_equal(link, list);
    assert_int_equal(list_is_empty(list), len == 0);
}

static void test_empty_list(void **state) {
    (void) state;
    assert_true(list_is_empty(&head));
    assert_null(list_take_first(&head));
    assert_false(list_is_linked(&members[0].link));
    assert_list(&head, "");
}

static void test_adding_at_both_ends(void **state) {
    (void) state;
    list_add_last(&head, &members[1].link);
    assert_false(list_is_empty(&head));
    assert_true(list_is_linked(&members[1].link));
    list_add_last(&head, &members[2].link);
    list_add_first(&head, &members[0].link);
    list_add_last(&head, &members[3].link);
    assert_list(&head, "0123");
}

static void test_object_of_a_link(void **state) {
    (void) state;
    assert_ptr_equal(list_object(&members[2].link, struct member, link), &members[2]);
}

static void add_all(void) {
    int i;

    for (i = 0; i < 4; i++) {
        list_add_last(&head, &members[i].link);
    }
}

static void test_removing(void **state) {
    (void) state;
    add_all();
    list_remove(&members[1].link);
    assert_list(&head, "023");
    assert_false(list_is_linked(&members[1].link));
    list_remove(&members[1].link); /* twice is harmless */
    assert_list(&head, "023");
    list_remove(&members[0].link);
    list_remove(&members[3].link);
    assert_list(&head, "2");
    list_remove(&members[2].link);
    assert_list(&head, "");
    list_add_first(&head, &members[1].link);
    assert_list(&head, "1");
}

static void test_taking_from_the_front(void **state) {
    (void) state;
    add_all();
    assert_ptr_equal(list_take_first(&head), &members[0].link);
    assert_false(list_is_linked(&members[0].link));
    assert_list(&head, "123");
    list_take_first(&head);
    list_take_first(&head);
    assert_ptr_equal(list_take_first(&head), &members[3].link);
    assert_null(list_take_first(&head));
}

static void test_walk(void **state) {
    struct list *at, *following;
    char digits[8] = "";
    size_t len = 0;

    (void) state;
    list_each (at, following, &head) {
        fail();
    }
    add_all();
    list_each (at, following, &head) {
        digits[len++] = (char) ('0' + list_object(at, struct member, link)->number);
    }
    assert_string_equal(digits, "0123");
}

static void test_walk_that_removes(void **state) {
    struct list *at, *following;
    int walked = 0;

    (void) state;
    add_all();
    list_each (at, following, &head) {
        walked++;
        if (list_object(at, struct member, link)->number % 2 == 0) {
            list_remove(at);
            memset(at, 0xAA, sizeof(*at)); /* it may even be gone */
        }
    }
    assert_int_equal(walked, 4);
    assert_list(&head, "13");
}

static void test_moving_all(void **state) {
    struct list other;

    (void) state;
    add_all();
    list_move_all(&other, &head);
    assert_list(&other, "0123");
    assert_list(&head, "");
    list_move_all(&head, &other);
    assert_list(&head, "0123");
    assert_list(&other, "");
    list_remove(&members[0].link);
    list_remove(&members[1].link);
    list_remove(&members[2].link);
    list_move_all(&other, &head);
    assert_list(&other, "3");
    list_remove(&members[3].link);
    memset(&head, 0xAA, sizeof(head)); /* the list moved to need not be one before */
    list_move_all(&head, &other);
    assert_list(&head, "");
    assert_list(&other, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty_list, set_up),
        cmocka_unit_test_setup(test_adding_at_both_ends, set_up),
        cmocka_unit_test_setup(test_object_of_a_link, set_up),
        cmocka_unit_test_setup(test_removing, set_up),
        cmocka_unit_test_setup(test_taking_from_the_front, set_up),
        cmocka_unit_test_setup(test_walk, set_up),
        cmocka_unit_test_setup(test_walk_that_removes, set_up),
        cmocka_unit_test_setup(test_moving_all, set_up),
    };

    return cmocka_run_group_tests_name("base/list", tests, NULL, NULL);
}
