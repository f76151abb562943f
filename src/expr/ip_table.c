/* SPDX-License-Identifier: BSD-2-Clause */
/* ip_table - from an IP address to the number of its range; see ip_table.h. */
#include "expr/ip_table.h"

#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"

#include <arpa/inet.h>

typedef unsigned __int128 bits128;

enum { V4_BITS = 32, V6_BITS = 128, MAPPED_PREFIX = 0xffff };

/* ---- addresses ---- */

/* No leading zeros, four decimal parts: 127.1 and 0177.0.0.1 mean different things to different
 * programs. */
static bool parse_v4(struct str text, struct ip *ip) {
    uint32_t bits = 0;
    unsigned parts = 0;
    struct str part;

    for (; str_take_part(&text, '.', &part); parts++) {
        uint64_t byte;

        if (part.len > 3 || (part.len > 1 && part.data[0] == '0')
            || !parse_decimal(part, UINT8_MAX, &byte) || parts == 4) {
            return false;
        }
        bits = bits << 8 | (uint32_t) byte;
    }
    *ip = (struct ip){ bits, false };
    return parts == 4;
}

static bits128 load_bits(const unsigned char *bytes, size_t count) {
    bits128 bits = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        bits = bits << 8 | bytes[i];
    }
    return bits;
}

