/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - idle connections to the peers of a group, in one worker; see pool.h.
 *
 * All idle ones are in a list in order of their last use, so one timer, set for the oldest,
 * serves all: a request neither inserts nor deletes a timer. Those of a peer are found in its
 * bucket. Entries are kept for the next use, so a request costs no malloc().
 */
#include "lb/pool.h"

#include "base/clock.h"
#include "base/heap.h"
#include "shm/counter.h"

enum { BUCKETS_MAX = 1024 };

struct pool_entry {
    struct list link;        /* idle: newest first; else free */
    struct list bucket_link; /* the same order */
    struct pool *pool;
    struct conn *conn;
    const struct peer *peer;
    struct pool_key key;
    int64_t idle_since_ms;
};

struct pool {
    struct list link; /* of all pools */
    struct group *group;
    struct list idle, free;
    unsigned entries; /* at most as many as `keepalive` says */
    struct timer timer;
    unsigned mask;    /* number of buckets - 1 */
    struct list buckets[];
};

static struct list pools = { &pools, &pools };
static bool is_keeping;

/* ---- entries ---- */

static struct list *bucket_of(struct pool *pool, const struct peer *peer) {
    return &pool->buckets[(size_t) (peer - pool->group->peers) & pool->mask];
}

static struct pool_entry *oldest(const struct pool *pool) {
    return list_is_empty(&pool->idle) ? NULL
                                      : list_object(pool->idle.prev, struct pool_entry, link);
}

/* The connection is the caller's, the entry free. */
static struct conn *entry_empty(struct pool_entry *entry) {
    struct conn *conn = entry->conn;

    list_remove(&entry->link);
    list_remove(&entry->bucket_link);
    list_add_first(&entry->pool->free, &entry->link);
    entry->conn = NULL;
    counter_add(GAUGE_UPSTREAM_IDLE, -1);
    return conn;
}

/* Where all are in use the oldest connection goes. */
static struct pool_entry *entry_take(struct pool *pool) {
    struct pool_entry *entry;

    if (list_is_empty(&pool->free)) {
        if (pool->entries < (uint64_t) pool->group->keepalive.connections) {
            entry = heap_zero(1, sizeof(*entry));
            entry->pool = pool;
            list_init(&entry->link);
            list_init(&entry->bucket_link);
            pool->entries++;
            return entry;
        }
        conn_close(entry_empty(oldest(pool)));
    }
    return list_object(list_take_first(&pool->free), struct pool_entry, link);
}

/* An idle connection became ready for something: its end, or bytes that nobody asked for. */
static void on_idle_ready(struct conn *conn) {
    struct pool_entry *entry = conn->owner;

    if (conn_is_stale(conn)) {
        conn_close(entry_empty(entry));
    }
}

/* ---- pools ---- */

static void on_timer(struct timer *timer) {
    struct pool *pool = list_object(timer, struct pool, timer);
    int64_t idle_ms = pool->group->keepalive.idle_ms;
    struct pool_entry *entry;

    while ((entry = oldest(pool)) != NULL && entry->idle_since_ms + idle_ms <= clock_ms()) {
        conn_close(entry_empty(entry));
    }
    if (entry != NULL) {
        timer_start(timer, entry->idle_since_ms + idle_ms - clock_ms());
    }
}

static struct pool *pool_new(struct group *group) {
    unsigned buckets = 1, i;
    struct pool *pool;

    while (buckets < BUCKETS_MAX && buckets < group->count
           && buckets < (uint64_t) group->keepalive.connections) {
        buckets *= 2;
    }
    pool = heap_zero(1, sizeof(*pool) + buckets * sizeof(pool->buckets[0]));
    pool->group = group;
    pool->mask = buckets - 1;
    list_init(&pool->idle);
    list_init(&pool->free);
    for (i = 0; i < buckets; i++) {
        list_init(&pool->buckets[i]);
    }
    timer_init(&pool->timer, on_timer);
    list_add_last(&pools, &pool->link);
    group->pool = pool;
    return pool;
}

static void pool_close(struct pool *pool) {
    struct pool_entry *entry;
    struct list *link;

    while ((entry = oldest(pool)) != NULL) {
        conn_close(entry_empty(entry));
    }
    while ((link = list_take_first(&pool->free)) != NULL) {
        heap_free(list_object(link, struct pool_entry, link));
    }
    timer_fini(&pool->timer);
    list_remove(&pool->link);
    pool->group->pool = NULL;
    heap_free(pool);
}

void pool_start_all(void) {
    is_keeping = true;
}

void pool_close_all(void) {
    is_keeping = false;
    while (!list_is_empty(&pools)) {
        pool_close(list_object(pools.next, struct pool, link));
    }
}

/* ---- taking and putting ---- */

static bool fits(const struct pool_entry *entry, const struct peer *peer,
                 const struct pool_key *key) {
    return entry->peer == peer && entry->key.bind.len == key->bind.len
        && (key->bind.len == 0 || addr_equal(&entry->key.bind, &key->bind));
}

/* A conn that is gone meanwhile is closed, and the search goes on. */
struct conn *pool_take(struct group *group, const struct peer *peer, const struct pool_key *key) {
    struct pool *pool = group->pool;
    struct list *at, *next, *bucket;

    if (pool == NULL) {
        return NULL;
    }
    bucket = bucket_of(pool, peer);
    list_each(at, next, bucket) {
        struct pool_entry *entry = list_object(at, struct pool_entry, bucket_link);

        if (fits(entry, peer, key)) {
            struct conn *conn = entry_empty(entry);

            if (!conn_is_stale(conn)) {
                conn->owner = NULL;
                conn->on_ready = NULL;
                return conn;
            }
            conn_close(conn);
        }
    }
    return NULL;
}

static bool may_be_kept(const struct group *group, struct conn *conn) {
    const struct group_keepalive *limits = &group->keepalive;

    return is_keeping && !group->is_temporary && limits->connections > 0
        && conn->side->requests < (uint64_t) limits->requests
        && clock_ms() - conn->side->opened_ms < limits->time_ms && !conn_is_stale(conn);
}

void pool_put(struct group *group, const struct peer *peer, const struct pool_key *key,
              struct conn *conn) {
    struct pool *pool = group->pool;
    struct pool_entry *entry;

    if (!may_be_kept(group, conn)) {
        conn_close(conn);
        return;
    }
    if (pool == NULL) {
        pool = pool_new(group);
    }
    entry = entry_take(pool);
    entry->conn = conn;
    entry->peer = peer;
    entry->key = *key;
    entry->idle_since_ms = clock_ms();
    conn->owner = entry;
    conn->on_ready = on_idle_ready;
    buf_free(&conn->in);
    list_add_first(&pool->idle, &entry->link);
    list_add_first(bucket_of(pool, peer), &entry->bucket_link);
    counter_add(GAUGE_UPSTREAM_IDLE, 1);
    if (!timer_is_set(&pool->timer)) {
        timer_start(&pool->timer, group->keepalive.idle_ms);
    }
}
