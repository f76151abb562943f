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

#endif
