/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf - a configuration: the files, the tree of their lines, the blocks with every module's
 * settings.
 *
 * Loading has four steps. Each reports all errors that it finds, and the next begins only without
 * any:
 *     1. parse    files to a tree of lines (conf/lexer, conf/parser), includes expanded in place
 *     2. apply    each line finds its row in a module's directive table; values are parsed into the
 *                 config struct that the block has for that module; blocks make objects
 *     3. merge    children take from parents what they did not set, by the rows' inheritance class
 *     4. compile  each distinct merged struct is compiled once; then each module's finish() runs
 * Everything lives in the configuration's arena and ends with conf_free().
 */
#ifndef WEIR_CONF_CONF_H
#define WEIR_CONF_CONF_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct conf_file;
struct directive;
struct module;

/* ---- the tree of lines ---- */

struct conf_word {
    struct str text;     /* without quotes, escapes resolved; a NUL byte follows it */
    const char *source;  /* where it begins in its file */
    uint32_t line;       /* from 1 */
    uint32_t column;     /* from 1, in bytes: where it begins in the source */
    uint32_t source_len; /* bytes in the source, quotes and all */
    bool is_quoted;
    bool is_first;       /* nothing but blanks stands before it on its line */
};

/*
 * One directive as written: its name, its arguments, perhaps a block. Lines and words live until
 * conf_load() returns, their text as long as the configuration. The line of a block (block->line)
 * lives as long too, but then without what is inside it.
 */
struct conf_line {
    const struct conf_file *file;
    struct conf_word *words; /* words[0] is the name */
    unsigned count;          /* of words */
    bool has_block;
    struct conf_line *first, *next; /* first line of the block; next line of the same block */
};

/* ---- blocks ---- */

/* Kinds of blocks, one bit each: where a directive may stand. */
enum {
    CONF_MAIN = 1 << 0,
    CONF_EVENTS = 1 << 1,
    CONF_HTTP = 1 << 2,
    CONF_HTTP_UPSTREAM = 1 << 3,
    CONF_HTTP_SERVER = 1 << 4,
    CONF_HTTP_LOCATION = 1 << 5,
    CONF_HTTP_SERVER_IF = 1 << 6,
    CONF_HTTP_LOCATION_IF = 1 << 7,
    CONF_HTTP_LIMIT_EXCEPT = 1 << 8,
    CONF_STREAM = 1 << 9,
    CONF_STREAM_UPSTREAM = 1 << 10,
    CONF_STREAM_SERVER = 1 << 11,

    CONF_ANY_HTTP = CONF_HTTP | CONF_HTTP_UPSTREAM | CONF_HTTP_SERVER | CONF_HTTP_LOCATION
        | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF | CONF_HTTP_LIMIT_EXCEPT,
    CONF_ANY_STREAM = CONF_STREAM | CONF_STREAM_UPSTREAM | CONF_STREAM_SERVER,
    /* The usual three of http and two of stream. */
    CONF_HTTP_ALL = CONF_HTTP | CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
    CONF_STREAM_ALL = CONF_STREAM | CONF_STREAM_SERVER,
    CONF_UPSTREAM = CONF_HTTP_UPSTREAM | CONF_STREAM_UPSTREAM
};

/* "location", "server" ...: as it stands in the file. where is one bit. */
const char *conf_where_name(uint32_t where);

struct conf_block {
    uint32_t where; /* one bit */
    const struct conf_line *line;
    struct conf_block *parent;
    struct conf_block *first, *last, *next; /* children, and the next child of the same parent */
    void **confs;   /* each module's config struct, by its index; shared with the parent's where
                       nothing was set here. Complete once the merge is done. */
    void *object;   /* what the directive that opened the block made; for its own module */
};

/* ---- a load ---- */

struct conf {
    struct arena arena;
    struct conf_block *main;
    const struct module *const *modules; /* in order of their index; NULL ends */
    unsigned module_count;
    bool is_check; /* only checked (-t, a trial): open nothing that others would notice */
    struct conf_load *load; /* the loader's own: messages, files, what is to be done at the end */
    struct conf_data *data;
};

enum conf_severity { CONF_WARNING, CONF_ERROR };

