/* SPDX-License-Identifier: BSD-2-Clause */
/* authority - "host:port" as it stands in a Host field, in an absolute target, in a CONNECT. */
#ifndef WEIR_MESSAGE_AUTHORITY_H
#define WEIR_MESSAGE_AUTHORITY_H

#include "base/arena.h"

#include <stdint.h>

/*
 * Takes "name", "name:port", "[v6]" or "[v6]:port" apart (RFC 3986 section 3.2, without user names
 * and escapes). *host has its brackets, no dot at its end, and lower case: a copy in the arena
 * where text has capitals, else a part of it. *port is 0 where there is none. False, and neither is
 * set, for anything else: nobody agrees on what it means.
 */
bool parse_authority(struct str text, struct arena *arena, struct str *host, uint16_t *port);

#endif
