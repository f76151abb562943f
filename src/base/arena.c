/* SPDX-License-Identifier: BSD-2-Clause */
/* arena - memory taken piece by piece and given back all at once; see arena.h. */
#include "base/arena.h"

#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

struct arena_block {
    struct arena_block *older;
    size_t size; /* of the whole block, this head included */
};

enum {
    ARENA_ALIGN = alignof(max_align_t),
    ARENA_HEAD = (sizeof(struct arena_block) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN,
    ARENA_FREE_MAX = 256 /* blocks kept on the free list: 1 MB */
};

static struct arena_block *free_blocks;
static unsigned free_count;

void arena_init(struct arena *arena) {
    *arena = (struct arena){ NULL, NULL, NULL };
}

void arena_init_in(struct arena *arena, void *room, size_t size) {
    *arena = (struct arena){ room, (char *) room + size, NULL };
    heap_hide(room, size);
}

static void block_free(struct arena_block *block) {
    if (block->size == ARENA_BLOCK_SIZE && free_count < ARENA_FREE_MAX) {
        block->older = free_blocks;
        free_blocks = block;
        free_count++;
        heap_hide(block, ARENA_BLOCK_SIZE);
    } else {
        heap_free(block);
    }
}

static struct arena_block *block_new(size_t size) {
    struct arena_block *block = free_blocks;

    if (size == ARENA_BLOCK_SIZE && block != NULL) {
        heap_show(block, ARENA_BLOCK_SIZE);
        free_blocks = block->older;
        free_count--;
        return block;
    }
    block = heap_alloc(size);
    block->size = size;
    return block;
}

void arena_trim(void) {
    while (free_blocks != NULL) {
        struct arena_block *block = free_blocks;

        heap_show(block, ARENA_BLOCK_SIZE);
        free_blocks = block->older;
        heap_free(block);
    }
    free_count = 0;
}

void arena_fini(struct arena *arena) {
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->older;
        block_free(block);
    }
    arena_init(arena);
}

static size_t arena_room(const struct arena *arena) {
    return arena->at != NULL ? (size_t) (arena->end - arena->at) : 0;
}

/* A piece from a new block. Of that and the newest so far, the one with more room is used on. */
static void *arena_alloc_slow(struct arena *arena, size_t size) {
    size_t needed = size_add(size, ARENA_HEAD);
    struct arena_block *block = block_new(needed > ARENA_BLOCK_SIZE ? needed : ARENA_BLOCK_SIZE);

    if (arena->blocks != NULL && block->size - needed <= arena_room(arena)) {
        block->older = arena->blocks->older;
        arena->blocks->older = block;
    } else {
        block->older = arena->blocks;
        arena->blocks = block;
        arena->at = (char *) block + needed;
        arena->end = (char *) block + block->size;
        heap_hide(arena->at, block->size - needed);
    }
    return (char *) block + ARENA_HEAD;
}

char *arena_bytes(struct arena *arena, size_t size) {
    char *piece = arena->at;

    /* An empty arena has no place to point to, not even for an empty piece. */
    if (size > arena_room(arena) || piece == NULL) {
        return arena_alloc_slow(arena, size);
    }
    heap_show(piece, size);
    arena->at += size;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t size) {
    size_t gap = (size_t) -(uintptr_t) arena->at % ARENA_ALIGN;

    if (arena->at == NULL || gap > arena_room(arena)) {
        return arena_alloc_slow(arena, size);
    }
    arena->at += gap;
    return arena_bytes(arena, size);
}

/* Not in place: a size that the compiler knows becomes a "rep stos", which is slow to start. */
__attribute__((noinline)) void *arena_zero(struct arena *arena, size_t count, size_t size) {
    size_t bytes = size_mul(count, size);

    return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct str arena_copy(struct arena *arena, struct str text) {
    char *copy = arena_bytes(arena, size_add(text.len, 1));

    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    return str_make(copy, text.len);
}

struct str arena_print(struct arena *arena, const char *format, ...) {
    va_list args, again;
    char *text;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(len >= 0);
    text = arena_bytes(arena, (size_t) len + 1);
    vsnprintf(text, (size_t) len + 1, format, again);
    va_end(again);
    return str_make(text, (size_t) len);
}
