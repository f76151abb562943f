/* SPDX-License-Identifier: BSD-2-Clause */
/* respond - answers that weir makes itself; see respond.h. */
#include "http/respond.h"

#include "expr/template.h"
#include "http/http_files.h"
#include "http/msie.h"

/* Whether the connection can go on after it: not where it is unsure what the client sends next. */
static bool keeps_connection(unsigned status) {
    return status != 400 && status != 413 && status != 414 && status != 500 && status != 501;
}

static struct message *new_response(struct exchange *exchange, unsigned status) {
    struct message *response = arena_alloc(&exchange->arena, sizeof(*response));

    message_init(response, &exchange->arena);
    response->status = (uint16_t) status;
    response->keeps_connection = !exchange->is_last && keeps_connection(status);
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
    response->has_length = status_has_body(response->status);
    if (type.len > 0 && status_has_body(response->status)) {
        message_add(response, STR("Content-Type"), type);
    }
    if (exchange_send_head(exchange, response, is_whole) && !is_whole) {
        pipe->high = pipe->high > body.len ? pipe->high : body.len;
        pipe_write(pipe, body);
        pipe_end(pipe);
        exchange_send_body(exchange);
    }
}

/* What nginx calls it in pages. */
static struct str title(unsigned status) {
    switch (status) {
    case 302:
        return STR("Found");
    case 401:
        return STR("Authorization Required");
    default:
        return status_reason(status);
    }
}

static struct str page(struct exchange *exchange, unsigned status) {
    struct str token = http_server_token(exchange->location);
    struct str reason = title(status);
    struct str padding = status >= 400 ? msie_padding(exchange) : STR_NONE;

    return arena_print(&exchange->arena,
                       "<html>\r\n<head><title>%u%s%.*s</title></head>\r\n<body>\r\n"
                       "<center><h1>%u%s%.*s</h1></center>\r\n"
                       "<hr><center>%.*s</center>\r\n</body>\r\n</html>\r\n%.*s",
                       status, reason.len > 0 ? " " : "", STR_ARG(reason), status,
                       reason.len > 0 ? " " : "", STR_ARG(reason), STR_ARG(token),
                       STR_ARG(padding));
}

/* nginx's own codes of what is a bad request to the client; its page tells what is bad. */
static const char *kind_of_400(unsigned status) {
    switch (status) {
    case 494:
        return "Request Header Or Cookie Too Large";
    case 495:
        return "The SSL certificate error";
    case 496:
        return "No required SSL certificate was sent";
    case 497:
        return "The plain HTTP request was sent to HTTPS port";
    default:
        return NULL;
    }
}

static struct str page_of_400(struct exchange *exchange, const char *what) {
    struct str token = http_server_token(exchange->location);
    struct str padding = msie_padding(exchange);

    return arena_print(&exchange->arena,
                       "<html>\r\n<head><title>400 %s</title></head>\r\n<body>\r\n"
                       "<center><h1>400 Bad Request</h1></center>\r\n<center>%s</center>\r\n"
                       "<hr><center>%.*s</center>\r\n</body>\r\n</html>\r\n%.*s",
                       what, what, STR_ARG(token), STR_ARG(padding));
}

/* Those that nginx has a page for, and 498, for which it has that of 404. */
static bool has_page(unsigned status) {
    return (status >= 300 && status <= 308 && status != 304)
        || (status >= 400 && status <= 416 && status != 407) || status == 421 || status == 429
        || status == 498 || (status >= 500 && status <= 507 && status != 506);
}

struct str respond_type(struct exchange *exchange) {
    struct str type = media_type_of(http_files_of(exchange)->types,
                                    media_extension(exchange->uri.path));

    return type.data != NULL
        ? type
        : template_text(http_core_of(exchange->location)->default_type, &exchange->scope);
}

/* What weir says of a status. */
static void send_page(struct exchange *exchange, struct message *response) {
    unsigned status = response->status;

    if (has_page(status)) {
        send_answer(exchange, response, STR("text/html"), page(exchange, status));
    } else {
        send_answer(exchange, response, status < 400 ? respond_type(exchange) : STR_NONE, STR_NONE);
    }
}

/* 408 and 499: whoever is told would not listen. */
static bool is_silent(unsigned status) {
    return status == 408 || status == 444 || status == 499;
}

void respond_plain(struct exchange *exchange, unsigned status) {
    const char *what = kind_of_400(status);

    if (is_silent(status)) {
        exchange->status = status;
        exchange_close(exchange);
        return;
    }
    if (status >= 300) {
        exchange->forced_status = 0;
    }
    if (what != NULL) {
        send_answer(exchange, new_response(exchange, 400), STR("text/html"),
                    page_of_400(exchange, what));
        return;
    }
    send_page(exchange, new_response(exchange, status));
}

