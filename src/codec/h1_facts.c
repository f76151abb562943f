/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_facts - what the fields of a head say about the head and its connection; see
 * h1_parse_priv.h. */
#include "codec/h1_parse_priv.h"

#include "base/number.h"

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

void h1_hide_trailers(const struct message *head, struct message *trailers) {
    uint32_t i;

    for (i = 0; i < head->field_count; i++) {
        struct str value = message_value(head, &head->fields[i]), option;

        while (head->fields[i].id == FIELD_CONNECTION && str_take_part(&value, ',', &option)) {
            hide_named(trailers, str_trim(option));
        }
    }
}

/* As it is nearly always spelled, or in another case. */
static inline bool is_word(struct str text, struct str word) {
    return str_equal(text, word) || str_equal_nocase(text, word);
}

static void read_connection(struct h1_facts *facts, struct message *message, struct str value) {
    struct str option;

    if (is_word(value, STR("keep-alive"))) {
        facts->options++;
        facts->keeps = true;
        return;
    }
    while (str_take_part(&value, ',', &option)) {
        option = str_trim(option);
        if (option.len == 0) {
            continue;
        }
        if (++facts->options > H1_CONNECTION_OPTIONS_MAX) {
            return;
        }
        if (is_word(option, STR("close"))) {
            facts->closes = true;
        } else if (is_word(option, STR("keep-alive"))) {
            facts->keeps = true;
        } else {
            hide_named(message, option);
        }
    }
}

static void read_field(struct h1_facts *facts, struct message *message, struct field *field) {
    struct str value = message_value(message, field);

    switch ((enum field_id) field->id) {
    case FIELD_HOST:
        facts->hosts++;
        facts->host = value;
        return;
    case FIELD_CONTENT_LENGTH:
        facts->lengths++;
        facts->is_bad_length |= !parse_content_length(value, &facts->length);
        break;
    case FIELD_TRANSFER_ENCODING:
        facts->encodings++;
        facts->is_chunked = is_word(value, STR("chunked"));
        break;
    case FIELD_CONNECTION:
        read_connection(facts, message, value);
        break;
    case FIELD_UPGRADE:
        /* Nor can they change to another protocol: RFC 9110 section 7.8. */
        if (message->version >= 11) {
            message_set_upgrade(message, value);
        }
        break;
    case FIELD_EXPECT:
        /* Clients that speak 1.0 get no 1xx: RFC 9110 section 10.1.1. */
        message->expects_continue |= message->is_request && message->version >= 11
            && is_word(value, STR("100-continue"));
        break;
    default:
        break;
    }
    field->flags |= FIELD_IS_HOP;
}

/* A field of the hop, or Host. */
static inline bool is_fact(unsigned id) {
    return ((FIELD_IDS_OF_HOP | FIELD_SET(FIELD_HOST)) >> id & 1) != 0;
}

void h1_facts_read(struct h1_facts *facts, struct message *message) {
    uint32_t i;

    memset(facts, 0, sizeof(*facts));
    for (i = 0; i < message->field_count; i++) {
        struct field *field = &message->fields[i];

        if (is_fact(field->id)) {
            read_field(facts, message, field);
        }
    }
    message->keeps_connection = !facts->closes && (message->version >= 11 || facts->keeps);
}
