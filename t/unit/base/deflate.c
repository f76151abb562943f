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

/* Packs the text in pieces of in bytes, with so many bytes of room at a time. */
static struct buf pack(struct deflate_packer *packer, struct str text, size_t in, size_t room,
                       enum deflate_goal between) {
    struct buf packed = { NULL, 0, 0, 0 };
    bool is_last, is_done;

    do {
        struct str piece = str_first(text, in);
        struct buf out = { NULL, 0, 0, 0 };

        is_last = piece.len == text.len;
        text = str_from_byte(text, piece.len);
        buf_reserve(&out, BUF_SIZE_MIN);
        do {
            out.start = 0;
            out.end = (uint32_t) (out.size - room);
            is_done = deflate_pack(packer, &piece, &out, is_last ? DEFLATE_END : between);
            buf_append(&packed, str_from_byte(buf_bytes(&out), out.size - room), BUF_SIZE_MAX);
        } while (!is_done);
        buf_free(&out);
    } while (!is_last);
    return packed;
}

static void test_streams_come_back(void **state) {
    static const size_t sizes[] = { 1, 7, 1000, sizeof(big) };
    struct str text;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(big); i++) {
        big[i] = (char) ('a' + i * i % 13);
    }
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct deflate_packer *packer = deflate_packer_open(6, 15, 8);
        struct buf packed, again;

        text = str_make(big, sizes[i] == 1 ? 5000 : sizeof(big));
        packed = pack(packer, text, sizes[i], 1 + i * 300,
                      i % 2 == 0 ? DEFLATE_GATHER : DEFLATE_FLUSH);
        deflate_packer_close(packer);
        again = gunzip(buf_bytes(&packed));
        assert_true(str_equal(buf_bytes(&again), text));
        buf_free(&again);
        buf_free(&packed);
    }
}

/* What was flushed can be unpacked before the end has come. */
static void test_flush_brings_all(void **state) {
    struct deflate_packer *packer = deflate_packer_open(1, 9, 1);
    struct deflate_unpacker *unpacker = deflate_unpacker_open();
    struct buf packed = { NULL, 0, 0, 0 }, text = { NULL, 0, 0, 0 };
    struct str from = STR("one"), bytes;

    (void) state;
    buf_reserve(&packed, BUF_SIZE_MIN);
    buf_reserve(&text, BUF_SIZE_MIN);
    assert_true(deflate_pack(packer, &from, &packed, DEFLATE_FLUSH));
    bytes = buf_bytes(&packed);
    assert_int_equal(deflate_unpack(unpacker, &bytes, &text), DEFLATE_MORE);
    assert_true(str_is(buf_bytes(&text), "one"));

    buf_consume(&packed, buf_len(&packed));
    assert_true(deflate_pack(packer, &from, &packed, DEFLATE_END));
    bytes = buf_bytes(&packed);
    assert_int_equal(deflate_unpack(unpacker, &bytes, &text), DEFLATE_WHOLE);
    assert_true(str_is(buf_bytes(&text), "one"));
    deflate_packer_close(packer);
    deflate_unpacker_close(unpacker);
    buf_free(&packed);
    buf_free(&text);
}

/* Unpacks all of it, byte by byte both ways; returns the last result. */
static enum deflate_result unpack(struct str packed, struct buf *text) {
    struct deflate_unpacker *unpacker = deflate_unpacker_open();
    struct buf out = { NULL, 0, 0, 0 };
    enum deflate_result result = DEFLATE_MORE;
    size_t i, before;

    buf_reserve(&out, BUF_SIZE_MIN);
    for (i = 0; i < packed.len && result != DEFLATE_BAD; i++) {
        struct str byte = str_make(packed.data + i, 1);

        do {
            out.start = 0;
            out.end = out.size - 1;
            result = deflate_unpack(unpacker, &byte, &out);
            before = buf_len(text);
            buf_append(text, str_from_byte(buf_bytes(&out), out.size - 1), BUF_SIZE_MAX);
        } while (result != DEFLATE_BAD && (byte.len > 0 || buf_len(text) > before));
    }
    deflate_unpacker_close(unpacker);
    buf_free(&out);
    return result;
}

static void test_members_are_unpacked(void **state) {
    struct buf packed = { NULL, 0, 0, 0 }, text = { NULL, 0, 0, 0 };
    struct str bytes;

    (void) state;
    deflate_gzip(&packed, STR("one\n"), 1);
    deflate_gzip(&packed, STR("two, which is longer\n"), 9);
    bytes = buf_bytes(&packed);
    assert_int_not_equal(unpack(str_first(bytes, bytes.len - 1), &text), DEFLATE_WHOLE);
    buf_free(&text);
    assert_int_not_equal(unpack(bytes, &text), DEFLATE_BAD);
    assert_true(str_is(buf_bytes(&text), "one\ntwo, which is longer\n"));
    buf_free(&text);
    assert_int_equal(unpack(STR("no gzip at all"), &text), DEFLATE_BAD);
    buf_free(&text);
    buf_append(&packed, STR("more"), BUF_SIZE_MAX);
    assert_int_equal(unpack(buf_bytes(&packed), &text), DEFLATE_BAD);
    buf_free(&text);
    buf_free(&packed);
}

static void test_small_texts_need_little(void **state) {
    int bits = 15, memory = 8;

    (void) state;
    deflate_fit(100000, &bits, &memory);
    assert_int_equal(bits, 15);
    assert_int_equal(memory, 8);
    deflate_fit(3000, &bits, &memory);
    assert_int_equal(bits, 12);
    assert_int_equal(memory, 5);
    deflate_fit(0, &bits, &memory);
    assert_int_equal(bits, DEFLATE_WINDOW_BITS_MIN);
    assert_int_equal(memory, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_come_back),
        cmocka_unit_test(test_noise_comes_back),
        cmocka_unit_test(test_members_follow_each_other),
        cmocka_unit_test(test_streams_come_back),
        cmocka_unit_test(test_flush_brings_all),
        cmocka_unit_test(test_members_are_unpacked),
        cmocka_unit_test(test_small_texts_need_little),
    };

    return cmocka_run_group_tests_name("base/deflate", tests, NULL, NULL);
}
