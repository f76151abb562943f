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

#include "http/exchange.h"
#include "http/upstream_options.h"
#include "http/upstream_response.h"

struct upstream {
    struct exchange *exchange;
    struct attempt attempt;
    const struct upstream_options *options;
    const struct upstream_response *response; /* what is said of the response's way */
    struct message request;       /* as it is sent */
    struct pipe sending;          /* a body that is kept or our own, on its way to the server */
    struct str own_body;          /* has_own_body: takes the place of the client's, if the request's
                                     framing says that there is one */
    bool has_own_body;
    uint64_t sent_at;             /* bytes of it that went into the pipe */
    struct leg *leg;              /* NULL: none now */
    struct upstream_body *body;   /* of the response, where it cannot go straight on; else NULL */
    bool is_buffered;             /* the response, for a slow client */
    bool has_head;                /* of the final response */
    struct tunnel *tunnel;        /* after a 101; NULL: none */
};

/* Takes the exchange over, with its body as it comes or, where there is one, the kept one. upstream
 * is in the exchange's arena, with request filled in; options must outlive the exchange. */
void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options);

/* With the exchange: gives up what its client's pipe may still have needed. */
void upstream_close(struct upstream *upstream);

#endif
