/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_table - from an IP address to the number of the narrowest range that holds it.
 *
 * Ranges may nest. Building flattens them to the addresses where the answer changes, in order, so
 * that a look-up is one search in a flat array, whatever there is and however deep it nests.
 */
#ifndef WEIR_EXPR_IP_TABLE_H
#define WEIR_EXPR_IP_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* An IPv4 address is its 32 bits. An IPv6 address that maps an IPv4 one is that IPv4 address. */
struct ip {
    unsigned __int128 bits;
    bool is_v6;
};

/* "192.0.2.1" or "2001:db8::1", nothing around it. */
bool ip_parse(struct str text, struct ip *ip);

/* The 4 or 16 bytes of $binary_remote_addr; false for any other length. */
bool ip_from_bytes(struct str bytes, struct ip *ip);

/* 255.255.255.255: what stands for everything that is no address. */
struct ip ip_none(void);

/* From first to last, both included and of the same kind. */
struct ip_range {
    struct ip first, last;
};

/* "192.0.2.0/24", "2001:db8::/32" or one address. has_host_bits: bits behind the prefix are set in
 * the text; they do not count. An IPv6 prefix stays IPv6, whatever it maps. */
bool ip_parse_network(struct str text, struct ip_range *range, bool *has_host_bits);

/* "192.0.2.0-192.0.2.255". */
bool ip_parse_range(struct str text, struct ip_range *range);

/* ---- the table ---- */

enum { IP_TABLE_NONE = 0 }; /* no range holds the address */

/* A range as it is put in. number: not IP_TABLE_NONE. */
struct ip_row {
    struct ip_range range;
    uint32_t number;
};

struct ip_table {
    uint32_t *starts_v4, *numbers_v4; /* from this address on, this number */
    size_t count_v4;
    unsigned __int128 *starts_v6;
    uint32_t *numbers_v6;
    size_t count_v6;
};

/* Order for qsort() in which ip_table_build() wants its rows: by kind and first address; of two
 * that begin together the wider is first. */
int ip_range_compare(const struct ip_range *a, const struct ip_range *b);

/*
 * Makes the table in the arena from rows in order of ip_range_compare(), no two of the same range.
 * Returns count; or the index of the first row that overlaps an earlier one without lying in it.
 */
size_t ip_table_build(struct ip_table *table, struct arena *arena, const struct ip_row *rows,
                      size_t count);

/* The number of the narrowest range that holds ip, or IP_TABLE_NONE. */
uint32_t ip_table_find(const struct ip_table *table, struct ip ip);

#endif
