/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hash - hashing of bytes, and the map from names to objects.
 *
 * The hash is fast and seeded at process start, so a peer that picks the keys cannot pick the
 * collisions. It is not for values that leave the process: its results differ from run to run.
 */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include "base/str.h"

#include <stdint.h>

/* Sets the seed; called once, before the first map is made. */
void hash_seed(uint64_t seed);

uint64_t hash_bytes(struct str bytes);

/*
 * A map from str keys to pointers. Keys are not copied: they must live as long as the map. A
 * look-up seldom touches more than two cache lines of the map, however many rows there are.
 */
struct hash_slot;

struct hash_map {
    struct hash_slot *slots;
    size_t mask;  /* number of slots - 1 */
    size_t count; /* of rows */
};

void hash_map_init(struct hash_map *map);
void hash_map_fini(struct hash_map *map);

/* Adds a row or replaces the one with that key, whose key is needed no more; returns the old value
 * or NULL. Values are not NULL. */
void *hash_map_put(struct hash_map *map, struct str key, void *value);

/* NULL if there is no such row. */
void *hash_map_get(const struct hash_map *map, struct str key);

/* Walks all rows in no order: *at starts at 0; returns NULL at the end. */
void *hash_map_next(const struct hash_map *map, size_t *at, struct str *key);

#endif
