/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks - what a stream module may do with a session, and when.
 *
 * Hooks run in the order of modules/LIST. A server knows which modules have anything to do in it
 * (wants(), asked once per compiled settings); the others cost nothing.
 */
#ifndef WEIR_STREAM_HOOKS_H
#define WEIR_STREAM_HOOKS_H

#include "conf/module.h"

struct session;

enum stream_next {
    STREAM_NEXT, /* go on with the next hook */
    STREAM_DONE, /* the session was ended, or a handler has taken it over */
    STREAM_WAIT  /* session_resume() will be called */
};

enum stream_access { STREAM_PASS, STREAM_ALLOW, STREAM_DENY };

/* settings is the module's merged config struct in the session's server. */
struct stream_module {
    struct module base; /* its family is CONF_STREAM */
    /* The connection was accepted; nothing is known but its addresses. */
    enum stream_next (*on_session)(struct session *session, const void *settings);
    enum stream_access (*on_access)(struct session *session, const void *settings);
    /* Serves the session and ends it by session_end(). STREAM_NEXT: these settings name no
     * handler. */
    enum stream_next (*handle)(struct session *session, const void *settings);
    /* The session is over; its figures are final. */
    void (*on_log)(struct session *session, const void *settings);
    /* Whether the hooks have anything to do with these settings; NULL: always. */
    bool (*wants)(const void *settings);
};

#endif
