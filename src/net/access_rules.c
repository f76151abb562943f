/* SPDX-License-Identifier: BSD-2-Clause */
/* access_rules - `allow` and `deny`; see access_rules.h. */
#include "net/access_rules.h"

#include "conf/value.h"

static bool parse_rule(struct conf *conf, const struct conf_line *line, struct access_rules *rules,
                       bool is_deny) {
    struct access_rule *rule = conf_array_add(conf, &rules->items, &rules->count, sizeof(*rule));
    struct str text = line->words[1].text;
    bool has_host_bits = false;

    rule->is_deny = is_deny;
    if (str_is(text, "all")) {
        rule->kind = ACCESS_RULE_ALL;
        return true;
    }
    if (str_is(text, "unix:")) {
        rule->kind = ACCESS_RULE_UNIX;
        return true;
    }
    rule->kind = ACCESS_RULE_NET;
    if (!parse_addr_net(text, &rule->net, &has_host_bits)) {
        conf_error(conf, line, 1, "invalid parameter \"%s\"", text.data);
        conf_help(conf, "an address, a network such as 10.0.0.0/8, \"unix:\" or \"all\"");
        return false;
    }
    if (has_host_bits) {
        conf_warn(conf, line, 1, "low address bits of %s are meaningless", text.data);
    }
    return true;
}

static bool parse_allow(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    (void) block;
    (void) directive;
    return parse_rule(conf, line, field, false);
}

static bool parse_deny(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    (void) block;
    (void) directive;
    return parse_rule(conf, line, field, true);
}

const struct conf_type conf_type_allow = {
    .name = "network",
    .size = sizeof(struct access_rules),
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_allow,
};

const struct conf_type conf_type_deny = {
    .name = "network",
    .size = sizeof(struct access_rules),
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_deny,
};

static bool rule_fits(const struct access_rule *rule, const struct addr *addr) {
    switch (rule->kind) {
    case ACCESS_RULE_ALL:
        return true;
    case ACCESS_RULE_UNIX:
        return addr->any.sa_family == AF_UNIX;
    case ACCESS_RULE_NET:
        return addr_net_contains(&rule->net, addr);
    }
    return false;
}

enum access_verdict access_rules_check(const struct access_rules *rules, const struct addr *addr) {
    unsigned i;

    for (i = 0; i < rules->count; i++) {
        if (rule_fits(&rules->items[i], addr)) {
            return rules->items[i].is_deny ? ACCESS_DENIED : ACCESS_ALLOWED;
        }
    }
    return ACCESS_NO_RULE;
}
