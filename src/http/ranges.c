/* SPDX-License-Identifier: BSD-2-Clause */
/* ranges - the value of a Range field; see ranges.h. */
#include "http/ranges.h"

#include "base/number.h"
#include "base/panic.h"

#define UNIT STR("bytes=")

/* One of the list, as it is written. */
struct spec {
    uint64_t first, last; /* last: of a suffix its length */
    bool has_first, has_last;
};

static bool parse_number(struct str digits, bool *is_there, uint64_t *number) {
    *is_there = digits.len > 0;
    return digits.len == 0 || parse_decimal(digits, INT64_MAX, number);
}

/* "first-last", "first-", "-length". */
static bool parse_spec(struct str text, struct spec *spec) {
    size_t dash = str_find_char(text, '-');

    return dash < text.len
        && parse_number(str_trim(str_first(text, dash)), &spec->has_first, &spec->first)
        && parse_number(str_trim(str_from_byte(text, dash + 1)), &spec->has_last, &spec->last)
        && (spec->has_first || spec->has_last);
}

static struct range range_of(const struct spec *spec, uint64_t length) {
    if (!spec->has_first) {
        return (struct range){ spec->last < length ? length - spec->last : 0, length };
    }
    return (struct range){ spec->first,
                           spec->has_last && spec->last < length ? spec->last + 1 : length };
}

enum ranges_result parse_ranges(struct str value, uint64_t length, unsigned max,
                                struct ranges *ranges) {
    struct str rest, part;
    uint64_t sum = 0;

    *ranges = (struct ranges){ STR_NONE, length, 0 };
    if (value.len <= UNIT.len || !str_starts_nocase(value, UNIT)) {
        return RANGES_NONE;
    }
    rest = ranges->rest = str_from_byte(value, UNIT.len);
    while (str_take_part(&rest, ',', &part)) {
        struct spec spec = { 0, 0, false, false };
        struct range range;

        if (!parse_spec(part, &spec)) {
            return RANGES_BAD;
        }
        range = range_of(&spec, length);
        if (range.start >= range.end) {
            if (range.start == 0) {
                return RANGES_NONE;
            }
            continue;
        }
        if (ranges->count == max || range.end - range.start > length - sum) {
            return RANGES_NONE;
        }
        sum += range.end - range.start;
        ranges->count++;
    }
    return ranges->count > 0 ? RANGES_SOME : RANGES_BAD;
}

bool ranges_take(struct ranges *ranges, struct range *range) {
    struct str part;

    while (str_take_part(&ranges->rest, ',', &part)) {
        struct spec spec = { 0, 0, false, false };

        CHECK(parse_spec(part, &spec));
        *range = range_of(&spec, ranges->length);
        if (range->start < range->end) {
            return true;
        }
    }
    return false;
}
