/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_rules - `allow` and `deny`: networks in order, the first that fits decides.
 *
 * The rows of http and stream share this field and these types.
 */
#ifndef WEIR_NET_ACCESS_RULES_H
#define WEIR_NET_ACCESS_RULES_H

#include "conf/module.h"
#include "net/addr.h"

struct access_rule {
    struct addr_net net;
    enum { ACCESS_RULE_NET, ACCESS_RULE_ALL, ACCESS_RULE_UNIX } kind;
    bool is_deny;
};

struct access_rules {
    struct access_rule *items;
    unsigned count;
};

/* A struct access_rules field; the rows inherit as a list. */
extern const struct conf_type conf_type_allow;
extern const struct conf_type conf_type_deny;

enum access_verdict { ACCESS_NO_RULE, ACCESS_ALLOWED, ACCESS_DENIED };

enum access_verdict access_rules_check(const struct access_rules *rules, const struct addr *addr);

#endif
