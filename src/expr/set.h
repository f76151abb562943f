/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set - `set $variable value`, in servers, locations and `if` of http and in servers of stream.
 *
 * The directive only makes the list; when it runs is the family's affair.
 */
#ifndef WEIR_EXPR_SET_H
#define WEIR_EXPR_SET_H

#include "expr/template.h"

struct set_item {
    int variable;
    const struct template *value;
};

/* The lines of one block in order. */
struct set_list {
    struct set_item *items;
    unsigned count;
};

extern const struct module set_module;

/* The list of a block; not NULL, empty where the block has no `set`. After the merge. */
const struct set_list *set_list_of(const struct conf_block *block);

/* Sets the variables in order; a value may name one that was set before it. */
void set_run(const struct set_list *list, struct scope *scope);

#endif
