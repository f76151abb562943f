/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_options - how servers are asked: the address to ask from, the version of HTTP,
 * time-outs, and what makes a request go to the next server.
 */
#ifndef WEIR_HTTP_UPSTREAM_OPTIONS_H
#define WEIR_HTTP_UPSTREAM_OPTIONS_H

#include "codec/h1.h"
#include "lb/attempt.h"
#include "lb/proxy_bind.h"

struct exchange;

/* What makes a request go to the next server: words of proxy_next_upstream. */
enum upstream_next {
    NEXT_OFF = 0,
    NEXT_ERROR = 1,
    NEXT_TIMEOUT = 2,
    NEXT_INVALID_HEADER = 4,
    NEXT_HTTP_500 = 8,
    NEXT_HTTP_502 = 16,
    NEXT_HTTP_503 = 32,
    NEXT_HTTP_504 = 64,
    NEXT_HTTP_403 = 128,
    NEXT_HTTP_404 = 256,
    NEXT_HTTP_429 = 512,
    NEXT_NON_IDEMPOTENT = 1024,
    NEXT_DENIED = 2048
};

struct upstream_options {
    unsigned next;                /* enum upstream_next bits */
    struct attempt_options attempt;
    struct h1_upstream_options h1;
    int64_t tunnel_timeout_ms;    /* how long nothing may come from either side after a 101 */
    /* As configured; compiled into the above. */
    struct proxy_bind bind;
    int64_t next_tries;
    uint64_t buffer_size;
    int http_version;             /* 10 or 11 */
};

extern const struct module upstream_options_module;

/* Those of the exchange's location, with the address that proxy_bind gives for it; they stay as
 * long as the exchange. */
const struct upstream_options *upstream_options_for(struct exchange *exchange);

#endif
