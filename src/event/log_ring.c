/* SPDX-License-Identifier: BSD-2-Clause */
/* log_ring - a log in memory; see log_ring.h. */
#include "event/log_ring.h"

#include "base/heap.h"
#include "base/panic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct log_ring {
    char *map;
    size_t map_len;
    size_t begin;  /* of the ring in the mapping */
    size_t at;     /* where the next byte goes: there is the NUL */
    unsigned users;
};

static char *map_pages(size_t len) {
    int fd = memfd_create("weir log", MFD_CLOEXEC), error;
    char *map = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, (off_t) len) == 0) {
        map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    }
    error = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = error;
    return map == MAP_FAILED ? NULL : map;
}

struct log_ring *log_ring_open(uint64_t size) {
    char head[64];
    int head_len = snprintf(head, sizeof(head), "weir log: %llu bytes\n",
                            (unsigned long long) size);
    struct log_ring *ring;
    char *map;

    CHECK(size >= LOG_RING_MIN && head_len > 0);
    map = map_pages((size_t) size + (size_t) head_len);
    if (map == NULL) {
        return NULL;
    }
    memcpy(map, head, (size_t) head_len);
    ring = heap_alloc(sizeof(*ring));
    *ring = (struct log_ring){ .map = map, .map_len = (size_t) size + (size_t) head_len,
                               .begin = (size_t) head_len, .at = (size_t) head_len, .users = 1 };
    return ring;
}

void log_ring_hold(struct log_ring *ring) {
    ring->users++;
}

void log_ring_close(struct log_ring *ring) {
    if (--ring->users == 0) {
        munmap(ring->map, ring->map_len);
        heap_free(ring);
    }
}

static size_t room_to_end(const struct log_ring *ring) {
    return ring->map_len - ring->at;
}

void log_ring_write(struct log_ring *ring, struct str line) {
    size_t most = ring->map_len - ring->begin - 1, part;

    if (line.len > most) {
        line = str_from_byte(line, line.len - most);
    }
    while (line.len > 0) {
        part = line.len < room_to_end(ring) ? line.len : room_to_end(ring);
        memcpy(ring->map + ring->at, line.data, part);
        line = str_from_byte(line, part);
        ring->at = room_to_end(ring) > part ? ring->at + part : ring->begin;
    }
    ring->map[ring->at] = '\0';
}

struct str log_ring_bytes(const struct log_ring *ring) {
    return str_make(ring->map, ring->map_len);
}
