/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_options - the directives for how servers are asked; see upstream_options.h. */
#include "http/upstream_options.h"

#include "conf/value.h"
#include "http/exchange.h"
#include "http/upstream_response.h"

#include <stddef.h>

enum {
    MAX_FIELDS = 1000,               /* of a response */
    TUNNEL_TIMEOUT_MS = 3600 * 1000  /* where nothing is said of it */
};

static unsigned module_index;

const struct upstream_options *upstream_options_for(struct exchange *exchange) {
    const struct upstream_options *settings
        = conf_of(exchange->location->block, &upstream_options_module);
    struct upstream_options *options;

    if (settings->bind.address == NULL) {
        return settings;
    }
    options = arena_alloc(&exchange->arena, sizeof(*options));
    *options = *settings;
    proxy_bind_addr(&settings->bind, &exchange->scope, exchange->log, &exchange->log_context,
                    &options->attempt.bind);
    return options;
}

static const struct conf_name next_names[] = { { "off", NEXT_OFF },
                                               { "error", NEXT_ERROR },
                                               { "timeout", NEXT_TIMEOUT },
                                               { "denied", NEXT_DENIED },
                                               { "invalid_header", NEXT_INVALID_HEADER },
                                               { "http_500", NEXT_HTTP_500 },
                                               { "http_502", NEXT_HTTP_502 },
                                               { "http_503", NEXT_HTTP_503 },
                                               { "http_504", NEXT_HTTP_504 },
                                               { "http_403", NEXT_HTTP_403 },
                                               { "http_404", NEXT_HTTP_404 },
                                               { "http_429", NEXT_HTTP_429 },
                                               { "non_idempotent", NEXT_NON_IDEMPOTENT },
                                               { NULL, 0 } };
static const struct conf_name version_names[] = { { "1.0", 10 }, { "1.1", 11 }, { NULL, 0 } };
static const struct conf_range range_buffer = { .min = 1, .max = 1 << 24 };

#define FIELD(name) offsetof(struct upstream_options, name)

static const struct directive directives[] = {
    { .name = "proxy_bind",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_proxy_bind,
      .field = FIELD(bind),
      .syntax = "address [transparent] | off",
      .help = "local address of the connections to servers" },
    { .name = "proxy_buffer_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(buffer_size),
      .initial = "4k",
      .syntax = "size",
      .help = "most bytes that the head of a response may have",
      .detail = &range_buffer },
    { .name = "proxy_connect_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(attempt.connect_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may take to accept a connection" },
    { .name = "proxy_http_version",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(http_version),
      .initial = "1.1",
      .syntax = "1.0 | 1.1",
      .help = "version of HTTP that is spoken to servers",
      .detail = version_names },
    { .name = "proxy_next_upstream",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_names,
      .field = FIELD(next),
      .initial = "error timeout",
      .syntax = "error | timeout | denied | invalid_header | http_500 | http_502 | http_503 | "
                "http_504 | http_403 | http_404 | http_429 | non_idempotent | off ...",
      .help = "what makes a request that may be repeated go to the next server",
      .detail = next_names },
    { .name = "proxy_next_upstream_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(attempt.next_timeout_ms),
      .initial = "0",
      .syntax = "time",
      .help = "how long servers are tried; 0: no limit" },
    { .name = "proxy_next_upstream_tries",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = FIELD(next_tries),
      .initial = "0",
      .syntax = "number",
      .help = "how many servers are tried; 0: all" },
    { .name = "proxy_read_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(h1.read_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may pause while it sends a response" },
    { .name = "proxy_send_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(h1.send_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may take none of a request" },
    { .name = "proxy_socket_keepalive",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(attempt.has_keepalive),
      .initial = "off",
      .syntax = "on | off",
      .help = "TCP keepalive on the connections to servers" },
    { .name = "proxy_tunnel_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(tunnel_timeout_ms),
      .syntax = "time",
      .help = "how long nothing may pass after an upgrade (default: proxy_read_timeout where that "
              "is set, else 1h)" },
    DIRECTIVES_END
};

/* Clients of a WebSocket may say nothing for long. */
static int64_t tunnel_timeout_ms(struct conf *conf, const struct conf_block *block,
                                 const struct upstream_options *options) {
    for (; block != NULL; block = block->parent) {
        if (conf_is_set(conf, block, &upstream_options_module, "proxy_read_timeout")) {
            return options->h1.read_timeout_ms;
        }
    }
    return TUNNEL_TIMEOUT_MS;
}

/* Sizes that are measured by proxy_buffer_size are looked at with their own struct, and here where
 * this block has another proxy_buffer_size for its parent's. */
static bool check_sizes(struct conf *conf, const struct conf_block *block) {
    return block->parent == NULL
        || conf_of(block, &upstream_response_module)
            != conf_of(block->parent, &upstream_response_module)
        || upstream_sizes_fit(conf, block);
}

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct upstream_options *options = data;
    struct attempt_options *attempt = &options->attempt;
    struct h1_upstream_options *h1 = &options->h1;

    if (options->tunnel_timeout_ms == 0) {
        options->tunnel_timeout_ms = tunnel_timeout_ms(conf, block, options);
    }
    attempt->tries = (unsigned) options->next_tries;
    attempt->next_on_error = (options->next & NEXT_ERROR) != 0;
    attempt->next_on_timeout = (options->next & NEXT_TIMEOUT) != 0;
    attempt->may_reuse = true;
    attempt->has_nodelay = true;
    attempt->is_transparent = options->bind.is_transparent;
    attempt->refused_status = 502;
    attempt->timeout_status = 504;
    h1->header_buffer_size = (uint32_t) options->buffer_size;
    h1->max_fields = MAX_FIELDS;
    h1->is_http_10 = options->http_version == 10;
    h1->keeps_connection = !h1->is_http_10;
    return check_sizes(conf, block);
}

const struct module upstream_options_module = {
    .name = "upstream_options",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct upstream_options),
    .compile = compile,
};
