/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone - memory that processes share and that outlives generations.
 *
 * A zone is known by name, kind and layout version. It is a memfd: the master maps a reserve of
 * address space over it once, and the file grows in place, so processes that were forked earlier
 * see the growth. Pages are allocated when the file grows, so a system without memory refuses a
 * zone_alloc() and kills nobody later. Inside are offsets, never pointers. A reload finds the
 * zones of the generation before; an exec (binary upgrade, control) gets their descriptors and
 * maps them.
 *
 * A process knows the zones that were there when it was forked. It needs no others: what makes new
 * ones is a new generation. The master knows all of them.
 */
#ifndef WEIR_SHM_ZONE_H
#define WEIR_SHM_ZONE_H

#include "base/list.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Offset of a piece inside its zone; 0: none. Below ZONE_RESERVE_MAX. */
typedef uint64_t zone_offset;

enum {
    ZONE_NAME_MAX = 512,
    ZONE_COMPANIONS_MAX = 64,
    ZONE_ID_BITS = 28
};

#define ZONE_RESERVE_MAX ((size_t) 64 << 30)

/* Kinds. The root zone has a name space of its own: no name in a configuration means it. */
enum {
    ZONE_KIND_ROOT = 1, /* shm/seat */
    ZONE_KIND_TEST = 2,
    ZONE_KIND_PEERS = 16
};

struct zone {
    struct list link;
    struct str name;
    uint32_t kind, layout;
    uint32_t id;      /* unique over generations and upgrades; not 0 */
    int fd;
    char *base;       /* of the mapping */
    size_t reserve;   /* bytes of address space */
    bool is_used;     /* by the newest configuration */
    bool is_aside;    /* another zone has taken its name */
    bool is_foreign;  /* see zones_distrust() */
    int companions[ZONE_COMPANIONS_MAX]; /* descriptors that go with it through an exec */
    unsigned companion_count;
};

/*
 * Master only. Finds the zone or makes it. limit is the most bytes it may take and may change from
 * call to call: up to the reserve, which is 64 times the first limit, at most 64 GB of address
 * space (more is logged and cut to that). Less than what is in use takes nothing away. A zone of
 * this name with another kind or layout is set aside: *previous (may be NULL) gets it, for the
 * caller to read what it understands of it, and a new zone takes the name; without one it is NULL.
 * NULL with errno.
 */
struct zone *zone_open(struct str name, uint32_t kind, uint32_t layout, size_t limit,
                       struct zone **previous);

/* No living process uses it. Frees the struct. */
void zone_close(struct zone *zone);

/* Around a reload: before the new configuration opens its zones, none counts as used, save the
 * root. */
void zones_mark_unused(void);

/* When no older generation lives: closes what the newest configuration does not use. */
void zones_close_unused(void);

/* All zones but one were made by a program that counts in another way: the next zone_open() of each
 * name sets the old one aside. */
void zones_distrust(const struct zone *except);

/* A piece of zeroed memory that stays for the zone's life, aligned to 64 bytes; 0 when the limit is
 * reached or the system has no memory. Any process; atomic, and whole however the process dies. */
zone_offset zone_alloc(struct zone *zone, size_t size);

static inline void *zone_at(const struct zone *zone, zone_offset offset) {
    return zone->base + offset;
}

static inline zone_offset zone_offset_of(const struct zone *zone, const void *piece) {
    return (zone_offset) ((const char *) piece - zone->base);
}

/* Whether size bytes at offset lie in what was allocated and is there: for the master, before it
 * follows an offset that a dead process has left. Not for the hot path. */
bool zone_has(const struct zone *zone, zone_offset offset, size_t size);

/* Bytes allocated, and the limit. */
size_t zone_used(const struct zone *zone);
size_t zone_limit(const struct zone *zone);

/* The offset of the zone's first piece (the root record); the same for ever. 0: none allocated
 * yet. */
zone_offset zone_root(const struct zone *zone);

/* All zones of this process, oldest first, those set aside included. */
struct list *zone_list(void);

/* NULL if this process does not know it. */
struct zone *zone_by_id(uint32_t id);

/*
 * For an exec: text that describes all zones with their descriptors, a line each:
 *     name:kind:layout:limit:fd[,companion ...]
 * (control characters, blanks, ':' and '%' in the name as %XX). The descriptors are made
 * inheritable, so call it in the child, between fork and exec. And the adoption of them by the new
 * program, before it opens any. False: the text or a descriptor is not ours; then nothing was
 * adopted, and the descriptors are left alone.
 */
struct buf;
void zone_export(struct buf *to);
bool zone_import(struct str text);

/* For a forked child that must not touch what is shared (the trial of a configuration): forgets
 * all zones and closes its descriptors of them. Zones that it opens from then on are its own. */
void zones_forget(void);

#endif
