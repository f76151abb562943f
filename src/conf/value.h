/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * value - the common types of arguments: flags, numbers, sizes, times, names, text, lists.
 *
 * Units and forms are nginx's: sizes "8k" "1m" (offsets "2g"), times "1h 30m" "500ms" "60" (seconds
 * where no unit is given).
 */
#ifndef WEIR_CONF_VALUE_H
#define WEIR_CONF_VALUE_H

#include "conf/module.h"

/* "on" or "off" to a bool. */
extern const struct conf_type conf_type_flag;

/* A decimal number to an int64_t. detail: const struct conf_range * or NULL (0 to 2^31-1). */
struct conf_range {
    int64_t min, max;
    const char *const *words; /* words allowed in place of a number, NULL-ended; may be NULL */
    const int64_t *values;    /* what they mean */
};
extern const struct conf_type conf_type_number;

/* Bytes to a uint64_t; detail: const struct conf_range * (of bytes) or NULL. */
extern const struct conf_type conf_type_size;

/* Milliseconds to an int64_t; detail: const struct conf_range * (of ms; words such as "off") or
 * NULL. */
extern const struct conf_type conf_type_time;

/* One word to a struct str. */
extern const struct conf_type conf_type_text;

/* One of the names to an int; detail: const struct conf_name[] ended by a NULL name. */
struct conf_name {
    const char *name;
    int value;
};
extern const struct conf_type conf_type_name;

/* Several of the names, or-ed, to an unsigned. "off" where listed with value 0 must stand alone. */
extern const struct conf_type conf_type_names;

/* All words of all lines, in order. */
struct conf_texts {
    struct str *items;
    unsigned count;
};
extern const struct conf_type conf_type_texts;
/* One word of each line, in order, to a struct conf_texts. */
extern const struct conf_type conf_type_text_list;

/* A block of directives; detail: const struct conf_block_kind *. See module.h. Variants by the
 * number of arguments. */
extern const struct conf_type conf_type_block;      /* none */
extern const struct conf_type conf_type_block_one;  /* exactly one */
extern const struct conf_type conf_type_block_any;  /* one or more */

/* A directive that is read and has no meaning in weir: warns with detail (const char *, the
 * reason). */
extern const struct conf_type conf_type_ignored;

/* Directives whose argument must be of that type, and is not used. detail (const char *): the
 * reason for a warning; NULL: nobody could notice. */
extern const struct conf_type conf_type_unused_flag;
extern const struct conf_type conf_type_unused_number;
extern const struct conf_type conf_type_unused_size;
extern const struct conf_type conf_type_unused_time;
extern const struct conf_type conf_type_unused_text;

/* The parser of such rows. */
bool conf_parse_nothing(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field);

/* A directive that says all by standing there, to a bool; and the parser of such rows. */
extern const struct conf_type conf_type_mark;
bool conf_parse_mark(struct conf *conf, struct conf_block *block,
                     const struct directive *directive, const struct conf_line *line, void *field);

/* "number size" to a struct conf_buffers; detail: const struct conf_buffers_limits *. */
struct conf_buffers {
    uint64_t count, size; /* size in bytes, of each */
};
struct conf_buffers_limits {
    uint64_t count_min, count_max;
    uint64_t size_max;    /* of one */
    uint64_t total_max;   /* of all */
    const char *counts;   /* what is allowed, for who wrote something else */
    const char *sizes;
};
extern const struct conf_type conf_type_buffers;

/* The parsers behind the types, for directives with several arguments. False: not of that form. */
bool parse_size(struct str text, uint64_t *bytes);
bool parse_time_ms(struct str text, int64_t *ms);

/* Reports that a word is no value of the directive, and what would be. Returns false. */
bool conf_invalid(struct conf *conf, const struct directive *directive,
                  const struct conf_line *line, unsigned word, const char *allowed);

/* Adds an item to an array in the configuration's arena that grows by doubling; returns its place,
 * zeroed. items is a pointer to the array pointer. */
void *conf_array_add(struct conf *conf, void *items, unsigned *count, size_t item_size);

/* Begins a map (base/hash) that goes with the configuration. */
struct hash_map;
void conf_hash_map_init(struct conf *conf, struct hash_map *map);

#endif
