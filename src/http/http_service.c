/* SPDX-License-Identifier: BSD-2-Clause */
/* http_service - the connections of a worker on which HTTP is spoken; see http_service.h. */
#include "http/http_service.h"

#include "http/client_settings.h"
#include "http/exchange.h"
#include "http/exchange_dump.h"
#include "http/http_core_priv.h"
#include "http/http_scope.h"
#include "http/inner.h"
#include "http/route.h"
#include "shm/counter.h"

static const struct conf *served;

const struct conf *http_conf(void) {
    return served;
}

static struct list clients = { &clients, &clients };
static struct list idle_clients = { &idle_clients, &idle_clients }; /* for longest first */
static bool is_draining;

/* ---- connections ---- */

static void on_request(struct h1 *h1) {
    exchange_open(h1_owner(h1));
}

static void on_idle(struct h1 *h1, bool is_idle) {
    struct http_client *client = h1_owner(h1);

    list_remove(&client->idle);
    if (is_idle) {
        list_add_last(&idle_clients, &client->idle);
    }
    counter_add((enum counter) GAUGE_CLIENTS_IDLE, is_idle ? 1 : -1);
}

static void on_close(struct h1 *h1) {
    struct http_client *client = h1_owner(h1);

    if (list_is_linked(&client->idle)) {
        on_idle(h1, false);
    }
    list_remove(&client->link);
    counter_add((enum counter) GAUGE_CLIENTS_HTTP, -1);
}

static const struct h1_service h1_service = {
    .on_request = on_request,
    .on_idle = on_idle,
    .on_close = on_close,
};

void http_on_conn(struct listener *listener, struct conn *conn) {
    const struct client_settings *settings
        = client_settings_of(&http_default_server(listener)->self);
    struct h1 *h1 = h1_accept(conn, &settings->h1, &h1_service, sizeof(struct http_client));
    struct http_client *client = h1_owner(h1);

    /* An accepted socket has TCP_NODELAY from its listener. */
    if (!settings->has_nodelay) {
        conn_set_nodelay(conn, false);
    }
    client->listener = listener;
    list_init(&client->link);
    list_init(&client->idle);
    list_add_last(&clients, &client->link);
    client->h1 = h1;
    counter_add((enum counter) GAUGE_CLIENTS_HTTP, 1);
    on_idle(h1, true);
    if (is_draining) {
        h1_drain(h1, H1_DRAIN_POLITE);
    }
}

/* ---- servers ---- */

const struct http_server *http_default_server(const struct listener *listener) {
    const struct http_listener *service = listener->service;

    return service->fallback;
}

const struct http_server *http_find_server(const struct listener *listener, struct str host,
                                           struct scope *scope) {
    const struct http_listener *service = listener->service;
    const struct http_server *server;

    server = server_table_find(service->names, host, scope);
    return server != NULL ? server : service->fallback;
}

/* ---- worker ---- */

void http_worker_start(const struct conf *conf) {
    const struct conf_block *block = http_block_of(conf);

    served = conf;
    if (block != NULL) {
        http_scope_set_table(variable_table_of((struct conf *) conf, block));
        exchange_dump_start();
    }
}

void http_worker_stop(const struct conf *conf) {
    (void) conf;
    exchange_dump_stop();
}

void http_worker_drain(const struct conf *conf, enum module_drain haste) {
    static const enum h1_drain of_h1[] = { [DRAIN_POLITE] = H1_DRAIN_POLITE,
                                           [DRAIN_IDLE] = H1_DRAIN_IDLE,
                                           [DRAIN_ALL] = H1_DRAIN_ALL };
    struct list *at, *next;

    (void) conf;
    is_draining = true;
    list_each(at, next, &clients) {
        h1_drain(list_object(at, struct http_client, link)->h1, of_h1[haste]);
    }
    if (haste == DRAIN_ALL) {
        inner_end_all();
    }
}
