/* SPDX-License-Identifier: BSD-2-Clause */
/* heap - the process heap, where running out ends the process; see heap.h. */
#include "base/heap.h"

#include "base/number.h"
#include "base/panic.h"

#include <stdlib.h>

static _Noreturn void heap_exhausted(size_t size) {
    panic_print("out of memory: %zu bytes refused", size);
    panic(__FILE__, __LINE__, __func__, "memory");
}

void *heap_alloc(size_t size) {
    void *p = malloc(size > 0 ? size : 1);

    if (p == NULL) {
        heap_exhausted(size);
    }
    return p;
}

void *heap_zero(size_t count, size_t size) {
    size_t bytes = size_mul(count, size);
    void *p = calloc(bytes > 0 ? bytes : 1, 1);

    if (p == NULL) {
        heap_exhausted(bytes);
    }
    return p;
}

void *heap_resize(void *old, size_t count, size_t size) {
    size_t bytes = size_mul(count, size);
    void *p = realloc(old, bytes > 0 ? bytes : 1);

    if (p == NULL) {
        heap_exhausted(bytes);
    }
    return p;
}

void heap_free(void *old) {
    free(old);
}
