/* SPDX-License-Identifier: BSD-2-Clause */
/* file_cache - files that stay open between requests; see file_cache.h. */
#include "http/file_cache.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/list.h"

/* Of those that nobody asks for, looked at with each request. */
enum { EXPIRE_AT_ONCE = 2 };

/* A file that was taken; one that is in no cache lies in the arena of who took it. */
struct entry {
    struct file file;
    struct file_cache *cache; /* NULL: in none, or not any more */
    struct entry *next;       /* of its bucket */
    struct list age;
    struct str path;
    struct file_options options;
    int64_t min_uses;
    uint64_t uses;            /* while it is in the cache */
    unsigned users;           /* that have it now */
    int64_t checked_ms, used_ms;
    bool is_heaped;
};

struct file_cache {
    struct entry **buckets;   /* NULL until the first file */
    unsigned mask, count, max;
    int64_t inactive_ms;
    struct list by_age;       /* the last used one is first */
};

static struct entry *entry_of(const struct list *link) {
    return list_object(link, struct entry, age);
}

static void entry_free(struct entry *entry) {
    file_close(&entry->file);
    if (entry->is_heaped) {
        heap_free((void *) (uintptr_t) entry->options.trusted.data);
        heap_free((void *) (uintptr_t) entry->path.data);
        heap_free(entry);
    }
}

static struct entry **bucket_of(const struct file_cache *cache, struct str path) {
    return &cache->buckets[hash_bytes(path) & cache->mask];
}

/* From now on it is only there for who has it. */
static void entry_remove(struct entry *entry) {
    struct entry **at = bucket_of(entry->cache, entry->path);

    while (*at != entry) {
        at = &(*at)->next;
    }
    *at = entry->next;
    list_remove(&entry->age);
    entry->cache->count--;
    entry->cache = NULL;
    if (entry->users == 0) {
        entry_free(entry);
    }
}

static void expire(struct file_cache *cache) {
    int64_t before = clock_ms() - cache->inactive_ms;
    unsigned i;

    for (i = 0; i < EXPIRE_AT_ONCE && !list_is_empty(&cache->by_age); i++) {
        struct entry *oldest = entry_of(cache->by_age.prev);

        if (oldest->used_ms > before) {
            return;
        }
        entry_remove(oldest);
    }
}

void file_cache_fini(void *object) {
    struct file_cache *cache = object;

    while (!list_is_empty(&cache->by_age)) {
        entry_remove(entry_of(cache->by_age.next));
    }
    heap_free(cache->buckets);
    cache->buckets = NULL;
}

struct file_cache *file_cache_new(struct arena *arena, unsigned max, int64_t inactive_ms) {
    struct file_cache *cache = arena_zero(arena, 1, sizeof(*cache));

    cache->max = max;
    cache->inactive_ms = inactive_ms;
    list_init(&cache->by_age);
    return cache;
}

static struct entry *find(const struct file_cache *cache, struct str path,
                          const struct file_options *options) {
    struct entry *entry = *bucket_of(cache, path);

    while (entry != NULL
           && (!str_equal(entry->path, path) || entry->options.links != options->links
               || !str_equal(entry->options.trusted, options->trusted))) {
        entry = entry->next;
    }
    return entry;
}

/* A copy on the heap with a NUL byte behind it. */
static struct str keep(struct str text) {
    char *copy = heap_alloc(text.len + 1);

    memcpy(copy, text.len > 0 ? text.data : "", text.len);
    copy[text.len] = '\0';
    return str_make(copy, text.len);
}

static struct entry *add(const struct file_cache_options *options, struct str path,
                         const struct file *file, const struct file_options *how) {
    struct file_cache *cache = options->cache;
    struct entry **bucket = bucket_of(cache, path), *entry;

    if (cache->count >= cache->max) {
        entry_remove(entry_of(cache->by_age.prev));
    }
    entry = heap_zero(1, sizeof(*entry));
    *entry = (struct entry){ .file = *file, .cache = cache, .next = *bucket, .path = keep(path),
                             .options = *how, .min_uses = options->min_uses,
                             .checked_ms = clock_ms(), .is_heaped = true };
    entry->options.trusted = keep(how->trusted);
    *bucket = entry;
    list_init(&entry->age);
    cache->count++;
    return entry;
}

static bool is_same(const struct file *a, const struct file *b) {
    return a->kind == b->kind && a->error == b->error && a->inode == b->inode
        && a->device == b->device && a->modified == b->modified && a->size == b->size;
}

/* Whether what is known still holds. A file that was written to or replaced is another one. */
static bool is_valid(struct entry *entry, int64_t valid_ms) {
    struct file_options options = entry->options;
    struct file now;

    if (clock_ms() - entry->checked_ms < valid_ms) {
        return true;
    }
    options.is_look = true;
    file_open(&now, entry->path.data, &options);
    if (!is_same(&entry->file, &now)) {
        return false;
    }
    entry->checked_ms = clock_ms();
    return true;
}

static bool suffices(const struct entry *entry, const struct file_options *options) {
    return entry->file.kind != FILE_REGULAR || entry->file.fd >= 0 || options->is_look;
}

/* The entry that can serve, or NULL; one that cannot is gone then. */
static struct entry *find_good(const struct file_cache_options *cache, struct str path,
                               const struct file_options *options) {
    struct entry *entry = find(cache->cache, path, options);

    if (entry == NULL) {
        return NULL;
    }
    if (!is_valid(entry, cache->valid_ms)) {
        entry_remove(entry);
        return NULL;
    }
    if (!suffices(entry, options)) {
        struct file file;

        file_open(&file, entry->path.data, options);
        if (!is_same(&file, &entry->file)) {
            file_close(&file);
            entry_remove(entry);
            return NULL;
        }
        entry->file = file;
    }
    return entry;
}

static struct entry *open_new(const struct file_cache_options *cache, struct str path,
                              const struct file_options *options, struct arena *arena) {
    struct entry *entry;
    struct file file;

    file_open(&file, path.data, options);
    if (cache->cache != NULL && (file.kind != FILE_NONE || cache->has_errors)) {
        return add(cache, path, &file, options);
    }
    entry = arena_zero(arena, 1, sizeof(*entry));
    entry->file = file;
    return entry;
}

/* As many as files, at least. Not before there is one: the master has none. */
static void make_buckets(struct file_cache *cache) {
    cache->mask = 15;
    while (cache->mask < cache->max - 1) {
        cache->mask = cache->mask * 2 + 1;
    }
    cache->buckets = heap_zero((size_t) cache->mask + 1, sizeof(*cache->buckets));
}

const struct file *file_take(const struct file_cache_options *cache, struct str path,
                             const struct file_options *options, struct arena *arena) {
    struct entry *entry = NULL;

    if (cache->cache != NULL) {
        if (cache->cache->buckets == NULL) {
            make_buckets(cache->cache);
        }
        expire(cache->cache);
        entry = find_good(cache, path, options);
    }
    if (entry == NULL) {
        entry = open_new(cache, path, options, arena);
    }
    if (entry->cache != NULL) {
        entry->uses++;
        entry->used_ms = clock_ms();
        list_remove(&entry->age);
        list_add_first(&entry->cache->by_age, &entry->age);
    }
    entry->users++;
    return &entry->file;
}

void file_put(const struct file *file) {
    struct entry *entry = list_object(file, struct entry, file);

    if (--entry->users > 0) {
        return;
    }
    if (entry->cache == NULL) {
        entry_free(entry);
    } else if (entry->uses < (uint64_t) entry->min_uses || entry->file.kind != FILE_REGULAR) {
        file_close(&entry->file);
    }
}
