/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap - the process heap, where running out ends the process.
 *
 * These are the only calls to malloc() in weir. They never return NULL: what a peer can size has a
 * configured limit, so what is left are small amounts, and a worker without memory for those is
 * better replaced than nursed. Sizes are multiplied with a check.
 */
#ifndef WEIR_BASE_HEAP_H
#define WEIR_BASE_HEAP_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HEAP_IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HEAP_IS_SANITIZED 1
#endif
#ifdef HEAP_IS_SANITIZED
#include <sanitizer/asan_interface.h>
#endif

void *heap_alloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* Zeroed memory for count members of size bytes. */
void *heap_zero(size_t count, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));

/* Resizes an array to count members of size bytes; new ones are not cleared. old may be NULL. */
void *heap_resize(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull, warn_unused_result, alloc_size(2, 3)));

/* old may be NULL. */
void heap_free(void *old);

/*
 * For those who keep memory for later use: until heap_show(), touching hidden memory is reported by
 * AddressSanitizer, as if it had been freed. Without that tool these cost nothing.
 */
static inline void heap_hide(const void *memory, size_t size) {
#ifdef HEAP_IS_SANITIZED
    __asan_poison_memory_region(memory, size);
#else
    (void) memory, (void) size;
#endif
}

static inline void heap_show(const void *memory, size_t size) {
#ifdef HEAP_IS_SANITIZED
    __asan_unpoison_memory_region(memory, size);
#else
    (void) memory, (void) size;
#endif
}

#endif
