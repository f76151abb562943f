/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer_states - where the states of peers and groups lie; see peer_states.h.
 *
 * Each load of a configuration has a number, and a record knows the newest load that named it. A
 * configuration lives as long as any process that serves it, so what only older loads than those
 * alive have named is used by nobody.
 */
#include "lb/peer_states.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/log.h"
#include "lb/pick.h"
#include "shm/table.h"

enum {
    LAYOUT = 1, /* to be raised with every change of struct record */
    LIMIT_MIN = 4 * 1024 * 1024,
    CELL_EXTRA = 128 /* bytes that the table adds to a record, at most */
};

struct record {
    union {
        struct peer_state peer;
        struct group_state group;
        uint64_t last_load; /* of the record without a name */
    } state;
    uint64_t load; /* the newest that named it; 0: it is for all */
    uint64_t is_peer;
};

/* A configuration of this process that may be in use. */
struct load {
    struct list link;
    uint64_t number;
};

static struct list loads = { &loads, &loads };

/* The load under way. */
static struct {
    struct zone *zone;
    struct table table;
    uint64_t number;
    struct seat *seat; /* taken for it alone */
} now;

/* ---- the zone ---- */

/* What the records to come may take at most, on top of what is there: stripes fill unevenly. */
static size_t room_for(size_t records) {
    return LIMIT_MIN + records * 2 * (sizeof(struct record) + CELL_EXTRA);
}

static struct zone *open_zone(size_t records) {
    struct zone *zone = zone_open(STR("peers"), ZONE_KIND_PEERS, LAYOUT, room_for(records), NULL);

    if (zone != NULL && zone_used(zone) > LIMIT_MIN) {
        zone = zone_open(STR("peers"), ZONE_KIND_PEERS, LAYOUT, zone_used(zone) + room_for(records),
                         NULL);
    }
    return zone;
}

/* The first load comes before the process has its seat. */
static bool sit(void) {
    if (seat_self() != NULL) {
        return true;
    }
    now.seat = seat_take(SEAT_MASTER, 0, 0);
    if (now.seat == NULL) {
        return false;
    }
    seat_sit(now.seat);
    return true;
}

static void forget_load(void *object) {
    struct load *load = object;

    list_remove(&load->link);
    heap_free(load);
}

static bool number_load(struct conf *conf) {
    struct load *load;
    bool is_new;
    struct record *record = table_find_or_make(&now.table, STR_NONE, &is_new);

    if (record == NULL) {
        return false;
    }
    now.number = __atomic_add_fetch(&record->state.last_load, 1, __ATOMIC_RELAXED);
    load = heap_zero(1, sizeof(*load));
    load->number = now.number;
    list_add_last(&loads, &load->link);
    conf_on_free(conf, forget_load, load);
    return true;
}

bool peer_states_open(struct conf *conf, size_t records) {
    static const struct table_options options = { .record_size = sizeof(struct record),
                                                  .key_max = 0 };

    now.zone = NULL;
    now.seat = NULL;
    if (conf->is_check || records == 0) {
        return true;
    }
    now.zone = open_zone(records);
    if (now.zone == NULL || !sit() || !table_open(&now.table, now.zone, &options)
        || !number_load(conf)) {
        return conf_error(conf, NULL, 0, "no shared memory for the states of upstreams");
    }
    return true;
}

/* ---- cleaning up ---- */

static uint64_t oldest_load(void) {
    return list_is_empty(&loads) ? UINT64_MAX : list_object(loads.next, struct load, link)->number;
}

static bool keep_record(void *object, struct str key, void *context) {
    const struct record *record = object;
    const uint64_t *oldest = context;

    (void) key;
    return record->load == 0 || record->load >= *oldest
        || (record->is_peer && !seat_counted_is_idle(&record->state.peer.conns));
}

/* While a binary is upgraded, the other master has configurations that this one knows nothing of.
 * */
static bool is_only_master(void) {
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = seat_at(i);

        if (seat != NULL && seat->role == SEAT_MASTER && seat != seat_self()) {
            return false;
        }
    }
    return true;
}

