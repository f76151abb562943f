/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * byte_find - the questions that are asked of every byte of a head, for many bytes at once.
 *
 * With SSE2, which every x86-64 has, for sixteen; elsewhere by the byte. All are inlined: they are
 * a good part of what a request costs.
 */
#ifndef WEIR_MESSAGE_BYTE_FIND_H
#define WEIR_MESSAGE_BYTE_FIND_H

#include "message/byte_class.h"

#ifdef __SSE2__

#include <emmintrin.h>

enum { BYTE_FIND_WIDTH = sizeof(__m128i) };

static inline __m128i byte_find_load(const char *bytes) {
    return _mm_loadu_si128((const __m128i *) (const void *) bytes);
}

/* Bytes up to a limit, as unsigned numbers. */
static inline __m128i byte_find_at_most(__m128i bytes, int limit) {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8((char) limit)), bytes);
}

static inline __m128i byte_find_range(__m128i bytes, char first, int count) {
    return byte_find_at_most(_mm_sub_epi8(bytes, _mm_set1_epi8(first)), count - 1);
}

/* The tests: a set bit for each byte that ends the search. */
static inline unsigned byte_find_control(__m128i bytes) {
    return (unsigned) _mm_movemask_epi8(byte_find_at_most(bytes, ' ' - 1));
}

static inline unsigned byte_find_no_target(__m128i bytes) {
    __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));

    return (unsigned) _mm_movemask_epi8(_mm_or_si128(byte_find_at_most(bytes, ' '), deletes));
}

static inline unsigned byte_find_no_name(__m128i bytes) {
    __m128i letters = byte_find_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i digits = byte_find_range(bytes, '0', 10);
    __m128i hyphens = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    __m128i names = _mm_or_si128(_mm_or_si128(letters, digits), hyphens);

    return (unsigned) _mm_movemask_epi8(names) ^ 0xffff;
}

/* Looks for the first byte that the test finds, in a text of the width or more. What is left at its
 * end is looked at together with bytes before it. */
static inline __attribute__((always_inline)) size_t byte_find(struct str text, size_t from,
                                                              unsigned (*test)(__m128i bytes)) {
    unsigned found;

    for (; text.len - from >= BYTE_FIND_WIDTH; from += BYTE_FIND_WIDTH) {
        found = test(byte_find_load(text.data + from));
        if (found != 0) {
            return from + (unsigned) __builtin_ctz(found);
        }
    }
    found = test(byte_find_load(text.data + text.len - BYTE_FIND_WIDTH))
        >> (BYTE_FIND_WIDTH - (text.len - from));
    return found != 0 ? from + (unsigned) __builtin_ctz(found) : text.len;
}

#define BYTE_FIND(text, from, test)                                                                \
    if ((text).len >= BYTE_FIND_WIDTH) {                                                           \
        return byte_find(text, from, test);                                                        \
    }

#else
#define BYTE_FIND(text, from, test)
#endif

/* Index of the first byte at or behind from that is not BYTE_NAME, or text.len. */
static inline size_t find_no_name(struct str text, size_t from) {
    BYTE_FIND(text, from, byte_find_no_name)
    return from + byte_run(str_from_byte(text, from), BYTE_NAME);
}

/* How many are BYTE_TARGET. */
static inline size_t byte_run_target(struct str text) {
    BYTE_FIND(text, 0, byte_find_no_target)
    return byte_run(text, BYTE_TARGET);
}

/* Index of the first control character (below 32) at or behind from, or text.len. */
static inline size_t find_control(struct str text, size_t from) {
    BYTE_FIND(text, from, byte_find_control)
    while (from < text.len && (unsigned char) text.data[from] >= ' ') {
        from++;
    }
    return from;
}

#endif
