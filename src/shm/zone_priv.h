/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone_priv - the head of a zone's file, and what zone.c and zone_text.c share.
 */
#ifndef WEIR_SHM_ZONE_PRIV_H
#define WEIR_SHM_ZONE_PRIV_H

#include "shm/zone.h"

#include <fcntl.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define ZONE_MAGIC 0x656e6f7a72696577u /* "weirzone" */
#define ZONE_SEALS (F_SEAL_SHRINK | F_SEAL_SEAL)

enum {
    ZONE_VERSION = 1, /* of this head, and of what zones have in common: lock, counted, ledger */
    ZONE_FIRST = 1024 /* where the first piece begins */
};

struct zone_head {
    uint64_t magic;
    uint32_t version;
    uint32_t id;
    uint32_t kind, layout;
    uint64_t reserve;  /* bytes of address space: the same in all processes */
    uint64_t limit;
    uint64_t used;     /* bytes given out, this head included */
    uint64_t backed;   /* at least so much of the file is there and has memory */
    uint32_t last_id;  /* in the root zone: the last number given */
    uint32_t name_len;
    char name[ZONE_NAME_MAX];
};

_Static_assert(sizeof(struct zone_head) <= ZONE_FIRST, "the head ends before the first piece");

/* Maps the file and puts the zone in the list; id, kind and layout are left to the caller. NULL
 * with errno. */
struct zone *zone_map(int fd, struct str name, size_t reserve);

/* Undoes zone_map(); descriptors stay open. */
void zone_unmap(struct zone *zone);

/* The zone that has the name now, or NULL. */
struct zone *zone_find(struct str name, bool is_root);

size_t zone_round_up(size_t size, size_t unit);

#endif
