/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy_bind - the local address of connections to servers; a directive of http and stream. */
#ifndef WEIR_LB_PROXY_BIND_H
#define WEIR_LB_PROXY_BIND_H

#include "base/log.h"
#include "expr/template.h"
#include "net/addr.h"

struct proxy_bind {
    const struct template *address; /* NULL: off */
    bool is_transparent;
};

/* `proxy_bind address [transparent] | off` to a struct proxy_bind. */
extern const struct conf_type conf_type_proxy_bind;

/* Whether any of the configuration's is transparent: its workers need CAP_NET_RAW. */
bool proxy_bind_has_transparent(const struct conf *conf);

/* The address in this scope; len 0 where none is set, or where the text is no address, which is
 * logged. */
void proxy_bind_addr(const struct proxy_bind *bind, struct scope *scope, struct log *log,
                     const struct log_context *log_context, struct addr *addr);

#endif
