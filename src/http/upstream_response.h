/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_response - what a configuration says of the way of responses: proxy_buffering and its
 * like, proxy_ignore_headers, proxy_intercept_errors, proxy_limit_rate.
 */
#ifndef WEIR_HTTP_UPSTREAM_RESPONSE_H
#define WEIR_HTTP_UPSTREAM_RESPONSE_H

#include "http/upstream_body.h"

struct upstream_response {
    bool is_buffered;               /* proxy_buffering */
    bool intercepts_errors;
    unsigned ignored;               /* enum upstream_ignored bits (http/upstream_accel) */
    struct http_buffers buffers;
    uint64_t busy_size, file_max, file_write_size;
    const char *temp_path;
    const struct template *rate;
    struct upstream_body_options body; /* compiled */
};

extern const struct module upstream_response_module;

static inline const struct upstream_response *
upstream_response_of(const struct http_location *location) {
    return conf_of(location->block, &upstream_response_module);
}

#endif
