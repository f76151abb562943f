/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolver - `resolver`: host names that only a request or a session makes known, and their
 * addresses.
 *
 * Each worker asks for itself and keeps the answers: as long as they say, or as `valid` says.
 * However many wait for a name, it is asked for once. Names of the configuration are net/names'.
 */
#ifndef WEIR_NET_RESOLVER_H
#define WEIR_NET_RESOLVER_H

#include "base/arena.h"
#include "conf/module.h"
#include "event/loop.h"
#include "event/timer.h"
#include "net/addr.h"

struct resolver;

/* What a block says of it: `resolver` and `resolver_timeout`. */
struct resolver_settings {
    struct resolver *resolver; /* NULL: there is none */
    int64_t timeout_ms;        /* 0: no limit */
};

/* In a block of http or stream. */
const struct resolver_settings *resolver_settings_of(const struct conf_block *block);

/* One who waits for a name; its memory is the owner's, and zeroed before its first use. */
struct resolve {
    struct list link;    /* among those who wait for the same name */
    struct task task;
    struct timer timer;
    struct arena *arena;
    struct addr *addrs;  /* in the arena, port 0 */
    unsigned count;
    unsigned status;     /* 0: there are addresses; else why not: enum dns_code, ETIMEDOUT */
    bool is_active;
    void *owner;         /* set by the owner, for on_done */
    void (*on_done)(struct resolve *resolve);
};

/*
 * Asks for the addresses of a name, those of the families that the resolver is to look for. on_done
 * comes once, from the loop's top, after settings->timeout_ms at the latest. Addresses that were
 * known are in another order each time.
 */
void resolve_start(struct resolve *resolve, const struct resolver_settings *settings,
                   struct str name, struct arena *arena, void (*on_done)(struct resolve *resolve));

/* Idempotent; also after on_done. */
void resolve_cancel(struct resolve *resolve);

/* A status in words, as nginx has them: "Host not found". */
const char *resolve_reason(unsigned status);

extern const struct module resolver_module;

#endif
