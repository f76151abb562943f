/* SPDX-License-Identifier: BSD-2-Clause */
/* message - a request or a response, whatever version it came in; see message.h. */
#include "message/message.h"

#include "base/number.h"
#include "base/panic.h"

enum {
    FIELDS_FIRST = 24,
    FIELDS_SPARE = 8, /* of a copy, for what is added to it */
    MADE_FIRST = 256,
    STATUS_FINAL_MIN = 200,
    STATUS_MAX = 999
};

void message_init(struct message *message, struct arena *arena) {
    memset(message, 0, sizeof(*message));
    message->arena = arena;
}

/* Room for so many bytes behind the message's own text, which are counted in. */
static char *make_room(struct message *message, size_t len) {
    uint32_t at = message->made_len;

    CHECK(len < UINT32_MAX / 4 && message->made_len < UINT32_MAX / 4);
    message->made_len += (uint32_t) len;
    if (message->made_len > message->made_size) {
        uint32_t size = message->made_len * 2 > MADE_FIRST ? message->made_len * 2 : MADE_FIRST;
        char *made = arena_bytes(message->arena, size);

        if (at > 0) {
            memcpy(made, message->made, at);
        }
        message->made = made;
        message->made_size = size;
    }
    return message->made + at;
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
    if (from->made_len > 0) {
        memcpy(make_room(to, from->made_len), from->made, from->made_len);
    }
}

void message_clone(struct message *to, const struct message *from, struct arena *arena) {
    struct str *const texts[] = { &to->method_name, &to->target, &to->path,
                                  &to->host, &to->request_line, &to->reason, &to->upgrade };
    size_t i;

    message_copy(to, from, arena);
    to->base = arena_copy(arena, str_make(from->base, from->base_len)).data;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
    }
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

/* The next field of a name from *i on, and *i behind it; NULL: no more. */
static struct field *next_named(const struct message *message, struct str name, uint32_t *i) {
    while (*i < message->field_count) {
        struct field *field = &message->fields[(*i)++];

        if ((field->flags & FIELD_IS_REMOVED) == 0
            && str_equal_nocase(message_name(message, field), name)) {
            return field;
        }
    }
    return NULL;
}

/* Copies the values of a name, joined, to text, which has room for them. */
static void copy_joined(const struct message *message, struct str name, char *text) {
    const struct field *field;
    const char *separator = "";
    uint32_t i = 0;

    while ((field = next_named(message, name, &i)) != NULL) {
        struct str value = message_value(message, field);

        text = mempcpy(text, separator, strlen(separator));
        text = mempcpy(text, value.data, value.len);
        separator = ", ";
    }
}

/* First the length, then the copies: a head can hold very many fields of one name. */
const struct field *message_find(const struct message *message, enum field_id id) {
    uint32_t i;

    CHECK(id != FIELD_OTHER);
    for (i = 0; i < message->field_count; i++) {
        const struct field *field = &message->fields[i];

        if (field->id == id && (field->flags & FIELD_IS_REMOVED) == 0) {
            return field;
        }
    }
    return NULL;
}

bool message_join(const struct message *message, struct str name, struct str *value) {
    const struct field *field, *first = NULL;
    size_t count = 0, len = 0;
    uint32_t i = 0;
    char *text;

    while ((field = next_named(message, name, &i)) != NULL) {
        first = count++ == 0 ? field : first;
        len += field->value_len + strlen(", ");
    }
    if (count == 0) {
        return false;
    }
    if (count == 1) {
        *value = message_value(message, first);
        return true;
    }
    text = arena_bytes(message->arena, len);
    copy_joined(message, name, text);
    *value = str_make(text, len - strlen(", "));
    return true;
}

bool message_set_upgrade(struct message *message, struct str protocols) {
    if (!field_value_is_valid(protocols)) {
        return false;
    }
    message->upgrade = protocols;
    return true;
}

void message_grow(struct message *message) {
    uint32_t size = message->field_size > 0 ? message->field_size * 2 : FIELDS_FIRST;
    struct field *fields = arena_alloc(message->arena, size_mul(size, sizeof(*fields)));

    if (message->field_count > 0) {
        memcpy(fields, message->fields, message->field_count * sizeof(*fields));
    }
    message->fields = fields;
    message->field_size = size;
}

