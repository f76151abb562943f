/* SPDX-License-Identifier: BSD-2-Clause */
/* hash - hashing of bytes, and the map from names to objects; see hash.h. */
#include "base/hash.h"

#include "base/heap.h"
#include "base/panic.h"

/* Odd constants without pattern: the fractional parts of the square roots of 2, 3 and 5. */
#define K0 0x6a09e667f3bcc909u
#define K1 0xbb67ae8584caa73bu
#define K2 0x3c6ef372fe94f82bu

static uint64_t process_seed = K2;

struct hash_slot {
    struct str key;
    void *value; /* NULL: free */
    uint64_t hash;
};

enum { MAP_SLOTS_MIN = 8 };

void hash_seed(uint64_t seed) {
    process_seed = seed ^ K2;
}

/* Both halves of the 128-bit product, folded: every bit in changes about half of the bits out. */
static inline uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128) a * b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint64_t load_64(const char *p) {
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t load_tail(const char *p, size_t len) {
    uint64_t word = 0;

    memcpy(&word, p, len);
    return word;
}

uint64_t hash_bytes(struct str bytes) {
    const char *p = bytes.data;
    size_t left = bytes.len;
    uint64_t hash = process_seed ^ mix(bytes.len ^ K0, K1);

    for (; left > 8; left -= 8, p += 8) {
        hash = mix(hash ^ load_64(p), K1);
    }
    if (left > 0) {
        hash = mix(hash ^ load_tail(p, left), K0);
    }
    return mix(hash, K1);
}

void hash_map_init(struct hash_map *map) {
    *map = (struct hash_map){ NULL, 0, 0 };
}

void hash_map_fini(struct hash_map *map) {
    heap_free(map->slots);
    hash_map_init(map);
}

/* The slot with the key, or the free one where it belongs. There is always a free one. */
static struct hash_slot *map_find(const struct hash_map *map, struct str key, uint64_t hash) {
    size_t at = hash & map->mask;

    while (map->slots[at].value != NULL
           && (map->slots[at].hash != hash || !str_equal(map->slots[at].key, key))) {
        at = (at + 1) & map->mask;
    }
    return &map->slots[at];
}

static void map_grow(struct hash_map *map) {
    struct hash_map old = *map;
    size_t slots = old.slots != NULL ? (old.mask + 1) * 2 : MAP_SLOTS_MIN, i;

    map->slots = heap_zero(slots, sizeof(*map->slots));
    map->mask = slots - 1;
    for (i = 0; old.slots != NULL && i <= old.mask; i++) {
        if (old.slots[i].value != NULL) {
            *map_find(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
        }
    }
    heap_free(old.slots);
}

void *hash_map_put(struct hash_map *map, struct str key, void *value) {
    uint64_t hash = hash_bytes(key);
    struct hash_slot *slot;
    void *before;

    CHECK(value != NULL);
    /* At most two of three slots are taken, so that runs stay short. */
    if (map->slots == NULL || (map->count + 1) * 3 > (map->mask + 1) * 2) {
        map_grow(map);
    }
    slot = map_find(map, key, hash);
    before = slot->value;
    map->count += before == NULL;
    *slot = (struct hash_slot){ key, value, hash };
    return before;
}

void *hash_map_get(const struct hash_map *map, struct str key) {
    return map->slots != NULL ? map_find(map, key, hash_bytes(key))->value : NULL;
}

void *hash_map_next(const struct hash_map *map, size_t *at, struct str *key) {
    while (map->slots != NULL && *at <= map->mask) {
        const struct hash_slot *slot = &map->slots[(*at)++];

        if (slot->value != NULL) {
            *key = slot->key;
            return slot->value;
        }
    }
    return NULL;
}
