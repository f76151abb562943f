/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver_lookup - the way to the addresses of a name, of one family; see resolver_priv.h. */
#include "base/heap.h"
#include "base/log.h"
#include "net/resolver_priv.h"

#include <errno.h>
#include <string.h>

static void ask(struct lookup *lookup);

/* ---- servers that are silent ---- */

static struct resolver_server *server_of(const struct lookup *lookup) {
    return &lookup->state->servers[lookup->server];
}

/* Said once, not for each name. */
static void note_silence(const struct lookup *lookup, const char *what) {
    struct resolver_server *server = server_of(lookup);
    char text[ADDR_TEXT_MAX];

    if (!server->is_lost) {
        server->is_lost = true;
        log_write(log_process, LOG_LEVEL_ERROR, 0, NULL,
                  "DNS server %s while resolving \"%s\", resolver: %.*s", what, lookup->name,
                  (int) addr_format(server->addr, text), text);
    }
}

static void note_answer(const struct lookup *lookup) {
    struct resolver_server *server = server_of(lookup);
    char text[ADDR_TEXT_MAX];

    if (server->is_lost) {
        server->is_lost = false;
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
                  "DNS server answers again, resolver: %.*s",
                  (int) addr_format(server->addr, text), text);
    }
}

/* ---- the end ---- */

static void over(struct lookup *lookup, unsigned status) {
    lookup->is_over = true;
    lookup->status = status;
    lookup->on_over(lookup);
}

static void over_with(struct lookup *lookup, const struct dns_answer *answer) {
    size_t size = lookup->type == DNS_A ? 4 : 16;
    unsigned i;

    lookup->addrs = answer->count > 0 ? heap_alloc(answer->count * size) : NULL;
    lookup->count = answer->count;
    for (i = 0; i < answer->count; i++) {
        memcpy(lookup->addrs + i * size, answer->addrs[i], size);
    }
    over(lookup, answer->count > 0 ? DNS_OK : DNS_NO_NAME);
}

/* ---- what became of a question ---- */

/* A server that answers with a failure says more than one that is silent. */
static void try_next(struct lookup *lookup, unsigned status, bool is_unreachable) {
    const struct resolver *resolver = lookup->state->resolver;

    if (lookup->tried == 0 || status != ETIMEDOUT) {
        lookup->status = status;
    }
    lookup->server = (lookup->server + 1) % resolver->server_count;
    if (++lookup->tried < resolver->server_count) {
        ask(lookup);
        return;
    }
    lookup->tried = 0;
    if (lookup->status != ETIMEDOUT || !lookup->goes_on(lookup)) {
        over(lookup, lookup->status);
    } else if (is_unreachable) {
        timer_start(&lookup->pause, RESOLVER_PAUSE_MS);
    } else {
        ask(lookup);
    }
}

static void on_answer(struct lookup *lookup, const struct dns_answer *answer) {
    if (answer->code != DNS_OK && answer->code != DNS_NO_NAME) {
        try_next(lookup, answer->code, false);
        return;
    }
    if (answer->has_ttl && (!lookup->has_ttl || answer->ttl_s < lookup->ttl_s)) {
        lookup->has_ttl = true;
        lookup->ttl_s = answer->ttl_s;
    }
    if (!answer->has_alias) {
        over_with(lookup, answer);
    } else if (lookup->aliases++ < RESOLVER_ALIASES_MAX) {
        memcpy(lookup->name, answer->alias, sizeof(lookup->name));
        lookup->tried = 0;
        ask(lookup);
    } else {
        over(lookup, DNS_SERVER_FAILURE);
    }
}

static void on_end(struct dns_query *query, enum dns_end end, struct str message) {
    struct lookup *lookup = list_object(query, struct lookup, query);
    struct dns_answer answer;

    switch (end) {
    case DNS_ANSWERED:
        note_answer(lookup);
        if (parse_dns_answer(message, str_from(lookup->name), lookup->type, &answer)) {
            on_answer(lookup, &answer);
        } else {
            try_next(lookup, DNS_SERVER_FAILURE, false);
        }
        return;
    case DNS_TIMED_OUT:
        note_silence(lookup, "does not answer");
        try_next(lookup, ETIMEDOUT, false);
        return;
    case DNS_UNREACHABLE:
        note_silence(lookup, "cannot be reached");
        try_next(lookup, ETIMEDOUT, true);
        return;
    case DNS_BAD_NAME:
        over(lookup, DNS_NO_NAME);
        return;
    }
}

/* ---- questions ---- */

static void ask(struct lookup *lookup) {
    struct resolver_server *server = server_of(lookup);

    if (server->dns == NULL) {
        server->dns = dns_open(server->addr);
    }
    if (server->dns == NULL) {
        note_silence(lookup, "cannot be asked");
        timer_start(&lookup->pause, RESOLVER_PAUSE_MS);
        return;
    }
    dns_start(&lookup->query, server->dns, str_from(lookup->name), lookup->type, on_end);
}

static void on_pause_end(struct timer *timer) {
    struct lookup *lookup = list_object(timer, struct lookup, pause);

    if (lookup->goes_on(lookup)) {
        ask(lookup);
    } else {
        over(lookup, ETIMEDOUT);
    }
}

void lookup_init(struct lookup *lookup, struct resolver_state *state, enum dns_type type,
                 unsigned server) {
    *lookup = (struct lookup){ .state = state, .type = type, .server = server };
    timer_init(&lookup->pause, on_pause_end);
}

void lookup_start(struct lookup *lookup, struct str name) {
    memcpy(lookup->name, name.data, name.len);
    lookup->name[name.len] = '\0';
    ask(lookup);
}

void lookup_fini(struct lookup *lookup) {
    dns_cancel(&lookup->query);
    timer_fini(&lookup->pause);
    heap_free(lookup->addrs);
    lookup->addrs = NULL;
}
