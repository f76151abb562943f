/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/heap: sizes are checked, and running out ends the process. */
#include "base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dies.h"

/* Read from memory, so that the compiler does not see how absurd they are. */
static volatile size_t half = SIZE_MAX / 2 + 1, two = 2;

static void test_memory_of_no_size_is_memory(void **state) {
    void *a = heap_alloc(0), *b = heap_zero(0, 8), *c = heap_zero(8, 0);
    void *d = heap_resize(NULL, 0, 4);

    (void) state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    assert_non_null(d);
    assert_ptr_not_equal(a, b);
    heap_free(a);
    heap_free(b);
    heap_free(c);
    heap_free(d);
}

static void test_zero_clears_what_was_used_before(void **state) {
    unsigned char *memory;
    size_t i;
    int round;

    (void) state;
    for (round = 0; round < 4; round++) {
        memory = heap_zero(3, 111);
        for (i = 0; i < 333; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xAA, 333);
        heap_free(memory);
    }
}

static void test_resize_keeps_the_members(void **state) {
    int *numbers = NULL, i;

    (void) state;
    numbers = heap_resize(numbers, 10, sizeof(*numbers));
    for (i = 0; i < 10; i++) {
        numbers[i] = i;
    }
    numbers = heap_resize(numbers, 100000, sizeof(*numbers));
    numbers[99999] = 1;
    for (i = 0; i < 10; i++) {
        assert_int_equal(numbers[i], i);
    }
    numbers = heap_resize(numbers, 2, sizeof(*numbers));
    assert_int_equal(numbers[1], 1);
    numbers = heap_resize(numbers, 0, sizeof(*numbers));
    assert_non_null(numbers);
    heap_free(numbers);
}

static void test_free_takes_null(void **state) {
    (void) state;
    heap_free(NULL);
}

static void test_overflowing_sizes_are_bugs(void **state) {
    (void) state;
    assert_dies("panic: ", heap_free(heap_zero(half, two)));
    assert_dies("mul_overflow", heap_free(heap_zero(two, half)));
    assert_dies("mul_overflow", heap_free(heap_resize(NULL, half, two)));
}

/* AddressSanitizer ends the process itself when that much is asked for. */
#ifndef HEAP_IS_SANITIZED
static volatile size_t huge = (size_t) 1 << 60;

static void test_running_out_ends_the_process(void **state) {
    (void) state;
    assert_dies("out of memory: 1152921504606846976 bytes refused", heap_free(heap_alloc(huge)));
    assert_dies("out of memory: 2305843009213693952 bytes refused",
                heap_free(heap_zero(huge, two)));
    assert_dies("out of memory: 2305843009213693952 bytes refused",
                heap_free(heap_resize(NULL, huge, two)));
}
#else
/* What is hidden may be touched again once it is shown, and not before. */
static void test_hidden_memory_may_not_be_touched(void **state) {
    volatile char *memory = heap_alloc(64);

    (void) state;
    heap_hide((const void *) memory, 64);
    assert_true(__asan_address_is_poisoned(memory));
    assert_true(__asan_address_is_poisoned(memory + 63));
    heap_show((const void *) memory, 64);
    assert_null(__asan_region_is_poisoned((void *) memory, 64));
    heap_free((void *) memory);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_of_no_size_is_memory),
        cmocka_unit_test(test_zero_clears_what_was_used_before),
        cmocka_unit_test(test_resize_keeps_the_members),
        cmocka_unit_test(test_free_takes_null),
        cmocka_unit_test(test_overflowing_sizes_are_bugs),
#ifndef HEAP_IS_SANITIZED
        cmocka_unit_test(test_running_out_ends_the_process),
#else
        cmocka_unit_test(test_hidden_memory_may_not_be_touched),
#endif
    };

    return cmocka_run_group_tests_name("base/heap", tests, NULL, NULL);
}
