/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_priv - what the steps of a load share: files, messages, rows, and what each block set
 * itself.
 */
#ifndef WEIR_CONF_CONF_PRIV_H
#define WEIR_CONF_CONF_PRIV_H

#include "base/arena.h"
#include "base/hash.h"
#include "conf/module.h"

#include <stdarg.h>

enum {
    CONF_MESSAGES_MAX = 20, /* of each severity; the rest is only counted */
    CONF_DEPTH_MAX = 100,   /* of blocks and includes in each other */
    CONF_ROW_BITS = 64
};

/* ---- files ---- */

/* The bytes of a path, read once however often it is included. */
struct source_file {
    struct source_file *next; /* in order of reading */
    const char *name;
    struct str bytes;
    void *memory; /* where they lie on the heap; NULL where they are the arena's */
    int error;    /* an errno value in place of bytes */
};

/* The paths that a pattern stood for. */
struct source_glob {
    struct source_glob *next;
    const char *pattern;
    struct str paths; /* each ended by a NUL byte */
};

/* What a part of the program found out about something that no file says. */
struct source_finding {
    struct source_finding *next;
    const char *key;
    struct str data;
};

struct sources {
    struct hash_map by_name, by_pattern, by_key;
    struct source_file *first_file, **last_file;
    struct source_glob *first_glob, **last_glob;
    struct source_finding *first_finding;
    bool is_bundle; /* all there is was in the bundle: the disk is not looked at */
};

/* One inclusion of a file. */
struct conf_file {
    const char *name;
    struct str bytes;
    const struct conf_line *from; /* the include; NULL for the main file and the command line */
    unsigned order;               /* of reading */
    bool is_command_line;
};

void sources_init(struct sources *sources);
void sources_fini(struct sources *sources);
/* False for a bundle that is not one. */
bool sources_unpack(struct conf *conf, struct str bundle);
/* Never NULL: see error. path is absolute and lives as long as the configuration. */
const struct source_file *source_read(struct conf *conf, const char *path);
/* Sorted; no match gives no path. */
const struct source_glob *source_glob(struct conf *conf, struct str pattern);

/* ---- parsing ---- */

/* What is around the lines of an included file. */
struct include_place {
    unsigned depth; /* of blocks and includes */
    uint32_t where; /* 0 where no directive is expected */
};

struct conf_file *file_new(struct conf *conf, const char *name, struct str bytes,
                           const struct conf_line *from);
/* Adds the lines of a file; what is wrong is reported. *lines points behind the last one. */
void parse_file(struct conf *conf, struct conf_file *file, const struct include_place *place,
                struct conf_line ***lines);
/* Adds the lines of the files that an include names; what is wrong is reported. */
void include_files(struct conf *conf, const struct conf_line *line, struct str pattern,
                   const struct include_place *place, struct conf_line ***lines);

/* ---- messages ---- */

struct message_place {
    const struct conf_file *file; /* NULL: none */
    uint32_t line, column, len;
};

/* One that is kept, with what orders it. */
struct message_entry {
    struct conf_message message;
    unsigned file_order, number;
};

/* How far the messages are; for taking back what was reported since. */
struct messages_mark {
    unsigned count;
    unsigned reported[2]; /* of each severity, repetitions counted too */
    unsigned found[2], kept[2];
};

struct messages {
    struct message_entry items[2 * CONF_MESSAGES_MAX + 2]; /* and how many were not kept */
    struct messages_mark mark;
    struct conf_message *latest; /* for the help; NULL if it was not kept */
};

/* Where a word stands; the end of the line for a word that it does not have. */
struct message_place place_of_word(const struct conf_line *line, unsigned word);
/* Just behind a word of a line: where a ";" is missing. */
struct message_place place_behind(const struct conf_line *line, unsigned word);
/* Where a line stands: "/etc/weir.conf:3". */
struct str place_text(struct arena *arena, const struct conf_line *line);
void report(struct conf *conf, enum conf_severity severity, struct message_place place,
            const char *format, ...) __attribute__((format(printf, 4, 5)));
/* How many errors were reported so far; for "did anything go wrong since". */
unsigned reported_errors(const struct conf *conf);
/* After a module's function failed: says so if the function did not. */
void report_silence(struct conf *conf, unsigned errors_before, const struct conf_line *line,
                    const char *name);
void messages_take_back(struct conf *conf, const struct messages_mark *mark);
/* Orders them by file, line and column, and says how many are not shown. */
void messages_close(struct conf *conf);

/* ---- suggestions ---- */

