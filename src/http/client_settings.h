/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_settings - what a client may send, how long it may take, and how fast it is served: the
 * directives of `http {}`, servers and locations about connections with clients.
 */
#ifndef WEIR_HTTP_CLIENT_SETTINGS_H
#define WEIR_HTTP_CLIENT_SETTINGS_H

#include "conf/value.h"
#include "http/http_service.h"

struct exchange;

struct client_keepalive {
    int64_t idle_ms, header_ms;
};

struct client_settings {
    int64_t header_timeout_ms, body_timeout_ms, send_timeout_ms;
    struct client_keepalive keepalive;
    int64_t keepalive_requests, keepalive_time_ms, keepalive_min_ms;
    unsigned keepalive_disabled;        /* enum client_browser bits */
    uint64_t header_buffer_size;
    struct conf_buffers large_buffers;
    int64_t max_headers;
    int body_file;                      /* enum body_file: client_body_in_file_only */
    int lingering;                      /* enum h1_lingering */
    int64_t linger_total_ms, linger_pause_ms;
    const struct template *rate, *rate_after; /* limit_rate, limit_rate_after */
    uint64_t file_chunk;                /* sendfile_max_chunk */
    bool ignores_bad_fields, allows_underscores, has_nodelay, has_sendfile, has_chunks;
    bool resets_timed_out;
    struct h1_options h1;               /* what of these the codec wants; compiled */
};

extern const struct module client_settings_module;

const struct client_settings *client_settings_of(const struct http_location *location);

/* Tells the leg what this response's settings are of speed, and whether the client's browser is one
 * that must not keep its connection. Before the head is sent. */
void client_settings_apply(struct exchange *exchange, struct message *response);
#endif
