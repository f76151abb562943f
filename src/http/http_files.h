/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_files - where the files of a location are, how they are opened, and how one is sent: what
 * modules that serve files share.
 */
#ifndef WEIR_HTTP_HTTP_FILES_H
#define WEIR_HTTP_HTTP_FILES_H

#include "expr/media_types.h"
#include "http/conditional.h"
#include "http/exchange.h"
#include "http/file_cache.h"

/* `root` and `alias`. */
struct files_root {
    const struct template *text;
    struct str prefix;   /* for a text that is relative */
    struct str fixed;    /* absolute, where it has no variables */
    struct str cut;      /* alias: the start of a path that it stands for */
    bool is_alias;
    bool is_whole;       /* alias in a location with an expression: all of the path */
};

/* `disable_symlinks` */
struct files_links {
    enum file_links links;
    const struct template *trusted; /* NULL: none */
};

struct http_files_settings {
    struct files_root root;
    struct media_types *types;
    struct file_cache *cache;
    int64_t cache_valid_ms, cache_min_uses;
    struct files_links links;
    int if_modified_since; /* enum conditional_since */
    bool has_cache_errors, has_cache_events, logs_not_found, has_etag;
};

extern const struct http_module http_files_module;

const struct http_files_settings *http_files_of(const struct exchange *exchange);

/* The absolute path of the location's root or alias. */
struct str http_files_root(struct exchange *exchange);

/* The path of the file that the exchange's path means, with a NUL byte behind it; 0, or the status
 * of the answer, logged: 404 where it would lead out of the root, 500 where alias does not go
 * with the path. */
unsigned http_files_path(struct exchange *exchange, struct str *path);

/* From now on an alias in a location with an expression is a folder, in which the exchange's path
 * is looked for (try_files). */
void http_files_add_path(struct exchange *exchange);

/* The file at a path (http_files_path() or made of one), as the location opens files; a NUL byte is
 * behind the path. To be put back by file_put(). */
const struct file *http_files_take(struct exchange *exchange, struct str path);

/* Whether a part of the path is "..": one in normal form has none, but what alias leaves of it may,
 * and what a rewrite or a variable made of it. Or, behind a root, whether it lacks the "/" before
 * it: it would go on with the name of the root, which may be that of another folder. */
bool http_files_leaves_root(struct exchange *exchange, struct str path);

/* Whether there is a ".." in what variables have added to a root (http_files_root()) that begins
 * with a text. One that begins with a variable is that variable's choice. */
bool http_files_root_climbs(struct exchange *exchange, struct str root);

/* What is known of such a file, without opening it. */
struct file http_files_look(struct exchange *exchange, struct str path);

/* Answers for a file that could not be opened: 404, 403 or 500, with nginx's line in the log. */
void http_files_refuse(struct exchange *exchange, const struct file *file, struct str path);

/* Sends a regular file that was taken from a path, and puts it back afterwards; conditions are
 * looked at. encoding: the value of Content-Encoding; empty: none. As in nginx only files without
 * one have ranges. */
void http_files_send(struct exchange *exchange, const struct file *file, struct str path,
                     struct str encoding);

#endif
