/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/log_ring: what is in it after more lines than it holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event/log_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char head[] = "weir log: 4096 bytes\n";

static struct str ring_of(const struct log_ring *ring) {
    struct str bytes = log_ring_bytes(ring);

    assert_true(str_starts(bytes, str_from(head)));
    bytes = str_from_byte(bytes, strlen(head));
    assert_int_equal(bytes.len, 4096);
    return bytes;
}

static void write_number(struct log_ring *ring, unsigned number) {
    char line[32];

    log_ring_write(ring, str_make(line, (size_t) snprintf(line, sizeof(line), "line %u\n",
                                                          number)));
}

/* The lines in their order: from behind the NUL to the end, then up to the NUL. */
static void unroll(const struct log_ring *ring, char *text) {
    struct str bytes = ring_of(ring);
    size_t at = str_find_char(bytes, '\0');

    assert_true(at < bytes.len);
    memcpy(text, bytes.data + at + 1, bytes.len - at - 1);
    memcpy(text + bytes.len - at - 1, bytes.data, at);
    text[bytes.len - 1] = '\0';
}

static void lines_follow_each_other(void **state) {
    struct log_ring *ring = log_ring_open(4096);

    (void) state;
    write_number(ring, 1);
    write_number(ring, 2);
    assert_memory_equal(ring_of(ring).data, "line 1\nline 2\n", 15);
    log_ring_close(ring);
}

static void the_oldest_give_way(void **state) {
    struct log_ring *ring = log_ring_open(4096);
    char text[4096];
    unsigned i, number;

    (void) state;
    for (i = 1; i <= 5000; i++) {
        write_number(ring, i);
        unroll(ring, text);
    }
    assert_string_equal(text + 4095 - strlen("line 4999\nline 5000\n"), "line 4999\nline 5000\n");
    number = (unsigned) strtoul(strchr(text, '\n') + strlen("\nline "), NULL, 10);
    assert_in_range(number, 5000 - 4095 / 10, 5000 - 4095 / 10 + 2);
    log_ring_close(ring);
}

static void of_a_line_that_is_too_long_the_end_stays(void **state) {
    struct log_ring *ring = log_ring_open(4096);
    char line[9000], text[4096];

    (void) state;
    memset(line, 'a', sizeof(line));
    line[sizeof(line) - 1] = 'z';
    write_number(ring, 1);
    log_ring_write(ring, str_make(line, sizeof(line)));
    unroll(ring, text);
    assert_int_equal(strspn(text, "a"), 4094);
    assert_int_equal(text[4094], 'z');
    write_number(ring, 2);
    unroll(ring, text);
    assert_string_equal(text + 4094 - 7, "zline 2\n");
    log_ring_close(ring);
}

static void a_forked_process_has_its_own(void **state) {
    struct log_ring *ring = log_ring_open(4096);
    int status;
    pid_t pid;

    (void) state;
    write_number(ring, 1);
    pid = fork();
    if (pid == 0) {
        write_number(ring, 2);
        _exit(memcmp(ring_of(ring).data, "line 1\nline 2\n", 15) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_memory_equal(ring_of(ring).data, "line 1\n", 8);
    log_ring_close(ring);
}

static void it_lasts_as_long_as_its_last_user(void **state) {
    struct log_ring *ring = log_ring_open(4096);

    (void) state;
    log_ring_hold(ring);
    log_ring_close(ring);
    write_number(ring, 1);
    assert_memory_equal(ring_of(ring).data, "line 1\n", 8);
    log_ring_close(ring);
}

static void more_than_there_is_is_an_error(void **state) {
    (void) state;
    assert_null(log_ring_open((uint64_t) 1 << 62));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_follow_each_other),
        cmocka_unit_test(the_oldest_give_way),
        cmocka_unit_test(of_a_line_that_is_too_long_the_end_stays),
        cmocka_unit_test(a_forked_process_has_its_own),
        cmocka_unit_test(it_lasts_as_long_as_its_last_user),
        cmocka_unit_test(more_than_there_is_is_an_error),
    };

    return cmocka_run_group_tests_name("event/log_ring", tests, NULL, NULL);
}
