/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deflate - compression; the only file that knows zlib.
 */
#ifndef WEIR_BASE_DEFLATE_H
#define WEIR_BASE_DEFLATE_H

#include "base/buf.h"

/* Appends the text to `to` as one gzip member (RFC 1952): members after each other are one file.
 * level is 1 (fast) to 9 (small). The text is at most BUF_SIZE_MAX / 2. */
void deflate_gzip(struct buf *to, struct str text, int level);

/* ---- streams: bytes that come one after the other make one member ---- */

enum {
    DEFLATE_WINDOW_BITS_MIN = 9,
    DEFLATE_WINDOW_BITS_MAX = 15,
    DEFLATE_MEMORY_MAX = 9
};

struct deflate_packer;

/* A packer takes 2^(window_bits + 2) + 2^(memory + 9) bytes, and some KB. memory is 1 to
 * DEFLATE_MEMORY_MAX. */
struct deflate_packer *deflate_packer_open(int level, int window_bits, int memory);
void deflate_packer_close(struct deflate_packer *packer);

/* The smallest window, and with it the memory, that packs a text of this length as well as the
 * ones given. */
void deflate_fit(uint64_t len, int *window_bits, int *memory);

enum deflate_goal {
    DEFLATE_GATHER, /* take bytes; what becomes of them may come later */
    DEFLATE_FLUSH,  /* bring out all that was taken */
    DEFLATE_END     /* these are the last ones */
};

/* Takes bytes from the start of *from and writes to the room that `to` has, which is some. True: it
 * is done, from is empty and the goal is reached; false: to be called again with more room. */
bool deflate_pack(struct deflate_packer *packer, struct str *from, struct buf *to,
                  enum deflate_goal goal);

struct deflate_unpacker;

/* About 40 KB. */
struct deflate_unpacker *deflate_unpacker_open(void);
void deflate_unpacker_close(struct deflate_unpacker *unpacker);

enum deflate_result {
    DEFLATE_MORE,  /* from is empty, or to has no more room */
    DEFLATE_WHOLE, /* the same, and a member has just ended: from may end here */
    DEFLATE_BAD    /* it is not what gzip makes */
};

/* Takes packed bytes from the start of *from, one member after the other, and writes to the room
 * that `to` has, which is some. */
enum deflate_result deflate_unpack(struct deflate_unpacker *unpacker, struct str *from,
                                   struct buf *to);

#endif
