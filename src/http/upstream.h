/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream - the other half of a proxied exchange: an attempt, the upstream leg, and the flow of
 * both bodies between the legs.
 *
 * Whoever proxies (modules/http/http_proxy) gives the group, the head to send and the time-outs. A
 * retry detaches the old leg, which its codec ends alone. Nothing was sent to the client before the
 * head of a response has come, so until then another peer may be tried.
 */
#ifndef WEIR_HTTP_UPSTREAM_H
#define WEIR_HTTP_UPSTREAM_H

#include "http/exchange.h"
#include "lb/attempt.h"

struct upstream;

struct upstream_options {
    struct attempt_options attempt;
    struct h1_upstream_options h1;
    /* Edits the response before it goes to the client (exchange->response, a copy of what came).
     * May be NULL. */
    void (*on_response)(struct exchange *exchange, struct upstream *upstream);
};

struct upstream {
    struct exchange *exchange;
    struct attempt attempt;
    struct upstream_options options;
    struct message request;       /* as it is sent; owned by the caller's arena */
    struct leg *leg;              /* NULL: none now */
    bool has_request_body;
    bool is_body_sent_from;       /* bytes of the body went to a peer: no replay is possible */
    bool has_head;                /* of the final response */
    bool is_done;
};

/* Takes the exchange over. upstream is in the exchange's arena, with request filled in. */
void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options);

#endif
