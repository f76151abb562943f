/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message - a request or a response, whatever version it came in.
 *
 * Canonical: framing is an enum, never a header; hop-by-hop fields (Connection and what it names,
 * Transfer-Encoding, Content-Length, TE, Trailer, Upgrade, Keep-Alive, Proxy-Connection) are taken
 * out by the codec that received the message and put in by the one that sends it. One function
 * makes a field and refuses what could split a head. So nothing above codec/ can express smuggling.
 */
#ifndef WEIR_MESSAGE_MESSAGE_H
#define WEIR_MESSAGE_MESSAGE_H

#include "base/arena.h"
#include "message/field.h"

enum message_framing {
    FRAMING_NONE,     /* no body */
    FRAMING_LENGTH,   /* content_length bytes */
    FRAMING_CHUNKED,  /* a body that ends by itself: chunked in h1, END_STREAM in h2 */
    FRAMING_UNTIL_END /* responses only: until the connection ends */
};

enum method {
    METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_CONNECT,
    METHOD_OPTIONS, METHOD_TRACE, METHOD_PATCH
};

struct message {
    struct arena *arena;
    const char *base;          /* received head, which stays where it is; or NULL */
    uint32_t base_len;
    char *made;                /* own text: the lines of made fields */
    uint32_t made_len, made_size;
    struct field *fields;
    uint32_t field_count, field_size;

    enum message_framing framing;
    uint64_t content_length;   /* FRAMING_LENGTH */
    bool has_length;           /* a response without a body says how long it would have been */
    bool is_request;
    uint8_t version;           /* 10, 11, 20: printed by the log, tested by codecs only */
    bool keeps_connection;     /* the sender of this message would keep the connection */
    bool expects_continue;     /* Expect: 100-continue */
    bool has_trailers;         /* of a response to send: fields follow its body, which therefore
                                  goes in chunks where it can (leg's on_trailers) */
    bool accepts_trailers;     /* of a request to send: TE: trailers */
    struct str upgrade;        /* protocols that the sender would change to, or has with a 101:
                                  "websocket"; empty: none. Set by message_set_upgrade() or as
                                  received, in HTTP/1.1 */

    /* Requests */
    enum method method;
    struct str method_name;
    struct str target;         /* as received: $request_uri */
    struct str path;           /* of the target, with its query: begins with '/' but for CONNECT */
    struct str host;           /* from Host or an absolute target, without port, lower case */
    uint16_t port;             /* from there; 0: none given */
    struct str request_line;   /* $request */

    /* Responses */
    uint16_t status;
    struct str reason;         /* as received; may be empty */
};

void message_init(struct message *message, struct arena *arena);

/* Name and value of a field. */
struct str message_name(const struct message *message, const struct field *field);
struct str message_value(const struct message *message, const struct field *field);

/* A copy that shares the received head and has fields and text of its own, in the arena. */
void message_copy(struct message *to, const struct message *from, struct arena *arena);

/* A copy that shares nothing with the other one. */
void message_clone(struct message *to, const struct message *from, struct arena *arena);

/* The first field with a known id, or NULL; those of the hop too. */
const struct field *message_find(const struct message *message, enum field_id id);

/* All values of a name joined by ", " (RFC 9110 section 5.3); in the arena if there are several.
 * False: none. */
bool message_join(const struct message *message, struct str name, struct str *value);

/* Adds a field (copied). False for a name that is no token or a value with CR, LF or NUL. Fields of
 * the hop can be added for variables to see, but are never sent: that is up to the codecs. */
bool message_add(struct message *message, struct str name, struct str value);

/* The same of a name that weir knows, with a value of its own making, which is believed. */
void message_add_own(struct message *message, enum field_id id, struct str value);

/* The same of a name and a value that were found fit before, with the id of the name. */
void message_add_checked(struct message *message, enum field_id id, struct str name,
                         struct str value);

/* Has the message ask for other protocols, or name the one that its sender changes to. False for a
 * value with CR, LF or NUL. The text stays where it is. */
bool message_set_upgrade(struct message *message, struct str protocols);

/* Makes room for more fields. */
void message_grow(struct message *message);

/* Where the next field goes. A codec sets all of it and then counts it in field_count. */
static inline struct field *message_room(struct message *message) {
    if (message->field_count == message->field_size) {
        message_grow(message);
    }
    return &message->fields[message->field_count];
}

/* Removes all fields whose ids are in the set (bit n: id n). */
void message_remove_set(struct message *message, uint64_t ids);

/* Removes all fields of that name; returns how many. */
unsigned message_remove_name(struct message *message, struct str name);

/* The method of a name (case-sensitive, RFC 9110 section 9.1), and whether it is idempotent
 * (9.2.2). */
enum method method_of(struct str name);
bool method_is_idempotent(enum method method);

/* The status of an answer that ends an exchange, as a configuration names it: 200 to 999. */
bool parse_final_status(struct str digits, unsigned *status);

/* Whether a response with it may have a body (RFC 9110 section 6.4.1), or say the length of one
 * (8.6), and whether its Location is where to go. */
static inline bool status_has_body(unsigned status) {
    return status >= 200 && status != 204 && status != 304;
}

static inline bool status_has_length(unsigned status) {
    return status >= 200 && status != 204;
}

static inline bool status_is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* "OK" for 200 ...; "" for an unknown status. */
struct str status_reason(unsigned status);

#endif
