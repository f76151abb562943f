/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_request - how a request to a server may differ from the client's, but for the fields
 * that are set (http/upstream_fields): proxy_method, proxy_set_body, proxy_pass_request_headers,
 * proxy_pass_request_body.
 */
#ifndef WEIR_HTTP_UPSTREAM_REQUEST_H
#define WEIR_HTTP_UPSTREAM_REQUEST_H

#include "http/upstream.h"

struct upstream_request {
    const struct template *method, *body; /* NULL: the client's */
    bool passes_fields, passes_body;
    bool is_plain;                        /* it does not differ; compiled */
};

extern const struct module upstream_request_module;

/* Changes upstream->request, a copy of the client's without any field added yet, as the location
 * says. */
void upstream_request_change(struct upstream *upstream, struct exchange *exchange);

#endif
