/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/dns_answer: what of an answer counts, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns_text.h"

#include <stdio.h>

static struct dns_text text;
static struct dns_answer answer;

static bool parse(enum dns_type type) {
    /* A copy of just that size, so that a look beyond it is seen. */
    char *copy = malloc(text.len > 0 ? text.len : 1);
    bool is_good;

    memcpy(copy, text.bytes, text.len);
    is_good = parse_dns_answer(str_make(copy, text.len), STR("a.test"), type, &answer);
    free(copy);
    return is_good;
}

static void expect(unsigned code, unsigned count, uint32_t ttl_s) {
    assert_true(parse(DNS_A));
    assert_int_equal(answer.code, code);
    assert_int_equal(answer.count, count);
    assert_true(answer.has_ttl);
    assert_int_equal(answer.ttl_s, ttl_s);
}

/* ---- addresses ---- */

static void test_addresses(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "a.test", 300, 1);
    text_addr(&text, "A.Test", 60, 2);
    expect(DNS_OK, 2, 60);
    assert_memory_equal(answer.addrs[0], "\012\0\0\1", 4);
    assert_memory_equal(answer.addrs[1], "\012\0\0\2", 4);
    assert_false(answer.has_alias);
}

static void test_addresses_of_ipv6(void **state) {
    (void) state;
    text_begin(&text, 0, "A.TEST", DNS_AAAA);
    text_addr6(&text, "a.test", 300, 1);
    text_addr(&text, "a.test", 1, 1); /* another type: not asked for */
    assert_true(parse(DNS_AAAA));
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ttl_s, 300);
    assert_int_equal(answer.addrs[0][15], 1);
}

static void test_compressed_names(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[7] = 2;
    text_bytes(&text, "\xc0\x0c\0\1\0\1\0\0\0\7\0\4\012\0\0\1", 16);
    text_bytes(&text, "\1a\xc0\x0e\0\1\0\1\0\0\0\5\0\4\012\0\0\2", 18);
    expect(DNS_OK, 2, 5);
}

static void test_only_of_the_name(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "b.test", 1, 9);
    text_addr(&text, "a.test.evil", 1, 9);
    text_addr(&text, "a", 1, 9);
    text_addr(&text, "a.test", 60, 1);
    expect(DNS_OK, 1, 60);
    assert_int_equal(answer.addrs[0][3], 1);
}

static void test_another_class(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "a.test", 1, 9);
    text.bytes[text.len - 11] = 3;
    assert_true(parse(DNS_A));
    assert_int_equal(answer.count, 0);
}

static void test_more_than_fit(void **state) {
    unsigned i;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    for (i = 0; i < 200; i++) {
        text_addr(&text, "a.test", 60, i);
    }
    expect(DNS_OK, DNS_ADDRS_MAX, 60);
    assert_int_equal(answer.addrs[DNS_ADDRS_MAX - 1][3], DNS_ADDRS_MAX - 1);
}

static void test_times_before_1970(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "a.test", 0x80000000, 1);
    expect(DNS_OK, 1, 0);
}

static void test_the_longest_time(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "a.test", 0x7fffffff, 1);
    expect(DNS_OK, 1, 0x7fffffff);
}

/* ---- aliases ---- */

static void test_aliases_in_any_order(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_addr(&text, "c.test", 300, 3);
    text_addr(&text, "b.test.x", 1, 4);
    text_alias(&text, "b.test", 40, "C.test");
    text_alias(&text, "a.test", 50, "b.test");
    expect(DNS_OK, 1, 40);
    assert_int_equal(answer.addrs[0][3], 3);
    assert_false(answer.has_alias);
}

static void test_alias_without_address(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, "B-2_x.Test");
    expect(DNS_OK, 0, 50);
    assert_true(answer.has_alias);
    assert_string_equal(answer.alias, "b-2_x.test");
}

/* count labels of a letter each, or of 63 letters. */
static void make_name(char *name, unsigned count, size_t label) {
    unsigned i;

    for (i = 0; i < count; i++) {
        memset(name + i * (label + 1), "az09"[i % 4], label);
        name[i * (label + 1) + label] = '.';
    }
    name[count * (label + 1) - 1] = '\0';
}

static void test_the_longest_names(void **state) {
    char name[400];

    (void) state;
    make_name(name, 127, 1);
    assert_int_equal(strlen(name), DNS_NAME_MAX);
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, name);
    assert_true(parse(DNS_A));
    assert_string_equal(answer.alias, name);
    text_begin(&text, 0, name, DNS_A);
    text_addr(&text, name, 60, 1);
    assert_true(parse_dns_answer(str_make(text.bytes, text.len), str_from(name), DNS_A, &answer));
    assert_int_equal(answer.count, 1);
    make_name(name, 128, 1);
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, name);
    assert_false(parse(DNS_A));
    make_name(name, 3, 63);
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, name);
    assert_true(parse(DNS_A));
    assert_string_equal(answer.alias, name);
    text_begin(&text, 0, name, DNS_A);
    assert_true(parse_dns_answer(str_make(text.bytes, text.len), str_from(name), DNS_A, &answer));
}

