/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream - the other half of a proxied exchange: an attempt, the upstream leg, and the flow of
 * both bodies between the legs.
 *
 * Whoever proxies (modules/http/http_proxy) gives the group, the head to send and the time-outs.
 * Until the head of a response has come, nothing was sent to the client, so another peer may be
 * tried where sending the request twice does no harm and none of its body is gone.
 */
#ifndef WEIR_HTTP_UPSTREAM_H
#define WEIR_HTTP_UPSTREAM_H

#include "http/exchange.h"
#include "lb/attempt.h"

struct upstream_options {
    struct attempt_options attempt;
    struct h1_upstream_options h1;
};

struct upstream {
    struct exchange *exchange;
    struct attempt attempt;
    const struct upstream_options *options;
    struct message request;       /* as it is sent */
    struct leg *leg;              /* NULL: none now */
    bool has_head;                /* of the final response */
};

/* Takes the exchange over. upstream is in the exchange's arena, with request filled in; options
 * must outlive the exchange. */
void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options);

#endif
