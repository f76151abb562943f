/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks - what an http module may do, and when.
 *
 * Hooks run in the order of modules/LIST. A location knows which modules have anything to do in it
 * (module's wants(), asked once per compiled settings); the others cost nothing.
 */
#ifndef WEIR_HTTP_HOOKS_H
#define WEIR_HTTP_HOOKS_H

#include "conf/module.h"

struct exchange;
struct message;

enum http_next {
    HTTP_NEXT,   /* go on with the next hook */
    HTTP_DONE,   /* answered, by respond_*() or exchange_close(), or exchange_handle() was called */
    HTTP_WAIT    /* exchange_resume() will be called; the module's state_close() calls that off */
};

enum http_access {
    ACCESS_PASS,
    ACCESS_ALLOW,
    ACCESS_DENY,         /* 403 */
    ACCESS_UNAUTHORIZED, /* 401, with exchange->challenges; else as ACCESS_DENY */
    ACCESS_DONE,         /* answered by the hook, whatever the others would say */
    ACCESS_WAIT          /* as HTTP_WAIT */
};

/* settings is the module's merged config struct in the exchange's location (server for
 * on_server). */
struct http_module {
    struct module base; /* its family is CONF_HTTP */
    enum http_next (*on_server)(struct exchange *exchange, const void *settings);
    enum http_next (*on_request)(struct exchange *exchange, const void *settings);
    enum http_access (*on_access)(struct exchange *exchange, const void *settings);
    enum http_next (*on_precontent)(struct exchange *exchange, const void *settings);
    /* Makes the answer. HTTP_NEXT: these settings name no handler. One handler a location. */
    enum http_next (*handle)(struct exchange *exchange, const void *settings);
    /* Puts the head of a server's response in the client's terms, before all else that becomes of
     * it: of one that leads elsewhere (X-Accel-Redirect), too. */
    void (*on_upstream_head)(struct exchange *exchange, const void *settings,
                             struct message *head);
    /* Changes the head of a response before it is sent, and may add filters for its body; whether
     * it has one says exchange->is_response_whole. */
    void (*on_response)(struct exchange *exchange, const void *settings, struct message *response);
    /* Adds fields that go behind the body, which has ended. Asked where on_response has set
     * response->has_trailers, and the client can take them. */
    void (*on_trailers)(struct exchange *exchange, const void *settings, struct message *trailers);
    /* Of inner exchanges, too, which have no client. */
    void (*on_log)(struct exchange *exchange, const void *settings);
    /* Whether the hooks have anything to do with these settings; NULL: always. */
    bool (*wants)(const void *settings);
    bool is_fallback; /* handle is for locations where no other module has one */
    bool redirects_to_slash; /* where it handles the location "/a/", /a is redirected there */
};

#endif
