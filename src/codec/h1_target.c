/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_target - which host and which path a request is for; see h1_parse_priv.h. */
#include "codec/h1_parse_priv.h"

#include "message/authority.h"

static bool set_host(struct message *message, struct str authority) {
    return parse_authority(authority, message->arena, &message->host, &message->port);
}

/* Every request of HTTP/1.1 has one Host field, and whoever sends one means it. */
static enum h1_result read_host(struct h1_parse *parse, const struct h1_facts *facts,
                                struct message *message) {
    if (facts->hosts > 1) {
        return h1_bad(parse, 400, "client sent duplicate \"Host\" header");
    }
    if (facts->hosts == 0) {
        return message->version < 11
            ? H1_OK
            : h1_bad(parse, 400, "client sent HTTP/1.1 request without \"Host\" header");
    }
    return set_host(message, facts->host)
        ? H1_OK
        : h1_bad(parse, 400, "client sent invalid \"Host\" header");
}

/* "http://host:port/path": what it says of the host is better than what Host says (section
 * 3.2.2). */
static bool read_absolute(struct message *message) {
    struct str rest = message->target;
    size_t end = 0;

    if (str_starts_nocase(rest, STR("http://"))) {
        rest = str_from_byte(rest, 7);
    } else if (str_starts_nocase(rest, STR("https://"))) {
        rest = str_from_byte(rest, 8);
    } else {
        return false;
    }
    while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '?') {
        end++;
    }
    message->path = str_from_byte(rest, end);
    if (message->path.len == 0 || message->path.data[0] == '?') {
        message->path = arena_print(message->arena, "/%.*s", STR_ARG(message->path));
    }
    return set_host(message, str_first(rest, end));
}

enum h1_result h1_target_read(struct h1_parse *parse, const struct h1_facts *facts,
                              struct message *message) {
    if (read_host(parse, facts, message) != H1_OK) {
        return H1_BAD;
    }
    message->path = message->target;
    if (message->target.data[0] == '/') {
        return H1_OK;
    }
    if (message->method == METHOD_CONNECT) {
        return set_host(message, message->target)
            ? H1_OK
            : h1_bad(parse, 400, "client sent invalid host in request line");
    }
    /* "OPTIONS *" is refused as by nginx: no location is meant by it. */
    return read_absolute(message) ? H1_OK
                                  : h1_bad(parse, 400, "client sent invalid request");
}
