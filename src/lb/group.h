/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * group - an upstream: its servers as configured, their shared state, and what `upstream {}` may
 * say.
 *
 * One implementation for http and stream. Membership and weights (struct group, struct peer) are
 * immutable for a generation; a peer's state lies in shared memory under the key (upstream,
 * address), is the same for all workers and outlives generations (lb/peer_states).
 */
#ifndef WEIR_LB_GROUP_H
#define WEIR_LB_GROUP_H

#include "conf/module.h"
#include "net/addr.h"
#include "net/names.h"
#include "net/resolver.h"
#include "shm/seat.h"

enum {
    GROUP_NAME_MAX = 255,
    PEER_WINDOW_MAX = 128 /* failures remembered one by one; of more every n-th is */
};

/*
 * What all workers know about a peer; a record in shared memory, valid alone. Times are those of
 * clock_ms(), which is one for all processes. What a pick looks at comes first, in one cache line.
 */
struct peer_state {
    struct seat_counted conns;    /* open connections to it, idle ones not counted */
    int64_t down_until_ms;        /* too many failures in its window: not picked before; 0: fine */
    uint64_t picks, failures;     /* counters */
    struct lock lock;             /* guards the window */
    uint32_t window_step;         /* every so many-th failure is remembered */
    uint64_t window_count;        /* failures in the window since it was last emptied */
    int64_t window_ms[PEER_WINDOW_MAX]; /* when number 0, step, 2 * step ... came; a ring */
};

/* What a pick looks at comes first. */
struct peer {
    struct peer_state *state;
    uint32_t max_fails;    /* 0: failures are not counted */
    uint32_t max_conns;    /* 0: no limit */
    bool is_backup, is_down;
    uint32_t weight;
    int64_t fail_timeout_ms;
    struct str name;       /* as in $upstream_addr and messages: "10.0.0.1:80" */
    struct str server;     /* as written in the configuration */
    struct addr addr;
};

/* Settings of idle connections to a group (keepalive ...). */
struct group_keepalive {
    int64_t connections;   /* per worker; 0: none are kept */
    int64_t requests;      /* that one connection may serve */
    int64_t time_ms;       /* its longest life */
    int64_t idle_ms;       /* and longest idleness */
};

struct lb_method;

/* A host that is not known yet: of a group that has no peers before its name is resolved. */
struct group_host {
    struct str name;
    uint16_t port;
    const struct resolver_settings *resolver;
};

struct group {
    struct group *next;
    struct str name;             /* of the upstream, or "host:port" of an implicit one */
    bool is_implicit;            /* made by a proxy_pass to an address or host name */
    bool is_temporary;           /* made for one session: its state is its own, nothing is kept */
    const struct conf_line *line;
    const struct lb_settings *settings; /* of an upstream {}; lb/group_priv.h */
    struct names_entry *names;   /* of an implicit one */
    struct group_host *host;     /* of a temporary one that is to be resolved; else NULL */
    struct peer *peers;          /* the primary ones, then the backups, in order of the file */
    unsigned count, primary_count;
    unsigned usable_count;       /* those not marked `down` */
    const struct lb_method *method;
    void *method_data;           /* immutable, from the method's init */
    struct group_keepalive keepalive;
    struct zone *zone;           /* of the peers' states; NULL: they are not shared */
    struct group_state *state;   /* the round-robin cursor, shared likewise */
    void *pool;                  /* idle connections of this worker; for lb/pool */
};

struct group_state {
    uint64_t cursor;             /* of round robin, over all workers */
    uint64_t backup_cursor;
    struct lock lock;            /* of whoever takes a peer out of service: never the last one */
};

/* The upstream of that name in the family (CONF_HTTP or CONF_STREAM) of the configuration, or
 * NULL. */
struct group *group_find(const struct conf *conf, uint32_t family, struct str name);

/*
 * The group that a proxy_pass argument means: an upstream of that name, else an implicit one for
 * a literal address, "unix:/path" or a host name (resolved at start). default_port 0: a port is
 * demanded. To be called from compile() or earlier; peers are there once names_module and
 * lb_module have finished. NULL with an error at the word.
 */
struct group *group_for(struct conf *conf, uint32_t family, struct str target,
                        uint16_t default_port, const struct conf_line *line, unsigned word);

/*
 * A group for a variable that names an upstream, an address or a host: looked up among the
 * upstreams first, then made in the session's arena, of one peer; a host's has none until whoever
 * attempts it has resolved the name, with that resolver. NULL if the target is none of these (no
 * host, no port and no default_port).
 */
struct group *group_for_session(const struct conf *conf, uint32_t family, struct str target,
                                uint16_t default_port, const struct resolver_settings *resolver,
                                struct arena *arena);

/* Gives such a group its peers, in this order; their addresses get the host's port. */
void group_resolved(struct group *group, const struct addr *addrs, unsigned count,
                    struct arena *arena);

/* The directives of upstream {} (server, weight ..., keepalive*, zone), for both families, and the
 * making of peers, states and schedules. */
extern const struct module lb_module;

#endif
