/* SPDX-License-Identifier: BSD-2-Clause */
/* deflate - compression; see deflate.h. */
#include "base/deflate.h"

#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"

#include <zlib.h>

enum { GZIP_WRAPPER = 16 /* added to the window's bits */ };

static void *allocate(void *context, uInt count, uInt size) {
    (void) context;
    return heap_alloc(size_mul(count, size));
}

static void release(void *context, void *memory) {
    (void) context;
    heap_free(memory);
}

void deflate_gzip(struct buf *to, struct str text, int level) {
    z_stream stream = { .zalloc = allocate, .zfree = release };
    uLong room;

    CHECK(text.len <= BUF_SIZE_MAX / 2);
    CHECK(deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + GZIP_WRAPPER, MAX_MEM_LEVEL - 1,
                       Z_DEFAULT_STRATEGY) == Z_OK);
    room = deflateBound(&stream, (uLong) text.len);
    buf_reserve(to, size_add(buf_len(to), room));
    stream.next_in = (Bytef *) (uintptr_t) text.data;
    stream.avail_in = (uInt) text.len;
    stream.next_out = (Bytef *) buf_room(to);
    stream.avail_out = (uInt) room;
    CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    buf_added(to, room - stream.avail_out);
    deflateEnd(&stream);
}
