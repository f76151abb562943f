/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver_priv - a resolver as configured, its state in a worker, and one look-up of a name. */
#ifndef WEIR_NET_RESOLVER_PRIV_H
#define WEIR_NET_RESOLVER_PRIV_H

#include "base/list.h"
#include "event/timer.h"
#include "net/dns.h"

enum {
    RESOLVER_NAMES_MAX = 4096,      /* that a worker keeps or waits for, of each resolver */
    RESOLVER_BUCKETS = 1024,
    RESOLVER_ALIASES_MAX = 8,       /* answers that lead to another name, and have no address */
    RESOLVER_PAUSE_MS = 1000,       /* before servers are asked again that nobody could reach */
    RESOLVER_TTL_MAX_S = 24 * 3600,
    RESOLVER_NO_NAME_MAX_S = 5,     /* how long it is remembered that a name has no address */
    RESOLVER_FAILURE_S = 1,         /* and that servers failed; also where an answer does not say */
    RESOLVER_FULL_MS = 60 * 1000    /* how often it is said that there is no room */
};

/* A `resolver` line. */
struct resolver {
    struct resolver *next;     /* of the configuration */
    struct addr *servers;
    unsigned server_count;
    int64_t valid_ms;          /* 0: as the answers say */
    bool has_ipv4, has_ipv6;
    struct resolver_state *state; /* in this worker; NULL: nothing was asked for yet */
};

struct resolver_server {
    struct dns_server *dns; /* NULL: not asked yet */
    const struct addr *addr;
    bool is_lost;           /* does not answer, and that was said in the log */
};

struct resolver_state {
    const struct resolver *resolver;
    struct resolver_server *servers;
    unsigned next_server;   /* the first to be asked for the next name */
    unsigned name_count;
    int64_t full_ms;        /* when it was said last that there is no more room for names */
    struct list names[RESOLVER_BUCKETS];
    struct list age;        /* names that are known, the one that was not asked for longest first */
};

/*
 * The way to a name's addresses of one family: asks a server, then the next if it fails or is
 * silent, and follows aliases.
 */
struct lookup {
    struct resolver_state *state;
    struct dns_query query;
    struct timer pause;
    enum dns_type type;
    char name[DNS_NAME_MAX + 1]; /* that is asked for: at first the name, then an alias of it */
    unsigned server;             /* the one that is asked */
    unsigned tried;              /* servers that failed since the last answer */
    unsigned aliases;
    bool is_over;
    unsigned status;             /* 0, enum dns_code, ETIMEDOUT; while not over of what was tried */
    unsigned count;              /* of addresses, of 4 or 16 bytes each */
    unsigned char *addrs;
    uint32_t ttl_s;
    bool has_ttl;
    /* All servers were silent: whether they shall be asked once more. */
    bool (*goes_on)(const struct lookup *lookup);
    void (*on_over)(struct lookup *lookup); /* may free the lookup */
};

/* server: the one that is asked first. The callbacks are set by the owner. */
void lookup_init(struct lookup *lookup, struct resolver_state *state, enum dns_type type,
                 unsigned server);

/* name is in lower case. The callbacks come from the loop's top. */
void lookup_start(struct lookup *lookup, struct str name);

/* Ends it without a word, if it was started, and frees what it holds. */
void lookup_fini(struct lookup *lookup);

/* Of the worker: forgets all names and closes all sockets; who still waits is never told. */
void resolver_stop(struct resolver *resolver);

#endif
