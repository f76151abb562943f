/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_url - where servers are, and what they are asked for; see upstream_url.h. */
#include "http/upstream_url.h"

#include "net/addr.h"

/* "http://unix:/path:/uri": the socket's path ends at the second colon. */
static size_t authority_len(struct str rest) {
    size_t colon;

    if (!str_starts(rest, STR("unix:"))) {
        size_t slash = str_find_char(rest, '/'), question = str_find_char(rest, '?');

        return slash < question ? slash : question;
    }
    colon = str_find_char(str_from_byte(rest, 5), ':');
    return colon + 5;
}

static bool is_unix(const struct upstream_url *url) {
    return str_starts(url->host, STR("unix:"));
}

bool parse_upstream_url(struct str text, struct upstream_url *url) {
    struct str rest;

    if (!str_starts_nocase(text, STR("http://"))) {
        return false;
    }
    rest = str_from_byte(text, 7);
    url->host = str_first(rest, authority_len(rest));
    url->name = str_ends(url->host, STR(":80")) ? str_first(url->host, url->host.len - 3)
                                                : url->host;
    url->uri = str_from_byte(rest, url->host.len);
    if (is_unix(url)) {
        url->name = STR("localhost");
        url->uri = str_from_byte(url->uri, url->uri.len > 0 ? 1 : 0);
    }
    return url->host.len > 0;
}

bool upstream_url_port(const struct upstream_url *url, struct str *port) {
    struct str host;

    if (is_unix(url)) {
        *port = STR("");
        return true;
    }
    if (url->host.len == 0 || !parse_host_port(url->host, &host, port)) {
        return false;
    }
    if (port->len == 0) {
        *port = STR("80");
    }
    return true;
}

static struct str escape_path(struct exchange *exchange, struct str path) {
    struct buf text = { NULL, 0, 0, 0 };
    struct str copy;

    uri_escape_path(&text, path);
    copy = arena_copy(&exchange->arena, buf_bytes(&text));
    buf_free(&text);
    return copy;
}

struct str upstream_url_target(const struct upstream_url *url, struct exchange *exchange) {
    bool is_replaced = url->uri.len > 0 && !exchange->is_prefix_stale;
    struct str path = exchange->uri.path, query = exchange->uri.query, before;

    if (url->uri.len == 0 && !exchange->is_target_stale) {
        return exchange->request->path;
    }
    if (url->uri.len > 0 && url->constant.len == 0) {
        return url->uri;
    }
    path = escape_path(exchange, is_replaced
                                     ? str_from_byte(path, exchange->location->name.len)
                                     : path);
    /* What a rewrite has made must not be read as a URL, which would name a host of its own. */
    before = is_replaced ? url->uri : str_starts(path, STR("/")) ? STR_NONE : STR("/");
    return arena_print(&exchange->arena, "%.*s%.*s%s%.*s", STR_ARG(before), STR_ARG(path),
                       query.len > 0 ? "?" : "", STR_ARG(query));
}
