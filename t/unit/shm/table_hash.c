/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of table_hash: the results that OpenSSL gives for SipHash-2-4 with 16 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/table_hash.h"

#include <endian.h>

/* The secret is the bytes 0, 1 ... 15, the message the bytes 0, 1 ... len - 1. */
static const struct {
    size_t len;
    uint64_t high, low; /* of the 16 bytes, as they are written */
} rows[] = {
    { 0, 0xa3817f04ba25a8e6, 0x6df67214c7550293 },
    { 1, 0xda87c1d86b99af44, 0x347659119b22fc45 },
    { 2, 0x8177228da4a45dc7, 0xfca38bdef60affe4 },
    { 7, 0xa1f1ebbed8dbc153, 0xc0b84aa61ff08239 },
    { 8, 0x3b62a9ba6258f561, 0x0f83e264f31497b4 },
    { 9, 0x264499060ad9baab, 0xc47f8b02bb6d71ed },
    { 15, 0x5493e99933b0a811, 0x7e08ec0f97cfc3d9 },
    { 63, 0x5150d1772f50834a, 0x503e069a973fbd7c }
};

static void test_vectors(void **state) {
    static const uint64_t secret[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
    char message[64];
    uint64_t hash[2];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(message); i++) {
        message[i] = (char) i;
    }
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        table_hash(secret, str_make(message, rows[i].len), hash);
        assert_int_equal(htobe64(rows[i].high), htole64(hash[0]));
        assert_int_equal(htobe64(rows[i].low), htole64(hash[1]));
    }
}

static void test_secret_matters(void **state) {
    static const uint64_t secrets[2][2] = { { 1, 2 }, { 1, 3 } };
    uint64_t a[2], b[2];

    (void) state;
    table_hash(secrets[0], STR("key"), a);
    table_hash(secrets[1], STR("key"), b);
    assert_int_not_equal(a[0], b[0]);
    assert_int_not_equal(a[1], b[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_secret_matters),
    };

    return cmocka_run_group_tests_name("shm/table_hash", tests, NULL, NULL);
}
