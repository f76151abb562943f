/* SPDX-License-Identifier: BSD-2-Clause */
/* message - a request or a response, whatever version it came in; see message.h. */
#include "message/message.h"

#include "base/number.h"
#include "base/panic.h"

enum {
    FIELDS_FIRST = 24,
    FIELDS_SPARE = 8, /* of a copy, for what is added to it */
    MADE_FIRST = 512
};

void message_init(struct message *message, struct arena *arena) {
    memset(message, 0, sizeof(*message));
    message->arena = arena;
}

/* Puts text behind the message's own; returns its offset. */
static uint32_t make_text(struct message *message, struct str text) {
    uint32_t at = message->made_len;

    CHECK(text.len < UINT32_MAX / 4 && message->made_len < UINT32_MAX / 4);
    if (text.len > message->made_size - message->made_len) {
        uint32_t size = (message->made_len + (uint32_t) text.len) * 2;
        char *made;

        size = size > MADE_FIRST ? size : MADE_FIRST;
        made = arena_bytes(message->arena, size);
        if (message->made_len > 0) {
            memcpy(made, message->made, message->made_len);
        }
        message->made = made;
        message->made_size = size;
    }
    if (text.len > 0) {
        memcpy(message->made + at, text.data, text.len);
    }
    message->made_len += (uint32_t) text.len;
    return at;
}

void message_copy(struct message *to, const struct message *from, struct arena *arena) {
    *to = *from;
    to->arena = arena;
    to->field_size = from->field_count + FIELDS_SPARE;
    to->fields = arena_alloc(arena, size_mul(to->field_size, sizeof(*to->fields)));
    if (from->field_count > 0) {
        memcpy(to->fields, from->fields, from->field_count * sizeof(*from->fields));
    }
    to->made = NULL;
    to->made_len = to->made_size = 0;
    make_text(to, str_make(from->made, from->made_len));
}

static const char *text_of(const struct message *message, const struct field *field) {
    return (field->flags & FIELD_IS_MADE) != 0 ? message->made : message->base;
}

struct str message_name(const struct message *message, const struct field *field) {
    return str_make(text_of(message, field) + field->name, field->name_len);
}

struct str message_value(const struct message *message, const struct field *field) {
    return str_make(text_of(message, field) + field->value, field->value_len);
}

const struct field *message_find(const struct message *message, enum field_id id) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        const struct field *field = &message->fields[i];

        if (field->id == id && (field->flags & FIELD_IS_REMOVED) == 0) {
            return field;
        }
    }
    return NULL;
}

static bool is_field(const struct message *message, const struct field *field, struct str name) {
    return (field->flags & FIELD_IS_REMOVED) == 0
        && str_equal_nocase(message_name(message, field), name);
}

const struct field *message_find_name(const struct message *message, struct str name) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        if (is_field(message, &message->fields[i], name)) {
            return &message->fields[i];
        }
    }
    return NULL;
}

bool message_join(const struct message *message, struct str name, struct str *value) {
    bool is_found = false;
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        struct str next;

        if (!is_field(message, &message->fields[i], name)) {
            continue;
        }
        next = message_value(message, &message->fields[i]);
        *value = is_found ? arena_print(message->arena, "%.*s, %.*s", STR_ARG(*value), STR_ARG(next))
                          : next;
        is_found = true;
    }
    return is_found;
}

struct field *message_add_received(struct message *message, const struct field *field) {
    if (message->field_count == message->field_size) {
        uint32_t size = message->field_size > 0 ? message->field_size * 2 : FIELDS_FIRST;
        struct field *fields = arena_alloc(message->arena, size_mul(size, sizeof(*fields)));

        if (message->field_count > 0) {
            memcpy(fields, message->fields, message->field_count * sizeof(*fields));
        }
        message->fields = fields;
        message->field_size = size;
    }
    message->fields[message->field_count] = *field;
    return &message->fields[message->field_count++];
}

