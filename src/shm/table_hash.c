/* SPDX-License-Identifier: BSD-2-Clause */
/* table_hash - SipHash-2-4-128; see table_hash.h. */
#include "shm/table_hash.h"

#include <endian.h>

/* "somepseudorandomlygeneratedbytes", as the paper has it. */
#define START_0 0x736f6d6570736575u
#define START_1 0x646f72616e646f6du
#define START_2 0x6c7967656e657261u
#define START_3 0x7465646279746573u

static inline uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}

static inline void rounds(uint64_t v[4], int count) {
    while (count-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static inline void add_word(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

static inline uint64_t load(const char *p, size_t len) {
    uint64_t word = 0;

    memcpy(&word, p, len);
    return le64toh(word);
}

void table_hash(const uint64_t secret[2], struct str bytes, uint64_t hash[2]) {
    uint64_t v[4] = { START_0 ^ secret[0], START_1 ^ secret[1] ^ 0xee, START_2 ^ secret[0],
                      START_3 ^ secret[1] };
    uint64_t last = (uint64_t) bytes.len << 56;

    for (; bytes.len >= 8; bytes = str_from_byte(bytes, 8)) {
        add_word(v, load(bytes.data, 8));
    }
    if (bytes.len > 0) {
        last |= load(bytes.data, bytes.len);
    }
    add_word(v, last);
    v[2] ^= 0xee;
    rounds(v, 4);
    hash[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    rounds(v, 4);
    hash[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}
