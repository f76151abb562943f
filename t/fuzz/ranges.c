/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/http/ranges.c */
/* Fuzzes Range fields: a byte for the length of the body, one for how many are allowed, the
 * value. */
#include "base/panic.h"
#include "http/ranges.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str value;
    struct ranges ranges;
    struct range range;
    uint64_t length, sum = 0;
    unsigned max, count = 0;
    enum ranges_result result;

    if (len < 2) {
        return 0;
    }
    length = bytes[0];
    max = bytes[1];
    value = str_make((const char *) bytes + 2, len - 2);
    result = parse_ranges(value, length, max, &ranges);
    while (result == RANGES_SOME && ranges_take(&ranges, &range)) {
        CHECK(range.start < range.end && range.end <= length);
        sum += range.end - range.start;
        count++;
    }
    CHECK(result != RANGES_SOME || (count > 0 && count <= max && count == ranges.count));
    CHECK(sum <= length);
    return 0;
}