static void test_alias_to_no_host_name(void **state) {
    static const char *const targets[] = { "b c.test", "b\\.test", "b\001.test", "" };
    unsigned i;

    (void) state;
    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        text_begin(&text, 0, "a.test", DNS_A);
        text_alias(&text, "a.test", 50, targets[i]);
        assert_false(parse(DNS_A));
    }
}

static void test_circle_of_aliases(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, "b.test");
    text_alias(&text, "b.test", 50, "a.test");
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, "a.test");
    assert_false(parse(DNS_A));
}

static void test_long_chain_of_aliases(void **state) {
    char from[16] = "a.test", to[16];
    unsigned i;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    for (i = 0; i < DNS_ALIASES_MAX; i++) {
        snprintf(to, sizeof(to), "n%u.test", i);
        text_alias(&text, from, 50, to);
        memcpy(from, to, sizeof(from));
    }
    text_addr(&text, from, 60, 1);
    expect(DNS_OK, 1, 50);
    text_begin(&text, 0, "a.test", DNS_A);
    memcpy(from, "a.test", 7);
    for (i = 0; i <= DNS_ALIASES_MAX; i++) {
        snprintf(to, sizeof(to), "n%u.test", i);
        text_alias(&text, from, 50, to);
        memcpy(from, to, sizeof(from));
    }
    text_addr(&text, from, 60, 1);
    assert_false(parse(DNS_A));
}

/* ---- no address ---- */

static void test_no_name(void **state) {
    (void) state;
    text_begin(&text, 3, "a.test", DNS_A);
    text_soa(&text, 300, 60);
    expect(DNS_NO_NAME, 0, 60);
    text_begin(&text, 3, "a.test", DNS_A);
    text_soa(&text, 30, 60);
    expect(DNS_NO_NAME, 0, 30);
    text_begin(&text, 3, "a.test", DNS_A);
    assert_true(parse(DNS_A));
    assert_false(answer.has_ttl);
}

/* What is said of the name that an alias leads to is said of the alias. */
static void test_no_name_behind_an_alias(void **state) {
    (void) state;
    text_begin(&text, 3, "a.test", DNS_A);
    text_alias(&text, "a.test", 20, "b.test");
    text_soa(&text, 300, 60);
    expect(DNS_NO_NAME, 0, 20);
    assert_false(answer.has_alias);
}

static void test_no_name_with_addresses(void **state) {
    (void) state;
    text_begin(&text, 3, "a.test", DNS_A);
    text_addr(&text, "a.test", 300, 1);
    assert_true(parse(DNS_A));
    assert_int_equal(answer.code, DNS_NO_NAME);
    assert_int_equal(answer.count, 0);
}

/* Only the SOA among the authorities says it. */
static void test_other_records_beside_the_soa(void **state) {
    struct dns_text data = { .len = 0 };

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 4, "test", 2, 5, "\2ns\4test", 9);
    text_soa(&text, 300, 60);
    expect(DNS_OK, 0, 60);
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 4, "test", 2, 5, "\2ns\4test", 9);
    text_soa(&text, 300, 60);
    text.bytes[9] = 1;
    text.bytes[11] = 1; /* among the additions */
    assert_true(parse(DNS_A));
    assert_false(answer.has_ttl);
    text_32(&data, 1);
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 4, "test", TEXT_SOA, 5, data.bytes, data.len); /* far too short */
    assert_true(parse(DNS_A));
    assert_false(answer.has_ttl);
    memset(data.bytes, 0, 22);
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 4, "test", TEXT_SOA, 5, data.bytes, 22);
    expect(DNS_OK, 0, 0);
    text.bytes[text.len - 29] = 3; /* of another class */
    assert_true(parse(DNS_A));
    assert_false(answer.has_ttl);
}

static void test_no_address(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_soa(&text, 300, 60);
    expect(DNS_OK, 0, 60);
    /* The time is all that a broken one of these can spoil. */
    text.bytes[text.len - 30] = (char) 0xff;
    text.len -= 2;
    assert_true(parse(DNS_A));
    assert_false(answer.has_ttl);
}

static void test_failures(void **state) {
    unsigned code;

    (void) state;
    for (code = 1; code < 16; code++) {
        text_begin(&text, code, "a.test", DNS_A);
        text_addr(&text, "a.test", 300, 1);
        assert_true(parse(DNS_A));
        assert_int_equal(answer.code, code);
        assert_int_equal(answer.count, 0);
    }
}

/* ---- no answer ---- */

static void test_other_questions(void **state) {
    (void) state;
    text_begin(&text, 0, "b.test", DNS_A);
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_AAAA);
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[text.len - 1] = 3;
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[5] = 0;
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[5] = 2;
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[2] = 1; /* a question itself */
    assert_false(parse(DNS_A));
    text.bytes[2] = (char) 0xa9; /* another kind of question */
    assert_false(parse(DNS_A));
}