/* ---- error_page ---- */

bool respond_intercepts(const struct exchange *exchange, unsigned status) {
    const struct http_core_settings *core = http_core_of(exchange->location);

    return error_page_find(&core->error_pages, status) != NULL;
}

/* The page for the status, if one may be used now. */
static const struct error_page *take_error_page(struct exchange *exchange, unsigned status) {
    const struct http_core_settings *core = http_core_of(exchange->location);

    if (core->error_pages.count == 0 || exchange->is_error_page || exchange->request == NULL
        || exchange->redirects > EXCHANGE_REDIRECTS_MAX) {
        return NULL;
    }
    exchange->is_error_page = !core->has_recursive_pages;
    return error_page_find(&core->error_pages, status);
}

/* False: no field could hold the URL. A page needs none that is absolute. */
static bool send_location(struct exchange *exchange, unsigned status, struct str url) {
    struct message *response;

    exchange->forced_status = 0;
    if (msie_wants_refresh(exchange, status)) {
        send_answer(exchange, new_response(exchange, 200), STR("text/html"),
                    msie_refresh_page(exchange, url));
        return true;
    }
    response = new_response(exchange, status);
    if (!message_add(response, STR("Location"), respond_location(exchange, url))) {
        return false;
    }
    send_page(exchange, response);
    return true;
}

static void use_error_page(struct exchange *exchange, const struct error_page *page,
                           unsigned status) {
    struct str target;

    exchange->is_last |= !keeps_connection(status);
    if (page->answer != ERROR_PAGE_KEEP) {
        status = (unsigned) page->answer;
    } else if (kind_of_400(status) != NULL) {
        status = 400;
    }
    exchange->status = exchange->forced_status = status;
    target = template_text(page->target, &exchange->scope);
    if (str_starts(target, STR("@"))) {
        exchange_redirect_to(exchange, target); /* another location's affair: as the request is */
    } else if (str_starts(target, STR("/"))) {
        exchange_use_get(exchange);
        exchange_redirect_to(exchange, target);
    } else if (!send_location(exchange, status_is_redirect(status) ? status : 302, target)) {
        respond_plain(exchange, 500);
    }
}

void respond_status(struct exchange *exchange, unsigned status) {
    const struct error_page *found = status >= 300 && !is_silent(status)
        ? take_error_page(exchange, status) : NULL;

    if (found != NULL) {
        use_error_page(exchange, found, status);
    } else {
        respond_plain(exchange, status);
    }
}

/* ---- texts and redirects ---- */

void respond_text(struct exchange *exchange, unsigned status, const char *type, struct str text) {
    struct message *response = new_response(exchange, status);

    response->keeps_connection = true; /* a text of one's own says nothing of the connection */
    send_answer(exchange, response, type != NULL ? str_from(type) : respond_type(exchange),
                status_has_body(status) ? text : STR_NONE);
}

/* Who a redirect says that this server is. */
static struct str own_host(struct exchange *exchange) {
    char text[ADDR_TEXT_MAX];
    size_t len;

    if (http_core_of(exchange->location)->has_name_in_redirect) {
        return exchange->server->name;
    }
    if (exchange->request->host.len > 0) {
        return exchange->request->host;
    }
    len = addr_format_ip(conn_local(exchange->conn), text);
    return arena_copy(&exchange->arena, str_make(text, len));
}

struct str respond_location(struct exchange *exchange, struct str url) {
    const struct http_core_settings *core = http_core_of(exchange->location);
    uint16_t port = addr_port(conn_local(exchange->conn));
    struct str host;

    if (!core->has_absolute_redirect || !str_starts(url, STR("/"))) {
        return url;
    }
    host = own_host(exchange);
    return port == 80 || port == 0 || !core->has_port_in_redirect
        ? arena_print(&exchange->arena, "http://%.*s%.*s", STR_ARG(host), STR_ARG(url))
        : arena_print(&exchange->arena, "http://%.*s:%u%.*s", STR_ARG(host), port, STR_ARG(url));
}

void respond_redirect(struct exchange *exchange, unsigned status, struct str url) {
    const struct error_page *found = take_error_page(exchange, status);

    if (found != NULL) {
        use_error_page(exchange, found, status);
    } else if (!send_location(exchange, status, url)) {
        respond_status(exchange, 500);
    }
}

void respond_to_path(struct exchange *exchange, struct str path) {
    struct str args = exchange->uri.query, escaped;
    struct buf text = { NULL, 0, 0, 0 };

    uri_escape_path(&text, path);
    escaped = buf_bytes(&text);
    respond_redirect(exchange, 301, arena_print(&exchange->arena, "%.*s%s%.*s", STR_ARG(escaped),
                                                args.len > 0 ? "?" : "", STR_ARG(args)));
    buf_free(&text);
}
