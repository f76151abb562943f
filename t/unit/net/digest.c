/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of net/digest: the vectors of RFC 1321 and RFC 3174. */
#include "net/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_md5(void **state) {
    struct str parts[] = { STR("a"), STR(""), STR("bc") };
    char out[DIGEST_SIZE_MAX];

    (void) state;
    assert_true(digest_of(DIGEST_MD5, parts, 3, out));
    assert_memory_equal(out, "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72",
                        DIGEST_MD5_SIZE);
    assert_true(digest_of(DIGEST_MD5, NULL, 0, out));
    assert_memory_equal(out, "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e",
                        DIGEST_MD5_SIZE);
}

static void test_sha1(void **state) {
    struct str parts[] = { STR("ab"), STR("c") };
    char out[DIGEST_SIZE_MAX];

    (void) state;
    assert_true(digest_of(DIGEST_SHA1, parts, 2, out));
    assert_memory_equal(out, "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c"
                        "\x9c\xd0\xd8\x9d", DIGEST_SHA1_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md5),
        cmocka_unit_test(test_sha1),
    };

    return cmocka_run_group_tests_name("net/digest", tests, NULL, NULL);
}