static void test_names_that_nobody_asks_for(void **state) {
    static const char *const names[] = { "", ".", "a..test", ".a", "a." };
    char label[80], long_name[300] = "";
    unsigned i;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_false(parse_dns_answer(str_make(text.bytes, text.len), str_from(names[i]), DNS_A,
                                      &answer));
    }
    memset(label, 'a', 64);
    assert_false(parse_dns_answer(str_make(text.bytes, text.len), str_make(label, 64), DNS_A,
                                  &answer));
    for (i = 0; i < 128; i++) {
        strcat(long_name, "a.");
    }
    assert_false(parse_dns_answer(str_make(text.bytes, text.len), str_make(long_name, 255), DNS_A,
                                  &answer));
}

/* Wherever a message is cut, it is no answer. */
static void test_cut_anywhere(void **state) {
    size_t len;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, "b.test");
    text_addr(&text, "b.test", 60, 1);
    len = text.len;
    expect(DNS_OK, 1, 50);
    for (text.len = 0; text.len < len; text.len++) {
        assert_false(parse(DNS_A));
    }
}

static void test_cut_in_a_pointer(void **state) {
    size_t len;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[7] = 1;
    text_bytes(&text, "\xc0\x0c\0\1\0\1\0\0\0\7\0\4\012\0\0\1", 16);
    len = text.len;
    expect(DNS_OK, 1, 7);
    for (text.len = 0; text.len < len; text.len++) {
        assert_false(parse(DNS_A));
    }
}

/* Any one byte changed: never more than an address or two, never a look beyond the end. */
static void test_each_byte_changed(void **state) {
    size_t at, len;
    int byte;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_alias(&text, "a.test", 50, "b.test");
    text_addr(&text, "b.test", 60, 1);
    text_soa(&text, 300, 60);
    len = text.len;
    for (at = 0; at < len; at++) {
        char kept = text.bytes[at];

        for (byte = 0; byte < 256; byte++) {
            text.bytes[at] = (char) byte;
            if (parse(DNS_A)) {
                assert_true(answer.count <= 1);
            }
        }
        text.bytes[at] = kept;
    }
}

static void test_pointers_that_lead_nowhere(void **state) {
    static const struct { const char *bytes; size_t len; } names[] = {
        { "\xc0\x18", 2 },          /* itself */
        { "\xc0\x19", 2 },          /* its own middle */
        { "\xc0\xff", 2 },          /* ahead */
        { "\xff\xff", 2 },
        { "\1a\xc0\x18", 4 },       /* the label before it */
        { "\x40x", 2 },             /* neither label nor pointer */
        { "\x80x", 2 },
    };
    unsigned i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        text_begin(&text, 0, "a.test", DNS_A);
        assert_int_equal(text.len, 0x18);
        text.bytes[7] = 1;
        text_bytes(&text, names[i].bytes, names[i].len);
        text_bytes(&text, "\0\1\0\1\0\0\0\7\0\4\012\0\0\1", 14);
        assert_false(parse(DNS_A));
    }
}

static void test_names_that_are_too_long(void **state) {
    unsigned i;

    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text.bytes[7] = 1;
    for (i = 0; i < 5; i++) {
        text.bytes[text.len++] = 63;
        memset(text.bytes + text.len, 'x', 63);
        text.len += 63;
    }
    text_bytes(&text, "\0\0\1\0\1\0\0\0\7\0\4\012\0\0\1", 15);
    assert_false(parse(DNS_A));
}

static void test_addresses_of_odd_length(void **state) {
    (void) state;
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 3, "a.test", DNS_A, 60, "\1\2\3\4\5", 5);
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 3, "a.test", DNS_A, 60, "", 0);
    assert_false(parse(DNS_A));
    text_begin(&text, 0, "a.test", DNS_A);
    text_record(&text, 3, "a.test", TEXT_CNAME, 60, "\1b\0x", 4); /* more than a name */
    assert_false(parse(DNS_A));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_of_ipv6),
        cmocka_unit_test(test_compressed_names),
        cmocka_unit_test(test_only_of_the_name),
        cmocka_unit_test(test_another_class),
        cmocka_unit_test(test_more_than_fit),
        cmocka_unit_test(test_times_before_1970),
        cmocka_unit_test(test_the_longest_time),
        cmocka_unit_test(test_aliases_in_any_order),
        cmocka_unit_test(test_the_longest_names),
        cmocka_unit_test(test_alias_without_address),
        cmocka_unit_test(test_alias_to_no_host_name),
        cmocka_unit_test(test_circle_of_aliases),
        cmocka_unit_test(test_long_chain_of_aliases),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_no_name_behind_an_alias),
        cmocka_unit_test(test_no_name_with_addresses),
        cmocka_unit_test(test_other_records_beside_the_soa),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_other_questions),
        cmocka_unit_test(test_names_that_nobody_asks_for),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_cut_in_a_pointer),
        cmocka_unit_test(test_each_byte_changed),
        cmocka_unit_test(test_pointers_that_lead_nowhere),
        cmocka_unit_test(test_names_that_are_too_long),
        cmocka_unit_test(test_addresses_of_odd_length),
    };

    return cmocka_run_group_tests_name("net/dns_answer", tests, NULL, NULL);
}
