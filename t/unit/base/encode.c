/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/encode: all 256 bytes in each encoding. */
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "dies.h"

static struct buf out;

static int give_back(void **state) {
    (void) state;
    buf_free(&out);
    buf_trim();
    return 0;
}

#define assert_out(expected)                                                                       \
    do {                                                                                           \
        assert_int_equal(buf_len(&out), sizeof(expected) - 1);                                     \
        assert_memory_equal(buf_bytes(&out).data, expected, sizeof(expected) - 1);                 \
        buf_free(&out);                                                                            \
    } while (0)

/* What the encoding makes of one byte in a text of so many, at this place. */
static void assert_byte_at(enum encoding encoding, int byte, const char *expected, size_t len,
                           size_t at, size_t size) {
    char text[20], wanted[40];

    memset(text, '<', sizeof(text));
    memset(wanted, '<', sizeof(wanted));
    text[at] = (char) byte;
    memcpy(wanted + at, expected, len);
    encode(&out, encoding, str_make(text, size));
    assert_int_equal(buf_len(&out), size - 1 + len);
    assert_memory_equal(buf_bytes(&out).data, wanted, size - 1 + len);
    buf_free(&out);
}

/* In texts of all lengths around those that are looked at eight bytes at a time. */
static void assert_byte(enum encoding encoding, int byte, const char *expected, size_t len) {
    size_t at, size;

    assert_true(len <= ENCODE_EXPANSION_MAX);
    for (size = 1; size <= 20; size++) {
        for (at = 0; at < size; at++) {
            assert_byte_at(encoding, byte, expected, len, at, size);
        }
    }
}

static void test_log_escapes(void **state) {
    char expected[8];
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        if (c < 32 || c > 126 || c == '"' || c == '\\') {
            snprintf(expected, sizeof(expected), "\\x%02X", (unsigned) c);
            assert_byte(ENCODE_LOG, c, expected, 4);
        } else {
            expected[0] = (char) c;
            assert_byte(ENCODE_LOG, c, expected, 1);
        }
    }
}

static void test_json_escapes(void **state) {
    char expected[8];
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        if (c >= 32 && c != '"' && c != '\\') {
            expected[0] = (char) c;
            assert_byte(ENCODE_JSON, c, expected, 1);
        } else if (c < 32 && c != '\b' && c != '\t' && c != '\n' && c != '\f' && c != '\r') {
            snprintf(expected, sizeof(expected), "\\u%04X", (unsigned) c);
            assert_byte(ENCODE_JSON, c, expected, 6);
        }
    }
    encode(&out, ENCODE_JSON, STR("\"\\\b\t\n\f\r"));
    assert_out("\\\"\\\\\\b\\t\\n\\f\\r");
}

static void test_no_escapes(void **state) {
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        char expected = (char) c;

        assert_byte(ENCODE_NONE, c, &expected, 1);
    }
}

static void test_nothing_makes_nothing(void **state) {
    (void) state;
    encode(&out, ENCODE_LOG, STR_NONE);
    encode(&out, ENCODE_JSON, STR_NONE);
    encode(&out, ENCODE_NONE, STR_NONE);
    assert_null(out.data);
}

static void test_results_are_appended(void **state) {
    (void) state;
    assert_true(buf_append(&out, STR("before "), 100));
    encode(&out, ENCODE_LOG, STR("a\"\"b"));
    encode(&out, ENCODE_NONE, STR(" \""));
    assert_out("before a\\x22\\x22b \"");
}

static void test_runs_at_both_ends(void **state) {
    (void) state;
    encode(&out, ENCODE_LOG, STR("\nab\ncd\n"));
    assert_out("\\x0Aab\\x0Acd\\x0A");
    encode(&out, ENCODE_LOG, STR("\n"));
    assert_out("\\x0A");
    encode(&out, ENCODE_LOG, STR("plain"));
    assert_out("plain");
}

