/* SPDX-License-Identifier: BSD-2-Clause */
/* group_priv - what an `upstream {}` says, between lb/upstream and lb/group. */
#ifndef WEIR_LB_GROUP_PRIV_H
#define WEIR_LB_GROUP_PRIV_H

#include "lb/group.h"

/* One `server` line of an upstream. */
struct server_line {
    struct str text;
    struct names_entry *names;
    uint32_t weight, max_fails, max_conns;
    int64_t fail_timeout_ms;
    bool is_backup, is_down;
};

struct server_lines {
    struct server_line *items;
    unsigned count;
};

struct lb_settings {
    struct server_lines servers;
    struct group_keepalive keepalive;
    struct str zone_name;
};

/* A server without parameters. */
#define SERVER_LINE_PLAIN                                                                          \
    ((struct server_line){ .weight = 1, .max_fails = 1, .fail_timeout_ms = 10000 })

/* An empty group of that name, of which the family has none yet. */
struct group *group_new(struct conf *conf, uint32_t family, struct str name,
                        const struct conf_line *line);

/* When names are resolved: the peers, states and schedules of all groups. */
bool groups_finish(struct conf *conf);

#endif
