/* SPDX-License-Identifier: BSD-2-Clause */
/* buf - the buffer and its pools; see buf.h. */
#include "base/buf.h"

#include "base/heap.h"
#include "base/panic.h"

/* Pools by size: 1 KB, 2 KB ... 1 MB. Each keeps at most POOL_BYTES. */
enum { POOLS = 11, POOL_BYTES = 2 * 1024 * 1024 };

struct free_memory {
    struct free_memory *next;
};

static struct {
    struct free_memory *first;
    size_t bytes;
} pools[POOLS];

/* Index of the pool for memory of a size that is a power of two; POOLS if there is none. */
static unsigned pool_of(size_t size) {
    unsigned index = (unsigned) __builtin_ctzl(size / BUF_SIZE_MIN);

    return index < POOLS ? index : POOLS;
}

static char *memory_take(size_t size) {
    unsigned pool = pool_of(size);

    if (pool < POOLS && pools[pool].first != NULL) {
        struct free_memory *memory = pools[pool].first;

        heap_show(memory, size);
        pools[pool].first = memory->next;
        pools[pool].bytes -= size;
        return (char *) memory;
    }
    return heap_alloc(size);
}

static void memory_put(char *data, size_t size) {
    unsigned pool = pool_of(size);

    if (pool < POOLS && pools[pool].bytes + size <= POOL_BYTES) {
        struct free_memory *memory = (struct free_memory *) (void *) data;

        memory->next = pools[pool].first;
        pools[pool].first = memory;
        pools[pool].bytes += size;
        heap_hide(memory, size);
    } else {
        heap_free(data);
    }
}

static size_t size_round_up(size_t size) {
    CHECK(size <= BUF_SIZE_MAX);
    return size <= BUF_SIZE_MIN ? BUF_SIZE_MIN
                                : (size_t) 1 << (64 - __builtin_clzl(size - 1));
}

void buf_reserve(struct buf *buf, size_t size) {
    size_t rounded, len = buf_len(buf);
    char *data;

    if (size <= buf->size - buf->start) {
        return;
    }
    if (size <= buf->size) {
        buf_compact(buf);
        return;
    }
    rounded = size_round_up(size);
    data = memory_take(rounded);
    if (len > 0) {
        memcpy(data, buf->data + buf->start, len);
    }
    if (buf->data != NULL) {
        memory_put(buf->data, buf->size);
    }
    *buf = (struct buf){ data, 0, (uint32_t) len, (uint32_t) rounded };
}

void buf_free(struct buf *buf) {
    if (buf->data != NULL) {
        memory_put(buf->data, buf->size);
    }
    *buf = (struct buf){ NULL, 0, 0, 0 };
}

void buf_free_if_empty(struct buf *buf) {
    if (buf_is_empty(buf)) {
        buf_free(buf);
    }
}

void buf_move(struct buf *to, struct buf *from) {
    CHECK(to->data == NULL);
    *to = *from;
    *from = (struct buf){ NULL, 0, 0, 0 };
}

void buf_added(struct buf *buf, size_t len) {
    CHECK(len <= buf_room_len(buf));
    buf->end += (uint32_t) len;
}

void buf_consume(struct buf *buf, size_t len) {
    CHECK(len <= buf_len(buf));
    buf->start += (uint32_t) len;
    if (buf->start == buf->end) {
        buf->start = buf->end = 0;
    }
}

void buf_compact(struct buf *buf) {
    size_t len = buf_len(buf);

    if (buf->start == 0) {
        return;
    }
    memmove(buf->data, buf->data + buf->start, len);
    buf->start = 0;
    buf->end = (uint32_t) len;
}

bool buf_append(struct buf *buf, struct str bytes, size_t max) {
    size_t held = buf_len(buf);

    if (max > BUF_SIZE_MAX) {
        max = BUF_SIZE_MAX;
    }
    if (held > max || bytes.len > max - held) {
        return false;
    }
    if (bytes.len > 0) {
        buf_reserve(buf, held + bytes.len);
        memcpy(buf_room(buf), bytes.data, bytes.len);
        buf->end += (uint32_t) bytes.len;
    }
    return true;
}

void buf_trim(void) {
    unsigned i;

    for (i = 0; i < POOLS; i++) {
        while (pools[i].first != NULL) {
            struct free_memory *memory = pools[i].first;

            heap_show(memory, sizeof(*memory));
            pools[i].first = memory->next;
            heap_free(memory);
        }
        pools[i].bytes = 0;
    }
}