bool message_add(struct message *message, struct str name, struct str value) {
    struct field field = { .flags = FIELD_IS_MADE };

    if (!field_name_is_valid(name) || name.len > UINT16_MAX || !field_value_is_valid(value)) {
        return false;
    }
    field.id = (uint8_t) field_id_of(name);
    field.name = make_text(message, name);
    field.name_len = (uint16_t) name.len;
    field.value = make_text(message, value);
    field.value_len = (uint32_t) value.len;
    message_add_received(message, &field);
    return true;
}

unsigned message_remove(struct message *message, enum field_id id) {
    unsigned count = 0;
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        if (message->fields[i].id == id && (message->fields[i].flags & FIELD_IS_REMOVED) == 0) {
            message->fields[i].flags |= FIELD_IS_REMOVED;
            count++;
        }
    }
    return count;
}

unsigned message_remove_name(struct message *message, struct str name) {
    unsigned count = 0;
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        if (is_field(message, &message->fields[i], name)) {
            message->fields[i].flags |= FIELD_IS_REMOVED;
            count++;
        }
    }
    return count;
}

static const struct {
    enum method method;
    struct str name;
} methods[] = {
    { METHOD_GET, { "GET", 3 } },         { METHOD_HEAD, { "HEAD", 4 } },
    { METHOD_POST, { "POST", 4 } },       { METHOD_PUT, { "PUT", 3 } },
    { METHOD_DELETE, { "DELETE", 6 } },   { METHOD_CONNECT, { "CONNECT", 7 } },
    { METHOD_OPTIONS, { "OPTIONS", 7 } }, { METHOD_TRACE, { "TRACE", 5 } },
    { METHOD_PATCH, { "PATCH", 5 } },
};

enum method method_of(struct str name) {
    unsigned i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (str_equal(methods[i].name, name)) {
            return methods[i].method;
        }
    }
    return METHOD_OTHER;
}

bool method_is_idempotent(enum method method) {
    return method != METHOD_POST && method != METHOD_PATCH && method != METHOD_CONNECT
        && method != METHOD_OTHER;
}

struct str status_reason(unsigned status) {
    switch (status) {
    case 100: return STR("Continue");
    case 101: return STR("Switching Protocols");
    case 103: return STR("Early Hints");
    case 200: return STR("OK");
    case 201: return STR("Created");
    case 202: return STR("Accepted");
    case 203: return STR("Non-Authoritative Information");
    case 204: return STR("No Content");
    case 205: return STR("Reset Content");
    case 206: return STR("Partial Content");
    case 300: return STR("Multiple Choices");
    case 301: return STR("Moved Permanently");
    case 302: return STR("Moved Temporarily");
    case 303: return STR("See Other");
    case 304: return STR("Not Modified");
    case 307: return STR("Temporary Redirect");
    case 308: return STR("Permanent Redirect");
    case 400: return STR("Bad Request");
    case 401: return STR("Unauthorized");
    case 402: return STR("Payment Required");
    case 403: return STR("Forbidden");
    case 404: return STR("Not Found");
    case 405: return STR("Not Allowed");
    case 406: return STR("Not Acceptable");
    case 408: return STR("Request Time-out");
    case 409: return STR("Conflict");
    case 410: return STR("Gone");
    case 411: return STR("Length Required");
    case 412: return STR("Precondition Failed");
    case 413: return STR("Request Entity Too Large");
    case 414: return STR("Request-URI Too Large");
    case 415: return STR("Unsupported Media Type");
    case 416: return STR("Requested Range Not Satisfiable");
    case 421: return STR("Misdirected Request");
    case 425: return STR("Too Early");
    case 429: return STR("Too Many Requests");
    case 431: return STR("Request Header Fields Too Large");
    case 500: return STR("Internal Server Error");
    case 501: return STR("Not Implemented");
    case 502: return STR("Bad Gateway");
    case 503: return STR("Service Temporarily Unavailable");
    case 504: return STR("Gateway Time-out");
    case 505: return STR("HTTP Version Not Supported");
    case 507: return STR("Insufficient Storage");
    default: return STR("");
    }
}
