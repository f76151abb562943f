/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of base/deflate: what comes out is what gunzip makes the text of again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char big[300 * 1000];

/* What the tool makes of the bytes. */
static struct buf gunzip(struct str bytes) {
    char path[] = "/tmp/weir-deflate-XXXXXX", command[100];
    int fd = mkstemp(path), status;
    struct buf text = { NULL, 0, 0, 0 };
    FILE *output;

    assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t) bytes.len);
    close(fd);
    snprintf(command, sizeof(command), "gzip -dc < %s", path);
    output = popen(command, "r");
    assert_non_null(output);
    buf_reserve(&text, sizeof(big) + 1000);
    buf_added(&text, fread(buf_room(&text), 1, buf_room_len(&text), output));
    status = pclose(output);
    unlink(path);
    assert_int_equal(status, 0);
    return text;
}

static void check_text(struct str text, int level) {
    struct buf packed = { NULL, 0, 0, 0 }, again;

    deflate_gzip(&packed, text, level);
    again = gunzip(buf_bytes(&packed));
    assert_true(str_equal(buf_bytes(&again), text));
    buf_free(&again);
    buf_free(&packed);
}

static void test_texts_come_back(void **state) {
    int level;

    (void) state;
    memset(big, 'x', sizeof(big));
    for (level = 1; level <= 9; level++) {
        check_text(STR("a line\n"), level);
        check_text(str_make(big, sizeof(big)), level);
    }
    check_text(STR(""), 1);
}

/* What cannot be compressed grows a little, and has room for that. */
static void test_noise_comes_back(void **state) {
    uint32_t random = 1;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(big); i++) {
        random = random * 1664525 + 1013904223;
        big[i] = (char) (random >> 24);
    }
    check_text(str_make(big, sizeof(big)), 9);
}

static void test_members_follow_each_other(void **state) {
    struct buf packed = { NULL, 0, 0, 0 }, again;

    (void) state;
    deflate_gzip(&packed, STR("one\n"), 1);
    deflate_gzip(&packed, STR("two\n"), 9);
    again = gunzip(buf_bytes(&packed));
    assert_true(str_is(buf_bytes(&again), "one\ntwo\n"));
    buf_free(&again);
    buf_free(&packed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_come_back),
        cmocka_unit_test(test_noise_comes_back),
        cmocka_unit_test(test_members_follow_each_other),
    };

    return cmocka_run_group_tests_name("base/deflate", tests, NULL, NULL);
}
