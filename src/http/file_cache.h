/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file_cache - `open_file_cache`: files that stay open between requests, and what is known of them.
 *
 * Each worker has its own. A file that is being sent is not closed when it leaves the cache, but
 * when the last one has put it back: that is why these are counted.
 */
#ifndef WEIR_HTTP_FILE_CACHE_H
#define WEIR_HTTP_FILE_CACHE_H

#include "base/arena.h"
#include "http/file.h"

struct file_cache;

struct file_cache_options {
    struct file_cache *cache; /* NULL: none */
    int64_t valid_ms;         /* how long what is known is believed */
    int64_t min_uses;         /* of a file that stays open */
    bool has_errors;          /* that there is no such file is kept as well */
};

/* One of at most max files, which leave it when nobody has asked for them for inactive_ms. */
struct file_cache *file_cache_new(struct arena *arena, unsigned max, int64_t inactive_ms);

/* Forgets all of them; for conf_on_free(). */
void file_cache_fini(void *cache);

/* The file at an absolute path, which has a NUL byte behind it; from the cache if there is one. To
 * be put back, before the arena ends. */
const struct file *file_take(const struct file_cache_options *cache, struct str path,
                             const struct file_options *options, struct arena *arena);
void file_put(const struct file *file);

#endif
