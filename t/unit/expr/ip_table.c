/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/ip_table: addresses, ranges, and the flattened table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "expr/ip_table.h"

#include <stdlib.h>

static void assert_v4(const char *text, uint32_t bits) {
    struct ip ip;

    assert_true(ip_parse(str_from(text), &ip));
    assert_false(ip.is_v6);
    assert_int_equal((uint32_t) ip.bits, bits);
}

static void v4_is_parsed(void **state) {
    static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "1..2.3",
                                       "1.2.3.4 ", "1.2.3.a", "1.2.3.-4", "0x1.2.3.4", "127.1" };
    struct ip ip;
    size_t i;

    (void) state;
    assert_v4("0.0.0.0", 0);
    assert_v4("192.0.2.1", 0xc0000201);
    assert_v4("255.255.255.255", 0xffffffff);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(ip_parse(str_from(bad[i]), &ip));
    }
}

static void v6_is_parsed(void **state) {
    static const char *const bad[] = { ":", ":::", "2001:db8", "[::1]", "::1%lo",
                                       "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3", "g::" };
    struct ip ip;
    size_t i;

    (void) state;
    assert_true(ip_parse(STR("2001:db8::1"), &ip));
    assert_true(ip.is_v6);
    assert_int_equal((uint64_t) (ip.bits >> 64), 0x20010db800000000);
    assert_int_equal((uint64_t) ip.bits, 1);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(ip_parse(str_from(bad[i]), &ip));
    }
    assert_false(ip_parse(str_make("::1\0", 4), &ip));
    assert_false(ip_parse(STR("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"), &ip));
}

static void mapped_v6_is_v4(void **state) {
    const char bytes[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 1, 2, 3, 4 };
    struct ip ip;

    (void) state;
    assert_v4("::ffff:192.0.2.1", 0xc0000201);
    assert_true(ip_from_bytes(str_make(bytes, 16), &ip));
    assert_false(ip.is_v6);
    assert_int_equal((uint32_t) ip.bits, 0x01020304);
    assert_true(ip_from_bytes(str_make(bytes + 12, 4), &ip));
    assert_int_equal((uint32_t) ip.bits, 0x01020304);
    assert_false(ip_from_bytes(str_make(bytes, 5), &ip));
    assert_false(ip_from_bytes(STR(""), &ip));
}

static void networks_are_parsed(void **state) {
    static const char *const bad[] = { "10.0.0.0/33", "::/129", "10.0.0.0/", "/8", "10.0.0.0/8/8",
                                       "10.0.0.0/-1", "example.com/8" };
    struct ip_range range;
    bool has_host_bits;
    size_t i;

    (void) state;
    assert_true(ip_parse_network(STR("10.1.0.0/16"), &range, &has_host_bits));
    assert_false(has_host_bits);
    assert_int_equal((uint32_t) range.first.bits, 0x0a010000);
    assert_int_equal((uint32_t) range.last.bits, 0x0a01ffff);
    assert_true(ip_parse_network(STR("10.1.2.3/16"), &range, &has_host_bits));
    assert_true(has_host_bits);
    assert_int_equal((uint32_t) range.first.bits, 0x0a010000);
    assert_true(ip_parse_network(STR("10.1.2.3"), &range, &has_host_bits));
    assert_false(has_host_bits);
    assert_true(range.first.bits == range.last.bits);
    assert_true(ip_parse_network(STR("0.0.0.0/0"), &range, &has_host_bits));
    assert_true(range.first.bits == 0 && range.last.bits == UINT32_MAX);
    assert_true(ip_parse_network(STR("::/0"), &range, &has_host_bits));
    assert_true(range.first.bits == 0 && range.last.bits == ~(unsigned __int128) 0);
    assert_true(ip_parse_network(STR("2001:db8::/32"), &range, &has_host_bits));
    assert_true(range.last.bits - range.first.bits == ((unsigned __int128) 1 << 96) - 1);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(ip_parse_network(str_from(bad[i]), &range, &has_host_bits));
    }
}

static void ranges_are_parsed(void **state) {
    struct ip_range range;

    (void) state;
    assert_true(ip_parse_range(STR("10.0.0.1-10.0.0.9"), &range));
    assert_int_equal((uint32_t) (range.last.bits - range.first.bits), 8);
    assert_true(ip_parse_range(STR("::1-::2"), &range));
    assert_false(ip_parse_range(STR("10.0.0.9-10.0.0.1"), &range));
    assert_false(ip_parse_range(STR("10.0.0.1"), &range));
    assert_false(ip_parse_range(STR("10.0.0.1-"), &range));
    assert_false(ip_parse_range(STR("10.0.0.1-::1"), &range));
}

/* ---- the table ---- */

static int compare(const void *a, const void *b) {
    return ip_range_compare(&((const struct ip_row *) a)->range,
                            &((const struct ip_row *) b)->range);
}

