/* SPDX-License-Identifier: BSD-2-Clause */
/* authority - "host:port" as it stands in a Host field, in an absolute target, in a CONNECT. */
#ifndef WEIR_MESSAGE_AUTHORITY_H
#define WEIR_MESSAGE_AUTHORITY_H

#include "base/str.h"

#include <stdint.h>

/*
 * Takes "name", "name:port", "[v6]" or "[v6]:port" apart (RFC 3986 section 3.2, without user names
 * and escapes). *host is a part of text: with its brackets, without a dot at its end, in the case
 * it has. *port is 0 where there is none. False, and neither is set, for anything else: nobody
 * agrees on what it means.
 */
bool parse_authority(struct str text, struct str *host, uint16_t *port);

#endif