static void add_made(struct message *message, enum field_id id, struct str name,
                     struct str value) {
    char *text = make_room(message, name.len + strlen(": \r\n") + value.len);
    struct field *field = message_room(message);

    field->name = (uint32_t) (text - message->made);
    field->value = field->name + (uint32_t) (name.len + strlen(": "));
    field->value_len = (uint32_t) value.len;
    field->name_len = (uint16_t) name.len;
    field->id = (uint8_t) id;
    field->flags = FIELD_IS_MADE | FIELD_IS_PLAIN | (field_id_is_hop(id) ? FIELD_IS_HOP : 0);
    text = mempcpy(text, name.data, name.len);
    text = mempcpy(text, ": ", 2);
    if (value.len > 0) {
        text = mempcpy(text, value.data, value.len);
    }
    memcpy(text, "\r\n", 2);
    message->field_count++;
}

bool message_add(struct message *message, struct str name, struct str value) {
    if (!field_name_is_valid(name) || name.len > UINT16_MAX || !field_value_is_valid(value)) {
        return false;
    }
    add_made(message, field_id_of(name), name, value);
    return true;
}

void message_add_own(struct message *message, enum field_id id, struct str value) {
    add_made(message, id, field_id_name(id), value);
}

void message_add_checked(struct message *message, enum field_id id, struct str name,
                         struct str value) {
    add_made(message, id, name, value);
}

void message_remove_set(struct message *message, uint64_t ids) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        if ((ids >> message->fields[i].id & 1) != 0) {
            message->fields[i].flags |= FIELD_IS_REMOVED;
        }
    }
}

unsigned message_remove_name(struct message *message, struct str name) {
    struct field *field;
    unsigned count = 0;
    uint32_t i = 0;

    while ((field = next_named(message, name, &i)) != NULL) {
        field->flags |= FIELD_IS_REMOVED;
        count++;
    }
    return count;
}

static const struct str methods[] = {
    [METHOD_GET] = { "GET", 3 },         [METHOD_HEAD] = { "HEAD", 4 },
    [METHOD_POST] = { "POST", 4 },       [METHOD_PUT] = { "PUT", 3 },
    [METHOD_DELETE] = { "DELETE", 6 },   [METHOD_CONNECT] = { "CONNECT", 7 },
    [METHOD_OPTIONS] = { "OPTIONS", 7 }, [METHOD_TRACE] = { "TRACE", 5 },
    [METHOD_PATCH] = { "PATCH", 5 },
};

enum method method_of(struct str name) {
    unsigned i;

    for (i = METHOD_OTHER + 1; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (name.len == methods[i].len && memcmp(name.data, methods[i].data, name.len) == 0) {
            return (enum method) i;
        }
    }
    return METHOD_OTHER;
}

bool method_is_idempotent(enum method method) {
    return method != METHOD_POST && method != METHOD_PATCH && method != METHOD_CONNECT
        && method != METHOD_OTHER;
}

bool parse_final_status(struct str digits, unsigned *status) {
    uint64_t number;

    if (!parse_decimal(digits, STATUS_MAX, &number) || number < STATUS_FINAL_MIN) {
        return false;
    }
    *status = (unsigned) number;
    return true;
}

struct str status_reason(unsigned status) {
    switch (status) {
    case 100: return STR("Continue");
    case 101: return STR("Switching Protocols");
    case 102: return STR("Processing");
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
    case 407: return STR("Proxy Authentication Required");
    case 408: return STR("Request Time-out");
    case 409: return STR("Conflict");
    case 410: return STR("Gone");
    case 411: return STR("Length Required");
    case 412: return STR("Precondition Failed");
    case 413: return STR("Request Entity Too Large");
    case 414: return STR("Request-URI Too Large");
    case 415: return STR("Unsupported Media Type");
    case 416: return STR("Requested Range Not Satisfiable");
    case 417: return STR("Expectation Failed");
    case 421: return STR("Misdirected Request");
    case 422: return STR("Unprocessable Content");
    case 425: return STR("Too Early");
    case 426: return STR("Upgrade Required");
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