/* Rows "network" with the numbers 1, 2 ... */
static void build(struct ip_table *table, struct arena *arena, const char *const *networks,
                  size_t count) {
    struct ip_row rows[16];
    bool has_host_bits;
    size_t i;

    for (i = 0; i < count; i++) {
        rows[i].number = (uint32_t) i + 1;
        assert_true(ip_parse_network(str_from(networks[i]), &rows[i].range, &has_host_bits));
    }
    qsort(rows, count, sizeof(rows[0]), compare);
    arena_init(arena);
    assert_int_equal(ip_table_build(table, arena, rows, count), count);
}

static void assert_number(const struct ip_table *table, const char *text, uint32_t number) {
    struct ip ip;

    assert_true(ip_parse(str_from(text), &ip));
    if (ip_table_find(table, ip) != number) {
        fail_msg("%s: %u is not %u", text, ip_table_find(table, ip), number);
    }
}

static void empty_table_has_nothing(void **state) {
    struct ip_table table;
    struct arena arena;

    (void) state;
    build(&table, &arena, NULL, 0);
    assert_number(&table, "0.0.0.0", IP_TABLE_NONE);
    assert_number(&table, "255.255.255.255", IP_TABLE_NONE);
    assert_number(&table, "::", IP_TABLE_NONE);
    arena_fini(&arena);
}

static void narrowest_network_wins(void **state) {
    static const char *const networks[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3",
                                            "10.1.3.0/24", "0.0.0.0/1", "255.255.255.255" };
    struct ip_table table;
    struct arena arena;

    (void) state;
    build(&table, &arena, networks, 7);
    assert_number(&table, "10.0.0.1", 1);
    assert_number(&table, "10.255.255.255", 1);
    assert_number(&table, "10.1.0.0", 2);
    assert_number(&table, "10.1.4.0", 2);
    assert_number(&table, "10.1.255.255", 2);
    assert_number(&table, "10.1.2.2", 3);
    assert_number(&table, "10.1.2.3", 4);
    assert_number(&table, "10.1.2.4", 3);
    assert_number(&table, "10.1.3.0", 5);
    assert_number(&table, "0.0.0.0", 6);
    assert_number(&table, "9.255.255.255", 6);
    assert_number(&table, "11.0.0.0", 6);
    assert_number(&table, "128.0.0.0", IP_TABLE_NONE);
    assert_number(&table, "255.255.255.254", IP_TABLE_NONE);
    assert_number(&table, "255.255.255.255", 7);
    assert_number(&table, "::1", IP_TABLE_NONE);
    arena_fini(&arena);
}

static void kinds_are_apart(void **state) {
    static const char *const networks[] = { "::/0", "2001:db8::/32", "2001:db8::1", "10.0.0.0/8" };
    struct ip_table table;
    struct arena arena;

    (void) state;
    build(&table, &arena, networks, 4);
    assert_number(&table, "::a", 1);
    assert_number(&table, "2001:db8::2", 2);
    assert_number(&table, "2001:db8::1", 3);
    assert_number(&table, "2001:db9::", 1);
    assert_number(&table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1);
    assert_number(&table, "10.0.0.1", 4);
    assert_number(&table, "11.0.0.1", IP_TABLE_NONE);
    arena_fini(&arena);
}

static void overlap_is_found(void **state) {
    struct ip_row rows[3];
    struct ip_table table;
    struct arena arena;

    (void) state;
    arena_init(&arena);
    rows[0].number = rows[1].number = rows[2].number = 1;
    assert_true(ip_parse_range(STR("10.0.0.0-10.0.0.9"), &rows[0].range));
    assert_true(ip_parse_range(STR("10.0.0.2-10.0.0.3"), &rows[1].range));
    assert_true(ip_parse_range(STR("10.0.0.9-10.0.0.10"), &rows[2].range));
    assert_int_equal(ip_table_build(&table, &arena, rows, 3), 2);
    assert_true(ip_parse_range(STR("10.0.0.10-10.0.0.10"), &rows[2].range));
    assert_int_equal(ip_table_build(&table, &arena, rows, 3), 3);
    arena_fini(&arena);
}

static int give_back(void **state) {
    (void) state;
    arena_trim();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v4_is_parsed),
        cmocka_unit_test(v6_is_parsed),
        cmocka_unit_test(mapped_v6_is_v4),
        cmocka_unit_test(networks_are_parsed),
        cmocka_unit_test(ranges_are_parsed),
        cmocka_unit_test(empty_table_has_nothing),
        cmocka_unit_test(narrowest_network_wins),
        cmocka_unit_test(kinds_are_apart),
        cmocka_unit_test(overlap_is_found),
    };

    return cmocka_run_group_tests_name("expr/ip_table", tests, NULL, give_back);
}
