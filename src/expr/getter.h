/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getter - how the getters of built-in variables are written.
 *
 *     GETTER(remote_port) {
 *         UNUSED;
 *         return found_number(scope, value, ...);
 *     }
 */
#ifndef WEIR_EXPR_GETTER_H
#define WEIR_EXPR_GETTER_H

#include "base/number.h"
#include "expr/variable.h"

#define GETTER(name)                                                                               \
    static bool get_##name(struct scope *scope, const struct variable *variable,                   \
                           struct str name_used, struct str *value)

/* For those that serve one variable only. */
#define UNUSED ((void) variable, (void) name_used)

/* A number as the detail of a variable. */
#define DETAIL(number) ((const void *) (uintptr_t) (number))

/* text stays as long as the scope. */
static inline bool found(struct str *value, struct str text) {
    *value = text;
    return true;
}

static inline bool found_number(struct scope *scope, struct str *value, uint64_t number) {
    char digits[NUMBER_DIGITS_MAX];
    size_t len = format_decimal(digits, number);

    return found(value, arena_copy(scope->arena, str_make(digits, len)));
}

#endif
