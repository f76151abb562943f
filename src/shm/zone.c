/* SPDX-License-Identifier: BSD-2-Clause */
/* zone - memory that processes share: finding, making, growing; see zone.h. */
#include "shm/zone.h"

#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "shm/zone_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ZONE_ALIGN = 64,
    ZONE_STEP = 64 * 1024, /* the file grows by multiples of it */
    ZONE_RESERVE_FACTOR = 64
};

static struct list zones = { &zones, &zones };

struct list *zone_list(void) {
    return &zones;
}

static struct zone_head *head_of(const struct zone *zone) {
    return (struct zone_head *) (void *) zone->base;
}

size_t zone_round_up(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

static size_t page_round_up(size_t size) {
    return zone_round_up(size, (size_t) sysconf(_SC_PAGESIZE));
}

/* ---- the list ---- */

struct zone *zone_by_id(uint32_t id) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        if (zone->id == id) {
            return zone;
        }
    }
    return NULL;
}

struct zone *zone_find(struct str name, bool is_root) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        if (!zone->is_aside && (zone->kind == ZONE_KIND_ROOT) == is_root
            && str_equal(zone->name, name)) {
            return zone;
        }
    }
    return NULL;
}

/* Numbers given are counted in shared memory, in the root zone (without one, in the oldest):
 * while a binary is upgraded there are two masters. */
static struct zone_head *numbering(void) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        if (zone->kind == ZONE_KIND_ROOT && !zone->is_aside) {
            return head_of(zone);
        }
    }
    return list_is_empty(&zones) ? NULL : head_of(list_object(zones.next, struct zone, link));
}

static uint32_t number_next(void) {
    struct zone_head *head = numbering();

    return head != NULL ? __atomic_add_fetch(&head->last_id, 1, __ATOMIC_RELAXED) : 1;
}

static void number_reached(uint32_t last_id) {
    struct zone_head *head = numbering();

    if (head != NULL && head->last_id < last_id) {
        head->last_id = last_id;
    }
}

void zones_mark_unused(void) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        zone->is_used = zone->kind == ZONE_KIND_ROOT && !zone->is_aside;
    }
}

void zones_close_unused(void) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        if (!zone->is_used) {
            zone_close(zone);
        }
    }
}

static void zone_set_aside(struct zone *zone) {
    zone->is_aside = true;
    zone->is_used = false;
}

void zones_distrust(const struct zone *except) {
    struct list *link, *next;

    list_each(link, next, &zones) {
        struct zone *zone = list_object(link, struct zone, link);

        zone->is_foreign = zone != except;
    }
}

/* ---- the mapping ---- */

/* What lies beyond the limit is never in a core dump: the kernel would try each of its pages. */
static void zone_skip_in_dumps(const struct zone *zone, size_t limit) {
    size_t start = page_round_up(limit);

    if (start < zone->reserve) {
        madvise(zone->base + start, zone->reserve - start, MADV_DONTDUMP);
    }
    madvise(zone->base, start < zone->reserve ? start : zone->reserve, MADV_DODUMP);
}

struct zone *zone_map(int fd, struct str name, size_t reserve) {
    void *base = mmap(NULL, reserve, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    struct zone *zone;
    char *copy;

    if (base == MAP_FAILED) {
        return NULL;
    }
    zone = heap_zero(1, sizeof(*zone));
    copy = heap_alloc(name.len);
    memcpy(copy, name.data, name.len);
    *zone = (struct zone){ .name = { copy, name.len }, .fd = fd, .base = base, .reserve = reserve };
    list_add_last(&zones, &zone->link);
    return zone;
}

static size_t reserve_for(size_t limit) {
    return limit < ZONE_RESERVE_MAX / ZONE_RESERVE_FACTOR
        ? page_round_up(limit * ZONE_RESERVE_FACTOR) : ZONE_RESERVE_MAX;
}

/* Sealed so that no process can cut the file under the others' feet, or seal it more. */
static int memfd_new(struct str name) {
    char label[200];
    int fd;

    snprintf(label, sizeof(label), "weir:%.*s", (int) (name.len < 150 ? name.len : 150), name.data);
    fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING); /* before Linux 6.3 */
    }
    if (fd >= 0
        && (fallocate(fd, 0, 0, (off_t) page_round_up(ZONE_FIRST)) != 0
            || fcntl(fd, F_ADD_SEALS, ZONE_SEALS) != 0)) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static void head_init(struct zone *zone, size_t limit) {
    struct zone_head *head = head_of(zone);

    head->version = ZONE_VERSION;
    head->id = head->last_id = zone->id;
    head->kind = zone->kind;
    head->layout = zone->layout;
    head->reserve = zone->reserve;
    head->limit = limit;
    head->used = ZONE_FIRST;
    head->backed = page_round_up(ZONE_FIRST);
    head->name_len = (uint32_t) zone->name.len;
    memcpy(head->name, zone->name.data, zone->name.len);
    head->magic = ZONE_MAGIC;
}

static struct zone *zone_new(struct str name, uint32_t kind, uint32_t layout, size_t limit) {
    uint32_t id = number_next();
    int fd = memfd_new(name);
    struct zone *zone;

