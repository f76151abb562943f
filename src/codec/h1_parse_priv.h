/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_parse_priv - the parts of the parser of heads, for each other: lines, then target, then
 * framing. */
#ifndef WEIR_CODEC_H1_PARSE_PRIV_H
#define WEIR_CODEC_H1_PARSE_PRIV_H

#include "codec/h1_parse.h"

static inline enum h1_result h1_bad(struct h1_parse *parse, unsigned status, const char *error) {
    parse->status = status;
    parse->error = error;
    return H1_BAD;
}

/*
 * Reads the target of a request whose fields are known: its path, and the host and port that it or
 * else the Host field names. RFC 9112 section 3.2.
 */
enum h1_result h1_read_target(struct h1_parse *parse, struct message *message);

/*
 * Reads what the fields of a whole head say to the next hop: how the body is framed, whether the
 * connection is kept, which fields are not for those behind. RFC 9112 sections 6 and 9.
 */
enum h1_result h1_read_framing(struct h1_parse *parse, const struct h1_parse_options *options,
                               struct message *message);

#endif
