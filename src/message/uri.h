/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uri - the path of a request in its normal form, and back.
 *
 * Normal: percent-escapes decoded, "." and ".." resolved, slashes merged where that is wanted,
 * query cut off. Locations are found by the normal form; what goes upstream is either the target as
 * it came or a path that is escaped anew.
 */
#ifndef WEIR_MESSAGE_URI_H
#define WEIR_MESSAGE_URI_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>

struct uri {
    struct str path;  /* normal form; in the arena, or the bytes given where they are normal */
    struct str query; /* without '?' */
    bool has_query;
};

/* target begins with '/'. False: it climbs above the root, has a broken escape, or hides a NUL. */
bool parse_uri(struct str target, bool merges_slashes, struct arena *arena, struct uri *uri);

/* Appends a normal path with what may not stand in a target escaped, as nginx does it: controls,
 * blanks, bytes over 126, '?', '#', '%', and what RFC 3986 has no place for. */
void uri_escape_path(struct buf *to, struct str path);

#endif
