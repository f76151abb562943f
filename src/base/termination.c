/* SPDX-License-Identifier: BSD-2-Clause */
/* termination - how a request or a session ended; see termination.h. */
#include "base/termination.h"

#include "base/panic.h"

static const struct str names[TERMINATIONS] = {
    [TERMINATION_OK] = { "ok", 2 },
    [TERMINATION_CLIENT_CLOSED] = { "client_closed", 13 },
    [TERMINATION_CLIENT_TIMEOUT] = { "client_timeout", 14 },
    [TERMINATION_CLIENT_BAD] = { "client_bad", 10 },
    [TERMINATION_NO_PEER] = { "no_peer", 7 },
    [TERMINATION_CONNECT_REFUSED] = { "connect_refused", 15 },
    [TERMINATION_CONNECT_TIMEOUT] = { "connect_timeout", 15 },
    [TERMINATION_UPSTREAM_TIMEOUT] = { "upstream_timeout", 16 },
    [TERMINATION_UPSTREAM_CLOSED] = { "upstream_closed", 15 },
    [TERMINATION_UPSTREAM_BAD] = { "upstream_bad", 12 },
    [TERMINATION_SHUTDOWN] = { "shutdown", 8 },
    [TERMINATION_INTERNAL] = { "internal", 8 },
};

struct str termination_name(enum termination termination) {
    CHECK(termination < TERMINATIONS);
    return names[termination];
}
