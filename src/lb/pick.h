/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pick - the choice of a peer: plan, then claim.
 *
 * plan is a pure function of the request, the group and a snapshot of the shared state; it changes
 * nothing and serves --explain as well. claim takes the place (connection count, half-open probe,
 * cursor) in one atomic step and may be refused; then the caller plans again. done gives the place
 * back and reports how it went.
 */
#ifndef WEIR_LB_PICK_H
#define WEIR_LB_PICK_H

#include "expr/variable.h"
#include "lb/group.h"

enum { PICK_PASSED_MAX = 8 };

/* What one request or session knows while it picks, over all its tries. */
struct pick {
    struct group *group;
    struct scope *scope;     /* for methods that hash a variable */
    uint32_t passed[PICK_PASSED_MAX]; /* peers that were tried, or refused the claim */
    uint64_t *passed_bits;   /* of all peers, once there are more; from the scope's arena */
    unsigned passed_count, tried_count;
    /* The plan: */
    int peer;                /* index, or -1 */
    uint64_t seen, token;    /* of the method: the snapshot it planned on, and what follows */
    bool has_turn, has_backup_turn; /* of the method: it has moved that cursor for this request */
    int64_t probe_ms;        /* the peer was down until then: one request may try it; 0: it is up */
    int64_t probe_until_ms;  /* the probe claimed has so long before another request may try */
    bool is_claimed;
};

enum pick_result {
    PICK_OK,
    PICK_NONE,     /* no peer is alive (nginx: "no live upstreams") */
    PICK_ALL_TRIED /* all live ones were tried by this request */
};

/* A balancing method. Descriptors are const; `round robin` is in lb/, others are modules. */
struct lb_method {
    const char *name;
    /* Makes group->method_data (schedule, hash ring ...); called when the peers are known. */
    bool (*init)(struct conf *conf, struct group *group);
    /* Sets pick->peer and token among peers [first, first + count) that pick_is_eligible()
     * allows. */
    bool (*plan)(struct pick *pick, unsigned first, unsigned count);
    /* Takes what the method itself counts (the cursor); false: somebody was faster. May be NULL. */
    bool (*claim)(struct pick *pick);
};

void pick_init(struct pick *pick, struct group *group, struct scope *scope);

/* Plans: primaries, then backups. Pure. */
enum pick_result pick_plan(struct pick *pick);

/* Claims the planned peer; false: plan again. */
bool pick_claim(struct pick *pick);

/* plan and claim until it works or nothing is left. */
enum pick_result pick_peer(struct pick *pick);

enum pick_outcome {
    PICK_SUCCESS,
    PICK_FAILURE,  /* counts against the peer (max_fails) */
    PICK_NEUTRAL   /* says nothing about the peer: the client went away */
};

/* Gives the place back; the peer counts as tried. Idempotent until the next claim. */
void pick_done(struct pick *pick, enum pick_outcome outcome);

/* The peer has shown that it works, though the place is kept on: a peer under probe is back in
 * service. Without it that is so when pick_done() reports success. */
void pick_confirm(struct pick *pick);

/* For methods: up, no choice of before, below max_conns (a snapshot), or due for a probe. */
bool pick_is_eligible(const struct pick *pick, unsigned peer);

/* Whether the peer is in service: not marked down, and not out for its failures (due for a probe
 * is not in service). */
bool peer_is_live(const struct peer *peer);

static inline struct peer *pick_the_peer(const struct pick *pick) {
    return pick->peer >= 0 ? &pick->group->peers[pick->peer] : NULL;
}

extern const struct lb_method round_robin_method;

/* For groups of one: no cursor, no schedule. */
extern const struct lb_method single_method;

/* For groups of one session: the first peer that can be had. */
extern const struct lb_method in_order_method;

#endif
