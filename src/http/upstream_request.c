/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_request - how a request may differ from the client's; see upstream_request.h. */
#include "http/upstream_request.h"

#include "conf/value.h"

#include <stddef.h>

static unsigned module_index;

static void set_method(struct message *request, struct str name) {
    if (name.len > 0) {
        request->method_name = name;
        request->method = method_of(name);
    }
}

static void set_body(struct upstream *upstream, struct str body) {
    upstream->has_own_body = true;
    upstream->own_body = body;
    upstream->request.framing = FRAMING_LENGTH;
    upstream->request.content_length = body.len;
}

static void drop_body(struct upstream *upstream) {
    upstream->has_own_body = true;
    upstream->request.framing = FRAMING_NONE;
}

void upstream_request_change(struct upstream *upstream, struct exchange *exchange) {
    const struct upstream_request *settings
        = conf_of(exchange->location->block, &upstream_request_module);

    if (settings->is_plain) {
        return;
    }
    if (!settings->passes_fields) {
        message_remove_set(&upstream->request, ~UINT64_C(0));
    }
    if (settings->method != NULL) {
        set_method(&upstream->request, template_text(settings->method, &exchange->scope));
    }
    if (settings->body != NULL) {
        set_body(upstream, template_text(settings->body, &exchange->scope));
    } else if (!settings->passes_body) {
        drop_body(upstream);
    }
}

#define FIELD(name) offsetof(struct upstream_request, name)

static const struct directive directives[] = {
    { .name = "proxy_method",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_template,
      .field = FIELD(method),
      .syntax = "method",
      .help = "method of requests to servers, in place of the client's" },
    { .name = "proxy_pass_request_body",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(passes_body),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the bodies of requests go to servers" },
    { .name = "proxy_pass_request_headers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(passes_fields),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the fields of clients' requests go to servers" },
    { .name = "proxy_set_body",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_template,
      .field = FIELD(body),
      .syntax = "text",
      .help = "body of requests to servers, in place of the client's" },
    DIRECTIVES_END
};

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct upstream_request *settings = data;

    (void) conf;
    (void) block;
    settings->is_plain = settings->method == NULL && settings->body == NULL
        && settings->passes_fields && settings->passes_body;
    return true;
}

const struct module upstream_request_module = {
    .name = "upstream_request",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct upstream_request),
    .compile = compile,
};
