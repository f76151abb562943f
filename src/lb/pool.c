/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - idle connections to the peers of a group, in one worker; see pool.h.
 *
 * A pool has room for as many as `keepalive` says, made once. The list is in order of the last use, so
 * one timer, set for the oldest, serves all: a request neither inserts nor deletes a timer.
 */
#include "lb/pool.h"

#include "base/clock.h"
#include "base/heap.h"
#include "shm/counter.h"

struct pool_entry {
    struct list link; /* idle: newest first; else free */
    struct pool *pool;
    struct conn *conn;
    struct addr addr;
    struct pool_key key;
    int64_t idle_since_ms;
};

struct pool {
    struct list link; /* of all pools */
    struct group *group;
    struct list idle, free;
    struct timer timer;
    struct pool_entry entries[];
};

static struct list pools = { &pools, &pools };
static bool is_closed; /* the worker drains: nothing is kept any more */

static struct conn *entry_remove(struct pool_entry *entry) {
    struct conn *conn = entry->conn;

    list_remove(&entry->link);
    list_add_last(&entry->pool->free, &entry->link);
    entry->conn = NULL;
    counter_add((enum counter) GAUGE_UPSTREAM_IDLE, -1);
    return conn;
}

/* An idle connection became ready for something: its end, or bytes that nobody asked for. */
static void on_idle_ready(struct conn *conn) {
    struct pool_entry *entry = conn->owner;

    if (conn_is_stale(conn)) {
        conn_close(entry_remove(entry));
    }
}

static struct pool_entry *oldest(const struct pool *pool) {
    return list_is_empty(&pool->idle) ? NULL
                                      : list_object(pool->idle.prev, struct pool_entry, link);
}

static void on_timer(struct timer *timer) {
    struct pool *pool = list_object(timer, struct pool, timer);
    int64_t idle_ms = pool->group->keepalive.idle_ms;
    struct pool_entry *entry;

    while ((entry = oldest(pool)) != NULL && entry->idle_since_ms + idle_ms <= clock_ms()) {
        conn_close(entry_remove(entry));
    }
    if (entry != NULL) {
        timer_start(timer, entry->idle_since_ms + idle_ms - clock_ms());
    }
}

static struct pool *pool_of(struct group *group) {
    size_t count = (size_t) group->keepalive.connections, i;
    struct pool *pool = group->pool;

    if (pool != NULL) {
        return pool;
    }
    pool = heap_zero(1, sizeof(*pool) + count * sizeof(pool->entries[0]));
    pool->group = group;
    list_init(&pool->idle);
    list_init(&pool->free);
    for (i = 0; i < count; i++) {
        pool->entries[i].pool = pool;
        list_init(&pool->entries[i].link);
        list_add_last(&pool->free, &pool->entries[i].link);
    }
    timer_init(&pool->timer, on_timer);
    list_add_last(&pools, &pool->link);
    group->pool = pool;
    return pool;
}

static bool fits(const struct pool_entry *entry, const struct peer *peer,
                 const struct pool_key *key) {
    return addr_equal(&entry->addr, &peer->addr) && entry->key.bind.len == key->bind.len
        && (key->bind.len == 0 || addr_equal(&entry->key.bind, &key->bind));
}

struct conn *pool_take(struct group *group, const struct peer *peer, const struct pool_key *key) {
    struct pool *pool = group->pool;
    struct list *at, *next;

    if (pool == NULL) {
        return NULL;
    }
    list_each(at, next, &pool->idle) {
        struct pool_entry *entry = list_object(at, struct pool_entry, link);

        if (fits(entry, peer, key)) {
            struct conn *conn = entry_remove(entry);

            if (!conn_is_stale(conn)) {
                return conn;
            }
            conn_close(conn);
        }
    }
    return NULL;
}

static bool may_be_kept(const struct group *group, const struct conn *conn) {
    const struct group_keepalive *limits = &group->keepalive;

    return !is_closed && !group->is_temporary && limits->connections > 0
        && conn->side->requests < (uint64_t) limits->requests && buf_is_empty(&conn->in)
        && clock_ms() - conn->side->opened_ms < limits->time_ms && !conn->has_hup;
}

void pool_put(struct group *group, const struct peer *peer, const struct pool_key *key,
              struct conn *conn) {
    struct pool_entry *entry;
    struct pool *pool;

    if (!may_be_kept(group, conn)) {
        conn_close(conn);
        return;
    }
    pool = pool_of(group);
    if (list_is_empty(&pool->free)) {
        conn_close(entry_remove(oldest(pool)));
    }
    entry = list_object(list_take_first(&pool->free), struct pool_entry, link);
    entry->conn = conn;
    entry->addr = peer->addr;
    entry->key = *key;
    entry->idle_since_ms = clock_ms();
    conn->owner = entry;
    conn->on_ready = on_idle_ready;
    buf_free(&conn->in);
    list_add_first(&pool->idle, &entry->link);
    counter_add((enum counter) GAUGE_UPSTREAM_IDLE, 1);
    if (!timer_is_set(&pool->timer)) {
        timer_start(&pool->timer, group->keepalive.idle_ms);
    }
}

void pool_close_all(void) {
    struct list *at, *next;

    is_closed = true;
    list_each(at, next, &pools) {
        struct pool *pool = list_object(at, struct pool, link);
        struct pool_entry *entry;

        while ((entry = oldest(pool)) != NULL) {
            conn_close(entry_remove(entry));
        }
        timer_cancel(&pool->timer);
    }
}
