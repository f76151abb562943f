/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_response - what a configuration says of the way of responses: proxy_buffering and its
 * like, early_hints, proxy_ignore_headers, proxy_ignore_client_abort, proxy_intercept_errors,
 * proxy_limit_rate, proxy_pass_trailers.
 */
#ifndef WEIR_HTTP_UPSTREAM_RESPONSE_H
#define WEIR_HTTP_UPSTREAM_RESPONSE_H

#include "conf/value.h"
#include "http/upstream_body.h"

/* Texts of which one at least must be neither empty nor "0". */
struct conditions {
    const struct template **items;
    unsigned count;
};

struct upstream_response {
    bool is_buffered;               /* proxy_buffering */
    bool intercepts_errors, ignores_client_abort;
    bool passes_trailers;           /* proxy_pass_trailers */
    unsigned ignored;               /* enum upstream_ignored bits (http/upstream_accel) */
    struct conf_buffers buffers;
    uint64_t busy_size, file_write_size; /* 0: not said */
    uint64_t file_max;
    const char *temp_path;
    const struct template *rate;
    struct conditions early_hints;
    struct upstream_body_options body; /* compiled */
};

extern const struct module upstream_response_module;

/* Whether sizes that were said hold a buffer, as nginx demands it; reports what does not. */
bool upstream_sizes_fit(struct conf *conf, const struct conf_block *block);

/* Whether a 103 goes on to the client. */
bool upstream_passes_hints(const struct upstream_response *response, struct scope *scope);

static inline const struct upstream_response *
upstream_response_of(const struct http_location *location) {
    return conf_of(location->block, &upstream_response_module);
}

#endif