static bool parse_v6(struct str text, struct ip *ip) {
    char ended[INET6_ADDRSTRLEN];
    unsigned char bytes[16];

    if (text.len >= sizeof(ended) || memchr(text.data, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(ended, text.data, text.len);
    ended[text.len] = '\0';
    if (inet_pton(AF_INET6, ended, bytes) != 1) {
        return false;
    }
    *ip = (struct ip){ load_bits(bytes, sizeof(bytes)), true };
    return true;
}

static struct ip unmap(struct ip ip) {
    if (ip.is_v6 && ip.bits >> V4_BITS == MAPPED_PREFIX) {
        return (struct ip){ (uint32_t) ip.bits, false };
    }
    return ip;
}

/* Either kind as written. */
static bool parse_either(struct str text, struct ip *ip) {
    if (text.len == 0) {
        return false;
    }
    return str_find_char(text, ':') < text.len ? parse_v6(text, ip) : parse_v4(text, ip);
}

bool ip_parse(struct str text, struct ip *ip) {
    if (!parse_either(text, ip)) {
        return false;
    }
    *ip = unmap(*ip);
    return true;
}

bool ip_from_bytes(struct str bytes, struct ip *ip) {
    if (bytes.len != 4 && bytes.len != 16) {
        return false;
    }
    ip->bits = load_bits((const unsigned char *) bytes.data, bytes.len);
    ip->is_v6 = bytes.len == 16;
    *ip = unmap(*ip);
    return true;
}

struct ip ip_none(void) {
    return (struct ip){ UINT32_MAX, false };
}

/* ---- ranges ---- */

static bits128 max_bits(bool is_v6) {
    return is_v6 ? ~(bits128) 0 : UINT32_MAX;
}

bool ip_parse_network(struct str text, struct ip_range *range, bool *has_host_bits) {
    size_t slash = str_find_char(text, '/');
    struct ip ip;
    uint64_t len;
    bits128 host;

    if (!parse_either(str_first(text, slash), &ip)) {
        return false;
    }
    len = ip.is_v6 ? V6_BITS : V4_BITS;
    host = max_bits(ip.is_v6);
    if (slash < text.len && !parse_decimal(str_from_byte(text, slash + 1), len, &len)) {
        return false;
    }
    /* A shift by all bits of the type is not defined. */
    host = len == V6_BITS ? 0 : host >> len;
    range->first = (struct ip){ ip.bits & ~host, ip.is_v6 };
    range->last = (struct ip){ ip.bits | host, ip.is_v6 };
    *has_host_bits = (ip.bits & host) != 0;
    return true;
}

bool ip_parse_range(struct str text, struct ip_range *range) {
    size_t dash = str_find_char(text, '-');

    return dash < text.len && parse_either(str_first(text, dash), &range->first)
        && parse_either(str_from_byte(text, dash + 1), &range->last)
        && range->first.is_v6 == range->last.is_v6 && range->first.bits <= range->last.bits;
}

static int compare_bits(bits128 a, bits128 b) {
    return (a > b) - (a < b);
}

int ip_range_compare(const struct ip_range *a, const struct ip_range *b) {
    if (a->first.is_v6 != b->first.is_v6) {
        return a->first.is_v6 ? 1 : -1;
    }
    if (a->first.bits != b->first.bits) {
        return compare_bits(a->first.bits, b->first.bits);
    }
    return compare_bits(b->last.bits, a->last.bits);
}

/* ---- building ---- */

/* One kind of address under construction. Every row makes at most two places where the answer
 * changes: where it begins and behind its end. */
struct flat {
    bits128 *starts;
    uint32_t *numbers;
    size_t count;
    const struct ip_row **open; /* the ranges around the current address, the narrowest last */
    size_t open_count;
};

static void flat_add(struct flat *flat, bits128 start, uint32_t number) {
    if (flat->count > 0 && flat->starts[flat->count - 1] == start) {
        flat->count--;
    }
    if (flat->count > 0 && flat->numbers[flat->count - 1] == number) {
        return;
    }
    flat->starts[flat->count] = start;
    flat->numbers[flat->count] = number;
    flat->count++;
}

/* Ends the narrowest open range: behind it the one around it goes on. */
static void flat_close(struct flat *flat) {
    const struct ip *last = &flat->open[--flat->open_count]->range.last;

    if (last->bits != max_bits(last->is_v6)) {
        flat_add(flat, last->bits + 1, flat->open_count > 0
                 ? flat->open[flat->open_count - 1]->number : (uint32_t) IP_TABLE_NONE);
    }
}

/* Returns how many rows were taken. */
static size_t flatten(struct flat *flat, const struct ip_row *rows, size_t count) {
    size_t i;

    flat_add(flat, 0, IP_TABLE_NONE);
    for (i = 0; i < count; i++) {
        const struct ip_range *range = &rows[i].range;

        while (flat->open_count > 0
               && flat->open[flat->open_count - 1]->range.last.bits < range->first.bits) {
            flat_close(flat);
        }
        if (flat->open_count > 0
            && flat->open[flat->open_count - 1]->range.last.bits < range->last.bits) {
            return i;
        }
        flat->open[flat->open_count++] = &rows[i];
        flat_add(flat, range->first.bits, rows[i].number);
    }
    while (flat->open_count > 0) {
        flat_close(flat);
    }
    return count;
}

static size_t build_kind(struct ip_table *table, struct arena *arena, const struct ip_row *rows,
                         size_t count, bool is_v6) {
    size_t places = size_add(size_mul(count, 2), 1), taken, i;
    struct flat flat = {
        .starts = heap_zero(places, sizeof(*flat.starts)),
        .numbers = heap_zero(places, sizeof(*flat.numbers)),
        .open = heap_zero(size_add(count, 1), sizeof(struct ip_row *)),
    };
    uint32_t *numbers;

    taken = flatten(&flat, rows, count);
    numbers = arena_alloc(arena, size_mul(flat.count, sizeof(*numbers)));
    memcpy(numbers, flat.numbers, flat.count * sizeof(*numbers));
    if (is_v6) {
        table->starts_v6 = arena_alloc(arena, size_mul(flat.count, sizeof(*table->starts_v6)));
        memcpy(table->starts_v6, flat.starts, flat.count * sizeof(*flat.starts));
        table->numbers_v6 = numbers;
        table->count_v6 = flat.count;
    } else {
        table->starts_v4 = arena_alloc(arena, size_mul(flat.count, sizeof(*table->starts_v4)));
        for (i = 0; i < flat.count; i++) {
            table->starts_v4[i] = (uint32_t) flat.starts[i];
        }
        table->numbers_v4 = numbers;
        table->count_v4 = flat.count;
    }
    heap_free(flat.starts);
    heap_free(flat.numbers);
    heap_free(flat.open);
    return taken;
}

size_t ip_table_build(struct ip_table *table, struct arena *arena, const struct ip_row *rows,
                      size_t count) {
    size_t count_v4 = 0, taken;

    while (count_v4 < count && !rows[count_v4].range.first.is_v6) {
        count_v4++;
    }
    taken = build_kind(table, arena, rows, count_v4, false);
    if (taken < count_v4) {
        return taken;
    }
    return count_v4 + build_kind(table, arena, rows + count_v4, count - count_v4, true);
}

/* ---- looking up ---- */

/* Both searches halve without a branch that could be guessed wrong: the place is the last start
 * that is not above the address; the first start is 0. */

static size_t search_v4(const uint32_t *starts, size_t count, uint32_t bits) {
    const uint32_t *at = starts;

    while (count > 1) {
        size_t half = count / 2;

        at = at[half] <= bits ? at + half : at;
        count -= half;
    }
    return (size_t) (at - starts);
}

static size_t search_v6(const bits128 *starts, size_t count, bits128 bits) {
    const bits128 *at = starts;

    while (count > 1) {
        size_t half = count / 2;

        at = at[half] <= bits ? at + half : at;
        count -= half;
    }
    return (size_t) (at - starts);
}

uint32_t ip_table_find(const struct ip_table *table, struct ip ip) {
    CHECK(table->count_v4 > 0 && table->count_v6 > 0);
    if (ip.is_v6) {
        return table->numbers_v6[search_v6(table->starts_v6, table->count_v6, ip.bits)];
    }
    return table->numbers_v4[search_v4(table->starts_v4, table->count_v4, (uint32_t) ip.bits)];
}