void peer_states_close(struct conf *conf) {
    uint64_t oldest = oldest_load();

    (void) conf;
    if (now.zone != NULL && now.number != 0 && is_only_master()) {
        table_walk(&now.table, keep_record, &oldest);
    }
    if (now.seat != NULL) {
        seat_reclaim(now.seat);
    }
    now.zone = NULL;
    now.number = 0;
    now.seat = NULL;
}

/* ---- records ---- */

/* Length and bytes: no two lists of texts give the same key. */
static void add_text(struct buf *key, struct str text) {
    uint32_t len = (uint32_t) text.len;

    buf_append(key, str_make((const char *) &len, sizeof(len)), BUF_SIZE_MAX);
    buf_append(key, text, BUF_SIZE_MAX);
}

static void add_number(struct buf *key, uint32_t number) {
    add_text(key, str_make((const char *) &number, sizeof(number)));
}

/* Two masters may load at the same time: the newest counts. */
static void mark(struct record *record) {
    uint64_t load = __atomic_load_n(&record->load, __ATOMIC_RELAXED);

    while (load < now.number
           && !__atomic_compare_exchange_n(&record->load, &load, now.number, false,
                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* The record of the group itself (peer NULL), or of the peer that is number `which` among those
 * of the same address. */
static struct record *find_record(uint32_t family, const struct group *group,
                                  const struct peer *peer, uint32_t which) {
    struct buf key = { NULL, 0, 0, 0 };
    struct record *record;
    bool is_new;

    add_number(&key, family);
    add_number(&key, group->is_implicit ? group->names->port : UINT32_MAX);
    add_text(&key, group->name);
    if (peer != NULL) {
        add_text(&key, peer->name);
        add_number(&key, which);
    }
    record = table_find_or_make(&now.table, buf_bytes(&key), &is_new);
    buf_free(&key);
    if (record != NULL) {
        record->is_peer = peer != NULL;
        mark(record);
    }
    return record;
}

/* How many peers of that name the group has had so far. */
static uint32_t count_name(struct hash_map *names, struct str name) {
    uintptr_t count = (uintptr_t) hash_map_get(names, name);

    hash_map_put(names, name, (void *) (count + 1));
    return (uint32_t) count;
}

static bool attach_shared(uint32_t family, struct group *group) {
    struct record *record = find_record(family, group, NULL, 0);
    struct hash_map names;
    unsigned i;

    if (record == NULL) {
        return false;
    }
    group->zone = now.zone;
    group->state = &record->state.group;
    hash_map_init(&names);
    for (i = 0; i < group->count && record != NULL; i++) {
        struct peer *peer = &group->peers[i];

        record = find_record(family, group, peer, count_name(&names, peer->name));
        peer->state = record != NULL ? &record->state.peer : NULL;
    }
    hash_map_fini(&names);
    return record != NULL;
}

static void attach_own(struct conf *conf, struct group *group) {
    struct peer_state *states = arena_zero(&conf->arena, group->count, sizeof(*states));
    unsigned i;

    group->zone = NULL;
    group->state = arena_zero(&conf->arena, 1, sizeof(*group->state));
    for (i = 0; i < group->count; i++) {
        group->peers[i].state = &states[i];
    }
}

/* The one that was in service may have left the group with this configuration. */
static void revive(struct group *group) {
    unsigned i;

    for (i = 0; i < group->count; i++) {
        if (peer_is_live(&group->peers[i])) {
            return;
        }
    }
    for (i = 0; i < group->count; i++) {
        __atomic_store_n(&group->peers[i].state->down_until_ms, 0, __ATOMIC_RELEASE);
    }
}

bool peer_states_attach(struct conf *conf, uint32_t family, struct group *group) {
    if (now.zone == NULL) {
        attach_own(conf, group);
        return true;
    }
    if (!attach_shared(family, group)) {
        return conf_error(conf, group->line, 0,
                          "no shared memory for the states of upstream \"%.*s\"",
                          STR_ARG(group->name));
    }
    revive(group);
    return true;
}
