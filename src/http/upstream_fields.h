/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_fields - the fields that are set in requests to servers: `proxy_set_header`, and Host in
 * any case.
 */
#ifndef WEIR_HTTP_UPSTREAM_FIELDS_H
#define WEIR_HTTP_UPSTREAM_FIELDS_H

#include "http/field_template.h"
#include "http/upstream_url.h"

struct upstream_fields {
    struct field_template *items;
    unsigned count;
    uint64_t ids; /* those of the known ones */
};

/* `directive field value`, repeated, to a struct upstream_fields. */
extern const struct conf_type conf_type_upstream_fields;

/* Sets them in the request, a copy of the exchange's, in the place of all of their names. What they
 * say of the connection becomes a fact of the request, since only the codec writes such fields.
 * Host is the url's name where it is not among them. */
void upstream_fields_set(const struct upstream_fields *fields, const struct upstream_url *url,
                         struct exchange *exchange, struct message *request);

#endif