/* A message about the configuration, as the operator gets it. */
struct conf_message {
    enum conf_severity severity;
    const char *file;   /* "" where it is about none */
    uint32_t line, column, len; /* line 0: the file is "command line" (-g) and has none */
    const char *text;   /* "unknown directive \"locaton\"" */
    const char *help;   /* "did you mean \"location\"?" or "" */
    const char *source; /* the line of the file or "" */
    const char *origin; /* where the file is included, "/etc/weir.conf:3", or "" */
};

struct conf_options {
    const char *path;          /* of the main file; relative includes are relative to its folder */
    const char *prefix;
    struct str globals;        /* directives of -g */
    bool is_check;
    struct str bundle;         /* what conf_bundle() made: these bytes are loaded, not the disk's */
};

/*
 * Appends every file that the load read, with its path, the results of its globs and what was
 * remembered, so that another process can load the very same bytes and comes to the same end
 * (the checking child of a reload, then the master).
 */
void conf_bundle(const struct conf *conf, struct buf *to);

/* Loads; never returns NULL: look at conf_errors(). modules is the NULL-ended list of all. */
struct conf *conf_load(const struct conf_options *options, const struct module *const *modules);
void conf_free(struct conf *conf);

/* The path that the first line `name path;` of the main block says, or initial, made absolute: for
 * who must know it whatever is wrong with the files. False: the main file cannot be read. */
bool conf_peek_path(const struct conf_options *options, const struct module *const *modules,
                    const char *name, const char *initial, struct buf *path);

unsigned conf_errors(const struct conf *conf);
unsigned conf_warnings(const struct conf *conf);
/* The i-th message in order of the files; NULL past the last. */
const struct conf_message *conf_message(const struct conf *conf, unsigned i);
/* Appends one message as text (OPERATORS 2.2); is_long adds the source, the caret and the help. */
struct buf;
void conf_message_format(const struct conf_message *message, bool is_long, struct buf *to);
/* Appends " in FILE:LINE", as far as the message has them. */
void conf_message_format_place(const struct conf_message *message, struct buf *to);
/* Appends all messages as one JSON array: severity, file, line, column, len, message, help. */
void conf_messages_format_json(const struct conf *conf, struct buf *to);

/* The bytes of every file that was read, in order, with its path (-T). NULL past the last. */
const char *conf_file_at(const struct conf *conf, unsigned i, struct str *bytes);
const char *conf_file_name(const struct conf_file *file);

/* ---- for those who parse directives ---- */

/*
 * Reports an error about word number `word` of the line (line may be NULL: about no place). Returns
 * false, so that a parser can end with `return conf_error(...)`.
 */
bool conf_error(struct conf *conf, const struct conf_line *line, unsigned word, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
void conf_warn(struct conf *conf, const struct conf_line *line, unsigned word, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
/* Adds a help line to the message reported last. */
void conf_help(struct conf *conf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The nearest of count names to `name`, or NULL if none is near. For "did you mean". */
const char *conf_nearest(struct str name, const char *const *names, unsigned count);

/* A path relative to the prefix made absolute, with a NUL behind it; in the arena. */
struct str conf_path(struct conf *conf, struct str path);
/* The same relative to the folder of the main configuration file (include, mime.types, keys). */
struct str conf_path_beside(struct conf *conf, struct str path);

/*
 * Memory that a part keeps for the whole configuration: zeroed when first asked for under this key
 * (the address of something static). Registries of upstreams, variables, listeners lie here.
 */
void *conf_data(struct conf *conf, const void *key, size_t size);

/*
 * For what a load has to wait for and that stands in no file (the addresses of a host name): it is
 * asked once, remembered under a key without NUL bytes, and goes into the bundle. conf_recall()
 * says false where it is still to be asked; what is remembered as empty, or not in the bundle that
 * is loaded, has no answer, and the data is empty.
 */
void conf_remember(struct conf *conf, struct str key, struct str data);
bool conf_recall(const struct conf *conf, struct str key, struct str *data);

/* Has fini(object) called by conf_free(), last asked first called: for what the arena cannot
 * hold. */
void conf_on_free(struct conf *conf, void (*fini)(void *object), void *object);

/* Reads one more file into a tree of lines (the tables of map and geo `include`); NULL with an
 * error reported at the line. The pattern may be a glob; files follow each other. */
struct conf_line *conf_include(struct conf *conf, const struct conf_line *line, struct str pattern);

#endif
