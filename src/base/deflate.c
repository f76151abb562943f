/* SPDX-License-Identifier: BSD-2-Clause */
/* deflate - compression; see deflate.h. */
#include "base/deflate.h"

#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"

#include <stddef.h>
#include <sys/mman.h>
#include <zlib.h>

enum {
    GZIP_WRAPPER = 16, /* added to the window's bits */
    LOOK_AHEAD = 262   /* bytes of the window that matches do not reach */
};

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

/* ---- memory of packers ---- */

/*
 * A packer is large and lives for as long as its slowest client: on the heap it would leave holes
 * that nobody else fills. So it has pages of its own, which go when it goes; some are kept.
 */
struct deflate_packer {
    z_stream stream;
    char *pages, *at; /* where the next piece goes */
    size_t size;
    struct deflate_packer *next; /* kept for another one */
};

enum { KEPT_MAX = 4, STATE_SIZE = 16 * 1024 };

static struct deflate_packer *kept;
static unsigned kept_count;

static void *allocate_page(void *context, uInt count, uInt size) {
    struct deflate_packer *packer = context;
    size_t len = (size_mul(count, size) + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    char *piece = packer->at;

    if (len > packer->size - (size_t) (packer->at - packer->pages)) {
        return heap_alloc(len);
    }
    packer->at += len;
    return piece;
}

static void release_page(void *context, void *memory) {
    const struct deflate_packer *packer = context;
    bool is_ours = packer->size > 0 && (char *) memory >= packer->pages
        && (char *) memory < packer->pages + packer->size;

    if (!is_ours) {
        heap_free(memory);
    }
}

static struct deflate_packer *take_kept(size_t size) {
    struct deflate_packer **at, *packer;

    for (at = &kept; *at != NULL; at = &(*at)->next) {
        packer = *at;
        if (packer->size == size) {
            *at = packer->next;
            kept_count--;
            packer->at = packer->pages;
            return packer;
        }
    }
    return NULL;
}

static struct deflate_packer *new_packer(size_t size) {
    struct deflate_packer *packer = take_kept(size);

    if (packer != NULL) {
        return packer;
    }
    packer = heap_zero(1, sizeof(*packer));
    packer->pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (packer->pages != MAP_FAILED) {
        packer->size = size;
    } else {
        packer->pages = NULL; /* pieces come from the heap */
    }
    packer->at = packer->pages;
    return packer;
}

static void free_packer(struct deflate_packer *packer) {
    if (kept_count < KEPT_MAX && packer->size > 0) {
        packer->next = kept;
        kept = packer;
        kept_count++;
        return;
    }
    if (packer->size > 0) {
        munmap(packer->pages, packer->size);
    }
    heap_free(packer);
}

/* ---- streams ---- */

struct deflate_packer *deflate_packer_open(int level, int window_bits, int memory) {
    size_t size = ((size_t) 1 << (window_bits + 2)) + ((size_t) 1 << (memory + 9)) + STATE_SIZE;
    struct deflate_packer *packer = new_packer(size);

    packer->stream = (z_stream){ .zalloc = allocate_page,
                                 .zfree = release_page,
                                 .opaque = packer };
    CHECK(deflateInit2(&packer->stream, level, Z_DEFLATED, window_bits + GZIP_WRAPPER, memory,
                       Z_DEFAULT_STRATEGY) == Z_OK);
    return packer;
}

void deflate_packer_close(struct deflate_packer *packer) {
    deflateEnd(&packer->stream);
    free_packer(packer);
}

void deflate_fit(uint64_t len, int *window_bits, int *memory) {
    while (*window_bits > DEFLATE_WINDOW_BITS_MIN
           && len < (UINT64_C(1) << (*window_bits - 1)) - LOOK_AHEAD) {
        (*window_bits)--;
        if (*memory > 1) {
            (*memory)--;
        }
    }
}

/* zlib counts bytes in 32 bits; whoever has more than that in one piece gives it in parts. */
static void begin_step(z_stream *stream, struct str from, struct buf *to) {
    CHECK(from.len <= BUF_SIZE_MAX && buf_room_len(to) > 0);
    stream->next_in = (Bytef *) (uintptr_t) from.data;
    stream->avail_in = (uInt) from.len;
    stream->next_out = (Bytef *) buf_room(to);
    stream->avail_out = (uInt) buf_room_len(to);
}

static void end_step(z_stream *stream, struct str *from, struct buf *to) {
    buf_added(to, buf_room_len(to) - stream->avail_out);
    *from = str_from_byte(*from, from->len - stream->avail_in);
}

/* Z_BUF_ERROR: there was nothing to do, such as a second flush of the same. */
bool deflate_pack(struct deflate_packer *packer, struct str *from, struct buf *to,
                  enum deflate_goal goal) {
    static const int of_zlib[] = { [DEFLATE_GATHER] = Z_NO_FLUSH,
                                   [DEFLATE_FLUSH] = Z_SYNC_FLUSH,
                                   [DEFLATE_END] = Z_FINISH };
    z_stream *stream = &packer->stream;
    int result;

    begin_step(stream, *from, to);
    result = deflate(stream, of_zlib[goal]);
    CHECK(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
    end_step(stream, from, to);
    return goal == DEFLATE_END ? result == Z_STREAM_END : from->len == 0 && stream->avail_out > 0;
}

struct deflate_unpacker {
    z_stream stream;
};

struct deflate_unpacker *deflate_unpacker_open(void) {
    struct deflate_unpacker *unpacker = heap_zero(1, sizeof(*unpacker));

    unpacker->stream.zalloc = allocate;
    unpacker->stream.zfree = release;
    CHECK(inflateInit2(&unpacker->stream, MAX_WBITS + GZIP_WRAPPER) == Z_OK);
    return unpacker;
}

void deflate_unpacker_close(struct deflate_unpacker *unpacker) {
    inflateEnd(&unpacker->stream);
    heap_free(unpacker);
}

enum deflate_result deflate_unpack(struct deflate_unpacker *unpacker, struct str *from,
                                   struct buf *to) {
    z_stream *stream = &unpacker->stream;
    int result;

    do {
        begin_step(stream, *from, to);
        result = inflate(stream, Z_NO_FLUSH);
        end_step(stream, from, to);
        if (result == Z_STREAM_END) {
            CHECK(inflateReset(stream) == Z_OK);
        }
    } while (result == Z_STREAM_END && from->len > 0 && buf_room_len(to) > 0);
    if (result == Z_STREAM_END) {
        return DEFLATE_WHOLE;
    }
    return result == Z_OK || result == Z_BUF_ERROR ? DEFLATE_MORE : DEFLATE_BAD;
}