static void test_out_grows(void **state) {
    static char text[100000];
    struct str made;
    size_t i;

    (void) state;
    memset(text, '\n', sizeof(text));
    encode(&out, ENCODE_LOG, str_make(text, sizeof(text)));
    made = buf_bytes(&out);
    assert_int_equal(made.len, 400000);
    for (i = 0; i < made.len; i += 4) {
        assert_memory_equal(made.data + i, "\\x0A", 4);
    }
    buf_free(&out);
}

static void test_result_beyond_any_buf_is_a_bug(void **state) {
    (void) state;
    buf_reserve(&out, BUF_SIZE_MAX); /* the kernel gives pages only where they are touched */
    buf_added(&out, BUF_SIZE_MAX);
    assert_dies("fits", encode(&out, ENCODE_NONE, STR("a")));
    buf_free(&out);
}

static void test_base64_is_read(void **state) {
    char bytes[16];
    size_t len;

    (void) state;
    assert_true(decode_base64(STR("dXNlcjpwYXNz"), bytes, &len));
    assert_int_equal(len, 9);
    assert_memory_equal(bytes, "user:pass", 9);
    assert_true(decode_base64(STR("+/8="), bytes, &len));
    assert_int_equal(len, 2);
    assert_memory_equal(bytes, "\xfb\xff", 2);
    assert_true(decode_base64(STR("QQ"), bytes, &len));
    assert_int_equal(len, 1);
    assert_true(decode_base64(STR(""), bytes, &len));
    assert_int_equal(len, 0);
    assert_true(decode_base64(STR_NONE, bytes, &len));
    assert_int_equal(len, 0);
    assert_true(decode_base64(STR("="), bytes, &len)); /* padding is not counted */
    assert_int_equal(len, 0);
    assert_false(decode_base64(STR("Q"), bytes, &len));
    assert_false(decode_base64(STR("QQ*="), bytes, &len));
    assert_false(decode_base64(STR("QQ==QQ=="), bytes, &len));
}

/* Each character but the 64 makes a text bad; the 64 mean their place in the list. */
static void test_base64_alphabet(void **state) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[3] = "AA", bytes[2];
    size_t len;
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        const char *at = memchr(digits, c, 64);

        text[0] = (char) c;
        if (c == '=') {
            continue;
        }
        assert_int_equal(decode_base64(str_make(text, 2), bytes, &len), at != NULL);
        if (at != NULL) {
            assert_int_equal((unsigned char) bytes[0], (at - digits) << 2);
        }
    }
}

/* Lengths of all kinds, the examples of RFC 4648 section 10 among them, and all bits. */
static void test_base64_of_all_lengths(void **state) {
    static const struct {
        struct str text, bytes;
    } rows[] = {
        { STR("Zg=="), STR("f") },
        { STR("Zm8="), STR("fo") },
        { STR("Zm9v"), STR("foo") },
        { STR("Zm9vYg=="), STR("foob") },
        { STR("Zm9vYmE="), STR("fooba") },
        { STR("Zm9vYmFy"), STR("foobar") },
        { STR("//79APvv/w=="), STR("\xFF\xFE\xFD\0\xFB\xEF\xFF") },
    };
    char bytes[16];
    size_t len, i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(decode_base64(rows[i].text, bytes, &len));
        assert_int_equal(len, rows[i].bytes.len);
        assert_memory_equal(bytes, rows[i].bytes.data, len);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_escapes),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_no_escapes),
        cmocka_unit_test(test_base64_is_read),
        cmocka_unit_test(test_base64_alphabet),
        cmocka_unit_test(test_base64_of_all_lengths),
        cmocka_unit_test(test_nothing_makes_nothing),
        cmocka_unit_test(test_results_are_appended),
        cmocka_unit_test(test_runs_at_both_ends),
        cmocka_unit_test(test_out_grows),
        cmocka_unit_test(test_result_beyond_any_buf_is_a_bug),
    };

    return cmocka_run_group_tests_name("base/encode", tests, NULL, give_back);
}
