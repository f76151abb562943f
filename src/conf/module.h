/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module - what a named feature is: one const descriptor with its table of directives.
 *
 * A directive is a row of data: parsing, inheritance, defaults, -T, `weir -h NAME` and the manual
 * all come from that row. There is no merging by hand. Families extend struct module by embedding
 * it first (struct http_module, struct stream_module).
 */
#ifndef WEIR_CONF_MODULE_H
#define WEIR_CONF_MODULE_H

#include "conf/conf.h"

/* How a child block gets the value that it did not set. */
enum conf_inherit {
    INHERIT_VALUE, /* from the parent */
    INHERIT_LIST,  /* from the parent, if no directive that writes the same field is set here */
    INHERIT_NONE   /* not at all: proxy_pass, return ... (`if` and limit_except take the handler of
                      their location all the same: they are variants of it) */
};

/* What the words behind a name become. Types are const objects; the common ones are in
 * conf/value.h. */
struct conf_type {
    const char *name;            /* in the manual: "time", "size" ... */
    size_t size;                 /* of the field; 0: none, then field and initial are not used */
    unsigned min_words, max_words; /* arguments, the name not counted */
    enum { CONF_NO_BLOCK, CONF_RAW_BLOCK, CONF_BLOCK } block; /* raw: parse() walks line->first;
                                    block: detail is a struct conf_block_kind */
    bool is_repeatable;          /* may stand several times in a block; each adds to the field.
                                    Blocks of directives always may, but for those in main */
    /*
     * Parses line->words[1...] into field (zeroed before the first time). Reports errors by
     * conf_error() and returns false. NULL only for CONF_BLOCK.
     */
    bool (*parse)(struct conf *conf, struct conf_block *block, const struct directive *directive,
                  const struct conf_line *line, void *field);
};

/* The detail of a directive that opens a block of directives. */
struct conf_block_kind {
    uint32_t inside; /* the bit of the new block */
    /*
     * Before the lines inside are applied: looks at the arguments, may set block->object. After a
     * failure the lines inside are looked at all the same if it did set it. May be NULL.
     */
    bool (*open)(struct conf *conf, struct conf_block *block, const struct conf_line *line);
    /* After them, before the merge; not if there were errors among them. May be NULL. */
    bool (*close)(struct conf *conf, struct conf_block *block);
};

struct directive {
    const char *name;
    uint32_t where;               /* CONF_ bits */
    const struct conf_type *type;
    size_t field;                 /* offset in the module's config struct */
    enum conf_inherit inherit;
    const char *initial;          /* default, as it would be written; NULL: the field stays zero */
    const char *syntax;           /* arguments as in a manual: "on | off" */
    const char *help;             /* one line */
    const void *detail;           /* what the type needs: a table of names, limits, a block kind */
};

#define DIRECTIVES_END { .name = NULL }

struct variable;

/* How a worker lets its connections go. */
enum module_drain {
    DRAIN_POLITE, /* after the next answer; an idle one when it stays idle for a second */
    DRAIN_IDLE,   /* idle ones at once, the others after their answer */
    DRAIN_ALL     /* all at once, whatever is under way */
};

struct module {
    const char *name;
    uint32_t family;                    /* CONF_HTTP: the first member of a struct http_module;
                                           CONF_STREAM: of a struct stream_module; 0: of neither */
    unsigned *index;                    /* where the loader writes the module's number */
    const struct directive *directives; /* NULL for none */
    size_t conf_size;
    size_t state_size;                  /* per exchange or session; 0: none */
    void (*state_close)(void *state);   /* NULL: nothing to close */
    const struct variable *variables;   /* of the family that the module belongs to; NULL: none */
    /* Once per distinct merged struct, after the merge. May be NULL. */
    bool (*compile)(struct conf *conf, const struct conf_block *block, void *settings);
    /* Once, when everything is compiled, in order of the modules; an earlier one's may have failed.
     * May be NULL. */
    bool (*finish)(struct conf *conf);
    /* In each worker, before the first event and after the last. These and the rest may be NULL. */
    void (*worker_start)(const struct conf *conf);
    void (*worker_stop)(const struct conf *conf);
    /* The worker takes no new connections and ends when the last is gone. May be called again. */
    void (*worker_drain)(const struct conf *conf, enum module_drain haste);
};

/* The module's settings that hold in a block. */
static inline const void *conf_of(const struct conf_block *block, const struct module *module) {
    return block->confs[*module->index];
}

/* A module that configure was told to leave out, so that its directives can be told from words that
 * nobody knows. */
struct module_left_out {
    const char *name;
    const char *directives; /* with a blank behind each */
};

/* Sets the list of them, ended by a NULL name, for all loads to come. */
void modules_set_left_out(const struct module_left_out *list);

/*
 * For parse functions and open/close: the struct that the block has of its own for the module,
 * made on first use, before the merge. To write through it counts as setting nothing: use only
 * for fields without a row.
 */
void *conf_own(struct conf *conf, struct conf_block *block, const struct module *module);

/* Whether the line of that directive stood in this very block (before the merge is done with
 * it). */
bool conf_is_set(const struct conf *conf, const struct conf_block *block,
                 const struct module *module, const char *name);

#endif
