/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_framing - what the fields of a head say to this hop: the one decision about framing; see
 * h1_parse_priv.h.
 *
 * Whatever could be framed in two ways is refused, requests and responses alike: two readers of one
 * connection that disagree on where a message ends are how requests are smuggled.
 */
#include "codec/h1_parse_priv.h"

#include "base/number.h"

/* Options of all Connection fields together that are looked at: each is looked for among the
 * fields. */
enum { CONNECTION_OPTIONS_MAX = 32 };

struct facts {
    unsigned lengths, encodings, options;
    uint64_t length;
    bool is_bad_length, is_chunked, closes, keeps;
};

/* ---- fields ---- */

/* Hides the fields that Connection names. Names that weir knows stay: a client must not talk
 * anybody out of its Cookie or its X-Forwarded-For. */
static void hide_named(struct message *message, struct str name) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        struct field *field = &message->fields[i];

        if (field->id == FIELD_OTHER && str_equal_nocase(message_name(message, field), name)) {
            field->flags |= FIELD_IS_HOP;
        }
    }
}

static void read_connection(struct message *message, struct str value, struct facts *facts) {
    struct str option;

    while (str_take_part(&value, ',', &option)) {
        option = str_trim(option);
        if (option.len == 0) {
            continue;
        }
        if (++facts->options > CONNECTION_OPTIONS_MAX) {
            return;
        }
        if (str_equal_nocase(option, STR("close"))) {
            facts->closes = true;
        } else if (str_equal_nocase(option, STR("keep-alive"))) {
            facts->keeps = true;
        } else {
            hide_named(message, option);
        }
    }
}

static void read_field(struct message *message, struct field *field, struct facts *facts) {
    struct str value = message_value(message, field);

    switch ((enum field_id) field->id) {
    case FIELD_CONTENT_LENGTH:
        facts->lengths++;
        facts->is_bad_length |= !parse_content_length(value, &facts->length);
        break;
    case FIELD_TRANSFER_ENCODING:
        facts->encodings++;
        facts->is_chunked = str_equal_nocase(value, STR("chunked"));
        break;
    case FIELD_CONNECTION:
        read_connection(message, value, facts);
        break;
    case FIELD_EXPECT:
        /* Clients that speak 1.0 get no 1xx: RFC 9110 section 10.1.1. */
        message->expects_continue |= message->is_request && message->version >= 11
            && str_equal_nocase(value, STR("100-continue"));
        break;
    default:
        break;
    }
    field->flags |= FIELD_IS_HOP;
}

static void read_fields(struct message *message, struct facts *facts) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        struct field *field = &message->fields[i];

        if (field_id_is_hop(field->id)) {
            read_field(message, field, facts);
        }
    }
    message->keeps_connection = !facts->closes && (message->version >= 11 || facts->keeps);
}

/* ---- framing: RFC 9112 section 6.3 ---- */

static enum h1_result frame_request(struct h1_parse *parse, struct message *message,
                                    const struct facts *facts) {
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
    return options->is_response_to_head || message->status < 200 || message->status == 204
        || message->status == 304 || (options->is_response_to_connect && message->status < 300);
}

/* Others have no length, whatever they say: RFC 9110 section 8.6. */
static bool may_say_length(unsigned status) {
    return status >= 200 && status != 204;
}

static enum h1_result frame_response(struct h1_parse *parse, struct message *message,
                                     const struct h1_parse_options *options,
                                     const struct facts *facts) {
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
        message->has_length = facts->lengths > 0 && may_say_length(message->status);
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

enum h1_result h1_read_framing(struct h1_parse *parse, const struct h1_parse_options *options,
                               struct message *message) {
    struct facts facts = { .lengths = 0 };

    read_fields(message, &facts);
    if (facts.options > CONNECTION_OPTIONS_MAX) {
        return h1_bad(parse, message->is_request ? 400 : 502, "too many \"Connection\" options");
    }
    return message->is_request ? frame_request(parse, message, &facts)
                               : frame_response(parse, message, options, &facts);
}
