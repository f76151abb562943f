/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_dump - the exchange at hand, for the last words of a worker; see exchange_dump.h. */
#include "http/exchange_dump.h"

#include "base/panic.h"
#include "http/exchange.h"
#include "lb/attempt.h"

enum { DUMP_TEXT_MAX = 200 }; /* of a target: lines are cut, and what follows it matters, too */

const struct exchange *exchange_at_hand;

static const char *step_name(enum exchange_step step) {
    switch (step) {
    case EXCHANGE_HEAD: return "head";
    case EXCHANGE_ROUTE: return "route";
    case EXCHANGE_REQUEST: return "request";
    case EXCHANGE_ACCESS: return "access";
    case EXCHANGE_PRECONTENT: return "precontent";
    case EXCHANGE_HANDLE: return "handle";
    case EXCHANGE_RESPONSE: return "response";
    case EXCHANGE_OVER: return "over";
    }
    return "none";
}

/* Memory may be broken: no more is looked at than is told, and nothing is called or allocated. */
static void dump(const struct panic_dumper *dumper) {
    const struct exchange *exchange = exchange_at_hand;
    struct str method = STR("-"), target = STR("-"), peer = STR("-");

    (void) dumper;
    if (exchange == NULL) {
        return;
    }
    if (exchange->request != NULL) {
        method = exchange->request->method_name;
        target = str_first(exchange->request->target, DUMP_TEXT_MAX);
    }
    if (exchange->attempt != NULL && exchange->attempt->try_count > 0) {
        peer = exchange->attempt->tries[exchange->attempt->try_count - 1].peer;
    }
    panic_print("exchange: connection %llu, step %s, status %u, request: \"%.*s %.*s\", "
                "upstream: %.*s",
                (unsigned long long) exchange->log_context.connection, step_name(exchange->step),
                exchange->status, STR_ARG(method), STR_ARG(target), STR_ARG(peer));
}

static struct panic_dumper dumper = { .dump = dump };

void exchange_dump_start(void) {
    panic_add_dumper(&dumper);
}

void exchange_dump_stop(void) {
    panic_remove_dumper(&dumper);
}
