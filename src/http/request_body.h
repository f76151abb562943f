/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request_body - the body of a request, read whole before it is used.
 *
 * It is kept in exchange->kept_body, for as long as the exchange lives: it can be sent more than
 * once, and to more than one (message/body).
 */
#ifndef WEIR_HTTP_REQUEST_BODY_H
#define WEIR_HTTP_REQUEST_BODY_H

#include "http/exchange.h"

struct request_body {
    void (*on_read)(struct request_body *reading); /* it is whole */
    struct exchange *exchange;
    void *data;                                    /* the caller's */
};

/*
 * Reads it. True: it is whole already (or there is none). False: on_read will be called; until then
 * the exchange is handled here: it must not be given another handler. If the client goes, or the
 * disk is full (500), on_read is not called. reading lies in the exchange's arena; on_read and data
 * are set. kept_body is there afterwards where the request has a body.
 */
bool request_body_read(struct request_body *reading, struct exchange *exchange);

#endif
