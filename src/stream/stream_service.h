/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream_service - `stream {}`: its servers, their listeners, and the start of a session for each
 * accepted connection.
 */
#ifndef WEIR_STREAM_STREAM_SERVICE_H
#define WEIR_STREAM_STREAM_SERVICE_H

#include "net/listen.h"
#include "stream/hooks.h"

/* One module with something to do in a server, and its settings there. */
struct stream_hook {
    const struct stream_module *module;
    const void *settings;
};

struct stream_server {
    struct stream_server *next;
    struct conf_block *block;
    struct stream_hook *hooks; /* in running order */
    unsigned hook_count;
    size_t room; /* bytes that a session needs for the states of its modules, and a little more */
    const struct script *script; /* variables that each session sets first; NULL: none */
    bool has_listen;
};

/* Settings of the core: what a session needs before any module runs. */
struct stream_core_settings {
    bool has_tcp_nodelay;
};

extern const struct module stream_core_module;

/* The configuration that this worker serves. */
const struct conf *stream_conf(void);

const struct stream_core_settings *stream_core_of(const struct stream_server *server);

#endif
