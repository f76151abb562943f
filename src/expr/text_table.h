/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_table - texts to pointers, made once and asked often, however many rows there are.
 *
 * base/hash's map follows a pointer to the key, which costs a second trip to memory when the table
 * is larger than the caches. Here a row with a text of usual length is one cache line in all.
 */
#ifndef WEIR_EXPR_TEXT_TABLE_H
#define WEIR_EXPR_TEXT_TABLE_H

#include "base/str.h"

#include <stdint.h>

struct text_slot;

struct text_table {
    struct text_slot *slots; /* at the first cache line in memory */
    void *memory;
    size_t mask;     /* number of slots - 1 */
    size_t count;    /* of rows */
    size_t text_max; /* length of the longest text */
};

void text_table_init(struct text_table *table);
void text_table_fini(struct text_table *table);

/* Adds a row. The text is not copied and must live as long as the table; value is not NULL. False,
 * and nothing changed, if the text is there already. */
bool text_table_add(struct text_table *table, struct str text, const void *value);

/* NULL if there is no such row. A text that is longer than all rows is not even hashed. */
const void *text_table_find(const struct text_table *table, struct str text);

#endif