    CHECK(id >> ZONE_ID_BITS == 0);
    if (fd < 0) {
        return NULL;
    }
    zone = zone_map(fd, name, reserve_for(limit));
    if (zone == NULL) {
        int error = errno;

        close(fd);
        errno = error;
        return NULL;
    }
    zone->id = id;
    zone->kind = kind;
    zone->layout = layout;
    head_init(zone, limit);
    return zone;
}

static void zone_set_limit(struct zone *zone, size_t limit) {
    if (limit > zone->reserve) {
        log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
                  "zone \"%.*s\" can grow to %zu bytes until the next start, not to %zu",
                  STR_ARG(zone->name), zone->reserve, limit);
        limit = zone->reserve;
    }
    __atomic_store_n(&head_of(zone)->limit, limit, __ATOMIC_RELAXED);
    zone_skip_in_dumps(zone, limit);
}

struct zone *zone_open(struct str name, uint32_t kind, uint32_t layout, size_t limit,
                       struct zone **previous) {
    struct zone *zone = zone_find(name, kind == ZONE_KIND_ROOT), *other = NULL;

    if (previous == NULL) {
        previous = &other;
    }
    *previous = NULL;
    if (name.len == 0 || name.len > ZONE_NAME_MAX || limit < ZONE_FIRST + ZONE_ALIGN) {
        errno = EINVAL;
        return NULL;
    }
    if (zone != NULL && (zone->kind != kind || zone->layout != layout || zone->is_foreign)) {
        *previous = zone;
        zone = NULL;
    }
    if (zone == NULL) {
        zone = zone_new(name, kind, layout, limit < ZONE_RESERVE_MAX ? limit : ZONE_RESERVE_MAX);
        if (zone == NULL) {
            return NULL;
        }
    }
    if (*previous != NULL) {
        zone_set_aside(*previous);
    }
    zone_set_limit(zone, limit);
    zone->is_used = true;
    return zone;
}

void zone_unmap(struct zone *zone) {
    list_remove(&zone->link);
    munmap(zone->base, zone->reserve);
    heap_free((char *) zone->name.data);
    heap_free(zone);
}

static void zone_close_fds(const struct zone *zone) {
    unsigned i;

    close(zone->fd);
    for (i = 0; i < zone->companion_count; i++) {
        close(zone->companions[i]);
    }
}

void zone_close(struct zone *zone) {
    uint32_t last_id = numbering()->last_id;

    zone_close_fds(zone);
    zone_unmap(zone);
    number_reached(last_id);
}

/* Writes to no zone. */
void zones_forget(void) {
    while (!list_is_empty(&zones)) {
        struct zone *zone = list_object(zones.next, struct zone, link);

        zone_close_fds(zone);
        zone_unmap(zone);
    }
}

/* ---- pieces ---- */

/* Sees to it that there is memory for all up to `end`, also for pieces of others before it. */
static bool zone_back(struct zone *zone, uint64_t end) {
    struct zone_head *head = head_of(zone);
    uint64_t backed = __atomic_load_n(&head->backed, __ATOMIC_ACQUIRE), to, limit;

    if (end <= backed) {
        return true;
    }
    to = zone_round_up(end, ZONE_STEP);
    limit = page_round_up(zone_limit(zone));
    if (to > limit) {
        to = page_round_up(end);
    }
    while (fallocate(zone->fd, 0, (off_t) backed, (off_t) (to - backed)) != 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    while (backed < to
           && !__atomic_compare_exchange_n(&head->backed, &backed, to, false, __ATOMIC_RELEASE,
                                           __ATOMIC_RELAXED)) {
    }
    return true;
}

/*
 * No lock: a piece belongs to the process that moved `used` behind it. A death between that and
 * the use of the piece leaves a hole, nothing worse.
 */
zone_offset zone_alloc(struct zone *zone, size_t size) {
    struct zone_head *head = head_of(zone);
    uint64_t start = __atomic_load_n(&head->used, __ATOMIC_RELAXED), limit = zone_limit(zone), end;

    if (size == 0 || size > ZONE_RESERVE_MAX) {
        return 0;
    }
    size = zone_round_up(size, ZONE_ALIGN);
    do {
        if (start > limit || size > limit - start) {
            return 0;
        }
        end = start + size;
    } while (!__atomic_compare_exchange_n(&head->used, &start, end, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    if (zone_back(zone, end)) {
        return start;
    }
    /* Given back, unless another piece lies behind it already. */
    __atomic_compare_exchange_n(&head->used, &end, start, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    return 0;
}

bool zone_has(const struct zone *zone, zone_offset offset, size_t size) {
    struct stat file;

    return offset >= ZONE_FIRST && offset <= ZONE_RESERVE_MAX && size <= ZONE_RESERVE_MAX
        && offset + size <= zone_used(zone) && offset + size <= zone->reserve
        && fstat(zone->fd, &file) == 0 && offset + size <= (uint64_t) file.st_size;
}

size_t zone_used(const struct zone *zone) {
    return __atomic_load_n(&head_of(zone)->used, __ATOMIC_RELAXED);
}

size_t zone_limit(const struct zone *zone) {
    uint64_t limit = __atomic_load_n(&head_of(zone)->limit, __ATOMIC_RELAXED);

    return limit < zone->reserve ? limit : zone->reserve;
}

zone_offset zone_root(const struct zone *zone) {
    return zone_used(zone) > ZONE_FIRST ? ZONE_FIRST : 0;
}
