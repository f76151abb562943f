/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_framing - the one decision about framing; see h1_parse_priv.h.
 *
 * Whatever could be framed in two ways is refused, requests and responses alike: two readers of one
 * connection that disagree on where a message ends are how requests are smuggled.
 */
#include "codec/h1_parse_priv.h"

static enum h1_result frame_request(struct h1_parse *parse, const struct h1_facts *facts,
                                    struct message *message) {
    if (facts->lengths > 1) {
        return h1_bad(parse, 400, "client sent duplicate \"Content-Length\" header");
    }
    if (facts->is_bad_length) {
        return h1_bad(parse, 400, "client sent invalid \"Content-Length\" header");
    }
    if (facts->encodings == 0) {
        message->content_length = facts->length;
        message->framing = facts->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
        return H1_OK;
    }
    if (facts->lengths > 0) {
        return h1_bad(parse, 400,
                      "client sent \"Content-Length\" and \"Transfer-Encoding\" headers "
                      "at the same time");
    }
    if (message->version < 11) {
        return h1_bad(parse, 400, "client sent HTTP/1.0 request with \"Transfer-Encoding\" header");
    }
    if (facts->encodings > 1 || !facts->is_chunked) {
        return h1_bad(parse, 400, "client sent unknown \"Transfer-Encoding\"");
    }
    message->framing = FRAMING_CHUNKED;
    return H1_OK;
}

/* Responses that end with their head, whatever their fields say. */
static bool has_no_body(const struct message *message, const struct h1_parse_options *options) {
    return options->is_response_to_head || !status_has_body(message->status)
        || (options->is_response_to_connect && message->status < 300);
}

static enum h1_result frame_response(struct h1_parse *parse, const struct h1_facts *facts,
                                     const struct h1_parse_options *options,
                                     struct message *message) {
    if (facts->lengths > 1 || facts->is_bad_length) {
        return h1_bad(parse, 502, "upstream sent duplicate or invalid \"Content-Length\" header");
    }
    if (facts->encodings > 0
        && (facts->lengths > 0 || facts->encodings > 1 || !facts->is_chunked
            || message->version < 11)) {
        return h1_bad(parse, 502,
                      "upstream sent contradictory or unknown \"Transfer-Encoding\" header");
    }
    if (has_no_body(message, options)) {
        message->framing = FRAMING_NONE;
        message->has_length = facts->lengths > 0 && status_has_length(message->status);
        message->content_length = message->has_length ? facts->length : 0;
        return H1_OK;
    }
    message->content_length = facts->length;
    if (facts->encodings > 0) {
        message->framing = FRAMING_CHUNKED;
    } else if (facts->lengths > 0) {
        message->framing = facts->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
    } else {
        message->framing = FRAMING_UNTIL_END;
        message->keeps_connection = false;
    }
    return H1_OK;
}

enum h1_result h1_framing_decide(struct h1_parse *parse, const struct h1_facts *facts,
                                 const struct h1_parse_options *options, struct message *message) {
    if (facts->options > H1_CONNECTION_OPTIONS_MAX) {
        return h1_bad(parse, message->is_request ? 400 : 502, "too many \"Connection\" options");
    }
    return message->is_request ? frame_request(parse, facts, message)
                               : frame_response(parse, facts, options, message);
}
