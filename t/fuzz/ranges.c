/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/http/ranges.c */
/* Fuzzes Range fields: a byte for the length of the body, one for how many are allowed, the
 * value. */
#include "base/arena.h"
#include "base/panic.h"
#include "http/ranges.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct arena arena;
    struct str value;
    struct range *ranges;
    uint64_t length, sum = 0;
    unsigned count, max, i;
    enum ranges_result result;

    if (len < 2) {
        return 0;
    }
    length = bytes[0];
    max = bytes[1];
    value = str_make((const char *) bytes + 2, len - 2);
    arena_init(&arena);
    ranges = arena_alloc(&arena, ranges_room(value) * sizeof(*ranges));
    result = parse_ranges(value, length, max, ranges, &count);
    CHECK(result != RANGES_SOME || (count > 0 && count <= max && count <= ranges_room(value)));
    for (i = 0; result == RANGES_SOME && i < count; i++) {
        CHECK(ranges[i].start < ranges[i].end && ranges[i].end <= length);
        sum += ranges[i].end - ranges[i].start;
    }
    CHECK(sum <= length);
    arena_fini(&arena);
    return 0;
}
