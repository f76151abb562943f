/* SPDX-License-Identifier: BSD-2-Clause */
/* respond - answers that weir makes itself; see respond.h. */
#include "http/respond.h"

#include "expr/template.h"

/* Whether the connection can go on after it: not where it is unsure what the client sends next. */
static bool keeps_connection(unsigned status) {
    return status != 400 && status != 413 && status != 414 && status != 500 && status != 501;
}

static struct message *new_response(struct exchange *exchange, unsigned status) {
    struct message *response = arena_alloc(&exchange->arena, sizeof(*response));

    message_init(response, &exchange->arena);
    response->status = (uint16_t) status;
    response->keeps_connection = keeps_connection(status);
    return response;
}

/* Sends the head, with the body behind it. A body that does not fit the pipe's mark goes in all the
 * same: it is ours. */
static void send_answer(struct exchange *exchange, struct message *response, struct str type,
                        struct str body) {
    struct pipe *pipe = &exchange->response_body;
    bool is_whole = body.len == 0
        || (exchange->request != NULL && exchange->request->method == METHOD_HEAD);

    response->content_length = body.len;
    response->framing = is_whole ? FRAMING_NONE : FRAMING_LENGTH;
    response->has_length = true;
    if (type.len > 0 && body.len > 0) {
        message_add(response, STR("Content-Type"), type);
    }
    if (exchange_send_head(exchange, response, is_whole) && !is_whole) {
        pipe->high = pipe->high > body.len ? pipe->high : body.len;
        pipe_write(pipe, body);
        pipe_end(pipe);
        exchange_send_body(exchange);
    }
}

static bool has_body(unsigned status) {
    return status >= 200 && status != 204 && status != 304;
}

static struct str page(struct exchange *exchange, unsigned status) {
    struct str token = http_server_token(exchange->location), reason = status_reason(status);

    return arena_print(&exchange->arena,
                       "<html>\r\n<head><title>%u%s%.*s</title></head>\r\n<body>\r\n"
                       "<center><h1>%u%s%.*s</h1></center>\r\n"
                       "<hr><center>%.*s</center>\r\n</body>\r\n</html>\r\n",
                       status, reason.len > 0 ? " " : "", STR_ARG(reason), status,
                       reason.len > 0 ? " " : "", STR_ARG(reason), STR_ARG(token));
}

void respond_plain(struct exchange *exchange, unsigned status) {
    if (status == 444) {
        exchange->status = 444;
        exchange_close(exchange);
        return;
    }
    if (!has_body(status) || status < 300) {
        send_answer(exchange, new_response(exchange, status), STR_NONE, STR_NONE);
        return;
    }
    send_answer(exchange, new_response(exchange, status), STR("text/html"),
                page(exchange, status));
}

void respond_status(struct exchange *exchange, unsigned status) {
    respond_plain(exchange, status);
}

void respond_text(struct exchange *exchange, unsigned status, const char *type, struct str text) {
    struct str content_type = type != NULL
        ? str_from(type)
        : template_text(http_core_of(exchange->location)->default_type, &exchange->scope);

    send_answer(exchange, new_response(exchange, status), content_type,
                has_body(status) ? text : STR_NONE);
}

/* "http://host[:port]" of this request, as its client would write it. */
static struct str origin(struct exchange *exchange) {
    struct str host = exchange->request->host;
    uint16_t port = addr_port(conn_local(exchange->conn));

    if (host.len == 0) {
        host = exchange->server->name;
    }
    return port == 80 || port == 0
        ? arena_print(&exchange->arena, "http://%.*s", STR_ARG(host))
        : arena_print(&exchange->arena, "http://%.*s:%u", STR_ARG(host), port);
}

void respond_redirect(struct exchange *exchange, unsigned status, struct str url) {
    struct message *response = new_response(exchange, status);

    if (url.len > 0 && url.data[0] == '/') {
        struct str base = origin(exchange);

        url = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(base), STR_ARG(url));
    }
    if (!message_add(response, STR("Location"), url)) {
        respond_status(exchange, 500);
        return;
    }
    send_answer(exchange, response, STR("text/html"), page(exchange, status));
}
