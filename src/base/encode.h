/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * encode - text made safe for where it goes, a log line or JSON; and base64, which is only read.
 *
 * The encoder appends to a buf that it makes larger as needed; a result over BUF_SIZE_MAX is a
 * bug. The text must not lie in that buf. All are pure but for that.
 */
#ifndef WEIR_BASE_ENCODE_H
#define WEIR_BASE_ENCODE_H

#include "base/buf.h"

/* Which encoding a log format uses; as nginx's log_format escape=. */
enum encoding {
    ENCODE_LOG,  /* '"', '\\', bytes below 32 and above 126 as \xXX */
    ENCODE_JSON, /* the escapes of RFC 8259 section 7; other bytes as they are */
    ENCODE_NONE
};

/* Bytes that each encoder at most makes of one. */
enum { ENCODE_EXPANSION_MAX = 6 };

void encode(struct buf *to, enum encoding encoding, struct str text);

/* The bytes of base64 text (RFC 4648 section 4), however it is padded, to out, which has room for
 * text.len * 3 / 4 of them. False for text that is none; what is in out then means nothing. */
bool decode_base64(struct str text, char *out, size_t *len);

#endif
