/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * variable - the one variable system of http and stream.
 *
 * A variable is a name and a function that finds its value in a scope. A scope is one exchange's or
 * one session's view: it embeds struct scope, and getters reach it by list_object(). Values are
 * found lazily and kept for the life of the scope, unless the variable is volatile.
 *
 * There is one table of variables for each family (http, stream). Names may be used before they are
 * defined; what is still undefined when the configuration is complete is an error at the place of
 * use. As in nginx, the case of names has no meaning: $Host is $host (what follows $env_ excepted).
 * The variables that need no connection (expr/builtin) are in both tables from the start.
 */
#ifndef WEIR_EXPR_VARIABLE_H
#define WEIR_EXPR_VARIABLE_H

#include "base/arena.h"
#include "conf/module.h"

struct scope;
struct variable;

/* Finds the value; false: there is none ("not found" reads as the empty text). name is the whole
 * name as used, in lower case and with a NUL byte behind it: for a prefix variable such as http_ it
 * says which one. The value lives as long as the scope: use scope->arena for what must be made. */
typedef bool variable_get(struct scope *scope, const struct variable *variable, struct str name,
                          struct str *value);

/* What `set` and friends do for a built-in that can be changed; NULL: it cannot. */
typedef void variable_set(struct scope *scope, const struct variable *variable, struct str value);

struct variable {
    const char *name;     /* without the $; NULL ends a table */
    variable_get *get;
    variable_set *set;
    bool is_prefix;       /* "http_": all names that begin so */
    bool is_volatile;     /* asked anew at each use */
    const void *detail;   /* for get: an offset, a map ... */
};

/* The names used by a configuration's http or stream part, each with its number. */
struct variable_table;

/* The table of the family that the block belongs to. NULL for main and events, which belong to
 * none: whoever needs one there reports the error at his word. */
struct variable_table *variable_table_of(struct conf *conf, const struct conf_block *block);

/* Adds built-ins (NULL-ended, names in lower case) to the table of a family, CONF_HTTP or
 * CONF_STREAM. Called by the family's core before any directive is applied. */
void variable_add_builtins(struct conf *conf, uint32_t family, const struct variable *variables);

/* The name in a word such as "$name", a NUL byte behind it; NULL with an error at the word. */
const char *variable_name_in(struct conf *conf, const struct conf_line *line, unsigned word);

/*
 * Defines a variable of the configuration (set, map, geo, a named capture ...): the struct is
 * copied, its name is text of the arena. Returns the number. As in nginx, a definition without
 * detail (set, a capture) leaves any earlier one of the name in place, and one with detail (map,
 * geo) takes the place of the earlier. -1 with an error at the word for a bad name or a built-in
 * that cannot be changed.
 */
int variable_define(struct conf *conf, struct variable_table *table,
                    const struct variable *variable, const struct conf_line *line, unsigned word);

/* The get of a definition that only makes a place, such as a named capture: finds nothing. */
variable_get variable_get_none;

/* The number of a name, for use in templates and conditions; defined or not. line for the error. */
int variable_use(struct conf *conf, struct variable_table *table, struct str name,
                 const struct conf_line *line, unsigned word);

/* Run when all is parsed: reports each name that is used and not defined, nearest names as help. A
 * table serves scopes only after that; names first used later are looked at when they are used. */
bool variable_table_check(struct conf *conf, struct variable_table *table);

/* ---- at run time ---- */

struct scope_value {
    struct str text;
    enum { VALUE_UNKNOWN, VALUE_FOUND, VALUE_ABSENT, VALUE_BUSY } state; /* busy: being found; a map
                                                       that asks for itself ends there, as absent */
};

/* What the family is told of; each may be NULL. */
struct scope_events {
    /* An expression of an `if` or a `rewrite` was tried. */
    void (*on_match)(struct scope *scope, struct str pattern, struct str subject, bool is_match);
    /* A variable was asked for that a `set` would set, and none has. */
    void (*on_unset)(struct scope *scope, struct str name);
};

/* A scope pays for the variables that it uses: values come in pages, each made on first use. */
enum { SCOPE_PAGE = 32 };

struct scope {
    const struct variable_table *table;
    const struct scope_events *events; /* NULL: nobody is told */
    struct arena *arena;
    struct scope_value **pages;   /* number n is pages[n / SCOPE_PAGE][n % SCOPE_PAGE] */
    const struct str *captures;   /* of the last regex that matched; $1 is captures[1] */
    unsigned capture_count;
};

/* A new scope has no values and no captures, and takes no memory. */
void scope_init(struct scope *scope, const struct variable_table *table, struct arena *arena);

/* Gives a new scope the values that another one of the same table has kept. They are copied. */
void scope_inherit(struct scope *scope, const struct scope *from);

/* The value of a numbered variable; false and the empty text if there is none. */
bool scope_get(struct scope *scope, int variable, struct str *value);

/* The value of $name for a name known only now (mostly tests and --explain). */
bool scope_get_by_name(struct scope *scope, struct str name, struct str *value);

/* Sets it for this scope (`set`). value must live as long as the scope. */
void scope_set(struct scope *scope, int variable, struct str value);

#endif