struct nearest {
    struct str name;
    unsigned distance;
    const char *found;
};

void nearest_init(struct nearest *nearest, struct str name);
void nearest_consider(struct nearest *nearest, const char *candidate);

/* What is to be said of a directive that this weir does not have, but nginx, or a module that was
 * left out; NULL for all other names. */
const char *foreign_help(struct arena *arena, struct str name);
/* The second half of that alone. */
const char *left_out_help(struct arena *arena, struct str name);
/* What to say of a directive that nginx has in that place too, and weir does not; or NULL. */
const char *foreign_place_help(struct str name, uint32_t where);

/* ---- rows and blocks ---- */

struct row {
    const struct directive *directive;
    struct row *next; /* of the same name */
    unsigned module;
    unsigned number;  /* in its module's table */
    unsigned group;   /* of the rows that write the same field; NO_GROUP if it has none */
};

enum { NO_GROUP = 0xffffffffu };

struct row_group {
    size_t field, size;
    enum conf_inherit inherit;
    const struct row *initial; /* the row with the default, or NULL */
};

/* What the loader knows of a module. */
struct module_rows {
    const struct module *module;
    struct row *rows;
    struct row_group *groups;
    unsigned row_count, group_count;
    uint32_t where; /* where any of its fields may be set; 0: none can */
    bool has_none;  /* a group is INHERIT_NONE */
};

/* What a block set itself of one module. */
struct own {
    struct own *next;
    unsigned module;
    void *settings; /* NULL: only directives without a field */
    uint64_t *rows; /* a bit for each row that stood in the block */
};

/* A block as the loader sees it. */
struct load_block {
    struct conf_block block;
    const struct conf_line *source; /* the line as parsed; NULL for main */
    struct own *own;
};

/* A distinct struct of settings and the block that it was made for. */
struct merged {
    struct merged *next;
    struct conf_block *block;
    const struct module *module;
    void *settings;
};

struct conf_load {
    struct arena temporary; /* lines, bits, rows: all that ends with the load */
    struct sources sources;
    struct messages messages;
    struct module_rows *modules;
    struct hash_map rows;   /* by name, to struct row */
    uint32_t contexts;      /* the kinds of blocks that some row opens, and main */
    struct conf_line *first;
    const char *folder;     /* of the main file, with its "/" */
    const char *prefix;     /* the same */
    unsigned files;         /* inclusions so far */
    struct conf_end *ends;
    struct merged *merged;  /* in the order of the blocks */
    bool is_loading;
};

/* The kind of block that the directive opens for directives, or 0. */
static inline uint32_t directive_inside(const struct directive *directive) {
    const struct conf_block_kind *kind = directive->detail;

    return directive->type->block == CONF_BLOCK ? kind->inside : 0;
}

void rows_prepare(struct conf *conf);
const struct row *rows_find(const struct conf *conf, struct str name);
/* Whether the line ends where the row's directive would: "{" or ";". */
static inline bool row_has_shape(const struct row *row, const struct conf_line *line) {
    return (row->directive->type->block != CONF_NO_BLOCK) == line->has_block;
}

/* The row of that name for such a block, one that fits the line's "{" or ";" if there is one. */
const struct row *rows_pick(const struct conf *conf, const struct conf_line *line, uint32_t where);
/* The part of a line from a word on, as a line of its own; the block goes with it. */
struct conf_line *line_split(struct conf *conf, const struct conf_line *line, unsigned word);

static inline bool own_has(const struct own *own, unsigned row) {
    return (own->rows[row / CONF_ROW_BITS] >> row % CONF_ROW_BITS & 1) != 0;
}

/* What the block has of its own for the module; made if need be. */
struct own *own_of(struct conf *conf, struct conf_block *block, unsigned module);
static inline void own_mark(struct own *own, unsigned row) {
    own->rows[row / CONF_ROW_BITS] |= (uint64_t) 1 << row % CONF_ROW_BITS;
}

void *own_settings(struct conf *conf, struct own *own);
const struct own *own_find(const struct conf_block *block, unsigned module);

void apply_lines(struct conf *conf);
void merge_blocks(struct conf *conf);
void compile_blocks(struct conf *conf);

/* ---- names of contexts ---- */

/* "http, server, location, server in stream": one who reads it knows which server. */
struct str where_names(struct arena *arena, uint32_t where, const char *separator);
/* The syntax of a directive, as it is written: "daemon on | off;". */
struct str syntax_of(struct arena *arena, const struct directive *directive);

#endif
