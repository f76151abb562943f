/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * termination - how a request or a session ended, in one word for the log: $termination_state.
 *
 * It says who or what kept it from its ordinary end; the status says what the client was told. The
 * first cause counts: a client that leaves because a server timed out did not end it.
 */
#ifndef WEIR_BASE_TERMINATION_H
#define WEIR_BASE_TERMINATION_H

#include "base/str.h"

enum termination {
    TERMINATION_OK,               /* it came to its end, whatever the status is */
    TERMINATION_CLIENT_CLOSED,    /* the client left before that */
    TERMINATION_CLIENT_TIMEOUT,   /* it let a time-out pass: sent nothing, or took nothing */
    TERMINATION_CLIENT_BAD,       /* what it sent was no request */
    TERMINATION_NO_PEER,          /* no server to ask */
    TERMINATION_CONNECT_REFUSED,  /* no connection to the last one */
    TERMINATION_CONNECT_TIMEOUT,  /* or not in time */
    TERMINATION_UPSTREAM_TIMEOUT, /* the server let a time-out pass */
    TERMINATION_UPSTREAM_CLOSED,  /* it ended the connection before its answer was whole */
    TERMINATION_UPSTREAM_BAD,     /* what it sent was no answer */
    TERMINATION_SHUTDOWN,         /* the worker ended, and could not wait any longer */
    TERMINATION_INTERNAL,         /* weir could not go on: no room on a disk, a loop of redirects */
    TERMINATIONS
};

/* "ok", "client_closed" ... */
struct str termination_name(enum termination termination);

/* Notes a cause where there is none yet. */
static inline void termination_note(enum termination *noted, enum termination cause) {
    if (*noted == TERMINATION_OK) {
        *noted = cause;
    }
}

#endif
