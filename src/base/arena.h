/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena - memory that is taken piece by piece and given back all at once.
 *
 * An exchange, a session and the configuration have one each. Blocks of the usual size come from a
 * free list of the process, so that a request costs no malloc(). Nothing returns NULL. Not for
 * threads.
 */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include "base/str.h"

#include <stddef.h>

struct arena_block;

struct arena {
    char *at, *end;             /* the room left in the newest block */
    struct arena_block *blocks; /* newest first */
};

enum { ARENA_BLOCK_SIZE = 4096 };

/* An empty arena; takes memory only with the first piece. */
void arena_init(struct arena *arena);

/* The same with room of the caller's for the first pieces, which outlives them. arena_fini() gives
 * it back. */
void arena_init_in(struct arena *arena, void *room, size_t size);

/* Gives all pieces back; the arena is empty and can be used again. */
void arena_fini(struct arena *arena);

/* Memory aligned for any type, not cleared. */
void *arena_alloc(struct arena *arena, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* Cleared memory for count members of size bytes. */
void *arena_zero(struct arena *arena, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

/* Bytes without alignment: for text. */
char *arena_bytes(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* A copy of text with a NUL byte behind it (not counted in its length). */
struct str arena_copy(struct arena *arena, struct str text);

/* Formatted text with a NUL byte behind it (not counted in its length). */
struct str arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Gives the blocks on the free list of the process back to the heap. */
void arena_trim(void);

#endif
