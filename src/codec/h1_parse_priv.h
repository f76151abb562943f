/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_parse_priv - the parts of the parser of heads, for each other: lines, facts, target,
 * framing. */
#ifndef WEIR_CODEC_H1_PARSE_PRIV_H
#define WEIR_CODEC_H1_PARSE_PRIV_H

#include "codec/h1_parse.h"

/* Options of all Connection fields together that are looked at: each is looked for among the
 * fields. */
enum { H1_CONNECTION_OPTIONS_MAX = 32 };

/* What the fields of a whole head say about itself. */
struct h1_facts {
    unsigned hosts, lengths, encodings, options; /* how many there are */
    struct str host;
    uint64_t length;
    bool is_bad_length, is_chunked, closes, keeps;
};

static inline enum h1_result h1_bad(struct h1_parse *parse, unsigned status, const char *error) {
    parse->status = status;
    parse->error = error;
    return H1_BAD;
}

/* Collects the facts, and hides the fields that are for this hop only: RFC 9110 section 7.6.1. */
void h1_facts_read(struct h1_facts *facts, struct message *message);

/* Reads the target of a request: its path, and the host and port that it or else the Host field
 * names: RFC 9112 section 3.2. */
enum h1_result h1_target_read(struct h1_parse *parse, const struct h1_facts *facts,
                              struct message *message);

/* Decides how the body is framed: RFC 9112 section 6.3. */
enum h1_result h1_framing_decide(struct h1_parse *parse, const struct h1_facts *facts,
                                 const struct h1_parse_options *options, struct message *message);

#endif
