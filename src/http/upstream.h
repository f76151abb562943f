/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream - the other half of a proxied exchange: an attempt, the upstream leg, and the flow of
 * both bodies between the legs.
 *
 * Whoever proxies (modules/http/http_proxy) gives the group, the head to send and the time-outs.
 * Until the head of a response has come, nothing was sent to the client, so another peer may be
 * tried where sending the request twice does no harm and none of its body is gone. A body that is
 * kept (http/request_body) is never gone.
 */
#ifndef WEIR_HTTP_UPSTREAM_H
#define WEIR_HTTP_UPSTREAM_H

#include "http/request_body.h"
#include "lb/attempt.h"

struct upstream_options {
    bool buffers_request;         /* its body is read whole before a server is asked */
    struct attempt_options attempt;
    struct h1_upstream_options h1;
    int64_t tunnel_timeout_ms;    /* how long nothing may come from either side after a 101 */
    bool passes_trailers;         /* proxy_pass_trailers */
};

struct upstream {
    struct exchange *exchange;
    struct attempt attempt;
    const struct upstream_options *options;
    struct message request;       /* as it is sent */
    struct request_body reading;
    struct pipe sending;          /* a body that is kept, on its way to the server */
    uint64_t sent_at;             /* bytes of it that went into the pipe */
    struct leg *leg;              /* NULL: none now */
    bool has_head;                /* of the final response */
    bool passes_early_hints;      /* 103s go to the client; to be set before the start */
    struct tunnel *tunnel;        /* after a 101; NULL: none */
};

/* Takes the exchange over. upstream is in the exchange's arena, with request filled in; options
 * must outlive the exchange. */
void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options);

#endif
